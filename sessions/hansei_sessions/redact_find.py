"""Finding secrets in a text: every rule is tried where a literal says that it may apply.

Time is bounded without a clock, so that the same text always gives the same result: literal
starts are found first, every rule is tried only there and reads a bounded window, and the tries
are counted. Where a block of text asks for more tries than any honest text does, the whole block
is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from hansei_sessions import redact_context, redact_tokens
from hansei_sessions.redact_spans import BLOCK, Span, View, anywhere

_FREE_TRIES: Final = 18_000
"""Tries that any text may ask for; about a tenth of a second."""
_TRIES_A_BLOCK: Final = 3_000
"""What each block of 64 kB adds: several times what source text and logs need."""


@dataclass(frozen=True, slots=True)
class Found:
    """One secret in a text: `text[start:end]`."""

    kind: str
    """The vendor (`github`) or the place (`password`, `url`, `header`, `private-key`)."""
    start: int
    end: int


def find(text: str) -> list[Found]:
    """Return the secrets in `text` in order, none overlapping another."""
    view = View(text)
    suspect = _any_literal().search(view.lower) is not None
    starts = redact_context.hits(view) if suspect else []
    runs = redact_tokens.runs(view)
    if not (suspect or runs):
        return []
    spans: list[Span] = []
    if len(starts) + len(runs) > _FREE_TRIES:
        starts, runs, spans = _within_budget(view, starts, runs)
    if suspect:
        spans += redact_tokens.find_around(view)
    spans += redact_tokens.find(view, runs)
    spans += redact_context.find(view, starts)
    spans += redact_context.near_vendor(view, runs)
    if not spans:
        return []
    if "[redacted:" in text:
        spans = _unlabelled(text, spans)
    return [Found(kind, start, end) for start, end, kind in _merged(spans)]


@cache
def _any_literal() -> re.Pattern[bytes]:
    """Return a pattern for all literals at once: most texts hold none, and one look tells so."""
    return anywhere((*redact_context.LITERALS, *redact_tokens.LITERALS))


_LABEL = re.compile(r"\[redacted:[a-z0-9._-]{1,40}(?::[0-9a-f]{4})?\]")


def _unlabelled(text: str, spans: list[Span]) -> list[Span]:
    """Leave out the spans that hold nothing but what was already redacted."""
    covered = bytearray(len(text))
    for label in _LABEL.finditer(text):
        covered[label.start() : label.end()] = b"\1" * (label.end() - label.start())
    return [span for span in spans if covered.count(0, span[0], span[1]) > 3]


def _within_budget(
    view: View, starts: list[tuple[int, int]], runs: list[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[Span]]:
    """Give up the blocks whose tries exceed what is allowed so far; return what is left to try."""
    blocks = len(view.text) // BLOCK + 1
    wanted = [0] * blocks
    for start, _ in starts:
        wanted[start // BLOCK] += 1
    for start, _ in runs:
        wanted[start // BLOCK] += 1
    allowed = _FREE_TRIES
    given_up = set[int]()
    for block, tries in enumerate(wanted):
        allowed += _TRIES_A_BLOCK
        if tries > allowed:
            given_up.add(block)
        else:
            allowed -= tries
    spans = [
        (block * BLOCK, min((block + 1) * BLOCK, len(view.text)), "unreadable")
        for block in sorted(given_up)
    ]
    return (
        [hit for hit in starts if hit[0] // BLOCK not in given_up],
        [run for run in runs if run[0] // BLOCK not in given_up],
        spans,
    )


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order; where two overlap, one with the first one's kind."""
    merged: list[Span] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            first, last, name = merged[-1]
            merged[-1] = (first, max(last, end), name)
        else:
            merged.append((start, end, kind))
    return merged
