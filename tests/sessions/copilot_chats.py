"""Chats of GitHub Copilot in VS Code, written by hand from the types in microsoft/vscode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tests.sessions.agent_logs import millis

CHAT: Final = "6f0c2a6e-2f4c-4c53-9a39-0d4f5f6f0c01"
_USERS: Final = {
    "linux": ".config/Code/User",
    "darwin": "Library/Application Support/Code/User",
    "win32": "AppData/Roaming/Code/User",
}

Row = dict[str, Any]


def user_folder(home: Path, platform: str) -> Path:
    """Return where the editor keeps what is the user's."""
    return home / _USERS[platform]


def call(native: str, tool: str, *, confirmed: Any = 1, **fields: Any) -> Row:
    """Return the part of a call; by default the editor ran it without asking."""
    is_kind = isinstance(confirmed, int) and not isinstance(confirmed, bool)
    return {
        "kind": "toolInvocationSerialized",
        "toolId": tool,
        "toolCallId": native,
        "isComplete": True,
        "isConfirmed": {"type": confirmed} if is_kind else confirmed,
        **fields,
    }


def terminal(native: str, line: Any, code: int | None = 0, output: str = "", **fields: Any) -> Row:
    """Return the part of a command: its line, or an object of its lines."""
    seconds = fields.pop("seconds", 2)
    at = fields.pop("at", 10)
    data = {
        "kind": "terminal",
        "commandLine": line if isinstance(line, dict) else {"original": line},
        "language": "sh",
        "terminalCommandOutput": {"text": output, "lineCount": 1},
        "terminalCommandState": {
            "exitCode": code,
            "timestamp": millis(at),
            "duration": seconds * 1000,
        },
    }
    return call(native, "run_in_terminal", toolSpecificData=data, **fields)


def request(number: int, said: str, at: float, *parts: Row, **fields: Any) -> Row:
    """Return a request that was answered."""
    return {
        "requestId": f"request_{number:08d}",
        "timestamp": millis(at),
        "message": {"text": said, "parts": [{"kind": "text", "text": said}]},
        "modelId": "copilot/claude-opus-9",
        "response": [*parts, {"value": "Done."}],
        "modelState": {"value": 1, "completedAt": millis(at + 60)},
        "result": {"timings": {"totalElapsed": 60_000}, "metadata": {"promptTokens": 9}},
        **fields,
    }


def stopped(at: float) -> Row:
    """Return the state of a request that the user stopped."""
    return {"modelState": {"value": 2, "completedAt": millis(at)}}


def requests() -> list[Row]:
    """Return a chat with one of each trouble."""
    edited = {"original": "make all", "userEdited": "make one"}
    shown = {"value": "Read [](file:///home/ada/shop/a.py#1-1), lines 1 to 20"}
    failing = {"input": '{"query": "x"}', "output": [{"value": "no such table"}], "isError": True}
    quota = {"errorDetails": {"message": "You have exhausted your quota"}}
    more = {"message": "Continue?", "confirmationButtons": [{"label": "Continue"}]}
    hook = {"kind": "hook", "hookType": "PreToolUse", "stopReason": "no pushes on Friday"}
    return [
        request(
            1,
            "mend it",
            0,
            {"kind": "thinking", "value": "hm"},
            call("c1", "copilot_readFile", pastTenseMessage=shown),
            terminal("c2", "make", 2, "error: no rule", at=10),
            terminal("c3", "make", at=20, seconds=70),
            call("c4", "copilot_replaceString", invocationMessage="Editing a.py"),
        ),
        request(2, "only the docs", 30),
        request(
            3,
            "and then",
            200,
            terminal("c5", "rm -rf build", None, confirmed=0),
            call("c6", "copilot_createFile", confirmed=5),
            call("c7", "mcp_db_query", resultDetails=failing),
            terminal("c8", edited, at=210),
        ),
        request(
            4, "go", 300, terminal("c9", "sleep 99", None, confirmed=0, at=301), **stopped(305)
        ),
        request(5, "softer", 400, result=quota, modelState={"value": 3}),
        request(6, "again", 500, result={"errorDetails": more}),
        request(7, "@agent Continue", 600, confirmation="Continue"),
        request(8, "The command ended", 700, isSystemInitiated=True),
        request(
            9, "push it", 800, hook, call("ca", "run_in_terminal", confirmed=0), {"kind": "novel"}
        ),
        request(10, "last", 900, call("cb", "copilot_findFiles", isComplete=False, confirmed=None)),
    ]


def chat(sent: list[Row]) -> Row:
    """Return the document of a chat."""
    return {
        "version": 3,
        "sessionId": CHAT,
        "creationDate": millis(-900),
        "customTitle": "Mending",
        "inputState": {"inputText": "a draft that was never sent"},
        "requests": sent,
    }


def changes(sent: list[Row]) -> list[Row]:
    """Return the same chat as its log of changes."""
    rows: list[Row] = [{"kind": 0, "v": chat([])}]
    for number, one in enumerate(sent):
        place = ["requests", number]
        rows.append({"kind": 2, "k": ["requests"], "v": [{**one, "response": [{"value": "…"}]}]})
        rows.append({"kind": 1, "k": ["inputState", "inputText"], "v": "a draft"})
        rows.append({"kind": 2, "k": [*place, "response"], "i": 0, "v": one["response"][:1]})
        rows.append({"kind": 2, "k": [*place, "response"], "v": one["response"][1:]})
        rows.append({"kind": 1, "k": [*place, "vote"], "v": 1})
        rows.append({"kind": 3, "k": [*place, "vote"]})
    return rows


def workspace(home: Path, platform: str = "linux", opened: Row | None = None) -> Path:
    """Write what stands beside a workspace's chats; return the folder for them."""
    folder = user_folder(home, platform) / "workspaceStorage" / "0badcafe"
    (folder / "chatSessions").mkdir(parents=True, exist_ok=True)
    told = {"folder": "file:///home/ada/shop"} if opened is None else opened
    (folder / "workspace.json").write_text(json.dumps(told), encoding="utf-8")
    return folder / "chatSessions"


def copilot_chat(home: Path, platform: str) -> Path:
    """Write a chat as a log of changes."""
    path = workspace(home, platform) / f"{CHAT}.jsonl"
    rows = [json.dumps(row) for row in changes(requests())]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def copilot_chat_document(home: Path, platform: str) -> Path:
    """Write a chat of an empty window as a document."""
    folder = user_folder(home, platform) / "globalStorage" / "emptyWindowChatSessions"
    folder.mkdir(parents=True)
    path = folder / f"{CHAT}.json"
    path.write_text(json.dumps(chat(requests())), encoding="utf-8")
    return path
