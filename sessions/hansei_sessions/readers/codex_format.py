"""Where Codex keeps its rollouts, and in which of their forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hansei_sessions.files import walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Reader, ReaderFormat
from hansei_sessions.readers.codex import CodexReader
from hansei_sessions.readers.codex_archive import CodexArchiveReader
from hansei_sessions.readers.codex_document import CodexDocumentReader

_FOLDERS: Final = ("sessions", "archived_sessions")
_ARCHIVED: Final = ".jsonl.zst"
_DOCUMENT: Final = ".json"


@dataclass(frozen=True, slots=True)
class CodexFormat(ReaderFormat):
    """Where Codex keeps its logs."""

    roots = staticmethod(roots.codex)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the rollouts of a Codex home, or of any folder that holds rollouts itself.

        Codex compresses rollouts after seven idle days and removes the plain file; where both
        exist, the plain one is read. So it is with the documents of before rollouts.
        """
        plain: set[str] = set()
        documents: list[Path] = []
        for path in _rollouts(root, (".jsonl", _ARCHIVED, _DOCUMENT), on_error):
            if path.name.endswith(".jsonl"):
                plain.add(str(path))
                yield path
            elif path.name.endswith(_DOCUMENT):
                documents.append(path)
            elif str(path).removesuffix(".zst") not in plain:  # it would stand before in the list
                yield path
        yield from (path for path in documents if f"{path}l" not in plain)

    def reader_of(self, log: str) -> Reader:
        """Return the reader of rollouts, of compressed ones, or of documents."""
        if log.endswith(_DOCUMENT):
            return CodexDocumentReader
        return CodexArchiveReader if log.endswith(_ARCHIVED) else CodexReader

    def rank_of(self, log: str) -> int:
        """Let the plain rollout stand for a session."""
        return int(not log.endswith(".jsonl"))


def _rollouts(
    root: Path, suffixes: tuple[str, ...], on_error: Callable[[OSError], None] | None
) -> Iterator[Path]:
    """Yield the files named as rollouts, those of a home's two folders or else all beneath it."""
    folders = [root / name for name in _FOLDERS if (root / name).is_dir()]
    for folder in folders or [root]:
        for each in walk(folder, suffixes, on_error):
            path = Path(each)
            if path.name.startswith("rollout-"):
                yield path


CODEX = CodexFormat("codex", CodexReader)
