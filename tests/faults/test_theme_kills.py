"""Themes under processes that are killed, and under several that decide at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def lab(folder: Path, *arguments: str) -> dict[str, int]:
    """Run the laboratory in a process of its own; numeric libraries' threads do not fork."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.theme_kill_lab", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


@posix
def test_a_kill_while_themes_are_made_and_decided_loses_nothing(tmp_path: Path) -> None:
    """A name, a merge or a split that was acknowledged would be gone after a crash."""
    found = lab(tmp_path, "12", "7")
    assert found["kills"] == 12
    assert {name for name, count in found.items() if count} == {"kills"}, found


@posix
def test_processes_that_name_and_merge_at_once_lose_nothing(tmp_path: Path) -> None:
    """One process's look for themes would write over what another's user had just decided."""
    found = lab(tmp_path, "together", "3")
    assert found["errors"] == found["names lost"] == found["merges lost"] == 0, found
    assert found["told"] == found["history"] == 3 * 13
    assert (found["renames"], found["merges"]) == (3, 3)
