"""What the model learns, and that it stays."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.themes.theme_texts import (
    HOOK,
    LOCK,
    MISSING,
    NOW,
    SETTINGS,
    allocator,
    document,
    learn,
    three_problems,
)

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.settings import ThemeSettings
from hansei_core.themes import edits
from hansei_core.themes.identity import members
from hansei_core.themes.learning import hang_together
from hansei_core.themes.model import (
    Document,
    Family,
    ThemeState,
    state_from_documents,
    state_to_document,
    theme_to_document,
)
from hansei_core.themes.service import seen_once, update, why


def test_recurring_problems_become_themes_and_the_rest_stays_out() -> None:
    """The sentence "clusters recurring themes" would be untrue."""
    found = learn(three_problems())
    assert sorted(theme.name for theme in found.born) == [
        "ModuleNotFoundError: No module named 'yaml'",
        "merge conflict in the lock file package-lock.json",
        "pre-commit hook failed on generated file",
    ]
    assert len(found.pool) == 3
    assert all(len(set(_homes(found.members, start))) == 1 for start in (0, 10, 20))


def _homes(membership: object, start: int) -> list[str]:
    assert isinstance(membership, dict)
    return [membership[f"d{start + n:04d}"] for n in range(4)]


def test_order_never_matters_and_bytes_are_equal() -> None:
    """Two runs over the same logs would show different themes."""
    shuffled = three_problems()
    shuffled.reverse()
    shuffled = shuffled[3:] + shuffled[:3]
    assert _bytes(learn(three_problems()).state) == _bytes(learn(shuffled).state)


def _bytes(state: ThemeState) -> str:
    return json.dumps([*map(theme_to_document, state.themes), state_to_document(state)])


def test_a_second_look_changes_nothing() -> None:
    """Themes would go on being born from the same texts."""
    first = learn(three_problems())
    again = learn(three_problems(), first.state, allocate=lambda: pytest.fail("a new id"))
    assert again.state == first.state
    assert again.members == first.members
    assert not again.born


@pytest.mark.parametrize(
    ("spread", "born"),
    [
        ([("s1", "shop", 1), ("s2", "shop", 1)], 0),
        ([("s1", "shop", 1), ("s1", "shop", 1), ("s1", "shop", 1)], 0),
        ([("s1", "shop", 1), ("s2", "shop", 1), ("s3", "shop", 1)], 1),
        ([("s1", "shop", 1), ("s1", "shop", 9)], 1),
        ([("s1", "shop", 1), ("s2", "bank", 1)], 1),
    ],
)
def test_only_what_recurs_is_published(spread: list[tuple[str, str, int]], born: int) -> None:
    """A one-off would be called a pattern, or a pattern a one-off."""
    texts = [
        document(n, MISSING, session=session, project=project, days_ago=days)
        for n, (session, project, days) in enumerate(spread)
    ]
    found = learn(texts)
    assert len(found.born) == born
    once = seen_once(found.state, texts)
    assert once.documents == (0 if born else len(spread))
    assert once.looked_at == len(spread)


def test_ids_and_names_survive_arriving_sessions_and_a_deleted_index() -> None:
    """A link from an improvement to its theme would lead nowhere, or elsewhere."""
    kinds = [
        *(f"ModuleNotFoundError: No module named 'pkg{n}'" for n in range(5)),
        HOOK.format(1),
        LOCK,
        "command timed out after waiting for the database",
        "port already in use by another dev server",
    ]
    texts = [document(n, kinds[n * n % 11 % len(kinds)]) for n in range(100)]
    allocate = allocator()
    state, named = ThemeState(), dict[str, str]()
    homes = dict[str, str]()
    for end in range(5, 101, 5):
        found = learn(texts[:end], state, allocate)
        for theme_id, name in named.items():
            assert {t.id: t.name for t in found.state.themes}[theme_id] == name
        assert all(found.members[each] == home for each, home in homes.items())
        state, homes = found.state, dict(found.members)
        named = {theme.id: theme.name for theme in state.themes}
    stored = {theme.id: theme_to_document(theme) for theme in state.themes}
    restored = state_from_documents(
        json.loads(json.dumps(stored)), json.loads(json.dumps(state_to_document(state)))
    )
    assert restored == state
    assert members(restored, texts) == homes


def test_families_are_compared_apart() -> None:
    """A user's remark about a module would count as its failure."""
    machine = [document(n, MISSING) for n in range(3)]
    spoken = [document(9, MISSING, family=Family.TEXT, kind="rejection")]
    found = learn(machine + spoken)
    assert "d0009" not in found.members


def test_frictions_without_words_are_themes_by_rule() -> None:
    """Compactions recur too, and have no words to cluster."""
    texts = [document(n, "", family=Family.RULE, kind="compaction") for n in range(3)]
    found = learn(texts)
    assert [theme.name for theme in found.born] == ["The context was full and was compacted"]
    assert len(found.members) == 3


def test_the_dial_makes_themes_finer_or_coarser() -> None:
    """The user's setting would do nothing."""
    texts = [
        document(n, f"cannot open configuration {name} for the {name} service")
        for n, name in enumerate(["alpha", "beta", "gamma", "delta", "omega", "sigma"])
    ]
    coarse = learn(texts, settings=ThemeSettings(granularity=0.5))
    fine = learn(texts, settings=ThemeSettings(granularity=2.0))
    assert len(coarse.born) == 1
    assert len(fine.born) == 0


def test_a_grown_theme_keeps_its_name() -> None:
    """Names would drift with every session."""
    first = learn([document(n, HOOK.format(n)) for n in range(3)])
    texts = [document(n, HOOK.format(n)) for n in range(3)]
    texts += [document(10 + n, f"pre-commit hook failed again: {w}") for n, w in enumerate("abcd")]
    later = learn(texts, first.state)
    assert later.state.themes[0].name == first.born[0].name
    assert later.state.themes[0].size >= first.born[0].size
    assert later.members["d0010"] == first.born[0].id


def test_the_user_renames_mutes_and_is_obeyed() -> None:
    """What the user decided would be overruled by the model."""
    found = learn(three_problems())
    state = edits.rename(found.state, "thm-1", "  our own   name ")
    state = edits.mute(state, "THM-2")
    after = learn(three_problems(), replace(state, looked_at="")).state
    assert edits.find(after, "THM-1").name == "our own name"
    assert edits.find(after, "THM-1").renamed_by_user
    assert edits.find(after, "THM-2").muted
    with pytest.raises(UsageError):
        edits.rename(state, "THM-1", "  ")
    with pytest.raises(NotFoundError):
        edits.find(state, "THM-99")


def test_a_merged_theme_keeps_its_links_and_attracts_both_kinds() -> None:
    """Merging would break links or lose the other's texts."""
    found = learn(three_problems())
    keep, other = found.members["d0000"], found.members["d0020"]
    state = edits.merge(found.state, keep, other)
    assert edits.find(state, other).id == keep
    late = document(90, "merge conflict again in lock file")
    homes = members(state, [*three_problems(), late])
    assert homes["d0020"] == homes["d0000"] == homes["d0090"] == keep
    with pytest.raises(UsageError):
        edits.merge(state, keep, other)
    stored = {theme.id: theme_to_document(theme) for theme in state.themes}
    assert state_from_documents(json.loads(json.dumps(stored)), state_to_document(state)) == state


def test_a_split_stands_against_the_model() -> None:
    """Documents that the user took out would fall back."""
    texts = [document(n, HOOK.format(n)) for n in range(6)]
    found = learn(texts)
    state = edits.split(
        found.state, "THM-1", texts[:2], now=NOW, allocate=lambda: "THM-7", name="client code"
    )
    homes = members(state, texts)
    assert [homes[each.id] for each in texts] == ["THM-7"] * 2 + [homes["d0002"]] * 4
    assert edits.find(state, "THM-7").name == "client code"
    moved = edits.move(state, ["d0000"], "")
    assert "d0000" not in members(moved, texts)
    with pytest.raises(UsageError):
        edits.split(state, "THM-1", [], now=NOW, allocate=lambda: "THM-8")


def test_why_shows_the_shared_terms() -> None:
    """Nobody could check why two texts are together."""
    found = learn(three_problems())
    told = why(found.state, MISSING, "ModuleNotFoundError: No module named 'toml'", Family.COMMAND)
    assert told.cosine >= told.threshold
    assert told.theme_a == told.theme_b == found.members["d0000"]
    assert sum(value for _, value in told.shared) == pytest.approx(told.cosine, abs=1e-3)
    assert "toml" in told.only_b
    apart = why(found.state, MISSING, LOCK, Family.COMMAND)
    assert apart.cosine < apart.threshold


def test_like_themes_are_suggested_and_never_merged() -> None:
    """Themes would vanish without the user having said so."""
    found = learn([document(n, HOOK.format(n)) for n in range(3)])
    twin = replace(found.born[0], id="THM-9", name="a twin")
    state = replace(found.state, themes=(*found.state.themes, twin))
    again = learn([document(n, HOOK.format(n)) for n in range(3)], state)
    assert [(each.keep, each.merge) for each in again.suggestions] == [("THM-1", "THM-9")]
    assert len(again.state.themes) == 2


_WORDS = "cache lock hook test module yaml timeout branch merge file missing denied build"
WORDS = st.sampled_from(_WORDS.split())
TEXTS = st.lists(WORDS, min_size=0, max_size=6).map(" ".join)


@given(st.lists(TEXTS, max_size=25), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_whatever_the_texts_the_rules_hold(texts: list[str], rng: random.Random) -> None:
    """Some texts would lose a document, repeat a name, or depend on the order of arrival."""
    documents = [document(n, text, session=f"s{n % 7}") for n, text in enumerate(texts)]
    found = learn(documents)
    mixed = documents[:]
    rng.shuffle(mixed)
    assert learn(mixed) == found
    assert set(found.members) | set(found.pool) == {each.id for each in documents}
    assert not set(found.members) & set(found.pool)
    names = [theme.name for theme in found.state.themes]
    assert len(set(names)) == len(names)
    again = update(
        found.state,
        documents,
        now=NOW,
        settings=SETTINGS,
        allocate=lambda: pytest.fail("a new id"),
    )
    assert again.state == found.state


def test_one_word_in_common_is_no_theme() -> None:
    """Everything that a person said about a commit would be one problem."""
    assert not hang_together(["commit it", "which commit was that?", "no commit message"])
    assert not hang_together(["do not commit", "not this commit"])
    assert hang_together(["the lock file is stale", "stale lock again", "lock conflict"])
    assert hang_together(["commit it"])


def test_two_notes_that_are_a_little_alike_are_no_theme_yet() -> None:
    """Any two notes with a few words in common would be called a problem that recurs."""

    def note(number: int, text: str) -> Document:
        return document(number, text, days_ago=9 * number, family=Family.TEXT)

    first = "npm install in the wrong folder, it made a second node_modules"
    other = "CI restored an old node_modules cache, green locally red there"
    said = [note(1, first), note(2, other)]
    assert not learn(said).state.themes
    third = "npm install put node_modules in the wrong folder"
    said = [note(1, first), note(3, third)]
    assert [theme.size for theme in learn(said).state.themes] == [2]
