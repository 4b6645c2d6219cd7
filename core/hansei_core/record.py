"""The optional parts of an improvement's record: options, causes, hypothesis, checklists.

All of them are values that an improvement holds; none is asked for, each is shown where filled.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

import msgspec

from hansei_core.documents import Moment
from hansei_core.vocabulary import Stage
from hansei_sessions.value import Value

Rating: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=10)]
Positive: TypeAlias = Annotated[float, msgspec.Meta(gt=0)]


class Option(Value, frozen=True, gc=False):
    """One way to solve it; options are named A, B, C by their place."""

    text: str
    recommended: bool = False


class Hypothesis(Value, frozen=True, gc=False):
    """What is believed: the problem, the solution, and the metric that will tell."""

    problem: str = ""
    solution: str = ""
    metric: str = ""

    @property
    def sentence(self) -> str:
        """The hypothesis in one sentence; a part that is missing is an ellipsis."""
        solution, metric, problem = (
            " ".join(part.split()).rstrip(". ") or "…"
            for part in (self.solution, self.metric, self.problem)
        )
        return f"If we {solution}, then {metric} because {problem}"


class Heading(StrEnum):
    """The six headings under which causes are collected."""

    PEOPLE = "people"
    PROCESS = "process"
    TOOLS = "tools"
    CODE = "code"
    ENVIRONMENT = "environment"
    MEASUREMENT = "measurement"


class Cause(Value, frozen=True, gc=False):
    """One possible cause under its heading."""

    heading: Heading
    text: str


class Fmea(Value, frozen=True, gc=False):
    """A failure's three ratings, 1–10 each; 10 is the worst."""

    severity: Rating
    occurrence: Rating
    detection: Rating
    """10: nobody would notice it."""

    @property
    def risk(self) -> int:
        """Severity × occurrence × detection, 1–1000."""
        return self.severity * self.occurrence * self.detection


class CheckItem(Value, frozen=True, gc=False):
    """One line of a stage's checklist."""

    stage: Stage
    text: str
    done_at: Moment | None = None


class Extra(Value, frozen=True, gc=False):
    """A field of an imported record that hansei has no word for; kept for the way back."""

    name: str
    value: str
    """Its value as JSON."""


REVIEW_CLEARED: Final = "review cleared: the result was read once more with fresh eyes"
"""The line of the validation list that the gate to done looks at."""
CHECKLISTS: Final = MappingProxyType(
    {
        Stage.ANALYSIS: (
            "the trouble is described as it is today",
            "it was seen more than once, or is severe",
            "nothing in the backlog says the same already",
            "impact and effort are scored, with a reason",
        ),
        Stage.PLANNING: (
            "the root cause is known, or named as a guess",
            "other ways to solve it were weighed",
            "success criteria are written down",
            "the hours are estimated and fit a week",
        ),
        Stage.IMPLEMENTATION: (
            "the value before the change is measured",
            "the change is made on a branch of its own",
            "tests cover it",
            "there is a way back",
        ),
        Stage.VALIDATION: (
            "the value after the change is measured",
            "it is compared with the success criteria",
            "nothing else became worse",
            REVIEW_CLEARED,
        ),
        Stage.STANDARDISED: (
            "README or docs say it",
            "a hook, script or test keeps it so",
            "the agents' rules (CLAUDE.md, AGENTS.md) say it",
            "the template or set-up of new projects has it",
        ),
    }
)
"""Four lines for each stage that has a list, in words of one developer's day."""


def with_checklist(checklist: tuple[CheckItem, ...], stage: Stage) -> tuple[CheckItem, ...]:
    """Return a checklist with the lines of a stage that is entered; a second time adds nothing."""
    if any(line.stage is stage for line in checklist):
        return checklist
    return (*checklist, *(CheckItem(stage, text) for text in CHECKLISTS.get(stage, ())))


def is_reviewed(checklist: tuple[CheckItem, ...]) -> bool:
    """Return whether the review of the change is ticked, which the gate to done asks for."""
    return any(line.text == REVIEW_CLEARED and line.done_at is not None for line in checklist)


def with_review(checklist: tuple[CheckItem, ...], at: Moment | None) -> tuple[CheckItem, ...]:
    """Return a checklist whose review is ticked at a moment, or open again where that is None."""
    if at is not None:
        checklist = with_checklist(checklist, Stage.VALIDATION)
    return tuple(
        replace(line, done_at=at) if line.text == REVIEW_CLEARED else line for line in checklist
    )
