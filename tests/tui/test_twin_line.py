"""The line that names a twin: at any width the key that links it can be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tui.story import Opener

from hansei_core.improvement import Improvement
from hansei_tui.text import width_of
from hansei_tui.widgets.attributes import Attributes
from hansei_tui.widgets.slot import Slot
from hansei_tui.widgets.twin import TwinLine, twin_words

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG = "Start the database container in a test fixture before the first test"


def twin(title: str) -> Improvement:
    """Return an improvement that a title repeats."""
    return Improvement("IMP-2026-001", title, AT, AT, AT)


@pytest.mark.parametrize("width", [30, 38, 60, 90, 160])
def test_key_stands_whole_at_every_width(width: int) -> None:
    """The key would be cut away behind a long title, and nobody could know how to link."""
    words = twin_words(("same as", "$warning"), twin(LONG), "ctrl+l links it", width).plain
    assert "same as IMP-2026-001" in words
    assert any(line.endswith("ctrl+l links it") for line in words.split("\n"))
    assert "Start" in words


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.integers(21, 120))
def test_no_line_is_wider_than_its_room(title: str, width: int) -> None:
    """A line that is too wide would be broken where nobody chose it."""
    words = twin_words(("same as", "$warning"), twin(title), "ctrl+l links it", width).plain
    assert all(width_of(line) <= width for line in words.split("\n"))
    assert words.count("\n") <= 1


async def test_line_is_made_anew_for_another_width(opened: Opener) -> None:
    """Words made for a narrow window would stay in two lines in a wide one, or be cut."""
    async with opened("retro", (160, 40)) as story:
        slot = story.area.query(Slot).first()
        slot.query_one("TitleInput").value = story.item(1).title
        await story.settle()
        line = slot.query_one(TwinLine)
        assert line.size.height == 1
        await story.pilot.resize_terminal(80, 40)
        await story.settle()
        assert line.size.height == 2
        assert "ctrl+l links it" in story.text
        assert slot.query_one(Attributes).region.bottom == line.region.y
        await story.pilot.resize_terminal(160, 40)
        await story.settle()
        assert line.size.height == 1


async def test_key_links_from_outside_the_slots_too(opened: Opener) -> None:
    """The line names a key that would do nothing while the list has the focus."""
    async with opened("retro") as story:
        slot = story.area.query(Slot).first()
        slot.query_one("TitleInput").value = story.item(1).title
        await story.press("escape")
        story.area.query_one("#frictions").focus()
        await story.press("ctrl+l")
        assert slot.result().same_as == "IMP-2026-001"
