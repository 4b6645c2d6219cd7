"""`hansei tick`: the lines of stage checklists."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansei_core.record import CHECKLISTS
from hansei_core.verbs.checklists import lines_of, tick
from hansei_core.verbs.records import read_improvement, resolve
from hansei_core.vocabulary import Stage, parse_stage
from hansei_tui.cli import complete
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say
from hansei_tui.cli.root import root_of
from hansei_tui.words import short_day
from hansei_tui.workspace import Workspace


def tick_command(
    context: typer.Context,
    reference: Annotated[
        str,
        typer.Argument(help="An id, a number or a unique prefix.", autocompletion=complete.ids),
    ],
    numbers: Annotated[
        list[int] | None, typer.Argument(help="Lines to tick; none shows the list.")
    ] = None,
    *,
    stage: Annotated[
        str,
        typer.Option(
            "--stage",
            autocompletion=complete.one_of(*(stage.value for stage in CHECKLISTS)),
            help="analysis, planning, implementation, validation or standardised; "
            "else the one it is in.",
        ),
    ] = "",
    off: Annotated[bool, typer.Option("--off", help="Take the tick away.")] = False,
    as_json: Json = False,
) -> None:
    """Tick lines of a stage's checklist: hansei tick 12 1 3."""
    workspace = root_of(context).workspace
    now = workspace.now()
    wanted = parse_stage(stage) if stage else None
    if numbers:
        done = tick(workspace.store, reference, numbers, now=now, stage=wanted, off=off)
        note(done.label)
    found = resolve(workspace.store, reference, now=now)
    item = read_improvement(workspace.store, found)
    shown = wanted or (item.stage if item.stage in CHECKLISTS else _first(item.stage))
    lines = lines_of(item, shown)
    if as_json:
        data = [
            {"number": number, "text": line.text, "done_at": line.done_at}
            for number, line in enumerate(lines, 1)
        ]
        emit_json("checklist", data, id=item.id, stage=shown.value)
        return
    say(f"{item.id}  {shown}")
    for number, line in enumerate(lines, 1):
        say(_line(number, line, workspace))


def _line(number: int, line: Any, workspace: Workspace) -> str:
    day = f"  ({short_day(line.done_at, workspace.now())})" if line.done_at else ""
    return f"{number}  [{'x' if line.done_at else ' '}] {line.text}{day}"


def _first(stage: Stage) -> Stage:
    """Return the checklist to show of an improvement in a stage that has none."""
    return Stage.STANDARDISED if stage.is_finished else Stage.ANALYSIS
