"""Every command over a home full of hostile text: what it prints is inert, and its JSON is JSON."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from tests.end_to_end.conftest import Result
from tests.end_to_end.hostile_home import NOW, HostileHome
from tests.hostile import SHORT, assert_inert

from hansei_tui.cli.commands import COMMANDS
from hansei_tui.cli.run import run

TEXT: Final = "{text}"
"""Stands for each hostile string in turn."""
SESSION: Final = "{session}"
THEME: Final = "{theme}"
FRICTION: Final = "{friction}"

Lines = tuple[tuple[str, ...], ...]

CALLS: Final[dict[str, Lines]] = {
    "status": ((),),
    "retro": (
        ("--show",),
        ("--show", SESSION),
        ("--last", "--show"),
        (SESSION, "--slowed", TEXT, "--none-because", TEXT),
        (SESSION, "--plain"),
        (SESSION, "--improvement", TEXT, "--force"),
        (SESSION, "--improvement", "x", "--same-as", TEXT),
        (TEXT, "--show"),
    ),
    "explain": ((), (FRICTION,), (TEXT,), (f"{SESSION}:{TEXT}",)),
    "hooks": ((),),
    "hooks install": (("claude",), ("codex",), ("gemini",), (TEXT,)),
    "hooks uninstall": (("claude",), (TEXT,)),
    "hooks status": ((),),
    "hooks alias": (("bash",), (TEXT,)),
    "wrap": (("true",), ("true", TEXT), (TEXT,)),
    "sessions": (
        ("--limit", "0"),
        (SESSION,),
        (TEXT,),
        ("--search", TEXT),
        ("--project", TEXT),
        ("--agent", TEXT),
        ("--branch", TEXT),
        ("--since", TEXT),
    ),
    "sources": ((),),
    "metrics": ((), ("--project", TEXT), ("--agent", TEXT), ("--branch", TEXT)),
    "metrics show": (("retries",), (TEXT,), ("lost", "--project", TEXT, "--since", TEXT)),
    "metrics record": (
        ("build-minutes", "3", "--unit", TEXT, "--note", TEXT),
        ("build-minutes", TEXT),
        (TEXT, "3"),
        ("build-minutes", "3", "--better", TEXT),
    ),
    "metrics drop": ((TEXT,), ("V-0001",)),
    "themes": (
        (),
        ("--muted", "--window", "90"),
        ("--window", TEXT),
        ("--project", TEXT),
        ("--filter", TEXT),
        ("--filter", f"kind:{TEXT}"),
        ("--propose",),
    ),
    "themes show": ((THEME,), (TEXT,)),
    "themes why": (("THM-1", "error"), (TEXT, TEXT)),
    "themes rename": ((THEME, TEXT), (TEXT, TEXT)),
    "themes mute": ((THEME,), (TEXT,)),
    "themes merge": (("THM-1", "THM-2"), (TEXT, "THM-1"), ("THM-1", TEXT)),
    "themes split": (
        (THEME, "--like", TEXT),
        (THEME, "--documents", TEXT),
        ("THM-1", "--like", "error", "--name", TEXT),
    ),
    "themes export": ((), ("--format", "csv"), ("--format", TEXT), ("--project", TEXT)),
    "themes map": ((), ("--by", "project"), ("--by", TEXT)),
    "themes bands": ((), ("--project", TEXT)),
    "themes rule": ((THEME,), (THEME, "--file", TEXT), (TEXT,)),
    "themes link": ((THEME, "1"), (THEME, TEXT), (TEXT, "1")),
    "themes once": ((), ("--filter", TEXT), ("--limit", "0")),
    "themes dial": ((), ("0.7", "--yes"), (TEXT,)),
    "themes move": ((TEXT, "none"), (FRICTION, TEXT), (FRICTION, "none")),
    "themes promote": ((THEME,), (THEME, "--title", TEXT), (TEXT,)),
    "add": (("Tame", TEXT), (TEXT,), (f"cat:{TEXT}",), (f"x impact:{TEXT}",), (f"x +{TEXT}",)),
    "block": (("1", "2"), ("1", TEXT), (TEXT, "1"), ("1", "2", "--remove")),
    "split": (("1", TEXT, "x hours:1"), (TEXT, "x", "y"), ("1", "x", f"y hours:{TEXT}")),
    "merge": (("1", "2"), (TEXT, "1"), ("1", TEXT)),
    "views": (
        (),
        (TEXT,),
        ("mine", "--save", TEXT),
        (TEXT, "--save", "is:ready"),
        (TEXT, "--drop"),
    ),
    "list": (
        ("--all",),
        ("--view", "ready"),
        ("--view", TEXT),
        (TEXT,),
        (f"project:{TEXT}",),
        (f"pri:{TEXT}",),
        ("--sort", TEXT),
    ),
    "show": (("{number}",), (TEXT,)),
    "edit": (
        *(("1", TEXT), (TEXT, "x"), ("1", "--current", TEXT), ("1", f"due:{TEXT}")),
        ("1", "--option", TEXT, "--why", TEXT, "--owner", TEXT, "--problem", TEXT),
        *(("1", name, TEXT) for name in ("--fishbone", "--fmea", "--per-day")),
    ),
    "score": (("1", "--impact", "3", "--reason", TEXT), ("1", "--hours", TEXT), (TEXT, "-i", "3")),
    "move": (("1", "analysis", "--because", TEXT), ("1", TEXT), (TEXT, "backlog")),
    "measure": (
        (),
        ("1", TEXT, "--before", "3", "--after", "1", "--unit", TEXT),
        ("1", TEXT, "--after", TEXT),
        (TEXT, "x", "--after", "1"),
    ),
    "note": (("1", TEXT), (TEXT, "x")),
    "link": (("1", "--session", SESSION), ("1", "--session", TEXT), (TEXT, "--session", SESSION)),
    "tick": (("{number}",), ("1", "1"), ("1", "1", "--stage", TEXT), (TEXT,)),
    "trash": (("{number}",), (TEXT,)),
    "calc": (("25", "10"), ("25", TEXT), ("1",), (TEXT,), ("25", "10", "--hours", TEXT)),
    "stats": ((), (TEXT,), ("--year", "2026")),
    "export": (
        (),
        ("--template",),
        ("--github",),
        *(("--format", name) for name in ("github-json", "jira", "csv", "jsonl", "yaml", TEXT)),
        ("--filter", TEXT),
        ("-o", TEXT),
    ),
    "import": (
        (TEXT,),
        ("{tickets}",),
        ("{tickets}", "--dry-run"),
        ("{tickets}", "--update"),
        ("{tickets}", "--format", TEXT),
        ("{tracker}",),
    ),
    "triage": ((), ("--list", "--limit", "9"), ("--plain",)),
    "triage accept": (("{number}",), (TEXT,)),
    "triage duplicate": (("1", "2"), (TEXT, "1"), ("1", TEXT)),
    "triage decline": (("{number}", "--because", TEXT), ("1", "--because", "9"), (TEXT,)),
    "triage snooze": (("4", "--because", TEXT), ("4", "--until", TEXT), (TEXT,)),
    "defer": (("4", "--because", TEXT), ("4", "--until", TEXT, "--because", "x"), (TEXT,)),
    "check": ((),),
    "decisions": ((),),
    "decisions list": ((), (TEXT,)),
    "decisions show": (("{number}",), (TEXT,)),
    "decisions add": (
        (TEXT, "--choose", TEXT, "--because", TEXT, "--context", TEXT, "--project", TEXT),
        ("x", "--choose", "A", "--because", TEXT, "--option", TEXT, "--recommend", TEXT),
        ("x", "--choose", "A", "--because", "y", "--option", TEXT, "--for", TEXT),
    ),
    "decisions export": ((), (TEXT,), ("--output", TEXT)),
    "plan": ((), ("--week", TEXT)),
    "plan show": ((),),
    "plan propose": ((), ("--value", TEXT), ("--top-down", "--take")),
    "plan take": (("1", "--hours", "1", "--force", "--because", TEXT), (TEXT,), ("1", "-w", TEXT)),
    "plan drop": (("1",), (TEXT,)),
    "plan pin": (("1",), (TEXT,)),
    "plan hours": (("1", "2"), ("1", TEXT), (TEXT, "1")),
    "plan budget": (("--hours", "5", "--because", TEXT), ("--hours", TEXT)),
    "plan brief": ((), ("--if-due",), ("--week", TEXT)),
    "plan review": ((), ("--begin",), ("--week", TEXT), ("--plain",)),
    "plan capture": ((), ("--done",), ("--plain",)),
    "plan prioritise": ((), ("--plain",)),
    "plan select": ((), ("--plain",), ("--done",)),
    "plan ritual": ((), ("--break",), ("--plain",)),
    "plan keep": ((TEXT,),),
    "plan let-go": (("1",), (TEXT,)),
    "plan dismiss": ((TEXT,), ("2", TEXT)),
    "plan convert": (("RET-001", TEXT), (TEXT, TEXT), ("RET-002", "Tame", TEXT)),
    "plan signs": ((),),
    "plan weeks": ((), ("--week", TEXT)),
    "plan reminder": ((), ("--systemd",), ("--at", TEXT)),
    "plan export": (
        (),
        ("--format", "ical"),
        ("--format", TEXT),
        ("--days", TEXT, "--format", "ical"),
    ),
    "plan buckets": ((), ("--week", TEXT)),
    "plan spending": ((), ("--week", TEXT)),
    "timer": ((),),
    "timer start": (("4",), (TEXT,), ("4", "--at", TEXT)),
    "timer stop": (("--note", TEXT), ("--at", TEXT)),
    "timer cancel": ((),),
    "timer resume": ((), ("--at", TEXT)),
    "timer log": ((), ("--week", "all"), ("--week", TEXT), (TEXT,)),
    "timer add": (
        ("4", "00:00", "1m", "--on", "1d", "--note", TEXT),
        (TEXT, "00:00", "1m"),
        ("4", TEXT, "1m"),
        ("4", "00:00", TEXT),
        ("4", "00:00", "1m", "--on", TEXT),
    ),
    "timer edit": (("T-001", "--note", TEXT), (TEXT, "--note", "x"), ("T-001", "--for", TEXT)),
    "timer split": (("T-001", TEXT), (TEXT, "10:00"), ("T-001", "10:00", "--for", TEXT)),
    "timer break": (("--minutes", "1"), (TEXT, "--minutes", "1"), ("T-001", "--from", TEXT)),
    "timer delete": ((TEXT,),),
    "timer import": ((TEXT,), ("{tracker}",), ("{tracker}", "--map", f"{TEXT}=1")),
    "timer estimates": ((),),
    "undo": ((),),
    "redo": ((),),
    "history": (("--limit", "0"),),
    "rules": ((),),
    "rules list": ((),),
    "rules test": ((TEXT,), ("x", "--source", TEXT)),
    "rules path": ((),),
    "config": ((),),
    "config path": ((),),
    "config show": ((), (TEXT,)),
    "config set": (
        ("screen.theme", TEXT),
        (TEXT, TEXT),
        ("week.hours", TEXT),
        ("week.value", TEXT),
    ),
    "config edit": ((),),
    "config check": ((),),
    "paths": ((),),
    "doctor": ((), ("--fix",), ("sources",), ("keys",), ("views",), (TEXT,)),
    "prune": (
        ("--dry-run",),
        ("--days", "1", "--dry-run"),
        ("--days", "1"),
        ("--days", "1", "--yes"),
    ),
    "backup": ((), ("--list",)),
    "restore": (("--dry-run",), (TEXT,)),
    "forget": ((SESSION,), (TEXT,), (TEXT, "--yes")),
    "demo": (("--keep", "{folder}"), ("--screen", TEXT, "--keep", "{folder}")),
}
"""What to call each command with, so that it prints what it has; a new one has to stand here."""

_FINE: Final = {0, 2, 3, 4, 5, 126, 127}
"""All exit codes but 1, which a mistake of hansei's own has; the last two are `wrap`'s."""
_FINDS: Final = frozenset({"check", "config check"})
"""Commands that return 1 where they found something."""
_SINGLE: Final[list[str]] = [str(case.values[0]) for case in SHORT]
_JOINED: Final = [" ".join(_SINGLE[start::4]) for start in range(4)]
_AT_ONCE: Final = 6
"""Hostile strings that one line of the table is called with; the next line takes the next ones."""
_SLOW: Final = frozenset({"retro", "sessions", "themes", "forget", "demo", "wrap"})
"""Commands that look at all logs; they are called with all strings at once and a few alone."""


Call = Callable[..., Result]


@pytest.fixture
def call(hostile_home: HostileHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return what runs a command line on a copy of the hostile store."""
    own = tmp_path / "hansei"
    shutil.copytree(hostile_home.folder / "hansei", own)
    environ = {**hostile_home.environ, "HANSEI_HOME": str(own), "EDITOR": "true \x9b"}

    def one(*arguments: str) -> Result:
        code = run(
            arguments,
            environ=environ,
            clock=lambda: NOW,
            cwd=hostile_home.folder,
            interactive=False,
        )
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    return one


def names() -> Iterator[tuple[str, bool]]:
    """Yield every command with its group, and whether it can print JSON."""
    for entry in COMMANDS:
        found: Any = getattr(import_module(f"hansei_tui.cli.{entry.module}"), entry.attribute)
        if not entry.is_group:
            yield entry.name, _has_json(found)
            continue
        assert isinstance(found, typer.Typer)
        if found.registered_callback is not None:
            yield entry.name, _has_json(found.registered_callback.callback)
        for inner in found.registered_commands:
            yield f"{entry.name} {inner.name}", _has_json(inner.callback)


def _has_json(function: Any) -> bool:
    return "as_json" in function.__annotations__


@dataclass(frozen=True, slots=True)
class Supply:
    """What fills the places of one command's lines: the same in any order of tests, in any process.

    Each command goes on where the one before it in the alphabet stopped, so that all of them
    together go around the hostile strings often.
    """

    texts: Iterator[str]
    sessions: Iterator[int]


def _supply(name: str) -> Supply:
    before = [line for each in sorted(CALLS) if each < name for line in CALLS[each]]
    taken = _AT_ONCE * sum(any(TEXT in word for word in line) for line in before)
    seen = sum(any(SESSION in word for word in line) for line in before)
    places = range(0, 90, 11)
    return Supply(
        itertools.islice(itertools.cycle(_SINGLE), taken % len(_SINGLE), None),
        itertools.islice(itertools.cycle(places), seen % len(places), None),
    )


def variants(
    home: HostileHome, line: tuple[str, ...], folder: Path, supply: Supply, *, is_slow: bool
) -> Iterator[tuple[str, ...]]:
    """Yield a line of the table with its places filled."""
    line = tuple(word.replace("{folder}", str(folder / "demo")) for word in line)
    for place, write in {"{tracker}": _tracker_export, "{tickets}": _tickets}.items():
        line = tuple(str(write(folder)) if word == place else word for word in line)
    if any(SESSION in word for word in line):
        wanted = next(supply.sessions)
        filled = tuple(word.replace(SESSION, _session_ids(home)[wanted]) for word in line)
        yield from variants(home, filled, folder, supply, is_slow=is_slow)
    elif any(TEXT in word for word in line):
        joined = (" ".join(_SINGLE),) if is_slow else _JOINED
        for text in (*joined, *itertools.islice(supply.texts, 1 if is_slow else _AT_ONCE)):
            yield tuple(word.replace(TEXT, text) for word in line)
    elif FRICTION in line:
        yield from ((name,) for name in _friction_ids(home)[::60])
    elif "{number}" in line:
        for number in range(1, 90, 9):
            yield tuple(word.replace("{number}", str(number)) for word in line)
    elif THEME in line:
        for number in (1, 17, 31):
            yield tuple(word.replace(THEME, f"THM-{number}") for word in line)
    else:
        yield line


def _tracker_export(folder: Path) -> Path:
    """Write what another tracker could hand over, with hostile tags and notes."""
    path = folder / "tracker.json"
    hour = {"start": "20261101T090000Z", "end": "20261101T100000Z"}
    path.write_text(json.dumps([{**hour, "tags": [text], "annotation": text} for text in SHORT]))
    return path


def _tickets(folder: Path) -> Path:
    """Write what another backlog could hand over, with hostile texts in every field."""
    path = folder / "tickets.json"
    fields = ("title", "owner", "project", "current_state", "tags", "category", "id", "\x1b[31m")
    found = [{**dict.fromkeys(fields[:4], text), "status": text} for text in _SINGLE]
    found += [
        {"title": f"x {place}", name: text} for place, text in enumerate(_SINGLE) for name in fields
    ]
    path.write_text(json.dumps(found))
    return path


def _reports(folder: Path) -> str:
    """Return what the crash reports say, for the message of a test that fails."""
    return "\n".join(path.read_text() for path in folder.rglob("crash-*.txt"))


_ids: list[str] = []


def _session_ids(home: HostileHome) -> list[str]:
    if not _ids:
        workspace = home.open()
        _ids.extend(session.id for session in workspace.index.sessions())
        workspace.close()
    return _ids


def _friction_ids(home: HostileHome) -> list[str]:
    workspace = home.open()
    found = [friction.id for friction in workspace.index.frictions()]
    workspace.close()
    return found


def test_every_command_is_in_the_table() -> None:
    """A new command would print what nobody has looked at."""
    assert {name for name, _ in names()} == set(CALLS)


@pytest.mark.parametrize(("name", "json_too"), sorted(names()))
def test_output_is_inert(
    name: str, json_too: bool, call: Call, hostile_home: HostileHome, tmp_path: Path
) -> None:
    """A command would let a log, a record or an argument clear the screen or set the clipboard."""
    is_slow = name.partition(" ")[0] in _SLOW
    supply = _supply(name)
    for line in CALLS[name]:
        for given in variants(hostile_home, line, tmp_path, supply, is_slow=is_slow):
            arguments = (*name.split(), *given)
            shown = call(*arguments)
            fine = _FINE | ({1} if name in _FINDS and "of its own" not in shown.err else set())
            assert shown.code in fine, (arguments, shown.err, _reports(tmp_path))
            assert_inert(shown.out)
            assert_inert(shown.err)
        if json_too:
            shown = call(*name.split(), *given, "--json")
            assert_inert(shown.out + shown.err)
            if shown.code == 0:
                assert json.loads(shown.out)["version"] == 1


def test_exported_themes_are_inert(call: Call, tmp_path: Path) -> None:
    """A sheet would run a formula, a browser a script, a terminal a code: names are anybody's."""
    for form in ("csv", "markdown"):
        target = tmp_path / f"themes.{form}"
        shown = call("themes", "export", "--format", form, "--output", str(target))
        assert shown.code == 0, shown.err
        text = target.read_bytes().decode()
        assert_inert(text.replace("\r\n", "\n"))
        if form == "csv":
            rows = list(csv.reader(io.StringIO(text)))
            assert len(rows) > 20
            cells = [cell for row in rows for cell in row]
            assert not [
                c for c in cells if c[:1] in set("=+-@\t\r|%＝＋－＠") and not _is_number(c)
            ]
        else:
            assert not re.search(r"(?<!\\)<(?:script|img|style|details|!--)", text)
            assert not re.search(r"(?<!\\)\]\(", text)


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?\d+(?:\.\d+)?", cell) is not None
