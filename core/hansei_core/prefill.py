"""The draft of a retro as it opens: three answers and up to three offers from what happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from hansei_core.frictions import FrictionGroup, duration_words, first_line, group_frictions
from hansei_core.retro import RetroDraft
from hansei_core.suggestions import NO_BACKGROUND, Background, Entry, suggest
from hansei_sessions.model import Friction, FrictionKind, Session

LINES: Final = 3
"""Sentences an answer begins with; the rest is in the list beside it."""
WORTH_SECONDS: Final = 30.0

_BREAKS: Final = frozenset(
    (
        FrictionKind.COMMAND_FAILED,
        FrictionKind.TOOL_ERROR,
        FrictionKind.EDIT_ERROR,
        FrictionKind.API_ERROR,
        FrictionKind.HOOK_BLOCKED,
        FrictionKind.DANGLING_CALL,
        FrictionKind.EDIT_CHURN,
    )
)
_STEERS: Final = (
    FrictionKind.REJECTION,
    FrictionKind.CORRECTION,
    FrictionKind.INTERRUPTION,
    FrictionKind.PERMISSION_DENIED,
    FrictionKind.REWIND,
)


def prefill(
    session: Session,
    frictions: Iterable[Friction],
    *,
    background: Background = NO_BACKGROUND,
    entries: Iterable[Entry] | None = None,
    since: datetime | None = None,
) -> RetroDraft:
    """Return the draft of a session's retro, filled from its own signals.

    Every sentence is the user's to change or delete; an answer without a signal stays empty. The
    improvements are offers: none is taken.

    Args:
        session: What was closed.
        frictions: Its frictions.
        background: What is known beyond the session.
        entries: The catalogue of suggestions, without what went quiet; None: the packaged one.
        since: Only what came later counts (the rest was reviewed before); frictions without a
            time are left out then.
    """
    if since is not None:
        frictions = (item for item in frictions if item.at is not None and item.at > since)
    groups = group_frictions(frictions)
    slowed = _answer(slow_sentence(group) for group in _slow(groups))
    broke = _answer(broken_sentence(group) for group in _broken(groups))
    better = _answer(steer_sentence(group) for group in _steered(groups))
    lines = (line.strip() for answer in (slowed, broke, better) for line in answer.splitlines())
    return RetroDraft(
        session_id=session.id,
        slowed=slowed,
        broke=broke,
        better=better,
        prefilled=tuple(dict.fromkeys(line for line in lines if line)),
        improvements=suggest(groups, session, background=background, entries=entries),
        agent=session.agent,
        project=session.project,
        reviewed_until=session.last_at,
    )


def slow_sentence(group: FrictionGroup) -> str:
    """Return where time went, as a sentence: "Waited 12 min on failing `pytest` (5×)"."""
    cost, times = duration_words(group.seconds), _times(group.count)
    if group.kind is FrictionKind.COMMAND_FAILED:
        return f"Waited {cost} on failing {group.label}{times}"
    if group.kind is FrictionKind.SLOW_COMMAND:
        return f"Waited {cost} for {group.label}{times}"
    if group.kind is FrictionKind.COMPACTION:
        return f"The context was full and was summarised{times}: {cost}"
    if group.kind is FrictionKind.API_ERROR:
        return f"Waited {cost} for the model's service{times}"
    return f"Lost {cost} on {group.label}{times}"


def broken_sentence(group: FrictionGroup) -> str:
    """Return what failed and its plainest words: "`go test` failed 4×: undefined: Agent"."""
    times = f" {group.count}×" if group.count > 1 else ""
    said = first_line(group.quote, 100)
    tail = f": {said}" if said else ""
    if group.kind is FrictionKind.EDIT_ERROR:
        return f"Refused{times}: {group.label}"
    if group.kind is FrictionKind.DANGLING_CALL:
        return f"The session ended in the middle of {group.label}{_times(group.count)}"
    if group.kind is FrictionKind.EDIT_CHURN:
        others = f", and {group.count - 1} more so" if group.count > 1 else ""
        return f"{said[:1].upper()}{said[1:]}{others}"
    if group.kind is FrictionKind.HOOK_BLOCKED:
        return f"A hook failed{times}{tail}"
    if group.kind is FrictionKind.API_ERROR:
        return f"The model's service failed{times}"
    if group.rule == "file-missing":
        return f"Looked for {group.label}{_times(group.count)}"
    return f"{group.label[:1].upper()}{group.label[1:]} failed{times}{tail}"


def steer_sentence(group: FrictionGroup) -> str:
    """Return where the user had to step in, with the user's own last words."""
    said = first_line(group.quote, 100)
    tail = f": “{said}”" if said else ""
    times = _times(group.count)
    if group.kind is FrictionKind.REJECTION:
        return f"You refused {group.label}{times}{tail}"
    if group.kind is FrictionKind.CORRECTION:
        return f"You corrected the agent while it worked{times}{tail}"
    if group.kind is FrictionKind.INTERRUPTION:
        return f"You stopped the agent{times}{tail}"
    if group.kind is FrictionKind.PERMISSION_DENIED:
        return f"A rule refused {group.label}{times}"
    return f"You undid turns{times}"


def _slow(groups: tuple[FrictionGroup, ...]) -> tuple[FrictionGroup, ...]:
    return tuple(group for group in groups if group.seconds >= WORTH_SECONDS)[:LINES]


def _broken(groups: tuple[FrictionGroup, ...]) -> tuple[FrictionGroup, ...]:
    failed = [group for group in groups if group.kind in _BREAKS]
    return tuple(sorted(failed, key=lambda group: (-group.count, -group.seconds)))[:LINES]


def _steered(groups: tuple[FrictionGroup, ...]) -> tuple[FrictionGroup, ...]:
    human = [group for group in groups if group.kind in _STEERS]
    return tuple(
        sorted(human, key=lambda group: (_STEERS.index(group.kind), -group.count, group.label))
    )[:LINES]


def _answer(sentences: Iterable[str]) -> str:
    return "\n".join(
        sentence if sentence.endswith((".", "?", "!", "…", "”")) else f"{sentence}."
        for sentence in sentences
    )


def _times(count: int) -> str:
    return f" ({count}×)" if count > 1 else ""
