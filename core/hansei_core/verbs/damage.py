"""Records that are well formed and mean nothing: named one by one, left as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hansei_core.decisions import Decision
from hansei_core.errors import HanseiError
from hansei_core.improvement import Improvement
from hansei_core.measurement import Measurement
from hansei_core.metrics.readings import Reading
from hansei_core.planning.ritual import RitualClock
from hansei_core.planning.time import TimeEntry
from hansei_core.planning.week import WeekPlan
from hansei_core.retro import Retro
from hansei_core.signals import Signal
from hansei_core.store.protocol import Store
from hansei_core.tables import (
    DECISIONS,
    IMPROVEMENTS,
    MEASUREMENTS,
    METRIC_READINGS,
    PLANS,
    RETROS,
    RITUALS,
    SIGNALS,
    THEME_STATE,
    THEMES,
    TIME_ENTRIES,
    TIMER,
)
from hansei_core.verbs.theme_records import check_state, theme_of

_READ: Final[Mapping[str, Callable[[dict[str, Any]], object]]] = {
    IMPROVEMENTS: Improvement.from_document,
    RETROS: Retro.from_document,
    PLANS: WeekPlan.from_document,
    RITUALS: RitualClock.from_document,
    MEASUREMENTS: Measurement.from_document,
    METRIC_READINGS: Reading.from_document,
    TIME_ENTRIES: TimeEntry.from_document,
    TIMER: TimeEntry.from_document,
    DECISIONS: Decision.from_document,
    SIGNALS: Signal.from_document,
    THEMES: theme_of,
    THEME_STATE: check_state,
}


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that cannot be read as what its table holds."""

    table: str
    record_id: str
    reason: str


def damaged_records(store: Store) -> tuple[Damaged, ...]:
    """Return every record that is passed over wherever its table is read, by table and id."""
    return tuple(
        Damaged(table, record_id, reason)
        for table, read in _READ.items()
        for record_id, document in sorted(store.all(table).items())
        if (reason := _why_not(read, document))
    )


def _why_not(read: Callable[[dict[str, Any]], object], document: dict[str, Any]) -> str:
    """Return why a document cannot be read; empty where it can."""
    try:
        read(document)
    except HanseiError as error:
        return error.message
    return ""
