"""What commands say when nothing was done agrees with what there is."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.conftest import Cli, Clock
from typer.main import get_command

from hansei_tui.cli.commands import COMMANDS, build
from hansei_tui.cli.run import run
from hansei_tui.cli.usage import tidy_help


def test_a_proposal_beside_a_plan_does_not_deny_the_plan(cli: Cli) -> None:
    """“nothing is taken yet” would be read as a lost plan where hours are taken."""
    cli("add", "Pool the connections impact:8 effort:2")
    cli("move", "1", "backlog")
    assert cli("plan", "take", "1").code == 0
    said = cli("plan", "propose").err
    assert "nothing is taken" not in said
    assert "--take makes it the plan" in said


def test_the_newest_of_no_sessions_is_not_sent_back_to_itself(cli: Cli) -> None:
    """`retro --last` would advise `retro --last`."""
    found = cli("retro", "--last")
    assert found.code == 3
    assert "hansei sources" in found.err
    assert "--last" not in found.err


def test_help_lists_the_commands_in_the_order_of_the_work(cli: Cli) -> None:
    """`plan` and `themes` would stand behind `demo`, where nobody looks for them."""
    page = cli("--help").out
    places = [page.index(f"\n  {each.name} ") for each in COMMANDS]
    assert places == sorted(places)


@pytest.mark.parametrize("group", [each.name for each in COMMANDS if each.is_group])
def test_a_group_says_what_it_does_alone(cli: Cli, group: str) -> None:
    """`hansei config` would be tried for what it shows, and answer with a usage page."""
    assert "Without a command it" in cli(group, "--help").out
    shown = cli(group, "--json")
    assert shown.envelope["version"] == 1


def test_help_writes_ranges_as_people_do(cli: Cli) -> None:
    """`1<=x<=5` is the parser's way to say it."""
    for command in (("retro",), ("sessions",), ("metrics", "show"), ("plan", "buckets")):
        assert "x<=" not in cli(*command, "--help").out
        assert "x>=" not in cli(*command, "--help").out
    assert "1 to 520" in cli("metrics", "show", "--help").out


def test_words_where_none_are_taken_are_not_to_be_quoted(cli: Cli) -> None:
    """Quoting a word that a command does not take helps nobody."""
    assert "takes options only" in cli("undo", "x").err
    assert "quotes" in cli("show", "1", "x").err


def test_a_short_list_says_that_it_is_short(cli: Cli) -> None:
    """Whoever looks for an older change would think that it was never made."""
    for number in range(3):
        cli("add", f"Improvement {number}")
    assert "the newest 2 shown, --limit 0 shows all" in cli("history", "--limit", "2").err
    assert "shown" not in cli("history", "--limit", "3").err
    assert len(cli("history", "--limit", "0").out.splitlines()) == 4


def test_hints_can_be_pasted_into_a_shell(cli: Cli) -> None:
    """Typographic quotes are no quotes to a shell: the title would be cut at its first blank."""
    for command in (("list",), ("measure",)):
        assert not set("“”…") & set(cli(*command).err)


def test_no_session_that_fits_is_not_no_session(cli: Cli, samples: Path) -> None:
    """“0 sessions; records: 379 parsed” says neither why nor what to do."""
    assert samples.is_dir()
    said = cli("sessions", "--project", "nope").err
    assert said.startswith("no session fits; there are 21")


def test_a_link_names_the_session_it_took(cli: Cli, samples: Path) -> None:
    """The newest session is taken where none is named: another one than meant, unseen."""
    assert samples.is_dir()
    cli("add", "Pool")
    newest = cli("sessions", "--json").data[0]
    said = cli("link", "1").err
    assert newest["id"][:8] in said
    assert newest["title"] in said


def test_a_file_that_is_not_there_is_not_found(cli: Cli) -> None:
    """A script could not tell a missing file from a wrong option."""
    assert cli("timer", "import", "absent.json").code == 3
    assert cli("import", "absent.json").code == 3


def test_an_empty_map_says_that_nothing_recurs(cli: Cli) -> None:
    """“sessions hit by 0 themes; · is none” is a legend without a map."""
    assert cli("themes", "map").err.startswith("nothing recurs yet")


def test_a_metric_is_not_offered_for_what_is_nothing_like_it(cli: Cli) -> None:
    """“foo” is no mistyped “mood”."""
    assert "mood" not in cli("metrics", "foo").err
    assert "retries" in cli("metrics", "retrys").err


def pages(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from pages(each, (*path, name))


def test_examples_are_one_line_and_would_be_understood(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An example that is broken over lines, or has an option that is gone, cannot be pasted."""
    monkeypatch.setenv("COLUMNS", "80")
    root = tidy_help(get_command(build(["--help"])))
    commands = dict(pages(root))
    seen = 0
    for path, command in commands.items():
        if "Example: " not in (command.help or ""):
            continue
        page = cli(*path, "--help").out
        (line,) = [line for line in page.splitlines() if "Example: " in line]
        words = shlex.split(line.partition("Example: ")[2])[1:]
        called = tuple(words[: len(path)])
        assert called == path or path[:-1] == called[:-1], line
        commands[called].make_context(" ".join(called), words[len(path) :])
        seen += 1
    assert seen > 30


def test_hints_name_commands_that_exist() -> None:
    """A hint would lead to “no command”."""
    commands = {path for path, _ in pages(get_command(build(["--help"])))}
    root = Path(__file__).resolve().parent.parent.parent
    named = {
        (path.name, name)
        for folder in ("core/hansei_core", "tui/hansei_tui", "sessions/hansei_sessions")
        for path in (root / folder).rglob("*.py")
        for name in re.findall(r"`hansei ([a-z-]+)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 40
    assert [each for each in sorted(named) if (each[1],) not in commands] == []


def test_a_move_that_is_not_confirmed_says_so(
    cli: Cli,
    *,
    clock: Clock,
    environ: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command would end in silence, and whoever hit enter would not know what became of it."""
    cli("add", "Pool")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    line = ("move", "1", "implementation")
    assert run(line, environ=environ, clock=clock, cwd=tmp_path, interactive=True) != 0
    assert "nothing was moved" in capsys.readouterr().err
    assert cli("show", "1", "--json").data["stage"] == "inbox"
