"""Learning themes in a process of its own.

A large collection takes seconds of pure computing and some hundred megabytes; in a thread it would
hold the interpreter while a screen wants to draw. The process reads and writes no file: it gets
the state and the documents through a pipe and gives back what `service.update` returns, so it can
be ended at any moment, by the user or by the system, and nothing is lost. It ends by itself when
the process that started it is gone.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import IO, Any, Final

from hansei_core.errors import HanseiError
from hansei_core.settings import ThemeSettings
from hansei_core.themes.model import Document, ThemeState, Update
from hansei_core.themes.service import Tell, update

WORTH_A_PROCESS: Final = 1500
"""With fewer documents the start of a process costs more than it saves."""
_WAIT: Final = 0.1
"""Seconds between two looks at whether the user wants to stop."""
_LINE: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from hansei_core.themes.worker import main; main()"
)
_GENTLE: Final = 5
"""How much the process gives way to others, as `nice` counts."""


class LearningStoppedError(HanseiError):
    """The user stopped it; the themes are as they were."""


@dataclass(frozen=True, slots=True)
class Task:
    """What `service.update` is asked for."""

    state: ThemeState
    documents: tuple[Document, ...]
    now: datetime
    settings: ThemeSettings


def in_process(task: Task, *, tell: Tell, should_stop: Callable[[], bool]) -> Update:
    """Return what `service.update` returns, computed in a process of its own.

    Args:
        task: What to learn from.
        tell: Called in this thread with each step and the share that is done.
        should_stop: Asked ten times a second; the process is ended at once if it says so.

    Raises:
        LearningStoppedError: The user stopped it.
        HanseiError: The process ended without an answer.
    """
    if not sys.executable:
        return here(task, tell=tell, should_stop=should_stop)
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _LINE, json.dumps([each for each in sys.path if each])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        return _answer(process, task, tell, should_stop)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # closing flushes what a dead process never read
                if pipe is not None:
                    pipe.close()


def here(task: Task, *, tell: Tell, should_stop: Callable[[], bool]) -> Update:
    """Return the same, computed in this thread; it stops between two steps."""

    def step(words: str, share: float) -> None:
        if should_stop():
            raise _stopped()
        tell(words, share)

    return _learned(task, step)


def _learned(task: Task, tell: Tell) -> Update:
    numbers = count(1)
    return update(
        task.state,
        task.documents,
        now=task.now,
        settings=task.settings,
        allocate=lambda: f"NEW-{next(numbers)}",
        tell=tell,
    )


def _answer(
    process: subprocess.Popen[bytes], task: Task, tell: Tell, should_stop: Callable[[], bool]
) -> Update:
    frames: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    for work in (
        lambda: _send(process.stdin, task),
        lambda: _receive(process.stdout, frames),
    ):
        threading.Thread(target=work, daemon=True).start()
    while True:
        if should_stop():
            raise _stopped()
        try:
            kind, value = frames.get(timeout=_WAIT)
        except queue.Empty:
            continue
        if kind == "step":
            tell(*value)
        elif kind == "found":
            found: Update = value
            return found
        else:
            raise HanseiError(
                f"themes could not be learned: {value or 'the process that does it was ended'}",
                "nothing was lost; press r, or run the command again",
            )


def _stopped() -> LearningStoppedError:
    return LearningStoppedError(
        "learning themes was stopped", "the themes are as they were; r looks again"
    )


def _send(pipe: IO[bytes] | None, task: Task) -> None:
    """Write the task and leave the pipe open: its end tells the process that nobody waits."""
    if pipe is not None:
        with suppress(OSError, ValueError):  # the process is gone; the other thread says so
            pickle.dump(task, pipe, protocol=pickle.HIGHEST_PROTOCOL)
            pipe.flush()


def _receive(pipe: IO[bytes] | None, frames: queue.SimpleQueue[tuple[str, Any]]) -> None:
    try:
        while pipe is not None:
            frame = pickle.load(pipe)  # noqa: S301 - written by `main` below
            frames.put(frame)
            if frame[0] != "step":
                return
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        pass
    frames.put(("lost", ""))


def main() -> None:
    """Be the process: a task on standard input, steps and one answer on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError, AttributeError):  # there is no nice on Windows
        os.nice(_GENTLE)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # what a library prints must not stand among the answers
    task = pickle.load(source)  # noqa: S301 - written by `_send` above
    threading.Thread(target=_end_with, args=(source,), daemon=True).start()

    def answer(kind: str, value: object) -> None:
        pickle.dump((kind, value), sink, protocol=pickle.HIGHEST_PROTOCOL)
        sink.flush()

    try:
        found = _learned(task, lambda words, share: answer("step", (words, share)))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other side must hear of it
        answer("failed", type(error).__name__)
        return
    answer("found", found)


def _end_with(source: IO[bytes]) -> None:
    source.read()
    os._exit(0)
