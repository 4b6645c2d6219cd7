"""Very many ids in little memory: the same answers as a set, and the same after a restart."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions.claude_log import STOP, Log

from hansei_sessions.errors import LogFormatError
from hansei_sessions.readers import claude_aside, many_ids
from hansei_sessions.readers.claude_aside import NUL, RECENT
from hansei_sessions.readers.claude_code import ClaudeCodeReader
from hansei_sessions.readers.many_ids import ManyIds


@given(st.lists(st.text(max_size=6), max_size=60), st.lists(st.text(max_size=6), max_size=60))
@settings(max_examples=200, deadline=None)
def test_it_holds_what_a_set_holds(first: list[str], then: list[str]) -> None:
    """A row would be counted twice, or one that is new be passed over."""
    ids = ManyIds()
    ids.update(first)
    again = ManyIds(ids.packed())
    again.update(then)
    known = {*first, *then}
    assert len(again) == len(known)
    assert all(one in again for one in known)
    assert all((one in ids) is (one in set(first)) for one in then)


@given(st.sets(st.text(min_size=1), max_size=40))
@settings(max_examples=50, deadline=None)
def test_ids_that_share_a_place_are_told_apart(ids: set[str]) -> None:
    """An id would be taken for one that its neighbours' hashes happen to spell together."""
    one, *others = [hashlib.blake2b(text.encode(), digest_size=6).digest() for text in ids | {"a"}]
    place = b"".join((one, *others))
    assert all(many_ids._holds(place, each) for each in (one, *others))
    shifted = {place[at : at + 6] for at in range(len(place) - 5) if at % 6}
    assert not any(many_ids._holds(place, each) for each in shifted - {one, *others})


@pytest.mark.parametrize(
    "packed", [b"x", bytes(262_144) + b"123456", b"\xff" * 300_000], ids=["cut", "more", "less"]
)
def test_damaged_ids_are_refused(packed: bytes) -> None:
    """A state that was cut off would make every row of a log look new."""
    with pytest.raises(ValueError, match="ids"):
        ManyIds(packed)


LOG = Log()
"""With calls that fail, prompts, queued ones, rejections, edits over and over, and copied rows."""
for _number in range(40):
    LOG.prompt(f"prompt {_number}")
    LOG.fail(LOG.bash(f"make {_number}"), "Exit code 2\nerror: no rule")
    LOG.result(LOG.call("Edit", {"file_path": f"/w/{_number % 2}.py"}))
    LOG.result(LOG.bash("make"))
    if _number % 5 == 4:
        LOG.fail(LOG.bash(f"rm {_number}"), STOP)
        LOG.prompt(f"rather not {_number}")
LINES = [line + b"\n" for line in [*LOG.lines, *LOG.lines[:50]]]
PLAIN = ClaudeCodeReader("/logs/a.jsonl")
PLAIN.feed_block(b"".join(LINES), 1, 0)


@pytest.mark.parametrize("pieces", [1, 2, 7, 60])
@pytest.mark.parametrize("least", ["rows", "calls", "prompts", "frictions", None])
def test_a_log_with_very_many_rows_tells_the_same(
    monkeypatch: pytest.MonkeyPatch, pieces: int, least: str | None
) -> None:
    """Of a long log rows would count twice, and prompts, calls or frictions be lost."""
    monkeypatch.setattr(claude_aside, "_MAY_CHANGE", 4)
    for name in RECENT if least is None else (least,):
        monkeypatch.setitem(RECENT, name, 5)
    reader, size = ClaudeCodeReader("/logs/a.jsonl"), -(-len(LINES) // pieces)
    number, offset = 1, 0
    for at in range(0, len(LINES), size):
        block = b"".join(LINES[at : at + size])
        number = reader.feed_block(block, number, offset)
        offset += len(block)
        saved = reader.save()
        assert reader.save() == saved
        reader = ClaudeCodeReader.restore("/logs/a.jsonl", saved)
    assert reader.result() == PLAIN.result()
    assert reader.texts() == PLAIN.texts()
    assert reader.marks() == PLAIN.marks()
    assert reader.history_ids() == PLAIN.history_ids()
    assert reader.result().counts.skipped == 50


def test_what_was_set_aside_holds_nothing_raw(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret would be kept packed, where nobody sees it."""
    log = Log()
    secret = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    for number in range(40):
        log.prompt(f"prompt {number}")
        log.fail(log.bash(f"push {secret} {number}"), f"Exit code 2\nerror: {secret} was refused")
    monkeypatch.setattr(claude_aside, "_MAY_CHANGE", 4)
    monkeypatch.setitem(RECENT, "frictions", 5)
    reader = ClaudeCodeReader("/logs/a.jsonl")
    for number, line in enumerate(log.lines, 1):
        reader.feed_block(line + b"\n", number, 0)
    state = json.loads(reader.save().partition(NUL)[0])
    pieces = state["older_found"]["pieces"]
    assert len(pieces) > 1
    assert all(b"ghp_" not in zlib.decompress(base64.b64decode(one)) for one in pieces)


@pytest.mark.parametrize("field", ["older_tools", "older_marks", "older_found", ""])
def test_a_damaged_part_of_a_state_is_told(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    """The log would fail at every scan instead of being read again."""
    for name in RECENT:
        monkeypatch.setitem(RECENT, name, 5)
    monkeypatch.setattr(claude_aside, "_MAY_CHANGE", 4)
    reader = ClaudeCodeReader("/logs/a.jsonl")
    for number, line in enumerate(LINES, 1):
        reader.feed_block(line, number, 0)
    text, nul, ids = reader.save().partition(NUL)
    state = json.loads(text)
    assert state["older_found"]["count"] > 0
    if field:
        state[field] = {"pieces": [base64.b64encode(b"not packed").decode()], "count": 3}
    else:
        ids = ids[:-1]
    with pytest.raises(LogFormatError, match="damaged"):
        ClaudeCodeReader.restore("/logs/a.jsonl", json.dumps(state).encode() + nul + ids)
