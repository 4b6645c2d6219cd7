"""A theme as the command line finds and shows it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Annotated, Final

import msgspec
import typer

from hansei_core.errors import NotFoundError
from hansei_core.themes.model import Theme, ThemeReport
from hansei_core.themes.recurrence import weekly_seconds
from hansei_core.verbs.records import Outcome
from hansei_core.vocabulary import nearest
from hansei_tui.cli import complete
from hansei_tui.cli.output import emit_json, note
from hansei_tui.theme_view import ThemeQuery, ThemesView

_LONG: Final = 20
"""Characters from which on the id of a text is shortened."""
Window = Annotated[
    str,
    typer.Option(
        "--window",
        "-w",
        help="Days to look at: 7, 30, 90 or all.",
        autocompletion=complete.one_of("7", "30", "90", "all"),
    ),
]
Filter = Annotated[
    str,
    typer.Option(
        "--filter", "-f", help="Which evidence counts: 'kind:rejection project:api -is:linked'."
    ),
]


def whole_id(typed: str) -> str:
    """Return a theme's id where only its number was typed, as ids of improvements allow it."""
    return (
        f"THM-{int(typed)}" if typed.isascii() and typed.isdecimal() and len(typed) < 9 else typed
    )


ThemeId = Annotated[
    str,
    typer.Argument(
        help="A theme's id or number: THM-7, 7.",
        autocompletion=complete.themes,
        callback=whole_id,
    ),
]


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


def short_text_ids(ids: Sequence[str]) -> dict[str, str]:
    """Return a short form of each text's id that tells it apart from the others.

    It is the beginning and the end with dots between; `text_id` takes it back.
    """
    short = {each: f"{each[:8]}…{each[-6:]}" if len(each) > _LONG else each for each in ids}
    times = Counter(short.values())
    return {each: form if times[form] == 1 else each for each, form in short.items()}


def text_id(wanted: str, known: Collection[str]) -> str:
    """Return the id of a text that is named whole, or by its beginning and end around dots.

    Raises:
        NotFoundError: There is none, or more than one.
    """
    if wanted in known:
        return wanted
    begin, dots, end = wanted.replace("...", "…").replace("..", "…").partition("…")
    found = [each for each in known if dots and each.startswith(begin) and each.endswith(end)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(f"{len(found)} texts are called {wanted}", "write more of the id")
    raise NotFoundError(
        f"there is no text {wanted}",
        "`hansei themes once` lists ids, `hansei themes show THM-1` those of a theme",
    )


def record(report: ThemeReport, improvements: Sequence[str] = ()) -> dict[str, object]:
    """Return a report as JSON shows it; the centroid stays inside.

    Args:
        report: Of one theme.
        improvements: Ids of those that are meant to end it.
    """
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
        "minutes_by_week": {
            str(week): round(seconds / 60, 2)
            for week, seconds in weekly_seconds(report.documents).items()
        },
        "improvements": list(improvements),
        "verdict": _finite(report),
        "evidence": report.documents,
    }


def improvements_of(view: ThemesView, report: ThemeReport) -> list[str]:
    """Return the ids of the improvements that are meant to end a theme."""
    return [each.id for each in view.linked.get(report.theme.id, ())]


def few(ids: Sequence[str]) -> str | None:
    """Return the first of some ids and how many more there are; None where there is none."""
    more = f" +{len(ids) - 1}" if len(ids) > 1 else ""
    return f"{ids[0]}{more}" if ids else None


def unknown_words(view: ThemesView, query: ThemeQuery) -> str:
    """Return what to say where a project or agent was asked for that no session has."""
    if view.looked_at:
        return ""
    for name, wanted, known in (
        ("project", query.project, {each.project for each in view.known_sessions}),
        ("agent", query.agent, {each.agent for each in view.known_sessions}),
    ):
        if wanted and wanted not in known:
            near = nearest(wanted, tuple(sorted(known - {""})))
            return f"; no session is of {name} “{wanted}”" + (f": {near}?" if near else "")
    return ""


def _finite(report: ThemeReport) -> dict[str, object]:
    """Return the verdict without infinities, which JSON does not have."""
    verdict: dict[str, object] = msgspec.to_builtins(report.verdict)
    interval = report.verdict.interval
    if interval is not None:
        verdict["interval"] = [value if math.isfinite(value) else None for value in interval]
    return verdict
