"""Noise and anomaly in a series of numbers, by medians, which one odd week cannot move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

CONSISTENT = 1.4826
"""Makes the median absolute deviation estimate a normal standard deviation."""
FLAGGED_FROM = 3.5
"""Robust z from which a value is out of the ordinary (Iglewicz & Hoaglin 1993)."""
LEAST_BASELINE = 8
"""Fewer values are no baseline."""


class Normality(StrEnum):
    """What a value is against its baseline."""

    NORMAL = "within normal variation"
    HIGH = "unusually high"
    LOW = "unusually low"
    UNKNOWN = "not enough data"


@dataclass(frozen=True, slots=True)
class Band:
    """What is usual: a centre and the limits beyond which a value stands out."""

    centre: float
    low: float
    high: float
    spread: float
    n: int

    def z(self, value: float) -> float:
        """Return how many spreads the value lies from the centre."""
        return (value - self.centre) / self.spread if self.spread else 0.0

    def judge(self, value: float) -> Normality:
        """Say whether a value is within normal variation."""
        if self.n < LEAST_BASELINE:
            return Normality.UNKNOWN
        if value > self.high:
            return Normality.HIGH
        return Normality.LOW if value < self.low else Normality.NORMAL


def band(baseline: Sequence[float]) -> Band:
    """Return the band of a baseline: median ± 3.5 × 1.4826 × median absolute deviation.

    Where more than half of the values are equal, the deviation is 0; then the mean absolute
    deviation × 1.2533 stands in (Iglewicz & Hoaglin 1993), and at the least the square root of
    the centre, which is the spread of counts, or 1.
    """
    if not baseline:
        return Band(0.0, 0.0, 0.0, 0.0, 0)
    centre = median(baseline)
    spread = CONSISTENT * median(abs(value - centre) for value in baseline)
    if not spread:
        mean = sum(abs(value - centre) for value in baseline) / len(baseline)
        spread = max(1.2533 * mean, abs(centre) ** 0.5, 1.0)
    reach = FLAGGED_FROM * spread
    return Band(centre, centre - reach, centre + reach, spread, len(baseline))
