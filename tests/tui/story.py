"""A running app as a story drives it: keys in, what the screen says and the store holds out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

from textual.pilot import Pilot
from textual.widgets import Input
from textual.worker import WorkerCancelled

from hansei_tui.app import HanseiApp
from hansei_tui.screens.base import AreaScreen
from hansei_tui.workspace import Workspace

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Story:
    """A running app with what a story needs: keys, what the screen says, what the store holds."""

    def __init__(self, app: HanseiApp, pilot: Pilot[None]) -> None:
        self.app: Any = app
        """The app; typed loosely, because stories look inside."""
        self.pilot = pilot

    @property
    def area(self) -> Any:
        """The area screen, below a dialog too; typed loosely: stories look inside."""
        area = self.app.area
        assert isinstance(area, AreaScreen)
        return area

    @property
    def store(self) -> Any:
        """The store behind the app."""
        return self.app.workspace.store

    @property
    def text(self) -> str:
        """What the terminal shows."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    async def press(self, *keys: str) -> None:
        """Press keys, then let everything they began come to its end."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text into the field that has the focus."""
        names = {" ": "space"}
        await self.press(*(names.get(char, char) for char in text))

    async def fill(self, text: str) -> None:
        """Put a text into the field that has the focus, in place of what is there: one paste."""
        field = self.app.focused
        assert isinstance(field, Input)
        field.value = text
        field.cursor_position = len(text)
        await self.settle()

    async def settle(self) -> None:
        """Wait for messages and workers; where another worker took one's place, for that."""
        await self.pilot.pause()
        waiting = True
        while waiting:
            try:
                await self.app.workers.wait_for_complete()
                waiting = False
            except WorkerCancelled:
                await self.pilot.pause()
        await self.pilot.pause()

    def item(self, number: int) -> Any:
        """Return an improvement of this year by its number."""
        return self.app.desk.improvement(f"IMP-2026-{number:03d}")


Opener: TypeAlias = Callable[..., AbstractAsyncContextManager[Story]]


@asynccontextmanager
async def story_of(
    workspace: Workspace, start: str, size: tuple[int, int], session_id: str
) -> AsyncIterator[Story]:
    """Run the app on a workspace."""
    app = HanseiApp(workspace, start=start, session_id=session_id)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        story = Story(app, pilot)
        await story.settle()
        yield story
