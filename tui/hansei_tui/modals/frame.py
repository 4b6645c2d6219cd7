"""The frame that all dialogs share: a quiet box, a heading, one line of keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from hansei_tui.text import assemble, one_line

Result = TypeVar("Result")


class Dialog(ModalScreen[Result | None], Generic[Result]):
    """A dialog that ends with a result, or with None by `esc`."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > .dialog {
            width: 76;
            max-width: 96%;
            height: auto;
            max-height: 94%;
            padding: 0 1;
            border: round $rule;
            background: $background;
            overflow-y: auto;
            scrollbar-size-vertical: 1;
        }
        .dialog--title { height: 1; text-style: bold; margin-bottom: 1; }
        .dialog--keys { height: auto; color: $quiet; margin-top: 1; }
        .dialog--hint { color: $quiet; height: auto; }
        .-wrong { color: $error; }
        Input, TextArea { background: $panel; border: none; padding: 0 1; }
        TextArea { scrollbar-size-vertical: 1; }
        Input { height: 1; }
        Input:focus, TextArea:focus { background: $row-cursor; }
        &.-low VerticalScroll { max-height: 50vh; }
    }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]  # noqa: RUF012 -- Textual declares it so
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back", show=False)]
    KEYS: ClassVar[Sequence[tuple[str, str]]] = (("esc", "back"),)

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading

    def compose(self) -> ComposeResult:
        """Lay out heading, content and keys."""
        with Vertical(classes="dialog"):
            yield Static(one_line(self._heading), classes="dialog--title")
            yield from self.content()
            yield Static(key_line(self.keys), classes="dialog--keys")

    def content(self) -> Sequence[Widget]:
        """Return what stands between heading and keys."""
        return ()

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """The keys that the last line names."""
        return self.KEYS

    def action_leave(self) -> None:
        """End without a result."""
        self.dismiss(None)


def key_line(keys: Sequence[tuple[str, str]]) -> Content:
    """Return a line of keys and words in the footer's style."""
    parts = [part for key, word in keys for part in ((key, "$accent"), (f" {word}   ", "$quiet"))]
    return assemble(*parts)
