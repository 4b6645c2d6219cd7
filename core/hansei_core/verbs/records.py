"""Reading and writing the records of the store as values; every verb goes through here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from hansei_core.collecting import uncollected
from hansei_core.errors import HanseiError
from hansei_core.ids import ambiguous, by_prefix, candidates_of, not_found
from hansei_core.improvement import Improvement
from hansei_core.stages import IN_WORK
from hansei_core.store.protocol import Document, Store, Transaction
from hansei_core.tables import IMPROVEMENTS
from hansei_core.vocabulary import OPEN_STAGES, Stage

Value = TypeVar("Value")
_MERGES: Final = 10
"""Merges of merges that are followed; a damaged circle ends."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Value]):
    """What a verb did: the new value, and the words that undo and the toast use for it."""

    value: Value
    label: str
    notes: tuple[str, ...] = ()
    """What the user should know besides, one sentence each (a gate that was passed over)."""


class Reader(Protocol):
    """Whatever gives one record: a store or an open transaction."""

    def get(self, table: str, record_id: str) -> Document | None:
        """Return a copy of one record, or None."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """All improvements that could be read, and what could not."""

    items: Mapping[str, Improvement]
    broken: Mapping[str, str]
    """Why a record could not be read, by its id; it is left as it is."""


def load_improvements(store: Store) -> Backlog:
    """Return every improvement of the store; a broken record is counted, never fatal."""
    with uncollected():
        try:
            return Backlog(store.values(IMPROVEMENTS, Improvement), {})
        except msgspec.ValidationError:
            return _load_one_by_one(store.all(IMPROVEMENTS))


class _Head(msgspec.Struct, gc=False):
    """What a title search needs of an improvement."""

    title: str
    stage: Stage = Stage.INBOX


def open_titles(store: Store) -> Mapping[str, str]:
    """Return the titles of the open improvements by id, much quicker than whole improvements."""
    try:
        heads = store.values(IMPROVEMENTS, _Head)
    except msgspec.ValidationError:
        items = load_improvements(store).items
        return {item.id: item.title for item in items.values() if item.stage.is_open}
    return {name: head.title for name, head in heads.items() if head.stage.is_open}


def ids_in_work(store: Store) -> frozenset[str]:
    """Return the ids in implementation and validation, without reading whole improvements."""
    try:
        heads: Mapping[str, _Head | Improvement] = store.values(IMPROVEMENTS, _Head)
    except msgspec.ValidationError:
        heads = load_improvements(store).items
    return frozenset(name for name, head in heads.items() if head.stage in IN_WORK)


def _load_one_by_one(documents: Mapping[str, Document]) -> Backlog:
    items: dict[str, Improvement] = {}
    broken: dict[str, str] = {}
    for record_id, document in documents.items():
        try:
            items[record_id] = Improvement.from_document(document)
        except HanseiError as error:
            broken[record_id] = error.message
    return Backlog(items, broken)


def resolve(store: Store, reference: str, *, now: datetime) -> str:
    """Return the id that a user's words mean: full id, number, or unique prefix.

    A number that several years have means the one that is still open, if there is only one; one
    that was merged into a twin means the twin.

    Raises:
        NotFoundError: Nothing has it; the hint names near ids.
        UsageError: Several have it.
    """
    possible = candidates_of(reference, now.year)
    found = [item for item in possible if store.get(IMPROVEMENTS, item) is not None]
    if not found:
        found = list(by_prefix(reference, store.all(IMPROVEMENTS)))
    found = list(dict.fromkeys(_kept_twin(store, item) for item in found))
    if len(found) > 1:
        still_open = [item for item in found if read_improvement(store, item).stage in OPEN_STAGES]
        found = still_open if len(still_open) == 1 else found
    if not found:
        raise not_found("improvement", reference, store.all(IMPROVEMENTS))
    if len(found) > 1:
        raise ambiguous(reference, found)
    return found[0]


def _kept_twin(store: Store, improvement_id: str) -> str:
    """Follow an id through merges to the improvement that stayed."""
    seen = {improvement_id}
    current = improvement_id
    while True:
        following = str((store.get(IMPROVEMENTS, current) or {}).get("merged_into", ""))
        if not following or following in seen or store.get(IMPROVEMENTS, following) is None:
            return current
        seen.add(following)
        current = following


def resolve_all(store: Store, references: Iterable[str], *, now: datetime) -> tuple[str, ...]:
    """Return the ids that several references mean, each once, in their order.

    Raises:
        NotFoundError: One of them means nothing; nothing has been written then.
        UsageError: One of them could mean several.
    """
    return tuple(dict.fromkeys(resolve(store, item, now=now) for item in references))


def read_improvement(reader: Reader, improvement_id: str) -> Improvement:
    """Return one improvement by its full id.

    Raises:
        NotFoundError: It does not exist (any more).
        StorageError: Its record is damaged.
    """
    document = reader.get(IMPROVEMENTS, improvement_id)
    if document is None:
        raise not_found("improvement", improvement_id, ())
    return Improvement.from_document(document)


def surviving_improvement(reader: Reader, improvement_id: str) -> Improvement | None:
    """Return one improvement, or the one that it was merged into; None where neither can be read.

    Args:
        reader: A store or an open transaction.
        improvement_id: A full id, or nothing.
    """
    current = improvement_id
    for _ in range(_MERGES):
        try:
            item = read_improvement(reader, current)
        except HanseiError:
            return None
        if not item.merged_into:
            return item
        current = item.merged_into
    return None


def write_improvement(transaction: Transaction, item: Improvement) -> None:
    """Write one improvement; keys of its record that hansei does not know stay."""
    old = transaction.get(IMPROVEMENTS, item.id)
    transaction.put(IMPROVEMENTS, item.id, item.to_document(old))


def names_of(ids: Iterable[str]) -> str:
    """Return ids as a label shows them: up to three by name, then a count."""
    some = tuple(ids)
    if len(some) <= 3:
        return ", ".join(some)
    return f"{len(some)} improvements"
