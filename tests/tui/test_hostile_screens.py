"""Hostile text on every screen and in every dialog: nothing the terminal obeys, no crash."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.segment import Segment
from tests.hostile import SHORT, STRINGS, assert_inert
from tests.tui.story import NOW, Opener, Story
from textual.color import Color
from textual.widgets import Input, TextArea

from hansei_core.errors import HanseiError
from hansei_core.retro import ImprovementDraft, RetroDraft
from hansei_core.verbs import improvements, theme_model
from hansei_core.verbs.drafts import keep_draft
from hansei_tui.demo.build import demo_environ
from hansei_tui.keys import ACTIONS, PLACES, Action
from hansei_tui.text import ControlGuard, assemble, fit, one_line, plain, wrap
from hansei_tui.workspace import Workspace, open_workspace

TEXTS = [text for text in STRINGS.values() if 0 < len(text) < 10_000]
_LEAVES = {"app.quit", "app.back"}


def fill_with_hostility(workspace: Workspace) -> None:
    """Let every text that a user can type be hostile, in every field that is shown."""
    store = workspace.store
    added: list[str] = []
    for number, text in enumerate(TEXTS):
        draft = ImprovementDraft(
            title=text,
            impact=number % 10 + 1,
            effort=number % 7 + 1,
            project=text,
            current_state=text,
            proposed_change=text,
            impact_reason=text,
        )
        with contextlib.suppress(HanseiError):  # a title of blanks is refused
            added.append(improvements.add(store, draft, now=NOW).value.id)
    assert len(added) > 50
    for row, text in zip(added, TEXTS, strict=False):
        with contextlib.suppress(HanseiError):
            improvements.note(store, row, text, now=NOW)
    for theme, text in zip(theme_model.load_themes(store).themes, TEXTS, strict=False):
        with contextlib.suppress(HanseiError):
            theme_model.rename(store, theme.id, text, now=NOW)


@pytest.fixture(scope="session")
def hostile_folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a copy of the demo's store once; writing it takes longer than reading it."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(demo_folder / "hansei", folder / "hansei")
    environ = {**demo_environ({}, demo_folder), "HANSEI_HOME": str(folder / "hansei")}
    workspace = open_workspace(environ, lambda: NOW, demo_folder)
    fill_with_hostility(workspace)
    workspace.close()
    return folder


@pytest.fixture
def hostile(hostile_folder: Path, demo_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    """Return a workspace whose every typed text is hostile."""
    own = tmp_path / "hostile"
    shutil.copytree(hostile_folder / "hansei", own)
    environ = {**demo_environ({}, demo_folder), "HANSEI_HOME": str(own)}
    workspace = open_workspace(environ, lambda: NOW, demo_folder)
    yield workspace
    workspace.close()


async def check(story: Story, *keys: str) -> None:
    """Press keys one by one and look at what the terminal got after each."""
    for key in keys:
        await story.pilot.press(key)
        await story.pilot.pause()
        assert_inert(story.text)


@pytest.mark.parametrize("screen", PLACES)
async def test_screens_show_hostile_records(
    screen: str, hostile: Workspace, opened: Opener
) -> None:
    """A record with markup or escape codes must neither crash a screen nor reach the terminal."""
    async with opened(screen, size=(120, 36), workspace=hostile) as story:
        assert_inert(story.text)
        await check(story, *["j"] * (len(TEXTS) if screen == "backlog" else 20))
        await check(story, "z", "k", "z")


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.id not in _LEAVES], ids=lambda a: a.id)
async def test_every_action_bears_hostile_records(
    action: Action, hostile: Workspace, opened: Opener
) -> None:
    """Each action of the registry must survive hostile records, with every dialog it opens."""
    for screen in ("backlog",) if {"app", "list"} & set(action.where) else action.where:
        async with opened(screen, workspace=hostile) as story:
            await check(story, "j", "j")
            digit = 3 if "#" in "".join(action.keys) else None
            story.app.run_registered(action, digit)
            await story.settle()
            assert_inert(story.text)
            await check(story, "down", "escape", "escape")


async def test_retro_shows_a_hostile_draft(full: Workspace, opened: Opener) -> None:
    """Text fields hold raw text; what they draw must be inert all the same."""
    async with opened("retro") as story:
        session = story.area.session
    for text in TEXTS:
        draft = RetroDraft(session.id, slowed=text, broke=text, better=text)
        draft = replace(draft, improvements=(ImprovementDraft(title=text),))
        with contextlib.suppress(HanseiError):
            keep_draft(full.drafts, draft, now=NOW)
    async with opened("retro", size=(120, 36)) as story:
        for text in TEXTS:
            story.area.query_one("#slowed", TextArea).text = text
            story.area.query(Input).first().value = text.replace("\n", " ")
            await story.pilot.pause()
            assert_inert(story.text)


async def test_toasts_are_plain(opened: Opener) -> None:
    """An error that quotes a hostile title must be readable, not obeyed."""
    async with opened() as story:
        for text in TEXTS:
            story.area.say(text)
            story.area.fail(HanseiError(text, text))
            await story.pilot.pause()
            assert_inert(story.text)
            story.app.clear_notifications()  # else the later ones find no room


@pytest.mark.parametrize("text", SHORT)
def test_builders_of_text_are_inert(text: str) -> None:
    """Every way from text to content must clean it and read nothing as markup."""
    for content in (plain(text), one_line(text), assemble(text, (text, "bold"))):
        assert_inert(content.plain)
    assert_inert(fit(text, 30))
    for line in wrap(text, 30):
        assert_inert(line)


@pytest.mark.parametrize("text", SHORT)
def test_guard_lets_no_control_through(text: str) -> None:
    """The last defence must hold where a widget forgot to clean."""
    guarded = ControlGuard().apply([Segment(text.replace("\n", " "))], Color(0, 0, 0))
    shown = "".join(segment.text for segment in guarded)
    assert all(ord(char) >= 0x20 and not 0x7F <= ord(char) <= 0x9F for char in shown)
    assert not any(char in shown for char in "\u202e\u202d\u2066\u2067\u200f\u200e")


def test_guard_leaves_printable_text_alone() -> None:
    """The filter runs on every line of every frame: honest text must pass unchanged."""
    segments = [Segment("反省 hansei — 8 × 9 = 72 ▌")]
    assert ControlGuard().apply(segments, Color(0, 0, 0)) is segments
