"""One log → what the index keeps of it, from the start or from where an earlier scan ended.

No database here: a task holds all that is needed and an outcome all that was learnt.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import LogFile, Opener, is_inside
from hansei_sessions.friction import words
from hansei_sessions.index.pending import Pending, hear, ready
from hansei_sessions.model import Mark, Session, Spent, Tokens
from hansei_sessions.readers.base import (
    PROMPTS,
    Beside,
    Format,
    ReadResult,
    SessionReader,
    SnapshotReader,
    Told,
)
from hansei_sessions.readers.keeping import aware, last_part
from hansei_sessions.readers.lines import Lines, Position

_HEAD = 1024
_TAIL = 256
_NOTHING = ReadResult(None, ())
_START = Position()


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file is known to be unchanged."""

    dev: int
    ino: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """Return the stamp of a `stat` result."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What is never kept."""

    projects: frozenset[str] = frozenset()
    """Names, case-folded."""
    paths: tuple[str, ...] = ()
    """Folders and files: of logs, or of projects."""

    def __bool__(self) -> bool:
        """Tell whether anything is excluded."""
        return bool(self.projects or self.paths)

    def covers(self, session: Session) -> bool:
        """Tell whether a session's project or folder is excluded."""
        return self.covers_project(session.project, session.cwd)

    def covers_project(self, name: str, cwd: str) -> bool:
        """Tell whether a project is excluded by its name or its folder."""
        if name.casefold() in self.projects:
            return True
        return bool(cwd) and is_inside(cwd, self.paths)


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier scan left to go on from."""

    stamp: Stamp
    whole: bool
    """The earlier scan read the file to its end."""
    position: Position
    mark: bytes
    """Hash of the file's head and of the bytes before the position."""
    state: bytes


@dataclass(frozen=True, slots=True)
class Task:
    """One log to read."""

    path: str
    reader: type[SessionReader]
    known: Known | None = None
    format: Format | None = None
    """Asked for what lies beside the log."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading a log gave."""

    path: str
    """Of the log; of one of several sessions in it with the session's key behind it."""
    stamp: Stamp
    position: Position = _START
    mark: bytes = b""
    whole: bool = True
    excluded: bool = False
    state: bytes = b""
    result: ReadResult = _NOTHING
    bytes_read: int = 0
    prompts: tuple[str, ...] | None = None
    """To be searched, ready to be kept; None where they are unknown or still to come."""
    goes_on: bool = False
    """Read from where an earlier scan ended: what that heard of prompts still holds."""
    later: bool = False
    """Texts and subjects of frictions, prompts and the state are still to come: see `Words`."""
    touched: bool = False
    """Only the stamp changed: nothing else has to be written."""
    container: str = ""
    """The log, where this is one of several sessions in it."""
    holds: frozenset[str] | None = None
    """Of a log with several sessions: the paths of all that it holds now."""


def read_log(
    task: Task, opener: Opener, exclusion: Exclusion, pending: Pending | None = None
) -> Outcome:
    """Read a log up to its present size, or up to a stop.

    Args:
        task: Which log, and what is known of it.
        opener: Opens it, where that is allowed, and ends it early where a stop is asked for.
        exclusion: A session it covers is dropped as soon as its folder is known.
        pending: Keeps the reader until its words are wanted; without it they are made ready now.

    Raises:
        NotALogError: It is no regular file inside the allowed folders.
        ForbiddenError: It lies in an excluded folder.
        OSError: It cannot be opened or read.
    """
    known = task.known
    with opener.open(task.path) as handle:
        stamp = Stamp.of(os.fstat(handle.fileno()))
        reader, start = _take_up(task, handle, stamp)
        if known is not None and start is known.position and known.whole:
            same = (stamp.ino, stamp.size, stamp.mtime_ns)
            if same == (known.stamp.ino, known.stamp.size, known.stamp.mtime_ns):
                return Outcome(task.path, stamp, known.position, known.mark, touched=True)
        later = pending is not None
        prompts = hear(reader)
        lines = Lines(handle, stamp.size, start)
        excluded = _feed(reader, lines, exclusion)
        whole = not handle.stopped
        position = lines.position
        result = reader.sketch() if later else reader.result()
        mark = b"" if excluded else mark_of(handle, position.offset)
    if task.format is not None and result.session is not None:
        result = _with_beside(result, task.format.beside(task.path, opener))
    if excluded or (exclusion and result.session is not None and exclusion.covers(result.session)):
        return Outcome(task.path, stamp, excluded=True)
    if lines.pending and whole:
        result = _with_pending(result)
    if pending is not None:
        pending.keep(task.path, reader, prompts, result, goes_on=start.offset > 0)
    return Outcome(
        task.path,
        stamp,
        position,
        mark,
        whole,
        state=b"" if later else reader.save(),
        result=result,
        prompts=None if later else ready(prompts),
        goes_on=start.offset > 0,
        later=later,
        bytes_read=(stamp.size if whole else position.offset) - start.offset,
    )


@dataclass(frozen=True, slots=True)
class Whole:
    """One log to read as a whole."""

    path: str
    format: Format
    """For the `stat` that stands for the log."""
    reader: type[SnapshotReader]
    known: Mapping[str, str]
    """The marks of an earlier reading, by the paths of the sessions in the log."""


def read_snapshot(task: Whole, opener: Opener, exclusion: Exclusion) -> list[Outcome]:
    """Read a log as a whole.

    Args:
        task: Which log, and what is known of it.
        opener: Opens files, where that is allowed.
        exclusion: Sessions it covers are not kept.

    Returns:
        One outcome where the log tells one session without a key; else one for the log itself,
        which tells none, and one for each session that is new or has changed.

    Raises:
        LogFormatError: It is not in its format, or half-written.
        OSError: It cannot be opened or read.
    """
    path = task.path
    stamp = Stamp.of(task.format.status(path))
    prefix = f"{path}{MEMBER}"
    marks = {one.removeprefix(prefix): mark for one, mark in task.known.items()}
    told = list(task.reader().read(path, opener, marks))
    if len(told) == 1 and not told[0].key:
        return [_outcome(path, stamp, told[0], exclusion)]
    members = {f"{prefix}{one.key}": one for one in told}
    found = [Outcome(path, stamp, bytes_read=stamp.size, holds=frozenset(members))]
    for name, one in members.items():
        if one.result is None:
            continue
        if exclusion and is_inside(name, exclusion.paths):
            found.append(Outcome(name, stamp, excluded=True, container=path))
        else:
            outcome = _outcome(name, stamp, one, exclusion)
            found.append(replace(outcome, container=path, bytes_read=0))
    return found


MEMBER = "#"
"""Stands between a log's path and the key of one of its sessions."""


def _outcome(path: str, stamp: Stamp, told: Told, exclusion: Exclusion) -> Outcome:
    result = told.result or _NOTHING
    if exclusion and result.session is not None and exclusion.covers(result.session):
        return Outcome(path, stamp, excluded=True)
    return Outcome(
        path,
        stamp,
        mark=told.mark.encode("utf-8", "replace"),
        state=json.dumps([sorted(told.history), [_plain(one) for one in told.marks]]).encode(),
        result=result,
        prompts=ready(told.prompts[:PROMPTS]),
        bytes_read=stamp.size,
    )


@dataclass(frozen=True, slots=True)
class History:
    """What tells a copied history from a new one."""

    ids: frozenset[str] = frozenset()
    """As `SessionReader.history_ids`."""
    marks: tuple[Mark, ...] = ()
    """As `SessionReader.marks`."""


def history_of(state: bytes) -> History:
    """Return the history that `read_snapshot` stored as a session's state."""
    try:
        ids, marks = _STORED.decode(state)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return History()
    return History(frozenset(ids), tuple(map(_mark, marks)))


_PlainMark = tuple[str, float | None, float, int, int, int, int, float]
_STORED = msgspec.json.Decoder(tuple[list[str], list[_PlainMark]])


def _plain(mark: Mark) -> _PlainMark:
    spent, tokens = mark.spent, mark.spent.tokens
    counts = (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write)
    return (mark.prompt, mark.at, spent.active_seconds, *counts, spent.cost_usd)


def _mark(plain: _PlainMark) -> Mark:
    return Mark(plain[0], plain[1], Spent(plain[2], Tokens(*plain[3:7]), plain[7]))


def _with_beside(result: ReadResult, beside: Beside | None) -> ReadResult:
    """Fill what the log left open with what stands beside it."""
    session = result.session
    if beside is None or session is None:
        return result
    cwd = words(beside.cwd, 4000)
    project = last_part(cwd) if cwd else words(beside.project, 200)
    filled = replace(
        session,
        cwd=session.cwd or cwd,
        project=session.project or project,
        title=words(beside.title.strip(), 120) or session.title,
        model=session.model or words(beside.model, 100),
        started_at=session.started_at or aware(beside.started),
        last_at=session.last_at or aware(beside.last),
        tokens=beside.tokens if session.tokens == Tokens() else session.tokens,
    )
    return replace(result, session=filled)


def mark_of(handle: LogFile, offset: int) -> bytes:
    """Return the hash of a file's first bytes and of those before an offset.

    A file that still has it was appended to; one that lost it was rewritten.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(handle.peek(0, min(_HEAD, offset)))
    digest.update(handle.peek(max(offset - _TAIL, 0), min(_TAIL, offset)))
    return digest.digest()


def _take_up(task: Task, handle: LogFile, stamp: Stamp) -> tuple[SessionReader, Position]:
    """Return a reader and where it goes on: at the known position if the file was only added to."""
    known = task.known
    if known is None or not known.state or known.stamp.ino != stamp.ino:
        return task.reader(task.path), Position()
    grown = stamp.size > known.stamp.size or not known.whole
    same = stamp.size == known.stamp.size and stamp.mtime_ns == known.stamp.mtime_ns
    if not (grown or same) or stamp.size < known.position.offset:
        return task.reader(task.path), Position()
    if mark_of(handle, known.position.offset) != known.mark:
        return task.reader(task.path), Position()
    try:
        return task.reader.restore(task.path, known.state), known.position
    except LogFormatError:
        return task.reader(task.path), Position()


def _feed(reader: SessionReader, lines: Lines, exclusion: Exclusion) -> bool:
    """Hand the lines to the reader; return True as soon as the session is known as excluded."""
    if not exclusion:
        lines.hand_on(reader.feed_block)
        return False
    excluded: list[bool] = []

    def take(block: bytes, number: int, offset: int) -> int:
        number = reader.feed_block(block, number, offset)
        if not excluded:
            session = reader.result().session
            if session is not None and session.cwd:
                excluded.append(exclusion.covers(session))
        return 0 if excluded and excluded[0] else number

    lines.hand_on(take)
    return bool(excluded) and excluded[0]


def _with_pending(result: ReadResult) -> ReadResult:
    session = result.session
    if session is None:
        return replace(result, counts=replace(result.counts, pending=1))
    counts = replace(session.counts, pending=1)
    return replace(result, session=replace(session, counts=counts), counts=counts)
