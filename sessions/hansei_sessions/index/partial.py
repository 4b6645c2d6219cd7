"""Copies of a history's end: forks of a session whose context had been compacted before.

Such a fork begins with the compaction, in the middle of what its original tells, so that the two
do not begin with the same record. Few logs begin so: for each the sessions are looked at that were
under way in the same folder at that time, and the one that holds its history is its original.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Final

from hansei_sessions.index.families import Histories
from hansei_sessions.readers.base import INSIDE

_CANDIDATES: Final = 12
_AFTER: Final = INSIDE[:-1] + chr(ord(INSIDE[-1]) + 1)


def join_families(connection: sqlite3.Connection, history: Histories) -> set[str]:
    """Give each log that begins inside another one's history the head id of that one.

    Args:
        connection: Inside a transaction.
        history: As for `families.count_copies_once`, which is to be called afterwards.

    Returns:
        The head ids of families that gained a log.
    """
    heads: set[str] = set()
    rows = connection.execute(
        "SELECT f.id, s.agent, s.cwd, s.started, coalesce(f.container, f.path), b.state "
        "FROM files f JOIN sessions s ON s.file = f.id JOIN states b ON b.file = f.id "
        "WHERE f.head_id != '' AND f.head_id >= ? AND f.head_id < ? AND s.duplicate_of IS NULL "
        "ORDER BY s.started",
        (INSIDE, _AFTER),
    ).fetchall()
    for file, agent, cwd, started, path, state in rows:
        own = history(agent, os.fsdecode(path), state).ids
        candidates = connection.execute(
            "SELECT f.head_id, coalesce(f.container, f.path), b.state "
            "FROM sessions s JOIN files f ON f.id = s.file JOIN states b ON b.file = f.id "
            "WHERE s.agent = ? AND s.cwd = ? AND s.started <= ? AND s.last >= ? AND f.id != ? "
            "AND s.parent = '' AND s.duplicate_of IS NULL AND f.head_id != '' "
            "AND NOT (f.head_id >= ? AND f.head_id < ?) ORDER BY s.started DESC LIMIT ?",
            (agent, cwd, started, started, file, INSIDE, _AFTER, _CANDIDATES),
        ).fetchall()
        for head, other_path, other_state in candidates:
            if not own.isdisjoint(history(agent, os.fsdecode(other_path), other_state).ids):
                connection.execute(
                    "UPDATE files SET head_id=?, place=NULL WHERE id=?", (head, file)
                )
                heads.add(head)
                break
    return heads
