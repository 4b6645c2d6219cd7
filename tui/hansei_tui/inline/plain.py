"""The retro line by line, for screen readers, dumb terminals and pipes: questions and answers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from hansei_core.errors import HanseiError, UsageError
from hansei_core.quickadd import parse_line
from hansei_core.retro import QUESTIONS, USUAL_MOST, ImprovementDraft, RetroDraft
from hansei_core.verbs.improvements import draft_of_line
from hansei_sessions.model import Session
from hansei_tui.desk import Desk
from hansei_tui.inline import sheet
from hansei_tui.workspace import Workspace

Say = Callable[[str], None]
_LATER = "Your answers are kept; `hansei retro` goes on with them."


class _LaterError(Exception):
    """The user left in the middle."""


def ask_plainly(workspace: Workspace, session: Session, say: Say) -> str:
    """Ask for a session's retro by lines of standard input; returns what was done in words.

    Enter keeps an answer, a dot empties it. The end of the input (ctrl+d) keeps the draft.

    Args:
        workspace: Scanned.
        session: What was closed.
        say: Prints one line.

    Raises:
        UsageError: The input ended before anything could be saved; the draft is kept.
        KeyboardInterrupt: ctrl+c; the draft is kept.
    """
    return _Talk(workspace, session, say).run()


class _Talk:
    """One conversation; the draft is kept after each answer."""

    def __init__(self, workspace: Workspace, session: Session, say: Say) -> None:
        self.desk = Desk(workspace)
        self.session = session
        self.say = say
        self.mood = workspace.settings.retro.mood
        self.usual = workspace.usual_lost(session)
        found = self.desk.frictions(session.id)
        self.frictions = sheet.since(found, self.desk.reviewed().get(session.id))
        draft, _ = self.desk.draft_of(session, found)
        self.draft, self.line = sheet.open_sheet(draft)

    def run(self) -> str:
        try:
            return self._ask_all()
        except _LaterError:
            self._keep()
            raise UsageError("the input ended before the retro was saved", _LATER) from None
        except KeyboardInterrupt:
            self._keep()
            self.say(_LATER)
            raise

    def _ask_all(self) -> str:
        self.say(sheet.session_line(self.session))
        self.say(sheet.friction_line(self.frictions, self.usual))
        for name, question in zip(("slowed", "broke", "better"), QUESTIONS, strict=True):
            self._set(**{name: self._answer(question, getattr(self.draft, name))})
        if self.mood:
            typed = self._ask("Mood, 1 to 5, or enter for none:").strip()
            self._set(mood=int(typed) if typed in {"1", "2", "3", "4", "5"} else None)
        self._improvements()
        reason = ""
        while not self.draft.taken and not reason:
            reason = self._ask("No improvement this time, because:").strip()
        draft = replace(self.draft, none_because=reason)
        return self.desk.save_retro(draft, force=len(draft.taken) > USUAL_MOST)

    def _answer(self, question: str, present: str) -> str:
        self.say("")
        self.say(question)
        for row in present.splitlines():
            self.say(f"  {row}")
        hint = "Enter keeps it, a dot empties it:" if present else "Your answer, or enter:"
        typed = self._ask(hint).strip()
        return "" if typed == "." else typed or present

    def _improvements(self) -> None:
        self.say("")
        self.say("One to three improvements. A number takes a suggestion, words add one.")
        for place, item in enumerate(self.draft.improvements):
            state = ", taken" if item.taken else ""
            state += f", seen again: {item.same_as}" if item.same_as else ""
            self.say(
                f"{place + 1}: {item.title} (impact {item.impact}, effort {item.effort}{state})"
            )
        while True:
            number = len(self.draft.taken) + 1
            typed = self._ask(f"Improvement {number}, or enter when done:").strip()
            if not typed:
                return
            try:
                self._take(typed)
            except HanseiError as error:
                self.say(error.said)

    def _take(self, typed: str) -> None:
        if typed.isdecimal():
            self._choose(int(typed))
            return
        if len(self.draft.taken) >= USUAL_MOST and not self._yes(
            f"That is number {len(self.draft.taken) + 1}; one to three get done. Add it?"
        ):
            return
        item = draft_of_line(parse_line(typed, self.desk.today()))
        if not item.title:
            raise UsageError("a title is missing", "write what should change")
        twins = self.desk.twins(item.title) if len(item.title) > 6 else ()
        if twins:
            twin = twins[0].item
            if self._yes(f"It is like {twin.id} “{twin.title}”. Is it the same?"):
                item = ImprovementDraft(title=twin.title, same_as=twin.id)
        self._set_draft(sheet.added(self.draft, item))
        self.say(f"Added: {item.title}")

    def _choose(self, number: int) -> None:
        if not 0 < number <= len(self.draft.improvements):
            raise UsageError(f"there is no suggestion {number}", "type words to add one of yours")
        draft, _ = sheet.toggled(self.draft, number - 1)
        self._set_draft(draft)
        item = draft.improvements[number - 1] if number <= len(draft.improvements) else None
        self.say(f"Taken: {item.title}" if item is not None and item.taken else "Put back.")

    def _yes(self, question: str) -> bool:
        return self._ask(f"{question} y or n:").strip().lower() in {"y", "yes"}

    def _ask(self, prompt: str) -> str:
        self.say(prompt)
        sys.stdout.flush()
        found = sys.stdin.readline()
        if not found:
            raise _LaterError
        return found.rstrip("\n")

    def _set(self, **changes: str | int | None) -> None:
        self._set_draft(replace(self.draft, **changes))  # type: ignore[arg-type]  # names and types are those of the callers above

    def _set_draft(self, draft: RetroDraft) -> None:
        self.draft = draft
        self._keep()

    def _keep(self) -> None:
        self.desk.save_draft(sheet.close_sheet(self.draft, self.line))
