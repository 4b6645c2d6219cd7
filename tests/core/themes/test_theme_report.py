"""What screens and commands draw: reports, heat maps, associations, sources."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.core.themes.theme_texts import LOCK, MISSING, NOW, document, learn

from hansei_core.retro import Retro
from hansei_core.themes.association import associations
from hansei_core.themes.heatmap import by_project, by_week
from hansei_core.themes.model import Direction, Document, Family
from hansei_core.themes.naming import readable, shorten, tags
from hansei_core.themes.recurrence import week_of, weekly
from hansei_core.themes.service import report, seen_once
from hansei_core.themes.sources import command_verb, document_of, documents_of
from hansei_core.themes.templates import fill, templates
from hansei_core.themes.titles import is_telling
from hansei_sessions.model import Evidence, Friction, FrictionKind, Session

SESSION = Session("s1", "claude-code", "/logs/s1.jsonl", "shop", "/work/shop", model="opus")


def friction(kind: FrictionKind, text: str, *, tool: str = "", subject: str = "") -> Friction:
    return Friction("s1:1", "s1", kind, "rule", NOW, text, Evidence("/x", 1), tool, subject, 30.0)


def weeks_of_trouble() -> list[Document]:
    """Return twelve weeks: one problem in every session, another only in the first half."""
    made = []
    for week in range(12):
        for n in range(4):
            number = week * 10 + n
            days, session = 84 - 7 * week, f"w{week}n{n}"
            made.append(document(number, MISSING, session=session, days_ago=days, seconds=30))
            if week < 6:
                made.append(
                    document(
                        500 + number, LOCK, session=session, days_ago=days, seconds=90, project="a"
                    )
                )
    return made


def test_the_costliest_theme_comes_first_with_its_numbers() -> None:
    """The list would not say what costs most."""
    texts = weeks_of_trouble()
    found = learn(texts)
    first, second = report(found.state, texts, now=NOW)
    assert (first.theme.name, second.theme.name) == (LOCK, MISSING)
    assert first.minutes_lost == pytest.approx(36.0)
    assert (len(first.sessions), len(second.sessions)) == (24, 48)
    assert first.verdict.direction is Direction.GONE
    assert second.verdict.direction is Direction.NO_CLEAR_CHANGE
    assert first.projects == ("a",)


def test_windows_change_the_counts() -> None:
    """7, 30 and 90 days would show the same."""
    texts = weeks_of_trouble()
    found = learn(texts)
    sizes = {
        days: [len(each.sessions) for each in report(found.state, texts, now=NOW, window_days=days)]
        for days in (7, 30, 90, None)
    }
    assert sizes == {7: [], 30: [16], 90: [24, 48], None: [24, 48]}


def test_a_planted_problem_is_listed_with_its_sessions() -> None:
    """The last ten sessions would be mined in vain (R6)."""
    texts = [document(n, f"only once: trouble {w}") for n, w in enumerate("abcdefghij")]
    texts += [document(50 + n, MISSING, session=f"s{n}") for n in (1, 4, 6, 9)]
    found = learn(texts)
    (hit,) = [each for each in report(found.state, texts, now=NOW) if each.theme.name == MISSING]
    assert hit.sessions == ("s1", "s4", "s6", "s9")


def test_unknown_cost_is_said_and_muted_themes_are_left_out() -> None:
    """A theme would seem free where nobody knows its cost."""
    texts = [document(n, MISSING, seconds=60.0 if n else None) for n in range(4)]
    found = learn(texts)
    (only,) = report(found.state, texts, now=NOW)
    assert (only.seconds_lost, only.unknown_cost) == (180.0, 1)
    from hansei_core.themes.edits import mute

    state = mute(found.state, "THM-1")
    assert report(state, texts, now=NOW) == ()
    assert len(report(state, texts, now=NOW, muted=True)) == 1


def test_weeks_without_a_hit_are_zeros() -> None:
    """A sparkline would close its gaps."""
    texts = [document(1, "x", days_ago=1), document(2, "x", days_ago=15)]
    counts = weekly(texts)
    assert [n for _, n in counts] == [1, 0, 1]
    assert all(week.weekday() == 0 for week, _ in counts)


def test_the_heat_map_holds_the_report_s_numbers() -> None:
    """The map and the list would tell two stories (R15)."""
    texts = weeks_of_trouble()
    reports = report(learn(texts).state, texts, now=NOW)
    grid = by_week(reports)
    assert len(grid.columns) == 12
    assert [sum(row) for row in grid.sessions] == [len(each.sessions) for each in reports]
    assert sum(grid.minutes[0]) == pytest.approx(reports[0].minutes_lost)
    assert by_week(reports, weeks=3).columns == grid.columns[-3:]
    projects = by_project(reports)
    assert projects.columns == ("shop", "a")
    assert projects.sessions == ((0, 24), (48, 0))
    assert by_week([]).columns == ()


def test_seen_once_says_what_was_looked_at() -> None:
    """An empty list would not say whether anything was read."""
    texts = [document(1, MISSING, session="a"), document(2, LOCK, session="b")]
    once = seen_once(learn(texts).state, texts, sessions=9)
    assert (once.groups, once.documents, once.sessions, once.looked_at) == (2, 2, 9, 2)


def test_a_planted_association_is_first_and_no_cause() -> None:
    """What goes together would not be seen, or be called a reason (R111)."""
    texts = []
    for n in range(40):
        bad = n % 4 == 0
        tool = "Edit" if bad else "Bash"
        texts.append(document(n, MISSING if bad else f"noise {n}", session=f"s{n}", tool=tool))
    found = learn(texts)
    first = associations(texts, found.members)[0]
    assert (first.dimension, first.value, first.together) == ("tool", "Edit", 10)
    assert first.lift == pytest.approx(4.0)
    assert "associated with" in first.wording
    assert "cause" not in first.wording


def test_sessions_without_a_known_model_say_nothing_about_models() -> None:
    """A model that every session has would be "associated", once the archive forgot some."""
    texts = []
    for n in range(40):
        text = MISSING if n % 2 else f"noise {n}"
        texts.append(document(n, text, session=f"s{n}"))
    texts = [
        replace(each, model="" if n < 20 and n % 2 == 0 else "opus") for n, each in enumerate(texts)
    ]
    found = learn(texts)
    assert found.state.themes
    assert not [each for each in associations(texts, found.members) if each.dimension == "model"]


def test_a_name_of_names_keeps_what_they_share() -> None:
    """A theme of one feature's tests would be named after one of them, or just "FAIL"."""
    texts = [
        "--- FAIL: TestShadowBranchOverlap_Dismiss (‹n›)",
        "--- FAIL: TestShadowBranch_Continue (‹n›)",
        "--- FAIL: TestResetCmd_NoShadowBranch (‹n›)",
    ]
    found = [readable(fill(each)) for each in templates(texts, [1, 1, 1])]
    assert found == ["FAIL: Test…ShadowBranch…"]


def named(*texts: str, family: Family = Family.COMMAND) -> str:
    made = [
        document(number, text, session=f"s{number}", family=family)
        for number, text in enumerate(texts)
    ]
    (theme,) = learn(made).born
    return theme.name


def test_a_program_is_quoted_by_what_does_not_vary() -> None:
    """A name would show one example as if it were the trouble, or end in the middle."""
    assert named(*(f"a/b/x.go:4:2: unknown skill: {n}x" for n in "abcd")) == "unknown skill: …"
    assert named(*["Command timed out after 2m 0.0s"] * 4) == "Command timed out after 2m 0.0s"
    assert named(*(f"Command timed out after {n}s" for n in range(4))) == "Command timed out"


def test_a_name_keeps_the_word_that_says_what_is_wrong() -> None:
    """Themes would be called "space left on device" and "connect to the daemon"."""
    full = [
        "OSError: [Errno 28] No space left on device",
        "cp: error writing '/tmp/a': No space left on device",
        "write /var/lib/x: no space left on device",
    ]
    assert named(*full).casefold() == "no space left on device"
    daemon = [
        "ERROR: Cannot connect to the daemon at unix:///a.sock.",
        "failed to connect to the daemon at unix:///b.sock",
        "could not connect to the daemon at unix:///c/d.sock",
    ]
    name = named(*daemon)
    assert any(word in name for word in ("Cannot", "failed", "could not"))
    assert readable("open ‹path›: permission denied") == "open …: permission denied"
    assert readable("used … of …; run it") == "used … of …"


def test_texts_that_share_less_than_they_differ_in_are_quoted() -> None:
    """A theme would be called "go: … go.mod …"."""
    assert not is_telling("go: … go.mod …")
    assert not is_telling("npm … code … npm …")
    assert is_telling("object … has no attribute …")
    assert (
        named(*(f"x.py:{n}:1: F401 '{name}' imported but unused" for n, name in enumerate("abc")))
        == "F401 … imported but unused"
    )


def test_one_word_in_one_text_keeps_both_its_spellings() -> None:
    """A compiler would be quoted with words that it did not say."""
    texts = [f"Type '{a}' is not assignable to type '{b}'." for a, b in ("xy", "pq", "uv")]
    assert named(*texts) == "Type … is not assignable to type …"


def test_what_only_says_that_something_failed_names_nothing() -> None:
    """Every failed test would be one theme called "FAIL: …"."""
    tests = [f"--- FAIL: Test{name}Order ({number}.0s)" for number, name in enumerate("ABCDE")]
    assert named(*tests) != "FAIL: …"
    assert named(*(f"a/b/{n}.go:4:2: undefined: {n}" for n in "abc")) == "undefined: …"


def test_commands_that_say_nothing_meet_by_their_command_only() -> None:
    """A test run and a formatter would be one problem because both of them failed."""
    lines = [
        "go test failed", "go test failed", "go test failed",
        "mise run fmt failed", "mise run fmt failed", "mise run fmt failed",
        "go build failed", "go build failed", "go build failed",
    ]  # fmt: skip
    texts = [document(n, text, family=Family.SILENT) for n, text in enumerate(lines)]
    names = sorted(theme.name for theme in learn(texts).state.themes)
    assert names == [
        f"{verb} failed without a message" for verb in ("go build", "go test", "mise run fmt")
    ]


def test_a_person_is_quoted_in_a_sentence() -> None:
    """The words that notes share, with gaps between, are no sentence that anyone would say."""
    texts = (
        "do not edit the generated client, change the schema",
        "again: the generated client is off limits, edit the schema",
        "no, not in the generated client: change the schema and generate",
        "the schema, not the generated client",
    )
    assert named(*texts, family=Family.TEXT) in texts


def test_names_are_templates_or_sentences() -> None:
    """A theme would be called by a word list."""
    texts = [f"cannot open lock file ‹path› for user {name}" for name in ("ann", "bob", "cy")]
    assert [readable(fill(each)) for each in templates(texts, [1, 1, 1])] == [
        "cannot open lock file … for user …"
    ]
    assert readable("‹path›:‹n›:‹n›: undefined: agent") == "undefined: agent"
    assert readable("--- FAIL: TestPay (‹n›)") == "FAIL: TestPay"
    assert readable("‹path›") == "path"
    assert readable("timed out after ‹n›") == "timed out"
    assert readable("undefined: ‹n›") == "undefined: …"
    assert readable("No module named ‹path›") == "No module named …"
    assert readable("failed on the generated file ‹path›") == "failed on the generated file"
    assert readable("‹path›: line ‹n›: … command not found") == "command not found"
    assert readable("ID conflict: ID conflict: ID conflict: taken") == "ID conflict: taken"
    assert readable("old conflict: new conflict: taken") == "old conflict: new conflict: taken"
    assert len(shorten("word " * 60)) <= 80
    phrases = tags(["lock file conflict", "conflict in lock file"], {"lock file": 1}, 9)
    assert "lock file" in phrases


@pytest.mark.parametrize(
    ("command", "verb"),
    [
        ("cd /x && npm run test -- --watch", "npm run test"),
        ("FOO=1 sudo git push origin main", "git push"),
        ("/usr/bin/python3 -m pytest", "python3 -m pytest"),
        ("pytest -q tests", "pytest"),
        ("", ""),
    ],
)
def test_a_command_is_known_by_its_verb(command: str, verb: str) -> None:
    """Failures without output would all be one theme."""
    assert command_verb(command).replace("-m ", "") == verb.replace("-m ", "")


@pytest.mark.parametrize(
    ("made", "text", "family"),
    [
        (friction(FrictionKind.COMMAND_FAILED, "x\nKeyError: 'a b'\n", tool="Bash"),
         "KeyError: 'a b'", Family.COMMAND),
        (friction(FrictionKind.COMMAND_FAILED, "Exit code 1", tool="Bash", subject="npm test"),
         "npm test failed", Family.SILENT),
        (friction(FrictionKind.EDIT_ERROR, "String to replace not found in file.", tool="Edit"),
         "String to replace not found in file.", Family.TOOL),
        (friction(FrictionKind.REJECTION, "use the project's own venv, not the system python"),
         "use the project's own venv, not the system python", Family.TEXT),
        (friction(FrictionKind.REJECTION, "rejected Bash: rm -rf build", tool="Bash"),
         "rejected Bash: rm -rf build", Family.RULE),
        (friction(FrictionKind.INTERRUPTION, "stopped by the user during Bash: ls"),
         "stopped by the user during Bash: ls", Family.RULE),
        (friction(FrictionKind.INTERRUPTION, "stop"), "stop", Family.RULE),
        (friction(FrictionKind.COMPACTION, "context compacted at 167,045 tokens"),
         "context compacted at 167,045 tokens", Family.RULE),
        (friction(FrictionKind.SLOW_COMMAND, "took 200 s", subject="npm test 2>&1 | tail -3"),
         "npm test", Family.SLOW),
    ],
)  # fmt: skip
def test_each_friction_speaks_by_the_right_text(made: Friction, text: str, family: Family) -> None:
    """Themes would be made of boilerplate, or of hansei's own words."""
    told = document_of(made, SESSION)
    assert (told.text, told.family) == (text, family)
    assert (told.project, told.model, told.seconds_lost) == ("shop", "opus", 30.0)


def test_retro_answers_are_documents_line_by_line() -> None:
    """What the user wrote down would never recur."""
    retro = Retro("RET-001", "s1", NOW, slowed="- tests need a flag\n* lock conflicts", broke="  ")
    told = documents_of([], [SESSION], [retro])
    assert [each.text for each in told] == ["tests need a flag", "lock conflicts"]
    assert {each.session_id for each in told} == {"s1"}
    assert len({each.id for each in told}) == 2
    assert documents_of([friction(FrictionKind.CORRECTION, "no not there at all")], []) == ()


def test_weeks_begin_on_the_user_s_monday() -> None:
    """Themes, plans and metrics would put a Sunday evening's session into different weeks."""
    late = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)  # Monday 00:30 in Berlin
    made = replace(friction(FrictionKind.CORRECTION, "no not there at all"), at=late)
    for zone, monday in (
        (None, date(2026, 11, 9)),
        (ZoneInfo("Europe/Berlin"), date(2026, 11, 16)),
    ):
        (told,) = documents_of([made], [SESSION], zone=zone)
        assert told.at == late
        assert weekly([told]) == ((monday, 1),)
        assert week_of(late, zone) == monday


def test_joining_loads_no_numbers_package() -> None:
    """A closing session would wait a second for scikit-learn before it shows its themes."""
    program = """
import sys
from dataclasses import replace
from datetime import UTC, datetime
import hansei_core.themes.service as service
from hansei_core.themes.model import Document, Family, Term, Theme, ThemeState
now = datetime(2026, 1, 5, tzinfo=UTC)
terms = (Term("lock", 0.8, 3.0), Term("conflict", 0.6, 3.0))
theme = Theme("THM-1", "lock conflicts", (), now, 1, 0.3, terms)
document = Document("d", "a conflict in the lock", "note", "s", "p", "a", now)
homes = service.members(ThemeState((theme,)), [document])
assert homes == {"d": "THM-1"}, homes
assert service.report(ThemeState((theme,)), [document], now=now)
print([name for name in ("numpy", "scipy", "sklearn") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_verdict_of_a_window_compares_with_what_was_before() -> None:
    """The last month would be compared with itself."""
    texts = weeks_of_trouble()
    found = learn(texts)
    totals = {week: 8 for week, _ in weekly(texts)}
    (only,) = report(found.state, texts, now=NOW, window_days=30, sessions_per_week=totals)
    verdict = only.verdict
    assert (verdict.before_sessions + verdict.after_sessions) == 8 * len(totals)
    assert verdict.before_hit + verdict.after_hit == 48
    assert min(totals) <= date(2026, 9, 1) + timedelta(days=30)
