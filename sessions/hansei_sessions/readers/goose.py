"""Goose: `sessions.db`, and one `.jsonl` a session before it.

By block/goose's `crates/goose/src/session/session_manager.rs` (tables, whose columns grow from
version to version) and `crates/goose/src/conversation/message.rs` (blocks of a message).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec

from hansei_sessions.files import Opener, walk
from hansei_sessions.foreign_sqlite import ForeignDatabase, combined_status, read_database
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Reader, ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.lenient import (
    blocks_text,
    count,
    document,
    items,
    mapping,
    moment,
    text,
    whole,
)
from hansei_sessions.readers.shell_text import goose_printed
from hansei_sessions.readers.snapshot import new_teller, told, told_anew
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

AGENT: Final = "goose"
_DECLINED: Final = "The user has declined to run this tool"
_BY_HOOK: Final = "Tool call denied by policy hook"
_COMPACTED: Final = frozenset({"contextLengthExceeded", "summarizationRequested"})
_SESSION: Final = (
    *("id", "name", "description", "working_dir", "session_type", "created_at", "updated_at"),
    *("accumulated_input_tokens", "accumulated_output_tokens", "input_tokens", "output_tokens"),
    "model_config_json",
)
_MESSAGE: Final = ("id", "role", "content_json", "created_timestamp", "metadata_json")


class GooseReader(StoryReader):
    """Reads one session of a Goose of before the database: metadata, then messages."""

    agent = AGENT
    version = 2
    rules = AGENT

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        teller.place(moment(record.get("created")), line, offset)
        if isinstance(record.get("content"), list):
            tell_message(teller, record)
        elif "working_dir" in record or "description" in record:
            teller.surroundings(text(record.get("working_dir")))
            teller.entitle(text(record.get("description")))
            spent = Usage(_tokens(record, "input_tokens"), _tokens(record, "output_tokens"))
            teller.used(spent, "session")
        else:
            teller.unknown(next(iter(record), ""))
            return False
        return True


class GooseDatabaseReader(SnapshotReader):
    """Reads all sessions of a Goose database, of which only those that changed."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the sessions; the arguments are those of `SnapshotReader.read`."""

        def work(database: ForeignDatabase) -> list[Told]:
            marks = database.marks("messages", "session_id", "id")
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
    teller.identity(key)
    config = mapping(document(row["model_config_json"]))
    teller.surroundings(text(row["working_dir"]), model=text(config.get("model_name")))
    teller.entitle(text(row["name"]) or text(row["description"]))
    teller.story.headless = text(row["session_type"]) not in {"", "user"}
    teller.used(Usage(_tokens(row, "input_tokens"), _tokens(row, "output_tokens")), "session")
    teller.place(moment(row["created_at"]))
    for message in database.rows(
        "messages", _MESSAGE, where="session_id", value=key, order=("created_timestamp", "id")
    ):
        teller.place(moment(message["created_timestamp"]))
        teller.story.parsed += 1
        tell_message(
            teller,
            {
                "id": f"{key}.{message['id']}",
                "role": message["role"],
                "content": document(message["content_json"]),
                "metadata": document(message["metadata_json"]),
            },
        )
    return told(teller, path, key, key, mark)


def _tokens(fields: Mapping[str, Any], name: str) -> int:
    """Return the tokens of the whole session where they are logged, else those of the last."""
    return count(fields.get(f"accumulated_{name}")) or count(fields.get(name))


def tell_message(teller: Teller, message: dict[str, Any]) -> None:
    """Take one message: words, calls and results stand in it as blocks.

    A compaction adds messages that only the agent sees, and hides the old ones from the agent.
    """
    blocks = items(message.get("content"))
    metadata = mapping(message.get("metadata"))
    shown = metadata.get("userVisible") is not False
    notes = teller.story.notes
    if not shown:
        if "hidden" not in notes:
            teller.compacted("compacted")
        notes["hidden"] = "1"
        return
    notes.pop("hidden", None)
    if message.get("role") == "assistant":
        teller.activity()
    for block in blocks:
        kind = text(block.get("type"))
        if kind in {"toolRequest", "frontendToolRequest"}:
            _call(teller, block)
        elif kind == "toolResponse":
            _result(teller, block)
        elif kind in _COMPACTED:
            teller.compacted("compacted")
    if message.get("role") == "user":
        said = [text(block.get("text")) for block in blocks if block.get("type") == "text"]
        teller.prompt("\n".join(one for one in said if one), text(message.get("id")))


def _call(teller: Teller, block: dict[str, Any]) -> None:
    native = text(block.get("id"))
    call = mapping(block.get("toolCall"))
    value = mapping(call.get("value"))
    name = text(value.get("name"))
    teller.call(native, name, **about(name, value.get("arguments")))
    if call.get("status") == "error":
        teller.failed(native, text(call.get("error")), rule="invalid-call")
        return
    now = blake2b(msgspec.json.encode([name, value.get("arguments")]), digest_size=8).hexdigest()
    notes = teller.story.notes
    notes["repeats"] = native if notes.get("call") == now else notes.get("repeats", "")
    notes["call"] = now


def _result(teller: Teller, block: dict[str, Any]) -> None:
    """Take a result; Goose declines a repeated call by itself in the words of the user's no."""
    native = text(block.get("id"))
    result = mapping(block.get("toolResult"))
    value = result.get("value")
    inner = mapping(value)
    output = blocks_text(value if isinstance(value, list) else inner.get("content"))
    error = text(result.get("error"))
    said = error or output
    if said.startswith(_BY_HOOK):
        teller.denied("denied-by-hook", native, said)
    elif said.startswith(_DECLINED):
        if teller.story.notes.get("repeats") == native:
            teller.denied("repetition", native, said)
        else:
            teller.rejected("declined", native)
    elif result.get("status") == "error" or inner.get("isError") is True:
        _failed(teller, native, said, mapping(inner.get("structuredContent")))
    else:
        teller.ended_well(native, output)


def _failed(teller: Teller, native: str, said: str, structured: dict[str, Any]) -> None:
    """Take a failure; a command's exit code stands beside it, and as its text's last line."""
    held = teller.story.calls.get(native)
    if held is None or not held.runs:
        teller.failed(native, said)
        return
    printed = goose_printed(said)
    code = whole(structured.get("exit_code"))
    rule = "timeout" if printed.timed_out else ""
    teller.failed(native, printed.output, code=printed.code if code is None else code, rule=rule)


@dataclass(frozen=True, slots=True)
class GooseFormat(ReaderFormat):
    """Where Goose keeps its sessions."""

    roots = staticmethod(roots.goose)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the database and the logs of before it."""
        return map(Path, walk(root, ("sessions.db", ".jsonl"), on_error))

    def reader_of(self, log: str) -> Reader:
        """Return the reader of databases, or of the logs of before."""
        return GooseDatabaseReader if log.endswith(".db") else GooseReader

    def rank_of(self, log: str) -> int:
        """Let the database stand for a session that was migrated."""
        return int(not log.endswith(".db"))

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a database with its log."""
        return combined_status(log, (log + "-wal",) if log.endswith(".db") else ())


GOOSE = GooseFormat(AGENT, GooseDatabaseReader)
