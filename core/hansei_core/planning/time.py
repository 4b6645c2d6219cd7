"""Time spent on improvements: entries, the one running timer, sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from datetime import time as time_of_day
from itertools import pairwise
from typing import Final

from hansei_core.documents import Moment, from_document, to_document
from hansei_core.planning.week import Week
from hansei_core.store.protocol import Document
from hansei_sessions.value import Value

FORGOTTEN_AFTER_HOURS: Final = 4.0


class TimeEntry(Value, frozen=True):
    """A stretch of work on one improvement."""

    id: str
    """`T-001`, never re-used."""
    improvement_id: str
    start: Moment
    end: Moment | None = None
    """None while it runs."""
    note: str = ""
    source: str = "timer"
    """timer, hand, or the tool it was imported from."""

    def to_document(self, keep: Document | None = None) -> Document:
        """Return it as a store document; `keep` is the one it replaces."""
        return to_document(self, keep=keep)

    @classmethod
    def from_document(cls, document: Document) -> TimeEntry:
        """Return the entry that a store document holds.

        Raises:
            StorageError: A field has a value that it cannot have.
        """
        return from_document(cls, document)


def format_time_id(number: int) -> str:
    """Return the id of the time entry with this number of its series."""
    return f"T-{number:03d}"


def hours_of(entry: TimeEntry, now: datetime) -> float:
    """Return the hours of an entry; a running one counts until now.

    Time stamps are subtracted, not wall clocks: those are an hour wrong over a change of the clock.
    """
    return max(0.0, (entry.end or now).timestamp() - entry.start.timestamp()) / 3600


def is_forgotten(entry: TimeEntry, now: datetime) -> bool:
    """Return whether a running timer has run so long that its user probably forgot it."""
    return entry.end is None and hours_of(entry, now) > FORGOTTEN_AFTER_HOURS


def hours_by_item(entries: Iterable[TimeEntry], now: datetime) -> dict[str, float]:
    """Return tracked hours by improvement."""
    sums: dict[str, float] = {}
    for entry in entries:
        sums[entry.improvement_id] = sums.get(entry.improvement_id, 0.0) + hours_of(entry, now)
    return sums


def cut_to(entry: TimeEntry, start: datetime, end: datetime, now: datetime) -> TimeEntry | None:
    """Return the part of an entry between two moments, or None where they do not meet."""
    first, last = max(entry.start, start), min(entry.end or now, end)
    return replace(entry, start=first, end=last) if first < last else None


def overlapping(
    entries: Iterable[TimeEntry], one: TimeEntry, now: datetime
) -> tuple[TimeEntry, ...]:
    """Return the other entries that share time with one; a running entry lasts until now."""
    end = one.end or now
    return tuple(
        entry
        for entry in entries
        if entry.id != one.id and entry.start < end and one.start < (entry.end or now)
    )


def hours_in_week(entries: Iterable[TimeEntry], week: Week, now: datetime) -> dict[str, float]:
    """Return the hours tracked within a week, by improvement.

    The week runs from Monday to Monday, midnight of the zone of `now`; an entry over the edge
    counts in each week with its part.
    """
    start, end = _midnight(week, now), _midnight(week.next, now)
    parts = (cut_to(entry, start, end, now) for entry in entries)
    return hours_by_item((part for part in parts if part is not None), now)


def hours_by_day(entries: Iterable[TimeEntry], week: Week, now: datetime) -> tuple[float, ...]:
    """Return the hours tracked on each of a week's seven days, Monday first."""
    edges = [
        datetime.combine(day, time_of_day(), tzinfo=now.tzinfo)
        for day in (*week.days, week.next.monday)
    ]
    kept = tuple(entries)
    return tuple(
        sum(
            hours_of(part, now)
            for entry in kept
            if (part := cut_to(entry, start, end, now)) is not None
        )
        for start, end in pairwise(edges)
    )


def _midnight(week: Week, now: datetime) -> datetime:
    return datetime.combine(week.monday, time_of_day(), tzinfo=now.tzinfo)
