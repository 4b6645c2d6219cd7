"""Logs that are read as a whole: documents, folders of events, one file with many sessions."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sessions import agent_documents as documents
from tests.sessions.agent_logs import millis, session_of, shown, stamp, tell
from tests.sessions.test_line_readers import changed, leaves, values

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener
from hansei_sessions.model import Friction, FrictionKind, Session
from hansei_sessions.readers.aider import AiderReader
from hansei_sessions.readers.amp import AmpReader
from hansei_sessions.readers.base import SnapshotReader
from hansei_sessions.readers.cline import ClineReader
from hansei_sessions.readers.continue_dev import ContinueReader
from hansei_sessions.readers.documents import load_json
from hansei_sessions.readers.gemini_format import GEMINI, GeminiDocumentReader
from hansei_sessions.readers.kiro import KIRO
from hansei_sessions.readers.opencode_format import OpenCodeTreeReader
from hansei_sessions.readers.openhands import OpenHandsReader
from hansei_sessions.readers.swe_agent import SweAgentReader

Make = Callable[[Path], Path]
DOCUMENTS: list[tuple[type[SnapshotReader], Make]] = [
    (GeminiDocumentReader, documents.gemini),
    (AmpReader, documents.amp),
    (ContinueReader, documents.continue_dev),
    (SweAgentReader, documents.swe_agent),
    (ClineReader, documents.cline),
    (ClineReader, documents.cline_sdk),
]


def only(reader: type[SnapshotReader], path: Path) -> tuple[Session, tuple[Friction, ...]]:
    """Return the one session of a log and its frictions."""
    (told,) = tell(reader, path)
    assert told.key == ""
    assert told.result is not None
    return session_of(told.result), told.result.frictions


def test_gemini_document(tmp_path: Path) -> None:
    """A chat of before the event log would be lost."""
    session, frictions = only(GeminiDocumentReader, documents.gemini(tmp_path))
    assert (session.id, session.prompts, session.tool_calls) == ("gm-1", 3, 4)
    assert [one.rule for one in frictions] == [
        "gemini.exit-code",
        "gemini.rejected",
        "gemini.cancelled",
        "gemini.service-error",
        "gemini.tool-error",
    ]


def test_amp(tmp_path: Path) -> None:
    """Amp's states of a call would be taken for one another."""
    session, frictions = only(AmpReader, documents.amp(tmp_path))
    assert (session.id, session.cwd, session.title) == ("T-1", "/home/ada/my shop", "Mending")
    assert (session.prompts, session.tool_calls, session.tokens.output) == (2, 3, 12)
    assert shown(frictions) == [
        ("amp.command-error", "make", "error: no rule"),
        ("amp.rejected", "git push", "not that"),
        ("amp.exit-code", "make all", "fatal: x"),
    ]


def test_continue(tmp_path: Path) -> None:
    """Continue's failed calls would be missed, or the list be taken for a session."""
    session, frictions = only(ContinueReader, documents.continue_dev(tmp_path))
    assert (session.id, session.cwd, session.prompts) == ("co-1", "/home/ada/shop", 1)
    assert session.started_at is not None
    assert [one.rule for one in frictions] == [
        "continue-dev.command-error",
        "continue-dev.canceled",
        "continue-dev.no-result",
    ]


def test_swe_agent(tmp_path: Path) -> None:
    """A run without a human would be asked about, or its timeouts be missed."""
    session, frictions = only(SweAgentReader, documents.swe_agent(tmp_path))
    assert (session.headless, session.prompts, session.tool_calls) == (True, 0, 3)
    assert (session.project, session.tokens.input) == ("shop", 9)
    assert shown(frictions) == [
        ("swe-agent.slow-command", "make test", "ran 75 s: make test"),
        ("swe-agent.timeout", "python x.py", "EXECUTION TIMED OUT"),
        ("swe-agent.unflagged-failure", "go test ./... | tail", "--- FAIL: TestA (0.01s)"),
        ("swe-agent.exit-status", "", "the run ended with exit cost"),
    ]


def test_cline(tmp_path: Path) -> None:
    """What the user of Cline refused, changed or stopped would be lost."""
    session, frictions = only(ClineReader, documents.cline(tmp_path))
    assert (session.id, session.cwd) == (str(millis(0)), "/home/ada/shop")
    assert (session.prompts, session.tool_calls) == (3, 1)
    tokens = session.tokens
    assert (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write) == (5, 6, 7, 8)
    assert shown(frictions) == [
        ("cline.diff-error", "", "the search block does not match"),
        ("cline.cancelled", "", "and slowly"),
        ("cline.service-error", "", "429"),
        ("cline.compacted", "", "context compacted"),
        ("cline.edited-by-user", "a.py", "-a"),
        ("cline.clineignore-error", "", "secret.env"),
        ("cline.denied", "", "not that"),
    ]


def test_cline_sdk(tmp_path: Path) -> None:
    """A session of Cline's command line would be lost."""
    session, frictions = only(ClineReader, documents.cline_sdk(tmp_path))
    assert (session.id, session.forked_from, session.model) == ("sd-1", "sd-0", "m")
    assert (session.tokens.input, session.tokens.cache_read) == (5, 4)
    assert [one.rule for one in frictions] == ["cline.command-error", "cline.compacted"]


def test_answers_of_clines_tools(tmp_path: Path) -> None:
    """A command that failed would be a success: the SDK tells it in the answer, without a flag."""

    def told(*contents: Any, agent: str = "lead") -> tuple[Session, tuple[Friction, ...]]:
        messages: list[dict[str, Any]] = [
            {"id": "p", "role": "user", "content": [{"type": "text", "text": wrapped}]},
        ]
        for number, content in enumerate(contents):
            call = {"type": "tool_use", "id": f"s{number}", "name": "run_commands"}
            asked = {"commands": ["make"]} if number != 2 else {"commands": ["grep -q x y"]}
            result = {"type": "tool_result", "tool_use_id": f"s{number}", "content": content}
            messages += [
                {"id": f"a{number}", "role": "assistant", "content": [call | {"input": asked}]},
                {"id": f"b{number}", "role": "user", "content": [result]},
            ]
        log = {"sessionId": "sd-2", "agent": agent, "messages": messages}
        return only(ClineReader, documents.put(tmp_path / "sd-2.messages.json", log))

    wrapped = '<user_input mode="act">mend it</user_input>'

    def answer(success: bool, result: str, error: str = "") -> dict[str, Any]:
        return {"query": "make", "result": result, "error": error, "success": success}

    failed = answer(success=False, result="error: no rule", error="Command exited with code 2")
    nothing = answer(success=False, result="", error="Command exited with code 1")
    session, frictions = told(
        [answer(success=True, result="ok"), failed],
        json.dumps(failed),
        [nothing],
        [failed | {"error": ""}],
    )
    assert (session.title, session.prompts, session.tool_calls) == ("mend it", 1, 4)
    assert [(one.rule, one.text) for one in frictions] == [
        ("cline.exit-code", "error: no rule"),
        ("cline.exit-code", "error: no rule"),
        ("cline.command-error", "error: no rule"),
    ]
    assert told([failed], agent="teammate")[0].prompts == 0


def test_openhands(tmp_path: Path) -> None:
    """A conversation's events would be read in the wrong order, or not at all."""
    session, frictions = only(OpenHandsReader, documents.openhands(tmp_path))
    assert (session.id, session.prompts, session.tool_calls) == ("oh-1", 1, 3)
    assert shown(frictions) == [
        ("openhands.exit-code", "make", "error: no rule"),
        ("openhands.rejected", "git push", "never"),
        ("openhands.condensed", "", "context compacted"),
        ("openhands.no-result", "sleep 9", "no result of terminal: sleep 9"),
    ]
    assert frictions[1].count == 2


def test_openhands_of_before(tmp_path: Path) -> None:
    """A conversation of the older servers would be lost."""
    session, frictions = only(OpenHandsReader, documents.openhands_old(tmp_path))
    assert (session.id, session.prompts, session.tool_calls) == ("oh-0", 1, 1)
    assert shown(frictions) == [("openhands.exit-code", "make", "error: no rule")]


def test_opencode_tree(tmp_path: Path) -> None:
    """A session of OpenCode's files would tell another story than one of its database."""
    session, frictions = only(OpenCodeTreeReader, documents.opencode_tree(tmp_path))
    check_opencode(session, frictions)


RULED = (
    "The user has specified a rule which prevents you from using this specific tool call. "
    "Here are the rules: []"
)


def check_opencode(session: Session, frictions: tuple[Friction, ...]) -> None:
    """Check what the session of OpenCode must tell, however it is kept."""
    assert (session.id, session.cwd, session.title) == ("ses_1", "/home/ada/shop", "Mending")
    assert (session.prompts, session.tool_calls, session.model) == (3, 6, "m")
    tokens = session.tokens
    assert (tokens.input, tokens.output, tokens.cache_read) == (50, 15, 20)
    assert shown(frictions) == [
        ("opencode.exit-code", "make", "error: no rule"),
        ("opencode.mid-turn-prompt", "", "only the docs"),
        ("opencode.rejected", "make", "never"),
        (
            "opencode.ruled-out",
            "make",
            RULED,
        ),
        ("opencode.invalid-call", "", "bad arguments"),
        ("opencode.aborted", "", "again"),
        ("opencode.compacted", "", "context compacted"),
        ("opencode.service-error", "", "APIError: 529"),
        ("opencode.no-result", "make", "no result of bash: make"),
    ]
    assert frictions[0].seconds_lost == 2.0


def test_aider(tmp_path: Path) -> None:
    """Several sessions of one file would be one, or the model's headings be prompts."""
    path = documents.aider(tmp_path / "shop")
    first, second, third = tell(AiderReader, path)
    session = session_of(first.result)
    assert (session.project, session.model, session.prompts) == ("shop", "sonnet", 2)
    assert session.title == "mend it"
    assert (session.tokens.input, session.tokens.output) == (2500, 310)
    assert session.tool_calls == 1
    assert first.result is not None
    assert [(one.kind, one.rule) for one in first.result.frictions] == [
        (FrictionKind.EDIT_ERROR, "aider.edit-not-applied"),
        (FrictionKind.TOOL_ERROR, "aider.gave-up"),
        (FrictionKind.REJECTION, "aider.answered-no"),
        (FrictionKind.API_ERROR, "aider.service-error"),
        (FrictionKind.INTERRUPTION, "aider.interrupted"),
        (FrictionKind.REWIND, "aider.undo"),
    ]
    burst, stopped, undone = first.result.frictions[3:]
    assert burst.count == 2
    assert stopped.text == undone.text == "why so slow?"
    lines = documents.AIDER.split("\n")
    assert lines[stopped.evidence.line - 1].startswith("> ^C")
    assert documents.AIDER.encode()[stopped.evidence.offset :].startswith(b"> ^C")
    assert second.result is not None
    assert second.result.session is None
    assert session_of(third.result).prompts == 1
    assert len({one.key for one in (first, second, third)}) == 3
    assert session_of(third.result).id != session.id
    assert re.fullmatch(r"aider-20261102090000-[0-9a-f]{8}", session.id)


def test_aiders_last_session_lasts_as_long_as_its_file_grows(tmp_path: Path) -> None:
    """A session of Aider would have no length, and nobody be asked about it."""
    path = documents.aider(tmp_path)
    begun = session_of(tell(AiderReader, path)[2].result).started_at
    assert begun is not None
    os.utime(path, (0, begun.timestamp() + 600))
    assert session_of(tell(AiderReader, path)[2].result).last_at == begun + timedelta(minutes=10)
    os.utime(path, (0, begun.timestamp() + 90_000))
    assert session_of(tell(AiderReader, path)[2].result).last_at == begun


def test_two_sessions_of_aider_in_one_second(tmp_path: Path) -> None:
    """Two sessions that began together would be one."""
    path = tmp_path / ".aider.chat.history.md"
    path.write_text(
        "# aider chat started at 2026-11-02 09:00:00\n\n#### x  \n" * 2, encoding="utf-8"
    )
    assert len({session_of(one.result).id for one in tell(AiderReader, path)}) == 2


def test_aider_after_an_editor_cut_the_blanks(tmp_path: Path) -> None:
    """A history that an editor tidied would hold no prompt at all."""
    path = documents.aider(tmp_path)
    tidy = "\n".join(line.rstrip() for line in documents.AIDER.split("\n"))
    path.write_text(tidy, encoding="utf-8")
    first = tell(AiderReader, path)[0]
    assert session_of(first.result).prompts == 3  # a heading of the model counts too
    assert "text in a fence" not in first.result.session.title  # type: ignore[union-attr] # asserted above


@pytest.mark.parametrize(("reader", "make"), DOCUMENTS)
@pytest.mark.parametrize("keep", [0.0, 0.01, 0.5, 0.99])
def test_half_a_document_is_refused(
    reader: type[SnapshotReader], make: Make, keep: float, tmp_path: Path
) -> None:
    """A document that is just being written would be taken for the whole session."""
    path = make(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(LogFormatError):
        tell(reader, path)


@pytest.mark.parametrize(("reader", "make"), DOCUMENTS)
@pytest.mark.parametrize(
    "junk", [b"\x00" * 999, b"<html>", b"null", b"12", b'"x"', b"[[[[", b"\xff\xfe{\x00"]
)
def test_noise_is_refused_or_tells_nothing(
    reader: type[SnapshotReader], make: Make, junk: bytes, tmp_path: Path
) -> None:
    """Noise under a log's name would break the scan or make a session."""
    path = make(tmp_path)
    path.write_bytes(junk)
    try:
        told = tell(reader, path)
    except LogFormatError:
        return
    assert all(one.result is not None and one.result.session is None for one in told)


def test_a_document_over_the_limit_is_refused(tmp_path: Path) -> None:
    """A document of any size would be held in memory."""
    path = documents.put(tmp_path / "x.json", {"messages": ["x" * 5000]})
    with pytest.raises(LogFormatError, match="larger than"):
        load_json(Opener([tmp_path]), str(path), 1024)


@pytest.mark.parametrize(("reader", "make"), DOCUMENTS)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_document_makes_it_raise(
    reader: type[SnapshotReader], make: Make, data: st.DataObject, tmp_path: Path
) -> None:
    """A value of another type than expected would stop the scan."""
    path = make(tmp_path)
    value = json.loads(path.read_text(encoding="utf-8"))
    for _ in range(data.draw(st.integers(1, 4))):
        value = changed(value, data.draw(st.sampled_from(leaves(value))), data.draw(values))
    path.write_text(json.dumps(value), encoding="utf-8")
    check_total(reader, path)


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_event_makes_it_raise(data: st.DataObject, tmp_path: Path) -> None:
    """One broken event of a folder would take the conversation with it."""
    for reader, make in (
        (OpenHandsReader, documents.openhands),
        (OpenCodeTreeReader, documents.opencode_tree),
    ):
        folder = tmp_path / reader.agent
        path = make(folder)
        files = sorted(folder.rglob("*.json"))
        for broken in data.draw(st.lists(st.sampled_from(files), max_size=3, unique=True)):
            value: Any = json.loads(broken.read_text(encoding="utf-8"))
            value = changed(value, data.draw(st.sampled_from(leaves(value))), data.draw(values))
            broken.write_text(json.dumps(value), encoding="utf-8")
        check_total(reader, path)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(documents.AIDER.encode().split(b"\n")) | st.binary(max_size=30)))
def test_no_history_makes_it_raise(tmp_path: Path, lines: list[bytes]) -> None:
    """A torn history of Aider would stop the scan."""
    path = tmp_path / ".aider.chat.history.md"
    path.write_bytes(b"\n".join(lines))
    check_total(AiderReader, path)


def check_total(reader: type[SnapshotReader], path: Path) -> None:
    """Check that a log is read without an exception but the reader's own, and soundly."""
    try:
        told = tell(reader, path)
    except LogFormatError:
        return
    for one in told:
        assert one.result is not None
        ids = [each.id for each in one.result.frictions]
        assert len(set(ids)) == len(ids)


def test_gemini_projects_by_what_stands_beside(tmp_path: Path) -> None:
    """A chat of Gemini would belong to no project."""
    home = tmp_path / ".gemini"
    chat = documents.gemini(home / "tmp" / "shop" / "chats")
    opener = Opener([home])
    beside = GEMINI.beside(str(chat), opener)
    assert beside is not None
    assert (beside.cwd, beside.project) == ("", "shop")
    documents.put(home / "projects.json", {"projects": {"/home/ada/shop": "shop"}})
    beside = GEMINI.beside(str(chat), opener)
    assert beside is not None
    assert beside.cwd == "/home/ada/shop"


def test_kiro_session_by_what_stands_beside(tmp_path: Path) -> None:
    """A session of Kiro would have neither folder nor time."""
    documents.put(tmp_path / "k.json", {"cwd": "/home/ada/shop", "created_at": stamp(0)})
    beside = KIRO.beside(str(tmp_path / "k.jsonl"), Opener([tmp_path]))
    assert beside is not None
    assert beside.cwd == "/home/ada/shop"
    assert beside.started is not None
