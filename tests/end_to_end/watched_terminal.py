"""hansei in a real pseudo-terminal: keys in, every byte out looked at, the screen read by pyte."""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final, Self

import pyte
from tests.hostile import assert_inert

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PATIENCE: Final = 25.0
"""Seconds until a condition counts as never met; only a failing test waits so long."""
_AT_ONCE: Final = 4096
"""Bytes taken in between two looks at the screen: a message that came and went is seen, too."""
_LOOK_AGAIN: Final = 0.1
"""Seconds after which a condition is looked at again although nothing was written."""

_START: Final = """
import fcntl, sys, termios
from datetime import datetime
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from hansei_tui.cli.run import run
{before}
moment = datetime.fromisoformat(sys.argv[1])
sys.exit(run(sys.argv[2:], clock=lambda: moment))
"""

_MODES: Final = frozenset(
    {"7", "25", "1000", "1003", "1004", "1006", "1015", "1016", "1049", "2004", "2026", "2048"}
)
_QUERIES: Final = frozenset({"\x1b[?2026$p", "\x1b[?2048$p"})
_KEYBOARD: Final = re.compile(r"\x1b\[(?:>\d+|<)u")
_DRAWN: Final = re.compile(r"\x1b\[(?:[0-9;:]*m|[0-9;]*[ABCDGHJK])")
_COLOUR: Final = re.compile(r"[34]8;2;(\d+;\d+;\d+)")
_SWITCH: Final = re.compile(r"\x1b\[\?([0-9;]+)[hl]")
_POINTER: Final = re.compile(r"\x1b\]22;[a-z-]{1,20}(?:\x07|\x1b\\)")
"""The pointer's shape; Textual sets it by itself, from a list of its own."""
_SEQUENCE: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # any other escape
    r"|\x1b",
    re.DOTALL,
)


class Read(Enum):
    """What came of reading."""

    SOME = auto()
    NOTHING = auto()
    END = auto()


class ForbiddenOutputError(AssertionError):
    """The program wrote something that only a log can have asked for."""


@dataclass(slots=True)
class Watcher:
    """Takes a program's output apart: its own few sequences, and text that must be inert.

    Allowed is what Textual draws with: colours, cursor positions, erasing, its modes and the two
    questions for modes. Everything else would have come out of the data.
    """

    also: frozenset[str] = frozenset()
    """More sequences and characters that are the program's own."""
    bytes_seen: int = 0
    sequences: dict[str, int] = field(default_factory=dict)
    """How often each kind of sequence came."""
    colours: set[str] = field(default_factory=set)
    """Foregrounds and backgrounds by their numbers, red, green and blue, that are no grey."""
    modes: set[str] = field(default_factory=set)
    """Private modes that are on."""
    _pending: str = ""
    _decoder: Any = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def take(self, data: bytes) -> str:
        """Check output and return the part of it that draws.

        Raises:
            ForbiddenOutputError: A sequence or a character that is not the program's own.
        """
        self.bytes_seen += len(data)
        text = self._pending + self._decoder.decode(data)
        cut = _unfinished(text)
        text, self._pending = text[:cut], text[cut:]
        drawn, at = [], 0
        for found in _SEQUENCE.finditer(text):
            drawn.append(self._text(text[at : found.start()]))
            drawn.append(self._sequence(found[0]))
            at = found.end()
        drawn.append(self._text(text[at:]))
        return "".join(drawn)

    def _text(self, text: str) -> str:
        try:
            assert_inert("".join(char for char in text if char != "\r" and char not in self.also))
        except AssertionError as error:
            raise ForbiddenOutputError(str(error)) from error
        return text

    def _sequence(self, sequence: str) -> str:
        kind = sequence[-1]
        self.sequences[kind] = self.sequences.get(kind, 0) + 1
        if _DRAWN.fullmatch(sequence):
            for colour in _COLOUR.findall(sequence):
                if len(set(colour.split(";"))) > 1:
                    self.colours.add(colour)
            return sequence
        switch = _SWITCH.fullmatch(sequence)
        if switch and set(switch[1].split(";")) <= _MODES:
            change = self.modes.update if kind == "h" else self.modes.difference_update
            change(switch[1].split(";"))
            return ""
        if (
            sequence in _QUERIES | self.also
            or _KEYBOARD.fullmatch(sequence)
            or _POINTER.fullmatch(sequence)
        ):
            return ""
        raise ForbiddenOutputError(f"the sequence {sequence!r} is none that draws a screen")


def _unfinished(text: str) -> int:
    """Return where a sequence begins whose end has not come yet, or the length of the text."""
    at = text.rfind("\x1b")
    if at < 0 or len(text) - at > 4096:
        return len(text)
    tail = text[at:]
    if re.fullmatch(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x9c]*|[ -/]*)?", tail):
        return at
    return len(text)


class Terminal:
    """A program that believes a person sits before it."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        *,
        size: tuple[int, int] = (80, 24),
        cwd: Path | None = None,
        also: frozenset[str] = frozenset(),
    ) -> None:
        self.watcher = Watcher(also)
        self._screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self._screen)
        self._master, slave = os.openpty()
        self.resize(*size)
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            cwd=cwd,
            start_new_session=True,
        )
        os.close(slave)
        self._open = True

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the program, whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size, as a terminal does when its frame is dragged."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal's window."""
        if self._open:
            os.close(self._master)
            self._open = False

    def until(self, condition: str | Callable[[str], bool]) -> str:
        """Read until the screen holds a text, or a condition on it is met; return the screen.

        Raises:
            AssertionError: It never did; the message is the screen.
        """
        is_met = condition if callable(condition) else lambda text: condition in text
        deadline = time.monotonic() + PATIENCE
        while not is_met(self.text):
            is_late = time.monotonic() > deadline
            if is_late or self._read(_LOOK_AGAIN) is Read.END:
                assert is_met(self.text), f"never came: {condition}\n{self.text}"
                break
        return self.text

    def exit_code(self) -> int:
        """Read until the program has ended and return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._open and self._read(_LOOK_AGAIN) is not Read.END:
            if time.monotonic() > deadline:
                break
        return self.process.wait(timeout=max(deadline - time.monotonic(), 1))

    def _read(self, patience: float) -> Read:
        """Take in what has been written, or comes within `patience` seconds."""
        ready, _, _ = select.select([self._master], [], [], patience)
        if not ready:
            return Read.NOTHING
        try:
            data = os.read(self._master, _AT_ONCE)
        except OSError:  # the program's end is closed
            return Read.END
        self._stream.feed(self.watcher.take(data))
        return Read.SOME if data else Read.END


def hansei_in_terminal(
    environ: Mapping[str, str], moment: str, *arguments: str, before: str = "", **options: Any
) -> Terminal:
    """Return hansei in a terminal of 80 × 24, with a clock that stands still.

    Args:
        environ: Where its home is; the rest of an ordinary environment is added.
        moment: What its clock says, as ISO 8601.
        arguments: The command line.
        before: Python to run in its process before it starts.
        options: For `Terminal`.
    """
    surroundings = {
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TEXTUAL_ANIMATIONS": "none",
        "PYTHONPATH": os.pathsep.join(str(ROOT / floor) for floor in ("core", "sessions", "tui")),
        **environ,
    }
    command = [sys.executable, "-c", _START.replace("{before}", before), moment, *arguments]
    return Terminal(command, surroundings, **options)
