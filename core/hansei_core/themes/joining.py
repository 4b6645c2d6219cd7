"""Joining many texts at once: the answers of `identity.Assigner`, by sparse matrices."""

from __future__ import annotations

from typing import Any

from hansei_core.themes.corpus import Corpus
from hansei_core.themes.identity import Assigner
from hansei_core.themes.nearness import near_pairs
from hansei_core.themes.vectors import by_column

TOO_CLOSE = 1e-5
"""Where two cosines, or a cosine and its threshold, are nearer than this, `Assigner` decides."""


def homes(whole: Corpus, assigner: Assigner) -> list[str]:
    """Return the theme id of each of the corpus's texts, an empty string for none.

    The same as asking `Assigner.best` for each, which is slow for many texts; rounding differs
    between the two, so every close call is left to it.
    """
    import numpy as np

    found = [""] * len(whole.signatures)
    if not assigner.owners or not found:
        return found
    limits = np.array(assigner.thresholds)
    least = float(limits.min()) - TOO_CLOSE
    rows = _weighed(whole, assigner)
    ids = [theme.id for theme in assigner.owners]
    for pairs in near_pairs(rows, _centres(whole, assigner), least, 2 * TOO_CLOSE):
        order = np.lexsort((pairs.centres, -pairs.scores, pairs.rows))
        owners, firsts = np.unique(pairs.rows, return_index=True)
        top = pairs.scores[order][firsts]
        best = pairs.centres[order][firsts]
        last = np.append(firsts[1:], pairs.rows.size) - 1
        second = np.where(last > firsts, pairs.scores[order][np.minimum(firsts + 1, last)], -1.0)
        limit = limits[best]
        sure = (np.abs(top - limit) > TOO_CLOSE) & (top - second > TOO_CLOSE)
        wanted = np.flatnonzero((top >= limit) | ~sure)
        for row, number, certain in zip(
            owners[wanted].tolist(),
            best[wanted].tolist(),
            sure[wanted].tolist(),
            strict=True,
        ):
            if certain:
                found[row] = ids[number]
            else:
                theme, _ = assigner.best(whole.signatures[row])
                found[row] = theme.id if theme else ""
    return found


def _weighed(whole: Corpus, assigner: Assigner) -> Any:
    """Return the texts' rows as the stored themes weigh their terms, at length 1."""
    import numpy as np
    from scipy.sparse import csr_matrix

    matrix = whole.matrix
    blend = assigner.idf.blend
    weights = blend.top - np.log(2.0 + blend.scale * matrix.usual)
    known = matrix.vocabulary.columns(assigner.idf.known)
    idf = np.fromiter(assigner.idf.known.values(), dtype=np.float64, count=known.size)
    weights[known[known >= 0]] = idf[known >= 0]
    weights *= by_column(matrix.shares, matrix.vocabulary, weights.size)
    tf = matrix.tf
    data = tf.data * weights.astype(np.float32)[tf.indices]
    filled = np.flatnonzero(np.diff(tf.indptr))
    if filled.size:
        lengths = np.sqrt(np.add.reduceat(data * data, tf.indptr[filled]))
        data /= np.repeat(lengths, np.diff(tf.indptr)[filled])
    return csr_matrix((data, tf.indices, tf.indptr), shape=tf.shape)


def _centres(whole: Corpus, assigner: Assigner) -> Any:
    """Return the stored centroids as rows; terms that no text has are left out."""
    import numpy as np
    from scipy.sparse import csr_matrix

    lengths = np.fromiter(map(len, assigner.centroids), dtype=np.int64)
    columns = whole.matrix.vocabulary.columns(
        term.text for terms in assigner.centroids for term in terms
    )
    weights = np.fromiter(
        (term.weight for terms in assigner.centroids for term in terms),
        dtype=np.float32,
        count=columns.size,
    )
    rows = np.repeat(np.arange(lengths.size), lengths)
    known = columns >= 0
    return csr_matrix(
        (weights[known], (rows[known], columns[known])),
        shape=(len(assigner.owners), whole.matrix.rows.shape[1]),
    )
