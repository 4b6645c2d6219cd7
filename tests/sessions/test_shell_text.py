"""What agents write around a command's output is no part of what the command said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_sessions.files import Opener
from hansei_sessions.model import Friction, FrictionKind
from hansei_sessions.readers.cline import ClineReader, RooReader
from hansei_sessions.readers.copilot import CopilotReader
from hansei_sessions.readers.goose import GooseReader
from hansei_sessions.readers.qwen import QwenReader
from hansei_sessions.readers.shell_text import Printed, crush_printed, goose_printed, labelled
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.swe_agent import SweAgentReader

REPORT = """Command: make -C shop \\
  test
Directory: (root)
Stdout: building
no rule to make target
Stderr: (empty)
Error: (none)
Exit Code: 2
Signal: (none)
Background PIDs: (none)
Process Group PGID: 4711"""


@pytest.mark.parametrize(
    ("report", "printed"),
    [
        (REPORT, Printed("building\nno rule to make target", 2)),
        ("Output: no rule\nExit Code: 2\nProcess Group PGID: 4711", Printed("no rule", 2)),
        ("Output: (empty)\nExit Code: 1", Printed("", 1)),
        (
            "Output: (empty)\nError: spawn x ENOENT\nExit Code: 127",
            Printed("Error: spawn x ENOENT", 127),
        ),
        ("just words", Printed("just words")),
        ("Output: fine", Printed("fine")),
        ("Output: Error: it is\nError: (none)\nExit Code: 3", Printed("Error: it is", 3)),
    ],
)
def test_a_report_of_labelled_lines(report: str, printed: Printed) -> None:
    """The label `Error: (none)` would be what a failed command said."""
    assert labelled(report) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("no rule\n\nCommand exited with code 2", Printed("no rule", 2)),
        ("(no output)\n\nCommand exited with code 1", Printed("", 1)),
        (
            "50 %\n\nCommand timed out after 30 seconds",
            Printed("Command timed out after 30 seconds\n50 %", timed_out=True),
        ),
        (
            "it said Command exited with code 2 once",
            Printed("it said Command exited with code 2 once"),
        ),
    ],
)
def test_a_result_of_goose(text: str, printed: Printed) -> None:
    """Every failed command would read `Command exited with code 1`."""
    assert goose_printed(text) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("\nno rule\nExit code 2\n\n<cwd>/home/ada/shop</cwd>", Printed("no rule", 2)),
        ("fine\n\n<cwd>/home/ada/shop</cwd>", Printed("fine")),
        ("Exit code 1", Printed("", 1)),
        (
            "half\nCommand was aborted before completion\n\n<cwd>/w</cwd>",
            Printed("half\nCommand was aborted before completion", unfinished=True),
        ),
    ],
)
def test_a_result_of_crush(text: str, printed: Printed) -> None:
    """No command of Crush would ever seem to fail: its flag says that the tool worked."""
    assert crush_printed(text) == printed


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*REPORT.split("\n"), "Error: x"])).map("\n".join),
    st.sampled_from([labelled, goose_printed, crush_printed]),
)
def test_any_text_is_taken_apart(text: str, take: Callable[[str], Printed]) -> None:
    """An output that looks like a report and is none would stop a scan."""
    assert len(take(text).output) <= len(text) + 2


def fed(reader: type[StoryReader], *records: dict[str, Any]) -> tuple[Friction, ...]:
    """Feed records and return the frictions."""
    one = reader("/home/ada/x.jsonl")
    for number, record in enumerate(records, 1):
        one.feed(json.dumps(record).encode(), number, 0)
    return one.result().frictions


def test_a_command_that_failed_in_goose() -> None:
    """A search that found nothing would be a failure, and a failure would not say why."""

    def call(native: str, command: str, said: str) -> list[dict[str, Any]]:
        value = {"name": "developer__shell", "arguments": {"command": command}}
        request = {
            "id": native,
            "type": "toolRequest",
            "toolCall": {"status": "success", "value": value},
        }
        content = [{"type": "text", "text": said}]
        result = {"status": "success", "value": {"content": content, "isError": True}}
        answer = {"id": native, "type": "toolResponse", "toolResult": result}
        return [
            {"role": "assistant", "created": 1, "content": [request]},
            {"role": "user", "created": 2, "content": [answer]},
        ]

    frictions = fed(
        GooseReader,
        *call("a", "make", "make: *** No rule to make target 'x'.\n\nCommand exited with code 2"),
        *call("b", "grep -r x .", "(no output)\n\nCommand exited with code 1"),
        *call("c", "sleep 99", "(no output)\n\nCommand timed out after 5 seconds"),
    )
    assert [(one.rule, one.text) for one in frictions] == [
        ("goose.exit-code", "make: *** No rule to make target 'x'."),
        ("goose.timeout", "Command timed out after 5 seconds"),
    ]


def test_a_command_that_failed_in_qwen_code() -> None:
    """Qwen Code calls a command that failed a success: only its report tells."""

    def row(kind: str, *parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {"type": kind, "uuid": str(len(str(parts))), "message": {"parts": parts}, **fields}

    call = {"functionCall": {"id": "a", "name": "run_shell_command", "args": {"command": "make"}}}
    response = {"functionResponse": {"id": "a", "response": {"output": REPORT}}}
    (friction,) = fed(
        QwenReader,
        row("assistant", call),
        row("tool_result", response, toolCallResult={"status": "success"}),
    )
    assert (friction.kind, friction.rule) == (FrictionKind.COMMAND_FAILED, "qwen.exit-code")
    assert friction.text == "no rule to make target"


@pytest.mark.parametrize(
    "ending",
    [
        "<shellId: 3 completed with exit code 2>",
        "<exited with exit code 2>",
        "; \n<exited with exit code 2>",
        "<command with shellId: 3 exited with exit code 2>",
    ],
)
def test_a_command_that_failed_in_copilot(ending: str) -> None:
    """Older versions write another last line, and none of their commands would have failed."""
    (friction,) = fed(
        CopilotReader,
        {
            "type": "tool.execution_start",
            "data": {"toolCallId": "a", "toolName": "bash", "arguments": {"command": "make"}},
        },
        {
            "type": "tool.execution_complete",
            "data": {
                "toolCallId": "a",
                "success": True,
                "result": {"content": f"error: no rule\n{ending}"},
            },
        },
    )
    assert (friction.rule, friction.text) == ("copilot.exit-code", "error: no rule")


FAILED = (
    "Command executed in terminal  within working directory '/home/ada/shop'. Command execution "
    "was not successful, inspect the cause and adjust as needed.\nExit code: 127\nOutput:\n"
    "/bin/sh: pytset: command not found\n\n<environment_details>\n# Error: none\n"
)


@pytest.mark.parametrize("reader", [RooReader, ClineReader])
@pytest.mark.parametrize("shape", ["one", "two", "native"])
def test_a_command_that_failed_in_roo_code(
    reader: type[RooReader | ClineReader], shape: str, tmp_path: Path
) -> None:
    """Failed commands stand in the model's history only, and nobody would see them."""
    heading = "[execute_command for 'pytset -q'] Result:"
    use = {
        "type": "tool_use",
        "id": "t1",
        "name": "execute_command",
        "input": {"command": "pytset -q"},
    }
    answers: dict[str, list[dict[str, Any]]] = {
        "one": [{"type": "text", "text": f"{heading}\n{FAILED}"}],
        "two": [{"type": "text", "text": heading}, {"type": "text", "text": FAILED}],
        "native": [{"type": "tool_result", "tool_use_id": "t1", "content": FAILED}],
    }
    quoted = {"type": "text", "text": f"look at this: {FAILED}"}
    history = [
        {"role": "user", "ts": 1_700_000_000_000, "content": [quoted]},
        {"role": "assistant", "ts": 1_700_000_001_000, "content": [use]},
        {"role": "user", "ts": 1_700_000_002_000, "content": answers[shape]},
    ]
    task = tmp_path / "tasks" / "1"
    task.mkdir(parents=True)
    said = [{"ts": 1_700_000_000_000, "type": "say", "say": "text", "text": "test it"}]
    (task / "ui_messages.json").write_text(json.dumps(said), encoding="utf-8")
    (task / "api_conversation_history.json").write_text(json.dumps(history), encoding="utf-8")
    (told,) = reader().read(str(task / "ui_messages.json"), Opener([tmp_path]), {})
    assert told.result is not None
    (friction,) = told.result.frictions
    assert friction.kind is FrictionKind.COMMAND_FAILED
    assert (friction.subject, friction.text) == (
        "pytset -q",
        "/bin/sh: pytset: command not found",
    )


def run_of_swe_agent(folder: Path, **run: Any) -> tuple[int, tuple[Friction, ...]]:
    """Read a run and return its calls and frictions."""
    path = folder / "shop-1.traj"
    path.write_text(json.dumps(run), encoding="utf-8")
    (told,) = SweAgentReader().read(str(path), Opener([folder]), {})
    assert told.result is not None
    assert told.result.session is not None
    return told.result.session.tool_calls, told.result.frictions


def test_a_command_of_swe_agent_that_gave_up_late(tmp_path: Path) -> None:
    """A command that printed something before it was stopped would have ended well."""
    late = "EXECUTION TIMED OUT BECAUSE NO OUTPUT WAS PRODUCED FOR MORE THAN 60.0 SECONDS."
    observation = f"trying 1\ntrying 2\n{late}\nPLEASE REFINE YOUR RUNNING COMMAND."
    steps = [{"action": "crack.py", "observation": observation}]
    _, (friction,) = run_of_swe_agent(tmp_path, trajectory=steps)
    assert (friction.rule, friction.text) == ("swe-agent.timeout", late)


def test_a_run_of_swe_agent_of_which_the_messages_are_kept(tmp_path: Path) -> None:
    """A demonstration holds no list of steps, and nothing of it would be read."""
    refused = (
        "Your proposed edit has introduced new syntax error(s). Please understand the fixes and "
        "retry your edit commmand.\n\nERRORS:\n- F821 undefined name 'total'\n\nThis is how"
    )
    history = [
        {"role": "system", "content": "You are", "message_type": "system_prompt"},
        {"role": "assistant", "content": "I look", "action": "ls", "message_type": "action"},
        {"role": "tool", "content": "sums.py", "message_type": "observation"},
        {"role": "assistant", "content": "I edit", "action": "edit 1:2", "message_type": "action"},
        {"role": "tool", "content": refused, "message_type": "observation"},
    ]
    calls, (friction,) = run_of_swe_agent(tmp_path, history=history)
    assert calls == 2
    assert friction.text.splitlines()[0] == "F821 undefined name 'total'"
