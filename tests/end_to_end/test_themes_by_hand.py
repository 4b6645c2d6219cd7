"""What a user asks of themes by hand: why, names, links, twice the same, ids that lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from tests.end_to_end.conftest import Cli

pytestmark = pytest.mark.usefixtures("samples")


def themes(cli: Cli) -> dict[str, Any]:
    """Return id → theme, the dearest first."""
    return {each["id"]: each for each in cli("themes", "--json").data}


def test_why_takes_ids_of_themes_and_texts(cli: Cli) -> None:
    """Ids were compared by their letters: two themes shared the term "thm"."""
    first, second = [
        each for each in themes(cli).values() if each["evidence"][0]["family"] == "command"
    ][:2]
    found = cli("themes", "why", first["id"], second["id"].lower(), "--json").data
    assert (found["theme_a"], found["theme_b"]) == (first["id"], second["id"])
    assert found["cosine"] < found["threshold"]
    text = first["evidence"][-1]
    same = cli("themes", "why", text["id"], first["id"].removeprefix("THM-"), "--json")
    assert same.data["cosine"] >= same.data["threshold"]
    assert same.envelope["family"] == "command"
    assert text["text"] in same.envelope["texts"]
    short = f"{text['id'][:8]}…{text['id'][-6:]}"
    assert cli("themes", "why", short, first["id"], "--json").data == same.data


def test_why_follows_a_merged_theme_and_refuses_what_leads_nowhere(cli: Cli) -> None:
    """A mistyped id would be explained as a text like any other."""
    keep, other = list(themes(cli))[:2]
    assert cli("themes", "merge", keep, other).code == 0
    assert cli("themes", "why", other, keep, "--json").data["theme_a"] == keep
    for wrong in ("THM-999", "999", "12345678…abcdef"):
        refused = cli("themes", "why", wrong, keep)
        assert refused.code == 3, wrong
        assert wrong in refused.err
    assert cli("themes", "why", "", keep).code == 2
    assert cli("themes", "why", "src/a.py:12", "src/a.py:13: no such file").code == 0


def test_texts_of_two_kinds_are_said_to_be_never_compared(cli: Cli) -> None:
    """The words “no shared term” would stand where shared terms do not count at all."""
    by_family = {each["evidence"][0]["family"]: each for each in themes(cli).values()}
    said = cli("themes", "why", by_family["command"]["id"], by_family["text"]["id"])
    assert "never compared" in said.err


def test_options_before_a_command_are_refused(cli: Cli) -> None:
    """`hansei themes --window 7 map` drew the map of all time and said nothing."""
    refused = cli("themes", "--window", "7", "map")
    assert refused.code == 2
    assert "hansei themes map --window" in refused.err
    assert cli("themes", "map", "--window", "7").code == 0


def test_a_project_that_no_session_has_is_named(cli: Cli) -> None:
    """A slip in a project's name would read as a project without trouble."""
    assert "no session is of project “tidewate”: tidewater?" in (
        cli("themes", "--project", "tidewate").err
    )
    assert "no session is of" not in cli("themes", "--project", "tidewater").err


def test_a_theme_is_promoted_once_unless_said(cli: Cli) -> None:
    """The inbox would fill with twins."""
    (theme,) = [each for each in themes(cli).values() if "go.sum" in each["name"]]
    made = cli("themes", "promote", theme["id"]).out.strip()
    refused = cli("themes", "promote", theme["id"])
    assert refused.code == 2
    assert made in refused.err
    assert themes(cli)[theme["id"]]["improvements"] == [made]
    assert made in cli("themes").out
    assert f"ended by  {made} inbox" in cli("themes", "show", theme["id"]).out
    again = cli("themes", "promote", theme["id"], "--again").out.strip()
    assert themes(cli)[theme["id"]]["improvements"] == [made, again]
    assert f"{made} +1" in cli("themes").out


def test_a_link_says_what_it_ends_and_where_it_leads(cli: Cli) -> None:
    """An improvement would leave its theme, or be one that is over, without a word."""
    first, second = list(themes(cli))[:2]
    made = cli("themes", "promote", first).out.strip()
    assert f"no longer to {first}" in cli("themes", "link", second, made).err
    assert "no longer" not in cli("themes", "link", second, made).err
    assert cli("move", made, "done", "--force").code == 0
    assert f"{made} is done" in cli("themes", "link", first, made).err


def test_a_name_that_another_theme_has_is_pointed_out(cli: Cli) -> None:
    """Two rows of one name would look like a mistake of hansei's."""
    first, second = list(themes(cli))[:2]
    name = themes(cli)[second]["name"]
    assert f"{second} has that name too" in cli("themes", "rename", first, name).err
    assert cli("undo").code == 0
    assert "too" not in cli("themes", "rename", first, "A name of its own").err


def test_show_tells_ids_that_other_commands_take(cli: Cli) -> None:
    """Nothing on the command line would lead from a theme to the place in a log."""
    (theme,) = [each for each in themes(cli).values() if "go.sum" in each["name"]]
    line = cli("themes", "show", theme["id"]).out.splitlines()[-1]
    (short,) = [word for word in line.split() if "…" in word and word[0].isalnum()][:1]
    told = cli("explain", short)
    assert told.code == 0
    assert "go.sum" in told.out
    assert cli("themes", "move", short, "none").code == 0
    other = next(each for each in themes(cli) if each != theme["id"])
    assert cli("themes", "move", short, other.removeprefix("THM-")).code == 0


def test_show_says_that_a_theme_is_muted_and_what_was_merged_into_it(cli: Cli) -> None:
    """A theme that is missing from the list would look like any other."""
    keep, other = list(themes(cli))[:2]
    cli("themes", "merge", keep, other)
    cli("themes", "mute", other)
    shown = cli("themes", "show", other).out
    assert f"holds     {other}, merged into it" in shown
    assert f"hansei themes mute {keep} --off" in shown
    assert "(muted)" in cli("themes", "--muted").out
    again = cli("themes", "mute", keep)
    assert "nothing to change" in again.err


def test_nothing_to_propose_tells_why(cli: Cli) -> None:
    """Without a theme it said that every theme has an improvement."""
    none = cli("themes", "--propose", "--filter", "model:nothing-of-the-kind")
    assert "there is no theme here" in none.err
    assert "no theme here" not in cli("themes", "--propose").err
