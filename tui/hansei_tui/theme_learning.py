"""Learning themes from everything there is: here, or in a process where there is much of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hansei_core.themes.model import Document, ThemeState, Update
from hansei_core.themes.service import Tell, is_learned, silent
from hansei_core.verbs.theme_model import learn

if TYPE_CHECKING:
    from hansei_tui.workspace import Workspace


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """How somebody follows learning, and ends it."""

    tell: Tell = silent
    """Is told each step and the share of the whole that is done."""
    should_stop: Callable[[], bool] = _never


def learned(workspace: Workspace, documents: Sequence[Document], watch: Watch) -> Update:
    """Let documents become themes and keep the result; not for the event loop.

    Raises:
        LearningStoppedError: `watch` stopped it; the themes are as they were.
        HanseiError: The result could not be found or kept.
    """
    from hansei_core.themes.worker import WORTH_A_PROCESS, Task, here, in_process

    settings, now = workspace.settings.themes, workspace.now()

    def model(state: ThemeState, given: Sequence[Document]) -> Update:
        alone = len(given) >= WORTH_A_PROCESS and not is_learned(state, given, settings)
        way = in_process if alone else here
        task = Task(state, tuple(given), now, settings)
        return way(task, tell=watch.tell, should_stop=watch.should_stop)

    return learn(
        workspace.store,
        documents,
        now=now,
        settings=settings,
        model=model,
        homes=workspace.homes_kept,
    )


def words_of(step: str, share: float) -> str:
    """Return a step of learning in words: "grouping texts, 35 %"."""
    return f"{step}, {round(100 * share)} %"
