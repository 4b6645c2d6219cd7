"""The session-end hook in each agent's own configuration: what to add, and how to find it again.

Where each agent keeps its hooks, their shape and their limits are facts of its documentation and
source (Claude Code's settings.json; Codex's hooks.json or `[hooks]`; Gemini's and Qwen's
settings.json; Copilot's, Cursor's and Droid's files; Goose's plugins; Cline's executables;
OpenCode's plugins).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.agents import json_text, toml_text
from hansei_sessions.agents.changes import Change, read_file
from hansei_sessions.agents.targets import OWN, InJson, InToml, OwnFile, Target, decode
from hansei_sessions.errors import ConfigError, UsageError


@dataclass(frozen=True, slots=True)
class Place:
    """Where the user's configuration lies, and what a hook is to run."""

    environ: Mapping[str, str]
    home: Path
    program: tuple[str, ...]
    """The hook program: absolute path, with the arguments that start it."""
    queue: Path

    def folder(self, variable: str, *default: str) -> Path:
        """Return a folder that a variable may name."""
        named = self.environ.get(variable, "")
        return Path(named) if Path(named).is_absolute() else self.home.joinpath(*default)

    def words(self, agent: str) -> list[str]:
        """Return the hook's command for an agent."""
        return [*self.program, agent, str(self.queue)]

    def command(self, agent: str) -> str:
        """Return the hook's command as one line for a shell."""
        return shlex.join(self.words(agent))


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent and the shape of its hook."""

    name: str
    reader: str
    """Its name where its logs are read: what the hook writes into the queue."""
    note: str = ""
    """What the user has to do or know besides."""

    def targets(self, place: Place) -> list[Target]:
        """Return the files that hold its hook."""
        return _TARGETS[self.name](place)


AGENTS: Final = {
    each.name: each
    for each in (
        Agent("claude-code", "claude-code"),
        Agent("codex", "codex", "Codex runs a hook only after you trust it: type /hooks in Codex."),
        Agent(
            "gemini",
            "gemini-cli",
            "Gemini does not wait for hooks at its end; some sessions may be missed.",
        ),
        Agent("qwen", "qwen-code", "Not tried with a real Qwen Code yet."),
        Agent("copilot", "copilot-cli", "Not tried with a real Copilot yet."),
        Agent("cursor", "cursor", "Not tried with a real Cursor yet."),
        Agent("droid", "droid", "Not tried with a real Droid yet."),
        Agent("goose", "goose", "Needs Goose 1.38 or newer."),
        Agent(
            "cline", "cline", "Not on Windows. Each finished or cancelled task counts as an end."
        ),
        Agent(
            "opencode",
            "opencode",
            "OpenCode tells each turn's end only; the last one counts, minutes later.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Status:
    """Whether an agent's hook is in place."""

    agent: str
    path: Path
    """The file that holds it, or would."""
    state: str
    """`installed`, `outdated` (another command), `dropped` (somebody removed it), `missing`, or
    `unreadable`."""
    reason: str = ""


def agent_of(name: str) -> Agent:
    """Return an agent by its name.

    Raises:
        UsageError: hansei has no hook for it; the message names those that have one.
    """
    found = next((each for each in AGENTS.values() if name in {each.name, each.reader}), None)
    if found is None:
        raise UsageError(
            f"there is no hook for “{name}”",
            f"there is one for {', '.join(AGENTS)}; any other agent: hansei wrap -- COMMAND",
        )
    return found


def install(name: str, place: Place) -> tuple[Change, ...]:
    """Return the changes that put an agent's hook in place; none where it stands already.

    Raises:
        UsageError: There is no such agent.
        ConfigError: A file cannot be changed with certainty; the hint holds what to paste.
    """
    changes = [target.installed() for target in agent_of(name).targets(place)]
    return tuple(change for change in changes if change.is_needed)


def uninstall(name: str, place: Place) -> tuple[Change, ...]:
    """Return the changes that take an agent's hook away.

    Where nothing else was changed since, a file gets its original bytes back.

    Raises:
        UsageError: There is no such agent.
        ConfigError: A file cannot be changed with certainty.
    """
    changes = [target.removed() for target in agent_of(name).targets(place)]
    return tuple(change for change in changes if change.is_needed)


def status(name: str, place: Place) -> Status:
    """Return whether an agent's hook is in place."""
    targets = agent_of(name).targets(place)
    try:
        states = [target.state() for target in targets]
    except ConfigError as error:
        return Status(name, targets[0].path, "unreadable", error.message)
    if all(state == "installed" for state in states):
        return Status(name, targets[0].path, "installed")
    return Status(name, targets[0].path, states[0] if len(set(states)) == 1 else "outdated")


def _group(place: Place, agent: str, **more: Any) -> dict[str, Any]:
    return {"hooks": [{"type": "command", "command": place.command(agent), **more}]}


def _claude(place: Place) -> list[Target]:
    path = place.folder("CLAUDE_CONFIG_DIR", ".claude") / "settings.json"
    return [InJson(path, ("hooks", "SessionEnd"), _group(place, "claude-code", timeout=10))]


def _codex(place: Place) -> list[Target]:
    """Choose the file that has hooks already; without any, hooks.json, which is JSON only."""
    folder = place.folder("CODEX_HOME", ".codex")
    group = _group(place, "codex", timeout=3)
    config, hooks = folder / "config.toml", folder / "hooks.json"
    try:
        present = read_file(config)
        in_config = present is not None and "hooks" in toml_text.read(decode(present))
    except (ConfigError, toml_text.TomlTextError, json_text.JsonTextError):
        in_config = False
    if in_config and not hooks.exists():
        return [InToml(config, "SessionEnd", group["hooks"][0])]
    return [InJson(hooks, ("hooks", "SessionEnd"), group)]


def _gemini(place: Place) -> list[Target]:
    path = place.home / ".gemini" / "settings.json"
    hook = {"name": "hansei", "type": "command", "command": place.command("gemini-cli")}
    item = {"matcher": "*", "hooks": [{**hook, "timeout": 10_000}]}
    return [InJson(path, ("hooks", "SessionEnd"), item)]


def _qwen(place: Place) -> list[Target]:
    path = place.home / ".qwen" / "settings.json"
    return [InJson(path, ("hooks", "SessionEnd"), _group(place, "qwen-code", name="hansei"))]


def _copilot(place: Place) -> list[Target]:
    path = place.folder("COPILOT_HOME", ".copilot") / "hooks" / "hansei.json"
    command = place.command("copilot-cli")
    item = {"type": "command", "bash": command, "powershell": command, "timeoutSec": 10}
    return [InJson(path, ("hooks", "sessionEnd"), item, (("version", 1),))]


def _cursor(place: Place) -> list[Target]:
    path = place.home / ".cursor" / "hooks.json"
    item = {"command": place.command("cursor")}
    return [InJson(path, ("hooks", "sessionEnd"), item, (("version", 1),))]


def _droid(place: Place) -> list[Target]:
    path = place.home / ".factory" / "settings.json"
    return [InJson(path, ("hooks", "SessionEnd"), _group(place, "droid", timeout=10))]


def _goose(place: Place) -> list[Target]:
    folder = place.home / ".agents" / "plugins" / "hansei"
    about = {"name": "hansei", "version": "1.0.0", "description": OWN}
    hooks = {"hooks": {"SessionEnd": [_group(place, "goose", timeout=10)]}}
    return [
        OwnFile(folder / "hooks" / "hooks.json", json.dumps(hooks, indent=2) + "\n"),
        OwnFile(folder / "plugin.json", json.dumps(about, indent=2) + "\n"),
    ]


def _cline(place: Place) -> list[Target]:
    folder = place.home / "Documents" / "Cline" / "Hooks"
    answer = "printf '{\"cancel\": false}\\n'"  # Cline waits for one
    script = f"#!/bin/sh\n# {OWN}\n{place.command('cline')} 2>/dev/null\n{answer}\n"
    return [
        OwnFile(folder / name, script, executable=True) for name in ("TaskComplete", "TaskCancel")
    ]


_OPENCODE: Final = """\
// %s
import { spawn } from "node:child_process"

const COMMAND = %s

export const Hansei = async ({ directory }) => ({
  event: async ({ event }) => {
    if (event.type !== "session.idle") return
    try {
      const options = { stdio: ["pipe", "ignore", "ignore"], detached: true }
      const child = spawn(COMMAND[0], COMMAND.slice(1), options)
      child.on("error", () => {})
      child.stdin.on("error", () => {})
      child.stdin.end(JSON.stringify({
        session_id: event.properties?.sessionID,
        cwd: directory,
        hook_event_name: event.type,
      }))
      child.unref()
    } catch {}
  },
})
"""


def _opencode(place: Place) -> list[Target]:
    root = place.folder("XDG_CONFIG_HOME", ".config") / "opencode"
    folder = root / "plugins" if (root / "plugins").is_dir() else root / "plugin"
    content = _OPENCODE % (OWN, json.dumps(place.words("opencode")))
    return [OwnFile(folder / "hansei.js", content)]


_TARGETS: Final = {
    "claude-code": _claude,
    "codex": _codex,
    "gemini": _gemini,
    "qwen": _qwen,
    "copilot": _copilot,
    "cursor": _cursor,
    "droid": _droid,
    "goose": _goose,
    "cline": _cline,
    "opencode": _opencode,
}
