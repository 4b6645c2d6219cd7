"""`hansei prune`: remove old texts out of logs; what they count for stays."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei_core.errors import UsageError
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.retention import PrunePlan, plan_prune, prune
from hansei_tui.words import count


def prune_command(
    context: typer.Context,
    *,
    days: Annotated[
        int,
        typer.Option(
            "--days", min=0, max=36500, help="Keep texts so long; 0: as the settings say."
        ),
    ] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it; it cannot be undone.")] = False,
    as_json: Json = False,
) -> None:
    """Remove old texts that came out of logs; counts, seconds and themes stay.

    Example: hansei prune --days 30 --dry-run
    """
    workspace = scanned(root_of(context))
    plan = plan_prune(workspace, days or None)
    done = yes and not dry_run and not plan.is_empty
    if not (dry_run or yes or plan.is_empty):
        _say(plan)
        raise UsageError(
            "removed texts cannot be brought back",
            f"to do it: hansei prune{f' --days {days}' if days else ''} --yes",
        )
    if done:
        prune(workspace, plan)
    if as_json:
        emit_json("prune", plan, done=done)
        return
    _say(plan)
    if done:
        note("removed; backups of the archive keep their copy until newer ones replace them")
    elif dry_run:
        note("nothing was changed (--dry-run)")


def _say(plan: PrunePlan) -> None:
    archived = plan.archived
    if plan.is_empty:
        say(f"there is no text from before {plan.before} ({count(plan.days, 'day')})")
        return
    say(f"texts from before {plan.before} ({count(plan.days, 'day')}):")
    if archived.texts:
        size = f"{archived.bytes / 1000:.1f} kB"
        oldest = f", the oldest of {archived.oldest:%Y-%m-%d}" if archived.oldest else ""
        words = f"{count(archived.texts, 'excerpt')} of {count(archived.sessions, 'session')}"
        say(f"  archive  {words}, {size}{oldest}")
    if plan.sessions:
        words = f"{count(plan.sessions, 'session')} whose logs are gone"
        say(f"  index    {words}, with {count(plan.frictions, 'friction')}")
    say("stay: counts, seconds, themes, improvements with their quotes, and the agents' own logs")
