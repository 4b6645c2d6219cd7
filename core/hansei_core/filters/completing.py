"""What could be typed next: completion for the filter line, the shell and the palette."""

from __future__ import annotations

from dataclasses import dataclass

from hansei_core.filters.keys import KEYS, SPELLINGS, Kind
from hansei_core.folding import fold


@dataclass(frozen=True, slots=True)
class KnownWords:
    """The user's own words, for completion."""

    tags: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: the text between start and end is replaced."""

    start: int
    end: int
    text: str
    help: str = ""


def suggest(text: str, cursor: int, known: KnownWords, limit: int = 8) -> tuple[Completion, ...]:
    """Return what the word before the cursor could become, best first.

    Args:
        text: The filter as it stands.
        cursor: Index of the cursor in it.
        known: The words that occur in the user's backlog.
        limit: At most this many.

    Returns:
        Completions whose text begins with what is typed, case and accents aside; empty for a
        bare word that begins no key.
    """
    cursor = max(0, min(cursor, len(text)))
    start = cursor
    while start > 0 and not text[start - 1].isspace() and text[start - 1] not in '()"':
        start -= 1
    word = text[start:cursor]
    if word[:1] in ("+", "-") and ":" not in word:
        candidates = [(word[0] + tag, "tag") for tag in known.tags]
        if word[0] == "-":
            candidates += [(f"-{key.name}:", key.help) for key in KEYS.values()]
    elif ":" in word:
        candidates = _values(word, known)
    elif word:
        candidates = [(f"{key.name}:", key.help) for key in KEYS.values()]
    else:
        candidates = []
    typed = fold(word)
    fitting = [
        Completion(start, cursor, candidate, note)
        for candidate, note in candidates
        if fold(candidate).replace('"', "").startswith(typed) and candidate != word
    ]
    return tuple(fitting[:limit])


def _values(word: str, known: KnownWords) -> list[tuple[str, str]]:
    name, _, _ = word.partition(":")
    key = KEYS.get(SPELLINGS.get(name.removeprefix("-").lower(), ""))
    if key is None:
        return []
    own = {"tag": known.tags, "project": known.projects, "theme": known.themes, "id": known.ids}
    values = key.choices or own.get(key.name, ())
    if key.kind in (Kind.NUMBER, Kind.AGE, Kind.DAY):
        return [(key.example, key.help)]
    return [(f"{name}:{_quoted(value)}", key.help) for value in values]


def _quoted(value: str) -> str:
    return f'"{value}"' if any(char.isspace() for char in value) else value
