"""A record that somebody edited into nonsense is named, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from hansei_core import tables
from hansei_core.retro import ImprovementDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.themes.model import Family, Lobe, Term, Theme, theme_to_document
from hansei_core.verbs import improvements
from hansei_core.verbs.damage import damaged_records
from hansei_core.verbs.theme_model import load_themes

READ = (
    tables.IMPROVEMENTS, tables.RETROS, tables.PLANS, tables.RITUALS, tables.MEASUREMENTS,
    tables.METRIC_READINGS, tables.TIME_ENTRIES, tables.TIMER, tables.DECISIONS, tables.SIGNALS,
    tables.THEMES, tables.THEME_STATE,
)  # fmt: skip


@pytest.mark.parametrize("table", READ)
def test_a_record_that_cannot_be_read_is_named(table: str, now: datetime) -> None:
    """A retro or a theme would be missing everywhere, and nothing would say so."""
    store = MemoryStore()
    improvements.add(store, ImprovementDraft("a"), now=now)
    assert damaged_records(store) == ()
    with store.transaction("edit by hand", now=now) as transaction:
        transaction.put(table, "X-1", {"id": 7, "at": "never", "pinned": 7})
    (found,) = damaged_records(store)
    assert (found.table, found.record_id) == (table, "X-1")
    assert found.reason


@pytest.mark.parametrize(
    ("field", "odd"),
    [
        ("name", 7), ("tags", [7]), ("terms", [["a", "b", "c"]]), ("threshold", "x"),
        ("merged", [["text", 0.3, [["a", 1, "x"]]]]), ("size", "x"), ("aliases", 7),
        ("muted", "x"), ("born_at", "never"), ("family", "none"), ("algorithm", "z"),
    ],
)  # fmt: skip
def test_a_theme_with_an_odd_field_is_named_and_passed_over(
    field: str, odd: object, now: datetime
) -> None:
    """A name that became a number would be found out by the screen that draws it."""
    store = MemoryStore()
    theme = Theme(
        "THM-1", "a lock", ("lock",), now, 1, 0.3, (Term("lock", 0.9, 2.0),),
        merged=(Lobe(Family.TEXT, 0.3, (Term("key", 0.9, 2.0),)),), size=3, aliases=("THM-9",),
    )  # fmt: skip
    with store.transaction("two themes", now=now) as transaction:
        transaction.put(tables.THEMES, "THM-1", theme_to_document(theme))
        whole = theme_to_document(replace(theme, id="THM-2"))
        transaction.put(tables.THEMES, "THM-2", {**whole, "to come": 1})
    assert [each.id for each in load_themes(store).themes] == ["THM-1", "THM-2"]
    with store.transaction("edit by hand", now=now) as transaction:
        transaction.put(tables.THEMES, "THM-1", {**theme_to_document(theme), field: odd})
    assert [each.id for each in load_themes(store).themes] == ["THM-2"]
    (found,) = damaged_records(store)
    assert "THM-1" in found.reason
