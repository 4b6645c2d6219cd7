"""`hansei metrics`: what can be measured, week by week, and numbers that only you know."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from hansei_core.errors import UsageError
from hansei_core.metrics.model import Metric
from hansei_core.themes.metrics import MetricBand
from hansei_core.verbs.readings import drop_reading, record_reading
from hansei_tui.cli import complete, complete_logs
from hansei_tui.cli.moments import parse_since
from hansei_tui.cli.options import Agent, Branch, Json, LoggedProject, Since, no_options_before
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.metrics_view import MetricsView, read_metrics
from hansei_tui.words import count, when

_WEEKS = 12
_NEGATIVE: Final = re.compile(r"-[.,]?[0-9]")
"""A number that would be taken for an option, which a blank before it prevents."""


class _ByName(TyperGroup):
    """Takes the name of a metric where a command could stand: `hansei metrics retries`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Offer the metrics beside the commands."""
        from typer._click.shell_completion import CompletionItem

        found = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            return found
        named = complete_logs.metrics(ctx, incomplete)
        return [*found, *(CompletionItem(word, help=told) for word, told in named)]


app = typer.Typer(
    help="Measure sessions, week by week.\n\n"
    "Without a command it lists all metrics; a name shows one of them: hansei metrics retries.",
    cls=_ByName,
    invoke_without_command=True,
)
Last = Annotated[int, typer.Option("--last", min=1, max=520, help="So many weeks.")]


@app.callback()
def metrics_command(
    context: typer.Context,
    *,
    project: LoggedProject = "",
    agent: Agent = "",
    branch: Branch = "",
    as_json: Json = False,
) -> None:
    """List all metrics: the last seven days against the twelve weeks before."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    view = _view(context, project, agent, branch)
    found = [(metric, view.summary(metric)) for metric in view.metrics.values()]
    if as_json:
        emit_json("metrics", [{**_plain(metric), **_summary(band)} for metric, band in found])
        return
    rows = [
        (
            metric.name,
            metric.unit,
            metric.better,
            _number(band.current),
            band.sessions or None,
            _number(band.usual.centre) if band.usual.n else None,
            band.usual.n or None,
            band.label,
            metric.source,
        )
        for metric, band in found
    ]
    heads = ("name", "unit", "better", "now", "n", "usual", "weeks", "label", "source")
    table(heads, rows, right="now n usual weeks", spare="source weeks better unit")
    note("now: mean of 7 days; usual: median of up to 12 weeks before; –: unknown")


@app.command("show")
def show_command(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="The metric's name.", autocompletion=complete_logs.metrics)
    ],
    *,
    last: Last = _WEEKS,
    since: Since = "",
    project: LoggedProject = "",
    agent: Agent = "",
    branch: Branch = "",
    as_json: Json = False,
) -> None:
    """Show one metric: each week's mean and sum, and how many sessions they rest on.

    Example: hansei metrics show retries --last 4
    """
    view = _view(context, project, agent, branch)
    metric = view.metric(name)
    weeks = view.weeks(metric, parse_since(since, view.now), last)
    band = view.summary(metric)
    by_hand = metric.value is None
    readings = [one for one in view.readings if one.metric == metric.name] if by_hand else []
    if as_json:
        emit_json(
            "metric", {**_plain(metric), **_summary(band), "weeks": weeks, "readings": readings}
        )
        return
    say(f"{metric.name}: {metric.what}")
    say(f"unit {metric.unit or '–'} · better {metric.better} · from {metric.source}")
    rows = [
        (one.monday, _number(one.mean), _number(one.total), one.n, one.unknown or None)
        for one in weeks
    ]
    table(("week of", "mean", "sum", "n", "unknown"), rows, right="mean sum n unknown")
    for one in readings[-_WEEKS:]:
        words = f"  {one.note}" if one.note else ""
        say(f"{one.id}  {when(one.at, view.now)}  {one.value:g} {one.unit or metric.unit}{words}")
    note(f"the last 7 days: {band.label}; n: {'readings' if by_hand else 'sessions that tell it'}")


class _WithNumbers(TyperCommand):
    """Takes a negative number where an argument stands, and only that: `-rf` is no option here."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(
            ctx, [f" {each}" if _NEGATIVE.match(each) else each for each in args]
        )


@app.command("record", cls=_WithNumbers)
def record_command(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="Of a metric of your own: build-minutes.",
            autocompletion=complete_logs.metrics_by_hand,
        ),
    ],
    value: Annotated[str, typer.Argument(help="The number.")],
    *,
    unit: Annotated[str, typer.Option("--unit", help="min, MB, percent …")] = "",
    better: Annotated[
        str,
        typer.Option("--better", help="up or down.", autocompletion=complete.one_of("up", "down")),
    ] = "",
    at: Annotated[str, typer.Option("--at", help="When it held: 2026-11-01, 7d.")] = "",
    words: Annotated[str, typer.Option("--note", help="A few words.")] = "",
    as_json: Json = False,
) -> None:
    """Keep a number that no log tells; a new name makes a new metric.

    Example: hansei metrics record build-minutes 12 --unit min
    """
    workspace = root_of(context).workspace
    now = workspace.now()
    outcome = record_reading(
        workspace.store,
        name,
        _typed(value),
        now=now,
        at=parse_since(at, now),
        unit=unit,
        better=better,
        note=words,
    )
    if as_json:
        emit_json("reading", outcome.value)
    else:
        say(outcome.value.id)
        note(outcome.label)
    point_out_secrets(workspace, words)


@app.command("drop")
def drop_command(
    context: typer.Context,
    reading: Annotated[
        str, typer.Argument(help="Its id: V-0001.", autocompletion=complete_logs.readings)
    ],
    *,
    as_json: Json = False,
) -> None:
    """Remove a number that was recorded; undo brings it back."""
    workspace = root_of(context).workspace
    outcome = drop_reading(workspace.store, reading, now=workspace.now())
    if as_json:
        emit_json("reading", outcome.value)
    else:
        note(outcome.label)


def _typed(value: str) -> float:
    try:
        return float(value.replace(",", "."))
    except ValueError:
        raise UsageError(f"“{value[:40]}” is no number", "write it as 12 or 0.5") from None


def _view(context: typer.Context, project: str, agent: str, branch: str) -> MetricsView:
    workspace = scanned(root_of(context))
    view = read_metrics(workspace, project=project, agent=agent, branch=branch)
    if not view.facts and (project or agent or branch):
        note("no session fits; every number is unknown")
    elif not view.facts:
        note(f"{count(0, 'session')}: `hansei sources` says where hansei looks")
    return view


def _plain(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "what": metric.what,
        "unit": metric.unit,
        "better": metric.better,
        "source": metric.source,
        "family": metric.family,
    }


def _summary(band: MetricBand) -> dict[str, Any]:
    usual = band.usual if band.usual.n else None
    return {
        "current": band.current,
        "n": band.sessions,
        "usual": usual.centre if usual else None,
        "low": max(usual.low, 0.0) if usual and usual.centre >= 0 else usual and usual.low,
        "high": usual.high if usual else None,
        "baseline_weeks": band.usual.n,
        "z": band.z if usual else None,
        "label": band.label,
    }


def _number(value: float | None) -> str | None:
    """Return a number with as many places as it needs: 0.02, 4.5, 1,204."""
    if value is None:
        return None
    if value and abs(value) < 1:
        return f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.2g}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}".removesuffix(".0")
