"""Close a session: what happened on the left, the retro on the right, saved in a minute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar, Final

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.css.query import NoMatches
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea
from textual.worker import get_current_worker

from hansei_core.errors import HanseiError
from hansei_core.retro import QUESTIONS, USUAL_MOST, ImprovementDraft, RetroDraft
from hansei_core.usual import Usual
from hansei_sessions.model import Friction, Session
from hansei_tui.friction_words import Group, groups_of, kind_name
from hansei_tui.keys import bindings
from hansei_tui.screens import retro_view as view
from hansei_tui.screens.base import AreaScreen
from hansei_tui.text import plain
from hansei_tui.widgets.answer import Answer
from hansei_tui.widgets.fitted import FittedText
from hansei_tui.widgets.line_list import LineList, Row
from hansei_tui.widgets.slot import Slot
from hansei_tui.words import when

_AUTOSAVE_SECONDS: Final = 2.0
_FIELDS: Final = ("slowed", "broke", "better")


class RetroScreen(AreaScreen):
    """The Retro area."""

    AREA = "retro"
    CSS_PATH = "retro.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("retro")]
    AUTO_FOCUS = "#frictions"

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed through unchanged
        self.session: Session | None = None
        self._frictions: dict[str, Friction] = {}
        self._usual: Usual | None = None
        self._groups: list[Group] = []
        self._opened: frozenset[str] = frozenset()
        self._draft = RetroDraft("")
        self._saved_draft = RetroDraft("")
        self._is_own_choice = False
        """Whether the user chose the session; else a newer one may take its place."""

    def area(self) -> Iterable[Widget]:
        """The session on the left, questions and improvements on the right."""
        form: list[Widget] = []
        for name, question in zip(_FIELDS, QUESTIONS, strict=True):
            form.append(Static(plain(question), classes="question"))
            form.append(Answer(compact=True, id=name, tab_behavior="focus"))
        if self._asks_mood:
            form.append(Static(plain("Mood, 1 to 5 (optional)"), classes="question"))
            form.append(Input(compact=True, id="mood", restrict="[1-5]?", max_length=1))
        form.append(Static(id="improvements"))
        form += [Slot(number) for number in range(1, USUAL_MOST + 1)]
        yield Horizontal(
            Vertical(
                FittedText(id="session"),
                LineList(view.FRICTION_COLUMNS, markable=False, id="frictions"),
                id="left",
            ),
            VerticalScroll(
                Vertical(*form, id="form"), Static(id="done"), id="right", can_focus=False
            ),
            id="panes",
        )
        yield Static(id="empty")

    @property
    def _asks_mood(self) -> bool:
        return self.desk.settings.retro.mood

    def on_mount(self) -> None:
        """Begin with the session that was asked for, or the one that is owed a retro."""
        super().on_mount()
        self.set_class(self.app.size.height >= 34, "-roomy")
        self.set_interval(_AUTOSAVE_SECONDS, self._autosave)

    def on_resize(self) -> None:
        """Give the answers more lines where there are some."""
        self.set_class(self.app.size.height >= 34, "-roomy")

    @on(FittedText.Fitted)
    def _fitted(self) -> None:
        self._show_head()

    def refresh_data(self) -> None:
        """Show the session's present state; what is being typed stays."""
        if self.session is None or not self._is_touched():
            self._choose_first()
            return
        self._show_session(self.session.id)

    def fill(self) -> None:
        """Show the first session as soon as it is read."""
        if self.session is None:
            self._choose_first()

    def _is_touched(self) -> bool:
        """Tell whether the user is busy with the session that is shown."""
        return (
            self._is_own_choice
            or self.hansei.in_text_field()
            or self._changed_draft() is not None
            or bool(self._opened)
        )

    def open_session(self, session_id: str) -> None:
        """Show a session and its draft."""
        self.keep_draft()
        self._show_session(session_id)
        if self.session is None:
            return
        draft, kept = self.desk.draft_of(self.session, list(self._frictions.values()))
        self._fill(draft)
        reviewed = self.desk.retro_of(self.session) is not None
        if kept and not reviewed and draft.updated_at is not None:
            self.say(f"Your draft from {when(draft.updated_at, self.desk.now())} is here.")
        self._show_state()

    def keep_draft(self) -> None:
        """Keep what is being typed, at once."""
        draft = self._changed_draft()
        if draft is not None:
            with self.telling():
                self.desk.save_draft(draft)
                self._saved_draft = draft

    def useful_keys(self, entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the keys of a session where there is one, those of a retro where it is open."""
        useless = set()
        if self.session is None or self.has_class("-reviewed"):
            useless |= {"save", "link"}
        if not any(slot.twin is not None for slot in self.query(Slot)):
            useless.add("link")
        if not self._frictions:
            useless.add("evidence")
        if self.session is None and not self.desk.sessions():
            useless.add("sessions")
        return [each for each in entries if each[1] not in useless]

    def close_something(self) -> bool:
        """Leave a field for the list; the draft is kept."""
        if self.hansei.in_text_field():
            self.keep_draft()
            self.query_one("#frictions").focus()
            return True
        return super().close_something()

    def action_save(self) -> None:
        """Save the retro; ask for a reason where there is no improvement."""
        if self.session is None or self.has_class("-reviewed"):
            return
        draft = self._collect()
        taken = len(draft.taken)
        from hansei_tui.screens.retro_dialogs import ask_fourth, ask_why_none

        if taken == 0 and not draft.none_because:
            ask_why_none(
                self.app,
                lambda why: self._ask_secret(replace(draft, none_because=why), force=False),
            )
        elif taken > USUAL_MOST:
            ask_fourth(self.app, taken, lambda: self._ask_secret(draft, force=True))
        else:
            self._ask_secret(draft, force=False)

    async def action_another(self) -> None:
        """Make room for one more improvement."""
        slots = self.query(Slot)
        slot = Slot(len(slots) + 1)
        await self.query_one("#form").mount(slot)
        slot.query_one("TitleInput").focus()

    def action_link(self) -> None:
        """Link the improvement being typed to its twin; outside of them the first with one."""
        slot = self._slot_in_focus()
        if slot is None:
            slot = next((each for each in self.query(Slot) if each.twin is not None), None)
        if slot is None or not slot.link():
            self.say("No twin of this title is known.")

    def action_editor(self) -> None:
        """Write the focused text in the user's editor."""
        field = self.focused
        if not isinstance(field, TextArea | Input):
            self.say("Go to an answer first: tab.")
            return
        from textual.app import SuspendNotSupported

        from hansei_tui.editor import edit_text, editor_of
        from hansei_tui.outside import outside

        old = field.text if isinstance(field, TextArea) else field.value
        with self.telling():
            command = editor_of(self.desk.workspace.context.environ)
            try:
                new = outside(self.app, lambda: edit_text(command, old, self.desk.paths.drafts))
            except SuspendNotSupported:
                self.say("An editor cannot be opened in this terminal.")
                return
            if isinstance(field, TextArea):
                field.text = new
            else:
                field.value = " ".join(new.split())

    def action_evidence(self) -> None:
        """Open the evidence under the cursor."""
        self._open_row(self.query_one("#frictions", LineList).current)

    def action_sessions(self) -> None:
        """Choose another session."""
        from hansei_tui.screens.retro_dialogs import session_picker

        def chosen(session_id: str | None) -> None:
            if session_id is not None:
                self._is_own_choice = True
                self.open_session(session_id)

        start = self.session.id if self.session else ""
        self.app.push_screen(session_picker(self.desk, start), chosen)

    @on(LineList.Opened, "#frictions")
    def _row_opened(self, event: LineList.Opened) -> None:
        event.stop()
        self._open_row(event.row_id)

    @on(Slot.Edited)
    def _slot_edited(self, event: Slot.Edited) -> None:
        event.stop()
        title = event.slot.title
        twins = self.desk.twins(title) if len(title) > 6 else ()
        event.slot.show_twin(twins[0].item if twins else None)
        self.show_keys()

    def _choose_first(self) -> None:
        wanted = self.hansei.session_id or self.desk.first_session()
        if wanted and self.session is not None and self.session.id == wanted:
            self._show_session(wanted)
        elif wanted:
            self.open_session(wanted)
        else:
            self.add_class("-empty")
            reading = "Reading the logs of your agents …"
            self.set_text(
                "#empty", reading if self.hansei.is_reading else self.desk.nothing_to_review()
            )

    def _show_session(self, session_id: str) -> None:
        try:
            self.session = self.desk.session(session_id)
            found = self.desk.frictions(session_id)
            self._usual = self.desk.workspace.usual_lost(self.session)
        except HanseiError as error:
            self.fail(error)
            return
        self.remove_class("-empty")
        self._frictions = {friction.id: friction for friction in found}
        self._groups = groups_of(found)
        self._show_head()
        self._show_frictions()
        self._show_state()

    def _show_head(self) -> None:
        if self.session is not None:
            found = list(self._frictions.values())
            width = self._left_width()
            head = view.session_head(self.session, found, self.desk.now(), width, self._usual)
            self.query_one("#session", Static).update(head)

    def _left_width(self) -> int:
        """Return the columns of the left pane; before the first layout, by the app's width."""
        width = self.query_one("#session").content_size.width
        whole = self.app.size.width
        return width or (whole * 44 // 100 if whole >= 100 else min(whole * 48 // 100, 38)) - 3

    def _show_frictions(self) -> None:
        groups = {group.id: group for group in self._groups}

        def cells(row: str) -> Row:
            if row in groups:
                return view.group_row(groups[row], is_open=row in self._opened)
            return view.friction_row(self._frictions[row])

        self.query_one("#frictions", LineList).show(
            view.friction_rows(self._groups, self._opened),
            cells,
            "No friction in this session.\nNothing failed, nobody intervened.",
        )

    def _show_state(self) -> None:
        if self.session is None:
            return
        retro = self.desk.retro_of(self.session)
        self.set_class(retro is not None, "-reviewed")
        self.show_keys()
        if retro is None:
            return
        titles = {
            item_id: item.title if item else ""
            for item_id in retro.improvement_ids
            for item in (self.desk.improvement(item_id),)
        }
        said = view.reviewed(retro, titles, self.desk.now())
        self.query_one("#done", Static).update(said)
        if self.focused is None or not self.focused.is_on_screen:
            self.query_one("#frictions").focus()

    def _open_row(self, row: str) -> None:
        group = next((group for group in self._groups if group.id == row), None)
        if group is not None and len(group.frictions) > 1:
            self._opened ^= {row}
            self._show_frictions()
            return
        if group is not None:
            row = group.frictions[0].id
        friction = self._frictions.get(row)
        if friction is None:
            return
        from hansei_tui.modals.evidence import EvidenceDialog

        self.app.push_screen(
            EvidenceDialog(
                kind_name(friction.kind),
                view.evidence_place(friction, self.desk.now()),
                *self.desk.evidence(friction),
            )
        )

    def _fill(self, draft: RetroDraft) -> None:
        self._draft = self._saved_draft = draft
        for name in _FIELDS:
            self.query_one(f"#{name}", TextArea).text = getattr(draft, name)
        if self._asks_mood:
            self.query_one("#mood", Input).value = str(draft.mood or "")
        self.set_text("#improvements", "One to three improvements  ⏎ takes one")
        slots = list(self.query(Slot))
        offers = [*draft.improvements, *[ImprovementDraft()] * len(slots)]
        for slot, offer in zip(slots, offers, strict=False):
            slot.fill(offer, self.desk.seen_as(offer))
        self._saved_draft = self._collect()

    def _collect(self) -> RetroDraft:
        mood = self._draft.mood
        if self._asks_mood:
            typed = self.query_one("#mood", Input).value
            mood = int(typed) if typed else None
        return replace(
            self._draft,
            mood=mood,
            slowed=self.query_one("#slowed", TextArea).text,
            broke=self.query_one("#broke", TextArea).text,
            better=self.query_one("#better", TextArea).text,
            improvements=tuple(slot.result() for slot in self.query(Slot)),
        )

    def _changed_draft(self) -> RetroDraft | None:
        """Return what is typed if it is not kept yet."""
        if self.session is None or self.has_class("-reviewed"):
            return None
        try:
            draft = self._collect()
        except NoMatches:
            return None
        return None if draft == self._saved_draft else draft

    def _autosave(self) -> None:
        draft = self._changed_draft()
        if draft is not None:
            self._saved_draft = draft
            self._write_draft(draft)

    @work(thread=True, group="draft", exit_on_error=False)
    def _write_draft(self, draft: RetroDraft) -> None:
        if not get_current_worker().is_cancelled:
            self.desk.save_draft(draft)

    def _ask_secret(self, draft: RetroDraft, *, force: bool) -> None:
        """Save; but point out first what looks like a secret, because it is kept as typed."""
        from hansei_tui.screens.retro_dialogs import ask_secret

        kinds = self.desk.secrets_in_draft(draft)
        if kinds:
            ask_secret(self.app, kinds, lambda: self._save(draft, force=force))
        else:
            self._save(draft, force=force)

    def _save(self, draft: RetroDraft, *, force: bool) -> None:
        try:
            label = self.desk.save_retro(draft, force=force)
        except HanseiError as error:
            self.fail(error)
            return
        self._draft = draft
        self._saved_draft = self._collect()
        self.changed(f"{label[:1].upper()}{label[1:]} · u undoes it")
        self._is_own_choice = True
        following = self.desk.first_session(unreviewed_only=True)
        if following:
            self.open_session(following)
        else:
            self._show_state()
        self.query_one("#frictions").focus()

    def _slot_in_focus(self) -> Slot | None:
        focused = self.focused
        if focused is None:
            return None
        return next((node for node in focused.ancestors_with_self if isinstance(node, Slot)), None)
