r"""Patterns of very many alternatives, each of which is tried on every line of every output.

They are written for reading: an alternative says what a line begins with, and one that begins with
`.*\b` says what stands behind any word boundary in it. Tried as written, each of the latter goes
through the whole line. So they are taken apart: what a line begins with is tried where it begins,
and all that may stand anywhere is looked for at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_ANYWHERE: Final = r".*\b"
_NOTHING: Final = "(?!)"
_LED: Final = re.compile(r"[A-Za-z](?![?*+{])")
_PIECE: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
"""A part of a pattern in which no bar or bracket can mean anything: an escape, a class, a sign."""


def alternatives(pattern: str) -> Iterator[str]:
    """Yield the alternatives of a verbose pattern without comments, as they are written."""
    depth = 0
    parts: list[str] = []
    for piece in _PIECE.findall(pattern):
        if piece == "|" and not depth:
            yield "".join(parts)
            parts = []
        else:
            depth += (piece == "(") - (piece == ")")
            parts.append(piece)
    yield "".join(parts)


class Shapes(Generic[T]):
    """Patterns in their order, each with what it means for a line that it matches."""

    def __init__(self, shapes: Iterable[tuple[str, T]], *, careless: Iterable[T] = ()) -> None:
        """Take apart verbose patterns.

        Args:
            shapes: Patterns and their meanings, the first one that matches counts.
            careless: Meanings of patterns that do not mind upper and lower case.
        """
        loose = frozenset(careless)
        rows: list[tuple[re.Pattern[str], re.Pattern[str] | None, T]] = []
        every: list[str] = []
        for pattern, meaning in shapes:
            flag = "i" if meaning in loose else ""
            every_one = [one.lstrip() for one in alternatives(pattern)]
            begins = [one for one in every_one if not one.startswith(_ANYWHERE)]
            inside = [one[len(_ANYWHERE) :] for one in every_one if one.startswith(_ANYWHERE)]
            inside = [f"(?i:{one})" for one in inside] if flag else inside
            every += inside
            at_once = _compiled(f"(?{flag}:{'|'.join(begins or [_NOTHING])})")
            rows.append((at_once, _at_words(inside), meaning))
        self._rows: Final = tuple(rows)
        self._any: Final = _at_words(every)

    def match(self, line: str) -> T | None:
        """Return what the first pattern means that matches a line from its beginning."""
        holds = self._any is not None and self._any.search(line) is not None
        for begins, inside, meaning in self._rows:
            if begins.match(line) or (holds and inside is not None and inside.search(line)):
                return meaning
        return None


def _at_words(inside: list[str]) -> re.Pattern[str] | None:
    """Return one pattern for what stands behind any word boundary, put together by first letters.

    So most words are passed over after a look at their first letter.
    """
    groups: dict[str, list[str]] = {}
    for one in inside:
        led = _LED.match(one)
        groups.setdefault(led[0] if led else "", []).append(one[led.end() if led else 0 :])
    branches = [f"{first}(?:{'|'.join(rest)})" for first, rest in groups.items()]
    return _compiled(rf"\b(?:{'|'.join(branches)})") if inside else None


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE)
