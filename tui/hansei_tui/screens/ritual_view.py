"""What the ritual shows, as plain functions of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from textual.content import Content

from hansei_core.improvement import Improvement
from hansei_core.planning.brief import Brief, brief_page
from hansei_core.planning.ritual import Progress, RitualTime, Step, StepTime
from hansei_core.planning.tasks import Question, Task
from hansei_core.retro import ImprovementDraft
from hansei_tui.ritual_answers import ANSWERS
from hansei_tui.screens.planner_outlook import fitting_words
from hansei_tui.text import assemble, lines, one_line, plain, width_of, wrap
from hansei_tui.widgets.line_list import Column, Row, Tone
from hansei_tui.words import hours

COLUMNS: Final = (
    Column("question", "", 12, gap=0),
    Column("title", "", 0),
    Column("priority", "", 3, "right", need=50),
    Column("hours", "", 7, "right", need=60),
)
_TONES: Final[dict[Question, Tone]] = {
    Question.OVERDUE: "bad",
    Question.CARRIED: "warn",
    Question.UNMEASURED: "accent",
}
_NEVER: Final = 10**6
"""Columns of the terminal that no list has."""
ANSWER: Final = "to 6 answer"
"""What the registry calls the digits in the footer."""
_OF_ITEMS: Final = frozenset({"impact", "effort", "edit", "measure"})
"""What the footer names only where an improvement is asked about."""
_QUOTES: Final = 4
"""Pieces of a theme's evidence that its card quotes."""
_NOTHING: Final = {
    Step.REVIEW: "Nothing is left of last week.",
    Step.CAPTURE: "Everything of the week is captured.",
    Step.PRIORITISE: "Everything is scored.",
}
_HEADS: Final = {
    Step.REVIEW: "What did last week promise, and what did it finish?",
    Step.CAPTURE: "What did the week bring that nobody has written down?",
    Step.PRIORITISE: "What has no score, or one that is older than its words?",
}


def steps_line(
    times: Sequence[StepTime], step: Step | None, total: RitualTime, budget: float, width: int
) -> Content:
    """Return the steps with their minutes, planned and actual, and what they make of the week."""
    parts: list[tuple[str, str]] = []
    for each in times:
        parts += [*_step_part(each, here=each.step is step), ("  ", "")]
    done = all(each.progress is Progress.DONE for each in times)
    minutes = total.actual_minutes if done else total.target_minutes
    room = width - sum(width_of(text) for text, _ in parts)
    said = fitting_words(total, budget, minutes, room)
    parts.append((said, "$foreground" if done else "$quiet"))
    return assemble(*parts)


def _step_part(each: StepTime, *, here: bool) -> list[tuple[str, str]]:
    spent, target = each.actual_minutes, each.target_minutes
    if each.progress is Progress.DONE:
        return [(f"✓ {each.step} {spent:.0f}/{target}", "$success")]
    if here or each.progress is not Progress.OPEN:
        used = f"{spent:.0f}/{target}" if each.progress is not Progress.OPEN else f"{target}"
        over = " over" if each.over_minutes >= 1 else ""
        sign = "▸" if here else "·"
        return [
            (f"{sign} {each.step} {used}", "$foreground bold" if here else "$foreground"),
            (over, "$warning"),
        ]
    return [(f"{each.step} {target}", "$quiet")]


def head_of(week: str, step: Step | None, left: int, *, paused: bool, wide: bool) -> Content:
    """Return the heading: which week, which step, how much is left, what it is about."""
    if step is None:
        return assemble((f"Monday's page · {week}", "bold"), ("   n begins", "$accent"))
    count = f"{left} to go" if left else "nothing to go"
    return assemble(
        (f"{step.value.capitalize()} · {week}", "bold"),
        (f"   {count}", "$quiet"),
        ("   a break" if paused else "", "$warning"),
        (f"   {_HEADS[step]}" if wide else "", "$quiet"),
    )


def columns_of(
    tasks: Iterable[Task], find: Callable[[str], Improvement | None]
) -> tuple[Column, ...]:
    """Return the columns that any of the tasks fills: what none has leaves its room to titles."""
    shown = tuple(tasks)
    items = [find(each.id) for each in shown]
    empty = {
        "priority": all(item is None or item.priority is None for item in items),
        "hours": all(each.hours is None for each in shown),
    }
    return tuple(
        replace(column, need=_NEVER) if empty.get(column.key) else column for column in COLUMNS
    )


def footer_of(
    entries: Iterable[tuple[str, str]], answers: int, *, has_item: bool
) -> list[tuple[str, str]]:
    """Return the footer's keys for what is asked: its digits, scores where there is an item."""
    shown: list[tuple[str, str]] = []
    for key, word in entries:
        if word == ANSWER:
            if answers:
                shown.append((f"1–{answers}" if answers > 1 else "1", "answer"))
        elif has_item or word not in _OF_ITEMS:
            shown.append((key, word))
    return shown


def row_of(task: Task, item: Improvement | None) -> Row:
    """Return the cells of a task."""
    return (
        (task.question.value, _TONES.get(task.question, "quiet")),
        task.title,
        (str(item.priority) if item and item.priority is not None else "", "quiet"),
        (hours(task.hours) if task.hours is not None else "", "quiet"),
    )


def card_of(
    task: Task, item: Improvement | None, width: int, draft: ImprovementDraft | None = None
) -> Content:
    """Return one task in full: what it is, what is known of it, the answers, the background.

    `draft` is what an improvement against a theme would be.
    """
    rows: list[Content] = [assemble((row, "bold")) for row in wrap(task.title, width)[:3]]
    rows.append(assemble((_facts(task, item), "$quiet")))
    said = [row for line in task.text.splitlines() for row in wrap(line, width)]
    rows += [plain(row) for row in said[:12]]
    rows.append(plain(""))
    for number, each in enumerate(ANSWERS[task.question], start=1):
        dots = " …" if each.asks else ""
        rows.append(assemble((f" {number} ", "$accent bold"), f" {each.label}", (dots, "$quiet")))
    if task.question.step is Step.PRIORITISE:
        rows.append(
            assemble(
                (" I ", "$accent bold"),
                (" and a digit for impact, ", "$quiet"),
                ("E", "$accent bold"),
                (" and a digit for effort; 0 is 10", "$quiet"),
            )
        )
    about = [item.current_state, item.proposed_change, item.expected_outcome] if item else []
    if draft is not None:
        about = [f"suggested: {draft.title}, {draft.impact_reason}"]
        about += [f"“{one_line(link.quote).plain}”" for link in draft.evidence[:_QUOTES]]
    for text in filter(str.strip, about):
        rows += [plain(""), *(assemble((row, "$quiet")) for row in wrap(text, width)[:6])]
    return lines(rows)


def _facts(task: Task, item: Improvement | None) -> str:
    if item is None:
        return task.id
    facts = [task.id, item.stage.value]
    if item.category:
        facts.append(item.category.value)
    if item.is_scored:
        facts.append(f"{item.impact} × (11 − {item.effort}) = {item.priority}")
    elif item.impact is not None or item.effort is not None:
        facts.append(f"impact {item.impact or '–'}, effort {item.effort or '–'}")
    if item.hours is not None:
        facts.append(hours(item.hours))
    return " · ".join(facts)


def empty_card(step: Step, upcoming: str) -> Content:
    """Return what a step says that has nothing left."""
    return lines(
        [
            assemble((_NOTHING.get(step, ""), "bold")),
            plain(""),
            assemble(("n", "$accent bold"), (f"  {upcoming}", "$quiet")),
        ]
    )


def brief_text(brief: Brief, width: int) -> Content:
    """Return the page to read before the ritual."""
    rows: list[Content] = []
    for section in brief_page(brief):
        if rows:
            rows.append(plain(""))
        rows.append(assemble((section.heading, "$secondary bold")))
        rows += _indented(section.lines, width)
    return lines(rows)


def _indented(said: Iterable[str], width: int) -> Iterable[Content]:
    for line in said:
        depth = len(line) - len(line.lstrip())
        first, *rest = wrap(line.strip(), max(width - depth - 2, 20))
        yield assemble((" " * depth + first, "$quiet" if depth else ""))
        for row in rest:
            yield assemble((" " * (depth + 2) + row, "$quiet" if depth else ""))
