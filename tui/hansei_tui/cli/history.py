"""`hansei undo`, `redo` and `history`: every write, back and forth, across restarts."""

from __future__ import annotations

import typer

from hansei_core.store.protocol import Change
from hansei_tui.cli.options import Json, Limit
from hansei_tui.cli.output import emit_json, note, table
from hansei_tui.cli.root import root_of
from hansei_tui.words import when


def undo_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Take back the newest change that still stands."""
    workspace = root_of(context).workspace
    _report("undone", workspace.store.undo(now=workspace.now()), as_json=as_json)


def redo_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Bring back what the newest undo took away."""
    workspace = root_of(context).workspace
    _report("redone", workspace.store.redo(now=workspace.now()), as_json=as_json)


def history_command(context: typer.Context, *, limit: Limit = 20, as_json: Json = False) -> None:
    """List the changes, newest first."""
    from hansei_core.verbs.changes import newest_changes

    workspace = root_of(context).workspace
    if as_json:
        emit_json("history", workspace.store.history(limit or 1_000_000))
        return
    most = limit + 1 if limit else 0  # one more tells whether there are more
    changes = newest_changes(workspace.store, most, lambda change: change.undoable)
    now = workspace.now()
    rows = [
        (change.seq, when(change.at, now), "undone" if change.undone else "", change.label)
        for change in changes[: limit or None]
    ]
    if rows:
        table(("no", "when", "", "change"), rows, right="no")
    else:
        note("nothing has been changed yet")
    if limit and len(changes) > limit:
        note(f"the newest {limit} shown, --limit 0 shows all")


def _report(word: str, change: Change, *, as_json: bool) -> None:
    if as_json:
        emit_json("change", change)
        return
    note(f"{word}: {change.label.removeprefix('undo: ').removeprefix('redo: ')}")
