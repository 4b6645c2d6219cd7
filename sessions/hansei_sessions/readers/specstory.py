"""SpecStory: `.specstory/history/<time>-<words>.md`, another program's record of a session.

Seen in 28 real files of version 2.1 that its command line wrote, and in others that its extension
of an editor did: there the answers bear no times, results are escaped as HTML, and nothing tells
how a command ended. A copy of a session that its agent logs too tells the same native id, and
counts once; where the agent's own log is gone, the copy stands for it. Headings, tools and results
are recognised by whole lines at the left margin, and only what the agent itself writes at the
beginning of a result is taken for a failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Final

from hansei_sessions.files import Opener, find_named, walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Beside, ReaderFormat, ReadResult
from hansei_sessions.readers.claude_words import own_words, typed_text
from hansei_sessions.readers.lenient import moment
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_reader import StoryReader
from hansei_sessions.readers.story_state import Story
from hansei_sessions.readers.tools import about
from hansei_sessions.readers.unflagged import runs_something

_AGENTS: Final = {
    "Claude Code": "claude-code",
    "Codex CLI": "codex",
    "cursor": "cursor",
    "Cursor": "cursor",
    "Cursor CLI": "cursor",
    "Cursor IDE": "cursor",
    "Gemini CLI": "gemini-cli",
    "Droid CLI": "droid",
    "Factory Droid CLI": "droid",
}
_HEADER = re.compile(r"<!-- (?:(.{1,40}) Session )([0-9A-Za-z_-]{8,80}) \(([^)]{1,40})\) -->")
_HEADING = re.compile(
    r"_\*\*(User|Agent|Assistant)( - [^(*]{1,80})?"
    r"(?: \(([^()]{0,200}(?:\([^()]{0,80}\))?[^()]{0,80})\))?\*\*_\s*"
)
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?Z?$")
_BY_EXTENSION: Final = "model "
"""With what the words about an answer begin where the extension of an editor wrote the record."""
_TOOL = re.compile(r'<tool-use data-tool-type="([^"]{0,80})" data-tool-name="([^"]{0,120})">')
_TOOL_ENDS: Final = "</tool-use>"
_SUMMARY = re.compile(
    r"\s*(?:<details>)?\s*<summary>[^<]{0,400}? \u2022 (?:[A-Z][a-z]+ file: )(.*)</summary>"
)
_CODE = re.compile(r"`([^`]+)`")
_FENCE: Final = "```text"
_SCRIPT = re.compile(r"```(?:bash|sh|shell|zsh|powershell)")
_REJECTED: Final = "The user doesn't want to proceed with this tool use. The tool use was rejected"
_ALONG: Final = "The user doesn't want to take this action right now"
"""Of the other calls of an answer, where one of them was refused: the same act."""
_SAID: Final = "the user said:"
_STOPPED: Final = (
    "[Request interrupted by user]",
    "[Request interrupted by user for tool use]",
)
_COMMAND: Final = ("<command-message>", "<command-name>")
_EXIT = re.compile(r"Exit code (\d{1,3})$")
_HARNESS: Final = "<tool_use_error>"
_CASCADE: Final = ("Sibling tool call errored", "Cancelled: parallel tool call")
_KEPT: Final = 24_000


class SpecStoryReader(StoryReader):
    """Reads one file of SpecStory, line by line."""

    agent = "specstory"
    version = 2
    rules = "specstory"

    def _begin(self, story: Story) -> None:
        super()._begin(story)
        story.alone = True
        self._teller.speak_for(story.notes.get("agent", ""))

    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        raise NotImplementedError  # pragma: no cover - lines are no JSON here

    def result(self) -> ReadResult:
        """Return what is known now, the words at the end included."""
        return self._closed().result(self._path, self._fallback_id())

    def history_ids(self) -> frozenset[str]:
        """Return `prompt:<id>` and `tool:<id>` for all that counts as a prompt or a tool call."""
        return self._closed().history_ids()

    def _closed(self) -> Teller:
        """Return the story as if the log ended here: nothing else ends the user's last words."""
        if self._teller.story.notes.get("mode") != "User":
            return self._teller
        copy = self.restore(self._path, self.save())
        copy._close()  # noqa: SLF001 - a reader of this class
        return copy._teller  # noqa: SLF001 - a reader of this class

    def feed(self, line: bytes, number: int, offset: int) -> None:
        """Take one physical line without its newline."""
        text = line.decode("utf-8", "replace")
        notes = self._teller.story.notes
        self._teller.story.parsed += 1
        if notes.get("tool") and not (notes["fence"] != "open" and _HEADING.fullmatch(text)):
            self._in_tool(text)
            return
        if notes.get("tool"):
            self._tool_ended()  # its end is missing
        heading = _HEADING.fullmatch(text) if text.startswith("_**") else None
        tool = _TOOL.match(text)
        header = _HEADER.match(text) if not notes.get("mode") else None
        if heading:
            self._speaks(heading, number, offset)
        elif tool:
            self._close()
            notes.update(tool=tool[2] or tool[1], type=tool[1], what="", result="", fence="")
            notes.update(line=str(number), offset=str(offset))
        elif header:
            notes["agent"] = _AGENTS.get(header[1], self.agent)
            self._teller.speak_for(notes["agent"])
            self._teller.identity(header[2])
            notes.setdefault("at", header[3])
        elif notes.get("mode") == "User" and text != "---" and len(notes.get("said", "")) < _KEPT:
            notes["said"] = notes.get("said", "") + text[:_KEPT] + "\n"

    def _speaks(self, heading: re.Match[str], number: int, offset: int) -> None:
        self._close()
        teller = self._teller
        notes = teller.story.notes
        about = heading[3] or ""
        stamp = _STAMP.search(about)
        aside = heading[2] is not None
        by_user = heading[1] == "User" and not aside  # an aside's words are the agent's
        notes.update(mode="User" if by_user else "Agent", said="")
        notes.update(at=stamp[0] if stamp else notes.get("at", ""))
        notes.update(line=str(number), offset=str(offset))
        if about.startswith(_BY_EXTENSION):
            notes["extension"] = "1"
        self._place()
        if not by_user:
            model = about[: stamp.start()] if stamp else about
            model = model.removeprefix(_BY_EXTENSION).partition(",")[0].strip()
            teller.surroundings(model=model)
            teller.activity()

    def _place(self) -> None:
        """Go to where the heading or the tool stands of which the end is reached."""
        notes = self._teller.story.notes
        at = moment(_iso(notes.get("at", "")))
        self._teller.place(at, int(notes["line"]), int(notes["offset"]))

    def _close(self) -> None:
        """Take the words of the user that have come to their end."""
        notes = self._teller.story.notes
        if notes.get("mode") != "User":
            return
        self._place()
        said = notes.pop("said", "").strip()
        notes["mode"] = "read"
        command = notes.pop("command", None)
        expands = command is not None and command == notes["at"]
        if said.startswith(_COMMAND):
            notes["command"] = notes["at"]  # its expansion follows, in the same second
        elif said in _STOPPED:
            notes.pop("refusal", None)
            self._teller.stopped("interrupted")
        elif typed_text(said) and not expands:
            self._teller.prompt(typed_text(said))

    def _in_tool(self, text: str) -> None:
        notes = self._teller.story.notes
        if notes["fence"] in {"script", "open"}:
            self._in_fence(notes, text)
        elif text.endswith(_TOOL_ENDS):
            self._tool_ended()
        elif summary := _SUMMARY.match(text):
            notes["what"] = summary[1].strip()[:4000]
        elif (text == _FENCE or self._begins_result(notes, text)) and not notes["fence"]:
            notes["fence"] = "open"
        elif _SCRIPT.fullmatch(text) and not notes["what"] and notes["type"] == "shell":
            notes["fence"] = "script"
        elif not notes["what"]:
            code = _CODE.search(text)
            notes["what"] = code[1][:4000] if code else ""

    @staticmethod
    def _begins_result(notes: dict[str, str], text: str) -> bool:
        """Tell whether a fence without a language begins what a command put out."""
        return text == "```" and notes["type"] == "shell" and bool(notes["what"])

    @staticmethod
    def _in_fence(notes: dict[str, str], text: str) -> None:
        """Take a line of a command of several lines, or of a result."""
        part, after = ("what", "") if notes["fence"] == "script" else ("result", "done")
        if text == "```":
            notes["fence"] = after
        elif len(notes[part]) < _KEPT:
            notes[part] += text[:_KEPT] + "\n"

    def _tool_ended(self) -> None:
        self._place()
        teller = self._teller
        notes = teller.story.notes
        name, what, result = notes.pop("tool"), notes.pop("what"), notes.pop("result")
        kind = notes.pop("type")
        native = f"tool-{len(teller.story.tools)}"
        command = what.strip() if kind == "shell" else ""
        edits = kind in {"write", "edit"} or about(name, None)["edits"]
        refusal = int(notes.pop("refusal", "-1"))
        teller.call(native, name, command=command, subject=what, edits=edits)
        if notes.get("extension"):
            result = unescape(result)
            if command:
                teller.story.calls[native].hides = runs_something(command)
        first, _, rest = result.partition("\n")
        if first.startswith(_ALONG) and refusal >= 0:
            teller.aborted(native)
            teller.story.rejected = refusal
            teller.story.found[refusal].count += 1
            notes["refusal"] = str(refusal)
            return
        code = _EXIT.match(first) if command else None
        if code and rest.strip() in _STOPPED:
            if teller.first_time(native):
                teller.stopped("interrupted", call=native)
        elif code:
            teller.failed(native, rest, code=int(code[1]))
        elif first.startswith((_REJECTED, _ALONG)):
            teller.rejected("rejected", native, own_words(result.partition(_SAID)[2]))
            notes["refusal"] = str(teller.story.rejected)
        elif first.startswith(_HARNESS):
            body = result.replace(_HARNESS, "").replace("</tool_use_error>", "")
            if body.startswith(_CASCADE):
                teller.aborted(native)
            else:
                teller.failed(native, body)
        else:
            teller.ended_well(native, result)


def _iso(stamp: str) -> str:
    return stamp.replace(" ", "T", 1)


@dataclass(frozen=True, slots=True)
class SpecStoryFormat(ReaderFormat):
    """Where SpecStory keeps its records: in the projects."""

    roots = staticmethod(roots.specstory)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the records of the projects in a folder, or those that it holds itself."""
        if not root.is_dir():
            return
        found = [Path(one) / "history" for one in find_named(root, ".specstory")]
        for folder in found or [root]:
            for each in walk(folder, (".md",), on_error):
                if re.match(r"\d{4}-\d\d-\d\d_\d\d-\d\d", Path(each).name):
                    yield Path(each)

    def rank_of(self, log: str) -> int:
        """Let the agent's own log stand for a session."""
        del log
        return 2

    def beside(self, log: str, opener: Opener) -> Beside | None:
        """Return the project's folder, which holds the folder of records."""
        del opener
        path = Path(log)
        if path.parent.name == "history" and path.parent.parent.name == ".specstory":
            return Beside(cwd=str(path.parent.parent.parent))
        return None


SPECSTORY = SpecStoryFormat("specstory", SpecStoryReader)
