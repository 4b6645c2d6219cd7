"""Improvements as the screens read and change them, kept current cheaply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from hansei_core.backlog import is_shown, sort_items
from hansei_core.deadlines import raised
from hansei_core.errors import HanseiError
from hansei_core.improvement import Improvement
from hansei_core.tables import IMPROVEMENTS
from hansei_core.verbs.records import load_improvements
from hansei_core.vocabulary import OPEN_STAGES, Stage
from hansei_sessions.value import Value

if TYPE_CHECKING:
    from hansei_core.filters import SearchText
    from hansei_core.improvement import EvidenceLink
    from hansei_core.quickadd import QuickAdd
    from hansei_core.retro import ImprovementDraft
    from hansei_core.scoring import Bins
    from hansei_core.settings import Settings
    from hansei_core.similar import TitleIndex, Twin
    from hansei_core.store.protocol import Change
    from hansei_tui.paths import Paths
    from hansei_tui.workspace import Workspace

_PATCH_LIMIT: Final = 200
"""Transactions that are taken in one by one; after more the whole table is read."""


class Counts(Value, frozen=True):
    """How much there is."""

    open: int
    inbox: int
    broken: int
    """Records that cannot be read; they are left as they are."""


class _Order(Value, frozen=True):
    """Every improvement in an order, as it was on a day at a state of the store."""

    seq: int
    today: date
    items: list[Improvement]
    shown: list[Improvement]
    """Those that a list without a filter shows."""


class Items:
    """The improvements; every verb is one call and one undo, and returns what it did in words."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._day = workspace.today()
        """The day that the screens show; who leaves them open overnight wants the next one."""
        self._items: dict[str, Improvement] | None = None
        self._broken: dict[str, str] = {}
        self._seq = -1
        self._search: SearchText | None = None
        self._titles: tuple[int, TitleIndex] | None = None
        self._title_words: dict[str, tuple[str, ...]] = {}
        self._orders: dict[tuple[str, bool], _Order] = {}
        self._counts: tuple[int, Counts] | None = None

    @property
    def settings(self) -> Settings:
        """The user's settings."""
        return self.workspace.settings

    @property
    def paths(self) -> Paths:
        """Where hansei keeps its files."""
        return self.workspace.paths

    @property
    def bins(self) -> Bins:
        """Where the matrix is cut."""
        return self.workspace.bins

    def now(self) -> datetime:
        """Return the time, aware, in the user's zone."""
        return self.workspace.now()

    def today(self) -> date:
        """Return the user's date."""
        return self.workspace.today()

    def refresh(self) -> bool:
        """Take in what other processes wrote, and that a day began; True if anything changed."""
        day = self.today()
        has_turned, self._day = day != self._day, day
        return self.workspace.store.refresh() or has_turned

    def undo(self) -> Change:
        """Take back the newest change.

        Raises:
            UsageError: There is nothing to undo.
        """
        return self.workspace.store.undo(now=self.now())

    def redo(self) -> Change:
        """Bring back what the newest undo took away.

        Raises:
            UsageError: There is nothing to redo.
        """
        return self.workspace.store.redo(now=self.now())

    def improvements(self) -> dict[str, Improvement]:
        """Return every improvement by id; read again only as far as something changed."""
        store = self.workspace.store
        seq = store.seq
        if self._items is None or not self._patch(self._items, seq):
            loaded = load_improvements(store)
            self._items, self._broken = dict(loaded.items), dict(loaded.broken)
        self._seq = seq
        return self._items

    def improvement(self, improvement_id: str) -> Improvement | None:
        """Return one improvement, or None."""
        return self.improvements().get(improvement_id)

    def counts(self) -> Counts:
        """Return how many improvements are open and in the inbox."""
        items = self.improvements().values()
        if self._counts is None or self._counts[0] != self._seq:
            stages = [item.stage for item in items]
            still = sum(stage in OPEN_STAGES for stage in stages)
            counts = Counts(still, stages.count(Stage.INBOX), len(self._broken))
            self._counts = (self._seq, counts)
        return self._counts[1]

    def check_filter(self, text: str) -> None:
        """Make sure that a filter can be read.

        Raises:
            FilterError: It cannot; the error knows which characters are wrong.
        """
        from hansei_core.filters import parse

        parse(text)

    def select(
        self, text: str, sort: str = "priority", *, reverse: bool = False
    ) -> list[Improvement]:
        """Return the improvements that a filter lets through, in order; without one the open ones.

        Everything is put in order once for each state of the store, and a filter picks from that:
        a key press costs no sorting.

        Raises:
            FilterError: The filter cannot be read.
            UsageError: There is no such order.
        """
        order = self._order(sort, reverse=reverse)
        if not text.strip():
            return order.shown
        from hansei_core.filters import SearchText, parse, select  # the first screen has no filter

        query = parse(text)
        if self._search is None:
            self._search = SearchText()
        from_all = order.items if query.speaks_of_stages else order.shown
        everything = self.improvements().values()
        context = self.workspace.filter_context(query, everything, self._search)
        return select(query, from_all, context)

    def _order(self, sort: str, *, reverse: bool) -> _Order:
        items, today = self.improvements(), self.today()
        state = (self._seq, today)
        kept = self._orders.get((sort, reverse))
        if kept is not None and (kept.seq, kept.today) == state:
            return kept
        living = [item for item in items.values() if not item.merged_into]
        ordered = sort_items(living, sort, reverse=reverse)
        if sort == "priority" and not reverse:
            ordered = raised(ordered, self.now(), self.workspace.limits)
        shown = [item for item in ordered if is_shown(item, today)]
        made = _Order(*state, ordered, shown)
        still = {key: one for key, one in self._orders.items() if (one.seq, one.today) == state}
        self._orders = {**still, (sort, reverse): made}
        return made

    def twins(self, title: str) -> tuple[Twin, ...]:
        """Return improvements that a title nearly repeats."""
        return self.title_index().twins(title)

    def title_index(self) -> TitleIndex:
        """Return the titles of what is open, to find twins in."""
        from hansei_core.similar import TitleIndex

        items = self.improvements()
        if self._titles is None or self._titles[0] != self._seq:
            still = (item for item in items.values() if item.stage.is_open)
            self._titles = (self._seq, TitleIndex(still, self._title_words))
        return self._titles[1]

    def add(self, draft: ImprovementDraft, source: str = "add") -> str:
        """Add an improvement; returns its id.

        Raises:
            UsageError: A value is not allowed.
        """
        from hansei_core.verbs import improvements as verbs

        draft = self.workspace.routed(draft, source)
        done = verbs.add(self.workspace.store, draft, now=self.now(), source=source)
        return done.value.id

    def add_line(self, line: QuickAdd) -> str:
        """Add what a quick-add line says; returns its id."""
        from hansei_core.verbs import improvements as verbs

        return self.add(verbs.draft_of_line(line))

    def score(
        self,
        ids: Sequence[str],
        *,
        impact: int | None = None,
        effort: int | None = None,
        hours: float | str | None = None,
    ) -> str:
        """Set scores; returns what was done in words."""
        from hansei_core.verbs import improvements as verbs

        done = verbs.score(
            self.workspace.store, ids, now=self.now(), impact=impact, effort=effort, hours=hours
        )
        return done.label

    def move(self, ids: Sequence[str], stage: Stage, *, force: bool, reason: str = "") -> str:
        """Move to a stage; returns what was done in words."""
        from hansei_core.verbs import improvements as verbs

        done = verbs.move(
            self.workspace.store,
            ids,
            stage,
            now=self.now(),
            force=force,
            reason=reason,
            limit=self.settings.backlog.wip,
        )
        return done.label

    def trash(self, ids: Sequence[str]) -> str:
        """Put into the trash; returns what was done in words."""
        from hansei_core.verbs import improvements as verbs

        return verbs.trash(self.workspace.store, ids, now=self.now()).label

    def retitle(self, improvement_id: str, title: str) -> str:
        """Give a new title; returns what was done in words."""
        from hansei_core.verbs import edit as edits

        return edits.edit(
            self.workspace.store, [improvement_id], {"title": title}, now=self.now()
        ).label

    def modify(self, ids: Sequence[str], line: QuickAdd) -> str:
        """Change what a modify line says; returns what was done in words."""
        from hansei_core.verbs import edit as edits

        return edits.modify(self.workspace.store, ids, line, now=self.now()).label

    def link_evidence(self, improvement_id: str, evidence: Sequence[EvidenceLink]) -> str:
        """Count a repeat of the trouble instead of adding a twin; returns what was done."""
        from hansei_core.verbs import improvements as verbs

        return verbs.link_sessions(
            self.workspace.store, improvement_id, evidence, now=self.now()
        ).label

    def _patch(self, items: dict[str, Improvement], seq: int) -> bool:
        """Take in the transactions since the last look; False where that is not possible."""
        fresh = seq - self._seq
        if fresh == 0:
            return True
        if not 0 < fresh <= _PATCH_LIMIT:
            return False
        store = self.workspace.store
        changes = [change for change in store.history(fresh) if change.seq > self._seq]
        if len(changes) != fresh:
            return False
        for change in changes:
            for table, record_id in change.records:
                if table == IMPROVEMENTS:
                    self._take(items, record_id)
        return True

    def _take(self, items: dict[str, Improvement], record_id: str) -> None:
        document = self.workspace.store.get(IMPROVEMENTS, record_id)
        self._broken.pop(record_id, None)
        if document is None:
            items.pop(record_id, None)
            return
        try:
            items[record_id] = Improvement.from_document(document)
        except HanseiError as error:
            items.pop(record_id, None)
            self._broken[record_id] = error.message
