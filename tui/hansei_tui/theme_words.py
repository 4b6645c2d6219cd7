"""How themes read in words, on the screen and in commands alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from hansei_core.themes.model import SeenOnce, ThemeReport, Verdict, Why
from hansei_core.themes.recurrence import week_of
from hansei_tui.words import count, minutes

if TYPE_CHECKING:
    from hansei_core.themes.series import Series
    from hansei_core.verbs.theme_dial import DialPreview

_MOST: Final = 8
"""Lines of a kind that a preview names; the rest is counted."""
_TERMS: Final = 12
"""Shared terms that are named; the others add next to nothing."""


def cost_words(report: ThemeReport) -> str:
    """Return what a theme cost, with what is unknown said."""
    unknown = report.unknown_cost
    if unknown == len(report.documents):
        return "unknown: the logs tell no times for it"
    more = f", {unknown} of {len(report.documents)} of unknown cost" if unknown else ""
    weeks = max(len(report.weeks), 1)
    a_week = f", {minutes(report.seconds_lost / weeks)} a week" if weeks > 1 else ""
    return f"{minutes(report.seconds_lost)} lost{a_week}{more}"


def seen_words(report: ThemeReport) -> str:
    """Return how often a theme was seen."""
    times, sessions = count(len(report.documents), "time"), count(len(report.sessions), "session")
    projects = count(len(report.projects), "project")
    return f"{times} in {sessions}, {projects}"


def interval_words(verdict: Verdict) -> str:
    """Return the interval of a rate's change; empty where there is none."""
    if verdict.interval is None or verdict.ratio is None:
        return ""
    low, high = verdict.interval
    upper = f"{high:.1f}" if math.isfinite(high) and high < 100 else "any"
    return f"now {verdict.ratio:.1f} times the rate before (95 %: {low:.1f} to {upper} times)"


def needed_words(verdict: Verdict) -> str:
    """Return how many more sessions might settle a verdict; empty where that cannot be said."""
    if verdict.needs_sessions is None:
        return ""
    return f"about {count(verdict.needs_sessions, 'more session')} might settle it"


def once_words(seen: SeenOnce) -> str:
    """Return what does not recur, in numbers."""
    return f"{count(seen.groups, 'thing')} seen once or twice"


def latest(weeks: Sequence[tuple[date, int]], now: datetime, number: int) -> list[float]:
    """Return sessions hit in the newest weeks of the calendar, this one last."""
    hit = dict(weeks)
    monday = week_of(now)
    return [float(hit.get(monday - timedelta(weeks=n), 0)) for n in reversed(range(number))]


WEEK_CELL: Final = 6
"""Columns of a week in the weekly series."""


def week_rows(found: Series, lost: Mapping[date, float], room: int) -> list[tuple[str, str]]:
    """Return a theme's newest weeks: sessions hit, of how many, and the time they cost.

    Args:
        found: Week by week.
        lost: Monday → seconds; a week that is hit and not in it cost an unknown time.
        room: At most so many weeks.

    Returns:
        (name of a row, its cells of `WEEK_CELL` columns); none where there is no week.
    """
    shown = found.weeks[-max(room, 1) :]
    if not shown:
        return []
    rows = [
        ("weeks", [week_name(week) for week, _, _ in shown]),
        ("hit", [str(hit) if hit else "·" for _, hit, _ in shown]),
        ("of", [str(total) for _, _, total in shown]),
    ]
    if lost:
        costs = [
            _cost(lost[week]) if week in lost else "?" if hit else "·" for week, hit, _ in shown
        ]
        rows.append(("min lost", costs))
    return [
        (name, "".join(f"{cell:>{WEEK_CELL - 1}} " for cell in cells)[1:].rstrip())
        for name, cells in rows
    ]


def _cost(seconds: float) -> str:
    """Return minutes for a cell: one decimal where they are few."""
    least = 9.95
    value = seconds / 60
    return f"{value:.1f}" if value < least else f"{value:.0f}"


def week_name(monday: date) -> str:
    """Return a week for a narrow column: `W47`."""
    return f"W{monday.isocalendar().week:02d}"


def why_lines(found: Why) -> list[tuple[str, str]]:
    """Return why two texts are together or apart: (what a term adds, the term), heaviest first."""
    word = "together" if found.cosine >= found.threshold else "apart"
    limit = f"a theme begins at {found.threshold:.2f}"
    rows = [("", f"{word}: likeness {found.cosine:.2f}, {limit}")]
    rows += [(f"{weight:.3f}", term) for term, weight in found.shared[:_TERMS]]
    if not found.shared:
        rows.append(("", "no shared term"))
    for name, theme in (("first", found.theme_a), ("second", found.theme_b)):
        rows.append(("", f"the {name} belongs to {theme or 'no theme'}"))
    return rows


def dial_lines(found: DialPreview) -> list[str]:
    """Return what another cut would change, a sentence a line; what stays comes first."""
    rows = [f"{count(found.kept, 'theme')} stay as they are: ids, names and texts"]
    if found.kept == 1:
        rows = ["1 theme stays as it is: id, name and texts"]
    if not found.kept:
        rows = ["there is no theme yet"]
    if found.born:
        rows.append(f"{count(len(found.born), 'new theme')} of what was seen once or twice:")
        rows += [f"  + “{name}”, {count(size, 'text')}" for name, size in found.born[:_MOST]]
        rows += _rest(len(found.born))
    else:
        rows.append("no new theme now; what comes is cut like this")
    rows.append(f"{count(found.once_after, 'text')} in no theme ({found.once_before:,} now)")
    if found.alike:
        rows.append("cut anew, these would be one; merging them is yours to decide:")
        rows += [f"  {' + '.join(ids)}" for ids in found.alike[:_MOST]]
        rows += _rest(len(found.alike))
    if found.apart:
        rows.append("cut anew, these would be several; splitting them is yours to decide:")
        rows += [
            f"  {home}: {' · '.join(f'“{name}”' for name in parts)}"
            for home, parts in found.apart[:_MOST]
        ]
        rows += _rest(len(found.apart))
    return rows


def _rest(number: int) -> list[str]:
    return [f"  … {number - _MOST} more"] if number > _MOST else []
