"""Scores: the formula, its labels, the matrix, default hours and size classes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei_core.errors import UsageError
from hansei_core.scoring import (
    DEFAULT_HOURS,
    Bin,
    Bins,
    Cell,
    Label,
    Size,
    cell_of,
    explain_priority,
    label_of,
    place_of,
    priority_of,
    should_split,
    size_of,
)

SCORES = st.integers(1, 10)


@pytest.mark.parametrize(
    ("impact", "effort", "priority"), [(8, 2, 72), (6, 3, 48), (4, 9, 8), (10, 1, 100), (1, 10, 1)]
)
def test_priority_is_impact_times_eleven_minus_effort(
    impact: int, effort: int, priority: int
) -> None:
    """The formula's three published examples and its two ends hold."""
    assert priority_of(impact, effort) == priority


def test_a_missing_score_gives_no_priority() -> None:
    """An unscored improvement must not be ranked as if it were worth nothing."""
    assert priority_of(None, 2) is None
    assert priority_of(8, None) is None
    assert label_of(None) is None
    assert cell_of(None, 3) is None


@pytest.mark.parametrize(
    ("priority", "label"),
    [(100, Label.HIGH), (70, Label.HIGH), (69, Label.MEDIUM), (40, Label.MEDIUM), (39, Label.LOW)],
)
def test_labels_change_at_seventy_and_forty(priority: int, label: Label) -> None:
    """70 is high, 69 medium, 40 medium, 39 low."""
    assert label_of(priority) is label


def test_ten_pairs_are_high_and_twenty_two_medium() -> None:
    """Of the hundred pairs ten reach 70, 22 are medium and 68 low."""
    labels = [label_of(priority_of(i, e)) for i in range(1, 11) for e in range(1, 11)]
    counts = [labels.count(label) for label in Label]
    assert counts == [10, 22, 68]


@pytest.mark.parametrize(
    ("impact", "effort", "cell"),
    [
        (8, 2, Cell.DO_FIRST),
        (8, 5, Cell.DO_NEXT),
        (8, 8, Cell.CONSIDER),
        (6, 3, Cell.DO_NEXT),
        (5, 7, Cell.CONSIDER),
        (7, 8, Cell.DEFER),
        (4, 4, Cell.QUICK_WIN),
        (1, 5, Cell.DEFER),
        (4, 9, Cell.DONT),
    ],
)
def test_the_nine_cells_are_named(impact: int, effort: int, cell: Cell) -> None:
    """Each of the nine cells gives its advice."""
    assert cell_of(impact, effort) is cell


@given(SCORES, SCORES, SCORES, SCORES)
def test_more_impact_or_less_effort_never_lowers_the_priority(
    impact: int, effort: int, other_impact: int, other_effort: int
) -> None:
    """Priority is monotonic in both scores and stays within 1 and 100."""
    first = priority_of(max(impact, other_impact), min(effort, other_effort))
    second = priority_of(min(impact, other_impact), max(effort, other_effort))
    assert first is not None
    assert second is not None
    assert 1 <= second <= first <= 100


@given(SCORES, SCORES, st.integers(1, 8), st.integers(2, 9))
def test_every_pair_has_one_place_under_any_bins(
    impact: int, effort: int, low: int, medium: int
) -> None:
    """Any legal bins put a score into exactly one third, in order."""
    if low >= medium:
        with pytest.raises(UsageError):
            Bins(low, medium)
        return
    bins = Bins(low, medium)
    assert place_of(impact, effort, bins) == (bins.bin_of(impact), bins.bin_of(effort))
    order = [Bin.LOW, Bin.MEDIUM, Bin.HIGH]
    places = [order.index(bins.bin_of(score)) for score in range(1, 11)]
    assert places == sorted(places)
    assert set(places) == {0, 1, 2}


def test_default_hours_follow_the_table() -> None:
    """The table from effort to hours is the documented one."""
    assert list(DEFAULT_HOURS.values()) == [1, 2, 3, 5, 8, 12, 20, 40, 80, 160]


@pytest.mark.parametrize(
    ("hours", "size"),
    [
        (None, None),
        (8, Size.DAY),
        (8.25, Size.WEEK),
        (40, Size.WEEK),
        (160, Size.MONTH),
        (161, Size.QUARTER),
    ],
)
def test_size_classes(hours: float | None, size: Size | None) -> None:
    """A day, a week, a month and more are told apart at their edges."""
    assert size_of(hours) is size


def test_what_does_not_fit_a_week_should_be_split() -> None:
    """20 h do not fit a budget of 8, 8 h do, and no hours say nothing."""
    assert should_split(20, 8)
    assert not should_split(8, 8)
    assert not should_split(None, 8)


def test_the_calculation_can_be_read() -> None:
    """A score line shows its numbers."""
    assert explain_priority(8, 2) == "8 × (11 − 2) = 72"
    assert explain_priority(8, None) == "unscored"
