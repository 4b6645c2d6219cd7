"""The sessions of the Kiro IDE before its version 1.0, and of those that came after."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions import agent_documents as documents
from tests.sessions import agent_logs as logs
from tests.sessions import every_agent as homes

from hansei_sessions.index import Index
from hansei_sessions.model import FrictionKind, Session
from hansei_sessions.readers import FORMATS
from hansei_sessions.readers.base import ReadResult
from hansei_sessions.readers.kiro import KIRO, KiroReader
from hansei_sessions.readers.kiro_ide import KiroIdeReader, half_digest, workspace_of
from hansei_sessions.readers.roots import kiro_databases
from hansei_sessions.signals import can_tell
from hansei_sessions.sources import discover

SAVES = "414d1636299d2b9e4ce7e17fb11f63e9"
"""The folder of executions in real installations, as its readers name it."""


@pytest.fixture
def index() -> Iterator[Index]:
    with Index.open(None) as opened:
        yield opened


def told(path: Path) -> ReadResult:
    """Return what a session tells."""
    (one,) = logs.tell(KiroIdeReader, path)
    assert one.result is not None
    return one.result


def test_the_names_of_folders() -> None:
    """Nothing that the agent did would be found: every execution lies under a digest."""
    assert half_digest("KIRO::EXECUTION::SAVES") == SAVES
    assert half_digest("KIRO::EXECUTION::METADATA") == "f62de366d0006e17ea00a01f6624aabf"


def test_a_session(tmp_path: Path) -> None:
    """A session of the IDE would be lost, or what its answers only name."""
    (one,) = logs.tell(KiroIdeReader, homes.kiro_ide(tmp_path, "linux"))
    session = logs.session_of(one.result)
    assert (session.id, session.title, session.model) == ("ki-3", "Mending", "m9")
    assert (session.cwd, session.project) == ("/home/ada/shop", "shop")
    assert (session.prompts, session.tool_calls) == (3, 5)
    assert session.started_at is not None
    assert session.last_at is not None
    assert session.started_at.timestamp() * 1000 == logs.millis(0)
    assert session.last_at.timestamp() * 1000 == logs.millis(39)
    assert one.prompts == ("mend it", "the docs too", "only the docs")
    assert one.result is not None
    assert logs.shown(one.result.frictions) == [
        ("kiro.exit-code", "make", "no rule"),
        ("kiro.aborted", "", "only the docs"),
    ]
    assert one.result.unknown_types == (("brand_new", 1),)
    assert one.result.counts.skipped == 2


def test_what_stays_unknown_is_no_failure(tmp_path: Path) -> None:
    """A state that nobody has described would be called a failure, or a call without an end."""
    found = told(homes.kiro_ide(tmp_path, "linux")).frictions
    assert not [one for one in found if one.subject == "b.py"]


def test_a_session_that_moved_counts_once(tmp_path: Path, index: Index) -> None:
    """Version 1.0 copies sessions into logs of its own: each would be counted twice."""
    path = homes.kiro_ide(tmp_path, "linux")
    documents.put(path.with_name(".migrated-ki-3.json"), {"v2SessionId": "sess_ki-2"})
    homes.kiro_events(tmp_path, "linux")
    index.scan(discover(FORMATS, {}, tmp_path))
    (session,) = index.sessions()
    assert (session.id, Path(session.path).name) == ("sess_ki-2", "messages.jsonl")
    assert index.totals().duplicates == 1


def test_a_turn_that_goes_on_is_read_again(tmp_path: Path, index: Index) -> None:
    """What happened since would be missing: the session itself does not change in a turn."""
    path = homes.kiro_ide(tmp_path, "linux")
    sources = discover(FORMATS, {}, tmp_path)
    index.scan(sources)
    saves = path.parents[2] / half_digest("/home/ada/shop") / SAVES
    more = [homes.kiro_action(50, "readFile", {"file": "d.py"})]
    documents.put(saves / half_digest("gone"), homes.kiro_execution("gone", 49, more))
    index.scan(sources)
    (session,) = index.sessions()
    assert session.tool_calls == 6
    assert index.scan(sources).files_read == 0


def test_what_did_not_change_is_not_read(tmp_path: Path) -> None:
    """Megabytes of executions would be read again because another session went on."""
    path = homes.kiro_ide(tmp_path, "linux")
    (one,) = logs.tell(KiroIdeReader, path)
    (again,) = logs.tell(KiroIdeReader, path, {one.key: one.mark})
    assert again.result is None


def test_a_damaged_execution_costs_its_turn_only(tmp_path: Path) -> None:
    """One torn file would take the whole session with it."""
    path = homes.kiro_ide(tmp_path, "linux")
    saves = path.parents[2] / half_digest("/home/ada/shop") / SAVES
    (saves / half_digest("ex-1")).write_bytes(b'{"executionId": "ex-1", "act')
    result = told(path)
    assert logs.session_of(result).prompts == 3
    assert result.counts.malformed == 1


def test_the_folder_is_known_by_its_name(tmp_path: Path) -> None:
    """A session that does not name its folder would belong to no project."""
    path = homes.kiro_ide(tmp_path, "linux")
    session = json.loads(path.read_text(encoding="utf-8"))
    del session["workspaceDirectory"]
    documents.put(path, session)
    assert logs.session_of(told(path)).cwd == "/home/ada/shop"


@settings(deadline=None, max_examples=200)
@given(st.text(min_size=1, max_size=60).filter(lambda path: not path.endswith("?")))
def test_every_folder_comes_out_of_its_name(path: str) -> None:
    """A folder would be taken for another one, and its executions not be found."""
    data = path.encode("utf-8", "replace")
    name = base64.urlsafe_b64encode(data).decode().replace("=", "_")
    if data[-1] & 0x3F != 0x3F:  # then the last letter is `_` too, and means what it says
        assert workspace_of(name) == data.decode()
    assert isinstance(workspace_of(path), str)


def test_snapshots_of_the_first_builds_are_told_as_unread(tmp_path: Path) -> None:
    """A user would not learn that the oldest sessions are missing, or read it a hundred times."""
    root = tmp_path / "kiro.kiroagent"
    for name in ("a", "b"):
        documents.put(root / ("0" * 32) / f"{name}.chat", {"chat": []})
    assert len(list(KIRO.unread(root))) == 1
    assert list(KIRO.logs(root)) == []
    (root / "workspace-sessions").mkdir()
    assert list(KIRO.unread(root)) == []


def test_what_the_forms_can_tell() -> None:
    """A metric would be 0 where the log tells nothing, or unknown where it does."""
    cases = {
        "/k/ki-3.json": (True, False),
        "/k/messages.jsonl": (True, True),
        "/k/data.sqlite3": (False, True),
    }
    for path, expected in cases.items():
        session = Session("s", "kiro", path, "p", "/p")
        kinds = (FrictionKind.INTERRUPTION, FrictionKind.TOOL_ERROR)
        assert tuple(can_tell(session, kind) for kind in kinds) == expected


def test_a_turn_that_was_cancelled() -> None:
    """A stop by the user would go unseen in the sessions of version 1.0."""

    def event(seconds: float, kind: str, **payload: object) -> dict[str, object]:
        stamp = logs.stamp(seconds)
        return {"id": f"e{seconds}", "timestamp": stamp, "payload": {"type": kind} | payload}

    rows = [
        event(0, "session_start", agentType="vibe"),
        event(1, "user", content="mend it"),
        event(2, "turn_start", executionId="x"),
        event(3, "tool_call", toolCallId="t", toolName="readFile"),
        event(4, "turn_end", stopReason="cancelled"),
        event(9, "user", content="not that"),
        event(10, "turn_end", stopReason="end_turn"),
        event(11, "session_metadata", key="contextUsage"),
    ]
    result = logs.read(KiroReader, rows, "/k/sessions/w/sess_1/messages.jsonl")
    assert [one.rule for one in result.frictions] == ["kiro.cancelled"]
    assert result.frictions[0].text == "not that"
    assert result.unknown_types == ()


def test_several_folders_of_one_session(tmp_path: Path) -> None:
    """A session of version 1.0 would belong to no project."""
    homes.kiro_events(tmp_path, "linux")
    folder = tmp_path / ".kiro" / "sessions" / "ws-1" / "sess_ki-2"
    documents.put(folder / "session.json", {"workspacePaths": ["/home/ada/shop", "/x"]})
    with Index.open(None) as index:
        index.scan(discover(FORMATS, {}, tmp_path))
        (session,) = index.sessions()
    assert session.cwd == "/home/ada/shop"


def test_where_the_database_lies() -> None:
    """On Windows conversations of the command line would not be found."""
    home = Path("/home/ada")
    local, roaming = kiro_databases({"LOCALAPPDATA": "/l", "APPDATA": "/r"}, home, "win32")
    assert (local, roaming) == (Path("/l/kiro-cli"), Path("/r/kiro-cli"))
    (mac,) = kiro_databases({}, home, "darwin")
    assert mac == home / "Library" / "Application Support" / "kiro-cli"
    assert kiro_databases({}, home, "linux") == (home / ".local/share/kiro-cli",)
