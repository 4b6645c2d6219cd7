"""Editing fields of improvements by name and text: commands, the editor, the modify line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from hansei_core.backlog import circle
from hansei_core.days import parse_day
from hansei_core.errors import UsageError
from hansei_core.forms import EMPTY, FORMS, TEXTS, number_text
from hansei_core.improvement import (
    Improvement,
    check_hours,
    check_score,
    check_tags,
    check_title,
    with_history,
    with_scores,
)
from hansei_core.quickadd import QuickAdd
from hansei_core.ruled import without_fields
from hansei_core.scoring import DEFAULT_HOURS
from hansei_core.store.protocol import Store
from hansei_core.verbs.improvements import Many, change_all
from hansei_core.verbs.records import Outcome, load_improvements, resolve, resolve_all
from hansei_core.vocabulary import nearest, parse_category, parse_severity

Parser = Callable[[str, date], Any]

_TEXTS: Final = (
    "project",
    "impact_reason",
    "current_state",
    "proposed_change",
    "expected_outcome",
    "success_criteria",
    "root_cause",
    "theme_id",
)
_SCORES: Final[Mapping[str, Parser]] = {
    "impact": lambda text, _: check_score("impact", text),
    "effort": lambda text, _: check_score("effort", text),
    "hours": lambda text, _: check_hours(text),
}


def _form(name: str) -> Parser:
    return lambda text, _: FORMS[name](text)


FIELDS: Final[Mapping[str, Parser]] = MappingProxyType(
    {
        "title": lambda text, _: check_title(text),
        "category": lambda text, _: parse_category(text),
        "severity": lambda text, _: parse_severity(text),
        "tags": lambda text, _: check_tags(tuple(filter(None, re.split(r"[\s,]+", text)))),
        "due": parse_day,
        **_SCORES,
        **{name: lambda text, _: text.strip() for name in (*_TEXTS, *TEXTS)},
        **{name: _form(name) for name in FORMS},
    }
)
"""How each field that can be edited reads a user's text."""
_EMPTY: Final[Mapping[str, Any]] = {"tags": (), **dict.fromkeys(_TEXTS, ""), **EMPTY}
_REWORDING: Final = frozenset(("title", "current_state", "proposed_change", "expected_outcome"))
"""Changing one of these may make the score stale."""
_SHOWN: Final = ("project", "theme_id", "owner", "saves_seconds", "per_day", "spent_hours")
"""Texts and forms that are short enough for the history."""


def edit(
    store: Store, references: Iterable[str], changes: Mapping[str, str], *, now: datetime
) -> Many:
    """Set fields from text; an empty text clears a field (the title cannot be cleared).

    Raises:
        UsageError: A field does not exist or cannot have that value; nothing is written.
        NotFoundError: One of the references means nothing.
    """
    values = _with_root_cause(
        {name: _read(name, text, now.date()) for name, text in changes.items()}
    )
    if not values:
        raise UsageError("nothing to change", f"the fields are {', '.join(FIELDS)}")
    label = ("edit", f": {', '.join(values)}")
    return change_all(store, references, label, lambda item: edited(item, values, now), now=now)


def modify(
    store: Store,
    references: Iterable[str],
    line: QuickAdd,
    *,
    now: datetime,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> Many:
    """Change improvements by a modify line: attributes, `+tag`, `-tag`, and a new title if any.

    Args:
        store: Where they live.
        references: Ids, numbers or prefixes.
        line: What the line says.
        now: Aware.
        texts: More fields by name, as for `edit`; all of it is one undo.

    Raises:
        UsageError: The line says nothing, or a field cannot have that value.
        NotFoundError: One of the references means nothing.
    """
    values: dict[str, Any] = {
        name: value
        for name in ("category", "severity", "impact", "effort", "hours", "project", "due")
        if (value := getattr(line, name)) not in (None, "")
    }
    values |= {"theme_id": line.theme_id} if line.theme_id else {}
    values |= {"title": check_title(line.title)} if line.title else {}
    values |= {name: _EMPTY.get(name) for name in line.cleared}
    values |= {name: _read(name, text, now.date()) for name, text in texts.items()}
    values = _with_root_cause(values)
    tags, gone = set(line.tags), set(line.removed_tags)
    if not values and not tags and not gone:
        raise UsageError("nothing to change", "write attributes such as impact:8, +tag or -tag")

    def change(item: Improvement) -> Improvement:
        new_tags = tuple(sorted({*item.tags, *tags} - gone))
        return edited(item, values | {"tags": new_tags}, now)

    said = [*values, *(["tags"] if tags or gone else [])]
    return change_all(store, references, ("edit", f": {', '.join(said)}"), change, now=now)


def edited(item: Improvement, values: Mapping[str, Any], now: datetime) -> Improvement:
    """Return the improvement with new field values, dates and a history line for what changed.

    Args:
        item: The old value.
        values: Checked values by field name; None clears.
        now: Aware.
    """
    changed = [name for name, value in values.items() if getattr(item, name) != value]
    confirmed = [name for name in values if name in item.suggested]
    if not changed and not confirmed:
        return item
    scores = {name: values[name] for name in _SCORES if name in changed}
    plain: dict[str, Any] = {
        name: values[name] for name in changed if name not in scores or values[name] is None
    }
    if plain.get("hours", 0) is None:
        plain["hours_by_hand"] = False
        plain["hours"] = DEFAULT_HOURS.get(values.get("effort") or item.effort or 0)
    elif plain.get("effort", 0) is None and not item.hours_by_hand:
        plain["hours"] = None
    set_scores = {name: value for name, value in scores.items() if value is not None}
    new = with_scores(replace(item, **plain), now=now, **set_scores)
    new = replace(
        new,
        suggested=tuple(name for name in new.suggested if name not in values),
        by_rule=without_fields(new.by_rule, changed),
    )
    if _REWORDING & set(changed):
        new = replace(new, changed_at=now)
    text = "; ".join(_said(name, getattr(item, name), values[name]) for name in changed)
    return with_history(new, now, text or f"confirmed {', '.join(confirmed)}")


def block(
    store: Store, blocker: str, blocked: Iterable[str], *, now: datetime, remove: bool = False
) -> Outcome[Improvement]:
    """Let one improvement block others, or no longer.

    Raises:
        NotFoundError: One of the references means nothing.
        UsageError: It would close a circle; the message names it.
    """
    first = resolve(store, blocker, now=now)
    others = resolve_all(store, blocked, now=now)
    items = load_improvements(store).items
    if first in others and not remove:
        raise UsageError(f"{first} cannot wait for itself", "name another improvement")
    for other in others:
        if not remove and (round_trip := circle(items, first, other)):
            raise UsageError(
                f"{first} cannot block {other}: that closes the circle {' → '.join(round_trip)}",
                "take one of the blocks away first",
            )

    def change(item: Improvement) -> Improvement:
        kept = set(item.blocks) - set(others) if remove else {*item.blocks, *others}
        new = tuple(sorted(kept))
        if new == item.blocks:
            return item
        verb = "no longer blocks" if remove else "blocks"
        return with_history(replace(item, blocks=new), now, f"{verb} {', '.join(others)}")

    verb = "not block" if remove else "block"
    words = ("let", f" {verb} {', '.join(others)}")
    done = change_all(store, (first,), words, change, now=now)
    return Outcome(done.value[0], done.label)


def _with_root_cause(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the last why as the root cause, unless that is given too."""
    if values.get("whys") and "root_cause" not in values:
        return values | {"root_cause": values["whys"][-1]}
    return values


def _read(name: str, text: str, today: date) -> Any:
    parser = FIELDS.get(name)
    if parser is None:
        near = nearest(name, tuple(FIELDS))
        raise UsageError(
            f"“{name}” is no field; there are {', '.join(FIELDS)}",
            f"did you mean {near}?" if near else "",
        )
    if not text.strip() and name != "title":
        return _EMPTY.get(name)
    return parser(text, today)


def _said(name: str, old: Any, new: Any) -> str:
    word = name.removesuffix("_id").replace("_", " ")
    if name not in _SHOWN and (name in _TEXTS or name in TEXTS or name in FORMS):
        return f"{word} {'written' if not old else 'changed' if new else 'cleared'}"
    return f"{word}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(f"+{item}" for item in value) or "none"
    if isinstance(value, float):
        return number_text(value)
    return "none" if value is None or value == "" else str(value)
