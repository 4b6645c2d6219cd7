"""The timer: one at a time, and it survives whatever happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from weakref import WeakKeyDictionary

import msgspec

from hansei_core.errors import StorageError, UsageError
from hansei_core.planning.time import (
    TimeEntry,
    format_time_id,
    hours_of,
    is_forgotten,
    overlapping,
)
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import ACTIVE, SERIES_TIME, TIME_ENTRIES, TIMER
from hansei_core.verbs.records import Outcome, Reader, resolve


def running(reader: Reader) -> TimeEntry | None:
    """Return the entry whose timer runs, or None; a record that cannot be read runs nowhere."""
    document = reader.get(TIMER, ACTIVE)
    try:
        return None if document is None else TimeEntry.from_document(document)
    except StorageError:
        return None


def entries(store: Store) -> tuple[TimeEntry, ...]:
    """Return all entries by start, with the running one at the end.

    They are read once for each state of the store, so that ten years of them do not slow down a
    screen. A damaged record is passed over; `hansei doctor` names it.
    """
    known = _read.get(store)
    if known is None or known[0] != store.seq:
        seq = store.seq
        known = (seq, tuple(sorted(_closed(store), key=lambda entry: (entry.start, entry.id))))
        _read[store] = known
    active = running(store)
    return (*known[1], active) if active else known[1]


_read: WeakKeyDictionary[Store, tuple[int, tuple[TimeEntry, ...]]] = WeakKeyDictionary()
"""What was read last of each open store, with the number of the transaction it was read at."""


def _closed(store: Store) -> Iterable[TimeEntry]:
    try:
        return store.values(TIME_ENTRIES, TimeEntry).values()
    except msgspec.ValidationError:
        return _read_one_by_one(store)


def _read_one_by_one(store: Store) -> list[TimeEntry]:
    found: list[TimeEntry] = []
    for document in store.all(TIME_ENTRIES).values():
        try:
            found.append(TimeEntry.from_document(document))
        except StorageError:
            continue
    return found


def start(
    store: Store, reference: str, *, now: datetime, at: datetime | None = None
) -> Outcome[TimeEntry]:
    """Start the timer of an improvement; a timer that runs is stopped at the same moment.

    Starting the one that runs already changes nothing.

    Raises:
        NotFoundError: The reference means nothing.
        UsageError: `at` lies in the future, or before the start of the timer that runs.
    """
    moment = _past(at, now)
    improvement_id = resolve(store, reference, now=now)
    active = running(store)
    if active is not None and active.improvement_id == improvement_id:
        return Outcome(active, f"the timer of {improvement_id} runs already")
    label = f"start the timer of {improvement_id}"
    with store.transaction(label, now=now) as transaction:
        active = running(transaction)
        if active is not None:
            _close(transaction, active, moment, "")
        number = transaction.allocate(SERIES_TIME)
        entry = TimeEntry(format_time_id(number), improvement_id, moment)
        transaction.put(TIMER, ACTIVE, entry.to_document())
    stopped: tuple[str, ...] = ()
    if active is not None:
        stopped = (f"stopped {active.improvement_id}", *_doubts(active, moment))
    return Outcome(entry, label, (*stopped, *overlap_notes(store, entry, now)))


def stop(
    store: Store, *, now: datetime, at: datetime | None = None, note: str = ""
) -> Outcome[TimeEntry]:
    """Stop the timer that runs.

    Raises:
        UsageError: None runs, or `at` lies in the future or before its start.
    """
    moment = _past(at, now)
    active = _must_run(store)
    with store.transaction(f"stop the timer of {active.improvement_id}", now=now) as transaction:
        entry = _close(transaction, _must_run(transaction), moment, note)
    spent = hours_of(entry, now)
    label = f"{entry.improvement_id}: {f'{spent:.2f} h' if spent >= 1 / 60 else 'under a minute'}"
    doubts = () if at else _doubts(active, moment)
    return Outcome(entry, label, (*overlap_notes(store, entry, now), *doubts))


def _doubts(active: TimeEntry, end: datetime) -> tuple[str, ...]:
    """Return what is to be said of a timer that was stopped after longer than anybody works."""
    if not is_forgotten(active, end):
        return ()
    spent = hours_of(active, end)
    return (f"{spent:.0f} h at a stretch: forgotten? undo, then stop it at the right time (--at)",)


def cancel(store: Store, *, now: datetime) -> Outcome[TimeEntry]:
    """Throw away the timer that runs, as if it had never been started.

    Raises:
        UsageError: None runs.
    """
    active = _must_run(store)
    label = f"cancel the timer of {active.improvement_id}"
    with store.transaction(label, now=now) as transaction:
        transaction.delete(TIMER, ACTIVE)
    return Outcome(active, label)


def overlap_notes(store: Store, entry: TimeEntry, now: datetime) -> tuple[str, ...]:
    """Return a sentence about other entries that share time with one, if there are any."""
    others = overlapping(entries(store), entry, now)
    if not others:
        return ()
    names = ", ".join(each.id for each in others[:3]) + (" …" if len(others) > 3 else "")
    return (f"overlaps {names}: those minutes count twice",)


def _must_run(reader: Reader) -> TimeEntry:
    active = running(reader)
    if active is None:
        raise UsageError("no timer runs", "start one: `hansei timer start ID`")
    return active


def _close(transaction: Transaction, entry: TimeEntry, end: datetime, note: str) -> TimeEntry:
    if end < entry.start:
        raise UsageError(
            f"the timer of {entry.improvement_id} was started at {entry.start.isoformat()},"
            f" after {end.isoformat()}",
            "name a later moment, or cancel the timer",
        )
    closed = replace(entry, end=end, note=note.strip() or entry.note)
    transaction.delete(TIMER, ACTIVE)
    transaction.put(TIME_ENTRIES, closed.id, closed.to_document())
    return closed


def _past(at: datetime | None, now: datetime) -> datetime:
    if at is not None and at > now:
        raise UsageError(f"{at.isoformat()} lies in the future", "name a moment that has passed")
    return at or now
