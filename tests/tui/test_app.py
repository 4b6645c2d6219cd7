"""The app as a whole: keys, help, palette, sizes, colours, and what happens when it fails."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tui.story import NOW, Opener
from textual.filter import Monochrome

from hansei_core.settings import ScreenSettings
from hansei_tui import keys
from hansei_tui.app import HanseiApp
from hansei_tui.crash import crash_report, write_crash_file
from hansei_tui.widgets.bars import KeyBar
from hansei_tui.workspace import Workspace

SECRET = "my very private prompt"


@pytest.mark.parametrize("screen", keys.SCREENS)
def test_no_two_actions_share_a_key(screen: str) -> None:
    """A key that means two things on one screen does one of them by accident."""
    seen: dict[str, str] = {}
    for scope in (screen, "app", "list"):
        for action in keys.actions_of(scope):
            for key in filter(None, action.keys):
                assert seen.setdefault(key, action.id) == action.id


@pytest.mark.parametrize("screen", keys.SCREENS)
def test_every_action_has_a_method(screen: str, full: Workspace) -> None:
    """A key in the help that does nothing is a lie."""
    from hansei_tui.desk import Desk
    from hansei_tui.screens import open_screen
    from hansei_tui.widgets.line_list import LineList

    area = open_screen(screen, Desk(full))
    for action in keys.actions_of(screen):
        assert hasattr(area, f"action_{action.method}"), action.id
    for action in keys.actions_of("list"):
        assert hasattr(LineList, f"action_{action.method}"), action.id
    for action in keys.actions_of("app"):
        assert hasattr(HanseiApp, f"action_{action.method}"), action.id


def test_destructive_action_is_a_sequence() -> None:
    """Nothing that throws away may lie on one key."""
    trash = keys.BY_ID["backlog.trash"]
    assert all(" " in key for key in trash.keys)


def test_key_table_names_every_action() -> None:
    """The documented table must hold what the registry holds."""
    table = keys.markdown()
    for action in keys.ACTIONS:
        assert f"`{action.id}`" in table


def test_remapping_reports_unknown_ids_with_the_nearest() -> None:
    """A typo in `[keys]` must be named, with what was probably meant."""
    actions, problems = keys.remapped({"backlog.dnoe": "D", "backlog.done": "ctrl+d"})
    assert problems
    assert "backlog.done" in problems[0]
    done = next(action for action in actions if action.id == "backlog.done")
    assert done.keys == ("ctrl+d",)


@pytest.mark.parametrize("screen", keys.SCREENS)
async def test_footer_holds_at_most_seven_keys(screen: str, opened: Opener) -> None:
    """At 80 columns the footer must be read at a glance, help always in it."""
    async with opened(screen) as story:
        bar = story.area.query_one(KeyBar)
        fitting = bar._fitting(78)
        assert len(fitting) <= 7
        assert fitting[-1][1] == "help"


async def test_footer_uses_a_window_of_a_hundred_columns(opened: Opener) -> None:
    """At 100 columns there is room for more than seven keys, and a third would stay empty."""
    async with opened("backlog", size=(100, 30)) as story:
        assert "s timer" in story.text.splitlines()[-1]


@pytest.mark.parametrize(("key", "area"), [("1", "retro"), ("2", "themes"), ("4", "planner")])
async def test_digits_go_to_screens(key: str, area: str, opened: Opener) -> None:
    """The screens stay one key away."""
    async with opened() as story:
        await story.press(key)
        assert area == story.area.AREA


async def test_g_sequences_go_to_screens_and_show_themselves(opened: Opener) -> None:
    """`gt` works, and a pending `g` shows what may follow."""
    async with opened() as story:
        await story.pilot.press("g")
        assert "g …" in story.text
        await story.press("t")
        assert story.area.AREA == "themes"


async def test_gg_and_capital_g_reach_both_ends(opened: Opener) -> None:
    """Long lists need their first and last row."""
    async with opened() as story:
        await story.press("G")
        assert story.area.rows.position == len(story.area.rows.ids) - 1
        await story.press("g", "g")
        assert story.area.rows.position == 0


async def test_help_is_searchable_and_runs_what_is_chosen(opened: Opener) -> None:
    """`?` finds a key by words and does it."""
    async with opened() as story:
        await story.press("question_mark")
        assert "Keys" in story.text
        await story.type("list, board")
        await story.press("enter")
        assert story.area._view == "board"


async def test_palette_finds_actions_by_name(opened: Opener) -> None:
    """`:` runs any action of the screen by its words."""
    async with opened() as story:
        await story.press("colon")
        await story.type("go to planner")
        await story.press("enter")
        assert story.area.AREA == "planner"


async def test_escape_never_quits_and_q_does(opened: Opener) -> None:
    """`esc` goes back; only `q` on a bare screen ends the app."""
    async with opened() as story:
        await story.press("escape", "escape", "escape")
        assert story.app.is_running
        await story.pilot.press("q")
        await story.pilot.pause()
        assert story.app._exit


async def test_undo_of_nothing_says_so(opened: Opener, empty: Workspace) -> None:
    """`u` with nothing to undo must say so and change nothing."""
    async with opened(workspace=empty) as story:
        await story.press("u")
        assert story.app.is_running
        assert len(story.app._notifications) == 1


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (20, 5)])
async def test_too_small_terminal_shows_one_sentence(size: tuple[int, int], opened: Opener) -> None:
    """Below 60 × 16 nothing can be used; the screen must say what to do."""
    async with opened(size=size) as story:
        assert "needs" in story.text
        assert "larger" in " ".join(story.text.split())
        assert not story.area.query_one("#area").display


@pytest.mark.parametrize("screen", keys.SCREENS)
async def test_smallest_size_works(screen: str, opened: Opener) -> None:
    """60 × 16 is the promise: the area shows and keys work."""
    async with opened(screen, size=(60, 16)) as story:
        assert story.area.query_one("#area").display
        await story.press("j", "z", "z")


@pytest.mark.parametrize("screen", keys.SCREENS)
async def test_no_color_has_no_colour_and_shows_the_cursor(
    screen: str, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NO_COLOR the place of the cursor and of the screen must be seen without colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(screen) as story:
        assert any(isinstance(each, Monochrome) for each in story.app.get_line_filters())
        assert "▌" in story.text
        strips = story.app.screen._compositor.render_strips()
        here = [
            segment
            for segment in strips[0]
            if segment.text == screen.capitalize() and segment.style and segment.style.underline
        ]
        assert here


async def test_both_colour_sets_and_foreign_themes_draw(opened: Opener) -> None:
    """Our style sheets use names of their own; a theme that lacks them must still draw."""
    async with opened() as story:
        await story.press("colon")
        await story.type("switch light")
        await story.press("enter")
        assert story.app.theme == "hansei-light"
        assert "hansei config set screen.theme hansei-light" in story.text, "how to keep it is said"
        for name in ("nord", "textual-light", "hansei-dark"):
            story.app.theme = name
            await story.settle()
            assert "Backlog" in story.text


async def test_colours_that_do_not_exist_are_told(opened: Opener, empty: Workspace) -> None:
    """A mistyped name in config.toml would leave hansei dark, and nobody would know why."""
    empty.settings = replace(empty.settings, screen=ScreenSettings(theme="[b]nrod"))
    async with opened(workspace=empty) as story:
        assert story.app.theme == "hansei-dark"
        assert "there are no colours called “[b]nrod”" in story.text


async def test_background_work_shows_its_progress(opened: Opener) -> None:
    """While logs are read the top line says how far it is; an old request says nothing."""
    async with opened() as story:
        story.app.post_message(HanseiApp.Progress(story.app._request, "reading 3/9 logs"))
        await story.settle()
        assert "reading 3/9 logs" in story.text
        story.app.post_message(HanseiApp.Progress(story.app._request - 1, "reading 1/9 logs"))
        await story.settle()
        assert "reading 1/9 logs" not in story.text


def boom(text: str) -> None:
    """Raise with somebody's text in the message, in a local and in the cause."""
    private = text
    table: dict[str, str] = {}
    try:
        table[private]
    except KeyError as error:
        raise ValueError(f"cannot handle {private}") from error


def test_crash_report_holds_no_text(tmp_path: Path) -> None:
    """A report that quotes a prompt would leak it when it is sent somewhere."""
    with pytest.raises(ValueError, match="cannot handle") as caught:
        boom(SECRET)
    report = crash_report(caught.value, NOW)
    assert SECRET not in report
    assert "in boom" in report
    assert "KeyError" in report
    path = write_crash_file(tmp_path / "crashes", caught.value, NOW)
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert write_crash_file(tmp_path / "crashes", caught.value, NOW) is None


async def test_crash_writes_a_report_and_ends_with_an_error(
    full: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake of hansei's own must end with a path and a code, not with session text."""
    app = HanseiApp(full)

    async def crash() -> None:
        async with app.run_test() as pilot:
            app.call_later(boom, SECRET)
            await pilot.pause()
            await pilot.pause()

    with pytest.raises(ValueError, match="cannot handle"):
        await crash()
    assert app.return_code == 1
    reports = list(full.paths.crashes.glob("crash-*.txt"))
    assert len(reports) == 1
    assert SECRET not in reports[0].read_text(encoding="utf-8")
    printed = capsys.readouterr()
    assert SECRET not in printed.err + printed.out
    assert "crash-" in re.sub(r"\s", "", printed.err)


async def test_a_change_from_outside_while_a_screen_opens(opened: Opener) -> None:
    """Another process that writes just then would end hansei: the widgets are not there yet."""
    async with opened() as story:
        story.app.switch_mode("planner")
        story.app.version += 1
        story.app._update_area()
        story.app.show_status()
        await story.settle()
        assert story.area.AREA == "planner"
        assert story.area._seen == story.app.version
