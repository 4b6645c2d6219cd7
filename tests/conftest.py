"""The machine that runs the tests does not exist: no real home, no settings, a fixed zone."""

from __future__ import annotations

import os

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read when textual is imported
os.environ["TEXTUAL_FPS"] = "500"  # read then too: a frame is drawn as soon as it can be

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hansei_sessions.sources import VARIABLES

if TYPE_CHECKING:
    from tests.end_to_end.hostile_home import HostileHome

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.fixture(autouse=True)
def no_machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty home, no inherited settings and the zone UTC."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("XDG_", "HANSEI_", "CLAUDE_", "CODEX_", "TEXTUAL_")) or name in {
            *VARIABLES,
            "NO_COLOR",
            "EDITOR",
            "VISUAL",
            "COLORTERM",
        }:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    if hasattr(time, "tzset"):
        time.tzset()
    return home


@pytest.fixture
def now() -> datetime:
    """Return the frozen clock of the tests: Saturday 2026-11-21, noon, UTC."""
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def shared() -> Path:
    """Return the developers' sample data, or skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the developers' sample data is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> HostileHome:
    """Return a home whose logs, settings and records are full of hostile text; copy its store."""
    from tests.end_to_end.hostile_home import build_home

    return build_home(tmp_path_factory.mktemp("hostile"))
