"""`hansei doctor`, `backup`, `restore` and `forget`: looking after what is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei_core.errors import ConfigError, HanseiError, NotFoundError, UsageError
from hansei_core.store.backups import find_backup, list_backups
from hansei_core.store.doctor import Finding, examine, repair
from hansei_core.store.recovery import Restored, restore_folder
from hansei_core.vocabulary import nearest
from hansei_tui.cli import complete, complete_logs, complete_records
from hansei_tui.cli.logged import shown_problems
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say, say_words, table
from hansei_tui.cli.own_words import key_findings, theme_findings, view_findings
from hansei_tui.cli.root import Root, root_of
from hansei_tui.cli.sources import Everything, warnings_of
from hansei_tui.words import ago, count, when
from hansei_tui.workspace import Workspace

_NAMED = 8
UNSOUND = 1
"""`doctor` returns it when it found an error."""


def doctor_command(
    context: typer.Context,
    part: Annotated[
        str,
        typer.Argument(
            help="Only `sources`, `keys` or `views`.",
            autocompletion=complete.one_of("sources", "keys", "views"),
        ),
    ] = "",
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended, after a backup.")
    ] = False,
    everything: Everything = False,
    as_json: Json = False,
) -> None:
    """Say what is sound and what is not: the store, the index, the folders of logs, the hooks.

    Example: hansei doctor --fix
    """
    root = root_of(context)
    if part not in {"", "sources", "keys", "views"}:
        raise UsageError(
            f"doctor knows no part “{part[:40]}”", "the parts are sources, keys and views"
        )
    if part and fix:
        raise UsageError(f"{part} are not mended: they are somebody's own", "leave --fix away")
    done = repair(root.paths.data, now=root.clock()) if fix else []
    found = _findings(root, part, everything=everything)
    if as_json:
        emit_json("doctor", found, done=done)
    else:
        for finding in done:
            say_words(f"mended   {finding.what}", under=9)
        for finding in found:
            say_words(f"{finding.level:8} {finding.where}: {finding.what}", under=9)
            if finding.advice:
                say_words(f"         {finding.advice}", under=9)
    if any(finding.level == "error" for finding in found):
        raise typer.Exit(UNSOUND)


def _findings(root: Root, part: str, *, everything: bool) -> list[Finding]:
    """Look at everything, or at one part."""
    if part == "sources":
        return [*_sources(root, everything=everything), *_twice(root)]
    if part == "keys":
        return key_findings(root)
    if part == "views":
        return view_findings(root)
    own = [*key_findings(root), *view_findings(root), *theme_findings(root)]
    return [
        *examine(root.paths.data),
        *_records(root),
        *_archive(root),
        *_index(root),
        *_sources(root, everything=everything),
        *_hooks(root),
        *_catalogue(root),
        *_metrics(root),
        *_rules(root),
        *(each for each in own if each.level != "ok"),
    ]


def _records(root: Root) -> list[Finding]:
    """Look for records that every list passes over; a store that cannot be read says so itself."""
    from hansei_core.store.snapshot import NAME
    from hansei_core.verbs.damage import damaged_records

    where = root.paths.data / NAME
    if not where.exists():
        return []
    try:
        damaged = damaged_records(root.workspace.store)
    except HanseiError:
        return []
    advice = "it is kept and used nowhere; mend or remove it in store.json"
    found = [
        Finding("warning", str(where), f"{one.table} {one.record_id}: {one.reason}", advice)
        for one in damaged[:_NAMED]
    ]
    if len(damaged) > _NAMED:
        more = f"{len(damaged) - _NAMED} more records cannot be read"
        found.append(Finding("warning", str(where), more, advice))
    return found


def _archive(root: Root) -> list[Finding]:
    """Look at the archive before anything opens it: opening puts a damaged one aside."""
    from hansei_core.archive import examine_archive

    found = examine_archive(root.paths.data)
    return [] if found is None else [found]


def _index(root: Root) -> list[Finding]:
    """Look at the index; it may be deleted at any time, so nothing here is an error."""
    path = root.paths.index
    if not path.exists():
        return [
            Finding("ok", str(path), "there is no index yet; the next look at sessions makes it")
        ]
    index = root.workspace.index
    totals = index.totals()
    words = f"{count(totals.sessions, 'session')} of {count(totals.files, 'log')}"
    found = [Finding("ok", str(path), words)]
    if index.rebuilt:
        found.append(Finding("info", str(path), f"it was built anew: {index.rebuilt}"))
    if index.in_memory:
        found.append(
            Finding("warning", str(path), "it cannot be written; every start reads all logs anew")
        )
    return found


def _sources(root: Root, *, everything: bool) -> list[Finding]:
    """Look at the sources: whether all of their records were read, and whether they go on."""
    from hansei_tui.sources_view import absent_words, source_lines

    workspace = root.workspace
    report = workspace.scan()
    try:
        lines = source_lines(workspace, everything=everything)
    except ConfigError as error:
        return [Finding("warning", str(root.paths.config_file), error.message, error.hint)]
    found = []
    for line in lines:
        source = line.source
        words = f"{source.agent}: {count(source.sessions, 'session')}, folder {source.state}"
        if source.duplicates:
            words += f", {source.duplicates} told by another log too"
        if line.percent is None:
            found.append(Finding("info", source.root, words))
            continue
        words += f", newest {ago(source.last_session, workspace.now())}"
        words += f", {line.percent:.1f} % of records read"
        advice = "; ".join(warnings_of(line))
        found.append(Finding("warning" if line.is_poor else "ok", source.root, words, advice))
    absent = absent_words(workspace, lines)
    if absent:
        found.append(Finding("info", "sources", absent))
    problems = shown_problems(report.problems[:20])
    found += [Finding("warning", each.path, each.reason) for each in problems]
    if len(report.problems) > 20:
        more = len(report.problems) - 20
        found.append(Finding("warning", "logs", f"{count(more, 'more problem')}"))
    return found


def _twice(root: Root) -> list[Finding]:
    """Look for what two sources tell: sessions, and notes in the same words."""
    from hansei_tui.sources_view import said_twice

    index = root.workspace.index
    found = [
        Finding("info", one.path, one.reason)
        for one in shown_problems(index.problems())
        if "tells the same session as" in one.reason
    ]
    for twin in said_twice(root.workspace):
        words = f"the same note {twin.times} times: {twin.text[:100]}"
        found.append(Finding("info", ", ".join(twin.sources), words, "count it once"))
    return found


def _metrics(root: Root) -> list[Finding]:
    """Look at the user's own metrics and prices; a mistake costs only them."""
    from hansei_tui.metrics_view import mistake_in_metrics

    path = root.paths.metrics_file
    error = mistake_in_metrics(root.workspace)
    if error is not None:
        return [Finding("warning", str(path), error.message, error.hint)]
    return [Finding("ok", str(path), "your own metrics can be used")] if path.exists() else []


def _catalogue(root: Root) -> list[Finding]:
    """Look at the user's own suggestions; a mistake costs only them."""
    path = root.paths.suggestions_file
    if not path.exists():
        return []
    try:
        root.workspace.catalogue()
    except ConfigError as error:
        return [Finding("warning", str(path), error.message, error.hint)]
    return [Finding("ok", str(path), "your own suggestions can be used")]


def _rules(root: Root) -> list[Finding]:
    """Look at the user's rules; a mistake costs only the rule that has it."""
    from hansei_tui.inbox import rules_of, rules_path, thresholds_of

    path = rules_path(root.workspace)
    if not path.exists():
        return []
    rules, thresholds = rules_of(root.workspace), thresholds_of(root.workspace)
    problems = (*rules.problems, *thresholds.problems)
    if not problems:
        words = f"{count(len(rules.rules), 'rule')}, {count(len(thresholds.items), 'threshold')}"
        return [Finding("ok", str(path), words)]
    return [
        Finding(
            "warning",
            f"{path}, line {problem.line}" if problem.line else str(path),
            f"{problem.what}; it is left out",
            problem.hint,
        )
        for problem in problems
    ]


def _hooks(root: Root) -> list[Finding]:
    """Look whether installed hooks still stand: running agents write old settings back."""
    from hansei_sessions.agents.installers import AGENTS, status
    from hansei_sessions.agents.queue import read_queue
    from hansei_tui.cli.hooks import place_of

    place = place_of(root)
    found = []
    for name in AGENTS:
        hook = status(name, place)
        advice = f"hansei hooks install {name}"
        where = str(hook.path)
        if hook.state == "installed":
            found.append(Finding("ok", where, f"the hook of {name} is in place"))
        elif hook.state == "outdated":
            found.append(Finding("warning", where, f"the hook of {name} is an older one", advice))
        elif hook.state == "dropped":
            words = f"the hook of {name} was removed by another program"
            found.append(Finding("warning", where, words, advice))
    torn = read_queue(place.queue).torn
    if torn:
        words = f"{count(torn, 'line')} of the queue cannot be read; the others can"
        found.append(Finding("info", str(place.queue), words))
    return found


def backup_command(
    context: typer.Context,
    *,
    only_list: Annotated[bool, typer.Option("--list", help="List the backups there are.")] = False,
    as_json: Json = False,
) -> None:
    """Write a backup of the store and the archive, and print its name."""
    root = root_of(context)
    if not only_list:
        workspace = root.workspace
        made = workspace.store.create_backup(now=workspace.now())
        archive = workspace.archive.backup(now=workspace.now())
        if as_json:
            emit_json("backup", {"store": made, "archive": archive})
            return
        say(made.name)
        note(f"{made.path}; the archive: {archive.name}")
        return
    found = list_backups(root.paths.data)
    if as_json:
        emit_json("backups", found)
        return
    rows = [(each.name, when(each.at, root.clock()), each.kind, each.size) for each in found]
    if rows:
        table(("name", "when", "kind", "bytes"), rows, right="bytes", spare="kind when")
    else:
        note("there is no backup yet: hansei backup")


def restore_command(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="A backup's name or a unique part of it.", autocompletion=complete_records.backups
        ),
    ] = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the store to what a backup holds; the present is backed up first, undo works.

    The archive takes back what its own newest backup holds and it has lost; nothing leaves it.

    Example: hansei restore --dry-run 20261121
    """
    root = root_of(context)
    folder = root.paths.data
    if not name:
        known = list_backups(folder)
        if not known:
            raise NotFoundError("there is no backup", "`hansei backup` writes one")
        newest = f"the newest is {known[0].name}"
        raise UsageError(f"no backup is named; {newest}", "`hansei backup --list` shows them all")
    backup = find_backup(folder, name)
    done = restore_folder(folder, backup.path, now=root.clock(), dry_run=dry_run)
    archive, sessions = ("", 0) if dry_run else root.workspace.archive.take_back()
    if as_json:
        emit_json("restore", done, dry_run=dry_run, archive=archive, sessions=sessions)
        return
    _say_restored(done, dry_run=dry_run)
    if sessions:
        note(f"the archive took back {count(sessions, 'session')} from {archive}")


def _say_restored(done: Restored, *, dry_run: bool) -> None:
    for kind, record_id, what in done.changes[:50]:
        say(f"{what:8} {kind} {record_id}")
    if len(done.changes) > 50:
        say(f"… and {len(done.changes) - 50} more")
    if not done.changes:
        say("the store is as the backup holds it")
    if done.damaged:
        note(f"the damaged files were put into quarantine: {done.damaged}")
    if done.safety:
        note(f"the state before is kept as {done.safety}; `hansei undo` takes the restore back")
    if dry_run:
        note("nothing was changed (--dry-run)")


def forget_command(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="A project's name, or a session's id.",
            autocompletion=complete_logs.sessions_and_projects,
        ),
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it; it cannot be undone.")] = False,
    as_json: Json = False,
) -> None:
    """Remove what was derived from a project or a session everywhere, backups included.

    Example: hansei forget quarry --yes
    """
    root = root_of(context)
    workspace = root.workspace
    workspace.scan()
    try:
        plan = workspace.plan_forget(name)
    except NotFoundError as error:
        if not error.message.startswith("there is no session"):
            raise  # several sessions begin so
        raise _nothing_to_forget(workspace, name) from None
    what = f"project {plan.project}" if plan.project else f"session {plan.session_ids[0]}"
    sessions, frictions = len(plan.session_ids), plan.frictions
    if not as_json:
        say(f"{what}: {count(sessions, 'session')}, {count(frictions, 'friction')}")
    if not yes:
        raise UsageError(
            "forgetting cannot be undone, and removes the undo history too",
            f"to do it: hansei forget {name} --yes",
        )
    excluded = workspace.forget(plan)
    if as_json:
        emit_json("forgotten", plan, never_read_again=excluded)
        return
    note("forgotten in the index, the archive, the store and their backups")
    for path in excluded:
        note(f"never read again: {path} (config.toml, sources.exclude_paths)")
    if plan.project:
        note("never read again (config.toml, sources.exclude_projects)")


def _nothing_to_forget(workspace: Workspace, name: str) -> NotFoundError:
    """Say that neither a project nor a session is called so, and which ones are near."""
    projects = tuple(sorted({each.project for each in workspace.index.sessions() if each.project}))
    near = nearest(name, projects) if projects else None
    known = ", ".join(projects[:_NAMED]) + (" …" if len(projects) > _NAMED else "")
    hint = f"did you mean {near}?" if near else f"projects: {known}" if known else ""
    return NotFoundError(
        f"there is no project and no session “{name}”",
        "; ".join(each for each in (hint, "`hansei sessions` lists sessions") if each),
    )
