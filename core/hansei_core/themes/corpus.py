"""The distinct texts of one family, and what they have in the middle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hansei_core.themes.background import background
from hansei_core.themes.masking import signature
from hansei_core.themes.model import TERMS_KEPT, Document, Family, Term
from hansei_core.themes.tokens import terms
from hansei_core.themes.vectors import Matrix, Vector, fit, shares_of, weigh

Groups: TypeAlias = dict[Family, dict[str, list[Document]]]


@dataclass(frozen=True, slots=True)
class Corpus:
    """The distinct texts of one family: documents of equal signature are one row."""

    signatures: tuple[str, ...]
    """Sorted: the order in which documents arrive never matters."""
    documents: tuple[tuple[Document, ...], ...]
    """The documents of each signature, by id."""
    matrix: Matrix

    def vector(self, text: str) -> Vector:
        """Return the vector of any text, of the terms that the corpus knows."""
        counts = terms(signature(text))
        places = {term: self.matrix.vocabulary.column(term) for term in counts}
        known = {term: n for term, n in counts.items() if places[term] is not None}
        return weigh(known, lambda term: float(self.matrix.idf[places[term]]), self.matrix.shares)


def grouped(documents: Iterable[Document]) -> Groups:
    """Return family → signature → documents, by id."""
    found: Groups = {}
    for document in sorted(documents, key=lambda each: each.id):
        texts = found.setdefault(document.family, {})
        texts.setdefault(signature(document.text), []).append(document)
    return found


def corpus(texts: Mapping[str, Sequence[Document]], family: Family) -> Corpus:
    """Return the texts of one family of `grouped` with their TF-IDF rows."""
    signatures = tuple(sorted(texts))
    return Corpus(
        signatures,
        tuple(tuple(texts[each]) for each in signatures),
        fit(signatures, background(), shares_of(family)),
    )


def centroid(matrix: Matrix, rows: Sequence[int]) -> tuple[Term, ...]:
    """Return the heaviest terms of the rows' mean, heaviest first, numbers cut to five digits."""
    import numpy as np

    part = matrix.rows[list(rows)]
    columns, place = np.unique(part.indices, return_inverse=True)
    total = np.bincount(place, weights=part.data, minlength=columns.size)
    length = float(np.sqrt(total @ total))
    if not length:
        return ()
    if total.size > TERMS_KEPT:
        kept = total >= np.partition(total, -TERMS_KEPT)[-TERMS_KEPT]
        columns, total = columns[kept], total[kept]
    names = [(matrix.vocabulary[column], column) for column in columns.tolist()]
    heaviest = sorted((-weight, *name) for weight, name in zip(total.tolist(), names, strict=True))
    return tuple(
        Term(term, round(-weight / length, 5), round(float(matrix.idf[column]), 5))
        for weight, term, column in heaviest[:TERMS_KEPT]
    )


def typical(whole: Corpus, rows: Sequence[int]) -> list[int]:
    """Return the rows by how near they are to the documents' mean, the medoid first."""
    import numpy as np

    part = whole.matrix.rows[list(rows)]
    weights = np.array([len(whole.documents[row]) for row in rows], dtype=np.float64)
    mean = np.asarray(part.T @ weights).ravel()
    scores = np.round(np.asarray(part @ mean).ravel() / weights.sum(), 4).tolist()
    order = sorted(range(len(rows)), key=lambda i: (-scores[i], rows[i]))
    return [rows[i] for i in order]
