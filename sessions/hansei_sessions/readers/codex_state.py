"""What the Codex reader remembers between two lines; saved and restored as JSON."""

from __future__ import annotations

from msgspec import Struct, field

from hansei_sessions.readers.codex_fork import Fork
from hansei_sessions.readers.codex_tokens import Counter, Totals
from hansei_sessions.readers.story_state import Found


class Call(Struct):
    """A tool call that has no output yet."""

    name: str
    subject: str
    """Raw while the call runs; redacted before it is stored."""
    line: int
    offset: int
    at: float | None
    runs: bool = False
    """It runs a shell command."""
    patch: bool = False
    """It edits files."""
    files: list[str] = field(default_factory=list)
    """Which, by their names as they may be kept."""
    hides: bool = False
    """Its exit code can hide a failure: a pipe or several parts."""
    says_no: str = ""
    """As `codex_calls.says_no`."""
    process: str = ""
    """The running process that it talks to."""
    seconds: float = 0.0
    """How long the process has been running, by its own clock."""


class Told(Struct):
    """What an event said of a call whose output is still to come."""

    text: str
    exit_code: int | None = None
    seconds: float | None = None


class Taken(Struct, array_like=True):
    """What the session had taken when a prompt came."""

    prompt: str
    event: bool
    at: float | None
    active: float
    tokens: Totals


class Held(Struct):
    """A prompt seen in a replay, which may turn out to be the first of the session's own."""

    text: str
    event: bool
    line: int
    offset: int
    at: float | None


class State(Struct):
    """All of a reader's memory. Grows with the number of calls, not with their size."""

    version: int
    parsed: int = 0
    skipped: int = 0
    malformed: int = 0
    unknown: dict[str, int] = field(default_factory=dict)

    session_id: str = ""
    has_meta: bool = False
    head_id: str = ""
    cwd: str = ""
    branch: str = ""
    model: str = ""
    thread_name: str = ""
    is_subagent: bool = False
    headless: bool = False
    parent_id: str = ""
    forked_from: str = ""
    fork: Fork = field(default_factory=Fork)
    held: list[Held] = field(default_factory=list)

    created_at: float | None = None
    first: float | None = None
    last: float | None = None
    active: float = 0.0
    tokens: Counter = field(default_factory=Counter)

    event_prompts: list[str] = field(default_factory=list)
    item_prompts: list[str] = field(default_factory=list)
    marks: list[Taken] = field(default_factory=list)
    """One for each of both."""
    event_title: str = ""
    item_title: str = ""
    tools: dict[str, None] = field(default_factory=dict)
    answered: bool = False
    """The model said or did something in this session."""

    calls: dict[str, Call] = field(default_factory=dict)
    processes: dict[str, Call] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    edits: dict[str, int] = field(default_factory=dict)
    """How often each file was edited, by `churn.key_of`."""
    churned: dict[str, int] = field(default_factory=dict)
    """Files that were edited over and over, by place in `found`."""
    open: dict[str, int] = field(default_factory=dict)
    """The newest failure of each tool that has not succeeded since, by place in `found`."""
    waiting: list[int] = field(default_factory=list)
    """Interruptions and the like that wait for the words of the next prompt."""
    worded: list[int] = field(default_factory=list)
    """Those that got them from a response item, whose event twin may say them better."""
    in_turn: bool = False
    """A turn that was announced has not been said to be over."""
    busy: bool = False
    """The model has said or done something since the last prompt."""
    was_busy: bool = False
    """It had when the prompt came whose twin may follow."""
    twin: list[str] = field(default_factory=list)
    """The event of the newest prompt and its words, as long as nothing has happened since."""
    steer: int = -1
    rejected: int = -1
    """The rejection after which nothing has happened yet."""
    stopped: bool = False
    """The user stopped the turn, and nothing has happened since."""
    compacted: list[str] = field(default_factory=list)
    """The records of one compaction that have been seen."""
    burst: int = -1
    newest: float | None = None
