"""The dialogs of the Retro screen: which session, why none, one more than three, a secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hansei_tui.modals.picker import Choices, Picker
from hansei_tui.modals.prompt import Prompt, Question
from hansei_tui.screens.retro_view import SESSION_COLUMNS
from hansei_tui.words import count, minutes, when

if TYPE_CHECKING:
    from textual.app import App

    from hansei_tui.desk import Desk
    from hansei_tui.widgets.line_list import Row


def session_picker(desk: Desk, start: str) -> Picker:
    """Return the dialog that chooses among all sessions, the cursor on `start`."""
    sessions = {session.id: session for session in desk.sessions()}
    lost = desk.lost_by_session()
    reviewed, now = desk.reviewed(), desk.now()

    def cells(row: str) -> Row:
        session = sessions[row]
        state = "✓" if row in reviewed else "·" if session.headless else ""
        return (
            (state, "good"),
            (when(session.last_at, now), "quiet"),
            session.title or session.id,
            (session.project, "quiet"),
            (minutes(lost.get(row)), "quiet"),
        )

    def words(row: str) -> str:
        session = sessions[row]
        return f"{session.title} {session.project} {session.agent} {session.branch} {row}"

    choices = Choices(
        SESSION_COLUMNS,
        tuple(sessions),
        cells,
        words,
        "no session like that",
        start=start,
        headings=True,
    )
    return Picker(count(len(sessions), "session"), choices)


def ask_why_none(app: App[Any], save: Callable[[str], None]) -> None:
    """Ask why there is no improvement; without a reason nothing is saved."""

    def answer(reason: str | None) -> None:
        if reason and reason.strip():
            save(reason.strip())

    app.push_screen(
        Prompt("No improvement this time? Say why.", placeholder="nothing to improve because …"),
        answer,
    )


def ask_fourth(app: App[Any], number: int, save: Callable[[], None]) -> None:
    """Ask whether more improvements are wanted than get done."""
    _ask(
        app,
        f"Save {number} improvements?",
        "One to three get done; more get forgotten. y saves all of them.",
        save,
    )


def ask_secret(app: App[Any], kinds: Sequence[str], save: Callable[[], None]) -> None:
    """Point out what looks like a secret, and ask whether it is to be kept as typed."""
    _ask(
        app,
        "Save a secret?",
        f"What you typed seems to hold a secret: {', '.join(kinds)}.\n"
        "y keeps it as typed (exports redact it), n goes back to take it out.",
        save,
    )


def _ask(app: App[Any], heading: str, text: str, then: Callable[[], None]) -> None:
    def answer(yes: bool | None) -> None:
        if yes:
            then()

    app.push_screen(Question(heading, text), answer)
