"""The ritual's composition: what store, index and themes tell it, wired for app and commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from hansei_core.planning.agenda import ThemeNote
from hansei_core.planning.brief import Brief, titles_of
from hansei_core.planning.pace import WeekPace, pace
from hansei_core.planning.ritual import next_step, ritual_due
from hansei_core.planning.scorecard import Scorecard
from hansei_core.planning.tasks import Tasks
from hansei_core.planning.time import hours_in_week
from hansei_core.planning.week import Week, week_of
from hansei_core.verbs import pace as paces
from hansei_core.verbs import plans, rituals
from hansei_core.verbs.records import load_improvements
from hansei_core.verbs.times import entries

if TYPE_CHECKING:
    from hansei_core.improvement import Improvement
    from hansei_core.retro import ImprovementDraft
    from hansei_core.themes.model import Document, ThemeReport
    from hansei_tui.workspace import Workspace

REMINDED: Final = "ritual-said"
"""Record of the install table: the week whose ritual hansei has spoken of."""
_ENOUGH_SESSIONS: Final = 5
"""Sessions on either side from which minutes lost are compared."""
_MONTH: Final = timedelta(days=28)
_DRAFTED: Final = 12
"""Themes for which an improvement is drafted ahead."""


@dataclass(frozen=True, slots=True)
class ThemeFinds:
    """The themes of the week, and what an improvement against each would be."""

    notes: tuple[ThemeNote, ...] = ()
    drafts: Mapping[str, ImprovementDraft] = field(default_factory=dict)
    """By theme id, for the dearest ones."""


def theme_finds(workspace: Workspace, week: Week, *, drafted: int = _DRAFTED) -> ThemeFinds:
    """Return what recurs and was hit in the week before, or so far in this one.

    Nothing is learned here; the index is as fresh as its last scan. Not for the event loop.

    Args:
        workspace: Scanned as far as the caller wants it.
        week: The week that is planned.
        drafted: For so many of them, the dearest, an improvement is drafted.
    """
    from hansei_core.verbs.records import load_improvements
    from hansei_tui.theme_view import ThemeQuery, draft_of, read_themes

    if not workspace.paths.index.exists():
        return ThemeFinds()
    zone = workspace.now().tzinfo
    since = datetime.combine(week.previous.monday, time(), tzinfo=zone)
    until = datetime.combine(week.next.monday, time(), tzinfo=zone)
    found: list[tuple[ThemeNote, ThemeReport]] = []
    items = load_improvements(workspace.store).items.values()
    answered = {item.theme_id for item in items if item.stage.is_open}
    for report in read_themes(workspace, ThemeQuery(), learn=False).reports:
        hit = [each for each in report.documents if _within(each, since, until)]
        if hit and answered.isdisjoint(report.theme.aliases):
            sessions = len({each.session_id for each in hit})
            minutes = sum(each.seconds_lost or 0.0 for each in hit) / 60
            note = ThemeNote(report.theme.id, report.theme.name, len(hit), sessions, minutes)
            found.append((note, report))
    found.sort(key=lambda pair: (-pair[0].minutes, -pair[0].sessions, pair[0].id))
    drafts = {note.id: draft_of(workspace, report) for note, report in found[:drafted]}
    return ThemeFinds(tuple(note for note, _ in found), drafts)


def tasks_of_week(
    workspace: Workspace,
    week: Week,
    themes: tuple[ThemeNote, ...],
    items: Mapping[str, Improvement] | None = None,
) -> Tasks:
    """Return what is left to do in each step of a week's ritual."""
    return rituals.tasks(
        workspace.store,
        week,
        workspace.capacity,
        now=workspace.now(),
        themes=themes,
        items=items,
        limits=workspace.limits,
    )


def brief_of(workspace: Workspace, week: Week) -> Brief:
    """Return the pre-read page of a week; not for the event loop."""
    store, now, capacity = workspace.store, workspace.now(), workspace.capacity
    items = load_improvements(store).items
    return Brief(
        plan=plans.read_plan(store, week, capacity),
        last=_last_pace(workspace, week, items),
        tasks=tasks_of_week(workspace, week, theme_finds(workspace, week, drafted=0).notes, items),
        proposal=plans.proposal(
            store, week, capacity, now=now, value=workspace.settings.week.value, items=items
        ),
        ratio=plans.ratio_of(store, now=now, items=items),
        titles=titles_of(items.values()),
        waiting_sessions=len(workspace.unreviewed()),
    )


def pace_of(workspace: Workspace, week: Week) -> tuple[WeekPace, ...]:
    """Return the twelve weeks that end with a week, oldest first."""
    return paces.load_pace(workspace.store, week, now=workspace.now())


def signs_of(workspace: Workspace) -> Scorecard:
    """Return the five signs as they are now; not for the event loop."""
    return paces.load_scorecard(
        workspace.store,
        workspace.capacity,
        now=workspace.now(),
        first_day=first_day(workspace),
        minutes_lost=minutes_lost(workspace),
    )


def first_day(workspace: Workspace) -> date | None:
    """Return the day on which hansei was first used here, as far as it was recorded."""
    from hansei_tui.workspace import INSTALL_TABLE

    found = workspace.store.get(INSTALL_TABLE, "start")
    zone = workspace.now().tzinfo
    return None if found is None else datetime.fromisoformat(found["at"]).astimezone(zone).date()


def minutes_lost(workspace: Workspace) -> tuple[float, float] | None:
    """Return minutes lost per session in the last four weeks and in the four before.

    Sessions without a human are left out. None where either side has fewer than five.
    """
    from hansei_sessions.index import SessionQuery

    if not workspace.paths.index.exists():
        return None
    now = workspace.now()
    query = SessionQuery(
        since=now - 2 * _MONTH, until=now, include_headless=False, include_subagents=False
    )
    sides: tuple[set[str], set[str]] = (set(), set())
    for session in workspace.index.sessions(query):
        if session.started_at is not None and session.prompts:
            sides[session.started_at < now - _MONTH].add(session.id)
    if min(map(len, sides)) < _ENOUGH_SESSIONS:
        return None
    lost = [0.0, 0.0]
    for friction in workspace.index.frictions(sides[0] | sides[1]):
        lost[friction.session_id in sides[1]] += friction.seconds_lost or 0.0
    return lost[0] / 60 / len(sides[0]), lost[1] / 60 / len(sides[1])


def reminder(workspace: Workspace) -> str:
    """Return the sentence about a ritual that is due, once a Monday; empty otherwise."""
    from hansei_tui.workspace import INSTALL_TABLE

    now = workspace.now()
    if now.weekday() != 0:
        return ""
    week = week_of(now.date())
    steps = plans.read_plan(workspace.store, week, workspace.capacity).steps
    said = workspace.store.get(INSTALL_TABLE, REMINDED)
    if not ritual_due(now, steps) or (said is not None and said.get("week") == str(week)):
        return ""
    with workspace.store.transaction("speak of the ritual", now=now, undoable=False) as transaction:
        transaction.put(INSTALL_TABLE, REMINDED, {"week": str(week)})
    step = next_step(steps)
    return f"Monday's ritual is due: 40 minutes, {step} comes first (hansei plan ritual)"


def _within(document: Document, since: datetime, until: datetime) -> bool:
    return document.at is not None and since <= document.at < until


def _last_pace(
    workspace: Workspace, week: Week, items: Mapping[str, Improvement]
) -> WeekPace | None:
    last = plans.last_plan(workspace.store, week)
    if last is None:
        return None
    now = workspace.now()
    tracked = hours_in_week(entries(workspace.store), last.iso_week, now)
    found = pace(
        (last.iso_week,), {last.iso_week: last}, {last.iso_week: sum(tracked.values())}, items, now
    )
    return found[0]
