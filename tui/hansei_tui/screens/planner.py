"""The week: its budget, what is taken, what hansei proposes, and Monday's ritual."""

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
from hansei_core.planning.ritual import Step, running_step
from hansei_core.planning.selection import Proposal, ValueBy
from hansei_core.planning.week import Week, parse_capacity
from hansei_tui.desk.plans import Outlook
from hansei_tui.keys import bindings
from hansei_tui.screens import backlog_view
from hansei_tui.screens import planner_outlook as outlook
from hansei_tui.screens import planner_view as view
from hansei_tui.screens.backlog_verbs import ItemVerbs
from hansei_tui.screens.base import ALWAYS
from hansei_tui.screens.planner_pages import WeekPages
from hansei_tui.text import assemble, one_line, plain
from hansei_tui.widgets.budget import BudgetBar
from hansei_tui.widgets.fitted import FittedText
from hansei_tui.widgets.line_list import LineList, Row

_TICK_SECONDS: Final = 10.0
_TALL: Final = 34
"""Rows from which signs and weeks are shown in full."""
_SHORT: Final = 20
"""Rows below which they are left out, so that the list has room."""


class PlannerScreen(WeekPages, ItemVerbs):
    """The Planner area."""

    AREA = "planner"
    CSS_PATH = "planner.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("planner")]
    AUTO_FOCUS = "#plan"

    @dataclass
    class Proposed(Message):
        """The proposal for a week is there."""

        request: int
        proposal: Proposal

    @dataclass
    class LookedBack(Message):
        """The signs and the last weeks are there."""

        request: int
        outlook: Outlook

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.week: Week = self.desk.this_week()
        self._this_week = self.week
        """The present week when the screen was last filled."""
        self._proposal: Proposal | None = None
        self._value: ValueBy = self.desk.settings.week.value
        self._outlook: Outlook | None = None
        self._rows = view.Rows((), {}, {})
        self._request = 0
        self._show_again = False
        """Whether the dialog is opened again once the proposal is there."""

    def area(self) -> Iterable[Widget]:
        """Heading, budget, ritual, the list, and what was left out."""
        yield Static(id="head")
        yield BudgetBar()
        yield Static(id="ritual")
        yield Static(id="days")
        yield Container(
            LineList(view.COLUMNS, id="plan"),
            VerticalScroll(FittedText(id="detail-text"), id="detail", can_focus=False),
            id="panes",
        )
        yield Static(id="foot")
        yield Container(Static(id="signs"), Static(id="pace"), id="outlook")

    def on_mount(self) -> None:
        """Show the detail pane where there is room for it; the ritual's clock is drawn anew."""
        super().on_mount()
        self.set_interval(_TICK_SECONDS, self._show_ritual)
        self.set_class(self.app.size.width >= 100, "-details")

    @property
    def rows(self) -> LineList:
        """The list."""
        return self.query_one("#plan", LineList)

    def on_screen_resume(self) -> None:
        """Begin the selection where a command asked for it."""
        wanted, self.hansei.ritual = self.hansei.ritual, ""
        if wanted:
            with self.telling():
                self.desk.begin_step(self.desk.this_week(), Step.SELECT)
        super().on_screen_resume()
        self._show_ritual()

    def on_resize(self) -> None:
        """Lay out the lines above and below the list anew."""
        self.set_class(self.size.height < _SHORT, "-short")
        self.call_after_refresh(self._show_ritual)
        self.call_after_refresh(self._show_days)
        self.call_after_refresh(self._show_outlook)

    def keep_draft(self) -> None:
        """Stop the ritual's clock; called before the app ends."""
        with self.telling():
            self.desk.pause_ritual(self.desk.this_week())

    def refresh_data(self) -> None:
        """Read the week; the proposal is computed beside it.

        Where the present week was shown, the present one is shown: on a Monday it is the next.
        """
        present = self.desk.this_week()
        if self.week == self._this_week != present:
            self.week, self._proposal = present, None
        self._this_week = present
        self._show()
        self._request += 1
        self._propose(self._request, self.week, self._value)

    def targets(self) -> list[str]:
        """Return the ids that keys act on; headings are none."""
        return [row for row in self.rows.targets if row in self.desk.improvements()]

    def current_item(self) -> Improvement | None:
        """Return the improvement under the cursor."""
        return self.desk.improvement(self.rows.current)

    def useful_keys(self, entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the keys of an improvement only where one is under the cursor."""
        kept = {*ALWAYS, "propose", "go on", "week"}
        if self.current_item() is None:
            entries = [each for each in entries if each[1] in kept]
        return [
            each
            for each in entries
            if each[1] != "propose" or (self._proposal is not None and self._proposal.choices)
        ]

    def action_planned(self) -> None:
        """Take into the shown week, or drop from it; more than the budget needs a reason."""
        ids = self.targets()
        if ids:
            self.toggle_plan(ids, self.week)
        else:
            self.say_nothing_there()

    def action_pin(self) -> None:
        """Pin, or let loose."""
        self.change(lambda ids: self.desk.toggle_pin(self.week, ids))

    def action_hours(self) -> None:
        """Edit the hours that this week gives to the item."""
        row = self._rows.taken.get(self.rows.current)
        if row is None:
            self.say("Take it into the plan first: p.")
            return
        from hansei_tui.modals.prompt import Prompt

        def save(text: str | None) -> None:
            if text:
                self.change(lambda _: self.desk.set_hours(self.week, row.item.id, text))

        heading = f"Hours for {row.item.id} in week {self.week.number}"
        self.app.push_screen(Prompt(heading, f"{row.item.hours:g}"), save)

    def action_propose(self) -> None:
        """Show the proposal in full, to take it or not."""
        proposal = self._proposal
        if proposal is None:
            self.say("The proposal is being computed.")
            return
        from hansei_tui.modals.proposal import ProposalDialog

        items = self.desk.improvements()
        titles = {row: item.title for row, item in items.items()}

        def take(which: str | None) -> None:
            if which == "value":
                self._value = "impact" if self._value == "priority" else "priority"
                self._show_again = True
                self.refresh_data()
            elif which is not None:
                choices = proposal.choices if which == "exact" else proposal.top_down
                self.change(lambda _: self.desk.accept(self.week, choices), needed=False)

        ratio = self._outlook.ratio if self._outlook else None
        width = min(72, self.app.size.width * 96 // 100 - 4)
        text = view.proposal_text(proposal, titles, ratio, width)
        self.app.push_screen(ProposalDialog(f"Proposal for week {self.week.number}", text), take)

    def action_measure(self) -> None:
        """Take a number for the improvement under the cursor."""
        item = self.current_item()
        if item is not None:
            from hansei_tui.screens.measuring import ask_measure

            ask_measure(self, item)

    def action_capacity(self) -> None:
        """Give the shown week its own hours, budget or kind."""
        from hansei_tui.modals.prompt import Feedback, Prompt

        plan = self.desk.plan(self.week)

        def check(text: str) -> Feedback:
            if not text.strip():
                return Feedback(plain("32, budget 6, holiday 24 Easter, innovation 30, usual"))
            try:
                return Feedback(plain(view.capacity_words(parse_capacity(text), plan)))
            except HanseiError as error:
                return Feedback(plain(error.hint), wrong=True)

        def save(text: str | None) -> None:
            if text is not None and text.strip():
                self.change(
                    lambda _: self.desk.set_capacity(self.week, parse_capacity(text)), needed=False
                )
                self.point_out_secrets(text)

        heading = f"What does week {self.week.number} hold?"
        self.app.push_screen(Prompt(heading, check=check), save)

    def action_earlier(self) -> None:
        """Show the week before."""
        self._go(self.week.previous)

    def action_later(self) -> None:
        """Show the week after."""
        self._go(self.week.next)

    def action_this_week(self) -> None:
        """Show this week."""
        self._go(self.desk.this_week())

    def action_step(self) -> None:
        """Go on with the ritual: its questions, then the selection here, then the week."""
        week = self.desk.this_week()
        if self.week != week:
            self.say("The ritual plans this week; 0 goes there.")
            return
        plan = self.desk.plan(week)
        step = self.desk.step(week)
        active = running_step(plan.steps)
        try:
            if active is not None and active.step is Step.SELECT:
                upcoming = self.desk.finish_step(week, Step.SELECT)
                minutes = self.desk.ritual_time(week).actual_minutes
                said = f"Planned in {minutes:g} minutes; s starts the timer on a row"
                if upcoming is not Step.EXECUTE:
                    said = f"Selected; {upcoming} is still open, n goes there"
                self.changed(said)
            elif step is Step.EXECUTE:
                self.say("The week is planned; N goes back to the questions.")
            elif step is not Step.SELECT:
                self.app.switch_mode("ritual")
            else:
                self.desk.begin_step(week, Step.SELECT)
                self.changed("Select: P proposes, p takes or drops, n when the week is full")
        except HanseiError as error:
            self.fail(error)

    def action_step_back(self) -> None:
        """Go back to the ritual's questions."""
        self.hansei.ritual = Step.PRIORITISE.value
        self.app.switch_mode("ritual")

    def action_details(self) -> None:
        """Show or hide the detail pane."""
        self.toggle_class("-details")
        self.call_after_refresh(self._show_detail)

    @on(Proposed)
    def _proposed(self, event: Proposed) -> None:
        if event.request == self._request:
            self._proposal = event.proposal
            self._show()
            if self._show_again:
                self._show_again = False
                self.action_propose()

    @on(LookedBack)
    def _looked_back(self, event: LookedBack) -> None:
        if event.request == self._request:
            self._outlook = event.outlook
            self._show_outlook()

    @on(FittedText.Fitted)
    def _fitted(self) -> None:
        self._show_detail()

    @on(LineList.Moved, "#plan")
    def _moved(self) -> None:
        self.show_keys()
        self._show_detail()

    @on(LineList.Opened, "#plan")
    def _opened(self) -> None:
        self.action_details()

    @work(thread=True, exclusive=True, group="proposal", exit_on_error=False)
    def _propose(self, request: int, week: Week, value: ValueBy) -> None:
        self.post_message(self.Proposed(request, self.desk.proposal(week, value)))
        self.post_message(self.LookedBack(request, self.desk.outlook(week)))

    def _go(self, week: Week) -> None:
        self.week = week
        self._proposal = None
        self.refresh_data()

    def _show(self) -> None:
        week = self.desk.week(self.week)
        plan = week.plan
        bar = self.query_one(BudgetBar)
        bar.budget, bar.taken, bar.worked = (
            plan.budget_hours,
            plan.taken_hours,
            week.tracked_hours,
        )
        note = plan.over_budget_reason if week.is_over_budget else ""
        self.query_one("#head", Static).update(
            assemble(
                (view.week_name(self.week, self.desk.this_week()), "bold"),
                (f"  {view.capacity_of(plan)}", "$quiet"),
                (f"  {one_line(note).plain}" if note else "", "$warning"),
            )
        )
        self._show_ritual()
        self._show_days()
        is_past = self.week < self.desk.this_week()
        self._rows = view.rows_of(week, None if is_past else self._proposal)
        self.rows.show(self._rows.ids, self._cells, self._note())
        self.query_one("#foot", Static).update(
            view.past_line(week) if is_past else view.foot(self._proposal)
        )
        if self.rows.current in {view.TAKEN, view.IDEAS} and len(self._rows.ids) > 1:
            self.rows.action_down()
        self.show_keys()
        self._show_detail()

    def _show_ritual(self) -> None:
        times, total = self.desk.step_times(self.week), self.desk.ritual_time(self.week)
        budget = self.desk.plan(self.week).budget_hours
        self.query_one("#ritual", Static).update(
            outlook.ritual_line(times, total, budget, self.size.width - 2)
        )

    def _show_days(self) -> None:
        tracked, today = self.desk.days(self.week), self.desk.today()
        self.query_one("#days", Static).update(
            outlook.days_line(self.week, tracked, today, self.size.width)
        )

    def _show_outlook(self) -> None:
        if self._outlook is None:
            return
        signs, pace = self._outlook.signs, self._outlook.pace
        tall = self.size.height >= _TALL
        self.set_class(tall, "-tall")
        self.query_one("#signs", Static).update(
            outlook.signs_text(signs) if tall else outlook.signs_line(signs)
        )
        self.query_one("#pace", Static).update(
            outlook.pace_text(pace) if tall else outlook.pace_line(pace)
        )

    def _cells(self, row: str) -> Row:
        if row in self._rows.taken:
            return view.taken_row(self._rows.taken[row], self.desk.running())
        if row in self._rows.ideas:
            exact = self._proposal is not None and row in self._proposal.ids
            return view.idea_row(self._rows.ideas[row], self.desk.improvement(row), exact=exact)
        return view.head_row(row)

    def _note(self) -> str:
        if self.week < self.desk.this_week():
            return "This week was not planned; that happens."
        if self._proposal is None:
            return "Looking for what fits …"
        if not self.desk.improvements():
            return "Nothing to plan yet.\n\n1   close a session with a retro\na   add one in a line"
        return "Nothing is ready for this week.\n3 goes to the backlog: score what waits there."

    def _show_detail(self) -> None:
        if not self.has_class("-details"):
            return
        item = self.current_item()
        text = self.query_one("#detail-text", Static)
        if item is None:
            text.update(plain(view.step_help(self.desk.step(self.week))))
            return
        around = backlog_view.Setting(
            now=self.desk.now(),
            bins=self.desk.bins,
            theme_name=self.desk.workspace.theme_names().get(item.theme_id, ""),
            is_planned=item.id in self._rows.taken,
            width=self.pane_width(),
        )
        text.update(backlog_view.detail_of(item, around))
