"""Very many ids in little memory: a set of texts takes well over a hundred bytes for each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

_PLACES: Final = 1 << 16
_HEAD: Final = 2
"""Bytes of a hash that say in which place the others stand."""
_REST: Final = 6


class ManyIds:
    """Ids that were seen, by eight bytes of hash each, six of them kept.

    Of a hundred million ids two are taken for one with a chance of one in four thousand.
    """

    def __init__(self, packed: bytes = b"") -> None:
        """Begin with none, or with what `packed` returned.

        Raises:
            ValueError: It is not what `packed` returned.
        """
        self._places = [b""] * _PLACES
        self._count = 0
        if packed:
            self._unpack(packed)

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __contains__(self, text: str) -> bool:
        """Tell whether an id was added."""
        one = _hash(text)
        return _holds(self._places[int.from_bytes(one[:_HEAD], "big")], one[_HEAD:])

    def update(self, texts: Iterable[str]) -> None:
        """Add ids."""
        places = self._places
        for text in texts:
            one = _hash(text)
            at, rest = int.from_bytes(one[:_HEAD], "big"), one[_HEAD:]
            if not _holds(places[at], rest):
                places[at] += rest
                self._count += 1

    def packed(self, *before: bytes) -> bytes:
        """Return all of them for another to begin with, with other bytes before them.

        It says how many are in which place, and then which.
        """
        counts = array("I", (len(one) // _REST for one in self._places))
        return b"".join((*before, counts.tobytes(), *self._places))

    def _unpack(self, packed: bytes) -> None:
        counts, places = array("I"), self._places
        at = _PLACES * counts.itemsize
        counts.frombytes(packed[: min(at, len(packed) - len(packed) % counts.itemsize)])
        for place, count in enumerate(counts):
            if count:
                places[place] = packed[at : at + count * _REST]
                at += count * _REST
                self._count += count
        if at != len(packed):
            message = "these are no packed ids"
            raise ValueError(message)


def _holds(place: bytes, rest: bytes) -> bool:
    """Tell whether a hash is one of those in a place, and not only where two of them meet."""
    at = place.find(rest)
    while at % _REST and at >= 0:
        at = place.find(rest, at + 1)
    return at >= 0


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_HEAD + _REST).digest()
