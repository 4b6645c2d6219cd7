"""What the user decided about themes stands, and can be taken back, whatever is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest
from tests.core.themes.test_theme_changes import TROUBLES
from tests.core.themes.theme_texts import NOW, SETTINGS, document

from hansei_core.errors import UsageError
from hansei_core.retro import ImprovementDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.tables import IMPROVEMENTS, THEME_STATE, THEMES
from hansei_core.themes.model import Document, Family, ThemeState, Update
from hansei_core.themes.service import update
from hansei_core.verbs import theme_model
from hansei_core.verbs.forget import forgetting, resting_on
from hansei_core.verbs.theme_dial import turn_dial
from hansei_core.verbs.themes import promote_theme


def test_what_the_model_learns_stands_in_no_decisions_way() -> None:
    """A name given on Monday could not be taken back once a session had come on Tuesday."""
    store = MemoryStore()
    theme_model.learn(store, TROUBLES[:3], now=NOW, settings=SETTINGS)
    (theme,) = theme_model.load_themes(store).themes
    theme_model.rename(store, theme.id, "lock files", now=NOW)
    theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    grown = theme_model.load_themes(store).themes[0]
    assert (grown.name, grown.size > theme.size) == ("lock files", True)
    store.undo(now=NOW)
    after = theme_model.load_themes(store).themes[0]
    assert after == replace(grown, name=theme.name, renamed_by_user=False)
    store.redo(now=NOW)
    assert theme_model.load_themes(store).themes[0] == grown


def test_a_decision_before_the_first_look_can_be_undone() -> None:
    """What the model notes of its look would stand in the record that the decision wrote."""
    store = MemoryStore()
    theme_model.move(store, TROUBLES[:1], "", now=NOW)
    theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    store.undo(now=NOW)
    assert not theme_model.load_themes(store).pinned


def test_a_text_taken_out_of_a_theme_makes_no_second_one() -> None:
    """Moving one text out would publish a twin of the theme that it was in."""
    store = MemoryStore()
    texts = [document(n, "merge conflict in the lock file", session=f"s{n}") for n in range(5)]
    theme_model.learn(store, texts, now=NOW, settings=SETTINGS)
    theme_model.move(store, texts[:1], "", now=NOW)
    late = document(9, "certificate expired", session="s9")
    found = theme_model.learn(store, [*texts, late], now=NOW, settings=SETTINGS)
    assert [theme.id for theme in found.state.themes] == ["THM-1"]
    alone = [document(20 + n, "port in use", session=f"p{n}") for n in range(3)]
    theme_model.move(store, alone[:1], "", now=NOW)
    assert not theme_model.learn(store, [*texts, *alone], now=NOW, settings=SETTINGS).born


def test_merging_does_not_drive_a_themes_own_texts_out() -> None:
    """A centroid learned from all that was merged would be near to none of it."""
    store = MemoryStore()
    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    mine = set(found.members)
    keep, *others = [theme.id for theme in found.state.themes]
    assert len(others) == 2
    theme_model.merge_all(store, keep, others, now=NOW)
    before = theme_model.load_themes(store).themes[0]
    late = [document(60 + n, each.text, session=f"z{n}") for n, each in enumerate(TROUBLES)]
    found = theme_model.learn(store, [*TROUBLES, *late], now=NOW, settings=SETTINGS)
    assert found.state.themes[0].terms == before.terms
    assert {home for each, home in found.members.items() if each in mine} == {keep}
    assert mine <= set(found.members)


def test_a_session_that_moves_to_another_project_is_looked_at_again() -> None:
    """What recurs in two projects only since then would wait for an unrelated text."""
    store = MemoryStore()
    texts = [document(n, "merge conflict in the lock file", session=f"s{n}") for n in range(2)]
    assert not theme_model.learn(store, texts, now=NOW, settings=SETTINGS).born
    moved = [texts[0], replace(texts[1], project="bank")]
    assert theme_model.learn(store, moved, now=NOW, settings=SETTINGS).born


def test_what_is_split_off_attracts_texts_of_its_own_kind() -> None:
    """A person's words, split off a theme of errors, would be compared with errors."""
    store = MemoryStore()
    spoken = [
        document(70 + n, text, session=f"t{n}", family=Family.TEXT, kind="rejection")
        for n, text in enumerate(
            ("do not touch the lock file", "never touch the lock file by hand")
        )
    ]
    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    home = found.members[TROUBLES[0].id]
    theme_model.move(store, spoken, home, now=NOW)
    new = theme_model.split(store, home, [*spoken, TROUBLES[3]], now=NOW).value
    assert (new.family, [lobe.family for lobe in new.merged]) == (Family.TEXT, [Family.COMMAND])
    late = document(
        90, "do not touch the lock file!", session="t9", family=Family.TEXT, kind="rejection"
    )
    everything = [*TROUBLES, *spoken, late]
    assert (
        theme_model.learn(store, everything, now=NOW, settings=SETTINGS).members[late.id] == new.id
    )
    stop = document(91, "stop", session="t8", family=Family.RULE, kind="interruption")
    theme_model.move(store, [stop], home, now=NOW)
    assert theme_model.split(store, home, [stop], now=NOW).value.family is Family.COMMAND


def test_a_theme_that_something_is_linked_to_is_not_undone() -> None:
    """The improvement's link would lead nowhere."""
    store = MemoryStore()
    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    home = found.members[TROUBLES[0].id]
    new = theme_model.split(store, home, TROUBLES[:1], now=NOW).value
    split = store.seq
    promote_theme(store, new.id, ImprovementDraft(title="End it"), (), now=NOW)
    with pytest.raises(UsageError, match=rf"names {new.id} since") as caught:
        store.undo(now=NOW, seq=split)
    assert f"undo “promote {new.id}” first" in caught.value.hint
    store.undo(now=NOW)
    store.undo(now=NOW, seq=split)
    assert new.id not in {theme.id for theme in theme_model.load_themes(store).themes}


def test_forgetting_takes_what_led_to_a_forgotten_theme() -> None:
    """A link by the id of a merged theme, or a text put into it, would lead nowhere."""
    store = MemoryStore()
    texts = [replace(each, id=f"{each.session_id}:{each.id}") for each in TROUBLES]
    found = theme_model.learn(store, texts, now=NOW, settings=SETTINGS)
    first, second, third = [theme.id for theme in found.state.themes][:3]
    theme_model.merge(store, first, second, now=NOW)
    state = theme_model.load_themes(store)
    gone = {each.session_id for each in texts if found.members.get(each.id) in {first, second}}
    assert resting_on(state, texts, gone) == tuple(sorted((first, second)))
    stray = document(50, "yarn went wild", session="s50")
    theme_model.move(store, [stray], first, now=NOW)
    state = theme_model.load_themes(store)
    assert resting_on(state, [*texts, stray], gone) == ()
    themes = resting_on(state, texts, gone)
    change = forgetting(sorted(gone), "", themes)
    decided = change(
        THEME_STATE, "decisions", msgspec.json.encode(store.get(THEME_STATE, "decisions"))
    )
    assert decided is not None
    assert not msgspec.json.decode(decided)["pinned"]
    item = {"id": "IMP-1", "theme_id": second, "evidence": [], "sessions": []}
    left = change(IMPROVEMENTS, "IMP-1", msgspec.json.encode(item))
    assert left is not None
    assert "theme_id" not in msgspec.json.decode(left)
    assert third not in themes


def test_while_a_theme_cannot_be_read_its_texts_are_not_published_anew() -> None:
    """The texts of a damaged record would get a second theme with another id, for good."""
    store = MemoryStore()
    theme_model.learn(store, TROUBLES[:8], now=NOW, settings=SETTINGS)
    whole = store.get(THEMES, "THM-1")
    assert whole is not None
    with store.transaction("by hand", now=NOW) as work:
        work.put(THEMES, "THM-1", {"name": 7})
    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    assert not found.born
    assert TROUBLES[0].id in found.pool
    assert turn_dial(store, TROUBLES, 0.5, now=NOW, settings=SETTINGS).value == ()
    store.undo(now=NOW)
    assert store.get(THEMES, "THM-1") == {"name": 7}
    with store.transaction("mend", now=NOW) as work:
        work.put(THEMES, "THM-1", whole)
    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    assert found.members[TROUBLES[0].id] == "THM-1"
    assert len({theme.name for theme in found.state.themes}) == len(found.state.themes) > 1


def test_themes_that_change_under_every_look_are_shown_as_they_stand() -> None:
    """A list of themes would end in an error because another process is at work."""
    store = MemoryStore()
    theme_model.learn(store, TROUBLES[:4], now=NOW, settings=SETTINGS)
    names = iter(range(100))

    def model(state: ThemeState, documents: Sequence[Document]) -> Update:
        theme_model.rename(store, "THM-1", f"name {next(names)}", now=NOW)
        return update(
            state, documents, now=NOW, settings=SETTINGS, allocate=lambda: f"NEW-{next(names)}"
        )

    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS, model=model)
    assert found.state == theme_model.load_themes(store)
    assert not found.born
    assert set(found.members) | set(found.pool) == {each.id for each in TROUBLES}
    assert theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS).born
