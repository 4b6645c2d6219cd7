"""`hansei plan export`, `buckets`, `spending`: a week for calendars and pages, and its shares."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from hansei_core.errors import UsageError
from hansei_core.planning.spending import Spending
from hansei_core.planning.week import parse_week, share_words
from hansei_core.verbs.records import load_improvements
from hansei_tui.cli import complete
from hansei_tui.cli.options import Json, WeekName
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.words import count, hours
from hansei_tui.workspace import Workspace


def export_command(
    context: typer.Context,
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format", help="ical or markdown.", autocompletion=complete.one_of("ical", "markdown")
        ),
    ] = "",
    output: Annotated[
        str, typer.Option("--output", "-o", help="Write a file instead of printing.")
    ] = "",
    week: WeekName = "this",
    days: Annotated[
        str, typer.Option("--days", help="Days that hold blocks: mon-fri, or tue,thu.")
    ] = "",
    start: Annotated[str, typer.Option("--from", help="First block of a day: 09:00.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
) -> None:
    """Write a week as calendar blocks (iCalendar) or as Markdown; no calendar is touched.

    Example: hansei plan export -o week.ics
    """
    from hansei_tui.export_file import write_export
    from hansei_tui.week_figures import calendar_of, page_of

    root = root_of(context)
    workspace = root.workspace
    chosen = parse_week(week, workspace.today())
    kind = form or ("ical" if output.endswith(".ics") else "markdown")
    if kind == "ical":
        text = calendar_of(workspace, chosen, days, start)
    elif kind == "markdown":
        text = page_of(workspace, chosen)
    else:
        raise UsageError(f"“{kind}” is no format", "write ical or markdown")
    if not output:
        say(text.replace("\r\n", "\n").rstrip("\n"))
        return
    write_export(root.cwd / Path(output).expanduser(), text, force=force)
    note(f"week {chosen} written to {output}")


def buckets_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    last: Annotated[int, typer.Option("--last", min=1, max=520, help="So many weeks.")] = 1,
    as_json: Json = False,
) -> None:
    """Show where tracked time went, beside the shares that `week.buckets` wants."""
    from hansei_tui.week_figures import shares

    workspace = root_of(context).workspace
    chosen = parse_week(week, workspace.today())
    found = shares(workspace, chosen, last)
    if as_json:
        emit_json("buckets", found, week=str(chosen), weeks=last)
        return
    if not workspace.settings.week.buckets:
        note('no buckets are set: hansei config set week.buckets "debt 20 cat:debt"')
    rows = [
        (each.name, hours(round(each.hours, 2)), _percent(each.share), _percent(each.target))
        for each in found
    ]
    if rows:
        table(("bucket", "tracked", "share", "target"), rows, right="tracked share target")
    else:
        note("nothing was tracked")


def spending_command(
    context: typer.Context, *, week: WeekName = "this", as_json: Json = False
) -> None:
    """Show tokens and money of sessions that ran while an improvement's time was tracked."""
    from hansei_tui.week_figures import spent

    workspace = scanned(root_of(context))
    chosen = parse_week(week, workspace.today())
    week_spending = spent(workspace, chosen)
    rows, total = week_spending.by_improvement, week_spending.total
    settings = workspace.settings.week
    budget = {
        "tokens": settings.token_budget or None,
        "cost_usd": settings.cost_budget_usd or None,
    }
    if as_json:
        data = [{"improvement_id": name, **_record(rows[name])} for name in sorted(rows)]
        emit_json("spending", data, week=str(chosen), total=_record(total), budget=budget)
        return
    _say_spending(workspace, rows, total)
    for word, number, limit in (
        ("tokens", total.tokens, budget["tokens"]),
        ("US$", total.cost_usd, budget["cost_usd"]),
    ):
        if limit:
            shown = "unknown" if number is None else f"{number:,.0f}, {share_words(number / limit)}"
            note(f"{word} of the week's {limit:,.0f}: {shown}")


def _say_spending(workspace: Workspace, rows: Mapping[str, Spending], total: Spending) -> None:
    if not rows:
        note("no time was tracked, so no session belongs to an improvement")
        return
    items = load_improvements(workspace.store).items
    lines = [
        (name, one.sessions, *_figures(one), getattr(items.get(name), "title", ""))
        for name, one in sorted(rows.items())
    ]
    heads = ("id", "sessions", "tokens", "US$", "title")
    table(heads, lines, right="sessions tokens US$")
    tokens, cost = _figures(total)
    note(f"together: {count(total.sessions, 'session')}, {tokens} tokens, US$ {cost}")
    if total.without_tokens:
        note(f"{count(total.without_tokens, 'session')} without token counts, not in the sum")


def _figures(one: Spending) -> tuple[str, str]:
    tokens = "unknown" if one.tokens is None else f"{one.tokens:,}"
    cost = "unknown" if one.cost_usd is None else f"{one.cost_usd:.2f}"
    return tokens, cost


def _record(one: Spending) -> dict[str, object]:
    return {
        "sessions": one.sessions,
        "tokens": one.tokens,
        "sessions_without_tokens": one.without_tokens,
        "cost_usd": one.cost_usd,
        "sessions_without_cost": one.without_cost,
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else share_words(share)
