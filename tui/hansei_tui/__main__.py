"""`hansei` and `python -m hansei_tui`: the answer to `--version` before anything is imported."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run hansei on this process's arguments and return its exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from hansei_tui.version import __version__

        print(f"hansei {__version__}")  # noqa: T201 -- the one line that must not wait for typer
        return 0
    gc.set_threshold(100_000, 20, 20)  # values of records are no garbage, and there are many
    from hansei_tui.cli.run import run

    code = run(arguments)
    gc.freeze()  # else the interpreter walks through all that lives, twice, before it ends
    return code


if __name__ == "__main__":
    sys.exit(main())
