"""A scan with helpers and in two parts: the same index, whoever read what, and whoever died."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from tests.sessions.claude_log import INTERRUPTED, SAID, Log
from tests.sessions.dying_format import DYING
from tests.sessions.plain_format import PLAIN, line, session_rows, write_log
from tests.sessions.test_claude_blocks import STEPS, build

from hansei_sessions import redact
from hansei_sessions.index import Index, ScanProgress, SessionQuery, crew, pending, scan
from hansei_sessions.index.hands import Brought, Order
from hansei_sessions.index.worker import Ready, Setup, receive, send
from hansei_sessions.readers import FORMATS
from hansei_sessions.readers.claude_code import ClaudeCodeFormat, ClaudeCodeReader
from hansei_sessions.sources import Source

CLAUDE = ClaudeCodeFormat("claude-code", ClaudeCodeReader)
SECRET = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z5A"
NEVER = 1 << 60


def story(number: int, *, told: int = 99) -> bytes:
    """Return a log; those with equal tens share their history, as forks do."""
    log = Log(f"{number:08x}-0000-4000-8000-000000000000")
    log.at = log.at.replace(day=1 + number % 20)
    log.common = {"cwd": f"/w/project{number % 3}"}
    log.prompt(f"Make field {number // 10} wider with {SECRET}")
    call = log.bash(f"make part{number // 10} TOKEN={SECRET}")
    log.fail(call, f"Exit code 1\nerror: no rule for {SECRET} in part {number // 10}")
    log.result(log.call("Edit", {"file_path": f"/w/{number}.py"}))
    refused = log.call("Write", {"file_path": "/w/b.py"})
    log.fail(refused, SAID + "not there" if number % 2 else "Exit code")
    log.text_row(INTERRUPTED)
    log.prompt(f"Now say done {number}")
    log.fail(log.call("Edit", {"file_path": "/w/c.py"}), "String to replace not found in file.")
    rows = [
        row.replace(b"00000000-0000-4000", b"%08d-0000-4000" % (number // 10)) for row in log.lines
    ]
    return b"".join(row + b"\n" for row in rows[:told])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Logs with forks, a session in two files, a half-written line and an excluded project."""
    folder = tmp_path / "home" / "projects" / "-w"
    folder.mkdir(parents=True)
    for number in range(14):
        log = folder / f"{number:08x}-0000-4000-8000-000000000000.jsonl"
        log.write_bytes(story(number, told=99 if number % 4 else 6))
        os.utime(log, (1_790_000_000 + number, 1_790_000_000 + number))
    copy = folder.parent / "-copy" / "00000001-0000-4000-8000-000000000000.jsonl"
    copy.parent.mkdir()
    copy.write_bytes(story(1)[:-40])
    write_log(tmp_path / "home" / "plain" / "a.jsonl", *session_rows("plain"))
    (tmp_path / "home" / "plain" / os.fsdecode(b"\xff.jsonl")).write_bytes(line(id="odd", at=1.0))
    return tmp_path / "home"


def sources(home: Path) -> list[Source]:
    return [Source(CLAUDE, home), Source(PLAIN, home / "plain")]


def contents(index: Index) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that an index holds but the numbers of its rows, and its states in order."""

    def read(one: Any) -> dict[str, list[tuple[Any, ...]]]:
        paths = dict(one.execute("SELECT id, path FROM files"))
        found: dict[str, list[tuple[Any, ...]]] = {}
        for table, key in (
            *(("files", "id"), ("states", "file"), ("sessions", "file"), ("frictions", "file")),
            *(("unknown_types", "file"), ("problems", ""), ("roots", "")),
        ):
            cursor = one.execute(f"SELECT * FROM {table}")  # noqa: S608 - names from above
            names = [name for name, *_ in cursor.description]
            rows = []
            for row in cursor:
                named = dict(zip(names, row, strict=True))
                named.pop("searchable", None)
                if key:
                    named[key] = paths[named[key]]
                if "duplicate_of" in named:
                    named["duplicate_of"] = paths.get(named["duplicate_of"])
                if "state" in named and table == "states":
                    named["state"] = in_order(named["state"])
                rows.append(tuple(named.values()))
            found[table] = sorted(rows, key=repr)
        return found

    return index._database.read(read)


def in_order(state: bytes) -> Any:
    """Return a state with its sets in order: JSON has none."""
    plain = json.loads(state)
    if isinstance(plain, dict):
        for name in ("seen", "prompts", "tools", "hooks"):
            plain[name] = sorted(plain.get(name, []))
        for name in ("rows", "uses"):
            plain[name] = sorted(plain.get(name, "").split(" "))
    return plain


def scanned(home: Path, workers: int, **options: Any) -> dict[str, list[tuple[Any, ...]]]:
    with Index.open(None) as index:
        index.scan(sources(home), workers=workers, excluded_projects=["project2"], **options)
        return contents(index)


@pytest.fixture
def at_once(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a scan in one part and one process writes."""
    found = scanned(home, 0)
    assert len(found["sessions"]) > 8
    assert sum(1 for one in found["frictions"] if one[-1]) > 2, "some history is copied"
    return found


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("aside", [False, True])
def test_helpers_write_the_same_index(
    home: Path, at_once: dict[str, list[tuple[Any, ...]]], workers: int, aside: bool
) -> None:
    """What a session is would hang on how many cores the machine has."""
    assert scanned(home, workers, aside=aside) == at_once


def test_helpers_mark_secrets_under_the_same_key(home: Path) -> None:
    """The same secret would have one mark in one session and another, or none, in the next."""
    redact.use_key(b"k" * 32)
    try:
        found = [scanned(home, workers) for workers in (0, 2)]
    finally:
        redact.use_key(b"")
    assert found[0] == found[1]
    assert "[redacted:github:" in repr(found[0]["frictions"])


@pytest.mark.parametrize("most", [pending.MOST, 3000, 0])
def test_two_parts_write_the_same_index(
    home: Path,
    at_once: dict[str, list[tuple[Any, ...]]],
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    """Words that waited, or could not wait, would be lost or stand at another friction."""
    monkeypatch.setattr(scan, "LATER_BYTES", 0)
    monkeypatch.setattr(pending, "MOST", most)
    assert scanned(home, 0) == at_once


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_any_log_gives_the_same_in_two_parts(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A kind of friction would come out without its words, or with another's."""
    home = tmp_path_factory.mktemp("logs")
    (home / "a.jsonl").write_bytes(b"".join(row + b"\n" for row in build(steps)))
    found = []
    for least in (NEVER, 0):
        with pytest.MonkeyPatch.context() as patch, Index.open(None) as index:
            patch.setattr(scan, "LATER_BYTES", least)
            index.scan([Source(CLAUDE, home)])
            found.append(contents(index))
    assert found[0] == found[1]


def test_real_logs_give_the_same_with_helpers(shared: Path) -> None:
    """What real agents write would be read otherwise by a helper."""
    found = []
    for workers in (0, 2):
        with Index.open(None) as index:
            data = [Source(one, shared / "data" / one.agent) for one in FORMATS]
            index.scan([one for one in data if one.root.is_dir()], workers=workers)
            found.append(contents(index))
    assert found[0] == found[1]


def test_a_large_scan_can_be_searched_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prompts would be read from the logs a second time, or a secret be kept in the search."""
    monkeypatch.setattr(scan, "LATER_BYTES", 0)
    with Index.open(None) as index:
        told: list[ScanProgress] = []
        index.scan(sources(home), progress=told.append)
        assert index.sessions(SessionQuery(text="say done"))
        index.fill_texts(sources(home))  # forks are searched without what they copied
        assert len(index.sessions(SessionQuery(text="say done"))) > 3
        assert index.sessions(SessionQuery(text=SECRET)) == []
        texts = index._database.read(lambda one: one.execute("SELECT text FROM search").fetchall())
        assert SECRET not in repr(texts)
    assert told[-1].words_done == told[-1].words_total == told[-1].files_total


def test_sessions_are_there_before_their_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of sessions would wait for the redaction of all of them."""
    monkeypatch.setattr(scan, "LATER_BYTES", 0)
    with Index.open(None) as index:
        seen: list[tuple[int, set[str]]] = []

        def look(progress: ScanProgress) -> None:
            texts = {one.text for one in index.frictions() if one.rule == "claude.exit-code"}
            seen.append((len(index.sessions()), texts))

        index.scan(sources(home), progress=look)
    assert seen[0][0] >= seen[-1][0] > 10
    assert seen[0][1] == {""}
    assert "" not in seen[-1][1]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("calls", [0, 1, 3, 8, 20])
def test_a_scan_that_is_stopped_goes_on_to_the_same(
    home: Path,
    at_once: dict[str, list[tuple[Any, ...]]],
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    calls: int,
) -> None:
    """Sessions that were read when a key was pressed would stay without words for ever."""
    monkeypatch.setattr(scan, "LATER_BYTES", 0)
    monkeypatch.setattr(scan, "_BATCH_FILES", 3)
    with Index.open(None) as index:
        asked = iter(range(calls))
        index.scan(
            sources(home),
            workers=workers,
            excluded_projects=["project2"],
            should_stop=lambda: next(asked, None) is None,
        )
        report = index.scan(sources(home), workers=workers, excluded_projects=["project2"])
        assert not report.stopped
        assert contents(index) == at_once


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that a crew starts; none may be left."""
    started: list[subprocess.Popen[bytes]] = []
    plain: Callable[..., Any] = crew._start

    def start(setup: Setup) -> Any:
        worker = plain(setup)
        started.append(worker.process)
        return worker

    monkeypatch.setattr(crew, "_start", start)
    yield started
    assert [one.poll() is None for one in started] == [False] * len(started)


def test_no_process_is_left(home: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    """A key press or an error would leave processes behind that read on."""
    with Index.open(None) as index:
        index.scan(sources(home), workers=2)
        index.scan(sources(home), workers=2, should_stop=lambda: True)
    with Index.open(None) as index, pytest.raises(KeyboardInterrupt):
        index.scan(sources(home), workers=2, progress=interrupted)
    assert len(processes) == 4


def interrupted(_: ScanProgress) -> None:
    raise KeyboardInterrupt


def test_a_log_that_kills_its_reader_is_named(
    tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    """One log would end the scan, or the logs beside it would be lost with it."""
    for number in range(6):
        rows = session_rows(f"s{number}")
        deadly = [{"ends_all_but": os.getpid()}] if number == 3 else []
        write_log(tmp_path / f"{number}.jsonl", *rows, *deadly, mtime=1_790_000_000.0 + number)
    with Index.open(None) as index:
        report = index.scan([Source(DYING, tmp_path)], workers=1, aside=True)
        assert [one.path for one in report.problems] == [str(tmp_path / "3.jsonl")]
        assert "died" in report.problems[0].reason
        assert {one.id for one in index.sessions()} == {"s0", "s1", "s2", "s4", "s5"}
        assert len(index.frictions()) == 5
        assert index.problems() == report.problems
        index.scan([Source(DYING, tmp_path)])
        assert (len(index.sessions()), index.problems()) == (6, ())
    assert processes[0].returncode == 9


@pytest.mark.parametrize("broken", ["import os; os._exit(3)", "raise SystemExit", "nonsense"])
def test_helpers_that_do_not_start_are_done_without(
    home: Path,
    at_once: dict[str, list[tuple[Any, ...]]],
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    """Where Python cannot start itself, nothing would be read, or a log would be blamed."""
    monkeypatch.setattr(crew, "_CODE", broken)
    assert scanned(home, 2) == at_once


def test_a_machine_that_starts_no_process_reads_alone(
    home: Path, at_once: dict[str, list[tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox that forbids processes would see a traceback."""

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert scanned(home, 2) == at_once


def test_a_worker_ends_with_its_parent(home: Path) -> None:
    """Whoever kills hansei would find its helpers still reading."""
    opened = subprocess.Popen(
        [sys.executable, "-c", crew._CODE, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with opened as process:
        assert process.stdin is not None
        assert process.stdout is not None
        exclusion = scan._exclusion((), ())
        send(process.stdin, Setup({"claude-code": CLAUDE}, (str(home),), exclusion, b""))
        assert isinstance(receive(process.stdout), Ready)
        missing = Order(7, str(home / "none.jsonl"), "claude-code", 1)
        send(process.stdin, missing)
        assert receive(process.stdout) == Brought(7)
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("size", "cores", "beside", "count"),
    [
        *((99, 8, True, 0), (100, 1, True, 0), (100, None, True, 0), (100, 2, True, 1)),
        *((100, 2, False, 2), (100, 64, True, 3), (100, 64, False, 4)),
    ],
)
def test_helpers_come_where_they_are_worth_it(
    size: int, cores: int | None, beside: bool, count: int
) -> None:
    """A small scan would start processes, or a large machine a crowd of them."""
    assert crew.count_for(size, least=100, cores=cores, beside=beside) == count
