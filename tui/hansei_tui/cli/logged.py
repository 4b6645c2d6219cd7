"""What the index knows of logs, as commands print it: with paths that may be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hansei_sessions.index.values import Problem
from hansei_sessions.model import Friction, Session


def _shown(path: str) -> str:
    from hansei_sessions.friction import shown_path  # with all patterns of secrets

    return shown_path(path)


def shown_session(session: Session) -> Session:
    """Return a session whose path is redacted and clean."""
    return replace(session, path=_shown(session.path))


def shown_frictions(frictions: Iterable[Friction]) -> list[Friction]:
    """Return frictions whose evidence's paths are redacted and clean."""
    return [
        replace(each, evidence=replace(each.evidence, path=_shown(each.evidence.path)))
        for each in frictions
    ]


def shown_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems whose paths are redacted and clean."""
    return [replace(each, path=_shown(each.path)) for each in problems]
