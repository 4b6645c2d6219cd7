"""The other views of the Themes screen: maps, metrics, and what was seen once or twice."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from textual.content import Content

from hansei_core.themes.bands import FLAGGED_FROM, LEAST_BASELINE, Normality
from hansei_core.themes.heatmap import HeatMap, week_label
from hansei_core.themes.metrics import WINDOW_DAYS, MetricBand
from hansei_core.themes.pool import SeenThing
from hansei_core.themes.recurrence import week_of
from hansei_sessions.model import Session
from hansei_tui.text import Part, assemble, lines
from hansei_tui.text import field as named
from hansei_tui.widgets.line_list import Column, Row, Tone
from hansei_tui.words import ago, count, minutes, short_day, sparkline

ALL: Final = "all"
"""Row of a map for all sessions that were looked at."""
NONE: Final = "·"
"""Stands in a map where no session was hit."""
_NAME: Final = 26
"""Least columns of a theme's name in a map."""
_WEEK: Final = 5
_PROJECT: Final = 11
_TOTAL: Final = 8
_HEATS: Final[tuple[Tone, ...]] = ("heat1", "heat2", "heat3", "heat4")
_LABELS: Final[Mapping[Normality, tuple[str, Tone]]] = {
    Normality.NORMAL: ("within normal variation", "good"),
    Normality.HIGH: ("▲ unusually high", "bad"),
    Normality.LOW: ("▼ unusually low", "warn"),
    Normality.UNKNOWN: ("? not enough data", "quiet"),
}
ONCE_COLUMNS: Final = (
    Column("times", "×", 3, "right"),
    Column("text", "seen once or twice", 0),
    Column("sessions", "sess", 4, "right"),
    Column("lost", "lost", 7, "right"),
    Column("last", "last", 5, "right"),
)


def fitting(width: int, by: str) -> int:
    """Return how many columns of a map fit into a width."""
    cell = _WEEK if by == "weeks" else _PROJECT
    return max((width - _NAME - _TOTAL - 4) // cell, 1)


def part_of(
    found: HeatMap, everything: Mapping[str, int], by: str, room: int, back: int
) -> tuple[HeatMap, int, int]:
    """Return the part of a map that fits, and how many columns lie before and behind it.

    Weeks in which no session was looked at say nothing and are left out; of weeks the newest
    come first into view, of projects the busiest.

    Args:
        found: The whole map.
        everything: Sessions looked at, by column.
        by: `weeks` or `projects`.
        room: Columns that fit.
        back: Columns to leave out at the end that comes first into view.
    """
    places = [
        place
        for place, name in enumerate(found.columns)
        if everything.get(name) or any(hits[place] for hits in found.sessions)
    ]
    back = max(0, min(back, len(places) - room))
    if by == "weeks":
        end = len(places) - back
        before, shown = places[: max(end - room, 0)], places[max(end - room, 0) : end]
    else:
        before, shown = places[:back], places[back : back + room]
    part = HeatMap(
        found.rows,
        tuple(found.columns[place] for place in shown),
        tuple(tuple(hits[place] for place in shown) for hits in found.sessions),
        tuple(tuple(lost[place] for place in shown) for lost in found.minutes),
    )
    return part, len(before), len(places) - len(before) - len(shown)


def map_columns(found: HeatMap, by: str) -> tuple[Column, ...]:
    """Return the columns of a map: the theme, each week or project, and the sum."""
    width = _WEEK if by == "weeks" else _PROJECT
    heads = [name.partition("-")[2] or name for name in found.columns]
    if by != "weeks":
        heads = list(found.columns)
    return (
        Column("name", "theme", 0),
        *(
            Column(name, f"{_head(head, width)} ", width, "right", gap=0)
            for name, head in zip(found.columns, heads, strict=True)
        ),
        Column("total", "sess", 6, "right"),
    )


def map_rows(
    found: HeatMap,
    names: Mapping[str, str],
    totals: Mapping[str, int],
    everything: Mapping[str, int],
    sessions: int,
) -> dict[str, Row]:
    """Return the rows of a map by theme id; the last one has all sessions that were looked at.

    Args:
        found: The map.
        names: Theme names by id.
        totals: Sessions hit by theme id, over the whole window.
        everything: Sessions looked at, by column.
        sessions: Sessions looked at in all.
    """
    most = max((hit for hits in found.sessions for hit in hits), default=0)
    rows: dict[str, Row] = {}
    for theme, hits in zip(found.rows, found.sessions or [()] * len(found.rows), strict=True):
        rows[theme] = (
            names.get(theme, theme),
            *(_hit(hit, most) for hit in hits),
            (str(totals.get(theme, 0)), "strong"),
        )
    if rows:
        looked: list[tuple[str, Tone]] = [
            (f"{everything.get(name, 0) or NONE} ", "quiet") for name in found.columns
        ]
        rows[ALL] = (("sessions looked at", "quiet"), *looked, (str(sessions), "quiet"))
    return rows


def heat(hit: int, most: int) -> Tone:
    """Return how strongly a number stands out: four steps up to the map's largest."""
    if hit <= 0 or most <= 0:
        return "quiet"
    return _HEATS[min(math.ceil(4 * hit / most), 4) - 1]


def map_legend(found: HeatMap, by: str, before: int, behind: int) -> str:
    """Return what a map's numbers are, and where more of it lies."""
    what = by.removesuffix("s")
    if not found.columns:
        return "nothing of this has a time" if by == "weeks" else "nothing of this has a project"
    legend = f"sessions hit, theme × {what}; {NONE} none"
    if by == "weeks":
        legend += f"; {found.columns[0]} to {found.columns[-1]}"
    left = f"◂ h {before} more" if before else ""
    right = f"{behind} more l ▸" if behind else ""
    return "   ".join(part for part in (left, legend, right) if part)


def metric_columns(bands: Sequence[MetricBand]) -> tuple[Column, ...]:
    """Return the columns of metrics; the first number is that of the window."""
    days = bands[0].days if bands else WINDOW_DAYS
    return (
        Column("name", "a session's", 14),
        Column("now", f"{days} days", 7, "right"),
        Column("n", "n", 3, "right", need=60),
        Column("usual", "usual", 7, "right"),
        Column("band", "band", 11, "right"),
        Column("z", "z", 5, "right", need=70),
        Column("weeks", "12 weeks", 12, need=92),
        Column("label", "", 0),
    )


def metric_row(band: MetricBand) -> Row:
    """Return the cells of one metric in the order of `metric_columns`."""
    has_band = band.usual.n > 0
    return (
        band.name,
        f"{band.current:.1f}" if band.current is not None else ("–", "quiet"),
        (str(band.sessions), "quiet"),
        f"{band.usual.centre:.1f}" if has_band else ("–", "quiet"),
        (f"{max(0.0, band.usual.low):.1f}–{band.usual.high:.1f}" if has_band else "–", "quiet"),
        (f"{band.z:+.1f}" if band.z is not None and has_band else "–", "quiet"),
        (sparkline([week.value for week in band.weeks], 12), "accent"),
        _LABELS[band.label],
    )


def metric_detail(band: MetricBand, width: int) -> Content:
    """Return a metric in words, and its weeks."""
    word, _ = _LABELS[band.label]
    now = f"no session in the last {band.days} days"
    if band.current is not None:
        now = f"{band.current:.1f}, mean of {count(band.sessions, 'session')}"
    rows = [
        assemble((f"{band.name} of a session", "bold")),
        named(f"{band.days} days", now, width),
        named("label", word, width),
    ]
    if band.usual.n < LEAST_BASELINE:
        lack = f"{band.usual.n} of {LEAST_BASELINE} weeks that a baseline needs"
        rows.append(named("", lack, width))
    elif band.z is not None:
        low = max(0.0, band.usual.low)
        usual = f"{band.usual.centre:.1f}, from {low:.1f} to {band.usual.high:.1f}"
        rows.append(named("usual", usual, width))
        how = f"{band.z:+.1f} spreads from the middle; beyond {FLAGGED_FROM} it stands out"
        rows.append(named("robust z", how, width))
    parts: list[Content] = []
    for week in band.weeks:
        label, _ = _LABELS[week.label]
        text: list[Part] = [
            (f"{week.begins:%d %b}  ", "$quiet"),
            f"{week.value:>8.1f}",
            (f"  n {week.sessions:>3}  ", "$quiet"),
            (label, "$quiet"),
        ]
        parts.append(assemble(*text))
    if parts:
        rows += [assemble(""), assemble(("weeks from", "$secondary bold")), *parts]
    return lines(rows)


def once_row(thing: SeenThing, now: datetime) -> Row:
    """Return the cells of something that does not recur, in the order of `ONCE_COLUMNS`."""
    return (
        str(len(thing.documents)),
        thing.text,
        (str(thing.sessions), "quiet"),
        minutes(thing.seconds_lost) if thing.seconds_lost else ("–", "quiet"),
        (ago(thing.last_seen, now), "quiet"),
    )


def once_detail(thing: SeenThing, now: datetime, width: int) -> Content:
    """Return something that does not recur in words."""
    kinds = sorted({each.kind for each in thing.documents})
    unknown = f", {thing.unknown_cost} of unknown cost" if thing.unknown_cost else ""
    times, sessions = count(len(thing.documents), "time"), count(thing.sessions, "session")
    return lines(
        [
            assemble((thing.text, "bold")),
            assemble(("in no theme yet", "$quiet")),
            named("seen", f"{times} in {sessions}, last {short_day(thing.last_seen, now)}", width),
            named("cost", f"{minutes(thing.seconds_lost)} lost{unknown}", width),
            named("kind", ", ".join(kinds), width),
            named("", "M puts it into a theme, where it stays", width),
        ]
    )


def _hit(hit: int, most: int) -> tuple[str, Tone]:
    return (f"{hit or NONE} ", heat(hit, most))


def _head(text: str, width: int) -> str:
    room = width - 2
    return text if len(text) <= room else f"{text[: room - 1]}…"


def totals_of(looked_at: Iterable[Session], by: str, zone: tzinfo | None = None) -> dict[str, int]:
    """Return sessions looked at by the columns of a map: weeks of the user's zone, or projects."""
    if by == "weeks":
        starts = (session.started_at for session in looked_at if session.started_at is not None)
        return dict(Counter(week_label(week_of(start, zone)) for start in starts))
    return dict(Counter(session.project for session in looked_at))
