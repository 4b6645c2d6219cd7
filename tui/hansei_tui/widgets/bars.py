"""The line above every screen and the line of keys below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from hansei_tui.keys import SCREENS
from hansei_tui.text import assemble, fit, width_of

_FOOTER_LIMIT: Final = 7


class TopBar(Widget):
    """Where the user is, where else to go, and what runs in the background."""

    DEFAULT_CSS = """
    TopBar {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $quiet;
    }
    """
    area: reactive[str] = reactive("")
    status: reactive[str] = reactive("")
    """What goes on: a scan, a timer, a count; anybody's text, on one line."""

    @dataclass
    class Chosen(Message):
        """An area was clicked."""

        area: str

    def render(self) -> Content:
        """Draw the areas with their digits; the present one is bold and underlined."""
        parts: list[tuple[str, str]] = [("hansei", "$foreground bold"), ("  ", "")]
        for digit, name in enumerate(SCREENS, start=1):
            word = name.capitalize()
            here = name == {"ritual": "planner"}.get(self.area, self.area)
            key = str(digit) if self.area in SCREENS else f"g{name[0]}"
            parts.append((f" {key} ", "$primary" if here else "$quiet"))
            parts.append((word, "$foreground bold underline" if here else "$quiet"))
            parts.append((" ", ""))
        used = sum(width_of(text) for text, _ in parts)
        room = max(self.content_size.width - used, 0)
        if not self.status or room < 2:
            return assemble(*parts)
        return assemble(*parts, (" " + fit(self.status, room - 1, "right"), "$quiet"))

    def on_click(self, event: events.Click) -> None:
        """Go to the area under the pointer."""
        place = event.x - 1 - len("hansei  ")
        for name in SCREENS:
            size = len(f" 1 {name} ") + (self.area not in SCREENS)
            if 0 <= place < size:
                self.post_message(self.Chosen(name))
            place -= size


class KeyBar(Widget):
    """At most seven keys that can be pressed now; while a sequence is pending, its second keys."""

    DEFAULT_CSS = """
    KeyBar {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $quiet;
    }
    """
    entries: reactive[Sequence[tuple[str, str]]] = reactive(())
    pending: reactive[str] = reactive("")
    HELP: ClassVar[str | None] = None

    @dataclass
    class Pressed(Message):
        """An entry was clicked: its key, as it is shown."""

        shown: str

    def render(self) -> Content:
        """Draw what fits, the last entry (help) always."""
        parts: list[tuple[str, str]] = []
        if self.pending:
            parts += [(f"{self.pending} … ", "$accent bold")]
        gap = " " * self._gap
        for key, word in self._fitting(self.content_size.width):
            parts += [(key, "$accent"), (f" {word}", "$quiet"), (gap, "")]
        return assemble(*parts[:-1] if len(parts) > 1 else parts)

    def on_click(self, event: events.Click) -> None:
        """Press the key under the pointer."""
        place = event.x - 1 - (width_of(self.pending) + 3 if self.pending else 0)
        for entry in self._fitting(self.content_size.width):
            size = self._width(entry)
            if 0 <= place < size - self._gap:
                self.post_message(self.Pressed(entry[0]))
            place -= size

    def _fitting(self, width: int) -> list[tuple[str, str]]:
        if not self.entries:
            return []
        *body, last = self.entries
        limit = _FOOTER_LIMIT if self.outer_size.width < 100 else _FOOTER_LIMIT + 4
        if self.pending:  # what may follow is all there is to say
            limit = len(self.entries)
        chosen: list[tuple[str, str]] = []
        used = self._width(last) - self._gap
        used += width_of(self.pending) + 3 if self.pending else 0
        for entry in body[: limit - 1]:
            if used + self._width(entry) > width:
                break
            chosen.append(entry)
            used += self._width(entry)
        return [*chosen, last]

    @property
    def _gap(self) -> int:
        return 2 if self.pending else 3

    def _width(self, entry: tuple[str, str]) -> int:
        return width_of(entry[0]) + width_of(entry[1]) + 1 + self._gap
