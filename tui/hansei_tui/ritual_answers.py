"""What can be answered to each question of the ritual, on screen and by lines alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from hansei_core.errors import UsageError
from hansei_core.measurement import parse_numbers
from hansei_core.planning.tasks import Question, Task
from hansei_core.quickadd import QuickAdd, parse_line
from hansei_core.retro import ImprovementDraft
from hansei_core.verbs import edit, improvements, plans, rework, rituals, theme_model
from hansei_core.verbs.measure import measure
from hansei_core.verbs.records import read_improvement
from hansei_core.vocabulary import Stage

if TYPE_CHECKING:
    from hansei_core.planning.week import Week
    from hansei_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question."""

    id: str
    label: str
    """What it does, as the user reads it."""
    asks: str = ""
    """What has to be typed with it; empty where nothing has."""
    example: str = ""
    """What such a line looks like."""


_KEEP: Final = Answer("keep", "keep it, it comes first this week")
_DONE: Final = Answer("done", "it is done")
_SPLIT: Final = Answer(
    "split",
    "split it",
    "Its parts, with semicolons between",
    "write the fixture hours:2; move the tests hours:4",
)
_SCORE: Final = Answer("score", "score it anew", "Impact, effort, and hours if you like", "8 3 5h")
_DROP: Final = Answer("drop", "let it go, it stays in the backlog")
_DECLINE: Final = Answer("decline", "decline it", "Why not?", "no longer needed")

ANSWERS: Final[Mapping[Question, tuple[Answer, ...]]] = MappingProxyType(
    {
        Question.PROMISE: (_KEEP, _DONE, _SPLIT, _SCORE, _DROP, _DECLINE),
        Question.CARRIED: (
            _SPLIT,
            _SCORE,
            _DROP,
            replace(_KEEP, label="keep it once more"),
            _DONE,
            _DECLINE,
        ),
        Question.UNMEASURED: (
            Answer(
                "measure",
                "take a number",
                "Metric, before and after (? for what nobody knows)",
                "build time 30 -> 12 s",
            ),
            Answer("keep", "no number, it stays not measured"),
        ),
        Question.OVERDUE: (
            Answer("take", "take it into this week"),
            _DONE,
            Answer("date", "give it another day", "Until when?", "2026-12-01, 1w, fri"),
            Answer("calm", "it is not critical, high will do"),
            Answer("keep", "leave it as it is"),
        ),
        Question.RETRO: (
            Answer(
                "convert", "turn it into an improvement", "Title and values", "impact:8 effort:2"
            ),
            Answer("dismiss", "nothing to do about it"),
        ),
        Question.THEME: (
            Answer(
                "promote", "turn it into an improvement", "Title and values", "impact:8 effort:2"
            ),
            Answer("dismiss", "not this week"),
            Answer("mute", "mute the theme"),
        ),
        Question.INBOX: (
            Answer("accept", "take it into the backlog"),
            Answer("dismiss", "leave it in the inbox"),
            _DECLINE,
            Answer("trash", "move it to the trash"),
        ),
        Question.UNSCORED: (
            replace(_SCORE, label="score it"),
            Answer("dismiss", "not this week"),
            _DECLINE,
        ),
        Question.CHANGED: (
            Answer("confirm", "the score stands"),
            _SCORE,
            Answer("dismiss", "not this week"),
        ),
    }
)
"""Answers by question, the usual one first; their place is the digit that gives them."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is given."""

    workspace: Workspace
    week: Week
    task: Task
    text: str = ""
    draft: ImprovementDraft | None = None
    """What an improvement against the theme would be, where the task is one."""


def answer(answer_id: str, reply: Reply) -> str:
    """Do what an answer says; returns what was done in words.

    Raises:
        UsageError: What was typed cannot be read, or it is no answer to that question.
        NotFoundError: The record is gone.
    """
    if answer_id not in {each.id for each in ANSWERS[reply.task.question]}:
        raise UsageError(f"“{answer_id}” is no answer to {reply.task.question}")
    return _VERBS[answer_id](reply)


def offered(task: Task, draft: ImprovementDraft | None = None) -> str:
    """Return the line that an answer with text begins with."""
    if task.question is Question.RETRO:
        return task.title
    if task.question is Question.THEME:
        title = draft.title if draft else task.title
        scores = f" impact:{draft.impact} effort:{draft.effort}" if draft and draft.impact else ""
        return title + scores
    return ""


def _keep(reply: Reply) -> str:
    return rituals.settle(
        reply.workspace.store,
        reply.week,
        (reply.task.key,),
        reply.workspace.capacity,
        now=reply.workspace.now(),
    ).label


def _dismiss(reply: Reply) -> str:
    return plans.dismiss(
        reply.workspace.store,
        reply.week,
        (reply.task.id,),
        reply.workspace.capacity,
        now=reply.workspace.now(),
    ).label


def _move(reply: Reply, stage: Stage, reason: str = "") -> str:
    store, now = reply.workspace.store, reply.workspace.now()
    return improvements.move(
        store, (reply.task.id,), stage, now=now, force=True, reason=reason
    ).label


def _decline(reply: Reply) -> str:
    store, now = reply.workspace.store, reply.workspace.now()
    return improvements.decline(store, (reply.task.id,), reply.text, now=now).label


def _split(reply: Reply) -> str:
    now = reply.workspace.now()
    parts = [parse_line(part, now.date()) for part in reply.text.split(";") if part.strip()]
    return rework.split(reply.workspace.store, reply.task.id, parts, now=now).label


def _score(reply: Reply) -> str:
    words = re.fullmatch(r"\s*(\d+)[\s,/]+(\d+)(?:[\s,/]+(\S+))?\s*", reply.text)
    if words is None:
        raise UsageError(
            f"“{reply.text.strip()}” is no score", "write impact and effort, 1 to 10: 8 3"
        )
    impact, effort, hours = words.groups()
    store, now = reply.workspace.store, reply.workspace.now()
    return improvements.score(
        store, (reply.task.id,), now=now, impact=impact, effort=effort, hours=hours
    ).label


def _confirm(reply: Reply) -> str:
    store, now = reply.workspace.store, reply.workspace.now()
    item = read_improvement(store, reply.task.id)
    return improvements.score(
        store, (item.id,), now=now, impact=item.impact, effort=item.effort
    ).label


def _measure(reply: Reply) -> str:
    found = parse_numbers(reply.text)
    return measure(
        reply.workspace.store,
        reply.task.id,
        found.metric,
        now=reply.workspace.now(),
        before=found.before,
        after=found.after,
        unit=found.unit,
        target=found.target,
        target_percent=found.target_percent,
    ).label


def _take(reply: Reply) -> str:
    workspace = reply.workspace
    return plans.take(
        workspace.store, reply.week, (reply.task.id,), workspace.capacity, now=workspace.now()
    ).label


def _let_go(reply: Reply) -> str:
    workspace = reply.workspace
    return rituals.let_go(
        workspace.store, reply.week, (reply.task.id,), workspace.capacity, now=workspace.now()
    ).label


def _date(reply: Reply) -> str:
    store, now = reply.workspace.store, reply.workspace.now()
    if not reply.text.strip():
        raise UsageError("no day is named", "write 2026-12-01, 1w or fri")
    return edit.edit(store, (reply.task.id,), {"due": reply.text}, now=now).label


def _calm(reply: Reply) -> str:
    store, now = reply.workspace.store, reply.workspace.now()
    return edit.edit(store, (reply.task.id,), {"severity": "high"}, now=now).label


def _convert(reply: Reply) -> str:
    now = reply.workspace.now()
    draft = _typed(parse_line(reply.text, now.date()), ImprovementDraft())
    draft = reply.workspace.routed(draft, "retro")
    return rituals.convert_retro(reply.workspace.store, reply.task.id, draft, now=now).label


def _promote(reply: Reply) -> str:
    now = reply.workspace.now()
    base = reply.draft or ImprovementDraft(title=reply.task.title)
    draft = reply.workspace.routed(_typed(parse_line(reply.text, now.date()), base), "theme")
    return rituals.convert_theme(reply.workspace.store, reply.task.id, draft, now=now).label


def _typed(line: QuickAdd, base: ImprovementDraft) -> ImprovementDraft:
    """Return a draft with what the user typed laid over it; typed scores are no suggestions."""
    typed = improvements.draft_of_line(line)
    return replace(
        base,
        title=typed.title,
        suggested=base.suggested and typed.impact is None and typed.effort is None,
        category=typed.category or base.category,
        severity=typed.severity or base.severity,
        tags=(*base.tags, *typed.tags),
        project=typed.project or base.project,
        impact=base.impact if typed.impact is None else typed.impact,
        effort=base.effort if typed.effort is None else typed.effort,
        hours=base.hours if typed.hours is None else typed.hours,
        due=typed.due or base.due,
    )


def _mute(reply: Reply) -> str:
    return theme_model.mute(reply.workspace.store, reply.task.id, now=reply.workspace.now()).label


def _trash(reply: Reply) -> str:
    store, now = reply.workspace.store, reply.workspace.now()
    return improvements.trash(store, (reply.task.id,), now=now).label


_Verb: TypeAlias = Callable[[Reply], str]
_VERBS: Final[Mapping[str, _Verb]] = MappingProxyType(
    {
        "accept": lambda reply: _move(reply, Stage.BACKLOG),
        "calm": _calm,
        "confirm": _confirm,
        "convert": _convert,
        "date": _date,
        "decline": _decline,
        "dismiss": _dismiss,
        "done": lambda reply: _move(reply, Stage.DONE),
        "drop": _let_go,
        "keep": _keep,
        "measure": _measure,
        "mute": _mute,
        "promote": _promote,
        "score": _score,
        "split": _split,
        "take": _take,
        "trash": _trash,
    }
)
