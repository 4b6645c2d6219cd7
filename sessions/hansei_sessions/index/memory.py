"""What a large scan asks of Python's memory while it lasts."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

_KEPT = 30 * 1024 * 1024
"""Just under the largest block that the C library would learn from."""


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Let nobody look for rings of objects meanwhile: readers make none, and keep many objects.

    What was made meanwhile should be let go of before the end: the collector, once it is back,
    walks through all that is left.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def keep_what_is_freed() -> None:
    """Have the memory of a block that was read serve for the next one.

    The C library gives a large block back to the system as soon as it is freed, and has each page
    of the next one made anew: a tenth of a scan. From a larger block that is freed it learns to
    keep them; this one is never touched, and takes no memory. Elsewhere it does nothing.
    """
    bytes(_KEPT)
