"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from hansei_core.errors import UsageError
from hansei_tui.cli import complete, complete_logs


def no_options_before(context: typer.Context) -> None:
    """Refuse options that stand before a subcommand: it would not see them.

    Raises:
        UsageError: There are such.
    """
    typed = [
        name
        for parameter in context.command.params
        if parameter.name
        and (source := context.get_parameter_source(parameter.name))
        and source.name == "COMMANDLINE"
        and (name := max(parameter.opts, key=len))
    ]
    if typed:
        command = f"{context.command_path} {context.invoked_subcommand}"
        raise UsageError(
            f"{' and '.join(typed)} before “{context.invoked_subcommand}” would do nothing",
            f"options stand behind it: {command} {typed[0]} …",
        )


Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print a versioned JSON envelope instead of text.")
]
Id: TypeAlias = Annotated[
    str, typer.Argument(help="An id, a number or a unique prefix.", autocompletion=complete.ids)
]
Ids: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        help="Ids, numbers or unique prefixes: IMP-2026-001, 12.", autocompletion=complete.ids
    ),
]
Project: TypeAlias = Annotated[
    str,
    typer.Option("--project", help="Only this project.", autocompletion=complete.projects),
]
LoggedProject: TypeAlias = Annotated[
    str,
    typer.Option("--project", help="Only this project.", autocompletion=complete_logs.projects),
]
Agent: TypeAlias = Annotated[
    str, typer.Option("--agent", help="Only this agent.", autocompletion=complete.agents)
]
Since: TypeAlias = Annotated[
    str, typer.Option("--since", help="Only from then on: 2026-11-01, 2026-W46, 7d, 4w.")
]
Until: TypeAlias = Annotated[
    str, typer.Option("--until", help="Only what began before: 2026-11-01, 2026-W46, 7d, 4w.")
]
Branch: TypeAlias = Annotated[
    str,
    typer.Option(
        "--branch", help="Only on this git branch.", autocompletion=complete_logs.branches
    ),
]
WeekName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--week",
        "-w",
        help="2026-W47, this, next, prev, +2 or a date.",
        autocompletion=complete.one_of("this", "next", "prev"),
    ),
]
Limit: TypeAlias = Annotated[
    int, typer.Option("--limit", "-n", min=0, help="At most so many; 0: all.")
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Do it all the same; it is logged.")
]
