"""What a picky user sees: keys that do something, focus that stays, headings that are whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tui.story import NOW, Opener, Story

from hansei_tui.keys import Sequences, key_of
from hansei_tui.screens import themes_view, triage_view
from hansei_tui.text import width_of, wrap_within
from hansei_tui.widgets.bars import KeyBar, TopBar
from hansei_tui.words import due_words
from hansei_tui.workspace import Workspace


def footer(story: Story) -> list[str]:
    """Return the words of the footer."""
    return [word for _, word in story.area.query_one(KeyBar).entries]


@pytest.mark.parametrize("screen", ["retro", "themes", "backlog", "planner", "triage"])
async def test_footer_of_an_empty_home_names_no_key_that_does_nothing(
    screen: str, opened: Opener, empty: Workspace
) -> None:
    """A new user would press the keys at the bottom, and none of them would answer."""
    async with opened(screen, workspace=empty) as story:
        assert footer(story)[-1] == "help"
        assert "add" in footer(story)
        idle = {"save", "link", "evidence", "sessions", "promote", "impact", "plan", "done"}
        assert not idle & set(footer(story))


async def test_footer_follows_what_is_there(opened: Opener, empty: Workspace) -> None:
    """The first improvement's keys would stay unnamed until another screen was opened."""
    async with opened(workspace=empty) as story:
        assert "done" not in footer(story)
        await story.press("a")
        await story.type("Pool it")
        await story.press("enter")
        assert "done" in footer(story)
        await story.press("u")
        assert "done" not in footer(story)


async def test_footer_of_the_matrix_names_its_own_key(opened: Opener) -> None:
    """No key of a row acts on the matrix; the one that lists a cell would not be named."""
    async with opened() as story:
        await story.press("b", "b")
        assert footer(story)[0] == "list the cell"
        assert not {"impact", "effort", "done", "plan"} & set(footer(story))
        await story.press("d")
        assert "The matrix shows cells" in story.text
        await story.press("b")
        assert "done" in footer(story)


async def test_footer_of_a_saved_retro_does_not_offer_to_save_it(opened: Opener) -> None:
    """ctrl+s on a reviewed session does nothing."""
    async with opened("retro") as story:
        reviewed = next(iter(story.app.desk.reviewed()), "")
        assert "save" in footer(story)
        if not reviewed:
            await story.press("ctrl+s")
            await story.type("nothing this time")
            await story.press("enter")
            reviewed = next(iter(story.app.desk.reviewed()))
        story.area.open_session(reviewed)
        await story.settle()
        assert not {"save", "link"} & set(footer(story))


async def test_pending_key_names_the_keys_without_another_way_first(opened: Opener) -> None:
    """`g s` and `g h` would be cut away behind four screens that have digits as well."""
    async with opened() as story:
        await story.pilot.press("g")
        line = story.text.split("\n")[-1]
        assert all(word in line for word in ("i triage", "h changes", "s timer", "esc"))
        assert "Go to" not in line
        await story.pilot.press("escape")
    later = [word for _, word in _pending("g", ("app", "list", "backlog"))]
    assert later.index("timer") < later.index("retro")


def _pending(key: str, scopes: tuple[str, ...]) -> list[tuple[str, str]]:
    sequences = Sequences()
    sequences.pending = key
    return sequences.continuations(scopes)


@pytest.mark.parametrize("screen", ["retro", "themes", "backlog", "planner", "triage", "ritual"])
async def test_focus_comes_back_after_a_window_that_was_too_small(
    screen: str, opened: Opener
) -> None:
    """Keys of lists would be dead after a split pane was closed again."""
    async with opened(screen, (160, 50)) as story:
        focused = story.app.focused
        assert focused is not None
        await story.pilot.resize_terminal(60, 15)
        await story.settle()
        assert "needs 60" in story.text
        await story.pilot.resize_terminal(160, 50)
        await story.settle()
        assert story.app.focused is focused


@pytest.mark.parametrize("key", ["d", "p", "m", "y", "Y", "t", "w", "e", "i", "L", "H", "D"])
async def test_every_key_of_an_item_answers_where_there_is_none(
    key: str, opened: Opener, empty: Workspace
) -> None:
    """A key that does nothing and says nothing looks broken."""
    async with opened(workspace=empty) as story:
        await story.press(key)
        assert "There is no improvement here" in story.text


async def test_stage_keys_answer_at_both_ends(opened: Opener) -> None:
    """Pressed once too often, `H` would do nothing and say nothing."""
    async with opened() as story:
        story.area.go_to("IMP-2026-011")
        await story.press("H")
        assert "first stage" in story.text


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("views", range(len(themes_view.VIEWS)))
async def test_heading_of_themes_is_whole(width: int, views: int, opened: Opener) -> None:
    """Its last words would be cut in the middle: `0 once or`."""
    async with opened("themes", (width, 24)) as story:
        await story.press("o", *["b"] * views)
        line = story.text.split("\n")[1].rstrip()
        assert line.endswith(("twice", "texts", "once]", "once ", "once", "before", "days", "…"))
        if views < len(themes_view.SORTED):
            assert "by sessions" in line
        if themes_view.VIEWS[views] != "list" or width >= 160:
            assert f"[{themes_view.VIEWS[views]}]" in line


async def test_metrics_say_their_own_window(opened: Opener) -> None:
    """`all time` above a column of seven days would be wrong."""
    async with opened("themes") as story:
        await story.press("full_stop", "full_stop", "b", "b", "b")
        head, _, columns = story.text.split("\n")[1:4]
        assert "all time" not in head
        assert "7 days" in head
        assert "7 days" in columns + story.text


async def test_details_key_closes_evidence_and_speaks_on_a_map(opened: Opener) -> None:
    """`z` did nothing while evidence filled the window, and nothing on a map."""
    async with opened("themes") as story:
        await story.press("enter")
        assert footer(story)[:3] == ["log", "mark", "back"]
        await story.press("z")
        assert story.app.focused is story.area.rows
        assert not story.area.has_class("-open")
        assert "promote" in footer(story)
        await story.press("b", "z")
        assert "A map has no details" in story.text
        assert "details" not in footer(story)


async def test_hidden_details_do_not_keep_the_keys(opened: Opener) -> None:
    """A pane that nobody sees would go on taking j and k."""
    async with opened("themes", (120, 36)) as story:
        await story.press("tab")
        assert story.app.focused is not story.area.rows
        await story.press("z")
        assert story.app.focused is story.area.rows


async def test_once_view_names_its_own_key(opened: Opener) -> None:
    """`P` promotes nothing there; the key that puts a text into a theme was not named."""
    async with opened("themes") as story:
        await story.press("full_stop", "full_stop", *["b"] * 4)
        assert footer(story)[0] == "into a theme"
        assert "promote" not in footer(story)


async def test_palette_begins_with_what_the_screen_can_do(opened: Opener) -> None:
    """`Next pane` would be the first of all commands."""
    async with opened() as story:
        await story.press("colon")
        assert "Backlog: List, board, matrix" in story.text
        assert "Next pane" not in story.text


async def test_status_keeps_away_from_the_areas(opened: Opener) -> None:
    """`4 Planner` and a long status would read as one word."""
    async with opened() as story:
        story.area.query_one(TopBar).status = "x" * 80
        await story.settle()
        line = story.text.split("\n")[0]
        assert "Planner  x" in line
        assert line.rstrip().endswith("…")


async def test_dialog_leaves_what_it_is_about_in_sight(opened: Opener) -> None:
    """`Move IMP-2026-001 to done?` would ask about a row that nobody sees any more."""
    async with opened() as story:
        await story.press("j", "d")
        assert "to done?" in story.text
        assert "Write the read-before-edit rule" in story.text


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_focused_field_of_a_form_can_be_seen(size: tuple[int, int], opened: Opener) -> None:
    """In a low window one would type into a field below the dialog's lower edge."""
    async with opened(size=(160, 50)) as story:
        await story.press("A")
        await story.pilot.resize_terminal(*size)
        await story.settle()
        for _ in range(4):
            field = story.app.focused
            frame = story.app.screen.query_one(".dialog").content_region
            assert frame.contains_region(field.region), field.id
            await story.press("tab")


@pytest.mark.parametrize(("screen", "keys"), [("planner", "P"), ("planner", "Z"), ("backlog", "S")])
async def test_dialog_in_a_low_window_keeps_heading_and_keys(
    screen: str, keys: str, opened: Opener
) -> None:
    """A text that is too long for the window would push out what it is and how to leave it."""
    async with opened(screen, (80, 16)) as story:
        await story.press(keys)
        frame = story.app.screen.query_one(".dialog")
        assert frame.max_scroll_y == 0
        for name in (".dialog--title", ".dialog--keys"):
            assert frame.region.contains_region(story.app.screen.query_one(name).region)


async def test_footer_below_a_dialog_stays_the_screens_own(opened: Opener) -> None:
    """The dialog's text field would be taken for one of the screen."""
    async with opened("themes") as story:
        before = footer(story)
        await story.press("P")
        story.area.show_keys()
        assert footer(story) == before


@pytest.mark.parametrize("views", [0, 1, 4])
async def test_old_sessions_are_not_said_to_be_unread(
    views: int, opened: Opener, full: Workspace
) -> None:
    """Who was away for a month would be told that no session was ever read."""
    full.context = replace(full.context, clock=lambda: NOW + timedelta(days=60))
    async with opened("themes", workspace=full) as story:
        await story.press(*["b"] * views)
        assert "No session was read" not in story.text
        assert "No session in the last 30 days; 21 sessions before." in story.text
        assert "nothing of this has a" not in story.text
        await story.press("full_stop")
        assert "30 days;" not in story.text


async def test_an_own_budget_is_said_of_the_whole_week(opened: Opener) -> None:
    """`own budget = 6 h` says nothing of what it is a part of."""
    async with opened("planner") as story:
        await story.press("B")
        await story.type("budget 6")
        await story.press("enter")
        assert "own budget 6 h of 40 h" in story.text


def test_long_overdue_fits_its_column() -> None:
    """The word that matters would be cut: `10 d overd…`."""
    (column,) = (each for each in triage_view.COLUMNS if each.key == "when")
    assert column.width >= len(due_words(-365))


async def click_word(story: Story, word: str, line: int = -1) -> None:
    """Click on a word of a line."""
    rows = story.text.split("\n")
    place = line % len(rows)
    await story.pilot.click(offset=(rows[place].index(word) + 1, place))
    await story.settle()


async def test_keys_of_the_footer_can_be_clicked(opened: Opener) -> None:
    """Who points at `? help` with the mouse would get nothing."""
    async with opened() as story:
        await click_word(story, "view")
        assert story.area.query_one("#views").current == "board"
        await click_word(story, "I impact")
        assert "I …" in story.text
        await click_word(story, "esc")
        assert "I …" not in story.text
        await click_word(story, "? help")
        assert "Keys · Backlog" in story.text


async def test_areas_and_rows_can_be_clicked(opened: Opener) -> None:
    """The mouse would lead to another area than it points at, or to another row."""
    async with opened() as story:
        await click_word(story, "Guard src/generated", 6)
        assert story.item(5).id == story.area.rows.current
        for word, area in (("Themes", "themes"), ("Planner", "planner"), ("Backlog", "backlog")):
            await click_word(story, word, 0)
            assert area == story.area.AREA


@pytest.mark.parametrize(
    ("shown", "key"),
    [("/", "slash"), ("?", "question_mark"), ("ctrl+s", "ctrl+s"), ("⏎", "enter"),
     ("esc", "escape"), ("I", "I"), ("space", "space"), (", .", ""), ("1–6", ""), ("0–9", "")],
)  # fmt: skip
def test_footer_entry_means_one_key_or_none(shown: str, key: str) -> None:
    """A click would press another key than the footer names."""
    assert key_of(shown) == key


@settings(max_examples=80, deadline=None)
@given(st.text("ab -/🦊改", max_size=60), st.integers(2, 20), st.integers(1, 4))
def test_text_in_few_lines_loses_only_its_end(text: str, width: int, rows: int) -> None:
    """A word cut at a hyphen got a blank in its middle: `read-before- edit`."""
    found = wrap_within(text, width, rows)
    assert len(found) <= rows
    assert all(width_of(row) <= width for row in found)
    said = "".join(found).replace(" ", "")
    whole = text.replace(" ", "")
    assert said == whole or (said.endswith("…") and whole.startswith(said[:-1]))


def test_word_cut_at_a_hyphen_gets_no_blank() -> None:
    """The last line of a card joined what a line break had only cut."""
    assert wrap_within("Write the read-before-edit rule", 15, 2) == ["Write the", "read-before-ed…"]


async def test_heading_of_the_matrix_is_whole_in_a_narrow_window(opened: Opener) -> None:
    """It ended in the middle of a sentence, and the view's name was gone."""
    async with opened(size=(60, 16)) as story:
        await story.press("b", "b")
        line = story.text.split("\n")[1].rstrip()
        assert "matrix" in line
        assert line.endswith(("…", "it"))


async def test_footer_of_an_empty_column_names_no_key_of_a_card(opened: Opener) -> None:
    """The keys of an improvement stood there where no card was under the cursor."""
    async with opened() as story:
        await story.press("b")
        assert "done" in footer(story)
        await story.press(*["l"] * 8)
        assert story.area.current_item() is None
        assert not {"impact", "done", "plan"} & set(footer(story))
