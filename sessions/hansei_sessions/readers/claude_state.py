"""What the Claude Code reader remembers between two lines; saved and restored as JSON."""

from __future__ import annotations

from msgspec import Struct, field

from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.packing import Packed


class Call(Struct, gc=False):
    """A tool call that has no result yet."""

    name: str
    input: bytes
    """The arguments as JSON, the log's own text: never stored, `subject` is made from them."""
    message: str
    line: int
    offset: int
    at: float | None
    subject: str = ""
    """What it is about, redacted; made when someone asks."""
    hides: bool = False
    """A shell command whose exit code can hide a failure."""
    file: str = ""
    """Of an edit: what stands for its file, see `churn.key_of`."""
    elapsed: float = 0.0
    """Seconds by the command's own clock, as the newest progress row tells."""


class Found(Struct, gc=False, omit_defaults=True):
    """A friction as it is being put together.

    What a log says of it takes longer to clean and redact than all else takes to read; until that
    is done, it waits here, and is never saved.
    """

    kind: FrictionKind
    rule: str
    native: str
    at: float | None
    text: str
    line: int
    offset: int
    part: int = 0
    """Place of the record among those of its line."""
    tool: str = ""
    subject: str = ""
    seconds: float | None = None
    count: int = 1
    raw: str = ""
    """The log's own text that `text` is still to be made from."""
    head: str = ""
    """What to take where nothing of that is worth keeping."""
    in_lines: bool = False
    """That text is a command's output, of which a few lines are kept."""
    call: Call | None = None
    """The call that `subject` is still to be made from."""


class Queued(Struct):
    """A prompt that waits in the queue while the agent works."""

    text: str
    line: int
    offset: int
    part: int
    at: float | None
    steers: bool
    """Typed by the user in the middle of a turn."""


Counts = tuple[int, int, int, int]
"""Tokens: input, output, read from the cache, written to it."""

NO_TOKENS: Counts = (0, 0, 0, 0)


class Taken(Struct, array_like=True, gc=False):
    """What the session had taken when a prompt came."""

    prompt: str
    at: float | None
    active: float
    tokens: Counts


class Summary(Struct, array_like=True):
    """A title that belongs to the session which holds its leaf."""

    leaf: str
    text: str


class State(Struct):
    """All of a reader's memory. Grows with the number of records, not with their size.

    Of a very long log `seen`, `prompts`, `marks`, `tools` and `found` hold the newest only.
    """

    version: int
    parsed: int = 0
    skipped: int = 0
    malformed: int = 0
    unknown: dict[str, int] = field(default_factory=dict)

    head_id: str = ""
    first_session: str = ""
    forked_from: str = ""
    cwd: str = ""
    branch: str = ""
    model: str = ""
    headless: bool = False
    custom_title: str = ""
    ai_title: str = ""
    summaries: list[Summary] = field(default_factory=list)
    first_prompt: str = ""

    first: float | None = None
    last: float | None = None
    active: float = 0.0

    seen: set[str] = field(default_factory=set)
    """Ids of rows, so that a row that a resumed session wrote again counts once."""
    prompts: set[str] = field(default_factory=set)
    parents: dict[str, None] = field(default_factory=dict)
    """The rows that prompts go on from."""
    marks: list[Taken] = field(default_factory=list)
    """One a prompt, in their order."""
    tools: set[str] = field(default_factory=set)
    answers: dict[str, Counts] = field(default_factory=dict)
    """The newest messages, each of which is told again and again: the largest seen of each."""
    tokens: Counts = NO_TOKENS
    """Of all messages."""

    calls: dict[str, Call] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    edits: dict[str, int] = field(default_factory=dict)
    """How often each file was edited, by `churn.key_of`."""
    churned: dict[str, int] = field(default_factory=dict)
    """Files that were edited over and over, by place in `found`."""
    open: dict[str, int] = field(default_factory=dict)
    """The newest failure of each tool that has not succeeded since, by place in `found`."""
    waiting: list[int] = field(default_factory=list)
    """Rejections and interruptions that wait for the words of the next prompt."""
    queue: list[Queued] = field(default_factory=list)
    hooks: set[str] = field(default_factory=set)
    tasks: dict[str, str] = field(default_factory=dict)
    """Commands in the background by their ids: what they are about."""
    ended_tasks: dict[str, None] = field(default_factory=dict)
    """Those of them whose failure was noted."""
    burst: int = -1
    burst_waits: float = 0.0
    """Seconds that the agent announced to wait in the burst of failures that is going on."""
    turns: int = 0
    in_turn: bool = False
    last_message: str = ""

    rows: str = ""
    """What `seen` holds, with a blank between two; only in a state that is saved."""
    uses: str = ""
    """What `tools` holds, in the same way."""
    older_tools: Packed = field(default_factory=Packed)
    older_marks: Packed = field(default_factory=Packed)
    older_found: Packed = field(default_factory=Packed)

    @property
    def has_calls(self) -> bool:
        """The session called a tool."""
        return bool(self.tools or self.older_tools.count)
