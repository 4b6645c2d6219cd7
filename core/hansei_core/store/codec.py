"""Documents as bytes: one canonical line of JSON each, checked before it is kept."""

from __future__ import annotations

import gc
import math
import re
from collections.abc import Hashable, Iterable
from functools import cache
from itertools import islice
from typing import Any, Final, TypeVar, cast

import msgspec

from hansei_core.errors import UsageError
from hansei_core.store.protocol import Document

Encoded = bytes | msgspec.Raw
"""One document as canonical JSON; a `Raw` is a view into the snapshot it was read from."""

MAX_DEPTH: Final = 64
"""Deeper documents are a mistake; every JSON reader that matters takes this depth."""

_TABLE = re.compile(r"[a-z][a-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder()

Value = TypeVar("Value")
_AT_ONCE: Final = 256
"""Documents that are decoded in one call: more would only be copied into fresh memory first."""


def encode(document: Document) -> bytes:
    """Return a document as canonical JSON: sorted keys, one line.

    Raises:
        TypeError: It holds something that JSON cannot carry back.
        ValueError: It holds a number that JSON cannot carry back.
        UsageError: A text holds half a character (a lone surrogate).
    """
    if not isinstance(document, dict):  # a caller without types
        raise TypeError(f"a record is a dict, not {type(document).__name__}")
    _check(document, "", 0)
    return encode_any(document)


def encode_any(value: object) -> bytes:
    """Return a value as canonical JSON.

    Raises:
        UsageError: A text holds half a character (a lone surrogate).
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise UsageError(
            "the text holds half a character (a lone surrogate), which no file can hold",
            "type that part of the text again",
        ) from error


def decode(encoded: Encoded) -> Document:
    """Return a fresh copy of the document."""
    return cast("Document", _decoder.decode(encoded))


def decode_many(encoded: Iterable[Encoded]) -> list[Document]:
    """Return fresh copies of many documents, in their order, faster than one by one."""
    return cast("list[Document]", _decode_many(encoded, _decoder))


def decode_many_as(encoded: Iterable[Encoded], kind: type[Value]) -> list[Value]:
    """Return many documents as values of a type, in their order, without dicts in between.

    Raises:
        msgspec.ValidationError: One of them is no such value.
    """
    return cast("list[Value]", _decode_many(encoded, _decoder_of(cast("Hashable", kind))))


@cache
def _decoder_of(kind: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]  # the type is an argument


def _decode_many(encoded: Iterable[Encoded], decoder: msgspec.json.Decoder[Any]) -> list[Any]:
    waiting = iter(encoded)
    found: list[Any] = []
    # The collector would walk all new objects again and again while none of them is garbage.
    collecting = gc.isenabled()
    gc.disable()
    try:
        while some := tuple(islice(waiting, _AT_ONCE)):
            found += decoder.decode(b"[" + b",".join(some) + b"]")
    finally:
        if collecting:
            gc.enable()
    return found


def check_place(table: str, record_id: str) -> None:
    """Refuse names that could not be written to a line of the snapshot or be told apart.

    Raises:
        ValueError: The table's name or the id is not a plain name.
    """
    if not _TABLE.fullmatch(table):
        raise ValueError(f"{table!r} is no name for a table")
    if not record_id or _CONTROL.search(record_id):
        raise ValueError(f"{record_id!r} is no id for a record")


def _check(value: Any, where: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} at {where or 'the top'}")
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int | float):
        _check_number(value, where)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where}: the key {key!r} is not text")
            _check(item, f"{where}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _check(item, f"{where}[{number}]", depth + 1)
    else:
        raise TypeError(f"{where}: a {type(value).__name__} cannot be stored")


def _check_number(value: float, where: str) -> None:
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"{where}: a whole number of more than 64 bits")
    elif not math.isfinite(value):
        raise ValueError(f"{where}: {value} is no number that can be stored")
