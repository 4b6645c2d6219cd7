"""Stories on the Retro screen: from an ended session to a saved retro, and what may go wrong."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.tui.story import NOW, Opener, Story
from textual.widgets import Input, TextArea

from hansei_core.tables import RETROS
from hansei_core.verbs.drafts import read_draft
from hansei_tui.app import HanseiApp
from hansei_tui.demo.build import demo_environ
from hansei_tui.widgets.attributes import Attributes
from hansei_tui.widgets.slot import Slot, TitleInput
from hansei_tui.words import when
from hansei_tui.workspace import Workspace, open_workspace


async def to_first_title(story: Story) -> Slot:
    """Put the focus on the first improvement's title."""
    slot: Slot = story.area.query(Slot).first()
    slot.query_one(TitleInput).focus()
    await story.settle()
    return slot


async def write_title(story: Story, text: str) -> Slot:
    """Type a title into the first slot."""
    slot = await to_first_title(story)
    await story.type(text)
    return slot


def kept(story: Story, session_id: str) -> Any:
    return read_draft(story.app.workspace.drafts, session_id)


def retros(story: Story) -> list[dict[str, Any]]:
    return list(story.store.all(RETROS).values())


async def test_session_is_told_with_its_frictions(opened: Opener) -> None:
    """The left side must say what happened, dearest first, before anything is asked."""
    async with opened("retro") as story:
        assert story.area.session.title.split()[0] in story.text
        rows = story.area.query_one("#frictions").ids
        assert rows
        costs = [group.seconds or 0 for group in story.area._groups]
        assert costs == sorted(costs, reverse=True)


async def test_enter_opens_evidence_at_its_place(opened: Opener) -> None:
    """Every friction must be openable to the log line that shows it."""
    async with opened("retro") as story:
        groups = story.area._groups
        single = next(group for group in groups if len(group.frictions) == 1)
        story.area.query_one("#frictions").move_to(single.id)
        await story.press("enter")
        assert single.frictions[0].evidence.path[-20:] in story.text.replace("\n", "")
        await story.press("escape")
        assert story.area.is_current


async def test_answers_are_prefilled(opened: Opener) -> None:
    """Nobody should have to type what the log already tells."""
    async with opened("retro") as story:
        assert any(area.text.strip() for area in story.area.query(TextArea))


async def test_offer_is_taken_with_enter_and_saved(opened: Opener) -> None:
    """Enter on an offer, ctrl+s: that is a retro; an offer that nobody took is not stored."""
    async with opened("retro") as story:
        session_id = story.area.session.id
        slot = next(each for each in story.area.query(Slot) if not each.draft.same_as)
        slot.query_one(TitleInput).focus()
        assert slot.draft.suggested
        assert slot.title == ""
        title = slot.draft.title
        await story.press("enter")
        assert slot.title == title
        before = len(story.app.desk.improvements())
        await story.press("ctrl+s")
        saved = retros(story)[-1]
        assert saved["session_id"] == session_id
        assert len(saved["improvement_ids"]) == 1
        item = story.app.desk.improvement(saved["improvement_ids"][0])
        assert item.title == title
        assert len(story.app.desk.improvements()) == before + 1


async def test_typed_improvement_with_values_is_saved(opened: Opener) -> None:
    """Title by letters, values by digits: all of it must reach the store."""
    async with opened("retro") as story:
        await write_title(story, "Tell the agent about make lint")
        await story.press("tab")
        assert isinstance(story.app.focused, Attributes)
        await story.press("q", "right", "7", "3")
        await story.press("ctrl+s")
        items = story.app.desk.improvements().values()
        item = next(item for item in items if item.title == "Tell the agent about make lint")
        assert item.category is not None
        assert item.category.value == "quality"
        assert (item.impact, item.effort, item.hours) == (7, 3, 3.0)


async def test_no_improvement_needs_a_reason(opened: Opener) -> None:
    """A retro without an improvement is saved only with the reason why."""
    async with opened("retro") as story:
        before = len(retros(story))
        await story.press("ctrl+s")
        assert "Say why" in story.text
        await story.press("escape")
        assert len(retros(story)) == before
        await story.press("ctrl+s")
        await story.type("all went well")
        await story.press("enter")
        assert retros(story)[-1]["none_because"] == "all went well"


async def test_fourth_improvement_is_asked_about(opened: Opener) -> None:
    """Four are saved only after a yes."""
    async with opened("retro") as story:
        before = len(retros(story))
        await story.press("ctrl+n")
        for number, field in enumerate(story.area.query(TitleInput)):
            field.value = f"Entirely separate thought number {number} zzz{number}"
        await story.press("ctrl+s")
        assert "4 improvements" in story.text
        await story.press("n")
        assert len(retros(story)) == before
        await story.press("ctrl+s", "y")
        assert len(retros(story)[-1]["improvement_ids"]) == 4


async def test_twin_is_linked_instead_of_added(opened: Opener) -> None:
    """A repeat must raise the old improvement's count and make no second one."""
    async with opened("retro") as story:
        title, seen = story.item(1).title, story.item(1).seen
        count = len(story.app.desk.improvements())
        await write_title(story, title)
        assert "same as" in story.text
        await story.press("ctrl+l")
        assert "links to" in story.text
        await story.press("ctrl+s")
        assert story.item(1).seen == seen + 1
        assert len(story.app.desk.improvements()) == count


async def test_draft_survives_a_kill(opened: Opener) -> None:
    """What was typed must be there after the process died without a chance to save."""
    async with opened("retro") as story:
        session_id = story.area.session.id
        story.area.query_one("#slowed", TextArea).text = "the tests hung for ages"
        await write_title(story, "Give the tests a timeout")
        story.area._autosave()
        await story.settle()
        assert kept(story, session_id).slowed == "the tests hung for ages"
    async with opened("retro") as story:
        assert story.area.session.id == session_id
        assert story.area.query_one("#slowed", TextArea).text == "the tests hung for ages"
        assert story.area.query(TitleInput).first().value == "Give the tests a timeout"
        assert "draft" in story.text


async def test_escape_keeps_the_draft_and_leaves_the_field(opened: Opener) -> None:
    """`esc` must never throw away what was typed, and never quit."""
    async with opened("retro") as story:
        session_id = story.area.session.id
        await write_title(story, "Half a thought")
        await story.press("escape")
        assert story.app.is_running
        assert kept(story, session_id) is not None
        assert not story.app.in_text_field()


async def test_letters_in_fields_are_text(opened: Opener) -> None:
    """Screens, undo and quit are single letters; in a field they are letters."""
    async with opened("retro") as story:
        slot = await write_title(story, "q1234 gg u ? xx")
        assert slot.title == "q1234 gg u ? xx"
        assert story.area.AREA == "retro"


async def test_another_session_is_chosen_by_typing(opened: Opener) -> None:
    """The picker must narrow by words and open the chosen session."""
    async with opened("retro") as story:
        first = story.area.session.id
        await story.press("ctrl+o")
        other = next(s for s in story.app.desk.sessions() if s.id != first)
        story.app.screen.query_one(Input).value = other.id
        await story.settle()
        await story.press("enter")
        assert story.area.session.id == other.id


async def test_sessions_to_choose_from_stand_in_the_order_of_their_times(opened: Opener) -> None:
    """Sorted by their ends and shown with their beginnings, they would look unsorted."""
    async with opened("retro", size=(100, 30)) as story:
        sessions = story.app.desk.sessions()[:6]
        await story.press("ctrl+o")
        rows = [when(session.last_at, story.app.desk.now()) for session in sessions]
        places = [story.text.index(row) for row in rows]
        assert places == sorted(places)
        assert "ended" in story.text


async def test_saved_session_shows_its_retro(opened: Opener) -> None:
    """After saving, the next session that is owed a retro comes; the saved one says so."""
    async with opened("retro") as story:
        first = story.area.session.id
        await story.press("ctrl+s")
        await story.type("nothing")
        await story.press("enter")
        assert "Save RET-001" in story.text, "toasts begin alike"
        assert story.area.session.id != first
        story.area.open_session(first)
        await story.settle()
        story.app.clear_notifications()
        await story.settle()
        assert "Reviewed" in story.text
        assert "No improvement: nothing" in story.text


async def test_no_sessions_says_where_it_looked(opened: Opener, empty: object) -> None:
    """Without a single session the screen must name the folders it looked in."""
    async with opened("retro", workspace=empty) as story:
        assert "No session of a coding agent was found" in story.text
        assert ".claude" in story.text


async def test_quit_keeps_the_draft(opened: Opener) -> None:
    """`ctrl+q` in the middle of a sentence must keep the sentence."""
    async with opened("retro") as story:
        session_id = story.area.session.id
        await write_title(story, "Unfinished")
        app: HanseiApp = story.app
        await story.pilot.press("ctrl+q")
        await story.pilot.pause()
        assert read_draft(app.workspace.drafts, session_id) is not None


async def test_secret_is_pointed_out_before_it_is_kept(opened: Opener) -> None:
    """What the user typed is never altered, so a token in it must be asked about."""
    async with opened("retro") as story:
        before = len(retros(story))
        token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
        story.area.query_one("#broke", TextArea).text = f"the push failed with {token}"
        await write_title(story, "Rotate the token and keep it out of logs")
        await story.press("ctrl+s")
        assert "seems to hold a secret" in story.text
        await story.press("n")
        assert len(retros(story)) == before
        await story.press("ctrl+s", "y")
        assert token in retros(story)[-1]["broke"]


async def test_first_start_reads_the_logs_and_fills_the_screen(
    opened: Opener, demo_folder: Path, tmp_path: Path
) -> None:
    """With nothing read yet, the newest session must appear by itself."""
    environ = {**demo_environ({}, demo_folder), "HANSEI_HOME": str(tmp_path / "first")}
    fresh = open_workspace(environ, lambda: NOW, demo_folder)
    async with opened("retro", workspace=fresh) as story:
        await story.settle()
        assert story.area.session is not None
        newest = story.app.desk.sessions()[0]
        assert story.area.session.id == newest.id
        assert not story.app.is_reading
    fresh.close()


async def test_failed_background_work_is_told(opened: Opener, full: Workspace) -> None:
    """A thread that dies must not look like a log folder without sessions."""
    async with opened("retro") as story:

        def fail(_: object) -> bool:
            raise RuntimeError("private words")

        story.app.desk.read_logs = fail
        story.app._read_logs()
        with contextlib.suppress(Exception):  # waiting for the worker raises its error
            await story.app.workers.wait_for_complete()
        await story.pilot.pause()
        assert "RuntimeError" in story.text
        assert "private words" not in story.text
        assert list(full.paths.crashes.glob("crash-*.txt"))


async def test_long_answers_are_shown_whole(opened: Opener) -> None:
    """Words at the end of a wrapped line would be cut off until the field is touched."""
    async with opened("retro", (120, 36)) as story:
        field = story.area.query_one("#broke")
        shown = " ".join(
            "".join(segment.text for segment in strip).strip()
            for strip in story.pilot.app.screen._compositor.render_strips()
        )
        words = field.text.split()
        assert all(word in shown.split() for word in words), (words, shown)


async def test_an_offer_against_a_known_theme_is_linked_with_one_key(opened: Opener) -> None:
    """Trouble that an open improvement is meant to end would get a second one, unseen."""
    async with opened("retro") as story:
        slots = list(story.area.query(Slot))
        place, slot = next(
            (place, each) for place, each in enumerate(slots) if story.app.desk.seen_as(each.draft)
        )
        known = story.app.desk.seen_as(slot.draft)
        assert known is not None
        assert slot.twin == known
        slots[place].query_one(TitleInput).focus()
        await story.press("enter", "ctrl+s")
        assert retros(story)[-1]["improvement_ids"] == [known.id]
        assert story.item(int(known.id[-3:])).seen == known.seen + 1


async def test_what_is_open_already_is_a_new_one_only_on_request(opened: Opener) -> None:
    """ctrl+l would not take what is seen again, or could not be taken back."""
    async with opened("retro", (120, 36)) as story:
        slot = next(each for each in story.area.query(Slot) if each.draft.same_as)
        known, before = slot.draft.same_as, len(story.app.desk.improvements())
        slot.query_one(TitleInput).focus()
        assert "seen again" in story.text
        await story.press("ctrl+l")
        assert slot.result().taken
        assert slot.result().same_as == known
        assert f"links to {known}" in story.text
        await story.press("ctrl+l", "ctrl+s")
        (name,) = retros(story)[-1]["improvement_ids"]
        assert name != known
        assert len(story.app.desk.improvements()) == before + 1


async def test_a_mood_is_asked_only_where_it_is_wanted(opened: Opener, full: Workspace) -> None:
    """A question that nobody switched on would stand there every day, or be missing for ever."""
    async with opened("retro") as story:
        assert not story.area.query("#mood")
    full.settings = replace(full.settings, retro=replace(full.settings.retro, mood=True))
    async with opened("retro", workspace=full) as story:
        story.area.query_one("#mood", Input).value = "4"
        await write_title(story, "Give the tests a time limit of their own")
        await story.press("ctrl+s")
        assert retros(story)[-1]["mood"] == 4
