"""Where a week's time and tokens went, for the screen and the command alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from datetime import time as time_of_day
from typing import TYPE_CHECKING

from hansei_core.filters import FilterContext
from hansei_core.planning.buckets import BucketTime, parse_buckets, time_by_bucket
from hansei_core.planning.calendar import Piece, lay_out, parse_days, to_ical
from hansei_core.planning.estimates import SizeRecord, estimates_by_size
from hansei_core.planning.spending import Spending, sessions_by_improvement, spending
from hansei_core.planning.time import hours_by_day, hours_by_item, hours_in_week
from hansei_core.planning.week_page import week_page
from hansei_core.verbs import plans
from hansei_core.verbs.records import load_improvements
from hansei_core.verbs.times import entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hansei_core.planning.view import WeekView
    from hansei_core.planning.week import Week
    from hansei_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class WeekSpending:
    """Tokens and money of a week's sessions on improvements."""

    by_improvement: Mapping[str, Spending]
    """With the improvements that have tracked time and no session."""
    total: Spending


def shares(workspace: Workspace, week: Week, weeks: int = 1) -> tuple[BucketTime, ...]:
    """Return the buckets of some weeks, this one the last of them.

    Raises:
        ConfigError: A bucket of the settings is wrong.
    """
    now = workspace.now()
    buckets = parse_buckets(workspace.settings.week.buckets)
    tracked: dict[str, float] = {}
    known = entries(workspace.store)
    for step in range(weeks):
        for name, number in hours_in_week(known, week + -step, now).items():
            tracked[name] = tracked.get(name, 0.0) + number
    items = load_improvements(workspace.store).items.values()
    context = FilterContext(now=now, bins=workspace.bins, theme_names=workspace.theme_names())
    return time_by_bucket(buckets, items, tracked, context)


def spent(workspace: Workspace, week: Week) -> WeekSpending:
    """Return what sessions on improvements cost that began in a week, by the index as it is."""
    from hansei_sessions.index import SessionQuery

    now = workspace.now()
    begin = datetime.combine(week.monday, time_of_day(), tzinfo=now.tzinfo)
    query = SessionQuery(since=begin)
    sessions = [
        each
        for each in workspace.index.sessions(query)
        if each.started_at is not None and each.started_at.astimezone(now.tzinfo).date() in week
    ]
    known = entries(workspace.store)
    found = sessions_by_improvement(sessions, known, now)
    names = {**hours_in_week(known, week, now), **found}
    total = spending(each for group in found.values() for each in group)
    return WeekSpending({name: spending(found.get(name, ())) for name in sorted(names)}, total)


def estimates(workspace: Workspace) -> tuple[SizeRecord, ...]:
    """Return estimates against tracked time by size, over everything finished."""
    tracked = hours_by_item(entries(workspace.store), workspace.now())
    return estimates_by_size(load_improvements(workspace.store).items.values(), tracked)


def calendar_of(workspace: Workspace, week: Week, days: str = "", start: str = "") -> str:
    """Return a week as an iCalendar file.

    Raises:
        UsageError: Days or the time of day cannot be read.
    """
    from hansei_core.errors import UsageError

    now = workspace.now()
    view = plans.view(workspace.store, week, workspace.capacity, now=now)
    settings = workspace.settings.week
    try:
        day_start = time_of_day.fromisoformat(start or settings.block_start)
    except ValueError:
        raise UsageError(f"“{start}” is no time of day", "write 09:00") from None
    zone = now.tzinfo
    assert zone is not None  # noqa: S101 -- the clock is aware everywhere
    blocks = lay_out(
        _pieces(view, now),
        week,
        zone,
        days=parse_days(days or settings.block_days),
        day_start=day_start,
    )
    stamp = max((item.taken_at for item in view.plan.items), default=now)
    return to_ical(blocks, stamp=stamp).decode()


def page_of(workspace: Workspace, week: Week) -> str:
    """Return a week as a page of Markdown."""
    now = workspace.now()
    view = plans.view(workspace.store, week, workspace.capacity, now=now)
    return week_page(view, hours_by_day(entries(workspace.store), week, now))


def _pieces(view: WeekView, now: datetime) -> Iterable[Piece]:
    for row in view.rows:
        item = row.improvement
        yield Piece(
            row.item.id,
            item.title if item else row.item.id,
            row.item.hours,
            row.item.taken_at.astimezone(now.tzinfo).date(),
            words=(item.success_criteria or item.proposed_change) if item else "",
            categories=tuple(
                str(each) for each in ((item.category, *item.tags) if item else ()) if each
            ),
        )
