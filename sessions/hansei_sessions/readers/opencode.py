"""OpenCode: `opencode.db`, and the tree of JSON files that it kept before.

By the types of npm `@opencode-ai/sdk` 1.19.3 and a database of build 1.17.3: sessions, messages
and parts, the latter two as JSON without their ids, which stand in columns of their own. A
migrated installation holds the same session in both forms; the database's stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

from hansei_sessions.readers.lenient import count, mapping, moment, text, whole
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

AGENT: Final = "opencode"
_SHELL: Final = "bash"
_REJECTED: Final = "The user rejected permission to use this "
_FEEDBACK: Final = "with the following feedback:"
_RULED: Final = (
    "The user has specified a rule which prevents you from using this specific tool call",
    "The user has specifically restricted access to this command",
    "This command references paths outside of ",
)
"""The latter two are those of versions before the rules."""
_ABORTED: Final = "Tool execution aborted"
_DISMISSED: Final = "The user dismissed this question"
_TIMED_OUT = re.compile(r"exceed(?:ed|ing) timeout|timed out after", re.IGNORECASE)
"""What the shell tool adds to the output of a command that it ended; there is no exit code then."""
_TAIL: Final = 500
_SAID: Final = frozenset(
    {"text", "reasoning", "step-start", "step-finish", "patch", "file", "snapshot", "subtask"}
    | {"agent"}
)

Message = tuple[dict[str, Any], list[dict[str, Any]]]
"""A message and its parts, each with its id in `id`."""


def tell_session(teller: Teller, info: Mapping[str, Any]) -> None:
    """Take a session's own record: camel case in files, snake case in the database."""
    teller.identity(text(info.get("id")), text(info.get("parentID")) or text(info.get("parent_id")))
    teller.surroundings(text(info.get("directory")))
    teller.entitle(text(info.get("title")))
    times = mapping(info.get("time"))
    teller.place(moment(times.get("created") or info.get("time_created")))


def tell_messages(teller: Teller, messages: Iterable[Message]) -> None:
    """Take a session's messages in their order."""
    busy_until = 0.0
    for message, parts in messages:
        times = mapping(message.get("time"))
        at = moment(times.get("created"))
        teller.place(at)
        teller.story.parsed += 1
        if message.get("role") == "user":
            _user(teller, message, parts, steers=at is not None and at < busy_until)
        elif message.get("role") == "assistant":
            _assistant(teller, message, parts, at)
            busy_until = moment(times.get("completed")) or 0.0
        else:
            teller.unknown(text(message.get("role")))


def tell_revert(teller: Teller, info: Mapping[str, Any]) -> None:
    """Take the user's undoing of turns, which is a mark on the session as long as it stands."""
    if not info.get("revert"):
        return
    times = mapping(info.get("time"))
    teller.place(moment(times.get("updated") or info.get("time_updated")))
    teller.rewound("reverted", "turns undone by the user")


def _user(
    teller: Teller, message: dict[str, Any], parts: list[dict[str, Any]], *, steers: bool
) -> None:
    said = []
    for part in parts:
        teller.story.parsed += 1
        if part.get("type") == "compaction":
            _compacted(teller)
        elif (
            part.get("type") == "text"
            and part.get("synthetic") is not True
            and part.get("ignored") is not True
        ):
            said.append(text(part.get("text")))
    body = "\n".join(one for one in said if one)
    created = mapping(message.get("time")).get("created")
    teller.prompt(body, prompt_id(created, body), steers=steers)


def prompt_id(created: Any, body: str) -> str:
    """Return an id for a prompt that its copy in a fork has too: its time and its words."""
    digest = blake2b(body.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"{whole(created) or 0}-{digest}"


def _compacted(teller: Teller) -> None:
    teller.story.notes["compacting"] = "1"
    teller.compacted("compacted")


def _assistant(
    teller: Teller, message: dict[str, Any], parts: list[dict[str, Any]], at: float | None
) -> None:
    teller.activity()
    model = text(message.get("modelID")) or text(mapping(message.get("model")).get("modelID"))
    teller.surroundings(text(mapping(message.get("path")).get("cwd")), model=model)
    if message.get("summary") is True and not teller.story.notes.pop("compacting", ""):
        teller.compacted("compacted")
    tokens = mapping(message.get("tokens"))
    cache = mapping(tokens.get("cache"))
    teller.used(
        Usage(
            count(tokens.get("input")),
            count(tokens.get("output")) + count(tokens.get("reasoning")),
            count(cache.get("read")),
            count(cache.get("write")),
        )
    )
    teller.cost(message.get("cost"))
    for part in parts:
        teller.story.parsed += 1
        kind = text(part.get("type"))
        if kind == "tool":
            _tool(teller, part, at)
        elif kind == "compaction":
            _compacted(teller)
        elif kind == "retry":
            error = mapping(mapping(part.get("error")).get("data"))
            teller.service_failed("retry", text(error.get("message")))
        elif kind not in _SAID:
            teller.unknown(kind)
    _error(teller, mapping(message.get("error")), text(message.get("id")))


def _error(teller: Teller, error: dict[str, Any], native: str) -> None:
    name = text(error.get("name"))
    if name == "MessageAbortedError":
        teller.stopped("aborted", native)
    elif name:
        said = text(mapping(error.get("data")).get("message"))
        teller.service_failed("service-error", f"{name}: {said}".removesuffix(": "), native)


def _tool(teller: Teller, part: dict[str, Any], at: float | None) -> None:
    state = mapping(part.get("state"))
    times = mapping(state.get("time"))
    start, end = moment(times.get("start")), moment(times.get("end"))
    native = text(part.get("callID")) or text(part.get("id"))
    name = text(part.get("tool"))
    teller.place(start or at)
    teller.call(native, name, **about(name, state.get("input")))
    teller.place(end or start or at)
    seconds = end - start if start is not None and end is not None else None
    status = text(state.get("status"))
    if status == "error":
        _refused_or_failed(teller, native, text(state.get("error")), seconds)
    elif status in {"completed", "success"}:
        output = text(state.get("output"))
        if name == "invalid":
            teller.failed(native, output, rule="invalid-call")
            return
        metadata = mapping(state.get("metadata"))
        code = whole(metadata.get("exit")) if name == _SHELL else None
        if name == _SHELL and code is None and _TIMED_OUT.search(output[-_TAIL:]):
            teller.failed(native, output, seconds=seconds, rule="timeout")
        else:
            teller.ended_well(native, output, code=code, seconds=seconds)


def _refused_or_failed(teller: Teller, native: str, error: str, seconds: float | None) -> None:
    error = error.removeprefix("Error: ")
    if error.startswith(_DISMISSED):
        teller.rejected("declined", native)
    elif error.startswith(_REJECTED):
        teller.rejected("rejected", native, error.partition(_FEEDBACK)[2])
    elif error.startswith(_RULED):
        teller.denied("ruled-out", native, error)
    elif error.startswith(_ABORTED):
        teller.aborted(native)
    else:
        teller.failed(native, error, seconds=seconds)
