"""The fast ways: counting by numbers, and comparing only what may meet."""

from __future__ import annotations

import gc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from tests.core.themes.theme_texts import document, learn, three_problems

from hansei_core.themes import clustering, middles, nearness, threshold
from hansei_core.themes.background import background, blended_idf
from hansei_core.themes.corpus import corpus
from hansei_core.themes.counting import counted
from hansei_core.themes.masking import mask, signature
from hansei_core.themes.model import TERMS_KEPT, Family
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
        assert vocabulary.columns([term, "absent"]).tolist() == [mine, -1]
        assert table[:, mine].tolist() == expected[:, column].tolist()


def test_terms_that_no_text_has_have_no_column() -> None:
    """A theme's term would weigh on another one."""
    _, vocabulary = counted(["lock file", "file failed"])
    assert vocabulary.column("lock fail") is None
    assert vocabulary.column("absent") is None
    assert vocabulary.column("lock absent") is None
    assert vocabulary.column("absent lock") is None
    assert vocabulary.column("file lock") is None
    assert vocabulary.columns(["lock fail", "absent", "file lock", "no lock"]).tolist() == [-1] * 4
    assert vocabulary.columns([]).tolist() == []
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


@given(st.integers(0, 10_000), st.sampled_from((0.1, 0.3, 0.6)))
@settings(max_examples=40, deadline=None)
def test_groups_that_stayed_need_no_second_look(seed: int, limit: float) -> None:
    """What is remembered of the last look would send rows elsewhere than a fresh look does."""
    rng = np.random.default_rng(seed)
    rows = _unit(rng, 90, 0)
    labels = rng.integers(0, 20, rows.shape[0])
    last: clustering.Placed | None = None
    for _ in range(4):
        fresh, _placed = clustering.reassign(rows, labels, limit)
        again, last = clustering.reassign(rows, labels, limit, last)
        assert again.tolist() == fresh.tolist()
        labels = clustering.merge(rows, again, limit)


def test_a_leader_leads_what_no_earlier_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large collection alike texts would be apart, or strangers together."""
    monkeypatch.setattr(clustering, "BLOCK", 40)
    monkeypatch.setattr(clustering, "FRESH_BLOCK", 8)
    rows, limit = _unit(np.random.default_rng(3), 150, 0), 0.5
    labels = clustering.leaders(rows, limit)
    assert set(labels.tolist()) == set(range(int(labels.max()) + 1))
    first = [labels.tolist().index(label) for label in range(int(labels.max()) + 1)]
    leading = (rows @ rows[first].T).toarray()
    for row, label in enumerate(labels.tolist()):
        if row in first:
            assert all(leading[row, :label] < limit)
        else:
            assert leading[row, label] >= limit


def test_middles_of_many_groups_are_those_of_each_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A theme's words and its most typical text would depend on what was learned beside it."""
    texts = [f"{a} {b} {c}" for a in WORDS for b in WORDS[:4] for c in ("alpha", "beta")]
    by_text = {text: [document(n, text)] * (1 + n % 3) for n, text in enumerate(texts)}
    whole = corpus(by_text, Family.COMMAND)
    rows = list(range(len(whole.signatures)))
    groups = [rows[:1], rows[1:9], rows[9:40], rows[40:]]
    alone = [middles.middle(whole, group) for group in groups]
    monkeypatch.setattr(middles, "TOGETHER", 100)
    assert list(middles.middles(whole, groups)) == alone
    table, vocabulary = whole.matrix.rows.toarray(), whole.matrix.vocabulary
    for group, found in zip(groups, alone, strict=True):
        mean = table[group].sum(axis=0)
        mean /= np.linalg.norm(mean)
        expected = {vocabulary[i]: mean[i] for i in np.flatnonzero(mean).tolist()}
        weights = {term.text: term.weight for term in found.terms}
        assert weights == pytest.approx({term: expected[term] for term in weights}, abs=1e-4)
        assert len(weights) == min(len(expected), TERMS_KEPT)
        assert (
            min(weights.values())
            >= max(
                [weight for term, weight in expected.items() if term not in weights], default=0.0
            )
            - 1e-4
        )
        counts = np.array([len(whole.documents[row]) for row in group])
        scores = table[group] @ (counts @ table[group]) / counts.sum()
        assert sorted(found.order) == sorted(group)
        ordered = [scores[group.index(row)] for row in found.order]
        assert all(a >= b - 2e-4 for a, b in pairwise(ordered))


def test_a_group_without_words_has_no_middle() -> None:
    """One text of filler would stop all themes."""
    whole = corpus({"the": [document(1, "the")], "lock": [document(2, "lock")]}, Family.COMMAND)
    assert middles.middle(whole, [whole.signatures.index("the")]).terms == ()


@pytest.mark.parametrize("was_on", [True, False])
def test_learning_leaves_the_collector_as_it_was(was_on: bool) -> None:
    """A screen that learned once would keep garbage for ever."""
    before = gc.isenabled()
    try:
        (gc.enable if was_on else gc.disable)()
        learn(three_problems())
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()


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
