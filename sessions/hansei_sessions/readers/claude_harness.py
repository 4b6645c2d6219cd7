"""What the harness around the model records: failures of the service, compactions, hooks."""

from __future__ import annotations

import re
from typing import Final

from hansei_sessions.friction import key_lines, lost, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.claude_recorder import Recorder
from hansei_sessions.readers.claude_rows import (
    Attachment,
    Row,
    Said,
    fields_of,
    strings_of,
    text_of,
)

_BLOCKED_PROMPT = re.compile(r"\w{1,40} operation blocked by hook:\s*")
_AT_STOP: Final = frozenset({"Stop", "SubagentStop"})


class Harness:
    """Notes what happened around the conversation."""

    def __init__(self, recorder: Recorder) -> None:
        """Work on the recorder's state."""
        self._recorder = recorder
        self._state = recorder.state

    def system(self, row: Row) -> None:
        """Take a `system` row: a failure of the service, a compaction, the end of a turn."""
        match row.subtype:
            case "api_error":
                self.api_error(row, _service_error(row), float(row.retryInMs or 0) / 1000)
            case "compact_boundary":
                self._compacted(row)
            case "stop_hook_summary":
                self._stop_hooks(row)
            case "informational":
                self._blocked_prompt(row)
            case "turn_duration":
                self._state.in_turn = False
            case _:
                pass

    def api_error(self, row: Said, text: str, wait: float) -> None:
        """Note one failure of the service; consecutive ones are one burst."""
        state = self._state
        if state.burst >= 0:
            state.found[state.burst].count += 1
        else:
            state.burst = len(state.found)
            self._recorder.add(
                FrictionKind.API_ERROR, "claude.api-error", words(text), row.uuid or ""
            )
        state.burst_waits += wait
        state.found[state.burst].seconds = state.burst_waits or None

    def end_burst(self, *, answered: bool) -> None:
        """End the burst that is going on: the model answered, or the user went on without."""
        state = self._state
        if state.burst < 0:
            return
        found = state.found[state.burst]
        if answered:
            found.seconds = lost(found.at, self._recorder.at) or found.seconds
        state.burst = -1
        state.burst_waits = 0.0

    def _compacted(self, row: Row) -> None:
        details = fields_of(row.compactMetadata)
        trigger, tokens = details.get("trigger"), details.get("preTokens")
        size = f" at {tokens:,} tokens" if isinstance(tokens, int) else ""
        automatic = trigger != "manual"
        text = f"context compacted {'automatically' if automatic else 'by hand'}{size}"
        rule = "claude.compacted" if automatic else "claude.compacted-by-hand"
        found = self._recorder.add(FrictionKind.COMPACTION, rule, text, row.uuid or "")
        if automatic and self._state.in_turn:
            found.seconds = lost(self._recorder.before, self._recorder.at)

    def _blocked_prompt(self, row: Row) -> None:
        """Note a hook that refused a prompt: it was never sent, and this row is all there is."""
        text = text_of(row.content)
        if blocked := _BLOCKED_PROMPT.match(text):
            reason = text[blocked.end() :].partition("\n\nOriginal prompt:")[0].strip()
            self._hook("", reason or "a hook refused a prompt", row.uuid or "")

    def _stop_hooks(self, row: Row) -> None:
        errors = "\n".join(strings_of(row.hookErrors))
        if not row.preventedContinuation:
            self._state.in_turn = False
        if errors or row.preventedContinuation:
            reason = errors or text_of(row.stopReason)
            self._hook(row.toolUseID or "", reason or "a hook stopped the agent", row.uuid or "")

    def hook_attachment(self, row: Row, attachment: Attachment) -> None:
        """Note a hook that refused something, stopped the agent, or failed."""
        tool_use, native = attachment.toolUseID or "", row.uuid or ""
        match attachment.type:
            case "hook_blocking_error":
                details = attachment.blockingError
                nested = fields_of(details).get("blockingError")
                text = nested if isinstance(nested, str) else text_of(details)
                self._hook(tool_use, text, native)
            case "hook_stopped_continuation":
                text = text_of(attachment.message)
                self._hook(tool_use, text or "a hook stopped the agent", native)
            case "hook_non_blocking_error":
                self._failed_hook(attachment, text_of(attachment.stderr), native)
            case "hook_error_during_execution":
                self._failed_hook(attachment, text_of(attachment.content), native)
            case _:
                pass

    def _failed_hook(self, attachment: Attachment, text: str, native: str) -> None:
        """Note a hook that failed and stopped nobody.

        Those around a call fail in the same way at each: that is one friction.
        """
        said = key_lines(text) or "a hook failed"
        if attachment.hookEvent not in _AT_STOP:
            for found in self._state.found:
                if found.kind is FrictionKind.HOOK_BLOCKED and found.text == said:
                    found.count += 1
                    return
        self._hook(attachment.toolUseID or "", said, native)

    def _hook(self, tool_use: str, text: str, native: str) -> None:
        if tool_use and tool_use in self._state.hooks:
            return
        if tool_use:
            self._state.hooks.add(tool_use)
        self._recorder.add(
            FrictionKind.HOOK_BLOCKED, "claude.hook", key_lines(text) or text, native
        )


def _service_error(row: Row) -> str:
    """Return what `system/api_error` says: status, code, message, at whichever depth they stand."""
    fields = fields_of(row.error)
    status = fields.get("status")
    message = ""
    inner: object = fields
    for _ in range(4):
        if not isinstance(inner, dict):
            break
        found = inner.get("message")
        message = found if isinstance(found, str) else message
        inner = inner.get("error")
    parts = [str(status) if isinstance(status, int) else "", message]
    return "API error " + " ".join(part for part in parts if part)
