"""What the archive keeps of a scan: facts of sessions, evidence, membership, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from hansei_core.archive import Archive, Excerpt, Member, SessionFacts
from hansei_core.themes.model import Document
from hansei_core.themes.sources import document_of
from hansei_sessions.friction import shown_path
from hansei_sessions.model import Evidence, Friction, FrictionKind, Session, Tokens

_TOKENS: Final = ("input", "output", "cache_read", "cache_write")


def keep_facts(
    archive: Archive,
    sessions: Iterable[Session],
    frictions: Iterable[Friction],
    homes: Mapping[str, str],
    zone: tzinfo | None = None,
) -> None:
    """Add to the archive what must outlive the logs; what is there already stays as it is.

    Args:
        archive: Open.
        sessions: As the index knows them.
        frictions: Cleaned and redacted by their readers.
        homes: Theme id by friction id, for those that belong to a theme.
        zone: The user's, whose days are counted; None counts those of the times as they are.
    """
    known = {session.id: session for session in sessions}
    events = [each for each in frictions if each.session_id in known]
    archive.add_sessions(facts_of(session) for session in known.values())
    kept, at_home = archive.excerpt_ids(), archive.member_ids()
    archive.add_excerpts(
        excerpt_of(each, known[each.session_id]) for each in events if each.id not in kept
    )
    archive.add_members(
        Member(
            friction_id=each.id,
            theme_id=homes[each.id],
            session_id=each.session_id,
            project=known[each.session_id].project,
            day=(each.at.astimezone(zone) if zone else each.at).date(),
            seconds_lost=each.seconds_lost,
        )
        for each in events
        if each.id in homes and each.id not in at_home and each.at is not None
    )


def facts_of(session: Session) -> SessionFacts:
    """Return the numbers of a session that a measurement may need when its log is gone."""
    flags = {"headless": session.headless, "subagent": bool(session.parent_id)}
    optional = {name: 1.0 for name, is_so in flags.items() if is_so}
    if session.cost_usd is not None:
        optional["cost_usd"] = session.cost_usd
    return SessionFacts(
        session_id=session.id,
        agent=session.agent,
        project=session.project,
        started_at=session.started_at,
        last_at=session.last_at,
        metrics={
            "prompts": session.prompts,
            "tool_calls": session.tool_calls,
            "active_seconds": round(session.active_seconds, 1),
            "tokens_input": session.tokens.input,
            "tokens_output": session.tokens.output,
            "tokens_cache_read": session.tokens.cache_read,
            "tokens_cache_write": session.tokens.cache_write,
            **optional,
        },
    )


def excerpt_of(friction: Friction, session: Session) -> Excerpt:
    """Return a friction's evidence as it is archived."""
    return Excerpt(
        friction_id=friction.id,
        session_id=friction.session_id,
        project=session.project,
        kind=friction.kind.value,
        at=friction.at,
        text=friction.text,
        seconds_lost=friction.seconds_lost,
        path=shown_path(friction.evidence.path),
        line=friction.evidence.line,
    )


@dataclass(frozen=True, slots=True)
class Archived:
    """What only the archive remembers."""

    sessions: tuple[Session, ...] = ()
    documents: tuple[Document, ...] = ()
    frictions: tuple[Friction, ...] = ()
    """Without rule, tool and subject, which are not archived."""
    homes: Mapping[str, str] = field(default_factory=dict)
    """Theme id by friction id, as it was when the friction was archived; what the user moved since
    is pinned in the themes' state."""


def archived(
    archive: Archive, known_sessions: Iterable[str], zone: tzinfo | None = None
) -> Archived:
    """Return the sessions that the index does not have (any more), with their documents.

    Args:
        archive: Open.
        known_sessions: Ids of the sessions that the index has; they are left out.
        zone: The user's, for the documents' times; None leaves them as they are.
    """
    lost_ids = archive.session_ids().difference(known_sessions)
    if not lost_ids:
        return Archived()
    lost = {
        one.session_id: _session_of(one) for one in archive.sessions() if one.session_id in lost_ids
    }
    frictions = tuple(
        _friction_of(excerpt) for excerpt in archive.excerpts() if excerpt.session_id in lost
    )
    return Archived(
        sessions=tuple(lost.values()),
        documents=tuple(document_of(each, lost[each.session_id], zone) for each in frictions),
        frictions=frictions,
        homes={
            member.friction_id: member.theme_id
            for member in archive.members()
            if member.session_id in lost
        },
    )


def _session_of(facts: SessionFacts) -> Session:
    metrics = facts.metrics
    return Session(
        id=facts.session_id,
        agent=facts.agent,
        path="",
        project=facts.project,
        cwd="",
        started_at=facts.started_at,
        last_at=facts.last_at,
        active_seconds=metrics.get("active_seconds", 0.0),
        prompts=int(metrics.get("prompts", 0)),
        tool_calls=int(metrics.get("tool_calls", 0)),
        tokens=Tokens(*(int(metrics.get(f"tokens_{name}", 0)) for name in _TOKENS)),
        cost_usd=metrics.get("cost_usd"),
        headless=bool(metrics.get("headless")),
        parent_id="archived" if metrics.get("subagent") else "",
    )


def _friction_of(excerpt: Excerpt) -> Friction:
    return Friction(
        id=excerpt.friction_id,
        session_id=excerpt.session_id,
        kind=FrictionKind(excerpt.kind),
        rule="",
        at=excerpt.at,
        text=excerpt.text,
        evidence=Evidence(excerpt.path, excerpt.line),
        seconds_lost=excerpt.seconds_lost,
    )
