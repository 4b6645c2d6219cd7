"""Very many ids in little memory: the same answers as a set, and the same after a restart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions.claude_log import Log

from hansei_sessions.readers import claude_code, many_ids
from hansei_sessions.readers.claude_code import ClaudeCodeReader
from hansei_sessions.readers.many_ids import ManyIds


@given(st.lists(st.text(max_size=6), max_size=60), st.lists(st.text(max_size=6), max_size=60))
@settings(max_examples=200, deadline=None)
def test_it_holds_what_a_set_holds(first: list[str], then: list[str]) -> None:
    """A row would be counted twice, or one that is new be passed over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many_ids, "_LEAST", 2)
        ids = ManyIds()
        ids.update(first)
        again = ManyIds(ids.packed())
        again.update(then)
        known = {*first, *then}
        assert len(again) == len(known)
        assert all(one in again for one in known)
        assert all((one in ids) is (one in set(first)) for one in then)


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_a_log_with_very_many_rows_tells_the_same(
    monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    """Rows that a resumed session wrote again would count twice in a long log."""
    log = Log()
    for number in range(40):
        log.prompt(f"prompt {number}")
        log.fail(log.bash(f"make {number}"), "Exit code 2\nerror: no rule")
    lines = [line + b"\n" for line in [*log.lines, *log.lines[:50]]]
    plain = ClaudeCodeReader("/logs/a.jsonl")
    plain.feed_block(b"".join(lines), 1, 0)
    monkeypatch.setattr(claude_code, "_RECENT_IDS", 5)
    reader, size = ClaudeCodeReader("/logs/a.jsonl"), -(-len(lines) // pieces)
    number, offset = 1, 0
    for at in range(0, len(lines), size):
        block = b"".join(lines[at : at + size])
        number = reader.feed_block(block, number, offset)
        offset += len(block)
        saved = reader.save()
        assert reader.save() == saved
        reader = ClaudeCodeReader.restore("/logs/a.jsonl", saved)
    assert reader.result() == plain.result()
    assert reader.result().counts.skipped == 50
