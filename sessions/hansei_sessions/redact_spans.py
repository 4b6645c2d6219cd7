"""What the rules of redaction share: a view of the text that is cheap to search, and spans."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

Span = tuple[int, int, str]
"""Start, end and kind of one secret."""

_Tree = dict[str, "_Tree"]
"""Literals by their first character, and so on; an empty one says that a literal ends here."""

BLOCK: Final = 65_536
"""Characters that share one budget of tries."""


class View:
    """One text and its searchable twin.

    `lower` holds one byte a character (`?` for what Latin-1 has not), ASCII letters lowered: an
    offset means the same in both, and searching bytes for a literal is many times faster than
    any pattern.
    """

    __slots__ = ("lower", "raw", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.raw = text.encode("latin-1", "replace")
        self.lower = self.raw.lower()

    def find_all(self, literal: bytes, *, exact: bool = False) -> list[int]:
        """Return where `literal` stands, overlaps left out; `exact` minds upper and lower case."""
        data = self.raw if exact else self.lower
        found: list[int] = []
        at = data.find(literal)
        while at >= 0:
            found.append(at)
            at = data.find(literal, at + len(literal))
        return found


def any_of(literals: Iterable[str]) -> str:
    """Return a pattern for any of these literals, the longest that fits, written as a tree.

    Where none begins, a tree says so after one comparison.
    """
    tree: _Tree = {}
    for literal in literals:
        branch = tree
        for char in literal:
            branch = branch.setdefault(char, {})
        branch[""] = {}
    return _written(tree)


_COMMON: Final = " etaonisrlcdpumhgf-_./ybv:w=0123456789kx"
"""Characters of lower-cased texts and sources, the commonest first; the others are rare."""


def anywhere(literals: Iterable[bytes]) -> re.Pattern[bytes]:
    """Return a pattern that finds something in every text in which one of these literals stands.

    It looks for the rarest character of each, and from there to both sides: most places of a text
    are passed over without a second look.
    """
    groups: dict[str, list[str]] = {}
    for literal in sorted({one.decode() for one in literals}):
        at = max(range(len(literal)), key=lambda at: (_commonness(literal[at]), -at))
        before, after = re.escape(literal[: at + 1]), re.escape(literal[at + 1 :])
        groups.setdefault(literal[at], []).append(f"(?<={before}){after}" if at else after)
    branches = [f"{re.escape(char)}(?:{'|'.join(each)})" for char, each in groups.items()]
    return re.compile("|".join(branches).encode())


def _commonness(char: str) -> int:
    return at if (at := _COMMON.find(char)) >= 0 else len(_COMMON)


def _written(tree: _Tree) -> str:
    branches = [re.escape(char) + _written(below) for char, below in tree.items() if char]
    if len(branches) == 1 and "" not in tree:
        return branches[0]
    return f"(?:{'|'.join(branches)})" + "?" * ("" in tree) if branches else ""


_ESCAPED_BEFORE = re.compile(r"(?:\\[nrtbf]|%[0-9A-Fa-f]{2}|[\[;]\d{1,3}m|\\u00[0-9a-f]{2})$")


def starts_word(text: str, at: int) -> bool:
    r"""Tell whether a token may start at `at`: no letter or digit before it.

    A letter that ends an escape is no letter: `\n` in JSON, `%3D` in an address, the `m` that
    ends a colour sequence.
    """
    if at == 0 or not (before := text[at - 1]).isalnum():
        return True
    if not before.isascii():
        return True
    return bool(_ESCAPED_BEFORE.search(text[max(0, at - 8) : at]))


_PLACEHOLDER_CHARS: Final = frozenset("xX*.•…_-#?")
_PLACEHOLDER = re.compile(
    r"(?i)[<\[{(%].*[>\]})%]|\$.*|@.*@|.*\b(?:your|insert|replace|enter|put)[-_ ].*"
    r"|(?:change[-_ ]?(?:me|it|this)|placeholder|redacted|removed|hidden|masked|todo|tbd|fixme|none"
    r"|null|nil|undefined|true|false|yes|no|on|off|n/?a|empty|unset|default|required|optional"
    r"|string|str|text|bytes|int|bool|number|object|any|type|value|example|sample|dummy|foo|bar"
    r"|unknown|invalid|missing|expired|wrong|incorrect|disabled|enabled|here|goes|not|is|was|and)",
    re.DOTALL,
)


def is_placeholder(value: str) -> bool:
    """Tell whether a value only stands for a secret: `<token>`, `$TOKEN`, `xxxx`, `your-key`."""
    return (
        _PLACEHOLDER_CHARS.issuperset(value)
        or value.startswith(("[redacted", "<", "${", "$(", "{{", "%("))
        or len(set(value)) < 3 <= len(value) - 5
        or "xxxxx" in value.lower()
        or "*****" in value
        or "....." in value
        or _PLACEHOLDER.fullmatch(value) is not None
    )
