"""Learning in a process of its own: the same answer, steps on the way, an end at any moment."""

from __future__ import annotations

import io
import pickle
import queue
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from tests.core.themes.theme_texts import NOW, SETTINGS, document, three_problems

from hansei_core.errors import HanseiError
from hansei_core.store.memory import MemoryStore
from hansei_core.themes import worker
from hansei_core.themes.model import Document, ThemeState, Update
from hansei_core.themes.service import Tell, is_learned
from hansei_core.themes.worker import LearningStoppedError, Task, here, in_process
from hansei_core.verbs.theme_model import learn, load_themes

TASK = Task(ThemeState(), tuple(three_problems()), NOW, SETTINGS)


def never() -> bool:
    """Return that the user wants to go on."""
    return False


def ignore(_words: str, _share: float) -> None:
    """Look at no step."""


def test_a_process_finds_what_a_thread_finds() -> None:
    """Large collections would get other themes than small ones."""
    steps: list[tuple[str, float]] = []
    found = in_process(TASK, tell=lambda *step: steps.append(step), should_stop=never)
    assert found == here(TASK, tell=ignore, should_stop=never)
    assert len(found.born) == 3
    shares = [share for _, share in steps]
    assert steps[0][0] == "reading texts"
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] <= shares[-1] <= 1.0


@pytest.mark.parametrize("way", [here, in_process])
def test_the_user_can_stop_it(way: Any) -> None:
    """A cancelled look would go on in the background, or end as an unknown error."""
    with pytest.raises(LearningStoppedError):
        way(TASK, tell=ignore, should_stop=lambda: True)


@pytest.mark.parametrize("end", ["raise SystemExit(0)", "import os; os._exit(9)"])
def test_a_process_that_ends_says_so(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed worker would leave the screen waiting for ever."""
    monkeypatch.setattr(worker, "_LINE", end)
    with pytest.raises(HanseiError, match="was ended") as caught:
        in_process(TASK, tell=ignore, should_stop=never)
    assert "nothing was lost" in caught.value.hint


def test_an_error_in_the_process_is_told() -> None:
    """It would look as if the process had been killed."""
    broken = replace(TASK, documents=(None,))  # type: ignore[arg-type] # what cannot be learned
    with pytest.raises(HanseiError, match="AttributeError"):
        in_process(broken, tell=ignore, should_stop=never)


def test_a_killed_worker_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Themes and names would be gone, or half of them written, after the system ran short."""
    store = MemoryStore()
    learn(store, three_problems(), now=NOW, settings=SETTINGS)
    before = load_themes(store)
    assert len(before.themes) == 3
    fresh = [*three_problems(), *(document(50 + n, "disk is full") for n in range(4))]
    with monkeypatch.context() as patched:
        started: list[subprocess.Popen[bytes]] = []
        start = subprocess.Popen

        def watched(*args: Any, **more: Any) -> subprocess.Popen[bytes]:
            started.append(start(*args, **more))
            return started[-1]

        patched.setattr(worker, "_LINE", _HALF_WAY)
        patched.setattr("hansei_core.themes.worker.subprocess.Popen", watched)
        with pytest.raises(HanseiError, match="was ended"):
            learn(
                store,
                fresh,
                now=NOW,
                settings=SETTINGS,
                model=partial(apart, tell=lambda *_: started[-1].kill()),
            )
        assert len(started) == 1
    assert load_themes(store) == before
    again = learn(store, fresh, now=NOW, settings=SETTINGS, model=apart)
    assert load_themes(store) == again.state
    assert [theme.id for theme in again.born] == ["THM-4"]
    assert is_learned(again.state, fresh, SETTINGS)
    assert not is_learned(again.state, three_problems(), SETTINGS)


def apart(state: ThemeState, documents: Sequence[Document], tell: Tell = ignore) -> Update:
    """Learn in a process of its own."""
    return in_process(Task(state, tuple(documents), NOW, SETTINGS), tell=tell, should_stop=never)


_HALF_WAY = """
import pickle, sys, time
pickle.dump(("step", ("grouping texts", 0.5)), sys.stdout.buffer)
sys.stdout.flush()
while True:
    time.sleep(60)
"""


def test_the_process_ends_when_nobody_waits_for_it() -> None:
    """A closed terminal would leave a process behind that computes for nobody."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _SLEEPER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump(TASK, process.stdin)
    process.stdin.flush()
    assert process.stdout.readline() == b"begun\n"
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    process.stdout.close()


_SLEEPER = """
import sys, time
from hansei_core.themes import worker

def wait_for_ever(task, tell):
    sys.__stdout__.write("begun\\n")
    sys.__stdout__.flush()
    while True:
        time.sleep(60)

worker._learned = wait_for_ever
worker.main()
"""


def test_what_the_process_says_is_read_to_its_end() -> None:
    """A torn answer would be taken for a whole one."""
    frames: Any = queue.SimpleQueue()
    torn = pickle.dumps(("step", ("grouping", 0.5))) + pickle.dumps(("found", "x" * 99))[:20]
    worker._receive(io.BytesIO(torn), frames)
    assert frames.get() == ("step", ("grouping", 0.5))
    assert frames.get() == ("lost", "")
