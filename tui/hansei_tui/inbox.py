"""What the inbox needs of the workspace: limits, rules, and what is already known of a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hansei_core.deadlines import Limits
from hansei_core.vocabulary import Severity
from hansei_sessions.value import Value

if TYPE_CHECKING:
    from hansei_core.alerts import Thresholds
    from hansei_core.decisions import Decision
    from hansei_core.retro import ImprovementDraft
    from hansei_core.routing import Rules
    from hansei_core.settings import Settings
    from hansei_core.similar import Likeness, Twin
    from hansei_core.verbs.alerts import Raised
    from hansei_sessions.model import Friction, Session
    from hansei_tui.workspace import Workspace

THEME_LIKENESS = 70.0
"""A theme's name holds words of its own; a title need not be as near to it as to another title."""


def limits_of(settings: Settings) -> Limits:
    """Return how long things may take, as the settings say."""
    days = settings.severity
    return Limits(
        triage_hours=settings.triage.hours,
        workdays=settings.triage.workdays,
        fix_days={
            Severity.CRITICAL: days.critical,
            Severity.HIGH: days.high,
            Severity.MEDIUM: days.medium,
            Severity.LOW: days.low,
        },
    )


def rules_path(workspace: Workspace) -> Path:
    """Return where the user's rules stand: `rules.toml` beside `config.toml`."""
    return workspace.paths.config / "rules.toml"


def rules_text(workspace: Workspace) -> str:
    """Return the text of the rules; nothing where there is no file.

    Raises:
        ConfigError: It cannot be read, or is no UTF-8.
    """
    from hansei_tui.config_file import read_text

    return read_text(rules_path(workspace))


def rules_of(workspace: Workspace) -> Rules:
    """Return the user's rules; what cannot be read is a problem of them, never an error."""
    from hansei_core.errors import ConfigError
    from hansei_core.routing import NO_RULES, Problem, Rules, read_rules

    try:
        text = rules_text(workspace)
    except ConfigError as error:
        return Rules(problems=(Problem(0, error.message, error.hint),))
    return read_rules(text) if text.strip() else NO_RULES


def routed(workspace: Workspace, draft: ImprovementDraft, source: str) -> ImprovementDraft:
    """Return a captured draft with what the user's rules say about it."""
    if not rules_path(workspace).exists():
        return draft
    from hansei_core.routing import route

    return route(draft, rules_of(workspace).rules, source)


class Kin(Value, frozen=True):
    """What is already known of nearly the same."""

    twins: tuple[Twin, ...] = ()
    decisions: tuple[Decision, ...] = ()
    """What was decided about it, most alike first."""
    themes: tuple[Likeness, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.twins or self.decisions or self.themes)


def kin_of(workspace: Workspace, title: str, *, but: str = "") -> Kin:
    """Return the improvements, decisions and themes that resemble a title.

    Args:
        workspace: Opened.
        title: What is captured or triaged.
        but: The improvement whose title it is; it is no kin of itself.
    """
    return Kin(
        workspace.twins(title, but=but),
        decisions_like(workspace, title, but=but),
        themes_like(workspace, title),
    )


def decisions_like(workspace: Workspace, title: str, *, but: str = "") -> tuple[Decision, ...]:
    """Return the decisions about nearly the same, most alike first."""
    from hansei_core.tables import DECISIONS

    if not workspace.store.all(DECISIONS):
        return ()
    from hansei_core.similar import TextIndex  # rapidfuzz is not free
    from hansei_core.verbs.decisions import load_decisions

    known = {
        name: each
        for name, each in load_decisions(workspace.store).items()
        if but not in each.improvement_ids
    }
    index = TextIndex({name: each.title for name, each in known.items()})
    return tuple(known[found.id] for found in index.alike(title))


def themes_like(workspace: Workspace, title: str) -> tuple[Likeness, ...]:
    """Return the themes whose names resemble a title, most alike first."""
    names = workspace.theme_names()
    if not names:
        return ()
    from hansei_core.similar import TextIndex

    return TextIndex(names).alike(title, limit=2, threshold=THEME_LIKENESS)


def decision_words(decision: Decision, day: str) -> str:
    """Return an old decision on one line: what, when and why."""
    ids = ", ".join(decision.improvement_ids)
    about = f"{ids} " if ids else ""
    return f"{decision.id} {day}: {about}“{decision.title}” {decision.kind}: {decision.reason}"


def thresholds_of(workspace: Workspace) -> Thresholds:
    """Return the user's thresholds; what cannot be read is a problem of them, never an error."""
    from hansei_core.alerts import Thresholds, read_thresholds
    from hansei_core.errors import ConfigError

    try:
        text = rules_text(workspace)
    except ConfigError:  # the rules name it
        return Thresholds()
    return read_thresholds(text) if "threshold" in text else Thresholds()


def raise_alerts(workspace: Workspace) -> Raised | None:
    """Hold the last two weeks against the user's thresholds; None where there is none.

    For after a scan: what is breached becomes an improvement in the inbox, once.

    Raises:
        StorageError: The store cannot be written.
    """
    if not rules_path(workspace).exists():
        return None
    thresholds = thresholds_of(workspace).items
    if not thresholds:
        return None
    from hansei_core.alerts import LOOKED_AT, Facing, breaches
    from hansei_core.verbs import alerts
    from hansei_sessions.index import SessionQuery

    now = workspace.now()
    sessions = {
        each.id: each for each in workspace.index.sessions(SessionQuery(since=now - LOOKED_AT))
    }
    frictions = tuple(workspace.index.frictions(sessions))
    facing = Facing(now, sessions, frictions)
    if any(one.theme_id or one.each == "theme" for one in thresholds):
        facing = replace(facing, homes=_homes(workspace, sessions, frictions))
    if any(one.metric for one in thresholds):
        from hansei_tui.metrics_view import read_metrics

        view = read_metrics(workspace)
        facing = replace(facing, facts=view.facts, metrics=view.metrics)
    return alerts.raise_alerts(
        workspace.store,
        breaches(thresholds, facing),
        now=now,
        route=lambda draft: routed(workspace, draft, "alert"),
    )


def _homes(
    workspace: Workspace, sessions: Mapping[str, Session], frictions: Iterable[Friction]
) -> dict[str, str]:
    from hansei_core.themes.identity import members
    from hansei_core.themes.sources import document_of
    from hansei_core.verbs.theme_model import load_themes

    documents = [document_of(each, sessions[each.session_id]) for each in frictions]
    return dict(members(load_themes(workspace.store), documents))
