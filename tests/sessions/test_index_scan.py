"""The incremental scan: what is read, what is not, and what stays when logs go."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.sessions.plain_format import (
    PLAIN,
    PlainFormat,
    PlainReader,
    append,
    line,
    session_rows,
    source,
    write_log,
)

from hansei_sessions.files import Opener
from hansei_sessions.index import Index, ScanProgress, SessionQuery, SourceState
from hansei_sessions.index.database import Database
from hansei_sessions.readers.lines import Lines, Take
from hansei_sessions.sources import Source


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open(tmp_path / "hansei" / "index.sqlite")


def test_first_scan_keeps_what_the_reader_tells(index: Index, root: Path) -> None:
    """A session or a friction that loses a field on its way through SQLite."""
    path = write_log(root / "a.jsonl", *session_rows("one"), {"unknown": "new-thing"})
    report = index.scan([source(root)])
    (session,) = index.sessions()
    expected = PlainReader(str(path))
    for number, raw in enumerate(path.read_bytes().splitlines(), 1):
        expected.feed(raw, number, 0)
    told = expected.result().session
    assert told is not None
    assert session.grown_at == datetime.fromtimestamp(1_790_000_000, UTC)
    assert (session.id, session.title, session.prompts, session.tool_calls) == (
        "one",
        "one-p1",
        2,
        2,
    )
    assert (session.started_at, session.last_at) == (told.started_at, told.last_at)
    assert session.path == str(path)
    (friction,) = index.frictions()
    assert (friction.text, friction.native_id, friction.evidence.line) == ("one broke", "one-t1", 2)
    assert friction.evidence.offset == len(path.read_bytes().splitlines(keepends=True)[0])
    assert (report.parsed, report.skipped, report.malformed, report.pending) == (4, 1, 0, 0)
    assert (report.files_read, report.files_unchanged) == (1, 0)
    assert report.bytes_read == path.stat().st_size
    assert index.totals().unknown_types == (("new-thing", 1),)


def test_unchanged_file_is_not_opened(
    index: Index, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second scan that opens files it knows."""
    for number in range(5):
        write_log(root / f"{number}.jsonl", *session_rows(f"s{number}"))
    index.scan([source(root)])

    def refuse(*_: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(Opener, "open", refuse)
    report = index.scan([source(root)])
    assert (report.files_read, report.files_unchanged, report.bytes_read) == (0, 5, 0)
    assert report.problems == ()
    assert len(index.sessions()) == 5


def test_grown_file_is_read_from_where_it_ended(index: Index, root: Path) -> None:
    """A live log that is read from its start each time, or whose old part is lost."""
    path = write_log(root / "a.jsonl", *session_rows("one"))
    before = path.stat().st_size
    index.scan([source(root)])
    append(path, {"prompt": "one-p3", "at": 1_789_000_200}, {"fail": "again", "native": "x"})
    report = index.scan([source(root)])
    assert report.bytes_read == path.stat().st_size - before
    (session,) = index.sessions()
    assert session.prompts == 3
    assert [one.evidence.line for one in index.frictions()] == [2, 6]
    assert report.parsed == 6


def test_half_written_line_waits(index: Index, root: Path) -> None:
    """A record being written that is counted as malformed, or lost, or read twice."""
    path = write_log(root / "a.jsonl", *session_rows("one"))
    whole = line(prompt="one-p3")
    with path.open("ab") as file:
        file.write(whole[:9])
    report = index.scan([source(root)])
    assert (report.parsed, report.malformed, report.pending) == (4, 0, 1)
    assert index.scan([source(root)]).files_unchanged == 1
    with path.open("ab") as file:
        file.write(whole[9:])
    report = index.scan([source(root)])
    assert (report.parsed, report.malformed, report.pending) == (5, 0, 0)
    assert index.sessions()[0].prompts == 3


@pytest.mark.parametrize("change", ["shrunk", "rewritten", "same-size", "replaced", "grown-head"])
def test_rewritten_file_replaces_its_old_rows(index: Index, root: Path, change: str) -> None:
    """Faults 54 and 55: rows of a file's former content that stay beside the new ones."""
    path = write_log(root / "a.jsonl", *session_rows("one"), {"fail": "second"})
    index.scan([source(root)])
    new = session_rows("two")
    if change == "shrunk":
        write_log(path, *new[:3], mtime=1_790_000_500)
    elif change == "rewritten":
        write_log(path, *new, *new, *new, mtime=1_790_000_500)
    elif change == "same-size":
        content = path.read_bytes().replace(b"one", b"two")
        path.write_bytes(content)
        os.utime(path, (1_790_000_500, 1_790_000_500))
    elif change == "replaced":
        other = write_log(root / "b.tmp", *session_rows("two"), mtime=1_790_000_000)
        other.replace(path)
    else:
        content = path.read_bytes().replace(b"one", b"two")
        path.write_bytes(content + line(prompt="more"))
    report = index.scan([source(root)])
    assert report.files_read == 1
    assert [one.id for one in index.sessions()] == ["two"]
    assert {one.session_id for one in index.frictions()} == {"two"}
    assert all("one" not in one.text for one in index.frictions())


def test_remounted_disk_is_not_read_again(index: Index, root: Path, tmp_path: Path) -> None:
    """A new device number after a reboot that makes every log new."""
    write_log(root / "a.jsonl", *session_rows("one"))
    index.scan([source(root)])
    index._database.write(lambda connection: connection.execute("UPDATE files SET dev = dev + 1"))
    report = index.scan([source(root)])
    assert (report.files_read, report.bytes_read) == (0, 0)
    assert index.scan([source(root)]).files_unchanged == 1
    assert len(index.sessions()) == 1


def test_growth_while_reading_waits_for_the_next_scan(
    index: Index, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 56: bytes beyond the snapshot that are read in part, or never."""
    path = write_log(root / "a.jsonl", *session_rows("one"))
    hand_on = Lines.hand_on

    def growing(self: Lines, take: Take) -> None:
        append(path, {"prompt": "one-p3"})
        hand_on(self, take)

    monkeypatch.setattr(Lines, "hand_on", growing)
    assert index.scan([source(root)]).parsed == 4
    monkeypatch.undo()
    report = index.scan([source(root)])
    assert (report.parsed, report.bytes_read) == (5, len(line(prompt="one-p3")))


def test_deleted_log_keeps_its_session(index: Index, root: Path) -> None:
    """Agents delete logs after 30 days: a session that goes with its log."""
    write_log(root / "b.jsonl", *session_rows("two"))
    path = write_log(root / "a.jsonl", *session_rows("one"))
    index.scan([source(root)])
    path.unlink()
    report = index.scan([source(root)])
    assert report.files_gone == 1
    assert index.session("one").gone
    assert not index.session("two").gone
    assert len(index.frictions()) == 2
    assert index.scan([source(root)]).files_gone == 0
    assert index.sources()[0].gone == 1


def test_log_that_returns_is_not_gone_any_more(index: Index, root: Path) -> None:
    """A log that was moved away and back, and is marked as gone for ever."""
    write_log(root / "b.jsonl", *session_rows("two"))
    path = write_log(root / "a.jsonl", *session_rows("one"))
    index.scan([source(root)])
    path.rename(root / "away")
    index.scan([source(root)])
    (root / "away").rename(path)
    report = index.scan([source(root)])
    assert (report.files_read, report.files_unchanged) == (0, 2)
    assert not index.session("one").gone


@pytest.mark.parametrize("way", ["removed", "unmounted"])
def test_vanished_folder_is_stale_and_loses_nothing(index: Index, root: Path, way: str) -> None:
    """Fault 67: a folder that is not mounted today takes all its sessions along."""
    path = write_log(root / "a.jsonl", *session_rows("one"))
    index.scan([source(root)])
    path.unlink()
    if way == "removed":
        root.rmdir()
    report = index.scan([source(root)])
    assert report.files_gone == 0
    assert [(one.path, "kept" in one.reason) for one in report.problems] == [(str(root), True)]
    assert index.problems() == report.problems
    assert not index.session("one").gone
    assert index.sources()[0].state is SourceState.STALE


def test_absent_default_folder_is_no_problem_but_a_named_one_is(index: Index, root: Path) -> None:
    """A warning about an agent that the user does not have, or none about a mistyped folder."""
    absent = root / "absent"
    assert index.scan([source(absent)]).problems == ()
    assert index.sources()[0].state is SourceState.MISSING
    report = index.scan([Source(PLAIN, absent, extra=True)])
    assert [one.path for one in report.problems] == [str(absent)]


def test_newest_logs_come_first(index: Index, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first screen that fills with the oldest sessions."""
    for number in (2, 0, 3, 1):
        write_log(
            root / f"{number}.jsonl",
            *session_rows(f"s{number}", at=1_789_000_000 + number),
            mtime=1_790_000_000 + number,
        )
    opened: list[str] = []
    opening = Opener.open

    def spy(self: Opener, path: str) -> object:
        opened.append(Path(path).stem)
        return opening(self, path)

    monkeypatch.setattr(Opener, "open", spy)
    index.scan([source(root)])
    assert opened == ["3", "2", "1", "0"]
    assert [one.id for one in index.sessions(SessionQuery(limit=2))] == ["s3", "s2"]


def test_stopped_scan_goes_on_where_it_was(index: Index, root: Path) -> None:
    """A scan that is stopped and starts over, or that takes a half-read log for a whole one."""
    rows = [{"prompt": f"p{number}", "big": "x" * 5000} for number in range(600)]
    path = write_log(root / "a.jsonl", {"id": "one", "cwd": "/w/a", "at": 1}, *rows)
    calls = 0

    def stop() -> bool:
        nonlocal calls
        calls += 1
        return calls > 4

    first = index.scan([source(root)], should_stop=stop)
    assert first.stopped
    assert 0 < first.parsed < 601
    second = index.scan([source(root)])
    assert not second.stopped
    assert second.parsed == 601
    assert second.bytes_read < path.stat().st_size
    assert first.bytes_read + second.bytes_read == path.stat().st_size
    assert index.sessions()[0].prompts == 600


def test_stop_before_the_first_file_reads_nothing(index: Index, root: Path) -> None:
    """A cancel that is noticed only after a file has been read."""
    write_log(root / "a.jsonl", *session_rows("one"))
    report = index.scan([source(root)], should_stop=lambda: True)
    assert (report.stopped, report.files_read, report.sessions) == (True, 0, 0)
    assert index.scan([source(root)]).files_read == 1


def test_progress_reaches_its_totals(index: Index, root: Path) -> None:
    """A progress bar that ends at 97 %."""
    for number in range(7):
        write_log(root / f"{number}.jsonl", *session_rows(f"s{number}"))
    seen: list[ScanProgress] = []
    index.scan([source(root)], progress=seen.append)
    last = seen[-1]
    assert (
        (last.files_done, last.bytes_done)
        == (last.files_total, last.bytes_total)
        == (
            7,
            sum(path.stat().st_size for path in root.iterdir()),
        )
    )


def test_new_reader_version_reads_its_logs_again(index: Index, root: Path) -> None:
    """Sessions of an older reader that stay as it understood them."""

    class Newer(PlainReader):
        version = 2

    write_log(root / "a.jsonl", *session_rows("one"))
    index.scan([source(root)])
    newer = Source(PlainFormat("plain", Newer), root)
    assert index.scan([newer]).files_read == 1
    assert index.scan([newer]).files_unchanged == 1
    assert len(index.frictions()) == 1


def test_nothing_new_writes_nothing(
    index: Index, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second scan that writes to the disk although nothing changed."""
    write_log(root / "a.jsonl", *session_rows("one"))
    index.scan([source(root)])

    def refuse(*_: object) -> None:
        raise AssertionError("written")

    monkeypatch.setattr(Database, "write", refuse)
    index.scan([source(root)])


def test_scanning_leaves_no_trace_in_the_log_folder(index: Index, root: Path) -> None:
    """A scan that creates or touches something in an agent's folder."""
    for number in range(3):
        write_log(root / f"{number}.jsonl", *session_rows(f"s{number}"))

    def shot() -> list[tuple[str, int, int]]:
        return [
            (path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in root.iterdir()
        ]

    before = shot()
    index.scan([source(root)])
    assert shot() == before
