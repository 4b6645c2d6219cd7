"""What varies from one occurrence to the next is masked; what names the trouble stays."""

from __future__ import annotations

import re
from functools import lru_cache

from hansei_core.themes.failed_tests import failed_test

MASK_PATH = "‹path›"
MASK_NUMBER = "‹n›"
MASK_ID = "‹id›"
MASK_TIME = "‹time›"
MASK_URL = "‹url›"
MASK_ADDRESS = "‹address›"

_DIGIT = re.compile(r"\d")
_MASKS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("://", re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"<>)\]}]+", re.IGNORECASE), MASK_URL),
    ("-", re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE), MASK_ID),
    (
        "-",
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"
        ),
        MASK_TIME,
    ),
    (":", re.compile(r"(?<!:)\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\b"), MASK_TIME),
    (".", re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b"), MASK_ADDRESS),
    ("", re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), MASK_ID),
    (
        "",
        re.compile(r"\b(?=[0-9a-f]{7})(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b"),
        MASK_ID,
    ),
    (":", re.compile(r"(?<![\w/\\.])[A-Za-z]:[\\/][^\s'\"<>|:*?,;)\]}]+"), MASK_PATH),
    (
        "/",
        re.compile(r"(?<![\w/])(?:~|\.{1,2})?/[^\s'\"<>|:*?,;()\[\]{}]*[^\s'\"<>|:*?,;()\[\]{}./]"),
        MASK_PATH,
    ),
    ("/", re.compile(r"(?<![\w/.])[\w.@-]+(?:/[\w.@-]+){2,}/?"), MASK_PATH),
    (
        "",
        re.compile(
            r"(?<![\w.])[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?"
            r"(?:(?:[nµm]?s|m|h|d|[kmg]i?b|b|k|x|%)(?:\d+(?:\.\d+)?(?:m|s|ms))*)?(?!\w)",
            re.IGNORECASE,
        ),
        MASK_NUMBER,
    ),
)
"""What must stand in a text for a pattern to match (nothing: a digit), pattern, mask."""

_DATE_AND_TIME = re.compile(r"(?<=\d{4}-\d\d-\d\d) (?=\d\d:\d\d)")
"""The one space that a mask reaches over."""

_EXCEPTION = re.compile(
    r"^(?:Uncaught\s+|Caused by:\s+)?(?:[\w.]+\.)?[A-Z]\w*"
    r"(?:Error|Exception|Warning|Interrupt|Failure|NotFound|DoesNotExist)\b"
)
_LOCATED = re.compile(r"^[\w./\\-]+[:(]\d+(?:[:,]\d+)?\)?\s*:?\s+\S")
_IN_TEST = re.compile(r"^[\w./\\-]*(?:test|spec)[\w./\\-]*[:(]\d", re.IGNORECASE)
"""A place in a test's file: what was found there is how the test failed."""
_ASSERTION = re.compile(r"^(?:[\w.]+\.)?(?:Assertion(?:Failed)?Error\b|assert\s)")
_ERROR_WORD = re.compile(
    r"\b(?:error|errors|exception|fatal|failed|failure|failing|cannot|can't|could not|couldn't"
    r"|denied|not found|no such|undefined|unresolved|unexpected|invalid|missing|refused"
    r"|timed out|timeout|panic|abort(?:ed)?|must|not allowed|unable"
    r"|not defined|unknown|unrecogni[sz]ed|does not|doesn't|did not|rejected)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"\b(?:no|not|never|without)\b|n['’]t\b", re.IGNORECASE)
_SUMMARY = re.compile(
    r"\btask failed\b|\bbuild failed\b|\bsetup failed\b"
    r"|\b[Ee]xit(?:ed)?(?: with)?(?: code| status)\b"
    r"|^\W*(?:FAIL(?:ED|URE)?|ERRORS?|error|failed|stderr|stdout)\b\W*(?:$|\S+\W*(?:[\d.]+m?s)?$)"
    r"|\bELIFECYCLE\b|^make(?:\[\d+\])?: \*\*\*"
    r"|(?:^\W*|\bFound |[,;(=✖] ?)\d+ (?:errors?|failures?|problems?|failed)\b"
    r"|\baborting due to\b|\brecipe .* failed\b",
)
_NOISE = re.compile(
    r"^\s*(?:File \"|at \S+ ?\(|Traceback |[-+=~^*_#.\s│├└╵╷|]+$|\.{3}|=+ .* =+$|_+ .* _+$)"
)
_TAG = re.compile(r"</?[a-z_][\w-]*>")
_PREFIX = re.compile(r"^(?:\[[\w:./-]+\]|E(?=\s{2})|npm (?:ERR!|error))\s+(?=\S)")
"""What a task runner, npm, or pytest for an error, puts before a line of output."""
_LEADER = re.compile(r"([.\-=_*~])\1{3,}")
"""Dots and rules between two columns."""
_CODE = re.compile(r"^[\w.]+\(.*[\"'`].*\)[;,{]?$")
"""A call in a program's source, which linters echo below their finding."""


def mask(text: str) -> str:
    """Return the text with paths, ids, times, addresses and numbers replaced by their kind.

    Quoted names stay: "No module named 'yaml'" and "No module named 'attr'" are different trouble
    only if their names count.
    """
    for mark, pattern, replacement in _MASKS:
        if mark in text if mark else _DIGIT.search(text):
            text = pattern.sub(replacement, text)
    return text


def key_line(text: str) -> str:
    """Return the line of an error text that says what went wrong.

    The last line that begins with an exception's name; else the first that points to a place in
    a file; else the first failed test; else the first with an error word; else the last one.
    Where a test failed, its name is taken before an assertion or a place in its own file.
    What only sums up ("task failed", "3 errors", "exit code 1") is taken where there is nothing
    better; stack frames and rulers never are.
    """
    lines = [_cleaned(line) for line in _TAG.sub("", text).splitlines()]
    told = [line for line in lines if line and not _NOISE.match(line)]
    if not told:
        return " ".join(text.split())
    ranks = [_rank(line) for line in told]
    top = max(ranks)
    at = ranks.index(top)
    if top in {_RANK_EXCEPTION, _RANK_PLAIN}:
        at = len(ranks) - 1 - ranks[::-1].index(top)
    if _RANK_TEST in ranks and (is_assertion(told[at]) or _IN_TEST.match(told[at])):
        at = ranks.index(_RANK_TEST)
    return told[at]


def telling_line(text: str) -> str:
    """Return the key line of a failed command, whose text begins with what tells it best.

    `hansei_sessions.telling` puts that line first; what a failed test is called, or a line that
    says more than a first one without an error's words, still goes before it.
    """
    line = key_line(text)
    first = _cleaned(_TAG.sub("", text).lstrip().partition("\n")[0])
    return line if failed_test(line) or _rank(first) < _RANK_ERROR else first


def _cleaned(line: str) -> str:
    return " ".join(_LEADER.sub(" ", _PREFIX.sub("", line.strip())).split())


_RANK_EXCEPTION, _RANK_LOCATED, _RANK_TEST, _RANK_ERROR, _RANK_PLAIN = 5, 4, 3, 2, 1
_RANK_SUMMARY, _RANK_CODE = 0, -1


def _rank(line: str) -> int:
    if _EXCEPTION.match(line):
        return _RANK_EXCEPTION
    if failed_test(line):
        return _RANK_TEST
    if _CODE.match(line):
        return _RANK_CODE
    if _SUMMARY.search(line):
        return _RANK_SUMMARY
    if _LOCATED.match(line):
        return _RANK_LOCATED
    return _RANK_ERROR if _ERROR_WORD.search(line) else _RANK_PLAIN


def is_summary(line: str) -> bool:
    """Tell whether a line only says that something failed, not what."""
    return _rank(line) <= _RANK_SUMMARY


def is_error(line: str) -> bool:
    """Tell whether a line has a word that says that something is wrong, negations included."""
    return _ERROR_WORD.search(line) is not None or _NEGATION.search(line) is not None


def is_assertion(line: str) -> bool:
    """Tell whether a line says that a test expected something else, and so belongs to that test."""
    return _ASSERTION.match(line) is not None


def signature(text: str) -> str:
    """Return what makes two texts the same: masked, one line, single spaces.

    Texts of equal signature are one document to the clustering, however often they occur.
    """
    if "-" in text and ":" in text:
        text = _DATE_AND_TIME.sub("T", text)
    return " ".join([part if part.isalpha() else _masked(part) for part in text.split()])


_PLAIN_PATH = re.compile(r"(?:~|\.{1,2})?/[\w/.@+~-]*[\w@+~-]", re.ASCII)
"""A word that is a path and nothing else; no mask reaches beyond a part of it."""


def _masked(part: str) -> str:
    return MASK_PATH if _PLAIN_PATH.fullmatch(part) else _masked_word(part)


@lru_cache(maxsize=1 << 16)
def _masked_word(part: str) -> str:
    return mask(part)
