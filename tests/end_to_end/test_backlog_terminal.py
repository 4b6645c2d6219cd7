"""The Backlog through a pseudo-terminal: bulk edit, undo, board and the way through an editor."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli
from tests.end_to_end.terminal import Terminal

from hansei_core.improvement import Improvement
from hansei_core.verbs.records import load_improvements
from hansei_core.vocabulary import Stage
from hansei_tui.cli.run import local_clock
from hansei_tui.workspace import open_workspace

ROOT = Path(__file__).resolve().parent.parent.parent
CTRL_Q, ENTER, ESC = "\x11", "\r", "\x1b"
Open = Callable[..., Terminal]
Look = Callable[[], dict[str, Improvement]]


@pytest.fixture
def shell(environ: dict[str, str], tmp_path: Path) -> Open:
    """Return what opens hansei in a terminal."""

    def run(**more: str) -> Terminal:
        search = os.pathsep.join(str(ROOT / each) for each in ("core", "sessions", "tui"))
        own = {"PYTHONPATH": search, "TEXTUAL_ANIMATIONS": "none", "LC_ALL": "C.UTF-8"}
        command = [sys.executable, "-m", "hansei_tui"]
        return Terminal(command, {**environ, **own, **more}, tmp_path, size=(120, 36))

    return run


@pytest.fixture
def look(environ: dict[str, str], tmp_path: Path) -> Look:
    """Return what reads the store as another process would."""

    def read() -> dict[str, Improvement]:
        workspace = open_workspace(environ, local_clock(environ), tmp_path)
        try:
            return dict(load_improvements(workspace.store).items)
        finally:
            workspace.close()

    return read


@pytest.fixture
def backlog(cli: Cli) -> None:
    """Add three improvements, the first the most valuable."""
    for line in ("Pool it impact:9 effort:1", "Name it impact:8 effort:2", "Skip it impact:7"):
        assert cli("add", line).code == 0
    assert cli("move", "1", "2", "3", "backlog").code == 0


@pytest.fixture
def editor(tmp_path: Path) -> Callable[[str], str]:
    """Return what makes an editor of a few lines of Python; `text` is the page."""

    def make(script: str) -> str:
        path = tmp_path / "editor.py"
        path.write_text(
            f"#!{sys.executable}\nimport pathlib, sys\npath = pathlib.Path(sys.argv[1])\n"
            f"text = path.read_text()\n{script}\npath.write_text(text)\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


@pytest.mark.usefixtures("backlog")
def test_bulk_edit_is_one_undo(shell: Open, look: Look) -> None:
    """Marks, one score for all of them, one undo: across the terminal and the disk."""
    with shell() as terminal:
        terminal.until("3 open")
        terminal.type("V")
        terminal.until("3 marked")
        terminal.type("I2")
        terminal.until(lambda text: "20   Pool it" in text and "18   Name it" in text)
        assert {item.impact for item in look().values()} == {2}
        terminal.type("u")
        terminal.until(lambda text: "90   Pool it" in text and "72   Name it" in text)
        terminal.type(CTRL_Q)
        assert terminal.exit_code() == 0
    assert [item.impact for item in look().values()] == [9, 8, 7]


@pytest.mark.usefixtures("backlog")
def test_a_card_moves_over_the_board(shell: Open, look: Look) -> None:
    """`L` moves the card, `J` orders it, and both are on the disk when hansei is left."""
    with shell() as terminal:
        terminal.until("3 open")
        terminal.type("b")
        terminal.until("open  board")
        terminal.type("L")
        terminal.until("│▌90 · 1 h")
        terminal.type("u")
        terminal.until(lambda text: re.search(r"backlog +3 ", text) is not None)
        terminal.type("J")
        terminal.until(lambda text: 0 < text.find("72 · 2 h") < text.find("90 · 1 h"))
        terminal.type(CTRL_Q)
        assert terminal.exit_code() == 0
    items = look()
    assert {item.stage for item in items.values()} == {Stage.BACKLOG}
    ranks = [item.rank for item in items.values()]
    assert sum(rank is not None for rank in ranks) == 1


@pytest.mark.usefixtures("backlog")
def test_the_editor_takes_the_terminal_and_gives_it_back(
    shell: Open, look: Look, editor: Callable[[str], str]
) -> None:
    """What is written in the editor must be saved, and the screen must live on afterwards."""
    command = editor(
        "text = text.replace('title: Pool it', 'title: Pool all of it')"
        ".replace('## Current state\\n', '## Current state\\n\\nOne each.\\n')"
    )
    with shell(EDITOR=command) as terminal:
        terminal.until("3 open")
        terminal.type("e")
        terminal.until("Pool all of it")
        terminal.type("j")
        terminal.type("?")
        terminal.until("Keys")
        terminal.type(ESC + CTRL_Q)
        assert terminal.exit_code() == 0
    item = look()["IMP-2026-001"]
    assert (item.title, item.current_state) == ("Pool all of it", "One each.")


@pytest.mark.usefixtures("backlog")
def test_a_bad_page_comes_back_with_the_text_kept(
    shell: Open, look: Look, editor: Callable[[str], str], tmp_path: Path
) -> None:
    """A value that is not allowed must be named in the page, and what was typed must be there."""
    seen = tmp_path / "seen"
    command = editor(
        f"seen = pathlib.Path({str(seen)!r})\n"
        "again = seen.exists()\n"
        "seen.write_text(text)\n"
        "text = text.replace('impact: 99', 'impact: 4') if again else "
        "text.replace('impact: 9', 'impact: 99').replace('Pool it', 'Typed')"
    )
    with shell(VISUAL=command) as terminal:
        terminal.until("3 open")
        terminal.type("e")
        terminal.until("Typed")
        terminal.type(CTRL_Q)
        assert terminal.exit_code() == 0
    page = seen.read_text()
    assert page.startswith("<!-- hansei: impact must be a whole number 1–10")
    assert "title: Typed" in page
    item = look()["IMP-2026-001"]
    assert (item.title, item.impact) == ("Typed", 4)


@pytest.mark.usefixtures("backlog")
def test_an_editor_that_fails_changes_nothing(
    shell: Open, look: Look, editor: Callable[[str], str]
) -> None:
    """`:cq` and an editor that is not there must leave the terminal and the record as they were."""
    before = look()
    for command in (editor("sys.exit(3)"), "/nowhere/editor"):
        with shell(EDITOR=command) as terminal:
            terminal.until("3 open")
            terminal.type("e?")
            terminal.until("Keys")
            terminal.type(ESC)
            terminal.until("3 open")
            terminal.type(CTRL_Q)
            assert terminal.exit_code() == 0
    assert look() == before


@pytest.mark.usefixtures("backlog")
def test_the_command_edits_the_same_page(
    cli: Cli, environ: dict[str, str], look: Look, editor: Callable[[str], str]
) -> None:
    """`hansei edit --editor` must do on the command line what `e` does on screen."""
    environ["EDITOR"] = editor("text = text.replace('effort: 2', 'effort: 3')")
    done = cli("edit", "2", "--editor")
    assert done.code == 0
    assert look()["IMP-2026-002"].effort == 3
    environ["EDITOR"] = "true"
    assert "nothing changed" in cli("edit", "2", "--editor").err
    environ["EDITOR"] = editor("text = ''")
    assert "emptied" in cli("edit", "2", "--editor").err
    assert look()["IMP-2026-002"].effort == 3


@pytest.mark.usefixtures("backlog")
def test_what_another_shell_writes_appears(shell: Open, cli: Cli) -> None:
    """A capture in another terminal must be seen without a key."""
    with shell() as terminal:
        terminal.until("3 open")
        assert cli("add", "From elsewhere impact:10 effort:1").code == 0
        terminal.until("From elsewhere")
        terminal.type(CTRL_Q)
        assert terminal.exit_code() == 0
