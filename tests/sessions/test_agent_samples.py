"""The samples of other projects and real logs: all is read, and the sums are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansei_sessions.index import Index
from hansei_sessions.readers import FORMATS
from hansei_sessions.sources import Source

STAGE = "fixtures/jazzyalex__agent-sessions/Resources/Fixtures/stage0/agents"
KENN = "fixtures/kenn-io__agentsview/internal/parser/testdata"
SAMPLES = [
    # agent, folder, sessions, prompts, tool calls, frictions, logs that cannot be read
    ("gemini-cli", "gemini-cli", 3, 4, 12, 0, 0),
    ("gemini-cli", f"{STAGE}/gemini", 3, 4, 3, 1, 1),
    ("gemini-cli", f"{KENN}/gemini", 4, 5, 3, 0, 0),
    ("copilot-cli", "copilot-cli", 1, 2, 108, 3, 0),
    ("copilot-cli", f"{STAGE}/copilot", 4, 6, 6, 5, 0),
    ("qwen-code", f"{STAGE}/qwen", 6, 6, 3, 2, 0),
    ("droid", f"{STAGE}/droid", 6, 7, 5, 3, 0),
    ("cursor", f"{STAGE}/cursor", 5, 7, 5, 0, 0),
    ("opencode", f"{STAGE}/opencode/storage_v2", 2, 3, 2, 3, 0),
    ("pi", f"{KENN}/pi", 1, 2, 1, 1, 0),
    ("aider", f"{KENN}/aider", 2, 3, 3, 0, 0),
    ("cline", "cline", 1, 5, 11, 0, 0),
    ("swe-agent", "swe-agent", 12, 0, 123, 8, 0),
    ("specstory", "specstory", 27, 153, 1627, 67, 0),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample[0]}-{sample[1][-12:]}")
def test_samples(shared: Path, sample: tuple[str, str, int, int, int, int, int]) -> None:
    """A change in a reader would lose sessions, prompts or trouble that it found before."""
    agent, folder, *expected = sample
    form = next(one for one in FORMATS if one.agent == agent)
    index = Index.open(None)
    report = index.scan([Source(form, shared / "data" / folder)])
    totals = index.totals()
    found = [
        totals.sessions,
        sum(one.prompts for one in totals.agents),
        sum(one.tool_calls for one in totals.agents),
        totals.frictions,
        len(report.problems),
    ]
    assert found == expected
    assert not any("failed on it" in one.reason for one in report.problems)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.agent)
def test_no_reader_breaks_on_another_agents_logs(shared: Path, form: object) -> None:
    """A log of one agent under another's folder would stop a scan."""
    (one,) = [each for each in FORMATS if each is form]
    index = Index.open(None)
    report = index.scan([Source(one, shared / "data" / "fixtures")])
    assert not any("failed on it" in problem.reason for problem in report.problems)
