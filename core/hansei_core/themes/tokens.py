"""Text becomes terms: words, the parts of identifiers, stems, and pairs of neighbours."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

NEGATIONS = frozenset({"no", "not"})
"""They say something with the word beside them ("not found"), little by themselves."""

_TOKEN = re.compile(r"‹\w+›|\w+(?:['’]\w+)?")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+")
_EXCEPTION_CLASS = re.compile(r"[a-z](?:Error|Exception|Warning)$")
"""Names that only classify: told whole and in parts, "TypeError" would drown its message."""
_CJK = re.compile(r"[぀-ヿ㐀-䶿一-鿿가-힯]+")

_FILLER = """
a an the and or of to in on at by for from with as is are was were be been being it its this that
these those there here i you he she we they me my your our their his her them us do does did so
than then too very just also into onto about up out if but will would can could should may might
shall has have had let's lets please okay ok what which who whom when where how all any some each
"""
STOP_WORDS = frozenset(_FILLER.split())
"""Words that say nothing about the trouble; "not" and "no" do."""

_GERMAN_FILLER = """
aber als am auch auf aus bei beim bin bis bitte da dann das dass dem den der des die dies diese
diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er erst es für
ganz gegen genau haben hat hatte hier ich ihm ihn ihr im in ist ja jede jeden jeder jetzt
man mehr mich mir mit mal nach nochmal nun nur ob oder schon sehr sein seine sich sie sind so soll
sollte sondern über um und uns unter vom von vor war waren was weil wenn wer werden wie wieder will
wir wird wo wurde wurden zu zum zur
"""
GERMAN_STOP_WORDS = frozenset(_GERMAN_FILLER.split())
"""The same in German, for texts that are German: "die", "war" and "man" are English words too."""
_GERMAN_HINTS = """
das der dem den ein eine einen einem einer für ist kein keine keinen mit nicht noch oder sind und
vom wieder wir wurde wurden zum zur schon nach beim bitte nein immer fehlt zu
"""
_GERMAN_SIGNS = frozenset(
    form for word in _GERMAN_HINTS.split() for form in (word, word.capitalize())
)
"""One of these tells German. Written large they are something else: MIT, DER."""
_UMLAUT = re.compile("[äöüßÄÖÜ]")
_GERMAN_SUFFIXES = (
    "ationen", "ation", "ierungen", "ierung", "ierten", "ierte", "ieren", "iert", "ungen", "ung",
    "enden", "ende", "ten", "en", "em", "er", "es", "te", "e", "s",
)  # fmt: skip
LEAST_GERMAN = 4
"""Letters that a German stem keeps."""

_MARKERS = frozenset({"ERROR", "FAIL", "FAILED", "FATAL", "WARN", "WARNING"})
"""What a tool writes large in front of a line: that something is wrong, never what."""

_SHORT_FORMS = """
arg=argument args=argument auth=authentication autogen=generate char=character chars=character
cmd=command cmds=command config=configuration configs=configuration conf=configuration
cfg=configuration creds=credential db=database dbs=database dep=dependency deps=dependency
dir=directory dirs=directory doc=document docs=document documentation=document
docstring=document doku=dokumentation env=environment envs=environment err=error errs=error
exec=execute fn=function func=function funcs=function gen=generate impl=implement info=information
lib=library libs=library lockfile=lock msg=message msgs=message num=number param=parameter
params=parameter perf=performance perm=permission perms=permission pkg=package pkgs=package
ref=reference refs=reference regex=regexp repo=repository repos=repository req=request
reqs=requirement spec=specification specs=specification stmt=statement sync=synchronise
temp=temporary tmp=temporary typecheck=type ts=typescript js=javascript py=python val=value
vals=value var=variable vars=variable venv=virtualenv
"""
SHORT_FORMS = dict(pair.split("=") for pair in _SHORT_FORMS.split())
"""What developers write short and long; both meet in the long form."""

_IDIOMS = (
    (re.compile(r"\btim(?:ed|es?|ing)[ -]out\b", re.IGNORECASE), "timeout"),
    (
        re.compile(
            r"\b(?:can|could|do|does|did|is|are|was|were|should|would|will|wo|has|have|had|must)"
            r"n['’]t\b|\bcannot\b",
            re.IGNORECASE,
        ),
        "not",
    ),
    (re.compile(r"\bpre[- ]commit\b", re.IGNORECASE), "precommit"),
    (re.compile(r"\bset(?:ting)?[ -]up\b", re.IGNORECASE), "setup"),
    (re.compile(r"\S*(?:\\r|\^M)['’\"]?(?::\s+[\w -]+)+"), "carriage return"),
)

_ERROR_NUMBERS = {
    "EACCES": "permission denied",
    "EADDRINUSE": "address already in use",
    "EAI_AGAIN": "resolve host name",
    "EBUSY": "device or resource busy",
    "ECONNREFUSED": "connection refused",
    "ECONNRESET": "connection reset by peer",
    "EEXIST": "file exists",
    "EISDIR": "is a directory",
    "EMFILE": "too many open files",
    "ENOENT": "no such file or directory",
    "ENOSPC": "no space left on device",
    "ENOTDIR": "not a directory",
    "ENOTEMPTY": "directory not empty",
    "ENOTFOUND": "resolve host name",
    "EPERM": "operation not permitted",
    "EPIPE": "broken pipe",
    "ERR_CONNECTION_REFUSED": "connection refused",
    "ETIMEDOUT": "timeout",
}
"""What errors that programs show as codes are called by shells and libraries (POSIX's strerror)."""
_NUMBERED = re.compile(rf"\b({'|'.join(_ERROR_NUMBERS)})\b(?:: [a-z ]+(?=,|$))?")
"""A code, with the words for it that stand beside it in Node's messages."""
_ALIKE = (
    (
        re.compile(
            r"\bspawn (?P<program>\S+) ENOENT\b|\bexecutable file not found in \S+"
            r"|\bis not recognized as (?:an internal or external command|the name of a cmdlet"
            r"|a name of a cmdlet)|\bno such command\b"
            r"|(?:\bsh|‹path›): ‹n›: (?P<missing>\S+): not found\b",
            re.IGNORECASE,
        ),
        r"\g<program>\g<missing> command not found",
    ),
    (
        re.compile(
            r"\bport is already allocated\b|\bport \S+ is (?:already )?in use\b", re.IGNORECASE
        ),
        "address already in use",
    ),
    (
        re.compile(
            r"\bUnknownHostException\b|\bname or service not known\b"
            r"|\btemporary failure in name resolution\b|\bnodename nor servname provided\b"
            r"|\bno such host\b|\bcould not resolve host(?:name)?\b",
            re.IGNORECASE,
        ),
        "resolve host name",
    ),
    (re.compile(r"\bi/o timeout\b", re.IGNORECASE), "timeout"),
    (
        re.compile(
            r"\bcan['’]t resolve (?=['\"])|\bfailed to resolve import\b"
            r"|\bcould not resolve (?=['\"])|\bcannot find package (?=['\"])",
            re.IGNORECASE,
        ),
        "cannot find module ",
    ),
)
"""One trouble that shells, runtimes and bundlers say each in their own words."""
_ALIKE_MARKS = (
    "enoent", "executable file", "not recognized", "such command", "sh: ‹n›: ", "‹path›: ‹n›: ",
    "port is already", "in use", "unknownhost", "servname", "resol", "service not", "such host",
    "i/o timeout", "find package",
)  # fmt: skip
"""One of these stands in every text that says such a trouble."""

_IDIOM_MARKS = ("n't", "n’t", "cannot", "ing out", "med out", "mes out", "me out", "-out", "pre-c",
    "pre c", "set up", "set-up", "setting", "\\r", "^m")  # fmt: skip
"""One of these stands in every text that has an idiom, and in few others."""

_PLACE = re.compile(r"^[\w./\\@‹›-]+[:(]‹n›(?:[:,]‹n›)?\)?:?\s+(?=\S)")
"""Where a compiler or linter found something: it says nothing about what."""
_ARGUMENT = re.compile(r"(?<=\w: )[^\W\d][\w.]*(?=$|\s+\(\w+\)$)")
"""The one name that such a finding ends in: "undefined: parse" is the trouble of "undefined"."""

_SUFFIXES = (
    "ations", "ation", "ingly", "edly", "ments", "ment", "ness", "ings", "ions", "ates", "ated",
    "able", "ible", "ing", "ion", "ers", "ies", "ied", "ate", "ful", "ed", "er", "es", "ly", "al",
    "s", "e", "y",
)  # fmt: skip


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Strip one English ending so that "failing", "failed" and "fails" meet.

    A stem keeps at least three letters, with a vowel among them; a doubled last consonant is
    halved ("stopped" and "stop").
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ss"):
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix):
            rest = word[: -len(suffix)]
            if len(rest) < 3 or not any(letter in "aeiouy" for letter in rest):
                continue
            if rest[-1] == rest[-2] and rest[-1] not in "aeiouls":
                rest = rest[:-1]
            return rest
    return word


def german_stem(word: str) -> str:
    """Strip one German ending so that "falsche" and "falschen" meet; four letters stay."""
    for suffix in _GERMAN_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= LEAST_GERMAN:
            return word[: -len(suffix)]
    return word


def is_german(text: str) -> bool:
    """Tell whether a text is German, by its umlauts or its small words."""
    if not _GERMAN_SIGNS.isdisjoint(text.split()):
        return True
    return not text.isascii() and _UMLAUT.search(text) is not None


def root(word: str, *, german: bool = False) -> str:
    """Return the stem of a lower-case word, or of its long form.

    A word whose stem would be filler ("upper", "up") stays whole.
    """
    word = SHORT_FORMS.get(word, word)
    found = german_stem(word) if german else stem(word)
    return word if found in STOP_WORDS else found


def words(text: str) -> list[str]:
    """Return the stemmed words of a masked text in order, identifiers followed by their parts."""
    lower = text.lower()
    if any(mark in lower for mark in _ALIKE_MARKS):
        for pattern, meaning in _ALIKE:
            text = pattern.sub(meaning, text)
        lower = text.lower()
    if "E" in text:
        text = _NUMBERED.sub(_named, text)
    if any(mark in lower for mark in _IDIOM_MARKS):
        for pattern, meaning in _IDIOMS:
            text = pattern.sub(meaning, text)
    if "‹n›" in text and (place := _PLACE.match(text)) is not None:
        text = _ARGUMENT.sub("", text[place.end() :])
    german = is_german(text)
    return [word for token in _TOKEN.findall(text) for word in _expand(token, german)]


def _named(code: re.Match[str]) -> str:
    return _ERROR_NUMBERS[code[1]]


@lru_cache(maxsize=1 << 16)
def _expand(token: str, german: bool) -> tuple[str, ...]:
    if token[0] == "‹":
        return ()
    if not token.isascii() and _CJK.search(token):
        return tuple(
            word
            for run in _CJK_RUNS.findall(token)
            for word in (_cjk(run) if _CJK.match(run) else _expand(run, german))
        )
    token = token.replace("’", "'")
    if "'" in token:
        token = token.split("'")[0]
    if token in _MARKERS:
        return ()
    lower = token.lower().strip("_")
    if not lower or lower in STOP_WORDS or (len(lower) == 1 and lower.isascii()):
        return ()
    if german and lower in GERMAN_STOP_WORDS:
        return ()
    parts = [part.lower() for part in _PART.findall(token)] if _may_part(token) else [lower]
    if len(parts) < 2:
        return (root(lower, german=german),)
    roots = tuple(root(part) for part in parts if len(part) > 1 and part not in STOP_WORDS)
    return roots if len(roots) > 1 and _EXCEPTION_CLASS.search(token) else (lower, *roots)


def _may_part(token: str) -> bool:
    """Tell whether a token may be an identifier of several words; accented letters part nothing."""
    return token.isascii() or not (token.isalpha() and (token.islower() or token.istitle()))


_CJK_RUNS = re.compile(f"{_CJK.pattern}|(?:(?!{_CJK.pattern}).)+")
"""What a token in two scripts falls into."""


def _cjk(token: str) -> tuple[str, ...]:
    """Return pairs of characters: scripts without spaces have no words to split at."""
    return tuple(token[i : i + 2] for i in range(max(1, len(token) - 1)))


def sequence(text: str) -> list[str]:
    """Return a masked text's words, then its pairs of neighbours.

    A pair is written "first second"; a single term holds no space.
    """
    found = words(text)
    return [*found, *(f"{a} {b}" for a, b in pairwise(found))]


def terms(text: str) -> dict[str, int]:
    """Return the counts of what `sequence` returns."""
    return dict(Counter(sequence(text)))
