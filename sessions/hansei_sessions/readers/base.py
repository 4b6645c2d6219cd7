"""What every agent's reader offers to the index: lines in, one session and its frictions out."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from hansei_sessions.files import Opener
from hansei_sessions.model import Friction, Mark, ParseCounts, Session, Tokens
from hansei_sessions.readers.lines import split_lines

PROMPTS: Final = 2_000
"""Prompts of a session that can be searched at most."""


INSIDE: Final = "inside:"
"""Before the head id of a log that begins in the middle of what another log may tell."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What one log tells so far."""

    session: Session | None
    """None where the log holds no session (noise, metadata only)."""
    frictions: tuple[Friction, ...]
    head_id: str = ""
    """Native id of the log's first conversation record: copies of one history share it.

    It follows `INSIDE` where the log begins in the middle of a history.
    """
    unknown_types: tuple[tuple[str, int], ...] = ()
    """Record types that the reader does not know, with their counts."""
    counts: ParseCounts = field(default_factory=ParseCounts)
    """What became of the records, also where there is no session; else as in `session.counts`."""


class SessionReader(ABC):
    """Reads one log, line by line, and can be put aside and taken up again.

    A reader never sorts, never looks ahead and holds no record bodies, so that a log of any size
    is read in bounded memory. `feed` never raises for what a line contains: a line that is no
    record is counted as malformed.
    """

    agent: ClassVar[str]
    version: ClassVar[int] = 1
    """Raised when the reader's output changes: the index then reads its logs again."""

    @abstractmethod
    def __init__(self, path: str) -> None:
        """Start on the log at `path` (absolute; it is not opened here)."""

    @abstractmethod
    def feed(self, line: bytes, number: int, offset: int) -> None:
        """Take one physical line without its newline; `number` from 1, `offset` in bytes."""

    def feed_block(self, block: bytes, number: int, offset: int) -> int:
        """Take some whole lines at once, as `Lines.hand_on` hands them on.

        Returns:
            The number of the line after them.
        """
        for line, at_number, at in split_lines(block, number, offset):
            if line:
                self.feed(line, at_number, at)
            number = at_number + 1
        return number

    def listen(self, heard: Callable[[str], None]) -> bool:
        """Have each prompt that a human typed told as it stands in the log.

        Returns:
            False where this reader cannot tell them.
        """
        del heard
        return False

    @abstractmethod
    def result(self) -> ReadResult:
        """Return what is known now; more lines may follow."""

    def sketch(self) -> ReadResult:
        """Return what is known now, at once: frictions may be without texts and subjects.

        `result` tells these as well, in the same order, and so does `texts`. A log without a
        native id for each friction is told apart by its words, and must not leave them out.
        """
        return self.result()

    def texts(self) -> Sequence[tuple[str, str]]:
        """Return what `sketch` left out: the text and the subject of each friction, in order.

        Nothing where it leaves out nothing.
        """
        return ()

    @abstractmethod
    def history_ids(self) -> frozenset[str]:
        """Return native ids of prompts and tool calls, to tell a copied history from a new one.

        A prompt's id is written `prompt:<id>` and a tool call's `tool:<id>`, each as often as it
        counts in the session's `prompts` and `tool_calls`, which is once.
        """

    def marks(self) -> tuple[Mark, ...]:
        """Return what the session had taken at each of its prompts, in the order of the log.

        By these it is known what of a session's time and tokens belongs to a history that it has
        copied. A reader whose logs are never copied has none.
        """
        return ()

    @abstractmethod
    def save(self) -> bytes:
        """Return the state from which `restore` goes on: JSON, and bytes behind it; no pickles."""

    @classmethod
    @abstractmethod
    def restore(cls, path: str, state: bytes) -> SessionReader:
        """Go on where `save` left off.

        Raises:
            LogFormatError: The state is not one of this reader's version.
        """


@dataclass(frozen=True, slots=True)
class Told:
    """One of the sessions that a log tells which is read as a whole."""

    key: str
    """Tells it from the others in its log; empty where the log tells one session only."""
    result: ReadResult | None
    """None where its mark is the known one: nothing of it has changed."""
    history: frozenset[str] = frozenset()
    """As `SessionReader.history_ids`."""
    mark: str = ""
    """Changes when the session does; empty where the log has nothing so cheap to look at."""
    marks: tuple[Mark, ...] = ()
    """As `SessionReader.marks`."""
    prompts: tuple[str, ...] = ()
    """What a human typed, as it stands in the log; for searching."""


class SnapshotReader(ABC):
    """Reads a log that is no list of appended lines: a document, a folder, a database.

    Such a log is read again as a whole when it changed. Memory is bounded by a limit on what is
    read at once.
    """

    agent: ClassVar[str]
    version: ClassVar[int] = 1
    """Raised when the reader's output changes: the index then reads its logs again."""

    @abstractmethod
    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the sessions that a log tells.

        Args:
            path: Absolute path of the log.
            opener: Opens it and what lies beside it, where that is allowed.
            known: The marks of an earlier reading by key.

        Raises:
            LogFormatError: It is not in the format that its place promises, or half-written.
            OSError: It cannot be opened or read.
        """


Reader = type[SessionReader] | type[SnapshotReader]


@dataclass(frozen=True, slots=True)
class Beside:
    """What files beside a log say of its session; used where the log itself is silent."""

    cwd: str = ""
    project: str = ""
    title: str = ""
    model: str = ""
    started: float | None = None
    """Seconds since the epoch."""
    last: float | None = None
    tokens: Tokens = field(default_factory=Tokens)


class Format(ABC):
    """One agent's log format: where its logs lie and which reader takes them."""

    __slots__ = ()

    agent: str

    @abstractmethod
    def roots(self, environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return the folders to look in, existing or not."""

    @abstractmethod
    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the log files under a root, in a stable order.

        Never raises for what lies there: `on_error` is told about each folder that cannot be
        listed (`hansei_sessions.files.walk` does it so), and the listing goes on.
        """

    def unread(self, root: Path) -> Iterable[tuple[Path, str]]:
        """Yield logs under a root that cannot be read, each with the reason.

        They are shown to the user as missing: a log in a form that hansei does not read is
        never passed over in silence. Never raises for what lies there.
        """
        del root
        return ()

    def tells_project(self, log: str, project: str) -> bool:
        """Tell whether a log's path alone shows that it belongs to a project.

        Args:
            log: Absolute path of a log.
            project: Absolute path of a project's folder.
        """
        del log, project
        return False

    @abstractmethod
    def reader_of(self, log: str) -> Reader:
        """Return the reader for a log, by its path: an agent's logs can be of several kinds."""

    def rank_of(self, log: str) -> int:
        """Return how far a log is from the original where several tell the same session.

        The lowest stands for it: 0 for a log of the agent's own, more for a form that the agent
        has left behind and for another program's copy.
        """
        del log
        return 0

    def beyond(self, root: Path) -> tuple[Path, ...]:
        """Return folders outside of a root in which logs lie that the root names."""
        del root
        return ()

    def beside(self, log: str, opener: Opener) -> Beside | None:
        """Return what files beside a log say of its session. Never raises for what lies there."""
        del log, opener
        return None

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a log by which a change is seen.

        Raises:
            OSError: It cannot be looked at.
        """
        return os.stat(log)  # noqa: PTH116 - thousands of files: no Path for each


@dataclass(frozen=True, slots=True)
class ReaderFormat(Format):
    """A format with its reader."""

    agent: str
    reader: Reader

    def reader_of(self, log: str) -> Reader:
        """Return the reader; one for all logs."""
        del log
        return self.reader
