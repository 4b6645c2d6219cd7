"""`hansei status`: where things stand, in a few lines."""

from __future__ import annotations

import typer

from hansei_core.status import Status
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say_words
from hansei_tui.cli.root import Root, root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.words import count, hours, short_id, when


def status_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Print the summary: sessions that wait, inbox, this week."""
    print_status(root_of(context), as_json=as_json)


def print_status(root: Root, *, as_json: bool) -> None:
    """Print the summary."""
    workspace = scanned(root)
    status = workspace.status()
    if as_json:
        place, session_id = workspace.opening()
        emit_json(
            "status", status, opens=place, session_id=session_id, ritual_due=status.ritual_due
        )
        return
    for line in _lines(status, root):
        say_words(line, under=2)
    _, session_id = workspace.opening()
    if session_id and not status.unreviewed:
        closes = f"`hansei retro {short_id(session_id)}` closes it"
        note(f"one ended here before hansei's first start; {closes}")
    if not workspace.index.totals().sessions:
        note("no sessions found yet; `hansei demo` opens hansei on samples")


def _lines(status: Status, root: Root) -> list[str]:
    now = root.workspace.now()
    lines = []
    if status.unreviewed:
        newest = status.unreviewed[0].session
        lines.append(
            f"{count(len(status.unreviewed), 'session')} to review; newest: "
            f"{newest.project}, {when(newest.last_at, now)}: {newest.title[:60]}"
        )
    else:
        lines.append("no session waits for a retro")
    backlog = f"{count(status.open_count, 'open improvement')}, {status.inbox} in the inbox"
    backlog += f", {status.unscored} unscored" if status.unscored else ""
    backlog += f", {status.critical} critical" if status.critical else ""
    backlog += f", {status.overdue} overdue" if status.overdue else ""
    lines.append(backlog)
    if status.overdue_critical:
        lines.append(f"overdue and critical: {', '.join(status.overdue_critical[:5])}")
    if status.late:
        waits = "waits" if len(status.late) == 1 else "wait"
        lines.append(
            f"{count(len(status.late), 'improvement')} {waits} in the inbox beyond the limit: "
            f"{', '.join(status.late[:5])} (hansei triage)"
        )
    lines.append(
        f"{status.week}: {hours(status.taken_hours)} of {hours(status.budget_hours)} taken, "
        f"{status.taken_done} of {status.taken} done, {hours(status.tracked_hours)} tracked"
    )
    if status.ritual_due:
        lines.append(f"Monday's ritual is due: {status.ritual_step} comes next (hansei plan)")
    if status.running is not None:
        words = f"timer: {status.running.improvement_id}, {status.running_hours:.2f} h"
        lines.append(words + (" (forgotten?)" if status.timer_forgotten else ""))
    if status.mood is not None:
        mean = "none named" if status.mood.mean is None else f"{status.mood.mean:g} of 5"
        lines.append(f"mood this week: {mean}, {count(status.mood.count, 'retro')}")
    if status.broken_records:
        lines.append(f"{count(status.broken_records, 'record')} could not be read: hansei doctor")
    return lines
