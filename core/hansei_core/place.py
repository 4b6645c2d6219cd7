"""Where hansei opens: a retro that is owed here, the Monday's ritual, or the backlog."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hansei_sessions.ended import Unreviewed

JUST_ENDED: Final = timedelta(hours=12)
"""A session of today's work; an older one waits in the list and does not push itself forward."""


class Place(StrEnum):
    """A screen to open."""

    RETRO = "retro"
    PLANNER = "planner"
    BACKLOG = "backlog"


def place_for(
    unreviewed: Iterable[Unreviewed], folder: str, now: datetime, *, ritual_due: bool
) -> tuple[Place, str]:
    """Return where the user most likely wants to be.

    A session that just ended in this folder opens its retro; a Monday without a ritual the
    planner; everything else the backlog.

    Args:
        unreviewed: Sessions that a retro is owed to.
        folder: Where hansei was started; absolute.
        now: Aware.
        ritual_due: Whether it is Monday and the ritual was not held.

    Returns:
        The place, and the session's id for a retro (else empty).
    """
    for waiting in sorted(unreviewed, key=lambda one: one.ended_at, reverse=True):
        fresh = now - waiting.ended_at <= JUST_ENDED
        if fresh and is_same_work(waiting.session.cwd, folder):
            return Place.RETRO, waiting.session.id
    return (Place.PLANNER if ritual_due else Place.BACKLOG), ""


def is_same_work(cwd: str, folder: str) -> bool:
    """Return whether a session ran in a folder, below it, or in one that holds it.

    The root and the parts of a home folder above it hold everything and say nothing: a session
    there belongs only to the folder itself.
    """
    if not cwd or not folder:
        return False
    ran, here = PurePath(cwd), PurePath(folder)
    if ran == here:
        return True
    shorter, longer = sorted((ran, here), key=lambda path: len(path.parts))
    return len(shorter.parts) > 3 and shorter in longer.parents
