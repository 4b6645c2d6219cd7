"""Estimates by size, shares by bucket, tokens by improvement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hansei_core.errors import ConfigError
from hansei_core.filters import FilterContext
from hansei_core.improvement import Improvement
from hansei_core.planning.buckets import parse_buckets, time_by_bucket
from hansei_core.planning.estimates import estimates_by_size
from hansei_core.planning.spending import sessions_by_improvement, spending
from hansei_core.planning.time import TimeEntry
from hansei_core.vocabulary import Category, Stage
from hansei_sessions.model import Session, Tokens

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
CONTEXT = FilterContext(now=NOW)


def item(number: int, hours: float | None = 2.0, stage: Stage = Stage.DONE) -> Improvement:
    """Return an improvement."""
    return Improvement(
        f"IMP-2026-{number:03d}", "t", NOW, NOW, NOW, stage=stage, hours=hours, done_at=NOW
    )


def session(
    name: str, start: float, end: float, tokens: int = 0, cost: float | None = None
) -> Session:
    """Return a session between two hours before now."""
    return Session(
        name, "codex", f"/l/{name}", "api", "/src/api",
        started_at=NOW - timedelta(hours=start), last_at=NOW - timedelta(hours=end),
        tokens=Tokens(input=tokens), cost_usd=cost,
    )  # fmt: skip


def entry(name: str, start: float, end: float | None) -> TimeEntry:
    """Return tracked time between two hours before now."""
    stop = None if end is None else NOW - timedelta(hours=end)
    return TimeEntry("T-1", name, NOW - timedelta(hours=start), stop)


def test_a_ratio_needs_five_and_is_the_middle_one() -> None:
    """Two lucky estimates would be told as a law, or one runaway would speak for all."""
    items = [item(number) for number in range(1, 6)] + [item(9, 30.0)]
    tracked = {each.id: 3.0 for each in items[:4]} | {items[4].id: 40.0, items[5].id: 60.0}
    small, large = estimates_by_size(items, tracked)
    assert (small.size, small.finished, small.ratio) == ("up to 2 h", 5, 1.5)
    assert (small.estimated_hours, small.actual_hours) == (10.0, 52.0)
    assert (large.size, large.finished, large.ratio) == ("up to a week", 1, None)


def test_what_was_not_tracked_is_unknown_and_not_zero() -> None:
    """Finished work without a timer would look like work that took no time."""
    records = estimates_by_size([item(1), item(2, None), item(3, stage=Stage.BACKLOG)], {})
    assert [(each.finished, each.untracked, each.ratio) for each in records] == [(0, 1, None)]


def test_time_falls_into_the_first_bucket_that_takes_it() -> None:
    """An hour would be counted in two buckets, or in none."""
    buckets = parse_buckets(["debt 20 cat:debt", "docs 10% +docs or cat:debt"])
    debt = replace(item(1), category=Category.TECHNICAL_DEBT, tags=("docs",))
    docs = replace(item(2), tags=("docs",))
    shares = time_by_bucket(
        buckets, [debt, docs], {debt.id: 1.0, docs.id: 2.0, "IMP-2026-099": 1.0}, CONTEXT
    )
    assert [(each.name, each.hours, each.share, each.target) for each in shares] == [
        ("debt", 1.0, 0.25, 0.2),
        ("docs", 2.0, 0.5, 0.1),
        ("other", 1.0, 0.25, None),
    ]


def test_without_tracked_time_a_share_is_unknown() -> None:
    """Zero of zero would be shown as nothing done."""
    (share,) = time_by_bucket(parse_buckets(["debt 20 cat:debt"]), [], {}, CONTEXT)
    assert (share.hours, share.share) == (0.0, None)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["debt"], "is no bucket"),
        (["other 20 cat:debt"], "is no bucket"),
        (["debt 20 cat:nonsense"], "bucket 1"),
        (["a 60 +a", "b 60 +b"], "120 %"),
        (["a 10 +a", "A 10 +b"], "one name"),
    ],
)
def test_a_bucket_that_is_wrong_is_named(lines: list[str], words: str) -> None:
    """A mistake in the configuration would give wrong shares in silence."""
    with pytest.raises(ConfigError, match=words):
        parse_buckets(lines)


def test_a_session_belongs_to_what_had_most_of_its_time() -> None:
    """Tokens would be counted for two improvements, or for the wrong one."""
    entries = [entry("A", 5, 4), entry("B", 4, 1), entry("C", 0.5, None)]
    sessions = [
        session("s1", 4.5, 2),
        session("s2", 5, 4.9),
        session("s3", 0.8, 0.6),
        session("s4", 0.2, 0.1),
    ]
    found = sessions_by_improvement(sessions, entries, NOW)
    assert {name: [each.id for each in group] for name, group in found.items()} == {
        "B": ["s1"],
        "A": ["s2"],
        "C": ["s4"],
    }


def test_missing_figures_are_unknown_and_counted() -> None:
    """A log without prices would make work look free."""
    both = spending([session("a", 2, 1, 100, 0.5), session("b", 2, 1)])
    assert (both.sessions, both.tokens, both.without_tokens) == (2, 100, 1)
    assert (both.cost_usd, both.without_cost) == (0.5, 1)
    none = spending([session("b", 2, 1)])
    assert (none.tokens, none.cost_usd) == (None, None)
