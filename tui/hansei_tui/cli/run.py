"""The command line from arguments to exit code: every error has a sentence, never a traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hansei_core.errors import HanseiError, StorageError, UsageError
from hansei_tui.cli.output import note, show_error
from hansei_tui.cli.root import Root

if TYPE_CHECKING:
    from typer import Typer

INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
BROKEN_PIPE = 141
"""128 + SIGPIPE: the reader of stdout went away, as with `| head`."""


def run(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], datetime] | None = None,
    cwd: Path | None = None,
    interactive: bool | None = None,
) -> int:
    """Run one command line and return its exit code (docs/cli.md lists them).

    The keyword arguments stand in for the real environment, clock, folder and terminal.
    """
    _open_streams()
    umask = os.umask(0o077)
    try:
        completing = "_HANSEI_COMPLETE" in os.environ  # a shell asks what may come next
        root = Root(
            environ=os.environ if environ is None else environ,
            clock=clock or local_clock(os.environ if environ is None else environ),
            cwd=cwd or _cwd(),
            interactive=_on_terminal() if interactive is None else interactive,
            umask=umask,
        )
        try:
            if root.interactive and not arguments and not completing:
                from hansei_tui.cli.screen import open_app  # the screens need no typer

                code = open_app(root)
            else:
                from hansei_tui.cli.commands import build, words_to_complete

                if completing:
                    from hansei_tui.cli.complete import plain_help

                    plain_help()
                words = words_to_complete(os.environ) if completing else arguments
                code = _called(build(words, completing=completing), arguments, root)
                if code == 0 and root.interactive and not completing:
                    _remind(root, arguments)
        finally:
            root.close()
    except SystemExit as stop:
        return _flushed(stop.code if isinstance(stop.code, int) else int(bool(stop.code)))
    except HanseiError as error:
        show_error(error)
        return error.exit_code
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        show_error(StorageError(f"the system said no: {error.strerror or error}{place}"))
        return StorageError.exit_code
    except Exception as error:  # noqa: BLE001 -- the last resort: a sentence and a report, no traceback
        return _crashed(error, os.environ if environ is None else environ)
    return _flushed(code)


def _remind(root: Root, arguments: Sequence[str]) -> None:
    """Say once on a Monday that the ritual is due, after a command that looked at records."""
    workspace = root.opened
    quiet = {"plan", "status", "wrap", "hooks", "demo"}  # they say it themselves, or run others
    if workspace is None or quiet & {*arguments[:1]} or "--json" in arguments:
        return
    if workspace.now().weekday() != 0:
        return
    from hansei_tui.ritual import reminder  # one day a week

    with contextlib.suppress(HanseiError):  # what was asked for is done
        said = reminder(workspace)
        if said:
            note(said)


def _called(app: Typer, arguments: Sequence[str], root: Root) -> int:
    """Run the command and return its exit code.

    Raises:
        HanseiError: The command says no, or the arguments have a mistake: typer would print that
            itself, in words of its own, and quote what was typed or pasted as it is.
    """
    from typer.exceptions import TyperException
    from typer.main import get_command

    from hansei_tui.cli.usage import tidy_help, usage_error

    command = tidy_help(get_command(app))
    try:
        code = command(list(arguments), obj=root, prog_name="hansei", standalone_mode=False)
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            note(error.format_message())
            return UsageError.exit_code
        raise usage_error(error, arguments) from error
    return code if isinstance(code, int) else 0


def _crashed(error: Exception, environ: Mapping[str, str]) -> int:
    """Write a report without any of the user's text, say where it lies, and return the code."""
    from hansei_tui.crash import write_crash_file
    from hansei_tui.paths import resolve_paths

    path = write_crash_file(resolve_paths(environ).crashes, error, local_clock(environ)())
    hint = f"a report without any of your text is in {path}" if path else ""
    show_error(HanseiError("hansei made a mistake of its own; what was saved is safe", hint))
    return HanseiError.exit_code


def local_clock(environ: Mapping[str, str]) -> Callable[[], datetime]:
    """Return a clock in the user's zone, by name where the system tells it.

    A named zone knows its daylight saving time, so that a week that changes the clocks begins and
    ends at midnight; without a name the present offset has to do.
    """
    from zoneinfo import ZoneInfo

    link = os.path.realpath("/etc/localtime")
    _, found, name = link.partition("zoneinfo/")
    for candidate in (environ.get("TZ", "").lstrip(":"), name if found else ""):
        if candidate:
            with contextlib.suppress(
                OSError, ValueError, KeyError
            ):  # an unknown name is any of them
                zone = ZoneInfo(candidate)
                return lambda: datetime.now(zone)
    return lambda: datetime.now().astimezone()


def _cwd() -> Path:
    try:
        return Path.cwd()
    except OSError:  # the folder was deleted under the shell
        return Path("/")


def _on_terminal() -> bool:
    try:
        return sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):
        return False


def _open_streams() -> None:
    """Give closed standard streams a place to go, so that printing never fails on them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 -- stays open for the whole process
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    except OSError as error:
        _silence_stdout()
        show_error(StorageError(f"the output could not be written: {error.strerror}"))
        return StorageError.exit_code
    return code


def _silence_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's own flush at exit stays quiet."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 -- as above
