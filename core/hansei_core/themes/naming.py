"""A theme's name: what its texts have in common, or the text at its middle."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from hansei_core.themes.tokens import STOP_WORDS, stem

LONGEST = 80
"""Characters of a name."""
LONGEST_TAG = 48
"""Characters of a tag: a blob of letters is no phrase."""
TAGGED = 15
"""Texts of a theme that its tags are taken from, the most typical first."""

_MASKED = re.compile(r"‹\w+›")
_GAPS = re.compile(r"…(?:[\s:,.()/-]*…)+")
_FRONT = re.compile(
    r"^(?:-{3}\s+|[\w./\\@-]+\.\w+[:(]…\)?:?\s+|(?:…\s*:?\s*)?line …\s*:?\s*(?:…\s*)?"
    r"|…?\s*:\s*|[:,.\s]+)(?=\S)"
)
_PLACE = re.compile(r"^(?=[^\s:(]*[A-Za-z])(?:[\w./\\@-]+[:(]\d+(?:[:,]\d+)?\)?:?\s+)(?=\S)")
_BACK = re.compile(r"(?:\s*[(\[]\s*…\s*[)\]]|(?<=[.!?])\s+…|[\s:;,(]+)+$")
_LED_BY_GAP = re.compile(r"^…\s+(?P<word>[\w'’-]*)")
_LEFT_OVER = re.compile(r"(?<=…)(?:[;,]\s+\w+(?:\s+\w+)?:?|:\s+\w+(?:\s+\w+)?:)$")
"""A word or two after the last gap, cut off from what they announced."""
_DANGLING = re.compile(r"\s+(?P<word>[\w'’-]+)$")
_SAID_TWICE = re.compile(r"(?<!\S)(?P<said>\S[^:]{3,80}): (?=(?P=said):)")
"""What an error wrapped in itself says again: "session conflict: session conflict: …"."""
_PIECE = re.compile(r"‹\w+›|[\w'’-]+")
_LEADS_ON = """
a an the and or of to in on at by for from with as into onto about if but is are was were be its
after before than until within between near per over under via
"""
_LEADING_ON = frozenset(_LEADS_ON.split())
"""A title that ends in one of these looks cut."""
_ASKS = """
access called create execute expected find import install invalid load locate missing module name
named open option parse read resolve run unexpected unknown unresolved write
"""
_ASKING = frozenset(_ASKS.split())
"""What such a word asks for is a gap that stays: "No module named …"."""
_HUMP = re.compile(r"[a-z][A-Z]")
_HUMPS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_BARE_WORD = re.compile(r"[^\W\d_]{2,}")


def readable(text: str) -> str:
    """Return a masked text as a title.

    "…" stands for what varies; a place in front goes, and so does a tail that would look cut
    ("timed out after …"), unless a colon or a word asks for it ("undefined: …", "Cannot find …").
    """
    title = _SAID_TWICE.sub("", _GAPS.sub("…", _MASKED.sub("…", text)))
    title = _LEFT_OVER.sub("", _FRONT.sub("", title).strip())
    first = _LED_BY_GAP.match(title)
    if first is not None and first["word"].lower() not in STOP_WORDS:
        title = title.removeprefix("…").lstrip()
    title = _without_tail(title)
    title = _balanced(_BACK.sub("", title).strip())
    return title if _BARE_WORD.search(title) else text.replace("‹", "").replace("›", "")


def without_place(text: str) -> str:
    """Return a program's line without the place in a file, or the dashes, that it begins with."""
    return _SAID_TWICE.sub("", _FRONT.sub("", _PLACE.sub("", text.strip())))


def _without_tail(title: str) -> str:
    title = title.strip()
    if not title.endswith(" …") or title.endswith(": …"):
        return title
    if "…" in title[:-1]:
        return title
    cut = title.removesuffix("…").rstrip()
    while (found := _DANGLING.search(cut)) and found["word"].lower() in _LEADING_ON:
        cut = cut[: found.start()].rstrip()
    last = _DANGLING.search(cut)
    return title if last is not None and last["word"].lower() in _ASKING else cut


def _balanced(title: str) -> str:
    """Close what the tail's loss left open, and drop closing marks that nothing opens."""
    kept, depth = [], 0
    for mark in title:
        depth += (mark == "(") - (mark == ")")
        if depth < 0:
            depth = 0
            continue
        kept.append(mark)
    return "".join(kept) + ")" * depth


def shorten(text: str) -> str:
    """Return the text on one line, cut after a sentence or at a word near eighty characters."""
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    sentence = max(line.rfind(mark, 0, LONGEST) for mark in (". ", "! ", "? ", "; "))
    if sentence >= LONGEST // 4:
        return readable(line[: sentence + 1].rstrip(".;"))
    cut = line[: LONGEST - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > LONGEST // 2 else cut).rstrip(" ,;:.") + "…"


def tags(
    texts: Sequence[str], everywhere: Mapping[str, int], groups: int, limit: int = 3
) -> tuple[str, ...]:
    """Return the phrases of up to three words that mark the texts out, without overlap.

    A phrase's worth is its share of the texts times ln(1 + groups / groups that have it), more
    for longer ones (Grootendorst 2022, class-based TF-IDF).

    Args:
        texts: The theme's distinct texts, the most typical first; `TAGGED` are looked at.
        everywhere: Phrase → number of groups of texts that hold it.
        groups: How many groups there are.
        limit: How many phrases to return.
    """
    texts = texts[:TAGGED]
    counts = counted(texts)
    least = 2 if any(count > 1 for count in counts.values()) else 1
    scored = [
        (
            count
            / len(texts)
            * math.log(1.0 + groups / max(1, everywhere.get(phrase, 1)))
            * (1.0 + 0.3 * phrase.count(" ")),
            phrase,
        )
        for phrase, count in counts.items()
        if count >= least
    ]
    short = [each for each in scored if len(each[1]) <= LONGEST_TAG]
    scored = short or [(worth, f"{phrase[: LONGEST_TAG - 1]}…") for worth, phrase in scored]
    chosen: list[str] = []
    used: set[str] = set()
    for _, phrase in sorted(scored, key=lambda each: (-each[0], each[1])):
        stems = {stem(word) for word in phrase.split()}
        if not stems & used:
            chosen.append(phrase)
            used |= stems
            if len(chosen) == limit:
                break
    return tuple(chosen)


def counted(texts: Iterable[str]) -> Counter[str]:
    """Return phrase → number of texts that hold it."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(phrases(text))
    return counts


@lru_cache(maxsize=1 << 12)
def phrases(text: str) -> frozenset[str]:
    """Return a masked text's runs of one to three words that neither start nor end with filler."""
    parts = [part for token in _PIECE.findall(text) for part in _parts(token)]
    found = set()
    for at, (first, _, begins) in enumerate(parts):
        if not begins:
            continue
        found.add(first)
        phrase = first
        for word, is_word, may_end in parts[at + 1 : at + 3]:
            if not is_word:
                break
            phrase = f"{phrase} {word}"
            if may_end:
                found.add(phrase)
    return frozenset(found)


@lru_cache(maxsize=1 << 14)
def _parts(token: str) -> tuple[tuple[str, bool, bool], ...]:
    """Return the words of a token: whether each may be in a phrase, and begin or end it."""
    has_humps = not token.islower() and _HUMP.search(token) is not None
    found = []
    for part in _HUMPS.findall(token) if has_humps else (token,):
        word = part.lower().replace("’", "'")
        is_word = (
            len(word) > 1
            and word[0] != "‹"
            and (word.isalpha() or _BARE_WORD.search(word) is not None)
        )
        found.append((word, is_word, is_word and word not in STOP_WORDS))
    return tuple(found)
