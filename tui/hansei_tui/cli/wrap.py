"""`hansei wrap -- COMMAND`: run an agent as it is, then ask for the retro of its session."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei_core.errors import HanseiError
from hansei_tui.cli.output import show_error
from hansei_tui.cli.root import root_of
from hansei_tui.run_child import NOT_EXECUTABLE, NOT_FOUND, run_child


def wrap_command(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(help="The agent's command, after --.")],
    *,
    plain: Annotated[bool, typer.Option("--plain", help="Ask line by line.")] = False,
) -> None:
    """Run an agent in this terminal, untouched, and close its session afterwards.

    The agent's exit code is passed on. A session too small to matter is not asked about.

    Example: hansei wrap -- claude --continue
    """
    root = root_of(context)
    begin = root.clock()
    done = run_child(command, root.environ, umask=root.umask)
    if not done.told_to_end and done.code not in (NOT_FOUND, NOT_EXECUTABLE):
        from hansei_tui.cli.just_ended import close_session  # the agent starts before this is read

        try:
            close_session(root, command[0], begin, plain=plain)
        except HanseiError as error:
            show_error(error)  # the agent's own exit code is what the caller waits for
    raise typer.Exit(done.code)
