"""A store without a disk: the same transactions, undo and history, for tests."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from hansei_core.store.codec import decode
from hansei_core.store.journal import Line
from hansei_core.store.migrations import SCHEMA
from hansei_core.store.protocol import Change, Document
from hansei_core.store.snapshot import State
from hansei_core.store.undo import UndoLog, bring_back, take_back
from hansei_core.store.work import Work, apply, copies, values

if TYPE_CHECKING:
    from hansei_core.store.queries import StrTable

Value = TypeVar("Value")


class MemoryStore:
    """A `Store` in memory."""

    def __init__(self) -> None:
        self._state = State(SCHEMA)
        self._log = UndoLog()
        self._writer = threading.RLock()
        self._in_transaction = False

    @property
    def seq(self) -> int:
        """Number of the newest transaction."""
        return self._state.seq

    def get(self, table: str, record_id: str) -> Document | None:
        """Return a copy of one record, or None."""
        encoded = self._state.tables.get(table, {}).get(record_id)
        return None if encoded is None else decode(encoded)

    def all(self, table: str) -> dict[str, Document]:
        """Return copies of all records of a table, by id in stable order."""
        return copies(dict(self._state.tables.get(table, {})))

    def values(self, table: str, kind: type[Value]) -> dict[str, Value]:
        """Return all records of a table as values of a type, by id in stable order.

        Raises:
            msgspec.ValidationError: One of them is no such value.
        """
        return values(dict(self._state.tables.get(table, {})), kind)

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that hold records."""
        return tuple(sorted(name for name, rows in self._state.tables.items() if rows))

    def table(self, name: str) -> StrTable:
        """Return a table for TinyDB's queries; what it finds is the caller's own copy."""
        from hansei_core.store.queries import open_table

        return open_table(self.all, name)

    def refresh(self) -> bool:
        """Return False: nobody else can write here."""
        return False

    @contextlib.contextmanager
    def transaction(self, label: str, *, now: datetime, undoable: bool = True) -> Iterator[Work]:
        """Open a transaction: kept when the block ends, nothing at all if it raises.

        Raises:
            RuntimeError: This thread is in a transaction already.
        """
        with self._writing():
            work = Work(self._state)
            try:
                yield work
            finally:
                work.close()
            self._commit(work.line(label, now=now, undoable=undoable))

    def undo(self, *, now: datetime, seq: int | None = None) -> Change:
        """Take back the newest transaction that still stands, or the one of that number.

        Raises:
            UsageError: There is nothing to undo, or a record was changed since.
        """
        with self._writing():
            line = self._log.to_undo(seq)
            work = Work(self._state)
            take_back(work, self._state, line, self._log.later(line))
            label = f"undo: {line.label}"
            done = work.line(label, now=now, undoes=line.seq)
            return self._commit(done or self._empty(label, now, undoes=line.seq))

    def redo(self, *, now: datetime) -> Change:
        """Bring back what the newest undo took away.

        Raises:
            UsageError: There is nothing to redo, or a record was changed since.
        """
        with self._writing():
            undo, line = self._log.to_redo()
            work = Work(self._state)
            bring_back(work, self._state, line)
            label = f"redo: {line.label}"
            done = work.line(label, now=now, redoes=undo.seq)
            return self._commit(done or self._empty(label, now, redoes=undo.seq))

    def history(self, limit: int = 50) -> list[Change]:
        """Return the newest transactions, newest first."""
        return self._log.history(limit)

    def close(self) -> None:
        """Do nothing: there are no files."""

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._writer:
            if self._in_transaction:
                raise RuntimeError("a transaction inside a transaction")
            self._in_transaction = True
            try:
                yield
            finally:
                self._in_transaction = False

    def _commit(self, line: Line | None) -> Change:
        if line is None:
            return Change(self._state.seq, datetime.min, "", ())  # noqa: DTZ901  # nobody sees it
        apply(self._state, line)
        self._log.add(line)
        return line.change()

    def _empty(
        self, label: str, now: datetime, *, undoes: int | None = None, redoes: int | None = None
    ) -> Line:
        seq = self._state.seq + 1
        return Line(seq, now.isoformat(), label, [], undoes=undoes, redoes=redoes)
