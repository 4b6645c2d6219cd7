"""What the Themes screen shows, as plain functions of values: rows, details, maps and metrics."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.core.themes.theme_texts import NOW, SETTINGS, document, learn

from hansei_core.improvement import Improvement
from hansei_core.themes.association import associations
from hansei_core.themes.bands import Band, Normality
from hansei_core.themes.heatmap import HeatMap, by_project, by_week
from hansei_core.themes.metrics import MetricBand, WeekValue
from hansei_core.themes.model import Document, Suggestion, ThemeReport, Verdict, Why
from hansei_core.themes.pool import seen_things
from hansei_core.themes.recurrence import week_of
from hansei_core.themes.series import series
from hansei_core.verbs.theme_dial import DialPreview
from hansei_sessions.model import Session
from hansei_tui.screens import themes_maps as maps
from hansei_tui.screens import themes_view as view
from hansei_tui.theme_view import Known, ThemeQuery, ThemesPage, page_of
from hansei_tui.theme_words import (
    cost_words,
    dial_lines,
    interval_words,
    latest,
    needed_words,
    seen_words,
    week_rows,
    why_lines,
)
from hansei_tui.widgets.evidence_filter import completed

LOCK = "merge conflict in the lock file"
BROWSER = "no browser binary for the tests"
WEEKS = 6


def texts() -> list[Document]:
    """Return six weeks of two problems in three projects, and one thing seen once."""
    found = []
    for week in range(WEEKS):
        for n in range(3):
            number = 10 * week + n
            where = {"session": f"s{number}", "days_ago": 7 * week + n, "project": f"p{n}"}
            found.append(document(number, LOCK, seconds=60 if n else None, **where))  # type: ignore[arg-type]  # one dict for three types
            if week < 3 and n:
                found.append(document(500 + number, BROWSER, seconds=600, **where))  # type: ignore[arg-type]  # the same
    found.append(document(900, "the disk is full", session="s0", project="p0"))
    return found


def sessions() -> list[Session]:
    """Return the sessions of the texts, and one without trouble in each week."""
    found = []
    for week in range(WEEKS):
        for n in range(4):
            at = NOW - timedelta(days=7 * week + n)
            number = 10 * week + n
            found.append(
                Session(
                    f"s{number}", "claude-code", "/l", f"p{n}", "/src", started_at=at, last_at=at
                )
            )
    return found


def page(window: int | None = None, text: str = "") -> ThemesPage:
    """Return the page of a window and a filter."""
    found = learn(texts())
    known = Known(
        state=found.state,
        documents=tuple(texts()),
        sessions=tuple(sessions()),
        homes=found.members,
        linked={found.state.themes[0].id: ()},
        suggestions=(Suggestion("THM-1", "THM-2", 0.71),),
    )
    return page_of(known, ThemeQuery(window, filter=text), now=NOW, settings=SETTINGS)


def theme(name: str, window: int | None = None) -> ThemeReport:
    """Return a theme of the page by its name."""
    return next(each for each in page(window).view.reports if each.theme.name == name)


def around(shown: ThemesPage, linked: tuple[Improvement, ...] = ()) -> view.Around:
    """Return what details need."""
    return view.Around(NOW, 60, shown, linked, names={"THM-1": LOCK, "THM-2": BROWSER})


@pytest.mark.parametrize(("window", "hits"), [(7, 3), (30, 14), (90, 18), (None, 18)])
def test_windows_change_counts_as_expected(window: int | None, hits: int) -> None:
    """R9: seven days, thirty, ninety and all time must be told apart by their numbers."""
    assert len(theme(LOCK, window).sessions) == hits


def test_a_filter_counts_only_what_it_lets_through() -> None:
    """Shares would be of sessions that were never meant."""
    shown = page(None, "project:p1 since:15d")
    (lock, browser) = sorted(shown.view.reports, key=lambda each: each.theme.name)
    assert {each.project for each in lock.documents} == {"p1"}
    assert len(lock.documents) == len(browser.documents) == 3
    assert shown.view.sessions == 3
    assert page(None, "kind:rejection").view.reports == ()
    assert page(None, "kind:rejection").view.sessions == len(sessions())


def test_muted_themes_come_back_by_the_filter() -> None:
    """A theme that was muted by mistake could never be found again."""
    found = learn(texts())
    muted = replace(found.state.themes[0], muted=True)
    state = replace(found.state, themes=(muted, *found.state.themes[1:]))
    known = Known(state, tuple(texts()), tuple(sessions()), found.members, {}, ())
    for text, shown in (("", False), ("is:muted", True), ("-is:muted", False)):
        made = page_of(known, ThemeQuery(filter=text), now=NOW, settings=SETTINGS)
        assert (muted.id in {each.theme.id for each in made.view.reports}) is shown
    report = next(
        each
        for each in page_of(
            known, ThemeQuery(filter="is:muted"), now=NOW, settings=SETTINGS
        ).view.reports
    )
    assert view.marked_name(report, ()).startswith("× ")


def test_rows_hold_what_the_columns_promise() -> None:
    """A number under the wrong heading is a wrong number."""
    shown = page()
    report = theme(LOCK)
    row = view.row_of(report, NOW, shown.view.weeks[report.theme.id], ())
    cells = dict(zip([column.key for column in view.COLUMNS], row, strict=True))
    assert cells["name"] == LOCK
    assert cells["sessions"] == "18"
    assert cells["projects"] == ("3", "quiet")
    assert cells["lost"] == "12 min"
    assert cells["id"] == (report.theme.id, "quiet")
    assert cells["trend"][0].split()[0] in "↑↓○~?"


def test_the_sparkline_ends_with_this_week() -> None:
    """A theme that is gone would look as alive as one of today."""
    monday = week_of(NOW)
    assert latest([(monday, 2), (monday - timedelta(weeks=2), 1)], NOW, 4) == [0, 1, 0, 2]
    assert latest([(monday - timedelta(weeks=9), 5)], NOW, 4) == [0, 0, 0, 0]


@pytest.mark.parametrize("sort", view.SORTS)
def test_every_order_keeps_every_theme(sort: str) -> None:
    """An order that loses a theme hides trouble."""
    shown = page().view
    assert sorted(each.theme.id for each in view.ordered(shown, sort)) == sorted(
        each.theme.id for each in shown.reports
    )


def test_details_tell_numbers_and_what_is_unknown() -> None:
    """R63, R14: the series, its uncertainty and the unknown part of the cost must be said."""
    shown = page()
    report = theme(LOCK)
    text = view.detail_of(report, around(shown)).plain
    assert "18 times in 18 sessions, 3 projects" in text
    assert "6 of 18 of unknown cost" in text
    assert "95 %" in text
    assert f"n = {WEEKS} weeks" in text
    rows = {line[:10].strip(): line[10:].split() for line in text.splitlines()}
    hit, of = rows["hit"], rows["of"]
    assert len(rows["weeks"]) == len(hit) == len(of)
    assert sum(int(n) for n in hit if n != "·") == 18
    assert sum(map(int, of)) == len(sessions())
    assert "looks like" in text
    assert "THM-2" in text


def test_few_weeks_make_no_trend() -> None:
    """R63: under four weeks a slope would be read out of noise."""
    text = view.detail_of(theme(LOCK), around(page(None, "since:2w"))).plain
    assert "not enough data" in text


def test_associations_are_called_associations() -> None:
    """R111: where a theme occurs would be taken for why."""
    found = [
        *(document(n, LOCK, session=f"a{n}", project="blue", tool="Bash") for n in range(8)),
        *(document(90 + n, BROWSER, session=f"b{n}", project="red", tool="X") for n in range(24)),
    ]
    made = learn(found)
    shown = replace(page(), goes_with={})
    for link in associations(found, made.members):
        shown = replace(shown, goes_with={**shown.goes_with, link.theme_id: (link,)})
    home = made.members["d0000"]
    report = next(r for r in page().view.reports)
    text = view.detail_of(replace(report, theme=replace(report.theme, id=home)), around(shown))
    flat = " ".join(text.plain.split())
    assert "associated with project blue: 8 of its 8 sessions" in flat
    assert "caus" not in flat


def test_verdicts_name_their_interval_and_what_they_need() -> None:
    """A verdict without what it rests on is a claim."""
    verdict: Verdict = theme(LOCK, 30).verdict
    assert interval_words(replace(verdict, interval=(0.5, 2.04), ratio=1.0)) == (
        "now 1.0 times the rate before (95 %: 0.5 to 2.0 times)"
    )
    assert "to any times" in interval_words(replace(verdict, interval=(0.5, float("inf")), ratio=2))
    assert interval_words(replace(verdict, interval=None)) == ""
    assert needed_words(replace(verdict, needs_sessions=12)).startswith("about 12 more sessions")
    assert needed_words(replace(verdict, needs_sessions=None)) == ""


def test_cost_never_hides_the_unknown() -> None:
    """Nothing known would read as nothing lost."""
    report = theme(LOCK)
    nothing = replace(report, unknown_cost=len(report.documents), seconds_lost=0.0)
    assert cost_words(nothing).startswith("unknown")
    assert "of unknown cost" not in cost_words(replace(report, unknown_cost=0))
    assert "a week" in cost_words(report)
    assert seen_words(report) == "18 times in 18 sessions, 3 projects"


def test_maps_hold_the_numbers_of_the_list() -> None:
    """R15: two pictures of the same weeks would tell different numbers."""
    shown = page()
    found = by_week(shown.view.reports)
    for row, hits in zip(found.rows, found.sessions, strict=True):
        report = next(each for each in shown.view.reports if each.theme.id == row)
        assert [hit for hit in hits if hit] == [hit for _, hit in report.weeks if hit]
    totals = maps.totals_of(shown.view.looked_at, "weeks")
    rows = maps.map_rows(found, {}, dict.fromkeys(found.rows, 7), totals, 24)
    assert set(rows) == {*found.rows, maps.ALL}
    cells = [str(cell[0]).strip() for cell in rows[found.rows[0]][1:-1]]
    assert cells == [str(hit or maps.NONE) for hit in found.sessions[0]]
    looked = [int(cell[0]) for cell in rows[maps.ALL][1:-1]]
    assert sum(looked) == len(sessions())
    projects = maps.totals_of(shown.view.looked_at, "projects")
    assert projects == {f"p{n}": WEEKS for n in range(4)}
    assert by_project(shown.view.reports).columns == ("p0", "p1", "p2")


def test_a_window_counts_its_own_sessions() -> None:
    """The themes of a week beside the sessions of all time would look rare."""
    week = page(7)
    looked_at, found = week.in_window(NOW)
    assert {session.id for session in looked_at} == {"s0", "s1", "s2", "s3", "s10"}
    assert found == sum(each.at is not None and each.at >= NOW - timedelta(7) for each in texts())
    assert f"in 5 sessions, {found} texts" in view.facts(week, NOW, filtered=False)[1]
    assert sum(maps.totals_of(looked_at, "projects").values()) == 5
    ever = page()
    assert ever.in_window(NOW) == (ever.view.looked_at, len(texts()))


@pytest.mark.parametrize(
    ("hit", "most", "tone"),
    [(0, 9, "quiet"), (1, 9, "heat1"), (3, 9, "heat2"), (9, 9, "heat4"), (1, 1, "heat4")],
)
def test_heat_grows_with_the_number(hit: int, most: int, tone: str) -> None:
    """A week with more would look like one with less."""
    assert maps.heat(hit, most) == tone


def test_a_wide_map_is_shown_part_by_part() -> None:
    """Weeks that do not fit could never be seen, or some would be passed over."""
    names = tuple(f"2026-W{n:02d}" for n in range(1, 21))
    whole = HeatMap(("THM-1",), names, (tuple(range(20)),), (tuple(0.0 for _ in names),))
    looked = dict.fromkeys(names[2:], 1)
    part, before, behind = maps.part_of(whole, looked, "weeks", 6, 0)
    assert part.columns == names[-6:]
    assert part.sessions == (tuple(range(14, 20)),)
    assert (before, behind) == (13, 0)
    assert names[0] not in maps.part_of(whole, looked, "weeks", 99, 0)[0].columns
    seen: set[str] = set()
    for back in range(0, 40, 3):
        part, before, behind = maps.part_of(whole, looked, "weeks", 6, back)
        assert len(part.columns) == 6
        assert before + behind == 13
        seen |= set(part.columns)
    assert seen == set(names[1:])
    part, before, behind = maps.part_of(whole, looked, "projects", 6, 0)
    assert (part.columns[0], before, behind) == (names[1], 0, 13)
    legend = maps.map_legend(part, "projects", 0, 13)
    assert "13 more l" in legend
    assert "h " not in legend


@pytest.mark.parametrize("width", [60, 80, 120, 160])
@pytest.mark.parametrize("by", ["weeks", "projects"])
def test_maps_fit_the_window(width: int, by: str) -> None:
    """A map wider than the window is cut where the newest week stands."""
    room = maps.fitting(width, by)
    names = tuple(f"2026-W{n:02d}" for n in range(1, 60))[:room]
    columns = maps.map_columns(HeatMap((), names, (), ()), by)
    used = sum(column.width + column.gap for column in columns[1:])
    assert room == 1 or width - used >= 24


def metric(label: Normality, n: int = 12, z: float | None = 4.2) -> MetricBand:
    """Return a metric of twelve weeks."""
    weeks = tuple(
        WeekValue(NOW - timedelta(weeks=back), 2.0 + back % 2, 3, Normality.NORMAL)
        for back in range(n, 0, -1)
    )
    return MetricBand("frictions", 9.0, 4, Band(2.0, -1.0, 5.0, 1.0, n), z, label, weeks)


def test_metrics_say_noise_or_not_in_words() -> None:
    """R64, R114: a spike told by colour only is not told; noise must be called normal."""
    high = maps.metric_row(metric(Normality.HIGH))
    assert "unusually high" in high[-1][0]
    assert "0.0–5.0" in str(high)
    text = maps.metric_detail(metric(Normality.HIGH), 60).plain
    assert "+4.2 spreads" in text
    assert text.count("within normal variation") == 12
    few = maps.metric_detail(metric(Normality.UNKNOWN, 5), 60).plain
    assert "5 of 8 weeks" in few
    assert len(maps.metric_columns(())) == len(high)


def test_things_seen_once_have_rows_and_details() -> None:
    """What does not recur would be a number that nobody can look into."""
    (thing,) = seen_things(texts(), learn(texts()).members, now=NOW)
    row = maps.once_row(thing, NOW)
    assert len(row) == len(maps.ONCE_COLUMNS)
    assert row[1] == "the disk is full"
    assert "in no theme yet" in maps.once_detail(thing, NOW, 60).plain


def test_empty_lists_say_what_was_looked_at() -> None:
    """R14: an empty list would be taken for all clear."""
    rules = view.Rules(3, 2, 2)
    none = page(None, "kind:rejection")
    assert "esc clears the filter" in view.nothing(none, 2, rules, filtered=True)
    empty = replace(none, view=replace(none.view, sessions=0))
    assert "No session was read yet" in view.nothing(empty, 0, rules, filtered=False)
    fresh = view.nothing(none, 0, rules, filtered=False)
    assert "24 sessions" in fresh
    assert "3 sessions, 2 weeks or 2 projects" in fresh
    week = replace(none, query=ThemeQuery(7))
    assert "none of 2 themes was seen" in view.nothing(week, 2, rules, filtered=False)
    assert "24 sessions" in view.facts(none, NOW, filtered=True)[1]


def test_likely_twins_come_first_where_a_theme_is_merged() -> None:
    """The one theme that is meant would have to be searched among hundreds."""
    shown = page()
    first, second = shown.view.reports
    pair = Suggestion(first.theme.id, second.theme.id, 0.7)
    ids, words = view.merge_choices(first, shown.view.reports, [pair])
    assert ids == [second.theme.id]
    assert words[second.theme.id][0] == "alike 0.70"
    assert view.merge_choices(second, shown.view.reports, [])[1][first.theme.id][0] == ""


def test_the_dial_is_told_in_sentences() -> None:
    """What would change must be said before it changes."""
    lines = "\n".join(
        dial_lines(
            DialPreview(
                1.0, 0.6, (("lock file", 4),), 12, 9, 5, (("THM-1", "THM-2"),),
                (("THM-3", ("a", "b")),),
            )
        )
    )  # fmt: skip
    for words in (
        "12 themes stay as they are",
        "“lock file”, 4 texts",
        "THM-1 + THM-2",
        "THM-3: “a” · “b”",
        "5 texts in no theme (9 now)",
    ):
        assert words in lines
    nothing = dial_lines(DialPreview(1.0, 1.0, (), 0, 0, 0, (), ()))
    assert nothing[0] == "there is no theme yet"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("ki", "kind:"),
        ("kind:rej", "kind:rejection"),
        ("kind:note -pro", "kind:note -project:"),
        ("project:sh", "project:shop"),
        ("project:zz", ""),
        ("is:unl", "is:unlinked"),
        ("", ""),
        ("lock ", ""),
    ],
)
def test_filters_are_completed(text: str, whole: str) -> None:
    """A key that has to be known by heart is not used."""
    assert completed(text, {"project": ["shop", "a b"]}) == whole


def test_why_is_told_in_terms_and_weights() -> None:
    """A user could not see what holds two texts together."""
    told = Why(0.5, 0.3, (("lock fil", 0.3), ("merg", 0.2)), (), (), "THM-1", "")
    assert why_lines(told) == [
        ("", "together: likeness 0.50, a theme begins at 0.30"),
        ("0.300", "lock fil"),
        ("0.200", "merg"),
        ("", "the first belongs to THM-1"),
        ("", "the second belongs to no theme"),
    ]
    apart = why_lines(replace(told, cosine=0.0, shared=()))
    assert apart[0][1].startswith("apart")
    assert ("", "no shared term") in apart


def test_minutes_are_told_by_week() -> None:
    """What a theme costs could rise without being seen."""
    shown = page()
    report = theme(LOCK)
    text = view.detail_of(report, around(shown)).plain
    (row,) = [line for line in text.splitlines() if line.startswith("min lost")]
    assert row.split()[2:] == ["2.0"] * WEEKS
    assert sum(shown.view.lost[report.theme.id].values()) == report.seconds_lost


def test_a_week_of_unknown_cost_is_not_a_week_without_cost() -> None:
    """A dot would say that nothing was lost."""
    monday = date(2026, 11, 2)
    weeks = [(monday + timedelta(weeks=n), n % 2) for n in range(4)]
    made = series(weeks, {week: 3 for week, _ in weeks})
    rows = dict(week_rows(made, {weeks[1][0]: 660.0}, 9))
    assert rows["min lost"].split() == ["·", "11", "·", "?"]
    assert rows["hit"].split() == ["·", "1", "·", "1"]
    assert "min lost" not in dict(week_rows(made, {}, 9))


def test_what_was_seen_once_is_counted_in_the_window() -> None:
    """The heading would count things that the list below it does not show."""
    old = document(901, "a cable was pulled", session="s51", days_ago=36)
    found = learn([*texts(), old])
    known = Known(found.state, (*texts(), old), tuple(sessions()), found.members, {}, ())
    counts = {
        window: page_of(known, ThemeQuery(window), now=NOW, settings=SETTINGS)
        for window in (7, None)
    }
    assert {window: each.view.seen.groups for window, each in counts.items()} == {7: 1, None: 2}
    assert all(len(each.once) == each.view.seen.groups for each in counts.values())


def test_every_line_of_an_empty_list_fits_a_narrow_terminal() -> None:
    """The last words were cut, and with them the key that leads on."""
    one = document(1, "a cable was pulled", session="s0")
    found = learn([one])
    known = Known(found.state, (one,), tuple(sessions()), found.members, {}, ())
    shown = page_of(known, ThemeQuery(30), now=NOW, settings=SETTINGS)
    text = view.nothing(shown, 0, view.Rules(3, 2, 2), filtered=False)
    assert max(map(len, text.splitlines())) <= 76
    assert "b shows them" in text
