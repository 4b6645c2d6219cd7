"""GitHub Copilot Chat in VS Code: one chat a file, appended or (`.json`) written anew.

By microsoft/vscode's chatModel.ts, chatService.ts and chatSessionOperationLog.ts: a chat has
requests, a request the user's message and the parts of the response. How a command ended stands in
the part of its call; of the editor's own tools no part says whether they failed. The sums of a
request's tokens are those of its last call of the model and are not read. What was typed and not
sent stands in `inputState` and is not read either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener, names_in, walk
from hansei_sessions.friction import label, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import load_json, read_bytes, read_json
from hansei_sessions.readers.keeping import last_part
from hansei_sessions.readers.lenient import folder_of, items, mapping, moment, text, whole
from hansei_sessions.readers.mutation_log import Replayed
from hansei_sessions.readers.roots import EMPTY_WINDOW
from hansei_sessions.readers.snapshot import new_teller, stem, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.tools import about

AGENT: Final = "copilot-chat"
_LOG_LIMIT: Final = 128 * 1024 * 1024
"""Bytes of the largest chat that is read; one of 96 MB has been seen."""
_DURATION_LIMIT: Final = 1e10
"""Milliseconds of a command at most: no command runs for months."""
_SEVERAL: Final = ".code-workspace"
"""What the name of a list of folders ends with."""
_CHATS: Final = "chatSessions"

_CANCELLED: Final = 2
_DENIED, _SKIPPED = 0, 5
_EDITING: Final = frozenset(
    {"applyPatch", "createFile", "editFile", "editNotebook", "insertEdit", "multiReplaceString"}
    | {"replaceString"}
)
_LINK = re.compile(r"\[([^\]\n]{0,200})\]\(([^)\n]{0,2000})\)")
_SAID: Final = frozenset(
    {"", "markdownContent", "markdownVuln", "thinking", "inlineReference", "codeblockUri"}
    | {"textEditGroup", "notebookEditGroup", "workspaceEdit", "undoStop", "command"}
    | {"progressMessage", "progressTask", "progressTaskSerialized", "prepareToolInvocation"}
    | {"confirmation", "elicitation", "elicitationSerialized", "elicitation2", "warning"}
    | {"mcpServersStarting", "extensions", "pullRequest", "treeData", "multiDiffData"}
    | {
        "info",
        "systemNotification",
        "questionCarousel",
        "disabledClaudeHooks",
        "clearToPreviousToolInvocation",
    }
)
"""Parts without trouble in them."""


class CopilotChatReader(SnapshotReader):
    """Reads one chat."""

    agent = AGENT
    version = 1

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the chat; the arguments are those of `SnapshotReader.read`."""
        del known
        teller = new_teller(AGENT, AGENT)
        chat = _chat(path, opener, teller)
        if not isinstance(chat.get("requests"), list):
            raise LogFormatError("it is no chat of VS Code", "Its requests are missing.")
        teller.identity(text(chat.get("sessionId")) or stem(path))
        teller.entitle(text(chat.get("customTitle")))
        _workspace(teller, path, opener, chat.get("workingDirectory"))
        busy_until = 0.0
        for request in items(chat["requests"]):
            teller.story.parsed += 1
            busy_until = _request(teller, request, busy_until) or busy_until
        yield told(teller, path, stem(path))


def _chat(path: str, opener: Opener, teller: Teller) -> dict[str, Any]:
    if path.endswith(".json"):
        return mapping(load_json(opener, path))
    replayed = Replayed()
    data = read_bytes(opener, path, _LOG_LIMIT)
    begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin)
        line = data[begin:] if end < 0 else data[begin:end]
        begin = len(data) if end < 0 else end + 1
        if line.strip():
            replayed.feed(line, is_last=end < 0)
    teller.story.malformed += replayed.refused
    return replayed.document


def _workspace(teller: Teller, path: str, opener: Opener, named: Any) -> None:
    """Take the folder that was open: a path on this machine, or the name of another one's.

    In an empty window a chat may name a folder of its own.
    """
    folder = Path(path).parent
    if folder.name == _CHATS:
        opened = mapping(read_json(opener, str(folder.parent / "workspace.json")))
    else:
        opened = {"folder": named}
    place = opened.get("folder") or opened.get("workspace") or opened.get("configuration")
    parts = mapping(place)
    uri = text(place) or f"{text(parts.get('scheme'))}:{text(parts.get('path'))}"
    if uri.startswith("file:") and not uri.endswith(_SEVERAL):
        teller.surroundings(folder_of(uri))
    else:
        teller.story.project = label(last_part(uri).removesuffix(_SEVERAL).strip(":"))


def _request(teller: Teller, request: dict[str, Any], busy_until: float) -> float | None:
    """Take a request and its response; return when it was over, where that is told.

    What VS Code says in the user's name is no prompt: a system's notice, or the button with which
    the user had the agent go on.
    """
    at = moment(request.get("timestamp"))
    native = text(request.get("requestId"))
    teller.place(at)
    teller.surroundings(model=text(request.get("modelId")).rpartition("/")[2])
    message = request.get("message")
    if not request.get("isSystemInitiated") and not request.get("confirmation"):
        said = text(message) or text(mapping(message).get("text"))
        teller.prompt(said, native, steers=at is not None and at < busy_until)
    state = mapping(request.get("modelState"))
    result = mapping(request.get("result"))
    is_cancelled = state.get("value") == _CANCELLED or request.get("isCanceled") is True
    parts = items(request.get("response"))
    is_foreseen = is_cancelled or any(_hooked(part) for part in parts)
    for part in parts:
        _part(teller, part, at, is_foreseen=is_foreseen)
    over = moment(state.get("completedAt"))
    elapsed = whole(mapping(result.get("timings")).get("totalElapsed"))
    if over is None and at is not None and elapsed is not None:
        over = moment(at + elapsed / 1000)
    teller.place(over or teller.at)
    error = mapping(result.get("errorDetails"))
    if is_cancelled:
        teller.stopped("cancelled", native)
    elif text(error.get("message")) and not error.get("confirmationButtons"):
        teller.service_failed("service-error", text(error.get("message")), native)
    return over


def _hooked(part: dict[str, Any]) -> str:
    """Return why a hook stopped the agent or a call, and nothing of any other part."""
    return text(part.get("stopReason")) if part.get("kind") == "hook" else ""


def _part(teller: Teller, part: dict[str, Any], at: float | None, *, is_foreseen: bool) -> None:
    """Take a part of a response.

    Args:
        teller: Of the chat.
        part: As it is kept.
        at: When the request was made.
        is_foreseen: A stop or a hook denies calls here, and not a human one by one.
    """
    kind = text(part.get("kind"))
    if kind == "toolInvocationSerialized":
        _call(teller, part, at, is_foreseen=is_foreseen)
        teller.story.parsed += 1
    elif kind == "hook":
        if _hooked(part):
            teller.hook_blocked("hook", _hooked(part))
    else:
        teller.activity()
        if kind not in _SAID:
            teller.unknown(kind)


def _call(teller: Teller, part: dict[str, Any], at: float | None, *, is_foreseen: bool) -> None:
    name = text(part.get("toolId"))
    native = text(part.get("toolCallId"))
    data = mapping(part.get("toolSpecificData"))
    details = mapping(part.get("resultDetails"))
    ended = mapping(data.get("terminalCommandState"))
    begun, seconds = moment(ended.get("timestamp")), _seconds(ended.get("duration"))
    told_of = about(name, details.get("input") or data.get("rawInput"))
    command, wanted = _command(data)
    teller.place(begun or at)
    teller.call(
        native,
        name,
        command=command or told_of["command"],
        subject=told_of["subject"] or _shown(part),
        edits=name.removeprefix("copilot_") in _EDITING,
    )
    if wanted:
        said = words(f"the agent wanted: {wanted}")
        held = teller.story.calls.get(native)
        teller.add(FrictionKind.CORRECTION, "edited-by-user", said, native, held)
    confirmed = part.get("isConfirmed")
    answer = whole(mapping(confirmed).get("type"))
    if confirmed is False or answer in {_DENIED, _SKIPPED}:
        if not is_foreseen:
            teller.rejected("declined" if answer == _SKIPPED else "denied", native)
        return
    code = whole(ended.get("exitCode"))
    if part.get("isComplete") is not True and code is None:
        return
    teller.place(begun + seconds if begun and seconds is not None else begun or at)
    output = text(mapping(data.get("terminalCommandOutput")).get("text")) or _output(details)
    if details.get("isError") is True:
        teller.failed(native, output, code=code, seconds=seconds)
    else:
        teller.ended_well(native, output, code=code, seconds=seconds)


def _seconds(milliseconds: Any) -> float | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    return milliseconds / 1000 if 0 <= milliseconds < _DURATION_LIMIT else None


def _command(data: dict[str, Any]) -> tuple[str, str]:
    """Return the command that ran, and the agent's own where the user changed it."""
    if not text(data.get("kind")).startswith("terminal"):
        return "", ""
    line = mapping(data.get("commandLine"))
    original = text(line.get("original"))
    by_user = text(line.get("userEdited"))
    if by_user and by_user != original:
        return by_user, original
    return text(line.get("toolEdited")) or original or text(data.get("command")), ""


def _output(details: dict[str, Any]) -> str:
    """Return the text of a result, which lists of places and pictures do not have."""
    given = details.get("output")
    if isinstance(given, str):
        return given
    parts = [text(one.get("value")) for one in items(given) if one.get("isText") is not False]
    return "\n".join(one for one in parts if one)


def _shown(part: dict[str, Any]) -> str:
    """Return what the user was shown of a call, with the names of files for links to them."""
    for key in ("pastTenseMessage", "invocationMessage"):
        message = part.get(key)
        said = text(message) or text(mapping(message).get("value"))
        if said:
            return _LINK.sub(_named, said[:4000])
    return ""


def _named(link: re.Match[str]) -> str:
    return link[1] or last_part(folder_of(link[2].partition("#")[0]))


@dataclass(frozen=True, slots=True)
class CopilotChatFormat(ReaderFormat):
    """Where VS Code keeps its chats: with the workspace, or those of empty windows together."""

    roots = staticmethod(roots.copilot_chat)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the chats of a storage, or of any folder that holds some itself."""
        if root.name == "workspaceStorage":
            inside = [root / name / _CHATS for name in names_in(root, on_error) or ()]
            folders = [one for one in inside if one.is_dir()]
        else:
            folders = [root]
        for folder in folders:
            for each in walk(folder, (".jsonl", ".json"), on_error):
                path = Path(each)
                if path.parent.name in {_CHATS, EMPTY_WINDOW}:
                    yield path

    def rank_of(self, log: str) -> int:
        """Let the log of changes stand for a chat that was kept as a document before."""
        return int(log.endswith(".json"))


COPILOT_CHAT: Final = CopilotChatFormat(AGENT, CopilotChatReader)
