"""When something should have happened: triage within two days, fixes by severity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from hansei_core.improvement import Improvement, split_id
from hansei_core.vocabulary import Severity, Stage
from hansei_sessions.value import Value

TRIAGE_HOURS: Final = 48.0
"""Hours from entering the inbox until an improvement should be in the backlog, or gone."""
FIX_DAYS: Final[Mapping[Severity, int]] = MappingProxyType(
    {Severity.CRITICAL: 2, Severity.HIGH: 14, Severity.MEDIUM: 60, Severity.LOW: 180}
)
"""Days from capture until an improvement of a severity should be done."""
_WEEKEND: Final = 5
"""`date.weekday` of Saturday."""


class Limits(Value, frozen=True):
    """How long things may take, as the settings say."""

    triage_hours: float = TRIAGE_HOURS
    workdays: bool = False
    """Whether the triage clock stands still on Saturdays and Sundays."""
    fix_days: Mapping[Severity, int] = FIX_DAYS


LIMITS: Final = Limits()


def triage_began(item: Improvement, now: datetime) -> datetime:
    """Return when an improvement came into the inbox, for the present time.

    That is its capture, its way back into the inbox, or the day until which it was snoozed or
    deferred: what somebody put off on purpose is not late before that day. Days begin at midnight
    in the zone of `now`.
    """
    began = item.stage_since
    until = item.deferred_until if item.stage is Stage.DEFERRED else item.snoozed_until
    if until is not None:
        began = max(began, datetime.combine(until, time(), tzinfo=now.tzinfo))
    return began


def triage_deadline(item: Improvement, now: datetime, limits: Limits = LIMITS) -> datetime | None:
    """Return when an improvement must have left the inbox; None where it does not wait in it.

    A deferred one waits again from its day on.
    """
    is_back = item.stage is Stage.DEFERRED and item.deferred_until is not None
    if item.stage is not Stage.INBOX and not is_back:
        return None
    began = triage_began(item, now)
    span = timedelta(hours=limits.triage_hours)
    return _after_workdays(began, span, now) if limits.workdays else began + span


def is_triage_late(item: Improvement, now: datetime, limits: Limits = LIMITS) -> bool:
    """Return whether the triage limit is breached: it waits for longer than 48 hours.

    Exactly at its deadline it is not late yet.
    """
    deadline = triage_deadline(item, now, limits)
    return deadline is not None and now > deadline


def deadline_of(item: Improvement, now: datetime, limits: Limits = LIMITS) -> date | None:
    """Return the day by which an improvement should be done: its own date, or its severity's.

    Its own date wins, because somebody set it on purpose. A deferred improvement has no deadline
    before its day. Days are those of the zone of `now`.
    """
    if item.stage is Stage.DEFERRED and not _is_back(item, now):
        return None
    if item.due is not None:
        return item.due
    days = limits.fix_days.get(item.severity) if item.severity else None
    if days is None:
        return None
    return item.created_at.astimezone(now.tzinfo).date() + timedelta(days=days)


def due_in(item: Improvement, now: datetime, limits: Limits = LIMITS) -> int | None:
    """Return the days until an open improvement's deadline, negative once it has passed."""
    if not item.stage.is_open:
        return None
    deadline = deadline_of(item, now, limits)
    return None if deadline is None else (deadline - now.date()).days


def is_overdue(item: Improvement, now: datetime, limits: Limits = LIMITS) -> bool:
    """Return whether an open improvement's deadline has passed."""
    if item.due is None and item.severity is None:  # most have neither, and all are asked
        return False
    days = due_in(item, now, limits)
    return days is not None and days < 0


def escalated(
    items: Iterable[Improvement], now: datetime, limits: Limits = LIMITS
) -> tuple[Improvement, ...]:
    """Return the critical improvements that are overdue, longest overdue first."""
    critical = Severity.CRITICAL
    found = [
        (days, split_id(item.id), item)
        for item in items
        if item.severity is critical
        and (days := due_in(item, now, limits)) is not None
        and days < 0
    ]
    return tuple(item for _, _, item in sorted(found, key=lambda each: each[:2]))


def raised(
    items: Iterable[Improvement], now: datetime, limits: Limits = LIMITS
) -> list[Improvement]:
    """Return improvements in their order, the critical ones that are overdue before all others."""
    ordered = list(items)
    first = {item.id for item in escalated(ordered, now, limits)}
    return sorted(ordered, key=lambda item: item.id not in first) if first else ordered


def breached(
    items: Iterable[Improvement], now: datetime, limits: Limits = LIMITS
) -> tuple[Improvement, ...]:
    """Return the improvements beyond the triage limit, longest waiting first."""
    late = [item for item in items if is_triage_late(item, now, limits)]
    return tuple(sorted(late, key=lambda item: (triage_began(item, now), split_id(item.id))))


def _is_back(item: Improvement, now: datetime) -> bool:
    return item.deferred_until is not None and item.deferred_until <= now.date()


def _after_workdays(began: datetime, span: timedelta, now: datetime) -> datetime:
    """Return the moment after a span of which only Mondays to Fridays count, in the zone of now."""
    at = began.astimezone(now.tzinfo)
    while True:
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), tzinfo=now.tzinfo)
        if at.weekday() < _WEEKEND:
            left = midnight.astimezone(began.tzinfo) - at.astimezone(began.tzinfo)
            if span <= left:
                return at + span
            span -= left
        at = midnight
