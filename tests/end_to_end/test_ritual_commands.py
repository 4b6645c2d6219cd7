"""The ritual by command: line by line, its answers, its reminder."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.end_to_end.conftest import Cli, Clock

from hansei_core.retro import RetroDraft
from hansei_core.verbs.retros import save_retro
from hansei_tui.cli.run import run
from hansei_tui.workspace import open_workspace

FRIDAY = datetime(2026, 11, 13, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture
def home(cli: Cli, clock: Clock, environ: dict[str, str], tmp_path: Path) -> Cli:
    """Return the command line of a user with two promises, an inbox and a retro, on a Monday."""
    clock.now = FRIDAY
    cli("add", "Pool impact:8 effort:2 hours:4")
    cli("add", "Cache impact:6 effort:3 hours:3")
    cli("add", "Unknown")
    cli("move", "1", "2", "backlog")
    cli("plan", "take", "1", "2")
    workspace = open_workspace(environ, clock, tmp_path)
    draft = RetroDraft("s-1", better="Refresh the token", none_because="no time")
    save_retro(workspace.store, draft, now=FRIDAY)
    workspace.close()
    clock.now = MONDAY
    return cli


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let these lines be typed."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_the_ritual_is_held_line_by_line(home: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a screen somebody could not hold it at all."""
    typed(
        monkeypatch,
        *("1", ""),  # keep the first promise, pass the second by
        *("1", "Renew the token impact:5 effort:2", "9", "1"),  # the retro; no such answer; accept
        *("1", "many", "1", "4 7"),  # a score that is none is asked for again
        *("e", "2", ""),  # take the exact selection, drop one of it by hand
    )
    said = home("plan", "ritual", "--plain")
    assert said.code == 0, said.err
    assert "Week 47, 2026-11-16 to 2026-11-22" in said.out
    assert "open promise, 2 to go: IMP-2026-001 Pool" in said.out
    assert "1 left for later" in said.out
    assert "Done: turn RET-001 into an improvement: IMP-2026-004" in said.out
    assert "1 to 4, please" in said.out
    assert "“many” is no score" in said.out
    assert "select done in 0 of 5 minutes" in said.out
    assert "planned; the fifth step is the week itself" in said.out
    assert "IMP-2026-002" not in [each["id"] for each in home("plan", "--json").data["items"]]
    assert home("--json").envelope["ritual_due"] is False


def test_a_break_stops_the_clock_and_keeps_the_answers(
    home: Cli, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a break, or when the terminal goes away, one would begin anew."""
    typed(monkeypatch, "1", "q")
    assert "A break" in home("plan", "review", "--plain").out
    clock.now += timedelta(hours=3)
    record = home("plan", "ritual", "--json").data
    assert record["steps"][0]["progress"] == "paused"
    assert record["steps"][0]["actual_minutes"] == 0
    assert [each["id"] for each in home("plan", "review", "--json").data["tasks"]] == [
        "IMP-2026-002"
    ]
    typed(monkeypatch)
    assert "A break" in home("plan", "review", "--plain").out


def test_a_step_says_how_to_answer(home: Cli) -> None:
    """A list without a way to answer it would lead nowhere."""
    listed = home("plan", "review")
    assert "open promise: IMP-2026-001 Pool" in listed.out
    assert "plan keep" in listed.err
    assert home("plan", "keep", "1").code == 0
    assert home("plan", "keep", "9").code == 3
    assert home("plan", "let-go", "2").code == 0
    assert home("plan", "review").err.strip() == "nothing to review"
    assert home("plan", "dismiss", "RET-001", "3").code == 0
    assert home("plan", "capture", "--json").data["left"] == 0
    assert "7 h of 8 h" in home("plan", "select").out


def test_answers_print_what_they_answered(home: Cli) -> None:
    """A script could not tell what it settled, nor whether anything is left to ask."""
    kept = home("plan", "keep", "1", "--json").envelope
    assert (kept["kind"], kept["left"]) == ("tasks", 1)
    assert [each["key"] for each in kept["data"]] == ["promise:IMP-2026-001"]
    gone = home("plan", "let-go", "2", "--json").envelope
    assert ([each["id"] for each in gone["data"]], gone["left"]) == (["IMP-2026-002"], 0)
    away = home("plan", "dismiss", "ret-001", "--json").envelope
    assert [each["question"] for each in away["data"]] == ["retro"]
    assert home("plan", "let-go", "2", "--json").envelope["data"] == []


def test_a_number_that_names_two_things_is_asked_about(home: Cli) -> None:
    """A retro would be waved away in the place of an improvement, or the other way round."""
    home("edit", "1", "Pool the connections")
    assert [each["id"] for each in home("plan", "prioritise", "--json").data["tasks"]]
    doubtful = home("plan", "dismiss", "1")
    assert doubtful.code == 2
    assert "RET-001, IMP-2026-001" in doubtful.err


def test_minutes_are_counted_and_a_break_by_command(home: Cli, clock: Clock) -> None:
    """Whoever walks the steps by command would see no minutes."""
    home("plan", "review", "--begin")
    clock.now += timedelta(minutes=12)
    home("plan", "ritual", "--break")
    clock.now += timedelta(hours=2)
    record = home("plan", "ritual", "--json").data
    assert (record["steps"][0]["actual_minutes"], record["next_step"]) == (12.0, "review")
    home("plan", "review", "--done")
    assert home("plan", "ritual", "--json").data["next_step"] == "capture"
    assert "review      15 min planned,  12.0 min so far  done" in home("plan", "ritual").out


def test_a_week_is_flagged_by_command(home: Cli) -> None:
    """A holiday would keep the full budget, or an innovation week not be told from others."""
    data = home("plan", "budget", "--week-hours", "24", "--kind", "holiday", "--json").data
    assert (data["budget_hours"], data["kind"]) == (4.8, "holiday")
    home("plan", "budget", "--hours", "20", "--kind", "inno", "--because", "ship it")
    assert "innovation week: ship it" in home("plan").out
    home("plan", "budget")
    assert home("plan", "--json").data["budget_hours"] == 8.0
    assert home("plan", "budget", "--kind", "sabbath").code == 2


def test_the_reminder_speaks_only_when_it_is_due(home: Cli, clock: Clock) -> None:
    """Cron would mail a page every Monday, held or not, and on other days."""
    assert "open promise" not in home("plan", "brief", "--if-due").out
    assert "2 still open" in home("plan", "brief", "--if-due").out
    for step in ("review", "capture", "prioritise", "select"):
        home("plan", step, "--done")
    assert home("plan", "brief", "--if-due").out == ""
    clock.now += timedelta(days=1)
    assert home("plan", "brief", "--if-due").out == ""
    line = home("plan", "reminder").out
    assert line.startswith("0 9 * * 1  ")
    assert line.endswith("plan brief --if-due\n")
    units = home("plan", "reminder", "--systemd", "--at", "8:15", "--json").data["systemd"]
    assert "OnCalendar=Mon *-*-* 08:15:00" in units["hansei-ritual.timer"]
    assert home("plan", "reminder", "--at", "noon").code == 2


def test_hansei_says_so_once(
    home: Cli,
    clock: Clock,
    environ: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a terminal every command of a Monday would repeat it, or none say it."""

    def on_terminal(*arguments: str) -> str:
        run(arguments, environ=environ, clock=clock, cwd=tmp_path, interactive=True)
        return capsys.readouterr().err

    home("list")
    assert "ritual" not in on_terminal("list", "--json")
    assert on_terminal("list").count("Monday's ritual is due: 40 minutes, review comes first") == 1
    assert "ritual" not in on_terminal("list")
    clock.now += timedelta(days=7)
    assert "ritual is due" in on_terminal("show", "1")
    clock.now += timedelta(days=1)
    assert "ritual" not in on_terminal("list")


def test_the_weeks_and_signs_are_records(home: Cli) -> None:
    """A script would have to read tables."""
    weeks = home("plan", "weeks", "--json").data
    assert (len(weeks), weeks[-2]["week"], weeks[-2]["planned_hours"]) == (12, "2026-W46", 7.0)
    envelope = json.loads(home("plan", "signs", "--json").out)
    assert (envelope["score"], len(envelope["data"])) == (1, 5)
    assert "1 of 5 signs" in home("plan", "signs").out


def test_a_secret_in_an_answer_is_pointed_out(home: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key pasted into a title would lie in the store without a word."""
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    typed(monkeypatch, "1", f"Use {secret} in the test")
    said = home("plan", "capture", "--plain")
    assert "looks like a secret" in said.err
