"""What groups of texts have in the middle: the centroid, and the texts that are nearest to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hansei_core.themes.corpus import Corpus
from hansei_core.themes.counting import Vocabulary
from hansei_core.themes.model import TERMS_KEPT, Term

TOGETHER = 1 << 19
"""Weights of rows that are added up at once: they take memory."""


@dataclass(frozen=True, slots=True)
class Middle:
    """The middle of one group of texts."""

    terms: tuple[Term, ...]
    """The heaviest terms of the texts' mean, heaviest first; none where no text has a term."""
    order: tuple[int, ...]
    """The group's rows by how near they are to the documents' mean, the medoid first."""


def middle(whole: Corpus, rows: Sequence[int]) -> Middle:
    """Return the middle of one group."""
    return next(middles(whole, [rows]))


def middles(whole: Corpus, groups: Sequence[Sequence[int]]) -> Iterator[Middle]:
    """Yield the middle of each group; many are added up at once.

    Args:
        whole: The texts of one family.
        groups: Row numbers, at least one a group.
    """
    names = _Names(whole)
    for portion in _portions(whole.matrix.rows, groups):
        yield from _middles(whole, portion, names)


class _Names:
    """The terms and their weights by column, each made once."""

    def __init__(self, whole: Corpus) -> None:
        self._vocabulary: Vocabulary = whole.matrix.vocabulary
        self._idf = whole.matrix.idf
        self._known: dict[int, tuple[str, float]] = {}

    def __getitem__(self, column: int) -> tuple[str, float]:
        found = self._known.get(column)
        if found is None:
            found = (self._vocabulary[column], round(float(self._idf[column]), 5))
            self._known[column] = found
        return found


def _portions(rows: Any, groups: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    portion: list[Sequence[int]] = []
    weights = 0
    for group in groups:
        portion.append(group)
        weights += sum(int(rows.indptr[row + 1] - rows.indptr[row]) for row in group)
        if weights >= TOGETHER:
            yield portion
            portion, weights = [], 0
    if portion:
        yield portion


def _middles(whole: Corpus, groups: Sequence[Sequence[int]], names: _Names) -> Iterator[Middle]:
    import numpy as np

    chosen = np.fromiter((row for group in groups for row in group), dtype=np.int64)
    part = whole.matrix.rows[chosen]
    group_of_row = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    texts = np.fromiter((len(whole.documents[row]) for row in chosen.tolist()), dtype=np.float64)
    lengths = np.diff(part.indptr)
    row_of = np.repeat(np.arange(chosen.size), lengths)
    keys = group_of_row[row_of] * part.shape[1] + part.indices
    cells, place = np.unique(keys, return_inverse=True)
    data = part.data.astype(np.float64)
    total = np.bincount(place, weights=data, minlength=cells.size)
    spoken = np.bincount(place, weights=data * texts[row_of], minlength=cells.size)
    scores = np.bincount(row_of, weights=data * spoken[place], minlength=chosen.size)
    scores = np.round(scores / np.bincount(group_of_row, weights=texts)[group_of_row], 4)
    order = chosen[np.lexsort((chosen, -scores, group_of_row))].tolist()
    owner, columns = np.divmod(cells, part.shape[1])
    size = np.sqrt(np.bincount(owner, weights=total * total, minlength=len(groups)))
    heaviest = np.lexsort((columns, -total, owner))
    first = np.searchsorted(owner, np.arange(len(groups) + 1))
    at = 0
    for number, group in enumerate(groups):
        kept = heaviest[first[number] : first[number + 1]]
        yield Middle(
            _terms(total, columns, kept, float(size[number]), names),
            tuple(order[at : at + len(group)]),
        )
        at += len(group)


def _terms(
    total: Any, columns: Any, heaviest: Any, length: float, names: _Names
) -> tuple[Term, ...]:
    """Return the heaviest terms; equal weights stand in the order of the alphabet."""
    if not length:
        return ()
    if heaviest.size > TERMS_KEPT:
        heaviest = heaviest[total[heaviest] >= total[heaviest[TERMS_KEPT - 1]]]
    found = sorted(
        (-weight, *names[column])
        for weight, column in zip(total[heaviest].tolist(), columns[heaviest].tolist(), strict=True)
    )
    return tuple(
        Term(term, round(-weight / length, 5), idf) for weight, term, idf in found[:TERMS_KEPT]
    )
