"""`hansei stats` and `hansei calc`: the backlog in numbers, and what a change pays back."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from hansei_core.errors import UsageError
from hansei_core.forms import LIMITS, read_amount
from hansei_core.improvement import check_hours
from hansei_core.planning.time import hours_by_item
from hansei_core.savings import Saving, saving_of
from hansei_core.stats import Stats, stats_of
from hansei_core.verbs.records import read_improvement, resolve
from hansei_core.verbs.times import entries
from hansei_tui import words
from hansei_tui.cli import complete
from hansei_tui.cli.listing import of_project
from hansei_tui.cli.options import Json, Project
from hansei_tui.cli.output import emit_json, note, say, say_words
from hansei_tui.cli.root import root_of


def stats_command(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="A filter, as in `hansei list`; none: everything.",
            autocompletion=complete.filter_words,
        ),
    ] = None,
    *,
    project: Project = "",
    year: Annotated[
        int, typer.Option("--year", min=0, help="Only what was captured in this year.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Print the backlog in numbers: how much there is, what was done, what it took and saves.

    Example: hansei stats --year 2026
    """
    workspace = root_of(context).workspace
    now = workspace.now()
    view = workspace.backlog(of_project(" ".join(words or ()), project), everything=True)
    hours = hours_by_item(entries(workspace.store), now)
    found = stats_of(view.items, hours, now, year or None)
    if as_json:
        emit_json("stats", msgspec.to_builtins(found), broken=dict(view.broken))
        return
    for line in _stats_lines(found):
        say_words(line, under=12)
    for record_id, reason in view.broken.items():
        note(f"{record_id} could not be read: {reason}")


def _stats_lines(found: Stats) -> list[str]:
    saved = "unknown" if found.hours_saved is None else words.hours(found.hours_saved)
    lines = [
        f"identified  {found.total}",
        f"completed   {found.completed} ({found.execution_rate} % of {found.total})",
        f"open        {found.open}, {found.unscored} of them unscored",
        f"declined    {found.declined}",
        f"planned     {words.hours(found.hours_planned)} estimated for what is open",
        f"spent       {words.hours(found.hours_spent)}",
        f"saved       {saved}",
    ]
    groups = (("stages", found.stages), ("categories", found.categories), ("scores", found.labels))
    for name, shares in groups:
        if shares:
            parts = [f"{each.name} {each.count} ({each.percent} %)" for each in shares]
            lines.append(f"{name:11} {', '.join(parts)}")
    return lines


def calc_command(
    context: typer.Context,
    values: Annotated[
        list[str],
        typer.Argument(
            help="Seconds saved by each use and uses a day: 25 10. Or an id.",
            autocompletion=complete.ids,
        ),
    ],
    *,
    cost: Annotated[str, typer.Option("--hours", help="What the change costs: 2, 1.5h, 30m.")] = "",
    as_json: Json = False,
) -> None:
    """Calculate what a change pays back: seconds saved × uses a day, by day, month and payback.

    Example: hansei calc 25 10 --hours 2
    """
    workspace = root_of(context).workspace
    hours = check_hours(cost) if cost else None
    if len(values) == 1:
        found = resolve(workspace.store, values[0], now=workspace.now())
        item = read_improvement(workspace.store, found)
        if item.saves_seconds is None or item.per_day is None:
            raise UsageError(
                f"{item.id} does not say what it saves",
                f"hansei edit {item.id} --saves-seconds 25 --per-day 10",
            )
        seconds, uses, hours = item.saves_seconds, item.per_day, hours or item.hours
    elif len(values) == 2:
        seconds = read_amount("seconds", values[0], LIMITS["saves_seconds"])
        uses = read_amount("uses a day", values[1], LIMITS["per_day"])
    else:
        raise UsageError("give seconds and uses a day, or one id", "such as: calc 25 10 --hours 2")
    saving = saving_of(seconds, uses, hours)
    if as_json:
        days = saving.payback_whole_days
        record = {**msgspec.to_builtins(saving), "payback_whole_days": days, "hours": hours}
        emit_json("saving", {"seconds": seconds, "per_day": uses, **record})
        return
    for line in _saving_lines(seconds, uses, hours, saving):
        say(line)


def _saving_lines(seconds: float, uses: float, hours: float | None, saving: Saving) -> list[str]:
    lines = [
        f"a day       {seconds:g} s × {uses:g} = {saving.seconds_per_day:g} s",
        f"a month     {saving.minutes_per_month:.0f} min (20 working days)",
        f"a year      {saving.hours_per_year:.1f} h",
    ]
    if saving.payback_days is not None and hours is not None:
        days = f"{saving.payback_days:,.1f} → {saving.payback_whole_days:,} working days"
        lines.append(f"pays back   {hours:g} h in {days}")
    return lines
