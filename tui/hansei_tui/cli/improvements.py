"""`hansei add`, `show`, `score`, `move` and their like: the backlog's verbs."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from typing import Annotated, Any

import typer

from hansei_core.deadlines import (
    Limits,
    deadline_of,
    due_in,
    is_overdue,
    is_triage_late,
    triage_deadline,
)
from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement
from hansei_core.quickadd import SPELLINGS, parse_line
from hansei_core.ruled import said_by
from hansei_core.scoring import Bins, cell_of, explain_priority
from hansei_core.verbs import improvements as verbs
from hansei_core.verbs.records import Outcome, read_improvement, resolve
from hansei_core.vocabulary import nearest, parse_stage
from hansei_tui.cli import complete, complete_logs
from hansei_tui.cli.options import Force, Id, Ids, Json
from hansei_tui.cli.output import emit_json, note, say, say_words
from hansei_tui.cli.root import Root, root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.inbox import decision_words, decisions_like
from hansei_tui.words import due_words, hours, short_id, when
from hansei_tui.workspace import Workspace

NOT_CONFIRMED = 1
"""The user was asked and said no."""


def record(item: Improvement, bins: Bins) -> dict[str, Any]:
    """Return an improvement as JSON shows it: its fields, and what is computed from them."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(item)
    cell = cell_of(item.impact, item.effort, bins)
    return {
        **fields,
        "priority": item.priority,
        "label": item.label,
        "cell": cell,
        "size": item.size,
    }


def dated(item: Improvement, bins: Bins, now: datetime, limits: Limits) -> dict[str, Any]:
    """Return an improvement as JSON shows it, with its deadlines as they stand now."""
    return {
        **record(item, bins),
        "deadline": deadline_of(item, now, limits) if item.stage.is_open else None,
        "due_in_days": due_in(item, now, limits),
        "overdue": is_overdue(item, now, limits),
        "triage_deadline": triage_deadline(item, now, limits),
        "late": is_triage_late(item, now, limits),
    }


def add_command(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(help='Title with attributes: "Pool +perf impact:8 effort:2 hours:2".'),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Capture an improvement in the inbox and print its id.

    Example: hansei add "Start the database first +ci cat:dx impact:8 effort:2"
    """
    root = root_of(context)
    workspace = root.workspace
    line = parse_line(joined(words), workspace.today())
    draft = workspace.routed(verbs.draft_of_line(line))
    outcome = verbs.add(workspace.store, draft, now=workspace.now())
    item = outcome.value
    if as_json:
        emit_json("improvement", record(item, workspace.bins))
        return
    say(item.id)
    _say_notes(outcome)
    if item.by_rule:
        note(said_by(item.by_rule))
    for twin in workspace.twins(item.title, but=item.id):
        note(f"same as {twin.item.id} “{twin.item.title}”?")
        note(f"  then: hansei undo, and hansei link {twin.item.id} counts the repeat")
    for decision in decisions_like(workspace, item.title, but=item.id):
        note(decision_words(decision, when(decision.at, workspace.now())))
    _point_out_mistyped(item)
    point_out_secrets(workspace, item.title, item.project)


def _point_out_mistyped(item: Improvement) -> None:
    """Say which word of a title looks like an attribute with a typing mistake."""
    for word, near in mistyped(item.title):
        note(f"“{word}:” stays in the title; did you mean {near}:? hansei edit {item.id} …")


def mistyped(text: str) -> list[tuple[str, str]]:
    """Return words that look like attributes with a typing mistake, and what they may mean."""
    found = []
    for word in re.findall(r"(?<!\S)([a-z]{3,9}):[\w>=<]", text):
        near = None if word in SPELLINGS else nearest(word, tuple(SPELLINGS))
        if near is not None and abs(len(near) - len(word)) <= 1:
            found.append((word, near))
    return found


def show_command(context: typer.Context, reference: Id, *, as_json: Json = False) -> None:
    """Show one improvement whole: scores, texts, evidence, history."""
    workspace = root_of(context).workspace
    found = resolve(workspace.store, reference, now=workspace.now())
    item = read_improvement(workspace.store, found)
    if as_json:
        from hansei_tui.record_view import computed_of  # only `show` shows it all

        whole = dated(item, workspace.bins, workspace.now(), workspace.limits)
        emit_json("improvement", {**whole, **computed_of(item, workspace)})
        return
    say_words(f"{item.id}  {item.title}", under=len(item.id) + 2)
    for line in _facts_of(item, root_of(context)):
        say_words(line, under=11)
    for line in _past_of(item, workspace.now()):
        say_words(line, under=4)


def _facts_of(item: Improvement, root: Root) -> list[str]:
    from hansei_tui.record_view import (  # only `show` shows it all
        measurements_of,
        record_facts,
        size_words,
    )

    now, bins = root.workspace.now(), root.workspace.bins
    cell = cell_of(item.impact, item.effort, bins)
    facts = [
        "",
        f"stage      {item.stage}, since {when(item.stage_since, now)}",
        f"priority   {explain_priority(item.impact, item.effort)}" + (f"; {cell}" if cell else ""),
        f"hours      {hours(item.hours)}{size_words(item)}",
        f"category   {item.category.label if item.category else '–'}",
    ]
    optional = {
        "severity": item.severity,
        "tags": " ".join(f"+{tag}" for tag in item.tags),
        "project": item.project,
        "theme": item.theme_id,
        "due": _due(item, root.workspace),
        "rules": said_by(item.by_rule),
        "deferred": item.deferred_until or item.deferred_reason,
        "declined": item.decline_reason,
        "blocks": ", ".join(item.blocks),
        "seen": f"{item.seen}×" if item.seen > 1 else "",
        "impact": item.impact_reason,
        "now": item.current_state,
        "change": item.proposed_change,
        "outcome": item.expected_outcome,
        "criteria": item.success_criteria,
        "cause": item.root_cause,
    }
    texts = [(name, str(value)) for name, value in optional.items() if value]
    texts += record_facts(item, measurements_of(root.workspace, item.id), now)
    for name, text in texts:
        first, *rest = text.split("\n")
        facts += [f"{name:10} {first}", *(f"{'':10} {line}" for line in rest)]
    return facts


def _past_of(item: Improvement, now: datetime) -> list[str]:
    """Return the lines of evidence and history."""
    lines = ["", "evidence"] if item.evidence else []
    for link in item.evidence:
        place = f"line {link.line}" if link.line else ""
        names = (link.agent, link.project, short_id(link.session_id), place)
        lines.append(f"  {' '.join(name for name in names if name)}: {link.quote}")
    lines += ["", "history"]
    times = [when(line.at, now) for line in item.history]
    widest = max(map(len, times), default=0)
    said = zip(times, item.history, strict=True)
    return lines + [f"  {time:{widest}}  {line.text}" for time, line in said]


def _due(item: Improvement, workspace: Workspace) -> str:
    """Return an improvement's deadline and how far it is: its own, or its severity's."""
    now, limits = workspace.now(), workspace.limits
    deadline = deadline_of(item, now, limits) if item.stage.is_open else item.due
    if deadline is None:
        return ""
    why = f", {item.severity} severity" if item.due is None else ""
    how_far = due_words(due_in(item, now, limits))
    return f"{deadline}" + (f" ({how_far}{why})" if how_far else "")


def score_command(
    context: typer.Context,
    references: Ids,
    *,
    impact: Annotated[str | None, typer.Option("--impact", "-i", help="1–10.")] = None,
    effort: Annotated[str | None, typer.Option("--effort", "-e", help="1–10.")] = None,
    estimate: Annotated[str | None, typer.Option("--hours", help="2, 1.5h or 30m.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why that impact.")] = None,
    as_json: Json = False,
) -> None:
    """Set impact, effort and hours; priority is impact × (11 − effort).

    Example: hansei score 12 --impact 8 --effort 2
    """
    workspace = root_of(context).workspace
    outcome = verbs.score(
        workspace.store,
        references,
        now=workspace.now(),
        impact=impact,
        effort=effort,
        hours=estimate,
        reason=reason,
    )
    report(context, outcome, as_json=as_json)
    point_out_secrets(workspace, reason)


def move_command(
    context: typer.Context,
    references: Annotated[
        list[str],
        typer.Argument(
            metavar="ID... STAGE",
            help="Ids, then the stage to move to.",
            autocompletion=complete.ids_and_stages,
        ),
    ],
    *,
    because: Annotated[
        str, typer.Option("--because", help="The reason; declining needs one.")
    ] = "",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Move improvements to a stage: hansei move 12 13 backlog."""
    if len(references) < 2:
        raise UsageError("move needs an improvement and a stage", "such as: move 12 backlog")
    *ids, stage = references
    root = root_of(context)
    workspace, target = root.workspace, parse_stage(stage)
    store, now, limit = workspace.store, workspace.now(), workspace.settings.backlog.wip
    if root.interactive and not force and not as_json:
        asked = verbs.asks_before(store, ids, target, now=now, limit=limit)
        for line in asked:
            note(line)
        if asked and not typer.confirm(f"Move to {target} all the same?", default=False):
            note("nothing was moved")
            raise typer.Exit(NOT_CONFIRMED)
        force = bool(asked)
    outcome = verbs.move(store, ids, target, now=now, force=force, reason=because, limit=limit)
    report(context, outcome, as_json=as_json)
    point_out_secrets(workspace, because)


def note_command(
    context: typer.Context,
    reference: Id,
    words: Annotated[list[str], typer.Argument(help="What to note; - reads it from stdin.")],
    *,
    as_json: Json = False,
) -> None:
    """Add a dated note to an improvement's history.

    Example: hansei note 12 "it happened again"
    """
    workspace = root_of(context).workspace
    text = joined(words)
    outcome = verbs.note(workspace.store, reference, text, now=workspace.now())
    if as_json:
        emit_json("improvement", record(outcome.value, workspace.bins))
    else:
        note(outcome.label)
    point_out_secrets(workspace, text)


def trash_command(context: typer.Context, references: Ids, *, as_json: Json = False) -> None:
    """Put improvements into the trash; `hansei undo` or `hansei move ID inbox` brings them back."""
    workspace = root_of(context).workspace
    outcome = verbs.trash(workspace.store, references, now=workspace.now())
    if as_json:
        emit_json("improvements", [record(item, workspace.bins) for item in outcome.value])
        return
    note(outcome.label)


def link_command(
    context: typer.Context,
    reference: Id,
    *,
    session: Annotated[
        str,
        typer.Option(
            "--session",
            help="The session that showed it again; default: newest.",
            autocompletion=complete_logs.sessions,
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Count a repeat: link a session to an improvement instead of adding a twin.

    Example: hansei link 12 --session 1f0c
    """
    from hansei_tui.cli.retro import pick_session  # few verbs look at sessions
    from hansei_tui.cli.scanned import scanned

    workspace = scanned(root_of(context))
    shown = pick_session(workspace, session, newest=True)
    links = workspace.evidence_of(shown.id)
    outcome = verbs.link_sessions(workspace.store, reference, links, now=workspace.now())
    if as_json:
        emit_json("improvement", record(outcome.value, workspace.bins))
        return
    title = f" “{shown.title}”" if shown.title else ""
    note(f"{outcome.label}: {short_id(shown.id)}{title}; seen {outcome.value.seen}×")


def report(
    context: typer.Context, outcome: Outcome[tuple[Improvement, ...]], *, as_json: bool
) -> None:
    """Print what a verb did to improvements."""
    bins = root_of(context).workspace.bins
    if as_json:
        emit_json("improvements", [record(item, bins) for item in outcome.value])
        return
    for item in outcome.value:
        priority = explain_priority(item.impact, item.effort)
        say(f"{item.id}  {item.stage}  {priority}  {hours(item.hours)}  {item.title}")
    note(outcome.label)
    _say_notes(outcome)


def _say_notes(outcome: Outcome[Any]) -> None:
    for line in outcome.notes:
        note(line)


def joined(words: list[str]) -> str:
    """Return the words as one line; a lone `-` means: read it from stdin."""
    if words == ["-"]:
        return sys.stdin.read()
    return " ".join(words)
