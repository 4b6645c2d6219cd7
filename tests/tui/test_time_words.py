"""How moments read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hansei_tui.words import span

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begin", "minutes", "said"),
    [
        (datetime(2026, 11, 21, 9, 10, tzinfo=UTC), 115, "today 09:10 to 11:05"),
        (datetime(2026, 11, 20, 9, 10, tzinfo=UTC), 5, "yesterday 09:10 to 09:15"),
        (datetime(2026, 11, 17, 9, 10, tzinfo=UTC), 5, "Tue 17 Nov 09:10 to 09:15"),
        (
            datetime(2026, 11, 17, 23, 50, tzinfo=UTC),
            30,
            "Tue 17 Nov 23:50 to Wed 18 Nov 00:20",
        ),
        (datetime(2025, 1, 2, 9, 10, tzinfo=UTC), 0, "2025-01-02 09:10 to 09:10"),
    ],
)
def test_a_span_names_its_day_once(begin: datetime, minutes: int, said: str) -> None:
    """A session of one day would read "Tue 17 Nov to Tue 17 Nov"."""
    assert span(begin, begin + timedelta(minutes=minutes), NOW) == said


def test_a_span_without_one_end_is_a_moment() -> None:
    """A log without times would stop the page of its session."""
    at = NOW - timedelta(days=3)
    assert span(None, None, NOW) == "unknown time"
    assert span(at, None, NOW) == span(None, at, NOW) == "Wed 18 Nov"
