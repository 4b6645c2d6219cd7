"""The logs read, before a command that shows what they hold."""

from __future__ import annotations

import sys
import time

from hansei_sessions.index import ScanProgress
from hansei_tui.cli.logged import shown_problems
from hansei_tui.cli.output import note
from hansei_tui.cli.root import Root
from hansei_tui.inbox import raise_alerts
from hansei_tui.scanning import WORTH_TELLING, Progress
from hansei_tui.workspace import Workspace


def scanned(root: Root) -> Workspace:
    """Return the workspace with its index brought up to date; a long scan shows its progress."""
    workspace = root.workspace
    show = root.interactive and sys.stderr.isatty()

    words = Progress(time.monotonic)

    def progress(state: ScanProgress) -> None:
        if show and (state.files_total > 20 or state.bytes_total >= WORTH_TELLING):
            sys.stderr.write(f"\r{words.of(state)}\x1b[K")
            sys.stderr.flush()

    report = workspace.scan(progress=progress)
    if show:
        sys.stderr.write("\r\x1b[K")
    for problem in shown_problems(report.problems[:5]):
        place = f", line {problem.line}" if problem.line else ""
        note(f"{problem.path}{place}: {problem.reason}")
    if len(report.problems) > 5:
        note(f"{len(report.problems) - 5} more problems: hansei sessions --json")
    raised = raise_alerts(workspace)
    for name in raised.created if raised else ():
        note(f"a threshold is breached: {name} is in the inbox (hansei triage)")
    return workspace
