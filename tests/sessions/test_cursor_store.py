"""The chats of Cursor's command line: what was said, what became of calls, what cannot be read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions import agent_documents as documents
from tests.sessions import agent_logs as logs
from tests.sessions import cursor_chats as homes
from tests.sessions.every_agent import lines

from hansei_sessions.errors import LogFormatError
from hansei_sessions.index import Index
from hansei_sessions.model import Tokens
from hansei_sessions.readers import FORMATS
from hansei_sessions.readers.base import ReadResult
from hansei_sessions.readers.cursor import CURSOR, CursorReader
from hansei_sessions.readers.cursor_store import CursorStoreReader
from hansei_sessions.readers.cursor_words import typed, typed_at
from hansei_sessions.readers.protobuf import fields_of
from hansei_sessions.sources import discover

EIGHT = homes.millis_at(2026, 11, 2, 8, 0) / 1000
"""Eight in the morning of the day of the samples, in UTC."""


@pytest.fixture
def index() -> Iterator[Index]:
    with Index.open(None) as opened:
        yield opened


def store(path: Path, messages: Any) -> Path:
    """Write a chat of these messages."""
    documents.database(
        path,
        homes.CURSOR_STORE_TABLES,
        lambda database: homes.fill_cursor_store(database, messages),
    ).close()
    return path


def told(path: Path) -> ReadResult:
    """Return what a chat tells."""
    (one,) = logs.tell(CursorStoreReader, path)
    assert one.result is not None
    return one.result


def test_a_chat(tmp_path: Path) -> None:
    """A chat of the command line would be lost, with its folder, its times and its troubles."""
    (one,) = logs.tell(CursorStoreReader, homes.cursor_store(tmp_path, "linux"))
    session = logs.session_of(one.result)
    assert (session.id, session.title) == (homes.CURSOR_CHAT, "Mending")
    assert (session.cwd, session.branch) == ("/home/ada/my shop", "main")
    assert (session.model, session.tokens) == ("composer-9", Tokens())
    assert (session.prompts, session.tool_calls, session.headless) == (2, 7, False)
    assert session.started_at is not None
    assert session.last_at is not None
    assert session.started_at.timestamp() == EIGHT + 39 * 60
    assert session.last_at.timestamp() == EIGHT + 55 * 60
    assert one.prompts == ("mend it", "not that")
    assert one.result is not None
    assert logs.shown(one.result.frictions) == [
        ("cursor.exit-code", "make", "error: no rule"),
        ("cursor.slow-command", "make all", "ran 75 s: make all"),
        ("cursor.edit-error", "a.py", "no such text"),
        ("cursor.rejected", "git push", "not that"),
        ("cursor.denied-by-hook", "ls", "Hook blocked with message: no"),
        ("cursor.tool-error", "b.py", "no such file"),
        ("cursor.compacted", "", "context compacted"),
        ("cursor.no-result", "x", "no result of Grep: x"),
    ]


def test_what_the_root_does_not_list_is_no_part_of_the_chat(tmp_path: Path) -> None:
    """What was rewound, or belongs to another root, would be told as if it had happened."""
    path = store(tmp_path / "store.db", homes.CURSOR_MESSAGES[:3])
    other = json.dumps(homes.cursor_said(homes.query("9:59 AM", "never said"), "request-9"))
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO blobs VALUES ('ab', ?)", (other.encode(),))
    database.close()
    assert logs.session_of(told(path)).prompts == 1


def test_a_record_of_itself_in_plain_json(tmp_path: Path) -> None:
    """Chats of older versions, whose record is no hexadecimal, would not be read."""
    path = store(tmp_path / "store.db", homes.CURSOR_MESSAGES[:3])
    with sqlite3.connect(path) as database:
        ((held,),) = database.execute("SELECT value FROM meta")
        database.execute("UPDATE meta SET value = ?", (bytes.fromhex(held).decode(),))
    database.close()
    session = logs.session_of(told(path))
    assert (session.id, session.cwd) == (homes.CURSOR_CHAT, "/home/ada/my shop")


def test_the_same_words_twice_are_two_prompts(tmp_path: Path) -> None:
    """Blobs are held by their content: a prompt that is typed again would count once."""
    said = homes.cursor_said("<user_query>again</user_query>")
    path = store(tmp_path / "store.db", [said, homes.cursor_call("c", "Read"), said])
    assert logs.session_of(told(path)).prompts == 2


def test_encrypted_blobs_are_told_as_unreadable(tmp_path: Path) -> None:
    """A chat that cannot be read would be passed over in silence."""
    path = store(tmp_path / "store.db", homes.CURSOR_MESSAGES[:4])
    with sqlite3.connect(path) as database:
        database.execute("UPDATE blobs SET data = x'00ff1122' WHERE substr(data, 1, 1) = x'7b'")
    database.close()
    with pytest.raises(LogFormatError, match="none of the chat's messages"):
        told(path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE blobs SET data = x'00ff1122'")
    database.close()
    with pytest.raises(LogFormatError, match="none of the chat's messages"):
        told(path)


def test_a_message_that_is_gone_is_counted(tmp_path: Path) -> None:
    """A hole in a chat would not be seen."""
    path = store(tmp_path / "store.db", homes.CURSOR_MESSAGES[:5])
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM blobs WHERE instr(data, CAST('call-1' AS BLOB)) > 0")
    database.close()
    result = told(path)
    assert (result.counts.parsed, result.counts.malformed) == (3, 2)


def test_a_chat_without_words_is_no_session(tmp_path: Path) -> None:
    """Cursor makes a chat as soon as it is opened: empty sessions would fill the list."""
    path = store(tmp_path / "store.db", [])
    assert told(path).session is None
    with sqlite3.connect(path) as database:
        database.execute("UPDATE blobs SET data = x''")
    database.close()
    assert told(path).session is None


def test_a_chat_and_its_transcript_count_once(tmp_path: Path, index: Index) -> None:
    """Cursor writes a transcript of the chat too: two sessions would be made of one."""
    homes.cursor_store(tmp_path, "linux")
    own = homes.CURSOR_CHAT
    folder = tmp_path / ".cursor" / "projects" / "shop" / "agent-transcripts" / own
    lines(folder / f"{own}.jsonl", logs.lines_of(logs.CURSOR))
    index.scan(discover(FORMATS, {}, tmp_path))
    (session,) = index.sessions()
    assert session.path.endswith("store.db")
    assert index.totals().duplicates == 1


def test_a_session_of_another_client_is_found(tmp_path: Path, index: Index) -> None:
    """What an editor asks of the command line stands in a folder of its own."""
    store(tmp_path / ".cursor" / "acp-sessions" / "s1" / "store.db", homes.CURSOR_MESSAGES)
    documents.put(tmp_path / ".cursor" / "acp-sessions" / "s1" / "meta.json", {"isSubagent": True})
    index.scan(discover(FORMATS, {}, tmp_path))
    (session,) = index.sessions()
    assert session.headless


def test_what_grows_is_read_again(tmp_path: Path, index: Index) -> None:
    """A chat that goes on would stay as it was when it was first seen."""
    path = homes.cursor_store(tmp_path, "linux")
    sources = discover(FORMATS, {}, tmp_path)
    index.scan(sources)
    more = homes.cursor_said(homes.query("10:30 AM", "and the docs"), "request-0003")
    with sqlite3.connect(path) as database:
        homes.fill_cursor_store(database, [*homes.CURSOR_MESSAGES, more])
    database.close()
    index.scan(sources)
    (session,) = index.sessions()
    assert session.prompts == 3
    assert index.scan(sources).files_read == 0


def test_an_editors_home_is_not_walked(tmp_path: Path) -> None:
    """All files of all extensions would be looked at where there is no session."""
    (tmp_path / "extensions" / "x").mkdir(parents=True)
    (tmp_path / "extensions" / "x" / "sample.jsonl").write_text("{}", encoding="utf-8")
    assert list(CURSOR.logs(tmp_path)) == []
    (tmp_path / "chats").mkdir()
    assert list(CURSOR.logs(tmp_path)) == []


def test_transcripts_of_before_are_told_as_unread(tmp_path: Path) -> None:
    """A user would not learn that older sessions are missing."""
    folder = tmp_path / "projects" / "shop" / "agent-transcripts"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("user:\nmend it", encoding="utf-8")
    (tmp_path / "projects" / "shop" / "notes.txt").write_text("x", encoding="utf-8")
    assert [path.name for path, _ in CURSOR.unread(tmp_path)] == ["a.txt"]


def test_a_transcript_tells_when_prompts_were_typed() -> None:
    """Sessions of the command line would have no time where there is but a transcript."""
    rows: logs.Rows = [
        {"role": "user", "message": {"content": homes.query(clock, "mend it")}}
        for clock in ("9:00 AM", "9:02 AM")
    ]
    session = logs.session_of(logs.read(CursorReader, rows))
    assert session.started_at is not None
    assert session.started_at.timestamp() == EIGHT
    assert session.active_seconds == 120


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<user_query>\nmend it\n</user_query>", "mend it"),
        ("<timestamp>x</timestamp>\nmend it", "mend it"),
        ("<user_info>a</user_info>\n\n<rules>b</rules>", ""),
        ("mend <b>it</b>", "mend <b>it</b>"),
        ("<div> is not closed", "<div> is not closed"),
        ("<user_query>not closed", "<user_query>not closed"),
        ("", ""),
    ],
)
def test_what_was_typed(said: str, expected: str) -> None:
    """What Cursor tells the model would be taken for a prompt, or a prompt be cut."""
    assert typed(said) == expected


@pytest.mark.parametrize(
    ("stamp", "minutes"),
    [
        ("Monday, Nov 2, 2026, 8:00 AM (UTC)", 0),
        ("Nov 2, 2026, 8:00 AM (UTC)", 0),
        ("Monday, November 2, 2026, 8:00 AM (UTC+0)", 0),
        ("Monday, Nov 2, 2026, 1:06 PM (UTC+3)", 126),
        ("Monday, Nov 2, 2026, 12:30 PM (UTC+5:30)", -60),
        ("Monday, Nov 2, 2026, 12:00 AM (UTC-8)", 0),
        ("Monday, Nov 2, 2026, 4:30 AM (UTC-3:30)", 0),
        ("Monday, Foo 2, 2026, 8:00 AM (UTC)", None),
        ("Monday, Nov 99, 2026, 8:00 AM (UTC)", None),
        ("Monday, Nov 2, 2026, 8:00 AM (UTC+99)", None),
        ("Monday, Nov 2, 2026, 8:00 AM", None),
        ("yesterday", None),
    ],
)
def test_when_it_was_typed(stamp: str, minutes: int | None) -> None:
    """A prompt would stand at another time, by hours, or a damaged stamp would break a scan."""
    expected = None if minutes is None else EIGHT + minutes * 60
    assert typed_at(f"<timestamp>{stamp}</timestamp>\nx") == expected


def test_fields_of_a_message() -> None:
    """The folder or the messages of a chat would be missed behind a field of another kind."""
    data = homes.wire(1, b"ab") + b"\x10\x96\x01" + b"\x19" + b"x" * 8 + b"\x25" + b"y" * 4
    assert list(fields_of(data + homes.wire(21, b""))) == [
        (1, b"ab"),
        (2, 150),
        (3, b"x" * 8),
        (4, b"y" * 4),
        (21, b""),
    ]
    assert list(fields_of(homes.wire(1, b"ab") + b"\x0a\x28\x01")) == [(1, b"ab")]
    assert list(fields_of(b"\x00\x00")) == []
    assert list(fields_of(b"\x0b\x01")) == []


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_no_bytes_make_a_message_raise(data: bytes) -> None:
    """Torn or encrypted bytes would break the scan."""
    taken = sum(len(value) if isinstance(value, bytes) else 1 for _, value in fields_of(data))
    assert taken <= len(data)
