"""Scores and what follows from them: priority, label, matrix cell, default hours, size class."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hansei_core.errors import UsageError
from hansei_sessions.value import Value

DEFAULT_HOURS: Final = MappingProxyType(
    {
        1: 1.0,
        2: 2.0,
        3: 3.0,
        4: 5.0,
        5: 8.0,
        6: 12.0,
        7: 20.0,
        8: 40.0,
        9: 80.0,
        10: 160.0,
    }
)
"""Hours that an effort score stands for until somebody says otherwise."""

HIGH_FROM: Final = 70
MEDIUM_FROM: Final = 40


class Label(StrEnum):
    """A priority in one word."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Size(StrEnum):
    """How much of the calendar an improvement takes, by its hours."""

    DAY = "day"
    """Up to 8 hours."""
    WEEK = "week"
    """Up to 40 hours: with a day's work the quick class."""
    MONTH = "month"
    """Up to 160 hours: the medium class."""
    QUARTER = "quarter"
    """More than 160 hours: the strategic class."""

    @property
    def label(self) -> str:
        """The class as reports name it: quick, medium or strategic."""
        return {Size.MONTH: "medium", Size.QUARTER: "strategic"}.get(self, "quick")


class Bin(StrEnum):
    """The third of the scale that a score falls into."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Cell(StrEnum):
    """What the matrix advises; six words for nine cells."""

    DO_FIRST = "do first"
    DO_NEXT = "do next"
    CONSIDER = "consider"
    DEFER = "defer"
    QUICK_WIN = "quick win"
    DONT = "don't"


ADVICE: Final = MappingProxyType(
    {
        (Bin.HIGH, Bin.LOW): Cell.DO_FIRST,
        (Bin.HIGH, Bin.MEDIUM): Cell.DO_NEXT,
        (Bin.HIGH, Bin.HIGH): Cell.CONSIDER,
        (Bin.MEDIUM, Bin.LOW): Cell.DO_NEXT,
        (Bin.MEDIUM, Bin.MEDIUM): Cell.CONSIDER,
        (Bin.MEDIUM, Bin.HIGH): Cell.DEFER,
        (Bin.LOW, Bin.LOW): Cell.QUICK_WIN,
        (Bin.LOW, Bin.MEDIUM): Cell.DEFER,
        (Bin.LOW, Bin.HIGH): Cell.DONT,
    }
)
"""Advice by (impact bin, effort bin)."""


class Bins(Value, frozen=True):
    """Where the matrix is cut; the defaults are 1–4, 5–7, 8–10."""

    low_to: int = 4
    medium_to: int = 7

    def __post_init__(self) -> None:
        if not 1 <= self.low_to < self.medium_to <= 9:
            raise UsageError(
                f"the matrix cannot be cut after {self.low_to} and {self.medium_to}",
                "the two numbers must grow and lie between 1 and 9, such as 4 and 7",
            )

    def bin_of(self, score: int) -> Bin:
        """Return the third of the scale that a score falls into."""
        if score <= self.low_to:
            return Bin.LOW
        return Bin.MEDIUM if score <= self.medium_to else Bin.HIGH


DEFAULT_BINS: Final = Bins()


def priority_of(impact: int | None, effort: int | None) -> int | None:
    """Return impact × (11 − effort), or None where one of the two is missing."""
    return None if impact is None or effort is None else impact * (11 - effort)


def label_of(priority: int | None) -> Label | None:
    """Return high from 70, medium from 40, else low; None for an unscored one."""
    if priority is None:
        return None
    if priority >= HIGH_FROM:
        return Label.HIGH
    return Label.MEDIUM if priority >= MEDIUM_FROM else Label.LOW


def place_of(
    impact: int | None, effort: int | None, bins: Bins = DEFAULT_BINS
) -> tuple[Bin, Bin] | None:
    """Return (impact bin, effort bin), the place in the matrix; None while unscored."""
    if impact is None or effort is None:
        return None
    return bins.bin_of(impact), bins.bin_of(effort)


def cell_of(impact: int | None, effort: int | None, bins: Bins = DEFAULT_BINS) -> Cell | None:
    """Return the advice of the matrix for two scores; None while unscored."""
    place = place_of(impact, effort, bins)
    return None if place is None else ADVICE[place]


def explain_priority(impact: int | None, effort: int | None) -> str:
    """Return the calculation as a line to read: `8 × (11 − 2) = 72`."""
    priority = priority_of(impact, effort)
    return "unscored" if priority is None else f"{impact} × (11 − {effort}) = {priority}"


def size_of(hours: float | None) -> Size | None:
    """Return the size class of hours; None where there are none."""
    if hours is None:
        return None
    if hours <= 8:
        return Size.DAY
    if hours <= 40:
        return Size.WEEK
    return Size.MONTH if hours <= 160 else Size.QUARTER


def should_split(hours: float | None, budget_hours: float) -> bool:
    """Return whether an improvement is too large for one week's budget."""
    return hours is not None and hours > budget_hours
