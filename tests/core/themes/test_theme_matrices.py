"""The fast ways: counting by numbers, and comparing only what may meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from hansei_core.themes import clustering, nearness, threshold
from hansei_core.themes.background import background, blended_idf
from hansei_core.themes.counting import counted
from hansei_core.themes.masking import mask, signature
from hansei_core.themes.model import Family
from hansei_core.themes.tokens import sequence, terms
from hansei_core.themes.vectors import SPOKEN, WRITTEN, fit, weigh

WORDS = ("lock", "file", "failed", "getUserName", "timed", "out", "cannot", "‹n›", "the", "错误")
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), min_size=1, max_size=9)


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_terms_are_counted_as_scikit_learn_counts_them(texts: list[str]) -> None:
    """A pair over the border of two texts, or a lost one, would make strangers alike."""
    matrix, vocabulary = counted(texts)
    table = matrix.toarray()
    try:
        model = CountVectorizer(analyzer=sequence)
        expected = model.fit_transform(texts).toarray()
    except ValueError:
        assert len(vocabulary) == 0
        assert not table.any()
        return
    assert set(vocabulary) == set(model.vocabulary_)
    for term, column in model.vocabulary_.items():
        mine = vocabulary.column(term)
        assert mine is not None
        assert vocabulary[mine] == term
        assert table[:, mine].tolist() == expected[:, column].tolist()


def test_terms_that_no_text_has_have_no_column() -> None:
    """A theme's term would weigh on another one."""
    _, vocabulary = counted(["lock file", "file failed"])
    assert vocabulary.column("lock fail") is None
    assert vocabulary.column("absent") is None
    assert vocabulary.column("file lock") is None
    assert list(vocabulary) == [vocabulary[i] for i in range(len(vocabulary))]
    assert vocabulary[:2] == (vocabulary[0], vocabulary[1])
    with pytest.raises(IndexError):
        vocabulary[len(vocabulary)]


def test_a_row_is_the_vector_of_its_text() -> None:
    """What is learned and what joins would be weighed by two rules."""
    texts = ["lock file failed failed", "yaml module not found", "", "lock lock timed out"]
    matrix = fit(texts, background(), WRITTEN)
    held = np.bincount(matrix.rows.indices, minlength=len(matrix.vocabulary))
    blend = blended_idf(len(texts), background())
    idf = {t: blend(t, int(n)) for t, n in zip(matrix.vocabulary, held, strict=True)}
    for text, row in zip(texts, matrix.rows.toarray(), strict=True):
        expected = weigh(terms(text), lambda term: idf[term], WRITTEN)
        found = {matrix.vocabulary[i]: row[i] for i in np.flatnonzero(row).tolist()}
        assert found == pytest.approx(expected, abs=1e-6)


def test_nothing_but_filler_is_an_empty_row() -> None:
    """Texts without a word would stop all themes."""
    assert fit(["the", ""], background(), SPOKEN).rows.nnz == 0


PIECES = ("at", "2026-11-21", "10:00:00", "/a/b", "x.py:3:1", "9", "0.3s", "a4f7a52", "C:\\x", "é")


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=9).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_a_signature_is_the_mask_word_by_word(text: str) -> None:
    """Masking by words, which is quick, would see other texts than masking the whole."""
    assert signature(text) == " ".join(mask(text).split())


@pytest.mark.parametrize("least", [0.0, 0.2, 0.35])
@pytest.mark.parametrize("common", [0, 3])
def test_no_nearest_centre_is_lost(
    least: float, common: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leaving frequent words for last would send texts to the wrong theme."""
    monkeypatch.setattr(nearness, "WORTH_SPLITTING", 10)
    monkeypatch.setattr(nearness, "PRODUCTS", 500)
    monkeypatch.setattr(nearness, "CHUNK", 64)
    rng = np.random.default_rng(common)
    rows, centres = (_unit(rng, count, common) for count in (150, 60))
    table = (rows @ centres.T).toarray()
    best, score = nearness.nearest(rows, centres, least)
    top = table.max(axis=1)
    for row in range(rows.shape[0]):
        if top[row] < least - 1e-5 or top[row] == 0.0:
            assert (best[row], score[row]) == (-1, 0.0)
        elif top[row] > least + 1e-5:
            assert table[row, best[row]] == pytest.approx(top[row], abs=1e-5)
            assert score[row] == pytest.approx(top[row], abs=1e-5)


def _unit(rng: np.random.Generator, count: int, common: int) -> csr_matrix:
    """Return rows of length 1: few of forty terms each, some terms in nearly all rows."""
    table = rng.random((count, 40)) * (rng.random((count, 40)) < 0.08)
    table[:, :common] = rng.random((count, common)) * 0.4
    table[0] = 0.0
    length = np.sqrt((table * table).sum(axis=1, keepdims=True))
    return csr_matrix((table / np.where(length, length, 1.0)).astype(np.float32))


def test_of_thresholds_about_as_good_the_finer_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Themes would be as coarse as the tiniest difference in the measure happens to say."""
    texts = ["lock file", "lock files", "yaml module", "yaml modules"]
    rows = fit(texts, background(), WRITTEN).rows
    by_threshold = {0.25: 0.40, 0.30: 0.39, 0.35: 0.385, 0.40: 0.37}
    tried: list[float] = []

    def cluster(_rows: object, limit: float, **_: object) -> float:
        tried.append(limit)
        return limit

    monkeypatch.setattr(clustering, "cluster", cluster)
    monkeypatch.setattr(threshold, "margin", lambda _rows, limit: by_threshold.get(limit, 0.1))
    assert threshold.calibrate(rows, Family.COMMAND) == 0.35
    assert threshold.calibrate(rows, Family.TEXT) == 0.30
    assert max(tried) == max(threshold.GRID)
