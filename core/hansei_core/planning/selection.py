"""The proposal for a week: what is taken, what is left out and why, and what top-down would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from hansei_core.improvement import Improvement
from hansei_core.planning.knapsack import (
    Candidate,
    choose,
    choose_top_down,
    quarters_down,
    quarters_up,
)
from hansei_core.planning.week import MAX_ITEMS
from hansei_core.vocabulary import Severity, Stage

ValueBy: TypeAlias = Literal["priority", "impact"]


class Force(StrEnum):
    """Why an item is taken before anything is weighed, in the order they are taken."""

    RUNNING = "its timer runs"
    PINNED = "pinned or taken by hand"
    CRITICAL = "critical"
    CARRIED = "carried over"


class Reason(StrEnum):
    """Why an item is left out."""

    BLOCKED = "blocked by another improvement"
    DEFERRED = "deferred or snoozed"
    INBOX = "still in the inbox"
    UNSCORED = "without impact or effort"
    NO_HOURS = "without hours"
    TOO_LARGE = "larger than the week's budget: split it"
    NO_BUDGET = "the week holds no hours"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a proposal goes by."""

    budget_hours: float
    max_items: int = MAX_ITEMS
    value: ValueBy = "priority"
    fill: float = 1.0
    """Share of the budget that may be filled."""
    ratio: float = 1.0
    """The user's own hours worked for each hour estimated; hours are multiplied by it."""

    @property
    def quarters(self) -> int:
        """What may be filled, in quarter-hours, rounded down."""
        return quarters_down(self.budget_hours * self.fill)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a proposal must know besides the improvements."""

    today: date
    running: str = ""
    pinned: frozenset[str] = frozenset()
    """Pinned ones, and those that the user took by hand."""
    carried: Mapping[str, int] = field(default_factory=dict)
    """Times an unfinished item was carried over, by id."""
    blocked: frozenset[str] = frozenset()
    spent_hours: Mapping[str, float] = field(default_factory=dict)
    """Hours tracked so far, by id; the estimate less these is what remains."""
    given: Mapping[str, float] = field(default_factory=dict)
    """Hours that the plan gives to what the user took, by id; they stand instead of estimates."""
    finished: tuple[float, ...] = ()
    """Hours of each item of the plan that is finished; budget and cap have spent them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An item of a proposal."""

    id: str
    hours: float
    value: int
    force: Force | None = None
    """None where the exact selection chose it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A week's proposal, with everything that explains it."""

    choices: tuple[Choice, ...]
    """Forced ones first in their order, then by value."""
    top_down: tuple[Choice, ...]
    """The plain list from the top, under the same rules."""
    budget_hours: float
    value_by: ValueBy
    left_forced: tuple[tuple[str, Force, str], ...] = ()
    """Forced items that could not be taken, and why."""
    excluded: Mapping[Reason, tuple[str, ...]] = field(default_factory=dict)
    """Ids that were not considered, by reason, sorted."""
    considered: int = 0
    """How many could have been chosen."""
    ratio: float = 1.0
    """What estimates were multiplied by."""
    fill: float = 1.0
    """Share of the budget that was to be filled."""

    @property
    def used(self) -> float:
        """Share of the week's budget that is chosen; 1 where there is no budget."""
        return self.hours / self.budget_hours if self.budget_hours else 1.0

    @property
    def hours(self) -> float:
        """Hours of the choices."""
        return sum(choice.hours for choice in self.choices)

    @property
    def value(self) -> int:
        """Value of the choices."""
        return sum(choice.value for choice in self.choices)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the choices, in their order."""
        return tuple(choice.id for choice in self.choices)

    @property
    def difference(self) -> str:
        """Exact against top-down, in words."""
        return difference(self.choices, self.top_down, self.value_by)


_NEVER: Final = frozenset((Stage.DONE, Stage.STANDARDISED, Stage.DECLINED, Stage.TRASH))


def propose(items: Iterable[Improvement], rules: Rules, around: Surroundings) -> Proposal:
    """Return the proposal for a week.

    Forced items come first (running, pinned, critical, carried), as long as they fit; then the
    rest is chosen exactly. Hours round up and the budget down to quarter-hours. Items that cannot
    be chosen are listed with their reason.

    Args:
        items: All improvements; finished and discarded ones are passed over silently.
        rules: Budget, cap and value.
        around: Timer, pins, carries, blocks, time spent.
    """
    free: list[Candidate] = []
    forced: list[tuple[Force, Candidate]] = []
    left: list[tuple[str, Force, str]] = []
    excluded: dict[Reason, list[str]] = {}
    for item in items:
        if item.stage in _NEVER:
            continue
        force = _force(item, around)
        candidate = _candidate(item, rules, around)
        reason = _reason(item, candidate, rules, around, force)
        if reason is not None:
            excluded.setdefault(reason, []).append(item.id)
            if force is not None:
                left.append((item.id, force, reason.value))
        elif force is not None:
            forced.append((force, candidate))
        else:
            free.append(candidate)
    taken, too_much, quarters = _take_forced(forced, rules, around)
    room = rules.max_items - len(taken) - len(around.finished) - _kept_beside(too_much, around)
    exact, plain = choose(free, quarters, room), choose_top_down(free, quarters, room)
    first = tuple(_choice(item, force) for force, item in taken)
    return Proposal(
        choices=(*first, *_by_value(exact)),
        top_down=(*first, *_by_value(plain)),
        budget_hours=rules.quarters / 4,
        value_by=rules.value,
        left_forced=(*sorted(left), *too_much),
        excluded={
            reason: tuple(sorted(excluded[reason])) for reason in Reason if reason in excluded
        },
        considered=len(free) + len(forced),
        ratio=rules.ratio,
        fill=rules.fill,
    )


def difference(exact: tuple[Choice, ...], plain: tuple[Choice, ...], value_by: str) -> str:
    """Return in words what the exact choice gains over the plain list from the top."""
    gain = sum(item.value for item in exact) - sum(item.value for item in plain)
    hours = sum(item.hours for item in exact)
    theirs, ours = {item.id for item in plain}, {item.id for item in exact}
    added = _named([item.id for item in exact if item.id not in theirs])
    gone = _named([item.id for item in plain if item.id not in ours])
    if not added and not gone:
        return f"exact and top-down choose the same, {hours:g} h"
    said = f"exact: {gain:+d} {value_by}, {hours:g} h"
    if added and gone:
        return f"{said}, {added} instead of {gone}"
    return f"{said}, {added} besides" if added else f"{said}, without {gone}"


def _force(item: Improvement, around: Surroundings) -> Force | None:
    if item.id == around.running:
        return Force.RUNNING
    if item.id in around.pinned:
        return Force.PINNED
    if item.severity is Severity.CRITICAL:
        return Force.CRITICAL
    return Force.CARRIED if around.carried.get(item.id) else None


def _reason(
    item: Improvement,
    candidate: Candidate,
    rules: Rules,
    around: Surroundings,
    force: Force | None,
) -> Reason | None:
    """Return why an item is left out; what the user took or runs needs no more than hours."""
    by_hand = force in (Force.RUNNING, Force.PINNED)
    if not by_hand:
        hidden = item.snoozed_until is not None and item.snoozed_until > around.today
        if item.id in around.blocked:
            return Reason.BLOCKED
        if item.stage is Stage.DEFERRED or hidden:
            return Reason.DEFERRED
        if item.stage is Stage.INBOX and force is None:
            return Reason.INBOX
        if not item.is_scored and force is None:
            return Reason.UNSCORED
    if item.hours is None and item.id not in around.given:
        return Reason.NO_HOURS
    room = quarters_down(rules.budget_hours)
    if candidate.quarters > room and item.id not in around.given:
        return Reason.TOO_LARGE if room else Reason.NO_BUDGET
    return None


def _remaining(item: Improvement, rules: Rules, around: Surroundings) -> float:
    """Return hours still to plan for: estimate × ratio less what was tracked, at least 0.25.

    What the user took has the hours that the plan gives it.
    """
    if item.id in around.given:
        return around.given[item.id]
    estimate = (item.hours or 0.0) * rules.ratio
    return max(0.25, estimate - around.spent_hours.get(item.id, 0.0))


def _candidate(item: Improvement, rules: Rules, around: Surroundings) -> Candidate:
    value = item.impact if rules.value == "impact" else item.priority
    return Candidate(item.id, quarters_up(_remaining(item, rules, around)), value or 0)


def _take_forced(
    forced: list[tuple[Force, Candidate]], rules: Rules, around: Surroundings
) -> tuple[list[tuple[Force, Candidate]], list[tuple[str, Force, str]], int]:
    """Return what is taken, what is not and why, and the quarters that remain.

    What the user took beyond the budget is named and stays in the plan all the same; its hours
    are gone for everything that comes after it.
    """
    groups = tuple(Force)
    order = sorted(
        forced,
        key=lambda pair: (groups.index(pair[0]), -pair[1].value, pair[1].quarters, pair[1].order),
    )
    taken: list[tuple[Force, Candidate]] = []
    left: list[tuple[str, Force, str]] = []
    quarters = rules.quarters - sum(quarters_up(hours) for hours in around.finished)
    for force, item in order:
        fits = item.quarters <= quarters
        if len(taken) + len(around.finished) >= rules.max_items:
            left.append((item.id, force, f"the week holds {rules.max_items} at most"))
        elif not fits:
            left.append((item.id, force, f"{item.quarters / 4:g} h do not fit any more"))
        else:
            taken.append((force, item))
        if taken[-1:] == [(force, item)] or item.id in around.given:
            quarters -= item.quarters
    return taken, left, max(quarters, 0)


def _kept_beside(left: list[tuple[str, Force, str]], around: Surroundings) -> int:
    """Return how many stay in the plan although the proposal has no room for them."""
    return sum(name in around.given for name, _, _ in left)


def _by_value(items: tuple[Candidate, ...]) -> tuple[Choice, ...]:
    ordered = sorted(items, key=lambda item: (-item.value, item.quarters, item.order))
    return tuple(_choice(item, None) for item in ordered)


def _choice(item: Candidate, force: Force | None) -> Choice:
    return Choice(item.id, item.quarters / 4, item.value, force)


def _named(ids: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(sorted(ids)[:-1]), *sorted(ids)[-1:])))
