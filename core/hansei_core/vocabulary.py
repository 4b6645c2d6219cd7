"""The closed vocabularies of an improvement (category, severity, stage) and their spellings."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from hansei_core.errors import UsageError

Word = TypeVar("Word", bound=StrEnum)


class Category(StrEnum):
    """What kind of change an improvement is; the value is the short key that users type."""

    PERFORMANCE = "perf"
    QUALITY = "quality"
    DEVELOPER_EXPERIENCE = "dx"
    TECHNICAL_DEBT = "debt"
    FEATURE = "feature"

    @property
    def label(self) -> str:
        """The full name, as screens show it."""
        return CATEGORY_LABELS[self]


CATEGORY_LABELS: Final = MappingProxyType(
    {
        Category.PERFORMANCE: "performance",
        Category.QUALITY: "quality",
        Category.DEVELOPER_EXPERIENCE: "developer experience",
        Category.TECHNICAL_DEBT: "technical debt",
        Category.FEATURE: "feature",
    }
)

CATEGORY_SPELLINGS: Final = MappingProxyType(
    {
        **{item.value: item for item in Category},
        "performance": Category.PERFORMANCE,
        "speed": Category.PERFORMANCE,
        "q": Category.QUALITY,
        "test": Category.QUALITY,
        "tests": Category.QUALITY,
        "developer experience": Category.DEVELOPER_EXPERIENCE,
        "developer-experience": Category.DEVELOPER_EXPERIENCE,
        "developer_experience": Category.DEVELOPER_EXPERIENCE,
        "devex": Category.DEVELOPER_EXPERIENCE,
        "technical debt": Category.TECHNICAL_DEBT,
        "technical-debt": Category.TECHNICAL_DEBT,
        "technical_debt": Category.TECHNICAL_DEBT,
        "tech-debt": Category.TECHNICAL_DEBT,
        "techdebt": Category.TECHNICAL_DEBT,
        "feat": Category.FEATURE,
    }
)
"""What users may write for a category: its key, its full name, or a common alias."""


class Severity(StrEnum):
    """How bad it is that the trouble exists; independent of impact and effort."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical to 3 for low, for sorting."""
        return SEVERITIES.index(self)


SEVERITIES: Final = tuple(Severity)
SEVERITY_SPELLINGS: Final = MappingProxyType(
    {
        **{item.value: item for item in Severity},
        "crit": Severity.CRITICAL,
        "med": Severity.MEDIUM,
        "mid": Severity.MEDIUM,
    }
)


class Stage(StrEnum):
    """Where an improvement stands on its way."""

    INBOX = "inbox"
    BACKLOG = "backlog"
    ANALYSIS = "analysis"
    PLANNING = "planning"
    IMPLEMENTATION = "implementation"
    VALIDATION = "validation"
    DONE = "done"
    STANDARDISED = "standardised"
    DECLINED = "declined"
    DEFERRED = "deferred"
    TRASH = "trash"

    __hash__ = str.__hash__
    """Enum's own is written in Python and is asked for each improvement of each list."""

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do; deferred improvements count as open."""
        return self in OPEN_STAGES

    @property
    def is_finished(self) -> bool:
        """Whether the change has shipped."""
        return self in (Stage.DONE, Stage.STANDARDISED)


STAGE_ORDER: Final = (
    Stage.INBOX,
    Stage.BACKLOG,
    Stage.ANALYSIS,
    Stage.PLANNING,
    Stage.IMPLEMENTATION,
    Stage.VALIDATION,
    Stage.DONE,
    Stage.STANDARDISED,
)
"""The way from idea to habit, in order."""

OPEN_STAGES: Final = frozenset((*STAGE_ORDER[:6], Stage.DEFERRED))
BOARD_STAGES: Final = STAGE_ORDER[1:]
"""The seven columns of the board."""

STAGE_SPELLINGS: Final = MappingProxyType(
    {
        **{item.value: item for item in Stage},
        "analyse": Stage.ANALYSIS,
        "analyze": Stage.ANALYSIS,
        "planned": Stage.PLANNING,
        "plan": Stage.PLANNING,
        "impl": Stage.IMPLEMENTATION,
        "doing": Stage.IMPLEMENTATION,
        "implementing": Stage.IMPLEMENTATION,
        "validate": Stage.VALIDATION,
        "validating": Stage.VALIDATION,
        "standardized": Stage.STANDARDISED,
        "standard": Stage.STANDARDISED,
        "decline": Stage.DECLINED,
        "defer": Stage.DEFERRED,
        "trashed": Stage.TRASH,
    }
)


def parse_category(text: str) -> Category:
    """Return the category that a user's word names: a key, a full name or an alias.

    Raises:
        UsageError: It names none; the message lists the five.
    """
    names = ", ".join(f"{label} ({key})" for key, label in CATEGORY_LABELS.items())
    return _parse(text, CATEGORY_SPELLINGS, f"category; the five are {names}")


def parse_severity(text: str) -> Severity:
    """Return the severity that a user's word names.

    Raises:
        UsageError: It names none; the message lists the four.
    """
    return _parse(text, SEVERITY_SPELLINGS, f"severity; the four are {', '.join(Severity)}")


def parse_stage(text: str) -> Stage:
    """Return the stage that a user's word names.

    Raises:
        UsageError: It names none; the message lists them all.
    """
    return _parse(text, STAGE_SPELLINGS, f"stage; there are {', '.join(Stage)}")


def nearest(word: str, choices: tuple[str, ...]) -> str | None:
    """Return the choice that a mistyped word most likely means, or None where none is near."""
    from rapidfuzz import fuzz, process  # 20 ms that only a mistake has to pay

    begun = [choice for choice in choices if word and choice.startswith(word)]
    if begun:
        return min(begun, key=len)
    best = process.extractOne(word, choices, scorer=fuzz.ratio, score_cutoff=60)
    return str(best[0]) if best else None


def _parse(text: str, spellings: Mapping[str, Word], rest: str) -> Word:
    word = text.strip().casefold()
    found = spellings.get(word)
    if found is None:
        near = nearest(word, tuple(spellings))
        raise UsageError(f"“{text}” is no {rest}", f"did you mean {near}?" if near else "")
    return found
