"""The themes as a screen or a command asks for them: scanned documents in, reports out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from hansei_core.retro import ImprovementDraft
from hansei_core.themes.identity import members, resolve
from hansei_core.themes.identity import suggestions as alike
from hansei_core.themes.model import (
    Document,
    SeenOnce,
    Suggestion,
    ThemeReport,
    ThemeState,
)
from hansei_core.themes.recurrence import week_of, weekly, weekly_seconds
from hansei_core.themes.service import report, seen_once
from hansei_core.verbs.theme_model import load_themes
from hansei_tui.theme_learning import Watch, learned

if TYPE_CHECKING:
    from hansei_core.improvement import Improvement
    from hansei_core.settings import ThemeSettings
    from hansei_core.themes.association import Association
    from hansei_core.themes.filters import EvidenceFilter
    from hansei_core.themes.metrics import MetricBand
    from hansei_core.themes.pool import SeenThing
    from hansei_sessions.model import Session
    from hansei_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ThemeQuery:
    """Which part of the sessions to look at."""

    window_days: int | None = None
    last: int = 0
    """Only the newest so many sessions; 0 for all."""
    since: datetime | None = None
    project: str = ""
    agent: str = ""
    muted: bool = False
    filter: str = ""
    """In the grammar of `hansei_core.themes.filters`."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything there is, before a query takes its part of it."""

    state: ThemeState
    documents: tuple[Document, ...]
    sessions: tuple[Session, ...]
    """Newest first; those that only the archive remembers at the end."""
    homes: Mapping[str, str]
    """Document id → theme id."""
    linked: Mapping[str, tuple[Improvement, ...]]
    """Theme id → improvements that are meant to end it."""
    suggestions: tuple[Suggestion, ...]
    """Themes that look like one."""


@dataclass(frozen=True, slots=True)
class ThemesView:
    """What recurs, and what was looked at."""

    reports: tuple[ThemeReport, ...]
    seen: SeenOnce
    sessions: int
    """Sessions of the window that were looked at, with trouble or without."""
    documents: int
    suggestions: tuple[Suggestion, ...] = ()
    looked_at: tuple[Session, ...] = ()
    texts: tuple[Document, ...] = ()
    homes: Mapping[str, str] = field(default_factory=dict)
    """Document id → theme id."""
    per_week: Mapping[date, int] = field(default_factory=dict)
    """Monday → sessions that were looked at."""
    weeks: Mapping[str, tuple[tuple[date, int], ...]] = field(default_factory=dict)
    """Theme id → Monday and sessions hit, over all time, whatever the window."""
    lost: Mapping[str, Mapping[date, float]] = field(default_factory=dict)
    """Theme id → Monday → seconds lost as far as they are known, whatever the window."""
    linked: Mapping[str, tuple[Improvement, ...]] = field(default_factory=dict)
    """Theme id → improvements that are meant to end it."""
    known_sessions: tuple[Session, ...] = ()
    """All that were read, whatever the query."""


def read_themes(
    workspace: Workspace, query: ThemeQuery, *, learn: bool, watch: Watch | None = None
) -> ThemesView:
    """Return the themes of a part of the sessions.

    Args:
        workspace: Scanned as far as the caller wants it.
        query: Which part to report on; learning always takes everything.
        learn: Let new documents become themes first (imports scikit-learn where there are new
            ones; not for the event loop).
        watch: Follows learning, and may stop it.

    Raises:
        FilterError: The query's filter cannot be read.
        LearningStoppedError: `watch` stopped it.
    """
    known = gather(workspace, learn=learn, watch=watch)
    return view_of(known, query, now=workspace.now(), settings=workspace.settings.themes)


def gather(workspace: Workspace, *, learn: bool, watch: Watch | None = None) -> Known:
    """Return everything that views are made of, themes learned first where that is asked for.

    Raises:
        LearningStoppedError: `watch` stopped it.
    """
    logged = workspace.logged()
    documents = workspace.documents(logged)
    if learn:
        found = learned(workspace, documents, watch or Watch())
        state, homes, pairs = found.state, dict(found.members), found.suggestions
        workspace.keep_facts(homes, logged)
    else:
        state = load_themes(workspace.store)
        homes, pairs = members(state, documents), alike(state.themes)
    lost = workspace.archived(logged)
    current = resolve(state)
    decided = {**lost.homes, **state.pinned}  # the archive keeps the home a text had at first
    homes |= {
        each.id: current[home]
        for each in lost.documents
        if (home := decided.get(each.id, "")) in current
    }
    return Known(
        state=state,
        documents=(*documents, *lost.documents),
        sessions=(*logged.sessions, *lost.sessions),
        homes=homes,
        linked=_linked(workspace, current),
        suggestions=pairs,
    )


def _linked(workspace: Workspace, current: Mapping[str, str]) -> dict[str, tuple[Improvement, ...]]:
    """Return the improvements that are meant to end each theme, trashed ones left out."""
    from hansei_core.verbs.records import load_improvements
    from hansei_core.vocabulary import Stage

    found: dict[str, tuple[Improvement, ...]] = {}
    for item in load_improvements(workspace.store).items.values():
        home = current.get(item.theme_id, "")
        if home and item.stage is not Stage.TRASH:
            found[home] = (*found.get(home, ()), item)
    return found


def view_of(
    known: Known, query: ThemeQuery, *, now: datetime, settings: ThemeSettings
) -> ThemesView:
    """Return the part of everything that a query asks for; commands and screens share it.

    Raises:
        FilterError: The query's filter cannot be read.
    """
    themes = {theme.id: theme for theme in known.state.themes}
    lets = _filter_of(query, known, now)
    sessions = [
        each for each in _chosen(known.sessions, query) if lets is None or lets.looks_at(each)
    ]
    by_id = {session.id: session for session in sessions}
    chosen = tuple(
        each
        for each in known.documents
        if (session := by_id.get(each.session_id)) is not None
        and _fits(each, query)
        and (lets is None or lets.takes(each, session, themes.get(known.homes.get(each.id, ""))))
    )
    reached, within = _reached(sessions, chosen, query.window_days, now)
    by_theme = _by_theme(chosen, known.homes)
    per_week = _per_week(sessions, now.tzinfo)
    muted = query.muted or (
        lets is not None
        and any(term.key == "is" and "muted" in term.value for term in lets.query.terms)
    )
    return ThemesView(
        reports=report(
            known.state,
            chosen,
            now=now,
            window_days=query.window_days,
            settings=settings,
            sessions_per_week=per_week,
            membership=known.homes,
            muted=muted,
        ),
        seen=seen_once(known.state, within, sessions=len(reached), membership=known.homes),
        sessions=len(reached),
        documents=len(within),
        suggestions=known.suggestions,
        looked_at=tuple(sessions),
        texts=chosen,
        homes=known.homes,
        per_week=per_week,
        weeks={theme: weekly(found) for theme, found in by_theme.items()},
        lost={theme: weekly_seconds(found) for theme, found in by_theme.items()},
        linked=known.linked,
        known_sessions=known.sessions,
    )


def _filter_of(query: ThemeQuery, known: Known, now: datetime) -> EvidenceFilter | None:
    """Return the query's filter; None where all evidence counts, and no grammar is needed.

    Raises:
        FilterError: The filter cannot be read.
    """
    if not query.filter.strip():
        return None
    from hansei_core.themes.filters import EvidenceContext, evidence_filter, parse_evidence

    themes = {theme.id: theme for theme in known.state.themes}
    context = EvidenceContext(now, themes, frozenset(known.linked))
    return evidence_filter(parse_evidence(query.filter, now), context)


@dataclass(frozen=True, slots=True)
class ThemesPage:
    """A view with what stands beside it on the screen."""

    view: ThemesView
    query: ThemeQuery
    goes_with: Mapping[str, tuple[Association, ...]]
    """Theme id → what it is associated with, the surest first."""
    metrics: tuple[MetricBand, ...]
    once: tuple[SeenThing, ...]

    def in_window(self, now: datetime) -> tuple[tuple[Session, ...], int]:
        """Return the sessions that the window reaches, and how many texts it holds.

        The themes of a window beside the sessions of all time would be a share of nothing.
        """
        view = self.view
        sessions, texts = _reached(view.looked_at, view.texts, self.query.window_days, now)
        return sessions, len(texts)


def _reached(
    sessions: Sequence[Session], texts: Sequence[Document], days: int | None, now: datetime
) -> tuple[tuple[Session, ...], Sequence[Document]]:
    """Return the sessions of a window, and the texts that lie in it; None is all time."""
    if days is None:
        return tuple(sessions), texts
    since = now - timedelta(days=days)
    ends = ((session, session.last_at or session.started_at) for session in sessions)
    found = tuple(each for each, end in ends if end is not None and end >= since)
    return found, [each for each in texts if each.at is not None and each.at >= since]


def page_of(
    known: Known, query: ThemeQuery, *, now: datetime, settings: ThemeSettings
) -> ThemesPage:
    """Return what the Themes screen shows of a part of everything.

    Raises:
        FilterError: The query's filter cannot be read.
    """
    from hansei_core.themes.association import associations
    from hansei_core.themes.metrics import WINDOW_DAYS, metric_bands
    from hansei_core.themes.pool import seen_things

    view = view_of(known, query, now=now, settings=settings)
    goes_with: dict[str, list[Association]] = {}
    for each in associations(view.texts, view.homes):
        goes_with.setdefault(each.theme_id, []).append(each)
    return ThemesPage(
        view=view,
        query=query,
        goes_with={theme: tuple(found) for theme, found in goes_with.items()},
        metrics=metric_bands(view.looked_at, view.texts, now, query.window_days or WINDOW_DAYS),
        once=seen_things(view.texts, view.homes, now=now, window_days=query.window_days),
    )


def draft_of(workspace: Workspace, report: ThemeReport) -> ImprovementDraft:
    """Return the draft of an improvement against a theme: evidence, suggested scores."""
    from hansei_core.themes.promotion import draft_of_theme

    found = workspace.index.frictions(set(report.sessions))
    return draft_of_theme(report, {friction.id: friction for friction in found})


def drafts_of(workspace: Workspace, view: ThemesView, most: int) -> list[ImprovementDraft]:
    """Return drafts against a view's themes that never had an improvement, the dearest first."""
    from hansei_core.themes.promotion import worth_proposing
    from hansei_core.verbs.records import load_improvements

    items = load_improvements(workspace.store).items.values()
    known = {item.theme_id for item in items if item.theme_id}
    return [draft_of(workspace, each) for each in worth_proposing(view.reports, known, most)]


def _by_theme(documents: Iterable[Document], homes: Mapping[str, str]) -> dict[str, list[Document]]:
    by_theme: dict[str, list[Document]] = {}
    for each in documents:
        home = homes.get(each.id)
        if home is not None:
            by_theme.setdefault(home, []).append(each)
    return by_theme


def _chosen(sessions: Iterable[Session], query: ThemeQuery) -> list[Session]:
    found = [
        session
        for session in sessions
        if (not query.project or session.project == query.project)
        and (not query.agent or session.agent == query.agent)
        and (
            query.since is None or (session.last_at is not None and session.last_at >= query.since)
        )
    ]
    return found[: query.last] if query.last else found


def _fits(document: Document, query: ThemeQuery) -> bool:
    return query.since is None or (document.at is not None and document.at >= query.since)


def _per_week(sessions: Iterable[Session], zone: tzinfo | None) -> dict[date, int]:
    """Count sessions by the Monday of their ISO week, in the user's zone as themes are counted."""
    starts = (session.started_at for session in sessions if session.started_at is not None)
    return dict(Counter(week_of(start, zone) for start in starts))
