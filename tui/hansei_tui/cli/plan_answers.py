"""`hansei plan keep`, `let-go`, `dismiss`, `convert`: answers that have no verb of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.planning.ritual import Step
from hansei_core.planning.tasks import Question, Task
from hansei_core.planning.week import Week, parse_week
from hansei_core.quickadd import parse_line
from hansei_core.verbs import plans, rituals
from hansei_core.verbs.improvements import draft_of_line
from hansei_core.verbs.records import resolve_all
from hansei_tui.cli import complete_records
from hansei_tui.cli.options import Json, WeekName
from hansei_tui.cli.output import emit_json, note, say
from hansei_tui.cli.plan_ritual import task_record, tasks_for
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.workspace import Workspace

Records = Annotated[
    list[str],
    typer.Argument(
        help="Ids as `plan review` and `capture` list them.",
        autocompletion=complete_records.what_the_ritual_asks,
    ),
]
_CARRYING = (Question.PROMISE, Question.CARRIED)
"""What is settled by letting go."""


def keep_command(
    context: typer.Context, references: Records, *, week: WeekName = "this", as_json: Json = False
) -> None:
    """Settle what the review asks as it is: keep a promise, leave a number untaken."""
    workspace = root_of(context).workspace
    chosen = parse_week(week, workspace.today())
    asked = _asked(workspace, chosen, Step.REVIEW)
    answered = [_named(name, asked) for name in references]
    keys, now = [task.key for task in answered], workspace.now()
    done = rituals.settle(workspace.store, chosen, keys, workspace.capacity, now=now)
    _report(workspace, chosen, answered, done.label, (Step.REVIEW,), as_json=as_json)


def let_go_command(
    context: typer.Context, references: Records, *, week: WeekName = "this", as_json: Json = False
) -> None:
    """Do not carry improvements over; they stay in the backlog."""
    workspace = root_of(context).workspace
    chosen = parse_week(week, workspace.today())
    asked = _asked(workspace, chosen, Step.REVIEW)
    now = workspace.now()
    ids = resolve_all(workspace.store, references, now=now)
    done = rituals.let_go(workspace.store, chosen, ids, workspace.capacity, now=now)
    answered = [task for task in asked if task.id in ids and task.question in _CARRYING]
    _report(workspace, chosen, answered, done.label, (Step.REVIEW,), as_json=as_json)


def dismiss_command(
    context: typer.Context, references: Records, *, week: WeekName = "this", as_json: Json = False
) -> None:
    """Wave away what capture or prioritise shows, for this week."""
    workspace = root_of(context).workspace
    chosen = parse_week(week, workspace.today())
    steps = (Step.CAPTURE, Step.PRIORITISE)
    asked = _asked(workspace, chosen, *steps)
    answered = [_named(name, asked) for name in references]
    ids, now = [task.id for task in answered], workspace.now()
    done = plans.dismiss(workspace.store, chosen, ids, workspace.capacity, now=now)
    _report(workspace, chosen, answered, done.label, steps, as_json=as_json)


def convert_command(
    context: typer.Context,
    retro: Annotated[
        str, typer.Argument(help="The retro: RET-003.", autocompletion=complete_records.retros)
    ],
    words: Annotated[list[str], typer.Argument(help="Title and values: 'Pool impact:8 effort:2'.")],
    *,
    as_json: Json = False,
) -> None:
    """Turn what a retro says into an improvement.

    Example: hansei plan convert RET-003 'Pool connections impact:8 effort:2'
    """
    workspace = root_of(context).workspace
    line = parse_line(" ".join(words), workspace.today())
    draft = workspace.routed(draft_of_line(line), "retro")
    outcome = rituals.convert_retro(workspace.store, retro, draft, now=workspace.now())
    if as_json:
        emit_json("improvement", outcome.value)
    else:
        say(outcome.value.id)
        note(outcome.label)
    point_out_secrets(workspace, outcome.value.title)


def _asked(workspace: Workspace, week: Week, *steps: Step) -> tuple[Task, ...]:
    return tuple(task for step in steps for task in tasks_for(workspace, week, step))


def _report(
    workspace: Workspace,
    week: Week,
    answered: list[Task],
    label: str,
    steps: tuple[Step, ...],
    *,
    as_json: bool,
) -> None:
    """Say what was answered; as JSON the tasks themselves, and how many their steps still ask."""
    if as_json:
        left = len(_asked(workspace, week, *steps))
        emit_json("tasks", [task_record(task) for task in answered], week=str(week), left=left)
    else:
        note(label)


def _named(name: str, tasks: tuple[Task, ...]) -> Task:
    """Return the task of a record, by its id or its number.

    Raises:
        NotFoundError: Nothing of that name is asked about.
        UsageError: A number fits a retro and a theme, say.
    """
    wanted = name.strip().upper()
    found = [task for task in tasks if task.id.upper() == wanted]
    if not found and wanted.isdecimal():
        number = wanted.lstrip("0")
        found = [task for task in tasks if task.id.rpartition("-")[2].lstrip("0") == number]
    if not found:
        raise NotFoundError(
            f"the ritual does not ask about “{name}”",
            "`hansei plan review`, `capture` and `prioritise` list what they ask",
        )
    ids = tuple(dict.fromkeys(task.id for task in found))
    if len(ids) > 1:
        raise UsageError(f"“{name}” can be any of {', '.join(ids)}", "write the whole id")
    return found[0]
