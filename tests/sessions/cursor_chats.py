"""Self-written chats of Cursor's command line, in the form that its readers agree upon."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tests.sessions import agent_documents as documents

CURSOR_STORE_TABLES: Final = """
CREATE TABLE blobs (id TEXT PRIMARY KEY, data BLOB);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
"""
CURSOR_CHAT: Final = "5b0c1a7e-2f4d-4c1b-9a3e-7d2f1c0b9e8a"


def varint(value: int) -> bytes:
    """Return a number as protobuf writes it."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def wire(number: int, value: bytes) -> bytes:
    """Return a field of a protobuf message that holds bytes."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def cursor_call(call: str, tool: str, **arguments: object) -> dict[str, Any]:
    """Return a message of the model that calls a tool."""
    block = {"type": "tool-call", "toolCallId": call, "toolName": tool, "args": arguments}
    return {"role": "assistant", "id": "1", "content": [block]}


def cursor_result(call: str, said: str, **outcome: object) -> dict[str, Any]:
    """Return the message of a result."""
    block = {"type": "tool-result", "toolCallId": call, "result": said}
    options = {"cursor": {"highLevelToolCallResult": outcome}}
    return {"role": "tool", "id": call, "content": [block], "providerOptions": options}


def cursor_said(said: str, request: str = "", **options: object) -> dict[str, Any]:
    """Return a message in the user's name."""
    options = options | ({"requestId": request} if request else {})
    message: dict[str, Any] = {"role": "user", "content": [{"type": "text", "text": said}]}
    return message | ({"providerOptions": {"cursor": options}} if options else {})


def shell(code: int, printed: str) -> str:
    """Return the result of a command, with what Cursor writes around it."""
    return (
        f"Exit code: {code}\n\nCommand output:\n\n```\n{printed}\n```\n\n"
        "Command completed in 55 ms.\n\nShell state (cwd, env vars) persists for subsequent calls."
    )


def query(clock: str, said: str) -> str:
    """Return a prompt as Cursor hands it on."""
    stamp = f"<timestamp>Monday, Nov 2, 2026, {clock} (UTC+1)</timestamp>"
    return f"{stamp}\n<user_query>\n{said}\n</user_query>"


CURSOR_MESSAGES: Final[list[dict[str, Any]]] = [
    {"role": "system", "content": "You are an AI coding assistant."},
    {"role": "user", "content": "<user_info>\nOS\n</user_info>\n\n<rules>\nx\n</rules>"},
    cursor_said(query("9:40 AM", "mend it"), "request-0001"),
    cursor_call("call-1", "Shell", command="make"),
    cursor_result("call-1", shell(2, "error: no rule"), output={"success": {}}, isError=False),
    cursor_call("call-2", "Shell", command="make all"),
    cursor_result(
        "call-2", shell(0, "ok"), output={"success": {"executionTime": 75_000}}, isError=False
    ),
    cursor_call("call-3", "StrReplace", path="a.py"),
    cursor_result("call-3", "no such text", output={"error": {}}, isError=True),
    cursor_call("call-4", "Shell", command="git push"),
    cursor_result("call-4", "", output={"rejected": {"command": "git push", "reason": ""}}),
    cursor_said(query("9:50 AM", "not that"), "request-0002"),
    cursor_call("call-5", "Shell", command="ls"),
    cursor_result("call-5", "", output={"rejected": {"reason": "Hook blocked with message: no"}}),
    cursor_call("call-6", "Read", path="b.py"),
    cursor_result("call-6", "", isError=True, rawErrorMessages=["no such file"]),
    cursor_said("the story so far", isSummary=True),
    cursor_said("go on", loopReminder="x"),
    cursor_call("call-7", "Grep", pattern="x"),
]


def fill_cursor_store(database: sqlite3.Connection, messages: Any = CURSOR_MESSAGES) -> None:
    """Write a chat: its messages, the root that lists them, and the chat's own record."""
    root = b""
    for message in messages:
        data = json.dumps(message).encode()
        digest = sha256(data).digest()
        root += wire(1, digest)
        database.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (digest.hex(), data))
    root += bytes([0x50, 1]) + wire(9, b"file:///home/ada/my%20shop")
    root += wire(21, wire(1, b"/home/ada/my shop") + wire(2, b"main"))
    own = sha256(root).hexdigest()
    database.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (own, root))
    meta = {
        "agentId": CURSOR_CHAT,
        "latestRootBlobId": own,
        "name": "New Agent",
        "mode": "default",
        "createdAt": millis_at(2026, 11, 2, 8, 39),
        "lastUsedModel": "composer-9",
    }
    held = json.dumps(meta).encode().hex()
    database.execute("INSERT OR REPLACE INTO meta VALUES ('0', ?)", (held,))


def millis_at(*parts: int) -> int:
    """Return a time of day in UTC as milliseconds since the epoch."""
    year, month, day, hour, minute = parts
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp() * 1000)


def cursor_store(home: Path, _platform: str) -> Path:
    """Write a chat of Cursor's command line."""
    folder = home / ".cursor" / "chats" / ("ab" * 16) / CURSOR_CHAT
    documents.database(folder / "store.db", CURSOR_STORE_TABLES, fill_cursor_store).close()
    beside = {"title": "Mending", "cwd": "/home/ada/my shop", "schemaVersion": 1}
    documents.put(folder / "meta.json", beside | {"updatedAtMs": millis_at(2026, 11, 2, 8, 55)})
    return folder / "store.db"
