"""Asking for the retro of one session: under the prompt, line by line, or in the full screen."""

from __future__ import annotations

import os
import sys

from hansei_core.errors import UsageError
from hansei_sessions.model import Session
from hansei_tui.cli.output import note, say
from hansei_tui.cli.root import Root


def can_inline(root: Root) -> bool:
    """Return whether this terminal can show the inline retro; Windows and dumb ones cannot."""
    if not root.interactive or sys.platform == "win32":
        return False
    stderr = sys.__stderr__  # the inline retro draws there
    dumb = root.environ.get("TERM", "dumb") in {"", "dumb"}
    return not dumb and stderr is not None and os.isatty(stderr.fileno())


def ask_inline(root: Root, session: Session) -> int:
    """Ask under the shell's prompt; returns the exit code.

    Raises:
        UsageError: This terminal cannot do that.
    """
    if not can_inline(root):
        raise UsageError(
            "the inline retro needs a terminal, and is not there on Windows",
            "`hansei retro --plain` asks line by line; options answer at once (--help)",
        )
    from hansei_tui.inline.app import run_inline  # textual costs a fifth of a second

    outcome = run_inline(root.workspace, session)
    if outcome.ending == "full":
        from hansei_tui.cli.screen import open_app

        return open_app(root, "retro", session.id)
    if outcome.ending == "saved":
        say(f"Saved {outcome.label.removeprefix('save ')}")
        note("`hansei undo` takes it back")
    elif outcome.ending == "not-today":
        root.workspace.say_not_today()
        note("No more questions today; `hansei retro` is there when you want it.")
    else:
        note("Kept for later: hansei retro --inline")
    return 0


def ask_line_by_line(root: Root, session: Session) -> int:
    """Ask by lines of text; returns the exit code.

    Raises:
        UsageError: The input ended before it was saved; the draft is kept.
    """
    from hansei_tui.inline.plain import ask_plainly

    say(f"Saved {ask_plainly(root.workspace, session, say).removeprefix('save ')}")
    return 0
