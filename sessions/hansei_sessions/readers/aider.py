"""Aider: `.aider.chat.history.md` in each project, one file for all sessions, only added to.

By Aider-AI/aider's `aider/io.py`. A session begins with a line that bears its only time, local;
prompts are headings, what the program says is quoted, all else is the model's. Both of the former
end with two blanks, which tells them from lines of the model that look alike; where an editor has
cut the blanks off, headings and quotations outside of fences are taken.
"""

from __future__ import annotations

import os
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final

from hansei_sessions.files import Opener, find_named
from hansei_sessions.friction import key_lines, words
from hansei_sessions.model import FrictionKind
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import read_bytes
from hansei_sessions.readers.roots import AIDER_FILE
from hansei_sessions.readers.snapshot import new_teller, told
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Usage

AGENT: Final = "aider"
_START = re.compile(rb"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*")
_FENCE = re.compile(r"(```+|~~~+)")
_TOKENS = re.compile(r"Tokens: (.*?)\.(?: Cost|$)")
_COST = re.compile(r"Cost: \$([0-9]{1,6}(?:\.[0-9]{1,9})?) message")
_PART = re.compile(r"([\d.,]+)(k?) (sent|cache write|cache hit|received)")
_MODEL = re.compile(r"(?:Main model|Model): (\S+)")
_CONFIRM = re.compile(r"(.+\?) \(Y\)es/\(N\)o.*\]: *(\w+)\s*$")
_NO: Final = frozenset({"n", "no", "d", "s"})
"""No; never ask this again; skip all of these: nothing of them is done."""
_ABOUT_IT = re.compile(r"(?:Run shell commands?|Create new file|Add (?:file|URL) to the chat)\?")
"""Questions whose matter stands on the line before."""
_ASKING = re.compile(r"/(?:ask|code|architect|chat)\s+(.+)", re.DOTALL)
_APPLIED: Final = "Applied edit to "
_RUNNING: Final = "Running "
_SERVICE = re.compile(r"litellm\.\w+Error|has hit a token limit!")
_RETRYING = re.compile(r"Retrying in [\d.]+ seconds")
_UNWRITABLE = re.compile(r"Unable to write file (.+?)(?: after \d+ attempts)?: ")
_UNAPPLIED = re.compile(r"The LLM did not conform to the edit format|SEARCH/REPLACE blocks? failed")
_UNAPPLIED_HEADING = re.compile(r"(?:> )?#+ \d+ SEARCH/REPLACE blocks? failed to match!")
_UNAPPLIED_WHY = re.compile(
    r"(?:> )?(?:## \w+: (?:This SEARCH block failed to exactly match lines in (?P<file>.+)|.+)"
    r"|No filename provided\b.*|Bad/missing filename\b.*|UnifiedDiff\w+: .*|Invalid patch\b.*)$",
    re.IGNORECASE,
)
"""Why: of a block that does not match it names the file."""
_LINTED: Final = "# Fix any errors below"
_LINT_LINES: Final = 80
_SHOWN = re.compile(r"[\u2502\u2588\u22ee]|:$")
"""A line of the source that it shows, or the file's name above it."""
_MARKED: Final = "\u2588"
"""Stands beside the line in which the linter found something."""
_STOPPED = re.compile(r"\^C(?: again to exit| KeyboardInterrupt)?\s*$")
_DAY: Final = 86_400.0
_SAME_EDIT: Final = 8
_GAVE_UP: Final = "Only 3 reflections allowed, stopping"
_SUMMARIZER: Final = "summarizer unexpectedly failed"


@dataclass(slots=True)
class _Section:
    """One session of a file while it is read."""

    stamp: str
    line: int
    offset: int
    teller: Teller
    said: list[str] = field(default_factory=list)
    said_at: tuple[int, int] = (1, 0)
    fence: str = ""
    blank: bool = True
    """The line before was empty, as it is before everything that is not the model's."""
    unapplied_at: int = -100
    """The line of the newest edit that could not be applied: several lines tell of one."""
    program: deque[str] = field(default_factory=lambda: deque(maxlen=_LINT_LINES))
    """What the program said last."""


class AiderReader(SnapshotReader):
    """Reads all sessions of an Aider history."""

    agent = AGENT
    version = 2

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the sessions; the arguments are those of `SnapshotReader.read`."""
        del known
        data = read_bytes(opener, path)
        sections: list[_Section] = []
        offset = 0
        strict = re.search(rb"^####? .*  $", data, re.MULTILINE) is not None
        for number, line in enumerate(data.split(b"\n"), 1):
            start = _START.fullmatch(line.rstrip())
            if start:
                sections.append(_begun(path, start[1].decode(), number, offset))
            elif sections:
                _line(sections[-1], line, number, offset, strict=strict)
            offset += len(line) + 1
        if sections:
            _grown(sections[-1].teller, os.stat(path).st_mtime)  # noqa: PTH116 - a string
        folder = blake2b(os.fsencode(path), digest_size=4).hexdigest()
        seen: Counter[str] = Counter()
        for section in sections:
            _prompted(section)
            seen[section.stamp] += 1
            again = f"-{seen[section.stamp]}" if seen[section.stamp] > 1 else ""
            own = f"aider-{re.sub(r'[^0-9]', '', section.stamp)}-{folder}{again}"
            yield told(section.teller, path, own, f"{section.stamp}{again}")


def _grown(teller: Teller, at: float) -> None:
    """Take the time of the file, which grew last in its last session; unless it was copied."""
    begun = teller.story.first
    if begun is not None and begun <= at <= begun + _DAY:
        teller.place(at)


def _begun(path: str, stamp: str, number: int, offset: int) -> _Section:
    teller = new_teller(AGENT, AGENT)
    teller.surroundings(str(Path(path).parent))
    try:
        at = datetime.fromisoformat(stamp).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        at = None
    teller.place(at, number, offset)
    return _Section(stamp, number, offset, teller)


def _line(section: _Section, raw: bytes, number: int, offset: int, *, strict: bool) -> None:
    line = raw.decode("utf-8", "replace").rstrip("\r")
    teller = section.teller
    teller.story.parsed += bool(line.strip())
    own = (section.blank or not section.fence) and (line.endswith("  ") or not strict)
    own = own and (strict or not section.fence)
    body = line.rstrip()
    section.blank = not body
    if own and (body.startswith("#### ") or (body == "####" and section.said)):
        if not section.said:
            section.said_at = (number, offset)
        section.said.append(body[5:])
        section.fence = ""
        return
    _prompted(section)
    if not body:
        return
    teller.place(None, number, offset)
    if own and body == ">":
        return
    if own and body.startswith("> "):
        _program(section, body[2:], number)
        return
    fence = _FENCE.match(body)
    if fence:
        section.fence = "" if section.fence else fence[1]
    if _UNAPPLIED_HEADING.match(body):
        _unapplied(section, body, number)
    elif number - section.unapplied_at <= _SAME_EDIT and (why := _UNAPPLIED_WHY.match(body)):
        _unapplied(section, body, number, why["file"] or "")
    else:
        teller.activity()


def _prompted(section: _Section) -> None:
    """Take the words of the user that have come to their end: a prompt, or a command."""
    said = "\n".join(section.said).strip()
    section.said.clear()
    if not said:
        return
    teller = section.teller
    teller.place(None, *section.said_at)
    native = f"{section.stamp} {section.said_at[0]}"
    asking = _ASKING.match(said)
    if asking:
        teller.prompt(asking[1], native)
    elif said == "/undo" or said.startswith("/undo "):
        teller.rewound("undo", "the last commit undone by the user", native)
    elif not said.startswith(("/", "!")) and said != "<blank>":
        teller.prompt(said, native)


def _program(section: _Section, said: str, number: int) -> None:
    teller = section.teller
    native = f"{section.stamp} {number}"
    model, tokens, confirm = _MODEL.match(said), _TOKENS.match(said), _CONFIRM.match(said)
    if model:
        teller.surroundings(model=model[1])
    elif tokens:
        _spent(teller, tokens[1])
        cost = _COST.search(said)
        if cost:
            teller.cost(float(cost[1]))
    elif said.startswith(_APPLIED):
        teller.call("", "edit", subject=said.removeprefix(_APPLIED), edits=True)
    elif said.startswith(_RUNNING) and said.removeprefix(_RUNNING) in section.program:
        teller.call("", "run", command=said.removeprefix(_RUNNING))
    elif confirm:
        _answered(section, confirm[1], confirm[2], native)
    else:
        _troubled(section, said, number, native)
    section.program.append(said)


def _troubled(section: _Section, said: str, number: int, native: str) -> None:
    """Take what the program says where something goes wrong."""
    teller = section.teller
    if _UNAPPLIED.search(said) or _unapplied_why(section, said, number):
        _unapplied(section, said, number)
    elif unwritable := _UNWRITABLE.match(said):
        found = teller.add(FrictionKind.EDIT_ERROR, "edit-not-applied", words(said), native)
        found.tool, found.subject = "edit", words(unwritable[1], 200)
    elif _STOPPED.match(said):
        teller.stopped("interrupted", native)
    elif _SERVICE.search(said) or (_RETRYING.match(said) and teller.story.burst < 0):
        teller.service_failed("service-error", said, native)
    elif said.startswith(_GAVE_UP) or _SUMMARIZER in said:
        rule = "gave-up" if said.startswith(_GAVE_UP) else "summarizer"
        teller.add(FrictionKind.TOOL_ERROR, rule, words(said), native)


def _unapplied_why(section: _Section, said: str, number: int) -> bool:
    """Tell whether the program says why the edit of the lines before was not applied."""
    return number - section.unapplied_at <= _SAME_EDIT and bool(_UNAPPLIED_WHY.match(said))


def _answered(section: _Section, question: str, answer: str, native: str) -> None:
    """Take a question and its answer; some questions say that something failed.

    Before the first prompt the program asks about itself: news, documentation, its own files.
    """
    teller = section.teller
    if "fix lint errors" in question.lower():
        body = _linted(section.program) or "lint errors after the edit"
        teller.add(FrictionKind.TOOL_ERROR, "lint-errors", body, native)
    elif answer.lower() in _NO and teller.story.prompts:
        about = section.program[-1] if section.program and _ABOUT_IT.match(question) else ""
        body = f"no to: {words(question)}" + (f" {words(about, 200)}" if about else "")
        found = teller.add(FrictionKind.REJECTION, "answered-no", body, native)
        found.subject = words(about or question, 200)


def _linted(program: Iterable[str]) -> str:
    """Return what the linter found: its own words, else the line that it marked, with its file."""
    said = list(program)
    start = next((at for at in reversed(range(len(said))) if said[at].startswith(_LINTED)), -1)
    if start < 0:
        return ""
    found = [line for line in said[start + 1 :] if line.strip() and not line.startswith("## ")]
    shown = [line for line in found if not _SHOWN.search(line)]
    if shown:
        return key_lines("\n".join(shown))
    marked = next((at for at, line in enumerate(found) if _MARKED in line), -1)
    if marked < 0:
        return ""
    named = [line for line in found[:marked] if line.endswith(":")]
    return words(f"{named[-1]} {found[marked]}" if named else found[marked])


def _unapplied(section: _Section, said: str, number: int, file: str = "") -> None:
    """Take one of the lines by which an edit that could not be applied is told.

    The line that says why comes first of the friction's words.
    """
    teller = section.teller
    told = words(said.removeprefix("> ").lstrip("# "))
    if number - section.unapplied_at <= _SAME_EDIT:
        found = teller.story.found[-1]
        if found.kind is FrictionKind.EDIT_ERROR:
            why = _UNAPPLIED_WHY.match(said) is not None
            found.text = words(f"{told}\n{found.text}" if why else f"{found.text}\n{told}")
            found.subject = found.subject or words(file, 200)
            section.unapplied_at = number
            return
    section.unapplied_at = number
    teller.add(FrictionKind.EDIT_ERROR, "edit-not-applied", told, f"{section.stamp} {number}")


def _spent(teller: Teller, said: str) -> None:
    counts = {}
    for digits, thousand, kind in _PART.findall(said):
        try:
            number = float(digits.replace(",", ""))
        except ValueError:
            continue
        counts[kind] = int(min(number, 1e12) * (1000 if thousand else 1))
    teller.used(
        Usage(
            counts.get("sent", 0),
            counts.get("received", 0),
            counts.get("cache hit", 0),
            counts.get("cache write", 0),
        )
    )


@dataclass(frozen=True, slots=True)
class AiderFormat(ReaderFormat):
    """Where Aider keeps its histories: in the projects."""

    roots = staticmethod(roots.aider)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the histories of the projects in a folder, or the file that the root is."""
        del on_error
        if root.is_file():
            yield root
        elif root.is_dir():
            yield from map(Path, find_named(root, AIDER_FILE))


AIDER = AiderFormat(AGENT, AiderReader)
