"""Cursor's command line: a database a chat, `chats/<folder>/<chat>/store.db`.

The program publishes no schema. Read is what several third-party readers agree upon, of which two
say what real files hold (648 of them, from November 2025 to April 2026; cursor-agent 2026.09.02):

- `meta` has one row, JSON in hexadecimal digits: the chat's id, name, time, model, and the id of
  the blob that is its root now;
- `blobs` holds what was ever said under the SHA-256 of it. A root is a protobuf message: field 1,
  repeated, are the digests of the messages in their order, field 9 is the folder as an address,
  field 21 the folder and the branch;
- a message is JSON: a role, and words or blocks (`text`, `tool-call`, `tool-result`). What became
  of a call stands in `providerOptions.cursor.highLevelToolCallResult`; an exit code at the head of
  a command's result;
- `meta.json` beside it has the title, the folder and when the chat began and last changed.

Only prompts bear a time. Tokens are not kept: the root tells how full the context is, not what was
spent. Chats whose blobs are encrypted cannot be read, and are told as such.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener
from hansei_sessions.foreign_sqlite import ForeignDatabase, read_database
from hansei_sessions.readers.base import SnapshotReader, Told
from hansei_sessions.readers.cursor_words import typed, typed_at
from hansei_sessions.readers.documents import decoded, read_json
from hansei_sessions.readers.lenient import folder_of, items, mapping, moment, text
from hansei_sessions.readers.protobuf import fields_of
from hansei_sessions.readers.snapshot import new_teller, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.tools import about

AGENT: Final = "cursor"
STORE: Final = "store.db"
BESIDE: Final = "meta.json"
_BESIDE_LIMIT: Final = 1024 * 1024
_MESSAGES_LIMIT: Final = 50_000
_DIGEST: Final = 32
_MESSAGE: Final = 1
_FOLDER: Final = 9
_CHECKOUT: Final = 21
_PATH: Final = 1
_BRANCH: Final = 2
_UNNAMED: Final = "New Agent"
_ANY_MODEL: Final = frozenset({"default", "auto"})
_BY_HOOK: Final = "Hook blocked"
_EXIT = re.compile(r"\s*Exit code: (\d{1,9})\b")
_OUTPUT: Final = "Command output:"
_FENCE: Final = "```"


class CursorStoreReader(SnapshotReader):
    """Reads one chat of Cursor's command line."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the chat; the arguments are those of `SnapshotReader.read`."""
        del known
        beside = mapping(read_json(opener, str(Path(path).with_name(BESIDE)), _BESIDE_LIMIT))

        def work(database: ForeignDatabase) -> Told:
            return _chat(database, path, beside, opener)

        yield read_database(opener, path, work)


def _chat(database: ForeignDatabase, path: str, beside: dict[str, Any], opener: Opener) -> Told:
    meta = _meta(database)
    teller = new_teller(AGENT, AGENT)
    teller.identity(text(meta.get("agentId")))
    teller.story.headless = beside.get("isSubagent") is True
    name = text(meta.get("name"))
    teller.entitle(text(beside.get("title")) or ("" if name == _UNNAMED else name))
    teller.surroundings(
        text(beside.get("cwd")) or text(meta.get("workspacePath")),
        model=_model(text(meta.get("lastUsedModel"))),
    )
    teller.place(moment(meta.get("createdAt")) or moment(beside.get("createdAtMs")))
    for digest in _messages(database, teller, text(meta.get("latestRootBlobId"))):
        if opener.stop_asked():
            raise InterruptedError("stopped")
        message = mapping(decoded(_blob(database, digest)))
        if message:
            teller.story.parsed += 1
            teller.place(moment(message.get("createdAt")))
            _message(teller, message)
        else:
            teller.story.malformed += 1
    if teller.story.malformed and not teller.story.parsed:
        raise LogFormatError(
            "none of the chat's messages can be read", "They may be encrypted, or of a newer form."
        )
    teller.place(moment(beside.get("updatedAtMs")))
    return told(teller, path, Path(path).parent.name)


def _meta(database: ForeignDatabase) -> dict[str, Any]:
    """Return the chat's own record: JSON as hexadecimal digits, or plain in older versions."""
    for row in database.rows("meta", ("key", "value"), where="key", value="0"):
        held = text(row["value"]).strip()
        with contextlib.suppress(ValueError):
            held = bytes.fromhex(held).decode("utf-8", "replace")
        found = mapping(decoded(held.encode("utf-8", "replace")))
        if found:
            return found
    raise LogFormatError("the chat has no record of itself", "It may be of a newer form.")


def _blob(database: ForeignDatabase, digest: str) -> bytes:
    """Return what is held under an id; nothing where that is missing or too large."""
    for row in database.rows("blobs", ("data",), where="id", value=digest):
        held = row["data"]
        return held if isinstance(held, bytes) else text(held).encode("utf-8", "replace")
    return b""


def _messages(database: ForeignDatabase, teller: Teller, root: str) -> list[str]:
    """Return the ids of the messages as the chat's root lists them; take what else it tells."""
    if not root:
        return []
    found: list[str] = []
    held = _blob(database, root)
    fields = list(fields_of(held))
    if held and not fields:
        teller.story.malformed += 1
    for number, value in fields:
        if not isinstance(value, bytes):
            continue
        if number == _MESSAGE and len(value) == _DIGEST and len(found) < _MESSAGES_LIMIT:
            found.append(value.hex())
        elif number == _FOLDER:
            teller.surroundings(folder_of(value.decode("utf-8", "replace")))
        elif number == _CHECKOUT:
            checkout = dict(fields_of(value))
            path, branch = checkout.get(_PATH), checkout.get(_BRANCH)
            if isinstance(path, bytes) and isinstance(branch, bytes):
                teller.surroundings(branch=branch.decode("utf-8", "replace"))
    return found


def _model(name: str) -> str:
    return "" if name in _ANY_MODEL else name


def _message(teller: Teller, message: dict[str, Any]) -> None:
    content = message.get("content")
    blocks = items(content)
    options = mapping(mapping(message.get("providerOptions")).get("cursor"))
    role = text(message.get("role"))
    if role == "user":
        said = [text(one.get("text")) for one in blocks if one.get("type") == "text"]
        _said(teller, text(content) or "\n".join(said), options)
    elif role == "assistant":
        teller.activity()
        teller.surroundings(model=_model(text(options.get("modelName"))))
        for block in blocks:
            if block.get("type") == "tool-call":
                name = text(block.get("toolName"))
                teller.call(text(block.get("toolCallId")), name, **about(name, block.get("args")))
    elif role == "tool":
        for block in blocks:
            if block.get("type") == "tool-result":
                _result(teller, block, mapping(options.get("highLevelToolCallResult")))
    elif role != "system":
        teller.unknown(role)


def _said(teller: Teller, said: str, options: dict[str, Any]) -> None:
    """Take a message in the user's name: a prompt, or what Cursor says to the model in it."""
    at = typed_at(said)
    if at is not None:
        teller.place(at)
    native = text(options.get("requestId"))
    if options.get("isSummary") is True:
        teller.compacted("compacted", native)
    elif not options.get("loopReminder"):
        teller.prompt(typed(said), native)


def _result(teller: Teller, block: dict[str, Any], outcome: dict[str, Any]) -> None:
    native = text(block.get("toolCallId"))
    output = mapping(outcome.get("output"))
    said = text(block.get("result")) or "\n".join(
        text(one.get("text")) for one in items(block.get("experimental_content"))
    )
    if isinstance(output.get("rejected"), dict):
        _refused(teller, native, text(output["rejected"].get("reason")))
        return
    seconds = _seconds(output)
    exit_code = _EXIT.match(said)
    if exit_code:
        teller.ended_well(native, _printed(said), code=int(exit_code[1]), seconds=seconds)
    elif True in (outcome.get("isError"), output.get("isError")):
        raw = outcome.get("rawErrorMessages")
        told = [one for one in raw if isinstance(one, str)] if isinstance(raw, list) else []
        teller.failed(native, said or "\n".join(told), seconds=seconds)
    else:
        teller.ended_well(native, said, seconds=seconds)


def _refused(teller: Teller, native: str, reason: str) -> None:
    """Take a refused call: a human's no has no reason, a hook or a classifier tells one."""
    if reason.startswith(_BY_HOOK):
        teller.denied("denied-by-hook", native, reason)
    elif reason.strip():
        teller.denied("ruled-out", native, reason)
    else:
        teller.rejected("rejected", native)


def _seconds(output: dict[str, Any]) -> float | None:
    """Return how long a command ran: milliseconds in the outcome, whichever it is."""
    for outcome in output.values():
        spent = mapping(outcome).get("executionTime")
        if isinstance(spent, int | float) and not isinstance(spent, bool) and 0 <= spent < 1e9:
            return spent / 1000
    return None


def _printed(said: str) -> str:
    """Return what a command printed, without what Cursor wrote around it."""
    _, found, printed = said.partition(_OUTPUT)
    if not found:
        return said.strip().partition("\n")[2].strip()
    printed = printed.strip()
    if printed.startswith(_FENCE):
        printed = printed.removeprefix(_FENCE).rpartition(_FENCE)[0]
    return printed.strip()
