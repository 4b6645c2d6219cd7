"""What a user can set in `config.toml`: one typed schema, with every default and its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

Value: TypeAlias = bool | int | float | str | tuple[str, ...] | dict[str, str]
FREE: Final = MappingProxyType(
    {"keys": 'a key such as "ctrl+s"', "views": 'a filter in quotes such as "is:ready"'}
)
"""Tables whose names are the user's own, with what their values must be."""


def _setting(
    default: Any,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Any:
    metadata = {"doc": doc, "low": low, "high": high}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class SourcesSettings:
    """Where logs are looked for, and what is never opened."""

    claude_code: tuple[str, ...] = _setting((), "more folders with Claude Code logs")
    codex: tuple[str, ...] = _setting((), "more folders with Codex logs")
    gemini_cli: tuple[str, ...] = _setting((), "more folders with Gemini CLI logs")
    opencode: tuple[str, ...] = _setting((), "more folders with OpenCode logs")
    aider: tuple[str, ...] = _setting((), "more folders with projects that hold Aider logs")
    copilot_cli: tuple[str, ...] = _setting((), "more folders with GitHub Copilot CLI logs")
    copilot_chat: tuple[str, ...] = _setting((), "more folders with GitHub Copilot Chat logs")
    qwen_code: tuple[str, ...] = _setting((), "more folders with Qwen Code logs")
    goose: tuple[str, ...] = _setting((), "more folders with Goose logs")
    cline: tuple[str, ...] = _setting((), "more folders with Cline logs")
    roo_code: tuple[str, ...] = _setting((), "more folders with Roo Code logs")
    kilo_code: tuple[str, ...] = _setting((), "more folders with Kilo Code logs")
    crush: tuple[str, ...] = _setting((), "more folders with Crush logs")
    continue_dev: tuple[str, ...] = _setting((), "more folders with Continue logs")
    amp: tuple[str, ...] = _setting((), "more folders with Amp logs")
    openhands: tuple[str, ...] = _setting((), "more folders with OpenHands logs")
    kimi_code: tuple[str, ...] = _setting((), "more folders with Kimi Code logs")
    kiro: tuple[str, ...] = _setting((), "more folders with Kiro logs")
    droid: tuple[str, ...] = _setting((), "more folders with Droid logs")
    cursor: tuple[str, ...] = _setting((), "more folders with Cursor logs")
    pi: tuple[str, ...] = _setting((), "more folders with Pi logs")
    swe_agent: tuple[str, ...] = _setting((), "more folders with SWE-agent logs")
    specstory: tuple[str, ...] = _setting((), "more folders with projects that hold SpecStory logs")
    exclude_projects: tuple[str, ...] = _setting((), "projects that are never read, by name")
    exclude_paths: tuple[str, ...] = _setting((), "folders that are never read, with their subtree")


@dataclass(frozen=True, slots=True)
class FreshnessSettings:
    """When a source that used to bring sessions counts as stale."""

    days: int = _setting(14, "a source without a session for this long is stale", low=1, high=3650)
    agents: tuple[str, ...] = _setting((), "other days by agent, such as claude-code=3")


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long texts out of logs are kept where their logs are gone; numbers are kept for ever."""

    text_days: int = _setting(
        90,
        "older texts are what `hansei prune` removes; nothing is removed by itself",
        low=1,
        high=36500,
    )


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """What metrics need to know."""

    prices: tuple[str, ...] = _setting(
        (), "US dollars for a million tokens: MODEL=INPUT/OUTPUT[/CACHE READ/CACHE WRITE]"
    )


@dataclass(frozen=True, slots=True)
class RetroSettings:
    """When a session is worth a retro."""

    idle_minutes: int = _setting(
        10, "a session without growth for this long has ended", low=1, high=1440
    )
    within_days: int = _setting(7, "older sessions are not asked about", low=1, high=90)
    min_prompts: int = _setting(2, "smaller sessions are not asked about", low=0, high=100)
    min_minutes: float = _setting(1.0, "shorter sessions are not asked about", low=0, high=600)
    mood: bool = _setting(False, "ask for a mood from 1 to 5")


@dataclass(frozen=True, slots=True)
class TriageSettings:
    """How long the inbox may wait, and how it is worked through."""

    hours: float = _setting(
        48.0, "hours from the inbox to the backlog, then it is late", low=1, high=2000
    )
    workdays: bool = _setting(False, "Saturdays and Sundays do not count")
    minutes: int = _setting(45, "minutes that a triage should take at most", low=5, high=480)
    reasons: tuple[str, ...] = _setting(
        (
            "not worth the time",
            "outside of what I can change",
            "already solved",
            "happened once, will not come back",
            "too vague to act on",
            "the cure is worse than the trouble",
        ),
        "reasons to decline, one digit each",
    )


@dataclass(frozen=True, slots=True)
class SeveritySettings:
    """Days from capture until an improvement of a severity should be done."""

    critical: int = _setting(2, "days for a critical one", low=0, high=3650)
    high: int = _setting(14, "days for a high one", low=0, high=3650)
    medium: int = _setting(60, "days for a medium one", low=0, high=3650)
    low: int = _setting(180, "days for a low one", low=0, high=3650)


@dataclass(frozen=True, slots=True)
class ThemeSettings:
    """When something recurs, and how finely themes are cut."""

    granularity: float = _setting(
        1.0,
        "above 1 is finer, below 1 coarser; for new themes, until `hansei themes dial` is turned",
        low=0.5,
        high=2.0,
    )
    min_sessions: int = _setting(3, "a theme recurs in this many sessions", low=2, high=100)
    min_weeks: int = _setting(2, "or in this many ISO weeks", low=2, high=52)
    min_projects: int = _setting(2, "or in this many projects", low=2, high=100)
    rule_after: int = _setting(
        5, "from so many sessions on a rule for the agents is offered", low=2, high=1000
    )


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """Where the bins of the matrix end."""

    low_to: int = _setting(4, "the low bin is 1 to this", low=1, high=8)
    medium_to: int = _setting(7, "the medium bin ends here, then it is high", low=2, high=9)


@dataclass(frozen=True, slots=True)
class BacklogSettings:
    """How much is worked on at once."""

    wip: int = _setting(
        3, "at most so many in implementation and validation at once; 0: no limit", low=0, high=99
    )


@dataclass(frozen=True, slots=True)
class WeekSettings:
    """The weekly budget and how it is filled."""

    hours: float = _setting(40.0, "working hours of an ordinary week", low=1, high=168)
    share: float = _setting(20.0, "percent of them for improvements", low=0, high=100)
    items: int = _setting(5, "at most this many improvements in a plan", low=1, high=10)
    value: Literal["priority", "impact"] = _setting("priority", "what a plan maximises")
    fill: float = _setting(100.0, "percent of the budget that a proposal fills", low=10, high=100)
    ritual_inside: bool = _setting(False, "count the ritual's 40 minutes inside the budget")
    buckets: tuple[str, ...] = _setting(
        (), 'kinds of work with the share wanted for each: ["debt 20 cat:debt", "docs 10 +docs"]'
    )
    token_budget: int = _setting(
        0, "tokens a week for sessions on improvements; 0: none", low=0, high=10**12
    )
    cost_budget_usd: float = _setting(
        0.0, "US dollars a week for them; 0: none", low=0, high=1_000_000
    )
    block_days: str = _setting("mon-fri", "days that hold calendar blocks")
    block_start: str = _setting("09:00", "when the first calendar block of a day begins")


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """How the terminal interface looks."""

    theme: str = _setting("hansei-dark", "colour theme; the palette lists them")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set, with its default."""

    sources: SourcesSettings = field(default_factory=SourcesSettings)
    freshness: FreshnessSettings = field(default_factory=FreshnessSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    retro: RetroSettings = field(default_factory=RetroSettings)
    triage: TriageSettings = field(default_factory=TriageSettings)
    severity: SeveritySettings = field(default_factory=SeveritySettings)
    themes: ThemeSettings = field(default_factory=ThemeSettings)
    scores: ScoreSettings = field(default_factory=ScoreSettings)
    backlog: BacklogSettings = field(default_factory=BacklogSettings)
    week: WeekSettings = field(default_factory=WeekSettings)
    screen: ScreenSettings = field(default_factory=ScreenSettings)
    keys: dict[str, str] = field(default_factory=dict)
    """Action id → key, as the user remapped it; the ids are checked by the terminal interface."""
    views: dict[str, str] = field(default_factory=dict)
    """Name → saved view of the backlog; `hansei_core.views` reads and checks them."""
