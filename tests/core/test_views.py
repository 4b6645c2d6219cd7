"""Saved views: what their text means, and that they can be written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei_core.backlog import SORTS
from hansei_core.config_text import convert, parse_settings, with_value
from hansei_core.errors import ConfigError, NotFoundError, UsageError
from hansei_core.views import BUILT_IN, LAYOUTS, View, all_views, find_view, read_view


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_views_that_everybody_has_can_be_read(name: str) -> None:
    """A view that cannot be opened would be a dead key for every user."""
    assert find_view({}, name).name == name


def test_order_and_layout_are_taken_out_of_the_filter() -> None:
    """`sort:` and `as:` are words of a view, not of the filter that follows them."""
    view = read_view("mine", "+ci -sort:hours pri:>=40 as:board")
    assert view == View("mine", "+ci   pri:>=40", "hours", reverse=True, layout="board")
    assert read_view("q", '"sort:hours as:board"').filter == '"sort:hours as:board"'


@given(
    st.sampled_from(("", "+ci", 'pri:>=40 "sort:x"', "is:ready or -docs", "as sort")),
    st.sampled_from(tuple(SORTS)),
    st.booleans(),
    st.sampled_from(LAYOUTS),
)
def test_a_view_is_read_as_it_was_written(text: str, sort: str, reverse: bool, layout: str) -> None:
    """What `C` saves must open as the same filter, order and layout."""
    view = View("v", text, sort, reverse, layout)
    assert read_view("v", view.text) == view


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sort:impct", "did you mean impact"),
        ("as:cube", "there are list, board, matrix"),
        ("as:list as:board", "given twice"),
        ("impact:high", "view “v”"),
        ("-as:board", "no reverse"),
        ("sort:", "is no order"),
    ],
)
def test_a_mistake_names_the_view(text: str, says: str) -> None:
    """A view with a mistake must say which one it is, and what is allowed."""
    with pytest.raises(UsageError) as caught:
        read_view("v", text)
    assert says in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 41, "\x1b[2J"])
def test_a_name_is_one_short_line(name: str) -> None:
    """A name with a control code would reach the terminal from the configuration."""
    with pytest.raises(UsageError, match="name of a view"):
        read_view(name, "")


def test_own_views_win_and_a_beginning_is_enough() -> None:
    """`hansei list --view qu` must find “quick wins”, and the user's own “ready” its own text."""
    own = {"ready": "+mine", "Quarter": "age:<90d"}
    assert list(all_views(own))[:2] == ["ready", "Quarter"]
    assert find_view(own, "READY").filter == "+mine"
    assert find_view({}, "qu").name == "quick wins"
    with pytest.raises(NotFoundError, match="could be Quarter, quick wins"):
        find_view(own, "qu")
    with pytest.raises(NotFoundError) as caught:
        find_view({}, "redy")
    assert "ready" in caught.value.hint


def test_views_live_in_the_configuration() -> None:
    """A view must survive the way through config.toml, and a wrong value must name its line."""
    settings = parse_settings('[views]\nready = "+mine"\n"my week" = "is:planned"\n', "config.toml")
    assert settings.views == {"ready": "+mine", "my week": "is:planned"}
    changed = with_value(settings, "views.new", convert("views.new", "pri:>=70"))
    assert changed.views["new"] == "pri:>=70"
    with pytest.raises(ConfigError, match=r"line 2: views\.ready cannot be 3"):
        parse_settings("[views]\nready = 3\n", "config.toml")
