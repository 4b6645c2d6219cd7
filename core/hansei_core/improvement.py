"""The improvement: one change worth making, as a value."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from hansei_core.documents import Moment, from_document, to_document
from hansei_core.errors import UsageError
from hansei_core.record import (
    Cause,
    CheckItem,
    Extra,
    Fmea,
    Hypothesis,
    Option,
    Positive,
)
from hansei_core.scoring import DEFAULT_HOURS, Label, Size, label_of, priority_of, size_of
from hansei_core.store.protocol import Document
from hansei_core.vocabulary import Category, Severity, Stage
from hansei_sessions.value import Value

ID_PATTERN: Final = re.compile(r"IMP-(\d{4})-(\d{3,})")
"""`IMP-2026-001`: year of creation and a number of that year, at least three digits."""
MAX_HOURS: Final = 2000.0
"""A working year; more is a typing mistake."""
Score: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=10)]
Hours: TypeAlias = Annotated[float, msgspec.Meta(gt=0)]


class EvidenceLink(Value, frozen=True, gc=False):
    """A place in a session's log that shows the trouble, with a short quote."""

    session_id: str
    agent: str = ""
    project: str = ""
    path: str = ""
    line: int = 0
    """Counted from 1; 0 where only the session is known."""
    quote: str = ""
    """Cleaned and redacted; it outlives the log."""
    friction_id: str = ""


class HistoryLine(Value, frozen=True, gc=False):
    """One dated line of an improvement's history, in words."""

    at: Moment
    text: str


class ByRule(Value, frozen=True, gc=False):
    """What one of the user's rules filled in on capture."""

    name: str
    sets: tuple[str, ...]
    """Names of the fields; a tag stands as `+tag`."""


class Improvement(Value, frozen=True, gc=False):
    """One change worth making; a change to it returns a new value.

    Fifty thousand of them are read before the first list is seen, so the collector leaves them
    alone.
    """

    id: str
    """`IMP-YYYY-NNN`, never re-used."""
    title: str
    created_at: Moment
    updated_at: Moment
    stage_since: Moment
    """When it entered its present stage."""
    stage: Stage = Stage.INBOX
    stage_before: Stage | None = None
    """Where it came from when it was trashed or deferred, so that it can return there."""
    category: Category | None = None
    """None until somebody has sorted it."""
    tags: tuple[str, ...] = ()
    """Without the plus sign, sorted, no twins."""
    project: str = ""
    severity: Severity | None = None
    impact: Score | None = None
    """1–10; None while unscored."""
    impact_reason: str = ""
    effort: Score | None = None
    """1–10; None while unscored. A score, not hours."""
    hours: Hours | None = None
    """Estimated hours; filled from the effort table unless set by hand."""
    hours_by_hand: bool = False
    """Whether a user typed the hours; a later effort score then leaves them alone."""
    suggested: tuple[str, ...] = ()
    """Names of the fields whose value hansei proposed and nobody has confirmed yet."""
    current_state: str = ""
    proposed_change: str = ""
    expected_outcome: str = ""
    success_criteria: str = ""
    root_cause: str = ""
    theme_id: str = ""
    """The theme it is meant to end, empty where there is none."""
    evidence: tuple[EvidenceLink, ...] = ()
    seen: int = 1
    """How many times the trouble was captured; grows when a repeat is linked."""
    sessions: tuple[str, ...] = ()
    """Ids of the sessions that showed it, oldest link first."""
    source: str = "add"
    """How it came in: add, retro, theme, import."""
    due: date | None = None
    snoozed_until: date | None = None
    """Hidden from the open lists before this day."""
    deferred_until: date | None = None
    deferred_reason: str = ""
    decline_reason: str = ""
    blocks: tuple[str, ...] = ()
    """Ids of the improvements that cannot start before this one is finished."""
    rank: float | None = None
    """Its place in its board column, on the scale of the priorities; None where nobody moved it."""
    merged_into: str = ""
    """Id of the twin that took its evidence and history over; its own id leads there."""
    aliases: tuple[str, ...] = ()
    """Ids of the twins that were merged into it."""
    triaged_at: Moment | None = None
    """When it left the inbox for the first time."""
    backlog_at: Moment | None = None
    """When it entered the backlog, or a stage behind it, for the first time."""
    by_rule: tuple[ByRule, ...] = ()
    """What the user's rules filled in on capture; what was changed since is no longer in it."""
    scored_at: Moment | None = None
    """When impact or effort was set last."""
    changed_at: Moment | None = None
    """When its wording or hours changed last, which may make its score stale."""
    done_at: Moment | None = None
    history: tuple[HistoryLine, ...] = ()
    """Dated lines in words, oldest first."""
    owner: str = ""
    """Who it belongs to where it came from; hansei has one user, so it is kept for exchange."""
    effort_reason: str = ""
    options: tuple[Option, ...] = ()
    """Ways to solve it, A first; at most one is recommended."""
    hypothesis: Hypothesis | None = None
    experiment_design: str = ""
    whys: tuple[str, ...] = ()
    """Answers to "why?" in order; the last one is the root cause."""
    fishbone: tuple[Cause, ...] = ()
    fmea: Fmea | None = None
    saves_seconds: Positive | None = None
    """Seconds that each use saves once it is done, as estimated."""
    per_day: Positive | None = None
    """Uses on a working day."""
    implementation: str = ""
    """What was done, as far as the history does not say it."""
    validation_method: str = ""
    validation_duration: str = ""
    measured_impact: str = ""
    """The result in words; the numbers are measurements, records of their own."""
    roi: str = ""
    """What an imported record says that it paid back; hansei computes its own."""
    spent_hours: Positive | None = None
    """Hours that an imported record says were spent; hansei tracks its own."""
    standardisation: str = ""
    """What became of it for good: a rule, a template, a hook."""
    checklist: tuple[CheckItem, ...] = ()
    """The lines of every stage it entered, four each."""
    foreign_ids: tuple[str, ...] = ()
    """Its ids in other tools, such as `IMPROVEMENT-007`; an import knows it again by them."""
    extra: tuple[Extra, ...] = ()
    """Fields of an imported record that hansei has no word for."""

    @property
    def priority(self) -> int | None:
        """Impact × (11 − effort); None while unscored."""
        return priority_of(self.impact, self.effort)

    @property
    def label(self) -> Label | None:
        """High, medium or low; None while unscored."""
        return label_of(self.priority)

    @property
    def size(self) -> Size | None:
        """The size class of its hours; None while there are none."""
        return size_of(self.hours)

    @property
    def is_scored(self) -> bool:
        """Whether both impact and effort are set."""
        return self.impact is not None and self.effort is not None

    @property
    def score_is_stale(self) -> bool:
        """Whether its wording or hours changed after it was scored."""
        return (
            self.scored_at is not None
            and self.changed_at is not None
            and self.changed_at > self.scored_at
        )

    def to_document(self, keep: Document | None = None) -> Document:
        """Return it as a store document; `keep` is the one it replaces."""
        return to_document(self, keep=keep)

    @classmethod
    def from_document(cls, document: Document) -> Improvement:
        """Return the improvement that a store document holds.

        Raises:
            StorageError: A field has a value that it cannot have.
        """
        return from_document(cls, document)


def format_id(year: int, number: int) -> str:
    """Return the id of the improvement with this number of its year's series."""
    return f"IMP-{year:04d}-{number:03d}"


@lru_cache(maxsize=1 << 17)
def split_id(improvement_id: str) -> tuple[int, int]:
    """Return year and number of an id, for sorting; (0, 0) for a foreign one."""
    found = ID_PATTERN.fullmatch(improvement_id)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def check_score(name: str, value: object) -> int:
    """Return a score if it is a whole number from 1 to 10 (digits in a string count).

    Raises:
        UsageError: It is something else; the message names 1–10.
    """
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10:
        raise UsageError(f"{name} must be a whole number 1–10, not “{value}”")
    return value


def check_hours(value: object) -> float:
    """Return hours as a number above 0 and at most `MAX_HOURS`; `30m` and `2h` are read too.

    Raises:
        UsageError: It is something else.
    """
    number = _hours_of(value) if isinstance(value, str) else value
    if (
        isinstance(number, bool)
        or not isinstance(number, int | float)
        or not 0 < number <= MAX_HOURS
    ):
        raise UsageError(
            f"hours must be a number above 0 and at most {MAX_HOURS:g}, not “{value}”",
            "write 2, 1.5, 2h or 30m",
        )
    return float(number)


def check_title(text: str) -> str:
    """Return a title on one line without outer blanks.

    Raises:
        UsageError: Nothing is left of it.
    """
    title = " ".join(text.split())
    if not title:
        raise UsageError("an improvement needs a title", "say in a few words what should change")
    return title


def check_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return tags folded to lower case, without plus signs, sorted, each once.

    Raises:
        UsageError: A tag is empty or holds a blank, a comma or a quote.
    """
    cleaned = {tag.strip().removeprefix("+").casefold() for tag in tags}
    for tag in sorted(cleaned):
        if not tag or re.search(r"[\s,\"']", tag):
            raise UsageError(f"“{tag}” is no tag", "a tag is one word without commas or quotes")
    return tuple(sorted(cleaned))


def with_scores(
    item: Improvement,
    *,
    now: datetime,
    impact: int | None = None,
    effort: int | None = None,
    hours: float | None = None,
) -> Improvement:
    """Return the improvement with the given scores; None leaves a value as it is.

    Setting effort fills the hours from the default table unless a user set them by hand; setting
    hours leaves both scores alone.
    """
    changes: dict[str, Any] = {}
    if impact is not None:
        changes["impact"] = impact
    if effort is not None:
        changes["effort"] = effort
        if not item.hours_by_hand:
            changes["hours"] = DEFAULT_HOURS[effort]
    if hours is not None:
        changes["hours"] = hours
        changes["hours_by_hand"] = True
    if not changes:
        return item
    if impact is not None or effort is not None:
        changes["scored_at"] = now
    else:
        changes["changed_at"] = now
    confirmed = {*changes, "hours"} if effort is not None else set(changes)
    changes["suggested"] = tuple(name for name in item.suggested if name not in confirmed)
    return replace(item, updated_at=now, **changes)


def with_history(item: Improvement, now: datetime, text: str) -> Improvement:
    """Return the improvement with one more dated line, last changed now."""
    return replace(item, updated_at=now, history=(*item.history, HistoryLine(now, text)))


def _hours_of(text: str) -> float | None:
    found = re.fullmatch(r"([0-9]+(?:[.,][0-9]+)?)\s*(h|hours?|m|min|minutes?)?", text.strip())
    if not found:
        return None
    number = float(found[1].replace(",", "."))
    return number / 60 if (found[2] or "h").startswith("m") else number
