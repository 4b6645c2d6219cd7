"""`hansei measure`: what a metric was before an improvement, and what it is now."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansei_core.measurement import Measurement, parse_target
from hansei_core.verbs.measure import (
    drop_measurement,
    find_measurement,
    load_measurements,
    measure,
)
from hansei_core.verbs.records import resolve
from hansei_tui.cli import complete, complete_logs
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.words import when
from hansei_tui.workspace import Workspace


def measure_command(
    context: typer.Context,
    reference: Annotated[
        str,
        typer.Argument(
            help="An id, a number or a unique prefix; none: all measurements.",
            autocompletion=complete.ids,
        ),
    ] = "",
    metric: Annotated[
        str,
        typer.Argument(
            help="What is measured: 'build time'.", autocompletion=complete_logs.measured
        ),
    ] = "",
    *,
    before: Annotated[float | None, typer.Option("--before", help="The number before.")] = None,
    after: Annotated[float | None, typer.Option("--after", help="The number now.")] = None,
    unit: Annotated[str, typer.Option("--unit", help="s, percent, calls …")] = "",
    target: Annotated[
        str,
        typer.Option("--target", help="What is hoped for: 15, or -50% of the number before."),
    ] = "",
    guard: Annotated[
        bool | None,
        typer.Option(
            "--guard/--primary",
            help="A guard-rail, whose target is a limit; or what it is about. The first metric "
            "is primary.",
        ),
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Remove this metric.")] = False,
    as_json: Json = False,
) -> None:
    """Keep a metric of an improvement; without numbers, list what was measured.

    An improvement has one primary metric and at most two guard-rails.

    Example: hansei measure 12 'build time' --before 30 --after 12 --unit s
    """
    workspace = root_of(context).workspace
    if drop:
        _drop(workspace, reference, metric, as_json=as_json)
        return
    if before is None and after is None and not target and guard is None and not metric:
        _list(workspace, reference, as_json=as_json)
        return
    number, percent = parse_target(target) if target else (None, None)
    outcome = measure(
        workspace.store,
        reference,
        metric,
        now=workspace.now(),
        before=before,
        after=after,
        unit=unit,
        target=number,
        target_percent=percent,
        guard=guard,
    )
    if as_json:
        emit_json("measurement", record(outcome.value))
    else:
        say(outcome.value.said)
    point_out_secrets(workspace, metric, unit)


def record(found: Measurement) -> dict[str, Any]:
    """Return a measurement as JSON shows it: its fields, and what is computed from them."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(found)
    told = {"change_percent": found.change_percent, "meets_target": found.meets_target}
    return {**fields, **told, "goal": found.goal}


def _drop(workspace: Workspace, reference: str, metric: str, *, as_json: bool) -> None:
    now = workspace.now()
    found = find_measurement(workspace.store, reference, metric, now=now)
    outcome = drop_measurement(workspace.store, found.id, now=now)
    if as_json:
        emit_json("measurement", record(outcome.value))
    else:
        note(f"dropped {outcome.value.said}; hansei undo brings it back")


def _list(workspace: Workspace, reference: str, *, as_json: bool) -> None:
    found = load_measurements(workspace.store)
    if reference:
        wanted = resolve(workspace.store, reference, now=workspace.now())
        found = tuple(each for each in found if each.improvement_id == wanted)
    if as_json:
        emit_json("measurements", [record(each) for each in found])
        return
    rows = [
        (
            each.improvement_id,
            when(each.at, workspace.now()),
            "guard" if each.guard else "primary",
            each.said,
        )
        for each in found
    ]
    if rows:
        table(("id", "when", "as", "measured"), rows, spare="when as")
    else:
        note("nothing is measured yet: hansei measure ID 'build time' --before 30 --after 12")
