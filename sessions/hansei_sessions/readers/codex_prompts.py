"""Which user messages of a Codex rollout a human typed, and which Codex put in their mouth."""

from __future__ import annotations

import re
from typing import Any, Final

from hansei_sessions.readers.codex_records import blocks_text

_IDE_CONTEXT: Final = "# Context from my IDE setup:"
_WRAPPERS: Final = ("# ", "## My request for Codex:", "This block is automatically supplied ")
"""What editors and the desktop app begin with that put something before a prompt: open files,
files that were dropped on it, what is on the screen."""
_IDE_REQUEST = re.compile(r"^## My request for Codex:[ \t]*\r?$", re.MULTILINE)
_INJECTED: Final = (
    "<environment_context>",
    "<user_instructions>",
    "<permissions instructions>",
    "<skill>",
    "<recommended_plugins>",
    "<subagent_notification>",
    "<goal_context>",
    "<user_shell_command>",
    "<INSTRUCTIONS>",
    "# AGENTS.md instructions for",
    "<turn_aborted>",
)
_WRAPPED = re.compile(r"<([A-Za-z][\w-]*)(?: [^>\n]*)?>.*</\1>", re.DOTALL)

_IMAGE = re.compile(r"</?image(?: [^>\n]*)?>")
"""What newer versions put around an image that goes with a prompt."""

TURN_ABORTED: Final = "<turn_aborted>"
"""Begins the message by which newer versions tell the model that the user stopped it."""


def typed(message: str) -> str:
    """Return what the user typed of a user-role message, or an empty string.

    Injected are the known blocks and anything that is, as a whole, one element: Codex gains such
    blocks with every version, and nobody types a prompt as a closed tag. The IDE extension and
    the desktop app put lists of files before a prompt; the prompt follows its heading.
    """
    body = message.strip()
    if body.startswith(_WRAPPERS):
        heading = _IDE_REQUEST.search(body)
        if heading or body.startswith(_IDE_CONTEXT):
            return body[heading.end() :].strip() if heading else ""
    if body.startswith(_INJECTED) or _WRAPPED.fullmatch(body) or _IMAGE.fullmatch(body):
        return ""
    return body


def typed_in(content: Any) -> str:
    """Return what the user typed of a user-role message's content: a string, or blocks.

    Each block stands for itself: Codex puts several injected ones into one message, and some
    beside a prompt.
    """
    blocks = content if isinstance(content, list) else [content]
    parts = (typed(blocks_text([block])) for block in blocks)
    return "\n".join(part for part in parts if part)
