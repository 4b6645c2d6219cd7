"""The archive's SQLite file: its tables and version, how it is opened, what damage is called."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hansei_core.errors import StorageError

if TYPE_CHECKING:
    from hansei_core.store.doctor import Finding

NAME: Final = "archive.sqlite"
SCHEMA: Final = 1
_BUSY_SECONDS: Final = 5.0

_TABLES: Final = """
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY, agent TEXT NOT NULL, project TEXT NOT NULL,
  started_at TEXT, last_at TEXT, metrics TEXT NOT NULL
) STRICT;
CREATE TABLE excerpts (
  friction_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, project TEXT NOT NULL,
  kind TEXT NOT NULL, at TEXT, text TEXT NOT NULL, seconds_lost REAL,
  path TEXT NOT NULL, line INTEGER NOT NULL
) STRICT;
CREATE TABLE members (
  friction_id TEXT PRIMARY KEY, theme_id TEXT NOT NULL, session_id TEXT NOT NULL,
  project TEXT NOT NULL, day TEXT NOT NULL, seconds_lost REAL
) STRICT;
CREATE INDEX members_by_theme ON members (theme_id, day);
CREATE INDEX members_by_session ON members (session_id);
CREATE INDEX excerpts_by_session ON excerpts (session_id);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open an archive or a backup of one; what is removed from it is overwritten."""
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
    database.execute("PRAGMA secure_delete = ON")
    return database


def migrate(database: sqlite3.Connection, path: Path) -> None:
    """Give an empty file its tables.

    Raises:
        StorageError: A newer hansei wrote it.
    """
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA:
        raise newer(path, version)
    if version == SCHEMA:
        return
    with database:
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in _TABLES.split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {SCHEMA}")


@contextlib.contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Let what SQLite says of a file be said as hansei says it.

    Raises:
        StorageError: SQLite failed.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise storage_error(error, path) from error


def examine_archive(folder: Path) -> Finding | None:
    """Return what there is to say of a folder's archive, or None where there is none.

    Nothing is written; the file is opened for reading only.
    """
    from hansei_core.store.doctor import Finding  # who archives does not examine

    path = folder / NAME
    if not path.is_file():
        return None
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        ) as db:
            check(db)
            sessions = db.execute("SELECT count(*) FROM sessions").fetchone()[0]
            frictions = db.execute("SELECT count(*) FROM members").fetchone()[0]
    except sqlite3.Error as error:
        return Finding(
            "error",
            str(path),
            f"is damaged: {error}",
            "the next start puts it into the quarantine and begins a new one; `hansei restore`"
            " takes back what its newest backup holds",
        )
    return Finding("ok", str(path), f"{sessions} sessions, {frictions} frictions in themes")


def newer(path: Path, version: int) -> StorageError:
    """Return what to say of a file that a newer hansei wrote."""
    return StorageError(
        f"{path} has schema {version}; this hansei knows schemas up to {SCHEMA}",
        "install the newer version of hansei again; nothing was changed",
    )


def check(database: sqlite3.Connection) -> None:
    """Look through the file, which takes about a millisecond a megabyte.

    Raises:
        sqlite3.DatabaseError: It is damaged.
    """
    problem = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise sqlite3.DatabaseError(problem)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether SQLite means the file itself, and not who may use it now."""
    return "malformed" in str(error) or "not a database" in str(error)


def storage_error(error: sqlite3.Error, path: Path) -> StorageError:
    """Return what SQLite said of a file, with what to do about it."""
    text = str(error)
    if "full" in text:
        return StorageError(f"could not write {path}: the disk is full", "free some space")
    if "locked" in text or "busy" in text:
        return StorageError(
            f"another process has been writing {path} for more than {_BUSY_SECONDS:g} seconds",
            "end it if it hangs, then try again",
        )
    if "readonly" in text or "unable to open" in text:
        return StorageError(
            f"could not open {path} for writing: {text}", f"make {path.parent} yours and writable"
        )
    return StorageError(f"could not use {path}: {text}", "`hansei doctor` tells more")


def iso(at: datetime | None) -> str | None:
    """Return a time as the archive keeps it, in UTC: as text it sorts as it passed."""
    return None if at is None else at.astimezone(UTC).isoformat()


def time_of(text: object) -> datetime | None:
    """Return the time that `iso` wrote."""
    return None if text is None else datetime.fromisoformat(str(text))
