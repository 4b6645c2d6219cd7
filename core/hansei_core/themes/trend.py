"""Whether a theme rose or fell, said as carefully as the counts allow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hansei_core.themes.model import Direction, Verdict
from hansei_core.themes.statistics import (
    benjamini_hochberg,
    mid_p_lower,
    probability_lower,
    rate_ratio_interval,
)

LEVEL = 0.05
FALSE_DISCOVERY_RATE = 0.10
LEAST_HITS = 5
LEAST_WEEKS = 4
LIMIT = 400
"""More sessions than these are not waited for: a change that needs them is likely none."""
LEAST_SESSIONS = 3
"""Fewer sessions on either side are no basis for anything."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Sessions hit and sessions in all, before and after the middle of what is compared."""

    before_hit: int
    before_sessions: int
    after_hit: int
    after_sessions: int
    weeks: int = 4
    """Weeks that the comparison spans; under four nothing is said."""


def verdicts(counts: Sequence[Counts]) -> tuple[Verdict, ...]:
    """Return one verdict a theme, with the chance of a false alarm held over all of them."""
    judged = [i for i, each in enumerate(counts) if _enough(each)]
    lower = [_mid_p(counts[i]) for i in judged]
    stands = benjamini_hochberg([2.0 * min(p, 1.0 - p) for p in lower], FALSE_DISCOVERY_RATE)
    clear = {i: (p, ok) for i, p, ok in zip(judged, lower, stands, strict=True)}
    rank = min(sum(stands) + 1, len(judged))
    level = min(LEVEL, FALSE_DISCOVERY_RATE * rank / len(judged) / 2.0) if judged else LEVEL
    judgements = [(each, *clear.get(i, (0.5, False))) for i, each in enumerate(counts)]
    made = {
        each: _verdict(*each, level) for each in dict.fromkeys(judgements)
    }  # rare themes count alike
    return tuple(made[each] for each in judgements)


def _enough(counts: Counts) -> bool:
    return (
        counts.weeks >= LEAST_WEEKS
        and min(counts.before_sessions, counts.after_sessions) >= LEAST_SESSIONS
    )


def _lack(counts: Counts) -> str:
    """Return what a comparison needs before anything can be said."""
    sides = (("before", counts.before_sessions), ("since", counts.after_sessions))
    lacks = [
        f"{LEAST_SESSIONS - sessions} more session{'s' * (sessions < LEAST_SESSIONS - 1)} {side}"
        for side, sessions in sides
        if sessions < LEAST_SESSIONS
    ]
    if counts.weeks < LEAST_WEEKS:
        lacks.append(f"{LEAST_WEEKS} weeks of sessions, there {_are(counts.weeks)}")
    return f"; needs {' and '.join(lacks)}" if lacks else ""


def _are(number: int) -> str:
    return "is 1" if number == 1 else f"are {number}"


def _mid_p(counts: Counts) -> float:
    return mid_p_lower(
        counts.after_hit, counts.after_sessions, counts.before_hit, counts.before_sessions
    )


def _verdict(counts: Counts, lower: float, stands: bool, level: float) -> Verdict:
    """Return what to say of one theme; `level` is what it would take to stand as the next one."""
    a, n1, b, n2 = (
        counts.before_hit,
        counts.before_sessions,
        counts.after_hit,
        counts.after_sessions,
    )
    probability = probability_lower(b, n2, a, n1)
    ratio = (b / n2) / (a / n1) if a and n1 and n2 else None
    made = Verdict(
        direction=Direction.NOT_ENOUGH_DATA,
        before_hit=a,
        before_sessions=n1,
        after_hit=b,
        after_sessions=n2,
        probability_lower=probability,
        ratio=ratio,
        interval=rate_ratio_interval(b, n2, a, n1) if n1 and n2 and a + b else None,
        needs_sessions=None,
        wording=f"not enough data: {a} of {n1} sessions before, {b} of {n2} since{_lack(counts)}",
    )
    if not _enough(counts):
        return made
    percent = f"{_percent(max(probability, 1.0 - probability))} likely"
    seen = f"{a} of {n1} sessions before, {b} of {n2} since"
    clear = stands and min(lower, 1.0 - lower) <= LEVEL
    if clear and not b and a and n2 >= sessions_until_gone(a / n1):
        return replace(made, direction=Direction.GONE, wording=f"gone: {seen}; {percent} lower")
    if clear and a + b >= LEAST_HITS:
        fell = lower < 0.5
        return replace(
            made,
            direction=Direction.FELL if fell else Direction.ROSE,
            wording=f"{percent} {'lower' if fell else 'higher'}: {seen}",
        )
    needed = sessions_needed(counts, level=level)
    some = "1 more session" if needed == 1 else f"{needed} more sessions"
    more = f"; needs about {some}" if needed else f"; {LIMIT} more sessions would not settle it"
    return replace(
        made,
        direction=Direction.NO_CLEAR_CHANGE,
        needs_sessions=needed,
        wording=f"no clear change: {seen}{more}",
    )


def _percent(probability: float) -> str:
    """Return a probability that never reads as certainty."""
    return f"{min(99, max(50, math.floor(probability * 100 + 0.5)))} %"


def sessions_until_gone(rate: float) -> int:
    """Return after how many sessions without a hit a theme of this rate counts as gone.

    The chance of so many misses in a row, had nothing changed, is at most 5 %.
    """
    if rate >= 1.0:
        return 1
    return math.ceil(math.log(LEVEL) / math.log1p(-rate))


def sessions_needed(counts: Counts, limit: int = LIMIT, level: float = LEVEL) -> int | None:
    """Return how many more sessions at the present rate would make the change clear.

    None where it would not be clear within `limit` sessions: then there is likely no change.
    """
    if not counts.before_hit and not counts.after_hit:
        return None
    rate = counts.after_hit / counts.after_sessions
    more = 1
    while more <= limit:
        hit = counts.after_hit + round(rate * more)
        p = mid_p_lower(
            hit, counts.after_sessions + more, counts.before_hit, counts.before_sessions
        )
        if min(p, 1.0 - p) <= level and hit + counts.before_hit >= LEAST_HITS:
            return more
        more += max(1, more // 8)
    return None
