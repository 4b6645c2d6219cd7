"""What stands between the command and the first screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

NEEDLESS = (
    *("sklearn", "scipy", "numpy", "rapidfuzz", "tinydb", "yaml", "tomlkit", "typer"),
    *("hansei_core.retro", "hansei_core.quickadd", "hansei_core.similar", "hansei_core.decisions"),
    *("hansei_core.triage", "hansei_core.status", "hansei_core.stats", "hansei_core.measurement"),
    *("hansei_core.config_text", "hansei_core.themes", "hansei_core.exchange"),
    *(f"hansei_core.filters.{name}" for name in ("evaluate", "parser", "terms", "completing")),
    *(f"hansei_core.verbs.{name}" for name in ("improvements", "edit", "rework", "rituals")),
    *(f"hansei_core.planning.{name}" for name in ("selection", "pace", "tasks", "agenda", "view")),
    *("hansei_sessions.redact", "hansei_sessions.readers", "hansei_tui.ritual"),
    *("hansei_tui.modals", "hansei_tui.record_view", "hansei_tui.screens.planner"),
    *("hansei_tui.screens.retro", "hansei_tui.screens.themes", "hansei_tui.screens.triage"),
)
"""Modules that wait until a key asks for them."""
OPEN = """
import asyncio, os, sys
from datetime import datetime, timezone
from pathlib import Path
from hansei_tui.app import HanseiApp
from hansei_tui.workspace import open_workspace

# What runs first after the first paint tells what is loaded, and reads no logs.
HanseiApp._read_logs = lambda _: print(*sorted(sys.modules), file=sys.stderr)

async def show():
    now = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    workspace = open_workspace(os.environ, lambda: now, Path.cwd())
    workspace.index
    place, _ = workspace.opening()
    async with HanseiApp(workspace, start=place.value).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
    workspace.close()

asyncio.run(show())
"""


def run(environ: dict[str, str], *arguments: str) -> str:
    """Run Python on hansei's sources and return what it prints on stderr."""
    search = os.pathsep.join(str(ROOT / floor) for floor in ("core", "sessions", "tui"))
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stderr


def test_the_first_screen_loads_what_it_shows(environ: dict[str, str]) -> None:
    """Each module that only a later key needs would be waited for before the list is there."""
    run(environ, "-m", "hansei_tui", "add", "Pool the connections impact:8 effort:2")
    loaded = set(run(environ, "-c", OPEN).split())
    assert "hansei_tui.screens.backlog" in loaded
    assert sorted(loaded.intersection(NEEDLESS)) == []
