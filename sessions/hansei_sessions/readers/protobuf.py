"""The wire format of Protocol Buffers, as far as fields can be told apart without a schema.

By protobuf.dev/programming-guides/encoding: a field is a number and a wire type in a varint, then
its value: a varint (0), eight bytes (1), a length and so many bytes (2), or four bytes (5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_VARINT: Final = 0
_EIGHT: Final = 1
_BYTES: Final = 2
_FOUR: Final = 5
_LONGEST: Final = 10
"""Bytes of a varint at most."""
_FIELDS_LIMIT: Final = 100_000


def fields_of(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message in their order, up to where it is none any more.

    Args:
        data: One message.

    Yields:
        A field's number, and its value: whole, or the bytes of it.
    """
    at = 0
    for _ in range(_FIELDS_LIMIT):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if not number:
            return
        if wire == _VARINT:
            value, at = _varint(data, at)
            if at < 0:
                return
            yield number, value
            continue
        if wire == _BYTES:
            length, at = _varint(data, at)
        else:
            length = {_EIGHT: 8, _FOUR: 4}.get(wire, -1)
        if at < 0 or length < 0 or at + length > len(data):
            return
        yield number, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a varint and the place behind it; 0 and -1 where there is none."""
    value = 0
    for index in range(min(_LONGEST, len(data) - at) if at >= 0 else 0):
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    return 0, -1
