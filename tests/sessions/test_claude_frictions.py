"""Every friction in a Claude Code log is found, once, by structure, with the words that matter."""

from __future__ import annotations

import pytest
from tests.sessions.claude_log import INTERRUPTED, INTERRUPTED_CALL, REJECTED, SAID, STOP, Log

from hansei_sessions.model import FrictionKind

LITERALS = (
    STOP,
    SAID + "use tabs",
    REJECTED,
    "The user doesn't want to take this action right now. STOP what you are doing",
    INTERRUPTED,
    INTERRUPTED_CALL,
    "[Tool use interrupted]",
    "Exit code 1\nFAIL",
    "<tool_use_error>File has not been read yet.</tool_use_error>",
    "Permission to use Bash with command rm has been denied.",
    "Permission for this action has been denied. Reason: risky",
    "Claude requested permissions to write to x, but you haven't granted it yet.",
    "API Error: 529 overloaded",
    "Command timed out after 2m 0.0s",
    "PreToolUse:Bash hook error: blocked",
    "Operation blocked by hook",
    "This session is being continued from a previous conversation",
    "Compaction canceled.",
)


@pytest.mark.parametrize("literal", LITERALS)
def test_prose_about_trouble_is_no_trouble(literal: str) -> None:
    """Everybody who works on agent tooling would see frictions that never happened."""
    log = Log()
    log.prompt(f"Explain this line of our parser:\n{literal}")
    log.say(literal)
    for name, given in (
        ("Read", {"file_path": "/home/dev/shop/parser.py"}),
        ("Grep", {"pattern": "rejected"}),
        ("Bash", {"command": "cat notes.txt | head"}),
        ("Bash", {"command": "make test"}),
        ("Task", {"description": "look"}),
    ):
        log.result(log.call(name, given), f"1\t{literal}\n")
        log.result(log.call(name, given), [{"type": "text", "text": literal}])
    log.text_row(f"and this?\n{literal}")
    log.prompt(literal, isMeta=True)
    log.prompt(literal, isCompactSummary=True, isVisibleInTranscriptOnly=True)
    log.row("attachment", attachment={"type": "nested_memory", "content": literal})
    log.row("system", subtype="informational", content=literal)
    log.put({"type": "summary", "summary": literal, "leafUuid": "x"})
    log.say("That is all.")
    assert log.frictions() == ()


def test_a_failed_command() -> None:
    """The commonest friction would be missing or unreadable."""
    log = Log()
    log.prompt("run the tests")
    call = log.bash("cd /home/dev/shop && uv run pytest -x tests")
    line = log.fail(call, "Exit code 1\n=== FAILURES ===\nE   KeyError: 'sku'\n1 failed in 0.31s")
    found = log.one(FrictionKind.COMMAND_FAILED)
    assert found.rule == "claude.exit-code"
    assert found.subject == "uv run pytest -x tests"
    assert found.text == "KeyError: 'sku'"
    assert found.tool == "Bash"
    assert found.evidence.line == line
    assert found.evidence.offset == sum(len(each) + 1 for each in log.lines[: line - 1])
    assert found.native_id == call
    assert found.id == f"{log.session}:{call}"
    assert found.at == log.at


def test_a_failed_command_without_output() -> None:
    """A friction would have no words at all."""
    log = Log()
    log.fail(log.bash("git config --get x"), "Exit code 1")
    assert log.one(FrictionKind.COMMAND_FAILED).text == "Exit code 1"


def test_a_timeout_is_a_failed_command() -> None:
    """A command that was cut off would count as some other tool's failure."""
    log = Log()
    log.fail(log.bash("npm test"), "Command timed out after 2m 0.0s\nwaiting")
    assert log.one(FrictionKind.COMMAND_FAILED).rule == "claude.timeout"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("File has not been read yet. Read it first before writing to it.", "not-read"),
        ("String to replace not found in file.\nString: x = 1", "no-match"),
        ("Found 3 matches of the string to replace, but replace_all is false.", "many-matches"),
        ("File has been modified since read, either by the user or by a linter.", "changed"),
        ("No changes to make: old_string and new_string are exactly the same.", "no-change"),
        ("Something new", "failed"),
    ],
)
def test_edit_errors_by_class(text: str, rule: str) -> None:
    """Themes could not tell an unread file from an ambiguous edit."""
    log = Log()
    call = log.call("Edit", {"file_path": "/home/dev/shop/a.py", "old_string": "x"})
    log.fail(call, f"<tool_use_error>{text}</tool_use_error>")
    found = log.one(FrictionKind.EDIT_ERROR)
    assert found.rule.startswith(f"claude.edit-{rule}")
    assert found.subject == "/home/dev/shop/a.py"
    assert found.text == text


@pytest.mark.parametrize(
    ("tool", "text", "rule"),
    [
        ("Read", "<tool_use_error>File does not exist.</tool_use_error>", "claude.file-missing"),
        (
            "Read",
            "File content (26800 tokens) exceeds maximum allowed tokens (25000).",
            "claude.file-too-large",
        ),
        ("Grep", "<tool_use_error>Path does not exist: a</tool_use_error>", "claude.path-missing"),
        ("Skill", "<tool_use_error>Unknown skill: x</tool_use_error>", "claude.unknown-skill"),
        (
            "Grep",
            "<tool_use_error>InputValidationError: Grep failed</tool_use_error>",
            "claude.invalid-input",
        ),
        ("StructuredOutput", "Output does not match required schema: x", "claude.schema-mismatch"),
        ("mcp__issues__create", "Received non-uuid id", "claude.tool-error"),
    ],
)
def test_tool_errors_by_class(tool: str, text: str, rule: str) -> None:
    """Themes could not tell a missing file from a failing service."""
    log = Log()
    log.fail(log.call(tool), text)
    assert log.one(FrictionKind.TOOL_ERROR).rule == rule


@pytest.mark.parametrize(
    "text",
    [
        "<tool_use_error>Sibling tool call errored</tool_use_error>",
        "<tool_use_error>Cancelled: parallel tool call Bash(x) errored</tool_use_error>",
    ],
)
def test_cascades_do_not_count(text: str) -> None:
    """One failure would be counted once for each call beside it."""
    log = Log()
    log.fail(log.call("Read", {"file_path": "a"}), text)
    assert log.frictions() == ()


def test_a_rejection_with_feedback_keeps_the_users_words() -> None:
    """The richest correction in the whole log would be lost."""
    log = Log()
    note = "\n\nNote: The user's next message may contain a correction or preference."
    log.fail(log.bash("git commit -m x"), SAID + "no, do not commit\nanything" + note)
    log.prompt("go on")
    found = log.one(FrictionKind.REJECTION)
    assert found.text == "no, do not commit\nanything"
    assert found.subject == "git commit -m x"
    assert found.seconds_lost is None


@pytest.mark.parametrize(
    "said",
    [
        'The user wants to clarify these questions.\n    Questions asked:\n- "Which one?"',
        "The user has indicated they have provided enough answers for the plan interview.\n",
    ],
)
def test_what_a_button_says_is_not_what_the_user_said(said: str) -> None:
    """Sentences of Claude Code would be a theme of the user's words, the commonest of all."""
    log = Log()
    log.prompt("plan it")
    log.fail(log.call("AskUserQuestion"), SAID + said)
    log.fail(log.call("AskUserQuestion"), "Rejected.", toolDenialKind="user-x", userFeedback=said)
    log.prompt("does the second one keep the old urls?")
    first, second = (each for each in log.frictions() if each.kind is FrictionKind.REJECTION)
    assert first.rule == second.rule == "claude.question-dismissed"
    assert not {first.text[:8], second.text[:8]} & {"The user"}
    assert second.text == "does the second one keep the old urls?"


def test_where_a_picture_lies_is_not_what_the_user_said() -> None:
    """A stop would be told by the path of the picture that was sent along with the words."""
    log = Log()
    log.prompt("draw the till")
    log.text_row(INTERRUPTED)
    log.prompt("[Image: source: /home/ada/pictures/till.png]")
    log.prompt("[Image: source: /home/ada/pictures/till.png]\nthe drawer is on the wrong side")
    assert log.one(FrictionKind.INTERRUPTION).text == "the drawer is on the wrong side"


def test_a_bare_rejection_takes_the_next_prompt_and_its_interruption() -> None:
    """One key press would count twice and say nothing."""
    log = Log()
    log.prompt("clean up")
    call = log.bash("rm -rf build")
    log.fail(call, STOP, toolUseResult="User rejected tool use")
    log.text_row(INTERRUPTED_CALL)
    log.prompt("only the caches, please")
    found = log.one(FrictionKind.REJECTION)
    assert found.text == "only the caches, please"
    assert found.count == 2


def test_a_rejection_before_which_no_words_come_says_what_was_rejected() -> None:
    """A friction would have no words at all."""
    log = Log()
    log.prompt("clean up")
    log.fail(log.bash("rm -rf build"), STOP)
    assert log.one(FrictionKind.REJECTION).text == "rejected Bash: rm -rf build"


def test_calls_rejected_along_with_another_are_one_rejection() -> None:
    """One key press on two parallel calls would count twice."""
    log = Log()
    log.prompt("edit both")
    first, second = log.call("Edit", {"file_path": "a"}), log.bash("ls")
    log.fail(first, STOP)
    log.fail(second, "The user doesn't want to take this action right now. STOP what you do")
    log.text_row(INTERRUPTED_CALL)
    assert log.one(FrictionKind.REJECTION).count == 3


@pytest.mark.parametrize(
    ("tool", "rule"),
    [
        ("ExitPlanMode", "claude.plan-rejected"),
        ("AskUserQuestion", "claude.question-dismissed"),
        ("Write", "claude.rejected"),
    ],
)
def test_newer_rejections_are_known_by_their_kind(tool: str, rule: str) -> None:
    """A change of the sentence would hide every rejection."""
    log = Log()
    log.prompt("plan it")
    log.fail(log.call(tool), "Rejected.", toolDenialKind="user-rejected", userFeedback="smaller")
    found = log.one(FrictionKind.REJECTION)
    assert (found.rule, found.text) == (rule, "smaller")


@pytest.mark.parametrize(
    "text",
    [
        "Permission to use Bash with command rm -rf x\n&& y has been denied.",
        "Permission to use Edit has been auto-denied because Claude Code is running in don't ask",
        "Permission for this tool use was denied. Try another way.",
        "Permission for this action has been denied. Reason: production",
        "Claude requested permissions to write to /etc/hosts, but you haven't granted it yet.",
    ],
)
def test_denials_by_rules_are_no_rejections(text: str) -> None:
    """A rule's refusal would be shown as the user's."""
    log = Log()
    log.fail(log.bash("rm -rf x"), text)
    assert log.one(FrictionKind.PERMISSION_DENIED).text == text


def test_nobody_rejects_in_a_headless_run() -> None:
    """An automatic refusal would be shown as the user's."""
    log = Log(entrypoint="sdk-py")
    log.fail(log.bash("rm -rf x"), STOP)
    assert log.one(FrictionKind.PERMISSION_DENIED).rule == "claude.permission-denied"


def test_an_interruption_takes_the_prompt_that_follows() -> None:
    """What the user wanted instead would be lost."""
    log = Log()
    log.prompt("refactor")
    log.say("I will rewrite everything.")
    line = log.text_row(INTERRUPTED)
    log.prompt("/home/dev/shop/a.py only")
    found = log.one(FrictionKind.INTERRUPTION)
    assert found.text == "/home/dev/shop/a.py only"
    assert found.evidence.line == line


def test_words_are_about_the_last_stop_only() -> None:
    """A stop after which the agent went on by itself would be explained by a later one's words."""
    log = Log()
    log.prompt("refactor")
    log.say("I will look first.")
    log.text_row(INTERRUPTED)
    log.prompt("<task-notification>\n<task-id>b1</task-id>")
    log.bash("git log")
    log.text_row(INTERRUPTED)
    log.prompt("I switched branches, sorry")
    assert [friction.text for friction in log.frictions()] == [
        "stopped by the user",
        "I switched branches, sorry",
    ]


def test_a_slash_command_is_no_answer_to_an_interruption() -> None:
    """A prompt of the next task would be shown as the reason."""
    log = Log()
    log.prompt("refactor")
    log.bash("make all")
    log.text_row(INTERRUPTED)
    log.prompt("<command-name>/clear</command-name>\n<command-message>clear</command-message>")
    log.prompt("something else")
    found = log.one(FrictionKind.INTERRUPTION)
    assert found.text == "stopped by the user during Bash: make all"


@pytest.mark.parametrize(
    "text",
    [
        "Exit code 137\n" + INTERRUPTED_CALL + "\n=== RUN",
        INTERRUPTED_CALL,
        "x\n" + INTERRUPTED_CALL,
    ],
)
def test_an_interruption_inside_a_result_counts_once_with_its_row(text: str) -> None:
    """One key press would count twice, or as a failed command."""
    log = Log()
    log.prompt("run it")
    log.fail(log.bash("make slow"), text)
    log.text_row(INTERRUPTED_CALL)
    log.prompt("never mind")
    found = log.one(FrictionKind.INTERRUPTION)
    assert (found.subject, found.text, found.count) == ("make slow", "never mind", 2)


def test_the_tail_of_another_session_at_the_beginning_does_not_count() -> None:
    """Accepting a plan in a fresh session would be shown as a rejection."""
    log = Log()
    log.fail("toolu_elsewhere", STOP, toolUseResult="User rejected tool use")
    log.text_row(INTERRUPTED_CALL)
    log.prompt("Implement the following plan:\n\n# Plan: ship it", planContent="# Plan: ship it")
    log.say()
    assert log.frictions() == ()
    assert log.read_session().title == "Plan: ship it"


def test_a_prompt_queued_in_the_middle_of_a_turn_is_a_correction() -> None:
    """Steering while the agent works would be invisible."""
    log = Log()
    log.prompt("write the tests")
    call = log.bash("pytest")
    line = log.queue("enqueue", "not _all_ of them")
    log.queue("remove")
    log.result(call)
    found = log.one(FrictionKind.CORRECTION)
    assert (found.text, found.evidence.line) == ("not _all_ of them", line)
    assert log.read_session().prompts == 2


def test_a_queued_prompt_shows_while_it_waits() -> None:
    """A session that ended with a prompt in the queue would hide it."""
    log = Log()
    log.prompt("write the tests")
    log.bash("pytest")
    log.queue("enqueue", "stop that")
    kinds = {found.kind for found in log.frictions()}
    assert kinds == {FrictionKind.CORRECTION, FrictionKind.DANGLING_CALL}


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("wait", "popAll"),
        ("/compact", "remove"),
        ("<task-notification>\n<task-id>b</task-id>", "remove"),
        ("next task then", "dequeue"),
    ],
)
def test_what_is_queued_but_steers_nothing(text: str, operation: str) -> None:
    """Prompts taken back, commands and notices would be shown as corrections."""
    log = Log()
    log.prompt("write the tests")
    log.queue("enqueue", text)
    log.queue(operation)
    assert log.frictions() == ()


def test_a_prompt_queued_between_turns_is_no_correction() -> None:
    """The next task would be shown as a correction of the one that was done."""
    log = Log()
    log.prompt("write the tests")
    log.say()
    log.row("system", subtype="turn_duration", durationMs=1000)
    log.queue("enqueue", "now the docs")
    log.queue("remove")
    assert log.frictions() == ()


def test_a_queued_prompt_is_the_same_wherever_it_comes_back() -> None:
    """One correction would count three times."""
    log = Log()
    log.prompt("write the tests")
    call = log.bash("pytest")
    log.queue("enqueue", "use hypothesis")
    log.queue("remove")
    log.result(call, "ok", beside=[{"type": "text", "text": "use hypothesis"}])
    log.row("attachment", attachment={"type": "queued_command", "prompt": "use hypothesis"})
    log.prompt("use hypothesis", promptSource="queued")
    assert log.one(FrictionKind.CORRECTION).text == "use hypothesis"
    assert log.read_session().prompts == 2


def test_a_mid_turn_prompt_without_a_queue_record() -> None:
    """Versions that do not log the queue would hide every correction."""
    log = Log()
    log.prompt("write the tests")
    log.result(log.bash("pytest"), "ok", beside=[{"type": "text", "text": "and the docs"}])
    attachment = {"type": "queued_command", "prompt": [{"type": "text", "text": "and typing"}]}
    log.row("attachment", attachment=attachment)
    notice = {"type": "queued_command", "prompt": "done", "commandMode": "task-notification"}
    log.row("attachment", attachment=notice)
    assert [found.text for found in log.frictions()] == ["and the docs", "and typing"]


def test_consecutive_failures_of_the_service_are_one_burst() -> None:
    """Ten retries would be shown as ten frictions."""
    log = Log()
    log.prompt("go")
    for attempt in (1, 2):
        error = {"status": 529, "error": {"error": {"message": "Overloaded"}}}
        log.row("system", subtype="api_error", error=error, retryInMs=2000.0, retryAttempt=attempt)
    log.row(
        "assistant",
        isApiErrorMessage=True,
        message={
            "role": "assistant",
            "model": "<synthetic>",
            "content": [{"type": "text", "text": "API Error: 529"}],
        },
    )
    log.wait(7)
    log.say()
    found = log.one(FrictionKind.API_ERROR)
    assert (found.count, found.text, found.seconds_lost) == (3, "API error 529 Overloaded", 10.0)
    assert log.read_session().model == "claude-opus-4-5"


def test_a_failure_without_recovery_costs_the_announced_waits() -> None:
    """A night until the limit was lifted would be shown as time lost."""
    log = Log()
    log.prompt("go")
    log.row("system", subtype="api_error", error={"status": 500}, retryInMs=1500)
    told = {"role": "assistant", "model": "<synthetic>", "content": "API Error: 500"}
    log.row("assistant", isApiErrorMessage=True, message=told)
    log.wait(40_000)
    log.prompt("again")
    log.say()
    log.row("system", subtype="api_error", error={}, retryInMs=None)
    assert [found.seconds_lost for found in log.frictions()] == [1.5, None]


def test_compactions_count_by_their_boundary() -> None:
    """A full context would count twice, or its wait would be unknown."""
    log = Log()
    log.prompt("go")
    log.say()
    log.wait(89)
    metadata = {"trigger": "auto", "preTokens": 155301}
    log.row("system", subtype="compact_boundary", compactMetadata=metadata)
    log.prompt(
        "This session is being continued from a previous conversation", isCompactSummary=True
    )
    found = log.one(FrictionKind.COMPACTION)
    assert found.seconds_lost == 90.0
    assert found.text == "context compacted automatically at 155,301 tokens"
    assert log.read_session().prompts == 1


def test_a_compaction_by_hand_costs_nothing_that_is_known() -> None:
    """The user's coffee would be shown as time lost."""
    log = Log()
    log.prompt("go")
    log.row("system", subtype="turn_duration")
    log.wait(500)
    log.row("system", subtype="compact_boundary", compactMetadata={"trigger": "manual"})
    assert log.one(FrictionKind.COMPACTION).seconds_lost is None


def test_hooks_that_stop_or_fail() -> None:
    """A hook that blocks every turn would be invisible."""
    log = Log()
    log.prompt("go")
    log.row("system", subtype="stop_hook_summary", hookErrors=[], preventedContinuation=False)
    log.row("system", subtype="stop_hook_summary", hookErrors=["lint failed"], toolUseID="h1")
    blocking = {"blockingError": "tests missing", "command": "check.sh"}
    attachment = {"type": "hook_blocking_error", "blockingError": blocking, "toolUseID": "h2"}
    log.row("attachment", attachment=attachment)
    log.row("system", subtype="stop_hook_summary", hookErrors=["tests missing"], toolUseID="h2")
    log.row("system", subtype="stop_hook_summary", preventedContinuation=True, stopReason="enough")
    log.fail(log.bash("rm x"), "PreToolUse:Bash hook error: [guard.sh]: no rm")
    assert [found.text for found in log.frictions()] == [
        "lint failed",
        "tests missing",
        "enough",
        "PreToolUse:Bash hook error: [guard.sh]: no rm",
    ]
    assert {found.kind for found in log.frictions()} == {FrictionKind.HOOK_BLOCKED}


def test_a_call_at_the_end_dangles_until_its_result_comes() -> None:
    """A session that died in a command would look as if it had ended well."""
    log = Log()
    log.prompt("go")
    call = log.bash("make deploy")
    log.row("progress", data={"type": "hook_progress"}, toolUseID="x")
    found = log.one(FrictionKind.DANGLING_CALL)
    assert (found.subject, found.evidence.line, found.native_id) == ("make deploy", 2, call)
    log.result(call)
    assert log.frictions() == ()


def test_a_call_that_a_shutdown_cut_off() -> None:
    """Closing the laptop would be shown as the user stopping the agent."""
    log = Log()
    log.prompt("go")
    log.fail(log.bash("make deploy"), INTERRUPTED_CALL, interruptedByShutdown=True)
    log.text_row(INTERRUPTED_CALL, interruptedByShutdown=True)
    assert log.one(FrictionKind.DANGLING_CALL).text == "shut down during Bash: make deploy"


def test_a_spilled_output_shows_its_errors() -> None:
    """The notice about the spilled file would be shown in place of the error."""
    log = Log()
    spilled = (
        "Exit code 1\n<persisted-output>\nOutput too large (1.2MB). Full output saved to: "
        "/home/dev/.claude/projects/p/s/tool-results/b1.txt\n\nPreview (first 2KB):\n"
        "building\nerror: missing coupon\n</persisted-output>"
    )
    log.fail(log.bash("make"), spilled)
    assert log.one(FrictionKind.COMMAND_FAILED).text == "error: missing coupon"


def test_calls_that_wait_for_the_user_do_not_dangle() -> None:
    """Closing a session at a plan would be shown as trouble."""
    log = Log()
    log.prompt("go")
    log.call("ExitPlanMode")
    assert log.frictions() == ()


def test_a_lost_result_in_the_middle_does_not_dangle() -> None:
    """A call that a compaction swallowed would be shown as the end of the session."""
    log = Log()
    log.prompt("go")
    log.bash("make")
    log.row("system", subtype="compact_boundary", compactMetadata={"trigger": "auto"})
    log.say("Going on.")
    assert [found.kind for found in log.frictions()] == [FrictionKind.COMPACTION]


def test_a_command_is_slow_by_its_own_clock_only() -> None:
    """Waiting for a permission over lunch would be shown as a slow command."""
    log = Log()
    log.prompt("go")
    waiting = log.bash("echo 1")
    log.wait(9000)
    log.result(waiting)
    slow = log.bash("make test")
    log.progress(slow, 45)
    log.progress(slow, 75)
    log.result(slow)
    found = log.one(FrictionKind.SLOW_COMMAND)
    assert (found.seconds_lost, found.text) == (75.0, "ran 75 s: make test")


def test_lost_seconds_end_where_the_next_good_call_is_made() -> None:
    """Waiting for a permission, or work that went well, would be shown as time lost."""
    log = Log()
    log.prompt("go")
    log.fail(log.bash("make"), "Exit code 2\nmake: *** [all] Error 1")
    log.wait(30)
    log.fail(log.bash("make"), "Exit code 2\nmake: *** [all] Error 1")
    log.wait(50)
    good = log.bash("make")
    log.wait(4000)
    log.result(good)
    assert [found.seconds_lost for found in log.frictions()] == [31.0, 51.0]


def test_lost_seconds_stay_within_the_turn_and_under_the_cap() -> None:
    """A night between two prompts would be shown as time lost."""
    log = Log()
    log.prompt("go")
    log.fail(log.bash("make"), "Exit code 2\nx")
    log.wait(3000)
    log.result(log.bash("make"))
    log.fail(log.bash("make"), "Exit code 2\nx")
    log.prompt("next day")
    log.result(log.bash("make"))
    assert [found.seconds_lost for found in log.frictions()] == [600.0, None]


def test_failures_side_by_side_lose_time_once() -> None:
    """Three parallel calls that fail would triple the minutes."""
    log = Log()
    log.prompt("go")
    calls = [log.call("Read", {"file_path": name}) for name in "abc"]
    for call in calls:
        log.fail(call, "<tool_use_error>File does not exist.</tool_use_error>")
    log.wait(9)
    log.result(log.call("Read", {"file_path": "d"}))
    assert [found.seconds_lost for found in log.frictions()] == [None, None, 10.0]


def test_frictions_have_distinct_ids() -> None:
    """One friction would overwrite another in the index."""
    log = Log()
    log.prompt("go")
    slow = log.bash("make test")
    log.progress(slow, 90)
    log.fail(slow, "Exit code 2\nx")
    log.queue("enqueue", "one")
    log.queue("enqueue", "two")
    log.text_row(INTERRUPTED)
    ids = [found.id for found in log.frictions()]
    assert len(ids) == len(set(ids)) == 5


def test_a_secret_in_a_command_is_redacted() -> None:
    """A token that was typed into a command would be kept and shown."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    log = Log()
    log.prompt(f"use {token}")
    log.fail(log.bash(f"curl -H 'Authorization: Bearer {token}' x"), f"Exit code 6\nerror: {token}")
    log.bash(f"curl -u me:{token} y")
    reader = log.reader()
    assert token not in repr(reader.result())
    assert token.encode() not in reader.save()


def test_escape_sequences_do_not_reach_a_friction() -> None:
    """A log could press keys in the reader's terminal."""
    log = Log()
    log.fail(log.bash("x\x1b]52;c;aGk=\x07"), "Exit code 1\nerror: \x1b[2J\u202e")
    assert not {"\x1b", "\x07", "\u202e"} & set(repr(log.read()) + log.frictions()[0].text)
