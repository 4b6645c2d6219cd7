"""Readers that tell a story: of a line log, or of a log that is read as a whole."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Self

import msgspec

from hansei_sessions.model import Mark
from hansei_sessions.readers.base import ReadResult, SessionReader
from hansei_sessions.readers.keeping import taken_up
from hansei_sessions.readers.lenient import objects
from hansei_sessions.readers.story import Teller
from hansei_sessions.readers.story_state import Story

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Story)


class StoryReader(SessionReader):
    """A reader of one JSON object a line; a subclass says what each object means."""

    rules: ClassVar[str]
    """With what the names of its rules begin."""

    def __init__(self, path: str) -> None:
        """Start on the log at `path`."""
        self._path = path
        self._parts = [part for part in re.split(r"[/\\]", path) if part] or [""]
        self._begin(Story(version=self.version))

    def _begin(self, story: Story) -> None:
        self._teller = Teller(story, self.agent, self.rules)

    def feed(self, line: bytes, number: int, offset: int) -> None:
        """Take one physical line without its newline."""
        story = self._teller.story
        for record in objects(line):
            if record is None:
                story.malformed += 1
                continue
            if self._take(self._teller, record, number, offset):
                story.parsed += 1
            else:
                story.skipped += 1

    def listen(self, heard: Callable[[str], None]) -> bool:
        """Have each prompt told as it stands in the log."""
        self._teller.heard = heard
        return True

    @abstractmethod
    def _take(self, teller: Teller, record: dict[str, Any], line: int, offset: int) -> bool:
        """Tell what a record means; return False where it is not needed or not known."""

    def _fallback_id(self) -> str:
        """Return the session's id as the log's name tells it."""
        return self._parts[-1].rpartition(".")[0] or self._parts[-1]

    def result(self) -> ReadResult:
        """Return what is known now."""
        return self._teller.result(self._path, self._fallback_id())

    def history_ids(self) -> frozenset[str]:
        """Return `prompt:<id>` and `tool:<id>` for all that counts as a prompt or a tool call."""
        return self._teller.history_ids()

    def marks(self) -> tuple[Mark, ...]:
        """Return what the session had taken at each of its prompts."""
        return self._teller.marks()

    def save(self) -> bytes:
        """Return the state as JSON."""
        self._teller.settle()
        return _ENCODER.encode(self._teller.story)

    @classmethod
    def restore(cls, path: str, state: bytes) -> Self:
        """Go on where `save` left off.

        Raises:
            LogFormatError: The state is not one of this reader's version.
        """
        reader = cls(path)
        story = taken_up(_DECODER, path, state, cls.version)
        reader._begin(story)
        return reader
