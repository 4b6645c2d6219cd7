"""When a session is over, and which sessions a retro is still owed to.

Logs have no reliable end record: a session counts as ended when a hook or `hansei wrap` says so,
or after ten minutes without growth.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hansei_sessions.files import is_inside
from hansei_sessions.model import Session


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as over, and what is worth asking about; the defaults are the settings'."""

    quiet: timedelta = timedelta(minutes=10)
    """A log that has not grown for so long belongs to a session that is over."""
    window: timedelta = timedelta(days=7)
    """Nobody is asked about a session that ended longer ago."""
    min_prompts: int = 2
    min_seconds: float = 60.0


DEFAULT_RULES = Rules()
_NO_MARKS: Mapping[str, datetime] = {}
_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A session that a retro is owed to."""

    session: Session
    ended_at: datetime
    since: datetime | None
    """Up to here it has been reviewed: only what came later is offered. None: all of it."""


def ended_at(
    session: Session,
    now: datetime,
    marks: Mapping[str, datetime] = _NO_MARKS,
    rules: Rules = DEFAULT_RULES,
) -> datetime | None:
    """Return when a session ended, or None while it runs.

    A mark ends a session at the mark's time unless its log grew on for more than a moment (it was
    resumed, and then the ten quiet minutes count again).

    Args:
        session: As the index knows it.
        now: Aware.
        marks: Session ids with the times at which a hook or `wrap` saw them end.
        rules: How long a log must be quiet.
    """
    last = last_growth(session, rules.quiet)
    mark = marks.get(session.id)
    if mark is not None and mark <= now and (last is None or last <= mark + timedelta(minutes=1)):
        return mark
    if last is None:
        return None
    return last if now - last >= rules.quiet else None


def last_growth(session: Session, quiet: timedelta = DEFAULT_RULES.quiet) -> datetime | None:
    """Return when the log last grew: by its file's time, else by its newest record.

    A file's time after its newest record is believed only up to `quiet`: a copy or a restored
    backup carries a new time and is no new session.
    """
    grown, last = session.grown_at, session.last_at
    if grown is None or last is None:
        return last if grown is None else grown
    return grown if last <= grown <= last + quiet else last


def is_reviewable(
    session: Session,
    first_start: datetime,
    now: datetime,
    marks: Mapping[str, datetime] = _NO_MARKS,
    rules: Rules = DEFAULT_RULES,
) -> bool:
    """Tell whether a session is one that hansei asks about.

    It ended after hansei's first start and within the last seven days, has at least two prompts
    and one minute, and a human sat before it: no headless run, no subagent.
    """
    end = ended_at(session, now, marks, rules)
    if end is None or end < first_start or now - end > rules.window:
        return False
    if session.headless or session.parent_id:
        return False
    return session.prompts >= rules.min_prompts and duration(session) >= rules.min_seconds


def duration(session: Session) -> float:
    """Return a session's length in seconds: from its first record to its last, never below 0."""
    if session.started_at is None or session.last_at is None:
        return max(session.active_seconds, 0.0)
    return max((session.last_at - session.started_at).total_seconds(), 0.0)


def unreviewed(
    sessions: Iterable[Session],
    reviewed: Mapping[str, datetime],
    first_start: datetime,
    now: datetime,
    *,
    cwd: str | None = None,
    marks: Mapping[str, datetime] = _NO_MARKS,
    rules: Rules = DEFAULT_RULES,
) -> tuple[Unreviewed, ...]:
    """Return the sessions that a retro is owed to.

    Args:
        sessions: Candidates in any order.
        reviewed: Session ids with the time of the newest record that their retro covered.
        first_start: When hansei was first started here.
        now: Aware.
        cwd: The folder the user stands in: its sessions come first.
        marks: As for `ended_at`.
        rules: What counts as over and what is worth asking about.

    Returns:
        Those of this folder first, then newest first. A session that grew after its retro is
        there again, with `since` set.
    """
    found: list[Unreviewed] = []
    for session in sessions:
        end = ended_at(session, now, marks, rules)
        if end is None or not is_reviewable(session, first_start, now, marks, rules):
            continue
        until = reviewed.get(session.id)
        if until is not None and (session.last_at is None or session.last_at <= until):
            continue
        found.append(Unreviewed(session, end, until))
    found.sort(key=lambda one: (one.session.last_at or _OLDEST, one.session.id), reverse=True)
    found.sort(key=lambda one: not _is_here(one.session, cwd))
    return tuple(found)


def _is_here(session: Session, cwd: str | None) -> bool:
    """Tell whether the session ran in this folder, above it or beneath it."""
    if not cwd or not session.cwd:
        return False
    here, there = cwd.rstrip(os.sep) or os.sep, session.cwd.rstrip(os.sep) or os.sep
    return is_inside(there, (here,)) or is_inside(here, (there,))
