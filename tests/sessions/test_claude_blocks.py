"""Blocks of lines give what the lines give one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions.claude_log import INTERRUPTED, SAID, Log, feed

from hansei_sessions.readers.churn import CHURN
from hansei_sessions.readers.claude_code import ClaudeCodeReader
from hansei_sessions.readers.lines import split_lines

COMMANDS = ("ls", "make test | tail", "go test ./... && echo done", "git push; true")
OUTPUTS = ("ok", "--- FAIL: TestA (0.00s)", "fatal: not a repository", "Exit code 1\nerror: x")
ODD = (
    b"",
    b"\r",
    b"junk",
    b'{"type":"mode"}',
    b'{"type":"user","uuid":"x","timestamp":12,"message":{"content":[7,{"type":"tool_result"}]}}',
    b'{"type":"assistant","uuid":"y","timestamp":"2026-03-02T09:00:00","message":{"id":null}}',
    b'{"type":"system","uuid":"z","subtype":"turn_duration","timestamp":"2020-01-01T00:00:00Z"}',
)
USAGE = {"usage": {"input_tokens": 5, "output_tokens": 7}, "stop_reason": "end_turn"}
WRITE: dict[str, Callable[[Log, int, str], object]] = {
    "prompt": lambda log, n, _: log.prompt(f"Do {n}"),
    "say": lambda log, n, _: log.say(message={**USAGE, "id": f"m{n}"}),
    "nameless": lambda log, _, __: log.say(message={**USAGE, "id": None}),
    "request": lambda log, n, _: log.say(message={**USAGE, "id": "m1"}, requestId=f"r{n}"),
    "bash": lambda log, n, _: log.bash(COMMANDS[n % 4]),
    "edit": lambda log, n, _: log.call("Edit", {"file_path": f"/f{n}"}),
    "aside": lambda log, _, __: log.call("Read", isSidechain=True),
    "wait": lambda log, n, _: log.wait(n * 60),
    "result": lambda log, n, call: log.result(call, OUTPUTS[n % 4]),
    "fail": lambda log, n, call: log.fail(call, OUTPUTS[n % 4]),
    "refuse": lambda log, _, call: log.fail(call, SAID + "no"),
    "stop": lambda log, _, __: log.text_row(INTERRUPTED),
    "turn": lambda log, n, _: log.row("system", subtype="turn_duration", gitBranch=f"b{n}"),
    "api": lambda log, n, _: log.row("system", subtype="api_error", retryInMs=n),
    "sdk": lambda log, _, __: log.say(entrypoint="sdk-cli"),
    "fork": lambda log, _, __: log.say(forkedFrom={"sessionId": "other"}, cwd=""),
    "odd": lambda log, n, _: log.lines.append(ODD[n]),
    "again": lambda log, n, _: log.lines.extend(log.lines[-n:]),
}
STEPS = st.lists(st.tuples(st.sampled_from(sorted(WRITE)), st.integers(0, 6)), max_size=30)


def build(steps: list[tuple[str, int]]) -> list[bytes]:
    """Write a log of these steps; a result belongs to the newest call."""
    log = Log()
    call = "none"
    for step, number in steps:
        made = WRITE[step](log, number, call)
        call = made if isinstance(made, str) else call
    return log.lines


def state_of(reader: ClaudeCodeReader) -> dict[str, Any]:
    """Return the saved state, its sets in order."""
    return in_order(reader.save())


def in_order(saved: bytes) -> dict[str, Any]:
    """Return a saved state with its sets in order: JSON has none."""
    state: dict[str, Any] = json.loads(saved)
    for name in ("rows", "uses"):
        state[name] = state[name].split(" ")
    return {
        name: sorted(value) if name in {"seen", "rows", "uses", "tools", "hooks"} else value
        for name, value in state.items()
    }


@settings(max_examples=200, deadline=None)
@given(STEPS, st.integers(0, 2000), st.booleans())
def test_a_block_gives_what_its_lines_give(
    steps: list[tuple[str, int]], cut: int, subagent: bool
) -> None:
    """The short way for common rows would count, miss or misplace what the long way does not."""
    lines = build(steps)
    path = f"/logs/{'agent-1' if subagent else 'x'}.jsonl"
    one_by_one, at_once = ClaudeCodeReader(path), ClaudeCodeReader(path)
    feed(one_by_one, lines)
    data = b"".join(line + b"\n" for line in lines)
    middle = data.find(b"\n", cut) + 1
    number = at_once.feed_block(data[:middle], 1, 0)
    assert at_once.feed_block(data[middle:], number, middle) == len(lines) + 1
    assert at_once.result() == one_by_one.result()
    assert state_of(at_once) == state_of(one_by_one)


def test_a_file_edited_over_and_over_is_seen_in_blocks_too() -> None:
    """The short way would not count edits, or count those that become a friction twice."""
    log = Log()
    log.prompt("mend it")
    for number in range(CHURN + 3):
        log.result(log.call("Edit", {"file_path": "src/a.py", "new_string": "x" * number}))
    one_by_one, at_once = ClaudeCodeReader("/logs/x.jsonl"), ClaudeCodeReader("/logs/x.jsonl")
    feed(one_by_one, log.lines)
    at_once.feed_block(b"".join(line + b"\n" for line in log.lines), 1, 0)
    assert at_once.result() == one_by_one.result()
    assert [one.text for one in at_once.result().frictions] == [
        f"edited {CHURN + 3} times: src/a.py"
    ]


def test_lines_that_are_not_one_record_each_are_read_one_by_one() -> None:
    """Two records on one line and none on the next would take each other's places."""
    log = Log()
    log.prompt("go on")
    call = log.bash("make")
    log.fail(call, "Exit code 2\nerror: no rule")
    first, second, third = log.lines[-3:]
    block = first + second + b"\n\n" + third + b"\n"
    one_by_one, at_once = ClaudeCodeReader("/logs/x.jsonl"), ClaudeCodeReader("/logs/x.jsonl")
    feed(one_by_one, [first + second, b"", third])
    assert at_once.feed_block(block, 1, 0) == 4
    assert at_once.result() == one_by_one.result()
    assert at_once.result().frictions[0].evidence.line == 3


def test_lines_of_a_block_stand_where_they_stand_in_the_file() -> None:
    """Evidence would point at the wrong line."""
    block = b"a\r\n\nbc"
    assert list(split_lines(block, 7, 100)) == [(b"a", 7, 100), (b"", 8, 103), (b"bc", 9, 104)]


@settings(max_examples=50, deadline=None)
@given(STEPS)
def test_a_reader_goes_on_from_what_it_saved(steps: list[tuple[str, int]]) -> None:
    """A log that grows would be read on without what was known, or from its start."""
    lines = build(steps)
    kept, gone = ClaudeCodeReader("/logs/x.jsonl"), ClaudeCodeReader("/logs/x.jsonl")
    feed(kept, lines)
    feed(gone, lines)
    state = gone.save()
    assert in_order(state) == state_of(kept)
    assert ClaudeCodeReader.restore("/logs/x.jsonl", state).result() == kept.result()
