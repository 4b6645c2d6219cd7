"""Grouping texts of an unknown number of themes: leaders, refinement, merging of centroids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hansei_core.themes.model import TERMS_KEPT
from hansei_core.themes.nearness import nearest

BLOCK = 8192
"""Rows that are compared at once with the leaders found so far."""
FRESH_BLOCK = 512
"""Rows that are compared with each other at once: the table is quadratic."""
COMMON = 0.5
"""In a large collection, words that more of the texts hold tell nothing apart and cost most."""
MERGE_FACTOR = 1.1
"""Groups whose centroids are this many thresholds alike are one."""
MERGE_LIMIT = 3000
"""At most this many groups, the largest, are compared each with each: the table is quadratic."""
REFINEMENTS = 2
MERGES = 3
"""Merged groups have blunter centroids, which may meet others: a few rounds settle it."""
EXACT_LIMIT = 4000
"""Up to this many rows groups start by average linkage, above by leaders: order then matters a
little, and memory does not."""
SEEDS = 2500
"""Rows of a larger collection that are grouped first, by average linkage."""


def cluster(rows: Any, threshold: float, *, tree: Any = None) -> Any:
    """Return a group number for each row, numbered by first appearance.

    Args:
        rows: scipy CSR matrix, rows of length 1 (or empty), similar ones to be grouped.
        threshold: Cosine from which a row belongs to a group, 0 to 1.
        tree: `linkage_tree` of the rows, where several thresholds are tried on them.
    """
    if tree is not None:
        labels = cut(tree, threshold)
    elif rows.shape[0] <= EXACT_LIMIT:
        labels = linked(rows, threshold)
    else:
        rows = telling(rows)
        labels = seeded(rows, threshold)
    last: Placed | None = None
    for _ in range(REFINEMENTS):
        labels, last = reassign(rows, labels, threshold, last)
    for _ in range(MERGES):
        merged = merge(rows, labels, MERGE_FACTOR * threshold)
        if merged.max(initial=0) == labels.max(initial=0):
            break
        labels, last = reassign(rows, merged, threshold, last)
    return labels


def telling(rows: Any) -> Any:
    """Return the rows without the terms that more than `COMMON` of them have."""
    import numpy as np
    from scipy.sparse import diags

    frequency = np.bincount(rows.indices, minlength=rows.shape[1])
    kept = rows @ diags((frequency <= COMMON * rows.shape[0]).astype(rows.dtype), format="csr")
    kept.eliminate_zeros()
    kept.sort_indices()
    return kept


def heaviest(rows: Any, limit: int) -> Any:
    """Return the rows with at most so many terms each, the heaviest."""
    import numpy as np

    cut_rows = rows.copy()
    for row in np.flatnonzero(np.diff(rows.indptr) > limit).tolist():
        part = cut_rows.data[rows.indptr[row] : rows.indptr[row + 1]]
        part[np.argsort(-part, kind="stable")[limit:]] = 0.0
    cut_rows.eliminate_zeros()
    return cut_rows


def seeded(rows: Any, threshold: float) -> Any:
    """Return a group number for each row of a large collection.

    An evenly spread sample is grouped with care; the other rows join its groups, and what joins
    none is grouped by leaders.
    """
    import numpy as np

    sample = np.linspace(0, rows.shape[0] - 1, SEEDS).astype(np.int64)
    found = cluster(rows[sample], threshold)
    means, sizes = centroids(rows[sample], found)
    groups = np.flatnonzero(sizes >= 2)
    best, score = nearest(rows, means[groups], threshold)
    labels = np.where(score >= threshold, best, -1)
    rest = np.flatnonzero(labels < 0)
    labels[rest] = groups.size + leaders(rows[rest], threshold)
    return renumber(labels)


def linked(rows: Any, threshold: float) -> Any:
    """Return a group number for each row: average linkage, cut where cosines fall below."""
    import numpy as np

    if rows.shape[0] < 2:
        return np.zeros(rows.shape[0], dtype=np.int64)
    return cut(linkage_tree(rows), threshold)


def linkage_tree(rows: Any) -> Any:
    """Return the tree of average linkage over cosine distances, as scipy's `linkage` does.

    Quadratic in memory; UPGMA after Sokal & Michener (1958).

    Args:
        rows: At least two.
    """
    import numpy as np
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    cosines = squareform((rows @ rows.T).toarray(), checks=False).astype(np.float64)
    return linkage(np.clip(1.0 - cosines, 0.0, 1.0), method="average")


def cut(tree: Any, threshold: float) -> Any:
    """Return a group number for each row of a tree, joined above the threshold's cosine."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster

    return fcluster(tree, np.nextafter(1.0 - threshold, 0.0), criterion="distance") - 1


def leaders(rows: Any, threshold: float) -> Any:
    """Return a group number for each row: each joins its nearest leader, or becomes one.

    One pass in row order, block by block: the rows of a block that no earlier leader is like
    find their leaders among themselves (Hartigan 1975, the leader algorithm).
    """
    import numpy as np
    from scipy.sparse import vstack

    labels = np.full(rows.shape[0], -1, dtype=np.int64)
    found: Any = None
    for start in range(0, rows.shape[0], BLOCK):
        block = rows[start : start + BLOCK]
        best, score = nearest(block, found, threshold)
        fresh = np.flatnonzero(score < threshold)
        count = 0 if found is None else found.shape[0]
        inside, first = _fresh_leaders(block[fresh], threshold)
        best[fresh] = count + inside
        labels[start : start + BLOCK] = best
        if first:
            added = block[fresh[first]]
            found = added if found is None else vstack([found, added], format="csr")
    return labels


def _fresh_leaders(rows: Any, threshold: float) -> tuple[Any, list[int]]:
    """Return what `leaders` does, and which rows lead."""
    import numpy as np

    labels = np.full(rows.shape[0], -1, dtype=np.int64)
    first: list[int] = []
    for start in range(0, rows.shape[0], FRESH_BLOCK):
        block = rows[start : start + FRESH_BLOCK]
        best, score = nearest(block, rows[first] if first else None, threshold)
        inner = (block @ block.T).toarray()
        leading: list[int] = []
        for i in range(block.shape[0]):
            if leading:
                j = int(inner[i, leading].argmax())
                if inner[i, leading[j]] > score[i]:
                    best[i], score[i] = labels[start + leading[j]], inner[i, leading[j]]
            if score[i] < threshold:
                best[i] = len(first)
                first.append(start + i)
                leading.append(i)
            labels[start + i] = best[i]
    return labels, first


def centroids(rows: Any, labels: Any) -> tuple[Any, Any]:
    """Return the normalised mean of each group's rows, and the groups' sizes."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    count = int(labels.max()) + 1 if labels.size else 0
    member = csr_matrix(
        (np.ones(labels.size, dtype=rows.dtype), (labels, np.arange(labels.size))),
        shape=(count, labels.size),
    )
    return normalize(member @ rows, norm="l2", copy=False), np.bincount(labels, minlength=count)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where each row went when it was last given to its nearest centroid."""

    groups: Any
    """The group numbers whose centroids it was compared with."""
    best: Any
    """The nearest of them, or -1."""
    score: Any
    """The cosine to that, 0 for none."""


def reassign(
    rows: Any, labels: Any, threshold: float, last: Placed | None = None
) -> tuple[Any, Placed]:
    """Give each row to its nearest centroid; a row that is like none stays alone.

    Args:
        rows: CSR matrix, rows of length 1.
        labels: The group of each row.
        threshold: Cosine from which a row belongs to a group.
        last: What an earlier call returned for these rows and this threshold: groups that are
            the same since are not looked at again.

    Returns:
        The new group of each row, and what the next call may use.
    """
    import numpy as np

    labels = renumber(labels)
    means, sizes = centroids(rows, labels)
    groups = np.flatnonzero(sizes >= 2)
    centres = means[groups]
    if rows.shape[0] > EXACT_LIMIT:
        centres = heaviest(centres, TERMS_KEPT)
    place = np.full(sizes.size, -1)
    place[groups] = np.arange(groups.size)
    if last is None:
        best, score = nearest(rows, centres, threshold)
    else:
        kept = _same_groups(last.groups, labels)
        kept = np.where(kept >= 0, place[kept], -1)
        best, score = _placed_again(rows, centres, threshold, last, kept)
    joined = score >= threshold
    moved = np.arange(labels.size) + sizes.size
    moved[joined] = groups[best[joined]]
    found = np.where(joined, moved, -1)
    return renumber(moved), Placed(labels, found, score)


def _placed_again(
    rows: Any, centres: Any, threshold: float, last: Placed, kept: Any
) -> tuple[Any, Any]:
    """Return what `nearest` does, without comparing with the centroids that stayed.

    A row whose nearest centroid stayed, or that none was like, can only have come nearer to one
    that is new.

    Args:
        rows: All rows.
        centres: The centroids of today's groups of two and more.
        threshold: Cosine below which nothing matters.
        last: Where the rows went before.
        kept: Earlier group number → the number of its centroid today, or -1.
    """
    import numpy as np

    best = np.where(last.best >= 0, kept[last.best], -1)
    score = np.where(best >= 0, last.score, 0.0)
    new = np.ones(centres.shape[0], dtype=bool)
    new[kept[kept >= 0]] = False
    new_centres = np.flatnonzero(new)
    lost = (last.best >= 0) & (best < 0)
    for chosen, numbers in (
        (np.flatnonzero(lost), np.arange(centres.shape[0])),
        (np.flatnonzero(~lost), new_centres),
    ):
        if not chosen.size or not numbers.size:
            continue
        other, there = nearest(rows[chosen], centres[numbers], threshold)
        number = np.where(other >= 0, numbers[other], -1)
        nearer = (there > score[chosen]) | (
            (there == score[chosen]) & (number >= 0) & (number < best[chosen])
        )
        best[chosen[nearer]] = number[nearer]
        score[chosen[nearer]] = there[nearer]
    return best, score


def _same_groups(before: Any, now: Any) -> Any:
    """Return for each earlier group the number of the group that has the same rows, or -1."""
    import numpy as np

    sizes, sizes_now = np.bincount(before), np.bincount(now)
    found = np.zeros(sizes.size, dtype=np.int64)
    found[before] = now
    found[before[found[before] != now]] = -1
    found[(found >= 0) & (sizes_now[found] != sizes)] = -1
    return found


def merge(rows: Any, labels: Any, threshold: float) -> Any:
    """Join groups by average linkage of their centroids' cosines until none reach the threshold.

    Single rows take no part: what is like them has taken them already.
    """
    import numpy as np

    labels = renumber(labels)
    means, sizes = centroids(rows, labels)
    chosen = np.argsort(-sizes, kind="stable")[:MERGE_LIMIT]
    chosen = np.sort(chosen[sizes[chosen] >= 2])
    if chosen.size < 2:
        return labels
    found = linked(means[chosen], threshold)
    target = np.arange(sizes.size) + chosen.size
    target[chosen] = found
    return renumber(target[labels])


def renumber(labels: Any) -> Any:
    """Return the same grouping with groups numbered by first appearance."""
    import numpy as np

    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    return rank[inverse]
