"""What an import does to a backlog: nothing twice, nothing silently, everything undone at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hansei_core.errors import UsageError
from hansei_core.exchange.formats import BY_NAME, detect, read_text, write_text
from hansei_core.exchange.matching import Verdict
from hansei_core.exchange.rows import MAX_PARTS, Facts, check_fields
from hansei_core.improvement import Improvement
from hansei_core.retro import ImprovementDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.tables import IMPROVEMENTS
from hansei_core.verbs import improvements as verbs
from hansei_core.verbs.edit import edit
from hansei_core.verbs.imports import Imported, conflict_lines, import_rows, plan_of
from hansei_core.verbs.records import load_improvements, read_improvement
from hansei_core.vocabulary import Stage

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    """Return a store with two improvements."""
    store = MemoryStore()
    verbs.add(store, ImprovementDraft("Pool the connections", impact=8, effort=2), now=NOW)
    verbs.add(store, ImprovementDraft("Start the database"), now=NOW)
    return store


def take(store: MemoryStore, *tickets: dict[str, Any], **how: bool) -> Imported:
    parsed = read_text(BY_NAME["json"], json.dumps(list(tickets)), NOW)
    return import_rows(store, parsed, now=NOW, name="file.json", **how).value


def get(store: MemoryStore, number: int) -> Improvement:
    return read_improvement(store, f"IMP-2026-{number:03d}")


def test_a_new_record_needs_only_a_title(store: MemoryStore) -> None:
    """Whoever writes a ticket by hand knows little more at first."""
    done = take(store, {"title": "Cache", "effort": 3, "owner": "Ann", "category": "performance"})
    item = get(store, 3)
    assert done.created == (item.id,)
    assert (item.hours, item.owner, item.stage, item.source) == (3.0, "Ann", Stage.INBOX, "import")
    assert item.history[-1].text == "imported from file.json"


def test_what_is_there_already_changes_nothing(store: MemoryStore) -> None:
    """Importing a file twice would fill the backlog with twins."""
    before = store.seq
    tickets: tuple[dict[str, Any], ...] = (
        {"id": "IMP-2026-001", "title": "Pool the connections", "impact": 8},
        {"title": "pool THE connections"},
        {"title": "Start the database", "hours": None, "tags": []},
    )
    for ticket in tickets:
        done = take(store, ticket)
        assert (len(done.same), done.created, done.conflicts) == (1, (), ()), ticket
    assert store.seq == before


def test_a_reason_that_is_new_is_a_difference(store: MemoryStore) -> None:
    """What the file adds to a title that is known must not be passed over."""
    for line, expected in (("Start the database (it is slow)", 1), ("Start the database", 0)):
        parsed = read_text(BY_NAME["markdown"], f"- [ ] {line}\n", NOW)
        done = import_rows(store, parsed, now=NOW, name="file.md").value
        assert len(done.conflicts) == expected
    verbs.add(store, ImprovementDraft("Cache (all of it)"), now=NOW)
    parsed = read_text(BY_NAME["markdown"], "- [ ] Cache (all of it)\n", NOW)
    assert import_rows(store, parsed, now=NOW, name="file.md").value.same == ("IMP-2026-003",)


def test_a_conflict_is_shown_and_not_written(store: MemoryStore) -> None:
    """A file must never win silently."""
    ticket = {"id": "IMP-2026-001", "title": "Pool the connections", "impact": 9, "effort": 2}
    done = take(store, ticket, {"title": "New"})
    assert [each.field for each in done.conflicts[0].differences] == ["impact"]
    assert conflict_lines(done.conflicts[0])[1] == "  impact: here 8; in the file 9"
    assert get(store, 1).impact == 8
    assert get(store, 3).title == "New"


def test_an_update_takes_what_differs_and_one_undo_takes_it_back(store: MemoryStore) -> None:
    """However many rows, it is one change; what the file does not say stays."""
    edit(store, ["1"], {"current_state": "slow"}, now=NOW)
    before = {item.id: item for item in load_improvements(store).items.values()}
    ticket = {"id": "IMP-2026-001", "title": "Pool them", "effort": 4, "status": "in progress"}
    done = take(store, ticket, {"title": "New"}, update=True)
    item = get(store, 1)
    assert (done.updated, len(done.created)) == (("IMP-2026-001",), 1)
    assert (item.title, item.effort, item.hours) == ("Pool them", 4, 5.0)
    assert (item.stage, item.current_state, item.impact) == (Stage.IMPLEMENTATION, "slow", 8)
    assert item.history[-1].text == "updated from file.json: title, effort, stage"
    store.undo(now=NOW)
    assert load_improvements(store).items == before


def test_an_id_is_kept_if_it_is_free_and_never_given_out_again(store: MemoryStore) -> None:
    """A number that came in by a file must not be given to something else later."""
    done = take(store, {"id": "IMP-2026-050", "title": "From afar"}, {"title": "Next"})
    assert done.created == ("IMP-2026-050", "IMP-2026-051")
    assert verbs.add(store, ImprovementDraft("Later"), now=NOW).value.id == "IMP-2026-052"
    store.undo(now=NOW)
    assert verbs.add(store, ImprovementDraft("Later still"), now=NOW).value.id == "IMP-2026-053"


def test_an_id_of_another_title_is_a_conflict_or_a_new_one(store: MemoryStore) -> None:
    """Two machines give the same number to different things."""
    ticket = {"id": "IMP-2026-002", "title": "Something else"}
    assert take(store, ticket).conflicts[0].improvement_id == "IMP-2026-002"
    done = take(store, ticket, as_new=True)
    assert done.created == ("IMP-2026-003",)
    assert get(store, 3).foreign_ids == ("IMP-2026-002",)
    assert take(store, ticket, as_new=True).created == ()


def test_bad_records_are_counted_with_their_place(store: MemoryStore) -> None:
    """One bad record never stops a run, and is never dropped silently."""
    done = take(
        store,
        {"title": "Good"},
        {"title": "Bad", "impact": 11},
        {"impact": 3},
        {"title": "Bad", "hours": "soon"},
        {"title": "Bad", "history": [{}] * (MAX_PARTS + 1)},
        {"title": "Bad", "due": "tomorrow"},
        {"title": "Bad", "stage": "nowhere"},
        {"title": "Bad", "created_at": "0001-01-01"},
        {"title": ["a", "list"]},
        {"id": "IMP-2026-090", "title": "One"},
        {"id": "IMP-2026-090", "title": "Two"},
    )
    assert len(done.created) == 2
    assert [each.line for each in done.bad] == [2, 3, 4, 5, 6, 7, 8, 9, 11]
    assert "1–10" in done.bad[0].reason
    assert "no title" in done.bad[1].reason
    assert "in 10 already" in done.bad[-1].reason


def test_outside_text_is_cleaned_and_redacted(store: MemoryStore) -> None:
    """A file is as hostile as a log."""
    token = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
    ticket = {"title": f"\x1b[31mred {token}", "current_state": "a\u202eb", "x\x1b": {"k": token}}
    take(store, ticket, {"title": "long", "current_state": "x" * 50_000})
    text = write_text(BY_NAME["yaml"], list(load_improvements(store).items.values()), Facts(NOW))
    assert token not in str(load_improvements(store).items)
    assert token not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(get(store, 4).current_state) <= 20_000


def test_unknown_fields_and_the_owner_come_back_out(store: MemoryStore) -> None:
    """What hansei has no word for belongs to somebody else, who will miss it."""
    take(store, {"title": "Cache", "team": "core", "sprint": 12, "nested": {"a": [1, None]}})
    item = get(store, 3)
    assert item.owner == "core"
    tree = json.loads(write_text(BY_NAME["json"], [item], Facts(NOW)))["data"][0]
    assert tree["extra"] == {"sprint": 12, "nested": {"a": [1, None]}}
    assert tree["metadata"]["owner"] == "core"


def test_what_blocks_what_is_linked_by_any_name(store: MemoryStore) -> None:
    """Links by the other tool's ids, or by ids that had to change, would lead nowhere."""
    done = take(
        store,
        {"id": "IMPROVEMENT-1", "title": "First", "blocks": ["IMPROVEMENT-2", "IMP-2026-001"]},
        {"id": "IMPROVEMENT-2", "title": "Second", "blocks": ["IMPROVEMENT-1", "IMP-2030-001"]},
    )
    assert get(store, 3).blocks == ("IMP-2026-001", "IMP-2026-004")
    assert get(store, 4).blocks == ()
    assert len(done.notes) == 2


def test_a_damaged_record_here_stops_no_import(store: MemoryStore) -> None:
    """What cannot be read stays as it is, and its id is not taken."""
    broken = {"id": "IMP-2026-002", "impact": "x"}
    with store.transaction("damage", now=NOW) as transaction:
        transaction.put(IMPROVEMENTS, "IMP-2026-002", broken)
    done = take(
        store,
        {"id": "IMP-2026-002", "title": "New", "blocks": ["IMP-2026-001"]},
        {"title": "Pool the connections", "measurements": [{"metric": "p95", "after": 1}]},
        update=True,
    )
    assert (done.created, done.updated) == (("IMP-2026-003",), ("IMP-2026-001",))
    assert store.get(IMPROVEMENTS, "IMP-2026-002") == broken
    assert get(store, 3).blocks == ("IMP-2026-001",)


def test_a_dry_run_writes_nothing(store: MemoryStore) -> None:
    """Looking first is what makes people dare to import."""
    parsed = read_text(BY_NAME["json"], json.dumps([{"title": "New"}]), NOW)
    before = store.seq
    assert [step.verdict for step in plan_of(store, parsed, now=NOW).steps] == [Verdict.NEW]
    assert store.seq == before


def test_what_was_declined_or_merged_does_not_come_back(store: MemoryStore) -> None:
    """An old file would bring up what was settled."""
    from hansei_core.verbs.rework import merge

    verbs.decline(store, ["1"], "not worth it", now=NOW)
    verbs.add(store, ImprovementDraft("Database first"), now=NOW)
    merge(store, "2", ["3"], now=NOW)
    old = "## High Priority\n\n- [ ] Pool the connections\n- [ ] Start the database\n"
    parsed = read_text(BY_NAME["markdown"], old, NOW)
    done = import_rows(store, parsed, now=NOW, name="old.md").value
    assert (done.created, done.conflicts) == ((), ())
    assert take(store, {"id": "IMP-2026-003", "title": "Database first"}).same == ("IMP-2026-002",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("json", "{"),
        ("json", "[" * 100_000),
        ("json", '[{"title": NaN}]'),
        ("json", "1" * 5000),
        ("yaml", "a: &x [1]\nb: [*x, *x]"),
        ("yaml", "!!python/object/apply:os.system ['true']"),
        ("yaml", "[" * 100),
        ("yaml", "title: : :"),
        ("csv", "name,impact\nx,1"),
        ("csv", ""),
        ("jira", "Title\nx"),
        ("backlog.md", "title: x"),
    ],
)
def test_a_file_that_is_not_in_its_format_is_refused(name: str, text: str) -> None:
    """A bomb or a broken file must end in a sentence, not in a traceback or all memory."""
    with pytest.raises(UsageError):
        read_text(BY_NAME[name], text, NOW)


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("x", "# Improvement Backlog\n\n## Metadata\n", "markdown"),
        ("x.md", "- [ ] title\n", "markdown"),
        ("x", "---\nid: task-1\ntitle: x\nstatus: To Do\n---\n", "backlog.md"),
        ("x", '[{"number": 1, "title": "x"}]', "github-json"),
        ("x", '[{"description": "x", "status": "pending", "uuid": "1"}]', "taskwarrior"),
        ("x", '{"description": "x", "status": "pending"}\n{"description": "y"}', "taskwarrior"),
        ("x.csv", '"Summary","Issue key"\nx,A-1\n', "jira"),
        ("x.csv", "title;impact\nx;8\n", "csv"),
        ("x", '{"title": "x"}\n{"title": "y"}\n', "jsonl"),
        ("x", '{"version": 1, "kind": "improvements", "data": [{"title": "x"}]}', "json"),
        ("x", "- title: x\n", "yaml"),
        ("x.yml", "[]", "yaml"),
        ("todo.txt", "Call\nWrite\n", "todo.txt"),
        ("x", "(A) 2026-11-01 Call +home @phone\n", "todo.txt"),
        ("x", "\ufefftitle,impact\nx,8\n", "csv"),
    ],
)
def test_a_file_says_its_format(file: str, text: str, name: str) -> None:
    """Users know what they have, not what it is called here."""
    assert detect(file, text).name == name


def test_a_file_that_says_nothing_is_asked_about() -> None:
    """A guess would import nonsense."""
    with pytest.raises(UsageError, match="format cannot be told"):
        detect("x", "\x00\x01")


@pytest.mark.parametrize("field", ["tags", "whys"])
def test_a_value_where_a_list_belongs_is_one_bad_record(field: str) -> None:
    """One record with `tags: false` would end the import of the whole file."""
    with pytest.raises(UsageError, match=f"{field} is no list"):
        check_fields({"title": "Pool", field: True}, NOW)
