"""Every open improvement: as a list, a board and a matrix, with a live filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Input, Static

from hansei_core.backlog import board, is_shown, matrix
from hansei_core.filters import FilterError
from hansei_core.improvement import Improvement
from hansei_tui.keys import bindings
from hansei_tui.screens import backlog_view as view
from hansei_tui.screens.backlog_saved import SavedViews
from hansei_tui.screens.base import ALWAYS
from hansei_tui.text import assemble, plain
from hansei_tui.widgets.board import Board
from hansei_tui.widgets.filter_line import FilterLine, FilterWords
from hansei_tui.widgets.fitted import FittedText
from hansei_tui.widgets.line_list import LineList
from hansei_tui.widgets.matrix import Matrix

if TYPE_CHECKING:
    from hansei_core.views import View


_BESIDE: Final = 100
"""Columns of a window from which the details stand beside the list by themselves."""
_BELOW: Final = 40
"""Rows of a window from which they stand below the board, whose columns need the width."""
_VIEWS: Final = ("list", "board", "matrix")


class BacklogScreen(SavedViews):
    """The Backlog area."""

    AREA = "backlog"
    CSS_PATH = "backlog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("backlog")]
    AUTO_FOCUS = "#list"

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed through unchanged
        self.items: dict[str, Improvement] = {}
        self.filter_text = ""
        self.sort = view.SORTS[0]
        self.is_reverse = False
        self._view = "list"
        self._unscored = 0
        self._detailed = {"list": False, "board": False}
        """Whether the details are shown, by view."""

    def area(self) -> Iterable[Widget]:
        """Heading, filter line, the three views and the detail pane."""
        yield Static(id="head")
        yield FilterLine(completes=FilterWords(self.desk.known_words))
        yield Container(
            ContentSwitcher(
                LineList(view.COLUMNS, id="list"),
                Board(id="board"),
                Matrix(id="matrix"),
                initial="list",
                id="views",
            ),
            VerticalScroll(FittedText(id="detail-text"), id="detail", can_focus=False),
            id="panes",
        )

    def on_mount(self) -> None:
        """Show the detail pane where there is room for it."""
        super().on_mount()
        size = self.app.size
        self._detailed = {"list": size.width >= _BESIDE, "board": size.height >= _BELOW}
        self.set_class(self._detailed["list"], "-details")
        if self.restore_view():
            self._seen = self.hansei.version  # it need not be read again for the first paint

    @property
    def rows(self) -> LineList:
        """The list view."""
        return self.query_one("#list", LineList)

    @on(FittedText.Fitted)
    def _fitted(self) -> None:
        self._show_detail()

    def refresh_data(self) -> None:
        """Read the improvements that the filter lets through, in order."""
        try:
            found = self.desk.select(self.filter_text, self.sort, reverse=self.is_reverse)
        except FilterError:
            return
        self._show(found)

    def current_item(self) -> Improvement | None:
        """Return the improvement under the cursor of the view in front."""
        if self._view == "board":
            return self.desk.improvement(self.query_one(Board).current)
        return self.desk.improvement(self.rows.current)

    def targets(self) -> list[str]:
        """Return the ids that keys act on."""
        if self._view == "matrix":
            return []
        if self._view == "board" and not self.rows.marks:
            current = self.query_one(Board).current
            return [current] if current else []
        return [row for row in self.rows.targets if self.desk.improvement(row) is not None]

    def useful_keys(self, entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the keys of an improvement only where one is under the cursor."""
        if self._view == "matrix":
            kept = {*ALWAYS, "filter", "view", "views"}
            return [("⏎", "list the cell"), *(each for each in entries if each[1] in kept)]
        if self.current_item() is not None:
            return entries
        kept = {*ALWAYS, "view", "views", *({"filter"} if self.filter_text else ())}
        return [each for each in entries if each[1] in kept]

    def say_nothing_there(self) -> None:
        """Say why a key has nothing to act on."""
        if self._view == "matrix" and self.items:
            self.say("The matrix shows cells; enter lists one, then keys act on its rows.")
        else:
            super().say_nothing_there()

    def close_something(self) -> bool:
        """Leave the filter line, the filter, the marks, the view or the detail pane."""
        if self.has_class("-filtering") and self.query_one("#filter").has_focus:
            self._filter_by("")
            return True
        if super().close_something() or self.rows.clear_marks():
            return True
        if self.filter_text:
            self.view_name = ""
            self._filter_by("")
            return True
        if self._view != "list":
            self._show_view("list")
            return True
        return False

    def action_filter(self) -> None:
        """Open the filter line."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()
        self._say_filter("")

    def action_sort(self) -> None:
        """Sort by the next column."""
        place = view.SORTS.index(self.sort) if self.sort in view.SORTS else -1
        self._sort_by(view.SORTS[(place + 1) % len(view.SORTS)])

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._sort_by(self.sort, reverse=not self.is_reverse)

    def action_view(self) -> None:
        """Show the same items in the next view."""
        place = _VIEWS.index(self._view)
        self._show_view(_VIEWS[(place + 1) % len(_VIEWS)])

    def action_details(self) -> None:
        """Show or hide the detail pane."""
        if self._view == "matrix":
            self.say("The matrix has no details: enter lists a cell.")
            return
        self.toggle_class("-details")
        self._detailed[self._view] = self.has_class("-details")
        self.call_after_refresh(self._show_detail)

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        event.stop()
        self.filter_text = event.value
        try:
            self.desk.check_filter(event.value)
        except FilterError as error:
            self.query_one(FilterLine).say_wrong(event.value, error)
            return
        self._say_filter("")
        self.refresh_data()

    @on(Input.Submitted, "#filter")
    def _filter_done(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_class(bool(self.filter_text), "-filtering")
        self._front().focus()

    @on(LineList.Moved, "#list")
    def _moved(self) -> None:
        self._show_detail()

    @on(Board.Moved)
    def _moved_on_board(self) -> None:
        self.show_keys()
        self._show_detail()

    @on(Board.Opened)
    def _card_opened(self) -> None:
        self.action_details()

    @on(Board.Marked)
    def _cards_marked(self, event: Board.Marked) -> None:
        marks = self.rows.marks | event.row_ids if event.is_on else self.rows.marks - event.row_ids
        self.rows.set_marks(marks)

    @on(LineList.Marked, "#list")
    def _marked(self) -> None:
        self.query_one(Board).show_marks(self.rows.marks)
        self._show_head()

    @on(LineList.HeadingClicked, "#list")
    def _heading_clicked(self, event: LineList.HeadingClicked) -> None:
        name = view.SORT_OF.get(event.key)
        if name is not None:
            self._sort_by(name, reverse=name == self.sort and not self.is_reverse)

    @on(LineList.Opened, "#list")
    def _opened(self) -> None:
        self.action_details()

    @on(Matrix.Opened)
    def _cell_opened(self, event: Matrix.Opened) -> None:
        self._filter_by(view.cell_filter(event.impact, event.effort, self.desk.bins))
        self._show_view("list")

    def _set_filter(self, text: str) -> None:
        self.filter_text = text
        self.query_one(FilterLine).put(text)
        self.set_class(bool(text), "-filtering")
        if text:
            self._say_filter("")

    def _filter_by(self, text: str) -> None:
        self._set_filter(text)
        field = self.query_one("#filter", Input)
        if not text or field.has_focus:
            self._front().focus()
        self.refresh_data()

    def present_view(self) -> View:
        """Return what is shown now."""
        from hansei_core.views import View

        text = self.filter_text if _can_be_read(self.filter_text) else ""
        return View(self.view_name, text, self.sort, self.is_reverse, self._view)

    def show_view(self, view: View) -> None:
        """Show a saved view."""
        self.view_name = view.name
        self.sort, self.is_reverse = view.sort, view.reverse
        self._set_filter(view.filter)
        self._show_view(view.layout)
        self.refresh_data()

    def column(self) -> Sequence[Improvement]:
        """Return the cards of the cursor's column, where the board is in front."""
        return self.query_one(Board).column if self._view == "board" else ()

    def shown_ids(self) -> Sequence[str]:
        """Return the ids that the list shows."""
        return self.rows.ids

    def has_marks(self) -> bool:
        """Return whether rows are marked."""
        return bool(self.rows.marks)

    def clear_marks(self) -> None:
        """Take all marks away."""
        self.rows.clear_marks()

    def go_to(self, improvement_id: str) -> None:
        """Put the cursor on an improvement; a filter that hides it is cleared."""
        if improvement_id not in self.items:
            self.view_name = ""
            self._filter_by("")
        if self._view == "board" and self.query_one(Board).move_to(improvement_id):
            self.query_one(Board).refresh()
        self.rows.move_to(improvement_id)
        self._show_detail()

    def _sort_by(self, name: str, *, reverse: bool = False) -> None:
        self.sort, self.is_reverse = name, reverse
        self.refresh_data()

    def _show_view(self, name: str) -> None:
        came_from, self._view = self._view, name
        if name == "board" and came_from == "list":
            self._fill_board(follow=self.rows.current)
        elif came_from == "board" and name != "board":
            self.rows.move_to(self.query_one(Board).current)
        self.set_class(name == "matrix", "-matrix")
        self.set_class(name == "board", "-board")
        self.set_class(self._detailed.get(name, False), "-details")
        self.query_one("#views", ContentSwitcher).current = name
        self._front().focus()
        self._fill_view()
        self._show_head()
        self._show_detail()
        self.show_keys()

    def _front(self) -> Widget:
        return self.query_one(f"#{self._view}")

    def _show(self, found: list[Improvement]) -> None:
        self.items = {item.id: item for item in found}
        now, planned, running = self.desk.now(), self.desk.planned(), self.desk.running()
        items, blocked, limits = self.items, self.desk.blocked(), self.desk.limits
        is_usual = self.sort == view.SORTS[0] and not self.is_reverse
        self.rows.sorted_by = ("" if is_usual else view.COLUMN_OF[self.sort], self.is_reverse)
        self.rows.show(
            list(items),
            lambda row: view.row_of(items[row], now, planned, running, blocked, limits=limits),
            self._note(),
        )
        self._fill_view()
        self._show_head()
        self._show_detail()
        self.show_keys()

    def _fill_view(self) -> None:
        """Fill the board or the matrix where one of them is in front."""
        if self._view == "matrix":
            cells = matrix(self.items.values(), self.desk.bins)
            self._unscored = len(cells.unscored)
            self.query_one(Matrix).show(view.matrix_cells(cells), self.desk.bins)
        elif self._view == "board":
            self._fill_board()

    def _fill_board(self, follow: str = "") -> None:
        running, planned = self.desk.running(), self.desk.planned()
        blocked = self.desk.blocked()
        self.query_one(Board).show(
            board(self._on_board(), self.desk.now()),
            self.rows.marks,
            lambda item: view.flags_of(item, planned, running, blocked),
            follow,
        )

    def _on_board(self) -> Iterable[Improvement]:
        """Return the filter's items; without a filter also what was finished lately."""
        if self.filter_text:
            return self.items.values()
        today = self.desk.today()
        everything = self.desk.improvements().values()
        return (item for item in everything if item.stage.is_finished or is_shown(item, today))

    def _note(self) -> str:
        if self.filter_text:
            return "Nothing matches this filter.\nesc clears it."
        return (
            "No open improvement yet.\n\n"
            "a   add one in a line: Pool connections +perf impact:8\n"
            "1   close a session with a retro: one to three of them\n"
            "2   see what recurs, and promote a theme\n\n"
            "hansei demo   shows all of it on sample sessions"
        )

    def _show_head(self) -> None:
        counts = self.desk.counts()
        parts = [("Backlog", "bold"), ("  ", "")]
        if self.view_name:
            parts += [(self.view_name, "$accent bold"), ("  ", "")]
        parts.append(
            (view.summary_of(tuple(self.items.values()), counts.open, counts.inbox), "$quiet")
        )
        marked = len(self.rows.marks)
        if marked:
            hidden = marked - sum(row in self.items for row in self.rows.marks)
            parts.append((f"  ● {marked} marked", "$accent bold"))
            parts.append((f" ({hidden} not shown)" if hidden else "", "$accent"))
        if self._view != "list":
            parts.append((f"  {self._view}", "$accent"))
        if self._view == "matrix" and self._unscored:
            parts.append((f"  {self._unscored} unscored are not in it", "$quiet"))
        if self._view == "list" and (self.sort != view.SORTS[0] or self.is_reverse):
            turned = " ▴" if self.is_reverse else ""
            parts.append((f"  by {self.sort}{turned}", "$accent"))
        if counts.broken:
            parts.append((f"  {counts.broken} unreadable: hansei doctor", "$error"))
        self.query_one("#head", Static).update(assemble(*parts))

    def _show_detail(self) -> None:
        if not self.has_class("-details"):
            return
        item = self.current_item() if self._view != "matrix" else None
        text = self.query_one("#detail-text", Static)
        if item is None:
            text.update(plain(""))
            return
        from hansei_tui.record_view import measurements_of

        around = view.Setting(
            now=self.desk.now(),
            bins=self.desk.bins,
            theme_name=self.desk.workspace.theme_names().get(item.theme_id, ""),
            is_planned=item.id in self.desk.planned(),
            waits_for=tuple(each.id for each in self.desk.blockers(item.id)),
            is_too_big=self.desk.too_big(item),
            measured=measurements_of(self.desk.workspace, item.id),
            limits=self.desk.limits,
            width=self.pane_width(),
        )
        text.update(view.detail_of(item, around))

    def _say_filter(self, text: str) -> None:
        hint = "" if self.filter_text else view.filter_hint()
        self.query_one(FilterLine).say(text or hint)


def _can_be_read(text: str) -> bool:
    from hansei_core.filters import parse

    try:
        parse(text)
    except FilterError:
        return False
    return True
