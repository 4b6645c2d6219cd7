"""Stories in a real terminal: what the app writes is its own, and what was typed is not lost."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.hostile_home import NOW, HostileHome
from tests.end_to_end.watched_terminal import (
    ForbiddenOutputError,
    Terminal,
    Watcher,
    hansei_in_terminal,
)
from tests.hostile import STRINGS

MOMENT = NOW.isoformat()
Opened = Callable[..., Terminal]


@pytest.fixture
def opened(hostile_home: HostileHome, tmp_path: Path) -> Opened:
    """Return what opens hansei in a terminal, on a copy of the hostile store."""
    own = tmp_path / "hansei"
    shutil.copytree(hostile_home.folder / "hansei", own)
    environ = {**hostile_home.environ, "HANSEI_HOME": str(own)}

    def run(*arguments: str, changes: dict[str, str] | None = None, **options: Any) -> Terminal:
        return hansei_in_terminal(
            {**environ, **(changes or {})},
            MOMENT,
            *arguments,
            **{"cwd": hostile_home.folder, **options},
        )

    return run


def test_walk_through_everything(opened: Opened) -> None:
    """A log or a record would set the clipboard, the title, or press keys through replies."""
    with opened() as terminal:
        terminal.until("open · ")
        for _ in range(3):
            terminal.send("\x04z")  # half a page down, details
        terminal.until("category  ")
        terminal.send("?")
        terminal.until("Keys · Backlog")
        terminal.send("\x1b")
        terminal.until(lambda text: "Keys · Backlog" not in text)
        terminal.send(":")
        terminal.until("What to do?")
        terminal.send("\x1b")
        terminal.until(lambda text: "What to do?" not in text)
        terminal.send("2")
        terminal.until(re.compile(r"THM-\d+ · ").search)  # type: ignore[arg-type]  # a match is true
        terminal.send("\r")
        terminal.until("opens the log")
        terminal.send("\r")
        terminal.until(" · rule ")
        terminal.send("\x1b")
        terminal.until(lambda text: " · rule " not in text)
        terminal.send("4")
        terminal.until("Week 47")
        terminal.send("1")
        terminal.until("One to three improvements")
        terminal.send("\r")  # opens the group of failures
        terminal.until("▾")
        terminal.send("j\r")
        terminal.until(" · rule ")
        terminal.send("\x1b")
        terminal.until(lambda text: " · rule " not in text)
        terminal.send("3")
        terminal.until("open · ")
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert terminal.watcher.bytes_seen > 50_000
        assert not terminal.watcher.modes & {"1049", "1000", "1003", "1006", "2004", "1004"}


@pytest.mark.parametrize("line", ["list --all", "sessions --limit 0", "themes"])
def test_commands_on_a_terminal(opened: Opened, line: str) -> None:
    """A table on a terminal is drawn by rich, which lets escape sequences in a cell pass."""
    with opened(*line.split(), size=(100, 30)) as terminal:
        assert terminal.exit_code() == 0
        assert terminal.watcher.bytes_seen > 500
        assert set(terminal.watcher.sequences) <= {"m", "K"}


def test_retro_under_the_prompt(opened: Opened) -> None:
    """The small retro writes into the shell's own screen: what leaks there stays there."""
    where = frozenset({"\x1b[6n"})  # Textual asks where the cursor is when it draws in lines
    with opened("retro", "--inline", also=where) as terminal:
        terminal.until("What slowed us down?")
        terminal.send("a thought ")
        terminal.until("a thought")
        terminal.send("\x03")
        assert terminal.exit_code() in {0, 130}


@pytest.mark.parametrize(
    "name",
    [name for name in STRINGS if name.startswith(("osc", "csi-", "c1-", "dcs", "apc", "pm", "res"))]
    + ["nul", "del", "bell", "bidi-override", "surrogate-low", "zero-width", "tags"],
)
def test_watcher_sees_an_attack(name: str) -> None:
    """A check that lets everything pass would prove nothing."""
    if name in {"csi-colour", "csi-clear"}:
        pytest.skip("what draws a screen cannot be told from what Textual draws")
    data = STRINGS[name].encode("utf-8", "surrogatepass")
    watcher = Watcher()
    with pytest.raises((ForbiddenOutputError, UnicodeDecodeError)):
        watcher.take(data + b"\x1b\\ and more \x1b[0m")


def _all_bytes(folder: Path) -> bytes:
    """Return what stands in the files of a folder, without those that are being written."""
    found = b""
    for path in folder.glob("[!.]*"):
        with contextlib.suppress(FileNotFoundError):
            found += path.read_bytes()
    return found


def test_typed_text_outlives_the_process(opened: Opened, tmp_path: Path) -> None:
    """Fault 91: a killed process, a shutdown, a closed window would take the retro with them."""
    drafts = tmp_path / "hansei" / "data" / "drafts"
    ends: dict[str, tuple[Callable[[Terminal], None], int]] = {
        "kill nine": (lambda terminal: terminal.signal(signal.SIGKILL), -9),
        "terminate": (lambda terminal: terminal.signal(signal.SIGTERM), 143),
        "hang up": (lambda terminal: terminal.signal(signal.SIGHUP), 129),
        "window closed": (Terminal.hang_up, 120),  # Python's own: its stdout is gone
        "at last": (lambda terminal: terminal.send("\x11"), 0),
    }
    kept = ""
    for words, (end, code) in ends.items():
        with opened("retro") as terminal:
            terminal.until("Your draft from")  # of the hostile home, then of the round before
            if kept:
                terminal.until(kept)
            terminal.send("\t")
            terminal.until("tab next")
            terminal.send(f"{words} ")
            terminal.until(words)
            if words == "kill nine":  # the autosave comes at most two seconds after the last key
                terminal.until(lambda _: b"kill nine" in _all_bytes(drafts))
            end(terminal)
            assert terminal.exit_code() == code, words
        kept = words


def test_window_that_is_too_small(opened: Opened) -> None:
    """A sliver of a window would be garbage, or end the app; it must say what it needs."""
    with opened(size=(20, 5)) as terminal:
        terminal.until("hansei needs 60")
        terminal.resize(80, 24)
        terminal.until("open · ")
        terminal.resize(1, 1)
        terminal.resize(80, 24)
        terminal.until("open · ")
        terminal.send("q")
        assert terminal.exit_code() == 0


def test_storm_of_sizes(opened: Opened) -> None:
    """Fault 90: dragging a window's frame would crash the app or leave half a screen."""
    with opened() as terminal:
        terminal.until("open · ")
        for step in range(120):
            terminal.resize(30 + step * 37 % 110, 4 + step * 11 % 40)
            if step % 10 == 0:
                terminal.send("j")
        terminal.resize(100, 30)
        terminal.until(lambda text: "open · " in text and "? help" in text)
        terminal.send("q")
        assert terminal.exit_code() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"TERM": "dumb", "COLORTERM": ""},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"NO_COLOR": "1"},
        {"TERM": "", "COLORTERM": "", "HOME": "/nowhere"},
    ],
    ids="-".join,
)
def test_poor_terminals(opened: Opened, changes: dict[str, str]) -> None:
    """Fault 90: an old terminal or locale would end the app in a traceback."""
    with opened(changes=changes) as terminal:
        terminal.until("open ")
        terminal.send("?")
        terminal.until("Keys ")
        terminal.send("\x11")
        assert terminal.exit_code() == 0
        if "NO_COLOR" in changes:
            assert not terminal.watcher.colours


_CRASH = """
from hansei_tui.screens.planner import PlannerScreen
def refresh_data(self):
    prompt = "the typed prompt \\x1b]52;c;AAAA\\x07"
    raise RuntimeError("the secret message \\x9b2J", prompt)
PlannerScreen.refresh_data = refresh_data
"""


def test_crash_leaves_a_sentence_and_a_sane_terminal(opened: Opened, tmp_path: Path) -> None:
    """A mistake of hansei's own would print what sessions said, and leave the terminal raw."""
    with opened(before=_CRASH, also=frozenset({"\x07"})) as terminal:  # it rings the bell
        terminal.until("open · ")
        terminal.send("4")
        assert terminal.exit_code() == 1
        shown = " ".join(terminal.text.split())
        assert "a mistake of its own" in shown
        assert "secret" not in shown
        assert "prompt" not in shown
        assert not terminal.watcher.modes & {"1049", "1000", "1003", "1006", "2004", "1004"}
    (report,) = (tmp_path / "hansei" / "data" / "crashes").iterdir()
    told = report.read_text(encoding="utf-8")
    assert "RuntimeError" in told
    assert "secret" not in told
    assert "prompt" not in told
