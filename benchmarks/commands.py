"""How long the commands that are typed most often take, as whole processes.

    python -m benchmarks.commands [SIZE ...]

Medians of five, in CPU time of the child process with its start; beside each figure stands its
ratio to a bare interpreter of the same run, which is what to compare between machines.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.cost import install
from benchmarks.table import Row, render

from hansei_core.retro import ImprovementDraft
from hansei_core.store.store import open_store
from hansei_core.verbs.improvements import create, move
from hansei_core.vocabulary import Category, Stage

TITLE = "The commands"
SIZES: Final = (1_000, 10_000, 50_000)
TIMES: Final = 5
NOW: Final = datetime.now(UTC)
ADD_GOALS: Final = {10_000: "< 200 ms"}
LIST_GOALS: Final = {1_000: "< 120 ms", 10_000: "< 250 ms", 50_000: "< 900 ms"}
VERBS: Final = ("Write down", "Pin", "Cache", "Split", "Remove", "Test", "Name", "Speed up", "Mock")
THINGS: Final = (
    *("the flag of the slow tests", "the version of the linter", "the start of the database"),
    *("the fixture for time zones", "the lock file of the web client", "the retry of the upload"),
    *("the schema of the events", "the rule about generated files", "the names of the queues"),
)
PLACES: Final = ("billing", "search", "the importer", "the gateway", "reports", "the mobile client")


def drafts(size: int) -> Iterator[ImprovementDraft]:
    """Yield improvements as a busy year brings them; the same ones each time."""
    chance = random.Random(20_261_121)
    for number in range(size):
        yield ImprovementDraft(
            title=f"{chance.choice(VERBS)} {chance.choice(THINGS)} in {chance.choice(PLACES)}"
            f" for case {number}",
            category=chance.choice(tuple(Category)),
            tags=tuple(chance.sample(("perf", "tests", "docs", "ci", "web", "core"), 2)),
            project=chance.choice(("tidewater", "lantern", "orchard")),
            impact=chance.randint(1, 10),
            effort=chance.randint(1, 10),
            current_state="The agent runs the whole suite although one folder has changed.",
        )


def fill(home: Path, size: int) -> None:
    """Write a store of that many improvements into a home of hansei, a third of them sorted in."""
    store = open_store(home / "data", now=NOW)
    ids = []
    with store.transaction("fill", now=NOW) as work:
        for number, draft in enumerate(drafts(size)):
            at = NOW - timedelta(minutes=number)
            ids.append(create(work, draft, now=at, source="add").id)
    move(store, ids[::3], Stage.BACKLOG, now=NOW)
    store.checkpoint(now=NOW)
    store.close()


def environ(home: Path) -> dict[str, str]:
    """Return the environment of one run: nothing of the user's, and no agent's logs."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    paths = os.pathsep.join(str(Path(part).resolve()) for part in ("core", "sessions", "tui"))
    return {
        **kept,
        "PYTHONPATH": paths,
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "HANSEI_HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / "claude"),
        "CODEX_HOME": str(home / "codex"),
    }


def cpu(arguments: list[str], env: Mapping[str, str], times: int = TIMES) -> float:
    """Return the median CPU milliseconds of a Python process with these arguments."""
    install()
    used = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *arguments],
            env=env,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(used) * 1000


def peers(folder: Path, size: int) -> tuple[str, str]:
    """Return what adding one and listing cost the peers that are installed, in words.

    Taskwarrior lists with a filter; kanban-tui's command has none and lists the whole board.
    """
    from benchmarks.backlog import Taskwarrior  # it builds on this module
    from benchmarks.kanban_tui import KanbanTui

    adding, listing = [], []
    if shutil.which("task"):
        task = Taskwarrior(folder / f"peer-task-{size}", size)
        adding.append(f"Taskwarrior {task.median('add', 'Pool the connections', '+perf'):.0f} ms")
        listing.append(f"Taskwarrior {task.median('+perf', 'connections', 'list'):.0f} ms")
    if shutil.which("ktui"):
        board = KanbanTui(folder / f"peer-kanban-{size}", list(drafts(size)), NOW)
        adding.append(f"kanban-tui {board.median('task', 'create', 'Pool'):.0f} ms")
        listing.append(f"kanban-tui {board.median('task', 'list', '--json'):.0f} ms")
    return ", ".join(adding), ", ".join(listing)


def run(sizes: tuple[int, ...] = SIZES) -> Iterator[Row]:
    """Measure the start alone, then the commands on a backlog of each size."""
    folder = Path(tempfile.mkdtemp(prefix="hansei-bench-"))
    try:
        env = environ(folder / "empty")
        bare = cpu(["-c", "pass"], env)

        def row(work: str, arguments: list[str], home: str, goal: str = "", peers: str = "") -> Row:
            used = cpu(arguments, environ(folder / home))
            return Row(work, f"{used:.0f} ms CPU ({used / bare:.1f} × bare)", goal, peers)

        hansei = ["-m", "hansei_tui"]
        yield Row("a bare interpreter", f"{bare:.0f} ms CPU")
        yield row("import typer, for comparison", ["-c", "import typer"], "empty")
        yield row("hansei --version", [*hansei, "--version"], "empty", "< 80 ms")
        yield row("hansei --help", [*hansei, "--help"], "empty")
        yield row("hansei status, nothing there", [*hansei, "status"], "empty")
        for size in sizes:
            home = str(size)
            fill(folder / home, size)
            at = f"at {size:,}"
            goal = LIST_GOALS.get(size, "")
            title = "Pool the connections +perf impact:8 effort:2"
            adding, listing = peers(folder, size)
            yield row(
                f"hansei add, {at}", [*hansei, "add", title], home, ADD_GOALS.get(size, ""), adding
            )
            few = ["list", "+perf pri:>=70 connections"]
            yield row(
                f"hansei list with a narrow filter, {at}", [*hansei, *few], home, goal, listing
            )
            many = ["list", "+perf"]
            yield row(f"hansei list with a wide filter, {at}", [*hansei, *many], home, goal)
            yield row(f"hansei show, {at}", [*hansei, "show", "7"], home)
            yield row(f"hansei undo, {at}", [*hansei, "undo"], home)
            yield row(f"hansei status, {at}", [*hansei, "status"], home)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    print(render(TITLE, run(tuple(int(text) for text in sys.argv[1:]) or SIZES)))
