"""`hansei timer`: the clock on one improvement at a time."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei_core.moments import parse_at
from hansei_core.planning.time import hours_of, is_forgotten
from hansei_core.verbs import times as verbs
from hansei_tui.cli import time_log
from hansei_tui.cli.options import Id, Json, no_options_before
from hansei_tui.cli.output import emit_json, note, say
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.words import hours, when

app = typer.Typer(
    help="Track time on an improvement.\n\n"
    "Without a command it says what runs: hansei timer start 12.",
    invoke_without_command=True,
)
At = Annotated[str, typer.Option("--at", help="09:30, or 2026-11-21T09:30.")]


@app.callback()
def timer_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Say what runs."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    workspace = root_of(context).workspace
    active, now = verbs.running(workspace.store), workspace.now()
    if as_json:
        emit_json("timer", active, forgotten=active is not None and is_forgotten(active, now))
        return
    if active is None:
        note("no timer runs: hansei timer start ID")
        return
    say(
        f"{active.improvement_id} since {when(active.start, now)}, "
        f"{hours(round(hours_of(active, now), 2))}"
    )
    if is_forgotten(active, now):
        note("over four hours: forgotten? hansei timer stop --at 12:30")


@app.command("start")
def start_command(
    context: typer.Context, reference: Id, *, at: At = "", as_json: Json = False
) -> None:
    """Start the clock; one that runs is stopped."""
    workspace = root_of(context).workspace
    now = workspace.now()
    outcome = verbs.start(workspace.store, reference, now=now, at=parse_at(at, now))
    _report(outcome.value, (outcome.label, *outcome.notes), as_json=as_json)


@app.command("stop")
def stop_command(
    context: typer.Context,
    *,
    at: At = "",
    words: Annotated[str, typer.Option("--note", help="What was done.")] = "",
    as_json: Json = False,
) -> None:
    """Stop the clock."""
    workspace = root_of(context).workspace
    now = workspace.now()
    outcome = verbs.stop(workspace.store, now=now, at=parse_at(at, now), note=words)
    _report(outcome.value, (outcome.label, *outcome.notes), as_json=as_json)
    point_out_secrets(workspace, words)


@app.command("cancel")
def cancel_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Throw the running clock away."""
    workspace = root_of(context).workspace
    outcome = verbs.cancel(workspace.store, now=workspace.now())
    _report(outcome.value, (outcome.label,), as_json=as_json)


app.command("resume")(time_log.resume_command)
app.command("log")(time_log.log_command)
app.command("add")(time_log.add_command)
app.command("edit")(time_log.edit_command)
app.command("split")(time_log.split_command)
app.command("break")(time_log.break_command)
app.command("delete")(time_log.delete_command)
app.command("import")(time_log.import_command)
app.command("estimates")(time_log.estimates_command)


def _report(entry: object, lines: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        emit_json("timer", entry)
        return
    for line in lines:
        note(line)
