"""How weeks went: the last twelve of them, and what an estimated hour really takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hansei_core.improvement import Improvement
from hansei_core.planning.week import Week, WeekPlan, share_words, week_of

PACE_WEEKS: Final = 12
ENOUGH_WEEKS: Final = 4
"""Weeks with something finished and tracked from which the user's own ratio is used."""
RATIO_WINDOW: Final = timedelta(weeks=26)
_FULL: Final = 0.9
"""Share of a budget from which a week counts as filled."""
_LATER: Final = "after four weeks hansei knows what your estimated hour really takes"
_LEAST: Final = 0.5
_MOST: Final = 3.0


@dataclass(frozen=True, slots=True)
class WeekPace:
    """What one week planned and did."""

    week: Week
    budget_hours: float
    planned_hours: float
    tracked_hours: float
    finished: int
    """Improvements finished in it, planned or not."""
    planned: int
    planned_finished: int
    """Of the planned ones, those finished by the end of that week."""


def pace(
    weeks: Iterable[Week],
    plans: Mapping[Week, WeekPlan],
    tracked: Mapping[Week, float],
    items: Mapping[str, Improvement],
    now: datetime,
) -> tuple[WeekPace, ...]:
    """Return what each week planned, tracked and finished.

    Args:
        weeks: Which, oldest first.
        plans: Those that were planned.
        tracked: Hours tracked by week.
        items: All improvements by id.
        now: Aware, in the user's zone.
    """
    done: dict[str, Week] = {
        item.id: week_of(item.done_at.astimezone(now.tzinfo).date())
        for item in items.values()
        if item.done_at is not None and item.stage.is_finished
    }
    finished: dict[Week, int] = {}
    for week in done.values():
        finished[week] = finished.get(week, 0) + 1
    rows: list[WeekPace] = []
    for week in weeks:
        plan = plans.get(week)
        ids = plan.ids if plan else ()
        rows.append(
            WeekPace(
                week,
                plan.budget_hours if plan else 0.0,
                plan.taken_hours if plan else 0.0,
                tracked.get(week, 0.0),
                finished.get(week, 0),
                len(ids),
                sum(name in done and done[name] <= week for name in ids),
            )
        )
    return tuple(rows)


def last_weeks(week: Week, number: int = PACE_WEEKS) -> tuple[Week, ...]:
    """Return so many weeks that end with this one, oldest first."""
    return tuple(week + offset for offset in range(1 - number, 1))


@dataclass(frozen=True, slots=True)
class OwnRatio:
    """The user's hours worked for each hour estimated."""

    value: float | None
    """Two decimals, between a half and three; None before four weeks exist."""
    items: int
    """Finished improvements that it rests on."""
    weeks: int
    """ISO weeks in which they were finished."""

    @property
    def factor(self) -> float:
        """What estimates are multiplied by; 1 while the ratio is unknown."""
        return 1.0 if self.value is None else self.value


def own_ratio(
    items: Iterable[Improvement], tracked_hours: Mapping[str, float], now: datetime
) -> OwnRatio:
    """Return what an estimated hour took in the last half year.

    Sums are compared, not single items: a plan is a sum, and small items have wild ratios. What
    was finished without tracked time says nothing and is left out.

    Args:
        items: All improvements.
        tracked_hours: All hours ever tracked, by improvement id.
        now: Aware, in the user's zone.
    """
    known = [
        (item.hours, tracked_hours[item.id], week_of(item.done_at.astimezone(now.tzinfo).date()))
        for item in items
        if item.stage.is_finished
        and item.done_at is not None
        and now - RATIO_WINDOW <= item.done_at <= now
        and item.hours
        and tracked_hours.get(item.id, 0.0) > 0
    ]
    weeks = len({week for _, _, week in known})
    if weeks < ENOUGH_WEEKS:
        return OwnRatio(None, len(known), weeks)
    ratio = sum(actual for _, actual, _ in known) / sum(estimate for estimate, _, _ in known)
    return OwnRatio(round(min(max(ratio, _LEAST), _MOST), 2), len(known), weeks)


def ratio_said(ratio: OwnRatio, fill: float, used: float = 1.0) -> str:
    """Return in words what hours are weighted by, or why they are not.

    Args:
        ratio: What the user's estimates were worth so far.
        fill: Share of the budget that a proposal may fill, 0 to 1.
        used: Share of the budget that this one fills, 0 to 1; a week with room needs no warning.
    """
    if ratio.value is not None:
        rests = f"{ratio.items} finished in {ratio.weeks} weeks"
        if ratio.value == 1:
            return f"your estimates hold: {rests}"
        return f"hours × {ratio.value:g}: what your estimated hour really took ({rests})"
    if fill < 1:
        return f"filled to {share_words(fill)}; {_LATER}"
    if used < _FULL:
        return _LATER
    return f"a week filled to 100 % is seldom finished; week.fill leaves air, and {_LATER}"
