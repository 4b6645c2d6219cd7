"""Finds tokens by the shape their vendors gave them; the shapes are in `redact_formats`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from hansei_sessions.redact_formats import FORMATS
from hansei_sessions.redact_shapes import DOTTED, HASHES, INFIXES, URLS
from hansei_sessions.redact_spans import Span, View, any_of, starts_word

_RUN: Final = 16
"""The shortest run of letters, digits, `_` and `-` that every known token holds."""
_BEFORE: Final = 24
"""How far before its first long run a token may start (`amzn1.oa2-cs.v1.`)."""
_BLOB: Final = 1_500
"""A run of base64 at least this long is a picture or a file; tokens stand at its start only."""
_REST = re.compile(r"[A-Za-z0-9_-]{0,512}")

_TOKEN_CLASS: Final = bytes(
    0x61 if (chr(code).isalnum() and code < 128) or code in b"_-" else 0x20 for code in range(256)
)
_BLOB_CLASS: Final = bytes(
    0x61 if (chr(code).isalnum() and code < 128) or code in b"_-+/=" else 0x20
    for code in range(256)
)


def runs(view: View) -> list[tuple[int, int]]:
    """Return the runs of token characters long enough to belong to a token: start and end."""
    classes = view.raw.translate(_TOKEN_CLASS)
    needle = b"a" * _RUN
    at = classes.find(needle)
    if at < 0:
        return []
    blobs = _blobs(view)
    found: list[tuple[int, int]] = []
    while at >= 0:
        start = at
        end = classes.find(b" ", start)
        end = len(classes) if end < 0 else end
        while blobs and blobs[-1][1] <= start:
            blobs.pop()
        if blobs and blobs[-1][0] <= start < blobs[-1][1]:
            if start - blobs[-1][0] < 64:
                found.append((start, min(end, start + 512)))
            at = classes.find(needle, max(end, blobs[-1][1]))
            continue
        found.append((start, end))
        at = classes.find(needle, end)
    return found


def _blobs(view: View) -> list[tuple[int, int]]:
    """Return the long runs of base64, the last one first."""
    classes = view.raw.translate(_BLOB_CLASS)
    needle = b"a" * _BLOB
    found: list[tuple[int, int]] = []
    at = classes.find(needle)
    while at >= 0:
        end = classes.find(b" ", at)
        end = len(classes) if end < 0 else end
        found.append((at, end))
        at = classes.find(needle, end)
    found.reverse()
    return found


def find(view: View, found_runs: list[tuple[int, int]]) -> list[Span]:
    """Return the tokens whose start is their vendor's."""
    if not found_runs:
        return []
    spans: list[Span] = []
    starts = _starts()
    text = view.text
    done = 0
    for start, end in found_runs:
        at = max(done, start - _BEFORE)
        while at < end and (match := starts.search(text, at, end)):
            at = match.start() + 1
            if span := _token(text, match):
                spans.append(span)
                at = done = span[1]
        if text[end : end + 1] == ".":
            spans += _in_parts(text, start, end)
    return spans


def _token(text: str, match: re.Match[str]) -> Span | None:
    """Return the token that begins with a literal start, with all of its last word."""
    start = match.start()
    if not starts_word(text, start):
        return None
    for kind, body in _bodies(match[0]):
        if whole := body.match(text, start, start + 2_048):
            rest = _REST.match(text, whole.end())
            end = rest.end() if rest else whole.end()
            return None if _is_sham(text[start:end], match[0]) else (start, end, kind)
    return None


def _in_parts(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a token that only its parts and dots give away; its first part ends at `end`."""
    for kind, shape in _dotted():
        whole = shape.search(text, max(start, end - 28), end + 60)
        if whole and whole.start() < end and starts_word(text, whole.start()):
            yield whole.start(), whole.end(), kind


_SHAM = re.compile(r"(?i)[x*.…_-]+$|your|placeholder|redacted|<|\$|.{0,12}xxxxx|\.\.\.")


def _is_sham(token: str, start: str) -> bool:
    """Tell whether a token only shows the shape: `ghp_xxxxxxxx`, `sk-your-key-goes-in-here`."""
    return _SHAM.match(token, len(start)) is not None


LITERALS: Final = tuple(
    text.lower().encode()
    for text in (
        *(row[1] for row in INFIXES),
        *(row[1] for row in URLS),
        *(row[0] for row in HASHES),
    )
)
"""What a text must hold, in lower case, for `find_around` to find anything."""


def find_around(view: View) -> Iterator[Span]:
    """Yield the tokens known by a literal inside them, secret addresses and stored passwords."""
    return _around(view) if _literal().search(view.lower) else iter(())


def _around(view: View) -> Iterator[Span]:
    text, lower, raw = view.text, view.lower, view.raw
    for kind, literal, shape, before in [row for row in _infixes() if row[1] in lower]:
        for at in view.find_all(literal):
            whole = shape.search(text, max(0, at - before), at + 200)
            if whole and whole.start() <= at and starts_word(text, whole.start()):
                yield whole.start(), whole.end(), kind
    for kind, host, shape in [row for row in _urls() if row[1] in lower]:
        for at in view.find_all(host):
            if whole := shape.search(text, max(0, at - 120), at + 400):
                yield whole.start("s"), whole.end("s"), kind
    for literal, shape in [row for row in _hashes() if row[0] in raw]:
        for at in view.find_all(literal, exact=True):
            if whole := shape.match(text, at + len(literal)):
                yield at, whole.end(), "password-hash"


@cache
def _literal() -> re.Pattern[bytes]:
    return re.compile(any_of(one.decode() for one in LITERALS).encode())


@cache
def _infixes() -> list[tuple[str, bytes, re.Pattern[str], int]]:
    return [(kind, text.encode(), re.compile(shape), n) for kind, text, shape, n in INFIXES]


@cache
def _urls() -> list[tuple[str, bytes, re.Pattern[str]]]:
    return [(kind, host.encode(), re.compile(shape)) for kind, host, shape in URLS]


@cache
def _hashes() -> list[tuple[bytes, re.Pattern[str]]]:
    return [(start.encode(), re.compile(shape)) for start, shape in HASHES]


@cache
def _dotted() -> list[tuple[str, re.Pattern[str]]]:
    return [(kind, re.compile(shape)) for kind, shape in DOTTED]


@cache
def _bodies(start: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the shapes that begin with `start` or with a part of it, the longest start first."""
    rows = sorted(
        (row for row in FORMATS if start.startswith(row[1])), key=lambda row: -len(row[1])
    )
    return tuple((kind, re.compile(re.escape(literal) + body)) for kind, literal, body in rows)


@cache
def _starts() -> re.Pattern[str]:
    """Return one pattern for all literal starts."""
    return re.compile(any_of(literal for _, literal, _ in FORMATS))
