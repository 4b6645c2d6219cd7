"""Where files lie, and a configuration that keeps its comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansei_core.errors import ConfigError, UsageError
from hansei_tui.config_file import read_settings, set_value
from hansei_tui.paths import resolve_paths


def test_one_variable_moves_everything(tmp_path: Path) -> None:
    """A test or a trial would touch the user's own data."""
    paths = resolve_paths({"HANSEI_HOME": str(tmp_path)})
    assert {paths.data.parent, paths.config.parent, paths.cache.parent} == {tmp_path}


def test_the_xdg_folders_count_where_they_are_absolute(tmp_path: Path) -> None:
    """Files would land in the wrong place, or beside the current folder."""
    environ = {"XDG_DATA_HOME": str(tmp_path), "XDG_CACHE_HOME": "relative/cache"}
    paths = resolve_paths(environ)
    assert paths.data == tmp_path / "hansei"
    assert paths.cache.is_absolute()


def test_a_value_is_set_and_the_comments_stay(tmp_path: Path) -> None:
    """A user's notes in config.toml would vanish with the first `config set`."""
    path = tmp_path / "config.toml"
    path.write_text("# my week\n[week]\nhours = 40 # full time\n", encoding="utf-8")
    set_value(path, "week.hours", "32")
    set_value(path, "retro.mood", "true")
    text = path.read_text(encoding="utf-8")
    assert "# my week" in text
    assert "# full time" in text
    settings = read_settings(path)
    assert (settings.week.hours, settings.retro.mood) == (32.0, True)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_refused_value_leaves_the_file_alone(tmp_path: Path) -> None:
    """A typing mistake would damage the configuration, or be blamed on the file."""
    path = tmp_path / "config.toml"
    path.write_text("[week]\nhours = 40\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"week\.hours cannot be 'many'"):
        set_value(path, "week.hours", "many")
    assert path.read_text(encoding="utf-8") == "[week]\nhours = 40\n"


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """A binary file would end in a traceback."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_settings(path)
