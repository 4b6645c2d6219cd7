"""The one boundary for text from outside: what a log holds becomes inert before it is kept.

A terminal obeys what it is sent: an escape sequence in a log sets the clipboard, asks questions
whose answers arrive as key presses, or hides words from the reader. `clean` takes that power
away and leaves everything visible: nothing vanishes but tag characters, which no reader could
see. It is idempotent, so text may pass it again on the way out.

Redaction (`hansei_sessions.redact`) runs before a function here cuts: a cut through a secret
would leave a head that no rule recognises.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Characters that stay: newline and tab; everything printable. The table below is by code point,
# from the Unicode Character Database (general category Cc, Cf, Cs, Cn and Default_Ignorable).
_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NAMED: Final = "\x80-\x9f" + _BIDI + "\u206a-\u206f\ufff9-\ufffb"
_INVISIBLE: Final = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u3164\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
_REMOVED: Final = "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
_NONCHARACTER: Final = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane * 0x10000 + 0xFFFE)}-{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17)
)
_SURROGATE: Final = "\ud800-\udfff"
_LINE_ENDS: Final = "\u2028\u2029"
_ALWAYS: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
    + _NAMED
    + _INVISIBLE
    + _REMOVED
    + _NONCHARACTER
    + _SURROGATE
    + _LINE_ENDS
)

# Joiners and variation selectors are invisible too, but some belong to what stands before them.
_EMOJI: Final = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_JOINING: Final = "\u0600-\u0605\u0610-\u061b\u061d-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17b3"
_HAN: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_MATHS: Final = "\u2200-\u22ff\u2a00-\u2aff"
_JOINERS: Final = (
    rf"(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f))\u200d(?=[{_EMOJI}])"  # emoji families
    rf"|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"  # Persian and Indic spelling
)
_SELECTORS: Final = (
    rf"(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
    r"|(?<=[0-9#*])\ufe0f(?=\u20e3)"  # keycaps
    rf"|(?<=[{_HAN}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
    rf"|(?<=[{_MATHS}])\ufe00"
    r"|(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]"  # Mongolian letter forms
)
_SOMETIMES: Final = "\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f"

_HIDDEN_PRINTABLE: Final = (  # what str.isprintable lets pass
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef"
)
_HIDDEN = re.compile(f"[{_HIDDEN_PRINTABLE}]")
_SPOT = re.compile(f"[{_ALWAYS}{_SOMETIMES}]+")
_SPOT_ASCII = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")
_MAYBE = re.compile(f"[{_SOMETIMES}]")
_NAMED_ONE = re.compile(f"[{_NAMED}]")
_KEEP = re.compile(f"{_JOINERS}|{_SELECTORS}")
_ASCII_SAFE: Final = bytes([9, 10, *range(32, 127)])
_STYLES = re.compile(r"\x1b\[[0-9;:]{0,64}m")

MARK: Final = "·"
"""Stands where an invisible character was."""


class _Table(dict[int, str]):
    """A translation table that knows each dangerous character by rule and fills itself."""

    def __missing__(self, code: int) -> str:
        self[code] = shown = self._shown(code)
        return shown

    @staticmethod
    def _shown(code: int) -> str:
        if code < 0x20:  # the Control Pictures block starts with the pictures of C0
            return chr(0x2400 + code)
        if code == 0x7F:
            return "\u2421"
        if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            return "\ufffd"
        if 0xE0000 <= code <= 0xE0FFF and not 0xE0100 <= code <= 0xE01EF:
            return ""
        if code in {0x2028, 0x2029}:
            return "\n"
        return f"<U+{code:04X}>" if _NAMED_ONE.match(chr(code)) else MARK


_TABLE = _Table()


def clean(text: str, limit: int | None = None) -> str:
    r"""Return `text` with everything a terminal would obey, or a reader could not see, made plain.

    Newline and tab stay; CR LF, a lone CR and the Unicode line ends become a newline. Other
    control characters become their pictures (`␛`), C1 and bidi controls are named (`<U+202E>`),
    invisible characters become `·` unless they belong to an emoji sequence or a script's
    spelling, tag characters go, lone surrogates and noncharacters become U+FFFD. Unassigned and
    private-use characters stay: they are inert, and terminal fonts hold icons there.

    Args:
        text: Anything, lone surrogates included.
        limit: Largest number of characters to return; what is cut is counted at the end.
    """
    if not _inert(text):
        lines = _plain_line_ends(text).split("\n")
        text = "\n".join([line if _inert(line) else _defused(line) for line in lines])
    return text if limit is None or len(text) <= limit else _head(text, limit)


def clean_line(text: str, limit: int | None = None) -> str:
    """Return `text` cleaned and as one line: runs of blanks and line ends become one space."""
    return clean(" ".join(clean(text).split()), limit)


def first_line(text: str, limit: int | None = None) -> str:
    """Return the first line of `text` that is not blank, cleaned and with its blanks folded."""
    for line in clean(text.lstrip()).split("\n"):
        if shown := clean_line(line, limit):
            return shown
    return ""


def excerpt(text: str, limit: int) -> str:
    """Return `text` cleaned, and where it is too long its head and its tail.

    The start says what was done, the end how it failed; the count between them says how much is
    missing. The head gets two thirds.
    """
    text = clean(text)
    if len(text) <= limit:
        return text
    room = limit - len(f"\n… {len(text):,} characters …\n")
    if room < 24:
        return _head(text, limit)
    head = _whole(text, room * 2 // 3)
    tail = len(text) - room // 3
    while tail < len(text) and not _may_start(text, tail):
        tail += 1
    return f"{text[:head]}\n… {tail - head:,} characters …\n{text[tail:]}"


def is_clean(text: str) -> bool:
    """Tell whether `clean` would leave `text` as it is."""
    return clean(text) == text


def without_styles(text: str) -> str:
    """Return `text` without complete colour and style sequences (`ESC [ … m`), nothing else.

    Command output is full of them; they carry no words, and as pictures they hide the words.
    """
    return _STYLES.sub("", text) if "\x1b" in text else text


_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", "clock$", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)}
)
_NAME_LENGTH: Final = 100


def safe_name(text: str) -> str:
    """Return a file name for an id or a title: one path part that every file system takes.

    Letters, digits, `.`, `_` and `-` stay; anything else becomes `-`. A name that had to be
    changed ends in a hash of the original, so that two ids never share a file. Reserved are the
    device names of Windows, with or without an extension.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:_NAME_LENGTH].rstrip(".-")
    usable = bool(name) and name.split(".")[0].lower() not in _RESERVED
    if usable and name == text:
        return name
    import hashlib  # it loads a library, and few texts come here

    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    stem = name[: _NAME_LENGTH - 9].rstrip(".-") if usable else "unnamed"
    return f"{stem}-{digest}"


def _inert(text: str) -> bool:
    """Tell quickly whether nothing in `text` needs a change (`False` may be a false alarm)."""
    if text.isascii():
        return text.isprintable() or not text.encode("ascii").translate(None, _ASCII_SAFE)
    try:
        rest = text.encode().translate(None, _ASCII_SAFE).decode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    if rest.isprintable() and not _HIDDEN.search(rest):
        return True
    return "\r" not in rest and not _SPOT.search(rest)


def _defused(line: str) -> str:
    """Return one line without line ends with its dangerous spots shown."""
    return (_SPOT_ASCII if line.isascii() else _SPOT).sub(_shown, line)


def _plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _shown(match: re.Match[str]) -> str:
    """Return what stands for a run of dangerous characters, looking around where it matters."""
    run = match[0]
    if not _MAYBE.search(run):
        return run.translate(_TABLE)
    text, start = match.string, match.start()
    return "".join(
        char if _KEEP.match(text, start + at) else _TABLE[ord(char)] for at, char in enumerate(run)
    )


def _head(text: str, limit: int) -> str:
    """Return the start of clean text in at most `limit` characters, with what is missing."""
    note = f"… {len(text):,} more"  # at least as long as the final note
    room = limit - len(note)
    if room < len(note):
        return text[: _whole(text, limit - 1)] + "…" if limit > 0 else ""
    end = _whole(text, room)
    return f"{text[:end]}… {len(text) - end:,} more"


def _whole(text: str, end: int) -> int:
    """Return the largest cut at or before `end` that does not part one visible character."""
    while 0 < end < len(text) and not _may_start(text, end):
        end -= 1
    return max(end, 0)


def _may_start(text: str, at: int) -> bool:
    """Tell whether a visible character can start at `at`: no joiner, selector or mark hangs on."""
    char = text[at]
    return not (
        unicodedata.combining(char)
        or char in "\u200c\u200d\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
        or "\ufe00" <= char <= "\ufe0f"
        or "\u180b" <= char <= "\u180f"
        or "\U000e0100" <= char <= "\U000e01ef"
        or text[at - 1] in "\u200c\u200d"
    )
