"""What can be done to themes on the screen; each verb is one call of the desk and one undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from hansei_core.errors import HanseiError
from hansei_core.improvement import Improvement
from hansei_core.themes.model import Document, Family, ThemeReport
from hansei_core.themes.pool import SeenThing
from hansei_sessions.model import Friction
from hansei_tui.friction_words import kind_name
from hansei_tui.screens import retro_view
from hansei_tui.screens import themes_view as view
from hansei_tui.screens.base import AreaScreen
from hansei_tui.theme_view import Known, ThemesPage
from hansei_tui.widgets.line_list import Column
from hansei_tui.words import count

PROPOSED: Final = 3
"""Proposals at once: a full inbox is read by nobody."""
_EXPORT: Final = "themes.md"


class ThemesVerbs(AreaScreen):
    """The actions of the Themes screen on what its cursor or its marks are on."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.page: ThemesPage | None = None
        self._known: Known | None = None
        self._reports: dict[str, ThemeReport] = {}
        self._linked: dict[str, list[Improvement]] = {}
        self._once: dict[str, SeenThing] = {}
        self._stale = ""
        """Sources that have brought nothing for longer than they should, in words."""

    def current(self) -> ThemeReport | None:
        """Return the theme under the cursor."""
        return None

    def marked(self) -> list[Document]:
        """Return the marked pieces of evidence."""
        return []

    def looked_at(self) -> Document | None:
        """Return the piece of evidence under the cursor."""
        return None

    def thing(self) -> Sequence[Document]:
        """Return the texts of what was seen once or twice, where the cursor is on such a thing."""
        return ()

    def open_details(self) -> None:
        """Give the keys to the evidence."""

    def cut(self, granularity: float) -> None:
        """Cut new themes like this, beside the event loop."""

    def chosen(self) -> ThemeReport | None:
        """Return the theme under the cursor; where there is none, say so."""
        report = self.current()
        if report is None:
            self.say("No theme is chosen: put the cursor on one; b leads to the list")
        return report

    def targets(self) -> list[ThemeReport]:
        """Return the marked themes, or the one under the cursor; where there is none, say so."""
        report = self.chosen()
        return [] if report is None else [report]

    def linked_to(self, theme_id: str) -> list[Improvement]:
        """Return the improvements that are meant to end a theme, by any of its ids."""
        report = self._reports.get(theme_id)
        ids = (theme_id, *(report.theme.aliases if report else ()))
        return [item for each in ids for item in self._linked.get(each, ())]

    def remarks(self) -> list[str]:
        """Return what the user should know besides the themes: stale sources, likely twins."""
        if self.page is None:
            return []
        shown = {each.theme.id for each in self.page.view.reports}
        pairs = [pair for pair in self.page.view.suggestions if {pair.keep, pair.merge} <= shown]
        found = [self._stale] if self._stale else []
        found += [f"{pair.keep} and {pair.merge} look alike: M" for pair in pairs[:1]]
        if len(pairs) > 1:
            found[-1] = f"{found[-1]} ({len(pairs)} pairs)"
        return found

    def action_copy(self) -> None:
        """Copy the theme's id."""
        report = self.chosen()
        if report is not None:
            self.app.copy_to_clipboard(report.theme.id)
            self.say(f"Copied {report.theme.id}")

    def action_copy_text(self) -> None:
        """Copy the theme's id and name."""
        report = self.chosen()
        if report is not None:
            self.app.copy_to_clipboard(f"{report.theme.id} {report.theme.name}")
            self.say(f"Copied {report.theme.id}")

    def action_promote(self) -> None:
        """Open the form with the theme's evidence and suggestions."""
        report = self.chosen()
        if report is None:
            return
        from hansei_tui.modals.add import ask_form

        meant = [each for each in self.linked_to(report.theme.id) if each.stage.is_open]
        if meant:
            self.say(f"{meant[0].id} is meant to end {report.theme.id} already; L links another")
        ask_form(self.hansei, self.desk.draft_of_theme(report), source="theme")

    def action_propose(self) -> None:
        """Put proposals against the dearest themes of the list into the inbox."""
        if self.page is None:
            return
        with self.telling():
            number, label = self.desk.propose_for_themes(self.page.view, PROPOSED)
            if number:
                self.changed(f"{label} into the inbox, scores suggested · u undoes it")
            else:
                self.say("Nothing to propose: what still recurs has, or had, an improvement")

    def action_link(self) -> None:
        """Choose an improvement that is meant to end this theme."""
        report = self.chosen()
        if report is None:
            return
        from hansei_tui.modals.picker import Choices, Picker

        items = {item.id: item for item in self.desk.improvements().values() if item.stage.is_open}
        near = [
            twin.item.id for twin in self.desk.twins(report.theme.name) if twin.item.id in items
        ]
        choices = Choices(
            (Column("id", "id", 12), Column("stage", "stage", 14), Column("title", "title", 0)),
            [*near, *(row for row in sorted(items) if row not in near)],
            lambda row: ((row, "quiet"), (items[row].stage.value, "quiet"), items[row].title),
            lambda row: f"{row} {items[row].title}",
            "no improvement like that; P makes one",
        )

        def chosen(row: str | None) -> None:
            if row is not None:
                self._decide(lambda: self.desk.link_theme(row, report))

        self.app.push_screen(Picker(f"Which improvement ends {report.theme.id}?", choices), chosen)

    def action_rename(self) -> None:
        """Give the theme a name of one's own."""
        report = self.chosen()
        if report is None:
            return
        from hansei_tui.modals.prompt import Prompt

        def save(name: str | None) -> None:
            if name is not None:
                self._decide(lambda: self.desk.rename_theme(report.theme.id, name))
                self.point_out_secrets(name)

        value = report.theme.offered_name or report.theme.name
        self.app.push_screen(Prompt(f"Name of {report.theme.id}", value), save)

    def action_mute(self) -> None:
        """Leave the theme out of the list, or take it in again."""
        reports = self.targets()
        if reports:
            muted = not all(report.theme.muted for report in reports)
            ids = [report.theme.id for report in reports]
            self._decide(lambda: self.desk.mute_themes(ids, muted=muted))

    def action_merge(self) -> None:
        """Choose the theme that these are part of: themes, or a text that was seen once."""
        texts = self.thing()
        targets = [] if texts else self.targets()
        if self.page is None or not (targets or texts):
            return
        from hansei_tui.modals.picker import Choices, Picker

        mine = [report.theme.id for report in targets]
        ruled = [each.theme.id for each in targets if each.theme.family is Family.RULE]
        if ruled:
            self.say(f"{ruled[0]} is a theme by rule: it stays one of its own; H mutes it")
            return
        reports = [
            each
            for each in self.page.view.reports
            if each.theme.id not in mine and each.theme.family is not Family.RULE
        ]
        if targets:
            ids, words = view.merge_choices(targets[0], reports, self.page.view.suggestions)
            names = " and ".join(mine) if len(mine) < 3 else f"{len(mine)} themes"
            heading = f"{names} {'is' if len(mine) == 1 else 'are'} part of"
        else:
            ids = [each.theme.id for each in reports]
            words = {each.theme.id: ("", each.theme.name) for each in reports}
            heading = f"“{texts[0].text}” is part of"
        choices = Choices(
            (Column("id", "id", 8), Column("name", "name", 0), Column("alike", "", 10)),
            ids,
            lambda row: ((row, "quiet"), words[row][1], (words[row][0], "accent")),
            lambda row: f"{row} {words[row][1]}",
            "no other theme like that",
        )

        def chosen(row: str | None) -> None:
            if row is None:
                return
            if mine:
                self._decide(lambda: self.desk.merge_themes(row, mine))
            else:
                self._decide(lambda: self.desk.move_texts(texts, row))

        self.app.push_screen(Picker(heading, choices), chosen)

    def action_split(self) -> None:
        """Make a theme of its own of the marked evidence."""
        report, texts = self.chosen(), self.marked()
        if report is None:
            return
        if not texts or len(texts) == self._size_of(report):
            self.open_details()
            self.say(
                "Mark the texts that belong elsewhere with space, then S splits them off"
                if not texts
                else f"That is all of {report.theme.id}: R renames it"
            )
            return
        from hansei_tui.modals.prompt import Feedback, Prompt
        from hansei_tui.text import plain

        said = plain(f"{count(len(texts), 'text')} of {report.theme.id}; empty: named by them")

        def save(name: str | None) -> None:
            if name is not None:
                self._decide(lambda: self.desk.split_theme(report.theme.id, texts, name))
                self.point_out_secrets(name)

        self.app.push_screen(Prompt("Name of the new theme", check=lambda _: Feedback(said)), save)

    def _size_of(self, report: ThemeReport) -> int:
        """Return how many texts a theme has over all time, whatever the window shows of it."""
        homes = self._known.homes if self._known else {}
        return max(sum(home == report.theme.id for home in homes.values()), len(report.documents))

    def action_why(self) -> None:
        """Show what two marked texts share, or one and the text nearest to its theme's middle."""
        report, texts = self.chosen(), self.marked()
        if report is None or self._known is None:
            return
        from hansei_core.themes.example import nearest_text
        from hansei_tui.modals.evidence import EvidenceDialog

        first = texts[0] if texts else self.looked_at() or report.documents[0]
        other = (texts[1] if len(texts) > 1 else nearest_text(self._known.state, report)).text
        rows = [("first", first.text), ("second", other), ("", "")]
        rows += self.desk.why_together(first.text, other, first.family)
        self.app.push_screen(EvidenceDialog("Why they are together, or not", report.theme.id, rows))

    def action_rule(self) -> None:
        """Show a rule for the agents as a change of their instructions; nothing is written."""
        report = self.chosen()
        if report is None:
            return
        from hansei_tui.modals.rule import RuleDialog

        with self.telling():
            change = self.desk.rule_of_theme(report)
            self.app.push_screen(RuleDialog(report.theme.id, change))

    def action_dial(self) -> None:
        """Ask how finely new themes are cut, and say what would change."""
        from hansei_tui.modals.dial import DialDialog

        def chosen(granularity: float | None) -> None:
            if granularity is not None:
                self.cut(granularity)

        self.app.push_screen(DialDialog(self.desk), chosen)

    def action_export(self) -> None:
        """Write the list as Markdown or CSV."""
        if self.page is None:
            return
        from hansei_tui.modals.prompt import Feedback, Prompt
        from hansei_tui.text import plain

        page = self.page
        said = plain(f"{count(len(page.view.reports), 'theme')}; .csv writes a table, .md Markdown")

        def save(name: str | None) -> None:
            if name:
                with self.telling():
                    self.say(f"Written to {self.desk.export_themes(page.view, name)}")

        self.app.push_screen(
            Prompt("Write the themes to", _EXPORT, check=lambda _: Feedback(said)), save
        )

    def open_evidence(self, document: Document) -> None:
        """Show the log at the place of a piece of evidence."""
        from hansei_tui.modals.evidence import EvidenceDialog

        found = [
            each for each in self.desk.frictions(document.session_id) if each.id == document.id
        ]
        if not found:
            note = [("", document.text)]
            heading = "A note of yours" if document.kind == "note" else "Its log is gone"
            self.app.push_screen(EvidenceDialog(heading, document.session_id, note))
            return
        friction: Friction = found[0]
        lines, place = self.desk.evidence(friction)
        self.app.push_screen(
            EvidenceDialog(
                kind_name(friction.kind),
                retro_view.evidence_place(friction, self.desk.now()),
                lines,
                place,
            )
        )

    def _decide(self, verb: Callable[[], str]) -> None:
        try:
            label = verb()
        except HanseiError as error:
            self.fail(error)
            return
        self.changed(f"{label} · u undoes it")
