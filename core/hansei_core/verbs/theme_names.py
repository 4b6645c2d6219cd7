"""What themes are called: all that lists of improvements and frictions need of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from hansei_core.store.protocol import Store
from hansei_core.tables import THEMES


class ThemeName(msgspec.Struct, gc=False):
    """What a theme is called, and by which other ids."""

    name: str
    aliases: tuple[str, ...] = ()


def theme_names(store: Store) -> Mapping[str, ThemeName]:
    """Return what themes are called by id, without reading whole themes."""
    try:
        return store.values(THEMES, ThemeName)
    except msgspec.ValidationError:
        found: dict[str, ThemeName] = {}
        for name, document in store.all(THEMES).items():
            with suppress(msgspec.ValidationError):  # `hansei doctor` names it
                found[name] = msgspec.convert(document, ThemeName)
        return found
