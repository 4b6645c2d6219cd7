"""Records of every table that are well formed and mean nothing, as an editor's slip leaves them."""

from __future__ import annotations

from typing import Any

from hansei_core import tables

ODD: tuple[dict[str, Any], ...] = (
    {
        "id": 7,
        "title": 7,
        "name": 7,
        "at": "never",
        "start": "never",
        "thresholds": 7,
        "pinned": 7,
        "aliases": 7,
    },
    {},
)
RECORDS = (
    (tables.IMPROVEMENTS, "IMP-2026-001"),
    (tables.RETROS, "RET-001"),
    (tables.PLANS, "2026-W47"),
    (tables.RITUALS, "2026-W47"),
    (tables.MEASUREMENTS, "M-0001"),
    (tables.METRIC_READINGS, "V-0001"),
    (tables.TIME_ENTRIES, "T-001"),
    (tables.TIMER, tables.ACTIVE),
    (tables.DECISIONS, "DEC-001"),
    (tables.ALERTS, "a"),
    (tables.SIGNALS, "s"),
    (tables.THEMES, "THM-1"),
    (tables.THEME_STATE, "state"),
    (tables.THEME_STATE, "decisions"),
)
