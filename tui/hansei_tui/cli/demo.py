"""`hansei demo`: everything on bundled samples, in a temporary store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from shlex import quote
from typing import Annotated, Final

import typer

from hansei_core.errors import UsageError
from hansei_tui.cli import complete
from hansei_tui.cli.output import note, say
from hansei_tui.cli.root import Root, root_of

SCREENS: Final = ("retro", "themes", "backlog", "planner")


def demo_command(
    context: typer.Context,
    *,
    screen: Annotated[
        str,
        typer.Option(
            "--screen",
            help="retro, themes, backlog or planner.",
            autocompletion=complete.one_of("retro", "themes", "backlog", "planner"),
        ),
    ] = "",
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Write the samples there and leave them.")
    ] = None,
) -> None:
    """Open hansei on sample sessions; your own data is never touched.

    Example: hansei demo --screen themes
    """
    root = root_of(context)
    if screen and screen not in SCREENS:
        raise UsageError(f"there is no screen “{screen}”", f"write {', '.join(SCREENS)}")
    if keep is not None:
        home = root.cwd / keep.expanduser()
        _build(root, home)
        own, claude, codex = (quote(str(home / name)) for name in ("hansei", ".claude", ".codex"))
        say(f"HOME={quote(str(home))} HANSEI_HOME={own} CLAUDE_CONFIG_DIR={claude} \\")
        say(f"CODEX_HOME={codex} hansei")
        return
    with tempfile.TemporaryDirectory(prefix="hansei-demo-") as folder:
        trial = _build(root, Path(folder))
        try:
            code = _show(trial, screen)
        finally:
            trial.close()
    if code:
        raise typer.Exit(code)


def _build(root: Root, folder: Path) -> Root:
    from hansei_tui.demo.build import build_demo, demo_environ

    trial = Root(demo_environ(root.environ, folder), root.clock, folder, root.interactive)
    build_demo(trial.workspace, folder)
    return trial


def _show(trial: Root, screen: str) -> int:
    if trial.interactive:
        from hansei_tui.cli.screen import open_app

        return open_app(trial, screen)
    from hansei_tui.cli.status import print_status

    note("samples in a temporary store; there is no terminal, so this is the summary")
    print_status(trial, as_json=False)
    return 0
