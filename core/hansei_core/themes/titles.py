"""The name of a group of texts, and when a better one is offered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from hansei_core.themes.corpus import Corpus
from hansei_core.themes.identity import cosine
from hansei_core.themes.masking import is_error, mask, signature
from hansei_core.themes.model import Document, Family, Term, Theme
from hansei_core.themes.naming import LONGEST, readable, shorten, without_place
from hansei_core.themes.templates import (
    LEAST_COVERED,
    Template,
    fill,
    reads_as_sentence,
    says,
    templates,
)
from hansei_core.themes.vectors import Vector

BETTER = 0.1
"""A new name is offered if its cosine to the theme's middle is so much higher than the old's."""
USUAL = 0.8
"""A text that so many of the documents have word for word names them all."""
LEAST_WORDS = 2
"""A shared word alone is a name only if a colon says that something follows ("undefined: …")."""

_FRAMES = {Family.SLOW: "Slow: {}", Family.SILENT: "{} without a message"}
"""What is the matter with a command that is known by itself only."""
_STATUSES = "err error errors exception fail failed failure failures fatal panic warn warning"
_STATUS = frozenset(_STATUSES.split())
"""Words that say that something is wrong, and not what."""
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


def usual_text(documents: Sequence[Document]) -> str:
    """Return the documents' most frequent text, the first of equals in the alphabet."""
    counts = Counter(document.text for document in documents)
    return min(counts, key=lambda text: (-counts[text], text))


def title_of(documents: Sequence[Document]) -> str:
    """Return texts of one signature as a title.

    The user's words verbatim; a program's with what varies masked, unless most documents have
    the same.
    """
    text = usual_text(documents)
    if documents[0].family is Family.TEXT:
        return text
    if documents[0].family in _FRAMES:
        return _FRAMES[documents[0].family].format(text)
    if _is_usual(text, documents):
        return without_place(text)
    return readable(mask(without_place(text)))


def _is_usual(text: str, documents: Sequence[Document]) -> bool:
    same = sum(each.text == text for each in documents)
    return same > 1 and same >= USUAL * len(documents)


def name_of(
    whole: Corpus,
    order: Sequence[int],
    terms: Sequence[Term],
    threshold: float,
    taken: Collection[str],
) -> str:
    """Return the name for a group of texts.

    What most documents say word for word; else what most texts share; else the text at their
    middle. A number makes it unique.

    Args:
        whole: The texts of the family.
        order: The group's rows, the most typical first.
        terms: The group's centroid.
        threshold: Cosine from which a text joins the group.
        taken: Names of other themes.
    """
    middle = ""
    for middle in _names(whole, order, {term.text: term.weight for term in terms}, threshold):
        if middle not in taken:
            return middle
    number = 2
    while f"{middle} ({number})" in taken:
        number += 1
    return f"{middle} ({number})"


def _names(whole: Corpus, order: Sequence[int], centre: Vector, threshold: float) -> Iterator[str]:
    """Yield names that would do, the best first; the last one always does."""
    everything = [document for row in order for document in whole.documents[row]]
    medoid = whole.documents[order[0]]
    family = medoid[0].family
    if family in _FRAMES:
        yield shorten(_FRAMES[family].format(usual_text(medoid)))
        return
    common = usual_text(everything)
    if _is_usual(common, everything):
        yield shorten(common if family is Family.TEXT else without_place(common))
    texts = [whole.signatures[row] for row in order]
    for each in templates(texts, [len(whole.documents[row]) for row in order]):
        if family is Family.TEXT and not reads_as_sentence(each):
            continue
        name = readable(fill(each))
        if not is_telling(name) or (family is not Family.TEXT and _is_harmless(name, each)):
            continue
        if cosine(whole.vector(name), centre) >= threshold:
            yield shorten(name)
    text = title_of(medoid)
    if family is Family.TEXT and len(text) > LONGEST:
        text = _nearest_sentence(whole, text, centre)
    yield shorten(text)


def is_telling(name: str) -> bool:
    """Tell whether what texts share says what is wrong: "undefined: …" does, "FAIL: …" does not.

    Where there are as many gaps as words, what was said is what differs.
    """
    telling = [word for word in name.split() if says(word)]
    if len(telling) >= LEAST_WORDS:
        gaps = name.count("…")
        return len(telling) >= gaps and sum(map(_has_letter, name.split())) > gaps
    return ":" in name and not all(word.strip(":.").casefold() in _STATUS for word in telling)


def _has_letter(token: str) -> bool:
    return any(char.isalpha() for char in token)


def _is_harmless(name: str, template: Template) -> bool:
    """Tell whether a name lost the word that says that something is wrong, which its texts have.

    "connect to the daemon" and "space left on device" are no trouble.
    """
    if is_error(name):
        return False
    texts = [" ".join(tokens) for tokens in template.taken]
    return sum(map(is_error, texts)) >= LEAST_COVERED * len(texts)


def _nearest_sentence(whole: Corpus, text: str, centre: Vector) -> str:
    """Return the sentence of a long text that is nearest to a theme's middle."""
    sentences = _SENTENCE.split(text)
    return max(sentences, key=lambda each: round(cosine(whole.vector(each), centre), 6))


def better_name(theme: Theme, whole: Corpus, order: Sequence[int], taken: Iterable[str]) -> str:
    """Return a name to offer for a theme that grew, or nothing.

    The name that it would get today, if that is clearly nearer to its middle than the one it
    has. Names that the user gave are never questioned.

    Args:
        theme: With its new centroid.
        whole: The texts of its family.
        order: Its rows, the most typical first.
        taken: Names of themes.
    """
    if theme.renamed_by_user:
        return ""
    others = set(taken) - {theme.name}
    name = name_of(whole, order, theme.terms, theme.threshold, others)
    centre = {term.text: term.weight for term in theme.terms}
    gain = cosine(whole.vector(name), centre) - cosine(whole.vector(theme.name), centre)
    return name if signature(name) != signature(theme.name) and gain >= BETTER else ""
