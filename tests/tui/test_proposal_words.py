"""The proposal's page, as lines of text."""

from __future__ import annotations

import pytest

from hansei_core.planning.selection import Choice, Force, Proposal
from hansei_tui.screens.planner_view import proposal_text
from hansei_tui.text import width_of

TITLE = "Write the rule that a file is read before it is edited into AGENTS.md of all projects"


@pytest.mark.parametrize("width", [40, 56, 72])
def test_a_long_title_goes_on_below_its_beginning(width: int) -> None:
    """A title, or why it was taken, would go on below the numbers, as if it were a row."""
    choice = Choice("IMP-2026-001", 0.25, 70, Force.CARRIED)
    proposal = Proposal((choice,), (choice,), 8.0, "priority")
    shown = proposal_text(proposal, {choice.id: TITLE}, width=width).plain
    rows = shown.partition("\n\n")[0].splitlines()
    assert len(rows) > 1
    assert all(row.startswith(" " * 14) for row in rows[1:])
    assert all(width_of(row) <= width for row in rows)
    assert rows[-1].endswith("  carried")
    assert " ".join(" ".join(rows).split()).startswith(f"70 0.25 h {TITLE[:20]}")
