"""`hansei export` and `hansei import`: improvements as files for other tools, and back."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from hansei_core.errors import UsageError
from hansei_core.exchange.formats import FORMATS, HEAD, Format, for_export, write_text
from hansei_core.exchange.github import write_folder
from hansei_core.exchange.matching import Plan, Step, Verdict
from hansei_core.exchange.rows import Facts
from hansei_core.improvement import Improvement
from hansei_core.verbs.imports import Imported, conflict_lines, import_rows, plan_of
from hansei_core.verbs.records import names_of
from hansei_tui.cli import complete
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note
from hansei_tui.cli.root import root_of
from hansei_tui.exchange_files import (
    SourceFile,
    chosen,
    facts_of,
    format_for,
    parse_sources,
    read_sources,
)
from hansei_tui.export_file import write_export
from hansei_tui.words import count

OTHERS: Final = MappingProxyType({"junit": "hansei_tui.cli.junit", "eval": "hansei_tui.cli.evals"})
"""Formats that bring something else than improvements: the module of each by its name.

Such a module has `matches(name, head)`, which tells whether a file is its format, and
`run(workspace, files, dry_run=…, as_json=…)`, which imports the files and prints what it did.
"""
_SHOWN: Final = 10
"""Conflicts and bad rows that are printed; `--json` has all."""


def export_command(
    context: typer.Context,
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="markdown, template, github, github-json, jira, csv, json, jsonl or yaml; "
            "else by the ending of the file, else markdown.",
            autocompletion=complete.written_formats,
        ),
    ] = "",
    template: Annotated[
        bool, typer.Option("--template", help="The same as --format template.")
    ] = False,
    github: Annotated[bool, typer.Option("--github", help="The same as --format github.")] = False,
    output: Annotated[
        str,
        typer.Option("-o", "--output", help="Write this file; a folder for --format github."),
    ] = "",
    words: Annotated[
        str,
        typer.Option(
            "--filter",
            help="Only what this filter finds, as in `hansei list`.",
            autocompletion=complete.filter_words,
        ),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write improvements for other tools: a file, or stdout; secrets are taken out.

    Example: hansei export --format csv -o backlog.csv
    """
    root = root_of(context)
    workspace = root.workspace
    if template and github:
        raise UsageError("--template and --github are two formats", "choose one")
    name = "template" if template else "github" if github else form
    own = format_for(name or ("json" if as_json and not output else ""), output)
    items, facts = chosen(workspace, words, own), facts_of(workspace)
    if not output and as_json and own.name != "json":
        ids, text = [item.id for item in items], write_text(own, items, facts)
        emit_json("export", {"format": own.name, "files": [], "ids": ids, "text": text})
        return
    if not output:
        _print(write_text(own, items, facts))
        note(f"{count(len(items), 'improvement')}")
        return
    target = root.cwd / Path(output).expanduser()
    if own.name == "github" and (target.is_dir() or output.endswith(("/", os.sep))):
        written = _write_folder(target, items, facts, force=force)
    else:
        write_export(target, write_text(own, items, facts), force=force)
        written = [str(target)]
    if as_json:
        ids = [item.id for item in items]
        emit_json("export", {"format": own.name, "files": written, "ids": ids})
        return
    note(f"{count(len(items), 'improvement')} written to {output}")


def _write_folder(
    target: Path, items: Sequence[Improvement], facts: Facts, *, force: bool
) -> list[str]:
    """Write the bodies and the script; where one of them exists, nothing without `force`."""
    safe, safe_facts = for_export(items, facts)
    files = write_folder(safe, safe_facts)
    taken = [name for name in files if os.path.lexists(target / name)]
    if taken and not force:
        raise UsageError(f"{target / taken[0]} exists", "--force replaces it")
    target.mkdir(mode=0o700, exist_ok=True)
    for name, text in files.items():
        write_export(target / name, text, force=force)
    return [str(target / name) for name in files]


def _print(text: str) -> None:
    """Print an export as it is, for its texts are inert; lines end as on every stdout."""
    text = text.replace("\r\n", "\n")
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(text)
    else:
        stream.write(text.encode("utf-8", "replace"))
        stream.flush()


def import_command(
    context: typer.Context,
    paths: Annotated[
        list[str], typer.Argument(help="Files, or a folder of Backlog.md tasks; - reads stdin.")
    ],
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="markdown, backlog.md, github-json, taskwarrior, jira, csv, jsonl, json, yaml, "
            "todo.txt, junit or eval; else it is found out.",
            autocompletion=complete.read_formats,
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would do; write nothing.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Where a file differs from what is here, take it.")
    ] = False,
    as_new: Annotated[
        bool,
        typer.Option("--as-new", help="Give a new id to what has the id of another title here."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring improvements from files; what is there already stays as it is. One undo.

    Example: hansei import tickets.csv --dry-run
    """
    root = root_of(context)
    workspace = root.workspace
    files = read_sources(paths, root.cwd)
    other = _other(form, files)
    if other is not None:
        other.run(workspace, files, dry_run=dry_run, as_json=as_json)
        return
    parsed, formats = parse_sources(files, workspace, form)
    now = workspace.now()
    if dry_run:
        plan = plan_of(workspace.store, parsed, now=now, as_new=as_new)
        result = _expected(plan, update=update)
    else:
        name = files[0].name if len(files) == 1 else count(len(files), "file")
        result = import_rows(
            workspace.store, parsed, now=now, name=name, update=update, as_new=as_new
        ).value
    if as_json:
        emit_json("import", _record(result, formats, dry_run=dry_run))
    else:
        _say(result, formats, dry_run=dry_run)
    if result.bad and not parsed.rows:
        raise UsageError("nothing could be read", result.bad[0].reason)


def _other(form: str, files: Sequence[SourceFile]) -> Any:
    """Return the module of a format that brings no improvements, or None."""
    for name, module in OTHERS.items():
        if form and form != name:
            continue
        found = import_module(module)
        if form or all(found.matches(file.name, file.text[:HEAD]) for file in files):
            return found
    return None


def _expected(plan: Plan, *, update: bool) -> Imported:
    """Return what an import would do; new improvements have no ids yet."""
    conflicts = plan.of(Verdict.CONFLICT)
    return Imported(
        tuple(step.title for step in plan.of(Verdict.NEW)),
        tuple(step.improvement_id for step in conflicts) if update else (),
        tuple(step.improvement_id for step in plan.of(Verdict.SAME)),
        () if update else conflicts,
        plan.bad,
        plan.notes,
        plan,
    )


def _record(result: Imported, formats: Sequence[str], *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "formats": list(formats),
        "created": list(result.created),
        "updated": list(result.updated),
        "same": list(result.same),
        "conflicts": [_conflict(step) for step in result.conflicts],
        "bad": [{"at": each.line, "reason": each.reason} for each in result.bad],
        "notes": list(result.notes),
    }


def _conflict(step: Step) -> dict[str, Any]:
    return {
        "id": step.improvement_id,
        "title": step.title,
        "at": step.row.line,
        "found_by": step.by,
        "differences": [
            {"field": each.field, "here": each.here, "there": each.there}
            for each in step.differences
        ],
    }


def _say(result: Imported, formats: Sequence[str], *, dry_run: bool) -> None:
    for line in _report(result, formats, would="would be " if dry_run else ""):
        note(line)
    if (result.created or result.updated) and not dry_run:
        note("`hansei undo` takes it back")


def _report(result: Imported, formats: Sequence[str], would: str) -> list[str]:
    lines = [
        f"{count(len(ids), 'improvement')} {would}{verb}: {names_of(ids)}"
        for ids, verb in ((result.created, "imported"), (result.updated, "updated"))
        if ids
    ] or [f"nothing {would or 'was '}imported"]
    lines += [f"{len(result.same)} there already, the same"] if result.same else []
    if result.conflicts:
        lines.append(f"{len(result.conflicts)} differ; they stay as here, --update takes the file:")
        found = [conflict_lines(step) for step in result.conflicts[:_SHOWN]]
        lines += [f"  {line}" for each in found for line in each]
        lines += _rest(len(result.conflicts))
    if result.bad:
        place = _place_word(formats)
        lines.append(f"{len(result.bad)} could not be read:")
        for each in result.bad[:_SHOWN]:
            lines.append(f"  {f'{place} {each.line}: ' if each.line else ''}{each.reason}")
        lines += _rest(len(result.bad))
    return [*lines, *result.notes]


def _rest(number: int) -> list[str]:
    return [f"  … and {number - _SHOWN} more; --json has all"] if number > _SHOWN else []


def _place_word(formats: Sequence[str]) -> str:
    known: dict[str, Format] = {each.name: each for each in FORMATS}
    return known[formats[0]].counts if formats else "line"
