"""The distinct texts of one family, with their vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hansei_core.themes.background import background
from hansei_core.themes.masking import signature
from hansei_core.themes.model import Document, Family
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
