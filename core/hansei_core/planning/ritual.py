"""Monday's ritual: five steps, forty minutes of planning, then the week itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from hansei_core.documents import Moment, from_document, to_document
from hansei_core.store.protocol import Document
from hansei_sessions.value import Value


class Step(StrEnum):
    """A step of the ritual."""

    REVIEW = "review"
    CAPTURE = "capture"
    PRIORITISE = "prioritise"
    SELECT = "select"
    EXECUTE = "execute"


STEPS: Final = tuple(Step)
STEP_MINUTES: Final = MappingProxyType(
    {Step.REVIEW: 15, Step.CAPTURE: 10, Step.PRIORITISE: 10, Step.SELECT: 5}
)
"""Target minutes of the planning steps; the fifth is the week and has the budget's hours."""
PLANNING_MINUTES: Final = sum(STEP_MINUTES.values())
IDLE: Final = timedelta(minutes=15)
"""The most that counts between two signs of life: nobody announces every break, and after a crash
nobody can."""


class StepRecord(Value, frozen=True):
    """What happened to one step."""

    step: Step
    started_at: Moment
    seconds: float = 0.0
    """Time spent in it so far, breaks excluded."""
    resumed_at: Moment | None = None
    """Start of the stretch that runs now; None while it is paused or done."""
    done_at: Moment | None = None


class RitualClock(Value, frozen=True):
    """The clock of one week's ritual, as the store keeps it beside the plan."""

    week: str
    """`2026-W47`."""
    steps: tuple[StepRecord, ...] = ()

    def to_document(self) -> Document:
        """Return it as a store document."""
        return to_document(self)

    @classmethod
    def from_document(cls, document: Document) -> RitualClock:
        """Return the clock that a store document holds.

        Raises:
            StorageError: A field has a value that it cannot have.
        """
        return from_document(cls, document)


def ritual_due(now: datetime, steps: Iterable[StepRecord]) -> bool:
    """Return whether it is Monday and this week's planning steps are not all done.

    Args:
        now: Aware, in the user's zone.
        steps: The records of this week's plan.
    """
    return now.weekday() == 0 and not is_planned(steps)


def is_planned(steps: Iterable[StepRecord]) -> bool:
    """Return whether all four planning steps are done."""
    done = {record.step for record in steps if record.done_at is not None}
    return set(STEP_MINUTES) <= done


def next_step(steps: Iterable[StepRecord]) -> Step:
    """Return the first step that is not done: where the ritual goes on after a break."""
    done = {record.step for record in steps if record.done_at is not None}
    return next((step for step in STEPS if step not in done), Step.EXECUTE)


def running_step(steps: Iterable[StepRecord]) -> StepRecord | None:
    """Return the step whose clock runs, or None in a break."""
    return next((record for record in steps if record.resumed_at is not None), None)


def seconds_in(record: StepRecord, now: datetime, signs: Iterable[datetime] = ()) -> float:
    """Return the time spent in a step so far, with the stretch that runs.

    Args:
        record: The step.
        now: Aware.
        signs: When the user did something; between two of them at most `IDLE` counts.
    """
    if record.resumed_at is None:
        return record.seconds
    start, end = record.resumed_at.timestamp(), now.timestamp()
    moments = (sign.timestamp() for sign in signs)
    points = sorted({start, max(start, end), *(at for at in moments if start < at < end)})
    most = IDLE.total_seconds()
    return record.seconds + sum(min(later - at, most) for at, later in pairwise(points))


def begun(
    steps: tuple[StepRecord, ...], step: Step, now: datetime, signs: Iterable[datetime] = ()
) -> tuple[StepRecord, ...]:
    """Return the records with a step running and every other one paused.

    One that runs already goes on; what was idle in it stays uncounted.
    """
    stopped = paused(steps, now, signs)
    if not any(record.step is step for record in stopped):
        return (*stopped, StepRecord(step, now, resumed_at=now))
    return tuple(
        replace(record, resumed_at=now, done_at=None) if record.step is step else record
        for record in stopped
    )


def paused(
    steps: tuple[StepRecord, ...], now: datetime, signs: Iterable[datetime] = ()
) -> tuple[StepRecord, ...]:
    """Return the records with no step running: a break, whose time does not count."""
    known = tuple(signs)
    return tuple(
        record
        if record.resumed_at is None
        else replace(record, seconds=seconds_in(record, now, known), resumed_at=None)
        for record in steps
    )


def finished(
    steps: tuple[StepRecord, ...], step: Step, now: datetime, signs: Iterable[datetime] = ()
) -> tuple[StepRecord, ...]:
    """Return the records with a step done; one that was never begun is done in no time."""
    records = paused(steps, now, signs)
    if not any(record.step is step for record in records):
        records = (*records, StepRecord(step, now))
    return tuple(
        replace(record, done_at=now) if record.step is step else record for record in records
    )


class Progress(StrEnum):
    """How far a step is."""

    OPEN = "open"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"


class StepTime(Value, frozen=True):
    """One step's minutes, planned and actual."""

    step: Step
    target_minutes: int
    actual_minutes: float
    """One decimal."""
    progress: Progress

    @property
    def over_minutes(self) -> float:
        """What was spent beyond the target; 0 where it is kept."""
        return max(0.0, round(self.actual_minutes - self.target_minutes, 1))


def step_times(
    steps: Iterable[StepRecord], now: datetime, signs: Iterable[datetime] = ()
) -> tuple[StepTime, ...]:
    """Return the four planning steps with their minutes, in the ritual's order."""
    known = {record.step: record for record in steps}
    moments = tuple(signs)
    return tuple(
        StepTime(
            step,
            target,
            round(seconds_in(known[step], now, moments) / 60, 1) if step in known else 0.0,
            _progress(known.get(step)),
        )
        for step, target in STEP_MINUTES.items()
    )


def _progress(record: StepRecord | None) -> Progress:
    if record is None:
        return Progress.OPEN
    if record.done_at is not None:
        return Progress.DONE
    return Progress.RUNNING if record.resumed_at is not None else Progress.PAUSED


class RitualTime(Value, frozen=True):
    """The ritual's minutes, target and actual, and its share of the week."""

    target_minutes: int
    actual_minutes: float
    total_hours: float
    """Budget plus planning time (or the budget alone where planning counts inside it)."""
    percent: float
    """Of the week's hours, one decimal."""


def ritual_time(
    steps: Iterable[StepRecord],
    now: datetime,
    *,
    budget_hours: float,
    week_hours: float,
    inside: bool = False,
    signs: Iterable[datetime] = (),
) -> RitualTime:
    """Return how long planning takes and what share of the week it is with the work.

    Forty minutes and 8 hours are 8.67 hours: 21.7 % of 40. The share uses the target minutes
    until all steps are done, and then those that it took.
    """
    records = tuple(steps)
    actual = sum(each.actual_minutes for each in step_times(records, now, signs))
    planning = actual if is_planned(records) and actual else PLANNING_MINUTES
    total = budget_hours + (0.0 if inside else planning / 60)
    percent = round(100 * total / week_hours, 1) if week_hours else 0.0
    return RitualTime(PLANNING_MINUTES, round(actual, 1), round(total, 2), percent)
