"""What a very long log of Claude Code is remembered by: the newest as it is, the rest packed.

A log of a million records would take several hundred bytes for each, for as long as it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from hansei_sessions.readers.claude_state import Found, State, Taken
from hansei_sessions.readers.keeping import damaged
from hansei_sessions.readers.many_ids import ManyIds
from hansei_sessions.readers.packing import check

RECENT: Final = {"rows": 20_000, "calls": 10_000, "prompts": 2_000, "frictions": 2_000}
"""How many are kept as they are at most; most logs have fewer."""
_MAY_CHANGE: Final = 100
"""The newest frictions, which what follows can still change."""

_BETWEEN: Final = " "
NUL: Final = b"\0"
"""Ends the JSON of a state that more stands behind: JSON holds none."""

_ENCODER: Final = msgspec.json.Encoder()
_FOUND: Final = msgspec.json.Decoder(list[Found])
_MARKS: Final = msgspec.json.Decoder(list[Taken])
_IDS: Final = msgspec.json.Decoder(list[str])


class Aside:
    """Sets aside what is old in a state, and tells all of it."""

    def __init__(self, state: State) -> None:
        """Begin with what the state has set aside already; `take_up` tells the ids."""
        self._state = state
        self.ids: ManyIds | None = None
        """Of rows, `tool:<id>` of calls and `prompt:<id>` of prompts."""

    def take_up(self, ids: bytes, path: str) -> None:
        """Take the ids that `save` wrote behind the state.

        Raises:
            LogFormatError: Something that was set aside is damaged.
        """
        state = self._state
        check((state.older_tools, state.older_marks, state.older_found), path)
        try:
            self.ids = ManyIds(ids) if ids else None
        except ValueError as error:
            raise damaged(path) from error

    def holds(self, name: str) -> bool:
        """Tell whether an id is among those that were set aside."""
        return self.ids is not None and name in self.ids

    def take(self, settle: Callable[[], None]) -> None:
        """Set aside what has become too much.

        Args:
            settle: Makes ready to be kept what frictions hold of the log's own text.
        """
        state = self._state
        if len(state.seen) > RECENT["rows"]:
            self._older().update(state.seen)
            state.seen.clear()
        if len(state.tools) > RECENT["calls"]:
            self._older().update(f"tool:{one}" for one in state.tools)
            state.older_tools.add(list(state.tools))
            state.tools.clear()
        if len(state.marks) > RECENT["prompts"]:
            self._older().update(f"prompt:{one}" for one in state.prompts)
            state.older_marks.add(state.marks)
            state.prompts.clear()
            state.marks.clear()
        if len(state.found) > RECENT["frictions"]:
            self._take_frictions(settle)

    def _older(self) -> ManyIds:
        self.ids = self.ids or ManyIds()
        return self.ids

    def _take_frictions(self, settle: Callable[[], None]) -> None:
        """Set aside the frictions before the first one that something can still happen to."""
        state = self._state
        held = [*state.open.values(), *state.waiting, *state.churned.values()]
        held += [state.burst] if state.burst >= 0 else []
        count = min([len(state.found) - _MAY_CHANGE, *held])
        if count * 2 < RECENT["frictions"]:
            return
        settle()
        state.older_found.add(state.found[:count])
        del state.found[:count]
        state.open = {name: at - count for name, at in state.open.items()}
        state.churned = {file: at - count for file, at in state.churned.items()}
        state.waiting = [at - count for at in state.waiting]
        state.burst = max(state.burst - count, -1)

    def found(self) -> Iterator[Found]:
        """Yield all frictions in their order."""
        yield from self._state.older_found.all(_FOUND)
        yield from self._state.found

    def marks(self) -> Iterator[Taken]:
        """Yield what the session had taken at each of its prompts."""
        yield from self._state.older_marks.all(_MARKS)
        yield from self._state.marks

    def tools(self) -> Iterator[str]:
        """Yield the ids of all calls."""
        yield from self._state.older_tools.all(_IDS)
        yield from self._state.tools

    def save(self) -> bytes:
        """Return the state as JSON, and the ids that were set aside behind it and a NUL.

        Sets of ids are written as one text each, which takes half the time of a list; where
        prompts came is known from their marks.
        """
        state = self._state
        seen, tools, prompts = state.seen, state.tools, state.prompts
        state.rows, state.seen = _as_text(seen)
        state.uses, state.tools = _as_text(tools)
        state.prompts = set()
        saved = _ENCODER.encode(state)
        state.seen, state.tools, state.prompts = seen, tools, prompts
        state.rows = state.uses = ""
        return saved if self.ids is None else self.ids.packed(saved, NUL)


def unfold(state: State) -> State:
    """Return a state that was saved as it was before."""
    state.seen.update(state.rows.split(_BETWEEN) if state.rows else ())
    state.tools.update(state.uses.split(_BETWEEN) if state.uses else ())
    state.prompts.update(one.prompt for one in state.marks)
    state.rows = state.uses = ""
    return state


def _as_text(ids: set[str]) -> tuple[str, set[str]]:
    """Return ids as one text, and those that cannot be told from it: nothing or all."""
    text = _BETWEEN.join(ids)
    return ("", ids) if text.count(_BETWEEN) + 1 != len(ids) or not text else (text, set())
