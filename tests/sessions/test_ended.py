"""When a session is over, and which ones a retro is owed to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_sessions.ended import (
    DEFAULT_RULES,
    Rules,
    ended_at,
    is_reviewable,
    last_growth,
    unreviewed,
)
from hansei_sessions.model import Session

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
QUIET, WINDOW = DEFAULT_RULES.quiet, DEFAULT_RULES.window
START = NOW - timedelta(days=30)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def run(name: str = "one", *, last: datetime = NOW - timedelta(hours=1)) -> Session:
    return Session(
        id=name,
        agent="claude-code",
        path=f"/logs/{name}.jsonl",
        project="alpha",
        cwd="/w/alpha",
        started_at=last - timedelta(minutes=20),
        last_at=last,
        grown_at=last,
        prompts=4,
    )


def test_ten_quiet_minutes_end_a_session() -> None:
    """A session in the middle of a long command that counts as ended, or one that never ends."""
    assert ended_at(run(last=ago(minutes=9, seconds=59)), NOW) is None
    assert ended_at(run(last=ago(minutes=10)), NOW) is not None
    assert ended_at(run(last=ago(hours=2)), NOW) == ago(hours=2)


def test_a_mark_ends_a_session_at_once() -> None:
    """A retro that has to wait ten minutes although the hook has said that it is over."""
    session = run(last=ago(minutes=2))
    assert ended_at(session, NOW) is None
    assert ended_at(session, NOW, {"one": ago(minutes=1)}) == ago(minutes=1)
    assert ended_at(session, NOW, {"other": ago(minutes=1)}) is None


def test_a_resumed_session_outlives_its_mark() -> None:
    """A session that was resumed after the hook's mark and is asked about while it runs."""
    assert ended_at(run(last=ago(minutes=3)), NOW, {"one": ago(hours=1)}) is None
    assert ended_at(run(last=ago(minutes=30)), NOW, {"one": ago(hours=1)}) == ago(minutes=30)


def test_a_mark_from_the_future_is_not_believed() -> None:
    """A clock that was set back and ends running sessions."""
    assert ended_at(run(last=ago(minutes=3)), NOW, {"one": NOW + timedelta(hours=1)}) is None


def test_the_file_time_tells_growth_without_times_in_the_records() -> None:
    """A running session whose last records bear no time."""
    session = replace(run(last=ago(minutes=12)), grown_at=ago(minutes=4))
    assert ended_at(session, NOW) is None
    nameless = replace(run(), started_at=None, last_at=None, grown_at=ago(minutes=4))
    assert ended_at(nameless, NOW) is None


def test_a_copied_log_is_not_a_new_session() -> None:
    """Logs restored from a backup, all of which then count as just ended."""
    session = replace(run(last=ago(days=40)), grown_at=ago(minutes=30))
    assert last_growth(session) == ago(days=40)
    assert not is_reviewable(session, START, NOW)


def test_the_rules_can_be_set() -> None:
    """Settings that change nothing."""
    session = replace(run(last=ago(hours=1)), prompts=1)
    assert not is_reviewable(session, START, NOW)
    assert is_reviewable(session, START, NOW, rules=Rules(min_prompts=1))
    assert not is_reviewable(session, START, NOW, rules=Rules(min_prompts=1, min_seconds=9999))
    assert ended_at(session, NOW, rules=Rules(quiet=timedelta(hours=2))) is None
    old = run(last=ago(days=20))
    assert is_reviewable(old, START, NOW, rules=Rules(window=timedelta(days=21)))


def test_a_session_without_any_time_has_not_ended() -> None:
    """A log without times that is offered for ever."""
    assert ended_at(replace(run(), started_at=None, last_at=None, grown_at=None), NOW) is None


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (run(), True),
        (replace(run(), prompts=2), True),
        (replace(run(), prompts=1), False),
        (replace(run(), started_at=ago(hours=1, seconds=60)), True),
        (replace(run(), started_at=ago(hours=1, seconds=59)), False),
        (replace(run(), headless=True), False),
        (replace(run(), parent_id="two"), False),
        (replace(run(), gone=True), True),
        (run(last=ago(minutes=5)), False),
        (run(last=NOW - WINDOW), True),
        (run(last=NOW - WINDOW - timedelta(seconds=1)), False),
    ],
)
def test_what_is_asked_about(session: Session, *, expected: bool) -> None:
    """Someone confronted with two-second runs, subagents or last month; or a session missed."""
    assert is_reviewable(session, START, NOW) is expected


def test_nothing_from_before_the_first_start_is_asked_about() -> None:
    """A new user confronted with 2,000 old sessions."""
    assert not is_reviewable(run(last=ago(hours=3)), ago(hours=2), NOW)
    assert is_reviewable(run(last=ago(hours=1)), ago(hours=2), NOW)


def test_a_reviewed_session_is_offered_again_for_its_new_part() -> None:
    """A session that is never seen again after its retro, or offered twice for the same part."""
    session = run(last=ago(hours=1))
    assert unreviewed([session], {"one": ago(hours=1)}, START, NOW) == ()
    assert unreviewed([session], {"one": NOW}, START, NOW) == ()
    (again,) = unreviewed([session], {"one": ago(hours=2)}, START, NOW)
    assert (again.session, again.since) == (session, ago(hours=2))
    (first,) = unreviewed([session], {}, START, NOW)
    assert first.since is None


def test_this_folder_comes_first_then_the_newest() -> None:
    """A `hansei` in a project that opens another project's session."""
    here = [replace(run(f"h{n}", last=ago(hours=n)), cwd="/w/alpha/src") for n in (3, 2)]
    there = [replace(run(f"t{n}", last=ago(hours=n)), cwd="/w/alphabet") for n in (1, 4)]
    found = unreviewed([*here, *there], {}, START, NOW, cwd="/w/alpha/")
    assert [one.session.id for one in found] == ["h2", "h3", "t1", "t4"]
    found = unreviewed([*here, *there], {}, START, NOW, cwd="/w/alpha/src/deep")
    assert [one.session.id for one in found] == ["h2", "h3", "t1", "t4"]
    found = unreviewed([*here, *there], {}, START, NOW)
    assert [one.session.id for one in found] == ["t1", "h2", "h3", "t4"]


MINUTES = st.integers(min_value=0, max_value=30 * 24 * 60)


@settings(deadline=None, max_examples=150)
@given(last=MINUTES, mark=st.none() | MINUTES, later=st.integers(0, 10**4))
def test_ended_stays_ended(last: int, mark: int | None, later: int) -> None:
    """A session that ends and runs again although nothing happened."""
    session = run(last=ago(minutes=last))
    marks = {} if mark is None else {"one": ago(minutes=mark)}
    end = ended_at(session, NOW, marks)
    if end is not None:
        assert end <= NOW
        assert ended_at(session, NOW + timedelta(minutes=later), marks) == end
    else:
        assert ended_at(session, NOW + QUIET, marks) is not None


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(MINUTES, st.integers(0, 5), st.booleans()), max_size=12))
def test_every_reviewable_session_is_offered_exactly_once(
    drawn: list[tuple[int, int, bool]],
) -> None:
    """A session lost or doubled by the ordering."""
    sessions = [
        replace(run(f"s{n}", last=ago(minutes=last)), prompts=prompts, headless=headless)
        for n, (last, prompts, headless) in enumerate(drawn)
    ]
    found = [one.session.id for one in unreviewed(sessions, {}, START, NOW, cwd="/w/alpha")]
    expected = {one.id for one in sessions if is_reviewable(one, START, NOW)}
    assert len(found) == len(set(found))
    assert set(found) == expected
