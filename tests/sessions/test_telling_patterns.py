"""Patterns that are taken apart to be quick match what they match as they are written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_sessions import telling_shapes
from hansei_sessions.telling_patterns import Shapes, alternatives
from hansei_sessions.telling_shapes import Rank

FIRST = r"""
      error:\ \S | [|\]a]+x$ | \(b\)\ .* | .*\bfailed\ (?:here|there)$
    | .*\b(?<!\S)[Tt]ask\b | .*\be?xit\ \d
"""
SECOND = r"WARN | .*\bwarn(?:ing)?:"
ONLY_INSIDE = r".*\bend$"
SHAPES = ((FIRST, 1), (SECOND, 2), (ONLY_INSIDE, 3))
PIECES = ["error: ", "x", "|]", "(b) ", " ", "failed here", "Task", "task", "exit 1", "xit 2"]
PIECES += ["warn:", "Warning:", "WARN", "end", "-", "é"]


def as_written(line: str) -> int | None:
    for pattern, meaning in SHAPES:
        flags = re.VERBOSE | (re.IGNORECASE if meaning == 2 else 0)
        if re.match(pattern, line, flags):
            return meaning
    return None


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
@settings(max_examples=500, deadline=None)
def test_taken_apart_they_match_the_same(line: str) -> None:
    """A line would be ranked by its first word where another one tells the failure."""
    assert Shapes(SHAPES, careless=(2,)).match(line) == as_written(line)


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a|b", ["a", "b"]),
        (r"a\|b|[|)]|[]|]", [r"a\|b", "[|)]", "[]|]"]),
        (r"(?:a|(b|c))|[^]|(]d", ["(?:a|(b|c))", "[^]|(]d"]),
        (r"\(|\[|\\|x", [r"\(", r"\[", r"\\", "x"]),
        ("", [""]),
    ],
)
def test_alternatives_are_told_apart(pattern: str, parts: list[str]) -> None:
    """A bar inside a class or a group would tear an alternative in two."""
    assert list(alternatives(pattern)) == parts


def test_all_patterns_can_be_taken_apart() -> None:
    """A comment or a class that is not understood would change what is told of a failure."""
    assert {rank for _, rank in telling_shapes._ORDER} == set(Rank) - {
        Rank.PLAIN,
        Rank.WORD,
        Rank.TOLD,
    }
    for pattern, _ in telling_shapes._ORDER:
        assert not re.search(r"(?<!\\)#", pattern)
        for one in alternatives(pattern):
            re.compile(one, re.VERBOSE)
