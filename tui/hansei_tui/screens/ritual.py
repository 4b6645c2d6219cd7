"""Monday's ritual: the page to read, then one question at a time, a digit for each answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from textual import on, work
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from hansei_core.errors import HanseiError
from hansei_core.improvement import Improvement
from hansei_core.planning.brief import Brief
from hansei_core.planning.ritual import STEP_MINUTES, Step, is_planned, running_step
from hansei_core.planning.tasks import Task, Tasks
from hansei_core.planning.week import Week
from hansei_core.retro import ImprovementDraft
from hansei_tui.keys import bindings
from hansei_tui.ritual import ThemeFinds
from hansei_tui.ritual_answers import ANSWERS, Answer, Reply, answer, offered
from hansei_tui.screens import ritual_view as view
from hansei_tui.screens.backlog_verbs import ItemVerbs
from hansei_tui.text import plain
from hansei_tui.widgets.bars import TopBar
from hansei_tui.widgets.fitted import FittedText
from hansei_tui.widgets.line_list import LineList, Row

_TICK_SECONDS: Final = 10.0
_ASKING: Final = (Step.REVIEW, Step.CAPTURE, Step.PRIORITISE)
"""The steps that ask here; the selection is the Planner's."""


class Card(VerticalScroll, can_focus=True):
    """What is asked, or the page; it scrolls by the keys of lists."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    takes_list_keys = True

    def action_down(self) -> None:
        """One row down."""
        self.scroll_down(animate=False)

    def action_up(self) -> None:
        """One row up."""
        self.scroll_up(animate=False)

    def action_first(self) -> None:
        """To the top."""
        self.scroll_home(animate=False)

    def action_last(self) -> None:
        """To the end."""
        self.scroll_end(animate=False)

    def action_half_down(self) -> None:
        """Half a page down."""
        self.scroll_relative(y=self.size.height // 2, animate=False)

    def action_half_up(self) -> None:
        """Half a page up."""
        self.scroll_relative(y=-(self.size.height // 2), animate=False)

    def action_open(self) -> None:
        """Do nothing: there is no row to open."""

    def action_mark(self) -> None:
        """Do nothing: there is no row to mark."""

    def action_mark_range(self) -> None:
        """Do nothing: there is no row to mark."""

    def action_mark_all(self) -> None:
        """Do nothing: there is no row to mark."""


class RitualScreen(ItemVerbs):
    """The guided part of the Planner; digits answer here, the other screens are on `g …`."""

    AREA = "ritual"
    CSS_PATH = "ritual.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("ritual")]
    AUTO_FOCUS = "#tasks"

    @dataclass
    class Looked(Message):
        """The themes of the week and the page are there."""

        request: int
        finds: ThemeFinds
        brief: Brief

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.week: Week = self.desk.this_week()
        self.step: Step | None = None
        """The step that is shown; None for the page before it."""
        self._tasks: Tasks = Tasks((), (), ())
        self._finds: ThemeFinds | None = None
        self._brief: Brief | None = None
        self._request = 0
        self._is_early = False
        """Whether logs were still being read when the week was looked at."""

    def area(self) -> Iterable[Widget]:
        """Heading, steps, the tasks, and the one under the cursor in full."""
        yield Static(id="head")
        yield Static(id="steps")
        yield Container(
            LineList(view.COLUMNS, id="tasks", headings=False, markable=False),
            Card(FittedText(id="card"), id="card-pane"),
            id="panes",
        )

    def on_mount(self) -> None:
        """Look at the week in the background; the clock is drawn anew now and then."""
        super().on_mount()
        self.query_one(TopBar).area = self.AREA
        self._look()
        self.set_interval(_TICK_SECONDS, self._tick)

    def on_resize(self) -> None:
        """Fit heading and steps to the width."""
        self.call_after_refresh(self._show_head)

    def on_screen_resume(self) -> None:
        """Go on where the ritual stands; a new week begins anew."""
        if self.week != self.desk.this_week():
            self.week, self.step, self._finds, self._brief = self.desk.this_week(), None, None, None
            self._look()
        wanted, self.hansei.ritual = self.hansei.ritual, ""
        self._enter(wanted)
        super().on_screen_resume()

    @on(FittedText.Fitted)
    def _fitted(self) -> None:
        self._show_card()

    @property
    def rows(self) -> LineList:
        """The list of tasks."""
        return self.query_one("#tasks", LineList)

    @property
    def asked(self) -> Task | None:
        """The task under the cursor."""
        found = {each.key: each for each in self._tasks.of(self.step)} if self.step else {}
        return found.get(self.rows.current)

    def targets(self) -> list[str]:
        """Return the improvement that keys act on."""
        item = self.current_item()
        return [item.id] if item else []

    def current_item(self) -> Improvement | None:
        """Return the improvement that is asked about."""
        task = self.asked
        return self.desk.improvement(task.id) if task else None

    def refresh_data(self) -> None:
        """Read what is left; the cursor stays where it is, on the next task."""
        finds = self._finds or ThemeFinds()
        self._tasks = self.desk.tasks(self.week, finds.notes)
        tasks = {each.key: each for each in self._tasks.of(self.step)} if self.step else {}

        def cells(key: str) -> Row:
            return view.row_of(tasks[key], self.desk.improvement(tasks[key].id))

        self.rows.set_columns(view.columns_of(tasks.values(), self.desk.improvement))
        self.rows.show(list(tasks), cells)
        self.set_class(self.step is None, "-page")
        self.query_one("#card-pane" if self.step is None else "#tasks").focus()
        self._show_head()
        self._show_card()

    def close_something(self) -> bool:
        """Take a break: the clock stands still, and the Planner is shown."""
        with self.telling():
            self.desk.pause_ritual(self.week)
        self.app.switch_mode("planner")
        return True

    def keep_draft(self) -> None:
        """Stop the clock; called before the app ends."""
        with self.telling():
            self.desk.pause_ritual(self.week)

    def action_step(self) -> None:
        """Finish the present step and begin the next."""
        try:
            if self.step is None:
                self._begin(self._first())
            else:
                self._begin(self.desk.finish_step(self.week, self.step))
        except HanseiError as error:
            self.fail(error)

    def action_step_back(self) -> None:
        """Go back to the step before, or to the page."""
        if self.step is None:
            return
        place = _ASKING.index(self.step) if self.step in _ASKING else len(_ASKING)
        try:
            if place == 0:
                self.desk.pause_ritual(self.week)
                self.step = None
                self.update()
            else:
                self._begin(_ASKING[place - 1])
        except HanseiError as error:
            self.fail(error)

    def action_measure(self) -> None:
        """Take a number for the improvement that is asked about."""
        item = self.current_item()
        if item is not None:
            from hansei_tui.screens.measuring import ask_measure

            ask_measure(self, item)

    def action_answer_1(self) -> None:
        """Give the first answer."""
        self._answer(1)

    def action_answer_2(self) -> None:
        """Give the second answer."""
        self._answer(2)

    def action_answer_3(self) -> None:
        """Give the third answer."""
        self._answer(3)

    def action_answer_4(self) -> None:
        """Give the fourth answer."""
        self._answer(4)

    def action_answer_5(self) -> None:
        """Give the fifth answer."""
        self._answer(5)

    def action_answer_6(self) -> None:
        """Give the sixth answer."""
        self._answer(6)

    def action_details(self) -> None:
        """Show or hide the list of tasks, so that the card has all the room."""
        self.toggle_class("-bare")
        self.call_after_refresh(self._show_card)

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        if event.request == self._request:
            self._finds, self._brief = event.finds, event.brief
            self.refresh_data()

    @on(LineList.Moved, "#tasks")
    def _moved(self) -> None:
        self._show_card()
        self.query_one("#card-pane").scroll_home(animate=False)

    @on(LineList.Opened, "#tasks")
    def _opened(self) -> None:
        self._answer(1)

    @work(thread=True, exclusive=True, group="ritual", exit_on_error=False)
    def _look_at(self, request: int, week: Week) -> None:
        finds, brief = self.desk.theme_finds(week), self.desk.brief(week)
        self.post_message(self.Looked(request, finds, brief))

    def _tick(self) -> None:
        """Draw the clock; look at the week again once logs that were being read are known."""
        self._show_head()
        if self._is_early and not self.hansei.is_reading:
            self._look()

    def _look(self) -> None:
        self._request += 1
        self._is_early = self.hansei.is_reading
        self._look_at(self._request, self.week)

    def _enter(self, wanted: str) -> None:
        """Show what was asked for, else the step that runs or comes next."""
        plan = self.desk.plan(self.week)
        try:
            if wanted and wanted != "next":
                self._begin(Step(wanted))
            elif is_planned(plan.steps) or not plan.steps:
                self.step = None
            elif self.step is None or running_step(plan.steps) is None:
                self._begin(self._first())
        except HanseiError as error:
            self.fail(error)

    def _first(self) -> Step:
        """Return the step to go on with: the one that is open, the review once all are done."""
        step = self.desk.step(self.week)
        return Step.REVIEW if step is Step.EXECUTE else step

    def _begin(self, step: Step) -> None:
        if step in STEP_MINUTES:
            self.desk.begin_step(self.week, step)
        if step in _ASKING:
            self.step = step
            self.update()
        else:
            self.step = None
            self.hansei.version += 1
            self.app.switch_mode("planner")

    def _answer(self, number: int) -> None:
        task = self.asked
        answers = ANSWERS[task.question] if task else ()
        if task is None or number > len(answers):
            return
        chosen = answers[number - 1]
        if chosen.asks:
            self._ask(task, chosen)
        else:
            self._give(task, chosen, "")

    def _ask(self, task: Task, chosen: Answer) -> None:
        from hansei_tui.modals.prompt import Prompt

        draft = self._draft_of(task)

        def typed(text: str | None) -> None:
            if text is not None and text.strip():
                self._give(task, chosen, text)
                self.point_out_secrets(text)

        if chosen.id not in {"convert", "promote"}:
            self.app.push_screen(Prompt(chosen.asks, placeholder=chosen.example), typed)
            return
        from hansei_tui.modals.add import line_feedback, line_highlighter

        self.app.push_screen(
            Prompt(
                chosen.asks,
                offered(task, draft),
                check=lambda text: line_feedback(self.desk, text),
                highlighter=line_highlighter(self.desk.today()),
            ),
            typed,
        )

    def _give(self, task: Task, chosen: Answer, text: str) -> None:
        reply = Reply(self.desk.workspace, self.week, task, text, self._draft_of(task))
        try:
            label = answer(chosen.id, reply)
        except HanseiError as error:
            self.fail(error)
            return
        self.refresh_data()  # the next key may come before any message does
        self.changed(f"{label[:1].upper()}{label[1:]} · u undoes it")

    def _show_head(self) -> None:
        times, total = self.desk.step_times(self.week), self.desk.ritual_time(self.week)
        budget = self.desk.plan(self.week).budget_hours
        steps = view.steps_line(times, self.step, total, budget, self.size.width - 2)
        self.query_one("#steps", Static).update(steps)
        left = len(self._tasks.of(self.step)) if self.step else 0
        paused = running_step(self.desk.plan(self.week).steps) is None
        name = f"week {self.week.number}"
        self.query_one("#head", Static).update(
            view.head_of(name, self.step, left, paused=paused, wide=self.size.width >= 100)
        )

    def useful_keys(self, entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return as many digits as there are answers."""
        task = self.asked
        known = task is not None and self.desk.improvement(task.id) is not None
        number = len(ANSWERS[task.question]) if task else 0
        return view.footer_of(entries, number, has_item=known)

    def _show_card(self) -> None:
        self.show_keys()
        card = self.query_one("#card", Static)
        width = self.query_one("#card-pane").scrollable_content_region.width or 60
        task = self.asked
        if self.step is None:
            waiting = plain("Looking at the week …")
            card.update(view.brief_text(self._brief, width) if self._brief else waiting)
        elif task is None:
            card.update(view.empty_card(self.step, self._upcoming()))
        else:
            draft = self._draft_of(task)
            card.update(view.card_of(task, self.desk.improvement(task.id), width, draft))

    def _draft_of(self, task: Task) -> ImprovementDraft | None:
        """Return what an improvement against a theme would be, as far as it was drafted."""
        return self._finds.drafts.get(task.id) if self._finds else None

    def _upcoming(self) -> str:
        if self.step is Step.CAPTURE and self._finds is None:
            return "the themes of the week are still being looked at"
        place = list(STEP_MINUTES).index(self.step) + 1 if self.step else 0
        return f"goes on to {list(STEP_MINUTES)[place]}"
