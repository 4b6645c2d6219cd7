"""The parts that an improvement is split in, a line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static, TextArea

from hansei_tui.modals.frame import Dialog
from hansei_tui.text import plain


class PartsDialog(Dialog[list[str]]):
    """Ends with the lines; `ctrl+s` takes them unless the check says what is wrong."""

    DEFAULT_CSS = """
    PartsDialog {
        TextArea { height: 8; }
        &.-low TextArea { height: 4; }
        #feedback { height: auto; min-height: 1; color: $quiet; padding: 0 1; margin-top: 1; }
        #feedback.-wrong { color: $error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False, priority=True)]
    KEYS = (("ctrl+s", "split"), ("⏎", "next line"), ("esc", "back"))

    def __init__(
        self, heading: str, text: str, check: Callable[[Sequence[str]], str], hint: str
    ) -> None:
        super().__init__(heading)
        self._text = text
        self._check = check
        self._hint = hint

    def content(self) -> Sequence[Widget]:
        """The lines and what they say."""
        return [
            TextArea(self._text, compact=True, tab_behavior="focus"),
            Static(id="feedback"),
        ]

    def on_mount(self) -> None:
        """Begin behind the text that is there."""
        field = self.query_one(TextArea)
        field.move_cursor(field.document.end)
        self._say()

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._say()

    def action_save(self) -> None:
        """End with the lines."""
        if not self._say():
            self.dismiss(self._lines())

    def _lines(self) -> list[str]:
        lines = self.query_one(TextArea).text.split("\n")
        return [line.strip() for line in lines if line.strip()]

    def _say(self) -> str:
        wrong = self._check(self._lines())
        line = self.query_one("#feedback", Static)
        line.update(plain(wrong or self._hint))
        line.set_class(bool(wrong), "-wrong")
        return wrong
