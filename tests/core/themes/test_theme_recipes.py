"""A newer recipe spells texts in another way; themes keep the texts that they had."""

from __future__ import annotations

from dataclasses import replace

from tests.core.themes.theme_texts import NOW, SETTINGS, document

from hansei_core.store.memory import MemoryStore
from hansei_core.tables import THEME_STATE
from hansei_core.themes.carrying import carried
from hansei_core.themes.identity import members
from hansei_core.themes.model import ALGORITHM, FIRST, Document, Family, Term, Theme, ThemeState
from hansei_core.themes.service import update
from hansei_core.verbs import theme_model
from hansei_core.verbs.theme_dial import turn_dial

LOCKS = [document(n, "merge conflict in the lock file", session=f"a{n}") for n in range(4)]
PORTS = [document(10 + n, f"port {8000 + n} is taken", session=f"b{n}") for n in range(4)]
ALL = [*LOCKS, *PORTS]


def spelled_otherwise(theme: Theme) -> Theme:
    """Return a theme as a recipe would have left it that has other words for everything."""
    return replace(
        theme,
        algorithm=FIRST,
        terms=tuple(Term(f"old-{term.text}", term.weight, term.idf) for term in theme.terms),
    )


def older() -> tuple[ThemeState, dict[str, str]]:
    """Return themes by the first recipe, and which text was where."""
    numbers = iter(range(1, 99))
    found = update(
        ThemeState(), ALL, now=NOW, settings=SETTINGS, allocate=lambda: f"THM-{next(numbers)}"
    )
    assert len(set(found.members.values())) == 2
    themes = tuple(spelled_otherwise(theme) for theme in found.state.themes)
    return replace(found.state, themes=themes, recipe=FIRST), dict(found.members)


def stored(state: ThemeState) -> MemoryStore:
    """Return a store that holds the state, without a word of recipes, as the first left it."""
    store = MemoryStore()
    with store.transaction("look for themes", now=NOW, undoable=False) as transaction:
        theme_model.write_state(transaction, ThemeState(), state)
        head = dict(transaction.get(THEME_STATE, "state") or {})
        del head["recipe"], head["notes"]
        transaction.put(THEME_STATE, "state", head)
    return store


def test_a_newer_recipe_takes_no_text_from_its_theme() -> None:
    """After an upgrade half the evidence would be gone, and the theme be there twice."""
    state, had = older()
    assert not members(state, ALL)
    after = carried(state, ALL, had)
    assert members(after, ALL) == had
    assert [(each.id, each.name, each.terms) for each in after.themes] == [
        (each.id, each.name, each.terms) for each in state.themes
    ]
    assert (after.recipe, {each.algorithm for each in after.themes}) == (ALGORITHM, {FIRST})


def test_an_upgraded_store_has_the_same_themes_and_no_twin() -> None:
    """The first look after an upgrade would publish the old themes under new ids."""
    state, had = older()
    store = stored(state)
    late = [document(30, "merge conflict in the lock file again", session="z")]
    found = theme_model.learn(store, [*ALL, *late], now=NOW, settings=SETTINGS, homes=lambda: had)
    assert [each.id for each in found.state.themes] == [each.id for each in state.themes]
    assert {each: found.members[each] for each in had} == had
    assert found.members["d0030"] == had[LOCKS[0].id]
    assert theme_model.load_themes(store) == found.state
    again = theme_model.learn(store, [*ALL, *late], now=NOW, settings=SETTINGS, homes=never)
    assert again.state == found.state


def test_the_dial_as_the_first_thing_after_an_upgrade() -> None:
    """Turning it would learn anew before the texts are carried, and publish the themes twice."""
    state, had = older()
    store = stored(state)
    assert turn_dial(store, ALL, 0.9, now=NOW, settings=SETTINGS, homes=lambda: had).value == ()
    after = theme_model.load_themes(store)
    assert (after.recipe, members(after, ALL)) == (ALGORITHM, had)


def never() -> dict[str, str]:
    """Be asked for what is not needed any more."""
    raise AssertionError


def test_where_texts_were_is_asked_again_until_it_is_known() -> None:
    """An archive that another program holds for a moment would cost the themes their texts."""
    state, had = older()
    store = stored(state)
    theme_model.learn(store, ALL[:1], now=NOW, settings=SETTINGS, homes=lambda: None)
    assert theme_model.load_themes(store).recipe == FIRST
    found = theme_model.learn(store, ALL, now=NOW, settings=SETTINGS, homes=lambda: had)
    assert found.members == had


def test_notes_of_retros_are_carried_too() -> None:
    """The archive knows frictions only: what users wrote themselves would fall out of its theme."""
    notes = [
        replace(each, id=f"note:RET-{number}:0", kind="note", family=Family.TEXT)
        for number, each in enumerate(LOCKS)
    ]
    store = MemoryStore()
    found = theme_model.learn(store, notes, now=NOW, settings=SETTINGS)
    assert set(found.state.notes.values()) == {"THM-1"}
    themes = tuple(spelled_otherwise(theme) for theme in found.state.themes)
    after = carried(replace(found.state, themes=themes, recipe=FIRST), notes, {})
    assert members(after, notes) == found.members


def test_a_merged_themes_texts_lead_to_the_kept_one() -> None:
    """The archive names the theme that a text had at first; it is an alias by now."""
    state, had = older()
    keep, other = state.themes
    merged = replace(keep, aliases=(other.id,))
    after = carried(replace(state, themes=(merged,)), ALL, had)
    assert set(members(after, ALL).values()) == {keep.id}
    assert len(members(after, ALL)) == len(ALL)


def test_the_users_word_and_rules_stand_against_what_was() -> None:
    """A text that the user took out would be drawn back; a rule would collect texts with words."""
    state, had = older()
    taken: Document = LOCKS[0]
    rule = Theme("THM-9", "refused", (), NOW, FIRST, 0.0, (), family=Family.RULE, kind="rejection")
    state = replace(state, pinned={taken.id: ""}, themes=(*state.themes, rule))
    after = carried(state, ALL, had | {PORTS[0].id: "THM-9"})
    assert taken.id not in members(after, ALL)
    assert not after.themes[-1].carried
