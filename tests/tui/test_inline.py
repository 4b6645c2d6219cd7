"""Stories of the retro under the prompt: keys, twins, reasons, drafts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from tests.hostile import STRINGS
from tests.tui.story import NOW
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hansei_core.retro import ImprovementDraft, RetroDraft
from hansei_core.tables import RETROS
from hansei_core.verbs import improvements
from hansei_core.verbs.drafts import load_drafts
from hansei_core.verbs.records import load_improvements
from hansei_core.vocabulary import Stage
from hansei_tui.inline import sheet
from hansei_tui.inline.app import InlineRetro, Outcome
from hansei_tui.inline.entries import Entries
from hansei_tui.workspace import Workspace


class Inline:
    """A running inline retro."""

    def __init__(self, app: InlineRetro, pilot: Pilot[Outcome]) -> None:
        self.app: Any = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def line(self) -> str:
        """What stands in the line."""
        return str(self.app.query_one("#line", Input).value)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        names = {" ": "space"}
        await self.press(*(names.get(char, char) for char in text))

    def titles(self) -> list[str]:
        items = load_improvements(self.app.workspace.store).items.values()
        return [item.title for item in items]

    def retros(self) -> list[dict[str, Any]]:
        return list(self.app.workspace.store.all(RETROS).values())


class Opened:
    """Opens the inline retro on a session of the demo."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def __call__(
        self, size: tuple[int, int] = (80, 24), place: int = 0
    ) -> AbstractAsyncContextManager[Inline]:
        return self._run(size, place)

    @asynccontextmanager
    async def _run(self, size: tuple[int, int], place: int) -> AsyncIterator[Inline]:
        session = self.workspace.unreviewed()[place].session
        app = InlineRetro(self.workspace, session)
        async with app.run_test(size=size) as pilot:
            inline = Inline(app, pilot)
            await inline.pilot.pause()
            yield inline


@pytest.fixture
def inline(full: Workspace) -> Opened:
    """Return what opens the inline retro on the demo."""
    return Opened(full)


async def test_a_digit_takes_and_puts_back(inline: Opened) -> None:
    """A wrong digit could not be taken back."""
    async with inline() as story:
        assert isinstance(story.app.focused, Entries)
        await story.press("1")
        assert story.app._draft.improvements[0].taken
        await story.press("1")
        assert not story.app._draft.improvements[0].taken


async def test_two_keys_save(inline: Opened) -> None:
    """The shortest retro would not be short."""
    async with inline() as story:
        before, offer = story.titles(), story.app._draft.improvements[0]
        assert offer.same_as
        await story.press("1", "ctrl+s")
        assert story.app.return_value.ending == "saved"
        assert story.titles() == before
        assert story.retros()[-1]["improvement_ids"] == [offer.same_as]
        assert story.retros()[-1]["session_id"] == story.app.session.id


async def test_an_offer_that_is_taken_belongs_to_its_theme(inline: Opened) -> None:
    """An improvement from a retro could never be measured against the theme it is meant to end."""
    themes = set(inline.workspace.theme_names())
    assert themes
    owed = inline.workspace.unreviewed()
    linked = 0
    for place in range(len(owed)):
        async with inline(place=place) as story:
            offers = story.app._draft.improvements
            linked += sum(item.theme_id in themes for item in offers)
    assert linked > 0


async def test_typing_begins_a_line_and_digits_are_text_in_it(inline: Opened) -> None:
    """The second word of an improvement would take suggestions."""
    async with inline() as story:
        await story.type("Add 2 retries")
        assert story.line == "Add 2 retries"
        assert not any(item.taken for item in story.app._draft.improvements)


async def test_enter_adds_the_line_and_a_digit_gives_it_back(inline: Opened) -> None:
    """A typed entry with a mistake would have to be typed again."""
    async with inline() as story:
        await story.type("Seed the database")
        await story.press("enter")
        assert story.line == ""
        place = len(story.app._draft.improvements)
        assert "Seed the database" in story.text
        story.app.query_one(Entries).focus()
        await story.pilot.pause()
        await story.press(str(place))
        assert story.line == "Seed the database"
        assert len(story.app._draft.improvements) == place - 1


async def test_a_mistake_in_the_line_is_named_and_nothing_is_saved(inline: Opened) -> None:
    """An impact of 11 would be lost or stored."""
    async with inline() as story:
        before = len(story.retros())
        await story.type("Too much impact:11")
        await story.press("ctrl+s")
        assert "impact" in story.text
        assert story.app.return_value is None
        assert len(story.retros()) == before
        assert story.line == "Too much impact:11"


async def test_a_twin_is_linked(inline: Opened) -> None:
    """A repeat would add a twin instead of counting."""
    async with inline() as story:
        twin = next(iter(load_improvements(story.app.workspace.store).items.values()))
        before = len(story.titles())
        await story.type(twin.title)
        assert f"like {twin.id}" in story.text
        await story.press("ctrl+l", "ctrl+s")
        items = load_improvements(story.app.workspace.store).items
        assert len(items) == before
        assert items[twin.id].seen == twin.seen + 1


async def test_an_old_decision_against_an_idea_is_shown(inline: Opened) -> None:
    """The same idea would be written down and declined again, for the same reason."""
    store = inline.workspace.store
    item = improvements.add(store, ImprovementDraft(title="Vendor the lock file"), now=NOW).value
    improvements.move(
        store, [item.id], Stage.DECLINED, now=NOW, reason="it hides updates", force=True
    )
    async with inline() as story:
        await story.type("Vendor the lock file")
        assert "was declined: it hides updates" in story.text
        await story.press("ctrl+s")
        assert story.app.return_value.ending == "saved"  # a hint, not a ban


async def test_none_needs_a_reason(inline: Opened) -> None:
    """A retro without an improvement would be saved silently."""
    async with inline() as story:
        before = len(story.retros())
        await story.press("ctrl+s")
        assert "Type why" in story.text
        await story.press("ctrl+s")
        assert len(story.retros()) == before
        await story.type("2 small fixes")
        await story.press("enter")
        assert story.retros()[-1]["none_because"] == "2 small fixes"


async def test_a_fourth_is_confirmed(inline: Opened) -> None:
    """Ten improvements would slip in from one session."""
    async with inline() as story:
        before = len(story.retros())
        for name in ("alpha beta", "gamma delta", "epsilon zeta", "eta theta"):
            await story.type(f"Quite new {name}")
            await story.press("enter")
        await story.press("ctrl+s")
        assert "4 improvements" in story.text
        assert len(story.retros()) == before
        await story.press("ctrl+s")
        assert len(story.retros()[-1]["improvement_ids"]) == 4


async def test_answers_are_edited(inline: Opened) -> None:
    """What the user says about a session would not be stored."""
    async with inline() as story:
        story.app.query_one("#slowed", TextArea).text = "the queue"
        await story.press("1", "ctrl+s")
        assert story.retros()[-1]["slowed"] == "the queue"


@pytest.mark.parametrize(
    ("key", "ending"),
    [("escape", "later"), ("ctrl+c", "later"), ("ctrl+o", "full"), ("ctrl+t", "not-today")],
)
async def test_every_way_out_keeps_the_draft(inline: Opened, key: str, ending: str) -> None:
    """One of the keys would throw away what was typed."""
    async with inline() as story:
        session = story.app.session
        await story.press("1")
        await story.type("Half a thou")
        await story.press(key)
        assert story.app.return_value == Outcome(ending)  # type: ignore[arg-type]  # of the list above
    draft, kept = story.app.desk.draft_of(session, [])
    assert kept
    again, line = sheet.open_sheet(draft)
    assert line == "Half a thou"
    assert [item.taken for item in again.improvements].count(True) == 1


async def test_nothing_typed_leaves_no_draft(inline: Opened) -> None:
    """A look would count as an unfinished retro from then on."""
    async with inline() as story:
        session = story.app.session
        await story.press("escape")
    assert not story.app.desk.draft_of(session, [])[1]


async def test_the_draft_is_kept_by_the_clock(inline: Opened) -> None:
    """A crash would take more than two seconds of typing."""
    async with inline() as story:
        await story.type("By the clock")
        story.app._autosave()
        await story.press()
        draft, kept = story.app.desk.draft_of(story.app.session, [])
        assert kept
        assert sheet.open_sheet(draft)[1] == "By the clock"


async def test_a_late_autosave_brings_no_draft_back(inline: Opened) -> None:
    """A saved retro would be offered again as unfinished when its session goes on."""
    async with inline() as story:
        await story.press("1", "ctrl+s")
        desk, draft = story.app.desk, story.app._kept
        desk.save_draft(draft)
        assert load_drafts(inline.workspace.drafts) == ()
        desk.undo()
        desk.save_draft(draft)  # the retro is open again, so what is typed counts again
        assert len(load_drafts(inline.workspace.drafts)) == 1


async def test_mood_is_asked_only_where_it_is_wanted(inline: Opened, full: Workspace) -> None:
    """A question that nobody wants would stand in the way."""
    async with inline() as story:
        assert "Mood" not in story.text
    path = full.paths.config_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[retro]\nmood = true\n")
    from hansei_tui.config_file import read_settings

    full.settings = read_settings(path)
    async with inline() as story:
        assert "Mood" in story.text
        story.app.query_one("#mood", Input).value = "4"
        await story.press("1", "ctrl+s")
        assert story.retros()[-1]["mood"] == 4


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60)])
async def test_every_size_shows_what_is_needed(inline: Opened, size: tuple[int, int]) -> None:
    """On a small terminal the suggestions would be out of sight."""
    async with inline(size) as story:
        assert "What broke?" in story.text
        await story.press("1", "ctrl+s")
        assert story.app.return_value.ending == "saved"


async def test_hostile_text_is_inert(inline: Opened) -> None:
    """A draft with somebody's markup or escapes would act on the terminal."""
    async with inline() as story:
        session = story.app.session
        texts = [text[:300] for text in STRINGS.values() if text.strip()]
        for text in texts:
            clean = text.encode("utf-8", "replace").decode()
            story.app._draft = RetroDraft(
                session.id, improvements=(ImprovementDraft(title=clean, suggested=True),)
            )
            story.app._show_entries()
            story.app._say(clean)
            await story.pilot.pause()
            assert "\x1b" not in story.text
            assert "\x07" not in story.text


def test_a_sheet_opens_as_it_was_closed() -> None:
    """What was taken, offered and half typed would change places over a night."""
    taken = ImprovementDraft(title="a", suggested=True)
    offer = ImprovementDraft(title="b", suggested=True, taken=False)
    typed = ImprovementDraft(title="c")
    draft = RetroDraft("s", improvements=(offer, taken, typed), updated_at=NOW)
    closed = sheet.close_sheet(draft, "half")
    assert [item.title for item in closed.taken] == ["a", "c"]
    again, line = sheet.open_sheet(closed)
    assert line == "half"
    assert set(again.improvements) == {offer, taken, typed}


async def test_the_users_own_keys_work_under_the_prompt(inline: Opened) -> None:
    """A key that the terminal keeps for itself could not be moved away from."""
    inline.workspace.settings = replace(
        inline.workspace.settings, keys={"inline.not-today": "ctrl+g"}
    )
    async with inline() as story:
        assert "^g not today" in story.text or "ctrl+g not today" in story.text
        await story.press("ctrl+t")
        assert story.app.is_running
        await story.press("ctrl+g")
        assert story.app.return_value.ending == "not-today"
