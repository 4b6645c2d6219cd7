"""Closed stretches of work: added by hand, mended, cut, and taken over from another tracker.

What runs can be mended too, by its own id: its start, its note, and breaks in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.planning.time import TimeEntry, format_time_id, hours_of
from hansei_core.planning.trackers import Stretch
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import ACTIVE, SERIES_TIME, TIME_ENTRIES, TIMER
from hansei_core.verbs.records import Outcome, Reader, resolve
from hansei_core.verbs.times import entries, overlap_notes, running


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    entries: tuple[TimeEntry, ...]
    known: int
    """Stretches that are here already, from an import before."""
    hours: float


def add_entry(
    store: Store, reference: str, begin: datetime, end: datetime, *, now: datetime, note: str = ""
) -> Outcome[TimeEntry]:
    """Add a stretch of work by hand.

    Raises:
        NotFoundError: The reference means nothing.
        UsageError: The end is not after the start, or lies in the future.
    """
    _check_stretch(begin, end, now)
    improvement_id = resolve(store, reference, now=now)
    label = f"add {(end.timestamp() - begin.timestamp()) / 3600:.2f} h to {improvement_id}"
    with store.transaction(label, now=now) as transaction:
        entry = TimeEntry("", improvement_id, begin, end, note.strip(), "hand")
        entry = _put_new(transaction, entry)
    return Outcome(entry, label, overlap_notes(store, entry, now))


def edit_entry(
    store: Store,
    entry_id: str,
    *,
    now: datetime,
    begin: datetime | None = None,
    end: datetime | None = None,
    note: str | None = None,
    reference: str = "",
) -> Outcome[TimeEntry]:
    """Change start, end, note or improvement of an entry; what is None or empty stays.

    Raises:
        NotFoundError: There is no such entry, or the reference means nothing.
        UsageError: The end would not be after the start, or lie in the future; or the entry still
            runs and an end is given.
    """
    label = f"edit {entry_id}"
    improvement_id = resolve(store, reference, now=now) if reference else ""
    with store.transaction(label, now=now) as transaction:
        old = _entry(transaction, entry_id)
        if old.end is None and end is not None:
            raise UsageError(f"{old.id} still runs", "stop it: `hansei timer stop --at 12:30`")
        new = replace(
            old,
            improvement_id=improvement_id or old.improvement_id,
            start=begin or old.start,
            end=end or old.end,
            note=old.note if note is None else note.strip(),
        )
        if new.end is None:
            _check_past(new.start, now)
        else:
            _check_stretch(new.start, new.end, now)
        _put(transaction, new)
    return Outcome(new, label, overlap_notes(store, new, now))


def delete_entry(store: Store, entry_id: str, *, now: datetime) -> Outcome[TimeEntry]:
    """Remove a closed entry; undo brings it back.

    Raises:
        NotFoundError: There is no such entry.
        UsageError: It still runs.
    """
    label = f"delete {entry_id}"
    with store.transaction(label, now=now) as transaction:
        old = _entry(transaction, entry_id)
        if old.end is None:
            raise UsageError(f"{old.id} still runs", "`hansei timer cancel` throws it away")
        transaction.delete(TIME_ENTRIES, old.id)
    return Outcome(old, label)


def split_entry(
    store: Store, entry_id: str, at: datetime, *, now: datetime, reference: str = ""
) -> Outcome[tuple[TimeEntry, TimeEntry]]:
    """Cut a closed entry in two that meet; the second may belong to another improvement.

    Raises:
        NotFoundError: There is no such entry, or the reference means nothing.
        UsageError: The moment does not lie within it, or it still runs.
    """
    label = f"split {entry_id}"
    improvement_id = resolve(store, reference, now=now) if reference else ""
    with store.transaction(label, now=now) as transaction:
        old = _entry(transaction, entry_id)
        if old.end is None:
            raise UsageError(
                f"{old.id} still runs", "start the other one: `hansei timer start ID --at 10:00`"
            )
        if not old.start < at < old.end:
            raise UsageError(
                f"{at.isoformat()} does not lie within {old.id}",
                f"it runs from {old.start.isoformat()} to {old.end.isoformat()}",
            )
        first = replace(old, end=at)
        _put(transaction, first)
        second = replace(old, start=at, improvement_id=improvement_id or old.improvement_id)
        second = _put_new(transaction, second)
    return Outcome((first, second), label)


def add_break(
    store: Store, begin: datetime, end: datetime, *, now: datetime, entry_id: str = ""
) -> Outcome[tuple[TimeEntry, ...]]:
    """Take a break out of an entry; of the timer that runs where none is named.

    A break in the middle leaves two entries; one over an edge makes it shorter. A timer that runs
    goes on from the break's end.

    Returns:
        What is left of the entry, by start.

    Raises:
        NotFoundError: There is no such entry.
        UsageError: No timer runs, the break does not meet the entry or covers it whole, or ends
            in the future.
    """
    _check_stretch(begin, end, now, what="a break")
    active = running(store)
    if not entry_id and active is None:
        raise UsageError("no timer runs", "name the entry: `hansei timer log` lists them")
    name = entry_id or (active.id if active else "")
    label = f"take a break out of {name}"
    with store.transaction(label, now=now) as transaction:
        old = _entry(transaction, name)
        last = old.end or now
        if end <= old.start or begin >= last:
            raise UsageError(
                f"the break does not lie within {old.id}",
                f"it runs from {old.start.isoformat()} to {last.isoformat()}",
            )
        if begin <= old.start and end >= last and old.end is not None:
            raise UsageError(
                f"the break would leave nothing of {old.id}", f"`hansei timer delete {old.id}`"
            )
        left = _without(transaction, old, begin, end)
    minutes = (end.timestamp() - begin.timestamp()) / 60
    return Outcome(left, f"{label}: {minutes:.0f} min")


def resume(store: Store, *, now: datetime, at: datetime | None = None) -> Outcome[TimeEntry]:
    """Start the timer of the improvement that was worked on last.

    Raises:
        UsageError: A timer runs, or nothing was ever tracked.
    """
    from hansei_core.verbs.times import start

    active = running(store)
    if active is not None:
        raise UsageError(f"the timer of {active.improvement_id} runs already")
    closed = [entry for entry in entries(store) if entry.end is not None]
    if not closed:
        raise UsageError("nothing was tracked yet", "start with: `hansei timer start ID`")
    newest = max(closed, key=lambda entry: (entry.end or entry.start, entry.id))
    return start(store, newest.improvement_id, now=now, at=at)


def import_entries(
    store: Store, stretches: Iterable[Stretch], *, now: datetime
) -> Outcome[Imported]:
    """Take over what another tracker recorded, as one transaction; a second time adds nothing.

    Raises:
        UsageError: A stretch ends before it starts, or in the future.
    """
    wanted = tuple(stretches)
    there = {_mark(entry.improvement_id, entry.start, entry.end) for entry in entries(store)}
    new: list[Stretch] = []
    for stretch in wanted:
        _check_stretch(stretch.start, stretch.end, now)
        mark = _mark(stretch.improvement_id, stretch.start, stretch.end)
        if mark not in there:
            there.add(mark)
            new.append(stretch)
    made: list[TimeEntry] = []
    if new:
        with store.transaction(f"import {len(new)} time entries", now=now) as transaction:
            made.extend(
                _put_new(
                    transaction,
                    TimeEntry(
                        "", each.improvement_id, each.start, each.end, each.note, each.source
                    ),
                )
                for each in new
            )
    hours = sum(hours_of(entry, now) for entry in made)
    outcome = Imported(tuple(made), len(wanted) - len(new), hours)
    return Outcome(outcome, f"imported {len(made)} time entries, {hours:.2f} h")


def _mark(improvement_id: str, start: datetime, end: datetime | None) -> tuple[str, float, float]:
    return (improvement_id, start.timestamp(), end.timestamp() if end else 0.0)


def _without(
    transaction: Transaction, old: TimeEntry, begin: datetime, end: datetime
) -> tuple[TimeEntry, ...]:
    before = replace(old, end=begin) if old.start < begin else None
    runs = old.end is None
    after = replace(old, start=end) if runs or end < (old.end or end) else None
    if before is None or after is None:
        whole = before or after
        assert whole is not None  # noqa: S101 -- the caller refused a break over everything
        _put(transaction, whole)
        return (whole,)
    if not runs:
        _put(transaction, before)
        return (before, _put_new(transaction, after))
    transaction.put(TIME_ENTRIES, before.id, before.to_document())
    after = replace(after, id=format_time_id(transaction.allocate(SERIES_TIME)))
    transaction.put(TIMER, ACTIVE, after.to_document())
    return (before, after)


def _entry(reader: Reader, entry_id: str) -> TimeEntry:
    wanted = entry_id.strip().upper()
    active = running(reader)
    if active is not None and active.id == wanted:
        return active
    document = reader.get(TIME_ENTRIES, wanted)
    if document is None:
        raise NotFoundError(f"there is no time entry “{entry_id}”", "`hansei timer log` lists them")
    return TimeEntry.from_document(document)


def _put(transaction: Transaction, entry: TimeEntry) -> None:
    """Write an entry where it stands: in the timer's place while it runs."""
    table, name = (TIMER, ACTIVE) if entry.end is None else (TIME_ENTRIES, entry.id)
    transaction.put(table, name, entry.to_document(keep=transaction.get(table, name)))


def _put_new(transaction: Transaction, entry: TimeEntry) -> TimeEntry:
    numbered = replace(entry, id=format_time_id(transaction.allocate(SERIES_TIME)))
    transaction.put(TIME_ENTRIES, numbered.id, numbered.to_document())
    return numbered


def _check_past(moment: datetime, now: datetime) -> None:
    if moment > now:
        raise UsageError(
            f"{moment.isoformat()} lies in the future", "name a moment that has passed"
        )


def _check_stretch(
    begin: datetime, end: datetime, now: datetime, *, what: str = "a stretch of work"
) -> None:
    if end <= begin:
        raise UsageError(f"{what} must end after it begins")
    _check_past(end, now)
