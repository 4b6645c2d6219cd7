"""Values out of foreign JSON: what is of another type than expected counts as absent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from hansei_sessions.readers.codex_records import (
    blocks_text,
    count,
    instant,
    mapping,
    text,
)
from hansei_sessions.readers.lines import split_objects

__all__ = [
    "blocks_text",
    "count",
    "document",
    "folder_of",
    "instant",
    "items",
    "mapping",
    "moment",
    "objects",
    "text",
    "whole",
]

_REFUSED = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
_DECODER = msgspec.json.Decoder()
_YEAR_2001 = 1e9
_YEAR_2286 = 1e10
_OBJECTS_LIMIT = 1024 * 1024


def objects(line: bytes) -> Iterator[dict[str, Any] | None]:
    """Yield the JSON objects of one physical line; None for each part of it that is none."""
    try:
        value = _DECODER.decode(line)
    except _REFUSED:
        recovered = split_objects(line)
        for part in recovered.objects:
            try:
                yield mapping(_DECODER.decode(part))
            except _REFUSED:
                yield None
        for _ in range(recovered.malformed):
            yield None
        return
    yield value if isinstance(value, dict) else None


def document(value: Any) -> Any:
    """Return a value that is logged as a JSON text inside of JSON, else the value itself."""
    if not isinstance(value, str):
        return value
    if value.lstrip()[:1] not in ("{", "[") or len(value) > _OBJECTS_LIMIT:
        return value
    try:
        return _DECODER.decode(value)
    except _REFUSED:
        return value


def items(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; anything else is an empty list."""
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, dict)]


def whole(value: Any) -> int | None:
    """Return a whole number as it is, and anything else as None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: Any) -> float | None:
    """Return a time as seconds since the epoch: ISO 8601, or a number of seconds or more.

    Agents write whole seconds, milliseconds, micro- or nanoseconds, and some mix them: a number
    is scaled down until it lies between 2001 and 2286.
    """
    if isinstance(value, str):
        return instant(value.strip().replace(" ", "T", 1) if value[:1].isdigit() else value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = float(value) if abs(value) < 1e30 else 0.0
    for _ in range(3):
        if seconds >= _YEAR_2286:
            seconds /= 1000
    return seconds if _YEAR_2001 <= seconds < _YEAR_2286 else None


def folder_of(uri: str) -> str:
    """Return the path of a `file:` address, and anything else as it is."""
    if not uri.startswith("file:"):
        return uri
    try:
        path = unquote(urlsplit(uri).path)
    except ValueError:
        return ""
    return path[1:] if len(path) > 2 and path[2] == ":" else path
