"""Droid (Factory): `sessions/<folder>/<uuid>.jsonl`, appended while it runs.

The program publishes no schema. Read is what hand-written fixtures of a third-party reader show:
`session_start`, and messages of text, `tool_use` and `tool_result` blocks; and the older stream of
`droid exec --output-format stream-json`, with calls and results as records of their own. The sum
of a session's tokens stands in a settings file beside the log, as two third-party readers agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener, walk
from hansei_sessions.model import Tokens
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Beside, ReaderFormat
from hansei_sessions.readers.documents import read_json
from hansei_sessions.readers.lenient import (
    blocks_text,
    count,
    items,
    mapping,
    moment,
    text,
    whole,
)
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.tools import about

_BESIDE_LIMIT: Final = 1024 * 1024
_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
_EXIT_CODE = re.compile(r"Error: Command failed \(exit code: (\d{1,10})\)\n?")
_UNUSED: Final = frozenset({"todo_state", "session_end", "completion", "reasoning"})


class DroidReader(StoryReader):
    """Reads one session of Droid."""

    agent = "droid"
    version = 2
    rules = "droid"

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        kind = text(record.get("type"))
        native = text(record.get("id"))
        teller.place(moment(record.get("timestamp")), line, offset)
        teller.identity(text(record.get("session_id")) or text(record.get("sessionId")))
        if kind == "session_start":
            teller.identity(native)
            teller.surroundings(text(record.get("cwd")))
            teller.entitle(text(record.get("sessionTitle")) or text(record.get("title")))
        elif kind == "system":
            teller.surroundings(text(record.get("cwd")), model=text(record.get("model")))
        elif kind == "message":
            self._message(teller, record, native)
        elif kind == "tool_call":
            name = text(record.get("toolName"))
            key = text(record.get("toolCallId")) or native
            teller.call(key, name, **about(name, record.get("parameters")))
        elif kind == "tool_result":
            self._streamed(teller, record, text(record.get("toolCallId")) or native)
        elif kind == "compaction_state":
            teller.compacted("compacted", native)
        elif kind == "error":
            teller.service_failed("service-error", text(record.get("message")), native)
        else:
            if kind not in _UNUSED:
                teller.unknown(kind)
            return False
        return True

    def _message(self, teller: Teller, record: dict[str, Any], native: str) -> None:
        message = mapping(record.get("message"))
        role = text(message.get("role")) or text(record.get("role"))
        blocks = items(message.get("content"))
        if role == "assistant":
            teller.activity()
            for block in blocks:
                if block.get("type") == "tool_use":
                    name = text(block.get("name"))
                    teller.call(text(block.get("id")), name, **about(name, block.get("input")))
            return
        if role != "user":
            return
        results = [block for block in blocks if block.get("type") == "tool_result"]
        for block in results:
            output = blocks_text(block.get("content"))
            _judge(teller, text(block.get("tool_use_id")), output, block.get("is_error"))
        if not results:
            said = blocks_text(message.get("content")) or text(record.get("text"))
            teller.prompt(_REMINDER.sub("", said), native)

    def _streamed(self, teller: Teller, record: dict[str, Any], native: str) -> None:
        value = record.get("value")
        fields = mapping(value)
        output = text(value) or "\n".join(
            part for key in ("stdout", "stderr") if (part := text(fields.get(key)))
        )
        code = whole(fields.get("exitCode"))
        if record.get("isError") is True:
            teller.failed(native, output, code=code)
        else:
            teller.ended_well(native, output, code=code)


def _judge(teller: Teller, native: str, output: str, flag: object) -> None:
    """Take a result: by its flag, or by the sentence that the shell tool says of a failure."""
    held = teller.story.calls.get(native)
    failed = _EXIT_CODE.match(output) if held is not None and held.runs else None
    if failed:
        teller.ended_well(native, output[failed.end() :], code=int(failed[1]))
    elif flag is True:
        teller.failed(native, output)
    else:
        teller.ended_well(native, output)


@dataclass(frozen=True, slots=True)
class DroidFormat(ReaderFormat):
    """Where Droid keeps its logs."""

    roots = staticmethod(roots.droid)

    def beside(self, log: str, opener: Opener) -> Beside:
        """Return the model and the tokens of a session, from the settings beside its log."""
        settings = log.removesuffix(".jsonl") + ".settings.json"
        told = mapping(read_json(opener, settings, _BESIDE_LIMIT))
        used = mapping(told.get("tokenUsage"))
        return Beside(
            model=text(told.get("model")),
            tokens=Tokens(
                count(used.get("inputTokens")),
                count(used.get("outputTokens")) + count(used.get("thinkingTokens")),
                count(used.get("cacheReadTokens")),
                count(used.get("cacheCreationTokens")),
            ),
        )

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the sessions of a Factory home, or of any folder that holds some itself."""
        folder = root / "sessions"
        inside = folder if folder.is_dir() else root
        return map(Path, walk(inside, (".jsonl",), on_error))


DROID = DroidFormat("droid", DroidReader)
