"""Secrets leave no log: they are found in decoded text and replaced before it is kept.

`redact` runs before anything cuts an excerpt, because a cut through a secret leaves a head that
no rule recognises. Two kinds of rules find secrets, never entropy alone: the shape that a vendor
gives its tokens (`redact_formats`), and the place a value stands in (`redact_context`: behind
`password=`, in a header, in an address, in a key block).

Time is bounded without a clock, so that the same text always gives the same result: literal
starts are found first, every rule is tried only there and reads a bounded window, and the tries
are counted. Where a block of text asks for more tries than any honest text does, the whole block
is replaced.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Final

from hansei_sessions import redact_context, redact_key, redact_tokens
from hansei_sessions.redact_spans import BLOCK, Span, View, anywhere

SHORT: Final = 256
"""Characters of a text that may be remembered with what became of it."""
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


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets."""

    text: str
    count: int
    kinds: tuple[str, ...]
    """The kinds that were found, sorted, each once."""


class Redactor:
    """Replaces secrets, and marks each with a fingerprint under one installation's key.

    With a key the same secret has the same four hex digits wherever it stands, so that a reader
    can tell "this token again" without being able to guess it; without a key there are none.
    """

    def __init__(self, key: bytes | Callable[[], bytes] = b"") -> None:
        self._key = key
        self.short: Callable[[str], str] = lru_cache(maxsize=4096)(self.text_of)
        """Redacts a short text; the same commands and paths come again and again."""

    @property
    def key(self) -> bytes:
        """The key; asked for when the first secret is found."""
        if not isinstance(self._key, bytes):
            self._key = self._key()
        return self._key

    def text_of(self, text: str) -> str:
        """Return `text` with each secret replaced."""
        found = find_secrets(text)
        return self._replaced(text, found) if found else text

    def redact(self, text: str) -> Redacted:
        """Return `text` with each secret replaced by `[redacted:kind:3f9a]`."""
        found = find_secrets(text)
        if not found:
            return Redacted(text, 0, ())
        kinds = tuple(sorted({one.kind for one in found}))
        return Redacted(self._replaced(text, found), len(found), kinds)

    def _replaced(self, text: str, found: list[Found]) -> str:
        parts: list[str] = []
        at = 0
        for one in found:
            parts += (text[at : one.start], self._label(one.kind, text[one.start : one.end]))
            at = one.end
        parts.append(text[at:])
        return "".join(parts)

    def _label(self, kind: str, secret: str) -> str:
        key = self.key
        if not key:
            return f"[redacted:{kind}]"
        data = secret.encode("utf-8", "surrogatepass")
        return f"[redacted:{kind}:{hmac.digest(key, data, hashlib.sha256).hex()[:4]}]"


_process: list[Redactor] = [Redactor()]
_place: list[Path | None] = [None]
"""Where the key of `_process` comes from; see `redact_key.keep_in`."""


def use_key(key: bytes) -> None:
    """Let `redact` add fingerprints under this key; an empty key ends it."""
    _process[0] = Redactor(key)
    _place[0] = redact_key.place()


def key_in_use() -> bytes:
    """Return the key of `redact`, for a process that redacts on behalf of this one."""
    return current().key


def redact(text: str) -> str:
    """Return `text` with its secrets replaced, marked under the installation's key if it has one.

    See `redact_key.keep_in`.
    """
    redactor = current()
    return redactor.short(text) if len(text) <= SHORT else redactor.text_of(text)


def current() -> Redactor:
    """Return what `redact` works with: another one as soon as another key is in use."""
    place = redact_key.place()
    if place is not _place[0]:
        _process[0], _place[0] = Redactor(partial(redact_key.read_key, place)), place
    return _process[0]


def find_secrets(text: str) -> list[Found]:
    """Return the secrets in `text` in order, none overlapping another.

    This only points them out: what a user typed is theirs and stays as typed.
    """
    if len(text) < 6:
        return []
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
