"""Reading a store's folder: snapshot, then journal; what fits, what is damaged, what to mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from hansei_core.errors import StorageError
from hansei_core.store import journal, snapshot
from hansei_core.store.files import Files, explain, refuse_link, told
from hansei_core.store.journal import Header, Line
from hansei_core.store.migrations import SCHEMA, STEPS, Step, migrate
from hansei_core.store.snapshot import State
from hansei_core.store.work import apply
from hansei_sessions.value import Value

BACKUPS: Final = "backups"
QUARANTINE: Final = "quarantine"
_ATTEMPTS: Final = 5
Stamp = tuple[int, int, int, int]


class Schema(Value, frozen=True):
    """Which schema is written, and the steps to it; tests bring their own."""

    number: int = SCHEMA
    steps: Mapping[int, Step] = STEPS


class Notice(Value, frozen=True):
    """Something the user should know of the store; it is not in the way of using it."""

    level: Literal["info", "warning"]
    text: str


class Position(Value, frozen=True):
    """How far the journal has been read."""

    stamp: Stamp
    """Device, inode, size and change time of the file when it was read."""
    end: int
    """Offset behind the last good line."""
    last: int
    """Offset of the last good line."""
    last_line: bytes
    """That line: if it is no longer there, the journal was cut or exchanged."""
    seq: int
    """The last good line's transaction."""
    header: Header


@dataclass(slots=True)
class Loaded:
    """A store as it lies on the disk."""

    state: State
    position: Position | None = None
    """None where there is no journal yet."""
    stamp: Stamp | None = None
    """Of the snapshot; None where there is none yet."""
    torn: bytes = b""
    """Unacknowledged bytes at the journal's end, to be cut by the next writer."""
    edited: bool = False
    """Somebody edited the snapshot, and it is well formed."""
    migrated_from: int | None = None
    missing: bool = False
    """There is no snapshot, and the journal holds everything."""
    notices: list[Notice] = field(default_factory=list)
    damage: StorageError | None = None
    """Why nothing may be written; the state is what could be recovered."""

    @property
    def unsettled(self) -> bool:
        """Whether a writer should put something right at the next opportunity."""
        return bool(
            self.torn or self.edited or self.missing or self.migrated_from is not None
        ) and (self.damage is None)


def stamp_of(files: Files, path: Path) -> Stamp | None:
    """Return what identifies a version of a file, or None where there is none."""
    found = files.stat(path)
    if found is None:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def newer(folder: Path, schema: int, known: int) -> StorageError:
    """Return the refusal of a store that a newer version wrote."""
    return StorageError(
        f"the store in {folder} has schema {schema}; this hansei knows schemas up to {known}",
        "install the newer version of hansei again; nothing was changed",
    )


def damaged(path: Path, what: str, more: str = "") -> StorageError:
    """Return the diagnosis of a damaged file: where and what, and the way out."""
    return StorageError(
        f"{path} is damaged: {what}{more}",
        "nothing was changed and nothing can be written; `hansei doctor` shows what can be saved,"
        " `hansei doctor --fix` repairs after a backup, `hansei restore` names the newest backup",
    )


def read_file(files: Files, path: Path) -> bytes | None:
    """Return a file's bytes, or None where there is none.

    Raises:
        StorageError: It cannot be read, or is no regular file.
    """
    try:
        refuse_link(files, path)
        return files.read(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise explain(error, "read", path) from error


def load(files: Files, folder: Path, schema: Schema) -> Loaded:
    """Return the store in a folder; without a lock, so a checkpoint may run meanwhile.

    A checkpoint replaces first the snapshot and then the journal. A journal that begins behind
    the snapshot therefore means that one ran in between, and both are read again.

    Raises:
        StorageError: It is from a newer version, or cannot be read at all.
    """
    with told("read", folder):
        found = _load_once(files, folder, schema)
        for _ in range(_ATTEMPTS):
            if isinstance(found, Loaded):
                return found
            found = _load_once(files, folder, schema)
        return found if isinstance(found, Loaded) else _rescued(files, folder, schema, found)


def _load_once(files: Files, folder: Path, schema: Schema) -> Loaded | StorageError:
    """Return the store, or what is wrong if snapshot and journal do not join."""
    path = folder / snapshot.NAME
    stamp = stamp_of(files, path)
    data = read_file(files, path)
    found = snapshot.Read() if data is None else snapshot.parse(data)
    named = found.state.schema if found.state else snapshot.schema_of(data or b"")
    if named is not None and named > schema.number:
        raise newer(folder, named, schema.number)
    log_path = folder / journal.NAME
    log_stamp = stamp_of(files, log_path)
    log_data = read_file(files, log_path)
    log = None if log_data is None else journal.parse(log_data)
    if log is not None and log.header is not None and log.header.schema > schema.number:
        raise newer(folder, log.header.schema, schema.number)
    if found.damage:
        what = damaged(path, found.damage)
        return _rescued(files, folder, schema, what)
    loaded = Loaded(found.state or State(schema.number), stamp=stamp, edited=found.edited)
    if log is None or log_data is None:
        _without_journal(files, folder, loaded, schema)
        return loaded
    if log.header is None:
        loaded.damage = damaged(log_path, log.damage)
        return loaded
    if found.state is None:
        if log.header.base > 0:
            return StorageError(f"{path} is missing, and the journal begins later", _OFFER)
        loaded.state = State(log.header.schema)
        loaded.missing = True
        loaded.notices.append(
            Notice("warning", f"{path} was missing; all changes were read from the journal")
        )
    if log.header.base > loaded.state.seq:
        return damaged(
            path,
            f"it ends at change {loaded.state.seq}, but the journal begins after change"
            f" {log.header.base}: an older copy was put in its place",
        )
    _replay(loaded, log)
    loaded.position = position_of(log, log_data, log_stamp)
    loaded.torn = log.torn
    if log.damage:
        loaded.damage = damaged(
            log_path, log.damage, f"; what is shown is the store as of change {loaded.state.seq}"
        )
    _bring_up(loaded, schema)
    return loaded


_OFFER: Final = "`hansei doctor` shows what can be saved, `hansei restore` names the newest backup"


def _without_journal(files: Files, folder: Path, loaded: Loaded, schema: Schema) -> None:
    if loaded.stamp is None:
        kept = [*files.names(folder / BACKUPS), *files.names(folder / journal.OLD)]
        if kept:
            what = StorageError(
                f"{folder} holds backups or old journals, but neither {snapshot.NAME} nor"
                f" {journal.NAME}",
                _OFFER,
            )
            rescued = _rescued(files, folder, schema, what)
            loaded.state, loaded.damage = rescued.state, rescued.damage
        return
    if loaded.state.seq > 0 and not loaded.edited:
        loaded.notices.append(
            Notice(
                "warning",
                f"{folder / journal.NAME} is missing: the store is as of change"
                f" {loaded.state.seq}; what was written later, if anything, is not here",
            )
        )
    _bring_up(loaded, schema)


def _replay(loaded: Loaded, log: journal.Parsed) -> None:
    """Bring the snapshot forward by the journal's lines.

    An edited snapshot's own number is not believed: from the journal's beginning on, every
    record ends up as its last line says, however new the snapshot is.
    """
    header, state = log.header, loaded.state
    if header is None:
        return
    if loaded.edited:
        state.seq, state.changes = header.base, header.changes
    for name, number in header.series.items():
        state.series[name] = max(number, state.series.get(name, 0))
    for line in log.lines:
        if line.seq > state.seq:
            apply(state, line)


def position_of(log: journal.Parsed, data: bytes, stamp: Stamp | None) -> Position | None:
    """Return how far a journal has been read, or None where it has no head."""
    if log.header is None or stamp is None:
        return None
    return Position(
        stamp=stamp,
        end=log.end,
        last=log.last,
        last_line=data[log.last : log.end],
        seq=log.lines[-1].seq if log.lines else log.header.base,
        header=log.header,
    )


def _bring_up(loaded: Loaded, schema: Schema) -> None:
    if loaded.state.schema < schema.number:
        loaded.migrated_from = loaded.state.schema
        loaded.state = migrate(loaded.state, to=schema.number, steps=schema.steps)


def _rescued(files: Files, folder: Path, schema: Schema, what: StorageError) -> Loaded:
    """Return what backups and journals still tell, read-only; raise where that is nothing."""
    from hansei_core.store.rescue import rescue

    found = rescue(files, folder, schema)
    if found is None:
        raise what
    reached = f"shown is the store as of change {found.state.seq}, from {found.source}"
    return Loaded(
        found.state,
        damage=StorageError(f"{what.message}; {reached}", what.hint),
    )


def generations(files: Files, folder: Path) -> list[Path]:
    """Return the kept journals before the present one, oldest first."""
    old = folder / journal.OLD
    return [old / name for name in files.names(old) if name.endswith(".jsonl")]


def kept_lines(files: Files, folder: Path, schema: int) -> list[Line]:
    """Return the transactions of all kept journals of this schema, in order of their numbers."""
    lines: dict[int, Line] = {}
    for path in [*generations(files, folder), folder / journal.NAME]:
        try:
            parsed = journal.parse(files.read(path))
        except OSError:  # pruned by another process meanwhile, or unreadable: history is shorter
            continue
        if parsed.header is not None and parsed.header.schema == schema:
            lines.update((line.seq, line) for line in parsed.lines)
    return [lines[seq] for seq in sorted(lines)]


def moved(position: Position, parsed: journal.Parsed, chunk: bytes, stamp: Stamp) -> Position:
    """Return the position after a journal's new end was read from `position.last` on."""
    seq = parsed.lines[-1].seq if parsed.lines else position.seq
    return replace(
        position,
        stamp=stamp,
        end=position.last + parsed.end,
        last=position.last + parsed.last,
        last_line=chunk[parsed.last : parsed.end],
        seq=seq,
    )
