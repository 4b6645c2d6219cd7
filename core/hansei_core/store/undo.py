"""What can be taken back and brought back, worked out from the journal's lines alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hansei_core.errors import UsageError
from hansei_core.store.codec import decode, encode, encode_any
from hansei_core.store.journal import Line, document
from hansei_core.store.protocol import Change
from hansei_core.store.snapshot import State
from hansei_core.store.work import Work
from hansei_core.tables import LEARNED

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

    def later(self, line: Line) -> list[Line]:
        """Return the changes that were made after one that stands, and stand as well."""
        return [self._lines[seq] for seq in self._standing[self._standing.index(line.seq) + 1 :]]

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


def take_back(work: Work, state: State, line: Line, later: Iterable[Line]) -> None:
    """Write the records as they were before a transaction.

    Args:
        work: Where they are written.
        state: All records as they are.
        line: The transaction.
        later: The user's changes since that stand.

    Raises:
        UsageError: One of them was changed since, and both versions are shown; or what the
            transaction had made is named by a later change.
    """
    failing = f'undo "{line.label}"'
    for table, record_id, before, after in reversed(line.ops):
        step = _Step(table, record_id, document(after), document(before))
        work.put_encoded(table, record_id, _taken(state, step, failing=failing))
    made = {record_id for _, record_id, before, _ in line.ops if document(before) is None}
    mine = {(table, record_id) for table, record_id, _, _ in line.ops}
    for change in later:
        for table, record_id, _, _ in change.ops:
            hint = f"undo “{change.label}” first"
            if (table, record_id) in mine:
                raise UsageError(f"cannot {failing}: {record_id} was changed since", hint)
            found = bytes(state.tables.get(table, {}).get(record_id) or b"")
            for name in made:
                if encode_any(name) in found:
                    raise UsageError(f"cannot {failing}: {record_id} names {name} since", hint)


def bring_back(work: Work, state: State, line: Line) -> None:
    """Write the records as they were after a transaction.

    Raises:
        UsageError: One of them was changed since; both versions are shown.
    """
    for table, record_id, before, after in line.ops:
        step = _Step(table, record_id, document(before), document(after))
        work.put_encoded(table, record_id, _taken(state, step, failing=f'redo "{line.label}"'))


@dataclass(frozen=True, slots=True)
class _Step:
    """One record that is to go from how it should be found to how it should be."""

    table: str
    record_id: str
    due: bytes | None
    wanted: bytes | None


def _taken(state: State, step: _Step, *, failing: str) -> bytes | None:
    """Return the record as it is to be; what hansei learned since stays in it.

    Raises:
        UsageError: It was changed since.
    """
    found = state.tables.get(step.table, {}).get(step.record_id)
    found = None if found is None else bytes(found)
    if found == step.due:
        return step.wanted
    learned = LEARNED.get(step.table, frozenset())
    if learned and found is not None and step.due is not None:
        then, now = decode(step.due), decode(found)
        if _without(then, learned) == _without(now, learned):
            if step.wanted is None:
                return None
            wanted = decode(step.wanted)
            kept = {name for name in learned & now.keys() if then.get(name) == wanted.get(name)}
            return encode({**wanted, **{name: now[name] for name in kept}})
    then_, now_ = differing(step.due, found)
    raise UsageError(
        f"cannot {failing}: {step.record_id} was changed since; then {then_}, now {now_}",
        f"change {step.record_id} by hand, or undo the later change first",
    )


def _without(record: dict[str, object], names: frozenset[str]) -> dict[str, object]:
    return {name: value for name, value in record.items() if name not in names}


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
