"""What the retro under the prompt says of what is there already: twins, links, old decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from hansei_core.decisions import DecisionKind
from hansei_core.improvement import Improvement
from hansei_core.similar import TitleIndex
from hansei_tui.text import assemble

if TYPE_CHECKING:
    from hansei_tui.desk import Desk

TELLING: Final = 6
"""Characters of a title up to which it says too little to be compared."""


def decided_against(desk: Desk, declined: TitleIndex, title: str) -> str:
    """Return the older decision against nearly the same idea, in words; nothing without one."""
    if len(title) <= TELLING:
        return ""
    decided = desk.decided(title)
    if decided:
        one = decided[0]
        about = ", ".join(one.improvement_ids) or one.id
        was = "declined" if one.kind is DecisionKind.DECLINED else f"decided ({one.choice})"
        return f"{about} “{one.title}” was {was}: {one.reason}"
    found = declined.twins(title)  # declined before there was a log of decisions
    if not found:
        return ""
    item = found[0].item
    because = f": {item.decline_reason}" if item.decline_reason else ""
    return f"{item.id} “{item.title}” was declined{because}"


def like_words(twin: Improvement) -> Content:
    """Return the line that offers a twin."""
    return assemble(
        ("like ", "$warning"),
        f"{twin.id} {twin.title}{_seen(twin)}",
        (" · ctrl+l links it", "$quiet"),
    )


def link_words(improvement_id: str, item: Improvement | None) -> Content:
    """Return the line of an entry that counts as a repeat of an improvement."""
    words = f"{improvement_id} {item.title}{_seen(item)}" if item else improvement_id
    return assemble(("links to ", "$success"), words, (" · ctrl+l takes it back", "$quiet"))


def _seen(item: Improvement) -> str:
    return f" (seen in {item.seen} sessions)" if item.seen > 1 else ""
