"""The summary, and where hansei opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from hansei_core.improvement import Improvement
from hansei_core.place import Place, is_same_work, place_for
from hansei_core.planning.ritual import Step
from hansei_core.planning.time import TimeEntry
from hansei_core.planning.view import view_week
from hansei_core.planning.week import PlanItem, WeekPlan
from hansei_core.status import Status, summarise
from hansei_core.vocabulary import Severity, Stage
from hansei_sessions.ended import Unreviewed
from hansei_sessions.model import Session

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HERE = "/home/me/code/api"


def made(number: int, **more: object) -> Improvement:
    item = Improvement(f"IMP-2026-{number:03d}", f"t{number}", NOW, NOW, NOW)
    return replace(item, **more)  # type: ignore[arg-type]  # the tests name real fields


def waiting(name: str, cwd: str, hours_ago: float = 1) -> Unreviewed:
    session = Session(name, "codex", f"/logs/{name}", "api", cwd)
    return Unreviewed(session, NOW - timedelta(hours=hours_ago), None)


def status_of(*unreviewed: Unreviewed, now: datetime = NOW) -> Status:
    items = (
        made(1),
        made(2, stage=Stage.BACKLOG, impact=8, effort=2, due=date(2026, 11, 1)),
        made(3, stage=Stage.BACKLOG, severity=Severity.CRITICAL),
        made(4, stage=Stage.DONE),
        made(5, stage=Stage.DEFERRED, deferred_until=date(2026, 11, 20)),
        made(6, stage=Stage.DEFERRED, deferred_until=date(2027, 1, 1)),
    )
    plan = WeekPlan(
        "2026-W47", items=(PlanItem("IMP-2026-002", 3, NOW), PlanItem("IMP-2026-004", 2, NOW))
    )
    view = view_week(plan, {item.id: item for item in items}, {"IMP-2026-002": 1.5})
    running = TimeEntry("T-001", "IMP-2026-002", NOW - timedelta(hours=5))
    return summarise(items, view, unreviewed, running, now=now)


def test_the_summary_counts_what_can_be_acted_on() -> None:
    """Each figure is the one that its screen would show."""
    status = status_of()
    assert (status.inbox, status.open_count, status.unscored) == (2, 3, 2)
    assert (status.critical, status.overdue) == (1, 1)
    assert (status.week, status.budget_hours, status.taken_hours) == ("2026-W47", 8.0, 5.0)
    assert (status.taken, status.taken_done, status.tracked_hours) == (2, 1, 1.5)
    assert (status.running_hours, status.timer_forgotten) == (5.0, True)
    assert (status.ritual_due, status.ritual_step) == (False, Step.REVIEW)


def test_a_session_that_just_ended_here_opens_its_retro() -> None:
    """The newest session of this folder wins over Monday; an old one does not push forward."""
    old, new = waiting("old", HERE, 3), waiting("new", HERE, 1)
    elsewhere = waiting("far", "/home/me/code/web", 0.5)
    status = status_of(old, new, elsewhere)
    assert [one.session.id for one in status.unreviewed] == ["far", "new", "old"]
    assert place_for(status.unreviewed, HERE, NOW, ritual_due=True) == (Place.RETRO, "new")
    stale = waiting("stale", HERE, 13)
    assert place_for((stale,), HERE, NOW, ritual_due=False) == (Place.BACKLOG, "")


def test_a_monday_without_a_ritual_opens_the_planner() -> None:
    """On any other day without a session the backlog opens."""
    assert status_of(now=MONDAY).ritual_due
    assert place_for((), HERE, MONDAY, ritual_due=True) == (Place.PLANNER, "")
    assert place_for((), HERE, NOW, ritual_due=False) == (Place.BACKLOG, "")


@pytest.mark.parametrize(
    ("cwd", "same"),
    [
        (HERE, True),
        (f"{HERE}/src", True),
        ("/home/me/code", True),
        ("/home/me", False),
        ("/", False),
        ("", False),
        ("/home/me/code/api-two", False),
    ],
)
def test_a_session_belongs_to_its_folder(cwd: str, same: bool) -> None:
    """Above and below the folder count, a home folder and look-alikes do not."""
    assert is_same_work(cwd, HERE) is same
