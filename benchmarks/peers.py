"""Other programs on the same logs, where they are installed; nothing is ever fetched for it."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cost import Cost, cost_of


@dataclass(frozen=True, slots=True)
class Peer:
    """A program that reads the logs of Claude Code."""

    name: str
    command: tuple[str, ...]
    """`{logs}` stands for the folder with `projects` inside, `{out}` for an empty one."""
    times: int
    """How often it is run: the slow ones once."""


PEERS = (
    Peer("ccusage", ("ccusage", "session", "--offline", "--json"), 5),
    Peer("agentsview", ("agentsview", "sync"), 1),
    Peer(
        "claude-code-log",
        ("claude-code-log", "{logs}/projects", "--all-projects", "--output", "{out}"),
        1,
    ),
)


def installed(name: str) -> bool:
    """Tell whether a program is on the path."""
    return shutil.which(name) is not None


def measure(peer: Peer, home: Path, times: int) -> Cost | None:
    """Return the median cost of a peer's first run on a home; None where it fails."""
    found = [_once(peer, home) for _ in range(min(times, peer.times))]
    costs = [one for one in found if one is not None]
    if not costs:
        return None
    return Cost(
        statistics.median(one.cpu for one in costs),
        statistics.median(one.wall for one in costs),
        max(one.memory for one in costs),
    )


def _once(peer: Peer, home: Path) -> Cost | None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        logs = str(home / ".claude")
        command = [part.format(logs=logs, out=out / "out") for part in peer.command]
        environ = _environ(out, logs)
        try:
            return cost_of(command, environ)
        except (OSError, subprocess.SubprocessError):
            return None


def _environ(home: Path, logs: str) -> Mapping[str, str]:
    """Let the peer find these logs and write nowhere else than in its own empty home."""
    return {
        **{name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ},
        "HOME": str(home),
        "USERPROFILE": str(home),
        "CLAUDE_CONFIG_DIR": logs,
        "CLAUDE_PROJECTS_DIR": f"{logs}/projects",
        "AGENTSVIEW_DATA_DIR": str(home / "agentsview"),
        "AGENTSVIEW_NO_DAEMON": "1",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }
