"""`hansei edit`: every field of an improvement, by a line of attributes and by options."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from hansei_core.errors import UsageError
from hansei_core.forms import write_form
from hansei_core.improvement import Improvement
from hansei_core.quickadd import parse_line
from hansei_core.record import Hypothesis
from hansei_core.verbs.edit import modify
from hansei_core.verbs.records import read_improvement, resolve
from hansei_tui.cli.improvements import joined, mistyped, record, report
from hansei_tui.cli.options import Id, Json
from hansei_tui.cli.output import emit_json, note
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.workspace import Workspace

Text: TypeAlias = str | None
Lines: TypeAlias = list[str] | None


def edit_command(
    context: typer.Context,
    reference: Id,
    words: Annotated[
        list[str] | None,
        typer.Argument(help="What changes: +tag -tag impact:9 hours:3 project: new title."),
    ] = None,
    *,
    current: Annotated[Text, typer.Option("--current", help="Current state.")] = None,
    change: Annotated[Text, typer.Option("--change", help="Proposed change.")] = None,
    outcome: Annotated[Text, typer.Option("--outcome", help="Expected outcome.")] = None,
    criteria: Annotated[Text, typer.Option("--criteria", help="Success criteria.")] = None,
    cause: Annotated[Text, typer.Option("--cause", help="Root cause.")] = None,
    options: Annotated[
        Lines,
        typer.Option("--option", help="One way to solve it; again for B, C; * before the best."),
    ] = None,
    whys: Annotated[
        Lines, typer.Option("--why", help="An answer to “why?”; again, the last is the root cause.")
    ] = None,
    fishbone: Annotated[
        Lines,
        typer.Option(
            "--fishbone",
            help="people, process, tools, code, environment or measurement: a cause; again.",
        ),
    ] = None,
    fmea: Annotated[
        Text, typer.Option("--fmea", help="Severity x occurrence x detection: 8x3x5.")
    ] = None,
    problem: Annotated[Text, typer.Option("--problem", help="Hypothesis: because of …")] = None,
    solution: Annotated[Text, typer.Option("--solution", help="Hypothesis: if we …")] = None,
    metric: Annotated[Text, typer.Option("--metric", help="Hypothesis: then …")] = None,
    experiment: Annotated[Text, typer.Option("--experiment", help="How to test it.")] = None,
    saves_seconds: Annotated[
        Text, typer.Option("--saves-seconds", help="Seconds that each use saves.")
    ] = None,
    per_day: Annotated[Text, typer.Option("--per-day", help="Uses on a working day.")] = None,
    impact_reason: Annotated[Text, typer.Option("--impact-reason", help="Why that impact.")] = None,
    effort_reason: Annotated[Text, typer.Option("--effort-reason", help="Why that effort.")] = None,
    owner: Annotated[Text, typer.Option("--owner", help="Whose it is elsewhere.")] = None,
    implementation: Annotated[Text, typer.Option("--implementation", help="What was done.")] = None,
    method: Annotated[Text, typer.Option("--method", help="How it was validated.")] = None,
    duration: Annotated[Text, typer.Option("--duration", help="How long that took.")] = None,
    result: Annotated[Text, typer.Option("--result", help="Measured impact in words.")] = None,
    standard: Annotated[
        Text, typer.Option("--standard", help="What keeps it so: a rule, a template, a hook.")
    ] = None,
    editor: Annotated[
        bool, typer.Option("--editor", help="Edit every field in $VISUAL or $EDITOR.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Change an improvement by a line of attributes, as in `hansei add`, or in your editor.

    An option with an empty text empties that field.

    Example: hansei edit 12 impact:9 +ci --criteria "no session hits it"
    """
    workspace = root_of(context).workspace
    if editor:
        _edit_page(workspace, reference, as_json=as_json)
        return
    now = workspace.now()
    typed = joined(words or [])
    for word, near in mistyped(typed):
        raise UsageError(
            f"“{word}:” is no attribute, and would become the title",
            f"did you mean {near}:? To have it in the title, put it in double quotes",
        )
    line = parse_line(typed, workspace.today(), modify=True)
    texts = {
        "current_state": current,
        "proposed_change": change,
        "expected_outcome": outcome,
        "success_criteria": criteria,
        "root_cause": cause,
        "options": _lines(options),
        "whys": _lines(whys),
        "fishbone": _lines(fishbone),
        "fmea": fmea,
        "experiment_design": experiment,
        "saves_seconds": saves_seconds,
        "per_day": per_day,
        "impact_reason": impact_reason,
        "effort_reason": effort_reason,
        "owner": owner,
        "implementation": implementation,
        "validation_method": method,
        "validation_duration": duration,
        "measured_impact": result,
        "standardisation": standard,
    }
    given = {name: text for name, text in texts.items() if text is not None}
    parts = {"problem": problem, "solution": solution, "metric": metric}
    if any(text is not None for text in parts.values()):
        found = resolve(workspace.store, reference, now=now)
        given["hypothesis"] = _hypothesis(read_improvement(workspace.store, found), parts)
    done = modify(workspace.store, (reference,), line, now=now, texts=given)
    report(context, done, as_json=as_json)
    point_out_secrets(workspace, line.title, line.project, *given.values())


def _lines(given: Lines) -> Text:
    """Return repeated options as the lines of a form; one that is empty empties it."""
    return None if given is None else "\n".join(" ".join(each.split()) for each in given)


def _hypothesis(item: Improvement, parts: dict[str, Text]) -> str:
    """Return the hypothesis as it will be: the given parts, and those it has."""
    old = item.hypothesis or Hypothesis()
    new = {
        name: getattr(old, name) if text is None else " ".join(text.split())
        for name, text in parts.items()
    }
    return write_form("hypothesis", Hypothesis(**new))


def _edit_page(workspace: Workspace, reference: str, *, as_json: bool) -> None:
    """Open the page of an improvement in the user's editor, and take what comes back."""
    from hansei_core.exchange.page_session import edit_page
    from hansei_tui.editor import edit_text, editor_of

    command = editor_of(workspace.context.environ)
    store, folder = workspace.store, workspace.paths.drafts
    done = edit_page(
        store,
        workspace.drafts,
        reference,
        lambda text: edit_text(command, text, folder),
        workspace.now,
    )
    if as_json:
        found = resolve(store, reference, now=workspace.now())
        emit_json("improvement", record(read_improvement(store, found), workspace.bins))
    note(done.label)
    point_out_secrets(workspace, done.typed)
