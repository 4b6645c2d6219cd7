"""Finds secrets by the place they stand in: where to try which rule, and what they find."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from hansei_sessions import redact_places
from hansei_sessions.redact_assign import behind_name
from hansei_sessions.redact_names import is_random, is_secret, vendor_in
from hansei_sessions.redact_spans import Span, View, any_of

_STEMS: Final = (
    b"pass", b"pw", b"secret", b"token", b"key", b"auth", b"credential", b"jwt", b"psk",
    b"dsn", b"_pat", b"mnemonic",
)  # fmt: skip

Rule = Callable[[View, int], Iterator[Span]]


def hits(view: View) -> list[tuple[int, int]]:
    """Return where rules are to be tried: offset and the rule's number, in order.

    Two literals can share a letter (`pskey`), but none is the beginning of another.
    """
    found: list[tuple[int, int]] = []
    search, lower = _literal().search, view.lower
    match = search(lower)
    while match is not None:
        at = match.start()
        found += [(at, number) for number in _RULES_OF[match[0]]]
        match = search(lower, at + 1)
    return found


def find(view: View, starts: list[tuple[int, int]]) -> list[Span]:
    """Return the secrets that the rules find at these places."""
    spans: list[Span] = []
    dealt_with = [0] * len(_RULES)
    for at, number in starts:
        if at < dealt_with[number]:
            continue
        for span in _RULES[number][1](view, at):
            if span[2]:
                spans.append(span)
            dealt_with[number] = max(dealt_with[number], span[1])
    return spans


_RULES: Final[tuple[tuple[tuple[bytes, ...], Rule], ...]] = (
    (_STEMS, behind_name),
    ((b"bearer",), redact_places.bearer),
    ((b"basic ",), redact_places.basic),
    ((b"://",), redact_places.address),
    ((b"sig=", b"signature="), redact_places.signed),
    ((b"-----begin",), redact_places.key_block),
    ((b" -u", b" --user", b" --proxy-u"), redact_places.user_flag),
    ((b" -p", b" -a"), redact_places.word_flag),
    ((b"cookie",), redact_places.cookies),
    ((b"kind: secret",), redact_places.kube_secret),
    ((b'kind":"secret', b'kind": "secret', b'kind\\":\\"secret'), redact_places.kube_json),
    ((b"identified ",), redact_places.identified),
    ((b"auth",), redact_places.pair),
    ((b"private-lines:",), redact_places.putty_key),
    ((b"sudo -s",), redact_places.echoed),
)

LITERALS: Final = tuple(dict.fromkeys(one for literals, _ in _RULES for one in literals))
"""What a text must hold, in lower case, for `hits` to find anything."""
_RULES_OF: Final = {
    one: [number for number, (literals, _) in enumerate(_RULES) if one in literals]
    for one in LITERALS
}


@cache
def _literal() -> re.Pattern[bytes]:
    return re.compile(any_of(one.decode() for one in LITERALS).encode())


_ASSIGNED = re.compile(
    r"(?P<name>[A-Za-z][\w.\-]{0,60})\\{0,3}[\"'`]?\]?\s{0,4}(?:=>|:=|[=:]|\bis\b)\s{0,4}\\{0,3}[\"'`]?$"
)


def near_vendor(view: View, runs: list[tuple[int, int]]) -> list[Span]:
    """Return plausible tokens assigned to a name that holds, or stands close behind, a vendor."""
    spans: list[Span] = []
    for start, end in runs:
        if not 20 <= end - start <= 128 or view.raw[start - 1 : start] not in _OPENERS:
            continue
        before = view.text[max(0, start - 72) : start]
        if before[-6:].rstrip(" \t\\\"'`")[-1:] not in _ASSIGNS:
            continue
        assigned = _ASSIGNED.search(before)
        if assigned is None:
            continue
        value = view.text[start:end]
        name = assigned["name"].lower()
        if any(word in name for word in _IDS):
            continue
        vendor = vendor_in(before[: assigned.end("name")].lower()[-40 - len(name) :])
        if vendor and (
            is_random(value)
            or (vendor_in(name) and is_secret("token", value, quoted=True, literal=False))
        ):
            spans.append((start, end, vendor))
    return spans


_ASSIGNS: Final = frozenset("=:>s")
_OPENERS: Final = frozenset({b'"', b"'", b"`", b" ", b"=", b":"})
_IDS: Final = (
    "commit", "sha", "hash", "digest", "rev", "checksum", "integrity", "etag", "md5", "uuid",
    "version", "ref", "branch", "image", "signature", "url", "path", "file", "model", "id",
)  # fmt: skip
