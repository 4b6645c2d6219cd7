"""`hansei themes` where what is learned cannot be kept: it is said, and themes stay readable."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli

pytestmark = pytest.mark.usefixtures("samples")


@pytest.fixture
def data(environ: dict[str, str]) -> Path:
    """Return the folder of the store."""
    return Path(environ["HANSEI_HOME"]) / "data"


def test_themes_are_shown_without_the_archive(cli: Cli, data: Path) -> None:
    """One file that cannot be opened would hide everything that recurs."""
    before = {each["id"]: each["name"] for each in cli("themes", "--json").data}
    archive = data / "archive.sqlite"
    archive.unlink()
    archive.mkdir()
    shown = cli("themes", "--json")
    assert shown.code == 0
    assert {each["id"]: each["name"] for each in shown.data} == before
    assert str(archive) in shown.err
    assert "themes are as they stood" in shown.err


def test_themes_are_shown_from_a_store_that_cannot_be_written(cli: Cli, data: Path) -> None:
    """A damaged line would take the themes away until it is mended, or be repeated unsaid."""
    first = cli("themes", "--json").data[0]
    assert cli("themes", "rename", first["id"], "mine").code == 0
    for option in ([], ["--off"]):
        assert cli("themes", "mute", first["id"], *option).code == 0
    journal = data / "journal.jsonl"
    lines = journal.read_bytes().split(b"\n")
    lines[-3] = lines[-3][:20] + b"#" + lines[-3][21:]
    journal.write_bytes(b"\n".join(lines))
    config = data.parent / "config" / "config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text("[themes]\nmin_sessions = 2\n", "utf-8")  # everything is looked at anew
    shown = cli("themes", "--json")
    assert shown.code == 0
    assert "mine" in {each["name"] for each in shown.data}
    assert "themes are as they stood" in shown.err
    refused = cli("themes", "rename", first["id"], "yours")
    assert refused.code == 5
    assert f"{journal} is damaged" in refused.err
    assert "hansei doctor --fix" in refused.err
