"""Kimi Code: `sessions/<folder>/<id>/agents/<agent>/wire.jsonl`, appended while it runs.

By MoonshotAI/kimi-code's packages/agent-core-v2: docs/wire-manifest.d.ts for the records,
toolApprovalService.ts for refusals, bash.ts for the words that end a failed command's output; a
third party's description of real files for the loop events. Ids of calls are short and come back,
so they are told apart by their times. The first Kimi CLI, written in Python, kept other logs in
`~/.kimi`, which its successor takes over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener, walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Beside, ReaderFormat
from hansei_sessions.readers.documents import read_json
from hansei_sessions.readers.lenient import blocks_text, count, mapping, moment, text, whole
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

AGENT: Final = "kimi-code"
_LOG: Final = "wire.jsonl"
_AGENTS: Final = "agents"
_MAIN: Final = "main"
_BESIDE_LIMIT: Final = 4 * 1024 * 1024
_NEAR_END: Final = 2_000
_EXIT_CODE = re.compile(r"\s*Command failed with exit code: (-?\d{1,10})\.")
_TIMED_OUT: Final = "Command killed by timeout ("
_INTERRUPTED: Final = "Interrupted by user"
_NEVER_RAN: Final = ("Aborted before command started", "approval request was cancelled.")
_BY_POLICY: Final = "was denied by permission policy."
_UNUSED: Final = frozenset(
    {"metadata", "forked", "llm.tools_snapshot", "mcp.tools_discovered", "permission.set_mode"}
    | {"plan_mode.enter", "plan_mode.exit", "plan_mode.cancel", "plan.revision", "context.clear"}
    | {"swarm_mode.enter", "swarm_mode.exit", "tower_mode.enter", "tower_mode.exit"}
    | {"full_compaction.begin", "full_compaction.complete", "full_compaction.cancel"}
    | {"micro_compaction.apply", "goal.create", "goal.update", "goal.clear", "cron.add"}
    | {"cron.cursor", "cron.delete", "interaction.request", "interaction.resolved"}
    | {"interruptionReminder.recorded", "plugin.session_start", "runtime.set_binding"}
    | {"prompt.accepted", "prompt.aborted", "prompt.completed", "prompt.steered"}
    | {"subagent.spawned", "subagent.started", "subagent.completed", "subagent.cancelled"}
    | {"subagent.failed", "task.started", "task.terminated", "task.waitDelivered"}
    | {"token_counting.measured", "token_counting.rebased", "token_counting.truncated"}
    | {"token_counting.turn_recorded", "context_size.measured", "context.update_token_count"}
    | {"tools.register_user_tool", "tools.unregister_user_tool", "tools.set_active_tools"}
    | {"tools.reset_active_tools", "tools.update_store", "turn.step.interrupted"}
    | {"file_history.checkpoint", "file_history.tracked", "permission.rules.add"}
    | {"skill.activate", "usage.rate_limit", "turn.begin"}
)
_STEPS: Final = frozenset({"step.begin", "step.end"})


class KimiReader(StoryReader):
    """Reads the log of one agent of a session: the main one's, or a subagent's."""

    agent = AGENT
    version = 1
    rules = AGENT

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        kind = text(record.get("type"))
        at = moment(record.get("time")) or moment(record.get("created_at"))
        teller.place(at, line, offset)
        session, agent = self._names()
        if session and agent != _MAIN:
            teller.identity(f"{session}-{agent}", session)
        handler = _HANDLERS.get(kind)
        if handler is None:
            if kind not in _UNUSED:
                teller.unknown(kind)
            return False
        stamp = f"{whole(record.get('time')) or f'line-{line}'}"
        return handler(teller, record, stamp)

    def _names(self) -> tuple[str, str]:
        """Return the session's id and the agent's, as the log's place tells them."""
        if len(self._parts) < 4 or self._parts[-3] != _AGENTS:
            return "", _MAIN
        return self._parts[-4], self._parts[-2]

    def _fallback_id(self) -> str:
        return self._names()[0] or super()._fallback_id()


def _said(record: dict[str, Any], content: Any) -> str:
    """Return what a human typed, and nothing of what the harness says in the user's name.

    A command that stands for a long text of its own is given as it was typed.
    """
    origin = mapping(record.get("origin"))
    kind = text(origin.get("kind"))
    if kind in {"", "user"}:
        return blocks_text(content)
    name = text(origin.get("skillName"))
    if origin.get("trigger") != "user-slash" or not name:
        return ""
    return f"/{name} {text(origin.get('skillArgs'))}".strip()


def _mark(said: str) -> str:
    return blake2b(said.strip().encode("utf-8", "replace"), digest_size=8).hexdigest()


def _prompt(teller: Teller, record: dict[str, Any], stamp: str) -> bool:
    """Take a prompt; the message that is made of it may stand before it and has been counted."""
    said = _said(record, record.get("input"))
    notes = teller.story.notes
    notes["prompts"] = "1"
    if said and notes.pop("message", "") == _mark(said):
        return True
    steers = record.get("type") == "turn.steer"
    teller.prompt(said, f"{stamp}-{_mark(said)}", steers=steers)
    return True


def _message(teller: Teller, record: dict[str, Any], stamp: str) -> bool:
    """Take a message, of which older versions made no other record."""
    message = mapping(record.get("message"))
    if message.get("role") == "assistant":
        teller.activity()
        return True
    if message.get("role") != "user" or "prompts" in teller.story.notes:
        return False
    said = _said(message, message.get("content"))
    if said:
        teller.story.notes["message"] = _mark(said)
        teller.prompt(said, f"{stamp}-{_mark(said)}")
    return bool(said)


def _loop(teller: Teller, record: dict[str, Any], stamp: str) -> bool:
    event = mapping(record.get("event"))
    kind = text(event.get("type"))
    short = text(event.get("toolCallId"))
    if kind == "content.part":
        teller.activity()
    elif kind == "tool.call":
        name = text(event.get("name"))
        key = f"{short}@{stamp}" if short else ""
        teller.story.notes[f"call {short}"] = key
        teller.call(key, name, **about(name, event.get("args")))
    elif kind == "tool.result":
        _result(teller, _key(teller, short), mapping(event.get("result")))
    elif kind not in _STEPS:
        teller.unknown(f"event {kind}")
        return False
    return True


def _key(teller: Teller, short: str) -> str:
    """Return by what the newest call of an id is known."""
    return teller.story.notes.get(f"call {short}", short)


def _result(teller: Teller, key: str, result: dict[str, Any]) -> None:
    output = blocks_text(result.get("output"))
    if result.get("isError") is not True:
        teller.ended_well(key, output)
        return
    held = teller.story.calls.get(key)
    end = output[-_NEAR_END:]
    ended = _EXIT_CODE.search(end) if held is not None and held.runs else None
    if ended:
        before = output[: len(output) - len(end) + ended.start()]
        teller.failed(key, before, code=int(ended[1]))
    elif held is not None and held.runs and _TIMED_OUT in end:
        teller.failed(key, output, rule="timeout")
    elif end.rstrip().endswith(_INTERRUPTED):
        teller.stopped("cancelled", key, key)
    elif end.rstrip().endswith(_NEVER_RAN):
        teller.aborted(key)
    elif _BY_POLICY in end:
        teller.denied("denied-by-rules", key, output)
    else:
        teller.failed(key, output)


def _approval(teller: Teller, record: dict[str, Any], _stamp: str) -> bool:
    """Take the user's answer; the result that follows says no more."""
    result = mapping(record.get("result"))
    if result.get("decision") == "rejected":
        key = _key(teller, text(record.get("toolCallId")))
        teller.rejected("rejected", key, text(result.get("feedback")))
    return True


def _cancel(teller: Teller, record: dict[str, Any], stamp: str) -> bool:
    if record.get("target") != "queued" and record.get("reason") != "aborted":
        teller.stopped("cancelled", f"cancel-{stamp}")
    return True


def _ended(teller: Teller, record: dict[str, Any], stamp: str) -> bool:
    if record.get("reason") == "failed":
        error = text(mapping(record.get("error")).get("message"))
        teller.service_failed("conversation-error", error, f"ended-{stamp}")
    teller.turn_ended()
    return True


def _retry(teller: Teller, record: dict[str, Any], stamp: str) -> bool:
    teller.service_failed("retry", text(record.get("errorMessage")), f"retry-{stamp}")
    return True


def _undo(teller: Teller, _record: dict[str, Any], stamp: str) -> bool:
    teller.rewound("rewound", "turns undone by the user", f"undo-{stamp}")
    return True


def _compaction(teller: Teller, _record: dict[str, Any], stamp: str) -> bool:
    teller.compacted("compacted", f"compaction-{stamp}")
    return True


def _usage(teller: Teller, record: dict[str, Any], _stamp: str) -> bool:
    usage = mapping(record.get("usage"))
    teller.surroundings(model=text(record.get("model")).rpartition("/")[2])
    teller.used(
        Usage(
            count(usage.get("inputOther")),
            count(usage.get("output")),
            count(usage.get("inputCacheRead")),
            count(usage.get("inputCacheCreation")),
        )
    )
    return True


def _surroundings(teller: Teller, record: dict[str, Any], _stamp: str) -> bool:
    disclosed = mapping(record.get("environmentDisclosure"))
    model = text(record.get("model")) or text(record.get("modelAlias")).rpartition("/")[2]
    teller.surroundings(text(record.get("cwd")) or text(disclosed.get("cwd")), model=model)
    return True


_HANDLERS: Final[Mapping[str, Callable[[Teller, dict[str, Any], str], bool]]] = {
    "turn.prompt": _prompt,
    "turn.steer": _prompt,
    "turn.cancel": _cancel,
    "turn.ended": _ended,
    "turn.step.retrying": _retry,
    "context.append_message": _message,
    "context.append_loop_event": _loop,
    "context.apply_compaction": _compaction,
    "context.undo": _undo,
    "permission.record_approval_result": _approval,
    "usage.record": _usage,
    "llm.request": _surroundings,
    "config.update": _surroundings,
    "profile.bind": _surroundings,
    "environment.set_binding": _surroundings,
}


@dataclass(frozen=True, slots=True)
class KimiFormat(ReaderFormat):
    """Where Kimi Code keeps its logs."""

    roots = staticmethod(roots.kimi)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the logs of a Kimi home, or of any folder that holds some itself."""
        folder = root / "sessions"
        for each in walk(folder if folder.is_dir() else root, (_LOG,), on_error):
            path = Path(each)
            if path.name == _LOG and path.parent.parent.name == _AGENTS:
                yield path

    def beside(self, log: str, opener: Opener) -> Beside:
        """Return what a session's state says: the folder, and of the main agent the title."""
        agent = Path(log).parent
        state = mapping(read_json(opener, str(agent.parents[1] / "state.json"), _BESIDE_LIMIT))
        return Beside(
            cwd=text(state.get("cwd")) or text(state.get("workDir")),
            title=text(state.get("title")) if agent.name == _MAIN else "",
        )


KIMI: Final = KimiFormat(AGENT, KimiReader)
