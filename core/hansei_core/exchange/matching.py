"""What an import would do: each row is new, there already, or differs from what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from hansei_core.errors import HanseiError
from hansei_core.exchange.marks import split_reason
from hansei_core.exchange.rows import MOMENTS, Bad, Parsed, Row, check_fields
from hansei_core.folding import fold
from hansei_core.improvement import Improvement
from hansei_core.measurement import Measurement
from hansei_core.vocabulary import Stage

BOOKKEEPING: Final = frozenset(
    (
        *(MOMENTS - {"done_at"}),
        *("id", "stage_before", "history", "hours_by_hand", "suggested", "source", "by_rule"),
        *("rank", "aliases", "foreign_ids", "merged_into"),
    )
)
"""Fields that say how a record came about; two records that differ in them alone are the same."""


class Verdict(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which a row and the improvement that it means disagree."""

    field: str
    here: str
    there: str
    """As the file has it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row and what becomes of it."""

    row: Row
    verdict: Verdict
    improvement_id: str = ""
    """The improvement that it means; empty for a new one."""
    by: str = ""
    """How it was recognised: id or title."""
    differences: tuple[Difference, ...] = ()

    @property
    def title(self) -> str:
        """The row's title."""
        return str(self.row.fields.get("title", ""))


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do, before anything is written."""

    steps: tuple[Step, ...]
    bad: tuple[Bad, ...]
    notes: tuple[str, ...]

    def of(self, verdict: Verdict) -> tuple[Step, ...]:
        """Return the steps with a verdict, in the order of the file."""
        return tuple(step for step in self.steps if step.verdict is verdict)


Measured = Mapping[str, tuple[Measurement, ...]]
"""Measurements by the id of their improvement."""


def plan_import(
    parsed: Parsed,
    items: Mapping[str, Improvement],
    measured: Measured,
    *,
    now: datetime,
    as_new: bool = False,
) -> Plan:
    """Return what an import of rows into a backlog would do.

    Args:
        parsed: What a reader found.
        items: All improvements by id.
        measured: Their measurements.
        now: Aware.
        as_new: Let a row whose id belongs to another title become a new improvement.
    """
    known = _Known(items, as_new=as_new)
    bad = list(parsed.bad)
    steps: list[Step] = []
    seen: dict[str, int] = {}
    for row in parsed.rows:
        own = row.fields.get("id", "")
        if own and own in seen:
            bad.append(Bad(row.line, f"the id {own} stands in {seen[own]} already"))
            continue
        if own:
            seen[own] = row.line
        item, by = known.find(row)
        if item is None:
            steps.append(Step(row, Verdict.NEW))
            continue
        if item.merged_into:
            steps.append(Step(row, Verdict.SAME, item.merged_into, "merged"))
            continue
        words = {"title"} if by == "title" else set()
        if words and fold(item.title) != fold(row.fields["title"]):
            words.add("impact_reason")  # it stands in the title here, or there
        found = tuple(
            each
            for each in differences(item, row, measured.get(item.id, ()), now)
            if each.field not in words
        )
        verdict = Verdict.CONFLICT if found else Verdict.SAME
        steps.append(Step(row, verdict, item.id, by, found))
    return Plan(tuple(steps), tuple(sorted(bad, key=lambda each: each.line)), parsed.notes)


class _Known:
    """The improvements that a row can mean; each is meant by one row at most by its title."""

    def __init__(self, items: Mapping[str, Improvement], *, as_new: bool) -> None:
        self._items = items
        self._as_new = as_new
        self._foreign: dict[str, str] = {}
        self._titles: dict[str, list[str]] = {}
        for item in sorted(items.values(), key=lambda each: not each.stage.is_open):
            if item.stage is Stage.TRASH or item.merged_into:
                continue
            self._foreign |= dict.fromkeys(item.foreign_ids, item.id)
            self._titles.setdefault(fold(item.title), []).append(item.id)
        self._taken: set[str] = set()

    def find(self, row: Row) -> tuple[Improvement | None, str]:
        """Return the improvement that a row means, and by what it was recognised."""
        own = self._items.get(str(row.fields.get("id", "")))
        titles = set(_titles_of(row))
        if own is not None and fold(own.title) in titles:
            return self._take(own), "id"
        for name in (*row.fields.get("foreign_ids", ()), str(row.fields.get("id", ""))):
            found = self._items.get(self._foreign.get(name, ""))
            if found is not None and found.id not in self._taken:
                return self._take(found), "id"
        if own is not None and not self._as_new:
            return self._take(own), "id"
        for title in titles:
            for name in self._titles.get(title, ()):
                if name not in self._taken and not self._is_other(name, row):
                    return self._take(self._items[name]), "title"
        return None, ""

    def _is_other(self, name: str, row: Row) -> bool:
        """Tell whether a title's improvement has another id than the row, both of hansei's own."""
        own = row.fields.get("id", "")
        return bool(own and own != name and row.fields.get("history"))

    def _take(self, item: Improvement) -> Improvement:
        self._taken.add(item.id)
        return item


def _titles_of(row: Row) -> Iterable[str]:
    """Yield the folded titles that a row can mean: a reason in brackets may belong to the title."""
    title, reason = str(row.fields.get("title", "")), row.fields.get("impact_reason", "")
    yield fold(title)
    if reason:
        yield fold(f"{title} ({reason})")
    else:
        head, inner = split_reason(title)
        if inner:
            yield fold(head)


def differences(
    item: Improvement, row: Row, measured: tuple[Measurement, ...], now: datetime
) -> tuple[Difference, ...]:
    """Return the fields in which an improvement and a row disagree.

    What the file does not say, or only hints at, is no difference.
    """
    found: list[Difference] = []
    for name, there in row.fields.items():
        if name in BOOKKEEPING or name in row.weak:
            continue
        here = getattr(item, name)
        if not _is_same(name, here, there, now):
            found.append(Difference(name, shown(here), shown(there)))
    known = {each.metric.casefold(): _numbers(each) for each in measured}
    found += [
        Difference("measurements", "", each.said)
        for each in row.measurements
        if known.get(each.metric.casefold()) != _numbers(each)
    ]
    return tuple(found)


def _is_same(name: str, here: Any, there: Any, now: datetime) -> bool:
    if here == there:
        return True
    if name == "done_at" and here is not None:
        zone = now.tzinfo
        return bool(here.astimezone(zone).date() == there.astimezone(zone).date())
    if name == "extra":
        pairs = {(each.name, each.value) for each in here}
        return all((each.name, each.value) in pairs for each in there)
    if here is None or here in ("", ()):
        return False
    try:  # as it would read if it had been exported
        there_again = check_fields({name: msgspec.to_builtins(here)}, now).get(name)
    except HanseiError:
        return False
    return bool(there_again == there)


def _numbers(measurement: Measurement) -> tuple[str, ...]:
    hoped = (measurement.target, measurement.target_percent)
    values = (measurement.before, measurement.after, *hoped)
    return (measurement.unit, *("?" if value is None else f"{value:g}" for value in values))


def shown(value: Any) -> str:
    """Return a value as a conflict shows it: on one line, not too long."""
    if value is None or value in ("", ()):
        return "nothing"
    plain = msgspec.to_builtins(value)
    if isinstance(plain, list | tuple):
        parts = (each if isinstance(each, str) else _flat(each) for each in plain)
        text = ", ".join(parts)
    else:
        text = _flat(plain) if isinstance(plain, dict) else str(plain)
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part not in (None, "", False))
    return str(value)
