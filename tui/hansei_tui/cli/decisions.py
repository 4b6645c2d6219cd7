"""`hansei decisions`: what was chosen and why, so that a question need not be asked twice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hansei_core.decisions import (
    Decision,
    DecisionDraft,
    newest_first,
    options_lines,
    read_options,
)
from hansei_core.forms import LETTERS
from hansei_core.verbs.decisions import decide, load_decisions, read_decision
from hansei_tui.cli import complete, complete_logs, complete_records
from hansei_tui.cli.options import Json, no_options_before
from hansei_tui.cli.output import emit_json, note, say, say_words, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.words import count, when

app = typer.Typer(
    help="What was decided and why.\n\nWithout a command it lists the decisions, newest first.",
    invoke_without_command=True,
)

Words = Annotated[list[str] | None, typer.Argument(help="Only those that hold all of these words.")]


def record(decision: Decision) -> dict[str, Any]:
    """Return a decision as JSON shows it: its options by their letters."""
    import msgspec

    fields: dict[str, Any] = msgspec.to_builtins(decision)
    fields["options"] = [
        {"key": letter, "text": option.text, "recommended": option.recommended}
        for letter, option in zip(LETTERS, decision.options, strict=False)
    ]
    return fields


@app.callback()
def decisions_command(context: typer.Context, *, as_json: Json = False) -> None:
    """List all decisions, newest first."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    _list(context, "", as_json=as_json)


@app.command("list")
def list_command(context: typer.Context, words: Words = None, *, as_json: Json = False) -> None:
    """List decisions, newest first; words narrow the list."""
    _list(context, " ".join(words or []), as_json=as_json)


@app.command("show")
def show_command(
    context: typer.Context,
    reference: Annotated[
        str,
        typer.Argument(
            help="An id or a number: DEC-003, 3.", autocompletion=complete_records.decisions
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Show one decision whole: context, options, choice, reason."""
    workspace = root_of(context).workspace
    decision = read_decision(workspace.store, reference)
    if as_json:
        emit_json("decision", record(decision))
        return
    say_words(f"{decision.id}  {decision.title}", under=11)
    say()
    say_words(f"decided    {when(decision.at, workspace.now())}", under=11)
    for name, text in (
        ("about", ", ".join(decision.improvement_ids)),
        ("project", decision.project),
        ("context", decision.context),
    ):
        if text:
            say_words(f"{name:10} {text}", under=11)
    for place, line in enumerate(options_lines(decision.options, decision.choice)):
        say_words(f"{'' if place else 'options':10} {line}", under=11)
    say_words(f"choice     {decision.choice}", under=11)
    say_words(f"reason     {decision.reason}", under=11)


@app.command("add")
def add_command(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(help="What it is about.")],
    *,
    choose: Annotated[
        str, typer.Option("--choose", help="The choice: an option's letter, or your words.")
    ],
    because: Annotated[str, typer.Option("--because", help="The reason.")],
    about: Annotated[str, typer.Option("--context", help="What led to the question.")] = "",
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help='One each, A first: --option "A: pool" --option "B: wait".'),
    ] = None,
    recommend: Annotated[
        str, typer.Option("--recommend", help="The letter of the recommended option.")
    ] = "",
    improvement: Annotated[
        list[str] | None,
        typer.Option(
            "--for", help="The improvements that it concerns.", autocompletion=complete.ids
        ),
    ] = None,
    project: Annotated[
        str,
        typer.Option("--project", help="The project.", autocompletion=complete_logs.all_projects),
    ] = "",
    as_json: Json = False,
) -> None:
    """Add a decision to the log; nothing in it is ever edited or deleted.

    Example: hansei decisions add Fixtures --choose near --because "seen first"
    """
    workspace = root_of(context).workspace
    title = " ".join(words)
    draft = DecisionDraft(
        title=title,
        choice=choose,
        reason=because,
        context=about,
        options=read_options(option or [], recommend),
        improvement_ids=tuple(improvement or ()),
        project=project,
    )
    outcome = decide(workspace.store, draft, now=workspace.now())
    if as_json:
        emit_json("decision", record(outcome.value))
    else:
        say(outcome.value.id)
    point_out_secrets(workspace, title, choose, because, about, *(option or []))


@app.command("export")
def export_command(
    context: typer.Context,
    words: Words = None,
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", help="A file; without it, standard output.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    as_json: Json = False,
) -> None:
    """Write decisions as Markdown, oldest first; secrets are redacted."""
    from hansei_core.decision_export import to_markdown  # only an export redacts

    workspace = root_of(context).workspace
    found = list(reversed(_found(context, " ".join(words or []))))
    if as_json:
        emit_json("decisions", [record(each) for each in found])
        return
    text = to_markdown(found, workspace.now().tzinfo)
    if not output:
        say(text.rstrip("\n"))
        return
    from hansei_tui.export_file import write_export

    write_export(root_of(context).cwd / Path(output).expanduser(), text, force=force)
    note(f"{count(len(found), 'decision')} written to {output}")


def _found(context: typer.Context, words: str) -> tuple[Decision, ...]:
    from hansei_core.folding import fold

    wanted = fold(words).split()
    decisions = newest_first(load_decisions(root_of(context).workspace.store).values())
    return tuple(
        each
        for each in decisions
        if not wanted
        or all(
            word in fold(f"{each.id} {each.title} {each.choice} {each.reason} {each.context}")
            for word in wanted
        )
    )


def _list(context: typer.Context, words: str, *, as_json: bool) -> None:
    found = _found(context, words)
    if as_json:
        emit_json("decisions", [record(each) for each in found])
        return
    now = root_of(context).workspace.now()
    rows = [
        (each.id, when(each.at, now), each.kind, f"{each.title}: {each.reason}") for each in found
    ]
    if rows:
        table(("id", "when", "kind", "what and why"), rows, spare="kind when")
        note(count(len(found), "decision"))
        return
    note("nothing matches" if words else "no decisions yet; declining an improvement makes one")
