"""Triage line by line, for screen readers, dumb terminals and pipes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from hansei_core.days import parse_day
from hansei_core.errors import HanseiError
from hansei_core.improvement import Improvement
from hansei_core.triage import SNOOZES
from hansei_core.vocabulary import Severity
from hansei_tui.desk import Desk
from hansei_tui.inbox import decision_words
from hansei_tui.words import count, due_words, when
from hansei_tui.workspace import Workspace

_HELP: Final = (
    "1 accept · 2 ID duplicate · 3 digit or reason: decline · w [1–3 or day] snooze · "
    "enter next · u undo · q end"
)


def talk(workspace: Workspace, say: Callable[[str], None]) -> str:
    """Go through the inbox by lines of standard input; returns what was done in words.

    Each answer is an act with its object on one line; the end of the input ends triage.

    Args:
        workspace: Opened.
        say: Prints one line.
    """
    return _Talk(Desk(workspace), say).run()


class _Talk:
    """One go through the inbox."""

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk = desk
        self._say = say
        self._done = 0

    def run(self) -> str:
        waiting = [item.id for item in self._desk.waiting()]
        if not waiting:
            return "the inbox is empty"
        self._say(f"{count(len(waiting), 'improvement')} waiting")
        self._say(_HELP)
        self._reasons()
        place = 0
        while place < len(waiting):
            item = self._desk.improvement(waiting[place])
            if item is None or all(item.id != each.id for each in self._desk.waiting()):
                place += 1  # merged with another, or decided elsewhere
                continue
            self._show(item, place + 1, len(waiting))
            line = sys.stdin.readline()
            word = line.strip()
            if not line or word == "q":
                break
            if word == "u":
                self._undo()
                place = max(place - 1, 0)
            elif not word or self._act(item, word):
                place += 1
        left = len(self._desk.waiting())
        return f"{self._done} decided, {left} waiting"

    def _reasons(self) -> None:
        reasons = self._desk.settings.triage.reasons
        self._say(
            "reasons: " + "; ".join(f"{place} {text}" for place, text in enumerate(reasons, 1))
        )

    def _show(self, item: Improvement, number: int, total: int) -> None:
        now, limits = self._desk.now(), self._desk.limits
        from hansei_core.deadlines import due_in

        flags = [item.severity.value] if item.severity is Severity.CRITICAL else []
        flags += [words] if (words := due_words(due_in(item, now, limits))) else []
        tail = f" ({', '.join(flags)})" if flags else ""
        self._say("")
        self._say(f"{number} of {total}: {item.id} {item.title}{tail}")
        kin = self._desk.kin(item)
        for twin in kin.twins:
            self._say(f"  like {twin.item.id} {twin.item.title}")
        for decision in kin.decisions:
            self._say(f"  {decision_words(decision, when(decision.at, now))}")
        for theme in kin.themes:
            self._say(f"  theme {theme.id} {theme.text}")

    def _act(self, item: Improvement, line: str) -> bool:
        """Do what a line says; False where it says nothing that can be done."""
        word, _, rest = line.partition(" ")
        try:
            label = self._done_by(item, word, rest.strip())
        except HanseiError as error:
            self._say(error.said)
            return False
        if not label:
            self._say(_HELP)
            return False
        self._done += 1
        self._say(label)
        return True

    def _done_by(self, item: Improvement, word: str, rest: str) -> str:
        desk, ids = self._desk, [item.id]
        if word == "1" and not rest:
            return desk.accept_items(ids)
        if word == "2":
            twins = desk.kin(item).twins
            return desk.duplicate_of(ids, rest or (twins[0].item.id if twins else ""))
        if word == "3":
            reasons = desk.settings.triage.reasons
            stock = rest.isascii() and rest.isdigit() and 1 <= int(rest) <= len(reasons)
            return desk.decline_items(ids, reasons[int(rest) - 1] if stock else rest)
        if word == "w":
            place = int(rest or "1") if (rest or "1") in ("1", "2", "3") else 0
            today = desk.today()
            until = today + SNOOZES[place - 1][1] if place else parse_day(rest, today)
            return desk.put_off(ids, until)
        return ""

    def _undo(self) -> None:
        try:
            self._say(f"undone: {self._desk.undo().label.removeprefix('undo: ')}")
        except HanseiError as error:
            self._say(error.message)
            return
        self._done = max(self._done - 1, 0)
