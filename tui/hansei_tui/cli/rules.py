"""`hansei rules`: the user's rules for what is captured, and what they say about a text."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansei_core.alerts import Threshold
from hansei_core.quickadd import parse_line
from hansei_core.routing import SOURCES, Rule, Rules, matching, text_of
from hansei_core.ruled import said_by
from hansei_core.verbs.improvements import draft_of_line
from hansei_tui.cli import complete
from hansei_tui.cli.options import Json, no_options_before
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import root_of
from hansei_tui.inbox import rules_of, rules_path, thresholds_of
from hansei_tui.words import count

app = typer.Typer(
    help="Rules that sort what is captured.\n\nWithout a command it lists them.",
    invoke_without_command=True,
)


@app.callback()
def rules_command(context: typer.Context, *, as_json: Json = False) -> None:
    """List the rules of rules.toml in their order, and what cannot be used of it."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    _list(context, as_json=as_json)


@app.command("list")
def list_command(context: typer.Context, *, as_json: Json = False) -> None:
    """List the rules of rules.toml in their order, and what cannot be used of it."""
    _list(context, as_json=as_json)


@app.command("test")
def try_command(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(help="A text as it might be captured.")],
    *,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            help=f"How it comes in: {', '.join(SOURCES)}.",
            autocompletion=complete.one_of(*SOURCES),
        ),
    ] = "add",
    as_json: Json = False,
) -> None:
    """Say which rules fit a text and what they would set; nothing is stored."""
    workspace = root_of(context).workspace
    draft = draft_of_line(parse_line(" ".join(words), workspace.today()))
    rules = rules_of(workspace)
    fitting = matching(text_of(draft), rules.rules, source)
    routed = workspace.routed(draft, source)
    if as_json:
        emit_json(
            "rules",
            [_record(rule) for rule in fitting],
            by_rule=routed.by_rule,
            category=routed.category,
            severity=routed.severity,
            project=routed.project,
            tags=routed.tags,
        )
        return
    for rule in fitting:
        say(f"fits       {rule.name}: {rule.pattern.text}")
    if routed.by_rule:
        say(f"sets       {said_by(routed.by_rule)}")
    elif fitting:
        note("they set nothing that the text does not say itself")
    else:
        note("no rule fits")
    _problems(rules, str(rules_path(workspace)))


@app.command("path")
def path_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Print where the rules stand; the file need not exist."""
    path = rules_path(root_of(context).workspace)
    if as_json:
        emit_json("path", path, exists=path.exists())
        return
    say(str(path))


def _list(context: typer.Context, *, as_json: bool) -> None:
    workspace = root_of(context).workspace
    rules, path = rules_of(workspace), str(rules_path(workspace))
    thresholds = thresholds_of(workspace)
    rules = Rules(rules.rules, (*rules.problems, *thresholds.problems))
    if as_json:
        emit_json(
            "rules",
            [_record(rule) for rule in rules.rules],
            thresholds=thresholds.items,
            problems=rules.problems,
            path=path,
        )
        return
    rows = [(rule.name, rule.pattern.text, _sets(rule)) for rule in rules.rules]
    if rows:
        table(("rule", "pattern", "sets"), rows)
        note(count(len(rows), "rule"))
    if thresholds.items:
        table(("threshold", "raises an improvement at"), [_limit(one) for one in thresholds.items])
        note(count(len(thresholds.items), "threshold"))
    if not rows and not thresholds.items and not rules.problems:
        note(f"no rules yet; they stand in {path} (docs/rules.md)")
    _problems(rules, path)


def _limit(one: Threshold) -> tuple[str, str]:
    of = {"minutes": "minutes lost", "count": "frictions", "metric": one.metric}[one.of]
    parts = [f"more than {one.over:g} {of} a {one.per}"]
    parts += [f"of {one.kind.value}"] if one.kind else []
    parts += [f"of {one.theme_id}"] if one.theme_id else []
    parts += [f"in {one.project}"] if one.project else []
    parts += [f"for each {one.each}"] if one.each else []
    return one.name, ", ".join(parts)


def _problems(rules: Rules, path: str) -> None:
    for problem in rules.problems:
        place = f", line {problem.line}" if problem.line else ""
        note(f"{path}{place}: {problem.what}; it is left out")
        if problem.hint:
            note(f"  {problem.hint}")


def _sets(rule: Rule) -> str:
    parts = [rule.category.value] if rule.category else []
    parts += [f"+{tag}" for tag in rule.tags]
    parts += [f"project {rule.project}"] if rule.project else []
    parts += [f"severity {rule.severity}"] if rule.severity else []
    return ", ".join(parts) + (f" (only {rule.source})" if rule.source else "")


def _record(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "pattern": rule.pattern.text,
        "category": rule.category,
        "tags": rule.tags,
        "project": rule.project,
        "severity": rule.severity,
        "source": rule.source,
    }
