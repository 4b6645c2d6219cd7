"""The one way to an agent's log: inside the allowed folders, a regular file, never blocking.

What lies in a log folder is not hansei's: a link may lead out of it, a FIFO or a device would
hang a plain reader, a folder may be forbidden. Nothing here writes.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


_PREAD: Callable[[int, int, int], bytes] | None = getattr(os, "pread", None)
"""One call instead of four, where the system has it."""


class NotALogError(OSError):
    """The path leads out of the allowed folders or to something that is no regular file."""


class ForbiddenError(OSError):
    """The path leads into a folder that the user excluded."""


class LogFile(io.FileIO):
    """An open log, unbuffered; it reads as if it ended where `should_stop` says so."""

    def __init__(self, descriptor: int, should_stop: Callable[[], bool] | None = None) -> None:
        """Take over an open descriptor."""
        super().__init__(descriptor, "rb", closefd=True)
        self._should_stop = should_stop
        self.stopped = False
        """A stop was asked for, and what was read since is not all there is."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes, or nothing once a stop is asked for."""
        if self.stopped or (self._should_stop is not None and self._should_stop()):
            self.stopped = True
            return b""
        return super().read(-1 if size is None else size) or b""

    def peek(self, offset: int, size: int) -> bytes:
        """Read bytes at an offset, stop or not, and stay where reading was."""
        if _PREAD is not None:
            return _PREAD(self.fileno(), size, offset)
        before = self.tell()
        self.seek(offset)
        data = super().read(size) or b""
        self.seek(before)
        return data


def is_inside(path: str, folders: Collection[str]) -> bool:
    """Tell whether a path is one of the folders or lies beneath one; compares names only."""
    return any(path == folder or path.startswith(_with_separator(folder)) for folder in folders)


def _with_separator(folder: str) -> str:
    return folder if folder.endswith(os.sep) else folder + os.sep


class Opener:
    """Opens the logs of one scan: inside its folders, and nothing but regular files."""

    def __init__(
        self,
        roots: Collection[str | Path],
        *,
        forbidden: Collection[str] = (),
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Allow what lies in `roots`, links resolved, and in none of the `forbidden` folders."""
        self._allowed = tuple(os.path.realpath(root) for root in roots)
        self._forbidden = tuple(forbidden)
        self._should_stop = should_stop
        self._folders: dict[str, str] = {}

    def open(self, path: str) -> LogFile:
        """Open a log for reading.

        Links are resolved first, and what they lead to must be allowed; the resolved name is then
        opened without following a link. Opening never waits, not even on a FIFO, and whatever is
        not a regular file is refused after opening, when it can no longer be exchanged.

        Args:
            path: Absolute path.

        Raises:
            NotALogError: It leads elsewhere or is no regular file.
            ForbiddenError: It leads into a forbidden folder.
            OSError: It cannot be opened.
        """
        real, status = self._real(path)
        if not is_inside(real, self._allowed):
            raise NotALogError("a link that leads out of the log folder")
        if is_inside(real, self._forbidden):
            raise ForbiddenError("it lies in an excluded folder")
        if not stat.S_ISREG(status.st_mode):
            raise NotALogError("not a regular file")
        descriptor = os.open(real, _FLAGS)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NotALogError("not a regular file")
        return LogFile(descriptor, self._should_stop)

    def stop_asked(self) -> bool:
        """Tell whether the scan is to end."""
        return self._should_stop is not None and self._should_stop()

    def _real(self, path: str) -> tuple[str, os.stat_result]:
        """Resolve links, and tell what is there; a folder's once a scan, for its logs are many."""
        folder, name = os.path.split(path)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        joined = real + os.sep + name if real != os.sep else real + name
        status = os.lstat(joined)
        if not stat.S_ISLNK(status.st_mode):
            return joined, status
        real = os.path.realpath(joined)
        return real, os.lstat(real)


def walk(
    root: Path | str,
    suffixes: tuple[str, ...],
    on_error: Callable[[OSError], None] | None = None,
) -> Iterator[str]:
    """Yield the files beneath a folder whose names end so, in the order of their names.

    Folders that are links are not entered, so that no loop and no way out exists; entries that
    are links are yielded, for `Opener` to judge. What cannot be listed is told and passed over.

    Args:
        root: Folder; a missing one is empty, and told.
        suffixes: Ends of file names, such as `.jsonl`.
        on_error: Called with each folder's error; its `filename` is the folder.
    """
    folders = [os.fspath(root)]
    while folders:
        folder = folders.pop()
        below: list[str] = []
        files: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
                    elif entry.name.endswith(suffixes):
                        files.append(entry.path)
        except OSError as error:
            error.filename = folder
            if on_error is not None:
                on_error(error)
        yield from sorted(files)
        folders.extend(sorted(below, reverse=True))


def names_in(
    root: Path | str, on_error: Callable[[OSError], None] | None = None
) -> list[str] | None:
    """Return the names of what lies in a folder, sorted; None where it cannot be listed.

    Args:
        root: Folder; a missing one cannot be listed.
        on_error: Called with the error; its `filename` is the folder.
    """
    try:
        with os.scandir(root) as entries:
            return sorted(entry.name for entry in entries)
    except OSError as error:
        error.filename = os.fspath(root)
        if on_error is not None:
            on_error(error)
        return None


_PASSED_OVER = frozenset({"node_modules", "site-packages", "vendor", "target", "build", "dist"})
_FOLDERS_LISTED = 2000


def find_named(root: Path | str, name: str, depth: int = 2) -> list[str]:
    """Return the paths of what is named so in a folder and in the folders beneath it.

    Hidden folders, links and folders of others' code are not entered; at most 2,000 folders are
    listed, so that a folder that is no folder of projects costs little.

    Args:
        root: Folder; a missing one is empty.
        name: Of a file or a folder.
        depth: How many levels of folders beneath the root are listed.
    """
    found: list[str] = []
    level = [os.fspath(root)]
    listed = 0
    for _ in range(depth + 1):
        below: list[str] = []
        for folder in level:
            listed += 1
            if listed > _FOLDERS_LISTED:
                return sorted(found)
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.name == name:
                            found.append(entry.path)
                        elif (
                            not entry.name.startswith(".")
                            and entry.name not in _PASSED_OVER
                            and entry.is_dir(follow_symlinks=False)
                        ):
                            below.append(entry.path)
            except OSError:
                continue
        level = sorted(below)
    return sorted(found)
