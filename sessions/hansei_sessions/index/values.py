"""What goes into the index's functions and what comes out of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from hansei_sessions.model import ParseCounts
from hansei_sessions.value import Value


class Problem(Value, frozen=True, order=True):
    """Something that kept a log, or a part of one, from being read; never fatal."""

    path: str
    """Of the log, the folder or the index file."""
    line: int | None
    reason: str
    """What happened, as one phrase."""


class ScanProgress(Value, frozen=True):
    """How far a scan is; bytes and files are those that have to be read."""

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    words_done: int = 0
    """Logs whose texts are there too, of those that a large scan left for its second part."""
    words_total: int = 0


class ScanReport(Value, frozen=True):
    """What a scan did, and what the index holds after it."""

    parsed: int = 0
    """Records understood, over all logs in the index; the next three alike."""
    skipped: int = 0
    malformed: int = 0
    pending: int = 0
    sessions: int = 0
    """Sessions in the index, duplicates not counted."""
    files_read: int = 0
    """Logs read in this scan, wholly or from where they ended."""
    files_unchanged: int = 0
    files_gone: int = 0
    """Logs found deleted in this scan; their sessions are kept."""
    files_excluded: int = 0
    bytes_read: int = 0
    problems: tuple[Problem, ...] = ()
    stopped: bool = False
    """The scan was stopped; the next one goes on where it was."""
    rebuilt: str = ""
    """Why the index was built anew, where it was."""
    seconds: float = 0.0


class SessionQuery(Value, frozen=True):
    """Which sessions to list; None means any."""

    project: str | None = None
    """A project's name, or the path of a folder: then sessions in it and beneath it."""
    agent: str | None = None
    branch: str | None = None
    since: datetime | None = None
    """Sessions that went on at this time or later."""
    until: datetime | None = None
    """Sessions that had begun before this time."""
    limit: int | None = None
    include_headless: bool = True
    include_subagents: bool = True
    text: str | None = None
    """Occurs, in any case, in the title, project, folder, branch or id, or in the text of a
    friction. Where `Index.fill_texts` has been, frictions, what they were about and prompts are
    searched by words, the last of which may be the beginning of one."""


class AgentTotals(Value, frozen=True):
    """Sums over one agent's sessions."""

    agent: str
    sessions: int
    prompts: int
    tool_calls: int
    frictions: int
    counts: ParseCounts


class Totals(Value, frozen=True):
    """Sums over the whole index; history that was copied into other logs counts once."""

    sessions: int = 0
    frictions: int = 0
    files: int = 0
    duplicates: int = 0
    """Logs that tell a session which another log tells more fully."""
    counts: ParseCounts = ParseCounts()
    agents: tuple[AgentTotals, ...] = ()
    unknown_types: tuple[tuple[str, int], ...] = ()
    """Record types that no reader knows, the most frequent first."""


class SourceState(StrEnum):
    """What became of a source's folder at the last scan."""

    READ = "read"
    MISSING = "missing"
    """It does not exist and never held a log."""
    STALE = "stale"
    """It held logs and is gone or cannot be listed: what was read is kept."""


class SourceStatus(Value, frozen=True):
    """One source and what came of it."""

    agent: str
    root: str
    state: SourceState
    files: int
    gone: int
    """Logs that were read and have been deleted since."""
    sessions: int
    last_session: datetime | None
    counts: ParseCounts
    duplicates: int = 0
    """Logs that tell a session which another log tells more fully."""
