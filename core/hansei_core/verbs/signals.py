"""Taking failures of reports in: each counts once a run, and what is new waits in the inbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

import msgspec

from hansei_core.errors import HanseiError
from hansei_core.exchange.failures import Failure
from hansei_core.improvement import EvidenceLink, Improvement
from hansei_core.retro import ImprovementDraft
from hansei_core.signals import RUNS_KEPT, Run, Signal
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import SIGNALS
from hansei_core.themes.masking import signature
from hansei_core.verbs.improvements import create, with_evidence
from hansei_core.verbs.records import Outcome, surviving_improvement, write_improvement
from hansei_core.vocabulary import Category

ALIKE: Final = 3
"""So many new failures that say the same are one improvement."""
MOST_NEW: Final = 20
"""Improvements that one import makes at most; an inbox of hundreds helps nobody."""
MOST_SIGNALS: Final = 500
"""Failures of one import that are kept at all."""
_TITLE: Final = 160
_EVIDENCE: Final = 12
"""Failures that an improvement of many alike ones quotes."""

Route = Callable[[ImprovementDraft], ImprovementDraft]


@dataclass(frozen=True, slots=True)
class RunOf:
    """One report to take in."""

    run: Run
    source: str
    """`junit` or `eval`."""
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an import's failures."""

    created: tuple[str, ...] = ()
    """Improvements that are new in the inbox."""
    counted: tuple[str, ...] = ()
    """Improvements that gained evidence."""
    closed: tuple[tuple[str, str], ...] = ()
    """(test, improvement) of failures whose improvement was declined or trashed: left alone."""
    again: tuple[tuple[str, str], ...] = ()
    """(test, improvement) of failures that were mended once and are back."""
    known: int = 0
    """Failures of runs that were imported before."""
    failures: int = 0
    left: int = 0
    """New failures that made no improvement, because there were too many; they are signals."""
    dropped: int = 0
    """Failures beyond what is kept of one import."""


def load_signals(store: Store) -> Mapping[str, Signal]:
    """Return all signals by id; a damaged record is passed over."""
    try:
        return store.values(SIGNALS, Signal)
    except msgspec.ValidationError:
        found: dict[str, Signal] = {}
        for name, document in store.all(SIGNALS).items():
            try:
                found[name] = Signal.from_document(document)
            except HanseiError:
                continue
        return found


def take_in(
    store: Store,
    runs: Sequence[RunOf],
    *,
    now: datetime,
    project: str = "",
    route: Route = lambda draft: draft,
    homes: Mapping[str, str] = MappingProxyType({}),
    label: str = "import failures",
) -> Outcome[Taken]:
    """Take the failures of reports in: one transaction, one undo.

    A failure that is known counts for its improvement, once a run. One that was mended comes
    back as a new improvement; one that was declined stays declined and is only counted.

    Args:
        store: Where they go.
        runs: The reports.
        now: Aware.
        project: Where the reports come from; empty where nobody knows.
        route: What the user's rules make of a draft.
        homes: Theme id by fingerprint, for failures that say what a theme is about.
        label: What undo calls it.
    """
    work = _Work(project, route, homes, now)
    total = sum(len(each.failures) for each in runs)
    if not total:
        return Outcome(Taken(), f"{label} (no failure)")
    known = load_signals(store)
    if all(
        failure.fingerprint in known and _has(known[failure.fingerprint], each.run)
        for each in runs
        for failure in each.failures
    ):
        return Outcome(Taken(known=total, failures=total), f"{label} (nothing new)")
    with store.transaction(label, now=now) as transaction:
        for each in runs:
            work.take(transaction, each, known)
        work.make(transaction)
    return Outcome(work.taken(total), label)


def _has(signal: Signal, run: Run) -> bool:
    return any(each.id == run.id for each in signal.runs)


class _Work:
    """One import as far as it got."""

    def __init__(self, project: str, route: Route, homes: Mapping[str, str], now: datetime) -> None:
        self._project = project
        self._route = route
        self._homes = homes
        self._now = now
        self._new: dict[str, tuple[Failure, list[RunOf], Signal]] = {}
        self._signals: dict[str, Signal] = {}
        self._counted: dict[str, None] = {}
        self._created: list[str] = []
        self._closed: list[tuple[str, str]] = []
        self._again: list[tuple[str, str]] = []
        self._known = 0
        self._left = 0
        self._dropped = 0

    def take(self, transaction: Transaction, found: RunOf, before: Mapping[str, Signal]) -> None:
        """Count the failures of one report; those without an improvement wait for `make`."""
        for failure in found.failures:
            name = failure.fingerprint
            old = self._signals.get(name) or before.get(name)
            if old is not None and _has(old, found.run):
                self._known += name not in self._signals
                continue
            if old is None and len(self._signals) >= MOST_SIGNALS:
                self._dropped += 1
                continue
            signal = self._counted_signal(old, failure, found)
            self._signals[name] = signal
            item = surviving_improvement(transaction, signal.improvement_id)
            if item is not None and item.stage.is_open:
                self._count(transaction, item, failure, found)
            elif item is not None and not item.stage.is_finished:
                self._closed.append((failure.name, item.id))
            else:
                if item is not None:
                    self._again.append((failure.name, item.id))
                self._new.setdefault(name, (failure, [], signal))[1].append(found)

    def make(self, transaction: Transaction) -> None:
        """Make improvements of what is new, one for failures that say the same, and write all."""
        for names in self._groups():
            if len(self._created) >= MOST_NEW:
                self._left += len(names)
                continue
            draft = self._route(self._draft(names))
            item = create(transaction, draft, now=self._now, source="import")
            self._created.append(item.id)
            for name in names:
                self._signals[name] = replace(self._signals[name], improvement_id=item.id)
        for name, signal in self._signals.items():
            transaction.put(SIGNALS, name, signal.to_document(transaction.get(SIGNALS, name)))

    def taken(self, total: int) -> Taken:
        """Return what was done."""
        return Taken(
            created=tuple(self._created),
            counted=tuple(self._counted),
            closed=tuple(dict.fromkeys(self._closed)),
            again=tuple(dict.fromkeys(self._again)),
            known=self._known,
            failures=total,
            left=self._left,
            dropped=self._dropped,
        )

    def _counted_signal(self, old: Signal | None, failure: Failure, found: RunOf) -> Signal:
        if old is None:
            return Signal(
                id=failure.fingerprint,
                source=found.source,
                name=failure.name,
                message=failure.says,
                project=self._project,
                runs=(found.run,),
            )
        runs = tuple(sorted((*old.runs, found.run), key=lambda run: (run.at, run.id)))
        return replace(
            old,
            message=failure.says or old.message,
            seen=old.seen + 1,
            runs=runs[-RUNS_KEPT:],
        )

    def _count(
        self, transaction: Transaction, item: Improvement, failure: Failure, found: RunOf
    ) -> None:
        link = _link(failure, found, self._project)
        fresh = with_evidence(item, (link,), now=self._now)
        if fresh != item:
            write_improvement(transaction, fresh)
            self._counted[item.id] = None

    def _groups(self) -> list[list[str]]:
        """Return the new failures in their order, those that say the same together."""
        by_words: dict[str, list[str]] = {}
        for name, (failure, _, _) in self._new.items():
            by_words.setdefault(signature(failure.says) or name, []).append(name)
        groups: list[list[str]] = []
        for names in by_words.values():
            groups += [names] if len(names) >= ALIKE else [[name] for name in names]
        return groups

    def _draft(self, names: list[str]) -> ImprovementDraft:
        failure, _, _ = self._new[names[0]]
        says = failure.says
        if len(names) == 1:
            title = f"{failure.name} fails" + (f": {says}" if says else "")
        else:
            title = f"{len(names)} tests fail alike: {says}"
        links = tuple(
            _link(each, found, self._project)
            for name in names[:_EVIDENCE]
            for each, runs, _ in (self._new[name],)
            for found in runs
        )
        more = len(names) - _EVIDENCE
        tests = [self._new[name][0].name for name in names[:_EVIDENCE]]
        tests += [f"and {more} more"] if more > 0 else []
        state = "\n".join(tests) if len(names) > 1 else failure.text or failure.message
        before = [item for test, item in self._again if test == failure.name]
        state += f"\nMended once as {before[-1]}, and back." if before else ""
        return ImprovementDraft(
            title=title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…",
            category=Category.QUALITY,
            tags=("tests",),
            project=self._project,
            current_state=state.strip(),
            theme_id=next((self._homes[name] for name in names if name in self._homes), ""),
            evidence=links,
        )


def _link(failure: Failure, found: RunOf, project: str) -> EvidenceLink:
    return EvidenceLink(
        session_id=found.run.id,
        agent=found.source,
        project=project,
        path=failure.file or failure.group,
        line=failure.line,
        quote=f"{failure.test}: {failure.says}" if failure.says else failure.test,
        friction_id=f"signal:{failure.fingerprint}",
    )
