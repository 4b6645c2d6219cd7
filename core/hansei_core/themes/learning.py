"""From a pool of texts to new themes: cluster, keep what recurs, name it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hansei_core.settings import ThemeSettings
from hansei_core.themes.corpus import Corpus
from hansei_core.themes.identity import Assigner
from hansei_core.themes.middles import middle, middles
from hansei_core.themes.model import ALGORITHM, Document, Family, Theme, ThemeState
from hansei_core.themes.naming import TAGGED, counted, tags
from hansei_core.themes.recurrence import recurs
from hansei_core.themes.titles import better_name, name_of
from hansei_core.themes.tokens import NEGATIONS, words

COMMON_ENOUGH = 0.4
"""Share of a group's texts in which a word must stand to hold the group together."""
MANY_ENOUGH = 4
"""Texts that are enough for that, however large the group is."""
PAIR_FACTOR = 1.5
"""Two texts of people that no third is like must be this many thresholds alike: of two notes
that share a few words, most mean two things."""
COMPARED = 2000
"""Groups, those of the most sessions, whose phrases tell which phrases are common."""
RULE_NAMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "compaction": ("The context was full and was compacted", ("compaction", "context")),
    "dangling-call": ("A session ended in the middle of a tool call", ("dangling call",)),
    "interruption": ("The agent was stopped without a reason", ("interruption",)),
    "rejection": ("A tool call was refused without a reason", ("rejection",)),
    "correction": ("The agent was steered with a word or two", ("correction",)),
    "rewind": ("Turns were undone", ("rewind",)),
    "edit-churn": ("A file was edited over and over", ("edit churn",)),
    "api-error": ("The model's service failed", ("api error",)),
    "permission-denied": ("A call was refused by a permission rule", ("permission denied",)),
}


def groups(rows: Any, threshold: float) -> tuple[tuple[int, ...], ...]:
    """Return the row numbers of each group, singles included."""
    from hansei_core.themes.clustering import cluster

    if not rows.shape[0]:
        return ()
    found: dict[int, list[int]] = {}
    for row, label in enumerate(cluster(rows, threshold).tolist()):
        found.setdefault(label, []).append(row)
    return tuple(tuple(rows_) for rows_ in found.values())


def born(
    whole: Corpus,
    found: Sequence[tuple[int, ...]],
    *,
    state: ThemeState,
    threshold: float,
    family: Family,
    now: datetime,
    settings: ThemeSettings,
    allocate: Callable[[], str],
) -> tuple[Theme, ...]:
    """Return a new theme for each group that recurs, those with the most sessions first.

    Documents that the user put somewhere do not count: they would not be the theme's.
    """
    pinned = state.pinned
    worthy = [
        rows
        for rows in found
        if recurs([d for r in rows for d in whole.documents[r] if d.id not in pinned], settings)
        and (family is not Family.TEXT or _is_one_trouble(whole, rows, threshold))
    ]
    worthy.sort(key=lambda rows: (*_weight(whole, rows), whole.signatures[rows[0]]))
    found_middles = [each for each in middles(whole, worthy) if each.terms]
    compared = min(len(found_middles), COMPARED)
    everywhere = Counter(
        phrase
        for each in found_middles[:compared]
        for phrase in counted(whole.signatures[row] for row in each.order[:TAGGED])
    )
    taken = {theme.name for theme in state.themes}
    themes: list[Theme] = []
    for each in found_middles:
        name = name_of(whole, each.order, each.terms, threshold, taken)
        taken.add(name)
        spoken = [whole.signatures[row] for row in each.order]
        themes.append(
            Theme(
                id=allocate(),
                name=name,
                tags=tags(spoken, everywhere, compared),
                born_at=now,
                algorithm=ALGORITHM,
                threshold=round(threshold, 5),
                terms=each.terms,
                size=len(each.order),
                family=family,
            )
        )
    return tuple(themes)


def _is_one_trouble(whole: Corpus, rows: Sequence[int], threshold: float) -> bool:
    """Tell whether people's texts are so alike that they are worth a name."""
    if not hang_together([whole.signatures[row] for row in rows]):
        return False
    if len(rows) != 2:
        return True
    first, second = whole.matrix.rows[rows[0]], whole.matrix.rows[rows[1]]
    return float(first.multiply(second).sum()) >= PAIR_FACTOR * threshold


def hang_together(texts: Sequence[str]) -> bool:
    """Tell whether people's distinct texts share more than one word.

    "Commit it" and "which commit was that?" have a word in common and nothing to do with each
    other. At least two words, negations aside, must each stand in `COMMON_ENOUGH` of the texts,
    or in `MANY_ENOUGH` of them.
    """
    if len(texts) < 2:
        return True
    held = Counter(word for text in texts for word in set(words(text)) - NEGATIONS)
    needed = min(MANY_ENOUGH, max(2, math.ceil(COMMON_ENOUGH * len(texts))))
    return sum(count >= needed for count in held.values()) >= 2


def _weight(whole: Corpus, rows: Sequence[int]) -> tuple[int, int]:
    documents = [document for row in rows for document in whole.documents[row]]
    return -len({document.session_id for document in documents}), -len(documents)


def born_by_rule(
    documents: Sequence[Document],
    *,
    state: ThemeState,
    now: datetime,
    settings: ThemeSettings,
    allocate: Callable[[], str],
) -> tuple[Theme, ...]:
    """Return a theme for each kind of friction without words that recurs and has none yet."""
    have = {theme.kind for theme in state.themes if theme.family is Family.RULE}
    kinds: dict[str, list[Document]] = {}
    for document in documents:
        if document.family is Family.RULE and document.kind not in have:
            kinds.setdefault(document.kind, []).append(document)
    themes = []
    for kind in sorted(kinds):
        if recurs(kinds[kind], settings):
            name, labels = RULE_NAMES.get(kind, (kind.replace("-", " ").capitalize(), (kind,)))
            themes.append(
                Theme(
                    id=allocate(),
                    name=name,
                    tags=labels,
                    born_at=now,
                    algorithm=ALGORITHM,
                    threshold=0.0,
                    terms=(),
                    family=Family.RULE,
                    kind=kind,
                )
            )
    return tuple(themes)


def grown(theme: Theme, whole: Corpus, rows: Sequence[int], taken: Iterable[str]) -> Theme:
    """Return the theme with its centroid learned anew from more texts; id and name stay.

    A name that says better what the theme has become is offered.
    """
    found = middle(whole, rows)
    if not found.terms:
        return theme
    learned = replace(theme, terms=found.terms, size=len(rows))
    return replace(learned, offered_name=better_name(learned, whole, found.order, taken))


def taught(
    state: ThemeState,
    whole: Corpus,
    rows_of: Mapping[str, list[int]],
    family: Family,
    *,
    below: int,
) -> dict[str, list[int]]:
    """Return theme id → the rows that its centroid may be learned anew from.

    Only themes of fewer than `below` texts are. What the user merged or moved into a theme counts
    as far as it is like the theme's own texts: learned from all of them, the centroid would lose
    the texts that it was made for.
    """
    found: dict[str, list[int]] = {}
    assigner = None
    for theme in state.themes:
        if theme.family is not family or theme.size >= below or theme.id not in rows_of:
            continue
        rows = rows_of[theme.id]
        pinned = state.pinned
        if (
            theme.merged
            or theme.carried
            or (pinned and any(each.id in pinned for row in rows for each in whole.documents[row]))
        ):
            assigner = assigner or Assigner.of(state, family)
            own = assigner.of_theme(theme)
            rows = [row for row in rows if own.nearest(whole.signatures[row])[0] == 0]
        found[theme.id] = rows
    return found
