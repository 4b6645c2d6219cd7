"""Codex: `sessions/YYYY/MM/DD/rollout-<time>-<uuid>.jsonl`, appended while it runs.

What is relied upon was seen in rollouts of 0.40 to 0.104, and read in openai/codex's
`codex-rs/protocol/src/protocol.rs` and `codex-rs/rollout/src/policy.rs`. Most of what happens is
logged twice, as an item of the conversation and as an event for the screen; service failures and
granted approvals are not logged at all. Everything else is counted and passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from hansei_sessions.friction import SUBJECT_LIMIT, folder, identifier, label, words
from hansei_sessions.model import (
    Mark,
    ParseCounts,
    Session,
    Spent,
)
from hansei_sessions.readers.base import ReadResult, SessionReader
from hansei_sessions.readers.codex_events import Events, held_text
from hansei_sessions.readers.codex_records import (
    Payload,
    Record,
    instant,
    mapping,
    records,
    text,
)
from hansei_sessions.readers.codex_state import Held, State
from hansei_sessions.readers.keeping import aware, extend, frictions_of, last_part, taken_up

_NAME = re.compile(
    r"rollout-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-"
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)
_NOT_BY_USER: Final = ("subagent", "memory_consolidation", "guardian_review")
"""Values of `thread_source` for sessions that Codex itself began."""
_CALLS: Final = frozenset(
    {"function_call", "custom_tool_call", "local_shell_call", "web_search_call", "tool_search_call"}
    | {"image_generation_call"}
)
_OUTPUTS: Final = frozenset(
    {"function_call_output", "custom_tool_call_output", "local_shell_call_output"}
    | {"tool_search_output", "mcp_tool_call_output"}
)
_COMPACTIONS: Final = frozenset({"compaction", "compaction_summary", "context_compaction"})
_UNUSED: Final = frozenset(
    {
        "response_item/additional_tools",
        "response_item/agent_message",
        "response_item/ghost_snapshot",
        "event_msg/agent_message",
        "event_msg/agent_message_delta",
        "event_msg/agent_reasoning",
        "event_msg/agent_reasoning_raw_content",
        "event_msg/agent_reasoning_section_break",
        "event_msg/collab_agent_interaction_end",
        "event_msg/collab_agent_spawn_end",
        "event_msg/collab_close_end",
        "event_msg/collab_waiting_end",
        "event_msg/dynamic_tool_call_request",
        "event_msg/entered_review_mode",
        "event_msg/exec_command_begin",
        "event_msg/exited_review_mode",
        "event_msg/item_started",
        "event_msg/guardian_assessment",
        "event_msg/image_generation_end",
        "event_msg/mcp_tool_call_begin",
        "event_msg/patch_apply_begin",
        "event_msg/plan_update",
        "event_msg/sub_agent_activity",
        "event_msg/thread_goal_updated",
        "event_msg/thread_settings_applied",
        "event_msg/turn_diff",
        "event_msg/view_image_tool_call",
        "event_msg/web_search_begin",
        "event_msg/web_search_end",
        "inter_agent_communication_metadata/",
        "state/",
        "world_state/",
    }
)
_ENCODER = msgspec.json.Encoder()
_STATE = msgspec.json.Decoder(State)


class CodexReader(SessionReader):
    """Reads one rollout of Codex: a session, or one subagent of a session."""

    agent = "codex"
    version = 2

    def __init__(self, path: str) -> None:
        """Start on the rollout at `path`."""
        self._path = path
        self._stem = re.split(r"[/\\]", path)[-1].removesuffix(".zst").removesuffix(".jsonl")
        self._begin(State(version=self.version))

    def _begin(self, state: State) -> None:
        self._state = state
        self._events = events = Events(state)
        handlers: dict[str, Callable[[Payload], None]] = {
            "response_item/message": events.message,
            "event_msg/user_message": events.user_message,
            "event_msg/turn_aborted": events.turn_aborted,
            "event_msg/task_started": events.turn_started,
            "event_msg/turn_started": events.turn_started,
            "event_msg/task_complete": events.turn_complete,
            "event_msg/turn_complete": events.turn_complete,
            "event_msg/thread_rolled_back": events.rolled_back,
            "event_msg/token_count": self._token_count,
            "event_msg/dynamic_tool_call_response": events.event_result,
            "event_msg/exec_command_end": events.event_result,
            "event_msg/item_completed": events.item_completed,
            "event_msg/patch_apply_end": events.event_result,
            "event_msg/undo_completed": events.undone,
            "event_msg/mcp_tool_call_end": events.event_result,
            "event_msg/error": events.service_error,
            "event_msg/stream_error": events.service_error,
            "event_msg/thread_name_updated": self._thread_name,
            "event_msg/context_compacted": lambda _: events.compacted("event"),
            "response_item/reasoning": events.activity,
        }
        handlers |= {f"response_item/{name}": events.call for name in _CALLS}
        handlers |= {f"response_item/{name}": events.output for name in _OUTPUTS}
        handlers |= {f"response_item/{name}": self._compaction_item for name in _COMPACTIONS}
        self._handlers = handlers

    def listen(self, heard: Callable[[str], None]) -> bool:
        """Have each prompt told."""
        self._events.heard = heard
        return True

    def feed(self, line: bytes, number: int, offset: int) -> None:
        """Take one physical line without its newline."""
        for record in records(line):
            if record is None:
                self._state.malformed += 1
            else:
                self._take(record, number, offset)

    def _take(self, record: Record, number: int, offset: int) -> None:
        state, events = self._state, self._events
        payload = record.payload
        if record.family == "session_meta":
            state.parsed += 1
            self._meta(payload, record.at)
            return
        if state.fork.replaying:
            if not state.fork.ends_at(record):
                state.skipped += 1
                self._replayed(record, number, offset)
                return
            self._play_held(record)
        self._time(record.at)
        events.place(record.at, number, offset)
        if record.family == "turn_context":
            state.parsed += 1
            events.turn_context(payload)
        elif record.family == "compacted":
            state.parsed += 1
            events.compacted("compacted")
        else:
            self._dispatch(record)

    def _dispatch(self, record: Record) -> None:
        state, payload = self._state, record.payload
        kind = text(payload.type)
        if not kind and record.family == "response_item" and text(payload.role):
            kind = "message"
        name = f"{record.family}/{kind}"
        handler = self._handlers.get(name)
        if handler is not None:
            state.parsed += 1
            handler(payload)
            return
        state.skipped += 1
        if name not in _UNUSED:
            shown = words(name, 80)
            shown = shown if shown in state.unknown or len(state.unknown) < 100 else "…"
            state.unknown[shown] = state.unknown.get(shown, 0) + 1

    # The file's own identity, and what it copied

    def _meta(self, payload: Payload, at: float | None) -> None:
        state = self._state
        own = text(payload.id) or text(payload.session_id)
        if state.has_meta:
            state.fork.meets_meta(own, own_work=self._is_session())
            if state.fork.replaying and own != state.session_id and not state.forked_from:
                state.forked_from = identifier(own)
            return
        state.has_meta = True
        state.session_id = identifier(own)
        state.cwd = folder(text(payload.cwd))
        state.branch = label(text(mapping(payload.git).get("branch")))
        state.created_at = instant(payload.timestamp) or at
        self._origin(payload)
        forked = identifier(text(payload.forked_from_id))
        state.forked_from = forked
        state.fork.begin(own, state.created_at, forked=bool(forked))
        self._time(state.created_at)
        self._events.place(at, 0, 0)

    def _origin(self, payload: Payload) -> None:
        """Take who started the session: a human, a script, or another session."""
        state = self._state
        source = mapping(payload.source)
        subagent = source.get("subagent", source.get("internal"))
        spawn = mapping(mapping(subagent).get("thread_spawn"))
        state.is_subagent = subagent is not None or payload.thread_source in _NOT_BY_USER
        parent = text(spawn.get("parent_thread_id")) or text(payload.parent_thread_id)
        if state.is_subagent and not parent and text(payload.session_id) != text(payload.id):
            parent = text(payload.session_id)
        if parent:
            state.is_subagent = True
            state.parent_id = identifier(parent)
        state.headless = (
            text(payload.originator).startswith("codex_exec")
            or payload.source in ("exec", "mcp")
            or (state.is_subagent and not parent)
        )

    def _replayed(self, record: Record, number: int, offset: int) -> None:
        """Take a record that belongs to the parent: only its token total matters."""
        state = self._state
        payload = record.payload
        if record.family == "event_msg" and payload.type == "token_count":
            state.tokens.replay(payload.info)
            return
        prompt = held_text(record)
        if prompt is None:
            state.held.clear()
        elif prompt[0]:
            held = Held(words(prompt[0]), prompt[1], number, offset, record.at)
            state.held = [*state.held[-1:], held]

    def _play_held(self, record: Record) -> None:
        """Take the prompt that the first own turn answers, where it was logged before the turn."""
        state = self._state
        held, state.held = state.held, []
        if record.family == "turn_context":
            for one in held:
                self._time(one.at)
                self._events.place(one.at, one.line, one.offset)
                self._events.prompt(one.text, event=one.event)

    def _time(self, at: float | None) -> None:
        if at is not None:
            extend(self._state, at)

    def _token_count(self, payload: Payload) -> None:
        self._state.tokens.take(payload.info, forked=bool(self._state.forked_from))

    def _thread_name(self, payload: Payload) -> None:
        self._state.thread_name = words(text(payload.thread_name), SUBJECT_LIMIT)

    def _compaction_item(self, _payload: Payload) -> None:
        self._events.compacted("item")

    # What is known

    def result(self) -> ReadResult:
        """Return what is known now."""
        state = self._state
        counts = ParseCounts(state.parsed, state.skipped, state.malformed)
        session = self._session(counts) if self._is_session() else None
        found = [*state.found, *self._events.unfinished()] if session is not None else []
        return ReadResult(
            session=session,
            frictions=tuple(frictions_of(found, self._session_id(), self._path)),
            head_id=state.head_id,
            unknown_types=tuple(sorted(state.unknown.items())),
            counts=counts,
        )

    def _is_session(self) -> bool:
        """A file that only says where Codex was opened is no session: nothing was asked."""
        state = self._state
        used = state.tokens.used
        heard = state.event_prompts or state.item_prompts or state.answered
        return bool(heard or state.tools or used.input or used.output)

    def _session_id(self) -> str:
        match = _NAME.fullmatch(self._stem)
        return self._state.session_id or (match[1] if match else identifier(self._stem))

    def _prompts(self) -> list[str]:
        """Prompts are logged twice; events leave out what Codex itself says for the user."""
        return self._state.event_prompts or self._state.item_prompts

    def _session(self, counts: ParseCounts) -> Session:
        state = self._state
        return Session(
            id=self._session_id(),
            agent=self.agent,
            path=self._path,
            project=label(last_part(state.cwd)),
            cwd=state.cwd,
            branch=state.branch,
            model=state.model,
            title=state.thread_name or state.event_title or state.item_title,
            started_at=aware(state.first),
            last_at=aware(state.last),
            active_seconds=state.active,
            prompts=len(self._prompts()),
            tool_calls=len(state.tools),
            tokens=state.tokens.tokens(),
            headless=state.headless,
            parent_id=state.parent_id,
            forked_from=state.forked_from,
            counts=counts,
        )

    def history_ids(self) -> frozenset[str]:
        """Return `prompt:<id>` and `tool:<id>` for all that counts as a prompt or a tool call."""
        prompts = (f"prompt:{each}" for each in self._prompts())
        return frozenset((*prompts, *(f"tool:{each}" for each in self._state.tools)))

    def marks(self) -> tuple[Mark, ...]:
        """Return what the session had taken at each of its prompts."""
        by_events = bool(self._state.event_prompts)
        return tuple(
            Mark(one.prompt, one.at, Spent(one.active, one.tokens.tokens()))
            for one in self._state.marks
            if one.event is by_events
        )

    def save(self) -> bytes:
        """Return the state as JSON."""
        for call in (*self._state.calls.values(), *self._state.processes.values()):
            call.subject = words(call.subject, SUBJECT_LIMIT)
        return _ENCODER.encode(self._state)

    @classmethod
    def restore(cls, path: str, state: bytes) -> CodexReader:
        """Go on where `save` left off.

        Raises:
            LogFormatError: The state is not one of this reader's version.
        """
        reader = cls(path)
        loaded = taken_up(_STATE, path, state, cls.version)
        reader._begin(loaded)
        return reader
