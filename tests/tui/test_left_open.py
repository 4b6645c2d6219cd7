"""The screens of someone who never closes them: a night, a weekend, and Monday."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tests.tui.story import NOW, Opener

from hansei_core.verbs.improvements import snooze
from hansei_tui.workspace import Workspace

MONDAY = datetime(2026, 11, 23, 9, 5, tzinfo=NOW.tzinfo)


def wound(workspace: Workspace) -> list[datetime]:
    """Give a workspace a clock that can be set."""
    moment = [NOW]
    workspace.context = replace(workspace.context, clock=lambda: moment[0])
    return moment


async def test_the_planner_follows_the_week(opened: Opener, full: Workspace) -> None:
    """Last week would be called this week on Monday, and the ritual could not be begun."""
    moment = wound(full)
    async with opened("planner", (120, 36)) as story:
        assert "Week 47 · 16–22 Nov · this week" in story.text
        moment[0] = MONDAY
        story.app.action_reload()
        await story.settle()
        assert "Week 48 · 23–29 Nov · this week" in story.text
        await story.press("n")
        assert "Monday's page · week 48" in story.text


async def test_a_week_that_was_chosen_stays(opened: Opener, full: Workspace) -> None:
    """Midnight would turn the page while somebody looks back."""
    moment = wound(full)
    async with opened("planner", (120, 36)) as story:
        await story.press("comma")
        assert "Week 46" in story.text
        moment[0] = MONDAY
        story.app.action_reload()
        await story.settle()
        assert "Week 46" in story.text
        await story.press("0")
        assert "Week 48" in story.text


async def test_what_was_snoozed_comes_back_on_its_day(opened: Opener, full: Workspace) -> None:
    """It would be missing until something else is written."""
    moment = wound(full)
    snooze(full.store, ["1"], (NOW + timedelta(days=1)).date(), now=NOW)
    async with opened("backlog", (120, 36)) as story:
        assert "IMP-2026-001" not in story.area.rows.ids
        moment[0] = MONDAY
        story.app.action_reload()
        await story.settle()
        assert "IMP-2026-001" in story.area.rows.ids


async def test_monday_speaks_of_the_ritual_once(opened: Opener, full: Workspace) -> None:
    """Whoever never closes hansei would never be reminded, or every second."""
    moment = wound(full)
    async with opened("backlog", (120, 36)) as story:
        assert "ritual is due" not in story.text
        moment[0] = MONDAY
        story.app.action_reload()
        await story.settle()
        assert len(story.app._notifications) == 1
        assert "ritual is due" in next(iter(story.app._notifications)).message
        story.app.action_reload()
        await story.settle()
        assert len(story.app._notifications) == 1
