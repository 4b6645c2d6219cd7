"""The archive: facts from logs that must outlive them, in one SQLite file beside the store.

Agents delete their logs after some weeks. What a theme's history and a measurement need is kept
here: redacted excerpts, metrics of each session, which friction belongs to which theme and when.
Rows are added and never computed anew; only `forget` and `prune` remove any.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hansei_core.archive_values import Excerpt, Member, Prunable, SessionFacts
from hansei_core.errors import StorageError, UsageError
from hansei_core.store.checkpoint import keep_aside
from hansei_core.store.files import REAL, Files, refuse_link, temp_path, told

if TYPE_CHECKING:
    from hansei_core.store.doctor import Finding

__all__ = [
    "NAME",
    "Archive",
    "Excerpt",
    "Member",
    "Prunable",
    "SessionFacts",
    "examine_archive",
]

NAME: Final = "archive.sqlite"
SCHEMA: Final = 1
BACKUPS_KEPT: Final = 5
BACKUP_EVERY: Final = timedelta(days=7)
_BUSY_SECONDS: Final = 5.0
_OLD_TEXT: Final = "at IS NOT NULL AND at < ? AND text != ''"

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


class Archive:
    """An open archive. Every `add` is durable when it returns; several processes may share it."""

    def __init__(self, folder: Path, *, now: datetime, files: Files = REAL) -> None:
        self._folder = folder.resolve()
        self._path = self._folder / NAME
        self._files = files
        self._threads = threading.Lock()
        self.notices: list[str] = []
        """What the user should know, such as a damaged file that was put aside."""
        refuse_link(files, self._path)
        with told("create", self._folder):
            files.make_folder(self._folder)
        try:
            self._db = self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
                raise _told(error, self._path) from error
            self._put_aside(now, error)
            self._db = self._open()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # ---------------------------------------------------------------- adding

    def add_sessions(self, sessions: Iterable[SessionFacts]) -> None:
        """Add sessions; one that is there already takes the newer numbers."""
        rows = [
            (
                one.session_id,
                one.agent,
                one.project,
                _iso(one.started_at),
                _iso(one.last_at),
                json.dumps(dict(one.metrics), sort_keys=True),
            )
            for one in sessions
        ]
        self._write(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (session_id) DO UPDATE SET"
            " last_at = excluded.last_at, metrics = excluded.metrics"
            " WHERE last_at IS NOT excluded.last_at OR metrics != excluded.metrics",
            rows,
        )

    def add_excerpts(self, excerpts: Iterable[Excerpt]) -> None:
        """Add excerpts; one that is there already stays as it is.

        One that is older than what was pruned is added without its text.
        """
        pruned = self._pruned_before()
        rows = [
            (
                one.friction_id,
                one.session_id,
                one.project,
                one.kind,
                _iso(one.at),
                "" if pruned and (_iso(one.at) or pruned) < pruned else one.text,
                one.seconds_lost,
                one.path,
                one.line,
            )
            for one in excerpts
        ]
        self._write("INSERT OR IGNORE INTO excerpts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def add_members(self, members: Iterable[Member]) -> None:
        """Add frictions to themes; one that has a theme keeps it."""
        rows = [
            (
                one.friction_id,
                one.theme_id,
                one.session_id,
                one.project,
                one.day.isoformat(),
                one.seconds_lost,
            )
            for one in members
        ]
        self._write("INSERT OR IGNORE INTO members VALUES (?, ?, ?, ?, ?, ?)", rows)

    # ---------------------------------------------------------------- reading

    def sessions(self) -> list[SessionFacts]:
        """Return all sessions by id."""
        return [
            SessionFacts(row[0], row[1], row[2], _time(row[3]), _time(row[4]), json.loads(row[5]))
            for row in self._read("SELECT * FROM sessions ORDER BY session_id")
        ]

    def excerpts(self) -> list[Excerpt]:
        """Return all excerpts, oldest first."""
        return [
            Excerpt(row[0], row[1], row[2], row[3], _time(row[4]), row[5], row[6], row[7], row[8])
            for row in self._read("SELECT * FROM excerpts ORDER BY at, friction_id")
        ]

    def members(self) -> list[Member]:
        """Return what belonged to which theme, by day."""
        return [
            Member(row[0], row[1], row[2], row[3], date.fromisoformat(row[4]), row[5])
            for row in self._read("SELECT * FROM members ORDER BY day, friction_id")
        ]

    def session_ids(self) -> set[str]:
        """Return the ids of all sessions."""
        return {row[0] for row in self._read("SELECT session_id FROM sessions")}

    def excerpt_ids(self) -> set[str]:
        """Return the ids of the frictions that have an excerpt."""
        return {row[0] for row in self._read("SELECT friction_id FROM excerpts")}

    def member_ids(self) -> set[str]:
        """Return the ids of the frictions that have a theme."""
        return {row[0] for row in self._read("SELECT friction_id FROM members")}

    # ---------------------------------------------------------------- removing

    def forget(self, *, project: str | None = None, session_id: str | None = None) -> int:
        """Remove all that came from a project or a session, from the backups too.

        Returns:
            How many rows of the archive itself went.

        Raises:
            UsageError: Not exactly one of both is given.
            StorageError: It could not be done everywhere; running it again continues.
        """
        if (project is None) == (session_id is None):
            raise UsageError("name either a project or a session to forget")
        column = "project" if session_id is None else "session_id"
        value = project if session_id is None else session_id
        gone = self._forget_in(self._db, column, value or "")
        for path in self._backups():
            with self._guard(path), contextlib.closing(self._connect(path)) as backup:
                self._forget_in(backup, column, value or "")
        return gone

    def prunable(self, *, before: date) -> Prunable:
        """Return what `prune` would take."""
        sums = "count(*), count(DISTINCT session_id), total(length(CAST(text AS BLOB)))"
        sql = f"SELECT {sums}, min(at), max(at) FROM excerpts WHERE {_OLD_TEXT}"  # noqa: S608  # constants
        ((texts, sessions, size, oldest, newest),) = self._read(sql, (before.isoformat(),))
        return Prunable(texts, sessions, int(size), _time(oldest), _time(newest))

    def prune(self, *, before: date) -> int:
        """Remove the text of excerpts older than a day; what they count for stays.

        Kind, time, seconds and membership stand as before, so that no count of a week changes.
        Backups keep their copy.

        Returns:
            How many texts went.
        """
        sql = f"UPDATE excerpts SET text = '' WHERE {_OLD_TEXT}"  # noqa: S608  # a constant
        with self._threads, self._guard(self._path):
            with self._db:
                gone = self._db.execute(sql, (before.isoformat(),)).rowcount
                self._db.execute("CREATE TABLE IF NOT EXISTS pruned (before TEXT NOT NULL) STRICT")
                self._db.execute("INSERT INTO pruned VALUES (?)", (before.isoformat(),))
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def _pruned_before(self) -> str:
        """Return the day up to which texts were removed, or nothing."""
        if not self._read("SELECT 1 FROM sqlite_master WHERE name = 'pruned'"):
            return ""
        return str(self._read("SELECT max(before) FROM pruned")[0][0] or "")

    # ---------------------------------------------------------------- backups

    def backup(self, *, now: datetime) -> Path:
        """Write a copy into the backups' folder, whole while others write; keep the newest few.

        Raises:
            StorageError: It could not be written.
        """
        folder = self._folder / "backups"
        target = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{NAME}"
        temp = temp_path(target)
        with told("back up", target), self._guard(target):
            self._files.make_folder(folder)
            self._files.close(self._files.create(temp))
            with contextlib.closing(sqlite3.connect(temp)) as copy:
                self._db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            descriptor = self._files.open_append(temp)
            try:
                self._files.fsync(descriptor)
            finally:
                self._files.close(descriptor)
            self._files.replace(temp, target)
            self._files.sync_folder(folder)
            for old in self._backups()[:-BACKUPS_KEPT]:
                self._files.unlink(old)
        return target

    def backup_if_due(self, *, now: datetime) -> Path | None:
        """Write a backup where the newest is a week old and there is something to lose.

        Raises:
            StorageError: It could not be written.
        """
        stamp = f"{(now - BACKUP_EVERY).astimezone(UTC):%Y%m%dT%H%M%SZ}"
        newest = self._backups()[-1:]
        if newest and newest[0].name > stamp:
            return None
        return self.backup(now=now) if self._read("SELECT 1 FROM sessions LIMIT 1") else None

    def take_back(self) -> tuple[str, int]:
        """Add what the newest sound backup holds and is not here; nothing that is here changes.

        Texts that are older than what was pruned stay away.

        Returns:
            The backup's name and how many sessions came back; an empty name where there is none.

        Raises:
            StorageError: No backup is sound and of a known version, or nothing can be written.
        """
        backups = self._backups()
        for path in reversed(backups):
            try:
                return path.name, self._take_back(path)
            except StorageError:
                if path == backups[0]:
                    raise
        return "", 0

    def _take_back(self, path: Path) -> int:
        pruned = self._pruned_before()
        with self._threads, self._guard(path):
            self._db.execute("ATTACH DATABASE ? AS other", (str(path),))
            try:
                version = self._db.execute("PRAGMA other.user_version").fetchone()[0]
                if version != SCHEMA:
                    raise _newer(path, version)
                with self._db:
                    came = self._db.execute(
                        "INSERT OR IGNORE INTO sessions SELECT * FROM other.sessions"
                    ).rowcount
                    self._db.execute(
                        "INSERT OR IGNORE INTO excerpts SELECT friction_id, session_id, project,"
                        " kind, at, CASE WHEN coalesce(at, ?1) < ?1 THEN '' ELSE text END,"
                        " seconds_lost, path, line FROM other.excerpts",
                        (pruned,),
                    )
                    self._db.execute("INSERT OR IGNORE INTO members SELECT * FROM other.members")
            finally:
                self._db.execute("DETACH DATABASE other")
        return came

    # ---------------------------------------------------------------- inside

    def _open(self) -> sqlite3.Connection:
        with told("open", self._path):
            if self._files.stat(self._path) is None:
                with contextlib.suppress(FileExistsError):  # another process was quicker
                    self._files.close(self._files.create(self._path))
            if os.name != "nt":
                self._files.chmod(self._path, 0o600)
        database = self._connect(self._path)
        try:
            # WAL lets readers go on while one writes; FULL makes each commit survive a power cut.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            self._migrate(database)
            _check(database)
        except BaseException:
            database.close()
            raise
        return database

    def _connect(self, path: Path) -> sqlite3.Connection:
        database = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
        database.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
        return database

    def _migrate(self, database: sqlite3.Connection) -> None:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise _newer(self._path, version)
        if version == SCHEMA:
            return
        with database:
            database.execute("BEGIN IMMEDIATE")
            if database.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _TABLES.split(";"):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {SCHEMA}")

    def _put_aside(self, now: datetime, error: sqlite3.Error) -> None:
        kept = []
        with told("put aside", self._path):
            for ending in ("", "-wal", "-shm"):
                path = self._path.with_name(NAME + ending)
                if self._files.stat(path) is not None:
                    data = self._files.read(path)
                    kept.append(keep_aside(self._files, self._folder, path.name, data, now))
                    self._files.unlink(path)
        backups = self._backups()
        more = f"; `hansei restore` takes back what {backups[-1].name} holds" if backups else ""
        self.notices.append(
            f"{self._path} was damaged ({error}); it is kept as {kept[0]}, a new one was begun"
            f"{more}"
        )

    def _backups(self) -> list[Path]:
        folder = self._folder / "backups"
        names = self._files.names(folder)
        return [folder / name for name in names if name.endswith(f"-{NAME}")]

    def _forget_in(self, database: sqlite3.Connection, column: str, value: str) -> int:
        gone = 0
        with self._guard(self._path):
            with database:
                for table in ("members", "excerpts", "sessions"):
                    sql = f"DELETE FROM {table} WHERE {column} = ?"  # noqa: S608  # fixed names
                    gone += database.execute(sql, (value,)).rowcount
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def _write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        with self._threads, self._guard(self._path), self._db:
            self._db.executemany(sql, rows)

    def _read(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._threads, self._guard(self._path):
            return self._db.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _guard(self, path: Path) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _told(error, path) from error


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
            _check(db)
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


def _newer(path: Path, version: int) -> StorageError:
    return StorageError(
        f"{path} has schema {version}; this hansei knows schemas up to {SCHEMA}",
        "install the newer version of hansei again; nothing was changed",
    )


def _check(database: sqlite3.Connection) -> None:
    """Raise if the file is damaged; takes about a millisecond a megabyte."""
    problem = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise sqlite3.DatabaseError(problem)


def _is_damage(error: sqlite3.Error) -> bool:
    return "malformed" in str(error) or "not a database" in str(error)


def _told(error: sqlite3.Error, path: Path) -> StorageError:
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


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _time(text: object) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text))
