"""A session's frictions put into groups that a reader recognises, dearest first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hansei_core.improvement import EvidenceLink
from hansei_sessions.friction import shown_path
from hansei_sessions.model import Friction, FrictionKind, Session

SHOWN: Final = 5
"""Frictions that stand for their group."""
QUOTE_LENGTH: Final = 160

_RULE_LABELS: Final = MappingProxyType(
    {
        "edit-not-read": "edits of files that were not read",
        "edit-no-match": "edits whose text was not found",
        "edit-many-matches": "edits whose text was found several times",
        "file-missing": "reads of files that do not exist",
        "compacted-by-hand": "context summarised by hand",
    }
)
"""Labels by the last part of the rule's name, where the rule says more than the kind."""
_KIND_LABELS: Final = MappingProxyType(
    {
        FrictionKind.EDIT_ERROR: "refused edits",
        FrictionKind.INTERRUPTION: "interruptions",
        FrictionKind.CORRECTION: "corrections while it worked",
        FrictionKind.API_ERROR: "failures of the model's service",
        FrictionKind.HOOK_BLOCKED: "hooks",
        FrictionKind.COMPACTION: "context summarised",
        FrictionKind.REWIND: "undone turns",
        FrictionKind.EDIT_CHURN: "files edited over and over",
    }
)
_RUNNERS: Final = frozenset(
    (
        *("bun", "bundle", "cargo", "composer", "conda", "deno", "docker", "dotnet", "gh", "git"),
        *("go", "gradle", "helm", "just", "kubectl", "make", "mise", "mix", "mvn", "nix", "npm"),
        *("npx", "nx", "pip", "pnpm", "poetry", "rake", "rye", "swift", "task", "terraform"),
        *("turbo", "uv", "yarn"),
    )
)
"""Programs whose next words say what is done."""
_MODIFIERS: Final = frozenset(("run", "exec", "x", "compose", "dlx", "tool"))
"""Words after a runner that are followed by the one that tells."""
_WITH_VALUE: Final = frozenset(
    ("-C", "-c", "-f", "-n", "--prefix", "--dir", "--cwd", "--directory", "--file", "--filter")
)
"""Options of runners that are followed by a value of their own."""
_WRAPPERS: Final = frozenset(("sudo", "env", "time", "timeout", "nice", "nohup", "xvfb-run"))
_PLAIN: Final = re.compile(r"[A-Za-z][\w:.-]*")
_SEPARATORS: Final = re.compile(r"\s*(?:&&|\|\||;)\s*")


@dataclass(frozen=True, slots=True)
class FrictionGroup:
    """Frictions of one kind about one thing."""

    kind: FrictionKind
    label: str
    """What it is about, in words: `` `go test` ``, "edits of files that were not read"."""
    count: int
    """Events, bursts counted with all of theirs."""
    seconds: float
    """Sum of the seconds lost that are known."""
    unknown: int
    """Frictions whose cost the log does not tell."""
    frictions: tuple[Friction, ...]
    """Up to five that stand for it, dearest first."""
    ids: frozenset[str]
    """Ids of all its frictions."""
    rule: str = ""
    """Last part of the rule that recognised the first of them."""

    @property
    def quote(self) -> str:
        """The first telling line of its dearest friction."""
        return first_line(self.frictions[0].text) if self.frictions else ""


def group_frictions(frictions: Iterable[Friction]) -> tuple[FrictionGroup, ...]:
    """Return groups ranked by seconds lost, then by count, then by label."""
    members: dict[tuple[FrictionKind, str], list[Friction]] = {}
    for friction in frictions:
        members.setdefault((friction.kind, label_of(friction)), []).append(friction)
    groups = (_group(kind, label, found) for (kind, label), found in members.items())
    return tuple(sorted(groups, key=lambda group: (-group.seconds, -group.count, group.label)))


def label_of(friction: Friction) -> str:
    """Return what a friction is about, in the words that its group is called by."""
    rule = friction.rule.rpartition(".")[2]
    if rule in _RULE_LABELS:
        return _RULE_LABELS[rule]
    if friction.kind in (FrictionKind.COMMAND_FAILED, FrictionKind.SLOW_COMMAND):
        return f"`{command_name(friction.subject) or friction.tool or 'a command'}`"
    if friction.kind in (FrictionKind.REJECTION, FrictionKind.PERMISSION_DENIED):
        return _call_label(friction)
    if friction.kind in _KIND_LABELS:
        return _KIND_LABELS[friction.kind]
    return friction.tool or "a tool"


def command_name(command: str) -> str:
    """Return what a shell command does, without its arguments: `go test`, `pytest`, `git add`.

    Of several commands in a row the last one counts, because its exit code is the row's; of a
    pipe the first, because the rest only cuts its output.
    """
    stages = [stage for stage in _SEPARATORS.split(command.strip()) if stage.strip()]
    names = [name for stage in stages if (name := _stage_name(stage.split("|")[0]))]
    telling = [name for name in names if name not in ("cd", "echo", "export", "true", "set")]
    return (telling or names or [""])[-1]


def first_line(text: str, length: int = QUOTE_LENGTH) -> str:
    """Return the first line with words in it, cut with an ellipsis."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def duration_words(seconds: float) -> str:
    """Return a duration as people say it: `45 s`, `12 min`, `1.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def evidence_of(frictions: Iterable[Friction], session: Session) -> tuple[EvidenceLink, ...]:
    """Return links to where frictions stand in a session's log, with quotes that outlive it."""
    return tuple(
        EvidenceLink(
            session_id=friction.session_id,
            agent=session.agent,
            project=session.project,
            path=shown_path(friction.evidence.path),
            line=friction.evidence.line,
            quote=first_line(friction.text),
            friction_id=friction.id,
        )
        for friction in frictions
    )


def _group(kind: FrictionKind, label: str, found: list[Friction]) -> FrictionGroup:
    known = [item.seconds_lost for item in found if item.seconds_lost is not None]
    dearest = sorted(found, key=lambda item: (-(item.seconds_lost or 0.0), item.evidence.line))
    return FrictionGroup(
        kind=kind,
        label=label,
        count=sum(max(1, item.count) for item in found),
        seconds=sum(known),
        unknown=len(found) - len(known),
        frictions=tuple(dearest[:SHOWN]),
        ids=frozenset(item.id for item in found),
        rule=found[0].rule.rpartition(".")[2],
    )


def _call_label(friction: Friction) -> str:
    name = command_name(friction.subject) if _is_shell(friction.tool) else ""
    return f"`{name}`" if name else friction.tool or "a call"


def _is_shell(tool: str) -> bool:
    return tool.casefold() in {"bash", "shell", "exec_command", "local_shell", "powershell"}


def _stage_name(stage: str) -> str:
    words = [word for word in stage.split() if not re.match(r"[A-Za-z_]\w*=", word)]
    while words and (words[0] in _WRAPPERS or re.fullmatch(r"-\S+|[\d.]+[smh]?", words[0])):
        words = words[1:]
    if not words:
        return ""
    program = words[0].rpartition("/")[2] or words[0]
    rest = words[1:]
    if re.fullmatch(r"python[\d.]*", program) and rest[:1] == ["-m"] and len(rest) > 1:
        return f"{program} -m {rest[1]}"
    if program not in _RUNNERS:
        return program[:40]
    name = [program]
    remaining = iter(rest)
    for word in remaining:
        if word.startswith("-") and len(name) == 1:
            if word in _WITH_VALUE:
                next(remaining, None)
            continue
        if not _PLAIN.fullmatch(word):
            break
        name.append(word)
        if word not in _MODIFIERS:
            break
    return " ".join(name)[:60]
