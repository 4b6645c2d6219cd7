"""How alike is alike: a fixed cosine for few texts, one found without labels for many."""

from __future__ import annotations

from typing import Any

from hansei_core.themes.model import Family

DEFAULT = 0.24
"""For fewer than `CALIBRATE_FROM` texts in a person's words."""
DEFAULT_MACHINE = 0.30
"""For fewer than `CALIBRATE_FROM` texts that a program wrote: it repeats its wording."""
DEFAULT_SILENT = 0.60
"""For commands that failed without a word: that two of them failed makes them no one problem."""
DEFAULT_TEST = 0.90
"""For failed tests: two of one feature fail for two reasons as often as not."""
_DEFAULTS = {
    Family.TEXT: DEFAULT,
    Family.SILENT: DEFAULT_SILENT,
    Family.TEST: DEFAULT_TEST,
}
CALIBRATE_FROM = 600
GRID = (0.12, 0.16, 0.20, 0.25, 0.30, 0.35, 0.40, 0.50, 0.60)
LARGEST_SPOKEN = 0.30
"""People paraphrase: their words are never asked to be more alike than this."""
NEARLY = 0.95
"""A grouping with so much of the best one's margin separates as well."""
SAMPLE = 1500
"""Of a collection too large for average linkage, calibration looks at this many rows, evenly
spread; of any other at all of them."""


def default_for(family: Family) -> float:
    """Return the threshold of a family of few texts."""
    return _DEFAULTS.get(family, DEFAULT_MACHINE)


def calibrated(family: Family) -> bool:
    """Tell whether a family's threshold is found from its texts once they are many."""
    return family not in {Family.TEST, Family.SILENT}


def calibrate(rows: Any, family: Family) -> float:
    """Return the largest threshold whose grouping separates as well as the best, or nearly so.

    The measure is the mean margin: a row's cosine to its own group's mean (itself left out)
    minus that to the nearest other group; a row alone counts 0. Near its top the measure is flat,
    and of two groupings that separate alike the finer one does less harm: what is apart can be
    merged by the user, or meet later.
    """
    import numpy as np

    from hansei_core.themes.clustering import EXACT_LIMIT, cluster, linkage_tree

    if rows.shape[0] > EXACT_LIMIT:
        rows = rows[np.linspace(0, rows.shape[0] - 1, SAMPLE).astype(np.int64)]
    grid = [t for t in GRID if family is not Family.TEXT or t <= LARGEST_SPOKEN]
    tree = linkage_tree(rows)
    found = {t: round(margin(rows, cluster(rows, t, tree=tree)), 4) for t in grid}
    enough = NEARLY * max(found.values())
    return max(t for t in grid if found[t] >= enough)


def margin(rows: Any, labels: Any) -> float:
    """Return the mean margin of a grouping, between -1 and 1."""
    import numpy as np

    from hansei_core.themes.clustering import centroids

    means, sizes = centroids(rows, labels)
    groups = np.flatnonzero(sizes >= 2)
    if not groups.size:
        return 0.0
    place = np.full(sizes.size, -1)
    place[groups] = np.arange(groups.size)
    own = place[labels]
    cosines = (rows @ means[groups].T).tocsr()
    owner = np.repeat(np.arange(labels.size), np.diff(cosines.indptr))
    mine = cosines.indices == own[owner]
    lengths = sums(rows, labels)[labels]
    inside = np.zeros(labels.size)
    inside[owner[mine]] = cosines.data[mine]
    inside = inside * lengths - 1.0
    rest = np.sqrt(np.maximum(lengths * lengths - 2.0 * inside - 1.0, 1e-12))
    other = np.zeros(labels.size)
    filled = np.flatnonzero(np.diff(cosines.indptr))
    if filled.size:
        others = np.where(mine, 0.0, cosines.data)
        other[filled] = np.maximum.reduceat(others, cosines.indptr[filled])
    grouped = own >= 0
    return float((inside / rest - other)[grouped].sum()) / int(labels.size)


def sums(rows: Any, labels: Any) -> Any:
    """Return the length of each group's summed rows."""
    import numpy as np
    from scipy.sparse import csr_matrix

    member = csr_matrix(
        (np.ones(labels.size, dtype=rows.dtype), (labels, np.arange(labels.size))),
        shape=(int(labels.max()) + 1, labels.size),
    )
    total = member @ rows
    return np.sqrt(np.asarray(total.multiply(total).sum(axis=1)).ravel())
