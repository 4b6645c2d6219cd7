"""The ritual's work as one list a step: what is asked, of which record, until it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from hansei_core.deadlines import LIMITS, Limits, deadline_of, is_overdue
from hansei_core.improvement import Improvement
from hansei_core.planning.agenda import ThemeNote, capture, review, to_prioritise
from hansei_core.planning.ritual import Step
from hansei_core.planning.view import ASK_AFTER_CARRIES
from hansei_core.planning.week import Week, WeekPlan
from hansei_core.retro import Retro
from hansei_core.vocabulary import Severity, Stage


class Question(StrEnum):
    """What the ritual asks, in the order in which it asks."""

    PROMISE = "open promise"
    """In the last plan and not finished."""
    UNMEASURED = "not measured"
    """Finished, and no number says what it brought."""
    OVERDUE = "overdue"
    """Critical and past its deadline."""
    CARRIED = "carried over"
    """Carried over for the second time or more: split, re-score or drop?"""
    RETRO = "retro"
    """A retro of the week without an improvement."""
    THEME = "theme"
    """Something that recurs, was hit in the week and has no open improvement."""
    INBOX = "inbox"
    """Waits for triage."""
    UNSCORED = "unscored"
    CHANGED = "to confirm"
    """Its score is older than its wording or hours, or was suggested and never confirmed."""

    @property
    def step(self) -> Step:
        """The step that asks it."""
        if self in (Question.UNSCORED, Question.CHANGED):
            return Step.PRIORITISE
        if self in (Question.RETRO, Question.THEME, Question.INBOX):
            return Step.CAPTURE
        return Step.REVIEW


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that the ritual puts before the user."""

    question: Question
    id: str
    """Of the improvement, the retro or the theme."""
    title: str
    text: str = ""
    """What there is to say about it, in words."""
    hours: float | None = None
    """Hours left; None where nobody estimated."""

    @property
    def key(self) -> str:
        """Its name in `WeekPlan.reviewed`."""
        return f"{self.question.name.lower()}:{self.id}"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the tasks of a week follow from."""

    plan: WeekPlan
    """Of the week that is planned."""
    last: WeekPlan | None
    """The newest plan before it that holds anything."""
    items: Mapping[str, Improvement]
    retros: tuple[Retro, ...]
    now: datetime
    """Aware, in the user's zone."""
    measured: frozenset[str] = frozenset()
    """Ids with an after-value."""
    tracked_hours: Mapping[str, float] | None = None
    """All hours ever tracked on promised and on critical improvements, by id."""
    themes: tuple[ThemeNote, ...] = ()
    waved: frozenset[str] = frozenset()
    """Ids of retros and themes that the rituals of the last weeks waved away."""
    limits: Limits = LIMITS

    @property
    def last_week(self) -> Week:
        """The week of the last plan; the week before where there is none."""
        return self.last.iso_week if self.last else self.plan.iso_week.previous


@dataclass(frozen=True, slots=True)
class Tasks:
    """What is left to do in each step; a step whose list is empty is ready to be finished."""

    review: tuple[Task, ...]
    capture: tuple[Task, ...]
    prioritise: tuple[Task, ...]

    def of(self, step: Step) -> tuple[Task, ...]:
        """Return the tasks of a step; selecting and the week itself have none."""
        return {
            Step.REVIEW: self.review,
            Step.CAPTURE: self.capture,
            Step.PRIORITISE: self.prioritise,
        }.get(step, ())


def tasks_of(facts: Facts) -> Tasks:
    """Return what is left to do in each step of a week's ritual.

    Whatever changes a record (done, deferred, scored, measured, taken) settles its task by that
    alone, and undo brings the task back; only answers that change nothing are kept in the plan.
    """
    return Tasks(_review(facts), _capture(facts), _prioritise(facts))


def _review(facts: Facts) -> tuple[Task, ...]:
    now, plan = facts.now, facts.plan
    found = review(
        facts.items.values(),
        facts.last,
        facts.last_week,
        now,
        facts.measured,
        week=plan.iso_week,
        limits=facts.limits,
    )
    asked: list[Task] = []
    promised = [item for item in found.open_promises if _waits(item, facts)]
    twice = [item for item in promised if _carries(item, facts) >= ASK_AFTER_CARRIES]
    again = {item.id for item in twice}
    asked += [_promise(item, facts) for item in promised if item.id not in again]
    asked += [_unmeasured(item, facts) for item in found.unmeasured]
    promises = {item.id for item in promised}
    asked += [
        _overdue(item, facts)
        for item in found.overdue
        if item.severity is Severity.CRITICAL
        and item.id not in promises
        and item.id not in plan.ids
    ]
    asked += [_carried(item, facts) for item in twice if not _is_reworked(item, facts)]
    return tuple(task for task in asked if task.key not in plan.reviewed)


def _capture(facts: Facts) -> tuple[Task, ...]:
    found = capture(
        facts.items.values(),
        facts.retros,
        facts.plan.iso_week.previous,
        facts.now,
        facts.plan.dismissed,
        themes=facts.themes,
        waved=facts.waved,
        limits=facts.limits,
    )
    retros = [Task(Question.RETRO, one.id, title_of(one), answers_of(one)) for one in found.retros]
    themes = [
        Task(
            Question.THEME,
            one.id,
            one.name,
            f"{one.times}× in {one.sessions} of the week's sessions"
            + (f", {one.minutes:.0f} min lost" if one.minutes >= 1 else "")
            + _tried(one, facts),
        )
        for one in found.themes
    ]
    inbox = [
        Task(
            Question.INBOX,
            item.id,
            item.title,
            f"captured {_day(item.created_at, facts.now)}",
            item.hours,
        )
        for item in found.inbox
    ]
    return (*retros, *themes, *inbox)


def _tried(theme: ThemeNote, facts: Facts) -> str:
    """Return what was finished against a theme that is still there; empty where nothing was."""
    done = [
        (item.done_at, item.id)
        for item in facts.items.values()
        if item.theme_id == theme.id and item.stage.is_finished and item.done_at is not None
    ]
    return f"; {max(done)[1]} was done {_day(max(done)[0], facts.now)}" if done else ""


def _prioritise(facts: Facts) -> tuple[Task, ...]:
    found = to_prioritise(facts.items.values(), facts.now.date(), facts.plan.dismissed)
    return tuple(
        Task(Question.UNSCORED, item.id, item.title, _lacking(item), item.hours)
        if not item.is_scored
        else Task(Question.CHANGED, item.id, item.title, _stale(item, facts.now), item.hours)
        for item in sorted(found, key=lambda item: item.is_scored)
    )


def _waits(item: Improvement, facts: Facts) -> bool:
    """Tell whether nothing was decided about an open promise yet."""
    snoozed = item.snoozed_until is not None and item.snoozed_until > facts.now.date()
    settled = {*facts.plan.ids, *facts.plan.let_go}
    return item.stage is not Stage.DEFERRED and not snoozed and item.id not in settled


def _carries(item: Improvement, facts: Facts) -> int:
    """Return how often an item would have been carried over if it came into this week."""
    old = facts.last.item(item.id) if facts.last else None
    return old.carried + 1 if old else 0


def _is_reworked(item: Improvement, facts: Facts) -> bool:
    """Tell whether an item was scored or split since the week began."""
    monday = datetime.combine(facts.plan.iso_week.monday, time(), tzinfo=facts.now.tzinfo)
    if item.scored_at is not None and item.scored_at >= monday:
        return True
    return any(line.at >= monday and line.text.startswith("split in") for line in item.history)


def _promise(item: Improvement, facts: Facts) -> Task:
    return Task(Question.PROMISE, item.id, item.title, _progress(item, facts), _left(item, facts))


def _carried(item: Improvement, facts: Facts) -> Task:
    text = f"carried {_carries(item, facts)}×: split, re-score or drop? {_progress(item, facts)}"
    return Task(Question.CARRIED, item.id, item.title, text, _left(item, facts))


def _progress(item: Improvement, facts: Facts) -> str:
    """Return what became of a promise so far, without blame."""
    spent = _spent(item, facts)
    planned = facts.last.item(item.id) if facts.last else None
    text = f"{spent:.2f} h worked" if spent else "not begun"
    if item.hours is not None and spent > item.hours:
        text += f" of {item.hours:g} h estimated"
    if planned is not None:
        text = f"{planned.hours:g} h planned in week {facts.last_week.number}, {text}"
    if is_overdue(item, facts.now, facts.limits):
        severity = f"{item.severity}, " if item.severity else ""
        text += f"; {severity}overdue since {deadline_of(item, facts.now, facts.limits)}"
    return text


def _unmeasured(item: Improvement, facts: Facts) -> Task:
    day = _day(item.done_at, facts.now) if item.done_at else ""
    hoped = f"; hoped for: {item.expected_outcome}" if item.expected_outcome.strip() else ""
    return Task(Question.UNMEASURED, item.id, item.title, f"done {day}, not measured{hoped}")


def _overdue(item: Improvement, facts: Facts) -> Task:
    text = f"critical, overdue since {deadline_of(item, facts.now, facts.limits)}"
    return Task(Question.OVERDUE, item.id, item.title, text, _left(item, facts))


def _spent(item: Improvement, facts: Facts) -> float:
    return (facts.tracked_hours or {}).get(item.id, 0.0)


def _left(item: Improvement, facts: Facts) -> float | None:
    return None if item.hours is None else max(0.0, round(item.hours - _spent(item, facts), 2))


def _lacking(item: Improvement) -> str:
    lacks = [name for name in ("impact", "effort") if getattr(item, name) is None]
    return f"no {' and no '.join(lacks)} yet"


def _stale(item: Improvement, now: datetime) -> str:
    suggested = [name for name in ("impact", "effort") if name in item.suggested]
    if suggested:
        return f"{' and '.join(suggested)} suggested, not confirmed"
    day = _day(item.changed_at, now) if item.changed_at else ""
    return f"changed {day}, after it was scored"


def title_of(retro: Retro) -> str:
    """Return the first words that a retro has to say: what should be better, broke, slowed.

    The user's own words come before hansei's.
    """
    own = retro.in_own_words
    answers = (own.better, own.broke, own.slowed, retro.better, retro.broke, retro.slowed)
    for answer in (*answers, retro.none_because):
        for line in answer.splitlines():
            if line.strip():
                return line.strip()
    return f"retro of {retro.project or retro.session_id}"


def answers_of(retro: Retro) -> str:
    """Return all that a retro says, one answer a line."""
    said = (
        ("slowed", retro.slowed),
        ("broke", retro.broke),
        ("better", retro.better),
        ("no improvement, because", retro.none_because),
    )
    lines = [f"{name}: {text.strip()}" for name, text in said if text.strip()]
    return "\n".join([*lines, f"project {retro.project}"] if retro.project else lines)


def _day(at: datetime, now: datetime) -> str:
    local = at.astimezone(now.tzinfo)
    return f"{local:%a} {local.day} {local:%b}"
