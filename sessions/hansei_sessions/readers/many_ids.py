"""Very many ids in little memory: a set of texts takes well over a hundred bytes for each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

_LEAST: Final = 1 << 17


class ManyIds:
    """Ids that were seen, by eight bytes of hash each, in one table without objects.

    Of a hundred million ids two are taken for one with a chance of one in four thousand.
    """

    def __init__(self, packed: bytes = b"") -> None:
        """Begin with none, or with what `packed` returned."""
        self._count = 0
        self._table = array("Q")
        known = array("Q")
        known.frombytes(packed[: len(packed) - len(packed) % known.itemsize])
        self._widen(len(known))
        for one in known:
            self._put(one)

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __contains__(self, text: str) -> bool:
        """Tell whether an id was added."""
        return self._table[self._place(_hash(text))] != 0

    def update(self, texts: Iterable[str]) -> None:
        """Add ids."""
        for text in texts:
            self._put(_hash(text))

    def packed(self) -> bytes:
        """Return all of them for another to begin with."""
        return array("Q", (one for one in self._table if one)).tobytes()

    def _place(self, one: int) -> int:
        """Return where a hash stands, or the free place where it belongs."""
        table, mask = self._table, len(self._table) - 1
        at = one & mask
        while (found := table[at]) and found != one:
            at = (at + 1) & mask
        return at

    def _put(self, one: int) -> None:
        at = self._place(one)
        if not self._table[at]:
            self._table[at] = one
            self._count += 1
            if self._count * 3 > len(self._table) * 2:
                self._widen(self._count)

    def _widen(self, count: int) -> None:
        """Make room for so many and half as many again."""
        known, size = self._table, _LEAST
        while size < count * 2:
            size *= 2
        self._table = array("Q", bytes(size * 8))
        for one in known:
            if one:
                self._table[self._place(one)] = one


def _hash(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1
