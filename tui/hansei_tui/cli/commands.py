"""All commands by name, in the order that `--help` lists them; only what is asked for is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup


@dataclass(frozen=True, slots=True)
class Command:
    """One command: where it lives, and whether it is a group of commands."""

    name: str
    module: str
    attribute: str
    is_group: bool = False
    runs_another: bool = False
    """Options behind its first argument belong to the command that it runs."""


COMMANDS: Final = (
    Command("status", "status", "status_command"),
    Command("retro", "retro", "retro_command"),
    Command("wrap", "wrap", "wrap_command", runs_another=True),
    Command("hooks", "hooks", "app", is_group=True),
    Command("sessions", "sessions", "sessions_command"),
    Command("sources", "sources", "sources_command"),
    Command("metrics", "metrics", "app", is_group=True),
    Command("explain", "explain", "explain_command"),
    Command("themes", "themes", "app", is_group=True),
    Command("add", "improvements", "add_command"),
    Command("list", "listing", "list_command"),
    Command("show", "improvements", "show_command"),
    Command("edit", "edit", "edit_command"),
    Command("score", "improvements", "score_command"),
    Command("move", "improvements", "move_command"),
    Command("measure", "measure", "measure_command"),
    Command("note", "improvements", "note_command"),
    Command("link", "improvements", "link_command"),
    Command("tick", "checklist", "tick_command"),
    Command("block", "shape", "block_command"),
    Command("split", "shape", "split_command"),
    Command("merge", "shape", "merge_command"),
    Command("views", "shape", "views_command"),
    Command("trash", "improvements", "trash_command"),
    Command("calc", "numbers", "calc_command"),
    Command("stats", "numbers", "stats_command"),
    Command("export", "exchange", "export_command"),
    Command("import", "exchange", "import_command"),
    Command("triage", "triage", "app", is_group=True),
    Command("defer", "triage", "defer_command"),
    Command("decisions", "decisions", "app", is_group=True),
    Command("plan", "plan", "app", is_group=True),
    Command("timer", "timer", "app", is_group=True),
    Command("check", "check", "check_command"),
    Command("undo", "history", "undo_command"),
    Command("redo", "history", "redo_command"),
    Command("history", "history", "history_command"),
    Command("rules", "rules", "app", is_group=True),
    Command("config", "config", "app", is_group=True),
    Command("paths", "paths", "paths_command"),
    Command("doctor", "care", "doctor_command"),
    Command("backup", "care", "backup_command"),
    Command("restore", "care", "restore_command"),
    Command("forget", "care", "forget_command"),
    Command("prune", "prune", "prune_command"),
    Command("demo", "demo", "demo_command"),
)


class _InOrder(TyperGroup):
    """Lists commands in the order of `COMMANDS`, groups among the others."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 -- the parser's own name
        """Return the names of the commands that were loaded."""
        return [each.name for each in COMMANDS if each.name in self.commands]


def words_to_complete(environ: Mapping[str, str]) -> list[str]:
    """Return the words behind `hansei` on the command line that a shell asks about.

    Only the first counts here, and only where it is whole: it says which command's module is
    enough to answer.
    """
    line = environ.get("_TYPER_COMPLETE_ARGS") or environ.get("COMP_WORDS") or ""
    words = line.split()[1:]
    is_whole = len(words) > 1 or line[-1:].isspace() or environ.get("COMP_CWORD", "1") > "1"
    return words if is_whole else []


def build(arguments: Sequence[str], *, completing: bool = False) -> typer.Typer:
    """Return the command line for these arguments.

    Where they begin with a command, only its module is imported: that is what keeps `hansei add`
    quick; without any argument, none, and for completing a command's name the names alone.
    Everything else (`--help`, a typing mistake) gets all commands.
    """
    wanted = [each for each in COMMANDS if arguments and each.name == arguments[0]]
    app = typer.Typer(
        name="hansei",
        cls=_InOrder,
        invoke_without_command=True,
        no_args_is_help=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    if not wanted:
        app.callback()(import_module("hansei_tui.cli.main").main_command)
    if completing and not wanted:
        for each in COMMANDS:  # their names are all that is asked for
            app.command(each.name)(lambda: None)
        return app
    for each in wanted or (COMMANDS if arguments else ()):
        found = getattr(import_module(f"hansei_tui.cli.{each.module}"), each.attribute)
        if each.is_group:
            for info in found.registered_commands:
                info.short_help = _summary(info.callback)
            app.add_typer(found, name=each.name, short_help=_first(str(found.info.help)))
        else:
            settings = {"allow_interspersed_args": False} if each.runs_another else {}
            told = _summary(found)
            app.command(each.name, short_help=told, context_settings=settings)(found)
    if wanted:
        app.callback()(_nothing)
    return app


def _summary(command: object) -> str:
    """Return the first sentence or two of a command's help, whole: lists of commands wrap it."""
    return _first(command.__doc__ or "")


def _first(text: str) -> str:
    return " ".join(text.split("\n\n", 1)[0].split())


def _nothing() -> None:
    """Turn the trouble in coding-agent sessions into improvements that really happen."""
