"""Claude Code: `projects/<folder>/<session>.jsonl`, one record a line, appended while it runs.

The format is internal to Claude Code and changes monthly. What is relied upon here was seen in
real logs of 2.0.14 to 2.1.237: chained rows (`uuid`, `timestamp`, `cwd`) of type user, assistant,
system, progress and attachment, and side records without a chain. Everything else is counted and
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from hansei_sessions.files import walk
from hansei_sessions.friction import folder, identifier, label, words
from hansei_sessions.model import (
    Friction,
    Mark,
    ParseCounts,
    Session,
    Spent,
    Tokens,
)
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import INSIDE, ReaderFormat, ReadResult, SessionReader
from hansei_sessions.readers.claude_aside import NUL, Aside, unfold
from hansei_sessions.readers.claude_blocks import Blocks
from hansei_sessions.readers.claude_events import Events
from hansei_sessions.readers.claude_rows import (
    BAD_JSON,
    HEADLESS,
    NO_BODY,
    Row,
    Said,
    decode_row,
    fields_of,
    recover_rows,
    seconds_of,
    text_of,
)
from hansei_sessions.readers.claude_state import Counts, Found, State, Summary
from hansei_sessions.readers.keeping import (
    aware,
    extend,
    friction_of,
    last_part,
    name_of,
    taken_up,
)

_TITLE_LIMIT: Final = 120
_SUMMARIES: Final = 50

_CHAINED: Final = frozenset({"user", "assistant", "system", "attachment"})
_UNUSED: Final = frozenset(
    {
        "agent-name",
        "agent-setting",
        "atis-latch",
        "bridge-session",
        "cost-state",
        "file-history-delta",
        "file-history-snapshot",
        "frame-link",
        "history-suppression",
        "last-prompt",
        "mode",
        "permission-mode",
        "pr-link",
        "relocated",
        "tag",
        "worktree-state",
    }
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATE = msgspec.json.Decoder(State)


class ClaudeCodeReader(SessionReader):
    """Reads one log of Claude Code: a session, or one subagent of a session."""

    agent = "claude-code"
    version = 4

    def __init__(self, path: str) -> None:
        """Start on the log at `path`."""
        self._path = path
        self._stem = re.split(r"[/\\]", path)[-1].removesuffix(".jsonl")
        self._is_subagent = self._stem.startswith("agent-")
        self._begin(State(version=self.version))

    def _begin(self, state: State) -> None:
        self._state = state
        self._aside = aside = Aside(state)
        self._events = Events(state, aside, is_subagent=self._is_subagent)
        self._blocks = Blocks(state, self._events, aside, is_subagent=self._is_subagent)
        self._handlers: dict[str, Callable[[Row], None]] = {
            "user": self._events.user,
            "assistant": self._events.assistant,
            "system": self._events.system,
            "progress": self._events.progress,
            "attachment": self._events.attachment,
            "queue-operation": self._events.queue_operation,
            "summary": partial(_summary, state),
            "ai-title": partial(_ai_title, state),
            "custom-title": partial(_custom_title, state),
        }
        """Nothing here refers back to the reader: it goes as soon as it is let go of."""

    def feed(self, line: bytes, number: int, offset: int) -> None:
        """Take one physical line without its newline."""
        try:
            row = decode_row(line)
        except BAD_JSON:
            rows, malformed = recover_rows(line)
            self._state.malformed += malformed
            for part, each in enumerate(rows):
                self._take(each, number, offset, part)
        else:
            self._take(row, number, offset, 0)

    def feed_block(self, block: bytes, number: int, offset: int) -> int:
        """Take some whole lines at once; return the number of the line after them."""
        number = self._blocks.read(block, number, offset, self._take_said, self.feed)
        self._aside.take(self._events.settle)
        return number

    def _was_seen(self, uuid: str) -> bool:
        return uuid in self._state.seen or self._aside.holds(uuid)

    def listen(self, heard: Callable[[str], None]) -> bool:
        """Have each prompt told."""
        self._events.heard = heard
        return True

    def _take(self, row: Row, number: int, offset: int, part: int) -> None:
        handler = self._handlers.get(row.type)
        if handler is None:
            self._pass_over(row.type)
        elif self._admit(row, number, offset, part):
            handler(row)

    def _take_said(self, row: Said, number: int, offset: int) -> None:
        """Take what the user or the model said."""
        if self._admit(row, number, offset, 0):
            (self._events.user if row.type == "user" else self._events.assistant)(row)

    def _admit(self, row: Said, number: int, offset: int, part: int) -> bool:
        """Take what any row says of the session; False for a row that was there before."""
        state = self._state
        uuid = row.uuid
        chained = row.type in _CHAINED
        if uuid and chained:
            if self._was_seen(uuid):
                state.skipped += 1
                return False
            state.seen.add(uuid)
        if uuid or chained:
            self._chain(row)
        state.parsed += 1
        at = None if row.timestamp is None else seconds_of(row.timestamp)
        if at is not None:
            extend(state, at)
        self._events.place(at, number, offset, part)
        return True

    def _pass_over(self, kind: str) -> None:
        state = self._state
        state.skipped += 1
        if kind not in _UNUSED:
            name = label(kind) or "(no type)"
            name = name if name in state.unknown or len(state.unknown) < 100 else "…"
            state.unknown[name] = state.unknown.get(name, 0) + 1

    def _chain(self, row: Said) -> None:
        """Take from a chained row what it says about the session."""
        state = self._state
        if isinstance(row, Row):
            self._introduce(row)
        if row.gitBranch:
            state.branch = label(row.gitBranch)
        if row.entrypoint.startswith(HEADLESS) if row.entrypoint else row.promptSource == "sdk":
            state.headless = True  # editors and phones drive it as a program would, for a human
        if row.forkedFrom is not NO_BODY and not state.forked_from:
            origin = fields_of(row.forkedFrom).get("sessionId")
            state.forked_from = identifier(origin) if isinstance(origin, str) else ""

    def _introduce(self, row: Row) -> None:
        """Take what only the first rows of a session are asked for."""
        state = self._state
        if not state.head_id:
            inside = INSIDE if row.subtype == "compact_boundary" and row.uuid else ""
            state.head_id = f"{inside}{row.uuid or ''}"
            state.first_session = identifier(row.sessionId or "")
        if row.cwd and not state.cwd:
            state.cwd = folder(row.cwd)

    def result(self) -> ReadResult:
        """Return what is known now."""
        self._events.settle()
        return self.sketch()

    def sketch(self) -> ReadResult:
        """Return what is known now, without the words that are still to be made ready."""
        state = self._state
        counts = ParseCounts(state.parsed, state.skipped, state.malformed)
        return ReadResult(
            session=self._session(counts) if self._is_session() else None,
            frictions=tuple(map(self._friction, self._found())),
            head_id=state.head_id,
            unknown_types=tuple(sorted(state.unknown.items())),
            counts=counts,
        )

    def texts(self) -> Sequence[tuple[str, str]]:
        """Return the text and the subject of each friction."""
        self._events.settle()
        return [(one.text, one.subject) for one in self._found()]

    def _found(self) -> Iterator[Found]:
        if self._is_session() and not self._is_replay:
            yield from self._aside.found()
            yield from self._events.unfinished()

    def _is_session(self) -> bool:
        """A log in which nothing was asked or done is none: `/exit`, a failing hook, a title."""
        state = self._state
        return bool(state.prompts or state.has_calls or state.answers or state.older_marks.count)

    @property
    def _is_replay(self) -> bool:
        """True for side agents that work on a copy of their parent's whole history."""
        return self._stem.startswith(("agent-acompact", "agent-aside"))

    def _session_id(self) -> str:
        """The file's name is the id; a file that was renamed is known by its rows."""
        if self._is_subagent or _UUID.fullmatch(self._stem):
            return self._stem
        return self._state.first_session or identifier(self._stem)

    def _session(self, counts: ParseCounts) -> Session:
        state = self._state
        own = self._session_id()
        forked = state.forked_from
        if not forked and not self._is_subagent and state.first_session != own:
            forked = state.first_session
        return Session(
            id=own,
            agent=self.agent,
            path=self._path,
            project=label(last_part(state.cwd)),
            cwd=state.cwd,
            branch=state.branch,
            model=state.model,
            title=self._title(),
            started_at=aware(state.first),
            last_at=aware(state.last),
            active_seconds=state.active,
            prompts=len(state.prompts) + state.older_marks.count,
            tool_calls=len(state.tools) + state.older_tools.count,
            tokens=_tokens(state.tokens),
            headless=state.headless,
            parent_id=state.first_session if self._is_subagent else "",
            forked_from=forked,
            counts=counts,
        )

    def _title(self) -> str:
        state = self._state
        if state.custom_title or state.ai_title:
            return state.custom_title or state.ai_title
        own = [summary.text for summary in state.summaries if self._was_seen(summary.leaf)]
        return own[-1] if own else state.first_prompt

    def _friction(self, one: Found) -> Friction:
        name = name_of(one, f"{one.line}.{one.part}" if one.part else "")
        return friction_of(one, self._session_id(), self._path, name)

    def history_ids(self) -> frozenset[str]:
        """Return `prompt:<id>` and `tool:<id>` for all that counts as a prompt or a tool call."""
        prompts = (f"prompt:{one.prompt}" for one in self._aside.marks())
        return frozenset((*prompts, *(f"tool:{one}" for one in self._aside.tools())))

    def marks(self) -> tuple[Mark, ...]:
        """Return what the session had taken at each of its prompts."""
        return tuple(
            Mark(one.prompt, one.at, Spent(one.active, _tokens(one.tokens)))
            for one in self._aside.marks()
        )

    def save(self) -> bytes:
        """Return the state as JSON, of a very long log with bytes behind it."""
        self._events.redact()
        return self._aside.save()

    @classmethod
    def restore(cls, path: str, state: bytes) -> ClaudeCodeReader:
        """Go on where `save` left off.

        Raises:
            LogFormatError: The state is not one of this reader's version.
        """
        reader = cls(path)
        text, _, ids = state.partition(NUL)
        reader._begin(unfold(taken_up(_STATE, path, text, cls.version)))
        reader._aside.take_up(ids, path)
        return reader


def _summary(state: State, row: Row) -> None:
    text = words(text_of(row.summary), _TITLE_LIMIT)
    if text and row.leafUuid and len(state.summaries) < _SUMMARIES:
        state.summaries.append(Summary(row.leafUuid, text))


def _ai_title(state: State, row: Row) -> None:
    state.ai_title = words(text_of(row.aiTitle), _TITLE_LIMIT) or state.ai_title


def _custom_title(state: State, row: Row) -> None:
    state.custom_title = words(text_of(row.customTitle), _TITLE_LIMIT)


def _tokens(counts: Counts) -> Tokens:
    return Tokens(*counts)


@dataclass(frozen=True, slots=True)
class ClaudeCodeFormat(ReaderFormat):
    """Where Claude Code keeps its logs."""

    roots = staticmethod(roots.claude_code)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the logs in a configuration folder, or in any folder that holds logs itself."""
        projects = root / "projects"
        for path in walk(projects if projects.is_dir() else root, (".jsonl",), on_error):
            log = Path(path)
            if log.name != "history.jsonl" and not log.name.startswith("rollout-"):
                yield log

    def rank_of(self, log: str) -> int:
        """Let a log that bears its session's id stand before a copy under another name."""
        stem = re.split(r"[/\\]", log)[-1].removesuffix(".jsonl")
        return int(not (_UUID.fullmatch(stem) or stem.startswith("agent-")))

    def tells_project(self, log: str, project: str) -> bool:
        """Compare the log's folder with the project's path as Claude Code writes it.

        It writes every character but letters and digits as `-`, so two projects can share a
        folder; both are then meant.
        """
        encoded = re.sub(r"[^A-Za-z0-9]", "-", project)
        parts = re.split(r"[/\\]", log)
        return encoded in parts[:-1]


CLAUDE_CODE = ClaudeCodeFormat("claude-code", ClaudeCodeReader)
