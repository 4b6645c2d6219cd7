"""Loading the libraries of numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOADED = """
import os, subprocess, sys
from hansei_core.themes.libraries import load
load()
threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
child = subprocess.run(
    [sys.executable, "-c", "import os; print(os.environ.get('OPENBLAS_NUM_THREADS'))"],
    capture_output=True, text=True, check=True,
)
print(threads, "sklearn" in sys.modules, child.stdout.strip())
"""


def loaded(environ: dict[str, str]) -> list[str]:
    """Return what a process of its own says after loading."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.split()


@pytest.fixture
def environ() -> dict[str, str]:
    """Return the tests' environment with nothing said about threads."""
    search = os.pathsep.join(str(Path(each).resolve()) for each in sys.path if each)
    kept = {name: value for name, value in os.environ.items() if "_NUM_THREADS" not in name}
    return {**kept, "PYTHONPATH": search}


def test_loading_starts_no_threads_and_leaves_the_environment(environ: dict[str, str]) -> None:
    """Else threads spin for nothing, or programs started later compute with one thread only."""
    assert loaded(environ) == ["1", "True", "None"]


def test_what_the_user_says_of_threads_stays(environ: dict[str, str]) -> None:
    """Else a program started after learning would not have the threads that its user chose."""
    said = loaded({**environ, "OPENBLAS_NUM_THREADS": "2"})
    assert said[1:] == ["True", "2"]
