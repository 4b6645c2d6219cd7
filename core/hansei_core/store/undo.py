"""What can be taken back and brought back, worked out from the journal's lines alone."""

from __future__ import annotations

from collections.abc import Iterable

from hansei_core.errors import UsageError
from hansei_core.store.codec import decode
from hansei_core.store.journal import Line, document
from hansei_core.store.protocol import Change
from hansei_core.store.snapshot import State
from hansei_core.store.work import Work

_SHOWN = 160


class UndoLog:
    """The kept transactions in order, with a stack of what stands and one of what was undone.

    A new undoable write clears the redo stack; bookkeeping is on neither.
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines: dict[int, Line] = {}
        self._standing: list[int] = []
        self._undone: list[int] = []
        self._taken_back: set[int] = set()
        for line in lines:
            self.add(line)

    def add(self, line: Line) -> None:
        """Take in one transaction; one that is known already changes nothing."""
        if line.seq in self._lines:
            return
        self._lines[line.seq] = line
        if line.undoes is not None:
            self._taken_back.add(line.undoes)
            if line.undoes in self._standing:
                self._standing.remove(line.undoes)
            self._undone.append(line.seq)
        elif line.redoes is not None:
            self._taken_back.add(line.redoes)
            if line.redoes in self._undone:
                self._undone.remove(line.redoes)
            origin = self._lines.get(line.redoes)
            if origin is not None and origin.undoes is not None:
                self._taken_back.discard(origin.undoes)
                self._standing.append(origin.undoes)
        elif line.undoable:
            self._standing.append(line.seq)
            self._undone.clear()

    def history(self, limit: int) -> list[Change]:
        """Return the newest transactions, newest first."""
        newest = list(self._lines.values())[::-1][: max(limit, 0)]
        return [line.change(undone=line.seq in self._taken_back) for line in newest]

    def to_undo(self, seq: int | None) -> Line:
        """Return the transaction that an undo takes back.

        Raises:
            UsageError: There is none, or the named one does not stand.
        """
        if seq is not None:
            if seq not in self._standing:
                raise UsageError(f"change {seq} cannot be undone", "`hansei history` lists them")
            return self._lines[seq]
        if not self._standing:
            raise UsageError("there is nothing to undo", "`hansei history` lists what was done")
        return self._lines[self._standing[-1]]

    def to_redo(self) -> tuple[Line, Line]:
        """Return the undo that a redo takes back, and the transaction that it had undone.

        Raises:
            UsageError: There is none.
        """
        if not self._undone:
            raise UsageError(
                "there is nothing to redo",
                "redo brings back what undo took away, until something new is written",
            )
        undo = self._lines[self._undone[-1]]
        origin = self._lines.get(undo.undoes or 0)
        if origin is None:
            raise UsageError("what was undone is too long ago to be brought back")
        return undo, origin


def take_back(work: Work, state: State, line: Line) -> None:
    """Write the records as they were before a transaction.

    Raises:
        UsageError: One of them was changed since; both versions are shown.
    """
    for table, record_id, before, after in reversed(line.ops):
        _expect(state, table, record_id, document(after), failing=f'undo "{line.label}"')
        work.put_encoded(table, record_id, document(before))


def bring_back(work: Work, state: State, line: Line) -> None:
    """Write the records as they were after a transaction.

    Raises:
        UsageError: One of them was changed since; both versions are shown.
    """
    for table, record_id, before, after in line.ops:
        _expect(state, table, record_id, document(before), failing=f'redo "{line.label}"')
        work.put_encoded(table, record_id, document(after))


def _expect(state: State, table: str, record_id: str, due: bytes | None, *, failing: str) -> None:
    found = state.tables.get(table, {}).get(record_id)
    found = None if found is None else bytes(found)
    if found == due:
        return
    then, now = differing(due, found)
    raise UsageError(
        f"cannot {failing}: {record_id} was changed since; then {then}, now {now}",
        f"change {record_id} by hand, or undo the later change first",
    )


def differing(old: bytes | None, new: bytes | None) -> tuple[str, str]:
    """Return both versions of a record as short text: only the fields that differ."""
    if old is None or new is None:
        return _whole(old), _whole(new)
    then, now = decode(old), decode(new)
    fields = [key for key in {**then, **now} if then.get(key) != now.get(key)]
    return _fields(then, fields), _fields(now, fields)


def _whole(encoded: bytes | None) -> str:
    if encoded is None:
        return "not there"
    record = decode(encoded)
    return _fields(record, list(record))


def _fields(record: dict[str, object], names: list[str]) -> str:
    text = ", ".join(f"{name} {record.get(name)!r}" for name in names)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
