"""`hansei sources`: where friction comes from, how complete it is, and how fresh."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import typer

from hansei_core.sources import LOW_PERCENT, Freshness
from hansei_tui.cli.logged import shown_problems
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.sources_view import SourceLine, absent_words, said_twice, source_lines
from hansei_tui.words import ago, count

_SHOWN = 5
Everything: TypeAlias = Annotated[
    bool, typer.Option("--all", "-a", help="Folders of agents that keep no logs here too.")
]


def sources_command(
    context: typer.Context, *, everything: Everything = False, as_json: Json = False
) -> None:
    """List the folders that logs come from: sessions, completeness, freshness, duplicates."""
    workspace = scanned(root_of(context))
    lines = source_lines(workspace, everything=everything)
    totals = workspace.index.totals()
    twins = said_twice(workspace)
    if as_json:
        told = {line.source.root: line for line in lines}
        sources = workspace.index.sources()
        emit_json(
            "sources",
            sources,
            completeness_percent={
                one.root: told[one.root].percent for one in sources if one.root in told
            },
            freshness={root: _freshness(line) for root, line in told.items()},
            duplicates=totals.duplicates,
            same_notes=twins,
            unknown_types=dict(totals.unknown_types),
            problems=shown_problems(workspace.index.problems()),
        )
        return
    now = workspace.now()
    rows = [
        (
            line.source.agent,
            line.source.state,
            line.source.files,
            line.source.sessions,
            line.source.duplicates or None,
            ago(line.source.last_session, now),
            line.freshness,
            None if line.percent is None else f"{line.percent:.1f} %",
            line.source.root,
        )
        for line in lines
    ]
    columns = ("agent", "folder", "logs", "sessions", "twice", "newest", "fresh", "read", "path")
    if rows:
        table(columns, rows, right="logs sessions twice read", spare="twice folder fresh logs")
    for line in lines:
        for words in warnings_of(line):
            note(f"{line.source.root}: {words}")
    absent = absent_words(workspace, lines)
    if absent:
        note(absent)
    if not totals.sessions:
        note(
            "`hansei config set sources.claude_code PATH` adds a folder; `hansei demo` has samples"
        )
    if totals.duplicates:
        note(f"{count(totals.duplicates, 'log')} repeat a session that another log tells")
    for twin in twins[:_SHOWN]:
        note(f"told {twin.times} times, by {', '.join(twin.sources)}: {twin.text[:80]}")
    for problem in shown_problems(workspace.index.problems()[:10]):
        note(f"{problem.path}: {problem.reason}")


def warnings_of(line: SourceLine) -> list[str]:
    """Return what there is to say against a source."""
    found = []
    if line.percent is not None and line.percent < LOW_PERCENT:
        found.append(f"only {line.percent:.1f} % of the records could be read")
    if line.freshness is Freshness.STALE:
        found.append(
            f"stale: no session for more than {count(line.cadence_days, 'day')}"
            " (config: freshness.days, freshness.agents)"
        )
    if line.source.state == "stale":
        found.append("the folder is gone; what was read from it is kept")
    return found


def _freshness(line: SourceLine) -> dict[str, Any]:
    return {"state": line.freshness, "cadence_days": line.cadence_days}
