"""Where OpenCode keeps its sessions: readers of its database and of its tree of files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener, names_in, walk
from hansei_sessions.foreign_sqlite import ForeignDatabase, combined_status, read_database
from hansei_sessions.readers.base import Reader, ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import load_json, read_json
from hansei_sessions.readers.lenient import count, document, mapping, text
from hansei_sessions.readers.opencode import (
    AGENT,
    Message,
    tell_messages,
    tell_revert,
    tell_session,
)
from hansei_sessions.readers.roots import databases, is_database_name
from hansei_sessions.readers.snapshot import Row, new_teller, told, told_anew
from hansei_sessions.readers.story import Teller

_FILES_LIMIT: Final = 50_000
_SESSION: Final = (
    *("id", "parent_id", "directory", "title", "revert", "time_created", "time_updated"),
)


class OpenCodeDatabaseReader(SnapshotReader):
    """Reads all sessions of an OpenCode database, of which only those that changed."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the sessions; the arguments are those of `SnapshotReader.read`."""

        def work(database: ForeignDatabase) -> list[Told]:
            sessions = database.rows("session", _SESSION, order=("time_created", "id"))
            messages = database.marks("message", "session_id", "time_updated")
            parts = database.marks("part", "session_id", "time_updated")

            def mark_of(row: Row) -> str:
                key = text(row["id"])
                return f"{row['time_updated']}/{messages.get(key)}/{parts.get(key)}"

            tell = partial(_session, self.agent, database, path)
            return told_anew(sessions, "id", mark_of, tell, opener=opener, known=known)

        yield from read_database(opener, path, work)


def _session(
    agent: str, database: ForeignDatabase, path: str, row: dict[str, Any], mark: str
) -> Told:
    key = text(row["id"])
    teller = new_teller(agent, agent)
    tell_session(teller, row)
    parts: dict[str, list[dict[str, Any]]] = {}
    for part in database.rows(
        "part", ("id", "message_id", "data"), where="session_id", value=key, order=("id",)
    ):
        fields = mapping(document(part["data"]))
        parts.setdefault(text(part["message_id"]), []).append({**fields, "id": part["id"]})
    messages: list[Message] = []
    for message in database.rows(
        "message", ("id", "data"), where="session_id", value=key, order=("time_created", "id")
    ):
        fields = mapping(document(message["data"]))
        messages.append(({**fields, "id": message["id"]}, parts.get(text(message["id"]), [])))
    tell_messages(teller, messages)
    tell_revert(teller, row)
    return told(teller, path, key, key, mark)


class OpenCodeTreeReader(SnapshotReader):
    """Reads one session of the tree of files: its own, its messages' and their parts'."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the session; the arguments are those of `SnapshotReader.read`."""
        del known
        info = mapping(load_json(opener, path))
        own = text(info.get("id"))
        storage = Path(path).parents[2]
        teller = new_teller(self.agent, self.agent)
        tell_session(teller, info)
        tell_messages(teller, _messages(opener, storage, own, teller))
        tell_revert(teller, info)
        yield told(teller, path, own or Path(path).stem)


def _messages(opener: Opener, storage: Path, session: str, teller: Teller) -> list[Message]:
    found: list[Message] = []
    left = _FILES_LIMIT
    if not session or session != Path(session).name:
        return found
    for each in walk(storage / "message" / session, (".json",)):
        message = mapping(read_json(opener, each))
        native = text(message.get("id"))
        if not native or native != Path(native).name:
            teller.story.malformed += 1
            continue
        parts = []
        for other in walk(storage / "part" / native, (".json",)):
            left -= 1
            part = mapping(read_json(opener, other)) if left > 0 else {}
            if part:
                parts.append(part)
            else:
                teller.story.malformed += 1
        found.append((message, parts))
    found.sort(key=lambda one: (count(mapping(one[0].get("time")).get("created")), one[0]["id"]))
    return found


@dataclass(frozen=True, slots=True)
class OpenCodeFormat(ReaderFormat):
    """Where OpenCode keeps its sessions, or a program that grew from it.

    The environment and the names are those of packages/opencode/src/storage/db.ts.
    """

    tree: type[OpenCodeTreeReader] = OpenCodeTreeReader
    program: str = "opencode"
    """Its folder, and what its databases' names begin with."""

    def roots(self, environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return the folder in that for data, which is the same on every platform.

        And the database that `$OPENCODE_DB` names, where it is another than those in the folder.
        """
        return databases(environ, home, self.program)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the databases of all channels, and the session files of the tree."""
        if root.is_file():
            yield root
            return
        names = names_in(root, on_error)
        if names is None:
            return
        for name in names:
            if is_database_name(name, self.program):
                yield root / name
        storage = root / "storage" if "storage" in names else root
        if (storage / "session").is_dir():
            yield from map(Path, walk(storage / "session", (".json",), on_error))

    def reader_of(self, log: str) -> Reader:
        """Return the reader of databases, or of the tree."""
        return self.reader if is_database(log) else self.tree

    def rank_of(self, log: str) -> int:
        """Let the database stand for a session that was migrated."""
        return int(not is_database(log))

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a database with its log, or of a session with its messages."""
        if is_database(log):
            return combined_status(log, (log + "-wal",))
        path = Path(log)
        folder = path.parents[2] / "message" / path.stem
        return combined_status(log, (str(folder), *walk(folder, (".json",))))


def is_database(log: str) -> bool:
    """Tell a database, whose name `$OPENCODE_DB` may choose, from a session of the tree."""
    return not log.endswith(".json")


OPENCODE = OpenCodeFormat(AGENT, OpenCodeDatabaseReader)
