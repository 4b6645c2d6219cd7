"""How long the terminal interface takes until its first screen can be used.

    python -m benchmarks first_screen

hansei runs in a pseudo-terminal on ten thousand improvements and 2,600 sessions in the index. It
is stopped when the list is painted, or when the answer to a key that was pressed then is, and the
CPU time of the whole process up to there is what counts. Both are medians.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from benchmarks.commands import environ, fill
from benchmarks.corpus import make_corpus
from benchmarks.cost import install
from benchmarks.table import Row

TITLE: Final = "The first screen"
SIZE: Final = 10_000
SESSIONS: Final = 2_600
TIMES: Final = 9
GOAL: Final = "< 450 ms, aim 300"
PATIENCE: Final = 30.0
"""Seconds without any output after which something is wrong."""
_ESCAPES: Final = re.compile(rb"\x1b(?:\[[0-9;:?<=>$]*[A-Za-z]|\][^\x07]*\x07)")
_ROW: Final = re.compile(rb"(?:inbox|backlog) {3}")
"""The stage in a painted row of the list."""
_FOOTER: Final = b"help"


def until_usable(env: Mapping[str, str], *, pressed: bool) -> tuple[float, float]:
    """Return the CPU and wall seconds of a start until the list is painted, or answers a key.

    Args:
        env: The environment of the process.
        pressed: Press `j` when the list is painted, and wait until its rows are painted again.
    """
    import pty  # not on Windows

    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-m", "hansei_tui"], dict(env))  # noqa: S606 -- the program that is measured
    try:
        _seen(terminal, footer=True)
        if pressed:
            os.write(terminal, b"j")
            _seen(terminal, footer=False)
        wall = time.perf_counter() - began
    finally:
        os.kill(child, signal.SIGKILL)
        _, _, used = os.wait4(child, 0)
        os.close(terminal)
    return used.ru_utime + used.ru_stime, wall


def _seen(terminal: int, *, footer: bool) -> None:
    """Read until rows were painted, and the line of keys where that is asked for."""
    data = b""
    while True:
        if not select.select([terminal], [], [], PATIENCE)[0]:
            raise TimeoutError(f"no first screen: {data[-500:]!r}")
        data += os.read(terminal, 65_536)
        text = _ESCAPES.sub(b"", data)
        if _ROW.search(text) and (_FOOTER in text or not footer):
            return


def run(times: int = TIMES) -> Iterator[Row]:
    """Measure on a home of its own."""
    if not hasattr(os, "wait4"):
        yield Row("first screen", "not measured: this system has no pseudo-terminals")
        return
    install()
    home = Path(tempfile.mkdtemp(prefix="hansei-bench-"))
    try:
        fill(home, SIZE)
        make_corpus(home, SESSIONS, rows=8)
        shutil.move(home / ".claude", home / "claude")
        env = {**environ(home), "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
        scan = [sys.executable, "-m", "hansei_tui", "sessions", "--limit", "1"]
        subprocess.run(scan, env=env, check=True, stdout=subprocess.DEVNULL)
        works = {False: "the list is painted", True: "… and a key is answered"}
        found = {pressed: [until_usable(env, pressed=pressed) for _ in range(times)]
                 for pressed in works}  # fmt: skip
        for pressed, work in works.items():
            cpu = statistics.median(used for used, _ in found[pressed])
            wall = statistics.median(seconds for _, seconds in found[pressed])
            shown = f"{cpu * 1000:.0f} ms CPU ({wall * 1000:.0f} ms wall)"
            yield Row(f"{work}, at {SIZE:,}", shown, GOAL)
    finally:
        shutil.rmtree(home)
