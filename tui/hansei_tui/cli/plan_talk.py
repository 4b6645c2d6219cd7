"""The ritual line by line, for screen readers, dumb terminals and pipes."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hansei_core.errors import HanseiError
from hansei_core.planning.brief import titles_of
from hansei_core.planning.pace import ratio_said
from hansei_core.planning.ritual import STEP_MINUTES, Step, step_times
from hansei_core.planning.selection import Proposal
from hansei_core.planning.tasks import Task
from hansei_core.planning.week import Week
from hansei_core.verbs import plans, rituals
from hansei_core.verbs.records import load_improvements
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.ritual import ThemeFinds, tasks_of_week, theme_finds
from hansei_tui.ritual_answers import ANSWERS, Answer, Reply, answer, offered
from hansei_tui.words import count, hours
from hansei_tui.workspace import Workspace

Say = Callable[[str], None]
_KEYS = "a number answers, enter goes on to the next, n ends the step, q takes a break"


class _BreakError(Exception):
    """The user takes a break, or the input ended."""


def talk(workspace: Workspace, week: Week, steps: tuple[Step, ...], say: Say) -> None:
    """Go through steps of the ritual by lines of standard input.

    A break (q, or the end of the input) stops the clock; everything answered stays answered.

    Args:
        workspace: Scanned as far as the caller wants it.
        week: The week that is planned.
        steps: Which, in order.
        say: Prints one line.

    Raises:
        KeyboardInterrupt: ctrl+c; the clock is stopped.
    """
    talking = _Talk(workspace, week, say)
    try:
        for step in steps:
            talking.go(step)
    except _BreakError:
        talking.stop()
        say("A break; `hansei plan ritual --plain` goes on here.")
    except KeyboardInterrupt:
        talking.stop()
        raise


class _Talk:
    """One conversation."""

    def __init__(self, workspace: Workspace, week: Week, say: Say) -> None:
        self.workspace = workspace
        self.week = week
        self.say = say
        self._finds: ThemeFinds | None = None

    def go(self, step: Step) -> None:
        """Take one step."""
        workspace = self.workspace
        now = workspace.now()
        rituals.begin_step(workspace.store, self.week, step, workspace.capacity, now=now)
        self.say("")
        self.say(f"{step.value.capitalize()}, {STEP_MINUTES[step]} minutes")
        if step is Step.SELECT:
            self._select()
        else:
            self._ask_all(step)
        now = workspace.now()
        rituals.finish_step(workspace.store, self.week, step, workspace.capacity, now=now)
        plan = plans.read_plan(workspace.store, self.week, workspace.capacity)
        for each in step_times(plan.steps, now):
            if each.step is step:
                self.say(f"{step} done in {each.actual_minutes:g} of {each.target_minutes} minutes")

    def stop(self) -> None:
        """Stop the clock."""
        workspace = self.workspace
        now = workspace.now()
        rituals.pause_ritual(workspace.store, self.week, workspace.capacity, now=now)

    def _ask_all(self, step: Step) -> None:
        passed: set[str] = set()
        self.say(_KEYS)
        while True:
            waiting = [task for task in self._tasks(step) if task.key not in passed]
            if not waiting:
                left = len(passed)
                self.say(f"{left} left for later" if left else "nothing is left")
                return
            task = waiting[0]
            if not self._ask_one(task, len(waiting)):
                return
            if task.key in {each.key for each in self._tasks(step)}:
                passed.add(task.key)

    def _tasks(self, step: Step) -> tuple[Task, ...]:
        themes = self._themes().notes if step is Step.CAPTURE else ()
        return tasks_of_week(self.workspace, self.week, themes).of(step)

    def _themes(self) -> ThemeFinds:
        if self._finds is None:
            self._finds = theme_finds(self.workspace, self.week)
        return self._finds

    def _ask_one(self, task: Task, left: int) -> bool:
        """Ask about one task; False where the step shall end."""
        self.say("")
        self.say(f"{task.question}, {left} to go: {task.id} {task.title}")
        for line in task.text.splitlines():
            self.say(f"  {line}")
        if task.hours is not None:
            self.say(f"  {hours(task.hours)} left")
        answers = ANSWERS[task.question]
        for number, each in enumerate(answers, start=1):
            self.say(f"  {number}: {each.label}")
        while True:
            typed = self._read("Your answer:").strip().casefold()
            if not typed:
                return True
            if typed == "n":
                return False
            if typed == "q":
                raise _BreakError
            if not typed.isdecimal() or not 0 < int(typed) <= len(answers):
                self.say(f"1 to {len(answers)}, please; {_KEYS}")
            elif self._give(task, answers[int(typed) - 1]):
                return True

    def _give(self, task: Task, chosen: Answer) -> bool:
        """Give an answer; False where it could not be done and has to be asked again."""
        draft = self._themes().drafts.get(task.id) if chosen.id == "promote" else None
        text = ""
        if chosen.asks:
            first = offered(task, draft)
            usual = f", enter for “{first}”" if first else f", such as {chosen.example}"
            text = self._read(f"{chosen.asks}{usual}:") or first
        try:
            label = answer(chosen.id, Reply(self.workspace, self.week, task, text, draft))
        except HanseiError as error:
            self.say(error.said)
            return False
        self.say(f"Done: {label}")
        point_out_secrets(self.workspace, text)
        return True

    def _select(self) -> None:
        workspace = self.workspace
        while True:
            proposal = plans.proposal(
                workspace.store,
                self.week,
                workspace.capacity,
                now=workspace.now(),
                value=workspace.settings.week.value,
            )
            self._say_selection(proposal)
            typed = self._read(
                "e takes the exact selection, t the plain list from the top, an id takes or drops "
                "one, enter ends the step:"
            ).strip()
            if not typed or typed == "n":
                return
            if typed == "q":
                raise _BreakError
            try:
                self.say(self._taken(typed, proposal))
            except HanseiError as error:
                self.say(error.said)

    def _taken(self, typed: str, proposal: Proposal) -> str:
        store, capacity, now = (
            self.workspace.store,
            self.workspace.capacity,
            self.workspace.now(),
        )
        if typed in {"e", "t"}:
            choices = proposal.choices if typed == "e" else proposal.top_down
            return plans.apply(store, self.week, choices, capacity, now=now).label
        taken = plans.drop(store, self.week, (typed,), capacity, now=now)
        if not taken.label.endswith("(nothing to change)"):
            return taken.label
        return plans.take(store, self.week, (typed,), capacity, now=now).label

    def _say_selection(self, proposal: Proposal) -> None:
        workspace = self.workspace
        view = plans.view(workspace.store, self.week, workspace.capacity, now=workspace.now())
        self.say("")
        self.say(f"{hours(view.plan.taken_hours)} of {hours(view.plan.budget_hours)} taken")
        for row in view.rows:
            title = row.improvement.title if row.improvement else ""
            self.say(f"  {row.item.id} {hours(row.item.hours)} {title}")
        titles = titles_of(load_improvements(workspace.store).items.values())
        self.say(f"proposed by {proposal.value_by}, {hours(proposal.hours)}:")
        for choice in proposal.choices:
            why = f", {choice.force.value}" if choice.force else ""
            self.say(f"  {choice.id} {hours(choice.hours)} {titles.get(choice.id, '')}{why}")
        self.say(proposal.difference)
        ratio = plans.ratio_of(workspace.store, now=workspace.now())
        self.say(ratio_said(ratio, proposal.fill, proposal.used))
        for reason, ids in proposal.excluded.items():
            self.say(f"left out, {reason.value}: {count(len(ids), 'improvement')}")

    def _read(self, prompt: str) -> str:
        self.say(prompt)
        sys.stdout.flush()
        found = sys.stdin.readline()
        if not found:
            raise _BreakError
        return found.rstrip("\n")
