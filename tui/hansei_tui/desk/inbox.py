"""The inbox as the triage screen reads and changes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Final

from hansei_core.errors import StorageError
from hansei_core.improvement import Improvement
from hansei_tui.desk.items import Items

if TYPE_CHECKING:
    from hansei_core.deadlines import Limits
    from hansei_core.decisions import Decision
    from hansei_core.similar import TextIndex
    from hansei_core.triage import PreRead, Sitting
    from hansei_tui.inbox import Kin
    from hansei_tui.workspace import Workspace

_SITTING: Final = "triage"
"""Name of the draft that keeps a sitting."""


class Inbox(Items):
    """What waits for triage, what is known of it, and the four acts."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._kin: tuple[int, dict[str, Kin]] = (-1, {})
        self._decided: tuple[int, TextIndex, Mapping[str, Decision]] | None = None

    @property
    def limits(self) -> Limits:
        """How long things may take, as the settings say."""
        return self.workspace.limits

    def waiting(self) -> tuple[Improvement, ...]:
        """Return what waits for triage, what matters most first."""
        from hansei_core.triage import triage_order

        return triage_order(self.improvements().values(), self.now(), self.limits)

    def pre_read(self, waiting: Collection[Improvement]) -> PreRead:
        """Return the summary of the inbox, of which the caller knows what waits."""
        from hansei_core.triage import pre_read

        return pre_read(self.improvements().values(), self.now(), self.limits, waiting)

    def kin(self, item: Improvement) -> Kin:
        """Return the improvements, decisions and themes that resemble an improvement."""
        from hansei_tui.inbox import Kin, themes_like

        seq = self.workspace.store.seq
        if self._kin[0] != seq:
            self._kin = (seq, {})
        known = self._kin[1]
        if item.id not in known:
            twins = self.title_index().twins(item.title, but=item.id)
            decided = tuple(
                each for each in self.decided(item.title) if item.id not in each.improvement_ids
            )
            known[item.id] = Kin(twins, decided, themes_like(self.workspace, item.title))
        return known[item.id]

    def decided(self, title: str) -> tuple[Decision, ...]:
        """Return the decisions about nearly the same as a title, most alike first."""
        from hansei_core.similar import TextIndex
        from hansei_core.verbs.decisions import load_decisions

        seq = self.workspace.store.seq
        if self._decided is None or self._decided[0] != seq:
            known = load_decisions(self.workspace.store)
            titles = {name: each.title for name, each in known.items()}
            self._decided = (seq, TextIndex(titles), known)
        _, index, known = self._decided
        return tuple(known[found.id] for found in index.alike(title))

    def accept_items(self, ids: Sequence[str]) -> str:
        """Take into the backlog; returns what was done."""
        from hansei_core.verbs import triage

        return triage.accept(self.workspace.store, ids, now=self.now()).label

    def duplicate_of(self, ids: Sequence[str], of: str) -> str:
        """Count as repeats of an improvement; returns what was done."""
        from hansei_core.verbs import triage
        from hansei_core.verbs.rework import merge

        store, now = self.workspace.store, self.now()
        if len(ids) == 1:
            return triage.duplicate(store, ids[0], of, now=now).label
        return merge(store, of, [row for row in ids if row != of], now=now).label

    def decline_items(self, ids: Sequence[str], reason: str) -> str:
        """Decline with a reason; returns what was done."""
        from hansei_core.verbs import improvements

        return improvements.decline(self.workspace.store, ids, reason, now=self.now()).label

    def put_off(self, ids: Sequence[str], until: date) -> str:
        """Hide until a day; returns what was done."""
        from hansei_core.verbs import triage

        return triage.put_off(self.workspace.store, ids, until, now=self.now()).label

    def sitting(self) -> Sitting:
        """Return the sitting that goes on, after a crash too, or a new one.

        Where the kept one cannot be read, no more than the place and the time are lost.
        """
        from hansei_core.triage import resumed

        kept = None
        with suppress(StorageError):
            kept = self.workspace.drafts.load(_SITTING)
        return resumed(kept.fields if kept else None, self.now())

    def keep_sitting(self, sitting: Sitting) -> None:
        """Remember where the user stands; no undo knows of it."""
        self.workspace.drafts.save(_SITTING, sitting.to_document(), now=self.now())
