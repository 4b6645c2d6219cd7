"""Kimi Code: what its logs tell, of the main agent and of subagents."""

from __future__ import annotations

from pathlib import Path

from tests.sessions import agent_logs as logs
from tests.sessions.agent_logs import session_of, shown
from tests.sessions.kimi_log import KIMI, SESSION, call, kimi_code, prompt, result, row

from hansei_sessions.index import Index
from hansei_sessions.readers.kimi import KIMI as FORMAT
from hansei_sessions.readers.kimi import KimiReader
from hansei_sessions.sources import Source

PATH = f"/k/sessions/wd_shop_a75d38aead93/{SESSION}/agents/main/wire.jsonl"


def test_all_that_a_log_tells() -> None:
    """A friction would be missed, or made of what is none."""
    told = logs.read(KimiReader, KIMI, PATH)
    session = session_of(told)
    assert (session.id, session.cwd, session.model) == (SESSION, "/home/ada/shop", "kimi-k3")
    assert (session.prompts, session.tool_calls) == (5, 8)
    tokens = session.tokens
    assert (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write) == (10, 5, 3, 1)
    assert shown(told.frictions) == [
        ("kimi-code.exit-code", "make", "error: no rule"),
        ("kimi-code.mid-turn-prompt", "", "only the docs"),
        ("kimi-code.rejected", "rm -rf build", "never"),
        ("kimi-code.edit-error", "a.py", "old_string not found in a.py"),
        ("kimi-code.retry", "", "529 overloaded"),
        ("kimi-code.cancelled", "sleep 999", "the other way"),
        ("kimi-code.compacted", "", "context compacted"),
        ("kimi-code.conversation-error", "", "no credit"),
        ("kimi-code.rewound", "", "again"),
        ("kimi-code.denied-by-rules", "git push", 'Tool "Bash" was denied by permission policy.'),
        ("kimi-code.timeout", "sleep 99", "Command killed by timeout (60s)"),
        ("kimi-code.no-result", "b.py", "no result of Read: b.py"),
    ]
    assert told.frictions[0].seconds_lost == 4.0
    assert dict(told.unknown_types) == {"brand.new": 1}


def test_a_log_of_an_older_version() -> None:
    """Prompts of versions that record them once only would be missing."""
    rows = [one for one in KIMI if one["type"] != "turn.prompt"]
    assert session_of(logs.read(KimiReader, rows, PATH)).prompts == 2  # until the first steering
    alone = [one for one in rows if one["type"] != "turn.steer"]
    assert session_of(logs.read(KimiReader, alone, PATH)).prompts == 5
    swapped = [one for pair in (prompt(1, "mend it"), prompt(5, "more")) for one in pair[::-1]]
    assert session_of(logs.read(KimiReader, swapped, PATH)).prompts == 2


def test_a_command_of_the_users_own() -> None:
    """The text behind a command would stand for the few letters that were typed."""
    source = {"kind": "skill_activation", "trigger": "user-slash", "skillName": "mend"}
    told = logs.read(KimiReader, prompt(1, "long text", **source, skillArgs="it all"), PATH)
    assert session_of(told).title == "/mend it all"


def test_what_was_cancelled_before_it_ran() -> None:
    """A call that waited for a permission when the turn was stopped would be an error."""
    said = 'Tool "Bash" was not run because the approval request was cancelled.'
    rows = [
        *prompt(1, "mend it"),
        call(2, "Bash_0", "Bash", command="make"),
        result(3, "Bash_0", said, is_error=True),
        row(4, "turn.cancel", target="queued"),
        row(5, "turn.cancel", reason="aborted"),
    ]
    assert logs.read(KimiReader, rows, PATH).frictions == ()


def test_a_subagents_log_belongs_to_its_session(tmp_path: Path) -> None:
    """What the agent told its subagent would count as typed by a human."""
    log = kimi_code(tmp_path, "linux")
    other = log.parents[1] / "agent-0" / "wire.jsonl"
    other.parent.mkdir()
    other.write_bytes(log.read_bytes())
    (log.parents[1] / "wire.jsonl").write_bytes(log.read_bytes())
    index = Index.open(None)
    report = index.scan([Source(FORMAT, tmp_path / ".kimi-code")])
    assert report.problems == ()
    assert {Path(one).parent.name for one in FORMAT.logs(tmp_path)} == {"main", "agent-0"}
    told = logs.read(KimiReader, KIMI, PATH.replace("main", "agent-0"))
    session = session_of(told)
    assert (session.id, session.parent_id) == (f"{SESSION}-agent-0", SESSION)
    assert session.prompts == 0
    assert index.sessions()[0].title == "Mending"
