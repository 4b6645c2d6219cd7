"""The queue of ended sessions: what hooks and `hansei wrap` saw, turned into marks.

Nothing in the queue is ever rewritten. When it has grown old it is renamed as a whole, and what
was renamed is deleted only after every line in it has lost its use and every process that could
still hold it open is long gone. So a kill at any moment loses no line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from hansei_sessions.agents.hook import MOST_QUEUE_BYTES, append
from hansei_sessions.errors import StorageError
from hansei_sessions.model import Session
from hansei_sessions.text import clean_line

KEPT: Final = timedelta(days=2)
"""By then a session's log has been quiet for longer than any setting asks for."""
SETTLED: Final = timedelta(hours=1)
"""No hook holds the queue open for so long: it lives for a second."""
TURN_EVENTS: Final = frozenset(("session.idle", "Stop", "stop", "agentStop"))
"""Events at the end of every turn; a session is over only when nothing follows."""
TURN_QUIET: Final = timedelta(minutes=3)
REACH: Final = timedelta(hours=12)
"""An event without a session's id is about a log that grew within so long before it."""
_SLACK: Final = timedelta(minutes=1)
_OLD: Final = ".until-"


class _Line(msgspec.Struct):
    agent: str = ""
    session: str = ""
    cwd: str = ""
    transcript: str = ""
    event: str = ""
    at: float = 0.0


_decoder: Final = msgspec.json.Decoder(_Line)


@dataclass(frozen=True, slots=True)
class Ending:
    """One line of the queue."""

    agent: str
    session_id: str
    """Empty where the agent did not say."""
    cwd: str
    transcript: str
    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """What the queue holds."""

    endings: tuple[Ending, ...] = ()
    """In order of time."""
    torn: int = 0
    """Lines that could not be read."""


def read_queue(path: Path) -> Queue:
    """Return what the queue and its renamed parts hold; nothing where there is none.

    Raises:
        StorageError: It is there and cannot be read.
    """
    endings: list[Ending] = []
    torn = 0
    present = _bytes_of(path)  # first: what is put aside meanwhile is then read twice, never not
    for data in (present, *map(_bytes_of, _renamed(path))):
        for raw in filter(bytes.strip, data.split(b"\n")):
            ending = _ending(raw)
            if ending is None:
                torn += 1
            else:
                endings.append(ending)
    return Queue(tuple(sorted(endings, key=lambda each: each.at)), torn)


def marks(
    endings: Iterable[Ending], sessions: Iterable[Session], now: datetime
) -> dict[str, datetime]:
    """Return, by session id, when a session was last seen to end; for `ended.unreviewed`.

    A session is known by its id, else by its log's path, else as the one of that folder whose log
    grew last before the event.

    Args:
        endings: In order of time.
        sessions: Those that may be meant.
        now: Aware; an event at the end of a turn counts only when nothing came for a while.
    """
    known = list(sessions)
    by_id = {session.id: session for session in known}
    by_path = {os.path.realpath(session.path): session for session in known}
    found: dict[str, datetime] = {}
    for ending in endings:
        if ending.at > now or (ending.event in TURN_EVENTS and now - ending.at < TURN_QUIET):
            continue
        session = by_id.get(ending.session_id)
        if session is None and ending.transcript:
            session = by_path.get(os.path.realpath(ending.transcript))
        if session is None and not ending.session_id:
            session = _of_folder(ending, known)
        if session is not None:
            found[session.id] = max(ending.at, found.get(session.id, ending.at))
    return found


def mark_ended(path: Path, session: Session, now: datetime, event: str = "wrap") -> None:
    """Note that a session ended, as a hook would.

    Raises:
        StorageError: The queue cannot be written.
    """
    line = _Line(session.agent, session.id, session.cwd, session.path, event, now.timestamp())
    text = msgspec.json.encode(
        msgspec.structs.replace(
            line, **{name: _whole(getattr(line, name)) for name in ("session", "cwd", "transcript")}
        )
    )
    try:
        make_folder(path)
        append(str(path), b"\n" + text + b"\n")
    except OSError as error:
        raise StorageError(f"the queue {path} cannot be written: {error.strerror}") from error


def make_folder(path: Path) -> None:
    """Make the folder that the queue lies in, private; a hook makes none.

    Raises:
        OSError: It cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def tidy(path: Path, now: datetime) -> None:
    """Put an old queue aside, and delete parts that lost their use; failures leave all as it is.

    Args:
        path: The queue.
        now: Aware.
    """
    with suppress(OSError, StorageError):
        for part in _renamed(path):
            since = _renamed_at(part)
            if since is not None and now - since >= SETTLED and _is_useless(part, now):
                part.unlink()
        endings = [each for each in map(_ending, _bytes_of(path).split(b"\n")) if each]
        if endings and now - min(each.at for each in endings) >= KEPT:
            name = f"{path.name}{_OLD}{int(now.timestamp())}-{os.urandom(6).hex()}"
            os.rename(path, path.with_name(name))  # noqa: PTH104 -- a queue is never written over: the name is new


def _is_useless(part: Path, now: datetime) -> bool:
    return all(
        now - ending.at >= KEPT
        for ending in map(_ending, _bytes_of(part).split(b"\n"))
        if ending is not None
    )


def _renamed(path: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(path.parent))  # noqa: PTH208 -- names, without a Path for each
    except OSError:
        return []
    return [path.with_name(name) for name in names if name.startswith(path.name + _OLD)]


def _renamed_at(part: Path) -> datetime | None:
    digits = part.name.rpartition(_OLD)[2].partition("-")[0]
    try:
        return datetime.fromtimestamp(int(digits), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2 * MOST_QUEUE_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StorageError(f"the queue {path} cannot be read: {error.strerror}") from error


def _ending(raw: bytes) -> Ending | None:
    try:
        line = _decoder.decode(raw)
        at = datetime.fromtimestamp(line.at, UTC)
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
        return None
    return Ending(
        agent=clean_line(line.agent),
        session_id=clean_line(line.session),
        cwd=line.cwd,
        transcript=line.transcript.replace("\0", ""),
        event=clean_line(line.event),
        at=at,
    )


def _of_folder(ending: Ending, sessions: Iterable[Session]) -> Session | None:
    """Return the session of the event's folder and agent whose log grew last before it."""
    best: tuple[datetime, Session] | None = None
    for session in sessions:
        last = session.last_at
        if last is None or session.headless or session.parent_id or not ending.cwd:
            continue
        if session.agent != ending.agent or session.cwd.rstrip("/") != ending.cwd.rstrip("/"):
            continue
        is_near = last - _SLACK <= ending.at <= last + REACH
        if is_near and (best is None or last > best[0]):
            best = (last, session)
    return None if best is None else best[1]


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


__all__ = ["Ending", "Queue", "mark_ended", "marks", "read_queue", "tidy"]
