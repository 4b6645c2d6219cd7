"""The last word of a filter of evidence, completed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from textual.suggester import Suggester

from hansei_core.themes.filters import KEYS

Words: TypeAlias = Callable[[], Mapping[str, Sequence[str]]]
"""Returns what may follow a key, for keys whose values are the user's own."""


def completed(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """Return a filter with its last word completed; empty where nothing is to be completed."""
    head, blank, last = text.rpartition(" ")
    sign = "-" if last.startswith("-") else ""
    key, colon, value = last.removeprefix("-").partition(":")
    if not colon:
        found = [f"{name}:" for name in KEYS if key and name.startswith(key)]
        value = key
        key = ""
    else:
        known = KEYS.get(key)
        choices = (known.choices if known else ()) or words.get(key, ())
        found = [each for each in choices if value and each.startswith(value)]
        key = f"{key}:"
    found = [each for each in found if each != value and " " not in each]
    return f"{head}{blank}{sign}{key}{found[0]}" if found else ""


class EvidenceWords(Suggester):
    """Completes keys, their values and the user's own words."""

    def __init__(self, words: Words) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._words = words

    async def get_suggestion(self, value: str) -> str | None:
        """Return the text with its last word completed, or None."""
        return completed(value, self._words()) or None
