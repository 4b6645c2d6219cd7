"""What each rule recognises, in plain words, for `hansei explain`.

A friction carries the name of its rule: the agent's short name, a dot, what happened. Rules of
Claude Code and Codex each have a line of their own; all other agents share the names behind the
dot. How seconds are counted hangs on the kind alone (see `hansei_sessions.friction`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from hansei_sessions.errors import NotFoundError
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.churn import CHURN

K = FrictionKind


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as it is explained."""

    name: str
    agent: str
    kind: FrictionKind
    recognises: str
    """What in the log makes a friction of it."""

    @property
    def seconds(self) -> str:
        """How the seconds lost are counted."""
        return COUNTING[self.kind]


_UNTIL_SUCCESS: Final = (
    "from the failure until the same tool's next call that succeeds is made, within the turn, at "
    "most ten minutes; unknown where there is none. A further failure ends the span and begins its "
    "own"
)
_UNKNOWN: Final = "unknown: the log does not tell, and nothing is guessed"

COUNTING: Final[dict[FrictionKind, str]] = {
    K.COMMAND_FAILED: _UNTIL_SUCCESS,
    K.EDIT_ERROR: _UNTIL_SUCCESS,
    K.TOOL_ERROR: _UNTIL_SUCCESS,
    K.PERMISSION_DENIED: _UNTIL_SUCCESS,
    K.REJECTION: _UNKNOWN,
    K.INTERRUPTION: _UNKNOWN,
    K.CORRECTION: _UNKNOWN,
    K.HOOK_BLOCKED: _UNKNOWN,
    K.DANGLING_CALL: _UNKNOWN,
    K.REWIND: _UNKNOWN,
    K.EDIT_CHURN: "unknown: nobody can say which of the edits was one too many",
    K.API_ERROR: (
        "from the first failure until the model answers, within the turn, at most ten minutes; "
        "else the waits that the agent announced"
    ),
    K.COMPACTION: (
        "the silence before it where it came by itself in the middle of a turn, at most ten "
        "minutes; else unknown"
    ),
    K.SLOW_COMMAND: "the command's own running time; waiting for a permission does not count",
}

AGENTS: Final[dict[str, str]] = {
    "aider": "Aider", "amp": "Amp", "claude": "Claude Code", "cline": "Cline", "codex": "Codex",
    "continue-dev": "Continue", "copilot": "GitHub Copilot CLI",
    "copilot-chat": "GitHub Copilot Chat", "crush": "Crush",
    "cursor": "Cursor",
    "droid": "Droid", "gemini": "Gemini CLI", "goose": "Goose", "kilo-code": "Kilo Code",
    "kimi-code": "Kimi Code", "kiro": "Kiro",
    "opencode": "OpenCode", "openhands": "OpenHands", "pi": "Pi", "qwen": "Qwen Code",
    "roo-code": "Roo Code",
    "specstory": "SpecStory", "swe-agent": "SWE-agent",
}  # fmt: skip
"""What the names of rules begin with, and whose logs are meant."""

_CHURN: Final = (
    K.EDIT_CHURN,
    f"{CHURN} or more applied edits of one file in one session; nine sessions in ten have fewer",
)

_CLAUDE: Final[dict[str, tuple[FrictionKind, str]]] = {
    "api-error": (
        K.API_ERROR,
        "a `system` row `api_error` or an answer marked `isApiErrorMessage`; a burst is one",
    ),
    "compacted": (K.COMPACTION, "a `compact_boundary` that came by itself"),
    "compacted-by-hand": (K.COMPACTION, "a `compact_boundary` that the user asked for"),
    "dangling-call": (K.DANGLING_CALL, "a call of the last answer that never got a result"),
    "shut-down": (K.DANGLING_CALL, "a result with `interruptedByShutdown`"),
    "edit-churn": _CHURN,
    "exit-code": (K.COMMAND_FAILED, "a shell result marked as an error that begins `Exit code N`"),
    "timeout": (K.COMMAND_FAILED, "a shell result marked as an error that says it timed out"),
    "background-failed": (
        K.COMMAND_FAILED,
        "a command in the background that ended with an exit code other than 0",
    ),
    "command-error": (
        K.COMMAND_FAILED,
        "a shell result marked as an error without an exit code, as older versions wrote it",
    ),
    "unflagged-failure": (
        K.COMMAND_FAILED,
        (
            "a command of several parts that ended well, while a test runner, a compiler or git "
            "said in its output that it failed"
        ),
    ),
    "slow-command": (
        K.SLOW_COMMAND,
        "`progress` rows that tell at least 60 seconds of a command's own running time",
    ),
    "hook": (K.HOOK_BLOCKED, "a hook that refused something, stopped the agent, or failed"),
    "hook-blocked-call": (K.HOOK_BLOCKED, "a result marked as an error in a hook's own words"),
    "interrupted": (K.INTERRUPTION, "the row `[Request interrupted by user]`"),
    "interrupted-call": (K.INTERRUPTION, "the same sentence as the result of a call"),
    "mid-turn-prompt": (K.CORRECTION, "a prompt that reached the agent in the middle of a turn"),
    "queued-prompt": (K.CORRECTION, "a prompt that was typed and queued in the middle of a turn"),
    "permission-denied": (
        K.PERMISSION_DENIED,
        "a result that a rule, a mode or a classifier refused, or any refusal in a headless run",
    ),
    "plan-rejected": (K.REJECTION, "a plan that the user did not accept"),
    "question-dismissed": (K.REJECTION, "a question that the user closed unanswered"),
    "rejected": (
        K.REJECTION,
        "a call that the user refused; its text is what the user said with it, or next",
    ),
    "rewound": (
        K.REWIND,
        "a prompt that goes on from the row from which an earlier one did, which was undone",
    ),
    "tool-error": (K.TOOL_ERROR, "a result marked as an error, of any other tool"),
}
_HARNESS: Final[dict[str, str]] = {
    "changed-since-read": "the file has been changed since it was read",
    "failed": "any other result marked as an error",
    "file-missing": "the file does not exist",
    "file-too-large": "the file is too large to be read at once",
    "invalid-input": "the call's arguments are not valid",
    "many-matches": "the text to replace stands in the file several times",
    "no-change": "the new text is the old one",
    "no-match": "the text to replace is not in the file",
    "no-such-tool": "there is no such tool",
    "not-read": "the file has not been read yet",
    "path-missing": "the path does not exist",
    "schema-mismatch": "the output does not have the shape that was asked for",
    "unknown-skill": "there is no such skill",
}
"""What Claude Code's own sentences say; of an edit the rule's name begins with `edit-`."""

_CODEX: Final[dict[str, tuple[FrictionKind, str]]] = {
    "aborted": (K.INTERRUPTION, "a call's output that says the user aborted it"),
    "aborted-call": (K.DANGLING_CALL, "a call whose turn was aborted before it had an output"),
    "call-failed": (K.TOOL_ERROR, "an output in the harness's words for a call that failed"),
    "compacted": (K.COMPACTION, "a `compacted` record, a compaction item or event"),
    "declined": (K.REJECTION, "a command or patch that the user declined"),
    "edit-churn": _CHURN,
    "execution-error": (K.TOOL_ERROR, "an output that begins `execution error: `"),
    "exit-code": (K.COMMAND_FAILED, "a command's output or end with an exit code other than 0"),
    "guardian": (K.PERMISSION_DENIED, "an action that a classifier called an unacceptable risk"),
    "headless-refusal": (K.PERMISSION_DENIED, "a refusal where no human sat at the keyboard"),
    "hook": (K.HOOK_BLOCKED, "an output that says a hook blocked the call"),
    "mid-turn-prompt": (K.CORRECTION, "a prompt that reached the agent in the middle of a turn"),
    "no-output": (K.DANGLING_CALL, "a call that never got an output"),
    "patch-failed": (K.EDIT_ERROR, "a patch that was not applied"),
    "patch-verification": (K.EDIT_ERROR, "an output that says the patch does not fit the files"),
    "policy": (K.PERMISSION_DENIED, "a command that the approval policy refused"),
    "rejected": (K.REJECTION, "an output that says the user rejected the call"),
    "rolled-back": (K.REWIND, "turns that the user rolled back"),
    "sandbox": (K.PERMISSION_DENIED, "a command that the sandbox stopped"),
    "script-failed": (K.TOOL_ERROR, "a program of the model's own that ended with an error"),
    "service-error": (K.API_ERROR, "an `error` or `stream_error` event; those in a row are one"),
    "slow-command": (K.SLOW_COMMAND, "a command that ran for at least 60 seconds by its own clock"),
    "timeout": (K.COMMAND_FAILED, "a command that timed out"),
    "tool-error": (K.TOOL_ERROR, "a tool's output that is marked as failed"),
    "turn-aborted": (K.INTERRUPTION, "a turn that the user aborted"),
    "turn-replaced": (K.CORRECTION, "a turn that a new prompt replaced"),
    "undone": (K.REWIND, "an undo that was completed"),
    "unflagged-failure": _CLAUDE["unflagged-failure"],
}

_SHARED: Final[dict[str, tuple[FrictionKind, str]]] = {
    "aborted": (K.INTERRUPTION, "a turn that the user aborted"),
    "answered-no": (K.REJECTION, "a question of the agent that the user answered with no"),
    "canceled": (K.INTERRUPTION, "a turn or a call that the user cancelled"),
    "cancelled": (K.INTERRUPTION, "a turn that the user cancelled"),
    "cancelled-call": (K.INTERRUPTION, "a call that the user cancelled"),
    "command-error": (K.COMMAND_FAILED, "a command marked as failed without an exit code"),
    "compacted": (K.COMPACTION, "a record of a compaction"),
    "condensed": (K.COMPACTION, "a record of a condensation of the history"),
    "conversation-error": (K.API_ERROR, "an error that ended the conversation"),
    "credit-limit": (K.API_ERROR, "a turn that ended because a limit was spent"),
    "declined": (K.REJECTION, "a call that the user declined"),
    "denied": (K.REJECTION, "a call that the user denied"),
    "denied-by-content-exclusion-policy": (K.PERMISSION_DENIED, "a call into excluded content"),
    "denied-by-hook": (K.PERMISSION_DENIED, "a call that a hook denied"),
    "denied-by-permission-request-hook": (K.PERMISSION_DENIED, "a call that a hook denied"),
    "denied-by-policy": (K.PERMISSION_DENIED, "a call that a policy denied"),
    "denied-by-rules": (K.PERMISSION_DENIED, "a call that a rule denied"),
    "denied-no-approval-rule-and-could-not-request-from-user": (
        K.PERMISSION_DENIED,
        "a call without a rule where nobody could be asked",
    ),
    "diff-error": (K.EDIT_ERROR, "an edit whose text to replace did not match"),
    "edit-churn": _CHURN,
    "edit-error": (K.EDIT_ERROR, "an edit marked as failed"),
    "edit-not-applied": (K.EDIT_ERROR, "an edit that could not be applied"),
    "edited-by-user": (
        K.CORRECTION,
        "an edit that the user changed before it was saved, or a command before it ran",
    ),
    "error": (K.TOOL_ERROR, "a call whose result is an error"),
    "exit-code": (K.COMMAND_FAILED, "a command that ended with an exit code other than 0"),
    "exit-status": (K.TOOL_ERROR, "a run that ended with a failing status"),
    "gave-up": (K.TOOL_ERROR, "the agent's words that it gives up"),
    "hook": (K.HOOK_BLOCKED, "a hook that stopped the agent"),
    "interrupted": (K.INTERRUPTION, "the agent's words that the user interrupted it"),
    "invalid-call": (K.TOOL_ERROR, "a call whose arguments are not valid"),
    "lint-errors": (K.COMMAND_FAILED, "errors that the linter found after an edit"),
    "mid-turn-prompt": (K.CORRECTION, "a prompt that reached the agent in the middle of a turn"),
    "mistake-limit": (K.TOOL_ERROR, "a run that stopped after too many mistakes in a row"),
    "no-result": (K.DANGLING_CALL, "a call that never got a result"),
    "paused": (K.INTERRUPTION, "a run that the user paused"),
    "permission-denied": (K.REJECTION, "a call to which the user gave no permission"),
    "rejected": (K.REJECTION, "a call that the user rejected"),
    "repetition": (K.PERMISSION_DENIED, "a call that was refused because it was repeated"),
    "retry": (K.API_ERROR, "a failure of the service that was tried again"),
    "reverted": (K.REWIND, "a message that the user reverted to"),
    "rewound": (K.REWIND, "turns that the user took back"),
    "ruled-out": (K.PERMISSION_DENIED, "a call that a rule forbids"),
    "service-error": (K.API_ERROR, "a failure of the model's service"),
    "slow-command": (K.SLOW_COMMAND, "a command that ran for at least 60 seconds by its own clock"),
    "subagent-failed": (K.TOOL_ERROR, "a subagent that failed"),
    "summarizer": (K.TOOL_ERROR, "the summary of the history failed"),
    "timeout": (K.COMMAND_FAILED, "a command that timed out"),
    "tool-error": (K.TOOL_ERROR, "a call that is marked as failed"),
    "undo": (K.REWIND, "a change that the user undid"),
    "unflagged-failure": _CLAUDE["unflagged-failure"],
}


def rules_of(agent: str) -> tuple[Rule, ...]:
    """Return the rules whose names begin with an agent's short name, in the order of names."""
    own = {"claude": _CLAUDE, "codex": _CODEX}.get(agent, _SHARED)
    found = {name: Rule(f"{agent}.{name}", AGENTS[agent], *told) for name, told in own.items()}
    if agent == "claude":
        for name, said in _HARNESS.items():
            words = f"a result marked as an error: {said}"
            if name != "failed":
                found[name] = Rule(f"claude.{name}", AGENTS[agent], K.TOOL_ERROR, words)
            edit = f"edit-{name}"
            found[edit] = Rule(
                f"claude.{edit}", AGENTS[agent], K.EDIT_ERROR, f"of an edit, {words}"
            )
    return tuple(found[name] for name in sorted(found))


def explain(name: str) -> Rule:
    """Return the rule of a name.

    Raises:
        NotFoundError: There is none; the hint names near ones.
    """
    agent, _, _ = name.partition(".")
    known = {
        rule.name: rule
        for one in ([agent] if agent in AGENTS else AGENTS)
        for rule in rules_of(one)
    }
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, list(known), 3, 0.6)
    hint = f"near ones: {', '.join(near)}" if near else "`hansei explain` lists them"
    raise NotFoundError(f"there is no rule “{name}”", hint)
