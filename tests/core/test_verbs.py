"""The verbs over a store: what they write, what they refuse, and that undo brings all back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.improvement import EvidenceLink, Improvement
from hansei_core.quickadd import parse_line
from hansei_core.record import CHECKLISTS
from hansei_core.retro import ImprovementDraft
from hansei_core.stages import check_move, legal_moves
from hansei_core.store.memory import MemoryStore
from hansei_core.tables import IMPROVEMENTS
from hansei_core.verbs import improvements as verbs
from hansei_core.verbs.edit import block, edit, modify
from hansei_core.verbs.records import load_improvements, read_improvement, resolve
from hansei_core.verbs.themes import promote_theme
from hansei_core.vocabulary import STAGE_ORDER, Category, Stage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for title in ("Pool the connections", "Name the flag", "Skip generated files"):
        verbs.add(store, ImprovementDraft(title=title), now=NOW)
    return store


def get(store: MemoryStore, number: int) -> Improvement:
    return read_improvement(store, f"IMP-2026-{number:03d}")


def dump(store: MemoryStore) -> object:
    return {name: dict(store.all(name)) for name in store.tables()}


def test_quick_add_sets_five_fields() -> None:
    """A line of quick add becomes an improvement with title, tag, scores and hours."""
    store = MemoryStore()
    line = parse_line("Pool +perf impact:8 effort:2 hours:2", NOW.date())
    item = verbs.add(store, verbs.draft_of_line(line), now=NOW).value
    assert (item.id, item.title, item.tags) == ("IMP-2026-001", "Pool", ("perf",))
    assert (item.impact, item.effort, item.hours, item.priority) == (8, 2, 2.0, 72)
    assert item.stage is Stage.INBOX
    assert read_improvement(store, item.id) == item


def test_ids_are_never_used_again(store: MemoryStore) -> None:
    """Neither undo nor the trash gives a number free; each year counts for itself."""
    store.undo(now=NOW)
    assert verbs.add(store, ImprovementDraft("x"), now=NOW).value.id == "IMP-2026-004"
    verbs.trash(store, ["4"], now=NOW)
    assert verbs.add(store, ImprovementDraft("y"), now=NOW).value.id == "IMP-2026-005"
    next_year = datetime(2027, 1, 1, tzinfo=UTC)
    assert verbs.add(store, ImprovementDraft("z"), now=next_year).value.id == "IMP-2027-001"


def test_an_empty_title_adds_nothing(store: MemoryStore) -> None:
    """A refused add leaves no record and no gap."""
    with pytest.raises(UsageError, match="needs a title"):
        verbs.add(store, ImprovementDraft("  "), now=NOW)
    with pytest.raises(UsageError, match="1–10"):
        verbs.add(store, ImprovementDraft("x", impact=11), now=NOW)
    assert verbs.add(store, ImprovementDraft("x"), now=NOW).value.id == "IMP-2026-004"


@pytest.mark.parametrize(
    "text", ["IMP-2026-002", "imp-2026-2", "2026-2", "2", "#2", "002", "IMP-2", "IMP-2026-002 "]
)
def test_an_improvement_can_be_named_in_many_ways(store: MemoryStore, text: str) -> None:
    """Full id, number and their short forms mean the same."""
    assert resolve(store, text, now=NOW) == "IMP-2026-002"


def test_an_unknown_id_writes_nothing_and_names_near_ones(store: MemoryStore) -> None:
    """The exit code is that of "not found", and the hint helps."""
    before = dump(store)
    with pytest.raises(NotFoundError) as caught:
        verbs.score(store, ["2", "IMP-2026-044"], now=LATER, impact=3)
    assert caught.value.exit_code == 3
    assert "IMP-2026-001" in caught.value.hint
    assert dump(store) == before


def test_a_number_of_two_years_means_the_open_one(store: MemoryStore) -> None:
    """An ambiguous number is refused unless only one of its improvements is still open."""
    next_year = datetime(2027, 1, 1, tzinfo=UTC)
    verbs.add(store, ImprovementDraft("new"), now=next_year)
    with pytest.raises(UsageError, match="IMP-2027-001, IMP-2026-001"):
        resolve(store, "1", now=next_year)
    verbs.decline(store, ["IMP-2026-001"], "not worth it", now=next_year)
    assert resolve(store, "1", now=next_year) == "IMP-2027-001"


@given(st.text(max_size=15))
def test_any_reference_is_resolved_or_refused(text: str) -> None:
    """Whatever is typed as an id gives an existing id or one of two errors."""
    store = MemoryStore()
    verbs.add(store, ImprovementDraft("x"), now=NOW)
    try:
        found = resolve(store, text, now=NOW)
    except (NotFoundError, UsageError):
        found = "IMP-2026-001"
    assert found == "IMP-2026-001"


def test_a_walk_to_standardised_is_dated_line_by_line(store: MemoryStore) -> None:
    """The history of a ticket that goes all the way shows its stages in order."""
    moment = NOW
    for stage in STAGE_ORDER[1:]:
        moment += timedelta(days=1)
        verbs.move(store, ["1"], stage, now=moment)
    item = get(store, 1)
    lines = [line.text for line in item.history]
    assert lines[0] == "added (add)"
    assert lines[1] == "moved from inbox to backlog"
    assert lines[-1] == "moved from done to standardised"
    assert len(lines) == len(STAGE_ORDER)
    moments = [line.at for line in item.history]
    assert moments == sorted(moments)
    assert item.triaged_at == NOW + timedelta(days=1)
    assert item.done_at == NOW + timedelta(days=6)
    assert "passed over: it has no success criteria" in lines[4]


def test_a_jump_needs_a_confirmation_and_says_so(store: MemoryStore) -> None:
    """From the inbox straight to done is asked about; the override stands in the history."""
    with pytest.raises(UsageError, match="jump over backlog, analysis"):
        verbs.move(store, ["1"], Stage.DONE, now=LATER)
    done = verbs.move(store, ["1"], Stage.DONE, now=LATER, force=True)
    assert done.value[0].done_at == LATER
    assert done.value[0].history[-1].text.endswith("(confirmed jump)")
    assert done.label == "move IMP-2026-001 to done"


def test_a_soft_gate_warns_and_is_logged(store: MemoryStore) -> None:
    """Entering implementation without success criteria is told to the user and to the history."""
    done = verbs.move(store, ["1", "2"], Stage.IMPLEMENTATION, now=LATER, force=True)
    assert len(done.notes) == 4
    assert done.notes[0].startswith("IMP-2026-001: it has no success criteria")
    assert "the current state, the proposed change" in done.notes[1]
    assert get(store, 1).history[-1].text.count("passed over") == 2
    said = dict.fromkeys(("current_state", "proposed_change", "success_criteria"), "text")
    edit(store, ["3"], {**said, "impact": "8", "effort": "2"}, now=LATER)
    assert verbs.move(store, ["3"], Stage.IMPLEMENTATION, now=LATER, force=True).notes == ()
    assert verbs.move(store, ["1"], Stage.IMPLEMENTATION, now=LATER).notes == ()


def test_each_stage_adds_its_four_lines_once(store: MemoryStore) -> None:
    """A checklist that came again on each visit would bury what was ticked."""
    for stage in (*STAGE_ORDER[1:], *reversed(STAGE_ORDER[1:-1]), *STAGE_ORDER[2:]):
        verbs.move(store, ["1"], stage, now=LATER)
    lines = get(store, 1).checklist
    assert len(lines) == len(set(lines)) == 20
    assert {line.stage for line in lines} == set(CHECKLISTS)
    assert get(store, 2).checklist == ()


def test_one_refused_move_moves_nothing(store: MemoryStore) -> None:
    """A bulk move is one transaction: all or none."""
    verbs.move(store, ["1"], Stage.BACKLOG, now=NOW)
    before = dump(store)
    with pytest.raises(UsageError):
        verbs.move(store, ["1", "2"], Stage.ANALYSIS, now=LATER)
    assert dump(store) == before


def test_declining_needs_a_reason(store: MemoryStore) -> None:
    """A decline without a reason is refused, by each way of declining."""
    with pytest.raises(UsageError, match="without a reason"):
        verbs.decline(store, ["1"], " ", now=LATER)
    with pytest.raises(UsageError, match="without a reason"):
        verbs.move(store, ["1"], Stage.DECLINED, now=LATER, force=True)
    item = verbs.decline(store, ["1"], "costs too much", now=LATER).value[0]
    assert (item.stage, item.decline_reason) == (Stage.DECLINED, "costs too much")


def test_deferring_hides_until_a_day_and_moving_brings_back(store: MemoryStore) -> None:
    """A deferred improvement knows its day and reason and comes back to where it was."""
    verbs.move(store, ["1"], Stage.BACKLOG, now=NOW)
    item = verbs.defer(store, ["1"], date(2026, 12, 1), "after the release", now=LATER).value[0]
    assert (item.stage, item.deferred_until) == (Stage.DEFERRED, date(2026, 12, 1))
    assert item.history[-1].text.endswith("after the release, until 2026-12-01")
    back = verbs.move(store, ["1"], item.stage_before or Stage.INBOX, now=LATER).value[0]
    assert (back.stage, back.deferred_until, back.stage_before) == (Stage.BACKLOG, None, None)
    with pytest.raises(UsageError, match="needs a reason"):
        verbs.defer(store, ["1"], None, "", now=LATER)
    with pytest.raises(UsageError, match="not in the future"):
        verbs.defer(store, ["1"], NOW.date(), "x", now=LATER)


def test_the_trash_gives_back(store: MemoryStore) -> None:
    """A trashed improvement returns to its stage."""
    verbs.move(store, ["1"], Stage.BACKLOG, now=NOW)
    assert verbs.trash(store, ["1", "2"], now=LATER).label == "trash IMP-2026-001, IMP-2026-002"
    assert get(store, 1).stage is Stage.TRASH
    assert verbs.move(store, ["1"], Stage.BACKLOG, now=LATER).value[0].stage is Stage.BACKLOG
    assert get(store, 2).stage is Stage.TRASH


def test_snoozing_and_waking(store: MemoryStore) -> None:
    """A snoozed improvement has a day; waking it takes the day away."""
    assert verbs.snooze(store, ["1"], date(2026, 12, 1), now=NOW).value[0].snoozed_until
    assert verbs.snooze(store, ["1"], None, now=NOW).value[0].snoozed_until is None
    with pytest.raises(UsageError, match="not in the future"):
        verbs.snooze(store, ["1"], NOW.date(), now=NOW)


def test_scoring_many_is_one_undo(store: MemoryStore) -> None:
    """Scores of several improvements are one step, forth and back."""
    before = dump(store)
    done = verbs.score(store, ["1", "2", "3"], now=LATER, impact="8", effort=2)
    assert [item.priority for item in done.value] == [72, 72, 72]
    assert get(store, 2).hours == 2.0
    assert get(store, 2).history[-1].text == "scored impact 8, effort 2: 8 × (11 − 2) = 72"
    assert store.undo(now=LATER).label == f"undo: {done.label}"
    assert dump(store) == before


def test_nothing_to_change_writes_nothing(store: MemoryStore) -> None:
    """A verb without effect leaves no step in the history of undo."""
    verbs.score(store, ["1"], now=LATER, impact=8, effort=2)
    seq = store.seq
    assert "nothing to change" in verbs.score(store, ["1"], now=LATER, impact=8).label
    verbs.tag(store, ["1"], now=LATER, removed=["none"])
    verbs.move(store, ["1"], Stage.INBOX, now=LATER)
    edit(store, ["1"], {"title": "Pool the connections"}, now=LATER)
    verbs.link_theme(store, ["1"], "", now=LATER)
    assert store.seq == seq
    with pytest.raises(UsageError, match="nothing to set"):
        verbs.score(store, ["1"], now=LATER)
    with pytest.raises(UsageError, match="no improvement is named"):
        verbs.score(store, [], now=LATER, impact=1)


def test_tags_and_notes(store: MemoryStore) -> None:
    """Tags come and go, notes are dated lines."""
    item = verbs.tag(store, ["1"], now=LATER, added=["Perf", "db"]).value[0]
    assert item.tags == ("db", "perf")
    item = verbs.tag(store, ["1"], now=LATER, added=["x"], removed=["db"]).value[0]
    assert (item.tags, item.history[-1].text) == (("perf", "x"), "tagged +x -db")
    assert verbs.note(store, "1", "look at\nthe pool", now=LATER).value.history[-1].text == (
        "note: look at the pool"
    )
    with pytest.raises(UsageError, match="empty"):
        verbs.note(store, "1", "  ", now=LATER)


def test_a_repeat_raises_seen_and_lists_both_sessions(store: MemoryStore) -> None:
    """Linking a second session makes no twin; linking the same one again counts nothing."""
    verbs.link_sessions(store, "1", [EvidenceLink("s-1", quote="a")], now=LATER)
    item = verbs.link_sessions(store, "1", [EvidenceLink("s-2")], now=LATER).value
    assert (item.seen, item.sessions) == (3, ("s-1", "s-2"))
    assert item.history[-1].text == "seen again in session s-2 (3×)"
    again = verbs.link_sessions(store, "1", [EvidenceLink("s-2")], now=LATER).value
    assert again.seen == 3
    assert verbs.link_sessions(store, "1", [], now=LATER).value.seen == 4


def test_fields_are_edited_by_name(store: MemoryStore) -> None:
    """Each field takes a user's text, and an empty text clears it."""
    changes = {"title": "New", "category": "tech-debt", "due": "tomorrow", "tags": "b, a"}
    item = edit(store, ["1"], {**changes, "effort": "3", "current_state": "slow"}, now=LATER).value[
        0
    ]
    assert (item.title, item.category, item.due) == (
        "New",
        Category.TECHNICAL_DEBT,
        date(2026, 11, 22),
    )
    assert (item.tags, item.effort, item.hours) == (("a", "b"), 3, 3.0)
    assert "category: none → debt" in item.history[-1].text
    assert "current state written" in item.history[-1].text
    by_hand = edit(store, ["1"], {"hours": "7"}, now=LATER).value[0]
    assert (by_hand.effort, by_hand.hours, by_hand.hours_by_hand) == (3, 7.0, True)
    cleared = edit(store, ["1"], {"category": "", "hours": "", "tags": ""}, now=LATER).value[0]
    assert (cleared.category, cleared.tags) == (None, ())
    assert (cleared.hours, cleared.hours_by_hand) == (3.0, False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"titel": "x"}, "is no field"),
        ({"title": ""}, "needs a title"),
        ({"impact": "0"}, "1–10"),
        ({"category": "x"}, "the five are"),
        ({}, "nothing to change"),
    ],
)
def test_bad_edits_are_refused_whole(
    store: MemoryStore, changes: dict[str, str], said: str
) -> None:
    """One wrong field refuses the edit of all."""
    before = dump(store)
    with pytest.raises(UsageError, match=said):
        edit(store, ["1"], {"project": "api"} | changes if changes else {}, now=LATER)
    assert dump(store) == before


def test_a_modify_line_changes_marked_improvements(store: MemoryStore) -> None:
    """Attributes, tags and removals of one line reach every marked improvement, as one undo."""
    verbs.tag(store, ["1", "2"], now=NOW, added=["old"])
    before = dump(store)
    line = parse_line("impact:8 effort:2 +new -old project:api", NOW.date(), modify=True)
    done = modify(store, ["1", "2"], line, now=LATER)
    assert all(item.tags == ("new",) and item.priority == 72 for item in done.value)
    assert get(store, 2).project == "api"
    store.undo(now=LATER)
    assert dump(store) == before
    cleared = parse_line("project: effort:", NOW.date(), modify=True)
    modify(store, ["1"], line, now=LATER)
    item = modify(store, ["1"], cleared, now=LATER).value[0]
    assert (item.project, item.effort, item.hours) == ("", None, None)


def test_blocks_refuse_a_circle(store: MemoryStore) -> None:
    """An improvement cannot wait for itself by any way round."""
    assert block(store, "1", ["2"], now=LATER).value.blocks == ("IMP-2026-002",)
    block(store, "2", ["3"], now=LATER)
    with pytest.raises(UsageError, match="cannot block"):
        block(store, "3", ["1"], now=LATER)
    with pytest.raises(UsageError, match="cannot wait for itself"):
        block(store, "1", ["1"], now=LATER)
    assert block(store, "1", ["2"], now=LATER, remove=True).value.blocks == ()


def test_a_theme_becomes_an_improvement_with_evidence(store: MemoryStore) -> None:
    """The new improvement is linked, carries evidence of each session, and counts them as seen."""
    links = [EvidenceLink(f"s-{number % 3}", line=number) for number in range(30)]
    done = promote_theme(store, "THM-7", ImprovementDraft("End it"), links, now=LATER)
    item = done.value
    assert (item.theme_id, item.source, item.seen) == ("THM-7", "theme", 3)
    assert len(item.evidence) == 10
    assert {link.session_id for link in item.evidence[:3]} == {"s-0", "s-1", "s-2"}
    assert done.label == f"promote THM-7 to {item.id}"


def test_offered_scores_stay_marked_until_they_are_set(store: MemoryStore) -> None:
    """What hansei suggested is not taken for the user's own judgement."""
    draft = ImprovementDraft("End it", impact=5, effort=2, suggested=True)
    item = promote_theme(store, "THM-7", draft, [], now=LATER).value
    assert item.suggested == ("impact", "effort")
    (item,) = verbs.score(store, [item.id], now=LATER, impact=5).value
    assert item.suggested == ("effort",)
    assert edit(store, [item.id], {"effort": "2"}, now=LATER).value[0].suggested == ()


def test_a_damaged_record_does_not_hide_the_others(store: MemoryStore) -> None:
    """One unreadable record is counted with its reason, and left as it is."""
    with store.transaction("damage", now=NOW) as transaction:
        transaction.put(IMPROVEMENTS, "IMP-2026-002", {"id": "IMP-2026-002", "impact": "x"})
    backlog = load_improvements(store)
    assert sorted(backlog.items) == ["IMP-2026-001", "IMP-2026-003"]
    assert "IMP-2026-002" in backlog.broken["IMP-2026-002"]


@given(st.lists(st.tuples(st.sampled_from(Stage), st.booleans()), max_size=12))
def test_any_walk_through_the_stages_keeps_its_promises(
    walk: list[tuple[Stage, bool]],
) -> None:
    """Legal moves pass, others need force; dates fit the stage; each change is one line."""
    store = MemoryStore()
    verbs.add(store, ImprovementDraft("x"), now=NOW)
    for target, force in walk:
        old = get(store, 1)
        legal = target in legal_moves(old) or target is old.stage
        assert legal == (not check_move(old, target).objections or target is old.stage)
        try:
            verbs.move(store, ["1"], target, now=LATER, force=force, reason="because")
        except UsageError:
            assert not legal
            assert not force
            assert get(store, 1) == old
        new = get(store, 1)
        assert (new.done_at is not None) or not new.stage.is_finished
        assert len(new.history) - len(old.history) == (new.stage is not old.stage)
        if new.stage in STAGE_ORDER:
            assert new.stage_before is None
            assert not new.decline_reason
