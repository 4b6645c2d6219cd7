"""Improvements as the Backlog cuts, joins and orders them; views, time off, the list of changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from hansei_core.backlog import blocked_ids, blockers_of
from hansei_core.errors import UsageError
from hansei_core.improvement import Improvement
from hansei_tui.desk.items import Items
from hansei_tui.words import count

if TYPE_CHECKING:
    from pathlib import Path

    from hansei_core.filters import KnownWords
    from hansei_core.store.protocol import Change
    from hansei_core.views import View
    from hansei_core.vocabulary import Stage


SCREEN_TABLE = "screen"
"""What the screens looked like when they were left; bookkeeping, in no undo's way."""
SHOWN_CHANGES = 500
"""Changes that the list of them shows."""


class Shaping(Items):
    """What the Backlog can do besides editing one field."""

    _blocked: tuple[int, frozenset[str]] | None = None
    _words: tuple[int, KnownWords] | None = None

    def objections_to(self, ids: Sequence[str], stage: Stage) -> tuple[str, ...]:
        """Return what has to be confirmed before improvements move to a stage, each once."""
        from hansei_core.verbs import improvements as verbs

        limit = self.settings.backlog.wip
        return verbs.asks_before(self.workspace.store, ids, stage, now=self.now(), limit=limit)

    def reorder(self, ids: Sequence[str], column: Sequence[Improvement], step: int) -> str:
        """Move cards within their column; returns what was done, empty where nothing was."""
        from hansei_core.verbs import rework

        done = rework.reorder(self.workspace.store, ids, column, step, now=self.now())
        return done.label if done.value else ""

    def split(self, improvement_id: str, lines: Sequence[str]) -> str:
        """Cut an improvement in parts, a quick-add line each; returns what was done.

        Raises:
            UsageError: A line has no title or a bad value, or there are fewer than two.
        """
        from hansei_core.quickadd import parse_line
        from hansei_core.verbs import rework

        parts = [parse_line(line, self.today()) for line in lines]
        return rework.split(self.workspace.store, improvement_id, parts, now=self.now()).label

    def merge(self, keep: str, others: Sequence[str]) -> str:
        """Merge twins into one; returns what was done."""
        from hansei_core.verbs import rework

        done = rework.merge(self.workspace.store, keep, others, now=self.now())
        return "; ".join((done.label, *done.notes))

    def tag(self, ids: Sequence[str], text: str) -> str:
        """Add and remove tags: `ci +perf -old`; returns what was done.

        Raises:
            UsageError: No tag is named.
        """
        from hansei_core.verbs import improvements as verbs

        words = text.replace(",", " ").split()
        removed = [word[1:] for word in words if word.startswith("-")]
        added = [word.removeprefix("+") for word in words if not word.startswith("-")]
        if not words:
            raise UsageError("nothing to tag", "write tag, +tag or -tag")
        store = self.workspace.store
        return verbs.tag(store, ids, now=self.now(), added=added, removed=removed).label

    def tags(self) -> list[str]:
        """Return every tag that is in use, the most used first."""
        counted: dict[str, int] = {}
        for item in self.improvements().values():
            for tag in item.tags if item.stage.is_open else ():
                counted[tag] = counted.get(tag, 0) + 1
        return sorted(counted, key=lambda tag: (-counted[tag], tag))

    def known_words(self) -> KnownWords:
        """Return the user's own words, for completing a filter."""
        from hansei_core.filters import KnownWords

        self.improvements()
        if self._words is None or self._words[0] != self._seq:
            projects = {item.project for item in self.improvements().values() if item.project}
            words = KnownWords(
                tuple(self.tags()),
                tuple(sorted(projects)),
                tuple(self.workspace.theme_names()),
                tuple(self.improvements()),
            )
            self._words = (self._seq, words)
        return self._words[1]

    def snooze(self, ids: Sequence[str], text: str) -> str:
        """Hide until a day, or show again where the text is empty; returns what was done."""
        from hansei_core.days import parse_day
        from hansei_core.verbs import improvements as verbs

        until = parse_day(text, self.today()) if text.strip() else None
        return verbs.snooze(self.workspace.store, ids, until, now=self.now()).label

    def defer(self, ids: Sequence[str], text: str) -> str:
        """Put off by a line such as `2w waiting for the vendor`; returns what was done."""
        from hansei_core.verbs import improvements as verbs

        until, reason = self.deferral(text)
        return verbs.defer(self.workspace.store, ids, until, reason, now=self.now()).label

    def deferral(self, text: str) -> tuple[date | None, str]:
        """Return the day and the reason in a line; without a day in front it is open-ended."""
        from hansei_core.days import parse_day

        first, _, rest = text.strip().partition(" ")
        try:
            return parse_day(first, self.today()), rest.strip()
        except UsageError:
            return None, text.strip()

    def review(self, ids: Sequence[str]) -> str:
        """Tick the review, or reopen it where all have it ticked; returns what was done."""
        from hansei_core.record import is_reviewed
        from hansei_core.verbs import improvements as verbs

        items = [item for row in ids if (item := self.improvement(row)) is not None]
        cleared = not all(is_reviewed(item.checklist) for item in items)
        store = self.workspace.store
        return verbs.clear_review(store, ids, now=self.now(), cleared=cleared).label

    def tick(self, improvement_id: str, ticks: Mapping[Stage, Collection[int]]) -> str:
        """Let exactly these lines of its checklists be ticked; returns what was done."""
        from hansei_core.verbs.checklists import set_ticks

        return set_ticks(self.workspace.store, improvement_id, ticks, now=self.now()).label

    def blocked(self) -> frozenset[str]:
        """Return the ids that wait for an unfinished improvement."""
        items = self.improvements()
        if self._blocked is None or self._blocked[0] != self._seq:
            self._blocked = (self._seq, blocked_ids(items.values()))
        return self._blocked[1]

    def blockers(self, improvement_id: str) -> tuple[Improvement, ...]:
        """Return the unfinished improvements that one waits for."""
        return blockers_of(self.improvements().values(), improvement_id)

    def toggle_block(self, blocker: str, blocked: Sequence[str]) -> str:
        """Let one come before others, or no longer where it does for all; returns what was done.

        Raises:
            UsageError: It would close a circle; the message names it.
        """
        from hansei_core.verbs import edit as edits

        item = self.improvement(blocker)
        others = [row for row in blocked if row != blocker]
        if item is None or not others:
            raise UsageError("nothing can wait for itself", "choose another improvement")
        remove = set(others) <= set(item.blocks)
        store = self.workspace.store
        return edits.block(store, blocker, others, now=self.now(), remove=remove).label

    def too_big(self, item: Improvement) -> bool:
        """Return whether an improvement does not fit the budget of an ordinary week."""
        capacity = self.workspace.capacity
        budget = capacity.week_hours * capacity.share
        return item.stage.is_open and item.hours is not None and item.hours > budget

    def edit_page(self, improvement_id: str, run_editor: Callable[[str], str]) -> tuple[str, str]:
        """Let the user edit a page of it; returns what was done, and what was typed if saved."""
        from hansei_core.exchange.page_session import edit_page

        workspace = self.workspace
        done = edit_page(
            workspace.store, workspace.drafts, improvement_id, run_editor, workspace.now
        )
        return done.label, done.typed

    def changes(self) -> list[Change]:
        """Return what can be undone and what was undone, newest first."""
        from hansei_core.verbs.changes import newest_changes

        return newest_changes(
            self.workspace.store,
            SHOWN_CHANGES,
            lambda change: change.undoable and change.undoes is None,
        )

    def undo_one(self, seq: int) -> Change:
        """Take back one change of the list.

        Raises:
            UsageError: It does not stand, or a later change touched the same record.
        """
        return self.workspace.store.undo(now=self.now(), seq=seq)

    def views(self) -> dict[str, str]:
        """Return the text of every view by name, the user's own first."""
        from hansei_core.views import all_views

        return all_views(self.settings.views)

    def view(self, name: str) -> View:
        """Return a view by its name.

        Raises:
            NotFoundError: There is none.
            UsageError: It has a mistake.
        """
        from hansei_core.views import find_view

        return find_view(self.settings.views, name)

    def save_view(self, view: View) -> str:
        """Write a view into the configuration; returns what was done.

        Raises:
            UsageError: Its name cannot be one.
            ConfigError: The file cannot be written.
        """
        from hansei_core.views import check_name
        from hansei_tui.config_file import read_settings, set_value

        name = check_name(view.name)
        path = self.paths.config_file
        set_value(path, f"views.{name}", view.text)
        self.workspace.settings = read_settings(path)
        return f"view “{name}” saved"

    def drop_view(self, name: str) -> str:
        """Take a view of the user's own out of the configuration; returns what was done.

        Raises:
            NotFoundError: There is none of that name.
        """
        from hansei_tui.config_file import drop_value, read_settings

        path = self.paths.config_file
        drop_value(path, f"views.{name}")
        self.workspace.settings = read_settings(path)
        return f"view “{name}” removed"

    def last_view(self) -> View | None:
        """Return what the Backlog showed when it was left; None where that is nothing special."""
        from hansei_core.views import View, find_view

        found = self.workspace.store.get(SCREEN_TABLE, "backlog") or {}
        try:
            view = find_view({"last": str(found.get("text", ""))}, "last")
        except UsageError:
            return None
        return View(str(found.get("name", "")), view.filter, view.sort, view.reverse, view.layout)

    def keep_last_view(self, view: View) -> None:
        """Remember what the Backlog shows; nothing is written where that is known already."""
        store, now = self.workspace.store, self.now()
        wanted = {"name": view.name, "text": view.text}
        known = store.get(SCREEN_TABLE, "backlog") or {"name": "", "text": ""}
        if wanted == known:
            return
        with store.transaction("remember the view", now=now, undoable=False) as transaction:
            transaction.put(SCREEN_TABLE, "backlog", wanted)

    def export(self, ids: Sequence[str], path: Path, *, force: bool) -> str:
        """Write improvements into a file, in the format that its ending names; without secrets.

        Raises:
            UsageError: The ending names no format, or something is there already.
            StorageError: The file cannot be written.
        """
        from hansei_core.exchange.formats import write_text
        from hansei_tui.exchange_files import facts_of, format_for
        from hansei_tui.export_file import write_export

        items = [item for row in ids if (item := self.improvement(row)) is not None]
        text = write_text(format_for("", str(path)), items, facts_of(self.workspace))
        write_export(path, text, force=force)
        return f"{count(len(items), 'improvement')} written to {path}"
