"""The pre-read page: what Monday's ritual will be about, in two minutes of reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hansei_core.improvement import Improvement
from hansei_core.planning.pace import OwnRatio, WeekPace, ratio_said
from hansei_core.planning.ritual import PLANNING_MINUTES, STEP_MINUTES
from hansei_core.planning.selection import Proposal
from hansei_core.planning.tasks import Question, Task, Tasks
from hansei_core.planning.week import WeekKind, WeekPlan, share_words

SHOWN: Final = 4
"""Rows of a kind that the page names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything that the page says."""

    plan: WeekPlan
    """Of the week that is planned."""
    last: WeekPace | None
    """How the newest planned week went; None where nobody planned lately."""
    tasks: Tasks
    proposal: Proposal
    ratio: OwnRatio
    titles: Mapping[str, str]
    """Of all improvements, by id."""
    waiting_sessions: int = 0
    """Sessions that a retro is owed to."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    heading: str
    lines: tuple[str, ...]


def brief_page(brief: Brief) -> tuple[Section, ...]:
    """Return the page as headings and plain lines; outside text in them is not cleaned here."""
    return (
        Section("Last week", tuple(_last_week(brief))),
        Section("Since then", tuple(_captured(brief))),
        Section("To score", tuple(_to_score(brief.tasks.prioritise))),
        Section("This week", tuple(_this_week(brief))),
        Section("The ritual", tuple(_ritual())),
    )


def titles_of(items: Iterable[Improvement]) -> dict[str, str]:
    """Return titles by id."""
    return {item.id: item.title for item in items}


def _last_week(brief: Brief) -> Iterable[str]:
    last = brief.last
    if last is None:
        yield "no plan in the last weeks"
    else:
        yield (
            f"week {last.week.number}: planned {last.planned_hours:g} of {last.budget_hours:g} h, "
            f"tracked {last.tracked_hours:.1f} h, finished {last.planned_finished} of "
            f"{last.planned}"
        )
    said = {
        Question.PROMISE: "still open",
        Question.CARRIED: "carried over again: split, re-score or drop?",
        Question.UNMEASURED: "finished, not measured",
        Question.OVERDUE: "critical and overdue",
    }
    for question, words in said.items():
        found = [task for task in brief.tasks.review if task.question is question]
        yield from _named(words, found)
    if not brief.tasks.review:
        yield "nothing is left open"


def _captured(brief: Brief) -> Iterable[str]:
    if brief.waiting_sessions:
        word = "session waits" if brief.waiting_sessions == 1 else "sessions wait"
        yield f"{brief.waiting_sessions} {word} for a retro"
    said = {
        Question.RETRO: "told in retros, without an improvement",
        Question.THEME: "recurring, without an improvement",
        Question.INBOX: "in the inbox",
    }
    for question, words in said.items():
        found = [task for task in brief.tasks.capture if task.question is question]
        yield from _named(words, found)
    if not brief.tasks.capture:
        yield "nothing waits to be captured"


def _to_score(tasks: tuple[Task, ...]) -> Iterable[str]:
    unscored = sum(task.question is Question.UNSCORED for task in tasks)
    yield f"{unscored} unscored, {len(tasks) - unscored} to confirm"


def _this_week(brief: Brief) -> Iterable[str]:
    plan, proposal = brief.plan, brief.proposal
    kind = "" if plan.kind is WeekKind.ORDINARY else f" ({plan.kind} week)"
    usual = f"{share_words(plan.share)} of {plan.week_hours:g} h"
    of = usual if plan.override_hours is None else "its own"
    yield f"budget {plan.budget_hours:g} h, {of}{kind}"
    if plan.items:
        yield f"taken already: {plan.taken_hours:g} h"
    if not plan.budget_hours:
        yield "this week holds no hours: what is open waits for the next"
        return
    if not proposal.choices:
        yield "nothing is ready to be proposed: score what waits"
        return
    yield f"proposed: {proposal.hours:g} h, {proposal.value_by} {proposal.value} together"
    for choice in proposal.choices:
        why = f" ({choice.force.value})" if choice.force else ""
        yield f"  {choice.hours:g} h  {choice.id} {brief.titles.get(choice.id, '')}{why}"
    yield proposal.difference
    yield ratio_said(brief.ratio, plan.fill, proposal.used)


def _ritual() -> Iterable[str]:
    steps = ", ".join(f"{step.value} {minutes}" for step, minutes in STEP_MINUTES.items())
    yield f"{PLANNING_MINUTES} minutes: {steps}"


def _named(words: str, tasks: list[Task]) -> Iterable[str]:
    if not tasks:
        return
    yield f"{len(tasks)} {words}"
    for task in tasks[:SHOWN]:
        yield f"  {task.id} {task.title}"
    if len(tasks) > SHOWN:
        yield f"  and {len(tasks) - SHOWN} more"
