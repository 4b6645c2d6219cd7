"""Where agents' logs lie here: the default places, the agents' variables, extra roots."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hansei_sessions.readers.base import Format

VARIABLES: Final = frozenset(
    {
        *("AIDER_CHAT_HISTORY_FILE", "APPDATA", "CLAUDE_CONFIG_DIR", "CLINE_DATA_DIR"),
        *("CLINE_DIR", "CLINE_SESSION_DATA_DIR", "CODEX_HOME", "CONTINUE_GLOBAL_DIR"),
        *("COPILOT_HOME", "CRUSH_GLOBAL_DATA", "CURSOR_CONFIG_DIR", "CURSOR_DATA_DIR"),
        *("FACTORY_HOME_OVERRIDE", "GEMINI_CLI_HOME", "GOOSE_PATH_ROOT", "KILO_DB"),
        *("KIMI_CODE_HOME",),
        *("LOCALAPPDATA", "OPENCODE_DB", "OPENHANDS_PERSISTENCE_DIR", "QWEN_HOME"),
        *("PI_CODING_AGENT_DIR", "PI_CODING_AGENT_SESSION_DIR"),
        *("QWEN_RUNTIME_DIR", "SWE_AGENT_TRAJECTORY_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"),
    }
)
"""What can lead to logs outside of the home: samples are looked at without any of these."""


@dataclass(frozen=True, slots=True)
class Source:
    """One folder in which one agent's logs are looked for."""

    format: Format
    root: Path
    """Absolute; existing or not."""
    extra: bool = False
    """Named in the settings, not found by default: its absence is worth a word."""

    @property
    def agent(self) -> str:
        """The agent whose logs these are."""
        return self.format.agent


def discover(
    formats: Iterable[Format],
    environ: Mapping[str, str],
    home: Path,
    extra_roots: Mapping[str, Collection[str | Path]] | None = None,
) -> tuple[Source, ...]:
    """Return where to look, each folder of an agent once.

    Args:
        formats: The registry `readers.FORMATS`.
        environ: For `CLAUDE_CONFIG_DIR`, `CODEX_HOME` and their like.
        home: The user's home.
        extra_roots: More folders by agent (`claude-code`); `~` and relative paths start at home.

    Returns:
        Sources in the order of the registry; folders need not exist.
    """
    found: list[Source] = []
    seen: set[tuple[str, str]] = set()
    for entry in formats:
        extras = (extra_roots or {}).get(entry.agent, ())
        places = [(root, False) for root in entry.roots(environ, home)]
        places += [(_absolute(root, home), True) for root in extras]
        for root, extra in places:
            key = (entry.agent, os.path.realpath(root))
            if key not in seen:
                seen.add(key)
                found.append(Source(entry, root, extra))
    return tuple(found)


def folders(sources: Iterable[Source]) -> tuple[Path, ...]:
    """Return every folder in which logs may lie: the sources' own, and those that they name."""
    found = [each for one in sources for each in (one.root, *one.format.beyond(one.root))]
    return tuple(dict.fromkeys(found))


def worth_naming(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Return the sources that a user has use for in a list.

    Those whose folders exist and those that the user named; where there is none, the folders of
    the two agents that stand first in the registry.
    """
    found = tuple(one for one in sources if one.extra or one.root.exists())
    if found:
        return found
    agents = tuple(dict.fromkeys(one.agent for one in sources))[:2]
    return tuple(one for one in sources if one.agent in agents)


def _absolute(path: str | Path, home: Path) -> Path:
    parts = Path(path).parts
    if parts[:1] == ("~",):
        return home.joinpath(*parts[1:])
    return home / path
