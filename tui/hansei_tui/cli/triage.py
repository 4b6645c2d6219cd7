"""`hansei triage` and `hansei defer`: the inbox, item by item, and what is put off."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansei_core.days import parse_day
from hansei_core.deadlines import due_in, is_triage_late
from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement
from hansei_core.triage import PreRead, pre_read, triage_order
from hansei_core.verbs import improvements, triage
from hansei_core.verbs.records import Outcome, load_improvements
from hansei_core.vocabulary import Severity, Stage
from hansei_tui.cli import complete
from hansei_tui.cli.improvements import dated
from hansei_tui.cli.options import Id, Ids, Json, Limit, no_options_before
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.inbox import Kin, kin_of
from hansei_tui.words import ago, count, due_words
from hansei_tui.workspace import Workspace

app = typer.Typer(
    help="The inbox, item by item.\n\n"
    "Without a command it opens the inbox on screen; in a pipe it is listed.",
    invoke_without_command=True,
)

Because = Annotated[str, typer.Option("--because", help="The reason; it is kept.")]
Until = Annotated[str, typer.Option("--until", help="2026-12-01, fri, 3d, 2w, 1m.")]


@app.callback()
def triage_command(
    context: typer.Context,
    *,
    listed: Annotated[
        bool, typer.Option("--list", "-l", help="Print the inbox instead of opening it.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Item by item in lines of text, without a screen.")
    ] = False,
    limit: Limit = 0,
    as_json: Json = False,
) -> None:
    """Decide on the inbox, what matters most first; in a pipe it is listed."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    root = root_of(context)
    if plain and not listed and not as_json:
        from hansei_tui.inline.triage import talk  # only a conversation needs it

        note(talk(root.workspace, say))
        return
    if root.interactive and not listed and not as_json:
        from hansei_tui.cli.screen import open_app  # a list needs no screen

        raise typer.Exit(open_app(root, "triage"))
    _list(root.workspace, limit, as_json=as_json)


@app.command("accept")
def accept_command(context: typer.Context, references: Ids, *, as_json: Json = False) -> None:
    """Take improvements from the inbox into the backlog."""
    workspace = root_of(context).workspace
    outcome = triage.accept(workspace.store, references, now=workspace.now())
    _report(workspace, outcome, as_json=as_json)


@app.command("duplicate")
def duplicate_command(
    context: typer.Context,
    reference: Id,
    of: Annotated[
        str, typer.Argument(help="The improvement that says the same.", autocompletion=complete.ids)
    ],
    *,
    as_json: Json = False,
) -> None:
    """Count an item as a repeat: the other one gains its evidence and its id."""
    workspace = root_of(context).workspace
    outcome = triage.duplicate(workspace.store, reference, of, now=workspace.now())
    if as_json:
        emit_json("improvement", _dated(workspace, outcome.value))
        return
    note(f"{outcome.label}: seen {outcome.value.seen}×")


@app.command("decline")
def decline_command(
    context: typer.Context, references: Ids, *, because: Because = "", as_json: Json = False
) -> None:
    """Decline improvements; the reason goes into the decision log, a digit takes a stock one.

    Example: hansei triage decline 12 --because 2
    """
    workspace = root_of(context).workspace
    reason = _stock(workspace, because)
    outcome = improvements.decline(workspace.store, references, reason, now=workspace.now())
    _report(workspace, outcome, as_json=as_json)
    point_out_secrets(workspace, because)


@app.command("snooze")
def snooze_command(
    context: typer.Context,
    references: Ids,
    *,
    until: Until = "1w",
    because: Because = "",
    as_json: Json = False,
) -> None:
    """Hide items of the inbox until a day; a week where none is named.

    Example: hansei triage snooze 12 --until 2w
    """
    workspace = root_of(context).workspace
    day = parse_day(until, workspace.today())
    outcome = triage.put_off(workspace.store, references, day, now=workspace.now(), because=because)
    _report(workspace, outcome, as_json=as_json)
    point_out_secrets(workspace, because)


def defer_command(
    context: typer.Context,
    references: Ids,
    *,
    until: Annotated[
        str, typer.Option("--until", help="2026-12-01, fri, 3d, 2w, 1m; without it, no day.")
    ] = "",
    because: Because = "",
    as_json: Json = False,
) -> None:
    """Put improvements off with a reason: hidden until their day, then first in triage.

    Example: hansei defer 12 --until 2w --because "after the release"
    """
    workspace = root_of(context).workspace
    day = parse_day(until, workspace.today()) if until.strip() else None
    outcome = improvements.defer(workspace.store, references, day, because, now=workspace.now())
    _report(workspace, outcome, as_json=as_json)
    point_out_secrets(workspace, because)


def _list(workspace: Workspace, limit: int, *, as_json: bool) -> None:
    loaded = load_improvements(workspace.store)
    now, limits = workspace.now(), workspace.limits
    found = triage_order(loaded.items.values(), now, limits)
    summary = pre_read(loaded.items.values(), now, limits)
    shown = found[:limit] if limit else found
    if as_json:
        data = [
            {
                **_dated(workspace, item),
                "known": known_record(kin_of(workspace, item.title, but=item.id)),
            }
            for item in shown
        ]
        emit_json("triage", data, summary=summary, total=len(found))
        return
    rows = [
        (
            item.id,
            _flags(item, late=is_triage_late(item, now, limits)),
            due_words(due_in(item, now, limits)) or None,
            ago(item.created_at, now),
            "auto" if "auto" in item.tags else item.source,
            item.title,
        )
        for item in shown
    ]
    if rows:
        table(("id", "flags", "due", "age", "from", "title"), rows, spare="from age due")
    note(summary_words(summary))
    if len(shown) < len(found):
        note(f"the first {len(shown)} of {len(found)} shown, --limit 0 shows all")


def summary_words(summary: PreRead) -> str:
    """Return the pre-read of the inbox on one line."""
    if not summary.waiting:
        words = "the inbox is empty"
        return words + (
            f"; the next one comes back on {summary.next_back}" if summary.next_back else ""
        )
    facts = [f"{count(summary.waiting, 'improvement')} waiting"]
    facts += [
        f"{number} {word}"
        for number, word in (
            (summary.critical, "critical"),
            (summary.overdue, "overdue"),
            (summary.late, "beyond the limit"),
            (summary.back, "back from deferral"),
            (summary.auto, "by a threshold"),
        )
        if number
    ]
    facts += [f"the oldest for {summary.oldest_days} d"] if summary.oldest_days else []
    return ", ".join(facts)


def known_record(kin: Kin) -> dict[str, Any]:
    """Return what is already known of an item as JSON shows it."""
    return {
        "improvements": [
            {"id": twin.item.id, "title": twin.item.title, "score": twin.score}
            for twin in kin.twins
        ],
        "decisions": [
            {"id": each.id, "title": each.title, "kind": each.kind, "reason": each.reason}
            for each in kin.decisions
        ],
        "themes": [{"id": each.id, "name": each.text} for each in kin.themes],
    }


def _flags(item: Improvement, *, late: bool) -> str | None:
    words = ["critical"] if item.severity is Severity.CRITICAL else []
    words += ["back"] if item.stage is Stage.DEFERRED else []
    words += ["late"] if late else []
    return " ".join(words) or None


def _stock(workspace: Workspace, because: str) -> str:
    """Return a reason in full: a digit stands for the stock reason of its place."""
    word = because.strip()
    reasons = workspace.settings.triage.reasons
    if len(word) == 1 and word.isascii() and word.isdigit():
        if not 1 <= int(word) <= len(reasons):
            there = "; ".join(f"{number} {text}" for number, text in enumerate(reasons, 1))
            raise UsageError(f"there is no stock reason {word}", f"the reasons are: {there}")
        return reasons[int(word) - 1]
    return word


def _dated(workspace: Workspace, item: Improvement) -> dict[str, Any]:
    return dated(item, workspace.bins, workspace.now(), workspace.limits)


def _report(
    workspace: Workspace, outcome: Outcome[tuple[Improvement, ...]], *, as_json: bool
) -> None:
    if as_json:
        emit_json("improvements", [_dated(workspace, item) for item in outcome.value])
        return
    for item in outcome.value:
        until = item.snoozed_until or item.deferred_until
        words = f" until {until}" if until else ""
        say(f"{item.id}  {item.stage}{words}  {item.title}")
    note(outcome.label)
