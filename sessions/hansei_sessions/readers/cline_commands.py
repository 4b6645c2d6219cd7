"""Commands of Cline and Roo Code that failed: only the model is told how a command ended.

By Roo-Code's `src/core/tools/executeCommandTool.ts`: the exit code and the output stand in the
answer to the call, which is a `tool_result`, or words beneath `[execute_command for '…'] Result:`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from hansei_sessions.friction import SUBJECT_LIMIT, command_subject, key_lines, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.codex_calls import says_no
from hansei_sessions.readers.lenient import blocks_text, items, mapping, moment, text
from hansei_sessions.readers.story import Teller

_TOOL: Final = "execute_command"
_NAMED = re.compile(r"\[execute_command for '(.*?)'\] Result:\s*", re.DOTALL)
_FAILED = re.compile(
    r"Command executed in terminal [^\n]{0,4000}Command execution was not successful, inspect the "
    r"cause and adjust as needed\.\s*Exit code: (-?\d{1,10})\nOutput:\n",
)
_TIMED_OUT = re.compile(r"Command execution timed out after \d{1,10} seconds\.")
_SURROUNDINGS: Final = "\n<environment_details>"


def tell_commands(teller: Teller, history: Any) -> None:
    """Take the commands that failed from what the model was sent."""
    commands: dict[str, str] = {}
    for number, message in enumerate(items(history)):
        teller.place(moment(message.get("ts")))
        named = ""
        for block in items(message.get("content")):
            kind = block.get("type")
            if kind == "tool_use" and block.get("name") == _TOOL:
                commands[text(block.get("id"))] = text(mapping(block.get("input")).get("command"))
            if message.get("role") != "user" or kind not in {"text", "tool_result"}:
                continue
            call = text(block.get("tool_use_id"))
            body = text(block.get("text")) if kind == "text" else blocks_text(block.get("content"))
            heading = _NAMED.match(body)
            if heading:
                named, body = heading[1], body[heading.end() :]
            command = named or commands.get(call, "")
            if command and body.strip():
                _ended(teller, command, body, call or f"command-{number}")
                named = ""


def _ended(teller: Teller, command: str, body: str, native: str) -> None:
    """Take the answer to a command; what merely quotes such an answer does not begin with it."""
    failed, late = _FAILED.match(body), _TIMED_OUT.match(body)
    if failed is None and late is None:
        return
    output = body[failed.end() if failed else 0 :].partition(_SURROUNDINGS)[0]
    if failed and int(failed[1]) == 1:
        answer = says_no(command)
        if answer == "any" or (answer == "silent" and not output.strip()):
            return
    said = key_lines(output) if failed else words(output)
    said = said or f"ended with exit code {failed[1] if failed else 'unknown'} and no output"
    rule = "exit-code" if failed else "timeout"
    found = teller.add(FrictionKind.COMMAND_FAILED, rule, said, native)
    found.tool, found.subject = _TOOL, command_subject(command)[:SUBJECT_LIMIT]
