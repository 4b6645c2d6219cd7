"""Triage on screen: one key an act, the twins at hand, and nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.tui.story import NOW, Opener, Story, story_of

from hansei_core.decisions import DecisionKind
from hansei_core.retro import ImprovementDraft
from hansei_core.verbs import improvements
from hansei_core.verbs.decisions import load_decisions
from hansei_core.vocabulary import Severity, Stage
from hansei_tui.workspace import Workspace

TITLES = (
    "Start the database container in a test fixture",
    "Start database container in test fixture",
    "Pool the connections of the API",
    "Write down the flags of the linter",
    "Let the hook skip generated files",
    "Cache the wheels in the pipeline",
    "Split the settings module",
    "Name the branch after the issue",
    "Teach the agent the make targets",
    "Show the failing line in the log",
    "Drop the old importer",
    "Explain the release steps",
    "Run the type checker before the tests",
    "Give the agent read access to the docs",
    "Shorten the context of reviews",
    "Stop the formatter from touching fixtures",
    "Add an index for the nightly query",
    "Remove the second logger",
    "Warn before a force push",
    "Replace the flaky sleep in the login test",
)


def fill(workspace: Workspace, count: int = len(TITLES)) -> list[str]:
    """Add so many captures, one hour apart, the oldest first; returns their ids."""
    return [
        improvements.add(
            workspace.store,
            ImprovementDraft(title),
            now=NOW - timedelta(hours=40 - number),
        ).value.id
        for number, title in enumerate(TITLES[:count])
    ]


def stages(story: Story, ids: list[str]) -> list[Stage]:
    return [story.app.desk.improvement(name).stage for name in ids]


async def test_twenty_items_take_at_most_forty_keys(empty: Workspace) -> None:
    """R17: the inbox would take longer than the patience of its owner."""
    ids = fill(empty)
    keys = 0
    async with story_of(empty, "triage", (80, 24), "") as story:
        assert "20 waiting" in story.text
        for act in (("1",), ("2", "twin"), ("3", "1"), ("w", "2")) * 5:
            twins = story.app.desk.kin(story.area.current_item()).twins
            typed = [("1" if twins else "enter") if key == "twin" else key for key in act]
            await story.press(*typed)
            keys += len(typed)
        assert keys <= 40
        assert story.app.desk.waiting() == ()
        assert "The inbox is empty: 20 decided." in story.text
        found = stages(story, ids)
        assert found.count(Stage.BACKLOG) == 5
        assert found.count(Stage.DECLINED) == 5
        assert found.count(Stage.INBOX) == 5  # snoozed
        assert found.count(Stage.TRASH) == 5  # merged into their twins
        decisions = load_decisions(empty.store).values()
        assert [each.kind for each in decisions] == [DecisionKind.DECLINED] * 5
        assert {each.reason for each in decisions} == {empty.settings.triage.reasons[0]}


async def test_keys_typed_faster_than_the_screen(empty: Workspace) -> None:
    """A quick hand would decide twice on one item, or answer the next one's question."""
    ids = fill(empty, 6)
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("1", "1", "3", "2", "w", "1", "1", "1")
        assert stages(story, ids) == [
            Stage.BACKLOG, Stage.BACKLOG, Stage.DECLINED, Stage.INBOX, Stage.BACKLOG, Stage.BACKLOG,
        ]  # fmt: skip
        assert story.item(3).decline_reason == empty.settings.triage.reasons[1]


async def test_other_digits_do_not_leave(empty: Workspace) -> None:
    """A finger that slips from 3 to 4 would end the sitting on the Planner."""
    fill(empty, 2)
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("4")
        assert story.area.AREA == "triage"
        assert "1, 2 and 3 decide here" in story.text


async def test_a_deadline_is_told_from_an_age(empty: Workspace) -> None:
    """`in 9 d` beside `8 d` of age would say nothing."""
    improvements.add(
        empty.store, ImprovementDraft("Slow", severity=Severity.HIGH), now=NOW - timedelta(days=5)
    )
    async with story_of(empty, "triage", (80, 24), "") as story:
        assert "due in 9 d" in story.text


async def test_the_twin_comes_first(empty: Workspace) -> None:
    """R5: the repeat would have to be searched for, or become a twin."""
    first, second = fill(empty, 2)
    async with story_of(empty, "triage", (80, 24), "") as story:
        assert f"like      {second}" in story.text
        await story.press("2", "1")
        assert story.app.desk.improvement(first).merged_into == second
        assert story.app.desk.improvement(second).seen == 2


async def test_a_duplicate_is_found_by_typing(empty: Workspace) -> None:
    """Digits and words in the picker would get in each other's way."""
    ids = fill(empty, 4)
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("2")
        await story.type("linter 1")
        await story.press("backspace", "backspace", "enter")
        assert story.app.desk.improvement(ids[0]).merged_into == ids[3]


async def test_a_reason_and_a_day_may_be_typed(empty: Workspace) -> None:
    """Six stock reasons do not say everything."""
    first, second, third = fill(empty, 3)
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("3", "e")
        await story.type("we leave it")
        await story.press("enter")
        assert story.app.desk.improvement(first).decline_reason == "we leave it"
        await story.press("w", "e")
        await story.type("3d")
        await story.press("enter")
        until = (NOW + timedelta(days=3)).date()
        assert story.app.desk.improvement(second).snoozed_until == until
        await story.press("w", "e")
        await story.type("never")
        await story.press("enter")
        assert "is no day" in story.text
        await story.press("3", "e", "enter", "escape", "3", "escape")
        assert story.app.desk.improvement(third).stage is Stage.INBOX


async def test_undo_brings_the_item_back_under_the_cursor(empty: Workspace) -> None:
    """A slip of the finger would have to be searched for."""
    ids = fill(empty, 4)
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("1", "j", "3", "1")
        assert "2 done" in story.text
        await story.press("u")
        assert story.area.rows.current == ids[2]
        assert "1 done" in story.text
        assert not load_decisions(empty.store)
        await story.press("u")
        assert story.area.rows.current == ids[0]


async def test_an_old_decision_stands_beside_the_item(empty: Workspace) -> None:
    """R20: what was declined once would be accepted the next time."""
    (old,) = fill(empty, 1)
    improvements.decline(empty.store, [old], "costs more than it saves", now=NOW)
    draft = ImprovementDraft("Start the database container in the test fixture")
    improvements.add(empty.store, draft, now=NOW)
    async with story_of(empty, "triage", (80, 24), "") as story:
        assert "DEC-001" in story.text
        assert "costs more than it" in story.text


async def test_what_burns_comes_first(empty: Workspace) -> None:
    """R12, R19: a critical capture would wait behind ideas."""
    fill(empty, 3)
    hot = ImprovementDraft("Production is down", severity=Severity.CRITICAL)
    improvements.add(empty.store, hot, now=NOW - timedelta(days=5))
    async with story_of(empty, "triage", (120, 36), "") as story:
        assert story.area.current_item().title == "Production is down"
        assert "3 d overdue" in story.text
        assert "1 critical · 1 overdue · 1 late" in story.text
        assert "beyond 48 hours" in story.text


async def test_marked_items_are_decided_together(empty: Workspace) -> None:
    """Ten captures of one bad afternoon would take ten decisions."""
    ids = fill(empty, 5)
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("space", "space", "3", "4")
        assert stages(story, ids).count(Stage.DECLINED) == 2
        await story.press("u")
        assert stages(story, ids).count(Stage.INBOX) == 5


async def test_scores_may_be_set_on_the_way(empty: Workspace) -> None:
    """A digit after I or E would accept or decline instead of scoring."""
    (first,) = fill(empty, 1)
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("I", "3", "E", "2", "1")
        item = story.app.desk.improvement(first)
        assert (item.impact, item.effort, item.stage) == (3, 2, Stage.BACKLOG)


async def test_the_place_and_the_time_survive(empty: Workspace) -> None:
    """A crash in the middle would begin the inbox and its clock anew."""
    ids = fill(empty, 5)
    moment = [NOW]
    empty.context = replace(empty.context, clock=lambda: moment[0])
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("1", "j", "j", "1")
        place = story.area.rows.current
        assert place in ids
        kept = empty.drafts.load("triage")  # what a killed process leaves behind
    assert kept is not None
    moment[0] = NOW + timedelta(minutes=50)
    async with story_of(empty, "triage", (80, 24), "") as story:
        assert story.area.rows.current == place
        assert "2 done" in story.text
        assert "50 of 45 min" in story.text
    moment[0] = NOW + timedelta(hours=5)
    async with story_of(empty, "triage", (80, 24), "") as story:
        assert "0 of 45 min" in story.text


async def test_the_clock_tells_once_when_it_is_over(empty: Workspace) -> None:
    """The soft limit would pass unseen, or nag."""
    fill(empty, 2)
    moment = [NOW]
    empty.context = replace(empty.context, clock=lambda: moment[0])
    async with story_of(empty, "triage", (80, 24), "") as story:
        moment[0] = NOW + timedelta(minutes=46)
        story.area._tick()
        await story.settle()
        assert "45 minutes are over" in story.text
        story.app.clear_notifications()
        story.area._tick()
        await story.settle()
        assert "45 minutes are over" not in story.text


async def test_an_empty_inbox_says_so_in_one_line(empty: Workspace) -> None:
    """An empty screen would look broken; keys on it would crash."""
    async with story_of(empty, "triage", (80, 24), "") as story:
        assert "The inbox is empty." in story.text
        await story.press("1", "2", "3", "w", "j", "z", "space", "I", "5")
        assert "The inbox is empty." in story.text


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_the_way_in_and_out(key: str, opened: Opener) -> None:
    """Triage would be a dead end, or quit the program."""
    async with opened("backlog") as story:
        await story.press("g", "i")
        assert story.area.AREA == "triage"
        await story.press(key)
        assert story.area.AREA == "backlog"
        await story.press("g", "i", "g", "p")
        assert story.area.AREA == "planner"


async def test_quick_add_and_form_show_the_old_decision(empty: Workspace) -> None:
    """R20: what was declined once would be captured again without a word."""
    (old,) = fill(empty, 1)
    improvements.decline(empty.store, [old], "costs more than it saves", now=NOW)
    async with story_of(empty, "backlog", (80, 24), "") as story:
        await story.press("a")
        await story.type("Start database container in test fixtures")
        assert "declined DEC-001" in story.text
        assert "costs more" in story.text
        await story.press("escape", "A")
        await story.type("Start database container in test fixtures")
        assert "declined DEC-001" in story.text


async def test_the_backlog_raises_what_is_critical_and_late(empty: Workspace) -> None:
    """R22: what is critical and overdue would stand where its score puts it."""
    good = ImprovementDraft("Best score", impact=10, effort=1)
    hot = ImprovementDraft("Leaking tokens", severity=Severity.CRITICAL, impact=2, effort=9)
    for draft in (good, hot):
        improvements.add(empty.store, draft, now=NOW - timedelta(days=4))
    async with story_of(empty, "backlog", (150, 40), "") as story:
        assert story.area.rows.ids == ["IMP-2026-002", "IMP-2026-001"]
        assert "2 d overdue" in story.text
        await story.press("O")
        assert story.area.rows.ids[-1] == "IMP-2026-001"


async def test_a_place_that_cannot_be_kept_stops_nothing(empty: Workspace) -> None:
    """A damaged draft would keep the inbox from opening, or from being decided on."""
    (first,) = fill(empty, 1)
    (empty.paths.drafts / "triage.json").mkdir(parents=True)
    async with story_of(empty, "triage", (80, 24), "") as story:
        await story.press("1")
        assert story.app.desk.improvement(first).stage is Stage.BACKLOG
        assert "The inbox is empty: 1 decided." in story.text


async def test_an_empty_inbox_says_the_next_key(empty: Workspace) -> None:
    """Digits would do nothing without a word, and the footer would name keys of no use."""
    async with story_of(empty, "triage", (80, 24), "") as story:
        assert "esc  to the Backlog" in story.text
        assert "effort" not in story.text
        for key in ("1", "2", "3", "w"):
            await story.press(key)
            assert "Nothing waits to be decided" in story.text
        await story.press("a")
        await story.type("Cache the wheels")
        await story.press("enter")
        assert "1 waiting" in story.text
        assert "effort" in story.text
