"""Where Cline and Roo Code keep their tasks: with each editor of the family, and in the home."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hansei_sessions.files import walk
from hansei_sessions.foreign_sqlite import combined_status
from hansei_sessions.readers.base import ReaderFormat
from hansei_sessions.readers.cline import MESSAGES, SDK_MESSAGES, ClineReader, RooReader
from hansei_sessions.readers.roots import CLINE_EXTENSION, ROO_EXTENSION, tasks


@dataclass(frozen=True, slots=True)
class ClineFormat(ReaderFormat):
    """Where Cline, or one of its kin, keeps its tasks."""

    extension: str = ""
    """Of the editors of the VS Code family."""
    has_sdk: bool = False
    """It keeps sessions of a command line program in the home too."""

    def roots(self, environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return the extension's folders, and `$CLINE_DATA_DIR` or `~/.cline/data`."""
        return tasks(environ, home, self.extension, has_sdk=self.has_sdk)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the messages of all tasks and sessions beneath a folder."""
        named = [root / name for name in ("tasks", "sessions") if (root / name).is_dir()]
        if not named and not root.is_dir():
            return
        for folder in named or [root]:
            yield from map(Path, walk(folder, (MESSAGES, SDK_MESSAGES), on_error))

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a task's messages with what stands beside them."""
        folder = Path(log).parent
        return combined_status(log, (str(folder / "api_conversation_history.json"),))


CLINE = ClineFormat("cline", ClineReader, CLINE_EXTENSION, has_sdk=True)
ROO_CODE = ClineFormat("roo-code", RooReader, ROO_EXTENSION)
