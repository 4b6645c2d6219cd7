"""`hansei themes`: what recurs, with its evidence and its trend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import typer

from hansei_core.errors import UsageError
from hansei_core.themes.model import Document
from hansei_core.verbs import theme_model as verbs
from hansei_tui.cli.moments import parse_since, parse_window
from hansei_tui.cli.options import Agent, Json, LoggedProject, Since, no_options_before
from hansei_tui.cli.output import emit_json, note, say, say_words, table, terminal_width
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.cli.theme_changes import (
    dial_command,
    link_command,
    move_command,
    propose,
    rule_command,
)
from hansei_tui.cli.theme_learning import learned_themes
from hansei_tui.cli.theme_records import (
    Filter,
    ThemeId,
    Window,
    few,
    find,
    improvements_of,
    record,
    report_outcome,
    short_text_ids,
    unknown_words,
)
from hansei_tui.cli.theme_tables import (
    bands_command,
    export_command,
    map_command,
    once_command,
    split_command,
)
from hansei_tui.cli.theme_why import why_command
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.theme_view import ThemeQuery, ThemesView
from hansei_tui.theme_words import (
    WEEK_CELL,
    cost_words,
    interval_words,
    latest,
    once_words,
    seen_words,
    week_rows,
)
from hansei_tui.words import ago, count, minutes, sparkline, when

app = typer.Typer(
    help="What recurs over all sessions.\n\n"
    "Without a command it lists the themes, what costs most first: hansei themes --window 30.",
    invoke_without_command=True,
)

WEEKS: Final = 8
"""Weeks that the list draws as bars, this one last."""
Last = Annotated[int, typer.Option("--last", min=0, help="Only the last so many sessions; 0: all.")]


@app.callback()
def themes_command(
    context: typer.Context,
    *,
    window: Window = "all",
    last: Last = 0,
    since: Since = "",
    project: LoggedProject = "",
    agent: Agent = "",
    text: Filter = "",
    muted: Annotated[bool, typer.Option("--muted", help="Muted ones too.")] = False,
    proposes: Annotated[
        bool,
        typer.Option("--propose", help="Put improvements against them into the inbox."),
    ] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="At most so many proposals.")] = 3,
    as_json: Json = False,
) -> None:
    """List themes, what costs most first; they are learned anew where sessions have come."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    workspace = scanned(root_of(context))
    query = ThemeQuery(
        window_days=parse_window(window),
        last=last,
        since=parse_since(since, workspace.now()),
        project=project,
        agent=agent,
        muted=muted,
        filter=text,
    )
    view = learned_themes(root_of(context), query)
    if proposes:
        propose(workspace, view, most, as_json=as_json)
        return
    if as_json:
        emit_json(
            "themes",
            [record(report, improvements_of(view, report)) for report in view.reports],
            seen_once=view.seen,
            sessions=view.sessions,
            suggestions=view.suggestions,
        )
        return
    now = workspace.now()
    rows = [
        (
            report.theme.id,
            len(report.sessions),
            len(report.projects),
            minutes(report.seconds_lost) if report.seconds_lost else None,
            ago(report.last_seen, now),
            sparkline(latest(view.weeks.get(report.theme.id, ()), now, WEEKS), WEEKS),
            report.verdict.direction,
            few(improvements_of(view, report)),
            f"{report.theme.name} (muted)" if report.theme.muted else report.theme.name,
        )
        for report in view.reports
    ]
    if rows:
        columns = ("id", "sessions", "projects", "lost", "last", "weeks", "trend", "improvement")
        spare = "weeks projects improvement last trend"
        table((*columns, "name"), rows, right="sessions projects lost", spare=spare)
    note(coverage(view) + unknown_words(view, query))


def coverage(view: ThemesView) -> str:
    """Say what was looked at, so that an empty list is not taken for all clear."""
    looked = f"{count(view.sessions, 'session')}, {count(view.documents, 'text')} looked at"
    once = once_words(view.seen)
    if not view.known_sessions:
        return f"nothing recurs yet: {looked}; `hansei sources` says where hansei looks"
    if not view.reports:
        return f"nothing recurs yet: {looked}; {once}"
    return f"{count(len(view.reports), 'theme')}; {looked}; {once}"


@app.command("show")
def show_command(context: typer.Context, theme_id: ThemeId, *, as_json: Json = False) -> None:
    """Show a theme with its evidence and what its trend rests on."""
    from hansei_core.themes.association import associations
    from hansei_core.themes.series import series

    workspace = scanned(root_of(context))
    view = learned_themes(root_of(context), ThemeQuery(muted=True))
    report = find(view, theme_id)
    weekly = series(report.weeks, view.per_week)
    linked = [
        each for each in associations(view.texts, view.homes) if each.theme_id == report.theme.id
    ]
    if as_json:
        more = {"series": weekly, "associations": linked}
        emit_json("theme", {**record(report, improvements_of(view, report)), **more})
        return
    now = workspace.now()
    theme = report.theme
    say_words(f"{theme.id}  {theme.name}", under=len(theme.id) + 2)
    if theme.muted:
        say_words(f"muted     hansei themes mute {theme.id} --off lists it again", under=10)
    if theme.aliases:
        say_words(f"holds     {', '.join(theme.aliases)}, merged into it", under=10)
    say_words(f"tags      {' · '.join(theme.tags) or '–'}", under=10)
    say_words(f"seen      {seen_words(report)}", under=10)
    say_words(f"cost      {cost_words(report)}", under=10)
    say_words(f"projects  {', '.join(report.projects)}", under=10)
    say_words(f"trend     {report.verdict.wording}", under=10)
    if interval_words(report.verdict):
        say_words(f"          {interval_words(report.verdict)}", under=10)
    for name, cells in week_rows(weekly, view.lost.get(theme.id, {}), _room()):
        say(f"{name:10}{cells}")
    say_words(f"slope     {weekly.wording}", under=10)
    for place, link in enumerate(linked[:5]):
        say_words(f"{'' if place else 'with':10}{link.wording}", under=10)
    for place, item in enumerate(view.linked.get(theme.id, ())):
        words = f"{item.id} {item.stage} · {item.title}"
        say_words(f"{'' if place else 'ended by':10}{words}", under=10)
    if theme.offered_name:
        say_words(f"offered   “{theme.offered_name}”; hansei themes rename {theme.id} …", under=10)
    _say_evidence(report.documents, now)


def _say_evidence(documents: Sequence[Document], now: datetime) -> None:
    """Print the newest texts of a theme with ids that `explain`, `why`, `move` and `split` take."""
    say("\nevidence")
    shown = documents[:30]
    times = [when(each.at, now) for each in shown]
    short = short_text_ids([each.id for each in documents])
    widest = max(map(len, times), default=0)
    wide = max((len(short[each.id]) for each in shown), default=0)
    for time, each in zip(times, shown, strict=True):
        say_words(
            f"  {time:{widest}}  {short[each.id]:{wide}}  {each.text[:120]}", under=widest + 4
        )
    if len(documents) > 30:
        note(f"{len(documents) - 30} more; --json has them all")
    note("`hansei explain ID` opens the log at the place")


def _room() -> int:
    """Return how many weeks fit into the terminal; twelve where there is none."""
    width = terminal_width()
    return 12 if width is None else max(1, (width - 10) // WEEK_CELL)


@app.command("rename")
def rename_command(
    context: typer.Context,
    theme_id: ThemeId,
    name: Annotated[str, typer.Argument(help="In your words, in quotes.")],
    *,
    as_json: Json = False,
) -> None:
    """Give a theme a name of your own.

    Example: hansei themes rename 7 "read before edit"
    """
    workspace = root_of(context).workspace
    done = verbs.rename(workspace.store, theme_id, name, now=workspace.now())
    report_outcome(done, as_json=as_json)
    point_out_secrets(workspace, name)


@app.command("mute")
def mute_command(
    context: typer.Context,
    theme_id: ThemeId,
    *,
    off: Annotated[bool, typer.Option("--off", help="List it again.")] = False,
    as_json: Json = False,
) -> None:
    """Leave a theme out of the list."""
    workspace = root_of(context).workspace
    done = verbs.mute(workspace.store, theme_id, now=workspace.now(), muted=not off)
    report_outcome(done, as_json=as_json)


@app.command("merge")
def merge_command(
    context: typer.Context, keep: ThemeId, other: ThemeId, *, as_json: Json = False
) -> None:
    """Merge the second theme into the first; its id leads to the first from then on."""
    workspace = root_of(context).workspace
    report_outcome(verbs.merge(workspace.store, keep, other, now=workspace.now()), as_json=as_json)


@app.command("promote")
def promote_command(
    context: typer.Context,
    theme_id: ThemeId,
    *,
    title: Annotated[str, typer.Option("--title", help="In your words.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Although an open improvement is meant to end it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an improvement of a theme, with its evidence and suggested scores."""
    from dataclasses import replace

    from hansei_core.verbs.themes import promote_theme
    from hansei_tui.cli.improvements import record as improvement_record
    from hansei_tui.theme_view import draft_of

    workspace = scanned(root_of(context))
    view = learned_themes(root_of(context), ThemeQuery(muted=True))
    report = find(view, theme_id)
    meant = [each for each in view.linked.get(report.theme.id, ()) if each.stage.is_open]
    if meant and not again:
        raise UsageError(
            f"{meant[0].id} is meant to end {report.theme.id} already: {meant[0].title}",
            f"hansei show {meant[0].id}; --again makes another one",
        )
    draft = draft_of(workspace, report)
    item = promote_theme(
        workspace.store,
        report.theme.id,
        workspace.routed(replace(draft, title=title or draft.title), "theme"),
        draft.evidence,
        now=workspace.now(),
    ).value
    if as_json:
        emit_json("improvement", improvement_record(item, workspace.bins))
        return
    say(item.id)
    point_out_secrets(workspace, title)
    note(
        f"scores are suggested: impact {item.impact}, effort {item.effort}; hansei score {item.id}"
    )


app.command("why")(why_command)
app.command("split")(split_command)
app.command("export")(export_command)
app.command("map")(map_command)
app.command("bands")(bands_command)
app.command("once")(once_command)
app.command("link")(link_command)
app.command("rule")(rule_command)
app.command("move")(move_command)
app.command("dial")(dial_command)
