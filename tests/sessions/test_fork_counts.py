"""A fork copies what its original spent: time and tokens count once, whoever copied them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.sessions import agent_documents as documents
from tests.sessions import agent_logs as logs
from tests.sessions.claude_log import SESSION, Log

from hansei_sessions.index import Index
from hansei_sessions.model import Session
from hansei_sessions.readers import FORMATS
from hansei_sessions.readers.aider import AiderReader
from hansei_sessions.readers.base import Format
from hansei_sessions.readers.cline import ClineReader
from hansei_sessions.readers.snapshot import new_teller
from hansei_sessions.sources import Source

FORK = "0f6e2a52-8f0c-4c5a-9d8e-3b6f1f6f7a02"


def form_of(agent: str) -> Format:
    """Return the format of an agent's logs."""
    return next(one for one in FORMATS if one.agent == agent)


def scanned(root: Path, agent: str) -> Index:
    """Return an index of the logs in a folder."""
    index = Index.open(None)
    index.scan([Source(form_of(agent), root)])
    return index


def original() -> Log:
    """Return a session of two prompts."""
    log = Log()
    log.prompt("mend it")
    log.result(log.bash("make"))
    log.wait(100)
    log.prompt("and the docs")
    log.result(log.bash("make docs"))
    log.say()
    return log


def copy_of(log: Log, *, rows: int) -> Log:
    """Return a fork that holds the first rows of a log under its own id."""
    fork = Log(FORK)
    for line in log.lines[:rows]:
        fork.put(json.loads(line) | {"sessionId": FORK, "forkedFrom": {"sessionId": SESSION}})
    for _ in range(20):
        fork.put({"type": "mode"})  # so that its own rows bear ids of their own
    fork.at = log.at
    fork.wait(3600)
    return fork


def write(root: Path, log: Log, name: str) -> None:
    """Write a log where Claude Code would."""
    folder = root / "projects" / "-home-dev-shop"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_bytes(b"".join(line + b"\n" for line in log.lines))


def spent(session: Session) -> tuple[float, int, int]:
    """Return what a session took."""
    return session.active_seconds, session.tokens.input, session.tokens.output


def test_a_fork_that_goes_on_counts_only_its_own(tmp_path: Path) -> None:
    """A week's hours and tokens would hold the same work twice, once a fork."""
    log = original()
    fork = copy_of(log, rows=len(log.lines))
    fork.prompt("another way")
    fork.result(fork.bash("make other"))
    write(tmp_path, log, SESSION)
    before = scanned(tmp_path, "claude-code").session(SESSION)
    write(tmp_path, fork, FORK)
    index = scanned(tmp_path, "claude-code")
    assert index.session(SESSION) == before
    one = index.session(FORK)
    assert (one.prompts, one.tool_calls) == (1, 1)
    assert spent(one) == (2.0, 3, 10)
    assert one.started_at is not None
    assert before.last_at is not None
    assert one.started_at > before.last_at
    assert spent(before) == (106.0, 9, 30)


def test_a_fork_from_the_middle_counts_what_came_after(tmp_path: Path) -> None:
    """What the original did after the fork would be taken off the fork's own work."""
    log = original()
    fork = copy_of(log, rows=3)
    fork.prompt("another way")
    fork.say()
    write(tmp_path, log, SESSION)
    write(tmp_path, fork, FORK)
    index = scanned(tmp_path, "claude-code")
    assert spent(index.session(FORK)) == (1.0, 3, 10)


def test_a_fork_that_did_nothing_took_nothing(tmp_path: Path) -> None:
    """A copy that nobody went on with would cost as much as its original."""
    log = original()
    write(tmp_path, log, SESSION)
    write(tmp_path, copy_of(log, rows=len(log.lines)), FORK)
    index = scanned(tmp_path, "claude-code")
    assert spent(index.session(FORK)) == (0.0, 0, 0)


def test_a_fork_that_goes_on_without_a_prompt(tmp_path: Path) -> None:
    """A session that was handed on to the background would count its history again."""
    log = original()
    fork = copy_of(log, rows=len(log.lines))
    fork.result(fork.bash("make other"))
    write(tmp_path, log, SESSION)
    write(tmp_path, fork, FORK)
    index = scanned(tmp_path, "claude-code")
    assert spent(index.session(FORK)) == (301.0, 3, 10)


@pytest.mark.parametrize("times", [1, 3])
def test_forks_of_a_database_count_once(tmp_path: Path, times: int) -> None:
    """OpenCode copies all messages under new ids; their tokens would count with every fork."""
    (tmp_path / "x").mkdir()
    path = tmp_path / "x" / "opencode.db"
    database = documents.database(path, documents.OPENCODE_TABLES, documents.fill_opencode)
    for number in range(times):
        renamed(database, f"ses_{number + 2}")
    database.commit()
    database.close()
    index = scanned(tmp_path / "x", "opencode")
    found = index.sessions()
    assert len(found) == times + 1
    first = index.session("ses_1")
    assert sum(one.tokens.output for one in found) == first.tokens.output == 15
    assert sum(one.prompts for one in found) == first.prompts
    assert {asdict(one.tokens)["output"] for one in found if one.id != "ses_1"} == {0}


def renamed(database: sqlite3.Connection, session: str) -> None:
    """Copy a session under new ids, as `Session.fork` does."""
    rows = database.execute("SELECT * FROM session WHERE id='ses_1'").fetchall()
    names = [one[1] for one in database.execute("PRAGMA table_info(session)")]
    marks = ",".join("?" * len(names))
    for row in rows:
        values = [
            session if name == "id" else value for name, value in zip(names, row, strict=True)
        ]
        database.execute(f"INSERT INTO session VALUES ({marks})", values)  # noqa: S608 - question marks
    for table in ("message", "part"):
        names = [one[1] for one in database.execute(f"PRAGMA table_info({table})")]
        marks = ",".join("?" * len(names))
        found = database.execute(f"SELECT * FROM {table} WHERE session_id='ses_1'").fetchall()  # noqa: S608 - two names
        for row in found:
            fields = dict(zip(names, row, strict=True))
            fields["id"] = f"{fields['id']}-{session}"
            fields["session_id"] = session
            if "message_id" in fields:
                fields["message_id"] = f"{fields['message_id']}-{session}"
            database.execute(f"INSERT INTO {table} VALUES ({marks})", list(fields.values()))  # noqa: S608 - as above


def test_what_a_log_says_of_its_cost(tmp_path: Path) -> None:
    """Dollars that a log tells would be lost, or a free answer would be taken for a price."""
    path = documents.aider(tmp_path)
    (first, *others) = logs.tell(AiderReader, path)
    assert logs.session_of(first.result).cost_usd == pytest.approx(0.01)
    assert logs.session_of(others[-1].result).cost_usd is None
    sdk = documents.cline_sdk(tmp_path / "sdk")
    log = json.loads(sdk.read_text(encoding="utf-8"))
    for message in log["messages"]:
        if "metrics" in message:
            message["metrics"]["cost"] = 0.5
    sdk.write_text(json.dumps(log), encoding="utf-8")
    (one,) = logs.tell(ClineReader, sdk)
    assert logs.session_of(one.result).cost_usd == 0.5


@pytest.mark.parametrize("dollars", [0, 0.0, -1, float("nan"), float("inf"), "1", None, True, 1e9])
def test_a_cost_that_is_none(dollars: object) -> None:
    """A subscription's zero, or a number out of place, would be shown as a cost."""
    teller = new_teller("x", "x")
    teller.prompt("mend it")
    teller.cost(dollars)
    assert logs.session_of(teller.result("/x", "x")).cost_usd is None


def test_the_copies_that_entire_keeps_are_the_same_session(tmp_path: Path) -> None:
    """Each checkpoint that Entire recorded of a session would be a session of its own."""
    log = original()
    write(tmp_path, log, SESSION)
    alone = scanned(tmp_path, "claude-code").session(SESSION)
    for number, rows in enumerate((2, 4, len(log.lines))):
        folder = tmp_path / "projects" / "entire" / "ab" / "cdef" / str(number)
        folder.mkdir(parents=True)
        lines = b"".join(line + b"\n" for line in log.lines[:rows])
        (folder / "full.jsonl").write_bytes(lines)
        documents.put(folder / "metadata.json", {"agent": "Claude Code", "sessionId": SESSION})
    index = scanned(tmp_path, "claude-code")
    (session,) = index.sessions()
    assert (session.id, spent(session), session.prompts) == (SESSION, spent(alone), alone.prompts)
    assert session.path.endswith(f"{SESSION}.jsonl")
    assert index.totals().duplicates == 3


def test_a_copy_stands_for_a_session_whose_log_is_gone(tmp_path: Path) -> None:
    """What only a recorder still has would be lost with the agent's own log."""
    log = original()
    folder = tmp_path / "projects" / "entire" / "ab" / "cdef" / "0"
    folder.mkdir(parents=True)
    (folder / "full.jsonl").write_bytes(b"".join(line + b"\n" for line in log.lines))
    (session,) = scanned(tmp_path, "claude-code").sessions()
    assert (session.id, session.prompts) == (SESSION, 2)


def fork_of_a_compacted(*, told: bool) -> tuple[Log, Log]:
    """Return a session that was compacted, and a fork that holds it from there on."""
    log = original()
    first = log.row("system", subtype="compact_boundary", compactMetadata={"trigger": "auto"})
    log.prompt("This session is being continued", isCompactSummary=True)
    log.prompt("and the tests")
    log.result(log.bash("make test"))
    log.say()
    fork = Log(FORK)
    for line in log.lines[first - 1 :]:
        row = json.loads(line) | {"sessionId": FORK}
        fork.put(row | {"forkedFrom": {"sessionId": SESSION}} if told else row)
    for _ in range(20):
        fork.put({"type": "mode"})
    fork.at = log.at
    fork.wait(3600)
    fork.prompt("another way")
    fork.result(fork.bash("make other"))
    fork.say()
    return log, fork


@pytest.mark.parametrize("told", [True, False])
def test_a_fork_of_a_compacted_session_counts_only_its_own(tmp_path: Path, *, told: bool) -> None:
    """A history that is copied from its middle on would count again with every fork."""
    log, fork = fork_of_a_compacted(told=told)
    write(tmp_path, log, SESSION)
    before = scanned(tmp_path, "claude-code").session(SESSION)
    write(tmp_path, fork, FORK)
    index = scanned(tmp_path, "claude-code")
    assert index.session(SESSION) == before
    one = index.session(FORK)
    assert (one.prompts, one.tool_calls) == (1, 1)
    assert one.tokens.output == 20
    assert [each.kind for each in index.frictions()] == ["compaction"]


def test_a_fork_of_a_compacted_session_that_grows(tmp_path: Path) -> None:
    """A fork would count its copied history again as soon as somebody goes on with it."""
    log, fork = fork_of_a_compacted(told=False)
    write(tmp_path, log, SESSION)
    write(tmp_path, fork, FORK)
    index = scanned(tmp_path, "claude-code")
    fork.prompt("and once more")
    fork.result(fork.bash("make more"))
    write(tmp_path, fork, FORK)
    index.scan([Source(form_of("claude-code"), tmp_path)])
    one = index.session(FORK)
    assert (one.prompts, one.tool_calls) == (2, 2)


def test_a_log_that_begins_with_a_compaction_and_has_no_original(tmp_path: Path) -> None:
    """A session whose beginning is lost would count nothing, or as another one's copy."""
    log, fork = fork_of_a_compacted(told=False)
    write(tmp_path, fork, FORK)
    stranger = Log("0f6e2a52-8f0c-4c5a-9d8e-3b6f1f6f7a03")
    for _ in range(60):
        stranger.put({"type": "mode"})
    stranger.prompt("something else")
    stranger.at = log.at
    stranger.wait(7200)
    stranger.say()
    write(tmp_path, stranger, stranger.session)
    index = scanned(tmp_path, "claude-code")
    assert (index.session(FORK).prompts, index.session(stranger.session).prompts) == (2, 1)
