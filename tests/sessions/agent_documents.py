"""Self-written documents, folders and databases of the agents whose logs are read as a whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.sessions.agent_logs import (
    GEMINI_MESSAGES,
    GOOSE_MESSAGES,
    Rows,
    millis,
    stamp,
)


def put(path: Path, value: Any) -> Path:
    """Write a JSON document, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def gemini(folder: Path) -> Path:
    """Write a chat of before the event log."""
    head = {"sessionId": "gm-1", "projectHash": "ab", "startTime": stamp(0)}
    return put(folder / "session-2026-11-02T09-00-gm.json", head | {"messages": GEMINI_MESSAGES})


def amp(folder: Path) -> Path:
    """Write a thread."""

    def result(call: str, **run: Any) -> dict[str, Any]:
        block = {"type": "tool_result", "toolUseID": call, "run": run}
        return {"role": "user", "content": [block]}

    def call(native: str, **arguments: Any) -> dict[str, Any]:
        block = {"type": "tool_use", "id": native, "name": "Bash", "input": arguments}
        usage = {"model": "m", "timestamp": stamp(5), "inputTokens": 3, "outputTokens": 4}
        return {"role": "assistant", "content": [block], "usage": usage}

    thread = {
        "id": "T-1",
        "created": millis(0),
        "title": "Mending",
        "env": {"initial": {"trees": [{"uri": "file:///home/ada/my%20shop"}]}},
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "mend it"}]},
            call("a1", command="make"),
            result("a1", status="error", error={"message": "error: no rule"}),
            call("a2", command="git push"),
            result("a2", status="rejected-by-user"),
            {"role": "user", "content": [{"type": "text", "text": "not that"}]},
            call("a3", command="make all"),
            result("a3", status="done", result={"output": "fatal: x", "exitCode": 2}),
        ],
    }
    return put(folder / "T-1.json", thread)


def continue_dev(folder: Path) -> Path:
    """Write a session and the list beside it."""

    def step(status: str, output: str) -> dict[str, Any]:
        function = {"name": "run_terminal_command", "arguments": '{"command": "make"}'}
        state = {
            "toolCallId": status,
            "toolCall": {"id": status, "function": function},
            "status": status,
            "output": [{"content": output}],
        }
        return {"message": {"role": "assistant", "content": ""}, "toolCallStates": [state]}

    put(folder / "sessions.json", [{"sessionId": "co-1", "dateCreated": str(millis(0))}])
    session = {
        "sessionId": "co-1",
        "title": "Mending",
        "workspaceDirectory": "file:///home/ada/shop",
        "history": [
            {"message": {"role": "user", "content": "mend it"}},
            step("errored", "error: no rule"),
            step("canceled", ""),
            step("done", "fine"),
            step("generated", ""),
        ],
    }
    return put(folder / "co-1.json", session)


def swe_agent(folder: Path) -> Path:
    """Write a run."""
    state = json.dumps({"working_dir": "/shop"})
    steps = [
        {"action": "make test\n", "observation": "fine", "state": state, "execution_time": 75.0},
        {"action": "python x.py", "observation": "EXECUTION TIMED OUT", "state": state},
        {"action": "go test ./... | tail", "observation": "--- FAIL: TestA (0.01s)\nFAIL"},
    ]
    info = {"exit_status": "exit_cost", "model_stats": {"tokens_sent": 9, "tokens_received": 4}}
    return put(folder / "shop-1.traj", {"trajectory": steps, "info": info, "history": []})


def cline(folder: Path) -> Path:
    """Write a task and what stands beside it."""

    def say(seconds: float, kind: str, text: object = "", **fields: Any) -> dict[str, Any]:
        body = text if isinstance(text, str) else json.dumps(text)
        return {"ts": millis(seconds), "type": "say", "say": kind, "text": body} | fields

    def ask(seconds: float, kind: str, text: object = "") -> dict[str, Any]:
        one = say(seconds, kind, text)
        return {**one, "type": "ask", "ask": one.pop("say")}

    task = folder / "tasks" / str(millis(0))
    item: dict[str, Any] = {"id": str(millis(0)), "cwdOnTaskInitialization": "/home/ada/shop"}
    put(folder / "state" / "taskHistory.json", [{"id": "other"}, item])
    denied = {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "x",
                "content": "The user denied this operation.\n<feedback>\nnot that\n</feedback>",
            }
        ],
    }
    put(task / "api_conversation_history.json", [denied])
    spent = {"request": "r", "tokensIn": 5, "tokensOut": 6, "cacheReads": 7, "cacheWrites": 8}
    messages = [
        say(0, "text", "mend it"),
        say(1, "api_req_started", spent),
        ask(2, "command", "make"),
        say(3, "command_output", "half", partial=True),
        say(4, "diff_error", "the search block does not match"),
        say(5, "user_feedback", "use the other file"),
        say(6, "api_req_started", {"cancelReason": "user_cancelled"}),
        say(7, "user_feedback", "and slowly"),
        ask(8, "api_req_failed", "429"),
        say(9, "condense_context"),
        say(10, "user_feedback_diff", {"tool": "editedExistingFile", "path": "a.py", "diff": "-a"}),
        say(11, "clineignore_error", "secret.env"),
    ]
    return put(task / "ui_messages.json", messages)


def cline_sdk(folder: Path) -> Path:
    """Write a session of the SDK and what stands beside it."""
    session = {
        "session_id": "sd-1",
        "cwd": "/home/ada/shop",
        "interactive": True,
        "metadata": {"title": "Mending", "fork": {"forkedFromSessionId": "sd-0"}},
    }
    put(folder / "sessions" / "sd-1" / "sd-1.json", session)
    call = {"type": "tool_use", "id": "s1", "name": "execute_command", "input": {"command": "make"}}
    result = {"type": "tool_result", "tool_use_id": "s1", "content": "no rule", "is_error": True}
    messages = [
        {
            "id": "1",
            "role": "user",
            "ts": millis(1),
            "content": [{"type": "text", "text": "mend it"}],
        },
        {
            "id": "2",
            "role": "assistant",
            "ts": millis(2),
            "content": [call],
            "modelInfo": {"id": "m"},
            "metrics": {"inputTokens": 9, "outputTokens": 2, "cacheReadTokens": 4},
        },
        {"id": "3", "role": "user", "ts": millis(3), "content": [result]},
        {"id": "4", "role": "user", "content": [], "metadata": {"kind": "compaction"}},
    ]
    log = {"sessionId": "sd-1", "messages": messages}
    return put(folder / "sessions" / "sd-1" / "sd-1.messages.json", log)


def openhands(folder: Path) -> Path:
    """Write a conversation of the SDK."""
    home = folder / "conversations" / "oh-1"

    def action(call: str, command: str) -> dict[str, Any]:
        return {
            "kind": "ActionEvent",
            "tool_name": "terminal",
            "tool_call_id": call,
            "action": {"kind": "ExecuteBashAction", "command": command},
        }

    events: Rows = [
        {
            "kind": "MessageEvent",
            "source": "user",
            "llm_message": {"role": "user", "content": [{"type": "text", "text": "mend it"}]},
        },
        action("h1", "make"),
        {
            "kind": "ObservationEvent",
            "tool_call_id": "h1",
            "observation": {
                "content": [{"type": "text", "text": "error: no rule"}],
                "metadata": {"exit_code": 2},
            },
        },
        action("h2", "git push"),
        {"kind": "UserRejectObservation", "tool_call_id": "h2", "rejection_reason": "never"},
        {"kind": "PauseEvent"},
        {"kind": "Condensation"},
        action("h3", "sleep 9"),
        {"kind": "BrandNewEvent"},
    ]
    for number, event in enumerate(events):
        whole = {"id": f"ev-{number}", "timestamp": f"2026-11-02T09:00:{number:02d}"} | event
        put(home / "events" / f"event-{number:05d}-ev{number}.json", whole)
    return put(home / "base_state.json", {"id": "oh-1"})


def openhands_old(folder: Path) -> Path:
    """Write a conversation of the servers of before."""
    home = folder / "sessions" / "oh-0" / "events"
    events: Rows = [
        {"source": "user", "action": "message", "args": {"content": "mend it"}},
        {"source": "agent", "action": "run", "args": {"command": "make"}},
        {
            "source": "agent",
            "observation": "run",
            "cause": 1,
            "content": "error: no rule",
            "extras": {"metadata": {"exit_code": 2}},
        },
    ]
    for number, event in enumerate(events):
        whole = {"id": number, "timestamp": f"2026-11-02T09:00:{number:02d}"} | event
        put(home / f"{number}.json", whole)
    return home / "0.json"


AIDER = """
# aider chat started at 2026-11-02 09:00:00

> Main model: sonnet with diff edit format..
> Git repo: .git with 3 files..

#### mend it..
#### and test it..

I will:

#### a heading of the model
> a quotation of the model

```
#### text in a fence..
```

> Tokens: 2.5k sent, 1.2k cache hit, 310 received. Cost: $0.01 message, $0.01 session...
> Applied edit to a.py..
> The LLM did not conform to the edit format...
> https://aider.chat/docs/troubleshooting/edit-errors.html..

# 1 SEARCH/REPLACE block failed to match!

> Only 3 reflections allowed, stopping...
> Run shell command? (Y)es/(N)o/(D)on't ask again [Yes]: n..
> litellm.RateLimitError: 429..
> Retrying in 0.2 seconds.....
> litellm.RateLimitError: 429..
> ^C again to exit..

#### /undo..

#### /ask why so slow?..

# aider chat started at 2026-11-02 10:00:00

#### /exit..

# aider chat started at 2026-11-02 11:00:00

#### the docs now..
""".replace("..\n", "  \n")
"""Two dots at the end of a line stand for the two blanks that Aider writes there."""


def aider(folder: Path) -> Path:
    """Write a history of three sessions."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".aider.chat.history.md"
    path.write_text(AIDER, encoding="utf-8")
    return path


# OpenCode: the same session as rows and as files

OPENCODE_SESSION = {
    "id": "ses_1",
    "directory": "/home/ada/shop",
    "title": "Mending",
    "time": {"created": millis(0), "updated": millis(90)},
}


def _tool(call: str, seconds: float, tool: str = "bash", **state: Any) -> dict[str, Any]:
    times = {"start": millis(seconds), "end": millis(seconds + 2)}
    base = {"input": {"command": "make"}, "time": times}
    return {"type": "tool", "tool": tool, "callID": call, "state": base | state}


def _said(text: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "text": text} | fields


def _answer(seconds: float, **fields: Any) -> dict[str, Any]:
    tokens = {"input": 10, "output": 2, "reasoning": 1, "cache": {"read": 4, "write": 3}}
    times = {"created": millis(seconds), "completed": millis(seconds + 9)}
    return {"role": "assistant", "modelID": "m", "tokens": tokens, "time": times} | fields


OPENCODE: list[tuple[dict[str, Any], Rows]] = [
    (
        {"role": "user", "time": {"created": millis(1)}},
        [_said("mend it"), _said("injected", synthetic=True)],
    ),
    (
        _answer(2),
        [
            _tool("c1", 3, status="completed", output="error: no rule", metadata={"exit": 2}),
            _tool("c2", 7, status="completed", output="ok", metadata={"exit": 0}),
            {"type": "brand-new"},
        ],
    ),
    ({"role": "user", "time": {"created": millis(8)}}, [_said("only the docs")]),
    (
        _answer(20),
        [
            _tool(
                "c3",
                21,
                status="error",
                error="The user rejected permission to use this specific tool call with the "
                "following feedback: never",
            ),
            _tool(
                "c4",
                24,
                status="error",
                error="The user has specified a rule which prevents you from using this specific "
                "tool call. Here are the rules: []",
            ),
            _tool("c5", 26, tool="invalid", status="completed", output="bad arguments"),
        ],
    ),
    (_answer(40, error={"name": "MessageAbortedError", "data": {"message": "x"}}), []),
    ({"role": "user", "time": {"created": millis(60)}}, [_said("again"), {"type": "compaction"}]),
    (_answer(70, error={"name": "APIError", "data": {"message": "529"}}), []),
    (_answer(80), [_tool("c6", 81, status="running")]),
]

OPENCODE_TABLES = """
CREATE TABLE session (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, directory TEXT,
  title TEXT, revert TEXT, time_created INTEGER, time_updated INTEGER);
CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER,
  time_updated INTEGER, data TEXT);
CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER,
  time_updated INTEGER, data TEXT);
CREATE TABLE credential (id TEXT PRIMARY KEY, value TEXT);
INSERT INTO credential VALUES ('x', 'hunter2');
"""


def fill_opencode(db: sqlite3.Connection, session: str = "ses_1") -> None:
    """Write the session's rows."""
    info = OPENCODE_SESSION
    db.execute(
        "INSERT INTO session VALUES (?,?,?,?,?,?,?,?)",
        (session, "p", None, info["directory"], info["title"], None, millis(0), millis(90)),
    )
    for number, (message, parts) in enumerate(OPENCODE):
        native = f"{session}-m{number}"
        created = message["time"]["created"]
        db.execute(
            "INSERT INTO message VALUES (?,?,?,?,?)",
            (native, session, created, created, json.dumps(message)),
        )
        for place, part in enumerate(parts):
            row = (f"{native}-{place}", native, session, created, created, json.dumps(part))
            db.execute("INSERT INTO part VALUES (?,?,?,?,?,?)", row)


def opencode_tree(folder: Path) -> Path:
    """Write the session as a tree of files."""
    storage = folder / "storage"
    for number, (message, parts) in enumerate(OPENCODE):
        native = f"msg_{number}"
        put(storage / "message" / "ses_1" / f"{native}.json", message | {"id": native})
        for place, part in enumerate(parts):
            part = part | {"id": f"prt_{place}", "messageID": native}  # noqa: PLW2901 - with its ids
            put(storage / "part" / native / f"prt_{place}.json", part)
    return put(storage / "session" / "p" / "ses_1.json", OPENCODE_SESSION)


GOOSE_TABLES = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, description TEXT, name TEXT, working_dir TEXT,
  session_type TEXT, created_at TIMESTAMP, updated_at TIMESTAMP, input_tokens INTEGER,
  output_tokens INTEGER, accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER);
CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content_json TEXT,
  created_timestamp INTEGER, metadata_json TEXT);
"""


def fill_goose(db: sqlite3.Connection, session: str = "20261102_1", kind: str = "user") -> None:
    """Write a session's rows."""
    db.execute(
        "INSERT INTO sessions VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        (session, "", "Mending", "/home/ada/shop", kind, "2026-11-02 09:00:00", "x", 1, 2, 50, 60),
    )
    for message in GOOSE_MESSAGES:
        db.execute(
            "INSERT INTO messages (session_id, role, content_json, created_timestamp, "
            "metadata_json) VALUES (?,?,?,?,?)",
            (
                session,
                message["role"],
                json.dumps(message["content"]),
                message["created"],
                json.dumps(message.get("metadata", {})),
            ),
        )


CRUSH_TABLES = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, title TEXT NOT NULL,
  prompt_tokens INTEGER, completion_tokens INTEGER, updated_at INTEGER, created_at INTEGER);
CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT NOT NULL, role TEXT NOT NULL,
  parts BLOB NOT NULL, model TEXT, created_at INTEGER, updated_at INTEGER, finished_at INTEGER);
"""


def fill_crush(db: sqlite3.Connection, session: str = "cr-1") -> None:
    """Write a session's rows; times are seconds in one column and milliseconds in the next."""

    def part(kind: str, **data: Any) -> dict[str, Any]:
        return {"type": kind, "data": data}

    def call(native: str, command: str) -> dict[str, Any]:
        arguments = json.dumps({"command": command})
        return part("tool_call", id=native, name="bash", input=arguments, finished=True)

    def result(native: str, content: str, *, failed: bool) -> dict[str, Any]:
        return part("tool_result", tool_call_id=native, content=content, is_error=failed)

    messages = [
        ("user", [part("text", text="mend it")]),
        ("assistant", [call("r1", "make"), part("finish", reason="tool_use")]),
        ("tool", [result("r1", "error: no rule", failed=True)]),
        ("assistant", [call("r2", "git push"), part("finish", reason="permission_denied")]),
        ("user", [part("text", text="not that")]),
        ("assistant", [part("text", text="hm"), part("finish", reason="canceled")]),
        ("user", [part("text", text="continue", hidden=True)]),
        ("assistant", [part("finish", reason="error", message="529")]),
    ]
    db.execute(
        "INSERT INTO sessions VALUES (?,?,?,?,?,?,?)",
        (session, None, "Mending", 7, 8, millis(60) // 1000, millis(0)),
    )
    for number, (role, parts) in enumerate(messages):
        at = millis(number) // 1000
        db.execute(
            "INSERT INTO messages VALUES (?,?,?,?,?,?,?,?)",
            (f"{session}-{number}", session, role, json.dumps(parts).encode(), "m", at, at, at),
        )


Fill = Callable[[sqlite3.Connection], None]


def database(path: Path, tables: str, fill: Fill, *, wal: bool = False) -> sqlite3.Connection:
    """Create a database and return the connection of its owner, still open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    if wal:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA wal_autocheckpoint=0")
    db.executescript(tables)
    fill(db)
    return db
