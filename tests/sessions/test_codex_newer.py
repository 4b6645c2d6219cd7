"""What newer versions of Codex write: programs of the model's own, commands of the user's own."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sessions.codex_lines import (
    PATH,
    event,
    feed,
    flat,
    item,
    kinds,
    meta,
    only,
    prompt,
    read,
    said,
    session_of,
)

from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.codex import CodexReader


def program(call: str, status: str, *texts: str) -> list[bytes]:
    """Return a call of the program tool and its output, a list of texts."""
    head = f"{status}\nWall time 0.5 seconds\nOutput:\n"
    blocks = [{"type": "input_text", "text": each} for each in (head, *texts)]
    return [
        item("custom_tool_call", name="exec", input="const x = await tools.ls()", call_id=call),
        item("custom_tool_call_output", call_id=call, output=blocks),
    ]


def test_a_program_of_the_models_own_that_failed() -> None:
    """Where all tools are called from programs, none of them would ever seem to fail."""
    error = "Script error:\nReferenceError: y is not defined"
    friction = only(read(meta(), prompt("Go"), program("c1", "Script failed", "a\n", error)))
    assert (friction.kind, friction.rule) == (FrictionKind.TOOL_ERROR, "codex.script-failed")
    assert friction.text.endswith("ReferenceError: y is not defined")


@pytest.mark.parametrize(
    "status", ["Script completed", "Script terminated", "Script running with cell ID 3"]
)
def test_a_program_that_went_well_or_goes_on(status: str) -> None:
    """A program would fail by what it printed."""
    assert read(meta(), prompt("Go"), program("c1", status, "Script failed")).frictions == ()


@pytest.mark.parametrize("source", ["user_shell", "userShell"])
def test_a_command_that_the_user_ran_is_not_the_agents(source: str) -> None:
    """The user's own `!command` would count as a call, and its failure as the agent's."""
    done = {
        "type": "CommandExecution",
        "id": "u1",
        "command": ["bash", "-lc", "tox"],
        "source": source,
        "status": "failed",
        "exit_code": 1,
    }
    ended: dict[str, Any] = {"call_id": "u2", "command": ["tox"], "exit_code": 1, "source": source}
    result = read(
        meta(),
        prompt("Go"),
        event("item_completed", item=done),
        event("exec_command_end", **ended),
    )
    assert result.frictions == ()
    assert session_of(result).tool_calls == 0


def test_the_fields_of_an_item_in_either_spelling() -> None:
    """A failed command would have neither its exit code nor its output."""
    done = {
        "type": "CommandExecution",
        "id": "c1",
        "command": ["bash", "-lc", "make"],
        "source": "agent",
        "status": "failed",
        "exitCode": 2,
        "aggregatedOutput": "error: no rule",
    }
    friction = only(read(meta(), prompt("Go"), event("item_completed", item=done)))
    assert (friction.kind, friction.text) == (FrictionKind.COMMAND_FAILED, "error: no rule")


def test_an_image_that_was_made_is_a_call() -> None:
    """A call that the service carries out would not count, or dangle."""
    made = item("image_generation_call", id="ig_1", status="completed", result="aGk=")
    result = read(meta(), prompt("Go"), made)
    assert (session_of(result).tool_calls, kinds(result)) == (1, [])


@pytest.mark.parametrize(
    "fields",
    [
        {"source": {"internal": "memory_consolidation"}},
        {"source": "cli", "thread_source": "memory_consolidation"},
        {"source": "cli", "thread_source": "guardian_review"},
    ],
)
def test_a_session_that_codex_began_for_itself(fields: dict[str, Any]) -> None:
    """What Codex asks itself would count as typed, and the user be asked about it."""
    session = session_of(read(meta(**fields), prompt("Go"), said("a", role="assistant")))
    assert (session.prompts, session.headless) == (0, True)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        (
            (
                "# Files mentioned by the user:\n\n## a.png:\n/tmp/a.png\n\n"
                "## My request for Codex:\nFix it\n"
            ),
            "Fix it",
        ),
        ("## My request for Codex:\nFix it", "Fix it"),
        ("# Plan\n\n## Steps\nFix it", "# Plan\n\n## Steps\nFix it"),
    ],
)
def test_a_prompt_behind_what_the_desktop_app_puts_before_it(text: str, typed: str) -> None:
    """A prompt would be titled and searched by the files that were dropped on it."""
    reader = CodexReader(PATH)
    heard: list[str] = []
    reader.listen(heard.append)
    feed(reader, flat([meta(), prompt(text)]))
    assert heard == [typed]


def message(*texts: str) -> bytes:
    """Return a user-role message of several blocks."""
    blocks = [{"type": "input_text", "text": each} for each in texts]
    return item("message", role="user", content=blocks)


def test_a_prompt_beside_injected_blocks() -> None:
    """A prompt would be lost that shares its message with what Codex adds."""
    injected = ("# AGENTS.md instructions for /x\n\nBe kind.", "<environment_context>\n</x>")
    image = ("<image name=[Image #1]>", "</image>")
    result = read(
        meta(), message(*injected), message(*image, "What is this?"), said("a", role="assistant")
    )
    session = session_of(result)
    assert (session.prompts, session.title) == (1, "What is this?")


def test_a_prompt_of_several_texts_is_counted_once() -> None:
    """A prompt whose two events join its texts in two ways would count twice."""
    content = [{"type": "text", "text": "One "}, {"type": "text", "text": "and two"}]
    both = [
        *prompt("One and two"),
        event("item_completed", item={"type": "UserMessage", "content": content}),
    ]
    assert session_of(read(meta(), both)).prompts == 1
