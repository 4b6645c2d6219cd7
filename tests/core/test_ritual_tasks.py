"""The ritual: what it asks, how answers settle it, and what its clock counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.planning import ritual
from hansei_core.planning.agenda import ThemeNote
from hansei_core.planning.brief import Brief, brief_page, titles_of
from hansei_core.planning.pace import OwnRatio
from hansei_core.planning.ritual import Progress, Step, step_times
from hansei_core.planning.tasks import Question, Tasks
from hansei_core.planning.week import Capacity, Week
from hansei_core.quickadd import parse_line
from hansei_core.retro import ImprovementDraft, RetroDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.verbs import improvements, plans, retros, rework, rituals
from hansei_core.verbs.measure import measure
from hansei_core.verbs.records import load_improvements, read_improvement
from hansei_core.vocabulary import Severity, Stage

FRIDAY = datetime(2026, 11, 13, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
LAST, WEEK = Week(2026, 46), Week(2026, 47)
USUAL = Capacity()


def minute(number: float) -> datetime:
    """Return a moment of the ritual."""
    return MONDAY + timedelta(minutes=number)


@pytest.fixture
def store() -> MemoryStore:
    """Return a store with two promises of the week before, an inbox and a retro."""
    store = MemoryStore()
    for title, impact, effort, hours in (
        ("Pool", 8, 2, 4.0),
        ("Cache", 6, 3, 3.0),
        ("Later", 4, 2, 2.0),
        ("Unknown", None, None, None),
    ):
        draft = ImprovementDraft(title, impact=impact, effort=effort, hours=hours)
        improvements.add(store, draft, now=FRIDAY)
    improvements.move(store, ["1", "2", "3"], Stage.BACKLOG, now=FRIDAY)
    plans.take(store, LAST, ["1", "2"], USUAL, now=FRIDAY)
    retro = RetroDraft("s-1", slowed="Wait", better="Refresh the token", none_because="no time")
    retros.save_retro(store, retro, now=FRIDAY)
    return store


def asked(
    store: MemoryStore, now: datetime = MONDAY, *, themes: tuple[ThemeNote, ...] = ()
) -> Tasks:
    """Return the tasks of the week."""
    return rituals.tasks(store, WEEK, USUAL, now=now, themes=themes)


def keys(tasks: Tasks, step: Step) -> list[str]:
    """Return the keys of a step's tasks."""
    return [task.key for task in tasks.of(step)]


def test_open_promises_come_first_then_what_is_not_measured(store: MemoryStore) -> None:
    """R48: what last week promised or finished without a number would not be presented."""
    improvements.move(store, ["1"], Stage.DONE, now=FRIDAY, force=True)
    assert keys(asked(store), Step.REVIEW) == ["promise:IMP-2026-002", "unmeasured:IMP-2026-001"]
    text = asked(store).review[0].text
    assert text == "3 h planned in week 46, not begun"
    measure(store, "1", "wait", now=MONDAY, after=3)
    assert keys(asked(store), Step.REVIEW) == ["promise:IMP-2026-002"]
    store.undo(now=MONDAY)
    assert len(asked(store).review) == 2


def test_a_week_without_a_ritual_hides_nothing(store: MemoryStore) -> None:
    """After a holiday the promises and the unmeasured of the last plan are still there."""
    improvements.move(store, ["1"], Stage.DONE, now=FRIDAY, force=True)
    later = rituals.tasks(store, WEEK + 1, USUAL, now=MONDAY + timedelta(days=7))
    assert keys(later, Step.REVIEW) == ["promise:IMP-2026-002", "unmeasured:IMP-2026-001"]
    proposal = plans.proposal(store, WEEK + 1, USUAL, now=MONDAY + timedelta(days=7))
    assert proposal.choices[0].id == "IMP-2026-002"


@pytest.mark.parametrize("how", ["keep", "take", "let go", "done", "defer", "snooze", "decline"])
def test_every_decision_settles_a_promise_and_undo_brings_it_back(
    store: MemoryStore, how: str
) -> None:
    """A question that was answered would be asked again, or be lost with the undo."""
    before = keys(asked(store), Step.REVIEW)
    assert before == ["promise:IMP-2026-001", "promise:IMP-2026-002"]
    tomorrow = date(2026, 11, 17)
    answers: dict[str, Callable[[], object]] = {
        "keep": lambda: rituals.settle(store, WEEK, [before[0]], USUAL, now=MONDAY),
        "take": lambda: plans.take(store, WEEK, ["1"], USUAL, now=MONDAY),
        "let go": lambda: rituals.let_go(store, WEEK, ["1"], USUAL, now=MONDAY),
        "done": lambda: improvements.move(store, ["1"], Stage.DONE, now=MONDAY, force=True),
        "defer": lambda: improvements.defer(store, ["1"], tomorrow, "later", now=MONDAY),
        "snooze": lambda: improvements.snooze(store, ["1"], tomorrow, now=MONDAY),
        "decline": lambda: improvements.decline(store, ["1"], "no", now=MONDAY),
    }
    answers[how]()
    assert "promise:IMP-2026-001" not in keys(asked(store), Step.REVIEW)
    store.undo(now=MONDAY)
    assert keys(asked(store), Step.REVIEW) == before


def test_what_is_let_go_is_not_carried_over(store: MemoryStore) -> None:
    """A dropped promise would come back first all the same, and count on."""
    rituals.let_go(store, WEEK, ["1"], USUAL, now=MONDAY)
    chosen = {each.id: each for each in plans.proposal(store, WEEK, USUAL, now=MONDAY).choices}
    assert chosen["IMP-2026-002"].force is not None
    assert chosen["IMP-2026-001"].force is None
    plan = plans.take(store, WEEK, ["1", "2"], USUAL, now=MONDAY).value
    assert [item.carried for item in plan.items] == [0, 1]


def test_the_second_carry_is_asked_about(store: MemoryStore) -> None:
    """R56: carried twice, an item asks to be split, scored anew or dropped."""
    plans.take(store, WEEK, ["1"], USUAL, now=MONDAY)
    monday = MONDAY + timedelta(days=7)

    def again() -> list[str]:
        return keys(rituals.tasks(store, WEEK + 1, USUAL, now=monday), Step.REVIEW)

    (task,) = rituals.tasks(store, WEEK + 1, USUAL, now=monday).review
    assert task.question is Question.CARRIED
    assert task.text.startswith("carried 2×: split, re-score or drop?")
    improvements.score(store, ["1"], now=monday, effort=3)
    assert again() == []
    store.undo(now=monday)
    parts = [parse_line(line, monday.date()) for line in ("one hours:1", "two hours:2")]
    rework.split(store, "1", parts, now=monday)
    assert again() == []
    store.undo(now=monday)
    rituals.let_go(store, WEEK + 1, ["1"], USUAL, now=monday)
    assert again() == []


def test_overdue_critical_ones_are_reviewed(store: MemoryStore) -> None:
    """R22: what is critical and late must be looked at; what is only late must not crowd it."""
    draft = ImprovementDraft("Leak", severity=Severity.CRITICAL, impact=9, effort=2)
    improvements.add(store, draft, now=FRIDAY - timedelta(days=10))
    improvements.add(
        store, replace(draft, severity=Severity.LOW, due=date(2026, 11, 1)), now=FRIDAY
    )
    improvements.move(store, ["5"], Stage.BACKLOG, now=FRIDAY)
    (task,) = [each for each in asked(store).review if each.question is Question.OVERDUE]
    assert task.id == "IMP-2026-005"
    assert "critical, overdue since 2026-11-05" in task.text
    plans.take(store, WEEK, ["5"], USUAL, now=MONDAY)
    assert "overdue:IMP-2026-005" not in keys(asked(store), Step.REVIEW)


def test_retros_themes_and_inbox_are_captured(store: MemoryStore) -> None:
    """R49: an unconverted retro, theme or inbox item is shown until converted or dismissed."""
    themes = (ThemeNote("THM-2", "Login", 3, 2, 12.0), ThemeNote("THM-1", "Port", 9, 2, 40.0))
    found = asked(store, themes=themes)
    assert keys(found, Step.CAPTURE) == [
        "retro:RET-001",
        "theme:THM-1",
        "theme:THM-2",
        "inbox:IMP-2026-004",
    ]
    assert found.capture[0].title == "Refresh the token"
    assert found.capture[1].text == "9× in 2 of the week's sessions, 40 min lost"
    draft = ImprovementDraft("Refresh it", impact=5, effort=2)
    item = rituals.convert_retro(store, "RET-001", draft, now=MONDAY).value
    assert (item.stage, item.source, item.sessions) == (Stage.BACKLOG, "retro", ("s-1",))
    assert "slowed: Wait" in item.current_state
    against = rituals.convert_theme(store, "THM-1", ImprovementDraft("Port it"), now=MONDAY).value
    assert (against.theme_id, against.stage) == ("THM-1", Stage.BACKLOG)
    plans.dismiss(store, WEEK, ["THM-2", "IMP-2026-004"], USUAL, now=MONDAY)
    assert keys(asked(store, themes=themes), Step.CAPTURE) == []
    assert "unscored:IMP-2026-004" not in keys(asked(store), Step.PRIORITISE)
    with pytest.raises(NotFoundError):
        rituals.convert_retro(store, "RET-077", draft, now=MONDAY)
    with pytest.raises(UsageError):
        rituals.convert_retro(store, "RET-001", ImprovementDraft(" "), now=MONDAY)


def test_only_unscored_and_changed_ones_are_prioritised(store: MemoryStore) -> None:
    """R50: scoring empties the list; a score that is older than its words is asked about."""
    assert keys(asked(store), Step.PRIORITISE) == ["unscored:IMP-2026-004"]
    improvements.score(store, ["4"], now=MONDAY, impact=5)
    assert asked(store).prioritise[0].text == "no effort yet"
    improvements.score(store, ["4"], now=MONDAY, effort=5)
    assert asked(store).prioritise == ()
    improvements.score(store, ["2"], now=minute(5), hours=6)
    (task,) = asked(store, minute(6)).prioritise
    assert (task.question, task.text) == (
        Question.CHANGED,
        "changed Mon 16 Nov, after it was scored",
    )
    improvements.snooze(store, ["2"], date(2026, 11, 20), now=minute(7))
    assert asked(store, minute(8)).prioritise == ()


def test_the_clock_is_in_no_undos_way(store: MemoryStore) -> None:
    """After a break, undo would take the break back and not what was taken into the week."""
    rituals.begin_step(store, WEEK, Step.SELECT, USUAL, now=MONDAY)
    plans.take(store, WEEK, ["1"], USUAL, now=minute(1))
    rituals.pause_ritual(store, WEEK, USUAL, now=minute(2))
    plan = plans.read_plan(store, WEEK, USUAL)
    assert (plan.ids, len(plan.steps)) == (("IMP-2026-001",), 1)
    assert "take" in store.undo(now=minute(3)).label
    plan = plans.read_plan(store, WEEK, USUAL)
    assert (plan.ids, plan.steps[0].seconds) == ((), 120)


def test_a_plan_of_an_older_hansei_keeps_its_steps(store: MemoryStore) -> None:
    """Steps that lie in the plan itself would vanish when the plan is written again."""
    steps = ritual.finished((), Step.REVIEW, MONDAY)
    with store.transaction("as it was", now=MONDAY) as transaction:
        plan = replace(plans.read_plan(store, WEEK, USUAL), steps=steps)
        transaction.put("plans", str(WEEK), plan.to_document())
    plans.take(store, WEEK, ["1"], USUAL, now=MONDAY)
    assert plans.read_plan(store, WEEK, USUAL).steps == steps
    rituals.begin_step(store, WEEK, Step.CAPTURE, USUAL, now=minute(1))
    plans.take(store, WEEK, ["2"], USUAL, now=minute(2))
    assert plans.read_plan(store, WEEK, USUAL).steps[0] == steps[0]


def test_a_crash_counts_fifteen_minutes_at_most(store: MemoryStore) -> None:
    """A step that runs over a crash and a lunch would take the whole day."""
    rituals.begin_step(store, WEEK, Step.REVIEW, USUAL, now=MONDAY)
    rituals.settle(store, WEEK, ["promise:IMP-2026-001"], USUAL, now=minute(10))
    rituals.begin_step(store, WEEK, Step.REVIEW, USUAL, now=minute(240))
    rituals.finish_step(store, WEEK, Step.REVIEW, USUAL, now=minute(242))
    (first, *_) = step_times(plans.read_plan(store, WEEK, USUAL).steps, minute(300))
    assert (first.actual_minutes, first.progress) == (27.0, Progress.DONE)
    assert first.over_minutes == 12.0


@given(st.lists(st.integers(0, 120), max_size=12), st.integers(0, 120))
def test_signs_of_life_bound_what_counts(at: list[int], end: int) -> None:
    """More time would count than has passed, or than fifteen minutes beyond the last sign."""
    (record,) = ritual.begun((), Step.REVIEW, MONDAY)
    signs = [minute(number) for number in at]
    counted = ritual.seconds_in(record, minute(end), signs) / 60
    assert 0 <= counted <= end
    assert counted <= 15 * (1 + len({number for number in at if 0 < number < end}))
    closer = [*signs, *(minute(number) for number in range(end))]
    assert ritual.seconds_in(record, minute(end), closer) / 60 == end


def test_all_steps_at_target_are_forty_minutes_and_a_fifth(store: MemoryStore) -> None:
    """R53: 15 + 10 + 10 + 5 minutes and 8 hours are 21.7 % of 40."""
    at = 0
    for step, minutes in ritual.STEP_MINUTES.items():
        rituals.begin_step(store, WEEK, step, USUAL, now=minute(at))
        at += minutes
        rituals.finish_step(store, WEEK, step, USUAL, now=minute(at))
    steps = plans.read_plan(store, WEEK, USUAL).steps
    time = ritual.ritual_time(steps, minute(99), budget_hours=8, week_hours=40)
    assert (time.actual_minutes, time.total_hours, time.percent) == (40.0, 8.67, 21.7)
    assert all(each.over_minutes == 0 for each in step_times(steps, minute(99)))


def test_the_page_names_what_the_ritual_will_be_about(store: MemoryStore) -> None:
    """Whoever reads it before would miss a promise, or read of one that is not there."""
    items = load_improvements(store).items
    for number in range(6):
        improvements.add(store, ImprovementDraft(f"More {number}"), now=FRIDAY)
    brief = Brief(
        plan=plans.read_plan(store, WEEK, USUAL),
        last=None,
        tasks=asked(store),
        proposal=plans.proposal(store, WEEK, USUAL, now=MONDAY),
        ratio=OwnRatio(1.4, 9, 5),
        titles=titles_of(items.values()),
        waiting_sessions=1,
    )
    page = {section.heading: section.lines for section in brief_page(brief)}
    assert page["Last week"][:3] == (
        "no plan in the last weeks",
        "2 still open",
        "  IMP-2026-001 Pool",
    )
    assert "1 session waits for a retro" in page["Since then"]
    assert "  and 3 more" in page["Since then"]
    assert page["To score"] == ("7 unscored, 0 to confirm",)
    assert "budget 8 h, 20 % of 40 h" in page["This week"]
    assert "  4 h  IMP-2026-001 Pool (carried over)" in page["This week"]
    assert page["This week"][-1].startswith("hours × 1.4: what your estimated hour really took")
    assert page["The ritual"] == ("40 minutes: review 15, capture 10, prioritise 10, select 5",)


def test_the_retro_that_was_converted_knows_its_improvement(store: MemoryStore) -> None:
    """The scorecard would count the retro as one without improvements."""
    item = rituals.convert_retro(store, "RET-001", ImprovementDraft("Refresh"), now=MONDAY).value
    (retro,) = retros.load_retros(store)
    assert retro.improvement_ids == (item.id,)
    store.undo(now=MONDAY)
    assert retros.load_retros(store)[0].improvement_ids == ()
    with pytest.raises(NotFoundError):
        read_improvement(store, item.id)
