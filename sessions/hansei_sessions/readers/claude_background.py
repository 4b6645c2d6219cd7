"""Commands that Claude Code runs in the background, and how they end.

The call returns at once with the task's id. That the command failed is said later, by each of: a
`<task-notification>` where the harness speaks for the user (in the queue, beside the conversation
or as a row), and the result of the tool that fetches the output. The first of them counts.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Raw

from hansei_sessions.friction import SUBJECT_LIMIT, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers.claude_recorder import Recorder, subject_of
from hansei_sessions.readers.claude_rows import fields_of
from hansei_sessions.readers.claude_state import Call

OUTPUT_TOOLS: Final = frozenset({"BashOutput", "TaskOutput"})
"""Tools that fetch what a background command has put out; the first is the older name."""

IN_BACKGROUND: Final = b'"Command '
"""Begins, as JSON, the result of a command that goes on in the background."""

EXIT_CODE: Final = b"<exit_code>"

_TASKS: Final = 256
_BEGAN = re.compile(r"Command [^\n]{1,300}? with ID: ([\w-]{1,100})")
_HEAD = re.compile(
    r"\s*(?:<(?:retrieval_status|task_type|status)>[^<]{0,100}</\w{1,40}>\s*"
    r"|<task_id>(?P<id>[^<]{1,100})</task_id>\s*)*"
    r"<exit_code>(?P<code>-?\d{1,10})</exit_code>"
)
_TAG = re.compile(r"</?(?:output|stdout|stderr|timestamp)>")
_NOTICE = re.compile(r"<task-notification>(.{0,20000}?)</task-notification>", re.DOTALL)
_NOTICE_BEGINS: Final = ("<task-notification>", "[SYSTEM NOTIFICATION - NOT USER INPUT]")
_ID = re.compile(r"<task-id>([^<]{1,100})</task-id>")
_SUMMARY = re.compile(
    r"<summary>(?P<all>Background command \"(?P<what>.{1,2000}?)\" failed with exit code \d{1,10})"
    r"[^<]{0,2000}</summary>",
    re.DOTALL,
)


class Background:
    """Notes the failures of background commands, each once."""

    def __init__(self, recorder: Recorder) -> None:
        """Work on the recorder's state."""
        self._recorder = recorder
        self._tasks = recorder.state.tasks

    def began(self, text: str, call: Call) -> None:
        """Take the result of a command that goes on in the background."""
        if began := _BEGAN.match(text):
            self._tasks[began[1]] = subject_of(call)
            if len(self._tasks) > _TASKS:
                del self._tasks[next(iter(self._tasks))]

    def fetched(self, text: str, native: str, call: Call) -> None:
        """Take a background command's output, which tells its exit code once it has ended."""
        head = _HEAD.match(text)
        if head is None or int(head["code"]) == 0:
            return
        given = fields_of(Raw(call.input))
        named = (head["id"], *(given.get(key) for key in ("task_id", "bash_id", "shell_id")))
        task = next((one for one in named if isinstance(one, str) and one), native)
        if not self._is_new(task):
            return
        output = _TAG.sub("\n", text[head.end() :])
        raw = (output, output.strip() or f"ended with exit code {head['code']} and no output")
        found = self._recorder.add_raw(
            FrictionKind.COMMAND_FAILED, "claude.background-failed", raw, native, call
        )
        found.subject, found.call = self._tasks[task], None

    def noticed(self, text: str) -> None:
        """Take what the harness says for the user, if it is about background commands."""
        if not text.lstrip().startswith(_NOTICE_BEGINS):
            return
        for notice in _NOTICE.finditer(text):
            task, summary = _ID.search(notice[1]), _SUMMARY.search(notice[1])
            if task is None or summary is None or not self._is_new(task[1]):
                continue
            found = self._recorder.add(
                FrictionKind.COMMAND_FAILED,
                "claude.background-failed",
                words(summary["all"]),
                f"task-{task[1]}",
            )
            found.subject = self._tasks[task[1]] or words(summary["what"], SUBJECT_LIMIT)

    def _is_new(self, task: str) -> bool:
        ended = self._recorder.state.ended_tasks
        if task in ended:
            return False
        ended[task] = None
        self._tasks.setdefault(task, "")
        return True
