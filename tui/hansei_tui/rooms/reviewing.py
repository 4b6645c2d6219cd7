"""What a workspace knows of retros: which are owed, their drafts, saving, moods."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from hansei_tui.rooms.from_logs import FromLogs

if TYPE_CHECKING:
    from hansei_core.moods import Mood
    from hansei_core.suggestions import Entry
    from hansei_sessions.ended import Rules, Unreviewed
    from hansei_sessions.model import Session

INSTALL_TABLE: Final = "install"
"""`start`: when hansei was first started here; `not-today`: the day without questions."""


class Reviewing(FromLogs):
    """The sessions that a retro is owed to, and what becomes of it."""

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

    def catalogue(self) -> tuple[Entry, ...]:
        """Return what may be suggested: the user's own entries first, then the packaged ones.

        Raises:
            ConfigError: The user's `suggestions.toml` has a mistake.
        """
        from hansei_core.suggestions import catalogue, read_catalogue
        from hansei_tui.config_file import read_text

        path = self.paths.suggestions_file
        return (*read_catalogue(read_text(path), str(path)), *catalogue())

    def unreviewed(self, *, earlier: timedelta = timedelta()) -> tuple[Unreviewed, ...]:
        """Return the sessions that a retro is owed to, those of this folder first.

        Args:
            earlier: How long before hansei's first start a session may have ended.
        """
        from hansei_sessions.index import SessionQuery

        now = self.now()
        since = now - timedelta(days=self.settings.retro.within_days + 1)
        sessions = self.index.sessions(SessionQuery(since=since))
        first_start = self.first_start - earlier
        if not sessions:
            return ()
        from hansei_core.verbs.retros import reviewed_until
        from hansei_sessions.ended import unreviewed

        return unreviewed(
            sessions,
            reviewed_until(self.store),
            first_start,
            now,
            cwd=str(self.context.cwd),
            marks=self.marks(sessions),
            rules=self.retro_rules,
        )

    def to_open_with(self) -> tuple[Unreviewed, ...]:
        """Return the sessions that hansei may open with.

        Who has never closed one came because of the session before the first start, which is owed
        nothing; an empty backlog would be all there is to see.
        """
        from hansei_core.place import JUST_ENDED
        from hansei_core.tables import RETROS

        waiting = self.unreviewed()
        is_first_day = self.now() - self.first_start <= JUST_ENDED
        if waiting or not is_first_day or self.store.all(RETROS):
            return waiting
        return self.unreviewed(earlier=JUST_ENDED)

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

    def mood_of_week(self) -> Mood | None:
        """Return this week's moods; None where moods are not asked for."""
        if not self.settings.retro.mood:
            return None
        from hansei_core.moods import mood_of_week
        from hansei_core.planning.week import week_of

        return mood_of_week(self.retros(), week_of(self.today()), self.now())

    def secrets_in(self, text: str) -> tuple[str, ...]:
        """Return the kinds of secrets that a typed text seems to hold; it is kept as typed."""
        from hansei_sessions.suspects import may_hold_secrets

        if not may_hold_secrets(text):
            return ()
        from hansei_sessions.redact import find_secrets  # its many rules take 20 ms to load

        return tuple(dict.fromkeys(found.kind for found in find_secrets(text)))
