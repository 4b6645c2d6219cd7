"""The line below a title that names the improvement it repeats, and the key that links it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from hansei_core.improvement import Improvement
from hansei_tui.text import assemble, fit, plain, width_of

_TELLING: Final = 16
"""Columns of a title from which it says which one is meant."""


def twin_words(word: tuple[str, str], twin: Improvement, keys: str, width: int) -> Content:
    """Return which improvement is meant and what a key does; the key is never cut away.

    Args:
        word: What the improvement is to the title, with its style: `same as`, `links to`.
        twin: It.
        keys: The key and what it does: `ctrl+l links it`.
        width: Columns; where they are few, the key has a line of its own.
    """
    said, style = word
    room = width - width_of(f"{said} {twin.id} ")
    beside = room - width_of(f" · {keys}")
    is_wide = beside >= min(width_of(twin.title), _TELLING)
    title = fit(twin.title, max(beside if is_wide else room, 0)).rstrip()
    joint = " · " if is_wide else "\n"
    return assemble((f"{said} ", style), f"{twin.id} {title}".rstrip(), (joint + keys, "$quiet"))


class TwinLine(Static):
    """Words made for the width they have; hidden until something is said."""

    _words: Callable[[int], Content] | None = None

    def say(self, words: Callable[[int], Content]) -> None:
        """Show words, which are asked for again whenever the width is another one."""
        self._words = words
        self._fill()

    def say_text(self, text: str) -> None:
        """Show a text of any origin, wrapped."""
        self.say(lambda _: assemble((plain(text).plain, "$quiet")))

    def on_resize(self, event: Resize) -> None:
        """Make the words anew."""
        if event.size.width:
            self._fill()

    def _fill(self) -> None:
        if self._words is not None and self.content_size.width:
            self.update(self._words(self.content_size.width))
