"""Time, as a user types it: stretches mended, another tracker taken over, the week exported."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import icalendar
import pytest
from tests.end_to_end.conftest import Cli, Clock


@pytest.fixture(autouse=True)
def backlog(cli: Cli) -> None:
    """Put two scored improvements into the backlog."""
    for title in ("Pool connections +perf cat:debt", "Write the guide +docs"):
        assert cli("add", f"{title} impact:8 effort:2").code == 0
    assert cli("move", "1", "2", "backlog").code == 0


def test_a_day_is_put_right_afterwards(cli: Cli, clock: Clock) -> None:
    """A day tracked in a hurry could not be mended from the command line, or not be undone."""
    assert cli("timer", "add", "1", "09:00", "3h", "--on", "yesterday", "--note", "x").code == 0
    assert cli("timer", "break", "T-001", "--from", "10:00", "--to", "10:30").code == 0
    assert cli("timer", "split", "T-002", "11:00", "--for", "2").code == 0
    day = f"{clock.now - timedelta(days=1):%Y-%m-%d}"
    rows = cli("timer", "log", "--week", day, "--json").data
    assert [(row["id"], row["improvement_id"][-3:], row["hours"]) for row in rows] == [
        ("T-001", "001", 1.0),
        ("T-002", "001", 0.5),
        ("T-003", "002", 1.0),
    ]
    assert cli("timer", "edit", "T-001", "--to", "09:45").code == 0
    assert cli("timer", "log", "1", "--json").data[0]["hours"] == 0.75
    assert cli("timer", "delete", "T-003").code == 0
    assert cli("undo").code == 0
    assert len(cli("timer", "log", "--week", "all", "--json").data) == 3


@pytest.mark.parametrize(
    "words",
    [
        ("add", "1", "09:00", "soon"),
        ("add", "1", "10:00", "09:00"),
        ("edit", "T-001"),
        ("break",),
        ("break", "--minutes", "5"),
        ("break", "--from", "09:00", "--to", "10:00", "--minutes", "5"),
        ("import", "t.json", "--map", "x"),
        ("resume",),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    cli: Cli, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A wrong word would end in a traceback or change time in silence."""
    (tmp_path / "t.json").write_text("[]")
    result = cli("timer", *words)
    assert result.code == 2
    assert result.err.startswith("hansei: ")
    assert cli("timer", "log", "--week", "all", "--json").data == []


def test_another_tracker_is_taken_over_once(cli: Cli, tmp_path: Path) -> None:
    """Two years of tracked time would have to be typed, or come twice."""
    rows = [
        {"id": 2, "start": "20261102T090000Z", "end": "20261102T100000Z", "tags": ["IMP-1"]},
        {"id": 1, "start": "20261103T090000Z", "end": "20261103T100000Z", "tags": ["guide"]},
    ]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    dry = cli("timer", "import", "t.json", "--dry-run", "--json").data
    assert (dry["found"], dry["imported"], dry["unassigned"]) == (2, 0, {"guide": 1})
    assert cli("timer", "log", "--week", "all", "--json").data == []
    done = cli("timer", "import", "t.json", "--map", "guide=2", "--json").data
    assert (done["imported"], done["known"], done["unassigned"]) == (2, 0, {})
    again = cli("timer", "import", "t.json", "--map", "guide=2", "--json").data
    assert (again["imported"], again["known"]) == (0, 2)


def test_a_week_becomes_a_calendar_and_a_page(cli: Cli, tmp_path: Path) -> None:
    """A second export would double every block, or overwrite a file unasked."""
    assert cli("plan", "take", "1", "2").code == 0
    assert cli("plan", "export", "-o", "week.ics").code == 0
    data = (tmp_path / "week.ics").read_bytes()
    blocks = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert [str(each["SUMMARY"]) for each in blocks] == ["Pool connections", "Write the guide"]
    assert cli("plan", "export", "-o", "week.ics").code == 2
    assert cli("plan", "export", "-o", "week.ics", "--force").code == 0
    assert (tmp_path / "week.ics").read_bytes() == data
    assert "- [ ] IMP-2026-001 Pool connections (0 h of 2 h" in cli("plan", "export").out
    for bad in (("--format", "pdf"), ("--format", "ical", "--days", "x")):
        assert cli("plan", "export", *bad).code == 2
    assert cli("plan", "export", "--format", "ical", "--from", "25:00").code == 2


def test_shares_stand_beside_what_was_wanted(cli: Cli) -> None:
    """One could not see that all time went into one kind of work."""
    assert cli("config", "set", "week.buckets", "debt 20 cat:debt").code == 0
    assert cli("timer", "add", "1", "00:00", "1h", "--on", "1d").code == 0
    assert cli("timer", "add", "2", "02:00", "3h", "--on", "1d").code == 0
    debt, rest = cli("plan", "buckets", "--last", "2", "--json").data
    assert (debt["share"], debt["target"]) == (0.25, 0.2)
    assert (rest["name"], rest["share"]) == ("other", 0.75)


@pytest.mark.usefixtures("samples")
def test_tokens_of_sessions_count_for_what_was_worked_on(cli: Cli, clock: Clock) -> None:
    """The cost of an improvement would be invented, or unknown be shown as nothing."""
    newest = cli("sessions", "--limit", "1", "--json").data[0]
    start = clock.now.fromisoformat(newest["started_at"]) - timedelta(minutes=1)
    end = clock.now.fromisoformat(newest["last_at"])
    assert cli("timer", "add", "1", start.isoformat(), end.isoformat()).code == 0
    week = f"{start:%Y-%m-%d}"
    rows = cli("plan", "spending", "--week", week, "--json").data
    (row,) = [each for each in rows if each["sessions"]]
    assert row["improvement_id"] == "IMP-2026-001"
    assert row["tokens"] > 0
    assert row["cost_usd"] is None
