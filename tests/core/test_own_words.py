"""What months of retros and Mondays must not do: echo, repeat, and grow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_core.frictions import label_of
from hansei_core.planning.agenda import REST_DAYS, THEMES_A_WEEK, ThemeNote
from hansei_core.planning.tasks import Question, Tasks, title_of
from hansei_core.planning.week import Capacity, Week
from hansei_core.prefill import prefill
from hansei_core.retro import ImprovementDraft, Retro, RetroDraft
from hansei_core.sources import Cadence, freshness_of, notes_of
from hansei_core.store.memory import MemoryStore
from hansei_core.suggestions import Background, Lately, Standing, standing_of
from hansei_core.usual import Usual, compared_words
from hansei_core.verbs import (
    budgets,
    improvements,
    plans,
    retros,
    rituals,
    time_entries,
    times,
)
from hansei_core.verbs.changes import newest_changes
from hansei_core.verbs.records import load_improvements
from hansei_core.vocabulary import Stage
from hansei_sessions.index.values import SourceState, SourceStatus
from hansei_sessions.model import Evidence, Friction, FrictionKind, ParseCounts, Session

NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
LAST, WEEK = Week(2026, 46), Week(2026, 47)
USUAL = Capacity()
SESSION = Session("s-1", "codex", "/l", "api", "/src/api")


def friction(number: int, kind: FrictionKind, text: str) -> Friction:
    """Return something that went wrong."""
    at = NOW - timedelta(minutes=number)
    place = Evidence("/l", number)
    return Friction(
        f"s-1:{number}", "s-1", kind, "x", at, text, place, tool="Edit", seconds_lost=90.0
    )


FRICTIONS = (
    friction(1, FrictionKind.REJECTION, "change the schema instead"),
    friction(2, FrictionKind.EDIT_ERROR, "File has not been read yet."),
)


def saved(draft: RetroDraft, store: MemoryStore | None = None) -> Retro:
    """Return a retro as it comes back from a store."""
    store = store or MemoryStore()
    retros.save_retro(store, draft, now=NOW)
    return retros.load_retros(store)[-1]


def test_sentences_left_as_they_were_offered_are_not_the_users() -> None:
    """Each trouble would be two themes: the friction's own, and what hansei said about it."""
    draft = prefill(SESSION, FRICTIONS)
    assert draft.slowed
    assert draft.broke
    kept = saved(replace(draft, none_because="nothing new"))
    assert kept.slowed == draft.slowed
    assert not kept.says_something
    own = kept.in_own_words
    assert (own.slowed, own.broke, own.better) == ("", "", "")
    assert notes_of((), (), (kept,), {}) == ()


def test_a_sentence_that_was_changed_is_the_users() -> None:
    """What someone wrote with care would be thrown away with the rest."""
    draft = prefill(SESSION, FRICTIONS)
    changed = f"{draft.slowed.splitlines()[0]} The harness could read for it.\n{draft.broke}"
    kept = saved(replace(draft, slowed=changed, better="Read first", none_because="no time"))
    assert kept.says_something
    assert kept.in_own_words.slowed == changed.splitlines()[0]
    assert kept.in_own_words.better == "Read first"
    assert kept.in_own_words.broke == ""
    assert title_of(kept) == "Read first"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text("ab \n", max_size=8), min_size=3, max_size=3),
    st.lists(st.text("ab ", min_size=1, max_size=3), max_size=4),
)
def test_own_words_and_offered_ones_are_all_there_is(
    answers: list[str], offered: list[str]
) -> None:
    """A line would be lost, or counted as both."""
    slowed, broke, better = answers
    draft = RetroDraft("s-1", slowed, broke, better, none_because="x", prefilled=tuple(offered))
    kept = saved(draft)
    lines = [line for text in (kept.slowed, kept.broke, kept.better) for line in text.splitlines()]
    mine = kept.in_own_words
    own = [line for text in (mine.slowed, mine.broke, mine.better) for line in text.splitlines()]
    expected = [line for line in lines if line.strip() not in offered]
    assert [line for line in own if line] == [line for line in expected if line]
    assert len(lines) - len(kept.prefilled) == len(expected)


def offers(standing: Standing, theme: str = "") -> tuple[ImprovementDraft, ...]:
    """Return what is offered for one refused edit."""
    homes = {FRICTIONS[0].id: theme} if theme else {}
    background = Background(theme_of=homes, standing=standing)
    return prefill(SESSION, FRICTIONS[:1], background=background).improvements


@pytest.fixture
def store() -> MemoryStore:
    """Return a store that holds what the first offer became."""
    (offer,) = offers(Standing())
    store = MemoryStore()
    improvements.add(store, replace(offer, project="api"), now=NOW)
    return store


def standing(store: MemoryStore, themes: dict[str, str] | None = None) -> Standing:
    """Return what a store says about suggestions."""
    return standing_of(load_improvements(store).items.values(), themes or {})


def test_what_is_open_is_offered_as_seen_again(store: MemoryStore) -> None:
    """Three months of one habit would be thirty improvements of one title."""
    (offer,) = offers(standing(store))
    assert offer.same_as == "IMP-2026-001"
    assert not offer.taken
    again = replace(offer, taken=True, evidence=())
    retros.save_retro(store, RetroDraft("s-2", improvements=(again,)), now=NOW)
    (item,) = load_improvements(store).items.values()
    assert item.seen == 2
    improvements.move(store, ["1"], Stage.DONE, now=NOW, force=True)
    assert offers(standing(store))[0].same_as == ""


def test_an_improvement_against_the_theme_is_the_same_under_any_title(store: MemoryStore) -> None:
    """The theme that is being worked on would be offered under other words, or its old id."""
    draft = ImprovementDraft("Guard the folder", theme_id="THM-1")
    name = improvements.add(store, draft, now=NOW).value.id
    known = standing(store, {"THM-1": "THM-2", "THM-2": "THM-2"})
    assert offers(known, "THM-2")[0].same_as == name


def test_an_offer_says_what_was_finished_against_its_theme(store: MemoryStore) -> None:
    """The same fix would be offered as if nobody had tried it."""
    draft = ImprovementDraft("Guard the folder", theme_id="THM-1")
    for _ in range(2):
        name = improvements.add(store, draft, now=NOW).value.id
        improvements.move(store, [name], Stage.DONE, now=NOW, force=True)
    improvements.trash(store, ["1"], now=NOW)
    (offer,) = offers(standing(store, {"THM-1": "THM-2"}), "THM-2")
    assert offer.same_as == ""
    assert "IMP-2026-003, done on 2026-11-13, was meant to end it" in offer.reason
    assert "was meant" not in offers(standing(store), "THM-9")[0].reason


def test_what_was_declined_is_not_offered_again_in_its_project(store: MemoryStore) -> None:
    """A no with a reason would be asked about at the end of every session."""
    improvements.move(store, ["1"], Stage.DECLINED, now=NOW, reason="not worth it")
    known = standing(store)
    first = offers(Standing())[0].title
    assert first not in [each.title for each in offers(known)]
    elsewhere = replace(known, declined=frozenset({("web", key) for _, key in known.declined}))
    assert [each.title for each in offers(elsewhere)] == [first]


def test_a_muted_theme_offers_nothing() -> None:
    """What the user does not want to see would be back in the next retro."""
    known = Standing(muted=frozenset({"THM-1"}))
    assert offers(known, "THM-1") == ()
    assert offers(known, "THM-2")


def themes(count: int) -> tuple[ThemeNote, ...]:
    """Return themes, the dearest first."""
    return tuple(ThemeNote(f"THM-{n}", f"t{n}", 2, 2, 99.0 - n) for n in range(1, count + 1))


def captured(store: MemoryStore, week: Week = WEEK, now: datetime = MONDAY) -> list[str]:
    """Return the themes that Monday asks about."""
    found: Tasks = rituals.tasks(store, week, USUAL, now=now, themes=themes(9))
    return [task.id for task in found.capture if task.question is Question.THEME]


def test_monday_asks_about_three_themes_and_no_others_take_their_place() -> None:
    """Who waves three themes away would be asked about the fourth, and so on to the thirtieth."""
    store = MemoryStore()
    assert captured(store) == ["THM-1", "THM-2", "THM-3"]
    assert len(captured(store)) == THEMES_A_WEEK
    plans.dismiss(store, WEEK, ["THM-2"], USUAL, now=MONDAY)
    assert captured(store) == ["THM-1", "THM-3"]
    improvements.add(store, ImprovementDraft("Do", theme_id="THM-1"), now=MONDAY)
    assert captured(store) == ["THM-3"]


def test_a_theme_that_was_waved_away_rests_for_four_mondays() -> None:
    """The same no would be asked for every Monday."""
    store = MemoryStore()
    plans.dismiss(store, WEEK, ["THM-1"], USUAL, now=MONDAY)
    seen = []
    for later in range(1, 6):
        now = MONDAY + timedelta(weeks=later)
        seen.append("THM-1" in captured(store, WEEK + later, now))
    assert seen == [False, False, False, False, True]


def test_a_theme_whose_improvement_was_declined_rests_for_a_quarter() -> None:
    """The reason was given; asking again next week says that nobody read it."""
    store = MemoryStore()
    improvements.add(store, ImprovementDraft("Do", theme_id="THM-1"), now=NOW)
    improvements.move(store, ["1"], Stage.DECLINED, now=NOW, reason="no")
    assert captured(store)[0] == "THM-2"
    late = MONDAY + timedelta(days=REST_DAYS)
    assert captured(store, WEEK + REST_DAYS // 7, late)[0] == "THM-1"


def test_a_theme_that_outlived_its_fix_says_so() -> None:
    """Monday would ask for an improvement as if none had been tried."""
    store = MemoryStore()
    improvements.add(store, ImprovementDraft("Do", theme_id="THM-1"), now=NOW)
    improvements.move(store, ["1"], Stage.DONE, now=NOW, force=True)
    found = rituals.tasks(store, WEEK, USUAL, now=MONDAY, themes=themes(1))
    (text,) = [task.text for task in found.capture if task.question is Question.THEME]
    assert text.endswith("; IMP-2026-001 was done Fri 13 Nov")


def test_a_retro_that_was_dismissed_on_its_own_monday_is_not_asked_about_on_the_next() -> None:
    """Retros of a Monday morning belong to two rituals and would be waved away twice."""
    store = MemoryStore()
    saved(RetroDraft("s-1", better="Read first", none_because="no time"), store)
    found = rituals.tasks(store, LAST, USUAL, now=NOW)
    assert [task.id for task in found.capture] == ["RET-001"]
    plans.dismiss(store, LAST, ["RET-001"], USUAL, now=NOW)
    assert rituals.tasks(store, WEEK, USUAL, now=MONDAY).capture == ()


def test_what_costs_little_each_time_is_offered_when_it_is_a_habit() -> None:
    """The trouble of seventy sessions would never be spoken of, because each lost 46 seconds."""
    once = (replace(FRICTIONS[1], seconds_lost=46.0),)
    key = (FrictionKind.EDIT_ERROR, label_of(once[0]))
    assert prefill(SESSION, once).improvements == ()
    seldom = Background(lately={key: Lately(minutes_a_week=1.5, sessions=9)})
    new = Background(lately={key: Lately(minutes_a_week=9.0, sessions=2)})
    habit = Background(lately={key: Lately(minutes_a_week=2.0, sessions=3)})
    assert prefill(SESSION, once, background=seldom).improvements == ()
    assert prefill(SESSION, once, background=new).improvements == ()
    (offer,) = prefill(SESSION, once, background=habit).improvements
    assert "in 3 sessions lately" in offer.reason
    for sessions, offered in ((7, 0), (8, 1)):
        known = Background(lately={key: Lately(minutes_a_week=0.0, sessions=sessions)})
        free = (replace(once[0], seconds_lost=None),)
        assert len(prefill(SESSION, free, background=known).improvements) == offered


def test_a_usual_without_a_range_is_one_number() -> None:
    """“46 s to 46 s” reads like a mistake."""
    assert compared_words(46.0, Usual(6, 46.0, 46.0, 46.2)) == "as usual: 46 s"
    assert compared_words(60.0, Usual(6, 40.0, 46.0, 50.0)) == "more than usual: 40 s to 50 s"


@pytest.mark.parametrize(
    ("days", "cadence", "expected"),
    [(14, 14, "fresh"), (15, 14, "stale"), (56, 14, "stale"), (57, 14, "unused"), (56, 3, "stale")],
)
def test_an_agent_that_is_not_used_any_more_is_no_warning(
    days: int, cadence: int, expected: str
) -> None:
    """Whoever switched to another agent would be warned for ever; a holiday would silence it."""
    source = SourceStatus(
        "codex", "/c", SourceState.READ, 3, 0, 3, NOW - timedelta(days=days), ParseCounts()
    )
    assert freshness_of(source, Cadence(cadence), NOW) == expected


def test_a_promise_that_took_more_than_its_estimate_says_so() -> None:
    """A quarter of an hour would be planned, week after week, for what has eaten five."""
    store = MemoryStore()
    improvements.add(store, ImprovementDraft("Pool", impact=8, effort=2, hours=2.0), now=NOW)
    improvements.move(store, ["1"], Stage.BACKLOG, now=NOW)
    plans.take(store, LAST, ["1"], USUAL, now=NOW)
    time_entries.add_entry(store, "1", NOW - timedelta(hours=5), NOW, now=NOW)
    (task,) = rituals.tasks(store, WEEK, USUAL, now=MONDAY).review
    assert "5.00 h worked of 2 h estimated" in task.text


def test_what_hansei_writes_by_itself_takes_no_room_among_the_changes() -> None:
    """After twenty looks at new logs the list of changes would say that nothing was ever done."""
    store = MemoryStore()
    for number in range(4):
        improvements.add(store, ImprovementDraft(f"Do {number}"), now=NOW)
        for _ in range(30):
            with store.transaction("look for themes", now=NOW, undoable=False) as transaction:
                transaction.put("theme_state", "state", {"at": number})

    def labels(most: int) -> list[str]:
        return [each.label for each in newest_changes(store, most, lambda each: each.undoable)]

    assert len(labels(3)) == 3
    assert len(labels(4)) == len(labels(20)) == len(labels(0)) == 4
    assert "3" in labels(1)[0]


def test_a_timer_that_ran_over_the_weekend_is_doubted_when_it_is_stopped() -> None:
    """Sixty hours would count as work without a word, in the week and in every estimate."""
    store = MemoryStore()
    improvements.add(store, ImprovementDraft("Pool"), now=NOW)
    improvements.add(store, ImprovementDraft("Cache"), now=NOW)
    times.start(store, "1", now=NOW)
    assert times.stop(store, now=NOW + timedelta(hours=4)).notes == ()
    times.start(store, "1", now=NOW + timedelta(hours=4))
    (said,) = times.stop(store, now=NOW + timedelta(hours=67)).notes
    assert said.startswith("63 h at a stretch: forgotten?")
    store.undo(now=NOW + timedelta(hours=67))
    at = NOW + timedelta(hours=9)
    assert times.stop(store, now=NOW + timedelta(hours=67), at=at).notes == ()
    store.undo(now=NOW + timedelta(hours=67))
    notes = times.start(store, "2", now=NOW + timedelta(hours=67)).notes
    assert notes[0] == "stopped IMP-2026-001"
    assert "63 h at a stretch" in notes[1]


def test_a_week_without_hours_asks_nobody_to_split_anything() -> None:
    """A week off would say of every improvement that it is too large."""
    store = MemoryStore()
    improvements.add(store, ImprovementDraft("Pool", impact=8, effort=2), now=NOW)
    improvements.move(store, ["1"], Stage.BACKLOG, now=NOW)
    budgets.set_budget(store, WEEK, 0.0, USUAL, now=MONDAY, reason="holiday")
    found = plans.proposal(store, WEEK, USUAL, now=MONDAY)
    assert [str(reason) for reason in found.excluded] == ["the week holds no hours"]
