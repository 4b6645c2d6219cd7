"""Breached thresholds become improvements: one for each threshold, an evidence a breach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hansei_core.alerts import Breach
from hansei_core.improvement import EvidenceLink, Improvement, with_history
from hansei_core.retro import ImprovementDraft
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import ALERTS
from hansei_core.verbs.improvements import create
from hansei_core.verbs.records import Reader, surviving_improvement, write_improvement

TAG = "auto"
"""The tag of every improvement that a threshold raised."""
_KEPT = 60
"""Periods of a threshold that are remembered; longer than breaches are looked for."""

Route = Callable[[ImprovementDraft], ImprovementDraft]


@dataclass(frozen=True, slots=True)
class Raised:
    """What breaches led to."""

    created: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    """Improvements that gained evidence."""


def raise_alerts(
    store: Store,
    breaches: Iterable[Breach],
    *,
    now: datetime,
    route: Route = lambda draft: draft,
) -> Raised:
    """Make improvements of breaches that are new, or count them for those that are open.

    A breach counts once. What was declined or thrown away stays so and is not raised again; what
    is done is raised anew by a breach that came after. It is bookkeeping, in no undo's way.

    Args:
        store: Where the improvements live.
        breaches: As `alerts.breaches` finds them, oldest first; the same ones may come again.
        now: Aware.
        route: What the user's rules make of a draft.
    """
    by_key: dict[str, list[Breach]] = {}
    for breach in breaches:
        if breach.period not in _periods(store, breach.key):
            by_key.setdefault(breach.key, []).append(breach)
    if not by_key:
        return Raised()
    created: list[str] = []
    counted: list[str] = []
    with store.transaction("thresholds", now=now, undoable=False) as transaction:
        for key, fresh in by_key.items():
            _raise(transaction, key, fresh, now, route, created, counted)
    return Raised(tuple(created), tuple(counted))


def _raise(  # noqa: PLR0917 -- one step of the loop above, called nowhere else
    transaction: Transaction,
    key: str,
    fresh: Sequence[Breach],
    now: datetime,
    route: Route,
    created: list[str],
    counted: list[str],
) -> None:
    document = transaction.get(ALERTS, key) or {}
    periods = [*_texts(document.get("periods")), *(breach.period for breach in fresh)]
    item = surviving_improvement(transaction, str(document.get("improvement_id", "")))
    name = item.id if item is not None else ""
    if item is not None and item.stage.is_finished:
        done_at = item.done_at or item.stage_since
        fresh = [breach for breach in fresh if breach.at > done_at]
        item = None
        if not fresh:
            _remember(transaction, key, name, periods)
            return
    elif item is not None and not item.stage.is_open:
        _remember(transaction, key, name, periods)
        return
    if item is None:
        first = fresh[0]
        draft = ImprovementDraft(
            title=first.title,
            severity=first.threshold.severity,
            tags=(TAG,),
            project=first.threshold.project
            or (first.subject if first.threshold.each == "project" else ""),
            current_state=first.words,
            theme_id=first.subject if first.threshold.each == "theme" else first.threshold.theme_id,
            evidence=(_link(first),),
        )
        item = create(transaction, route(draft), now=now, source="alert")
        created.append(item.id)
        fresh = fresh[1:]
    elif fresh:
        counted.append(item.id)
    for breach in fresh:
        item = _counted(item, breach, now)
    write_improvement(transaction, item)
    _remember(transaction, key, item.id, periods)


def _counted(item: Improvement, breach: Breach, now: datetime) -> Improvement:
    link = _link(breach)
    sessions = tuple(dict.fromkeys((*item.sessions, link.session_id)))
    new = replace(item, evidence=(*item.evidence, link), sessions=sessions, seen=item.seen + 1)
    return with_history(new, now, f"breached again: {breach.words} ({new.seen}×)")


def _link(breach: Breach) -> EvidenceLink:
    return replace(breach.link, quote=f"{breach.words}: {breach.link.quote}".rstrip(": "))


def _periods(reader: Reader, key: str) -> frozenset[str]:
    return frozenset(_texts((reader.get(ALERTS, key) or {}).get("periods")))


def _remember(transaction: Transaction, key: str, name: str, periods: Sequence[str]) -> None:
    kept = list(dict.fromkeys(periods))[-_KEPT:]
    transaction.put(ALERTS, key, {"improvement_id": name, "periods": kept})


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
