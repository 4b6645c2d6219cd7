"""From a theme to an improvement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from hansei_core.improvement import EvidenceLink, Improvement, with_history
from hansei_core.retro import ImprovementDraft
from hansei_core.store.protocol import Store
from hansei_core.verbs.improvements import change_all, create, with_evidence
from hansei_core.verbs.records import Outcome, load_improvements

MAX_EVIDENCE = 10
"""Links that a promoted improvement takes over; the theme keeps them all."""


def promote_theme(
    store: Store,
    theme_id: str,
    draft: ImprovementDraft,
    evidence: Iterable[EvidenceLink],
    *,
    now: datetime,
) -> Outcome[Improvement]:
    """Make an improvement of a theme: linked to it, with evidence that opens.

    Args:
        store: Where it goes.
        theme_id: `THM-7`.
        draft: Title and values, as the user left them; `suggest_for_theme` fills one.
        evidence: The theme's frictions, most telling first; their sessions count as seen.
        now: Aware.

    Raises:
        UsageError: The title is empty, or a value is not allowed.
    """
    links = tuple(evidence)
    kept = _one_a_session_first(links)[:MAX_EVIDENCE]
    label = f"promote {theme_id}"
    with store.transaction(label, now=now) as transaction:
        filled = replace(draft, theme_id=theme_id, evidence=kept)
        item = create(transaction, filled, now=now, source="theme")
    return Outcome(item, f"{label} to {item.id}")


def link_to_theme(
    store: Store, reference: str, draft: ImprovementDraft, *, now: datetime
) -> Outcome[Improvement]:
    """Link an improvement to the theme that a draft is against; it gains the draft's evidence.

    One transaction and one undo: no twin is made, and what was seen counts.

    Args:
        store: Where it lives.
        reference: The improvement's id or number.
        draft: Of `draft_of_theme`; its evidence and theme are taken, its texts are not.
        now: Aware.

    Raises:
        NotFoundError: The reference means nothing.
    """
    links = _one_a_session_first(draft.evidence)[:MAX_EVIDENCE]

    before: list[Improvement] = []

    def change(item: Improvement) -> Improvement:
        before[:] = [item]
        if item.theme_id != draft.theme_id:
            text = f"linked to {draft.theme_id}"
            item = with_history(replace(item, theme_id=draft.theme_id), now, text)
        return with_evidence(item, links, now=now) if links else item

    done = change_all(store, (reference,), ("link", f" to {draft.theme_id}"), change, now=now)
    item, left = done.value[0], before[0].theme_id
    remarks = [f"no longer to {left}"] if left and left != draft.theme_id else []
    remarks += [] if item.stage.is_open else [f"{item.id} is {item.stage}"]
    return Outcome(item, "; ".join((done.label, *remarks)))


def propose(
    store: Store, drafts: Sequence[ImprovementDraft], *, now: datetime
) -> Outcome[tuple[Improvement, ...]]:
    """Put drafts of improvements against themes into the inbox, for the user to accept or not.

    One transaction and one undo. A theme that has an improvement by now is passed over.

    Raises:
        UsageError: A value is not allowed.
    """
    taken = {item.theme_id for item in load_improvements(store).items.values()}
    fresh = [draft for draft in drafts if draft.theme_id not in taken]
    words = f"{len(fresh)} improvements" if len(fresh) != 1 else "1 improvement"
    label = f"propose {words}"
    if not fresh:
        return Outcome((), label)
    with store.transaction(label, now=now) as transaction:
        items = tuple(
            create(
                transaction,
                replace(draft, evidence=_one_a_session_first(draft.evidence)[:MAX_EVIDENCE]),
                now=now,
                source="themes",
            )
            for draft in fresh
        )
    return Outcome(items, label)


def _one_a_session_first(links: tuple[EvidenceLink, ...]) -> tuple[EvidenceLink, ...]:
    first: dict[str, EvidenceLink] = {}
    for link in links:
        first.setdefault(link.session_id, link)
    rest = tuple(link for link in links if first[link.session_id] is not link)
    return (*first.values(), *rest)
