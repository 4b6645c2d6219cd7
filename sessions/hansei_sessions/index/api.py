"""The index as its users know it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from hansei_sessions.index import queries
from hansei_sessions.index.database import BUSY_SECONDS, Database
from hansei_sessions.index.values import (
    Problem,
    ScanReport,
    SessionQuery,
    SourceStatus,
    Totals,
)
from hansei_sessions.model import Friction, FrictionKind, Session

if TYPE_CHECKING:
    from hansei_sessions.index import scan, searching
    from hansei_sessions.sources import Source


class Index:
    """What the logs tell, kept so that it is read once; deleting its file is always safe.

    Every method may be called from any thread. A scan writes in short transactions, and readers
    do not wait for them.
    """

    def __init__(self, database: Database) -> None:
        """Use an open database; `open` makes one."""
        self._database = database

    @classmethod
    def open(cls, path: Path | None, *, busy_seconds: float = BUSY_SECONDS) -> Self:
        """Open the index, or make it.

        A file that is damaged, or of another version, is deleted and made anew; where it cannot
        be used at all, the index stands in memory and `problems` says why.

        Args:
            path: Its file in the cache folder; None keeps it in memory.
            busy_seconds: How long to wait for another process that writes.
        """
        return cls(Database(path, busy_seconds))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def in_memory(self) -> bool:
        """Nothing is kept for the next start."""
        return self._database.in_memory

    @property
    def rebuilt(self) -> str:
        """Why the file was made anew since it was opened, or nothing."""
        return self._database.rebuilt

    def scan(
        self,
        sources: Sequence[Source],
        *,
        excluded_projects: Collection[str] = (),
        excluded_paths: Collection[str] = (),
        progress: scan.Progress | None = None,
        should_stop: scan.Stop | None = None,
        workers: int | None = None,
        aside: bool = False,
    ) -> ScanReport:
        """Bring the index up to date with the logs, newest first.

        An unchanged log costs one `stat`; one that grew is read from where it ended; one that was
        rewritten or replaced is read again. A deleted log's session is kept and marked `gone`.

        Args:
            sources: Where to look (`sources.discover`).
            excluded_projects: Names, or absolute paths of folders, of projects that are never
                kept; what the index holds of them is deleted.
            excluded_paths: Absolute paths, of logs or of projects, likewise.
            progress: Called in this thread after each batch.
            should_stop: Asked before each file and each piece of one; after a stop, everything
                read so far is in the index, and the next scan goes on there.
            workers: Processes that help to read; None starts some where there is much to read.
            aside: This process has a screen to draw: let the helpers do all of the reading.
        """
        from hansei_sessions.index import scan  # it loads every reader; a look needs none

        return scan.scan(
            self._database,
            sources,
            excluded_projects=excluded_projects,
            excluded_paths=excluded_paths,
            progress=progress,
            should_stop=should_stop,
            workers=workers,
            aside=aside,
        )

    def fill_texts(
        self,
        sources: Sequence[Source],
        *,
        progress: Callable[[searching.FillProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> int:
        """Make what sessions say quick to search, the newest first; for after a scan.

        Prompts are read for this once more from their logs, redacted and cleaned. A session that
        is not done yet is still found by its names and frictions.

        Args:
            sources: As in `scan`.
            progress: Called in this thread after each short transaction.
            should_stop: Asked before each log and while it is read.

        Returns:
            How many sessions were done.
        """
        from hansei_sessions.index import searching

        return searching.fill(self._database, sources, progress, should_stop)

    def sessions(self, query: SessionQuery | None = None) -> list[Session]:
        """Return sessions, newest first."""
        wanted = query or SessionQuery()
        return self._database.read(lambda connection: queries.sessions(connection, wanted))

    def count_sessions(self, query: SessionQuery | None = None) -> int:
        """Return how many sessions a query asks for, whatever its limit."""
        wanted = query or SessionQuery()
        return self._database.read(lambda connection: queries.count_sessions(connection, wanted))

    def most_used(self, names: Literal["project", "branch"]) -> list[str]:
        """Return the projects or branches of all sessions, the one with most of them first."""
        return self._database.read(lambda connection: queries.most_used(connection, names))

    def session(self, name: str) -> Session:
        """Return the session with this id, or with the only id that begins so.

        Raises:
            NotFoundError: No session or several; the message names the candidates.
        """
        return self._database.read(lambda connection: queries.session(connection, name))

    def frictions(
        self,
        session_ids: Collection[str] | None = None,
        since: datetime | None = None,
        kinds: Collection[FrictionKind] | None = None,
    ) -> list[Friction]:
        """Return frictions in the order of the logs; those in copied history once.

        Args:
            session_ids: Of these sessions only.
            since: At this time or later.
            kinds: Of these kinds only.
        """
        return self._database.read(
            lambda connection: queries.frictions(connection, session_ids, since, kinds)
        )

    def problems(self) -> tuple[Problem, ...]:
        """Return what kept logs, or parts of them, from being read."""
        return (*self._database.problems, *self._database.read(queries.problems))

    def totals(self) -> Totals:
        """Return sums over the whole index."""
        return self._database.read(queries.totals)

    def sources(self) -> tuple[SourceStatus, ...]:
        """Return the sources of the last scan and what came of each."""
        return self._database.read(queries.sources)

    def forget(self, *, project: str | None = None, session: str | None = None) -> tuple[str, ...]:
        """Delete what was derived from a project's sessions, or from one session.

        The next scan brings it back unless the caller excludes the project, or the paths that
        this returns.

        Args:
            project: Its name, or the absolute path of its folder.
            session: A session's full id; its subagents are forgotten with it.

        Returns:
            The logs whose rows were deleted, sorted.
        """
        from hansei_sessions.index import families, searching, writing

        def forget(connection: sqlite3.Connection) -> tuple[str, ...]:
            rows = queries.files_of(connection, project=project, session=session)
            heads: set[str] = set()
            for file, _, head in rows:
                writing.delete_rows(connection, file)
                connection.execute("DELETE FROM files WHERE id=?", (file,))
                heads.add(head)
            searching.purge(connection)
            heads |= families.mark_duplicates(connection)
            families.forget_copies(connection, heads - {""})
            return tuple(sorted(os.fsdecode(path) for _, path, _ in rows))

        return self._database.write(forget)

    def lost_before(self, before: datetime) -> tuple[int, int]:
        """Return how many sessions and frictions `drop_lost` would take."""
        rows = self._database.read(lambda connection: queries.lost_before(connection, before))
        return len({row[1] for row in rows}), sum(row[3] for row in rows)

    def drop_lost(self, before: datetime) -> int:
        """Delete old sessions whose logs are gone: nothing could be read of them again.

        Args:
            before: Their newest record is older than this.

        Returns:
            How many went.
        """
        from hansei_sessions.index import families, searching, writing

        def drop(connection: sqlite3.Connection) -> int:
            rows = queries.lost_before(connection, before)
            for file, *_ in rows:
                writing.delete_rows(connection, file)
                connection.execute("DELETE FROM files WHERE id=?", (file,))
            searching.purge(connection)
            heads = {row[2] for row in rows} | families.mark_duplicates(connection)
            families.forget_copies(connection, heads - {""})
            return len({row[1] for row in rows})

        return self._database.write(drop)

    def close(self) -> None:
        """Close the file; the threads that used the index must be done with it."""
        self._database.close()
