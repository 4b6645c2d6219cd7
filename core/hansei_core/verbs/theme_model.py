"""Themes in the store: what the model learned (not in undo's way) and what the user decided.

Each decision loads `themes.edits` itself, which brings the patterns of naming: a look needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial, reduce
from itertools import count
from typing import Final, TypeAlias

from hansei_core.errors import UsageError
from hansei_core.settings import ThemeSettings
from hansei_core.store.protocol import Store, Transaction
from hansei_core.tables import THEME_STATE, THEMES
from hansei_core.themes.model import (
    ALGORITHM,
    Document,
    Theme,
    ThemeState,
    Update,
    decisions_to_document,
    state_to_document,
    theme_to_document,
)
from hansei_core.verbs.records import Outcome
from hansei_core.verbs.theme_records import read_state

Model: TypeAlias = Callable[[ThemeState, Sequence[Document]], Update]
"""What `service.update` does, with ids from `placeholder` for new themes."""
Homes: TypeAlias = Callable[[], Mapping[str, str] | None]
"""Returns friction id → theme id as the archive has it; None where it cannot be read."""
SERIES_THEME: Final = "theme"
TRIES: Final = 5
"""How often learning starts again because another process changed the themes meanwhile."""


def load_themes(store: Store) -> ThemeState:
    """Return what the store remembers of themes; a theme that cannot be read is passed over.

    Raises:
        StorageError: What was learned or decided besides themes cannot be read.
    """
    return read_state(store)


def learn(
    store: Store,
    documents: Sequence[Document],
    *,
    now: datetime,
    settings: ThemeSettings,
    model: Model | None = None,
    homes: Homes | None = None,
) -> Update:
    """Let documents join their themes, make new themes of what recurs, and keep the result.

    The model works outside the transaction, so that nobody waits for it; ids are allocated when
    the result is written, and it starts again if the themes changed meanwhile. Where they change
    each time, others are at work: the themes are returned as they stand, and the next look learns.

    Args:
        store: Where themes are kept.
        documents: All there are.
        now: Aware.
        settings: The user's.
        model: Computes the update elsewhere, or tells how far it is; None: here, silently.
        homes: Where frictions were; asked where another recipe made the themes.

    Raises:
        StorageError: The result could not be kept.
    """
    for _ in range(TRIES):
        stored = load_themes(store)
        before = _by_todays_recipe(stored, documents, homes)
        if model is not None:
            found = model(before, documents)
        else:
            from hansei_core.themes.service import update  # a caller's own model needs none of it

            allocate = partial(placeholder, count(1))
            found = update(before, documents, now=now, settings=settings, allocate=allocate)
        found = held_back(store, before, found)
        if found.state == stored:
            return found
        with store.transaction("look for themes", now=now, undoable=False) as transaction:
            if state_in(transaction) == stored:
                found = with_ids(found, transaction)
                write_state(transaction, stored, found.state)
                return found
    from hansei_core.themes.service import as_they_stand

    return as_they_stand(load_themes(store), documents)


def _by_todays_recipe(
    state: ThemeState, documents: Sequence[Document], homes: Homes | None
) -> ThemeState:
    """Return the state with what another recipe's themes would lose carried over, once."""
    if state.recipe == ALGORITHM or homes is None:
        return state
    known = homes()
    if known is None:
        return state
    from hansei_core.themes.carrying import carried

    return carried(state, documents, known)


def rename(store: Store, theme_id: str, name: str, *, now: datetime) -> Outcome[Theme]:
    """Give a theme the user's name.

    Raises:
        NotFoundError: There is no such theme.
        UsageError: The name is empty.
    """
    from hansei_core.themes import edits

    label = f"rename {edits.find(load_themes(store), theme_id).id}"
    change = partial(edits.rename, theme_id=theme_id, name=name)
    done = _decide(store, theme_id, label, change, now)
    twins = [
        each.id
        for each in load_themes(store).themes
        if each.name == done.value.name and each.id != done.value.id
    ]
    return replace(done, label=f"{done.label}; {twins[0]} has that name too") if twins else done


def mute(store: Store, theme_id: str, *, now: datetime, muted: bool = True) -> Outcome[Theme]:
    """Leave a theme out of the list, or take it in again.

    Raises:
        NotFoundError: There is no such theme.
    """
    from hansei_core.themes import edits

    label = f"{'mute' if muted else 'unmute'} {edits.find(load_themes(store), theme_id).id}"
    return _decide(store, theme_id, label, lambda state: edits.mute(state, theme_id, muted), now)


def merge(store: Store, keep_id: str, other_id: str, *, now: datetime) -> Outcome[Theme]:
    """Merge one theme into another; links to it lead to the kept one.

    Raises:
        NotFoundError: There is no such theme.
        UsageError: They are the same, or of different kinds.
    """
    from hansei_core.themes import edits

    looked_at = load_themes(store)
    keep, other = edits.find(looked_at, keep_id), edits.find(looked_at, other_id)
    label = f"merge {other.id} into {keep.id}"
    return _decide(store, keep_id, label, lambda state: edits.merge(state, keep_id, other_id), now)


def mute_all(
    store: Store, theme_ids: Sequence[str], *, now: datetime, muted: bool = True
) -> Outcome[Theme]:
    """Leave several themes out of the list, or take them in again, as one change.

    Raises:
        NotFoundError: One of them does not exist.
    """
    from hansei_core.themes import edits

    if len(theme_ids) == 1:
        return mute(store, theme_ids[0], now=now, muted=muted)
    label = f"{'mute' if muted else 'unmute'} {len(theme_ids)} themes"

    def change(state: ThemeState) -> ThemeState:
        return reduce(lambda done, each: edits.mute(done, each, muted), theme_ids, state)

    return _decide(store, theme_ids[0], label, change, now)


def merge_all(
    store: Store, keep_id: str, other_ids: Sequence[str], *, now: datetime
) -> Outcome[Theme]:
    """Merge several themes into another, as one change.

    Raises:
        NotFoundError: One of them does not exist.
        UsageError: One of them is the kept one, or a theme by rule.
    """
    from hansei_core.themes import edits

    if len(other_ids) == 1:
        return merge(store, keep_id, other_ids[0], now=now)
    label = f"merge {len(other_ids)} themes into {keep_id}"

    def change(state: ThemeState) -> ThemeState:
        return reduce(lambda done, each: edits.merge(done, keep_id, each), other_ids, state)

    return _decide(store, keep_id, label, change, now)


def split(
    store: Store, theme_id: str, documents: Iterable[Document], *, now: datetime, name: str = ""
) -> Outcome[Theme]:
    """Make a new theme of some of a theme's documents.

    Raises:
        NotFoundError: There is no such theme.
        UsageError: No documents were given.
    """
    from hansei_core.themes import edits

    chosen = tuple(documents)
    label = f"split {theme_id}"
    with store.transaction(label, now=now) as transaction:
        before = state_in(transaction)
        allocate = partial(_new_id, transaction)
        after = edits.split(before, theme_id, chosen, now=now, allocate=allocate, name=name)
        write_state(transaction, before, after)
    return Outcome(after.themes[-1], label)


def move(
    store: Store, documents: Sequence[Document], theme_id: str, *, now: datetime
) -> Outcome[Theme | None]:
    """Put documents into a theme, or with an empty id into none; they stay there.

    Raises:
        NotFoundError: There is no such theme.
        UsageError: No documents were given.
    """
    from hansei_core.themes import edits

    if not documents:
        raise UsageError("no text was named", "`hansei themes show THM-1` lists them")
    ids = [document.id for document in documents]
    words = f"{len(ids)} texts" if len(ids) > 1 else "1 text"
    label = f"move {words} {f'to {theme_id}' if theme_id else 'out of themes'}"
    with store.transaction(label, now=now) as transaction:
        before = state_in(transaction)
        after = edits.move(before, ids, theme_id)
        write_state(transaction, before, after)
    return Outcome(edits.find(after, theme_id) if theme_id else None, label)


def _decide(
    store: Store,
    theme_id: str,
    label: str,
    change: Callable[[ThemeState], ThemeState],
    now: datetime,
) -> Outcome[Theme]:
    from hansei_core.themes import edits

    looked_at = load_themes(store)
    if change(looked_at) == looked_at:
        return Outcome(edits.find(looked_at, theme_id), f"{label} (nothing to change)")
    with store.transaction(label, now=now) as transaction:
        before = state_in(transaction)
        after = change(before)
        write_state(transaction, before, after)
    return Outcome(edits.find(after, theme_id), label)


def state_in(transaction: Transaction) -> ThemeState:
    """Return what an open transaction knows of themes."""
    return read_state(transaction)


def write_state(transaction: Transaction, before: ThemeState, after: ThemeState) -> None:
    """Write what differs: one record a theme, so that histories and diffs stay small."""
    old = {theme.id: theme for theme in before.themes}
    new = {theme.id: theme for theme in after.themes}
    for theme_id, theme in new.items():
        if theme != old.get(theme_id):
            transaction.put(THEMES, theme_id, theme_to_document(theme))
    for theme_id in old.keys() - new.keys():
        transaction.delete(THEMES, theme_id)
    for name, write in (("state", state_to_document), ("decisions", decisions_to_document)):
        document = write(after)
        if document != (transaction.get(THEME_STATE, name) or write(ThemeState())):
            transaction.put(THEME_STATE, name, document)


def held_back(store: Store, before: ThemeState, found: Update) -> Update:
    """Return an update without new themes while a theme's record cannot be read.

    The texts of that theme belong to it; published anew they would have a second id, for good.
    The next look after the record was mended finds what is new.
    """
    if not found.born or len(store.all(THEMES)) <= len(before.themes):
        return found
    new = {theme.id for theme in found.born}
    homes = {each: home for each, home in found.members.items() if home not in new}
    return replace(
        found,
        state=replace(
            found.state,
            themes=tuple(theme for theme in found.state.themes if theme.id not in new),
            looked_at=before.looked_at,
            notes={each: home for each, home in found.state.notes.items() if home not in new},
        ),
        members=homes,
        born=(),
        pool=tuple(sorted({*found.pool, *(found.members.keys() - homes.keys())})),
        suggestions=tuple(each for each in found.suggestions if not {each.keep, each.merge} & new),
    )


def placeholder(numbers: Iterator[int]) -> str:
    """Return an id for the time until the result is written."""
    return f"NEW-{next(numbers)}"


def _new_id(transaction: Transaction) -> str:
    return f"THM-{transaction.allocate(SERIES_THEME)}"


def with_ids(found: Update, transaction: Transaction) -> Update:
    """Replace the placeholders of new themes by ids of the series, in the order of birth."""
    ids = {theme.id: _new_id(transaction) for theme in found.born}
    state = replace(
        found.state,
        themes=tuple(replace(each, id=ids.get(each.id, each.id)) for each in found.state.themes),
        pinned={each: ids.get(home, home) for each, home in found.state.pinned.items()},
        notes={each: ids.get(home, home) for each, home in found.state.notes.items()},
    )
    return replace(
        found,
        state=state,
        members={each: ids.get(home, home) for each, home in found.members.items()},
        born=tuple(replace(each, id=ids[each.id]) for each in found.born),
        suggestions=tuple(
            replace(each, keep=ids.get(each.keep, each.keep), merge=ids.get(each.merge, each.merge))
            for each in found.suggestions
        ),
    )
