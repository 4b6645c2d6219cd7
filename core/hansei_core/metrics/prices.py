"""What tokens cost, by a table of the user's own: hansei knows no prices."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from hansei_core.errors import ConfigError
from hansei_sessions.model import Session, Tokens

_MILLION: Final = 1_000_000
_NUMBERS: Final = 4


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens of the models whose names fit a pattern."""

    model: str
    """With `*` and `?`, in any case."""
    input: float
    output: float
    cache_read: float = 0.0
    cache_write: float = 0.0

    def of(self, tokens: Tokens) -> float:
        """Return what tokens cost, in US dollars."""
        dollars = (
            tokens.input * self.input
            + tokens.output * self.output
            + tokens.cache_read * self.cache_read
            + tokens.cache_write * self.cache_write
        )
        return dollars / _MILLION


def read_prices(lines: Iterable[str]) -> tuple[Price, ...]:
    """Return the prices of a setting, in its order: the first that fits a model counts.

    Args:
        lines: Each `MODEL=INPUT/OUTPUT` or `MODEL=INPUT/OUTPUT/CACHE READ/CACHE WRITE`, in US
            dollars for a million tokens.

    Raises:
        ConfigError: A line is not of that form.
    """
    return tuple(_price(line) for line in lines)


def _price(line: str) -> Price:
    model, found, numbers = line.rpartition("=")
    try:
        values = [float(part) for part in numbers.split("/")]
    except ValueError:
        values = []
    is_sound = all(math.isfinite(value) and value >= 0.0 for value in values)
    if not found or not model.strip() or len(values) not in {2, _NUMBERS} or not is_sound:
        raise ConfigError(
            f"metrics.prices: “{line[:100]}” is no price",
            "write MODEL=INPUT/OUTPUT or MODEL=INPUT/OUTPUT/CACHE READ/CACHE WRITE, in US dollars "
            "for a million tokens: claude-opus*=15/75/1.5/18.75",
        )
    return Price(model.strip().lower(), *values)


def cost_of(session: Session, prices: Iterable[Price]) -> float | None:
    """Return what a session cost: as its log says, else by the first price that fits its model.

    None where neither is known, or where the log has no tokens.
    """
    if session.cost_usd is not None:
        return session.cost_usd
    tokens = session.tokens
    if not session.model or not (tokens.input or tokens.output):
        return None
    model = session.model.lower()
    price = next((one for one in prices if fnmatchcase(model, one.model)), None)
    return None if price is None else price.of(tokens)
