"""`hansei list`: the backlog in the grammar of the screens, quick at any size."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hansei_core.deadlines import due_in
from hansei_tui.cli import complete
from hansei_tui.cli.options import Json, Limit, Project
from hansei_tui.cli.output import emit_json, note, table
from hansei_tui.cli.root import root_of
from hansei_tui.words import count, due_words, hours

if TYPE_CHECKING:
    from hansei_core.improvement import Improvement
    from hansei_tui.workspace import Workspace


def list_command(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="A filter: +tag cat:debt pri:>=70 is:overdue text.",
            autocompletion=complete.filter_words,
        ),
    ] = None,
    *,
    sort: Annotated[
        str,
        typer.Option(
            "--sort",
            help="priority, rank (as on the board), impact, effort, hours, age, updated, due, "
            "severity, stage, seen, title, category, project or id.",
            autocompletion=complete.orders,
        ),
    ] = "",
    reverse: Annotated[bool, typer.Option("--reverse", "-r", help="The last one first.")] = False,
    view: Annotated[
        str,
        typer.Option(
            "--view", help="A saved view; words narrow it.", autocompletion=complete.views
        ),
    ] = "",
    project: Project = "",
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Finished, declined and trashed ones too.")
    ] = False,
    limit: Limit = 0,
    as_json: Json = False,
) -> None:
    """List improvements, best first; the filter is the one behind `/` on screen.

    Example: hansei list 'pri:>=40 not is:blocked' --sort effort
    """
    workspace = root_of(context).workspace
    text, order, is_reverse = _chosen(workspace, view, words or [])
    text = of_project(text, project)
    found = workspace.backlog(text, sort=sort or order, everything=everything)
    listed = found.items[::-1] if reverse or (is_reverse and not sort) else found.items
    shown = listed[:limit] if limit else listed
    now, limits = workspace.now(), workspace.limits
    if as_json:
        from hansei_tui.cli.improvements import dated  # the other verbs, which a table does without

        data = [dated(item, workspace.bins, now, limits) for item in shown]
        emit_json("improvements", data, total=len(found.items), broken=dict(found.broken))
        return
    due = [due_words(due_in(item, now, limits)) for item in shown]
    rows = [(*_row(item), words, item.title) for item, words in zip(shown, due, strict=True)]
    columns = ["pri", "id", "stage", "category", "I", "E", "hours", "due", "title"]
    if not any(due):
        columns.remove("due")
        rows = [(*row[:-2], row[-1]) for row in rows]
    if rows:
        table(columns, rows, right="pri I E hours", spare="category hours stage")
    _note_rest(len(found.items), len(shown), found.hidden, bool(text))
    for record_id, reason in found.broken.items():
        note(f"{record_id} could not be read: {reason}")


def of_project(text: str, project: str) -> str:
    """Narrow a filter to a project, as `--project` does elsewhere."""
    if not project:
        return text
    named = f'project:"{project.replace(chr(34), "")}"'
    return f"({text}) {named}" if text.strip() else named


def _chosen(workspace: Workspace, name: str, words: list[str]) -> tuple[str, str, bool]:
    """Return filter, order and direction: of the words, or of the view that they narrow."""
    typed = sys.stdin.read() if words == ["-"] else " ".join(words)
    if not name:
        return typed, "priority", False
    from hansei_core.views import find_view

    view = find_view(workspace.settings.views, name)
    both = [f"({part})" for part in (view.filter, typed) if part.strip()]
    return " ".join(both), view.sort, view.reverse


def _row(item: Improvement) -> tuple[object, ...]:
    return (
        item.priority,
        item.id,
        item.stage,
        item.category,
        item.impact,
        item.effort,
        hours(item.hours),
    )


def _note_rest(total: int, shown: int, hidden: int, is_filtered: bool) -> None:
    if total == 0:
        empty = "nothing matches" if is_filtered else "no improvements yet: hansei add 'a title'"
        note(empty + (f"; {hidden} hidden, --all shows them" if hidden else ""))
        return
    words = count(total, "improvement")
    words += f", the first {shown} shown, --limit 0 shows all" if shown < total else ""
    words += f"; {hidden} finished or hidden, --all shows them" if hidden else ""
    note(words)
