"""Stories in the ritual: each question and its answers, breaks, crashes, the Planner's new keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.tui.story import Opener, Story, story_of
from textual.widgets import Input

from hansei_core.planning.ritual import Step
from hansei_core.planning.week import Week, WeekKind
from hansei_core.retro import ImprovementDraft, RetroDraft
from hansei_core.verbs import improvements, plans, rituals
from hansei_core.verbs.measure import load_measurements
from hansei_core.verbs.retros import save_retro
from hansei_core.vocabulary import Severity, Stage
from hansei_tui.demo.build import demo_environ
from hansei_tui.workspace import Workspace, open_workspace

FRIDAY = datetime(2026, 11, 13, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
WEEK = Week(2026, 47)


class Clock:
    """A clock that stands still until it is set."""

    now = FRIDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the test."""
    return Clock()


@pytest.fixture
def home(tmp_path: Path, clock: Clock) -> Iterator[Workspace]:
    """Return a home on a Monday: two promises, one done, a critical one late, inbox, a retro."""
    workspace = open_workspace(demo_environ({}, tmp_path), clock, tmp_path)
    store, usual = workspace.store, workspace.capacity
    for title, impact, effort, hours in (
        ("Pool", 8, 2, 4.0),
        ("Cache", 6, 3, 3.0),
        ("Done thing", 4, 2, 1.0),
        ("Unknown", None, None, None),
    ):
        draft = ImprovementDraft(title, impact=impact, effort=effort, hours=hours)
        improvements.add(store, draft, now=FRIDAY)
    leak = ImprovementDraft("Leak", severity=Severity.CRITICAL, impact=9, effort=2)
    improvements.add(store, leak, now=FRIDAY - timedelta(days=9))
    improvements.move(store, ["1", "2", "3", "5"], Stage.BACKLOG, now=FRIDAY)
    plans.take(store, WEEK.previous, ["1", "2", "3"], usual, now=FRIDAY)
    improvements.move(store, ["3"], Stage.DONE, now=FRIDAY, force=True)
    retro = RetroDraft("s-1", better="Refresh the token", none_because="no time")
    save_retro(store, retro, now=FRIDAY)
    clock.now = MONDAY
    yield workspace
    workspace.close()


def asked(story: Story) -> str:
    """Return the key of the question on screen."""
    task = story.area.asked
    return task.key if task else ""


async def test_review_asks_one_at_a_time(home: Workspace) -> None:
    """R48, R22: promises, what was not measured, what is critical and late, each with answers."""
    async with story_of(home, "ritual", (80, 24), "") as story:
        await story.press("n")
        assert asked(story) == "promise:IMP-2026-001"
        assert "4 h planned in week 46, not begun" in story.text
        await story.press("3")
        await story.type("one hours:1; two hours:2")
        await story.press("enter")
        assert asked(story) == "promise:IMP-2026-001"
        assert story.item(1).title == "one"
        await story.press("2")
        assert story.item(1).stage is Stage.DONE
        await story.press("6")
        await story.type("not needed")
        await story.press("enter")
        assert story.item(2).stage is Stage.DECLINED
        assert asked(story) == "unmeasured:IMP-2026-003"
        await story.press("1")
        await story.type("no numbers")
        await story.press("enter")
        assert "is no measurement" in story.text
        assert asked(story) == "unmeasured:IMP-2026-003"
        await story.press("2")
        assert asked(story) == "overdue:IMP-2026-005"
        await story.press("3")
        await story.type("1w")
        await story.press("enter")
        assert story.item(5).due == date(2026, 11, 23)
        assert asked(story) == ""
        await story.press("u")
        assert asked(story) == "overdue:IMP-2026-005"
        await story.press("1")
        assert "IMP-2026-005" in story.app.desk.plan(WEEK).ids


async def test_digits_that_are_no_answer_do_nothing(home: Workspace) -> None:
    """A sixth answer to a question with two would do something else, or go to another screen."""
    async with story_of(home, "ritual", (80, 24), "") as story:
        await story.press("n", "n")
        assert asked(story) == "retro:RET-001"
        before = story.store.seq
        await story.press("3", "4", "6")
        assert (asked(story), story.store.seq) == ("retro:RET-001", before)
        assert story.area.AREA == "ritual"


async def test_unscored_reaches_zero_without_the_mouse(home: Workspace) -> None:
    """R50: two keys a score, and the next one is there at once."""
    async with story_of(home, "ritual", (80, 24), "") as story:
        await story.press("n", "n", "n")
        assert asked(story) == "unscored:IMP-2026-004"
        await story.press("I", "7")
        assert "no effort yet" in story.text
        await story.press("E", "0")
        assert (story.item(4).impact, story.item(4).effort) == (7, 10)
        assert asked(story) == ""
        assert "Everything is scored" in story.text


async def test_the_ritual_goes_on_after_a_crash(home: Workspace, clock: Clock) -> None:
    """Whoever loses the terminal in the second step would begin with the first, or lose minutes."""
    async with story_of(home, "ritual", (80, 24), "") as story:
        await story.press("n", "1", "n")
        assert story.area.step is Step.CAPTURE
        clock.now += timedelta(minutes=4)
        await story.press("2")
        assert rituals.signs_of_life(story.store, story.app.desk.plan(WEEK).steps)
    clock.now += timedelta(hours=5)  # nobody stopped the clock
    async with story_of(home, "ritual", (80, 24), "") as story:
        assert story.area.step is Step.CAPTURE
        assert asked(story) == "inbox:IMP-2026-004"
        assert "capture 19/10 over" in story.text


async def test_steps_go_back_and_forth(home: Workspace) -> None:
    """`N` would lose its way before the first step or behind the last question."""
    async with story_of(home, "ritual", (80, 24), "") as story:
        await story.press("N")
        assert "Monday's page" in story.text
        await story.press("n", "n", "N")
        assert story.area.step is Step.REVIEW
        await story.press("N")
        assert "Monday's page" in story.text
        await story.press("n", "n", "n", "n")
        assert story.area.AREA == "planner"
        assert "▸ select" in story.text
        await story.press("N")
        assert (story.area.AREA, story.area.step) == ("ritual", Step.PRIORITISE)
        await story.press("q")
        assert story.area.AREA == "planner"


async def test_the_page_scrolls_by_keys(home: Workspace) -> None:
    """What is longer than the window could not be read without the mouse."""
    async with story_of(home, "ritual", (80, 16), "") as story:
        assert "Last week" in story.text
        await story.press("G")
        assert "Last week" not in story.text
        assert "40 minutes" in story.text
        await story.press("g", "g")
        assert "Last week" in story.text


async def test_the_command_opens_its_step(home: Workspace) -> None:
    """`hansei plan capture` would open the page, `hansei plan select` the questions."""
    from hansei_tui.app import HanseiApp

    for start, wanted in (("ritual", "capture"), ("planner", "select")):
        app = HanseiApp(home, start=start)
        app.ritual = wanted
        async with app.run_test(size=(80, 24)) as pilot:
            story = Story(app, pilot)
            await story.settle()
            assert f"▸ {wanted} 0/" in story.text


async def test_a_number_is_taken_on_the_planner(home: Workspace) -> None:
    """`M` on a row of the plan keeps metric, before and after."""
    plans.take(home.store, WEEK, ["1"], home.capacity, now=MONDAY)
    async with story_of(home, "planner", (80, 24), "") as story:
        assert story.area.rows.current == "IMP-2026-001"
        await story.press("M")
        await story.type("wait 40")
        assert "metric, before and after" in story.text
        await story.type(" 10 s")
        assert "wait 40 → 10 s" in story.text
        await story.press("enter")
        (found,) = load_measurements(story.store)
        assert found.said == "wait 40 → 10 s (−75 %)"


async def test_a_week_gets_its_own_capacity(home: Workspace) -> None:
    """R54, R57: a holiday is 32 h × 20 %, an innovation week is flagged; `usual` takes it back."""
    async with story_of(home, "planner", (80, 24), "") as story:
        await story.press("full_stop", "B")
        await story.type("holiday 32 Easter")
        assert "holiday week, 20 % of 32 h = 6.4 h" in story.text
        await story.press("enter")
        assert "holiday week: Easter" in story.text
        assert "of 6.4 h taken" in story.text
        await story.press("B")
        story.app.screen.query_one(Input).value = "innovation 30"
        await story.press("enter")
        assert story.app.desk.plan(WEEK.next).kind is WeekKind.INNOVATION
        await story.press("B")
        story.app.screen.query_one(Input).value = "usual"
        await story.press("enter")
        assert "20 % of 40 h = 8 h" in story.text
        await story.press("n")
        assert "The ritual plans this week" in story.text


async def test_the_value_is_shown_and_chosen(home: Workspace) -> None:
    """R51: what a proposal maximises is said, and `v` weighs by the other one."""
    async with story_of(home, "planner", (80, 24), "") as story:
        await story.press("P")
        assert "priority in" in story.text
        await story.press("v")
        assert "impact in" in story.text
        assert "what your estimated hour really takes" in " ".join(story.text.split())
        await story.press("escape", "P")
        assert "impact in" in story.text


async def test_a_plan_of_the_past_is_shown_without_blame(home: Workspace) -> None:
    """An earlier week would propose things, or count what was missed."""
    async with story_of(home, "planner", (80, 24), "") as story:
        await story.press("comma")
        assert "1 of 3 improvements finished" in story.text
        assert "hansei proposes" not in story.text
        await story.press("comma")
        assert "This week was not planned; that happens." in story.text


async def test_another_screen_does_not_stop_the_ritual(home: Workspace) -> None:
    """Looking something up in the backlog would count as a break, or lose the place."""
    async with story_of(home, "ritual", (80, 24), "") as story:
        await story.press("n", "g", "b")
        assert story.area.AREA == "backlog"
        await story.press("4", "n")
        assert (story.area.AREA, story.area.step) == ("ritual", Step.REVIEW)
        assert "a break" not in story.text


async def test_wide_windows_show_question_and_list_side_by_side(home: Workspace) -> None:
    """At 160 × 50 half the window would stay empty; the signs are told in full."""
    async with story_of(home, "ritual", (160, 50), "") as story:
        await story.press("n")
        first = next(row for row in story.text.split("\n") if "open promise" in row)
        assert "Pool" in first
        await story.press("escape")
        assert "what is done is measured" in story.text
        assert "12 weeks from week 36" in story.text


async def test_monday_is_told_once_beside_other_screens(home: Workspace, clock: Clock) -> None:
    """R47: the toast would come at every start, or on the Planner which shows it anyway."""
    async with story_of(home, "backlog", (80, 24), "") as story:
        assert "ritual is due" in " ".join(story.text.split())
    async with story_of(home, "backlog", (80, 24), "") as story:
        assert "ritual is due" not in story.text
    clock.now = MONDAY + timedelta(days=1)
    async with story_of(home, "backlog", (80, 24), "") as story:
        assert "ritual is due" not in story.text


async def test_a_suggested_score_is_confirmed_by_one_key(home: Workspace) -> None:
    """What hansei proposed would count as the user's word without being asked."""
    store = home.store
    offered = ImprovementDraft("Offered", impact=5, effort=2, suggested=True)
    name = improvements.add(store, offered, now=FRIDAY).value.id
    improvements.add(store, replace(offered, suggested=False), now=FRIDAY)
    improvements.score(store, ["4"], now=FRIDAY, impact=3, effort=3)
    async with story_of(home, "ritual", (80, 24), "") as story:
        await story.press("n", "n", "n")
        assert asked(story) == f"changed:{name}"
        assert "impact and effort suggested, not confirmed" in story.text
        await story.press("1")
        assert asked(story) == ""
        assert story.app.desk.improvement(name).suggested == ()


async def test_steps_are_fitted_to_the_width_at_once(opened: Opener) -> None:
    """A sum would be cut in half, or its question be missing, until the clock ticks again."""
    async with opened("ritual", (120, 30)) as story:
        await story.press("n")
        assert "8 h + 40 min = 21.7 %" in story.text
        assert "What did last week promise" in story.text
        await story.pilot.resize_terminal(60, 20)
        await story.settle()
        assert "select 5  40 min" in story.text
        assert "What did last week promise" not in story.text
        assert "…" not in story.text.split("\n")[2]


async def test_the_two_figures_of_the_week_explain_each_other(opened: Opener) -> None:
    """20 % beside 21.7 % would be a riddle: both say what they are of, spelled alike."""
    async with opened("planner") as story:
        assert "20 % of 40 h = 8 h" in story.text
        assert "8 h + 40 min = 21.7 %" in story.text
        await story.pilot.resize_terminal(60, 20)
        await story.settle()
        assert "…" not in story.text.split("\n")[3]
