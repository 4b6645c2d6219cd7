"""A command line in a home of its own: run it, and look at what it printed."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.utils import get_params_from_function

from hansei_tui.cli.run import run


@dataclass(frozen=True, slots=True)
class Result:
    """What one command returned and printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The `data` of the JSON envelope on stdout, which must be all that is there."""
        return self.envelope["data"]

    @property
    def envelope(self) -> Any:
        """The JSON envelope on stdout."""
        assert self.code == 0, self.err
        return json.loads(self.out)


Cli = Callable[..., Result]


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="session", autouse=True)
def signatures_read_once() -> Iterator[None]:
    """Let typer read a command's signature once, as in a process that runs one command."""
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(get_params_from_function)
        patch.setattr("typer.main.get_params_from_function", once)
        yield


@pytest.fixture
def clock(now: datetime) -> Clock:
    """Return the clock that the commands read."""
    return Clock(now)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose home, store and agents' folders lie in the test's own folder."""
    kept = {name: os.environ[name] for name in ("PATH", "LC_ALL", "TZ") if name in os.environ}
    return {
        **kept,
        "HOME": str(tmp_path),
        "HANSEI_HOME": str(tmp_path / "hansei"),
        "CLAUDE_CONFIG_DIR": str(tmp_path / ".claude"),
        "CODEX_HOME": str(tmp_path / ".codex"),
    }


@pytest.fixture
def cli(
    environ: dict[str, str], clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """Return a function that runs one command line without a terminal."""

    def call(*arguments: str) -> Result:
        code = run(arguments, environ=environ, clock=clock, cwd=tmp_path, interactive=False)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def samples(clock: Clock, tmp_path: Path) -> Path:
    """Write the bundled sample sessions into the test's home; the store stays empty."""
    from hansei_tui.demo.stories import scripts
    from hansei_tui.demo.writers import write_log

    for script in scripts(clock.now):
        write_log(script, tmp_path)
    return tmp_path
