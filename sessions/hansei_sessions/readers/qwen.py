"""Qwen Code: `projects/<folder>/chats/<session id>.jsonl`, appended while it runs.

By the types of QwenLM/qwen-code's `packages/core/src/services/chatRecordingService.ts`. Records
form a tree; what was typed on a branch that was left was typed all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat
from hansei_sessions.readers.lenient import count, items, mapping, moment, text
from hansei_sessions.readers.shell_text import labelled
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

_MID_TURN: Final = "mid_turn_user_message"
_TIMED_OUT: Final = "Command timed out after "
_REFUSED: Final = "did not allow tool call"


class QwenReader(StoryReader):
    """Reads one session of Qwen Code."""

    agent = "qwen-code"
    version = 2
    rules = "qwen"

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        teller.place(moment(record.get("timestamp")), line, offset)
        if record.get("isSidechain") is True:
            return False  # a subagent's rounds, which its tool call sums up
        teller.identity(
            text(record.get("sessionId")),
            forked_from=text(mapping(record.get("forkedFrom")).get("sessionId")),
        )
        teller.surroundings(
            text(record.get("cwd")), text(record.get("gitBranch")), text(record.get("model"))
        )
        kind = text(record.get("type"))
        native = text(record.get("uuid"))
        if kind == "user":
            return self._user(teller, record, native)
        if kind == "assistant":
            self._answer(teller, record, native)
        elif kind == "tool_result":
            self._results(teller, record)
        elif kind == "system":
            return self._system(teller, record, native)
        else:
            teller.unknown(kind)
            return False
        return True

    def _user(self, teller: Teller, record: dict[str, Any], native: str) -> bool:
        """Take a user record; with another subtype than a prompt's it is the harness's own."""
        subtype = text(record.get("subtype"))
        said_by = text(record.get("provenance"))
        typed = said_by in {"", "real_user"} and subtype in {"", _MID_TURN}
        if not typed:
            return False
        shown = text(mapping(record.get("systemPayload")).get("displayText"))
        said = shown or _said(record.get("message"))
        teller.prompt(said, native, steers=subtype == _MID_TURN)
        return True

    def _answer(self, teller: Teller, record: dict[str, Any], native: str) -> None:
        teller.activity()
        used = mapping(record.get("usageMetadata"))
        if used:
            cached = count(used.get("cachedContentTokenCount"))
            teller.used(
                Usage(
                    input=max(count(used.get("promptTokenCount")) - cached, 0),
                    output=count(used.get("candidatesTokenCount"))
                    + count(used.get("thoughtsTokenCount")),
                    cache_read=cached,
                ),
                native,
            )
        for part in items(mapping(record.get("message")).get("parts")):
            call = mapping(part.get("functionCall"))
            if call:
                name = text(call.get("name"))
                teller.call(text(call.get("id")), name, **about(name, call.get("args")))

    def _results(self, teller: Teller, record: dict[str, Any]) -> None:
        told = mapping(record.get("toolCallResult"))
        for part in items(mapping(record.get("message")).get("parts")):
            result = mapping(part.get("functionResponse"))
            native = text(result.get("id")) or text(told.get("callId"))
            response = mapping(result.get("response"))
            error = text(response.get("error")) or text(mapping(told.get("error")).get("message"))
            output = error or text(response.get("output"))
            if told.get("status") == "cancelled":
                if _REFUSED in output:
                    teller.rejected("rejected", native)
                elif teller.first_time(native):
                    teller.stopped("cancelled-call", call=native)
            elif error or told.get("status") == "error":
                printed = labelled(output)
                teller.failed(native, printed.output, code=printed.code)
            elif result:
                _ended(teller, native, output)

    def _system(self, teller: Teller, record: dict[str, Any], native: str) -> bool:
        subtype = text(record.get("subtype"))
        payload = mapping(record.get("systemPayload"))
        if subtype == "chat_compression":
            teller.compacted("compacted", native)
        elif subtype == "rewind":
            teller.rewound("rewound", "turns undone by the user", native)
        elif subtype == "custom_title":
            teller.entitle(text(payload.get("customTitle")))
        elif subtype == "parent_session":
            teller.identity(parent_id=text(payload.get("parentSessionId")))
        elif subtype == "session_model":
            teller.surroundings(model=text(payload.get("modelId")))
        else:
            return False
        return True


def _ended(teller: Teller, native: str, output: str) -> None:
    """Take a result that is no error: a failed command's tells its exit code in its text."""
    held = teller.story.calls.get(native)
    if held is None or not held.runs:
        teller.ended_well(native, output)
    elif output.startswith(_TIMED_OUT):
        teller.failed(native, output, rule="timeout")
    else:
        printed = labelled(output)
        teller.ended_well(native, printed.output, code=printed.code)


def _said(message: Any) -> str:
    """Return the words of a message, without what a hook added to them."""
    parts = [text(part.get("text")) for part in items(mapping(message).get("parts"))]
    return "\n".join(part for part in parts if part and not part.startswith("<qwen:"))


@dataclass(frozen=True, slots=True)
class QwenFormat(ReaderFormat):
    """Where Qwen Code keeps its logs."""

    roots = staticmethod(roots.qwen)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the chats of a Qwen home, or of any folder that holds some itself."""
        folder = root / "projects"
        inside = folder if folder.is_dir() else root
        for each in walk(inside, (".jsonl",), on_error):
            path = Path(each)
            if inside is root or path.parent.name == "chats":
                yield path


QWEN = QwenFormat("qwen-code", QwenReader)
