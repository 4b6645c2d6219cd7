"""Records that are well formed and mean nothing: no command stumbles over them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli, Clock
from tests.odd_records import ODD, RECORDS

from hansei_tui.workspace import open_workspace

COMMANDS = (
    "status", "list", "stats", "check", "history", "decisions", "metrics", "themes", "sessions",
    "triage --list", "plan", "plan propose", "plan weeks", "plan signs", "plan ritual", "timer",
    "timer log", "timer estimates", "export --format json", "views", "doctor",
    "retro --last --slowed x --none-because y", "add Another", "undo",
)  # fmt: skip


@pytest.mark.usefixtures("samples")
@pytest.mark.parametrize(("table", "name"), RECORDS, ids=[" ".join(each) for each in RECORDS])
def test_no_command_stumbles_over_an_odd_record(
    table: str, name: str, cli: Cli, environ: dict[str, str], clock: Clock
) -> None:
    """One slip in a store.json edited by hand would take every screen and command with it."""
    store = open_workspace(environ, clock, Path(environ["HOME"])).store
    with store.transaction("edit by hand", now=clock.now) as transaction:
        for number, odd in enumerate(ODD):
            transaction.put(table, f"{name}{number or ''}", odd)
    store.close()
    for command in COMMANDS:
        result = cli(*command.split())
        assert "mistake of its own" not in result.err, (command, result.err)
