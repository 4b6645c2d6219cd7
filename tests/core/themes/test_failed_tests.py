"""Which test has failed, as the reporters of many languages say it."""

from __future__ import annotations

import pytest
from tests.core.themes.theme_texts import NOW, document, learn

from hansei_core.themes.failed_tests import failed_test, said_with_it
from hansei_core.themes.masking import key_line
from hansei_core.themes.model import Family
from hansei_core.themes.sources import document_of
from hansei_core.themes.threshold import calibrated
from hansei_core.themes.tokens import words
from hansei_sessions.model import Evidence, Friction, FrictionKind, Session


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("--- FAIL: TestPay/twice (0.03s)", "TestPay"),
        ("    --- FAIL: TestPay_Refund (0.00s)", "TestPay_Refund"),
        ("FAILED tests/unit/test_pay.py::TestCart::test_sum[3-4] - KeyError: 'a'",
         "test_pay.py::TestCart::test_sum"),
        ("ERROR tests/test_pay.py::test_setup", "test_pay.py::test_setup"),
        ("FAIL: test_sum (shop.tests.CartTest)", "test_sum (shop.tests.CartTest)"),
        ("ERROR: test_sum (shop.tests.CartTest)", "test_sum (shop.tests.CartTest)"),
        ("test cart::tests::adds_up ... FAILED", "cart::tests::adds_up"),
        ("---- cart::tests::adds_up stdout ----", "cart::tests::adds_up"),
        ("not ok 3 - adds two prices # time=2ms", "adds two prices"),
        (" FAIL  src/cart/sum.test.ts > cart > adds 12ms", "sum.test.ts > cart > adds"),
        ("CartTest > adds() FAILED", "CartTest > adds()"),
        ("  ● cart › adds two prices", "cart › adds two prices"),
        ("● adds two prices", "adds two prices"),
        ("✖ adds two prices (4.1ms)", "adds two prices"),
        ("  Failed Shop.CartTests.Adds [12 ms]", "Shop.CartTests.Adds"),
        ("Test Case '-[ShopTests.Cart testSum]' failed (0.1 seconds).",
         "-[ShopTests.Cart testSum]"),
        ("12/40 Test #12: cart_sum ................***Failed    0.02 sec", "cart_sum"),
        ("rspec ./spec/cart_spec.rb:12 # Cart adds two prices", "Cart adds two prices"),
    ],
)  # fmt: skip
def test_a_failed_test_is_known_by_its_name(line: str, name: str) -> None:
    """A test that fails again would not be found again, or would take its cases for others."""
    assert failed_test(line) == name


@pytest.mark.parametrize(
    "line",
    [
        "FAIL",
        "FAIL\texample.org/shop/cart\t0.231s",
        "FAILED (failures=2)",
        "ERROR: Not on a feature branch",
        "ERROR: testing took too long",
        "✖ 3 problems (3 errors, 0 warnings)",
        "● Console",
        "Failed to push some refs",
        "Tests failed: 3",
        "undefined: parse",
        "a > b",
        "",
    ],
)
def test_what_names_no_test_is_no_failed_test(line: str) -> None:
    """Totals and other errors would be counted as tests of that name."""
    assert failed_test(line) == ""


def test_the_summary_of_pytest_says_a_cause() -> None:
    """A missing module would be as many problems as there are tests that import it."""
    line = "FAILED tests/test_pay.py::test_sum - ModuleNotFoundError: No module named 'yaml'"
    assert said_with_it(line) == "ModuleNotFoundError: No module named 'yaml'"
    assert said_with_it("FAILED tests/test_pay.py::test_sum") == ""


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("--- FAIL: TestPay (0.03s)\n    pay_test.go:12: got 1, want 2\nFAIL",
         "--- FAIL: TestPay (0.03s)"),
        ("pay.go:3:4: undefined: sum\n--- FAIL: TestPay (0.03s)", "pay.go:3:4: undefined: sum"),
        ("AssertionError: 1 != 2\nFAILED tests/test_pay.py::test_sum",
         "FAILED tests/test_pay.py::test_sum"),
        ("KeyError: 'a'\nFAILED tests/test_pay.py::test_sum", "KeyError: 'a'"),
    ],
)  # fmt: skip
def test_an_assertion_speaks_by_its_test_and_an_error_for_itself(output: str, line: str) -> None:
    """Two numbers that differ would be a problem of their own, and a cause would not be seen."""
    assert key_line(output) == line


def _told(output: str) -> tuple[str, Family]:
    session = Session("s1", "claude-code", "/logs/s1.jsonl", "shop", "/work/shop")
    kind, evidence = FrictionKind.COMMAND_FAILED, Evidence("/x", 1)
    made = document_of(Friction("s1:1", "s1", kind, "rule", NOW, output, evidence), session)
    return made.text, made.family


def test_failed_tests_are_compared_by_name_only() -> None:
    """Tests of one feature that fail for different reasons would be one problem."""
    assert _told("--- FAIL: TestPay/twice (0.03s)\nFAIL") == ("TestPay failed", Family.TEST)
    assert _told("FAILED tests/t.py::test_a - AssertionError: 1")[1] is Family.TEST
    assert _told("FAILED tests/t.py::test_a - OSError: gone") == ("OSError: gone", Family.COMMAND)
    names = ("TestShadowBranch_Dismiss", "TestShadowBranch_Continue", "TestShadowBranch_Reset")
    texts = [
        document(number, f"{name} failed", family=Family.TEST)
        for number, name in enumerate(3 * names)
    ]
    assert sorted(theme.name for theme in learn(texts).born) == sorted(
        f"{name} failed" for name in names
    )
    assert not calibrated(Family.TEST)


def test_a_windows_line_end_is_no_missing_command() -> None:
    """Scripts with Windows line ends would be told as programs that are not installed."""
    shells = (
        "$'\\r': command not found",
        "‘bash\\r’: No such file or directory",
        "/bin/sh^M: bad interpreter: No such file or directory",
    )
    assert {tuple(words(each)) for each in shells} == {tuple(words("carriage return"))}
    assert len(words("rg: command not found")) == 4


def test_a_place_and_the_name_at_the_end_do_not_tell_findings_apart() -> None:
    """Each undefined name would be a problem that was seen once."""
    assert words("shop/cart.go:‹n›:‹n›: undefined: parsePrice") == words("undefined:")
    assert words("‹path›:‹n›:‹n›: declared and not used: total (typecheck)") == words(
        "declared and not used: (typecheck)"
    )
    assert words("undefined: parsePrice") != words("undefined:")
