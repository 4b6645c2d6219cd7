"""Numbers of metrics that no log tells, given by hand."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

from hansei_core.errors import HanseiError, NotFoundError, UsageError
from hansei_core.metrics.custom import check_name
from hansei_core.metrics.model import Better
from hansei_core.metrics.readings import Reading
from hansei_core.store.protocol import Store
from hansei_core.tables import METRIC_READINGS, SERIES_READING
from hansei_core.verbs.records import Outcome

_TEXT_LIMIT: Final = 40


def load_readings(store: Store) -> tuple[Reading, ...]:
    """Return all readings, oldest first; a damaged record is passed over, `doctor` names it."""
    found: list[Reading] = []
    for document in store.all(METRIC_READINGS).values():
        try:
            found.append(Reading.from_document(document))
        except HanseiError:
            continue
    return tuple(sorted(found, key=lambda each: (each.at, each.id)))


def record_reading(
    store: Store,
    metric: str,
    value: float,
    *,
    now: datetime,
    at: datetime | None = None,
    unit: str = "",
    better: str = "",
    note: str = "",
) -> Outcome[Reading]:
    """Keep a number of a metric that is given by hand; a new name makes a new metric.

    Args:
        store: Open.
        metric: Its name: small letters, digits and dashes.
        value: Any finite number.
        now: Aware.
        at: When it held; None: now.
        unit: As it is to be shown; an empty one stays as it was.
        better: `up` or `down`; likewise.
        note: A few words.

    Raises:
        UsageError: The name is hansei's own or no name, the number is none, or `at` is to come.
    """
    check_name(metric)
    if not math.isfinite(value):
        raise UsageError(f"“{value}” is no number", "write it as 12 or 0.5")
    if better and better not in tuple(Better):
        raise UsageError(f"“{better[:20]}” is no direction", "write up or down")
    moment = at or now
    if moment > now:
        raise UsageError("a reading cannot be of a time to come", "leave --at away for now")
    unit = " ".join(unit.split())
    if len(unit) > _TEXT_LIMIT:
        raise UsageError(f"a unit has at most {_TEXT_LIMIT} characters", "write min, MB, percent")
    label = f"record {metric} {value:g}{' ' + unit if unit else ''}"
    with store.transaction(label, now=now) as transaction:
        number = transaction.allocate(SERIES_READING)
        new = Reading(f"V-{number:04d}", metric, value, moment, unit, better, note.strip())
        transaction.put(METRIC_READINGS, new.id, new.to_document())
    return Outcome(new, label)


def drop_reading(store: Store, reading_id: str, *, now: datetime) -> Outcome[Reading]:
    """Remove a reading; undo brings it back.

    Raises:
        NotFoundError: There is no such reading.
    """
    name = reading_id.strip().upper()
    document = store.get(METRIC_READINGS, name)
    if document is None:
        raise NotFoundError(
            f"there is no reading “{reading_id[:40]}”", "`hansei metrics show NAME` lists them"
        )
    old = Reading.from_document(document)
    label = f"drop the reading {name} of {old.metric}"
    with store.transaction(label, now=now) as transaction:
        transaction.delete(METRIC_READINGS, name)
    return Outcome(old, label)
