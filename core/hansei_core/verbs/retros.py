"""Saving retros: one transaction for the answers and all improvements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from hansei_core.errors import HanseiError, UsageError
from hansei_core.improvement import EvidenceLink, Improvement
from hansei_core.retro import (
    ImprovementDraft,
    Retro,
    RetroDraft,
    check_draft,
    format_retro_id,
    offers_of,
    prefilled_lines,
)
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import RETROS, SERIES_RETRO
from hansei_core.verbs.records import (
    Outcome,
    read_improvement,
    resolve,
    write_improvement,
)


@dataclass(frozen=True, slots=True)
class SavedRetro:
    """A saved retro with the improvements it added or linked, in order."""

    retro: Retro
    improvements: tuple[Improvement, ...]


def load_retros(store: Store) -> tuple[Retro, ...]:
    """Return all retros, oldest first.

    A damaged record is passed over; `hansei doctor` names it.
    """
    found: list[Retro] = []
    for document in store.all(RETROS).values():
        try:
            found.append(Retro.from_document(document))
        except HanseiError:
            continue
    return tuple(sorted(found, key=lambda retro: (retro.at, retro.id)))


def reviewed_until(store: Store) -> dict[str, datetime]:
    """Return, by session id, the time up to which a session has been looked at."""
    until: dict[str, datetime] = {}
    for retro in load_retros(store):
        moment = retro.reviewed_until or retro.at
        until[retro.session_id] = max(moment, until.get(retro.session_id, moment))
    return until


def save_retro(
    store: Store, draft: RetroDraft, *, now: datetime, force: bool = False
) -> Outcome[SavedRetro]:
    """Save a retro: its answers, its new improvements, and its links to existing ones.

    All of it is one transaction and one undo; the draft is the caller's to drop afterwards
    (`drafts.drop_draft`). An improvement with `same_as` is linked: the
    existing one gains the session and its evidence, and no twin is made.

    Raises:
        UsageError: No improvement and no reason; a fourth without `force`; a value that is not
            allowed.
        NotFoundError: An improvement to link does not exist.
    """
    from hansei_core.verbs.improvements import create

    check_draft(draft, force=force)
    linked = {
        item.same_as: resolve(store, item.same_as, now=now) for item in draft.taken if item.same_as
    }
    _check_values(draft.taken)
    label = f"retro of session {draft.session_id[:8]}"
    with store.transaction(label, now=now) as transaction:
        saved = tuple(
            _link(transaction, linked[item.same_as], _evidence(item, draft), now)
            if item.same_as
            else create(transaction, _filled(item, draft), now=now, source="retro")
            for item in draft.taken
        )
        retro = Retro(
            id=format_retro_id(transaction.allocate(SERIES_RETRO)),
            session_id=draft.session_id,
            at=now,
            slowed=draft.slowed.strip(),
            broke=draft.broke.strip(),
            better=draft.better.strip(),
            improvement_ids=tuple(dict.fromkeys(item.id for item in saved)),
            none_because="" if saved else draft.none_because.strip(),
            mood=draft.mood,
            agent=draft.agent,
            project=draft.project,
            reviewed_until=draft.reviewed_until or now,
            offers=offers_of(draft, [item.id for item in saved]),
            prefilled=prefilled_lines(draft),
        )
        transaction.put(RETROS, retro.id, retro.to_document())
    return Outcome(SavedRetro(retro, saved), f"save {retro.id} ({_counted(saved)})")


def _check_values(items: Iterable[ImprovementDraft]) -> None:
    """Refuse a session's improvement that is listed twice under the same existing one."""
    named = [item.same_as for item in items if item.same_as]
    twice = {name for name in named if named.count(name) > 1}
    if twice:
        raise UsageError(
            f"two improvements of this retro are the same as {min(twice)}",
            "keep one of them",
        )


def _evidence(item: ImprovementDraft, draft: RetroDraft) -> tuple[EvidenceLink, ...]:
    link = EvidenceLink(draft.session_id, agent=draft.agent, project=draft.project)
    return item.evidence or (link,)


def _filled(item: ImprovementDraft, draft: RetroDraft) -> ImprovementDraft:
    return replace(item, project=item.project or draft.project, evidence=_evidence(item, draft))


def _link(
    transaction: Transaction,
    improvement_id: str,
    links: tuple[EvidenceLink, ...],
    now: datetime,
) -> Improvement:
    from hansei_core.verbs.improvements import with_evidence

    item = with_evidence(read_improvement(transaction, improvement_id), links, now=now)
    write_improvement(transaction, item)
    return item


def _counted(saved: tuple[Improvement, ...]) -> str:
    if not saved:
        return "no improvement"
    return ", ".join(item.id for item in saved)
