"""`hansei hooks` as a user meets it: shown, asked, made; and what the hook tells is believed."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli, Clock

from hansei_sessions.readers import FORMATS
from hansei_tui.cli.just_ended import AGENTS
from hansei_tui.demo.script import Prompt, Run, Script
from hansei_tui.demo.writers import write_log


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """Return the user's Claude Code settings, with a hook of another tool."""
    path = tmp_path / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text('{\n  "hooks": {\n    "Stop": [{"hooks": [{"command": "mine"}]}]\n  }\n}\n')
    return path


def test_nothing_changes_without_a_yes(cli: Cli, settings_file: Path) -> None:
    """A user's configuration would be edited by surprise."""
    before = settings_file.read_bytes()
    result = cli("hooks", "install", "claude-code")
    assert result.code == 2
    assert '+    "SessionEnd": [' in result.out
    assert settings_file.read_bytes() == before


def test_install_status_uninstall(cli: Cli, settings_file: Path, tmp_path: Path) -> None:
    """The three commands would not agree on what is there."""
    before = settings_file.read_bytes()
    assert cli("hooks", "install", "claude-code", "--yes").code == 0
    assert cli("hooks", "install", "claude-code", "--yes").out.count("in place") == 1
    states = {each["agent"]: each["state"] for each in cli("hooks", "status", "--json").data}
    assert states["claude-code"] == "installed"
    assert states["codex"] == "missing"
    assert cli("hooks", "uninstall", "claude-code", "--yes").code == 0
    assert settings_file.read_bytes() == before
    assert [path.name for path in settings_file.parent.iterdir()] == ["settings.json"]


def test_doctor_tells_a_hook_that_was_dropped(cli: Cli, settings_file: Path) -> None:
    """A running agent writes its old settings back, and the hook would be gone unnoticed."""
    before = settings_file.read_bytes()
    cli("hooks", "install", "claude-code", "--yes")
    assert "the hook of claude-code is in place" in cli("doctor").out
    settings_file.write_bytes(before)
    told = cli("doctor").out
    assert "was removed by another program" in told
    assert "hansei hooks install claude-code" in told


def test_a_refusal_shows_what_to_paste(cli: Cli, settings_file: Path) -> None:
    """Someone with comments in the file would be left without a way."""
    settings_file.write_text("{\n  // mine\n}\n")
    result = cli("hooks", "install", "claude-code", "--yes")
    assert result.code == 4
    assert "comments" in result.err
    assert '"type": "command"' in result.err


def test_what_the_hook_tells_is_believed(
    cli: Cli, clock: Clock, settings_file: Path, tmp_path: Path, now: datetime
) -> None:
    """A session that just ended would be offered ten minutes late."""
    assert cli("status").code == 0  # hansei's first start
    began = now + timedelta(minutes=1)
    steps = (Prompt("Begin"), Run("make test", "ok", seconds=5), Prompt("Go on"))
    script = Script("claude-code", "api", began, 1, steps)
    log = write_log(script, tmp_path)
    session = json.loads(log.read_text().splitlines()[0])["sessionId"]
    clock.now = now + timedelta(minutes=9)
    os.utime(log, (clock.now.timestamp(), clock.now.timestamp()))
    assert cli("retro").code == 3  # it may still run
    cli("hooks", "install", "claude-code", "--yes")
    value = json.loads(settings_file.read_text())
    command = value["hooks"]["SessionEnd"][0]["hooks"][0]["command"]
    event = json.dumps({"session_id": session, "cwd": "/x", "hook_event_name": "SessionEnd"})
    done = subprocess.run(
        ["/bin/sh", "-c", command], input=event, text=True, capture_output=True, check=True
    )
    assert done.stdout == done.stderr == ""
    queue = tmp_path / "hansei" / "data" / "queue" / "ended.jsonl"
    line = json.loads(queue.read_text())
    line["at"] = clock.now.timestamp()  # the hook has the machine's clock, the test its own
    queue.write_text(json.dumps(line) + "\n")
    clock.now += timedelta(seconds=5)
    shown = cli("retro", "--json")
    assert shown.envelope["session"]["id"] == session
    (ending,) = cli("hooks", "status", "--json").envelope["endings"]
    assert ending["session_id"] == session


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "alias claude='hansei wrap -- claude'"),
        ("zsh", "alias claude='hansei wrap -- claude'"),
        ("fish", "alias claude 'hansei wrap -- claude'"),
    ],
)
def test_aliases(cli: Cli, shell: str, line: str) -> None:
    """The printed line would be no alias in that shell."""
    assert line in cli("hooks", "alias", shell).out.splitlines()


def test_aliases_of_an_unknown_shell(cli: Cli) -> None:
    """A line of another shell would break the user's start-up file."""
    assert cli("hooks", "alias", "tcsh").code == 2


def test_aliases_where_no_shell_is_named(cli: Cli) -> None:
    """Without $SHELL the error would quote an empty name."""
    unknown = cli("hooks", "alias")
    assert unknown.code == 2
    assert "“”" not in unknown.err
    assert "hansei hooks alias bash" in unknown.err


def test_wrap_knows_agents_by_the_names_of_their_readers() -> None:
    """A session would be looked for among another agent's, and never found."""
    assert set(AGENTS.values()) <= {each.agent for each in FORMATS}
