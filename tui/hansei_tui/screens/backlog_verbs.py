"""The keys of the Backlog that change something; each acts on the marked rows or the cursor's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hansei_core.errors import HanseiError, UsageError
from hansei_core.improvement import Improvement
from hansei_core.vocabulary import STAGE_ORDER, Stage
from hansei_tui.screens.base import AreaScreen
from hansei_tui.screens.item_dialogs import (
    ask_defer,
    ask_snooze,
    ask_tags,
    copy,
    edit_in_editor,
    named,
)
from hansei_tui.widgets.line_list import LineList
from hansei_tui.words import count

if TYPE_CHECKING:
    from hansei_core.planning.week import Week


class ItemVerbs(AreaScreen):
    """Verbs on improvements that Backlog and Planner share."""

    def targets(self) -> list[str]:
        """Return the ids that keys act on."""
        return []

    def current_item(self) -> Improvement | None:
        """Return the improvement under the cursor."""
        return None

    def say_nothing_there(self) -> None:
        """Say that a key has nothing to act on."""
        self.say("There is no improvement here to act on; a adds one.")

    def hold(self) -> None:
        """Keep the cursor on its row, whatever the change does to the order."""
        for rows in self.query(LineList):
            rows.hold()

    def action_impact(self, digit: int) -> None:
        """Set the impact."""
        self.change(lambda ids: self.desk.score(ids, impact=digit))

    def action_effort(self, digit: int) -> None:
        """Set the effort; hours follow unless somebody typed them."""
        self.change(lambda ids: self.desk.score(ids, effort=digit))

    def action_title(self) -> None:
        """Edit the title."""
        item = self.current_item()
        if item is None:
            self.say_nothing_there()
            return
        from hansei_tui.modals.prompt import Prompt

        def save(title: str | None) -> None:
            if title is not None and title != item.title:
                self.change(lambda _: self.desk.retitle(item.id, title))
                self.point_out_secrets(title)

        self.app.push_screen(Prompt(f"Title of {item.id}", item.title), save)

    def action_modify(self) -> None:
        """Change several fields by one line."""
        from hansei_core.quickadd import parse_line

        ids = self.targets()
        if not ids:
            self.say_nothing_there()
            return
        from hansei_tui.modals.add import line_feedback, line_highlighter
        from hansei_tui.modals.prompt import Prompt

        today = self.desk.today()

        def save(text: str | None) -> None:
            if text and text.strip():
                self.change(lambda _: self.desk.modify(ids, parse_line(text, today, modify=True)))
                self.point_out_secrets(text)

        self.app.push_screen(
            Prompt(
                f"Modify {named(ids)}",
                check=lambda text: line_feedback(self.desk, text, modify=True),
                highlighter=line_highlighter(today, modify=True),
            ),
            save,
        )

    def action_done(self) -> None:
        """Move to done; a jump over stages is asked about and recorded."""
        self._move(self.targets(), Stage.DONE)

    def action_planned(self) -> None:
        """Take into this week's plan, or drop from it."""
        ids = self.targets()
        if ids:
            self.toggle_plan(ids, self.desk.this_week())
        else:
            self.say_nothing_there()

    def toggle_plan(self, ids: Sequence[str], week: Week) -> None:
        """Take into a week, or drop from it; what is beyond its budget needs a reason."""
        try:
            label = self.desk.toggle_plan(ids, week)
        except UsageError as error:
            self._ask_over_budget(ids, week, error)
            return
        except HanseiError as error:
            self.fail(error)
            return
        self.changed(f"{label[:1].upper()}{label[1:]} · u undoes it")

    def _ask_over_budget(self, ids: Sequence[str], week: Week, error: UsageError) -> None:
        if "fit" not in error.message:
            self.fail(error)
            return
        from hansei_tui.modals.prompt import Prompt

        def take(reason: str | None) -> None:
            if reason and reason.strip():
                self.change(
                    lambda _: self.desk.take_over_budget(ids, week, reason.strip()), needed=False
                )
                self.point_out_secrets(reason)

        self.app.push_screen(
            Prompt(f"{error.message}. Take it all the same?", placeholder="because …"), take
        )

    def action_timer(self) -> None:
        """Start the timer on the cursor's improvement, or stop the running one."""
        item = self.current_item()
        self.change(lambda _: self.desk.toggle_timer(item.id if item else ""), needed=False)

    def action_copy(self) -> None:
        """Copy the ids."""
        ids = self.targets()
        if ids:
            copy(self, " ".join(ids), named(ids))
        else:
            self.say_nothing_there()

    def action_copy_text(self) -> None:
        """Copy ids, titles and scores."""
        rows = []
        for row in self.targets():
            item = self.desk.improvement(row)
            if item is not None:
                score = f" ({item.impact}/{item.effort})" if item.is_scored else ""
                rows.append(f"{item.id} {item.title}{score}")
        if rows:
            copy(self, "\n".join(rows), count(len(rows), "line"))
        else:
            self.say_nothing_there()

    def action_tags(self) -> None:
        """Add and remove tags."""
        if ids := self.targets():
            ask_tags(self, ids)
        else:
            self.say_nothing_there()

    def action_snooze(self) -> None:
        """Hide until a day."""
        if ids := self.targets():
            ask_snooze(self, ids)
        else:
            self.say_nothing_there()

    def action_editor(self) -> None:
        """Edit every field of the cursor's improvement in the user's editor."""
        item = self.current_item()
        if item is not None:
            edit_in_editor(self, item.id)
        else:
            self.say_nothing_there()

    def change(self, verb: Callable[[Sequence[str]], str], *, needed: bool = True) -> None:
        """Run a verb on the targets, tell what it did, and how to take it back."""
        ids = self.targets()
        if needed and not ids:
            self.say_nothing_there()
            return
        self.hold()
        try:
            label = verb(ids)
        except HanseiError as error:
            self.fail(error)
            return
        self.changed(f"{label[:1].upper()}{label[1:]} · u undoes it")

    def _move(self, ids: Sequence[str], stage: Stage) -> None:
        """Move to a stage; ask first where the way there is no ordinary one, or work is full."""
        if not ids:
            self.say_nothing_there()
            return
        objections = self.desk.objections_to(ids, stage)
        if not objections:
            self.change(lambda _: self.desk.move(ids, stage, force=False))
            return
        from hansei_tui.modals.prompt import Question

        def answer(yes: bool | None) -> None:
            if yes:
                self.change(lambda _: self.desk.move(ids, stage, force=True))

        text = "\n".join(objections) + "\n\nThe history will say that it was confirmed."
        self.app.push_screen(Question(f"Move {named(ids)} to {stage}?", text), answer)


class BacklogVerbs(ItemVerbs):
    """Verbs that only the Backlog has."""

    def action_impact_up(self) -> None:
        """One point more."""
        self._step_impact(1)

    def action_impact_down(self) -> None:
        """One point less."""
        self._step_impact(-1)

    def action_stage(self) -> None:
        """Choose a stage from all of them."""
        ids = self.targets()
        if not ids:
            self.say_nothing_there()
            return
        from hansei_tui.modals.picker import Choices, Picker
        from hansei_tui.widgets.line_list import Column

        item = self.current_item()
        stages = [*STAGE_ORDER, Stage.DEFERRED, Stage.DECLINED]
        choices = Choices(
            (Column("stage", "stage", 0),),
            [stage.value for stage in stages],
            lambda stage: (stage,),
            str,
            "no stage like that",
            start=item.stage.value if item else "",
        )

        def chosen(stage: str | None) -> None:
            if stage == Stage.DEFERRED.value:
                ask_defer(self, ids)
            elif stage == Stage.DECLINED.value:
                self._ask_reason(ids, Stage(stage))
            elif stage is not None:
                self._move(ids, Stage(stage))

        self.app.push_screen(Picker(f"Move {named(ids)} to", choices), chosen)

    def action_stage_on(self) -> None:
        """One stage on."""
        self._step_stage(1)

    def action_stage_back(self) -> None:
        """One stage back."""
        self._step_stage(-1)

    def action_trash(self) -> None:
        """Move to the trash."""
        self.change(self.desk.trash)
        for rows in self.query(LineList):
            rows.clear_marks()

    def _step_impact(self, step: int) -> None:
        item = self.current_item()
        if item is not None and item.impact is None:
            step += 5
        impact = max(1, min(((item.impact or 0) if item else 0) + step, 10))
        self.change(lambda ids: self.desk.score(ids, impact=impact))

    def _step_stage(self, step: int) -> None:
        item = self.current_item()
        if item is None or not self.targets():
            self.say_nothing_there()
            return
        if item.stage not in STAGE_ORDER:
            self.say(f"{item.id} is {item.stage}: D moves it to any stage.")
            return
        place = STAGE_ORDER.index(item.stage) + step
        if 0 <= place < len(STAGE_ORDER):
            self._move(self.targets(), STAGE_ORDER[place])
        else:
            self.say(f"{item.id} is in the {'last' if step > 0 else 'first'} stage.")

    def _ask_reason(self, ids: Sequence[str], stage: Stage) -> None:
        from hansei_tui.modals.prompt import Prompt

        def save(reason: str | None) -> None:
            if reason is not None:
                self.change(lambda _: self.desk.move(ids, stage, force=True, reason=reason))
                self.point_out_secrets(reason)

        self.app.push_screen(Prompt(f"Why is {named(ids)} {stage}?"), save)
