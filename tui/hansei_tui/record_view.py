"""The optional parts of a record in words, for `hansei show` and the detail pane alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from hansei_core.forms import fmea_line, number_text, option_lines, write_form
from hansei_core.improvement import EvidenceLink, Improvement
from hansei_core.measurement import Measurement
from hansei_core.record import CHECKLISTS
from hansei_core.savings import saving_of_item, saving_words
from hansei_core.scoring import should_split
from hansei_core.stats import spent_hours
from hansei_core.verbs.measure import load_measurements
from hansei_core.vocabulary import Stage
from hansei_tui.words import short_day
from hansei_tui.workspace import Workspace

DAY_HOURS: Final = 8.0
"""Hours of a working day; what takes longer is better done in parts."""


def measurements_of(workspace: Workspace, improvement_id: str) -> tuple[Measurement, ...]:
    """Return what was measured of an improvement, oldest first."""
    found = load_measurements(workspace.store)
    return tuple(each for each in found if each.improvement_id == improvement_id)


def record_facts(
    item: Improvement, measured: Iterable[Measurement], now: datetime
) -> list[tuple[str, str]]:
    """Return (name, text) of the optional parts that are filled; a text may have several lines."""
    spent = spent_hours(item, {})
    facts = [
        ("owner", item.owner),
        ("effort", item.effort_reason),
        ("saves", saving_words(item)),
        ("options", "\n".join(option_lines(item.options))),
        ("believed", item.hypothesis.sentence if item.hypothesis else ""),
        ("test", item.experiment_design),
        ("whys", write_form("whys", item.whys)),
        ("causes", write_form("fishbone", item.fishbone)),
        ("FMEA", fmea_line(item.fmea) if item.fmea else ""),
        ("done", item.implementation),
        ("method", item.validation_method),
        ("duration", item.validation_duration),
        ("measured", "\n".join(each.said for each in measured)),
        ("result", item.measured_impact),
        ("spent", f"{number_text(spent)} h" if spent else ""),
        ("ROI", item.roi),
        ("kept by", item.standardisation),
        ("checklist", "\n".join(checklist_lines(item, now))),
        ("elsewhere", ", ".join(item.foreign_ids)),
        ("besides", _extra(item)),
    ]
    return [(name, text) for name, text in facts if text]


def fold_evidence(links: Iterable[EvidenceLink]) -> list[tuple[EvidenceLink, int]]:
    """Return evidence with how often its words stand there, each text once, by its first place."""
    found: dict[str, tuple[EvidenceLink, int]] = {}
    for link in links:
        words = " ".join(link.quote.split())
        key = words or f"\0{link.session_id}\0{link.line}"  # without words nothing is the same
        first, times = found.get(key, (link, 0))
        found[key] = (first, times + 1)
    return list(found.values())


def same_words(times: int) -> str:
    """Return what stands behind a folded text."""
    return f" {times}× the same" if times > 1 else ""


def _extra(item: Improvement) -> str:
    """Return the fields of an imported record that hansei has no word for."""
    if not item.extra:
        return ""
    from hansei_core.exchange.ticket import value_of  # few records have any

    return "\n".join(f"{each.name}: {value_of(each)}" for each in item.extra)


def computed_of(item: Improvement, workspace: Workspace) -> dict[str, Any]:
    """Return what JSON says besides the fields: measurements, saving, risk, the hypothesis."""
    measured = [
        {
            **msgspec.to_builtins(each),
            "change_percent": each.change_percent,
            "meets_target": each.meets_target,
        }
        for each in measurements_of(workspace, item.id)
    ]
    saving = saving_of_item(item)
    return {
        "measurements": measured,
        "saving": None if saving is None else msgspec.to_builtins(saving),
        "risk": item.fmea.risk if item.fmea else None,
        "hypothesis_sentence": item.hypothesis.sentence if item.hypothesis else None,
    }


def size_words(item: Improvement) -> str:
    """Return the size class behind the hours, and what to do about more than a day's work."""
    if item.size is None:
        return ""
    split = ", more than a day: hansei split?" if should_split(item.hours, DAY_HOURS) else ""
    return f" ({item.size.label}{split})"


def checklist_lines(item: Improvement, now: datetime) -> list[str]:
    """Return the checklist of the stage that an improvement is in, and counts of the others."""
    lines: list[str] = []
    for stage in CHECKLISTS:
        found = [line for line in item.checklist if line.stage is stage]
        if not found:
            continue
        ticked = sum(line.done_at is not None for line in found)
        lines.append(f"{stage} {ticked} of {len(found)}")
        if stage is _shown_stage(item):
            lines += [
                f"[{'x' if line.done_at else ' '}] {line.text}"
                + (f" ({short_day(line.done_at, now)})" if line.done_at else "")
                for line in found
            ]
    return lines


def _shown_stage(item: Improvement) -> Stage:
    return Stage.VALIDATION if item.stage is Stage.DONE else item.stage
