"""GitHub Copilot CLI: `session-state/<id>/events.jsonl`, appended while it runs.

The events are those of the published `session-events.d.ts` of npm `@github/copilot-sdk` 1.0.14,
seen in a real session of 1.0.72. Older versions wrote the same to `session-state/<id>.jsonl`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat
from hansei_sessions.readers.lenient import count, items, mapping, moment, text
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

_EXIT_CODE = re.compile(
    r"<(?:shellId: \S+ completed|(?:command with )?(?:shellId: \S+ )?exited) with exit code"
    r" (-?\d{1,10})>\s*\Z"
)
"""The last line of a finished command's output, of newer and of older versions."""
_TRUSTED = re.compile(r"Folder (\S.{0,4000}) has been added to trusted folders\.")
_UNUSED: Final = frozenset(
    {"system.message", "system.notification", "hook.start", "hook.end", "assistant.turn_end"}
    | {"session.warning", "session.plan_changed", "session.usage_checkpoint"}
    | {"session.auto_mode_resolved", "subagent.started", "subagent.completed", "session.idle"}
    | {"assistant.reasoning", "permission.requested", "session.compaction_start", "skill.invoked"}
    | {"session.task_complete", "session.truncation", "subagent.selected", "session.usage_info"}
)
_BY_RULE: Final = frozenset(
    {
        "denied-by-rules",
        "denied-no-approval-rule-and-could-not-request-from-user",
        "denied-by-content-exclusion-policy",
        "denied-by-permission-request-hook",
    }
)


class CopilotReader(StoryReader):
    """Reads one session of the GitHub Copilot CLI."""

    agent = "copilot-cli"
    version = 2
    rules = "copilot"

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        kind = text(record.get("type"))
        handler = _HANDLERS.get(kind)
        teller.place(moment(record.get("timestamp")), line, offset)
        if handler is None:
            if kind not in _UNUSED:
                teller.unknown(kind)
            return False
        handler(teller, mapping(record.get("data")), text(record.get("id")))
        return True

    def _fallback_id(self) -> str:
        if self._parts[-1] == "events.jsonl" and len(self._parts) > 1:
            return self._parts[-2]
        return super()._fallback_id()


def _start(teller: Teller, data: dict[str, Any], _event: str) -> None:
    context = mapping(data.get("context"))
    teller.identity(text(data.get("sessionId")))
    teller.surroundings(
        text(context.get("cwd")), text(context.get("branch")), text(data.get("selectedModel"))
    )


def _info(teller: Teller, data: dict[str, Any], _event: str) -> None:
    """Take the folder that the user trusted, which is all that older versions tell of it."""
    trusted = _TRUSTED.match(text(data.get("message")))
    if trusted:
        teller.surroundings(trusted[1])


def _context(teller: Teller, data: dict[str, Any], _event: str) -> None:
    teller.surroundings(text(data.get("cwd")), text(data.get("branch")))


def _model(teller: Teller, data: dict[str, Any], _event: str) -> None:
    teller.surroundings(model=text(data.get("newModel")))


def _prompt(teller: Teller, data: dict[str, Any], event: str) -> None:
    """Take a message of the user; what a skill or the harness says in the user's name has a source.

    `delivery` is `steering` where the agent was at work, and `idle` or absent where it was not.
    """
    source = text(data.get("source"))
    if source and source != "user":
        return
    teller.prompt(text(data.get("content")), event, steers=data.get("delivery") == "steering")


def _turn(teller: Teller, data: dict[str, Any], _event: str) -> None:
    teller.activity()
    teller.surroundings(model=text(data.get("model")))


def _message(teller: Teller, data: dict[str, Any], event: str) -> None:
    teller.activity()
    teller.surroundings(model=text(data.get("model")))
    teller.used(Usage(output=count(data.get("outputTokens"))), text(data.get("messageId")) or event)
    for request in items(data.get("toolRequests")):
        name = text(request.get("name"))
        teller.call(text(request.get("toolCallId")), name, **about(name, request.get("arguments")))


def _call(teller: Teller, data: dict[str, Any], _event: str) -> None:
    name = text(data.get("toolName"))
    teller.call(text(data.get("toolCallId")), name, **about(name, data.get("arguments")))


def _result(teller: Teller, data: dict[str, Any], _event: str) -> None:
    """Take a result: a command that failed is a success whose text ends with its exit code."""
    native = text(data.get("toolCallId"))
    output = text(mapping(data.get("result")).get("content"))
    error = mapping(data.get("error"))
    if data.get("success") is False:
        code = text(error.get("code"))
        if code in {"rejected", "denied"}:
            teller.rejected("rejected", native)
            return
        teller.failed(native, text(error.get("message")) or output)
        return
    ended = _EXIT_CODE.search(output)
    code_of = int(ended[1]) if ended else None
    teller.ended_well(native, output[: ended.start()] if ended else output, code=code_of)


def _permission(teller: Teller, data: dict[str, Any], event: str) -> None:
    result = mapping(data.get("result"))
    kind = text(result.get("kind"))
    native = text(data.get("toolCallId")) or event
    if kind == "denied-interactively-by-user":
        teller.rejected("rejected", native, text(result.get("feedback")))
    elif kind.startswith("denied-"):
        rule = kind if kind in _BY_RULE else "denied-by-rules"
        teller.denied(rule, native, text(result.get("message")) or kind.replace("-", " "))


def _abort(teller: Teller, data: dict[str, Any], event: str) -> None:
    """Take the end of a turn before its time; a spent limit is nobody's decision."""
    if text(data.get("reason")) == "autopilot_credit_limit":
        teller.service_failed("credit-limit", "the autopilot's credit limit was reached", event)
        teller.turn_ended()
    else:
        teller.stopped("aborted", event)


def _error(teller: Teller, data: dict[str, Any], event: str) -> None:
    teller.service_failed("service-error", text(data.get("message")), event)


def _call_failure(teller: Teller, data: dict[str, Any], event: str) -> None:
    said = text(data.get("errorMessage")) or text(data.get("message"))
    teller.service_failed("service-error", said, event)


def _compacted(teller: Teller, data: dict[str, Any], event: str) -> None:
    if data.get("success") is not False:
        teller.compacted("compacted", event)


def _rewound(teller: Teller, _data: dict[str, Any], event: str) -> None:
    teller.rewound("rewound", "turns undone by the user", event)


def _subagent_failed(teller: Teller, data: dict[str, Any], _event: str) -> None:
    teller.failed(text(data.get("toolCallId")), text(data.get("error")), rule="subagent-failed")


def _shutdown(teller: Teller, data: dict[str, Any], _event: str) -> None:
    """Take the sums at the end, which replace the output counted answer by answer."""
    for model, metrics in mapping(data.get("modelMetrics")).items():
        usage = mapping(mapping(metrics).get("usage"))
        if usage:
            cached = count(usage.get("cacheReadTokens"))
            teller.used(
                Usage(
                    input=max(count(usage.get("inputTokens")) - cached, 0),
                    cache_read=cached,
                    cache_write=count(usage.get("cacheWriteTokens")),
                ),
                f"shutdown {model}"[:200],
            )
    teller.turn_ended()


_HANDLERS: Final[Mapping[str, Callable[[Teller, dict[str, Any], str], None]]] = {
    "session.start": _start,
    "session.resume": _start,
    "session.context_changed": _context,
    "session.info": _info,
    "session.model_change": _model,
    "user.message": _prompt,
    "assistant.turn_start": _turn,
    "assistant.message": _message,
    "tool.execution_start": _call,
    "tool.execution_complete": _result,
    "permission.completed": _permission,
    "abort": _abort,
    "session.error": _error,
    "model.call_failure": _call_failure,
    "session.compaction_complete": _compacted,
    "session.snapshot_rewind": _rewound,
    "subagent.failed": _subagent_failed,
    "session.shutdown": _shutdown,
}


@dataclass(frozen=True, slots=True)
class CopilotFormat(ReaderFormat):
    """Where the GitHub Copilot CLI keeps its logs."""

    roots = staticmethod(roots.copilot)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the event logs of a Copilot home, or of any folder that holds some itself."""
        folder = root / "session-state"
        inside = folder if folder.is_dir() else root
        for each in walk(inside, (".jsonl",), on_error):
            path = Path(each)
            if path.name == "events.jsonl" or path.parent == inside:
                yield path

    def unread(self, root: Path) -> Iterable[tuple[Path, str]]:
        """Yield the logs of the first versions, whose fields nobody has described."""
        for each in walk(root / "history-session-state", (".json",)):
            yield Path(each), "written by a Copilot CLI of before 2026 in an undescribed form"


COPILOT = CopilotFormat("copilot-cli", CopilotReader)
