"""Saved views on the Backlog: the picker, saving, and the one that was left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hansei_core.errors import HanseiError, UsageError
from hansei_tui.screens.backlog_shape import ShapeVerbs

if TYPE_CHECKING:
    from hansei_core.views import View


EVERYTHING = "everything open"
"""The view without a filter, which has no name of its own."""


class SavedViews(ShapeVerbs):
    """A filter, an order and a layout under a name."""

    view_name = ""

    def present_view(self) -> View:
        """Return what is shown now."""
        from hansei_core.views import View

        return View(self.view_name)

    def show_view(self, view: View) -> None:
        """Show a view."""

    def action_views(self) -> None:
        """Choose a view."""
        from hansei_core.views import View
        from hansei_tui.modals.picker import Choices, Picker
        from hansei_tui.widgets.line_list import Column, Row

        texts = {EVERYTHING: "", **self.desk.views()}
        own = self.desk.settings.views
        counts = {name: self._count(name, text) for name, text in texts.items()}

        def cells(name: str) -> Row:
            number = counts[name]
            wrong = number is None
            return (
                (name, "bad" if wrong else "strong" if name in own else ""),
                ("has a mistake" if wrong else str(number), "bad" if wrong else "quiet"),
                (texts[name], "quiet"),
            )

        choices = Choices(
            (
                Column("name", "view", 20),
                Column("count", "items", 13, "right"),
                Column("filter", "filter", 0),
            ),
            tuple(texts),
            cells,
            lambda name: f"{name} {texts[name]}",
            "no view like that",
            start=self.view_name or EVERYTHING,
            headings=True,
        )

        def chosen(name: str | None) -> None:
            if name == EVERYTHING:
                self.show_view(View(""))
            elif name is not None:
                with self.telling():
                    self.show_view(self.desk.view(name))

        self.app.push_screen(Picker("Views · C saves what is shown as one", choices), chosen)

    def action_save_view(self) -> None:
        """Save what is shown under a name; `-name` takes a view of one's own away."""
        from hansei_core.views import View, read_view
        from hansei_tui.modals.prompt import Feedback, Prompt
        from hansei_tui.text import plain

        present = self.present_view()
        own = self.desk.settings.views

        def check(text: str) -> Feedback:
            name = text.strip()
            if name.startswith("-"):
                known = name[1:].strip() in own
                said = f"removes {name[1:].strip()}" if known else f"yours are {', '.join(own)}"
                return Feedback(plain(said), wrong=not known)
            if not name:
                return Feedback(plain(f"saves  {present.text or 'everything open'}"))
            try:
                read_view(name, present.text)
            except UsageError as error:
                return Feedback(plain(error.message), wrong=True)
            word = "replaces yours" if name in own else "saves"
            return Feedback(plain(f"{word}  {present.text or 'everything open'}"))

        def save(text: str | None) -> None:
            name = (text or "").strip()
            if not name:
                return
            with self.telling():
                if name.startswith("-"):
                    self.say(self.desk.drop_view(name[1:].strip()))
                    return
                view = View(name, present.filter, present.sort, present.reverse, present.layout)
                self.say(f"{self.desk.save_view(view)} · c opens it")
                self.show_view(view)

        value = self.view_name if self.view_name in own else ""
        self.app.push_screen(
            Prompt("Save this view as", value, check=check, placeholder="its name"), save
        )

    def restore_view(self) -> bool:
        """Show what was shown when hansei was left; False where nothing is known of it."""
        with suppress(HanseiError):  # a store that cannot be read says so elsewhere
            view = self.desk.last_view()
            if view is not None:
                self.show_view(view)
                return True
        return False

    def keep_draft(self) -> None:
        """Remember what is shown for the next time."""
        with suppress(HanseiError):  # leaving must not fail because a disk is full
            self.desk.keep_last_view(self.present_view())

    def _count(self, name: str, text: str) -> int | None:
        """Return how many improvements a view shows; None where it has a mistake."""
        from hansei_core.views import read_view

        try:
            return len(self.desk.select(read_view(name, text).filter))
        except UsageError:
            return None
