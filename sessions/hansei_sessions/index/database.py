"""The index's file and its connections: made anew where it cannot be trusted, never a traceback.

One connection a thread, in WAL mode, so that a reader never waits for the scan that writes. Where
the cache folder cannot be used, everything stands in memory for the life of the process.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from hansei_sessions.errors import StorageError
from hansei_sessions.index.schema import APPLICATION_ID, DDL, SEARCH_DDL, SEARCH_TABLE, VERSION
from hansei_sessions.index.values import Problem

T = TypeVar("T")

BUSY_SECONDS = 5.0

_PAGE: Final = 16_384
"""Bytes: the states of readers are large, and each page costs the same whatever its size."""
_LOG_PAGES: Final = 2_000
"""Pages in the write-ahead log until they go into the file: 32 MB, so that a page that is written
again and again goes there once."""

_UNUSABLE = {
    sqlite3.SQLITE_BUSY: "another process has locked the index",
    sqlite3.SQLITE_LOCKED: "another process has locked the index",
    sqlite3.SQLITE_READONLY: "the index cannot be written",
    sqlite3.SQLITE_CANTOPEN: "the index cannot be opened",
    sqlite3.SQLITE_PERM: "the index cannot be opened",
    sqlite3.SQLITE_FULL: "the disk with the index is full",
    sqlite3.SQLITE_IOERR: "the disk with the index does not answer",
    sqlite3.SQLITE_NOLFS: "the disk with the index does not take a file of this size",
}


_STATEMENTS = DDL.count("CREATE ")


class _ForeignError(sqlite3.DatabaseError):
    """The file is a database, but not of this shape."""


class Database:
    """The index's SQLite file, or its stand-in in memory.

    Attributes:
        problems: Why it stands in memory, where it does.
        rebuilt: Why the file was deleted and made anew, where it was.
    """

    def __init__(self, path: Path | None, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open or make the file at `path`; None keeps everything in memory."""
        self.path = path
        self.problems: list[Problem] = []
        self.rebuilt = ""
        self._busy_seconds = busy_seconds
        self._lock = threading.RLock()
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._generation = 0
        self._memory: sqlite3.Connection | None = None
        self._closed = False
        if path is None:
            self._memory = _in_memory()
            return
        try:
            _prepare_folder(path)
        except OSError as error:
            self._fall_back(f"its folder cannot be used: {error.strerror or error}")
            return
        self.read(lambda _: None)

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a query function; a damaged file is rebuilt, and the function runs again on it."""
        return self._run(work)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function in one transaction: all of it happens, or nothing.

        Where the file turns out damaged or unusable, it is rebuilt or replaced by memory, and the
        function runs again, on an empty index.
        """

        def transaction(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                value = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            return value

        with self._lock:
            return self._run(transaction)

    @property
    def in_memory(self) -> bool:
        """Nothing is kept for the next start."""
        return self._memory is not None

    @property
    def generation(self) -> int:
        """Changes when the index was emptied; what was learnt from it before is void."""
        return self._generation

    def close(self) -> None:
        """Close every connection; threads must have ended their work."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            self._open.clear()
            if self._memory is not None:
                self._memory.close()
                self._memory = None

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        last: sqlite3.Error | None = None
        for _ in range(3):
            generation = self._generation
            try:
                with self._connection() as connection:
                    return work(connection)
            except sqlite3.DatabaseError as error:
                last = error
                self._mend(error, generation)
        raise StorageError(
            f"the index of sessions cannot be used: {last}",
            "it holds nothing of yours: delete its file (`hansei paths` names it)",
        ) from last

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise StorageError("the index of sessions is closed")
        if self._memory is not None:
            with self._lock:
                yield self._memory
            return
        mine: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if mine is None or self._local.generation != self._generation:
            if mine is not None:
                mine.close()
                self._local.connection = None
                with self._lock, contextlib.suppress(ValueError):
                    self._open.remove(mine)
            self._local.generation = self._generation
            mine = self._connect()
            self._local.connection = mine
            with self._lock:
                self._open.append(mine)
        yield mine

    def _connect(self) -> sqlite3.Connection:
        if self.path is None:  # pragma: no cover - memory has its one connection
            raise StorageError("the index of sessions has no file")
        _make_private(self.path)
        connection = sqlite3.connect(
            self.path,
            timeout=self._busy_seconds,
            isolation_level=None,
            check_same_thread=False,  # close() may be called from another thread
        )
        try:
            connection.execute(f"PRAGMA page_size={_PAGE}")  # of a new file
            with contextlib.suppress(sqlite3.OperationalError):
                # Two processes that make the file at once: the second finds it in WAL mode later.
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
            _check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _mend(self, error: sqlite3.DatabaseError, generation: int) -> None:
        """Make the next attempt possible: in memory, or on a new file."""
        code = getattr(error, "sqlite_errorcode", None)
        unusable = _UNUSABLE.get(code & 0xFF) if code is not None else None
        with self._lock:
            if self._generation != generation:
                return  # another thread has done it
            if self._memory is not None:
                self._memory.close()
                self._memory = _in_memory()
            elif unusable is not None:
                self._fall_back(unusable)
            else:
                self._rebuild(str(error))
            self._generation += 1

    def _fall_back(self, reason: str) -> None:
        self.problems.append(
            Problem(str(self.path), None, f"{reason}; sessions are read into memory this time")
        )
        self._memory = _in_memory()

    def _rebuild(self, reason: str) -> None:
        if self.path is None:  # pragma: no cover - memory has nothing to rebuild
            return
        self.rebuilt = reason
        try:
            # The log first: left beside a new file, it would be replayed into it.
            for suffix in ("-wal", "-shm", "-journal", ""):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        except OSError as error:
            self._fall_back(f"the damaged index cannot be deleted: {error.strerror or error}")


def _in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(DDL)
    _add_search(connection)
    return connection


def _add_search(connection: sqlite3.Connection) -> None:
    """Make the table of full-text search, where this SQLite has that."""
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute(SEARCH_DDL)


def _check(connection: sqlite3.Connection) -> None:
    """Create the tables in an empty file; refuse a file of another shape."""
    if _is_ours(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _is_ours(connection):
            for statement in DDL.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            _add_search(connection)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Tell whether the tables are there; False for an empty file."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    names = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql NOT NULL")
    ]
    made = len([name for name in names if not name.startswith(SEARCH_TABLE)])
    if (application, version, made) == (APPLICATION_ID, VERSION, _STATEMENTS):
        if SEARCH_TABLE in names:
            _try_search(connection)
        return True
    if made or application or version:
        raise _ForeignError("it was written by another version of hansei or by another program")
    return False


def _try_search(connection: sqlite3.Connection) -> None:
    try:
        connection.execute(f"SELECT rowid FROM {SEARCH_TABLE} LIMIT 0")  # noqa: S608 - a constant
    except sqlite3.OperationalError as error:
        if "no such module" in str(error):
            raise _ForeignError("it was made by a Python with full-text search") from error
        raise


def _prepare_folder(path: Path) -> None:
    """Make the folder, readable by its owner only; repair that where the folder is hansei's own."""
    folder = path.parent
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "posix" or "hansei" not in folder.name:
        return
    found = folder.stat()
    if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def _make_private(path: Path) -> None:
    """Have the file there, owner-only and no link, before SQLite opens it."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        # A write-ahead log without its database would be replayed into the new one.
        for suffix in ("-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        return
    except OSError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise _ForeignError("a link stands in its place")
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        with contextlib.suppress(OSError):
            path.chmod(0o600)
