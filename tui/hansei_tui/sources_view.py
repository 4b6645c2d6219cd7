"""What commands and screens show of sources: completeness, freshness, what they tell twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hansei_core.errors import ConfigError
from hansei_core.sources import (
    LOW_PERCENT,
    SPOKEN,
    Cadence,
    Freshness,
    SameNote,
    completeness_percent,
    freshness_of,
    notes_of,
    read_cadence,
    same_notes,
    stale_sources,
)
from hansei_sessions.files import is_inside
from hansei_sessions.index.values import SourceState, SourceStatus
from hansei_sessions.model import Session
from hansei_tui.words import ago, count
from hansei_tui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source as it is shown."""

    source: SourceStatus
    percent: float | None
    """Of its records that were read; None without records."""
    freshness: Freshness
    cadence_days: int

    @property
    def is_poor(self) -> bool:
        """Whether it is worth a warning."""
        incomplete = self.percent is not None and self.percent < LOW_PERCENT
        return incomplete or self.freshness is Freshness.STALE or self.source.state == "stale"


def cadence_of(workspace: Workspace) -> Cadence:
    """Return after how many days sources are stale.

    Raises:
        ConfigError: `freshness.agents` has a mistake.
    """
    settings = workspace.settings.freshness
    return read_cadence(settings.days, settings.agents)


def source_lines(workspace: Workspace, *, everything: bool = False) -> tuple[SourceLine, ...]:
    """Return the sources that are worth a line, or all of them, as of the last scan.

    Raises:
        ConfigError: `freshness.agents` has a mistake.
    """
    cadence, now = cadence_of(workspace), workspace.now()
    sources = workspace.index.sources()
    return tuple(
        SourceLine(
            one,
            completeness_percent(one),
            freshness_of(one, cadence, now),
            cadence.of(one.agent),
        )
        for one in (sources if everything else shown_sources(sources, named_folders(workspace)))
    )


def absent_words(workspace: Workspace, lines: Sequence[SourceLine]) -> str:
    """Say how many agents have no line, or nothing where each has one."""
    shown = {line.source.agent for line in lines}
    absent = len({one.agent for one in workspace.index.sources()} - shown)
    if not absent:
        return ""
    more = "more agent" if shown else "agent"
    return f"{count(absent, more)} that hansei reads keep no logs here; --all lists the folders"


def named_folders(workspace: Workspace) -> frozenset[str]:
    """Return the folders that the settings name."""
    return frozenset(str(one.root) for one in workspace.sources() if one.extra)


def shown_sources(
    sources: Sequence[SourceStatus], named: Collection[str] = ()
) -> tuple[SourceStatus, ...]:
    """Return the sources that are worth a line: with logs, lost, or named in the settings.

    Where there is none, those whose folder is there.
    """
    there = [one for one in sources if one.state is not SourceState.MISSING]
    telling = [one for one in there if one.files or one.root in named]
    return tuple(telling or there)


def stale_words(workspace: Workspace) -> str:
    """Return one phrase about sources that have gone quiet, or nothing.

    A mistake in the settings is for `doctor` to tell: a screen shows nothing of it.
    """
    try:
        cadence = cadence_of(workspace)
    except ConfigError:
        return ""
    found = stale_sources(workspace.index.sources(), cadence, workspace.now())
    return words_of(found, workspace.now())


def words_of(stale: Sequence[SourceStatus], now: datetime) -> str:
    """Return stale sources in a phrase: `codex: nothing for 21 d`."""
    if not stale:
        return ""
    first = f"{stale[0].agent}: nothing for {ago(stale[0].last_session, now)}"
    rest = len(stale) - 1
    return f"{first}, {count(rest, 'more stale source')}" if rest else first


def said_twice(workspace: Workspace) -> tuple[SameNote, ...]:
    """Return what two sources tell in the same words."""
    sessions = workspace.index.sessions()
    names = source_names(sessions, workspace.index.sources())
    notes = notes_of(workspace.index.frictions(kinds=SPOKEN), sessions, workspace.retros(), names)
    return same_notes(notes)


def source_names(sessions: Iterable[Session], sources: Iterable[SourceStatus]) -> Mapping[str, str]:
    """Return the name of the source that tells each session.

    It is the recorder's or the agent's; the folder's where an agent has several.
    """
    used = [one for one in sources if one.files]
    folders = Counter(one.agent for one in used)
    roots = sorted(used, key=lambda one: -len(one.root))
    found: dict[str, str] = {}
    for session in sessions:
        home = next((one for one in roots if is_inside(session.path, (one.root,))), None)
        if home is None:
            found[session.id] = session.agent
        else:
            found[session.id] = home.root if folders[home.agent] > 1 else home.agent
    return found
