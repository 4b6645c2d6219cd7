"""Queries to predicates: closures that are built once and touch only what they need."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import reduce
from typing import Any, Final, TypeAlias

from hansei_core.deadlines import LIMITS, Limits, is_overdue, is_triage_late
from hansei_core.filters.keys import CELL_WORDS, KEYS, Kind
from hansei_core.filters.nodes import All, Node, Not, Query, Tag, Term, Words
from hansei_core.filters.terms import Days, Operand, Period, Presence, Span, as_day, operands_of
from hansei_core.folding import fold
from hansei_core.improvement import Improvement
from hansei_core.scoring import DEFAULT_BINS, Bins, cell_of
from hansei_core.vocabulary import Severity, Stage

Predicate: TypeAlias = Callable[[Improvement], bool]


class SearchText:
    """The folded text of improvements, made when first searched and kept while they last.

    One of it may live as long as its screen: an improvement that changed is a new value, and its
    text is made anew.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Improvement, str]] = {}

    def of(self, item: Improvement) -> str:
        """Return everything that bare words are searched in, folded, a line a field."""
        kept = self._kept.get(item.id)
        if kept is not None and kept[0] is item:
            return kept[1]
        text = fold(
            "\n".join(
                (
                    item.title,
                    item.project,
                    *item.tags,
                    item.current_state,
                    item.proposed_change,
                    item.expected_outcome,
                    item.root_cause,
                    item.success_criteria,
                    item.implementation,
                    item.measured_impact,
                    item.standardisation,
                    item.owner,
                    *item.foreign_ids,
                    *item.whys,
                    *(option.text for option in item.options),
                )
            )
        )
        self._kept[item.id] = (item, text)
        return text


@dataclass(frozen=True, slots=True)
class FilterContext:
    """What a filter needs to know besides the improvement itself."""

    now: datetime
    """Aware, in the user's zone; days are counted by its date."""
    bins: Bins = DEFAULT_BINS
    limits: Limits = LIMITS
    """Deadlines of triage and severity."""
    blocked: frozenset[str] = frozenset()
    """Ids that wait for another improvement."""
    planned: frozenset[str] = frozenset()
    """Ids in this week's plan."""
    running: str = ""
    """Id whose timer runs."""
    theme_names: Mapping[str, str] = field(default_factory=dict)
    """Theme names by id, so that `theme:` finds words of a name."""
    theme_ids: Mapping[str, str] = field(default_factory=dict)
    """The id that a theme has now by each id that leads to it: merged ones are one theme."""
    search: SearchText = field(default_factory=SearchText)

    @property
    def today(self) -> date:
        """The user's day."""
        return self.now.date()


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "": operator.eq,
}
_MIRROR: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "": ""}

_NUMBERS: Final[Mapping[str, Callable[[Improvement], float | None]]] = {
    "pri": lambda item: item.priority,
    "impact": lambda item: item.impact,
    "effort": lambda item: item.effort,
    "hours": lambda item: item.hours,
    "seen": lambda item: item.seen,
}
_MOMENTS: Final[Mapping[str, Callable[[Improvement], date | None]]] = {
    "age": lambda item: item.created_at,
    "changed": lambda item: item.updated_at,
    "since": lambda item: item.stage_since,
    "done": lambda item: item.done_at,
    "due": lambda item: item.due,
}


def compile_query(query: Query, context: FilterContext) -> Predicate:
    """Return a predicate for a query; it is to be used while the context holds."""
    return (lambda _: True) if query.root is None else _compile(query.root, context)


def matches(query: Query, item: Improvement, context: FilterContext) -> bool:
    """Return whether one improvement matches; for many, `select` is faster."""
    return compile_query(query, context)(item)


def select(query: Query, items: Iterable[Improvement], context: FilterContext) -> list[Improvement]:
    """Return the improvements that match, in the order they came."""
    return list(filter(compile_query(query, context), items))


def _compile(node: Node, context: FilterContext) -> Predicate:
    if isinstance(node, Words):
        return _words(node, context)
    if isinstance(node, Tag):
        name = node.name
        return lambda item: name in item.tags
    if isinstance(node, Not):
        inner = _compile(node.part, context)
        return lambda item: not inner(item)
    if isinstance(node, Term):
        return _term(node, context)
    join = _both if isinstance(node, All) else _one_of
    return reduce(join, (_compile(part, context) for part in node.parts))


def _both(first: Predicate, second: Predicate) -> Predicate:
    return lambda item: first(item) and second(item)


def _one_of(first: Predicate, second: Predicate) -> Predicate:
    return lambda item: first(item) or second(item)


def _words(node: Words, context: FilterContext) -> Predicate:
    wanted = " ".join(fold(node.text).split()) if node.phrase else fold(node.text)
    text_of = context.search.of
    if any(char.isdigit() for char in wanted):
        number = wanted.upper()
        return lambda item: wanted in text_of(item) or number in item.id
    return lambda item: wanted in text_of(item)


def _term(term: Term, context: FilterContext) -> Predicate:
    key = KEYS[term.key]
    operands = operands_of(key, term.value)
    return reduce(_one_of, (_one(term, key.kind, operand, context) for operand in operands))


def _one(term: Term, kind: Kind, operand: Operand, context: FilterContext) -> Predicate:
    if kind is Kind.NUMBER:
        return _number(term, operand)
    if kind in (Kind.AGE, Kind.DAY):
        return _moment(term, kind, operand, context)
    if kind is Kind.CHOICE:
        return _choice(term.key, operand, context)
    return _name(term.key, operand, context)


def _number(term: Term, operand: Operand) -> Predicate:
    read = _NUMBERS[term.key]
    if isinstance(operand, Presence):
        wanted = operand.wanted
        return lambda item: (read(item) is not None) == wanted
    if isinstance(operand, str):
        return lambda item: item.label == operand
    if isinstance(operand, Span):
        low, high = operand.low, operand.high
        return lambda item: (number := read(item)) is not None and low <= number <= high
    if isinstance(operand, Days | Period | date):
        raise TypeError(f"{operand!r} is no number")
    compare, limit = _COMPARE[term.operator], operand
    return lambda item: (number := read(item)) is not None and compare(number, limit)


def _moment(term: Term, kind: Kind, operand: Operand, context: FilterContext) -> Predicate:
    read = _MOMENTS[term.key]
    if isinstance(operand, Presence):
        wanted = operand.wanted
        return lambda item: (read(item) is not None) == wanted
    if isinstance(operand, Period):
        return _within(term, operand, context)
    if not isinstance(operand, Days | date):
        raise TypeError(f"{operand!r} is no day")
    looks_back = kind is Kind.AGE and isinstance(operand, Days)
    compare = _COMPARE[_MIRROR[term.operator] if looks_back else term.operator]
    limit = as_day(operand, context.today, kind)
    zone = context.now.tzinfo

    def predicate(item: Improvement) -> bool:
        moment = read(item)
        return moment is not None and compare(_day_in(moment, zone), limit)

    return predicate


def _within(term: Term, period: Period, context: FilterContext) -> Predicate:
    """Compare with a week or a month: before it is before its first day, `<=` takes all of it."""
    read, zone = _MOMENTS[term.key], context.now.tzinfo
    if term.operator:
        compare = _COMPARE[term.operator]
        edge = period.first if term.operator in ("<", ">=") else period.last
        return lambda item: (
            (moment := read(item)) is not None and compare(_day_in(moment, zone), edge)
        )
    first, last = period.first, period.last
    return lambda item: (
        (moment := read(item)) is not None and first <= _day_in(moment, zone) <= last
    )


def _day_in(moment: date, zone: tzinfo | None) -> date:
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def _choice(key: str, operand: Operand, context: FilterContext) -> Predicate:
    if key == "is":
        return _IS[str(operand)](context)
    bins = context.bins
    if key == "cell":
        cell = None if isinstance(operand, Presence) else CELL_WORDS[str(operand)]
        read: Callable[[Improvement], str | None] = lambda item: cell_of(  # noqa: E731  # one of four readers of the same shape
            item.impact, item.effort, bins
        )
        return _equal(read, operand, cell)
    readers: Mapping[str, Callable[[Improvement], str | None]] = {
        "cat": lambda item: item.category,
        "sev": lambda item: item.severity,
        "stage": lambda item: item.stage,
        "size": lambda item: item.size,
    }
    return _equal(readers[key], operand, operand)


def _equal(
    read: Callable[[Improvement], str | None], operand: Operand, wanted: object
) -> Predicate:
    if isinstance(operand, Presence):
        there = operand.wanted
        return lambda item: (read(item) is not None) == there
    return lambda item: read(item) == wanted


def _name(key: str, operand: Operand, context: FilterContext) -> Predicate:
    if key == "id":
        return _id(str(operand))
    if key == "theme":
        return _theme(operand, context)
    if key == "session":
        start = str(operand)
        if isinstance(operand, Presence):
            there = operand.wanted
            return lambda item: bool(item.sessions) == there
        return lambda item: any(session.startswith(start) for session in item.sessions)
    read: Callable[[Improvement], str] = (
        (lambda item: item.project) if key == "project" else (lambda item: item.source)
    )
    if isinstance(operand, Presence):
        there = operand.wanted
        return lambda item: bool(read(item)) == there
    wanted = fold(str(operand))
    return lambda item: fold(read(item)) == wanted


def _theme(operand: Operand, context: FilterContext) -> Predicate:
    if isinstance(operand, Presence):
        there = operand.wanted
        return lambda item: bool(item.theme_id) == there
    wanted = fold(str(operand))
    found = frozenset(
        theme_id for theme_id, name in context.theme_names.items() if wanted in fold(name)
    )
    now_called = context.theme_ids
    meant = fold(now_called.get(str(operand).strip().upper(), str(operand)))
    return lambda item: (
        fold(now_called.get(item.theme_id, item.theme_id)) == meant or item.theme_id in found
    )


def _id(text: str) -> Predicate:
    wanted = text.strip().upper()
    if wanted.removeprefix("IMP-").isdecimal() and len(wanted.removeprefix("IMP-")) < 4:
        ending = f"-{int(wanted.removeprefix('IMP-')):03d}"
        return lambda item: item.id.endswith(ending)
    return lambda item: item.id.startswith(wanted)


def _is_ready(item: Improvement, context: FilterContext) -> bool:
    return (
        item.stage.is_open
        and item.stage is not Stage.DEFERRED
        and item.id not in context.blocked
        and not _is_snoozed(item, context)
    )


def _is_snoozed(item: Improvement, context: FilterContext) -> bool:
    return item.snoozed_until is not None and item.snoozed_until > context.today


_IS: Final[Mapping[str, Callable[[FilterContext], Predicate]]] = {
    "open": lambda _: lambda item: item.stage.is_open,
    "done": lambda _: lambda item: item.stage.is_finished,
    "declined": lambda _: lambda item: item.stage is Stage.DECLINED,
    "trashed": lambda _: lambda item: item.stage is Stage.TRASH,
    "deferred": lambda _: lambda item: item.stage is Stage.DEFERRED,
    "snoozed": lambda context: lambda item: _is_snoozed(item, context),
    "late": lambda context: lambda item: is_triage_late(item, context.now, context.limits),
    "breached": lambda context: lambda item: is_triage_late(item, context.now, context.limits),
    "inbox": lambda _: lambda item: item.stage is Stage.INBOX,
    "blocked": lambda context: lambda item: item.id in context.blocked,
    "ready": lambda context: lambda item: _is_ready(item, context),
    "overdue": lambda context: lambda item: is_overdue(item, context.now, context.limits),
    "scored": lambda _: lambda item: item.is_scored,
    "unscored": lambda _: lambda item: not item.is_scored,
    "stale": lambda _: lambda item: item.score_is_stale,
    "suggested": lambda _: lambda item: bool(item.suggested),
    "quickwin": lambda context: _choice("cell", "quickwin", context),
    "planned": lambda context: lambda item: item.id in context.planned,
    "running": lambda context: lambda item: item.id == context.running,
    "critical": lambda _: lambda item: item.severity is Severity.CRITICAL,
    "uncategorised": lambda _: lambda item: item.category is None,
}
