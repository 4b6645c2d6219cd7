"""Series, bands of metrics, exports, and joining by matrices."""

from __future__ import annotations

import csv
import io
import random
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.core.themes.theme_texts import LOCK, MISSING, NOW, document, learn, three_problems
from tests.hostile import SHORT

from hansei_core.themes.association import associations
from hansei_core.themes.bands import Normality
from hansei_core.themes.corpus import corpus, grouped
from hansei_core.themes.export import inert, safe_cell, to_csv, to_markdown
from hansei_core.themes.identity import Assigner, members, suggestions
from hansei_core.themes.joining import homes
from hansei_core.themes.metrics import MetricBand, metric_bands
from hansei_core.themes.model import Document, Family
from hansei_core.themes.series import series
from hansei_core.themes.service import report
from hansei_core.themes.titles import better_name
from hansei_sessions.model import Session

WORDS = ("lock", "file", "merge", "conflict", "yaml", "module", "named", "hook", "commit", "client")
MONDAY = date(2026, 9, 7)


def weeks(*hits: int) -> list[tuple[date, int]]:
    return [(MONDAY + timedelta(weeks=n), hit) for n, hit in enumerate(hits)]


def test_a_slope_needs_four_weeks() -> None:
    """Three weeks would be called a trend."""
    found = series(weeks(1, 2, 3), dict(weeks(5, 5, 5)))
    assert (found.slope, found.interval, found.n) == (None, None, 3)
    assert found.wording.startswith("not enough data")


def test_a_steady_rise_is_told_from_noise() -> None:
    """The slope would be wrong, or noise would be called a rise."""
    rising = series(weeks(*range(10)), dict(weeks(*[10] * 10)))
    assert rising.slope == pytest.approx(10.0)
    assert rising.wording.startswith("rising: +10.0 points a week")
    assert "n = 10 weeks" in rising.wording
    noise = series(weeks(3, 5, 2, 4, 5, 2, 4, 3), dict(weeks(*[10] * 8)))
    assert noise.interval is not None
    assert noise.interval[0] <= 0.0 <= noise.interval[1]
    assert noise.wording.startswith("no clear slope")
    assert series([], dict(weeks(*[4] * 6))).slope == 0.0


def sessions_of(frictions: list[list[int]]) -> tuple[list[Session], list[Document]]:
    """Return sessions with so many frictions each, one list a week, the newest week last."""
    made: list[Session] = []
    texts: list[Document] = []
    for age, week in enumerate(reversed(frictions)):
        for n, many in enumerate(week):
            name = f"w{age}n{n}"
            at = NOW - timedelta(days=7 * age + 1, hours=n)
            made.append(Session(name, "claude-code", "/x", "p", "/p", started_at=at))
            texts += [document(len(texts) + k, MISSING, session=name) for k in range(many)]
    return made, texts


def frictions_band(frictions: list[list[int]]) -> MetricBand:
    return metric_bands(*sessions_of(frictions), NOW)[0]


def test_a_threefold_week_stands_out() -> None:
    """A bad week would pass for noise."""
    usual = [[2, 3, 2, 3, 2], [3, 3, 2, 3, 3], [1, 2, 2, 2, 3]] * 4
    assert frictions_band([*usual, [2, 3, 3, 2, 2]]).label is Normality.NORMAL
    spike = frictions_band([*usual, [7, 8, 7, 7, 8]])
    assert (spike.label, spike.sessions) == (Normality.HIGH, 5)
    assert spike.z is not None
    assert spike.z > 3.5
    assert frictions_band(usual[:4]).label is Normality.UNKNOWN


def test_a_window_moves_the_line_between_now_and_before() -> None:
    """7, 30 and 90 days would show the same metrics."""
    weeks = [[2, 2]] * 12 + [[2, 2], [9, 9], [9, 9], [9, 9], [9, 9]]
    sessions, texts = sessions_of(weeks)
    week, month = (metric_bands(sessions, texts, NOW, days)[0] for days in (7, 28))
    assert (week.sessions, week.days, week.usual.n) == (2, 7, 12)
    assert (month.sessions, month.days, month.usual.n) == (8, 28, 12)
    assert (month.current, month.usual.centre) == (9.0, 2.0)
    assert month.weeks[-1].begins == NOW - timedelta(days=35)
    assert week.weeks[-1].begins == NOW - timedelta(days=14)


def test_noise_is_called_normal() -> None:
    """Every second week would raise an alarm."""
    rng = random.Random(4)  # noqa: S311 - a fixture, not a secret
    labels = []
    for _ in range(40):
        noise = [[min(9, int(rng.expovariate(0.5))) for _ in range(6)] for _ in range(13)]
        found = frictions_band(noise)
        labels += [found.label, *(each.label for each in found.weeks)]
    assert labels.count(Normality.NORMAL) / len(labels) >= 0.95


def test_a_planted_association_comes_first() -> None:
    """What goes together would be lost among what does not."""
    texts = [
        document(n, LOCK if n % 2 else MISSING, project="shop" if n % 2 else f"p{n % 6}")
        for n in range(24)
    ]
    found = learn(texts)
    first = associations(texts, found.members)[0]
    assert (first.dimension, first.value) == ("project", "shop")
    assert first.wording.startswith("associated with project shop: 12 of its 12 sessions")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1", "|x", "%x", "=1", " =1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    """A spreadsheet would run what a log says."""
    assert safe_cell(text).startswith("'")


def test_plain_cells_stay() -> None:
    """Numbers and words would carry a quote that nobody typed."""
    assert [safe_cell(text) for text in ("-3.5", "7", "a=b", "don't")] == [
        "-3.5", "7", "a=b", "don't",
    ]  # fmt: skip


def reports_named(name: str) -> tuple[object, str, str]:
    texts = [document(n, name) for n in range(4)]
    found = learn(texts)
    made = report(found.state, texts, now=NOW)
    return made, to_csv(made), to_markdown(made)


@pytest.mark.parametrize("text", [case.values[0] for case in SHORT])
def test_exports_are_inert(text: object) -> None:
    """A log would put a link, an image, a tag or a formula into a shared file."""
    hostile = f"{text} <img src=x> [a](javascript:x) `c` https://e.org ![i](j) lock file failed"
    _, table, page = reports_named(hostile)
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert all(len(row) == len(rows[0]) for row in rows)
    kinds = {
        child.type
        for token in MarkdownIt("gfm-like", {"linkify": False}).parse(page)
        for child in token.children or ()
    }
    assert kinds <= {"text", "softbreak", "text_special"}
    assert "<img" not in page.replace("\\<", "")
    assert not re.search(r"(?<!\\)://", page)


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_inert_text_reads_as_it_was_written(text: str) -> None:
    """Escaping would change what is read."""
    shown = MarkdownIt("commonmark").parseInline(f"x {inert(text)} x")[0]
    assert shown.children is not None
    assert {child.type for child in shown.children} <= {"text", "text_special"}


def test_joining_by_matrices_is_joining() -> None:
    """A closing session would show other themes than the list does."""
    rng = random.Random(7)  # noqa: S311 - a fixture, not a secret
    texts = three_problems()
    texts += [document(100 + n, " ".join(rng.choices(WORDS, k=5))) for n in range(120)]
    state = learn(texts).state
    assert len(state.themes) >= 3
    fresh = [document(900 + n, " ".join(rng.choices(WORDS, k=4))) for n in range(200)]
    groups = grouped(fresh)
    for family, found in groups.items():
        whole = corpus(found, family)
        fast = dict(zip(whole.signatures, homes(whole, Assigner.of(state, family)), strict=True))
        slow = members(state, fresh)
        for signature, documents in found.items():
            assert {slow.get(each.id, "") for each in documents} == {fast[signature]}


def test_suggestions_leave_no_pair_out() -> None:
    """Two themes that are one would not be offered for merging."""
    rng = random.Random(3)  # noqa: S311 - a fixture, not a secret
    texts = [document(n, " ".join(rng.choices(WORDS, k=4))) for n in range(160)]
    themes = learn(texts).state.themes
    found = {(each.keep, each.merge) for each in suggestions(themes)}
    alike = set()
    for i, a in enumerate(themes):
        for b in themes[i + 1 :]:
            right = {term.text: term.weight for term in b.terms}
            cosine = sum(term.weight * right.get(term.text, 0.0) for term in a.terms)
            if cosine >= max(0.5, 1.5 * max(a.threshold, b.threshold)):
                alike.add((a.id, b.id))
    assert found == alike


def test_a_better_name_is_offered_and_never_taken() -> None:
    """A theme that grew would keep a name that fits nothing, or change it behind one's back."""
    early = [document(n, "yarn lock file conflict") for n in range(3)]
    state = learn(early).state
    (theme,) = state.themes
    tools = ("npm", "npm", "npm", "npm", "cargo", "poetry", "bundler", "go")
    late = [
        document(50 + n, f"merge conflict in the lock file of {tool}")
        for n, tool in enumerate(tools)
    ]
    grown = learn([*early, *late], state).state.themes[0]
    assert (grown.id, grown.name) == (theme.id, theme.name)
    whole = corpus(grouped([*early, *late])[Family.COMMAND], Family.COMMAND)
    assert better_name(grown, whole, range(len(whole.signatures)), []) == grown.offered_name
    assert grown.offered_name == "merge conflict in the lock file"
    renamed = replace(grown, renamed_by_user=True)
    assert better_name(renamed, whole, range(len(whole.signatures)), []) == ""


def test_series_weeks_are_in_order() -> None:
    """The line would jump back and forth."""
    found = series(weeks(1, 0, 2, 1, 0), dict(weeks(4, 4, 0, 4, 4)))
    assert all(a[0] < b[0] for a, b in pairwise(found.weeks))
    assert found.n == 4
