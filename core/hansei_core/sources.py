"""Where friction comes from: how fresh a source is, and what two of them say in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hansei_core.errors import ConfigError
from hansei_core.retro import Retro
from hansei_sessions.index.values import SourceState, SourceStatus
from hansei_sessions.model import Friction, FrictionKind, Session

LOW_PERCENT: Final = 98.0
"""A source that is read less completely than this is worth a warning."""
RETROS: Final = "retros"
"""The source of what the user answered in retros."""

_LEAST_WORDS: Final = 3
"""Shorter notes ("stop", "go on") are alike by chance."""
SPOKEN: Final = frozenset(
    {FrictionKind.REJECTION, FrictionKind.INTERRUPTION, FrictionKind.CORRECTION}
)
"""Kinds of friction that hold what the user said."""
_OWN_WORDS: Final = ("rejected ", "stopped by the user", "no to: ", "another prompt replaced")
"""Beginnings of texts that hansei writes where the user said nothing."""


_UNUSED: Final = timedelta(weeks=8)
_UNUSED_TIMES: Final = 4
"""A source is unused after so long, and after so many times its own cadence."""


class Freshness(StrEnum):
    """Whether a source brings sessions as often as it should."""

    FRESH = "fresh"
    STALE = "stale"
    UNUSED = "unused"
    """Silent for so long that its agent is not used any more: nobody need be warned of it."""
    UNKNOWN = "unknown"
    """It has no session with a time, or its folder is not there."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """After how many days without a session a source is stale."""

    days: int = 14
    by_agent: Mapping[str, int] | None = None

    def of(self, agent: str) -> int:
        """Return the days of an agent's sources."""
        return (self.by_agent or {}).get(agent, self.days)


def read_cadence(days: int, lines: Iterable[str]) -> Cadence:
    """Return the cadence that the settings describe.

    Args:
        days: For every agent that has none of its own.
        lines: Each `AGENT=DAYS`.

    Raises:
        ConfigError: A line is not of that form.
    """
    found: dict[str, int] = {}
    for line in lines:
        agent, _, number = line.partition("=")
        if not number.strip().isdecimal() or not 1 <= int(number) <= 3650 or not agent.strip():
            raise ConfigError(
                f"freshness.agents: “{line[:60]}” is not AGENT=DAYS",
                "write claude-code=3, with 1 to 3650 days; `hansei sources` names the agents",
            )
        found[agent.strip()] = int(number)
    return Cadence(days, found)


def completeness_percent(source: SourceStatus) -> float | None:
    """Return the share of a source's records that were not malformed; None without records."""
    counts = source.counts
    total = counts.parsed + counts.skipped + counts.malformed
    return None if total == 0 else 100 * (counts.parsed + counts.skipped) / total


def freshness_of(source: SourceStatus, cadence: Cadence, now: datetime) -> Freshness:
    """Return whether a source is fresh: its newest session is younger than its cadence.

    One that was stale for long is unused.
    """
    if source.last_session is None or source.state is SourceState.MISSING:
        return Freshness.UNKNOWN
    silent, limit = now - source.last_session, timedelta(days=cadence.of(source.agent))
    if silent > max(_UNUSED_TIMES * limit, _UNUSED):
        return Freshness.UNUSED
    return Freshness.STALE if silent > limit else Freshness.FRESH


def stale_sources(
    sources: Iterable[SourceStatus], cadence: Cadence, now: datetime
) -> tuple[SourceStatus, ...]:
    """Return the sources that have not brought a session within their cadence, oldest first."""
    found = [one for one in sources if freshness_of(one, cadence, now) is Freshness.STALE]
    return tuple(sorted(found, key=lambda one: (one.last_session or now, one.agent, one.root)))


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the user said, and which source tells it."""

    source: str
    text: str
    session_id: str


@dataclass(frozen=True, slots=True)
class SameNote:
    """A note that several sources tell in the same words."""

    text: str
    sources: tuple[str, ...]
    session_ids: tuple[str, ...]
    times: int


def notes_of(
    frictions: Iterable[Friction],
    sessions: Iterable[Session],
    retros: Iterable[Retro],
    source_of: Mapping[str, str],
) -> tuple[Note, ...]:
    """Return what the user said in sessions and in retros.

    Args:
        frictions: As the index knows them.
        sessions: Of these; a friction of another session is left out.
        retros: Their answers; hansei's own sentences in them are nobody's note.
        source_of: The source's name by session.
    """
    known = {one.id for one in sessions}
    notes = [
        Note(source_of[one.session_id], one.text, one.session_id)
        for one in frictions
        if one.kind in SPOKEN
        and one.session_id in known
        and one.session_id in source_of
        and not one.text.startswith(_OWN_WORDS)
    ]
    for retro in (each.in_own_words for each in retros):
        for answer in (retro.slowed, retro.broke, retro.better):
            notes += [Note(RETROS, line, retro.session_id) for line in answer.splitlines()]
    return tuple(notes)


def same_notes(notes: Iterable[Note]) -> tuple[SameNote, ...]:
    """Return the notes that at least two sources tell in the same words, the most frequent first.

    Case, blanks and the bullet before a line do not count; a note of one or two words is alike by
    chance.
    """
    groups: dict[str, list[Note]] = {}
    for note in notes:
        words = " ".join(note.text.lstrip(" \t-*•+").split())
        if len(words.split()) >= _LEAST_WORDS:
            groups.setdefault(words.casefold(), []).append(note)
    found = []
    for group in groups.values():
        sources = tuple(sorted({one.source for one in group}))
        if len(sources) > 1:
            ids = tuple(dict.fromkeys(one.session_id for one in group))
            text = " ".join(group[0].text.split())
            found.append(SameNote(text, sources, ids, len(group)))
    return tuple(sorted(found, key=lambda one: (-one.times, one.text)))
