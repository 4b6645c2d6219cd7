"""Changes of other programs' files: shown before, made whole or not at all, taken back exactly."""

from __future__ import annotations

import contextlib
import difflib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hansei_sessions.errors import ConfigError

BACKUP: Final = ".hansei-backup"
"""What a file was before the hook came."""
REMOVED: Final = ".hansei-removed"
"""What a file was before the hook was taken out of it again, where more had changed."""
MOST_BYTES: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """What one file becomes."""

    path: Path
    """As the agent knows it; a symlink is followed."""
    before: bytes | None
    """What was read; None where there is no file."""
    after: bytes | None
    """None removes the file."""
    executable: bool = False
    is_upgrade: bool = False
    """Whether an older hook stands in it: the backup from before that one is kept."""
    is_removal: bool = False
    """Whether it takes a hook away."""
    is_exact: bool = False
    """Whether a removal brings back the bytes from before the hook: then no backup is left."""

    @property
    def is_needed(self) -> bool:
        """Whether it changes anything."""
        return self.before != self.after

    @property
    def backup(self) -> Path:
        """Where the bytes before the change are kept."""
        target = self.path.resolve()
        return target.with_name(target.name + BACKUP)

    def diff(self) -> str:
        """Return the change as a unified diff."""
        name = str(self.path)
        old_name = "/dev/null" if self.before is None else name
        new_name = "/dev/null" if self.after is None else name
        old, new = _lines(self.before), _lines(self.after)
        return "".join(difflib.unified_diff(old, new, old_name, new_name))


def read_file(path: Path) -> bytes | None:
    """Return a file's bytes, None where there is none; only a plain file is read.

    Raises:
        ConfigError: It cannot be read, or is no plain file of a sensible size.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        if path.is_symlink():
            raise ConfigError(f"{path} points to nothing", "remove the link, or mend it") from None
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            raise ConfigError(f"{path} is no configuration file that hansei would touch")
        return file.read()


def apply(change: Change) -> None:
    """Make a change: only if the file still holds what was read; with a backup beside it.

    Raises:
        ConfigError: The file changed meanwhile, is read-only, or cannot be written; it is as it
            was.
    """
    if not change.is_needed:
        return
    target = change.path.resolve()
    try:
        mode = _mode_of(target, executable=change.executable)
        if change.before is not None and not mode & stat.S_IWUSR:
            raise ConfigError(
                f"{change.path} is read-only", "make it writable, or change it by hand"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        _back_up(change, target, mode)
        if change.after is None:
            _same_still(change)
            target.unlink()
            _tidy(target)
        else:
            _replace(change, target, mode)
        if change.is_removal:
            change.backup.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{change.path} cannot be written: {error.strerror}", "it is as it was"
        ) from error


def _back_up(change: Change, target: Path, mode: int) -> None:
    if change.before is None or change.is_exact:
        return
    if change.is_upgrade and change.backup.exists():
        return
    suffix = REMOVED if change.is_removal else BACKUP
    _write(target.with_name(target.name + suffix), change.before, mode)


def _replace(change: Change, target: Path, mode: int) -> None:
    assert change.after is not None  # noqa: S101 -- for the type checker; the caller looked
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        _write(temporary, change.after, mode)
        _same_still(change)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _tidy(target: Path) -> None:
    """Remove folders that were hansei's own."""
    with contextlib.suppress(OSError):
        for folder in target.parents[:2]:
            if "hansei" in folder.parts[-2:]:
                folder.rmdir()


def _same_still(change: Change) -> None:
    if read_file(change.path) != change.before:
        raise ConfigError(f"{change.path} was changed by another program meanwhile", "run it again")


def _write(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    path.chmod(mode)


def _mode_of(target: Path, *, executable: bool) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return 0o700 if executable else 0o600


def _lines(data: bytes | None) -> list[str]:
    text = (data or b"").decode("utf-8", "replace")
    return [line if line.endswith("\n") else line + "\n" for line in text.splitlines(keepends=True)]
