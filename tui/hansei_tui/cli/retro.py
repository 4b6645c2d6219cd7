"""`hansei retro`: on screen, or entirely by options."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

import typer

from hansei_core.errors import NotFoundError
from hansei_core.quickadd import parse_line
from hansei_core.retro import QUESTIONS, ImprovementDraft, RetroDraft
from hansei_core.usual import compared_words
from hansei_core.verbs.drafts import read_draft
from hansei_core.verbs.improvements import draft_of_line
from hansei_core.verbs.retros import reviewed_until
from hansei_sessions.ended import is_reviewable
from hansei_sessions.model import Friction, Session
from hansei_sessions.text import first_line
from hansei_tui.cli import complete, complete_logs
from hansei_tui.cli.logged import shown_frictions, shown_session
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say, say_words, table
from hansei_tui.cli.root import Root, root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.friction_words import groups_of, total_seconds
from hansei_tui.words import minutes, short_id, span
from hansei_tui.workspace import Workspace

_GROUPS: Final = 8
"""Kinds of friction that are listed before the questions."""

Improvements = Annotated[
    list[str] | None,
    typer.Option("--improvement", "-i", help="Quick add: 'Title +tag impact:8 effort:2'. 1–3×."),
]


def retro_command(
    context: typer.Context,
    session: Annotated[
        str,
        typer.Argument(
            help="A session's id or its beginning; default: one that waits.",
            autocompletion=complete_logs.sessions,
        ),
    ] = "",
    *,
    last: Annotated[
        bool, typer.Option("--last", help="The newest session, whatever it is.")
    ] = False,
    slowed: Annotated[str | None, typer.Option("--slowed", help=QUESTIONS[0])] = None,
    broke: Annotated[str | None, typer.Option("--broke", help=QUESTIONS[1])] = None,
    better: Annotated[str | None, typer.Option("--better", help=QUESTIONS[2])] = None,
    improvement: Improvements = None,
    same_as: Annotated[
        list[str] | None,
        typer.Option(
            "--same-as",
            help="Seen again: an improvement that exists. Counts as one.",
            autocompletion=complete.ids,
        ),
    ] = None,
    none_because: Annotated[
        str, typer.Option("--none-because", help="Why there is no improvement this time.")
    ] = "",
    mood: Annotated[
        int | None,
        typer.Option("--mood", min=1, max=5, help="How it went, if you keep track: 1 bad, 5 good."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="More than three improvements.")] = False,
    inline: Annotated[
        bool, typer.Option("--inline", help="Under the prompt, without taking the screen.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Question by question, for screen readers and pipes.")
    ] = False,
    suggestions: Annotated[
        bool, typer.Option("--suggestions", help="What hansei suggests when, and what you took.")
    ] = False,
    not_today: Annotated[
        bool, typer.Option("--not-today", help="Ask about no session any more today.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Only print what is pre-filled.")] = False,
    as_json: Json = False,
) -> None:
    """Close a session: three answers and one to three improvements.

    With an answer, an improvement or a reason it saves at once; without them it opens the Retro
    screen, or prints what is pre-filled where there is no terminal.

    Example: hansei retro --last --slowed "no database" -i "A fixture starts it"
    """
    root = root_of(context)
    if not_today:
        root.workspace.say_not_today()
        note("No more questions today; `hansei retro` is there when you want it.")
        return
    if suggestions:
        _print_suggestions(root.workspace, as_json=as_json)
        return
    typed = (slowed, broke, better, improvement, same_as, none_because or None, mood)
    if (inline or plain) and not show and all(part is None for part in typed):
        _ask(root, session, newest=last, plain=plain)
        return
    if root.interactive and not show and not as_json and all(part is None for part in typed):
        _open_screen(root, session, newest=last)
        return
    workspace = scanned(root)
    chosen = pick_session(workspace, session, newest=last)
    draft = draft_for(workspace, chosen)
    if show or all(part is None for part in typed):
        _print_draft(workspace, chosen, draft, as_json=as_json)
        return
    today = workspace.today()
    new = [draft_of_line(parse_line(line, today)) for line in improvement or ()]
    linked = [ImprovementDraft(title=f"seen again: {name}", same_as=name) for name in same_as or ()]
    filled = replace(
        draft,
        slowed=draft.slowed if slowed is None else slowed,
        broke=draft.broke if broke is None else broke,
        better=draft.better if better is None else better,
        improvements=(*new, *linked),
        none_because=none_because,
        mood=draft.mood if mood is None else mood,
    )
    reviewed = {retro.session_id for retro in workspace.retros()}
    outcome = workspace.save_retro(filled, force=force)
    titles = [item.title for item in new]
    point_out_secrets(workspace, slowed, broke, better, none_because, *titles)
    if as_json:
        emit_json("retro", outcome.value)
        return
    say(outcome.value.retro.id)
    note(outcome.label)
    title = f" “{first_line(chosen.title)}”" if chosen.title else ""
    again = ", which had a retro before" if chosen.id in reviewed else ""
    note(f"it closes {short_id(chosen.id)}{title}{again}")
    for item in new:
        for twin in workspace.twins(item.title):
            if twin.item.title != item.title:
                note(f"“{item.title}” resembles {twin.item.id} “{twin.item.title}” (--same-as)")


def pick_session(workspace: Workspace, name: str, *, newest: bool) -> Session:
    """Return the session that a retro is asked for.

    Args:
        workspace: Scanned.
        name: Its id or the beginning of it; empty: the first that waits, of this folder if any.
        newest: The newest session that a human sat before, waiting or not.

    Raises:
        NotFoundError: There is none.
    """
    if name:
        return workspace.index.session(name)
    if not newest:
        waiting = workspace.unreviewed()
        if waiting:
            return waiting[0].session
    for session in workspace.index.sessions():
        if newest and not session.headless and not session.parent_id and session.prompts:
            return session
    if newest:
        raise NotFoundError(
            "no session of a person was found", "`hansei sources` says where hansei looks"
        )
    hint = "`hansei sessions` lists them; `hansei retro --last` takes the newest"
    raise NotFoundError("no session waits for a retro", hint)


def frictions_of(workspace: Workspace, session: Session) -> list[Friction]:
    """Return a session's frictions; after an earlier retro only those that came later."""
    until = reviewed_until(workspace.store).get(session.id)
    found = workspace.index.frictions([session.id])
    return [each for each in found if until is None or each.at is None or each.at > until]


def draft_for(workspace: Workspace, session: Session) -> RetroDraft:
    """Return what was typed of a session's retro so far; else its pre-filled draft."""
    begun = read_draft(workspace.drafts, session.id)
    if begun is not None:
        return begun
    return workspace.new_draft(session, workspace.index.frictions([session.id]))


def _print_suggestions(workspace: Workspace, *, as_json: bool) -> None:
    from hansei_core.suggestions import Uses, uses

    said = uses(workspace.retros())
    entries = workspace.catalogue()
    if as_json:
        told = {name: {"uses": each, "quiet": each.is_quiet} for name, each in said.items()}
        emit_json("suggestions", entries, told=told)
        return
    rows = []
    for entry in entries:
        each = said.get(entry.name, Uses())
        state = "quiet" if each.is_quiet else ""
        counts = (each.offered or None, each.taken or None, each.changed or None)
        rows.append((entry.kind.value, *counts, state, entry.title.replace("{label}", "…")))
    columns = ("friction", "offered", "taken", "changed", "state", "suggestion")
    table(columns, rows, right="offered taken changed")
    note(f"your own come first: {workspace.paths.suggestions_file} (docs/suggestions.md)")


def _ask(root: Root, name: str, *, newest: bool, plain: bool) -> None:
    from hansei_tui.cli.closing import ask_inline, ask_line_by_line

    workspace = scanned(root)
    session = None if name or newest else _begun(workspace)
    session = session or pick_session(workspace, name, newest=newest)
    code = ask_line_by_line(root, session) if plain else ask_inline(root, session)
    if code:
        raise typer.Exit(code)


def _begun(workspace: Workspace) -> Session | None:
    """Return the session whose retro was begun and not finished; None where there is none."""
    from hansei_tui.desk import Desk

    return Desk(workspace).begun_session()


def _print_draft(
    workspace: Workspace, session: Session, draft: RetroDraft, *, as_json: bool
) -> None:
    frictions = frictions_of(workspace, session)
    if as_json:
        waits = is_reviewable(session, workspace.first_start, workspace.now())
        emit_json(
            "retro-draft",
            draft,
            session=shown_session(session),
            frictions=shown_frictions(frictions),
            waits=waits,
        )
        return
    where = ", ".join(filter(None, (session.agent, session.project)))
    say_words(f"{session.title or session.id}  ({where})")
    lived = span(session.started_at, session.last_at, workspace.now())
    say_words(f"{lived}, {minutes(session.active_seconds)} active")
    lost = total_seconds(frictions)
    if lost is not None:
        say_words(f"{minutes(lost)} lost, {compared_words(lost, workspace.usual_lost(session))}")
    groups = groups_of(frictions)
    for group in groups[:_GROUPS]:
        say_words(f"  {minutes(group.seconds):>6}  {group.events:>2}×  {group.name}")
    if len(groups) > _GROUPS:
        say(f"  {len(groups) - _GROUPS} more: hansei sessions {short_id(session.id)}")
    for question, answer in zip(QUESTIONS, (draft.slowed, draft.broke, draft.better), strict=True):
        say_words(f"\n{question}")
        say_words(answer or "–")
    for item in draft.improvements:
        say_words(f"\n{'seen again' if item.same_as else 'suggested'}: {item.title}")
        say_words(f"  impact {item.impact}, effort {item.effort}: {item.reason}")
    note(f"save it: hansei retro {short_id(session.id)} --improvement '…' or --none-because '…'")


def _open_screen(root: Root, name: str, *, newest: bool) -> None:
    from hansei_tui.cli.screen import open_app

    session_id = ""
    if name or newest:
        session_id = pick_session(scanned(root), name, newest=newest).id
    code = open_app(root, "retro", session_id)
    if code:
        raise typer.Exit(code)
