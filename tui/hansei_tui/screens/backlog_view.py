"""What the Backlog screen shows, as plain functions of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content

from hansei_core.backlog import Matrix
from hansei_core.deadlines import LIMITS, Limits, deadline_of, due_in
from hansei_core.improvement import Improvement
from hansei_core.scoring import Bin, Bins, cell_of
from hansei_sessions.value import Value
from hansei_tui.text import assemble, field, fit, lines, one_line, plain
from hansei_tui.widgets.line_list import Column, Row, Tone
from hansei_tui.words import ago, count, due_words, hours, short_day, when

if TYPE_CHECKING:
    from hansei_core.measurement import Measurement
    from hansei_tui.widgets.matrix import Entry, Place


COLUMNS: Final = (
    Column("priority", "pri", 3, "right"),
    Column("plan", "", 1, gap=1),
    Column("title", "title", 0, gap=1),
    Column("category", "category", 8, need=88),
    Column("impact", "I", 2, "right"),
    Column("effort", "E", 2, "right", gap=1),
    Column("hours", "hours", 5, "right"),
    Column("stage", "stage", 10, need=60),
    Column("age", "age", 5, "right", need=100),
    Column("id", "id", 12, need=112),
    Column("severity", "severity", 8, need=124),
    Column("due", "due", 11, need=136),
    Column("seen", "seen", 4, "right", need=144),
    Column("project", "project", 12, need=158),
    Column("tags", "tags", 18, need=178),
)
SORTS: Final = ("priority", "age", "hours", "stage", "seen", "title")
"""Orders that one key goes through; the others are a click, a view or `--sort` away."""
SORT_OF: Final[Mapping[str, str]] = {
    name: name
    for name in (
        *("priority", "title", "category", "impact", "effort", "hours", "stage", "age", "id"),
        *("severity", "due", "seen", "project"),
    )
}
"""Order by the key of the column whose heading asks for it."""
COLUMN_OF: Final[Mapping[str, str]] = {**SORT_OF, "rank": "priority", "updated": ""}
"""Column whose heading shows an order."""
_LABEL_TONES: Final[Mapping[str, Tone]] = {"high": "strong", "medium": "", "low": "quiet"}
_QUOTES: Final = 5
"""Different texts of evidence that the details quote."""
_SHORT: Final = {"implementation": "implement", "standardised": "standard"}
"""Stages in a narrow column."""


def row_of(
    item: Improvement,
    now: datetime,
    planned: frozenset[str],
    running: str,
    blocked: frozenset[str] = frozenset(),
    *,
    limits: Limits = LIMITS,
) -> Row:
    """Return the cells of one improvement in the order of `COLUMNS`."""
    days = due_in(item, now, limits)
    tone: Tone = _LABEL_TONES[item.label] if item.label else "quiet"
    mark: tuple[str, Tone] = ("", "")
    if item.id == running:
        mark = ("▶", "good")
    elif item.id in blocked and item.stage.is_open:
        mark = ("⊘", "warn")
    elif item.id in planned:
        mark = ("◆", "accent")
    closed = not item.stage.is_open
    return (
        ("–" if item.priority is None else str(item.priority), tone),
        mark,
        (item.title, "quiet" if closed else ""),
        (item.category.value if item.category else "–", "quiet"),
        (_score(item, "impact"), _score_tone(item, "impact")),
        (_score(item, "effort"), _score_tone(item, "effort")),
        (hours(item.hours), _score_tone(item, "hours")),
        (
            _SHORT.get(item.stage.value, item.stage.value),
            "good" if item.stage.is_finished else "quiet",
        ),
        (ago(item.created_at, now), "quiet"),
        (item.id, "quiet"),
        (item.severity.value if item.severity else "", "quiet"),
        (due_words(days), "bad" if days is not None and days < 0 else "quiet"),
        (f"{item.seen}×" if item.seen > 1 else "", "quiet"),
        (item.project, "quiet"),
        (" ".join(f"+{tag}" for tag in item.tags), "quiet"),
    )


def flags_of(
    item: Improvement, planned: frozenset[str], running: str, blocked: frozenset[str]
) -> str:
    """Return what the last line of a card begins with, in signs and words."""
    flags = []
    if item.id == running:
        flags.append("▶")
    if item.id in planned:
        flags.append("◆")
    if item.id in blocked and item.stage.is_open:
        flags.append("⊘ blocked")
    return " ".join(flags)


def matrix_cells(found: Matrix) -> dict[Place, list[Entry]]:
    """Return the entries of the nine cells, best first."""
    from hansei_tui.widgets.matrix import Entry

    return {
        place: [Entry(item.id, item.priority or 0, item.title) for item in items]
        for place, items in found.cells.items()
    }


def cell_filter(impact: Bin, effort: Bin, bins: Bins) -> str:
    """Return the filter that lists one cell of the matrix."""
    spans = {
        Bin.LOW: f"1..{bins.low_to}",
        Bin.MEDIUM: f"{bins.low_to + 1}..{bins.medium_to}",
        Bin.HIGH: f"{bins.medium_to + 1}..10",
    }
    return f"impact:{spans[impact]} effort:{spans[effort]}"


class Setting(Value, frozen=True):
    """What a detail pane must know besides the improvement."""

    now: datetime
    bins: Bins
    theme_name: str
    is_planned: bool
    width: int
    waits_for: tuple[str, ...] = ()
    """Ids of the unfinished improvements that block it."""
    is_too_big: bool = False
    """Whether it does not fit the budget of an ordinary week."""
    measured: tuple[Measurement, ...] = ()
    """What was measured of it, oldest first."""
    limits: Limits = LIMITS
    """Deadlines of triage and severity."""


def detail_of(item: Improvement, around: Setting) -> Content:
    """Return everything about one improvement, the important things first."""
    from hansei_tui.record_view import fold_evidence, record_facts, same_words

    since = when(item.stage_since, around.now)
    rows = [
        assemble((item.title, "bold")),
        assemble((f"{item.id} · {item.stage} since {since}", "$quiet")),
        plain(""),
    ]
    facts = [*_facts(item, around), *record_facts(item, around.measured, around.now)]
    rows += [field(name, text, around.width) for name, text in facts if text]
    if item.evidence:
        rows += [plain(""), assemble(("evidence", "$secondary bold"))]
        folded = fold_evidence(item.evidence)
        rows += [
            field(
                fit(link.project, 9).rstrip(),
                f"“{one_line(link.quote).plain}”{same_words(times)}",
                around.width,
            )
            for link, times in folded[:_QUOTES]
        ]
        more = sum(times for _, times in folded[_QUOTES:])
        if more:
            rows.append(assemble((f"… {more:,} more", "$quiet")))
    if item.history:
        rows += [plain(""), assemble(("history", "$secondary bold"))]
        rows += [
            field(short_day(line.at, around.now), line.text, around.width)
            for line in reversed(item.history[-8:])
        ]
    return lines(rows)


def _due(item: Improvement, around: Setting) -> str:
    """Return when it should be done and how far that is: its own date, or its severity's."""
    deadline = deadline_of(item, around.now, around.limits) if item.stage.is_open else item.due
    if deadline is None:
        return ""
    how_far = due_words(due_in(item, around.now, around.limits))
    return f"{deadline}" + (f" ({how_far})" if how_far else "")


def _facts(item: Improvement, around: Setting) -> list[tuple[str, str]]:
    """Return (name, text) of an improvement's fields; an empty text is not shown."""
    from hansei_core.ruled import said_by
    from hansei_core.scoring import explain_priority

    cell = cell_of(item.impact, item.effort, around.bins)
    score = explain_priority(item.impact, item.effort)
    if item.label and cell:
        score += f"  {item.label} · {cell}"
    suggested = " (suggested)" if "hours" in item.suggested else ""
    times = f"{item.seen}×" if item.seen > 1 else "once"
    seen = f"{times} in {count(len(item.sessions), 'session')}" if item.sessions else ""
    return [
        ("score", score),
        ("hours", hours(item.hours) + suggested),
        ("size", "does not fit a week: split? (S)" if around.is_too_big else ""),
        ("waits for", ", ".join(around.waits_for)),
        ("blocks", ", ".join(item.blocks)),
        ("category", item.category.label if item.category else "–"),
        ("plan", "in this week's plan" if around.is_planned else ""),
        ("tags", " ".join(f"+{tag}" for tag in item.tags)),
        ("project", item.project),
        ("theme", f"{item.theme_id} {around.theme_name}".strip()),
        ("seen", seen),
        ("due", _due(item, around)),
        ("rules", said_by(item.by_rule)),
        ("why", item.impact_reason),
        ("now", item.current_state),
        ("change", item.proposed_change),
        ("expected", item.expected_outcome),
        ("success", item.success_criteria),
        ("cause", item.root_cause),
        ("declined", item.decline_reason),
        ("deferred", _deferred(item)),
        ("snoozed", f"until {item.snoozed_until.isoformat()}" if item.snoozed_until else ""),
        ("also", ", ".join(item.aliases)),
    ]


def _deferred(item: Improvement) -> str:
    until = f"until {item.deferred_until.isoformat()}: " if item.deferred_until else ""
    return until + item.deferred_reason


def summary_of(shown: Sequence[Improvement], all_open: int, inbox: int) -> str:
    """Return the screen's heading line in words and numbers."""
    parts = [f"{all_open:,} open"]
    if len(shown) != all_open:
        parts.insert(0, f"{len(shown):,} shown")
    if inbox:
        parts.append(f"{inbox:,} in the inbox")
    return " · ".join(parts)


def filter_hint() -> str:
    """Return what an empty filter line says."""
    from hansei_core.filters import KEYS

    names = " ".join(f"{name}:" for name in list(KEYS)[:8])
    return f"words, +tag, {names} … for example  pri:>=40 stage:backlog"


def _score(item: Improvement, name: str) -> str:
    value = getattr(item, name)
    return "–" if value is None else str(value)


def _score_tone(item: Improvement, name: str) -> Tone:
    return "quiet" if getattr(item, name) is None or name in item.suggested else ""
