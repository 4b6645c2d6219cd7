"""Of each tool's failing output the line is kept first that a developer would point to."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansei_sessions.friction import key_lines

_OUTPUTS = (Path(__file__).parent / "fixtures" / "tool_outputs.txt").read_text(encoding="utf-8")


def _cases() -> list[tuple[str, str, str]]:
    """Return name, output and telling line: `@@ name`, `=> telling line`, the output."""
    cases = []
    for part in ("\n" + _OUTPUTS).split("\n@@ ")[1:]:
        name, telling, output = part.split("\n", 2)
        cases.append((name, output, telling.removeprefix("=> ")))
    return cases


@pytest.mark.parametrize(
    ("output", "telling"), [pytest.param(*case[1:], id=case[0]) for case in _cases()]
)
def test_the_line_that_tells_a_failure(output: str, telling: str) -> None:
    """A failure would show as `FAIL`, npm's last words, progress, a count or a line of source."""
    assert key_lines(output).split("\n")[0] == telling
