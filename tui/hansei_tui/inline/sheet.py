"""What the inline retro and its line mode do to a draft, as plain functions of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from hansei_core.retro import ImprovementDraft, RetroDraft
from hansei_core.usual import Usual, compared_words
from hansei_sessions.ended import duration
from hansei_sessions.model import Friction, Session
from hansei_sessions.text import first_line
from hansei_tui.friction_words import groups_of, total_seconds
from hansei_tui.text import fit, wrap
from hansei_tui.words import count, minutes

MOST_SHOWN: Final = 9
"""A digit takes an entry, so there are at most nine."""


def open_sheet(draft: RetroDraft) -> tuple[RetroDraft, str]:
    """Return a draft without its empty entries, and the line that was being typed."""
    entries = [item for item in draft.improvements if item.title.strip()]
    unfinished = [item for item in entries if not item.taken and not item.suggested]
    kept = tuple(item for item in entries if item not in unfinished)[:MOST_SHOWN]
    return replace(draft, improvements=kept), " ".join(item.title for item in unfinished)


def close_sheet(draft: RetroDraft, line: str) -> RetroDraft:
    """Return a draft as it is kept: what was taken first, then the line, then mere offers."""
    taken = [item for item in draft.improvements if item.taken]
    offers = [item for item in draft.improvements if not item.taken]
    typed = [ImprovementDraft(title=line.strip(), taken=False)] if line.strip() else []
    return replace(draft, improvements=(*taken, *typed, *offers))


def toggled(draft: RetroDraft, place: int) -> tuple[RetroDraft, str]:
    """Take an offer, or put it back; a typed entry goes back into the line.

    Returns:
        The draft, and the title to edit again (empty for an offer).
    """
    items = list(draft.improvements)
    item = items[place]
    if item.taken and not item.suggested:
        del items[place]
        return replace(draft, improvements=tuple(items)), item.title
    items[place] = replace(item, taken=not item.taken)
    return replace(draft, improvements=tuple(items)), ""


def added(draft: RetroDraft, item: ImprovementDraft) -> RetroDraft:
    """Add a typed entry."""
    return replace(draft, improvements=(*draft.improvements, replace(item, taken=True)))


def relinked(draft: RetroDraft, place: int, improvement_id: str) -> RetroDraft:
    """Let an entry mean an improvement that exists; an empty id lets it be a new one again."""
    items = list(draft.improvements)
    items[place] = replace(items[place], same_as=improvement_id, taken=True)
    return replace(draft, improvements=tuple(items))


def session_line(session: Session) -> str:
    """Return which session it was: title, project, agent, length, prompts."""
    title = first_line(session.title) or "a session without a title"
    facts = (session.project, session.agent, minutes(duration(session)))
    words = [part for part in (*facts, count(session.prompts, "prompt")) if part]
    return f"{title} · {' · '.join(words)}"


def friction_line(frictions: Sequence[Friction], usual: Usual | None = None) -> str:
    """Return what went wrong, dearest first: how often, what it cost, about what.

    The cost is compared with the user's own usual where there are enough sessions to say.
    """
    if not frictions:
        return "No friction: nothing failed, nobody intervened."
    lost = total_seconds(frictions)
    cost = f", {minutes(lost)} lost" if lost else ""
    if lost is not None and usual is not None:
        cost += f" ({compared_words(lost, usual)})"
    names = [
        group.name + (f" ×{group.events}" if group.events > 1 else "")
        for group in groups_of(frictions)
    ]
    return f"{count(len(frictions), 'friction')}{cost}: {' · '.join(names)}"


def since(frictions: Sequence[Friction], until: datetime | None) -> list[Friction]:
    """Return the frictions that no earlier retro has looked at."""
    return [each for each in frictions if until is None or each.at is None or each.at > until]


def two_lines(text: str, width: int) -> str:
    """Break a text into two lines at most; what does not fit ends in an ellipsis."""
    first, *rest = wrap(text, width)
    return "\n".join([first, fit(" ".join(rest), width)]) if rest else first
