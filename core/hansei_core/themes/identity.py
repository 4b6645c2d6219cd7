"""Which theme a text belongs to: the nearest stored centroid, if it is near enough.

Pure Python: a closing session shows its themes without loading scikit-learn or numpy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from hansei_core.themes.background import Blend, background, blended_idf
from hansei_core.themes.masking import signature
from hansei_core.themes.model import Document, Family, Lobe, Suggestion, Term, Theme, ThemeState
from hansei_core.themes.tokens import terms
from hansei_core.themes.vectors import Shares, Vector, shares_of, weigh

SUGGEST_FACTOR = 1.5
"""Themes whose centroids are this many thresholds alike are suggested as one."""
LEAST_SUGGESTED = 0.5
"""And never below this cosine."""
LEFT_OUT = 0.3
"""So long may the part of a centroid be, its lightest terms, that finds no likeness by itself."""


@dataclass(frozen=True, slots=True)
class StoredIdf:
    """Term → inverse document frequency.

    A term of several themes has the value that the youngest learned; one of no theme counts as
    seen in a single document.
    """

    known: Mapping[str, float]
    blend: Blend

    def __call__(self, term: str) -> float:
        """Return the weight of a term."""
        value = self.known.get(term)
        return self.blend(term, 1) if value is None else value


@dataclass(frozen=True)
class Assigner:
    """The stored centroids of one family."""

    owners: tuple[Theme, ...]
    """The theme of each centroid; a theme with merged ones has several."""
    centroids: tuple[tuple[Term, ...], ...]
    thresholds: tuple[float, ...]
    idf: StoredIdf
    shares: Shares

    @classmethod
    def of(cls, state: ThemeState, family: Family) -> Assigner:
        """Return the centroids of a family."""
        found = [
            (theme, lobe)
            for theme in state.themes
            for lobe in lobes(theme)
            if lobe.family is family
        ]
        return cls(
            owners=tuple(theme for theme, _ in found),
            centroids=tuple(lobe.terms for _, lobe in found),
            thresholds=tuple(lobe.threshold for _, lobe in found),
            idf=stored_idf(state, family),
            shares=shares_of(family),
        )

    @cached_property
    def postings(self) -> Mapping[str, Sequence[tuple[int, float]]]:
        """Return the centroids turned around: term → (centroid, weight)."""
        found: dict[str, list[tuple[int, float]]] = {}
        for number, terms_ in enumerate(self.centroids):
            for term in terms_:
                found.setdefault(term.text, []).append((number, term.weight))
        return found

    def vector(self, signature_: str) -> Vector:
        """Return the vector of a text's signature by what the state knows about its words."""
        return weigh(terms(signature_), self.idf, self.shares)

    def best(self, signature_: str) -> tuple[Theme | None, float]:
        """Return the theme that the text belongs to, if any, and the best cosine found.

        The nearest centroid wins; among equals the older one.
        """
        number, top = self.nearest(signature_)
        return (self.owners[number] if number >= 0 else None), top

    def nearest(self, signature_: str) -> tuple[int, float]:
        """Return the number of the nearest centroid, -1 if none is near enough; and its cosine."""
        scores: dict[int, float] = {}
        for term, weight in self.vector(signature_).items():
            for number, other in self.postings.get(term, ()):
                scores[number] = scores.get(number, 0.0) + weight * other
        number, top = max(scores.items(), key=lambda each: (each[1], -each[0]), default=(-1, 0.0))
        if number < 0 or top < self.thresholds[number]:
            return -1, top
        return number, top

    def of_theme(self, theme: Theme) -> Assigner:
        """Return the centroids of one theme alone, in the order of `lobes`."""
        mine = [number for number, owner in enumerate(self.owners) if owner.id == theme.id]
        return replace(
            self,
            owners=tuple(self.owners[number] for number in mine),
            centroids=tuple(self.centroids[number] for number in mine),
            thresholds=tuple(self.thresholds[number] for number in mine),
        )


def lobes(theme: Theme) -> Iterator[Lobe]:
    """Yield a theme's own centroid, those merged into it and those carried over for it."""
    yield Lobe(theme.family, theme.threshold, theme.terms)
    yield from theme.merged
    yield from theme.carried


def stored_idf(state: ThemeState, family: Family) -> StoredIdf:
    """Return the weights of terms as the state remembers them for a family."""
    known = {
        term.text: term.idf
        for theme in state.themes
        for lobe in lobes(theme)
        if lobe.family is family
        for term in lobe.terms
    }
    return StoredIdf(known, blended_idf(max(state.texts.get(family, 1), 1), background()))


def members(state: ThemeState, documents: Iterable[Document]) -> dict[str, str]:
    """Return document id → theme id for the documents that belong to a theme.

    What the user decided comes first; then the nearest centroid. The same state and document
    always give the same answer, so memberships can be forgotten and found again.
    """
    assigners: dict[Family, Assigner] = {}
    cache: dict[tuple[Family, str], str] = {}
    found: dict[str, str] = {}
    given = sorted(documents, key=lambda each: each.id)
    for document in given:
        family = document.family
        if family is Family.RULE:
            continue
        if family not in assigners:
            assigners[family] = Assigner.of(state, family)
        if not assigners[family].owners:
            continue
        key = (family, signature(document.text))
        if key not in cache:
            theme, _ = assigners[family].best(key[1])
            cache[key] = theme.id if theme else ""
        if cache[key]:
            found[document.id] = cache[key]
    return settled(state, given, found)


def settled(
    state: ThemeState, documents: Iterable[Document], nearest: Mapping[str, str]
) -> dict[str, str]:
    """Return document id → theme id: the user's word first, then the rules, then the nearest.

    Args:
        state: What is remembered.
        documents: In the order of the answer.
        nearest: Document id → id of the theme whose centroid is nearest, if near enough.
    """
    names = resolve(state)
    rules = {theme.kind: theme.id for theme in state.themes if theme.family is Family.RULE}
    found: dict[str, str] = {}
    for document in documents:
        pinned = state.pinned.get(document.id)
        if pinned is not None and (not pinned or pinned in names):
            home = names.get(pinned, "")
        elif document.family is Family.RULE:
            home = rules.get(document.kind, "")
        else:
            home = nearest.get(document.id, "")
        if home:
            found[document.id] = home
    return found


def resolve(state: ThemeState) -> dict[str, str]:
    """Return every id that leads to a theme, aliases included → the id it has now."""
    names = {alias: theme.id for theme in state.themes for alias in theme.aliases}
    return names | {theme.id: theme.id for theme in state.themes}


def suggestions(themes: Sequence[Theme]) -> tuple[Suggestion, ...]:
    """Return pairs of themes whose centroids are so alike that they may be one, likest first."""
    vectors = [{term.text: term.weight for term in theme.terms} for theme in themes]
    marked: dict[tuple[Family, str], list[tuple[int, float]]] = {}
    left: list[float] = []
    found = []
    for number, theme in enumerate(themes):
        shared: dict[int, float] = {}
        for term, weight in vectors[number].items():
            for other, there in marked.get((theme.family, term), ()):
                shared[other] = shared.get(other, 0.0) + weight * there
        for other in sorted(shared):
            if shared[other] + left[other] < LEAST_SUGGESTED:
                continue
            score = cosine(vectors[other], vectors[number])
            if score >= _alike(themes[other], theme):
                found.append(Suggestion(themes[other].id, theme.id, round(score, 4)))
        marks, rest = _marks(vectors[number])
        left.append(rest)
        for term, weight in marks:
            marked.setdefault((theme.family, term), []).append((number, weight))
    return tuple(sorted(found, key=lambda each: (-each.cosine, each.keep, each.merge)))


def _marks(vector: Vector) -> tuple[list[tuple[str, float]], float]:
    """Return the heaviest terms, and the most that all others can add to a cosine.

    By Cauchy and Schwarz that is their length, as no vector is longer than 1.
    """
    marks = sorted(vector.items(), key=lambda each: (-each[1], each[0]))
    lengths = list(accumulate((weight * weight for _, weight in reversed(marks)), initial=0.0))
    count = sum(rest >= LEFT_OUT * LEFT_OUT for rest in lengths)
    return marks[:count], math.sqrt(lengths[len(marks) - count]) + 1e-9


def _alike(a: Theme, b: Theme) -> float:
    return max(LEAST_SUGGESTED, SUGGEST_FACTOR * max(a.threshold, b.threshold))


def cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Return the cosine of two vectors of length 1."""
    return math.fsum(weight * b[term] for term, weight in a.items() if term in b)
