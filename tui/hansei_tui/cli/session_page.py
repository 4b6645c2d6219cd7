"""One session as `hansei sessions ID` prints it: what it was, and its friction, dearest first."""

from __future__ import annotations

from datetime import datetime

from hansei_sessions.friction import shown_path
from hansei_sessions.model import Friction, Session
from hansei_sessions.text import first_line
from hansei_tui.cli.output import note, say, say_words, table
from hansei_tui.friction_words import groups_of, total_seconds
from hansei_tui.words import count, minutes, short_id, span


def show_session(session: Session, frictions: list[Friction], now: datetime) -> None:
    """Print a session and a row for each friction, with the line of the log that it stands on."""
    say_words(session.title or session.id)
    say_words(_facts(session.agent, session.project, session.branch, session.model))
    say_words(
        _facts(
            span(session.started_at, session.last_at, now),
            f"{minutes(session.active_seconds)} active",
        )
    )
    say_words(
        _facts(
            count(session.prompts, "prompt"),
            count(session.tool_calls, "tool call"),
            count(len(frictions), "friction"),
            _cost(frictions),
        )
    )
    say(f"log {shown_path(session.path)}" if session.path else "log gone")
    if not frictions:
        return
    say()
    table(
        ("line", "lost", "what", "where", "it said"),
        [
            (
                each.evidence.line,
                minutes(each.seconds_lost),
                group.name,
                _where(each, group.name),
                first_line(each.text),
            )
            for group in groups_of(frictions)
            for each in group.frictions
        ],
        right="line lost",
        spare="where",
    )
    place = f"{short_id(session.id)}:{groups_of(frictions)[0].frictions[0].evidence.line}"
    note(f"hansei explain {place} shows what stands there in the log")


def _facts(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _cost(frictions: list[Friction]) -> str:
    lost = total_seconds(frictions)
    unknown = sum(each.seconds_lost is None for each in frictions)
    if lost is None:
        return ""
    return f"{minutes(lost)} lost" + (f", {unknown} of unknown cost" if unknown else "")


def _where(friction: Friction, name: str) -> str:
    """Return what a friction is about where its group's name does not say so: a file, a call."""
    subject = friction.subject
    return "" if not subject or f"`{subject}`" in name else _short(subject)


def _short(subject: str) -> str:
    """Return a path by its last part, a command by its beginning."""
    if "/" in subject and " " not in subject:
        return subject.rstrip("/").rpartition("/")[2]
    return subject if len(subject) <= 40 else subject[:39].rstrip() + "…"
