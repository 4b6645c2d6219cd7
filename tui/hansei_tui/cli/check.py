"""`hansei check`: an exit code for scripts, and what it rests on."""

from __future__ import annotations

import typer

from hansei_core.health import deadline_checks
from hansei_core.verbs.records import load_improvements
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, say_words
from hansei_tui.cli.root import root_of

FOUND = 1
"""`check` returns it when one of the checks does not hold."""
_SHOWN = 8


def check_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Look for what is overdue or waits too long; exit code 1 where something does."""
    workspace = root_of(context).workspace
    items = load_improvements(workspace.store).items.values()
    checks = deadline_checks(items, workspace.now(), workspace.limits)
    if as_json:
        emit_json("check", checks, holds=all(check.holds for check in checks))
    else:
        for check in checks:
            ids = ", ".join(check.ids[:_SHOWN])
            more = f" and {len(check.ids) - _SHOWN} more" if len(check.ids) > _SHOWN else ""
            say_words(
                f"{'ok' if check.holds else 'found':6} {check.what}"
                + (f": {ids}{more}" if ids else ""),
                under=7,
            )
            if check.advice:
                say_words(f"       {check.advice}")
    if not all(check.holds for check in checks):
        raise typer.Exit(FOUND)
