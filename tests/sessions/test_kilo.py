"""Kilo Code: OpenCode's database under its own name, and the tasks of the older extension."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.sessions import agent_documents as documents
from tests.sessions.agent_logs import session_of, tell
from tests.sessions.test_whole_readers import check_opencode

from hansei_sessions.index import Index
from hansei_sessions.readers.kilo import (
    KILO,
    KiloDatabaseReader,
    KiloTaskReader,
    KiloTreeReader,
)
from hansei_sessions.readers.opencode_format import OPENCODE
from hansei_sessions.sources import Source


def database(path: Path) -> Path:
    """Write a database with one session."""
    documents.database(path, documents.OPENCODE_TABLES, documents.fill_opencode).close()
    return path


def test_its_sessions_are_its_own(tmp_path: Path) -> None:
    """A session of Kilo Code would count as one of OpenCode, and its frictions too."""
    logs = (
        (KiloDatabaseReader, database(tmp_path / "kilo.db")),
        (KiloTreeReader, documents.opencode_tree(tmp_path)),
    )
    for reader, path in logs:
        (told,) = tell(reader, path)
        assert told.result is not None
        assert session_of(told.result).agent == "kilo-code"
        frictions = told.result.frictions
        assert {one.rule.partition(".")[0] for one in frictions} == {"kilo-code"}
        as_opencode = [
            replace(one, rule=one.rule.replace("kilo-code.", "opencode.")) for one in frictions
        ]
        check_opencode(session_of(told.result), tuple(as_opencode))


def test_a_task_of_the_extension(tmp_path: Path) -> None:
    """What was done before the extension took over the database would be lost."""
    task = documents.cline(tmp_path / "kilocode.kilo-code")
    (told,) = tell(KiloTaskReader, task)
    assert session_of(told.result).agent == "kilo-code"
    assert session_of(told.result).prompts == 3
    assert KILO.reader_of(str(task)) is KiloTaskReader


def test_which_files_are_its_logs(tmp_path: Path) -> None:
    """A database of another kind would be tried, or one of a channel missed."""
    for name in ("kilo.db", "kilo-dev.db", "opencode-dev.db"):
        database(tmp_path / name)
    (tmp_path / "session-export.db").write_bytes(b"x")
    tree = documents.opencode_tree(tmp_path)
    task = documents.cline(tmp_path)
    found = list(KILO.logs(tmp_path))
    assert {one.name for one in found} == {
        *("kilo.db", "kilo-dev.db", "opencode-dev.db"),
        *(tree.name, task.name),
    }
    assert KILO.reader_of(str(tree)) is KiloTreeReader
    assert [KILO.rank_of(str(one)) for one in (tmp_path / "kilo.db", tree, task)] == [0, 1, 1]


def test_the_database_that_a_variable_names(tmp_path: Path) -> None:
    """A user who moved the database would have no sessions."""
    path = database(tmp_path / "elsewhere" / "mine")
    database(tmp_path / "elsewhere" / "opencode.db")
    roots = OPENCODE.roots({"OPENCODE_DB": str(path)}, tmp_path)
    assert path in roots
    index = Index.open(None)
    assert index.scan([Source(OPENCODE, path)]).problems == ()
    assert [one.agent for one in index.sessions()] == ["opencode"]
    folder = OPENCODE.roots({}, tmp_path)
    for usual in (":memory:", "opencode-dev.db", str(folder[0] / "opencode.db")):
        assert OPENCODE.roots({"OPENCODE_DB": usual}, tmp_path) == folder
