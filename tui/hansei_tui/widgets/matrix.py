"""Impact against effort: nine cells, each with its advice, its count and its best titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from hansei_core.scoring import ADVICE, DEFAULT_BINS, Bin, Bins
from hansei_sessions.value import Value
from hansei_tui.text import fit

Place = tuple[Bin, Bin]
"""(impact bin, effort bin)."""
_DOWN: Final = (Bin.HIGH, Bin.MEDIUM, Bin.LOW)
_ACROSS: Final = (Bin.LOW, Bin.MEDIUM, Bin.HIGH)
_LEFT: Final = 8


class Entry(Value, frozen=True):
    """One improvement in a cell."""

    id: str
    priority: int
    title: str


class Matrix(Widget, can_focus=True):
    """Nine cells; arrows or `hjkl` choose one, enter lists it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "matrix--cursor",
        "matrix--rule",
        "matrix--quiet",
        "matrix--first",
        "matrix--advice",
    }
    DEFAULT_CSS = """
    Matrix {
        height: 1fr;
        & > .matrix--cursor { background: $row-cursor; }
        & > .matrix--rule { color: $rule; }
        & > .matrix--quiet { color: $quiet; }
        & > .matrix--first { color: $accent; text-style: bold; }
        & > .matrix--advice { color: $secondary; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(0,-1)", show=False),
        Binding("right,l", "move(0,1)", show=False),
        Binding("up,k", "move(-1,0)", show=False),
        Binding("down,j", "move(1,0)", show=False),
        Binding("enter", "open", show=False),
    ]
    place: reactive[tuple[int, int]] = reactive((0, 0))

    @dataclass
    class Opened(Message):
        """A cell is to be listed."""

        impact: Bin
        effort: Bin

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's name for it
        super().__init__(id=id)
        self._cells: Mapping[Place, Sequence[Entry]] = {}
        self._bins = DEFAULT_BINS

    def show(self, cells: Mapping[Place, Sequence[Entry]], bins: Bins) -> None:
        """Show the entries of each cell, best first."""
        self._cells, self._bins = cells, bins
        self.refresh()

    def validate_place(self, place: tuple[int, int]) -> tuple[int, int]:
        """Stay inside the nine cells."""
        row, column = place
        return max(0, min(row, 2)), max(0, min(column, 2))

    def action_move(self, down: int, across: int) -> None:
        """Choose a neighbouring cell."""
        row, column = self.place
        self.place = (row + down, column + across)

    def action_open(self) -> None:
        """List the chosen cell."""
        row, column = self.place
        self.post_message(self.Opened(_DOWN[row], _ACROSS[column]))

    def on_click(self, event: events.Click) -> None:
        """Choose the cell under the pointer; a second click lists it."""
        _, height, widths = self._sizes()
        row = max(event.y - 1, 0) // (height + 1)
        x, column = event.x - _LEFT, 0
        while column < 2 and x > widths[column]:
            x -= widths[column] + 1
            column += 1
        if event.chain > 1 and (row, column) == self.place:
            self.action_open()
        self.place = (row, column)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, height, widths = self._sizes()
        base = self.rich_style
        if y == 0:
            return self._scale(base, widths).adjust_cell_length(width, base)
        row, line = divmod(y - 1, height + 1)
        if row > 2:
            return Strip.blank(width, base)
        if line == height:
            rule = "─" * (sum(widths) + 2) if row < 2 else ""
            return Strip(
                [Segment(" " * _LEFT, base), Segment(rule, base + self._part("rule"))]
            ).adjust_cell_length(width, base)
        segments = [Segment(fit(self._side(row, line), _LEFT), base + self._part("quiet"))]
        for column, size in enumerate(widths):
            if column:
                segments.append(Segment("│", base + self._part("rule")))
            segments += self._cell_line(row, column, line, height, size)
        return Strip(segments).adjust_cell_length(width, base)

    def _sizes(self) -> tuple[int, int, tuple[int, int, int]]:
        """Return width, lines of a cell and the widths of the three columns."""
        width = self.size.width
        cell = max((width - _LEFT - 2) // 3, 6)
        return width, max((self.size.height - 3) // 3, 2), (cell, cell, cell)

    def _scale(self, base: Style, widths: Sequence[int]) -> Strip:
        low, medium = self._bins.low_to, self._bins.medium_to
        names = (f"effort 1–{low}", f"effort {low + 1}–{medium}", f"effort {medium + 1}–10")
        text = " " * _LEFT + " ".join(
            fit(f" {name}", size) for name, size in zip(names, widths, strict=True)
        )
        return Strip([Segment(text, base + self._part("quiet"))])

    def _side(self, row: int, line: int) -> str:
        low, medium = self._bins.low_to, self._bins.medium_to
        ranges = (f"{medium + 1}–10", f"{low + 1}–{medium}", f"1–{low}")
        return (" impact", f" {ranges[row]}")[line] if line < 2 else ""

    def _cell_line(self, row: int, column: int, line: int, height: int, size: int) -> list[Segment]:
        place = (_DOWN[row], _ACROSS[column])
        entries = self._cells.get(place, ())
        base = self.rich_style
        chosen = (row, column) == self.place
        if chosen:
            base += self._part("cursor")
        if line == 0:
            name = "first" if (row, column) == (0, 0) else "advice"
            mark = "▌" if chosen and self.has_focus else " "
            number = str(len(entries)) if entries else ""
            word = fit(str(ADVICE[place]), max(size - len(number) - 2, 0))
            return [
                Segment(mark + word, base + self._part(name)),
                Segment(f"{number} ", base + self._part("quiet")),
            ]
        if line - 1 >= len(entries):
            return [Segment(" " * size, base)]
        hidden = len(entries) - (height - 1)
        if hidden > 0 and line == height - 1:
            return [Segment(fit(f" … {hidden + 1} more", size), base + self._part("quiet"))]
        entry = entries[line - 1]
        return [
            Segment(f" {entry.priority:>2} ", base + self._part("quiet")),
            Segment(fit(entry.title, max(size - 5, 0)) + " ", base),
        ]

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"matrix--{name}", partial=True)
