"""The composition root: settings, store, index, themes and clock, wired once for app and commands.

Everything the screens and the commands show comes through here as values; everything they change
goes through `hansei_core.verbs` on `store`. Heavy parts (the store, the index, the theme model)
are opened when first needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hansei_core.scoring import Bins
from hansei_core.settings import Settings
from hansei_sessions import redact_key
from hansei_tui.config_file import read_settings
from hansei_tui.paths import Paths, resolve_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hansei_core.archive import Archive
    from hansei_core.archive_feed import Archived
    from hansei_core.deadlines import Limits
    from hansei_core.filters import FilterContext, Query, SearchText
    from hansei_core.improvement import EvidenceLink, Improvement
    from hansei_core.moods import Mood
    from hansei_core.planning.week import Capacity
    from hansei_core.retro import ImprovementDraft, Retro, RetroDraft
    from hansei_core.similar import Twin
    from hansei_core.status import Place, Status
    from hansei_core.store.drafts import Drafts
    from hansei_core.store.store import JournalStore
    from hansei_core.suggestions import Entry
    from hansei_core.themes.model import Document
    from hansei_core.usual import Usual
    from hansei_core.verbs.records import Outcome
    from hansei_core.verbs.retros import SavedRetro
    from hansei_sessions.ended import Rules, Unreviewed
    from hansei_sessions.index import Index, ScanReport
    from hansei_sessions.index.scan import Progress, Stop
    from hansei_sessions.model import Friction, Session
    from hansei_sessions.sources import Source

INSTALL_TABLE = "install"
"""`start`: when hansei was first started here; `not-today`: the day without questions."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when hansei runs."""

    environ: Mapping[str, str]
    home: Path
    cwd: Path
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class ForgetPlan:
    """What forgetting would take away."""

    project: str
    """Empty where one session is meant."""
    session_ids: tuple[str, ...]
    frictions: int
    theme_ids: tuple[str, ...]
    """Themes that rest on nothing else."""


@dataclass(frozen=True, slots=True)
class BacklogView:
    """What a filter lets through, in order."""

    items: tuple[Improvement, ...]
    hidden: int
    """Finished, snoozed, deferred, declined or trashed ones that matched but are not listed."""
    broken: Mapping[str, str]
    """Records that could not be read, with the reason."""


class Workspace:
    """One user's hansei, opened; close it when done."""

    def __init__(self, paths: Paths, settings: Settings, context: Context) -> None:
        self.paths = paths
        self.settings = settings
        self.context = context
        self._opening = threading.RLock()
        self._store: JournalStore | None = None
        self._index: Index | None = None
        self._archive: Archive | None = None

    def now(self) -> datetime:
        """Return the time, aware, in the user's zone."""
        return self.context.clock()

    def today(self) -> date:
        """Return the user's date."""
        return self.now().date()

    @property
    def store(self) -> JournalStore:
        """What the user wrote; opened on first use.

        Raises:
            StorageError: It is damaged, held, newer than this hansei, or cannot be reached.
        """
        with self._opening:
            if self._store is None:
                from hansei_core.store.store import open_store  # commands without records skip it

                self._store = open_store(self.paths.data, now=self.now())
            return self._store

    @property
    def drafts(self) -> Drafts:
        """What is being typed."""
        from hansei_core.store.drafts import Drafts

        return Drafts(self.paths.data)

    @property
    def index(self) -> Index:
        """What the logs say, as far as they were scanned; opened on first use."""
        with self._opening:
            if self._index is None:
                from hansei_sessions.index import Index  # commands without sessions skip it

                self._index = Index.open(self.paths.index)
            return self._index

    @property
    def archive(self) -> Archive:
        """What outlives the logs; opened on first use.

        Raises:
            StorageError: It cannot be reached.
        """
        with self._opening:
            if self._archive is None:
                from hansei_core.archive import Archive  # few commands need it

                self._archive = Archive(self.paths.data, now=self.now())
            return self._archive

    @cached_property
    def first_start(self) -> datetime:
        """When hansei was first started here; recorded on the first ask."""
        found = self.store.get(INSTALL_TABLE, "start")
        if found is not None:
            return datetime.fromisoformat(found["at"])
        now = self.now()
        with self.store.transaction("first start", now=now, undoable=False) as transaction:
            transaction.put(INSTALL_TABLE, "start", {"at": now.isoformat()})
        return now

    def sources(self) -> tuple[Source, ...]:
        """Return where logs are looked for: default places, the agents' variables, settings."""
        from hansei_sessions.readers import FORMATS  # readers pull in msgspec
        from hansei_sessions.sources import discover

        named = self.settings.sources
        extra = {one.agent: getattr(named, one.agent.replace("-", "_"), ()) for one in FORMATS}
        return discover(FORMATS, self.context.environ, self.context.home, extra)

    def scan(
        self,
        progress: Progress | None = None,
        should_stop: Stop | None = None,
        *,
        aside: bool = False,
    ) -> ScanReport:
        """Bring the index up to date with the logs; interruptible, and cheap when nothing grew.

        Args:
            progress: Called in this thread now and then.
            should_stop: Asked often.
            aside: This process has a screen to draw: much is read by others.
        """
        sources = self.settings.sources
        return self.index.scan(
            self.sources(),
            excluded_projects=sources.exclude_projects,
            excluded_paths=sources.exclude_paths,
            progress=progress,
            should_stop=should_stop,
            aside=aside,
        )

    def fill_texts(self, should_stop: Stop | None = None) -> int:
        """Make what sessions say quick to search; for after a scan, in the background."""
        return self.index.fill_texts(self.sources(), should_stop=should_stop)

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

    def retros(self) -> tuple[Retro, ...]:
        """Return all retros that can be read, oldest first."""
        from hansei_core.verbs.retros import load_retros

        return load_retros(self.store)

    def usual_lost(self, session: Session) -> Usual | None:
        """Return what the last sessions of a project before this one lost, in seconds.

        Sessions without a human are left out. None where they are too few to say.
        """
        from hansei_core.usual import MOST, usual_of
        from hansei_sessions.index import SessionQuery

        query = SessionQuery(
            project=session.project,
            until=session.started_at,
            include_headless=False,
            include_subagents=False,
        )
        lost = {
            each.id: 0.0
            for each in self.index.sessions(query)[: MOST + 1]
            if each.id != session.id and each.prompts
        }
        for friction in self.index.frictions(lost):
            lost[friction.session_id] += friction.seconds_lost or 0.0
        return usual_of(list(lost.values())[:MOST])

    def catalogue(self) -> tuple[Entry, ...]:
        """Return what may be suggested: the user's own entries first, then the packaged ones.

        Raises:
            ConfigError: The user's `suggestions.toml` has a mistake.
        """
        from hansei_core.suggestions import catalogue, read_catalogue
        from hansei_tui.config_file import read_text

        path = self.paths.suggestions_file
        return (*read_catalogue(read_text(path), str(path)), *catalogue())

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

    def unreviewed(self) -> tuple[Unreviewed, ...]:
        """Return the sessions that a retro is owed to, those of this folder first."""
        from hansei_core.verbs.retros import reviewed_until
        from hansei_sessions.ended import unreviewed
        from hansei_sessions.index import SessionQuery

        now = self.now()
        since = now - timedelta(days=self.settings.retro.within_days + 1)
        sessions = self.index.sessions(SessionQuery(since=since))
        return unreviewed(
            sessions,
            reviewed_until(self.store),
            self.first_start,
            now,
            cwd=str(self.context.cwd),
            marks=self.marks(sessions),
            rules=self.retro_rules,
        )

    @property
    def retro_rules(self) -> Rules:
        """When a session is over, and when it is worth a retro."""
        from hansei_sessions.ended import Rules

        rules = self.settings.retro
        return Rules(
            quiet=timedelta(minutes=rules.idle_minutes),
            window=timedelta(days=rules.within_days),
            min_prompts=rules.min_prompts,
            min_seconds=60 * rules.min_minutes,
        )

    def marks(self, sessions: Iterable[Session]) -> dict[str, datetime]:
        """Return when hooks and `wrap` saw sessions end, by session id.

        Raises:
            StorageError: The queue is there and cannot be read.
        """
        from hansei_sessions.agents.queue import marks, read_queue, tidy

        now = self.now()
        tidy(self.paths.queue, now)
        return marks(read_queue(self.paths.queue).endings, sessions, now)

    @property
    def not_today(self) -> bool:
        """Whether the user asked for no retro today; nothing asks by itself then."""
        found = self.store.get(INSTALL_TABLE, "not-today")
        return found is not None and found.get("day") == self.today().isoformat()

    def say_not_today(self) -> None:
        """Remember that the user wants no retro today."""
        now = self.now()
        with self.store.transaction("no retro today", now=now, undoable=False) as transaction:
            transaction.put(INSTALL_TABLE, "not-today", {"day": self.today().isoformat()})

    def documents(self) -> tuple[Document, ...]:
        """Return everything that themes are made of: frictions and the answers of retros."""
        from hansei_core.themes.sources import documents_of

        zone = self.now().tzinfo
        return documents_of(self.index.frictions(), self.index.sessions(), self.retros(), zone)

    def keep_facts(self, homes: Mapping[str, str]) -> None:
        """Put what must outlive the logs into the archive; `homes`: theme id by friction id."""
        from hansei_core.archive_feed import keep_facts

        keep_facts(self.archive, self.index.sessions(), self.index.frictions(), homes)

    def archived(self) -> Archived:
        """Return what only the archive remembers: sessions whose logs and index rows are gone."""
        from hansei_core.archive import NAME
        from hansei_core.archive_feed import Archived, archived

        if self._archive is None and not (self.paths.data / NAME).exists():
            return Archived()
        known = (session.id for session in self.index.sessions())
        return archived(self.archive, known, self.now().tzinfo)

    def theme_names(self) -> dict[str, str]:
        """Return the names of all themes by id, merged ones by their old ids too."""
        from hansei_core.tables import THEMES

        names: dict[str, str] = {}
        for theme_id, document in self.store.all(THEMES).items():
            for one in (theme_id, *document.get("aliases", ())):
                names[one] = str(document.get("name", ""))
        return names

    def theme_ids(self) -> dict[str, str]:
        """Return the id that each theme has now, by every id that leads to it."""
        from hansei_core.tables import THEMES

        return {
            one: theme_id
            for theme_id, document in self.store.all(THEMES).items()
            for one in (*document.get("aliases", ()), theme_id)
        }

    def theme_homes(self, session: Session, frictions: Iterable[Friction]) -> dict[str, str]:
        """Return friction id → theme id for frictions that belong to a known theme."""
        from hansei_core.themes.identity import members
        from hansei_core.themes.sources import document_of
        from hansei_core.verbs.theme_model import load_themes

        documents = [document_of(friction, session) for friction in frictions]
        return members(load_themes(self.store), documents)

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

    def mood_of_week(self) -> Mood | None:
        """Return this week's moods; None where moods are not asked for."""
        if not self.settings.retro.mood:
            return None
        from hansei_core.moods import mood_of_week
        from hansei_core.planning.week import week_of

        return mood_of_week(self.retros(), week_of(self.today()), self.now())

    def opening(self) -> tuple[Place, str]:
        """Return where the user most likely wants to be, as far as the last scan knows.

        Nothing but the plan and the unreviewed sessions is read for it: it stands before the
        first screen.
        """
        from hansei_core.planning.ritual import ritual_due
        from hansei_core.planning.week import week_of
        from hansei_core.status import place_for
        from hansei_core.verbs.plans import read_plan

        now = self.now()
        asks = not self.not_today and (self._index is not None or self.paths.index.exists())
        steps = read_plan(self.store, week_of(now.date()), self.capacity).steps
        return place_for(
            self.unreviewed() if asks else (),
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

    def secrets_in(self, text: str) -> tuple[str, ...]:
        """Return the kinds of secrets that a typed text seems to hold; it is kept as typed."""
        from hansei_sessions.suspects import may_hold_secrets

        if not may_hold_secrets(text):
            return ()
        from hansei_sessions.redact import find_secrets  # its many rules take 20 ms to load

        return tuple(dict.fromkeys(found.kind for found in find_secrets(text)))

    def evidence_of(self, session_name: str) -> tuple[EvidenceLink, ...]:
        """Return a link to a session for an improvement that it showed again.

        Raises:
            NotFoundError: There is no such session.
        """
        from hansei_core.improvement import EvidenceLink
        from hansei_sessions.friction import shown_path

        session = self.index.session(session_name)
        return (
            EvidenceLink(
                session_id=session.id,
                agent=session.agent,
                project=session.project,
                path=shown_path(session.path),
                quote=session.title,
            ),
        )

    def plan_forget(self, name: str) -> ForgetPlan:
        """Return what forgetting a project or a session would take away; nothing is changed.

        Raises:
            NotFoundError: There is no project and no session of that name.
        """
        from hansei_core.themes.identity import members
        from hansei_core.verbs.theme_model import load_themes

        sessions = self.index.sessions()
        archived = self.archive.sessions()
        ids = {each.id for each in sessions if each.project == name}
        ids |= {each.session_id for each in archived if each.project == name}
        project = name if ids else ""
        if not ids:
            known = {each.session_id for each in archived}
            ids = {name} if name in known else {self.index.session(name).id}
        documents = self.documents()
        homes = members(load_themes(self.store), documents)
        gone = {homes[each.id] for each in documents if each.id in homes and each.session_id in ids}
        kept = {
            homes[each.id] for each in documents if each.id in homes and each.session_id not in ids
        }
        number = len(self.index.frictions(ids))
        return ForgetPlan(project, tuple(sorted(ids)), number, tuple(sorted(gone - kept)))

    def forget(self, plan: ForgetPlan) -> tuple[str, ...]:
        """Take it away: settings first, so that no scan brings it back; then everywhere else.

        Returns:
            Paths of logs that are excluded from now on.

        Raises:
            StorageError: Something could not be written; running it again continues.
        """
        from hansei_core.verbs.drafts import forget_drafts
        from hansei_core.verbs.forget import forgetting
        from hansei_tui.config_file import add_to_list

        config = self.paths.config_file
        paths: tuple[str, ...] = ()
        if plan.project:
            add_to_list(config, "sources.exclude_projects", plan.project)
            self.index.forget(project=plan.project)
            self.archive.forget(project=plan.project)
        else:
            for session_id in plan.session_ids:
                paths += self.index.forget(session=session_id)
                self.archive.forget(session_id=session_id)
            for path in paths:
                add_to_list(config, "sources.exclude_paths", path)
        change = forgetting(plan.session_ids, plan.project, plan.theme_ids)
        self.store.scrub(change, now=self.now())
        forget_drafts(self.drafts, plan.session_ids, plan.project)
        self.settings = read_settings(config)
        return paths

    def close(self) -> None:
        """Let go of the store and the index."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None
            if self._index is not None:
                self._index.close()
                self._index = None
            if self._archive is not None:
                self._archive.close()
                self._archive = None


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
