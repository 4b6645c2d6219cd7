"""Stories on the Backlog: each key with what it shows and what it leaves in the store."""

from __future__ import annotations

from tests.tui.story import NOW, Opener

from hansei_core.improvement import EvidenceLink
from hansei_core.retro import ImprovementDraft
from hansei_core.verbs import improvements
from hansei_core.vocabulary import Stage
from hansei_tui.screens.backlog import BacklogScreen
from hansei_tui.widgets.line_list import LineList


def priorities(rows: LineList, screen: BacklogScreen) -> list[int]:
    return [screen.items[row].priority or 0 for row in rows.ids]


async def test_list_is_sorted_by_priority(opened: Opener) -> None:
    """Without it the most valuable improvement would not be the first one seen."""
    async with opened() as story:
        found = priorities(story.area.rows, story.area)
        assert found == sorted(found, reverse=True)
        assert "Backlog" in story.text
        assert "11 open" in story.text


async def test_impact_digit_wins_over_screen_digits(opened: Opener) -> None:
    """`I` and a digit must score the row; the digit alone would leave the screen."""
    async with opened() as story:
        row = story.area.rows.current
        await story.press("I", "4")
        assert story.app.desk.improvement(row).impact == 4
        assert story.area.AREA == "backlog"
        await story.press("I", "0")
        assert story.app.desk.improvement(row).impact == 10


async def test_effort_digit_brings_default_hours(opened: Opener) -> None:
    """Hours must follow the effort score, unless somebody typed them."""
    async with opened() as story:
        await story.press("a")
        await story.type("Effort only impact:9")
        await story.press("enter")
        items = story.app.desk.improvements().values()
        row = next(item.id for item in items if item.title == "Effort only")
        assert story.area.rows.move_to(row)
        await story.press("E", "3")
        item = story.app.desk.improvement(row)
        assert (item.effort, item.hours) == (3, 3.0)


async def test_cursor_follows_its_item_when_it_moves(opened: Opener) -> None:
    """A score moves the row in the order; the next key must still act on the same improvement."""
    async with opened() as story:
        row = story.area.rows.current
        await story.press("I", "1")
        assert story.area.rows.current == row
        assert story.area.rows.position > 0


async def test_marked_rows_are_scored_and_undone_as_one(opened: Opener) -> None:
    """Three rows in one score must be one undo, not three."""
    async with opened() as story:
        await story.press("space", "space", "space")
        marked = set(story.area.rows.marks)
        before = {row: story.app.desk.improvement(row).impact for row in marked}
        assert len(marked) == 3
        assert "3 marked" in story.text
        await story.press("I", "2")
        assert {story.app.desk.improvement(row).impact for row in marked} == {2}
        await story.press("u")
        assert {row: story.app.desk.improvement(row).impact for row in marked} == before
        await story.press("U")
        assert {story.app.desk.improvement(row).impact for row in marked} == {2}


async def test_range_and_all_marks(opened: Opener) -> None:
    """`v … v` marks the rows between, `V` all and then none."""
    async with opened() as story:
        await story.press("v", "j", "j", "v")
        assert len(story.area.rows.marks) == 3
        await story.press("V")
        assert story.area.rows.marks == set(story.area.rows.ids)
        await story.press("V")
        assert not story.area.rows.marks


async def test_filter_narrows_live_and_escape_clears_it(opened: Opener) -> None:
    """The list must follow each letter, in the grammar of the command line."""
    async with opened() as story:
        everything = len(story.area.rows.ids)
        await story.press("slash")
        await story.type("pri:>=60")
        shown = story.area.rows.ids
        assert 0 < len(shown) < everything
        assert all(story.area.items[row].priority >= 60 for row in shown)
        await story.press("enter", "j", "escape")
        assert len(story.area.rows.ids) == everything


async def test_filter_mistake_is_marked_and_keeps_the_list(opened: Opener) -> None:
    """A half-typed filter must say what is wrong and leave the rows as they were."""
    async with opened() as story:
        before = list(story.area.rows.ids)
        await story.press("slash")
        story.area.query_one("#filter").value = "impact:high"
        await story.settle()
        says = story.area.query_one("#filter-says")
        assert says.has_class("-wrong")
        assert "impact" in story.text
        assert list(story.area.rows.ids) == before


async def test_letters_in_the_filter_are_text(opened: Opener) -> None:
    """While a text field has the focus, no single letter may act."""
    async with opened() as story:
        count = len(story.app.desk.improvements())
        await story.press("slash")
        await story.type("xxuda1q")
        assert story.area.filter_text == "xxuda1q"
        assert story.area.AREA == "backlog"
        assert len(story.app.desk.improvements()) == count


async def test_typed_twice_x_trashes_and_undo_brings_back(opened: Opener) -> None:
    """`xx` is the only way to the trash, and one `u` is the way back."""
    async with opened() as story:
        story.app.reader.settle_seconds = 0
        row = story.area.rows.current
        await story.press("x", "x")
        await story.settle()
        assert story.app.desk.improvement(row).stage is Stage.TRASH
        assert row not in story.area.rows.ids
        await story.press("u")
        assert row in story.area.rows.ids


async def test_held_x_trashes_nothing(opened: Opener) -> None:
    """A key that repeats because it is held down must not destroy anything."""
    async with opened() as story:
        story.app.reader.settle_seconds = 60
        await story.press(*"xxxxxxxx")
        stages = {item.stage for item in story.app.desk.improvements().values()}
        assert Stage.TRASH not in stages


async def test_single_x_and_another_key_does_nothing(opened: Opener) -> None:
    """A broken sequence is dropped with its second key."""
    async with opened() as story:
        story.app.reader.settle_seconds = 0
        before = dict(story.app.desk.improvements())
        await story.press("x", "d")
        assert dict(story.app.desk.improvements()) == before
        assert not story.app.reader.sequences.pending


async def test_quick_add_reads_its_line(opened: Opener) -> None:
    """One line must set title, tag, category, scores and hours."""
    async with opened() as story:
        await story.press("a")
        await story.type("Pool the sockets +net cat:perf impact:8 effort:2 hours:3")
        assert "performance" in story.text
        await story.press("enter")
        item = next(i for i in story.app.desk.improvements().values() if "sockets" in i.title)
        assert (item.title, item.tags, item.category.value) == (
            "Pool the sockets",
            ("net",),
            "perf",
        )
        assert (item.impact, item.effort, item.hours) == (8, 2, 3.0)
        assert item.id in story.area.rows.ids


async def test_quick_add_refuses_a_bad_value_and_keeps_the_text(opened: Opener) -> None:
    """A mistake must be named while typing; enter must not lose the line."""
    async with opened() as story:
        count = len(story.app.desk.improvements())
        await story.press("a")
        await story.type("Pool it impact:11")
        await story.press("enter")
        assert "1–10" in story.text
        assert len(story.app.desk.improvements()) == count


async def test_quick_add_shows_the_twin(opened: Opener) -> None:
    """A title that exists already must be pointed out before it is added again."""
    async with opened() as story:
        title = story.item(1).title
        await story.press("a")
        await story.type(title)
        assert "IMP-2026-001" in story.text


async def test_done_asks_at_the_gate_and_records_the_answer(opened: Opener) -> None:
    """A jump to done needs a yes, and the history says that it was confirmed."""
    async with opened() as story:
        story.area.rows.move_to("IMP-2026-002")
        await story.press("d")
        assert "jump" in story.text
        await story.press("n")
        assert story.item(2).stage is Stage.BACKLOG
        await story.press("d", "y")
        assert story.item(2).stage is Stage.DONE
        assert "confirmed jump" in story.item(2).history[-1].text


async def test_title_is_edited_in_place(opened: Opener) -> None:
    """`i` must change the title and nothing else."""
    async with opened() as story:
        story.area.rows.move_to("IMP-2026-002")
        await story.press("i")
        await story.type(" today")
        await story.press("enter")
        assert story.item(2).title.endswith(" today")


async def test_modify_line_changes_several_fields(opened: Opener) -> None:
    """`m` must take attributes and tags of the quick-add grammar."""
    async with opened() as story:
        story.area.rows.move_to("IMP-2026-002")
        await story.press("m")
        await story.type("+later impact:3 effort:5")
        await story.press("enter")
        item = story.item(2)
        assert (item.impact, item.effort) == (3, 5)
        assert "later" in item.tags


async def test_stage_keys_and_picker(opened: Opener) -> None:
    """`L` goes one stage on, `H` back, `D` chooses."""
    async with opened() as story:
        story.area.rows.move_to("IMP-2026-002")
        await story.press("L")
        assert story.item(2).stage is Stage.ANALYSIS
        await story.press("L", "L")
        assert story.item(2).stage is Stage.PLANNING
        assert "success criteria" in story.text
        await story.press("y")
        assert story.item(2).stage is Stage.IMPLEMENTATION
        assert "passed over" in story.item(2).history[-1].text
        await story.press("H", "H")
        assert story.item(2).stage is Stage.ANALYSIS
        await story.press("H")
        assert story.item(2).stage is Stage.BACKLOG
        await story.press("D")
        await story.type("analysis")
        await story.press("enter")
        assert story.item(2).stage is Stage.ANALYSIS


async def test_plan_key_takes_and_drops(opened: Opener) -> None:
    """`p` must put the row into this week's plan and out again."""
    async with opened() as story:
        story.area.rows.move_to("IMP-2026-006")
        await story.press("p")
        assert "IMP-2026-006" in story.app.desk.planned()
        await story.press("p")
        assert "IMP-2026-006" not in story.app.desk.planned()


async def test_views_show_the_same_items(opened: Opener) -> None:
    """Board and matrix must hold what the list holds."""
    async with opened(size=(160, 40)) as story:
        await story.press("b")
        assert "analysis" in story.text
        board = story.area.query_one("#board")
        assert board.current in story.area.rows.ids
        await story.press("b")
        assert "do first" in story.text
        assert "unscored are not in it" in story.text
        await story.press("enter")
        assert story.area.filter_text.startswith("impact:8..10")
        assert all(story.area.items[row].impact >= 8 for row in story.area.rows.ids)


async def test_board_moves_cards_between_stages(opened: Opener) -> None:
    """On the board `L` must move the card and the cursor must stay on it."""
    async with opened(size=(160, 40)) as story:
        await story.press("b")
        board = story.area.query_one("#board")
        assert board.move_to("IMP-2026-002")
        await story.press("L")
        assert board.current == "IMP-2026-002"
        assert story.item(2).stage is Stage.ANALYSIS


async def test_outside_change_is_picked_up_and_cursor_stays(opened: Opener) -> None:
    """What another process writes must appear without a key, under an unmoved cursor."""
    async with opened() as story:
        await story.press("j", "j")
        row = story.area.rows.current
        workspace = story.app.workspace
        from hansei_tui.workspace import Workspace

        other = Workspace(workspace.paths, workspace.settings, workspace.context)
        draft = ImprovementDraft(title="From another shell", impact=10, effort=1)
        added = improvements.add(other.store, draft, now=NOW).value.id
        other.close()
        story.app._look_outside()
        await story.settle()
        assert added == story.area.rows.ids[0]
        assert story.area.rows.current == row


async def test_sort_keeps_the_cursor_on_its_item(opened: Opener) -> None:
    """`o` must change the order, never the improvement that keys act on."""
    async with opened() as story:
        await story.press("j")
        row, before = story.area.rows.current, list(story.area.rows.ids)
        await story.press("o")
        assert list(story.area.rows.ids) != before
        assert story.area.rows.current == row


async def test_details_tell_the_score(opened: Opener) -> None:
    """The pane must explain the number, not only repeat it."""
    async with opened() as story:
        await story.press("z")
        assert "× (11 − " in story.text


async def test_empty_backlog_says_what_to_do(opened: Opener, empty: object) -> None:
    """An empty list must not be a blank screen."""
    async with opened(workspace=empty) as story:
        assert "No open improvement yet" in story.text


async def test_what_a_filter_picks_keeps_the_order(opened: Opener) -> None:
    """Everything is sorted once: a filter, a change or another order must not show an old one."""
    async with opened() as story:
        desk = story.app.desk
        for sort, reverse in (("priority", False), ("title", False), ("title", True)):
            everything = desk.select("", sort, reverse=reverse)
            some = desk.select("impact:>=6", sort, reverse=reverse)
            assert some == [item for item in everything if (item.impact or 0) >= 6]
            assert 0 < len(some) < len(everything)
        last = desk.select("")[-1]
        improvements.score(desk.workspace.store, [last.id], now=NOW, impact=10, effort=1)
        assert desk.select("")[0].id == last.id
        assert desk.counts().open == len(desk.select(""))


async def test_the_same_evidence_is_told_once(opened: Opener) -> None:
    """Five times one sentence would fill the details and say nothing."""
    async with opened(size=(120, 50)) as story:
        links = [
            EvidenceLink(f"s{n}", "codex", "quarry", quote="tar: no such file") for n in range(6)
        ]
        row = story.area.rows.current
        improvements.link_sessions(story.store, row, links, now=NOW)
        story.app.version += 1
        story.app._update_area()
        await story.settle()
        told = " ".join(line.partition("│")[2].strip() for line in story.text.splitlines())
        assert told.count("tar: no such file") == 1
        assert "6× the same" in told


async def test_what_is_copied_is_said_once(opened: Opener) -> None:
    """`Copied IMP-2026-001: IMP-2026-001` says nothing twice."""
    async with opened() as story:
        await story.press("y")
        assert "Copied IMP-2026-001" in story.text
        assert "Copied IMP-2026-001:" not in story.text
