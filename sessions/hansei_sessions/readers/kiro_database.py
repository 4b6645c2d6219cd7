"""Kiro CLI before its logs: the table `conversations_v2` of `kiro-cli/data.sqlite3`.

By two third-party readers and their samples: a row a conversation, whose key is the folder and
whose value is a JSON document with the history. Of each pair in it, the user's half is a prompt or
the results of tools, and the model's half words or calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from hansei_sessions.files import Opener
from hansei_sessions.foreign_sqlite import ForeignDatabase, read_database
from hansei_sessions.readers.base import SnapshotReader, Told
from hansei_sessions.readers.documents import decoded
from hansei_sessions.readers.lenient import items, mapping, moment, text
from hansei_sessions.readers.snapshot import new_teller, told, told_anew
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.tools import about

AGENT: Final = "kiro"
DATABASE: Final = "data.sqlite3"
_TABLE: Final = "conversations_v2"
_COLUMNS: Final = ("key", "conversation_id", "created_at", "updated_at")


class KiroDatabaseReader(SnapshotReader):
    """Reads all conversations of the database, of which only those that changed."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the conversations; the arguments are those of `SnapshotReader.read`."""

        def work(database: ForeignDatabase) -> list[Told]:
            return told_anew(
                database.rows(_TABLE, _COLUMNS, order=("created_at", "conversation_id")),
                "conversation_id",
                lambda row: str(row["updated_at"]),
                partial(_conversation, database, path),
                opener=opener,
                known=known,
            )

        yield from read_database(opener, path, work)


def _conversation(database: ForeignDatabase, path: str, row: dict[str, Any], mark: str) -> Told:
    key = text(row["conversation_id"])
    teller = new_teller(AGENT, AGENT)
    teller.identity(key)
    teller.surroundings(text(row["key"]))
    teller.place(moment(row["created_at"]))
    for one in database.rows(_TABLE, ("value",), where="conversation_id", value=key):
        value = mapping(decoded(text(one["value"]).encode()))
        if not value:
            teller.story.malformed += 1
        model = mapping(value.get("model_info"))
        teller.surroundings(model=text(model.get("model_id")))
        for number, pair in enumerate(items(value.get("history"))):
            teller.story.parsed += 1
            _pair(teller, pair, f"{key}-{number}")
    return told(teller, path, key, key, mark)


def _pair(teller: Teller, pair: dict[str, Any], native: str) -> None:
    user, assistant = mapping(pair.get("user")), mapping(pair.get("assistant"))
    content = mapping(user.get("content"))
    teller.place(moment(user.get("timestamp")))
    teller.prompt(text(mapping(content.get("Prompt")).get("prompt")), native)
    for name in ("ToolUseResults", "CancelledToolUses"):
        for result in items(mapping(content.get(name)).get("tool_use_results")):
            _result(teller, result, cancelled=name == "CancelledToolUses")
    if "CancelledToolUses" in content:
        teller.prompt(text(mapping(content["CancelledToolUses"]).get("prompt")), native)
    ended = mapping(pair.get("request_metadata")).get("stream_end_timestamp_ms")
    teller.place(moment(ended))
    if assistant:
        teller.activity()
    for call in items(mapping(assistant.get("ToolUse")).get("tool_uses")):
        name = text(call.get("name"))
        teller.call(text(call.get("id")), name, **about(name, call.get("args")))


def _result(teller: Teller, result: dict[str, Any], *, cancelled: bool) -> None:
    native = text(result.get("tool_use_id"))
    parts = items(result.get("content"))
    said = [text(part.get("Text")) or text(part.get("text")) for part in parts]
    output = "\n".join(part for part in said if part) or text(result.get("content"))
    if cancelled:
        teller.rejected("rejected", native)
    elif text(result.get("status")).lower() == "error":
        teller.failed(native, output)
    else:
        teller.ended_well(native, output)
