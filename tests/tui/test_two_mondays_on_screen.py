"""Two Mondays and the week between by keys: ordinary, over a change of the clock, week 53."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.mondays import DAY, HOUR, PAIRS, Weeks
from tests.tui.story import Story, story_of

from hansei_core.planning.ritual import Step
from hansei_core.retro import ImprovementDraft, RetroDraft
from hansei_core.verbs import improvements
from hansei_core.verbs.measure import load_measurements
from hansei_core.verbs.retros import save_retro
from hansei_core.vocabulary import Stage
from hansei_tui.demo.build import demo_environ
from hansei_tui.workspace import Workspace, open_workspace


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=PAIRS)
def weeks(request: pytest.FixtureRequest) -> Weeks:
    """Return one pair of Mondays."""
    return PAIRS[request.param]


def filled(home: Path, clock: Clock) -> Workspace:
    """Return a home with four improvements, one of them in the inbox, and a retro without any."""
    workspace = open_workspace(demo_environ({}, home), clock, home)
    store, now = workspace.store, clock.now
    for title, impact, effort, hours in (
        ("Pool", 8, 2, 4.0),
        ("Cache", 6, 3, 3.0),
        ("Later", 4, 2, 2.0),
        ("Unknown yet", None, None, None),
    ):
        draft = ImprovementDraft(title, impact=impact, effort=effort, hours=hours)
        improvements.add(store, draft, now=now)
    improvements.move(store, ["1", "2", "3"], Stage.BACKLOG, now=now)
    retro = RetroDraft("s-1", better="Refresh the token", none_because="no time", project="api")
    save_retro(store, retro, now=now)
    return workspace


async def later(story: Story, clock: Clock, span: timedelta) -> None:
    """Let time pass and every screen see it."""
    clock.now += span
    story.app.store_changed("")
    await story.settle()


async def first_monday(story: Story, clock: Clock, name: str) -> None:
    """Hold the first ritual: forty minutes, by keys alone."""
    assert "this week" in story.text
    assert "8 h + 40 min = 21.7 %" in story.text
    await story.press("n")
    assert "Monday's page" in story.text
    assert "no plan in the last weeks" in story.text
    await story.press("n")
    assert "Nothing is left of last week" in story.text
    await later(story, clock, timedelta(minutes=15))
    await story.press("n")
    assert "Capture" in story.text
    assert story.area.asked.id == "RET-001"
    await story.press("1")
    await story.type(" impact:5 effort:2 hours:1")
    await story.press("enter")
    assert story.area.asked.id == "IMP-2026-004"
    await story.press("1")
    assert "Everything of the week is captured" in story.text
    await later(story, clock, timedelta(minutes=10))
    await story.press("n")
    assert "1 to go" in story.text
    await story.press("I", "4", "E", "7")
    assert "Everything is scored" in story.text
    await later(story, clock, timedelta(minutes=10))
    await story.press("n")
    assert story.area.AREA == "planner"
    assert "▸ select 0/5" in story.text
    await story.press("P")
    assert "priority in" in story.text
    await story.press("enter")
    plan = story.app.desk.plan(story.area.week)
    assert plan.week == name
    assert plan.ids == ("IMP-2026-001", "IMP-2026-002", "IMP-2026-005")
    await later(story, clock, timedelta(minutes=5))
    await story.press("n")
    assert "planned in 40 min" in story.text
    assert "8.67 h, 21.7 %" in story.text
    assert story.app.desk.step(story.area.week) is Step.EXECUTE


async def the_week(story: Story, clock: Clock, weeks: Weeks) -> None:
    """Work on the first improvement and finish it."""
    midnight = weeks.first - 9 * HOUR
    clock.now = midnight + weeks.worked[0]
    story.area.rows.move_to("IMP-2026-001")
    await story.press("s")
    assert story.app.desk.running() == "IMP-2026-001"
    clock.now = midnight + weeks.worked[1]
    await story.press("s")
    assert story.app.desk.days(story.area.week)[weeks.day] == weeks.worked_hours
    assert f"{weeks.worked_hours:g} h worked" in story.text
    await story.press("d", "y")
    assert story.app.desk.improvement("IMP-2026-001").stage is Stage.DONE
    assert "✓ Pool" in " ".join(story.text.split())


async def second_monday(story: Story, clock: Clock, name: str) -> None:
    """Hold the next ritual up to the selection: promises, numbers, what comes back first."""
    assert "▸ review 15" in story.text
    await story.press("n", "n")
    assert "3 to go" in story.text
    assert story.area.asked.key == "promise:IMP-2026-002"
    assert "not begun" in story.text
    await story.press("1")
    assert story.area.asked.key == "promise:IMP-2026-005"
    await story.press("5")
    assert story.area.asked.key == "unmeasured:IMP-2026-001"
    assert "not measured" in story.text
    await story.press("1")
    await story.type("wait 40 -> 10 s")
    await story.press("enter")
    (found,) = load_measurements(story.store)
    assert (found.before, found.after, found.unit) == (40, 10, "s")
    assert "Nothing is left of last week" in story.text
    await story.press("u")
    assert story.area.asked.key == "unmeasured:IMP-2026-001"
    await story.press("U", "n", "n", "n")
    assert story.area.AREA == "planner"
    await story.press("P", "enter")
    plan = story.app.desk.plan(story.area.week)
    assert plan.week == name
    assert plan.items[0].id == "IMP-2026-002"
    assert [item.carried for item in plan.items[:2]] == [1, 0]
    assert "carried 1×" in story.text
    await story.press("comma")
    assert "1 of 3 improvements finished" in story.text


async def test_two_mondays(weeks: Weeks, tmp_path: Path) -> None:
    """A user who plans, works and plans again would meet a wrong week, sum, promise or question."""
    clock = Clock(weeks.first - 3 * DAY)
    workspace = filled(tmp_path, clock)
    clock.now = weeks.first
    assert workspace.opening()[0] == "planner"
    async with story_of(workspace, "planner", (80, 24), "") as story:
        await first_monday(story, clock, weeks.names[0])
        await the_week(story, clock, weeks)
    clock.now = weeks.first + 7 * DAY
    assert workspace.opening()[0] == "planner"
    async with story_of(workspace, "planner", (80, 24), "") as story:
        await second_monday(story, clock, weeks.names[1])
    workspace.close()
