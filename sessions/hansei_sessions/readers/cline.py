"""Cline and Roo Code: a folder a task, and the sessions of the newer Cline SDK and CLI.

By cline/cline's ExtensionMessage types and RooCodeInc/Roo-Code's `packages/types/src/message.ts`:
`ui_messages.json` is what the user saw, `api_conversation_history.json` what the model was sent.
Both are written anew with every message. A session of the SDK, of which a real one was seen, is
`<id>.messages.json` with `<id>.json` beside it; its tools answer with a list of what was asked and
whether it succeeded, and of another `agent` than the lead no human typed the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener
from hansei_sessions.friction import words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.base import SnapshotReader, Told
from hansei_sessions.readers.cline_commands import tell_commands
from hansei_sessions.readers.documents import load_json, read_json
from hansei_sessions.readers.lenient import (
    blocks_text,
    count,
    document,
    items,
    mapping,
    moment,
    text,
)
from hansei_sessions.readers.snapshot import new_teller, stem, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

MESSAGES: Final = "ui_messages.json"
SDK_MESSAGES: Final = ".messages.json"
_HISTORY: Final = "api_conversation_history.json"
_DENIED: Final = "The user denied this "
_COMPLETION: Final = "[attempt_completion]"
"""An answer to what the agent holds for done: the words that follow are the next prompt."""
_FEEDBACK = re.compile(r"<feedback>\s*(.*?)\s*</feedback>", re.DOTALL)
_WRAPPED = re.compile(r"\A\s*<(task|user_message|user_input)\b[^>\n]{0,200}>(.*?)</\1>", re.DOTALL)
"""What the SDK puts around a prompt."""
_EXITED = re.compile(r"Command exited with code (-?\d{1,10})")
_NOTICE: Final = ("<SYSTEM_NOTICE>", "<environment_details>", "[SYSTEM]")
_TOOLS: Final = frozenset({"tool", "command", "use_mcp_server", "browser_action_launch"})
_EDITS: Final = frozenset(
    {"editedExistingFile", "newFileCreated", "appliedDiff", "insertContent", "searchAndReplace"}
)
_SERVICE: Final = frozenset(
    {"api_req_failed", "api_req_retry_delayed", "api_req_retried", "condense_context_error"}
)
_COMPACTIONS: Final = frozenset({"condense", "condense_context", "sliding_window_truncation"})
_REFUSED: Final = frozenset({"clineignore_error", "rooignore_error", "command_permission_denied"})
_FAILED: Final = frozenset({"streaming_failed", "retries_exhausted"})


class TaskReader(SnapshotReader):
    """Reads one task of Cline or of its kin: what the user saw of it."""

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the task; the arguments are those of `SnapshotReader.read`."""
        del known
        if path.endswith(SDK_MESSAGES):
            yield _sdk_session(self.agent, path, opener)
            return
        messages = load_json(opener, path)
        if not isinstance(messages, list):
            raise LogFormatError("it is no list of messages", "It is passed over.")
        folder = Path(path).parent
        teller = new_teller(self.agent, self.agent)
        own = _task(teller, folder, opener)
        for number, message in enumerate(items(messages)):
            if message.get("partial") is True and number < len(messages) - 1:
                teller.story.skipped += 1
                continue
            teller.story.parsed += 1
            _message(teller, message, first=not teller.story.prompts)
        history = read_json(opener, str(folder / _HISTORY))
        _denials(teller, history)
        tell_commands(teller, history)
        yield told(teller, path, own)


class ClineReader(TaskReader):
    """Reads one task of Cline."""

    agent = "cline"
    version = 2


class RooReader(TaskReader):
    """Reads one task of Roo Code."""

    agent = "roo-code"
    version = 2


def _task(teller: Teller, folder: Path, opener: Opener) -> str:
    """Take what stands beside a task's messages: Roo has a file a task, Cline one for all."""
    item = mapping(read_json(opener, str(folder / "history_item.json")))
    if not item:
        state = folder.parent.parent / "state" / "taskHistory.json"
        listed = items(read_json(opener, str(state)))
        item = next((one for one in listed if str(one.get("id")) == folder.name), {})
    teller.identity(text(item.get("id")) or folder.name, text(item.get("parentTaskId")))
    teller.surroundings(
        text(item.get("workspace")) or text(item.get("cwdOnTaskInitialization")),
        model=text(item.get("modelId")),
    )
    return folder.name


def _message(teller: Teller, message: dict[str, Any], *, first: bool) -> None:
    teller.place(moment(message.get("ts")))
    native = str(message.get("ts"))
    kind = text(message.get("say")) or text(message.get("ask"))
    said = text(message.get("text"))
    if first and kind in {"text", "task"}:
        teller.prompt(said, native)
        return
    handler = _HANDLERS.get(kind)
    if handler is not None:
        handler(teller, said, native)
    elif kind in _TOOLS:
        _tool(teller, kind, said, native)
    elif kind in _SERVICE:
        teller.service_failed("service-error", said, native)
    elif kind in _COMPACTIONS:
        teller.compacted("compacted", native)
    elif kind in _REFUSED:
        body = words(said) or kind.replace("_", " ")
        teller.add(FrictionKind.PERMISSION_DENIED, kind.replace("_", "-"), body, native)
    else:
        teller.activity()


def _prompted(teller: Teller, said: str, native: str) -> None:
    teller.prompt(said, native)


def _corrected(teller: Teller, said: str, native: str) -> None:
    """Take the user's own change of what the agent was about to write."""
    change = document(said)
    body = text(mapping(change).get("diff")) or said
    path = text(mapping(change).get("path"))
    found = teller.add(FrictionKind.CORRECTION, "edited-by-user", words(body), native)
    found.subject = words(path, 200)


def _edit_failed(teller: Teller, said: str, native: str) -> None:
    body = words(said) or "the edit could not be applied"
    teller.add(FrictionKind.EDIT_ERROR, "diff-error", body, native)


def _tool_failed(teller: Teller, said: str, native: str) -> None:
    teller.add(FrictionKind.TOOL_ERROR, "error", words(said) or "an error", native)


def _mistakes(teller: Teller, said: str, native: str) -> None:
    body = words(said) or "too many mistakes in a row"
    teller.add(FrictionKind.TOOL_ERROR, "mistake-limit", body, native)


def _request(teller: Teller, said: str, native: str) -> None:
    """Take a request to the model, whose record gains its tokens and its end later."""
    teller.activity()
    fields = mapping(document(said))
    teller.used(
        Usage(
            count(fields.get("tokensIn")),
            count(fields.get("tokensOut")),
            count(fields.get("cacheReads")),
            count(fields.get("cacheWrites")),
        ),
        native,
    )
    teller.cost(fields.get("cost"), native)
    reason = text(fields.get("cancelReason"))
    if reason == "user_cancelled":
        teller.stopped("cancelled", native)
    elif reason in _FAILED:
        teller.service_failed("service-error", text(fields.get("streamingFailedMessage")), native)


_HANDLERS: Final[Mapping[str, Callable[[Teller, str, str], None]]] = {
    "user_feedback": _prompted,
    "user_feedback_diff": _corrected,
    "diff_error": _edit_failed,
    "error": _tool_failed,
    "mistake_limit_reached": _mistakes,
    "api_req_started": _request,
}


def _tool(teller: Teller, kind: str, said: str, native: str) -> None:
    """Take a tool as the user saw it; whether a command failed is not logged."""
    fields = mapping(document(said))
    name = text(fields.get("tool")) or text(fields.get("toolName")) or kind
    path = text(fields.get("path"))
    teller.call(native, name, subject=said if kind == "command" else path)
    teller.story.calls.pop(native, None)
    if name in _EDITS:
        teller.edited(path, native, name)


def _denials(teller: Teller, history: Any) -> None:
    """Take the user's refusals, which only the model was told of."""
    for message in items(history):
        if message.get("role") != "user":
            continue
        teller.place(moment(message.get("ts")))
        for block in items(message.get("content")):
            result = block.get("type") == "tool_result"
            body = blocks_text(block.get("content")) if result else text(block.get("text"))
            fields = mapping(document(body))
            refused = fields.get("status") == "denied" or _DENIED in body[:400]
            told_by_harness = result or body.startswith("[")
            if refused and told_by_harness and not body.startswith(_COMPLETION):
                feedback = _FEEDBACK.search(body)
                said = text(fields.get("feedback")) or (feedback[1] if feedback else "")
                teller.rejected("denied", text(block.get("tool_use_id")), said)
    teller.story.waiting.clear()


def _sdk_session(agent: str, path: str, opener: Opener) -> Told:
    log = mapping(load_json(opener, path))
    if not isinstance(log.get("messages"), list):
        raise LogFormatError("it is no session of Cline", "Its messages are missing.")
    beside = mapping(read_json(opener, path.removesuffix(SDK_MESSAGES) + ".json"))
    metadata = mapping(beside.get("metadata"))
    teller = new_teller(agent, agent)
    teller.identity(
        text(log.get("sessionId")) or text(beside.get("session_id")),
        forked_from=text(mapping(metadata.get("fork")).get("forkedFromSessionId")),
    )
    teller.surroundings(text(beside.get("cwd")), model=text(beside.get("model")))
    teller.entitle(text(metadata.get("title")))
    teller.story.headless = beside.get("interactive") is False
    leads = text(log.get("agent")) in {"", "lead"}
    for message in items(log["messages"]):
        teller.story.parsed += 1
        _sdk_message(teller, message, leads=leads)
    return told(teller, path, stem(path).removesuffix(".messages"))


def _sdk_message(teller: Teller, message: dict[str, Any], *, leads: bool) -> None:
    teller.place(moment(message.get("ts")))
    native = text(message.get("id"))
    if text(mapping(message.get("metadata")).get("kind")).startswith("compaction"):
        teller.compacted("compacted", native)
        return
    blocks = items(message.get("content"))
    if message.get("role") == "assistant":
        teller.activity()
        teller.surroundings(model=text(mapping(message.get("modelInfo")).get("id")))
        spent = mapping(message.get("metrics"))
        cached = count(spent.get("cacheReadTokens"))
        teller.used(
            Usage(
                max(count(spent.get("inputTokens")) - cached, 0),
                count(spent.get("outputTokens")),
                cached,
                count(spent.get("cacheWriteTokens")),
            ),
            native,
        )
        teller.cost(spent.get("cost"), native)
    for block in blocks:
        if block.get("type") == "tool_use":
            name = text(block.get("name"))
            teller.call(text(block.get("id")), name, **about(name, block.get("input")))
        elif block.get("type") == "tool_result":
            _sdk_result(teller, block)
    if message.get("role") == "user" and leads:
        said = [text(one.get("text")) for one in blocks if one.get("type") == "text"]
        said = [_unwrapped(one) for one in said if one and not one.startswith(_NOTICE)]
        teller.prompt("\n".join(said), native)


def _unwrapped(said: str) -> str:
    wrapped = _WRAPPED.match(said)
    return wrapped[2] if wrapped else said


def _sdk_result(teller: Teller, block: dict[str, Any]) -> None:
    native = text(block.get("tool_use_id"))
    answers = _answers(block.get("content"))
    output = "\n".join(map(_said, answers)) or blocks_text(block.get("content"))
    bad = next((one for one in answers if one.get("success") is False), None)
    if bad is not None:
        code = _EXITED.search(text(bad.get("error")))
        said = text(bad.get("result")) if code else _said(bad)
        teller.failed(native, said, code=int(code[1]) if code else None)
    elif output.startswith(_DENIED):
        feedback = _FEEDBACK.search(output)
        teller.rejected("denied", native, feedback[1] if feedback else "")
    elif output.startswith("Tool execution was interrupted before a result was produced"):
        teller.aborted(native)
    elif block.get("is_error") is True:
        teller.failed(native, output)
    else:
        teller.ended_well(native, output)


def _answers(content: Any) -> list[dict[str, Any]]:
    """Return what a tool answered to each thing it was asked: a list or one, also as JSON."""
    told_of = document(content)
    found = items(told_of) or [mapping(told_of)]
    return [one for one in found if "success" in one and "query" in one]


def _said(answer: dict[str, Any]) -> str:
    """Return an answer's text, and its error where that is not a part of it."""
    result, error = text(answer.get("result")), text(answer.get("error"))
    return result if error in result else f"{result}\n{error}".strip()
