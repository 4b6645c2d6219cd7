"""Opening the terminal interface, and the sentence where that is not possible."""

from __future__ import annotations

from hansei_core.errors import UsageError
from hansei_tui.cli.root import Root


def open_app(root: Root, screen: str = "", session_id: str = "", ritual: str = "") -> int:
    """Open the terminal interface and return its exit code.

    Args:
        root: With a terminal on both ends.
        screen: `retro`, `themes`, `backlog` or `planner`; empty: where the user most likely
            wants to be.
        session_id: The session to open a retro for.
        ritual: The ritual's step to begin with on the planner; `next`: where it stands.

    Raises:
        UsageError: There is no terminal.
    """
    if not root.interactive:
        raise UsageError(
            "this needs a terminal", "in a pipe, use the commands: hansei status, hansei --help"
        )
    from hansei_tui.app import run_app  # textual costs a fifth of a second

    return run_app(root.workspace, start=screen, session_id=session_id, ritual=ritual)
