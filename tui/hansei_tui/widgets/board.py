"""The stages side by side, drawn by one widget: each column scrolls to its cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from hansei_core.backlog import Column
from hansei_core.improvement import Improvement
from hansei_core.vocabulary import BOARD_STAGES, Stage
from hansei_sessions.value import Value
from hansei_tui.keys import bindings
from hansei_tui.text import fit, width_of, wrap_within

_STAGES: Final = BOARD_STAGES
_NARROWEST: Final = 16
"""Columns of the terminal that a card needs."""
_FOLDED: Final = 4
"""Columns of the terminal that a stage takes whose cards are not shown."""
_SHORT: Final = {Stage.IMPLEMENTATION: "implement", Stage.STANDARDISED: "standard"}
"""Stages over narrow columns."""
_HEAD: Final = 2
_CARD: Final = 3
"""Lines of a card: two for the title, one for the scores."""
_ROOMY: Final = 24
"""Lines of a board from which narrow cards may have one line more for the title."""
_NARROW: Final = 24
"""Columns of the terminal below which a card is narrow."""


class _Lane(Value, frozen=True):
    """Where a stage stands on the screen."""

    stage: Stage
    left: int
    width: int
    is_folded: bool


class Board(Widget, can_focus=True):
    """Seven columns of cards; what does not fit folds to a count and a name from top to bottom."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "board--cursor",
        "board--heading",
        "board--quiet",
        "board--rule",
        "board--mark",
    }
    DEFAULT_CSS = """
    Board {
        height: 1fr;
        & > .board--cursor { background: $row-cursor; }
        & > .board--heading { color: $secondary; text-style: bold; }
        & > .board--quiet { color: $quiet; }
        & > .board--rule { color: $rule; }
        & > .board--mark { color: $primary; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("list"),
        Binding("left,h", "across(-1)", show=False),
        Binding("right,l", "across(1)", show=False),
    ]
    takes_list_keys: ClassVar[bool] = True
    """Whether the registry's keys for lists act on it."""

    @dataclass
    class Moved(Message):
        """The cursor is on another card."""

        row_id: str

    @dataclass
    class Opened(Message):
        """Enter or a double click on a card."""

        row_id: str

    @dataclass
    class Marked(Message):
        """These cards are to be marked, or no longer."""

        row_ids: frozenset[str]
        is_on: bool

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's name for it
        super().__init__(id=id)
        self._columns: dict[Stage, Sequence[Improvement]] = dict.fromkeys(_STAGES, ())
        self._hidden: dict[Stage, int] = {}
        self._column = 0
        self._rows = dict.fromkeys(_STAGES, 0)
        self._marks: frozenset[str] = frozenset()
        self._flags: Callable[[Improvement], str] = lambda _: ""
        self._range_from = ""

    @property
    def current(self) -> str:
        """Id of the card under the cursor; empty where the column has none."""
        cards = self.column
        return cards[self._rows[self._stage]].id if cards else ""

    @property
    def column(self) -> Sequence[Improvement]:
        """The cards of the cursor's column, from top to bottom."""
        return self._columns[self._stage]

    @property
    def _stage(self) -> Stage:
        return _STAGES[self._column]

    def show(
        self,
        columns: Iterable[Column],
        marks: Iterable[str] = (),
        flags: Callable[[Improvement], str] = lambda _: "",
        follow: str = "",
    ) -> None:
        """Show the board; the cursor follows its card into another stage.

        Args:
            columns: The stages with their cards.
            marks: Ids of the marked cards.
            flags: Gives the words that a card's last line begins with, such as “blocked”.
            follow: Id to put the cursor on instead, where it is on the board.
        """
        before = self.current
        self._columns = dict.fromkeys(_STAGES, ())
        self._hidden = {}
        for found in columns:
            self._columns[found.stage] = found.items
            self._hidden[found.stage] = found.hidden
        self._marks, self._flags = frozenset(marks), flags
        for stage, cards in self._columns.items():
            self._rows[stage] = min(self._rows[stage], max(len(cards) - 1, 0))
        if not (follow and self.move_to(follow)):
            self.move_to(before)
        self.refresh()

    def show_marks(self, marks: Iterable[str]) -> None:
        """Draw these cards as marked."""
        self._marks = frozenset(marks)
        self.refresh()

    def move_to(self, row_id: str) -> bool:
        """Put the cursor on a card; False where it is not on the board."""
        places: Mapping[str, tuple[int, int]] = {
            item.id: (column, row)
            for column, stage in enumerate(_STAGES)
            for row, item in enumerate(self._columns[stage])
            if item.id == row_id
        }
        if row_id not in places:
            return False
        self._column, row = places[row_id]
        self._rows[self._stage] = row
        return True

    def action_across(self, step: int) -> None:
        """Go to the next column in a direction."""
        self._column = max(0, min(self._column + step, len(_STAGES) - 1))
        self._moved()

    def action_down(self) -> None:
        """Next card."""
        self._go(self._rows[self._stage] + 1)

    def action_up(self) -> None:
        """Card before."""
        self._go(self._rows[self._stage] - 1)

    def action_first(self) -> None:
        """First card of the column."""
        self._go(0)

    def action_last(self) -> None:
        """Last card of the column."""
        self._go(len(self.column))

    def action_half_down(self) -> None:
        """Half a page down."""
        self._go(self._rows[self._stage] + max(self._cards_high // 2, 1))

    def action_half_up(self) -> None:
        """Half a page up."""
        self._go(self._rows[self._stage] - max(self._cards_high // 2, 1))

    def action_open(self) -> None:
        """Tell the screen to open the card."""
        if self.current:
            self.post_message(self.Opened(self.current))

    def action_mark(self) -> None:
        """Mark or unmark the card and go on."""
        if self.current:
            chosen = frozenset((self.current,))
            self.post_message(self.Marked(chosen, not chosen <= self._marks))
            self.action_down()

    def action_mark_range(self) -> None:
        """Begin a range, or mark everything in the column between its beginning and here."""
        ids = [card.id for card in self.column]
        if not ids:
            return
        here = self._rows[self._stage]
        if self._range_from in ids:
            low, high = sorted((ids.index(self._range_from), here))
            self.post_message(self.Marked(frozenset(ids[low : high + 1]), is_on=True))
            self._range_from = ""
        else:
            self._range_from = ids[here]
            self.post_message(self.Marked(frozenset((ids[here],)), is_on=True))

    def action_mark_all(self) -> None:
        """Mark all cards of the column, or none if all of them are."""
        ids = frozenset(card.id for card in self.column)
        self.post_message(self.Marked(ids, not ids <= self._marks))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked card; a second click opens it."""
        lane = next((one for one in self._lanes() if event.x < one.left + one.width + 1), None)
        if lane is None:
            return
        before = self.current
        self._column = _STAGES.index(lane.stage)
        row = self._top(lane.stage) + (event.y - _HEAD) // (self._card + 1)
        if event.y >= _HEAD and 0 <= row < len(self.column) and not lane.is_folded:
            self._rows[lane.stage] = row
            if event.chain > 1 and self.current == before:
                self.action_open()
        self._moved()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down with the wheel."""
        event.stop()
        self.action_down()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up with the wheel."""
        event.stop()
        self.action_up()

    def on_focus(self) -> None:
        """The cursor's bar tells which pane has the keys."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor's bar tells which pane has the keys."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line through all columns."""
        base = self.rich_style
        segments: list[Segment] = []
        for lane in self._lanes():
            if lane.left:
                segments.append(Segment("│", base + self._part("rule")))
            segments += self._folded(lane, y, base) if lane.is_folded else self._line(lane, y, base)
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _go(self, row: int) -> None:
        self._rows[self._stage] = max(0, min(row, len(self.column) - 1))
        self._moved()

    def _moved(self) -> None:
        self.refresh()
        self.post_message(self.Moved(self.current))

    def _lanes(self) -> list[_Lane]:
        """Return where each stage stands: the cursor's and the fullest are never folded."""
        room = self.size.width - (len(_STAGES) - 1)
        most = (room - len(_STAGES) * _FOLDED) // (_NARROWEST - _FOLDED)
        most = max(1, min(most, len(_STAGES)))
        ranked = sorted(
            range(len(_STAGES)),
            key=lambda place: (
                place != self._column,
                -len(self._columns[_STAGES[place]]),
                abs(place - self._column),
                place,
            ),
        )
        full = set(ranked[:most])
        wide, rest = divmod(room - (len(_STAGES) - most) * _FOLDED, most)
        lanes, left = [], 0
        for place, stage in enumerate(_STAGES):
            width = _FOLDED
            if place in full:
                width, rest = wide + (rest > 0), max(rest - 1, 0)
            lanes.append(_Lane(stage, left, width, place not in full))
            left += width + 1
        return lanes

    @property
    def _cards_high(self) -> int:
        return max((self.size.height - _HEAD) // (self._card + 1), 1)

    @property
    def _card(self) -> int:
        """Lines of a card here."""
        wide = min((lane.width for lane in self._lanes() if not lane.is_folded), default=_NARROW)
        return _CARD + int(wide < _NARROW and self.size.height >= _ROOMY)

    def _top(self, stage: Stage) -> int:
        return max(0, self._rows[stage] - self._cards_high + 1)

    def _folded(self, lane: _Lane, y: int, base: Style) -> list[Segment]:
        """Draw a line of a stage that is only named and counted."""
        number = len(self._columns[lane.stage]) + self._hidden.get(lane.stage, 0)
        if y == 0:
            text = fit(str(number) if number else "", lane.width, "right")
            return [Segment(text, base + self._part("quiet"))]
        if y == 1:
            return [Segment("─" * lane.width, base + self._part("rule"))]
        name = lane.stage.value
        if len(name) > self.size.height - _HEAD:
            name = _SHORT.get(lane.stage, name)
        letter = name[y - _HEAD : y - _HEAD + 1]
        return [Segment(fit(f"  {letter}", lane.width), base + self._part("heading"))]

    def _line(self, lane: _Lane, y: int, base: Style) -> list[Segment]:
        stage, size = lane.stage, lane.width
        cards = self._columns[stage]
        here = stage is self._stage
        if y == 0:
            mark = "▌" if here and self.has_focus else " "
            older = f" +{self._hidden[stage]}" if self._hidden.get(stage) else ""
            number = f"{len(cards) or ''}{older}"
            room = max(size - width_of(number) - 2, 0)
            name = stage.value if width_of(stage.value) < room else _SHORT.get(stage, stage.value)
            word = fit(name, room)
            return [
                Segment(mark + word, base + self._part("heading")),
                Segment(f"{number} ", base + self._part("quiet")),
            ]
        if y == 1:
            return [Segment("─" * size, base + self._part("rule"))]
        card = self._card
        place, line = divmod(y - _HEAD, card + 1)
        row = place + self._top(stage)
        if row == len(cards) and line == 0 and self._hidden.get(stage):
            text = f" +{self._hidden[stage]} older"
            return [Segment(fit(text, size), base + self._part("quiet"))]
        if row >= len(cards) or line == card:
            return [Segment(" " * size, base)]
        chosen = here and row == self._rows[stage]
        style = base + self._part("cursor") if chosen else base
        bar = "▌" if chosen and self.has_focus else " "
        if line == 0 and cards[row].id in self._marks:
            bar = "●"
        text, is_title = self._card_line(cards[row], line, size - 2)
        tone = style if is_title else style + self._part("quiet")
        return [Segment(bar, style + self._part("mark")), Segment(fit(text, size - 1), tone)]

    def _card_line(self, item: Improvement, line: int, width: int) -> tuple[str, bool]:
        """Return one line of a card, and whether it belongs to the title."""
        last = self._card - 2
        if line <= last:
            rows: Sequence[str] = wrap_within(item.title, width, last + 1)
            return (rows[line] if line < len(rows) else ""), True
        score = f"{item.priority}" if item.priority is not None else "unscored"
        size = f" · {item.hours:g} h" if item.hours else ""
        flags = self._flags(item)
        return f"{flags} {score}{size}".lstrip(), False

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"board--{name}", partial=True)
