"""`hansei config`: the settings."""

from __future__ import annotations

import shlex
import subprocess
from typing import Annotated, Final

import typer

from hansei_core.config_text import schema, values
from hansei_core.errors import ConfigError, UsageError
from hansei_core.settings import Value
from hansei_tui.cli import complete, complete_records
from hansei_tui.cli.options import Json, no_options_before
from hansei_tui.cli.output import emit_json, note, say, table, terminal_width
from hansei_tui.cli.root import Root, root_of
from hansei_tui.config_file import read_settings, set_value, write_private

_WIDEST: Final = 32
"""Characters of a value in the list of all."""
_NARROW: Final = 12
"""The same on a narrow terminal."""
_ROOMY: Final = 120
"""Columns of a terminal that is not narrow."""

app = typer.Typer(
    help="Show and change the settings.\n\nWithout a command it prints all settings.",
    invoke_without_command=True,
)


@app.callback()
def config_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Print all settings with what they mean."""
    if context.invoked_subcommand is not None:
        no_options_before(context)
        return
    _print(root_of(context), "", as_json=as_json)


@app.command("path")
def path_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Print where config.toml lies."""
    path = root_of(context).paths.config_file
    if as_json:
        emit_json("path", {"path": str(path), "exists": path.exists()})
        return
    say(str(path))


@app.command("show")
def show_command(
    context: typer.Context,
    key: Annotated[
        str, typer.Argument(help="One key, such as week.hours.", autocompletion=complete.settings)
    ] = "",
    *,
    as_json: Json = False,
) -> None:
    """Print all settings with what they mean, or one value."""
    _print(root_of(context), key, as_json=as_json)


def _print(root: Root, key: str, *, as_json: bool) -> None:
    settings = read_settings(root.paths.config_file)
    current = values(settings)
    if key:
        if key not in current:
            raise UsageError(f"there is no setting {key}", "`hansei config show` lists every key")
        current = {key: current[key]}
    if as_json:
        emit_json("settings", current)
        return
    if key:
        say(_shown(current[key]))
        return
    known = {setting.key: setting for setting in schema()}
    rows = []
    width = terminal_width()
    widest = _WIDEST if width is None or width >= _ROOMY else _NARROW
    for name, value in current.items():
        setting = known.get(name)
        is_set = setting is not None and setting.default != value
        meaning = setting.doc if setting else "your key"
        rows.append((name, _cut(_shown(value), widest), "set" if is_set else "", meaning))
    table(("key", "value", "", "meaning"), rows)
    if any(row[1].endswith("…") for row in rows):
        note("`hansei config show KEY` prints a value whole; `hansei config set KEY VALUE` sets it")


@app.command("set")
def set_command(
    context: typer.Context,
    key: Annotated[
        str, typer.Argument(help="Such as week.hours.", autocompletion=complete.settings)
    ],
    value: Annotated[
        str,
        typer.Argument(
            help="A number, true, false, or text.", autocompletion=complete_records.values
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Set one key; the comments in the file stay.

    Example: hansei config set week.hours 32
    """
    path = root_of(context).paths.config_file
    if key == "screen.theme":
        from hansei_tui.cli.own_words import theme_problem

        problem = theme_problem(value)
        if problem is not None:
            raise problem
    kept = set_value(path, key, value)
    if as_json:
        emit_json("settings", {key: kept})
        return
    note(f"{key} = {_shown(kept)} in {path}")


@app.command("edit")
def edit_command(context: typer.Context) -> None:
    """Open config.toml in $VISUAL or $EDITOR and check it afterwards."""
    root = root_of(context)
    path = root.paths.config_file
    editor = root.environ.get("VISUAL") or root.environ.get("EDITOR")
    if not editor:
        raise UsageError("no editor is named", f"set EDITOR, or edit {path} yourself")
    if not path.exists():
        write_private(path, template())
    try:
        code = subprocess.call([*shlex.split(editor), str(path)])
    except (OSError, ValueError) as error:
        raise ConfigError(f"the editor {editor!r} could not be started: {error}") from error
    if code != 0:
        note(f"the editor ended with exit code {code}")
    read_settings(path)
    note(f"{path} is valid")


@app.command("check", hidden=True)
def check_command(context: typer.Context) -> None:
    """Say whether config.toml is valid, its keys and views too."""
    from hansei_tui.cli.own_words import key_findings, theme_findings, view_findings

    root = root_of(context)
    path = root.paths.config_file
    read_settings(path)
    found = [*key_findings(root), *view_findings(root), *theme_findings(root)]
    problems = [each for each in found if each.level != "ok"]
    for each in problems:
        note(each.what)
    if problems:
        raise typer.Exit(1)
    note(f"{path} is valid")


def template() -> str:
    """Return a config.toml with every key commented out, as a start for editing."""
    lines = ["# hansei: every key with its default; remove the # to change one.", ""]
    section = ""
    for setting in schema():
        head, _, name = setting.key.partition(".")
        if head != section:
            section = head
            lines += ([""] if len(lines) > 2 else []) + [f"[{head}]"]
        lines.append(f"# {name} = {_toml(setting.default)}  # {setting.doc} ({setting.type_name})")
    return "\n".join([*lines, ""])


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[]"
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def _cut(text: str, widest: int) -> str:
    """Return the beginning of a value that is too long for a column."""
    return text if len(text) <= widest else text[: widest - 1] + "…"


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(value) or "(none)"
    return f"{value:g}" if isinstance(value, float) else str(value)
