"""What can be done to a week's plan; nothing is planned behind the user's back."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from hansei_core.backlog import blocked_ids
from hansei_core.errors import HanseiError, StorageError, UsageError
from hansei_core.improvement import Improvement, check_hours
from hansei_core.planning.ritual import RitualClock
from hansei_core.planning.week import Capacity, PlanItem, Week, WeekPlan
from hansei_core.store.protocol import Store
from hansei_core.tables import PLANS, RITUALS
from hansei_core.verbs.records import (
    Outcome,
    Reader,
    load_improvements,
    names_of,
    read_improvement,
    resolve_all,
)

if TYPE_CHECKING:
    from hansei_core.planning.pace import OwnRatio
    from hansei_core.planning.selection import Choice, Proposal, ValueBy
    from hansei_core.planning.view import WeekView

_LOOK_BACK = 12
"""Weeks in which the newest earlier plan is looked for."""


def read_plan(reader: Reader, week: Week, capacity: Capacity) -> WeekPlan:
    """Return the plan of a week; a blank one by the settings where nobody has planned yet.

    A blank one too where the record cannot be read: `hansei doctor` names it, and no verb writes
    over it.
    """
    try:
        return plan_to_change(reader, week, capacity)
    except StorageError:
        return WeekPlan.blank(week, capacity)


def plan_to_change(reader: Reader, week: Week, capacity: Capacity) -> WeekPlan:
    """Return the plan of a week for a verb that will write it.

    Raises:
        StorageError: Its record, or that of its clock, cannot be read.
    """
    document = reader.get(PLANS, str(week))
    plan = WeekPlan.blank(week, capacity) if document is None else WeekPlan.from_document(document)
    clock = reader.get(RITUALS, str(week))
    return plan if clock is None else replace(plan, steps=RitualClock.from_document(clock).steps)


def last_plan(reader: Reader, week: Week) -> WeekPlan | None:
    """Return the newest plan before a week that holds anything; None where nobody planned lately.

    Its unfinished improvements are the ones carried over, even if weeks without a plan lie between.
    """
    for back in range(1, _LOOK_BACK + 1):
        document = reader.get(PLANS, str(week + -back))
        if document is None:
            continue
        try:
            plan = WeekPlan.from_document(document)
        except StorageError:
            continue
        if plan.items:
            return plan
    return None


def view(
    store: Store,
    week: Week,
    capacity: Capacity,
    *,
    now: datetime,
    items: Mapping[str, Improvement] | None = None,
) -> WeekView:
    """Return a week with its improvements and what was tracked.

    `items` are all improvements by id where the caller has them already; only those of the plan
    are read otherwise.
    """
    from hansei_core.planning.time import hours_in_week
    from hansei_core.planning.view import view_week
    from hansei_core.verbs.times import entries

    tracked = hours_in_week(entries(store), week, now)
    plan = read_plan(store, week, capacity)
    return view_week(plan, _planned(store, plan) if items is None else items, tracked)


def _planned(store: Store, plan: WeekPlan) -> dict[str, Improvement]:
    found: dict[str, Improvement] = {}
    for name in plan.ids:
        try:
            found[name] = read_improvement(store, name)
        except HanseiError:
            continue
    return found


def proposal(
    store: Store,
    week: Week,
    capacity: Capacity,
    *,
    now: datetime,
    value: ValueBy = "priority",
    items: Mapping[str, Improvement] | None = None,
) -> Proposal:
    """Return what hansei would take in a week; nothing is written.

    `items` are all improvements by id where the caller has them already.
    """
    from hansei_core.planning.pace import own_ratio
    from hansei_core.planning.selection import Surroundings, propose
    from hansei_core.planning.time import hours_by_item
    from hansei_core.planning.view import rules_of, surroundings_of
    from hansei_core.verbs.times import entries, running

    plan = read_plan(store, week, capacity)
    items = load_improvements(store).items if items is None else items
    active = running(store)
    spent = hours_by_item(entries(store), now)
    around = Surroundings(
        today=now.date(),
        running=active.improvement_id if active else "",
        blocked=blocked_ids(items.values()),
        spent_hours=spent,
    )
    finished = {name for name in plan.ids if name in items and items[name].stage.is_finished}
    around = surroundings_of(plan, around, last_plan(store, week), finished)
    ratio = own_ratio(items.values(), spent, now).factor
    return propose(items.values(), rules_of(plan, value, ratio), around)


def ratio_of(
    store: Store, *, now: datetime, items: Mapping[str, Improvement] | None = None
) -> OwnRatio:
    """Return the user's own hours worked for each hour estimated, as far as it is known."""
    from hansei_core.planning.pace import own_ratio

    known = load_improvements(store).items if items is None else items
    finished = {item.id for item in known.values() if item.stage.is_finished}
    return own_ratio(known.values(), _tracked(store, finished, now), now)


def take(
    store: Store,
    week: Week,
    references: Iterable[str],
    capacity: Capacity,
    *,
    now: datetime,
    hours: float | str | None = None,
    force: bool = False,
    reason: str = "",
    items: Mapping[str, Improvement] | None = None,
) -> Outcome[WeekPlan]:
    """Take improvements into a week.

    Args:
        store: Where the plan lives.
        week: Which week.
        references: Ids, numbers or prefixes.
        capacity: The settings' values for a week without a plan.
        now: Aware.
        hours: Hours for each; None takes what remains of its estimate, weighted by the user's own
            ratio once that is known.
        force: Take them although the budget is full; recorded with the reason.
        reason: Why more than the budget.
        items: All improvements by id, where the caller has them already.

    Raises:
        NotFoundError: A reference means nothing.
        UsageError: It has no hours, is finished or thrown away, or does not fit without `force`.
    """
    ids = resolve_all(store, references, now=now)
    new_hours = None if hours is None else check_hours(hours)
    before = last_plan(store, week)
    remaining = None if new_hours is not None else _remaining(store, ids, now, items)

    def change(plan: WeekPlan) -> WeekPlan:
        known = {item.id for item in plan.items}
        added = tuple(
            _plan_item(
                read_improvement(store, item),
                remaining or new_hours,
                _carried(item, plan, before),
                now,
            )
            for item in ids
            if item not in known
        )
        new = replace(plan, items=(*plan.items, *added))
        return _within_budget(new, plan, force=force, reason=reason) if added else plan

    return change_plan(store, week, capacity, f"take {names_of(ids)} into {week}", change, now=now)


def drop(
    store: Store, week: Week, references: Iterable[str], capacity: Capacity, *, now: datetime
) -> Outcome[WeekPlan]:
    """Take improvements out of a week; those that are not in it are passed over.

    Raises:
        NotFoundError: A reference means nothing.
    """
    gone = resolve_all(store, references, now=now)

    def change(plan: WeekPlan) -> WeekPlan:
        return replace(plan, items=tuple(item for item in plan.items if item.id not in gone))

    return change_plan(store, week, capacity, f"drop {names_of(gone)} from {week}", change, now=now)


def pin(
    store: Store,
    week: Week,
    references: Iterable[str],
    capacity: Capacity,
    *,
    now: datetime,
    pinned: bool = True,
) -> Outcome[WeekPlan]:
    """Pin improvements of a week, so that every proposal keeps them; or let them loose.

    Raises:
        NotFoundError: A reference means nothing.
        UsageError: One of them is not in the week.
    """
    ids = resolve_all(store, references, now=now)

    def change(plan: WeekPlan) -> WeekPlan:
        missing = [item for item in ids if plan.item(item) is None]
        if missing:
            raise UsageError(f"{missing[0]} is not in {week}", "take it first")
        items = (replace(item, pinned=pinned) if item.id in ids else item for item in plan.items)
        return replace(plan, items=tuple(items))

    word = "pin" if pinned else "unpin"
    return change_plan(store, week, capacity, f"{word} {names_of(ids)} in {week}", change, now=now)


def set_hours(
    store: Store,
    week: Week,
    reference: str,
    hours: float | str,
    capacity: Capacity,
    *,
    now: datetime,
    force: bool = False,
) -> Outcome[WeekPlan]:
    """Set the hours that a week gives to one of its improvements; the estimate stays.

    Raises:
        NotFoundError: The reference means nothing.
        UsageError: It is not in the week, or the hours do not fit without `force`.
    """
    (target,) = resolve_all(store, (reference,), now=now)
    number = check_hours(hours)

    def change(plan: WeekPlan) -> WeekPlan:
        if plan.item(target) is None:
            raise UsageError(f"{target} is not in {week}", "take it first")
        items = (replace(item, hours=number) if item.id == target else item for item in plan.items)
        return _within_budget(replace(plan, items=tuple(items)), plan, force=force, reason="")

    return change_plan(
        store, week, capacity, f"give {target} {number:g} h in {week}", change, now=now
    )


def apply(
    store: Store,
    week: Week,
    choices: Iterable[Choice],
    capacity: Capacity,
    *,
    now: datetime,
) -> Outcome[WeekPlan]:
    """Make a proposal the plan; what the user took or pinned stays, even beside it.

    So does what is finished: it is what the week has done.

    Raises:
        NotFoundError: An item of the proposal is gone.
    """
    chosen = tuple(choices)
    before = last_plan(store, week)

    def change(plan: WeekPlan) -> WeekPlan:
        done = {name for name, item in _planned(store, plan).items() if item.stage.is_finished}
        kept = tuple(
            item for item in plan.items if item.pinned or item.by == "user" or item.id in done
        )
        have = {item.id for item in kept}
        new = tuple(
            plan.item(choice.id)
            or replace(
                _plan_item(
                    read_improvement(store, choice.id),
                    choice.hours,
                    _carried(choice.id, plan, before),
                    now,
                ),
                by="proposal",
            )
            for choice in chosen
            if choice.id not in have
        )
        return replace(plan, items=(*kept, *new))

    return change_plan(store, week, capacity, f"take the proposal for {week}", change, now=now)


def dismiss(
    store: Store, week: Week, record_ids: Iterable[str], capacity: Capacity, *, now: datetime
) -> Outcome[WeekPlan]:
    """Wave away what the ritual shows: this week, a theme on the next four Mondays too."""
    away = tuple(record_ids)

    def change(plan: WeekPlan) -> WeekPlan:
        return replace(plan, dismissed=tuple(dict.fromkeys((*plan.dismissed, *away))))

    return change_plan(store, week, capacity, f"dismiss {names_of(away)}", change, now=now)


def _tracked(store: Store, wanted: Container[str], now: datetime) -> dict[str, float]:
    """Return all hours ever tracked on some improvements; the others' are not added up."""
    from hansei_core.planning.time import hours_by_item
    from hansei_core.verbs.times import entries

    return hours_by_item((each for each in entries(store) if each.improvement_id in wanted), now)


def _remaining(
    store: Store,
    ids: tuple[str, ...],
    now: datetime,
    items: Mapping[str, Improvement] | None,
) -> Callable[[Improvement], float]:
    """Return what gives the hours that an improvement still needs, at least a quarter."""
    from hansei_core.planning.knapsack import quarters_up

    spent = _tracked(store, ids, now)
    ratio = ratio_of(store, now=now, items=items)

    def remaining(item: Improvement) -> float:
        left = (item.hours or 0.0) * ratio.factor - spent.get(item.id, 0.0)
        return max(0.25, round(left, 4) if ratio.value is None else quarters_up(left) / 4)

    return remaining


def _plan_item(
    item: Improvement,
    hours: float | Callable[[Improvement], float] | None,
    carried: int,
    now: datetime,
) -> PlanItem:
    if not item.stage.is_open:
        raise UsageError(f"{item.id} is {item.stage}, and only open improvements can be planned")
    if callable(hours):
        if item.hours is None:
            raise UsageError(f"{item.id} has no hours", "score its effort, or give hours")
        hours = hours(item)
    return PlanItem(item.id, hours or 0.25, now, carried=carried)


def _carried(name: str, plan: WeekPlan, before: WeekPlan | None) -> int:
    """Return how many weeks in a row an item was taken before; what was let go begins anew."""
    old = before.item(name) if before and name not in plan.let_go else None
    return old.carried + 1 if old else 0


def _within_budget(new: WeekPlan, old: WeekPlan, *, force: bool, reason: str) -> WeekPlan:
    if new.free_hours >= 0 or new.taken_hours <= old.taken_hours:
        return new
    over = f"{new.taken_hours:g} h do not fit into {new.budget_hours:g} h"
    if not force:
        raise UsageError(
            f"{new.week}: {over}", "drop something, split it, or take it all the same (--force)"
        )
    return replace(new, over_budget_reason=reason.strip() or f"confirmed: {over}")


def change_plan(
    store: Store,
    week: Week,
    capacity: Capacity,
    label: str,
    change: Callable[[WeekPlan], WeekPlan],
    *,
    now: datetime,
) -> Outcome[WeekPlan]:
    """Change a week's plan in one transaction; nothing is written where it stays as it is."""
    plan = read_plan(store, week, capacity)
    if change(plan) == plan:
        return Outcome(plan, f"{label} (nothing to change)")
    with store.transaction(label, now=now) as transaction:
        new = change(plan_to_change(transaction, week, capacity))
        has_clock = transaction.get(RITUALS, str(week)) is not None
        kept = replace(new, steps=()) if has_clock else new
        transaction.put(PLANS, str(week), kept.to_document(transaction.get(PLANS, str(week))))
    return Outcome(new, label)
