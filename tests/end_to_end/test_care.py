"""Looking after what is kept: backup, restore, doctor, forget, and logs that vanish."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.end_to_end.conftest import Cli, Clock

from hansei_core.tables import IMPROVEMENTS, RETROS
from hansei_tui.workspace import open_workspace


def test_a_backup_is_restored_and_the_restore_is_undone(cli: Cli) -> None:
    """A user would find out on the worst day that a backup cannot be restored."""
    cli("add", "Before the backup")
    name = cli("backup").out.strip()
    cli("add", "After it")
    unnamed = cli("restore")
    assert unnamed.code == 2
    assert "no backup is named" in unnamed.err
    shown = cli("restore", name, "--dry-run")
    assert "removed  improvements IMP-2026-002" in shown.out
    assert len(cli("list", "--json").data) == 2
    assert cli("restore", name).code == 0
    assert [item["title"] for item in cli("list", "--json").data] == ["Before the backup"]
    assert cli("undo").code == 0
    assert len(cli("list", "--json").data) == 2
    cli("add", "A third")
    assert cli("show", "3", "--json").data["title"] == "A third"


def test_doctor_says_what_is_sound(cli: Cli, samples: Path) -> None:
    """Nobody could tell whether the store, the index and the logs are well."""
    cli("add", "One")
    cli("sessions")
    findings = cli("doctor", "--json").data
    assert {finding["level"] for finding in findings} <= {"ok", "info"}
    assert any("21 sessions" in finding["what"] for finding in findings)


def test_doctor_names_records_that_are_passed_over(
    cli: Cli, environ: dict[str, str], clock: Clock, tmp_path: Path
) -> None:
    """The summary would send the user here, and here all would be well."""
    cli("add", "One")
    store = open_workspace(environ, clock, tmp_path).store
    with store.transaction("edit by hand", now=clock.now) as transaction:
        transaction.put(IMPROVEMENTS, "IMP-2026-009", {"id": "IMP-2026-009", "title": 7})
        for number in range(9):
            transaction.put(RETROS, f"RET-00{number}", {"session_id": number})
    store.close()
    assert "hansei doctor" in cli("status").out
    result = cli("doctor")
    assert result.code == 0
    assert "improvements IMP-2026-009: the record IMP-2026-009" in result.out
    assert "retros RET-000" in result.out
    assert "2 more records cannot be read" in result.out


def test_doctor_looks_at_the_archive(cli: Cli, samples: Path, tmp_path: Path) -> None:
    """A damaged archive would be put aside without anybody having been told."""
    cli("themes")
    archive = tmp_path / "hansei" / "data" / "archive.sqlite"
    assert any("archive" in finding["where"] for finding in cli("doctor", "--json").data)
    archive.write_bytes(b"no database at all" * 500)
    broken = cli("doctor")
    assert broken.code == 1
    assert str(archive) in broken.out


def test_doctor_mends_a_damaged_store(cli: Cli, tmp_path: Path) -> None:
    """One bad byte would make the whole backlog unreachable."""
    for title in ("One", "Two", "Three"):
        cli("add", title)
    journal = tmp_path / "hansei" / "data" / "journal.jsonl"
    if journal.stat().st_size == 0:
        journal = tmp_path / "hansei" / "data" / "store.json"
    content = bytearray(journal.read_bytes())
    content[len(content) // 3] ^= 0x20
    journal.write_bytes(bytes(content))
    broken = cli("doctor")
    if broken.code:
        assert cli("doctor", "--fix").code == 0
        assert cli("doctor").code == 0
    assert cli("list").code == 0


def test_a_forgotten_project_is_gone_everywhere(cli: Cli, samples: Path, tmp_path: Path) -> None:
    """Text of a client's project would stay in the store, a backup or the archive."""
    newest = cli("sessions", "--project", "tidewater", "--json").data[0]["id"]
    cli("themes")
    cli("retro", newest, "-i", "Start the database in a fixture", "--slowed", "psycopg again")
    cli("backup")
    asked = cli("forget", "tidewater")
    assert asked.code == 2
    assert "cannot be undone" in asked.err
    assert cli("forget", "tidewater", "--yes").code == 0
    assert cli("sessions", "--project", "tidewater", "--json").data == []
    assert [item["title"] for item in cli("list", "--json").data] == [
        "Start the database in a fixture"
    ]
    assert cli("show", "1", "--json").data["evidence"] == []
    for path in (tmp_path / "hansei").rglob("*"):
        if path.is_file() and path.suffix != ".toml":
            content = path.read_bytes()
            assert b"psycopg" not in content, path
            if path.parent.name != "cache":  # the index knows the log's path, not to open it again
                assert newest.encode() not in content, path


def test_a_forgotten_session_does_not_come_back(cli: Cli, samples: Path) -> None:
    """The next scan would bring back what the user wanted gone."""
    session = cli("sessions", "--json").data[0]["id"]
    assert cli("forget", session[:8], "--yes").code == 0
    assert session not in {each["id"] for each in cli("sessions", "--json").data}


def test_themes_outlive_the_logs_and_the_index(cli: Cli, samples: Path, tmp_path: Path) -> None:
    """When an agent deletes its logs after thirty days, a theme's history would go with them."""
    before = {theme["name"]: theme["sessions"] for theme in cli("themes", "--json").data}
    shutil.rmtree(tmp_path / ".claude")
    shutil.rmtree(tmp_path / ".codex")
    shutil.rmtree(tmp_path / "hansei" / "cache")
    after = {theme["name"]: theme["sessions"] for theme in cli("themes", "--json").data}
    assert after == before


def test_agents_without_logs_are_one_line(cli: Cli) -> None:
    """A new user would get a screen full of folders that do not exist."""
    short, whole = cli("doctor").out.splitlines(), cli("doctor", "--all").out.splitlines()
    assert len(short) < 8
    assert len(whole) > 30
    assert "keep no logs here; --all lists the folders" in short[-1]
    assert "keep no logs here" in cli("sources").err
    assert len(cli("sources", "--all").out.splitlines()) > 30


def test_forgetting_an_unknown_name_names_projects(cli: Cli) -> None:
    """A project's name with a typing mistake would be answered as if it were a session's id."""
    shown = cli("forget", "nothing")
    assert shown.code == 3
    assert "no project and no session “nothing”" in shown.err


def test_the_settings_fit_a_pipe(cli: Cli) -> None:
    """One long value would push the meaning of all others out of sight."""
    shown = cli("config", "show")
    assert max(len(line) for line in shown.out.splitlines()) < 160
    assert "the cure is worse" in cli("config", "show", "triage.reasons").out


def test_colours_that_do_not_exist_are_named(cli: Cli, environ: dict[str, str]) -> None:
    """A typing mistake in the colours would be kept, and hansei would stay dark without a word."""
    config_file = Path(environ["HANSEI_HOME"]) / "config" / "config.toml"
    mistyped = cli("config", "set", "screen.theme", "hansei-ligth")
    assert mistyped.code == 2
    assert "did you mean hansei-light?" in mistyped.err
    assert not config_file.exists()
    assert "solarized-dark" in cli("config", "set", "screen.theme", "?").err
    assert cli("config", "set", "screen.theme", "nord").code == 0
    assert cli("config", "check").code == 0
    config_file.write_text('[screen]\ntheme = "nrod"\n', encoding="utf-8")
    assert cli("config", "check").code == 1
    assert "did you mean nord?" in cli("doctor").out
