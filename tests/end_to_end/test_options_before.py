"""An option before a subcommand is the group's, which does nothing then."""

from __future__ import annotations

import pytest
from tests.end_to_end.conftest import Cli


@pytest.mark.parametrize(
    ("group", "option", "command"),
    [
        ("plan", ("--week", "next"), "show"),
        ("plan", ("--json",), "keep"),
        ("timer", ("--json",), "stop"),
        ("triage", ("--limit", "3"), "accept"),
        ("metrics", ("--project", "tidewater"), "show"),
        ("themes", ("--window", "7"), "map"),
        ("decisions", ("--json",), "list"),
        ("rules", ("--json",), "list"),
        ("config", ("--json",), "path"),
        ("hooks", ("--json",), "status"),
    ],
)
def test_an_option_before_a_subcommand_is_refused(
    cli: Cli, group: str, option: tuple[str, ...], command: str
) -> None:
    """`plan --week next take 3` would put the item into this week, without a word."""
    done = cli(group, *option, command)
    assert (done.code, done.out) == (2, "")
    assert f"{option[0]} before “{command}”" in done.err
    assert f"hansei {group} {command} {option[0]}" in done.err


def test_a_clock_stopped_at_once_says_so(cli: Cli) -> None:
    """The time would read 0.00 h, as if nothing had been kept."""
    cli("add", "Try it")
    cli("timer", "start", "1")
    assert "IMP-2026-001: under a minute" in cli("timer", "stop").err
