"""Secrets leave no log: they are found in decoded text and replaced before it is kept.

`redact` runs before anything cuts an excerpt, because a cut through a secret leaves a head that
no rule recognises. Two kinds of rules find secrets, never entropy alone: the shape that a vendor
gives its tokens (`redact_formats`), and the place a value stands in (`redact_context`: behind
`password=`, in a header, in an address, in a key block). They are loaded for the first text
(`redact_find`): who only looks at what was redacted long ago needs none.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hansei_sessions import redact_key

if TYPE_CHECKING:
    from hansei_sessions.redact_find import Found

SHORTEST: Final = 6
"""Characters that a secret has at least, with what tells that it is one."""
SHORT: Final = 256
"""Characters of a text that may be remembered with what became of it."""


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
    return _finder()(text) if len(text) >= SHORTEST else []


@cache
def _finder() -> Callable[[str], list[Found]]:
    from hansei_sessions.redact_find import find  # its many patterns take 20 ms to compile

    return find
