"""What all readers keep alike: when a session was at work, its frictions, a state that is saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import msgspec

from hansei_sessions.errors import LogFormatError
from hansei_sessions.friction import active_gap, identifier, label
from hansei_sessions.model import Evidence, Friction, FrictionKind
from hansei_sessions.readers.churn import ENDING

_SLOW = ":slow"


class Spanned(Protocol):
    """A state that knows when its session was at work."""

    first: float | None
    last: float | None
    """Seconds since the epoch of the earliest and the latest record."""
    active: float
    """Seconds of activity between them."""


class _Saved(Protocol):
    """A state that knows which version of its reader wrote it."""

    version: int


class Noted(Protocol):
    """A friction as a reader puts it together."""

    kind: FrictionKind
    rule: str
    native: str
    at: float | None
    text: str
    line: int
    offset: int
    tool: str
    subject: str
    seconds: float | None
    count: int


State = TypeVar("State", bound=_Saved)


def extend(state: Spanned, at: float) -> None:
    """Take a record's time into a session's span; one that is out of order adds no activity.

    Args:
        state: Changed in place.
        at: Seconds since the epoch.
    """
    if state.last is None or state.first is None:
        state.first = state.last = at
    elif at > state.last:
        state.active += active_gap(state.last, at)
        state.last = at
    elif at < state.first:
        state.first = at


def aware(at: float | None) -> datetime | None:
    """Return seconds since the epoch as a time in UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def last_part(path: str) -> str:
    """Return the name of a folder, written with either kind of separator."""
    parts = [part for part in re.split(r"[/\\]", path) if part]
    return parts[-1] if parts else path


def friction_of(found: Noted, session_id: str, path: str, name: str = "") -> Friction:
    """Return a friction as it is kept.

    Args:
        found: Its text and subject are ready to be kept.
        session_id: Of the session that it belongs to.
        path: Of the log.
        name: What tells it apart in its session; without one its native id, else its line.
    """
    native = identifier(found.native)
    return Friction(
        id=f"{session_id}:{name or name_of(found)}",
        session_id=session_id,
        kind=found.kind,
        rule=found.rule,
        at=aware(found.at),
        text=found.text,
        evidence=Evidence(path, found.line, found.offset),
        tool=label(found.tool),
        subject=found.subject,
        seconds_lost=found.seconds,
        native_id=native,
        count=found.count,
    )


def name_of(found: Noted, place: str = "") -> str:
    """Return what tells a friction apart in its session: its native id, else where it stands.

    A call that was slow can have failed as well, and the last of many edits too: these two have
    an ending.

    Args:
        found: The friction.
        place: Where it stands; without one its line.
    """
    name = identifier(found.native) or place or str(found.line)
    if found.kind is FrictionKind.SLOW_COMMAND:
        return name + _SLOW
    return name + ENDING if found.kind is FrictionKind.EDIT_CHURN else name


def frictions_of(found: Iterable[Noted], session_id: str, path: str) -> Iterator[Friction]:
    """Yield frictions as they are kept; those of one name are numbered from the second one on."""
    used: dict[str, int] = {}
    for one in found:
        name = name_of(one)
        used[name] = again = used.get(name, 0) + 1
        yield friction_of(one, session_id, path, name if again == 1 else f"{name}.{again}")


def damaged(path: str) -> LogFormatError:
    """Return what to raise where the saved state of a log cannot be used."""
    return LogFormatError(
        f"The saved reading state of {path} is damaged", "The log is to be read again."
    )


def taken_up(decoder: msgspec.json.Decoder[State], path: str, state: bytes, version: int) -> State:
    """Return a state as a reader saved it.

    Args:
        decoder: Of the reader's state.
        path: Of the log that was read.
        state: JSON.
        version: Of the reader now.

    Raises:
        LogFormatError: It is not a state of this version.
    """
    try:
        loaded = decoder.decode(state)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise damaged(path) from error
    if loaded.version != version:
        raise LogFormatError(
            f"The saved reading state of {path} is of version {loaded.version}",
            "The log is to be read again.",
        )
    return loaded
