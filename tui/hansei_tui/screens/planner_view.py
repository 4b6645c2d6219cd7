"""What the Planner shows of a week, as plain functions of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from textual.content import Content

from hansei_core.improvement import Improvement
from hansei_core.planning.pace import OwnRatio, ratio_said
from hansei_core.planning.ritual import Step
from hansei_core.planning.selection import Choice, Force, Proposal
from hansei_core.planning.view import PlanRow, WeekView
from hansei_core.planning.week import Week, WeekCapacity, WeekKind, WeekPlan, share_words
from hansei_tui.text import assemble, lines, plain, wrap
from hansei_tui.widgets.line_list import Column, Row, Tone
from hansei_tui.words import count, hours

COLUMNS: Final = (
    Column("pin", "", 1),
    Column("title", "", 0, gap=1),
    Column("priority", "pri", 3, "right"),
    Column("plan", "plan", 6, "right"),
    Column("worked", "worked", 6, "right"),
    Column("left", "left", 6, "right", need=66),
    Column("stage", "stage", 10, need=90),
)
TAKEN: Final = "head:taken"
IDEAS: Final = "head:ideas"
_WHY: Final = {
    Force.RUNNING: "running",
    Force.PINNED: "yours",
    Force.CRITICAL: "critical",
    Force.CARRIED: "carried",
}
_MARKS: Final = {Force.RUNNING: "▶", Force.CRITICAL: "!", Force.CARRIED: "↻"}
"""What stands before a proposed row that is taken before anything is weighed."""
_SHORT: Final = {"implementation": "implement", "standardised": "standard"}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of the list and what each holds."""

    ids: tuple[str, ...]
    taken: Mapping[str, PlanRow]
    ideas: Mapping[str, Choice]


def rows_of(week: WeekView, proposal: Proposal | None) -> Rows:
    """Return the taken items, then what the proposal would add, best first."""
    taken = {row.item.id: row for row in week.rows}
    ideas: dict[str, Choice] = {}
    if proposal is not None:
        for choice in (*proposal.choices, *proposal.top_down):
            if choice.id not in taken:
                ideas.setdefault(choice.id, choice)
    ids = [TAKEN, *taken] if taken else []
    ids += [IDEAS, *ideas] if ideas else []
    return Rows(tuple(ids), taken, ideas)


def taken_row(row: PlanRow, running: str) -> Row:
    """Return the cells of an item of the plan."""
    item = row.improvement
    mark: tuple[str, Tone] = ("*", "accent") if row.item.pinned else ("", "")
    if row.item.id == running:
        mark = ("▶", "good")
    if row.is_done:
        mark = ("✓", "good")
    title = item.title if item else f"{row.item.id} is gone"
    if row.question:
        title = f"{title} ({row.question})"
    elif row.item.carried and not row.is_done:
        title = f"{title} (carried {row.item.carried}×)"
    stage = item.stage.value if item else ""
    return (
        mark,
        (title, "quiet" if row.is_done else ""),
        (str(item.priority) if item and item.priority is not None else "–", "quiet"),
        hours(row.item.hours),
        (hours(row.tracked_hours) if row.tracked_hours else "", "good"),
        ("" if row.is_done else hours(row.hours_left), "quiet"),
        (_SHORT.get(stage, stage), "quiet"),
    )


def idea_row(choice: Choice, item: Improvement | None, *, exact: bool) -> Row:
    """Return the cells of an item that could be taken; those of the proposal are marked."""
    stage = item.stage.value if item else ""
    title = item.title if item else choice.id
    mark = _MARKS.get(choice.force, "+") if choice.force else "+"
    return (
        (mark if exact else "", "accent"),
        (title, "" if exact else "quiet"),
        (str(item.priority) if item and item.priority is not None else "–", "quiet"),
        (hours(choice.hours), "quiet"),
        "",
        "",
        (_SHORT.get(stage, stage), "quiet"),
    )


def head_row(row: str) -> Row:
    """Return the cells of a section's heading."""
    text = "In the plan" if row == TAKEN else "hansei proposes (P)"
    return ("", (text, "head"), "", "", "", "", "")


def week_name(week: Week, this_week: Week) -> str:
    """Return a week as its heading says it: number, days, and how far away."""
    first, last = week.monday, week.sunday
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    span = f"{start}–{last.day} {last:%b}"
    distance = (week.monday - this_week.monday).days // 7
    near = {0: "this week", 1: "next week", -1: "last week"}.get(distance, f"{distance:+d} weeks")
    return f"Week {week.number} · {span} · {near}"


def step_help(step: Step) -> str:
    """Return what a step asks for."""
    return {
        Step.REVIEW: "Review: what did last week promise, and what is finished but not measured?",
        Step.CAPTURE: "Capture: turn the retros, themes and inbox of the week into improvements.",
        Step.PRIORITISE: "Prioritise: score what is unscored or has changed.",
        Step.SELECT: "Select: P proposes what fits; p takes or drops.",
        Step.EXECUTE: "The week itself: s starts the timer on the chosen improvement.",
    }[step]


def left_out(proposal: Proposal) -> str:
    """Return what was not considered, with counts and reasons."""
    parts = [f"{len(ids)} {reason.value}" for reason, ids in proposal.excluded.items()]
    return "left out: " + ", ".join(parts) if parts else ""


def foot(proposal: Proposal | None) -> Content:
    """Return the lines below the list: exact against top-down, and what was left out."""
    if proposal is None:
        return plain("")
    said = [proposal.difference] if proposal.choices else []
    if proposal.ratio != 1 and said:
        said[0] += f" (hours × {proposal.ratio:g})"
    rest = left_out(proposal)
    return plain("\n".join([*said, rest] if rest else said))


def past_line(week: WeekView) -> Content:
    """Return what became of a past week, without blame."""
    done = sum(row.is_done for row in week.rows)
    left = len(week.rows) - done
    said = f"{done} of {count(len(week.rows), 'improvement')} finished" if week.rows else ""
    if left:
        said += f"; {left} went on into the next plan or back to the backlog"
    return plain(said)


def capacity_of(plan: WeekPlan) -> str:
    """Return where a week's budget comes from: hours and share, or its own, and its kind."""
    usual = plan.override_hours is None
    whole, budget = hours(plan.week_hours), hours(plan.budget_hours)
    usually = f"{share_words(plan.share)} of {whole} = {budget}"
    said = usually if usual else f"own budget {budget} of {whole}"
    if plan.kind is not WeekKind.ORDINARY:
        said += f" · {plan.kind} week"
    return said + (f": {plan.override_reason}" if plan.override_reason else "")


def capacity_words(asked: WeekCapacity, plan: WeekPlan) -> str:
    """Return what a capacity that is being typed would mean."""
    if asked.is_usual:
        return "an ordinary week again"
    kind = f"{asked.kind} week, " if asked.kind else ""
    if asked.week_hours is not None:
        budget = asked.week_hours * plan.share
        return f"{kind}{share_words(plan.share)} of {hours(asked.week_hours)} = {hours(budget)}"
    if asked.budget_hours is not None:
        return f"{kind}a budget of {hours(asked.budget_hours)}"
    return f"{kind}with the usual budget"


def proposal_text(
    proposal: Proposal, titles: Mapping[str, str], ratio: OwnRatio | None = None, width: int = 72
) -> Content:
    """Return a proposal in full: its items, what top-down would do, what was left out.

    Args:
        proposal: What was chosen, and why.
        titles: Id → title of every improvement.
        ratio: The user's own ratio of finished to planned hours, where it is known.
        width: Columns there are; longer titles go on below their beginning.
    """
    rows: list[Content] = []
    for choice in proposal.choices:
        numbers = f"{choice.value:>4}  {hours(choice.hours):>6}  "
        why = f"  {_WHY[choice.force]}" if choice.force else ""
        title = wrap(titles.get(choice.id, choice.id), max(width - len(numbers) - len(why), 12))
        hanging = ("\n" + " " * len(numbers)).join(title)
        rows.append(assemble((numbers, "$quiet"), hanging, (why, "$accent")))
    if not rows:
        rows.append(plain("Nothing fits this week."))
    rows += [
        plain(""),
        assemble(
            (f"{proposal.value} {proposal.value_by} in {hours(proposal.hours)}", "bold"),
            (f" of {hours(proposal.budget_hours)}, out of ", "$quiet"),
            (count(proposal.considered, "item"), "$quiet"),
        ),
        assemble((proposal.difference, "$quiet")),
    ]
    if ratio is not None:
        said = ratio_said(ratio, proposal.fill, proposal.used)
        rows.append(assemble((said, "$quiet")))
    said = left_out(proposal)
    if said:
        rows.append(assemble((said, "$quiet")))
    rows += [
        assemble((f"{row}: {force.value}, but {why}", "$warning"))
        for row, force, why in proposal.left_forced[:4]
    ]
    return lines(rows)
