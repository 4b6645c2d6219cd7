"""Where Codex's rollouts lie, and what the sample rollouts tell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.sessions.codex_lines import feed

from hansei_sessions.index import Index
from hansei_sessions.model import FrictionKind as Kind
from hansei_sessions.readers import FORMATS
from hansei_sessions.readers.base import ReadResult
from hansei_sessions.readers.codex import CodexReader
from hansei_sessions.readers.codex_format import CODEX
from hansei_sessions.sources import Source

FIXTURES = Path(__file__).parent / "fixtures" / "codex"
DAY = Path("sessions/2026/11/02")
NAME = "rollout-2026-11-02T09-00-00-019a4300-0000-7000-8000-000000000001.jsonl"


def read_file(path: Path) -> ReadResult:
    """Return what a rollout on disk tells."""
    reader = CodexReader(str(path))
    feed(reader, path.read_bytes().splitlines())
    return reader.result()


def put(path: Path, text: str = "{}\n") -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_registered() -> None:
    """Codex's sessions would not be looked for."""
    assert [each.agent for each in FORMATS].count(CODEX.agent) == 1


def test_home_is_codex_home_or_the_default(tmp_path: Path) -> None:
    """A moved Codex home would not be found."""
    assert CODEX.roots({}, tmp_path) == (tmp_path / ".codex",)
    assert CODEX.roots({"CODEX_HOME": "/srv/codex"}, tmp_path) == (Path("/srv/codex"),)
    assert CODEX.roots({"CODEX_HOME": "~/cx"}, tmp_path) == (tmp_path / "cx",)
    assert CODEX.roots({"CODEX_HOME": " "}, tmp_path) == (tmp_path / ".codex",)


def test_rollouts_of_a_home(tmp_path: Path) -> None:
    """Archived sessions would be missing, or Codex's other files read as sessions."""
    live = put(tmp_path / DAY / NAME)
    old = put(tmp_path / "archived_sessions" / NAME.replace("11-02", "10-01"))
    put(tmp_path / "history.jsonl")
    put(tmp_path / DAY / "notes.jsonl")
    put(tmp_path / "log" / NAME)
    assert list(CODEX.logs(tmp_path)) == [live, old]


def test_folder_that_holds_rollouts_itself(tmp_path: Path) -> None:
    """A copy of some rollouts in a plain folder would look empty."""
    log = put(tmp_path / NAME)
    assert list(CODEX.logs(tmp_path)) == [log]


def test_missing_home_is_told_and_empty(tmp_path: Path) -> None:
    """A missing Codex home would stop the scan."""
    told: list[OSError] = []
    assert list(CODEX.logs(tmp_path / "none", told.append)) == []
    assert len(told) == 1


def test_compressed_rollouts_are_logs(tmp_path: Path) -> None:
    """Sessions that Codex compressed would be missing, or count beside their plain form."""
    gone = put(tmp_path / DAY / (NAME + ".zst"))
    both = put(tmp_path / DAY / NAME.replace("09-00", "10-00"))
    put(both.with_name(both.name + ".zst"))
    early = put(tmp_path / "sessions" / "rollout-2025-04-20-aa.json")
    twin = put(tmp_path / "sessions" / "rollout-2025-05-20-bb.json")
    newer = put(twin.with_suffix(".jsonl"))
    assert set(CODEX.logs(tmp_path)) == {gone, both, early, newer}
    assert set(CODEX.unread(tmp_path)) == set()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "rollout-2026-11-02T09-00-00-019a4300-0000-7000-8000-000000000001.jsonl",
            {Kind.COMMAND_FAILED: 1, Kind.EDIT_ERROR: 1, Kind.SLOW_COMMAND: 1, Kind.REJECTION: 1},
        ),
        (
            "rollout-2026-11-03T09-00-00-019a4300-0000-7000-8000-000000000002.jsonl",
            {Kind.SLOW_COMMAND: 1, Kind.COMMAND_FAILED: 1, Kind.INTERRUPTION: 1}
            | {Kind.COMPACTION: 1, Kind.REWIND: 1, Kind.DANGLING_CALL: 1},
        ),
        (
            "rollout-2026-11-02T10-00-00-01a19bb3-9500-7000-8000-000000000000.jsonl",
            {Kind.COMMAND_FAILED: 1},
        ),
        (
            "rollout-2025-06-01T10-00-00-8f0e2c1a-1111-4222-8333-444455556666.jsonl",
            {Kind.COMMAND_FAILED: 1},
        ),
    ],
)
def test_fixtures(file: str, expected: dict[Kind, int]) -> None:
    """One of the shapes of rollouts would be read wrongly as a whole."""
    result = read_file(FIXTURES / file)
    assert Counter(one.kind for one in result.frictions) == expected
    counts = result.counts
    records = len((FIXTURES / file).read_bytes().splitlines())
    assert (counts.parsed + counts.skipped, counts.malformed) == (records, 0)


def test_samples_are_read_without_loss(shared: Path) -> None:
    """A real rollout would be unreadable, or lose records or a friction found by hand."""
    logs = list(CODEX.logs(shared / "data" / "codex"))
    assert len(logs) == 14
    found: Counter[Kind] = Counter()
    sessions = 0
    for log in logs:
        result = read_file(log)
        counts = result.counts
        records = len(log.read_bytes().splitlines())
        assert (counts.parsed + counts.skipped, counts.malformed) == (records, 0)
        assert result.unknown_types == ()
        sessions += result.session is not None
        found.update(one.kind for one in result.frictions)
    assert sessions == 12
    assert found == {
        Kind.COMMAND_FAILED: 38,
        Kind.REJECTION: 13,
        Kind.INTERRUPTION: 6,
        Kind.EDIT_ERROR: 1,
    }


def test_third_party_fixtures_are_read(shared: Path) -> None:
    """Rare records of other versions would make the reader raise."""
    logs = [log for log in (shared / "data" / "fixtures").rglob("*.jsonl") if "codex" in str(log)]
    assert logs
    for log in logs:
        assert read_file(log).counts.parsed


def test_index_tells_of_a_compressed_rollout_that_is_none(tmp_path: Path) -> None:
    """A damaged archive would be missing from the index without a word."""
    gone = put(tmp_path / "codex" / DAY / (NAME + ".zst"))
    put(tmp_path / "codex" / DAY / NAME.replace("09-00", "10-00"))
    report = Index.open(None).scan([Source(CODEX, tmp_path / "codex")])
    assert [problem.path for problem in report.problems] == [str(gone)]
