"""Measuring improvements: a baseline, a number after it, by hand or by a computation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from hansei_core.errors import HanseiError, NotFoundError, UsageError
from hansei_core.improvement import with_history
from hansei_core.measurement import (
    BY_HAND,
    MOST_METRICS,
    Measurement,
    check_number,
    format_measurement_id,
)
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import MEASUREMENTS, SERIES_MEASUREMENT
from hansei_core.verbs.records import (
    Outcome,
    read_improvement,
    resolve,
    write_improvement,
)


def load_measurements(store: Store) -> tuple[Measurement, ...]:
    """Return all measurements, oldest first.

    A damaged record is passed over; `hansei doctor` names it.
    """
    found: list[Measurement] = []
    for document in store.all(MEASUREMENTS).values():
        try:
            found.append(Measurement.from_document(document))
        except HanseiError:
            continue
    return tuple(sorted(found, key=lambda each: (each.at, each.id)))


def measured_ids(measurements: Iterable[Measurement]) -> frozenset[str]:
    """Return the ids of the improvements that have a number after; a baseline alone is none."""
    return frozenset(each.improvement_id for each in measurements if each.after is not None)


def measure(
    store: Store,
    reference: str,
    metric: str,
    *,
    now: datetime,
    before: float | None = None,
    after: float | None = None,
    unit: str = "",
    target: float | None = None,
    target_percent: float | None = None,
    guard: bool | None = None,
    source: str = BY_HAND,
) -> Outcome[Measurement]:
    """Keep what a metric was, is, or should be; the numbers of a metric known already are filled.

    The first metric of an improvement is its primary one, two more may be guard-rails.

    Args:
        store: Where it is kept.
        reference: The improvement.
        metric: Its name in the user's words; case and blanks do not tell two apart.
        now: Aware.
        before: The number before.
        after: The number now.
        unit: Of the numbers.
        target: What is hoped for, in the same unit.
        target_percent: The same as a change in percent of the number before.
        guard: Whether it is a guard-rail (True) or the primary metric (False), which makes a
            guard-rail of the one before; None: as it was.
        source: Who gives the numbers.

    Raises:
        NotFoundError: The reference means nothing.
        UsageError: The metric has no name, no number is given, or it would be the fourth metric.
    """
    name = " ".join(metric.split())
    if not name:
        raise UsageError("a measurement needs a metric", "name what was measured: build time")
    given = _given(before, after, target, target_percent)
    if not given and guard is None:
        raise UsageError("there is no number to keep", "give before, after or target")
    improvement_id = resolve(store, reference, now=now)
    label = f"measure {improvement_id}: {name}"
    with store.transaction(label, now=now) as transaction:
        known = _of_improvement(transaction, improvement_id)
        old = next((each for each in known if each.metric.casefold() == name.casefold()), None)
        others = [each for each in known if each is not old]
        if old is None:
            old = _begun(transaction, improvement_id, name, others, now)
        if guard is not None:
            old = replace(old, guard=guard)
        if guard is False:
            for each in others:
                _put(transaction, replace(each, guard=True))
        new = replace(old, at=now, unit=unit.strip() or old.unit, source=source, **given)  # type: ignore[arg-type]  # the keys are the three number fields
        _put(transaction, new)
        item = read_improvement(transaction, improvement_id)
        write_improvement(transaction, with_history(item, now, f"measured: {new.said}"))
    return Outcome(new, f"measure {improvement_id}: {new.said}")


def drop_measurement(store: Store, measurement_id: str, *, now: datetime) -> Outcome[Measurement]:
    """Remove a measurement; undo brings it back.

    Raises:
        NotFoundError: There is no such measurement.
    """
    document = store.get(MEASUREMENTS, measurement_id)
    if document is None:
        raise NotFoundError(f"there is no measurement “{measurement_id}”", "`hansei show` has them")
    old = Measurement.from_document(document)
    label = f"drop the measurement {measurement_id} of {old.improvement_id}"
    with store.transaction(label, now=now) as transaction:
        transaction.delete(MEASUREMENTS, measurement_id)
        left = _of_improvement(transaction, old.improvement_id)
        if left and all(each.guard for each in left):
            _put(transaction, replace(left[0], guard=False))
    return Outcome(old, label)


def find_measurement(store: Store, reference: str, metric: str, *, now: datetime) -> Measurement:
    """Return the measurement of an improvement's metric.

    Raises:
        NotFoundError: The reference means nothing, or that metric was never measured.
    """
    improvement_id = resolve(store, reference, now=now)
    name = " ".join(metric.split()).casefold()
    known = _of_improvement(store, improvement_id)
    for each in known:
        if each.metric.casefold() == name:
            return each
    names = ", ".join(each.metric for each in known)
    raise NotFoundError(
        f"“{metric}” of {improvement_id} was never measured",
        f"its metrics: {names}" if names else "nothing of it is measured yet",
    )


def _given(
    before: float | None, after: float | None, target: float | None, target_percent: float | None
) -> dict[str, float | None]:
    """Return the fields to fill; a target of the one kind takes the place of the other kind's."""
    if target is not None and target_percent is not None:
        raise UsageError("two targets are given", "give a number or a percentage")
    numbers = {"before": check_number("before", before), "after": check_number("after", after)}
    given: dict[str, float | None] = {k: v for k, v in numbers.items() if v is not None}
    if target is None and target_percent is None:
        return given
    return given | {
        "target": check_number("target", target),
        "target_percent": check_number("target", target_percent),
    }


def _of_improvement(reader: Store | Transaction, improvement_id: str) -> list[Measurement]:
    """Return the measurements of an improvement, the first one first."""
    found = []
    for document in reader.all(MEASUREMENTS).values():
        try:
            each = Measurement.from_document(document)
        except HanseiError:
            continue
        if each.improvement_id == improvement_id:
            found.append(each)
    return sorted(found, key=lambda each: each.id)


def _begun(
    transaction: Transaction,
    improvement_id: str,
    metric: str,
    others: list[Measurement],
    now: datetime,
) -> Measurement:
    """Return a new measurement: the primary one where there is none yet, else a guard-rail."""
    if len(others) >= MOST_METRICS:
        names = ", ".join(each.metric for each in others)
        raise UsageError(
            f"{improvement_id} has {len(others)} metrics already: {names}; a primary one and two"
            " guard-rails are what still proves something",
            f"measure one of them, or drop one: "
            f"hansei measure {improvement_id} “{others[-1].metric}” --drop",
        )
    number = transaction.allocate(SERIES_MEASUREMENT)
    guard = any(not each.guard for each in others)
    return Measurement(format_measurement_id(number), improvement_id, metric, now, guard=guard)


def _put(transaction: Transaction, measurement: Measurement) -> None:
    old = transaction.get(MEASUREMENTS, measurement.id)
    transaction.put(MEASUREMENTS, measurement.id, measurement.to_document(old))
