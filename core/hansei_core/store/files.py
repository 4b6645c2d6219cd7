"""Every touch of the disk goes through one small object, so that tests can record and fail each."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hansei_core.errors import StorageError

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_NOFOLLOW: Final[int] = getattr(os, "O_NOFOLLOW", 0)  # Windows has none
_BINARY: Final[int] = getattr(os, "O_BINARY", 0)  # Windows only
_CLOEXEC: Final[int] = getattr(os, "O_CLOEXEC", 0)  # Windows has none


class Files:
    """The operating system's file operations, as few as the store can do with.

    Nothing here follows a symbolic link on writing, and what is created is readable by its
    owner only, whatever the umask.
    """

    def read(self, path: Path) -> bytes:
        """Return a file's bytes; a symbolic link is refused."""
        return self.read_from(path, 0)

    def read_from(self, path: Path, offset: int) -> bytes:
        """Return a file's bytes from an offset on."""
        descriptor = os.open(path, os.O_RDONLY | _NOFOLLOW | _BINARY | _CLOEXEC)
        try:
            if offset:
                os.lseek(descriptor, offset, os.SEEK_SET)
            pieces = []
            while piece := os.read(descriptor, max(65_536, os.fstat(descriptor).st_size - offset)):
                pieces.append(piece)
            return b"".join(pieces)
        finally:
            os.close(descriptor)

    def create(self, path: Path) -> int:
        """Create a file that must not exist yet; return a descriptor for writing."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY | _CLOEXEC
        descriptor = os.open(path, flags, FILE_MODE)
        _own(descriptor)
        return descriptor

    def open_append(self, path: Path) -> int:
        """Open an existing file for writing at any place."""
        return os.open(path, os.O_RDWR | _NOFOLLOW | _BINARY | _CLOEXEC)

    def open_lock(self, path: Path) -> int:
        """Open the lock file, creating it if there is none."""
        flags = os.O_RDWR | os.O_CREAT | _NOFOLLOW | _BINARY | _CLOEXEC
        descriptor = os.open(path, flags, FILE_MODE)
        _own(descriptor)
        return descriptor

    def take(self, descriptor: int, *, wait: bool) -> bool:
        """Take the kernel's lock of a file; it goes when the descriptor is closed.

        It is flock and not lockf, whose lock any other close of the same file would drop.
        """
        if os.name == "nt":
            return _take_windows(descriptor, wait=wait)
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def is_at(self, descriptor: int, path: Path) -> bool:
        """Tell whether an open file is the one that has this name now."""
        found = self.stat(path)
        mine = os.fstat(descriptor)
        return found is not None and (found.st_dev, found.st_ino) == (mine.st_dev, mine.st_ino)

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        """Write bytes at an offset; like the operating system, possibly fewer than given."""
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file to a size."""
        os.ftruncate(descriptor, size)

    def fsync(self, descriptor: int) -> None:
        """Return when the file's bytes are on the disk itself.

        macOS needs F_FULLFSYNC: its fsync(2) leaves data in the drive's cache (man 2 fsync).
        """
        if sys.platform == "darwin":
            import fcntl

            try:
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            except OSError:  # not every file system has it
                os.fsync(descriptor)
        else:
            os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close a descriptor."""
        os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Put a file in another's place, at once."""
        for attempt in range(10):
            try:
                source.replace(target)
            except PermissionError:
                # Windows refuses while a reader or a virus scanner has the file open.
                if os.name != "nt" or attempt == 9:
                    raise
                time.sleep(0.05)
            else:
                return

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name; where the file system has no such thing, copy it."""
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in {
                errno.EPERM,
                errno.EOPNOTSUPP,
                errno.ENOTSUP,
                errno.EMLINK,
                errno.EXDEV,
            }:
                raise
            write_new(self, target, self.read(source))

    def unlink(self, path: Path) -> None:
        """Remove a name; nothing happens where there is none."""
        path.unlink(missing_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Return when the names in a folder are on the disk; Windows cannot and need not."""
        if os.name == "nt":
            return
        descriptor = os.open(path, os.O_RDONLY | _CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        """Create a folder for its owner only; its parents get the system's default."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.mkdir(mode=FOLDER_MODE)
        except FileExistsError:
            return
        if os.name != "nt":
            path.chmod(FOLDER_MODE)  # a umask may have taken the owner's own permissions

    def chmod(self, path: Path, mode: int) -> None:
        """Set a file's or folder's permissions."""
        path.chmod(mode)

    def stat(self, path: Path) -> os.stat_result | None:
        """Return what the system says of a file itself (not of a link's target), or None."""
        try:
            return os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def may_write(self, folder: Path) -> bool:
        """Tell whether names can be made in a folder, as far as permissions and mounts say."""
        return os.access(folder, os.W_OK | os.X_OK)

    def names(self, folder: Path) -> list[str]:
        """Return the sorted names in a folder; none where the folder is missing."""
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208  # a Path per name is not needed
        except (FileNotFoundError, NotADirectoryError):
            return []


class RealFiles(Files):
    """The real disk."""


REAL: Final = RealFiles()


def write_all(files: Files, descriptor: int, data: bytes, offset: int = 0) -> None:
    """Write all bytes at an offset, however many calls that takes.

    Raises:
        OSError: Not all of them could be written.
    """
    done = 0
    while done < len(data):
        written = files.write(descriptor, data[done:] if done else data, offset + done)
        if written <= 0:
            raise OSError(errno.EIO, "the system wrote nothing")
        done += written


def temp_path(target: Path) -> Path:
    """Return a random name beside a file; a name made of the process id could be taken forever."""
    return target.with_name(f".{target.name}.{os.urandom(8).hex()}.tmp")


def is_temp(name: str) -> bool:
    """Tell whether a name is one that `temp_path` gave."""
    return name.startswith(".") and name.endswith(".tmp")


def write_temp(files: Files, target: Path, data: bytes) -> Path:
    """Write a new file beside `target` and see it onto the disk; return its name."""
    temp = temp_path(target)
    try:
        descriptor = files.create(temp)
        try:
            write_all(files, descriptor, data)
            files.fsync(descriptor)
        finally:
            files.close(descriptor)
    except BaseException:
        _forget(files, temp)
        raise
    return temp


def write_whole(files: Files, target: Path, data: bytes) -> None:
    """Replace a file's content: after any crash the old or the new one is there, whole."""
    write_new(files, target, data)
    files.sync_folder(target.parent)


def write_new(files: Files, target: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all."""
    temp = write_temp(files, target, data)
    try:
        files.replace(temp, target)
    except BaseException:
        _forget(files, temp)
        raise


def refuse_link(files: Files, path: Path) -> None:
    """Refuse to use a symbolic link, or anything else that is no file, as a file of the store.

    Raises:
        StorageError: The path is something else than a regular file.
    """
    found = files.stat(path)
    if found is not None and not stat.S_ISREG(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not a regular file"
        raise StorageError(
            f"{path} is {kind}; hansei writes its records to real files only",
            "put the file itself there; to keep the folder elsewhere, set HANSEI_HOME to it",
        )


def explain(error: OSError, doing: str, path: Path) -> StorageError:
    """Return the sentence for an error of the operating system.

    Args:
        error: What the system said.
        doing: What was tried: "save", "read".
        path: Where.
    """
    text = error.strerror or type(error).__name__
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        why, hint = "the disk is full or a quota is reached", "free some space, then try again"
    elif error.errno == errno.EROFS:
        why, hint = "the file system is read-only", "mount it for writing, or set HANSEI_HOME"
    elif error.errno in {errno.EACCES, errno.EPERM}:
        why, hint = f"no permission{_owner(path)}", f"make {path.parent} yours: chown, chmod u+rwx"
    elif error.errno == errno.ELOOP:
        why, hint = "it is a symbolic link", "put a real file there"
    elif error.errno == errno.EIO:
        why = "the disk reports an error"
        hint = "check the disk; `hansei doctor` tells what can be read"
    elif error.errno == errno.ESTALE:
        why, hint = "the network file system lost the file", "try again; `hansei doctor` tells more"
    else:
        why = text
        hint = "set HANSEI_HOME to a folder that can be written; `hansei doctor` tells more"
    return StorageError(f"could not {doing} {path}: {why}", hint)


@contextlib.contextmanager
def told(doing: str, path: Path) -> Iterator[None]:
    """Turn every error of the operating system in the block into its sentence.

    Raises:
        StorageError: In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise explain(error, doing, path) from error


def _take_windows(descriptor: int, *, wait: bool) -> bool:
    """Lock one byte far behind the text; LK_LOCK itself tries ten times, a second apart."""
    import msvcrt

    os.lseek(descriptor, 1 << 20, os.SEEK_SET)
    mode = "LK_LOCK" if wait else "LK_NBLCK"
    try:
        getattr(msvcrt, "locking")(descriptor, getattr(msvcrt, mode), 1)  # noqa: B009  # the names exist on Windows only
    except OSError:
        return False
    return True


def _owner(path: Path) -> str:
    if not hasattr(os, "geteuid"):
        return ""
    for place in (path, path.parent):
        try:
            uid = place.lstat().st_uid
        except OSError:
            continue
        if uid != os.geteuid():
            return f" ({place} belongs to user id {uid}, you are {os.geteuid()})"
    return ""


def _own(descriptor: int) -> None:
    # A umask of 0777 would leave the owner without permissions.
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(descriptor).st_mode) != FILE_MODE:
        os.fchmod(descriptor, FILE_MODE)


def _forget(files: Files, temp: Path) -> None:
    try:
        files.unlink(temp)
    except OSError:
        return  # swept at the next checkpoint
