"""The five signs of a loop that works, each with the figures that it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hansei_core.improvement import Improvement
from hansei_core.retro import Retro
from hansei_core.vocabulary import Stage

WINDOW: Final = timedelta(days=28)
USED_SHARE: Final = 0.8
"""Share of the budget from which the time counts as used."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign."""

    name: str
    holds: bool | None
    """None where there is not enough to say; that is no point and no blame."""
    figures: str
    """What it rests on, in words."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Five signs; the score counts those that hold."""

    signs: tuple[Sign, ...]

    @property
    def score(self) -> int:
        """0 to 5."""
        return sum(sign.holds is True for sign in self.signs)


def scorecard(
    items: Iterable[Improvement],
    retros: Iterable[Retro],
    *,
    now: datetime,
    tracked_hours: float,
    budget_hours: float,
    measured: frozenset[str] = frozenset(),
    minutes_lost: tuple[float, float] | None = None,
) -> Scorecard:
    """Return the signs for the last four weeks.

    Args:
        items: All improvements.
        retros: All retros.
        now: Aware.
        tracked_hours: Tracked on improvements in the last four whole weeks.
        budget_hours: The budgets of those weeks together.
        measured: Ids with an after-value.
        minutes_lost: Minutes lost to friction per session, this month and the month before;
            None where one of them has too few sessions.
    """
    everything = tuple(items)
    since = now - WINDOW
    recent = tuple(retro for retro in retros if since < retro.at <= now)
    return Scorecard(
        (
            _captured(recent),
            _scored(everything),
            _used(tracked_hours, budget_hours),
            _measured(everything, since, measured),
            _better(minutes_lost),
        )
    )


def _captured(retros: tuple[Retro, ...]) -> Sign:
    fitting = sum(1 <= len(retro.improvement_ids) <= 3 for retro in retros)
    holds = fitting == len(retros) if retros else None
    return Sign("one to three a session", holds, f"{fitting} of {len(retros)} retros")


def _scored(items: tuple[Improvement, ...]) -> Sign:
    waiting = [
        item
        for item in items
        if item.stage.is_open and item.stage not in (Stage.INBOX, Stage.DEFERRED)
    ]
    scored = sum(item.is_scored for item in waiting)
    holds = scored == len(waiting) if waiting else None
    return Sign("everything scored", holds, f"{scored} of {len(waiting)} in the backlog")


def _used(tracked: float, budget: float) -> Sign:
    holds = tracked >= USED_SHARE * budget if budget > 0 else None
    return Sign(
        "the time is used", holds, f"{round(tracked, 1):g} of {round(budget, 1):g} h in four weeks"
    )


def _measured(items: tuple[Improvement, ...], since: datetime, measured: frozenset[str]) -> Sign:
    done = [
        item for item in items if item.stage.is_finished and item.done_at and item.done_at > since
    ]
    count = sum(item.id in measured for item in done)
    holds = count == len(done) if done else None
    return Sign("what is done is measured", holds, f"{count} of {len(done)} done in four weeks")


def _better(minutes_lost: tuple[float, float] | None) -> Sign:
    name = "better than last month"
    if minutes_lost is None:
        return Sign(name, None, "not enough sessions to compare")
    this, last = minutes_lost
    return Sign(name, this < last, f"{this:.1f} min lost a session, {last:.1f} before")
