"""When trouble recurs: in enough sessions, or weeks, or projects."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from hansei_core.settings import ThemeSettings
from hansei_core.themes.model import Document


def recurs(documents: Iterable[Document], settings: ThemeSettings) -> bool:
    """Tell whether the documents are a pattern and not a one-off."""
    sessions: set[str] = set()
    weeks: set[date] = set()
    projects: set[str] = set()
    for document in documents:
        sessions.add(document.session_id)
        if document.project:
            projects.add(document.project)
        if document.at is not None:
            weeks.add(week_of(document.at))
    return (
        len(sessions) >= settings.min_sessions
        or len(weeks) >= settings.min_weeks
        or len(projects) >= settings.min_projects
    )


def week_of(at: datetime, zone: tzinfo | None = None) -> date:
    """Return the Monday of the ISO week, in a zone or in the time's own."""
    day = at.date() if zone is None else at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def weekly_seconds(documents: Iterable[Document]) -> dict[date, float]:
    """Return Monday → seconds lost, of the weeks where at least one text's cost is known."""
    lost: dict[date, float] = {}
    for document in documents:
        if document.at is not None and document.seconds_lost is not None:
            week = week_of(document.at)
            lost[week] = lost.get(week, 0.0) + document.seconds_lost
    return dict(sorted(lost.items()))


def weekly(documents: Iterable[Document]) -> tuple[tuple[date, int], ...]:
    """Return Monday → distinct sessions, oldest first, weeks without any as 0."""
    hit: dict[date, set[str]] = {}
    for document in documents:
        if document.at is not None:
            hit.setdefault(week_of(document.at), set()).add(document.session_id)
    if not hit:
        return ()
    first, last = min(hit), max(hit)
    count = (last - first).days // 7 + 1
    weeks = [first + timedelta(weeks=n) for n in range(count)]
    return tuple((week, len(hit.get(week, ()))) for week in weeks)
