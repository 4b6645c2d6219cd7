"""All log formats. To add one: write a reader and its format, its folders in `roots`; name it here.

Nobody uses all agents, and readers bring many patterns: one is loaded when a folder of its agent
is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final, TypeAlias

from hansei_sessions.files import Opener
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Beside, Format, Reader

Roots: TypeAlias = Callable[[Mapping[str, str], Path], tuple[Path, ...]]
"""From the environment and the home to the folders in which logs are looked for."""


@dataclass(frozen=True, slots=True)
class Waiting(Format):
    """A format that is loaded when it is asked about something that exists."""

    agent: str
    where: Roots
    place: str
    """The format's module in this package, a colon, and its name there."""

    def loaded(self) -> Format:
        """Return the format itself."""
        return _load(self.place)

    def roots(self, environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return the folders to look in, existing or not."""
        return self.where(environ, home)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the log files under a root."""
        return self.loaded().logs(root, on_error) if _may_exist(root) else ()

    def unread(self, root: Path) -> Iterable[tuple[Path, str]]:
        """Yield logs under a root that cannot be read, each with the reason."""
        return self.loaded().unread(root) if _may_exist(root) else ()

    def beyond(self, root: Path) -> tuple[Path, ...]:
        """Return folders outside of a root in which logs lie that the root names."""
        return self.loaded().beyond(root) if _may_exist(root) else ()

    def tells_project(self, log: str, project: str) -> bool:
        """Tell whether a log's path alone shows that it belongs to a project."""
        return self.loaded().tells_project(log, project)

    def reader_of(self, log: str) -> Reader:
        """Return the reader for a log."""
        return self.loaded().reader_of(log)

    def rank_of(self, log: str) -> int:
        """Return how far a log is from the original."""
        return self.loaded().rank_of(log)

    def beside(self, log: str, opener: Opener) -> Beside | None:
        """Return what files beside a log say of its session."""
        return self.loaded().beside(log, opener)

    def status(self, log: str) -> os.stat_result:
        """Return the `stat` of a log by which a change is seen."""
        return self.loaded().status(log)


@cache
def _load(place: str) -> Format:
    module, _, name = place.partition(":")
    found: Format = getattr(import_module(f"hansei_sessions.readers.{module}"), name)
    return found


def _may_exist(root: Path) -> bool:
    """Tell whether a folder is there, also where that cannot be known: its format tells why."""
    try:
        root.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


FORMATS: Final[tuple[Format, ...]] = (
    Waiting("claude-code", roots.claude_code, "claude_code:CLAUDE_CODE"),
    Waiting("codex", roots.codex, "codex_format:CODEX"),
    Waiting("gemini-cli", roots.gemini, "gemini_format:GEMINI"),
    Waiting("opencode", roots.opencode, "opencode_format:OPENCODE"),
    Waiting("aider", roots.aider, "aider:AIDER"),
    Waiting("copilot-cli", roots.copilot, "copilot:COPILOT"),
    Waiting("copilot-chat", roots.copilot_chat, "copilot_chat:COPILOT_CHAT"),
    Waiting("qwen-code", roots.qwen, "qwen:QWEN"),
    Waiting("goose", roots.goose, "goose:GOOSE"),
    Waiting("cline", roots.cline, "cline_format:CLINE"),
    Waiting("roo-code", roots.roo_code, "cline_format:ROO_CODE"),
    Waiting("kilo-code", roots.kilo, "kilo:KILO"),
    Waiting("crush", roots.crush, "crush:CRUSH"),
    Waiting("continue-dev", roots.continue_dev, "continue_dev:CONTINUE"),
    Waiting("amp", roots.amp, "amp:AMP"),
    Waiting("openhands", roots.openhands, "openhands:OPENHANDS"),
    Waiting("kimi-code", roots.kimi, "kimi:KIMI"),
    Waiting("kiro", roots.kiro, "kiro:KIRO"),
    Waiting("droid", roots.droid, "droid:DROID"),
    Waiting("cursor", roots.cursor, "cursor:CURSOR"),
    Waiting("pi", roots.pi, "pi:PI"),
    Waiting("swe-agent", roots.swe_agent, "swe_agent:SWE_AGENT"),
    Waiting("specstory", roots.specstory, "specstory:SPECSTORY"),
)
"""Every log format that hansei reads, in the order in which their logs are looked for."""
