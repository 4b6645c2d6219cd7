"""A measurement: what a metric was before an improvement and what it is after, as a value."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from hansei_core.documents import Moment, from_document, to_document
from hansei_core.errors import UsageError
from hansei_core.store.protocol import Document

BY_HAND: Final = "hand"
MOST_METRICS: Final = 3
"""Of one improvement: the primary one and two guard-rails; more would prove anything."""
_NUMBER: Final = r"[+-]?[0-9]+(?:[.,][0-9]+)?"
_TARGET: Final = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<percent>%)?")
_BEHIND: Final = re.compile(rf"[,;]?\s+target\s+(?P<target>{_NUMBER}\s*%?)$")
_LINE: Final = re.compile(
    rf"(?P<metric>.+?)\s+(?P<before>{_NUMBER}|\?)\s*(?:->|→|to|\s)\s*(?P<after>{_NUMBER}|\?)"
    r"\s*(?P<unit>\S.*)?"
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric of one improvement."""

    id: str
    """`M-001`, never re-used."""
    improvement_id: str
    metric: str
    """What was measured, in the user's words: `build time`."""
    at: Moment
    """When the newest of its numbers was given."""
    before: float | None = None
    """None while nobody took it."""
    after: float | None = None
    """None while it is only a baseline; an improvement without an after is not measured."""
    unit: str = ""
    target: float | None = None
    """What was hoped for; None where nobody said, or said it in percent."""
    source: str = BY_HAND
    """hand, or what computed it."""
    target_percent: float | None = None
    """What was hoped for as a change in percent of the number before: −50."""
    guard: bool = False
    """Whether it is a guard-rail, whose target is a limit, and not the primary metric."""

    @property
    def goal(self) -> float | None:
        """The number that the target means; None without a target, or where it needs a before."""
        if self.target_percent is None or self.before is None:
            return self.target
        return self.before + abs(self.before) * self.target_percent / 100

    @property
    def change_percent(self) -> float | None:
        """The change in percent of the number before; None where it cannot be said."""
        if self.before is None or self.after is None or self.before == 0:
            return None
        return round(100 * (self.after - self.before) / abs(self.before), 1)

    @property
    def meets_target(self) -> bool | None:
        """Whether the after reaches the target, seen from the before; None where it is unknown.

        A guard-rail holds as long as the after has not gone beyond its limit.
        """
        goal = self.goal
        if self.before is None or self.after is None or goal is None:
            return None
        if self.target_percent and self.before == 0:
            return None  # no percentage of nothing
        falls = goal <= self.before
        if self.guard:
            return self.after >= goal if falls and goal != self.before else self.after <= goal
        return self.after <= goal if falls else self.after >= goal

    @property
    def said(self) -> str:
        """It in words: `build time 30 → 12 s (−60 %), target 15 met`."""
        unit = f" {self.unit}" if self.unit else ""
        numbers = f"{_shown(self.before)} → {_shown(self.after)}{unit}"
        change = self.change_percent
        if change is not None:
            numbers += f" ({_signed(change)} %)"
        met = self.meets_target
        hoped = self._hoped
        if hoped:
            words = ("limit", " kept", " broken") if self.guard else ("target", " met", " missed")
            numbers += f", {words[0]} {hoped}{'' if met is None else words[1] if met else words[2]}"
        return f"{self.metric} {numbers}"

    @property
    def _hoped(self) -> str:
        if self.target_percent is None:
            return "" if self.target is None else f"{self.target:g}"
        goal = "" if self.before is None else f" ({self.goal:g})"
        return f"{_signed(self.target_percent)} %{goal}"

    def to_document(self, keep: Document | None = None) -> Document:
        """Return it as a store document; `keep` is the one it replaces."""
        return to_document(self, keep=keep)

    @classmethod
    def from_document(cls, document: Document) -> Measurement:
        """Return the measurement that a store document holds.

        Raises:
            StorageError: A field has a value that it cannot have.
        """
        return from_document(cls, document)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a user typed about one metric."""

    metric: str
    before: float | None
    after: float | None
    unit: str = ""
    target: float | None = None
    target_percent: float | None = None


def parse_numbers(text: str) -> Numbers:
    """Read one line about a metric: `build time 30 -> 12 s`; a `?` is a number nobody has.

    A target may stand behind it: `build time 30 -> ? s, target -50%`.

    Raises:
        UsageError: It does not say a metric and two numbers.
    """
    line = " ".join(text.split())
    behind = _BEHIND.search(line)
    target = parse_target(behind["target"]) if behind else (None, None)
    found = _LINE.fullmatch(line[: behind.start()] if behind else line)
    if found is None:
        raise UsageError(
            f"“{text.strip()}” is no measurement",
            "write the metric, before and after: build time 30 -> 12 s",
        )
    return Numbers(
        found["metric"],
        _read(found["before"]),
        _read(found["after"]),
        (found["unit"] or "").strip(),
        *target,
    )


def parse_target(text: str) -> tuple[float | None, float | None]:
    """Return a target as a number and as a change in percent, of which one is None.

    Args:
        text: `15`, or `-50%`: half of the number before.

    Raises:
        UsageError: It is neither.
    """
    found = _TARGET.fullmatch(text.strip().replace("−", "-"))
    if found is None:
        raise UsageError(
            f"“{text.strip()[:40]}” is no target",
            "write a number, or a change in percent of the number before: 15, -50%",
        )
    number = _read(found["number"])
    return (None, number) if found["percent"] else (number, None)


def check_number(name: str, value: float | None) -> float | None:
    """Return a number if it is finite.

    Raises:
        UsageError: It is infinite or no number.
    """
    if value is not None and not math.isfinite(value):
        raise UsageError(f"{name} must be a number, not {value}")
    return value


def format_measurement_id(number: int) -> str:
    """Return the id of the measurement with this number of its series."""
    return f"M-{number:03d}"


def _read(text: str) -> float | None:
    return None if text == "?" else float(text.replace(",", "."))


def _shown(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", "−")
