"""What agents wrote, as values: sessions, the friction in them, and where the evidence lies."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from hansei_sessions.value import Value


class FrictionKind(StrEnum):
    """What kind of trouble a friction is; recognised by structure, never by words in prose."""

    COMMAND_FAILED = "command-failed"
    """A shell command ended with a failing exit code, or its output shows a plain failure line."""
    EDIT_ERROR = "edit-error"
    """An edit was refused by the harness: not read, no match, several matches, patch failed."""
    TOOL_ERROR = "tool-error"
    """Any other tool call that the agent's harness reports as failed."""
    REJECTION = "rejection"
    """The user refused a tool call; the text is what the user said, where they said something."""
    INTERRUPTION = "interruption"
    """The user stopped the agent; the text is the prompt that followed, where there was one."""
    CORRECTION = "correction"
    """The user steered while the agent was working: a prompt queued in the middle of a turn."""
    PERMISSION_DENIED = "permission-denied"
    """A rule, a mode or a classifier refused a call; no human did."""
    API_ERROR = "api-error"
    """The model's service failed; consecutive failures are one burst and one friction."""
    HOOK_BLOCKED = "hook-blocked"
    """A hook stopped the agent or failed."""
    COMPACTION = "compaction"
    """The context was full and was summarised."""
    DANGLING_CALL = "dangling-call"
    """The session ended in the middle of a tool call that never got a result."""
    SLOW_COMMAND = "slow-command"
    """A command ran long by its own clock (waiting for a permission does not count)."""
    EDIT_CHURN = "edit-churn"
    """One file was edited over and over."""
    REWIND = "rewind"
    """The user undid one or more turns."""


class Evidence(Value, frozen=True):
    """Where a friction stands in a log, so that it can be opened."""

    path: str
    """Absolute path of the log file."""
    line: int
    """Line number, counted from 1."""
    offset: int = 0
    """Byte offset of that line's start; 0 with line > 1 means unknown."""


class Friction(Value, frozen=True):
    """One event in a session that cost time."""

    id: str
    """Stable for the same event in the same log: `<session id>:<native id or line>`."""
    session_id: str
    kind: FrictionKind
    rule: str
    """Name of the rule that recognised it (`claude.exit-code`), for `hansei explain`."""
    at: datetime | None
    """Aware; None where the log gives no time."""
    text: str
    """Cleaned and redacted; what a reader sees in a list and what themes are made from."""
    evidence: Evidence
    tool: str = ""
    """The tool's own name in the agent, empty where no tool was involved."""
    subject: str = ""
    """What it was about: the command's first line or the file's path; cleaned and redacted."""
    seconds_lost: float | None = None
    """None where the log does not tell; never guessed."""
    native_id: str = ""
    """The agent's own id of the event (tool use id, row uuid); equal in copies of one history."""
    count: int = 1
    """How many raw events it stands for (a burst of API failures is one friction)."""


class Tokens(Value, frozen=True):
    """Token counts of a session; all zero where the agent logs none."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class Spent(Value, frozen=True):
    """What a session has taken up to some point."""

    active_seconds: float = 0.0
    tokens: Tokens = Tokens()
    cost_usd: float = 0.0


class Mark(Value, frozen=True):
    """What a session had taken when a prompt came: a copy of its history took the same."""

    prompt: str
    """The prompt's id, as in `SessionReader.history_ids` without what stands before the colon."""
    at: float | None
    """Seconds since the epoch."""
    spent: Spent


class ParseCounts(Value, frozen=True):
    """What became of a log's records: nothing is dropped silently.

    `parsed + skipped + malformed` is the number of records that the log holds.
    """

    parsed: int = 0
    """Records that were understood."""
    skipped: int = 0
    """Whole records of a type that hansei does not know or does not need."""
    malformed: int = 0
    """Lines or parts of lines that are no record: torn, spliced, NUL runs, not an object."""
    pending: int = 0
    """1 where the last line is still being written; it is read when it is whole."""


class Session(Value, frozen=True):
    """One run of a coding agent, as its own log tells it."""

    id: str
    """The agent's own session id; for subagents the id of the subagent's log."""
    agent: str
    """As the registry of readers names it: `claude-code`, `codex`, `gemini-cli`."""
    path: str
    """Absolute path of the log file."""
    project: str
    """Name to show and filter by: the last part of the project's folder."""
    cwd: str
    branch: str = ""
    model: str = ""
    title: str = ""
    """The agent's title for it, else the first line of the first prompt; cleaned, redacted."""
    started_at: datetime | None = None
    last_at: datetime | None = None
    """Time of the newest record; logs have no end record."""
    active_seconds: float = 0.0
    """Sum of the gaps between records, each gap capped (an idle terminal is not work)."""
    prompts: int = 0
    """Prompts that a human typed."""
    tool_calls: int = 0
    tokens: Tokens = Tokens()
    cost_usd: float | None = None
    """What the log says that the model cost, in US dollars; None where it says nothing."""
    headless: bool = False
    """Run without a human at the keyboard (SDK, exec); never asked about."""
    parent_id: str = ""
    """Not empty for subagents: the session that started it; never asked about."""
    forked_from: str = ""
    """Not empty where the log begins with another session's replayed history."""
    counts: ParseCounts = ParseCounts()
    grown_at: datetime | None = None
    """When the log last grew, by its file's time; None until it stands in the index."""
    gone: bool = False
    """The log has been deleted since it was read; what is known of it is kept."""
