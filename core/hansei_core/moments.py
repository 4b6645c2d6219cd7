"""Moments as users write them behind `since` and `until`: `7d`, `36h`, `yesterday`, a date."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from hansei_core.days import parse_period
from hansei_core.errors import UsageError

_SPAN: Final = re.compile(r"(\d{1,5})\s*([hdwmy])")
_UNITS: Final = MappingProxyType(
    {
        "h": timedelta(hours=1),
        "d": timedelta(days=1),
        "w": timedelta(weeks=1),
        "m": timedelta(days=30),
        "y": timedelta(days=365),
    }
)
_DAYS: Final = MappingProxyType({"today": 0, "yesterday": 1})


def parse_moment(text: str, now: datetime) -> datetime:
    """Return the moment that a word means.

    Args:
        text: `2026-11-01`, the beginning of an ISO week or a month (`2026-W46`, `2026-11`),
            `today`, `yesterday`, or how long ago: `36h`, `7d`, `4w`, `3m`, `1y`.
        now: Aware; a day begins at midnight of its zone.

    Raises:
        UsageError: It means no moment.
    """
    word = text.strip().casefold()
    found = _SPAN.fullmatch(word)
    if found:
        try:
            return now - int(found[1]) * _UNITS[found[2]]
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)
    try:
        if word in _DAYS:
            day = now.date() - timedelta(days=_DAYS[word])
        elif period := parse_period(word):
            day = period[0]
        else:
            day = date.fromisoformat(word)
    except ValueError:
        raise UsageError(
            f"“{text}” is no date", "write 2026-11-01, 2026-W46, 36h, 7d or 4w"
        ) from None
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def parse_at(text: str, now: datetime, on: date | None = None) -> datetime | None:
    """Return the moment that a time of day means, in the zone of `now`; None for an empty text.

    Args:
        text: `09:30`, or a whole moment such as `2026-11-21T09:30`.
        now: Aware.
        on: The day that a time alone belongs to; None: today.

    Raises:
        UsageError: It names no moment.
    """
    if not text:
        return None
    try:
        if len(text) <= 5:
            clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 -- joined with a zone below
            return datetime.combine(on or now.date(), clock, now.tzinfo)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"“{text}” is no moment", "write 09:30 or 2026-11-21T09:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
