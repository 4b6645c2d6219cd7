"""Themes as the screens read and change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hansei_tui.desk.reviews import Reviews

if TYPE_CHECKING:
    from pathlib import Path

    from hansei_core.improvement import Improvement
    from hansei_core.retro import ImprovementDraft
    from hansei_core.themes.model import Document, Family, ThemeReport
    from hansei_core.verbs.theme_dial import DialPreview
    from hansei_tui.theme_learning import Watch
    from hansei_tui.theme_rules import RuleChange
    from hansei_tui.theme_view import Known, ThemeQuery, ThemesPage, ThemesView


class Theming(Reviews):
    """What recurs, and what the user decides about it."""

    def known_themes(self, watch: Watch | None = None) -> Known:
        """Let themes grow and return everything that pages are made of; not for the event loop.

        Raises:
            LearningStoppedError: `watch` stopped it.
        """
        from hansei_tui.theme_view import gather

        return gather(self.workspace, learn=True, watch=watch)

    def stored_themes(self) -> Known:
        """Return the same with the themes as they are; what is new waits for another look."""
        from hansei_tui.theme_view import gather

        return gather(self.workspace, learn=False)

    def themes_page(self, known: Known, query: ThemeQuery) -> ThemesPage:
        """Return what the Themes screen shows of it; not for the event loop.

        Raises:
            FilterError: The query's filter cannot be read.
        """
        from hansei_tui.theme_view import page_of

        return page_of(known, query, now=self.now(), settings=self.settings.themes)

    def stale_sources(self) -> str:
        """Return in words which sources have brought nothing for too long; empty for none."""
        from hansei_tui.sources_view import stale_words

        return stale_words(self.workspace)

    def check_theme_filter(self, text: str) -> None:
        """Make sure that a filter of evidence can be read.

        Raises:
            FilterError: It cannot; the error knows which characters are wrong.
        """
        from hansei_core.themes.filters import parse_evidence

        parse_evidence(text, self.now())

    def draft_of_theme(self, report: ThemeReport) -> ImprovementDraft:
        """Return the draft of an improvement against a theme, with its evidence."""
        from hansei_tui.theme_view import draft_of

        return draft_of(self.workspace, report)

    def improvements_by_theme(self) -> dict[str, list[Improvement]]:
        """Return the improvements that are meant to end each theme, by any of its ids."""
        from hansei_core.vocabulary import Stage

        found: dict[str, list[Improvement]] = {}
        for item in self.improvements().values():
            if item.theme_id and item.stage is not Stage.TRASH:
                found.setdefault(item.theme_id, []).append(item)
        return found

    def link_theme(self, improvement_id: str, report: ThemeReport) -> str:
        """Link an improvement to the theme it is meant to end, with the theme's evidence."""
        from hansei_core.verbs.themes import link_to_theme

        draft = self.draft_of_theme(report)
        return link_to_theme(self.workspace.store, improvement_id, draft, now=self.now()).label

    def rename_theme(self, theme_id: str, name: str) -> str:
        """Give a theme the user's name; returns what was done."""
        from hansei_core.verbs import theme_model

        return theme_model.rename(self.workspace.store, theme_id, name, now=self.now()).label

    def mute_themes(self, theme_ids: Sequence[str], *, muted: bool = True) -> str:
        """Leave themes out of the list, or take them in again; returns what was done."""
        from hansei_core.verbs import theme_model

        store, now = self.workspace.store, self.now()
        return theme_model.mute_all(store, theme_ids, now=now, muted=muted).label

    def merge_themes(self, keep_id: str, other_ids: Sequence[str]) -> str:
        """Merge themes into another one; returns what was done."""
        from hansei_core.verbs import theme_model

        store, now = self.workspace.store, self.now()
        return theme_model.merge_all(store, keep_id, other_ids, now=now).label

    def split_theme(self, theme_id: str, documents: Sequence[Document], name: str) -> str:
        """Make a theme of its own of some of a theme's texts; returns what was done."""
        from hansei_core.verbs import theme_model

        store, now = self.workspace.store, self.now()
        done = theme_model.split(store, theme_id, documents, now=now, name=name)
        return f"{done.label}: {done.value.id} has {len(documents)} of its texts"

    def move_texts(self, documents: Sequence[Document], theme_id: str) -> str:
        """Put texts into a theme, where they stay; returns what was done."""
        from hansei_core.verbs import theme_model

        return theme_model.move(self.workspace.store, documents, theme_id, now=self.now()).label

    def why_together(self, first: str, second: str, family: Family) -> list[tuple[str, str]]:
        """Return why two texts are in one theme, or are not: (what a term adds, the term)."""
        from hansei_core.themes.service import why
        from hansei_core.verbs.theme_model import load_themes
        from hansei_tui.theme_words import why_lines

        return why_lines(why(load_themes(self.workspace.store), first, second, family))

    def rule_of_theme(self, report: ThemeReport) -> RuleChange:
        """Return a rule for the agents out of a theme; no file is changed.

        Raises:
            UsageError: No rule helps, or the project's file is no text.
        """
        from hansei_tui.theme_rules import rule_change

        return rule_change(self.workspace, report)

    def cut_now(self) -> float:
        """Return how finely new themes are cut, as the user turned it or the settings say."""
        from hansei_core.verbs.theme_model import load_themes

        turned = load_themes(self.workspace.store).granularity
        return self.settings.themes.granularity if turned is None else turned

    def preview_cut(self, granularity: float | None, watch: Watch) -> DialPreview:
        """Return what another cut of new themes would change; not for the event loop.

        Raises:
            LearningStoppedError: `watch` stopped it.
        """
        from hansei_core.themes.worker import LearningStoppedError
        from hansei_core.verbs.theme_dial import preview_dial

        def tell(words: str, share: float) -> None:
            if watch.should_stop():
                raise LearningStoppedError("looking was stopped", "nothing was changed")
            watch.tell(words, share)

        return preview_dial(
            self.workspace.store,
            self.workspace.documents(),
            granularity,
            now=self.now(),
            settings=self.settings.themes,
            tell=tell,
        )

    def cut_themes(self, granularity: float | None) -> str:
        """Cut new themes finer or coarser from now on; not for the event loop."""
        from hansei_core.verbs.theme_dial import turn_dial

        return turn_dial(
            self.workspace.store,
            self.workspace.documents(),
            granularity,
            now=self.now(),
            settings=self.settings.themes,
            homes=self.workspace.homes_kept,
        ).label

    def propose_for_themes(self, view: ThemesView, most: int) -> tuple[int, str]:
        """Put proposals into the inbox; returns how many, and what was done."""
        from hansei_core.verbs.themes import propose
        from hansei_tui.theme_view import drafts_of

        drafts = drafts_of(self.workspace, view, most)
        done = propose(self.workspace.store, drafts, now=self.now())
        return len(done.value), done.label

    def export_themes(self, view: ThemesView, name: str) -> Path:
        """Write a view's themes as Markdown, or as CSV where the name ends so; returns the path.

        Raises:
            UsageError: Something is there already.
            StorageError: It cannot be written.
        """
        from pathlib import Path

        from hansei_core.themes.export import to_csv, to_markdown
        from hansei_tui.export_file import write_export

        path = self.workspace.context.cwd / Path(name).expanduser()
        write = to_csv if path.suffix.casefold() == ".csv" else to_markdown
        write_export(path, write(view.reports), force=False)
        return path
