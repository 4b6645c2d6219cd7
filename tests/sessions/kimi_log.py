"""A session of Kimi Code, written by hand from the wire manifest of its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tests.sessions.agent_logs import Rows, millis

SESSION: Final = "session_70d49998-f9d1-4546-ab98-3bba4551a6da"


def row(seconds: float, record: str, /, **payload: Any) -> dict[str, Any]:
    """Return a record."""
    return {"type": record, "agentId": "main", **payload, "time": millis(seconds)}


def prompt(seconds: float, said: str, record: str = "turn.prompt", /, **origin: Any) -> Rows:
    """Return a prompt, and the message that is made of it."""
    content = [{"type": "text", "text": said}]
    source = origin or {"kind": "user"}
    message = {"role": "user", "content": content, "toolCalls": [], "origin": source}
    return [
        row(seconds, record, input=content, origin=source),
        row(seconds, "context.append_message", message=message),
    ]


def event(seconds: float, kind: str, **fields: Any) -> dict[str, Any]:
    """Return an event of the loop."""
    return row(seconds, "context.append_loop_event", event={"type": kind, **fields})


def call(seconds: float, native: str, name: str, **args: Any) -> dict[str, Any]:
    """Return a call."""
    return event(seconds, "tool.call", toolCallId=native, name=name, args=args, stepUuid="s")


def result(
    seconds: float, native: str, output: str, *, is_error: bool | None = None
) -> dict[str, Any]:
    """Return a result."""
    told = {"output": output} | ({} if is_error is None else {"isError": is_error})
    return event(seconds, "tool.result", toolCallId=native, parentUuid=native, result=told)


def answered(seconds: float, native: str, decision: str, **more: Any) -> dict[str, Any]:
    """Return a user's answer to a question for permission."""
    return row(
        seconds,
        "permission.record_approval_result",
        turnId=0,
        toolCallId=native,
        toolName="Bash",
        action="Running",
        result={"decision": decision, **more},
    )


REJECTED: Final = 'Tool "Bash" was not run because the user rejected the approval request.'
USAGE: Final = {"inputOther": 10, "output": 5, "inputCacheRead": 3, "inputCacheCreation": 1}

KIMI: Rows = [
    {"type": "metadata", "protocol_version": "1.5", "created_at": millis(0)},
    row(0, "config.update", modelAlias="moonshot-ai/kimi-k3", cwd="/home/ada/shop"),
    *prompt(1, "mend it"),
    row(1, "llm.request", kind="loop", provider="kimi", model="kimi-k3"),
    event(2, "step.begin", uuid="s", turnId="0", step=1),
    event(2, "content.part", stepUuid="s", part={"type": "text", "text": "So."}),
    call(3, "Bash_0", "Bash", command="make"),
    result(5, "Bash_0", "error: no rule\nCommand failed with exit code: 2.", is_error=True),
    event(5, "step.end", uuid="s", usage=USAGE, finishReason="tool_use"),
    row(5, "usage.record", model="moonshot-ai/kimi-k3", usage=USAGE, usageScope="turn"),
    call(9, "Bash_0", "Bash", command="make"),
    result(10, "Bash_0", "ok"),
    *prompt(11, "only the docs", "turn.steer"),
    call(12, "Bash_1", "Bash", command="rm -rf build"),
    answered(14, "Bash_1", "rejected", feedback="never"),
    result(14, "Bash_1", REJECTED + " Reason: never", is_error=True),
    call(20, "Edit_0", "Edit", path="a.py", old_string="x", new_string="y"),
    answered(21, "Edit_0", "approved", scope="session"),
    result(21, "Edit_0", "old_string not found in a.py", is_error=True),
    row(22, "turn.step.retrying", turnId=0, step=3, errorName="x", errorMessage="529 overloaded"),
    event(24, "content.part", stepUuid="s", part={"type": "think", "think": "hm"}),
    row(25, "turn.ended", turnId=0, reason="completed", durationMs=24_000),
    *prompt(30, "The files have changed", kind="injection"),
    *prompt(31, "long text of a skill", kind="skill_activation", trigger="user-slash"),
    *prompt(40, "and then"),
    call(41, "Bash_2", "Bash", command="sleep 999"),
    row(45, "turn.cancel", turnId=1, target="active", reason="user_cancelled"),
    result(45, "Bash_2", "Interrupted by user", is_error=True),
    row(45, "turn.ended", turnId=1, reason="cancelled"),
    row(50, "context.apply_compaction", summary="s", compactedCount=4),
    *prompt(60, "the other way"),
    row(61, "turn.ended", turnId=2, reason="failed", error={"code": "x", "message": "no credit"}),
    row(70, "context.undo", count=1),
    *prompt(80, "again"),
    call(81, "Bash_3", "Bash", command="git push"),
    result(82, "Bash_3", 'Tool "Bash" was denied by permission policy.', is_error=True),
    call(83, "Bash_4", "Bash", command="sleep 99"),
    result(90, "Bash_4", "\nCommand killed by timeout (60s)", is_error=True),
    call(95, "Read_0", "Read", path="b.py"),
    row(96, "brand.new"),
]


def kimi_code(home: Path, _platform: str) -> Path:
    """Write a session where Kimi Code keeps it."""
    folder = home / ".kimi-code" / "sessions" / "wd_shop_a75d38aead93" / SESSION
    path = folder / "agents" / "main" / "wire.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in KIMI), encoding="utf-8")
    state = {"id": SESSION, "cwd": "/home/ada/shop", "title": "Mending", "agents": {}}
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return path
