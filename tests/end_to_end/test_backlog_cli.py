"""The backlog's views, blocks, splits, merges and gates on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli

FILTERS = (
    "",
    "+ci -docs",
    "pri:>=40 or effort:<3",
    "not is:ready",
    "is:blocked",
    'seen:>=1 "pool"',
    "stage:backlog,inbox",
    "hours:<20 impact:>=5",
    "age:<7d due:<30d",
)


@pytest.fixture(autouse=True)
def backlog(cli: Cli) -> None:
    """Add a few improvements that filters can tell apart."""
    for line in (
        "Pool the connections +ci impact:9 effort:2 due:2w",
        "Pool connections +docs impact:3 effort:7",
        "Name the flag +ci +docs",
        "Skip generated files impact:5 effort:5 hours:20",
    ):
        assert cli("add", line).code == 0
    assert cli("move", "1", "4", "backlog").code == 0


def ids(cli: Cli, *words: str) -> list[str]:
    return [row["id"][-1] for row in cli("list", *words, "--json").data]


@pytest.mark.parametrize("text", FILTERS)
def test_a_saved_view_lists_what_its_filter_lists(cli: Cli, text: str) -> None:
    """The same words must mean the same improvements, wherever they stand."""
    assert cli("views", "mine", "--save", f"{text} sort:id").code == 0
    assert ids(cli, "--view", "mine") == ids(cli, text, "--sort", "id")
    assert ids(cli, "--view", "mine", "--reverse") == ids(cli, text, "--sort", "id")[::-1]
    narrowed = ids(cli, "--view", "mine", "+ci")
    assert narrowed == [each for each in ids(cli, "--view", "mine") if each in ids(cli, "+ci")]


def test_views_are_listed_saved_and_removed(cli: Cli) -> None:
    """A view must be seen, and go away again without an editor on config.toml."""
    assert "ready" in cli("views").out
    assert cli("views", "mine", "--save", "impact:high").code == 2
    assert cli("views", "mine", "--save", "+ci as:board").code == 0
    assert cli("views", "mine").out == "+ci as:board\n"
    assert {row["name"]: row["own"] for row in cli("views", "--json").data}["mine"]
    assert cli("views", "mine", "--drop").code == 0
    assert cli("list", "--view", "mine").code == 3
    assert cli("views", "mine", "--drop").code == 3


def test_blocks_and_the_ready_view(cli: Cli) -> None:
    """What waits must leave the ready view; a circle must be refused with its members named."""
    assert cli("block", "1", "4").code == 0
    assert ids(cli, "--view", "ready") == ["1", "2", "3"]
    assert ids(cli, "is:blocked") == ["4"]
    refused = cli("block", "4", "1")
    assert refused.code == 2
    assert "IMP-2026-004 → IMP-2026-001 → IMP-2026-004" in refused.err
    assert cli("block", "1", "4", "--remove").code == 0
    assert ids(cli, "is:blocked") == []


def test_split_and_merge_by_command(cli: Cli) -> None:
    """Both must print what became of it, and one undo each must bring all back."""
    before = cli("list", "--all", "--json").data
    made = cli("split", "4", "Skip them hours:5", "Say so in the docs", "--json").data
    assert [(row["title"], row["hours"]) for row in made] == [
        ("Skip them", 5.0),
        ("Say so in the docs", 15.0),
    ]
    assert cli("undo").code == 0
    assert cli("merge", "1", "2").code == 0
    assert cli("show", "2", "--json").data["id"] == "IMP-2026-001"
    assert "2" not in ids(cli, "--all")
    assert cli("undo").code == 0
    assert cli("list", "--all", "--json").data == before


def test_the_fourth_in_work_needs_force_and_is_logged(cli: Cli) -> None:
    """The limit is a setting; over it a script must not get by accident."""
    assert cli("move", "1", "2", "3", "validation", "--force").code == 0
    assert cli("move", "4", "planning", "--force").code == 0
    refused = cli("move", "4", "implementation")
    assert refused.code == 2
    assert "the limit is 3" in refused.err
    assert cli("config", "set", "backlog.wip", "4").code == 0
    assert cli("move", "4", "implementation").code == 0
    assert cli("undo").code == 0
    assert cli("config", "set", "backlog.wip", "3").code == 0
    assert cli("move", "4", "implementation", "--force").code == 0
    assert "the limit is 3" in cli("show", "4").out


def test_the_open_gates_are_told_and_logged(cli: Cli) -> None:
    """A pipe cannot be asked: what was passed over must stand on stderr and in the history."""
    assert cli("move", "1", "validation", "--force").code == 0
    done = cli("move", "1", "done")
    assert done.code == 0
    assert "its review is not cleared" in done.err
    assert "passed over: its review is not cleared" in cli("show", "1").out


def test_doctor_names_keys_and_views_that_cannot_be(cli: Cli, environ: dict[str, str]) -> None:
    """Dead keys and views that do not open must be found before they are missed."""
    path = Path(cli("config", "path").out.strip())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        '[keys]\n"backlog.dne" = "ctrl+e"\n"backlog.done" = "t"\n"backlog.trash" = "x"\n'
        '"app.undo" = "hyperspace"\n[views]\nbroken = "impact:high"\n'
    )
    said = cli("doctor", "keys").out
    for words in (
        "backlog.dne is no action; did you mean backlog.done?",
        "backlog.done = t takes the key of backlog.tags",
        "backlog.trash needs two keys",
        "there is no key “hyperspace”",
    ):
        assert words in said
    assert "view “broken”" in cli("doctor", "views").out
    assert cli("config", "check").code == 1
    assert cli("list").code == 0
    path.write_text('[keys]\n"backlog.done" = "ctrl+e"\n')
    assert cli("config", "check").code == 0
