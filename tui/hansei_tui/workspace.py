"""The composition root: settings, store, index, themes and clock, wired once for app and commands.

Everything the screens and the commands show comes through here as values; everything they change
goes through `hansei_core.verbs` on `store`. Heavy parts (the store, the index, the theme model)
are opened when first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hansei_core.scoring import Bins
from hansei_sessions import redact_key
from hansei_sessions.value import Value
from hansei_tui.config_file import read_settings
from hansei_tui.paths import resolve_paths
from hansei_tui.rooms.from_logs import ForgetPlan
from hansei_tui.rooms.opened import Context
from hansei_tui.rooms.reviewing import INSTALL_TABLE, Reviewing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hansei_core.deadlines import Limits
    from hansei_core.filters import FilterContext, Query, SearchText
    from hansei_core.improvement import Improvement
    from hansei_core.place import Place
    from hansei_core.planning.week import Capacity
    from hansei_core.retro import ImprovementDraft, RetroDraft
    from hansei_core.similar import Twin
    from hansei_core.status import Status
    from hansei_core.verbs.records import Outcome
    from hansei_core.verbs.retros import SavedRetro
    from hansei_sessions.model import Friction, Session

__all__ = ["INSTALL_TABLE", "BacklogView", "Context", "ForgetPlan", "Workspace", "open_workspace"]


class BacklogView(Value, frozen=True):
    """What a filter lets through, in order."""

    items: tuple[Improvement, ...]
    hidden: int
    """Finished, snoozed, deferred, declined or trashed ones that matched but are not listed."""
    broken: Mapping[str, str]
    """Records that could not be read, with the reason."""


class Workspace(Reviewing):
    """One user's hansei, opened; close it when done."""

    @property
    def bins(self) -> Bins:
        """Where the matrix is cut."""
        return Bins(self.settings.scores.low_to, self.settings.scores.medium_to)

    @property
    def limits(self) -> Limits:
        """How long the inbox may wait, and improvements by their severity."""
        from hansei_tui.inbox import limits_of

        return limits_of(self.settings)

    def routed(self, draft: ImprovementDraft, source: str = "add") -> ImprovementDraft:
        """Return a captured draft with what the user's rules say about it."""
        from hansei_tui.inbox import routed

        return routed(self, draft, source)

    @property
    def capacity(self) -> Capacity:
        """What an ordinary week holds."""
        from hansei_core.planning.week import Capacity  # lists need no planner

        week = self.settings.week
        return Capacity(week.hours, week.share / 100, week.fill / 100, week.items)

    def new_draft(self, session: Session, frictions: Sequence[Friction]) -> RetroDraft:
        """Return the pre-filled draft of a session's retro."""
        from hansei_tui.drafting import new_draft

        return new_draft(self, session, frictions)

    def save_retro(self, draft: RetroDraft, *, force: bool = False) -> Outcome[SavedRetro]:
        """Save a retro, then drop its draft.

        Raises:
            UsageError: No improvement and no reason; a fourth without `force`; a bad value.
            NotFoundError: An improvement to link does not exist.
            StorageError: It could not be written; the draft is still there.
        """
        from contextlib import suppress

        from hansei_core.errors import StorageError
        from hansei_core.verbs.drafts import drop_draft
        from hansei_core.verbs.retros import save_retro

        filled = tuple(
            self.routed(replace(item, project=item.project or draft.project), "retro")
            if not item.same_as
            else item
            for item in draft.improvements
        )
        draft = replace(draft, improvements=filled)
        outcome = save_retro(self.store, draft, now=self.now(), force=force)
        with suppress(StorageError):  # the retro is safe; a draft of a reviewed session is no harm
            drop_draft(self.drafts, draft.session_id)
        return outcome

    def theme_names(self) -> dict[str, str]:
        """Return the names of all themes by id, merged ones by their old ids too."""
        from hansei_core.verbs.theme_names import theme_names

        return {
            one: theme.name
            for theme_id, theme in theme_names(self.store).items()
            for one in (theme_id, *theme.aliases)
        }

    def theme_ids(self) -> dict[str, str]:
        """Return the id that each theme has now, by every id that leads to it."""
        from hansei_core.verbs.theme_names import theme_names

        return {
            one: theme_id
            for theme_id, theme in theme_names(self.store).items()
            for one in (*theme.aliases, theme_id)
        }

    def theme_homes(self, session: Session, frictions: Iterable[Friction]) -> dict[str, str]:
        """Return friction id → theme id for frictions that belong to a known theme."""
        from hansei_core.errors import StorageError
        from hansei_core.themes.identity import members
        from hansei_core.themes.sources import document_of
        from hansei_core.verbs.theme_model import load_themes

        documents = [document_of(friction, session) for friction in frictions]
        try:
            return members(load_themes(self.store), documents)
        except StorageError:  # told where themes are looked at
            return {}

    def status(self) -> Status:
        """Return the summary; the index is as fresh as its last scan."""
        from hansei_core.planning.week import week_of
        from hansei_core.status import summarise
        from hansei_core.verbs.plans import view
        from hansei_core.verbs.records import load_improvements
        from hansei_core.verbs.times import running

        loaded = load_improvements(self.store)
        now = self.now()
        return summarise(
            loaded.items.values(),
            view(self.store, week_of(self.today()), self.capacity, now=now),
            self.unreviewed(),
            running(self.store),
            now=now,
            broken_records=len(loaded.broken),
            limits=self.limits,
            mood=self.mood_of_week(),
        )

    def opening(self) -> tuple[Place, str]:
        """Return where the user most likely wants to be, as far as the last scan knows.

        Nothing but the plan and the unreviewed sessions is read for it: it stands before the
        first screen.
        """
        from hansei_core.place import place_for
        from hansei_core.planning.ritual import ritual_due
        from hansei_core.planning.week import week_of
        from hansei_core.verbs.plans import read_plan

        now = self.now()
        asks = not self.not_today and (self._index is not None or self.paths.index.exists())
        steps = read_plan(self.store, week_of(now.date()), self.capacity).steps
        return place_for(
            self.to_open_with() if asks else (),
            str(self.context.cwd),
            now,
            ritual_due=ritual_due(now, steps),
        )

    def filter_context(
        self, query: Query, items: Iterable[Improvement], search: SearchText | None = None
    ) -> FilterContext:
        """Return what this filter needs to know now, and no more; the same for all surfaces."""
        from hansei_core.filters import FilterContext, SearchText

        context = FilterContext(
            now=self.now(),
            bins=self.bins,
            limits=self.limits,
            theme_names=self.theme_names() if query.asks("theme") else {},
            theme_ids=self.theme_ids() if query.asks("theme") else {},
            search=search or SearchText(),
        )
        if not query.asks("is"):
            return context
        from hansei_core.backlog import blocked_ids
        from hansei_core.planning.week import week_of
        from hansei_core.verbs.plans import read_plan
        from hansei_core.verbs.times import running

        active = running(self.store)
        plan = read_plan(self.store, week_of(self.today()), self.capacity)
        return replace(
            context,
            blocked=blocked_ids(items),
            planned=frozenset(plan.ids),
            running=active.improvement_id if active else "",
        )

    def backlog(
        self, text: str = "", *, sort: str = "priority", everything: bool = False
    ) -> BacklogView:
        """Return the improvements that a filter lets through.

        Without words about stages in the filter, finished and hidden ones are left out and
        counted, unless `everything` is asked for.

        Raises:
            FilterError: The filter cannot be read.
            UsageError: There is no such order.
        """
        from hansei_core.backlog import is_shown, sort_items
        from hansei_core.filters import parse, select
        from hansei_core.verbs.records import load_improvements

        query = parse(text)
        loaded = load_improvements(self.store)
        items = loaded.items.values()
        chosen = select(query, items, self.filter_context(query, items))
        found = [item for item in chosen if not item.merged_into]
        if everything or query.speaks_of_stages:
            shown = found
        else:
            today = self.today()
            shown = [item for item in found if is_shown(item, today)]
        ordered = sort_items(shown, sort)
        if sort == "priority":
            from hansei_core.deadlines import raised

            ordered = raised(ordered, self.now(), self.limits)
        return BacklogView(tuple(ordered), len(found) - len(shown), loaded.broken)

    def twins(self, title: str, *, but: str = "") -> tuple[Twin, ...]:
        """Return the open improvements that a title nearly repeats, without one of them."""
        from hansei_core.verbs.records import open_titles, read_improvement

        titles = {name: other for name, other in open_titles(self.store).items() if name != but}
        if not titles:
            return ()
        from hansei_core.similar import find_twins, may_resemble  # rapidfuzz is not free

        near = may_resemble(title, titles)
        return find_twins(title, (read_improvement(self.store, name) for name in near))


def open_workspace(
    environ: Mapping[str, str], clock: Callable[[], datetime], cwd: Path
) -> Workspace:
    """Wire a workspace for this environment; nothing is opened yet but the settings.

    Raises:
        ConfigError: `config.toml` has a mistake, or there is no home folder.
    """
    paths = resolve_paths(environ)
    redact_key.keep_in(paths.redaction_key)
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return Workspace(paths, read_settings(paths.config_file), Context(environ, home, cwd, clock))
