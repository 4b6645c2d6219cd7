"""What the Triage screen shows, as plain functions of values."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from textual.content import Content

from hansei_core.deadlines import Limits, due_in, is_triage_late
from hansei_core.improvement import Improvement
from hansei_core.ruled import said_by
from hansei_core.scoring import explain_priority
from hansei_core.triage import PreRead, Sitting
from hansei_core.vocabulary import Severity, Stage
from hansei_tui.inbox import Kin
from hansei_tui.record_view import fold_evidence, same_words
from hansei_tui.text import Part, assemble, field, lines, one_line, plain
from hansei_tui.widgets.line_list import Column, Row, Tone
from hansei_tui.words import ago, count, due_words, short_day, when

COLUMNS: Final = (
    Column("flag", "", 2, gap=0),
    Column("title", "title", 0, gap=0),
    Column("source", "from", 7, need=88),
    Column("when", "due or age", 13, "right", gap=1),
    Column("id", "id", 12, need=66),
)
BANNER: Final = (
    ("1", "accept"),
    ("2", "duplicate of"),
    ("3", "decline"),
    ("w", "snooze"),
    ("u", "undo"),
)
_NEXT_KEYS: Final = (
    ("esc", "to the Backlog"),
    ("a", "add an improvement in a line"),
    ("g r", "close a session with a retro"),
    ("u", "take the last decision back"),
)
"""What an empty inbox offers."""
_QUOTES: Final = 4


def row_of(item: Improvement, now: datetime, limits: Limits) -> Row:
    """Return the cells of one waiting improvement in the order of `COLUMNS`."""
    days = due_in(item, now, limits)
    tone: Tone = "warn" if is_triage_late(item, now, limits) else "quiet"
    if days is not None and days < 0:
        tone = "bad"
    flag: tuple[str, Tone] = ("", "")
    if item.severity is Severity.CRITICAL:
        flag = ("!", "bad")
    elif item.stage is Stage.DEFERRED:
        flag = ("↩", "accent")
    return (
        flag,
        item.title,
        ("auto" if "auto" in item.tags else item.source, "quiet"),
        (_pressing(days) or ago(item.created_at, now), tone),
        (item.id, "quiet"),
    )


def _pressing(days: int | None) -> str:
    """Return how far a deadline is; beside ages it has to say that it is one."""
    words = due_words(days)
    return f"due {words}" if words and days is not None and days >= 0 else words


def head_of(found: PreRead, sitting: Sitting, now: datetime, limit_minutes: int) -> Content:
    """Return the heading: what waits, how much is done, and how long it has taken."""
    facts = [f"{found.waiting:,} waiting"] if found.waiting else []
    facts += [
        f"{number} {word}"
        for number, word in (
            (found.critical, "critical"),
            (found.overdue, "overdue"),
            (found.late, "late"),
            (found.back, "back"),
        )
        if number
    ]
    minutes = sitting.minutes(now)
    is_over = minutes >= limit_minutes
    return assemble(
        ("Triage", "bold"),
        ("  " + " · ".join(facts), "$quiet"),
        (f"  {sitting.done} done" if sitting.done else "", "$success"),
        (
            f"  {int(minutes)} of {limit_minutes} min" if found.waiting or sitting.done else "",
            "$warning bold" if is_over else "$quiet",
        ),
    )


def banner() -> Content:
    """Return the line of keys that the digits mean here."""
    parts: list[Part] = []
    for key, word in BANNER:
        parts += [(f" {key} ", "$accent bold"), (word, ""), ("  ", "")]
    return assemble(*parts[:-1])


def empty_words(found: PreRead, done: int) -> Content:
    """Return what an empty inbox says: how it stands, and what can be done next."""
    words = "The inbox is empty." if not done else f"The inbox is empty: {done} decided."
    if found.next_back is not None:
        words += f" The next one comes back on {found.next_back}."
    rows = [plain(words), plain("")]
    rows += [assemble((f"{key:<5}", "$accent bold"), (said, "$quiet")) for key, said in _NEXT_KEYS]
    return lines(rows)


def detail_of(item: Improvement, kin: Kin, now: datetime, limits: Limits, width: int) -> Content:
    """Return what is needed to decide on an improvement: itself, then what is like it."""
    came = f"{item.id} · {_source(item)} {when(item.created_at, now)}"
    rows = [assemble((item.title, "bold")), assemble((came, "$quiet"))]
    rows += [field(name, text, width, style) for name, text, style in _facts(item, now, limits)]
    rows += _kin_rows(kin, now, width)
    rows += [
        field(name, text, width)
        for name, text in (
            ("now", item.current_state),
            ("change", item.proposed_change),
            ("expected", item.expected_outcome),
        )
        if text
    ]
    if item.evidence:
        rows += [plain(""), assemble(("evidence", "$secondary bold"))]
        folded = fold_evidence(item.evidence)
        rows += [
            field(
                _place(link.path, link.line) or link.project or link.agent,
                _said(link.quote) + same_words(times),
                width,
            )
            for link, times in folded[-_QUOTES:]
        ]
        more = sum(times for _, times in folded[:-_QUOTES])
        if more:
            rows.append(assemble((f"… {more:,} more", "$quiet")))
    return lines(rows)


def _facts(item: Improvement, now: datetime, limits: Limits) -> list[tuple[str, str, str]]:
    """Return (name, text, style) of what there is to know, the pressing things first."""
    days = due_in(item, now, limits)
    late = is_triage_late(item, now, limits)
    sessions = f" in {count(len(item.sessions), 'session')}" if item.sessions else ""
    back = item.deferred_reason if item.stage is Stage.DEFERRED else ""
    about = (
        item.severity.value if item.severity else "",
        explain_priority(item.impact, item.effort) if item.is_scored else "",
        item.category.label if item.category else "",
        *(f"+{tag}" for tag in item.tags),
        item.project,
        f"seen {item.seen}×{sessions}" if item.seen > 1 else "",
    )
    facts = [
        ("due", due_words(days), "$error" if days is not None and days < 0 else ""),
        ("waits", f"beyond {limits.triage_hours:g} hours" if late else "", "$warning"),
        ("deferred", back, ""),
        ("about", " · ".join(part for part in about if part), ""),
        ("rules", said_by(item.by_rule), "$quiet"),
    ]
    return [fact for fact in facts if fact[1]]


def _kin_rows(kin: Kin, now: datetime, width: int) -> list[Content]:
    if not kin:
        return []
    rows = [assemble(("already known", "$secondary bold"))]
    rows += [
        field("like", f"{twin.item.id} {twin.item.title} ({twin.item.stage})", width, "$warning")
        for twin in kin.twins
    ]
    rows += [
        field(each.kind.value, f"{each.id} {short_day(each.at, now)} “{each.title}”: {each.reason}",
              width, "$warning")
        for each in kin.decisions
    ]  # fmt: skip
    rows += [field("theme", f"{each.id} {each.text}", width) for each in kin.themes]
    return rows


def _source(item: Improvement) -> str:
    words = {"add": "captured", "retro": "from a retro", "theme": "from a theme"}
    return words.get(item.source, item.source)


def _place(path: str, line: int) -> str:
    name = path.rsplit("/", 1)[-1]
    return f"{name}:{line}" if name and line else name


def _said(quote: str) -> str:
    return f"“{one_line(quote).plain}”" if quote else "–"
