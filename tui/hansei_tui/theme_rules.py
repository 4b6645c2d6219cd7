"""A theme's rule for the agents, shown against the file it would go into; no file is written."""

from __future__ import annotations

import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hansei_core.errors import UsageError
from hansei_core.themes.agent_rules import FILES, AgentRule, diff_of, rule_of
from hansei_sessions.friction import shown_path

if TYPE_CHECKING:
    from hansei_core.themes.model import ThemeReport
    from hansei_tui.workspace import Workspace

LARGEST: Final = 256 * 1024
"""Bytes of an instruction file; a larger one is something else."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule and the change that would put it into a project's file."""

    rule: AgentRule
    file: str
    """Name of the file."""
    folder: str
    """Where it lies, as it may be shown; empty where no project's folder is known."""
    exists: bool
    diff: str
    """Unified, for `git apply` or `patch -p1`; empty where the rule stands there already."""


def rule_change(workspace: Workspace, report: ThemeReport, file: str = "") -> RuleChange:
    """Return a theme's rule as a change of the instructions of the project it was seen in most.

    Args:
        workspace: For the places in the logs.
        report: The theme with its evidence.
        file: `AGENTS.md` or `CLAUDE.md`; empty: the one that is there, else `AGENTS.md`, or
            `CLAUDE.md` where only Claude Code had the trouble.

    Raises:
        UsageError: No rule helps, or the file is no text.
    """
    if file and file not in FILES:
        raise UsageError(f"“{file}” is no file for a rule", f"write {' or '.join(FILES)}")
    frictions = {each.id: each for each in workspace.index.frictions(set(report.sessions))}
    rule = rule_of(report, frictions)
    folder = _folder(workspace, report)
    name = file or _usual_file(folder, report)
    before = None if folder is None else _text(folder / name)
    return RuleChange(
        rule=rule,
        file=name,
        folder="" if folder is None else shown_path(str(folder)),
        exists=before is not None,
        diff=diff_of(name, before, rule),
    )


def _folder(workspace: Workspace, report: ThemeReport) -> Path | None:
    """Return the folder of the sessions that were hit most, as far as it is there."""
    hit = set(report.sessions)
    found = Counter(each.cwd for each in workspace.index.sessions() if each.id in hit and each.cwd)
    for cwd, _ in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        folder = Path(cwd)
        try:
            if folder.is_absolute() and folder.is_dir():
                return folder
        except (OSError, ValueError):
            continue
    return None


def _usual_file(folder: Path | None, report: ThemeReport) -> str:
    if folder is not None:
        for name in FILES:
            if _is_file(folder / name):
                return name
    return FILES[1] if set(report.agents) == {"claude-code"} else FILES[0]


def _is_file(path: Path) -> bool:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode)


def _text(path: Path) -> str | None:
    """Return what stands in a file; None where there is none.

    Raises:
        UsageError: It cannot be read as text.
    """
    if not _is_file(path):
        return None
    hint = "name the other one with --file, or copy the rule by hand"
    try:
        with path.open("rb") as opened:
            found = opened.read(LARGEST + 1)
        if len(found) > LARGEST:
            raise UsageError(f"{path.name} is too large for instructions", hint)
        return found.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path.name} cannot be read as text", hint) from None
