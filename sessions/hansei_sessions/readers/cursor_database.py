"""Cursor's editor: its chats in the table `cursorDiskKV` of `globalStorage/state.vscdb`.

The program publishes no schema. Read is what several third-party readers agree upon: under
`composerData:<id>` a chat's name, times, model and the order of its bubbles; under
`bubbleId:<chat>:<bubble>` what was said (type 1 is the user, 2 the model) and a call of a tool with
its state. Exit codes of commands are not among it. The database can be of gigabytes: chats that
have not changed are known by their number of bubbles and their time, and not read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hansei_sessions.files import Opener
from hansei_sessions.foreign_sqlite import ForeignDatabase, Held, read_database
from hansei_sessions.readers.base import SnapshotReader, Told
from hansei_sessions.readers.documents import decoded
from hansei_sessions.readers.lenient import count, document, items, mapping, moment, text
from hansei_sessions.readers.snapshot import new_teller, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

AGENT: Final = "cursor"
DATABASE: Final = "state.vscdb"
_TABLE: Final = ("cursorDiskKV", "key", "value")
_COMPOSER: Final = "composerData:"
_HEADERS: Final = "composerHeaders"
_CHATS_LIMIT: Final = 5_000
_USER: Final = 1
_MODEL: Final = 2


class CursorDatabaseReader(SnapshotReader):
    """Reads all chats of the database, of which only those that changed."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the chats; the arguments are those of `SnapshotReader.read`."""

        def work(database: ForeignDatabase) -> list[Told]:
            found = []
            times = _times(database)
            chats = database.beginning(*_TABLE, _COMPOSER, Held.NOTHING)
            for key in list(chats)[-_CHATS_LIMIT:]:
                if opener.stop_asked():
                    raise InterruptedError("stopped")
                own = key.removeprefix(_COMPOSER)
                if not own.isascii() or not own:
                    continue
                bubbles = database.beginning(*_TABLE, f"bubbleId:{own}:", Held.NOTHING)
                length = times.get(own) or database.beginning(*_TABLE, key, Held.LENGTH).get(key)
                mark = f"{len(bubbles)}/{length}"
                if known.get(own) == mark:
                    found.append(Told(own, None, mark=mark))
                else:
                    found.append(_chat(database, path, own, mark))
            return found

        yield from read_database(opener, path, work)


def _times(database: ForeignDatabase) -> dict[str, str]:
    """Return when each chat was changed last, where the version keeps that in a table."""
    if "composerId" not in database.columns(_HEADERS):
        return {}
    rows = database.rows(_HEADERS, ("composerId", "lastUpdatedAt"))
    return {text(row["composerId"]): str(row["lastUpdatedAt"]) for row in rows}


def _value(held: Any) -> dict[str, Any]:
    """Return a value of the table: a JSON text, or the bytes of one."""
    if isinstance(held, str):
        held = held.encode("utf-8", "replace")
    return mapping(decoded(held)) if isinstance(held, bytes) else {}


def _chat(database: ForeignDatabase, path: str, own: str, mark: str) -> Told:
    key = f"{_COMPOSER}{own}"
    chat = _value(database.beginning(*_TABLE, key, Held.VALUE).get(key))
    prefix = f"bubbleId:{own}:"
    bubbles = {
        name.removeprefix(prefix): held
        for name, held in database.beginning(*_TABLE, prefix, Held.VALUE).items()
    }
    teller = new_teller(AGENT, AGENT)
    teller.identity(own)
    teller.entitle(text(chat.get("name")))
    folder = mapping(mapping(chat.get("workspaceIdentifier")).get("uri"))
    model = text(mapping(chat.get("modelConfig")).get("modelName"))
    teller.surroundings(text(folder.get("fsPath")), model="" if model == "default" else model)
    teller.place(moment(chat.get("createdAt")))
    order = [text(one.get("bubbleId")) for one in items(chat.get("fullConversationHeadersOnly"))]
    inline = items(chat.get("conversation"))
    for bubble in [_value(bubbles[name]) for name in order if name in bubbles] or inline:
        if bubble:
            teller.story.parsed += 1
            _bubble(teller, bubble)
        else:
            teller.story.malformed += 1
    return told(teller, path, own, own, mark)


def _bubble(teller: Teller, bubble: dict[str, Any]) -> None:
    native = text(bubble.get("bubbleId"))
    teller.place(moment(bubble.get("createdAt")))
    spent = mapping(bubble.get("tokenCount"))
    teller.used(Usage(count(spent.get("inputTokens")), count(spent.get("outputTokens"))))
    if bubble.get("type") == _USER:
        teller.prompt(text(bubble.get("text")), native)
    elif bubble.get("type") == _MODEL:
        teller.activity()
        call = mapping(bubble.get("toolFormerData"))
        if text(call.get("name")):
            _call(teller, call, text(call.get("toolCallId")) or native)


def _call(teller: Teller, call: dict[str, Any], native: str) -> None:
    name = text(call.get("name"))
    arguments = document(call.get("rawArgs")) or document(call.get("params"))
    teller.call(native, name, **about(name, arguments))
    result = document(call.get("result"))
    output = text(mapping(result).get("output")) or text(mapping(result).get("contents"))
    status = text(call.get("status"))
    if call.get("userDecision") == "rejected":
        teller.rejected("rejected", native)
    elif status == "error":
        said = text(mapping(document(call.get("error"))).get("clientVisibleErrorMessage"))
        teller.failed(native, said or text(result) or output)
    elif status == "cancelled":
        teller.aborted(native)
    elif status == "completed":
        teller.ended_well(native, output)
