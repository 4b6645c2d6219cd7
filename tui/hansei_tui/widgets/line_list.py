"""A list drawn line by line: instant at any length, one widget for all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hansei_sessions.value import Value
from hansei_tui.keys import bindings
from hansei_tui.text import fit

Tone: TypeAlias = Literal[
    "",
    "quiet",
    "strong",
    "accent",
    "good",
    "warn",
    "bad",
    "head",
    "heat1",
    "heat2",
    "heat3",
    "heat4",
]
Cell: TypeAlias = "str | tuple[str, Tone]"
Row: TypeAlias = Sequence[Cell]

_HEATS: Final = ("heat1", "heat2", "heat3", "heat4")
_TONES: Final = ("quiet", "strong", "accent", "good", "warn", "bad", "head", *_HEATS)
_GUTTER: Final = 2  # cursor bar and mark


class Column(Value, frozen=True):
    """One column of a list."""

    key: str
    heading: str
    width: int
    """Columns of the terminal; 0 takes what the others leave (one column of a list does)."""
    align: Literal["left", "right"] = "left"
    need: int = 0
    """Shown only where the list is at least this wide."""
    gap: int = 2
    """Blank columns before it."""


@dataclass
class _Event(Message):
    """Something that the user did in a list."""

    line_list: LineList

    @property
    def control(self) -> LineList:
        """The list, for handlers that name it."""
        return self.line_list


class LineList(ScrollView, can_focus=True):
    """Rows by id; the cursor stays on its row through sort, filter and changes from outside."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-list--cursor",
        "line-list--cursor-away",
        "line-list--heading",
        "line-list--bar",
        *(f"line-list--{tone}" for tone in _TONES),
    }
    DEFAULT_CSS = """
    LineList {
        height: 1fr;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .line-list--cursor { background: $row-cursor; }
        & > .line-list--cursor-away { background: $row-cursor-away; }
        & > .line-list--heading { color: $quiet; }
        & > .line-list--bar { color: $primary; text-style: bold; }
        & > .line-list--quiet { color: $quiet; }
        & > .line-list--strong { text-style: bold; }
        & > .line-list--accent { color: $primary; }
        & > .line-list--good { color: $success; }
        & > .line-list--warn { color: $warning; }
        & > .line-list--bad { color: $error; }
        & > .line-list--head { color: $secondary; text-style: bold; }
        & > .line-list--heat1 { background: $heat-1; }
        & > .line-list--heat2 { background: $heat-2; }
        & > .line-list--heat3 { background: $heat-3; text-style: bold; }
        & > .line-list--heat4 { background: $heat-4; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]

    takes_list_keys: ClassVar[bool] = True
    """Whether the registry's keys for lists act on it."""
    position: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class HeadingClicked(_Event):
        """A click on a column's heading."""

        key: str

    @dataclass
    class Moved(_Event):
        """The cursor is on another row; `row_id` is empty where the list is empty."""

        row_id: str

    @dataclass
    class Opened(_Event):
        """Enter or a double click on a row."""

        row_id: str

    class Marked(_Event):
        """The set of marked rows changed."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        markable: bool = True,
        headings: bool = True,
        id: str | None = None,  # noqa: A002 -- Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.marks: set[str] = set()
        self.sorted_by = ("", False)
        """Key of the column that the rows are sorted by, and whether the order is turned round."""
        self._markable = markable
        self._headings = headings
        self._ids: Sequence[str] = ()
        self._cells: Callable[[str], Row] = lambda _: ()
        self._note = ""
        self._range_from: str | None = None
        self._held = ""
        self._is_showing = False
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(512)
        self._version = 0

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the rows in their order."""
        return self._ids

    @property
    def current(self) -> str:
        """Id under the cursor; empty where there is no row."""
        return self._ids[self.position] if self.position < len(self._ids) else ""

    @property
    def targets(self) -> list[str]:
        """Marked rows in list order, those a filter hides at the end; else the cursor's row."""
        if self.marks:
            shown = [row for row in self._ids if row in self.marks]
            return shown + sorted(self.marks - set(shown))
        return [self.current] if self.current else []

    def show(self, ids: Sequence[str], cells: Callable[[str], Row], note: str = "") -> None:
        """Show rows; the cursor stays on its id, or where it was if that id is gone.

        It returns to a row that was gone for a while, such as behind a filter, unless it was moved
        meanwhile.

        Args:
            ids: Row ids in order, each once.
            cells: Gives a row's cells, one for each column; asked for drawn rows only.
            note: What an empty list says.
        """
        before, place = self.current, self.position
        self._ids, self._cells, self._note = ids, cells, note
        self._forget_strips()
        self._resize_canvas()
        target = self._place_of(self._held)
        if target is None:
            target = self._place_of(before)
        if target is None:
            target = min(place, max(len(ids) - 1, 0))
        if target == self.position:
            self._keep_visible()
        self._is_showing = True
        self.position = target
        self._is_showing = False
        self._held = self._held or self.current
        if self.current != before:
            self.post_message(self.Moved(self, self.current))

    def hold(self) -> None:
        """Take the row under the cursor for the one that the user means, as after a key on it."""
        self._held = self.current

    def set_marks(self, marks: set[str]) -> None:
        """Mark exactly these rows, shown or not."""
        self._range_from = None
        self.marks = marks
        self._marks_changed()

    def redraw(self) -> None:
        """Draw all rows anew; their cells changed."""
        self._forget_strips()

    def move_to(self, row_id: str) -> bool:
        """Put the cursor on a row; False where it is not in the list."""
        place = self._place_of(row_id)
        if place is None:
            return False
        self.position = place
        return True

    def clear_marks(self) -> bool:
        """Drop all marks; False where there were none."""
        self._range_from = None
        if not self.marks:
            return False
        self.marks.clear()
        self._marks_changed()
        return True

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Use other columns; `show` has to follow with rows that match."""
        self.columns = tuple(columns)
        self._forget_strips()

    def validate_position(self, position: int) -> int:
        """Keep the cursor inside the list."""
        return max(0, min(position, len(self._ids) - 1))

    def watch_position(self, before: int, after: int) -> None:
        """Repaint the two rows and tell the screen."""
        if not self._is_showing:
            self._held = self.current
        self._refresh_row(before)
        self._refresh_row(after)
        self._keep_visible()
        if before != after:
            self.post_message(self.Moved(self, self.current))

    def on_resize(self) -> None:
        """Choose columns for the new width; rows drawn at this width before stay as they are."""
        self.refresh()
        self._resize_canvas()
        self._keep_visible()

    def on_focus(self) -> None:
        """The cursor's colour tells which pane has the keys."""
        self._refresh_row(self.position)

    def on_blur(self) -> None:
        """The cursor's colour tells which pane has the keys."""
        self._refresh_row(self.position)

    def notify_style_update(self) -> None:
        """Colours changed: nothing that was drawn is right any more."""
        super().notify_style_update()
        self._forget_strips()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a second click opens it."""
        row = self._row_at(event.y)
        if row is None:
            if self._headings and event.y == 0:
                self._heading_clicked(event.x)
            return
        again = row == self.position and event.chain > 1
        self.position = row
        if again:
            self.action_open()

    def action_down(self) -> None:
        """Next row."""
        self.position += 1

    def action_up(self) -> None:
        """Previous row."""
        self.position -= 1

    def action_first(self) -> None:
        """First row."""
        self.position = 0

    def action_last(self) -> None:
        """Last row."""
        self.position = len(self._ids) - 1

    def action_half_down(self) -> None:
        """Half a page down."""
        self.position += max(self._rows_high // 2, 1)

    def action_half_up(self) -> None:
        """Half a page up."""
        self.position -= max(self._rows_high // 2, 1)

    def action_open(self) -> None:
        """Tell the screen to open the cursor's row."""
        if self.current:
            self.post_message(self.Opened(self, self.current))

    def action_mark(self) -> None:
        """Mark or unmark the row and go on, so that several are marked by one key."""
        if not self._markable or not self.current:
            return
        self.marks ^= {self.current}
        self.position += 1
        self._marks_changed()

    def action_mark_range(self) -> None:
        """Begin a range, or mark everything between its beginning and here."""
        if not self._markable or not self.current:
            return
        start = self._place_of(self._range_from or "")
        if start is None:
            self._range_from = self.current
            self.marks.add(self.current)
        else:
            low, high = sorted((start, self.position))
            self.marks.update(self._ids[low : high + 1])
            self._range_from = None
        self._marks_changed()

    def action_mark_all(self) -> None:
        """Mark all rows that are shown, or none if all of them are."""
        if not self._markable:
            return
        shown = set(self._ids)
        self.marks = self.marks - shown if shown <= self.marks else self.marks | shown
        self._marks_changed()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the viewport."""
        width = self.scrollable_content_region.width
        if self._headings:
            if y == 0:
                return self._heading(width)
            y -= 1
        if not self._ids:
            return self._empty_line(y, width)
        row = y + self.scroll_offset.y
        if row >= len(self._ids):
            return Strip.blank(width, self.rich_style)
        row_id = self._ids[row]
        at_cursor = row == self.position
        key = (row_id, row_id in self.marks, at_cursor, at_cursor and self.has_focus, width)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._draw(row_id, at_cursor=at_cursor, width=width)
            self._strips[key] = strip
        return strip

    def _place_of(self, row_id: str) -> int | None:
        """Return where a row stands; looked for, since a table of all places costs more."""
        try:
            return self._ids.index(row_id) if row_id else None
        except ValueError:
            return None

    @property
    def _rows_high(self) -> int:
        return max(self.scrollable_content_region.height - int(self._headings), 1)

    def _row_at(self, y: int) -> int | None:
        row = y - int(self._headings) + self.scroll_offset.y
        return row if y >= int(self._headings) and 0 <= row < len(self._ids) else None

    def _marks_changed(self) -> None:
        self.refresh()
        self.post_message(self.Marked(self))

    def _forget_strips(self) -> None:
        self._strips.clear()
        self.refresh()

    def _resize_canvas(self) -> None:
        if not self.size and len(self._ids) > self.app.size.height:
            self.show_vertical_scrollbar = True  # spares a second layout with one column less
        self.virtual_size = Size(0, len(self._ids) + int(self._headings))

    def _refresh_row(self, row: int) -> None:
        if self.size.width:
            y = row - self.scroll_offset.y + int(self._headings)
            self.refresh(Region(0, y, self.size.width, 1))

    def _keep_visible(self) -> None:
        if not self.size.height:
            return
        top = round(self.scroll_y)
        if self.position < top:
            self.scroll_to(y=self.position, animate=False, force=True, immediate=True)
        elif self.position >= top + self._rows_high:
            self.scroll_to(
                y=self.position - self._rows_high + 1, animate=False, force=True, immediate=True
            )

    def visible_columns(self, width: int) -> list[tuple[int, Column, int]]:
        """Return (place, column, columns of the terminal) of what fits into a width."""
        chosen = [(place, col) for place, col in enumerate(self.columns) if col.need <= width]
        fixed = sum(col.width for _, col in chosen) + sum(col.gap for _, col in chosen[1:])
        left = max(width - _GUTTER - 1 - fixed, 4)
        return [(place, col, col.width or left) for place, col in chosen]

    def _heading_clicked(self, x: int) -> None:
        left = _GUTTER
        for order, (_, column, size) in enumerate(
            self.visible_columns(self.scrollable_content_region.width)
        ):
            left += column.gap if order else 0
            if left <= x < left + size:
                self.post_message(self.HeadingClicked(self, column.key))
            left += size

    def _heading(self, width: int) -> Strip:
        style = self.rich_style + self.get_component_rich_style("line-list--heading", partial=True)
        text = ""
        key, is_reverse = self.sorted_by
        for order, (_, column, size) in enumerate(self.visible_columns(width)):
            mark = ("▴" if is_reverse else "▾") if column.key == key else " "
            gap = column.gap if order else _GUTTER
            text += " " * (gap - 1) + mark if gap else ""
            text += fit(column.heading, size, column.align)
        return Strip([Segment(fit(text, width), style)], width)

    def _empty_line(self, y: int, width: int) -> Strip:
        rows = self._note.split("\n")
        style = self.rich_style + self.get_component_rich_style("line-list--quiet", partial=True)
        text = rows[y - 1] if 0 < y <= len(rows) else ""
        return Strip([Segment(fit("  " + text if text else "", width), style)], width)

    def _draw(self, row_id: str, *, at_cursor: bool, width: int) -> Strip:
        base = self.rich_style
        if at_cursor:
            name = "cursor" if self.has_focus else "cursor-away"
            base += self.get_component_rich_style(f"line-list--{name}", partial=True)
        cells = self._cells(row_id)
        segments = [self._gutter(row_id, base, at_cursor=at_cursor)]
        for order, (place, column, size) in enumerate(self.visible_columns(width)):
            cell = cells[place] if place < len(cells) else ""
            text, tone = (cell, "") if isinstance(cell, str) else cell
            if order:
                segments.append(Segment(" " * column.gap, base))
            segments.append(Segment(fit(text, size, column.align), self._toned(base, tone)))
        return Strip(segments).adjust_cell_length(width, base)

    def _gutter(self, row_id: str, base: Style, *, at_cursor: bool) -> Segment:
        mark = "●" if row_id in self.marks else " "
        bar = "▌" if at_cursor and self.has_focus else "▏" if at_cursor else " "
        return Segment(bar + mark, self._toned(base, "bar"))

    def _toned(self, base: Style, tone: str) -> Style:
        if not tone:
            return base
        return base + self.get_component_rich_style(f"line-list--{tone}", partial=True)
