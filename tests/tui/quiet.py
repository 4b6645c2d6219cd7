"""Wait until an app has nothing left to do, told by its event loop and not by the clock.

Textual's own wait sleeps 20 ms at least and goes by the processor time of the whole process, which
is most of what a story in a running app takes, and which a busy machine can deceive.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, Final

import pytest
from textual._context import active_app
from textual._wait import SLEEP_GRANULARITY, wait_for_idle

_NEAR_SECONDS: Final = SLEEP_GRANULARITY
"""A timer that is due within this time from the beginning is waited for, as Textual would."""


async def until_quiet(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until no task can run, no worker does and no timer is about to.

    Args:
        min_sleep: Of no use here; named as Textual names it.
        max_sleep: Seconds after which it returns in any case.
    """
    loop: Any = asyncio.get_running_loop()
    began = monotonic()
    while (waited := monotonic() - began) < max_sleep:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        if len(active_app.get().workers):
            await wait_for_idle(0, max_sleep - waited)
            return
        now = loop.time()
        near = [each.when() - now for each in loop._scheduled if not each.cancelled()]
        soonest = min(near, default=max_sleep)
        if soonest > _NEAR_SECONDS - waited:
            return
        await asyncio.sleep(max(soonest, 0))


def tell_quiet_by_the_loop(patch: pytest.MonkeyPatch) -> None:
    """Let Textual's pilot wait in this way wherever it waits."""
    patch.setattr("textual.pilot.wait_for_idle", until_quiet)
    patch.setattr("textual.app.wait_for_idle", until_quiet)
