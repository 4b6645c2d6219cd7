"""The full ticket: an improvement with all its parts as a tree of plain values, and back.

JSON, JSON Lines and YAML write this tree. Its groups are the steps of a registry entry (metadata,
analysis, solution, implementation, validation, standardisation); fields that hold nothing are left
out. A reader takes a field wherever it stands, in its group or at the top, so that what
`hansei list --json` prints can be read too. Fields that hansei has no word for are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from hansei_core.errors import UsageError
from hansei_core.exchange.rows import FIELDS, MAX_LINE, Collector, Facts, inert, outside
from hansei_core.exchange.yaml_text import read_yaml, write_yaml
from hansei_core.improvement import Improvement
from hansei_core.record import Extra
from hansei_sessions.text import clean_line

KIND: Final = "tickets"
VERSION: Final = 1
_GROUPS: Final = MappingProxyType(
    {
        "analysis": (
            *("current_state", "impact", "impact_reason", "root_cause"),
            *("whys", "fishbone", "fmea", "evidence"),
        ),
        "solution": (
            *("proposed_change", "options", "expected_outcome", "hypothesis", "effort"),
            *("effort_reason", "hours", "hours_by_hand", "saves_seconds", "per_day"),
        ),
        "implementation": ("implementation", "spent_hours"),
        "validation": (
            *("success_criteria", "experiment_design", "validation_method"),
            *("validation_duration", "measured_impact", "measurements", "roi"),
        ),
        "standardisation": ("standardisation",),
    }
)
_LAST: Final = ("checklist", "history", "extra")
_PLACED: Final = frozenset(
    ("id", "title", *_LAST, *(name for names in _GROUPS.values() for name in names))
)
GROUPS: Final = MappingProxyType(
    {"metadata": tuple(name for name in FIELDS if name not in _PLACED), **_GROUPS}
)
"""Fields of a ticket by their group, in order."""
ALIASES: Final = MappingProxyType(
    {
        "problem": "current_state",
        "created": "created_at",
        "updated": "updated_at",
        "status": "stage",
        "theme": "theme_id",
        "solution": "proposed_change",
        "description": "current_state",
        "expected_impact": "expected_outcome",
        "method": "validation_method",
        "duration": "validation_duration",
        "results": "measured_impact",
        "team": "owner",
        "assigned_to": "owner",
        "target_date": "due",
        "estimated_hours": "hours",
    }
)
"""Other names that a field may have where a text stands under it."""
_MOST_EXTRA: Final = 100
_COMPUTED: Final = frozenset(
    (
        *("priority", "label", "cell", "size", "deadline", "due_in_days", "overdue", "late"),
        *("triage_deadline", "saving", "risk", "hypothesis_sentence"),
    )
)
"""What `--json` adds to a record; it follows from the fields."""


def tree_of(item: Improvement, facts: Facts) -> dict[str, Any]:
    """Return a ticket as a tree of plain values without what is not filled."""
    document = {**item.to_document(), "stage": item.stage.value}
    measured = [
        {
            name: value
            for name, value in msgspec.to_builtins(each).items()
            if name not in ("id", "improvement_id")
            and value is not False
            and value not in (None, "")
        }
        for each in facts.measurements.get(item.id, ())
    ]
    if measured:
        document["measurements"] = measured
    tree: dict[str, Any] = {"id": document["id"], "title": document["title"]}
    for group, names in GROUPS.items():
        filled = {name: document[name] for name in names if name in document}
        if filled:
            tree[group] = filled
    for name in ("checklist", "history"):
        if name in document:
            tree[name] = document[name]
    if item.extra:
        tree["extra"] = {each.name: value_of(each) for each in item.extra}
    return tree


def value_of(extra: Extra) -> Any:
    """Return the value of a kept field, inert; a text that is no JSON stands for itself."""
    try:
        return inert(json.loads(extra.value))
    except (ValueError, RecursionError):
        return inert(extra.value)


def take_tree(rows: Collector, line: int, tree: Any) -> None:
    """Check one ticket and keep it as a row; unknown fields become its extra ones."""
    if not isinstance(tree, Mapping):
        rows.refuse(line, "it is no ticket: a table of named values is expected")
        return
    raw: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in _flat(tree):
        if name == "extra" and isinstance(value, Mapping):
            extra |= value
        elif name == "extra" and isinstance(value, list):
            extra |= _pairs(value)
        elif name in FIELDS or name == "measurements":
            raw[name] = value
        elif name not in _COMPUTED and value not in (None, "", [], {}):
            extra[name] = value
    measurements = raw.pop("measurements", None) or []
    if not isinstance(measurements, list):
        rows.refuse(line, "its measurements are no list")
        return
    kept = kept_fields(extra, rows)
    if kept:
        raw["extra"] = kept
    rows.take(line, raw, measurements=measurements)


def kept_fields(extra: Mapping[str, Any], rows: Collector) -> list[dict[str, str]]:
    """Return fields that hansei has no word for as a record keeps them; huge ones are left out."""
    kept: list[dict[str, str]] = []
    for name, value in extra.items():
        encoded = json.dumps(outside(value), ensure_ascii=False, default=str)
        if len(encoded) > MAX_LINE * 5 or len(kept) >= _MOST_EXTRA:
            rows.note(f"the field {name} is too large to be kept")
        else:
            kept.append({"name": clean_line(str(name), 100), "value": encoded})
    return kept


def _flat(tree: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a ticket by their own names, whatever group they stand in."""
    for key, value in tree.items():
        name = str(key)
        if name in GROUPS and isinstance(value, Mapping):
            for inner, part in value.items():
                yield _named(str(inner), part), part
        else:
            yield _named(name, value), value


def _named(name: str, value: Any) -> str:
    if name in FIELDS and not (name == "solution" and isinstance(value, str)):
        return name
    return ALIASES.get(name, name) if not isinstance(value, Mapping | list) else name


def _pairs(value: Sequence[Any]) -> dict[str, Any]:
    """Return extra fields as the store keeps them: `[{"name": …, "value": JSON}]`."""
    found: dict[str, Any] = {}
    for each in value:
        if isinstance(each, Mapping) and isinstance(each.get("value"), str) and each.get("name"):
            try:
                found[str(each["name"])] = json.loads(each["value"])
            except ValueError:
                found[str(each["name"])] = each["value"]
    return found


def write_json(items: Sequence[Improvement], facts: Facts) -> str:
    """Return tickets as one JSON document in hansei's envelope."""
    tickets = [tree_of(item, facts) for item in items]
    envelope = {"version": VERSION, "kind": KIND, "data": tickets}
    return msgspec.json.format(msgspec.json.encode(envelope), indent=2).decode() + "\n"


def write_jsonl(items: Sequence[Improvement], facts: Facts) -> str:
    """Return tickets as JSON Lines, one a line."""
    return "".join(msgspec.json.encode(tree_of(item, facts)).decode() + "\n" for item in items)


def write_tickets(items: Sequence[Improvement], facts: Facts) -> str:
    """Return tickets as a YAML list."""
    return write_yaml([tree_of(item, facts) for item in items]) if items else "[]\n"


def read_json(text: str, rows: Collector) -> None:
    """Read one JSON document: an envelope, a list of tickets, or one ticket.

    Raises:
        UsageError: It is no JSON.
    """
    for number, tree in enumerate(trees_of(load_json(text)), 1):
        take_tree(rows, number, tree)


def read_jsonl(text: str, rows: Collector) -> None:
    """Read JSON Lines: one ticket a line; a line that is no JSON is counted."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            tree = load_json(line)
        except UsageError as error:
            rows.refuse(number, error.message)
            continue
        take_tree(rows, number, tree)


def read_tickets(text: str, rows: Collector) -> None:
    """Read YAML: a list of tickets, one ticket, or an envelope.

    Raises:
        UsageError: It is no YAML, or uses what no exchange file needs.
    """
    for number, tree in enumerate(trees_of(read_yaml(text)), 1):
        take_tree(rows, number, tree)


def load_json(text: str) -> Any:
    """Return what a JSON text holds.

    Raises:
        UsageError: It is no JSON; the message names the place.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise UsageError(f"it is no JSON: {error.msg} in line {error.lineno}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"it is no JSON that can be read: {error}"[:200]) from error


def trees_of(found: Any) -> list[Any]:
    """Return the tickets of a document: those of its envelope, of its list, or itself."""
    if isinstance(found, Mapping):
        for name in ("data", "improvements", "tickets", "tasks", "issues"):
            if isinstance(found.get(name), list):
                return list(found[name])
        data = found.get("data")
        return [data if isinstance(data, Mapping) and "kind" in found else found]
    return found if isinstance(found, list) else [found]


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
