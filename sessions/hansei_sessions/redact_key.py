"""The installation's key for fingerprints of secrets: made when the first secret is found."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

_LENGTH: Final = 32
_place: list[Path | None] = [None]


def keep_in(path: Path | None) -> None:
    """Name the file that holds the key; None: secrets get no fingerprint."""
    _place[0] = path


def place() -> Path | None:
    """Return the file that holds the key."""
    return _place[0]


def read_key(path: Path | None) -> bytes:
    """Return the key in a file, made there (mode 0600) where there is none.

    Returns:
        32 bytes; none at all where it can be neither read nor written, which costs the
        fingerprints only.
    """
    if path is None:
        return b""
    with contextlib.suppress(OSError):
        if key := path.read_bytes()[:_LENGTH]:
            return key if len(key) == _LENGTH else b""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = os.urandom(_LENGTH)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:  # another process was quicker
        with contextlib.suppress(OSError):
            found = path.read_bytes()[:_LENGTH]
            return found if len(found) == _LENGTH else b""
        return b""
    except OSError:
        return b""
    return key
