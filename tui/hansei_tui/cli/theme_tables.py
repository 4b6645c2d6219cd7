"""Themes as tables and files, and taking them apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.themes.model import Document, ThemeReport
from hansei_core.verbs import theme_model as verbs
from hansei_tui.cli import complete
from hansei_tui.cli.moments import parse_since, parse_window
from hansei_tui.cli.options import Agent, Json, Limit, LoggedProject, Since
from hansei_tui.cli.output import emit_json, note, say, table, terminal_width
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.cli.theme_learning import learned_themes
from hansei_tui.cli.theme_records import (
    Filter,
    ThemeId,
    Window,
    find,
    report_outcome,
    short_text_ids,
    text_id,
)
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.theme_view import ThemeQuery, ThemesView
from hansei_tui.words import ago, count, minutes

_BESIDE: Final = 8 + 30
"""Columns of the terminal for a theme's id and enough of its name."""
EMPTY = "·"
"""Stands in a map where no session was hit."""


def split_command(
    context: typer.Context,
    theme_id: ThemeId,
    *,
    documents: Annotated[
        str, typer.Option("--documents", help="Ids of texts (--json shows them), with commas.")
    ] = "",
    like: Annotated[str, typer.Option("--like", help="Texts that hold all these words.")] = "",
    name: Annotated[str, typer.Option("--name", help="The new theme's name.")] = "",
    as_json: Json = False,
) -> None:
    """Make a theme of its own of some texts of a theme.

    Example: hansei themes split 7 --like "go.sum"
    """
    workspace = scanned(root_of(context))
    report = find(learned_themes(root_of(context), ThemeQuery(muted=True)), theme_id)
    chosen = _chosen(report, documents, like)
    done = verbs.split(workspace.store, report.theme.id, chosen, now=workspace.now(), name=name)
    report_outcome(done, as_json=as_json)
    if not as_json:
        say(f"{done.value.id}  {done.value.name}")
        note(f"{count(len(chosen), 'text')} moved to {done.value.id}")
    point_out_secrets(workspace, name)


def _chosen(report: ThemeReport, ids: str, like: str) -> list[Document]:
    """Return the documents that the options name.

    Raises:
        UsageError: Neither or both options are given, or nothing would stay.
        NotFoundError: The theme has no such text.
    """
    from hansei_core.themes.tokens import words

    wanted = {each.strip() for each in ids.split(",") if each.strip()}
    if bool(wanted) == bool(like.strip()):
        raise UsageError("which texts?", "give --documents with ids, or --like with words")
    if wanted:
        wanted = {text_id(each, {one.id for one in report.documents}) for each in wanted}
        chosen = [each for each in report.documents if each.id in wanted]
    else:
        stems = set(words(like))
        chosen = [each for each in report.documents if stems and stems <= set(words(each.text))]
        if not chosen:
            raise NotFoundError(f"no text of {report.theme.id} is like that", "use its words")
    if len(chosen) == len(report.documents):
        raise UsageError(f"that is all of {report.theme.id}", "rename it instead")
    return chosen


def export_command(
    context: typer.Context,
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format", help="markdown or csv.", autocompletion=complete.one_of("markdown", "csv")
        ),
    ] = "markdown",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a file instead of printing.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    window: Window = "all",
    since: Since = "",
    project: LoggedProject = "",
    agent: Agent = "",
    text: Filter = "",
) -> None:
    """Write the themes for others, as Markdown or CSV; secrets are redacted.

    Example: hansei themes export --format csv -o themes.csv
    """
    from hansei_core.themes.export import to_csv, to_markdown
    from hansei_tui.export_file import write_export

    makers = {"markdown": to_markdown, "csv": to_csv}
    if form not in makers:
        raise UsageError(f"“{form}” is no format", "write markdown or csv")
    root = root_of(context)
    view = _view(context, since, project, agent, text, window=window)
    written = makers[form](view.reports)
    if output is None:
        say(written.replace("\r\n", "\n").rstrip("\n"))
        return
    write_export(root.cwd / output.expanduser(), written, force=force)
    note(f"{count(len(view.reports), 'theme')} written to {output}")


def map_command(
    context: typer.Context,
    *,
    by: Annotated[
        str,
        typer.Option(
            "--by", help="week or project.", autocompletion=complete.one_of("week", "project")
        ),
    ] = "week",
    columns: Annotated[
        int | None,
        typer.Option(
            "--columns",
            min=0,
            help="At most so many, the newest or busiest; 0: all; default: what fits.",
        ),
    ] = None,
    window: Window = "all",
    since: Since = "",
    project: LoggedProject = "",
    agent: Agent = "",
    text: Filter = "",
    as_json: Json = False,
) -> None:
    """Show sessions hit, theme × week or theme × project; numbers, not colours."""
    from hansei_core.themes.heatmap import by_project, by_week

    makers = {"week": by_week, "project": by_project}
    if by not in makers:
        raise UsageError(f"there is no map by “{by}”", "write week or project")
    view = _view(context, since, project, agent, text, window=window)
    found = makers[by](view.reports, columns or None)
    whole = len(found.columns)
    if columns is None and not as_json:
        fitting = _fitting(found.columns)
        found = found if fitting >= whole else makers[by](view.reports, fitting)
    if as_json:
        emit_json("theme-map", found, by=by)
        return
    names = {report.theme.id: report.theme.name for report in view.reports}
    rows = [
        (theme, *(hit or EMPTY for hit in hits), names[theme])
        for theme, hits in zip(found.rows, found.sessions, strict=True)
    ]
    if not rows:
        note("nothing recurs yet, so there is no map; `hansei themes once` lists what was seen")
        return
    table(("id", *found.columns, "name"), rows, right=" ".join(found.columns))
    left = f"; {len(found.columns)} of {count(whole, by)} fit, --columns 0 shows all"
    note(
        f"sessions hit by {count(len(found.rows), 'theme')}, by {by}; {EMPTY} is none"
        + (left if len(found.columns) < whole else "")
    )


def _fitting(columns: Sequence[str]) -> int:
    """Return how many columns leave room for the themes' names; all of them in a pipe."""
    width = terminal_width()
    if width is None or not columns:
        return len(columns)
    each = max(map(len, columns)) + 2
    return max(1, (width - _BESIDE) // each)


def once_command(
    context: typer.Context,
    *,
    window: Window = "all",
    since: Since = "",
    project: LoggedProject = "",
    agent: Agent = "",
    text: Filter = "",
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List what was seen once or twice and belongs to no theme, with its evidence's ids."""
    from hansei_core.themes.pool import seen_things

    view = _view(context, since, project, agent, text, window=window)
    now = root_of(context).workspace.now()
    found = seen_things(view.texts, view.homes, now=now, window_days=parse_window(window))
    if as_json:
        emit_json("seen-once", found)
        return
    shown = found[: limit or None]
    short = short_text_ids([each.id for each in found])
    rows = [
        (
            len(each.documents),
            each.sessions,
            minutes(each.seconds_lost) if each.seconds_lost else None,
            ago(each.last_seen, now),
            short[each.id],
            each.text,
        )
        for each in shown
    ]
    if rows:
        columns = ("times", "sessions", "lost", "last", "id", "text")
        table(columns, rows, right="times sessions lost", spare="lost last")
    more = f", {len(rows)} shown, --limit 0 shows all" if len(rows) < len(found) else ""
    way = "; `hansei themes move ID THM-1` puts one into a theme" if found else ""
    note(f"{count(len(found), 'thing')} seen once or twice{more}{way}")


def bands_command(
    context: typer.Context,
    *,
    window: Window = "7",
    project: LoggedProject = "",
    agent: Agent = "",
    text: Filter = "",
    as_json: Json = False,
) -> None:
    """Compare the sessions of a window with the twelve weeks before: noise, or not?"""
    from hansei_core.themes.metrics import WINDOW_DAYS, metric_bands

    days = parse_window(window) or WINDOW_DAYS
    view = _view(context, "", project, agent, text)
    now = root_of(context).workspace.now()
    found = metric_bands(view.looked_at, view.texts, now, days)
    if as_json:
        emit_json("bands", found)
        return
    rows = [
        (
            each.name,
            f"{each.current:.1f}" if each.current is not None else None,
            each.sessions,
            f"{each.usual.centre:.1f}" if each.usual.n else None,
            f"{max(0.0, each.usual.low):.1f}–{each.usual.high:.1f}" if each.usual.n else None,
            each.usual.n,
            each.label,
        )
        for each in found
    ]
    heads = ("a session's", "now", "n", "usual", "band", "weeks", "label")
    table(heads, rows, right="now n usual band weeks")
    note(
        f"now: mean of a session in the last {days} days; usual: median of the weeks before it;"
        " band: ± 3.5 spreads"
    )


def _view(context: typer.Context, *words: str, window: str = "all") -> ThemesView:
    """Return what `--since`, `--project`, `--agent` and `--filter` let through."""
    days = parse_window(window)
    since, project, agent, text = words
    workspace = scanned(root_of(context))
    query = ThemeQuery(
        window_days=days,
        since=parse_since(since, workspace.now()),
        project=project,
        agent=agent,
        filter=text,
    )
    return learned_themes(root_of(context), query)
