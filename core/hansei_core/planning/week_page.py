"""A week's plan as a page of Markdown, to be pasted where others read it."""

from __future__ import annotations

from collections.abc import Sequence

from hansei_core.planning.view import PlanRow, WeekView
from hansei_core.themes.export import inert


def week_page(view: WeekView, tracked_by_day: Sequence[float]) -> str:
    """Return the week as Markdown in which outside text is only text.

    Args:
        view: The week.
        tracked_by_day: Hours of its seven days, Monday first.
    """
    plan = view.plan
    week = plan.iso_week
    budget = (
        f"Budget {_hours(plan.budget_hours)}"
        + (f" ({inert(plan.override_reason)})" if plan.override_reason else "")
        + f", planned {_hours(plan.taken_hours)}, tracked {_hours(view.tracked_hours)}."
    )
    lines = [f"# Week {week}: {week.monday} to {week.sunday}", "", budget, ""]
    lines.extend(_line(row) for row in view.rows)
    if not view.rows:
        lines.append("Nothing is taken yet.")
    if plan.over_budget_reason:
        lines.extend(["", f"More than the budget: {inert(plan.over_budget_reason)}"])
    lines.extend(["", *_days(week.days, tracked_by_day)])
    return "\n".join(lines) + "\n"


def _line(row: PlanRow) -> str:
    item = row.improvement
    title = inert(item.title) if item else "(its record is gone)"
    facts = [f"{_hours(row.tracked_hours)} of {_hours(row.item.hours)}"]
    if item is not None and not row.is_done:
        facts.append(item.stage.value)
    if row.item.carried:
        facts.append(f"carried {row.item.carried}×")
    return f"- [{'x' if row.is_done else ' '}] {row.item.id} {title} ({', '.join(facts)})"


def _days(days: Sequence[object], hours: Sequence[float]) -> list[str]:
    names = [f"{day:%a %d}" for day in days]
    figures = [_hours(each) if each else "–" for each in hours]
    return [
        "| " + " | ".join(names) + " |",
        "|" + " ---: |" * len(names),
        "| " + " | ".join(figures) + " |",
    ]


def _hours(hours: float) -> str:
    return f"{hours:.2f}".rstrip("0").rstrip(".") + " h"
