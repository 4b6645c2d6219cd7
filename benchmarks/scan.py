"""How fast logs come into the index: first scan, second scan, one live log that grew, giant logs.

    python -m benchmarks.scan [HOME]

`HOME` is a folder with `.claude` and `.codex` inside, such as `../shared/tools/gen_corpus.py`
writes with `--sessions 2000 --mb 500`; without one, a small corpus is made. Each figure is the
median of five runs, each in a process of its own; CPU counts that process from its start, and the
helpers it starts. Other programs on the same logs take turns with hansei, where they are found.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks import limits, peers, scan_once
from benchmarks.corpus import make_corpus, make_giant_line, make_giant_log
from benchmarks.cost import Cost, cost_of
from benchmarks.table import Row, render

TITLE = "Logs into the index (medians of 5, whole processes)"
RUNS = 5
ALONE, HELPED = "0", "auto"


def run(home: Path | None = None) -> Iterable[Row]:
    """Measure on a corpus, or on a small one made for it."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if home is None:
            home = work / "home"
            make_corpus(home)
        yield from _first(home, work)
        yield from _later(home, work)
        yield from _giants(work)


def _first(home: Path, work: Path) -> Iterator[Row]:
    logs = [one.stat().st_size for one in home.rglob("*.jsonl")]
    size = sum(logs) / 1e6
    yield Row("corpus", f"{size:.0f} MB in {len(logs)} logs")
    ours: dict[str, list[Cost]] = {ALONE: [], HELPED: []}
    theirs: dict[str, list[Cost]] = {}
    marks: dict[str, list[Cost]] = {"read": [], "decode": []}
    scan(home, work / "warm.sqlite")  # the files are in memory from here on
    for _ in range(RUNS):
        for workers, costs in ours.items():
            costs.append(scan(home, work / "first.sqlite", workers, part="first"))
        for name, costs in marks.items():
            costs.append(cost_of([sys.executable, "-m", limits.__name__, name, str(home)]))
        for peer in peers.PEERS:
            if peers.installed(peer.name) and len(theirs.get(peer.name, ())) < peer.times:
                cost = peers.measure(peer, home, 1)
                theirs.setdefault(peer.name, []).extend([cost] if cost else [])
    alone, helped = ours[ALONE], ours[HELPED]
    yield from _beside("first scan, part one, CPU", _cpu(alone), "<= ccusage, aim 1.2 s", theirs)
    yield Row("… speed in one process", f"{size / _wall(alone):.0f} MB/s")
    yield Row("… with a helper, CPU", f"{_cpu(helped):.2f} s")
    yield Row("… with a helper, wall", f"{_wall(helped):.2f} s", "1.3 s at 536 MB")
    yield Row("… memory", f"{max(one.memory for one in alone):.0f} MB", "< 200 MB")
    yield Row("limit: read alone, CPU", f"{_cpu(marks['read']):.2f} s")
    yield Row("limit: rows decoded, bodies raw, CPU", f"{_cpu(marks['decode']):.2f} s")


def _beside(work: str, ours: float, target: str, theirs: dict[str, list[Cost]]) -> Iterator[Row]:
    """Yield a row for each peer, or one that says that there is none."""
    shown = f"{ours:.2f} s"
    for peer in peers.PEERS:
        costs = theirs.get(peer.name)
        if costs:
            cost = _cpu(costs)
            yield Row(work, shown, target, f"{peer.name} {cost:.2f} s", f"{ours / cost:.2f}")
        else:
            why = "failed" if peer.name in theirs else "not installed"
            yield Row(work, shown, target, f"{peer.name}: {why}")
        work, shown, target = "", "", ""


def _later(home: Path, work: Path) -> Iterator[Row]:
    whole = [_told(home, work / "whole.sqlite", part="whole") for _ in range(RUNS)]
    speed = statistics.median(one["characters"] / one["words_cpu"] / 1e6 for one in whole)
    yield Row("part two: words redacted, search filled", f"{speed:.1f} MB/s", ">= 10 MB/s")
    wall = statistics.median(one["whole_wall"] for one in whole)
    yield Row("… both parts, wall", f"{wall:.2f} s")
    kept = work / "kept.sqlite"
    scan(home, kept)
    second = [_told(home, kept, part="second") for _ in range(RUNS)]
    cpu = statistics.median(one["cpu"] for one in second)
    yield Row("second scan, nothing changed, CPU", f"{cpu:.3f} s", "< 0.15 s")
    grown, read, line = _grown(home, work)
    yield Row("one log grew by a line, CPU", f"{grown * 1000:.1f} ms", "< 20 ms over the second")
    yield Row("… bytes read", f"{read} for a line of {line}", "the new ones")


def _giants(work: Path) -> Iterator[Row]:
    makers: Sequence[tuple[str, Callable[[Path], None]]] = (
        ("one log of 1 GB", make_giant_log),
        ("one line of 100 MB", make_giant_line),
    )
    for name, make in makers:
        home = work / "giant"
        make(home)
        cost = scan(home, work / "giant.sqlite")
        yield Row(f"{name}, memory", f"{cost.memory:.0f} MB in {cost.cpu:.1f} s CPU", "< 150 MB")
        shutil.rmtree(home)


def _cpu(costs: Sequence[Cost]) -> float:
    return statistics.median(one.cpu for one in costs)


def _wall(costs: Sequence[Cost]) -> float:
    return statistics.median(one.wall for one in costs)


def _command(home: Path, database: Path, workers: str, part: str, told: Path) -> list[str]:
    names = (str(home), str(database), workers, part, str(told))
    return [sys.executable, "-m", scan_once.__name__, *names]


def scan(home: Path, database: Path, workers: str = HELPED, part: str = "whole") -> Cost:
    """Return what a scan costs as a process of its own."""
    if part == "first":
        _forget(database)
    return cost_of(_command(home, database, workers, part, database.with_suffix(".json")))


def _told(home: Path, database: Path, part: str) -> dict[str, float]:
    """Return what a scan measures itself; it works alone, and knows only of its own work."""
    if part == "whole":
        _forget(database)
    told = database.with_suffix(".json")
    cost_of(_command(home, database, ALONE, part, told))
    result: dict[str, float] = json.loads(told.read_text("utf-8"))
    return result


def _forget(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


def _grown(home: Path, work: Path) -> tuple[float, int, int]:
    """Return what one more line in one log costs over a scan in which nothing changed."""
    from hansei_sessions.index import Index
    from hansei_sessions.readers import FORMATS
    from hansei_sessions.sources import discover

    copy = work / "copy"
    shutil.copytree(home, copy, symlinks=True)
    log = max(copy.rglob("*.jsonl"), key=lambda one: one.stat().st_size)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-RUNS]))
    sources = discover(FORMATS, {}, copy)
    costs: list[float] = []
    read = 0
    with Index.open(work / "copy.sqlite") as index:
        index.scan(sources)
        for line in lines[-RUNS:]:
            began = time.process_time()
            index.scan(sources)
            idle = time.process_time() - began
            with log.open("ab") as file:
                file.write(line)
            began = time.process_time()
            read = index.scan(sources).bytes_read
            costs.append(time.process_time() - began - idle)
    shutil.rmtree(copy)
    return statistics.median(costs), read, len(lines[-1])


if __name__ == "__main__":
    print(render(TITLE, run(Path(sys.argv[1]) if sys.argv[1:] else None)))
