"""Of each tool's failing output the line is kept first that a developer would point to."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansei_sessions.friction import key_lines
from hansei_sessions.telling import tell

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


def test_the_middle_of_a_long_output() -> None:
    """Of a long run that ends in a sum alone nobody would see why it failed."""
    passed = "".join(f"ok  \texample.com/shop/p{number}\t0.01s\n" for number in range(2_000))
    failed = "--- FAIL: TestTotal (0.00s)\n    cart_test.go:12: got 1, want 2\nFAIL\n"
    output = f"{passed}{failed}{passed}FAIL\nmake: *** [test] Error 1\n"
    assert key_lines(output).startswith("cart_test.go:12: got 1, want 2\n--- FAIL: TestTotal")


def test_no_half_secret_at_the_border_of_the_middle() -> None:
    """The part of the middle that is looked at would begin or end in half a token."""
    secret = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
    for shift in range(0, 6_100, 61):
        filler = "." * shift + secret + "\n"
        output = "ok\n" * 8_000 + filler + "error: no coupons left\n" + filler * 2 + "ok\n" * 9_000
        assert secret[:12] not in key_lines(output)


@pytest.mark.parametrize(
    "output",
    [
        "\n\n  ok  \n",
        "3 errors",
        "FAIL",
        "error: no",
        "x" * 900,
        "2026-01-01 10:00:00 a: b\n",
        " \n",
    ],
)
def test_an_output_of_one_line_is_that_line(output: str) -> None:
    """The only words of a failure would be passed over because they look like noise."""
    assert tell(output) == (
        [output.rsplit("00:00 ", maxsplit=1)[-1].strip()[:400]] if output.strip() else []
    )
