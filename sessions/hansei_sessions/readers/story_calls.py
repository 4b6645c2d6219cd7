"""The half of a session's story that is about tool calls: their results, and what failures cost."""

from __future__ import annotations

from typing import Final

from hansei_sessions.friction import (
    SLOW_SECONDS,
    SUBJECT_LIMIT,
    command_line,
    identifier,
    key_lines,
    lost,
    words,
)
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers import churn
from hansei_sessions.readers.codex_calls import says_no
from hansei_sessions.readers.story_state import Call, Found, Story
from hansei_sessions.readers.unflagged import failure_line, hides_failure

_OPEN_CALLS: Final = 256
_BODY_LIMIT: Final = 200_000


class Calls:
    """Applies calls and their results to a story."""

    def __init__(self, story: Story, rules: str) -> None:
        """Work on `story`; the names of its rules begin with `rules` and a dot."""
        self.story = story
        self._rules = rules
        self.at: float | None = None
        self.line = 1
        self.offset = 0

    def activity(self) -> None:
        """Take a sign that the model works: it thinks, speaks or calls a tool."""
        story = self.story
        story.answered = True
        story.stopped = False
        story.rejected = -1
        if story.burst >= 0:
            found = story.found[story.burst]
            found.seconds = lost(found.at, self.at) or found.seconds
            story.burst = -1

    def turn_ended(self) -> None:
        """Take the end of a turn: open calls and spans end with it."""
        self.story.calls.clear()
        self.story.open.clear()

    def call(
        self,
        native: str,
        name: str,
        *,
        command: str = "",
        subject: str = "",
        edits: bool = False,
    ) -> None:
        """Take a tool call.

        Args:
            native: Its id; without one it gets its place in the log, and no result will find it.
            name: The tool's name.
            command: The shell command, where it runs one.
            subject: What else it is about, raw: a file, an address, a question.
            edits: It changes files.
        """
        story = self.story
        self.activity()
        key = native or f"line-{self.line}.{len(story.tools)}"
        if key in story.tools:
            return
        story.tools[key] = None
        story.head_id = story.head_id or native
        if not native:
            if edits:
                self.edited(subject)
            return
        story.calls[native] = Call(
            name=words(name, 100),
            subject=command_line(command) if command else subject.strip()[:4000],
            line=self.line,
            offset=self.offset,
            at=self.at,
            runs=bool(command),
            edits=edits,
            hides=bool(command) and hides_failure(command[-4000:]),
            says_no=says_no(command) if command else "",
        )
        if len(story.calls) > _OPEN_CALLS:
            del story.calls[next(iter(story.calls))]

    def ended_well(
        self,
        native: str,
        output: str = "",
        *,
        code: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Take a result that the harness does not call a failure.

        Args:
            native: The call's id.
            output: What it put out.
            code: The command's exit code where the log tells it; another than 0 is a failure.
            seconds: How long it ran by its own clock, without waiting for a permission.
        """
        if self._again(native):
            return
        held = self.story.calls.pop(native, None)
        self._slow(native, held, seconds)
        body = output[-_BODY_LIMIT:]
        if code:
            if held is not None and code == 1 and _is_answer(held, body):
                self._close_span(held)
                return
            said = key_lines(body) or f"ended with exit code {code} and no output"
            self._failed(FrictionKind.COMMAND_FAILED, "exit-code", said, native, held)
            return
        if held is None:
            return
        if held.hides and failure_line(body):
            said = key_lines(body)
            self._failed(FrictionKind.COMMAND_FAILED, "unflagged-failure", said, native, held)
        else:
            self._close_span(held)
            if held.edits:
                self.edited(held.subject, native, held.name)

    def edited(self, path: str, native: str = "", tool: str = "") -> None:
        """Take an edit that was applied; one file edited over and over is a friction.

        Args:
            path: Of the file, raw.
            native: The call's id.
            tool: Its tool.
        """
        story, path = self.story, path.strip()
        if not path:
            return
        key = churn.key_of(path)
        number = churn.counted(story.edits, key)
        if number < churn.CHURN:
            return
        subject = words(path, SUBJECT_LIMIT)
        if number == churn.CHURN:
            story.churned[key] = len(story.found)
            found = self.add(FrictionKind.EDIT_CHURN, churn.RULE, "", native)
            found.tool, found.subject = tool, subject
        story.found[story.churned[key]].text = churn.said(number, subject)

    def failed(
        self,
        native: str,
        output: str,
        *,
        code: int | None = None,
        seconds: float | None = None,
        rule: str = "",
    ) -> None:
        """Take a result that the harness calls a failure; arguments as for `ended_well`."""
        if self._again(native):
            return
        held = self.story.calls.pop(native, None)
        self._slow(native, held, seconds)
        body = output[-_BODY_LIMIT:]
        if held is not None and held.runs:
            if code == 1 and _is_answer(held, body):
                self._close_span(held)
                return
            said = key_lines(body) or f"ended with exit code {code or 'unknown'} and no output"
            kind = FrictionKind.COMMAND_FAILED
            rule = rule or ("exit-code" if code else "command-error")
        else:
            edits = held is not None and held.edits
            kind = FrictionKind.EDIT_ERROR if edits else FrictionKind.TOOL_ERROR
            rule = rule or ("edit-error" if edits else "tool-error")
            said = words(body) or "the call failed"
        self._failed(kind, rule, said, native, held)

    def aborted(self, native: str) -> None:
        """Take a result that only says that the call never ran to its end, for another's sake."""
        if not self._again(native):
            self.story.calls.pop(native, None)

    def first_time(self, native: str) -> bool:
        """Tell whether an event with this id has not been taken yet, and remember it.

        The results of calls are remembered by the calls' ids; without an id nothing is known.
        """
        return not self._again(native)

    def _again(self, native: str) -> bool:
        judged = self.story.judged
        if not native or native not in judged:
            if native:
                judged[native] = None
            return False
        return True

    def _slow(self, native: str, held: Call | None, seconds: float | None) -> None:
        if held is None or not held.runs or seconds is None or seconds < SLOW_SECONDS:
            return
        body = f"ran {seconds:.0f} s: {subject_of(held)}"
        slow = self.add(FrictionKind.SLOW_COMMAND, "slow-command", body, native, held)
        slow.seconds = seconds

    def _failed(
        self, kind: FrictionKind, rule: str, body: str, native: str, held: Call | None
    ) -> None:
        found = self.add(kind, rule, body, native, held)
        if held is not None:
            self._close_span(held)
            self.story.open[found.tool] = len(self.story.found) - 1

    def _close_span(self, held: Call) -> None:
        index = self.story.open.pop(held.name, None)
        if index is not None:
            found = self.story.found[index]
            found.seconds = lost(found.at, held.at) or None

    def add(
        self, kind: FrictionKind, rule: str, body: str, native: str = "", held: Call | None = None
    ) -> Found:
        """Add a friction that stands at this record."""
        found = Found(
            kind=kind,
            rule=f"{self._rules}.{rule}",
            native=identifier(native),
            at=self.at,
            text=body,
            line=self.line,
            offset=self.offset,
            tool=held.name if held else "",
            subject=subject_of(held) if held else "",
        )
        self.story.found.append(found)
        return found


def subject_of(held: Call) -> str:
    """Return what a call is about, ready to be kept."""
    return words(held.subject, SUBJECT_LIMIT)


def _is_answer(held: Call, body: str) -> bool:
    """Tell whether exit code 1 answered a question: nothing found, or a difference found."""
    return held.says_no == "any" or (held.says_no == "silent" and not body.strip())
