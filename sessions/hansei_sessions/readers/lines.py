"""Bytes of a log → lines → whole JSON objects, whatever a crash or a race left in the file.

Agents append one JSON object a line, without a lock: two objects share a line, a write is cut
short and the next record is glued on, a power loss leaves a run of NUL bytes, a line is still
being written while it is read. Nothing here raises for what a file contains, and memory stays
flat however long a line is.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import msgspec

MAX_LINE = 8 * 1024 * 1024
"""Bytes of the longest line that is read; the longest real ones are under 2 MB."""

TOO_LONG = b"!"
"""Stands for a line over the limit: no reader takes it for a record, each counts it once."""

_CHUNK = 512 * 1024
"""Bytes read at once: more than most logs have; no larger one is read any faster."""

_MAX_DEPTH = 64
_MAX_NESTING = 1000
_MAX_DIGITS = 4300
_MAX_TRIES = 256
_MAX_WORK = 32 * 1024 * 1024

_SPACE = re.compile(r"[ \t\r\n]*")
_NULS = re.compile(rb"\x00+")
_OBJECT = re.compile(r'\{[ \t]*"')
_SURROGATE = re.compile("[\ud800-\udfff]")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a log is read on: a byte offset and the number of the line that begins there."""

    offset: int = 0
    number: int = 1


Take = Callable[[bytes, int, int], int]
"""(block, number, offset) → the number of the line after the block, or 0 to read no further."""


class Lines:
    """The lines of a log from a position up to a snapshot of its size.

    Iterating yields `(line, number, offset)`: the bytes without newline, carriage return and
    byte order mark; the line's number from 1; the offset of its first byte. Empty lines are
    passed over. A line over the limit comes as `TOO_LONG`. An unterminated last line is held back
    as pending, unless it is whole already. Afterwards `position` says where to go on.

    `hand_on` does the same a block at a time, for readers that find the lines themselves.

    A file in UTF-16 is handed on as UTF-8; numbers and offsets remain the file's own.
    """

    def __init__(
        self,
        handle: BinaryIO,
        size: int,
        start: Position = Position(),
        *,
        limit: int = MAX_LINE,
    ) -> None:
        """Read `handle` from `start`, never beyond `size` bytes of the file."""
        self._handle = handle
        self._size = size
        self._limit = limit
        self._number = start.number
        self.position = start
        self.pending = False
        """True when the last line is still being written; `position` stands before it."""
        self.too_long = 0
        """Lines over the limit, each of which was handed on as `TOO_LONG`."""
        self.encoding = "utf-8"

    def __iter__(self) -> Iterator[tuple[bytes, int, int]]:
        """Yield the lines; raises OSError where the file cannot be read."""
        for block, offset in self._blocks():
            for line, number, at in split_lines(block, self._number, offset):
                if line:
                    yield line, number, at
                self._number = number + 1

    def hand_on(self, take: Take) -> None:
        """Hand on blocks of whole lines, the first of which has this number and offset.

        Each line but the last of all ends in a newline, and may be empty. Offsets count from the
        block's first byte; where that would not be so, a block holds one line.

        Raises:
            OSError: The file cannot be read.
        """
        for block, offset in self._blocks():
            number = take(block, self._number, offset)
            if not number:
                return
            self._number = number

    def _blocks(self) -> Iterator[tuple[bytes, int]]:
        """Yield blocks of whole lines; `_number` must be the next one when this goes on."""
        self._number = self.position.number
        self._handle.seek(0)
        if self.position.offset:
            head = self._handle.read(min(2, self._size))
            self._handle.seek(self.position.offset)
            chunks = self._chunks()
        else:
            chunks = self._chunks()
            head = next(chunks, b"")
            chunks = chain((head,), chunks)
        self.encoding = _UTF16.get(head[:2], "utf-8")
        return self._utf8(chunks) if self.encoding == "utf-8" else self._utf16(chunks)

    def _utf8(self, chunks: Iterator[bytes]) -> Iterator[tuple[bytes, int]]:
        offset = self.position.offset
        held = _Held(self._limit)
        for chunk in chunks:
            end = chunk.rfind(b"\n") + 1
            begin = 0
            if end and offset and held.length > 0 and held.length + end <= self._limit:
                held.add(memoryview(chunk)[:end])
                begin = end
                block = held.take()
                yield block, offset
                offset += len(block)
            elif end and (held.length or (not offset and chunk.startswith(codecs.BOM_UTF8))):
                begin = chunk.find(b"\n") + 1
                held.add(chunk[: begin - 1])
                length = held.length + 1
                first = held.take()
                self.too_long += first is TOO_LONG
                yield (first if offset else first.removeprefix(codecs.BOM_UTF8)) + b"\n", offset
                offset += length
            if begin < end:
                yield chunk[begin:end], offset
                offset += end - begin
            held.add(chunk[end:])
        yield from self._last(held, offset)

    def _last(self, held: _Held, offset: int) -> Iterator[tuple[bytes, int]]:
        self.position = Position(offset, self._number)
        if not held.length:
            return
        length = held.length
        line = held.take()
        if _is_whole(line):
            # The newline is still to come: it ends this same line.
            self.position = Position(offset + length, self._number)
            yield (line if offset else line.removeprefix(codecs.BOM_UTF8)), offset
        else:
            self.pending = True

    def _utf16(self, chunks: Iterator[bytes]) -> Iterator[tuple[bytes, int]]:
        offset = self.position.offset
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        held = _Held(self._limit)
        for chunk in chunks:
            for piece in decoder.decode(chunk).splitlines(keepends=True):
                held.add(piece.encode(self.encoding, "replace"))
                if piece.endswith("\n"):
                    length = held.length
                    line = held.take()
                    self.too_long += line is TOO_LONG
                    yield self._as_utf8(line, offset) + b"\n", offset
                    offset += length
        yield from self._last_utf16(held, offset)

    def _last_utf16(self, held: _Held, offset: int) -> Iterator[tuple[bytes, int]]:
        length = held.length
        rest = _Held(self._limit)
        rest.add(self._as_utf8(held.take(), offset))
        yield from self._last(rest, offset)
        if self.position.offset != offset:
            self.position = Position(offset + length, self._number)

    def _as_utf8(self, line: bytes, offset: int) -> bytes:
        if line is TOO_LONG:
            return line
        text = line.decode(self.encoding, "replace").rstrip("\n").encode("utf-8", "replace")
        return text if offset else text.removeprefix(codecs.BOM_UTF8)

    def _chunks(self) -> Iterator[bytes]:
        most = min(_CHUNK, self._limit & ~1)
        left = self._size - self.position.offset
        while left > 0:
            chunk = self._handle.read(min(most, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk


def split_lines(block: bytes, number: int, offset: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield a block's lines with their numbers and offsets, without newline and carriage return."""
    at = 0
    while at < len(block):
        stop = block.find(b"\n", at)
        stop = len(block) if stop < 0 else stop
        yield block[at:stop].removesuffix(b"\r"), number, offset + at
        at = stop + 1
        number += 1


class _Held:
    """The beginning of a line that goes on in the next chunk; lets go of it over the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes | memoryview] = []
        self.length = 0

    def add(self, part: bytes | memoryview) -> None:
        self.length += len(part)
        if self.length > self._limit:
            self._parts.clear()
        else:
            self._parts.append(part)

    def take(self) -> bytes:
        line = b"".join(self._parts) if self.length <= self._limit else TOO_LONG
        self._parts.clear()
        self.length = 0
        return line


def _is_whole(line: bytes) -> bool:
    """Tell whether a line without its newline is already one or more whole objects."""
    if not line.rstrip().endswith(b"}"):
        return False
    recovered = split_objects(line)
    return bool(recovered.objects) and not recovered.malformed


@dataclass(frozen=True, slots=True)
class Recovered:
    """What could be saved from a line that is not one clean JSON object."""

    objects: tuple[bytes, ...]
    """Whole objects as clean JSON in UTF-8: no NaN, no lone surrogate, no number that overflows,
    nothing nested deeper than 64."""
    malformed: int
    """Parts that are no record: a torn head, a NUL run, junk, a value that is not an object."""


class _UnusableError(ValueError):
    """A value that no one can use: endless digits or endless nesting."""


def _number(digits: str) -> int | float | None:
    if len(digits) > _MAX_DIGITS:
        raise _UnusableError
    return int(digits) if len(digits) <= 18 else _float(digits)


def _float(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _constant(_name: str) -> None:
    """NaN and the infinities say nothing."""


_DECODER = json.JSONDecoder(
    strict=False, parse_int=_number, parse_float=_float, parse_constant=_constant
)


def split_objects(line: bytes) -> Recovered:
    """Recover the whole JSON objects of a line, in their order.

    This is the slow path, for lines that a strict decoder refused. A record glued behind a torn
    one is found because it reaches to the line's end or to another record; an object inside a
    torn record is followed by a comma or a bracket and is not taken for one. Work is bounded:
    after 256 places to begin or 32 MB of tries, the rest of the line is given up.

    Args:
        line: The bytes of one physical line.

    Returns:
        The objects, and how many parts of the line are no record; a blank line has neither.
    """
    line = line.removeprefix(codecs.BOM_UTF8)
    if not line.strip():
        return Recovered((), 0)
    if b"{" not in line:
        return Recovered((), 1)
    nuls = 0
    pieces = [line]
    if b"\x00" in line:
        nuls = len(_NULS.findall(line)) if line.count(b"\x00\x00") < _MAX_TRIES else 1
        pieces = _NULS.split(line, maxsplit=_MAX_TRIES)
    recovery = _Recovery()
    for piece in pieces:
        recovery.read(piece.decode("utf-8", "replace"))
    if not recovery.objects:
        return Recovered((), 1)
    return Recovered(tuple(recovery.objects), recovery.malformed + nuls)


class _Recovery:
    """One line's recovery: the objects found, the parts lost, the work done."""

    def __init__(self) -> None:
        self.objects: list[bytes] = []
        self.malformed = 0
        self._tries = 0
        self._work = 0

    def read(self, text: str) -> None:
        """Take the objects of a text without NUL bytes."""
        end = len(text)
        at = _skip_space(text, 0)
        torn = False
        while at < end:
            found = self._decode(text, at) if text[at] == "{" or not torn else None
            if found is not None:
                value, after = found
                after = _skip_space(text, after)
                stands_alone = after == end or text[after] == "{"
                if isinstance(value, dict) and (stands_alone or not torn):
                    self._keep(value)
                    torn = False
                    at = after
                    continue
                if stands_alone and not torn:
                    self.malformed += 1
                    at = after
                    continue
            if not torn:
                self.malformed += 1
                torn = True
            begin = found[1] if found is not None else at + 1
            match = _OBJECT.search(text, begin)
            if match is None or self._tries > _MAX_TRIES or self._work > _MAX_WORK:
                return
            at = match.start()

    def _decode(self, text: str, at: int) -> tuple[object, int] | None:
        self._tries += 1
        try:
            value, after = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            self._work += max(error.pos - at, 1)
            return None
        except (_UnusableError, RecursionError):
            self._work += 64 * 1024
            return None
        self._work += after - at
        return value, after

    def _keep(self, value: dict[str, object]) -> None:
        try:
            self.objects.append(msgspec.json.encode(_clean(value, 0)))
        except _UnusableError:
            self.malformed += 1


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _clean(value: object, depth: int) -> object:
    """Return the value without lone surrogates and without branches below the depth limit."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        if depth >= _MAX_DEPTH:
            _check_nesting(value)
            return None
        return {str(_clean(key, 0)): _clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        if depth >= _MAX_DEPTH:
            _check_nesting(value)
            return None
        return [_clean(item, depth + 1) for item in value]
    return value


def _check_nesting(branch: object) -> None:
    """Refuse a branch whose nesting is no data at all."""
    level = [branch]
    for _ in range(_MAX_NESTING):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return
        level = inner
    raise _UnusableError
