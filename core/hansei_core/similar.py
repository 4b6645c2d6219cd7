"""Twins: is this title already there, in the backlog or the decisions, under another wording?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hansei_core.folding import fold
from hansei_core.improvement import Improvement

THRESHOLD: Final = 80.0
"""Likeness from 0 to 100 from which two titles are offered as the same."""
_WORD: Final = re.compile(r"[^\W_]+")
_STOP_WORDS: Final = frozenset(
    (
        *("a", "an", "the", "this", "that", "them", "their", "it", "its", "we", "more", "not"),
        *("and", "or", "so", "then", "when", "as", "at", "by", "for", "from", "in", "into", "of"),
        *("on", "to", "with", "be", "is", "can", "do", "has", "have", "use"),
    )
)


@dataclass(frozen=True, slots=True)
class Twin:
    """An existing improvement that a new title resembles."""

    item: Improvement
    score: float
    """0 to 100."""
    shared: tuple[str, ...]
    """The words that both have, for showing why."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A text that a new title resembles."""

    id: str
    text: str
    score: float
    """0 to 100."""
    shared: tuple[str, ...]
    """The words that both have, for showing why."""


class TextIndex:
    """The telling words of texts by id (decisions, theme names); see `TitleIndex`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._rows = [(name, text, _telling_words(text)) for name, text in texts.items()]

    def alike(
        self, title: str, limit: int = 3, threshold: float = THRESHOLD
    ) -> tuple[Likeness, ...]:
        """Return the texts that nearly say the same as a title, most alike first."""
        wanted = _telling_words(title)
        words = frozenset(wanted)
        needed = min(2, len(words))
        if not needed:
            return ()
        near = []
        for name, text, theirs in self._rows:
            if len(words.intersection(theirs)) < needed:
                continue
            score = _score(theirs, wanted)
            if score >= threshold:
                shared = tuple(sorted(words.intersection(theirs)))
                near.append(Likeness(name, text, score, shared))
        return tuple(sorted(near, key=lambda one: (-one.score, one.id))[:limit])


class TitleIndex:
    """The telling words of a backlog's titles, so that each key press asks only the comparison."""

    def __init__(
        self, items: Iterable[Improvement], known: dict[str, tuple[str, ...]] | None = None
    ) -> None:
        """Find the words of titles.

        Args:
            items: The improvements that a title may resemble.
            known: Telling words by title, which grows with each index: one that is made anew
                after a change then reads the new titles only.
        """
        words = {} if known is None else known
        self._rows: list[tuple[Improvement, tuple[str, ...]]] = []
        for item in items:
            theirs = words.get(item.title)
            if theirs is None:
                theirs = words[item.title] = _telling_words(item.title)
            self._rows.append((item, theirs))

    def twins(
        self, title: str, limit: int = 3, threshold: float = THRESHOLD, *, but: str = ""
    ) -> tuple[Twin, ...]:
        """Return what is already there under nearly this title, most alike first.

        A title resembles another by its set of words, whatever their order; at least two shared
        words that carry meaning are asked for, or the one that a title has. `but` is the id of the
        improvement whose title it is: it is no twin of itself.
        """
        wanted = _telling_words(title)
        words = frozenset(wanted)
        needed = min(2, len(words))
        if not needed:
            return ()
        near = [
            Twin(item, score, tuple(sorted(words.intersection(theirs))))
            for item, theirs in self._rows
            if len(words.intersection(theirs)) >= needed
            and item.id != but
            and (score := _score(theirs, wanted)) >= threshold
        ]
        return tuple(sorted(near, key=lambda twin: (-twin.score, twin.item.id))[:limit])


def _score(theirs: tuple[str, ...], ours: tuple[str, ...]) -> float:
    """Return how alike two texts are: as sets of words, less where one says much more."""
    from rapidfuzz import fuzz  # most titles have no candidate to compare

    mine, other = " ".join(ours), " ".join(theirs)
    few, many = sorted((len(set(ours)), len(set(theirs))))
    as_sets = fuzz.token_set_ratio(mine, other) * (0.5 + 0.5 * few / many)
    return round(max(fuzz.token_sort_ratio(mine, other), as_sets), 1)


def find_twins(
    title: str, items: Iterable[Improvement], limit: int = 3, threshold: float = THRESHOLD
) -> tuple[Twin, ...]:
    """Return the improvements that a title nearly repeats; see `TitleIndex.twins`."""
    return TitleIndex(items).twins(title, limit, threshold)


def may_resemble(title: str, titles: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the titles that can be twins at all: a few of very many, and quickly.

    A telling word is its own beginning, so a title without it as a substring cannot share it.
    """
    words = frozenset(_telling_words(title))
    needed = min(2, len(words))
    if not needed:
        return ()
    found: list[str] = []
    for name, other in titles.items():
        text = fold(other)
        if sum(word in text for word in words) >= needed:
            shared = words.intersection(_telling_words(other))
            found += (name,) if len(shared) >= needed else ()
    return tuple(found)


def _telling_words(title: str) -> tuple[str, ...]:
    words = _WORD.findall(fold(title))
    telling = tuple(_stem(word) for word in words if word not in _STOP_WORDS)
    return telling or tuple(words)


@lru_cache(maxsize=1 << 14)
def _stem(word: str) -> str:
    """Cut the endings that make one English word look like two; crude, and the same for both."""
    for ending in ("ing", "ies", "ed", "es", "s"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word
