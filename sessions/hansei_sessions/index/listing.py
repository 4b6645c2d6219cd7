"""What lies in the log folders now, against what the index knows: what has to be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hansei_sessions.files import is_inside
from hansei_sessions.index.reading import Exclusion, Stamp
from hansei_sessions.index.values import Problem, SourceState
from hansei_sessions.index.writing import FileRow
from hansei_sessions.readers.base import Format
from hansei_sessions.sources import Source, folders


@dataclass(frozen=True, slots=True)
class Due:
    """A log that has to be read."""

    path: str
    format: Format
    root: str
    stamp: Stamp
    file: int | None
    """Its row, where what is known may be gone on from."""
    bytes: int
    """How many are expected to be read."""


@dataclass(slots=True)
class Listing:
    """What a look into the folders gave."""

    due: list[Due] = field(default_factory=list)
    """Newest first."""
    unchanged: int = 0
    excluded: int = 0
    returned: list[int] = field(default_factory=list)
    """Rows of files that were gone and lie there again, unchanged."""
    gone: list[int] = field(default_factory=list)
    """Rows of files that are gone since the last scan."""
    containers: dict[int, str] = field(default_factory=dict)
    """Logs with several sessions, by row."""
    hidden: list[int] = field(default_factory=list)
    """Rows of files that are excluded now by their paths."""
    states: dict[tuple[str, str], SourceState] = field(default_factory=dict)
    """By root and agent."""
    problems: list[Problem] = field(default_factory=list)


def look(
    sources: Sequence[Source],
    known: Mapping[str, FileRow],
    exclusion: Exclusion,
    excluded_projects: Iterable[str],
    fingerprint: int,
) -> Listing:
    """List the folders and compare: an unchanged file costs one `stat` and nothing else.

    Args:
        sources: Where to look.
        known: The files of the index, by path.
        exclusion: Files inside its paths are not opened.
        excluded_projects: As the user named them; paths among them may tell by a log's path.
        fingerprint: Of all exclusions: a file that was dropped under the same ones stays so.
    """
    run = _Look(sources, known, exclusion, tuple(excluded_projects), fingerprint)
    for source in sources:
        run.source(source)
    run.missing()
    run.listing.due.sort(key=lambda one: (-one.stamp.mtime_ns, one.path))
    return run.listing


class _Look:
    """One look into all folders."""

    def __init__(
        self,
        sources: Sequence[Source],
        known: Mapping[str, FileRow],
        exclusion: Exclusion,
        projects: tuple[str, ...],
        fingerprint: int,
    ) -> None:
        self.listing = Listing()
        self._known = known
        self._paths = exclusion.paths
        self._projects = tuple(one for one in projects if os.path.isabs(one))  # noqa: PTH117 - a string as it was typed
        self._fingerprint = fingerprint
        self._roots = tuple(os.fspath(folder) for folder in folders(sources))
        self._formats = {source.agent: source.format for source in sources}
        self._found: set[str] = set()
        self._inodes: set[tuple[int, int]] = set()
        self.listing.containers.update(
            (row.id, path) for path, row in known.items() if row.read_under is not None
        )
        self._present: dict[str, list[str]] = {}
        """By agent, what was there when it was last looked for."""
        for path, row in known.items():
            if not row.gone:
                self._present.setdefault(row.agent, []).append(path)
        self._kept: list[str] = []
        """Folders that could not be listed: what was read from them stays as it is."""

    def source(self, source: Source) -> None:
        """List one folder."""
        failed: list[OSError] = []
        any_found = False
        for path in _listed(source, failed):
            if path in self._found:
                any_found = True
            elif self._is_excluded(source.format, path):
                self.listing.excluded += 1
                any_found = True
            elif self._file(source, path):
                any_found = True
        root = os.fspath(source.root)
        state = self._state(source, failed, any_found=any_found)
        self.listing.states[root, source.agent] = state
        if state is SourceState.STALE:
            self._kept.append(root)
            self._problem(root, "the folder is gone or empty; what was read from it is kept")
        elif state is SourceState.MISSING and source.extra:
            self._problem(root, "the folder does not exist")
        self._unread(source)
        for error in failed:
            folder = os.fsdecode(error.filename or root)
            if isinstance(error, FileNotFoundError):
                continue  # deleted since its parent was listed, or the root: told above
            self._kept.append(folder)
            self._problem(folder, _words(error))

    def _unread(self, source: Source) -> None:
        """Tell of the logs that lie there in a form that is not read."""
        for log, reason in source.format.unread(source.root):
            path = os.fspath(log)
            if not self._is_excluded(source.format, path):
                self._problem(path, reason)

    def missing(self) -> None:
        """Find the known files that lie there no more, or must not be known any more."""
        for path, row in self._known.items():
            if path in self._found:
                continue
            form = self._formats.get(row.agent)
            if form is not None and self._is_excluded(form, path):
                self.listing.hidden.append(row.id)
            elif not row.gone and is_inside(path, self._roots) and not is_inside(path, self._kept):
                self.listing.gone.append(row.id)

    def _is_excluded(self, form: Format, path: str) -> bool:
        return is_inside(path, self._paths) or any(
            form.tells_project(path, folder) for folder in self._projects
        )

    def _file(self, source: Source, path: str) -> bool:
        """Look at one file; return False where there is none."""
        try:
            status = source.format.status(path)
        except FileNotFoundError:
            if os.path.islink(path):  # noqa: PTH114 - as above
                self._problem(path, "a link that leads nowhere")
            return False
        except OSError as error:
            self._found.add(path)
            self._problem(path, _words(error))
            return True
        self._found.add(path)
        if not stat.S_ISREG(status.st_mode):
            self._problem(path, "not a regular file")
            return True
        inode = (status.st_dev, status.st_ino)
        if not status.st_ino or inode not in self._inodes:
            self._inodes.add(inode)
            self._compare(source, path, Stamp.of(status))
        return True

    def _compare(self, source: Source, path: str, stamp: Stamp) -> None:
        root = os.fspath(source.root)
        row = self._known.get(path)
        from_start = Due(path, source.format, root, stamp, None, stamp.size)
        if row is None:
            self.listing.due.append(from_start)
        elif row.excluded_by == self._fingerprint:
            self.listing.excluded += 1
        elif (
            row.excluded_by is not None
            or row.agent != source.agent
            or row.version != source.format.reader_of(path).version
            or row.read_under not in {None, self._fingerprint}
        ) or not row.worded:
            self.listing.due.append(from_start)
        elif row.stamp == stamp and row.whole:
            self.listing.unchanged += 1
            if row.gone:
                self.listing.returned.append(row.id)
        else:
            left = max(stamp.size - row.offset, 0)
            self.listing.due.append(Due(path, source.format, root, stamp, row.id, left))

    def _state(self, source: Source, failed: Sequence[OSError], *, any_found: bool) -> SourceState:
        if any_found:
            return SourceState.READ
        root = os.fspath(source.root)
        if any(is_inside(path, (root,)) for path in self._present.get(source.agent, ())):
            return SourceState.STALE
        missing = any(isinstance(error, FileNotFoundError) for error in failed)
        return SourceState.READ if source.root.is_dir() and not missing else SourceState.MISSING

    def _problem(self, path: str, reason: str) -> None:
        self.listing.problems.append(Problem(path, None, reason))


def _listed(source: Source, failed: list[OSError]) -> list[str]:
    found: list[str] = []
    try:
        found.extend(os.fspath(path) for path in source.format.logs(source.root, failed.append))
    except OSError as error:
        error.filename = error.filename or os.fspath(source.root)
        failed.append(error)
    return found


def _words(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()
