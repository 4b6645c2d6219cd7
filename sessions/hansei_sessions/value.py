"""The base of values that are defined before the first screen is there.

A dataclass writes and compiles its methods when its module is imported, which takes up to half a
millisecond for each class; a struct has them in C, and a JSON decoder fills it directly.
"""

from __future__ import annotations

from copy import copy
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

import msgspec


@dataclass
class _Any:
    """Whose fields the description of a struct's fields begins with."""

    needed: Any
    given: Any = None


class _Described:
    """The description of a struct's fields that `dataclasses` looks for, made on the first look."""

    def __init__(self) -> None:
        self._known: dict[type, dict[str, Field[Any]]] = {}

    def __get__(self, _: object, kind: type[msgspec.Struct]) -> dict[str, Field[Any]]:
        if kind not in self._known:
            self._known[kind] = _described(kind)
        return self._known[kind]


def _described(kind: type[msgspec.Struct]) -> dict[str, Field[Any]]:
    needed, given = fields(_Any)
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    found: dict[str, Field[Any]] = {}
    for place, name in enumerate(names, start=len(defaults) - len(names)):
        found[name] = copy(given if place >= 0 else needed)
        found[name].name, found[name].type = name, kind.__annotations__.get(name, Any)
        if place < 0:
            continue
        factory = getattr(defaults[place], "factory", None)  # msgspec's mark for one to be made
        if factory is None:
            found[name].default = defaults[place]
        else:
            found[name].default, found[name].default_factory = MISSING, factory
    return found


class Value(msgspec.Struct, frozen=True):
    """A frozen value; `dataclasses.replace` and `fields` work on it as on a dataclass."""

    __dataclass_fields__ = _Described()
