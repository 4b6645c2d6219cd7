"""`hansei sessions`: what agents wrote, with its friction and what could not be read."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansei_sessions.index import SessionQuery
from hansei_sessions.model import Friction, Session
from hansei_tui.cli import complete_logs
from hansei_tui.cli.logged import shown_frictions, shown_problems, shown_session
from hansei_tui.cli.moments import parse_since
from hansei_tui.cli.options import Agent, Branch, Json, Limit, LoggedProject, Since, Until
from hansei_tui.cli.output import emit_json, note, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.cli.session_page import show_session
from hansei_tui.words import ago, count, minutes, short_id
from hansei_tui.workspace import Workspace


def sessions_command(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="A session's id or its beginning: show it.", autocompletion=complete_logs.sessions
        ),
    ] = "",
    *,
    project: LoggedProject = "",
    agent: Agent = "",
    branch: Branch = "",
    since: Since = "",
    until: Until = "",
    search: Annotated[
        str, typer.Option("--search", help="A text in titles, prompts or friction.")
    ] = "",
    limit: Limit = 20,
    people: Annotated[
        bool, typer.Option("--no-headless", help="Without headless and subagent runs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List sessions, newest first, or show one with its friction.

    Example: hansei sessions --project api --since 7d
    """
    root = root_of(context)
    workspace = scanned(root)
    if name:
        _show(workspace, name, as_json=as_json)
        return
    query = SessionQuery(
        project=project or None,
        agent=agent or None,
        branch=branch or None,
        since=parse_since(since, workspace.now()),
        until=parse_since(until, workspace.now()),
        text=search or None,
        include_headless=not people,
        include_subagents=not people,
        limit=None if as_json and limit == 20 else limit or None,
    )
    if search:
        workspace.fill_texts()
    shown = workspace.index.sessions(query)
    total = len(shown) if query.limit is None else workspace.index.count_sessions(query)
    frictions = workspace.index.frictions([session.id for session in shown])
    by_session: dict[str, list[Friction]] = {}
    for friction in frictions:
        by_session.setdefault(friction.session_id, []).append(friction)
    if as_json:
        _emit(workspace, shown, by_session, total)
        return
    now = workspace.now()
    rows = [_row(session, by_session.get(session.id, []), now) for session in shown]
    if rows:
        columns = ("id", "when", "agent", "project", "prompts", "active", "friction", "lost")
        numbers = "prompts active friction lost"
        spare = "prompts active agent friction project"
        table((*columns, "title"), rows, right=numbers, spare=spare)
    _note_totals(workspace, total, len(shown))
    narrowed = project or agent or branch or since or until or search
    kept = 0 if narrowed else len(workspace.archived().sessions)
    if kept:
        note(f"{count(kept, 'more session')} whose logs are gone: themes and metrics count them")


def _row(session: Session, frictions: list[Friction], now: Any) -> tuple[object, ...]:
    known = [each.seconds_lost for each in frictions if each.seconds_lost is not None]
    kind = " (headless)" if session.headless else " (subagent)" if session.parent_id else ""
    return (
        short_id(session.id),
        ago(session.last_at, now),
        session.agent + kind,
        session.project,
        session.prompts,
        minutes(session.active_seconds),
        len(frictions),
        minutes(sum(known)) if known else None,
        session.title,
    )


def _note_totals(workspace: Workspace, total: int, shown: int) -> None:
    totals = workspace.index.totals()
    counts = totals.counts
    if total == 0 and totals.sessions == 0:
        from hansei_sessions.sources import worth_naming

        roots = dict.fromkeys(str(source.root) for source in worth_naming(workspace.sources()))
        note(
            f"no sessions found; looked in {', '.join(roots)} and where the other agents keep them"
        )
        note("`hansei sources --all` lists every folder; `hansei demo` shows samples")
        return
    if not total:
        note(f"no session fits; there are {totals.sessions}, and `hansei sessions` lists them")
        return
    some = f", the newest {shown} shown, --limit 0 shows all" if shown < total else ""
    note(
        f"{count(total, 'session')}{some}; of all logs {counts.parsed} records were read, "
        f"{counts.skipped} skipped, {counts.malformed} malformed"
    )


def _emit(
    workspace: Workspace, shown: list[Session], frictions: dict[str, list[Friction]], total: int
) -> None:
    import msgspec

    totals = workspace.index.totals()
    data = [
        {
            **msgspec.to_builtins(shown_session(session)),
            "frictions": shown_frictions(frictions.get(session.id, [])),
        }
        for session in shown
    ]
    emit_json(
        "sessions",
        data,
        total=total,
        counts=totals.counts,
        unknown_types=dict(totals.unknown_types),
        duplicates=totals.duplicates,
        problems=shown_problems(workspace.index.problems()),
        sources=workspace.index.sources(),
    )


def _show(workspace: Workspace, name: str, *, as_json: bool) -> None:
    session, frictions, is_archived = workspace.remembered(name)
    if as_json:
        told = {"session": shown_session(session), "frictions": shown_frictions(frictions)}
        emit_json("session", told, archived=is_archived)
        return
    show_session(session, list(frictions), workspace.now())
    if is_archived:
        note("its log is gone; this is what the archive keeps of it")
