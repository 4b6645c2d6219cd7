"""What a theme goes together with; an association, never a cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hansei_core.themes.model import Document
from hansei_core.themes.statistics import benjamini_hochberg, mid_p_lower

FALSE_DISCOVERY_RATE = 0.10
LEAST_TOGETHER = 3
"""Fewer sessions with both say nothing."""


@dataclass(frozen=True, slots=True)
class Association:
    """A theme occurs more often with this than without it."""

    theme_id: str
    dimension: str
    """`tool`, `project`, `model`, `agent` or `hour`."""
    value: str
    together: int
    """Sessions with both."""
    with_theme: int
    with_value: int
    sessions: int
    """With the theme, with the value, and in all, where the dimension is known."""
    lift: float
    """How many times as often together as if they had nothing to do with each other."""
    wording: str


def associations(
    documents: Iterable[Document], membership: Mapping[str, str]
) -> tuple[Association, ...]:
    """Return what each theme is associated with, the surest first.

    Counted in sessions with any friction, not in events: one bad session is one. A session of
    which a dimension is not known (no agent logs all, and the archive keeps less) does not count
    there. Hours are those of the documents' own time zone, in four parts of the day. Only
    associations that stand with the false discovery rate held over all of them are returned
    (mid-P of the hypergeometric test, Benjamini & Hochberg 1995).
    """
    everything = sorted(documents, key=lambda each: each.id)
    themes: dict[str, set[str]] = {}
    values: dict[tuple[str, str], set[str]] = {}
    known: dict[str, set[str]] = {}
    for each in everything:
        home = membership.get(each.id)
        if home is not None:
            themes.setdefault(home, set()).add(each.session_id)
        for key in _values(each):
            values.setdefault(key, set()).add(each.session_id)
            known.setdefault(key[0], set()).add(each.session_id)
    tested: list[tuple[float, Association]] = []
    for theme, found in sorted(themes.items()):
        for (dimension, value), having in sorted(values.items()):
            total = known[dimension]
            hit = found & total
            together = len(hit & having)
            if together < LEAST_TOGETHER or len(having) == len(total):
                continue
            lift = together * len(total) / (len(hit) * len(having))
            if lift <= 1.0:
                continue
            others = len(total) - len(having)
            p = mid_p_lower(len(hit) - together, others, together, len(having))
            tested.append(
                (
                    p,
                    Association(
                        theme,
                        dimension,
                        value,
                        together,
                        len(hit),
                        len(having),
                        len(total),
                        round(lift, 2),
                        f"associated with {dimension} {value}: {together} of its {len(hit)}"
                        f" sessions, {lift:.1f} times what chance gives",
                    ),
                )
            )
    stands = benjamini_hochberg([p for p, _ in tested], FALSE_DISCOVERY_RATE)
    kept = [(p, each) for (p, each), ok in zip(tested, stands, strict=True) if ok]
    kept.sort(key=lambda item: (item[0], -item[1].lift, item[1].theme_id, item[1].value))
    return tuple(each for _, each in kept)


def _values(document: Document) -> Iterable[tuple[str, str]]:
    named = (
        ("tool", document.tool),
        ("project", document.project),
        ("model", document.model),
        ("agent", document.agent),
    )
    for dimension, value in named:
        if value:
            yield dimension, value
    if document.at is not None:
        start = document.at.hour // 6 * 6
        yield "hour", f"{start:02d}–{start + 6:02d}"
