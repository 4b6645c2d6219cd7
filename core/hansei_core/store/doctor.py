"""What is wrong with a store's folder, in words, and the repair of what can be repaired."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from hansei_core.errors import StorageError
from hansei_core.store import journal, snapshot
from hansei_core.store.backups import list_backups, read_backup
from hansei_core.store.files import REAL, Files, is_temp, told
from hansei_core.store.load import QUARANTINE, Schema, generations, load
from hansei_core.store.lock import PATIENCE
from hansei_core.store.recovery import put_in_place
from hansei_core.store.rescue import rescue
from hansei_core.store.store import open_store

Level = Literal["ok", "info", "warning", "error"]

NETWORK: Final = frozenset(
    [
        "9p",
        "afs",
        "autofs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
    ]
)
"""Types of file systems whose locks and renames are not those of a local disk."""

_CONFLICTED = re.compile(
    r"conflicted copy|\.sync-conflict-|\.conflict|\(\d+\)\.jsonl?$|~$|\.orig$", re.IGNORECASE
)
"""Names that Dropbox, Syncthing, OneDrive, editors and git leave beside the real file."""
_ELSEWHERE: Final = "make it yours: chown, chmod u+rwx; or set HANSEI_HOME to another folder"
_SYNCED = ("Dropbox", "OneDrive", "Google Drive", "GoogleDrive", "Mobile Documents", "Nextcloud")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    where: str
    what: str
    advice: str = ""


def examine(
    folder: Path,
    *,
    files: Files = REAL,
    schema: Schema | None = None,
    mounts: str | None = None,
) -> list[Finding]:
    """Return what there is to say of a store's folder; nothing is written.

    Args:
        folder: The data folder.
        files: The disk.
        schema: What this version writes.
        mounts: Text in the form of Linux' /proc/self/mounts; read from there if None.
    """
    known = schema or Schema()
    if files.stat(folder) is None:
        return [_unmade(folder, files)]
    found = [
        *_place(folder, files, mounts if mounts is not None else _mounts()),
        *_content(folder, files, known),
        *_strangers(folder, files),
        *_backups(folder, files),
    ]
    if all(one.level in {"ok", "info"} for one in found):
        found.insert(0, Finding("ok", str(folder), "the store is sound"))
    return found


def repair(
    folder: Path,
    *,
    now: datetime,
    files: Files = REAL,
    schema: Schema | None = None,
    patience: float = PATIENCE,
) -> list[Finding]:
    """Put right what can be put right; return what was done.

    A damaged store is rebuilt from the newest sound snapshot or backup and every good line of
    the journals; the damaged files go into the quarantine first. Where lines are lost, their
    numbers are named.

    Raises:
        StorageError: The store is from a newer version, nothing sound is left, or the folder
            cannot be written.
    """
    known = schema or Schema()
    if files.stat(folder) is None:
        return []
    store = None
    try:
        store = open_store(folder, now=now, files=files, patience=patience, schema=known)
    except StorageError:
        load_error = _newer(folder, files, known)
        if load_error is not None:
            raise load_error from None
    if store is None or store.read_only is not None:
        return [*_rebuild(folder, files, known, now=now, patience=patience)]
    store.create_backup(now=now, kind="before-repair")
    before = set(store.notices)
    store.checkpoint(now=now)
    done = [
        Finding("info", str(folder), notice.text)
        for notice in store.notices
        if notice not in before or notice.level == "info"
    ]
    return [*done, *_tighten(folder, files), Finding("ok", str(folder), "the snapshot is new")]


def _rebuild(
    folder: Path, files: Files, schema: Schema, *, now: datetime, patience: float
) -> Iterator[Finding]:
    found = rescue(files, folder, schema, over_gaps=True)
    if found is None:
        raise StorageError(
            f"nothing sound is left in {folder}: no snapshot, journal or backup can be read",
            "put a copy of store.json from elsewhere there (a backup of the disk, git), or move"
            " the folder away to start anew",
        )
    kept = put_in_place(files, folder, found.state, now=now, patience=patience)
    yield Finding("info", str(folder), f"rebuilt from {found.source}")
    for name in kept:
        yield Finding("info", str(folder / name), "the file as it was found is kept here")
    if found.missing:
        numbers = ", ".join(str(seq) for seq in found.missing)
        yield Finding(
            "warning",
            str(folder / journal.NAME),
            f"what change {numbers} alone had written is lost; all later changes are there",
            "`hansei history` shows the changes around it",
        )


def _newer(folder: Path, files: Files, schema: Schema) -> StorageError | None:
    """Return the refusal if the store is from a newer version; that is no damage."""
    try:
        data = files.read(folder / snapshot.NAME)
    except OSError:
        return None
    found = snapshot.schema_of(data)
    if found is None or found <= schema.number:
        return None
    try:
        load(files, folder, schema)
    except StorageError as error:
        return error
    return None


def _tighten(folder: Path, files: Files) -> Iterator[Finding]:
    for path, mode in _open_to_others(folder, files):
        with told("protect", path):
            files.chmod(path, mode)
        yield Finding("info", str(path), "was open to others, is no longer")


def _open_to_others(folder: Path, files: Files) -> list[tuple[Path, int]]:
    if os.name == "nt":
        return []
    found = []
    for path in [folder, *(folder / name for name in files.names(folder))]:
        status = files.stat(path)
        if status is None or stat.S_ISLNK(status.st_mode):
            continue
        if stat.S_IMODE(status.st_mode) & 0o077:
            found.append((path, 0o700 if stat.S_ISDIR(status.st_mode) else 0o600))
    return found


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def file_system(folder: Path, mounts: str) -> str:
    """Return the type of the file system that a folder lies on, or "" where it is not known."""
    best, kind = "", ""
    path = folder.resolve().as_posix()
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind


def _unmade(folder: Path, files: Files) -> Finding:
    """Say of a store that is not there yet whether it can be made."""
    nearest = next((each for each in folder.parents if files.stat(each) is not None), folder)
    if files.may_write(nearest):
        return Finding("ok", str(folder), "there is no store yet; the first write makes it")
    return Finding(
        "error",
        str(folder),
        f"there is no store yet, and none can be made: {nearest} cannot be written",
        _ELSEWHERE,
    )


def _place(folder: Path, files: Files, mounts: str) -> Iterator[Finding]:
    if not files.may_write(folder):
        yield Finding("error", str(folder), "cannot be written: nothing is saved", _ELSEWHERE)
    kind = file_system(folder, mounts)
    if kind in NETWORK:
        yield Finding(
            "warning",
            str(folder),
            f"lies on a network file system ({kind}): locks and renames may not hold there",
            "set HANSEI_HOME to a folder on a local disk, and copy the files there",
        )
    synced = next((part for part in _SYNCED if any(part in name for name in folder.parts)), None)
    if synced:
        yield Finding(
            "warning",
            str(folder),
            f"lies in a folder that {synced} copies between machines",
            "write on one machine at a time; `hansei export` carries records to another",
        )
    for path, _ in _open_to_others(folder, files):
        yield Finding("warning", str(path), "can be read by others", "`hansei doctor --fix`")
    for name in files.names(folder):
        status = files.stat(folder / name)
        if status is not None and stat.S_ISLNK(status.st_mode):
            yield Finding("error", str(folder / name), "is a symbolic link", "put the file there")
        if status is not None and hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            yield Finding(
                "warning",
                str(folder / name),
                f"belongs to user id {status.st_uid}, not to you",
                f"sudo chown {os.geteuid()} {folder / name}",
            )


def _content(folder: Path, files: Files, schema: Schema) -> Iterator[Finding]:
    try:
        loaded = load(files, folder, schema)
    except StorageError as error:
        yield Finding("error", str(folder), error.message, error.hint)
        return
    state = loaded.state
    count = sum(len(records) for records in state.tables.values())
    if loaded.damage is not None:
        yield Finding("error", str(folder), loaded.damage.message, loaded.damage.hint)
        return
    yield Finding(
        "ok", str(folder / snapshot.NAME), f"{count} record{'s' * (count != 1)}, change {state.seq}"
    )
    for notice in loaded.notices:
        yield Finding("warning", str(folder), notice.text)
    if loaded.torn:
        yield Finding(
            "warning",
            str(folder / journal.NAME),
            f"{len(loaded.torn)} bytes at the end are an unfinished write, never acknowledged",
            "the next write cuts them off and keeps them",
        )
    if loaded.edited:
        yield Finding(
            "warning",
            str(folder / snapshot.NAME),
            "was edited by hand; its content is well formed and is used",
            "the next write keeps a copy and makes the checksum new",
        )
    for path in generations(files, folder):
        with told("read", path):
            parsed = journal.parse(files.read(path))
        if parsed.damage or parsed.torn:
            what = parsed.damage or "its end is cut off"
            yield Finding("warning", str(path), f"{what}: undo reaches back to its end only")


def _strangers(folder: Path, files: Files) -> Iterator[Finding]:
    for name in files.names(folder):
        if is_temp(name):
            yield Finding(
                "info", str(folder / name), "left by a process that died", "`hansei doctor --fix`"
            )
        elif _CONFLICTED.search(name):
            yield Finding(
                "warning",
                str(folder / name),
                "looks like a second version of the store, from another machine or program",
                f"compare: `hansei restore --dry-run {folder / name}`; remove it when merged",
            )
    for name in files.names(folder / QUARANTINE):
        yield Finding(
            "info",
            str(folder / QUARANTINE / name),
            "is kept from an earlier damage",
            "delete it when it is of no more use; hansei never does",
        )


def _backups(folder: Path, files: Files) -> Iterator[Finding]:
    known = list_backups(folder, files=files)
    good = None
    for backup in known:
        try:
            read_backup(backup, files=files)
        except StorageError as error:
            yield Finding("warning", str(backup.path), error.message, "delete it")
            continue
        good = good or backup
    if good is not None:
        what = f"{len(known)} backups, the newest good one is {good.name}"
        yield Finding("ok", str(good.path.parent), what)
    elif known:
        yield Finding("error", str(folder), "no backup is good", "`hansei backup` makes a new one")
