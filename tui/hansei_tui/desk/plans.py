"""The week's plan and the timer, as the screens read and change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from hansei_core.errors import UsageError
from hansei_sessions.value import Value
from hansei_tui.desk.shaping import Shaping
from hansei_tui.words import minutes

if TYPE_CHECKING:
    from hansei_core.planning.agenda import ThemeNote
    from hansei_core.planning.brief import Brief
    from hansei_core.planning.pace import OwnRatio, WeekPace
    from hansei_core.planning.ritual import RitualTime, Step, StepTime
    from hansei_core.planning.scorecard import Scorecard
    from hansei_core.planning.selection import Choice, Proposal, ValueBy
    from hansei_core.planning.tasks import Tasks
    from hansei_core.planning.time import TimeEntry
    from hansei_core.planning.view import WeekView
    from hansei_core.planning.week import Capacity, Week, WeekCapacity, WeekPlan
    from hansei_tui.ritual import ThemeFinds


class Outlook(Value, frozen=True):
    """How it went so far: what the Planner shows at its foot."""

    signs: Scorecard
    pace: tuple[WeekPace, ...]
    """Twelve weeks, oldest first."""
    ratio: OwnRatio


class Plans(Shaping):
    """Weeks and time."""

    @property
    def capacity(self) -> Capacity:
        """What an ordinary week holds, by the settings."""
        return self.workspace.capacity

    def this_week(self) -> Week:
        """Return the week that today lies in."""
        from hansei_core.planning.week import week_of

        return week_of(self.today())

    def plan(self, week: Week) -> WeekPlan:
        """Return the plan of a week."""
        from hansei_core.verbs import plans as verbs

        return verbs.read_plan(self.workspace.store, week, self.capacity)

    def week(self, week: Week) -> WeekView:
        """Return a week with its improvements and what was tracked."""
        from hansei_core.verbs import plans as verbs

        return verbs.view(self.workspace.store, week, self.capacity, now=self.now())

    def proposal(self, week: Week, value: ValueBy) -> Proposal:
        """Return what hansei would take in a week; nothing is written."""
        from hansei_core.verbs import plans as verbs

        return verbs.proposal(
            self.workspace.store, week, self.capacity, now=self.now(), value=value
        )

    def planned(self) -> frozenset[str]:
        """Return the ids in this week's plan."""
        return frozenset(self.plan(self.this_week()).ids)

    def toggle_plan(self, ids: Sequence[str], week: Week | None = None) -> str:
        """Take into a week, or drop if all are in it; returns what was done.

        Raises:
            UsageError: It does not fit, or has no hours.
        """
        from hansei_core.verbs import plans as verbs

        chosen = week or self.this_week()
        inside = set(self.plan(chosen).ids)
        store, capacity, now = self.workspace.store, self.capacity, self.now()
        if set(ids) <= inside:
            return verbs.drop(store, chosen, ids, capacity, now=now).label
        fresh = [row for row in ids if row not in inside]
        items = self.improvements()
        return verbs.take(store, chosen, fresh, capacity, now=now, items=items).label

    def take_over_budget(self, ids: Sequence[str], week: Week, reason: str) -> str:
        """Take more than the budget holds; the reason is recorded."""
        from hansei_core.verbs import plans as verbs

        return verbs.take(
            self.workspace.store,
            week,
            ids,
            self.capacity,
            now=self.now(),
            force=True,
            reason=reason,
            items=self.improvements(),
        ).label

    def accept(self, week: Week, choices: Sequence[Choice]) -> str:
        """Make a proposal the plan; returns what was done."""
        from hansei_core.verbs import plans as verbs

        return verbs.apply(self.workspace.store, week, choices, self.capacity, now=self.now()).label

    def toggle_pin(self, week: Week, ids: Sequence[str]) -> str:
        """Pin, or let loose if all are pinned; returns what was done."""
        from hansei_core.verbs import plans as verbs

        plan = self.plan(week)
        pinned = {item.id for item in plan.items if item.pinned}
        return verbs.pin(
            self.workspace.store,
            week,
            ids,
            self.capacity,
            now=self.now(),
            pinned=not set(ids) <= pinned,
        ).label

    def set_hours(self, week: Week, improvement_id: str, hours: str) -> str:
        """Set the hours that a week gives to one of its items; returns what was done."""
        from hansei_core.verbs import plans as verbs

        return verbs.set_hours(
            self.workspace.store, week, improvement_id, hours, self.capacity, now=self.now()
        ).label

    def set_capacity(self, week: Week, asked: WeekCapacity) -> str:
        """Give one week its own hours, budget and kind; returns what was done."""
        from hansei_core.verbs import budgets

        store, now = self.workspace.store, self.now()
        if asked.is_usual:
            return budgets.usual_week(store, week, self.capacity, now=now).label
        if asked.week_hours is not None:
            return budgets.set_week_hours(
                store,
                week,
                asked.week_hours,
                self.capacity,
                now=now,
                reason=asked.reason,
                kind=asked.kind,
            ).label
        return budgets.set_budget(
            store,
            week,
            asked.budget_hours,
            self.capacity,
            now=now,
            reason=asked.reason,
            kind=asked.kind,
        ).label

    def step(self, week: Week) -> Step:
        """Return the ritual's step that comes next, or runs."""
        from hansei_core.planning.ritual import next_step

        return next_step(self.plan(week).steps)

    def step_times(self, week: Week) -> tuple[StepTime, ...]:
        """Return the planning steps with their minutes, planned and actual."""
        from hansei_core.planning.ritual import step_times
        from hansei_core.verbs import rituals

        plan = self.plan(week)
        signs = rituals.signs_of_life(self.workspace.store, plan.steps)
        return step_times(plan.steps, self.now(), signs)

    def ritual_time(self, week: Week) -> RitualTime:
        """Return the ritual's minutes and its share of a week."""
        from hansei_core.planning.ritual import ritual_time
        from hansei_core.verbs import rituals

        plan = self.plan(week)
        return ritual_time(
            plan.steps,
            self.now(),
            budget_hours=plan.budget_hours,
            week_hours=plan.week_hours,
            inside=self.settings.week.ritual_inside,
            signs=rituals.signs_of_life(self.workspace.store, plan.steps),
        )

    def begin_step(self, week: Week, step: Step) -> None:
        """Let the clock of a step run; one that runs already just goes on."""
        from hansei_core.planning.ritual import running_step
        from hansei_core.verbs import rituals

        active = running_step(self.plan(week).steps)
        if active is None or active.step is not step:
            store, now = self.workspace.store, self.now()
            rituals.begin_step(store, week, step, self.capacity, now=now)

    def pause_ritual(self, week: Week) -> None:
        """Stop the clock for a break; nothing is written where it stands still."""
        from hansei_core.planning.ritual import running_step
        from hansei_core.verbs import rituals

        if running_step(self.plan(week).steps) is not None:
            rituals.pause_ritual(self.workspace.store, week, self.capacity, now=self.now())

    def finish_step(self, week: Week, step: Step | None = None) -> Step:
        """Finish a step of the ritual, the present one unless it is named; returns the next.

        Raises:
            UsageError: The ritual is done.
        """
        from hansei_core.planning.ritual import STEPS
        from hansei_core.verbs import rituals

        done = step or self.step(week)
        if done is STEPS[-1]:
            raise UsageError("the ritual is done; the week itself is the fifth step")
        rituals.finish_step(self.workspace.store, week, done, self.capacity, now=self.now())
        return self.step(week)

    def tasks(self, week: Week, themes: tuple[ThemeNote, ...]) -> Tasks:
        """Return what is left to do in each step of a week's ritual."""
        from hansei_tui.ritual import tasks_of_week

        return tasks_of_week(self.workspace, week, themes, self.improvements())

    def theme_finds(self, week: Week) -> ThemeFinds:
        """Return the themes of the week; not for the event loop."""
        from hansei_tui.ritual import theme_finds

        return theme_finds(self.workspace, week)

    def brief(self, week: Week) -> Brief:
        """Return the page to read before the ritual; not for the event loop."""
        from hansei_tui.ritual import brief_of

        return brief_of(self.workspace, week)

    def outlook(self, week: Week) -> Outlook:
        """Return the signs and the last twelve weeks; not for the event loop."""
        from hansei_core.verbs import plans as verbs
        from hansei_tui.ritual import pace_of, signs_of

        return Outlook(
            signs_of(self.workspace),
            pace_of(self.workspace, week),
            verbs.ratio_of(self.workspace.store, now=self.now()),
        )

    def days(self, week: Week) -> tuple[float, ...]:
        """Return the hours tracked on each day of a week, Monday first."""
        from hansei_core.planning.time import hours_by_day
        from hansei_core.verbs import times

        return hours_by_day(times.entries(self.workspace.store), week, self.now())

    def entry(self) -> TimeEntry | None:
        """Return the entry whose timer runs."""
        from hansei_core.verbs import times

        return times.running(self.workspace.store)

    def running(self) -> str:
        """Return the id whose timer runs, or an empty string."""
        entry = self.entry()
        return entry.improvement_id if entry else ""

    def toggle_timer(self, improvement_id: str) -> str:
        """Start the timer, or stop the running one; returns what was done.

        Raises:
            UsageError: There is nothing to start or stop.
        """
        from hansei_core.verbs import times

        store, now = self.workspace.store, self.now()
        running = self.running()
        if running and improvement_id in {"", running}:
            return f"timer stopped, {times.stop(store, now=now).label}"
        if not improvement_id:
            raise UsageError("no improvement is chosen", "put the cursor on one")
        return times.start(store, improvement_id, now=now).label

    def stop_timer(self, at: str) -> str:
        """Stop the timer at a time of day or a whole moment, empty: now; returns what was done.

        A time of day that has not come yet today means yesterday's.

        Raises:
            UsageError: None runs, or the moment cannot be read or lies outside its run.
        """
        from hansei_core.moments import parse_at
        from hansei_core.verbs import times

        now = self.now()
        moment = parse_at(at, now)
        if moment is not None and moment > now and len(at) <= len("23:59"):
            moment -= timedelta(days=1)
        return f"timer stopped, {times.stop(self.workspace.store, now=now, at=moment).label}"

    def timer_line(self) -> str:
        """Return what runs, for the top line; after four hours with the question about it."""
        from hansei_core.planning.time import hours_of, is_forgotten

        entry = self.entry()
        if entry is None:
            return ""
        now = self.now()
        asked = " forgotten? gs" if is_forgotten(entry, now) else ""
        return f"▶ {entry.improvement_id} {minutes(hours_of(entry, now) * 3600)}{asked}"
