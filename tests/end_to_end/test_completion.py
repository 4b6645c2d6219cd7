"""What a shell is offered behind `tab`: live, harmless, and without the terminal interface."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli

ROOT = Path(__file__).resolve().parent.parent.parent
Ask = Callable[..., str]


@pytest.fixture
def ask(environ: dict[str, str]) -> Ask:
    """Return what asks hansei as a shell does, in a process of its own."""

    def run(line: str, shell: str = "zsh") -> str:
        words = line.split()
        more = {
            "_HANSEI_COMPLETE": f"complete_{shell}",
            "_TYPER_COMPLETE_ARGS": line,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - (not line.endswith(" "))),
            "PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in ("core", "sessions", "tui")),
        }
        if shell != "zsh":
            del more["_TYPER_COMPLETE_ARGS"]
        if shell == "fish":
            more["_TYPER_COMPLETE_ARGS"] = line
        code = (
            "import sys; from hansei_tui.cli.run import run; code = run([]);"
            "loaded = {'textual', 'sklearn', 'rich.console'} & set(sys.modules);"
            "sys.exit(f'loaded {loaded}' if loaded else code)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**environ, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def backlog(cli: Cli) -> None:
    """Fill a backlog with words to complete."""
    for line in ("Pool the connections +perf", "Name the flag +docs +perf project:api", "Old"):
        assert cli("add", line).code == 0
    assert cli("trash", "3").code == 0


@pytest.mark.usefixtures("backlog")
@pytest.mark.parametrize("shell", ["zsh", "bash", "fish"])
def test_ids_are_offered_newest_first(ask: Ask, shell: str) -> None:
    """An id that has to be looked up and copied is why people do not use commands."""
    found = ask("hansei show IMP", shell)
    assert found.index("IMP-2026-002") < found.index("IMP-2026-001")
    assert "IMP-2026-001" in ask("hansei move IMP", shell)
    if shell != "bash":
        assert "Pool the connections" in found
    assert "IMP-2026-003" not in ask("hansei score ", shell)
    assert "IMP-2026-003" in ask("hansei show IMP-2026-003", shell)


@pytest.mark.usefixtures("backlog")
@pytest.mark.parametrize(
    ("line", "offer"),
    [
        ("hansei list +p", "+perf"),
        ("hansei list cat:d", "debt"),
        ("hansei list project:", "api"),
        ("hansei list --view qu", "quick-wins"),
        ("hansei list --sort ef", "effort"),
        ("hansei move 1 ana", "analysis"),
        ("hansei block 1 IMP", "IMP-2026-002"),
        ("hansei li", "list"),
        ("hansei timer sta", "start"),
        ("hansei timer start IMP", "IMP-2026-001"),
        ("hansei list --project a", "api"),
        ("hansei sessions --agent cod", "codex"),
        ("hansei config set week.h", "week.hours"),
        ("hansei hooks install cur", "cursor"),
        ("hansei explain --agent cl", "claude"),
        ("hansei export --format ya", "yaml"),
        ("hansei import x --format ju", "junit"),
    ],
)
def test_words_are_offered(ask: Ask, line: str, offer: str) -> None:
    """Tags, keys, views, orders, stages and commands are completed as the grammar knows them."""
    assert offer in ask(line)


@pytest.fixture
def recorded(cli: Cli, samples: Path) -> None:
    """Have logs that were read, and one record of each kind that has an id."""
    assert samples.is_dir()
    session = cli("sessions", "--json").data[0]["id"]
    for words in (
        ("add", "Pool the connections impact:8 effort:2 hours:2"),
        ("move", "1", "backlog"),
        ("measure", "1", "latency", "--before", "3"),
        ("metrics", "record", "build-minutes", "3"),
        ("decisions", "add", "Where", "--choose", "here", "--because", "near"),
        ("timer", "add", "1", "08:00", "08:30"),
        ("retro", session, "--better", "Say it", "--none-because", "no time"),
        ("backup",),
    ):
        assert cli(*words).code == 0


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("line", "offer"),
    [
        ("hansei sessions --project ", "tidewater"),
        ("hansei themes --project tid", "tidewater"),
        ("hansei sessions --branch ", "webhooks"),
        ("hansei decisions add --project ", "tidewater"),
        ("hansei sessions ", "Split the loader into stages"),
        ("hansei retro ", "Dark mode"),
        ("hansei forget tid", "tidewater"),
        ("hansei metrics ret", "retries"),
        ("hansei metrics show ret", "retries"),
        ("hansei metrics ", "record"),
        ("hansei metrics record bui", "build-minutes"),
        ("hansei metrics show bui", "build-minutes"),
        ("hansei metrics drop ", "V-0001"),
        ("hansei measure 1 ", "latency"),
        ("hansei plan keep ", "IMP-2026-001"),
        ("hansei plan take ", "IMP-2026-001"),
        ("hansei plan convert RET", "RET-001"),
        ("hansei plan --week ne", "next"),
        ("hansei decisions show ", "DEC-001"),
        ("hansei timer edit ", "T-001"),
        ("hansei restore ", "manual"),
        ("hansei config set week.value ", "impact"),
        ("hansei config set screen.theme han", "hansei-light"),
        ("hansei config set week.ritual_inside ", "true"),
        ("hansei themes map --by pro", "project"),
        ("hansei metrics record x 1 --better ", "down"),
    ],
)
def test_records_and_logs_are_offered(ask: Ask, line: str, offer: str) -> None:
    """Names that only a list shows, such as a project's or a metric's, would be typed by hand."""
    assert offer in ask(line)


def test_offers_are_harmless(ask: Ask, cli: Cli) -> None:
    """Shells evaluate what they are offered: a title could run a command."""
    title = "Run \\$(touch /tmp/x) `id` \"quoted\" 'single' [/b] [red]x {a,b} ;&|<!*"
    assert cli("add", f"{title} +$(id) +fine").code == 0
    for shell in ("zsh", "bash", "fish"):
        for line in ("hansei show IMP", "hansei list +", "hansei list project:"):
            found = ask(line, shell).removeprefix("_arguments '*: :((").removesuffix("))'\n")
            assert not set("$`{};&|!*[]'") & set(found), found
            assert "\\$" not in found
    assert "+fine" in ask("hansei list +")


def test_nothing_is_offered_where_nothing_can_be_read(ask: Ask, environ: dict[str, str]) -> None:
    """A traceback in the middle of a command line would be worse than no offer."""
    data = Path(environ["HANSEI_HOME"]) / "data"
    data.mkdir(parents=True)
    (data / "store.json").write_bytes(b"\xff\xfe not a store")
    assert "IMP" not in ask("hansei show IMP")
    config = Path(environ["HANSEI_HOME"]) / "config" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[views\n")
    assert "Traceback" not in ask("hansei list --view q")
