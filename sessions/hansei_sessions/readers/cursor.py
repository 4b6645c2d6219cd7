"""Cursor: `projects/<folder>/agent-transcripts/<id>/<id>.jsonl`, appended while it runs.

The program publishes no schema. Read is what hand-written fixtures of a third-party reader show:
messages of the user and the model, and the model's calls. They bear neither ids nor tokens, times
only of prompts and in newer versions, and what they tell of results cannot be relied upon:
frictions are not read. The chats stand in a database too, the editor's (see `cursor_database`) or
the command line's (see `cursor_store`), which tells more of the same chat.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener, walk
from hansei_sessions.foreign_sqlite import combined_status
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Beside, Reader, ReaderFormat
from hansei_sessions.readers.cursor_database import DATABASE, CursorDatabaseReader
from hansei_sessions.readers.cursor_store import BESIDE, STORE, CursorStoreReader
from hansei_sessions.readers.cursor_words import typed, typed_at
from hansei_sessions.readers.lenient import items, mapping, text
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader

_CALLS: Final = frozenset({"tool_use", "tool_call", "tool-call"})
_RESULTS: Final = frozenset({"tool_result", "tool-result"})
_TRANSCRIPTS: Final = "agent-transcripts"
_PROJECTS: Final = "projects"
_FOLDERS: Final = ("chats", "acp-sessions", _PROJECTS)
"""What a home of the command line keeps sessions in."""
_EXTENSIONS: Final = "extensions"
"""Tells a home without sessions, in which nothing is looked for, from any other folder."""


class CursorReader(StoryReader):
    """Reads one transcript of a Cursor agent."""

    agent = "cursor"
    version = 2
    rules = "cursor"

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        teller.place(None, line, offset)
        if self._parts[-2:-1] == ["subagents"] and len(self._parts) > 2:
            teller.identity(parent_id=self._parts[-3])
        role = text(record.get("role"))
        content = mapping(record.get("message")).get("content")
        blocks = items(content)
        if role == "user":
            said = text(content) or "\n".join(
                text(block.get("text")) for block in blocks if block.get("type") == "text"
            )
            if not any(text(block.get("type")) in _RESULTS for block in blocks):
                at = typed_at(said)
                if at is not None:
                    teller.place(at)
                teller.prompt(typed(said))
        elif role == "assistant":
            teller.activity()
            teller.surroundings(model=text(record.get("model")))
            for block in blocks:
                if text(block.get("type")) in _CALLS:
                    teller.call("", text(block.get("name")))
        else:
            kind = text(record.get("type"))
            if kind != "turn_ended":
                teller.unknown(kind or role)
            return False
        return True


@dataclass(frozen=True, slots=True)
class CursorFormat(ReaderFormat):
    """Where Cursor keeps its transcripts."""

    roots = staticmethod(roots.cursor)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield a folder's database, or the chats and transcripts of a home or of any folder."""
        database = root / DATABASE
        if database.is_file():
            yield database
            return
        named = [name for name in _FOLDERS if (root / name).is_dir()]
        if not named and (root / _EXTENSIONS).is_dir():
            return
        for folder in [root / name for name in named] or [root]:
            for each in walk(folder, (".jsonl", STORE), on_error):
                path = Path(each)
                if path.suffix == ".db":
                    wanted = path.name == STORE
                else:
                    wanted = folder.name != _PROJECTS or _TRANSCRIPTS in path.parts
                if wanted:
                    yield path

    def unread(self, root: Path) -> Iterable[tuple[Path, str]]:
        """Yield the transcripts of before the JSON lines."""
        if (root / _PROJECTS).is_dir():
            for each in walk(root / _PROJECTS, (".txt",)):
                path = Path(each)
                if _TRANSCRIPTS in path.parent.parts[-3:]:
                    yield path, "transcripts as plain text cannot be read"

    def reader_of(self, log: str) -> Reader:
        """Return the reader of either database, or of transcripts."""
        if log.endswith(DATABASE):
            return CursorDatabaseReader
        return CursorStoreReader if _is_store(log) else CursorReader

    def rank_of(self, log: str) -> int:
        """Let a database stand for a chat that has a transcript too: it knows more."""
        return int(not (log.endswith(DATABASE) or _is_store(log)))

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a transcript, or of a database with its log."""
        if _is_store(log):
            return combined_status(log, (log + "-wal", str(Path(log).with_name(BESIDE))))
        return combined_status(log, (log + "-wal",) if log.endswith(DATABASE) else ())

    def beside(self, log: str, opener: Opener) -> Beside | None:
        """Return the project's name as its folder bears it: its path with other separators."""
        del opener
        parts = Path(log).parts
        if _TRANSCRIPTS not in parts:
            return None
        return Beside(project=parts[parts.index(_TRANSCRIPTS) - 1])


def _is_store(log: str) -> bool:
    return Path(log).name == STORE


CURSOR = CursorFormat("cursor", CursorReader)
