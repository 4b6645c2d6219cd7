"""Learning themes beside the Themes screen: its steps, its end by esc, and its loss."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event, get_ident
from typing import Any

import pytest
from tests.tui.story import Opener, Story

from hansei_core.errors import HanseiError
from hansei_core.themes import worker
from hansei_core.themes.model import Update
from hansei_core.themes.worker import LearningStoppedError, Task
from hansei_core.verbs.theme_model import load_themes
from hansei_tui.theme_learning import Watch, learned, words_of
from hansei_tui.widgets.bars import KeyBar, TopBar
from hansei_tui.workspace import Workspace


class Held:
    """Learning that says one step and then waits until it is let go or stopped."""

    def __init__(self) -> None:
        self.begun, self.go_on = Event(), Event()
        self.runs = 0
        self.error: HanseiError | None = None
        self.threads: set[int] = set()

    def __call__(self, task: Task, *, tell: Any, should_stop: Any) -> Update:
        """Stand in for `worker.here`."""
        self.runs += 1
        self.threads.add(get_ident())
        tell("grouping texts", 0.35)
        self.begun.set()
        while not self.go_on.wait(0.01):
            if should_stop():
                raise LearningStoppedError("Learning themes was stopped", "r looks again.")
        if self.error is not None:
            raise self.error
        return worker._learned(task, tell)


async def _until(story: Story, event: Event) -> None:
    while not event.is_set():
        await story.pilot.pause()


async def _settle(story: Story) -> None:
    while story.area._learning:
        await story.pilot.pause()
    await story.settle()


async def test_the_steps_are_shown_and_esc_stops(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long look would seem to hang, and could only be left by leaving hansei."""
    async with opened("themes") as story:
        shown, names = story.area.rows.ids, load_themes(story.app.workspace.store)
        held = Held()
        monkeypatch.setattr(worker, "here", held)
        story.area.refresh_data()
        await _until(story, held.begun)
        await story.pilot.pause()
        assert story.area.query_one(TopBar).status.startswith("grouping texts, 35 %")
        assert ("esc", "stop learning") in story.area.query_one(KeyBar).entries
        await story.pilot.press("j", "full_stop", "comma")
        assert held.runs == 1
        await story.pilot.press("escape")
        await _settle(story)
        assert story.area.rows.ids == shown
        assert "grouping" not in story.area.query_one(TopBar).status
        assert load_themes(story.app.workspace.store) == names
        assert get_ident() not in held.threads


async def test_what_is_asked_meanwhile_is_shown_in_the_end(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window chosen while themes are learned would be forgotten."""
    async with opened("themes") as story:
        held = Held()
        monkeypatch.setattr(worker, "here", held)
        story.area.refresh_data()
        await _until(story, held.begun)
        await story.pilot.press("full_stop", "full_stop")
        held.go_on.set()
        await _settle(story)
        assert held.runs == 1
        assert "all time" in story.text


async def test_a_lost_worker_leaves_the_themes_on_the_screen(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list would be empty because the system ran short of memory."""
    async with opened("themes") as story:
        shown = story.area.rows.ids
        held = Held()
        held.error = HanseiError("Themes could not be learned: it was ended", "press r")
        held.go_on.set()
        monkeypatch.setattr(worker, "here", held)
        story.area.refresh_data()
        await _until(story, held.begun)
        await _settle(story)
        assert story.area.rows.ids == shown
        assert "could not be learned" in story.text


def test_only_much_that_is_new_is_worth_a_process(
    full: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every look at the screen would start a process, or a large one would hold the screen."""
    ways: list[str] = []

    def way(name: str, here: Any) -> Any:
        def go(task: Task, *, tell: Any, should_stop: Any) -> Update:
            ways.append(name)
            found: Update = here(task, tell=tell, should_stop=should_stop)
            return found

        return go

    monkeypatch.setattr(worker, "in_process", way("process", worker.here))
    monkeypatch.setattr(worker, "here", way("thread", worker.here))
    full.scan()
    documents: Sequence[Any] = full.documents()
    learned(full, documents, Watch())
    monkeypatch.setattr(worker, "WORTH_A_PROCESS", 3)
    learned(full, documents, Watch())
    learned(full, documents[:-1], Watch())
    assert ways == ["thread", "thread", "process"]


def test_a_step_reads_as_words() -> None:
    """A share of 0.35 would say nothing to anybody."""
    assert words_of("grouping texts", 0.354) == "grouping texts, 35 %"
