"""The excerpt around a friction: readable, bounded, clean, and honest about what is gone."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from hansei_sessions.evidence import Excerpt, read_excerpt
from hansei_sessions.model import Evidence
from hansei_sessions.readers.lines import MAX_LINE

CLAUDE = [
    {"type": "user", "message": {"role": "user", "content": "please run the tests"}},
    {"type": "progress", "data": {"type": "bash_progress"}},
    {
        "type": "assistant",
        "message": {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I run them."},
                {"type": "tool_use", "name": "Bash", "input": {"command": "make test"}},
            ],
        },
    },
    {
        "type": "user",
        "message": {
            "role": "user",
            "content": [
                {"type": "tool_result", "is_error": True, "content": "Exit code 2\nno such target"}
            ],
        },
    },
    {"type": "user", "message": {"role": "user", "content": "it is called check"}},
]
CODEX = [
    {"type": "event_msg", "payload": {"type": "user_message", "message": "run it"}},
    {
        "type": "response_item",
        "payload": {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "run it"}],
        },
    },
    {
        "type": "response_item",
        "payload": {
            "type": "function_call",
            "name": "shell",
            "arguments": json.dumps({"command": ["bash", "-lc", "make test"], "workdir": "/w"}),
        },
    },
    {
        "type": "response_item",
        "payload": {
            "type": "function_call_output",
            "output": json.dumps({"output": "no such target", "metadata": {"exit_code": 2}}),
        },
    },
]


def write(path: Path, rows: Sequence[object]) -> list[int]:
    """Write rows as lines; return their offsets."""
    offsets: list[int] = []
    content = b""
    for row in rows:
        offsets.append(len(content))
        content += (row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n"
    path.write_bytes(content)
    return offsets


def spoken(excerpt: Excerpt) -> list[tuple[str, str]]:
    return [(line.speaker, line.text) for line in excerpt.lines]


def test_claude_records_read_like_a_conversation(tmp_path: Path) -> None:
    """Evidence shown as raw JSON."""
    path = tmp_path / "a.jsonl"
    offsets = write(path, CLAUDE)
    excerpt = read_excerpt(Evidence(str(path), 4, offsets[3]), [tmp_path])
    assert spoken(excerpt) == [
        ("user", "please run the tests"),
        ("assistant", "I run them."),
        ("Bash", "make test"),
        ("error", "Exit code 2"),
        ("", "no such target"),
        ("user", "it is called check"),
    ]
    assert [line.number for line in excerpt.lines] == [1, 3, 3, 4, 4, 5]
    assert [line.is_place for line in excerpt.lines] == [False, False, False, True, True, False]
    assert (excerpt.place, excerpt.note) == (3, "")


def test_codex_records_read_like_a_conversation(tmp_path: Path) -> None:
    """Codex's wrapped outputs shown as JSON, or its twins shown twice."""
    path = tmp_path / "a.jsonl"
    offsets = write(path, CODEX)
    excerpt = read_excerpt(Evidence(str(path), 4, offsets[3]), [tmp_path])
    assert spoken(excerpt) == [
        ("user", "run it"),
        ("shell", "bash -lc make test"),
        ("", "workdir: /w"),
        ("result", "Exit code 2"),
        ("", "no such target"),
    ]


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (
            {
                "type": "attachment",
                "attachment": {"type": "hook_non_blocking_error", "stderr": "guard.sh: not found"},
            },
            ("hook_non_blocking_error", "guard.sh: not found"),
        ),
        (
            {
                "type": "event_msg",
                "payload": {
                    "type": "item_completed",
                    "item": {"type": "CommandExecution", "aggregated_output": "no rule"},
                },
            },
            ("CommandExecution", "no rule"),
        ),
    ],
)
def test_what_only_an_event_tells_is_no_raw_json(
    tmp_path: Path, record: dict[str, object], shown: tuple[str, str]
) -> None:
    """A failing hook, or a command inside a program, shown as raw JSON."""
    path = tmp_path / "a.jsonl"
    write(path, [record])
    assert spoken(read_excerpt(Evidence(str(path), 1, 0), [tmp_path])) == [shown]


@pytest.mark.parametrize("known", [True, False])
def test_place_is_found_with_and_without_its_offset(tmp_path: Path, *, known: bool) -> None:
    """A pointer without an offset that opens the start of the log."""
    path = tmp_path / "a.jsonl"
    offsets = write(path, CLAUDE)
    evidence = Evidence(str(path), 5, offsets[4] if known else 0)
    excerpt = read_excerpt(evidence, [tmp_path], before=1, after=0)
    assert spoken(excerpt) == [
        ("error", "Exit code 2"),
        ("", "no such target"),
        ("user", "it is called check"),
    ]


def test_neighbours_are_counted_in_telling_records(tmp_path: Path) -> None:
    """Neighbours that are all progress rows, so that nothing is seen of the conversation."""
    path = tmp_path / "a.jsonl"
    noise = [{"type": "progress", "data": {"n": number}} for number in range(50)]
    offsets = write(path, [CLAUDE[0], *noise, CLAUDE[4], *noise, CLAUDE[2]])
    excerpt = read_excerpt(Evidence(str(path), 52, offsets[51]), [tmp_path], before=1, after=1)
    assert [line.number for line in excerpt.lines] == [1, 52, 103, 103]


def test_place_of_a_silent_kind_is_shown_all_the_same(tmp_path: Path) -> None:
    """A friction whose evidence opens on nothing."""
    path = tmp_path / "a.jsonl"
    offsets = write(path, [CLAUDE[0], {"type": "progress", "data": {"elapsed": 700}}])
    excerpt = read_excerpt(Evidence(str(path), 2, offsets[1]), [tmp_path], before=0)
    assert excerpt.lines[0].speaker == "progress"
    assert any("700" in line.text for line in excerpt.lines)


def test_hostile_text_is_inert(tmp_path: Path) -> None:
    """An escape sequence in a log that reaches the terminal through the evidence view."""
    path = tmp_path / "a.jsonl"
    hostile = "\x1b]52;c;SEFDS0VE\x07 \x9b2J \u202e txt.exe \ud800"
    row = {"type": "user", "message": {"role": hostile, "content": hostile}}
    name = {"type": "tool_use", "name": hostile, "input": {"command": hostile, hostile: hostile}}
    write(path, [row, {"type": "assistant", "message": {"content": [name]}}])
    excerpt = read_excerpt(Evidence(str(path), 1), [tmp_path])
    shown = "\n".join(line.speaker + line.text for line in excerpt.lines)
    assert "SEFDS0VE" in shown
    assert not any(ord(char) < 32 and char != "\n" for char in shown)
    assert not set(shown) & {"\x1b", "\x9b", "\u202e", "\ud800", "\x7f"}


def test_secrets_are_redacted_before_the_text_is_cut(tmp_path: Path) -> None:
    """The head of a secret that a cut leaves behind."""
    path = tmp_path / "a.jsonl"
    secret = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"[:36]
    for fill in (0, 1_150, 7_950, 65_500, 65_520):
        text = "x " * (fill // 2) + secret + " y" * 40_000
        offsets = write(path, [{"type": "user", "message": {"role": "user", "content": text}}] * 2)
        excerpt = read_excerpt(Evidence(str(path), 2, offsets[1]), [tmp_path])
        assert all("ghp_aB3d" not in line.text for line in excerpt.lines), fill


def test_long_lines_stay_bounded(tmp_path: Path) -> None:
    """A record of megabytes that is shown whole, or an endless line that is read whole."""
    path = tmp_path / "a.jsonl"
    long = {"type": "user", "message": {"role": "user", "content": "word " * 400_000}}
    endless = b"{" + b"x" * (MAX_LINE + 10)
    offsets = write(path, [long, CLAUDE[0], long, endless, CLAUDE[4]])
    excerpt = read_excerpt(Evidence(str(path), 2, offsets[1]), [tmp_path])
    assert sum(len(line.text) for line in excerpt.lines) < 10_000
    excerpt = read_excerpt(Evidence(str(path), 4, offsets[3]), [tmp_path], before=0)
    assert "too long" in excerpt.lines[0].text


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"user","message":{"content":"cut',
        b"\x00\x00\x00\x00",
        b"not json at all",
        b"[1, 2]",
        b"[" * 5_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"type":["odd"],"message":{"content":[1,null,{"type":7}]}}',
        b'{"type":"user","message":{"content":"a"}}{"type":"user","message":{"content":"b"}}',
    ],
)
def test_odd_records_never_fail(tmp_path: Path, line: bytes) -> None:
    """A damaged record that ends the evidence view."""
    path = tmp_path / "a.jsonl"
    offsets = write(path, [CLAUDE[0], line, CLAUDE[4]])
    excerpt = read_excerpt(Evidence(str(path), 2, offsets[1]), [tmp_path])
    texts = [line.text for line in excerpt.lines]
    assert excerpt.lines[excerpt.place].number == 2
    assert texts[0] == "please run the tests"
    assert texts[-1] == "it is called check"


def test_deleted_log_is_told(tmp_path: Path) -> None:
    """A traceback, or an empty window without a word, for a log that is gone."""
    excerpt = read_excerpt(Evidence(str(tmp_path / "gone.jsonl"), 3, 100), [tmp_path])
    assert excerpt.lines == ()
    assert "deleted" in excerpt.note


def test_rewritten_log_is_told(tmp_path: Path) -> None:
    """Foreign words shown as the evidence of a friction."""
    path = tmp_path / "a.jsonl"
    write(path, CLAUDE)
    assert "rewritten" in read_excerpt(Evidence(str(path), 3, 17), [tmp_path]).note
    assert "rewritten" in read_excerpt(Evidence(str(path), 3, 10**6), [tmp_path]).note
    assert "shorter" in read_excerpt(Evidence(str(path), 60), [tmp_path]).note


def test_log_outside_the_folders_is_not_opened(tmp_path: Path) -> None:
    """An index or a store that was tampered with and opens any file of the user."""
    (tmp_path / "logs").mkdir()
    outside = tmp_path / "secret.jsonl"
    write(outside, CLAUDE)
    link = tmp_path / "logs" / "link.jsonl"
    link.symlink_to(outside)
    for path in (outside, link, tmp_path / "logs" / ".." / "secret.jsonl"):
        excerpt = read_excerpt(Evidence(str(path), 1), [tmp_path / "logs"])
        assert (excerpt.lines, "folder of logs" in excerpt.note) == ((), True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this platform")
def test_fifo_does_not_hang(tmp_path: Path) -> None:
    """An evidence view that waits for ever."""
    os.mkfifo(tmp_path / "a.jsonl")
    assert read_excerpt(Evidence(str(tmp_path / "a.jsonl"), 1), [tmp_path]).note


def test_real_logs_read_well(shared: Path) -> None:
    """Records of real logs that show as raw JSON."""
    roots = [shared / "data" / "claude-code", shared / "data" / "codex"]
    shown = raw = 0
    for root in roots:
        for path in sorted(root.glob("*.jsonl"))[:5]:
            for number in (5, 25, 60):
                excerpt = read_excerpt(Evidence(str(path), number), [root])
                shown += sum(1 for line in excerpt.lines if not line.is_place)
                raw += sum(
                    1
                    for line in excerpt.lines
                    if line.speaker and line.text.startswith('{"') and not line.is_place
                )
    assert shown > 100
    assert raw <= shown // 50
