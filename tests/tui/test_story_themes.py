"""Stories on the Themes screen: what recurs, its evidence, and the way into the backlog."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.tui.story import NOW, Opener
from textual.widgets import Input

from hansei_core.tables import THEMES
from hansei_core.themes.model import Family
from hansei_core.verbs.theme_model import load_themes
from hansei_core.vocabulary import Stage
from hansei_tui.cli.run import run
from hansei_tui.demo.build import demo_environ
from hansei_tui.screens.themes_view import VIEWS


async def test_themes_are_listed_by_cost(opened: Opener) -> None:
    """The dearest theme must come first, with its sessions and its last sight."""
    async with opened("themes") as story:
        reports = list(story.area._reports.values())
        assert len(reports) >= 4
        costs = [report.seconds_lost for report in reports]
        assert costs == sorted(costs, reverse=True)
        assert "30 days" in story.text


async def test_window_changes_what_counts(opened: Opener) -> None:
    """`.` looks further back: more evidence, never less."""
    async with opened("themes") as story:
        month = sum(len(report.documents) for report in story.area._reports.values())
        await story.press("full_stop", "full_stop")
        everything = sum(len(report.documents) for report in story.area._reports.values())
        assert "all time" in story.text
        assert everything > month
        await story.press("comma", "comma", "comma")
        assert "7 days" in story.text


async def test_evidence_opens_at_its_place(opened: Opener) -> None:
    """Enter goes to the evidence, enter again opens the log there, esc leads back to the list."""
    async with opened("themes") as story:
        report = story.area._reports[story.area.rows.current]
        await story.press("enter")
        assert story.area.evidence.has_focus
        assert len(story.area.evidence.ids) == len(report.documents)
        await story.press("enter")
        friction = story.app.desk.frictions(report.documents[0].session_id)[0]
        assert friction.evidence.path[-12:] in story.text
        await story.press("escape", "escape")
        assert story.area.rows.has_focus
        assert "sess" in story.text


async def test_promote_makes_a_linked_improvement(opened: Opener) -> None:
    """`P` must bring the evidence and the theme's id into the new improvement."""
    async with opened("themes") as story:
        theme_id = next(row for row in story.area.rows.ids if row not in story.area._linked)
        story.area.rows.move_to(theme_id)
        count = len(story.app.desk.improvements())
        await story.press("P")
        assert f"Promote {theme_id}" in story.text
        story.app.screen.query_one("#title", Input).value = "End this for good xyzzy"
        await story.press("ctrl+s")
        items = story.app.desk.improvements()
        item = next(item for item in items.values() if "xyzzy" in item.title)
        assert len(items) == count + 1
        assert item.theme_id == theme_id
        assert item.evidence
        assert item.sessions
        await story.press("u")
        assert len(story.app.desk.improvements()) == count


async def test_theme_is_linked_to_an_existing_improvement(opened: Opener) -> None:
    """R5: `L` must link the chosen improvement with the theme's evidence, as one undo."""
    async with opened("themes") as story:
        theme_id, before = story.area.rows.current, story.item(9)
        sessions = story.area.current().sessions
        await story.press("L")
        await story.type("IMP-2026-009")
        await story.press("enter")
        linked = story.item(9)
        assert linked.theme_id == theme_id
        assert set(linked.sessions) == {*before.sessions, *sessions}
        assert linked.seen > before.seen
        await story.press("u")
        assert story.item(9) == before


async def test_theme_is_renamed_and_muted(opened: Opener) -> None:
    """The user's name stays; a muted theme leaves the list until undo."""
    async with opened("themes") as story:
        theme_id = story.area.rows.current
        await story.press("R")
        story.app.screen.query_one(Input).value = "Read before you write"
        await story.press("enter")
        assert story.store.get(THEMES, theme_id)["name"] == "Read before you write"
        assert "Read before you write" in story.text
        await story.press("H")
        assert theme_id not in story.area.rows.ids
        await story.press("u")
        assert theme_id in story.area.rows.ids


async def test_filter_by_words(opened: Opener) -> None:
    """`/` narrows by words of the name; esc gives everything back."""
    async with opened("themes") as story:
        before = len(story.area.rows.ids)
        await story.press("slash")
        await story.type("read")
        assert 0 < len(story.area.rows.ids) < before
        await story.press("escape")
        assert len(story.area.rows.ids) == before


async def test_empty_list_says_what_was_looked_at(opened: Opener, empty: object) -> None:
    """An empty list must not be taken for all clear."""
    async with opened("themes", workspace=empty) as story:
        assert "No session was read yet" in story.text


async def test_late_result_of_an_older_window_is_dropped(opened: Opener) -> None:
    """Two windows asked for quickly: the screen must show the newer one's answer."""
    async with opened("themes") as story:
        shown = story.area.page
        old = story.area.Found(story.area._request - 1, None, None)
        story.area.post_message(old)
        await story.settle()
        assert story.area.page is shown


FILTERS = ("", "kind:rejection,correction", "project:tidewater", "since:3w -is:linked", "go.sum")


@pytest.mark.parametrize("text", FILTERS)
async def test_screen_and_command_list_the_same_themes(
    text: str,
    opened: Opener,
    demo_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same filter must give the same ids, in the same order, with the same numbers."""
    environ = {**demo_environ({}, demo_folder), "HANSEI_HOME": str(tmp_path / "hansei")}
    async with opened("themes", size=(120, 36)) as story:
        if text:
            await story.press("slash")
            story.area.query_one("#filter", Input).value = text
            await story.settle()
        shown = {row: len(story.area._reports[row].sessions) for row in story.area.rows.ids}
    line = ("themes", "--window", "30", "--filter", text, "--json")
    code = run(line, environ=environ, clock=lambda: NOW, cwd=demo_folder, interactive=False)
    assert code == 0
    listed = json.loads(capsys.readouterr().out)["data"]
    assert {each["id"]: len(each["sessions"]) for each in listed} == shown
    assert [each["id"] for each in listed] == list(shown)


async def test_a_wrong_filter_is_pointed_at_and_changes_nothing(opened: Opener) -> None:
    """A typing mistake must neither empty the list nor pass unseen."""
    async with opened("themes") as story:
        before = story.area.rows.ids
        await story.press("slash")
        await story.type("kind:zork")
        assert "^^^^" in story.text
        assert "possible are command-failed" in story.text
        story.area.query_one("#filter", Input).value = ""
        await story.settle()
        assert story.area.rows.ids == before


async def test_maps_count_what_the_list_counts(opened: Opener) -> None:
    """R15: theme × week and theme × project show the list's own numbers, as numbers."""
    async with opened("themes", size=(120, 36)) as story:
        theme_id = story.area.rows.current
        report = story.area._reports[theme_id]
        await story.press("b")
        assert "[weeks]" in story.text
        assert story.area.rows.current == theme_id
        row = next(line for line in story.text.splitlines() if report.theme.name[:12] in line)
        hits = [int(word) for word in row.split() if word.isdecimal() and len(word) < 3]
        assert hits == [hit for _, hit in report.weeks if hit] + [len(report.sessions)]
        assert "sessions looked at" in story.text
        await story.press("b")
        assert "[projects]" in story.text
        assert report.projects[0] in story.text
        await story.press("escape")
        assert "sess     lost" in story.text


async def test_every_view_holds_at_every_size(opened: Opener) -> None:
    """A view that breaks in a small window, or forgets the theme, is one too many."""
    for size in ((80, 24), (160, 50)):
        async with opened("themes", size=size) as story:
            for name in (*VIEWS[1:], VIEWS[0]):
                await story.press("b")
                assert story.area._view == name
                await story.press("j", "enter")
                if story.area.evidence.has_focus:
                    await story.press("escape")
            assert story.area.rows.has_focus


async def test_metrics_say_when_there_is_too_little(opened: Opener) -> None:
    """R64: two weeks before the window must not be taken for a baseline."""
    async with opened("themes", size=(120, 36)) as story:
        await story.press("b", "b", "b")
        assert "not enough data" in story.text
        assert "2 of 8 weeks" in story.text


async def test_marked_evidence_is_split_off_and_put_back(opened: Opener) -> None:
    """`S` must make a theme of the marked texts, and undo must give them back."""
    async with opened("themes") as story:
        story.area.rows.move_to("THM-8")
        await story.press("S")
        assert story.area.evidence.has_focus
        before = len(story.area.current().documents)
        await story.press("space", "S")
        await story.type("Upload")
        await story.press("enter")
        names = {theme.name: theme.id for theme in load_themes(story.store).themes}
        assert len(story.area._reports["THM-8"].documents) == before - 1
        await story.press("full_stop", "full_stop")
        assert len(story.area._reports[names["Upload"]].documents) == 1
        await story.press("u")
        assert "Upload" not in {theme.name for theme in load_themes(story.store).themes}


async def test_why_two_texts_are_together_is_shown(opened: Opener) -> None:
    """`W` must show the shared terms of the marked texts, or of one and the theme's middle."""
    async with opened("themes") as story:
        await story.press("W")
        assert "together: likeness" in story.text
        await story.press("escape", "enter", "space", "space", "W")
        assert "second" in story.text
        assert "a theme begins at" in story.text


async def test_a_name_of_ones_own_does_not_make_a_text_a_stranger(opened: Opener) -> None:
    """`W` compared a text with the theme's name: after a new name nothing was shared."""
    async with opened("themes") as story:
        screen = story.area
        report = screen._reports[screen.rows.current]
        story.app.desk.rename_theme(report.theme.id, "Ours alone")
        await story.press("r")
        await story.press("enter", "j", "W")
        assert "together: likeness" in story.text
        assert report.documents[1].text[:30] in story.text


async def test_what_was_seen_once_is_put_into_a_theme(opened: Opener) -> None:
    """Texts without a common word meet only if the user says that they are one problem."""
    async with opened("themes", size=(120, 36)) as story:
        await story.press("b", "b", "b", "b")
        thing = story.area.rows.current
        await story.press("M")
        await story.type("go.sum")
        await story.press("enter")
        home = load_themes(story.store).pinned[thing]
        assert "go.sum" in story.store.get(THEMES, home)["name"]
        assert thing not in story.area.rows.ids


async def test_merging_offers_likely_twins_and_keeps_links(opened: Opener) -> None:
    """`M` must lead the old id to the kept theme, undoably."""
    async with opened("themes") as story:
        story.area.rows.move_to("THM-6")
        await story.press("M")
        await story.type("THM-8")
        await story.press("enter")
        assert story.store.get(THEMES, "THM-8")["aliases"] == ["THM-6"]
        await story.press("u")
        assert story.store.get(THEMES, "THM-6") is not None


async def test_the_dial_says_first_and_changes_on_enter(opened: Opener) -> None:
    """Looking at another cut must change nothing; enter must, undoably."""
    async with opened("themes") as story:
        before = load_themes(story.store)
        await story.press("F", "left", "left")
        assert "stay as they are" in story.text
        assert "[0.8]" in story.text
        assert load_themes(story.store) == before
        await story.press("enter")
        assert load_themes(story.store).granularity == 0.8
        await story.press("F")
        assert "[0.8]" in story.text
        await story.press("enter")
        assert load_themes(story.store).granularity == 0.8
        await story.press("u")
        assert load_themes(story.store).granularity is None


def written(folder: Path) -> dict[Path, int]:
    """Return when each file outside of hansei's own folder was written last."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: path.stat().st_mtime_ns for path in files if "hansei" not in path.parts}


async def test_a_rule_is_shown_and_no_file_is_touched(opened: Opener, demo_folder: Path) -> None:
    """R71: the diff is shown to copy; files on disk stay as they are."""
    async with opened("themes", size=(120, 36)) as story:
        before = written(demo_folder)
        story.area.rows.move_to("THM-2")
        await story.press("T")
        assert "b/CLAUDE.md" in story.text
        assert "Do not edit the generated client" in story.text
        assert "hansei changes no file of yours" in story.text
        await story.press("y", "Y", "escape")
        assert before == written(demo_folder)


async def test_proposals_land_in_the_inbox(opened: Opener) -> None:
    """R68: proposals wait in the inbox, with scores that are marked as suggested."""
    async with opened("themes") as story:
        known = set(story.app.desk.improvements())
        story.area.action_propose()
        await story.settle()
        items = story.app.desk.improvements()
        fresh = [items[row] for row in items if row not in known]
        assert 0 < len(fresh) <= 3
        for item in fresh:
            assert item.stage is Stage.INBOX
            assert item.suggested
            assert item.evidence
            assert item.theme_id
        await story.press("u")
        assert set(story.app.desk.improvements()) == known


async def test_themes_are_exported_and_nothing_is_replaced(
    opened: Opener, demo_folder: Path
) -> None:
    """`X` must write where the user says, and keep what is there."""
    target = demo_folder / "themes-story.csv"
    try:
        async with opened("themes") as story:
            for _ in range(2):
                await story.press("X")
                story.app.screen.query_one(Input).value = "themes-story.csv"
                await story.press("enter")
        rows = target.read_text("utf-8").splitlines()
        assert rows[0].startswith("id,name")
        assert len(rows) > 5
    finally:
        target.unlink(missing_ok=True)


async def test_marked_themes_are_muted_and_merged_as_one_change(opened: Opener) -> None:
    """Keys act on the marked rows, show how many, and are one undo."""
    async with opened("themes") as story:
        first, second = story.area.rows.ids[:2]
        await story.press("space", "space")
        assert "2 marked" in story.text
        await story.press("H")
        assert not {first, second} & set(story.area.rows.ids)
        assert not story.area.rows.marks
        await story.press("u")
        assert {first, second} <= set(story.area.rows.ids)
        story.area.rows.move_to("THM-4")
        await story.press("space")
        story.area.rows.move_to("THM-6")
        await story.press("space", "M")
        assert "THM-4 and THM-6 are part of" in story.text
        await story.type("THM-8")
        await story.press("enter")
        assert set(story.store.get(THEMES, "THM-8")["aliases"]) == {"THM-4", "THM-6"}
        await story.press("u")
        assert story.store.get(THEMES, "THM-4") is not None
        assert story.store.get(THEMES, "THM-6") is not None


async def test_a_theme_by_rule_is_merged_with_nothing(opened: Opener) -> None:
    """The picker offered it, and the choice ended in an error."""
    async with opened("themes") as story:
        screen = story.area
        (ruled,) = [
            row for row, each in screen._reports.items() if each.theme.family is Family.RULE
        ]
        screen.rows.move_to(next(row for row in screen.rows.ids if row != ruled))
        await story.press("M")
        assert ruled not in story.text
        await story.press("escape")
        screen.rows.move_to(ruled)
        await story.press("M")
        assert "is part of" not in story.text
        assert "a theme by rule" in story.text


async def test_promoting_again_says_what_is_meant_to_end_it(opened: Opener) -> None:
    """A second improvement against the same theme would be made without noticing."""
    async with opened("themes") as story:
        linked = next(row for row in story.area.rows.ids if story.area.linked_to(row))
        story.area.rows.move_to(linked)
        (first, *_) = story.area.linked_to(linked)
        await story.press("P")
        assert f"{first.id} is meant to end {linked} already" in story.text


async def test_all_that_a_window_shows_of_a_theme_can_be_split_off(opened: Opener) -> None:
    """Older texts are outside the window: it said "that is all of it", and marks stayed counted."""
    async with opened("themes") as story:
        screen = story.area
        screen._step_window(-1)
        await story.settle()
        report = next(
            each
            for row in screen.rows.ids
            if (each := screen._reports[row]).theme.family is not Family.RULE
            and screen._size_of(each) > len(each.documents)
        )
        screen.rows.move_to(report.theme.id)
        await story.press("enter", *["space", "j"] * len(report.documents), "S")
        assert "Name of the new theme" in story.text
        await story.press("enter")
        made = load_themes(story.app.desk.workspace.store).themes[-1]
        assert set(load_themes(story.app.desk.workspace.store).pinned.values()) == {made.id}
        assert "marked, S" not in story.text
