"""The whole loop on the command line: retro, themes, backlog, plan, and back by undo."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path

from tests.end_to_end.conftest import Cli, Clock

from hansei_core.vocabulary import STAGE_ORDER, Stage


def test_a_session_becomes_a_planned_improvement(cli: Cli, samples: Path, clock: Clock) -> None:
    """The one thing that hansei is for would not work: from a session to this week's plan."""
    sessions = cli("sessions", "--json").envelope
    assert sessions["total"] == 21
    assert sessions["counts"]["malformed"] == 0
    assert any(friction for session in sessions["data"] for friction in session["frictions"])

    retro = cli(
        "retro",
        "--last",
        "--slowed",
        "the database again",
        "-i",
        "Start the database in a fixture +tests cat:dx impact:8 effort:2",
        "-i",
        "Write the version rule down impact:6 effort:1",
        "--json",
    ).data
    assert retro["retro"]["slowed"] == "the database again"
    first, second = (item["id"] for item in retro["improvements"])
    assert (first, second) == ("IMP-2026-001", "IMP-2026-002")

    themes = cli("themes", "--json").data
    assert any("connection" in theme["name"] for theme in themes)
    for theme in themes:
        weeks = {week for week, hit in theme["weeks"] if hit}
        assert len(theme["sessions"]) >= 3 or len(weeks) >= 2 or len(theme["projects"]) >= 2, theme[
            "name"
        ]

    assert cli("move", "1", "2", "backlog").code == 0
    proposal = cli("plan", "propose", "--take", "--json").data
    assert {choice["id"] for choice in proposal["choices"]} == {first, second}
    plan = cli("plan", "--json").data
    assert (plan["budget_hours"], plan["taken_hours"]) == (8.0, 3.0)

    clock.now += timedelta(minutes=5)
    assert cli("undo").code == 0
    assert cli("plan", "--json").data["items"] == []
    assert cli("redo").code == 0
    assert len(cli("plan", "--json").data["items"]) == 2


def test_a_lifecycle_stands_in_the_history(cli: Cli) -> None:
    """Nobody could tell later how an improvement got where it is."""
    cli("add", "Walk the whole way impact:5 effort:2")
    stages = [stage.value for stage in STAGE_ORDER if stage is not Stage.INBOX]
    for stage in stages:
        assert cli("move", "1", stage).code == 0
    lines = [line["text"] for line in cli("show", "1", "--json").data["history"]]
    assert [line.split()[4] for line in lines if line.startswith("moved")] == stages
    jump = cli("add", "Jump").code or cli("move", "2", "done").code
    assert jump == 2


def test_demo_leaves_the_users_data_alone(cli: Cli, tmp_path: Path) -> None:
    """Trying hansei out would write into the user's own store."""
    cli("add", "Mine")
    own = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "hansei").rglob("*"))
    shown = cli("demo")
    assert shown.code == 0
    assert "4 sessions to review" in shown.out
    assert own == sorted(
        (path, path.stat().st_mtime_ns) for path in (tmp_path / "hansei").rglob("*")
    )


def test_the_kept_demo_is_opened_by_the_printed_line(cli: Cli, tmp_path: Path) -> None:
    """A folder with a blank in its name would give a line that no shell reads as it was meant."""
    folder = tmp_path / "my demo"
    words = shlex.split(cli("demo", "--keep", str(folder)).out)
    assert f"HANSEI_HOME={folder / 'hansei'}" in words
    assert words[-1] == "hansei"
    assert all("=" in word for word in words[:-1])
