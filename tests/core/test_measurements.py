"""Measurements: a baseline, a number after it, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.measurement import Measurement, Numbers, parse_numbers, parse_target
from hansei_core.retro import ImprovementDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.tables import MEASUREMENTS
from hansei_core.verbs import improvements
from hansei_core.verbs.measure import (
    drop_measurement,
    find_measurement,
    load_measurements,
    measure,
    measured_ids,
)
from hansei_core.verbs.records import read_improvement

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    improvements.add(store, ImprovementDraft("Faster build"), now=NOW)
    return store


def test_a_number_after_is_compared_with_the_one_before() -> None:
    """Percent and target would be wrong, or said of numbers that nobody took."""
    found = Measurement("M-001", "IMP-2026-001", "errors", NOW, 0.5, 0.075, "percent", 0.1)
    assert (found.change_percent, found.meets_target) == (-85.0, True)
    assert found.said == "errors 0.5 → 0.075 percent (−85 %), target 0.1 met"
    growing = Measurement("M-002", "IMP-2026-001", "hits", NOW, 10, 12, target=15)
    assert (growing.meets_target, growing.said) == (False, "hits 10 → 12 (+20 %), target 15 missed")
    unknown = Measurement("M-003", "IMP-2026-001", "hits", NOW, None, 12, target=15)
    assert (unknown.change_percent, unknown.meets_target) == (None, None)
    assert Measurement("M-004", "IMP-2026-001", "hits", NOW, 0, 12).change_percent is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("build time 30 -> 12 s", Numbers("build time", 30, 12, "s")),
        ("build time 30 12", Numbers("build time", 30, 12)),
        ("errors 0,5 → 0.075 percent", Numbers("errors", 0.5, 0.075, "percent")),
        ("p95 ? to 120 ms a call", Numbers("p95", None, 120, "ms a call")),
        ("build 30 -> ? s, target -50%", Numbers("build", 30, None, "s", None, -50)),
        ("hits 10 -> 12 target 15", Numbers("hits", 10, 12, "", 15)),
        ("target hits 10 12", Numbers("target hits", 10, 12)),
    ],
)
def test_a_line_is_read(line: str, found: Numbers) -> None:
    """Someone who types metric, before and after would be refused."""
    assert parse_numbers(line) == found


@pytest.mark.parametrize("line", ["", "faster", "30 12", "build time 30"])
def test_a_line_without_numbers_is_refused(line: str) -> None:
    """Half a measurement would be stored as a whole one."""
    with pytest.raises(UsageError, match="is no measurement"):
        parse_numbers(line)


def test_a_baseline_is_filled_later(store: MemoryStore) -> None:
    """Measuring the same metric twice would make two half records, or count too early."""
    measure(store, "1", "Build  time", now=NOW, before=30, unit="s")
    assert measured_ids(load_measurements(store)) == frozenset()
    later = NOW + timedelta(days=3)
    outcome = measure(store, "1", "build time", now=later, after=12)
    assert outcome.label == "measure IMP-2026-001: Build time 30 → 12 s (−60 %)"
    assert load_measurements(store) == (outcome.value,)
    assert measured_ids(load_measurements(store)) == {"IMP-2026-001"}
    history = read_improvement(store, "IMP-2026-001").history
    assert history[-1].text == "measured: Build time 30 → 12 s (−60 %)"
    store.undo(now=later)
    assert measured_ids(load_measurements(store)) == frozenset()


def test_nothing_is_kept_without_a_number(store: MemoryStore) -> None:
    """A measurement without name or number proves nothing."""
    with pytest.raises(UsageError, match="no number"):
        measure(store, "1", "build", now=NOW)
    with pytest.raises(UsageError, match="needs a metric"):
        measure(store, "1", " ", now=NOW, after=1)
    with pytest.raises(UsageError, match="must be a number"):
        measure(store, "1", "build", now=NOW, after=float("inf"))
    with pytest.raises(NotFoundError):
        measure(store, "9", "build", now=NOW, after=1)
    assert load_measurements(store) == ()


def test_a_measurement_is_dropped_and_comes_back(store: MemoryStore) -> None:
    """A typing mistake could not be taken away, or not be brought back."""
    found = measure(store, "1", "build", now=NOW, after=1).value
    drop_measurement(store, found.id, now=NOW)
    assert load_measurements(store) == ()
    with pytest.raises(NotFoundError):
        drop_measurement(store, found.id, now=NOW)
    store.undo(now=NOW)
    assert load_measurements(store) == (found,)


def test_a_damaged_measurement_is_passed_over(store: MemoryStore) -> None:
    """One unreadable record would stop the review."""
    measure(store, "1", "build", now=NOW, after=1)
    with store.transaction("damage", now=NOW) as transaction:
        transaction.put(MEASUREMENTS, "M-000", {"id": "M-000"})
    assert len(load_measurements(store)) == 1
    measure(store, "1", "build", now=NOW, before=2)
    assert load_measurements(store)[0].before == 2


@pytest.mark.parametrize(
    ("before", "after", "percent", "guard", "met"),
    [
        (30, 15, -50, False, True),
        (30, 15.1, -50, False, False),
        (-4, -6, -50, False, True),
        (10, 12, 20, False, True),
        (0, 12, 20, False, None),
        (None, 12, 20, False, None),
        (3, 3.2, 10, True, True),
        (3, 3.4, 10, True, False),
        (3, 2, 0, True, True),
        (100, 94, -5, True, False),
        (100, 120, -5, True, True),
    ],
)
def test_a_target_may_be_a_change_of_the_number_before(
    before: float | None, after: float, percent: float, guard: bool, met: bool | None
) -> None:
    """A target of −50 % would be compared with the number itself, or a limit taken for a goal."""
    found = Measurement(
        "M-001", "IMP-2026-001", "x", NOW, before, after, target_percent=percent, guard=guard
    )
    assert found.meets_target is met


def test_a_target_says_what_it_means() -> None:
    """One would have to compute what −50 % of the number before is."""
    found = Measurement("M-001", "IMP-2026-001", "build", NOW, 30, 12, "s", target_percent=-50)
    assert found.said == "build 30 → 12 s (−60 %), target −50 % (15) met"
    limit = Measurement("M-002", "IMP-2026-001", "cost", NOW, 3, 3.5, target_percent=10, guard=True)
    assert limit.said == "cost 3 → 3.5 (+16.7 %), limit +10 % (3.3) broken"
    assert parse_target(" −50 % ") == (None, -50)
    assert parse_target("0,5") == (0.5, None)
    with pytest.raises(UsageError, match="is no target"):
        parse_target("half")


def test_one_primary_metric_and_two_guard_rails(store: MemoryStore) -> None:
    """R84: with enough metrics one of them always proves a success."""
    for name in ("build", "cost", "tests"):
        measure(store, "1", name, now=NOW, before=10)
    assert [each.guard for each in load_measurements(store)] == [False, True, True]
    with pytest.raises(UsageError, match="has 3 metrics already: build, cost, tests"):
        measure(store, "1", "mood", now=NOW, before=3)
    assert len(load_measurements(store)) == 3
    measure(store, "1", "Cost", now=NOW, guard=False)
    assert [each.guard for each in load_measurements(store)] == [True, False, True]
    cost = find_measurement(store, "1", "cost", now=NOW)
    drop_measurement(store, cost.id, now=NOW)
    assert [each.metric for each in load_measurements(store) if not each.guard] == ["build"]
    measure(store, "1", "mood", now=NOW, before=3)
    assert find_measurement(store, "1", "mood", now=NOW).guard
    with pytest.raises(NotFoundError, match="was never measured"):
        find_measurement(store, "1", "cost", now=NOW)


def test_a_target_is_a_number_or_a_percentage(store: MemoryStore) -> None:
    """Two targets of one metric could be met and missed at once."""
    with pytest.raises(UsageError, match="two targets"):
        measure(store, "1", "build", now=NOW, target=3, target_percent=-50)
    measure(store, "1", "build", now=NOW, before=30, target=10)
    measure(store, "1", "build", now=NOW, target_percent=-50)
    (found,) = load_measurements(store)
    assert (found.target, found.goal) == (None, 15)
