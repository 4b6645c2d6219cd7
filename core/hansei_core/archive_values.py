"""What the archive holds, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What is kept of one session."""

    session_id: str
    agent: str
    project: str
    started_at: datetime | None
    last_at: datetime | None
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Numbers by name: prompts, tool_calls, active_seconds, …"""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The evidence of one friction; its text is cleaned and redacted before it comes here."""

    friction_id: str
    session_id: str
    project: str
    kind: str
    at: datetime | None
    text: str
    seconds_lost: float | None
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Member:
    """One friction's place in a theme."""

    friction_id: str
    theme_id: str
    session_id: str
    project: str
    day: date
    """Of the user's calendar when it was archived, not of UTC."""
    seconds_lost: float | None = None


@dataclass(frozen=True, slots=True)
class Prunable:
    """Texts that are older than they need be kept."""

    texts: int
    sessions: int
    bytes: int
    oldest: datetime | None = None
    newest: datetime | None = None
