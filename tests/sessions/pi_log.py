"""A session of Pi, written by hand from its documentation and its session manager's types."""

from __future__ import annotations

from typing import Any

from tests.sessions.agent_logs import Rows, millis, stamp


class Entries:
    """Entries of a tree, each upon the one before it."""

    def __init__(self) -> None:
        """Begin with a header."""
        header = {"type": "session", "version": 3, "id": "pi-1", "cwd": "/home/ada/shop"}
        self.rows: Rows = [header | {"timestamp": stamp(0)}]
        self.leaf: str | None = None

    def add(self, seconds: float, kind: str, **fields: Any) -> str:
        """Add an entry; its id."""
        native = f"{len(self.rows):08x}"
        row = {"type": kind, "id": native, "parentId": self.leaf, "timestamp": stamp(seconds)}
        self.rows.append(row | fields)
        self.leaf = native
        return native

    def user(self, seconds: float, said: str) -> str:
        """Add a prompt."""
        content = [{"type": "text", "text": said}]
        message = {"role": "user", "content": content, "timestamp": millis(seconds)}
        return self.add(seconds, "message", message=message)

    def assistant(self, seconds: float, *calls: tuple[str, str, Any], **fields: Any) -> str:
        """Add an answer."""
        blocks = [
            {"type": "toolCall", "id": native, "name": name, "arguments": arguments}
            for native, name, arguments in calls
        ]
        usage = {"input": 10, "output": 5, "cacheRead": 3, "cacheWrite": 1, "totalTokens": 19}
        message = {
            "role": "assistant",
            "content": [{"type": "text", "text": "So."}, *blocks],
            "model": "claude-9",
            "usage": usage | {"cost": {"total": 0.25}},
            "stopReason": "toolUse" if calls else "stop",
            "timestamp": millis(seconds),
        }
        return self.add(seconds, "message", message=message | fields)

    def result(self, seconds: float, native: str, output: str, *, is_error: bool = False) -> str:
        """Add a result."""
        message = {
            "role": "toolResult",
            "toolCallId": native,
            "toolName": "bash",
            "content": [{"type": "text", "text": output}],
            "isError": is_error,
            "timestamp": millis(seconds),
        }
        return self.add(seconds, "message", message=message)


def _session() -> Rows:
    make = {"command": "make"}
    told = Entries()
    told.user(1, "mend it")
    told.assistant(2, ("toolu_0001", "bash", make))
    told.result(4, "toolu_0001", "error: no rule\n\nCommand exited with code 2", is_error=True)
    told.assistant(10, ("toolu_0002", "bash", make), ("toolu_0003", "read", {"path": "a.py"}))
    told.result(12, "toolu_0002", "ok")
    told.result(12, "toolu_0003", "Skipped due to queued user message.", is_error=True)
    told.user(12, "only the docs")
    told.assistant(20, ("toolu_0004", "edit", {"path": "a.py", "edits": []}))
    told.result(21, "toolu_0004", "Could not find the exact text in a.py", is_error=True)
    told.assistant(30, ("toolu_0005", "bash", {"command": "sleep 999"}))
    told.result(40, "toolu_0005", "\n\nCommand timed out after 10 seconds", is_error=True)
    told.assistant(50)
    last = told.leaf
    told.user(60, "and then")
    told.assistant(61, stopReason="error", errorMessage="529 overloaded")
    told.assistant(62, ("toolu_0006", "bash", {"command": "sleep 50"}))
    told.result(70, "toolu_0006", "Command aborted", is_error=True)
    told.assistant(70, stopReason="aborted", errorMessage="Request was aborted")
    told.add(80, "compaction", summary="s", tokensBefore=5)
    told.add(81, "model_change", provider="p", modelId="gpt-9")
    told.add(82, "session_info", name="Mending")
    told.leaf = last
    told.add(90, "branch_summary", fromId="x", summary="s")
    told.user(91, "the other way")
    told.assistant(92)
    told.add(93, "brand_new")
    return told.rows


PI: Rows = _session()
