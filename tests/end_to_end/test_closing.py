"""Closing a session as a user does: the agent ends, two lines and three questions appear, done."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli, Clock
from tests.end_to_end.terminal import Terminal

from hansei_core.retro import RetroDraft
from hansei_core.verbs.drafts import keep_draft
from hansei_core.verbs.records import load_improvements
from hansei_core.verbs.retros import load_retros
from hansei_tui.words import short_id
from hansei_tui.workspace import Workspace, open_workspace

ROOT = Path(__file__).resolve().parent.parent.parent
AGENT = Path(__file__).with_name("stand_in_agent.py")
HANSEI = [sys.executable, "-m", "hansei_tui"]
CTRL_L, CTRL_O, CTRL_S, CTRL_T, ESC = "\x0c", "\x0f", "\x13", "\x14", "\x1b"

Open = Callable[..., Terminal]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return the folder that the agent works in."""
    folder = tmp_path / "src" / "work" / "importer"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a user whose home is the test's own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "HANSEI_HOME": str(tmp_path / "hansei"),
        "CLAUDE_CONFIG_DIR": str(tmp_path / ".claude"),
        "PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in ("core", "sessions", "tui")),
        "TEXTUAL_ANIMATIONS": "none",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


@pytest.fixture
def shell(environ: dict[str, str], here: Path) -> Open:
    """Return what runs `hansei …` in a terminal."""

    def run(*arguments: str, **more: str) -> Terminal:
        return Terminal([*HANSEI, *arguments], {**environ, **more}, here)

    return run


@pytest.fixture
def wrapped(shell: Open) -> Open:
    """Return what runs the stand-in agent under `hansei wrap`."""

    def run(prompts: int = 3, code: int = 0, **more: str) -> Terminal:
        return shell("wrap", "--", sys.executable, str(AGENT), str(prompts), str(code), **more)

    return run


@pytest.fixture
def workspace(environ: dict[str, str], here: Path) -> Callable[[], Workspace]:
    """Return what opens the user's hansei, to look at what was saved."""
    from hansei_tui.cli.run import local_clock

    return lambda: open_workspace(environ, local_clock(environ), here)


def test_a_retro_takes_two_keys(wrapped: Open, workspace: Callable[[], Workspace]) -> None:
    """The way from the agent's end to a saved retro would be too long to be gone every day."""
    with wrapped(code=7) as terminal:
        seen = terminal.until("ctrl+s")
        assert "the agent says goodbye" in seen
        assert "3 frictions" in seen
        for name in ("`pytest` failed", "edits of files that were not read", "you refused Edit"):
            assert name in seen, name
        for question in ("What slowed us down?", "What broke?", "What could be better?"):
            assert question in seen
        terminal.type("1")
        terminal.until("✓")
        terminal.type(CTRL_S)
        assert terminal.exit_code() == 7
        assert b"\x1b[?1049h" not in terminal.raw  # the screen was not taken
    opened = workspace()
    (retro,) = load_retros(opened.store)
    (item,) = load_improvements(opened.store).items.values()
    assert retro.improvement_ids == (item.id,)
    assert "pytest" in retro.slowed + retro.broke
    assert item.evidence
    opened.close()


def test_words_are_typed_without_aiming(wrapped: Open, workspace: Callable[[], Workspace]) -> None:
    """A user who just types would act on keys instead of writing."""
    with wrapped() as terminal:
        terminal.until("ctrl+s")
        terminal.type("Write a fixture for dates +tests impact:7")
        terminal.until("impact:7")
        terminal.type(CTRL_S)
        assert terminal.exit_code() == 0
    opened = workspace()
    (item,) = load_improvements(opened.store).items.values()
    assert (item.title, item.tags, item.impact) == ("Write a fixture for dates", ("tests",), 7)
    opened.close()


def test_a_killed_retro_is_offered_again(
    wrapped: Open, shell: Open, workspace: Callable[[], Workspace]
) -> None:
    """A sentence that was typed before a crash would be gone."""
    with wrapped() as terminal:
        terminal.until("ctrl+s")
        terminal.type("Never lose this")
        terminal.until("Never lose this")
        drafts = workspace()
        terminal.until_file(drafts.paths.data, "Never lose this")
        terminal.kill(signal.SIGKILL)
        drafts.close()
    with shell("retro", "--inline") as terminal:
        seen = terminal.until("Never lose this")
        assert "Your draft from" in seen
        terminal.type(CTRL_S)
        assert terminal.exit_code() == 0
    opened = workspace()
    assert [item.title for item in load_improvements(opened.store).items.values()] == [
        "Never lose this"
    ]
    opened.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_keeps_the_last_word(
    wrapped: Open, shell: Open, number: signal.Signals
) -> None:
    """What was typed in the last two seconds would be gone with the terminal."""
    with wrapped() as terminal:
        terminal.until("ctrl+s")
        terminal.type("The very last word")
        terminal.until("The very last word")
        terminal.kill(number)
        terminal.exit_code()
    with shell("retro", "--inline") as terminal:
        terminal.until("The very last word")


def test_escape_goes_back_to_the_shell(wrapped: Open, shell: Open) -> None:
    """Someone who wants to go home would be held up, or lose what stands there."""
    with wrapped(code=3) as terminal:
        terminal.until("ctrl+s")
        terminal.type("Half a thought")
        terminal.until("Half a thought")
        terminal.type(ESC)
        terminal.until("Kept for later")
        assert terminal.exit_code() == 3
    with shell("retro", "--inline") as terminal:
        terminal.until("Half a thought")


def test_none_needs_a_reason(wrapped: Open, workspace: Callable[[], Workspace]) -> None:
    """A retro without an improvement would be saved without a word why."""
    with wrapped() as terminal:
        terminal.until("ctrl+s")
        terminal.type(CTRL_S)
        terminal.until("Type why")
        terminal.type("one bad day\r")
        assert terminal.exit_code() == 0
    opened = workspace()
    (retro,) = load_retros(opened.store)
    assert retro.none_because == "one bad day"
    opened.close()


def test_the_full_screen_is_one_key_away(wrapped: Open) -> None:
    """What was typed under the prompt would not be there on the screen."""
    with wrapped() as terminal:
        terminal.until("ctrl+s")
        terminal.type("Begun below the prompt")
        terminal.until("Begun below the prompt")
        terminal.type(CTRL_O)
        terminal.until(lambda text: "Backlog" in text and "Begun below the prompt" in text)
        assert b"\x1b[?1049h" in terminal.raw


def test_not_today_is_respected(wrapped: Open) -> None:
    """A user who said no would be asked after each session."""
    with wrapped() as terminal:
        terminal.until("ctrl+s")
        terminal.type(CTRL_T)
        terminal.until("No more questions today")
        terminal.exit_code()
    with wrapped() as terminal:
        assert terminal.exit_code() == 0
        assert "What broke?" not in terminal.text


def test_a_small_session_is_not_asked_about(wrapped: Open) -> None:
    """One prompt and gone: a question would be a nuisance."""
    with wrapped(prompts=1, code=5) as terminal:
        assert terminal.exit_code() == 5
        assert "What broke?" not in terminal.text


def test_a_dumb_terminal_asks_line_by_line(
    wrapped: Open, workspace: Callable[[], Workspace]
) -> None:
    """A screen reader would be handed a drawing."""
    with wrapped(TERM="dumb") as terminal:
        terminal.until("What slowed us down?")
        terminal.type("\n\n\n")
        terminal.until("Improvement 1")
        terminal.type("Teach it the date format\n")
        terminal.until("Improvement 2")
        terminal.type("\n")
        assert terminal.exit_code() == 0
        assert b"\x1b[" not in terminal.raw
    opened = workspace()
    (retro,) = load_retros(opened.store)
    assert "pytest" in retro.broke
    assert len(retro.improvement_ids) == 1
    opened.close()


def test_a_signal_reaches_the_agent_and_nobody_is_asked(shell: Open) -> None:
    """A session manager that ends everything would be held up by a question."""
    program = "import signal, sys, time; print('up', flush=True); time.sleep(60)"
    with shell("wrap", "--", sys.executable, "-c", program) as terminal:
        terminal.until("up")
        terminal.kill(signal.SIGTERM)
        assert terminal.exit_code() == 128 + signal.SIGTERM
        assert "What broke?" not in terminal.text


def test_ctrl_c_is_the_agents_own(shell: Open) -> None:
    """The first ctrl+c, which stops an agent's turn, would end the wrapper."""
    program = (
        "import os, signal, sys; signal.signal(signal.SIGINT, lambda *_: os.write(1, b'mine'));"
        "print('up', flush=True); print('got', sys.stdin.readline(), flush=True); sys.exit(9)"
    )
    with shell("wrap", "--", sys.executable, "-c", program) as terminal:
        terminal.until("up")
        terminal.type("\x03")
        terminal.until("mine")
        terminal.type("word\n")
        terminal.until("got word")
        assert terminal.exit_code() == 9


@pytest.mark.skipif(not shutil.which("bash"), reason="job control needs a shell that has it")
def test_ctrl_z_stops_and_fg_goes_on(environ: dict[str, str], here: Path) -> None:
    """A stopped agent would leave the user without a shell."""
    bash = [str(shutil.which("bash")), "--norc", "--noprofile", "-i"]
    with Terminal(bash, {**environ, "PS1": "ready$ "}, here, size=(300, 30)) as terminal:
        terminal.until("ready$")
        agent = ["sh", "-c", "echo it is $((40 + 2)); exec cat"]
        terminal.type(f"{shlex.join([*HANSEI, 'wrap', '--', *agent])}\n")
        terminal.until("it is 42")
        terminal.type("one\n")
        terminal.until(lambda text: text.count("one") == 2)
        terminal.type("\x1a")
        terminal.until("Stopped")
        terminal.type("fg && echo all $((50 + 5))\n")
        terminal.until(lambda text: text.count("exec cat") >= 3)
        terminal.type("two\n")
        terminal.until(lambda text: text.count("two") == 2)
        terminal.type("\x04")
        terminal.until("all 55")


def test_no_such_command(shell: Open) -> None:
    """A typing mistake would look like an agent's failure."""
    with shell("wrap", "nosuch", "--flag") as terminal:
        terminal.until("nosuch: command not found")
        assert terminal.exit_code() == 127


def test_forgetting_takes_the_draft(cli: Cli, samples: Path, environ: dict[str, str]) -> None:
    """Words of a session that was forgotten would be offered again."""
    environ["HANSEI_HOME"] = str(samples / "hansei")
    session = cli("retro", "--last", "--show", "--json").envelope["session"]["id"]
    opened = open_workspace(environ, lambda: datetime(2026, 11, 21, tzinfo=UTC), samples)
    keep_draft(opened.drafts, RetroDraft(session, slowed="secret"), now=opened.now())
    opened.close()
    assert cli("forget", session, "--yes").code == 0
    assert list((samples / "hansei" / "data" / "drafts").iterdir()) == []


def test_a_retro_says_which_session_it_closes(cli: Cli, samples: Path) -> None:
    """`--last` takes whatever is newest: a retro of the wrong session would go unnoticed."""
    del samples
    newest = cli("sessions", "--json").data[0]
    first = cli("retro", "--last", "--none-because", "nothing new")
    assert f"it closes {short_id(newest['id'])} “{newest['title']}”" in first.err
    assert "before" not in first.err
    assert "which had a retro before" in cli("retro", "--last", "--none-because", "again").err


def test_a_folder_without_sessions_is_named_once(cli: Cli, tmp_path: Path) -> None:
    """Two agents that keep their logs in the projects would name the same folder twice."""
    (tmp_path / "src").mkdir()
    said = cli("sessions").err
    assert said.count(f"{tmp_path / 'src'}") == 1
    assert "hansei sources --all" in said


def test_the_first_start_opens_the_session_that_brought_the_user(
    cli: Cli, samples: Path, environ: dict[str, str], clock: Clock
) -> None:
    """Whoever installs hansei after a bad session would be shown an empty backlog."""
    del samples
    newest = cli("sessions", "--json").data[0]
    workspace = open_workspace(environ, clock, Path(newest["cwd"]))
    assert workspace.unreviewed() == (), "what ended before is owed nothing"
    assert workspace.opening() == ("retro", newest["id"])
    workspace.close()
    assert cli("status", "--json").envelope["opens"] == "backlog", "another folder's work is not"
    assert cli("retro", "--last", "--none-because", "only looking").code == 0
    later = open_workspace(environ, clock, Path(newest["cwd"]))
    assert later.opening() == ("backlog", "")
    later.close()
