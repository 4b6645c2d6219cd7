"""Logs that tell the same thing: one session in two files, one history copied into several logs.

A session that stands in two logs counts from the fuller one. Logs that begin with the same record
share a history: prompts, tool calls and frictions that an earlier log of the family holds are not
counted again in a later one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from hansei_sessions.index.reading import History
from hansei_sessions.index.rows import to_micros
from hansei_sessions.model import Mark, Spent, Tokens

Histories = Callable[[str, str, bytes], History]
"""(agent, path, reader state) → the session's history."""

_PROMPT = "prompt:"


@dataclass(frozen=True, slots=True)
class _Member:
    file: int
    place: int | None
    path: str
    session: str
    state: bytes
    spent: Spent
    """All that its log tells, copied or not."""
    copies: _Copies


_Copies = tuple[str, int, int, float, int, int, int, int, float, int | None]
"""copy_of, copied_prompts, copied_calls, copied_active, …, own_started: as in the table."""


def mark_duplicates(connection: sqlite3.Connection) -> set[str]:
    """Let the fullest log of each session stand for it, an original before a copy.

    Returns:
        The head ids of logs that became a duplicate or ceased to be one.
    """
    wanted: dict[int, int] = {}
    rows = connection.execute(
        "SELECT s.agent, s.id, s.file FROM sessions s JOIN files f ON f.id = s.file WHERE s.id IN "
        "(SELECT id FROM sessions GROUP BY id, agent HAVING count(*) > 1) "
        "ORDER BY s.agent, s.id, f.rank, f.parsed + f.skipped DESC, f.gone, f.mtime_ns DESC, f.path"
    )
    first: tuple[str, str, int] | None = None
    for agent, session, file in rows:
        if first is not None and first[:2] == (agent, session):
            wanted[file] = first[2]
        else:
            first = (agent, session, file)
    present = dict(
        connection.execute("SELECT file, duplicate_of FROM sessions WHERE duplicate_of NOT NULL")
    )
    changed = [file for file in wanted.keys() | present if wanted.get(file) != present.get(file)]
    heads: set[str] = set()
    for file in changed:
        connection.execute(
            "UPDATE sessions SET duplicate_of=? WHERE file=?", (wanted.get(file), file)
        )
        heads.update(
            head for (head,) in connection.execute("SELECT head_id FROM files WHERE id=?", (file,))
        )
    return heads - {""}


def count_copies_once(
    connection: sqlite3.Connection,
    heads: Collection[str],
    history: Histories,
    *,
    complete: bool = True,
) -> None:
    """Mark in each family what an earlier log of it already holds.

    Args:
        connection: Inside a transaction.
        heads: Head ids of the families to look at.
        history: Reads the history's ids out of a saved reader state.
        complete: Every log was read. A log that has no family then keeps the first place in one
            that a later scan may find, so that a session's numbers do not change when it is forked.
            Else no place is given: the original may be among the logs that were not read.
    """
    shared = {
        head
        for (head,) in connection.execute(
            "SELECT head_id FROM files WHERE head_id != '' GROUP BY head_id HAVING count(*) > 1"
        )
    }
    marked = {
        head
        for (head,) in connection.execute(
            "SELECT f.head_id FROM sessions s JOIN files f ON f.id = s.file WHERE s.copy_of != ''"
        )
    }
    unplaced = {
        head
        for (head,) in connection.execute(
            "SELECT DISTINCT head_id FROM files WHERE place IS NULL AND head_id != ''"
        )
    }
    for head in sorted((unplaced | set(heads)) & (shared | marked)):
        _resolve(connection, head, history, complete=complete)
    if complete:
        connection.execute("UPDATE files SET place=0 WHERE place IS NULL AND head_id != ''")


def forget_copies(connection: sqlite3.Connection, heads: Collection[str]) -> None:
    """Have families that lost a log counted anew by the next scan, which can read histories.

    Until then the events of a history that the lost log held count in none of the others.
    """
    for head in sorted(heads):
        connection.execute("UPDATE files SET version=-1 WHERE head_id=?", (head,))


def _resolve(
    connection: sqlite3.Connection, head: str, history: Histories, *, complete: bool
) -> None:
    # The original stands first: it names no parent, had the place before, begun first, and
    # stopped first, for a copy goes on where the original stopped.
    families: dict[str, list[_Member]] = {}
    for agent, path, file, place, session, state, *rest in connection.execute(
        "SELECT s.agent, coalesce(f.container, f.path), s.file, f.place, s.id, b.state, "
        "s.active, s.tokens_input, s.tokens_output, s.tokens_cache_read, s.tokens_cache_write, "
        "s.cost, s.copy_of, s.copied_prompts, s.copied_calls, s.copied_active, s.copied_input, "
        "s.copied_output, s.copied_cache_read, s.copied_cache_write, s.copied_cost, s.own_started "
        "FROM files f JOIN sessions s ON s.file = f.id LEFT JOIN states b ON b.file = f.id "
        "WHERE f.head_id = ? AND s.duplicate_of IS NULL "
        "ORDER BY s.forked_from != '' OR s.parent != '', f.place IS NULL, f.place, s.started, "
        "s.last, s.id",
        (head,),
    ):
        spent = Spent(rest[0], Tokens(*rest[1:5]), rest[5] or 0.0)
        member = _Member(
            file, place, os.fsdecode(path), session, state or b"", spent, tuple(rest[6:])
        )
        families.setdefault(agent, []).append(member)
    for agent, family in families.items():
        places = _count_once(connection, agent, family, history)
        if complete:
            connection.executemany("UPDATE files SET place=? WHERE id=?", places)


def _count_once(
    connection: sqlite3.Connection, agent: str, family: list[_Member], history: Histories
) -> list[tuple[int, int]]:
    """Mark in one family what is a copy; return the places that are new, with their files."""
    seen: set[str] = set()
    places: list[tuple[int, int]] = []
    first = History()
    for place, member in enumerate(family):
        told = history(agent, member.path, member.state) if len(family) > 1 else History()
        first = told if place == 0 else first
        shared = told.ids & seen
        prompts = sum(1 for one in shared if one.startswith(_PROMPT))
        copied, natives = _mark_frictions(connection, member.file, seen)
        spent, begun = Spent(), None
        if shared:
            whole = first.ids <= told.ids
            spent, begun = _copied(told, shared, member.spent, family[0].spent if whole else None)
        tokens = spent.tokens
        copies = (
            family[0].session if shared or copied else "",
            prompts,
            len(shared) - prompts,
            spent.active_seconds,
            tokens.input,
            tokens.output,
            tokens.cache_read,
            tokens.cache_write,
            spent.cost_usd,
            begun,
        )
        if copies != member.copies:
            connection.execute(
                "UPDATE sessions SET copy_of=?, copied_prompts=?, copied_calls=?, copied_active=?, "
                "copied_input=?, copied_output=?, copied_cache_read=?, copied_cache_write=?, "
                "copied_cost=?, own_started=? WHERE file=?",
                (*copies, member.file),
            )
        if place != member.place:
            places.append((place, member.file))
        seen |= told.ids
        seen |= natives
    return places


def _copied(
    told: History, shared: frozenset[str], own: Spent, original: Spent | None
) -> tuple[Spent, int | None]:
    """Return what of a session's time and tokens its copied history took, and when it went on.

    The history ends at the first prompt that no earlier log has. Without one, all is copied where
    every call is; else the history is the original's where the copy holds the whole of it, or
    what stood before the newest prompt.

    Args:
        told: The history of the log that holds a copy.
        shared: What of it earlier logs have.
        own: All that the log tells.
        original: All that the family's first log tells, where the copy holds the whole of it.
    """
    last: Mark | None = None
    for mark in told.marks:
        last = mark
        if f"{_PROMPT}{mark.prompt}" not in shared:
            begun = None if mark.at is None else to_micros(datetime.fromtimestamp(mark.at, UTC))
            return mark.spent, begun
    if shared >= told.ids:
        return own, None
    if original is not None:
        return _least(own, original), None
    return (last.spent if last is not None else Spent()), None


def _least(one: Spent, other: Spent) -> Spent:
    pairs = zip(_counts(one.tokens), _counts(other.tokens), strict=True)
    return Spent(
        min(one.active_seconds, other.active_seconds),
        Tokens(*(min(pair) for pair in pairs)),
        min(one.cost_usd, other.cost_usd),
    )


def _counts(tokens: Tokens) -> tuple[int, ...]:
    return tokens.input, tokens.output, tokens.cache_read, tokens.cache_write


def _mark_frictions(
    connection: sqlite3.Connection, file: int, seen: set[str]
) -> tuple[int, set[str]]:
    """Mark the frictions whose event an earlier log holds.

    Returns:
        How many are marked now, and the events of all of this log's frictions.
    """
    events: set[str] = set()
    changes: list[tuple[int, int, int]] = []
    marked = 0
    rows = connection.execute(
        "SELECT seq, kind, native_id, copied, at, text FROM frictions WHERE file=?", (file,)
    )
    for seq, kind, native, copied, at, text in rows:
        # Where the agent gives an event no id, its time and text are the copy's too.
        event = f"{kind}:{native}" if native else f"{kind}@{at}:{text}"
        same = (event, f"tool:{native}", f"prompt:{native}") if native else (event,)
        known = not seen.isdisjoint(same)
        marked += known
        if bool(copied) is not known:
            changes.append((int(known), file, seq))
        events.add(event)
    if changes:
        connection.executemany("UPDATE frictions SET copied=? WHERE file=? AND seq=?", changes)
        connection.execute("UPDATE sessions SET searchable=2 WHERE file=? AND searchable", (file,))
    return marked, events
