"""What texts of one theme share, as a readable line: "…" stands for what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from hansei_core.themes.tokens import STOP_WORDS, stem

SAMPLE = 20
"""A template is sought among this many texts; more would only make it slower."""
LEAST_COVERED = 0.6
"""A template must hold for this share of the documents."""
LEAST_ALONE = 0.8
"""And a single text for this."""
LONGEST_TEXT = 60
"""Tokens of a text that are compared."""
SENTENCE_RUN = 4
"""So many words in a row, most of them with a meaning, read as a sentence."""
LEAST_PARTS = 2
"""So many parts must names have in common to be shown as one ("Test…Branch…")."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_NAME = re.compile(r"^\W*(\w[\w.:/-]*\w)\W*$")


@dataclass(frozen=True, slots=True)
class Template:
    """Tokens that most texts share, with the texts that were taken in."""

    tokens: tuple[str, ...]
    taken: tuple[tuple[str, ...], ...]


def templates(texts: Sequence[str], weights: Sequence[int]) -> Iterator[Template]:
    """Yield what at least `LEAST_COVERED` of the documents share, the wordiest first.

    Each begins with the first text and takes in every next one that leaves four, three, two or
    one word that says something.

    Args:
        texts: Distinct masked texts, the most typical first.
        weights: How many documents each stands for.
    """
    split = _in_one_spelling([text.split()[:LONGEST_TEXT] for text in texts[:SAMPLE]])
    needed = LEAST_COVERED * sum(weights[:SAMPLE])
    alone = LEAST_ALONE * sum(weights[:SAMPLE])
    if not split:
        return
    seen: set[tuple[str, ...]] = set()
    for least in (4, 3, 2, 1):
        common, covered, taken = split[0], weights[0], [split[0]]
        for other, weight in zip(split[1:], weights[1:], strict=False):
            shared = _longest_common(common, other)
            if sum(map(says, shared)) >= least:
                common, covered = shared, covered + weight
                taken.append(other)
        enough = needed if len(taken) > 1 else alone
        if covered >= enough and common not in seen:
            seen.add(common)
            yield Template(common, tuple(taken))
        if len(taken) == len(split):
            return


def _in_one_spelling(texts: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return texts whose words are written large or small as in the first text that has them."""
    known: set[str] = set()
    spelled: dict[str, str] = {}
    found = []
    for tokens in texts:
        row = [
            token if token in known else spelled.get(token.casefold(), token) for token in tokens
        ]
        known.update(row)
        for token in row:
            spelled.setdefault(token.casefold(), token)
        found.append(tuple(row))
    return found


@lru_cache(maxsize=1 << 14)
def says(token: str) -> bool:
    """Tell whether a token of a masked text is a word with a meaning of its own."""
    if token[0] == "‹":
        return False
    return any(word.lower() not in STOP_WORDS for word in _WORD.findall(token))


def reads_as_sentence(template: Template) -> bool:
    """Tell whether some shared words in a row, without a gap, can be read as a sentence."""
    run: list[str] = []
    for token in fill(template).split():
        run = [*run, token] if _WORD.search(token) and "…" not in token else []
        if len(run) >= SENTENCE_RUN and sum(map(says, run)) >= SENTENCE_RUN - 1:
            return True
    return False


def fill(template: Template) -> str:
    """Return the shared tokens in order, with "…" or the shared parts of a name in the gaps."""
    gaps: list[list[tuple[str, ...]]] = [[] for _ in range(len(template.tokens) + 1)]
    for tokens in template.taken:
        at = 0
        for number, token in enumerate(template.tokens):
            found = tokens.index(token, at)
            gaps[number].append(tokens[at:found])
            at = found + 1
        gaps[-1].append(tokens[at:])
    parts: list[str] = []
    for number, gap in enumerate(gaps):
        if any(gap):
            parts.append(_shared_name(gap))
        if number < len(template.tokens):
            parts.append(template.tokens[number])
    return " ".join(parts)


def _shared_name(gap: Sequence[tuple[str, ...]]) -> str:
    """Return what the single names in a gap share, part by part ("Test…Hooks…"), or "…"."""
    split = [_name_parts(each[0]) for each in gap if len(each) == 1]
    if len(split) < len(gap) or not all(split):
        return "…"
    common: Sequence[str] = split[0]
    for other in split[1:]:
        common = _common_parts(common, other)
    if sum(len(part) > 2 for part in common) < LEAST_PARTS:
        return "…"
    shown, at = "", 0
    for part in common:
        found = next(i for i in range(at, len(split[0])) if _alike(split[0][i], part))
        whole = all(_in_a_row(other, shown, part) for other in split) if shown else True
        shown += ("" if whole else "…") + part
        at = found + 1
    return shown if all(_ends_with(other, common[-1]) for other in split) else shown + "…"


@lru_cache(maxsize=1 << 14)
def _name_parts(token: str) -> tuple[str, ...]:
    """Return the parts of a name; none where a token is no name."""
    name = _NAME.match(token)
    return tuple(_PART.findall(name.group(1))) if name else ()


def _alike(a: str, b: str) -> bool:
    return stem(a.lower()) == stem(b.lower())


def _in_a_row(parts: Sequence[str], shown: str, part: str) -> bool:
    """Tell whether a part follows at once what is shown so far."""
    last = _PART.findall(shown.rpartition("…")[2])[-1]
    return any(_alike(a, last) and _alike(b, part) for a, b in pairwise(parts))


def _ends_with(parts: Sequence[str], part: str) -> bool:
    return bool(parts) and parts[-1] == part


def _common_parts(a: Sequence[str], b: Sequence[str]) -> tuple[str, ...]:
    """Return the parts in order that both names have, the shorter form of each."""
    keys_a, keys_b = [stem(x.lower()) for x in a], [stem(x.lower()) for x in b]
    found, at, start = [], 0, 0
    for key in _longest_common(keys_a, keys_b):
        i, j = keys_a.index(key, start), keys_b.index(key, at)
        found.append(min(a[i], b[j], key=len))
        start, at = i + 1, j + 1
    return tuple(found)


def _longest_common(a: Sequence[str], b: Sequence[str]) -> tuple[str, ...]:
    """Return the longest common subsequence of two lists, what they begin with before all."""
    first = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if first is None:
        return tuple(a[: min(len(a), len(b))])
    if first:
        return (*a[:first], *_longest_common(a[first:], b[first:]))
    last = next(
        (i for i, (x, y) in enumerate(zip(reversed(a), reversed(b), strict=False)) if x != y), None
    )
    if last:
        return (*_longest_common(a[:-last], b[:-last]), *a[-last:])
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a) - 1, -1, -1):
        row, below = table[i], table[i + 1]
        for j in range(len(b) - 1, -1, -1):
            if a[i] == b[j]:
                row[j] = below[j + 1] + 1
            else:
                row[j] = max(below[j], row[j + 1])
    found, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            found.append(a[i])
            i, j = i + 1, j + 1
        elif table[i + 1][j] >= table[i][j + 1]:
            i += 1
        else:
            j += 1
    return tuple(found)
