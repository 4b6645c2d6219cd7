"""A home in which every agent has been used: one session of each, where its agent keeps it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.sessions import agent_documents as documents
from tests.sessions import agent_logs as logs
from tests.sessions import codex_lines as codex
from tests.sessions.claude_log import SESSION, Log
from tests.sessions.copilot_chats import copilot_chat, copilot_chat_document
from tests.sessions.cursor_chats import cursor_store
from tests.sessions.kimi_log import kimi_code
from tests.sessions.pi_log import PI

from hansei_sessions.readers.kiro_ide import half_digest

SPECSTORY: Final = """<!-- Claude Code Session 0a57f201-e967-4d94-a191-eef5c4419091 (2026-11-02) -->

_**User (2026-11-02 09:00:05Z)**_

mend it

---

_**Agent (claude-opus-9 2026-11-02 09:00:10Z)**_

Done.
"""
_CODE: Final = {
    "linux": ".config/Code/User/globalStorage",
    "darwin": "Library/Application Support/Code/User/globalStorage",
    "win32": "AppData/Roaming/Code/User/globalStorage",
}
_GOOSE: Final = {"win32": "AppData/Roaming/Block/goose/data/sessions"}
_CRUSH: Final = {"win32": "AppData/Local/crush"}
NO_PROMPT: Final = frozenset({"swe-agent"})
"""Agents that no human prompts."""


def lines(path: Path, rows: list[bytes]) -> Path:
    """Write a log of lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path


def claude_code(home: Path, _platform: str) -> Path:
    """Write a session of Claude Code."""
    log = Log()
    log.prompt("mend it")
    log.result(log.bash("make"))
    return lines(home / ".claude" / "projects" / "-home-dev-shop" / f"{SESSION}.jsonl", log.lines)


def codex_rollout() -> list[bytes]:
    """Return the lines of a rollout."""
    call = {"name": "shell", "call_id": "c1", "arguments": '{"command": ["make"]}'}
    output = {"call_id": "c1", "output": '{"output":"ok","metadata":{"exit_code":0}}'}
    return [
        codex.meta(),
        codex.said("mend it", 1),
        codex.item("function_call", 2, **call),
        codex.item("function_call_output", 3, **output),
    ]


def of_codex(home: Path, _platform: str) -> Path:
    """Write a rollout of Codex."""
    name = Path(codex.PATH).name
    return lines(home / ".codex" / "sessions" / "2026" / "11" / "02" / name, codex_rollout())


def gemini_cli(home: Path, _platform: str) -> Path:
    """Write a chat of the Gemini CLI."""
    folder = home / ".gemini" / "tmp" / "shop" / "chats"
    return lines(folder / "session-2026-11-02T09-00-gm.jsonl", logs.lines_of(logs.GEMINI))


def opencode(home: Path, _platform: str) -> Path:
    """Write a database of OpenCode."""
    path = home / ".local" / "share" / "opencode" / "opencode.db"
    documents.database(path, documents.OPENCODE_TABLES, documents.fill_opencode).close()
    return path


def aider(home: Path, _platform: str) -> Path:
    """Write a history of Aider."""
    return documents.aider(home / "src" / "shop")


def copilot_cli(home: Path, _platform: str) -> Path:
    """Write a session of Copilot."""
    path = home / ".copilot" / "session-state" / "cp-1" / "events.jsonl"
    return lines(path, logs.lines_of(logs.COPILOT))


def qwen_code(home: Path, _platform: str) -> Path:
    """Write a chat of Qwen Code."""
    path = home / ".qwen" / "projects" / "-home-ada-shop" / "chats" / "qw-1.jsonl"
    return lines(path, logs.lines_of(logs.QWEN))


def goose(home: Path, platform: str) -> Path:
    """Write a database of Goose."""
    path = home / _GOOSE.get(platform, ".local/share/goose/sessions") / "sessions.db"
    documents.database(path, documents.GOOSE_TABLES, documents.fill_goose).close()
    return path


def cline(home: Path, platform: str) -> Path:
    """Write a task of Cline."""
    return documents.cline(home / _CODE[platform] / "saoudrizwan.claude-dev")


def roo_code(home: Path, platform: str) -> Path:
    """Write a task of Roo Code."""
    return documents.cline(home / _CODE[platform] / "rooveterinaryinc.roo-cline")


def kilo_code(home: Path, _platform: str) -> Path:
    """Write a database of Kilo Code."""
    path = home / ".local" / "share" / "kilo" / "kilo.db"
    documents.database(path, documents.OPENCODE_TABLES, documents.fill_opencode).close()
    return path


def kilo_task(home: Path, platform: str) -> Path:
    """Write a task of the extension of before the database."""
    return documents.cline(home / _CODE[platform] / "kilocode.kilo-code")


def crush(home: Path, platform: str) -> Path:
    """Write a database of Crush into a project, and its registry."""
    folder = home / "elsewhere" / "shop" / ".crush"
    registry = home / _CRUSH.get(platform, ".local/share/crush") / "projects.json"
    documents.put(registry, {"projects": [{"path": str(folder.parent), "data_dir": str(folder)}]})
    documents.database(folder / "crush.db", documents.CRUSH_TABLES, documents.fill_crush).close()
    return folder / "crush.db"


def continue_dev(home: Path, _platform: str) -> Path:
    """Write a session of Continue."""
    return documents.continue_dev(home / ".continue" / "sessions")


def amp(home: Path, _platform: str) -> Path:
    """Write a thread of Amp."""
    return documents.amp(home / ".local" / "share" / "amp" / "threads")


def openhands(home: Path, _platform: str) -> Path:
    """Write a conversation of OpenHands."""
    return documents.openhands(home / ".openhands")


def pi(home: Path, _platform: str) -> Path:
    """Write a session of Pi."""
    folder = home / ".pi" / "agent" / "sessions" / "--home-ada-shop--"
    return lines(folder / "2026-11-02T09-00-00-000Z_pi-1.jsonl", logs.lines_of(PI))


def kiro(home: Path, _platform: str) -> Path:
    """Write a session of the Kiro CLI."""
    return lines(home / ".kiro" / "sessions" / "cli" / "ki-1.jsonl", logs.lines_of(logs.KIRO))


def droid(home: Path, _platform: str) -> Path:
    """Write a session of Droid."""
    return lines(home / ".factory" / "sessions" / "-x" / "dr-1.jsonl", logs.lines_of(logs.DROID))


def cursor(home: Path, _platform: str) -> Path:
    """Write a transcript of Cursor."""
    folder = home / ".cursor" / "projects" / "home-ada-shop" / "agent-transcripts" / "cu-1"
    return lines(folder / "cu-1.jsonl", logs.lines_of(logs.CURSOR))


def swe_agent(home: Path, _platform: str) -> Path:
    """Write a run of SWE-agent."""
    return documents.swe_agent(home / "runs")


def specstory(home: Path, _platform: str) -> Path:
    """Write a record of SpecStory, of a session whose own log is gone."""
    path = home / "src" / "shop" / ".specstory" / "history" / "2026-11-02_09-00-00Z.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SPECSTORY, encoding="utf-8")
    return path


WRITERS: Final[Mapping[str, Callable[[Path, str], Path]]] = {
    "claude-code": claude_code,
    "codex": of_codex,
    "gemini-cli": gemini_cli,
    "opencode": opencode,
    "aider": aider,
    "copilot-cli": copilot_cli,
    "copilot-chat": copilot_chat,
    "qwen-code": qwen_code,
    "goose": goose,
    "cline": cline,
    "roo-code": roo_code,
    "kilo-code": kilo_code,
    "crush": crush,
    "continue-dev": continue_dev,
    "amp": amp,
    "openhands": openhands,
    "kimi-code": kimi_code,
    "kiro": kiro,
    "droid": droid,
    "cursor": cursor,
    "pi": pi,
    "swe-agent": swe_agent,
    "specstory": specstory,
}
"""By agent: writes one log into a home and returns it."""


def codex_document(home: Path, _platform: str) -> Path:
    """Write a session of the first Codex CLI."""
    call = {"type": "function_call", "name": "shell", "call_id": "c1"}
    output = {"output": "error: no rule", "metadata": {"exit_code": 2, "duration_seconds": 75}}
    document = {
        "session": {"id": codex.OWN, "timestamp": logs.stamp(0), "instructions": ""},
        "items": [
            {"role": "user", "content": [{"type": "input_text", "text": "mend it"}]},
            call | {"arguments": json.dumps({"command": ["bash", "-lc", "make"]})},
            {"type": "function_call_output", "call_id": "c1", "output": json.dumps(output)},
        ],
    }
    path = home / ".codex" / "sessions" / f"rollout-2025-04-20-{codex.OWN}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return path


KIRO_VALUE: Final = {
    "conversation_id": "ki-0",
    "model_info": {"model_id": "claude-9"},
    "history": [
        {
            "user": {"content": {"Prompt": {"prompt": "mend it"}}, "timestamp": logs.stamp(1)},
            "assistant": {
                "ToolUse": {
                    "message_id": "m1",
                    "tool_uses": [
                        {"id": "t1", "name": "execute_bash", "args": {"command": "make"}},
                        {"id": "t2", "name": "fs_write", "args": {"path": "a.py"}},
                    ],
                }
            },
            "request_metadata": {"stream_end_timestamp_ms": logs.millis(5)},
        },
        {
            "user": {
                "content": {
                    "ToolUseResults": {
                        "tool_use_results": [
                            {
                                "tool_use_id": "t1",
                                "status": "Error",
                                "content": [{"Text": "error: no rule"}],
                            }
                        ]
                    }
                },
                "timestamp": logs.stamp(9),
            },
            "assistant": {"Response": {"message_id": "m2", "content": "Hm."}},
        },
        {
            "user": {
                "content": {
                    "CancelledToolUses": {
                        "prompt": "not that file",
                        "tool_use_results": [{"tool_use_id": "t2", "status": "Error"}],
                    }
                },
                "timestamp": logs.stamp(20),
            },
            "assistant": {"Response": {"message_id": "m3", "content": "Done."}},
        },
    ],
}
KIRO_TABLES: Final = """
CREATE TABLE conversations_v2 (key TEXT NOT NULL, conversation_id TEXT NOT NULL,
  value TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (key, conversation_id));
"""


def kiro_database(home: Path, platform: str) -> Path:
    """Write a database of the Kiro CLI."""

    def fill(database: sqlite3.Connection) -> None:
        database.execute(
            "INSERT INTO conversations_v2 VALUES (?,?,?,?,?)",
            ("/home/ada/shop", "ki-0", json.dumps(KIRO_VALUE), logs.millis(0), logs.millis(20)),
        )

    places = {"darwin": "Library/Application Support", "win32": "AppData/Local"}
    path = home / places.get(platform, ".local/share") / "kiro-cli" / "data.sqlite3"
    documents.database(path, KIRO_TABLES, fill).close()
    return path


def kiro_events(home: Path, _platform: str) -> Path:
    """Write a session of the newest Kiro CLI."""

    def event(seconds: float, kind: str, **payload: object) -> dict[str, Any]:
        stamp = logs.stamp(seconds)
        return {"id": f"e{seconds}", "timestamp": stamp, "payload": {"type": kind} | payload}

    call: dict[str, object] = {"toolCallId": "t1", "toolName": "shell"}
    rows = [
        event(1, "user", content="mend it"),
        event(2, "tool_call", **call, args={"command": "make"}),
        event(4, "tool_result", toolCallId="t1", content="error: no rule", success=False),
        event(5, "assistant", operationType="Say", content="Hm."),
        event(6, "usage_summary", promptTurnSummaries=[]),
        event(7, "brand_new"),
    ]
    folder = home / ".kiro" / "sessions" / "ws-1" / "sess_ki-2"
    documents.put(folder / "session.json", {"id": "ki-2", "title": "Mending", "modelId": "m9"})
    return lines(folder / "messages.jsonl", logs.lines_of(rows))


def kiro_execution(own: str, seconds: float, actions: object, **fields: object) -> dict[str, Any]:
    """Return what the Kiro IDE logs of one turn."""
    return {
        "executionId": own,
        "chatSessionId": "ki-3",
        "workflowType": "chat-agent",
        "status": "succeed",
        "startTime": logs.millis(seconds),
        "endTime": logs.millis(seconds + 9),
        "context": {"messages": [{"role": "human", "entries": [{"type": "text", "text": "x"}]}]},
        "actions": actions,
        "usageSummary": [{"unit": "credit", "usage": 0.4}],
    } | fields


def kiro_action(
    seconds: float, kind: str, given: object, output: object = None, state: str = "Success"
) -> dict[str, Any]:
    """Return one action of a turn."""
    return {
        "actionId": f"a{seconds}",
        "actionType": kind,
        "actionState": state,
        "emittedAt": logs.millis(seconds),
        "input": given,
        "output": output,
    }


def kiro_said(role: str, said: str, **fields: object) -> dict[str, Any]:
    """Return an entry of a session's history."""
    content: object = [{"type": "text", "text": said}] if role == "user" else said
    return {"message": {"role": role, "content": content}} | fields


KIRO_EXECUTIONS: Final = (
    kiro_execution(
        "ex-1",
        1,
        [
            kiro_action(2, "say", {}, {"message": "I will"}),
            kiro_action(3, "runCommand", {"command": "make"}, {"output": "no rule", "exitCode": 2}),
            kiro_action(4, "replace", {"file": "a.py", "originalContent": "x"}),
            kiro_action(5, "mcp", {"toolName": "fetch", "toolArgs": {"url": "u"}}),
            kiro_action(6, "readFile", {"file": "b.py"}, None, "Unseen"),
            kiro_action(7, "specAgent", {}, {"executionId": "ex-3"}),
            kiro_action(8, "brand_new", {}),
        ],
    ),
    kiro_execution("ex-2", 30, [], status="aborted"),
    kiro_execution("ex-3", 7, [kiro_action(7.5, "create", {"file": "c.py"})]),
)


def kiro_ide(home: Path, platform: str) -> Path:
    """Write a session of the Kiro IDE, and what it logged of each turn."""
    root = home / _CODE[platform].replace("Code", "Kiro") / "kiro.kiroagent"
    folder = root / "workspace-sessions" / "L2hvbWUvYWRhL3Nob3A_"
    documents.put(folder / "sessions.json", [{"sessionId": "ki-3", "dateCreated": "1793610000000"}])
    for one in KIRO_EXECUTIONS:
        saves = root / half_digest("/home/ada/shop") / half_digest("KIRO::EXECUTION::SAVES")
        documents.put(saves / half_digest(one["executionId"]), one)
    history = [
        kiro_said("user", "<steering-reminder>x</steering-reminder>mend it"),
        kiro_said("assistant", "On it.", executionId="ex-1"),
        kiro_said("user", "the docs too"),
        kiro_said("assistant", "On it.", executionId="ex-2"),
        kiro_said("user", "only the docs"),
        kiro_said("assistant", "On it.", executionId="gone"),
    ]
    session = {"sessionId": "ki-3", "title": "Mending", "selectedModel": "m9", "history": history}
    return documents.put(folder / "ki-3.json", session | {"workspaceDirectory": "/home/ada/shop"})


CURSOR_TABLES: Final = "CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB)"


def fill_cursor(database: sqlite3.Connection, own: str = "cu-2") -> None:
    """Write a chat: a failed command, a refused edit, and a call that was cancelled."""

    def call(name: str, arguments: dict[str, str], **state: object) -> dict[str, object]:
        return {"name": name, "rawArgs": json.dumps(arguments)} | state

    edit = {"target_file": "a.py"}
    tools: list[tuple[str, dict[str, object]]] = [
        ("b2", call("run_terminal_cmd", {"command": "make"}, status="error", result="no rule")),
        ("b3", call("edit_file", edit, status="cancelled", userDecision="rejected")),
        ("b5", call("read_file", edit, status="completed", result='{"contents": "x"}')),
    ]
    bubbles: dict[str, dict[str, object]] = {
        "b1": {"type": 1, "text": "mend it", "createdAt": logs.stamp(1)},
        "b4": {"type": 1, "text": "the other file", "createdAt": logs.stamp(30)},
    }
    for number, (name, told) in enumerate(tools):
        spent = {"inputTokens": 10, "outputTokens": 2}
        at = logs.millis(2 + 5 * number)
        bubbles[name] = {"type": 2, "createdAt": at, "toolFormerData": told, "tokenCount": spent}
    order = [{"bubbleId": name, "type": 2} for name in ("b1", "b2", "b3", "b4", "b5", "gone")]
    chat = {
        "composerId": own,
        "name": "Mending",
        "createdAt": logs.millis(0),
        "lastUpdatedAt": logs.millis(40),
        "modelConfig": {"modelName": "sonnet-9"},
        "workspaceIdentifier": {"uri": {"fsPath": "/home/ada/shop"}},
        "fullConversationHeadersOnly": order,
    }
    rows = {f"composerData:{own}": chat}
    rows |= {f"bubbleId:{own}:{name}": {"bubbleId": name} | one for name, one in bubbles.items()}
    for key, value in rows.items():
        database.execute("INSERT INTO cursorDiskKV VALUES (?,?)", (key, json.dumps(value)))
    database.execute("INSERT INTO cursorDiskKV VALUES ('composerDatb', 'x'), ('other:1', '{}')")


def cursor_database(home: Path, platform: str) -> Path:
    """Write a database of Cursor's editor."""
    places = {name: place.replace("/Code/", "/Cursor/") for name, place in _CODE.items()}
    path = home / places[platform] / "state.vscdb"
    documents.database(path, CURSOR_TABLES, fill_cursor).close()
    return path


def openhands_runs(home: Path, _platform: str) -> Path:
    """Write an evaluation of OpenHands: a run of events, and one of pairs that failed."""
    action = {"action": "run", "args": {"command": "make"}, "timestamp": logs.stamp(2)}
    observation = {"content": "error: no rule", "extras": {"metadata": {"exit_code": 2}}}
    prompt = {
        "id": 1,
        "source": "user",
        "action": "message",
        "args": {"content": "mend it"},
        "timestamp": logs.stamp(1),
    }
    events = [
        prompt,
        {"id": 2, "source": "agent"} | action,
        {"id": 3, "cause": 2, "observation": "run"} | observation,
    ]
    runs: logs.Rows = [
        {
            "instance_id": "shop-1",
            "metadata": {"llm_config": {"model": "m9"}},
            "history": events,
            "metrics": {"accumulated_cost": 0.25},
        },
        {
            "instance_id": "shop-2",
            "history": [[action, {"observation": "run"} | observation]],
            "error": "Traceback\nTimeoutError: too slow",
        },
        {"instance_id": "shop-1", "history": events},
    ]
    return lines(home / ".openhands" / "batch-9" / "output.jsonl", logs.lines_of(runs))


VARIANTS: Final[Mapping[str, Callable[[Path, str], Path]]] = {
    "codex/document": codex_document,
    "copilot-chat/document": copilot_chat_document,
    "kilo-code/task": kilo_task,
    "kiro/database": kiro_database,
    "kiro/events": kiro_events,
    "kiro/ide": kiro_ide,
    "cursor/database": cursor_database,
    "cursor/store": cursor_store,
    "openhands/runs": openhands_runs,
}
"""Other forms of the same agents' logs, likewise."""


def environ_of(home: Path) -> dict[str, str]:
    """Return the environment of such a home."""
    return {"SWE_AGENT_TRAJECTORY_DIR": str(home / "runs")}
