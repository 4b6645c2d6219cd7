"""Sessions, their retros and the themes over all of them, as the screens read and change them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Final

from hansei_tui.desk.plans import Plans

if TYPE_CHECKING:
    from datetime import datetime

    from hansei_core.improvement import Improvement
    from hansei_core.retro import ImprovementDraft, Retro, RetroDraft
    from hansei_core.store.protocol import Change
    from hansei_sessions.index import ScanProgress
    from hansei_sessions.model import Friction, Session
    from hansei_tui.workspace import Workspace

_ROOTS_SHOWN: Final = 3


class Reviews(Plans):
    """What the logs tell, and what the user says to it."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._drafting = Lock()
        self._saved: set[str] = set()
        """Sessions whose retro was saved: a draft that a thread still holds must not come back."""

    def undo(self) -> Change:
        """Take back the newest change; a retro that is taken back may be drafted again.

        Raises:
            UsageError: There is nothing to undo.
        """
        self._saved.clear()
        return super().undo()

    def sessions(self) -> list[Session]:
        """Return sessions with a human before them, newest first."""
        from hansei_sessions.index import SessionQuery

        return self.workspace.index.sessions(SessionQuery(include_subagents=False))

    def session(self, session_id: str) -> Session:
        """Return one session.

        Raises:
            NotFoundError: There is none with this id.
        """
        return self.workspace.index.session(session_id)

    def frictions(self, session_id: str) -> list[Friction]:
        """Return the frictions of a session in the order of its log."""
        return self.workspace.index.frictions([session_id])

    def lost_by_session(self) -> dict[str, float]:
        """Return the known seconds lost by session id."""
        lost: dict[str, float] = {}
        for friction in self.workspace.index.frictions():
            if friction.seconds_lost is not None:
                old = lost.get(friction.session_id, 0.0)
                lost[friction.session_id] = old + friction.seconds_lost
        return lost

    def reviewed(self) -> Mapping[str, datetime]:
        """Return up to which time sessions were looked at, by session id."""
        from hansei_core.verbs import retros as verbs

        return verbs.reviewed_until(self.workspace.store)

    def retro_of(self, session: Session) -> Retro | None:
        """Return the retro that covers all of a session; None where one is still owed."""
        found = [retro for retro in self.workspace.retros() if retro.session_id == session.id]
        if not found:
            return None
        retro = max(found, key=lambda each: each.at)
        until = retro.reviewed_until or retro.at
        grown = session.last_at is not None and session.last_at > until
        return None if grown else retro

    def first_session(self, *, unreviewed_only: bool = False) -> str:
        """Return the session to look at: one with a draft, one that is owed, else the newest."""
        sessions = {session.id: session for session in self.sessions()}
        begun = None if unreviewed_only else self.begun_session()
        if begun is not None:
            return begun.id
        owed = self.workspace.unreviewed()
        if owed:
            return owed[0].session.id
        if unreviewed_only:
            return ""
        humans = (row for row, session in sessions.items() if not session.headless)
        return next(humans, next(iter(sessions), ""))

    def begun_session(self) -> Session | None:
        """Return the session whose retro was begun and not finished; None where there is none."""
        from hansei_core.verbs.drafts import load_drafts

        sessions = {session.id: session for session in self.sessions()}
        for draft in load_drafts(self.workspace.drafts):
            session = sessions.get(draft.session_id)
            if session is not None and self.retro_of(session) is None:
                return session
        return None

    def nothing_to_review(self) -> str:
        """Return what the Retro screen says where there is no session at all."""
        from hansei_sessions.sources import worth_naming

        named = worth_naming(self.workspace.sources())
        roots = list(dict.fromkeys(str(source.root) for source in named))
        rows = ["No session of a coding agent was found.", "", "hansei looked in:"]
        rows += [f"  {root}" for root in roots[:_ROOTS_SHOWN]]
        rows.append("  and where the other agents keep theirs: `hansei sources --all`")
        rows += [
            "",
            "Close a session and come back; r looks again. More folders are named with",
            "`hansei config set sources.claude_code PATH`.",
            "",
            "`hansei demo` shows all of it on sample sessions.",
        ]
        return "\n".join(rows)

    def draft_of(self, session: Session, frictions: Sequence[Friction]) -> tuple[RetroDraft, bool]:
        """Return the draft of a session, and whether it was kept from before."""
        from hansei_core.verbs.drafts import read_draft

        self._saved.discard(session.id)
        kept = read_draft(self.workspace.drafts, session.id)
        if kept is not None:
            return kept, True
        return self.workspace.new_draft(session, frictions), False

    def seen_as(self, draft: ImprovementDraft) -> Improvement | None:
        """Return the improvement that a draft means, or that is open against its theme.

        A theme that was merged into another is that other one, whichever id a record names.
        """
        if draft.same_as:
            return self.improvement(draft.same_as)
        if not draft.theme_id:
            return None
        now_called = self.workspace.theme_ids()
        wanted = now_called.get(draft.theme_id, draft.theme_id)
        against = (
            item
            for item in self.improvements().values()
            if item.theme_id
            and now_called.get(item.theme_id, item.theme_id) == wanted
            and item.stage.is_open
        )
        return max(against, key=lambda item: item.id, default=None)

    def save_draft(self, draft: RetroDraft) -> None:
        """Keep what is typed; may be called from any thread."""
        from hansei_core.verbs.drafts import keep_draft

        with self._drafting:
            if draft.session_id not in self._saved:
                keep_draft(self.workspace.drafts, draft, now=self.now())

    def secrets_in_draft(self, draft: RetroDraft) -> tuple[str, ...]:
        """Return the kinds of secrets that the typed answers and titles seem to hold."""
        titles = (item.title for item in draft.taken)
        text = "\n".join((draft.slowed, draft.broke, draft.better, *titles))
        return self.workspace.secrets_in(text)

    def save_retro(self, draft: RetroDraft, *, force: bool) -> str:
        """Save a retro; returns what was done.

        Raises:
            UsageError: There is no improvement and no reason, or a fourth without force.
        """
        with self._drafting:
            label = self.workspace.save_retro(draft, force=force).label
            self._saved.add(draft.session_id)
        return label

    def evidence(self, friction: Friction) -> tuple[list[tuple[str, str]], int]:
        """Return the conversation around a friction and the place of its own line.

        Where the log is gone, what was kept of it is shown instead.
        """
        from hansei_sessions.evidence import read_excerpt
        from hansei_sessions.sources import folders

        roots = folders(self.workspace.sources())
        excerpt = read_excerpt(
            friction.evidence, roots, forbidden=self.settings.sources.exclude_paths
        )
        if excerpt.lines:
            rows = [(line.speaker, line.text) for line in excerpt.lines]
            return rows, excerpt.place
        kept = [("about", friction.subject)] if friction.subject else []
        text = friction.text.split("\n") if friction.text else ["the log holds no words for it"]
        return [("", excerpt.note), ("", ""), *kept, *(("", line) for line in text)], -1

    def read_logs(self, tick: Callable[[str], bool]) -> bool:
        """Scan the logs and let the themes grow; runs in a thread; True if anything changed."""
        from hansei_tui.inbox import raise_alerts
        from hansei_tui.scanning import Progress

        going = True
        words = Progress(time.monotonic)

        def progress(found: ScanProgress) -> None:
            nonlocal going
            if found.files_total:
                going = tick(words.of(found))

        report = self.workspace.scan(progress, lambda: not going, aside=True)
        raised = raise_alerts(self.workspace) if going else None
        return bool(report.files_read or report.files_gone or (raised and raised.created))

    def fill_texts(self, should_stop: Callable[[], bool]) -> None:
        """Make what sessions say quick to search; runs in a thread, after the logs were read."""
        self.workspace.fill_texts(should_stop)
