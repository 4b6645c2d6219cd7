"""What agents write around a command's output, in the same text: labels, exit codes, notices.

Each by the agent's own shell tool: Gemini CLI's and Qwen Code's `packages/core/src/tools/shell.ts`,
Goose's `platform_extensions/developer/shell.rs`, Crush's `internal/agent/tools/bash.go`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NEAR_END: Final = 4_000
_LABELLED_CODE = re.compile(r"^Exit Code: (-?\d{1,10})$", re.MULTILINE)
_HEAD = re.compile(
    r"(?:Command: (?:(?!\nDirectory: ).){0,8000}\n)?(?:Directory: [^\n]*\n)?", re.DOTALL
)
_FOOT = re.compile(r"(?:\n(?:Exit Code|Signal|Background PIDs|Process Group PGID): [^\n]*)+\s*\Z")
_ERROR = re.compile(r"(?:\A|\n)Error: (?P<said>(?:(?!\nError: ).){0,4000})\Z", re.DOTALL)
_STREAM = re.compile(r"^(?:Stdout|Stderr|Output): (?:\(empty\)$)?", re.MULTILINE)
_EXITED = re.compile(r"\s*\bCommand exited with code (-?\d{1,10})\s*\Z")
_TIMED_OUT = re.compile(r"\s*\bCommand timed out(?: after \d{1,10} seconds)?\s*\Z")
_NO_OUTPUT: Final = "(no output)"
_FOLDER = re.compile(r"\s*<cwd>[^\n]*</cwd>\s*\Z")
_CODE = re.compile(r"(?:\A|\n)Exit code (-?\d{1,10})\s*\Z")
_UNFINISHED: Final = "Command was aborted before completion"


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command put out, and how it ended as far as the text tells."""

    output: str
    code: int | None = None
    timed_out: bool = False
    unfinished: bool = False
    """It was stopped."""


def labelled(report: str) -> Printed:
    """Take apart a report of Gemini CLI or Qwen Code: a line for each part, with its label.

    Newer versions leave out parts that say nothing.
    """
    codes = _LABELLED_CODE.findall(report[-_NEAR_END:])
    if not codes and not report.startswith(("Command: ", "Directory: ", "Output: ", "Stdout: ")):
        return Printed(report)
    body = _FOOT.sub("", report)
    head = _HEAD.match(body)
    body = body[head.end() :] if head else body
    error = _ERROR.search(body[-_NEAR_END:])
    if error:
        body = body[: len(body) - len(error[0])]
        if error["said"].strip() not in {"", "(none)"}:
            body += "\nError: " + error["said"]
    return Printed(_STREAM.sub("", body).strip(), int(codes[-1]) if codes else None)


def goose_printed(text: str) -> Printed:
    """Take apart a result of Goose's shell: how the command ended stands last."""
    exited, late = _EXITED.search(text[-_NEAR_END:]), _TIMED_OUT.search(text[-_NEAR_END:])
    ended = exited or late
    if ended is None:
        return Printed(text)
    output = text[: len(text) - len(ended[0])].strip()
    output = "" if output == _NO_OUTPUT else output
    if exited:
        return Printed(output, int(exited[1]))
    return Printed(f"{ended[0].strip()}\n{output}", timed_out=True)


def crush_printed(text: str) -> Printed:
    """Take apart a result of Crush's shell: the exit code, then the folder."""
    body = _FOLDER.sub("", text)
    code = _CODE.search(body[-_NEAR_END:])
    if code:
        return Printed(body[: len(body) - len(code[0])].strip(), int(code[1]))
    return Printed(body, unfinished=body.rstrip().endswith(_UNFINISHED))
