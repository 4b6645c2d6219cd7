"""One typed schema of `config.toml`: values only, read by the composition root."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, cast, get_args, get_origin, get_type_hints

from hansei_core.errors import ConfigError, HanseiError, UsageError

Value: TypeAlias = bool | int | float | str | tuple[str, ...] | dict[str, str]
_FREE: Final = MappingProxyType(
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


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the schema, as `hansei config show` explains it."""

    key: str
    type_name: str
    default: Value
    doc: str


def schema() -> tuple[Setting, ...]:
    """Return every key that `config.toml` may hold, in file order."""
    return tuple(
        Setting(
            f"{section}.{item.name}",
            _type_name(kind),
            getattr(default, item.name),
            item.metadata["doc"],
        )
        for section, default in _sections(Settings())
        for item, kind in _fields(type(default))
    )


def values(settings: Settings) -> dict[str, Value]:
    """Return all settings by dotted key, the free tables (`keys.*`, `views.*`) included."""
    flat: dict[str, Value] = {
        f"{section}.{item.name}": getattr(part, item.name)
        for section, part in _sections(settings)
        for item, _ in _fields(type(part))
    }
    for section in _FREE:
        table: dict[str, str] = getattr(settings, section)
        flat.update({f"{section}.{name}": value for name, value in sorted(table.items())})
    return flat


def parse_settings(text: str, source: str) -> Settings:
    """Read the text of a `config.toml`.

    Args:
        text: The file's content.
        source: Its path, for messages.

    Raises:
        ConfigError: It is not TOML, or has an unknown key or a bad value; the message names the
            line, the hint the nearest right key or what is allowed.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{source} is not valid TOML: {error}", "mend that line, or move the file away"
        ) from error
    settings = Settings()
    for section, content in data.items():
        if not isinstance(content, dict):
            raise _unknown(section, _Place(source, _line_of(text, section, None)))
        settings = _with_section(settings, section, content, text, source)
    return settings


def convert(key: str, raw: str) -> Value:
    """Turn what a user typed after `hansei config set KEY` into the key's type.

    Raises:
        UsageError: The key is unknown or the value is not allowed.
    """
    if any("\ud800" <= char <= "\udfff" for char in key + raw):
        raise UsageError(
            f"{key} holds half a character (a lone surrogate), which no file can hold",
            "type it again",
        )
    section, _, name = key.partition(".")
    if section in _FREE and name:
        return raw
    kind, item = _lookup(section, name, _TYPED)
    value: object = raw
    if kind is bool:
        value = {"true": True, "false": False, "on": True, "off": False}.get(raw.lower(), raw)
    elif kind in {int, float}:
        value = _number(raw)
    elif get_origin(kind) is tuple:
        value = [part.strip() for part in raw.split(",") if part.strip()]
    return _checked(key, value, kind, item, _TYPED)


def with_value(settings: Settings, key: str, value: Value) -> Settings:
    """Return settings with one key changed; `value` comes from `convert`."""
    section, _, name = key.partition(".")
    if section in _FREE:
        table: dict[str, Any] = {section: {**getattr(settings, section), name: str(value)}}
        return replace(settings, **table)
    part = getattr(settings, section)
    change: dict[str, Any] = {section: replace(part, **{name: value})}
    return _cross_checked(replace(settings, **change), _TYPED)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands, for messages."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}, line {self.line}"


_TYPED = _Place("the command line")
"""Stands for a value that no file holds yet."""


def _number(raw: str) -> object:
    for kind in (int, float):
        try:
            return kind(raw)
        except ValueError:
            continue
    return raw


def _sections(settings: Settings) -> Iterator[tuple[str, Any]]:
    for item in fields(settings):
        if item.name not in _FREE:
            yield item.name, getattr(settings, item.name)


def _fields(section: type) -> Iterator[tuple[Field[Any], Any]]:
    hints = get_type_hints(section)
    for item in fields(section):
        yield item, hints[item.name]


def _with_section(
    settings: Settings, section: str, content: Mapping[str, Any], text: str, source: str
) -> Settings:
    if section in _FREE:
        for name, value in content.items():
            if not isinstance(value, str):
                place = _Place(source, _line_of(text, section, name))
                raise _bad(f"{section}.{name}", value, _FREE[section], place)
        free: dict[str, Any] = {section: dict(content)}
        return replace(settings, **free)
    changes = {}
    for name, value in content.items():
        place = _Place(source, _line_of(text, section, name))
        kind, item = _lookup(section, name, place)
        changes[name] = _checked(f"{section}.{name}", value, kind, item, place)
    if not content and not hasattr(settings, section):
        raise _unknown(section, _Place(source, _line_of(text, section, None)))
    change: dict[str, Any] = {section: replace(getattr(settings, section), **changes)}
    line = _line_of(text, section, next(iter(content), None))
    return _cross_checked(replace(settings, **change), _Place(source, line))


def _lookup(section: str, name: str, place: _Place) -> tuple[Any, Field[Any]]:
    parts = dict(_sections(Settings()))
    if section in parts:
        for item, kind in _fields(type(parts[section])):
            if item.name == name:
                return kind, item
    raise _unknown(f"{section}.{name}" if name else section, place)


def _checked(key: str, value: object, kind: Any, item: Field[Any], place: _Place) -> Value:
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise _bad(key, value, "true or false", place)
    if kind in {int, float}:
        return _checked_number(key, value, kind, item, place)
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return cast("str", value)
        raise _bad(key, value, "one of " + ", ".join(get_args(kind)), place)
    if get_origin(kind) is tuple:
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            if any("\0" in part for part in value):  # no path and no name can hold it
                raise _bad(key, value, "texts without a NUL character", place)
            return tuple(value)
        raise _bad(key, value, 'a list of texts such as ["one", "two"]', place)
    if isinstance(value, str):
        return value
    raise _bad(key, value, "a text in quotes", place)


def _checked_number(key: str, value: object, kind: type, item: Field[Any], place: _Place) -> Value:
    low, high = item.metadata["low"], item.metadata["high"]
    allowed = f"a {'whole ' if kind is int else ''}number from {low:g} to {high:g}"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (kind is int and not isinstance(value, int)):
        raise _bad(key, value, allowed, place)
    number = cast("float", value)
    if not low <= number <= high:
        raise _bad(key, value, allowed, place)
    return int(number) if kind is int else float(number)


def _cross_checked(settings: Settings, place: _Place) -> Settings:
    scores = settings.scores
    if scores.low_to >= scores.medium_to:
        raise _bad(
            "scores.low_to",
            scores.low_to,
            f"less than medium_to ({scores.medium_to})",
            place,
        )
    return settings


def _wrong(place: _Place, message: str, hint: str) -> HanseiError:
    """Return a mistake of the file, or of the request where the value was only typed."""
    if place is _TYPED:
        return UsageError(message, hint)
    return ConfigError(f"{place}: {message}", hint)


def _unknown(key: str, place: _Place) -> HanseiError:
    from rapidfuzz import process  # only a mistake pays for it

    known = [setting.key for setting in schema()]
    match = process.extractOne(key, known, score_cutoff=50) if len(key) > 2 else None
    hint = f"did you mean {match[0]}?" if match else "`hansei config show` lists every key"
    return _wrong(place, f"there is no setting {key}", hint)


def _bad(key: str, value: object, allowed: str, place: _Place) -> HanseiError:
    shown = repr(value) if len(repr(value)) < 60 else repr(value)[:60] + "…"
    return _wrong(place, f"{key} cannot be {shown}", f"it must be {allowed}")


def _line_of(text: str, section: str, name: str | None) -> int | None:
    """Find the line of a key for a message; TOML parsers do not keep it for valid files."""
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([^\]]+?)\s*\]", line)
        if header:
            current = header[1].strip("\"' ")
            if name is None and current.split(".")[0] == section:
                return number
            continue
        key = re.match(r"""\s*["']?([A-Za-z0-9_.\-]+)["']?\s*=""", line)
        if key and name is not None:
            dotted = f"{current}.{key[1]}".lstrip(".")
            if dotted == f"{section}.{name}" or dotted.startswith(f"{section}.{name}."):
                return number
        if key and name is None and not current and key[1].split(".")[0] == section:
            return number
    return None


def _type_name(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return "list of texts"
    names = {bool: "true/false", int: "whole number", float: "number", str: "text"}
    return names[kind]
