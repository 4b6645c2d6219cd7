"""The snapshot: all records as JSON in TinyDB's layout, one record a line, with a checksum."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hansei_core.errors import UsageError
from hansei_core.store.codec import Encoded, encode, encode_any

NAME = "store.json"
Tables = dict[str, dict[str, Encoded]]

_PREFIX = b'{\n"_meta": {\n"store": {"crc":"'
_ZEROS = b"00000000"
_BODY = len(_PREFIX) + len(_ZEROS)


@dataclass(slots=True)
class State:
    """All records as of one transaction."""

    schema: int
    tables: Tables = field(default_factory=dict)
    series: dict[str, int] = field(default_factory=dict)
    """The newest number drawn from each series."""
    seq: int = 0
    changes: int = 0
    """How many undoable transactions there have been."""


@dataclass(slots=True)
class Read:
    """What a snapshot's bytes hold."""

    state: State | None = None
    edited: bool = False
    """The checksum does not fit, the content is well formed: somebody edited it."""
    damage: str = ""
    """Why it cannot be read, with the line; empty if it can."""


class _Meta(msgspec.Struct):
    schema: int
    seq: int
    changes: int = 0
    series: dict[str, int] = {}


_decoder = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
_meta_decoder = msgspec.json.Decoder(_Meta)


def render(state: State) -> bytes:
    """Return a snapshot's bytes; the checksum covers all of them but itself."""
    meta = encode_any(
        {
            "changes": state.changes,
            "schema": state.schema,
            "seq": state.seq,
            "series": state.series,
        }
    )
    parts: list[Encoded] = [_PREFIX, _ZEROS, b'",', meta[1:], b"\n}"]
    for table in sorted(state.tables):
        records = state.tables[table]
        if not records:
            continue
        parts += (b",\n", encode_any(table), b": {\n")
        for record_id in sorted(records):
            parts += (encode_any(record_id), b": ", records[record_id], b",\n")
        parts[-1] = b"\n}"
    parts.append(b"\n}\n")
    data = b"".join(parts)
    return b"%b%08x%b" % (_PREFIX, zlib.crc32(data), data[_BODY:])


def parse(data: bytes) -> Read:
    """Return what a snapshot's bytes hold, and exactly where they are damaged."""
    if not _sound(data):
        return _parse_edited(data)
    try:
        tables = _decoder.decode(data)
        meta = _meta_decoder.decode(tables.pop("_meta")["store"])
    except (msgspec.DecodeError, KeyError) as error:
        return Read(damage=f"its form is not known ({error})")
    return Read(state=_state(meta, tables))


def schema_of(data: bytes) -> int | None:
    """Return the schema number that a snapshot names, however damaged the rest is."""
    found = re.search(rb'"schema"\s*:\s*(\d{1,9})\b', data[:2000])
    return int(found[1]) if found else None


def _state(meta: _Meta, tables: Mapping[str, Mapping[str, Encoded]]) -> State:
    return State(
        schema=meta.schema,
        tables={name: dict(records) for name, records in tables.items()},
        series=dict(meta.series),
        seq=meta.seq,
        changes=meta.changes,
    )


def _sound(data: bytes) -> bool:
    if not data.startswith(_PREFIX):
        return False
    crc = zlib.crc32(memoryview(data)[_BODY:], zlib.crc32(_ZEROS, zlib.crc32(_PREFIX)))
    return data[len(_PREFIX) : _BODY] == b"%08x" % crc


def _line_of(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


class _DuplicateError(ValueError):
    pass


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # set.add is None, which is meant
        raise _DuplicateError(twice)
    return result


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _parse_edited(data: bytes) -> Read:
    """Read a snapshot whose checksum does not fit; name the line of the first mistake."""
    if not data.strip(b"\0 \r\n\t"):
        return Read(damage="it is empty" if not data else "it holds only blanks or zeros")
    marker = re.search(rb"^(<<<<<<<|=======$|>>>>>>>|\|\|\|\|\|\|\|)", data, re.MULTILINE)
    if marker:
        line = _line_of(data, marker.start())
        return Read(damage=f"line {line} is a conflict marker of git")
    try:
        whole = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_pairs,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        return Read(damage=f"line {_line_of(data, error.start)} is not UTF-8 text")
    except json.JSONDecodeError as error:
        return Read(damage=f"line {error.lineno}, column {error.colno}: {error.msg}")
    except _DuplicateError as error:
        return Read(damage=f"{_place(data, str(error), last=True)}: {error} stands there twice")
    except (ValueError, RecursionError) as error:
        return Read(damage=f"its JSON cannot be read ({error})")
    return _check_edited(data, whole)


def _check_edited(data: bytes, whole: Any) -> Read:
    try:
        meta = msgspec.convert(whole.pop("_meta")["store"], _Meta)
    except (AttributeError, KeyError, TypeError, msgspec.ValidationError):
        return Read(damage='its head ("_meta") is missing or not as hansei writes it')
    tables: Tables = {}
    for name, records in whole.items():
        if not isinstance(records, dict):
            return Read(damage=f"{_place(data, name)}: table {name} is not an object")
        tables[name] = {}
        for record_id, record in records.items():
            try:
                tables[name][record_id] = encode(record)
            except (TypeError, ValueError, RecursionError, UsageError) as error:
                return Read(damage=f"{_place(data, record_id)}: record {record_id}: {error}")
    return Read(state=_state(meta, tables), edited=True)


def _place(data: bytes, key: str, *, last: bool = False) -> str:
    needle = json.dumps(key, ensure_ascii=False).encode("utf-8", "replace") + b":"
    offset = data.rfind(needle) if last else data.find(needle)
    return f"line {_line_of(data, offset)}" if offset >= 0 else "one record"
