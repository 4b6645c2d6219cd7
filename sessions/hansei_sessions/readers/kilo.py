"""Kilo Code: the database of its command line and newer extension, the tasks of the older one.

The database is OpenCode's under another name, by Kilo-Org/kilocode's `packages/opencode`: the
folder by src/global, the names by the tests of src/storage. The tasks are Roo Code's, from which
the extension grew; they stay where they are when the extension takes them over into its database,
under ids of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Reader, ReaderFormat
from hansei_sessions.readers.cline import MESSAGES, TaskReader
from hansei_sessions.readers.cline_format import ClineFormat
from hansei_sessions.readers.opencode_format import (
    OpenCodeDatabaseReader,
    OpenCodeFormat,
    OpenCodeTreeReader,
)
from hansei_sessions.readers.roots import KILO_EXTENSION

AGENT: Final = "kilo-code"


class KiloDatabaseReader(OpenCodeDatabaseReader):
    """Reads all sessions of Kilo Code's database."""

    agent = AGENT
    version = 1


class KiloTreeReader(OpenCodeTreeReader):
    """Reads one session of the tree of files that Kilo Code's command line kept before."""

    agent = AGENT
    version = 1


class KiloTaskReader(TaskReader):
    """Reads one task of the extension of before the database."""

    agent = AGENT
    version = 1


_DATABASES: Final = OpenCodeFormat(AGENT, KiloDatabaseReader, KiloTreeReader, "kilo")
_TASKS: Final = ClineFormat(AGENT, KiloTaskReader, KILO_EXTENSION)


@dataclass(frozen=True, slots=True)
class KiloFormat(ReaderFormat):
    """Where Kilo Code keeps its sessions and tasks."""

    roots = staticmethod(roots.kilo)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the databases, sessions and tasks of a folder."""
        yield from _DATABASES.logs(root, on_error)
        if (root / "tasks").is_dir():
            yield from _TASKS.logs(root, on_error)

    def reader_of(self, log: str) -> Reader:
        """Return the reader of databases, of their forerunner, or of tasks."""
        return KiloTaskReader if log.endswith(MESSAGES) else _DATABASES.reader_of(log)

    def rank_of(self, log: str) -> int:
        """Let the database stand for what it has taken over under the same id."""
        return _DATABASES.rank_of(log)

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` by which a change is seen."""
        return (_TASKS if log.endswith(MESSAGES) else _DATABASES).status(log)


KILO: Final = KiloFormat(AGENT, KiloDatabaseReader)
