"""Choose one row of many by typing part of it: palette, help, sessions, links, stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from hansei_tui.modals.frame import Dialog
from hansei_tui.text import one_line
from hansei_tui.widgets.line_list import Column, LineList, Row


@dataclass(frozen=True, slots=True)
class Choices:
    """What a picker shows."""

    columns: Sequence[Column]
    ids: Sequence[str]
    cells: Callable[[str], Row]
    words: Callable[[str], str]
    """The text of a row that the typed words are looked up in."""
    note: str = "nothing like that"
    start: str = ""
    """Id that the cursor starts on."""
    headings: bool = False
    about: Callable[[str], str] | None = None
    """Gives what is said in full below the list of the row under the cursor."""


DIGITS: Final = "123456789"


class _Words(Input):
    """A text field that leaves the first digit to the dialog."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Take digits only behind other characters."""
        return super().check_consume_key(key, character) and (bool(self.value) or key not in DIGITS)


class Picker(Dialog[str]):
    """Typing narrows, arrows move, enter chooses; the first rows may have a digit each."""

    DEFAULT_CSS = """
    Picker {
        & > .dialog { height: 92%; width: 96%; max-width: 110; }
        LineList { margin-top: 1; }
        #about { height: 2; margin-top: 1; padding: 0 2; color: $quiet; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move('down')", show=False, priority=True),
        Binding("up,ctrl+p", "move('up')", show=False, priority=True),
        Binding("pagedown", "move('half_down')", show=False, priority=True),
        Binding("pageup", "move('half_up')", show=False, priority=True),
        *(Binding(digit, f"take({digit})", show=False, priority=True) for digit in DIGITS),
    ]
    KEYS = (("type", "to narrow"), ("↑↓", "move"), ("⏎", "choose"), ("esc", "back"))

    def __init__(self, heading: str, choices: Choices, numbered: int = 0) -> None:
        super().__init__(heading)
        self._choices = choices
        self._numbered = choices.ids[: min(numbered, len(DIGITS))]

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """The keys, the digits among them where there are any."""
        return (
            (("⏎ 1–9", "choose"), *self.KEYS[:2], *self.KEYS[3:]) if self._numbered else self.KEYS
        )

    def content(self) -> Sequence[Widget]:
        """A text field and the list below it."""
        rows = LineList(self._choices.columns, markable=False, headings=self._choices.headings)
        rows.can_focus = False
        words = _Words(compact=True, id="words", placeholder="type to narrow")
        return [words, rows, *([Static(id="about")] if self._choices.about else ())]

    def on_mount(self) -> None:
        """Show everything."""
        self._narrow("")
        if self._choices.start:
            self._rows.move_to(self._choices.start)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a digit without a row be text."""
        if action == "take":
            return int(str(parameters[0])) <= len(self._numbered)
        return super().check_action(action, parameters)

    def action_take(self, number: int) -> None:
        """End with the row of a digit."""
        self.dismiss(self._numbered[number - 1])

    @on(Input.Changed, "#words")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow(event.value)

    @on(Input.Submitted, "#words")
    def _chosen(self, event: Input.Submitted) -> None:
        event.stop()
        if self._rows.current:
            self.dismiss(self._rows.current)

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        event.stop()
        about = self._choices.about
        if about is not None:
            said = about(event.row_id) if event.row_id else ""
            self.query_one("#about", Static).update(one_line(said))

    @on(LineList.Opened)
    def _opened(self, event: LineList.Opened) -> None:
        event.stop()
        self.dismiss(event.row_id)

    def action_move(self, how: str) -> None:
        """Move the list's cursor while the text field keeps the focus."""
        getattr(self._rows, f"action_{how}")()

    @property
    def _rows(self) -> LineList:
        return self.query_one(LineList)

    def _narrow(self, typed: str) -> None:
        wanted = typed.casefold().split()
        choices = self._choices
        found = [
            row
            for row in choices.ids
            if not wanted or all(word in choices.words(row).casefold() for word in wanted)
        ]
        self._rows.show(found, choices.cells, choices.note)
        if wanted:
            self._rows.action_first()
