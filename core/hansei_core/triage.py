"""Triage: what waits in the inbox, in which order, and how long the user has been at it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from hansei_core.backlog import is_back, is_shown
from hansei_core.deadlines import LIMITS, Limits, is_overdue, is_triage_late, triage_began
from hansei_core.documents import Moment, from_document, to_document
from hansei_core.improvement import Improvement, split_id
from hansei_core.store.protocol import Document
from hansei_core.vocabulary import Severity, Stage

NEW_SITTING: Final = timedelta(minutes=60)
"""After so long without a word the user has left, and the next look is a new sitting."""
SNOOZES: Final = (
    ("a week", timedelta(weeks=1)),
    ("two weeks", timedelta(weeks=2)),
    ("a month", timedelta(days=30)),
)
"""The ways to put something off, by their digit less one."""


def waits(item: Improvement, today: date) -> bool:
    """Return whether an improvement waits for triage: in the inbox, or back from deferral."""
    return (item.stage is Stage.INBOX and is_shown(item, today)) or is_back(item, today)


def triage_order(
    items: Iterable[Improvement], now: datetime, limits: Limits = LIMITS
) -> tuple[Improvement, ...]:
    """Return what waits for triage, what matters most first.

    Critical ones, then overdue ones, then those that came back from deferral, then the oldest.
    """
    today = now.date()
    return tuple(
        sorted(
            (item for item in items if waits(item, today)),
            key=lambda item: (
                item.severity is not Severity.CRITICAL,
                not is_overdue(item, now, limits),
                item.stage is not Stage.DEFERRED,
                item.created_at,
                split_id(item.id),
            ),
        )
    )


@dataclass(frozen=True, slots=True)
class PreRead:
    """What the inbox holds, said before its first item."""

    waiting: int = 0
    critical: int = 0
    overdue: int = 0
    back: int = 0
    """Back from deferral."""
    late: int = 0
    """Beyond the triage limit."""
    auto: int = 0
    """Raised by a threshold of the user's."""
    oldest_days: int = 0
    """Days that the oldest one has waited."""
    next_back: date | None = None
    """The day on which the next snoozed or deferred one comes back."""


def pre_read(
    items: Iterable[Improvement],
    now: datetime,
    limits: Limits = LIMITS,
    waiting: Collection[Improvement] | None = None,
) -> PreRead:
    """Return the summary of the inbox.

    Args:
        items: All improvements.
        now: Aware, in the user's zone.
        limits: Deadlines of triage and severity.
        waiting: What waits, where the caller has it already.
    """
    everything = tuple(items)
    found = triage_order(everything, now, limits) if waiting is None else waiting
    today = now.date()
    put_off = [
        day
        for item in everything
        if (item.snoozed_until or item.deferred_until) is not None  # the fewest have a day
        and item.stage in (Stage.INBOX, Stage.DEFERRED)
        for day in (item.deferred_until if item.stage is Stage.DEFERRED else item.snoozed_until,)
        if day is not None and day > today
    ]
    began = [triage_began(item, now) for item in found]
    oldest = min(began).astimezone(now.tzinfo).date() if began else today
    if limits.workdays:
        late = sum(is_triage_late(item, now, limits) for item in found)
    else:
        latest = now - timedelta(hours=limits.triage_hours)
        late = sum(moment < latest for moment in began)
    return PreRead(
        waiting=len(found),
        critical=sum(item.severity is Severity.CRITICAL for item in found),
        overdue=sum(is_overdue(item, now, limits) for item in found),
        back=sum(item.stage is Stage.DEFERRED for item in found),
        late=late,
        auto=sum("auto" in item.tags for item in found),
        oldest_days=(today - oldest).days,
        next_back=min(put_off, default=None),
    )


@dataclass(frozen=True, slots=True)
class Sitting:
    """One go at the inbox: when it began, what was done, and where it stood."""

    began_at: Moment
    seen_at: Moment
    """When the user last did something."""
    item_id: str = ""
    """The improvement under the cursor."""
    done: int = 0
    """Improvements that were decided on."""

    def minutes(self, now: datetime) -> float:
        """Return how long it has taken so far."""
        return max((now - self.began_at).total_seconds() / 60, 0.0)

    def to_document(self) -> Document:
        """Return it as a draft's fields."""
        return to_document(self)


def resumed(document: Document | None, now: datetime) -> Sitting:
    """Return the sitting that a kept draft tells of, or a new one where it is over or damaged."""
    from hansei_core.errors import StorageError

    if document is not None:
        try:
            kept = from_document(Sitting, document)
        except StorageError:
            kept = None
        if kept is not None and timedelta(0) <= now - kept.seen_at <= NEW_SITTING:
            return kept
    return Sitting(now, now)
