"""Stories on the Backlog: board order, views, splits, merges, blocks, tags, days, changes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from tests.tui.story import NOW, Opener

from hansei_core.retro import ImprovementDraft
from hansei_core.verbs import improvements
from hansei_core.vocabulary import Stage
from hansei_tui.keys import ACTIONS, BY_ID, remapped
from hansei_tui.widgets.board import Board
from hansei_tui.workspace import Workspace

WIDE = (180, 44)


async def test_cards_are_ordered_by_hand_and_back(opened: Opener) -> None:
    """`J` must move the card down, keep the cursor on it, and be one undo."""
    async with opened(size=WIDE) as story:
        await story.press("b")
        board = story.area.query_one(Board)
        assert board.move_to("IMP-2026-002")
        before = [card.id for card in board.column]
        assert len(before) > 1
        await story.press("home")
        first = board.current
        await story.press("J")
        assert [card.id for card in board.column][:2] == [before[1], before[0]]
        assert board.current == first
        await story.press("K")
        assert [card.id for card in board.column] == before
        await story.press("u", "u")
        assert [card.id for card in board.column] == before
        assert story.app.desk.improvement(first).rank is None


async def test_order_keys_say_where_they_work(opened: Opener) -> None:
    """`J` on the list would move nothing and must say why."""
    async with opened() as story:
        await story.press("J")
        assert "b shows it" in story.text


async def test_board_marks_are_those_of_the_list(opened: Opener) -> None:
    """Marks made on the board must act there, and still stand on the list."""
    async with opened(size=WIDE) as story:
        await story.press("b")
        board = story.area.query_one(Board)
        board.move_to("IMP-2026-002")
        await story.press("home", "space", "space")
        assert len(story.area.rows.marks) == 2
        assert "2 marked" in story.text
        assert "●" in story.text
        await story.press("I", "3")
        assert {story.app.desk.improvement(row).impact for row in story.area.rows.marks} == {3}
        await story.press("b", "b")
        assert "2 marked" in story.text


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (100, 30), (160, 40), (240, 50)])
async def test_every_stage_is_named_at_every_width(opened: Opener, size: tuple[int, int]) -> None:
    """A stage that is out of sight would hide its cards; folded ones show name and count."""
    async with opened(size=size) as story:
        await story.press("z") if story.area.has_class("-details") else None
        await story.press("b")
        found = story.area.query_one(Board)
        rows = [found.render_line(y).text for y in range(found.size.height)]
        down = [
            "".join(column).strip()
            for column in zip(*(row.ljust(found.size.width) for row in rows[2:]), strict=True)
        ]
        for stage in (
            "backlog",
            "analysis",
            "planning",
            "implement",
            "validati",
            "done",
            "standard",
        ):
            assert stage in rows[0] or any(name.startswith(stage) for name in down), rows
        widths = {story.area.query_one(Board).render_line(y).cell_length for y in range(8)}
        assert widths == {story.area.query_one(Board).size.width}


async def test_board_counts_what_is_older(opened: Opener, full: Workspace) -> None:
    """What was done 91 days ago must not be shown as a card, nor vanish without a word."""
    from datetime import timedelta

    then = NOW - timedelta(days=91)
    done = improvements.add(full.store, ImprovementDraft(title="Long ago"), now=then).value.id
    improvements.move(full.store, [done], Stage.DONE, now=then, force=True)
    async with opened(size=(180, 44)) as story:
        await story.press("b")
        board = story.area.query_one(Board)
        assert not board.move_to(done)
        assert "+1 older" in story.text
        await story.press("slash")
        await story.type("is:done long ago")
        await story.press("enter")
        assert done in story.area.rows.ids


async def test_mouse_moves_and_opens_cards(opened: Opener) -> None:
    """A click must reach the card under the pointer, in a folded board too."""
    async with opened(size=(100, 30)) as story:
        await story.press("z", "b")
        board = story.area.query_one(Board)
        lanes = board._lanes()
        lane = next(one for one in lanes if not one.is_folded and board._columns[one.stage])
        await story.pilot.click(Board, offset=(lane.left + 3, 3))
        await story.settle()
        assert board.current == board._columns[lane.stage][0].id
        folded = next(one for one in board._lanes() if one.is_folded)
        await story.pilot.click(Board, offset=(folded.left + 1, 0))
        await story.settle()
        assert board._stage is folded.stage


async def test_heading_click_sorts_and_turns_round(opened: Opener) -> None:
    """A column that looks sortable must be, and its mark must tell the order."""
    async with opened() as story:
        heading = story.area.rows.render_line(0).text
        await story.pilot.click("#list", offset=(heading.index("title") + 1, 0))
        await story.settle()
        titles = [story.area.items[row].title.casefold() for row in story.area.rows.ids]
        assert titles == sorted(titles)
        assert "▾" in story.area.rows.render_line(0).text
        await story.pilot.click("#list", offset=(heading.index("title") + 1, 0))
        await story.settle()
        assert [story.area.items[row].title.casefold() for row in story.area.rows.ids] == titles[
            ::-1
        ]
        assert "▴" in story.area.rows.render_line(0).text


async def test_cursor_comes_back_to_the_row_that_a_filter_hid(opened: Opener) -> None:
    """After a look at something else the next key must act on the item from before."""
    async with opened() as story:
        await story.press("j", "j", "j")
        row = story.area.rows.current
        await story.press("slash")
        await story.type("zzz")
        assert story.area.rows.current == ""
        await story.press("escape")
        assert story.area.rows.current == row


async def test_cursor_comes_back_with_the_undone_row(opened: Opener) -> None:
    """Undoing the trash must give the row and the cursor back."""
    async with opened() as story:
        story.app.reader.settle_seconds = 0
        await story.press("j")
        row = story.area.rows.current
        await story.press("x", "x")
        await story.settle()
        assert story.area.rows.current != row
        await story.press("u")
        assert story.area.rows.current == row


async def test_saved_view_is_picked_saved_and_restored(opened: Opener, full: Workspace) -> None:
    """A view must come from the configuration, open by name, and be there the next time."""
    async with opened() as story:
        await story.press("slash")
        await story.type("pri:>=40")
        await story.press("enter", "o", "C")
        await story.type("worth it")
        await story.press("enter")
        assert full.settings.views == {"worth it": "pri:>=40 sort:age"}
        assert "worth it" in story.text
        shown = list(story.area.rows.ids)
        await story.press("escape")
        assert list(story.area.rows.ids) != shown
        await story.press("c")
        await story.type("worth")
        await story.press("enter")
        assert list(story.area.rows.ids) == shown
        story.area.keep_draft()
    async with opened() as story:
        assert list(story.area.rows.ids) == shown
        assert story.area.view_name == "worth it"
        await story.press("C")
        await story.fill("-worth it")
        await story.press("enter")
        assert full.settings.views == {}


async def test_view_with_a_mistake_is_named_not_opened(opened: Opener, full: Workspace) -> None:
    """One broken view must cost itself only, and say what is wrong."""
    full.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    full.paths.config_file.write_text('[views]\nbroken = "impact:high"\n')
    from hansei_tui.config_file import read_settings

    full.settings = read_settings(full.paths.config_file)
    async with opened() as story:
        await story.press("c")
        assert "has a mistake" in story.text
        await story.type("broken")
        await story.press("enter")
        assert "view “broken”" in story.text
        assert story.area.filter_text == ""


async def test_too_big_is_split_in_parts(opened: Opener) -> None:
    """What does not fit a week must say so, and `S` must cut it with one undo."""
    async with opened(size=(120, 36)) as story:
        story.area.rows.move_to("IMP-2026-002")
        await story.press("m")
        await story.type("hours:20")
        await story.press("enter")
        assert "does not fit a week: split? (S)" in story.text
        count = len(story.app.desk.improvements())
        await story.press("S")
        await story.type("Second part hours:4")
        await story.press("ctrl+s")
        assert len(story.app.desk.improvements()) == count + 1
        assert story.item(2).hours == 16.0
        await story.press("u")
        assert story.item(2).hours == 20.0


async def test_split_names_what_is_wrong_and_keeps_the_text(opened: Opener) -> None:
    """One line is no split, and a bad value must not lose the lines."""
    async with opened() as story:
        count = len(story.app.desk.improvements())
        await story.press("S", "ctrl+s")
        assert "at least two parts" in story.text
        await story.type("Second hours:x")
        await story.press("ctrl+s")
        assert "hours must be" in story.text
        assert len(story.app.desk.improvements()) == count


async def test_marked_twins_become_one(opened: Opener) -> None:
    """Of two marked twins one stays; the other's id leads to it, and undo parts them again."""
    async with opened() as story:
        await story.press("a")
        await story.type("Write the read-before-edit rule down")
        await story.press("enter")
        twin = next(i for i in story.app.desk.improvements().values() if "rule down" in i.title)
        story.area.rows.set_marks({"IMP-2026-002", twin.id})
        await story.press("M")
        await story.type("agents.md")
        await story.press("enter")
        assert story.item(2).aliases == (twin.id,)
        assert twin.id not in story.area.rows.ids
        assert not story.area.rows.marks
        assert story.area.rows.current == "IMP-2026-002"
        await story.press("u")
        assert story.app.desk.improvement(twin.id).stage is Stage.INBOX


async def test_blocks_are_shown_and_circles_named(opened: Opener) -> None:
    """What waits must be marked, lead to its blocker, and never wait for itself."""
    async with opened(size=(120, 36)) as story:
        story.area.rows.move_to("IMP-2026-002")
        await story.press("B")
        await story.type("IMP-2026-004")
        await story.press("enter")
        assert story.item(2).blocks == ("IMP-2026-004",)
        story.area.rows.move_to("IMP-2026-004")
        await story.settle()
        assert "waits for IMP-2026-002" in " ".join(story.text.split())
        assert "⊘" in story.text
        await story.press("B")
        await story.type("IMP-2026-002")
        await story.press("enter")
        assert "IMP-2026-004 → IMP-2026-002 → IMP-2026-004" in " ".join(story.text.split())
        await story.press("g", "w")
        assert story.area.rows.current == "IMP-2026-002"
        await story.press("slash")
        await story.type("is:blocked")
        assert list(story.area.rows.ids) == ["IMP-2026-004"]


async def test_tags_days_and_reasons(opened: Opener) -> None:
    """`t` adds and removes, `w` hides until a day, `W` needs a reason."""
    async with opened() as story:
        row = "IMP-2026-002"
        story.area.rows.move_to(row)
        await story.press("t")
        await story.type("later -agents")
        await story.press("enter")
        assert "later" in story.item(2).tags
        await story.press("w")
        await story.type("yesterday")
        await story.press("enter")
        assert story.item(2).snoozed_until is None
        await story.fill("2w")
        assert "hidden until Saturday 2026-12-05" in story.text
        await story.press("enter")
        assert story.item(2).snoozed_until == date(2026, 12, 5)
        assert row not in story.area.rows.ids
        await story.press("u")
        assert story.area.rows.current == row
        await story.press("W")
        await story.type("fri")
        assert "say what it waits for" in story.text
        await story.type(" the new CI image")
        await story.press("enter")
        item = story.item(2)
        assert (item.stage, item.deferred_reason) == (Stage.DEFERRED, "the new CI image")
        assert item.deferred_until == date(2026, 11, 27)


async def test_fourth_in_work_is_asked_about_and_logged(opened: Opener) -> None:
    """The limit must ask on screen, and its override must stand in the history."""
    async with opened() as story:
        desk, store, last = story.app.desk, story.store, ""
        for title in ("One", "Two", "Three", "Four"):
            last = improvements.add(store, ImprovementDraft(title=title), now=NOW).value.id
            stage = Stage.PLANNING if title == "Four" else Stage.VALIDATION
            improvements.move(store, [last], stage, now=NOW, force=True)
        story.app.store_changed("")
        await story.settle()
        assert story.area.rows.move_to(last)
        await story.press("L")
        assert "limit is 3" in " ".join(story.text.split())
        await story.press("n")
        assert desk.improvement(last).stage is Stage.PLANNING
        await story.press("L", "y")
        assert desk.improvement(last).stage is Stage.IMPLEMENTATION
        assert "the limit is 3" in desk.improvement(last).history[-1].text


async def test_review_gate_is_ticked_by_a_key(opened: Opener) -> None:
    """With the review ticked, done must not ask about it."""
    async with opened() as story:
        story.area.rows.move_to("IMP-2026-002")
        improvements.move(story.store, ["2"], Stage.VALIDATION, now=NOW, force=True)
        story.app.store_changed("")
        await story.settle()
        await story.press("d")
        assert "its review is not cleared" in story.text
        await story.press("n", "f", "d")
        assert story.item(2).stage is Stage.DONE
        assert "passed over" not in story.item(2).history[-1].text


async def test_list_of_changes_undoes_the_chosen_one(opened: Opener) -> None:
    """A change in the middle must be undone without those behind it."""
    async with opened() as story:
        story.area.rows.move_to("IMP-2026-002")
        await story.press("I", "3")
        story.area.rows.move_to("IMP-2026-004")
        await story.press("I", "4")
        await story.press("g", "h")
        await story.type("IMP-2026-002: impact 3")
        await story.press("enter")
        assert story.item(2).impact != 3
        assert story.item(4).impact == 4
        await story.press("g", "h")
        assert "undone" in story.text


async def test_filter_mistake_is_marked_where_it_stands(opened: Opener) -> None:
    """The wrong word itself must be marked, in the text and below it, not only described."""
    async with opened() as story:
        await story.press("slash")
        await story.type("+ci impct:3 or")
        field = story.area.query_one("#filter")
        line = next(row for row in story.text.split("\n") if "^" in row)
        shown = next(row for row in story.text.split("\n") if "impct:3" in row)
        assert line.index("^") == shown.index("impct")
        assert "^^^^^" in line
        spans = field.highlighter.spans(field.value)
        assert (4, 9) in [(start, end) for start, end, style in spans if "underline" in style]


async def test_filter_completes_the_users_own_words(opened: Opener) -> None:
    """A tag that exists need not be typed in full: the arrow takes it."""
    async with opened() as story:
        await story.press("slash")
        await story.type("is:bl")
        await story.press("right")
        assert story.area.filter_text == "is:blocked"


async def test_export_writes_the_marked_and_asks_before_replacing(
    opened: Opener, tmp_path: Path
) -> None:
    """A file of the user's must never be replaced without a yes, and hold no secret."""
    secret = "ghp_" + "a1B2" * 9
    async with opened() as story:
        improvements.note(story.store, "2", f"token {secret}", now=NOW)
        story.app.store_changed("")
        await story.settle()
        story.area.rows.set_marks({"IMP-2026-002"})
        target = tmp_path / "out.json"
        await story.press("X")
        await story.fill(str(target))
        await story.press("enter")
        text = target.read_text()
        assert "IMP-2026-002" in text
        assert "IMP-2026-003" not in text
        assert json.loads(text)
        assert secret not in text
        target.write_text("mine")
        await story.press("X")
        await story.fill(str(target))
        await story.press("enter")
        assert "already" in story.text
        await story.press("n")
        assert target.read_text() == "mine"


async def test_copy_says_what_it_copied(opened: Opener) -> None:
    """A terminal that refuses the clipboard does so in silence; the text must stand on screen."""
    async with opened() as story:
        story.area.rows.move_to("IMP-2026-002")
        await story.press("y")
        assert story.app.clipboard == "IMP-2026-002"
        assert "OSC 52" in story.text


def test_no_action_needs_altgr_alone() -> None:
    """Brackets, braces, pipe, at, tilde and backslash need AltGr on many layouts."""
    for action in ACTIONS:
        own = [key for key in action.keys if key]
        hard = [key for key in own if any(name in key for name in ALTGR)]
        assert not own or len(hard) < len(own), action.id


ALTGR = ("bracket", "brace", "vertical_line", "at_sign", "tilde", "backslash", "grave")


def test_keymap_conflicts_are_named() -> None:
    """Two actions on one key would leave one of them dead without a word."""
    _, problems = remapped({"backlog.done": "t", "backlog.tgs": "x", "app.undo": "j"})
    text = "\n".join(problems)
    assert "backlog.done" in text
    assert "backlog.tags" in text
    assert "did you mean backlog.tags" in text
    assert "list.down" in text
    assert remapped({"backlog.done": "ctrl+e"})[1] == ()


def test_own_keys_do_not_collide() -> None:
    """The registry itself must be free of what a user's keymap is warned about."""
    assert remapped({})[1] == ()
    assert "backlog.done" in BY_ID


async def test_checklist_is_ticked_in_one_change(opened: Opener) -> None:
    """The lists could only be ticked by a command, or undo would take one line at a time."""
    async with opened() as story:
        row = story.area.rows.current
        stage = story.item(1).stage
        before = story.app.desk.improvement(row).checklist
        await story.press("T")
        assert "Checklists of" in story.text
        await story.press("space", "space", "up", "up", "space", "enter")
        found = [line for line in story.app.desk.improvement(row).checklist if line.done_at]
        assert [line.stage for line in found] == [stage]
        await story.press("u")
        assert story.app.desk.improvement(row).checklist == before


async def test_checklist_left_by_escape_changes_nothing(opened: Opener) -> None:
    """Who only looks at the lists would leave a change behind."""
    async with opened() as story:
        state = story.store.seq
        await story.press("T", "space", "escape")
        assert story.store.seq == state
        await story.press("T", "enter")
        assert story.store.seq == state
        await story.press("T", "home", "space", "enter")
        ticked = [line for line in story.item(1).checklist if line.done_at]
        assert len(ticked) == 4


async def test_details_stand_below_the_board(opened: Opener) -> None:
    """Beside it they would take the width that its columns need."""
    async with opened(size=(120, 30)) as story:
        assert story.area.has_class("-details")
        await story.press("b")
        assert not story.area.has_class("-details")
        await story.press("z")
        board, detail = story.area.query_one(Board), story.area.query_one("#detail")
        assert board.size.width >= 118
        assert detail.region.y > board.region.y
        await story.press("b", "z", "b")
        assert story.area.has_class("-details")
