"""The names of the store's tables and number series, in one place for every floor above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

IMPROVEMENTS: Final = "improvements"
"""`Improvement` by its id."""
RETROS: Final = "retros"
"""`Retro` by its id."""
PLANS: Final = "plans"
"""`WeekPlan` by its week (`2026-W47`)."""
RITUALS: Final = "rituals"
"""The clock of a week's ritual by its week; bookkeeping that is in no undo's way."""
MEASUREMENTS: Final = "measurements"
"""`Measurement` by its id."""
METRIC_READINGS: Final = "metric_readings"
"""`Reading` of a metric that is given by hand, by its id."""
TIME_ENTRIES: Final = "time_entries"
"""Closed `TimeEntry` by its id."""
TIMER: Final = "timer"
"""The running `TimeEntry`, at most one, under the id `ACTIVE`."""
ACTIVE: Final = "active"
"""The only record id of the table `TIMER`."""
DECISIONS: Final = "decisions"
"""`Decision` by its id; added to, never edited."""
ALERTS: Final = "alerts"
"""What each threshold raised, by its name and its subject; bookkeeping."""
SIGNALS: Final = "signals"
"""`Signal` (a failure that a report told of) by its fingerprint."""
THEMES: Final = "themes"
"""`Theme` by its id, as `themes.model` writes it; written by the theme verbs."""
THEME_STATE: Final = "theme_state"
"""`state`: what the theme model remembers besides themes; `decisions`: what the user decided."""

SERIES_DECISION: Final = "decision"
"""Number series of decision ids."""
SERIES_RETRO: Final = "retro"
"""Number series of retro ids."""
SERIES_TIME: Final = "time"
"""Number series of time entry ids."""
SERIES_READING: Final = "metric_reading"
"""Number series of the ids of readings."""
SERIES_MEASUREMENT: Final = "measurement"
"""Number series of measurement ids."""

LEARNED: Final[Mapping[str, frozenset[str]]] = {
    THEMES: frozenset({"terms", "carried", "size", "threshold", "offered_name"})
}
"""Fields that hansei goes on writing by itself after the user's own change of a record.

They stand in no undo's way, and no undo takes them back."""
REFERRING: Final = (RETROS, PLANS, TIME_ENTRIES, TIMER, MEASUREMENTS)
"""The tables whose records name improvements by their ids, each id a value of its own."""


def series_of_year(year: int) -> str:
    """Return the number series of the improvements that are created in a year."""
    return f"improvement:{year}"
