"""Settings from text: of `config.toml`, and of what is typed after `hansei config set`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from hansei_core.errors import ConfigError, HanseiError, UsageError
from hansei_core.settings import FREE, Settings, Told, Value


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the schema, as `hansei config show` explains it."""

    key: str
    type_name: str
    default: Value
    doc: str


def schema() -> tuple[Setting, ...]:
    """Return every key that `config.toml` may hold, in file order."""
    return tuple(
        Setting(
            f"{section}.{name}",
            _type_name(kind),
            getattr(default, name),
            told.doc,
        )
        for section, default in _sections(Settings())
        for name, (kind, told) in _keys(type(default)).items()
    )


def values(settings: Settings) -> dict[str, Value]:
    """Return all settings by dotted key, the free tables (`keys.*`, `views.*`) included."""
    flat: dict[str, Value] = {
        f"{section}.{name}": getattr(part, name)
        for section, part in _sections(settings)
        for name in _keys(type(part))
    }
    for section in FREE:
        table: dict[str, str] = getattr(settings, section)
        flat.update({f"{section}.{name}": value for name, value in sorted(table.items())})
    return flat


def parse_settings(text: str, source: str) -> Settings:
    """Read the text of a `config.toml`.

    Args:
        text: The file's content.
        source: Its path, for messages.

    Raises:
        ConfigError: It is not TOML, or has an unknown key or a bad value; the message names the
            line, the hint the nearest right key or what is allowed.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{source} is not valid TOML: {error}", "mend that line, or move the file away"
        ) from error
    settings = Settings()
    for section, content in data.items():
        if not isinstance(content, dict):
            raise _unknown(section, _Place(source, _line_of(text, section, None)))
        settings = _with_section(settings, section, content, text, source)
    return settings


def convert(key: str, raw: str) -> Value:
    """Turn what a user typed after `hansei config set KEY` into the key's type.

    Raises:
        UsageError: The key is unknown or the value is not allowed.
    """
    if any("\ud800" <= char <= "\udfff" for char in key + raw):
        raise UsageError(
            f"{key} holds half a character (a lone surrogate), which no file can hold",
            "type it again",
        )
    section, _, name = key.partition(".")
    if section in FREE and name:
        return raw
    kind, told = _lookup(section, name, _TYPED)
    value: object = raw
    if kind is bool:
        value = {"true": True, "false": False, "on": True, "off": False}.get(raw.lower(), raw)
    elif kind in {int, float}:
        value = _number(raw)
    elif get_origin(kind) is tuple:
        value = [part.strip() for part in raw.split(",") if part.strip()]
    return _checked(key, value, kind, told, _TYPED)


def with_value(settings: Settings, key: str, value: Value) -> Settings:
    """Return settings with one key changed; `value` comes from `convert`."""
    section, _, name = key.partition(".")
    if section in FREE:
        table: dict[str, Any] = {section: {**getattr(settings, section), name: str(value)}}
        return replace(settings, **table)
    part = getattr(settings, section)
    change: dict[str, Any] = {section: replace(part, **{name: value})}
    return _cross_checked(replace(settings, **change), _TYPED)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands, for messages."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}, line {self.line}"


_TYPED = _Place("the command line")
"""Stands for a value that no file holds yet."""


def _number(raw: str) -> object:
    for kind in (int, float):
        try:
            return kind(raw)
        except ValueError:
            continue
    return raw


def _sections(settings: Settings) -> Iterator[tuple[str, Any]]:
    for item in fields(settings):
        if item.name not in FREE:
            yield item.name, getattr(settings, item.name)


def _keys(section: type) -> dict[str, tuple[Any, Told]]:
    """Return (type, what it says of itself) of each key of a section, in file order."""
    hints = get_type_hints(section, include_extras=True)
    return {name: (hint.__origin__, hint.__metadata__[0]) for name, hint in hints.items()}


def _with_section(
    settings: Settings, section: str, content: Mapping[str, Any], text: str, source: str
) -> Settings:
    if section in FREE:
        for name, value in content.items():
            if not isinstance(value, str):
                place = _Place(source, _line_of(text, section, name))
                raise _bad(f"{section}.{name}", value, FREE[section], place)
        free: dict[str, Any] = {section: dict(content)}
        return replace(settings, **free)
    changes = {}
    for name, value in content.items():
        place = _Place(source, _line_of(text, section, name))
        kind, told = _lookup(section, name, place)
        changes[name] = _checked(f"{section}.{name}", value, kind, told, place)
    if not content and not hasattr(settings, section):
        raise _unknown(section, _Place(source, _line_of(text, section, None)))
    change: dict[str, Any] = {section: replace(getattr(settings, section), **changes)}
    line = _line_of(text, section, next(iter(content), None))
    return _cross_checked(replace(settings, **change), _Place(source, line))


def _lookup(section: str, name: str, place: _Place) -> tuple[Any, Told]:
    parts = dict(_sections(Settings()))
    if section in parts:
        keys = _keys(type(parts[section]))
        if name in keys:
            return keys[name]
    raise _unknown(f"{section}.{name}" if name else section, place)


def _checked(key: str, value: object, kind: Any, told: Told, place: _Place) -> Value:
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise _bad(key, value, "true or false", place)
    if kind in {int, float}:
        return _checked_number(key, value, kind, told, place)
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return cast("str", value)
        raise _bad(key, value, "one of " + ", ".join(get_args(kind)), place)
    if get_origin(kind) is tuple:
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            if any("\0" in part for part in value):  # no path and no name can hold it
                raise _bad(key, value, "texts without a NUL character", place)
            return tuple(value)
        raise _bad(key, value, 'a list of texts such as ["one", "two"]', place)
    if isinstance(value, str):
        return value
    raise _bad(key, value, "a text in quotes", place)


def _checked_number(key: str, value: object, kind: type, told: Told, place: _Place) -> Value:
    low, high = cast("float", told.low), cast("float", told.high)  # numbers have both
    allowed = f"a {'whole ' if kind is int else ''}number from {low:g} to {high:g}"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (kind is int and not isinstance(value, int)):
        raise _bad(key, value, allowed, place)
    number = cast("float", value)
    if not low <= number <= high:
        raise _bad(key, value, allowed, place)
    return int(number) if kind is int else float(number)


def _cross_checked(settings: Settings, place: _Place) -> Settings:
    scores = settings.scores
    if scores.low_to >= scores.medium_to:
        raise _bad(
            "scores.low_to",
            scores.low_to,
            f"less than medium_to ({scores.medium_to})",
            place,
        )
    return settings


def _wrong(place: _Place, message: str, hint: str) -> HanseiError:
    """Return a mistake of the file, or of the request where the value was only typed."""
    if place is _TYPED:
        return UsageError(message, hint)
    return ConfigError(f"{place}: {message}", hint)


def _unknown(key: str, place: _Place) -> HanseiError:
    from rapidfuzz import process  # only a mistake pays for it

    known = [setting.key for setting in schema()]
    match = process.extractOne(key, known, score_cutoff=50) if len(key) > 2 else None
    hint = f"did you mean {match[0]}?" if match else "`hansei config show` lists every key"
    return _wrong(place, f"there is no setting {key}", hint)


def _bad(key: str, value: object, allowed: str, place: _Place) -> HanseiError:
    shown = repr(value) if len(repr(value)) < 60 else repr(value)[:60] + "…"
    return _wrong(place, f"{key} cannot be {shown}", f"it must be {allowed}")


def _line_of(text: str, section: str, name: str | None) -> int | None:
    """Find the line of a key for a message; TOML parsers do not keep it for valid files."""
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([^\]]+?)\s*\]", line)
        if header:
            current = header[1].strip("\"' ")
            if name is None and current.split(".")[0] == section:
                return number
            continue
        key = re.match(r"""\s*["']?([A-Za-z0-9_.\-]+)["']?\s*=""", line)
        if key and name is not None:
            dotted = f"{current}.{key[1]}".lstrip(".")
            if dotted == f"{section}.{name}" or dotted.startswith(f"{section}.{name}."):
                return number
        if key and name is None and not current and key[1].split(".")[0] == section:
            return number
    return None


def _type_name(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return "list of texts"
    names = {bool: "true/false", int: "whole number", float: "number", str: "text"}
    return names[kind]
