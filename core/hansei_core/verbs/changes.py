"""The list of changes as users read it: their own, however much hansei wrote in between."""

from __future__ import annotations

from collections.abc import Callable

from hansei_core.store.protocol import Change, Store

_ALL = 1_000_000
"""More changes than anybody makes."""


def newest_changes(store: Store, most: int, wanted: Callable[[Change], bool]) -> list[Change]:
    """Return the newest changes that are wanted, newest first.

    What hansei writes by itself (themes it has learned, a first start) stands between the user's
    changes and takes no room among them.

    Args:
        store: Whose history is read.
        most: At most so many; 0 for all.
        wanted: Which of them count.
    """
    take = most or _ALL
    while True:
        read = store.history(take)
        found = [change for change in read if wanted(change)]
        if len(read) < take or len(found) >= (most or take):
            return found[:most] if most else found
        take *= 4
