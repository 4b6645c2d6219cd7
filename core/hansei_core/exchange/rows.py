"""What a file from outside says, before any of it is kept: rows of checked values, and bad rows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final, get_args, get_type_hints

import msgspec

from hansei_core.documents import Moment
from hansei_core.errors import HanseiError, UsageError
from hansei_core.exchange.statuses import stage_of
from hansei_core.forms import (
    LIMITS,
    check_options,
    read_amount,
    read_fishbone,
    read_fmea,
    read_hypothesis,
    read_whys,
)
from hansei_core.improvement import (
    ID_PATTERN,
    Improvement,
    check_hours,
    check_tags,
    check_title,
)
from hansei_core.measurement import Measurement
from hansei_core.record import Fmea, Hypothesis
from hansei_core.scoring import DEFAULT_HOURS
from hansei_core.vocabulary import parse_category, parse_severity, parse_stage
from hansei_sessions.redact import redact
from hansei_sessions.text import clean, clean_line

MAX_BYTES: Final = 32 * 1024 * 1024
"""A file to import may be so large; fifty thousand full tickets are smaller."""
MAX_ROWS: Final = 100_000
MAX_TEXT: Final = 20_000
"""Characters of one text; what is longer is cut and says so."""
MAX_LINE: Final = 1_000
"""Characters of a text that stands on one line, such as a title."""
MAX_PARTS: Final = 5_000
"""Entries of one list of a record, such as its history."""
MAX_NUMBER: Final = 99_999
"""Largest number of an id that is taken over; a larger one would burn that many ids."""
LINES: Final = frozenset(
    (
        *("title", "project", "owner", "impact_reason", "effort_reason", "roi", "source"),
        *("theme_id", "decline_reason", "deferred_reason", "validation_duration", "merged_into"),
    )
)
"""Texts of an improvement that stand on one line."""
_HINTS: Final = get_type_hints(Improvement, include_extras=True)
MOMENTS: Final = frozenset(
    name for name, hint in _HINTS.items() if hint == Moment or Moment in get_args(hint)
)
DAYS: Final = frozenset(name for name, hint in _HINTS.items() if date in get_args(hint))
FIELDS: Final = tuple(_HINTS)


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file, as far as the file tells it."""

    line: int
    """Where it begins, counted from 1."""
    fields: Mapping[str, Any]
    """Checked values by field of `Improvement`; what the file does not say is absent."""
    weak: frozenset[str] = frozenset()
    """Fields that the format only hints at; they fill a new improvement and change none."""
    measurements: tuple[Measurement, ...] = ()
    name: str = ""
    """How other records of its file call it, where that is none of its ids."""
    depends: tuple[str, ...] = ()
    """Names of the records that come before it."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that cannot be taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reader found."""

    rows: tuple[Row, ...] = ()
    bad: tuple[Bad, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should know about the file, one sentence each."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an export says about improvements that their records do not hold."""

    now: datetime
    hours: Mapping[str, float] = field(default_factory=dict)
    """Tracked hours by id."""
    measurements: Mapping[str, tuple[Measurement, ...]] = field(default_factory=dict)
    """By id of the improvement."""


class Collector:
    """Rows as they are read: each is checked, a bad one is counted and does not stop the rest."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.rows: list[Row] = []
        self.bad: list[Bad] = []
        self.notes: dict[str, None] = {}

    def take(
        self,
        line: int,
        raw: Mapping[str, Any],
        *,
        weak: Sequence[str] = (),
        measurements: Sequence[Mapping[str, Any]] = (),
        name: str = "",
        depends: Sequence[str] = (),
    ) -> None:
        """Check one record and keep it.

        Raises:
            UsageError: There are more than a file may have.
        """
        if len(self.rows) + len(self.bad) >= MAX_ROWS:
            raise UsageError(f"the file holds more than {MAX_ROWS:,} records", "import it in parts")
        try:
            fields = check_fields(raw, self.now)
            if not fields.get("title"):
                raise UsageError("it has no title")
            measured = tuple(read_measurement(each, self.now) for each in measurements)
            rest = (name, tuple(depends))
            self.rows.append(Row(line, fields, frozenset(weak), measured, *rest))
        except HanseiError as error:
            self.refuse(line, error.message)

    def refuse(self, line: int, reason: str) -> None:
        """Count a record that cannot be taken."""
        self.bad.append(Bad(line, clean_line(redact(reason), 200)))

    def note(self, text: str) -> None:
        """Keep a sentence for the user, once."""
        self.notes[clean_line(redact(text), 300)] = None

    def parsed(self) -> Parsed:
        """Return everything that was read."""
        return Parsed(tuple(self.rows), tuple(self.bad), tuple(self.notes))


def check_fields(raw: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the values of a record as an improvement can hold them, cleaned and redacted.

    A value of None or an empty text says nothing and is left out. An id that is not hansei's own
    becomes one of the foreign ids.

    Args:
        raw: Values by field of `Improvement`, of any type that a file can hold.
        now: Aware; dates without a zone are in its zone.

    Raises:
        UsageError: A field has a value that it cannot have.
    """
    fields: dict[str, Any] = {}
    for name, value in raw.items():
        if value is None or value in ("", [], {}, ()):
            continue
        fields[name] = _check(name, outside(value), now)
    own = fields.pop("id", "")
    if own and is_own_id(own):
        fields["id"] = own
    elif own:
        fields["foreign_ids"] = tuple(dict.fromkeys((*fields.get("foreign_ids", ()), own)))
    if fields.get("hours") and not fields.keys() & {"hours_by_hand", "history"}:
        effort = fields.get("effort")
        fields["hours_by_hand"] = DEFAULT_HOURS.get(effort or 0) != fields["hours"]
    return fields


def is_own_id(text: str) -> bool:
    """Return whether an id is one that hansei writes and may take over."""
    found = ID_PATTERN.fullmatch(text)
    return bool(found and 2000 <= int(found[1]) <= 9999 and 0 < int(found[2]) <= MAX_NUMBER)


def outside(value: Any) -> Any:
    """Return a value from a file with every text in it redacted, cleaned and of bounded length.

    Raises:
        UsageError: It holds a list that is too long.
    """
    if isinstance(value, str):
        text = clean(redact(value[: 4 * MAX_TEXT]))
        return text if len(text) <= MAX_TEXT else clean(text, MAX_TEXT)
    if isinstance(value, list | tuple):
        if len(value) > MAX_PARTS:
            raise UsageError(f"a list of {len(value):,} entries is too long")
        return [outside(each) for each in value]
    if isinstance(value, Mapping):
        return {clean_line(str(key), 100): outside(each) for key, each in value.items()}
    return value


def inert(value: Any) -> Any:
    """Return a value for a file to hand out: every text in it redacted and cleaned, names too."""
    if isinstance(value, str):
        return clean(redact(value))
    if isinstance(value, list | tuple):
        return [inert(each) for each in value]
    if isinstance(value, Mapping):
        return {clean_line(redact(str(key))): inert(each) for key, each in value.items()}
    return value


def read_measurement(raw: Mapping[str, Any], now: datetime) -> Measurement:
    """Return a measurement of a record; its ids are given when it is kept.

    Raises:
        UsageError: It is none.
    """
    if not isinstance(raw, Mapping):
        raise UsageError("a measurement is no table of values")
    values = {key: value for key, value in outside(raw).items() if value is not None}
    values["at"] = read_moment("at", values.get("at"), now) if values.get("at") else now
    values |= {"id": "", "improvement_id": ""}
    known = {name: values[name] for name in Measurement.__dataclass_fields__ if name in values}
    measured: Measurement = _converted("measurement", known, Measurement)
    return measured


def read_moment(name: str, value: Any, now: datetime) -> datetime:
    """Read a point in time; a day stands for its noon, a time without a zone is in that of now.

    Raises:
        UsageError: It is none.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time(12))
    else:
        text = str(value).strip()
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise UsageError(f"{name.replace('_', ' ')}: “{text[:60]}” is no date") from error
        if re.fullmatch(r"\d{4}-\d\d-\d\d|\d{8}", text):
            moment = moment.replace(hour=12)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
    if not 1970 <= moment.year <= 9990:
        raise UsageError(f"{name.replace('_', ' ')}: the year {moment.year} cannot be meant")
    offset = moment.utcoffset() or timedelta()
    # msgspec and ISO 8601 know offsets of whole minutes only
    return moment if offset.total_seconds() % 60 == 0 else moment.astimezone(UTC)


def read_day(name: str, value: Any) -> date:
    """Read a day; a time behind it is left away.

    Raises:
        UsageError: It is none.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise UsageError(f"{name.replace('_', ' ')}: “{text[:60]}” is no date") from error


def listed(value: Any) -> list[Any]:
    """Return a list of a file, or none where something else stands in its place."""
    return value if isinstance(value, list) else []


def _check(name: str, value: Any, now: datetime) -> Any:
    if name in MOMENTS:
        return read_moment(name, value, now)
    if name in DAYS:
        return read_day(name, value)
    if name in LINES or name == "id":
        return _line(name, value)
    reader = _READERS.get(name)
    if reader is not None:
        return reader(value)
    hint = _HINTS.get(name)
    if hint is None:
        raise UsageError(f"there is no field {name}")
    if hint is str:
        return _text(name, value)
    return _converted(name, value, hint)


def _line(name: str, value: Any) -> str:
    line = clean_line(_text(name, value), MAX_LINE)
    return check_title(line) if name == "title" else line


def _text(name: str, value: Any) -> str:
    if isinstance(value, list | dict):
        raise UsageError(f"{name.replace('_', ' ')} is no text")
    return str(value).strip()


def _converted(name: str, value: Any, hint: Any) -> Any:
    try:
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"{name.replace('_', ' ')}: {error}") from error


def _tags(value: Any) -> tuple[str, ...]:
    words = re.split(r"[\s,;]+", value) if isinstance(value, str) else _entries("tags", value)
    return check_tags(tuple(word for each in words if (word := as_tag(str(each)))))


def _entries(name: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise UsageError(f"{name} is no list of texts")
    return value


def as_tag(text: str) -> str:
    """Return a word of another tool as a tag: blanks and quotes become dashes."""
    word = text.strip().removeprefix("+").casefold()
    if not re.search(r"[\s,\"'“”]", word):
        return word
    return re.sub(r"[\s,\"'“”]+", "-", word).strip("-")


def _options(value: Any) -> Any:
    return check_options(_converted("options", value, _HINTS["options"]))


def _whys(value: Any) -> tuple[str, ...]:
    return read_whys(
        value
        if isinstance(value, str)
        else "\n".join(_one_line(each) for each in _entries("whys", value))
    )


def _causes(value: Any) -> Any:
    if isinstance(value, str):
        return read_fishbone(value)
    causes = _converted("fishbone", value, _HINTS["fishbone"])
    return read_fishbone("\n".join(f"{each.heading}: {_one_line(each.text)}" for each in causes))


def _hypothesis(value: Any) -> Hypothesis | None:
    if isinstance(value, str):
        return read_hypothesis(value)
    found: Hypothesis = _converted("hypothesis", value, Hypothesis)
    return Hypothesis(*(_one_line(each) for each in (found.problem, found.solution, found.metric)))


def _fmea(value: Any) -> Any:
    return read_fmea(value) if isinstance(value, str) else _converted("fmea", value, Fmea)


def _one_line(value: Any) -> str:
    return " ".join(str(value).split())


def _score(name: str) -> Callable[[Any], Any]:
    def read(value: Any) -> int:
        number = value
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
            number = int(value)
        if isinstance(value, float) and value.is_integer():
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 10:
            raise UsageError(f"{name} must be a whole number 1–10, not “{value}”")
        return number

    return read


def _hours(value: Any) -> float:
    return check_hours(value if isinstance(value, str) or _is_finite(value) else str(value))


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "tags": _tags,
        "category": lambda value: parse_category(str(value)),
        "severity": lambda value: parse_severity(str(value)),
        "stage": lambda value: stage_of(str(value)) or parse_stage(str(value)),
        "impact": _score("impact"),
        "effort": _score("effort"),
        "hours": _hours,
        "options": _options,
        "whys": _whys,
        "fishbone": _causes,
        "hypothesis": _hypothesis,
        "fmea": _fmea,
        "saves_seconds": lambda value: read_amount("saves_seconds", value, LIMITS["saves_seconds"]),
        "per_day": lambda value: read_amount("per_day", value, LIMITS["per_day"]),
        "spent_hours": lambda value: read_amount("spent_hours", value, LIMITS["spent_hours"]),
    }
)
