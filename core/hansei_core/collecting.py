"""Work that makes many values and no garbage, without pauses for looking for it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking ten thousand new values again and again.

    None of them is garbage: loading takes half the time without the pauses, learning a tenth less.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
