"""What all screens share: the two bars, panes, refreshing, and how an error is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from hansei_core.errors import HanseiError
from hansei_tui import keys
from hansei_tui.text import plain, tell
from hansei_tui.widgets.bars import KeyBar, TopBar
from hansei_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from hansei_tui.app import HanseiApp
    from hansei_tui.desk import Desk

SMALLEST: Final = (60, 16)
"""Columns and rows below which a screen shows one sentence."""


ALWAYS: Final = frozenset({"add", "undo", "help"})
"""What the footer names where a screen has nothing to show."""


class AreaScreen(Screen[None]):
    """A screen with the two bars, from which keys lead to all others."""

    AREA: ClassVar[str] = ""
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 -- Textual declares it as a plain class variable
        (0, "-tiny"),
        (SMALLEST[0], "-narrow"),
        (100, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (SMALLEST[1], "-high")]  # noqa: RUF012 -- the same

    class Changed(Message):
        """The store changed by something this screen did."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._seen: object = None
        self._last_focus: Widget | None = None

    def compose(self) -> ComposeResult:
        """Lay out the bars around the area's own widgets."""
        size = self.app.size
        for length, breakpoints in (
            (size.width, self.HORIZONTAL_BREAKPOINTS),
            (size.height, self.VERTICAL_BREAKPOINTS),
        ):  # Textual sets them after the first layout, which would then be thrown away
            name = [name for start, name in breakpoints or () if length >= start][-1:]
            self.add_class(*name)
        yield TopBar()
        with Container(id="area"):
            yield from self.area()
        need = f"hansei needs {SMALLEST[0]} × {SMALLEST[1]} characters; make this window larger."
        yield Static(plain(need), id="too-small")
        yield KeyBar()

    def area(self) -> Iterable[Widget]:
        """Return the area's own widgets."""
        return ()

    def refresh_data(self) -> None:
        """Read everything that is shown anew; called after every change and on return."""

    def fill(self) -> None:
        """Show what the background work has found so far, where the screen waits for it."""

    def close_something(self) -> bool:
        """Close what is open on top of the bare screen; False where nothing is."""
        focused = self.focused
        return isinstance(focused, LineList) and focused.clear_marks()

    def keep_draft(self) -> None:
        """Keep what is being typed; called before the app ends."""

    def on_mount(self) -> None:
        """Fill the bars."""
        self.query_one(TopBar).area = self.AREA
        self.show_keys()

    def on_screen_resume(self) -> None:
        """Take in what changed while another screen was shown."""
        self.hansei.show_status()
        if self._seen != self.hansei.version:
            self.update()

    def update(self) -> None:
        """Refresh the data and remember of which state it is."""
        self._seen = self.hansei.version
        with self.telling():
            self.refresh_data()
        self.show_keys()

    def show_keys(self) -> None:
        """Show the keys that can be pressed now."""
        bar = self.query_one(KeyBar)
        sequences = self.hansei.reader.sequences
        if sequences.pending:
            bar.pending = keys.shown(sequences.pending)
            bar.entries = [*sequences.continuations(self.hansei.scopes()), ("esc", "cancel")]
            return
        bar.pending = ""
        entries = self.useful_keys(keys.footer_of(self.AREA, self.hansei.actions))
        focused = self.focused  # a dialog's field is no field of this screen
        if focused is not None and focused.check_consume_key("a", "a"):
            entries = [entry for entry in entries if entry[0].startswith("ctrl+")]
            entries += [("tab", "next"), ("esc", "leave"), ("f1", "help")]
        bar.entries = entries

    def useful_keys(self, entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return what of the footer would do something now, most important first."""
        return entries

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Another widget has the keys."""
        self._last_focus = event.widget
        self.show_keys()

    def on_resize(self) -> None:
        """Give the keys back to what had them before the window was too small to show it."""
        self.call_after_refresh(self._focus_again)

    def _focus_again(self) -> None:
        last = self._last_focus
        if self.focused is None and last is not None and last.is_attached and last.focusable:
            self.set_focus(last, scroll_visible=False)

    @property
    def hansei(self) -> HanseiApp:
        """The app, by its own type."""
        return cast("HanseiApp", self.app)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn an error of a verb into a toast; anything else is a mistake of ours and flies on."""
        try:
            yield
        except HanseiError as error:
            self.fail(error)

    def fail(self, error: HanseiError) -> None:
        """Tell an error: what happened, and what to do."""
        text = f"{error.message}\n{error.hint}" if error.hint else error.message
        tell(self.app, text, "error")

    def say(self, message: str) -> None:
        """Tell what was done."""
        tell(self.app, message)

    def point_out_secrets(self, text: str) -> None:
        """Say what looks like a secret in a text that was just saved; it is kept as typed."""
        from hansei_tui.modals.add import warn_of_secrets

        warn_of_secrets(self.hansei, text)

    def changed(self, message: str = "") -> None:
        """Tell what was done, and let every screen see it."""
        if message:
            self.say(message)
        self.post_message(self.Changed())

    def pane_width(self) -> int:
        """Return the columns that text in the detail pane has; a guess before the first layout."""
        return self.query_one("#detail").scrollable_content_region.width or 36

    def set_text(self, selector: str, text: str) -> None:
        """Show text of any origin in one of our lines."""
        self.query_one(selector, Static).update(plain(text))

    def action_next_pane(self) -> None:
        """Give the keys to the next pane."""
        self.focus_next()

    def action_previous_pane(self) -> None:
        """Give the keys to the pane before."""
        self.focus_previous()

    def action_close(self) -> None:
        """Close what is open; `esc` never quits."""
        self.close_something()
