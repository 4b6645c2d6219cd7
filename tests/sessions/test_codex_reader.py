"""What the Codex reader makes of a rollout: the session's facts and its frictions."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.sessions.codex_lines import (
    OWN,
    START,
    ended,
    event,
    feed,
    item,
    kinds,
    line,
    meta,
    only,
    output,
    patch,
    prompt,
    read,
    said,
    session_of,
    shell,
    totals,
)

from hansei_sessions.model import FrictionKind, Tokens
from hansei_sessions.readers.codex import CodexReader

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def test_facts_of_a_session() -> None:
    """Project, branch, model, times or counts of a session would be wrong."""
    result = read(
        meta(),
        said("<environment_context>\n<cwd>/home/ada/shop</cwd>\n</environment_context>"),
        prompt("Make the till add up\nplease", 10),
        line("turn_context", {"cwd": "/home/ada/shop", "model": "gpt-5-codex"}, 10),
        shell("c1", "make", 20),
        ended("c1", 0, "ok", 21),
        said("Done.", 30, "assistant"),
        prompt("Thanks", 1000),
    )
    session = session_of(result)
    assert (session.id, session.agent, session.project) == (OWN, "codex", "shop")
    assert (session.branch, session.model) == ("main", "gpt-5-codex")
    assert session.title == "Make the till add up"
    assert (session.prompts, session.tool_calls) == (2, 1)
    assert session.started_at == START
    assert session.last_at == START + timedelta(seconds=1000)
    assert session.active_seconds == 30 + 300
    assert not session.headless
    assert result.frictions == ()
    assert result.head_id == "c1"


def test_every_record_is_counted() -> None:
    """Records would vanish without being counted, or types unknown without being named."""
    result = read(
        meta(),
        prompt("Hi"),
        event("agent_reasoning", text="hm"),
        event("brand_new_thing"),
        line("novelty", {"type": "x"}),
        [b"{torn", b"[1]", b'{"timestamp":1,"type":"event_msg","payload":"text"}'],
        said("Yes", role="assistant") + said("No", role="assistant"),
    )
    counts = result.counts
    assert (counts.parsed, counts.skipped, counts.malformed) == (5, 4, 2)
    assert dict(result.unknown_types) == {
        "event_msg/brand_new_thing": 1,
        "event_msg/not an object": 1,
        "novelty/x": 1,
    }


def test_a_file_that_only_says_where_is_no_session() -> None:
    """An opened and closed Codex would be listed as a session."""
    result = read(meta(), said("<environment_context>x</environment_context>"))
    assert result.session is None
    assert result.counts.parsed == 2


def test_legacy_rollout() -> None:
    """Rollouts from before mid-2025, without envelopes, would be empty."""
    lines = [
        {"id": "legacy-1", "timestamp": "2025-05-01T10:00:00Z", "git": {"branch": "old"}},
        {"record_type": "state"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Go"}]},
        {"type": "function_call", "name": "shell", "arguments": '{"command":["false"]}'}
        | {"call_id": "c1"},
        {"type": "function_call_output", "call_id": "c1"}
        | {"output": '{"output":"","metadata":{"exit_code":1,"duration_seconds":0.0}}'},
    ]
    result = read([json.dumps(each).encode() for each in lines])
    session = session_of(result)
    assert (session.id, session.branch, session.prompts, session.title) == (
        "legacy-1",
        "old",
        1,
        "Go",
    )
    assert only(result).kind is FrictionKind.COMMAND_FAILED
    assert only(result).text == "ended with exit code 1 and no output"


def test_windows_folder_names_its_project() -> None:
    """On Windows the whole path would be the project's name."""
    assert session_of(read(meta(cwd="c:\\Users\\ada\\shop"), prompt("Hi"))).project == "shop"


@pytest.mark.parametrize(
    ("fields", "headless", "parent"),
    [
        ({"originator": "codex_exec", "source": "exec"}, True, ""),
        ({"source": "exec"}, True, ""),
        ({"originator": "codex_vscode", "source": "vscode"}, False, ""),
        ({"source": {"subagent": {"thread_spawn": {"parent_thread_id": "p-1"}}}}, False, "p-1"),
        ({"parent_thread_id": "p-2", "thread_source": "subagent"}, False, "p-2"),
        ({"source": {"subagent": "review"}}, True, ""),
    ],
)
def test_who_started_it(fields: dict[str, Any], headless: bool, parent: str) -> None:
    """A script's or another agent's session would be asked about."""
    result = read(meta(**fields), prompt("Hi"), said("Yes", role="assistant"))
    session = session_of(result)
    assert (session.headless, session.parent_id) == (headless, parent)


# Prompts


def test_a_prompt_and_its_twin_are_one() -> None:
    """Each prompt would count twice."""
    session = session_of(read(meta(), prompt("One"), said("a", role="assistant"), prompt("Two")))
    assert session.prompts == 2


def test_prompts_without_events_are_counted_from_items() -> None:
    """Versions without prompt events would have no prompts."""
    session = session_of(read(meta(), said("One"), said("a", role="assistant"), said("Two")))
    assert session.prompts == 2


def test_prompt_of_the_newest_versions_is_counted_once() -> None:
    """Versions that log a prompt as two events would count it twice."""
    content = [{"type": "text", "text": "One"}]
    both = [
        *prompt("One"),
        event("item_completed", item={"type": "UserMessage", "content": content}),
    ]
    assert session_of(read(meta(), both)).prompts == 1


@pytest.mark.parametrize(
    "text",
    [
        "<environment_context>\n  <cwd>/x</cwd>\n</environment_context>",
        "<user_instructions>\nBe kind.\n</user_instructions>",
        "# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\nBe kind.\n</INSTRUCTIONS>",
        "<permissions instructions>\nNo.\n</permissions instructions>",
        "<skill>\n<name>x</name>\n</skill>",
        "<some_new_block>\nText\n</some_new_block>",
        "# Context from my IDE setup:\n\n## Open tabs:\n- a.py",
    ],
)
def test_injected_text_is_no_prompt(text: str) -> None:
    """What Codex says for the user would count as typed."""
    session = session_of(read(meta(), said(text), said("Yes", role="assistant")))
    assert (session.prompts, session.title) == (0, "")


def test_prompt_inside_the_ide_context() -> None:
    """Prompts typed in an editor would be lost, or titled by their open tabs."""
    text = "# Context from my IDE setup:\n\n- a.py\n\n## My request for Codex:\nFix it\n"
    session = session_of(read(meta(), prompt(text)))
    assert (session.prompts, session.title) == (1, "Fix it")


def test_prompt_with_a_tag_inside_stays_a_prompt() -> None:
    """A prompt about HTML would be taken for an injected block."""
    assert session_of(read(meta(), prompt("<b>bold</b> does not render"))).prompts == 1


# Commands and edits


def test_failed_command_and_what_it_cost() -> None:
    """A failed command would be lost, or without its evidence, subject and seconds."""
    result = read(
        meta(),
        prompt("Go"),
        shell("c1", "cd /x && make test", 10),
        ended("c1", 2, "cc a.c\na.c:1:2: error: no semicolon\n", 15),
        shell("c2", "make test", 40),
        ended("c2", 0, "ok", 45),
    )
    friction = only(result)
    assert friction.kind is FrictionKind.COMMAND_FAILED
    assert (friction.rule, friction.tool, friction.subject) == (
        "codex.exit-code",
        "shell",
        "make test",
    )
    assert friction.text == "a.c:1:2: error: no semicolon"
    assert friction.seconds_lost == 25
    assert (friction.id, friction.native_id) == (f"{OWN}:c1", "c1")
    assert friction.evidence.line == 5
    assert friction.at == START + timedelta(seconds=15)


def test_second_failure_ends_the_first_span() -> None:
    """The same minutes would be counted twice."""
    result = read(
        meta(),
        prompt("Go"),
        [shell("c1", "make", 10), ended("c1", 2, "x", 10)],
        [shell("c2", "make", 30), ended("c2", 2, "x", 50)],
        [shell("c3", "make", 90), ended("c3", 0, "x", 95)],
    )
    assert [one.seconds_lost for one in result.frictions] == [20, 40]


def test_a_call_beside_the_failed_one_ends_no_span() -> None:
    """The time until a call that was made before the failure would be taken for its cost."""
    result = read(
        meta(),
        prompt("Go"),
        [shell("c1", "make", 10), shell("c2", "ls", 10)],
        [ended("c1", 2, "x", 12), ended("c2", 0, "x", 13)],
        [shell("c3", "make", 40), ended("c3", 0, "x", 90)],
    )
    assert only(result).seconds_lost == 28


def test_seconds_end_with_the_turn() -> None:
    """A failure would cost what happened after the next prompt."""
    result = read(
        meta(),
        prompt("Go"),
        [shell("c1", "make", 10), ended("c1", 2, "x", 10)],
        prompt("Never mind", 50),
        [shell("c2", "make", 90), ended("c2", 0, "x", 90)],
    )
    assert only(result).seconds_lost is None


def test_flushed_times_give_no_seconds() -> None:
    """Versions that stamp all records at flush would report zero seconds as a fact."""
    result = read(
        meta(),
        prompt("Go"),
        [shell("c1", "make", 5), ended("c1", 2, "x", 5)],
        [shell("c2", "make", 5), ended("c2", 0, "x", 5)],
    )
    assert only(result).seconds_lost is None


def test_a_search_without_finds_is_no_failure() -> None:
    """Every grep that finds nothing would be a friction."""
    result = read(
        meta(),
        prompt("Go"),
        shell("c1", "rg nothing"),
        ended("c1", 1),
        shell("c2", "rg ["),
        ended("c2", 2, "regex parse error"),
    )
    assert only(result).native_id == "c2"


def test_timeout() -> None:
    """A command that was cut off would not say so."""
    text = "Total output lines: 9\n\ncommand timed out after 1013 milliseconds\na"
    result = read(meta(), prompt("Go"), shell("c1", "make"), ended("c1", 124, text))
    assert only(result).rule == "codex.timeout"


def test_failure_behind_a_pipe() -> None:
    """Tests that failed behind `| tail` would go unseen."""
    text = "--- FAIL: TestSum\nFAIL\tshop/till\t0.1s\n"
    result = read(meta(), prompt("Go"), shell("c1", "go test ./... | tail"), ended("c1", 0, text))
    assert only(result).rule == "codex.unflagged-failure"


def test_failed_patch() -> None:
    """A patch that does not apply would be no edit error."""
    text = "apply_patch verification failed: Failed to find expected lines in till.py"
    result = read(meta(), prompt("Go"), patch("c1", "till.py"), output("c1", text))
    friction = only(result)
    assert (friction.kind, friction.subject) == (FrictionKind.EDIT_ERROR, "till.py")


def test_patch_whose_event_says_that_it_failed() -> None:
    """A patch that failed after verification would count as applied."""
    result = read(
        meta(),
        prompt("Go"),
        patch("c1", "till.py"),
        event("patch_apply_end", call_id="c1", success=False, stderr="disk full"),
        output("c1", "done"),
    )
    assert (only(result).kind, only(result).text) == (FrictionKind.EDIT_ERROR, "disk full")


def test_mcp_call_whose_event_says_that_it_failed() -> None:
    """A failed MCP call would count as well done, because its output is prose."""
    result = read(
        meta(),
        prompt("Go"),
        item("function_call", name="mcp__db__query", arguments="{}", call_id="c1"),
        event("mcp_tool_call_end", call_id="c1", result={"Err": "no such table"}),
        output("c1", "no such table"),
    )
    assert (only(result).kind, only(result).text) == (FrictionKind.TOOL_ERROR, "no such table")


def test_what_a_foreign_tool_returns_is_not_the_harness() -> None:
    """A log that an MCP tool fetched would count as this session's failures."""
    result = read(
        meta(),
        prompt("Go"),
        item("function_call", name="mcp__logs__tail", arguments="{}", call_id="c1"),
        output("c1", "Exit code: 1\nWall time: 2 seconds\nOutput:\nboom"),
        item("function_call", name="mcp__logs__tail", arguments="{}", call_id="c2"),
        output("c2", "execution error: Io(gone)"),
    )
    assert result.frictions == ()


def test_prose_counts_nowhere() -> None:
    """Prompts, answers and printed files about failures would be failures."""
    words = "Process exited with code 1. exec command rejected by user. aborted by user after 2s"
    result = read(
        meta(),
        prompt(words),
        said(words, role="assistant"),
        item("reasoning", summary=[{"type": "summary_text", "text": words}]),
        shell("c1", f"echo '{words}'"),
        ended("c1", 0, f"Exit code: 1\nWall time: 1 seconds\nOutput:\n{words}\n<turn_aborted>"),
        event("agent_message", message=words),
        prompt(f"I saw <turn_aborted> and {words}", 9),
    )
    assert result.frictions == ()
    assert session_of(result).prompts == 2


def test_long_command_by_its_own_clock() -> None:
    """A slow command would be lost, or waiting for a permission would make one slow."""
    result = read(
        meta(),
        prompt("Go"),
        [shell("c1", "make all", 1), ended("c1", 0, "ok", 4000, ran=75.0)],
        [shell("c2", "make one", 4001), ended("c2", 0, "ok", 9000, ran=3.0)],
    )
    friction = only(result)
    assert (friction.kind, friction.seconds_lost) == (FrictionKind.SLOW_COMMAND, 75.0)
    assert friction.native_id == "c1"


def test_process_that_ends_in_a_later_call() -> None:
    """The exit code and the time of a command that runs on would belong to no command."""
    start = json.dumps({"cmd": "make serve"})
    poll = json.dumps({"session_id": 7, "chars": ""})
    running = "Wall time: 40.0 seconds\nProcess running with session ID 7\nOutput:\n"
    gone = "Wall time: 30.0 seconds\nProcess exited with code 2\nOutput:\nerror: port in use"
    result = read(
        meta(),
        prompt("Go"),
        item("function_call", 1, name="exec_command", arguments=start, call_id="c1"),
        output("c1", running, 41),
        item("function_call", 42, name="write_stdin", arguments=poll, call_id="c2"),
        output("c2", gone, 72),
    )
    assert kinds(result) == [FrictionKind.SLOW_COMMAND, FrictionKind.COMMAND_FAILED]
    assert {one.subject for one in result.frictions} == {"make serve"}
    assert result.frictions[0].seconds_lost == 70.0
    assert len({one.id for one in result.frictions}) == 2


def test_outcome_that_only_an_item_tells() -> None:
    """The newest versions, whose outputs bear no exit code, would have no failures."""
    done = {"type": "CommandExecution", "id": "c1", "exit_code": 3, "status": "failed"}
    result = read(
        meta(),
        prompt("Go"),
        shell("c1", "make"),
        event("item_completed", item=done | {"aggregated_output": "error: x"}),
        output("c1", "error: x"),
        event("item_completed", item=done | {"id": "inner", "command": ["bash", "-lc", "tox"]}),
    )
    assert [(one.native_id, one.subject) for one in result.frictions] == [
        ("c1", "make"),
        ("inner", "tox"),
    ]


def test_event_of_a_command_that_went_well() -> None:
    """Versions that log a command's end as an event too would fail by what it printed."""
    result = read(
        meta(),
        prompt("Go"),
        shell("c1", "make"),
        event("exec_command_end", call_id="c1", exit_code=0, aggregated_output="error: none"),
        ended("c1", 0, "error: none"),
        shell("c2", "make"),
        event("exec_command_end", call_id="c2", exit_code=0, aggregated_output="error: none"),
        output("c2", "error: none"),
    )
    assert result.frictions == ()


def test_what_failed_inside_another_call() -> None:
    """Edits that a script of the newest versions makes would fail unseen."""
    items = [
        {"type": "FileChange", "id": "i1", "status": "failed", "stderr": "no such line"},
        {"type": "McpToolCall", "id": "i2", "tool": "query", "result": {"isError": True}},
        {"type": "CommandExecution", "id": "i3", "status": "declined", "command": ["rm", "x"]},
        {"type": "AgentMessage", "id": "i4", "status": "failed"},
    ]
    result = read(meta(), prompt("Go"), [event("item_completed", item=one) for one in items])
    assert kinds(result) == [
        FrictionKind.EDIT_ERROR,
        FrictionKind.TOOL_ERROR,
        FrictionKind.REJECTION,
    ]


def test_dangling_call() -> None:
    """A session that broke off in a call would look complete."""
    friction = only(read(meta(), prompt("Go"), shell("c1", "make", 10)))
    assert (friction.kind, friction.subject) == (FrictionKind.DANGLING_CALL, "make")


def test_a_call_whose_turn_went_on_does_not_dangle() -> None:
    """Calls that an old version never answered would dangle for ever."""
    assert read(meta(), prompt("Go"), shell("c1", "make"), prompt("On", 5)).frictions == ()


def test_secrets_are_redacted_before_they_are_kept() -> None:
    """A token in a command, an output or a prompt would be stored."""
    reader_lines = [
        meta(),
        *prompt(f"use {SECRET}"),
        shell("c1", f"curl -H 'Authorization: Bearer {SECRET}' x"),
        ended("c1", 22, f"error: denied for {SECRET}"),
        shell("c2", f"export TOKEN={SECRET}; make"),
    ]
    result = read(reader_lines)
    reader = CodexReader("/logs/x.jsonl")
    feed(reader, reader_lines)
    assert len(result.frictions) == 2
    assert SECRET not in repr(result)
    assert SECRET.encode() not in reader.save()


# The user


def test_rejection() -> None:
    """A no of the user would be lost."""
    result = read(
        meta(),
        prompt("Go"),
        shell("c1", "rm -r x", 5),
        output("c1", "exec command rejected by user", 9),
    )
    friction = only(result)
    assert (friction.kind, friction.subject) == (FrictionKind.REJECTION, "rm -r x")
    assert friction.text == "rejected shell: rm -r x"
    assert friction.seconds_lost is None


def test_rejection_without_a_human() -> None:
    """What a headless run refuses itself would count as a human's no."""
    result = read(
        meta(originator="codex_exec", source="exec"),
        prompt("Go"),
        shell("c1", "rm -r x"),
        output("c1", "exec command rejected by user"),
    )
    assert only(result).kind is FrictionKind.PERMISSION_DENIED


def test_rejection_and_stop_are_one_act() -> None:
    """One key press would count as a rejection and an interruption."""
    result = read(
        meta(),
        prompt("Go"),
        shell("c1", "rm -r x", 5),
        output("c1", "exec command rejected by user", 9),
        line("turn_context", {"model": "m"}, 9),
        event("turn_aborted", 9.5, reason="interrupted"),
        prompt("never delete", 30),
    )
    friction = only(result)
    assert (friction.kind, friction.count) == (FrictionKind.REJECTION, 2)
    assert friction.text == "never delete"


def test_stop_some_time_after_a_rejection_is_its_own() -> None:
    """A stop while the agent went on after a no would be lost."""
    result = read(
        meta(),
        prompt("Go"),
        shell("c1", "rm -r x", 5),
        output("c1", "exec command rejected by user", 9),
        event("turn_aborted", 17, reason="interrupted"),
    )
    assert kinds(result) == [FrictionKind.REJECTION, FrictionKind.INTERRUPTION]


def test_interruption_with_the_words_that_followed() -> None:
    """An interruption would be lost, or would count once for each record that tells of it."""
    result = read(
        meta(),
        prompt("Go"),
        shell("c1", "make", 5),
        output("c1", "aborted by user after 3.0s", 8),
        event("turn_aborted", 8, reason="interrupted"),
        said("<turn_aborted>\nThe user interrupted the previous turn.\n</turn_aborted>", 8),
        prompt("use the script instead", 20),
    )
    friction = only(result)
    assert (friction.kind, friction.text) == (
        FrictionKind.INTERRUPTION,
        "use the script instead",
    )
    assert (friction.subject, session_of(result).prompts) == ("make", 2)


def test_interruption_without_a_next_prompt() -> None:
    """An interruption at a session's end would be without a word."""
    result = read(meta(), prompt("Go"), shell("c1", "make", 5), event("turn_aborted", 8))
    assert only(result).text == "stopped by the user during shell: make"


@pytest.mark.parametrize("reason", ["review_ended", "budget_limited"])
def test_turns_that_end_by_themselves(reason: str) -> None:
    """The end of a review or of a budget would count as the user's interruption."""
    assert read(meta(), prompt("Go"), event("turn_aborted", reason=reason)).frictions == ()


def test_replaced_turn_is_a_correction() -> None:
    """A prompt that pushed a running turn aside would go unseen."""
    result = read(
        meta(),
        prompt("Go"),
        said("hm", 3, "assistant"),
        event("turn_aborted", 5, reason="replaced"),
        prompt("Rather this", 5),
    )
    assert (only(result).kind, only(result).text) == (FrictionKind.CORRECTION, "Rather this")


def test_prompt_in_the_middle_of_a_turn_is_a_correction() -> None:
    """Steering would go unseen; a prompt after the turn's end would be taken for it."""
    result = read(
        meta(),
        event("task_started", 1),
        prompt("Go", 1),
        said("working", 2, "assistant"),
        prompt("not there", 3),
        said("ok", 4, "assistant"),
        event("task_complete", 5),
        event("task_started", 6),
        prompt("Next", 6),
    )
    assert (only(result).kind, only(result).text) == (FrictionKind.CORRECTION, "not there")
    assert session_of(result).prompts == 3


def test_a_crash_before_a_prompt_is_no_correction() -> None:
    """A prompt after a turn that never ended would be taken for steering."""
    result = read(
        meta(),
        event("task_started", 1),
        prompt("Go", 1),
        said("working", 2, "assistant"),
        prompt("still there?", 3000),
        event("task_started", 3000),
        said("yes", 3001, "assistant"),
    )
    assert result.frictions == ()


def test_rewind() -> None:
    """Undone turns would go unseen."""
    result = read(
        meta(), prompt("Go"), event("thread_rolled_back", 4, num_turns=2), prompt("Start over", 9)
    )
    friction = only(result)
    assert (friction.kind, friction.text) == (FrictionKind.REWIND, "Start over")
    assert friction.subject == "2 turns undone"


# The harness


def test_compaction_counts_once() -> None:
    """One compaction would count for each of its records."""
    whole = line("compacted", {"message": "", "replacement_history": [{"type": "message"}]}, 60)
    once = [whole, event("context_compacted", 60)]
    result = read(
        meta(),
        prompt("Go"),
        said("a", 20, "assistant"),
        once,
        said("b", 70, "assistant"),
        once,
        once,
    )
    assert kinds(result) == [FrictionKind.COMPACTION] * 3
    assert result.frictions[0].seconds_lost == 40


def test_service_failures_in_a_row_are_one() -> None:
    """A burst of failures would fill the list."""
    result = read(
        meta(),
        prompt("Go"),
        event("stream_error", 5, message="disconnected"),
        event("stream_error", 9, message="disconnected"),
        said("back", 25, "assistant"),
    )
    friction = only(result)
    assert (friction.kind, friction.count) == (FrictionKind.API_ERROR, 2)
    assert friction.seconds_lost == 20


def test_subagent_has_no_human() -> None:
    """What a parent tells its subagent would count as typed, its end as interrupted."""
    result = read(
        meta(source={"subagent": {"thread_spawn": {"parent_thread_id": "p-1"}}}),
        prompt("Look into it"),
        shell("c1", "false"),
        ended("c1", 1),
        event("turn_aborted", 9),
    )
    session = session_of(result)
    assert (session.prompts, session.title) == (0, "Look into it")
    assert kinds(result) == [FrictionKind.COMMAND_FAILED]


# Tokens


def test_tokens_are_growth_of_a_total() -> None:
    """Tokens would be counted as often as their total is logged."""
    result = read(
        meta(),
        prompt("Go"),
        event("token_count", info=None),
        totals((100, 60, 10), (100, 60, 10)),
        totals((100, 60, 10), (100, 60, 10)),
        totals((300, 200, 30), (200, 140, 20)),
    )
    assert session_of(result).tokens == Tokens(input=100, output=30, cache_read=200)


def test_total_that_began_anew() -> None:
    """A counter that restarts would swallow what was used since."""
    result = read(
        meta(), prompt("Go"), totals((500, 0, 50), (500, 0, 50)), totals((100, 0, 5), (100, 0, 5))
    )
    assert session_of(result).tokens == Tokens(input=600, output=55)
