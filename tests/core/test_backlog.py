"""The backlog as a whole: lists, board, matrix, triage."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei_core.backlog import (
    SORTS,
    blocked_ids,
    board,
    circle,
    is_shown,
    matrix,
    sort_items,
)
from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement
from hansei_core.scoring import Bin
from hansei_core.triage import triage_order
from hansei_core.vocabulary import BOARD_STAGES, Severity, Stage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()


def made(number: int, **more: object) -> Improvement:
    item = Improvement(f"IMP-2026-{number:03d}", f"t{number}", NOW, NOW, NOW)
    return replace(item, **more)  # type: ignore[arg-type]  # the tests name real fields


SCORES = st.none() | st.integers(1, 10)
MANY = st.lists(st.tuples(SCORES, SCORES, st.sampled_from(Stage)), max_size=15).map(
    lambda rows: [
        made(number, impact=impact, effort=effort, stage=stage)
        for number, (impact, effort, stage) in enumerate(rows, 1)
    ]
)


@given(MANY)
def test_the_matrix_holds_each_item_exactly_once(items: list[Improvement]) -> None:
    """Scored ones stand in one cell, unscored ones beside, none twice and none nowhere."""
    found = matrix(items)
    placed = [item for cell in found.cells.values() for item in cell]
    assert sorted(item.id for item in (*placed, *found.unscored)) == [item.id for item in items]
    assert all(item.is_scored for item in placed)
    assert not any(item.is_scored for item in found.unscored)
    assert len(found.cells) == 9


def test_the_documented_examples_lie_in_their_cells() -> None:
    """4/9 lands in don't, 6/3 in do next."""
    found = matrix([made(1, impact=4, effort=9), made(2, impact=6, effort=3)])
    assert [item.id[-1] for item in found.cells[Bin.LOW, Bin.HIGH]] == ["1"]
    assert [item.id[-1] for item in found.cells[Bin.MEDIUM, Bin.LOW]] == ["2"]


@given(MANY, st.sampled_from(sorted(SORTS)), st.randoms())
def test_every_order_is_total(items: list[Improvement], by: str, source: random.Random) -> None:
    """Rows never change places by the order in which they were read."""
    shuffled = list(items)
    source.shuffle(shuffled)
    assert sort_items(shuffled, by) == sort_items(items, by)


def test_equal_rows_stand_by_year_and_number() -> None:
    """The thousandth improvement of a year would stand before the hundredth."""
    ids = ("IMP-2025-1000", "IMP-2026-001", "IMP-2026-999", "IMP-2026-1000", "IMP-2026-10000")
    items = [replace(made(1), id=name) for name in reversed(ids)]
    assert tuple(item.id for item in sort_items(items)) == ids
    assert tuple(item.id for item in sort_items(items, "id")) == ids
    assert tuple(item.id for item in sort_items(items, reverse=True)) == ids[::-1]


def test_orders_are_named_when_one_is_unknown() -> None:
    """A mistyped order names the nearest."""
    with pytest.raises(UsageError) as caught:
        sort_items([], "prioritty")
    assert "priority" in caught.value.hint


def test_the_board_shows_seven_columns_and_ninety_days() -> None:
    """Done 90 days ago is shown, 91 days ago is counted; the inbox is no column."""
    items = (
        made(1, stage=Stage.DONE, done_at=NOW - timedelta(days=90)),
        made(2, stage=Stage.DONE, done_at=NOW - timedelta(days=91)),
        made(3),
        made(4, stage=Stage.VALIDATION),
    )
    columns = board(items, NOW)
    assert tuple(column.stage for column in columns) == BOARD_STAGES
    done = next(column for column in columns if column.stage is Stage.DONE)
    assert ([item.id[-1] for item in done.items], done.hidden) == (["1"], 1)
    assert sum(len(column.items) for column in columns) == 2


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, True),
        ({"stage": Stage.DONE}, False),
        ({"stage": Stage.TRASH}, False),
        ({"snoozed_until": date(2026, 11, 22)}, False),
        ({"snoozed_until": date(2026, 11, 21)}, True),
        ({"stage": Stage.DEFERRED}, False),
        ({"stage": Stage.DEFERRED, "deferred_until": date(2026, 11, 21)}, True),
        ({"stage": Stage.DEFERRED, "deferred_until": date(2026, 11, 22)}, False),
    ],
)
def test_a_list_shows_what_can_be_worked_on(fields: dict[str, object], shown: bool) -> None:
    """Finished, thrown away and hidden ones are left out until their day."""
    assert is_shown(made(1, **fields), TODAY) is shown


def test_triage_begins_with_the_critical_and_what_came_back() -> None:
    """Critical first, then deferred ones whose day has come, then the oldest."""
    items = (
        made(1, created_at=NOW - timedelta(days=1)),
        made(2, created_at=NOW - timedelta(days=2)),
        made(3, stage=Stage.DEFERRED, deferred_until=TODAY),
        made(4, severity=Severity.CRITICAL),
        made(5, stage=Stage.BACKLOG),
        made(6, snoozed_until=date(2027, 1, 1)),
    )
    assert [item.id[-1] for item in triage_order(items, NOW)] == ["4", "3", "2", "1"]


def test_a_finished_blocker_blocks_no_more() -> None:
    """Blocked is what waits for something unfinished."""
    items = (
        made(1, blocks=("IMP-2026-003",)),
        made(2, blocks=("IMP-2026-004",), stage=Stage.DONE),
    )
    assert blocked_ids(items) == {"IMP-2026-003"}


def test_circles_are_seen_through_others() -> None:
    """A → B → C: C must not block A, A may block C; old circles do not hang the search."""
    items = {
        "A": made(1, blocks=("B",)),
        "B": made(2, blocks=("C",)),
        "X": made(3, blocks=("Y",)),
        "Y": made(4, blocks=("X",)),
    }
    assert circle(items, "C", "A") == ("C", "A", "B", "C")
    assert circle(items, "A", "C") == ()
    assert circle(items, "A", "A") == ("A", "A")
    assert circle(items, "A", "X") == ()
