"""A Claude Code log becomes one session with the right facts, in one go or in many."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions.claude_log import INTERRUPTED, SAID, SESSION, START, STOP, Log, feed

from hansei_sessions.errors import LogFormatError
from hansei_sessions.model import Tokens
from hansei_sessions.readers.claude_code import ClaudeCodeReader
from hansei_sessions.readers.claude_rows import Row


def tour() -> Log:
    """Return a log with a little of everything."""
    log = Log()
    log.put({"type": "file-history-snapshot", "messageId": "m", "snapshot": {}})
    log.prompt("add a coupon field\nto the form")
    log.say("I'll look.")
    log.fail(log.bash("uv run pytest | tail"), "Exit code 1\nE   KeyError: 'sku'")
    slow = log.bash("make test")
    log.progress(slow, 80)
    log.queue("enqueue", "skip the slow ones")
    log.queue("remove")
    log.result(slow)
    log.fail(log.call("Edit", {"file_path": "a.py"}), SAID + "not there")
    log.fail(log.call("Write", {"file_path": "b.py"}), STOP)
    log.text_row(INTERRUPTED)
    log.prompt("only a.py")
    log.row("system", subtype="api_error", error={"status": 529}, retryInMs=500)
    log.say("Yes.")
    log.row("system", subtype="compact_boundary", compactMetadata={"trigger": "auto"})
    log.row("system", subtype="stop_hook_summary", hookErrors=["lint failed"], toolUseID="h")
    log.put({"type": "ai-title", "aiTitle": "Coupon field", "sessionId": SESSION})
    log.put({"type": "brand-new", "x": 1})
    log.lines.append(b'{"type":"user","message":{"con' + log.lines[2])
    log.bash("make deploy")
    return log


LINES = tour().lines


def test_facts_of_a_session() -> None:
    """The list of sessions would show wrong names, times or counts."""
    log = tour()
    session = log.read_session()
    assert session.id == SESSION
    assert session.agent == "claude-code"
    assert session.path == f"/logs/{SESSION}.jsonl"
    assert (session.project, session.cwd, session.branch) == ("shop", "/home/dev/shop", "main")
    assert session.model == "claude-opus-4-5"
    assert session.title == "Coupon field"
    assert session.prompts == 3
    assert session.tool_calls == 5
    assert session.started_at == START + timedelta(seconds=1)
    assert session.last_at == log.at
    assert session.active_seconds == (log.at - START).total_seconds() - 1
    assert not session.headless
    assert not session.parent_id
    assert not session.forked_from


def test_every_record_is_accounted_for() -> None:
    """Records would be lost silently."""
    log = tour()
    result = log.read()
    assert result.session is not None
    assert result.session.counts == result.counts
    counts = result.counts
    assert counts.malformed == 1
    assert counts.skipped == 3  # a snapshot, an unknown type, a row that was written twice
    assert counts.parsed + counts.skipped + counts.malformed == len(log.lines) + 1
    assert result.unknown_types == (("brand-new", 1),)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=6))
def test_putting_a_reader_aside_changes_nothing(cuts: list[int]) -> None:
    """A session would change with the moments at which it happened to be scanned."""
    log = tour()
    whole = log.reader()
    reader = ClaudeCodeReader(f"/logs/{SESSION}.jsonl")
    offset = 0
    for number, line in enumerate(log.lines, 1):
        for _ in range(cuts.count(number)):
            reader.result()
            reader = ClaudeCodeReader.restore(f"/logs/{SESSION}.jsonl", reader.save())
        reader.feed(line, number, offset)
        offset += len(line) + 1
    reader = ClaudeCodeReader.restore(f"/logs/{SESSION}.jsonl", reader.save())
    assert reader.result() == whole.result()
    assert reader.history_ids() == whole.history_ids()


@pytest.mark.parametrize("state", [b"", b"{}", b"[1]", b'{"version":0}', b"\xff"])
def test_a_foreign_state_is_refused(state: bytes) -> None:
    """A reader would go on from another version's memory."""
    with pytest.raises(LogFormatError):
        ClaudeCodeReader.restore("/logs/x.jsonl", state)


def test_two_records_on_a_line_are_both_read() -> None:
    """Both would be lost; this is what real logs suffer from most."""
    log = Log()
    log.prompt("one")
    log.say()
    log.lines = [log.lines[0] + log.lines[1], b'{"type":"summary"}{"type":"mode"}']
    session = log.read_session()
    assert (session.prompts, session.model) == (1, "claude-opus-4-5")
    assert (session.counts.parsed, session.counts.skipped, session.counts.malformed) == (3, 1, 0)


def test_streamed_rows_of_one_message_count_their_largest_usage() -> None:
    """Tokens would be counted three times over, or far too few."""
    log = Log()
    for output in (1, 200, 90):
        usage = {
            "input_tokens": 5,
            "output_tokens": output,
            "cache_read_input_tokens": 1000,
            "cache_creation_input_tokens": 7,
        }
        log.say(message={"id": "msg_a", "usage": usage}, requestId="req_a")
    log.say(message={"id": "msg_b", "usage": {"output_tokens": 4}})
    assert log.read_session().tokens == Tokens(5, 204, 1000, 7)


def test_many_messages_are_summed_in_bounded_memory() -> None:
    """Tokens of long sessions would be wrong once the reader forgets its oldest messages."""
    log = Log()
    for _ in range(600):
        log.say()
        log.lines.append(log.lines[-1].replace(b'"uuid":"0', b'"uuid":"1'))
    reader = log.reader()
    session = reader.result().session
    assert session is not None
    assert session.tokens.output == 6000
    assert reader.save().count(b'"msg_') < 300


def test_a_row_that_a_resume_wrote_again_counts_once() -> None:
    """Every friction of a resumed session would count twice."""
    log = Log()
    log.prompt("go")
    log.fail(log.bash("make"), "Exit code 1\nx")
    once = log.read()
    log.lines += log.lines[-3:]
    twice = log.read()
    assert twice.frictions == once.frictions
    assert once.session is not None
    assert twice.session is not None
    assert twice.session.prompts == once.session.prompts
    assert twice.session.active_seconds == once.session.active_seconds
    assert twice.counts.skipped == 3


@pytest.mark.parametrize(
    "text",
    [
        "<command-name>/review</command-name>\n<command-args>x</command-args>",
        "<command-message>review</command-message>\n<command-name>/review</command-name>",
        "<local-command-stdout>Bye!</local-command-stdout>",
        "<local-command-caveat>Caveat: The messages below were generated",
        "Caveat: The messages below were generated by the user",
        "<bash-input>ls</bash-input>",
        "<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>",
        "<system-reminder>\nBe brief.\n</system-reminder>",
        "<task-notification>\n<task-id>b1</task-id>",
        "<ide_opened_file>The user opened a.py</ide_opened_file>",
        "<ide_selection>x</ide_selection>",
        "Base directory for this skill: /home/dev/.claude",
        "This session is being continued from a previous conversation that ran out",
        "[Request interrupted by user for tool use]",
        "Stop hook feedback:\n- x",
        "Implement the following plan:\n\n# Plan",
        "",
        "  \n",
    ],
)
def test_what_the_harness_writes_is_no_prompt(text: str) -> None:
    """Sessions would seem to have prompts that nobody typed."""
    log = Log()
    log.prompt(text)
    log.text_row(text)
    log.say()
    assert log.read_session().prompts == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"isMeta": True},
        {"isCompactSummary": True},
        {"isSidechain": True},
        {"promptSource": "system"},
        {"origin": {"kind": "task-notification"}},
    ],
)
def test_rows_marked_as_not_typed_are_no_prompts(fields: dict[str, Any]) -> None:
    """Sessions would seem to have prompts that nobody typed."""
    log = Log()
    log.prompt("do it", **fields)
    log.say()
    assert log.read_session().prompts == 0


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("fix it\nplease", "fix it"),
        ([{"type": "text", "text": "fix it"}], "fix it"),
        (
            [
                {"type": "text", "text": "<ide_opened_file>a.py</ide_opened_file>"},
                {"type": "text", "text": "fix it"},
            ],
            "fix it",
        ),
        ("<system-reminder>\nx\n</system-reminder>\nfix it", "fix it"),
        ([{"type": "image", "source": {"data": "aGk="}}], "[image]"),
        ("<div> is not closed", "<div> is not closed"),
    ],
)
def test_what_a_human_typed_is_a_prompt(content: Any, title: str) -> None:
    """A session that the user worked in would be passed over as empty."""
    log = Log()
    log.prompt(content, origin={"kind": "human"}, promptSource="typed")
    session = log.read_session()
    assert (session.prompts, session.title) == (1, title)


def test_titles_by_rank() -> None:
    """A session would carry the title of another, or lose the user's own."""
    log = Log()
    log.put({"type": "summary", "summary": "Another session", "leafUuid": "elsewhere"})
    leaf = json.loads(log.lines[log.prompt("fix it") - 1])["uuid"]
    assert log.read_session().title == "fix it"
    log.put({"type": "summary", "summary": "Fixing it", "leafUuid": leaf})
    assert log.read_session().title == "Fixing it"
    log.put({"type": "ai-title", "aiTitle": "Mend it"})
    assert log.read_session().title == "Mend it"
    log.put({"type": "custom-title", "customTitle": "My title"})
    assert log.read_session().title == "My title"


def test_first_folder_gives_the_project_and_last_branch_the_branch() -> None:
    """A session that changes its folder would move to another project."""
    log = Log()
    log.prompt("go", cwd="C:\\Users\\dev\\shop", gitBranch="main")
    log.say(cwd="C:\\Users\\dev\\shop\\web", gitBranch="feat/x")
    session = log.read_session()
    assert (session.project, session.branch) == ("shop", "feat/x")


def test_idle_gaps_and_backward_clocks() -> None:
    """A terminal left open over night would count as work; a clock set back would count twice."""
    log = Log()
    log.prompt("go")
    log.wait(20_000)
    log.say()
    log.wait(-61)
    log.say()
    log.wait(69)
    log.say()
    session = log.read_session()
    assert session.active_seconds == 300 + 10
    assert session.last_at == log.at


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        (1_772_442_000, 1_772_442_000),
        (1_772_442_000_000, 1_772_442_000),
        ("2026-03-02T10:00:00+01:00", 1_772_442_000),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
        (True, None),
        (None, None),
        ("yesterday", None),
        (1e300, None),
        ({}, None),
    ],
)
def test_odd_time_stamps(stamp: object, seconds: float | None) -> None:
    """One odd stamp would lose its record, or end the reading."""
    log = Log()
    log.prompt("go", timestamp=stamp)
    session = log.read_session()
    assert session.prompts == 1
    started = session.started_at
    assert (None if started is None else started.timestamp()) == seconds


@pytest.mark.parametrize(
    "fields",
    [
        {"cwd": 7},
        {"isSidechain": "no"},
        {"message": {"role": "user", "content": "go", "usage": [1]}},
        {
            "message": {
                "role": "user",
                "content": [None, 4, {"type": "text", "text": "go", "id": 3}],
            }
        },
        {"origin": "human", "toolUseResult": None, "attachment": [], "data": 3},
    ],
)
def test_odd_fields_are_left_out(fields: dict[str, Any]) -> None:
    """A field of a new type would lose the whole record."""
    log = Log()
    log.prompt("go", **fields)
    session = log.read_session()
    assert session.prompts == 1
    assert session.counts.malformed == 0


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"user","uuid":"u","message":{"content":"a\\ud800"}}',
        b'{"type":"user","uuid":"u","message":{"content":"caf\xe9"}}',
        b'{"type":"user","uuid":"u","x":NaN,"message":{"content":"a\x01"}}',
        b'{"type":"user","uuid":"u","message":{"content":[{"type":"text","text":"\xff"}]}}',
        b'{"type":"user","uuid":"u","x":'
        + b"[" * 900
        + b"]" * 900
        + b',"message":{"content":"a"}}',
    ],
)
def test_damaged_text_is_kept(line: bytes) -> None:
    """A prompt with one bad byte would be lost."""
    reader = ClaudeCodeReader("/logs/x.jsonl")
    feed(reader, [line])
    session = reader.result().session
    assert session is not None
    assert session.prompts == 1
    session.title.encode()


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b"not json", b"[]", b"null"],
        [b'{"type":"summary","summary":"x","leafUuid":"y"}'],
        [b'{"type":"file-history-snapshot"}', b'{"timestamp":"2026-01-01T00:00:00Z"}'],
        [b'{"type":"response_item","payload":{}}'],
        [b'{"type":5}', b'{"type":null}', b"{}"],
    ],
)
def test_noise_is_no_session(lines: list[bytes]) -> None:
    """Junk would be listed as a session."""
    reader = ClaudeCodeReader("/logs/x.jsonl")
    feed(reader, lines)
    result = reader.result()
    assert result.session is None
    assert result.frictions == ()
    counts = result.counts
    assert counts.parsed + counts.skipped + counts.malformed == len(lines)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(LINES),
            st.tuples(st.sampled_from(LINES), st.integers(0, 900)).map(lambda t: t[0][: t[1]]),
        ),
        max_size=12,
    )
)
def test_no_lines_make_the_reader_fail(lines: list[bytes]) -> None:
    """One odd log would end the scan of all."""
    reader = ClaudeCodeReader("/logs/x.jsonl")
    feed(reader, lines)
    result = reader.result()
    assert ClaudeCodeReader.restore("/logs/x.jsonl", reader.save()).result() == result


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=4), one, max_size=3),
    max_leaves=6,
)
FIELDS = sorted(set(Row.__struct_fields__) - {"type", "message"})
TYPES = ("user", "assistant", "system", "progress", "attachment", "queue-operation", "summary")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6),
    st.dictionaries(st.sampled_from(["id", "role", "model", "content", "usage"]), JSON, max_size=5),
)
def test_no_types_of_fields_make_the_reader_fail(
    kind: str, fields: dict[str, Any], message: dict[str, Any]
) -> None:
    """A change of the format would end the scan of all."""
    row = {"type": kind, "uuid": "u", "message": message, **fields}
    reader = ClaudeCodeReader("/logs/x.jsonl")
    feed(reader, [json.dumps(row).encode()])
    assert reader.result().counts.parsed == 1
    reader.save()


def test_a_subagents_log() -> None:
    """A subagent would be shown as a session of its own, with prompts that nobody typed."""
    log = Log(isSidechain=True, agentId="a1b2")
    log.prompt("look for the parser")
    log.fail(log.bash("rg x y"), "Exit code 2\nrg: y: No such file or directory")
    log.fail(log.bash("rg z"), "[Request interrupted by user for tool use]")
    log.text_row(INTERRUPTED)
    result = log.read("agent-a1b2")
    assert result.session is not None
    assert (result.session.id, result.session.parent_id) == ("agent-a1b2", SESSION)
    assert (result.session.prompts, result.session.tool_calls) == (0, 2)
    assert not result.session.forked_from
    assert [found.session_id for found in result.frictions] == ["agent-a1b2"]


@pytest.mark.parametrize("name", ["agent-acompact-1f", "agent-aside_question-2e"])
def test_side_agents_on_a_copy_of_the_history_have_no_frictions(name: str) -> None:
    """Every friction of a session would count again with each compaction."""
    log = Log(isSidechain=True)
    log.fail(log.bash("make"), "Exit code 1\nx")
    result = log.read(name)
    assert result.session is not None
    assert result.session.parent_id == SESSION
    assert result.frictions == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"entrypoint": "sdk-py"},
        {"entrypoint": "sdk-cli", "promptSource": "sdk"},
        {"entrypoint": "claude-code-github-action"},
        {"promptSource": "sdk"},
    ],
)
def test_headless_runs_are_known(fields: dict[str, str]) -> None:
    """The user would be asked about runs that nobody sat before."""
    log = Log()
    log.prompt("go", **fields)
    assert log.read_session().headless


def test_copies_of_a_history_share_their_ids() -> None:
    """A fork could not be told from a session of its own."""
    log, fork = Log(), Log("11111111-2222-4333-8444-555555555555")
    for each in (log, fork):
        each.prompt("go")
        each.result(each.bash("ls"))
    assert log.read().head_id == fork.read().head_id != ""
    assert log.reader().history_ids() == fork.reader().history_ids()
    session = log.read_session()
    ids = log.reader().history_ids()
    assert sum(each.startswith("prompt:") for each in ids) == session.prompts
    assert sum(each.startswith("tool:") for each in ids) == session.tool_calls


def test_forks_that_say_so_are_known() -> None:
    """A resumed copy would be shown as a session without a past."""
    log = Log("11111111-2222-4333-8444-555555555555")
    log.prompt("go")
    assert log.read_session(SESSION).forked_from == log.session
    log.prompt("on", forkedFrom={"sessionId": "earlier", "messageUuid": "m"})
    assert log.read_session().forked_from == "earlier"


def test_a_renamed_log_is_known_by_its_rows() -> None:
    """A copy for debugging would be a session of its own."""
    log = Log()
    log.prompt("go")
    assert log.read_session("broken-session").id == SESSION
