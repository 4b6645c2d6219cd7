"""Pi: `sessions/<folder>/<time>_<uuid>.jsonl`, appended while it runs.

By badlogic/pi-mono's packages/coding-agent: docs/session.md and src/core/session-manager.ts for
the entries, src/core/tools/bash.ts for the words that end a failed command's output, and the agent
loop's for a call that a queued message skipped. Entries form a tree: one that does not follow upon
the entry before it is a turn back by `/tree`. Pi asks for no permissions, and so logs no refusals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat
from hansei_sessions.readers.lenient import (
    blocks_text,
    count,
    items,
    mapping,
    moment,
    text,
    whole,
)
from hansei_sessions.readers.snapshot import stem
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

AGENT: Final = "pi"
_EXIT_CODE = re.compile(r"\s*Command exited with code (-?\d{1,10})\s*\Z")
_TIMED_OUT = re.compile(r"\s*Command timed out after \S{1,20} seconds\s*\Z")
_ABORTED: Final = ("Command aborted", "Operation aborted")
_SKIPPED: Final = "Skipped due to queued user message"
_AT_ONCE: Final = 5.0
"""Seconds between a result and a message that waited for it: they are written together."""
_UNUSED: Final = frozenset(
    {"thinking_level_change", "label", "custom", "custom_message", "usage", "context_edit"}
    | {"context_transform", "ephemeral"}
)
_NOT_THE_AGENTS: Final = frozenset(
    {"bashExecution", "custom", "hookMessage", "branchSummary", "compactionSummary"}
)


class PiReader(StoryReader):
    """Reads one session of Pi."""

    agent = AGENT
    version = 1
    rules = AGENT

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        kind = text(record.get("type"))
        native = text(record.get("id"))
        message = mapping(record.get("message"))
        at = moment(record.get("timestamp")) or moment(message.get("timestamp"))
        teller.place(at, line, offset)
        if kind == "session":
            _begin(teller, record, native)
            return True
        is_back = _turned_back(teller, record, native)
        if kind == "message":
            known = _message(teller, message, native, is_back=is_back)
        else:
            known = _event(teller, record, kind, native, is_back=is_back)
        is_result = message.get("role") == "toolResult" and at is not None
        teller.story.notes["result"] = f"{at}" if is_result else ""
        return known

    def _fallback_id(self) -> str:
        return super()._fallback_id().rpartition("_")[2]


def _begin(teller: Teller, record: dict[str, Any], native: str) -> None:
    parent = text(record.get("parentSession")) or text(record.get("branchedFrom"))
    teller.identity(native, forked_from=stem(parent).rpartition("_")[2] if parent else "")
    teller.surroundings(text(record.get("cwd")), model=text(record.get("modelId")))


def _turned_back(teller: Teller, record: dict[str, Any], native: str) -> bool:
    """Tell whether an entry does not follow upon the one before; where one is lost nobody knows."""
    story = teller.story
    before, lost = story.notes.get("leaf"), story.notes.get("lost")
    story.notes["lost"] = f"{story.malformed}"
    if not native:
        return False
    story.notes["leaf"] = native[:100]
    if before is None or lost != f"{story.malformed}" or "parentId" not in record:
        return False
    return text(record["parentId"])[:100] != before


def _event(
    teller: Teller, record: dict[str, Any], kind: str, native: str, *, is_back: bool
) -> bool:
    if kind == "model_change":
        teller.surroundings(model=text(record.get("modelId")))
    elif kind == "compaction":
        teller.compacted("compacted", native)
    elif kind == "session_info":
        teller.entitle(text(record.get("name")))
    elif kind == "branch_summary":
        if is_back:
            teller.rewound("rewound", "turns undone by the user", native)
    else:
        if kind not in _UNUSED:
            teller.unknown(kind)
        return False
    return True


def _message(teller: Teller, message: dict[str, Any], native: str, *, is_back: bool) -> bool:
    role = text(message.get("role"))
    if role == "user":
        _prompt(teller, message, native, is_back=is_back)
    elif role == "assistant":
        _answer(teller, message, native)
    elif role == "toolResult":
        _result(teller, message, native)
    else:
        if role not in _NOT_THE_AGENTS:
            teller.unknown(role)
        return False
    return True


def _prompt(teller: Teller, message: dict[str, Any], native: str, *, is_back: bool) -> None:
    """Take a prompt; one that follows at once upon a result waited for it and steers."""
    if is_back:
        teller.rewound("rewound", "turns undone by the user", native)
    result = teller.story.notes.get("result", "")
    gap = teller.at - float(result) if result and teller.at is not None else _AT_ONCE + 1
    steers = bool(teller.story.notes.pop("skipped", "")) or 0.0 <= gap <= _AT_ONCE
    typed = whole(message.get("timestamp"))
    own = f"{typed or 0}-{native}" if native else ""
    teller.prompt(blocks_text(message.get("content")), own, steers=steers and not is_back)


def _answer(teller: Teller, message: dict[str, Any], native: str) -> None:
    reason = text(message.get("stopReason"))
    if reason not in {"aborted", "error"}:
        teller.activity()
    teller.surroundings(model=text(message.get("model")))
    usage = mapping(message.get("usage"))
    spent = Usage(
        count(usage.get("input")),
        count(usage.get("output")),
        count(usage.get("cacheRead")),
        count(usage.get("cacheWrite")),
    )
    teller.used(spent, native)
    teller.cost(mapping(usage.get("cost")).get("total"), native)
    for block in items(message.get("content")):
        if block.get("type") == "toolCall":
            name = text(block.get("name"))
            teller.call(text(block.get("id")), name, **about(name, block.get("arguments")))
    if reason == "aborted":
        teller.stopped("aborted", native)
    elif reason == "error":
        teller.service_failed("service-error", text(message.get("errorMessage")), native)


def _result(teller: Teller, message: dict[str, Any], native: str) -> None:
    """Take a result: a command that failed is an error whose text ends with its exit code."""
    call = text(message.get("toolCallId"))
    output = blocks_text(message.get("content"))
    if message.get("isError") is not True:
        teller.ended_well(call, output)
        return
    ended = _EXIT_CODE.search(output[-200:])
    if output.startswith(_SKIPPED):
        teller.story.notes["skipped"] = "1"
        teller.aborted(call)
    elif output.rstrip().endswith(_ABORTED):
        teller.stopped("aborted", native, call)
    elif ended:
        teller.failed(call, output.removesuffix(ended[0]), code=int(ended[1]))
    elif _TIMED_OUT.search(output[-200:]):
        teller.failed(call, output, rule="timeout")
    else:
        teller.failed(call, output)


@dataclass(frozen=True, slots=True)
class PiFormat(ReaderFormat):
    """Where Pi keeps its sessions."""

    roots = staticmethod(roots.pi)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the sessions of a folder."""
        return map(Path, walk(root, (".jsonl",), on_error))


PI: Final = PiFormat(AGENT, PiReader)
