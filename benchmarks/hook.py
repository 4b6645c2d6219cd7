"""What `hansei-hook` costs an agent at each session's end.

    python -m benchmarks.hook

Medians of fifteen processes in CPU time, beside a bare interpreter of the same run.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cost import install
from benchmarks.table import Row, render

from hansei_sessions.agents import hook

TITLE = "The hook"
TIMES = 15
EVENT = {
    "session_id": "0a93878f-dc30-4a5d-882f-3cd81cd3d499",
    "transcript_path": "/home/sam/.claude/projects/-home-sam-src-api/0a93878f.jsonl",
    "cwd": "/home/sam/src/api",
    "hook_event_name": "SessionEnd",
    "reason": "prompt_input_exit",
}


def milliseconds(command: Sequence[str], given: bytes) -> float:
    """Return the CPU time of a process, median of several."""
    install()
    found = []
    for _ in range(TIMES):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=given, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        user = after.ru_utime - before.ru_utime
        found.append(1000 * (user + after.ru_stime - before.ru_stime))
    return statistics.median(found)


def run() -> list[Row]:
    """Measure it as it is started where hansei is not on the agent's path."""
    bare = [sys.executable, "-I", "-S"]
    with tempfile.TemporaryDirectory() as folder:
        queue = str(Path(folder) / "ended.jsonl")
        command = [*bare, str(Path(hook.__file__)), "claude-code", queue]
        empty = milliseconds([*bare, "-c", "pass"], b"")
        event = milliseconds(command, json.dumps(EVENT).encode())
        large = milliseconds(command, json.dumps(EVENT | {"text": "x" * 1_000_000}).encode())
    return [
        Row("a bare interpreter", f"{empty:.0f} ms CPU"),
        Row("one event", f"+{event - empty:.0f} ms CPU", "+30 ms"),
        Row("one event of 1 MB", f"+{large - empty:.0f} ms CPU", "+30 ms"),
    ]


if __name__ == "__main__":
    print(render(TITLE, run()))
