"""The keys of the Backlog that cut, join, order and tie improvements."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hansei_core.improvement import Improvement
from hansei_tui.screens.backlog_verbs import BacklogVerbs
from hansei_tui.screens.item_dialogs import ask_defer, ask_export, check_parts, named
from hansei_tui.words import hours


class ShapeVerbs(BacklogVerbs):
    """Split, merge, order, block, defer, review."""

    def column(self) -> Sequence[Improvement]:
        """Return the cards of the cursor's column on the board; none where it is not in front."""
        return ()

    def action_defer(self) -> None:
        """Put off until a day, with the reason."""
        if ids := self.targets():
            ask_defer(self, ids)

    def action_higher(self) -> None:
        """One card up."""
        self._reorder(-1)

    def action_lower(self) -> None:
        """One card down."""
        self._reorder(1)

    def action_review(self) -> None:
        """Tick the review, or take the tick away."""
        self.change(self.desk.review)

    def action_tick(self) -> None:
        """Tick the lines of the cursor's checklists."""
        item = self.current_item()
        if item is None:
            return
        from hansei_core.record import CHECKLISTS
        from hansei_core.verbs.checklists import lines_of
        from hansei_core.vocabulary import Stage
        from hansei_tui.modals.checklist import ChecklistDialog, Ticks

        lists = {stage: lines_of(item, stage) for stage in CHECKLISTS}
        before = {
            stage: {place for place, line in enumerate(found, 1) if line.done_at is not None}
            for stage, found in lists.items()
        }
        stage = Stage.VALIDATION if item.stage is Stage.DONE else item.stage

        def save(ticks: Ticks | None) -> None:
            if ticks is not None and ticks != before:
                self.change(lambda _: self.desk.tick(item.id, ticks))

        start = stage if stage in lists else Stage.ANALYSIS
        self.app.push_screen(ChecklistDialog(f"Checklists of {item.id}", lists, start), save)

    def action_split(self) -> None:
        """Cut the cursor's improvement in parts."""
        item = self.current_item()
        if item is None:
            return
        from hansei_tui.modals.parts import PartsDialog

        def save(lines: list[str] | None) -> None:
            if lines:
                self.change(lambda _: self.desk.split(item.id, lines))
                self.point_out_secrets("\n".join(lines))

        big = f" ({hours(item.hours)})" if item.hours else ""
        hint = (
            "The first line keeps the id, the evidence and the history. hours:4 gives a part its "
            "hours; what is left of the estimate is shared."
        )
        self.app.push_screen(
            PartsDialog(
                f"Split {item.id}{big}: a line for each part",
                f"{item.title}\n",
                lambda lines: check_parts(self.desk, lines),
                hint,
            ),
            save,
        )

    def action_merge(self) -> None:
        """Merge the marked twins, or the cursor's into another one."""
        ids = self.targets()
        if len(ids) > 1:
            self._ask_which_stays(ids)
        elif ids:
            self._pick(f"Merge {ids[0]} into", ids, lambda other: self._merge(other, ids))

    def action_blocks(self) -> None:
        """Choose what cannot start before the cursor's improvement; once more takes it back."""
        item = self.current_item()
        if item is None:
            return
        marked = [row for row in self.targets() if row != item.id]
        if marked:
            self.change(lambda _: self.desk.toggle_block(item.id, marked))
            return
        self._pick(
            f"What waits for {item.id}? ✓ does",
            [item.id],
            lambda other: self.change(lambda _: self.desk.toggle_block(item.id, [other])),
            ticked=item.blocks,
        )

    def action_blocker(self) -> None:
        """Go to the first unfinished improvement that the cursor's waits for."""
        item = self.current_item()
        found = self.desk.blockers(item.id) if item else ()
        if not found:
            self.say("It waits for nothing.")
        else:
            self.go_to(found[0].id)

    def action_export(self) -> None:
        """Write the marked rows, or all that are shown, into a file."""
        ids = list(self.targets() if self.has_marks() else self.shown_ids())
        if ids:
            ask_export(self, ids)

    def has_marks(self) -> bool:
        """Return whether rows are marked."""
        return False

    def go_to(self, improvement_id: str) -> None:
        """Put the cursor on an improvement."""

    def _reorder(self, step: int) -> None:
        cards = self.column()
        ids = self.targets()
        if not cards:
            self.say("Cards are ordered on the board: b shows it.")
            return
        with self.telling():
            self.hold()
            label = self.desk.reorder(ids, cards, step)
            if label:
                self.changed(f"{label[:1].upper()}{label[1:]} · u undoes it")

    def _ask_which_stays(self, ids: Sequence[str]) -> None:
        """Ask which of the marked ones stays; the one seen most often is offered first."""
        items = [item for row in ids if (item := self.desk.improvement(row)) is not None]
        best = max(items, key=lambda item: (item.seen, len(item.history)))
        self._pick(
            f"Which of {named(ids)} stays?",
            (),
            lambda keep: self._merge(keep, [row for row in ids if row != keep]),
            among=[item.id for item in items],
            start=best.id,
        )

    def _merge(self, keep: str, others: Sequence[str]) -> None:
        self.change(lambda _: self.desk.merge(keep, others))
        self.clear_marks()
        self.go_to(keep)

    def clear_marks(self) -> None:
        """Take all marks away."""

    def _pick(
        self,
        heading: str,
        without: Sequence[str],
        then: Callable[[str], None],
        *,
        among: Sequence[str] = (),
        ticked: Sequence[str] = (),
        start: str = "",
    ) -> None:
        """Let the user choose an open improvement by typing part of it."""
        from hansei_tui.modals.picker import Choices, Picker
        from hansei_tui.widgets.line_list import Column, Row

        items = self.desk.improvements()
        near = [row for row in among or self.shown_ids() if row not in without and row in items]
        taken = {*near, *without, *ticked}
        rest = [
            item.id
            for item in items.values()
            if not among and item.stage.is_open and item.id not in taken
        ]

        def cells(row: str) -> Row:
            item = items[row]
            return (
                ("✓" if row in ticked else "", "good"),
                item.title,
                (item.stage.value, "quiet"),
                (row, "quiet"),
            )

        first = [row for row in ticked if row in items]
        choices = Choices(
            (
                Column("tick", "", 1),
                Column("title", "title", 0, gap=1),
                Column("stage", "stage", 14, need=70),
                Column("id", "id", 12),
            ),
            [*first, *(row for row in near if row not in first), *rest],
            cells,
            lambda row: f"{items[row].title} {row} {' '.join(items[row].tags)}",
            "no improvement like that",
            start=start,
        )

        def chosen(row: str | None) -> None:
            if row is not None:
                then(row)

        self.app.push_screen(Picker(heading, choices), chosen)

    def shown_ids(self) -> Sequence[str]:
        """Return the ids that are shown, in their order."""
        return ()
