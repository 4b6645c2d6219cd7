"""Sources: fresh, whole, not twice. Retention: texts go, numbers stay. Metrics: from both."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.conftest import Cli, Clock
from tests.sessions.agent_logs import droid
from tests.sessions.claude_log import SAID, SESSION, Log

SAME = "never push without asking me first"


def claude(tmp_path: Path, log: Log, name: str = SESSION) -> Path:
    """Write a log where Claude Code keeps it."""
    folder = tmp_path / ".claude" / "projects" / "-home-dev-shop"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.jsonl"
    data = b"".join(line + b"\n" for line in log.lines)
    own = name[-2:].encode()  # or all logs would be copies of one history
    for stem in (b"00000000-0000-4000-8000-0000000000", b"toolu_", b"msg_", b"req_"):
        data = data.replace(stem, stem[:-2] + own if stem.startswith(b"0") else stem + own)
    path.write_bytes(data)
    return path


def refused(session: str = SESSION) -> Log:
    """Return a session in which the user refused a push, in words."""
    log = Log(session)
    log.prompt("publish it")
    log.fail(log.bash("git push"), SAID + SAME)
    log.say()
    return log


@pytest.fixture(autouse=True)
def march(clock: Clock) -> Clock:
    """Let it be the day after the logs were written."""
    clock.now = Log().at + timedelta(days=1)
    return clock


def findings(cli: Cli, *more: str) -> list[dict[str, Any]]:
    """Return what doctor finds."""
    result = cli("doctor", *more, "--json")
    found: list[dict[str, Any]] = json.loads(result.out)["data"]
    return found


def test_a_source_that_went_quiet_is_flagged(cli: Cli, clock: Clock, tmp_path: Path) -> None:
    """R7: an agent whose logs moved away would be missed only when its themes are wrong."""
    claude(tmp_path, refused())
    assert "fresh" in cli("sources").out
    assert not [one for one in findings(cli) if one["level"] == "warning"]
    clock.now += timedelta(days=15)
    assert "stale" in cli("sources").out
    (stale,) = (one for one in findings(cli, "sources") if one["level"] == "warning")
    assert stale["where"].endswith(".claude")
    assert "14 days" in stale["advice"]
    cli("config", "set", "freshness.agents", "claude-code=60")
    assert not [one for one in findings(cli, "sources") if one["level"] == "warning"]
    freshness = cli("sources", "--json").envelope["freshness"]
    assert {one["state"] for one in freshness.values()} == {"fresh"}
    assert 60 in {one["cadence_days"] for one in freshness.values()}


def test_a_mistake_in_the_cadence_is_named(cli: Cli, tmp_path: Path) -> None:
    """A slip in the settings would end in a traceback, or be ignored."""
    claude(tmp_path, refused())
    cli("config", "set", "freshness.agents", "claude-code")
    assert cli("sources").code == 4
    assert any("AGENT=DAYS" in one["what"] for one in findings(cli, "sources"))


def test_completeness_below_98_percent_is_a_warning(cli: Cli, tmp_path: Path) -> None:
    """R61: logs that are half lost would look like logs without trouble."""
    log = refused()
    path = claude(tmp_path, log)
    with path.open("ab") as file:
        file.write(b"no record\n" * 3)
    (poor,) = (one for one in findings(cli) if "records read" in one["what"])
    assert poor["level"] == "warning"
    percent = 100 * len(log.lines) / (len(log.lines) + 3)
    assert f"{percent:.1f} % of records read" in poor["what"]


def test_an_identical_note_of_two_sources_is_reported(cli: Cli, tmp_path: Path) -> None:
    """R11: one complaint, told by two sources, would count as two."""
    claude(tmp_path, refused())
    folder = tmp_path / ".factory" / "sessions"
    folder.mkdir(parents=True)
    rows = [
        {"type": "session_start", "id": "dr-1", "cwd": "/home/dev/shop"},
        droid(1, "user", {"type": "text", "text": "publish it"}),
    ]
    (folder / "dr-1.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    assert "same note" not in cli("doctor", "sources").out
    cli("retro", SESSION, "--slowed", SAME.upper(), "--none-because", "a test")
    (twin,) = cli("sources", "--json").envelope["same_notes"]
    assert twin["sources"] == ["claude-code", "retros"]
    assert twin["times"] == 2
    told = cli("doctor", "sources").out
    assert "claude-code, retros: the same note 2 times" in told
    assert SAME in told


def test_a_session_of_two_logs_is_reported(cli: Cli, tmp_path: Path) -> None:
    """R11: a session that a recorder copied would be told twice without a word."""
    claude(tmp_path, refused())
    history = tmp_path / "src" / "shop" / ".specstory" / "history"
    history.mkdir(parents=True)
    told = (
        f"<!-- Claude Code Session {SESSION} (2026-03-02 09:00:00Z) -->\n\n"
        "_**User (2026-03-02 09:00:00Z)**_\n\npublish it\n\n---\n\n"
        "_**Agent (claude-opus-9 2026-03-02 09:00:10Z)**_\n\nDone.\n"
    )
    (history / "2026-03-02_09-00-00Z.md").write_text(told, encoding="utf-8")
    assert len(cli("sessions", "--json").data) == 1
    sources = cli("sources", "--json").data
    assert {one["agent"] for one in sources if one["duplicates"]} == {"specstory"}
    assert any("tells the same session as" in one["what"] for one in findings(cli, "sources"))


def test_doctor_knows_its_parts(cli: Cli) -> None:
    """A typing mistake would run something else."""
    assert cli("doctor", "sorces").code == 2
    assert cli("doctor", "sources", "--fix").code == 2


def forty(tmp_path: Path) -> list[Path]:
    """Write sessions of forty days, one a day, that all fail alike."""
    paths = []
    for day in range(40):
        session = f"0f6e2a52-8f0c-4c5a-9d8e-3b6f1f6f7b{day:02d}"
        log = Log(session)
        log.at -= timedelta(days=day)
        log.prompt("run the tests please")
        output = "Exit code 1\npsycopg.OperationalError: connection to server refused"
        log.fail(log.bash("make test"), output)
        log.result(log.bash("make test"))
        paths.append(claude(tmp_path, log, session))
    return paths


def test_pruning_takes_texts_and_no_count(cli: Cli, tmp_path: Path) -> None:
    """R61: the trend of a year would go with the raw text, or text would go without a word."""
    paths = forty(tmp_path)
    before = cli("themes", "--json").data
    (theme,) = [one for one in before if one["name"].startswith("psycopg")]
    weeks = cli("metrics", "tool-errors", "--json").data["weeks"]
    assert sum(one["n"] for one in weeks) == 40
    for path in paths[20:]:
        path.unlink()
    dry = cli("prune", "--days", "20", "--dry-run", "--json").data
    assert dry["archived"]["texts"] == 20
    assert (dry["sessions"], dry["frictions"]) == (20, 20)
    refused_ = cli("prune", "--days", "20")
    assert refused_.code == 2
    assert "--yes" in refused_.err
    assert cli("prune", "--days", "20", "--dry-run", "--json").data == dry
    assert cli("prune", "--days", "20", "--yes").code == 0
    archive = tmp_path / "hansei" / "data" / "archive.sqlite"
    index = tmp_path / "hansei" / "cache" / "index.sqlite"
    assert archive.read_bytes().count(b"psycopg.OperationalError") == 20
    assert index.exists()
    after = cli("themes", "--json").data
    (again,) = [one for one in after if one["name"].startswith("psycopg")]
    for key in ("weeks", "minutes_lost", "first_seen", "last_seen", "projects"):
        assert again[key] == theme[key]
    assert len(again["sessions"]) == len(theme["sessions"]) == 40
    assert cli("metrics", "tool-errors", "--json").data["weeks"] == weeks
    assert "there is no text" in cli("prune", "--days", "20").out
    assert all(path.exists() for path in paths[:20])


def test_the_default_is_ninety_days(cli: Cli, clock: Clock, tmp_path: Path) -> None:
    """Texts would go earlier than the settings say."""
    claude(tmp_path, refused())
    assert cli("prune", "--dry-run", "--json").data["archived"]["texts"] == 0
    clock.now += timedelta(days=91)
    assert cli("prune", "--dry-run", "--json").data["archived"]["texts"] == 1
    cli("config", "set", "retention.text_days", "365")
    assert cli("prune", "--dry-run", "--json").data["archived"]["texts"] == 0


def test_an_improvements_quotes_outlive_pruning(cli: Cli, clock: Clock, tmp_path: Path) -> None:
    """The evidence of an improvement would be gone with the text it came from."""
    claude(tmp_path, refused())
    cli("themes")
    cli("retro", SESSION, "--improvement", "Ask before a push")
    before = cli("show", "1", "--json").data
    clock.now += timedelta(days=100)
    assert cli("prune", "--yes").code == 0
    assert cli("show", "1", "--json").data["evidence"] == before["evidence"]


def test_metrics_of_sessions_that_only_the_archive_knows(cli: Cli, tmp_path: Path) -> None:
    """Three months of metrics would shrink to the month that the agent keeps its logs."""
    paths = forty(tmp_path)
    cli("themes")
    for path in paths:
        path.unlink()
    (tmp_path / "hansei" / "cache" / "index.sqlite").unlink()
    weeks = cli("metrics", "tool-errors", "--json").data["weeks"]
    assert sum(one["n"] for one in weeks) == 40
    assert sum(one["total"] or 0 for one in weeks) == 40
    tests = cli("metrics", "tests-failed", "--json").data["weeks"]
    assert {(one["n"], one["mean"]) for one in tests} == {(0, None)}
    assert sum(one["unknown"] for one in tests) == 40


def test_metrics_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    """R62: a metric without unit, direction or source; a typing mistake without an answer."""
    claude(tmp_path, refused())
    listed = {one["name"]: one for one in cli("metrics", "--json").data}
    assert all(one["unit"] and one["better"] and one["source"] for one in listed.values())
    assert listed["rejections"]["current"] == 1.0
    assert listed["slow-commands"]["current"] is None
    assert cli("metrics", "rejektions").code == 3
    assert "rejections" in cli("metrics", "rejektions").err
    assert cli("metrics", "rejections", "--project", "other").out.count("–") >= 12
    assert cli("metrics", "record", "build-minutes", "12,5", "--unit", "min").code == 0
    (reading,) = cli("metrics", "build-minutes", "--json").data["readings"]
    assert reading["value"] == 12.5
    assert cli("metrics", "record", "tokens", "1").code == 2
    assert cli("undo").code == 0
    assert cli("metrics", "record", "frost", "-2,5", "--json").data["value"] == -2.5
    dashes = cli("metrics", "record", "frost", "-rf --help")
    assert (dashes.code, dashes.out) == (2, "")
    assert cli("metrics", "build-minutes").code == 3


def test_metrics_of_the_users_file(cli: Cli, tmp_path: Path) -> None:
    """R62: a metric of the user's own would not be counted, or a mistake stay unnamed."""
    claude(tmp_path, refused())
    config = tmp_path / "hansei" / "config"
    config.mkdir(parents=True, exist_ok=True)
    own = '[[metric]]\nname = "pushes-refused"\nkind = "rejection"\nsubject = "git push"\n'
    (config / "metrics.toml").write_text(own, encoding="utf-8")
    assert cli("metrics", "pushes-refused", "--json").data["current"] == 1.0
    assert any("own metrics" in one["what"] for one in findings(cli))
    (config / "metrics.toml").write_text(own + 'colour = "red"\n', encoding="utf-8")
    broken = cli("metrics")
    assert broken.code == 4
    assert "metric 1" in broken.err
    assert any("metric 1" in one["what"] for one in findings(cli) if one["level"] == "warning")


def test_cost_by_the_users_prices(cli: Cli, tmp_path: Path) -> None:
    """R62: a cost would be made up where nobody said a price."""
    claude(tmp_path, refused())
    assert cli("metrics", "cost", "--json").data["current"] is None
    cli("config", "set", "metrics.prices", "claude-opus*=1000/10000")
    assert cli("metrics", "cost", "--json").data["current"] == pytest.approx(0.206)
    cli("config", "set", "metrics.prices", "nonsense")
    assert cli("metrics").code == 4
