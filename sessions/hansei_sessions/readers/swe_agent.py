"""SWE-agent: one `.traj` a run, a JSON document with the steps of the model.

Seen in trajectories of the project's own tests. A run has no human, no times, and no flag on a
step that failed: what can be told is a step that timed out, an edit that the tool says it refused,
a failure that an output's last lines tell, and how the run ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener, walk
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import load_json
from hansei_sessions.readers.lenient import blocks_text, count, document, items, mapping, text
from hansei_sessions.readers.snapshot import new_teller, stem, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Usage
from hansei_sessions.readers.unflagged import runs_something

AGENT: Final = "swe-agent"
_REFUSED: Final = (
    "Your proposed edit has introduced new syntax error",
    "No replacement was performed",
)
"""What its editing tools say of an edit that they did not apply."""
_ERRORS: Final = re.compile(r"^ERRORS:\n((?:- .+\n?){1,50})", re.MULTILINE)
_EDITS: Final = frozenset({"edit", "insert", "str_replace_editor", "create"})
_TIMED_OUT: Final = re.compile(
    r"^(?:command timed out|execution timed out|the command was cancelled because)\b.*",
    re.IGNORECASE | re.MULTILINE,
)
"""What the environment says first, or behind what was put out until then."""
_NEAR_END: Final = 400


class SweAgentReader(SnapshotReader):
    """Reads one run of SWE-agent."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the run; the arguments are those of `SnapshotReader.read`."""
        del known
        run = mapping(load_json(opener, path))
        info = mapping(run.get("info"))
        stats = mapping(info.get("model_stats"))
        teller = new_teller(AGENT, AGENT)
        teller.story.alone = True
        teller.story.headless = True
        teller.entitle(stem(path))
        teller.used(Usage(count(stats.get("tokens_sent")), count(stats.get("tokens_received"))))
        teller.cost(stats.get("instance_cost"))
        steps = items(run.get("trajectory")) or _from_history(items(run.get("history")))
        for number, step in enumerate(steps, 1):
            teller.story.parsed += 1
            _step(teller, step, str(number))
        ended = text(info.get("exit_status"))
        if ended and not ended.startswith("submitted") and teller.story.tools:
            body = f"the run ended with {ended.replace('_', ' ')}"
            teller.add(FrictionKind.TOOL_ERROR, "exit-status", body, "exit")
        yield told(teller, path, stem(path))


def _from_history(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps of a run of which only the messages are kept: each action, what it gave."""
    steps: list[dict[str, Any]] = []
    for message in history:
        if message.get("role") == "assistant":
            steps.append({"action": message.get("action"), "observation": ""})
        elif message.get("message_type") == "observation" and steps:
            steps[-1]["observation"] = blocks_text(message.get("content"))
    return steps


def _step(teller: Teller, step: dict[str, Any], native: str) -> None:
    state = mapping(document(step.get("state")))
    teller.surroundings(text(state.get("working_dir")))
    action = text(step.get("action")).strip()
    if not action:
        teller.activity()
        return
    observation = text(step.get("observation"))
    name = action.split()[0]
    if name in _EDITS:
        _edited(teller, native, action, observation)
        return
    teller.call(native, name, command=action)
    # No step bears an exit code, so that each can hide a failure.
    teller.story.calls[native].hides = runs_something(action)
    seconds = step.get("execution_time")
    ran = float(seconds) if isinstance(seconds, int | float) else None
    late = _TIMED_OUT.match(observation.lstrip()) or _TIMED_OUT.search(observation[-_NEAR_END:])
    if late:
        teller.failed(native, late[0], seconds=ran, rule="timeout")
    else:
        teller.ended_well(native, observation, seconds=ran)


def _edited(teller: Teller, native: str, action: str, observation: str) -> None:
    """Take a call of an editing tool, which answers a refused edit with a sentence of its own."""
    head = action.partition("\n")[0]
    teller.call(native, head.split()[0], subject=head, edits=True)
    if observation.lstrip().startswith(_REFUSED):
        teller.failed(native, _why(observation))
    else:
        teller.story.calls.pop(native, None)


def _why(observation: str) -> str:
    """Return a refusal with its reasons first: they are listed beneath a sentence that is one."""
    listed = _ERRORS.search(observation)
    if listed is None:
        return observation
    reasons = "\n".join(line.lstrip("- ") for line in listed[1].splitlines())
    return f"{reasons}\n{observation.strip()}"


@dataclass(frozen=True, slots=True)
class SweAgentFormat(ReaderFormat):
    """Where SWE-agent keeps its runs: where it was told to."""

    roots = staticmethod(roots.swe_agent)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the trajectories beneath a folder."""
        return map(Path, walk(root, (".traj",), on_error))


SWE_AGENT = SweAgentFormat(AGENT, SweAgentReader)
