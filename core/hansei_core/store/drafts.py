"""Drafts: text being typed, kept beside the store so that no crash takes more than two seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from hansei_core.errors import StorageError
from hansei_core.store.files import REAL, Files, is_temp, refuse_link, told, write_whole

FOLDER: Final = "drafts"
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}")
_decoder = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft as it was last saved."""

    name: str
    """What the caller called it, such as a session's id."""
    saved_at: datetime
    fields: dict[str, Any]


class Drafts:
    """The drafts in a data folder; each save is durable when it returns.

    They are no part of the store: saving needs no lock, and undo knows nothing of them.
    """

    def __init__(self, folder: Path, *, files: Files = REAL) -> None:
        self._folder = folder / FOLDER
        self._files = files
        self.damaged: list[Path] = []
        """Drafts that could not be read; they are kept under these names."""

    def save(self, name: str, fields: Mapping[str, Any], *, now: datetime) -> None:
        """Write a draft in place of the one of that name.

        Raises:
            StorageError: It could not be written; the one before is still there.
        """
        path = self._path(name)
        text = msgspec.json.encode(
            {"name": name, "saved_at": now.isoformat(), "fields": _whole(fields)}
        )
        with told("save the draft", path):
            self._files.make_folder(self._folder.parent)
            self._files.make_folder(self._folder)
            write_whole(self._files, path, text + b"\n")

    def load(self, name: str) -> Draft | None:
        """Return the draft of that name, or None; a damaged one is put aside and reported.

        Raises:
            StorageError: It cannot be read.
        """
        return self._read(self._path(name))

    def names(self) -> list[str]:
        """Return the names of all drafts, newest first.

        Raises:
            StorageError: The folder cannot be read.
        """
        return [draft.name for draft in self.all()]

    def all(self) -> list[Draft]:
        """Return all drafts, newest first; damaged ones are put aside and reported.

        Raises:
            StorageError: One of them cannot be read.
        """
        with told("read", self._folder):
            names = self._files.names(self._folder)
        paths = [self._folder / name for name in names if name.endswith(".json")]
        found = [draft for draft in map(self._read, paths) if draft is not None]
        return sorted(found, key=lambda draft: (draft.saved_at, draft.name), reverse=True)

    def discard(self, name: str) -> None:
        """Remove a draft; nothing happens where there is none.

        Raises:
            StorageError: It could not be removed.
        """
        path = self._path(name)
        with told("remove the draft", path):
            self._files.unlink(path)
            for left in self._files.names(self._folder):
                if is_temp(left):
                    self._files.unlink(self._folder / left)

    def discard_damaged(self) -> None:
        """Remove the drafts that could not be read and were put aside.

        Raises:
            StorageError: One could not be removed.
        """
        with told("remove damaged drafts", self._folder):
            for name in self._files.names(self._folder):
                if ".damaged" in name:
                    self._files.unlink(self._folder / name)

    def _path(self, name: str) -> Path:
        """Return a draft's file; names that are no plain file names become a hash of theirs."""
        if not _PLAIN.fullmatch(name):
            import hashlib  # few drafts have such a name, and it loads a library

            digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
            name = f"h-{digest[:32]}"
        return self._folder / f"{name}.json"

    def _read(self, path: Path) -> Draft | None:
        refuse_link(self._files, path)
        with told("read the draft", path):
            if self._files.stat(path) is None:
                return None
            data = self._files.read(path)
        try:
            found = _decoder.decode(data)
            saved_at = datetime.fromisoformat(found["saved_at"])
            if saved_at.tzinfo is None:
                saved_at = saved_at.replace(tzinfo=UTC)
            return Draft(str(found["name"]), saved_at, dict(found["fields"]))
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            self._put_aside(path)
            return None

    def _put_aside(self, path: Path) -> None:
        aside = path.with_suffix(".damaged")
        number = 1
        while self._files.stat(aside) is not None:
            number += 1
            aside = path.with_suffix(f".damaged-{number}")
        try:
            self._files.replace(path, aside)
        except OSError:
            aside = path  # a read-only folder: it stays where it is
        self.damaged.append(aside)


def _whole(value: Any) -> Any:
    """Replace half characters, which a terminal may deliver and no file can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value


__all__ = ["FOLDER", "Draft", "Drafts", "StorageError"]
