"""Outputs of Codex's tool calls → frictions, and the spans that failures cost."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import replace
from typing import Any, Final

from hansei_sessions.friction import (
    SLOW_SECONDS,
    SUBJECT_LIMIT,
    command_line,
    key_lines,
    lost,
    words,
)
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers import churn, codex_calls
from hansei_sessions.readers.codex_outputs import Outcome, outcome
from hansei_sessions.readers.codex_records import Payload, blocks_text, count, mapping, text
from hansei_sessions.readers.codex_state import Call, State, Told
from hansei_sessions.readers.lenient import whole
from hansei_sessions.readers.story_state import Found
from hansei_sessions.readers.unflagged import failure_line, hides_failure

_PROCESSES: Final = 64
_DONE_INSIDE: Final = {"CommandExecution": "exec_command", "FileChange": "apply_patch"} | {
    "McpToolCall": ""
}
"""Items of what another tool's call can do, with the tool that does it otherwise."""
_BY_USER: Final = ("user_shell", "userShell")
"""Sources of a command that the user ran with `!`, beside the agent."""
_TIMED_OUT = re.compile(r"(?:Total output lines: \d+\s+)?command timed out after \d+ milliseconds")
_OF_COMMANDS: Final = frozenset(
    {
        "codex.execution-error",
        "codex.patch-verification",
        "codex.policy",
        "codex.sandbox",
        "codex.timeout",
    }
)
"""Rules of sentences that the harness says of commands and patches only: what an MCP tool returns
is the text of somebody else, and may begin with them."""

_SPAN_KINDS: Final = frozenset(
    {
        FrictionKind.COMMAND_FAILED,
        FrictionKind.EDIT_ERROR,
        FrictionKind.TOOL_ERROR,
        FrictionKind.PERMISSION_DENIED,
    }
)


class Results:
    """The half of the events that judges outputs."""

    def __init__(self, state: State) -> None:
        """Work on `state`."""
        self.state = state
        self.at: float | None = None
        self.line = 0
        self.offset = 0
        self.silence: float | None = None

    def place(self, at: float | None, line: int, offset: int) -> None:
        """Say where the next record stands and when it was written."""
        self.at, self.line, self.offset = at, line, offset
        self.silence = None
        if at is not None:
            self.silence = lost(self.state.newest, at) or None
            self.state.newest = max(self.state.newest or at, at)

    def add(
        self, kind: FrictionKind, rule: str, body: str, native: str = "", call: Call | None = None
    ) -> Found:
        """Add a friction that stands at this record."""
        found = Found(
            kind=kind,
            rule=rule,
            native=native,
            at=self.at,
            text=body,
            line=self.line,
            offset=self.offset,
            tool=call.name if call else "",
            subject=words(call.subject, SUBJECT_LIMIT) if call else "",
        )
        self.state.found.append(found)
        return found

    @abstractmethod
    def aborted_output(self, call: Call | None) -> None:
        """Take an output that only says that the user stopped the turn."""

    def output(self, payload: Payload) -> None:
        """Take the output of a tool call."""
        state = self.state
        native = text(payload.call_id)
        call = state.calls.pop(native, None)
        told = state.told.pop(native, None)
        result = outcome(payload.output)
        if call is not None and not call.runs and not call.patch:
            result = _of_other_tool(result)
        elif told is not None and result.exit_code is None and not result.process:
            result = replace(
                result, exit_code=told.exit_code, seconds=result.seconds or told.seconds
            )
        call = self._origin(call, result)
        if result.process:
            self._runs_on(call, result)
            return
        seconds = (result.seconds or 0.0) + (call.seconds if call else 0.0)
        self._slow(native, call, seconds)
        self._judge(native, call, result, told.text if told is not None else "")

    def event_result(self, payload: Payload) -> None:
        """Take the older events of what was done, as the items that came after them."""
        result = mapping(payload.result)
        inner = mapping(result.get("Ok"))
        failed = (
            payload.success is False
            or "Err" in result
            or inner.get("isError") is True
            or inner.get("is_error") is True
        )
        said = (
            text(payload.stderr)
            or text(payload.error)
            or text(result.get("Err"))
            or blocks_text(inner.get("content"))
            or blocks_text(payload.content_items)
        )
        self.item_result(
            {
                "type": "CommandExecution" if payload.type == "exec_command_end" else "",
                "id": payload.call_id,
                "command": payload.command,
                "source": payload.source,
                "status": "failed" if failed else payload.status,
                "stderr": said,
                "exit_code": payload.exit_code,
                "duration": payload.duration,
                "aggregated_output": payload.aggregated_output,
            }
        )

    def item_result(self, item: dict[str, Any]) -> None:
        """Take an event that says how a call ended, before its output does.

        Newer outputs say less than these events. A command that ran inside another tool's call
        has no call and no output of its own: the event is all there is.
        """
        if item.get("source") in _BY_USER:
            return
        native = text(item.get("id"))
        kind = text(item.get("type"))
        runs = kind == "CommandExecution"
        failed = (
            item.get("status") == "failed" or mapping(item.get("result")).get("isError") is True
        )
        if not native or not (failed or runs):
            return
        told = Told(
            text=(words(_said(item)) or "the call failed") if failed else "",
            exit_code=whole(item.get("exit_code", item.get("exitCode"))) if runs else None,
            seconds=_seconds(item.get("duration")),
        )
        if native in self.state.calls:
            self.state.told[native] = told
            if len(self.state.told) > _PROCESSES:
                del self.state.told[next(iter(self.state.told))]
        elif kind in _DONE_INSIDE and native not in self.state.tools:
            self._done_inside(native, item, told)

    def _done_inside(self, native: str, item: dict[str, Any], told: Told) -> None:
        self.state.tools[native] = None
        kind = text(item.get("type"))
        command = codex_calls.command_of(item.get("command"))
        call = Call(
            name=_DONE_INSIDE[kind] or words(text(item.get("tool")), 100),
            subject=command_line(command)
            if command
            else next(iter(mapping(item.get("changes"))), ""),
            line=self.line,
            offset=self.offset,
            at=self.at,
            runs=kind == "CommandExecution",
            patch=kind == "FileChange",
            files=[words(one, SUBJECT_LIMIT) for one in list(mapping(item.get("changes")))[:50]],
            hides=hides_failure(command[-4000:]),
            says_no=codex_calls.says_no(command),
        )
        result = Outcome(_said(item), told.exit_code, told.seconds, rule="codex.declined")
        if item.get("status") == "declined":
            self._rejected(native, call, result)
            return
        self._slow(native, call, told.seconds or 0.0)
        self._judge(native, call, result, told.text)

    def _slow(self, native: str, call: Call | None, seconds: float) -> None:
        if call is not None and call.runs and seconds >= SLOW_SECONDS:
            body = f"ran {seconds:.0f} s: {words(call.subject, SUBJECT_LIMIT)}"
            slow = self.add(FrictionKind.SLOW_COMMAND, "codex.slow-command", body, native, call)
            slow.seconds = seconds

    def _origin(self, call: Call | None, result: Outcome) -> Call | None:
        """Return the call that began the process of which an output tells the rest."""
        if call is None or not call.process:
            return call
        begun = self.state.processes.get(call.process)
        if begun is None:
            return call
        if result.exit_code is not None:
            del self.state.processes[call.process]
        return begun

    def _runs_on(self, call: Call | None, result: Outcome) -> None:
        if call is None:
            return
        processes = self.state.processes
        call.seconds += result.seconds or 0.0
        processes[result.process] = call
        if len(processes) > _PROCESSES:
            del processes[next(iter(processes))]

    def _judge(self, native: str, call: Call | None, result: Outcome, told: str) -> None:
        if result.kind is FrictionKind.INTERRUPTION:
            self.aborted_output(call)
        elif result.kind is FrictionKind.REJECTION:
            self._rejected(native, call, result)
        elif result.kind is not None:
            kind = result.kind
            body = key_lines(result.body) if kind is FrictionKind.COMMAND_FAILED else ""
            self._failed(kind, result.rule, body or words(result.body), native, call)
        elif result.exit_code:
            self._exit_code(native, call, result)
        elif told or result.failed:
            patch = call is not None and call.patch
            kind = FrictionKind.EDIT_ERROR if patch else FrictionKind.TOOL_ERROR
            rule = "codex.patch-failed" if patch else "codex.tool-error"
            self._failed(kind, rule, told or words(result.body), native, call)
        elif call is not None:
            self._went_well(native, call, result)

    def _rejected(self, native: str, call: Call | None, result: Outcome) -> None:
        """Take a human's no; without a human at the keyboard it was the agent's own."""
        what = f"{call.name}: {words(call.subject, SUBJECT_LIMIT)}" if call else "a tool call"
        if self.state.headless:
            kind, rule = FrictionKind.PERMISSION_DENIED, "codex.headless-refusal"
            self._failed(kind, rule, words(result.body), native, call)
            return
        self.state.rejected = len(self.state.found)
        self.add(FrictionKind.REJECTION, result.rule, f"rejected {what}", native, call)

    def _exit_code(self, native: str, call: Call | None, result: Outcome) -> None:
        code, body = result.exit_code, result.body
        if call is not None and code == 1 and _is_answer(call, body):
            self._close_span(call.name, call.at)
            return
        kind, rule = FrictionKind.COMMAND_FAILED, "codex.exit-code"
        if call is not None and call.patch:
            kind, rule = FrictionKind.EDIT_ERROR, "codex.patch-failed"
        elif _TIMED_OUT.match(body):
            rule = "codex.timeout"
        said = key_lines(body) or f"ended with exit code {code} and no output"
        self._failed(kind, rule, said, native, call)

    def _failed(
        self, kind: FrictionKind, rule: str, body: str, native: str, call: Call | None
    ) -> None:
        found = self.add(kind, rule, body, native, call)
        if kind in _SPAN_KINDS:
            self._close_span(found.tool, call.at if call is not None else self.at)
            self.state.open[found.tool] = len(self.state.found) - 1

    def _went_well(self, native: str, call: Call, result: Outcome) -> None:
        if call.hides and result.exit_code == 0 and failure_line(result.body):
            kind, rule = FrictionKind.COMMAND_FAILED, "codex.unflagged-failure"
            self._failed(kind, rule, key_lines(result.body), native, call)
        else:
            self._close_span(call.name, call.at)
            for name in call.files:
                self._edited(name, native, call)

    def _edited(self, name: str, native: str, call: Call) -> None:
        """Take an edit that was applied; one file edited over and over is a friction."""
        state, key = self.state, churn.key_of(name)
        number = churn.counted(state.edits, key)
        if number == churn.CHURN:
            state.churned[key] = len(state.found)
            found = self.add(FrictionKind.EDIT_CHURN, f"codex.{churn.RULE}", "", native, call)
            found.subject = name
        if number >= churn.CHURN:
            state.found[state.churned[key]].text = churn.said(number, name)

    def _close_span(self, tool: str, made_at: float | None) -> None:
        """End the span of a tool's newest failure where this call was made after it."""
        index = self.state.open.get(tool)
        if index is None:
            return
        found = self.state.found[index]
        seconds = lost(found.at, made_at)
        if seconds is not None:
            found.seconds = seconds or None
            del self.state.open[tool]


def _said(item: dict[str, Any]) -> str:
    """Return what a finished call put out, by the name that its kind of item uses."""
    return (
        blocks_text(item.get("aggregated_output") or item.get("aggregatedOutput"))
        or text(item.get("stderr"))
        or blocks_text(mapping(item.get("result")).get("content"))
        or text(mapping(item.get("error")).get("message"))
    )


def _seconds(duration: Any) -> float | None:
    """Return a duration that is logged as `{secs, nanos}`."""
    fields = mapping(duration)
    if not fields:
        return None
    return count(fields.get("secs")) + count(fields.get("nanos")) / 1e9


def _of_other_tool(result: Outcome) -> Outcome:
    """Return what an output tells of a tool that neither runs commands nor edits files."""
    if result.exit_code is None and result.rule not in _OF_COMMANDS:
        return result
    return Outcome(result.body, seconds=result.seconds, failed=result.failed)


def _is_answer(call: Call, body: str) -> bool:
    """Tell whether exit code 1 answered a question: nothing found, or a difference found."""
    return call.says_no == "any" or (call.says_no == "silent" and not body.strip())
