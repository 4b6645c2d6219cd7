"""Improvements that usually help: a catalogue by kind of friction, filled in with what happened."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

import msgspec

from hansei_core.errors import ConfigError, HanseiError
from hansei_core.experience import NOTHING_BEFORE, Past
from hansei_core.frictions import FrictionGroup, duration_words, evidence_of, first_line
from hansei_core.improvement import Improvement, check_score
from hansei_core.retro import ImprovementDraft, Retro
from hansei_core.vocabulary import Category, Stage
from hansei_sessions.model import FrictionKind, Session

MOST: Final = 3
"""A retro offers at most as many as it usually adds."""
_HUMAN: Final = frozenset(
    (FrictionKind.REJECTION, FrictionKind.INTERRUPTION, FrictionKind.CORRECTION)
)
_MINUTES: Final = ((1, 3), (3, 4), (5, 5), (10, 6), (20, 7), (40, 8))
"""Impact by the minutes that a group cost in one session: below the first number, the second."""
_MINUTES_A_WEEK: Final = ((1, 3), (3, 4), (6, 5), (12, 6), (25, 7), (60, 8))
"""Impact by the minutes that a habit costs in a week: below the first number, the second."""
_EVIDENCE: Final = 3
HABIT_SESSIONS: Final = 3
HABIT_MINUTES: Final = 2.0
"""What so many sessions of the last weeks had, and what costs so much a week, is a habit."""
HABIT_OFTEN: Final = 8
"""Where no cost is known, so many sessions of four weeks: twice a week."""
QUIET_AFTER: Final = 5
"""A rule whose suggestion was offered so often and never taken is no longer offered."""
_WORDS: Final = MappingProxyType({"label": "x", "times": "x", "cost": "x", "quote": "x"})
"""What a template may hold."""
_WORDS_OF_THEME: Final = MappingProxyType({"label": "x", "name": "x"})
"""What the title for a theme may hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the catalogue; see the head of `suggestions.toml`."""

    kind: FrictionKind
    title: str
    category: Category
    current_state: str
    proposed_change: str
    expected_outcome: str
    effort: int
    rule: str = ""
    label: str = ""
    least: int = 1
    theme_title: str = ""
    """Title of an improvement against a theme of this kind; empty: `title` says enough."""

    @property
    def name(self) -> str:
        """What its uses are counted under: its kind and its title before it is filled in."""
        words = re.findall(r"[a-z0-9]+", self.title.lower())
        return f"{self.kind}:{'-'.join(words)[:80]}"

    def fits(self, group: FrictionGroup) -> bool:
        """Return whether it is meant for a group."""
        return (
            self.kind is group.kind
            and self.rule in ("", group.rule)
            and (not self.label or re.search(self.label, group.label) is not None)
        )


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return the packaged catalogue, in its order."""
    text = resources.files("hansei_core").joinpath("suggestions.toml").read_text(encoding="utf-8")
    return read_catalogue(text, "suggestions.toml")


def read_catalogue(text: str, name: str) -> tuple[Entry, ...]:
    """Return the entries of a catalogue.

    Args:
        text: TOML with `[[suggestion]]` tables.
        name: The file's name, for the message.

    Raises:
        ConfigError: It is not TOML, or an entry cannot be used; the message says which.
    """
    try:
        tables = tomllib.loads(text).get("suggestion", [])
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not valid TOML: {error}") from None
    entries = []
    for number, table in enumerate(tables, start=1):
        try:
            entry = msgspec.convert(_known(table), Entry)
            re.compile(entry.label)
            for template in (entry.title, entry.current_state, entry.proposed_change):
                template.format_map(_WORDS)
            entry.expected_outcome.format_map(_WORDS)
            entry.theme_title.format_map(_WORDS_OF_THEME)
            check_score("effort", entry.effort)
        except (HanseiError, ValueError, LookupError, AttributeError, re.error) as error:
            said = f"{{{error.args[0]}}} is no word" if isinstance(error, KeyError) else str(error)
            raise ConfigError(
                f"{name}, suggestion {number}: {said}",
                "docs/suggestions.md describes every field",
            ) from None
        entries.append(entry)
    return tuple(entries)


def _known(table: dict[str, object]) -> dict[str, object]:
    names = [each.name for each in fields(Entry)]
    unknown = [key for key in table if key not in names]
    if unknown:
        raise ConfigError(f"“{unknown[0]}” is no field; there are {', '.join(names)}")
    return table


@dataclass(frozen=True, slots=True)
class Uses:
    """What users said to one rule's suggestions."""

    offered: int = 0
    taken: int = 0
    changed: int = 0

    @property
    def is_quiet(self) -> bool:
        """Whether it was offered often and never taken."""
        return self.taken == 0 and self.offered >= QUIET_AFTER


def uses(retros: Iterable[Retro]) -> dict[str, Uses]:
    """Return what became of the suggestions of each rule, over all retros."""
    found: dict[str, Uses] = {}
    for retro in retros:
        for offer in retro.offers:
            old = found.get(offer.rule, Uses())
            found[offer.rule] = Uses(
                old.offered + 1, old.taken + offer.taken, old.changed + offer.changed
            )
    return found


def impact_of(group: FrictionGroup) -> int:
    """Return a suggested impact 1–10 from the minutes lost, and from the count where none is known.

    Five events or more add one.
    """
    minutes = group.seconds / 60
    by_time = next((impact for limit, impact in _MINUTES if minutes < limit), 9)
    if group.seconds == 0:
        by_time = min(3 + group.count, 6)
    return min(10, by_time + (1 if group.count >= 5 else 0))


def impact_of_week(minutes: float) -> int:
    """Return a suggested impact 1–10 from the minutes that something costs in a week."""
    return next((impact for limit, impact in _MINUTES_A_WEEK if minutes < limit), 9)


@dataclass(frozen=True, slots=True)
class Lately:
    """What groups of one kind about one thing cost in the last weeks, other sessions included."""

    minutes_a_week: float
    sessions: int
    """Sessions that had it, this one among them."""

    @property
    def is_habit(self) -> bool:
        """Whether it recurs and costs enough to be spoken of, however little a time takes."""
        if not self.minutes_a_week:  # nobody knows what it costs
            return self.sessions >= HABIT_OFTEN
        return self.sessions >= HABIT_SESSIONS and self.minutes_a_week >= HABIT_MINUTES


def is_worth_a_suggestion(group: FrictionGroup, lately: Lately | None = None) -> bool:
    """Return whether a group is more than a mishap: a habit, a minute, or a human stepping in.

    A habit shows in one session, or in one after the other (`lately`).
    """
    repeats = group.count >= 3 or (group.count == 2 and group.seconds >= 20)
    is_habit = lately is not None and lately.is_habit
    return repeats or is_habit or group.seconds >= 60 or group.kind in _HUMAN


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands already: improvements that are open, what was declined, what is not looked at."""

    by_theme: Mapping[str, str] = field(default_factory=dict)
    """Id of the open improvement that is meant to end a theme, by the theme's id."""
    by_title: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Id of an open improvement by project and `title_key`."""
    ended: Mapping[str, str] = field(default_factory=dict)
    """What was finished against a theme last, in words, by the theme's id."""
    declined: frozenset[tuple[str, str]] = frozenset()
    """Project and `title_key` of what was declined: it is not offered again."""
    muted: frozenset[str] = frozenset()
    """Ids of themes that the user does not want to see."""

    def same_as(self, title: str, project: str, theme_id: str) -> str:
        """Return the open improvement that a suggestion repeats; empty where there is none."""
        found = self.by_theme.get(theme_id, "") if theme_id else ""
        return found or self.by_title.get((project, title_key(title)), "")

    def refuses(self, title: str, project: str) -> bool:
        """Tell whether the user has declined just this for a project."""
        return (project, title_key(title)) in self.declined


NOTHING_STANDS: Final = Standing()


def title_key(title: str) -> str:
    """Return a title as it is compared: case and blanks do not count."""
    return " ".join(title.casefold().split())


def standing_of(items: Iterable[Improvement], themes: Mapping[str, str]) -> Standing:
    """Return what the improvements say about suggestions; mutes are the caller's to add.

    Args:
        items: All improvements.
        themes: The id that each theme has now, by every id that leads to it.
    """
    by_theme: dict[str, str] = {}
    by_title: dict[tuple[str, str], str] = {}
    declined = set()
    done: dict[str, tuple[datetime, str]] = {}
    for item in sorted(items, key=lambda each: each.id):
        key = (item.project, title_key(item.title))
        if item.stage is Stage.DECLINED:
            declined.add(key)
        elif item.stage.is_open and not item.merged_into:
            by_title[key] = item.id
            if item.theme_id:
                by_theme[themes.get(item.theme_id, item.theme_id)] = item.id
        elif item.stage.is_finished and item.done_at and item.theme_id:
            theme_id = themes.get(item.theme_id, item.theme_id)
            done[theme_id] = max(done.get(theme_id, (item.done_at, "")), (item.done_at, item.id))
    ended = {
        theme_id: f"{name}, done on {at:%Y-%m-%d}, was meant to end it"
        for theme_id, (at, name) in done.items()
    }
    return Standing(by_theme, by_title, ended, frozenset(declined))


@dataclass(frozen=True, slots=True)
class Background:
    """What is known beyond the session; every part may be empty."""

    theme_of: Mapping[str, str] = field(default_factory=dict)
    """Theme id by friction id, where frictions have joined a theme."""
    past: Mapping[str, Past] = field(default_factory=dict)
    """What earlier improvements of a rule led to, by the rule's name."""
    lately: Mapping[tuple[FrictionKind, str], Lately] = field(default_factory=dict)
    """What the last weeks cost, by kind and label of a group."""
    standing: Standing = NOTHING_STANDS
    """What the user has decided about such suggestions already."""


NO_BACKGROUND: Final = Background()


def suggest(
    groups: Iterable[FrictionGroup],
    session: Session,
    *,
    background: Background = NO_BACKGROUND,
    entries: Iterable[Entry] | None = None,
    limit: int = MOST,
) -> tuple[ImprovementDraft, ...]:
    """Return improvements to offer for a session's groups; none is taken until the user says so.

    The suggested impact decides, then how well the rule went before, then what the session cost.

    Args:
        groups: As `group_frictions` ranks them.
        session: Where they happened.
        background: What is known beyond the session.
        entries: The catalogue, without what went quiet; None: the packaged one.
        limit: At most this many; two of one title, or that repeat one improvement, are one.
    """
    usable = catalogue() if entries is None else tuple(entries)
    found: list[tuple[tuple[float, ...], ImprovementDraft]] = []
    for group in groups:
        if not is_worth_a_suggestion(group, background.lately.get((group.kind, group.label))):
            continue
        draft = draft_for(group, session, background=background, entries=usable)
        if draft is not None:
            rank = background.past.get(draft.rule, NOTHING_BEFORE).rank
            order = (-(draft.impact or 0), -rank, -group.seconds, -group.count)
            found.append((order, draft))
    drafts: dict[str, ImprovementDraft] = {}
    for _, draft in sorted(found, key=lambda each: each[0]):
        drafts.setdefault(draft.same_as or draft.title, draft)
    return tuple(drafts.values())[:limit]


def draft_for(
    group: FrictionGroup,
    session: Session,
    *,
    background: Background = NO_BACKGROUND,
    entries: Iterable[Entry] | None = None,
) -> ImprovementDraft | None:
    """Return the catalogue's improvement for one group, or None where it has none.

    Of several entries that fit, the one that went best before; else the first. What was declined
    for this project, and what belongs to a muted theme, is not offered; what is open already is
    offered as that (`same_as`).
    """
    words = {
        "label": group.label,
        "times": "once" if group.count == 1 else f"{group.count}×",
        "cost": cost_words(group),
        "quote": first_line(group.quote, 120) or "no text",
    }
    standing = background.standing
    theme_of = background.theme_of
    themes = [theme_of[item.id] for item in group.frictions if item.id in theme_of]
    theme_id = max(sorted(set(themes)), key=themes.count, default="")
    usable = [
        entry
        for entry in (catalogue() if entries is None else entries)
        if entry.fits(group)
        and not standing.refuses(entry.title.format_map(words), session.project)
    ]
    if not usable or theme_id in standing.muted:
        return None
    past_of = background.past
    entry = max(usable, key=lambda each: past_of.get(each.name, NOTHING_BEFORE).rank)
    past = past_of.get(entry.name, NOTHING_BEFORE)
    impact, impact_reason = _impact(group, background.lately.get((group.kind, group.label)))
    title = _capital(entry.title.format_map(words))
    told = (standing.ended.get(theme_id, ""), past.words)
    known = "; ".join(each for each in told if each) or "nothing of its kind was finished before"
    same_as = standing.same_as(title, session.project, theme_id)
    if same_as:
        known = f"{same_as} is open against it: taking this counts it as seen again"
    return ImprovementDraft(
        title=title,
        rule=entry.name,
        offered_title=title,
        taken=False,
        suggested=True,
        reason=f"{group.label}: {group.count}×, {impact_reason}; {known}",
        category=entry.category,
        project=session.project,
        impact=max(entry.least, impact),
        impact_reason=impact_reason,
        effort=past.effort or entry.effort,
        current_state=_capital(entry.current_state.format_map(words)),
        proposed_change=entry.proposed_change.format_map(words),
        expected_outcome=_capital(entry.expected_outcome.format_map(words)),
        theme_id=theme_id,
        evidence=evidence_of(group.frictions[:_EVIDENCE], session),
        same_as=same_as,
    )


def lately(
    groups: Iterable[FrictionGroup], sessions_of: Mapping[tuple[FrictionKind, str], int], days: int
) -> dict[tuple[FrictionKind, str], Lately]:
    """Return what recurring groups cost a week.

    Args:
        groups: Over all sessions of the last days.
        sessions_of: How many sessions had a group, by its kind and label.
        days: How many days they span.
    """
    return {
        (group.kind, group.label): Lately(
            group.seconds / 60 * 7 / days, sessions_of.get((group.kind, group.label), 0)
        )
        for group in groups
    }


def _impact(group: FrictionGroup, lately: Lately | None) -> tuple[int, str]:
    """Return impact and its reason: by the week where it recurs, else by this session."""
    if lately is None or lately.sessions < 2 or not lately.minutes_a_week:
        return impact_of(group), f"{cost_words(group)} in one session"
    minutes = lately.minutes_a_week
    cost = f"{minutes:.0f} min a week" if minutes >= 1 else "under a minute a week"
    impact = max(impact_of_week(minutes), impact_of(group) if group.kind in _HUMAN else 0)
    return impact, f"{cost} lost, in {lately.sessions} sessions lately"


def cost_words(group: FrictionGroup) -> str:
    """Return what a group cost, in words that do not hide what is unknown."""
    if group.seconds == 0:
        return "cost unknown" if group.unknown else "no time lost"
    plus = f" and {group.unknown}× unknown" if group.unknown else ""
    return f"{duration_words(group.seconds)} lost{plus}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
