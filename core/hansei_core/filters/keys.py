"""The table of filter keys: lexer, parser, completion, help and docs all read it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hansei_core.scoring import Cell, Size
from hansei_core.vocabulary import Category, Severity, Stage
from hansei_sessions.value import Value


class Kind(StrEnum):
    """What a key is compared with."""

    CHOICE = "choice"
    NUMBER = "number"
    AGE = "age"
    """Days that have passed: a larger value lies further back."""
    DAY = "day"
    """A date, or days to come."""
    TEXT = "text"
    NAME = "name"


class Key(Value, frozen=True):
    """One key of the grammar."""

    name: str
    kind: Kind
    help: str
    example: str
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    """Main spellings for a choice; aliases of the vocabulary are understood too."""


IS_WORDS: Final = MappingProxyType(
    {
        "open": "still to do",
        "done": "done or standardised",
        "declined": "declined",
        "trashed": "in the trash",
        "deferred": "put off with a reason",
        "snoozed": "hidden until a day",
        "inbox": "not triaged yet",
        "blocked": "waits for another improvement",
        "ready": "open, neither blocked, deferred nor snoozed",
        "overdue": "its date, or its severity's deadline, has passed",
        "late": "beyond the triage limit: in the inbox for more than 48 hours",
        "breached": "the same as late",
        "scored": "has impact and effort",
        "unscored": "lacks impact or effort",
        "stale": "changed after it was scored",
        "suggested": "has values that nobody has confirmed",
        "quickwin": "low impact and low effort: a quick win in the matrix",
        "planned": "in this week's plan",
        "running": "its timer runs",
        "critical": "severity critical",
        "uncategorised": "has no category",
    }
)
"""What may follow `is:`, with its meaning."""

CELL_WORDS: Final = MappingProxyType(
    {cell.value.replace(" ", "").replace("'", ""): cell for cell in Cell}
)
"""The matrix cells as one word each: dofirst, donext, consider, defer, quickwin, dont."""

_TABLE: Final = (
    Key("tag", Kind.TEXT, "has the tag; +tag and -tag are shorter", "tag:tests"),
    Key("cat", Kind.CHOICE, "category", "cat:perf", ("category",), tuple(Category)),
    Key("sev", Kind.CHOICE, "severity", "sev:critical", ("severity",), tuple(Severity)),
    Key("stage", Kind.CHOICE, "stage", "stage:backlog,inbox", ("status", "state"), tuple(Stage)),
    Key("is", Kind.CHOICE, "a state in one word", "is:blocked", (), tuple(IS_WORDS)),
    Key("cell", Kind.CHOICE, "advice of the matrix", "cell:dofirst", (), tuple(CELL_WORDS)),
    Key("size", Kind.CHOICE, "size class by hours", "size:day", (), tuple(Size)),
    Key("pri", Kind.NUMBER, "priority, or its label", "pri:>=70", ("priority", "score")),
    Key("impact", Kind.NUMBER, "impact 1–10", "impact:>=8", ("imp",)),
    Key("effort", Kind.NUMBER, "effort 1–10", "effort:<3", ("eff",)),
    Key("hours", Kind.NUMBER, "estimated hours", "hours:<2", ("h",)),
    Key("seen", Kind.NUMBER, "times it was captured", "seen:>=3"),
    Key("age", Kind.AGE, "days since it was added", "age:>90d", ("created", "added")),
    Key("changed", Kind.AGE, "days since the last change", "changed:<7d", ("updated",)),
    Key("since", Kind.AGE, "days in its stage", "since:>14d"),
    Key("done", Kind.AGE, "days since it was done, or when", "done:2026-W46", ("completed",)),
    Key("due", Kind.DAY, "its date, or days until then", "due:<7d"),
    Key("project", Kind.NAME, "project", "project:api", ("proj", "p")),
    Key("theme", Kind.NAME, "theme, by id or by words of its name", "theme:THM-3"),
    Key("source", Kind.NAME, "how it came in", "source:retro"),
    Key("session", Kind.NAME, "session that showed it", "session:1f0c"),
    Key("id", Kind.NAME, "id or number", "id:12"),
)

KEYS: Final = MappingProxyType({key.name: key for key in _TABLE})
"""Every key by its main name, in the order of the help."""
SPELLINGS: Final = MappingProxyType(
    {spelling: key.name for key in _TABLE for spelling in (key.name, *key.aliases)}
)
"""Main name by every accepted spelling."""
