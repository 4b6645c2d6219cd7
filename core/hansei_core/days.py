"""Days as users write them: `2026-12-01`, `tomorrow`, `fri`, `2w`."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from hansei_core.errors import UsageError

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNIT_DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}
_SPAN: Final = re.compile(r"\+?([0-9]{1,4})(d|w|m|y)")
_PERIOD: Final = re.compile(
    r"(?P<year>[0-9]{4})(?:-?w(?P<week>[0-9]{1,2})|-(?P<month>[0-9]{1,2}))", re.ASCII
)


def parse_period(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of an ISO week or a month, or None if it is neither.

    Args:
        text: `2026-W46`, `2026w46` or `2026-11`.

    Raises:
        UsageError: The year has no such week or month.
    """
    found = _PERIOD.fullmatch(text.strip().casefold())
    if found is None:
        return None
    try:
        if found["week"]:
            first = date.fromisocalendar(int(found["year"]), int(found["week"]), 1)
            return first, first + timedelta(days=6)
        first = date(int(found["year"]), int(found["month"]), 1)
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    except (ValueError, OverflowError):
        what = "week" if found["week"] else "month"
        raise UsageError(
            f"there is no {what} {text.strip().upper()}", "write 2026-W46, 2026-11 or 2026-11-09"
        ) from None


def parse_day(text: str, today: date) -> date:
    """Return the day that a user's word means.

    Args:
        text: An ISO date, `today`, `tomorrow`, a weekday (its next occurrence after today, three
            letters are enough), or a span from today such as `3d`, `2w`, `1m` (30 days), `1y`.
        today: The user's day.

    Raises:
        UsageError: It means no day.
    """
    word = text.strip().casefold()
    if word in ("today", "tomorrow"):
        return today + timedelta(days=word == "tomorrow")
    if found := _SPAN.fullmatch(word):
        return today + timedelta(days=int(found[1]) * _UNIT_DAYS[found[2]])
    for number, name in enumerate(WEEKDAYS):
        if len(word) >= 3 and name.startswith(word):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise UsageError(
            f"“{text}” is no day", "write 2026-12-01, today, tomorrow, fri, 3d, 2w, 1m"
        ) from None
