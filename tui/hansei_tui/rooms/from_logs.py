"""What a workspace learns from the agents' logs, keeps of them, and forgets again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hansei_sessions.value import Value
from hansei_tui.config_file import read_settings
from hansei_tui.rooms.opened import Opened

if TYPE_CHECKING:
    from hansei_core.archive_feed import Archived
    from hansei_core.improvement import EvidenceLink
    from hansei_core.retro import Retro
    from hansei_core.themes.model import Document
    from hansei_core.usual import Usual
    from hansei_sessions.index import ScanReport
    from hansei_sessions.index.scan import Progress, Stop
    from hansei_sessions.model import Friction, Session
    from hansei_sessions.sources import Source


class ForgetPlan(Value, frozen=True):
    """What forgetting would take away."""

    project: str
    """Empty where one session is meant."""
    session_ids: tuple[str, ...]
    frictions: int
    theme_ids: tuple[str, ...]
    """Themes that rest on nothing else."""


class Logged(Value, frozen=True):
    """What the index holds, read once for several looks at it."""

    sessions: tuple[Session, ...]
    """Newest first."""
    frictions: tuple[Friction, ...]


class FromLogs(Opened):
    """Sources, the scan, documents of themes, the archive, forgetting."""

    def retros(self) -> tuple[Retro, ...]:
        """Return all retros that can be read, oldest first."""
        from hansei_core.verbs.retros import load_retros

        return load_retros(self.store)

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

    def logged(self) -> Logged:
        """Return all sessions and frictions of the index."""
        return Logged(tuple(self.index.sessions()), tuple(self.index.frictions()))

    def documents(self, logged: Logged | None = None) -> tuple[Document, ...]:
        """Return everything that themes are made of: frictions, and what users say in retros.

        Args:
            logged: What the index holds, where the caller has read it.
        """
        from hansei_core.themes.sources import documents_of

        zone = self.now().tzinfo
        own = [retro.in_own_words for retro in self.retros()]
        found = logged or self.logged()
        return documents_of(found.frictions, found.sessions, own, zone)

    def keep_facts(self, homes: Mapping[str, str], logged: Logged | None = None) -> None:
        """Put what must outlive the logs into the archive; `homes`: theme id by friction id.

        Once a week the archive is backed up: what it keeps is nowhere else.
        """
        from contextlib import suppress

        from hansei_core.archive_feed import keep_facts
        from hansei_core.errors import StorageError

        zone = self.now().tzinfo
        found = logged or self.logged()
        keep_facts(self.archive, found.sessions, found.frictions, homes, zone)
        if not self.store.seq:
            return  # backups beside no store look like a store that was lost
        with suppress(StorageError):  # a full disk is told by whoever writes next
            self.archive.backup_if_due(now=self.now())

    def archived(self, logged: Logged | None = None) -> Archived:
        """Return what only the archive remembers: sessions whose logs and index rows are gone.

        Nothing where it cannot be reached; whoever writes into it next says so.
        """
        from hansei_core.archive import NAME
        from hansei_core.archive_feed import Archived, archived
        from hansei_core.errors import StorageError

        if self._archive is None and not (self.paths.data / NAME).exists():
            return Archived()
        sessions = logged.sessions if logged else self.index.sessions()
        known = (session.id for session in sessions)
        try:
            archive = self.archive
        except StorageError:
            return Archived()
        return archived(archive, known, self.now().tzinfo)

    def homes_kept(self) -> Mapping[str, str] | None:
        """Return friction id → theme id as the archive has it; None where it cannot be reached."""
        from hansei_core.archive import NAME
        from hansei_core.errors import StorageError

        if self._archive is None and not (self.paths.data / NAME).exists():
            return {}
        try:
            return {each.friction_id: each.theme_id for each in self.archive.members()}
        except StorageError:
            return None

    def remembered(self, name: str) -> tuple[Session, tuple[Friction, ...], bool]:
        """Return a session with its frictions, and whether only the archive still knows them.

        Args:
            name: Its id, or the beginning of one.

        Raises:
            NotFoundError: There is none, or there are several.
        """
        from hansei_core.errors import NotFoundError

        try:
            session = self.index.session(name)
        except NotFoundError:
            if any(each.id.startswith(name) for each in self.index.sessions()):
                raise  # several begin so
            lost = self.archived()
            found = [each for each in lost.sessions if each.id.startswith(name)]
            exact = [each for each in found if each.id == name] or found
            if len(exact) != 1:
                raise
            own = (each for each in lost.frictions if each.session_id == exact[0].id)
            return exact[0], tuple(sorted(own, key=lambda each: each.evidence.line)), True
        return session, tuple(self.index.frictions([session.id])), False

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
        from hansei_core.verbs.forget import resting_on
        from hansei_core.verbs.theme_model import load_themes

        sessions = self.index.sessions()
        archived = self.archive.sessions()
        ids = {each.id for each in sessions if each.project == name}
        ids |= {each.session_id for each in archived if each.project == name}
        project = name if ids else ""
        if not ids:
            known = {each.session_id for each in archived}
            ids = {name} if name in known else {self.index.session(name).id}
        lost = self.archived()
        state = load_themes(self.store)
        documents = (*self.documents(), *lost.documents)
        homes = {**members(state, documents), **lost.homes, **state.pinned}
        themes = resting_on(state, documents, ids, homes)
        number = len(self.index.frictions(ids))
        return ForgetPlan(project, tuple(sorted(ids)), number, themes)

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
