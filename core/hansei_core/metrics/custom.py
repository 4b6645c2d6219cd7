"""Metrics of the user's own: counted by rules of `metrics.toml`, or given by hand."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final, Literal

import msgspec

from hansei_core.errors import ConfigError, NotFoundError, UsageError
from hansei_core.metrics.built_in import HAND, METRICS, OWN
from hansei_core.metrics.model import Better, Facts, Family, Metric
from hansei_core.metrics.readings import Reading
from hansei_sessions.model import Friction, FrictionKind
from hansei_sessions.signals import can_tell

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PATTERN_LIMIT: Final = 200
_SUBJECT_LIMIT: Final = 500
_BUILT_IN: Final = frozenset(one.name for one in METRICS)


@dataclass(frozen=True, slots=True)
class Definition:
    """One `[[metric]]` of `metrics.toml`."""

    name: str
    what: str = ""
    unit: str = ""
    better: Better = Better.DOWN
    family: Family = Family.QUALITY
    count: Literal["frictions", "minutes", "sessions", "hand"] = "frictions"
    """Frictions of a session, minutes that they cost, percent of the sessions with one, or
    numbers given by hand."""
    kind: FrictionKind | None = None
    rule: str = ""
    """A rule's name, or what stands behind its dot."""
    tool: str = ""
    subject: str = ""
    """A regular expression, found in what a friction is about."""
    project: str = ""
    agent: str = ""

    def fits(self, one: Friction) -> bool:
        """Tell whether a friction is counted."""
        return (
            (self.kind is None or one.kind is self.kind)
            and (not self.rule or self.rule in (one.rule, one.rule.rpartition(".")[2]))
            and (not self.tool or self.tool.casefold() == one.tool.casefold())
            and (
                not self.subject
                or re.search(self.subject, one.subject[:_SUBJECT_LIMIT]) is not None
            )
        )

    def value(self, facts: Facts) -> float | None:
        """Return a session's number; None where its log cannot tell."""
        session = facts.session
        if not facts.whole and (self.rule or self.tool or self.subject):
            return None
        if self.project and self.project.casefold() != session.project.casefold():
            return None
        if self.agent and self.agent != session.agent:
            return None
        kinds = tuple(FrictionKind) if self.kind is None else (self.kind,)
        if not any(can_tell(session, kind) for kind in kinds):
            return None
        found = [one for one in facts.frictions if self.fits(one)]
        if self.count == "sessions":
            return 100.0 if found else 0.0
        if self.count == "minutes":
            known = [one.seconds_lost for one in found if one.seconds_lost is not None]
            return sum(known) / 60.0 if known or not found else None
        return float(sum(one.count for one in found))

    @property
    def metric(self) -> Metric:
        """The metric that it defines."""
        units = {"frictions": "count", "minutes": "min", "sessions": "percent", "hand": ""}
        by_hand = self.count == "hand"
        return Metric(
            self.name,
            self.what or self.name.replace("-", " "),
            self.unit or units[self.count],
            self.better,
            HAND if by_hand else OWN,
            self.family,
            None if by_hand else self.value,
        )


def read_definitions(text: str, name: str) -> tuple[Definition, ...]:
    """Return the metrics that a file defines.

    Args:
        text: TOML with `[[metric]]` tables.
        name: The file's name, for messages.

    Raises:
        ConfigError: It is not TOML, or a metric cannot be used; the message says which.
    """
    try:
        tables = tomllib.loads(text).get("metric", [])
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not valid TOML: {error}") from None
    if not isinstance(tables, list):
        raise ConfigError(f"{name}: a metric begins with [[metric]], in two brackets")
    found: dict[str, Definition] = {}
    for number, table in enumerate(tables, start=1):
        try:
            one = msgspec.convert(_known(table), Definition)
            check_name(one.name)
            if len(one.subject) > _PATTERN_LIMIT:
                raise ConfigError(f"subject is longer than {_PATTERN_LIMIT} characters")  # noqa: TRY301 - said with the metric's number
            re.compile(one.subject)
        except (ConfigError, UsageError, ValueError, re.error) as error:
            raise ConfigError(
                f"{name}, metric {number}: {error}", "docs/metrics.md describes every field"
            ) from None
        if one.name in found:
            raise ConfigError(f"{name}: there are two metrics {one.name}", "rename one of them")
        found[one.name] = one
    return tuple(found.values())


def _known(table: object) -> dict[str, object]:
    names = [field.name for field in fields(Definition)]
    if not isinstance(table, dict):
        raise ConfigError("it is no table")
    unknown = [key for key in table if key not in names]
    if unknown:
        raise ConfigError(f"“{unknown[0]}” is no field; there are {', '.join(names)}")
    return table


def check_name(name: str) -> str:
    """Return the name of a metric of the user's own, if it can be one.

    Raises:
        UsageError: It is one of hansei's own, or not made of small letters, digits and dashes.
    """
    if name in _BUILT_IN:
        raise UsageError(f"“{name}” is computed by hansei", "take another name")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"“{name[:60]}” cannot be the name of a metric",
            "write small letters, digits and dashes: build-minutes",
        )
    return name


def every_metric(
    definitions: Iterable[Definition], readings: Iterable[Reading]
) -> dict[str, Metric]:
    """Return all metrics by name: hansei's, those of `metrics.toml`, those given by hand alone."""
    found = {one.name: one for one in METRICS}
    found |= {one.name: one.metric for one in definitions}
    newest: dict[str, Reading] = {}
    for reading in readings:
        if reading.metric not in found:
            old = newest.get(reading.metric)
            newest[reading.metric] = reading if old is None else _over(old, reading)
    for name, one in sorted(newest.items()):
        better = Better(one.better) if one.better in tuple(Better) else Better.DOWN
        what = name.replace("-", " ")
        found[name] = Metric(name, what, one.unit, better, HAND, Family.QUALITY, None)
    return found


def _over(old: Reading, new: Reading) -> Reading:
    """Return the newer reading with what only the older one says."""
    unit, better = new.unit or old.unit, new.better or old.better
    return Reading(new.id, new.metric, new.value, new.at, unit, better)


def metric_named(metrics: Mapping[str, Metric], name: str) -> Metric:
    """Return the metric of a name.

    Raises:
        NotFoundError: There is none; the hint names near ones.
    """
    if name in metrics:
        return metrics[name]
    import difflib  # only a mistake pays for it

    near = difflib.get_close_matches(name, list(metrics), 3, 0.6)
    hint = f"near ones: {', '.join(near)}" if near else "`hansei metrics` lists them"
    raise NotFoundError(f"there is no metric “{name[:60]}”", hint)
