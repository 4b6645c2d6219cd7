"""Backups: whole snapshots in a folder beside the store, named by time, kind and number."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hansei_core.errors import NotFoundError, StorageError
from hansei_core.store import snapshot
from hansei_core.store.files import REAL, Files, explain, write_whole
from hansei_core.store.snapshot import State
from hansei_sessions.value import Value

FOLDER: Final = "backups"
KEPT: Final = {"auto": 5, "daily": 7, "monthly": 12, "manual": 20}
KEPT_OTHERS: Final = 10
"""Backups before a restore, a repair, a migration, and of edited snapshots: each kind."""

_NAME = re.compile(
    r"(?P<at>\d{8}T\d{6}Z)-(?P<kind>[a-z][a-z0-9-]*?)-(?P<seq>\d{1,12})(?:-\d+)?\.json(?P<gz>\.gz)?"
)
_LEVEL: Final = 1  # 6 MB in 40 ms; a higher level saves little on such text


class Backup(Value, frozen=True):
    """One backup, as its name and size tell it; only reading it shows whether it is good."""

    path: Path
    at: datetime
    kind: str
    """`auto` (a replaced snapshot), `daily`, `monthly`, `manual`, `before-restore`, …"""
    seq: int
    """The transaction it was made after."""
    size: int
    """Bytes on the disk."""

    @property
    def name(self) -> str:
        """What the user types to name it."""
        return self.path.name


def list_backups(folder: Path, *, files: Files = REAL) -> list[Backup]:
    """Return a store's backups, newest first by what they hold, not by the clock."""
    found = []
    for name in files.names(folder / FOLDER):
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        path = folder / FOLDER / name
        stat = files.stat(path)
        at = datetime.strptime(match["at"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        size = 0 if stat is None else stat.st_size
        found.append(Backup(path, at, match["kind"], int(match["seq"]), size))
    return sorted(found, key=lambda backup: (backup.seq, backup.at, backup.name), reverse=True)


def read_backup(backup: Backup, *, files: Files = REAL) -> State:
    """Return the records in a backup.

    Raises:
        StorageError: It cannot be read, or its checksum does not fit.
    """
    return read_snapshot(backup.path, files=files)


def read_snapshot(path: Path, *, files: Files = REAL) -> State:
    """Return the records in a snapshot or backup, compressed or not.

    Raises:
        StorageError: It cannot be read, or its checksum does not fit.
    """
    try:
        data = files.read(path)
        if path.suffix == ".gz":
            import gzip
            import zlib

            try:
                data = gzip.decompress(data)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise StorageError(f"the backup {path} is damaged: {error}") from error
    except OSError as error:
        raise explain(error, "read", path) from error
    found = snapshot.parse(data)
    if found.state is None:
        raise StorageError(f"the backup {path} is damaged: {found.damage}")
    if found.edited and path.parent.name == FOLDER and "-edited-" not in path.name:
        raise StorageError(f"the backup {path} is damaged: its checksum does not fit")
    return found.state


def find_backup(folder: Path, name: str, *, files: Files = REAL) -> Backup:
    """Return the backup of that name (or unique part of one), or the newest for "".

    Raises:
        NotFoundError: There is none, or more than one fits.
    """
    known = list_backups(folder, files=files)
    hint = "`hansei backup --list` shows them"
    if not known:
        raise NotFoundError(f"there is no backup in {folder / FOLDER}", "`hansei backup` makes one")
    if not name:
        return known[0]
    fitting = [backup for backup in known if name in backup.name]
    if not fitting:
        raise NotFoundError(f"no backup is called {name}", hint)
    if len(fitting) > 1 and name not in {backup.name for backup in fitting}:
        raise NotFoundError(
            f"“{name}” is part of {len(fitting)} backups, the newest is {fitting[0].name}", hint
        )
    return next((backup for backup in fitting if backup.name == name), fitting[0])


def backup_path(
    folder: Path, *, now: datetime, kind: str, seq: int, files: Files, ending: str = ".json.gz"
) -> Path:
    """Return a free name for a new backup."""
    stem = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{kind}-{seq:06d}"
    path = folder / FOLDER / f"{stem}{ending}"
    number = 1
    while files.stat(path) is not None:
        number += 1
        path = folder / FOLDER / f"{stem}-{number}{ending}"
    return path


def write_backup(
    files: Files, folder: Path, data: bytes, *, now: datetime, kind: str, seq: int
) -> Path:
    """Write a snapshot's bytes as a compressed backup; it is on the disk when this returns.

    Raises:
        OSError: It could not be written; nothing else was touched.
    """
    import gzip

    files.make_folder(folder / FOLDER)
    path = backup_path(folder, now=now, kind=kind, seq=seq, files=files)
    write_whole(files, path, gzip.compress(data, _LEVEL, mtime=0))
    files.sync_folder(folder)
    return path


def keep_replaced(files: Files, folder: Path, *, now: datetime, seq: int) -> None:
    """Keep the present snapshot under a second name: what replaces it leaves that one whole.

    Raises:
        OSError: It could not be linked.
    """
    present = folder / snapshot.NAME
    if files.stat(present) is None:
        return
    files.make_folder(folder / FOLDER)
    name = backup_path(folder, now=now, kind="auto", seq=seq, files=files, ending=".json")
    files.link(present, name)


def has_daily(folder: Path, *, now: datetime, files: Files = REAL) -> bool:
    """Tell whether the day's backup is there."""
    day = f"{now.astimezone(UTC):%Y%m%d}"
    return any(
        backup.kind == "daily" and backup.name.startswith(day)
        for backup in list_backups(folder, files=files)
    )


def keep_dated(files: Files, folder: Path, data: bytes, *, now: datetime, seq: int) -> None:
    """Write the day's backup if there is none yet, and the month's as a second name of it.

    Raises:
        OSError: It could not be written.
    """
    known = list_backups(folder, files=files)
    month = f"{now.astimezone(UTC):%Y%m}"
    if has_daily(folder, now=now, files=files):
        return
    path = write_backup(files, folder, data, now=now, kind="daily", seq=seq)
    if not any(backup.kind == "monthly" and backup.name.startswith(month) for backup in known):
        files.link(path, backup_path(folder, now=now, kind="monthly", seq=seq, files=files))


def rotate(files: Files, folder: Path) -> None:
    """Remove the oldest backups of each kind beyond what is kept."""
    counts: dict[str, int] = {}
    for backup in list_backups(folder, files=files):
        counts[backup.kind] = counts.get(backup.kind, 0) + 1
        if counts[backup.kind] > KEPT.get(backup.kind, KEPT_OTHERS):
            with contextlib.suppress(OSError):
                files.unlink(backup.path)
