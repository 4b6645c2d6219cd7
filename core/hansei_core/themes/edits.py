"""What the user decides about themes; it always wins over the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.themes.identity import lobes, resolve, stored_idf
from hansei_core.themes.masking import signature
from hansei_core.themes.model import (
    ALGORITHM,
    TERMS_KEPT,
    Document,
    Family,
    Lobe,
    Term,
    Theme,
    ThemeState,
)
from hansei_core.themes.naming import shorten, tags
from hansei_core.themes.threshold import default_for
from hansei_core.themes.titles import title_of
from hansei_core.themes.tokens import terms
from hansei_core.themes.vectors import shares_of, weigh


def find(state: ThemeState, theme_id: str) -> Theme:
    """Return a theme by its id or by the id of one merged into it.

    Raises:
        NotFoundError: There is no such theme.
    """
    wanted = theme_id.strip().upper()
    current = resolve(state).get(wanted)
    for theme in state.themes:
        if theme.id == current:
            return theme
    raise NotFoundError(f"there is no theme {theme_id}", "`hansei themes` lists them")


def rename(state: ThemeState, theme_id: str, name: str) -> ThemeState:
    """Return the state with the theme's name as the user wants it.

    Raises:
        NotFoundError: There is no such theme.
        UsageError: The name is empty.
    """
    line = " ".join(name.split())
    if not line:
        raise UsageError("a theme needs a name", "give at least one word")
    theme = find(state, theme_id)
    return _put(state, replace(theme, name=line, renamed_by_user=True, offered_name=""))


def mute(state: ThemeState, theme_id: str, muted: bool = True) -> ThemeState:
    """Return the state with the theme left out of reports, or back in them.

    Raises:
        NotFoundError: There is no such theme.
    """
    return _put(state, replace(find(state, theme_id), muted=muted))


def merge(state: ThemeState, keep_id: str, other_id: str) -> ThemeState:
    """Return the state with one theme merged into another.

    The kept one has its id and name; the other's id becomes an alias, and its centroid goes on
    attracting texts.

    Raises:
        NotFoundError: There is no such theme.
        UsageError: They are the same theme, or one is a theme by rule.
    """
    keep, other = find(state, keep_id), find(state, other_id)
    if keep.id == other.id:
        named = {each.strip().upper() for each in (keep_id, other_id)}
        if len(named) == 1:
            raise UsageError(f"{keep.id} cannot be merged into itself", "name two themes")
        raise UsageError(f"{' and '.join(sorted(named))} are one theme already", "name two themes")
    for theme in (keep, other):
        if theme.family is Family.RULE:
            raise UsageError(
                f"{theme.id} is a theme by rule and cannot be merged",
                "mute the one you do not need",
            )
    merged = replace(
        keep,
        merged=(*keep.merged, *lobes(other)),
        aliases=(*keep.aliases, other.id, *other.aliases),
    )
    left = tuple(theme for theme in state.themes if theme.id != other.id)
    return _put(replace(state, themes=left), merged)


def split(
    state: ThemeState,
    theme_id: str,
    documents: Iterable[Document],
    *,
    now: datetime,
    allocate: Callable[[], str],
    name: str = "",
) -> ThemeState:
    """Return the state with some documents of a theme as a new theme.

    They are pinned to it, and its centroid attracts texts like them.

    Raises:
        NotFoundError: There is no such theme.
        UsageError: No documents were given, or the theme is one by rule.
    """
    theme = find(state, theme_id)
    chosen = sorted(documents, key=lambda each: each.id)
    if not chosen:
        raise UsageError(f"nothing of {theme.id} was marked", "mark the texts that belong together")
    if theme.family is Family.RULE:
        raise UsageError(f"{theme.id} is a theme by rule and cannot be split", "mute it instead")
    families = _by_family(theme, chosen)
    own, *others = (
        Lobe(family, threshold_of(state, theme, family), centroid(state, family, texts))
        for family, texts in families.items()
    )
    new = Theme(
        id=allocate(),
        name=" ".join(name.split()) or _free_name(state, shorten(title_of(chosen))),
        tags=tags(sorted({signature(each.text) for each in chosen}), {}, 1),
        born_at=now,
        algorithm=ALGORITHM,
        threshold=own.threshold,
        terms=own.terms,
        merged=tuple(others),
        size=len({signature(each.text) for each in families[own.family]}),
        family=own.family,
        renamed_by_user=bool(name.strip()),
    )
    pinned = {**state.pinned, **{each.id: new.id for each in chosen}}
    return replace(state, themes=(*state.themes, new), pinned=pinned)


def move(state: ThemeState, document_ids: Iterable[str], theme_id: str) -> ThemeState:
    """Return the state with documents pinned to a theme, or to none with an empty id.

    Raises:
        NotFoundError: There is no such theme.
    """
    home = find(state, theme_id).id if theme_id else ""
    return replace(state, pinned={**state.pinned, **dict.fromkeys(document_ids, home)})


def _put(state: ThemeState, theme: Theme) -> ThemeState:
    themes = tuple(theme if each.id == theme.id else each for each in state.themes)
    return replace(state, themes=themes)


def _free_name(state: ThemeState, wanted: str) -> str:
    taken = {theme.name for theme in state.themes}
    number, name = 2, wanted
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def _by_family(theme: Theme, documents: Sequence[Document]) -> dict[Family, list[Document]]:
    """Return the documents by family, most first: texts join by centroids of their own family.

    Those without words teach nothing; where there are no others they count as the theme's.
    """
    found: dict[Family, list[Document]] = {}
    for each in documents:
        if each.family is not Family.RULE:
            found.setdefault(each.family, []).append(each)
    if not found:
        return {theme.family: list(documents)}
    order = list(Family)
    ranked = sorted(found, key=lambda family: (-len(found[family]), order.index(family)))
    return {family: found[family] for family in ranked}


def threshold_of(state: ThemeState, theme: Theme, family: Family) -> float:
    """Return how near texts of a family must be to join a theme, or what is split off it."""
    usual = state.thresholds.get(family, default_for(family))
    return next((lobe.threshold for lobe in lobes(theme) if lobe.family is family), usual)


def centroid(state: ThemeState, family: Family, documents: Sequence[Document]) -> tuple[Term, ...]:
    """Return the middle of documents of a family, by what the state knows about their words.

    Empty where they hold no words.
    """
    idf, shares = stored_idf(state, family), shares_of(family)
    total: dict[str, float] = {}
    for text in sorted({signature(each.text) for each in documents}):
        for term, weight in weigh(terms(text), idf, shares).items():
            total[term] = total.get(term, 0.0) + weight
    length = sum(weight * weight for weight in total.values()) ** 0.5
    ranked = sorted(total.items(), key=lambda each: (-each[1], each[0]))[:TERMS_KEPT]
    return tuple(
        Term(term, round(weight / length, 5), round(idf(term), 5)) for term, weight in ranked
    )
