"""How finely new themes are cut: turned step by step, with what it would change said first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from hansei_core.errors import HanseiError
from hansei_tui.modals.frame import Dialog
from hansei_tui.text import Part, assemble, plain
from hansei_tui.theme_learning import Watch
from hansei_tui.theme_words import dial_lines

if TYPE_CHECKING:
    from hansei_core.verbs.theme_dial import DialPreview
    from hansei_tui.desk import Desk

STEPS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)


class DialDialog(Dialog[float]):
    """Ends with the cut that was chosen."""

    DEFAULT_CSS = """
    DialDialog {
        #scale { height: 1; margin-bottom: 1; }
        VerticalScroll { height: auto; max-height: 14; min-height: 4; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h,minus", "turn(-1)", show=False, priority=True),
        Binding("right,l,plus", "turn(1)", show=False, priority=True),
        Binding("enter", "take", show=False),
    ]
    KEYS = (("←→", "coarser, finer"), ("⏎", "cut like this"), ("esc", "back"))

    @dataclass
    class Known(Message):
        """What a cut would change is known."""

        request: int
        preview: DialPreview | None
        error: HanseiError | None = None

    def __init__(self, desk: Desk) -> None:
        super().__init__("How finely are new themes cut?")
        self._desk = desk
        self._now = desk.cut_now()
        self._begin = min(range(len(STEPS)), key=lambda place: abs(STEPS[place] - self._now))
        """Where it stands; a cut of the settings may lie beside the steps."""
        self._place = self._begin
        self._request = 0

    def content(self) -> Sequence[Widget]:
        """The scale and what it would change."""
        return [
            Static(id="scale"),
            VerticalScroll(Static(plain("looking …"), id="preview"), can_focus=False),
        ]

    def on_mount(self) -> None:
        """Say how it is now."""
        self._ask()

    def action_turn(self, step: int) -> None:
        """Look at the next cut; nothing changes yet."""
        self._place = max(0, min(self._place + step, len(STEPS) - 1))
        self._ask()

    def action_take(self) -> None:
        """End with the cut that is shown."""
        wanted = STEPS[self._place]
        self.dismiss(None if self._place == self._begin else wanted)

    def _ask(self) -> None:
        self._request += 1
        self._draw()
        self.query_one("#preview", Static).update(plain("looking …"))
        self._preview(self._request, STEPS[self._place])

    @work(thread=True, exclusive=True, group="dial", exit_on_error=False)
    def _preview(self, request: int, cut: float) -> None:
        worker = get_current_worker()
        try:
            found = self._desk.preview_cut(cut, Watch(should_stop=lambda: worker.is_cancelled))
        except HanseiError as error:
            self.post_message(self.Known(request, None, error))
            return
        self.post_message(self.Known(request, found))

    @on(Known)
    def _known(self, event: Known) -> None:
        if event.request != self._request:
            return
        text = self.query_one("#preview", Static)
        if event.preview is None:
            text.update(plain(event.error.message if event.error else ""))
            return
        text.update(plain("\n".join(dial_lines(event.preview))))

    def _draw(self) -> None:
        parts: list[Part] = [("coarse ", "$quiet")]
        for place, step in enumerate(STEPS):
            here, now = place == self._place, step == self._now
            text = f"[{step:g}]" if here else f" {step:g} "
            parts.append((text, "$accent bold" if here else "bold" if now else "$quiet"))
        parts.append((" fine", "$quiet"))
        self.query_one("#scale", Static).update(assemble(*parts))
