"""What became of a Codex tool call, told from the structure of its output.

Codex logs no success flag. What it does log, in the order in which it is looked for:

a) a JSON string `{"output": …, "metadata": {"exit_code": N, "duration_seconds": S}}`;
b) a text that begins `Exit code: N`, `Wall time: S seconds`;
c) a text that begins `Chunk ID: …`, `Wall time: S seconds`, and then either
   `Process exited with code N` or `Process running with session ID N`;
d) a text that begins `Script completed`, `Script failed` or the like, and `Wall time S seconds`: a
   program of the model's own that calls the other tools (`codex-rs/core/src/tools/code_mode`);
e) a plain text. Some are sentences of the harness, which stand at its very beginning; all others
   are the tool's own words, and say nothing about success.

Only the head that the harness wrote is looked at. What a command printed, what a file holds and
what the model says may speak of exit codes and rejections as much as it likes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.codex_records import blocks_text, mapping, text

ABORTED: Final = "codex.aborted"
"""The rule of an output that tells of an interruption: one event with `turn_aborted`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool's output tells."""

    body: str
    """What the tool itself put out, without the harness's head."""
    exit_code: int | None = None
    seconds: float | None = None
    """How long it ran by its own clock, waiting for a permission not included."""
    process: str = ""
    """The session id of a process that runs on."""
    kind: FrictionKind | None = None
    """Set where the harness's own sentence says what went wrong."""
    rule: str = ""
    failed: bool = False
    """The output's own success flag is false (only some versions write one)."""


_SECONDS: Final = r"Wall time: (?P<seconds>\d{1,9}(?:\.\d{1,9})?) seconds?\r?\n?"
_BODY: Final = r"(?:Total output lines: \d+\r?\n)?(?:Output:\r?\n?)?"
_EXIT_HEAD = re.compile(rf"Exit code: (?P<code>-?\d{{1,10}})\r?\n{_SECONDS}{_BODY}")
_UNIFIED_HEAD = re.compile(
    rf"(?:Chunk ID: [^\n]*\n)?{_SECONDS}"
    r"(?:Process exited with code (?P<code>-?\d{1,10})(?:\r?\n|\Z)"
    r"|Process running with session ID (?P<process>\S{1,64})(?:\r?\n|\Z))?"
    rf"(?:Original token count: \d+\r?\n?)?{_BODY}"
)
_SCRIPT_HEAD = re.compile(
    r"Script (?P<end>completed|failed|terminated|running with cell ID [^\n]{1,200})\r?\n"
    r"Wall time (?P<seconds>\d{1,9}(?:\.\d{1,9})?) seconds?\r?\nOutput:\r?\n?"
)
_REFUSED_START: Final = 'CreateProcess { message: "Rejected('
_REFUSED_WORDS = re.compile(r'\\?"(?P<words>[^"\\]*)\\?"\)" \}\s*\Z')

_SENTENCES: Final = tuple(
    (re.compile("|".join(patterns)), kind, rule)
    for kind, rule, patterns in (
        (
            FrictionKind.REJECTION,
            "codex.rejected",
            [
                r"(?:exec command|patch) rejected by user\s*\Z",
                r"user (?:rejected|cancelled) MCP tool call\s*\Z",
                r"rejected by user\s*\Z",
            ],
        ),
        (FrictionKind.INTERRUPTION, ABORTED, [r"aborted by user(?: after [\d.]+ ?s)?\s*\Z"]),
        (
            FrictionKind.PERMISSION_DENIED,
            "codex.guardian",
            [r"This action was rejected due to unacceptable risk\."],
        ),
        (
            FrictionKind.PERMISSION_DENIED,
            "codex.policy",
            [
                "approval required by policy, but AskForApproval is set to Never",
                r"approval policy is [^\n;]{1,80}; reject command",
                r"`[^\n]{1,4000}` rejected: ",
            ],
        ),
        (FrictionKind.PERMISSION_DENIED, "codex.sandbox", [r"failed in sandbox\b"]),
        (
            FrictionKind.HOOK_BLOCKED,
            "codex.hook",
            [r"(?:Command|Tool call) blocked by [A-Z]\w{1,40} hook\b"],
        ),
        (
            FrictionKind.EDIT_ERROR,
            "codex.patch-verification",
            [r"apply_patch verification failed\b"],
        ),
        (FrictionKind.TOOL_ERROR, "codex.execution-error", ["execution error: "]),
        (
            FrictionKind.TOOL_ERROR,
            "codex.call-failed",
            [
                r"unsupported (?:custom tool )?call: ",
                r"(?:exec_command|write_stdin) failed\b",
                "failed to parse function arguments: ",
                "tool call error: ",
            ],
        ),
        (
            FrictionKind.COMMAND_FAILED,
            "codex.timeout",
            [r"command timed out after \d+ milliseconds"],
        ),
    )
)


class _Metadata(msgspec.Struct, gc=False):
    exit_code: Any = None
    duration_seconds: Any = None


class _JsonOutput(msgspec.Struct, gc=False):
    metadata: _Metadata
    output: Any = None


_JSON = msgspec.json.Decoder(_JsonOutput)


def outcome(output: Any) -> Outcome:
    """Return what a call's output tells; `output` is as logged: a string, blocks, or an object."""
    if isinstance(output, dict):
        inner = outcome(output.get("content"))
        failed = output.get("success") is False
        return replace(inner, failed=failed)
    body = blocks_text(output)
    return _from_json(body) or _from_head(body) or _from_script(body) or _from_sentence(body)


def _from_json(body: str) -> Outcome | None:
    if not body.startswith("{") or '"metadata"' not in body:
        return None
    try:
        whole = _JSON.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    code, seconds = whole.metadata.exit_code, whole.metadata.duration_seconds
    if isinstance(code, bool) or not isinstance(code, int):
        return None
    return Outcome(
        blocks_text(whole.output) or text(mapping(whole.output).get("text")),
        code,
        _seconds(seconds),
    )


def _from_head(body: str) -> Outcome | None:
    head = _EXIT_HEAD.match(body) or _UNIFIED_HEAD.match(body)
    if head is None:
        return None
    rest = body[head.end() :]
    code = head.group("code")
    process = head.groupdict().get("process") or ""
    seconds = float(head.group("seconds"))
    if code is None and not process:
        told = _from_sentence(rest)
        return Outcome(told.body, None, seconds, "", told.kind, told.rule)
    return Outcome(rest, None if code is None else int(code), seconds, process)


def _from_script(body: str) -> Outcome | None:
    head = _SCRIPT_HEAD.match(body)
    if head is None:
        return None
    rest, seconds = body[head.end() :], float(head["seconds"])
    if head["end"] != "failed":
        return Outcome(rest, seconds=seconds)
    return Outcome(rest, None, seconds, kind=FrictionKind.TOOL_ERROR, rule="codex.script-failed")


def _from_sentence(body: str) -> Outcome:
    if body.startswith("exec_command failed"):
        refusal = _refusal(body)
        if refusal:
            kind, rule = refusal
            return Outcome(body, kind=kind, rule=rule)
    for pattern, kind, rule in _SENTENCES:
        if pattern.match(body):
            return Outcome(body, kind=kind, rule=rule)
    return Outcome(body)


def _refusal(body: str) -> tuple[FrictionKind, str] | None:
    """Tell who refused a command of unified exec: a human, or a policy in the human's absence.

    The sentence quotes the command first and ends with the refusal.
    """
    start = body.rfind(_REFUSED_START)
    match = _REFUSED_WORDS.match(body, start + len(_REFUSED_START)) if start >= 0 else None
    if match is None:
        return None
    if match["words"].strip().endswith("rejected by user"):
        return FrictionKind.REJECTION, "codex.rejected"
    return FrictionKind.PERMISSION_DENIED, "codex.policy"


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e9 else None
