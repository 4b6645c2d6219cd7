"""From one recipe to the next: themes keep the texts that they had.

A centroid is spelled in the words of the recipe that made it. Where a newer one masks or cuts texts
in another way, some would no longer be near the theme that they belong to, and would be published
a second time. What a theme would lose so becomes a further centroid of it, in the new words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from hansei_core.themes.edits import centroid, threshold_of
from hansei_core.themes.identity import cosine, members, resolve
from hansei_core.themes.masking import signature
from hansei_core.themes.model import ALGORITHM, Document, Family, Lobe, Theme, ThemeState

Gather: TypeAlias = Callable[[ThemeState, Theme, Sequence[Document]], tuple[Lobe, ...]]


def carried(
    state: ThemeState, documents: Sequence[Document], homes: Mapping[str, str]
) -> ThemeState:
    """Return the state by today's recipe, in which every text is where it was.

    Texts that the user put somewhere need nothing, and what has words now never joins a theme by
    rule. Texts without words in the new recipe cannot be carried.

    Args:
        state: As an older recipe left it.
        documents: All there are.
        homes: Friction id → theme id by the older recipe; ids of merged themes lead on.
    """
    names = resolve(state)
    by_rule = {theme.id for theme in state.themes if theme.family is Family.RULE}
    had = {
        each: names[home]
        for each, home in {**homes, **state.notes}.items()
        if home in names and names[home] not in by_rule and each not in state.pinned
    }
    watched = [each for each in documents if each.id in had and each.family is not Family.RULE]
    for gather in (_by_leaders, _one_by_one):
        lost = _lost(state, watched, had)
        if not lost:
            break
        state = replace(
            state, themes=tuple(_with(state, each, lost, gather) for each in state.themes)
        )
    return replace(state, recipe=ALGORITHM, looked_at="")


def _lost(
    state: ThemeState, documents: Sequence[Document], had: Mapping[str, str]
) -> dict[str, list[Document]]:
    now = members(state, documents)
    found: dict[str, list[Document]] = {}
    for each in documents:
        if now.get(each.id) != had[each.id]:
            found.setdefault(had[each.id], []).append(each)
    return found


def _with(
    state: ThemeState, theme: Theme, lost: Mapping[str, Sequence[Document]], gather: Gather
) -> Theme:
    if theme.id not in lost:
        return theme
    return replace(theme, carried=(*theme.carried, *gather(state, theme, lost[theme.id])))


def _by_leaders(state: ThemeState, theme: Theme, documents: Sequence[Document]) -> tuple[Lobe, ...]:
    """Return as few texts as the others are near to (Hartigan 1975, the leader algorithm)."""
    leaders: list[tuple[Lobe, dict[str, float]]] = []
    for lobe in _one_by_one(state, theme, documents):
        vector = {term.text: term.weight for term in lobe.terms}
        if not any(
            lobe.family is other.family and cosine(vector, theirs) >= lobe.threshold
            for other, theirs in leaders
        ):
            leaders.append((lobe, vector))
    return tuple(lobe for lobe, _ in leaders)


def _one_by_one(state: ThemeState, theme: Theme, documents: Sequence[Document]) -> tuple[Lobe, ...]:
    """Return each distinct text, the most frequent first."""
    texts: dict[tuple[Family, str], list[Document]] = {}
    for each in documents:
        texts.setdefault((each.family, signature(each.text)), []).append(each)
    ranked = sorted(texts.items(), key=lambda each: (-len(each[1]), each[0]))
    found = (
        Lobe(family, threshold_of(state, theme, family), centroid(state, family, group))
        for (family, _), group in ranked
    )
    return tuple(lobe for lobe in found if lobe.terms)
