"""The checklists of an improvement, stage by stage: tick lines, save them as one change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, TypeAlias

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from hansei_core.record import CheckItem
from hansei_core.vocabulary import Stage
from hansei_tui.modals.frame import Dialog
from hansei_tui.widgets.line_list import Cell, Column, LineList, Row

Ticks: TypeAlias = dict[Stage, frozenset[int]]
"""Numbers of the ticked lines by stage, counted from 1."""

_COLUMNS: Final = (Column("box", "", 3, gap=0), Column("text", "", 0, gap=1))


class ChecklistDialog(Dialog[Ticks]):
    """Ends with what is ticked, or with None by `esc`."""

    DEFAULT_CSS = """
    ChecklistDialog {
        & > .dialog { height: 94%; max-height: 32; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,x", "tick", show=False, priority=True),
        Binding("enter,ctrl+s", "save", show=False, priority=True),
    ]
    KEYS = (("space", "tick"), ("↑↓", "move"), ("⏎", "save"), ("esc", "back"))

    def __init__(
        self, heading: str, lists: Mapping[Stage, Sequence[CheckItem]], start: Stage
    ) -> None:
        """Show the lists of stages; the cursor begins in that of `start`."""
        super().__init__(heading)
        self._lists = lists
        self._start = start
        self._ticked: dict[Stage, set[int]] = {
            stage: {place for place, line in enumerate(found, 1) if line.done_at is not None}
            for stage, found in lists.items()
        }

    def content(self) -> Sequence[Widget]:
        """Each stage with its lines below it."""
        return [LineList(_COLUMNS, markable=False, headings=False)]

    def on_mount(self) -> None:
        """Put the cursor on the first open line of the stage that it is in."""
        rows = [
            row
            for stage, found in self._lists.items()
            for row in (stage.value, *(f"{stage}:{place}" for place in range(1, len(found) + 1)))
        ]
        self._rows.show(rows, self._cells)
        found = self._lists.get(self._start, ())
        places = range(1, len(found) + 1)
        still = [place for place in places if place not in self._ticked[self._start]]
        self._rows.move_to(f"{self._start}:{still[0] if still else 1}")
        self._rows.focus()

    def action_tick(self) -> None:
        """Tick the line, or no longer; on a stage's name all of its lines."""
        stage, place = self._at(self._rows.current)
        ticked = self._ticked[stage]
        if place:
            ticked ^= {place}
            self._rows.action_down()
        else:
            everything = set(range(1, len(self._lists[stage]) + 1))
            self._ticked[stage] = set() if ticked == everything else everything
        self._rows.redraw()

    def action_save(self) -> None:
        """End with what is ticked."""
        self.dismiss({stage: frozenset(ticked) for stage, ticked in self._ticked.items()})

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        event.stop()

    @on(LineList.Opened)
    def _opened(self, event: LineList.Opened) -> None:
        event.stop()
        self.action_tick()

    @property
    def _rows(self) -> LineList:
        return self.query_one(LineList)

    def _cells(self, row: str) -> Row:
        stage, place = self._at(row)
        if not place:
            ticked = f"{len(self._ticked[stage])} of {len(self._lists[stage])}"
            return (("", "quiet"), (f"{stage}  {ticked}", "head"))
        is_ticked = place in self._ticked[stage]
        box: Cell = ("[x]", "good") if is_ticked else ("[ ]", "quiet")
        return (box, (self._lists[stage][place - 1].text, "quiet" if is_ticked else ""))

    @staticmethod
    def _at(row: str) -> tuple[Stage, int]:
        stage, _, place = row.partition(":")
        return Stage(stage), int(place or 0)
