"""Continue: `sessions/<id>.json`, a document that is written anew with every message.

Read is what third-party readers agree upon, and the states of tool calls. Messages bear no times:
a session's only one stands in the list `sessions.json` beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener, walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import load_json, read_json
from hansei_sessions.readers.lenient import blocks_text, folder_of, items, mapping, moment, text
from hansei_sessions.readers.snapshot import new_teller, stem, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.tools import about

AGENT: Final = "continue-dev"
_LIST: Final = "sessions.json"


class ContinueReader(SnapshotReader):
    """Reads one session of Continue."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the session; the arguments are those of `SnapshotReader.read`."""
        del known
        session = mapping(load_json(opener, path))
        if not isinstance(session.get("history"), list):
            raise LogFormatError("it is no session of Continue", "Its history is missing.")
        teller = new_teller(AGENT, AGENT)
        teller.story.alone = True
        own = text(session.get("sessionId")) or stem(path)
        teller.identity(own)
        teller.entitle(text(session.get("title")))
        teller.surroundings(folder_of(text(session.get("workspaceDirectory"))))
        listed = read_json(opener, str(Path(path).with_name(_LIST)))
        for one in items(listed):
            if one.get("sessionId") == own:
                created = one.get("dateCreated")
                if isinstance(created, str) and re.fullmatch(r"[0-9]{9,19}", created):
                    created = int(created)
                teller.place(moment(created))
        for number, step in enumerate(items(session["history"])):
            teller.story.parsed += 1
            _step(teller, step, str(number))
        yield told(teller, path, own)


def _step(teller: Teller, step: dict[str, Any], number: str) -> None:
    message = mapping(step.get("message"))
    role = text(message.get("role"))
    if role == "user":
        teller.prompt(blocks_text(message.get("content")), f"{number}")
    elif role == "assistant":
        teller.activity()
    for state in items(step.get("toolCallStates")):
        call = mapping(state.get("toolCall"))
        function = mapping(call.get("function"))
        native = text(state.get("toolCallId")) or text(call.get("id"))
        name = text(function.get("name"))
        teller.call(native, name, **about(name, function.get("arguments")))
        output = "\n".join(text(one.get("content")) for one in items(state.get("output")))
        status = text(state.get("status"))
        if status == "errored":
            teller.failed(native, output)
        elif status == "canceled":
            teller.rejected("canceled", native)
        elif status == "done":
            teller.ended_well(native, output)


@dataclass(frozen=True, slots=True)
class ContinueFormat(ReaderFormat):
    """Where Continue keeps its sessions."""

    roots = staticmethod(roots.continue_dev)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the sessions beneath a folder."""
        for each in walk(root, (".json",), on_error):
            path = Path(each)
            if path.name != _LIST:
                yield path


CONTINUE = ContinueFormat(AGENT, ContinueReader)
