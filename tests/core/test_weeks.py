"""Weeks, the ritual, the clock and the week's view."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement
from hansei_core.planning import ritual
from hansei_core.planning.agenda import capture, review, to_prioritise
from hansei_core.planning.ritual import Step
from hansei_core.planning.selection import Surroundings
from hansei_core.planning.time import TimeEntry, hours_by_day, hours_in_week, is_forgotten
from hansei_core.planning.view import surroundings_of, view_week
from hansei_core.planning.week import (
    Capacity,
    PlanItem,
    Week,
    WeekPlan,
    parse_week,
    week_of,
    weeks_in,
)
from hansei_core.retro import Retro
from hansei_core.vocabulary import Severity, Stage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("2026-W47", "2026-W47"),
        ("2026w47", "2026-W47"),
        ("W5", "2026-W05"),
        ("47", "2026-W47"),
        ("this", "2026-W47"),
        ("", "2026-W47"),
        ("next", "2026-W48"),
        ("prev", "2026-W46"),
        ("+2", "2026-W49"),
        ("-47", "2025-W52"),
        ("2026-11-23", "2026-W48"),
        ("2027-01-01", "2026-W53"),
    ],
)
def test_weeks_are_read(text: str, week: str) -> None:
    """A week can be named in every usual way."""
    assert str(parse_week(text, TODAY)) == week


@pytest.mark.parametrize(
    "text", ["2025-W53", "W54", "0", "soon", "2026-W00", "2026-13-01", "+99999"]
)
def test_what_names_no_week_is_refused(text: str) -> None:
    """Week 53 exists only in the years that have it, and words are no weeks."""
    with pytest.raises(UsageError):
        parse_week(text, TODAY)


def test_week_fifty_three_is_followed_by_week_one() -> None:
    """The long year 2026 ends with week 53, which lies in two calendar years."""
    week = Week(2026, 53)
    assert weeks_in(2026) == 53
    assert (week.monday, week.sunday) == (date(2026, 12, 28), date(2027, 1, 3))
    assert str(week.next) == "2027-W01"
    assert week.next.previous == week
    assert date(2027, 1, 3) in week


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_its_week(day: date) -> None:
    """A day's week holds it, reads back from its text, and weeks follow each other without gaps."""
    week = week_of(day)
    assert day in week
    assert parse_week(str(week), TODAY) == week
    assert week.next.monday - week.monday == timedelta(days=7)
    assert week < week.next


def test_the_budget_is_a_share_or_an_override() -> None:
    """40 h × 20 % is 8 h, 32 × 20 % is 6.4 h, and a week of its own says what it likes."""
    plan = WeekPlan.blank(Week(2026, 47), Capacity())
    assert plan.budget_hours == 8.0
    assert replace(plan, week_hours=32).budget_hours == 6.4
    assert replace(plan, override_hours=0.0).budget_hours == 0.0
    assert WeekPlan.from_document(plan.to_document()) == plan


def test_the_ritual_is_due_on_mondays_until_it_is_done() -> None:
    """It is asked for on a Monday without a ritual, and on no other day."""
    assert ritual.ritual_due(MONDAY, ())
    assert not ritual.ritual_due(MONDAY + timedelta(days=1), ())
    steps: tuple[ritual.StepRecord, ...] = ()
    for step in (Step.REVIEW, Step.CAPTURE, Step.PRIORITISE, Step.SELECT):
        assert ritual.next_step(steps) is step
        assert ritual.ritual_due(MONDAY, steps)
        steps = ritual.finished(steps, step, MONDAY)
    assert ritual.next_step(steps) is Step.EXECUTE
    assert not ritual.ritual_due(MONDAY, steps)


def test_a_break_costs_no_time_and_a_step_goes_on_where_it_was() -> None:
    """Ten minutes, a break of an hour, five minutes more: fifteen."""

    def minute(count: int) -> datetime:
        return MONDAY + timedelta(minutes=count)

    steps = ritual.begun((), Step.REVIEW, minute(0))
    steps = ritual.paused(steps, minute(10))
    steps = ritual.begun(steps, Step.REVIEW, minute(70))
    steps = ritual.begun(steps, Step.CAPTURE, minute(75))
    first, second = steps
    assert ritual.seconds_in(first, minute(90)) == 15 * 60
    assert ritual.seconds_in(second, minute(80)) == 5 * 60
    done = ritual.finished(steps, Step.CAPTURE, minute(85))
    assert done[1].done_at == minute(85)
    assert ritual.seconds_in(done[1], minute(200)) == 10 * 60


def test_forty_minutes_and_eight_hours_are_a_fifth_and_a_bit() -> None:
    """8 h and 40 min are 8.67 h, 21.7 % of 40; inside the budget they are 8 h, 20 %."""
    outside = ritual.ritual_time((), NOW, budget_hours=8, week_hours=40)
    assert (outside.target_minutes, outside.total_hours, outside.percent) == (40, 8.67, 21.7)
    inside = ritual.ritual_time((), NOW, budget_hours=8, week_hours=40, inside=True)
    assert (inside.total_hours, inside.percent) == (8.0, 20.0)


def test_time_over_the_edge_of_a_week_counts_on_both_sides() -> None:
    """An entry from Sunday 23:00 to Monday 01:00 gives each week its hour."""
    start = datetime(2026, 11, 22, 23, tzinfo=UTC)
    entry = TimeEntry("T-001", "IMP-2026-001", start, start + timedelta(hours=2))
    assert hours_in_week((entry,), Week(2026, 47), NOW) == {"IMP-2026-001": 1.0}
    assert hours_in_week((entry,), Week(2026, 48), NOW) == {"IMP-2026-001": 1.0}
    assert hours_by_day((entry,), Week(2026, 47), NOW) == (0, 0, 0, 0, 0, 0, 1.0)


def test_a_running_timer_counts_until_now() -> None:
    """What is being worked on would be no time of its week until the timer stops."""
    entry = TimeEntry("T-001", "IMP-2026-001", NOW - timedelta(hours=2), None)
    assert hours_in_week((entry,), Week(2026, 47), NOW) == {"IMP-2026-001": 2.0}
    assert hours_by_day((entry,), Week(2026, 47), NOW) == (0, 0, 0, 0, 0, 2.0, 0)
    assert hours_in_week((entry,), Week(2026, 46), NOW) == {}


def test_the_change_of_the_clock_is_an_hour_of_work() -> None:
    """In Berlin, 25 October 2026, 01:00 to 04:00 on the wall are four hours of work."""
    berlin = ZoneInfo("Europe/Berlin")
    entry = TimeEntry(
        "T-001",
        "IMP-2026-001",
        datetime(2026, 10, 25, 1, tzinfo=berlin),
        datetime(2026, 10, 25, 4, tzinfo=berlin),
    )
    now = datetime(2026, 11, 1, tzinfo=berlin)
    assert hours_in_week((entry,), Week(2026, 43), now) == {"IMP-2026-001": 4.0}
    assert hours_by_day((entry,), Week(2026, 43), now)[6] == 4.0


def test_a_timer_of_more_than_four_hours_is_asked_about() -> None:
    """Four hours are work, more were probably forgotten."""
    entry = TimeEntry("T-001", "IMP-2026-001", NOW - timedelta(hours=4))
    assert not is_forgotten(entry, NOW)
    assert is_forgotten(entry, NOW + timedelta(minutes=1))
    assert not is_forgotten(replace(entry, end=NOW), NOW + timedelta(hours=9))


def made(number: int, **more: object) -> Improvement:
    item = Improvement(f"IMP-2026-{number:03d}", f"t{number}", NOW, NOW, NOW)
    return replace(item, **more)  # type: ignore[arg-type]  # the tests name real fields


def test_the_review_goes_through_promises_and_what_was_finished() -> None:
    """Open promises, finished without a number, overdue: each is presented."""
    week = Week(2026, 47)
    plan = WeekPlan(str(week), items=(PlanItem("IMP-2026-001", 2, NOW),))
    items = (
        made(1, stage=Stage.IMPLEMENTATION),
        made(2, stage=Stage.DONE, done_at=NOW),
        made(3, stage=Stage.DONE, done_at=NOW),
        made(4, due=date(2026, 11, 1), severity=Severity.CRITICAL),
        made(5, stage=Stage.DONE, done_at=NOW - timedelta(days=7)),
    )
    found = review(items, plan, week, MONDAY, measured=frozenset({"IMP-2026-003"}))
    assert [item.id[-1] for item in found.open_promises] == ["1"]
    assert [item.id[-1] for item in found.unmeasured] == ["2"]
    assert [item.id[-1] for item in found.overdue] == ["4"]


def test_capture_lists_the_weeks_retros_without_improvements() -> None:
    """A retro that led to nothing is shown until it is dismissed, with the inbox."""
    week = Week(2026, 47)
    retros = (
        Retro("RET-001", "a", NOW, better="Cache it", none_because="nothing"),
        Retro("RET-002", "b", NOW, better="Cache it", improvement_ids=("IMP-2026-001",)),
        Retro("RET-003", "c", NOW - timedelta(days=9), better="Pool", none_because="nothing"),
        Retro("RET-004", "d", NOW, none_because="nothing"),
    )
    found = capture((made(1), made(2, stage=Stage.BACKLOG)), retros, week, MONDAY)
    assert [retro.id for retro in found.retros] == ["RET-001"]
    assert [item.id[-1] for item in found.inbox] == ["1"]
    assert capture((), retros, week, MONDAY, ("RET-001",)).retros == ()


def test_prioritise_shows_only_what_is_unscored_or_changed() -> None:
    """A scored, unchanged improvement is not asked about again."""
    later = NOW + timedelta(days=1)
    items = (
        made(1),
        made(2, impact=5, effort=5, scored_at=NOW),
        made(3, impact=5, effort=5, scored_at=NOW, changed_at=later),
        made(4, impact=5, effort=5, scored_at=NOW, suggested=("impact",)),
        made(5, stage=Stage.DONE),
        made(6, stage=Stage.DEFERRED),
    )
    assert [item.id[-1] for item in to_prioritise(items)] == ["3", "4", "1"]


def test_an_item_carried_twice_is_questioned() -> None:
    """The second carry asks to split, re-score or drop; a finished one is left in peace."""
    plan = WeekPlan("2026-W47", items=(PlanItem("IMP-2026-001", 2, NOW, carried=2),))
    view = view_week(plan, {"IMP-2026-001": made(1)}, {"IMP-2026-001": 1.5, "IMP-2026-009": 1})
    assert view.rows[0].question == "carried 2×: split, re-score or drop?"
    assert (view.rows[0].tracked_hours, view.tracked_hours) == (1.5, 2.5)
    done = view_week(plan, {"IMP-2026-001": made(1, stage=Stage.DONE)}, {})
    assert done.rows[0].question == ""
    assert view_week(plan, {}, {}).rows[0].improvement is None


def test_last_weeks_items_and_the_users_own_are_forced() -> None:
    """What was left over comes back, and what the user took is never weighed away."""
    last = WeekPlan("2026-W46", items=(PlanItem("IMP-2026-001", 2, NOW, carried=1),))
    plan = WeekPlan(
        "2026-W47",
        items=(PlanItem("IMP-2026-002", 2, NOW), PlanItem("IMP-2026-003", 2, NOW, by="proposal")),
    )
    around = surroundings_of(plan, Surroundings(TODAY), last)
    assert around.carried == {"IMP-2026-001": 2}
    assert around.pinned == {"IMP-2026-002"}
