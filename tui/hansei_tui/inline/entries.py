"""The improvements of a retro under the prompt, each behind its digit."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from hansei_core.retro import ImprovementDraft
from hansei_tui.text import assemble, fit, lines


class Entries(Widget, can_focus=True):
    """Offers and what was typed, each behind the digit that takes it or puts it back.

    The app reads its keys, so that a letter moves the focus before the next key is looked at.
    """

    DEFAULT_CSS = """
    Entries { height: auto; min-height: 1; }
    """

    def __init__(self) -> None:
        super().__init__(id="entries")
        self.items: tuple[ImprovementDraft, ...] = ()

    def show(self, items: tuple[ImprovementDraft, ...]) -> None:
        """Show entries."""
        self.items = items
        self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:  # noqa: ARG002 -- the signature is Textual's
        """One line an entry, one where there is none."""
        return max(len(self.items), 1)

    def render(self) -> Content:
        """Draw the entries."""
        width = max(self.content_size.width, 20)
        if not self.items:
            return assemble(("  nothing is suggested; type what should change", "$quiet"))
        return lines([self._entry(place, item, width) for place, item in enumerate(self.items)])

    def _entry(self, place: int, item: ImprovementDraft, width: int) -> Content:
        mark = "✓" if item.taken else " "
        scores = f"  impact {item.impact or '–'} effort {item.effort or '–'}"
        tail = f"  links {item.same_as}" if item.same_as else scores
        title = fit(item.title, max(width - 5 - len(tail), 10)).rstrip()
        number = ("$foreground" if self.has_focus else "$quiet") + (
            " bold" if self.has_focus else ""
        )
        return assemble(
            (f"{place + 1} ", number),
            (f"{mark} ", "$success"),
            (title, "$foreground" if item.taken else "$quiet"),
            (tail, "$quiet"),
        )
