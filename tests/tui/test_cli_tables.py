"""Tables of the commands: whole in a pipe, fitted to a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from hansei_tui.cli.output import NARROW, note, say, say_words, table

COLUMNS = ("pri", "id", "stage", "category", "title")
ROWS = (
    (72, "IMP-2026-001", "implementation", "perf", "Pool the connections of the billing service"),
    (None, "IMP-2026-002", "inbox", None, "日本語の題名をもつ改善、とても長いので切られます"),
)


def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> list[str]:
    """Return the lines of the table on a terminal of that width, without the bold heading."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    table(COLUMNS, ROWS, right="pri", spare="category stage")
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [45, 60, 80, 200])
def test_a_terminal_shows_ids_whole_and_no_line_wraps(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """On a narrow terminal ids were cut, which nobody can type; or lines would wrap."""
    lines = printed(capsys, monkeypatch, width)
    assert len(lines) == 3
    assert all(cell_len(line) <= width for line in lines)
    assert lines[1].startswith(" 72  IMP-2026-001")
    assert "Pool the connect" in lines[1]
    assert lines[2].startswith("  –  IMP-2026-002")


def test_spare_columns_go_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wide terminal shows every column, a narrow one leaves out what can be done without."""
    assert "category" in printed(capsys, monkeypatch, 200)[0]
    narrow = printed(capsys, monkeypatch, 60)
    assert "category" not in narrow[0]
    assert "implementation" in narrow[1]
    assert "stage" not in printed(capsys, monkeypatch, 45)[0]


def test_a_pipe_gets_every_cell_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """A script would get cut titles."""
    table(COLUMNS, ROWS, right="pri", spare="category stage")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith(ROWS[0][4])
    assert lines[2].endswith(ROWS[1][4])


def test_characters_that_nobody_is_asked_about_take_one_cell() -> None:
    """A column with a dash in it would stand one cell aside."""
    assert {cell_len(chr(code)) for code in NARROW} == {1}


@given(
    words=st.lists(st.text("ab日é–", min_size=1, max_size=12), min_size=1, max_size=30),
    width=st.integers(20, 60),
    under=st.one_of(st.none(), st.integers(0, 11)),
)
@settings(max_examples=60, deadline=None)
def test_words_are_wrapped_between_words(words: list[str], width: int, under: int | None) -> None:
    """A terminal breaks a line in the middle of a word, and what follows begins at its edge."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COLUMNS", str(width))
        patched.setattr(out, "isatty", lambda: True)
        patched.setattr(sys, "stdout", out)
        say_words("    " + " ".join(words), under=under)
    lines = out.getvalue().splitlines()
    assert [word for line in lines for word in line.split()] == words
    assert all(cell_len(line) <= width or len(line.split()) == 1 for line in lines)
    indent = " " * min(4 if under is None else under, width // 2)
    assert all(line.startswith(indent) and line[len(indent)] != " " for line in lines[1:])


def test_notes_are_wrapped_and_lines_to_copy_are_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hint would be broken in a word; a diff or a path that is to be copied would be broken."""
    long = "say why in a few words because it is kept so that nobody has to ask again"
    monkeypatch.setenv("COLUMNS", "40")
    note(long)
    assert capsys.readouterr().err == f"{long}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    note(f"        {long}")
    say(long)
    printed_now = capsys.readouterr()
    assert printed_now.out == f"{long}\n"
    assert all(line.startswith(" " * 8) for line in printed_now.err.splitlines())
    assert len(printed_now.err.splitlines()) == 3
