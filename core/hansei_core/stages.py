"""The stage machine: which moves are ordinary, which are asked about, and what a move changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement, with_history
from hansei_core.record import is_reviewed, with_checklist, with_review
from hansei_core.vocabulary import OPEN_STAGES, STAGE_ORDER, Stage
from hansei_sessions.value import Value

IN_WORK: Final = (Stage.IMPLEMENTATION, Stage.VALIDATION)
"""The stages that a work-in-progress limit counts together."""


class MoveCheck(Value, frozen=True):
    """What stands in the way of a move."""

    objections: tuple[str, ...] = ()
    """Sentences; any of them needs a confirmation (`--force`)."""
    warnings: tuple[str, ...] = ()
    """Sentences to show; the move happens, and its history says what was passed over."""


def check_move(item: Improvement, target: Stage) -> MoveCheck:
    """Return what stands in the way of moving an improvement to a stage.

    Neighbours on the way from inbox to standardised are ordinary, as are declining, deferring and
    trashing whatever is not finished, and coming back from there to where it was, to the inbox or
    to the backlog. Everything else is a jump.
    """
    objections = () if target in legal_moves(item) else (_objection(item.stage, target),)
    if item.stage is target:
        return MoveCheck(objections)
    warnings: tuple[str, ...] = ()
    if target is Stage.IMPLEMENTATION and not item.success_criteria.strip():
        warnings = ("it has no success criteria: how will you see that it worked?",)
    if target is Stage.IMPLEMENTATION and (missing := _unsaid(item)):
        warnings += (f"its record does not say: {', '.join(missing)}",)
    if target is Stage.DONE and item.stage in OPEN_STAGES and not is_reviewed(item.checklist):
        warnings = ("its review is not cleared",)
    return MoveCheck(objections, warnings)


def over_limit(item: Improvement, target: Stage, in_work: int, limit: int) -> tuple[str, ...]:
    """Return the objection to one more in implementation and validation than the limit allows.

    Args:
        item: What is to be moved; one that is in work already adds nothing.
        target: Where to.
        in_work: How many are in work now.
        limit: At most so many; 0 for no limit.
    """
    if not limit or target not in IN_WORK or item.stage in IN_WORK or in_work < limit:
        return ()
    return (
        f"{in_work + 1} would be in implementation and validation at once, the limit is {limit}",
    )


def legal_moves(item: Improvement) -> tuple[Stage, ...]:
    """Return the stages that an improvement may enter without a confirmation."""
    stage = item.stage
    if stage in (Stage.DECLINED, Stage.DEFERRED, Stage.TRASH):
        back = (item.stage_before,) if item.stage_before else ()
        ways = dict.fromkeys((*back, Stage.INBOX, Stage.BACKLOG, Stage.TRASH))
        return tuple(way for way in ways if way is not stage)
    place = STAGE_ORDER.index(stage)
    neighbours = STAGE_ORDER[max(0, place - 1) : place + 2]
    aside = () if stage.is_finished else (Stage.DECLINED, Stage.DEFERRED)
    return (*(other for other in neighbours if other is not stage), *aside, Stage.TRASH)


def moved(
    item: Improvement,
    target: Stage,
    *,
    now: datetime,
    force: bool = False,
    reason: str = "",
    objections: tuple[str, ...] = (),
) -> Improvement:
    """Return the improvement in another stage, with dates and a history line.

    Args:
        item: What is moved; moving to the stage it is in returns it unchanged.
        target: Where to.
        now: Aware.
        force: Make a jump all the same; the history says so.
        reason: Needed for declining; kept for deferring.
        objections: What else stands in the way, such as a limit; needs `force` too.

    Raises:
        UsageError: It is a jump without `force`, or a decline without a reason.
    """
    if target is item.stage:
        return item
    check = check_move(item, target)
    if (check.objections or objections) and not force:
        first = (*check.objections, *objections)[0]
        raise UsageError(f"{item.id}: {first}", "confirm it (--force)")
    if target is Stage.DECLINED and not reason.strip():
        raise UsageError(
            f"{item.id} cannot be declined without a reason",
            "say why in a few words (--because); it is kept so that nobody asks again",
        )
    text = f"moved from {item.stage} to {target}"
    text += f": {reason.strip()}" if reason.strip() else ""
    text += "".join(f" (passed over: {warning})" for warning in check.warnings)
    text += "".join(f" (confirmed: {objection})" for objection in objections)
    text += " (confirmed jump)" if check.objections else ""
    return with_history(replace(item, **_fields(item, target, now, reason.strip())), now, text)


def _fields(item: Improvement, target: Stage, now: datetime, reason: str) -> dict[str, Any]:
    aside = target in (Stage.DECLINED, Stage.DEFERRED, Stage.TRASH)
    before = item.stage_before if item.stage in (Stage.DEFERRED, Stage.TRASH) else item.stage
    fields: dict[str, Any] = {
        "stage": target,
        "stage_since": now,
        "stage_before": before if aside else None,
        "rank": None,
        "snoozed_until": None,
        "decline_reason": reason if target is Stage.DECLINED else "",
    }
    if target is not Stage.DEFERRED:
        fields |= {"deferred_until": None, "deferred_reason": ""}
    if target.is_finished:
        fields["done_at"] = item.done_at or now
    elif not aside:
        fields["done_at"] = None
    checklist = item.checklist
    if target in STAGE_ORDER[: STAGE_ORDER.index(Stage.VALIDATION)]:
        checklist = with_review(checklist, None)
    fields["checklist"] = with_checklist(checklist, target)
    if item.stage is Stage.INBOX and item.triaged_at is None:
        fields["triaged_at"] = now
    if target in STAGE_ORDER[1:] and item.backlog_at is None:
        fields["backlog_at"] = now
    return fields


def _unsaid(item: Improvement) -> tuple[str, ...]:
    """Return what a record should say before work begins, to be of use half a year later."""
    said = {
        "the current state": item.current_state.strip(),
        "the proposed change": item.proposed_change.strip(),
        "the expected outcome": item.expected_outcome.strip() or item.impact,
        "the effort": item.effort or item.hours,
    }
    return tuple(name for name, value in said.items() if not value)


def _objection(stage: Stage, target: Stage) -> str:
    if stage in STAGE_ORDER and target in STAGE_ORDER:
        here, there = STAGE_ORDER.index(stage), STAGE_ORDER.index(target)
        between = STAGE_ORDER[min(here, there) + 1 : max(here, there)]
        return f"from {stage} to {target} is a jump over {', '.join(between)}"
    return f"from {stage} to {target} is no ordinary move"
