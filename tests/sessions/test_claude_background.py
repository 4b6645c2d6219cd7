"""Commands that Claude Code runs in the background, whose failures are told later."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.sessions.claude_log import Log

from hansei_sessions.model import FrictionKind as Kind


def notice(task: str, code: int | None = 1, what: str = "Run the tests") -> str:
    """Return what the harness says of a task that ended."""
    how = "completed" if code is None else f"failed with exit code {code}"
    status = "completed" if code is None else "failed"
    return (
        f"<task-notification>\n<task-id>{task}</task-id>\n<status>{status}</status>\n"
        f'<summary>Background command "{what}" {how}</summary>\n</task-notification>\n'
        "Read the output file to retrieve the result"
    )


def output(task: str, code: int, text: str) -> str:
    """Return what the tool gives that fetches a task's output."""
    status = "failed" if code else "completed"
    return (
        f"<retrieval_status>success</retrieval_status>\n\n<task_id>{task}</task_id>\n\n"
        f"<task_type>local_bash</task_type>\n\n<status>{status}</status>\n\n"
        f"<exit_code>{code}</exit_code>\n\n<output>\n{text}\n</output>"
    )


def begun(task: str = "b1") -> Log:
    """Return a session with a command in the background."""
    log = Log()
    log.prompt("test it")
    call = log.call("Bash", {"command": "cd shop && make test", "run_in_background": True})
    log.result(call, f"Command running in background with ID: {task}. Output is written to x")
    return log


@pytest.mark.parametrize("first", ["queue", "row", "attachment"])
def test_a_failure_is_told_by_a_notice(first: str) -> None:
    """A failed command in the background would leave no trace, or several."""
    log = begun()
    told: dict[str, Callable[[], int]] = {
        "queue": lambda: log.queue("enqueue", notice("b1")),
        "row": lambda: log.prompt(notice("b1")),
        "attachment": lambda: log.row(
            "attachment",
            attachment={
                "type": "queued_command",
                "prompt": notice("b1"),
                "commandMode": "task-notification",
            },
        ),
    }
    line = told.pop(first)()
    for again in told.values():
        again()
    log.result(log.call("TaskOutput", {"task_id": "b1"}), output("b1", 1, "error: x"))
    found = log.one(Kind.COMMAND_FAILED)
    assert found.rule == "claude.background-failed"
    assert (found.subject, found.evidence.line) == ("make test", line)
    assert found.text == 'Background command "Run the tests" failed with exit code 1'


@pytest.mark.parametrize("tool", ["TaskOutput", "BashOutput"])
def test_a_failure_is_told_by_the_output(tool: str) -> None:
    """A failed command in the background would pass for one that went well."""
    log = begun()
    text = output("b1", 2, "make: *** [test] Error 1")
    if tool == "BashOutput":
        text = "<status>failed</status>\n\n<exit_code>2</exit_code>\n\n<stdout>\nmake: *** [test]"
    for _ in range(2):
        log.result(log.call(tool, {"bash_id" if tool == "BashOutput" else "task_id": "b1"}), text)
    found = log.one(Kind.COMMAND_FAILED)
    assert (found.tool, found.subject) == (tool, "make test")
    assert found.text.startswith("make: *** [test]")


def test_what_ended_well_or_only_speaks_of_failures() -> None:
    """A task would fail by what it printed, or because somebody quoted a notice."""
    log = begun()
    log.result(
        log.call("TaskOutput", {"task_id": "b1"}), output("b1", 0, "<exit_code>1</exit_code>")
    )
    log.queue("enqueue", notice("b1", None))
    log.prompt(notice("b2", None))
    log.prompt("what does this mean? " + notice("b3"))
    log.say()
    assert log.frictions() == ()
