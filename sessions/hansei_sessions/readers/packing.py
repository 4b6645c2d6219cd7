"""The older part of what a very long log tells, packed: told again only where somebody asks.

A friction or a prompt takes some hundred bytes as an object, and a tenth of that packed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from hansei_sessions.readers.keeping import damaged

_LEVEL = 1
_ENCODER = msgspec.json.Encoder()

T = TypeVar("T")


class Packed(Struct, omit_defaults=True):
    """Values in their order, in pieces; part of a reader's saved state."""

    pieces: list[bytes] = field(default_factory=list)
    count: int = 0
    """Of the values in all of them."""

    def add(self, values: Sequence[Any]) -> None:
        """Pack further values; what they hold is ready to be kept."""
        self.pieces.append(zlib.compress(_ENCODER.encode(values), _LEVEL))
        self.count += len(values)

    def all(self, decoder: msgspec.json.Decoder[list[T]]) -> Iterator[T]:
        """Yield the values; no more than one piece of them is in memory at once."""
        for piece in self.pieces:
            yield from decoder.decode(zlib.decompress(piece))


def check(every: Iterable[Packed], path: str) -> None:
    """Look whether packed values came back as they were saved.

    Args:
        every: Out of a saved state.
        path: Of the log.

    Raises:
        LogFormatError: One is damaged.
    """
    try:
        for one in every:
            for piece in one.pieces:
                zlib.decompress(piece)
    except zlib.error as error:
        raise damaged(path) from error
