"""What the full screen and the retro under the prompt share: colours, a guard, a last word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rich.text import Text
from textual.app import App
from textual.filter import LineFilter

from hansei_tui import themes
from hansei_tui.crash import write_crash_file
from hansei_tui.text import ControlGuard
from hansei_tui.workspace import Workspace

Result = TypeVar("Result")


class BaseApp(App[Result]):
    """An app in hansei's colours that shows nothing a terminal would obey, and no traceback."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, workspace: Workspace, sheets: Sequence[str] = ()) -> None:
        super().__init__(css_path=list(sheets) or None)
        self.workspace = workspace
        self._guard = ControlGuard()
        self._crash_note = ""
        self.register_theme(themes.DARK)
        self.register_theme(themes.LIGHT)
        wanted = workspace.settings.screen.theme
        self.theme = wanted if wanted in self.available_themes else themes.DARK.name

    def get_line_filters(self) -> list[LineFilter]:
        """Let nothing reach the terminal that it would obey."""
        return [*super().get_line_filters(), self._guard]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give themes that are not ours the names that our style sheets use."""
        return dict(themes.FALLBACK_VARIABLES)

    def reported(self, error: BaseException) -> str:
        """Write where a mistake of hansei's own happened; return a line that says where it lies."""
        path = write_crash_file(self.workspace.paths.crashes, error, self.workspace.now())
        return f"\nA report without any of your text is in {path}" if path else ""

    def _handle_exception(self, error: Exception) -> None:
        """Write where it happened, never what was handled; Textual would print local variables."""
        if self._exception is None:
            self._crash_note = (
                "hansei stopped because of a mistake of its own; what was saved is safe."
                + self.reported(error)
            )
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self.bell()
        self._exit_renderables.append(Text(self._crash_note))
        self._close_messages_no_wait()
