"""No bytes make the Codex reader raise, and it can be put aside anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions.codex_lines import PATH, feed

from hansei_sessions.errors import LogFormatError
from hansei_sessions.readers.codex import CodexReader

FIXTURES = Path(__file__).parent / "fixtures" / "codex"

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FAMILIES = ["session_meta", "turn_context", "response_item", "event_msg", "compacted"]
TYPES = [
    *("message", "function_call", "custom_tool_call", "local_shell_call", "web_search_call"),
    *("function_call_output", "custom_tool_call_output", "reasoning", "compaction"),
    *("user_message", "token_count", "task_started", "task_complete", "turn_aborted", "error"),
    *("context_compacted", "thread_rolled_back", "patch_apply_end", "mcp_tool_call_end"),
    *("item_completed", "exec_command_end", "undo_completed", "thread_name_updated"),
]
FIELDS = [
    *("id", "session_id", "timestamp", "cwd", "originator", "source", "git", "forked_from_id"),
    *("parent_thread_id", "turn_id", "model", "reason", "num_turns", "info", "role", "content"),
    *("message", "images", "name", "arguments", "input", "action", "call_id", "output"),
    *("success", "exit_code", "result", "stderr", "item", "command", "duration", "error"),
]
sentences = st.sampled_from(
    [
        "exec command rejected by user",
        "aborted by user after 1s",
        "<turn_aborted>",
        "apply_patch verification failed",
        "Exit code: 1\nWall time: 2 seconds\nOutput:\nx",
        "Wall time: 99 seconds\nProcess running with session ID 1\n",
        '{"output":"x","metadata":{"exit_code":1,"duration_seconds":70}}',
        '{"command":["bash","-lc","make | tail"]}',
        '{"session_id":1}',
        "c1",
        "user",
        "assistant",
        "2026-11-02T09:00:00Z",
        "019a4300-0000-7000-8000-000000000001",
    ]
)
payloads = st.builds(
    lambda kind, fields: fields | {"type": kind},
    st.sampled_from(TYPES) | values,
    st.dictionaries(st.sampled_from(FIELDS), sentences | values, max_size=8),
)
records = st.builds(
    lambda family, payload, at: json.dumps({"timestamp": at, "type": family, "payload": payload}),
    st.sampled_from(FAMILIES) | values,
    payloads | values,
    st.sampled_from(["2026-11-02T09:00:00Z", "2026-11-02T09:05:00Z", "0001-01-01T00:00:00Z"])
    | scalars,
)
lines = st.builds(str.encode, records) | st.binary(max_size=80)


@settings(deadline=None, max_examples=150)
@given(st.lists(lines, max_size=25))
def test_nothing_makes_it_raise(log: list[bytes]) -> None:
    """A hostile or broken line would stop the scan of all sessions."""
    reader = CodexReader(PATH)
    feed(reader, log)
    result = reader.result()
    assert len({one.id for one in result.frictions}) == len(result.frictions)
    reader.history_ids()
    reader.save()


@settings(deadline=None, max_examples=100)
@given(st.lists(lines, min_size=1, max_size=25), st.data())
def test_put_aside_and_taken_up_again(log: list[bytes], data: st.DataObject) -> None:
    """A log read in two parts would tell another story than one read in one go."""
    at = data.draw(st.integers(0, len(log)))
    assert_split(log, at)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.jsonl")), ids=lambda path: path.stem[-8:])
def test_put_aside_after_any_line(path: Path) -> None:
    """A session that grows between two scans would lose or double a friction."""
    log = path.read_bytes().splitlines()
    for at in range(len(log) + 1):
        assert_split(log, at)


def assert_split(log: list[bytes], at: int) -> None:
    """Compare reading a log in one go with reading it in two parts."""
    whole = CodexReader(PATH)
    feed(whole, log)
    first = CodexReader(PATH)
    feed(first, log[:at])
    second = CodexReader.restore(PATH, first.save())
    feed(second, log[at:], number=at + 1, offset=sum(len(line) + 1 for line in log[:at]))
    assert second.result() == whole.result()
    assert second.history_ids() == whole.history_ids()
    assert second.save() == whole.save()


@pytest.mark.parametrize("state", [b"", b"{", b"[]", b'{"version": 0}', b'{"version": "x"}'])
def test_foreign_state_is_refused(state: bytes) -> None:
    """A state of another version would be read as this one's."""
    with pytest.raises(LogFormatError):
        CodexReader.restore(PATH, state)
