"""ISO weeks, and the plan of one: its budget, its improvements, its ritual."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from hansei_core.documents import Moment, from_document, to_document
from hansei_core.errors import UsageError
from hansei_core.planning.ritual import StepRecord
from hansei_core.store.protocol import Document
from hansei_sessions.value import Value

WEEK_HOURS: Final = 40.0
SHARE: Final = 0.2
MAX_ITEMS: Final = 5


def share_words(share: float) -> str:
    """Return a share of 1 as it is said everywhere: `20 %`, `21.7 %`."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


class WeekKind(StrEnum):
    """What is special about a week."""

    ORDINARY = "ordinary"
    HOLIDAY = "holiday"
    INNOVATION = "innovation"
    """A week given to improvements as a whole, or for the most part."""


class Week(Value, frozen=True, order=True):
    """One ISO week; weeks compare and sort by time."""

    year: int
    """The ISO year, which differs from the calendar's around New Year."""
    number: int
    """1 to 52 or 53."""

    def __post_init__(self) -> None:
        if not 1 <= self.year <= 9998 or not 1 <= self.number <= weeks_in(self.year):
            raise UsageError(f"there is no week {self.number} in {self.year}")

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    @property
    def days(self) -> tuple[date, ...]:
        """Its seven days, Monday first."""
        return tuple(self.monday + timedelta(days=number) for number in range(7))

    @property
    def next(self) -> Week:
        """The week after it."""
        return self + 1

    @property
    def previous(self) -> Week:
        """The week before it."""
        return self + -1

    def __add__(self, weeks: int) -> Week:
        return week_of(self.monday + timedelta(weeks=weeks))

    def __contains__(self, day: date) -> bool:
        return self.monday <= day <= self.sunday


def weeks_in(year: int) -> int:
    """Return 52 or 53: the ISO weeks of a year (28 December always lies in the last one)."""
    return date(year, 12, 28).isocalendar().week


def week_of(day: date) -> Week:
    """Return the ISO week that a day (or a moment, by its own local date) lies in."""
    year, number, _ = day.isocalendar()
    return Week(year, number)


def parse_week(text: str, today: date) -> Week:
    """Return the week that a user's words name.

    Args:
        text: `2026-W47`, `2026W47`, `W47`, `47` (of this ISO year), `this`, `next`, `prev`,
            `+2`, `-1`, or a date such as `2026-11-21`.
        today: What `this` means.

    Raises:
        UsageError: It names no week, or a week 53 that the year does not have.
    """
    word = text.strip().casefold()
    here = week_of(today)
    named = {"": 0, "this": 0, "current": 0, "now": 0, "next": 1, "prev": -1, "previous": -1}
    named["last"] = -1
    if word in named:
        return here + named[word]
    if found := re.fullmatch(r"([+-][0-9]{1,4})", word):
        return here + int(found[1])
    if found := re.fullmatch(r"(?:([0-9]{4})-?)?w?([0-9]{1,2})", word):
        return Week(int(found[1] or here.year), int(found[2]))
    try:
        return week_of(date.fromisoformat(word))
    except ValueError:
        raise UsageError(
            f"“{text}” names no week", "write 2026-W47, this, next, prev or a date"
        ) from None


def parse_kind(text: str) -> WeekKind | None:
    """Return the kind of week that a user's word names; None for an empty one.

    Raises:
        UsageError: It names none.
    """
    word = text.strip().casefold()
    if not word:
        return None
    for kind in WeekKind:
        if kind.startswith(word):
            return kind
    raise UsageError(f"“{text}” is no kind of week", f"there are {', '.join(WeekKind)}")


class Capacity(Value, frozen=True):
    """What an ordinary week holds, by the settings."""

    week_hours: float = WEEK_HOURS
    share: float = SHARE
    """0 to 1."""
    fill: float = 1.0
    """Share of the budget that a proposal may fill, 0 to 1."""
    max_items: int = MAX_ITEMS


class WeekCapacity(Value, frozen=True):
    """What a user says about the capacity of one week."""

    week_hours: float | None = None
    """Its working hours; the budget is their share."""
    budget_hours: float | None = None
    """The budget itself."""
    kind: WeekKind | None = None
    reason: str = ""
    is_usual: bool = False
    """Whether it shall be like the others again."""


def parse_capacity(text: str) -> WeekCapacity:
    """Read one line about a week: `24`, `budget 6`, `holiday 24 Easter`, `innovation 30`, `usual`.

    A bare number is the week's working hours; behind `budget` or `innovation` it is the budget
    itself. What follows is the reason.

    Raises:
        UsageError: It says neither hours nor a kind.
    """
    words = text.split()
    if [word.casefold() for word in words] in (["usual"], ["ordinary"]):
        return WeekCapacity(is_usual=True)
    kind: WeekKind | None = None
    is_budget = False
    if words and words[0].casefold() in (*WeekKind, "budget"):
        is_budget = words[0].casefold() in {"budget", WeekKind.INNOVATION}
        kind = parse_kind(words[0]) if words[0].casefold() != "budget" else None
        words = words[1:]
    hours: float | None = None
    if words and (found := re.fullmatch(r"([0-9]+(?:[.,][0-9]+)?)h?", words[0])):
        hours = float(found[1].replace(",", "."))
        words = words[1:]
        if words[:1] == ["h"]:
            words = words[1:]
    if hours is None and kind is None:
        raise UsageError(
            f"“{text.strip()}” is no capacity of a week",
            "write 32, budget 6, holiday 24 Easter, innovation 30 or usual",
        )
    reason = " ".join(words)
    if is_budget:
        return WeekCapacity(None, hours, kind, reason)
    return WeekCapacity(hours, None, kind, reason)


class PlanItem(Value, frozen=True):
    """One improvement's place in a week."""

    id: str
    """The improvement's id."""
    hours: float
    """Hours planned for this week; what remains of the estimate when it was taken."""
    taken_at: Moment
    pinned: bool = False
    """A proposal always keeps it."""
    by: str = "user"
    """Who chose it: user or proposal."""
    carried: int = 0
    """How many weeks in a row it was taken before and not finished."""


class WeekPlan(Value, frozen=True):
    """What one week makes time for; absent records mean the settings' values."""

    week: str
    """`2026-W47`."""
    week_hours: float = WEEK_HOURS
    share: float = SHARE
    override_hours: float | None = None
    """The budget of this week alone (a holiday, an innovation week); None: hours × share."""
    override_reason: str = ""
    kind: WeekKind = WeekKind.ORDINARY
    fill: float = 1.0
    """Share of the budget that a proposal may fill; the rest is air."""
    max_items: int = MAX_ITEMS
    items: tuple[PlanItem, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    """The ritual's steps that were started, in the order of their start; the store keeps them in a
    record of their own, so that a clock is in no undo's way."""
    over_budget_reason: str = ""
    """Recorded when the user took more than the budget holds."""
    dismissed: tuple[str, ...] = ()
    """What the user waved away in the ritual (ids of sessions, retros or improvements)."""
    reviewed: tuple[str, ...] = ()
    """What the review has settled without changing a record, as `question:id`."""
    let_go: tuple[str, ...] = ()
    """Improvements of the week before that shall not be carried over."""

    @property
    def budget_hours(self) -> float:
        """The override, else week hours × share."""
        if self.override_hours is not None:
            return self.override_hours
        return round(self.week_hours * self.share, 4)

    @property
    def taken_hours(self) -> float:
        """Hours of everything taken."""
        return sum(item.hours for item in self.items)

    @property
    def free_hours(self) -> float:
        """What the budget still holds; negative when it is overdrawn."""
        return round(self.budget_hours - self.taken_hours, 4)

    @property
    def ids(self) -> tuple[str, ...]:
        """The improvements in it, in the order they were taken."""
        return tuple(item.id for item in self.items)

    @classmethod
    def blank(cls, week: Week, capacity: Capacity) -> WeekPlan:
        """Return the empty plan of a week that nobody has planned yet."""
        return cls(
            str(week),
            week_hours=capacity.week_hours,
            share=capacity.share,
            fill=capacity.fill,
            max_items=capacity.max_items,
        )

    @property
    def iso_week(self) -> Week:
        """Its week as a value."""
        year, _, number = self.week.partition("-W")
        return Week(int(year), int(number))

    def item(self, improvement_id: str) -> PlanItem | None:
        """Return the place of an improvement in it, or None."""
        return next((item for item in self.items if item.id == improvement_id), None)

    def to_document(self, keep: Document | None = None) -> Document:
        """Return it as a store document; `keep` is the one it replaces."""
        return to_document(self, keep=keep)

    @classmethod
    def from_document(cls, document: Document) -> WeekPlan:
        """Return the plan that a store document holds.

        Raises:
            StorageError: A field has a value that it cannot have.
        """
        return from_document(cls, document)
