"""Pi: what its sessions tell, and where its tree of entries turns back."""

from __future__ import annotations

from tests.sessions import agent_logs as logs
from tests.sessions.agent_logs import session_of, shown
from tests.sessions.pi_log import PI, Entries

from hansei_sessions.readers.pi import PiReader


def frictions(told: Entries) -> list[tuple[str, str, str]]:
    """Return what a session's frictions are."""
    return shown(logs.read(PiReader, told.rows).frictions)


def test_all_that_a_session_tells() -> None:
    """A friction would be missed, or made of what is none."""
    result = logs.read(PiReader, PI)
    session = session_of(result)
    assert (session.id, session.cwd, session.title) == ("pi-1", "/home/ada/shop", "Mending")
    assert (session.prompts, session.tool_calls, session.model) == (4, 6, "claude-9")
    tokens = session.tokens
    answers = 9
    assert (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write) == (
        *(10 * answers, 5 * answers),
        *(3 * answers, answers),
    )
    assert session.cost_usd == 0.25 * answers
    assert shown(result.frictions) == [
        ("pi.exit-code", "make", "error: no rule"),
        ("pi.mid-turn-prompt", "", "only the docs"),
        ("pi.edit-error", "a.py", "Could not find the exact text in a.py"),
        ("pi.timeout", "sleep 999", "Command timed out after 10 seconds"),
        ("pi.service-error", "", "529 overloaded"),
        ("pi.aborted", "sleep 50", "the other way"),
        ("pi.compacted", "", "context compacted"),
        ("pi.rewound", "", "the other way"),
    ]
    assert result.frictions[0].seconds_lost == 6.0
    assert dict(result.unknown_types) == {"brand_new": 1}


def test_a_turn_back_to_a_prompt() -> None:
    """Turns that the user took back would not be seen where no summary is kept of them."""
    told = Entries()
    told.user(1, "mend it")
    told.assistant(2)
    told.leaf = None
    told.user(10, "otherwise")
    told.assistant(11)
    told.user(20, "go on")
    assert frictions(told) == [("pi.rewound", "", "otherwise")]


def test_a_lost_entry_is_no_turn_back() -> None:
    """A damaged line would be taken for the user's doing."""
    told = Entries()
    told.user(1, "mend it")
    told.assistant(2)
    told.user(10, "go on")
    rows = logs.lines_of(told.rows)
    rows[2] = rows[2][:40]
    reader = PiReader("/x/2026_pi-1.jsonl")
    for number, row in enumerate(rows, 1):
        reader.feed(row, number, 0)
    assert reader.result().frictions == ()


def test_a_prompt_after_a_crash_steers_nothing() -> None:
    """Going on where a crash had left off would count as a correction."""
    told = Entries()
    told.user(1, "mend it")
    told.assistant(2, ("toolu_0001", "bash", {"command": "make"}))
    told.result(4, "toolu_0001", "ok")
    told.user(30, "go on")
    assert frictions(told) == []
    told = Entries()
    told.user(1, "mend it")
    told.assistant(2, ("toolu_0001", "bash", {"command": "make"}))
    told.result(4, "toolu_0001", "ok")
    told.user(5, "not so")
    assert frictions(told) == [("pi.mid-turn-prompt", "", "not so")]


def test_a_fork_names_its_origin() -> None:
    """A session that was forked would count the work of its origin again."""
    told = Entries()
    told.rows[0]["id"] = "pi-2"
    told.rows[0]["parentSession"] = "/home/ada/.pi/agent/sessions/--x--/2026-11-02_pi-1.jsonl"
    told.user(1, "mend it")
    session = session_of(logs.read(PiReader, told.rows))
    assert (session.id, session.forked_from) == ("pi-2", "pi-1")


def test_a_session_without_a_header() -> None:
    """A log whose head is lost would have another id."""
    told = Entries()
    told.user(1, "mend it")
    reader = PiReader("/s/--x--/2026-11-02T09-00-00-000Z_pi-7.jsonl")
    for number, row in enumerate(logs.lines_of(told.rows[1:]), 1):
        reader.feed(row, number, 0)
    assert session_of(reader.result()).id == "pi-7"
