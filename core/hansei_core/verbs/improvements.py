"""What can be done to improvements; each verb is one transaction and one undo, however many ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TypeAlias

from hansei_core.errors import UsageError
from hansei_core.improvement import (
    EvidenceLink,
    Improvement,
    check_hours,
    check_score,
    check_tags,
    check_title,
    format_id,
    with_history,
    with_scores,
)
from hansei_core.quickadd import QuickAdd
from hansei_core.record import is_reviewed, with_review
from hansei_core.retro import ImprovementDraft
from hansei_core.ruled import said_by
from hansei_core.scoring import explain_priority
from hansei_core.stages import IN_WORK, check_move, moved, over_limit
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import series_of_year
from hansei_core.verbs.records import (
    Outcome,
    ids_in_work,
    names_of,
    read_improvement,
    resolve_all,
    write_improvement,
)
from hansei_core.vocabulary import Stage

References: TypeAlias = Iterable[str]
"""Ids, numbers or unique prefixes, as a user names improvements."""
Many: TypeAlias = Outcome[tuple[Improvement, ...]]


def draft_of_line(line: QuickAdd) -> ImprovementDraft:
    """Return what a quick-add line says as a draft to add."""
    return ImprovementDraft(
        title=line.title,
        category=line.category,
        severity=line.severity,
        tags=line.tags,
        project=line.project,
        impact=line.impact,
        effort=line.effort,
        hours=line.hours,
        theme_id=line.theme_id,
        due=line.due,
    )


def add(
    store: Store, draft: ImprovementDraft, *, now: datetime, source: str = "add"
) -> Outcome[Improvement]:
    """Add one improvement to the inbox.

    Raises:
        UsageError: The title is empty, or a value is not allowed.
    """
    title = check_title(draft.title)
    with store.transaction(f"add “{title}”", now=now) as transaction:
        item = create(transaction, draft, now=now, source=source)
    return Outcome(item, f"add {item.id}")


def create(
    transaction: Transaction, draft: ImprovementDraft, *, now: datetime, source: str
) -> Improvement:
    """Write a new improvement inside a transaction; verbs that add several share it.

    The scores of what hansei offered stay marked as suggested until somebody sets them.

    Raises:
        UsageError: The title is empty, or a value is not allowed.
    """
    item = Improvement(
        id="",
        title=check_title(draft.title),
        created_at=now,
        updated_at=now,
        stage_since=now,
        category=draft.category,
        severity=draft.severity,
        tags=check_tags(draft.tags),
        project=draft.project.strip(),
        impact_reason=draft.impact_reason.strip(),
        current_state=draft.current_state.strip(),
        proposed_change=draft.proposed_change.strip(),
        expected_outcome=draft.expected_outcome.strip(),
        theme_id=draft.theme_id,
        due=draft.due,
        evidence=draft.evidence,
        sessions=tuple(dict.fromkeys(link.session_id for link in draft.evidence)),
        source=source,
        by_rule=draft.by_rule,
    )
    item = with_scores(
        item,
        now=now,
        impact=None if draft.impact is None else check_score("impact", draft.impact),
        effort=None if draft.effort is None else check_score("effort", draft.effort),
        hours=None if draft.hours is None else check_hours(draft.hours),
    )
    offered = ("impact", "effort") if draft.suggested else ()
    item = replace(
        item, suggested=tuple(name for name in offered if getattr(item, name) is not None)
    )
    seen = max(1, len(item.sessions))
    number = transaction.allocate(series_of_year(now.year))
    item = replace(item, id=format_id(now.year, number), seen=seen, changed_at=None)
    ruled = f"; {said_by(draft.by_rule)}" if draft.by_rule else ""
    item = with_history(item, now, f"added ({source}){ruled}")
    write_improvement(transaction, item)
    return item


def score(
    store: Store,
    references: References,
    *,
    now: datetime,
    impact: int | str | None = None,
    effort: int | str | None = None,
    hours: float | str | None = None,
    reason: str | None = None,
) -> Many:
    """Set impact, effort or hours; what is None stays.

    Raises:
        UsageError: A score is not a whole number 1–10, or hours are no positive number.
        NotFoundError: One of the references means nothing.
    """
    scores = {
        "impact": None if impact is None else check_score("impact", impact),
        "effort": None if effort is None else check_score("effort", effort),
    }
    new_hours = None if hours is None else check_hours(hours)
    said = [f"{name} {value}" for name, value in scores.items() if value is not None]
    said += [] if new_hours is None else [f"{new_hours:g} h"]
    if not said and reason is None:
        raise UsageError("nothing to set", "give impact, effort or hours: --impact 8 --effort 2")

    def change(item: Improvement) -> Improvement:
        new = with_scores(
            item, now=now, impact=scores["impact"], effort=scores["effort"], hours=new_hours
        )
        if reason is not None:
            new = replace(new, impact_reason=reason.strip())
        if new == replace(item, scored_at=new.scored_at, updated_at=new.updated_at):
            return new if item.score_is_stale else item
        text = f"scored {', '.join(said)}: {explain_priority(new.impact, new.effort)}"
        return with_history(new, now, text if said else "impact explained")

    return change_all(store, references, ("score", f": {', '.join(said)}"), change, now=now)


def move(
    store: Store,
    references: References,
    target: Stage,
    *,
    now: datetime,
    force: bool = False,
    reason: str = "",
    limit: int = 0,
) -> Many:
    """Move improvements to a stage.

    Args:
        store: Where they live.
        references: Ids, numbers or prefixes.
        target: Where to.
        now: Aware.
        force: Make a jump, or go over the limit; the history says so.
        reason: Needed for declining; kept for deferring.
        limit: How many may be in implementation and validation at once; 0: any number.

    Raises:
        UsageError: A jump or one too many in work without `force`, or a decline without a reason;
            nothing is moved.
        NotFoundError: One of the references means nothing.

    Returns:
        What was moved; the notes name the soft gates that were passed over.
    """
    notes: dict[str, None] = {}
    in_work = ids_in_work(store) if limit and target in IN_WORK else frozenset()
    entered: dict[str, int] = {}

    def change(item: Improvement) -> Improvement:
        warnings = check_move(item, target).warnings
        notes.update(dict.fromkeys(f"{item.id}: {warning}" for warning in warnings))
        if item.stage not in IN_WORK:
            entered.setdefault(item.id, len(in_work) + len(entered))
        full = over_limit(item, target, entered.get(item.id, 0), limit)
        return moved(item, target, now=now, force=force, reason=reason, objections=full)

    done = change_all(store, references, ("move", f" to {target}"), change, now=now)
    return replace(done, notes=tuple(notes))


def asks_before(
    store: Store, references: References, target: Stage, *, now: datetime, limit: int = 0
) -> tuple[str, ...]:
    """Return what a careful user is asked about before a move: jumps, open gates, a full hand.

    Raises:
        NotFoundError: One of the references means nothing.
    """
    items = [read_improvement(store, item) for item in resolve_all(store, references, now=now)]
    in_work = len(ids_in_work(store)) if limit and target in IN_WORK else 0
    found: list[str] = []
    for item in items:
        if item.stage is not target:
            check = check_move(item, target)
            found += [*check.objections, *check.warnings]
            found += over_limit(item, target, in_work, limit)
            in_work += item.stage not in IN_WORK
    return tuple(dict.fromkeys(found))


def decline(store: Store, references: References, reason: str, *, now: datetime) -> Many:
    """Decline improvements, with the reason that keeps the question from coming back.

    Raises:
        UsageError: The reason is empty, or one is finished already.
        NotFoundError: One of the references means nothing.
    """

    def change(item: Improvement) -> Improvement:
        return moved(item, Stage.DECLINED, now=now, reason=reason)

    return change_all(store, references, ("decline", ""), change, now=now)


def defer(
    store: Store, references: References, until: date | None, reason: str, *, now: datetime
) -> Many:
    """Put improvements off, until a day or until somebody thinks of them.

    Raises:
        UsageError: The reason is empty, the day is not in the future, or one is finished.
        NotFoundError: One of the references means nothing.
    """
    if not reason.strip():
        raise UsageError(
            "deferring needs a reason", "say what it waits for, on the command line with --because"
        )
    if until is not None and until <= now.date():
        raise UsageError(f"{until} is not in the future", "name a later day, or none")

    def change(item: Improvement) -> Improvement:
        note = f"{reason.strip()}, until {until}" if until else reason.strip()
        if item.stage is Stage.DEFERRED:
            new = with_history(item, now, f"deferred again: {note}")
        else:
            new = moved(item, Stage.DEFERRED, now=now, reason=note)
        return replace(new, deferred_until=until, deferred_reason=reason.strip())

    return change_all(
        store, references, ("defer", f" until {until}" if until else ""), change, now=now
    )


def snooze(store: Store, references: References, until: date | None, *, now: datetime) -> Many:
    """Hide improvements until a day; None shows them again.

    Raises:
        UsageError: The day is not in the future.
        NotFoundError: One of the references means nothing.
    """
    if until is not None and until <= now.date():
        raise UsageError(f"{until} is not in the future", "name a later day")

    def change(item: Improvement) -> Improvement:
        if item.snoozed_until == until:
            return item
        text = f"snoozed until {until}" if until else "no longer snoozed"
        return with_history(replace(item, snoozed_until=until), now, text)

    words = ("snooze", f" until {until}") if until else ("wake", "")
    return change_all(store, references, words, change, now=now)


def trash(store: Store, references: References, *, now: datetime) -> Many:
    """Put improvements into the trash; their ids are never used again.

    Raises:
        NotFoundError: One of the references means nothing.
    """

    def change(item: Improvement) -> Improvement:
        return moved(item, Stage.TRASH, now=now)

    return change_all(store, references, ("trash", ""), change, now=now)


def note(store: Store, reference: str, text: str, *, now: datetime) -> Outcome[Improvement]:
    """Add a dated note in the user's words.

    Raises:
        UsageError: The note is empty.
        NotFoundError: The reference means nothing.
    """
    words = " ".join(text.split())
    if not words:
        raise UsageError("the note is empty")
    done = change_all(
        store,
        (reference,),
        ("note on", ""),
        lambda item: with_history(item, now, f"note: {words}"),
        now=now,
    )
    return Outcome(done.value[0], done.label)


def clear_review(
    store: Store, references: References, *, now: datetime, cleared: bool = True
) -> Many:
    """Tick the review of a change, or take the tick away; the gate to done asks for it.

    Raises:
        NotFoundError: One of the references means nothing.
    """

    def change(item: Improvement) -> Improvement:
        if is_reviewed(item.checklist) == cleared:
            return item
        text = "review cleared" if cleared else "review open again"
        checklist = with_review(item.checklist, now if cleared else None)
        return with_history(replace(item, checklist=checklist), now, text)

    words = ("clear the review of" if cleared else "reopen the review of", "")
    return change_all(store, references, words, change, now=now)


def tag(
    store: Store,
    references: References,
    *,
    now: datetime,
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
) -> Many:
    """Add and remove tags.

    Raises:
        UsageError: A tag is not one word.
        NotFoundError: One of the references means nothing.
    """
    plus, minus = check_tags(tuple(added)), check_tags(tuple(removed))
    said = "".join([*(f" +{name}" for name in plus), *(f" -{name}" for name in minus)])

    def change(item: Improvement) -> Improvement:
        tags = tuple(sorted({*item.tags, *plus} - set(minus)))
        if tags == item.tags:
            return item
        return with_history(replace(item, tags=tags), now, f"tagged{said}")

    return change_all(store, references, ("tag", said), change, now=now)


def link_sessions(
    store: Store, reference: str, evidence: Iterable[EvidenceLink], *, now: datetime
) -> Outcome[Improvement]:
    """Count a repeat of the trouble: the improvement gains evidence instead of a twin.

    Raises:
        NotFoundError: The reference means nothing.
    """
    links = tuple(evidence)
    done = change_all(
        store,
        (reference,),
        ("link a session to", ""),
        lambda item: with_evidence(item, links, now=now),
        now=now,
    )
    return Outcome(done.value[0], done.label)


def with_evidence(
    item: Improvement, links: tuple[EvidenceLink, ...], *, now: datetime
) -> Improvement:
    """Return the improvement with more evidence; `seen` grows by the sessions that are new to it.

    Without any link it grows by one: the user saw it again and has nothing to point at.
    """
    sessions = tuple(dict.fromkeys((*item.sessions, *(link.session_id for link in links))))
    fresh = len(sessions) - len(item.sessions) if links else 1
    evidence = tuple(dict.fromkeys((*item.evidence, *links)))
    if not fresh and evidence == item.evidence:
        return item
    seen = item.seen + fresh
    new = replace(item, sessions=sessions, evidence=evidence, seen=seen)
    where = f" in session {sessions[-1]}" if fresh and links else ""
    return with_history(new, now, f"seen again{where} ({seen}×)" if fresh else "evidence added")


def link_theme(store: Store, references: References, theme_id: str, *, now: datetime) -> Many:
    """Link improvements to the theme they are meant to end; an empty id takes the link away.

    Raises:
        NotFoundError: One of the references means nothing.
    """

    def change(item: Improvement) -> Improvement:
        if item.theme_id == theme_id:
            return item
        text = f"linked to {theme_id}" if theme_id else f"no longer linked to {item.theme_id}"
        return with_history(replace(item, theme_id=theme_id), now, text)

    words = ("link", f" to {theme_id}") if theme_id else ("unlink", "")
    return change_all(store, references, words, change, now=now)


def change_all(
    store: Store,
    references: References,
    words: tuple[str, str],
    change: Callable[[Improvement], Improvement],
    *,
    now: datetime,
) -> Many:
    """Change improvements in one transaction; those that stay equal are not written.

    Declining one adds a decision to the log, whichever way it was declined.

    Args:
        store: Where they live.
        references: As the user names them; all must exist before anything is written.
        words: What stands before and after the names in the label.
        change: From the old value to the new one; it may raise, and nothing is written then.
        now: Aware.

    Raises:
        NotFoundError: One of the references means nothing.
        UsageError: None was named, or one could mean several.
    """
    ids = resolve_all(store, references, now=now)
    if not ids:
        raise UsageError("no improvement is named", "give an id such as IMP-2026-001")
    label = f"{words[0]} {names_of(ids)}{words[1]}"
    new = tuple(change(read_improvement(store, item)) for item in ids)
    if all(item == read_improvement(store, item.id) for item in new):
        return Outcome(new, f"{label} (nothing to change)")
    written: list[Improvement] = []
    with store.transaction(label, now=now) as transaction:
        for item in ids:
            old = read_improvement(transaction, item)
            fresh = change(old)
            written.append(fresh)
            if fresh != old:
                write_improvement(transaction, fresh)
                if fresh.stage is Stage.DECLINED is not old.stage and not fresh.merged_into:
                    from hansei_core.verbs.decisions import remember_decline  # most decide nothing

                    remember_decline(transaction, fresh, now=now)
    return Outcome(tuple(written), label)
