"""How often each term occurs in each text, as one sparse matrix, for many texts at once.

The same terms as `tokens.sequence` gives, counted by scipy: pairs of words are never built as
strings, of which a large collection would have millions.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from hansei_core.themes.tokens import words


class Vocabulary(Sequence[str]):
    """The terms by column: all single words in the order of the alphabet, then the pairs."""

    def __init__(self, singles: Sequence[str], pairs: Any) -> None:
        """Keep the words and the pairs.

        Args:
            singles: In the order of the alphabet.
            pairs: Ascending int64, a pair's first word times the number of words plus its second.
        """
        self.singles = tuple(singles)
        self._pairs = pairs

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.singles) + len(self._pairs)

    @overload
    def __getitem__(self, column: int) -> str: ...

    @overload
    def __getitem__(self, column: slice) -> tuple[str, ...]: ...

    def __getitem__(self, column: int | slice) -> str | tuple[str, ...]:
        """Return the term of a column."""
        if isinstance(column, slice):
            return tuple(self[i] for i in range(*column.indices(len(self))))
        if not -len(self) <= column < len(self):
            raise IndexError(column)
        pair = column % len(self) - len(self.singles)
        if pair < 0:
            return self.singles[column % len(self)]
        first, second = divmod(int(self._pairs[pair]), len(self.singles))
        return f"{self.singles[first]} {self.singles[second]}"

    def __iter__(self) -> Iterator[str]:
        """Yield the terms by column."""
        yield from self.singles
        for pair in self._pairs.tolist():
            first, second = divmod(pair, len(self.singles))
            yield f"{self.singles[first]} {self.singles[second]}"

    def column(self, term: str) -> int | None:
        """Return the column of a term, or None where no text has it."""
        first, space, second = term.partition(" ")
        a = self._single(first)
        if a is None or not space:
            return a
        b = self._single(second)
        if b is None:
            return None
        key = a * len(self.singles) + b
        place = int(self._pairs.searchsorted(key))
        if place == len(self._pairs) or self._pairs[place] != key:
            return None
        return len(self.singles) + place

    def columns(self, terms: Iterable[str]) -> Any:
        """Return the column of each term as int64, -1 where no text has it."""
        import numpy as np

        number = {word: at for at, word in enumerate(self.singles)}
        singles, keys = array("q"), array("q")
        for term in terms:
            first, space, second = term.partition(" ")
            a, b = number.get(first, -1), number.get(second, -1) if space else -1
            singles.append(-1 if space else a)
            keys.append(a * len(number) + b if a >= 0 and b >= 0 else -1)
        found = np.frombuffer(singles, dtype=np.int64).copy() if singles else np.zeros(0, np.int64)
        if not len(self._pairs) or not singles:
            return found
        wanted = np.frombuffer(keys, dtype=np.int64)
        place = np.minimum(self._pairs.searchsorted(wanted), len(self._pairs) - 1)
        is_pair = (wanted >= 0) & (self._pairs[place] == wanted)
        found[is_pair] = len(self.singles) + place[is_pair]
        return found

    def _single(self, word: str) -> int | None:
        place = bisect_left(self.singles, word)
        return place if place < len(self.singles) and self.singles[place] == word else None


def counted(texts: Sequence[str]) -> tuple[Any, Vocabulary]:
    """Return the term counts of masked texts and what the columns stand for.

    Returns:
        A scipy CSR matrix of float32, one row a text, columns sorted within it; and its terms.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    flat, ends, singles = _numbered(texts)
    words_of = np.diff(ends)
    row = np.repeat(np.arange(len(texts), dtype=np.int32), words_of)
    inside = np.ones(max(0, flat.size - 1), dtype=bool)
    inside[ends[1:-1][(ends[1:-1] > 0) & (ends[1:-1] < flat.size)] - 1] = False
    width = max(1, len(singles))
    keys = flat[:-1][inside].astype(np.int64) * width + flat[1:][inside]
    pairs, place = np.unique(keys, return_inverse=True)
    columns = np.concatenate((flat, (place + len(singles)).astype(np.int32)))
    rows = np.concatenate((row, row[:-1][inside]))
    matrix = csr_matrix(
        (np.ones(columns.size, dtype=np.float32), (rows, columns)),
        shape=(len(texts), max(1, len(singles) + pairs.size)),
    )
    matrix.sum_duplicates()
    return matrix, Vocabulary(singles, pairs)


def _numbered(texts: Sequence[str]) -> tuple[Any, Any, list[str]]:
    """Return all texts' words as numbers, where each text ends, and the words by number."""
    import numpy as np

    number: dict[str, int] = {}
    flat, ends = array("i"), array("q", [0])
    for text in texts:
        flat.extend([number.setdefault(word, len(number)) for word in words(text)])
        ends.append(len(flat))
    singles = sorted(number)
    rank = np.empty(len(singles), dtype=np.int32)
    rank[[number[word] for word in singles]] = np.arange(len(singles), dtype=np.int32)
    found = np.frombuffer(flat, dtype=np.int32) if flat else np.zeros(0, dtype=np.int32)
    return rank[found], np.frombuffer(ends, dtype=np.int64), singles
