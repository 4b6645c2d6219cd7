"""Whole logs: a hand-made one with known damage, a generated corpus, and real samples."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from hansei_sessions.model import FrictionKind, Tokens
from hansei_sessions.readers.base import ReadResult
from hansei_sessions.readers.claude_code import ClaudeCodeFormat, ClaudeCodeReader
from hansei_sessions.readers.lines import Lines

FIXTURES = Path(__file__).parent / "fixtures" / "claude"
CLAUDE = ClaudeCodeFormat("claude-code", ClaudeCodeReader)

TOOL_FAILURES = {
    FrictionKind.COMMAND_FAILED,
    FrictionKind.EDIT_ERROR,
    FrictionKind.TOOL_ERROR,
    FrictionKind.PERMISSION_DENIED,
}


def read(path: Path) -> tuple[ReadResult, Lines, int]:
    """Read a log; return its result, the lines' state and how many lines there were."""
    reader = ClaudeCodeReader(str(path))
    fed = 0
    with path.open("rb", buffering=0) as handle:
        lines = Lines(handle, path.stat().st_size)
        for line, number, offset in lines:
            reader.feed(line, number, offset)
            fed += 1
    return reader.result(), lines, fed


def count_records(path: Path) -> int:
    """Count the JSON values of a log the slow, plain way."""
    decoder, count = json.JSONDecoder(), 0
    for line in path.read_text(encoding="utf-8").split("\n"):
        rest = line.strip()
        while rest:
            _, end = decoder.raw_decode(rest)
            rest = rest[end:].lstrip()
            count += 1
    return count


def test_a_hand_made_log_gives_what_it_was_made_for() -> None:
    """Any change of the reader's output would go unnoticed."""
    (path,) = CLAUDE.logs(FIXTURES)
    result, lines, _ = read(path)
    assert lines.pending
    assert result.session is not None
    session = result.session
    assert session.title == "Coupons in the basket total"
    assert (session.prompts, session.tool_calls) == (4, 9)
    assert session.tokens == Tokens(37, 290, 900, 60)
    counts = session.counts
    assert (counts.parsed, counts.skipped, counts.malformed) == (40, 2, 2)
    found = [
        (one.kind.value, one.subject, one.text.splitlines()[0], one.seconds_lost, one.count)
        for one in result.frictions
    ]
    assert found == [
        (
            "tool-error",
            "/home/dev/shop/src/cart.py",
            "File does not exist. Did you mean basket.py?",
            4.0,
            1,
        ),
        (
            "edit-error",
            "/home/dev/shop/src/coupon.py",
            "File has not been read yet. Read it first before writing to it.",
            57.0,
            1,
        ),
        (
            "command-failed",
            "uv run pytest tests/test_basket.py 2>&1 | tail -5",
            "assert 1200 == 1000",
            13.0,
            1,
        ),
        (
            "command-failed",
            "uv run pytest tests/test_basket.py",
            "assert 1200 == 1000",
            24.0,
            1,
        ),
        ("correction", "", "coupons are stored in cents, not euros", None, 1),
        ("slow-command", "make test", "ran 92 s: make test", 92.0, 1),
        (
            "rejection",
            "git commit -am 'Take coupons off the total'",
            "do not commit, I want to see the diff first",
            None,
            1,
        ),
        ("rejection", "", "not with sed, use the language server", None, 2),
        ("api-error", "", "API error 529 Overloaded", 7.0, 2),
        ("compaction", "", "context compacted automatically at 155,301 tokens", 59.0, 1),
        ("dangling-call", "make deploy", "ended during Bash: make deploy", None, 1),
    ]


def test_planted_trouble_is_found_exactly(shared: Path, tmp_path: Path) -> None:
    """Errors, rejections or interruptions would be missed, invented or counted twice."""
    generator = shared / "tools" / "gen_corpus.py"
    command = [sys.executable, str(generator), "--home", str(tmp_path)]
    command += ["--sessions", "60", "--mb", "8"]
    subprocess.run(command, check=True, capture_output=True)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    seen = set()
    for path in CLAUDE.logs(tmp_path / ".claude"):
        result, _, _ = read(path)
        session = result.session
        assert session is not None
        if session.parent_id:
            assert session.parent_id in truth
            continue
        planted = truth[session.id]
        found = Counter[str]()
        for one in result.frictions:
            if one.kind in TOOL_FAILURES:
                found["tool_errors"] += 1
            elif one.kind is FrictionKind.REJECTION:
                found["rejections"] += 1
                found["interruptions"] += one.count - 1
            elif one.kind is FrictionKind.INTERRUPTION:
                found["interruptions"] += one.count
            elif one.kind is FrictionKind.COMPACTION:
                found["compactions"] += 1
            elif one.kind is FrictionKind.API_ERROR:
                found["api_errors"] += one.count
        names = ("tool_errors", "rejections", "interruptions", "compactions", "api_errors")
        assert {name: found[name] for name in names} == {name: planted[name] for name in names}
        assert session.tool_calls == planted["tool_uses"]
        assert session.project == planted["project"]
        seen.add(session.id)
    assert seen == set(truth)


def test_real_samples_are_read_without_loss(shared: Path) -> None:
    """A session would be missing, or records would be lost silently."""
    folder = shared / "data" / "claude-code"
    logs = list(CLAUDE.logs(folder))
    assert len(logs) == len(list(folder.iterdir()))
    for path in logs:
        result, lines, _ = read(path)
        assert result.session is not None, path.name
        assert result.session.id == path.stem
        assert not lines.pending
        counts = result.counts
        assert counts.parsed + counts.skipped == count_records(path)
        assert counts.malformed == 0
        assert result.unknown_types == ()
        ids = [one.id for one in result.frictions]
        assert len(ids) == len(set(ids))


def test_fixtures_of_other_projects_are_survived(shared: Path) -> None:
    """Old versions, rare records and other agents' files would end the scan."""
    logs = list(CLAUDE.logs(shared / "data"))
    assert len(logs) > 100
    for path in logs:
        result, _, fed = read(path)
        counts = result.counts
        assert counts.parsed + counts.skipped + counts.malformed >= fed
