"""Kiro IDE before its version 1.0: `globalStorage/kiro.kiroagent/workspace-sessions`.

The program publishes no schema. Read is what several third-party readers agree upon:

- `workspace-sessions/<folder>/<id>.json`: a session's title, folder, model and `history`, the
  folder's name in Base64; answers in it are placeholders that name an execution;
- `sessions.json` beside them: when each was created, as milliseconds in a text;
- `<workspace>/<saves>/<execution>`: what was done in one turn, with times; each of the three names
  is the first half of a SHA-256: of the folder, of a fixed phrase, of the execution's id. An action
  has a type, a state, a time, an input and an output;
- `.migrated-<id>.json` beside a session that version 1.0 took over, under a new id, into
  `~/.kiro/sessions`: that one stands for it then.

Of an action's states only `Success` is known: no other is taken for a failure, but counted as
skipped. A command's exit code is told. Usage is told in credits, which are neither tokens nor
money. The `.chat` files of the first builds are snapshots of the same turns, and not read.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener
from hansei_sessions.readers.base import SnapshotReader, Told
from hansei_sessions.readers.documents import decoded, load_json, read_bytes, read_json
from hansei_sessions.readers.lenient import blocks_text, items, mapping, moment, text, whole
from hansei_sessions.readers.snapshot import new_teller, stem, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.tools import about

AGENT: Final = "kiro"
SESSIONS: Final = "workspace-sessions"
INDEX: Final = "sessions.json"
MIGRATED: Final = ".migrated-"
_INDEX_LIMIT: Final = 8 * 1024 * 1024
_HALF: Final = 32
_EXECUTIONS_LIMIT: Final = 1_000
_DEPTH: Final = 2
_SUBAGENT: Final = "specAgent"
_SILENT: Final = frozenset({"say", "model"})
"""Actions that call no tool."""
_TOOLS: Final = frozenset(
    {"readFile", "readFiles", "readCode", "replace", "create", "runCommand", "search", "mcp"}
)
_ADDED: Final = ("steering-reminder", "EnvironmentContext")
_HARNESS: Final = ("# System Prompt", "# Identity", "<identity>", "## Included Rules")


class _Execution(msgspec.Struct, rename="camel"):
    """What of an execution is decoded; the whole history that stands in it too is not."""

    start_time: msgspec.Raw = msgspec.Raw(b"null")
    end_time: msgspec.Raw = msgspec.Raw(b"null")
    status: msgspec.Raw = msgspec.Raw(b"null")
    model_id: msgspec.Raw = msgspec.Raw(b"null")
    actions: msgspec.Raw = msgspec.Raw(b"null")


_DECODER = msgspec.json.Decoder(_Execution)


def half_digest(name: str) -> str:
    """Return the name that Kiro gives a file or a folder: the first half of a SHA-256."""
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:_HALF]


SAVES: Final = half_digest("KIRO::EXECUTION::SAVES")


def workspace_of(name: str) -> str:
    """Return the folder that a name in Base64 stands for; empty where it stands for none.

    It is written with the letters that are safe in names, and filled up with `_` instead of `=`.
    """
    filling = len(name) - len(name.rstrip("_"))
    plain = name[: len(name) - min(filling, 2)] if len(name) % 4 == 0 else name
    try:
        found = base64.b64decode(plain + "=" * (-len(plain) % 4), b"-_", validate=True)
        return found.decode()
    except (binascii.Error, ValueError):
        return ""


class KiroIdeReader(SnapshotReader):
    """Reads one session of the Kiro IDE, and the executions that its history names."""

    agent = AGENT
    version = 1

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the session; the arguments are those of `SnapshotReader.read`."""
        session = mapping(load_json(opener, path))
        if not isinstance(session.get("history"), list):
            raise LogFormatError("it is no session of Kiro", "Its history is missing.")
        folder, own = Path(path).parent, stem(path)
        moved = mapping(read_json(opener, str(folder / f"{MIGRATED}{own}.json"), _INDEX_LIMIT))
        workspace = (
            text(session.get("workspaceDirectory"))
            or text(session.get("workspacePath"))
            or workspace_of(folder.name)
        )
        history = _History(items(session["history"]), opener, saves_of(path, workspace))
        mark = f"{os.stat(path).st_mtime_ns}/{text(moved.get('v2SessionId'))}/{history.mark()}"  # noqa: PTH116 - a string beside strings
        if known.get(own) == mark:
            yield Told(own, None, mark=mark)
            return
        teller = new_teller(AGENT, AGENT)
        teller.identity(text(moved.get("v2SessionId")) or text(session.get("sessionId")))
        teller.entitle(text(session.get("title")))
        teller.surroundings(workspace, model=_model(session.get("selectedModel")))
        teller.place(_created(opener, folder, own))
        history.tell(teller)
        yield told(teller, path, own, own, mark)


def saves_of(path: str, workspace: str) -> Path:
    """Return where the executions of a session lie.

    Args:
        path: Of the session.
        workspace: The folder in which it ran.
    """
    return Path(path).parents[2] / half_digest(workspace) / SAVES


def _model(name: Any) -> str:
    return "" if text(name) == "auto" else text(name)


def _created(opener: Opener, folder: Path, own: str) -> float | None:
    """Return when a session was created, as the list beside it tells."""
    listed = read_json(opener, str(folder / INDEX), _INDEX_LIMIT)
    for entry in items(listed if isinstance(listed, list) else mapping(listed).get("sessions")):
        if entry.get("sessionId") == own:
            at = entry.get("dateCreated")
            if isinstance(at, str) and at.isdecimal() and len(at) < _HALF:
                return moment(int(at))
            return moment(at)
    return None


class _History:
    """Tells a session's turns: what was said, and what its executions did."""

    def __init__(self, entries: list[dict[str, Any]], opener: Opener, saves: Path) -> None:
        self._entries = entries
        self._opener = opener
        self._saves = saves
        self._left = _EXECUTIONS_LIMIT
        self._teller = new_teller(AGENT, AGENT)

    def mark(self) -> str:
        """Return what changes when one of the executions does: executions can be of megabytes."""
        digest = sha256()
        for entry in self._entries:
            own = text(entry.get("executionId"))
            if own:
                try:
                    status = os.stat(self._saves / half_digest(own))  # noqa: PTH116 - one of many
                except OSError:
                    continue
                digest.update(f"{own} {status.st_size} {status.st_mtime_ns} ".encode())
        return digest.hexdigest()[:_HALF]

    def tell(self, teller: Teller) -> None:
        """Take all turns: a prompt, and the execution that the answer to it names."""
        self._teller = teller
        waiting: tuple[str, str] | None = None
        for entry in self._entries:
            if self._opener.stop_asked():
                raise InterruptedError("stopped")
            self._teller.story.parsed += 1
            message = mapping(entry.get("message"))
            role = text(message.get("role"))
            if role == "user":
                self._prompt(waiting)
                waiting = (_typed(message.get("content")), text(message.get("id")))
            elif role == "assistant":
                self._answer(text(entry.get("executionId")), waiting)
                waiting = None
            elif role != "tool":
                self._teller.unknown(role)
        self._prompt(waiting)

    def _prompt(self, waiting: tuple[str, str] | None) -> None:
        if waiting is not None:
            self._teller.prompt(*waiting)

    def _answer(self, execution: str, waiting: tuple[str, str] | None) -> None:
        done = self._execution(execution) if execution else {}
        self._teller.place(moment(done.get("start_time")))
        self._prompt(waiting)
        self._teller.activity()
        self._teller.surroundings(model=_model(done.get("model_id")))
        self._actions(done, _DEPTH)
        self._teller.place(moment(done.get("end_time")))
        if done.get("status") == "aborted":
            self._teller.stopped("aborted", execution)

    def _execution(self, own: str) -> dict[str, Any]:
        """Return what is logged of an execution; nothing where that is gone."""
        self._left -= 1
        path = self._saves / half_digest(own)
        if self._left < 0:
            self._teller.story.skipped += 1
            return {}
        try:
            data = read_bytes(self._opener, str(path))
        except (LogFormatError, OSError):
            self._teller.story.skipped += 1
            return {}
        try:
            execution = _DECODER.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            self._teller.story.malformed += 1
            return {}
        return {
            name: decoded(bytes(getattr(execution, name))) for name in execution.__struct_fields__
        }

    def _actions(self, done: dict[str, Any], depth: int) -> None:
        for action in items(done.get("actions")):
            self._teller.story.parsed += 1
            self._teller.place(moment(action.get("emittedAt")))
            kind, output = text(action.get("actionType")), mapping(action.get("output"))
            if kind in _TOOLS:
                _tool(self._teller, kind, action, output)
            elif kind == _SUBAGENT:
                inner = text(output.get("executionId"))
                if inner and depth > 0:
                    self._actions(self._execution(inner), depth - 1)
            elif kind not in _SILENT:
                self._teller.unknown(kind)


def _tool(teller: Teller, kind: str, action: dict[str, Any], output: dict[str, Any]) -> None:
    given = mapping(action.get("input"))
    name = text(given.get("toolName")) or kind
    arguments = mapping(given.get("toolArgs")) if kind == "mcp" else given
    called = about(name, {"path": text(given.get("file"))} | arguments)
    native = text(action.get("actionId"))
    teller.call(native, name, **called)
    code = whole(output.get("exitCode"))
    if code is not None:
        teller.ended_well(native, text(output.get("output")), code=code)
    elif action.get("actionState") == "Success":
        teller.ended_well(native, text(output.get("output")) or text(output.get("response")))
    else:
        teller.story.skipped += 1
        teller.aborted(native)


def _typed(content: Any) -> str:
    """Return what was typed, without what Kiro adds to it."""
    said = text(content) or blocks_text(content)
    for name in _ADDED:
        said = _without(said, f"<{name}>", f"</{name}>")
    return "" if said.startswith(_HARNESS) else said.strip()


def _without(said: str, opening: str, closing: str) -> str:
    """Return a text without what stands between two marks, wherever both are there."""
    kept: list[str] = []
    at = 0
    while True:
        start = said.find(opening, at)
        end = said.find(closing, start + len(opening)) if start >= 0 else -1
        if end < 0:
            return "".join((*kept, said[at:]))
        kept.append(said[at:start])
        at = end + len(closing)
