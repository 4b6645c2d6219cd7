"""The values of the theme model: what goes in, what is remembered, what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

ALGORITHM = 2
"""Version of the recipe: how texts are masked, cut into words and weighed.

A theme keeps the one that made it; what a newer one would take from it is carried over
(`themes.carrying`). Raised with each release whose recipe differs."""
FIRST = 1
"""The recipe of themes that were learned before recipes were noted."""
TERMS_KEPT = 40
"""A stored centroid has at most this many terms, the heaviest."""


class Family(StrEnum):
    """Texts are compared within one family only."""

    TEXT = "text"
    """The user's words: refusals, corrections, retro notes."""
    COMMAND = "command"
    """What failed commands and hooks print."""
    TOOL = "tool"
    """What the agent's own tools answer when they refuse."""
    SLOW = "slow"
    """Commands that ran long, compared by their command."""
    TEST = "test"
    """Tests that failed, compared by their names."""
    SILENT = "silent"
    """Commands that failed without saying why, compared by their command."""
    RULE = "rule"
    """Frictions whose text says nothing; each kind is one theme by rule."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text that may belong to a theme: a friction's key line or a retro note."""

    id: str
    """The friction's id, or `note:<retro>:<n>`."""
    text: str
    """One line; cleaned and redacted."""
    kind: str
    """A `FrictionKind` value or `note`."""
    session_id: str
    project: str
    agent: str
    at: datetime | None
    """Aware; None where the log gives no time."""
    seconds_lost: float | None = None
    """None where it is unknown."""
    tool: str = ""
    model: str = ""
    family: Family = Family.TEXT


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a centroid."""

    text: str
    """A stem, or two neighbouring stems with a space between."""
    weight: float
    """Share in the centroid, whose length is 1 before it is cut to its heaviest terms."""
    idf: float
    """Inverse document frequency when the theme was last learned."""


@dataclass(frozen=True, slots=True)
class Lobe:
    """The centroid of a theme that was merged into another."""

    family: Family
    threshold: float
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """A recurring cluster; id and name never change unless the user says so."""

    id: str
    name: str
    tags: tuple[str, ...]
    born_at: datetime
    algorithm: int
    threshold: float
    """Cosine from which a text joins."""
    terms: tuple[Term, ...]
    """The centroid; empty for themes by rule."""
    merged: tuple[Lobe, ...] = ()
    """What the user merged into this one; it goes on attracting texts."""
    carried: tuple[Lobe, ...] = ()
    """Texts of its own that a newer recipe spells so that its centroid would not know them."""
    size: int = 0
    """How many distinct texts the centroid was learned from."""
    family: Family = Family.TEXT
    kind: str = ""
    """The friction kind of a theme by rule; else empty."""
    aliases: tuple[str, ...] = ()
    """Ids of themes that were merged into this one; links to them still lead here."""
    muted: bool = False
    renamed_by_user: bool = False
    offered_name: str = ""
    """A better name, if the theme has grown out of its own; never taken silently."""


@dataclass(frozen=True, slots=True)
class ThemeState:
    """Everything that must be kept for themes to stay what they are."""

    themes: tuple[Theme, ...] = ()
    """In order of their birth."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Family → cosine, found once by calibration and then frozen; none while texts are few."""
    texts: Mapping[str, int] = field(default_factory=dict)
    """Family → distinct texts when themes were last learned."""
    pinned: Mapping[str, str] = field(default_factory=dict)
    """Document id → theme id, or an empty string for none: the user's word, always obeyed."""
    granularity: float | None = None
    """How finely new themes are cut, as the user turned it; None: as the settings say."""
    looked_at: str = ""
    """Fingerprint of the documents of the last update; the same ones are not clustered again."""
    recipe: int = ALGORITHM
    """Version of the recipe that the centroids are spelled for."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Document id → theme id of the retros' notes when they were last looked at; the archive
    remembers those of frictions."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two themes that look like one; nothing is merged unless the user does it."""

    keep: str
    merge: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Update:
    """What a look at the documents changed."""

    state: ThemeState
    members: Mapping[str, str]
    """Document id → theme id, for every document that belongs to a theme."""
    joined: tuple[str, ...]
    """Documents that belong to themes which existed before."""
    born: tuple[Theme, ...]
    pool: tuple[str, ...]
    """Ids of the documents that belong to no theme: seen once or twice."""
    suggestions: tuple[Suggestion, ...]


class Direction(StrEnum):
    """What became of a theme; only counted sessions decide, never raw events."""

    ROSE = "rose"
    FELL = "fell"
    GONE = "gone"
    NO_CLEAR_CHANGE = "no clear change"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A theme's trend with what it rests on."""

    direction: Direction
    before_hit: int
    before_sessions: int
    after_hit: int
    after_sessions: int
    probability_lower: float
    """That the rate is lower now, 0 to 1 (Jeffreys prior)."""
    ratio: float | None
    """Rate now over rate before; None where there was nothing before."""
    interval: tuple[float, float] | None
    """95 % interval of the ratio; its upper end may be infinite."""
    needs_sessions: int | None
    """How many more sessions might settle it; None where that cannot be said."""
    wording: str
    """One plain sentence."""


@dataclass(frozen=True, slots=True)
class ThemeReport:
    """One theme within one window, ready to be drawn."""

    theme: Theme
    documents: tuple[Document, ...]
    """The evidence within the window, newest first."""
    sessions: tuple[str, ...]
    projects: tuple[str, ...]
    agents: tuple[str, ...]
    seconds_lost: float
    """Sum over the documents where it is known."""
    unknown_cost: int
    """Documents whose cost is unknown."""
    first_seen: datetime | None
    last_seen: datetime | None
    """Both over all time, not only in the window."""
    weeks: tuple[tuple[date, int], ...]
    """Monday → sessions hit, oldest first, without gaps."""
    verdict: Verdict

    @property
    def minutes_lost(self) -> float:
        """Return the known cost in minutes."""
        return self.seconds_lost / 60.0


@dataclass(frozen=True, slots=True)
class SeenOnce:
    """What does not recur (yet), and what was looked at."""

    groups: int
    documents: int
    sessions: int
    """Sessions that were looked at, or that have a document, if no totals were given."""
    looked_at: int
    """Documents that were looked at."""
    examples: tuple[tuple[str, int], ...]
    """Texts with their number of documents, the most frequent first, at most twenty."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why two texts are, or are not, together."""

    cosine: float
    threshold: float
    shared: tuple[tuple[str, float], ...]
    """Shared terms and what each adds to the cosine, heaviest first."""
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    theme_a: str
    """Id of the theme that the text joins, or empty."""
    theme_b: str


def theme_to_document(theme: Theme) -> dict[str, Any]:
    """Return the theme as JSON for the store."""
    return {
        "id": theme.id,
        "name": theme.name,
        "tags": list(theme.tags),
        "born_at": theme.born_at.isoformat(),
        "algorithm": theme.algorithm,
        "threshold": theme.threshold,
        "terms": _terms_to_json(theme.terms),
        "merged": _lobes_to_json(theme.merged),
        "carried": _lobes_to_json(theme.carried),
        "size": theme.size,
        "family": theme.family.value,
        "kind": theme.kind,
        "aliases": list(theme.aliases),
        "muted": theme.muted,
        "renamed_by_user": theme.renamed_by_user,
        "offered_name": theme.offered_name,
    }


def theme_from_document(document: Mapping[str, Any]) -> Theme:
    """Return the theme that `theme_to_document` wrote; unknown fields are left alone."""
    return Theme(
        id=document["id"],
        name=document["name"],
        tags=tuple(document["tags"]),
        born_at=datetime.fromisoformat(document["born_at"]),
        algorithm=document["algorithm"],
        threshold=document["threshold"],
        terms=_terms_from_json(document["terms"]),
        merged=_lobes_from_json(document.get("merged", ())),
        carried=_lobes_from_json(document.get("carried", ())),
        size=document.get("size", 0),
        family=Family(document.get("family", Family.TEXT)),
        kind=document.get("kind", ""),
        aliases=tuple(document.get("aliases", ())),
        muted=document.get("muted", False),
        renamed_by_user=document.get("renamed_by_user", False),
        offered_name=document.get("offered_name", ""),
    )


def _lobes_to_json(lobes: tuple[Lobe, ...]) -> list[list[Any]]:
    return [[lobe.family.value, lobe.threshold, _terms_to_json(lobe.terms)] for lobe in lobes]


def _lobes_from_json(rows: Any) -> tuple[Lobe, ...]:
    return tuple(
        Lobe(Family(family), threshold, _terms_from_json(terms))
        for family, threshold, terms in rows
    )


def _terms_to_json(terms: tuple[Term, ...]) -> list[list[Any]]:
    return [[term.text, term.weight, term.idf] for term in terms]


def _terms_from_json(rows: Any) -> tuple[Term, ...]:
    return tuple(Term(text, weight, idf) for text, weight, idf in rows)


def state_to_document(state: ThemeState) -> dict[str, Any]:
    """Return what the model learned, without its themes, which are records of their own."""
    return {
        "thresholds": dict(sorted(state.thresholds.items())),
        "texts": dict(sorted(state.texts.items())),
        "looked_at": state.looked_at,
        "recipe": state.recipe,
        "notes": dict(sorted(state.notes.items())),
    }


def decisions_to_document(state: ThemeState) -> dict[str, Any]:
    """Return what the user decided about more than one theme.

    A record of its own: what the model learns later does not stand in the way of its undo.
    """
    return {"pinned": dict(sorted(state.pinned.items())), "granularity": state.granularity}


def state_from_documents(
    themes: Mapping[str, Mapping[str, Any]],
    document: Mapping[str, Any] | None,
    decisions: Mapping[str, Any] | None = None,
) -> ThemeState:
    """Return the state from the store's theme records, the model's record and the user's.

    A record that names no recipe was written by the first.
    """
    head = document or {}
    decided = decisions or {}
    return ThemeState(
        themes=tuple(sorted(map(theme_from_document, themes.values()), key=birth_order)),
        thresholds=dict(head.get("thresholds", {})),
        texts=dict(head.get("texts", {})),
        pinned=dict(decided.get("pinned", head.get("pinned", {}))),
        granularity=decided.get("granularity"),
        looked_at=head.get("looked_at", ""),
        recipe=head.get("recipe", FIRST) if head else ALGORITHM,
        notes=dict(head.get("notes", {})),
    )


def birth_order(theme: Theme) -> tuple[int, str]:
    """Return the sort key of themes: the number in the id, then the id."""
    return id_order(theme.id)


def id_order(theme_id: str) -> tuple[int, str]:
    """Return the sort key of a theme's id."""
    digits = theme_id.rpartition("-")[2]
    return (int(digits) if digits.isdecimal() else 0, theme_id)
