"""A tiny agent of the tests: one JSON object a line, whose keys say outright what it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import walk
from hansei_sessions.model import Evidence, Friction, FrictionKind, ParseCounts, Session
from hansei_sessions.readers.base import ReaderFormat, ReadResult, SessionReader
from hansei_sessions.sources import Source


class PlainReader(SessionReader):
    """Reads `{"id":, "cwd":, "prompt":, "tool":, "fail":, "at":}`; any key may be absent."""

    agent = "plain"
    version = 1

    def __init__(self, path: str) -> None:
        self._path = path
        self._state: dict[str, Any] = {
            "id": "",
            "cwd": "",
            "parent": "",
            "forked": "",
            "head": "",
            "first": None,
            "last": None,
            "prompts": [],
            "tools": [],
            "fails": [],
            "unknown": {},
            "counts": [0, 0, 0],
        }

    def feed(self, line: bytes, number: int, offset: int) -> None:
        state = self._state
        try:
            row = json.loads(line)
        except ValueError:
            state["counts"][2] += 1
            return
        if not isinstance(row, dict):
            state["counts"][2] += 1
            return
        if "unknown" in row:
            state["counts"][1] += 1
            state["unknown"][row["unknown"]] = state["unknown"].get(row["unknown"], 0) + 1
            return
        if row.get("crash"):
            raise RuntimeError("a reader with a bug")
        state["counts"][0] += 1
        for key in ("id", "cwd", "parent", "forked"):
            state[key] = state[key] or row.get(key, "")
        if "at" in row:
            state["first"] = row["at"] if state["first"] is None else state["first"]
            state["last"] = row["at"]
        if "prompt" in row:
            state["head"] = state["head"] or row["prompt"]
            state["prompts"].append(row["prompt"])
        if "tool" in row:
            state["tools"].append(row["tool"])
        if "fail" in row:
            native = row.get("native", row.get("tool", ""))
            state["fails"].append([row["fail"], number, offset, row.get("at"), native])

    def result(self) -> ReadResult:
        state = self._state
        counts = ParseCounts(*state["counts"])
        session = None
        if state["id"]:
            session = Session(
                id=state["id"],
                agent=self.agent,
                path=self._path,
                project=state["cwd"].rstrip("/").rpartition("/")[2],
                cwd=state["cwd"],
                title=(state["prompts"] or [""])[0],
                started_at=_time(state["first"]),
                last_at=_time(state["last"]),
                prompts=len(set(state["prompts"])),
                tool_calls=len(set(state["tools"])),
                parent_id=state["parent"],
                forked_from=state["forked"],
                counts=counts,
            )
        return ReadResult(
            session,
            tuple(
                Friction(
                    id=f"{state['id']}:{native or number}",
                    session_id=state["id"],
                    kind=FrictionKind.COMMAND_FAILED,
                    rule="plain.fail",
                    at=_time(at),
                    text=text,
                    evidence=Evidence(self._path, number, offset),
                    native_id=native,
                )
                for text, number, offset, at, native in state["fails"]
            ),
            state["head"],
            tuple(sorted(state["unknown"].items())),
            counts,
        )

    def history_ids(self) -> frozenset[str]:
        prompts = {f"prompt:{one}" for one in self._state["prompts"]}
        return frozenset(prompts | {f"tool:{one}" for one in self._state["tools"]})

    def save(self) -> bytes:
        return json.dumps([self.version, self._state]).encode()

    @classmethod
    def restore(cls, path: str, state: bytes) -> PlainReader:
        version, loaded = json.loads(state)
        if version != cls.version:
            raise LogFormatError("another version")
        reader = cls(path)
        reader._state = loaded
        return reader


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True)
class PlainFormat(ReaderFormat):
    """Logs are `*.jsonl` in `PLAIN_HOME` or `~/.plain`; a folder may be named like a project."""

    def roots(self, environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        return (Path(environ.get("PLAIN_HOME", home / ".plain")),)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        return [Path(path) for path in walk(root, (".jsonl",), on_error)]

    def tells_project(self, log: str, project: str) -> bool:
        return project.replace(os.sep, "-") in Path(log).parts


PLAIN = PlainFormat("plain", PlainReader)


def source(root: Path) -> Source:
    """Return the source of one folder of such logs."""
    return Source(PLAIN, root)


def line(**row: object) -> bytes:
    """Return one line of a log."""
    return json.dumps(row).encode() + b"\n"


def write_log(path: Path, *rows: Mapping[str, object], mtime: float = 1_790_000_000.0) -> Path:
    """Write a log of these rows, with a fixed time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line(**row) for row in rows))
    os.utime(path, (mtime, mtime))
    return path


def append(path: Path, *rows: Mapping[str, object], mtime: float = 1_790_000_100.0) -> None:
    """Append rows to a log."""
    with path.open("ab") as file:
        file.writelines(line(**row) for row in rows)
    os.utime(path, (mtime, mtime))


def session_rows(
    name: str, *, at: float = 1_789_000_000.0, cwd: str = "/w/alpha"
) -> list[dict[str, object]]:
    """Return the rows of an ordinary session: two prompts, two calls, one failure."""
    return [
        {"id": name, "cwd": cwd, "prompt": f"{name}-p1", "at": at},
        {"tool": f"{name}-t1", "fail": f"{name} broke", "at": at + 10},
        {"prompt": f"{name}-p2", "at": at + 70},
        {"tool": f"{name}-t2", "at": at + 100},
    ]
