"""Measure: `python -m benchmarks [NAME …]` runs all benchmarks, or those that are named.

A benchmark is a module of this package with `TITLE` and `run() -> Iterable[Row]`; adding one is
naming it here.
"""

from __future__ import annotations

import importlib
import sys

from benchmarks.table import render

NAMES = ("scan", "store", "redaction", "commands", "first_screen", "backlog", "hook", "planner")


def main(names: list[str]) -> int:
    """Run the benchmarks and print their tables; 2 for a name that is none."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        print(render(module.TITLE, module.run()), end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
