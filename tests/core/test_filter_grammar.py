"""The one grammar: what it finds, what it refuses, and that it never breaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_core.filters import (
    KEYS,
    FilterContext,
    FilterError,
    KnownWords,
    compile_query,
    matches,
    parse,
    select,
    suggest,
)
from hansei_core.improvement import Improvement, with_scores
from hansei_core.vocabulary import Category, Severity, Stage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONTEXT = FilterContext(
    NOW,
    blocked=frozenset({"IMP-2026-002"}),
    planned=frozenset({"IMP-2026-001"}),
    running="IMP-2026-003",
    theme_names={"THM-3": "Größere Dateien lesen"},
    theme_ids={"THM-3": "THM-3", "THM-5": "THM-3"},
)


def made(number: int, title: str, **more: object) -> Improvement:
    added = NOW - timedelta(days=number * 30)
    item = Improvement(f"IMP-2026-{number:03d}", title, added, added, added)
    return replace(item, **more)  # type: ignore[arg-type]  # the tests name real fields


ITEMS = (
    with_scores(
        made(
            1,
            "Pool the connections",
            tags=("db", "perf"),
            category=Category.PERFORMANCE,
            project="api",
            stage=Stage.BACKLOG,
            due=date(2026, 11, 24),
            sessions=("abc-1",),
        ),
        now=NOW,
        impact=8,
        effort=2,
    ),
    with_scores(
        made(
            2,
            "Café tests need a flag",
            tags=("tests",),
            category=Category.QUALITY,
            severity=Severity.CRITICAL,
            project="web app",
            theme_id="THM-3",
            due=date(2026, 11, 20),
            seen=4,
        ),
        now=NOW,
        impact=4,
        effort=9,
    ),
    made(3, "Rename the 404 page", stage=Stage.DONE, done_at=NOW - timedelta(days=10)),
    made(
        4, "Old pool", stage=Stage.DEFERRED, project="api", current_state="slow connections to it"
    ),
    made(5, "Snoozed", snoozed_until=date(2026, 12, 1), impact=3, effort=3, source="retro"),
)


def found(text: str) -> list[int]:
    return [int(item.id[-3:]) for item in select(parse(text), ITEMS, CONTEXT)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("pool", [1, 4]),
        ("POOL conn", [1, 4]),
        ('"the connections"', [1]),
        ("cafe", [2]),
        ("404", [3]),
        ("2026-004", [4]),
        ("+perf", [1]),
        ("-perf", [2, 3, 4, 5]),
        ("tag:db,tests", [1, 2]),
        ("cat:perf", [1]),
        ("category:quality", [2]),
        ("cat:none", [3, 4, 5]),
        ("-cat:perf pool", [4]),
        ("sev:critical", [2]),
        ("sev:any", [2]),
        ("stage:done,deferred", [3, 4]),
        ("stage:backlog", [1]),
        ("pri:>=70", [1]),
        ("pri>=70", [1]),
        ("pri:72", [1]),
        ("pri:high", [1]),
        ("pri:5..10", [2]),
        ("impact:>=8", [1]),
        ("effort:<3", [1]),
        ("effort:none", [3, 4]),
        ("hours:<=2", [1]),
        ("hours:80h", [2]),
        ("seen:>=3", [2]),
        ("age:>90d", [4, 5]),
        ("age:<=2m", [1, 2]),
        ("age:>=2026-10-01", [1]),
        ("due:<7d", [1, 2]),
        ("due:<today", [2]),
        ("due:2026-11-24", [1]),
        ("due:none", [3, 4, 5]),
        ("done:<30d", [3]),
        ("done:2026-W46", [3]),
        ("done:2026w46", [3]),
        ("done:2026-W47", []),
        ("done:<2026-W46", []),
        ("done:<=2026-W46", [3]),
        ("done:>2026-W46", []),
        ("done:2026-W45,2026-W46", [3]),
        ("done:2026-11", [3]),
        ("due:2026-W48", [1]),
        ("due:<2026-W48", [2]),
        ("age:>9999-12", []),
        ("age:<0001-01", []),
        ("project:api", [1, 4]),
        ('project:"web app"', [2]),
        ("project:none", [3, 5]),
        ("theme:THM-3", [2]),
        ("theme:thm-5", [2]),
        ("theme:THM-4", []),
        ("theme:grossere", [2]),
        ("theme:any", [2]),
        ("session:abc", [1]),
        ("source:retro", [5]),
        ("id:3", [3]),
        ("id:IMP-3", [3]),
        ("id:IMP-2026-00", [1, 2, 3, 4, 5]),
        ("is:blocked", [2]),
        ("is:overdue", [2]),
        ("is:late", [2]),
        ("is:breached", [2]),
        ("is:quickwin", [5]),
        ("is:unscored", [3, 4]),
        ("is:planned", [1]),
        ("is:running", [3]),
        ("is:ready", [1]),
        ("is:snoozed", [5]),
        ("is:done", [3]),
        ("is:open", [1, 2, 4, 5]),
        ("cell:dofirst", [1]),
        ("cell:dont", [2]),
        ("size:day", [1]),
        ("pool or cafe", [1, 2, 4]),
        ("pool and conn -is:deferred", [1]),
        ("not pool", [2, 3, 5]),
        ("not (pool or cafe)", [3, 5]),
        ("-(pool or cafe)", [3, 5]),
        ('-"the connections" pool', [4]),
        ("(pool or cafe) project:api", [1, 4]),
        ("pool project:api or cafe", [1, 2, 4]),
        ("http://nowhere", []),
    ],
)
def test_the_grammar_finds(text: str, numbers: list[int]) -> None:
    """Each key, operator and connective selects exactly these."""
    assert found(text) == numbers


@pytest.mark.parametrize(
    ("text", "start", "end", "message", "hint"),
    [
        ("impct:>3", 0, 5, "“impct” is no filter key", "impact"),
        ("pool is:blokd", 8, 13, "“blokd” cannot follow", "is:blocked"),
        ("cat:speeed", 4, 10, "the five are performance", "speed"),
        ('pool "open', 5, 10, "never closed", ""),
        ("a (b or c", 2, 9, "never closed", ""),
        ("a) b", 1, 2, "never opened", ""),
        ("pool or", 7, 7, "missing after “or”", ""),
        ("and pool", 0, 3, "missing before “and”", "quote"),
        ("()", 1, 2, "missing before “)”", ""),
        ("+", 0, 1, "needs a tag", ""),
        ("pri:lots", 4, 8, "is no number", "pri:>=70"),
        ("pri:9..3", 4, 8, "runs backwards", ""),
        ("sev:>high", 0, 9, "compares nothing", ""),
        ("due:<7x", 5, 7, "neither a date", "2026-W46"),
        ("done:2026-W54", 5, 13, "there is no week 2026-W54", "2026-W46"),
        ("impact:>none", 8, 12, "needs one number", ""),
        ("cat:", 0, 4, "a value is missing", "cat:perf"),
        ("cat:perf,", 4, 9, "is no category", ""),
    ],
)
def test_mistakes_are_marked_where_they_are(
    text: str, start: int, end: int, message: str, hint: str
) -> None:
    """An error knows its characters and says what would be right."""
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert (caught.value.start, caught.value.end) == (start, end)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_hostile_depth_and_length_are_refused() -> None:
    """Thousands of parentheses or negations are answered, not crashed on."""
    with pytest.raises(FilterError, match="inside each other"):
        parse("(" * 500)
    with pytest.raises(FilterError, match="at most 2000"):
        parse("x" * 2001)
    assert parse("not " * 499 + "a") == parse("not a")


PIECES = st.sampled_from(
    (
        *("pool", "+perf", "-perf", "not", "and", "or", "(", ")", '"', '"a b"', "-", "+", ":"),
        *(f"{name}:" for name in KEYS),
        *(key.example for key in KEYS.values()),
        *("pri:>=70", "is:", "is:open", "due:<", "age:>9999999999d", "pri:1..", "x<3", "hours:<2h"),
        *("due:99999y", "age:>99999d", "due:0001-01-01", "impact:none", "cat:any,perf"),
    )
)
LINES = st.lists(PIECES | st.text(max_size=6), max_size=8).map(" ".join)
GOOD = st.recursive(
    st.sampled_from(
        (
            *("pool", "cafe", "+perf", "-tests", '"the c"', "is:open", "pri:>=40", "due:<7d"),
            *("-cat:perf", "stage:done", "project:api", "age:>90d", "seen:2..9", "tag:db,perf"),
        )
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} or {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"{two[0]} and {two[1]}"),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(LINES)
def test_any_text_is_answered_or_refused(text: str) -> None:
    """Whatever is typed, a filter works on everything or raises its own error within the text."""
    place = (0, 0)
    try:
        predicate = compile_query(parse(text), CONTEXT)
    except FilterError as error:
        place = (error.start, error.end)
    else:
        assert all(predicate(item) in (True, False) for item in ITEMS)
    assert 0 <= place[0] <= place[1] <= len(text)


@given(GOOD)
def test_a_query_can_be_written_and_read_again(text: str) -> None:
    """A saved view, written in its plain spelling, means the same."""
    query = parse(text)
    assert parse(str(query)) == query


@given(GOOD)
def test_negation_splits_the_items_and_is_its_own_opposite(text: str) -> None:
    """Every item matches either a filter or its negation; twice negated is as before."""
    chosen, others = set(found(text)), set(found(f"not ({text})"))
    assert chosen | others == {1, 2, 3, 4, 5}
    assert not chosen & others
    assert found(f"not (not ({text}))") == found(text)


@given(GOOD, GOOD)
def test_and_and_or_are_intersection_and_union(first: str, second: str) -> None:
    """The connectives do what sets do."""
    one, two = set(found(first)), set(found(second))
    assert set(found(f"({first}) ({second})")) == one & two
    assert set(found(f"({first}) or ({second})")) == one | two


def test_a_changed_item_is_searched_anew() -> None:
    """The kept text of an improvement does not outlive a change of its title."""
    query = parse("brand")
    assert not matches(query, ITEMS[0], CONTEXT)
    assert matches(query, replace(ITEMS[0], title="Brand new"), CONTEXT)


def test_a_query_knows_whether_it_speaks_of_stages() -> None:
    """A list hides what is done unless the filter itself says which stages it means."""
    assert parse("stage:done").speaks_of_stages
    assert parse("pool or is:trashed").speaks_of_stages
    assert parse("not (id:3)").speaks_of_stages
    assert not parse("pool is:blocked +done").speaks_of_stages


KNOWN = KnownWords(("perf", "db"), ("web app",), ("THM-3",), ("IMP-2026-001",))


@pytest.mark.parametrize(
    ("text", "cursor", "texts"),
    [
        ("ca", 2, ["cat:"]),
        ("pool ca", 7, ["cat:"]),
        ("cat:p", 5, ["cat:perf"]),
        ("is:blo", 6, ["is:blocked"]),
        ("+p", 2, ["+perf"]),
        ("-d", 2, ["-db", "-done:", "-due:"]),
        ("project:w", 9, ['project:"web app"']),
        ("nokey:x", 7, []),
        ("", 0, []),
        ("pool", 99, []),
    ],
)
def test_completion_offers_what_fits(text: str, cursor: int, texts: list[str]) -> None:
    """What could be typed next begins with what is typed."""
    assert [item.text for item in suggest(text, cursor, KNOWN)] == texts


@given(st.text(max_size=12), st.integers(-3, 15))
def test_completion_never_breaks(text: str, cursor: int) -> None:
    """Completion answers at any place of any text, within the text."""
    for item in suggest(text, cursor, KNOWN):
        assert 0 <= item.start <= item.end <= len(text)
