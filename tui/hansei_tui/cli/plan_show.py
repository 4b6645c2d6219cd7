"""A week, a proposal, the signs and the last weeks as `hansei plan` prints them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer

from hansei_core.planning.pace import OwnRatio, ratio_said
from hansei_core.planning.ritual import (
    STEP_MINUTES,
    RitualTime,
    Step,
    ritual_due,
    ritual_time,
    step_times,
)
from hansei_core.planning.selection import Choice, Proposal
from hansei_core.planning.time import hours_by_day
from hansei_core.planning.view import PlanRow, WeekView
from hansei_core.planning.week import Week, WeekKind, WeekPlan, parse_week
from hansei_core.verbs import plans as verbs
from hansei_core.verbs import rituals
from hansei_core.verbs.records import load_improvements
from hansei_core.verbs.times import entries
from hansei_tui.cli import complete
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say_words, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.words import count, hours
from hansei_tui.workspace import Workspace


def show_week(workspace: Workspace, text: str, *, as_json: bool) -> None:
    """Print a week: budget, what is taken, hours by day, where the ritual stands."""
    week = parse_week(text, workspace.today())
    view = verbs.view(workspace.store, week, workspace.capacity, now=workspace.now())
    now = workspace.now()
    days = hours_by_day(entries(workspace.store), week, now)
    if as_json:
        emit_json("plan", _record(workspace, view, week, days))
        return
    plan = view.plan
    say_words(
        f"{week} ({week.monday} to {week.sunday}): {hours(plan.taken_hours)} of "
        f"{hours(plan.budget_hours)} taken, {hours(view.tracked_hours)} tracked"
    )
    _say_special(plan)
    rows = [_row(row) for row in view.rows]
    if rows:
        heads = ("id", "by", "hours", "tracked", "left", "stage", "title")
        table(heads, rows, right="hours tracked left", spare="by stage tracked")
    for row in view.rows:
        if row.question:
            say_words(f"{row.item.id}: {row.question}")
    if any(days):
        said = (f"{day:%a} {hours(spent)}" for day, spent in zip(week.days, days, strict=True))
        say_words("tracked: " + ", ".join(said), under=9)
    if not rows:
        wants = "nothing is taken yet: hansei plan propose"
        note(wants if plan.budget_hours else "this week holds no hours")
    if ritual_due(now, plan.steps) and week == parse_week("this", workspace.today()):
        note("the ritual is due: 40 minutes, `hansei` opens it on screen")


def _say_special(plan: WeekPlan) -> None:
    if plan.kind is not WeekKind.ORDINARY:
        say_words(
            f"{plan.kind} week" + (f": {plan.override_reason}" if plan.override_reason else "")
        )
    elif plan.override_reason:
        say_words(f"budget: {plan.override_reason}")
    if plan.over_budget_reason and plan.free_hours < 0:
        say_words(f"more than the budget: {plan.over_budget_reason}")


def _row(row: PlanRow) -> tuple[object, ...]:
    item = row.improvement
    return (
        row.item.id,
        "pinned" if row.item.pinned else row.item.by,
        hours(row.item.hours),
        hours(row.tracked_hours),
        "done" if row.is_done else hours(row.hours_left),
        item.stage if item else "gone",
        item.title if item else "",
    )


def _record(
    workspace: Workspace, view: WeekView, week: Week, days: tuple[float, ...]
) -> dict[str, Any]:
    plan, now = view.plan, workspace.now()
    signs = rituals.signs_of_life(workspace.store, plan.steps)
    return {
        "week": str(week),
        "monday": week.monday,
        "week_hours": plan.week_hours,
        "share": plan.share,
        "kind": plan.kind,
        "budget_hours": plan.budget_hours,
        "budget_reason": plan.override_reason,
        "taken_hours": plan.taken_hours,
        "free_hours": plan.free_hours,
        "tracked_hours": view.tracked_hours,
        "tracked_by_day": days,
        "over_budget_reason": plan.over_budget_reason,
        "ritual_due": ritual_due(now, plan.steps),
        "ritual": time_of(workspace, plan, now),
        "ritual_steps": step_times(plan.steps, now, signs),
        "ritual_target_minutes": {step.value: STEP_MINUTES.get(step) for step in Step},
        "items": [
            {
                "id": row.item.id,
                "hours": row.item.hours,
                "tracked_hours": row.tracked_hours,
                "hours_left": row.hours_left,
                "pinned": row.item.pinned,
                "by": row.item.by,
                "carried": row.item.carried,
                "question": row.question,
                "done": row.is_done,
                "title": row.improvement.title if row.improvement else None,
            }
            for row in view.rows
        ],
    }


def time_of(workspace: Workspace, plan: WeekPlan, now: datetime) -> RitualTime:
    """Return the ritual's minutes and its share of a week, by the settings."""
    return ritual_time(
        plan.steps,
        now,
        budget_hours=plan.budget_hours,
        week_hours=plan.week_hours,
        inside=workspace.settings.week.ritual_inside,
        signs=rituals.signs_of_life(workspace.store, plan.steps),
    )


def proposal_record(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as JSON shows it."""
    return {
        "value_by": proposal.value_by,
        "budget_hours": proposal.budget_hours,
        "hours": proposal.hours,
        "value": proposal.value,
        "choices": proposal.choices,
        "top_down": proposal.top_down,
        "difference": proposal.difference,
        "left_forced": proposal.left_forced,
        "excluded": {reason.name.lower(): ids for reason, ids in proposal.excluded.items()},
        "considered": proposal.considered,
        "ratio": proposal.ratio,
        "fill": proposal.fill,
    }


def say_proposal(workspace: Workspace, proposal: Proposal, choices: Iterable[Choice]) -> None:
    """Print a proposal: what it takes and why, what top-down would do, what was left out."""
    items = load_improvements(workspace.store).items
    chosen = tuple(choices)
    rows = [
        (choice.id, choice.value, hours(choice.hours), choice.force or "", items[choice.id].title)
        for choice in chosen
    ]
    taken, budget = sum(choice.hours for choice in chosen), proposal.budget_hours
    say_words(f"proposed: {hours(taken)} of {hours(budget)}")
    if rows:
        heads = ("id", proposal.value_by, "hours", "because", "title")
        table(heads, rows, right=f"{proposal.value_by} hours", spare="because")
    say_words(proposal.difference)
    ratio: OwnRatio = verbs.ratio_of(workspace.store, now=workspace.now(), items=items)
    say_words(ratio_said(ratio, proposal.fill, proposal.used))
    for item, force, reason in proposal.left_forced:
        say_words(f"{item} ({force}) does not fit: {reason}")
    for reason, ids in proposal.excluded.items():
        say_words(f"left out, {reason}: {count(len(ids), 'improvement')}")


def signs_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Print the five signs of a loop that works, each with the figures it rests on."""
    from hansei_tui.ritual import signs_of

    card = signs_of(scanned(root_of(context)))
    if as_json:
        emit_json("signs", card.signs, score=card.score)
        return
    say_words(f"{card.score} of {len(card.signs)} signs")
    words = {True: "yes", False: "not yet", None: "unknown"}
    table(
        ("sign", "holds", "figures"),
        [(sign.name, words[sign.holds], sign.figures) for sign in card.signs],
    )


def weeks_command(
    context: typer.Context,
    *,
    week: Annotated[
        str,
        typer.Option(
            "--week",
            "-w",
            help="The last of the twelve: 2026-W47, this, prev, -2 or a date.",
            autocompletion=complete.one_of("this", "prev"),
        ),
    ] = "this",
    as_json: Json = False,
) -> None:
    """Print the last twelve weeks: planned, tracked, finished."""
    from hansei_tui.ritual import pace_of

    workspace = root_of(context).workspace
    found = pace_of(workspace, parse_week(week, workspace.today()))
    if as_json:
        emit_json("weeks", [{**_fields(each), "week": str(each.week)} for each in found])
        return
    heads = ("week", "budget", "planned", "tracked", "finished", "of the plan")
    rows = [
        (
            str(each.week),
            hours(each.budget_hours) if each.planned or each.budget_hours else None,
            hours(each.planned_hours) if each.planned else None,
            hours(each.tracked_hours) if each.planned or each.tracked_hours else None,
            each.finished,
            f"{each.planned_finished} of {each.planned}" if each.planned else None,
        )
        for each in found
    ]
    table(heads, rows, right="budget planned tracked finished", spare="budget tracked")


def _fields(value: Any) -> dict[str, Any]:
    from dataclasses import fields

    return {each.name: getattr(value, each.name) for each in fields(value)}
