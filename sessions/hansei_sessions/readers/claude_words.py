"""What the fixed sentences of Claude Code mean; each is looked for only where it can stand.

The same sentences occur in tool output, in prompts and in the model's prose of everybody who
works on agent tooling. So a function here is asked only about the one place in a row where
Claude Code itself writes, and compares the beginning or the whole of it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hansei_sessions.model import FrictionKind

INTERRUPTED: Final = frozenset(
    {"[Request interrupted by user]", "[Request interrupted by user for tool use]"}
)
"""The whole text of the row that an interruption leaves."""

EDIT_TOOLS: Final = frozenset({"Edit", "MultiEdit", "Write", "NotebookEdit", "Update"})
SHELL_TOOLS: Final = frozenset({"Bash", "PowerShell"})

_INJECTED = (
    "<command-name>",
    "<command-message>",
    "<command-args>",
    "<local-command-",
    "Caveat: The messages below",
    "<bash-input>",
    "<bash-stdout>",
    "<bash-stderr>",
    "<system-reminder>",
    "<task-notification>",
    "<ide_",
    "<teammate-message",
    "<user-memory-input>",
    "<cross-session-message",
    "<channel source=",
    "[SYSTEM NOTIFICATION - NOT USER INPUT]",
    "<user-prompt-submit-hook>",
    "Base directory for this skill",
    "This session is being continued from a previous conversation",
    "[Request interrupted",
    "Stop hook feedback",
    "Implement the following plan:",
)
_LEADING_TAG = re.compile(
    r"\s*<(ide_opened_file|ide_selection|ide_diagnostics|system-reminder)>.*?</\1>"
    r"|\s*\[Image: (?:source|original)[^\]\n]{0,4000}\]",
    re.DOTALL,
)
_COMMAND = re.compile(r"<command-name>\s*(/?[^<\s]{1,100})\s*</command-name>")

_REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected"
_REJECTED_ALL = "The user doesn't want to take this action right now. STOP"
_REJECTED_ASIDE = "Permission for this tool use was denied. The tool use was rejected"
"""A subagent's call; the user's own words follow where it was the user who refused."""
_SAID = re.compile(r"(?:To tell you how to proceed, the|The) user said:\s*\n")
_SAID_NOTE = "\n\nNote: The user's next message may contain"
_BY_BUTTON = (
    "The user wants to clarify these questions",
    "The user has indicated they have provided enough answers",
)
"""What Claude Code says in the user's place where they left a question by one of its buttons."""

_DENIED = re.compile(
    r"Permission to use .{1,40000}? has been (?:auto-)?denied"
    r"|Permission for this (?:tool use was denied|action (?:has been|was) denied)"
    r"|Claude requested permissions? to .{1,40000}?, but you haven't granted it yet"
    r"|[\w.\[\]-]{1,100} is temporarily unavailable[^\n]{0,200}, so auto mode cannot determine"
    r"|Auto mode could not evaluate this action"
    r"|The server-side auto mode classifier gave no verdict",
    re.DOTALL,
)
_UNASKED = re.compile(
    r"This (?:\w{1,40} )?command (?:requires approval"
    r"|contains multiple operations\. The following parts? requires? approval)"
    r"|[^\n]{1,4000}? was blocked\. For security, Claude Code may only "
    r"|Tool permission (?:request failed|stream closed)\b"
)
"""What is refused where nobody can be asked; `toolDenialKind` blames the user for it all the same
(anthropics/claude-code issue 29499)."""
_CASCADE = re.compile(r"Sibling tool call errored|Cancelled: parallel tool call\b")
_HOOK = re.compile(
    r"(?:Error: )?(?:PreToolUse|PostToolUse|UserPromptSubmit|Stop|SubagentStop)(?::\S{1,200})? hook"
    r" |Operation (?:stopped|blocked) by hook|Blocked by hook\b|Tool use blocked by hook"
    r"|Execution stopped by \S{1,200} hook|Hook \S{1,200} denied this tool"
)
_EXIT = re.compile(r"Exit code (\d{1,3})\s*(?:\n|$)")
_TIMEOUT = re.compile(r"Command timed out after \S")

_HARNESS = (
    ("File has not been read yet", "not-read"),
    ("String to replace not found in file", "no-match"),
    ("No changes to make", "no-change"),
    ("File has been modified since read", "changed-since-read"),
    ("File has been unexpectedly modified", "changed-since-read"),
    ("File does not exist", "file-missing"),
    ("Path does not exist", "path-missing"),
    ("Directory does not exist", "path-missing"),
    ("Unknown skill", "unknown-skill"),
    ("InputValidationError", "invalid-input"),
    ("No such tool available", "no-such-tool"),
)
_BY_HARNESS = "<tool_use_error>"
_MANY = re.compile(r"Found \d+ matches of the string to replace")
_SCHEMA = "Output does not match required schema"
_TOO_LARGE = re.compile(r"File content \([\d.]+ ?\w* ?\w*\) exceeds maximum allowed")


class Failure(NamedTuple):
    """What a tool result that is flagged as an error stands for."""

    kind: FrictionKind
    rule: str
    text: str
    """Raw: the part that says what went wrong, or the user's own words; may be empty."""


def typed_text(text: str) -> str:
    """Return the part of a prompt that a human typed; nothing where the harness wrote it."""
    while match := _LEADING_TAG.match(text):
        text = text[match.end() :]
    text = text.strip()
    return "" if text.startswith(_INJECTED) else text


def slash_command(text: str) -> str:
    """Return the name of the slash command that a row records, or nothing."""
    if not text.startswith(("<command-name>", "<command-message>")):
        return ""
    match = _COMMAND.search(text)
    return match[1] if match else ""


def is_cascade(text: str) -> bool:
    """Tell whether a call failed only because another one beside it did."""
    return _CASCADE.match(_unwrapped(text)) is not None


def is_interrupted(text: str) -> bool:
    """Tell whether a failed call's own text says that the user interrupted it."""
    if "interrupted" not in text:
        return False
    lines = text.strip().splitlines()
    places = {lines[0].strip(), lines[-1].strip(), *(line.strip() for line in lines[1:2])}
    return not places.isdisjoint(INTERRUPTED) or text.strip() == "[Tool use interrupted]"


def failure(tool: str, text: str, denial_kind: str, result: bytes) -> Failure:
    """Return what a failed call was: a refusal by someone, or the tool's own failure.

    Args:
        tool: The tool's name; empty where the log does not hold the call.
        text: Text of the tool result whose `is_error` is true.
        denial_kind: The row's `toolDenialKind`, empty in older logs.
        result: The row's `toolUseResult`, raw.
    """
    body = _unwrapped(text)
    if _HOOK.match(body):
        return Failure(FrictionKind.HOOK_BLOCKED, "claude.hook-blocked-call", body)
    refusal = _refusal(tool, text, denial_kind, result)
    if refusal is not None:
        return refusal
    if tool in SHELL_TOOLS or not tool:
        if match := _EXIT.match(text):
            return Failure(FrictionKind.COMMAND_FAILED, "claude.exit-code", text[match.end() :])
        if _TIMEOUT.match(text):
            return Failure(FrictionKind.COMMAND_FAILED, "claude.timeout", text)
    name = _harness_class(body)
    if tool in SHELL_TOOLS and not name and not text.lstrip().startswith(_BY_HARNESS):
        return Failure(FrictionKind.COMMAND_FAILED, "claude.command-error", body)
    if tool in EDIT_TOOLS:
        return Failure(FrictionKind.EDIT_ERROR, f"claude.edit-{name or 'failed'}", body)
    return Failure(FrictionKind.TOOL_ERROR, f"claude.{name or 'tool-error'}", body)


def _refusal(tool: str, text: str, denial_kind: str, result: bytes) -> Failure | None:
    text = text.removeprefix("Error: ")
    if _UNASKED.match(text):
        return Failure(FrictionKind.PERMISSION_DENIED, "claude.permission-denied", text)
    by_words = text.startswith((_REJECTED, _REJECTED_ALL)) or (
        text.startswith(_REJECTED_ASIDE) and bool(_said(text))
    )
    if by_words or denial_kind.startswith("user") or result == b'"User rejected tool use"':
        rule = {
            "ExitPlanMode": "claude.plan-rejected",
            "AskUserQuestion": "claude.question-dismissed",
        }.get(tool, "claude.rejected")
        return Failure(FrictionKind.REJECTION, rule, _said(text) if by_words else "")
    if denial_kind or _DENIED.match(text):
        return Failure(FrictionKind.PERMISSION_DENIED, "claude.permission-denied", text)
    return None


def is_rejected_along(text: str) -> bool:
    """Tell whether this call was refused along with the one before it, by the same key press."""
    return text.startswith(_REJECTED_ALL)


def _said(text: str) -> str:
    """Return the user's own words in a rejection."""
    match = _SAID.search(text)
    return own_words(text[match.end() :]) if match else ""


def own_words(said: str) -> str:
    """Return what the user said when they refused, without what Claude Code says around it.

    Nothing where all of it is Claude Code's: a question was left by a button of its own.
    """
    said = said.partition(_SAID_NOTE)[0].strip()
    return "" if said.startswith(_BY_BUTTON) else said


def _unwrapped(text: str) -> str:
    body = text.strip().removeprefix(_BY_HARNESS).removesuffix("</tool_use_error>")
    return body.removeprefix("Error: ").strip()


def _harness_class(body: str) -> str:
    for beginning, name in _HARNESS:
        if body.startswith(beginning):
            return name
    if _MANY.match(body):
        return "many-matches"
    if body.startswith(_SCHEMA):
        return "schema-mismatch"
    return "file-too-large" if _TOO_LARGE.match(body) else ""
