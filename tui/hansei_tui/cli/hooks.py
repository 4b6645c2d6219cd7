"""`hansei hooks`: a session-end hook in each agent's own configuration, shown before it is made."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from hansei_core.errors import HanseiError, UsageError
from hansei_sessions.agents import hook, installers
from hansei_sessions.agents.changes import Change, apply
from hansei_sessions.agents.queue import make_folder, read_queue
from hansei_tui.cli import complete
from hansei_tui.cli.just_ended import AGENTS
from hansei_tui.cli.options import Json, no_options_before
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import Root, root_of
from hansei_tui.words import ago, count

app = typer.Typer(
    invoke_without_command=True,
    help="Let agents tell hansei when a session ends.\n\n"
    "Without a command it says which agents have the hook.",
)

Agent = Annotated[
    str,
    typer.Argument(help=", ".join(installers.AGENTS), autocompletion=complete.hooked_agents),
]
Yes = Annotated[bool, typer.Option("--yes", help="Make the shown change without asking.")]
SHELLS: Final = ("bash", "zsh", "fish")


@app.command("install")
def install_command(context: typer.Context, agent: Agent, *, yes: Yes = False) -> None:
    """Add hansei's hook to an agent's configuration; everything else in it stays.

    The change is shown and asked about. A file that cannot be changed with certainty (comments in
    JSON, a key twice) is left alone, and what to paste is shown.
    """
    root = root_of(context)
    place = place_of(root)
    changes = installers.install(agent, place)
    if not changes:
        say(f"The hook of {agent} is in place.")
        return
    try:
        make_folder(place.queue)
    except OSError as error:
        raise HanseiError(f"{place.queue.parent} cannot be made: {error.strerror}") from error
    if _made(root, changes, yes=yes):
        say(f"The hook of {agent} is in place; it begins with the agent's next session.")
        if installers.agent_of(agent).note:
            note(installers.agent_of(agent).note)


@app.command("uninstall")
def uninstall_command(context: typer.Context, agent: Agent, *, yes: Yes = False) -> None:
    """Take hansei's hook out of an agent's configuration again."""
    root = root_of(context)
    changes = installers.uninstall(agent, place_of(root))
    if not changes:
        say(f"There is no hook of hansei for {agent}.")
    elif _made(root, changes, yes=yes):
        say(f"The hook of {agent} is gone.")


@app.callback()
def hooks_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Say which agents have hansei's hook, and what the hooks have told."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    _print_status(root_of(context), as_json=as_json)


@app.command("status")
def status_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Say which agents have hansei's hook, and what the hooks have told."""
    _print_status(root_of(context), as_json=as_json)


def _print_status(root: Root, *, as_json: bool) -> None:
    place = place_of(root)
    found = [installers.status(name, place) for name in installers.AGENTS]
    queue = read_queue(place.queue)
    if as_json:
        emit_json("hooks", found, queue=str(place.queue), endings=queue.endings, torn=queue.torn)
        return
    last = {ending.agent: ending.at for ending in queue.endings}
    now = root.clock()
    rows = [
        (
            each.agent,
            each.state,
            ago(last.get(installers.AGENTS[each.agent].reader), now),
            str(each.path),
        )
        for each in found
    ]
    table(("agent", "hook", "last told", "file"), rows)
    for each in found:
        if each.reason:
            note(f"{each.agent}: {each.reason}")
        elif each.state == "dropped":
            note(f"{each.agent}: the hook was removed by another program; install it again")
    if queue.torn:
        note(f"{count(queue.torn, 'line')} of the queue cannot be read")
    if all(each.state == "missing" for each in found):
        note("none is installed; `hansei hooks install AGENT` shows the change and asks")


@app.command("alias")
def alias_command(
    context: typer.Context,
    shell: Annotated[
        str,
        typer.Argument(
            help="bash, zsh or fish; default: yours.",
            autocompletion=complete.one_of("bash", "zsh", "fish"),
        ),
    ] = "",
) -> None:
    """Print aliases that put `hansei wrap --` before each agent found here."""
    root = root_of(context)
    chosen = shell or Path(root.environ.get("SHELL", "")).name
    if chosen not in SHELLS:
        said = f"there are no aliases for “{chosen}”" if chosen else "$SHELL names no shell"
        raise UsageError(said, "name it: hansei hooks alias bash, zsh or fish")
    path = root.environ.get("PATH", "")
    here = [name for name in AGENTS if shutil.which(name, path=path)]
    for name in here or ("claude", "codex"):
        between = " " if chosen == "fish" else "="
        say(f"alias {name}{between}'hansei wrap -- {name}'")
    files = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}
    note(f"to keep them: hansei hooks alias {chosen} >> {files[chosen]}")


def place_of(root: Root) -> installers.Place:
    """Return where the user's configuration lies and what a hook runs."""
    home = root.environ.get("HOME")
    return installers.Place(
        environ=root.environ,
        home=Path(home) if home else Path.home(),
        program=hook_program(root),
        queue=root.paths.queue.absolute(),
    )


def hook_program(root: Root) -> tuple[str, ...]:
    """Return the command that starts the hook: the installed program, else its file.

    The program beside `hansei` is the one of this installation; its path outlives an upgrade.
    """
    name = "hansei-hook.exe" if sys.platform == "win32" else "hansei-hook"
    beside = Path(os.path.abspath(sys.argv[0])).with_name(name)  # noqa: PTH100 -- a link is meant as it is
    if os.access(beside, os.X_OK):
        return (str(beside),)
    found = shutil.which(name, path=root.environ.get("PATH", ""))
    if found:
        return (str(Path(found).absolute()),)
    return (sys.executable, "-I", "-S", str(Path(hook.__file__).absolute()))


def _made(root: Root, changes: tuple[Change, ...], *, yes: bool) -> bool:
    for change in changes:
        say(change.diff().rstrip("\n"))
    if not yes and not root.interactive:
        raise UsageError("nothing was changed", "look at the change above, then add --yes")
    if not yes and not typer.confirm("Make this change?", default=False):
        note("nothing was changed")
        return False
    for change in changes:
        apply(change)
        if change.backup.exists():
            note(f"as it was before: {change.backup}")
    return True
