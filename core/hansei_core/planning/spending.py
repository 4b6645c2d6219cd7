"""What working on an improvement cost in tokens and money, as far as agents' logs say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hansei_core.planning.time import TimeEntry
from hansei_sessions.model import Session


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens and money; None is unknown, which is not nothing."""

    sessions: int
    tokens: int | None
    """Of all kinds together; None where no session's log counts them."""
    without_tokens: int
    """Sessions whose log counts no tokens; they are missing in the sum."""
    cost_usd: float | None
    """US dollars; None where no session's log names a price."""
    without_cost: int
    """Sessions whose log names no price."""


def spending(sessions: Iterable[Session]) -> Spending:
    """Return what sessions cost together."""
    every = tuple(sessions)
    tokens = [total for each in every if (total := _tokens(each))]
    costs = [each.cost_usd for each in every if each.cost_usd is not None]
    return Spending(
        len(every),
        sum(tokens) if tokens else None,
        len(every) - len(tokens),
        sum(costs) if costs else None,
        len(every) - len(costs),
    )


def sessions_by_improvement(
    sessions: Iterable[Session], entries: Iterable[TimeEntry], now: datetime
) -> dict[str, tuple[Session, ...]]:
    """Return the sessions that ran while an improvement's time was tracked.

    A session belongs whole to the improvement that had most of its time; one that met no tracked
    time belongs to none.

    Args:
        sessions: Those of the period; without times they belong to none.
        entries: Tracked time.
        now: Where the running timer ends.
    """
    stretches = sorted(
        (entry.start.timestamp(), (entry.end or now).timestamp(), entry.improvement_id)
        for entry in entries
    )
    found: dict[str, list[Session]] = {}
    for session in sessions:
        if session.started_at is None or session.last_at is None:
            continue
        name = _most_of(session.started_at.timestamp(), session.last_at.timestamp(), stretches)
        if name:
            found.setdefault(name, []).append(session)
    return {name: tuple(group) for name, group in found.items()}


def _most_of(begin: float, end: float, stretches: list[tuple[float, float, str]]) -> str:
    shared: dict[str, float] = {}
    for start, stop, name in stretches:
        if start > end:
            break
        together = min(stop, end) - max(start, begin)
        if together > 0 or (begin == end and start <= begin < stop):
            shared[name] = shared.get(name, 0.0) + together
    return min(shared, key=lambda name: (-shared[name], name)) if shared else ""


def _tokens(session: Session) -> int:
    tokens = session.tokens
    return tokens.input + tokens.output + tokens.cache_read + tokens.cache_write
