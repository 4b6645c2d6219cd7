"""How weeks went: twelve of them, the own ratio, the signs over a store; one week's capacity."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement
from hansei_core.planning.pace import last_weeks, own_ratio, ratio_said
from hansei_core.planning.reminder import cron_line, parse_time, systemd_units
from hansei_core.planning.time import TimeEntry, hours_in_week
from hansei_core.planning.week import (
    Capacity,
    Week,
    WeekCapacity,
    WeekKind,
    parse_capacity,
    parse_kind,
    week_of,
)
from hansei_core.retro import ImprovementDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.verbs import budgets, improvements, plans, time_entries
from hansei_core.verbs.measure import measure
from hansei_core.verbs.pace import hours_by_week, load_pace, load_scorecard
from hansei_core.vocabulary import Stage

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEEK = Week(2026, 47)
USUAL = Capacity()


def done(number: int, hours: float | None, at: datetime) -> Improvement:
    """Return a finished improvement."""
    return Improvement(
        f"IMP-2026-{number:03d}",
        "x",
        at,
        at,
        at,
        stage=Stage.DONE,
        hours=hours,
        done_at=at,
    )


def test_the_own_ratio_needs_four_weeks() -> None:
    """Three good weeks would weigh every plan by luck."""
    items = [done(number, 2.0, NOW - timedelta(weeks=number)) for number in range(4)]
    tracked = {item.id: 3.0 for item in items}
    found = own_ratio(items, tracked, NOW)
    assert (found.value, found.items, found.weeks, found.factor) == (1.5, 4, 4, 1.5)
    few = own_ratio(items[:3], tracked, NOW)
    assert (few.value, few.factor) == (None, 1.0)
    same = own_ratio([done(n, 2.0, NOW) for n in range(9)], {}, NOW)
    assert same.value is None


def test_what_has_no_time_or_no_estimate_says_nothing() -> None:
    """Untracked work would count as done in no time; one old runaway as the rule."""
    items = [done(number, 2.0, NOW - timedelta(weeks=number)) for number in range(5)]
    tracked = {item.id: 2.0 for item in items} | {"IMP-2026-004": 0.0}
    assert own_ratio(items, tracked, NOW).items == 4
    old = done(9, 1.0, NOW - timedelta(weeks=40))
    assert own_ratio([*items, old], tracked | {old.id: 99.0}, NOW).value == 1.0
    wild = own_ratio(items, dict.fromkeys(tracked, 500.0), NOW)
    assert wild.value == 3.0


def test_the_note_says_what_hours_are_weighted_by() -> None:
    """A factor that nobody sees is one that nobody can doubt."""
    items = [done(number, 2.0, NOW - timedelta(weeks=number)) for number in range(4)]
    known = own_ratio(items, {item.id: 3.0 for item in items}, NOW)
    assert "hours × 1.5" in ratio_said(known, 1.0)
    assert "4 finished in 4 weeks" in ratio_said(known, 1.0)
    assert "seldom finished" in ratio_said(own_ratio([], {}, NOW), 1.0)
    assert "seldom finished" not in ratio_said(own_ratio([], {}, NOW), 1.0, used=0.5), "half full"
    assert "filled to 80 %" in ratio_said(own_ratio([], {}, NOW), 0.8)
    exact = own_ratio(items, {item.id: 2.0 for item in items}, NOW)
    assert "your estimates hold" in ratio_said(exact, 1.0)


ENTRIES = st.lists(
    st.tuples(st.integers(-60 * 24 * 40, 60 * 24 * 20), st.integers(1, 60 * 30)), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(ENTRIES, st.sampled_from([UTC, BERLIN]))
def test_hours_by_week_are_those_of_each_week(pairs: list[tuple[int, int]], zone: ZoneInfo) -> None:
    """One look at each entry would miss or double what lies over the edge of a week."""
    begin = datetime(2026, 10, 25, 12, tzinfo=UTC)
    entries = [
        TimeEntry(
            f"T-{number:03d}",
            "IMP-2026-001",
            begin + timedelta(minutes=start),
            begin + timedelta(minutes=start + length),
        )
        for number, (start, length) in enumerate(pairs)
    ]
    now = datetime(2026, 12, 1, tzinfo=zone)
    weeks = last_weeks(week_of(date(2026, 11, 9)), 6)
    found = hours_by_week(entries, weeks, now)
    for week in weeks:
        expected = sum(hours_in_week(entries, week, now).values())
        assert found[week] == pytest.approx(expected)


def test_twelve_weeks_end_with_the_asked_one_across_new_year() -> None:
    """Week 53 would be left out, or come twice."""
    weeks = last_weeks(Week(2027, 2))
    assert (len(weeks), str(weeks[0]), str(weeks[-3])) == (12, "2026-W44", "2026-W53")


@pytest.fixture
def store() -> MemoryStore:
    """Return a store with a planned week, four hours worked, and one of two finished."""
    store = MemoryStore()
    monday = datetime.combine(WEEK.previous.monday, time(9), tzinfo=UTC)
    for title in ("a", "b"):
        draft = ImprovementDraft(title, impact=8, effort=2, hours=4.0)
        improvements.add(store, draft, now=monday)
    improvements.move(store, ["1", "2"], Stage.BACKLOG, now=monday)
    plans.take(store, WEEK.previous, ["1", "2"], USUAL, now=monday)
    end = monday + timedelta(hours=4)
    time_entries.add_entry(store, "1", monday, end, now=NOW)
    improvements.move(store, ["1"], Stage.DONE, now=end, force=True)
    return store


def test_the_pace_is_read_from_plans_entries_and_stages(store: MemoryStore) -> None:
    """The sparkline would show other hours than the weeks themselves."""
    *_, before, this = load_pace(store, WEEK, now=NOW)
    assert (before.planned_hours, before.tracked_hours, before.budget_hours) == (8.0, 4.0, 8.0)
    assert (before.finished, before.planned, before.planned_finished) == (1, 2, 1)
    assert (this.planned_hours, this.tracked_hours, this.finished) == (0.0, 0.0, 0)


def test_plans_are_weighed_by_the_own_ratio_once_it_is_known(store: MemoryStore) -> None:
    """Whoever always takes half as long again would plan more than a week holds."""
    for back in range(4):
        at = NOW - timedelta(weeks=back, hours=9)
        draft = ImprovementDraft("done", impact=5, effort=2, hours=2.0)
        name = improvements.add(store, draft, now=at).value.id
        time_entries.add_entry(store, name, at, at + timedelta(hours=3), now=NOW)
        improvements.move(store, [name], Stage.DONE, now=at + timedelta(hours=4), force=True)
    ratio = plans.ratio_of(store, now=NOW)
    assert (ratio.value, ratio.items, ratio.weeks) == (1.33, 5, 4)
    proposal = plans.proposal(store, WEEK, USUAL, now=NOW)
    assert (proposal.ratio, proposal.choices[0].hours) == (1.33, 5.5)
    taken = plans.take(store, WEEK, ["2"], USUAL, now=NOW).value
    assert taken.items[0].hours == 5.5
    said = plans.take(store, WEEK.next, ["2"], USUAL, now=NOW, hours=3).value
    assert said.items[0].hours == 3.0


def test_a_finished_one_stays_when_a_proposal_is_taken(store: MemoryStore) -> None:
    """In the middle of the week what was done would vanish from the plan."""
    week = WEEK.previous
    plans.drop(store, week, ["1", "2"], USUAL, now=NOW)
    improvements.move(store, ["1"], Stage.BACKLOG, now=NOW, force=True)
    choices = plans.proposal(store, week, USUAL, now=NOW).choices
    plans.apply(store, week, choices, USUAL, now=NOW)
    improvements.move(store, ["1"], Stage.DONE, now=NOW, force=True)
    again = plans.proposal(store, week, USUAL, now=NOW)
    plan = plans.apply(store, week, again.choices, USUAL, now=NOW).value
    assert "IMP-2026-001" in plan.ids
    assert plan.taken_hours <= plan.budget_hours


def test_the_scorecard_equals_its_queries(store: MemoryStore) -> None:
    """R101: five signs, each with the figures that its own query gives."""
    card = load_scorecard(store, USUAL, now=NOW, minutes_lost=(3.0, 4.0))
    assert [sign.figures for sign in card.signs] == [
        "0 of 0 retros",
        "1 of 1 in the backlog",
        "4 of 32 h in four weeks",
        "0 of 1 done in four weeks",
        "3.0 min lost a session, 4.0 before",
    ]
    assert [sign.holds for sign in card.signs] == [None, True, False, False, True]
    assert card.score == 2
    measure(store, "1", "wait", now=NOW, after=1)
    fresh = load_scorecard(store, USUAL, now=NOW, first_day=WEEK.previous.monday)
    assert fresh.signs[2].figures == "4 of 8 h in four weeks"
    assert (fresh.signs[3].holds, fresh.signs[4].holds) == (True, None)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("24", WeekCapacity(24.0)),
        ("24 h", WeekCapacity(24.0)),
        ("budget 6,5", WeekCapacity(None, 6.5)),
        ("holiday 24 Easter week", WeekCapacity(24.0, None, WeekKind.HOLIDAY, "Easter week")),
        ("innovation 30h", WeekCapacity(None, 30.0, WeekKind.INNOVATION)),
        ("innovation", WeekCapacity(None, None, WeekKind.INNOVATION)),
        ("usual", WeekCapacity(is_usual=True)),
    ],
)
def test_a_line_about_a_weeks_capacity_is_read(line: str, found: WeekCapacity) -> None:
    """A holiday or an innovation week would be taken for something else."""
    assert parse_capacity(line) == found


@pytest.mark.parametrize("line", ["", "many", "budget", "hours 24"])
def test_a_line_without_a_capacity_is_refused(line: str) -> None:
    """A typing mistake would make it an ordinary week."""
    with pytest.raises(UsageError, match="is no capacity"):
        parse_capacity(line)


def test_a_week_is_flagged_and_made_ordinary_again() -> None:
    """R57: an innovation week is a flagged plan week, and undoing it leaves nothing behind."""
    store = MemoryStore()
    kind = WeekKind.INNOVATION
    plan = budgets.set_budget(store, WEEK, 20, USUAL, now=NOW, kind=kind, reason="ship").value
    assert (plan.kind, plan.budget_hours, plan.override_reason) == (kind, 20, "ship")
    plan = budgets.set_week_hours(store, WEEK, 24, USUAL, now=NOW, kind=WeekKind.HOLIDAY).value
    assert (plan.kind, plan.budget_hours) == (WeekKind.HOLIDAY, 4.8)
    assert budgets.usual_week(store, WEEK, USUAL, now=NOW).value.budget_hours == 8.0
    assert plans.read_plan(store, WEEK, USUAL).kind is WeekKind.ORDINARY
    assert parse_kind("inno") is WeekKind.INNOVATION
    assert parse_kind(" ") is None
    with pytest.raises(UsageError, match="no kind of week"):
        parse_kind("sabbath")


def test_the_reminder_is_a_line_for_cron_or_two_units() -> None:
    """A path with a blank or a percent sign would end the command early."""
    assert cron_line(["/opt/my tools/hansei"]) == (
        "0 9 * * 1  '/opt/my tools/hansei' plan brief --if-due"
    )
    assert cron_line(["/opt/50%/hansei"], time(8, 30)) == (
        r"30 8 * * 1  /opt/50\%/hansei plan brief --if-due"
    )
    units = systemd_units(["/opt/50%/$x/hansei", "-q"], time(8, 5))
    assert (
        'ExecStart="/opt/50%%/$$x/hansei" "-q" plan brief --if-due'
        in (units["hansei-ritual.service"])
    )
    assert "OnCalendar=Mon *-*-* 08:05:00" in units["hansei-ritual.timer"]
    assert parse_time("8:05") == time(8, 5)
    for wrong in ("25:00", "nine", "9"):
        with pytest.raises(UsageError, match="no time of day"):
            parse_time(wrong)
