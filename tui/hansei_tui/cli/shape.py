"""`hansei views`, `block`, `split` and `merge`: the backlog cut, tied and joined."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei_core.errors import UsageError
from hansei_core.quickadd import parse_line
from hansei_core.verbs import rework
from hansei_core.verbs.edit import block
from hansei_core.views import BUILT_IN, all_views, find_view, read_view
from hansei_tui.cli import complete
from hansei_tui.cli.improvements import record
from hansei_tui.cli.options import Id, Json
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.words import hours


def views_command(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="One view: print its filter.", autocompletion=complete.views)
    ] = "",
    *,
    save: Annotated[
        str | None,
        typer.Option(
            "--save",
            help="Save a filter under that name; sort:effort and as:board may stand in it.",
        ),
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Take a view of your own away.")] = False,
    as_json: Json = False,
) -> None:
    """List the saved views, or print, save or remove one; `hansei list --view NAME` opens it.

    Example: hansei views mine --save 'is:ready sort:effort'
    """
    root = root_of(context)
    workspace = root.workspace
    if (save is not None or drop) and not name:
        raise UsageError("a view needs a name", "such as: views 'my week' --save 'is:planned'")
    if save is not None:
        from hansei_tui.config_file import set_value

        view = read_view(name, save)
        set_value(root.paths.config_file, f"views.{view.name}", save.strip())
        if as_json:
            emit_json("views", [{"name": view.name, "text": save.strip(), "own": True}])
        note(f"view “{view.name}” saved")
        return
    if drop:
        from hansei_tui.config_file import drop_value

        drop_value(root.paths.config_file, f"views.{name}")
        if as_json:
            emit_json("views", [])
        note(f"view “{name}” removed")
        return
    own = workspace.settings.views
    texts = all_views(own)
    if name:
        texts = {(found := find_view(own, name)).name: texts[found.name]}
    if as_json:
        data = [
            {"name": each, "text": text, "own": each in own or each not in BUILT_IN}
            for each, text in texts.items()
        ]
        emit_json("views", data)
    elif name:
        say(next(iter(texts.values())))
    else:
        rows = [(each, "yours" if each in own else "", text) for each, text in texts.items()]
        table(("view", "", "filter"), rows)


def block_command(
    context: typer.Context,
    reference: Id,
    others: Annotated[
        list[str],
        typer.Argument(help="What cannot start before it is done.", autocompletion=complete.ids),
    ],
    *,
    remove: Annotated[
        bool, typer.Option("--remove", help="They need not wait any longer.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let an improvement come before others; a circle is refused and named.

    Example: hansei block 12 13
    """
    workspace = root_of(context).workspace
    outcome = block(workspace.store, reference, others, now=workspace.now(), remove=remove)
    if as_json:
        emit_json("improvement", record(outcome.value, workspace.bins))
        return
    note(outcome.label)


def split_command(
    context: typer.Context,
    reference: Id,
    parts: Annotated[
        list[str],
        typer.Argument(help="A line for each part, in quotes: 'Measure hours:4' 'Roll out'."),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Cut what is too big for a week: the first part keeps the id, the others are new.

    Example: hansei split 12 'Measure hours:4' 'Roll out hours:6'
    """
    workspace = root_of(context).workspace
    lines = [parse_line(part, workspace.today()) for part in parts]
    outcome = rework.split(workspace.store, reference, lines, now=workspace.now())
    if as_json:
        emit_json("improvements", [record(item, workspace.bins) for item in outcome.value])
        return
    for item in outcome.value:
        say(f"{item.id}  {hours(item.hours)}  {item.title}")
    note(outcome.label)
    point_out_secrets(workspace, *parts)


def merge_command(
    context: typer.Context,
    reference: Id,
    twins: Annotated[
        list[str],
        typer.Argument(help="Its twins, which join it.", autocompletion=complete.ids),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Merge twins into the first: evidence and history join it, and their ids lead to it.

    Example: hansei merge 12 13
    """
    workspace = root_of(context).workspace
    outcome = rework.merge(workspace.store, reference, twins, now=workspace.now())
    if as_json:
        emit_json("improvement", record(outcome.value, workspace.bins))
        return
    note(f"{outcome.label}: seen {outcome.value.seen}×")
    for line in outcome.notes:
        note(f"{line}; `hansei undo` takes it back")
