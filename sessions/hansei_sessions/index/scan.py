"""The scan: look, read what changed, write it, tell how far it is, stop where asked."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener
from hansei_sessions.index import families, partial, searching, writing
from hansei_sessions.index.database import Database
from hansei_sessions.index.hands import Brought, Hands, Order
from hansei_sessions.index.intake import Event, Intake
from hansei_sessions.index.listing import Listing, look
from hansei_sessions.index.memory import keep_what_is_freed, without_collector
from hansei_sessions.index.pending import Pending, Words
from hansei_sessions.index.reading import Exclusion, History, history_of
from hansei_sessions.index.values import Problem, ScanProgress, ScanReport
from hansei_sessions.index.writing import Written
from hansei_sessions.readers.base import Format, SnapshotReader
from hansei_sessions.redact import key_in_use
from hansei_sessions.sources import Source

if TYPE_CHECKING:
    from hansei_sessions.index.crew import Crew

LATER_BYTES = 4_000_000
"""A scan that reads at least so much tells first what there is, and makes the words ready after."""
CREW_BYTES = 32_000_000
"""From here on other processes help: starting one costs as much as reading some 20 MB."""

_BATCH_BYTES = 32 * 1024 * 1024
_BATCH_FILES = 200
_BATCH_SECONDS = 0.25

Progress = Callable[[ScanProgress], None]
Stop = Callable[[], bool]


class _EmptiedError(Exception):
    """The index was rebuilt while it was scanned: what was known before is void."""


def scan(
    database: Database,
    sources: Sequence[Source],
    *,
    excluded_projects: Collection[str] = (),
    excluded_paths: Collection[str] = (),
    progress: Progress | None = None,
    should_stop: Stop | None = None,
    workers: int | None = None,
    aside: bool = False,
) -> ScanReport:
    """Bring the index up to date; see `Index.scan`."""
    began = time.perf_counter()
    run = _Scan(
        database,
        sources,
        excluded_projects=excluded_projects,
        excluded_paths=excluded_paths,
        progress=progress,
        should_stop=should_stop,
        workers=workers,
        aside=aside,
    )
    for _ in range(2):
        try:
            run.run()
            break
        except _EmptiedError:
            continue
    return run.report(time.perf_counter() - began)


@dataclass(slots=True)
class _Batch:
    """Outcomes that wait to be written together."""

    written: list[Written] = field(default_factory=list)
    words: tuple[Words, ...] = ()
    files: int = 0
    expected: int = 0
    """Bytes that were to be read of these files."""
    bytes: int = 0
    began: float = 0.0

    def is_full(self) -> bool:
        return (
            self.bytes >= _BATCH_BYTES
            or self.files + len(self.words) >= _BATCH_FILES
            or time.perf_counter() - self.began >= _BATCH_SECONDS
        )


class _Scan:
    """One run over all sources."""

    def __init__(
        self,
        database: Database,
        sources: Sequence[Source],
        *,
        excluded_projects: Collection[str],
        excluded_paths: Collection[str],
        progress: Progress | None,
        should_stop: Stop | None,
        workers: int | None,
        aside: bool,
    ) -> None:
        self._database = database
        self._sources = tuple(sources)
        self._formats: Mapping[str, Format] = {one.agent: one.format for one in sources}
        self._projects = tuple(excluded_projects)
        self._exclusion = _exclusion(excluded_projects, excluded_paths)
        self._fingerprint = _fingerprint(self._exclusion)
        self._roots = tuple(os.fspath(folder) for source in sources for folder in _folders(source))
        self._opener = Opener(
            self._roots,
            forbidden=self._exclusion.paths,
            should_stop=should_stop,
        )
        self._progress = progress
        self._should_stop = should_stop
        self._workers = workers
        self._aside = aside
        self._start()

    def _start(self) -> None:
        self._generation = self._database.generation
        self._listing = Listing()
        self._heads: set[str] = set()
        self._problems: list[Problem] = []
        self._files_read = 0
        self._bytes_read = 0
        self._dropped = 0
        self._stopped = False
        self._changed = False
        self._total = self._bytes_done = self._files_done = 0
        self._later = self._worded = 0

    def run(self) -> None:
        """Look, read, write; afterwards `report` tells what came of it."""
        self._start()
        if self._exclusion:
            self._heads |= self._write(self._drop_excluded)
        known = self._database.read(writing.load_files)
        if self._database.generation != self._generation:
            raise _EmptiedError
        self._listing = look(
            self._sources, known, self._exclusion, self._projects, self._fingerprint
        )
        self._problems = list(self._listing.problems)
        self._read_all()

    def report(self, seconds: float) -> ScanReport:
        """Return what this run did and what the index holds now."""
        sums = self._database.read(_sums)
        return ScanReport(
            parsed=sums[0],
            skipped=sums[1],
            malformed=sums[2],
            pending=sums[3],
            sessions=sums[4],
            files_read=self._files_read,
            files_unchanged=self._listing.unchanged,
            files_gone=len(self._listing.gone),
            files_excluded=self._listing.excluded + self._dropped,
            bytes_read=self._bytes_read,
            problems=tuple(sorted({*self._database.problems, *self._problems}, key=_order)),
            stopped=self._stopped,
            rebuilt=self._database.rebuilt,
            seconds=seconds,
        )

    def _read_all(self) -> None:
        self._total = sum(one.bytes for one in self._listing.due)
        later = self._total >= LATER_BYTES or bool(self._workers)
        if later:
            keep_what_is_freed()
        with without_collector() if later else contextlib.nullcontext():
            self._read_due(later=later)

    def _read_due(self, *, later: bool) -> None:
        pending = Pending() if later else None
        hands = Hands(self._formats, self._opener, self._exclusion, pending)
        crew = self._crew()
        stop = self._stop
        intake = Intake(hands, pending, crew, beside=not self._aside, should_stop=stop)
        try:
            self._take(intake.read(range(len(self._listing.due)), self._order))
            if later and not self._stop():
                paths = self._database.read(writing.unworded_families)
                if paths:
                    self._take(intake.words(self._order, paths))
            self._finish()
            if later and not self._stop():
                done = self._files_done
                self._take(intake.words(self._order))
                if self._files_done > done:  # a worker died, and its logs were read again
                    self._finish()
        finally:
            if crew is not None:
                crew.close()

    def _crew(self) -> Crew | None:
        """Start workers where they are worth it."""
        if self._workers is None and self._total < CREW_BYTES:
            return None
        from hansei_sessions.index.crew import Crew, cores, count_for  # most scans need none
        from hansei_sessions.index.worker import Setup

        count = self._workers
        if count is None:
            count = count_for(self._total, least=CREW_BYTES, cores=cores(), beside=not self._aside)
        count = min(count, len(self._listing.due) - (not self._aside))
        if count < 1:
            return None
        named = {one.format.agent for one in self._listing.due}
        formats = {agent: self._formats[agent] for agent in named}
        return Crew(count, Setup(formats, self._roots, self._exclusion, key_in_use()))

    def _order(self, number: int) -> Order:
        """Return what is needed to read a log on from where it ended, or as a whole."""
        due = self._listing.due[number]
        known, marks = None, {}
        if (file := due.file) is not None:
            if issubclass(due.format.reader_of(due.path), SnapshotReader):
                marks = self._database.read(lambda one: writing.load_marks(one, due.path))
            else:
                known = self._database.read(lambda one: writing.load_known(one, file))
        return Order(number, due.path, due.format.agent, due.bytes, known, marks)

    def _take(self, events: Iterator[Event]) -> None:
        """Write what comes, a batch at a time."""
        batch = _Batch(began=time.perf_counter())
        for event in events:
            if isinstance(event, Brought):
                self._brought(event, batch)
            else:
                batch.words += event
            del event  # it can be large, and the next one may be long in coming
            if batch.is_full():
                self._flush(batch)
                batch = _Batch(began=time.perf_counter())
        if batch.files or batch.words:
            self._flush(batch)

    def _brought(self, brought: Brought, batch: _Batch) -> None:
        due = self._listing.due[brought.number]
        batch.files += 1
        batch.expected += due.bytes
        self._stopped |= brought.stopped
        self._dropped += brought.forbidden
        if brought.problem:
            self._problems.append(Problem(due.path, None, brought.problem))
        for outcome in brought.outcomes:
            self._stopped |= not outcome.whole
            self._dropped += outcome.excluded
            self._bytes_read += outcome.bytes_read
            excluded_by = self._fingerprint if outcome.excluded else None
            batch.written.append(
                Written(outcome, due.format, due.root, excluded_by, self._fingerprint)
            )
            batch.bytes += outcome.bytes_read
        self._files_read += bool(brought.outcomes) and not brought.outcomes[0].touched

    def _stop(self) -> bool:
        if not self._stopped and self._should_stop is not None and self._should_stop():
            self._stopped = True
        return self._stopped

    def _flush(self, batch: _Batch) -> None:
        if batch.written or batch.words:

            def write(connection: sqlite3.Connection) -> set[str]:
                heads = writing.write_outcomes(connection, batch.written)
                writing.write_words(connection, batch.words)
                return heads

            self._heads |= self._write(write)
            self._changed = True
        self._files_done += batch.files
        self._bytes_done += batch.expected
        self._later += sum(one.outcome.later for one in batch.written)
        self._worded += len(batch.words)
        if self._progress is not None:
            self._progress(
                ScanProgress(
                    self._files_done,
                    len(self._listing.due),
                    self._bytes_done,
                    self._total,
                    self._worded,
                    self._later,
                )
            )

    def _write(self, work: Callable[[sqlite3.Connection], set[str]]) -> set[str]:
        """Write in one transaction, unless the index was emptied since the scan began."""

        def guarded(connection: sqlite3.Connection) -> set[str]:
            if self._database.generation != self._generation:
                raise _EmptiedError
            return work(connection)

        return self._database.write(guarded)

    def _drop_excluded(self, connection: sqlite3.Connection) -> set[str]:
        """Delete what the index holds of sessions that are excluded now."""
        rows = connection.execute("SELECT file, project, cwd FROM sessions").fetchall()
        heads: set[str] = set()
        for file, project, cwd in rows:
            if self._exclusion.covers_project(project, cwd):
                heads |= writing.head_of(connection, file)
                writing.exclude(connection, file, self._fingerprint)
                self._changed = True
        return heads

    def _finish(self) -> None:
        listing = self._listing
        problems = sorted(set(self._problems), key=_order)

        def finish(connection: sqlite3.Connection) -> set[str]:
            for file in listing.hidden:
                self._heads |= writing.head_of(connection, file)
                self._heads |= writing.forget_members(connection, listing.containers.get(file))
                writing.delete_rows(connection, file)
                connection.execute("DELETE FROM files WHERE id=?", (file,))
            for flag, files in ((1, listing.gone), (0, listing.returned)):
                connection.executemany(
                    "UPDATE files SET gone=? WHERE id=?", [(flag, file) for file in files]
                )
                for file in files:
                    if file in listing.containers:
                        writing.mark_container(connection, listing.containers[file], flag)
            heads = families.mark_duplicates(connection)
            heads |= partial.join_families(connection, self._history)
            families.count_copies_once(
                connection, self._heads | heads, self._history, complete=not self._stopped
            )
            searching.refresh(connection)
            writing.store_problems(connection, problems)
            connection.execute("DELETE FROM roots")
            connection.executemany(
                "INSERT INTO roots (path, agent, state) VALUES (?,?,?)",
                [
                    (os.fsencode(root), agent, state.value)
                    for (root, agent), state in listing.states.items()
                ],
            )
            return set()

        changed = bool(listing.gone or listing.returned or listing.hidden) or self._changed
        if changed or self._database.read(self._is_news):
            self._write(finish)

    def _is_news(self, connection: sqlite3.Connection) -> bool:
        """Tell whether problems or folders differ from those of the last scan."""
        states = {
            (os.fsdecode(path), agent): state
            for path, agent, state in connection.execute("SELECT path, agent, state FROM roots")
        }
        now = {key: state.value for key, state in self._listing.states.items()}
        problems = set(writing.load_problems(connection))
        return states != now or problems != set(self._problems)

    def _history(self, agent: str, path: str, state: bytes) -> History:
        form = self._formats.get(agent)
        if form is None or not state:
            return History()
        reader = form.reader_of(path)
        if issubclass(reader, SnapshotReader):
            return history_of(state)
        try:
            restored = reader.restore(path, state)
        except LogFormatError:
            return History()
        return History(restored.history_ids(), restored.marks())


def _folders(source: Source) -> Iterator[Path]:
    """Yield a source's folder, and those that it names."""
    yield source.root
    yield from source.format.beyond(source.root)


def _sums(connection: sqlite3.Connection) -> tuple[int, ...]:
    sums = connection.execute(
        "SELECT total(parsed), total(skipped), total(malformed), total(pending) FROM files"
    ).fetchone()
    sessions = connection.execute(
        "SELECT count(*) FROM sessions WHERE duplicate_of IS NULL"
    ).fetchone()
    return tuple(int(one) for one in (*sums, *sessions))


def _order(problem: Problem) -> tuple[str, int, str]:
    return problem.path, problem.line or 0, problem.reason


def _exclusion(projects: Collection[str], paths: Collection[str]) -> Exclusion:
    names = frozenset(one.casefold() for one in projects if not Path(one).is_absolute())
    named = [one for one in (*projects, *paths) if Path(one).is_absolute()]
    folders = {os.path.normpath(one) for one in named} | {os.path.realpath(one) for one in named}
    return Exclusion(names, tuple(sorted(folders)))


def _fingerprint(exclusion: Exclusion) -> int:
    names = "\n".join([*sorted(exclusion.projects), "", *exclusion.paths])
    return zlib.crc32(os.fsencode(names))
