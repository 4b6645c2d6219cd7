"""Every agent alike: its logs are found, searched, bounded, and survive what files go through."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sessions.every_agent import NO_PROMPT, VARIANTS, WRITERS, environ_of

from hansei_sessions.evidence import read_excerpt
from hansei_sessions.index import Index, SessionQuery, SourceState
from hansei_sessions.model import Session
from hansei_sessions.readers import FORMATS
from hansei_sessions.signals import can_tell
from hansei_sessions.sources import Source, discover, folders

WRITE = {**WRITERS, **VARIANTS}
AGENTS = list(WRITE)
"""And the other forms of their logs: `kiro/database`."""
PLATFORMS = ("linux", "darwin", "win32")


@pytest.fixture
def index() -> Iterator[Index]:
    with Index.open(None) as opened:
        yield opened


def sources(home: Path) -> tuple[Source, ...]:
    """Return where a user of this home would have logs."""
    return discover(FORMATS, environ_of(home), home)


def own(index: Index) -> list[Session]:
    """Return the sessions with something in them."""
    return index.sessions()


def test_every_agent_is_tried() -> None:
    """An agent that is added would go through none of these tests."""
    assert [one.agent for one in FORMATS] == list(WRITERS)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("agent", AGENTS)
def test_logs_are_found_where_the_agent_keeps_them(
    agent: str, platform: str, tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user would have to tell hansei where an agent keeps its logs."""
    monkeypatch.setattr(sys, "platform", platform)
    log = WRITE[agent](tmp_path, platform)
    index.scan(sources(tmp_path))
    assert own(index), log
    told_by = {one.agent for one in index.sources() if one.sessions}
    name = agent.partition("/")[0]
    assert told_by == {name}
    assert {one.agent for one in own(index)} == {"claude-code" if name == "specstory" else name}


@pytest.mark.parametrize("agent", AGENTS)
def test_logs_are_found_in_a_folder_that_the_settings_name(
    agent: str, tmp_path: Path, index: Index
) -> None:
    """A user who keeps logs elsewhere could not have them read."""
    WRITE[agent](tmp_path / "backup", "linux")
    nowhere = tmp_path / "home"
    name = agent.partition("/")[0]
    standard = [one for one in sources(tmp_path / "backup") if one.agent == name]
    extra = {name: [one.root for one in standard]}
    index.scan(discover(FORMATS, {}, nowhere, extra))
    assert own(index)


def test_all_of_them_at_once(tmp_path: Path, index: Index) -> None:
    """One agent's logs would be taken for another's where all lie in one home."""
    for write in WRITERS.values():
        write(tmp_path, "linux")
    report = index.scan(sources(tmp_path))
    assert report.problems == ()
    sessions = {one.agent: one.sessions for one in index.sources() if one.sessions}
    assert set(sessions) == set(WRITERS)
    assert len(own(index)) == sum(sessions.values())


@pytest.mark.parametrize("agent", [one for one in AGENTS if one not in NO_PROMPT])
def test_a_prompts_word_is_found(agent: str, tmp_path: Path, index: Index) -> None:
    """A session would be found by its title only, which is but the first line of a prompt."""
    log = WRITE[agent](tmp_path, "linux")
    if log.suffix in {".db", ".sqlite3", ".vscdb"}:
        replace_in_database(log)
    second = {".chat.history.md": b"  \n#### ", "00Z.md": b"\n"}
    break_ = next((to for end, to in second.items() if log.name.endswith(end)), b"\\n")
    for path in sorted({log, *log.parent.rglob("*.json")}):
        data = path.read_bytes()
        for words in (b"mend it", b"mend the tests"):
            data = data.replace(words, words + break_ + b"quokka zebrafish")
        if log.suffix not in {".db", ".sqlite3", ".vscdb"}:
            path.write_bytes(data)
    index.scan(sources(tmp_path))
    assert not [one for one in own(index) if "quokka" in one.title]
    index.fill_texts(sources(tmp_path))
    found = index.sessions(SessionQuery(text="quokka zebra"))
    assert len(found) == 1
    assert index.sessions(SessionQuery(text="zebrafish quokka")) == []
    assert index.fill_texts(sources(tmp_path)) == 0


def replace_in_database(path: Path) -> None:
    """Add the words to the prompts of a database."""
    import sqlite3

    columns = {
        "opencode.db": ("part", "data"),
        "kilo.db": ("part", "data"),
        "sessions.db": ("messages", "content_json"),
        "crush.db": ("messages", "parts"),
        "data.sqlite3": ("conversations_v2", "value"),
        "state.vscdb": ("cursorDiskKV", "value"),
        "store.db": ("blobs", "data"),
    }
    table, column = columns[path.name]
    database = sqlite3.connect(path)
    with database:
        sql = (
            f"UPDATE {table} SET {column} = replace(CAST({column} AS TEXT), ?, ?) "  # noqa: S608 - names from above
            f"WHERE instr({column}, CAST(? AS BLOB)) OR instr({column}, ?)"
        )
        words = "mend it"
        database.execute(sql, (words, f"{words}\\nquokka zebrafish", words, words))
    database.close()


def scanned_quietly(index: Index, home: Path) -> None:
    """Scan a home whose logs are damaged: nothing is raised, and no reader breaks on them."""
    report = index.scan(sources(home))
    assert not [one for one in report.problems if "failed on it" in one.reason], report.problems
    index.fill_texts(sources(home))


def files_of(log: Path, home: Path) -> list[Path]:
    """Return a log and what lies beside it."""
    beside = sorted(one for one in log.parent.rglob("*") if one.is_file())
    return [log, *(one for one in beside if one != log and home in one.parents)]


Change = Callable[[bytes], bytes]
FAULTS: dict[str, Change] = {
    "empty": lambda data: b"",
    "half": lambda data: data[: len(data) // 2],
    "glued": lambda data: data.replace(b"\n", b"", 1),
    "twice": lambda data: data + data,
    "nul tail": lambda data: data + b"\0" * 70_000,
    "nul inside": lambda data: data[: len(data) // 2] + b"\0" * 999 + data[len(data) // 2 :],
    "all nul": lambda data: b"\0" * max(len(data), 1),
    "latin-1": lambda data: data.replace(b"mend", b"m\xe9nd"),
    "utf-16": lambda data: data.decode("utf-8", "replace").encode("utf-16"),
    "a mark": lambda data: b"\xef\xbb\xbf" + data,
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "no newline": lambda data: data.rstrip(b"\n"),
    "a web page": lambda data: b"<!doctype html>\n<p>{}</p>\n",
    "a list": lambda data: b"[" + data.replace(b"\n", b",") + b"null]",
    "control characters": lambda data: data.replace(b" ", b"\x1b[31m\x07", 3),
    "a huge line": lambda data: data + b'{"a":"' + b"x" * 9_000_000 + b'"}\n' + data,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("agent", AGENTS)
def test_a_damaged_log_costs_itself_at_most(
    agent: str, fault: str, tmp_path: Path, index: Index
) -> None:
    """A file that a crash or an editor damaged would end the scan, or take others with it."""
    log = WRITE[agent](tmp_path, "linux")
    other = "droid" if agent != "droid" else "qwen-code"
    WRITERS[other](tmp_path, "linux")
    log.write_bytes(FAULTS[fault](log.read_bytes()))
    scanned_quietly(index, tmp_path)
    assert [one for one in own(index) if one.agent == other]


@pytest.mark.parametrize("agent", AGENTS)
def test_what_lies_beside_a_log_may_be_damaged_too(
    agent: str, tmp_path: Path, index: Index
) -> None:
    """A list or a state beside a log, half-written, would take the session with it."""
    log = WRITE[agent](tmp_path, "linux")
    for path in files_of(log, tmp_path)[1:]:
        path.write_bytes(b'{"half')
    scanned_quietly(index, tmp_path)


@pytest.mark.parametrize("agent", AGENTS)
def test_a_log_that_vanishes_keeps_what_was_read(agent: str, tmp_path: Path, index: Index) -> None:
    """A session would be lost with its log, which agents delete after some weeks."""
    log = WRITE[agent](tmp_path, "linux")
    index.scan(sources(tmp_path))
    before = {one.id for one in own(index)}
    log.unlink()
    scanned_quietly(index, tmp_path)
    after = own(index)
    assert {one.id for one in after} == before
    states = {one.state for one in index.sources() if one.sessions}
    assert all(one.gone for one in after) or SourceState.STALE in states  # an empty folder


@pytest.mark.parametrize("agent", AGENTS)
def test_a_log_that_grows_byte_by_byte_ends_as_the_whole(
    agent: str, tmp_path: Path, index: Index
) -> None:
    """A log read while it is written would tell another story than the finished one."""
    log = WRITE[agent](tmp_path, "linux")
    whole = log.read_bytes()
    times = log.stat()
    with Index.open(None) as at_once:
        at_once.scan(sources(tmp_path))
        expected = {(one.id, one.prompts, one.tool_calls) for one in own(at_once)}
        frictions = [(one.rule, one.text, one.subject) for one in at_once.frictions()]
    cuts = sorted({len(whole) * part // 7 for part in range(1, 7)})
    for cut in cuts:
        log.write_bytes(whole[:cut])
        scanned_quietly(index, tmp_path)
    log.write_bytes(whole)
    os.utime(log, ns=(times.st_atime_ns, times.st_mtime_ns))
    scanned_quietly(index, tmp_path)
    assert {(one.id, one.prompts, one.tool_calls) for one in own(index)} == expected
    assert [(one.rule, one.text, one.subject) for one in index.frictions()] == frictions


@pytest.mark.parametrize("agent", AGENTS)
def test_a_log_that_is_a_link_out_of_its_folder_is_not_read(
    agent: str, tmp_path: Path, index: Index
) -> None:
    """A link could lead hansei to any file of the user's."""
    log = WRITE[agent](tmp_path, "linux")
    for number, path in enumerate(files_of(log, tmp_path)):
        outside = tmp_path.parent / f"{tmp_path.name}-outside-{number}{path.suffix}"
        path.rename(outside)
        path.symlink_to(outside)
    report = index.scan(sources(tmp_path))
    assert own(index) == []
    assert report.problems or agent == "openhands"  # whose events are counted as not understood


@pytest.mark.parametrize("agent", AGENTS)
def test_scanning_changes_nothing_in_an_agents_folders(
    agent: str, tmp_path: Path, index: Index
) -> None:
    """An agent's own files would be touched."""

    def looks() -> dict[str, tuple[int, int, int]]:
        found = {}
        for path in tmp_path.rglob("*"):
            status = path.lstat()
            found[str(path)] = (status.st_size, status.st_mtime_ns, status.st_mode)
        return found

    WRITE[agent](tmp_path, "linux")
    before = looks()
    index.scan(sources(tmp_path))
    index.fill_texts(sources(tmp_path))
    assert looks() == before


@pytest.mark.parametrize("agent", AGENTS)
def test_what_a_log_tells_is_known_as_told(agent: str, tmp_path: Path, index: Index) -> None:
    """A metric would be called unknown though logs of this very form hold its frictions."""
    WRITE[agent](tmp_path, "linux")
    index.scan(sources(tmp_path))
    sessions = {one.id: one for one in own(index)}
    for friction in index.frictions():
        assert can_tell(sessions[friction.session_id], friction.kind), friction.rule


def test_what_real_logs_tell_is_known_as_told(shared: Path, index: Index) -> None:
    """As above, of real logs."""
    data = shared / "data"
    names = ("claude-code", "codex", "copilot-cli", "gemini-cli", "specstory", "swe-agent", "cline")
    index.scan([Source(one, data / one.agent) for one in FORMATS if one.agent in names])
    sessions = {one.id: one for one in own(index)}
    told = [one for one in index.frictions() if can_tell(sessions[one.session_id], one.kind)]
    silent = {(sessions[one.session_id].agent, one.kind.value) for one in index.frictions()} - {
        (sessions[one.session_id].agent, one.kind.value) for one in told
    }
    # Only some versions of Claude Code log how long a command has been running.
    assert silent <= {("claude-code", "slow-command")}


@pytest.mark.parametrize("agent", AGENTS)
def test_the_place_of_a_friction_is_shown_or_said_why_not(
    agent: str, tmp_path: Path, index: Index
) -> None:
    """A key press on a friction would open a screen full of bytes, or of another record."""
    WRITE[agent](tmp_path, "linux")
    index.scan(sources(tmp_path))
    for friction in index.frictions():
        shown = read_excerpt(friction.evidence, folders(sources(tmp_path)))
        assert shown.note or shown.place >= 0
        assert not any("\u2400" in line.text or "\0" in line.text for line in shown.lines)


@pytest.mark.parametrize("agent", AGENTS)
@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_bytes_make_a_reader_raise(agent: str, data: st.DataObject, tmp_path: Path) -> None:
    """A torn or hostile log would break its reader, and with it the scan of all others."""
    home = tmp_path / str(len(list(tmp_path.iterdir())))
    log = WRITE[agent](home, "linux")
    whole = log.read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        gone = data.draw(st.integers(0, 200))
        junk = data.draw(
            st.binary(max_size=60) | st.sampled_from([b"{", b"}\n{", b"\0" * 50, b'"'])
        )
        whole = whole[:at] + junk + whole[at + gone :]
    log.write_bytes(whole)
    with Index.open(None) as index, suppress(FileNotFoundError):
        scanned_quietly(index, home)
        ids = [one.id for one in index.frictions()]
        assert len(set(ids)) == len(ids)
