"""Between values and rows: times as whole microseconds since 1970 in UTC, paths as bytes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hansei_sessions.model import (
    Evidence,
    Friction,
    FrictionKind,
    ParseCounts,
    Session,
    Tokens,
)
from hansei_sessions.text import clean, clean_line

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SESSION_COLUMNS = (
    "s.id, s.agent, coalesce(f.container, f.path), s.project, s.cwd, s.branch, s.model, s.title, "
    "coalesce(s.own_started, s.started), s.last, s.active - s.copied_active, "
    "s.prompts - s.copied_prompts, s.tool_calls - s.copied_calls, "
    "s.tokens_input - s.copied_input, s.tokens_output - s.copied_output, "
    "s.tokens_cache_read - s.copied_cache_read, s.tokens_cache_write - s.copied_cache_write, "
    "s.cost - s.copied_cost, s.headless, s.parent, "
    "CASE WHEN s.forked_from != '' THEN s.forked_from ELSE s.copy_of END, "
    "f.parsed, f.skipped, f.malformed, f.pending, f.mtime_ns, f.gone"
)
"""Of `sessions s JOIN files f`, in the order of `session_from`."""

FRICTION_COLUMNS = (
    "r.id, s.id, r.kind, r.rule, r.at, r.text, coalesce(f.container, f.path), r.line, r.offset, "
    "r.tool, r.subject, "
    "r.seconds, r.native_id, r.count"
)
"""Of `frictions r JOIN sessions s JOIN files f`, in the order of `friction_from`."""

_INSERT_SESSION = (
    "INSERT INTO sessions (file, id, agent, project, cwd, branch, model, title, started, last, "
    "active, prompts, tool_calls, tokens_input, tokens_output, tokens_cache_read, "
    "tokens_cache_write, cost, headless, parent, forked_from) VALUES "
    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_INSERT_FRICTION = (
    "INSERT INTO frictions (file, seq, id, kind, rule, at, text, line, offset, tool, subject, "
    "seconds, native_id, count) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


def to_micros(at: datetime | None) -> int | None:
    """Return a time as the index stores it; a naive one is taken for UTC."""
    if at is None:
        return None
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def from_micros(micros: int | None) -> datetime | None:
    """Return a stored time, in UTC."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def storable(text: str) -> str:
    """Return a text of a log as the index may hold it, whatever its reader let through.

    Cleaned text holds no lone surrogate, which SQLite refuses, and nothing a terminal obeys.
    """
    return clean(text)


def storable_name(text: str) -> str:
    """Return an id or a name as the index may hold it: clean, and on one line."""
    return text if text.isascii() and text.isprintable() else clean_line(text)


def insert_session(connection: sqlite3.Connection, file: int, session: Session) -> None:
    """Write a session's row."""
    tokens = session.tokens
    names = (session.id, session.agent, session.project)
    connection.execute(
        _INSERT_SESSION,
        (
            file,
            *map(storable_name, names),
            storable(session.cwd),
            storable_name(session.branch),
            storable_name(session.model),
            storable_name(session.title),
            to_micros(session.started_at),
            to_micros(session.last_at),
            session.active_seconds,
            session.prompts,
            session.tool_calls,
            tokens.input,
            tokens.output,
            tokens.cache_read,
            tokens.cache_write,
            session.cost_usd,
            session.headless,
            storable_name(session.parent_id),
            storable_name(session.forked_from),
        ),
    )


def insert_frictions(
    connection: sqlite3.Connection, file: int, frictions: Sequence[Friction]
) -> None:
    """Write the rows of a log's frictions, in the log's order."""
    connection.executemany(
        _INSERT_FRICTION,
        (
            (
                file,
                number,
                storable_name(one.id),
                one.kind.value,
                one.rule,
                to_micros(one.at),
                storable(one.text),
                one.evidence.line,
                one.evidence.offset,
                storable_name(one.tool),
                storable(one.subject),
                one.seconds_lost,
                storable_name(one.native_id),
                one.count,
            )
            for number, one in enumerate(frictions)
        ),
    )


def session_from(row: Sequence[Any]) -> Session:
    """Return the session of a row of `SESSION_COLUMNS`."""
    return Session(
        id=row[0],
        agent=row[1],
        path=os.fsdecode(row[2]),
        project=row[3],
        cwd=row[4],
        branch=row[5],
        model=row[6],
        title=row[7],
        started_at=from_micros(row[8]),
        last_at=from_micros(row[9]),
        active_seconds=max(row[10], 0.0),
        prompts=max(row[11], 0),
        tool_calls=max(row[12], 0),
        tokens=Tokens(*(max(one, 0) for one in row[13:17])),
        cost_usd=None if row[17] is None else max(row[17], 0.0),
        headless=bool(row[18]),
        parent_id=row[19],
        forked_from=row[20],
        counts=ParseCounts(*row[21:25]),
        grown_at=from_micros(row[25] // 1000),
        gone=bool(row[26]),
    )


def friction_from(row: Sequence[Any]) -> Friction:
    """Return the friction of a row of `FRICTION_COLUMNS`."""
    return Friction(
        id=row[0],
        session_id=row[1],
        kind=FrictionKind(row[2]),
        rule=row[3],
        at=from_micros(row[4]),
        text=row[5],
        evidence=Evidence(os.fsdecode(row[6]), row[7], row[8]),
        tool=row[9],
        subject=row[10],
        seconds_lost=row[11],
        native_id=row[12],
        count=row[13],
    )
