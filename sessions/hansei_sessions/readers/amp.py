"""Amp: `threads/T-<id>.json`, a document that is written anew with every message.

The program publishes no schema. Read is what third-party readers agree upon; newer versions keep
threads on their server, and nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener, walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import load_json
from hansei_sessions.readers.lenient import count, folder_of, items, mapping, moment, text
from hansei_sessions.readers.snapshot import new_teller, stem, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

AGENT: Final = "amp"


class AmpReader(SnapshotReader):
    """Reads one thread of Amp."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the thread; the arguments are those of `SnapshotReader.read`."""
        del known
        thread = mapping(load_json(opener, path))
        if not isinstance(thread.get("messages"), list):
            raise LogFormatError("it is no thread of Amp", "Its messages are missing.")
        teller = new_teller(AGENT, AGENT)
        teller.story.alone = True
        teller.identity(text(thread.get("id")))
        teller.entitle(text(thread.get("title")))
        trees = items(mapping(mapping(thread.get("env")).get("initial")).get("trees"))
        teller.surroundings(folder_of(text(trees[0].get("uri"))) if trees else "")
        teller.place(moment(thread.get("created")))
        for number, message in enumerate(items(thread["messages"])):
            teller.story.parsed += 1
            _message(teller, message, str(number))
        yield told(teller, path, stem(path))


def _message(teller: Teller, message: dict[str, Any], number: str) -> None:
    usage = mapping(message.get("usage"))
    teller.place(moment(usage.get("timestamp")))
    blocks = items(message.get("content"))
    if message.get("role") == "assistant":
        teller.activity()
        teller.surroundings(model=text(usage.get("model")))
        teller.used(
            Usage(
                count(usage.get("inputTokens")),
                count(usage.get("outputTokens")),
                count(usage.get("cacheReadInputTokens")),
                count(usage.get("cacheCreationInputTokens")),
            )
        )
    for block in blocks:
        if block.get("type") == "tool_use":
            name = text(block.get("name"))
            teller.call(text(block.get("id")), name, **about(name, block.get("input")))
        elif block.get("type") == "tool_result":
            _result(teller, block)
    if message.get("role") == "user":
        said = [text(block.get("text")) for block in blocks if block.get("type") == "text"]
        teller.prompt("\n".join(one for one in said if one), f"{number}")


def _result(teller: Teller, block: dict[str, Any]) -> None:
    native = text(block.get("toolUseID")) or text(block.get("tool_use_id"))
    run = mapping(block.get("run"))
    status = text(run.get("status"))
    result = mapping(run.get("result"))
    output = text(run.get("result")) or text(result.get("output")) or text(result.get("content"))
    code = result.get("exitCode")
    if status == "rejected-by-user":
        teller.rejected("rejected", native)
    elif status == "cancelled":
        if teller.first_time(native):
            teller.stopped("cancelled-call", call=native)
    elif status == "error":
        error = run.get("error")
        said = text(mapping(error).get("message")) or text(error)
        teller.failed(native, said or output or _dumped(error))
    elif status == "done":
        ended = code if isinstance(code, int) and not isinstance(code, bool) else None
        teller.ended_well(native, output, code=ended)


def _dumped(value: Any) -> str:
    return msgspec.json.encode(value).decode() if value else ""


@dataclass(frozen=True, slots=True)
class AmpFormat(ReaderFormat):
    """Where Amp keeps its threads."""

    roots = staticmethod(roots.amp)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the threads beneath a folder."""
        for each in walk(root, (".json",), on_error):
            path = Path(each)
            if path.name.startswith("T-"):
                yield path


AMP = AmpFormat(AGENT, AmpReader)
