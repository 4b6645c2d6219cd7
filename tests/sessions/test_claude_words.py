"""The shared helpers: key lines of an output, subjects of commands, seconds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_sessions.friction import (
    SUBJECT_LIMIT,
    TEXT_LIMIT,
    active_gap,
    command_line,
    command_subject,
    key_lines,
    lost,
    words,
)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", ""),
        ("building\nsrc/a.ts(3,5): error TS2345: no\ndone", "src/a.ts(3,5): error TS2345: no"),
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'",
            "KeyError: 'x'",
        ),
        ("=== FAILURES ===\nE   assert 1 == 2\n1 failed, 3 passed in 0.1s", "assert 1 == 2"),
        ("npm error code ERESOLVE\nnpm error x\nlog", "npm error x"),
        ("a.go:3:4: undefined: X\nFAIL\tshop [build failed]\nFAIL", "a.go:3:4: undefined: X"),
        ("stat x: directory not found\nFAIL\t./x [setup failed]", "stat x: directory not found"),
        ("0 errors\nall is well\nbut the code was 3", "but the code was 3"),
        ("same error: x\n" * 50, "same error: x"),
    ],
)
def test_key_lines(output: str, expected: str) -> None:
    """A friction would show the banner of a test run in place of the error."""
    found = key_lines(output)
    assert found == expected


def test_key_lines_of_a_long_output() -> None:
    """The error at the end of a megabyte of progress would not be seen."""
    assert key_lines("compiling\n" * 200_000 + "error: out of coupons\n") == "error: out of coupons"


def test_of_many_errors_the_first_and_the_last_are_kept() -> None:
    """The sum at the end, or the cause at the beginning, would be cut off."""
    lines = key_lines("\n".join(f"error: {number}" for number in range(100))).splitlines()
    assert lines[0] == "error: 0"
    assert lines[-1] == "error: 99"
    assert len(lines) == 8


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("uv run pytest -x", "uv run pytest -x"),
        ("cd /home/dev/shop && make test | tail", "make test | tail"),
        ('cd "/home/dev/my shop" && make', "make"),
        ("cd /home/dev/shop\nmake\nmake install", "make"),
        ("# run it\n\n  make  ", "make"),
        ("cd /home/dev", "cd /home/dev"),
        ("cd a; cd b && go build ./...", "go build ./..."),
        ("", ""),
    ],
)
def test_command_line(command: str, expected: str) -> None:
    """Every command would seem to be a `cd`, and themes could not tell them apart."""
    assert command_line(command) == expected


def test_spans() -> None:
    """Minutes would be negative, endless or made up."""
    assert lost(10, 15.5) == 5.5
    assert lost(10, 10_000) == 600
    assert lost(10, 9) is None
    assert lost(None, 9) is None
    assert lost(9, None) is None
    assert active_gap(0, 10) == 10
    assert active_gap(0, 9000) == 300
    assert active_gap(10, 0) == 0


SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2100), st.sampled_from([words, key_lines, command_subject]))
def test_no_cut_leaves_the_head_of_a_secret(before: int, helper: object) -> None:
    """A token at an excerpt's end would be kept in part, and no rule would know it again."""
    text = "error: " + "x " * (before // 2) + "x" * (before % 2) + " " + SECRET + " and more " * 300
    found = helper(text)  # type: ignore[operator]  # one of three functions of a string
    assert SECRET[:8] not in found


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=3000))
def test_any_text_becomes_short_and_inert(text: str) -> None:
    """A log could write to the terminal, or fill the index."""
    for found, limit in (
        (words(text), TEXT_LIMIT),
        (key_lines(text), TEXT_LIMIT),
        (command_subject(text), SUBJECT_LIMIT),
    ):
        assert len(found) <= limit
        assert not any(ord(char) < 32 and char not in "\n\t" for char in found)
        found.encode("utf-8")


@pytest.mark.parametrize(
    "piece", ["=", " ", "= 1 failed, ", "a.", "A", ":1", "(1,", "/a", "Tests: "]
)
def test_hostile_lines_cost_little(piece: str) -> None:
    """One long line would hold up the scan: the work must not grow with its square."""
    assert len(key_lines(piece * (24_000 // len(piece)) + "!")) <= TEXT_LIMIT
