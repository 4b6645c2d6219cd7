"""The typed schema of config.toml: what is allowed, and how mistakes are named."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei_core.config_text import convert, parse_settings, schema, values, with_value
from hansei_core.errors import ConfigError, UsageError
from hansei_core.settings import Settings


def test_an_empty_file_gives_the_defaults() -> None:
    """Without a configuration hansei would not start."""
    assert parse_settings("", "config.toml") == Settings()


def test_every_section_and_type_is_read() -> None:
    """A value of some type would be refused or lost."""
    settings = parse_settings(
        """
        [week]
        hours = 32
        value = "impact"
        ritual_inside = true
        [sources]
        exclude_projects = ["secret"]
        [keys]
        "backlog.add" = "ctrl+n"
        """,
        "config.toml",
    )
    assert settings.week.hours == 32.0
    assert settings.week.value == "impact"
    assert settings.week.ritual_inside
    assert settings.sources.exclude_projects == ("secret",)
    assert settings.keys == {"backlog.add": "ctrl+n"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[week]\n\nhuors = 3", "line 3: there is no setting week.huors", "week.hours"),
        ("[wek]\nhours = 3", "line 2: there is no setting wek.hours", "week.hours"),
        ("[wek]", "line 1: there is no setting wek", "week"),
        ("colour = 1", "line 1: there is no setting colour", ""),
        ("[week]\nhours = 'x'", "line 2: week.hours cannot be 'x'", "from 1 to 168"),
        ("[week]\nitems = 2.5", "line 2: week.items cannot be 2.5", "whole number from 1 to 10"),
        ("[week]\nitems = true", "line 2: week.items cannot be True", "whole number"),
        ("[week]\nitems = 11", "line 2: week.items cannot be 11", "from 1 to 10"),
        ("[week]\nvalue = 'luck'", "line 2: week.value cannot be 'luck'", "priority, impact"),
        ("[scores]\nlow_to = 8", "scores.low_to cannot be 8", "medium_to"),
        ("[sources]\ncodex = 'x'", "line 2: sources.codex cannot be 'x'", "list of texts"),
        ("[retro]\nmood = 1", "line 2: retro.mood cannot be 1", "true or false"),
        ("[keys]\nadd = 1", "line 2: keys.add cannot be 1", "ctrl+s"),
        ("week = 1", "line 1: there is no setting week", ""),
        ("[week\n", "is not valid TOML", "mend"),
        ("week.hours = 900", "line 1: week.hours cannot be 900", "from 1 to 168"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_way_out(
    text: str, message: str, hint: str
) -> None:
    """A user would have to search the file for what is wrong."""
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, "config.toml")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_what_config_set_takes_is_what_the_file_takes() -> None:
    """A value set by command could be one that the file refuses, or the other way round."""
    assert convert("week.hours", "32") == 32.0
    assert convert("retro.mood", "on") is True
    assert convert("sources.codex", "/a, /b") == ("/a", "/b")
    assert convert("keys.backlog.add", "ctrl+n") == "ctrl+n"
    assert with_value(Settings(), "week.items", convert("week.items", "3")).week.items == 3
    for key, bad in [("week.items", "many"), ("retro.mood", "x"), ("week.nothing", "1")]:
        with pytest.raises(UsageError):
            convert(key, bad)


def test_the_schema_names_every_value_with_a_sentence() -> None:
    """A key without a description would be a riddle in `hansei config show`."""
    assert [setting.key for setting in schema()] == list(values(Settings()))
    assert all(setting.doc for setting in schema())


@given(st.text(max_size=80))
def test_no_text_raises_anything_but_its_own_error(text: str) -> None:
    """A broken file would end in a traceback."""
    with contextlib.suppress(ConfigError):
        parse_settings(text, "config.toml")
