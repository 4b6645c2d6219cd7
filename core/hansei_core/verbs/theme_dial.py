"""The dial from coarse to fine: what it would change, said before it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import Final

from hansei_core.errors import StorageError, UsageError
from hansei_core.settings import ThemeSettings
from hansei_core.store.protocol import Store
from hansei_core.themes.model import Document, Theme, ThemeState, Update, id_order
from hansei_core.themes.service import Tell, silent, update
from hansei_core.verbs.records import Outcome
from hansei_core.verbs.theme_model import (
    TRIES,
    Homes,
    held_back,
    learn,
    load_themes,
    placeholder,
    state_in,
    with_ids,
    write_state,
)

FINEST: Final = (0.5, 2.0)
"""The coarsest and the finest cut of new themes."""
LEAST_PART: Final = 2
"""Documents of a theme that count as a part of it."""


@dataclass(frozen=True, slots=True)
class DialPreview:
    """What another cut would change. Themes that exist keep their ids, names and texts."""

    before: float
    after: float
    born: tuple[tuple[str, int], ...]
    """Names of the themes that would appear, each with its texts."""
    kept: int
    """Themes that stay as they are."""
    once_before: int
    once_after: int
    """Texts that belong to no theme, now and then."""
    alike: tuple[tuple[str, ...], ...]
    """Themes that would be one if all were cut anew; merging them is the user's to decide."""
    apart: tuple[tuple[str, tuple[str, ...]], ...]
    """Themes that would be several, with the names of their parts; so is splitting."""


def preview_dial(
    store: Store,
    documents: Sequence[Document],
    granularity: float | None,
    *,
    now: datetime,
    settings: ThemeSettings,
    tell: Tell = silent,
) -> DialPreview:
    """Return what another cut of new themes would change; nothing is written.

    Args:
        store: Read only.
        documents: All there are.
        granularity: Above 1 finer, below 1 coarser, 0.5 to 2; None: as the settings say.
        now: Aware.
        settings: The user's.
        tell: Is told how far it is, three times from the beginning; it may raise to stop it.

    Raises:
        UsageError: The number is outside of what can be set.
    """
    check_granularity(granularity)
    look = partial(_dialled, now=now, settings=settings, tell=tell)
    state = load_themes(store)
    known = look(state, documents, state.granularity)
    found = look(known.state, documents, granularity)
    fresh = look(ThemeState(thresholds=known.state.thresholds), documents, granularity)
    sizes = Counter(found.members.values())
    alike, apart = compared(known.members, fresh)
    return DialPreview(
        before=settings.granularity if state.granularity is None else state.granularity,
        after=settings.granularity if granularity is None else granularity,
        born=tuple((theme.name, sizes[theme.id]) for theme in found.born),
        kept=len(known.state.themes),
        once_before=len(known.pool),
        once_after=len(found.pool),
        alike=alike,
        apart=apart,
    )


def turn_dial(
    store: Store,
    documents: Sequence[Document],
    granularity: float | None,
    *,
    now: datetime,
    settings: ThemeSettings,
    homes: Homes | None = None,
) -> Outcome[tuple[Theme, ...]]:
    """Cut new themes finer or coarser from now on; returns the themes that this brought at once.

    One transaction and one undo: undo takes the new themes away again. `homes` as for `learn`.

    Raises:
        UsageError: The number is outside of what can be set.
        StorageError: It could not be kept.
    """
    check_granularity(granularity)
    wanted = settings.granularity if granularity is None else granularity
    label = f"cut themes at {wanted:g}"
    learn(store, documents, now=now, settings=settings, homes=homes)
    for _ in range(TRIES):
        before = load_themes(store)
        found = _dialled(before, documents, granularity, now=now, settings=settings)
        found = held_back(store, before, found)
        with store.transaction(label, now=now) as transaction:
            if state_in(transaction) == before:
                found = with_ids(found, transaction)
                after = replace(before, themes=found.state.themes, granularity=granularity)
                write_state(transaction, before, after)
                return Outcome(found.born, label)
    raise StorageError(
        "the themes changed under the model again and again", "try again in a moment"
    )


def check_granularity(granularity: float | None) -> None:
    """Make sure that new themes can be cut like this.

    Raises:
        UsageError: They cannot.
    """
    if granularity is not None and not FINEST[0] <= granularity <= FINEST[1]:
        raise UsageError(
            f"{granularity:g} is no cut", f"from {FINEST[0]:g}, coarse, to {FINEST[1]:g}, fine"
        )


def compared(
    homes: Mapping[str, str], fresh: Update
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return which themes a fresh start would make one, and which it would make several.

    A theme goes where most of its documents go; a part of it counts from two documents on.

    Args:
        homes: Document id → theme id, as it is.
        fresh: What a model without memory makes of the same documents.
    """
    parts: dict[str, Counter[str]] = {}
    for document, home in homes.items():
        new = fresh.members.get(document)
        if new is not None:
            parts.setdefault(home, Counter())[new] += 1
    names = {theme.id: theme.name for theme in fresh.state.themes}
    together: dict[str, list[str]] = {}
    apart: list[tuple[str, tuple[str, ...]]] = []
    for home, found in sorted(parts.items(), key=lambda item: id_order(item[0])):
        ranked = sorted(found.items(), key=lambda item: (-item[1], id_order(item[0])))
        together.setdefault(ranked[0][0], []).append(home)
        several = tuple(names[new] for new, count in ranked if count >= LEAST_PART)
        if len(several) > 1:
            apart.append((home, several))
    return tuple(tuple(ids) for ids in together.values() if len(ids) > 1), tuple(apart)


def _dialled(
    state: ThemeState,
    documents: Sequence[Document],
    granularity: float | None,
    *,
    now: datetime,
    settings: ThemeSettings,
    tell: Tell = silent,
) -> Update:
    turned = replace(state, granularity=granularity)
    allocate = partial(placeholder, count(1))
    return update(turned, documents, now=now, settings=settings, allocate=allocate, tell=tell)
