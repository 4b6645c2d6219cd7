"""Stretches of work that are mended, cut, and taken over from other trackers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.planning.time import hours_of
from hansei_core.planning.trackers import Stretch, assign, read_tracker
from hansei_core.retro import ImprovementDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.verbs import improvements, time_entries, times
from hansei_core.verbs.records import resolve

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)


def at(clock: str) -> datetime:
    """Return a time of the day."""
    return datetime.fromisoformat(f"2026-11-20T{clock}:00+00:00")


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for title in ("a", "b"):
        improvements.add(store, ImprovementDraft(title), now=NOW)
    return store


def spans(store: MemoryStore) -> list[tuple[str, str, str]]:
    """Return entries as id, begin and end."""
    return [
        (each.id, f"{each.start:%H:%M}", f"{each.end:%H:%M}" if each.end else "")
        for each in times.entries(store)
    ]


def test_a_break_in_the_middle_leaves_two_entries(store: MemoryStore) -> None:
    """Lunch would count as work, or the afternoon would be lost with it."""
    entry = time_entries.add_entry(store, "1", at("09:00"), at("15:00"), now=NOW).value
    time_entries.add_break(store, at("12:00"), at("13:00"), now=NOW, entry_id=entry.id)
    assert spans(store) == [("T-001", "09:00", "12:00"), ("T-002", "13:00", "15:00")]
    store.undo(now=NOW)
    assert spans(store) == [("T-001", "09:00", "15:00")]


@pytest.mark.parametrize(
    ("begin", "end", "left"),
    [("08:00", "10:00", ("10:00", "15:00")), ("14:00", "16:00", ("09:00", "14:00"))],
)
def test_a_break_over_an_edge_shortens_the_entry(
    store: MemoryStore, begin: str, end: str, left: tuple[str, str]
) -> None:
    """A break that began before the work would be refused, or reach into nothing."""
    time_entries.add_entry(store, "1", at("09:00"), at("15:00"), now=NOW)
    time_entries.add_break(store, at(begin), at(end), now=NOW, entry_id="t-001")
    assert spans(store) == [("T-001", *left)]


def test_a_running_timer_goes_on_after_a_break(store: MemoryStore) -> None:
    """Taking a break out of what runs would stop the clock, or lose its start."""
    times.start(store, "1", now=at("09:00"))
    left = time_entries.add_break(store, at("10:00"), at("10:15"), now=at("11:00")).value
    assert [f"{each.start:%H:%M}" for each in left] == ["09:00", "10:15"]
    active = times.running(store)
    assert active is not None
    assert (active.improvement_id, active.start) == ("IMP-2026-001", at("10:15"))
    assert spans(store) == [("T-001", "09:00", "10:00"), ("T-002", "10:15", "")]


def test_a_break_that_eats_the_start_of_what_runs_moves_its_start(store: MemoryStore) -> None:
    """An empty entry would be left in front of the break."""
    times.start(store, "1", now=at("09:00"))
    time_entries.add_break(store, at("08:55"), at("09:30"), now=at("11:00"))
    assert spans(store) == [("T-001", "09:30", "")]


def test_work_that_ends_now_lies_in_no_future(store: MemoryStore) -> None:
    """Who writes down what was just finished would be refused."""
    entry = time_entries.add_entry(store, "1", at("17:00"), NOW, now=NOW).value
    assert spans(store) == [("T-001", "17:00", "18:00")]
    with pytest.raises(UsageError, match="in the future"):
        time_entries.edit_entry(store, entry.id, now=NOW, end=NOW + timedelta(seconds=1))


def test_breaks_that_make_no_sense_are_refused(store: MemoryStore) -> None:
    """A slip of the keyboard would delete an entry or cut a hole elsewhere."""
    with pytest.raises(UsageError, match="no timer runs"):
        time_entries.add_break(store, at("09:00"), at("10:00"), now=NOW)
    time_entries.add_entry(store, "1", at("09:00"), at("10:00"), now=NOW)
    for begin, end, words in (
        ("08:00", "11:00", "would leave nothing"),
        ("11:00", "12:00", "does not lie within"),
        ("09:30", "09:30", "end after it begins"),
        ("09:30", "19:00", "in the future"),
    ):
        with pytest.raises(UsageError, match=words):
            time_entries.add_break(store, at(begin), at(end), now=NOW, entry_id="T-001")
    with pytest.raises(NotFoundError):
        time_entries.add_break(store, at("09:00"), at("10:00"), now=NOW, entry_id="T-9")
    assert spans(store) == [("T-001", "09:00", "10:00")]


def test_a_split_gives_the_second_part_away(store: MemoryStore) -> None:
    """Time that belonged to another improvement could only be typed anew."""
    time_entries.add_entry(store, "1", at("09:00"), at("12:00"), now=NOW, note="both")
    first, second = time_entries.split_entry(
        store, "T-001", at("10:00"), now=NOW, reference="2"
    ).value
    assert (first.improvement_id, second.improvement_id) == ("IMP-2026-001", "IMP-2026-002")
    assert spans(store) == [("T-001", "09:00", "10:00"), ("T-002", "10:00", "12:00")]
    assert second.note == "both"
    with pytest.raises(UsageError, match="does not lie within"):
        time_entries.split_entry(store, "T-001", at("10:00"), now=NOW)


def test_what_runs_can_be_mended_but_not_ended_by_an_edit(store: MemoryStore) -> None:
    """A forgotten start could not be corrected while the clock runs."""
    times.start(store, "1", now=at("09:00"))
    time_entries.edit_entry(store, "T-001", now=NOW, begin=at("08:30"), note="x", reference="2")
    active = times.running(store)
    assert active is not None
    assert (active.start, active.note, active.improvement_id) == (at("08:30"), "x", "IMP-2026-002")
    for act in (
        lambda: time_entries.edit_entry(store, "T-001", now=NOW, end=at("10:00")),
        lambda: time_entries.delete_entry(store, "T-001", now=NOW),
        lambda: time_entries.split_entry(store, "T-001", at("09:00"), now=NOW),
    ):
        with pytest.raises(UsageError, match="still runs"):
            act()


def test_double_time_is_said(store: MemoryStore) -> None:
    """Minutes that count twice would make a week look fuller than it was."""
    time_entries.add_entry(store, "1", at("09:00"), at("10:00"), now=NOW)
    apart = time_entries.add_entry(store, "2", at("10:00"), at("11:00"), now=NOW)
    assert apart.notes == ()
    over = time_entries.edit_entry(store, "T-002", now=NOW, begin=at("09:30"))
    assert over.notes == ("overlaps T-001: those minutes count twice",)
    begun = times.start(store, "1", now=NOW, at=at("09:45"))
    assert begun.notes == ("overlaps T-001, T-002: those minutes count twice",)
    assert times.stop(store, now=NOW, at=at("10:15")).notes == begun.notes


def test_resume_starts_what_was_worked_on_last(store: MemoryStore) -> None:
    """After a break one would have to look the id up."""
    with pytest.raises(UsageError, match="nothing was tracked yet"):
        time_entries.resume(store, now=NOW)
    time_entries.add_entry(store, "2", at("10:00"), at("11:00"), now=NOW)
    time_entries.add_entry(store, "1", at("09:00"), at("10:00"), now=NOW)
    assert time_entries.resume(store, now=NOW).value.improvement_id == "IMP-2026-002"
    with pytest.raises(UsageError, match="runs already"):
        time_entries.resume(store, now=NOW)


@given(
    begin=st.integers(0, 500), length=st.integers(1, 200), cut=st.integers(-50, 600),
    gap=st.integers(1, 300),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_break_takes_exactly_the_shared_minutes(
    begin: int, length: int, cut: int, gap: int
) -> None:
    """A break would take more or less time away than it shares with the entry."""
    store = MemoryStore()
    improvements.add(store, ImprovementDraft("a"), now=NOW)
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    start, end = (midnight + timedelta(minutes=m) for m in (begin, begin + length))
    first, last = (midnight + timedelta(minutes=m) for m in (cut, cut + gap))
    time_entries.add_entry(store, "1", start, end, now=NOW)
    shared = max(timedelta(), min(end, last) - max(start, first))
    expected = (end - start) - shared
    try:
        time_entries.add_break(store, first, last, now=NOW, entry_id="T-001")
    except UsageError:
        assert not shared or not expected
        expected = end - start
    total = sum(hours_of(each, NOW) for each in times.entries(store))
    assert total == pytest.approx(expected.total_seconds() / 3600)


def test_entries_written_elsewhere_are_seen(store: MemoryStore) -> None:
    """What is read once would hide what came after, or what undo took back."""
    time_entries.add_entry(store, "1", at("09:00"), at("10:00"), now=NOW)
    assert len(times.entries(store)) == 1
    time_entries.add_entry(store, "1", at("11:00"), at("12:00"), now=NOW)
    assert len(times.entries(store)) == 2
    store.undo(now=NOW)
    assert len(times.entries(store)) == 1


TIMEW: list[dict[str, Any]] = [
    {"id": 3, "start": "20261120T090000Z", "end": "20261120T103000Z", "tags": ["IMP-2", "deep"]},
    {"id": 2, "start": "20261120T110000Z", "end": "20261120T113000Z", "tags": ["api"],
     "annotation": "fixing IMP-2026-001 at last"},
    {"id": 1, "start": "20261120T170000Z", "tags": ["api"]},
    {"start": "nonsense"},
    {"id": 4, "start": "20261120T120000Z", "end": "20261120T110000Z", "tags": []},
    {"id": 5, "start": "20261120T130000Z", "end": "20261120T140000Z", "tags": ["2026", "call"]},
]  # fmt: skip
WATSON_LOG = [
    {"id": "f1", "start": "2026-11-20T09:00:00+01:00", "stop": "2026-11-20T10:00:00+01:00",
     "project": "hansei", "tags": ["IMP-1"]},
]  # fmt: skip
WATSON_FRAMES = [[1795161600, 1795165200, "hansei", "f1", ["x"], 1795165200], [1, "?", 2]]


def read(value: object) -> Any:
    """Return what an export holds."""
    return read_tracker(json.dumps(value).encode())


def assigned(store: MemoryStore, log: Any, **names: str) -> Any:
    """Give stretches their improvements."""
    return assign(log, lambda name: resolve(store, name, now=NOW), names=names, everything="")


def test_timewarrior_is_read(store: MemoryStore) -> None:
    """Tags and annotations that name an improvement would be lost, or a year be taken for an id."""
    log = read(TIMEW)
    assert (log.tracker, len(log.stretches), log.running, log.unreadable) == (
        "timewarrior",
        3,
        1,
        2,
    )
    found = assigned(store, log)
    ids = [each.improvement_id for each in found.stretches]
    assert ids == ["IMP-2026-002", "IMP-2026-001"]
    assert found.unknown == {"2026": 1}
    assert [each.improvement_id for each in assigned(store, log, call="1").stretches][-1] == (
        "IMP-2026-001"
    )


def test_both_forms_of_watson_are_read(store: MemoryStore) -> None:
    """Users of Watson would have to convert their frames by hand."""
    for value, hours in ((WATSON_LOG, 1.0), (WATSON_FRAMES, 1.0)):
        log = read(value)
        assert (log.tracker, len(log.stretches)) == ("watson", 1)
        (each,) = log.stretches
        assert (each.end - each.start).total_seconds() / 3600 == hours
    assert assigned(store, read(WATSON_LOG)).stretches[0].improvement_id == "IMP-2026-001"
    assert assigned(store, read(WATSON_FRAMES)).unknown == {"x": 1}
    assert assigned(store, read(WATSON_FRAMES), hansei="2").stretches


def test_a_second_import_adds_nothing(store: MemoryStore) -> None:
    """Importing every week would count last week twice."""
    found = assigned(store, read(TIMEW)).stretches
    first = time_entries.import_entries(store, found, now=NOW).value
    assert (len(first.entries), first.known, first.hours) == (2, 0, 2.0)
    again = time_entries.import_entries(store, found, now=NOW).value
    assert (len(again.entries), again.known) == (0, 2)
    store.undo(now=NOW)
    assert times.entries(store) == ()


def test_an_import_is_whole_or_nothing(store: MemoryStore) -> None:
    """A bad stretch in the middle would leave half an import behind."""
    good = Stretch("IMP-2026-001", at("09:00"), at("10:00"), "", "watson")
    bad = Stretch("IMP-2026-001", at("12:00"), at("11:00"), "", "watson")
    with pytest.raises(UsageError):
        time_entries.import_entries(store, [good, bad], now=NOW)
    assert times.entries(store) == ()


@pytest.mark.parametrize("data", [b"", b"{}", b"[1, 2]", b"nope", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_export_is_refused_in_words(data: bytes) -> None:
    """A wrong file would end in a traceback."""
    with pytest.raises(UsageError):
        read_tracker(data)


FIELDS = st.sampled_from(["start", "end", "stop", "tags", "project", "annotation"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(FIELDS, inner)
)


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_no_json_makes_the_reader_fall(value: object) -> None:
    """One odd record would stop an import of thousands."""
    try:
        log = read_tracker(json.dumps(value).encode())
    except UsageError:
        return
    assert all(each.start < each.end for each in log.stretches)


def test_notes_from_outside_are_cleaned_and_redacted() -> None:
    """A terminal sequence or a token in an annotation would reach the screen and the store."""
    row = {**TIMEW[0], "annotation": "\x1b[31mred ghp_" + "a1B2" * 9 + "\n"}
    (each,) = read([row]).stretches
    assert "\x1b" not in each.note
    assert "a1B2a1B2" not in each.note
