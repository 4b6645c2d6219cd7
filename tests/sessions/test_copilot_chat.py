"""GitHub Copilot Chat in VS Code: what a chat tells, and how its log of changes is replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sessions import copilot_chats as chats
from tests.sessions.agent_logs import session_of, shown, tell
from tests.sessions.test_line_readers import values

from hansei_sessions.errors import LogFormatError
from hansei_sessions.index import Index
from hansei_sessions.readers.base import Told
from hansei_sessions.readers.copilot_chat import COPILOT_CHAT, CopilotChatReader
from hansei_sessions.readers.mutation_log import Replayed
from hansei_sessions.sources import Source


def of(tmp_path: Path, *sent: chats.Row, opened: chats.Row | None = None) -> Told:
    """Return what a chat with these requests tells."""
    path = chats.workspace(tmp_path, opened=opened) / f"{chats.CHAT}.json"
    path.write_text(json.dumps(chats.chat(list(sent))), encoding="utf-8")
    (told,) = tell(CopilotChatReader, path)
    return told


def frictions(told: Told) -> list[tuple[str, str, str]]:
    """Return the frictions in brief."""
    assert told.result is not None
    brief = shown(told.result.frictions)
    return [(rule.partition(".")[2], subject, text) for rule, subject, text in brief]


@pytest.mark.parametrize("write", [chats.copilot_chat, chats.copilot_chat_document])
def test_all_that_a_chat_tells(write: Any, tmp_path: Path) -> None:
    """The most used agent of all would be missing, or its two forms tell different things."""
    (told,) = tell(CopilotChatReader, write(tmp_path, "linux"))
    session = session_of(told.result)
    in_workspace = write is chats.copilot_chat
    assert (session.agent, session.id, session.title) == ("copilot-chat", chats.CHAT, "Mending")
    assert (session.cwd, session.project) == (
        ("/home/ada/shop", "shop") if in_workspace else ("", "")
    )
    assert (session.prompts, session.tool_calls, session.model) == (8, 11, "claude-opus-9")
    assert session.tokens.input == session.tokens.output == 0
    assert session.started_at is not None
    assert session.last_at is not None
    assert (session.last_at - session.started_at).total_seconds() == 960
    assert frictions(told) == [
        ("exit-code", "make", "error: no rule"),
        ("slow-command", "make", "ran 70 s: make"),
        ("mid-turn-prompt", "", "only the docs"),
        ("denied", "rm -rf build", "go"),
        ("declined", "", "go"),
        ("tool-error", "x", "no such table"),
        ("edited-by-user", "make one", "the agent wanted: make all"),
        ("cancelled", "sleep 99", "softer"),
        ("service-error", "", "You have exhausted your quota"),
        ("hook", "", "no pushes on Friday"),
        ("no-result", "", "no result of copilot_findFiles"),
    ]
    assert told.result is not None
    assert told.result.frictions[0].seconds_lost == 8.0
    assert dict(told.result.unknown_types) == {"novel": 1}
    assert "a draft" not in "".join(told.prompts)
    assert told.prompts[0] == "mend it"


def test_older_forms(tmp_path: Path) -> None:
    """Chats of 2025 would be empty: plain flags and texts stood where objects stand today."""
    run = {"kind": "terminal", "command": "make", "language": "sh"}
    told = of(
        tmp_path,
        chats.request(1, "", 0, message="mend it"),
        chats.request(
            2,
            "again",
            100,
            chats.call("c1", "copilot_runInTerminal", confirmed=True, toolSpecificData=run),
            chats.call("c2", "copilot_createFile", confirmed=False),
        ),
        chats.request(3, "stop", 200, modelState=None, isCanceled=True),
    )
    assert session_of(told.result).prompts == 3
    assert session_of(told.result).tool_calls == 2
    assert [one[0] for one in frictions(told)] == ["denied", "cancelled"]


def test_where_it_ran(tmp_path: Path) -> None:
    """A folder of another machine would be taken for one of this."""

    def at(number: int, opened: chats.Row) -> tuple[str, str]:
        folder = tmp_path / str(number)
        session = session_of(of(folder, chats.request(1, "mend it", 0), opened=opened).result)
        return session.cwd, session.project

    wsl = {"folder": "vscode-remote://wsl%2Bubuntu/home/ada/shop"}
    assert at(1, {"folder": "file:///c%3A/work/shop"}) == ("c:/work/shop", "shop")
    assert at(2, wsl) == ("", "shop")
    assert at(3, {"workspace": "file:///home/ada/all.code-workspace"}) == ("", "all")
    assert at(4, {"folder": 7}) == ("", "")
    assert at(5, {}) == ("", "")


@pytest.mark.parametrize(
    ("named", "cwd"),
    [
        ("file:///home/ada/shop", "/home/ada/shop"),
        ({"$mid": 1, "path": "/home/ada/shop", "scheme": "file"}, "/home/ada/shop"),
        ({"path": "/home/ada/shop", "scheme": "vscode-remote"}, ""),
        (None, ""),
    ],
)
def test_where_a_chat_of_an_empty_window_ran(named: Any, cwd: str, tmp_path: Path) -> None:
    """Such a chat would belong to no project though it says to which."""
    path = chats.copilot_chat_document(tmp_path, "linux")
    document = json.loads(path.read_bytes()) | {"workingDirectory": named}
    path.write_text(json.dumps(document), encoding="utf-8")
    (told,) = tell(CopilotChatReader, path)
    session = session_of(told.result)
    assert (session.cwd, session.project) == (cwd, "shop" if named else "")


def test_a_prompt_that_waited_is_known(tmp_path: Path) -> None:
    """Steering, which only the clocks tell, would count as a calm next prompt."""
    first = chats.request(1, "mend it", 0)
    assert frictions(of(tmp_path, first, chats.request(2, "no", 59)))[0][0] == "mid-turn-prompt"
    assert frictions(of(tmp_path, first, chats.request(2, "and", 61))) == []
    timeless = {**first, "modelState": {"value": 1}}
    assert frictions(of(tmp_path, timeless, chats.request(2, "no", 59))) == [
        ("mid-turn-prompt", "", "no")
    ]


def test_the_log_stands_for_the_document(tmp_path: Path) -> None:
    """A chat that VS Code moved into the newer form would count twice."""
    log = chats.copilot_chat(tmp_path, "linux")
    log.with_suffix(".json").write_text(json.dumps(chats.chat(chats.requests())), encoding="utf-8")
    (log.parent / "more").mkdir()
    (log.parent / "more" / "x.json").write_text("{}", encoding="utf-8")
    index = Index.open(None)
    index.scan([Source(COPILOT_CHAT, log.parents[2])])
    (session,) = index.sessions()
    assert session.path.endswith(".jsonl")
    assert [one.suffix for one in COPILOT_CHAT.logs(log.parents[2])] == [".json", ".jsonl"]
    assert list(COPILOT_CHAT.logs(tmp_path / "workspaceStorage")) == []


def test_what_is_no_chat(tmp_path: Path) -> None:
    """Another file there would become an empty session."""
    path = tmp_path / "x.json"
    for said in ("[]", "{}", '{"requests": 5}'):
        path.write_text(said, encoding="utf-8")
        with pytest.raises(LogFormatError):
            tell(CopilotChatReader, path)


@given(request=values)
def test_any_request(request: Any) -> None:
    """A request of a coming version would break the reader."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.json"
        sent = [chats.request(1, "mend it", 0), request, {**chats.request(2, "a", 1), "x": request}]
        fields = ("response", "modelState", "result", "message", "timestamp")
        sent += [{**chats.request(3, "b", 2), key: request} for key in fields]
        part = chats.terminal("t", "make", 1)
        data = part["toolSpecificData"]
        parts = [{**part, key: request} for key in part]
        parts += [{**part, "toolSpecificData": {**data, key: request}} for key in data]
        sent += [chats.request(4 + place, "c", 3, one) for place, one in enumerate(parts)]
        path.write_text(json.dumps(chats.chat(sent)), encoding="utf-8")
        tell(CopilotChatReader, path)


def replayed(*rows: Any) -> Replayed:
    """Return what a log of these lines amounts to."""
    found = Replayed()
    for row in rows:
        found.feed(row if isinstance(row, bytes) else json.dumps(row).encode())
    return found


BEGIN = {"kind": 0, "v": {"a": [1, 2, 3], "b": {"c": 1}}}


@pytest.mark.parametrize(
    ("change", "document"),
    [
        ({"kind": 1, "k": ["b", "c"], "v": 2}, {"a": [1, 2, 3], "b": {"c": 2}}),
        ({"kind": 1, "k": ["a", 1], "v": 9}, {"a": [1, 9, 3], "b": {"c": 1}}),
        ({"kind": 1, "k": ["a", 3], "v": 9}, {"a": [1, 2, 3, 9], "b": {"c": 1}}),
        ({"kind": 2, "k": ["a"], "v": [4]}, {"a": [1, 2, 3, 4], "b": {"c": 1}}),
        ({"kind": 2, "k": ["a"], "i": 1}, {"a": [1], "b": {"c": 1}}),
        ({"kind": 2, "k": ["a"], "i": 0, "v": [7]}, {"a": [7], "b": {"c": 1}}),
        ({"kind": 2, "k": ["b", "d"], "v": [7]}, {"a": [1, 2, 3], "b": {"c": 1, "d": [7]}}),
        ({"kind": 3, "k": ["b"]}, {"a": [1, 2, 3]}),
        ({"kind": 3, "k": ["a", 0]}, {"a": [None, 2, 3], "b": {"c": 1}}),
        ({"kind": 0, "v": {"new": 1}}, {"new": 1}),
    ],
)
def test_changes(change: Any, document: Any) -> None:
    """A chat would be other than VS Code shows it."""
    found = replayed(BEGIN, change)
    assert (found.document, found.applied, found.refused) == (document, 2, 0)


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b"\0\0\0",
        {"kind": 1, "k": [], "v": 1},
        {"kind": 1, "k": ["a", 9], "v": 1},
        {"kind": 1, "k": ["a", -1], "v": 1},
        {"kind": 1, "k": ["a", True], "v": 1},
        {"kind": 1, "k": ["nowhere", "x"], "v": 1},
        {"kind": 2, "k": ["a"], "i": 9},
        {"kind": 2, "k": ["a"], "v": 5},
        {"kind": 2, "k": ["b"], "v": [5]},
        {"kind": 3, "k": ["a", 9]},
        {"kind": 9, "k": ["a"]},
        {"kind": 0, "v": 5},
        {},
    ],
)
def test_after_a_change_that_cannot_be_applied(bad: Any) -> None:
    """Later changes would be applied to other requests than those that they are of."""
    more = {"kind": 2, "k": ["a"], "v": [4]}
    found = replayed(BEGIN, bad, more)
    assert (found.document, found.refused) == (BEGIN["v"], 2)
    assert replayed(bad, BEGIN, bad, {"kind": 0, "v": {"new": []}}).document == {"new": []}
    last = replayed(BEGIN)
    last.feed(b'{"kind": 1, "k": ["b"', is_last=True)
    assert last.refused == 0


@given(st.lists(st.tuples(st.integers(-1, 4), st.lists(values, max_size=3), values), max_size=8))
def test_no_changes_raise(rows: list[tuple[int, list[Any], Any]]) -> None:
    """A hostile log would break the reader."""
    replayed(BEGIN, *({"kind": kind, "k": path, "v": v, "i": v} for kind, path, v in rows))
