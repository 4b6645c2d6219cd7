"""Formats that wait until something of their agent is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hansei_sessions.readers.formats import FORMATS, Waiting

WAITING = [one for one in FORMATS if isinstance(one, Waiting)]
SCAN = """
import sys
from pathlib import Path
from hansei_sessions.index import Index
from hansei_sessions.readers import FORMATS
from hansei_sessions.sources import discover

home = Path(sys.argv[1])
with Index.open(home / "index.sqlite") as index:
    index.scan(discover(FORMATS, {}, home))
print(*sorted(name for name in sys.modules if name.startswith("hansei_sessions.readers.")))
"""


def loaded_by_a_scan(home: Path) -> set[str]:
    """Return which readers a scan of a home loads."""
    search = os.pathsep.join(str(Path(each).resolve()) for each in sys.path if each)
    done = subprocess.run(
        [sys.executable, "-c", SCAN, str(home)],
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {name.rpartition(".")[2] for name in done.stdout.split()}


def test_all_wait() -> None:
    """Every command that reads logs would load every reader."""
    assert len(WAITING) == len(FORMATS) > 20


@pytest.mark.parametrize("form", WAITING, ids=lambda form: form.agent)
def test_what_waits_is_what_is_loaded(form: Waiting) -> None:
    """Logs of one agent would be read as another's, or looked for in another's folders."""
    found = form.loaded()
    assert found.agent == form.agent
    home = Path("/home/ada")
    assert found.roots({}, home) == form.roots({}, home)


def test_without_a_folder_no_reader_is_loaded(tmp_path: Path) -> None:
    """A look at one agent's logs would cost what all readers cost."""
    assert not loaded_by_a_scan(tmp_path) & {"claude_code", "codex", "aider", "story", "gemini"}


def test_a_folder_brings_its_own_reader(tmp_path: Path) -> None:
    """Either nothing would be read, or too much loaded."""
    (tmp_path / ".codex" / "sessions").mkdir(parents=True)
    found = loaded_by_a_scan(tmp_path)
    assert "codex" in found
    assert not found & {"claude_code", "aider", "gemini"}


def test_where_it_cannot_be_known_the_format_is_asked() -> None:
    """A folder that cannot be looked into would be passed over without a word."""
    form = next(one for one in WAITING if one.agent == "codex")
    with pytest.raises(OSError, match="too long"):
        list(form.logs(Path("/" + "x" * 5000)))
    assert list(form.logs(Path("/nothing/there"))) == []
