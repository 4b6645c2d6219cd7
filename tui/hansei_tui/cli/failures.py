"""What `hansei import` does with reports of tests and evaluations: failures go into the inbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hansei_core.errors import UsageError
from hansei_core.exchange.failures import Report, run_id
from hansei_core.signals import Run, Signal, document_of_signal
from hansei_core.verbs.signals import RunOf, Taken, take_in
from hansei_tui.cli.output import emit_json, note, say
from hansei_tui.exchange_files import SourceFile
from hansei_tui.words import count
from hansei_tui.workspace import Workspace

_SHOWN: Final = 10
_OLDEST: Final = timedelta(days=3650)


def import_reports(
    workspace: Workspace,
    files: Sequence[SourceFile],
    read: Callable[[str], Report],
    source: str,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take reports in and print what became of their failures.

    Raises:
        UsageError: None of the files could be read.
    """
    reports, runs, bad = _read_all(files, read, source, workspace.now())
    if not reports:
        raise UsageError("none of the files could be read", f"{bad[0][0]}: {bad[0][1]}")
    taken = Taken(failures=sum(len(each.failures) for each in runs))
    if not dry_run:
        label = f"import {files[0].name if len(files) == 1 else count(len(files), 'report')}"
        taken = take_in(
            workspace.store,
            runs,
            now=workspace.now(),
            project=project_of(workspace.context.cwd),
            route=lambda draft: workspace.routed(draft, "import"),
            homes=_homes(workspace, runs),
            label=label,
        ).value
    if as_json:
        emit_json("import", {"dry_run": dry_run, "formats": [source], **_data(reports, taken, bad)})
        return
    _say(reports, taken, dry_run=dry_run)
    for name, reason in bad[:_SHOWN]:
        note(f"{name} was left out: {reason}")
    if len(bad) > _SHOWN:
        note(f"and {len(bad) - _SHOWN} more files; --json has all")


def _read_all(
    files: Sequence[SourceFile], read: Callable[[str], Report], source: str, now: datetime
) -> tuple[list[Report], list[RunOf], list[tuple[str, str]]]:
    """Return the reports, each with its run, and what could not be read: (file, why)."""
    reports: list[Report] = []
    runs: list[RunOf] = []
    bad: list[tuple[str, str]] = []
    for file in files:
        try:
            report = read(file.text)
        except UsageError as error:
            if len(files) == 1:
                raise UsageError(f"{file.name}: {error.message}", error.hint) from None
            bad.append((file.name, error.message))
            continue
        run = Run(f"{source}:{run_id(file.text)}", moment_of(report, now))
        runs.append(RunOf(run, source, report.failures))
        reports.append(report)
    return reports, runs, bad


def _data(
    reports: Sequence[Report], taken: Taken, bad: Sequence[tuple[str, str]]
) -> dict[str, object]:
    return {
        "tests": sum(each.tests for each in reports),
        "failed": sum(each.failed for each in reports),
        "created": taken.created,
        "counted": taken.counted,
        "again": taken.again,
        "closed": taken.closed,
        "known": taken.known,
        "left": taken.left,
        "dropped": taken.dropped,
        "bad": [{"at": name, "reason": reason} for name, reason in bad],
    }


def _homes(workspace: Workspace, runs: Sequence[RunOf]) -> dict[str, str]:
    """Return the themes that failures belong to by what they say, by fingerprint."""
    from hansei_core.tables import THEMES

    if not workspace.store.all(THEMES):
        return {}
    from hansei_core.themes.identity import members
    from hansei_core.verbs.theme_model import load_themes

    documents = [
        document_of_signal(
            Signal(failure.fingerprint, run.source, failure.name, failure.says, runs=(run.run,))
        )
        for run in runs
        for failure in run.failures
    ]
    return dict(members(load_themes(workspace.store), documents))


def moment_of(report: Report, now: datetime) -> datetime:
    """Return when a report ran: as it says, in the user's zone where it names none, else now."""
    at = report.at
    if at is None:
        return now
    at = at if at.tzinfo is not None else at.replace(tzinfo=now.tzinfo)
    return at if now - _OLDEST < at <= now else now


def project_of(folder: Path) -> str:
    """Return the name of the repository that a folder lies in; empty where it lies in none."""
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return each.name
    return ""


def _say(reports: Sequence[Report], taken: Taken, *, dry_run: bool) -> None:
    tests, failed = sum(each.tests for each in reports), sum(each.failed for each in reports)
    note(f"{count(tests, 'test')}, {failed} failed")
    if dry_run:
        for report in reports:
            for failure in report.failures[:_SHOWN]:
                say(f"{failure.name}: {failure.says}" if failure.says else failure.name)
        return
    for name in taken.created:
        say(name)
    dropped = taken.dropped + sum(each.failed - len(each.failures) for each in reports)
    bad = sum(each.bad for each in reports)
    new, counted = (
        count(len(taken.created), "improvement"),
        count(len(taken.counted), "improvement"),
    )
    lines = (
        (taken.created, f"{new} new in the inbox: {_some(taken.created)}"),
        (taken.counted, f"{counted} known already, counted once more: {_some(taken.counted)}"),
        *(
            (True, f"{test} fails again after {improvement_id} was done")
            for test, improvement_id in taken.again[:_SHOWN]
        ),
        *(
            (True, f"{test} is counted only: {improvement_id} was declined or thrown away")
            for test, improvement_id in taken.closed[:_SHOWN]
        ),
        (taken.known, f"{count(taken.known, 'failure')} of a report that was imported before"),
        (taken.left, f"{count(taken.left, 'failure')} more made no improvement: too many at once"),
        (dropped, f"{count(dropped, 'failure')} beyond what is kept of one import"),
        (bad, f"{count(bad, 'record')} could not be read"),
        (taken.created, "hansei triage decides on them; hansei undo takes it back"),
    )
    for holds, words in lines:
        if holds:
            note(words)


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
