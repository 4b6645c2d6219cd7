"""The store on the disk: what it acknowledged survives every crash, and processes share it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hansei_core.errors import StorageError
from hansei_core.store import snapshot
from hansei_core.store.backups import Backup, has_daily
from hansei_core.store.checkpoint import WORTHWHILE_BYTES
from hansei_core.store.codec import decode
from hansei_core.store.engine import Engine
from hansei_core.store.files import REAL, Files, told
from hansei_core.store.load import Notice, Schema
from hansei_core.store.lock import PATIENCE
from hansei_core.store.protocol import Change, Document
from hansei_core.store.undo import bring_back, take_back
from hansei_core.store.work import Work, copies, values

if TYPE_CHECKING:
    from hansei_core.store.queries import StrTable
    from hansei_core.store.recovery import Restored, Scrub

Value = TypeVar("Value")


def open_store(
    folder: Path,
    *,
    now: datetime,
    files: Files = REAL,
    patience: float = PATIENCE,
    schema: Schema | None = None,
) -> JournalStore:
    """Open the store in a folder; a folder that is not there yet is made by the first write.

    Nothing is written, unless the store needs mending (a torn last line, an edited snapshot, an
    older schema) and nobody else is writing.

    Args:
        folder: The data folder.
        now: The time, for the names of backups that mending makes.
        files: The disk; tests bring their own.
        patience: Seconds that a write waits for another process's.
        schema: What to write and the steps to it; tests bring their own.

    Raises:
        StorageError: It is from a newer version, or damaged beyond what backups can tell.
    """
    engine = Engine(folder, now=now, files=files, patience=patience, schema=schema or Schema())
    return JournalStore(engine)


class JournalStore:
    """A `Store` on a snapshot and a journal.

    Threads may share it: transactions of one process run one after another, reads see whole
    transactions only. A store that is damaged can be read as far as it goes (`read_only` says
    why it cannot be written).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---------------------------------------------------------------- reading

    @property
    def folder(self) -> Path:
        """The store's folder, resolved."""
        return self._engine.folder

    @property
    def files(self) -> Files:
        """The disk that it works on."""
        return self._engine.files

    @property
    def seq(self) -> int:
        """Number of the newest transaction seen."""
        self._engine.fresh()
        return self._engine.loaded.state.seq

    @property
    def read_only(self) -> StorageError | None:
        """Why nothing can be written, or None."""
        return self._engine.loaded.damage

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the user should know: torn lines cut, edits taken over, checkpoints that failed."""
        return tuple(self._engine.notices)

    def get(self, table: str, record_id: str) -> Document | None:
        """Return a copy of one record, or None."""
        self._engine.fresh()
        with self._engine.memory:
            encoded = self._engine.loaded.state.tables.get(table, {}).get(record_id)
        return None if encoded is None else decode(encoded)

    def all(self, table: str) -> dict[str, Document]:
        """Return copies of all records of a table, by id in stable order."""
        self._engine.fresh()
        with self._engine.memory:
            records = dict(self._engine.loaded.state.tables.get(table, {}))
        return copies(records)

    def ids(self, table: str) -> tuple[str, ...]:
        """Return the ids of all records of a table, in no order; nothing is decoded."""
        self._engine.fresh()
        with self._engine.memory:
            return tuple(self._engine.loaded.state.tables.get(table, {}))

    def values(
        self, table: str, kind: type[Value], ids: Iterable[str] | None = None
    ) -> dict[str, Value]:
        """Return records of a table as values of a type, by id in stable order.

        Args:
            table: Its name.
            kind: What each record is read as.
            ids: Only these, where they exist; None: all.

        Raises:
            msgspec.ValidationError: One of them is no such value.
        """
        self._engine.fresh()
        with self._engine.memory:
            records = self._engine.loaded.state.tables.get(table, {})
            chosen = (
                records if ids is None else {one: records[one] for one in ids if one in records}
            )
            chosen = dict(chosen)
        return values(chosen, kind)

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that hold records."""
        self._engine.fresh()
        with self._engine.memory:
            return tuple(
                sorted(name for name, rows in self._engine.loaded.state.tables.items() if rows)
            )

    def table(self, name: str) -> StrTable:
        """Return a table for TinyDB's queries; what it finds is the caller's own copy.

        Writing through it is refused: writes belong in a transaction.
        """
        from hansei_core.store.queries import open_table

        return open_table(self.all, name)

    def refresh(self) -> bool:
        """Take in what other processes wrote; True if anything changed.

        Costs two `stat` calls where nothing did. During a transaction of this process it does
        nothing: nobody else can be writing.
        """
        if self._engine.in_transaction:
            return False
        with self._engine.io:
            before = self._engine.view()
            with told("read", self.folder):
                self._engine.catch_up()
            return before != self._engine.view()

    def history(self, limit: int = 50) -> list[Change]:
        """Return the newest transactions, newest first, as far as journals are kept."""
        self._engine.fresh()
        with self._engine.io:
            return self._engine.undo_log().history(limit)

    # ---------------------------------------------------------------- writing

    @contextlib.contextmanager
    def transaction(self, label: str, *, now: datetime, undoable: bool = True) -> Iterator[Work]:
        """Open a transaction: durable when the block ends, nothing at all if it raises.

        Raises:
            StorageError: It could not be made durable; memory equals disk again.
            RuntimeError: This thread is in a transaction already.
        """
        with self._engine.writing(now):
            work = Work(self._engine.loaded.state)
            try:
                yield work
            finally:
                work.close()
            self._engine.commit(work.line(label, now=now, undoable=undoable))

    def undo(self, *, now: datetime, seq: int | None = None) -> Change:
        """Take back the newest transaction that still stands, or the one of that number.

        Raises:
            UsageError: There is nothing to undo, or a record was changed since.
            StorageError: It could not be made durable.
        """
        with self._engine.writing(now):
            log = self._engine.undo_log()
            line = log.to_undo(seq)
            work = Work(self._engine.loaded.state)
            take_back(work, self._engine.loaded.state, line, log.later(line))
            done = work.line(f"undo: {line.label}", now=now, undoes=line.seq)
            return self._engine.commit_always(done, f"undo: {line.label}", now, undoes=line.seq)

    def redo(self, *, now: datetime) -> Change:
        """Bring back what the newest undo took away.

        Raises:
            UsageError: There is nothing to redo, or a record was changed since.
            StorageError: It could not be made durable.
        """
        with self._engine.writing(now):
            undo, line = self._engine.undo_log().to_redo()
            work = Work(self._engine.loaded.state)
            bring_back(work, self._engine.loaded.state, line)
            done = work.line(f"redo: {line.label}", now=now, redoes=undo.seq)
            return self._engine.commit_always(done, f"redo: {line.label}", now, redoes=undo.seq)

    def checkpoint(self, *, now: datetime) -> None:
        """Write the snapshot anew and begin a new journal.

        Raises:
            StorageError: It could not be written; nothing is lost by that.
        """
        path = self.folder / snapshot.NAME
        with self._engine.writing(now), self._engine.io, told("save", path):
            self._engine.write_checkpoint()

    def create_backup(self, *, now: datetime, kind: str = "manual") -> Backup:
        """Write all records as they are now into the backups' folder.

        Raises:
            StorageError: It could not be written.
        """
        from hansei_core.store.recovery import create_backup

        return create_backup(self._engine, now=now, kind=kind)

    def restore(self, backup: Backup | Path, *, now: datetime, dry_run: bool = False) -> Restored:
        """Bring all records to what a backup holds; a backup of the present comes first.

        It is one transaction, so `undo` takes it back as well. Series go on where they are.

        Raises:
            StorageError: The backup is damaged or from a newer version, or nothing can be written.
        """
        from hansei_core.store.recovery import restore

        return restore(self._engine, backup, now=now, dry_run=dry_run)

    def scrub(self, change: Scrub, *, now: datetime) -> int:
        """Alter or remove records everywhere, also in history and backups; undo begins anew.

        Args:
            change: Given table, id and encoded record, returns what to keep instead, or None.
            now: The time.

        Returns:
            How many records of the store itself were altered or removed.

        Raises:
            StorageError: Something could not be written; running it again continues.
        """
        from hansei_core.store.recovery import scrub

        return scrub(self._engine, change, now=now)

    def close(self) -> None:
        """Write a checkpoint if that is worthwhile and nobody else is writing; never fails.

        It is where the journal has grown, and once a day after something was written, so that
        the day's backup is made.
        """
        engine = self._engine
        with contextlib.suppress(StorageError, OSError):
            if not self._worthwhile():
                return
            with engine.writing(engine.now, patience=0.0), engine.io:
                if self._worthwhile():
                    engine.write_checkpoint()

    def _worthwhile(self) -> bool:
        engine = self._engine
        position = engine.loaded.position
        if engine.loaded.damage is not None or position is None:
            return False
        if position.end >= WORTHWHILE_BYTES:
            return True
        return engine.wrote and not has_daily(self.folder, now=engine.now, files=self.files)
