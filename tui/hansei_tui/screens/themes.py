"""What recurs over all sessions: its cost, its trend, its evidence, and the way to end it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static

from hansei_core.filters import FilterError
from hansei_core.improvement import Improvement
from hansei_core.themes.heatmap import by_project, by_week
from hansei_core.themes.model import Document, ThemeReport
from hansei_tui.keys import bindings
from hansei_tui.screens import themes_maps as maps
from hansei_tui.screens import themes_view as view
from hansei_tui.screens.themes_reading import ThemesReading
from hansei_tui.text import assemble, plain
from hansei_tui.theme_view import ThemeQuery, ThemesPage
from hansei_tui.widgets.evidence_filter import EvidenceWords
from hansei_tui.widgets.filter_line import FilterLine
from hansei_tui.widgets.line_list import LineList, Row


class Facts(VerticalScroll):
    """What is known of a theme in words; it scrolls by the keys of lists."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("ctrl+d", "page_down", show=False),
        Binding("ctrl+u", "page_up", show=False),
        Binding("G", "scroll_end", show=False),
    ]


class ThemesScreen(ThemesReading):
    """The Themes area."""

    AREA = "themes"
    CSS_PATH = "themes.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("themes")]
    AUTO_FOCUS = "#themes"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.window: int | None = 30
        self.sort = view.SORTS[0]
        self.filter_text = ""
        self._view = view.VIEWS[0]
        self._linked: dict[str, list[Improvement]] = {}
        self._evidence: dict[str, Document] = {}
        self._evidence_of = ""
        self._back = 0
        """Columns of a map that lie behind what is shown, where it has been moved."""
        self._legend = ""
        """What the numbers of a map are."""
        self._from_top = True
        """Whether the next rows are others altogether: then the first is looked at first."""

    def area(self) -> Iterable[Widget]:
        """Heading, filter, list and detail pane."""
        yield Static(id="head")
        yield FilterLine(self.desk.check_theme_filter, EvidenceWords(self._words))
        yield Static(id="says")
        yield Container(
            LineList(view.COLUMNS, id="themes"),
            Vertical(
                Facts(Static(id="detail-text"), id="facts"),
                Static(id="evidence-head"),
                LineList(view.EVIDENCE_COLUMNS, headings=False, id="evidence"),
                id="detail",
            ),
            id="panes",
        )

    def on_mount(self) -> None:
        """Show the detail pane where there is room for it."""
        super().on_mount()
        self.add_class("-details")

    @property
    def rows(self) -> LineList:
        """The list."""
        return self.query_one("#themes", LineList)

    @property
    def evidence(self) -> LineList:
        """The evidence of what the cursor is on."""
        return self.query_one("#evidence", LineList)

    def pane_width(self) -> int:
        """Return the columns that text in the detail pane has."""
        return self.query_one("#facts").scrollable_content_region.width or 36

    def on_resize(self) -> None:
        """Lay out anew for the new width."""
        self.call_after_refresh(self._show)

    def refresh_data(self) -> None:
        """Read the themes beside the event loop."""
        self._linked = self.desk.improvements_by_theme()
        self._stale = self.desk.stale_sources()
        self.ask(anew=True)
        self._show_head()

    def useful_keys(self, entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the keys of a theme only where one is under the cursor."""
        useless: set[str] = set()
        more: list[tuple[str, str]] = []
        if self.current() is None:
            useless |= {"promote", "link"}
        if self._view == "once" and self.thing():
            more = [("M", "into a theme")]
        if self.has_class("-map") or (self._view == "list" and self.current() is None):
            useless.add("details")
        if self._view not in view.SORTED:
            useless.add("sort")
        if self.has_class("-open"):
            useless |= {"view", "window", "filter", "sort"}
            more = [("⏎", "log"), ("space", "mark"), ("esc", "back"), *more]
        if self._learning:
            more = [("esc", "stop learning"), *more]
        return [*more, *(each for each in entries if each[1] not in useless)]

    def close_something(self) -> bool:
        """Stop learning, leave the filter line, the details, the marks, the filter or the view."""
        if self.stop_learning():
            return True
        if self.query_one("#filter").has_focus:
            self._filter_by("")
            return True
        if self.evidence.clear_marks() or self.rows.clear_marks():
            return True
        if self.has_class("-open") or not self.rows.has_focus:
            self._close_evidence()
            return True
        if self.filter_text:
            self._filter_by("")
            return True
        if self._view != view.VIEWS[0]:
            self._show_view(view.VIEWS[0])
            return True
        return False

    def action_filter(self) -> None:
        """Narrow what counts."""
        self.remove_class("-open")
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()
        self.query_one(FilterLine).say("" if self.filter_text else view.filter_hint())

    def action_sort(self) -> None:
        """Sort by the next column."""
        place = view.SORTS.index(self.sort)
        self.sort = view.SORTS[(place + 1) % len(view.SORTS)]
        self._show()

    def action_view(self) -> None:
        """Show the next view of the same evidence."""
        place = view.VIEWS.index(self._view)
        self._show_view(view.VIEWS[(place + 1) % len(view.VIEWS)])

    def action_next_pane(self) -> None:
        """Give the keys to the next pane; on a map, go to what lies behind it."""
        if self.has_class("-map") and not self.has_class("-open"):
            self._pan(-1 if self._view == "weeks" else 1)
        else:
            super().action_next_pane()

    def action_previous_pane(self) -> None:
        """Give the keys to the pane before; on a map, go to what lies before it."""
        if self.has_class("-map") and not self.has_class("-open"):
            self._pan(1 if self._view == "weeks" else -1)
        else:
            super().action_previous_pane()

    def action_shorter(self) -> None:
        """Look less far back."""
        self._step_window(-1)

    def action_longer(self) -> None:
        """Look further back."""
        self._step_window(1)

    def action_details(self) -> None:
        """Show or hide the detail pane; evidence that fills the window is closed."""
        if self.has_class("-open"):
            self._close_evidence()
            return
        if self.has_class("-map"):
            self.say("A map has no details: enter opens the evidence of a theme.")
            return
        self.toggle_class("-details")
        if not self.has_class("-details") and not self.query_one("#filter").has_focus:
            self.rows.focus()
        self.call_after_refresh(self._show)

    def current(self) -> ThemeReport | None:
        """Return the theme under the cursor; None in views of something else."""
        return self._reports.get(self.rows.current)

    def marked(self) -> list[Document]:
        """Return the marked pieces of evidence."""
        marks = self.evidence.marks
        return [each for row, each in self._evidence.items() if row in marks]

    def looked_at(self) -> Document | None:
        """Return the piece of evidence under the cursor."""
        return self._evidence.get(self.evidence.current)

    def targets(self) -> list[ThemeReport]:
        """Return the marked themes, those that a filter hides left out; else the cursor's."""
        found = [self._reports[row] for row in self.rows.targets if row in self._reports]
        return found if self.rows.marks and found else super().targets()

    def thing(self) -> Sequence[Document]:
        """Return the texts of what was seen once or twice, where the cursor is on such a thing."""
        found = self._once.get(self.rows.current) if self._view == "once" else None
        return found.documents if found else ()

    def open_details(self) -> None:
        """Give the keys to the evidence; where there is little room, let it take all of it."""
        if not self.has_class("-wide") or self.has_class("-map"):
            self.add_class("-open")
        self.add_class("-details")
        self.evidence.focus()
        self.call_after_refresh(self._show_detail)
        self.show_keys()

    def _close_evidence(self) -> None:
        self.remove_class("-open")
        self.rows.focus()
        self.call_after_refresh(self._show_detail)

    def query_now(self) -> ThemeQuery:
        """Return the present window and filter."""
        return ThemeQuery(self.window, filter=self.filter_text)

    def fill(self) -> None:
        """Say what is known while nothing is read yet, and once it is."""
        if self.page is not None and not self.page.view.looked_at:
            self._show()

    def show_page(self, page: ThemesPage) -> None:
        """Show what was found."""
        self.page = page
        self._reports = {each.theme.id: each for each in page.view.reports}
        self._show()
        if self._from_top:
            self._from_top = False
            self.rows.action_first()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        line = self.query_one(FilterLine)
        try:
            self.desk.check_theme_filter(event.value)
        except FilterError as error:
            line.say_wrong(event.value, error)
            return
        line.say("" if event.value else view.filter_hint())
        self.filter_text = event.value
        self.ask()

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.set_class(bool(self.filter_text), "-filtering")
        self.rows.focus()

    @on(LineList.Moved, "#themes")
    def _moved(self) -> None:
        self._show_detail()

    @on(LineList.Opened, "#themes")
    def _opened(self) -> None:
        if self._view == "metrics":
            self.action_details()
        elif self.current() is not None or self.thing():
            self.open_details()

    @on(LineList.Marked, "#themes")
    def _theme_marked(self) -> None:
        self._show_head()

    @on(LineList.Marked, "#evidence")
    def _marked(self) -> None:
        self._show_evidence_head()

    @on(LineList.Opened, "#evidence")
    def _evidence_opened(self, event: LineList.Opened) -> None:
        document = self._evidence.get(event.row_id)
        if document is not None:
            self.open_evidence(document)

    def _filter_by(self, text: str) -> None:
        self.filter_text = text
        line = self.query_one(FilterLine)
        line.put(text)
        line.say("")
        self.set_class(bool(text), "-filtering")
        self.rows.focus()
        self.ask()

    def _step_window(self, step: int) -> None:
        place = view.WINDOWS.index(self.window) + step
        if 0 <= place < len(view.WINDOWS):
            self.window = view.WINDOWS[place]
            self._from_top = True
            self.ask()

    def _pan(self, step: int) -> None:
        """Move a map by half of what fits; `step` 1 is away from where it begins."""
        width = self.rows.scrollable_content_region.width or self.size.width
        room = maps.fitting(width, self._view)
        self._back = max(0, self._back + step * max(room // 2, 1))
        self._show()

    def _show_view(self, name: str) -> None:
        self._view = name
        self._back = 0
        self._legend = ""
        self.rows.clear_marks()
        self.remove_class("-open")
        self.set_class(name in ("weeks", "projects"), "-map")
        self.set_class(name == "metrics", "-metrics")
        self.rows.focus()
        self._show()
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if self.page is None:
            self._show_head()
            self.rows.show((), lambda _: (), "")
            return
        {
            "list": self._show_list,
            "weeks": self._show_map,
            "projects": self._show_map,
            "metrics": self._show_metrics,
            "once": self._show_once,
        }[self._view](self.page)
        self._show_head()
        self._show_detail()
        self.show_keys()

    def _show_head(self) -> None:
        head = self.query_one("#head", Static)
        if self.page is None:
            head.update(assemble(("Themes", "bold"), ("  looking at your sessions …", "$quiet")))
            return
        parts = [("Themes", "bold")]
        if self.rows.marks:
            parts.append((f"  ● {len(self.rows.marks)} marked", "$accent bold"))
        if self._view in view.SORTED and self.sort != view.SORTS[0]:
            parts.append((f"  by {self.sort}", "$accent"))
        strip = view.tabs(self._view)
        if self._view == "metrics":
            facts = view.metric_facts(self.page)
        else:
            facts = view.facts(self.page, self.desk.now(), filtered=bool(self.filter_text))
        head.update(view.head_line(parts, facts, strip, self._view, self.size.width - 2))
        says = self._legend or " · ".join(self.remarks())
        self.set_class(bool(says), "-saying")
        self.set_class(bool(self._legend), "-legend")
        self.query_one("#says", Static).update(plain(says))

    def _show_list(self, page: ThemesPage) -> None:
        found = {each.theme.id: each for each in view.ordered(page.view, self.sort)}
        now, weeks = self.desk.now(), page.view.weeks
        themes = self._known.state.themes if self._known else ()
        self.rows.marks &= {*found, *(theme.id for theme in themes if not theme.muted)}
        self.rows.set_columns(view.COLUMNS)
        self.rows.show(
            tuple(found),
            lambda row: view.row_of(found[row], now, weeks.get(row, ()), self.linked_to(row)),
            self._nothing(page),
        )

    def _show_map(self, page: ThemesPage) -> None:
        width = self.rows.scrollable_content_region.width or self.size.width
        reports = view.ordered(page.view, self.sort)
        make = by_week if self._view == "weeks" else by_project
        now = self.desk.now()
        looked_at, _ = page.in_window(now)
        totals = maps.totals_of(looked_at, self._view, now.tzinfo)
        room = maps.fitting(width, self._view)
        found, before, behind = maps.part_of(make(reports), totals, self._view, room, self._back)
        self._back = min(self._back, behind if self._view == "weeks" else before)
        cells: dict[str, Row] = maps.map_rows(
            found,
            {row.theme.id: view.marked_name(row, self.linked_to(row.theme.id)) for row in reports},
            {row.theme.id: len(row.sessions) for row in reports},
            totals,
            len(looked_at),
        )
        self._legend = maps.map_legend(found, self._view, before, behind) if cells else ""
        self.rows.set_columns(maps.map_columns(found, self._view))
        self.rows.show(tuple(cells), cells.__getitem__, self._nothing(page))

    def _show_metrics(self, page: ThemesPage) -> None:
        bands = {each.name: each for each in page.metrics}
        self.rows.set_columns(maps.metric_columns(page.metrics))
        self.rows.show(tuple(bands), lambda row: maps.metric_row(bands[row]))

    def _show_once(self, page: ThemesPage) -> None:
        self._once = {each.id: each for each in page.once}
        now, things = self.desk.now(), self._once
        self.rows.set_columns(maps.ONCE_COLUMNS)
        self.rows.show(
            tuple(things),
            lambda row: maps.once_row(things[row], now),
            "Nothing was seen once or twice in this window:\nwhatever there is belongs to a theme."
            if page.view.sessions
            else self._nothing(page),
        )

    def _words(self) -> dict[str, list[str]]:
        """Return what may follow the keys of the filter."""
        sessions = self._known.sessions if self._known else ()
        return {
            "project": sorted({each.project for each in sessions}),
            "agent": sorted({each.agent for each in sessions}),
            "branch": sorted({each.branch for each in sessions}),
            "theme": list(self._reports),
        }

    def _nothing(self, page: ThemesPage) -> str:
        if not page.view.looked_at and (self.hansei.is_reading or self._learning):
            return "Reading the logs of your agents …"
        settings = self.desk.settings.themes
        rules = view.Rules(settings.min_sessions, settings.min_weeks, settings.min_projects)
        known = len(self.desk.workspace.theme_names())
        return view.nothing(page, known, rules, filtered=bool(self.filter_text))

    def _show_detail(self) -> None:
        report, page = self.current(), self.page
        has_rows = report is not None or self._view == "metrics" or bool(self.thing())
        self.set_class(not has_rows, "-nothing")
        text = self.query_one("#detail-text", Static)
        now, width = self.desk.now(), self.pane_width()
        documents: Sequence[Document] = ()
        if page is None:
            text.update(plain(""))
        elif self._view == "metrics":
            found = next((each for each in page.metrics if each.name == self.rows.current), None)
            text.update(maps.metric_detail(found, width) if found else plain(""))
        elif self._view == "once":
            thing = self._once.get(self.rows.current)
            documents = self.thing()
            text.update(maps.once_detail(thing, now, width) if thing else plain(""))
        elif report is not None:
            documents = report.documents
            text.update(view.detail_of(report, self._around(report, page, width)))
        else:
            text.update(plain(""))
        self._show_evidence(documents)

    def _around(self, report: ThemeReport, page: ThemesPage, width: int) -> view.Around:
        return view.Around(
            now=self.desk.now(),
            width=width,
            page=page,
            linked=self.linked_to(report.theme.id),
            rule_after=self.desk.settings.themes.rule_after,
            names=self.desk.workspace.theme_names(),
        )

    def _show_evidence(self, documents: Sequence[Document]) -> None:
        rows = self.evidence
        if self._evidence_of != f"{self._view}:{self.rows.current}":
            self._evidence_of = f"{self._view}:{self.rows.current}"
            rows.clear_marks()
            rows.action_first()
        found = self._evidence = {each.id: each for each in documents}
        now = self.desk.now()
        rows.show(tuple(found), lambda row: view.evidence_row(found[row], now), "no evidence")
        self._show_evidence_head()

    def _show_evidence_head(self) -> None:
        head = view.evidence_head(len(self._evidence), len(self.marked()))
        self.query_one("#evidence-head", Static).update(head)
