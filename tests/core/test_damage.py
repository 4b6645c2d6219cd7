"""A record that somebody edited into nonsense is named, and nothing else is."""

from __future__ import annotations

from datetime import datetime

import pytest

from hansei_core import tables
from hansei_core.retro import ImprovementDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.verbs import improvements
from hansei_core.verbs.damage import damaged_records

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
