"""Plans, timers and retros over a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.planning.ritual import Step
from hansei_core.planning.week import Capacity, Week
from hansei_core.retro import ImprovementDraft, RetroDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.verbs import budgets, improvements, plans, retros, rituals, time_entries, times
from hansei_core.verbs.records import load_improvements, read_improvement
from hansei_core.vocabulary import Stage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEEK = Week(2026, 47)
USUAL = Capacity()


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for title, impact, effort, hours in (
        ("a", 8, 2, 2.0),
        ("b", 6, 3, 3.0),
        ("c", 10, 5, 8.0),
        ("d", 4, 9, 80.0),
    ):
        draft = ImprovementDraft(title, impact=impact, effort=effort, hours=hours)
        improvements.add(store, draft, now=NOW)
    improvements.move(store, ["1", "2", "3", "4"], Stage.BACKLOG, now=NOW)
    return store


def test_taking_respects_the_budget(store: MemoryStore) -> None:
    """What does not fit is refused; an override is recorded with its reason."""
    plan = plans.take(store, WEEK, ["1", "2"], USUAL, now=NOW).value
    assert (plan.taken_hours, plan.free_hours) == (5.0, 3.0)
    with pytest.raises(UsageError, match="13 h do not fit into 8 h"):
        plans.take(store, WEEK, ["3"], USUAL, now=NOW)
    plan = plans.take(store, WEEK, ["3"], USUAL, now=NOW, force=True, reason="release").value
    assert plan.over_budget_reason == "release"
    assert plan.ids == ("IMP-2026-001", "IMP-2026-002", "IMP-2026-003")
    assert plans.take(store, WEEK, ["3"], USUAL, now=NOW).label.endswith("(nothing to change)")


def test_what_cannot_be_planned_is_refused(store: MemoryStore) -> None:
    """No hours, finished or unknown: nothing is written."""
    improvements.add(store, ImprovementDraft("e"), now=NOW)
    with pytest.raises(UsageError, match="has no hours"):
        plans.take(store, WEEK, ["5"], USUAL, now=NOW)
    improvements.move(store, ["1"], Stage.DONE, now=NOW, force=True)
    with pytest.raises(UsageError, match="only open"):
        plans.take(store, WEEK, ["1"], USUAL, now=NOW)
    with pytest.raises(NotFoundError):
        plans.take(store, WEEK, ["99"], USUAL, now=NOW)
    assert plans.read_plan(store, WEEK, USUAL).items == ()


def test_drop_pin_and_hours(store: MemoryStore) -> None:
    """Items leave the week, are pinned, and get hours of their own."""
    plans.take(store, WEEK, ["1", "2"], USUAL, now=NOW)
    plan = plans.pin(store, WEEK, ["1"], USUAL, now=NOW).value
    assert [item.pinned for item in plan.items] == [True, False]
    plan = plans.set_hours(store, WEEK, "2", "1.5", USUAL, now=NOW).value
    assert plan.taken_hours == 3.5
    assert read_improvement(store, "IMP-2026-002").hours == 3.0
    assert plans.drop(store, WEEK, ["1", "3"], USUAL, now=NOW).value.ids == ("IMP-2026-002",)
    with pytest.raises(UsageError, match="is not in"):
        plans.pin(store, WEEK, ["1"], USUAL, now=NOW)
    store.undo(now=NOW)
    assert plans.read_plan(store, WEEK, USUAL).ids == ("IMP-2026-001", "IMP-2026-002")


def test_a_proposal_keeps_what_the_user_took(store: MemoryStore) -> None:
    """Applying a proposal replaces earlier proposals only, never the user's own choice."""
    plans.take(store, WEEK, ["2"], USUAL, now=NOW)
    proposal = plans.proposal(store, WEEK, USUAL, now=NOW)
    assert proposal.ids == ("IMP-2026-002", "IMP-2026-001")
    plan = plans.apply(store, WEEK, proposal.choices, USUAL, now=NOW).value
    assert [(item.id[-1], item.by) for item in plan.items] == [("2", "user"), ("1", "proposal")]
    improvements.score(store, ["3"], now=NOW, hours=5)
    second = plans.proposal(store, WEEK, USUAL, now=NOW)
    plan = plans.apply(store, WEEK, second.choices, USUAL, now=NOW).value
    assert plan.ids[0] == "IMP-2026-002"
    assert plan.taken_hours <= plan.budget_hours


def test_an_unfinished_item_is_carried_and_counted(store: MemoryStore) -> None:
    """Left over twice, an item says so; finished ones do not come back."""
    plans.take(store, WEEK, ["1", "2"], USUAL, now=NOW)
    improvements.move(store, ["2"], Stage.DONE, now=NOW, force=True)
    proposal = plans.proposal(store, WEEK.next, USUAL, now=NOW)
    assert proposal.choices[0].id == "IMP-2026-001"
    plan = plans.apply(store, WEEK.next, proposal.choices, USUAL, now=NOW).value
    assert [item.carried for item in plan.items if item.id == "IMP-2026-001"] == [1]
    third = plans.take(store, WEEK + 2, ["1"], USUAL, now=NOW).value
    assert third.items[0].carried == 2
    view = plans.view(store, WEEK + 2, USUAL, now=NOW)
    assert "carried 2×" in view.rows[0].question


def test_a_week_can_have_a_budget_of_its_own(store: MemoryStore) -> None:
    """A holiday of 32 h gives 6.4 h; an innovation week what it is given."""
    assert budgets.set_week_hours(store, WEEK, 32, USUAL, now=NOW).value.budget_hours == 6.4
    assert (
        budgets.set_budget(store, WEEK, 40, USUAL, now=NOW, reason="hack").value.budget_hours == 40
    )
    assert budgets.set_budget(store, WEEK, None, USUAL, now=NOW).value.budget_hours == 6.4
    with pytest.raises(UsageError):
        budgets.set_budget(store, WEEK, -1, USUAL, now=NOW)
    with pytest.raises(UsageError):
        budgets.set_week_hours(store, WEEK, 0, USUAL, now=NOW)


def test_the_ritual_resumes_after_a_crash(store: MemoryStore) -> None:
    """Steps and their time are in the store, not in the process."""
    rituals.begin_step(store, WEEK, Step.REVIEW, USUAL, now=NOW)
    rituals.pause_ritual(store, WEEK, USUAL, now=NOW + timedelta(minutes=5))
    rituals.finish_step(store, WEEK, Step.REVIEW, USUAL, now=NOW + timedelta(minutes=60))
    (record,) = plans.read_plan(store, WEEK, USUAL).steps
    assert (record.step, record.seconds) == (Step.REVIEW, 300)
    assert record.done_at == NOW + timedelta(minutes=60)
    plan = plans.dismiss(store, WEEK, ["RET-001"], USUAL, now=NOW).value
    assert plan.dismissed == ("RET-001",)


def test_one_timer_at_a_time(store: MemoryStore) -> None:
    """Starting B stops A at the same moment; nothing is lost in between."""
    times.start(store, "1", now=NOW)
    later = NOW + timedelta(hours=1)
    done = times.start(store, "2", now=later)
    assert done.notes == ("stopped IMP-2026-001",)
    assert times.running(store) == done.value
    stopped = times.stop(store, now=later + timedelta(hours=2)).value
    assert stopped.improvement_id == "IMP-2026-002"
    assert times.running(store) is None
    hours = [entry.improvement_id for entry in times.entries(store)]
    assert hours == ["IMP-2026-001", "IMP-2026-002"]
    view = plans.view(store, WEEK, USUAL, now=later + timedelta(hours=9))
    assert view.tracked_hours == 3.0


def test_starting_twice_keeps_the_first_start(store: MemoryStore) -> None:
    """A second start of the same timer, or a crash, keeps when it began."""
    times.start(store, "1", now=NOW)
    seq = store.seq
    again = times.start(store, "1", now=NOW + timedelta(hours=1))
    assert (again.value.start, store.seq) == (NOW, seq)


def test_the_timer_can_be_corrected(store: MemoryStore) -> None:
    """`--at` reaches back, never forward or before the start; entries are edited and deleted."""
    times.start(store, "1", now=NOW, at=NOW - timedelta(hours=2))
    with pytest.raises(UsageError, match="lies in the future"):
        times.stop(store, now=NOW, at=NOW + timedelta(minutes=1))
    with pytest.raises(UsageError, match="was started at"):
        times.stop(store, now=NOW, at=NOW - timedelta(hours=3))
    assert times.running(store) is not None
    entry = times.stop(store, now=NOW, at=NOW - timedelta(hours=1), note="x").value
    edited = time_entries.edit_entry(store, entry.id, now=NOW, end=NOW, note="y").value
    assert (edited.end, edited.note) == (NOW, "y")
    with pytest.raises(UsageError, match="end after it begins"):
        time_entries.edit_entry(store, entry.id, now=NOW, begin=NOW)
    time_entries.delete_entry(store, entry.id, now=NOW)
    with pytest.raises(NotFoundError):
        time_entries.delete_entry(store, entry.id, now=NOW)
    store.undo(now=NOW)
    assert times.entries(store) == (edited,)
    by_hand = time_entries.add_entry(store, "2", NOW - timedelta(hours=1), NOW, now=NOW).value
    assert (by_hand.source, by_hand.id) == ("hand", "T-002")


def test_without_a_timer_there_is_nothing_to_stop(store: MemoryStore) -> None:
    """Stop and cancel say so; cancel leaves no entry."""
    with pytest.raises(UsageError, match="no timer runs"):
        times.stop(store, now=NOW)
    times.start(store, "1", now=NOW)
    times.cancel(store, now=NOW)
    assert times.entries(store) == ()
    with pytest.raises(UsageError, match="no timer runs"):
        times.cancel(store, now=NOW)


DRAFT = RetroDraft(
    "s-1",
    slowed="tests",
    broke="nothing",
    better="flags",
    improvements=(ImprovementDraft("Name the flag", impact=8, effort=2),),
    agent="codex",
    project="api",
    reviewed_until=NOW - timedelta(minutes=5),
)


def test_a_retro_is_saved_whole(store: MemoryStore) -> None:
    """Answers, time, session and improvements are one transaction; undo takes all of it back."""
    before = load_improvements(store).items
    saved = retros.save_retro(store, DRAFT, now=NOW).value
    assert (saved.retro.id, saved.retro.session_id, saved.retro.at) == ("RET-001", "s-1", NOW)
    assert (saved.retro.slowed, saved.retro.broke, saved.retro.better) == (
        "tests",
        "nothing",
        "flags",
    )
    (item,) = saved.improvements
    assert saved.retro.improvement_ids == (item.id,)
    assert (item.source, item.sessions, item.project, item.hours) == ("retro", ("s-1",), "api", 2.0)
    assert retros.reviewed_until(store) == {"s-1": NOW - timedelta(minutes=5)}
    store.undo(now=NOW)
    assert load_improvements(store).items == before
    assert retros.load_retros(store) == ()


def test_offers_that_were_not_taken_are_not_stored(store: MemoryStore) -> None:
    """An unseen suggestion never becomes an improvement."""
    offered = ImprovementDraft("Offered", taken=False, suggested=True)
    draft = replace(DRAFT, improvements=(*DRAFT.improvements, offered, ImprovementDraft("  ")))
    assert len(retros.save_retro(store, draft, now=NOW).value.improvements) == 1


def test_none_needs_a_reason_and_a_fourth_a_confirmation(store: MemoryStore) -> None:
    """One to three improvements are the rule; the exceptions are explicit."""
    nothing = replace(DRAFT, improvements=())
    with pytest.raises(UsageError, match="this one has none"):
        retros.save_retro(store, nothing, now=NOW)
    saved = retros.save_retro(store, replace(nothing, none_because="all well"), now=NOW).value
    assert (saved.retro.none_because, saved.improvements) == ("all well", ())
    four = replace(DRAFT, improvements=tuple(ImprovementDraft(f"x{n}") for n in range(4)))
    with pytest.raises(UsageError, match="this one has 4"):
        retros.save_retro(store, four, now=NOW)
    assert len(retros.save_retro(store, four, now=NOW, force=True).value.improvements) == 4
    with pytest.raises(UsageError, match="1–5"):
        retros.save_retro(store, replace(DRAFT, mood=6), now=NOW)


def test_a_repeat_is_linked_instead_of_added(store: MemoryStore) -> None:
    """The existing improvement gains the session; both sessions are listed."""
    first = retros.save_retro(store, DRAFT, now=NOW).value.improvements[0]
    again = replace(
        DRAFT, session_id="s-2", improvements=(ImprovementDraft("Flag", same_as=first.id[-1]),)
    )
    saved = retros.save_retro(store, again, now=NOW).value
    (item,) = saved.improvements
    assert (item.id, item.seen, item.sessions) == (first.id, 2, ("s-1", "s-2"))
    assert item.title == "Name the flag"
    unknown = replace(DRAFT, improvements=(ImprovementDraft("x", same_as="77"),))
    with pytest.raises(NotFoundError):
        retros.save_retro(store, unknown, now=NOW)


def test_damaged_records_of_time_and_retros_are_passed_over(store: MemoryStore) -> None:
    """One unreadable entry does not take the week's view or the list of retros away."""
    time_entries.add_entry(store, "1", NOW - timedelta(hours=1), NOW, now=NOW)
    retros.save_retro(store, DRAFT, now=NOW)
    with store.transaction("damage", now=NOW) as transaction:
        transaction.put("time_entries", "T-999", {"id": "T-999"})
        transaction.put("retros", "RET-999", {"id": "RET-999"})
    assert [entry.id for entry in times.entries(store)] == ["T-001"]
    assert [retro.id for retro in retros.load_retros(store)] == ["RET-001"]
