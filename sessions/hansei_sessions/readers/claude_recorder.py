"""Where the reader stands in a log, and how a friction is noted there."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from msgspec import Raw

from hansei_sessions.friction import SUBJECT_LIMIT, WINDOW, command_line, key_lines, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.churn import key_of
from hansei_sessions.readers.claude_aside import Aside
from hansei_sessions.readers.claude_rows import Said, command_of, edited_in, input_of, text_of
from hansei_sessions.readers.claude_state import Call, Found, State
from hansei_sessions.readers.claude_words import EDIT_TOOLS, SHELL_TOOLS
from hansei_sessions.readers.unflagged import hides_failure

_MOST_HELD: Final = 4_000_000
_SHORT: Final = 40
_HEAD: Final = 2_000 + _SHORT
"""Of this much, the short beginning holds no part of a secret."""


class Recorder:
    """Knows the place of the row that is being read, and notes frictions with it."""

    def __init__(self, state: State, aside: Aside, *, is_subagent: bool) -> None:
        """Note in `state`; in a subagent's log all rows are side rows, in a session's few."""
        self.state = state
        self.aside = aside
        self.is_subagent = is_subagent
        self.at: float | None = None
        self.before: float | None = None
        """The newest time of all rows before this one."""
        self.line = 0
        self.offset = 0
        self.part = 0
        self._newest: float | None = state.last
        self._held = 0
        """Bytes of the log's own text that wait to be made ready, about."""

    def place(self, at: float | None, line: int, offset: int, part: int) -> None:
        """Say where the next row stands and when it was written."""
        self.at = at
        self.line = line
        self.offset = offset
        self.part = part
        if at is not None:
            self.before = self._newest
            if self._newest is None or at > self._newest:
                self._newest = at

    def went_on(self, newest: float | None) -> None:
        """Say that rows up to this time were read without being placed."""
        self._newest = newest

    def is_aside(self, row: Said) -> bool:
        """Tell whether a row belongs to an old-style subagent inside a session's log."""
        return bool(row.isSidechain) and not self.is_subagent

    def add(
        self, kind: FrictionKind, rule: str, text: str, native: str = "", call: Call | None = None
    ) -> Found:
        """Note a friction at this place; `text` is ready to be kept."""
        found = Found(
            kind=kind,
            rule=rule,
            native=native,
            at=self.at,
            text=text,
            line=self.line,
            offset=self.offset,
            part=self.part,
            tool=call.name if call else "",
            call=call,
        )
        self.state.found.append(found)
        return found

    def add_raw(
        self,
        kind: FrictionKind,
        rule: str,
        raw: tuple[str, str],
        native: str,
        call: Call | None,
    ) -> Found:
        """Note a friction whose text is still to be made from the log's own.

        Args:
            kind: A failed command's text is the few lines that say what went wrong.
            rule: Its rule.
            raw: The text, and what it is the end of.
            native: The agent's id of the event.
            call: The call that failed.
        """
        found = self.add(kind, rule, "", native, call)
        found.in_lines = kind is FrictionKind.COMMAND_FAILED
        found.raw, found.head = raw[0], raw[1][:_HEAD]
        if not found.in_lines:
            found.raw = found.raw[:WINDOW]
        elif len(found.raw) > WINDOW:
            _settle(found)
        self._held += len(found.raw) + len(found.head) + (len(call.input) if call else 0)
        if self._held > _MOST_HELD:
            self.settle()
        return found

    def settle(self) -> None:
        """Make ready to be kept what the frictions hold of the log's own text."""
        self._held = 0
        for found in self.state.found:
            if found.call is not None:
                found.subject, found.call = _about(found.call), None
            if found.head:
                _settle(found)


def _settle(found: Found) -> None:
    text = key_lines(found.raw) if found.in_lines else words(found.raw)
    found.text = text or words(found.head, _SHORT)
    found.raw, found.head, found.in_lines = "", "", False


def settle(call: Call) -> None:
    """Make of a call's arguments what is needed of them, and let go of the log's own text.

    Most calls succeed, and nobody ever asks what they were about.
    """
    if not call.input:
        return
    if call.name in EDIT_TOOLS:
        call.file = file_of(call)
    elif call.name in SHELL_TOOLS:
        call.hides = hides_failure(command_of(call.input))
    call.subject, call.input = _about(call), b""


def _about(call: Call) -> str:
    """Return what a call is about, as long as it has its arguments or has been settled."""
    if not call.input:
        return call.subject
    if call.name in SHELL_TOOLS and (command := command_of(call.input)):
        return words(command_line(command), SUBJECT_LIMIT)
    given = input_of(Raw(call.input))
    for body in (
        given.file_path,
        given.notebook_path,
        given.path,
        given.url,
        given.skill,
        given.pattern,
        given.query,
        given.title,
        given.description,
    ):
        if text := text_of(body).strip():
            return words(text.splitlines()[0], SUBJECT_LIMIT)
    return ""


def file_of(call: Call) -> str:
    """Return what stands for the file that a call edits, before and after it is settled."""
    if not call.input:
        return call.file
    return _file_key(edited_in(call.input))


_file_key = lru_cache(maxsize=256)(key_of)


def subject_of(call: Call | None) -> str:
    """Return what a call is about, ready to be kept."""
    if call is None:
        return ""
    settle(call)
    return call.subject
