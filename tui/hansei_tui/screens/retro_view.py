"""What the Retro screen shows of a session, as plain functions of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from textual.content import Content

from hansei_core.retro import QUESTIONS, Retro
from hansei_core.usual import Usual, compared_words
from hansei_sessions.ended import duration
from hansei_sessions.friction import shown_path
from hansei_sessions.model import Friction, FrictionKind, Session
from hansei_sessions.text import first_line
from hansei_tui.friction_words import Group, total_seconds
from hansei_tui.text import assemble, fit, lines, plain, width_of, wrap_within
from hansei_tui.widgets.line_list import Column, Row
from hansei_tui.words import count, minutes, when

FRICTION_COLUMNS: Final = (
    Column("what", "what went wrong", 0),
    Column("lost", "lost", 6, "right", gap=1),
)
SESSION_COLUMNS: Final = (
    Column("state", "", 1),
    Column("ended", "ended", 15, gap=1),
    Column("title", "session", 0),
    Column("project", "project", 12, need=68),
    Column("lost", "lost", 6, "right"),
)


def friction_rows(groups: Sequence[Group], opened: frozenset[str]) -> list[str]:
    """Return row ids: one for each group, and the frictions of those that are open."""
    rows: list[str] = []
    for group in groups:
        rows.append(group.id)
        if group.id in opened:
            rows += [friction.id for friction in group.frictions]
    return rows


def group_row(group: Group, *, is_open: bool) -> Row:
    """Return the cells of a group's heading."""
    number = f" ×{group.events}" if group.events > 1 else ""
    mark = "" if len(group.frictions) == 1 else "▾ " if is_open else "▸ "
    return (f"{mark}{group.name}{number}", minutes(group.seconds))


def friction_row(friction: Friction) -> Row:
    """Return the cells of one friction below its group."""
    cost = minutes(friction.seconds_lost)
    return ((f"  {friction_line(friction)}", "quiet"), (cost, "quiet"))


def friction_line(friction: Friction) -> str:
    """Return a friction on one line: what was said, or what it was about."""
    said = first_line(friction.text)
    if friction.kind is FrictionKind.SLOW_COMMAND:
        return first_line(friction.subject) or said
    return said or first_line(friction.subject) or friction.tool or friction.kind.value


def session_head(
    session: Session,
    frictions: Sequence[Friction],
    now: datetime,
    width: int,
    usual: Usual | None = None,
) -> Content:
    """Return what a session was, in six lines at most.

    Args:
        session: It.
        frictions: Its frictions.
        now: Aware.
        width: Columns.
        usual: What the user's last sessions of the project lost; None where they are too few.
    """
    title = wrap_within(first_line(session.title) or "a session without a title", width, 2)
    where = [session.project, session.agent]
    if session.branch and session.branch != "HEAD":
        where.append(session.branch)
    tokens = session.tokens
    spent = tokens.input + tokens.output + tokens.cache_read + tokens.cache_write
    facts = (
        when(session.started_at, now),
        minutes(duration(session)),
        count(session.prompts, "prompt"),
        f"{_short(spent)} tokens",
    )
    lost = total_seconds(frictions)
    cost = f" · {minutes(lost)} lost" if lost else ""
    return lines(
        [
            assemble(("\n".join(title), "bold")),
            assemble((_what_fits([part for part in where if part], width), "$quiet")),
            assemble((_what_fits(facts, width), "$quiet")),
            assemble((count(len(frictions), "friction") + cost, "$warning")),
            assemble((fit(compared_words(lost or 0.0, usual), width).rstrip(), "$quiet")),
        ]
    )


def reviewed(retro: Retro, titles: Mapping[str, str], now: datetime) -> Content:
    """Return what stands where the questions were, once a session is closed.

    Args:
        retro: Its retro.
        titles: Title by the id of each of its improvements.
        now: Aware.
    """
    rows = [assemble((f"Reviewed {when(retro.at, now)}", "$quiet")), plain("")]
    answers = (retro.slowed, retro.broke, retro.better)
    for question, answer in zip(QUESTIONS, answers, strict=True):
        if answer:
            rows += [assemble((question, "$secondary bold")), plain(answer), plain("")]
    rows += [assemble((name, "$quiet"), f"  {title}".rstrip()) for name, title in titles.items()]
    if retro.none_because:
        rows.append(plain(f"No improvement: {retro.none_because}"))
    last = "ctrl+o chooses another session, 2 shows what recurs."
    return lines([*rows, plain(""), assemble((last, "$quiet"))])


def _what_fits(parts: Sequence[str], width: int) -> str:
    """Return as many parts as there is room for; the first is cut where it alone is too long."""
    shown = list(parts[:1])
    for part in parts[1:]:
        if width_of(" · ".join([*shown, part])) > width:
            break
        shown.append(part)
    return fit(" · ".join(shown), width).rstrip()


def evidence_place(friction: Friction, now: datetime) -> str:
    """Return where and when a friction happened."""
    count_text = f" · {friction.count} in a row" if friction.count > 1 else ""
    return (
        f"{when(friction.at, now)} · {minutes(friction.seconds_lost)} lost{count_text}"
        f" · rule {friction.rule}\n{shown_path(friction.evidence.path)}:{friction.evidence.line}"
    )


def _short(number: int) -> str:
    if number >= 1_000_000:
        return f"{number / 1_000_000:.1f}M"
    return f"{number / 1000:.0f}k" if number >= 1000 else str(number)
