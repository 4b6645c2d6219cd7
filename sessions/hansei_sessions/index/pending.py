"""What was read of logs but not yet made ready to be kept: the words of frictions and prompts.

Cleaning and redacting takes longer than reading. So a large scan first learns which sessions and
frictions there are; the readers wait here, in memory, with the logs' own words, and give them up
in a second pass, or when they have become too many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from hansei_sessions.friction import TEXT_LIMIT, WINDOW, words
from hansei_sessions.readers.base import PROMPTS, ReadResult, SessionReader

MOST: int = 100_000_000
"""Bytes that may wait, roughly; from there on the oldest are made ready first."""

_LOG = 7_000
"""Bytes that a reader takes at least, roughly."""
_ROW = 200
"""Bytes that a reader remembers of each record, roughly."""
_LONG = 500_000
"""Characters of a session's prompts that wait as they are; long ones beyond are made ready at once,
which takes time and saves room."""
_FRICTION = 3_000
"""And of each friction that waits."""


@dataclass(frozen=True, slots=True)
class Words:
    """What completes a log's rows in the index."""

    path: str
    texts: tuple[tuple[str, str], ...]
    """Text and subject of each friction, in the log's order; none where all are known already."""
    state: bytes
    """From which the reader can go on."""
    prompts: tuple[str, ...] | None
    """To be searched; None where the log's reader cannot tell them."""
    goes_on: bool = False
    """They follow those that an earlier scan heard."""


@dataclass(slots=True)
class _Waiting:
    reader: SessionReader
    prompts: list[str] | None
    goes_on: bool
    weight: int


class Pending:
    """Readers whose words are still to be made ready, the oldest first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: dict[str, _Waiting] = {}
        self._weight = 0

    def __len__(self) -> int:
        """Return how many logs wait."""
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """More wait than memory should be spent on."""
        return self._weight > MOST

    def keep(
        self,
        path: str,
        reader: SessionReader,
        prompts: list[str] | None,
        result: ReadResult,
        *,
        goes_on: bool = False,
    ) -> None:
        """Let a reader wait that has read its log, or on from where an earlier scan ended."""
        said = sum(map(len, prompts)) if prompts else 0
        weight = _LOG + result.counts.parsed * _ROW + len(result.frictions) * _FRICTION + said
        self._waiting[path] = _Waiting(reader, prompts, goes_on, weight)
        self._weight += weight

    def take(self, paths: Collection[str] | None = None) -> Iterator[Words]:
        """Make ready what waits, and let go of it.

        Args:
            paths: Of which logs, as far as they wait here; None is all of them.
        """
        for path in list(self._waiting if paths is None else paths):
            words = self._made_ready(path)
            if words is not None:  # and its reader is gone: what it remembers can be large
                yield words

    def _made_ready(self, path: str) -> Words | None:
        one = self._waiting.pop(path, None)
        if one is None:
            return None
        self._weight -= one.weight
        return _words(path, one)

    def take_oldest(self) -> Iterator[Words]:
        """Make ready what waits until half of it is left."""
        enough = self._weight // 2
        for path in list(self._waiting):
            if self._weight <= enough:
                return
            yield from self.take((path,))


def hear(reader: SessionReader) -> list[str] | None:
    """Have a reader's prompts told to a list; None where it cannot tell them."""
    found: list[str] = []
    room = [_LONG]

    def heard(prompt: str) -> None:
        if len(found) < PROMPTS:
            room[0] -= len(prompt)
            is_short = len(prompt) <= TEXT_LIMIT or (len(prompt) <= WINDOW and room[0] > 0)
            found.append(prompt if is_short else words(prompt))

    return found if reader.listen(heard) else None


def ready(prompts: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return prompts redacted and cleaned, as they may be kept."""
    return None if prompts is None else tuple(map(words, prompts))


def _words(path: str, one: _Waiting) -> Words:
    texts = tuple(one.reader.texts())
    return Words(path, texts, one.reader.save(), ready(one.prompts), one.goes_on)
