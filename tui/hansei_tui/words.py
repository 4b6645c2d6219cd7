"""How times, durations and counts read, on screens and in commands alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

_BARS: Final = "▁▂▃▄▅▆▇█"


def minutes(seconds: float | None) -> str:
    """Return a length of time for a narrow column: `45 s`, `12 min`, `3.5 h`, or a dash."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def hours(value: float | None) -> str:
    """Return hours without needless zeros: `2 h`, `0.25 h`, or a dash."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".") + " h"


def sparkline(values: Sequence[float], width: int) -> str:
    """Draw the newest `width` values as bars; nothing at all is a dot, so that gaps are seen."""
    shown = list(values)[-width:]
    shown = [0.0] * (width - len(shown)) + shown
    top = max(shown, default=0)
    return "".join(
        "·" if value <= 0 else _BARS[min(round(value / top * 7), 7)] if top else "·"
        for value in shown
    )


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 session`, `2,614 sessions`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def short_id(session_id: str) -> str:
    """Return what of a session's id is enough to name it: of a UUID its first eight digits.

    Other agents count, or begin with a date: of their ids only the whole one tells two apart.
    """
    return session_id[:8] if _UUID.fullmatch(session_id) else session_id


def when(at: datetime | None, now: datetime) -> str:
    """Return a moment the way people say it: `14:05`, `yesterday 09:10`, `Tue 17 Nov`, a date."""
    if at is None:
        return "unknown time"
    local, today = at.astimezone(now.tzinfo), now.date()
    days = (today - local.date()).days
    if days == 0:
        return f"today {local:%H:%M}"
    if days == 1:
        return f"yesterday {local:%H:%M}"
    if 0 < days < 300:
        return f"{local:%a} {local.day} {local:%b}"
    return f"{local:%Y-%m-%d}"


def span(begin: datetime | None, end: datetime | None, now: datetime) -> str:
    """Return from when to when: `today 09:10 to 11:05`, `Tue 17 Nov 23:50 to Wed 18 Nov 00:20`."""
    if begin is None or end is None:
        return when(begin or end, now)
    first, last = begin.astimezone(now.tzinfo), end.astimezone(now.tzinfo)
    days = [
        name if (name := when(at, now)).endswith(f"{at:%H:%M}") else f"{name} {at:%H:%M}"
        for at in (first, last)
    ]
    return f"{days[0]} to " + (f"{last:%H:%M}" if first.date() == last.date() else days[1])


def short_day(at: datetime | None, now: datetime) -> str:
    """Return a moment in at most ten columns: `14:05` today, `22 Oct`, else the date."""
    if at is None:
        return "–"
    local = at.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b}" if 0 < days < 300 else f"{local:%Y-%m-%d}"


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was, for a narrow column: `today`, `3 d`, `5 w`, `2 y`."""
    if at is None:
        return "–"
    days = (now.date() - at.astimezone(now.tzinfo).date()).days
    if days <= 0:
        return "today"
    if days < 14:
        return f"{days} d"
    return f"{days // 7} w" if days < 700 else f"{days // 365} y"


def due_words(days: int | None) -> str:
    """Return days until a deadline as people say them: `in 3 d`, `today`, `2 d overdue`; or none.

    Args:
        days: Negative once it has passed; None where there is no deadline.
    """
    if days is None:
        return ""
    if days < 0:
        return f"{-days} d overdue"
    return f"in {days} d" if days else "today"
