"""Full-text search: one row a session, of its frictions and its prompts.

A session whose row is not there yet, or not right any more, is searched by its frictions' rows
instead: slower, and without its prompts. `sessions.searchable` tells which it is: 0 without a row,
1 with one, 2 with one whose prompts hold while frictions have changed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener
from hansei_sessions.friction import words
from hansei_sessions.index.database import Database
from hansei_sessions.index.reading import MEMBER
from hansei_sessions.index.schema import SEARCH_TABLE
from hansei_sessions.readers.base import PROMPTS, Format, SessionReader, SnapshotReader
from hansei_sessions.readers.lines import Lines
from hansei_sessions.sources import Source, folders

_BATCH_SECONDS = 0.1
_MOST_SAID = 4_000_000
"""Characters of a session's frictions, and as many of its prompts, that are searched."""


@dataclass(frozen=True, slots=True)
class FillProgress:
    """How far the texts of the sessions are."""

    done: int
    total: int


def fill(
    database: Database,
    sources: Sequence[Source],
    progress: Callable[[FillProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> int:
    """Bring the table up to date, the newest session first; see `Index.fill_texts`."""
    logs = _Logs(sources, should_stop)
    due = database.read(_due)
    batch: dict[int, list[str] | None] = {}
    began = time.perf_counter()
    done = 0
    for number, (file, path, agent, has_prompts, are_known) in enumerate(due, 1):
        batch[file] = None
        if not are_known:
            batch[file] = logs.prompts(os.fsdecode(path), agent) if has_prompts else []
        if should_stop is not None and should_stop():
            break
        if time.perf_counter() - began >= _BATCH_SECONDS or number == len(due):
            done += _write(database, batch)
            batch = {}
            began = time.perf_counter()
            if progress is not None:
                progress(FillProgress(number, len(due)))
    return done


def has_table(connection: sqlite3.Connection) -> bool:
    """Tell whether this index was made with full-text search."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name=?", (SEARCH_TABLE,))
    return found.fetchone() is not None


def purge(connection: sqlite3.Connection) -> None:
    """Have nothing left in the table of what was deleted from it."""
    if has_table(connection):
        connection.execute(f"INSERT INTO {SEARCH_TABLE} ({SEARCH_TABLE}) VALUES ('optimize')")  # noqa: S608 - a constant


def condition(text: str, like: str, other: str) -> tuple[str, str]:
    """Return the condition on `sessions s` for sessions in which a text occurs, and its value.

    The words must stand one after the other, the last one may go on; a text without any letter
    or digit is looked for as it is.

    Args:
        text: As the user wrote it.
        like: The same as a pattern for LIKE.
        other: The condition for sessions whose text is not in the table.
    """
    plain = text.replace("\0", " ")
    if any(char.isalnum() for char in plain):
        quoted = plain.replace('"', " ")
        found, value = f"{SEARCH_TABLE} MATCH ?", f'"{quoted}"*'
    else:
        found, value = "text || char(10) || prompts LIKE ? ESCAPE '\\'", like
    held = f"s.file IN (SELECT rowid FROM {SEARCH_TABLE} WHERE {found})"  # noqa: S608 - constants
    return f"CASE WHEN s.searchable = 1 THEN {held} ELSE {other} END", value


def _due(connection: sqlite3.Connection) -> list[tuple[int, bytes, str, int, int]]:
    if not has_table(connection):
        return []
    return connection.execute(
        "SELECT s.file, f.path, f.agent, s.prompts > 0 AND s.parent = '' AND NOT f.gone, "
        "s.searchable FROM sessions s JOIN files f ON f.id = s.file "
        "WHERE s.searchable != 1 AND f.worded AND s.duplicate_of IS NULL ORDER BY s.last DESC"
    ).fetchall()


class _Logs:
    """Reads the prompts of logs once more; a log of many sessions only once."""

    def __init__(self, sources: Sequence[Source], should_stop: Callable[[], bool] | None) -> None:
        self._formats: Mapping[str, Format] = {one.agent: one.format for one in sources}
        self._opener = Opener(folders(sources), should_stop=should_stop)
        self._read: dict[str, dict[str, list[str]]] = {}
        """The prompts of logs of many sessions, by their paths and the sessions' keys."""

    def prompts(self, path: str, agent: str) -> list[str]:
        """Return the prompts of a log as they are kept: redacted and cleaned.

        Args:
            path: Of the log; of one of several sessions in it with the session's key behind it.
            agent: Whose form of log it is.
        """
        form = self._formats.get(agent)
        if form is None:
            return []
        log, key = path, ""
        if not os.path.exists(path):  # noqa: PTH110 - a name that may hold any bytes
            log, _, key = path.rpartition(MEMBER)
        reader = form.reader_of(log)
        try:
            if issubclass(reader, SessionReader):
                return self._of_lines(log, reader)
            if log not in self._read:
                self._read[log] = self._of_whole(log, reader)
        except (OSError, LogFormatError):
            return []  # deleted or damaged meanwhile: what it was is still found by its frictions
        return self._read[log].pop(key, [])

    def _of_lines(self, log: str, reader_class: type[SessionReader]) -> list[str]:
        found: list[str] = []
        reader = reader_class(log)

        def heard(prompt: str) -> None:
            if len(found) < PROMPTS:
                found.append(words(prompt))

        if reader.listen(heard):
            with suppress(OSError), self._opener.open(log) as handle:  # what was read of it counts
                Lines(handle, os.fstat(handle.fileno()).st_size).hand_on(reader.feed_block)
        return found

    def _of_whole(self, log: str, reader_class: type[SnapshotReader]) -> dict[str, list[str]]:
        return {
            one.key: [words(prompt) for prompt in one.prompts[:PROMPTS]]
            for one in reader_class().read(log, self._opener, {})
        }


def _write(database: Database, batch: Mapping[int, Sequence[str] | None]) -> int:
    return database.write(
        lambda connection: sum(
            write(connection, file, said or (), goes_on=said is None)
            for file, said in batch.items()
        )
    )


def refresh(connection: sqlite3.Connection) -> None:
    """Write anew what the frictions say of sessions whose prompts are known to hold."""
    stale = connection.execute(
        "SELECT s.file FROM sessions s JOIN files f ON f.id = s.file "
        "WHERE s.searchable = 2 AND f.worded"
    ).fetchall()
    for (file,) in stale:
        write(connection, file, (), goes_on=True)


def write(
    connection: sqlite3.Connection, file: int, prompts: Sequence[str], *, goes_on: bool = False
) -> bool:
    """Make one session searchable by its frictions and prompts.

    Args:
        connection: In a transaction.
        file: Of the session's log.
        prompts: Ready to be kept.
        goes_on: They follow the prompts that are in the table.

    Returns:
        False where the session is gone, or the table has none that they could follow.
    """
    text = _text(connection, file)
    known = _row(connection, file) if goes_on else None
    if text is None or (goes_on and known is None):
        return False
    if known is not None:
        prompts = (known[1], *prompts) if known[1] else prompts
    row = (text, "\n".join(prompts)[:_MOST_SAID])
    if row != known:
        connection.execute(
            f"INSERT OR REPLACE INTO {SEARCH_TABLE} (rowid, text, prompts) VALUES (?,?,?)",  # noqa: S608 - a constant
            (file, *row),
        )
    connection.execute("UPDATE sessions SET searchable=1 WHERE file=?", (file,))
    return True


def _row(connection: sqlite3.Connection, file: int) -> tuple[str, str] | None:
    found: tuple[str, str] | None = connection.execute(
        f"SELECT text, prompts FROM {SEARCH_TABLE} WHERE rowid=?",  # noqa: S608 - a constant
        (file,),
    ).fetchone()
    return found


def _text(connection: sqlite3.Connection, file: int) -> str | None:
    """Return what a session's frictions say, repeats once; None where it is gone."""
    if connection.execute("SELECT 1 FROM sessions WHERE file=?", (file,)).fetchone() is None:
        return None
    rows = connection.execute(
        "SELECT text, subject FROM frictions WHERE file=? AND NOT copied ORDER BY seq", (file,)
    )
    parts: dict[str, None] = {}
    room = _MOST_SAID
    for row in rows:
        for part in row:
            if part and part not in parts and room > 0:
                parts[part] = None
                room -= len(part)
    return "\n".join(parts)
