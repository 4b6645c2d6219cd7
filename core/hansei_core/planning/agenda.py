"""What each step of the ritual puts before the user: one short list a step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from hansei_core.deadlines import LIMITS, Limits, is_overdue
from hansei_core.improvement import Improvement
from hansei_core.planning.week import Week, WeekPlan, week_of
from hansei_core.retro import Retro
from hansei_core.triage import triage_order
from hansei_core.vocabulary import Severity, Stage


@dataclass(frozen=True, slots=True)
class Review:
    """Step 1: what last week promised, and what it finished."""

    open_promises: tuple[Improvement, ...]
    """In last week's plan and not finished."""
    unmeasured: tuple[Improvement, ...]
    """Finished last week and without a number that proves it."""
    overdue: tuple[Improvement, ...]
    """Past their date or their severity's deadline; critical ones first."""


def review(
    items: Iterable[Improvement],
    last_plan: WeekPlan | None,
    last_week: Week,
    now: datetime,
    measured: frozenset[str] = frozenset(),
    *,
    week: Week | None = None,
    limits: Limits = LIMITS,
) -> Review:
    """Return what the review goes through, one item at a time.

    Args:
        items: All improvements.
        last_plan: The newest plan before this week's, if there was one.
        last_week: Its week; the week before where there was none.
        now: Aware, in the user's zone.
        measured: Ids that have an after-value already.
        week: The week that is planned; None: the one after `last_week`. What was finished between
            the two is looked at too, so that a week without a ritual hides nothing.
        limits: Deadlines by severity.
    """
    planned = week or last_week.next
    everything = tuple(items)
    promised = frozenset(last_plan.ids if last_plan else ())
    return Review(
        _sorted(item for item in everything if item.id in promised and item.stage.is_open),
        _sorted(
            item
            for item in everything
            if item.done_at is not None
            and item.stage.is_finished
            and item.id not in measured
            and last_week <= week_of(item.done_at.astimezone(now.tzinfo).date()) < planned
        ),
        _sorted(item for item in everything if is_overdue(item, now, limits)),
    )


THEMES_A_WEEK: Final = 3
"""So many themes a Monday asks about; the screen of themes has all of them."""
REST_DAYS: Final = 84
"""A theme whose improvement was declined is not asked about for so long: a quarter."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Step 2: what the week brought and nobody has turned into an improvement."""

    retros: tuple[Retro, ...]
    """Retros of the week without improvements in which the user said something."""
    inbox: tuple[Improvement, ...]
    themes: tuple[ThemeNote, ...] = ()
    """The dearest themes that were hit in the week and that nothing is done about."""


@dataclass(frozen=True, slots=True)
class ThemeNote:
    """What the ritual says of a theme; the theme itself is the theme model's."""

    id: str
    name: str
    times: int
    """How often it was hit in the week."""
    sessions: int
    minutes: float
    """Known minutes lost to it in the week."""


def capture(
    items: Iterable[Improvement],
    retros: Iterable[Retro],
    week: Week,
    now: datetime,
    dismissed: Iterable[str] = (),
    *,
    themes: Sequence[ThemeNote] = (),
    waved: Iterable[str] = (),
    limits: Limits = LIMITS,
) -> Capture:
    """Return what is still to be captured from a week; what was dismissed stays away.

    A retro in which the user added nothing to hansei's own sentences is not asked about: they
    chose already that it leads to nothing.

    Args:
        items: All improvements.
        retros: All retros.
        week: The week before the one that is planned; what the planned one has brought so far
            is looked at too.
        now: Aware, in the user's zone.
        dismissed: Ids of retros, themes and improvements that were waved away.
        themes: What recurs and was hit in these weeks; left out here are those with an open
            improvement, with one that was declined lately, and all but the dearest
            `THEMES_A_WEEK`: what was dismissed, or turned into an improvement since the planned
            week began, makes room for no other.
        waved: Ids of retros and themes that were waved away in the last weeks' rituals.
        limits: Deadlines of triage and severity.
    """
    away = frozenset(dismissed)
    before = frozenset(waved)
    everything = tuple(items)
    about = [item for item in everything if item.theme_id]
    since = now - timedelta(days=REST_DAYS)
    monday = datetime.combine(week.next.monday, time(), tzinfo=now.tzinfo)
    answered = {item.theme_id for item in about if item.stage.is_open or _was_declined(item, since)}
    settled = {each.id for each in themes if each.id in away}
    settled |= {item.theme_id for item in about if item.created_at >= monday}
    waiting = [
        each
        for each in sorted(themes, key=lambda each: (-each.minutes, -each.sessions, each.id))
        if each.id not in away | before | answered
    ]
    return Capture(
        tuple(
            retro
            for retro in sorted(retros, key=lambda retro: retro.at)
            if not retro.improvement_ids
            and retro.says_something
            and retro.id not in away | before
            and week <= week_of(retro.at.astimezone(now.tzinfo).date()) <= week.next
        ),
        tuple(item for item in triage_order(everything, now, limits) if item.id not in away),
        tuple(waiting[: max(0, THEMES_A_WEEK - len(settled))]),
    )


def _was_declined(item: Improvement, since: datetime) -> bool:
    """Tell whether an improvement was declined after a moment."""
    changed = item.history[-1].at if item.history else item.created_at
    return item.stage is Stage.DECLINED and changed >= since


def to_prioritise(
    items: Iterable[Improvement], today: date | None = None, dismissed: Iterable[str] = ()
) -> tuple[Improvement, ...]:
    """Return step 3: open improvements that lack a score, or whose score may be stale.

    Values that hansei suggested and nobody confirmed count as lacking. What is snoozed beyond
    `today`, and what was waved away in the ritual, is left out.
    """
    away = frozenset(dismissed)
    return _sorted(
        item
        for item in items
        if item.stage.is_open
        and item.stage is not Stage.DEFERRED
        and item.id not in away
        and not (today and item.snoozed_until and item.snoozed_until > today)
        and (not item.is_scored or item.score_is_stale or {"impact", "effort"} & {*item.suggested})
    )


def _sorted(items: Iterable[Improvement]) -> tuple[Improvement, ...]:
    return tuple(sorted(items, key=by_urgency))


def by_urgency(item: Improvement) -> tuple[int, int, str]:
    """Sort key: critical first, then by priority, unscored last, then by id."""
    return (
        0 if item.severity is Severity.CRITICAL else 1,
        -(item.priority or 0),
        item.id,
    )
