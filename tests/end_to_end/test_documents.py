"""What the documents say is true: commands exist, links lead somewhere, examples run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli, Clock

from hansei_core.errors import HanseiError
from hansei_tui.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def examples(*pages: Path) -> list[str]:
    """Return the `$ hansei …` lines of some pages."""
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [line for line in lines if line.split()[0] == "hansei" and len(line.split()) > 1]


def test_every_command_stands_in_the_readme() -> None:
    """A command that nobody is told about is of no use."""
    named = set(re.findall(r"`hansei ([a-z]+)|`([a-z]+)`", README))
    words = {word for pair in named for word in pair if word}
    assert {command.name for command in COMMANDS} <= words


def test_every_command_that_is_named_exists() -> None:
    """The documents would promise what `hansei` refuses."""
    known = {command.name for command in COMMANDS}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"`hansei ([a-z][a-z-]*)", text):
            assert name in known, f"{page.name}: hansei {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A picture or a page would be missing for whoever follows a link."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_every_page_is_reached_from_the_readme() -> None:
    """A page would be written for nobody."""
    found: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        targets = re.findall(r"\]\(([^)#]+\.md)", page.read_text(encoding="utf-8"))
        new = {(page.parent / target).resolve() for target in targets} - found
        found |= new
        ahead += new
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= {page.name for page in found}


def test_the_examples_run_in_their_order(cli: Cli, samples: Path) -> None:
    """A user who copies a line would meet an error."""
    lines = examples(ROOT / "README.md", ROOT / "docs" / "cli.md")
    assert lines
    for line in lines:
        words = shlex.split(line, comments=True)
        result = cli(*words[1:])
        assert result.code == 0, (line, result.err)


@pytest.mark.usefixtures("samples")
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES[2:] if page.name != "cli.md" and examples(page)],
    ids=lambda page: page.name,
)
def test_the_examples_of_a_page_run(page: Path, cli: Cli, clock: Clock) -> None:
    """What a page on one subject shows would be refused."""
    for number in range(7):
        assert cli("add", f"Improvement {number} impact:8 effort:2 hours:1").code == 0
    for line in examples(page):
        clock.now += timedelta(minutes=10)
        result = cli(*shlex.split(line, comments=True)[1:])
        assert result.code == 0, (line, result.err)


def test_every_exit_code_is_documented() -> None:
    """A script could not tell what went wrong."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for error in HanseiError.__subclasses__():
        assert f"| {error.exit_code} |" in text, error.__name__


def test_the_changelog_names_this_version() -> None:
    """A release would go out without a word about it."""
    from hansei_tui.version import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_document_names_a_host_of_packages_or_a_machine() -> None:
    """A lock file or a page would carry where it was made."""
    for page in [*PAGES, *ROOT.glob("requirements*.txt"), ROOT / "pyproject.toml"]:
        text = page.read_text(encoding="utf-8")
        assert "/work/" not in text, page.name
        assert "find-links" not in text, page.name
        assert "index-url" not in text, page.name


def test_the_page_of_keys_is_the_registrys() -> None:
    """The documented keys would differ from those that work."""
    from hansei_tui.keys import markdown

    assert (ROOT / "docs" / "keys.md").read_text(encoding="utf-8") == markdown()


def test_the_shell_completes_commands() -> None:
    """Completion would offer nothing, because commands are loaded only when they are named."""
    environ = {**os.environ, "_HANSEI_COMPLETE": "complete_bash", "COMP_WORDS": "hansei th"}
    search = os.pathsep.join(str(ROOT / floor) for floor in ("core", "sessions", "tui"))
    done = subprocess.run(
        [sys.executable, "-m", "hansei_tui"],
        env={**environ, "COMP_CWORD": "1", "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.split() == ["themes"]


def test_every_test_that_the_fault_list_names_exists() -> None:
    """The page on reliability would rest on tests that are gone."""
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 100
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), (file, test)
