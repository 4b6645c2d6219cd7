"""Triage: the inbox item by item, one key each, with what is already known beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from hansei_core.days import parse_day
from hansei_core.errors import HanseiError
from hansei_core.improvement import Improvement
from hansei_core.triage import NEW_SITTING, SNOOZES, Sitting
from hansei_tui.keys import bindings
from hansei_tui.screens import triage_view as view
from hansei_tui.screens.backlog_verbs import ItemVerbs
from hansei_tui.screens.base import ALWAYS
from hansei_tui.screens.item_dialogs import named
from hansei_tui.text import plain, tell
from hansei_tui.widgets.fitted import FittedText
from hansei_tui.widgets.line_list import Column, LineList, Row

_TICK_SECONDS: Final = 10.0
_KEEP_SECONDS: Final = 0.5
"""The place under the cursor is kept once it has rested so long."""


class TriageScreen(ItemVerbs):
    """The inbox; digits mean the four acts here, the other screens are on `g …`."""

    AREA = "triage"
    CSS_PATH = "triage.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("triage"),
        Binding("4,5,6,7,8,9,0", "no_digit", show=False),
    ]
    AUTO_FOCUS = "#inbox"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.sitting: Sitting = self.desk.sitting()
        self._items: dict[str, Improvement] = {}
        self._shown = -1
        """The transaction up to which the list shows the store."""
        self._decided: list[str] = []
        """Ids in the order they were decided on; undo brings the cursor back to the newest."""
        self._was_told = self._is_over

    def area(self) -> Iterable[Widget]:
        """Heading, the keys, the list, and what is known of the item under the cursor."""
        yield Static(id="head")
        yield Static(id="banner")
        yield Container(
            LineList(view.COLUMNS, id="inbox", headings=False),
            VerticalScroll(FittedText(id="detail-text"), id="detail", can_focus=False),
            id="panes",
        )
        yield Static(id="empty")

    def on_mount(self) -> None:
        """Begin or go on with the sitting."""
        super().on_mount()
        self.query_one("#banner", Static).update(view.banner())
        self._start = self.sitting.item_id
        self._keeper = self.set_timer(_KEEP_SECONDS, self._keep, pause=True)
        self.set_interval(_TICK_SECONDS, self._tick)

    @property
    def rows(self) -> LineList:
        """The list."""
        return self.query_one("#inbox", LineList)

    def on_screen_resume(self) -> None:
        """Go on with the sitting, or begin a new one after a long time away."""
        if self.desk.now() - self.sitting.seen_at > NEW_SITTING:
            self.sitting = self.desk.sitting()
            self._was_told = self._is_over
        super().on_screen_resume()
        self._show_head()

    @on(FittedText.Fitted)
    def _fitted(self) -> None:
        self._show_detail()

    def update(self) -> None:
        """Read what changed, unless an act of this screen has shown it already."""
        if self._shown == self.desk.workspace.store.seq:
            self._seen = self.hansei.version
        else:
            super().update()

    def refresh_data(self) -> None:
        """Read what waits; what came back by undo has the cursor."""
        self._shown = self.desk.workspace.store.seq
        self._items = {item.id: item for item in self.desk.waiting()}
        now, limits = self.desk.now(), self.desk.limits
        items = self._items
        self.rows.show(list(items), lambda row: view.row_of(items[row], now, limits))
        back = [row for row in self._decided if row in items]
        if back:
            self._decided = [row for row in self._decided if row not in items]
            self.sitting = replace(self.sitting, done=max(self.sitting.done - len(back), 0))
            self.rows.move_to(back[-1])
        elif self._start:
            self.rows.move_to(self._start)
        self._start = ""
        self.set_class(not items, "-empty")
        self.show_keys()
        self._show_head()
        self._show_detail()

    def targets(self) -> list[str]:
        """Return the ids that keys act on."""
        return [row for row in self.rows.targets if row in self._items]

    def current_item(self) -> Improvement | None:
        """Return the improvement under the cursor."""
        return self._items.get(self.rows.current)

    def say_nothing_there(self) -> None:
        """Say that nothing waits."""
        self.say("Nothing waits to be decided: a adds an improvement, esc goes to the Backlog.")

    def useful_keys(self, entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the keys of an item only where there is one."""
        return entries if self._items else [each for each in entries if each[1] in ALWAYS]

    def close_something(self) -> bool:
        """Drop the marks, else go back to the Backlog."""
        if not super().close_something():
            self.app.switch_mode("backlog")
        return True

    def keep_draft(self) -> None:
        """Keep the place; called before the app ends."""
        self._keep()

    def action_no_digit(self) -> None:
        """Say what digits mean here; one that slips must not leave for another screen."""
        self.say("1, 2 and 3 decide here; g and a letter goes to another screen.")

    def action_accept(self) -> None:
        """Take into the backlog."""
        self._decide(self.desk.accept_items)

    def action_duplicate(self) -> None:
        """Choose the improvement that says the same; the likely twins come first."""
        ids, item = self.targets(), self.current_item()
        if not ids or item is None:
            self.say_nothing_there()
            return
        from hansei_tui.modals.picker import Choices, Picker

        kin = self.desk.kin(item)
        twins = [twin.item.id for twin in kin.twins if twin.item.id not in ids]
        rest = [
            row
            for row, other in self.desk.improvements().items()
            if other.stage.is_open and row not in ids and row not in twins
        ]
        places = {row: place for place, row in enumerate(twins, 1)}

        def cells(row: str) -> Row:
            other = self.desk.improvement(row)
            title = other.title if other else ""
            return ((str(places.get(row, "")), "accent"), title, (row, "quiet"))

        def words(row: str) -> str:
            other = self.desk.improvement(row)
            return f"{row} {other.title if other else ''}"

        columns = (Column("digit", "", 1, gap=0), Column("title", "", 0), Column("id", "", 12))
        choices = Choices(columns, [*twins, *rest], cells, words, "nothing else is open")

        def chosen(of: str | None) -> None:
            if of is not None:
                self._decide(lambda rows: self.desk.duplicate_of(rows, of), ids)

        heading = f"{named(ids)} is the same as"
        self.app.push_screen(Picker(heading, choices, len(twins)), chosen)

    def action_decline(self) -> None:
        """Decline with a stock reason or a typed one; the decision log keeps it."""
        ids = self.targets()
        if not ids:
            self.say_nothing_there()
            return
        reasons = self.desk.settings.triage.reasons

        def chosen(place: int | None) -> None:
            if place is None:
                return
            if place >= 0:
                self._decide(lambda rows: self.desk.decline_items(rows, reasons[place]), ids)
            else:
                self._ask(f"Why is {named(ids)} declined?", "because …", decline)

        def decline(reason: str) -> None:
            self._decide(lambda rows: self.desk.decline_items(rows, reason), ids)
            self.point_out_secrets(reason)

        self._menu(f"Decline {named(ids)} because", reasons, chosen)

    def action_snooze(self) -> None:
        """Hide for a week, two, a month, or until a typed day."""
        ids = self.targets()
        if not ids:
            self.say_nothing_there()
            return
        today = self.desk.today()

        def chosen(place: int | None) -> None:
            if place is None:
                return
            if place >= 0:
                put_off(today + SNOOZES[place][1])
            else:
                self._ask(f"Snooze {named(ids)} until", "2026-12-01, fri, 3d, 2w", typed)

        def typed(text: str) -> None:
            try:
                put_off(parse_day(text, today))
            except HanseiError as error:
                self.fail(error)

        def put_off(until: date) -> None:
            self._decide(lambda rows: self.desk.put_off(rows, until), ids)

        answers = [f"{name}, until {today + span:%a} {today + span}" for name, span in SNOOZES]
        self._menu(f"Snooze {named(ids)} for", answers, chosen)

    def action_details(self) -> None:
        """Show or hide the details."""
        self.toggle_class("-bare")
        self.call_after_refresh(self._show_detail)

    @on(LineList.Moved, "#inbox")
    def _moved(self) -> None:
        self._show_detail()
        self._keeper.reset()
        self._keeper.resume()

    @on(LineList.Opened, "#inbox")
    def _opened(self) -> None:
        self.action_details()

    @property
    def _is_over(self) -> bool:
        return self.sitting.minutes(self.desk.now()) >= self.desk.settings.triage.minutes

    def _decide(
        self, verb: Callable[[Sequence[str]], str], ids: Sequence[str] | None = None
    ) -> None:
        """Run an act, show what is next at once, and tell what was done."""
        chosen = list(ids) if ids is not None else self.targets()
        if not chosen:
            self.say_nothing_there()
            return
        try:
            label = verb(chosen)
        except HanseiError as error:
            self.fail(error)
            return
        self.rows.clear_marks()
        self._decided += chosen
        self.sitting = replace(self.sitting, done=self.sitting.done + len(chosen))
        self.refresh_data()  # the next key may come before any message does
        self._keep()
        self.changed(f"{label[:1].upper()}{label[1:]} · u undoes it")

    def _menu(
        self, heading: str, answers: Sequence[str], chosen: Callable[[int | None], None]
    ) -> None:
        from hansei_tui.modals.choice import DigitMenu

        self.app.push_screen(DigitMenu(heading, answers), chosen)

    def _ask(self, heading: str, placeholder: str, then: Callable[[str], None]) -> None:
        from hansei_tui.modals.prompt import Prompt

        def typed(text: str | None) -> None:
            if text is not None and text.strip():
                then(text)

        self.app.push_screen(Prompt(heading, placeholder=placeholder), typed)

    def _keep(self) -> None:
        """Remember the place, so that a crash does not lose it."""
        now = self.desk.now()
        self.sitting = replace(self.sitting, seen_at=now, item_id=self.rows.current)
        with self.telling():
            self.desk.keep_sitting(self.sitting)

    def _tick(self) -> None:
        self._show_head()
        if self._is_over and not self._was_told and self._items:
            self._was_told = True
            minutes = self.desk.settings.triage.minutes
            tell(self.app, f"{minutes} minutes are over; the rest can wait for the next time.")

    def _show_head(self) -> None:
        found, now = self.desk.pre_read(self._items.values()), self.desk.now()
        minutes = self.desk.settings.triage.minutes
        self.query_one("#head", Static).update(view.head_of(found, self.sitting, now, minutes))
        if not self._items:
            self.query_one("#empty", Static).update(view.empty_words(found, self.sitting.done))

    def _show_detail(self) -> None:
        item = self.current_item()
        text = self.query_one("#detail-text", Static)
        if item is None:
            text.update(plain(""))
            return
        now, limits, kin = self.desk.now(), self.desk.limits, self.desk.kin(item)
        text.update(view.detail_of(item, kin, now, limits, self.pane_width()))
