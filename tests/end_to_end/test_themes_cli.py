"""`hansei themes` over the sample sessions: split, export, map, bands, and the same bytes again."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.conftest import Cli

pytestmark = pytest.mark.usefixtures("samples")


def by_name(cli: Cli, part: str) -> Any:
    """Return the JSON of the theme whose name holds these words."""
    found = [each for each in cli("themes", "--json").data if part in each["name"]]
    assert len(found) == 1, part
    return found[0]


def test_the_samples_are_named_by_what_was_wrong(cli: Cli) -> None:
    """The key line was lost ("pytest failed"), or two words with a gap stood for a sentence."""
    names = {each["name"] for each in cli("themes", "--json").data}
    assert any(name.startswith("psycopg.OperationalError: connection to server") for name in names)
    assert "do not edit the generated client, change the schema" in names
    assert "Command timed out after 2m 0.0s" in names
    assert not {name for name in names if name.endswith((" …", "after", "in"))}


def test_split_moves_the_texts_that_hold_the_words(cli: Cli) -> None:
    """What two problems share one theme could not be taken apart on the command line."""
    theme = by_name(cli, "apply_patch")
    made = cli("themes", "split", theme["id"], "--like", "upload.go", "--name", "Upload", "--json")
    new = cli("themes", "show", made.data["id"], "--json").data
    old = cli("themes", "show", theme["id"], "--json").data
    assert new["name"] == "Upload"
    assert [each["text"][-9:] for each in new["evidence"]] == ["upload.go"]
    assert len(old["evidence"]) == len(theme["evidence"]) - 1
    assert cli("undo").code == 0
    assert len(by_name(cli, "apply_patch")["evidence"]) == len(theme["evidence"])


def test_split_takes_ids(cli: Cli) -> None:
    """Texts that no word tells apart could not be told apart."""
    theme = by_name(cli, "apply_patch")
    ids = sorted(each["id"] for each in theme["evidence"])[:2]
    shown = cli("themes", "split", theme["id"], "--documents", ",".join(ids))
    new = cli("themes", "show", shown.out.split()[0], "--json").data
    assert sorted(each["id"] for each in new["evidence"]) == ids


def test_what_was_moved_stays_moved_when_the_logs_are_gone(
    cli: Cli, samples: Path, tmp_path: Path
) -> None:
    """A text would fall back into the theme that the user took it out of, months later."""
    theme = by_name(cli, "apply_patch")
    split, away, *_ = sorted(each["id"] for each in theme["evidence"])
    shown = cli("themes", "split", theme["id"], "--documents", split)
    other = by_name(cli, "Command timed out")
    assert cli("themes", "move", away, other["id"]).code == 0
    shutil.rmtree(samples / ".codex")
    shutil.rmtree(tmp_path / "hansei" / "cache")
    homes = {
        each["id"]: name
        for name in (theme["id"], other["id"], shown.out.split()[0])
        for each in cli("themes", "show", name, "--json").data["evidence"]
    }
    assert (homes[split], homes[away]) == (shown.out.split()[0], other["id"])


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 2, "which texts?"),
        (("--like", "x", "--documents", "y"), 2, "which texts?"),
        (("--documents", "nothing:1"), 3, "there is no text nothing:1"),
        (("--like", "zeppelin"), 3, "no text of"),
        (("--like", "expected lines"), 2, "that is all of"),
    ],
)
def test_split_refuses_what_it_cannot_do(
    cli: Cli, options: tuple[str, ...], code: int, words: str
) -> None:
    """A typing mistake would empty a theme or make one of nothing."""
    theme = by_name(cli, "apply_patch")
    found = cli("themes", "split", theme["id"], *options)
    assert (found.code, words in found.err) == (code, True)
    assert len(by_name(cli, "apply_patch")["evidence"]) == len(theme["evidence"])


def test_export_writes_every_theme_and_replaces_nothing(cli: Cli, tmp_path: Path) -> None:
    """A file of the user's would be overwritten, or a table would lack what the list shows."""
    target = tmp_path / "themes.csv"
    assert cli("themes", "export", "--format", "csv", "-o", "themes.csv").code == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"), newline="")))
    listed = cli("themes", "--json").data
    assert [(row["id"], row["name"]) for row in rows] == [(t["id"], t["name"]) for t in listed]
    assert b"\r\n" in target.read_bytes()
    target.write_text("mine")
    refused = cli("themes", "export", "-o", "themes.csv")
    assert (refused.code, target.read_text()) == (2, "mine")
    assert cli("themes", "export", "-o", "themes.csv", "--force").code == 0
    assert target.read_text("utf-8").startswith("# Themes\n")
    assert not list(tmp_path.glob(".hansei-*"))
    assert cli("themes", "export", "-o", "hansei").code == 2
    assert cli("themes", "export", "-o", "no/such/folder.md").code not in {0, 1}
    assert cli("themes", "export", "--format", "pdf").code == 2


def test_the_map_counts_what_the_list_counts(cli: Cli) -> None:
    """Two pictures of the same weeks would tell different numbers."""
    listed = {each["id"]: each for each in cli("themes", "--json").data}
    week = cli("themes", "map", "--json").data
    for theme, hits in zip(week["rows"], week["sessions"], strict=True):
        assert [hit for hit in hits if hit] == [n for _, n in listed[theme]["weeks"] if n]
    project = cli("themes", "map", "--by", "project", "--json").data
    for theme, hits in zip(project["rows"], project["sessions"], strict=True):
        seen = {(each["project"], each["session_id"]) for each in listed[theme]["evidence"]}
        counts = Counter(name for name, _ in seen)
        assert hits == [counts[name] for name in project["columns"]]
    text = cli("themes", "map", "--by", "project").out.splitlines()
    first = dict(zip(text[0].split(), text[1].split(), strict=False))
    assert first["tidewater"] == str(project["sessions"][0][project["columns"].index("tidewater")])
    assert cli("themes", "map", "--by", "moon").code == 2


def test_show_words_associations_as_associations(cli: Cli) -> None:
    """Where a theme occurs would be taken for why."""
    theme = by_name(cli, "apply_patch")
    shown = cli("themes", "show", theme["id"]).out
    assert "associated with agent codex" in shown
    assert "cause" not in shown
    data = cli("themes", "show", theme["id"], "--json").data
    assert data["associations"][0]["together"] == len(data["sessions"])
    assert data["series"]["n"] >= 4
    assert "n = " in data["series"]["wording"]


def test_bands_say_when_there_is_too_little(cli: Cli) -> None:
    """Five weeks would be taken for a baseline."""
    assert {each["label"] for each in cli("themes", "bands", "--json").data} == {"not enough data"}
    assert "frictions" in cli("themes", "bands").out


_RUN = """
import sys
from datetime import datetime
from pathlib import Path
from hansei_tui.cli.run import run
environ = dict(item.split("=", 1) for item in sys.argv[2:])
now = datetime.fromisoformat(sys.argv[1])
sys.exit(run(("themes", "--json"), environ=environ, clock=lambda: now, cwd=Path(environ["HOME"]),
             interactive=False))
"""


def test_two_processes_print_the_same_bytes(
    environ: dict[str, str], clock: Any, tmp_path: Path
) -> None:
    """Names, order or numbers would depend on the order of sets in one process."""
    printed = []
    for seed in ("1", "2"):
        own = {**environ, "HANSEI_HOME": str(tmp_path / f"hansei{seed}")}
        found = subprocess.run(
            [
                sys.executable,
                "-c",
                _RUN,
                clock().isoformat(),
                *(f"{k}={v}" for k, v in own.items()),
            ],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        printed.append(found.stdout)
    assert printed[0] == printed[1]
    assert len(printed[0]) > 1000


def test_arriving_sessions_and_a_deleted_index_change_no_id_and_no_name(
    cli: Cli, environ: dict[str, str], tmp_path: Path
) -> None:
    """Links and notes would point to other themes after a few days, or after a lost index."""
    logs = sorted(
        path for folder in (".claude", ".codex") for path in (tmp_path / folder).rglob("*.jsonl")
    )
    aside = tmp_path / "aside"
    aside.mkdir()
    for number, path in enumerate(logs):
        path.rename(aside / str(number))
    known: dict[str, str] = {}
    for drip in range(20):
        for number in range(len(logs) * drip // 20, len(logs) * (drip + 1) // 20):
            (aside / str(number)).rename(logs[number])
        if drip % 7 == 6:
            index = list(Path(environ["HANSEI_HOME"]).rglob("index.sqlite*"))
            assert index
            for path in index:
                path.unlink()
        names = {each["id"]: each["name"] for each in cli("themes", "--json").data}
        assert names.items() >= known.items()
        known = names
    assert len(known) >= 5


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("kind:zork", 2, "possible are"),
        ("projekt:x", 2, "did you mean project:"),
        ("(x", 2, "closed"),
    ],
)
def test_a_wrong_filter_is_refused_with_what_is_allowed(
    cli: Cli, text: str, code: int, words: str
) -> None:
    """A typing mistake would list everything, or nothing."""
    for command in ((), ("map",), ("once",), ("bands",), ("export",)):
        found = cli("themes", *command, "--filter", text)
        assert (found.code, words in found.err) == (code, True)


def test_a_filter_counts_only_what_it_names(cli: Cli) -> None:
    """Numbers of a filtered list would be those of everything."""
    listed = cli("themes", "--filter", "agent:codex", "--json").data
    assert listed
    assert {agent for each in listed for agent in each["agents"]} == {"codex"}
    spoken = cli("themes", "--filter", "kind:rejection,correction", "--json").data
    kinds = {each["kind"] for theme in spoken for each in theme["evidence"]}
    assert kinds <= {"rejection", "correction"}
    week = cli("themes", "map", "--filter", "agent:codex", "--json").data
    assert week["rows"] == [each["id"] for each in listed]


def test_proposals_go_to_the_inbox_and_are_not_made_twice(cli: Cli) -> None:
    """R68: proposals are drafts with evidence and suggested scores; hansei accepts none itself."""
    first = cli("themes", "--propose", "--most", "2", "--json").data
    assert len(first) == 2
    for item in first:
        assert item["stage"] == "inbox"
        assert set(item["suggested"]) == {"impact", "effort"}
        assert item["evidence"]
        names = {each["name"] for each in cli("themes", "--json").data}
        assert item["title"] not in names
    again = cli("themes", "--propose", "--most", "9", "--json").data
    assert not {item["theme_id"] for item in again} & {item["theme_id"] for item in first}
    assert cli("themes", "--propose", "--json").data == []
    assert cli("undo").code == 0
    assert len(cli("list", "--json").data) == len(first)


def test_a_rule_is_printed_as_a_diff_and_no_file_is_made(cli: Cli, tmp_path: Path) -> None:
    """R71: the change is shown; the files of the user stay as they are."""
    before = {path for path in tmp_path.rglob("*") if "hansei" not in path.parts}
    theme = by_name(cli, "do not edit the generated client")
    shown = cli("themes", "rule", theme["id"])
    assert shown.out.startswith("--- /dev/null")
    assert "+- Do not edit the generated client, change the schema." in shown.out
    assert "nothing was changed" in shown.err
    data = cli("themes", "rule", theme["id"], "--file", "AGENTS.md", "--json").data
    assert (data["file"], data["rule"]["is_whole"], data["exists"]) == ("AGENTS.md", True, False)
    assert cli("themes", "rule", theme["id"], "--file", "notes.md").code == 2
    assert before == {path for path in tmp_path.rglob("*") if "hansei" not in path.parts}


def test_the_dial_is_told_before_it_is_turned(cli: Cli) -> None:
    """Themes would be cut otherwise without a word, or could not be cut back."""
    names = {each["id"]: each["name"] for each in cli("themes", "--json").data}
    told = cli("themes", "dial", "0.6")
    assert "stay as they are" in told.out
    assert "nothing was changed" in told.err
    assert cli("themes", "dial", "--json").data["before"] == 1.0
    assert cli("themes", "dial", "0.6", "--yes").code == 0
    assert cli("themes", "dial", "--json").data["before"] == 0.6
    after = {each["id"]: each["name"] for each in cli("themes", "--json").data}
    assert after.items() >= names.items()
    assert cli("undo").code == 0
    assert cli("themes", "dial", "--json").data["before"] == 1.0
    for wrong in ("9", "coarse"):
        assert cli("themes", "dial", wrong).code == 2


def test_what_was_seen_once_can_be_put_into_a_theme(cli: Cli) -> None:
    """Paraphrases could never be brought together."""
    theme = by_name(cli, "apply_patch")
    thing = cli("themes", "once", "--json").data[0]
    moved = thing["documents"][0]["id"]
    assert cli("themes", "move", moved, theme["id"]).code == 0
    shown = cli("themes", "show", theme["id"], "--json").data
    assert moved in {each["id"] for each in shown["evidence"]}
    assert moved not in {
        each["id"] for one in cli("themes", "once", "--json").data for each in one["documents"]
    }
    assert cli("themes", "move", moved, "none").code == 0
    assert cli("themes", "move", "no:such", theme["id"]).code == 3


def test_an_improvement_is_linked_with_the_evidence_of_its_theme(cli: Cli) -> None:
    """R5: the same trouble would be counted in two places, or not at all."""
    added = cli("add", "Patch", "with", "more", "lines", "--json").data
    name = (added[0] if isinstance(added, list) else added)["id"]
    theme = by_name(cli, "apply_patch")
    linked = cli("themes", "link", theme["id"], name, "--json").data
    assert linked["theme_id"] == theme["id"]
    assert set(linked["sessions"]) == set(theme["sessions"])
    assert linked["seen"] > 1
    assert cli("undo").code == 0
    assert cli("show", name, "--json").data["theme_id"] == ""
    assert cli("themes", "link", theme["id"], "IMP-2026-999").code == 3


def test_a_text_is_moved_by_the_id_that_the_list_shows(cli: Cli) -> None:
    """The list would show ids of sixty characters, or short ones that no command takes."""
    thing = cli("themes", "once", "--json").data[0]
    row = cli("themes", "once").out.splitlines()[1]
    shown = next(word for word in row.split() if "…" in word)
    assert len(shown) < 20
    assert cli("themes", "move", shown.replace("…", ".."), "THM-1").code == 0
    left = {each["id"] for each in cli("themes", "once", "--json").data}
    assert thing["id"] not in left
    assert cli("themes", "move", "nothing..here", "THM-1").code == 3
