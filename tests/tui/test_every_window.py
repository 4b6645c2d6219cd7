"""Every screen and dialog over hostile logs and records: inert text, and clicks that do nothing."""

from __future__ import annotations

import pkgutil
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
from tests.end_to_end.hostile_home import HostileHome
from tests.hostile import SHORT, assert_inert
from tests.tui.story import Story, story_of
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

import hansei_tui.modals
import hansei_tui.screens
from hansei_core.improvement import EvidenceLink
from hansei_core.record import CheckItem
from hansei_core.retro import ImprovementDraft
from hansei_core.themes.agent_rules import AgentRule
from hansei_core.vocabulary import Stage
from hansei_tui.desk import Desk
from hansei_tui.keys import PLACES
from hansei_tui.modals.checklist import ChecklistDialog
from hansei_tui.modals.choice import DigitMenu
from hansei_tui.modals.dial import DialDialog
from hansei_tui.modals.evidence import EvidenceDialog
from hansei_tui.modals.form import AddForm
from hansei_tui.modals.parts import PartsDialog
from hansei_tui.modals.picker import Choices, Picker
from hansei_tui.modals.prompt import Feedback, Prompt, Question
from hansei_tui.modals.proposal import ProposalDialog
from hansei_tui.modals.reading import ReadingDialog
from hansei_tui.modals.rule import RuleDialog
from hansei_tui.screens.backlog import BacklogScreen
from hansei_tui.screens.planner import PlannerScreen
from hansei_tui.screens.retro import RetroScreen
from hansei_tui.screens.ritual import RitualScreen
from hansei_tui.screens.themes import ThemesScreen
from hansei_tui.screens.triage import TriageScreen
from hansei_tui.text import ControlGuard, plain, tell
from hansei_tui.theme_rules import RuleChange
from hansei_tui.widgets.line_list import Column
from hansei_tui.workspace import Workspace

TEXTS: Final[list[str]] = [text for case in SHORT if (text := str(case.values[0])).strip()]
BUNCHES: Final = ["\n".join(TEXTS[start::2]) for start in range(2)]
"""All hostile strings in a few texts, so that each dialog is opened a few times only."""
AREAS: Final[dict[type[Screen[Any]], str]] = {
    RetroScreen: "retro",
    ThemesScreen: "themes",
    BacklogScreen: "backlog",
    PlannerScreen: "planner",
    RitualScreen: "ritual",
    TriageScreen: "triage",
}


def _picker(_: Desk, text: str) -> Screen[Any]:
    rows = dict(enumerate([text, *TEXTS]))
    ids = [str(number) for number in rows]
    columns = (Column(text, text, 0), Column("b", text, 20, need=60))
    choices = Choices(
        columns, ids, lambda row: (rows[int(row)], (rows[int(row)], "quiet")), str, text,
        headings=True,
    )  # fmt: skip
    return Picker(text, choices, numbered=5)


def _form(desk: Desk, text: str) -> Screen[Any]:
    draft = ImprovementDraft(
        title=text,
        reason=text,
        tags=(text,),
        project=text,
        impact_reason=text,
        current_state=text,
        proposed_change=text,
        theme_id=text,
        evidence=(EvidenceLink(text, text, text, text, 1, text),),
    )
    return AddForm(desk, draft)


def _prompt(_: Desk, text: str) -> Screen[Any]:
    return Prompt(
        text, text, check=lambda typed: Feedback(plain(typed + text), wrong=True), placeholder=text
    )


DIALOGS: Final[dict[type[Screen[Any]], Callable[[Desk, str], Screen[Any]]]] = {
    AddForm: _form,
    ChecklistDialog: lambda _, text: ChecklistDialog(
        text,
        {Stage.ANALYSIS: [CheckItem(Stage.ANALYSIS, one) for one in (text, *TEXTS)]},
        Stage.ANALYSIS,
    ),
    DialDialog: lambda desk, _: DialDialog(desk),
    DigitMenu: lambda _, text: DigitMenu(text, [text, *TEXTS]),
    EvidenceDialog: lambda _, text: EvidenceDialog(text, text, [(text, one) for one in TEXTS], 3),
    PartsDialog: lambda _, text: PartsDialog(text, text, "".join, text),
    Picker: _picker,
    ProposalDialog: lambda _, text: ProposalDialog(text, plain(text)),
    ReadingDialog: lambda _, text: ReadingDialog(text, plain(text)),
    Prompt: _prompt,
    Question: lambda _, text: Question(text, text),
    RuleDialog: lambda _, text: RuleDialog(
        text, RuleChange(AgentRule(text, False), text, text, True, "\n".join(TEXTS))
    ),
}


@pytest.fixture
def hostile(hostile_home: HostileHome, tmp_path: Path) -> Iterator[Workspace]:
    """Return a workspace on the hostile logs and a copy of the hostile store."""
    own = tmp_path / "hansei"
    shutil.copytree(hostile_home.folder / "hansei", own)
    workspace = hostile_home.open(own)
    yield workspace
    workspace.close()


def windows() -> set[type[Screen[Any]]]:
    """Return every screen and dialog that is shown as it is, not only as a base of others."""
    for package in (hansei_tui.screens, hansei_tui.modals):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(found.name)
    every: set[type[Screen[Any]]] = set()
    waiting: list[type[Screen[Any]]] = [Screen]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith(("hansei_tui.screens", "hansei_tui.modals")):
                every.add(one)
    return {one for one in every if not any(other in every for other in one.__subclasses__())}


def test_every_window_is_shown_here() -> None:
    """A new screen or dialog would be one that nobody has attacked."""
    assert windows() == {*AREAS, *DIALOGS}
    assert set(AREAS.values()) == set(PLACES)


async def click_on(story: Story, word: str) -> None:
    """Click on every place where a word stands; nothing may come of it but a moved cursor."""
    for y, line in enumerate(story.text.split("\n")):
        x = line.find(word)
        if 0 <= x < 78 and y < 24:
            await story.pilot.click(offset=(x + 1, y))
            await story.pilot.pause()
            assert story.app.is_running
            assert story.app._exit is False
            assert_inert(story.text)


@pytest.mark.parametrize("start", sorted(AREAS.values()))
async def test_area_over_hostile_logs(start: str, hostile: Workspace) -> None:
    """A title, a path or a theme of a log would crash a screen, run an action, or leak codes."""
    async with story_of(hostile, start, (80, 24), "") as story:
        assert type(story.app.screen) in AREAS
        for key in ("j", "j", "z", "G", "k", "enter", "j", "enter", "escape", "escape"):
            await story.press(key)
            assert_inert(story.text)
        await click_on(story, "@click")
        tell(story.app, "\n".join(TEXTS[:14]), "error")
        await story.settle()
        assert_inert(story.text)
        await click_on(story, "@click")


@pytest.mark.parametrize("kind", sorted(DIALOGS, key=str))
async def test_dialog_with_hostile_text(kind: type[Screen[Any]], empty: Workspace) -> None:
    """A dialog's heading, text, field or row would crash the app, run an action, or leak codes."""
    async with story_of(empty, "backlog", (80, 24), "") as story:
        for text in (*BUNCHES, "[@click=app.quit]x[/]", "[/]"):
            await story.app.push_screen(DIALOGS[kind](story.app.desk, text))
            await story.pilot.pause()
            assert type(story.app.screen) is kind
            assert_inert(story.text)
            if "@click" in text:
                await click_on(story, "@click")
            if type(story.app.screen) is kind:
                await story.pilot.press("escape")
            await story.pilot.pause()


async def test_tooltips_are_inert(empty: Workspace) -> None:
    """A tooltip is off in most tests, and reads markup where it is given a string."""
    async with story_of(empty, "backlog", (80, 24), "") as story:
        for widget in story.app.screen.walk_children():
            assert not isinstance(widget.tooltip, str) or "[" not in widget.tooltip
        for text in TEXTS[:12]:
            story.area.tooltip = plain(text)
        await story.pilot.hover(offset=(10, 10))
        await story.settle()
        assert_inert(story.text)


class _Careless(Screen[None]):
    """What a screen must not be: a log's text as it is."""

    def compose(self) -> ComposeResult:
        """Show it."""
        yield Static(Content("before \x9b2J after"))


async def test_leak_is_seen(empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that looks at the wrong place would pass whatever a screen shows."""
    async with story_of(empty, "backlog", (80, 24), "") as story:
        await story.app.push_screen(_Careless())
        await story.pilot.pause()
        assert_inert(story.text)  # the guard before the terminal holds
        monkeypatch.setattr(ControlGuard, "apply", lambda _, segments, __: segments)
        story.app.screen.query_one(Static).update(Content("again \x9b2J after"))
        await story.pilot.pause()
        with pytest.raises(AssertionError, match="control character"):
            assert_inert(story.text)
