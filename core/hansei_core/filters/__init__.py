"""One grammar for the live filter, `list` and saved views.

`parse` reads a text, `compile_query` makes a fast predicate of it, `select` applies it. Importing
this loads nothing: a list without a filter needs no grammar.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hansei_core.filters.completing import Completion, KnownWords, suggest
    from hansei_core.filters.evaluate import (
        FilterContext,
        SearchText,
        compile_query,
        matches,
        select,
    )
    from hansei_core.filters.keys import IS_WORDS, KEYS
    from hansei_core.filters.lexer import FilterError
    from hansei_core.filters.nodes import Query
    from hansei_core.filters.parser import parse

__all__ = [
    "IS_WORDS",
    "KEYS",
    "Completion",
    "FilterContext",
    "FilterError",
    "KnownWords",
    "Query",
    "SearchText",
    "compile_query",
    "matches",
    "parse",
    "select",
    "suggest",
]
_HOMES: Final = {
    "evaluate": ("FilterContext", "SearchText", "compile_query", "matches", "select"),
    "keys": ("IS_WORDS", "KEYS"),
    "lexer": ("FilterError",),
    "nodes": ("Query",),
    "parser": ("parse",),
    "completing": ("Completion", "KnownWords", "suggest"),
}
"""The public names by the module that defines them."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
