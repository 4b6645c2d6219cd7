"""Ticking the lines of stage checklists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement, with_history
from hansei_core.record import CHECKLISTS, CheckItem, with_checklist
from hansei_core.store.protocol import Store
from hansei_core.verbs.improvements import Many, change_all
from hansei_core.vocabulary import Stage


def lines_of(item: Improvement, stage: Stage) -> tuple[CheckItem, ...]:
    """Return the lines of a stage's checklist; those of one that it has not entered yet are open.

    Raises:
        UsageError: The stage has no checklist.
    """
    if stage not in CHECKLISTS:
        raise UsageError(
            f"the stage {stage} has no checklist", f"there is one for {', '.join(CHECKLISTS)}"
        )
    return tuple(line for line in with_checklist(item.checklist, stage) if line.stage is stage)


def tick(
    store: Store,
    reference: str,
    numbers: Sequence[int],
    *,
    now: datetime,
    stage: Stage | None = None,
    off: bool = False,
) -> Many:
    """Tick lines of a stage's checklist, or take their ticks away.

    Args:
        store: Where the improvement lives.
        reference: Its id, number or prefix.
        numbers: Places of the lines, counted from 1.
        now: Aware.
        stage: Whose checklist; None for that of the stage that it is in.
        off: Take the ticks away.

    Raises:
        UsageError: The stage has no checklist, or no line of such a number.
        NotFoundError: The reference means nothing.
    """

    def change(item: Improvement) -> Improvement:
        target = stage or item.stage
        lines = lines_of(item, target)
        wrong = [number for number in numbers if not 1 <= number <= len(lines)]
        if wrong:
            raise UsageError(f"the checklist has no line {wrong[0]}", f"it has 1 to {len(lines)}")
        wanted = {lines[number - 1].text for number in numbers}
        full = with_checklist(item.checklist, target)
        new = tuple(
            replace(line, done_at=None if off else line.done_at or now)
            if line.stage is target and line.text in wanted
            else line
            for line in full
        )
        if new == full:
            return item
        said = "unticked" if off else "ticked"
        changed = [line.text for line, old in zip(new, full, strict=True) if line != old]
        return with_history(replace(item, checklist=new), now, f"{said}: {'; '.join(changed)}")

    return change_all(store, (reference,), ("untick" if off else "tick", ""), change, now=now)


def set_ticks(
    store: Store, reference: str, wanted: Mapping[Stage, Collection[int]], *, now: datetime
) -> Many:
    """Let exactly these lines of checklists be ticked, as one change.

    Args:
        store: Where the improvement lives.
        reference: Its id, number or prefix.
        wanted: Numbers of the lines to be ticked by stage, counted from 1; stages that are not
            named stay as they are.
        now: Aware; when lines that were open became ticked.

    Raises:
        UsageError: A stage has no checklist.
        NotFoundError: The reference means nothing.
    """

    def change(item: Improvement) -> Improvement:
        full = item.checklist
        ticked: list[str] = []
        opened: list[str] = []
        for stage, numbers in wanted.items():
            lines = lines_of(item, stage)
            texts = {line.text for number, line in enumerate(lines, 1) if number in numbers}
            was = {line.text for line in lines if line.done_at is not None}
            if texts == was:
                continue
            full = tuple(
                replace(line, done_at=(line.done_at or now) if line.text in texts else None)
                if line.stage is stage
                else line
                for line in with_checklist(full, stage)
            )
            ticked += [line.text for line in lines if line.text in texts - was]
            opened += [line.text for line in lines if line.text in was - texts]
        parts = [f"ticked: {'; '.join(ticked)}"] if ticked else []
        parts += [f"unticked: {'; '.join(opened)}"] if opened else []
        changed = replace(item, checklist=full)
        return with_history(changed, now, ", ".join(parts)) if parts else item

    return change_all(store, (reference,), ("tick", ""), change, now=now)
