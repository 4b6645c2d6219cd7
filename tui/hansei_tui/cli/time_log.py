"""`hansei timer log`, `add`, `edit`, …: stretches of work that are over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from hansei_core.errors import HanseiError, NotFoundError, UsageError
from hansei_core.moments import parse_at
from hansei_core.planning.time import TimeEntry, hours_of
from hansei_core.planning.week import Week, parse_week
from hansei_core.verbs import time_entries as verbs
from hansei_core.verbs.records import Outcome, load_improvements, resolve
from hansei_core.verbs.times import entries
from hansei_tui.cli import complete, complete_records
from hansei_tui.cli.options import Id, Json
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.typed import point_out_secrets
from hansei_tui.words import count, hours

EntryId = Annotated[
    str,
    typer.Argument(
        metavar="ENTRY", help="Such as T-012.", autocompletion=complete_records.time_entries
    ),
]
On = Annotated[str, typer.Option("--on", help="The day of times without one: 2026-11-20, 1d.")]
Note = Annotated[str | None, typer.Option("--note", help="What was done.")]


def log_command(
    context: typer.Context,
    references: Annotated[
        list[str] | None,
        typer.Argument(help="Only these improvements, of all weeks.", autocompletion=complete.ids),
    ] = None,
    *,
    week: Annotated[
        str,
        typer.Option(
            "--week",
            "-w",
            help="2026-W47, this, prev, -2 or a date; all.",
            autocompletion=complete.one_of("this", "prev", "all"),
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """List stretches of work: this week's, or those of some improvements."""
    workspace = root_of(context).workspace
    now = workspace.now()
    wanted = {resolve(workspace.store, each, now=now) for each in references or ()}
    found = [
        each for each in entries(workspace.store) if not wanted or each.improvement_id in wanted
    ]
    if week != "all" and (week or not wanted):
        chosen = parse_week(week or "this", workspace.today())
        found = [each for each in found if _touches(each, chosen, now)]
    titles = load_improvements(workspace.store).items
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "id": each.id,
                "improvement_id": each.improvement_id,
                "start": each.start,
                "end": each.end,
                "hours": round(hours_of(each, now), 4),
                "note": each.note,
                "source": each.source,
            }
            for each in found
        ]
        emit_json("time_entries", rows)
        return
    lines = [
        (
            each.id,
            f"{each.start.astimezone(now.tzinfo):%a %Y-%m-%d %H:%M}",
            f"{each.end.astimezone(now.tzinfo):%H:%M}" if each.end else "runs",
            hours(round(hours_of(each, now), 2)),
            each.improvement_id,
            each.note or getattr(titles.get(each.improvement_id), "title", ""),
        )
        for each in found
    ]
    if not lines:
        note("nothing was tracked; `hansei timer log --week all` looks at all weeks")
        return
    heads = ("id", "from", "to", "hours", "improvement", "what")
    table(heads, lines, right="hours", spare="improvement")
    total = sum(hours_of(each, now) for each in found)
    note(f"{count(len(found), 'entry', 'entries')}, {hours(round(total, 2))}")


def resume_command(
    context: typer.Context,
    *,
    at: Annotated[str, typer.Option("--at", help="09:30, or 2026-11-21T09:30.")] = "",
    as_json: Json = False,
) -> None:
    """Start the clock of what was worked on last."""
    workspace = root_of(context).workspace
    now = workspace.now()
    outcome = verbs.resume(workspace.store, now=now, at=parse_at(at, now))
    _report(outcome, outcome.value, as_json=as_json)


def add_command(
    context: typer.Context,
    reference: Id,
    begin: Annotated[str, typer.Argument(help="09:00, or 2026-11-21T09:00.")],
    end: Annotated[str, typer.Argument(help="10:30; or how long it took: 1.5h, 90m.")],
    *,
    on: On = "",
    words: Note = None,
    as_json: Json = False,
) -> None:
    """Add a stretch of work by hand.

    Example: hansei timer add 12 09:00 1.5h --note "wrote the fixture"
    """
    workspace = root_of(context).workspace
    now = workspace.now()
    start = _moment(begin, now, on)
    outcome = verbs.add_entry(
        workspace.store, reference, start, _end(end, start, now, on), now=now, note=words or ""
    )
    _report(outcome, outcome.value, as_json=as_json)
    point_out_secrets(workspace, words)


def edit_command(
    context: typer.Context,
    entry: EntryId,
    *,
    begin: Annotated[str, typer.Option("--from", help="When it began.")] = "",
    end: Annotated[str, typer.Option("--to", help="When it ended; or how long it took.")] = "",
    on: On = "",
    words: Note = None,
    reference: Annotated[
        str,
        typer.Option(
            "--for", help="The improvement that it belongs to.", autocompletion=complete.ids
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Change when an entry began or ended, its note, or its improvement."""
    workspace = root_of(context).workspace
    now = workspace.now()
    if not (begin or end or reference) and words is None:
        raise UsageError("nothing to change", "give --from, --to, --note or --for")
    before = next((each for each in entries(workspace.store) if each.id == entry.upper()), None)
    day = on or (f"{before.start.astimezone(now.tzinfo):%Y-%m-%d}" if before else "")
    start = _moment(begin, now, day) if begin else None
    base = start or (before.start if before else now)
    outcome = verbs.edit_entry(
        workspace.store,
        entry,
        now=now,
        begin=start,
        end=_end(end, base, now, day) if end else None,
        note=words,
        reference=reference,
    )
    _report(outcome, outcome.value, as_json=as_json)
    point_out_secrets(workspace, words)


def split_command(
    context: typer.Context,
    entry: EntryId,
    at: Annotated[str, typer.Argument(help="Where to cut: 10:15.")],
    *,
    reference: Annotated[
        str,
        typer.Option(
            "--for",
            help="The improvement that the second part belongs to.",
            autocompletion=complete.ids,
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Cut an entry in two."""
    workspace = root_of(context).workspace
    now = workspace.now()
    day = _day_of(entries(workspace.store), entry, now)
    outcome = verbs.split_entry(
        workspace.store, entry, _moment(at, now, day), now=now, reference=reference
    )
    _report(outcome, outcome.value, as_json=as_json)


def break_command(
    context: typer.Context,
    entry: Annotated[
        str,
        typer.Argument(
            metavar="[ENTRY]",
            help="Such as T-012; default: what runs.",
            autocompletion=complete_records.time_entries,
        ),
    ] = "",
    *,
    begin: Annotated[str, typer.Option("--from", help="When it began: 12:00.")] = "",
    end: Annotated[str, typer.Option("--to", help="When it ended; default: now.")] = "",
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.1, max=10_000, help="How long it was.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take a break out of what runs, or out of an entry: --minutes 15, or --from and --to.

    Example: hansei timer break --minutes 15
    """
    workspace = root_of(context).workspace
    now = workspace.now()
    day = _day_of(entries(workspace.store), entry, now)
    if minutes is None and not begin:
        raise UsageError("how long was the break?", "give --minutes 15, or --from 12:00 --to 12:40")
    length = timedelta(minutes=minutes or 0)
    start = _moment(begin, now, day) if begin else None
    stop = _moment(end, now, day) if end else None
    if minutes is not None:
        if start is not None and stop is not None:
            raise UsageError(
                "--minutes with both --from and --to says it twice", "give two of them"
            )
        stop = stop or (start + length if start else now)
        start = start or stop - length
    outcome = verbs.add_break(workspace.store, start or now, stop or now, now=now, entry_id=entry)
    _report(outcome, outcome.value, as_json=as_json)


def delete_command(context: typer.Context, entry: EntryId, *, as_json: Json = False) -> None:
    """Remove an entry; `hansei undo` brings it back."""
    workspace = root_of(context).workspace
    outcome = verbs.delete_entry(workspace.store, entry.upper(), now=workspace.now())
    _report(outcome, outcome.value, as_json=as_json)


def import_command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="`timew export`, `watson log --json`, or frames.")],
    *,
    names: Annotated[
        list[str] | None,
        typer.Option("--map", help="What a tag or project means: api=IMP-2026-007. Repeatable."),
    ] = None,
    everything: Annotated[
        str,
        typer.Option(
            "--all-to", help="The improvement for what names none.", autocompletion=complete.ids
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come.")] = False,
    as_json: Json = False,
) -> None:
    """Take over time from Timewarrior or Watson; a second time adds nothing.

    Example: hansei timer import export.json --map api=IMP-2026-007
    """
    from hansei_core.planning.trackers import MAX_BYTES, assign, read_tracker

    root = root_of(context)
    workspace = root.workspace
    now = workspace.now()
    log = read_tracker(_content(root.cwd, file, MAX_BYTES + 1))
    assigned = assign(
        log,
        lambda reference: resolve(workspace.store, reference, now=now),
        names=_names(names or ()),
        everything=everything,
    )
    past = [each for each in assigned.stretches if each.end <= now]
    report: dict[str, Any] = {
        "tracker": log.tracker,
        "found": len(log.stretches),
        "running": log.running,
        "unreadable": log.unreadable,
        "in_the_future": len(assigned.stretches) - len(past),
        "unassigned": dict(assigned.unknown),
        "imported": 0,
        "known": 0,
        "dry_run": dry_run,
    }
    words = f"{count(len(past), 'entry', 'entries')} would come; nothing is written yet"
    if not dry_run:
        outcome = verbs.import_entries(workspace.store, past, now=now)
        report["imported"], report["known"] = len(outcome.value.entries), outcome.value.known
        words = outcome.label
    if as_json:
        emit_json("time_import", report)
        return
    note(f"{log.tracker}: {words}")
    _say_left_out(report)


def _content(folder: Path, file: str, most: int) -> bytes:
    """Return the first bytes of a file that the user names.

    Raises:
        NotFoundError: There is no such file.
        UsageError: It cannot be read.
    """
    try:
        with (folder / Path(file).expanduser()).open("rb") as opened:
            return opened.read(most)
    except FileNotFoundError:
        raise NotFoundError(
            f"there is no file {file}", "`timew export > FILE` or `watson log --json > FILE` first"
        ) from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL character or half of one
        raise UsageError(f"“{file}” can be no file", "name another one") from None


def _say_left_out(report: Mapping[str, Any]) -> None:
    for key in ("known", "running", "unreadable", "in_the_future"):
        if report[key]:
            note(f"{key.replace('_', ' ')}: {report[key]:,}, left out")
    unassigned: Mapping[str, int] = report["unassigned"]
    if unassigned:
        many = sum(unassigned.values())
        note(f"{count(many, 'entry', 'entries')} named no improvement; --map NAME=ID takes them:")
        for name, number in sorted(unassigned.items(), key=lambda pair: (-pair[1], pair[0])):
            say(f"{number:>5}  {name}")


def estimates_command(context: typer.Context, *, as_json: Json = False) -> None:
    """Compare estimates with tracked time, by size, over everything finished."""
    from hansei_core.planning.estimates import ENOUGH
    from hansei_tui.week_figures import estimates

    records = estimates(root_of(context).workspace)
    if as_json:
        emit_json("estimates", records)
        return
    if not any(record.finished for record in records):
        note("nothing to compare yet: nothing finished has both an estimate and tracked time")
        return
    rows = [
        (
            record.size,
            record.finished,
            hours(record.estimated_hours),
            hours(round(record.actual_hours, 2)),
            f"{record.ratio:.2f}" if record.ratio is not None else f"fewer than {ENOUGH}",
            record.untracked or None,
        )
        for record in records
    ]
    heads = ("size", "finished", "estimated", "tracked", "ratio", "not tracked")
    table(heads, rows, right="finished estimated tracked ratio", spare="estimated")
    note("ratio: the middle one of tracked ÷ estimated; above 1 took longer than thought")


def _names(pairs: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for pair in pairs:
        name, equals, reference = pair.rpartition("=")
        if not equals or not name or not reference:
            raise UsageError(f"“{pair}” assigns nothing", "write --map api=IMP-2026-007")
        named[name] = reference
    return named


def _touches(entry: TimeEntry, week: Week, now: datetime) -> bool:
    first = entry.start.astimezone(now.tzinfo).date()
    last = (entry.end or now).astimezone(now.tzinfo).date()
    return first <= week.sunday and week.monday <= last


def _day_of(all_entries: Sequence[TimeEntry], name: str, now: datetime) -> str:
    """Return the day that an entry began, for times that a user types without one."""
    named = name.upper()
    for each in all_entries:
        if each.id == named or (not named and each.end is None):
            return f"{each.start.astimezone(now.tzinfo):%Y-%m-%d}"
    return ""


def _day(text: str, now: datetime) -> date:
    from hansei_core.moments import parse_moment

    return parse_moment(text, now).date() if text else now.date()


def _moment(text: str, now: datetime, on: str) -> datetime:
    moment = parse_at(text, now, _day(on, now))
    if moment is None:
        raise UsageError("a moment is missing", "write 09:30 or 2026-11-21T09:30")
    return moment


def _end(text: str, start: datetime, now: datetime, on: str) -> datetime:
    """Return where a stretch ends: at a moment, or after some hours."""
    from hansei_core.improvement import check_hours

    if ":" in text:
        return _moment(text, now, on)
    try:
        length = check_hours(text)
    except HanseiError:
        raise UsageError(
            f"“{text}” is neither a time nor a length", "write 10:30, 1.5h or 90m"
        ) from None
    return start + timedelta(hours=length)


def _report(outcome: Outcome[Any], value: object, *, as_json: bool) -> None:
    if as_json:
        emit_json("time_entries" if isinstance(value, tuple) else "time_entry", value)
        return
    note(outcome.label)
    for line in outcome.notes:
        note(line)
