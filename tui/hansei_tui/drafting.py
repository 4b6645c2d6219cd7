"""The pre-filled draft of a retro, with what earlier sessions and improvements teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hansei_core.errors import ConfigError
from hansei_core.experience import Past, past_by_rule
from hansei_core.frictions import group_frictions, label_of
from hansei_core.prefill import prefill
from hansei_core.suggestions import (
    Background,
    Lately,
    Standing,
    catalogue,
    lately,
    standing_of,
    uses,
)
from hansei_core.verbs.retros import reviewed_until

if TYPE_CHECKING:
    from hansei_core.retro import Retro, RetroDraft
    from hansei_sessions.model import Friction, FrictionKind, Session
    from hansei_tui.workspace import Workspace

LATELY_DAYS: Final = 28
_LEAST_DAYS: Final = 7


def new_draft(workspace: Workspace, session: Session, frictions: Sequence[Friction]) -> RetroDraft:
    """Return the pre-filled draft of a session's retro; rules that went quiet stay so.

    A mistake in the user's catalogue costs its entries only; `hansei doctor` names it.
    """
    try:
        entries = workspace.catalogue()
    except ConfigError:
        entries = catalogue()
    retros = workspace.retros()
    quiet = {name for name, each in uses(retros).items() if each.is_quiet}
    background = Background(
        theme_of=workspace.theme_homes(session, frictions),
        past=_past(workspace, retros),
        lately=_lately(workspace, session),
        standing=_standing(workspace),
    )
    return prefill(
        session,
        frictions,
        background=background,
        entries=[entry for entry in entries if entry.name not in quiet],
        since=reviewed_until(workspace.store).get(session.id),
    )


def _standing(workspace: Workspace) -> Standing:
    """Return what the user has decided already: what is open, declined, muted."""
    from hansei_core.tables import THEMES
    from hansei_core.verbs.records import load_improvements

    items = load_improvements(workspace.store).items.values()
    muted = {
        theme_id
        for theme_id, document in workspace.store.all(THEMES).items()
        if document.get("muted")
    }
    return replace(standing_of(items, workspace.theme_ids()), muted=frozenset(muted))


def _past(workspace: Workspace, retros: Sequence[Retro]) -> dict[str, Past]:
    if not any(offer.improvement_id for retro in retros for offer in retro.offers):
        return {}
    from hansei_core.planning.time import hours_by_item
    from hansei_core.verbs.measure import load_measurements
    from hansei_core.verbs.records import load_improvements
    from hansei_core.verbs.times import entries

    store = workspace.store
    tracked = hours_by_item(entries(store), workspace.now())
    return past_by_rule(retros, load_improvements(store).items, load_measurements(store), tracked)


def _lately(workspace: Workspace, session: Session) -> Mapping[tuple[FrictionKind, str], Lately]:
    """Return what groups cost a week in the last sessions of this project, this one included."""
    from hansei_sessions.index import SessionQuery

    end = session.last_at or workspace.now()
    query = SessionQuery(
        project=session.project, since=end - timedelta(days=LATELY_DAYS), include_headless=False
    )
    sessions = workspace.index.sessions(query)
    begins = [each.started_at for each in sessions if each.started_at is not None]
    if len(begins) < 2:
        return {}
    days = (end - min(begins)).days + 1
    found = workspace.index.frictions([each.id for each in sessions])
    had: dict[tuple[FrictionKind, str], set[str]] = {}
    for friction in found:
        had.setdefault((friction.kind, label_of(friction)), set()).add(friction.session_id)
    counts = {key: len(ids) for key, ids in had.items()}
    span = min(max(days, _LEAST_DAYS), LATELY_DAYS)
    return lately(group_frictions(found), counts, span)
