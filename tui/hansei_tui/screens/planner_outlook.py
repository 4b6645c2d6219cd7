"""The Planner's lines around its list: the ritual, the days, the signs, the last twelve weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from textual.content import Content

from hansei_core.planning.pace import PACE_WEEKS, WeekPace
from hansei_core.planning.ritual import Progress, RitualTime, StepTime
from hansei_core.planning.scorecard import Scorecard, Sign
from hansei_core.planning.week import Week
from hansei_tui.text import assemble, lines, width_of
from hansei_tui.words import count, hours, sparkline

_SHORT_SIGNS: Final = ("1–3 a session", "all scored", "time used", "measured", "better")
_DAY_SIZES: Final = ((88, (3, 5)), (78, (3, 4)), (0, (2, 3)))
"""By the least width: letters of a day's name, and columns for its hours."""
_FULL_DAY: Final = 2.0
"""Hours that fill a day's bar, unless a day has more."""


def time_words(total: RitualTime, budget: float, minutes: float) -> str:
    """Return what the budget and the ritual's minutes make of the week: `8 h + 40 min = 21.7 %`."""
    if total.total_hours <= round(budget, 2):
        return f"{minutes:g} min of the {hours(budget)} = {total.percent:g} %"
    return f"{hours(budget)} + {minutes:g} min = {total.percent:g} %"


def fitting_words(total: RitualTime, budget: float, minutes: float, room: int) -> str:
    """Return them, or the minutes alone, or nothing, as columns allow."""
    said = (time_words(total, budget, minutes), f"{minutes:g} min", "")
    return next(words for words in said if width_of(words) <= max(room, 0))


def ritual_line(
    times: Sequence[StepTime], total: RitualTime, budget: float, width: int = 80
) -> Content:
    """Return Monday's steps on one line: done, running or next with minutes, and their sum."""
    if all(each.progress is Progress.DONE for each in times):
        return assemble(
            (f"✓ planned in {total.actual_minutes:g} min", "$success"),
            (f" of {total.target_minutes}", "$quiet"),
            (f" · with {hours(budget)} {hours(total.total_hours)}, {total.percent:g} %", "$quiet"),
        )
    begun = any(each.progress is not Progress.OPEN for each in times)
    parts: list[tuple[str, str]] = [] if begun else [("ritual ", "$quiet")]
    running = next((each for each in times if each.progress is Progress.RUNNING), None)
    upcoming = running or next(each for each in times if each.progress is not Progress.DONE)
    for each in times:
        if each.progress is Progress.DONE:
            parts.append(
                (f"✓ {each.step} {each.actual_minutes:.0f}/{each.target_minutes}", "$success")
            )
        elif each is upcoming:
            used = f"{each.actual_minutes:.0f}/" if each.progress is not Progress.OPEN else ""
            parts.append((f"▸ {each.step} {used}{each.target_minutes}", "$foreground bold"))
            if each.over_minutes >= 1:
                parts.append((" over", "$warning"))
        else:
            parts.append((f"{each.step} {each.target_minutes}", "$quiet"))
        parts.append(("  ", ""))
    room = width - sum(width_of(text) for text, _ in parts)
    parts.append((fitting_words(total, budget, total.target_minutes, room), "$quiet"))
    return assemble(*parts)


def days_line(week: Week, tracked: Sequence[float], today: date, width: int = 80) -> Content:
    """Return the week's days with a bar and the hours tracked; today is pointed at."""
    name, room = next(sizes for least, sizes in _DAY_SIZES if width >= least)
    most = max(_FULL_DAY, *tracked)
    parts: list[tuple[str, str]] = []
    for day, spent in zip(week.days, tracked, strict=True):
        here = day == today
        bar = sparkline([spent, most], 2)[0]
        style = "$foreground bold" if here else "$quiet"
        parts.append((f"{'▸' if here else ' '}{f'{day:%a}'[:name]} "[: name + 2], style))
        parts.append((bar, "$success" if spent else "$quiet"))
        said = f"{spent:.{2 if name == 3 else 1}f}".rstrip("0").rstrip(".") if spent else ""
        parts.append((f"{' ' * (name - 2)}{said:<{room}}", "$foreground" if spent else "$quiet"))
    return assemble(*parts)


def signs_line(card: Scorecard) -> Content:
    """Return the scorecard on one line: how many hold, and which."""
    parts: list[tuple[str, str]] = [(f"signs {card.score} of {len(card.signs)}", "bold")]
    for sign, short in zip(card.signs, _SHORT_SIGNS, strict=True):
        mark, style = _mark(sign)
        parts += [("  ", ""), (f"{mark} {short}", style)]
    return assemble(*parts)


def signs_text(card: Scorecard) -> Content:
    """Return the scorecard in full: one line a sign, with the figures it rests on."""
    rows = [assemble((f"signs {card.score} of {len(card.signs)}", "bold"))]
    for sign in card.signs:
        mark, style = _mark(sign)
        rows.append(assemble((f"  {mark} {sign.name:<26}", style), (sign.figures, "$quiet")))
    return lines(rows)


def pace_line(pace: Sequence[WeekPace]) -> Content:
    """Return the last twelve weeks on one line: planned, tracked, finished."""
    parts: list[tuple[str, str]] = [(f"{len(pace)} weeks", "bold")]
    for name, bars, _ in _series(pace):
        parts += [("  ", ""), (f"{name} ", "$quiet"), (bars, "$primary")]
    return assemble(*parts)


def pace_text(pace: Sequence[WeekPace]) -> Content:
    """Return the last twelve weeks in full: one line a series, with its sum."""
    first = f" from week {pace[0].week.number}" if pace else ""
    rows = [assemble((f"{len(pace)} weeks{first}", "bold"))]
    for name, bars, said in _series(pace):
        rows.append(
            assemble((f"  {name:<9}", "$quiet"), (bars, "$primary"), (f"  {said}", "$quiet"))
        )
    return lines(rows)


def _series(pace: Sequence[WeekPace]) -> Sequence[tuple[str, str, str]]:
    """Return name, bars and sum; planned and tracked hours share one scale."""
    top = max([1.0, *(each.planned_hours for each in pace), *(each.tracked_hours for each in pace)])
    planned = [each.planned_hours for each in pace]
    tracked = [each.tracked_hours for each in pace]
    finished = [float(each.finished) for each in pace]
    done = sum(each.finished for each in pace)
    return (
        ("planned", _bars(planned, top), hours(sum(planned))),
        ("tracked", _bars(tracked, top), hours(sum(tracked))),
        ("finished", _bars(finished, max(1.0, *finished)), count(done, "improvement")),
    )


def _bars(values: Sequence[float], top: float) -> str:
    return sparkline([*values, top], PACE_WEEKS + 1)[:-1]


def _mark(sign: Sign) -> tuple[str, str]:
    if sign.holds is None:
        return "–", "$quiet"
    return ("✓", "$success") if sign.holds else ("✗", "$warning")
