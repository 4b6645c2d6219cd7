"""The retro: three answers about one session, and its improvements, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from hansei_core.documents import Moment, from_document, to_document
from hansei_core.errors import UsageError
from hansei_core.improvement import ByRule, EvidenceLink
from hansei_core.store.protocol import Document
from hansei_core.vocabulary import Category, Severity

QUESTIONS: Final = ("What slowed us down?", "What broke?", "What could be better?")
"""The three questions, in the order of the fields slowed, broke, better."""
USUAL_MOST: Final = 3
"""A retro adds one to three improvements; a fourth must be asked for."""


@dataclass(frozen=True, slots=True)
class ImprovementDraft:
    """An improvement as it stands in an unsaved retro: offered by hansei or typed by the user."""

    title: str = ""
    taken: bool = True
    """Whether saving stores it; an offer is not taken until the user has said so."""
    suggested: bool = False
    """Whether hansei offered it."""
    reason: str = ""
    """Why it is offered, in words; empty for what the user typed."""
    rule: str = ""
    """Name of the catalogue's entry that offered it; empty for what the user typed."""
    offered_title: str = ""
    """Its title as it was offered."""
    category: Category | None = None
    severity: Severity | None = None
    tags: tuple[str, ...] = ()
    project: str = ""
    impact: int | None = None
    impact_reason: str = ""
    effort: int | None = None
    hours: float | None = None
    """None means: by the effort table."""
    current_state: str = ""
    proposed_change: str = ""
    expected_outcome: str = ""
    theme_id: str = ""
    due: date | None = None
    evidence: tuple[EvidenceLink, ...] = ()
    same_as: str = ""
    """Id of the existing improvement that it repeats; saving then links instead of adding."""
    by_rule: tuple[ByRule, ...] = ()
    """What the user's rules filled in."""


@dataclass(frozen=True, slots=True)
class RetroDraft:
    """Everything typed so far about one session; kept until the retro is saved or dropped."""

    session_id: str
    slowed: str = ""
    broke: str = ""
    better: str = ""
    improvements: tuple[ImprovementDraft, ...] = ()
    none_because: str = ""
    mood: int | None = None
    """1–5; asked only where the setting is on."""
    agent: str = ""
    project: str = ""
    reviewed_until: Moment | None = None
    """Time of the newest record that it looks at."""
    updated_at: Moment | None = None
    prefilled: tuple[str, ...] = ()
    """The sentences that hansei began the answers with."""

    @property
    def taken(self) -> tuple[ImprovementDraft, ...]:
        """The improvements that saving would store, without the empty ones."""
        return tuple(item for item in self.improvements if item.taken and item.title.strip())

    def to_document(self, keep: Document | None = None) -> Document:
        """Return it as a store document; `keep` is the one it replaces."""
        return to_document(self, keep=keep)

    @classmethod
    def from_document(cls, document: Document) -> RetroDraft:
        """Return the draft that a store document holds.

        Raises:
            StorageError: A field has a value that it cannot have.
        """
        return from_document(cls, document)


@dataclass(frozen=True, slots=True)
class Offer:
    """What became of one suggestion when the retro was saved."""

    rule: str
    taken: bool = False
    changed: bool = False
    """Whether it was taken under another title."""
    improvement_id: str = ""
    """What it led to; empty where it was not taken."""


@dataclass(frozen=True, slots=True)
class Retro:
    """The saved reflection on one session, or on the part of it that was new."""

    id: str
    """`RET-001`, never re-used."""
    session_id: str
    at: Moment
    slowed: str = ""
    broke: str = ""
    better: str = ""
    improvement_ids: tuple[str, ...] = ()
    """Added or linked by this retro, in the order of the draft."""
    none_because: str = ""
    mood: int | None = None
    agent: str = ""
    project: str = ""
    reviewed_until: Moment | None = None
    """A session with records after this time is offered again."""
    offers: tuple[Offer, ...] = ()
    """What hansei suggested, and what the user said to it."""
    prefilled: tuple[int, ...] = ()
    """Lines that are hansei's own, saved as they were offered; counted from 0 over the answers."""

    @property
    def in_own_words(self) -> Retro:
        """It with only what the user wrote.

        A sentence that hansei made of a friction says nothing that the friction does not say:
        whoever counts it beside the friction counts one trouble twice.
        """
        if not self.prefilled:
            return self
        answers: list[str] = []
        number = 0
        for answer in (self.slowed, self.broke, self.better):
            lines = answer.splitlines()
            places = range(number, number + len(lines))
            kept = [
                line for line, at in zip(lines, places, strict=True) if at not in self.prefilled
            ]
            answers.append("\n".join(kept))
            number += len(lines)
        slowed, broke, better = answers
        return replace(self, slowed=slowed, broke=broke, better=better, prefilled=())

    @property
    def says_something(self) -> bool:
        """Whether an answer holds the user's own words."""
        own = self.in_own_words
        return any(answer.strip() for answer in (own.slowed, own.broke, own.better))

    def to_document(self, keep: Document | None = None) -> Document:
        """Return it as a store document; `keep` is the one it replaces."""
        return to_document(self, keep=keep)

    @classmethod
    def from_document(cls, document: Document) -> Retro:
        """Return the retro that a store document holds.

        Raises:
            StorageError: A field has a value that it cannot have.
        """
        return from_document(cls, document)


def prefilled_lines(draft: RetroDraft) -> tuple[int, ...]:
    """Return which lines of a draft's answers are hansei's own: see `Retro.prefilled`."""
    answers = (draft.slowed.strip(), draft.broke.strip(), draft.better.strip())
    lines = [line.strip() for answer in answers for line in answer.splitlines()]
    offered = frozenset(draft.prefilled)
    return tuple(place for place, line in enumerate(lines) if line in offered)


def check_draft(draft: RetroDraft, *, force: bool = False) -> None:
    """Make sure that a draft may be saved: one to three improvements, or a reason for none.

    Raises:
        UsageError: There is no improvement and no reason, a fourth improvement without `force`,
            or a mood outside 1–5.
    """
    count = len(draft.taken)
    if count == 0 and not draft.none_because.strip():
        raise UsageError(
            "a retro adds one to three improvements, and this one has none",
            "add one, or say why there is none this time (--none-because)",
        )
    if count > USUAL_MOST and not force:
        raise UsageError(
            f"a retro adds one to three improvements, and this one has {count}",
            "keep the three that matter most, or confirm (--force)",
        )
    if draft.mood is not None and not 1 <= draft.mood <= 5:
        raise UsageError(f"mood must be a whole number 1–5, not “{draft.mood}”")


def offers_of(draft: RetroDraft, ids: Sequence[str] = ()) -> tuple[Offer, ...]:
    """Return what became of a draft's suggestions, in their order.

    Args:
        draft: As it is saved.
        ids: The improvements that its taken ones became, in their order.
    """
    became = iter(ids)
    offers: list[Offer] = []
    for item in draft.improvements:
        is_taken = item in draft.taken
        name = next(became, "") if is_taken else ""
        if item.rule:
            is_changed = is_taken and item.title.strip() != item.offered_title
            offers.append(Offer(item.rule, is_taken, is_changed, name))
    return tuple(offers)


def format_retro_id(number: int) -> str:
    """Return the id of the retro with this number of its series."""
    return f"RET-{number:03d}"
