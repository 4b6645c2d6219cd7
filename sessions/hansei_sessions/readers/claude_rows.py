"""The rows of a Claude Code log as typed values; only what is needed is decoded.

Field names are Claude Code's own. Bodies (tool results, prose) stay raw bytes until someone asks
for them, because most are never looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Raw, Struct

from hansei_sessions.readers.lines import split_objects

NO_BODY = Raw()

HEADLESS = ("sdk", "mcp", "claude-code-github-action")
"""With what the `entrypoint` of a run begins that no human sits before."""

Number = int | float | None


class Usage(Struct, gc=False):
    """Token counts of one answer; repeated, and growing, in each row of a streamed message."""

    input_tokens: Number = 0
    output_tokens: Number = 0
    cache_creation_input_tokens: Number = 0
    cache_read_input_tokens: Number = 0


class Block(Struct, gc=False):
    """One block of a message: text, thinking, image, tool_use or tool_result."""

    type: str = ""
    text: Raw = NO_BODY
    id: str = ""
    name: str = ""
    input: Raw = NO_BODY
    tool_use_id: str = ""
    content: Raw = NO_BODY
    is_error: bool | None = None


class Message(Struct, gc=False):
    """What the user or the model said."""

    id: str | None = None
    model: str | None = None
    content: str | list[Block] | None = None
    usage: Usage | None = None
    stop_reason: str | None = None


class Data(Struct, gc=False):
    """The payload of a `progress` row."""

    type: str = ""
    elapsedTimeSeconds: Number = None  # noqa: N815 - the log's name


class ToolInput(Struct, gc=False):
    """The arguments of a tool call that say what it is about."""

    command: Raw = NO_BODY
    file_path: Raw = NO_BODY
    notebook_path: Raw = NO_BODY
    path: Raw = NO_BODY
    url: Raw = NO_BODY
    skill: Raw = NO_BODY
    pattern: Raw = NO_BODY
    query: Raw = NO_BODY
    title: Raw = NO_BODY
    description: Raw = NO_BODY


class Edited(Struct, gc=False):
    """The arguments of an edit that name its file."""

    file_path: str | None = None
    notebook_path: str | None = None


class Command(Struct, gc=False):
    """The arguments of a call of a shell."""

    command: str | None = None


class Attachment(Struct, gc=False):
    """What the harness put beside the conversation: a queued prompt, a hook's verdict."""

    type: str = ""
    prompt: Raw = NO_BODY
    commandMode: str | None = None  # noqa: N815 - the log's name
    blockingError: Raw = NO_BODY  # noqa: N815 - the log's name
    hookEvent: str | None = None  # noqa: N815 - the log's name
    stderr: Raw = NO_BODY
    content: Raw = NO_BODY
    message: Raw = NO_BODY
    toolUseID: str | None = None  # noqa: N815 - the log's name
    origin: Raw = NO_BODY
    isMeta: bool | None = None  # noqa: N815 - the log's name


class Said(Struct, gc=False):
    """One record of a log, with the fields that what the user or the model says can have."""

    type: str = ""
    uuid: str | None = None
    parentUuid: str | None = None  # noqa: N815 - the log's name
    timestamp: datetime | None = None
    gitBranch: str | None = None  # noqa: N815 - the log's name
    isSidechain: bool | None = None  # noqa: N815 - the log's name
    isMeta: bool | None = None  # noqa: N815 - the log's name
    isCompactSummary: bool | None = None  # noqa: N815 - the log's name
    entrypoint: str | None = None
    promptSource: str | None = None  # noqa: N815 - the log's name
    origin: Raw = NO_BODY
    planContent: Raw = NO_BODY  # noqa: N815 - the log's name
    requestId: str | None = None  # noqa: N815 - the log's name
    forkedFrom: Raw = NO_BODY  # noqa: N815 - the log's name
    message: Message | None = None
    toolUseResult: Raw = NO_BODY  # noqa: N815 - the log's name
    toolDenialKind: str | None = None  # noqa: N815 - the log's name
    userFeedback: str | None = None  # noqa: N815 - the log's name
    interruptedByShutdown: bool | None = None  # noqa: N815 - the log's name
    isApiErrorMessage: bool | None = None  # noqa: N815 - the log's name
    subtype: str | None = None


class Row(Said, gc=False):
    """One record of a log, with the fields that any kind of record may bring along."""

    sessionId: str | None = None  # noqa: N815 - the log's name
    cwd: str | None = None
    error: Raw = NO_BODY
    retryInMs: Number = None  # noqa: N815 - the log's name
    compactMetadata: Raw = NO_BODY  # noqa: N815 - the log's name
    hookErrors: Raw = NO_BODY  # noqa: N815 - the log's name
    preventedContinuation: bool | None = None  # noqa: N815 - the log's name
    stopReason: Raw = NO_BODY  # noqa: N815 - the log's name
    toolUseID: str | None = None  # noqa: N815 - the log's name
    parentToolUseID: str | None = None  # noqa: N815 - the log's name
    data: Data | None = None
    attachment: Attachment | None = None
    operation: str | None = None
    reason: str | None = None
    content: Raw = NO_BODY
    summary: Raw = NO_BODY
    leafUuid: str | None = None  # noqa: N815 - the log's name
    aiTitle: Raw = NO_BODY  # noqa: N815 - the log's name
    customTitle: Raw = NO_BODY  # noqa: N815 - the log's name


_ROW = msgspec.json.Decoder(Row)
_MESSAGE = msgspec.json.Decoder(Message)
_BLOCK = msgspec.json.Decoder(Block)
_INPUT = msgspec.json.Decoder(ToolInput)
_EDITED = msgspec.json.Decoder(Edited)
_COMMAND = msgspec.json.Decoder(Command)
_STRINGS = msgspec.json.Decoder(str | list[Any] | None)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_TEXTS: msgspec.json.Decoder[str | list[Block] | None] = msgspec.json.Decoder(
    str | list[Block] | None
)

BAD_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for bytes that are not the JSON that it wants."""

decode_row = _ROW.decode
"""Decode a clean line; raises one of `BAD_JSON` for any other."""


def recover_rows(line: bytes) -> tuple[list[Row], int]:
    """Return the rows of a line that `decode_row` refused, and how many of its parts are lost.

    A whole object whose fields have odd types is a row all the same: the odd fields are left out.
    """
    recovered = split_objects(line)
    return [_lenient_row(each) for each in recovered.objects], recovered.malformed


def _lenient_row(line: bytes) -> Row:
    try:
        return _ROW.decode(line)
    except msgspec.ValidationError:
        fields: dict[str, Any] = _OBJECT.decode(line)
    if "timestamp" in fields:
        fields["timestamp"] = _instant(fields["timestamp"])
    message = fields.get("message")
    if isinstance(message, dict):
        content = message.get("content")
        if isinstance(content, list):
            blocks = [block for block in content if isinstance(block, dict)]
            message["content"] = [_fitting(block, _BLOCK) for block in blocks]
        fields["message"] = _fitting(message, _MESSAGE)
    return _ROW.decode(msgspec.json.encode(_fitting(fields, _ROW)))


def _fitting(fields: dict[str, Any], decoder: msgspec.json.Decoder[Any]) -> dict[str, Any]:
    """Return the fields that the decoder takes, each tried for itself."""
    fit: dict[str, Any] = {}
    for name, value in fields.items():
        try:
            decoder.decode(msgspec.json.encode({name: value}))
        except msgspec.ValidationError:
            continue
        fit[name] = value
    return fit


def _instant(value: object) -> str | None:
    """Return an odd time stamp as ISO 8601: seconds, milliseconds or microseconds since 1970."""
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value).isoformat()
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        scale = 1.0 if value < 1e11 else 1e3 if value < 1e14 else 1e6
        return datetime.fromtimestamp(value / scale, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def text_of(body: Raw) -> str:
    """Return a body's text: a string, or the text blocks of a list joined; else nothing."""
    if not bytes(body):
        return ""
    value = _decoded(body)
    if isinstance(value, list):
        return "\n".join(text_of(block.text) for block in value if block.type == "text")
    return value or ""


def _decoded(body: Raw) -> str | list[Block] | None:
    try:
        return _TEXTS.decode(body)
    except BAD_JSON:
        whole = split_objects(b'{"type":"text","content":' + bytes(body) + b"}").objects
    for each in whole:
        try:
            return _TEXTS.decode(_BLOCK.decode(each).content)
        except BAD_JSON:
            continue
    return None


def fields_of(body: Raw) -> dict[str, Any]:
    """Return a body that is an object, or an empty one."""
    if not bytes(body):
        return {}
    try:
        return _OBJECT.decode(body)
    except BAD_JSON:
        whole = split_objects(bytes(body)).objects
    return _OBJECT.decode(whole[0]) if len(whole) == 1 else {}


def input_of(body: Raw) -> ToolInput:
    """Return a tool call's arguments."""
    if not bytes(body):
        return ToolInput()
    try:
        return _INPUT.decode(body)
    except BAD_JSON:
        whole = split_objects(bytes(body)).objects
    return _INPUT.decode(whole[0]) if len(whole) == 1 else ToolInput()


def edited_in(body: bytes) -> str:
    """Return which file an edit is of, from its arguments as JSON."""
    try:
        given = _EDITED.decode(body)
    except BAD_JSON:
        odd = input_of(Raw(body))
        return text_of(odd.file_path) or text_of(odd.notebook_path)
    return given.file_path or given.notebook_path or ""


def command_of(body: bytes) -> str:
    """Return the command of a call's arguments as JSON; nothing where there is none."""
    try:
        return _COMMAND.decode(body).command or ""
    except BAD_JSON:
        return text_of(input_of(Raw(body)).command)


def strings_of(body: Raw) -> list[str]:
    """Return a body that is a list of strings, or a single one."""
    if not bytes(body):
        return []
    try:
        value = _STRINGS.decode(body)
    except BAD_JSON:
        return []
    if isinstance(value, str):
        return [value]
    return [each for each in value or [] if isinstance(each, str)]


def seconds_of(moment: datetime | None) -> float | None:
    """Return an instant as seconds since 1970, or None; a stamp without a zone is local time."""
    if moment is None:
        return None
    try:
        return moment.timestamp()
    except (ValueError, OverflowError, OSError):
        return None
