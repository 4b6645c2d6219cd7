"""The virtual list: cursor by id, marks, columns by width, any length."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from hansei_tui.text import fit, width_of, wrap
from hansei_tui.widgets.line_list import Column, LineList
from hansei_tui.words import sparkline

LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"))
COLUMNS = (Column("a", "name", 0), Column("b", "n", 4, "right"), Column("c", "far", 9, need=60))


class Bench(App[None]):
    """One list and nothing else."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the names that the list's style sheet uses."""
        from hansei_tui.themes import FALLBACK_VARIABLES

        return dict(FALLBACK_VARIABLES)

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        yield LineList(COLUMNS)


def fill(rows: LineList, ids: Sequence[str]) -> None:
    rows.show(ids, lambda row: (f"row {row}", row, "far"), "nothing")


async def test_only_drawn_rows_are_asked_for() -> None:
    """50,000 rows must cost what a screenful costs."""
    app = Bench()
    async with app.run_test(size=(80, 20)) as pilot:
        rows = app.query_one(LineList)
        asked: list[str] = []

        def cells(row: str) -> tuple[str, str, str]:
            asked.append(row)
            return (row, "1", "")

        rows.show([str(number) for number in range(50_000)], cells)
        await pilot.pause()
        assert 0 < len(asked) < 100
        await pilot.press("G")
        await pilot.pause()
        assert rows.current == "49999"
        assert len(asked) < 200


async def test_cursor_stays_on_its_id_through_any_order() -> None:
    """Rows that move, come or go must not move the cursor to another row."""
    app = Bench()
    async with app.run_test() as pilot:
        rows = app.query_one(LineList)
        fill(rows, ["a", "b", "c", "d"])
        await pilot.press("j", "j")
        assert rows.current == "c"
        fill(rows, ["d", "c", "b", "a"])
        assert rows.current == "c"
        fill(rows, ["x", "y", "c"])
        assert rows.current == "c"
        fill(rows, ["x", "y"])
        assert rows.current == "y"
        fill(rows, [])
        assert rows.current == ""


async def test_marks_survive_rows_that_are_hidden() -> None:
    """A filter that hides a marked row must not unmark it."""
    app = Bench()
    async with app.run_test() as pilot:
        rows = app.query_one(LineList)
        fill(rows, ["a", "b", "c"])
        await pilot.press("space")
        fill(rows, ["b", "c"])
        assert rows.targets == ["a"]
        fill(rows, ["a", "b", "c"])
        assert rows.targets == ["a"]


async def test_click_moves_and_double_click_opens() -> None:
    """The mouse must work where it is used."""
    app = Bench()
    async with app.run_test() as pilot:
        rows = app.query_one(LineList)
        fill(rows, ["a", "b", "c"])
        await pilot.pause()
        await pilot.click(LineList, offset=(5, 3))
        assert rows.current == "c"


async def test_columns_give_way_to_a_narrow_terminal() -> None:
    """A column that does not fit must go, never squeeze the title away."""
    rows = LineList(COLUMNS)
    assert [column.key for _, column, _ in rows.visible_columns(80)] == ["a", "b", "c"]
    assert [column.key for _, column, _ in rows.visible_columns(50)] == ["a", "b"]
    for width in range(20, 200):
        used = sum(size + column.gap for _, column, size in rows.visible_columns(width))
        assert used <= width


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(1, 40))
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    """A cell that is one column too wide shifts everything right of it."""
    assert width_of(fit(text, width)) == width


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=LETTERS, max_size=80), st.integers(4, 40))
def test_wrap_keeps_every_letter_and_the_width(text: str, width: int) -> None:
    """A wrapped text must lose no letter and no line may be too wide."""
    from hansei_sessions.text import clean

    rows = wrap(text, width)
    assert all(width_of(row) <= width for row in rows)
    assert "".join("".join(rows).split()) == "".join(clean(text).split())


def test_sparkline_shows_gaps_and_heights() -> None:
    """A week without a hit must look different from a week with few."""
    assert sparkline([0, 1, 4, 8], 6) == "···▂▅█"
