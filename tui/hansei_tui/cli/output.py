"""What a command prints: data on stdout, words about it on stderr, one JSON envelope for all."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, Final

import msgspec

from hansei_core.errors import HanseiError
from hansei_sessions.text import clean, clean_line, is_clean

_LEAST_OF_LAST: Final = 24
"""Characters that a title needs to be known again."""
NARROW: Final = str.maketrans(dict.fromkeys("–—…·×±→“”’", ""))
"""Characters of hansei's own words that take one cell each, for which nobody need be asked."""
ENVELOPE_VERSION: Final = 1
"""Raised when a field of the JSON output changes its meaning or goes away."""


def emit_json(kind: str, data: object, **extra: object) -> None:
    """Print one envelope: `{"version": 1, "kind": …, "data": …}`; values become plain JSON."""
    envelope = {"version": ENVELOPE_VERSION, "kind": kind, "data": data, **extra}
    try:
        encoded = msgspec.json.encode(envelope, enc_hook=_plain)
        text = _escaped(msgspec.json.format(encoded, indent=2).decode())
    except UnicodeEncodeError:  # half a character, such as a file name that is no UTF-8
        text = json.dumps(msgspec.to_builtins(envelope, enc_hook=_plain), indent=2)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:  # no character may be lost to a question mark
        text = json.dumps(json.loads(text), indent=2)
    _write(sys.stdout, text)


def say(text: str = "") -> None:
    """Print a line of result on stdout, cleaned, and never broken: it may be copied."""
    _write(sys.stdout, clean(text))


def say_words(text: str, under: int | None = None) -> None:
    """Print words on stdout, cleaned; a terminal gets them wrapped between words.

    Args:
        text: Lines of words.
        under: The column under which the rest of a wrapped line stands; None: where it begins.
    """
    _write(sys.stdout, _wrapped(clean(text), under, sys.stdout))


def note(text: str) -> None:
    """Print words about the result on stderr, cleaned: counts, hints, what was done.

    A terminal gets them wrapped between words, under the beginning of their line.
    """
    _write(sys.stderr, _wrapped(clean(text), None, sys.stderr))


def _wrapped(text: str, under: int | None, stream: IO[str]) -> str:
    """Return a text with its long lines wrapped as a terminal is wide; None: as indented."""
    if not stream.isatty():
        return text
    room = shutil.get_terminal_size().columns
    lines = text.split("\n")
    if all(len(line) * 2 <= room for line in lines):  # however wide its characters are
        return text
    from rich.cells import cell_len  # the one light part of rich

    return "\n".join(
        part
        for line in lines
        for part in (_folded(line, under, room, cell_len) if cell_len(line) > room else (line,))
    )


def _folded(line: str, under: int | None, room: int, width: Callable[[str], int]) -> Iterator[str]:
    """Yield a long line in parts that fit, broken at blanks only; a longer word stays whole."""
    start = len(line) - len(line.lstrip())
    indent = " " * min(start if under is None else under, room // 2)
    head, *words = line[start:].split(" ")
    part = line[:start] + head
    for word in words:
        if width(part) + 1 + width(word) <= room or not part.strip():
            part += f" {word}"
        else:
            yield part.rstrip()
            part = indent + word
    yield part


def show_error(error: HanseiError) -> None:
    """Print an error in its command-line voice: what happened, then what to do."""
    note(f"hansei: {error.message}")
    for line in error.hint.splitlines():
        note(f"        {line}")


def terminal_width() -> int | None:
    """Return the columns of the terminal that stdout is, or None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: str = "", spare: str = ""
) -> None:
    """Print an aligned table: fitted to the width of a terminal, every cell whole in a pipe.

    On a terminal the last column is cut; where that leaves too little of it, spare columns go.

    Args:
        columns: Headings.
        rows: One sequence of values a row; None is printed as a dash.
        right: Headings of the columns to align right, separated by spaces.
        spare: Headings of columns that a narrow terminal does without, the first to go first.
    """
    cells = [tuple([_cell(cell) for cell in row]) for row in rows]
    whole = [tuple(clean_line(column) for column in columns), *cells]
    padded = [
        _padded([row[place] for row in whole], to_right=column in right.split())
        for place, column in enumerate(columns)
    ]
    if not sys.stdout.isatty():
        lines = ["  ".join(parts).rstrip() for parts in zip(*padded, strict=True)]
        _write(sys.stdout, "\n".join(lines))
        return
    head, *lines = _fitted(padded, [columns.index(name) for name in spare.split()])
    bold = os.environ.get("TERM", "dumb") != "dumb"
    _write(sys.stdout, "\n".join([f"\x1b[1m{head}\x1b[0m" if bold else head, *lines]))


def _fitted(padded: Sequence[Sequence[str]], spare: Sequence[int]) -> list[str]:
    """Return the lines of padded columns as they fit into the terminal."""
    from rich.cells import cell_len, set_cell_size  # the one light part of rich

    room = shutil.get_terminal_size().columns
    widths = [cell_len(column[0]) for column in padded]
    gone: set[int] = set()

    def left() -> int:
        kept = [width for place, width in enumerate(widths[:-1]) if place not in gone]
        return room - sum(kept) - 2 * len(kept)

    for place in spare:
        if left() >= min(widths[-1], _LEAST_OF_LAST):
            break
        gone.add(place)
    wide = max(left(), 1)
    shown = [column for place, column in enumerate(padded[:-1]) if place not in gone]
    last = [cell.rstrip() if widths[-1] > wide else cell for cell in padded[-1]]
    last = [
        cell if cell_len(cell) <= wide else set_cell_size(cell, wide - 1) + "…" for cell in last
    ]
    return ["  ".join(parts).rstrip() for parts in zip(*shown, last, strict=True)]


def _cell(value: object) -> str:
    text = "–" if value is None else str(value)
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return clean_line(text)


def _padded(cells: Sequence[str], *, to_right: bool) -> list[str]:
    """Return the cells of a column with blanks to one width, as a terminal counts widths."""
    if "".join(cells).translate(NARROW).isascii():
        widths = [len(cell) for cell in cells]
    else:
        from rich.cells import cell_len  # the one light part of rich

        widths = [cell_len(cell) for cell in cells]
    widest = max(widths)
    if to_right:
        return [" " * (widest - width) + cell for cell, width in zip(cells, widths, strict=True)]
    return [cell + " " * (widest - width) for cell, width in zip(cells, widths, strict=True)]


def _write(stream: IO[str], text: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding, "replace") + "\n")


class _Escapes(dict[int, str]):
    """Each character as it may stand in JSON on a terminal, found by rule when first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        is_shown = char == "\n" or (char.isprintable() and is_clean(char))
        self[code] = shown = char if is_shown else json.dumps(char)[1:-1]
        return shown


_ESCAPES = _Escapes()


def _escaped(document: str) -> str:
    """Return JSON whose strings hold nothing that a terminal obeys; it reads back the same.

    JSON asks for escapes of C0 alone, and people do look at it on a terminal.
    """
    if document.isascii() and "\x7f" not in document:
        return document
    return document.translate(_ESCAPES)


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
