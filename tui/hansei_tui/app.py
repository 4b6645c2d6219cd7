"""The app: a mode for each screen, one registry of keys, one place where background work begins."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on, work
from textual.binding import BindingType
from textual.message import Message
from textual.screen import ModalScreen
from textual.worker import Worker, WorkerState, get_current_worker

from hansei_core.errors import HanseiError
from hansei_core.store.protocol import Change
from hansei_tui import keys, themes
from hansei_tui.base_app import BaseApp
from hansei_tui.desk import Desk
from hansei_tui.key_reader import KeyReader
from hansei_tui.screens import open_screen
from hansei_tui.screens.base import AreaScreen
from hansei_tui.signals import when_ended
from hansei_tui.text import fit, tell
from hansei_tui.widgets.bars import KeyBar, TopBar

if TYPE_CHECKING:
    from hansei_tui.workspace import Workspace

_POLL_SECONDS: Final = 1.0
_SHOWN_PROBLEMS: Final = 3


class HanseiApp(BaseApp[None]):
    """hansei in the terminal."""

    TITLE = "hansei"
    NOTIFICATION_TIMEOUT = 4
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("app")]

    @dataclass
    class Progress(Message):
        """The background work got further."""

        request: int
        text: str

    @dataclass
    class Read(Message):
        """The logs are read and the themes are current."""

        request: int
        changed: bool

    @dataclass
    class Failed(Message):
        """The background work ended early."""

        request: int
        error: HanseiError

    def __init__(
        self, workspace: Workspace, *, start: str = "backlog", session_id: str = ""
    ) -> None:
        vars(self)["DEFAULT_MODE"] = start  # spares the empty screen that Textual begins with
        sheets = ["app.tcss"]
        if start in keys.PLACES:  # a sheet that comes later lets all of them be read again
            sheets.append(f"screens/{start}.tcss")
        super().__init__(workspace, sheets)
        self._variables: dict[str, str] = {}
        """What the style sheets were read with last."""
        self._is_open = False
        self.desk = Desk(workspace)
        self._day = self.desk.today()
        self.version = 0
        """Grows with every change of what the screens show."""
        self.session_id = session_id
        """The session that the Retro screen opens with; empty: the newest unreviewed one."""
        self.ritual = ""
        """The ritual's step that the Planner begins with; `next`: where it stands."""
        self.may_move = False
        """Whether the app chose its screen itself and nobody has pressed a key yet."""
        self.actions, self._key_problems = keys.remapped(workspace.settings.keys)
        self.reader = KeyReader(self, keys.Sequences(self.actions))
        self._progress = ""
        self._learning = ""
        self._request = 0
        for name in keys.PLACES:
            self.add_mode(name, partial(open_screen, name, self.desk))

    def on_mount(self) -> None:
        """Take the user's keys, then start what runs in the background."""
        self._is_open = True
        self.set_keymap(keys.keymap(self.workspace.settings.keys))
        when_ended(self._end_by_signal)
        if self._key_problems:
            more = len(self._key_problems) - _SHOWN_PROBLEMS
            rest = [f"and {more} more of the keys in config.toml"] if more > 0 else []
            tell(self, "\n".join([*self._key_problems[:_SHOWN_PROBLEMS], *rest]), "warning")
        wanted = self.workspace.settings.screen.theme
        if wanted not in self.available_themes:
            words = f"screen.theme: there are no colours called “{fit(wanted, 24).rstrip()}”"
            tell(self, f"{words}\n`hansei doctor` says what there is", "warning")
        self.set_interval(_POLL_SECONDS, self._look_outside)
        self.call_after_refresh(self._settle)

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheets again; before the first screen is there, only what is new in them.

        Textual asks for this twice while it starts, and means all of them each time.
        """
        if self._is_open:
            super().refresh_css(animate)
            return
        variables = self.get_css_variables()
        if variables != self._variables:
            self._variables = variables
            self.stylesheet.set_variables(variables)
        self.stylesheet.update(self, animate=animate)

    async def on_event(self, event: events.Event) -> None:
        """Hand keys to a pending sequence before anything else can take them."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.may_move = False
            if self.reader.take(event.key):
                event.stop()
                return
        await super().on_event(event)

    @property
    def area(self) -> AreaScreen | None:
        """The area screen in front or below a dialog; None until its widgets are there."""
        return next(
            (
                screen
                for screen in reversed(self.screen_stack)
                if isinstance(screen, AreaScreen) and screen.is_mounted
            ),
            None,
        )

    @property
    def is_reading(self) -> bool:
        """Whether logs are being read now."""
        return bool(self._progress)

    def scopes(self) -> tuple[str, ...]:
        """Return the scopes of the registry that are in force now."""
        if isinstance(self.screen, AreaScreen):
            return ("app", "list", self.screen.AREA)
        return ()

    def in_text_field(self) -> bool:
        """Whether printable keys belong to a field."""
        focused = self.focused
        return focused is not None and focused.check_consume_key("a", "a")

    def show_status(self) -> None:
        """Show what goes on at the right of the top line."""
        area = self.area
        if area is not None:
            timer = self.desk.timer_line()
            area.query_one(TopBar).status = "  ·  ".join(
                part for part in (self._progress, self._learning, timer) if part
            )

    def show_learning(self, words: str) -> None:
        """Show how far the themes are; empty: they are learned."""
        self._learning = words
        self.show_status()

    def run_registered(self, action: keys.Action, digit: int | None = None) -> None:
        """Run an action of the registry where it belongs; palette and sequences come here."""
        argument = "" if digit is None else f"({digit})"
        if "app" in action.where:
            self.call_later(self.run_action, f"app.{action.method}")
        elif "list" in action.where:
            target = self.focused
            if getattr(target, "takes_list_keys", False):
                self.call_later(self.run_action, action.method, target)
        else:
            self.call_later(self.run_action, f"screen.{action.method}{argument}")

    @on(AreaScreen.Changed)
    def _store_changed(self) -> None:
        self.version += 1
        self._update_area()

    @on(Progress)
    def _got_further(self, event: Progress) -> None:
        if event.request == self._request:
            self._progress = event.text
            self.show_status()
            if self.area is not None:
                self.area.fill()

    @on(Read)
    def _logs_read(self, event: Read) -> None:
        if event.request != self._request:
            return
        self._progress = ""
        self.show_status()
        if event.changed:
            self.version += 1
            self._update_area()
            self._offer_retro()
        elif self.area is not None:
            self.area.fill()

    def _offer_retro(self) -> None:
        """Open the retro of a session that just ended, if the logs told of it only now."""
        if not self.may_move:
            return
        self.may_move = False
        place, session_id = self.workspace.opening()
        if session_id:
            self.session_id = session_id
            self.switch_mode(place.value)

    @on(Failed)
    def _logs_failed(self, event: Failed) -> None:
        if event.request == self._request:
            self._progress = ""
            tell(self, f"{event.error.message}\n{event.error.hint}".strip(), "error")

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        """Tell of background work that failed by a mistake of ours; the screens stay usable."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or not isinstance(error, Exception):
            return
        self._progress = ""
        self.show_status()
        where = self.reported(error)
        tell(self, f"Something in the background failed: {type(error).__name__}.{where}", "error")

    @on(KeyBar.Pressed)
    def _key_clicked(self, event: KeyBar.Pressed) -> None:
        key = keys.key_of(event.shown)
        if key:
            self.simulate_key(key)

    @on(TopBar.Chosen)
    def _area_clicked(self, event: TopBar.Chosen) -> None:
        self.switch_mode(event.area)

    def action_retro(self) -> None:
        """Go to Retro."""
        self.switch_mode("retro")

    def action_themes(self) -> None:
        """Go to Themes."""
        self.switch_mode("themes")

    def action_backlog(self) -> None:
        """Go to Backlog."""
        self.switch_mode("backlog")

    def action_planner(self) -> None:
        """Go to Planner."""
        self.switch_mode("planner")

    def action_triage(self) -> None:
        """Go to Triage."""
        self.switch_mode("triage")

    async def action_back(self) -> None:
        """Close what is open; on a bare screen, quit."""
        area = self.area
        if area is not None and not area.close_something():
            await self.action_quit()

    async def action_quit(self) -> None:
        """Leave, with drafts kept."""
        self._keep_drafts()
        self.exit()

    def _keep_drafts(self) -> None:
        for stack in self._screen_stacks.values():
            for screen in stack:
                if isinstance(screen, AreaScreen):
                    screen.keep_draft()

    def _end_by_signal(self, code: int) -> None:
        self._keep_drafts()
        self.exit(return_code=code)

    def action_light(self) -> None:
        """Switch between hansei's two colour sets."""
        self.theme = themes.DARK.name if not self.current_theme.dark else themes.LIGHT.name
        if self.theme != self.workspace.settings.screen.theme:
            tell(
                self,
                f"{self.theme} until hansei ends; to keep it:\n"
                f"hansei config set screen.theme {self.theme}",
            )

    def action_reload(self) -> None:
        """Read the logs and the store again."""
        self._look_outside()
        self._read_logs()

    def action_timer(self) -> None:
        """Stop the timer, or choose what to start it on."""
        from hansei_tui.modals.timer import toggle_timer

        toggle_timer(self)

    def action_undo(self) -> None:
        """Take back the newest change."""
        self._with_history("Undone", self.desk.undo)

    def action_redo(self) -> None:
        """Bring back what undo took away."""
        self._with_history("Redone", self.desk.redo)

    def action_history(self) -> None:
        """Show every change; enter takes the chosen one back."""
        from hansei_tui.modals.changes import changes_dialog

        def undo(number: str | None) -> None:
            if number is not None:
                self._with_history("Undone", lambda: self.desk.undo_one(int(number)))

        self.push_screen(changes_dialog(self.desk), undo)

    def action_add(self) -> None:
        """Add an improvement by one line."""
        from hansei_tui.modals.add import ask_quick_add

        ask_quick_add(self)

    def action_form(self) -> None:
        """Add an improvement with a form."""
        from hansei_tui.modals.add import ask_form

        ask_form(self)

    def action_help(self) -> None:
        """Show every key of this screen."""
        from hansei_tui.help import help_dialog

        self._list_actions(help_dialog(self.area.AREA if self.area else "backlog", self.actions))

    def action_palette(self) -> None:
        """Show every action by name."""
        from hansei_tui.palette import palette_dialog

        self._list_actions(palette_dialog(self.area.AREA if self.area else "backlog", self.actions))

    def store_changed(self, message: str) -> None:
        """Tell what was done from a dialog of the app's own, and refresh."""
        tell(self, message)
        self.version += 1
        self._update_area()

    def _list_actions(self, dialog: ModalScreen[str | None]) -> None:
        def run(action_id: str | None) -> None:
            if action_id is not None:
                self.run_registered(keys.BY_ID[action_id])

        self.push_screen(dialog, run)

    def _update_area(self) -> None:
        area = self.area
        if area is not None:
            area.update()
            self.show_status()

    def _look_outside(self) -> None:
        try:
            if not self.desk.refresh():
                return
        except HanseiError as error:
            tell(self, f"{error.message}\n{error.hint}", "error")
            return
        self.version += 1
        self._update_area()
        day = self.desk.today()
        if day != self._day:  # left open overnight: as if it were opened anew
            self._day = day
            self._read_logs()
            self._remind()

    def _with_history(self, word: str, step: Callable[[], Change]) -> None:
        try:
            change = step()
        except HanseiError as error:
            tell(self, f"{error.message}\n{error.hint}".strip(), "warning")
            return
        label = change.label.removeprefix("undo: ").removeprefix("redo: ")
        self.store_changed(f"{word}: {label}")

    def _settle(self) -> None:
        """Begin the background work once the first screen is there."""
        gc.freeze()  # what start-up made stays: the collector need not walk through it again
        gc.enable()
        self._read_logs()
        self._remind()

    def _remind(self) -> None:
        """Say once on a Monday that the ritual is due."""
        is_monday = self.desk.today().weekday() == 0
        if is_monday and self.area is not None and self.area.AREA not in {"planner", "ritual"}:
            from hansei_tui.ritual import reminder  # those two show it themselves

            with contextlib.suppress(HanseiError):  # a read-only store can still be looked at
                said = reminder(self.workspace)
                if said:
                    tell(self, said)

    def _read_logs(self) -> None:
        """Scan the logs and update the themes in the background; the screens fill as it goes."""
        self._request += 1
        self._scan(self._request)

    @work(thread=True, group="logs", exclusive=True, exit_on_error=False)
    def _scan(self, request: int) -> None:
        worker = get_current_worker()

        def tick(progress: str) -> bool:
            self.post_message(self.Progress(request, progress))
            return not worker.is_cancelled

        try:
            changed = self.desk.read_logs(tick)
        except HanseiError as error:
            self.post_message(self.Failed(request, error))
            return
        self.post_message(self.Read(request, changed))
        with contextlib.suppress(HanseiError):  # searching is slower without, no more
            self.desk.fill_texts(lambda: worker.is_cancelled)


def run_app(
    workspace: Workspace, *, start: str = "", session_id: str = "", ritual: str = ""
) -> int:
    """Open the app and return the process's exit code; `run` itself never raises.

    Args:
        workspace: The user's hansei.
        start: The screen to open; empty: where the user most likely wants to be.
        session_id: The session to open a retro for.
        ritual: The ritual's step to begin with on the planner; `next`: where it stands.
    """
    is_open = not start
    if is_open:
        place, session_id = workspace.opening()
        start = place.value
    gc.disable()  # start-up makes many lasting objects; collecting among them costs a third of it
    app = HanseiApp(workspace, start=start, session_id=session_id)
    app.may_move = is_open
    app.ritual = ritual
    app.run()
    return app.return_code or 0
