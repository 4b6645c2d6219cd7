"""The backlog as a whole: what is shown, in which order, on the board and in the matrix."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import neg
from types import MappingProxyType
from typing import Any, Final

from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement
from hansei_core.scoring import DEFAULT_BINS, Bin, Bins, place_of
from hansei_core.vocabulary import BOARD_STAGES, OPEN_STAGES, STAGE_ORDER, Severity, Stage, nearest
from hansei_sessions.value import Value

DONE_DAYS: Final = 90
"""How long the board shows what is done."""
_YEAR: Final = len("IMP-2026-")
_DEFERRED: Final = Stage.DEFERRED
"""Each look at an enum's member costs a call before Python 3.12, and each list asks for all."""


def is_shown(item: Improvement, today: date) -> bool:
    """Return whether a list without a filter of its own shows an improvement.

    That is everything still to do and not hidden: a deferred one comes back on its day, a snoozed
    one too.
    """
    if item.stage not in OPEN_STAGES:
        return False
    if item.stage is _DEFERRED:
        return is_back(item, today)
    return item.snoozed_until is None or item.snoozed_until <= today


def is_back(item: Improvement, today: date) -> bool:
    """Return whether a deferred improvement's day has come."""
    return (
        item.stage is Stage.DEFERRED
        and item.deferred_until is not None
        and item.deferred_until <= today
    )


def blocked_ids(items: Iterable[Improvement]) -> frozenset[str]:
    """Return the improvements that wait for an unfinished one."""
    return frozenset(
        blocked for item in items if item.blocks and item.stage.is_open for blocked in item.blocks
    )


def circle(items: Mapping[str, Improvement], blocker: str, blocked: str) -> tuple[str, ...]:
    """Return the circle that a new block would close, or nothing where it closes none.

    Args:
        items: All improvements by id.
        blocker: The one that is to come first.
        blocked: The one that is to wait for it.

    Returns:
        Ids in the order in which each blocks the next, from the blocker back to itself; the
        shortest circle there is.
    """
    came_from: dict[str, str] = {blocked: blocker}
    waiting = deque([blocked])
    while waiting:
        current = waiting.popleft()
        if current == blocker:
            return _way_round(came_from, blocker)
        item = items.get(current)
        for following in item.blocks if item else ():
            if following not in came_from:
                came_from[following] = current
                waiting.append(following)
    return ()


def _way_round(came_from: Mapping[str, str], blocker: str) -> tuple[str, ...]:
    way = [blocker]
    current = came_from[blocker]
    while current != blocker:
        way.append(current)
        current = came_from[current]
    return (blocker, *reversed(way[1:]), blocker)


def blockers_of(items: Iterable[Improvement], improvement_id: str) -> tuple[Improvement, ...]:
    """Return the unfinished improvements that one waits for, in the order they come."""
    return tuple(item for item in items if improvement_id in item.blocks and item.stage.is_open)


def _number(item: Improvement) -> tuple[str, int, str]:
    """Return what sorts ids by year and number; reading the digits would take thrice as long."""
    name = item.id
    return name[:_YEAR], len(name), name


def _by_priority(item: Improvement) -> int:
    return -(item.priority or 0)


def _severity_rank(item: Improvement) -> int:
    return item.severity.rank if item.severity else len(Severity)


def place_on_board(item: Improvement) -> float:
    """Return how high a card stands in its column: its rank where it was moved, else its score."""
    return float(item.priority or 0) if item.rank is None else item.rank


SORTS: Final[Mapping[str, Callable[[Improvement], Any]]] = MappingProxyType(
    {
        "priority": _by_priority,
        "rank": lambda item: -place_on_board(item),
        "impact": lambda item: (-(item.impact or 0), item.effort or 11),
        "effort": lambda item: (item.effort or 11, -(item.impact or 0)),
        "hours": lambda item: (item.hours is None, item.hours or 0.0),
        "age": lambda item: item.created_at,
        "updated": lambda item: -item.updated_at.timestamp(),
        "due": lambda item: item.due or date.max,
        "severity": lambda item: (_severity_rank(item), _by_priority(item)),
        "stage": lambda item: (_stage_rank(item), _by_priority(item)),
        "seen": lambda item: (-item.seen, _by_priority(item)),
        "title": lambda item: item.title.casefold(),
        "category": lambda item: (
            item.category is None,
            item.category or "",
            _by_priority(item),
        ),
        "project": lambda item: (not item.project, item.project.casefold(), _by_priority(item)),
        "id": lambda _: 0,
    }
)
"""Sort keys by name; what they leave equal stands in the order of the ids."""


def sort_items(
    items: Iterable[Improvement], by: str = "priority", *, reverse: bool = False
) -> list[Improvement]:
    """Return improvements in an order of `SORTS`.

    Raises:
        UsageError: There is no such order; the message names them.
    """
    key = SORTS.get(by)
    if key is None:
        near = nearest(by, tuple(SORTS))
        raise UsageError(
            f"“{by}” is no order; there are {', '.join(SORTS)}",
            f"did you mean {near}?" if near else "",
        )
    by_id = sorted(items, key=_number, reverse=reverse)  # which they mostly are already
    return sorted(by_id, key=key, reverse=reverse)


class Column(Value, frozen=True):
    """One column of the board."""

    stage: Stage
    items: tuple[Improvement, ...]
    hidden: int = 0
    """How many older ones are not shown."""


def board(items: Iterable[Improvement], now: datetime) -> tuple[Column, ...]:
    """Return the seven columns; done shows the last 90 days and counts the rest.

    Cards lie by priority, but where somebody moved one by hand.
    """
    by_stage: dict[Stage, list[Improvement]] = {stage: [] for stage in BOARD_STAGES}
    older = 0
    limit = now - timedelta(days=DONE_DAYS)
    for item in sort_items(items, "rank"):
        if item.stage not in by_stage:
            continue
        if item.stage is Stage.DONE and item.done_at is not None and item.done_at < limit:
            older += 1
            continue
        by_stage[item.stage].append(item)
    return tuple(
        Column(stage, tuple(shown), older if stage is Stage.DONE else 0)
        for stage, shown in by_stage.items()
    )


def reordered(cards: Sequence[Improvement], improvement_id: str, step: int) -> dict[str, float]:
    """Return the ranks that move a card within its column; as few as that takes.

    A rank lies on the scale of the priorities, between those of the new neighbours, so that cards
    which nobody moved stay where their scores put them.

    Args:
        cards: The column from top to bottom.
        improvement_id: The card to move.
        step: How far, downwards positive; it stops at the ends.

    Returns:
        New ranks by id; nothing where the card is not there or cannot move.
    """
    ids = [card.id for card in cards]
    if improvement_id not in ids:
        return {}
    old = ids.index(improvement_id)
    new = max(0, min(old + step, len(ids) - 1))
    if new == old:
        return {}
    rest = [card for card in cards if card.id != improvement_id]
    places = [place_on_board(card) for card in rest]
    above = places[new - 1] if new else places[0] + 2.0
    below = places[new] if new < len(rest) else places[-1] - 2.0
    if above > (middle := (above + below) / 2) > below:
        return {improvement_id: middle}
    names = [card.id for card in rest]
    first, last = bisect_left(places, -above, key=neg), bisect_right(places, -below, key=neg)
    if new - first <= last - new:  # of those that stand equally high, the fewer give way
        high = places[first - 1] if first else above + 2.0
        moving, low = [*names[first:new], improvement_id], above
    else:
        low = places[last] if last < len(rest) else below - 2.0
        moving, high = [improvement_id, *names[new:last]], below
    gap = (high - low) / (len(moving) + 1)
    ranks = {name: high - gap * (place + 1) for place, name in enumerate(moving)}
    if len({high, low, *ranks.values()}) == len(ranks) + 2:
        return ranks
    names.insert(new, improvement_id)  # no number lies between any more
    return {name: float(len(names) - place) for place, name in enumerate(names)}


class Matrix(Value, frozen=True):
    """Every scored improvement in exactly one of nine cells, the others beside."""

    cells: Mapping[tuple[Bin, Bin], tuple[Improvement, ...]]
    """By (impact bin, effort bin), most valuable first."""
    unscored: tuple[Improvement, ...]


def matrix(items: Iterable[Improvement], bins: Bins = DEFAULT_BINS) -> Matrix:
    """Return the matrix of the given improvements, which the caller has chosen (the open ones)."""
    cells: dict[tuple[Bin, Bin], list[Improvement]] = {
        (impact, effort): [] for impact in reversed(Bin) for effort in Bin
    }
    unscored: list[Improvement] = []
    for item in sort_items(items):
        place = place_of(item.impact, item.effort, bins)
        (unscored if place is None else cells[place]).append(item)
    return Matrix({place: tuple(found) for place, found in cells.items()}, tuple(unscored))


def _stage_rank(item: Improvement) -> int:
    return STAGE_ORDER.index(item.stage) if item.stage in STAGE_ORDER else len(STAGE_ORDER)
