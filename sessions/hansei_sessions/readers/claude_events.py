"""What happens in a Claude Code session, row by row: who says what, and when a turn begins."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from msgspec import Raw

from hansei_sessions.friction import label, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.claude_aside import Aside
from hansei_sessions.readers.claude_calls import Calls
from hansei_sessions.readers.claude_harness import Harness
from hansei_sessions.readers.claude_recorder import Recorder
from hansei_sessions.readers.claude_rows import (
    Message,
    Number,
    Row,
    Said,
    Usage,
    fields_of,
    text_of,
)
from hansei_sessions.readers.claude_state import NO_TOKENS, Counts, Found, Queued, State, Taken
from hansei_sessions.readers.claude_words import INTERRUPTED, slash_command, typed_text

_OPEN_ANSWERS: Final = 64
_COMMAND = re.compile(r"[/!#][\w:-]*(?:\s|$)")
SYNTHETIC: Final = "<synthetic>"
"""The model of answers that the harness itself wrote."""

_ABSORBED: Final = "absorbed_mid_turn"
"""Why a queued prompt left the queue, in versions that say so: it reached the working agent."""
_PLAN: Final = "Implement the following plan:"


class Events:
    """Applies rows to the state."""

    def __init__(self, state: State, aside: Aside, *, is_subagent: bool) -> None:
        """Work on `state`; in a subagent's log all rows are side rows, in a session's few."""
        self._state = state
        self._recorder = Recorder(state, aside, is_subagent=is_subagent)
        self.calls = Calls(self._recorder)
        self._harness = Harness(self._recorder)
        self.heard: Callable[[str], None] | None = None
        """Is told each prompt that a human typed."""
        self.place = self._recorder.place
        self.went_on = self._recorder.went_on
        self.system = self._harness.system
        self.progress = self.calls.progress
        self.redact = self.calls.redact
        self.settle = self._recorder.settle

    def user(self, row: Said) -> None:
        """Take a `user` row: a prompt, tool results, or what the harness says for the user."""
        message = row.message
        if message is None or message.content is None:
            return
        content = message.content
        if isinstance(content, str):
            self._prompt(row, [content], has_image=False)
            return
        results = [block for block in content if block.type == "tool_result"]
        texts = [text_of(block.text) for block in content if block.type == "text"]
        if results:
            for block in results:
                self.calls.result(row, block)
            for text in texts:
                if text in INTERRUPTED:
                    self._interrupted_row(row)
                elif not row.isMeta and not row.isSidechain:
                    self._steered(text, row.uuid or "")
        elif len(content) == 1 and texts and texts[0] in INTERRUPTED:
            self._interrupted_row(row)
        else:
            self._prompt(row, texts, has_image=any(block.type == "image" for block in content))

    def _prompt(self, row: Said, texts: list[str], *, has_image: bool) -> None:
        if self._state.queue:
            self._arrived(texts)
        for text in texts:
            self.calls.background.noticed(text)
        if not self._is_from_user(row):
            return
        state = self._state
        text = "\n".join(typed for typed in map(typed_text, texts) if typed)
        if not text and has_image and not any(texts):
            text = "[image]"
        if row.promptSource == "queued" and self._has_steered(words(text)):
            return
        command = slash_command(texts[0]) if texts else ""
        plan = bytes(row.planContent) or (texts and texts[0].startswith(_PLAN))
        if text and not plan:
            self._prompted(row.uuid or f"line-{self._recorder.line}", self._recorder.at)
            if self.heard is not None:
                self.heard(text)
            state.first_prompt = state.first_prompt or _title(text)
            self._answer_waiting(text)
            self._branched(row, text)
        elif command or plan:
            if plan:
                self._accepted(texts)
            state.waiting.clear()
        else:
            return
        state.turns += 1
        state.in_turn = True
        state.open.clear()
        self._harness.end_burst(answered=False)

    def _branched(self, row: Said, text: str) -> None:
        """Take where a prompt goes on from: where an earlier one did, that one was undone.

        Going back leaves no record of its own. What was undone stays in the log, as a branch.
        """
        parents, parent = self._state.parents, row.parentUuid
        if parent in parents:
            self._recorder.add(FrictionKind.REWIND, "claude.rewound", words(text), row.uuid or "")
        elif parent:
            parents[parent] = None

    def _arrived(self, texts: list[str]) -> None:
        """Take from the queue what is sent as a row of its own: not every version logs that."""
        queue = self._state.queue
        for text in texts:
            said = words(typed_text(text))
            sent = [one for one in queue if one.text == said or (one.text and one.text in said)]
            for one in sent if said else sent[:1]:
                queue.remove(one)

    def _accepted(self, texts: list[str]) -> None:
        """Take a plan that the user accepted.

        Where it is to be carried out with a fresh context, the call that proposed it gets the
        result of a refused one first.
        """
        state = self._state
        last = len(state.found) - 1
        waits = bool(state.waiting) and state.waiting[-1] == last
        if waits and state.found[last].rule == "claude.plan-rejected":
            state.found.pop()
        if not state.first_prompt:
            heading = texts[0].removeprefix(_PLAN).strip() if texts else ""
            state.first_prompt = _title(heading.lstrip("# "))

    def _prompted(self, native: str, at: float | None) -> None:
        """Count a prompt, and remember what the session had taken by then."""
        state = self._state
        if native not in state.prompts and not self._recorder.aside.holds(f"prompt:{native}"):
            state.prompts.add(native)
            state.marks.append(Taken(native, at, state.active, state.tokens))

    def _is_from_user(self, row: Said) -> bool:
        if row.isMeta or row.isCompactSummary or row.isSidechain or self._recorder.is_subagent:
            return False
        return row.promptSource != "system" and _is_human(row.origin)

    def _answer_waiting(self, text: str) -> None:
        """Give the user's next words to the rejections and interruptions before them."""
        if not self._state.waiting:
            return
        text = words(text)
        for index in self._state.waiting:
            self._state.found[index].text = text
        self._state.waiting.clear()

    def _steered(self, text: str, native: str) -> None:
        """Take a prompt that reached the agent in the middle of a turn."""
        typed = typed_text(text)
        if not typed or _COMMAND.match(typed) or self._recorder.is_subagent:
            return
        said = words(typed)
        state = self._state
        queued = next((one for one in state.queue if one.text == said), None)
        if queued is not None:
            state.queue.remove(queued)
            self._correct(queued)
            return
        if self._has_steered(said):
            return
        self._recorder.add(FrictionKind.CORRECTION, "claude.mid-turn-prompt", said, native)
        self._prompted(native or f"line-{self._recorder.line}", self._recorder.at)

    def _has_steered(self, said: str) -> bool:
        """Tell whether these words have just been noted: a queued prompt comes back elsewhere."""
        recent = self._state.found[-20:]
        return any(one.kind is FrictionKind.CORRECTION and one.text == said for one in recent)

    def _correct(self, queued: Queued) -> None:
        if not queued.steers:
            return
        self._state.found.append(_correction(queued))
        self._prompted(f"queued-{queued.at or queued.line}", queued.at)

    def _interrupted_row(self, row: Said) -> None:
        state = self._state
        if self._recorder.is_subagent or row.isSidechain or row.isMeta or row.interruptedByShutdown:
            return
        if not state.turns and not state.has_calls:
            return  # the end of another session, copied before the first prompt of this one
        calls = list(state.calls.values())
        state.calls.clear()
        state.in_turn = False
        state.open.clear()
        if state.waiting and state.found[state.waiting[-1]].kind is FrictionKind.REJECTION:
            state.found[state.waiting[-1]].count += 1  # the same key press
            return
        if state.waiting and state.found[state.waiting[-1]].rule == "claude.interrupted-call":
            state.found[state.waiting[-1]].count += 1  # the same key press
            return
        state.waiting = [
            index for index in state.waiting if state.found[index].rule != "claude.interrupted"
        ]  # the agent went on by itself; the next words are about this stop
        self.calls.interrupt("claude.interrupted", row.uuid or "", calls[-1] if calls else None)

    def assistant(self, row: Said) -> None:
        """Take an `assistant` row: one block of an answer, or a failure in its place."""
        message = row.message
        if message is None:
            return
        if row.isApiErrorMessage:
            self._harness.api_error(row, _said(message), 0.0)
            return
        if message.model == SYNTHETIC:
            return
        state = self._state
        self._harness.end_burst(answered=True)
        if message.model and not self._recorder.is_aside(row):
            state.model = label(message.model)
        key = message.id or row.uuid or ""
        self.count_tokens(key, row.requestId, message.usage)
        if message.stop_reason == "end_turn":
            state.in_turn = False
        if not self._recorder.is_aside(row):
            state.last_message = key
        if isinstance(message.content, list):
            for block in message.content:
                if block.type == "tool_use" and block.id:
                    self.calls.use(block, key)

    def count_tokens(self, message: str, request: str | None, usage: Usage | None) -> None:
        """Take what an answer cost; a streamed message tells it again and again, and growing."""
        if usage is None:
            return
        answers, key = self._state.answers, f"{message}|{request}" if request else message
        known = answers.get(key)
        told = (
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_read_input_tokens,
            usage.cache_creation_input_tokens,
        )
        if told == known:
            return
        before = known or NO_TOKENS
        answers[key] = largest = _largest(told, before)
        if known is None and len(answers) > _OPEN_ANSWERS:
            del answers[next(iter(answers))]
        one, two, three, four = self._state.tokens
        self._state.tokens = (
            one + largest[0] - before[0],
            two + largest[1] - before[1],
            three + largest[2] - before[2],
            four + largest[3] - before[3],
        )

    def attachment(self, row: Row) -> None:
        """Take an `attachment` row: a queued prompt that was handed on, or a hook's refusal."""
        attachment = row.attachment
        if attachment is None:
            return
        if attachment.type == "queued_command":
            self.calls.background.noticed(text_of(attachment.prompt))
            typed = attachment.commandMode in {None, "", "prompt"}
            if typed and not attachment.isMeta and _is_human(attachment.origin):
                self._steered(text_of(attachment.prompt), row.uuid or "")
        elif attachment.type.startswith("hook_"):
            self._harness.hook_attachment(row, attachment)

    def queue_operation(self, row: Row) -> None:
        """Take a `queue-operation`: the user types while the agent works.

        `remove` hands the oldest queued prompt to the working agent; `dequeue` sends it as an
        ordinary prompt after the turn; `popAll` takes all of them back into the input line. Newer
        versions say which prompt they mean, and why.
        """
        queue = self._state.queue
        if row.operation == "enqueue":
            self.calls.background.noticed(text_of(row.content))
            typed = typed_text(text_of(row.content))
            steers = bool(typed) and self._state.in_turn and not _COMMAND.match(typed)
            text = words(typed)
            queue.append(
                Queued(
                    text,
                    self._recorder.line,
                    self._recorder.offset,
                    self._recorder.part,
                    self._recorder.at,
                    steers,
                )
            )
        elif row.operation == "popAll":
            queue.clear()
        elif queue and row.operation in {"remove", "dequeue"}:
            text = text_of(row.content)
            said = words(typed_text(text)) if text else queue[0].text
            taken = next((one for one in queue if one.text == said), None)
            if taken is not None:
                queue.remove(taken)
                if row.operation == "remove" and row.reason in {None, _ABSORBED}:
                    self._correct(taken)

    def unfinished(self) -> list[Found]:
        """Return the frictions that stand only if nothing more is written."""
        waiting = [_correction(queued) for queued in self._state.queue if queued.steers]
        return [*waiting, *self.calls.dangling()]


def _is_human(origin: Raw) -> bool:
    """Tell whether a prompt comes from the user; older versions do not say from whom it comes."""
    return not bytes(origin) or fields_of(origin).get("kind", "human") == "human"


def _correction(queued: Queued) -> Found:
    return Found(
        kind=FrictionKind.CORRECTION,
        rule="claude.queued-prompt",
        native="",
        at=queued.at,
        text=queued.text,
        line=queued.line,
        offset=queued.offset,
        part=queued.part,
    )


def _title(text: str) -> str:
    lines = text.strip().splitlines()
    return words(lines[0], 120) if lines else ""


def _largest(told: tuple[Number, Number, Number, Number], known: Counts) -> Counts:
    """Return the larger one of each; a number that is none, or broken, is passed over."""
    one, two, three, four = told
    return (
        int(one) if one and one > known[0] else known[0],
        int(two) if two and two > known[1] else known[1],
        int(three) if three and three > known[2] else known[2],
        int(four) if four and four > known[3] else known[3],
    )


def _said(message: Message) -> str:
    if isinstance(message.content, str):
        return message.content
    blocks = message.content or []
    return "\n".join(text_of(block.text) for block in blocks if block.type == "text")
