"""What the desk says of themes that were merged."""

from __future__ import annotations

from hansei_core.retro import ImprovementDraft
from hansei_core.themes.model import Family
from hansei_core.verbs import improvements, theme_model
from hansei_tui.desk import Desk
from hansei_tui.workspace import Workspace


def test_a_merged_theme_is_met_by_its_old_ids(full: Workspace) -> None:
    """A second improvement would be offered against trouble that has one already."""
    desk = Desk(full)
    state = theme_model.load_themes(full.store)
    keep, other = [each.id for each in state.themes if each.family is not Family.RULE][:2]
    now = full.now()
    item = improvements.add(
        full.store, ImprovementDraft("End it for good", theme_id=other), now=now
    ).value
    theme_model.merge(full.store, keep, other, now=now)
    for theme_id in (keep, other):
        twin = desk.seen_as(ImprovementDraft("Something else", theme_id=theme_id))
        assert twin is not None
        assert (twin.id, twin.theme_id) == (item.id, other)
    assert {each.id for each in full.backlog(f"theme:{keep}").items} >= {item.id}
