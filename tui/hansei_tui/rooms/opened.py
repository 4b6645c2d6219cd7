"""What a workspace stands on: paths, settings, the clock, and the files behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hansei_core.settings import Settings
from hansei_sessions.value import Value
from hansei_tui.paths import Paths

if TYPE_CHECKING:
    from hansei_core.archive import Archive
    from hansei_core.store.drafts import Drafts
    from hansei_core.store.store import JournalStore
    from hansei_sessions.index import Index


class Context(Value, frozen=True):
    """Where and when hansei runs."""

    environ: Mapping[str, str]
    home: Path
    cwd: Path
    clock: Callable[[], datetime]


class Opened:
    """Store, index, archive and drafts of one user, opened when they are first needed."""

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
