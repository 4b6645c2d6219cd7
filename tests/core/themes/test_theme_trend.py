"""Counts, probabilities and verdicts against values known from elsewhere."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_core.themes.bands import Normality, band
from hansei_core.themes.model import Direction
from hansei_core.themes.statistics import (
    benjamini_hochberg,
    beta_cdf,
    beta_quantile,
    hypergeometric,
    mid_p_lower,
    probability_lower,
    rate_ratio_interval,
)
from hansei_core.themes.trend import Counts, sessions_until_gone, verdicts


def test_the_beta_function_agrees_with_scipy() -> None:
    """Every probability on screen rests on it."""
    from scipy.special import betainc, betaincinv

    for a in (0.5, 1.0, 3.5, 40.5):
        for b in (0.5, 2.0, 17.5):
            for x in (0.01, 0.3, 0.5, 0.77, 0.999):
                assert beta_cdf(x, a, b) == pytest.approx(float(betainc(a, b, x)), abs=1e-10)
                assert beta_quantile(x, a, b) == pytest.approx(float(betaincinv(a, b, x)), abs=1e-8)


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20), st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_mid_p_of_both_sides_is_one(a: int, n1: int, b: int, n2: int) -> None:
    """A fall and a rise would not exclude each other."""
    a, b = min(a, n1), min(b, n2)
    total = math.fsum(hypergeometric(x, n1 + n2, a + b, n2) for x in range(a + b + 1))
    assert total == pytest.approx(1.0)
    assert mid_p_lower(b, n2, a, n1) + mid_p_lower(a, n1, b, n2) == pytest.approx(1.0)


def test_probability_and_interval_point_the_same_way() -> None:
    """A screen would say "likely lower" beside an interval that says higher."""
    assert probability_lower(2, 30, 12, 30) > 0.99
    low, high = rate_ratio_interval(2, 30, 12, 30)
    assert 0.0 < low < 2 / 12 < high < 1.0
    assert rate_ratio_interval(3, 10, 0, 10)[1] == math.inf
    assert probability_lower(5, 20, 5, 20) == pytest.approx(0.5)


def test_false_discoveries_are_held_down() -> None:
    """Over forty themes something would always seem to have changed."""
    assert benjamini_hochberg([0.01, 0.04, 0.2, 0.9], 0.10) == (True, True, False, False)
    assert benjamini_hochberg([0.05] + [0.9] * 39, 0.10) == (False,) * 40
    assert benjamini_hochberg([], 0.10) == ()


@pytest.mark.parametrize(
    ("counts", "direction", "words"),
    [
        (Counts(20, 40, 4, 40), Direction.FELL, "likely lower"),
        (Counts(4, 40, 20, 40), Direction.ROSE, "likely higher"),
        (Counts(20, 40, 0, 40), Direction.GONE, "gone"),
        (Counts(6, 40, 5, 40), Direction.NO_CLEAR_CHANGE, "no clear change"),
        (Counts(3, 10, 1, 10, weeks=3), Direction.NOT_ENOUGH_DATA, "not enough data"),
        (Counts(0, 0, 1, 10), Direction.NOT_ENOUGH_DATA, "not enough data"),
        (Counts(1, 2, 1, 40), Direction.NOT_ENOUGH_DATA, "not enough data"),
    ],
)
def test_verdicts(counts: Counts, direction: Direction, words: str) -> None:
    """A theme's trend would be told wrongly."""
    (verdict,) = verdicts([counts])
    assert verdict.direction is direction
    assert words in verdict.wording
    assert "100 %" not in verdict.wording


def test_a_single_change_among_many_noisy_themes_must_be_clear() -> None:
    """With no control over all themes, chance alone would announce falls."""
    doubtful = Counts(9, 40, 3, 40)
    assert verdicts([doubtful])[0].direction is Direction.FELL
    among = verdicts([doubtful, *[Counts(6, 40, 6, 40)] * 30])
    assert among[0].direction is Direction.NO_CLEAR_CHANGE


def test_gone_needs_enough_sessions() -> None:
    """Two quiet sessions would count as a cure."""
    assert [sessions_until_gone(p) for p in (1.0, 0.5, 0.2, 0.05)] == [1, 5, 14, 59]


def test_an_outlier_is_flagged_and_noise_is_not() -> None:
    """Every week would be an alarm, or none."""
    usual = band([10, 12, 9, 11, 13, 10, 8, 12, 11, 10, 9, 12])
    judged = [usual.judge(value) for value in (36, 11, 0)]
    assert judged == [Normality.HIGH, Normality.NORMAL, Normality.LOW]
    assert usual.judge(usual.high) is usual.judge(usual.low) is Normality.NORMAL
    assert band([3.0] * 20).judge(4.0) is Normality.NORMAL
    assert band([3.0] * 20).judge(12.0) is Normality.HIGH
    assert band([1.0, 2.0]).judge(9.0) is Normality.UNKNOWN
    assert band([]).judge(1.0) is Normality.UNKNOWN


def test_a_flat_baseline_has_a_spread_all_the_same() -> None:
    """Where most weeks are alike, the first other one would divide by nothing or be no news."""
    assert band([0.0] * 8 + [10.0] * 4).spread == pytest.approx(1.2533 * 40 / 12)
    assert band([100.0] * 12).spread == 10.0
    assert band([0.0] * 12).spread == 1.0
    assert band([0.0] * 12).z(2.0) == 2.0
    assert band([]).z(2.0) == 0.0


def test_pure_noise_stays_within_normal_variation() -> None:
    """More than one week in twenty would be called odd for nothing."""
    from statistics import NormalDist

    spread = [NormalDist(50, 8).inv_cdf((i + 0.5) / 400) for i in range(400)]
    noise = [spread[(i * 157) % 400] for i in range(400)]
    judged = [band(noise[i : i + 13]).judge(noise[i + 13]) for i in range(380)]
    assert sum(each is Normality.NORMAL for each in judged) >= 0.95 * len(judged)


def exact_mid_p(after: int, after_n: int, before: int, before_n: int) -> float:
    """Return the mid-P value in exact fractions."""
    population, hits = after_n + before_n, after + before

    def chance(x: int) -> Fraction:
        ways = math.comb(hits, x) * math.comb(population - hits, after_n - x)
        return Fraction(ways, math.comb(population, after_n))

    least = max(0, hits - before_n)
    below = sum((chance(x) for x in range(least, after)), Fraction(0))
    return float(below + chance(after) / 2)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
@settings(max_examples=150, deadline=None)
def test_mid_p_is_the_exact_sum(before_n: int, after_n: int, data: st.DataObject) -> None:
    """A quick sum that is wrong would call changes clear that are not."""
    before = data.draw(st.integers(0, before_n))
    after = data.draw(st.integers(0, after_n))
    expected = exact_mid_p(after, after_n, before, before_n)
    assert mid_p_lower(after, after_n, before, before_n) == pytest.approx(expected, abs=1e-11)


def test_mid_p_of_many_sessions_stays_a_probability() -> None:
    """Thousands of sessions would overflow, or end in a certainty that is none."""
    assert mid_p_lower(3000, 9000, 3000, 9000) == pytest.approx(0.5)
    assert mid_p_lower(10, 90_000, 80_000, 90_000) == 0.0
    assert mid_p_lower(80_000, 90_000, 10, 90_000) == 1.0
    assert 0.9 < mid_p_lower(3000, 9000, 2900, 9000) < 0.97


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (Counts(1, 2, 1, 40), "needs 1 more session before"),
        (Counts(0, 0, 1, 1), "needs 3 more sessions before and 2 more sessions since"),
        (Counts(3, 10, 1, 10, weeks=1), "needs 4 weeks of sessions, there is 1"),
        (Counts(6, 40, 6, 40), "400 more sessions would not settle it"),
        (Counts(9, 40, 5, 30), "more sessions"),
    ],
)
def test_an_open_verdict_says_what_it_lacks(counts: Counts, words: str) -> None:
    """Nobody would know what to wait for, or that waiting is no use."""
    (verdict,) = verdicts([counts])
    assert verdict.direction in {Direction.NOT_ENOUGH_DATA, Direction.NO_CLEAR_CHANGE}
    assert words in verdict.wording


def test_a_theme_of_two_hits_is_not_gone_after_a_quiet_month() -> None:
    """Every rare theme would be called a cure: of forty such, some are quiet by chance."""
    rare = Counts(2, 10, 0, 14)
    assert sessions_until_gone(0.2) == 14
    assert verdicts([rare])[0].direction is Direction.NO_CLEAR_CHANGE
    cured = Counts(8, 10, 0, 14)
    assert verdicts([cured, *[rare] * 30])[0].direction is Direction.GONE


def test_what_is_needed_counts_the_other_themes_in() -> None:
    """Beside thirty noisy themes "one more session" would be promised again and again."""
    doubtful, noise = Counts(16, 40, 6, 40), [Counts(6, 40, 6, 40)] * 30
    needed = verdicts([doubtful, *noise])[0].needs_sessions
    assert needed is not None
    assert needed > 5
    later = Counts(16, 40, 6 + round(needed * 6 / 40), 40 + needed)
    assert verdicts([later, *noise])[0].direction is Direction.FELL
    assert verdicts([Counts(9, 40, 3, 40), *noise])[0].needs_sessions is None


def test_like_counts_get_like_verdicts_in_their_places() -> None:
    """Verdicts are made once for equal counts; a place mixed up is a theme slandered."""
    rose, fell = Counts(4, 40, 20, 40), Counts(20, 40, 4, 40)
    found = [each.direction for each in verdicts([rose, fell, fell, rose])]
    assert found == [Direction.ROSE, Direction.FELL, Direction.FELL, Direction.ROSE]
