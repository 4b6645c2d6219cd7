"""Where the time goes: shares of tracked time by bucket, beside what the user aims at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hansei_core.errors import ConfigError, HanseiError
from hansei_core.filters import FilterContext, Query, compile_query, parse
from hansei_core.improvement import Improvement
from hansei_core.planning.week import share_words

OTHER: Final = "other"
"""What no bucket takes."""
_FORM: Final = re.compile(
    r"(?P<name>.+?)\s+(?P<percent>\d{1,3}(?:\.\d{1,2})?)\s*%?\s+(?P<rule>\S.*)"
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One kind of work with the share of time that the user wants for it."""

    name: str
    target: float
    """0 to 1."""
    query: Query


@dataclass(frozen=True, slots=True)
class BucketTime:
    """What one bucket got."""

    name: str
    hours: float
    share: float | None
    """0 to 1 of all tracked time; None where nothing was tracked."""
    target: float | None
    """None for what no bucket takes."""


def parse_buckets(lines: Sequence[str]) -> tuple[Bucket, ...]:
    """Read the setting `week.buckets`.

    Args:
        lines: One a bucket: a name, percent, and a filter such as in `list`; for example
            `debt 20 cat:debt`. An improvement belongs to the first whose filter takes it.

    Raises:
        ConfigError: A line is not of that form, its filter is wrong, or they exceed 100 %.
    """
    buckets = tuple(_bucket(number, line) for number, line in enumerate(lines, start=1))
    if len({bucket.name.casefold() for bucket in buckets}) < len(buckets):
        raise ConfigError("two buckets of week.buckets have one name", "give each its own")
    total = sum(bucket.target for bucket in buckets)
    if total > 1.0001:
        raise ConfigError(
            f"the shares of week.buckets make {share_words(total)}",
            "make them 100 % or less together",
        )
    return buckets


def time_by_bucket(
    buckets: Sequence[Bucket],
    items: Iterable[Improvement],
    tracked_hours: Mapping[str, float],
    context: FilterContext,
) -> tuple[BucketTime, ...]:
    """Return what each bucket got, in their order, and the rest.

    Args:
        buckets: The user's.
        items: All improvements; tracked time of one that is not among them is in the rest.
        tracked_hours: Hours of the period by improvement id.
        context: What filters refer to.
    """
    total = sum(tracked_hours.values())
    takes = [(bucket, compile_query(bucket.query, context)) for bucket in buckets]
    hours = {bucket.name: 0.0 for bucket in buckets} | {OTHER: 0.0}
    known = {item.id: item for item in items}
    for name, number in tracked_hours.items():
        item = known.get(name)
        found = next((b.name for b, take in takes if item is not None and take(item)), OTHER)
        hours[found] += number
    targets: dict[str, float | None] = {bucket.name: bucket.target for bucket in buckets}
    return tuple(
        BucketTime(name, number, number / total if total else None, targets.get(name))
        for name, number in hours.items()
        if name in targets or number
    )


def _bucket(number: int, line: str) -> Bucket:
    place = f"week.buckets, bucket {number}"
    found = _FORM.fullmatch(line.strip())
    if found is None or found["name"].casefold() == OTHER:
        raise ConfigError(
            f"{place}: “{line}” is no bucket",
            "write a name, percent and a filter: debt 20 cat:debt",
        )
    try:
        query = parse(found["rule"])
    except HanseiError as error:
        raise ConfigError(f"{place}: {error.message}", error.hint) from None
    return Bucket(found["name"], float(found["percent"]) / 100, query)
