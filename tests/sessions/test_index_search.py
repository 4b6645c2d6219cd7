"""Full-text search: found by names, frictions and prompts, before and after the table is filled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions.claude_log import Log
from tests.sessions.plain_format import append, session_rows, source, write_log

from hansei_sessions.index import Index, SessionQuery, database, scan, searching
from hansei_sessions.index.searching import FillProgress
from hansei_sessions.readers.claude_code import ClaudeCodeFormat, ClaudeCodeReader
from hansei_sessions.sources import Source

SECRET = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z5A"


def claude(home: Path) -> Source:
    form = ClaudeCodeFormat("claude-code", ClaudeCodeReader)
    return Source(form, home)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    log = Log()
    log.prompt(f"Make the Größe field wider; the token is {SECRET}")
    call = log.bash("make lint")
    log.fail(call, "Exit code 1\nerror: unused import")
    log.prompt('Now say "done" and stop')
    path = tmp_path / "projects" / "-w" / f"{log.session}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(line + b"\n" for line in log.lines))
    return tmp_path


@pytest.fixture
def index(home: Path) -> Iterator[Index]:
    with Index.open(None) as index:
        index.scan([claude(home)])
        yield index


def found(index: Index, text: str) -> int:
    return len(index.sessions(SessionQuery(text=text)))


def rows(index: Index) -> list[tuple[str, str]]:
    """Return what the table of words holds."""
    query = "SELECT text, prompts FROM search ORDER BY rowid"
    return index._database.read(lambda one: one.execute(query).fetchall())


def empty(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM search")
    connection.execute("UPDATE sessions SET searchable=0")


@pytest.mark.parametrize("text", ['"done"', "größe FIELD", "make lint", "d", "unused imp", '"'])
def test_prompts_and_subjects_are_found_after_a_scan(index: Index, home: Path, text: str) -> None:
    """A session would be found by its title only, or its log be read a second time."""
    assert index.fill_texts([claude(home)]) == 0
    assert found(index, text) == 1
    assert found(index, text + "xyz") == 0


def test_what_is_missing_in_the_table_is_filled_in(index: Index, home: Path) -> None:
    """After a scan that was stopped prompts would never be found."""
    whole = rows(index)
    index._database.write(empty)
    assert found(index, "make lint") == 0
    assert index.fill_texts([claude(home)]) == 1
    assert rows(index) == whole


@pytest.mark.parametrize("at_once", [4_000_000, 0])
def test_a_log_that_grew_adds_its_prompts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """The whole log would be read again for its prompts at each growth, or some be lost."""
    monkeypatch.setattr(scan, "LATER_BYTES", at_once)
    monkeypatch.setattr(searching._Logs, "prompts", lambda *_: pytest.fail("read again"))
    log = Log()
    for number in range(4):
        log.prompt(f"Now do number {number}")
        log.fail(log.bash(f"make {number}"), f"Exit code 1\nerror: number {number} is missing")
    lines = [line + b"\n" for line in log.lines]
    path = tmp_path / "projects" / "-w" / f"{log.session}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    with Index.open(None) as index:
        for number in range(0, len(lines), 3):
            with path.open("ab") as file:
                file.writelines(lines[number : number + 3])
            index.scan([claude(tmp_path)])
            index.fill_texts([claude(tmp_path)])
        grown = rows(index)
        path.write_bytes(b"".join(lines[:2]))
        index.scan([claude(tmp_path)])
        assert found(index, "number 0") == 1
        assert found(index, "number 3") == 0
    path.write_bytes(b"".join(lines))
    with Index.open(None) as index:
        index.scan([claude(tmp_path)])
        assert rows(index) == grown
        assert "Now do number 3" in grown[0][1]
        assert "number 3 is missing" in grown[0][0]


def test_a_secret_in_a_prompt_is_not_kept(index: Index, home: Path, tmp_path: Path) -> None:
    """Search would keep in the cache what redaction took out everywhere else."""
    with Index.open(tmp_path / "index.sqlite") as kept:
        kept.scan([claude(home)])
        kept.fill_texts([claude(home)])
        assert found(kept, "the token is") == 1
        assert found(kept, SECRET) == 0
    for file in tmp_path.glob("index.sqlite*"):
        assert SECRET.encode() not in file.read_bytes()


def test_what_is_not_filled_yet_is_found_by_its_rows(tmp_path: Path) -> None:
    """A session would be missing until the background is done, or found by what it was."""
    path = write_log(tmp_path / "a.jsonl", *session_rows("one"), {"fail": "first trouble"})
    with Index.open(None) as index:
        index.scan([source(tmp_path)])
        assert found(index, "first trouble") == 1
        index.fill_texts([source(tmp_path)])
        append(path, {"fail": "second trouble"})
        index.scan([source(tmp_path)])
        assert found(index, "second trouble") == 1
        path.unlink()
        write_log(tmp_path / "a.jsonl", *session_rows("two"))
        index.scan([source(tmp_path)])
        assert found(index, "trouble in") == 0
        assert found(index, "first trouble") == 0


def test_forgotten_text_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    """What the user wanted forgotten would stay in the table of words."""
    with Index.open(tmp_path / "index.sqlite") as index:
        index.scan([claude(home)])
        index.fill_texts([claude(home)])
        index.forget(project="shop")
        assert found(index, "field wider") == 0
        rows = index._database.read(lambda one: one.execute("SELECT * FROM search").fetchall())
        assert rows == []


def test_without_full_text_search_rows_are_searched(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a Python whose SQLite lacks FTS5, search would fail."""
    monkeypatch.setattr(database, "SEARCH_DDL", "CREATE VIRTUAL TABLE search USING nothing(text)")
    with Index.open(None) as index:
        index.scan([claude(home)])
        assert index.fill_texts([claude(home)]) == 0
        assert found(index, "unused import") == 1


def test_a_stop_leaves_the_rest_for_the_next_time(tmp_path: Path) -> None:
    """Leaving the screen would wait for all logs, or what was done would be done again."""
    for number in range(5):
        write_log(tmp_path / f"{number}.jsonl", *session_rows(f"s{number}"))
    told: list[FillProgress] = []
    with Index.open(None) as index:
        index.scan([source(tmp_path)])
        assert index.fill_texts([source(tmp_path)], should_stop=lambda: True) == 0
        assert index.fill_texts([source(tmp_path)], progress=told.append) == 5
    assert told[-1] == FillProgress(5, 5)


def test_branches_are_a_filter(home: Path) -> None:
    """`--branch` would show the sessions of other branches."""
    with Index.open(None) as index:
        index.scan([claude(home)])
        assert len(index.sessions(SessionQuery(branch="main"))) == 1
        assert index.sessions(SessionQuery(branch="mai")) == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=12))
def test_no_text_breaks_the_search(text: str) -> None:
    """A quote, a star or an operator of the search language would end in an error."""
    with Index.open(None) as index:
        index._database.write(_add("a and b OR c"))
        index.sessions(SessionQuery(text=text))


def _add(text: str) -> Callable[[sqlite3.Connection], None]:
    def add(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO search (rowid, text) VALUES (1, ?)", (text,))

    return add
