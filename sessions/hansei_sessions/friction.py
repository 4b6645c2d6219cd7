"""What all readers share: the words of a friction, and the seconds it cost.

Seconds lost are only what a log tells:

- a failed call: from its result until that tool's next successful call is made, within the same
  turn. The time of that call itself is work, or waiting for a permission. A further failure ends
  the span and begins its own, and of failures side by side only the last has one, so that nothing
  is counted twice;
- a slow command: its own running time;
- failures of the model's service: from the first one until the model answers, within the turn,
  else the waits that the agent announced;
- a compaction in the middle of a turn: the silence before it;
- a rejection, an interruption, a correction, a hook, an abandoned call: unknown (None). The work
  that the user stopped may have been of use, and nobody can say when it went wrong.

Every span is capped at ten minutes: whoever left for lunch has not lost the lunch.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from hansei_sessions.redact import SHORT, Redactor, current, redact
from hansei_sessions.telling import first_mark, says_little, tell
from hansei_sessions.text import clean, clean_line, without_styles

LOST_CAP: Final = 600.0
"""Seconds that one friction can cost at most, a slow command excepted."""

ACTIVE_CAP: Final = 300.0
"""Seconds of a gap between two records that count as activity."""

SLOW_SECONDS: Final = 60.0
"""A command that runs at least this long by its own clock is a friction."""

TEXT_LIMIT: Final = 2000
SUBJECT_LIMIT: Final = 200
NAME_LIMIT: Final = 200
"""Longest id, branch, model or name of a tool; longer ones are no names."""

WINDOW: Final = 24_000
"""Characters of one text that are looked at."""
_BORDER: Final = 2_000
"""Characters looked at beyond a cut, so that a secret that lies across it is known as a whole."""
_MIDDLE: Final = 400_000
"""Characters of a long output's middle in which a mark of trouble is looked for."""
_NAME_WINDOW: Final = 2_000
_FRAMING: Final = ("##", "```", "~~~", "<!--")
_PATH_LIMIT: Final = 4_000
_RAW_LINE: Final = 4000
_CD_ONLY = re.compile(r"cd\s+\S+$")
_CD = re.compile(r"^(?:cd\s+(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s;&|]+)\s*(?:&&|;)\s*)+")


def lost(start: float | None, end: float | None) -> float | None:
    """Return the seconds between two instants, capped at ten minutes; None where one is unknown.

    Clocks go backwards in logs: a negative span is no span.
    """
    if start is None or end is None or end < start:
        return None
    return min(end - start, LOST_CAP)


def active_gap(start: float, end: float) -> float:
    """Return how much of the gap between two records counts as activity, in seconds."""
    return min(max(end - start, 0.0), ACTIVE_CAP)


def words(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return text from a log ready to be kept: redacted, cleaned, then cut to `limit` characters.

    Redaction comes before every cut, because a cut through a secret leaves its head behind. Of
    a very long text only a window of its beginning is looked at.
    """
    if len(text) <= SHORT:
        return _short_words(current(), text, limit)
    return clean(redact(text[:WINDOW]), limit).strip()


@lru_cache(maxsize=4096)
def _short_words(redactor: Redactor, text: str, limit: int) -> str:
    """Make a short text ready; the same commands, paths and prompts come again and again."""
    return clean(redactor.text_of(text), limit).strip()


def headline(prompt: str) -> str:
    """Return the line of a prompt that says what it asks for, raw.

    The first one, unless that is a heading beneath others or opens a fence: so do templates begin,
    and what was typed follows.
    """
    lines = [line.strip() for line in prompt[:_NAME_WINDOW].splitlines()]
    lines = [line for line in lines if line]
    if lines and lines[0].startswith(_FRAMING):
        typed = (line for line in lines if not line.startswith((*_FRAMING, "#")))
        return next(typed, lines[0])
    return lines[0] if lines else ""


def label(text: str) -> str:
    """Return a name from a log (a branch, a model, a tool) as one line ready to be kept."""
    return _label(text[:_NAME_WINDOW])


@lru_cache(maxsize=1024)
def _label(text: str) -> str:
    """Clean and redact; many records repeat the same few names."""
    return clean_line(redact(text), NAME_LIMIT)


@lru_cache(maxsize=512)
def folder(path: str) -> str:
    """Return a session's folder ready to be kept, its blanks as they are."""
    return words(path, _PATH_LIMIT)


def identifier(text: str) -> str:
    """Return an agent's own id as one line that can be shown, stored and looked up.

    Ids are not redacted: they are random by design, and what is kept of a session hangs on them.
    """
    if len(text) <= NAME_LIMIT and text.isascii() and text.isprintable() and " " not in text:
        return text
    return clean_line(text[:WINDOW], NAME_LIMIT)


def shown_path(path: str) -> str:
    """Return a log's path as it may be kept and shown: redacted, and whatever it holds inert.

    The path as the system knows it stays in the index alone, where it is needed to open the log;
    half characters of a name that is no UTF-8 could not be written to a record at all.
    """
    return clean(redact(path))


def key_lines(output: str, limit: int = TEXT_LIMIT) -> str:
    """Return the few lines of a failed command's output that say what went wrong.

    The first of them is the one that tells it best (`hansei_sessions.telling`). Of a very long
    output its beginning and its end are looked at, and where they say little a part of the middle
    that has a mark of trouble. Redacted and cleaned.
    """
    if len(output) <= WINDOW:
        return _told(output, limit)
    head = redact(output[: WINDOW // 4 + _BORDER])[: WINDOW // 4]
    said = _told(head + "\n" + output[-WINDOW * 3 // 4 :].partition("\n")[2], limit)
    if says_little(said):
        middle = output[WINDOW // 4 : -WINDOW * 3 // 4][:_MIDDLE]
        mark = first_mark(middle)
        if mark >= 0:
            part = middle[max(mark - _BORDER, 0) : mark + WINDOW // 4]
            said = _told(part.partition("\n")[2].rpartition("\n")[0], limit) or said
    return said


def _told(output: str, limit: int) -> str:
    if len(output) <= TEXT_LIMIT:
        return _short_told(current(), output, limit)
    return clean("\n".join(tell(without_styles(redact(output)))), limit).strip()


@lru_cache(maxsize=1024)
def _short_told(redactor: Redactor, output: str, limit: int) -> str:
    """Tell of a short output; a command that goes on failing says the same again and again."""
    redacted = redactor.text_of(output)
    return clean("\n".join(tell(without_styles(redacted))), limit).strip()


def command_line(command: str) -> str:
    """Return the line of a shell command that says what it does, raw.

    The first line that is neither empty nor a comment, without a leading `cd … &&`, so that the
    command's verb stands first.
    """
    lines = [line.strip() for line in command.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")] or [command.strip()]
    for line in lines:
        rest = _CD.sub("", line)
        if rest and not _CD_ONLY.match(rest):
            return rest[:_RAW_LINE]
    return lines[0][:_RAW_LINE]


def command_subject(command: str) -> str:
    """Return `command_line` ready to be kept as a friction's subject."""
    return words(command_line(command), SUBJECT_LIMIT)
