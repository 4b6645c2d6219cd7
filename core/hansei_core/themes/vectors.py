"""TF-IDF vectors: small dictionaries on the joining path, one sparse matrix for clustering."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from hansei_core.themes.background import Background, blended_idf
from hansei_core.themes.counting import Vocabulary, counted
from hansei_core.themes.libraries import load
from hansei_core.themes.model import Family
from hansei_core.themes.tokens import NEGATIONS

Vector: TypeAlias = dict[str, float]
"""Term → weight, of length 1 (or empty)."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What some terms count beside others that are as rare."""

    pairs: float
    """Pairs of neighbouring words."""
    negations: float
    """Negations by themselves."""

    def __call__(self, term: str) -> float:
        """Return what a term counts."""
        if " " in term:
            return self.pairs
        return self.negations if term in NEGATIONS else 1.0


SPOKEN = Shares(pairs=0.5, negations=1.0)
"""People word things anew."""
WRITTEN = Shares(pairs=1.5, negations=0.25)
"""Programs repeat their phrases, and share single words by chance."""


def shares_of(family: Family) -> Shares:
    """Return what terms count in a family's texts."""
    return SPOKEN if family is Family.TEXT else WRITTEN


@dataclass(frozen=True, slots=True)
class Matrix:
    """Documents as rows; `rows` is a scipy CSR matrix of float32 with rows of length 1."""

    rows: Any
    vocabulary: Vocabulary
    idf: Any
    """One weight a column, without the shares."""
    tf: Any
    """1 + ln of each term's count, before it was weighed."""
    usual: Any
    """How many of the background's texts have each column's term."""
    shares: Shares


def weigh(counts: Mapping[str, int], idf: Callable[[str], float], shares: Shares) -> Vector:
    """Return the vector of one text's term counts: (1 + ln tf) · idf · its share, at length 1.

    Salton & Buckley (1988), "Term-weighting approaches in automatic text retrieval".
    """
    weights = {
        term: (1.0 + math.log(count)) * idf(term) * shares(term) for term, count in counts.items()
    }
    length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
    if not length:
        return {}
    return {term: weight / length for term, weight in weights.items()}


def fit(texts: Sequence[str], table: Background, shares: Shares) -> Matrix:
    """Return the matrix of the given masked texts, weighed as `weigh` does their terms."""
    load()
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfTransformer

    counts, vocabulary = counted(texts)
    usual = np.zeros(counts.shape[1])
    known = vocabulary.columns(table.df)
    frequencies = np.fromiter(table.df.values(), dtype=np.float64, count=known.size)
    usual[known[known >= 0]] = frequencies[known >= 0]
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    blend = blended_idf(len(texts), table)
    idf = blend.top - np.log(1.0 + held + blend.scale * usual)
    model = TfidfTransformer(sublinear_tf=True, norm="l2").fit(counts)
    model.idf_ = idf * by_column(shares, vocabulary, counts.shape[1])
    weighed = model.transform(counts).data

    def shaped(data: Any) -> Any:
        return csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)

    tf = (1.0 + np.log(counts.data)).astype(np.float32)
    return Matrix(shaped(weighed), vocabulary, idf, shaped(tf), usual, shares)


def by_column(shares: Shares, vocabulary: Vocabulary, columns: int) -> Any:
    """Return the share of each column."""
    import numpy as np

    found = np.full(columns, shares.pairs)
    found[: len(vocabulary.singles)] = 1.0
    for word in NEGATIONS:
        column = vocabulary.column(word)
        if column is not None:
            found[column] = shares.negations
    return found
