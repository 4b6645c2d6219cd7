"""What is remembered of a session while its log is read; saved and restored as JSON."""

from __future__ import annotations

from msgspec import Struct, field

from hansei_sessions.model import FrictionKind


class Call(Struct):
    """A tool call that has no result yet."""

    name: str
    subject: str
    """Raw while the call runs; redacted before it is stored."""
    line: int
    offset: int
    at: float | None
    runs: bool = False
    """It runs a shell command."""
    edits: bool = False
    """It changes files."""
    hides: bool = False
    """Its exit code can hide a failure: a pipe or several parts."""
    says_no: str = ""
    """As `codex_calls.says_no`."""


class Found(Struct):
    """A friction as it is being put together."""

    kind: FrictionKind
    rule: str
    native: str
    at: float | None
    text: str
    line: int
    offset: int
    tool: str = ""
    subject: str = ""
    seconds: float | None = None
    count: int = 1


class Usage(Struct):
    """Token counts: of one answer, or of a whole session."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class Taken(Struct, array_like=True):
    """What the session had taken when a prompt came."""

    prompt: str
    at: float | None
    active: float
    usage: Usage
    cost: float


class Story(Struct):
    """All of a reader's memory. Grows with the number of events, not with their size."""

    version: int = 0
    parsed: int = 0
    skipped: int = 0
    malformed: int = 0
    unknown: dict[str, int] = field(default_factory=dict)

    session_id: str = ""
    alone: bool = False
    """The ids of its events tell them apart in this log only: no other log can share them."""
    head_id: str = ""
    cwd: str = ""
    project: str = ""
    """Where the log names the project and not its folder; cleaned."""
    project_hash: str = ""
    """Where it tells a hash of the folder only."""
    typed: dict[str, None] = field(default_factory=dict)
    """What was typed, as `digest_of`, where a log writes it again under new ids."""
    copied_at: float | None = None
    """When that last happened."""
    branch: str = ""
    model: str = ""
    title: str = ""
    """The agent's own."""
    first_words: str = ""
    """The first line of the first prompt."""
    headless: bool = False
    parent_id: str = ""
    forked_from: str = ""

    first: float | None = None
    last: float | None = None
    active: float = 0.0
    usage: dict[str, Usage] = field(default_factory=dict)
    """By the answer's id, where the log repeats an answer; else all under an empty id."""

    costs: dict[str, float] = field(default_factory=dict)
    """US dollars as the log tells them, by the same ids."""

    prompts: dict[str, None] = field(default_factory=dict)
    marks: list[Taken] = field(default_factory=list)
    """One a prompt, for logs that a fork can copy."""
    tools: dict[str, None] = field(default_factory=dict)
    judged: dict[str, None] = field(default_factory=dict)
    """Calls whose result was seen, in logs that tell a result several times."""
    answered: bool = False
    """The model said or did something."""

    calls: dict[str, Call] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    edits: dict[str, int] = field(default_factory=dict)
    """How often each file was edited, by `churn.key_of`."""
    churned: dict[str, int] = field(default_factory=dict)
    """Files that were edited over and over, by place in `found`."""
    open: dict[str, int] = field(default_factory=dict)
    """The newest failure of each tool that has not succeeded since, by place in `found`."""
    waiting: list[int] = field(default_factory=list)
    """Interruptions and the like that wait for the words of the next prompt."""
    stopped: bool = False
    """The user stopped the turn, and nothing has happened since."""
    rejected: int = -1
    """The rejection after which nothing has happened yet: a stop that follows is the same act."""
    burst: int = -1
    """The failure of the service that the model has not answered after."""
    notes: dict[str, str] = field(default_factory=dict)
    """What one format has to remember between two records."""
