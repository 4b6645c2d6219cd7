"""The app on the demo's data: built once, its store copied for each test that writes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from tests.tui.quiet import tell_quiet_by_the_loop
from tests.tui.story import NOW, Opener, Story, story_of

from hansei_tui.demo.build import build_demo, demo_environ
from hansei_tui.workspace import Workspace, open_workspace


@pytest.fixture(autouse=True)
def no_idle_waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let keys and pauses end when the app is done, not when the processor has been idle.

    Snapshots wait as Textual does: a layout that follows from another one belongs to them.
    """
    if request.path.stem != "test_snapshots":
        tell_quiet_by_the_loop(monkeypatch)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the demo once: its logs, its store and its index."""
    folder = tmp_path_factory.mktemp("demo")
    workspace = open_workspace(demo_environ({}, folder), lambda: NOW, folder)
    build_demo(workspace, folder)
    for log in folder.rglob("*.jsonl"):
        os.utime(log, (NOW.timestamp(), NOW.timestamp()))  # the machine's own clock has no say
    workspace.close()
    return folder


@pytest.fixture
def full(demo_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    """Return a workspace on the demo's logs and a copy of its store."""
    own = tmp_path / "hansei"
    shutil.copytree(demo_folder / "hansei", own)
    environ = {**demo_environ({}, demo_folder), "HANSEI_HOME": str(own)}
    workspace = open_workspace(environ, lambda: NOW, demo_folder)
    yield workspace
    workspace.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    """Return a workspace where nothing was ever done and no agent ever ran."""
    home = tmp_path / "nobody"
    home.mkdir()
    workspace = open_workspace(demo_environ({}, home), lambda: NOW, home)
    yield workspace
    workspace.close()


@pytest.fixture
def opened(full: Workspace) -> Opener:
    """Return what opens the app on the demo, on a screen and at a size."""

    def run(
        start: str = "backlog",
        size: tuple[int, int] = (80, 24),
        workspace: Workspace | None = None,
        session_id: str = "",
    ) -> AbstractAsyncContextManager[Story]:
        return story_of(workspace or full, start, size, session_id)

    return run
