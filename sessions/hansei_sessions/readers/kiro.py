"""Kiro, its command line and its IDE: a log a session, in two forms, and what was before.

The program publishes no schema. Read is what third-party readers agree upon:

- `sessions/cli/<id>.jsonl`: records of a kind with data, of which only prompts bear a time; the
  file `<id>.json` beside names the session, its folder, its title, its model and its tokens;
- `sessions/<workspace>/sess_<id>/messages.jsonl`: records with a time and a payload, beside
  `session.json`;
- `kiro-cli/data.sqlite3`, the oldest: see `kiro_database`.

The second form is the Kiro IDE's since its version 1.0 too; for what it kept before see `kiro_ide`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener, walk
from hansei_sessions.foreign_sqlite import combined_status
from hansei_sessions.model import Tokens
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Beside, Reader, ReaderFormat
from hansei_sessions.readers.documents import read_json
from hansei_sessions.readers.kiro_database import DATABASE, KiroDatabaseReader
from hansei_sessions.readers.kiro_ide import (
    INDEX,
    MIGRATED,
    SESSIONS,
    KiroIdeReader,
    saves_of,
    workspace_of,
)
from hansei_sessions.readers.lenient import count, items, mapping, moment, text
from hansei_sessions.readers.roots import KIRO_IDE
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.tools import about

_BESIDE_LIMIT: Final = 1024 * 1024
_SILENT: Final = frozenset(
    {"usage_summary", "session_start", "session_metadata", "turn_start", "turn_end"}
)


class KiroReader(StoryReader):
    """Reads one session of Kiro."""

    agent = "kiro"
    version = 2
    rules = "kiro"

    def _fallback_id(self) -> str:
        """Return the session's id: the folder's name where each session has one."""
        folder = self._parts[-2] if len(self._parts) > 1 else ""
        return folder if folder.startswith("sess_") else super()._fallback_id()

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        if isinstance(record.get("payload"), dict):
            return _event(teller, record, line, offset)
        kind = text(record.get("kind"))
        data = mapping(record.get("data"))
        native = text(data.get("message_id"))
        said_at = mapping(data.get("meta")).get("timestamp") if kind == "Prompt" else None
        teller.place(moment(said_at), line, offset)
        handler = _KINDS.get(kind)
        if handler is not None:
            handler(teller, items(data.get("content")), native)
        elif kind != "Clear":
            teller.unknown(kind)
            return False
        return True


def _prompt(teller: Teller, blocks: list[dict[str, Any]], native: str) -> None:
    said = [text(one.get("data")) for one in blocks if one.get("kind") == "text"]
    teller.prompt("\n".join(one for one in said if one), native)


def _answer(teller: Teller, blocks: list[dict[str, Any]], _native: str) -> None:
    teller.activity()
    for block in blocks:
        call = mapping(block.get("data"))
        if block.get("kind") == "toolUse":
            name = text(call.get("name"))
            teller.call(text(call.get("toolUseId")), name, **about(name, call.get("input")))


def _results(teller: Teller, blocks: list[dict[str, Any]], _native: str) -> None:
    for block in blocks:
        if block.get("kind") == "toolResult":
            _result(teller, mapping(block.get("data")))


def _compacted(teller: Teller, _blocks: list[dict[str, Any]], native: str) -> None:
    teller.compacted("compacted", native)


_KINDS: Final[Mapping[str, Callable[[Teller, list[dict[str, Any]], str], None]]] = {
    "Prompt": _prompt,
    "AssistantMessage": _answer,
    "ToolResults": _results,
    "Compaction": _compacted,
}


def _result(teller: Teller, result: dict[str, Any]) -> None:
    native = text(result.get("toolUseId"))
    said = [text(one.get("data")) or text(one.get("text")) for one in items(result.get("content"))]
    output = "\n".join(one for one in said if one)
    if result.get("status") == "error":
        teller.failed(native, output)
    else:
        teller.ended_well(native, output)


def _event(teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
    """Take a record of the newest form."""
    payload = mapping(record.get("payload"))
    kind, native = text(payload.get("type")), text(payload.get("toolCallId"))
    teller.place(moment(record.get("timestamp")), line, offset)
    if kind == "user":
        teller.prompt(text(payload.get("content")), text(record.get("id")))
    elif kind == "assistant":
        teller.activity()
    elif kind == "tool_call":
        name = text(payload.get("toolName"))
        teller.call(native, name, **about(name, payload.get("args")))
    elif kind == "tool_result":
        output = text(payload.get("content"))
        if payload.get("success") is False:
            teller.failed(native, output)
        else:
            teller.ended_well(native, output)
    elif kind == "turn_end" and payload.get("stopReason") == "cancelled":
        teller.stopped("cancelled", text(record.get("id")))
    else:
        if kind not in _SILENT:
            teller.unknown(kind)
        return False
    return True


@dataclass(frozen=True, slots=True)
class KiroFormat(ReaderFormat):
    """Where Kiro keeps its logs."""

    roots = staticmethod(roots.kiro)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the sessions of a Kiro home, or of any folder that holds some itself."""
        database = root / DATABASE
        if database.is_file():
            yield database
            return
        if (root / SESSIONS).is_dir() or root.name == KIRO_IDE:
            for each in walk(root / SESSIONS, (".json",), on_error):
                name = Path(each).name
                if name != INDEX and not name.startswith(MIGRATED):
                    yield Path(each)
            return
        folder = root / "sessions"
        yield from map(Path, walk(folder if folder.is_dir() else root, (".jsonl",), on_error))

    def unread(self, root: Path) -> Iterable[tuple[Path, str]]:
        """Yield one snapshot of each workspace of the first builds, which kept no sessions."""
        if root.name != KIRO_IDE or (root / SESSIONS).is_dir():
            return
        seen = set()
        for each in map(Path, walk(root, (".chat",))):
            if each.parent not in seen:
                seen.add(each.parent)
                yield each, "snapshots of the first builds of Kiro cannot be read"

    def reader_of(self, log: str) -> Reader:
        """Return the reader of the database, of the older IDE's sessions, or of the logs."""
        if log.endswith(DATABASE):
            return KiroDatabaseReader
        return KiroIdeReader if log.endswith(".json") else KiroReader

    def rank_of(self, log: str) -> int:
        """Let a log stand for a session that was moved out of what was before."""
        return int(not log.endswith(".jsonl"))

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a log, or of what was before with what lies beside it."""
        if log.endswith(".json"):
            path = Path(log)
            saves = saves_of(log, workspace_of(path.parent.name))
            return combined_status(log, (str(path.with_name(MIGRATED + path.name)), str(saves)))
        return combined_status(log, (log + "-wal",) if log.endswith(DATABASE) else ())

    def beside(self, log: str, opener: Opener) -> Beside:
        """Return what the file beside a log says of the session."""
        if Path(log).name == "messages.jsonl":
            path = str(Path(log).with_name("session.json"))
        else:
            path = log.removesuffix(".jsonl") + ".json"
        told = mapping(read_json(opener, path, _BESIDE_LIMIT))
        state = mapping(told.get("session_state"))
        turns = items(mapping(state.get("conversation_metadata")).get("user_turn_metadatas"))
        model = mapping(mapping(state.get("rts_model_state")).get("model_info")).get("model_id")
        return Beside(
            cwd=text(told.get("cwd")) or text(told.get("workspacePath")) or _first(told),
            title=text(told.get("title")),
            model=text(model) or text(told.get("modelId")),
            started=moment(told.get("created_at")) or moment(told.get("createdAt")),
            last=moment(told.get("updated_at")) or moment(told.get("lastModifiedAt")),
            tokens=Tokens(
                sum(count(one.get("input_token_count")) for one in turns),
                sum(count(one.get("output_token_count")) for one in turns),
            ),
        )


def _first(told: dict[str, Any]) -> str:
    """Return the first of several folders."""
    named = told.get("workspacePaths")
    return text(named[0]) if isinstance(named, list) and named else ""


KIRO = KiroFormat("kiro", KiroReader)
