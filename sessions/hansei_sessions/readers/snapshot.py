"""What the readers of whole logs share: a story told at once, and the result of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from hansei_sessions.files import Opener
from hansei_sessions.readers.base import PROMPTS, Told
from hansei_sessions.readers.lenient import text
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Story

Row = dict[str, Any]
"""A row of a database by its columns' names."""
_WINDOW: Final = 24_000
"""Characters of a prompt that are looked at."""


class _Listening(Teller):
    """A teller that remembers the prompts it was told."""

    def __init__(self, story: Story, agent: str, rules: str) -> None:
        super().__init__(story, agent, rules)
        self.prompts: list[str] = []
        self.heard = self._hear

    def _hear(self, prompt: str) -> None:
        if len(self.prompts) < PROMPTS:
            self.prompts.append(prompt[:_WINDOW])


def new_teller(agent: str, rules: str) -> Teller:
    """Return a teller with an empty story.

    Args:
        agent: The session's agent.
        rules: With what the names of its rules begin.
    """
    return _Listening(Story(), agent, rules)


def told(teller: Teller, path: str, fallback_id: str, key: str = "", mark: str = "") -> Told:
    """Return what a teller has been told.

    Args:
        teller: With the whole story.
        path: Of the log.
        fallback_id: The session's id where the log has told none.
        key: As in `Told`.
        mark: As in `Told`.
    """
    return Told(
        key,
        teller.result(path, fallback_id),
        teller.history_ids(),
        mark,
        teller.marks(),
        tuple(teller.prompts) if isinstance(teller, _Listening) else (),
    )


def told_anew(
    rows: Iterable[Row],
    key: str,
    mark_of: Callable[[Row], str],
    tell: Callable[[Row, str], Told],
    *,
    opener: Opener,
    known: Mapping[str, str],
) -> list[Told]:
    """Tell the sessions of a database that have changed; the others are named only.

    Args:
        rows: One a session; those without an id are passed over.
        key: The column that holds the session's id.
        mark_of: Returns what changes whenever the session does.
        tell: Reads the session of a row, and keeps its mark.
        opener: Asked before each session whether to stop.
        known: Marks by id, as of the last time.

    Raises:
        InterruptedError: The opener said to stop.
    """
    found = []
    for row in rows:
        if opener.stop_asked():
            raise InterruptedError("stopped")
        own, mark = text(row[key]), mark_of(row)
        if known.get(own) == mark:
            found.append(Told(own, None, mark=mark))
        elif own:
            found.append(tell(row, mark))
    return found


def stem(path: str) -> str:
    """Return a file's name without its last ending, for either kind of separator."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] or name
