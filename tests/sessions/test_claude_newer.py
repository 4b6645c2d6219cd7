"""What newer versions of Claude Code write, and what older ones did, in otherwise known places."""

from __future__ import annotations

import pytest
from tests.sessions.claude_log import INTERRUPTED_CALL, REJECTED, STOP, Log

from hansei_sessions.model import FrictionKind as Kind

ALL = (
    "The user doesn't want to take this action right now. STOP what you are doing and wait for "
    "the user to tell you how to proceed."
)
ASIDE = (
    "Permission for this tool use was denied. The tool use was rejected (eg. if it was a file "
    "edit, the new_string was NOT written to the file). "
)


@pytest.mark.parametrize(
    ("text", "denial"),
    [
        ("This command requires approval", None),
        ("This command requires approval", "user-rejected"),
        (
            (
                "This Bash command contains multiple operations. The following part requires "
                "approval: bash check.sh"
            ),
            "user-rejected",
        ),
        (
            (
                "This PowerShell command contains multiple operations. The following parts require "
                "approval: a, b"
            ),
            None,
        ),
        (
            (
                "cd in '/etc' was blocked. For security, Claude Code may only change directories "
                "to the allowed working directories for this session: '/home/dev/shop'."
            ),
            None,
        ),
        (
            (
                "Permission for this action was denied by the Claude Code auto mode classifier. "
                "Reason: [Git Destructive]."
            ),
            "automode-blocked",
        ),
        ("Permission for this action was denied by the Claude Code auto mode classifier.", None),
        (
            (
                "claude-sonnet-5[1m] is temporarily unavailable, so auto mode cannot determine the "
                "safety of Bash right now."
            ),
            None,
        ),
        ("Permission to use Bash has been denied.", "permission-rule"),
        ("Tool permission request failed: Error: Stream closed", None),
        (ASIDE + "Try a different approach.", None),
    ],
)
def test_what_no_human_refused_is_no_rejection(text: str, denial: str | None) -> None:
    """The user would be said to have refused what a rule or an empty chair did."""
    log = Log()
    log.prompt("tidy up")
    fields = {"toolDenialKind": denial} if denial else {}
    log.fail(log.bash("rm -rf build"), text, **fields)
    assert log.one(Kind.PERMISSION_DENIED).text == text


def test_the_words_by_which_a_user_refuses_a_subagents_call() -> None:
    """A refusal with a reason would be shown as one by a rule."""
    log = Log(isSidechain=True)
    log.fail(log.bash("rm -rf build"), ASIDE + "The user said:\nnot the build folder")
    (found,) = log.frictions("agent-a1b2c3d")
    assert (found.kind, found.text) == (Kind.REJECTION, "not the build folder")


@pytest.mark.parametrize("text", [ALL, "Cancelled."])
def test_a_cancelled_call_is_nobodys_trouble(text: str) -> None:
    """A message to a waiting subagent would count as a refusal of each of its calls."""
    log = Log(isSidechain=True)
    log.fail(log.call("Read", {"file_path": "a.py"}), text, toolDenialKind="cancelled")
    assert log.frictions("agent-a1b2c3d") == ()


def test_an_interrupted_call_is_known_by_its_kind() -> None:
    """A change of the sentence would make a denial of an interruption."""
    log = Log()
    log.prompt("run it")
    log.fail(log.bash("make slow"), "Stopped.", toolDenialKind="interrupted")
    log.prompt("never mind")
    assert log.one(Kind.INTERRUPTION).text == "never mind"


def test_an_interruption_in_the_row_of_a_result_is_seen() -> None:
    """A stop that was written together with the results before it would be lost."""
    log = Log()
    log.prompt("run it")
    log.result(log.bash("ls"), beside=[{"type": "text", "text": INTERRUPTED_CALL}])
    log.prompt("the other one")
    assert log.one(Kind.INTERRUPTION).text == "the other one"


def test_an_accepted_plan_was_not_refused() -> None:
    """Carrying out a plan with a fresh context would be shown as its rejection."""
    log = Log()
    log.prompt("plan it")
    log.fail(log.call("ExitPlanMode", {"plan": "# Plan"}), STOP)
    log.text_row(INTERRUPTED_CALL)
    log.prompt("Implement the following plan:\n\n# Plan: ship it", planContent="# Plan: ship it")
    log.say()
    assert log.frictions() == ()
    assert log.read_session().prompts == 1


def test_a_plan_that_was_refused_before_stays_refused() -> None:
    """The corrections that a plan went through would be lost with its acceptance."""
    log = Log()
    log.prompt("plan it")
    log.fail(log.call("ExitPlanMode"), REJECTED + "To tell you how to proceed, the user said:\nno")
    log.fail(log.call("ExitPlanMode"), STOP)
    log.prompt("Implement the following plan:\n\n# Plan", planContent="# Plan")
    assert log.one(Kind.REJECTION).text == "no"


@pytest.mark.parametrize("text", ["zsh: no such file or directory: x", "Error: segfault\n"])
def test_a_failed_command_of_an_older_version(text: str) -> None:
    """A shell's failure without an exit code would not count as a failed command."""
    log = Log()
    log.fail(log.bash("x"), text)
    found = log.one(Kind.COMMAND_FAILED)
    assert (found.rule, found.subject) == ("claude.command-error", "x")


def test_a_call_that_never_became_a_command_is_no_failed_command() -> None:
    """Arguments that the harness refused would count as a failed command."""
    log = Log()
    log.fail(log.bash("x"), "<tool_use_error>InputValidationError: Bash failed</tool_use_error>")
    log.fail(log.bash("x"), "<tool_use_error>Blocked: sleep 60</tool_use_error>")
    assert {one.kind for one in log.frictions()} == {Kind.TOOL_ERROR}


def queued(log: Log, operation: str, text: str, **fields: str) -> int:
    """Append a queue operation that names its prompt, as newer versions do."""
    log.wait(1)
    return log.put(
        {
            "type": "queue-operation",
            "operation": operation,
            "timestamp": log.at.isoformat(),
            "sessionId": log.session,
            "content": text,
            **fields,
        }
    )


def test_a_queue_operation_means_the_prompt_that_it_names() -> None:
    """A prompt would be shown as steering that never reached the working agent."""
    log = Log()
    log.prompt("write the tests")
    call = log.bash("pytest")
    log.queue("enqueue", "and then the docs")
    log.queue("enqueue", "not the slow ones")
    queued(log, "remove", "not the slow ones", reason="absorbed_mid_turn")
    log.result(call)
    log.say("Done.", message={"stop_reason": "end_turn"})
    log.queue("dequeue")
    log.prompt("and then the docs", promptSource="queued")
    log.say()
    assert log.one(Kind.CORRECTION).text == "not the slow ones"
    assert log.read_session().prompts == 3


def test_a_prompt_that_was_taken_back_steered_nothing() -> None:
    """What the user thought better of would be shown as a correction."""
    log = Log()
    log.prompt("write the tests")
    log.queue("enqueue", "stop it")
    queued(log, "remove", "stop it", reason="withdrawn")
    log.say()
    assert log.frictions() == ()


def test_an_attachment_before_its_removal_does_not_shift_the_queue() -> None:
    """A prompt that still waits would be taken for the one that was handed on."""
    log = Log()
    log.prompt("write the tests")
    call = log.bash("pytest")
    log.queue("enqueue", "first")
    attachment = {"type": "queued_command", "prompt": "first", "commandMode": "prompt"}
    log.row("attachment", attachment={**attachment, "origin": {"kind": "human"}})
    log.queue("enqueue", "second")
    queued(log, "remove", "first", reason="absorbed_mid_turn")
    log.result(call)
    queued(log, "popAll", "second")
    log.say()
    assert log.one(Kind.CORRECTION).text == "first"


def test_a_notice_that_left_the_queue_unsaid_does_not_shift_it() -> None:
    """The next prompt would never be counted, because the notice seems to wait before it."""
    notice = "<task-notification>\n<task-id>b1</task-id>\n</task-notification>"
    log = Log()
    log.prompt("build it")
    log.queue("enqueue", notice)
    log.prompt(notice)
    call = log.bash("make")
    log.queue("enqueue", "with debug symbols")
    log.queue("remove")
    log.result(call)
    log.say()
    assert log.one(Kind.CORRECTION).text == "with debug symbols"
    assert log.read_session().prompts == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"commandMode": "task-notification"},
        {"commandMode": "prompt", "origin": {"kind": "task-notification"}},
        {"commandMode": "prompt", "origin": {"kind": "peer"}},
        {"commandMode": "prompt", "isMeta": True},
    ],
)
def test_what_others_put_into_the_queue_is_no_correction(fields: dict[str, object]) -> None:
    """A background task's notice would be shown as the user's steering."""
    log = Log()
    log.prompt("build it")
    call = log.bash("make")
    log.row("attachment", attachment={"type": "queued_command", "prompt": "it is done", **fields})
    log.result(call)
    log.say()
    assert log.frictions() == ()


@pytest.mark.parametrize("entrypoint", ["claude-vscode", "claude-desktop", "remote_mobile", "cli"])
def test_an_editor_that_drives_it_as_a_program_would_has_a_human(entrypoint: str) -> None:
    """Nobody would be asked about sessions in an editor, and refusals there would be rules'."""
    log = Log(entrypoint=entrypoint)
    log.prompt("go", promptSource="sdk", origin={"kind": "human"})
    log.fail(log.bash("make"), STOP, toolDenialKind="user-rejected")
    assert not log.read_session().headless
    assert log.one(Kind.REJECTION).tool == "Bash"


@pytest.mark.parametrize(
    "text",
    [
        "<command-name>/exit</command-name>\n<command-message>exit</command-message>",
        "<local-command-stdout>See ya!</local-command-stdout>",
        "<bash-input>ls</bash-input>",
    ],
)
def test_a_log_in_which_nothing_was_asked_is_no_session(text: str) -> None:
    """Starting the program and leaving it again would be listed as a session."""
    log = Log()
    log.prompt("Caveat: The messages below were generated by the user.", isMeta=True)
    log.prompt(text)
    log.row("system", subtype="local_command", content=text)
    log.row("attachment", attachment={"type": "hook_success", "content": ""})
    result = log.read()
    assert result.session is None
    assert result.frictions == ()
    assert result.counts.parsed == 4
    log.prompt("now then")
    assert log.read_session().prompts == 1


def hook(log: Log, kind: str, event: str = "PreToolUse", **fields: object) -> int:
    """Append what a hook left beside the conversation."""
    named = {"type": kind, "hookName": f"{event}:Bash", "hookEvent": event}
    return log.row("attachment", attachment={**named, **fields})


def test_a_hook_that_stopped_the_agent_counts_once() -> None:
    """A hook's stop would be invisible, or count again as the call that it stopped."""
    log = Log()
    log.prompt("go")
    call = log.bash("make")
    hook(log, "hook_stopped_continuation", toolUseID=call, message="55% of the limit are used")
    log.fail(call, "Execution stopped by PreToolUse hook: 55%", toolDenialKind="permission-rule")
    assert log.one(Kind.HOOK_BLOCKED).text == "55% of the limit are used"


def test_a_hook_that_refused_a_call_is_no_rule() -> None:
    """A hook's refusal would be shown as that of a permission rule."""
    log = Log()
    log.prompt("go")
    text = "PreToolUse:Bash hook error: [guard.sh]: not on main"
    log.fail(log.bash("git push"), text, toolDenialKind="permission-rule")
    found = log.one(Kind.HOOK_BLOCKED)
    assert (found.rule, found.subject) == ("claude.hook-blocked-call", "git push")


def test_a_hook_that_fails_at_every_call_is_one_friction() -> None:
    """A missing script would bury all other frictions of a session."""
    log = Log()
    log.prompt("go")
    for number in range(3):
        call = log.bash("make")
        hook(log, "hook_non_blocking_error", toolUseID=call, stderr="guard.sh: not found")
        log.result(call)
        hook(log, "hook_success", toolUseID=f"s{number}", content="ok")
    hook(log, "hook_error_during_execution", content="Error: the hook crashed")
    first, second = log.frictions()
    assert (first.kind, first.text, first.count) == (Kind.HOOK_BLOCKED, "guard.sh: not found", 3)
    assert (second.text, second.count) == ("Error: the hook crashed", 1)


def test_a_failing_stop_hook_and_its_summary_are_one() -> None:
    """Newer versions tell a stop hook's failure twice."""
    log = Log()
    log.prompt("go")
    for turn in ("a", "b"):
        log.say()
        hook(log, "hook_non_blocking_error", "Stop", toolUseID=turn, stderr="lint.sh: not found")
        errors = ["lint.sh: not found"]
        log.row("system", subtype="stop_hook_summary", hookErrors=errors, toolUseID=turn)
    assert [one.text for one in log.frictions()] == ["lint.sh: not found"] * 2


def test_a_prompt_that_a_hook_refused() -> None:
    """A prompt that never reached the agent would leave no trace."""
    log = Log()
    log.prompt("go")
    log.say()
    said = "[guard.sh]: no secrets in prompts\n\n\nOriginal prompt: the key is x"
    line = log.row(
        "system",
        subtype="informational",
        content=f"UserPromptSubmit operation blocked by hook:\n{said}",
    )
    log.row("system", subtype="informational", content="Claude Code has been updated")
    found = log.one(Kind.HOOK_BLOCKED)
    assert found.text.endswith("no secrets in prompts")
    assert found.evidence.line == line


def test_rows_without_ids_tell_where_they_were_written() -> None:
    """A log from which the ids were taken out would belong to no project."""
    log = Log()
    log.prompt("go", uuid=None)
    log.say(uuid=None)
    session = log.read_session()
    assert (session.cwd, session.branch, session.project) == ("/home/dev/shop", "main", "shop")
    assert (session.prompts, session.model) == (1, "claude-opus-4-5")


def test_going_back_to_an_earlier_prompt_is_a_rewind() -> None:
    """Turns that the user undid would leave no trace."""
    log = Log()
    log.prompt("set it up", parentUuid=None)
    log.say()
    log.prompt("use sqlite", parentUuid="a2")
    log.say()
    log.prompt("and add tests", parentUuid="a4")
    log.say()
    line = log.prompt("use files instead", parentUuid="a2")
    log.say()
    log.prompt("and add tests", parentUuid="a8")
    log.say()
    found = log.one(Kind.REWIND)
    assert (found.rule, found.text) == ("claude.rewound", "use files instead")
    assert found.evidence.line == line
    assert log.read_session().prompts == 5


def test_prompts_that_begin_anew_are_no_rewind() -> None:
    """A cleared conversation, or a log without its chain, would be full of rewinds."""
    log = Log()
    for _ in range(3):
        log.prompt("go", parentUuid=None)
        log.say()
    log.prompt("<command-name>/clear</command-name>", parentUuid="x")
    log.prompt("go", parentUuid="x")
    log.prompt("subagent", parentUuid="x", isSidechain=True)
    assert log.frictions() == ()
