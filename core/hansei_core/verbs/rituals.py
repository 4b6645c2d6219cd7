"""What is done in the ritual: its clock, its tasks, and the answers that have no verb elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from hansei_core.deadlines import LIMITS, Limits
from hansei_core.errors import NotFoundError
from hansei_core.improvement import EvidenceLink, Improvement
from hansei_core.planning import ritual
from hansei_core.planning.agenda import ThemeNote
from hansei_core.planning.ritual import RitualClock, Step, StepRecord, running_step
from hansei_core.planning.tasks import Facts, Tasks, answers_of, tasks_of
from hansei_core.planning.time import hours_by_item
from hansei_core.planning.week import Capacity, Week, WeekPlan
from hansei_core.retro import ImprovementDraft, Retro
from hansei_core.stages import moved
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import RETROS, RITUALS
from hansei_core.verbs.improvements import create
from hansei_core.verbs.measure import load_measurements, measured_ids
from hansei_core.verbs.plans import change_plan, last_plan, plan_to_change, read_plan
from hansei_core.verbs.records import (
    Outcome,
    load_improvements,
    names_of,
    resolve_all,
    write_improvement,
)
from hansei_core.verbs.retros import load_retros
from hansei_core.verbs.themes import MAX_EVIDENCE
from hansei_core.verbs.times import entries
from hansei_core.vocabulary import Severity, Stage

_WAVED_WEEKS = 4
"""A theme that was waved away on a Monday is not asked about on the next so many."""
_SIGNS = 400
"""Newest writes that are looked through for signs of life; a ritual makes some dozens."""


def facts_of(
    store: Store,
    week: Week,
    capacity: Capacity,
    *,
    now: datetime,
    themes: Iterable[ThemeNote] = (),
    items: Mapping[str, Improvement] | None = None,
    limits: Limits = LIMITS,
) -> Facts:
    """Return everything that the tasks of a week follow from.

    Args:
        store: Where all of it lives.
        week: The week that is planned.
        capacity: The settings' values for a week without a plan.
        now: Aware, in the user's zone.
        themes: What recurs and was hit lately.
        items: All improvements by id, where the caller has them already.
        limits: Deadlines of triage and severity.
    """
    known = load_improvements(store).items if items is None else items
    last = last_plan(store, week)
    told = {*(last.ids if last else ())}  # the hours of the others are not spoken of
    told |= {item.id for item in known.values() if item.severity is Severity.CRITICAL}
    tracked = (entry for entry in entries(store) if entry.improvement_id in told)
    return Facts(
        plan=read_plan(store, week, capacity),
        last=last,
        items=known,
        retros=load_retros(store),
        now=now,
        measured=measured_ids(load_measurements(store)),
        tracked_hours=hours_by_item(tracked, now),
        themes=tuple(themes),
        waved=frozenset(
            name
            for back in range(1, _WAVED_WEEKS + 1)
            for name in read_plan(store, week + -back, capacity).dismissed
        ),
        limits=limits,
    )


def tasks(
    store: Store,
    week: Week,
    capacity: Capacity,
    *,
    now: datetime,
    themes: Iterable[ThemeNote] = (),
    items: Mapping[str, Improvement] | None = None,
    limits: Limits = LIMITS,
) -> Tasks:
    """Return what is left to do in each step of a week's ritual; the arguments are `facts_of`'s."""
    found = facts_of(store, week, capacity, now=now, themes=themes, items=items, limits=limits)
    return tasks_of(found)


def signs_of_life(store: Store, steps: Iterable[StepRecord]) -> tuple[datetime, ...]:
    """Return when the user wrote anything since the running step went on; nothing in a break."""
    active = running_step(steps)
    if active is None or active.resumed_at is None:
        return ()
    since = active.resumed_at
    return tuple(
        change.at for change in store.history(_SIGNS) if change.undoable and change.at > since
    )


def begin_step(
    store: Store, week: Week, step: Step, capacity: Capacity, *, now: datetime
) -> Outcome[WeekPlan]:
    """Begin or resume a step of the ritual; its clock runs until the next step or a break."""
    label = f"begin {step} of {week}"
    return _tick(
        store,
        week,
        capacity,
        label,
        lambda steps, signs: ritual.begun(steps, step, now, signs),
        now=now,
    )


def pause_ritual(
    store: Store, week: Week, capacity: Capacity, *, now: datetime
) -> Outcome[WeekPlan]:
    """Take a break from the ritual; its time does not count."""
    label = f"pause the ritual of {week}"
    return _tick(
        store, week, capacity, label, lambda steps, signs: ritual.paused(steps, now, signs), now=now
    )


def finish_step(
    store: Store, week: Week, step: Step, capacity: Capacity, *, now: datetime
) -> Outcome[WeekPlan]:
    """Finish a step of the ritual."""
    label = f"finish {step} of {week}"
    return _tick(
        store,
        week,
        capacity,
        label,
        lambda steps, signs: ritual.finished(steps, step, now, signs),
        now=now,
    )


def settle(
    store: Store, week: Week, keys: Iterable[str], capacity: Capacity, *, now: datetime
) -> Outcome[WeekPlan]:
    """Settle tasks of the review as they are: a promise is kept up, a number is not to be had.

    Args:
        store: Where the plan lives.
        week: The week that is planned.
        keys: The tasks' keys, such as `promise:IMP-2026-001`.
        capacity: The settings' values.
        now: Aware.
    """
    settled = tuple(keys)
    names = names_of(key.partition(":")[2] for key in settled)

    def change(plan: WeekPlan) -> WeekPlan:
        return replace(plan, reviewed=tuple(dict.fromkeys((*plan.reviewed, *settled))))

    return change_plan(store, week, capacity, f"keep {names} as it is", change, now=now)


def let_go(
    store: Store, week: Week, references: Iterable[str], capacity: Capacity, *, now: datetime
) -> Outcome[WeekPlan]:
    """Do not carry improvements over into a week; they stay in the backlog.

    Raises:
        NotFoundError: A reference means nothing.
    """
    gone = resolve_all(store, references, now=now)

    def change(plan: WeekPlan) -> WeekPlan:
        kept = tuple(item for item in plan.items if item.id not in gone)
        return replace(plan, items=kept, let_go=tuple(dict.fromkeys((*plan.let_go, *gone))))

    label = f"do not carry {names_of(gone)} into {week}"
    return change_plan(store, week, capacity, label, change, now=now)


def convert_retro(
    store: Store, retro_id: str, draft: ImprovementDraft, *, now: datetime
) -> Outcome[Improvement]:
    """Make an improvement of what a retro says; the retro then counts as turned into one.

    It goes into the backlog: whoever converts it in the ritual has triaged it.

    Raises:
        NotFoundError: There is no such retro.
        UsageError: The title is empty, or a value is not allowed.
    """
    retro = _retro(store, retro_id)
    link = EvidenceLink(retro.session_id, agent=retro.agent, project=retro.project)
    filled = replace(
        draft,
        project=draft.project or retro.project,
        current_state=draft.current_state or answers_of(retro),
        evidence=draft.evidence or (link,),
    )
    label = f"turn {retro_id} into an improvement"
    with store.transaction(label, now=now) as transaction:
        old = _retro(transaction, retro_id)
        item = _triaged(transaction, filled, "retro", now)
        new = replace(old, improvement_ids=(*old.improvement_ids, item.id))
        transaction.put(RETROS, retro_id, new.to_document(transaction.get(RETROS, retro_id)))
    return Outcome(item, f"{label}: {item.id}")


def convert_theme(
    store: Store, theme_id: str, draft: ImprovementDraft, *, now: datetime
) -> Outcome[Improvement]:
    """Make an improvement against a theme, in the backlog at once; its evidence comes along.

    Raises:
        UsageError: The title is empty, or a value is not allowed.
    """
    links = draft.evidence[:MAX_EVIDENCE]
    filled = replace(draft, theme_id=theme_id, evidence=links)
    label = f"turn {theme_id} into an improvement"
    with store.transaction(label, now=now) as transaction:
        item = _triaged(transaction, filled, "theme", now)
    return Outcome(item, f"{label}: {item.id}")


def _triaged(
    transaction: Transaction, draft: ImprovementDraft, source: str, now: datetime
) -> Improvement:
    item = create(transaction, draft, now=now, source=source)
    item = moved(item, Stage.BACKLOG, now=now)
    write_improvement(transaction, item)
    return item


def _retro(reader: Store | Transaction, retro_id: str) -> Retro:
    document = reader.get(RETROS, retro_id)
    if document is None:
        raise NotFoundError(
            f"there is no retro “{retro_id}”", "`hansei plan capture` lists those that wait"
        )
    return Retro.from_document(document)


def _tick(
    store: Store,
    week: Week,
    capacity: Capacity,
    label: str,
    change: Callable[[tuple[StepRecord, ...], tuple[datetime, ...]], tuple[StepRecord, ...]],
    *,
    now: datetime,
) -> Outcome[WeekPlan]:
    """Change the clock; it is bookkeeping, and undo passes it over."""
    before = read_plan(store, week, capacity)
    signs = signs_of_life(store, before.steps)
    if change(before.steps, signs) == before.steps:
        return Outcome(before, label)
    with store.transaction(label, now=now, undoable=False) as transaction:
        plan = plan_to_change(transaction, week, capacity)
        steps = change(plan.steps, signs)
        transaction.put(RITUALS, str(week), RitualClock(str(week), steps).to_document())
    return Outcome(replace(plan, steps=steps), label)
