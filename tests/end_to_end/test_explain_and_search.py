"""`hansei explain` and the filters of `hansei sessions`, as a user meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.end_to_end.conftest import Cli


def all_frictions(cli: Cli) -> list[dict[str, Any]]:
    """Return the frictions of all sessions."""
    sessions = cli("sessions", "--json").data
    return [each for session in sessions for each in session["frictions"]]


def test_every_friction_can_be_explained(cli: Cli, samples: Path) -> None:
    """A friction's rule, or the place it stands at, would be a riddle."""
    del samples
    frictions = all_frictions(cli)
    for each in frictions[:20]:
        told = cli("explain", each["id"], "--json").envelope
        assert told["data"]["id"] == each["id"]
        assert told["rule"]["name"] == each["rule"]
        assert any(line["is_place"] for line in told["excerpt"])
    shown = cli("explain", frictions[0]["id"])
    assert frictions[0]["rule"] in shown.out
    assert "seconds:" in shown.out
    assert cli("explain", "--agent", "claude-code").out.count("claude.") > 20
    assert len(cli("explain").out.splitlines()) < 200
    assert cli("explain", "--agent", "claud").err.endswith("did you mean claude?\n")
    assert len(cli("explain", "--json").data) > 100


def test_a_slip_is_answered_with_what_is_near(cli: Cli, samples: Path) -> None:
    """A mistyped rule or id would end without a way on."""
    del samples
    wrong = cli("explain", "codex.exit-cod")
    assert wrong.code != 0
    assert "codex.exit-code" in wrong.err
    session = cli("sessions", "--json").data[0]["id"]
    assert cli("explain", f"{session}:nothing").code != 0


def test_a_rule_is_explained_by_the_name_that_the_list_shows(cli: Cli) -> None:
    """The list of all rules leaves the agents out, and its names would then be refused."""
    assert "exit-code " in cli("explain").out
    shown = cli("explain", "exit-code")
    assert shown.code == 0
    rules = [line.split(" · ")[0] for line in shown.out.splitlines() if " · " in line]
    assert len(rules) > 1
    assert all(each.endswith(".exit-code") for each in rules)
    told = [line for line in shown.out.splitlines() if line.startswith("recognises")]
    assert len(told) == len(set(told)), "what agents share comes once"


def test_a_session_is_shown_with_places_that_can_be_opened(cli: Cli, samples: Path) -> None:
    """A friction in the list would lead nowhere but into its JSON."""
    del samples
    sessions = cli("sessions", "--json").data
    session = max(sessions, key=lambda each: len(each["frictions"]))
    page = cli("sessions", session["id"])
    head, _, rows = page.out.partition("\n\n")
    assert f"{len(session['frictions'])} frictions" in head
    assert "·  ·" not in head
    assert len(rows.splitlines()) == 1 + len(session["frictions"])
    lines = {int(row.split()[0]) for row in rows.splitlines()[1:]}
    assert lines == {each["evidence"]["line"] for each in session["frictions"]}
    place = page.err.split()[2]
    opened = cli("explain", place, "--json").data
    assert opened["session_id"] == session["id"]
    assert opened["evidence"]["line"] == int(place.rpartition(":")[2])


def test_sessions_are_filtered_by_branch_time_and_text(cli: Cli, samples: Path) -> None:
    """The filter that is asked for most would show other sessions too."""
    del samples
    every = cli("sessions", "--json").data
    branch = next(each["branch"] for each in every if each["branch"])
    found = cli("sessions", "--branch", branch, "--json").data
    assert {each["id"] for each in found} == {e["id"] for e in every if e["branch"] == branch}
    assert cli("sessions", "--until", "5000d", "--json").data == []
    word = next(each["text"] for session in every for each in session["frictions"]).split()[0]
    assert 0 < len(cli("sessions", "--search", word, "--json").data) <= len(every)
    assert cli("sessions", "--search", "no such words anywhere", "--json").data == []
