"""`hansei measure`: numbers by hand, compared and listed."""

from __future__ import annotations

from tests.end_to_end.conftest import Cli


def test_before_and_after_are_compared(cli: Cli) -> None:
    """A number by hand would not say what changed (0.5 to 0.075 percent is −85 %)."""
    cli("add", "Fewer errors")
    said = cli("measure", "1", "error rate", "--before", "0.5", "--unit", "percent")
    assert said.out == "error rate 0.5 → ? percent\n"
    found = cli("measure", "1", "error rate", "--after", "0.075", "--target", "0.1", "--json").data
    assert (found["change_percent"], found["meets_target"]) == (-85.0, True)
    assert "error rate 0.5 → 0.075 percent (−85 %), target 0.1 met" in cli("measure").out
    assert cli("measure", "1", "--json").data == [found]
    assert "measured: error rate" in cli("show", "1").out


def test_what_cannot_be_measured_is_refused(cli: Cli) -> None:
    """An unknown improvement, or a metric without a number, would be stored as proof."""
    cli("add", "x")
    assert cli("measure", "7", "rate", "--after", "1").code == 3
    assert cli("measure", "1", "rate").code == 2
    assert "nothing is measured yet" in cli("measure").err


def test_r84_a_fourth_metric_is_refused(cli: Cli) -> None:
    """R84: adding a fourth metric is refused with the reason, and a metric can be dropped."""
    cli("add", "Fewer errors")
    cli("measure", "1", "build", "--before", "30", "--after", "12", "--target", "-50%")
    cli("measure", "1", "cost", "--before", "3", "--after", "3.2", "--target", "+10%")
    cli("measure", "1", "tests", "--before", "100", "--after", "90", "--target=-5%")
    shown = cli("measure", "1").out
    assert "target −50 % (15) met" in shown
    assert "limit +10 % (3.3) kept" in shown
    assert "limit −5 % (95) broken" in shown
    refused = cli("measure", "1", "mood", "--before", "3")
    assert refused.code == 2
    assert "a primary one and two guard-rails" in refused.err
    assert cli("measure", "1", "tests", "--drop").code == 0
    assert cli("measure", "1", "mood", "--before", "3").code == 0
    assert cli("measure", "1", "nothing", "--drop").code == 3
    roles = {each["metric"]: each["guard"] for each in cli("measure", "--json").data}
    assert roles == {"build": False, "cost": True, "mood": True}
