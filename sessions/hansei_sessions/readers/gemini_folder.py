"""The folder of a project of the Gemini CLI, of which older chats tell the SHA-256 alone.

What the agent read and wrote lies in that folder more often than not: one of the folders above a
path that a chat names has the chat's `projectHash` (google-gemini/gemini-cli's
`packages/core/src/utils/paths.ts`: the SHA-256 of the project root's path, in hexadecimal). A
match is no guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from typing import Final

_HASH = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"(?:/|[A-Za-z]:[\\/])[^\s\"'`<>|:*?]{1,400}")
_SEPARATOR = re.compile(r"[/\\]")
_WINDOW: Final = 4_000
_PATHS: Final = 40
_DEPTH: Final = 30


def folder_of_hash(wanted: str, texts: Iterable[str]) -> str:
    """Return the folder whose hash is wanted, if the texts name a path in it; else nothing.

    Args:
        wanted: A chat's `projectHash`.
        texts: Arguments and results of its calls; of each only the beginning is looked at.
    """
    if not _HASH.fullmatch(wanted):
        return ""
    for text in texts:
        window = text[:_WINDOW]
        named = (match[0] for match in islice(_PATH.finditer(window), _PATHS))
        for path in (window, *named) if _PATH.match(window) else named:
            for folder in _folders(path):
                if _digest(folder) == wanted:
                    return folder
    return ""


def _folders(path: str) -> Iterator[str]:
    """Yield the folders above a path, and the path itself."""
    for separator in islice(_SEPARATOR.finditer(path, 1), _DEPTH):
        yield path[: separator.start()]
    yield path


@lru_cache(maxsize=4096)
def _digest(path: str) -> str:
    return sha256(path.encode("utf-8", "replace")).hexdigest()
