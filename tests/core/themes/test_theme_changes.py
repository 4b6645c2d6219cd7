"""What a theme leads to: an improvement, a proposal, a rule for the agents; and how it is cut."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.themes.theme_texts import NOW, SETTINGS, document, learn

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.store.memory import MemoryStore
from hansei_core.suggestions import catalogue
from hansei_core.tables import THEME_STATE
from hansei_core.themes.agent_rules import HEADING, OPEN, AgentRule, diff_of, rule_of, with_rule
from hansei_core.themes.example import nearest_text
from hansei_core.themes.model import Direction, Document, Family, ThemeReport
from hansei_core.themes.pool import seen_things
from hansei_core.themes.promotion import draft_of_theme, worth_proposing
from hansei_core.themes.service import likely_family, report, why
from hansei_core.themes.worker import LearningStoppedError
from hansei_core.verbs import improvements, theme_model
from hansei_core.verbs.forget import forgetting
from hansei_core.verbs.records import load_improvements
from hansei_core.verbs.theme_dial import preview_dial, turn_dial
from hansei_core.verbs.themes import propose
from hansei_core.vocabulary import Stage
from hansei_sessions.model import Evidence, Friction, FrictionKind


def documents(
    text: str, kind: str, family: Family, number: int = 4, start: int = 0
) -> list[Document]:
    """Return the same trouble in several sessions and weeks."""
    return [
        document(start + n, text, kind=kind, family=family, session=f"s{start + n}", days_ago=8 * n)
        for n in range(number)
    ]


def frictions(found: list[Document], *, rule: str, tool: str, subject: str) -> dict[str, Friction]:
    """Return the frictions behind documents, by id."""
    return {
        each.id: Friction(
            id=each.id,
            kind=FrictionKind(each.kind),
            session_id=each.session_id,
            at=each.at,
            text=each.text,
            evidence=Evidence("/logs/x.jsonl", 7),
            seconds_lost=each.seconds_lost,
            tool=tool,
            subject=subject,
            rule=rule,
        )
        for each in found
    }


def report_on(found: list[Document]) -> ThemeReport:
    """Return the one theme that documents make."""
    state = learn(found).state
    (made,) = report(state, found, now=NOW)
    return made


@pytest.mark.parametrize(
    ("text", "kind", "family", "rule", "subject", "title"),
    [
        (
            "E   ModuleNotFoundError: No module named requests",
            "command-failed",
            Family.COMMAND,
            "bash-failed",
            "pytest -q",
            "Find out why tests fail with “",
        ),
        (
            "File has not been read yet. Read it first before writing to it.",
            "edit-error",
            Family.TOOL,
            "claude.edit-not-read",
            "x.py",
            "Have the agent read a file before it edits it",
        ),
        (
            "do not edit the generated client, change the schema",
            "rejection",
            Family.TEXT,
            "claude.rejected",
            "x.py",
            "Tell the agents beforehand: “do not edit the generated client, change the schema”",
        ),
        (
            "mise run test:ci",
            "slow-command",
            Family.SLOW,
            "claude.slow",
            "mise run test:ci",
            "Make `mise run test:ci` faster, or run less of it",
        ),
    ],
)
def test_the_title_says_what_to_do(  # noqa: PLR0917  # a table is read by column
    text: str, kind: str, family: Family, rule: str, subject: str, title: str
) -> None:
    """An improvement that is called like the error tells nobody what to do."""
    found = documents(text, kind, family)
    made = report_on(found)
    draft = draft_of_theme(made, frictions(found, rule=rule, tool="Bash", subject=subject))
    assert draft.title.startswith(title)
    assert draft.title != made.theme.name
    assert draft.suggested
    assert draft.theme_id == made.theme.id
    assert len(draft.evidence) == len(found)
    assert "4 sessions" in draft.current_state
    assert draft.proposed_change


def test_impact_follows_the_minutes_a_week() -> None:
    """A theme that costs an hour a week would be suggested like one that costs a minute."""
    found = documents("psycopg connection refused by server", "command-failed", Family.COMMAND)
    cheap = draft_of_theme(report_on([replace(each, seconds_lost=5.0) for each in found]), {})
    dear = draft_of_theme(report_on([replace(each, seconds_lost=4000.0) for each in found]), {})
    unknown = draft_of_theme(report_on([replace(each, seconds_lost=None) for each in found]), {})
    assert cheap.impact is not None
    assert dear.impact is not None
    assert cheap.impact < dear.impact
    assert "min a week lost" in dear.impact_reason
    assert unknown.impact_reason.endswith("cost unknown")


def test_every_entry_of_the_catalogue_titles_a_theme() -> None:
    """A template with a wrong word would fail only when that kind of theme is promoted."""
    for entry in catalogue():
        words = {"label": "`x`", "name": "“y”"}
        title = (entry.theme_title or entry.title).format_map({**words, "times": "2×"})
        assert title
        assert "{" not in title


def test_proposals_wait_in_the_inbox_with_suggested_scores() -> None:
    """R68: a proposal that accepts itself, or looks like one's own scores, is not one."""
    store = MemoryStore()
    found = documents("merge conflict in the lock file", "command-failed", Family.COMMAND)
    draft = draft_of_theme(report_on(found), {})
    done = propose(store, [draft], now=NOW)
    (item,) = done.value
    assert item.stage is Stage.INBOX
    assert set(item.suggested) == {"impact", "effort"}
    assert item.source == "themes"
    assert len(item.sessions) == 4
    assert propose(store, [draft], now=NOW).value == ()
    improvements.trash(store, [item.id], now=NOW)
    assert propose(store, [draft], now=NOW).value == ()
    assert len(load_improvements(store).items) == 1


def test_only_what_still_recurs_is_proposed() -> None:
    """The inbox would fill with what is gone, or was declined before."""
    found = documents("merge conflict in the lock file", "command-failed", Family.COMMAND)
    made = report_on(found)
    gone = replace(made, verdict=replace(made.verdict, direction=Direction.GONE))
    assert worth_proposing([made], (), 3) == (made,)
    assert worth_proposing([gone], (), 3) == ()
    assert worth_proposing([made], {made.theme.id}, 3) == ()
    assert worth_proposing([made, made], (), 1) == (made,)


def test_a_rule_quotes_the_user_and_leaves_open_what_nobody_said() -> None:
    """R71: a rule that makes up a remedy is worse than none."""
    spoken = documents("do not edit the generated client", "rejection", Family.TEXT)
    rule = rule_of(report_on(spoken), {})
    assert rule == AgentRule("Do not edit the generated client.", True)
    failed = documents("merge conflict in the lock file", "command-failed", Family.COMMAND)
    facts = frictions(failed, rule="x", tool="Bash", subject="git merge main")
    rule = rule_of(report_on(failed), facts)
    assert not rule.is_whole
    assert OPEN in rule.text
    assert "`git merge`" in rule.text


def test_no_rule_for_what_no_agent_can_help() -> None:
    """A failing service would end as an order to the agent."""
    found = documents("Overloaded, try again in a while", "api-error", Family.COMMAND)
    with pytest.raises(UsageError, match="no rule"):
        rule_of(report_on(found), {})


RULE = AgentRule("Read before you write.", True)
_TEXTS = st.lists(
    st.sampled_from(["# Title", "", HEADING, "- a rule", "## Other", "text", "  "]), max_size=8
).flatmap(
    lambda rows: st.sampled_from(["\n", "\r\n"]).flatmap(
        lambda end: st.sampled_from(["", end]).map(lambda last: end.join(rows) + last)
    )
)


@given(_TEXTS)
@settings(max_examples=150, deadline=None)
def test_a_rule_is_added_once_and_nothing_else_changes(text: str) -> None:
    """A line of the user's own would be lost, or the rule would stand there twice."""
    after = with_rule(text, RULE)
    line = f"- {RULE.text}"
    assert after.splitlines().count(line) == 1
    assert with_rule(after, RULE) == after
    kept = [row for row in after.splitlines() if row.strip() and row not in (line, HEADING)]
    assert kept == [row for row in text.splitlines() if row.strip() and row not in (line, HEADING)]
    section = after.splitlines()[after.splitlines().index(HEADING) :]
    rest = section[1:]
    end = next((n for n, row in enumerate(rest) if row.startswith("#")), len(rest))
    assert line in rest[:end]


@pytest.mark.parametrize(
    "before", [None, "", "# Rules\n", "# Rules", f"{HEADING}\n\n- one\n\n## More\ntext\n"]
)
def test_the_diff_is_one_that_git_takes(before: str | None, tmp_path: Path) -> None:
    """A diff to copy that no tool accepts is only a picture."""
    file = tmp_path / "AGENTS.md"
    if before is not None:
        file.write_text(before, "utf-8")
    diff = diff_of("AGENTS.md", before, RULE)
    git = shutil.which("git")
    assert git, "git is needed for development"
    done = subprocess.run(
        [git, "apply", "-"], input=diff, text=True, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stderr, diff)
    assert file.read_text("utf-8") == with_rule(before or "", RULE)
    assert diff_of("AGENTS.md", file.read_text("utf-8"), RULE) == ""


TROUBLES = [
    *(
        document(n, text, session=f"s{n}", days_ago=n)
        for n, text in enumerate(
            [
                "merge conflict in the lock file of the client",
                "merge conflict in the lock file again",
                "merge conflict in lock file",
                "merge conflict in the schema file",
                "connection refused by the database server",
                "database server refused the connection",
                "connection to database refused",
                "tests cannot find the browser binary",
                "browser binary is missing for tests of login",
                "no browser binary for tests",
                "flaky timeout while waiting for the queue worker",
                "queue worker gave no answer before the timeout ended",
            ]
        )
    )
]


def test_the_dial_says_what_it_would_change_and_changes_nothing_by_itself() -> None:
    """A dial that reshuffles themes while it is looked at loses every link to them."""
    store = MemoryStore()
    theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    before = theme_model.load_themes(store)
    for cut in (0.5, 1.0, 2.0):
        found = preview_dial(store, TROUBLES, cut, now=NOW, settings=SETTINGS)
        assert theme_model.load_themes(store) == before
        assert found.kept == len(before.themes)
        assert found.after == cut
    with pytest.raises(UsageError):
        preview_dial(store, TROUBLES, 3.0, now=NOW, settings=SETTINGS)


def test_turning_the_dial_keeps_old_themes_and_can_be_undone() -> None:
    """Old themes would get other texts, or stay cut as nobody wants them."""
    store = MemoryStore()
    theme_model.learn(store, TROUBLES[:4], now=NOW, settings=SETTINGS)
    before = theme_model.load_themes(store)
    told = preview_dial(store, TROUBLES, 0.5, now=NOW, settings=SETTINGS)
    born = turn_dial(store, TROUBLES, 0.5, now=NOW, settings=SETTINGS).value
    assert [theme.name for theme in born] == [name for name, _ in told.born]
    after = theme_model.load_themes(store)
    assert after.themes[: len(before.themes)] == before.themes
    assert after.granularity == 0.5
    again = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    assert [theme.id for theme in again.state.themes][: len(after.themes)] == [
        theme.id for theme in after.themes
    ]
    store.undo(now=NOW)
    assert theme_model.load_themes(store).granularity is None


def test_a_split_is_undone_after_more_sessions_came() -> None:
    """What the model learns later would stand in the way of taking a decision back."""
    store = MemoryStore()
    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    home = found.members[TROUBLES[0].id]
    split = theme_model.split(store, home, [TROUBLES[3]], now=NOW).value
    fresh = document(99, "an error that nobody has seen before today")
    theme_model.learn(store, [*TROUBLES, fresh], now=NOW, settings=SETTINGS)
    store.undo(now=NOW)
    ids = {theme.id for theme in theme_model.load_themes(store).themes}
    assert split.id not in ids


def test_texts_go_where_the_user_puts_them() -> None:
    """Two texts without a common word could never be one theme."""
    store = MemoryStore()
    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    stray = document(50, "yarn went wild", session="s50")
    home = found.members[TROUBLES[0].id]
    theme_model.move(store, [stray], home, now=NOW)
    again = theme_model.learn(store, [*TROUBLES, stray], now=NOW, settings=SETTINGS)
    assert again.members[stray.id] == home
    theme_model.move(store, [TROUBLES[0]], "", now=NOW)
    again = theme_model.learn(store, [*TROUBLES, stray], now=NOW, settings=SETTINGS)
    assert TROUBLES[0].id not in again.members
    for wrong, error in (("THM-99", NotFoundError), ("", UsageError)):
        texts = [stray] if wrong else []
        with pytest.raises(error):
            theme_model.move(store, texts, wrong, now=NOW)


def test_things_seen_once_hold_their_evidence_within_the_window() -> None:
    """What does not recur could not be looked at, or would be counted beyond the window."""
    texts = [
        document(1, "disk full at /srv/a", session="a", days_ago=1, seconds=30),
        document(2, "disk full at /srv/b", session="b", days_ago=3, seconds=None),
        document(3, "certificate expired", session="c", days_ago=20),
        document(4, "belongs to a theme", session="d", days_ago=1),
    ]
    found = seen_things(texts, {"d0004": "THM-1"}, now=NOW, window_days=7)
    assert [(each.text, len(each.documents), each.sessions) for each in found] == [
        ("disk full at /srv/a", 2, 2)
    ]
    assert (found[0].seconds_lost, found[0].unknown_cost) == (30, 1)
    assert found[0].last_seen == NOW - timedelta(days=1)
    everything = seen_things(texts, {"d0004": "THM-1"}, now=NOW)
    assert [each.text for each in everything] == ["disk full at /srv/a", "certificate expired"]


def test_forgetting_a_session_forgets_what_was_said_of_its_texts() -> None:
    """A forgotten session's id would stay in the store as part of a decision."""
    store = MemoryStore()
    found = theme_model.learn(store, TROUBLES, now=NOW, settings=SETTINGS)
    home = found.members[TROUBLES[0].id]
    texts = [replace(TROUBLES[0], id="s-1:7"), replace(TROUBLES[1], id="s-2:7")]
    theme_model.move(store, texts, home, now=NOW)
    change = forgetting(["s-1"])
    decisions = msgspec.json.encode(store.get(THEME_STATE, "decisions"))
    changed = change(THEME_STATE, "decisions", decisions)
    assert changed is not None
    assert list(msgspec.json.decode(changed)["pinned"]) == ["s-2:7"]
    assert change(THEME_STATE, "decisions", changed) == changed


def test_texts_are_explained_by_the_words_of_their_own_kind() -> None:
    """Two errors would be explained as if people had said them."""
    found = learn(TROUBLES)
    family = likely_family(found.state, TROUBLES[0].text, TROUBLES[1].text)
    assert family is Family.COMMAND
    told = why(found.state, TROUBLES[0].text, TROUBLES[1].text, family)
    assert told.cosine >= told.threshold
    assert any("lock" in term for term, _ in told.shared)
    assert likely_family(found.state, "nothing like it", "nor this") is Family.TEXT


def test_what_was_done_names_the_theme_it_was_done_to() -> None:
    """By the id of a merged theme another one is renamed or muted, and nobody would notice."""
    store = MemoryStore()
    texts = [*documents("the tests need a database", "correction", Family.TEXT)]
    texts += documents("formatter rewrites generated files", "correction", Family.TEXT, start=50)
    theme_model.learn(store, texts, now=NOW, settings=SETTINGS)
    assert theme_model.merge(store, "thm-1", "thm-2", now=NOW).label == "merge THM-2 into THM-1"
    assert theme_model.rename(store, "THM-2", "Ours", now=NOW).label == "rename THM-1"
    assert theme_model.mute(store, "thm-2", now=NOW).label == "mute THM-1"
    with pytest.raises(UsageError, match="into itself"):
        theme_model.merge(store, "thm-1", "THM-1", now=NOW)
    with pytest.raises(UsageError, match="one theme already"):
        theme_model.merge(store, "THM-1", "THM-2", now=NOW)


def test_a_decision_that_changes_nothing_is_no_step_of_undo() -> None:
    """Undo would take back a muting twice, and seem broken the first time."""
    store = MemoryStore()
    texts = documents("the tests need a database", "correction", Family.TEXT)
    theme_model.learn(store, texts, now=NOW, settings=SETTINGS)
    theme_model.mute(store, "THM-1", now=NOW)
    again = theme_model.mute(store, "THM-1", now=NOW)
    assert again.label == "mute THM-1 (nothing to change)"
    store.undo(now=NOW)
    assert not theme_model.load_themes(store).themes[0].muted


def test_the_text_nearest_to_the_middle_speaks_for_a_theme() -> None:
    """`why` would compare the newest text, which may be the odd one out."""
    usual = documents("the tests need a running database", "correction", Family.TEXT)
    odd = document(90, "a running database is needed by some tests of the api client", session="s9")
    found = learn([*usual, odd])
    made = report(
        found.state,
        [*usual, odd],
        now=NOW,
        membership={each.id: found.state.themes[0].id for each in (*usual, odd)},
    )
    assert nearest_text(found.state, made[0]).text == usual[0].text


def test_looking_at_another_cut_can_be_stopped() -> None:
    """Each step of the dial would go on grouping all texts behind the next one."""
    store = MemoryStore()
    texts = documents("the tests need a database", "correction", Family.TEXT)
    told: list[str] = []

    def stop(words: str, _share: float) -> None:
        told.append(words)
        raise LearningStoppedError("stopped", "nothing was changed")

    with pytest.raises(LearningStoppedError):
        preview_dial(store, texts, 0.8, now=NOW, settings=SETTINGS, tell=stop)
    assert len(told) == 1
    assert preview_dial(store, texts, 0.8, now=NOW, settings=SETTINGS, tell=told_only(told)).kept
    assert len(told) > 3


def told_only(told: list[str]) -> Callable[[str, float], None]:
    """Return what only writes down what it is told."""

    def tell(words: str, _share: float) -> None:
        told.append(words)

    return tell
