"""One record of a log → who says what; for a reader's eye, whichever agent wrote it.

Field names are those of Claude Code (`message.content` blocks) and Codex (`payload` items). A
record of any other shape shows its own text fields: nothing here fails, and nothing is counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hansei_sessions.evidence_agents import said_in


@dataclass(frozen=True, slots=True)
class Part:
    """One voice in a record; raw text, neither redacted nor cleaned."""

    speaker: str
    text: str


_SILENT: Final = frozenset(
    {"progress", "file-history-snapshot", "turn_context", "token_count", "ghost_snapshot"}
)
_TWINS: Final = frozenset({"agent_message", "agent_reasoning", "user_message"})
"""Events of Codex that repeat a response item beside them."""

_DONE: Final = frozenset({"CommandExecution", "FileChange", "McpToolCall"})
"""What Codex's programs do, which only an event tells."""

_TELLING: Final = ("command", "cmd", "file_path", "notebook_path", "path", "url", "query", "prompt")
_TEXTS: Final = (
    *("text", "content", "message", "summary", "aiTitle", "prompt", "reason", "error"),
    *("blockingError", "stderr", "aggregated_output"),
)
_MOST_ITEMS: Final = 200


def parts_of(record: dict[str, Any], *, whole: bool) -> list[Part]:
    """Return what a record says.

    Args:
        record: One decoded JSON object of a log.
        whole: Show it even where it is of a kind that says nothing to a reader.
    """
    found = [Part(who, what) for who, what in said_in(record)]
    found = found or [part for part in _parts(record, whole=whole) if part.text.strip()]
    if not found and whole:
        kind = _string(record.get("type")) or "record"
        return [Part(kind, _dumped(record, indent=1))]
    return found


def _parts(record: dict[str, Any], *, whole: bool) -> Iterator[Part]:
    kind = _string(record.get("type"))
    payload = record.get("payload")
    if isinstance(payload, dict):
        inner = _string(payload.get("type"))
        if whole or (kind not in _SILENT and inner not in _SILENT and inner not in _TWINS):
            yield from _item(payload, inner or kind)
        return
    message = record.get("message")
    if isinstance(message, dict):
        yield from _content(
            message.get("content"),
            _string(message.get("role")) or kind or _string(record.get("role")),
        )
        return
    if kind in _SILENT and not whole:
        return
    yield from _item(record, kind)


def _item(item: dict[str, Any], kind: str) -> Iterator[Part]:
    """Return what a single item says: a Codex payload, or a side record of Claude Code."""
    if kind == "message":
        yield from _content(item.get("content"), _string(item.get("role")) or kind)
    elif kind in {"function_call", "custom_tool_call", "local_shell_call"}:
        arguments = item.get("arguments", item.get("input", item.get("action")))
        yield Part(_string(item.get("name")) or "call", _arguments(arguments))
    elif kind.endswith("_output"):
        yield Part("result", _output(item.get("output")))
    elif kind == "reasoning":
        yield from _content(item.get("summary"), "thinking")
    elif kind == "attachment" and isinstance(item.get("attachment"), dict):
        attachment = item["attachment"]
        yield from _fields(attachment, _string(attachment.get("type")) or kind)
    elif kind == "item_completed" and isinstance(item.get("item"), dict):
        done = item["item"]
        if _string(done.get("type")) in _DONE:  # what was said stands beside it as an item
            yield from _fields(done, _string(done.get("type")))
    elif kind == "compacted":
        yield Part("compaction", _text(item.get("message")) or "the history was summarised")
    else:
        yield from _fields(item, _string(item.get("subtype")) or kind)


def _fields(item: dict[str, Any], speaker: str) -> Iterator[Part]:
    texts = [_text(item[key]) for key in _TEXTS if key in item]
    said = "\n".join(text for text in texts if text)
    if said:
        yield Part(speaker, said)


def _content(content: object, role: str) -> Iterator[Part]:
    """Return what a message's content says: a string, or a list of blocks."""
    if isinstance(content, str):
        yield Part(role, content)
        return
    if not isinstance(content, list):
        return
    for block in content[:_MOST_ITEMS]:
        if not isinstance(block, dict):
            continue
        kind = _string(block.get("type"))
        if kind == "tool_use":
            yield Part(_string(block.get("name")) or "call", _arguments(block.get("input")))
        elif kind == "tool_result":
            failed = block.get("is_error") is True
            yield Part("error" if failed else "result", _text(block.get("content")))
        elif kind == "thinking":
            yield Part("thinking", _text(block.get("thinking")))
        elif "image" in kind:
            yield Part(role, "[image]")
        else:
            yield Part(role, _text(block.get("text")))


def _arguments(arguments: object) -> str:
    """Return a call's arguments: the telling one alone where there is one, else all."""
    if isinstance(arguments, str):
        try:
            decoded = json.loads(arguments)
        except (ValueError, RecursionError):
            return arguments
        return _arguments(decoded) if isinstance(decoded, dict) else arguments
    if not isinstance(arguments, dict):
        return _text(arguments)
    lines = []
    for key, value in list(arguments.items())[:_MOST_ITEMS]:
        text = " ".join(map(_text, value)) if isinstance(value, list) else _text(value)
        lines.append(text if key in _TELLING else f"{key}: {text}")
    return "\n".join(lines)


def _output(output: object) -> str:
    """Return a call's output; Codex wraps it in JSON inside of a string in one of its shapes."""
    if isinstance(output, str) and output.startswith("{"):
        try:
            decoded = json.loads(output)
        except (ValueError, RecursionError):
            return output
        if isinstance(decoded, dict) and "output" in decoded:
            code = (
                decoded["metadata"].get("exit_code")
                if isinstance(decoded.get("metadata"), dict)
                else None
            )
            head = "" if code is None else f"Exit code {code}\n"
            return head + _text(decoded["output"])
    return _text(output)


def _text(value: object) -> str:
    """Return the words of any value: strings as they are, lists of blocks joined."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        texts = [
            _text(one.get("text", "")) if isinstance(one, dict) else _text(one)
            for one in value[:_MOST_ITEMS]
        ]
        return "\n".join(text for text in texts if text)
    if value is None:
        return ""
    return _dumped(value)


def _dumped(value: object, indent: int | None = None) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except RecursionError:
        return "(nested too deeply to be shown)"


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
