"""The summary: what waits, what is planned, what runs; and where to open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hansei_core.deadlines import LIMITS, Limits, breached, escalated, is_overdue
from hansei_core.improvement import Improvement
from hansei_core.moods import Mood
from hansei_core.planning.ritual import Step, next_step, ritual_due
from hansei_core.planning.time import TimeEntry, hours_of, is_forgotten
from hansei_core.planning.view import WeekView
from hansei_core.triage import triage_order
from hansei_core.vocabulary import Severity, Stage
from hansei_sessions.ended import Unreviewed


@dataclass(frozen=True, slots=True)
class Status:
    """What `hansei status` says; counts are of what can be acted on now."""

    unreviewed: tuple[Unreviewed, ...]
    """Sessions that a retro is owed to, newest first."""
    inbox: int
    """Waiting for triage, deferred ones whose day has come included."""
    open_count: int
    unscored: int
    critical: int
    overdue: int
    week: str
    budget_hours: float
    taken_hours: float
    taken: int
    """Improvements in this week's plan."""
    taken_done: int
    tracked_hours: float
    ritual_due: bool
    ritual_step: Step
    """Where the ritual would go on."""
    running: TimeEntry | None
    running_hours: float
    timer_forgotten: bool
    broken_records: int = 0
    """Records of the store that could not be read; they are left as they are."""
    late: tuple[str, ...] = ()
    """Ids beyond the triage limit, longest waiting first."""
    overdue_critical: tuple[str, ...] = ()
    """Ids of critical improvements past their deadline, longest overdue first."""
    mood: Mood | None = None
    """This week's moods; None where moods are not asked for."""


def summarise(
    items: Iterable[Improvement],
    week: WeekView,
    unreviewed: Iterable[Unreviewed],
    running: TimeEntry | None,
    *,
    now: datetime,
    broken_records: int = 0,
    limits: Limits = LIMITS,
    mood: Mood | None = None,
) -> Status:
    """Return the summary.

    Args:
        items: All improvements.
        week: This week's plan, as `view_week` gives it.
        unreviewed: Sessions that a retro is owed to.
        running: The entry whose timer runs.
        now: Aware, in the user's zone.
        broken_records: How many records could not be read.
        limits: Deadlines of triage and severity.
        mood: This week's moods, where they are asked for.
    """
    everything = tuple(items)
    still_open = tuple(
        item for item in everything if item.stage.is_open and item.stage is not Stage.DEFERRED
    )
    return Status(
        unreviewed=tuple(sorted(unreviewed, key=lambda one: one.ended_at, reverse=True)),
        inbox=len(triage_order(everything, now, limits)),
        open_count=len(still_open),
        unscored=sum(not item.is_scored for item in still_open),
        critical=sum(item.severity is Severity.CRITICAL for item in still_open),
        overdue=sum(is_overdue(item, now, limits) for item in still_open),
        week=week.plan.week,
        budget_hours=week.plan.budget_hours,
        taken_hours=week.plan.taken_hours,
        taken=len(week.rows),
        taken_done=sum(row.is_done for row in week.rows),
        tracked_hours=week.tracked_hours,
        ritual_due=ritual_due(now, week.plan.steps),
        ritual_step=next_step(week.plan.steps),
        running=running,
        running_hours=hours_of(running, now) if running else 0.0,
        timer_forgotten=running is not None and is_forgotten(running, now),
        broken_records=broken_records,
        late=tuple(item.id for item in breached(everything, now, limits)),
        overdue_critical=tuple(item.id for item in escalated(everything, now, limits)),
        mood=mood,
    )
