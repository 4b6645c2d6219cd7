"""`hansei plan brief`, `review` … `ritual`: Monday's forty minutes by command."""

from __future__ import annotations

import shutil
import sys
from typing import Annotated, Any

import typer

from hansei_core.errors import UsageError
from hansei_core.planning.brief import Brief, brief_page
from hansei_core.planning.reminder import cron_line, parse_time, systemd_units
from hansei_core.planning.ritual import (
    PLANNING_MINUTES,
    STEP_MINUTES,
    Step,
    is_planned,
    next_step,
    ritual_due,
    step_times,
)
from hansei_core.planning.tasks import Task
from hansei_core.planning.week import Week, parse_week, week_of
from hansei_core.verbs import plans, rituals
from hansei_tui.cli.options import Json, WeekName
from hansei_tui.cli.output import emit_json, note, say, say_words
from hansei_tui.cli.plan_show import proposal_record, say_proposal, time_of
from hansei_tui.cli.root import Root, root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.words import count, hours
from hansei_tui.workspace import Workspace

Plain = Annotated[
    bool, typer.Option("--plain", help="Question by question, for screen readers and pipes.")
]
Begin = Annotated[bool, typer.Option("--begin", help="Start the step's clock, and list.")]
Done = Annotated[bool, typer.Option("--done", help="Finish the step.")]


def brief_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    if_due: Annotated[
        bool, typer.Option("--if-due", help="Only on a Monday without a ritual; for cron.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the pre-read page: what the ritual will be about, in two minutes of reading."""
    from hansei_tui.ritual import brief_of

    root = root_of(context)
    chosen = parse_week(week, root.workspace.today())
    if if_due and not _is_due(root.workspace, chosen):
        if as_json:
            emit_json("brief", None)
        return
    workspace = scanned(root)
    brief = brief_of(workspace, chosen)
    if not as_json:
        _say_brief(brief)
        return
    tasks = brief.tasks
    emit_json(
        "brief",
        {
            "week": str(chosen),
            "ritual_due": _is_due(workspace, chosen),
            "last": brief.last,
            "review": [task_record(task) for task in tasks.review],
            "capture": [task_record(task) for task in tasks.capture],
            "prioritise": [task_record(task) for task in tasks.prioritise],
            "proposal": brief.proposal.ids,
            "difference": brief.proposal.difference,
            "ratio": brief.ratio,
            "waiting_sessions": brief.waiting_sessions,
            "page": brief_page(brief),
        },
    )


def review_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    begin: Begin = False,
    done: Done = False,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Step 1: what last week promised, and what it finished without a number."""
    _step(root_of(context), Step.REVIEW, week, (begin, done, plain, as_json))


def capture_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    begin: Begin = False,
    done: Done = False,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Step 2: retros, themes and inbox of the week that nobody has turned into anything."""
    _step(root_of(context), Step.CAPTURE, week, (begin, done, plain, as_json))


def prioritise_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    begin: Begin = False,
    done: Done = False,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Step 3: score what is unscored or has changed."""
    _step(root_of(context), Step.PRIORITISE, week, (begin, done, plain, as_json))


def select_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    begin: Begin = False,
    done: Done = False,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Step 4: choose this week, exactly or from the top, within the budget."""
    _step(root_of(context), Step.SELECT, week, (begin, done, plain, as_json))


def ritual_command(
    context: typer.Context,
    *,
    week: WeekName = "this",
    take_break: Annotated[
        bool, typer.Option("--break", help="Stop the clock; the next step command starts it.")
    ] = False,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """All of the ritual: where it stands, planned and actual minutes; on screen, go on with it."""
    root = root_of(context)
    workspace = root.workspace
    chosen = parse_week(week, workspace.today())
    if take_break:
        now = workspace.now()
        rituals.pause_ritual(workspace.store, chosen, workspace.capacity, now=now)
    elif plain and not as_json:
        _talk(root, chosen, _open_steps(workspace, chosen))
        return
    elif root.interactive and not as_json:
        _open(root, chosen, "")
        return
    if as_json:
        emit_json("ritual", ritual_record(workspace, chosen))
        return
    for line in ritual_lines(workspace, chosen):
        say_words(line)


def reminder_command(
    context: typer.Context,
    *,
    at: Annotated[str, typer.Option("--at", help="When on Mondays.")] = "09:00",
    systemd: Annotated[bool, typer.Option("--systemd", help="A user timer instead.")] = False,
    as_json: Json = False,
) -> None:
    """Print a cron line or systemd units that remind of the ritual; nothing is installed."""
    root = root_of(context)
    moment = parse_time(at)
    program = _program(root)
    cron, units = cron_line(program, moment), systemd_units(program, moment)
    if as_json:
        emit_json("reminder", {"cron": cron, "systemd": units})
    elif not systemd:
        say(cron)
        note("add it with `crontab -e`; it prints the page on a Monday without a ritual, else none")
    else:
        for name, text in units.items():
            say(f"# ~/.config/systemd/user/{name}")
            say(text)
        note("then: systemctl --user enable --now hansei-ritual.timer")


def task_record(task: Task) -> dict[str, Any]:
    """Return a task as JSON shows it."""
    return {
        "key": task.key,
        "question": task.question.value,
        "id": task.id,
        "title": task.title,
        "text": task.text,
        "hours_left": task.hours,
    }


def ritual_record(workspace: Workspace, week: Week) -> dict[str, Any]:
    """Return where a week's ritual stands, as JSON shows it."""
    plan = plans.read_plan(workspace.store, week, workspace.capacity)
    now = workspace.now()
    signs = rituals.signs_of_life(workspace.store, plan.steps)
    return {
        "week": str(week),
        "due": _is_due(workspace, week),
        "planned": is_planned(plan.steps),
        "next_step": next_step(plan.steps),
        "steps": step_times(plan.steps, now, signs),
        "time": time_of(workspace, plan, workspace.now()),
    }


def ritual_lines(workspace: Workspace, week: Week) -> list[str]:
    """Return where a week's ritual stands, in lines."""
    plan = plans.read_plan(workspace.store, week, workspace.capacity)
    signs = rituals.signs_of_life(workspace.store, plan.steps)
    rows = [
        f"{each.step:<11}{each.target_minutes:>3} min planned, {each.actual_minutes:>5.1f} min "
        f"so far  {each.progress}"
        for each in step_times(plan.steps, workspace.now(), signs)
    ]
    time = time_of(workspace, plan, workspace.now())
    minutes = (time.actual_minutes if is_planned(plan.steps) else 0) or PLANNING_MINUTES
    rows.append(
        f"{minutes:g} min and {hours(plan.budget_hours)} are {time.total_hours:g} h, "
        f"{time.percent:g} % of {hours(plan.week_hours)}"
    )
    step = next_step(plan.steps)
    rows.append(
        "planned; the fifth step is the week itself"
        if is_planned(plan.steps)
        else f"next: hansei plan {step}"
    )
    return rows


def _say_brief(brief: Brief) -> None:
    week = brief.plan.iso_week
    say(f"Week {week.number}, {week.monday} to {week.sunday}")
    for section in brief_page(brief):
        say("")
        say(section.heading)
        for line in section.lines:
            say_words(f"  {line}")


def _step(root: Root, step: Step, text: str, how: tuple[bool, bool, bool, bool]) -> None:
    begin, done, plain, as_json = how
    workspace = root.workspace
    week = parse_week(text, workspace.today())
    store, capacity = workspace.store, workspace.capacity
    if done:
        note(rituals.finish_step(store, week, step, capacity, now=workspace.now()).label)
    elif plain and not as_json:
        _talk(root, week, (step,))
        return
    elif begin:
        note(rituals.begin_step(store, week, step, capacity, now=workspace.now()).label)
    elif root.interactive and not as_json:
        _open(root, week, step.value)
        return
    if as_json:
        emit_json("ritual-step", _step_record(workspace, week, step))
        return
    if not done:
        _say_step(workspace, week, step)


def _talk(root: Root, week: Week, steps: tuple[Step, ...]) -> None:
    from hansei_tui.cli.plan_talk import talk
    from hansei_tui.ritual import brief_of

    workspace = scanned(root)
    if len(steps) == len(STEP_MINUTES):
        _say_brief(brief_of(workspace, week))
    talk(workspace, week, steps, say)
    for line in ritual_lines(workspace, week):
        say_words(line)


def _open(root: Root, week: Week, asked: str) -> None:
    from hansei_tui.cli.screen import open_app

    if week != week_of(root.workspace.today()):
        raise UsageError("the screen guides through this week", "another one: --plain or --json")
    plan = plans.read_plan(root.workspace.store, week, root.workspace.capacity)
    step = asked or next_step(plan.steps).value
    selects = step in {Step.SELECT, Step.EXECUTE}
    wanted = "" if step == Step.EXECUTE else asked or "next"
    code = open_app(root, "planner" if selects else "ritual", ritual=wanted)
    if code:
        raise typer.Exit(code)


def tasks_for(workspace: Workspace, week: Week, step: Step) -> tuple[Task, ...]:
    """Return what a step asks; the themes of the week are looked at where they matter."""
    from hansei_tui.ritual import tasks_of_week, theme_finds

    notes = theme_finds(workspace, week, drafted=0).notes if step is Step.CAPTURE else ()
    return tasks_of_week(workspace, week, notes).of(step)


def _step_record(workspace: Workspace, week: Week, step: Step) -> dict[str, Any]:
    record = ritual_record(workspace, week)
    own = next(each for each in record["steps"] if each.step is step)
    if step is Step.SELECT:
        proposal = _proposal(workspace, week)
        plan = plans.read_plan(workspace.store, week, workspace.capacity)
        return {
            "week": str(week),
            "step": own,
            "budget_hours": plan.budget_hours,
            "taken_hours": plan.taken_hours,
            "taken": plan.ids,
            "proposal": proposal_record(proposal),
            "ratio": plans.ratio_of(workspace.store, now=workspace.now()),
        }
    tasks = [task_record(task) for task in tasks_for(workspace, week, step)]
    return {"week": str(week), "step": own, "left": len(tasks), "tasks": tasks}


def _proposal(workspace: Workspace, week: Week) -> Any:
    return plans.proposal(
        workspace.store,
        week,
        workspace.capacity,
        now=workspace.now(),
        value=workspace.settings.week.value,
    )


def _say_step(workspace: Workspace, week: Week, step: Step) -> None:
    if step is Step.SELECT:
        proposal = _proposal(workspace, week)
        say_proposal(workspace, proposal, proposal.choices)
        note("take it: hansei plan propose --take, or --top-down --take, or hansei plan take ID")
        return
    tasks = tasks_for(workspace, week, step)
    for task in tasks:
        say_words(f"{task.question}: {task.id} {task.title}")
        for line in task.text.splitlines():
            say_words(f"  {line}")
    note(f"{count(len(tasks), 'thing')} to {step}" if tasks else f"nothing to {step}")
    if tasks:
        note(_HINTS[step])


_HINTS = {
    Step.REVIEW: "answer: hansei measure, move, score, plan keep, plan let-go; or --plain",
    Step.CAPTURE: "answer: hansei plan convert, themes promote, move, plan dismiss; or --plain",
    Step.PRIORITISE: "answer: hansei score ID -i 8 -e 2, plan dismiss; or --plain",
}


def _open_steps(workspace: Workspace, week: Week) -> tuple[Step, ...]:
    plan = plans.read_plan(workspace.store, week, workspace.capacity)
    done = {record.step for record in plan.steps if record.done_at is not None}
    return tuple(step for step in STEP_MINUTES if step not in done)


def _is_due(workspace: Workspace, week: Week) -> bool:
    steps = plans.read_plan(workspace.store, week, workspace.capacity).steps
    now = workspace.now()
    return week == week_of(now.date()) and ritual_due(now, steps)


def _program(root: Root) -> tuple[str, ...]:
    """Return the words that call this hansei from anywhere."""
    found = shutil.which("hansei", path=root.environ.get("PATH", ""))
    return (found,) if found else (sys.executable, "-m", "hansei_tui")
