"""Months later: logs have vanished, the index was deleted, the machine is another one."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli, Clock


@pytest.fixture
def oldest(cli: Cli, clock: Clock, samples: Path) -> dict[str, str]:
    """Return the oldest evidence of the dearest theme, after its log and the index went away."""
    (theme, *_) = cli("themes", "--json").data
    evidence: list[dict[str, str]] = cli("themes", "show", theme["id"], "--json").data["evidence"]
    found = evidence[-1]
    (log,) = samples.rglob(f"*{found['session_id']}.jsonl")
    log.unlink()
    shutil.rmtree(samples / "hansei" / "cache")
    clock.now += timedelta(days=1)
    return found


def test_evidence_opens_when_its_log_and_the_index_are_gone(
    cli: Cli, oldest: dict[str, str]
) -> None:
    """A theme would count sessions that nobody can look at any more."""
    shown = cli("explain", oldest["id"])
    assert shown.code == 0, shown.err
    assert oldest["text"][:60] in shown.out
    assert cli("explain", oldest["id"], "--json").envelope["archived"] is True
    session = cli("sessions", oldest["session_id"][:8])
    assert "log gone" in session.out
    assert oldest["text"][:40] in session.out
    assert cli("sessions", oldest["session_id"], "--json").envelope["archived"] is True


def test_the_list_of_sessions_says_what_only_the_archive_knows(
    cli: Cli, oldest: dict[str, str]
) -> None:
    """Themes would speak of more sessions than there are."""
    listed = cli("sessions", "--limit", "0")
    assert oldest["session_id"][:8] not in listed.out
    assert "1 more session whose logs are gone" in listed.err
    everywhere = len(cli("sessions", "--json").data) + 1
    assert f"{everywhere} sessions" in cli("themes").err


def test_the_beginning_of_several_sessions_is_still_no_name(
    cli: Cli, oldest: dict[str, str]
) -> None:
    """A session of the archive would be shown where another one was meant."""
    known = [each["id"] for each in cli("sessions", "--json").data]
    first = next(
        (each[:1] for each in known if sum(other[:1] == each[:1] for other in known) > 1), ""
    )
    result = cli("sessions", first)
    assert result.code == 3
    assert "is the start of" in result.err


def test_a_retro_left_as_it_was_offered_makes_no_theme(cli: Cli, samples: Path) -> None:
    """Every trouble would be listed twice: by its log, and by what hansei said about it."""
    for session in cli("sessions", "--json").data:
        assert cli("retro", session["id"], "--none-because", "nothing new").code == 0
    kinds = {
        piece["kind"]
        for theme in cli("themes", "--json").data
        for piece in cli("themes", "show", theme["id"], "--json").data["evidence"]
    }
    assert kinds
    assert "note" not in kinds


def test_a_new_machine_has_all_that_the_backups_hold(
    cli: Cli, samples: Path, environ: dict[str, str]
) -> None:
    """Themes, their sessions and evidence would stay behind on the old machine."""
    cli("add", "Pool the connections")
    before = cli("themes", "--json").data
    assert cli("backup").code == 0
    shutil.copytree(samples / "hansei" / "data" / "backups", samples / "new" / "data" / "backups")
    for name, folder in (("HANSEI_HOME", "new"), ("CLAUDE_CONFIG_DIR", "no"), ("CODEX_HOME", "no")):
        environ[name] = str(samples / folder)
    restored = cli("restore", "manual")
    assert restored.code == 0, restored.err
    assert "the archive took back" in restored.err
    assert [item["title"] for item in cli("list", "--json").data] == ["Pool the connections"]
    after = cli("themes", "--json").data
    counted = [(each["id"], each["name"], each["sessions"], each["minutes_lost"]) for each in after]
    assert counted == [
        (each["id"], each["name"], each["sessions"], each["minutes_lost"]) for each in before
    ]


def test_a_part_of_a_backups_name_is_enough_where_it_means_one(cli: Cli, clock: Clock) -> None:
    """Whoever types the kind of a backup would be told that there is none."""
    cli("add", "One")
    cli("backup")
    clock.now += timedelta(days=1)
    cli("add", "Two")
    assert cli("restore", "manual", "--dry-run").code == 0
    cli("backup")
    several = cli("restore", "manual")
    assert several.code == 3
    assert "part of 2 backups, the newest is" in several.err


def test_a_first_look_leaves_no_backup_without_a_store(
    cli: Cli, clock: Clock, samples: Path
) -> None:
    """Whoever only looks at first would be told that the store was lost."""
    assert cli("themes").code == 0
    clock.now += timedelta(days=30)
    assert cli("themes").code == 0
    assert cli("list", "--json").data == []


def test_the_archive_is_backed_up_by_itself(cli: Cli, clock: Clock, samples: Path) -> None:
    """What only the archive knows would lie in one file, unless somebody thinks of a backup."""
    cli("add", "Pool the connections")
    backups = samples / "hansei" / "data" / "backups"
    for week in range(8):
        assert cli("themes").code == 0
        kept = [each for each in backups.iterdir() if each.name.endswith("archive.sqlite")]
        assert len(kept) == min(week + 1, 5)
        clock.now += timedelta(days=8)


def test_a_window_names_the_sessions_that_it_reaches(cli: Cli, clock: Clock, samples: Path) -> None:
    """The command would count sessions of all time beside the themes of a week."""
    everything = cli("themes", "--json").envelope
    month = cli("themes", "--window", "30", "--json").envelope
    assert 0 < month["sessions"] < everything["sessions"]
    assert f"{month['sessions']} sessions" in cli("themes", "--window", "30").err
    clock.now += timedelta(days=100)
    assert "0 sessions, 0 texts looked at" in cli("themes", "--window", "90").err


def test_a_week_without_hours_is_told_as_one(cli: Cli) -> None:
    """Somebody on holiday would be sent to plan, to score and to split."""
    cli("add", "Pool impact:8 effort:2")
    cli("move", "1", "backlog")
    assert cli("plan", "budget", "--hours", "0", "--because", "holiday").code == 0
    assert "this week holds no hours" in cli("plan").err
    assert "this week holds no hours" in cli("plan", "brief").out
    assert "split" not in cli("plan", "propose").out
