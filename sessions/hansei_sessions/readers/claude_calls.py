"""Tool calls of a Claude Code session: their results, refusals and failures, and what they cost."""

from __future__ import annotations

from typing import Final

from hansei_sessions.friction import SLOW_SECONDS, label, lost, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers import churn
from hansei_sessions.readers.claude_background import IN_BACKGROUND, OUTPUT_TOOLS, Background
from hansei_sessions.readers.claude_recorder import Recorder, file_of, settle, subject_of
from hansei_sessions.readers.claude_rows import Block, Row, Said, command_of, text_of
from hansei_sessions.readers.claude_state import Call, Found
from hansei_sessions.readers.claude_words import (
    EDIT_TOOLS,
    SHELL_TOOLS,
    Failure,
    failure,
    is_cascade,
    is_interrupted,
    is_rejected_along,
    own_words,
)
from hansei_sessions.readers.unflagged import failure_line, hides_failure, may_tell_failure

_OPEN_CALLS: Final = 256
_WAITS_FOR_USER: Final = frozenset({"ExitPlanMode", "AskUserQuestion"})
_CANCELLED: Final = "cancelled"
"""The `toolDenialKind` of a call that never ran for something else's sake."""
_INTERRUPTED: Final = "interrupted"
_NAMES: Final = 1_000
_RAW_LIMIT: Final = 64_000
_SPAN_KINDS: Final = frozenset(
    {
        FrictionKind.COMMAND_FAILED,
        FrictionKind.EDIT_ERROR,
        FrictionKind.TOOL_ERROR,
        FrictionKind.PERMISSION_DENIED,
    }
)


class Calls:
    """Follows each call from its making to its result."""

    def __init__(self, recorder: Recorder) -> None:
        """Work on the recorder's state."""
        self._recorder = recorder
        self._state = recorder.state
        self.background = Background(recorder)
        self._names: dict[str, str] = {}
        """Of tools: as the log writes them, and as they are kept."""

    def use(self, block: Block, message: str) -> None:
        """Take a call. `message` is the id of the answer that makes it."""
        if block.id in self._state.tools or self._recorder.aside.holds(f"tool:{block.id}"):
            return
        recorder = self._recorder
        place = (recorder.line, recorder.offset, recorder.at)
        self.make(block.id, Call(block.name, bytes(block.input), message, *place))

    def make(self, native: str, call: Call) -> None:
        """Take a new call by its id."""
        state = self._state
        call.name = self._names.get(call.name) or self._named(call.name)
        state.tools.add(native)
        state.calls[native] = call
        if len(call.input) > _RAW_LIMIT:
            settle(call)
        if len(state.calls) > _OPEN_CALLS:
            del state.calls[next(iter(state.calls))]

    def _named(self, name: str) -> str:
        if len(self._names) > _NAMES:
            self._names.clear()
        self._names[name] = clean = label(name)
        return clean

    def result(self, row: Said, block: Block) -> None:
        """Take a call's result."""
        call = self._state.calls.pop(block.tool_use_id, None)
        if call is not None and call.elapsed >= SLOW_SECONDS and call.name in SHELL_TOOLS:
            self._slow(call, block.tool_use_id)
        if block.is_error:
            self._failed(row, block, call)
            return
        if call is None:
            return
        output = self._suspect_output(block, call)
        if output and (line := failure_line(output)):
            kind, rule = FrictionKind.COMMAND_FAILED, "claude.unflagged-failure"
            raw = (output, line)
            found = self._recorder.add_raw(kind, rule, raw, block.tool_use_id, call)
            self._open_span(found, call)
            return
        self.close_span(call)
        if call.name in EDIT_TOOLS:
            self._edited(call, block.tool_use_id)
        elif call.name in OUTPUT_TOOLS:
            self.background.fetched(text_of(block.content), block.tool_use_id, call)
        elif call.name in SHELL_TOOLS and bytes(block.content).startswith(IN_BACKGROUND):
            self.background.began(text_of(block.content), call)

    def is_one_edit_too_many(self, call: Call) -> bool:
        """Tell whether this edit makes or adds to a friction; count it where it does not."""
        edits, file = self._state.edits, file_of(call)
        number = edits.get(file, 0) + 1
        if number < churn.CHURN:
            edits[file] = number
        return number >= churn.CHURN

    def _edited(self, call: Call, native: str) -> None:
        """Take an edit that was applied; one file edited over and over is a friction."""
        if not self.is_one_edit_too_many(call):
            return
        state, file = self._state, file_of(call)
        number = churn.counted(state.edits, file)
        if number == churn.CHURN:
            state.churned[file] = len(state.found)
            rule = f"claude.{churn.RULE}"
            self._recorder.add(FrictionKind.EDIT_CHURN, rule, "", native, call)
        found = state.found[state.churned[file]]
        found.text = churn.said(number, subject_of(call))

    @staticmethod
    def _suspect_output(block: Block, call: Call) -> str:
        """Return the output of a command that ended well, where a failure may hide in it."""
        if call.name not in SHELL_TOOLS or not may_tell_failure(bytes(block.content)):
            return ""
        if call.input:
            call.hides = hides_failure(command_of(call.input))
        return text_of(block.content) if call.hides else ""

    def _failed(self, row: Said, block: Block, call: Call | None) -> None:
        text = text_of(block.content)
        denial = row.toolDenialKind or ""
        if denial == _CANCELLED or is_cascade(text):
            return
        if row.interruptedByShutdown:
            said = f"shut down during {call.name}: {subject_of(call)}" if call else "shut down"
            rule = "claude.shut-down"
            self._recorder.add(FrictionKind.DANGLING_CALL, rule, said, block.tool_use_id, call)
            return
        if denial == _INTERRUPTED or is_interrupted(text):
            if not self._recorder.is_subagent:  # else the parent's log says it
                self._state.in_turn = False
                self.interrupt("claude.interrupted-call", block.tool_use_id, call)
            return
        result = bytes(row.toolUseResult)[:100]
        name = call.name if call else ""
        refusal = failure(name, text, denial, result)
        kind, rule, body = refusal
        if kind is FrictionKind.REJECTION:
            self._rejected(row, block, call, refusal, along=is_rejected_along(text))
            return
        if kind is FrictionKind.HOOK_BLOCKED:
            if block.tool_use_id in self._state.hooks:
                return  # the hook's own record said it
            self._state.hooks.add(block.tool_use_id)
        found = self._recorder.add_raw(kind, rule, (body, text), block.tool_use_id, call)
        if kind in _SPAN_KINDS and call is not None:
            self._open_span(found, call)

    def _rejected(
        self, row: Said, block: Block, call: Call | None, refusal: Failure, *, along: bool
    ) -> None:
        state = self._state
        native = block.tool_use_id
        if call is None and not state.turns and not state.has_calls:
            return  # the end of another session, copied before the first prompt of this one
        if state.headless:
            text = words(text_of(block.content))
            rule = "claude.permission-denied"
            self._recorder.add(FrictionKind.PERMISSION_DENIED, rule, text, native, call)
            return
        if along and state.waiting and state.waiting[-1] == len(state.found) - 1:
            state.found[-1].count += 1
            return
        said = words(refusal.text or own_words(row.userFeedback or ""))
        name = f"{call.name}: {subject_of(call)}" if call else "a tool call"
        self._recorder.add(
            FrictionKind.REJECTION, refusal.rule, said or f"rejected {name}", native, call
        )
        if not said and not self._recorder.is_aside(row):
            state.waiting.append(len(state.found) - 1)

    def interrupt(self, rule: str, native: str, call: Call | None) -> None:
        """Note that the user stopped the agent, in the middle of a call or not."""
        during = f" during {call.name}: {subject_of(call)}" if call else ""
        self._state.waiting.append(len(self._state.found))
        self._recorder.add(
            FrictionKind.INTERRUPTION, rule, f"stopped by the user{during}", native, call
        )

    def _open_span(self, found: Found, call: Call) -> None:
        self.close_span(call)
        self._state.open[found.tool] = len(self._state.found) - 1

    def close_span(self, call: Call) -> None:
        """End the span of the tool's newest failure where this call was made after it."""
        index = self._state.open.get(call.name)
        if index is None:
            return
        found = self._state.found[index]
        seconds = lost(found.at, call.at)
        if seconds is not None:
            found.seconds = seconds
            del self._state.open[call.name]

    def _slow(self, call: Call, native: str) -> None:
        text = f"ran {call.elapsed:.0f} s: {subject_of(call)}"
        found = self._recorder.add(
            FrictionKind.SLOW_COMMAND, "claude.slow-command", text, native, call
        )
        found.seconds = call.elapsed

    def progress(self, row: Row) -> None:
        """Take a `progress` row: how long a command has been running by its own clock."""
        data = row.data
        if data is None or not data.elapsedTimeSeconds or not row.parentToolUseID:
            return
        call = self._state.calls.get(row.parentToolUseID)
        if call is not None:
            call.elapsed = max(call.elapsed, float(data.elapsedTimeSeconds))

    def redact(self) -> None:
        """Make the state fit to be stored: open calls and frictions hold the log's own text."""
        self._recorder.settle()
        for call in self._state.calls.values():
            settle(call)

    def dangling(self) -> list[Found]:
        """Return the friction of calls that never got a result, if nothing more is written."""
        state = self._state
        dangling = [
            (native, call)
            for native, call in state.calls.items()
            if call.message == state.last_message and call.name not in _WAITS_FOR_USER
        ]
        if dangling:
            native, call = dangling[0]
            return [
                Found(
                    kind=FrictionKind.DANGLING_CALL,
                    rule="claude.dangling-call",
                    native=native,
                    at=call.at,
                    text=f"ended during {call.name}: {subject_of(call)}",
                    line=call.line,
                    offset=call.offset,
                    tool=call.name,
                    subject=subject_of(call),
                    count=len(dangling),
                )
            ]
        return []
