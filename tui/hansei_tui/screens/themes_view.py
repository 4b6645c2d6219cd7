"""What the Themes screen shows of themes, as plain functions of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from textual.content import Content

from hansei_core.improvement import Improvement
from hansei_core.themes.filters import KEYS
from hansei_core.themes.metrics import WINDOW_DAYS
from hansei_core.themes.model import Direction, Document, Suggestion, ThemeReport
from hansei_core.themes.series import series
from hansei_tui.text import Part, assemble, fit, lines, width_of
from hansei_tui.text import field as named
from hansei_tui.theme_view import ThemesPage, ThemesView
from hansei_tui.theme_words import (
    WEEK_CELL,
    cost_words,
    interval_words,
    latest,
    needed_words,
    once_words,
    seen_words,
    week_rows,
)
from hansei_tui.widgets.line_list import Column, Row, Tone
from hansei_tui.words import ago, count, minutes, short_day, sparkline, when

COLUMNS: Final = (
    Column("name", "theme", 0),
    Column("sessions", "sess", 4, "right"),
    Column("projects", "proj", 4, "right", need=90),
    Column("lost", "lost", 7, "right"),
    Column("last", "last", 5, "right", need=72),
    Column("weeks", "8 weeks", 8, need=52),
    Column("trend", "trend", 9),
    Column("id", "id", 7, need=100),
)
EVIDENCE_COLUMNS: Final = (
    Column("when", "when", 10),
    Column("text", "what was said", 0, gap=1),
    Column("project", "project", 12, need=76),
    Column("lost", "lost", 6, "right", need=46),
)
SORTS: Final = ("minutes", "sessions", "last seen", "trend", "name")
WINDOWS: Final = (7, 30, 90, None)
VIEWS: Final = ("list", "weeks", "projects", "metrics", "once")
SORTED: Final = VIEWS[:3]
"""The views that have an order to choose."""
_WORDS: Final[Mapping[Direction, tuple[str, Tone]]] = {
    Direction.ROSE: ("↑ rose", "bad"),
    Direction.FELL: ("↓ fell", "good"),
    Direction.GONE: ("○ gone", "good"),
    Direction.NO_CLEAR_CHANGE: ("~ unclear", "quiet"),
    Direction.NOT_ENOUGH_DATA: ("? few", "quiet"),
}
_URGENCY: Final = tuple(_WORDS)
_WEEKS: Final = 8
_ASSOCIATED: Final = 3


def window_name(days: int | None) -> str:
    """Return a window in words."""
    return "all time" if days is None else f"{days} days"


def ordered(view: ThemesView, sort: str) -> list[ThemeReport]:
    """Return the reports in an order; the id decides between equals."""
    keys: Mapping[str, Callable[[ThemeReport], Any]] = {
        "sessions": lambda each: (-len(each.sessions), each.theme.id),
        "last seen": lambda each: (-_moment(each.last_seen), each.theme.id),
        "trend": lambda each: (_URGENCY.index(each.verdict.direction), -len(each.sessions)),
        "name": lambda each: (each.theme.name.casefold(), each.theme.id),
    }
    if sort not in keys:
        return list(view.reports)
    return sorted(view.reports, key=keys[sort])


def row_of(
    report: ThemeReport,
    now: datetime,
    weeks: Sequence[tuple[date, int]],
    linked: Sequence[Improvement],
) -> Row:
    """Return the cells of one theme in the order of `COLUMNS`."""
    return (
        marked_name(report, linked),
        str(len(report.sessions)),
        (str(len(report.projects)), "quiet"),
        minutes(report.seconds_lost) if report.seconds_lost else ("–", "quiet"),
        (ago(report.last_seen, now), "quiet"),
        (sparkline(latest(weeks, now, _WEEKS), _WEEKS), "accent"),
        _WORDS[report.verdict.direction],
        (report.theme.id, "quiet"),
    )


def marked_name(report: ThemeReport, linked: Sequence[Improvement]) -> str:
    """Return a theme's name, with ◆ where an improvement is meant to end it, × where muted."""
    mark = "× " if report.theme.muted else "◆ " if linked else ""
    return f"{mark}{report.theme.name}"


def facts(page: ThemesPage, now: datetime, *, filtered: bool) -> list[str]:
    """Return what was looked at in the window, so that a short list is not taken for all clear."""
    view = page.view
    found = count(len(view.reports), "theme") if view.reports else "no theme"
    if not view.reports and not filtered:
        found += " yet"
    sessions, texts = page.in_window(now)
    window = window_name(page.query.window_days)
    if not sessions:
        return [window, found]
    looked = f"{count(len(sessions), 'session')}, {count(texts, 'text')}"
    once = f"{view.seen.groups:,} once or twice" if view.seen.groups else ""
    return [window, f"{found} in {looked}", *([once] if once else [])]


def metric_facts(page: ThemesPage) -> list[str]:
    """Return what the metrics compare: they look at a week where the window has no end."""
    days = page.metrics[0].days if page.metrics else WINDOW_DAYS
    return [window_name(days), "beside the weeks before"]


def head_line(
    parts: Sequence[tuple[str, str]],
    facts: Sequence[str],
    strip: Sequence[tuple[str, str]],
    name: str,
    width: int,
) -> Content:
    """Return the heading: facts as far as they fit, and the views' names where they all do.

    Args:
        parts: What stands first and is never left out, with styles.
        facts: What was looked at, most important first.
        strip: The names of the views, with styles.
        name: The view in front.
        width: Columns.
    """
    used = sum(width_of(text) for text, _ in parts)
    words = "  " + " · ".join(facts)
    room = width - used - width_of(words) - sum(width_of(text) for text, _ in strip)
    if room >= 2:
        return assemble(*parts, (words, "$quiet"), (" " * room, ""), *strip)
    shown = f"  [{name}]" if name != VIEWS[0] else ""
    left = width - used - width_of(shown) - 2
    while len(facts) > 1 and width_of(" · ".join(facts)) > left:
        facts = facts[:-1]
    words = fit(" · ".join(facts), max(left, 0)).rstrip()
    return assemble(parts[0], (shown, "$accent"), *parts[1:], (f"  {words}", "$quiet"))


def tabs(view: str) -> list[tuple[str, str]]:
    """Return the names of the views, the one in front told by more than colour."""
    parts: list[tuple[str, str]] = []
    for name in VIEWS:
        here = name == view
        parts.append(
            (f"[{name}]" if here else f" {name} ", "$foreground bold" if here else "$quiet")
        )
    return parts


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about when something recurs, in words for an empty list."""

    sessions: int
    weeks: int
    projects: int


def nothing(page: ThemesPage, known: int, rules: Rules, *, filtered: bool) -> str:
    """Return what an empty list says: what was looked at, and what was seen once or twice.

    Args:
        page: What was found.
        known: Themes of all time.
        rules: When something recurs.
        filtered: Whether a filter is set.
    """
    view, window = page.view, page.query.window_days
    looked = f"{count(view.sessions, 'session')}, {count(view.documents, 'text')}"
    if filtered:
        return (
            f"Nothing that recurs matches this filter: {looked} match.\n"
            f"{once_words(view.seen)} (b shows them). esc clears the filter."
        )
    if not view.sessions and view.looked_at and window is not None:
        return (
            f"No session in the last {window} days; {count(len(view.looked_at), 'session')} before."
            "\n.   looks further back"
        )
    if not view.sessions:
        return (
            "No session was read yet.\n\n"
            "Themes grow from the sessions of your agents; r looks for them again,\n"
            "`hansei sources` says where it looks."
        )
    if known and window is not None:
        return (
            f"{looked} in all; none of {count(known, 'theme')} was seen\n"
            f"in the last {window} days. A full stop ( . ) looks further back."
        )
    needs = f"{rules.sessions} sessions, {rules.weeks} weeks or {rules.projects} projects"
    rows = [
        f"{looked} were looked at; nothing recurs yet.",
        f"A theme needs {needs}.",
        f"{once_words(view.seen)}: b shows them.",
    ]
    if view.seen.examples:
        rows += ["", "Most often, so far:"]
        rows += [f"  {number:>3} × {text}" for text, number in view.seen.examples[:6]]
    return "\n".join(rows)


def filter_hint() -> str:
    """Return what an empty filter line says."""
    names = " ".join(f"{name}:" for name in list(KEYS)[:7])
    return f"words, {names} … for example  kind:rejection since:30d -is:linked"


@dataclass(frozen=True, slots=True)
class Around:
    """What the details of a theme need besides its report."""

    now: datetime
    width: int
    page: ThemesPage
    linked: Sequence[Improvement] = ()
    rule_after: int = 5
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of all themes by id."""


def detail_of(report: ThemeReport, around: Around) -> Content:
    """Return a theme in words: its cost, its trend, its weeks, and what is meant to end it."""
    theme, width = report.theme, around.width
    head = " · ".join((theme.id, *theme.tags[:3], *(("muted",) if theme.muted else ())))
    rows = [assemble((theme.name, "bold")), assemble((head, "$quiet"))]
    rows += [named(name, text, width) for name, text in _numbers(report, around) if text]
    rows += _weeks(report, around)
    rows += [named(name, text, width) for name, text in _surroundings(report, around) if text]
    for place, link in enumerate(around.page.goes_with.get(theme.id, ())[:_ASSOCIATED]):
        rows.append(named("" if place else "beside", link.wording, width))
    return lines(rows)


def _numbers(report: ThemeReport, around: Around) -> Iterable[tuple[str, str]]:
    """Yield (name, text) of what was counted."""
    verdict = report.verdict
    yield "seen", seen_words(report)
    yield "", _span(report, around.now)
    yield "cost", cost_words(report)
    yield "trend", verdict.wording
    yield "", interval_words(verdict)
    if "more session" not in verdict.wording:
        yield "", needed_words(verdict)


def _surroundings(report: ThemeReport, around: Around) -> Iterable[tuple[str, str]]:
    """Yield (name, text) of what is done about a theme, and where it was seen."""
    theme = report.theme
    for place, item in enumerate(around.linked):
        yield "" if place else "ended by", f"{item.id} {item.stage} · {item.title}"
    for pair in _alike(theme.id, around.page.view.suggestions):
        yield "looks like", f"{pair} “{around.names.get(pair, '')}”: M merges"
    if theme.offered_name:
        yield "offered", f"“{theme.offered_name}” as a better name: R"
    yield "projects", _few(report.projects, 4)
    if len(report.agents) > 1 or "claude-code" not in report.agents:
        yield "agents", _few(report.agents, 4)
    if len(report.sessions) >= around.rule_after:
        yield "rule", "T shows one for the agents"


def _weeks(report: ThemeReport, around: Around) -> list[Content]:
    """Return the weekly series: sessions hit of sessions, with the slope in words."""
    view = around.page.view
    theme = report.theme.id
    found = series(view.weeks.get(theme, ()), view.per_week)
    room = (around.width - 10) // WEEK_CELL
    rows = [
        assemble((f"{name:<10}", "$quiet"), (cells, "bold" if name == "hit" else "$quiet"))
        for name, cells in week_rows(found, view.lost.get(theme, {}), room)
    ]
    return [*rows, named("slope", found.wording, around.width)]


def evidence_head(number: int, marked: int) -> Content:
    """Return the line above the evidence."""
    parts: list[Part] = [("evidence", "$secondary bold"), (f"  {number:,}", "$quiet")]
    if marked:
        parts.append((f"  ● {marked} marked, S splits them off", "$accent bold"))
    else:
        parts.append(("  ⏎ opens the log, space marks", "$quiet"))
    return assemble(*parts)


def evidence_row(document: Document, now: datetime) -> Row:
    """Return the cells of one piece of evidence."""
    return (
        (short_day(document.at, now), "quiet"),
        document.text,
        (document.project, "quiet"),
        (minutes(document.seconds_lost), "quiet"),
    )


def merge_choices(
    report: ThemeReport, others: Sequence[ThemeReport], pairs: Sequence[Suggestion]
) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Return the themes that this one may be part of, those that look like it first.

    Returns:
        Ids in order, and by id the likeness in words and the name.
    """
    near = _alike(report.theme.id, pairs)
    names = {each.theme.id: each.theme.name for each in others if each.theme.id != report.theme.id}
    ids = [each for each in near if each in names]
    ids += [each for each in names if each not in near]
    return ids, {
        each: (f"alike {near[each]:.2f}" if each in near else "", names[each]) for each in ids
    }


def _alike(theme_id: str, pairs: Iterable[Suggestion]) -> dict[str, float]:
    """Return the themes that look like one, with how much."""
    found = {pair.merge: pair.cosine for pair in pairs if pair.keep == theme_id}
    return found | {pair.keep: pair.cosine for pair in pairs if pair.merge == theme_id}


def _span(report: ThemeReport, now: datetime) -> str:
    if report.first_seen is None:
        return ""
    return f"first {when(report.first_seen, now)}, last {when(report.last_seen, now)}"


def _few(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
