"""From frictions and retros to documents: which text of which trouble speaks for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo

from hansei_core.retro import Retro
from hansei_core.themes.failed_tests import failed_test, said_with_it
from hansei_core.themes.masking import is_assertion, is_summary, key_line, telling_line
from hansei_core.themes.model import Document, Family
from hansei_core.themes.tokens import words
from hansei_sessions.model import Friction, FrictionKind, Session

NOTE = "note"
"""The kind of a document that comes from a retro's answers."""
LONGEST = 400
"""Characters of a user's words that are compared; the first sentences say what was wrong."""
LEAST_WORDS = 2
"""A text with fewer stems says too little by itself: its command speaks with it."""

LEAST_SPOKEN = 3
"""A user's words with fewer stems ("stop", "commit it") are a stop or refusal without a reason."""

_FINGERPRINT = re.compile(r"(\[redacted:[a-z0-9._-]{1,40}):[0-9a-f]{4}\]")
"""Two tokens of one kind are one trouble."""
_BY_RULE = frozenset(
    {
        FrictionKind.COMPACTION,
        FrictionKind.DANGLING_CALL,
        FrictionKind.REWIND,
        FrictionKind.EDIT_CHURN,
    }
)
_USERS_WORDS = frozenset(
    {FrictionKind.REJECTION, FrictionKind.INTERRUPTION, FrictionKind.CORRECTION}
)
_FROM_THE_HARNESS = frozenset(
    {FrictionKind.EDIT_ERROR, FrictionKind.TOOL_ERROR, FrictionKind.PERMISSION_DENIED}
)
_BULLET = re.compile(r"^\s*(?:[-*•+]|\d+[.)])\s+")
_PLUMBING = re.compile(r"\s*(?:\d?>|&>|\|(?!\|)).*$")
"""Where a command's output went; it says nothing about why it was slow."""
_ASSIGNMENT = re.compile(r"^\w+=\S*$")
_WRAPPERS = frozenset({"sudo", "time", "env", "command", "nice", "nohup", "exec", "timeout", "cd"})
_WITH_VERBS = """
git npm pnpm yarn npx uv pip cargo go make docker kubectl gh poetry python python3 bun bundle dotnet
gradle mvn mise terraform just rails mix composer brew apt apt-get conda hatch tox nox
"""
_SUBCOMMANDS = frozenset(_WITH_VERBS.split())
"""Programs whose next word says what they do."""
_RUNNERS = (["run"], ["exec"], ["-m"])
"""And those whose word after that does."""


def documents_of(
    frictions: Iterable[Friction],
    sessions: Iterable[Session],
    retros: Iterable[Retro] = (),
    zone: tzinfo | None = None,
) -> tuple[Document, ...]:
    """Return the documents of the frictions and of the retros' answers, by id.

    Frictions whose session is unknown are left out; so are retros' answers without words.

    Args:
        frictions: As the index tells them.
        sessions: Theirs.
        retros: Their answers are texts too.
        zone: The user's: weeks of themes begin on its Mondays, as those of plans and metrics do.
            None leaves times as they are.
    """
    known = {session.id: session for session in sessions}
    made = [
        document_of(friction, known[friction.session_id], zone)
        for friction in frictions
        if friction.session_id in known
    ]
    for retro in retros:
        made.extend(_notes(retro, known, zone))
    return tuple(sorted(made, key=lambda each: each.id))


def document_of(friction: Friction, session: Session, zone: tzinfo | None = None) -> Document:
    """Return what a friction says, as one line, and within which family it is compared.

    An error speaks by its key line, with the command before it where that says too little; a
    slow command by its command; the user by their first words. A compaction, a dangling call, a
    rewind, and a stop or refusal without a word belong to a theme by rule.
    """
    text, family = _said(friction)
    return Document(
        id=friction.id,
        text=_FINGERPRINT.sub(r"\1]", text),
        kind=friction.kind.value,
        session_id=friction.session_id,
        project=session.project,
        agent=session.agent,
        at=_in_zone(friction.at, zone),
        seconds_lost=friction.seconds_lost,
        tool=friction.tool,
        model=session.model,
        family=family,
    )


def _said(friction: Friction) -> tuple[str, Family]:
    text = friction.text.strip()
    kind = friction.kind
    if kind in _BY_RULE:
        return text or kind.value, Family.RULE
    if kind is FrictionKind.SLOW_COMMAND:
        command = _PLUMBING.sub("", " ".join(friction.subject.split())) or text
        return command, Family.SLOW if words(command) else Family.RULE
    if _wordless(friction):
        return text or kind.value, Family.RULE
    if kind in _USERS_WORDS:
        spoken = " ".join(text.split())[:LONGEST]
        return (spoken, Family.TEXT if len(set(words(spoken))) >= LEAST_SPOKEN else Family.RULE)
    family = Family.TOOL if kind in _FROM_THE_HARNESS else Family.COMMAND
    line = (telling_line if family is Family.COMMAND else key_line)(text)
    if test := failed_test(line):
        cause = said_with_it(line)
        if not cause or is_assertion(cause):
            return f"{test} failed", Family.TEST
        line = cause
    verb = command_verb(friction.subject) if family is Family.COMMAND else ""
    if verb and is_summary(line):
        return f"{verb} failed", Family.SILENT
    if verb and len(set(words(line))) <= LEAST_WORDS:
        line = f"{verb}: {line}"
    return (line, family) if words(line) else (kind.value, Family.RULE)


def _wordless(friction: Friction) -> bool:
    """Tell whether a stop or refusal came without the user's words: its text is hansei's own."""
    if friction.kind is FrictionKind.REJECTION:
        return friction.text == "rejected a tool call" or (
            friction.tool != "" and friction.text.startswith(f"rejected {friction.tool}")
        )
    return friction.kind is FrictionKind.INTERRUPTION and friction.text.startswith(
        "stopped by the user"
    )


def command_verb(command: str) -> str:
    """Return what a shell command runs: "git push", "pytest"; empty for none.

    Assignments, wrappers ("sudo", "cd … &&") and paths before the program's name do not count.
    """
    for part in re.split(r"&&|\|\||;|\|", command):
        tokens = [token for token in part.split() if not _ASSIGNMENT.match(token)]
        while tokens and tokens[0] in _WRAPPERS - {"cd"}:
            tokens = tokens[1:]
        if not tokens or tokens[0] == "cd":
            continue
        program = tokens[0].rsplit("/", 1)[-1].strip("\"'()")
        if program in _SUBCOMMANDS:
            verbs = [token for token in tokens[1:] if re.fullmatch(r"[\w:.][\w:.-]*", token)]
            return " ".join([program, *verbs[: 2 if verbs[:1] in _RUNNERS else 1]])
        return program
    return ""


def _in_zone(at: datetime | None, zone: tzinfo | None) -> datetime | None:
    return at if at is None or zone is None else at.astimezone(zone)


def _notes(
    retro: Retro, sessions: Mapping[str, Session], zone: tzinfo | None
) -> Iterator[Document]:
    session = sessions.get(retro.session_id)
    number = 0
    for answer in (retro.slowed, retro.broke, retro.better):
        for line in answer.splitlines():
            text = _BULLET.sub("", line).strip()
            if not words(text):
                continue
            number += 1
            yield Document(
                id=f"{NOTE}:{retro.id}:{number}",
                text=text[:LONGEST],
                kind=NOTE,
                session_id=retro.session_id,
                project=session.project if session else retro.project,
                agent=session.agent if session else retro.agent,
                at=_in_zone(retro.at, zone),
                model=session.model if session else "",
            )
