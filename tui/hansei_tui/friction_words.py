"""What went wrong in a session, in the words that screens and commands share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hansei_core.frictions import label_of
from hansei_sessions.model import Friction, FrictionKind

_KINDS: Final = {
    FrictionKind.COMMAND_FAILED: "command failed",
    FrictionKind.EDIT_ERROR: "edit refused",
    FrictionKind.TOOL_ERROR: "tool failed",
    FrictionKind.REJECTION: "you refused a call",
    FrictionKind.INTERRUPTION: "you stopped the agent",
    FrictionKind.CORRECTION: "you corrected the agent",
    FrictionKind.PERMISSION_DENIED: "permission denied",
    FrictionKind.API_ERROR: "the model's service failed",
    FrictionKind.HOOK_BLOCKED: "a hook failed",
    FrictionKind.COMPACTION: "context summarised",
    FrictionKind.DANGLING_CALL: "call without an end",
    FrictionKind.SLOW_COMMAND: "slow command",
    FrictionKind.REWIND: "turn undone",
    FrictionKind.EDIT_CHURN: "a file edited over and over",
}
_VERBS: Final = {
    FrictionKind.COMMAND_FAILED: "{} failed",
    FrictionKind.TOOL_ERROR: "{} failed",
    FrictionKind.SLOW_COMMAND: "slow: {}",
    FrictionKind.REJECTION: "you refused {}",
    FrictionKind.PERMISSION_DENIED: "denied: {}",
    FrictionKind.DANGLING_CALL: "no end: {}",
}


@dataclass(frozen=True, slots=True)
class Group:
    """The frictions of one kind about one thing, the dearest first."""

    kind: FrictionKind
    label: str
    frictions: tuple[Friction, ...]

    @property
    def id(self) -> str:
        """Row id of its heading."""
        return f"group:{self.kind.value}:{self.label}"

    @property
    def name(self) -> str:
        """What went wrong, in words."""
        return _VERBS.get(self.kind, "{}").replace("{}", self.label)

    @property
    def seconds(self) -> float | None:
        """What they cost together, where that is known."""
        return total_seconds(self.frictions)

    @property
    def events(self) -> int:
        """How many raw events they stand for."""
        return sum(friction.count for friction in self.frictions)


def kind_name(kind: FrictionKind) -> str:
    """Return a kind in words."""
    return _KINDS[kind]


def total_seconds(frictions: Iterable[Friction]) -> float | None:
    """Return the known cost together; None where nothing is known."""
    known = [friction.seconds_lost for friction in frictions if friction.seconds_lost is not None]
    return sum(known) if known else None


def groups_of(frictions: Iterable[Friction]) -> list[Group]:
    """Return the frictions by what they are about, ranked by the time they cost, then by number."""
    members: dict[tuple[FrictionKind, str], list[Friction]] = {}
    for friction in frictions:
        members.setdefault((friction.kind, label_of(friction)), []).append(friction)
    groups = [
        Group(kind, label, tuple(sorted(found, key=lambda each: -(each.seconds_lost or 0.0))))
        for (kind, label), found in members.items()
    ]
    return sorted(groups, key=lambda group: (-(group.seconds or 0.0), -group.events, group.id))
