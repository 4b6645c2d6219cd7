"""What Cursor puts around the words of a prompt: its time, the editor's context, a preamble.

Seen alike in transcripts and in the chats of the command line: what was typed stands in the
element `user_query`, beside elements that Cursor adds. Newer versions say when it was typed, as
`<timestamp>Sunday, Jul 26, 2026, 1:06 PM (UTC+3)</timestamp>`; no other record bears a time.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

_OPENED: Final = "<user_query>"
_CLOSED: Final = "</user_query>"
_ELEMENT = re.compile(r"\s*<([A-Za-z][\w-]*)(?: [^>\n]*)?>")
_STAMP = re.compile(
    r"<timestamp>\s*(?:[A-Za-z]{3,9},\s+)?([A-Za-z]{3})[a-z]{0,6}\s+(\d{1,2}),\s+(\d{4}),\s+"
    r"(\d{1,2}):(\d{2})\s*(AM|PM)\s*\(UTC(?:([+-])(\d{1,2})(?::(\d{2}))?)?\)\s*</timestamp>"
)
_WINDOW: Final = 4_000
"""Characters from the beginning of a prompt in which its time is looked for."""
_ELEMENTS: Final = 100
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)


def typed(said: str) -> str:
    """Return what was typed, without what Cursor added; empty where it added all."""
    _, opened, query = said.partition(_OPENED)
    if opened and _CLOSED in query:
        return query.partition(_CLOSED)[0].strip()
    at = 0
    for _ in range(_ELEMENTS):
        element = _ELEMENT.match(said, at)
        closing = f"</{element[1]}>" if element else ""
        end = said.find(closing, element.end()) if element else -1
        if end < 0:
            break
        at = end + len(closing)
    return said[at:].strip()


def typed_at(said: str) -> float | None:
    """Return when a prompt was typed, in seconds since the epoch, to the minute."""
    found = _STAMP.search(said[:_WINDOW])
    if found is None:
        return None
    month, day, year, hour, minute, half, sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        moment = datetime(
            int(year),
            _MONTHS.index(month.lower()) + 1,
            int(day),
            int(hour) % 12 + (12 if half == "PM" else 0),
            int(minute),
            tzinfo=timezone(-ahead if sign == "-" else ahead),
        )
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None
