"""Crush: a database `crush.db` in each project, which a registry names.

By charmbracelet/crush's `internal/db/migrations` (tables), `internal/message/content.go` (parts)
and `internal/projects/projects.go` (registry). Nearly all rows stand in the database's log as long
as Crush runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener
from hansei_sessions.foreign_sqlite import ForeignDatabase, combined_status, read_database
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import read_json
from hansei_sessions.readers.lenient import count, document, items, mapping, moment, text, whole
from hansei_sessions.readers.shell_text import crush_printed
from hansei_sessions.readers.snapshot import new_teller, told, told_anew
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

AGENT: Final = "crush"
_DENIED: Final = "User denied permission"
_REGISTRY_LIMIT: Final = 4 * 1024 * 1024
_PROJECTS_LIMIT: Final = 1000
_SESSION: Final = (
    *("id", "parent_session_id", "title", "prompt_tokens", "completion_tokens", "cost"),
    *("created_at", "updated_at"),
)
_MESSAGE: Final = (
    "id",
    "role",
    "parts",
    "model",
    "created_at",
    "finished_at",
    "is_summary_message",
)


class CrushReader(SnapshotReader):
    """Reads all sessions of a project's Crush database, of which only those that changed."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the sessions; the arguments are those of `SnapshotReader.read`."""

        def work(database: ForeignDatabase) -> list[Told]:
            marks = database.marks("messages", "session_id", "updated_at")
            return told_anew(
                database.rows("sessions", _SESSION, order=("created_at", "id")),
                "id",
                lambda row: f"{row['updated_at']}/{marks.get(text(row['id']))}",
                partial(_session, database, path),
                opener=opener,
                known=known,
            )

        yield from read_database(opener, path, work)


def _session(database: ForeignDatabase, path: str, row: dict[str, Any], mark: str) -> Told:
    key = text(row["id"])
    teller = new_teller(AGENT, AGENT)
    teller.identity(key, text(row["parent_session_id"]))
    teller.surroundings(str(Path(path).parent.parent))
    teller.entitle(text(row["title"]))
    teller.used(Usage(count(row["prompt_tokens"]), count(row["completion_tokens"])), "session")
    if not row["parent_session_id"]:  # a subagent's is added to its parent's as well
        teller.cost(row["cost"], "session")
    teller.place(moment(row["created_at"]))
    for message in database.rows(
        "messages", _MESSAGE, where="session_id", value=key, order=("created_at", "id")
    ):
        teller.story.parsed += 1
        _message(teller, message)
    return told(teller, path, key, key, mark)


def _message(teller: Teller, message: dict[str, Any]) -> None:
    parts = message["parts"]
    if isinstance(parts, bytes):
        parts = parts.decode("utf-8", "replace")
    at = moment(message["created_at"])
    teller.place(at)
    native = text(message["id"])
    role = text(message["role"])
    if message["is_summary_message"]:
        teller.compacted("compacted", native)
        return
    if role == "assistant":
        teller.activity()
        teller.surroundings(model=text(message["model"]))
    said = []
    for part in items(document(parts)):
        kind = text(part.get("type"))
        data = mapping(part.get("data"))
        if kind == "text" and role == "user" and data.get("hidden") is not True:
            said.append(text(data.get("text")))
        elif kind == "tool_call":
            name = text(data.get("name"))
            teller.call(text(data.get("id")), name, **about(name, data.get("input")))
        elif kind == "tool_result":
            _result(teller, data)
        elif kind == "finish":
            teller.place(moment(data.get("time")) or moment(message["finished_at"]) or at)
            _finish(teller, data, native)
    if said:
        teller.prompt("\n".join(one for one in said if one), native)


def _result(teller: Teller, data: dict[str, Any]) -> None:
    native = text(data.get("tool_call_id"))
    output = text(data.get("content"))
    held = teller.story.calls.get(native)
    if data.get("is_error") is True:
        if output.strip() == _DENIED:
            teller.rejected("permission-denied", native)
        else:
            teller.failed(native, output)
    elif held is not None and held.runs:
        _ran(teller, native, output, mapping(document(data.get("metadata"))))
    else:
        teller.ended_well(native, output)


def _ran(teller: Teller, native: str, output: str, metadata: dict[str, Any]) -> None:
    """Take what a command put out; its times are its own, without waiting for a permission."""
    printed = crush_printed(output)
    if printed.unfinished:
        teller.aborted(native)
        return
    start, end = moment(metadata.get("start_time")), moment(metadata.get("end_time"))
    done = metadata.get("background") is not True and start is not None and end is not None
    seconds = end - start if done and start is not None and end is not None else None
    code = whole(metadata.get("exit_code")) if printed.code is None else printed.code
    teller.ended_well(native, printed.output, code=code, seconds=seconds)


def _finish(teller: Teller, data: dict[str, Any], native: str) -> None:
    """Take the end of an answer: by the user, by a denied permission, or by a failure."""
    reason = text(data.get("reason"))
    said = text(data.get("message")) or text(data.get("details"))
    if reason == "canceled":
        teller.stopped("canceled", native)
    elif reason == "permission_denied":
        open_calls = teller.story.calls
        teller.rejected("permission-denied", next(reversed(open_calls)) if open_calls else native)
    elif reason == "error":
        teller.service_failed("service-error", said, native)


@dataclass(frozen=True, slots=True)
class CrushFormat(ReaderFormat):
    """Where Crush keeps its sessions: in the projects."""

    roots = staticmethod(roots.crush)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the databases of the projects that the registry names, and one in the root."""
        del on_error
        for folder in (root, root / ".crush", *self.beyond(root)):
            database = folder / "crush.db"
            if database.is_file():
                yield database

    def beyond(self, root: Path) -> tuple[Path, ...]:
        """Return the folders that the registry names."""
        registry = root / "projects.json"
        if not registry.is_file():
            return ()
        told_of = mapping(read_json(Opener([root]), str(registry), _REGISTRY_LIMIT))
        named = (text(one.get("data_dir")) for one in items(told_of.get("projects")))
        folders = [Path(one) for one in named if one and Path(one).is_absolute()]
        return tuple(dict.fromkeys(folders[:_PROJECTS_LIMIT]))

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a database with its log."""
        return combined_status(log, (log + "-wal",))


CRUSH = CrushFormat(AGENT, CrushReader)
