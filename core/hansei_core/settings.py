"""What a user can set in `config.toml`: one typed schema, with every default and its words."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import field

from hansei_sessions.value import Value as Struct

Texts: TypeAlias = tuple[str, ...]
Value: TypeAlias = bool | int | float | str | Texts | dict[str, str]
FREE: Final = MappingProxyType(
    {"keys": 'a key such as "ctrl+s"', "views": 'a filter in quotes such as "is:ready"'}
)
"""Tables whose names are the user's own, with what their values must be."""


class Told(Struct, frozen=True):
    """What a setting says of itself: its meaning, and the numbers that it may be."""

    doc: str
    low: float | None = None
    high: float | None = None


class SourcesSettings(Struct, frozen=True):
    """Where logs are looked for, and what is never opened."""

    claude_code: Annotated[Texts, Told("more folders with Claude Code logs")] = ()
    codex: Annotated[Texts, Told("more folders with Codex logs")] = ()
    gemini_cli: Annotated[Texts, Told("more folders with Gemini CLI logs")] = ()
    opencode: Annotated[Texts, Told("more folders with OpenCode logs")] = ()
    aider: Annotated[Texts, Told("more folders with projects that hold Aider logs")] = ()
    copilot_cli: Annotated[Texts, Told("more folders with GitHub Copilot CLI logs")] = ()
    copilot_chat: Annotated[Texts, Told("more folders with GitHub Copilot Chat logs")] = ()
    qwen_code: Annotated[Texts, Told("more folders with Qwen Code logs")] = ()
    goose: Annotated[Texts, Told("more folders with Goose logs")] = ()
    cline: Annotated[Texts, Told("more folders with Cline logs")] = ()
    roo_code: Annotated[Texts, Told("more folders with Roo Code logs")] = ()
    kilo_code: Annotated[Texts, Told("more folders with Kilo Code logs")] = ()
    crush: Annotated[Texts, Told("more folders with Crush logs")] = ()
    continue_dev: Annotated[Texts, Told("more folders with Continue logs")] = ()
    amp: Annotated[Texts, Told("more folders with Amp logs")] = ()
    openhands: Annotated[Texts, Told("more folders with OpenHands logs")] = ()
    kimi_code: Annotated[Texts, Told("more folders with Kimi Code logs")] = ()
    kiro: Annotated[Texts, Told("more folders with Kiro logs")] = ()
    droid: Annotated[Texts, Told("more folders with Droid logs")] = ()
    cursor: Annotated[Texts, Told("more folders with Cursor logs")] = ()
    pi: Annotated[Texts, Told("more folders with Pi logs")] = ()
    swe_agent: Annotated[Texts, Told("more folders with SWE-agent logs")] = ()
    specstory: Annotated[Texts, Told("more folders with projects that hold SpecStory logs")] = ()
    exclude_projects: Annotated[Texts, Told("projects that are never read, by name")] = ()
    exclude_paths: Annotated[Texts, Told("folders that are never read, with their subtree")] = ()


class FreshnessSettings(Struct, frozen=True):
    """When a source that used to bring sessions counts as stale."""

    days: Annotated[
        int, Told("a source without a session for this long is stale", low=1, high=3650)
    ] = 14
    agents: Annotated[Texts, Told("other days by agent, such as claude-code=3")] = ()


class RetentionSettings(Struct, frozen=True):
    """How long texts out of logs are kept where their logs are gone; numbers are kept for ever."""

    text_days: Annotated[
        int,
        Told(
            "older texts are what `hansei prune` removes; nothing is removed by itself",
            low=1,
            high=36500,
        ),
    ] = 90


class MetricsSettings(Struct, frozen=True):
    """What metrics need to know."""

    prices: Annotated[
        Texts,
        Told("US dollars for a million tokens: MODEL=INPUT/OUTPUT[/CACHE READ/CACHE WRITE]"),
    ] = ()


class RetroSettings(Struct, frozen=True):
    """When a session is worth a retro."""

    idle_minutes: Annotated[
        int, Told("a session without growth for this long has ended", low=1, high=1440)
    ] = 10
    within_days: Annotated[int, Told("older sessions are not asked about", low=1, high=90)] = 7
    min_prompts: Annotated[int, Told("smaller sessions are not asked about", low=0, high=100)] = 2
    min_minutes: Annotated[float, Told("shorter sessions are not asked about", low=0, high=600)] = (
        1.0
    )
    mood: Annotated[bool, Told("ask for a mood from 1 to 5")] = False


class TriageSettings(Struct, frozen=True):
    """How long the inbox may wait, and how it is worked through."""

    hours: Annotated[
        float, Told("hours from the inbox to the backlog, then it is late", low=1, high=2000)
    ] = 48.0
    workdays: Annotated[bool, Told("Saturdays and Sundays do not count")] = False
    minutes: Annotated[int, Told("minutes that a triage should take at most", low=5, high=480)] = 45
    reasons: Annotated[Texts, Told("reasons to decline, one digit each")] = (
        "not worth the time",
        "outside of what I can change",
        "already solved",
        "happened once, will not come back",
        "too vague to act on",
        "the cure is worse than the trouble",
    )


class SeveritySettings(Struct, frozen=True):
    """Days from capture until an improvement of a severity should be done."""

    critical: Annotated[int, Told("days for a critical one", low=0, high=3650)] = 2
    high: Annotated[int, Told("days for a high one", low=0, high=3650)] = 14
    medium: Annotated[int, Told("days for a medium one", low=0, high=3650)] = 60
    low: Annotated[int, Told("days for a low one", low=0, high=3650)] = 180


class ThemeSettings(Struct, frozen=True):
    """When something recurs, and how finely themes are cut."""

    granularity: Annotated[
        float,
        Told(
            "above 1 is finer, below 1 coarser; for new themes, "
            "until `hansei themes dial` is turned",
            low=0.5,
            high=2.0,
        ),
    ] = 1.0
    min_sessions: Annotated[int, Told("a theme recurs in this many sessions", low=2, high=100)] = 3
    min_weeks: Annotated[int, Told("or in this many ISO weeks", low=2, high=52)] = 2
    min_projects: Annotated[int, Told("or in this many projects", low=2, high=100)] = 2
    rule_after: Annotated[
        int, Told("from so many sessions on a rule for the agents is offered", low=2, high=1000)
    ] = 5


class ScoreSettings(Struct, frozen=True):
    """Where the bins of the matrix end."""

    low_to: Annotated[int, Told("the low bin is 1 to this", low=1, high=8)] = 4
    medium_to: Annotated[int, Told("the medium bin ends here, then it is high", low=2, high=9)] = 7


class BacklogSettings(Struct, frozen=True):
    """How much is worked on at once."""

    wip: Annotated[
        int,
        Told(
            "at most so many in implementation and validation at once; 0: no limit", low=0, high=99
        ),
    ] = 3


class WeekSettings(Struct, frozen=True):
    """The weekly budget and how it is filled."""

    hours: Annotated[float, Told("working hours of an ordinary week", low=1, high=168)] = 40.0
    share: Annotated[float, Told("percent of them for improvements", low=0, high=100)] = 20.0
    items: Annotated[int, Told("at most this many improvements in a plan", low=1, high=10)] = 5
    value: Annotated[Literal["priority", "impact"], Told("what a plan maximises")] = "priority"
    fill: Annotated[
        float, Told("percent of the budget that a proposal fills", low=10, high=100)
    ] = 100.0
    ritual_inside: Annotated[bool, Told("count the ritual's 40 minutes inside the budget")] = False
    buckets: Annotated[
        Texts,
        Told('kinds of work with the share wanted for each: ["debt 20 cat:debt", "docs 10 +docs"]'),
    ] = ()
    token_budget: Annotated[
        int, Told("tokens a week for sessions on improvements; 0: none", low=0, high=10**12)
    ] = 0
    cost_budget_usd: Annotated[
        float, Told("US dollars a week for them; 0: none", low=0, high=1_000_000)
    ] = 0.0
    block_days: Annotated[str, Told("days that hold calendar blocks")] = "mon-fri"
    block_start: Annotated[str, Told("when the first calendar block of a day begins")] = "09:00"


class ScreenSettings(Struct, frozen=True):
    """How the terminal interface looks."""

    theme: Annotated[
        str, Told("colours: hansei-dark, hansei-light, or a theme of Textual such as nord")
    ] = "hansei-dark"


class Settings(Struct, frozen=True):
    """Everything a user can set, with its default."""

    sources: SourcesSettings = SourcesSettings()
    freshness: FreshnessSettings = FreshnessSettings()
    retention: RetentionSettings = RetentionSettings()
    metrics: MetricsSettings = MetricsSettings()
    retro: RetroSettings = RetroSettings()
    triage: TriageSettings = TriageSettings()
    severity: SeveritySettings = SeveritySettings()
    themes: ThemeSettings = ThemeSettings()
    scores: ScoreSettings = ScoreSettings()
    backlog: BacklogSettings = BacklogSettings()
    week: WeekSettings = WeekSettings()
    screen: ScreenSettings = ScreenSettings()
    keys: dict[str, str] = field(default_factory=dict)
    """Action id → key, as the user remapped it; the ids are checked by the terminal interface."""
    views: dict[str, str] = field(default_factory=dict)
    """Name → saved view of the backlog; `hansei_core.views` reads and checks them."""
