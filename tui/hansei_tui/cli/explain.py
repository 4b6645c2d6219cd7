"""`hansei explain`: what a rule recognises, and what lies behind one friction."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.vocabulary import nearest
from hansei_sessions.evidence import read_excerpt
from hansei_sessions.friction import shown_path
from hansei_sessions.model import Friction
from hansei_sessions.rules import AGENTS, Rule, explain, rules_of
from hansei_sessions.sources import folders
from hansei_tui.cli import complete
from hansei_tui.cli.logged import shown_frictions
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say, say_words, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.words import minutes, short_id, when
from hansei_tui.workspace import Workspace

_WIDEST: Final = 28
"""Characters of a rule's name in the list of all."""


def explain_command(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="[RULE|FRICTION]",
            help="A rule's name, or a friction: its id, whole or as `hansei themes show` shortens"
            " it, or SESSION:LINE. Nothing lists the rules.",
        ),
    ] = "",
    *,
    agent: Annotated[
        str,
        typer.Option(
            "--agent",
            help="List the rules of one agent.",
            autocompletion=complete.explained_agents,
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Explain a rule, or show what stands in the log behind a friction.

    Example: hansei explain claude.exit-code
    """
    if agent and name:
        raise UsageError("--agent lists rules, and one is named", f"hansei explain {name}")
    if not name:
        _list(agent, as_json=as_json)
    elif ":" in name or "…" in name:
        _friction(scanned(root_of(context)), name, as_json=as_json)
    else:
        shared = _of_any_agent(name)
        if shared and not as_json:
            for rule in shared:
                _show(rule)
            return
        rule = explain(name)
        if as_json:
            emit_json("rule", _told(rule))
        else:
            _show(rule)


def _of_any_agent(name: str) -> list[Rule]:
    """Return the rules that the list of all shows under a name without its agent.

    What several agents share word for word comes once, by the first of them.
    """
    found: dict[tuple[str, str], Rule] = {}
    for each in (rule for one in AGENTS for rule in rules_of(one)):
        if each.name.partition(".")[2] == name:
            found.setdefault((each.recognises, each.seconds), each)
    return list(found.values())


def _list(agent: str, *, as_json: bool) -> None:
    agents = (_agent(agent),) if agent else tuple(AGENTS)
    rules = [rule for one in agents for rule in rules_of(one)]
    if as_json:
        emit_json("rules", [_told(rule) for rule in rules])
        return
    if agent:
        rows = [(each.name, each.kind, each.recognises) for each in rules]
        table(("rule", "kind", "recognises"), rows)
        note(f"`hansei explain {rules[0].name}` tells how its seconds are counted")
        return
    shared: dict[tuple[str, str, str], int] = {}
    for each in rules:
        key = (each.name.partition(".")[2], each.kind.value, each.recognises)
        shared[key] = shared.get(key, 0) + 1
    columns = ("rule", "kind", "agents", "recognises")
    folded = [
        (name if len(name) <= _WIDEST else name[: _WIDEST - 1] + "…", kind, times, words)
        for (name, kind, words), times in sorted(shared.items())
    ]
    table(columns, folded, right="agents", spare="agents")
    note("`hansei explain --agent claude` lists an agent's, `hansei explain claude.exit-code` one")


def _agent(name: str) -> str:
    """Return the agent of the rules that a name means: `claude`, `claude-code`, `Claude Code`.

    Raises:
        NotFoundError: It means none.
    """
    wanted = "-".join(name.casefold().split())
    for each, title in AGENTS.items():
        if wanted in (each, "-".join(title.casefold().split())):
            return each
    for each in AGENTS:
        if wanted.startswith(f"{each}-"):
            return each
    near = nearest(wanted, tuple(AGENTS))
    hint = f"did you mean {near}?" if near else f"there are {', '.join(AGENTS)}"
    raise NotFoundError(f"no agent is called “{name}”", hint)


def _told(rule: Rule) -> dict[str, str]:
    return {
        "name": rule.name,
        "agent": rule.agent,
        "kind": rule.kind.value,
        "recognises": rule.recognises,
        "seconds": rule.seconds,
    }


def _show(rule: Rule) -> None:
    say_words(f"{rule.name} · {rule.kind} · {rule.agent}", under=4)
    say_words(f"recognises: {rule.recognises}", under=4)
    say_words(f"seconds: {rule.seconds}", under=4)


def _friction(workspace: Workspace, name: str, *, as_json: bool) -> None:
    found, is_archived = _named(workspace, name)
    try:
        rule = explain(found.rule)
    except NotFoundError:
        rule = None
    excerpt = read_excerpt(
        found.evidence,
        folders(workspace.sources()),
        forbidden=workspace.settings.sources.exclude_paths,
    )
    if as_json:
        emit_json(
            "friction",
            shown_frictions([found])[0],
            rule=_told(rule) if rule else None,
            excerpt=excerpt.lines,
            note=excerpt.note,
            archived=is_archived,
        )
        return
    say(f"{found.id} · {found.kind} · {when(found.at, workspace.now())}")
    say(f"{shown_path(found.evidence.path)}, line {found.evidence.line}")
    if found.subject:
        say(f"about: {found.subject}")
    say(f"lost: {minutes(found.seconds_lost) if found.seconds_lost is not None else 'unknown'}")
    if rule is not None:
        say("")
        _show(rule)
    say("")
    if excerpt.note:
        say(excerpt.note)
    if not excerpt.lines:
        for row in found.text.splitlines():
            say(f"  {row}")
    for line in excerpt.lines:
        say(f"{'>' if line.is_place else ' '} {line.speaker:>10}  {line.text}")


def _named(workspace: Workspace, name: str) -> tuple[Friction, bool]:
    """Return the friction with an id, and whether only the archive still knows it.

    Its session may be named by its beginning.

    The number of the line that it stands on will do, as `hansei sessions ID` lists it.

    Raises:
        NotFoundError: There is none.
    """
    begin, dots, end = name.partition("…")
    session, _, event = (begin if dots else name).partition(":")
    one, frictions, is_archived = workspace.remembered(session)
    ends = [each for each in frictions if dots and each.id.endswith(end)]
    if len(ends) == 1:
        return ends[0], is_archived
    wanted = f"{one.id}:{event}"
    for each in frictions:
        if each.id == wanted:
            return each, is_archived
    for each in frictions:
        if event == str(each.evidence.line):
            return each, is_archived
    raise NotFoundError(
        f"there is no friction “{name}”", f"`hansei sessions {short_id(one.id)}` lists them"
    )
