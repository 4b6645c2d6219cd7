"""A theme as the command line finds and shows it."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
import typer

from hansei_core.errors import NotFoundError
from hansei_core.themes.model import Theme, ThemeReport
from hansei_core.verbs.records import Outcome
from hansei_tui.cli.output import emit_json, note
from hansei_tui.theme_view import ThemesView

Window = Annotated[str, typer.Option("--window", "-w", help="Days to look at: 7, 30, 90 or all.")]
Filter = Annotated[
    str,
    typer.Option(
        "--filter", "-f", help="Which evidence counts: 'kind:rejection project:api -is:linked'."
    ),
]
ThemeId = Annotated[str, typer.Argument(help="A theme's id: THM-7.")]


def report_outcome(outcome: Outcome[Theme] | Outcome[Theme | None], *, as_json: bool) -> None:
    """Say what was done to a theme, or print the theme as JSON."""
    if as_json:
        theme = outcome.value
        shown = {name: getattr(theme, name) for name in ("id", "name", "tags", "aliases", "muted")}
        emit_json("theme", shown)
        return
    note(outcome.label)


def find(view: ThemesView, theme_id: str) -> ThemeReport:
    """Return the report of a theme by its id or an id merged into it.

    Raises:
        NotFoundError: No theme of the view has it.
    """
    wanted = theme_id.strip().upper()
    for report in view.reports:
        if wanted in {report.theme.id, *report.theme.aliases}:
            return report
    raise NotFoundError(f"there is no theme {theme_id}", "`hansei themes --muted` lists them")


def record(report: ThemeReport) -> dict[str, object]:
    """Return a report as JSON shows it; the centroid stays inside."""
    theme = report.theme
    return {
        "id": theme.id,
        "name": theme.name,
        "tags": theme.tags,
        "aliases": theme.aliases,
        "muted": theme.muted,
        "offered_name": theme.offered_name,
        "sessions": report.sessions,
        "projects": report.projects,
        "agents": report.agents,
        "minutes_lost": round(report.minutes_lost, 2),
        "unknown_cost": report.unknown_cost,
        "first_seen": report.first_seen,
        "last_seen": report.last_seen,
        "weeks": report.weeks,
        "verdict": _finite(report),
        "evidence": report.documents,
    }


def _finite(report: ThemeReport) -> dict[str, object]:
    """Return the verdict without infinities, which JSON does not have."""
    verdict: dict[str, object] = msgspec.to_builtins(report.verdict)
    interval = report.verdict.interval
    if interval is not None:
        verdict["interval"] = [value if math.isfinite(value) else None for value in interval]
    return verdict
