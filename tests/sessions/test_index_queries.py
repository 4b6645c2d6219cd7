"""Questions to the index: what is found, in which order, and what is said where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.sessions.plain_format import line, session_rows, source, write_log

from hansei_sessions.errors import NotFoundError, UsageError
from hansei_sessions.index import Index, SessionQuery, SourceState
from hansei_sessions.model import FrictionKind


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "logs"
    write_log(root / "1.jsonl", *session_rows("aaa-1", at=1_000, cwd="/w/alpha"))
    write_log(root / "2.jsonl", *session_rows("aaa-2", at=2_000, cwd="/w/alpha/sub"))
    write_log(root / "3.jsonl", *session_rows("bbb", at=3_000, cwd="/w/alphabet"))
    rows = session_rows("sub", at=2_500, cwd="/w/beta")
    write_log(root / "4.jsonl", {**rows[0], "parent": "bbb"}, *rows[1:], {"fail": "100% _of_ it"})
    return root


@pytest.fixture
def index(root: Path) -> Iterator[Index]:
    with Index.open(None) as index:
        index.scan([source(root)])
        yield index


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (SessionQuery(), ["bbb", "sub", "aaa-2", "aaa-1"]),
        (SessionQuery(limit=2), ["bbb", "sub"]),
        (SessionQuery(limit=0), []),
        (SessionQuery(project="alpha"), ["aaa-1"]),
        (SessionQuery(project="ALPHA"), ["aaa-1"]),
        (SessionQuery(project="/w/alpha"), ["aaa-2", "aaa-1"]),
        (SessionQuery(project="/w/alpha/"), ["aaa-2", "aaa-1"]),
        (SessionQuery(project="/"), ["bbb", "sub", "aaa-2", "aaa-1"]),
        (SessionQuery(project="/w/%"), []),
        (SessionQuery(agent="plain", include_subagents=False), ["bbb", "aaa-2", "aaa-1"]),
        (SessionQuery(agent="codex"), []),
        (SessionQuery(since=at(2_100)), ["bbb", "sub", "aaa-2"]),
        (SessionQuery(since=at(2_101)), ["bbb", "sub"]),
        (SessionQuery(until=at(2_000)), ["aaa-1"]),
        (SessionQuery(text="BBB"), ["bbb"]),
        (SessionQuery(text="alphabet"), ["bbb"]),
        (SessionQuery(text="0% _of"), ["sub"]),
        (SessionQuery(text="%"), ["sub"]),
        (SessionQuery(text="_"), ["sub"]),
        (SessionQuery(text="'; DROP TABLE sessions; --"), []),
    ],
    ids=str,
)
def test_sessions(index: Index, query: SessionQuery, expected: list[str]) -> None:
    """A filter that lets through too much or too little, or an order that is not newest first."""
    assert [one.id for one in index.sessions(query)] == expected
    assert index.count_sessions(replace(query, limit=None)) == index.count_sessions(query)
    assert index.count_sessions(query) == len(index.sessions(replace(query, limit=None)))


def test_frictions_of_some_kinds(index: Index) -> None:
    """What the user said would be looked for among all that went wrong."""
    every = index.frictions()
    assert every
    kinds = {one.kind for one in every}
    assert index.frictions(kinds=kinds) == every
    assert index.frictions(["sub"], kinds=kinds) == index.frictions(["sub"])
    assert index.frictions(kinds=[one for one in FrictionKind if one not in kinds]) == []
    assert index.frictions(kinds=[]) == []


def test_headless_runs_can_be_left_out(index: Index) -> None:
    """Runs of scripts that cannot be filtered from the list."""
    index._database.write(lambda one: one.execute("UPDATE sessions SET headless=1 WHERE id='bbb'"))
    found = index.sessions(SessionQuery(include_headless=False))
    assert [one.id for one in found] == ["sub", "aaa-2", "aaa-1"]


def test_a_session_by_its_id_or_its_start(index: Index) -> None:
    """An id that is the start of another one and can never be named."""
    assert index.session("bbb").id == "bbb"
    assert index.session("b").id == "bbb"
    assert index.session("aaa-1").id == "aaa-1"


def test_an_ambiguous_start_names_the_candidates(index: Index) -> None:
    """A start of two ids that silently takes one of them."""
    with pytest.raises(NotFoundError) as caught:
        index.session("aaa")
    assert "aaa-2, aaa-1" in caught.value.message


def test_an_unknown_session_names_near_ones(index: Index) -> None:
    """A typing mistake without any help."""
    with pytest.raises(NotFoundError) as caught:
        index.session("aab-1")
    assert "aaa-1" in caught.value.hint
    with pytest.raises(NotFoundError) as caught:
        index.session("zzzzzz")
    assert "hansei sessions" in caught.value.hint
    with pytest.raises(UsageError):
        index.session("")
    with pytest.raises(NotFoundError):
        index.session("%")


def test_frictions_in_the_order_of_the_logs(index: Index) -> None:
    """Trouble that is told in another order than it happened."""
    every = [one.session_id for one in index.frictions()]
    assert every == ["aaa-1", "aaa-2", "sub", "sub", "bbb"]
    some = index.frictions(["bbb", "aaa-1", "sub", "unknown"])
    assert some == [one for one in index.frictions() if one.session_id != "aaa-2"]
    assert index.frictions([]) == []


def test_frictions_since_a_time(index: Index) -> None:
    """A friction without a time that is lost from every window."""
    found = index.frictions(since=at(2_505))
    assert [(one.session_id, one.at) for one in found] == [
        ("sub", at(2_510)),
        ("sub", None),
        ("bbb", at(3_010)),
    ]
    assert index.frictions({"sub"}, since=at(2_511))[0].text == "100% _of_ it"


def test_many_session_ids(index: Index) -> None:
    """More ids than SQLite takes in one question."""
    names = [f"x{number}" for number in range(40_000)]
    assert len(index.frictions([*names, "bbb"])) == 1


def test_totals_and_sources_add_up(index: Index, root: Path) -> None:
    """Sums that differ between two places of the same screen."""
    (root / "5.jsonl").write_bytes(b"junk\n" + line(unknown="new") + line(unknown="new"))
    report = index.scan([source(root)])
    totals = index.totals()
    (told,) = index.sources()
    (agent,) = totals.agents
    assert totals.counts == told.counts == agent.counts
    assert (report.parsed, report.skipped, report.malformed) == (17, 2, 1)
    assert (totals.counts.parsed, totals.counts.skipped) == (17, 2)
    assert totals.unknown_types == (("new", 2),)
    assert (totals.sessions, totals.frictions, totals.files) == (4, 5, 5)
    assert (agent.prompts, agent.tool_calls) == (8, 8)
    assert (told.state, told.files, told.sessions) == (SourceState.READ, 5, 4)
    assert told.last_session == at(3_100)


def test_an_empty_index_answers(tmp_path: Path) -> None:
    """A first start on a machine without any log that fails on a sum of nothing."""
    with Index.open(None) as index:
        report = index.scan([source(tmp_path / "absent")])
        assert (report.sessions, report.problems) == (0, ())
        assert index.sessions() == []
        assert index.frictions() == []
        assert index.totals().sessions == 0
        assert index.problems() == ()
        assert index.sources()[0].sessions == 0


def test_forgetting_a_project_or_a_session(index: Index, root: Path) -> None:
    """Words of a forgotten project that stay in the index."""
    assert index.forget(project="/w/alpha") == (str(root / "1.jsonl"), str(root / "2.jsonl"))
    assert index.forget(session="bbb") == (str(root / "3.jsonl"), str(root / "4.jsonl"))
    assert index.forget(session="unknown") == ()
    assert index.forget() == ()
    assert index.sessions() == []
    assert index.frictions() == []
    text = index._database.read(lambda connection: "\n".join(connection.iterdump()))
    assert "aaa-1" not in text
    paths = [str(root / "1.jsonl"), str(root / "2.jsonl")]
    index.scan([source(root)], excluded_paths=paths)
    assert [one.id for one in index.sessions()] == ["bbb", "sub"]
