"""After an agent: find the session that just ended, note its end, and ask for its retro."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import datetime
from typing import Final

from hansei_core.errors import UsageError
from hansei_core.place import is_same_work
from hansei_core.verbs.retros import reviewed_until
from hansei_sessions.agents.queue import mark_ended
from hansei_sessions.ended import is_reviewable, last_growth
from hansei_sessions.model import Session
from hansei_tui.cli.closing import ask_inline, ask_line_by_line, can_inline
from hansei_tui.cli.output import note
from hansei_tui.cli.root import Root
from hansei_tui.words import short_id
from hansei_tui.workspace import Workspace

AGENTS: Final = {
    "claude": "claude-code",
    "codex": "codex",
    "gemini": "gemini-cli",
    "qwen": "qwen-code",
    "copilot": "copilot-cli",
    "aider": "aider",
    "amp": "amp",
    "crush": "crush",
    "cursor-agent": "cursor",
    "droid": "droid",
    "goose": "goose",
    "opencode": "opencode",
    "kilo": "kilo-code",
    "kimi": "kimi-code",
    "pi": "pi",
    "kiro-cli": "kiro",
}
"""Agent in hansei by the name of its program."""


def close_session(root: Root, program: str, begin: datetime, *, plain: bool) -> None:
    """Ask for the retro of the session that a command just ended, if it is worth one.

    Args:
        root: Where the command ran.
        program: Its first word.
        begin: When it was started.
        plain: Line by line.

    Raises:
        HanseiError: The logs, the store or the queue cannot be used.
    """
    workspace = root.workspace
    workspace.scan()
    session = just_ended(workspace, program, begin)
    if session is None:
        return
    first_start = workspace.first_start
    now = workspace.now()
    mark_ended(workspace.paths.queue, session, now)
    marks = {session.id: now}
    if not is_reviewable(session, first_start, now, marks, workspace.retro_rules):
        return
    until = reviewed_until(workspace.store).get(session.id)
    is_done = until is not None and (session.last_at is None or session.last_at <= until)
    if is_done or workspace.not_today:
        return
    if plain or (root.interactive and not can_inline(root)):
        try:
            ask_line_by_line(root, session)
        except UsageError as error:  # leaving in the middle is no mistake after a session
            note(error.hint)
    elif root.interactive:
        _forget_keys()
        ask_inline(root, session)
    else:
        note(f"a retro waits for this session: hansei retro {short_id(session.id)}")


def _forget_keys() -> None:
    """Drop what was typed for the agent after its end; it is no answer to a question unseen."""
    import termios  # the inline retro is not there on Windows

    with suppress(termios.error):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def just_ended(workspace: Workspace, program: str, begin: datetime) -> Session | None:
    """Return the session whose log grew while a command ran; None where there is none.

    One of this folder wins over one beneath or above it; among them the one that grew last.

    Args:
        workspace: Scanned after the command ended.
        program: The command's first word: it tells the agent where it is a known one.
        begin: When the command was started.
    """
    agent = AGENTS.get(os.path.basename(program), "")  # noqa: PTH119 -- a command, not a path
    folder = os.path.realpath(workspace.context.cwd)
    found: list[tuple[bool, datetime, Session]] = []
    for session in workspace.index.sessions():
        grown = last_growth(session)
        if grown is None or grown < begin or session.headless or session.parent_id:
            continue
        if agent and session.agent != agent:
            continue
        is_here = session.cwd != "" and os.path.realpath(session.cwd) == folder
        if is_here or is_same_work(session.cwd, folder):
            found.append((is_here, grown, session))
    return max(found, key=lambda each: (each[0], each[1]), default=(False, begin, None))[2]
