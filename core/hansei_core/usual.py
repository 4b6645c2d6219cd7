"""How a session compares with the user's own usual: quartiles of the sessions before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

from hansei_core.frictions import duration_words

FEWEST: Final = 5
"""With fewer sessions before it there is nothing usual yet."""
MOST: Final = 20
"""Sessions that the usual is taken from: the last ones, since habits change."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The middle of a user's last sessions."""

    count: int
    low: float
    """The first quartile."""
    median: float
    high: float
    """The third quartile."""


def usual_of(values: Sequence[float]) -> Usual | None:
    """Return the quartiles of some values, or None where they are too few to say.

    Quartiles are those of the values themselves (the method that Python's `statistics` calls
    inclusive), so that they lie among them.
    """
    if len(values) < FEWEST:
        return None
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return Usual(len(values), low, middle, high)


def compared_words(seconds: float, usual: Usual | None) -> str:
    """Return how the seconds lost in a session compare with the usual, in words."""
    if usual is None:
        return "too few sessions before to compare"
    where = "as usual"
    if seconds > usual.high:
        where = "more than usual"
    elif seconds < usual.low:
        where = "less than usual"
    low, high = duration_words(usual.low), duration_words(usual.high)
    return f"{where}: {low}" if low == high else f"{where}: {low} to {high}"
