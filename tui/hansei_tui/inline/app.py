"""The retro under the shell's prompt: two lines of what happened, three questions, done."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.css.query import NoMatches
from textual.widgets import Input, Static, TextArea
from textual.worker import get_current_worker

from hansei_core.errors import HanseiError
from hansei_core.improvement import Improvement
from hansei_core.quickadd import parse_line, read_line
from hansei_core.retro import QUESTIONS, USUAL_MOST, ImprovementDraft, RetroDraft
from hansei_core.similar import TitleIndex
from hansei_core.verbs.improvements import draft_of_line
from hansei_core.vocabulary import Stage
from hansei_sessions.model import Session
from hansei_tui.base_app import BaseApp
from hansei_tui.desk import Desk
from hansei_tui.inline import sheet
from hansei_tui.inline.entries import Entries
from hansei_tui.inline.likeness import TELLING, decided_against, like_words, link_words
from hansei_tui.keys import INLINE, bindings, footer_of, keymap, remapped
from hansei_tui.modals.add import line_feedback, line_highlighter
from hansei_tui.text import assemble, fit, plain
from hansei_tui.words import when
from hansei_tui.workspace import Workspace

AUTOSAVE_SECONDS: Final = 2.0
_FIELDS: Final = ("slowed", "broke", "better")
_ROWS: Final = 3
_ALWAYS: Final = (("1-9", "take"), ("⏎", "add"))
"""Keys of a list and a field, which stay what they are."""

Ending = Literal["saved", "later", "full", "not-today"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the inline retro was left, and what was done in words."""

    ending: Ending
    label: str = ""


class InlineRetro(BaseApp[Outcome]):
    """One session's retro under the prompt; `run(inline=True)`."""

    INLINE_PADDING = 0
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        # They wait behind the letters that a field has not taken in yet; ctrl+c must not.
        *bindings("inline"),
        Binding("ctrl+c,ctrl+q", "later", priority=True),
    ]

    def __init__(self, workspace: Workspace, session: Session) -> None:
        super().__init__(workspace)
        self.session = session
        self.desk = Desk(workspace)
        found = self.desk.frictions(session.id)
        self._frictions = sheet.since(found, self.desk.reviewed().get(session.id))
        self._usual = workspace.usual_lost(session)
        kept, self._was_kept = self.desk.draft_of(session, found)
        self._draft, self._line = sheet.open_sheet(kept)
        self._kept = self._draft_now(self._draft, self._line)
        self._twin: Improvement | None = None
        self._against = ""
        items = self.desk.improvements().values()
        self._declined = TitleIndex(item for item in items if item.stage is Stage.DECLINED)
        self._last_place = -1
        self._asks_reason = False
        self._asked_fourth = False
        changes = workspace.settings.keys
        self._actions = tuple(each for each in remapped(changes)[0] if each.where == INLINE)
        self.set_keymap(keymap(changes))

    def compose(self) -> ComposeResult:
        """What happened, the questions, the improvements, the keys."""
        yield Static(id="session")
        yield Static(id="frictions")
        for name, question in zip(_FIELDS, QUESTIONS, strict=True):
            with Horizontal(classes="row"):
                yield Static(plain(question), classes="question")
                yield TextArea(
                    getattr(self._draft, name), compact=True, id=name, tab_behavior="focus"
                )
        if self.workspace.settings.retro.mood:
            with Horizontal(classes="row"):
                yield Static(plain("Mood, 1 to 5 (optional)"), classes="question")
                mood = str(self._draft.mood or "")
                yield Input(mood, compact=True, id="mood", restrict="[1-5]?", max_length=1)
        yield Static(assemble(("One to three improvements", "$secondary")))
        yield Entries()
        yield Input(
            self._line,
            compact=True,
            id="line",
            highlighter=line_highlighter(self.desk.today()),
            placeholder="another one: what should change? +tag impact:8 effort:2",
            select_on_focus=False,
        )
        yield Static(id="feedback")
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Show the session, put the focus where one key is enough, keep what is typed."""
        self._show_entries()
        offers = bool(self._draft.improvements)
        self.query_one("#entries" if offers and not self._line else "#line").focus()
        if self._was_kept and self._draft.updated_at is not None:
            kept = when(self._draft.updated_at, self.desk.now())
            self._say(f"Your draft from {kept} is here.")
        self.set_interval(AUTOSAVE_SECONDS, self._autosave)
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            with contextlib.suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(getattr(signal, name), self.action_later)

    def on_resize(self) -> None:
        """Fit the lines to the width."""
        width = max(self.size.width, 20)
        self.query_one("#session", Static).update(
            plain(fit(sheet.session_line(self.session), width))
        )
        self.query_one("#frictions", Static).update(
            plain(sheet.two_lines(sheet.friction_line(self._frictions, self._usual), width))
        )
        parts: list[str | tuple[str, str]] = []
        for key, what in (*_ALWAYS, *footer_of("inline", self._actions)):
            parts += [(f"{key} ", "$accent"), f"{what}  "]
        self.query_one("#keys", Static).update(assemble(*parts))
        self.call_after_refresh(self._fit_answers)

    @on(TextArea.Changed)
    def _fit_answers(self) -> None:
        """Give each answer the lines that it needs, three at most."""
        for area in self.query(TextArea):
            area.styles.height = max(1, min(area.wrapped_document.height, _ROWS))

    async def on_event(self, event: events.Event) -> None:
        """Digits take entries and letters begin a line while the entries have the focus."""
        if isinstance(event, events.Key) and not event.is_forwarded and self._takes(event):
            event.stop()
            return
        await super().on_event(event)

    def _takes(self, event: events.Key) -> bool:
        if not isinstance(self.focused, Entries):
            return False
        character = event.character or ""
        field = self.query_one("#line", Input)
        if event.key == "enter":
            self.screen.set_focus(field)
        elif len(character) != 1 or not character.isprintable():
            return False
        elif character.isascii() and character.isdigit():
            if 0 < int(character) <= len(self._draft.improvements):
                self._choose(int(character) - 1)
        else:
            field.insert_text_at_cursor(character)
            self.screen.set_focus(field)
        return True

    def _choose(self, place: int) -> None:
        field = self.query_one("#line", Input)
        item = self._draft.improvements[place]
        if item.taken and not item.suggested and field.value.strip():
            self._say("Finish the line below first: enter adds it.", wrong=True)
            return
        self._draft, title = sheet.toggled(self._draft, place)
        self._last_place = place
        self._asks_reason = self._asked_fourth = False
        self._show_entries()
        if title:
            field.value = title
            self.screen.set_focus(field)
            return
        self._against, self._twin = "", None
        if item.taken:
            self._say("")
        elif item.same_as:
            self._say_link(item.same_as)
        else:
            self._twin = self._twin_of(item.title) or self.desk.seen_as(item)
            if self._twin is None and not self._against:
                self._say(item.reason)
            else:
                self._say_twin()

    @on(Input.Changed, "#line")
    def _typed(self, event: Input.Changed) -> None:
        if self._asks_reason:
            return
        self._asked_fourth = False
        self._last_place = -1
        line = read_line(event.value, self.desk.today()) if event.value.strip() else None
        self._against = ""
        self._twin = self._twin_of(line.title) if line is not None and not line.errors else None
        if line is not None and line.errors:
            feedback = line_feedback(self.desk, event.value)
            self._show(feedback.text, wrong=feedback.wrong)
        else:
            self._say_twin()

    @on(Input.Submitted, "#line")
    def _submitted(self, event: Input.Submitted) -> None:
        if self._asks_reason or not event.value.strip():
            self.action_save()
        else:
            self._take_line()

    def action_save(self) -> None:
        """Save; ask for a reason where there is no improvement."""
        reason = ""
        if self._asks_reason:
            reason = self.query_one("#line", Input).value.strip()
            if not reason:
                self._ask_reason()
                return
        elif not self._take_line():
            return
        draft = replace(self._answers(self._draft), none_because=reason)
        taken = len(draft.taken)
        if not taken and not reason:
            self._ask_reason()
        elif taken > USUAL_MOST and not self._asked_fourth:
            self._asked_fourth = True
            self._say(f"{taken} improvements; one to three get done. ctrl+s saves all of them.")
        else:
            self._save(draft)

    def action_link(self) -> None:
        """Link the improvement that exists already instead of adding its twin."""
        place = self._last_place
        if place >= 0 and self._draft.improvements[place].same_as:
            self._draft = sheet.relinked(self._draft, place, "")
            self._show_entries()
            self._say("It will be a new improvement.")
            return
        if self._twin is None:
            self._say("No twin of this title is known.")
            return
        twin = self._twin
        if place >= 0:
            self._draft = sheet.relinked(self._draft, place, twin.id)
        else:
            field = self.query_one("#line", Input)
            item = ImprovementDraft(title=twin.title, same_as=twin.id)
            self._draft = sheet.added(self._draft, item)
            with field.prevent(Input.Changed):
                field.value = ""
        self._twin = None
        self._show_entries()
        self._say(f"Seen again: the evidence goes to {twin.id}.")

    def action_later(self) -> None:
        """Keep the draft and go back to the shell."""
        self._leave(Outcome("later"))

    def action_full(self) -> None:
        """Go on in the full screen."""
        self._leave(Outcome("full"))

    def action_not_today(self) -> None:
        """Keep the draft, and do not ask again today."""
        self._leave(Outcome("not-today"))

    def _leave(self, outcome: Outcome) -> None:
        try:
            changed = self._changed_draft()
            if changed is not None:
                self.desk.save_draft(changed)
                self._kept = changed
        except HanseiError as error:
            self._say(error.said, wrong=True)
            return
        self.exit(outcome)

    def _save(self, draft: RetroDraft) -> None:
        try:
            label = self.desk.save_retro(draft, force=self._asked_fourth)
        except HanseiError as error:
            self._say(error.said, wrong=True)
            return
        self._kept = self._draft_now(draft, "")
        self.exit(Outcome("saved", label))

    def _take_line(self) -> bool:
        """Add the typed line as an entry; False where it cannot be read."""
        field = self.query_one("#line", Input)
        if not field.value.strip():
            return True
        try:
            item = draft_of_line(parse_line(field.value, self.desk.today()))
        except HanseiError as error:
            self._say(error.said, wrong=True)
            return False
        if not item.title:
            self._say("a title is missing", wrong=True)
            return False
        self._draft = sheet.added(self._draft, item)
        with field.prevent(Input.Changed):
            field.value = ""
        self._show_entries()
        self._say("")
        return True

    def _ask_reason(self) -> None:
        self._asks_reason = True
        field = self.query_one("#line", Input)
        field.placeholder = "no improvement this time, because …"
        field.focus()
        self._say("No improvement this time? Type why, then enter.")

    def _twin_of(self, title: str) -> Improvement | None:
        found = self.desk.twins(title) if len(title) > TELLING else ()
        self._against = "" if found else decided_against(self.desk, self._declined, title)
        return found[0].item if found else None

    def _say_twin(self) -> None:
        if self._twin is None:
            self._say(self._against)
            return
        self._show(like_words(self._twin))

    def _say_link(self, improvement_id: str) -> None:
        self._show(link_words(improvement_id, self.desk.improvement(improvement_id)))

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self._show(plain(text), wrong=wrong)

    def _show(self, content: Content, *, wrong: bool = False) -> None:
        line = self.query_one("#feedback", Static)
        line.update(content)
        line.set_class(wrong, "-wrong")

    def _show_entries(self) -> None:
        self.query_one(Entries).show(self._draft.improvements)

    def _answers(self, draft: RetroDraft) -> RetroDraft:
        slowed, broke, better = (self.query_one(f"#{name}", TextArea).text for name in _FIELDS)
        mood = draft.mood
        if self.workspace.settings.retro.mood:
            typed = self.query_one("#mood", Input).value
            mood = int(typed) if typed else None
        return replace(draft, slowed=slowed, broke=broke, better=better, mood=mood)

    def _draft_now(self, draft: RetroDraft, line: str) -> RetroDraft:
        return replace(sheet.close_sheet(draft, line), updated_at=None)

    def _changed_draft(self) -> RetroDraft | None:
        """Return what is typed if it is not kept yet."""
        try:
            line = "" if self._asks_reason else self.query_one("#line", Input).value
            draft = self._draft_now(self._answers(self._draft), line)
        except NoMatches:
            return None
        return None if draft == self._kept else draft

    def _autosave(self) -> None:
        draft = self._changed_draft()
        if draft is not None:
            self._kept = draft
            self._write_draft(draft)

    @work(thread=True, group="draft", exit_on_error=False)
    def _write_draft(self, draft: RetroDraft) -> None:
        if not get_current_worker().is_cancelled:
            self.desk.save_draft(draft)


def run_inline(workspace: Workspace, session: Session) -> Outcome:
    """Ask for a session's retro under the shell's prompt; needs a terminal, not on Windows."""
    app = InlineRetro(workspace, session)
    found = app.run(inline=True, mouse=False)
    return found if found is not None else Outcome("later")
