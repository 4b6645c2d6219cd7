"""How the sessions of a window compare with those of the twelve weeks before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Final

from hansei_core.themes.bands import Band, Normality, band
from hansei_core.themes.model import Document
from hansei_sessions.model import Session

WEEK: Final = timedelta(days=7)
WINDOW_DAYS: Final = 7
"""Days that are compared where nobody chose a window."""
BASELINE_WEEKS: Final = 12
"""Whole weeks before the window that make the baseline."""


@dataclass(frozen=True, slots=True)
class WeekValue:
    """One week's mean of a metric."""

    begins: datetime
    value: float
    sessions: int
    label: Normality


@dataclass(frozen=True, slots=True)
class MetricBand:
    """A metric of a session: the days of a window against the band of the weeks before."""

    name: str
    current: float | None
    """Mean over the sessions of the window; None without any."""
    sessions: int
    """Sessions of the window."""
    usual: Band
    z: float | None
    """Robust z of the current value."""
    label: Normality
    weeks: tuple[WeekValue, ...]
    """The baseline, oldest first; weeks without a session are left out."""
    days: int = WINDOW_DAYS
    """How long the window is."""


def metric_bands(
    sessions: Iterable[Session],
    documents: Iterable[Document],
    now: datetime,
    days: int = WINDOW_DAYS,
) -> tuple[MetricBand, ...]:
    """Return each metric of a session with its band and whether the window stands out.

    A week's value is the mean over its sessions, which varies less than single sessions do. A
    window of more than a week is compared with the band of weeks all the same: its mean varies
    less still, so that it is flagged later, never sooner.
    Subagents' sessions count with nothing: their parents' do.
    """
    window = timedelta(days=days)
    counted = [
        (session, 0 if ago < window else 1 + int((ago - window) / WEEK))
        for session in sessions
        if not session.parent_id
        and session.started_at is not None
        and timedelta(0) <= (ago := now - session.started_at) < window + WEEK * BASELINE_WEEKS
    ]
    frictions: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for each in documents:
        frictions[each.session_id] += 1
        lost[each.session_id] += round(each.seconds_lost or 0.0)
    values: Mapping[str, Callable[[Session], float]] = {
        "frictions": lambda session: float(frictions[session.id]),
        "minutes lost": lambda session: lost[session.id] / 60.0,
        "active minutes": lambda session: session.active_seconds / 60.0,
        "prompts": lambda session: float(session.prompts),
        "tool calls": lambda session: float(session.tool_calls),
    }
    return tuple(
        banded(name, [(value(session), age) for session, age in counted], now, days)
        for name, value in values.items()
    )


def banded(
    name: str, values: Iterable[tuple[float, int]], now: datetime, days: int = WINDOW_DAYS
) -> MetricBand:
    """Return the band of a metric.

    Args:
        name: The metric's.
        values: A session's number, and in which week before the window the session began: 0 is
            the window itself.
        now: When the window ends.
        days: How long the window is.
    """
    by_age: dict[int, list[float]] = {}
    for value, age in values:
        if age <= BASELINE_WEEKS:
            by_age.setdefault(age, []).append(value)
    latest = by_age.pop(0, [])
    means = {age: fmean(found) for age, found in by_age.items()}
    usual = band(list(means.values()))
    weeks = tuple(
        WeekValue(
            now - timedelta(days=days) - WEEK * age,
            means[age],
            len(by_age[age]),
            usual.judge(means[age]),
        )
        for age in sorted(means, reverse=True)
    )
    current = fmean(latest) if latest else None
    return MetricBand(
        name,
        current,
        len(latest),
        usual,
        usual.z(current) if current is not None else None,
        usual.judge(current) if current is not None else Normality.UNKNOWN,
        weeks,
        days,
    )
