"""Questions to the index; each a function of a connection."""

from __future__ import annotations

import difflib
import os
import sqlite3
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Literal

from hansei_sessions.errors import NotFoundError, UsageError
from hansei_sessions.index.rows import (
    FRICTION_COLUMNS,
    SESSION_COLUMNS,
    friction_from,
    from_micros,
    session_from,
    storable,
    storable_name,
    to_micros,
)
from hansei_sessions.index.values import (
    AgentTotals,
    Problem,
    SessionQuery,
    SourceState,
    SourceStatus,
    Totals,
)
from hansei_sessions.model import Friction, FrictionKind, ParseCounts, Session

_SESSIONS = f"SELECT {SESSION_COLUMNS} FROM sessions s JOIN files f ON f.id = s.file "  # noqa: S608 - constant columns
_FRICTIONS = (
    f"SELECT {FRICTION_COLUMNS} FROM sessions s "  # noqa: S608 - constant columns
    "JOIN files f ON f.id = s.file JOIN frictions r ON r.file = s.file "
)
_SHOWN = 5


def sessions(connection: sqlite3.Connection, query: SessionQuery) -> list[Session]:
    """Return the sessions a query asks for, newest first."""
    where, values = _where(connection, query)
    limit = -1 if query.limit is None else max(query.limit, 0)
    rows = connection.execute(
        f"{_SESSIONS} WHERE {where} ORDER BY s.last DESC, s.id LIMIT ?", (*values, limit)
    )
    return [session_from(row) for row in rows]


def count_sessions(connection: sqlite3.Connection, query: SessionQuery) -> int:
    """Return how many sessions a query asks for, whatever its limit."""
    where, values = _where(connection, query)
    counted = f"SELECT count(*) FROM sessions s WHERE {where}"  # noqa: S608 - constant conditions
    return int(connection.execute(counted, values).fetchone()[0])


def most_used(connection: sqlite3.Connection, names: Literal["project", "branch"]) -> list[str]:
    """Return the names that sessions have there, the one with most sessions first."""
    rows = connection.execute(
        f"SELECT {names} FROM sessions WHERE duplicate_of IS NULL AND {names} != '' "  # noqa: S608 - one of two words
        f"GROUP BY {names} ORDER BY count(*) DESC, {names}"
    )
    return [str(row[0]) for row in rows]


def _where(connection: sqlite3.Connection, query: SessionQuery) -> tuple[str, list[object]]:
    conditions = ["s.duplicate_of IS NULL"]
    values: list[object] = []
    if query.agent is not None:
        conditions.append("s.agent = ?")
        values.append(storable_name(query.agent))
    if query.since is not None:
        conditions.append("s.last >= ?")
        values.append(to_micros(query.since))
    if query.until is not None:
        conditions.append("coalesce(s.own_started, s.started) < ?")
        values.append(to_micros(query.until))
    if query.branch is not None:
        conditions.append("s.branch = ?")
        values.append(storable_name(query.branch))
    if not query.include_headless:
        conditions.append("NOT s.headless")
    if not query.include_subagents:
        conditions.append("s.parent = ''")
    if query.project is not None:
        _project(query.project, conditions, values)
    if query.text:
        _text(connection, storable(query.text), conditions, values)
    return " AND ".join(conditions), values


_NAMES = (
    "s.title LIKE ? ESCAPE '\\' OR s.project LIKE ? ESCAPE '\\' OR s.cwd LIKE ? ESCAPE '\\' "
    "OR s.branch LIKE ? ESCAPE '\\' OR s.id LIKE ? ESCAPE '\\'"
)
_SAID = (
    "EXISTS (SELECT 1 FROM frictions r WHERE r.file = s.file AND NOT r.copied "
    "AND r.text LIKE ? ESCAPE '\\')"
)


def _text(
    connection: sqlite3.Connection, text: str, conditions: list[str], values: list[object]
) -> None:
    from hansei_sessions.index import searching  # it loads readers, and most lists search nothing

    like = _like(text)
    said, likes = _SAID, [like]
    if searching.has_table(connection):
        said, value = searching.condition(text, like, _SAID)
        likes = [value, like]
    conditions.append(f"({_NAMES} OR {said})")
    values.extend([*[like] * 5, *likes])


def _project(project: str, conditions: list[str], values: list[object]) -> None:
    if not Path(project).is_absolute():
        conditions.append("s.project = ? COLLATE NOCASE")
        values.append(storable_name(project))
        return
    folder = storable(project).rstrip(os.sep)
    conditions.append("(s.cwd = ? OR substr(s.cwd, 1, ?) = ?)")
    values.extend([folder or os.sep, len(folder) + 1, folder + os.sep])


def _like(text: str) -> str:
    escaped = storable(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def session(connection: sqlite3.Connection, name: str) -> Session:
    """Return the session with an id or with the only id that begins so.

    Raises:
        UsageError: Nothing was named.
        NotFoundError: No session, or several; the message names those that are meant or near.
    """
    if not name:
        raise UsageError("no session is named", "name one by its id or the start of it")
    name = storable_name(name)
    rows = connection.execute(
        f"{_SESSIONS} WHERE s.duplicate_of IS NULL AND s.id = ?", (name,)
    ).fetchall()
    if not rows:
        rows = connection.execute(
            f"{_SESSIONS} WHERE s.duplicate_of IS NULL AND substr(s.id, 1, ?) = ? "
            "ORDER BY s.last DESC, s.id",
            (len(name), name),
        ).fetchall()
    if len(rows) == 1:
        return session_from(rows[0])
    if rows:
        ids = [str(row[0]) for row in rows]
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        raise NotFoundError(
            f"“{name}” is the start of {len(ids)} sessions: {', '.join(ids[:_SHOWN])}{more}",
            "give more of the id",
        )
    near = _near(connection, name)
    hint = f"near ones: {', '.join(near)}" if near else "`hansei sessions` lists them"
    raise NotFoundError(f"there is no session “{name}”", hint)


def _near(connection: sqlite3.Connection, name: str) -> list[str]:
    ids = [
        str(row[0])
        for row in connection.execute(
            "SELECT id FROM sessions WHERE duplicate_of IS NULL ORDER BY last DESC LIMIT 2000"
        )
    ]
    heads = {one[: len(name)]: one for one in reversed(ids)}
    return [heads[one] for one in difflib.get_close_matches(name, list(heads), 3, 0.7)]


def frictions(
    connection: sqlite3.Connection,
    session_ids: Collection[str] | None,
    since: datetime | None,
    kinds: Collection[FrictionKind] | None = None,
) -> list[Friction]:
    """Return frictions, session by session from the oldest, in the order of the log.

    Args:
        connection: To read from.
        session_ids: Of these sessions only; None: of all.
        since: Those at this time or later; one without a time counts as its session's newest.
        kinds: Of these kinds only; None: of all.
    """
    condition = "WHERE s.duplicate_of IS NULL AND NOT r.copied "
    order = "ORDER BY s.started, s.id, r.file, r.seq"
    values: list[object] = []
    if since is not None:
        condition += "AND COALESCE(r.at, s.last) >= ? "
        values.append(to_micros(since))
    if kinds is not None:
        condition += f"AND r.kind IN ({','.join('?' * len(kinds))}) "
        values += sorted(one.value for one in kinds)
    if session_ids is None:
        rows = connection.execute(_FRICTIONS + condition + order, values)
        return [friction_from(row) for row in rows]
    wanted = sorted(set(session_ids))
    found: list[tuple[tuple[object, ...], Friction]] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ",".join("?" * len(part))
        rows = connection.execute(
            f"SELECT s.started, s.id, r.file, r.seq, {FRICTION_COLUMNS} FROM sessions s "  # noqa: S608 - question marks only
            "JOIN files f ON f.id = s.file JOIN frictions r ON r.file = s.file "
            f"{condition} AND s.id IN ({marks})",
            (*values, *part),
        )
        found += [((row[0] is not None, *row[:4]), friction_from(row[4:])) for row in rows]
    found.sort(key=lambda one: (one[0][0], one[0][1] or 0, *one[0][2:]))
    return [one for _, one in found]


def problems(connection: sqlite3.Connection) -> tuple[Problem, ...]:
    """Return what kept logs from being read: at the last scan, and inside the logs."""
    found = [
        Problem(os.fsdecode(path), line, reason)
        for path, line, reason in connection.execute("SELECT path, line, reason FROM problems")
    ]
    for path, parsed, malformed in connection.execute(
        "SELECT path, parsed + skipped, malformed FROM files WHERE malformed > 0"
    ):
        lines = "1 malformed part" if malformed == 1 else f"{malformed} malformed parts"
        reason = f"{lines}, the rest was read" if parsed else "not understood: it holds no record"
        found.append(Problem(os.fsdecode(path), None, reason))
    for path, winner in connection.execute(
        "SELECT f.path, w.path FROM sessions s JOIN files f ON f.id = s.file "
        "JOIN files w ON w.id = s.duplicate_of WHERE NOT f.gone"
    ):
        reason = f"tells the same session as {os.fsdecode(winner)}, which is fuller"
        found.append(Problem(os.fsdecode(path), None, reason))
    return tuple(sorted(found, key=lambda one: (one.path, one.line or 0, one.reason)))


def totals(connection: sqlite3.Connection) -> Totals:
    """Return sums over the whole index."""
    counts = {
        agent: (ParseCounts(*sums), files)
        for agent, files, *sums in connection.execute(
            "SELECT agent, count(*) - count(container), sum(parsed), sum(skipped), sum(malformed), "
            "sum(pending) FROM files WHERE excluded_by IS NULL GROUP BY agent"
        )
    }
    troubles = dict(
        connection.execute(
            "SELECT s.agent, count(*) FROM frictions r JOIN sessions s ON s.file = r.file "
            "WHERE NOT r.copied AND s.duplicate_of IS NULL GROUP BY s.agent"
        )
    )
    runs = {
        agent: (count, prompts, calls)
        for agent, count, prompts, calls in connection.execute(
            "SELECT agent, count(*), sum(prompts - copied_prompts), sum(tool_calls - copied_calls)"
            " FROM sessions WHERE duplicate_of IS NULL GROUP BY agent"
        )
    }
    agents = tuple(
        AgentTotals(
            agent,
            *runs.get(agent, (0, 0, 0)),
            troubles.get(agent, 0),
            counts[agent][0] if agent in counts else ParseCounts(),
        )
        for agent in sorted({*counts, *runs})  # a recorder's sessions are those of other agents
    )
    every = [one for one, _ in counts.values()]
    duplicates = connection.execute(
        "SELECT count(*) FROM sessions WHERE duplicate_of IS NOT NULL"
    ).fetchone()[0]
    return Totals(
        sessions=sum(one.sessions for one in agents),
        frictions=sum(one.frictions for one in agents),
        files=sum(files for _, files in counts.values()),
        duplicates=duplicates,
        counts=ParseCounts(
            sum(one.parsed for one in every),
            sum(one.skipped for one in every),
            sum(one.malformed for one in every),
            sum(one.pending for one in every),
        ),
        agents=agents,
        unknown_types=tuple(
            connection.execute(
                "SELECT type, sum(count) AS n FROM unknown_types GROUP BY type "
                "ORDER BY n DESC, type"
            )
        ),
    )


def sources(connection: sqlite3.Connection) -> tuple[SourceStatus, ...]:
    """Return the sources of the last scan and what came of each."""
    return tuple(
        SourceStatus(
            agent=agent,
            root=os.fsdecode(root),
            state=SourceState(state),
            files=files,
            gone=gone or 0,
            sessions=count,
            last_session=from_micros(last),
            counts=ParseCounts(*(one or 0 for one in sums)),
            duplicates=duplicates,
        )
        for root, agent, state, files, gone, count, duplicates, last, *sums in connection.execute(
            "SELECT o.path, o.agent, o.state, count(f.id) - count(f.container), "
            "sum(f.gone AND f.container IS NULL), "
            "count(s.file) - count(s.duplicate_of), count(s.duplicate_of), max(s.last), "
            "sum(f.parsed), sum(f.skipped), sum(f.malformed), sum(f.pending) "
            "FROM roots o LEFT JOIN files f ON f.root = o.path AND f.agent = o.agent "
            "LEFT JOIN sessions s ON s.file = f.id GROUP BY o.path, o.agent "
            "ORDER BY o.agent, o.path"
        )
    )


def lost_before(
    connection: sqlite3.Connection, before: datetime
) -> list[tuple[int, str, str, int]]:
    """Return (file, session, head id, frictions) of sessions whose log is gone and that are old.

    Args:
        connection: To read from.
        before: Their newest record is older than this; one without a time is not old.
    """
    return connection.execute(
        "SELECT f.id, s.id, f.head_id, "
        "(SELECT count(*) FROM frictions r WHERE r.file = f.id AND NOT r.copied) "
        "FROM sessions s JOIN files f ON f.id = s.file WHERE f.gone AND s.last < ?",
        (to_micros(before),),
    ).fetchall()


def files_of(
    connection: sqlite3.Connection, *, project: str | None, session: str | None
) -> list[tuple[int, bytes, str]]:
    """Return (id, path, head id) of the logs of a project or of a session, duplicates included."""
    conditions: list[str] = []
    values: list[object] = []
    if project is not None:
        _project(project, conditions, values)
    if session is not None:
        conditions.append("(s.id = ? OR s.parent = ?)")
        values.extend([session, session])
    if not conditions:
        return []
    return connection.execute(
        "SELECT f.id, f.path, f.head_id FROM sessions s JOIN files f ON f.id = s.file "  # noqa: S608 - constant conditions
        f"WHERE {' AND '.join(conditions)}",
        values,
    ).fetchall()
