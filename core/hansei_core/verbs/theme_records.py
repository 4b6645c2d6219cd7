"""Records of themes out of the store, looked at before anything is built of them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hansei_core.errors import StorageError
from hansei_core.store.protocol import Document, Store, Transaction
from hansei_core.tables import THEME_STATE, THEMES
from hansei_core.themes.model import Theme, ThemeState, state_from_documents, theme_from_document

Terms = list[tuple[str, float, float]]
"""Text, weight and idf of each."""


class _ThemeRecord(msgspec.Struct):
    """What `theme_to_document` writes, by its types; what hansei does not know is passed over."""

    id: str
    name: str
    tags: list[str]
    born_at: str
    algorithm: int
    threshold: float
    terms: Terms
    merged: list[tuple[str, float, Terms]] = []
    carried: list[tuple[str, float, Terms]] = []
    size: int = 0
    family: str = ""
    kind: str = ""
    aliases: list[str] = []
    muted: bool = False
    renamed_by_user: bool = False
    offered_name: str = ""


class _StateRecord(msgspec.Struct):
    """What `state_to_document` and `decisions_to_document` write, by its types."""

    thresholds: dict[str, float] = {}
    texts: dict[str, int] = {}
    looked_at: str = ""
    recipe: int = 0
    notes: dict[str, str] = {}
    pinned: dict[str, str] = {}
    granularity: float | None = None


_ODD: Final = (msgspec.ValidationError, KeyError, TypeError, ValueError)
"""What reading a record raises that was edited into something else."""


def theme_of(document: Document) -> Theme:
    """Return the theme that a record holds.

    Raises:
        StorageError: It holds none.
    """
    try:
        msgspec.convert(document, _ThemeRecord)
        return theme_from_document(document)
    except _ODD as error:
        raise _not_a("Theme", document.get("id", "?"), error) from error


def check_state(document: Document) -> None:
    """Make sure that a record of `THEME_STATE` is one.

    Raises:
        StorageError: It is none.
    """
    try:
        msgspec.convert(document, _StateRecord)
    except msgspec.ValidationError as error:
        raise _not_a("ThemeState", THEME_STATE, error) from error


def read_state(reader: Store | Transaction) -> ThemeState:
    """Return what a store remembers of themes; a theme that cannot be read is passed over.

    Raises:
        StorageError: What was learned or decided besides themes cannot be read.
    """
    learned, decided = reader.get(THEME_STATE, "state"), reader.get(THEME_STATE, "decisions")
    for document in (learned, decided):
        check_state(document or {})
    themes = reader.all(THEMES)
    sound = {name: document for name, document in themes.items() if _has_types(document)}
    try:
        return state_from_documents(sound, learned, decided)
    except _ODD:  # a time or a family that is none
        sound = {name: document for name, document in sound.items() if _is_theme(document)}
        return state_from_documents(sound, learned, decided)


def _has_types(document: Document) -> bool:
    try:
        msgspec.convert(document, _ThemeRecord)
    except msgspec.ValidationError:
        return False
    return True


def _is_theme(document: Document) -> bool:
    try:
        theme_of(document)
    except StorageError:
        return False
    return True


def _not_a(kind: str, name: Any, error: Exception) -> StorageError:
    return StorageError(
        f"the record {name} of the store is not a {kind}: {error}",
        "`hansei doctor` names it; mend or remove it in store.json",
    )
