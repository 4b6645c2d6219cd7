"""Other programs' databases: everything in them is seen, and nothing beside them is touched."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sessions import agent_documents as documents
from tests.sessions.agent_logs import session_of, shown, tell
from tests.sessions.cursor_chats import CURSOR_STORE_TABLES, fill_cursor_store
from tests.sessions.test_line_readers import values
from tests.sessions.test_whole_readers import check_opencode

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import NotALogError, Opener
from hansei_sessions.foreign_sqlite import ForeignDatabase, read_database
from hansei_sessions.index import Index
from hansei_sessions.readers import FORMATS
from hansei_sessions.readers.base import SnapshotReader
from hansei_sessions.readers.crush import CRUSH, CrushReader
from hansei_sessions.readers.cursor_store import CursorStoreReader
from hansei_sessions.readers.goose import GooseDatabaseReader
from hansei_sessions.readers.kilo import KiloDatabaseReader
from hansei_sessions.readers.opencode_format import OPENCODE, OpenCodeDatabaseReader
from hansei_sessions.sources import Source

Known = tuple[type[SnapshotReader], str, documents.Fill]
AGENTS: list[Known] = [
    (OpenCodeDatabaseReader, documents.OPENCODE_TABLES, documents.fill_opencode),
    (KiloDatabaseReader, documents.OPENCODE_TABLES, documents.fill_opencode),
    (GooseDatabaseReader, documents.GOOSE_TABLES, documents.fill_goose),
    (CrushReader, documents.CRUSH_TABLES, documents.fill_crush),
    (CursorStoreReader, CURSOR_STORE_TABLES, fill_cursor_store),
]
each_agent = pytest.mark.parametrize(
    "agent", AGENTS, ids=lambda agent: agent[0].agent if isinstance(agent, tuple) else None
)


def looks(folder: Path) -> dict[str, tuple[int, int]]:
    """Return names, sizes and times of all files in a folder."""
    return {
        one.name: (one.stat().st_size, one.stat().st_mtime_ns) for one in sorted(folder.iterdir())
    }


@contextlib.contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Check that no file in a folder is made, changed or deleted meanwhile."""
    before = looks(folder)
    yield
    assert looks(folder) == before


def made(agent: Known, folder: Path, *, wal: bool = False) -> tuple[Path, sqlite3.Connection]:
    """Create an agent's database; its owner is still there."""
    path = folder / "x.db"
    return path, documents.database(path, agent[1], agent[2], wal=wal)


@each_agent
def test_a_live_writer(agent: Known, tmp_path: Path) -> None:
    """What stands in the log of the database only would be missed: nearly everything."""
    path, owner = made(agent, tmp_path, wal=True)
    with untouched(tmp_path):
        (told,) = tell(agent[0], path)
        assert session_of(told.result).prompts >= 2
    owner.close()


@each_agent
def test_at_rest(agent: Known, tmp_path: Path) -> None:
    """Reading a database at rest would leave files beside it."""
    path, owner = made(agent, tmp_path, wal=True)
    owner.close()
    assert not path.with_name("x.db-wal").exists()
    with untouched(tmp_path):
        (told,) = tell(agent[0], path)
        assert session_of(told.result).prompts >= 2


@each_agent
def test_left_open_by_a_crash(agent: Known, tmp_path: Path) -> None:
    """A log without its companion would be lost, or replayed in the agent's folder."""
    live = tmp_path.parent / f"{tmp_path.name}-live"
    path, owner = made(agent, live, wal=True)
    shutil.copy(path, tmp_path / "x.db")
    shutil.copy(f"{path}-wal", tmp_path / "x.db-wal")
    owner.close()
    with untouched(tmp_path):
        (told,) = tell(agent[0], tmp_path / "x.db")
        assert session_of(told.result).prompts >= 2


@each_agent
def test_locked(agent: Known, tmp_path: Path) -> None:
    """A database that its owner writes at this moment would hang a scan or break it."""
    path, owner = made(agent, tmp_path, wal=True)
    owner.execute("BEGIN IMMEDIATE")
    with untouched(tmp_path):
        (told,) = tell(agent[0], path)
        assert session_of(told.result).prompts >= 2
    owner.close()


@each_agent
@pytest.mark.parametrize("junk", [b"", b"x" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_junk(agent: Known, junk: bytes, tmp_path: Path) -> None:
    """What only bears the name of a database would break a scan."""
    path = tmp_path / "x.db"
    path.write_bytes(junk)
    with untouched(tmp_path), pytest.raises(LogFormatError):
        tell(agent[0], path)


@each_agent
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated(agent: Known, share: float, tmp_path: Path) -> None:
    """A copy that was cut short would break a scan with an error that nobody understands."""
    path, owner = made(agent, tmp_path)
    owner.close()
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with untouched(tmp_path), contextlib.suppress(LogFormatError):
        assert all(one.result is not None for one in tell(agent[0], path))


@each_agent
def test_another_schema(agent: Known, tmp_path: Path) -> None:
    """A database of a newer version would break a scan, or be read as something else."""
    path, owner = made(agent, tmp_path)
    tables = [row[0] for row in owner.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    for table in tables:
        if not table.startswith("sqlite_"):
            owner.execute(f"ALTER TABLE {table} RENAME TO {table}_v2")
    owner.close()
    with untouched(tmp_path), pytest.raises(LogFormatError, match="no table"):
        tell(agent[0], path)


def test_a_column_more_or_less(tmp_path: Path) -> None:
    """A column that a version adds or lacks would lose all sessions."""
    path = tmp_path / "x.db"
    owner = documents.database(path, documents.OPENCODE_TABLES, documents.fill_opencode)
    owner.execute("ALTER TABLE session ADD COLUMN brand_new TEXT")
    owner.execute("ALTER TABLE session DROP COLUMN revert")
    owner.close()
    (told,) = tell(OpenCodeDatabaseReader, path)
    check_opencode(session_of(told.result), told.result.frictions if told.result else ())


def test_an_endless_view_ends(tmp_path: Path) -> None:
    """A view in a foreign database would keep a scan busy for ever."""
    path = tmp_path / "x.db"
    owner = sqlite3.connect(path)
    owner.execute(
        "CREATE VIEW session AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) "
        "SELECT id FROM n"
    )
    owner.execute("CREATE TABLE t (a)")
    owner.close()

    def count(database: ForeignDatabase) -> None:
        database._query("SELECT count(*) FROM session")  # the view itself, not by its table's name

    with pytest.raises(LogFormatError, match="no table"):
        tell(OpenCodeDatabaseReader, path)
    with pytest.raises(LogFormatError, match="too long"):
        read_database(Opener([tmp_path]), str(path), count, query_seconds=0.05)


def test_a_change_while_reading_is_noticed(tmp_path: Path) -> None:
    """Half of an old state and half of a new one would be taken for the session."""
    path = tmp_path / "x.db"
    documents.database(path, documents.GOOSE_TABLES, documents.fill_goose).close()
    seen: list[int] = []

    def work(database: ForeignDatabase) -> int:
        found = len(database.rows("messages", ("id",)))
        if not seen:
            owner = sqlite3.connect(path)
            owner.execute("DELETE FROM messages")
            owner.commit()
            owner.close()
        seen.append(found)
        return found

    assert read_database(Opener([tmp_path]), str(path), work) == 0
    assert len(seen) == 2


def test_a_database_elsewhere_is_not_opened(tmp_path: Path) -> None:
    """A link would lead hansei into a database that is nobody's log."""
    outside = tmp_path / "outside.db"
    documents.database(outside, documents.GOOSE_TABLES, documents.fill_goose).close()
    inside = tmp_path / "logs"
    inside.mkdir()
    (inside / "sessions.db").symlink_to(outside)
    with pytest.raises(NotALogError):
        list(GooseDatabaseReader().read(str(inside / "sessions.db"), Opener([inside]), {}))


def test_secrets_in_other_tables_are_never_read(tmp_path: Path) -> None:
    """Credentials that stand in the same database would be looked at."""
    path = tmp_path / "x.db"
    documents.database(path, documents.OPENCODE_TABLES, documents.fill_opencode).close()
    statements: list[str] = []
    connect = sqlite3.connect

    class Traced(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
            statements.append(sql)
            return super().execute(sql, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Traced))
        tell(OpenCodeDatabaseReader, path)
    assert len(statements) > 5
    assert not any("credential" in sql or "*" in sql.replace("count(*)", "") for sql in statements)


def test_opencode_database(tmp_path: Path) -> None:
    """OpenCode's present form would tell another story than its former one."""
    path = tmp_path / "opencode.db"
    documents.database(path, documents.OPENCODE_TABLES, documents.fill_opencode).close()
    (told,) = tell(OpenCodeDatabaseReader, path)
    assert told.result is not None
    check_opencode(session_of(told.result), told.result.frictions)


def test_goose_database(tmp_path: Path) -> None:
    """Goose's sessions would lack their tokens, or a subagent be taken for a human's."""

    def fill(db: sqlite3.Connection) -> None:
        documents.fill_goose(db)
        documents.fill_goose(db, "20261102_2", "sub_agent")

    path = tmp_path / "sessions.db"
    documents.database(path, documents.GOOSE_TABLES, fill).close()
    first, second = tell(GooseDatabaseReader, path)
    session = session_of(first.result)
    assert (session.id, session.cwd, session.title) == ("20261102_1", "/home/ada/shop", "Mending")
    assert (session.prompts, session.tokens.input, session.tokens.output) == (2, 50, 60)
    assert not session.headless
    assert session_of(second.result).headless
    assert first.result is not None
    assert [one.rule for one in first.result.frictions] == [
        "goose.command-error",
        "goose.declined",
        "goose.repetition",
        "goose.invalid-call",
        "goose.compacted",
    ]


def test_crush_database(tmp_path: Path) -> None:
    """Crush's sessions would lack what the user refused or stopped."""
    folder = tmp_path / "shop" / ".crush"
    path = folder / "crush.db"
    documents.database(path, documents.CRUSH_TABLES, documents.fill_crush).close()
    (told,) = tell(CrushReader, path)
    session = session_of(told.result)
    assert (session.id, session.project, session.model) == ("cr-1", "shop", "m")
    assert (session.prompts, session.tool_calls, session.tokens.input) == (2, 2, 7)
    assert session.started_at is not None
    assert session.last_at is not None
    assert (session.last_at - session.started_at).total_seconds() == 7
    assert told.result is not None
    assert shown(told.result.frictions) == [
        ("crush.command-error", "make", "error: no rule"),
        ("crush.permission-denied", "git push", "not that"),
        ("crush.canceled", "", "stopped by the user"),
        ("crush.service-error", "", "529"),
    ]


def test_crush_databases_by_the_registry(tmp_path: Path) -> None:
    """Crush's databases lie in the projects: nobody would find them."""
    root = tmp_path / "share" / "crush"
    database = tmp_path / "shop" / ".crush" / "crush.db"
    documents.database(database, documents.CRUSH_TABLES, documents.fill_crush).close()
    named = [{"path": str(tmp_path / "shop"), "data_dir": str(database.parent)}]
    documents.put(root / "projects.json", {"projects": [*named, {"data_dir": "relative"}]})
    assert list(CRUSH.logs(root)) == [database]
    assert CRUSH.beyond(root) == (database.parent,)


def test_unchanged_sessions_are_not_read_again(tmp_path: Path) -> None:
    """A database of thousands of sessions would be read wholly with every prompt."""
    path = tmp_path / "opencode.db"
    owner = documents.database(path, documents.OPENCODE_TABLES, documents.fill_opencode)
    documents.fill_opencode(owner, "ses_2")
    first, second = tell(OpenCodeDatabaseReader, path)
    marks = {one.key: one.mark for one in (first, second)}
    owner.execute("UPDATE session SET time_updated = time_updated + 5 WHERE id = 'ses_2'")
    again = tell(OpenCodeDatabaseReader, path, marks)
    assert [(one.key, one.result is None) for one in again] == [("ses_1", True), ("ses_2", False)]
    owner.close()
    assert OPENCODE.status(str(path)).st_size == path.stat().st_size


def test_a_command_that_ran_too_long_in_opencode(tmp_path: Path) -> None:
    """A command that OpenCode ended would be taken for one that went well."""
    output = (
        "half\n<bash_metadata>terminated command after exceeding timeout 120000 ms</bash_metadata>"
    )
    state = {"status": "completed", "input": {"command": "make"}, "output": output, "metadata": {}}
    part = {"type": "tool", "tool": "bash", "callID": "c9", "state": state}

    def fill(db: sqlite3.Connection) -> None:
        documents.fill_opencode(db)
        db.execute("UPDATE part SET data = ? WHERE data LIKE '%c2%'", (json.dumps(part),))

    path = tmp_path / "x.db"
    documents.database(path, documents.OPENCODE_TABLES, fill).close()
    (told,) = tell(OpenCodeDatabaseReader, path)
    assert told.result is not None
    assert [one.rule for one in told.result.frictions][1] == "opencode.timeout"


@each_agent
@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_row_makes_it_raise(agent: Known, tmp_path: Path, data: st.DataObject) -> None:
    """One odd value of a database would take all its sessions with it."""
    path = tmp_path / "x.db"
    path.unlink(missing_ok=True)
    owner = documents.database(path, agent[1], agent[2])
    tables = {"session", "message", "part", "sessions", "messages", "meta", "blobs"}
    names = [row[0] for row in owner.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    odd = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.binary()
    for _ in range(4):
        table = data.draw(st.sampled_from([one for one in names if one in tables]))
        columns = [row[1] for row in owner.execute(f"PRAGMA table_info({table})")]
        column = data.draw(st.sampled_from([one for one in columns if one != "id"]))
        value = data.draw(odd | values.map(json.dumps))
        value = value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        row = data.draw(st.integers(1, 20))
        with contextlib.suppress(sqlite3.IntegrityError):
            owner.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))  # noqa: S608 - names from the table itself
    owner.close()
    index = Index.open(None)
    form = next(one for one in FORMATS if one.agent == agent[0].agent)
    with contextlib.suppress(LogFormatError):  # of a chat whose record of itself is none now
        assert all(one.result is not None for one in tell(agent[0], path))
    path.rename(tmp_path / FILES[form.agent])
    report = index.scan([Source(form, tmp_path)])
    assert not any("failed on it" in problem.reason for problem in report.problems)
    (tmp_path / FILES[form.agent]).unlink()


FILES = {
    "opencode": "opencode.db",
    "kilo-code": "kilo.db",
    "goose": "sessions.db",
    "crush": "crush.db",
    "cursor": "store.db",
}
