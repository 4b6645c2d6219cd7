"""One scan in a process of its own, which imports nothing that a scan does not need.

python -m benchmarks.scan_once HOME DATABASE WORKERS PART TOLD
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from hansei_sessions.index import Index, ScanProgress
from hansei_sessions.readers import FORMATS
from hansei_sessions.sources import discover


def scan_once(home: Path, database: Path, workers: str, part: str, told: Path) -> None:
    """Scan once in this process, and write down what it cost."""
    marks: list[tuple[float, float]] = []
    ready: list[int] = []
    """Characters made ready in part one, because they were too many to wait."""

    def progress(found: ScanProgress) -> None:
        if found.files_done == found.files_total and not marks:
            ready.append(_characters(index) if part == "whole" else 0)
            marks.append((time.process_time(), time.perf_counter()))

    began = (time.process_time(), time.perf_counter())
    with Index.open(database) as index:
        index.scan(
            discover(FORMATS, {}, home),
            workers=None if workers == "auto" else int(workers),
            progress=progress,
            should_stop=(lambda: bool(marks)) if part == "first" else None,
        )
        ended = (time.process_time(), time.perf_counter())
        characters = _characters(index) - sum(ready) if part == "whole" else 0
    first = marks[0] if marks else ended
    figures = {
        "cpu": ended[0] - began[0],
        "whole_wall": ended[1] - began[1],
        "words_cpu": ended[0] - first[0],
        "characters": characters,
    }
    told.write_text(json.dumps(figures), "utf-8")


def _characters(index: Index) -> int:
    """Return how many characters of friction and prompt text can be searched."""
    read = "SELECT total(length(text) + length(prompts)) FROM search"
    return int(index._database.read(lambda one: one.execute(read).fetchone()[0]))  # noqa: SLF001 - nobody else asks


if __name__ == "__main__":
    where, index_file, helpers, wanted, told_to = sys.argv[1:6]
    scan_once(Path(where), Path(index_file), helpers, wanted, Path(told_to))
