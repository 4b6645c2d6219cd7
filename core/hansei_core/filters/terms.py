"""What may follow a key: values read once when parsing, and again when compiling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from hansei_core.days import parse_period
from hansei_core.errors import UsageError
from hansei_core.filters.keys import CELL_WORDS, IS_WORDS, KEYS, SPELLINGS, Key, Kind
from hansei_core.filters.lexer import FilterError, Token
from hansei_core.scoring import Label
from hansei_core.vocabulary import nearest, parse_category, parse_severity, parse_stage

NONE_WORDS: Final = ("none", "any")
MAX_DAYS: Final = 100_000

_DURATION = re.compile(r"([0-9]{1,6})(d|w|m|y)?")
_UNIT_DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,4})?")
_RANGE = re.compile(r"([0-9.]+)\.\.([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Presence:
    """`none` or `any`: whether there is a value at all."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class Span:
    """From a number to a number, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Days:
    """A number of days from today."""

    count: int


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both included: a week or a month."""

    first: date
    last: date


Operand: TypeAlias = Presence | Span | Days | Period | date | float | str


def check_term(token: Token) -> tuple[str, str]:
    """Return the main key and the normal value of a term, or say what is wrong with it.

    Raises:
        FilterError: The key does not exist, or it cannot have that value or operator.
    """
    key = KEYS.get(SPELLINGS.get(token.key, ""))
    if key is None:
        raise _unknown_key(token)
    if not token.text:
        raise FilterError(
            f"after “{token.key}:” a value is missing",
            f"for example {key.example}",
            start=token.start,
            end=token.end,
        )
    if token.operator in ("<", "<=", ">", ">=") and key.kind not in (
        Kind.NUMBER,
        Kind.AGE,
        Kind.DAY,
    ):
        raise FilterError(
            f"“{key.name}:” compares nothing, so “{token.operator}” has no meaning",
            f"for example {key.example}",
            start=token.start,
            end=token.end,
        )
    value = token.text.strip().casefold() if key.kind is not Kind.NAME else token.text
    try:
        operands = operands_of(key, value)
    except UsageError as error:
        raise FilterError(
            error.message, error.hint, start=token.value_start, end=token.end
        ) from None
    if token.operator not in ("", "=") and any(
        isinstance(item, Presence | Span | str) for item in operands
    ):
        raise FilterError(
            f"“{token.operator}” needs one number or date",
            f"for example {key.example}",
            start=token.value_start,
            end=token.end,
        )
    return key.name, value


def operands_of(key: Key, value: str) -> tuple[Operand, ...]:
    """Return what a value means for a key; several where commas stand in it.

    Raises:
        UsageError: The key cannot have that value; message and hint name what it can have.
    """
    parts = [part.strip() for part in value.split(",")] if key.kind is not Kind.NAME else [value]
    return tuple(_operand(key, part) for part in parts)


def _operand(key: Key, part: str) -> Operand:
    if part.casefold() in NONE_WORDS and key.name not in ("is", "tag", "id"):
        return Presence(part.casefold() == "any")
    if key.kind is Kind.CHOICE:
        return _choice(key, part)
    if key.kind is Kind.NUMBER:
        return _number(key, part)
    if key.kind in (Kind.AGE, Kind.DAY):
        return _day(key, part)
    if not part:
        raise UsageError(f"a value is missing in “{key.name}:”", f"for example {key.example}")
    return part


def _choice(key: Key, part: str) -> str:
    if key.name == "cat":
        return str(parse_category(part))
    if key.name == "sev":
        return str(parse_severity(part))
    if key.name == "stage":
        return str(parse_stage(part))
    if part in key.choices:
        return part
    what = {"is": IS_WORDS, "cell": CELL_WORDS}.get(key.name, key.choices)
    near = nearest(part, tuple(what))
    raise UsageError(
        f"“{part}” cannot follow “{key.name}:”; possible are {', '.join(what)}",
        f"did you mean {key.name}:{near}?" if near else "",
    )


def _number(key: Key, part: str) -> Operand:
    if key.name == "pri" and part in Label.__members__.values():
        return part
    if found := _RANGE.fullmatch(part):
        low, high = _float(key, found[1]), _float(key, found[2])
        if low > high:
            raise UsageError(f"the range “{part}” runs backwards")
        return Span(low, high)
    return _float(key, part.removesuffix("h") if key.name == "hours" else part)


def _float(key: Key, part: str) -> float:
    if not _NUMBER.fullmatch(part):
        raise UsageError(f"“{part}” is no number", f"for example {key.example}")
    return float(part)


def _day(key: Key, part: str) -> Operand:
    named = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if part in named:
        return Days(named[part] if key.kind is Kind.DAY else -named[part])
    if found := _DURATION.fullmatch(part):
        count = int(found[1]) * _UNIT_DAYS[found[2] or "d"]
        if count <= MAX_DAYS:
            return Days(count)
    period = parse_period(part)
    if period is not None:
        return Period(*period)
    try:
        return date.fromisoformat(part)
    except ValueError:
        raise UsageError(
            f"“{part}” is neither a date nor a number of days",
            "write 7d, 2w, 3m, 1y, today, 2026-W46, 2026-12 or 2026-12-01",
        ) from None


def as_day(operand: Days | date, today: date, kind: Kind) -> date:
    """Return the day that an operand means today, at the calendar's edge if it lies beyond."""
    if not isinstance(operand, Days):
        return operand
    try:
        return today + timedelta(days=-operand.count if kind is Kind.AGE else operand.count)
    except OverflowError:
        return date.min if kind is Kind.AGE else date.max


def _unknown_key(token: Token) -> FilterError:
    near = nearest(token.key, tuple(SPELLINGS))
    hint = f"did you mean {near}: — or " if near else ""
    return FilterError(
        f"“{token.key}” is no filter key; there are {', '.join(KEYS)}",
        f"{hint}quote it to search for the text itself",
        start=token.start,
        end=token.start + len(token.key) + (1 if token.negative else 0),
    )
