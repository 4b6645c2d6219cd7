"""The machinery below the store: reading what others wrote, committing, mending, checkpoints."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from hansei_core.errors import StorageError
from hansei_core.store import checkpoint, journal, snapshot
from hansei_core.store.checkpoint import begin_journal, cut_torn, keep_edited
from hansei_core.store.files import (
    FILE_MODE,
    FOLDER_MODE,
    Files,
    explain,
    told,
    write_all,
)
from hansei_core.store.journal import Line
from hansei_core.store.load import (
    Loaded,
    Notice,
    Position,
    Schema,
    Stamp,
    kept_lines,
    load,
    moved,
    position_of,
    stamp_of,
)
from hansei_core.store.lock import locked
from hansei_core.store.protocol import Change
from hansei_core.store.undo import UndoLog
from hansei_core.store.work import apply


class Engine:
    """One process's view of a store's folder, and the only writer to it.

    Locks are taken in this order: `writer` (one transaction at a time), the kernel's lock among
    processes, `io` (files and memory move together), `memory` (readers see whole transactions).
    """

    def __init__(
        self, folder: Path, *, now: datetime, files: Files, patience: float, schema: Schema
    ) -> None:
        self.folder = folder.resolve()
        self.files = files
        self._patience = patience
        self.schema = schema
        self.now = now
        self.writer = threading.RLock()  # one transaction at a time; then _io; then _memory
        self.io = threading.RLock()
        self.memory = threading.Lock()
        self.in_transaction = False
        self._stale = False
        self._private = False
        self.wrote = False
        self._log: UndoLog | None = None
        self._checkpoint_at = checkpoint.CHECKPOINT_BYTES
        self.notices: list[Notice] = []
        self.loaded = load(files, self.folder, schema)
        self.notices += self.loaded.notices
        if self.loaded.unsettled:
            self.settle_at_open()

    def fresh(self) -> None:
        """Read everything again where the last write's outcome is in doubt."""
        if self._stale:
            with self.io:
                if self._stale:
                    self.reload()

    def reload(self) -> None:
        """Read everything from the disk again."""
        self._stale = True
        loaded = load(self.files, self.folder, self.schema)
        known = {notice.text for notice in self.notices}
        self.notices += [found for found in loaded.notices if found.text not in known]
        self._adopt(loaded)

    def _adopt(self, loaded: Loaded) -> None:
        with self.memory:
            self.loaded = loaded
        self._log = None
        self._stale = False

    def view(self) -> tuple[int, bool, Stamp | None]:
        """Return what changes whenever the records do."""
        loaded = self.loaded
        return loaded.state.seq, loaded.damage is None, loaded.stamp if loaded.edited else None

    def undo_reset(self) -> None:
        """Forget what is known of the journals: they are about to change."""
        self._log = None

    def undo_log(self) -> UndoLog:
        """Return the kept transactions with both stacks, read on first use."""
        if self._log is None:
            with told("read", self.folder / journal.OLD):
                lines = kept_lines(self.files, self.folder, self.schema.number)
            self._log = UndoLog(lines)
        return self._log

    @contextlib.contextmanager
    def writing(self, now: datetime, *, patience: float | None = None) -> Iterator[None]:
        """Hold the lock with everything read that others wrote, and everything mended.

        Args:
            now: Aware; the time of what is written.
            patience: Seconds to wait for another process; None takes the engine's own.

        Raises:
            StorageError: The store is damaged, cannot be written, or another process holds it.
            RuntimeError: This thread is inside a transaction already.
        """
        with self.writer:
            if self.in_transaction:
                raise RuntimeError("a transaction inside a transaction")
            if self.loaded.damage is not None:
                self._check_damage()
            self.now = now
            self._make_folder()
            wait = self._patience if patience is None else patience
            with locked(self.files, self.folder, now=now, patience=wait):
                with self.io, told("save", self.folder):
                    self.catch_up()
                    self._settle()
                self.in_transaction = True
                try:
                    yield
                finally:
                    self.in_transaction = False

    def _check_damage(self) -> None:
        """Refuse to write a damaged store, unless it was repaired meanwhile."""
        with self.io:
            self.reload()
        if self.loaded.damage is not None:
            raise self.loaded.damage

    def _make_folder(self) -> None:
        with told("create", self.folder):
            if self.files.stat(self.folder) is None:
                self.files.make_folder(self.folder)
                self.files.sync_folder(self.folder.parent)

    def catch_up(self) -> None:
        """Bring memory to what is on the disk; most often that is the journal's new end."""
        position = self.loaded.position
        path = self.folder / journal.NAME
        stamp = stamp_of(self.files, path)
        same = stamp_of(self.files, self.folder / snapshot.NAME) == self.loaded.stamp
        if self._stale or not same or (position is None) != (stamp is None):
            self.reload()
            return
        if position is None or stamp is None:
            return
        if stamp == position.stamp and not self.loaded.damage:
            return
        if stamp[:2] != position.stamp[:2] or stamp[2] < position.end or self.loaded.damage:
            self.reload()
            return
        self._read_tail(path, position, stamp)

    def _read_tail(self, path: Path, position: Position, stamp: Stamp) -> None:
        try:
            chunk = self.files.read_from(path, position.last)
        except OSError as error:
            raise explain(error, "read", path) from error
        if not chunk.startswith(position.last_line):
            self.reload()
            return
        parsed = journal.parse_tail(chunk, len(position.last_line), position.seq)
        if parsed.damage:
            self.reload()
            return
        with self.memory:
            for line in parsed.lines:
                apply(self.loaded.state, line)
            self.loaded.position = moved(position, parsed, chunk, stamp)
            self.loaded.torn = parsed.torn
        if self._log is not None:
            for line in parsed.lines:
                self._log.add(line)

    def settle_at_open(self) -> None:
        """Mend what is to mend, if nobody else is writing."""
        try:
            with self.writing(self.now, patience=0.0):
                pass
        except StorageError as error:
            if self.loaded.migrated_from is not None or self.loaded.edited:
                self.notices.append(Notice("warning", f"{error.message}; open for reading only"))

    def _settle(self) -> None:
        """Put right what only the lock's holder may: cut, migrate, take over, begin a journal."""
        loaded = self.loaded
        if loaded.damage is not None:
            raise loaded.damage
        try:
            self._tighten()
            if loaded.torn and loaded.position is not None:
                kept = cut_torn(self.files, self.folder, loaded.position, loaded.torn, self.now)
                self.notices.append(
                    Notice(
                        "warning",
                        f"the last write was not finished and never acknowledged; its"
                        f" {len(loaded.torn)} bytes were cut off and kept as {kept}",
                    )
                )
                self.reload()
                loaded = self.loaded
            if loaded.edited or loaded.missing or loaded.migrated_from is not None:
                self._take_over(loaded)
            elif loaded.position is None or loaded.position.seq != loaded.state.seq:
                if loaded.stamp is None:
                    self.write_checkpoint()
                else:
                    begin_journal(self.files, self.folder, loaded.state)
                    self._rejoin()
        except BaseException:
            self._stale = True
            raise

    def _tighten(self) -> None:
        """Make the store its owner's alone, once a process; whatever the umask was."""
        if self._private or os.name == "nt":
            return
        for path, mode in (
            (self.folder, FOLDER_MODE),
            (self.folder / snapshot.NAME, FILE_MODE),
            (self.folder / journal.NAME, FILE_MODE),
        ):
            found = self.files.stat(path)
            if found is not None and stat.S_IMODE(found.st_mode) & 0o077:
                self.files.chmod(path, mode)
                self.loaded.stamp = stamp_of(self.files, self.folder / snapshot.NAME)
                self.notices.append(Notice("info", f"{path} was open to others; no longer"))
        self._private = True

    def _take_over(self, loaded: Loaded) -> None:
        """Make an edited, migrated or replayed state the snapshot; others see a new number."""
        kept = keep_edited(self.files, self.folder, loaded, self.now)
        edited, migrated_from = loaded.edited, loaded.migrated_from
        self.undo_reset()
        loaded.state.seq += 1
        self.write_checkpoint(keep=not edited)
        if edited:
            text = f"{snapshot.NAME} was edited by hand; it was taken over, a copy is {kept}"
            self.notices.append(Notice("warning", text))
        if migrated_from is not None:
            text = (
                f"the store was brought from schema {migrated_from} to {self.schema.number};"
                f" a copy from before is {kept}"
            )
            self.notices.append(Notice("info", text))

    def commit_always(
        self,
        line: Line | None,
        label: str,
        now: datetime,
        *,
        undoes: int | None = None,
        redoes: int | None = None,
    ) -> Change:
        """Write an undo or redo even where it changes no record: the stacks must move."""
        if line is None:
            line = Line(
                seq=self.loaded.state.seq + 1,
                at=now.isoformat(),
                label=label,
                ops=[],
                undoes=undoes,
                redoes=redoes,
            )
        self.commit(line)
        return line.change()

    def commit(self, line: Line | None) -> None:
        """Make a line durable; memory follows. None is nothing to do.

        Raises:
            StorageError: It is not on the disk for certain; the message says what is true.
        """
        if line is None:
            return
        with self.io:
            try:
                self._append(line)
            except BaseException as error:
                self._stale = True
                doubt = self._outcome(line)
                if isinstance(error, OSError):
                    found = explain(error, "save", self.folder / journal.NAME)
                    raise StorageError(f"{found.message}; {doubt}", found.hint) from error
                raise
            position = self.loaded.position
            if position is not None and position.end >= self._checkpoint_at:
                self._try_checkpoint()

    def _append(self, line: Line) -> None:
        """Write one line and see it onto the disk; memory follows only then."""
        position = self.loaded.position
        if position is None:
            raise RuntimeError("the journal has not been begun")
        path = self.folder / journal.NAME
        data = journal.encode_line(line)
        start = position.end
        if not position.last_line.endswith(b"\n"):
            data = b"\n" + data
        descriptor = self.files.open_append(path)
        try:
            try:
                write_all(self.files, descriptor, data, start)
                self.files.fsync(descriptor)
            except BaseException:
                # A failed fsync is never repeated and called good: the line goes.
                with contextlib.suppress(OSError):
                    self.files.truncate(descriptor, position.end)
                    self.files.fsync(descriptor)
                raise
        finally:
            with contextlib.suppress(OSError):
                self.files.close(descriptor)
        self.wrote = True
        text = data.removeprefix(b"\n")
        end = start + len(data)
        stamp = position.stamp
        with contextlib.suppress(OSError):  # the line is safe; the next look reads its end again
            stamp = stamp_of(self.files, path) or stamp
        with self.memory:
            apply(self.loaded.state, line)
            self.loaded.position = replace(
                position,
                stamp=stamp,
                end=end,
                last=end - len(text),
                last_line=text,
                seq=line.seq,
            )
        if self._log is not None:
            self._log.add(line)

    def _outcome(self, line: Line) -> str:
        """Read everything again after a failure; tell what is true."""
        try:
            self.reload()
        except (StorageError, OSError):
            return "whether it is there is not known until the folder can be read again"
        if self.loaded.state.seq >= line.seq:
            return "it stands in the journal all the same, but the disk did not confirm it"
        return "nothing was changed"

    def _try_checkpoint(self) -> None:
        """Write a checkpoint after a commit; its failure is not the commit's."""
        try:
            self.write_checkpoint()
        except (OSError, StorageError) as error:
            position = self.loaded.position
            self._checkpoint_at = (position.end if position else 0) + checkpoint.CHECKPOINT_BYTES
            path = self.folder / snapshot.NAME
            found = explain(error, "write", path) if isinstance(error, OSError) else error
            self.notices.append(
                Notice("warning", f"{found.message}; nothing is lost, it is tried again later")
            )

    def write_checkpoint(self, *, keep: bool = True) -> None:
        """Write snapshot and new journal; the lock is held.

        An edited snapshot does not `keep` its place among the backups: its checksum is another's.
        """
        self._stale = True
        state, position = self.loaded.state, self.loaded.position
        replaced = position.header.base if position else state.seq
        checkpoint.write_checkpoint(
            self.files, self.folder, state, replaced=replaced, now=self.now, keep=keep
        )
        self._checkpoint_at = checkpoint.CHECKPOINT_BYTES
        self._rejoin()

    def _rejoin(self) -> None:
        """Take in the new files after this process has written what memory holds."""
        path = self.folder / journal.NAME
        stamp = stamp_of(self.files, path)
        data = self.files.read(path)
        found = position_of(journal.parse(data), data, stamp)
        if found is None or found.seq != self.loaded.state.seq:
            self.reload()
            return
        with self.memory:
            self.loaded = Loaded(
                self.loaded.state,
                position=found,
                stamp=stamp_of(self.files, self.folder / snapshot.NAME),
            )
        self._stale = False
