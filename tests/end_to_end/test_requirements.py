"""The requirements of the loop, row by row, as they are watched on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.end_to_end.conftest import Cli, Clock

from hansei_core.retro import RetroDraft
from hansei_core.verbs.drafts import keep_draft, read_draft
from hansei_tui.demo.script import Edit, Prompt, Run, Say, Script
from hansei_tui.demo.writers import write_log
from hansei_tui.workspace import open_workspace

ROOT = Path(__file__).resolve().parent.parent.parent

CATEGORIES = ("performance", "quality", "developer experience", "technical debt", "feature")
SOURCES_EXAMPLES = ("One impact:8 effort:2", "Two impact:6 effort:3", "Three impact:4 effort:9")
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def newest(cli: Cli) -> str:
    """Return the id of the newest session that a person sat before."""
    found: str = cli("retro", "--last", "--show", "--json").envelope["session"]["id"]
    return found


def ids(cli: Cli, *words: str) -> list[str]:
    """Return the ids that a filter lets through, in the order of the list."""
    return [item["id"] for item in cli("list", *words, "--json").data]


def test_r1_a_retro_keeps_session_answers_and_time(cli: Cli, samples: Path, clock: Clock) -> None:
    """R1: one retro with session id, three answers and time stamp, pre-filled by the session."""
    session = newest(cli)
    shown = cli("retro", session, "--show")
    questions = ("What slowed us down?", "What broke?", "What could be better?")
    assert all(question in shown.out for question in questions)
    prefilled = cli("retro", session, "--show", "--json").data
    assert any(prefilled[name] for name in ("slowed", "broke", "better"))
    saved = cli(
        "retro",
        session[:8],
        *("--slowed", "the database", "--broke", "the hook", "--better", "a fixture"),
        *("--improvement", "Start the database in a fixture", "--json"),
    ).data["retro"]
    assert saved["session_id"] == session
    assert (saved["slowed"], saved["broke"], saved["better"]) == (
        "the database",
        "the hook",
        "a fixture",
    )
    assert datetime.fromisoformat(saved["at"]) == clock.now


def test_r1_a_draft_outlives_its_process(
    cli: Cli, samples: Path, clock: Clock, environ: dict[str, str], tmp_path: Path
) -> None:
    """R1: what the screen had saved of a retro before it was killed is pre-filled again."""
    session = newest(cli)
    workspace = open_workspace(environ, clock, tmp_path)
    keep_draft(workspace.drafts, RetroDraft(session, slowed="half a sent"), now=clock.now)
    # nothing is closed: the process is gone
    assert cli("retro", session, "--show", "--json").data["slowed"] == "half a sent"
    cli("retro", session, "--none-because", "enough")
    assert read_draft(workspace.drafts, session) is None


def test_r2_one_to_three_improvements(cli: Cli, samples: Path) -> None:
    """R2: four need --force, none needs a reason, and a refusal (usage) writes nothing."""
    four = [word for number in range(4) for word in ("--improvement", f"Wish number {number}")]
    refused = cli("retro", "--last", *four)
    assert (refused.code, refused.out) == (2, "")
    assert "one to three" in refused.err
    assert "--force" in refused.err
    none = cli("retro", "--last", "--slowed", "nothing")
    assert none.code == 2
    assert "--none-because" in none.err
    assert ids(cli) == []
    assert cli("history", "--json").data == []
    assert cli("retro", "--last", "--none-because", "all went well").code == 0
    assert cli("retro", "--last", *four, "--force").code == 0
    assert len(ids(cli)) == 4


def test_r4_categories_are_five(cli: Cli) -> None:
    """R4: a category filters exactly, an alias works, an unknown one is refused with all names."""
    for name in ("perf", "quality", "dx", "debt", "feature"):
        assert cli("add", f"About {name} cat:{name}").code == 0
    assert ids(cli, "category:debt") == ["IMP-2026-004"]
    assert cli("list", "category:debt", "--json").data[0]["category"] == "debt"
    for command in (("list", "cat:speedy"), ("add", "Wrong cat:speedy")):
        refused = cli(*command)
        assert refused.code == 2
        assert all(name in refused.err for name in CATEGORIES), refused.err
    assert len(ids(cli)) == 5


def test_r5_a_repeat_is_offered_and_counted(cli: Cli, samples: Path) -> None:
    """R5: a near-duplicate is named, accepting it raises `seen` and lists both sessions."""
    first, second = (each["id"] for each in cli("sessions", "--json").data[:2])
    cli("retro", first, "-i", "Start the database container in a test fixture")
    offered = cli("add", "Start database container in test fixture")
    assert "IMP-2026-001" in offered.err
    assert "same as" in offered.err
    assert cli("undo").code == 0
    assert cli("retro", second, "--same-as", "IMP-2026-001").code == 0
    (item,) = cli("list", "--json").data
    assert (item["seen"], item["sessions"]) == (2, [first, second])


def test_r6_the_last_ten_sessions_show_what_was_planted(cli: Cli, samples: Path) -> None:
    """R6: a problem planted in some of ten sessions is a theme of exactly those sessions."""
    sessions = cli("sessions", "--no-headless", "--json").data[:10]
    planted = [
        each["id"]
        for each in sessions
        if any("not been read yet" in friction["text"] for friction in each["frictions"])
    ]
    assert len(planted) >= 4
    themes = cli("themes", "--last", "10", "--json").data
    texts = {theme["id"]: [each["text"] for each in theme["evidence"]] for theme in themes}
    found = [
        theme
        for theme in themes
        if all("not been read yet" in text for text in texts[theme["id"]] if text)
    ]
    assert [sorted(theme["sessions"]) for theme in found] == [sorted(planted)]


def test_r9_the_same_input_gives_the_same_bytes(cli: Cli, samples: Path, tmp_path: Path) -> None:
    """R9: a second run, and a second installation, print byte-identical themes."""
    first = cli("themes", "--json").out
    assert cli("themes", "--json").out == first
    for file in (tmp_path / "hansei").rglob("*"):
        if file.is_file():
            file.unlink()
    assert cli("themes", "--json").out == first


def test_r9_windows_change_the_counts(cli: Cli, samples: Path, clock: Clock) -> None:
    """R9: each window shows exactly the evidence that lies in it."""
    everything = cli("themes", "--json").data
    for days in (7, 30, 90):
        begin = clock.now - timedelta(days=days)
        for theme in cli("themes", "--window", str(days), "--json").data:
            whole = next(each for each in everything if each["id"] == theme["id"])
            inside = [
                each["id"]
                for each in whole["evidence"]
                if datetime.fromisoformat(each["at"]) >= begin
            ]
            assert sorted(each["id"] for each in theme["evidence"]) == sorted(inside)
    assert len(cli("themes", "--window", "7", "--json").data) < len(everything)


def sighting(number: int, project: str, at: datetime) -> Script:
    """Return a session in which the same trouble happens once."""
    output = "wget: unable to resolve host address artifacts.lan"
    steps = (
        Prompt("Fetch the artifacts and unpack them"),
        Run("make fetch-artifacts", output, exit_code=4, seconds=30),
        Say("The host cannot be resolved, so I take the cached copy."),
        Edit("Makefile"),
        Prompt("Fine, now clean up"),
        Say("Done."),
    )
    return Script("claude-code", project, at, number, steps)


@pytest.mark.parametrize(
    ("sightings", "is_theme"),
    [
        ([("orchard", 0), ("orchard", 1)], False),
        ([("orchard", 0), ("orchard", 1), ("orchard", 2)], True),
        ([("orchard", 0), ("orchard", 7)], True),
        ([("orchard", 0), ("lantern", 1)], True),
        ([("orchard", 5), ("orchard", 6)], False),
        ([("orchard", 6), ("orchard", 7)], True),
    ],
    ids=("two", "three sessions", "two weeks", "two projects", "Sa and Su", "Su and Mo"),
)
def test_r14_one_off_or_pattern(
    cli: Cli, tmp_path: Path, sightings: list[tuple[str, int]], is_theme: bool
) -> None:
    """R14: two sightings in one week and project stay one-off; one more of any makes a theme."""
    begin = datetime(2026, 11, 2, 10, tzinfo=UTC)  # a Monday
    for number, (project, day) in enumerate(sightings):
        write_log(sighting(900 + number, project, begin + timedelta(days=day)), tmp_path)
    shown = cli("themes", "--json").envelope
    assert len(shown["data"]) == int(is_theme)
    assert bool(shown["seen_once"]["groups"]) is not is_theme
    for theme in shown["data"]:
        assert len(theme["sessions"]) == len(sightings)


def test_r25_impact_is_one_to_ten(cli: Cli) -> None:
    """R25: 0, 11 and words are refused naming 1–10, a reason for the impact is kept."""
    cli("add", "Save time impact:5")
    for bad in ("0", "11", "high", "7.5", "-1"):
        for command in (("score", "1", f"--impact={bad}"), ("add", f"Bad impact:{bad}")):
            refused = cli(*command)
            assert refused.code == 2, command
            assert "1–10" in refused.err, command
    assert cli("score", "1", "--impact", "10", "--reason", "saves 25 s per run").code == 0
    item = cli("show", "1", "--json").data
    assert (item["impact"], item["impact_reason"]) == (10, "saves 25 s per run")
    assert len(ids(cli)) == 1


def test_r26_hours_follow_effort_until_they_are_set(cli: Cli) -> None:
    """R26: the default hours come from the table, and setting hours leaves the score alone."""
    table = (1, 2, 3, 5, 8, 12, 20, 40, 80, 160)
    for effort in range(1, 11):
        cli("add", f"Effort {effort} effort:{effort}")
    items = cli("list", "--sort", "id", "--json").data
    assert [item["hours"] for item in items] == list(table)
    cli("score", "2", "--hours", "5")
    item = cli("show", "2", "--json").data
    assert (item["effort"], item["hours"]) == (2, 5.0)
    cli("score", "2", "--effort", "3")
    assert cli("show", "2", "--json").data["hours"] == 5.0


def test_r27_r28_priority_and_label(cli: Cli, tmp_path: Path) -> None:
    """R27, R28: the source's three examples; 70 is high, 69 medium, 40 medium, 39 low."""
    for line in SOURCES_EXAMPLES:
        cli("add", line)
    assert [item["priority"] for item in cli("list", "--json").data] == [72, 48, 8]
    stored = [path.read_text() for path in (tmp_path / "hansei" / "data").glob("*.json*")]
    assert not any('"priority"' in text for text in stored)
    for impact in range(1, 11):
        for effort in range(1, 11):
            cli("add", f"Pair {impact} and {effort} impact:{impact} effort:{effort}")
    for item in cli("list", "--json").data:
        priority = item["impact"] * (11 - item["effort"])
        label = "high" if priority >= 70 else "medium" if priority >= 40 else "low"
        assert (item["priority"], item["label"]) == (priority, label)


def test_r29_nine_cells_hold_each_scored_item_once(cli: Cli) -> None:
    """R29: the cells of the open, scored items are disjoint and complete; 4/9 don't, 6/3 next."""
    for line in SOURCES_EXAMPLES:
        cli("add", line)
    for impact in (1, 4, 5, 7, 8, 10):
        for effort in (1, 4, 5, 7, 8, 10):
            cli("add", f"Cell {impact} {effort} impact:{impact} effort:{effort}")
    cli("add", "Not scored yet impact:9")
    words = ("dofirst", "donext", "consider", "defer", "quickwin", "dont")
    held = [name for word in words for name in ids(cli, f"cell:{word}")]
    assert sorted(held) == sorted(ids(cli, "is:scored"))
    assert len(held) == len(set(held)) == 39
    assert ids(cli, "is:unscored") == ["IMP-2026-040"]
    cells = {item["id"]: item["cell"] for item in cli("list", "--json").data}
    assert cells["IMP-2026-002"] == "do next"
    assert cells["IMP-2026-003"] == "don't"
    cli("config", "set", "scores.low_to", "3")
    assert cli("show", "3", "--json").data["cell"] != "don't"


def test_r36_an_id_is_never_used_again(cli: Cli) -> None:
    """R36: ids count on within the year whatever was undone, trashed or restored."""
    for title in ("One", "Two", "Three"):
        cli("add", title)
    cli("undo")
    cli("trash", "2")
    name = cli("backup").out.strip()
    cli("add", "Four")
    cli("restore", name)
    assert cli("add", "Five").out.strip() == "IMP-2026-005"
    assert ids(cli) == ["IMP-2026-001", "IMP-2026-005"]


def test_r37_add_sets_fields_and_prints_the_id(cli: Cli) -> None:
    """R37: inline attributes set five fields; stdout is the id alone."""
    added = cli("add", "Pool +perf impact:8 effort:2 hours:2 cat:perf")
    assert (added.code, added.out) == (0, "IMP-2026-001\n")
    item = cli("show", "IMP-2026-001", "--json").data
    fields = ("title", "tags", "impact", "effort", "hours", "category")
    assert [item[name] for name in fields] == ["Pool", ["perf"], 8, 2, 2.0, "perf"]


def test_r37_a_mistyped_attribute_is_pointed_out(cli: Cli) -> None:
    """R37: a slip in an attribute's name would end in the title without a word."""
    said = cli("add", "Pool imact:8")
    assert said.code == 0
    assert "impact:" in said.err
    assert cli("add", "See http://example.org or note: this").err == ""


def test_r38_an_unknown_id_is_not_found(cli: Cli) -> None:
    """R38: every verb ends with 3 for an id that is not there, and writes nothing."""
    cli("add", "Only one")
    before = cli("history", "--json").out
    for command in (
        ("show", "99"),
        ("edit", "99", "new title"),
        ("move", "99", "backlog"),
        ("note", "IMP-2026-777", "x"),
        ("score", "1", "99", "--impact", "3"),
        ("trash", "99"),
        ("plan", "take", "99"),
        ("timer", "start", "99"),
    ):
        refused = cli(*command)
        assert (refused.code, refused.out) == (3, ""), command
        assert ("IMP-2026-777" if "IMP-2026-777" in command else "99") in refused.err
    assert cli("history", "--json").out == before


def test_r40_a_filter_is_sorted_limited_and_machine_readable(cli: Cli, clock: Clock) -> None:
    """R40: one grammar for stage, numbers, tags and the week of completion, also with --json."""
    cli("add", "Old code +core cat:debt impact:5 effort:5")
    cli("add", "Slow page +web cat:perf impact:9 effort:1")
    cli("add", "Third one +web impact:2 effort:9")
    for stage in ("backlog", "analysis", "planning", "implementation", "validation", "done"):
        assert cli("move", "2", stage).code == 0
    clock.now += timedelta(days=7)
    assert ids(cli) == ["IMP-2026-001", "IMP-2026-003"]
    assert ids(cli, "is:done", "done:<14d") == ["IMP-2026-002"]
    assert ids(cli, "is:done", "done:<3d") == []
    assert ids(cli, "+web or cat:debt", "--all") == [f"IMP-2026-00{n}" for n in (2, 1, 3)]
    assert ids(cli, "not +web") == ["IMP-2026-001"]
    assert ids(cli, "pri:<=30", "--sort", "id") == ["IMP-2026-001", "IMP-2026-003"]
    plain = cli("list", "--limit", "1")
    assert "IMP-2026-001" in plain.out
    assert "the first 1 shown, --limit 0 shows all" in plain.err


def test_r47_monday_is_said_once(cli: Cli, clock: Clock) -> None:
    """R47: on a Monday without the ritual `hansei` says so in one line, and --json tells it."""
    clock.now = MONDAY - timedelta(days=1)
    assert cli("--json").envelope["ritual_due"] is False
    assert "ritual" not in cli().out
    clock.now = MONDAY
    assert cli("--json").envelope["ritual_due"] is True
    assert cli("--json").envelope["opens"] == "planner"
    said = cli()
    assert (said.out + said.err).count("ritual") == 1
    assert cli("plan", "--json").data["ritual_due"] is True
    assert cli("plan", "--json").data["week"] == "2026-W47"


def test_r51_the_budget_holds_unless_overridden_on_record(cli: Cli) -> None:
    """R51: hours above the budget are refused; an override keeps its reason."""
    for title in ("First", "Second", "Third"):
        cli("add", f"{title} impact:5 effort:5 hours:3.5")
    assert cli("plan", "take", "1", "2").code == 0
    refused = cli("plan", "take", "3")
    assert refused.code == 2
    assert cli("plan", "hours", "2", "6").code == 2
    plan = cli("plan", "--json").data
    assert (plan["taken_hours"], plan["free_hours"]) == (7.0, 1.0)
    assert cli("plan", "take", "3", "--force", "--because", "innovation week").code == 0
    plan = cli("plan", "--json").data
    assert (plan["taken_hours"], plan["over_budget_reason"]) == (10.5, "innovation week")
    cli("undo")
    assert cli("plan", "--json").data["taken_hours"] == 7.0


def test_r54_the_budget_is_a_share_of_the_weeks_hours(cli: Cli) -> None:
    """R54: 40 h give 8, a holiday week of 32 h gives 6.4, other weeks keep theirs."""
    assert cli("plan", "--json").data["budget_hours"] == 8.0
    cli("plan", "budget", "--week-hours", "32")
    assert cli("plan", "--json").data["budget_hours"] == 6.4
    assert cli("plan", "--week", "next", "--json").data["budget_hours"] == 8.0
    cli("config", "set", "week.share", "10")
    assert cli("plan", "--week", "next", "--json").data["budget_hours"] == 4.0


def best_by_hand(items: list[dict[str, Any]], budget: float, most: int) -> int:
    """Return the largest sum of priorities of at most so many items within the budget."""
    return max(
        sum(int(item["priority"]) for item in chosen)
        for size in range(most + 1)
        for chosen in combinations(items, size)
        if sum(item["hours"] for item in chosen) <= budget
    )


SCORES = st.tuples(st.integers(1, 10), st.integers(1, 10), st.integers(1, 20))


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(SCORES, min_size=12, max_size=12))
def test_r55_twelve_items_are_selected_as_by_brute_force(
    cli: Cli, tmp_path: Path, scores: list[tuple[int, int, int]]
) -> None:
    """R55: of twelve improvements the plan takes the set that trying all 4,096 finds best."""
    for file in (tmp_path / "hansei").rglob("*"):
        if file.is_file():
            file.unlink()
    for number, (impact, effort, quarters) in enumerate(scores):
        hours = quarters / 4
        cli("add", f"Item {number} impact:{impact} effort:{effort} hours:{hours:g}")
    cli("move", *(str(number) for number in range(1, 13)), "backlog")
    items = cli("list", "--json").data
    assert len(items) == 12
    proposal = cli("plan", "propose", "--json").data
    chosen = [choice["id"] for choice in proposal["choices"]]
    by_id = {item["id"]: item for item in items}
    hours = sum(by_id[name]["hours"] for name in chosen)
    assert len(chosen) <= 5
    assert hours == proposal["hours"] <= 8.0
    assert sum(by_id[name]["priority"] for name in chosen) == best_by_hand(items, 8.0, 5)
    assert cli("plan", "propose", "--json").data == proposal


def test_every_listing_speaks_json(cli: Cli, samples: Path) -> None:
    """R40: each listing and verb gives one versioned envelope on stdout, and nothing else."""
    cli("add", "One impact:3 effort:3")
    for command in (
        ("status",),
        ("sessions",),
        ("sources",),
        ("themes",),
        ("list",),
        ("show", "1"),
        ("edit", "1", "+tag"),
        ("score", "1", "--impact", "4"),
        ("move", "1", "backlog"),
        ("note", "1", "a word"),
        ("plan",),
        ("plan", "propose"),
        ("plan", "take", "1"),
        ("plan", "pin", "1"),
        ("plan", "hours", "1", "2"),
        ("plan", "budget", "--hours", "7"),
        ("plan", "drop", "1"),
        ("timer",),
        ("timer", "start", "1"),
        ("timer", "stop"),
        ("trash", "1"),
        ("undo",),
        ("redo",),
        ("history",),
        ("config", "show"),
        ("config", "path"),
        ("paths",),
        ("doctor",),
        ("backup",),
    ):
        result = cli(*command, "--json")
        assert result.code == 0, (command, result.err)
        envelope = json.loads(result.out)
        assert envelope["version"] == 1, command
        assert {"kind", "data"} <= set(envelope), command


def test_r10_a_hundred_adds_at_once_leave_a_hundred(environ: dict[str, str]) -> None:
    """R10: text captured from several shells at the same moment would be lost or share an id."""
    code = (
        "import sys\n"
        "from hansei_tui.cli.run import run\n"
        "for number in range(25):\n"
        "    assert run(['add', f'Thought {number} of {sys.argv[1]}']) == 0\n"
    )
    search = os.pathsep.join(str(ROOT / floor) for floor in ("core", "sessions", "tui"))
    shells = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(shell)],
            env={**environ, "PYTHONPATH": search},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for shell in range(4)
    ]
    ids = [line for shell in shells for line in shell.communicate(timeout=120)[0].split()]
    assert [shell.returncode for shell in shells] == [0, 0, 0, 0]
    assert sorted(ids) == [f"IMP-{ids[0][4:8]}-{number:03d}" for number in range(1, 101)]
