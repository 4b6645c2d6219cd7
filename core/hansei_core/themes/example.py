"""The text that speaks for a theme."""

from __future__ import annotations

from hansei_core.themes.identity import Assigner
from hansei_core.themes.masking import signature
from hansei_core.themes.model import Document, ThemeReport, ThemeState


def nearest_text(state: ThemeState, report: ThemeReport) -> Document:
    """Return the evidence that speaks best for a theme: the text nearest to its own centroid.

    Of equals the newest; of a theme by rule, whose texts are all alike, the newest too.
    """
    family = report.theme.family
    alone = Assigner.of(state, family).of_theme(report.theme)
    scores: dict[str, float] = {}
    for each in report.documents:
        if each.family is family and each.text not in scores:
            scores[each.text] = round(alone.nearest(signature(each.text))[1], 9)
    return max(report.documents, key=lambda each: scores.get(each.text, -1.0))
