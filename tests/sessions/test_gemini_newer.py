"""What newer versions of the Gemini CLI write: refusals, policies, files beside a prompt."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from tests.sessions import agent_logs as logs

from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.gemini import GeminiReader

START = {
    "sessionId": "gm-1",
    "projectHash": "ab",
    "startTime": logs.stamp(0),
    "lastUpdated": logs.stamp(0),
    "kind": "main",
}


REFUSED = "[Operation Cancelled] Reason: User denied execution."


def error(text: str) -> list[dict[str, Any]]:
    """Return what a call puts out that never ran."""
    return [{"functionResponse": {"id": "c1", "response": {"error": text}}}]


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (
            "cancelled",
            "[Operation Cancelled] Reason: User denied execution.",
            FrictionKind.REJECTION,
        ),
        (
            "success",
            "[Operation Cancelled] Reason: User denied execution.",
            FrictionKind.REJECTION,
        ),
        (
            "cancelled",
            "[Operation Cancelled] Reason: User did not allow tool call",
            FrictionKind.REJECTION,
        ),
        (
            "cancelled",
            "[Operation Cancelled] Reason: User cancelled the operation.",
            FrictionKind.INTERRUPTION,
        ),
        (
            "error",
            "Tool execution denied by policy. Not on a Friday.",
            FrictionKind.PERMISSION_DENIED,
        ),
        (
            "error",
            (
                'Tool execution for "Shell" requires user confirmation, which is not supported in '
                "non-interactive mode."
            ),
            FrictionKind.PERMISSION_DENIED,
        ),
        ("error", "No such file.", FrictionKind.COMMAND_FAILED),
    ],
)
def test_why_a_call_did_not_run(status: str, text: str, kind: FrictionKind) -> None:
    """A refusal, a stop, a policy's no and a failure would be taken for one another."""
    call = logs.gemini_call("c1", status, result=error(text))
    rows = [START, logs.gemini_user(1, "mend it"), logs.gemini_answer(2, [call])]
    (found,) = logs.read(GeminiReader, rows).frictions
    assert found.kind is kind


def test_files_beside_a_prompt_are_not_typed() -> None:
    """A whole file would be shown and searched as the user's words."""
    parts = [
        {"text": "mend @a.py"},
        {"text": "\n--- Content from referenced files ---"},
        {"text": "\nContent from @a.py:\n"},
        {"text": "print('secret plan')"},
        {"text": "\n--- End of content ---"},
    ]
    reader = GeminiReader("/x/chats/session-1.jsonl")
    heard: list[str] = []
    reader.listen(heard.append)
    rows = [START, logs.gemini_user(1, parts), logs.gemini_answer(2, [])]
    logs.feed(reader, logs.lines_of(rows))
    assert heard == ["mend @a.py"]


def test_tokens_of_a_tools_prompt_are_input() -> None:
    """What a tool of the service itself puts before the model would not be counted."""
    counts = {"input": 100, "output": 5, "cached": 60, "thoughts": 2, "tool": 30, "total": 137}
    rows = [START, logs.gemini_user(1, "mend it"), logs.gemini_answer(2, [], tokens=counts)]
    tokens = logs.session_of(logs.read(GeminiReader, rows)).tokens
    assert (tokens.input, tokens.cache_read, tokens.output) == (70, 60, 7)
    assert tokens.input + tokens.cache_read + tokens.output == counts["total"]


def test_a_session_starts_when_it_was_opened() -> None:
    """A session would begin with its first message in one form and before it in the other."""
    rows = [START, logs.gemini_user(60, "mend it"), logs.gemini_answer(62, [])]
    session = logs.session_of(logs.read(GeminiReader, rows))
    assert session.started_at is not None
    assert session.last_at is not None
    assert (session.last_at - session.started_at).total_seconds() == 62


def test_a_mistyped_command_is_no_failure_of_the_service() -> None:
    """The model's service would be blamed for a slash command that does not exist."""
    wrong = {"id": "e1", "timestamp": logs.stamp(2), "type": "error"}
    rows = [START, logs.gemini_user(1, "hi"), {**wrong, "content": "Unknown command: /halp"}]
    assert logs.read(GeminiReader, rows).frictions == ()
    rows = [START, logs.gemini_user(1, "hi"), {**wrong, "content": "[API Error: 429]"}]
    (found,) = logs.read(GeminiReader, rows).frictions
    assert found.kind is FrictionKind.API_ERROR


@pytest.mark.parametrize(
    ("folder", "args", "output"),
    [
        ("/home/ada/shop", {"file_path": "a.py"}, "Wrote /home/ada/shop/src/a.py."),
        ("/home/ada/my shop", {"absolute_path": "/home/ada/my shop/a.py"}, "ok"),
        ("C:\\work\\shop", {"file_path": "C:\\work\\shop\\a.py"}, "ok"),
        ("/home/ada/shop", {"command": "ls /home/ada/shop"}, ""),
    ],
)
def test_the_folder_behind_a_hash(folder: str, args: dict[str, str], output: str) -> None:
    """Older chats, which tell a hash of their folder only, would belong to no project."""
    start = {**START, "projectHash": sha256(folder.encode()).hexdigest()}
    call = logs.gemini_call("c1", "success", output, args=args)
    rows = [start, logs.gemini_user(1, "mend it"), logs.gemini_answer(2, [call])]
    session = logs.session_of(logs.read(GeminiReader, rows))
    assert session.cwd == folder
    assert session.project == folder.replace("\\", "/").rpartition("/")[2]


def test_a_path_elsewhere_is_not_the_folder() -> None:
    """A session would be taken for one in a folder that its agent only looked at."""
    start = {**START, "projectHash": sha256(b"/home/ada/shop").hexdigest()}
    call = logs.gemini_call("c1", "success", "/home/ada/shop2/a /etc", args={"path": "/home/ada"})
    rows = [start, logs.gemini_user(1, "mend it"), logs.gemini_answer(2, [call])]
    assert logs.session_of(logs.read(GeminiReader, rows)).cwd == ""


def at(row: dict[str, Any], seconds: float, native: str) -> dict[str, Any]:
    """Return a row written again at another time, under another id."""
    return {**row, "id": native, "timestamp": logs.stamp(seconds)}


def opening(seconds: float, native: str) -> dict[str, Any]:
    """Return what a conversation begins with."""
    return logs.gemini_user(seconds, [{"text": "<session_context>\nx\n</session_context>"}], native)


def reply(seconds: float, native: str) -> dict[str, Any]:
    """Return an answer in words, as the history holds it."""
    row = logs.gemini_answer(seconds, [], native, content=[{"text": "ok"}])
    return {key: value for key, value in row.items() if key not in {"tokens", "toolCalls"}}


def test_a_conversation_that_is_written_again_counts_once() -> None:
    """A refused call would double every prompt, and be answered by the oldest of them."""
    first, second = logs.gemini_user(1, "alpaca", "u1"), logs.gemini_user(20, "bison", "u2")
    call = logs.gemini_call("c1", "cancelled", result=error(REFUSED))
    rows = [
        START,
        opening(0.1, "e1"),
        first,
        logs.gemini_answer(5, [], "g1", content="ok"),
        second,
        logs.gemini_answer(25, [call], "g2"),
        {"id": "i1", "timestamp": logs.stamp(30), "type": "info", "content": "Request cancelled."},
        opening(30.01, "e2"),
        at(first, 30.02, "u3"),
        reply(30.03, "g3"),
        {"$patch": {"removeIds": ["e1", "u1", "g1", "u2", "g2"], "orderIds": ["e2", "u3", "g3"]}},
        logs.gemini_user(50, "cheetah", "u4"),
        logs.gemini_answer(55, [], "g4"),
        logs.gemini_user(70, "cheetah", "u5"),
    ]
    result = logs.read(GeminiReader, rows)
    assert logs.session_of(result).prompts == 4
    (found,) = result.frictions
    assert (found.kind, found.text, found.count) == (FrictionKind.REJECTION, "cheetah", 2)
    assert result.unknown_types == ()


def test_a_call_that_is_told_after_its_stop_is_one_stop() -> None:
    """Pressing escape while a tool runs would count as two interruptions."""
    stopped = "[Operation Cancelled] Reason: User cancelled the operation."
    call = logs.gemini_call("c1", "cancelled", result=error(stopped))
    late = logs.gemini_answer(10.01, [call], "g2")
    del late["tokens"]
    rows = [
        START,
        logs.gemini_user(1, "alpaca"),
        logs.gemini_answer(5, [], "g1"),
        {"id": "i1", "timestamp": logs.stamp(10), "type": "info", "content": "Request cancelled."},
        late,
        logs.gemini_user(40, "bison"),
    ]
    result = logs.read(GeminiReader, rows)
    (found,) = result.frictions
    assert (found.kind, found.text) == (FrictionKind.INTERRUPTION, "bison")
    assert logs.session_of(result).tool_calls == 1


@pytest.mark.parametrize(
    "text",
    [
        "Here is the user's editor context as a JSON object. This is for your information only.",
        "<hook_context>be kind</hook_context>",
        "<state_snapshot>\n<overall_goal>x</overall_goal>\n</state_snapshot>",
    ],
)
def test_what_the_harness_says_for_the_user_is_no_prompt(text: str) -> None:
    """The editor's or a hook's words would count as typed."""
    rows = [START, logs.gemini_user(1, [{"text": text}]), logs.gemini_answer(2, [])]
    assert logs.session_of(logs.read(GeminiReader, rows)).prompts == 0


@pytest.mark.parametrize(
    "text",
    [
        "Context compressed from 74% to 21%.",
        (
            "IMPORTANT: This conversation approached the input token limit for gemini-2.5-pro. A "
            "compressed context will be sent for future messages (compressed from: 9 to 1 tokens)."
        ),
    ],
)
def test_a_compression_is_told(text: str) -> None:
    """A full context would leave no trace."""
    info = {"id": "i1", "timestamp": logs.stamp(3), "type": "info", "content": text}
    rows = [START, logs.gemini_user(1, "go"), logs.gemini_answer(2, []), info, info]
    (found,) = logs.read(GeminiReader, rows).frictions
    assert found.kind is FrictionKind.COMPACTION
