"""What every store promises, on the disk and in memory alike."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from tinydb import where

from hansei_core.errors import UsageError
from hansei_core.store.memory import MemoryStore
from hansei_core.store.protocol import Store
from hansei_core.store.store import JournalStore, open_store

AnyStore = JournalStore | MemoryStore


def as_promised(store: AnyStore) -> Store:
    """Let the type checker hold both to the protocol."""
    return store


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> AnyStore:
    if request.param == "memory":
        return MemoryStore()
    return open_store(tmp_path / "data", now=now)


@pytest.fixture
def put(store: AnyStore, now: datetime) -> Callable[[str, int], None]:
    """Return a function that writes one record in a transaction of its own."""

    def write(record_id: str, value: int) -> None:
        with store.transaction(f"set {record_id} to {value}", now=now) as work:
            work.put("things", record_id, {"value": value})

    return write


def test_a_transaction_is_kept_when_its_block_ends(store: AnyStore, now: datetime) -> None:
    """Writes would be visible early, or not at all."""
    with store.transaction("two", now=now) as work:
        work.put("things", "a", {"value": 1})
        work.put("others", "b", {"value": 2})
        assert work.get("things", "a") == {"value": 1}
        assert work.all("others") == {"b": {"value": 2}}
        assert store.get("things", "a") is None
    assert store.get("things", "a") == {"value": 1}
    assert store.tables() == ("others", "things")
    assert store.seq == 1


class Thing(msgspec.Struct):
    """What the records of these tests hold."""

    value: int


def test_records_are_read_as_values(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """A long list would take twice the time, or show a damaged record as something else."""
    put("b", 2)
    put("a", 1)
    assert list(store.values("things", Thing).items()) == [("a", Thing(1)), ("b", Thing(2))]
    assert as_promised(store).values("nothing", Thing) == {}
    with store.transaction("damage", now=now) as work:
        work.put("things", "c", {"value": "three"})
    with pytest.raises(msgspec.ValidationError):
        store.values("things", Thing)


def test_a_block_that_raises_changes_nothing(store: AnyStore, now: datetime) -> None:
    """Half a transaction would stay behind."""
    with (
        contextlib.suppress(ZeroDivisionError),
        store.transaction("fails", now=now) as work,
    ):
        work.put("things", "a", {"value": 1})
        work.allocate("IMP-2026")
        _ = 1 // 0
    assert store.get("things", "a") is None
    assert store.seq == 0
    assert not store.history()


def test_what_a_store_returns_is_the_callers_own(
    store: AnyStore, put: Callable[[str, int], None]
) -> None:
    """Changing a result would change the store without a write."""
    put("a", 1)
    for found in (store.get("things", "a"), store.all("things")["a"]):
        assert found is not None
        found["value"] = 99
    store.table("things").all()[0]["value"] = 99
    assert store.get("things", "a") == {"value": 1}


def test_records_come_in_the_order_of_their_ids(
    store: AnyStore, put: Callable[[str, int], None]
) -> None:
    """Lists would jump about from run to run."""
    for name in ("c", "a", "b"):
        put(name, 1)
    assert list(store.all("things")) == ["a", "b", "c"]


def test_tinydb_queries_find_records(store: AnyStore, put: Callable[[str, int], None]) -> None:
    """The query layer would be stale after a write, or take numbers for ids."""
    put("a", 1)
    table = store.table("things")
    assert [str(found.doc_id) for found in table.search(where("value") == 1)] == ["a"]
    put("b", 1)
    assert [str(found.doc_id) for found in table.search(where("value") == 1)] == ["a", "b"]
    with pytest.raises(RuntimeError, match="transaction"):
        table.insert({"value": 3})


def test_numbers_of_a_series_are_never_handed_out_again(store: AnyStore, now: datetime) -> None:
    """Undoing an `add` would give its id to another improvement."""
    with store.transaction("add", now=now) as work:
        assert work.allocate("IMP-2026") == 1
        assert work.allocate("IMP-2026") == 2
        assert work.allocate("THM") == 1
        work.put("things", "IMP-2026-002", {"value": 1})
    store.undo(now=now)
    with store.transaction("add", now=now) as work:
        assert work.allocate("IMP-2026") == 3


def test_undo_and_redo_walk_both_ways(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """A step would be skipped or taken twice."""
    for value in range(4):
        put("a", value)
    seen = [store.get("things", "a")]
    for _ in range(4):
        store.undo(now=now)
        seen.append(store.get("things", "a"))
    assert seen == [{"value": 3}, {"value": 2}, {"value": 1}, {"value": 0}, None]
    with pytest.raises(UsageError, match="nothing to undo"):
        store.undo(now=now)
    for value in range(4):
        change = store.redo(now=now)
        assert change.redoes is not None
        assert store.get("things", "a") == {"value": value}
    with pytest.raises(UsageError, match="nothing to redo"):
        store.redo(now=now)
    store.undo(now=now)
    assert store.get("things", "a") == {"value": 2}


def test_a_new_write_clears_what_could_be_redone(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """Redo would bring back a version from another line of events."""
    put("a", 1)
    put("a", 2)
    store.undo(now=now)
    put("b", 1)
    with pytest.raises(UsageError, match="nothing to redo"):
        store.redo(now=now)
    store.undo(now=now)
    store.undo(now=now)
    assert store.all("things") == {}


def test_bookkeeping_is_not_in_the_way_of_undo(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """A theme join after an edit would be undone in its place, or would clear redo."""
    put("a", 1)
    with store.transaction("join", now=now, undoable=False) as work:
        work.put("members", "x", {"theme": 1})
    assert store.undo(now=now).undoes == 1
    with store.transaction("join", now=now, undoable=False) as work:
        work.put("members", "y", {"theme": 1})
    store.redo(now=now)
    assert store.get("things", "a") == {"value": 1}
    assert list(store.all("members")) == ["x", "y"]


def test_undo_is_refused_where_the_record_was_changed_since(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """Undo would throw away a later change; both versions must be shown."""
    put("a", 1)
    with store.transaction("count", now=now, undoable=False) as work:
        work.put("things", "a", {"value": 7})
    with pytest.raises(UsageError, match="changed since; then value 1, now value 7"):
        store.undo(now=now)
    assert store.get("things", "a") == {"value": 7}
    put("a", 8)
    with pytest.raises(UsageError, match="a was changed since"):
        store.undo(now=now, seq=1)


def test_one_change_can_be_undone_by_its_number(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """The toast's undo would take back another process's newer change."""
    put("a", 1)
    put("b", 1)
    store.undo(now=now, seq=1)
    assert store.all("things") == {"b": {"value": 1}}
    with pytest.raises(UsageError, match="change 1 cannot be undone"):
        store.undo(now=now, seq=1)
    store.redo(now=now)
    assert list(store.all("things")) == ["a", "b"]


def test_undo_is_refused_where_the_record_came_back_to_what_it_was(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """Taking back the first of three changes would take back the third, which stands."""
    put("a", 1)
    for value in (2, 1, 2):
        put("a", value)
    with pytest.raises(UsageError, match="a was changed since"):
        store.undo(now=now, seq=2)
    assert store.get("things", "a") == {"value": 2}
    store.undo(now=now)
    store.undo(now=now)
    store.undo(now=now, seq=2)
    assert store.get("things", "a") == {"value": 1}


def test_what_a_later_change_names_is_not_taken_away(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """A record would name another that is not there any more."""
    put("a", 1)
    with store.transaction("link", now=now) as work:
        work.put("things", "b", {"of": ["a"]})
    with pytest.raises(UsageError, match="b names a since") as caught:
        store.undo(now=now, seq=1)
    assert "undo “link” first" in caught.value.hint
    put("b", 1)
    store.undo(now=now, seq=1)
    assert list(store.all("things")) == ["b"]


def test_history_tells_what_was_done_and_undone(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """History would not show what stands and what was taken back."""
    put("a", 1)
    put("b", 2)
    store.undo(now=now)
    newest, second, first = store.history()
    assert (newest.seq, newest.undoes, newest.label) == (3, 2, "undo: set b to 2")
    assert (second.undone, first.undone) == (True, False)
    assert first.records == (("things", "a"),)
    assert first.at == now
    assert [change.seq for change in store.history(limit=1)] == [3]
    store.redo(now=now)
    assert [change.undone for change in store.history()] == [False, True, False, False]


def test_nothing_written_is_no_change(
    store: AnyStore, put: Callable[[str, int], None], now: datetime
) -> None:
    """Saving without a change would fill history and undo with empty steps."""
    put("a", 1)
    put("a", 1)
    with store.transaction("delete nothing", now=now) as work:
        work.delete("things", "none")
    assert store.seq == 1


@pytest.mark.parametrize(
    "document",
    [{"x": float("nan")}, {"x": {1, 2}}, {"x": {1: 2}}, {"x": 2**70}, {"x": object()}, ["x"]],
)
def test_what_json_cannot_carry_is_refused(
    store: AnyStore, now: datetime, document: dict[str, object]
) -> None:
    """A record would come back as something else than was written."""
    with (
        pytest.raises((TypeError, ValueError)),
        store.transaction("bad", now=now) as work,
    ):
        work.put("things", "a", document)
    assert store.seq == 0


def test_half_a_character_is_refused_in_words(store: AnyStore, now: datetime) -> None:
    """A lone surrogate from the command line would end in a traceback."""
    with (
        pytest.raises(UsageError, match="half a character"),
        store.transaction("bad", now=now) as work,
    ):
        work.put("things", "a", {"title": "x\udc80"})


@pytest.mark.parametrize(("table", "record_id"), [("_meta", "a"), ("things", ""), ("x", "a\nb")])
def test_names_that_cannot_be_kept_apart_are_refused(
    store: AnyStore, now: datetime, table: str, record_id: str
) -> None:
    """A record could overwrite the snapshot's head or break its lines."""
    with pytest.raises(ValueError, match="is no"), store.transaction("bad", now=now) as work:
        work.put(table, record_id, {})


def test_a_transaction_ends_with_its_block(store: AnyStore, now: datetime) -> None:
    """A write after the block would be lost without a word."""
    with store.transaction("one", now=now) as work:
        work.put("things", "a", {})
        with pytest.raises(RuntimeError, match="inside"), store.transaction("two", now=now):
            pass
    with pytest.raises(RuntimeError, match="ended"):
        work.put("things", "b", {})


def test_an_undo_that_only_drew_a_number_still_moves_on(store: AnyStore, now: datetime) -> None:
    """Undo would stand on the same step for ever."""
    with store.transaction("first", now=now) as work:
        work.put("things", "a", {"value": 1})
    with store.transaction("draw", now=now) as work:
        work.allocate("X")
    store.undo(now=now)
    store.undo(now=now)
    assert store.all("things") == {}
