"""One improvement of a retro: a title, its values, and the twin that exists already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantBlur, DescendantFocus
from textual.message import Message
from textual.widgets import Input, Static

from hansei_core.improvement import Improvement
from hansei_core.retro import ImprovementDraft
from hansei_tui.text import one_line, plain
from hansei_tui.widgets.attributes import Attributes, values_of, with_values
from hansei_tui.widgets.twin import TwinLine, twin_words


class TitleInput(Input):
    """A title; on an empty field, `enter` and the right arrow take what is offered."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("right", "take_or_move", show=False)]

    @dataclass
    class Taken(Message):
        """The offer is wanted."""

        control_input: TitleInput

    def action_take_or_move(self) -> None:
        """Take the offer where the field is empty; else move the cursor."""
        if self.value:
            self.action_cursor_right()
        else:
            self.post_message(self.Taken(self))


class Slot(Container):
    """Room for one improvement; an offer stands in it as a shadow until it is taken."""

    @dataclass
    class Edited(Message):
        """Something in it changed."""

        slot: Slot

    def __init__(self, number: int) -> None:
        super().__init__(classes="slot")
        self.number = number
        self.draft = ImprovementDraft()
        """The offer, or what was taken; title and values on screen win."""
        self.twin: Improvement | None = None

    def compose(self) -> ComposeResult:
        """Title above values, both behind the number."""
        yield Static(plain(str(self.number)), classes="number")
        yield TitleInput(compact=True, select_on_focus=False)
        yield Static(classes="pad")
        yield Attributes()
        yield Static(classes="pad twin")
        yield TwinLine(classes="twin")

    @property
    def title(self) -> str:
        """What is typed."""
        return self.query_one(TitleInput).value

    def fill(self, draft: ImprovementDraft, twin: Improvement | None = None) -> None:
        """Show a draft: what is taken as text, what is only offered as a shadow.

        Args:
            draft: What to show.
            twin: What it means already (`draft.same_as`), or what is open against its theme.
        """
        if draft.same_as and twin is None:
            draft = replace(draft, same_as="")
        self.draft = draft
        field = self.query_one(TitleInput)
        offered = draft.suggested and not draft.taken and draft.title
        with field.prevent(Input.Changed):
            field.value = "" if offered else draft.title
        field.placeholder = self._shadow()
        self.query_one(Attributes).values = values_of(draft)
        self.show_twin(twin)

    def result(self) -> ImprovementDraft:
        """Return the draft as it stands on screen."""
        title = self.title.strip()
        if not title:
            offered = self.draft if self.draft.suggested else ImprovementDraft()
            return replace(offered, taken=False)
        values = self.query_one(Attributes).values
        return with_values(replace(self.draft, title=self.title, taken=True), values)

    def show_twin(self, twin: Improvement | None) -> None:
        """Show the improvement that the title repeats, and the key that links it."""
        if self.draft.same_as and twin is None:
            return
        self.twin = twin
        self.set_class(twin is not None, "-twin")
        if twin is not None and self._is_repeat:
            self._say_twin(("seen again:", "$warning"), twin, "⏎ counts it")
        elif twin is not None and self.draft.same_as:
            self._say_linked(twin)
        elif twin is not None:
            word = "same as" if self.title else "seen as"
            self._say_twin((word, "$warning"), twin, "ctrl+l links it")

    @property
    def _is_repeat(self) -> bool:
        """Whether what is offered is an improvement that is open already."""
        return bool(self.draft.same_as and self.draft.suggested and not self.title)

    def link(self) -> bool:
        """Mean the twin instead of a new improvement; once more takes that back."""
        if self._is_repeat:
            self._take()
            return True
        if self.draft.same_as:
            twin = self.twin
            self.draft = replace(self.draft, same_as="")
            self.show_twin(twin)
        elif self.twin is not None:
            if not self.title and self.draft.suggested:
                self._take()
            self.draft = replace(self.draft, same_as=self.twin.id)
            self._say_linked(self.twin)
        else:
            return False
        self.post_message(self.Edited(self))
        return True

    @on(DescendantFocus)
    def _entered(self) -> None:
        """Say why it is offered while the user is here and has not taken it."""
        offered = self.draft.suggested and not self.title and self.draft.reason
        if offered and not self.draft.same_as and self.twin is None:
            self.set_class(True, "-twin")
            self.query_one(TwinLine).say_text(one_line(self.draft.reason).plain)

    @on(DescendantBlur)
    def _left(self) -> None:
        self.set_class(bool(self.twin or self.draft.same_as), "-twin")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.draft.same_as:
            self.draft = replace(self.draft, same_as="")
        self.post_message(self.Edited(self))

    @on(Attributes.Changed)
    def _valued(self, event: Attributes.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value and self.draft.suggested:
            self._take()
        else:
            self.screen.focus_next()

    @on(TitleInput.Taken)
    def _taken(self, event: TitleInput.Taken) -> None:
        event.stop()
        if self.draft.suggested:
            self._take()

    def _take(self) -> None:
        self.draft = replace(self.draft, taken=True)
        field = self.query_one(TitleInput)
        with field.prevent(Input.Changed):  # taking is no change of the title: a link stays
            field.value = self.draft.title
        field.cursor_position = len(field.value)
        self.query_one(Attributes).values = values_of(self.draft)
        self.show_twin(self.twin)
        self.post_message(self.Edited(self))

    def _say_linked(self, twin: Improvement) -> None:
        self._say_twin(("links to", "$success"), twin, "ctrl+l unlinks")

    def _say_twin(self, word: tuple[str, str], twin: Improvement, keys: str) -> None:
        self.query_one(TwinLine).say(lambda width: twin_words(word, twin, keys, width))

    def _shadow(self) -> str:
        if self.draft.suggested and self.draft.title:
            return f"⏎ {one_line(self.draft.title).plain}"
        return "what should change?" if self.number == 1 else ""
