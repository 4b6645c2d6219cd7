"""Deadlines of triage and severity, and the scorecard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from hansei_core.deadlines import deadline_of, is_overdue, is_triage_late
from hansei_core.improvement import Improvement
from hansei_core.planning.scorecard import scorecard
from hansei_core.retro import Retro
from hansei_core.vocabulary import Severity, Stage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def made(**more: object) -> Improvement:
    item = Improvement("IMP-2026-001", "t", NOW, NOW, NOW)
    return replace(item, **more)  # type: ignore[arg-type]  # the tests name real fields


def test_triage_is_late_after_forty_eight_hours() -> None:
    """At 48 h 01 m it is late, at 47 h 59 m not; outside the inbox never."""
    hours = timedelta(hours=48)
    minute = timedelta(minutes=1)
    assert is_triage_late(made(), NOW + hours + minute)
    assert not is_triage_late(made(), NOW + hours - minute)
    assert not is_triage_late(made(stage=Stage.BACKLOG), NOW + 9 * hours)


def test_a_critical_one_is_overdue_on_the_third_day() -> None:
    """Two days for critical: due on the second day still, overdue on the third."""
    item = made(severity=Severity.CRITICAL, stage=Stage.BACKLOG)
    assert deadline_of(item, NOW) == date(2026, 11, 23)
    assert not is_overdue(item, NOW + timedelta(days=2))
    assert is_overdue(item, NOW + timedelta(days=3))


@pytest.mark.parametrize(
    ("fields", "deadline"),
    [
        ({}, None),
        ({"due": date(2026, 12, 1), "severity": Severity.CRITICAL}, date(2026, 12, 1)),
        ({"due": date(2026, 12, 1), "stage": Stage.DEFERRED}, None),
        ({"severity": Severity.LOW}, date(2027, 5, 20)),
    ],
)
def test_a_date_of_its_own_wins(fields: dict[str, object], deadline: date | None) -> None:
    """Somebody set it on purpose; deferred ones have none."""
    assert deadline_of(made(**fields), NOW) == deadline


def test_what_is_finished_is_never_overdue() -> None:
    """A done improvement's date does not matter any more."""
    assert not is_overdue(made(due=date(2020, 1, 1), stage=Stage.DONE), NOW)


def test_the_scorecard_counts_the_signs_that_hold() -> None:
    """Five of five, each with its figures."""
    items = (
        made(stage=Stage.BACKLOG, impact=8, effort=2),
        made(stage=Stage.DONE, done_at=NOW),
        made(),
    )
    retros = (
        Retro("RET-001", "a", NOW, improvement_ids=("IMP-2026-001",)),
        Retro("RET-002", "b", NOW - timedelta(days=40), none_because="x"),
    )
    card = scorecard(
        items,
        retros,
        now=NOW,
        tracked_hours=26,
        budget_hours=32,
        measured=frozenset({"IMP-2026-001"}),
        minutes_lost=(3.0, 4.5),
    )
    assert card.score == 5
    assert [sign.figures for sign in card.signs] == [
        "1 of 1 retros",
        "1 of 1 in the backlog",
        "26 of 32 h in four weeks",
        "1 of 1 done in four weeks",
        "3.0 min lost a session, 4.5 before",
    ]


def test_without_data_a_sign_says_nothing() -> None:
    """An empty store scores nothing and is blamed for nothing."""
    card = scorecard((), (), now=NOW, tracked_hours=0, budget_hours=0)
    assert card.score == 0
    assert {sign.holds for sign in card.signs} == {None}


def test_each_sign_can_fail() -> None:
    """A retro without an improvement, an unscored item, unused time, no number, more lost."""
    items = (made(stage=Stage.BACKLOG), made(stage=Stage.DONE, done_at=NOW))
    card = scorecard(
        items,
        (Retro("RET-001", "a", NOW, none_because="x"),),
        now=NOW,
        tracked_hours=6,
        budget_hours=32,
        minutes_lost=(5.0, 4.5),
    )
    assert [sign.holds for sign in card.signs] == [False] * 5
