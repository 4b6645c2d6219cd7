"""A session's story, told event by event: prompts, calls, results, refusals, stops.

What the agents' logs have in common once their records are understood. A reader of one format
translates its records into these events; what counts as a friction, and what it cost, is decided
here alone, so that it is the same for every agent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from hansei_sessions.friction import (
    folder,
    headline,
    identifier,
    label,
    words,
)
from hansei_sessions.model import (
    FrictionKind,
    Mark,
    ParseCounts,
    Session,
    Spent,
    Tokens,
)
from hansei_sessions.readers.base import ReadResult
from hansei_sessions.readers.keeping import aware, extend, frictions_of, last_part
from hansei_sessions.readers.service_words import service_words
from hansei_sessions.readers.story_calls import Calls, subject_of
from hansei_sessions.readers.story_state import Found, Story, Taken, Usage

_TITLE_LIMIT: Final = 120
_UNIQUE: Final = 12
"""Characters of an id from which on two logs do not have it by chance: no counter is so long."""
_UNKNOWN_LIMIT: Final = 100
_DOLLARS_LIMIT: Final = 1e6
"""An answer that cost more is a number out of place."""
_TOKENS_LIMIT: Final = 10**15
"""More than any session has, and less than a database's numbers hold."""


class Teller(Calls):
    """Applies a session's events to its story; knows where the present record stands."""

    def __init__(self, story: Story, agent: str, rules: str) -> None:
        """Work on `story`; the names of its rules begin with `rules` and a dot."""
        super().__init__(story, rules)
        self._agent = agent
        self.heard: Callable[[str], None] | None = None
        """Is told each prompt as it stands in the log."""

    def speak_for(self, agent: str) -> None:
        """Say whose session this is, where a recorder tells another agent's."""
        self._agent = agent or self._agent

    # Where we are

    def place(self, at: float | None, line: int | None = None, offset: int = 0) -> None:
        """Say when the next event happened and where its record stands.

        Args:
            at: Seconds since the epoch; None where the log does not tell.
            line: From 1; None keeps the place.
            offset: Of the line's first byte.
        """
        if line is not None:
            self.line, self.offset = line, offset
        self.at = at
        if at is not None:
            extend(self.story, at)

    def unknown(self, kind: str) -> None:
        """Count a record of a type that the reader does not know."""
        unknown = self.story.unknown
        shown = words(kind, 80) or "(no type)"
        if shown not in unknown and len(unknown) >= _UNKNOWN_LIMIT:
            shown = "…"
        unknown[shown] = unknown.get(shown, 0) + 1

    # What the session is

    def identity(self, session_id: str = "", parent_id: str = "", forked_from: str = "") -> None:
        """Take the session's own ids; what is known already stays."""
        story = self.story
        story.session_id = story.session_id or identifier(session_id)
        story.parent_id = story.parent_id or identifier(parent_id)
        story.forked_from = story.forked_from or identifier(forked_from)

    def surroundings(self, cwd: str = "", branch: str = "", model: str = "") -> None:
        """Take where and with what the session runs: the first folder, the newest model."""
        story = self.story
        story.cwd = story.cwd or folder(cwd)
        story.branch = label(branch) or story.branch
        story.model = label(model) or story.model

    def entitle(self, title: str) -> None:
        """Take the agent's own title; the newest stands."""
        story = self.story
        story.title = words(title.strip().partition("\n")[0], _TITLE_LIMIT) or story.title

    def used(self, usage: Usage, key: str = "") -> None:
        """Take the tokens of one answer.

        Args:
            usage: The counts.
            key: Id of the answer where the log may repeat it: then the largest counts stand.
                Without one, all counts are added up.
        """
        known = self.story.usage.setdefault(key, Usage())
        for name in usage.__struct_fields__:
            had, more = getattr(known, name), getattr(usage, name)
            setattr(known, name, max(had, more) if key else had + more)

    def cost(self, dollars: Any, key: str = "") -> None:
        """Take what one answer cost, in US dollars.

        Agents write 0 where they do not know a price, or where a subscription pays: that says
        nothing. What is no number is no cost.

        Args:
            dollars: As the log has it.
            key: As in `used`.
        """
        if isinstance(dollars, bool) or not isinstance(dollars, int | float):
            return
        if not 0.0 < dollars <= _DOLLARS_LIMIT:
            return
        costs = self.story.costs
        known = costs.get(key, 0.0)
        costs[key] = max(known, dollars) if key else known + dollars

    # The user

    def prompt(self, body: str, native: str = "", *, steers: bool = False) -> None:
        """Take a prompt that a human typed.

        Args:
            body: The words, without what the agent put around them.
            native: Its id in the log, if it has one; a known one is the same prompt again.
            steers: It was typed while the agent was working.
        """
        story = self.story
        said = body.strip()
        key = native or f"{len(story.prompts)}"
        if not said or key in story.prompts:
            return
        story.first_words = story.first_words or words(headline(said), _TITLE_LIMIT)
        story.head_id = story.head_id or native
        if story.parent_id:
            return  # the parent's model wrote it
        if not story.alone:
            story.marks.append(
                Taken(key, self.at, story.active, total_of(story), sum(story.costs.values(), 0.0))
            )
        story.prompts[key] = None
        if self.heard is not None:
            self.heard(said)
        kept = words(said) if story.waiting or steers else ""
        for index in story.waiting:
            story.found[index].text = kept
        if steers and not story.waiting:
            self.add(FrictionKind.CORRECTION, "mid-turn-prompt", kept, native)
        story.waiting.clear()
        if not steers:
            self.turn_ended()
        story.stopped = False
        story.rejected = -1
        story.burst = -1

    def stopped(self, rule: str, native: str = "", call: str = "") -> None:
        """Take one of the records by which a stop by the user is logged."""
        story = self.story
        held = story.calls.pop(call, None) if call else None
        if held is None and story.calls:
            held = story.calls[next(reversed(story.calls))]
        already, story.stopped = story.stopped, True
        if already or story.parent_id or story.headless:
            self.turn_ended()
            return
        if story.rejected >= 0:
            story.found[story.rejected].count += 1
            self.turn_ended()
            return
        during = f" during {held.name}: {subject_of(held)}" if held else ""
        story.waiting.append(len(story.found))
        body = f"stopped by the user{during}".removesuffix(": ")
        self.add(FrictionKind.INTERRUPTION, rule, body, native, held)
        self.turn_ended()

    def rejected(self, rule: str, call: str, said: str = "", native: str = "") -> None:
        """Take a human's no to a tool call, with the words that came with it."""
        story = self.story
        if self._again(call):
            return
        held = story.calls.pop(call, None)
        if story.headless:
            self._failed(FrictionKind.PERMISSION_DENIED, rule, words(said), call, held)
            return
        what = f"{held.name}: {subject_of(held)}".removesuffix(": ") if held else "a tool call"
        kept = words(said.strip())
        story.rejected = len(story.found)
        if not kept:
            story.waiting.append(len(story.found))
        self.add(FrictionKind.REJECTION, rule, kept or f"rejected {what}", native or call, held)

    def rewound(self, rule: str, body: str, native: str = "") -> None:
        """Take the undoing of turns by the user."""
        story = self.story
        story.waiting.append(len(story.found))
        self.add(FrictionKind.REWIND, rule, body, native)
        self.turn_ended()

    # The harness

    def denied(self, rule: str, call: str, body: str) -> None:
        """Take the no of a rule, a mode or a classifier to a tool call."""
        if not self._again(call):
            held = self.story.calls.pop(call, None)
            said = words(body) or "refused by a rule"
            self._failed(FrictionKind.PERMISSION_DENIED, rule, said, call, held)

    def compacted(self, rule: str, native: str = "", seconds: float | None = None) -> None:
        """Take a compaction; `seconds` only where the log tells how long it took."""
        found = self.add(FrictionKind.COMPACTION, rule, "context compacted", native)
        found.seconds = seconds

    def service_failed(self, rule: str, body: str, native: str = "") -> None:
        """Take a failure of the model's service; consecutive ones are one burst."""
        story = self.story
        if story.burst >= 0:
            story.found[story.burst].count += 1
            return
        story.burst = len(story.found)
        said = words(service_words(body)) or "the service failed"
        self.add(FrictionKind.API_ERROR, rule, said, native)

    def hook_blocked(self, rule: str, body: str, native: str = "") -> None:
        """Take a hook that stopped the agent."""
        self.add(FrictionKind.HOOK_BLOCKED, rule, words(body) or "a hook failed", native)

    # What is known

    def result(self, path: str, fallback_id: str) -> ReadResult:
        """Return what the story tells so far.

        Args:
            path: Of the log.
            fallback_id: The session's id where the log has told none.
        """
        story = self.story
        counts = ParseCounts(story.parsed, story.skipped, story.malformed)
        unknown = tuple(sorted(story.unknown.items()))
        if not (story.prompts or story.tools or story.answered):
            return ReadResult(None, (), "", unknown, counts)
        session = self._session(path, story.session_id or identifier(fallback_id), counts)
        frictions = tuple(frictions_of((*self.story.found, *self._unfinished()), session.id, path))
        unique = not story.alone and len(story.head_id) >= _UNIQUE
        head = identifier(story.head_id) if unique else ""
        return ReadResult(session, frictions, head, unknown, counts)

    def _session(self, path: str, own: str, counts: ParseCounts) -> Session:
        story = self.story
        total = total_of(story)
        return Session(
            id=own,
            agent=self._agent,
            path=path,
            project=label(last_part(story.cwd)) or story.project,
            cwd=story.cwd,
            branch=story.branch,
            model=story.model,
            title=story.title or story.first_words,
            started_at=aware(story.first),
            last_at=aware(story.last),
            active_seconds=story.active,
            prompts=len(story.prompts),
            tool_calls=len(story.tools),
            tokens=_tokens(total),
            cost_usd=sum(story.costs.values(), 0.0) if story.costs else None,
            headless=story.headless,
            parent_id=story.parent_id,
            forked_from=story.forked_from,
            counts=counts,
        )

    def _unfinished(self) -> Iterator[Found]:
        """Yield the calls that have no result, in a turn that nobody ended."""
        for native, held in self.story.calls.items():
            subject = subject_of(held)
            yield Found(
                kind=FrictionKind.DANGLING_CALL,
                rule=f"{self._rules}.no-result",
                native=identifier(native),
                at=held.at,
                text=f"no result of {held.name}: {subject}".removesuffix(": "),
                line=held.line,
                offset=held.offset,
                tool=held.name,
                subject=subject,
            )

    def history_ids(self) -> frozenset[str]:
        """Return `prompt:<id>` and `tool:<id>` for all that counts as a prompt or a tool call."""
        story = self.story
        prompts = (f"prompt:{one}" for one in story.prompts)
        return frozenset((*prompts, *(f"tool:{one}" for one in story.tools)))

    def marks(self) -> tuple[Mark, ...]:
        """Return what the session had taken at each of its prompts."""
        return tuple(
            Mark(one.prompt, one.at, Spent(one.active, _tokens(one.usage), one.cost))
            for one in self.story.marks
        )

    def settle(self) -> None:
        """Make the story fit to be stored: nothing raw is left in it."""
        for held in self.story.calls.values():
            held.subject = subject_of(held)


def total_of(story: Story) -> Usage:
    """Return all tokens of a story so far; no number is greater than an index can hold."""
    spent = story.usage.values()
    return Usage(
        *(
            min(sum(getattr(one, name) for one in spent), _TOKENS_LIMIT)
            for name in Usage.__struct_fields__
        )
    )


def _tokens(usage: Usage) -> Tokens:
    return Tokens(usage.input, usage.output, usage.cache_read, usage.cache_write)
