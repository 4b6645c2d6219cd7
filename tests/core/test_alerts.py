"""Thresholds: what counts, what a breach says, and that it raises one improvement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hansei_core.alerts import Breach, Facing, Threshold, breaches, read_thresholds
from hansei_core.improvement import Improvement
from hansei_core.metrics.built_in import METRICS
from hansei_core.metrics.model import Facts
from hansei_core.retro import ImprovementDraft
from hansei_core.store.memory import MemoryStore
from hansei_core.verbs import improvements, triage
from hansei_core.verbs.alerts import raise_alerts
from hansei_core.verbs.records import load_improvements, read_improvement
from hansei_core.vocabulary import Severity, Stage
from hansei_sessions.model import Evidence, Friction, FrictionKind, Session

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TEXT = """
[[threshold]]
name = "slow tests"
kind = "command-failed"
over = 30
severity = "high"
"""
MINUTES = read_thresholds(TEXT).items[0]


def session(name: str, project: str = "api", days_ago: float = 0) -> Session:
    at = NOW - days_ago * DAY
    return Session(name, "codex", f"/logs/{name}", project, "/x", started_at=at, last_at=at)


def friction(  # noqa: PLR0917 -- a row of a table
    number: int,
    where: str,
    days_ago: float = 0,
    minutes: float | None = 20,
    kind: FrictionKind = FrictionKind.COMMAND_FAILED,
    count: int = 1,
) -> Friction:
    lost = None if minutes is None else minutes * 60
    return Friction(
        f"{where}:{number}",
        where,
        kind,
        "rule",
        NOW - days_ago * DAY,
        f"trouble {number}\nmore",
        Evidence(f"/logs/{where}", number),
        seconds_lost=lost,
        count=count,
    )


def facing(*frictions: Friction, now: datetime = NOW, **projects: str) -> Facing:
    names = {each.session_id for each in frictions}
    return Facing(now, {n: session(n, projects.get(n, "api")) for n in names}, frictions)


def three_days(count: int = 3) -> tuple[Breach, ...]:
    """Return breaches on so many days, the newest today."""
    found = [friction(n, f"s{n}", days_ago=count - 1 - n, minutes=31 + n) for n in range(count)]
    return breaches([MINUTES], facing(*found))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def one(store: MemoryStore) -> Improvement:
    (item,) = load_improvements(store).items.values()
    return item


def test_minutes_of_a_day_are_summed() -> None:
    """Two frictions of twenty minutes are forty, whatever sessions they are from."""
    (found,) = breaches(
        [MINUTES],
        facing(friction(1, "a"), friction(2, "b", minutes=21), friction(3, "a", days_ago=1)),
    )
    assert (found.period, found.value) == ("2026-11-21", 41)
    assert found.words == "2026-11-21: 41 min, more than 30"
    assert found.title == "slow tests: more than 30 minutes lost to command-failed a day"
    assert (found.link.session_id, found.link.line) == ("b", 2)


@pytest.mark.parametrize(
    "frictions",
    [
        (friction(1, "a", minutes=30),),
        (friction(1, "a", minutes=99, kind=FrictionKind.REJECTION),),
        (friction(1, "a", minutes=99, days_ago=15),),
        (friction(1, "a", minutes=99, days_ago=-1),),
        (friction(1, "a", minutes=None, count=99),),
        (replace(friction(1, "a", minutes=99), at=None),),
    ],
)
def test_what_does_not_count(frictions: tuple[Friction, ...]) -> None:
    """A limit that is just reached, another kind, times long past or to come, unknown cost."""
    assert breaches([MINUTES], facing(*frictions)) == ()


def test_counts_weeks_sessions_and_subjects() -> None:
    """Each way of counting would give another's number."""
    found = (
        friction(1, "a", count=3),
        friction(2, "a", days_ago=4, count=2),
        friction(3, "b", count=4, minutes=None),
    )
    around = facing(*found, b="web")
    counted = Threshold("n", 4, of="count")

    def told(threshold: Threshold, place: Facing = around) -> list[tuple[str, str, float]]:
        return [(e.subject, e.period, e.value) for e in breaches([threshold], place)]

    assert told(counted) == [("", "2026-11-21", 7)]
    assert told(replace(counted, per=MINUTES.per.WEEK)) == [("", "2026-W47", 9)]
    assert told(replace(counted, per=MINUTES.per.SESSION)) == [("", "a", 5)]
    assert told(replace(counted, over=3, each="project")) == [("web", "2026-11-21", 4)]
    assert told(replace(counted, over=2, project="api")) == [("", "2026-11-21", 3)]
    homes = replace(around, homes={"a:1": "THM-1", "b:3": "THM-2"})
    assert told(replace(counted, over=3, each="theme"), homes) == [("THM-2", "2026-11-21", 4)]
    assert told(replace(counted, over=2, theme_id="THM-1"), homes) == [("", "2026-11-21", 3)]


def test_a_metric_is_held_against_each_session() -> None:
    """R70: a metric of the user's would have no threshold."""
    metrics = {each.name: each for each in METRICS}
    facts = tuple(
        Facts(replace(session(name, days_ago=days), prompts=prompts))
        for name, prompts, days in (("a", 9, 0), ("b", 3, 1), ("c", 99, 20))
    )
    place = Facing(NOW, {}, (), facts=facts, metrics=metrics)
    limit = read_thresholds('[[threshold]]\nname = "long"\nmetric = "turns"\nover = 5\n').items[0]
    (found,) = breaches([limit], place)
    assert (found.period, found.words) == ("a", "9, more than 5")
    assert found.title == "long: more than 5 turns a session"
    assert breaches([replace(limit, metric="none")], place) == ()


def test_three_days_make_one_improvement_with_three_evidences(store: MemoryStore) -> None:
    """R70: a breach a day would be a ticket a day."""
    for days in (1, 2, 3):
        found = three_days()[:days]
        raised = raise_alerts(store, found, now=NOW)
        assert bool(raised.created) is (days == 1)
        assert raise_alerts(store, found, now=NOW).created == ()
    item = one(store)
    assert (item.stage, item.source, item.tags, item.seen) == (Stage.INBOX, "alert", ("auto",), 3)
    assert item.severity is Severity.HIGH
    assert [link.quote for link in item.evidence] == [
        "2026-11-19: 31 min, more than 30: trouble 0",
        "2026-11-20: 32 min, more than 30: trouble 1",
        "2026-11-21: 33 min, more than 30: trouble 2",
    ]
    assert item.history[-1].text == "breached again: 2026-11-21: 33 min, more than 30 (3×)"


def test_all_at_once_is_the_same(store: MemoryStore) -> None:
    """Who looks once a week would have another result than who looks every day."""
    raise_alerts(store, three_days(), now=NOW)
    assert (one(store).seen, len(one(store).evidence)) == (3, 3)


def test_it_is_in_no_undos_way(store: MemoryStore) -> None:
    """Undo would take back what the user did not do."""
    name = improvements.add(store, ImprovementDraft("Wish"), now=NOW).value.id
    raise_alerts(store, three_days(), now=NOW)
    store.undo(now=NOW)
    assert name not in load_improvements(store).items
    assert one(store).source == "alert"


def test_declined_is_silent_and_done_is_raised_anew(store: MemoryStore) -> None:
    """R20: a declined one would come back each day; a regression would be unseen."""
    first = three_days(2)
    raise_alerts(store, first[:1], now=NOW)
    name = one(store).id
    improvements.decline(store, [name], "the vendor's fault", now=NOW)
    assert not raise_alerts(store, first, now=NOW).created
    improvements.move(store, [name], Stage.DONE, now=NOW, force=True)
    assert not raise_alerts(store, three_days(3), now=NOW).created
    later = tuple(replace(each, at=each.at + DAY, period=f"+{each.period}") for each in first)
    raised = raise_alerts(store, later, now=NOW + DAY)
    assert len(raised.created) == 1
    assert read_improvement(store, raised.created[0]).seen == 1


def test_a_merged_one_goes_on_collecting(store: MemoryStore) -> None:
    """A duplicate would be raised anew the next day."""
    found = three_days()
    raise_alerts(store, found[:1], now=NOW)
    other = improvements.add(store, ImprovementDraft("Other"), now=NOW).value.id
    triage.duplicate(store, "1", other, now=NOW)
    raised = raise_alerts(store, found, now=NOW)
    assert (raised.created, raised.counted) == ((), (other,))


def test_subjects_have_improvements_of_their_own(store: MemoryStore) -> None:
    """Two themes would hide in one ticket."""
    each = replace(MINUTES, each="project", severity=None)
    found = breaches(
        [each], facing(friction(1, "a", minutes=40), friction(2, "b", minutes=50), b="web")
    )
    raise_alerts(store, found, now=NOW)
    items = sorted(load_improvements(store).items.values(), key=lambda item: item.project)
    assert [item.project for item in items] == ["api", "web"]
    assert items[1].title.endswith("(web)")


def test_rules_are_asked(store: MemoryStore) -> None:
    """R13: what a threshold raises is captured too."""
    raise_alerts(store, three_days(1), now=NOW, route=lambda d: replace(d, project="ruled"))
    assert one(store).project == "ruled"


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("over = 3", "name is missing"),
        ('name = "a"', "over must be"),
        ('name = "a"\nover = true', "over must be"),
        ('name = "a"\nover = -1', "over must be"),
        ('name = "a"\nover = nan', "over must be"),
        ('name = "a"\nover = 1\nper = "month"', "per cannot be"),
        ('name = "a"\nover = 1\nkind = "rejections"', "kind cannot be"),
        ('name = "a"\nover = 1\neach = "agent"', "each cannot be"),
        ('name = "a"\nover = 1\nof = "metric"', "names it"),
        ('name = "a"\nover = 1\nof = "count"\nmetric = "lost"', "names it"),
        ('name = "a"\nover = 1\nmetric = "lost"\nper = "day"', "per session"),
        ('name = "a"\nover = 1\nseverity = "bad"', "no severity"),
        ('name = "a"\nover = 1\nabove = 2', "no field"),
    ],
)
def test_a_broken_threshold_is_named(lines: str, what: str) -> None:
    """A mistake would be a threshold that is never breached."""
    found = read_thresholds(f"{TEXT}\n[[threshold]]\n{lines}\n")
    assert [each.name for each in found.items] == ["slow tests"]
    (problem,) = found.problems
    assert what in problem.what
    assert problem.line == 8
    assert read_thresholds("threshold = 3").problems
    assert read_thresholds("x = ") == read_thresholds("")
    assert len(read_thresholds(TEXT + TEXT).problems) == 1
