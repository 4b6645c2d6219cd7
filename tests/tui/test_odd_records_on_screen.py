"""Screens over records that are well formed and mean nothing."""

from __future__ import annotations

import pytest
from tests.odd_records import ODD, RECORDS
from tests.tui.story import NOW, Opener

from hansei_core import tables
from hansei_tui import keys
from hansei_tui.workspace import Workspace

OTHER = [each for each in RECORDS if each[0] != tables.THEME_STATE]


@pytest.mark.parametrize("screen", keys.PLACES)
@pytest.mark.parametrize("records", [OTHER, RECORDS[-2:]], ids=["records", "state of themes"])
async def test_screens_open_over_odd_records(
    screen: str, records: list[tuple[str, str]], full: Workspace, opened: Opener
) -> None:
    """One slip in a store.json edited by hand would end the whole program with a crash."""
    with full.store.transaction("edit by hand", now=NOW) as transaction:
        for table, name in records:
            for number, odd in enumerate(ODD):
                transaction.put(table, f"{name}{number or ''}", odd)
    async with opened(screen) as story:
        await story.press("j", "enter", "escape", "r")
        assert story.app.is_running
