"""Twins: repeats are recognised, strangers are not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei_core.improvement import Improvement
from hansei_core.similar import TitleIndex, find_twins, may_resemble

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TITLES = (
    "Pool the database connections",
    "Write down the flag that the tests need",
    "Make the hook skip generated files",
    "Cache the dependency download in CI",
    "Read a file before editing it",
)
ITEMS = tuple(
    Improvement(f"IMP-2026-{number:03d}", title, NOW, NOW, NOW)
    for number, title in enumerate(TITLES, 1)
)


@pytest.mark.parametrize(
    ("title", "twin"),
    [
        ("Pool database connections", 1),
        ("Database connections: pool them", 1),
        ("POOL THE DATABASE CONNECTION", 1),
        ("Write down which flag the test needs", 2),
        ("Hook should skip generated files", 3),
        ("Reading files before editing", 5),
    ],
)
def test_a_repeat_is_recognised(title: str, twin: int) -> None:
    """Other order, number, case and small words do not hide a repeat."""
    found = find_twins(title, ITEMS)
    assert found
    assert found[0].item.id == f"IMP-2026-{twin:03d}"
    assert found[0].shared


@pytest.mark.parametrize(
    "title",
    ["", "the", "Rename the page", "Write a changelog", "Pool", "Make the tests faster", "???"],
)
def test_a_stranger_is_not_offered(title: str) -> None:
    """One common word makes no twin."""
    assert find_twins(title, ITEMS) == ()


@given(st.text(max_size=40))
def test_any_title_is_its_own_twin_or_has_no_words(title: str) -> None:
    """A title that is there already is always found first, whatever script it is in."""
    item = Improvement("IMP-2026-009", title, NOW, NOW, NOW)
    found = find_twins(title, (*ITEMS, item))
    assert not any(char.isalnum() for char in title) or item in [twin.item for twin in found]


WORDS = st.sampled_from(("pool", "pools", "pooling", "query", "queries", "the", "hook", "Größe"))
LINES = st.lists(WORDS, max_size=4).map(" ".join)


@given(LINES, st.lists(LINES, max_size=6))
def test_the_quick_look_loses_no_twin(title: str, others: list[str]) -> None:
    """A capture at ten thousand improvements would miss a twin that a small backlog shows."""
    items = [
        Improvement(f"IMP-2026-{number:03d}", other, NOW, NOW, NOW)
        for number, other in enumerate(others, 1)
    ]
    near = may_resemble(title, {item.id: item.title for item in items})
    twins = find_twins(title, items)
    assert find_twins(title, [item for item in items if item.id in near]) == twins


def test_an_index_made_anew_reads_new_titles_only() -> None:
    """After each change all titles would be read again, or one would lose its words."""
    known: dict[str, tuple[str, ...]] = {}
    TitleIndex(ITEMS[:2], known)
    words = known[TITLES[0]]
    again = TitleIndex(ITEMS, known)
    assert known[TITLES[0]] is words
    assert [twin.item.id for twin in again.twins("Cache dependency downloads in CI")] == [
        ITEMS[3].id
    ]


def test_an_improvement_is_no_twin_of_itself() -> None:
    """Triage would offer an improvement as the duplicate of itself."""
    twin = Improvement("IMP-2026-009", TITLES[0], NOW, NOW, NOW)
    found = TitleIndex((*ITEMS, twin)).twins(TITLES[0], but=ITEMS[0].id)
    assert [one.item.id for one in found] == [twin.id]
