"""OpenHands: a folder of events a conversation, one JSON document an event.

Read are the events of the published SDK (`conversations/<id>/events/event-<n>-<id>.json` beside
`base_state.json`) and of the servers before it (`sessions/<id>/events/<n>.json`); and evaluations,
`output.jsonl` with a run a line, by `EvalOutput` of OpenHands' `evaluation/utils/shared.py`: there
the history is a list of events, or of pairs of an action and its observation.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener, walk
from hansei_sessions.foreign_sqlite import combined_status
from hansei_sessions.friction import words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Reader, ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import read_json
from hansei_sessions.readers.lenient import (
    blocks_text,
    count,
    items,
    mapping,
    moment,
    objects,
    text,
    whole,
)
from hansei_sessions.readers.lines import Lines
from hansei_sessions.readers.snapshot import new_teller, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.tools import about

AGENT: Final = "openhands"
_EVENTS_LIMIT: Final = 50_000
_EVENT_LIMIT: Final = 8 * 1024 * 1024
_NUMBER = re.compile(r"\d+")
_FIRSTS: Final = ("base_state.json", "0.json")
_RUNS: Final = "output.jsonl"
_KEY_LIMIT: Final = 200
_UNUSED: Final = frozenset(
    {"SystemPromptEvent", "ConversationStateUpdateEvent", "CondensationRequest"}
    | {"CondensationSummaryEvent", "TokenEvent", "LLMCompletionLogEvent"}
)
_OLD_CALLS: Final = frozenset(
    {"run", "run_ipython", "read", "write", "edit", "browse", "browse_interactive", "call_tool_mcp"}
)


class OpenHandsReader(SnapshotReader):
    """Reads one conversation of OpenHands: all events in its folder."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the conversation; the arguments are those of `SnapshotReader.read`."""
        del known
        folder = events_folder(path)
        teller = new_teller(AGENT, AGENT)
        teller.story.alone = True
        for number, each in enumerate(sorted(walk(folder, (".json",)), key=_place), 1):
            if number > _EVENTS_LIMIT:
                teller.story.skipped += 1
                continue
            event = mapping(read_json(opener, each, _EVENT_LIMIT))
            if not event:
                teller.story.malformed += 1
                continue
            teller.place(moment(event.get("timestamp")), number)
            taken = _event(teller, event) if "kind" in event else _old_event(teller, event)
            teller.story.parsed += taken
            teller.story.skipped += not taken
        yield told(teller, path, folder.parent.name)


class OpenHandsRunsReader(SnapshotReader):
    """Reads the runs of an evaluation; nobody sat at the keyboard."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield a session for each run; the arguments are those of `SnapshotReader.read`."""
        del known
        batch = Path(path).parent.name
        seen: set[str] = set()
        with opener.open(path) as handle:
            for line, number, offset in Lines(handle, os.fstat(handle.fileno()).st_size):
                for run in objects(line):
                    key = str(run.get("instance_id"))[:_KEY_LIMIT] if run is not None else ""
                    if run is None or not key or key in seen:
                        continue
                    seen.add(key)
                    yield _run(run, path, key, f"{batch}/{key}", (number, offset))
            if handle.stopped:
                raise InterruptedError("stopped")


def _run(run: dict[str, Any], path: str, key: str, own: str, place: tuple[int, int]) -> Told:
    teller = new_teller(AGENT, AGENT)
    teller.story.alone = True
    teller.story.headless = True
    teller.place(None, *place)
    teller.identity(own)
    teller.entitle(key)
    metadata = mapping(mapping(run.get("metadata")).get("llm_config"))
    teller.surroundings(model=text(metadata.get("model")))
    teller.cost(mapping(run.get("metrics")).get("accumulated_cost"))
    used = mapping(mapping(run.get("metrics")).get("accumulated_token_usage"))
    cached = count(used.get("cache_read_tokens"))
    teller.used(
        Usage(
            max(count(used.get("prompt_tokens")) - cached, 0),
            count(used.get("completion_tokens")),
            cached,
            count(used.get("cache_write_tokens")),
        )
    )
    for event in _history(run.get("history")):
        teller.story.parsed += 1
        teller.place(moment(event.get("timestamp")))
        _old_event(teller, event)
    error = text(run.get("error"))
    if error:
        body = words(error.strip().rpartition("\n")[2]) or "the run failed"
        teller.add(FrictionKind.TOOL_ERROR, "exit-status", body, "exit")
    return told(teller, path, own, key)


def _history(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the events of a run, of pairs one after the other; an observation names its action."""
    if not isinstance(value, list):
        return
    for number, one in enumerate(value[:_EVENTS_LIMIT]):
        if isinstance(one, dict):
            yield one
        elif isinstance(one, list):
            for event in items(one):
                own = event.get("id", number)
                yield {"id": own, "cause": own} | event


def events_folder(log: str) -> Path:
    """Return the folder of a conversation's events."""
    path = Path(log)
    return path.parent / "events" if path.name == _FIRSTS[0] else path.parent


def _place(path: str) -> tuple[int, str]:
    name = path.replace("\\", "/").rpartition("/")[2]
    number = _NUMBER.search(name)
    return int(number[0][:18]) if number else 0, name


def _event(teller: Teller, event: dict[str, Any]) -> bool:
    kind = text(event.get("kind"))
    native = text(event.get("tool_call_id"))
    own = text(event.get("id"))
    if kind == "MessageEvent":
        _message(teller, event, own)
    elif kind == "ActionEvent":
        name = text(event.get("tool_name"))
        teller.call(native, name, **about(name, event.get("action")))
    elif kind == "ObservationEvent":
        _observed(teller, native, mapping(event.get("observation")))
    elif kind == "AgentErrorEvent":
        teller.failed(native, text(event.get("error")))
    elif kind == "UserRejectObservation":
        teller.rejected("rejected", native, text(event.get("rejection_reason")))
    elif kind == "PauseEvent":
        teller.stopped("paused", own)
    elif kind == "Condensation":
        teller.compacted("condensed", own)
    elif kind == "ConversationErrorEvent":
        said = text(event.get("detail")) or text(event.get("code"))
        teller.service_failed("conversation-error", said, own)
    else:
        if kind not in _UNUSED:
            teller.unknown(kind)
        return False
    return True


def _message(teller: Teller, event: dict[str, Any], own: str) -> None:
    if event.get("source") == "user":
        teller.prompt(blocks_text(mapping(event.get("llm_message")).get("content")), own)
    else:
        teller.activity()


def _observed(teller: Teller, native: str, observation: dict[str, Any]) -> None:
    output = blocks_text(observation.get("content")) or text(observation.get("output"))
    metadata = mapping(observation.get("metadata"))
    code = whole(observation.get("exit_code"))
    code = whole(metadata.get("exit_code")) if code is None else code
    if code is not None and code < 0:
        code = None  # still running
    if observation.get("is_error") is True or observation.get("error") is True:
        teller.failed(native, output, code=code)
    else:
        teller.ended_well(native, output, code=code)


def _old_event(teller: Teller, event: dict[str, Any]) -> bool:
    """Take an event of a server: an action, or the observation that names it as its cause."""
    action, observation = text(event.get("action")), text(event.get("observation"))
    source = text(event.get("source"))
    arguments = mapping(event.get("args"))
    own = str(event.get("id"))
    if action == "message" and source == "user":
        teller.prompt(text(arguments.get("content")) or text(event.get("message")), own)
    elif action in _OLD_CALLS:
        teller.call(own, action, **about(action, arguments))
    elif action == "condensation":
        teller.compacted("condensed", own)
    elif action and source == "agent":
        teller.activity()
    elif observation == "user_rejected":
        teller.rejected("rejected", str(event.get("cause")))
    elif observation == "error":
        teller.failed(str(event.get("cause")), text(event.get("content")))
    elif observation:
        extras = mapping(event.get("extras"))
        told_of = {"metadata": extras.get("metadata"), "exit_code": extras.get("exit_code")}
        _observed(teller, str(event.get("cause")), {"output": event.get("content"), **told_of})
    else:
        return False
    return True


@dataclass(frozen=True, slots=True)
class OpenHandsFormat(ReaderFormat):
    """Where OpenHands keeps its conversations."""

    roots = staticmethod(roots.openhands)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield one file for each conversation: its state, or its first event."""
        named = [root / name for name in ("conversations", "sessions") if (root / name).is_dir()]
        for folder in named or [root]:
            for each in walk(folder, (*_FIRSTS, _RUNS), on_error):
                path = Path(each)
                first = path.name == "0.json" and path.parent.name == "events"
                if path.name in {_FIRSTS[0], _RUNS} or first:
                    yield path

    def reader_of(self, log: str) -> Reader:
        """Return the reader of conversations, or of the runs of an evaluation."""
        return OpenHandsRunsReader if Path(log).name == _RUNS else OpenHandsReader

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a conversation with its folder, which changes with every event."""
        if Path(log).name == _RUNS:
            return combined_status(log, ())
        return combined_status(log, (str(events_folder(log)),))


OPENHANDS = OpenHandsFormat(AGENT, OpenHandsReader)
