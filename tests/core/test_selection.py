"""Selection: exact against brute force, and every rule of the proposal."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_core.improvement import Improvement, with_scores
from hansei_core.planning.knapsack import (
    Candidate,
    choose,
    choose_top_down,
    quarters_down,
    quarters_up,
)
from hansei_core.planning.selection import Force, Reason, Rules, Surroundings, propose
from hansei_core.vocabulary import Severity, Stage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AROUND = Surroundings(date(2026, 11, 21))

CANDIDATES = st.lists(st.tuples(st.integers(1, 14), st.integers(1, 12)), max_size=11).map(
    lambda pairs: [
        Candidate(f"IMP-2026-{number:03d}", quarters, value)
        for number, (quarters, value) in enumerate(pairs, 1)
    ]
)


def brute_force(items: Iterable[Candidate], quarters: int, cap: int) -> list[str]:
    """Return the ids of the best set by looking at every set there is."""
    sets = (
        chosen
        for size in range(cap + 1)
        for chosen in combinations(list(items), size)
        if sum(item.quarters for item in chosen) <= quarters
    )
    best = min(
        sets,
        key=lambda chosen: (
            -sum(item.value for item in chosen),
            sum(item.quarters for item in chosen),
            sorted(item.id for item in chosen),
        ),
    )
    return sorted(item.id for item in best)


@settings(max_examples=250, deadline=None)
@given(CANDIDATES, st.integers(0, 34), st.integers(0, 6))
def test_the_choice_is_the_best_there_is(items: list[Candidate], quarters: int, cap: int) -> None:
    """Value, then minutes, then the list of ids: the same set as all subsets compared."""
    assert [item.id for item in choose(items, quarters, cap)] == brute_force(items, quarters, cap)


FIFTEEN = st.lists(st.tuples(st.integers(1, 14), st.integers(1, 12)), min_size=12, max_size=15).map(
    lambda pairs: [
        Candidate(f"IMP-2026-{number:03d}", quarters, value)
        for number, (quarters, value) in enumerate(pairs, 1)
    ]
)


@settings(max_examples=40, deadline=None)
@given(FIFTEEN, st.integers(8, 34))
def test_fifteen_items_equal_brute_force(items: list[Candidate], quarters: int) -> None:
    """Among many sets a better one than the chosen would be there."""
    assert [item.id for item in choose(items, quarters, 5)] == brute_force(items, quarters, 5)


def test_twelve_items_equal_brute_force() -> None:
    """A fixed fixture of twelve gives the same set and hours as all 4,096 subsets."""
    source = random.Random(55)  # noqa: S311  # a fixture, not a secret
    items = [
        Candidate(f"IMP-2026-{number:03d}", source.randint(1, 24), source.randint(1, 100))
        for number in range(1, 13)
    ]
    chosen = choose(items, 32, 12)
    assert [item.id for item in chosen] == brute_force(items, 32, 12)
    assert sum(item.quarters for item in chosen) <= 32


@settings(deadline=None)
@given(CANDIDATES, st.integers(0, 34), st.integers(0, 6), st.randoms())
def test_the_order_of_the_input_does_not_matter(
    items: list[Candidate], quarters: int, cap: int, source: random.Random
) -> None:
    """Shuffled input gives the same answer, from the exact choice and the plain one."""
    shuffled = list(items)
    source.shuffle(shuffled)
    assert choose(shuffled, quarters, cap) == choose(items, quarters, cap)
    assert choose_top_down(shuffled, quarters, cap) == choose_top_down(items, quarters, cap)


@given(CANDIDATES, st.integers(0, 34), st.integers(0, 6))
def test_exact_is_never_worse_than_top_down(
    items: list[Candidate], quarters: int, cap: int
) -> None:
    """Both keep the limits, and the exact choice has at least the plain one's value."""
    exact, plain = choose(items, quarters, cap), choose_top_down(items, quarters, cap)
    for chosen in (exact, plain):
        assert len(chosen) <= cap
        assert sum(item.quarters for item in chosen) <= quarters
    assert sum(item.value for item in exact) >= sum(item.value for item in plain)


@pytest.mark.parametrize(
    ("hours", "up", "down"), [(0.1, 1, 0), (0.25, 1, 1), (2, 8, 8), (6.4, 26, 25), (0.3, 2, 1)]
)
def test_hours_round_up_and_budgets_down(hours: float, up: int, down: int) -> None:
    """Quarter-hours are rounded against the planner, and floats do not cheat."""
    assert (quarters_up(hours), quarters_down(hours)) == (up, down)
    assert quarters_up(0.1 + 0.2 + 0.2) == 2
    assert quarters_down(0.7 + 0.1 - 0.05) == 3


def made(number: int, impact: int | None, effort: int, hours: float, **more: object) -> Improvement:
    item = Improvement(f"IMP-2026-{number:03d}", f"t{number}", NOW, NOW, NOW, stage=Stage.BACKLOG)
    item = with_scores(item, now=NOW, impact=impact, effort=effort, hours=hours)
    return replace(item, **more)  # type: ignore[arg-type]  # the tests name real fields


def without_hours(item: Improvement) -> Improvement:
    return replace(item, hours=None)


def test_exact_beats_top_down_and_says_so() -> None:
    """One large valuable item is given up for two smaller ones, in words."""
    items = [made(12, 10, 2, 7.0), made(7, 10, 3, 4.0), made(9, 8, 3, 3.75)]
    proposal = propose(items, Rules(8.0), AROUND)
    assert proposal.ids == ("IMP-2026-007", "IMP-2026-009")
    assert [choice.id for choice in proposal.top_down] == ["IMP-2026-012"]
    assert (
        proposal.difference == "exact: +54 priority, 7.75 h, IMP-2026-007 and IMP-2026-009"
        " instead of IMP-2026-012"
    )


def test_equal_choices_say_so() -> None:
    """Where both ways agree, nothing is claimed."""
    proposal = propose([made(1, 8, 2, 2.0)], Rules(8.0), AROUND)
    assert proposal.difference == "exact and top-down choose the same, 2 h"


def test_forced_items_come_in_their_order() -> None:
    """Running, pinned, critical, carried; what does not fit any more is named."""
    items = [
        made(1, 10, 1, 1.0),
        made(2, 1, 10, 2.0),
        made(3, 2, 9, 2.0),
        made(4, 1, 9, 2.0, severity=Severity.CRITICAL),
        made(5, 3, 9, 2.0),
    ]
    around = Surroundings(
        date(2026, 11, 21),
        running="IMP-2026-005",
        pinned=frozenset({"IMP-2026-003"}),
        carried={"IMP-2026-002": 1},
    )
    proposal = propose(items, Rules(7.0), around)
    assert [(choice.id[-1], choice.force) for choice in proposal.choices] == [
        ("5", Force.RUNNING),
        ("3", Force.PINNED),
        ("4", Force.CRITICAL),
        ("1", None),
    ]
    assert proposal.left_forced == (("IMP-2026-002", Force.CARRIED, "2 h do not fit any more"),)
    assert proposal.hours == 7.0


def test_the_cap_holds_for_forced_items_too() -> None:
    """More pins than places leave the last ones out by name."""
    items = [made(number, 5, 5, 1.0) for number in range(1, 5)]
    pinned = frozenset(item.id for item in items)
    proposal = propose(items, Rules(8.0, max_items=3), Surroundings(NOW.date(), pinned=pinned))
    assert len(proposal.choices) == 3
    assert proposal.left_forced == (("IMP-2026-004", Force.PINNED, "the week holds 3 at most"),)


@pytest.mark.parametrize("taken", [8.0, 12.0])
def test_a_week_full_of_pins_gets_not_a_quarter_of_an_hour_more(taken: float) -> None:
    """A week that is full, or more than full by the user's own hand, would be proposed more."""
    items = [made(1, 5, 5, taken), made(2, 10, 1, 0.25)]
    around = Surroundings(
        NOW.date(), pinned=frozenset({"IMP-2026-001"}), given={"IMP-2026-001": taken}
    )
    proposal = propose(items, Rules(8.0), around)
    assert "IMP-2026-002" not in (*proposal.ids, *(choice.id for choice in proposal.top_down))


def test_what_is_left_out_is_counted_with_its_reason() -> None:
    """Blocked, deferred, snoozed, inbox, unscored and too large are named; done is silent."""
    items = [
        made(1, 8, 2, 2.0),
        made(2, 8, 2, 2.0),
        made(3, 8, 2, 2.0, stage=Stage.DEFERRED),
        made(4, 8, 2, 2.0, snoozed_until=date(2026, 12, 1)),
        made(5, 8, 2, 2.0, stage=Stage.INBOX),
        made(6, None, 2, 2.0),
        made(7, 8, 2, 20.0),
        without_hours(made(8, 8, 2, 2.0)),
        made(9, 8, 2, 2.0, stage=Stage.DONE),
        made(10, 8, 2, 2.0, stage=Stage.TRASH),
    ]
    around = Surroundings(NOW.date(), blocked=frozenset({"IMP-2026-002"}))
    proposal = propose(items, Rules(8.0), around)
    assert proposal.ids == ("IMP-2026-001",)
    assert proposal.considered == 1
    assert dict(proposal.excluded) == {
        Reason.BLOCKED: ("IMP-2026-002",),
        Reason.DEFERRED: ("IMP-2026-003", "IMP-2026-004"),
        Reason.INBOX: ("IMP-2026-005",),
        Reason.UNSCORED: ("IMP-2026-006",),
        Reason.NO_HOURS: ("IMP-2026-008",),
        Reason.TOO_LARGE: ("IMP-2026-007",),
    }


def test_a_critical_one_is_taken_from_the_inbox() -> None:
    """Critical pins to the plan untriaged and unscored; without hours it is named."""
    items = [
        made(1, None, 2, 2.0, stage=Stage.INBOX, severity=Severity.CRITICAL),
        without_hours(made(2, None, 2, 2.0, stage=Stage.INBOX, severity=Severity.CRITICAL)),
    ]
    proposal = propose(items, Rules(8.0), AROUND)
    assert [choice.force for choice in proposal.choices] == [Force.CRITICAL]
    assert proposal.left_forced == (("IMP-2026-002", Force.CRITICAL, Reason.NO_HOURS.value),)


def test_impact_can_be_the_value() -> None:
    """By choice the plan maximises impact instead of priority."""
    items = [made(1, 9, 10, 8.0), made(2, 3, 1, 8.0)]
    assert propose(items, Rules(8.0, value="impact"), AROUND).ids == ("IMP-2026-001",)
    assert propose(items, Rules(8.0, value="priority"), AROUND).ids == ("IMP-2026-002",)


def test_tracked_time_and_the_own_ratio_change_the_hours() -> None:
    """What remains is planned: estimate times ratio less what was tracked."""
    around = Surroundings(NOW.date(), spent_hours={"IMP-2026-001": 1.0})
    assert propose([made(1, 8, 2, 4.0)], Rules(8.0), around).hours == 3.0
    assert propose([made(1, 8, 2, 4.0)], Rules(8.0, ratio=1.5), AROUND).hours == 6.0
    spent = Surroundings(NOW.date(), spent_hours={"IMP-2026-001": 9.0})
    assert propose([made(1, 8, 2, 4.0)], Rules(8.0), spent).hours == 0.25


def test_the_fill_share_leaves_air() -> None:
    """A plan filled to half takes half the budget, and large items still fit the week."""
    items = [made(1, 8, 2, 4.0), made(2, 8, 2, 4.0)]
    assert propose(items, Rules(8.0, fill=0.5), AROUND).ids == ("IMP-2026-001",)
    assert propose([made(3, 8, 2, 6.0)], Rules(8.0, fill=0.5), AROUND).excluded == {}


def test_thirty_two_hours_give_six_point_four() -> None:
    """20 % of 32 h is 6.4 h, of which 6.25 can be filled in quarters."""
    assert propose([], Rules(32 * 0.2), AROUND).budget_hours == 6.25


def test_what_the_user_took_has_the_hours_of_the_plan() -> None:
    """Six hours given by hand would count as the two of the estimate, and the week overflow."""
    around = Surroundings(
        NOW.date(), pinned=frozenset(("IMP-2026-001",)), given={"IMP-2026-001": 6.0}
    )
    items = [made(1, 8, 2, 2.0), made(2, 9, 2, 4.0), made(3, 3, 2, 2.0)]
    proposal = propose(items, Rules(8.0), around)
    assert proposal.ids == ("IMP-2026-001", "IMP-2026-003")
    assert proposal.hours == 8.0


def test_nothing_is_proposed_beside_a_week_that_is_overdrawn() -> None:
    """What was taken beyond the budget stays in the plan; adding to it would hide by how much."""
    taken = {"IMP-2026-001": 6.0, "IMP-2026-002": 4.0}
    around = Surroundings(NOW.date(), pinned=frozenset(taken), given=taken)
    items = [made(1, 8, 2, 6.0), made(2, 7, 2, 4.0), made(3, 3, 2, 2.0)]
    proposal = propose(items, Rules(8.0), around)
    assert proposal.ids == ("IMP-2026-001",)
    assert proposal.left_forced == (("IMP-2026-002", Force.PINNED, "4 h do not fit any more"),)
    large = Surroundings(NOW.date(), pinned=frozenset(taken), given={"IMP-2026-001": 40.0})
    assert propose([made(1, 8, 2, 40.0), made(3, 3, 2, 2.0)], Rules(8.0), large).ids == ()


def test_what_is_finished_has_spent_its_hours_and_its_place() -> None:
    """In the middle of the week the proposal would fill what has been worked already."""
    around = Surroundings(NOW.date(), finished=(3.0, 3.0))
    items = [made(1, 8, 2, 2.0), made(2, 7, 2, 2.0)]
    assert propose(items, Rules(8.0), around).ids == ("IMP-2026-001",)
    assert propose(items, Rules(20.0, max_items=3), around).ids == ("IMP-2026-001",)
