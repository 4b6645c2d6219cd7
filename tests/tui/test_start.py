"""The start of the app: style sheets are read once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.tui.story import Opener
from textual.css.parse import parse

OFTEN = ("App.DEFAULT_CSS", "Screen.DEFAULT_CSS", "Widget.DEFAULT_CSS")
"""Textual's own sheets that are there from the beginning."""


async def test_each_style_sheet_is_read_once(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Textual would read all of them again for each that comes, and for the theme."""
    read: Counter[tuple[str, str]] = Counter()

    def counted(scope: str, text: str, read_from: tuple[str, str], **more: Any) -> Any:
        read[read_from] += 1
        return parse(scope, text, read_from, **more)

    monkeypatch.setattr("textual.css.stylesheet.parse", counted)
    async with opened("backlog"):
        ours = {path: times for (path, _), times in read.items() if "hansei_tui" in path}
        assert {Path(path).name for path in ours} >= {"app.tcss", "backlog.tcss"}
        assert set(ours.values()) == {1}
        assert {times for (_, name), times in read.items() if name in OFTEN} == {1}


async def test_a_theme_that_is_chosen_later_reads_them_again(opened: Opener) -> None:
    """The colours of the first theme would stay in the sheets."""
    async with opened("backlog") as story:
        before = story.app.screen.styles.background
        story.app.action_light()
        await story.pilot.pause()
        assert story.app.screen.styles.background != before
