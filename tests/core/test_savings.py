"""What a change pays back, and the backlog in numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_core.exchange.formats import BY_NAME, write_text
from hansei_core.exchange.rows import Facts
from hansei_core.improvement import Improvement
from hansei_core.savings import (
    return_of,
    return_words,
    saved_hours,
    saving_of,
    saving_words,
    working_days,
)
from hansei_core.stats import percent, stats_of
from hansei_core.vocabulary import Category, Stage

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ITEM = Improvement("IMP-2026-001", "x", NOW, NOW, NOW)


def test_the_sources_own_example() -> None:
    """25 s ten times a day is the figure that everybody checks first."""
    saving = saving_of(25, 10, 2)
    assert saving.seconds_per_day == 250
    assert f"{saving.minutes_per_month:.0f}" == "83"
    assert saving.payback_days == pytest.approx(28.8)
    assert saving.payback_whole_days == 29
    item = replace(ITEM, saves_seconds=25.0, per_day=10.0, hours=2.0)
    assert saving_words(item) == (
        "25 s × 10/day = 250 s/day, 83 min a month, pays back in 29 working days"
    )


def test_a_payback_of_whole_days_is_not_rounded_up() -> None:
    """Binary fractions would add a day."""
    assert saving_of(360, 1, 1).payback_whole_days == 10
    assert saving_of(0.1, 3, 0.3 / 3600).payback_whole_days == 1
    assert saving_of(1, 1).payback_whole_days is None


def test_three_hours_that_save_fifteen() -> None:
    """Both numbers of a return are printed, and they say the same."""
    assert return_of(15, 3) == (5.0, 400.0)
    assert return_words(15, 3) == "5.0× (+400 %)"
    assert return_words(1, 4) == "0.2× (−75 %)"


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-10, 800))
def test_working_days_are_counted_one_by_one(start: date, length: int) -> None:
    """A quick formula must not miss a weekend."""
    end = start + timedelta(days=length)
    days = (start + timedelta(days=step) for step in range(1, length + 1))
    assert working_days(start, end) == sum(day.weekday() < 5 for day in days)


def test_savings_count_from_completion() -> None:
    """An item that was done in the middle of a year saved nothing before."""
    item = replace(ITEM, saves_seconds=360.0, per_day=10.0, stage=Stage.DONE)
    assert saved_hours(replace(item, done_at=NOW), NOW) == 0
    assert saved_hours(replace(item, done_at=NOW - timedelta(days=7)), NOW) == 5.0
    assert saved_hours(item, NOW) is None
    assert saved_hours(replace(item, per_day=None, done_at=NOW), NOW) is None


def test_the_numbers_of_a_year() -> None:
    """Counts and percentages of a year with their stated rounding."""
    shares = {Category.PERFORMANCE: 33, Category.QUALITY: 27, Category.FEATURE: 22}
    items = [
        replace(ITEM, id=f"IMP-2026-{number:03d}", category=category)
        for number, category in enumerate(
            each for category, count in shares.items() for each in [category] * count
        )
    ]
    items = [replace(item, stage=Stage.DONE, done_at=NOW) for item in items[:33]] + items[33:]
    items += [replace(ITEM, id="t", stage=Stage.TRASH), replace(ITEM, id="m", merged_into="x")]
    items += [replace(ITEM, id="o", created_at=NOW.replace(year=2025))]
    found = stats_of(items, {"IMP-2026-001": 2.5}, NOW, 2026)
    assert (found.total, found.completed, found.execution_rate) == (82, 33, 40)
    assert [(each.name, each.count, each.percent) for each in found.categories] == [
        ("perf", 33, 40),
        ("quality", 27, 33),
        ("feature", 22, 27),
    ]
    assert (found.hours_spent, found.hours_saved) == (2.5, None)
    assert stats_of(items, {}, NOW).total == 83
    assert stats_of([], {}, NOW).execution_rate == 0


@pytest.mark.parametrize(
    ("part", "whole", "rounded"), [(1, 2, 50), (1, 8, 13), (1, 200, 1), (104, 156, 67), (0, 0, 0)]
)
def test_a_half_is_rounded_up(part: int, whole: int, rounded: int) -> None:
    """Rounding to even would print 12 for an eighth."""
    assert percent(part, whole) == rounded


def test_the_header_of_the_template_has_the_same_numbers() -> None:
    """Two numbers for one thing would make both useless."""
    done = replace(ITEM, id="IMP-2026-002", stage=Stage.DONE, done_at=NOW)
    items = [ITEM, done, replace(ITEM, id="IMP-2026-003", stage=Stage.DECLINED)]
    found = stats_of(items, {}, NOW)
    text = write_text(BY_NAME["template"], items, Facts(NOW))
    rate = f"{found.execution_rate}% ({found.completed} completed / {found.total} total)"
    assert f"- **Total Items:** {found.total}\n- **Execution Rate:** {rate}\n" in text
    assert text.count("\n### [") == found.total
