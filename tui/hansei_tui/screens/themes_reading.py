"""How the Themes screen comes by what it shows: learning, which may take long, then pages of it."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event
from typing import Any

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from hansei_core.errors import HanseiError
from hansei_core.themes.worker import LearningStoppedError
from hansei_tui.screens.themes_verbs import ThemesVerbs
from hansei_tui.theme_learning import Watch, words_of
from hansei_tui.theme_view import Known, ThemeQuery, ThemesPage


class ThemesReading(ThemesVerbs):
    """Learning beside the event loop, told of on the status line and stopped by esc."""

    @dataclass
    class Found(Message):
        """A page of themes is there."""

        request: int
        known: Known
        page: ThemesPage

    @dataclass
    class Failed(Message):
        """It could not be read, or themes could not be learned."""

        request: int
        error: HanseiError

    @dataclass
    class Step(Message):
        """Learning got further."""

        request: int
        words: str

    @dataclass
    class Cut(Message):
        """New themes are cut as the user wants it, or could not be."""

        label: str
        error: HanseiError | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._request = 0
        self._learning = 0
        """The request that themes are being learned for; 0: none are."""
        self._stop = Event()

    def query_now(self) -> ThemeQuery:
        """Return what the screen is to show."""
        return ThemeQuery()

    def show_page(self, page: ThemesPage) -> None:
        """Show what was found."""

    def ask(self, *, anew: bool = False) -> None:
        """Ask for the page of the present window and filter.

        While themes are learned nothing more is asked: the page that comes is of what is asked
        last. `anew` learns from the beginning, with what is there by now.
        """
        self._request += 1
        if anew:
            self._known, self._learning = None, 0
        if self._learning:
            return
        if self._known is None:
            self._learning, self._stop = self._request, Event()
        self._read(self._request, self.query_now(), self._known, self._stop)

    def stop_learning(self) -> bool:
        """End learning at once; False where nothing is learned."""
        if not self._learning:
            return False
        self._stop.set()
        return True

    @work(thread=True, exclusive=True, group="themes", exit_on_error=False)
    def _read(self, request: int, query: ThemeQuery, known: Known | None, stop: Event) -> None:
        worker = get_current_worker()
        watch = Watch(
            lambda step, share: self._step(request, words_of(step, share)),
            lambda: stop.is_set() or worker.is_cancelled,
        )
        try:
            try:
                everything = known or self.desk.known_themes(watch)
            except HanseiError as error:
                if worker.is_cancelled:
                    return
                self.post_message(self.Failed(request, error))
                everything = self.desk.stored_themes()
            page = self.desk.themes_page(everything, query)
        except HanseiError as error:
            self.post_message(self.Failed(request, error))
            return
        self.post_message(self.Found(request, everything, page))

    def cut(self, granularity: float) -> None:
        """Cut new themes like this beside the event loop: all texts may have to be grouped."""
        self.stop_learning()
        self.hansei.show_learning(f"cutting themes at {granularity:g}")
        self._cut(granularity)

    @work(thread=True, exclusive=True, group="dial", exit_on_error=False)
    def _cut(self, granularity: float) -> None:
        try:
            label = self.desk.cut_themes(granularity)
        except HanseiError as error:
            self.post_message(self.Cut("", error))
            return
        self.post_message(self.Cut(label))

    @on(Cut)
    def _was_cut(self, event: Cut) -> None:
        self.hansei.show_learning("")
        if event.error is not None:
            self.fail(event.error)
        else:
            self.changed(f"{event.label} · u undoes it")

    def _step(self, request: int, words: str) -> None:
        self.post_message(self.Step(request, words))

    @on(Step)
    def _got_further(self, event: Step) -> None:
        if event.request == self._learning:
            self.hansei.show_learning(event.words)
            self.show_keys()

    @on(Found)
    def _page_found(self, event: Found) -> None:
        if self._learning and event.request != self._learning:
            return
        waited = self._known is None
        self._known = event.known
        if self._learning:
            self._learned()
        if event.request == self._request:
            self.show_page(event.page)
        elif waited:
            self.ask()

    @on(Failed)
    def _page_failed(self, event: Failed) -> None:
        if event.request == self._learning:
            self._learned()
        elif event.request != self._request:
            return
        if isinstance(event.error, LearningStoppedError):
            self.say(event.error.said)
        else:
            self.fail(event.error)

    def _learned(self) -> None:
        self._learning = 0
        self.hansei.show_learning("")
        self.show_keys()
