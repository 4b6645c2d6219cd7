"""What a process and all that it starts costs."""

from __future__ import annotations

import compileall
import functools
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process with its children."""

    cpu: float
    """Seconds, of the user and the system."""
    wall: float
    """Seconds."""
    memory: float
    """Megabytes: the peak of the largest process."""


@functools.cache
def install() -> None:
    """Write the packages' bytecode, as installers do: a checkout can lack it."""
    for package in ("hansei_sessions", "hansei_core", "hansei_tui"):
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            compileall.compile_dir(folder, quiet=2)


def cost_of(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Cost:
    """Run a command and return its cost, its start included.

    Raises:
        OSError: It cannot be started.
        subprocess.CalledProcessError: It failed.
    """
    install()
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if not hasattr(os, "wait4"):
        status, cpu, peak = process.wait(), 0.0, 0
    else:
        _, raw, usage = os.wait4(process.pid, 0)
        status = process.returncode = os.waitstatus_to_exitcode(raw)
        cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
    if status:
        raise subprocess.CalledProcessError(status, command)
    wall = time.perf_counter() - began
    return Cost(cpu, wall, peak / (1e6 if sys.platform == "darwin" else 1e3))
