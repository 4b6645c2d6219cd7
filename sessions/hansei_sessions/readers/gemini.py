"""Gemini CLI: `tmp/<project>/chats/session-<time>-<id>.jsonl`, an event log that is appended.

By google-gemini/gemini-cli's `packages/core/src/services/chatRecordingService.ts`: the first line
is metadata; a message is logged again whenever it changes, and the last record of an id counts;
`$set` changes metadata, or replaces all messages; `$rewindTo` drops a message and all after it.
Before, the same messages stood in one JSON object a file, which becomes the beginning of a
`.jsonl` of the same name when the session is resumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

from hansei_sessions.friction import words
from hansei_sessions.readers.gemini_folder import folder_of_hash
from hansei_sessions.readers.lenient import count, items, mapping, moment, text
from hansei_sessions.readers.shell_text import Printed, labelled
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.story_state import Story, Usage
from hansei_sessions.readers.tools import about

_SHELL: Final = "run_shell_command"
_CONTINUE: Final = "System: Please continue."
_OPENING: Final = ("<session_context>", "This is the Gemini CLI.")
"""What a conversation begins with, before anything is typed."""
_INJECTED: Final = (
    *_OPENING,
    "<state_snapshot>",
    "<hook_context>",
    "Here is the user's editor context as a JSON object",
    "Here is a summary of changes in the user's editor context",
)
_COMPRESSED: Final = re.compile(
    r"(?:Context|Chat history) compressed from \S"
    r"|IMPORTANT: This conversation [^\n]{1,400}compressed from: "
)
_INSTANT: Final = 1.0
"""Seconds."""
_STOPS: Final = ("Request cancelled.", "User cancelled the request.")
_CANCELLED: Final = "[Operation Cancelled] Reason: "
_REFUSED: Final = re.compile(
    r"(?:\[Operation Cancelled\] Reason: )?User (?:denied execution|did not allow tool call)\b"
)
"""What a call puts out that the user refused, and not the whole request with it."""
_DENIED: Final = re.compile(
    r"Tool execution denied by policy\."
    r"|Tool execution for \"[^\n]{1,400}\" requires user confirmation, which is not supported in "
    r"non-interactive mode\."
)
"""By `packages/core/src/scheduler/policy.ts`."""
_UNKNOWN_COMMAND: Final = "Unknown command: "
_FILES: Final = re.compile(r"^--- Content from referenced files ---$", re.MULTILINE)
_ENDED: Final = frozenset({"success", "error", "cancelled"})


class GeminiReader(StoryReader):
    """Reads one chat of the Gemini CLI: a session, or one subagent of a session."""

    agent = "gemini-cli"
    version = 3
    rules = "gemini"

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        teller.place(None, line, offset)
        if isinstance(record.get("$set"), dict):
            changes = record["$set"]
            take_metadata(teller, changes)
            if isinstance(changes.get("messages"), list):
                self._replaced(teller, items(changes["messages"]))
            return True
        if isinstance(record.get("$patch"), dict):
            return True  # outputs that are hidden from the model, and the order of what it sees
        if text(record.get("$rewindTo")):
            teller.rewound("rewound", "turns undone by the user", text(record["$rewindTo"]))
            return True
        if text(record.get("id")):
            return take_message(teller, record)
        if text(record.get("sessionId")):
            self._metadata(teller, record)
            return True
        teller.unknown(next(iter(record), ""))
        return False

    def _metadata(self, teller: Teller, record: dict[str, Any]) -> None:
        parent = self._parts[-2] if self._parts[-3:-2] == ["chats"] else ""
        if parent and record.get("kind") == "subagent":
            teller.identity(parent_id=parent)
        take_metadata(teller, record)

    def _replaced(self, teller: Teller, messages: list[dict[str, Any]]) -> None:
        """Take all messages anew: what the user typed was logged before, and stays as it was."""
        known = bool(teller.story.prompts)
        for message in messages:
            if not known or _tells_more(teller.story, message):
                take_message(teller, message)


def take_metadata(teller: Teller, fields: dict[str, Any]) -> None:
    """Take what a metadata record, or the head of an old document, says of the session."""
    folders = fields.get("directories")
    folder = text(folders[0]) if isinstance(folders, list) and folders else ""
    teller.identity(text(fields.get("sessionId")))
    teller.surroundings(folder)
    teller.story.project_hash = text(fields.get("projectHash"))[:64] or teller.story.project_hash
    teller.place(moment(fields.get("startTime")))
    teller.entitle(text(fields.get("summary")))


def take_message(teller: Teller, message: dict[str, Any]) -> bool:
    """Take a message, new or changed; return False where it is of no known type."""
    kind = text(message.get("type"))
    native = text(message.get("id"))
    at = moment(message.get("timestamp"))
    before = teller.story.last
    teller.place(at)
    if kind == "user":
        _prompt(teller, message, native, before)
    elif kind == "gemini":
        if not _is_copied_answer(teller.story, message, at):
            _answer(teller, message, native, at)
    elif kind == "error":
        said = _said(message.get("content"))
        if not said.startswith(_UNKNOWN_COMMAND) and teller.first_time(native):
            teller.service_failed("service-error", said, native)
    elif kind == "info":
        said = _said(message.get("content")).strip()
        if said in _STOPS and teller.first_time(native):
            teller.stopped("cancelled", native)
        elif _COMPRESSED.match(said) and teller.first_time(native):
            teller.compacted("compacted", native)
    elif kind != "warning":
        teller.unknown(kind)
        return False
    return True


def _prompt(teller: Teller, message: dict[str, Any], native: str, before: float | None) -> None:
    """Take what the user typed, unless the harness said it, or says again what was typed.

    Newer versions write the whole conversation again under new ids when they hide outputs from
    the model or take a refused turn out of it, all of it in one instant.
    """
    story, at = teller.story, teller.at
    said = _said(message.get("displayContent")) or _said(message.get("content"))
    if files := _FILES.search(said):
        said = said[: files.start()]
    said = said.strip()
    injected = said == _CONTINUE or said.startswith(_INJECTED)
    if native not in story.prompts and story.prompts and _is_instant(before, at):
        lines = {digest_of(line) for line in _typed_parts(message)}
        if (
            said.startswith(_OPENING)
            or digest_of(said) in story.typed
            or (lines and lines <= story.typed.keys())
        ):
            story.copied_at = at
            return
    if not injected:
        if said:
            story.typed[digest_of(said)] = None
        teller.prompt(said, native)


def _typed_parts(message: dict[str, Any]) -> list[str]:
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    return [said.strip() for part in parts if (said := _said(part)).strip()]


def digest_of(said: str) -> str:
    """Return what stands for a text in a saved state, which holds nothing raw."""
    return blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _is_instant(before: float | None, at: float | None) -> bool:
    """Tell whether a record follows so soon that no human can have typed it."""
    return before is not None and at is not None and 0 <= at - before <= _INSTANT


def _is_copied_answer(story: Story, message: dict[str, Any], at: float | None) -> bool:
    """Tell whether an answer is written again along with what was typed."""
    return _is_instant(story.copied_at, at) and not (
        message.get("tokens") or message.get("toolCalls")
    )


def _tells_more(story: Story, message: dict[str, Any]) -> bool:
    """Tell whether a message of the model holds a call or a count that is new."""
    if message.get("type") != "gemini":
        return False
    ids = (text(call.get("id")) for call in items(message.get("toolCalls")))
    return any(one not in story.tools for one in ids) or (
        bool(message.get("tokens")) and text(message.get("id")) not in story.usage
    )


def _answer(teller: Teller, message: dict[str, Any], native: str, at: float | None) -> None:
    calls = items(message.get("toolCalls"))
    if not calls or message.get("tokens") or any(_is_alive(call) for call in calls):
        teller.activity()
    teller.surroundings(model=text(message.get("model")))
    tokens = mapping(message.get("tokens"))
    if tokens:
        cached = count(tokens.get("cached"))
        teller.used(
            Usage(
                input=max(count(tokens.get("input")) - cached, 0) + count(tokens.get("tool")),
                output=count(tokens.get("output")) + count(tokens.get("thoughts")),
                cache_read=cached,
            ),
            native,
        )
    if teller.story.project_hash and not teller.story.cwd:
        teller.surroundings(folder_of_hash(teller.story.project_hash, _texts(calls)))
    for number, call in enumerate(calls):
        key = text(call.get("id")) or (f"{native}.{number}" if native else "")
        name = text(call.get("name"))
        teller.place(at)
        stopped, rejected = teller.story.stopped, teller.story.rejected
        teller.call(key, name, **about(name, call.get("args")))
        if not _is_alive(call):  # it is told after the stop that ended it
            teller.story.stopped, teller.story.rejected = stopped, rejected
        if text(call.get("status")) in _ENDED:
            teller.place(moment(call.get("timestamp")) or at)
            _ended(teller, call, key, name)


def _is_alive(call: dict[str, Any]) -> bool:
    return call.get("status") != "cancelled"


def _ended(teller: Teller, call: dict[str, Any], key: str, name: str) -> None:
    output = _output(call.get("result"))
    if call["status"] == "error":
        if _DENIED.match(output):
            teller.denied("denied-by-policy", key, output)
        else:
            printed = labelled(output)
            teller.failed(key, printed.output, code=printed.code)
    elif call["status"] == "cancelled" or output.startswith(_CANCELLED):
        if _REFUSED.match(output):
            teller.rejected("rejected", key)
        elif teller.first_time(key):
            teller.stopped("cancelled-call", call=key)
    else:
        printed = labelled(output) if name == _SHELL else Printed(output)
        teller.ended_well(key, printed.output, code=printed.code)


def _texts(calls: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what calls are given and put out."""
    for call in calls:
        yield from (value for value in mapping(call.get("args")).values() if isinstance(value, str))
        yield _output(call.get("result"))


def _output(result: Any) -> str:
    """Return what a call put out: parts, of which a function's response holds output or error."""
    found = []
    for part in items(result):
        response = mapping(mapping(part.get("functionResponse")).get("response"))
        found.append(
            text(response.get("output")) or text(response.get("error")) or text(part.get("text"))
        )
    return "\n".join(one for one in found if one) or text(result)


def _said(content: Any) -> str:
    """Return the text of a message: a string, one part, or a list of strings and parts."""
    if isinstance(content, list):
        return "\n".join(one for each in content if (one := _said(each)))
    if isinstance(content, dict):
        return "" if content.get("thought") is True else text(content.get("text"))
    return text(content)


def project_name(folder: str) -> str:
    """Return a project's name from the name of its folder, unless that is only a hash."""
    return "" if re.fullmatch(r"[0-9a-f]{64}", folder) else words(folder, 200)
