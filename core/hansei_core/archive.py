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
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hansei_core.archive_file import (
    NAME,
    SCHEMA,
    check,
    connect,
    examine_archive,
    guarded,
    is_damage,
    iso,
    migrate,
    newer,
    storage_error,
    time_of,
)
from hansei_core.archive_values import Excerpt, Member, Prunable, SessionFacts
from hansei_core.errors import StorageError, UsageError
from hansei_core.store.checkpoint import keep_aside
from hansei_core.store.files import REAL, Files, refuse_link, temp_path, told

__all__ = [
    "NAME",
    "Archive",
    "Excerpt",
    "Member",
    "Prunable",
    "SessionFacts",
    "examine_archive",
]

BACKUPS_KEPT: Final = 5
BACKUP_EVERY: Final = timedelta(days=7)
_OLD_TEXT: Final = "at IS NOT NULL AND at < ? AND text != ''"


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
            if isinstance(error, sqlite3.OperationalError) and not is_damage(error):
                raise storage_error(error, self._path) from error
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
                iso(one.started_at),
                iso(one.last_at),
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
                iso(one.at),
                "" if pruned and (iso(one.at) or pruned) < pruned else one.text,
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
            SessionFacts(
                row[0], row[1], row[2], time_of(row[3]), time_of(row[4]), json.loads(row[5])
            )
            for row in self._read("SELECT * FROM sessions ORDER BY session_id")
        ]

    def excerpts(self) -> list[Excerpt]:
        """Return all excerpts, oldest first."""
        return [
            Excerpt(row[0], row[1], row[2], row[3], time_of(row[4]), row[5], row[6], row[7], row[8])
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
            with guarded(path), contextlib.closing(connect(path)) as backup:
                self._forget_in(backup, column, value or "")
        return gone

    def prunable(self, *, before: date) -> Prunable:
        """Return what `prune` would take."""
        sums = "count(*), count(DISTINCT session_id), total(length(CAST(text AS BLOB)))"
        sql = f"SELECT {sums}, min(at), max(at) FROM excerpts WHERE {_OLD_TEXT}"  # noqa: S608  # constants
        ((texts, sessions, size, oldest, newest),) = self._read(sql, (before.isoformat(),))
        return Prunable(texts, sessions, int(size), time_of(oldest), time_of(newest))

    def prune(self, *, before: date) -> int:
        """Remove the text of excerpts older than a day; what they count for stays.

        Kind, time, seconds and membership stand as before, so that no count of a week changes.
        Backups keep their copy.

        Returns:
            How many texts went.
        """
        sql = f"UPDATE excerpts SET text = '' WHERE {_OLD_TEXT}"  # noqa: S608  # a constant
        with self._threads, guarded(self._path):
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
        with told("back up", target), guarded(target):
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
        with self._threads, guarded(path):
            self._db.execute("ATTACH DATABASE ? AS other", (str(path),))
            try:
                version = self._db.execute("PRAGMA other.user_version").fetchone()[0]
                if version != SCHEMA:
                    raise newer(path, version)
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
        database = connect(self._path)
        try:
            # WAL lets readers go on while one writes; FULL makes each commit survive a power cut.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            migrate(database, self._path)
            check(database)
        except BaseException:
            database.close()
            raise
        return database

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
        with guarded(self._path):
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
        with self._threads, guarded(self._path), self._db:
            self._db.executemany(sql, rows)

    def _read(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._threads, guarded(self._path):
            return self._db.execute(sql, values).fetchall()
