"""Whole blocks of a Claude Code log, read without detours.

A block is decoded in one call. Nine rows in ten are an answer of the model or the result of a
tool call that went well; of those little is needed, and here it is taken directly. Every other
row goes the long way through `take`, and a block in which any line is not one clean record goes
through `feed`, line by line. All ways give the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec

from hansei_sessions.friction import ACTIVE_CAP, SLOW_SECONDS, label
from hansei_sessions.readers.claude_aside import Aside
from hansei_sessions.readers.claude_background import EXIT_CODE, IN_BACKGROUND, OUTPUT_TOOLS
from hansei_sessions.readers.claude_events import SYNTHETIC, Events
from hansei_sessions.readers.claude_rows import BAD_JSON, HEADLESS, NO_BODY, Block, Message, Said
from hansei_sessions.readers.claude_state import Call, State
from hansei_sessions.readers.claude_words import EDIT_TOOLS, SHELL_TOOLS
from hansei_sessions.readers.lines import split_lines
from hansei_sessions.readers.unflagged import may_tell_failure

_MAY_MASK = re.compile(rb"[|;&\\]")
"""Without one of these, nothing joins commands in a command written as JSON."""

_SPEAKS: Final = len(IN_BACKGROUND)
_SAID: Final = frozenset({"user", "assistant"})
_BRACE: Final = ord("{")
_BESIDE: Final = frozenset({"turn_duration", "local_command", "away_summary"})
"""System rows that say nothing about trouble."""


Take = Callable[[Said, int, int], None]
Feed = Callable[[bytes, int, int], None]


class _Row(Said, gc=False):
    """A row whose time has a zone; the others are read line by line."""

    timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


_Now = tuple[bool, bool, bool, float, float, float, str]
"""What of the state a row that is read directly looks at or changes.

That is known of the session which only its first rows say; it has no human; no failure of the
service is waiting for an answer; its first and its last time, its active seconds; the newest
message.
"""

_decode_lines = msgspec.json.Decoder(_Row).decode_lines


class Blocks:
    """Reads blocks of whole lines."""

    def __init__(
        self,
        state: State,
        events: Events,
        aside: Aside,
        *,
        is_subagent: bool,
    ) -> None:
        """Apply rows to `state`; `aside` knows what is not in it any more."""
        self._state = state
        self._events = events
        self._is_subagent = is_subagent
        self._entrypoint = ""
        """Where a human sits: of the newest row that went the long way."""
        self._aside = aside

    def read(self, block: bytes, number: int, offset: int, take: Take, feed: Feed) -> int:
        """Take the lines of a block; return the number of the line after them.

        Args:
            block: Whole lines.
            number: Of the first line.
            offset: Of the block, in bytes.
            take: Takes what the user or the model said the long way, once the session is known.
            feed: Takes any line.
        """
        starts = line_starts(block)
        try:
            rows = _decode_lines(block) if starts else []
        except BAD_JSON:
            rows = []
        if starts and len(rows) == len(starts):
            self._read_rows(rows, starts, block, (number, offset), take=take, feed=feed)
            return number + len(starts)
        for line, at_number, at in split_lines(block, number, offset):
            if line:
                feed(line, at_number, at)
            number = at_number + 1
        return number

    def _read_rows(  # noqa: C901, PLR0912, PLR0915 - in one piece: a call a row would be a fifth of the scan
        self,
        rows: Sequence[_Row],
        starts: Sequence[int],
        block: bytes,
        place: tuple[int, int],
        *,
        take: Take,
        feed: Feed,
    ) -> None:
        state, (number, offset) = self._state, place
        count_tokens, make = self._events.count_tokens, self._events.calls.make
        seen, tools, see = state.seen, state.tools, state.seen.add
        older = self._aside.ids
        ready, headless, answered, first, last, active, newest = self._now()
        taken, branch, model, said, request = 0, "", "", Message(), None
        for index, row in enumerate(rows):
            uuid, moment, message = row.uuid, row.timestamp, row.message
            if (
                uuid
                and moment is not None
                and ready
                and uuid not in seen
                and (older is None or uuid not in older)
                and row.forkedFrom is NO_BODY
                and (
                    headless
                    or (
                        row.promptSource != "sdk"
                        if not (entry := row.entrypoint)
                        else entry == self._entrypoint
                    )
                )
            ):
                kind, seconds, known = row.type, moment.timestamp(), False
                if kind == "assistant":
                    if (
                        message is not None
                        and answered
                        and not row.isApiErrorMessage
                        and message.model != SYNTHETIC
                    ):
                        known = True
                        key = message.id or uuid
                        if not row.isSidechain or self._is_subagent:
                            newest = key
                            model = message.model or model
                        if (
                            message.id is None
                            or message.id != said.id
                            or message.usage != said.usage
                            or row.requestId != request
                        ):
                            count_tokens(key, row.requestId, message.usage)
                            said, request = message, row.requestId
                        if message.stop_reason == "end_turn":
                            state.in_turn = False
                        if isinstance(message.content, list):
                            for part in message.content:
                                if (
                                    part.type == "tool_use"
                                    and part.id
                                    and part.id not in tools
                                    and (older is None or f"tool:{part.id}" not in older)
                                ):
                                    given, line = bytes(part.input), number + index
                                    start = offset + starts[index]
                                    call = Call(part.name, given, key, line, start, seconds)
                                    make(part.id, call)
                elif kind == "user":
                    known = message is not None and self._result(message)
                elif kind == "system" and row.subtype in _BESIDE:
                    known = True
                    state.in_turn = state.in_turn and row.subtype != "turn_duration"
                if known:
                    see(uuid)
                    taken += 1
                    branch = row.gitBranch or branch
                    if seconds > last:
                        gap = seconds - last
                        active += gap if gap < ACTIVE_CAP else ACTIVE_CAP  # noqa: FURB136 - a call a row
                        last = seconds
                    elif seconds < first:
                        first = seconds
                    continue
            if taken:
                self._catch_up((first, last, active, newest), branch, model, taken)
                taken, branch, model = 0, "", ""
            if (entry := row.entrypoint) and not entry.startswith(HEADLESS):
                self._entrypoint = entry
            start = starts[index]
            if ready and row.type in _SAID:
                take(row, number + index, offset + start)
            else:
                stop = starts[index + 1] - 1 if index + 1 < len(starts) else len(block)
                feed(block[start:stop], number + index, offset + start)
            ready, headless, answered, first, last, active, newest = self._now()
        if taken:
            self._catch_up((first, last, active, newest), branch, model, taken)

    def _now(self) -> _Now:
        state = self._state
        return (
            bool(state.cwd and state.head_id) and state.last is not None,
            state.headless,
            state.burst < 0,
            state.first or 0.0,
            state.last or 0.0,
            state.active,
            state.last_message,
        )

    def _catch_up(
        self, now: tuple[float, float, float, str], branch: str, model: str, taken: int
    ) -> None:
        """Bring the state up to what was read directly; branch and model as the log writes them."""
        state = self._state
        state.first, state.last, state.active, state.last_message = now
        state.branch = label(branch) if branch else state.branch
        state.model = label(model) if model else state.model
        state.parsed += taken
        self._events.went_on(now[1])

    def _result(self, message: Message) -> bool:
        """Take the result of a call that went well, unless a failure may hide in it."""
        content = message.content
        if not isinstance(content, list) or len(content) != 1:
            return False
        result = content[0]
        if result.type != "tool_result" or result.is_error:
            return False
        state = self._state
        call = state.calls.get(result.tool_use_id)
        if call is None:
            return True
        if self._says_more(call, result):
            return False
        del state.calls[result.tool_use_id]
        if call.name in state.open:
            self._events.calls.close_span(call)
        return True

    def _says_more(self, call: Call, result: Block) -> bool:
        """Tell whether more is to be taken from a result than that the call went well."""
        name = call.name
        if name in SHELL_TOOLS:
            hides = _MAY_MASK.search(call.input) if call.input else call.hides
            return (
                call.elapsed >= SLOW_SECONDS
                or bytes(memoryview(result.content)[:_SPEAKS]) == IN_BACKGROUND
                or (bool(hides) and may_tell_failure(bytes(result.content)))
            )
        if name in EDIT_TOOLS:
            return self._events.calls.is_one_edit_too_many(call)
        return name in OUTPUT_TOOLS and EXIT_CODE in bytes(result.content)


def line_starts(block: bytes) -> list[int]:
    """Return where the lines of a block begin, or nothing unless each is `{…}` and a newline.

    No newline inside a JSON value has a brace on either side (there would be a comma, or the
    string would be broken), so that a block with as many records as lines has one in each.
    """
    size = len(block)
    if block[:1] != b"{":
        return []
    starts = [0]
    find, add = block.find, starts.append
    at = find(b"\n") + 1
    while 0 < at < size:
        if block[at] != _BRACE or block[at - 2] != _BRACE + 2:
            return []
        add(at)
        at = find(b"\n", at) + 1
    return starts if block.endswith((b"}\n", b"}")) else []
