"""`hansei plan`: this week's twenty percent, proposed exactly and taken by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei_core.errors import UsageError
from hansei_core.planning.week import Week, parse_kind, parse_week
from hansei_core.verbs import budgets
from hansei_core.verbs import plans as verbs
from hansei_tui.cli import complete, plan_answers, plan_pages, plan_ritual, plan_show
from hansei_tui.cli.options import Force, Id, Ids, Json, WeekName, no_options_before
from hansei_tui.cli.output import emit_json, note
from hansei_tui.cli.plan_show import proposal_record, say_proposal, show_week
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.workspace import Workspace

app = typer.Typer(
    help="The plan of a week.\n\n"
    "Without a command it shows this week. Monday's ritual is "
    "brief, review, capture, prioritise and select, in this order.",
    invoke_without_command=True,
)


@app.callback()
def plan_command(context: typer.Context, *, week: WeekName = "this", as_json: Json = False) -> None:
    """Show the week: budget, what is taken, hours tracked."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    show_week(root_of(context).workspace, week, as_json=as_json)


@app.command("show")
def show_command(context: typer.Context, *, week: WeekName = "this", as_json: Json = False) -> None:
    """Show the week: budget, what is taken, hours tracked."""
    show_week(root_of(context).workspace, week, as_json=as_json)


@app.command("propose")
def propose_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    value: Annotated[
        str,
        typer.Option(
            "--value",
            help="priority or impact.",
            autocompletion=complete.one_of("priority", "impact"),
        ),
    ] = "",
    take: Annotated[bool, typer.Option("--take", help="Make it the plan.")] = False,
    top_down: Annotated[
        bool, typer.Option("--top-down", help="Take the plain list from the top instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Propose the best set of improvements that fits; nothing is taken without --take.

    Example: hansei plan propose --take
    """
    workspace = root_of(context).workspace
    chosen_week = _week(workspace, week)
    chosen_value = value or workspace.settings.week.value
    if chosen_value not in {"priority", "impact"}:
        raise UsageError(f"“{value}” is no value to plan by", "write priority or impact")
    proposal = verbs.proposal(
        workspace.store,
        chosen_week,
        workspace.capacity,
        now=workspace.now(),
        value="impact" if chosen_value == "impact" else "priority",
    )
    choices = proposal.top_down if top_down else proposal.choices
    if take:
        verbs.apply(workspace.store, chosen_week, choices, workspace.capacity, now=workspace.now())
    if as_json:
        emit_json(
            "proposal", {"week": str(chosen_week), "taken": take, **proposal_record(proposal)}
        )
        return
    if not choices and not proposal.excluded:
        note("nothing is ready to be proposed: hansei add, hansei triage and hansei score")
        return
    say_proposal(workspace, proposal, choices)
    note("taken" if take else "nothing was changed; --take makes it the plan")


@app.command("take")
def take_command(
    context: typer.Context,
    references: Ids,
    *,
    week: WeekName = "this",
    estimate: Annotated[str | None, typer.Option("--hours", help="Hours in this week.")] = None,
    because: Annotated[str, typer.Option("--because", help="Why more than the budget.")] = "",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Take improvements into the week.

    Example: hansei plan take 12 13 --week next
    """
    workspace = root_of(context).workspace
    outcome = verbs.take(
        workspace.store,
        _week(workspace, week),
        references,
        workspace.capacity,
        now=workspace.now(),
        hours=estimate,
        force=force,
        reason=because,
    )
    _after(workspace, week, outcome.label, as_json=as_json)
    point_out_secrets(workspace, because)


@app.command("drop")
def drop_command(
    context: typer.Context, references: Ids, *, week: WeekName = "this", as_json: Json = False
) -> None:
    """Take improvements out of the week."""
    workspace = root_of(context).workspace
    outcome = verbs.drop(
        workspace.store,
        _week(workspace, week),
        references,
        workspace.capacity,
        now=workspace.now(),
    )
    _after(workspace, week, outcome.label, as_json=as_json)


@app.command("pin")
def pin_command(
    context: typer.Context,
    references: Ids,
    *,
    week: WeekName = "this",
    off: Annotated[bool, typer.Option("--off", help="Let it loose again.")] = False,
    as_json: Json = False,
) -> None:
    """Pin improvements, so that every proposal keeps them."""
    workspace = root_of(context).workspace
    outcome = verbs.pin(
        workspace.store,
        _week(workspace, week),
        references,
        workspace.capacity,
        now=workspace.now(),
        pinned=not off,
    )
    _after(workspace, week, outcome.label, as_json=as_json)


@app.command("hours")
def hours_command(
    context: typer.Context,
    reference: Id,
    number: Annotated[str, typer.Argument(help="2, 1.5h or 30m.")],
    *,
    week: WeekName = "this",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Set the hours that the week gives to one of its improvements.

    Example: hansei plan hours 12 1.5
    """
    workspace = root_of(context).workspace
    outcome = verbs.set_hours(
        workspace.store,
        _week(workspace, week),
        reference,
        number,
        workspace.capacity,
        now=workspace.now(),
        force=force,
    )
    _after(workspace, week, outcome.label, as_json=as_json)


@app.command("budget")
def budget_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    own: Annotated[float | None, typer.Option("--hours", help="The budget itself.")] = None,
    week_hours: Annotated[
        float | None, typer.Option("--week-hours", help="Working hours of that week.")
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help="holiday, innovation or ordinary; the week is flagged.",
            autocompletion=complete.one_of("holiday", "innovation", "ordinary"),
        ),
    ] = "",
    because: Annotated[str, typer.Option("--because", help="Why it is not like the others.")] = "",
    as_json: Json = False,
) -> None:
    """Give one week its own budget; without options, the usual one again.

    Example: hansei plan budget --week next --week-hours 24 --kind holiday
    """
    workspace = root_of(context).workspace
    chosen, flag = _week(workspace, week), parse_kind(kind)
    store, capacity, now = workspace.store, workspace.capacity, workspace.now()
    if week_hours is not None:
        outcome = budgets.set_week_hours(
            store, chosen, week_hours, capacity, now=now, reason=because, kind=flag
        )
    elif own is None and flag is None and not because:
        outcome = budgets.usual_week(store, chosen, capacity, now=now)
    else:
        outcome = budgets.set_budget(
            store, chosen, own, capacity, now=now, reason=because, kind=flag
        )
    _after(workspace, week, outcome.label, as_json=as_json)
    point_out_secrets(workspace, because)


app.command("brief")(plan_ritual.brief_command)
app.command("review")(plan_ritual.review_command)
app.command("capture")(plan_ritual.capture_command)
app.command("prioritise")(plan_ritual.prioritise_command)
app.command("select")(plan_ritual.select_command)
app.command("ritual")(plan_ritual.ritual_command)
app.command("keep")(plan_answers.keep_command)
app.command("let-go")(plan_answers.let_go_command)
app.command("dismiss")(plan_answers.dismiss_command)
app.command("convert")(plan_answers.convert_command)
app.command("signs")(plan_show.signs_command)
app.command("weeks")(plan_show.weeks_command)
app.command("reminder")(plan_ritual.reminder_command)
app.command("export")(plan_pages.export_command)
app.command("buckets")(plan_pages.buckets_command)
app.command("spending")(plan_pages.spending_command)


def _week(workspace: Workspace, text: str) -> Week:
    return parse_week(text, workspace.today())


def _after(workspace: Workspace, week: str, label: str, *, as_json: bool) -> None:
    show_week(workspace, week, as_json=as_json)
    note(label)
