"""Outcomes of reading → rows, and what is left to know about files between two scans."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from hansei_sessions.index import searching
from hansei_sessions.index.pending import Words
from hansei_sessions.index.reading import Known, Outcome, Stamp
from hansei_sessions.index.rows import insert_frictions, insert_session, storable, storable_name
from hansei_sessions.index.schema import SEARCH_TABLE
from hansei_sessions.index.values import Problem
from hansei_sessions.readers.base import Format
from hansei_sessions.readers.lines import Position

_LARGE = 1_000_000
"""Bytes of a state that is written piece by piece."""
_FILE_COLUMNS = (
    *("container", "read_under", "rank", "agent", "root", "version", "dev", "ino", "size"),
    *("mtime_ns", "whole", "excluded_by", "offset", "line", "mark", "worded", "head_id"),
    *("parsed", "skipped", "malformed", "pending"),
)
_NEW_FILE = (
    f"INSERT INTO files ({', '.join(_FILE_COLUMNS)}, path) "  # noqa: S608 - the columns above
    f"VALUES ({'?,' * len(_FILE_COLUMNS)}?)"
)
_KNOWN_FILE = (
    f"UPDATE files SET {', '.join(f'{name}=?' for name in _FILE_COLUMNS)}, gone=0 "  # noqa: S608 - as above
    "WHERE path=?"
)


@dataclass(frozen=True, slots=True)
class FileRow:
    """What the index knows of a file before it is looked at again."""

    id: int
    agent: str
    root: str
    version: int
    stamp: Stamp
    whole: bool
    gone: bool
    excluded_by: int | None
    offset: int
    read_under: int | None
    """Under which exclusions a log with several sessions was read; None for other logs."""
    worded: bool = True
    """The words of its frictions are there too."""


@dataclass(frozen=True, slots=True)
class Written:
    """An outcome with where it belongs."""

    outcome: Outcome
    format: Format
    root: str
    excluded_by: int | None
    read_under: int | None = None
    """The exclusions of this scan."""


def load_files(connection: sqlite3.Connection) -> dict[str, FileRow]:
    """Return every known file by its path; one of several sessions in a file is none."""
    rows = connection.execute(
        "SELECT path, id, agent, root, version, dev, ino, size, mtime_ns, whole, gone, "
        "excluded_by, offset, read_under, worded FROM files WHERE container IS NULL"
    )
    known: dict[str, FileRow] = {}
    for path, file, agent, root, version, *rest in rows:
        stamp, (whole, gone, excluded_by, offset, *more) = Stamp(*rest[:4]), rest[4:]
        folder = os.fsdecode(root)
        known[os.fsdecode(path)] = FileRow(
            file,
            agent,
            folder,
            version,
            stamp,
            bool(whole),
            bool(gone),
            excluded_by,
            offset,
            *more,
        )
    return known


def load_known(connection: sqlite3.Connection, file: int) -> Known | None:
    """Return from where a file can be read on, or None where nothing is left of it."""
    row = connection.execute(
        "SELECT dev, ino, size, mtime_ns, whole, offset, line, mark, state FROM files "
        "JOIN states ON file=id WHERE id=?",
        (file,),
    ).fetchone()
    if row is None or not row[7] or not row[8]:
        return None
    return Known(Stamp(*row[:4]), bool(row[4]), Position(row[5], row[6]), row[7], row[8])


def load_marks(connection: sqlite3.Connection, container: str) -> dict[str, str]:
    """Return the marks of the sessions that a log held, by their paths; dropped ones excepted."""
    rows = connection.execute(
        "SELECT path, mark FROM files WHERE container=? AND excluded_by IS NULL AND version >= 0 "
        "AND mark != x''",
        (os.fsencode(container),),
    )
    return {os.fsdecode(path): bytes(mark).decode("utf-8", "replace") for path, mark in rows}


def forget_members(connection: sqlite3.Connection, container: str | None) -> set[str]:
    """Delete what is known of all sessions in a log; return the heads of their families."""
    heads: set[str] = set()
    if container is None:
        return heads
    rows = connection.execute(
        "SELECT id, head_id FROM files WHERE container=?", (os.fsencode(container),)
    ).fetchall()
    for file, head in rows:
        heads.add(head)
        delete_rows(connection, file)
        connection.execute("DELETE FROM files WHERE id=?", (file,))
    return heads - {""}


def mark_container(connection: sqlite3.Connection, container: str, gone: int) -> None:
    """Note that a log with several sessions is gone, or there again."""
    connection.execute("UPDATE files SET gone=? WHERE container=?", (gone, os.fsencode(container)))


def write_outcomes(connection: sqlite3.Connection, batch: Iterable[Written]) -> set[str]:
    """Write what was learnt of some logs in place of what was known of them.

    Returns:
        The head ids of the families these logs belong or belonged to.
    """
    heads: set[str] = set()
    searched = searching.has_table(connection)
    for one in batch:
        heads |= _write(connection, one, searched=searched)
        if one.outcome.holds is not None:
            _keep_only(connection, one.outcome.path, one.outcome.holds)
    return heads - {""}


def _keep_only(connection: sqlite3.Connection, container: str, holds: frozenset[str]) -> None:
    """Note which of a log's sessions have been deleted in it: what is known of them is kept."""
    rows = connection.execute(
        "SELECT id, path, gone FROM files WHERE container=?", (os.fsencode(container),)
    ).fetchall()
    for file, path, gone in rows:
        if bool(gone) is (os.fsdecode(path) in holds):
            connection.execute("UPDATE files SET gone=? WHERE id=?", (not gone, file))


def _write(connection: sqlite3.Connection, one: Written, *, searched: bool) -> set[str]:
    """Write what was read of a log; return the heads of histories that may count otherwise now."""
    outcome, result = one.outcome, one.outcome.result
    path = os.fsencode(outcome.path)
    if outcome.touched:
        stamp = outcome.stamp
        connection.execute(
            "UPDATE files SET dev=?, ino=?, size=?, mtime_ns=?, gone=0 WHERE path=?",
            (stamp.dev, stamp.ino, stamp.size, stamp.mtime_ns, path),
        )
        return set()
    old = connection.execute(
        "SELECT f.id, f.head_id, coalesce(s.searchable, 0) FROM files f "
        "LEFT JOIN sessions s ON s.file = f.id WHERE f.path=?",
        (path,),
    ).fetchone()
    holds = bool(outcome.goes_on and result.session is not None and old is not None and old[2])
    values = (*_file_values(one), path)
    if old is None:
        file = int(connection.execute(_NEW_FILE, values).lastrowid or 0)
    else:
        file = int(old[0])
        connection.execute(_KNOWN_FILE, values)
        delete_rows(connection, file, but_prompts=holds)
    if old is not None or outcome.state:
        _store_state(connection, file, outcome.state)
    if result.session is not None:
        insert_session(connection, file, result.session)
        if result.frictions:
            insert_frictions(connection, file, result.frictions)
        if holds:
            connection.execute("UPDATE sessions SET searchable=2 WHERE file=?", (file,))
        if searched and outcome.prompts is not None:
            searching.write(connection, file, outcome.prompts, goes_on=outcome.goes_on)
    if result.unknown_types:
        connection.executemany(
            "INSERT OR REPLACE INTO unknown_types (file, type, count) VALUES (?,?,?)",
            [(file, storable_name(name), count) for name, count in result.unknown_types],
        )
    heads = {storable_name(result.head_id)}
    return heads if old is None else {*heads, old[1]}


def _file_values(one: Written) -> tuple[object, ...]:
    """Return what is kept of a log itself, in the order of `_FILE_COLUMNS`."""
    outcome, stamp = one.outcome, one.outcome.stamp
    session = outcome.result.session
    counts = session.counts if session is not None else outcome.result.counts
    log = outcome.container or outcome.path
    return (
        os.fsencode(outcome.container) if outcome.container else None,
        one.read_under if outcome.holds is not None else None,
        one.format.rank_of(log),
        one.format.agent,
        os.fsencode(one.root),
        one.format.reader_of(log).version,
        *(stamp.dev, stamp.ino, stamp.size, stamp.mtime_ns),
        outcome.whole,
        one.excluded_by,
        outcome.position.offset,
        outcome.position.number,
        outcome.mark,
        not outcome.later,
        storable_name(outcome.result.head_id),
        *(counts.parsed, counts.skipped, counts.malformed, counts.pending),
    )


def _store_state(connection: sqlite3.Connection, file: int, state: bytes) -> None:
    if len(state) > _LARGE:  # SQLite would copy it several times
        connection.execute(
            "INSERT OR REPLACE INTO states (file, state) VALUES (?,zeroblob(?))",
            (file, len(state)),
        )
        with connection.blobopen("states", "state", file) as blob, memoryview(state) as view:
            for at in range(0, len(state), _LARGE):
                blob.write(view[at : at + _LARGE])
    elif state:
        connection.execute(
            "INSERT OR REPLACE INTO states (file, state) VALUES (?,?)", (file, state)
        )
    else:
        connection.execute("DELETE FROM states WHERE file=?", (file,))


def write_words(connection: sqlite3.Connection, batch: Iterable[Words]) -> None:
    """Complete the rows of logs whose words have been made ready."""
    searched = searching.has_table(connection)
    for one in batch:
        row = connection.execute(
            "SELECT id FROM files WHERE path=? AND NOT worded", (os.fsencode(one.path),)
        ).fetchone()
        if row is None:
            continue  # forgotten or read again meanwhile
        (file,) = row
        connection.executemany(
            "UPDATE frictions SET text=?, subject=? WHERE file=? AND seq=?",
            (
                (storable(text), storable(subject), file, number)
                for number, (text, subject) in enumerate(one.texts)
            ),
        )
        _store_state(connection, file, one.state)
        connection.execute("UPDATE files SET worded=1 WHERE id=?", (file,))
        if searched and one.prompts is not None:
            searching.write(connection, file, one.prompts, goes_on=one.goes_on)


def delete_rows(connection: sqlite3.Connection, file: int, *, but_prompts: bool = False) -> None:
    """Delete everything derived from a file, but not the file's own row.

    Args:
        connection: In a transaction.
        file: Whose rows.
        but_prompts: What the search knows of it is brought up to date instead.
    """
    found = connection.execute("SELECT searchable FROM sessions WHERE file=?", (file,)).fetchone()
    if found is not None and found[0] and not but_prompts:
        connection.execute(f"DELETE FROM {SEARCH_TABLE} WHERE rowid=?", (file,))  # noqa: S608 - a constant
    connection.execute("DELETE FROM sessions WHERE file=?", (file,))
    connection.execute("DELETE FROM frictions WHERE file=?", (file,))
    connection.execute("DELETE FROM unknown_types WHERE file=?", (file,))


def head_of(connection: sqlite3.Connection, file: int) -> set[str]:
    """Return the head id of the family a file belongs to, if it has one."""
    rows = connection.execute("SELECT head_id FROM files WHERE id=?", (file,))
    return {head for (head,) in rows if head}


def exclude(connection: sqlite3.Connection, file: int, fingerprint: int) -> None:
    """Delete what is known of a file and remember under which exclusions it was dropped."""
    delete_rows(connection, file)
    connection.execute(
        "UPDATE files SET excluded_by=?, mark=NULL, worded=1, head_id='', offset=0, line=1, "
        "parsed=0, skipped=0, malformed=0, pending=0 WHERE id=?",
        (fingerprint, file),
    )
    _store_state(connection, file, b"")


def unworded_families(connection: sqlite3.Connection) -> list[str]:
    """Return the logs whose words are missing and are needed to tell a copied history."""
    rows = connection.execute(
        "SELECT path FROM files WHERE NOT worded AND head_id IN "
        "(SELECT head_id FROM files WHERE head_id != '' GROUP BY head_id HAVING count(*) > 1)"
    )
    return [os.fsdecode(path) for (path,) in rows]


def store_problems(connection: sqlite3.Connection, problems: Iterable[Problem]) -> None:
    """Keep the problems of a scan in place of those of the scan before."""
    connection.execute("DELETE FROM problems")
    connection.executemany(
        "INSERT INTO problems (path, line, reason) VALUES (?,?,?)",
        [(os.fsencode(one.path), one.line, storable(one.reason)) for one in problems],
    )


def load_problems(connection: sqlite3.Connection) -> tuple[Problem, ...]:
    """Return the problems of the last scan."""
    return tuple(
        Problem(os.fsdecode(path), line, reason)
        for path, line, reason in connection.execute(
            "SELECT path, line, reason FROM problems ORDER BY rowid"
        )
    )
