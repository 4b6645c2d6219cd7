"""A real process killed at its n-th file operation; run as a module, it prints what survived.

python -m benchmarks.kill_lab FOLDER KILLS SEED [PRELOADED]
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.store_lab import NOW, Session, content

from hansei_core.errors import HanseiError
from hansei_core.store import checkpoint
from hansei_core.store.files import RealFiles
from hansei_core.store.store import open_store


class Deadly(RealFiles):
    """Kills its own process at the n-th operation that changes the disk."""

    def __init__(self, at: int, pipe: int) -> None:
        self.left = at
        self.pipe = pipe

    def _step(self) -> bool:
        self.left -= 1
        return self.left == 0

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def write(self, descriptor: int, data: bytes, offset: int) -> int:
        """Write, or die in the middle of it."""
        if self._step():
            super().write(descriptor, data[: len(data) // 2], offset)
            self._die()
        return super().write(descriptor, data, offset)

    def fsync(self, descriptor: int) -> None:
        """Sync, or die before it."""
        if self._step():
            self._die()
        super().fsync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Replace, or die before it."""
        if self._step():
            self._die()
        super().replace(source, target)

    def link(self, source: Path, target: Path) -> None:
        """Link, or die before it."""
        if self._step():
            self._die()
        super().link(source, target)

    def unlink(self, path: Path) -> None:
        """Remove, or die before it."""
        if self._step():
            self._die()
        super().unlink(path)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut, or die before it."""
        if self._step():
            self._die()
        super().truncate(descriptor, size)

    def create(self, path: Path) -> int:
        """Create, or die before it."""
        if self._step():
            self._die()
        return super().create(path)


def child(folder: Path, at: int, pipe: int) -> None:
    """Write until killed; each acknowledged counter goes through the pipe."""
    store = open_store(folder, now=NOW, files=Deadly(at, pipe))
    session = Session(store)
    for step in range(200):
        with store.transaction("count", now=session.tick()) as work:
            counter = work.get("counters", "c") or {"n": 0}
            number = work.allocate("IMP")
            work.put("counters", "c", {"n": counter["n"] + 1})
            work.put("improvements", f"IMP-{number:05d}", {"n": counter["n"] + 1, "x": "y" * 300})
        os.write(pipe, b"%d %d\n" % (counter["n"] + 1, number))
        if step % 5 == 4:
            store.checkpoint(now=session.tick())


def forked(*works: Callable[[int], None]) -> tuple[list[bytes], list[int]]:
    """Run works at once, each in a forked process that may die.

    Args:
        works: Each gets the end of a pipe to write lines to.

    Returns:
        The lines of all, as they came; and each process's status, as `os.waitpid` tells it.
    """
    read, write = os.pipe()
    pids = []
    for work in works:
        pid = os.fork()
        if pid == 0:
            os.close(read)
            try:
                work(write)
            finally:
                os._exit(3)
        pids.append(pid)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        lines = pipe.read().splitlines()
    return lines, [os.waitpid(pid, 0)[1] for pid in pids]


def one_kill(folder: Path, at: int) -> tuple[int, int]:
    """Fork a writer that dies at its n-th operation; return its last acknowledged pair."""
    lines, (status,) = forked(partial(child, folder, at))
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) != 3:
        raise RuntimeError("the child ended in another way")
    if not os.WIFSIGNALED(status) and len(lines) < 200:
        raise RuntimeError("the child failed without being killed")
    counter, number = (int(part) for part in lines[-1].split()) if lines else (0, 0)
    return counter, number


def survive(folder: Path, kills: int, seed: int, preloaded: int = 0) -> dict[str, int]:
    """Kill a writer again and again on one store; count what was lost, wrong or unreadable."""
    chance = random.Random(seed)
    lost = unreadable = wrong = inside = 0
    known_counter = known_number = 0
    _preload(folder, preloaded)
    for _ in range(kills):
        counter, number = one_kill(folder, chance.randint(1, 120))
        known_counter = max(known_counter, counter)
        known_number = max(known_number, number)
        inside += any(name.endswith(".tmp") for name in os.listdir(folder))  # noqa: PTH208  # names only
        try:
            store = open_store(folder, now=NOW)
            found = content(store)
        except HanseiError:
            unreadable += 1
            continue
        unreadable += store.read_only is not None
        n = found.get("counters", {}).get("c", {"n": 0})["n"]
        lost += n < known_counter
        wrong += n > known_counter + 1 or _mixed(found.get("improvements", {}), n)
        known_counter = n
        with store.transaction("draw", now=NOW) as work:
            wrong += work.allocate("IMP") <= known_number
        known_number = 0
    return {
        "kills": kills,
        "lost": lost,
        "unreadable": unreadable,
        "wrong": wrong,
        "inside a checkpoint": inside,
        "acknowledged": known_counter,
    }


def _mixed(found: dict[str, dict[str, object]], n: int) -> bool:
    """Tell whether counter and records, written together, disagree."""
    return sorted(record["n"] for record in found.values()) != list(range(1, n + 1))  # type: ignore[type-var]  # all are numbers


def _preload(folder: Path, records: int) -> None:
    if not records:
        return
    store = open_store(folder, now=NOW)
    with store.transaction("preload", now=NOW) as work:
        for number in range(records):
            work.put("ballast", f"B-{number:05d}", {"title": "t" * 80, "note": "n" * 400})


def main() -> None:
    """Run, and print one line of JSON."""
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    preloaded = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    checkpoint.CHECKPOINT_BYTES = 4_000  # type: ignore[misc]  # many checkpoints, on purpose
    folder.mkdir(parents=True, exist_ok=True)
    print(json.dumps(survive(folder, kills, seed, preloaded)))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
