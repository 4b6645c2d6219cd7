"""Moments that a user types behind an option."""

from __future__ import annotations

from datetime import datetime

from hansei_core.errors import UsageError
from hansei_core.moments import parse_moment


def parse_since(text: str, now: datetime) -> datetime | None:
    """Return the moment that `--since` names, or None for an empty text.

    Raises:
        UsageError: It names no moment.
    """
    return parse_moment(text, now) if text else None


def parse_window(text: str) -> int | None:
    """Return the days of a window: `7`, `30`, `90` or `all`.

    Raises:
        UsageError: It is none of these.
    """
    words = {"7": 7, "30": 30, "90": 90, "all": None, "7d": 7, "30d": 30, "90d": 90}
    if text not in words:
        raise UsageError(f"“{text}” is no window", "write 7, 30, 90 or all")
    return words[text]
