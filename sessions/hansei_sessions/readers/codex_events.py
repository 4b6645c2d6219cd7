"""What happens in a Codex session, record by record: turns, prompts, refusals, failures."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from hansei_sessions.friction import SUBJECT_LIMIT, folder, headline, label, lost, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers import codex_calls
from hansei_sessions.readers.codex_prompts import TURN_ABORTED, typed, typed_in
from hansei_sessions.readers.codex_records import Payload, Record, blocks_text, count, mapping, text
from hansei_sessions.readers.codex_results import Results
from hansei_sessions.readers.codex_state import Call, Taken
from hansei_sessions.readers.story_state import Found
from hansei_sessions.readers.unflagged import hides_failure

_OPEN_CALLS: Final = 256
_AT_ONCE: Final = ("web_search_call", "image_generation_call")
"""Calls that the service itself carries out: the record holds the result too."""
_TITLE_LIMIT: Final = 120
_SAME_ACT: Final = 2.0
"""Seconds within which a rejection and the stop after it are one key press."""


class Events(Results):
    """Applies records to the state; knows where the record stands that is being applied."""

    heard: Callable[[str], None] | None = None
    """Is told each prompt as it stands in the log, once from each of its two records."""
    _spoken: str = ""

    def _tell(self, body: str) -> None:
        if self.heard is not None and body != self._spoken:
            self._spoken = body
            self.heard(body)

    # Turns

    def turn_context(self, payload: Payload) -> None:
        """Take what a turn runs with."""
        state = self.state
        state.model = label(text(payload.model)) or state.model
        state.cwd = state.cwd or folder(text(payload.cwd))

    def turn_started(self, _payload: Payload) -> None:
        """Take the beginning of a turn: what came before it steered nothing."""
        state = self.state
        if 0 <= state.steer == len(state.found) - 1:
            state.found.pop()
        self._quiet()
        self._end_turn()
        state.in_turn = True
        state.busy = False

    def turn_complete(self, payload: Payload) -> None:
        """Take the end of a turn, which newer versions log also where the service failed."""
        if text(mapping(payload.error).get("message")):
            self.service_error(payload)
        self._end_turn()

    def _end_turn(self) -> None:
        state = self.state
        state.in_turn = False
        state.was_busy = False
        state.calls.clear()
        state.open.clear()

    def _quiet(self) -> None:
        """Forget what only holds as long as nothing happens."""
        state = self.state
        state.stopped = False
        state.rejected = -1
        state.steer = -1
        state.was_busy = False
        state.compacted.clear()
        state.worded.clear()
        state.twin.clear()

    def activity(self, _payload: Payload) -> None:
        """Take a sign that the model works: it thinks, speaks or calls a tool."""
        state = self.state
        self._quiet()
        state.busy = True
        state.answered = True
        if state.burst >= 0:
            found = state.found[state.burst]
            found.seconds = lost(found.at, self.at)
            state.burst = -1

    # The user

    def message(self, payload: Payload) -> None:
        """Take a message item: the model's words, or a user's turn in the conversation."""
        if payload.role == "assistant":
            self.activity(payload)
        elif payload.role == "user":
            body = blocks_text(payload.content)
            if body.lstrip().startswith(TURN_ABORTED):
                self._stop("codex.turn-aborted", None)
            else:
                self.prompt(typed_in(payload.content), event=False)

    def user_message(self, payload: Payload) -> None:
        """Take the event of a prompt, which is preferred to the item that says the same."""
        if payload.kind in {"environment_context", "user_instructions"}:
            return
        body = typed(text(payload.message))
        if not body and not text(payload.message).strip():
            body = "[image]" if payload.images or payload.local_images else ""
        self._prompt_event(body, "message")

    def item_completed(self, payload: Payload) -> None:
        """Take the newest versions' event of anything that was said or done."""
        item = mapping(payload.item)
        if item.get("type") == "UserMessage":
            self._prompt_event(typed_in(item.get("content")), "item")
        else:
            self.item_result(item)

    def _prompt_event(self, body: str, source: str) -> None:
        """Take a prompt from one of the two events that some versions log both."""
        state = self.state
        said = "".join(words(body).split())
        if len(state.twin) == 2 and state.twin[0] != source and state.twin[1] == said:
            state.twin.clear()
            return
        state.twin = [source, said]
        self.prompt(body, event=True)

    def prompt(self, body: str, *, event: bool) -> None:
        """Take a prompt that was typed, once from each of its two records."""
        state = self.state
        if not body:
            return
        self._entitle(body, event=event)
        if state.is_subagent:
            return
        self._tell(body)
        ids = state.event_prompts if event else state.item_prompts
        ids.append(prompt_id(body, len(ids)))
        state.marks.append(Taken(ids[-1], event, self.at, state.active, state.tokens.used))
        said = words(body)
        if event:
            for index in state.worded:
                state.found[index].text = said
            state.worded.clear()
        for index in state.waiting:
            state.found[index].text = said
        state.worded = [] if event else list(state.waiting)
        state.waiting.clear()
        state.was_busy = state.was_busy or (state.in_turn and state.busy)
        state.busy = False
        if event and state.was_busy and state.steer < 0:
            state.steer = len(state.found)
            self.add(FrictionKind.CORRECTION, "codex.mid-turn-prompt", said)
        if not state.in_turn:
            state.calls.clear()
            state.open.clear()
        state.stopped = False
        state.rejected = -1
        state.burst = -1
        state.compacted.clear()

    def _entitle(self, body: str, *, event: bool) -> None:
        if event:
            self.state.event_title = self.state.event_title or _title(body)
        else:
            self.state.item_title = self.state.item_title or _title(body)

    def turn_aborted(self, payload: Payload) -> None:
        """Take the end of a turn before its time."""
        reason = text(payload.reason)
        state = self.state
        if reason == "replaced" and not state.is_subagent and not state.stopped:
            self._end_turn()
            state.waiting.append(len(state.found))
            self.add(
                FrictionKind.CORRECTION, "codex.turn-replaced", "another prompt replaced the turn"
            )
        elif reason in {"", "interrupted"}:
            self._stop("codex.turn-aborted", None)
        self._end_turn()

    def _stop(self, rule: str, call: Call | None) -> None:
        """Take one of the up to three records by which the user's stop is logged."""
        state = self.state
        call = call or next(reversed(state.calls.values()), None)
        already, state.stopped = state.stopped, True
        if already or state.is_subagent:
            return
        if state.rejected >= 0 and self._is_same_act(state.found[state.rejected]):
            state.found[state.rejected].count += 1
            state.waiting.append(state.rejected)
            return
        during = f" during {call.name}: {_subject(call)}" if call else ""
        state.waiting.append(len(state.found))
        self.add(FrictionKind.INTERRUPTION, rule, f"stopped by the user{during}", "", call)

    def _is_same_act(self, rejection: Found) -> bool:
        if self.at is None or rejection.at is None:
            return True
        return abs(self.at - rejection.at) <= _SAME_ACT

    def undone(self, payload: Payload) -> None:
        """Take the user's `/undo` of what the last turn changed."""
        if payload.success is True:
            self.add(FrictionKind.REWIND, "codex.undone", "the last turn's changes undone")
            self.state.waiting.append(len(self.state.found) - 1)

    def rolled_back(self, payload: Payload) -> None:
        """Take the undoing of turns."""
        turns = count(payload.num_turns) or 1
        what = "1 turn" if turns == 1 else f"{turns} turns"
        found = self.add(FrictionKind.REWIND, "codex.rolled-back", f"{what} undone by the user")
        found.subject = f"{what} undone"
        self.state.waiting.append(len(self.state.found) - 1)

    # The harness

    def compacted(self, record: str) -> None:
        """Take one of the records of a compaction; a repeated one begins the next."""
        state = self.state
        again = record in state.compacted
        if again:
            state.compacted.clear()
        state.compacted.append(record)
        if len(state.compacted) == 1:
            found = self.add(FrictionKind.COMPACTION, "codex.compacted", "context compacted")
            if state.busy:
                found.seconds = self.silence

    def service_error(self, payload: Payload) -> None:
        """Take a failure of the service, which only some versions log."""
        state = self.state
        if state.burst >= 0:
            state.found[state.burst].count += 1
            return
        said = text(payload.message) or text(mapping(payload.error).get("message"))
        state.burst = len(state.found)
        self.add(FrictionKind.API_ERROR, "codex.service-error", words(said) or "the service failed")

    # Tool calls

    def call(self, payload: Payload) -> None:
        """Take a tool call."""
        self.activity(payload)
        state = self.state
        native = text(payload.call_id) or text(payload.id)
        key = native or f"line-{self.line}"
        if key in state.tools:
            return
        state.tools[key] = None
        state.head_id = state.head_id or native
        if not native or payload.type in _AT_ONCE:
            return
        command = codex_calls.script(payload)
        name = text(payload.name) or text(payload.type).removesuffix("_call")
        state.calls[native] = Call(
            name=words(name, 100),
            subject=codex_calls.subject(payload, command),
            line=self.line,
            offset=self.offset,
            at=self.at,
            runs=bool(command) or name in codex_calls.SHELL_TOOLS,
            patch=codex_calls.is_patch(payload, command),
            files=[
                words(one, SUBJECT_LIMIT) for one in codex_calls.patched_files(payload, command)
            ],
            hides=bool(command) and hides_failure(command[-4000:]),
            says_no=codex_calls.says_no(command) if command else "",
            process=codex_calls.process_id(payload) if payload.name == "write_stdin" else "",
        )
        if len(state.calls) > _OPEN_CALLS:
            del state.calls[next(iter(state.calls))]

    def aborted_output(self, call: Call | None) -> None:
        """Take an output that only says that the user stopped the turn."""
        self._stop("codex.aborted-call", call)

    def unfinished(self) -> list[Found]:
        """Return the calls that have no output, in a turn that nobody ended."""
        return [
            Found(
                kind=FrictionKind.DANGLING_CALL,
                rule="codex.no-output",
                native=native,
                at=call.at,
                text=f"no result of {call.name}: {_subject(call)}".removesuffix(": "),
                line=call.line,
                offset=call.offset,
                tool=call.name,
                subject=_subject(call),
            )
            for native, call in self.state.calls.items()
        ]


def prompt_id(body: str, number: int) -> str:
    """Return an id for a prompt, of which Codex logs none: its place and its words."""
    digest = blake2b(body.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"{number}-{digest}"


def _title(body: str) -> str:
    return words(headline(body), _TITLE_LIMIT) or words(body, _TITLE_LIMIT)


def _subject(call: Call) -> str:
    return words(call.subject, SUBJECT_LIMIT)


def held_text(record: Record) -> tuple[str, bool] | None:
    """Return the prompt that a record of a replay holds, and whether it is an event."""
    payload = record.payload
    if record.family == "event_msg" and payload.type == "user_message":
        return typed(text(payload.message)), True
    if record.family == "response_item" and payload.role == "user":
        return typed_in(payload.content), False
    return None
