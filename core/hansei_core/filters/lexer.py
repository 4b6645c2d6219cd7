"""A filter's text cut into tokens that know where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from hansei_core.errors import UsageError
from hansei_core.filters.keys import SPELLINGS
from hansei_sessions.value import Value

MAX_LENGTH: Final = 2000
"""Characters of a filter; a longer text was pasted by mistake."""

_KEY = re.compile(r"(-?)([A-Za-z][A-Za-z_-]*)(:(?!//)(?:<=|>=|<|>|=)?|<=|>=|<|>|=)")
_BARE = re.compile(r"[^\s()\"]+")


class FilterError(UsageError):
    """A filter that cannot be read; knows the part that is wrong.

    Attributes:
        start: Index of the first wrong character.
        end: Index after the last wrong character; equal to start where something is missing.
    """

    title = "This filter cannot be read"

    def __init__(self, message: str, hint: str = "", *, start: int, end: int) -> None:
        super().__init__(message, hint)
        self.start = start
        self.end = end


class TokenKind(StrEnum):
    """What a token is."""

    OPEN = "("
    CLOSE = ")"
    AND = "and"
    OR = "or"
    NOT = "not"
    WORD = "word"
    PHRASE = "phrase"
    TAG = "tag"
    TERM = "term"


class Token(Value, frozen=True):
    """One token; for a term, `key`, `operator` and `text` are its three parts."""

    kind: TokenKind
    text: str
    start: int
    end: int
    negative: bool = False
    """Whether a minus sign stands before it."""
    key: str = ""
    operator: str = ""
    """`<=`, `>=`, `<`, `>` or `=`; empty for a plain colon."""
    quoted: bool = False
    value_start: int = 0
    """Where a term's value begins."""


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of a filter.

    Raises:
        FilterError: A quotation mark is never closed, a sign has no word, or the text is longer
            than `MAX_LENGTH`.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(
            f"a filter has at most {MAX_LENGTH} characters, and this one has {len(text)}",
            start=MAX_LENGTH,
            end=len(text),
        )
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token = _token_at(text, position)
        yield token
        position = token.end


def _token_at(text: str, start: int) -> Token:
    char = text[start]
    if char == "(":
        return Token(TokenKind.OPEN, "(", start, start + 1)
    if char == ")":
        return Token(TokenKind.CLOSE, ")", start, start + 1)
    if char == '"':
        phrase, end = _quoted(text, start)
        return Token(TokenKind.PHRASE, phrase, start, end, quoted=True)
    if text.startswith(("-(", '-"'), start):
        return Token(TokenKind.NOT, "-", start, start + 1)
    key = _KEY.match(text, start)
    if key and (key[3].startswith(":") or key[2].lower() in SPELLINGS):
        return _term(text, key)
    return _bare(text, start)


def _term(text: str, key: re.Match[str]) -> Token:
    end = key.end()
    value, quoted = "", False
    if end < len(text) and text[end] == '"':
        value, end = _quoted(text, end)
        quoted = True
    elif bare := _BARE.match(text, end):
        value, end = bare[0], bare.end()
    return Token(
        TokenKind.TERM,
        value,
        key.start(),
        end,
        negative=bool(key[1]),
        key=key[2].lower(),
        operator=key[3].removeprefix(":"),
        quoted=quoted,
        value_start=key.end(),
    )


def _bare(text: str, start: int) -> Token:
    found = _BARE.match(text, start)
    word = found[0] if found else text[start]
    end = start + len(word)
    if word.lower() in ("and", "or", "not"):
        return Token(TokenKind(word.lower()), word, start, end)
    if word[0] in "+-":
        if len(word) == 1:
            raise FilterError(
                f"“{word}” needs a tag right after it", "write +tag or -tag", start=start, end=end
            )
        return Token(TokenKind.TAG, word[1:], start, end, negative=word[0] == "-")
    return Token(TokenKind.WORD, word, start, end)


def _quoted(text: str, start: int) -> tuple[str, int]:
    end = text.find('"', start + 1)
    if end < 0:
        raise FilterError(
            "this quotation mark is never closed", 'close it with "', start=start, end=len(text)
        )
    return text[start + 1 : end], end + 1
