"""Errors speak in one voice: what happened and where, then what to do, without full stops."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli

ROOT = Path(__file__).resolve().parent.parent.parent
FLOORS = ("core/hansei_core", "tui/hansei_tui", "sessions/hansei_sessions")
OURS = {"HanseiError", "UsageError", "NotFoundError", "ConfigError", "StorageError", "FilterError"}


def spoken() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every message and hint that stands in the sources."""
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    if node.func.id not in OURS:
                        continue
                    for argument in (*node.args, *(each.value for each in node.keywords)):
                        for text in texts_of(argument):
                            yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def texts_of(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an argument may be, with `{}` for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)


def test_every_error_is_worded_alike() -> None:
    """One error would begin with a capital and end with a full stop, the next with neither."""
    found = list(spoken())
    assert len(found) > 300
    odd = [
        (place, text)
        for place, text in found
        if text.endswith(".") or (text[:1].isupper() and text[1:2].islower())
    ]
    assert odd == []


@pytest.mark.parametrize(
    ("line", "happened", "advice"),
    [
        (("lst",), "`hansei` has no command “lst”", "did you mean `hansei list`?"),
        (("zzzz",), "`hansei` has no command “zzzz”", "`hansei --help` lists them"),
        (("plan", "propse"), "`hansei plan` has no command “propse”", "`hansei plan propose`"),
        (("list", "--limti", "3"), "`hansei list` has no option “--limti”", "--limit?"),
        (("list", "--qqqq"), "`hansei list` has no option “--qqqq”", "`hansei list --help`"),
        (("block", "2", "--on", "1"), "`hansei block` has no option “--on”", "block --help` lists"),
        (("list", "--limit", "x"), "--limit must be a whole number from 0 on, not “x”", "--help"),
        (("retro", "--mood", "9"), "--mood must be a whole number from 1 to 5, not “9”", "--help"),
        (("list", "--limit"), "`hansei list`: --limit needs a value", "`hansei list --help`"),
        (("list", "--json=3"), "`hansei list`: --json takes no value", "`hansei list --help`"),
        (("show",), "`hansei show` needs an ID", "an id, a number or a unique prefix"),
        (("show", "1", "2"), "does not know what to do with “2”", "in quotes"),
        (("themes", "show"), "`hansei themes show` needs a THEME", "THM-7"),
        (("--bogus",), "`hansei` has no option “--bogus”", "`hansei --help`"),
    ],
)
def test_a_mistake_in_the_command_line(
    cli: Cli, line: tuple[str, ...], happened: str, advice: str
) -> None:
    """A mistake would be answered in another program's words, without what to do about it."""
    shown = cli(*line)
    first, *rest = shown.err.splitlines()
    assert (shown.code, shown.out) == (2, "")
    assert first.startswith("hansei: ")
    assert happened in first
    assert all(each.startswith("        ") for each in rest)
    assert advice in " ".join(rest)


@pytest.mark.parametrize(
    "line",
    [
        ("config", "set", "bogus", "1"),
        ("config", "set", "week.hours", "x"),
        ("config", "set", "screen.theme", "x"),
    ],
)
def test_a_wrong_setting_typed_is_a_wrong_request(cli: Cli, line: tuple[str, ...]) -> None:
    """A script could not tell a typing mistake from a broken config.toml."""
    assert cli(*line).code == 2


def test_help_names_what_is_typed(cli: Cli) -> None:
    """Help would show the names of the parser's types, and braces that nobody types."""
    shown = cli("move", "--help").out + cli("list", "--help").out
    assert "Usage: hansei move [OPTIONS] ID..." in shown
    assert "--because TEXT" in shown
    assert "--limit N" in shown
    assert "<str>" not in shown
