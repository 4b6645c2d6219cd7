"""Where programs keep their data, by platform and environment; nothing is looked up on the disk."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def expanded(named: str, home: Path) -> Path:
    """Return a folder as a user or a variable names it: `~` and relative ones start at home."""
    parts = Path(named).parts
    return home.joinpath(*parts[1:]) if parts[:1] == ("~",) else home / named


def home_of(environ: Mapping[str, str], home: Path, variable: str, default: str) -> Path:
    """Return the folder that a variable names, else the default beneath the home."""
    named = environ.get(variable, "").strip()
    return expanded(named or default, home)


def data_home(environ: Mapping[str, str], home: Path) -> Path:
    """Return `$XDG_DATA_HOME`, else `~/.local/share`, which some agents use on every platform."""
    return home_of(environ, home, "XDG_DATA_HOME", ".local/share")


def application_data(
    environ: Mapping[str, str], home: Path, platform: str = ""
) -> tuple[Path, ...]:
    """Return where desktop programs keep their data: one folder, by platform.

    Args:
        environ: For `XDG_CONFIG_HOME` and `APPDATA`.
        home: The user's home.
        platform: As `sys.platform`, which an empty one stands for.
    """
    platform = platform or sys.platform
    if platform == "darwin":
        return (home / "Library" / "Application Support",)
    if platform == "win32":
        return (home_of(environ, home, "APPDATA", "AppData/Roaming"),)
    return (home_of(environ, home, "XDG_CONFIG_HOME", ".config"),)


EDITORS = (
    *("Code", "Code - Insiders", "Code - OSS", "VSCodium", "Cursor", "Windsurf", "Windsurf - Next"),
    *("Antigravity", "Kiro", "Positron", "Trae"),
)
"""Editors of the VS Code family by the name of their folder."""

_SERVERS = (
    *(".vscode-server", ".vscode-server-insiders", ".vscodium-server", ".cursor-server"),
    *(".windsurf-server", ".kiro-server"),
)


def editor_storages(
    environ: Mapping[str, str], home: Path, extension: str, platform: str = ""
) -> tuple[Path, ...]:
    """Return where an extension of the VS Code family may keep its data, existing or not.

    Args:
        environ: As for `application_data`.
        home: The user's home.
        extension: Its id, such as `saoudrizwan.claude-dev`.
        platform: As for `application_data`.
    """
    local = [
        base / editor / "User" / "globalStorage" / extension
        for base in application_data(environ, home, platform)
        for editor in EDITORS
    ]
    remote = [home / server / "data" / "User" / "globalStorage" / extension for server in _SERVERS]
    in_browser = data_home(environ, home) / "code-server" / "User" / "globalStorage" / extension
    return (*local, *remote, in_browser)


def xcode_folder(home: Path, agent: str, platform: str = "") -> tuple[Path, ...]:
    """Return where Xcode keeps what is an agent's home elsewhere; nothing but on macOS.

    Args:
        home: The user's home.
        agent: The folder's name: `ClaudeAgentConfig`, `codex`.
        platform: As for `application_data`.
    """
    if (platform or sys.platform) != "darwin":
        return ()
    return (home / "Library" / "Developer" / "Xcode" / "CodingAssistant" / agent,)


_PROJECTS = (
    *("src", "code", "Code", "projects", "Projects", "dev", "Developer", "repos", "git"),
    *("work", "workspace"),
)


def project_folders(home: Path) -> tuple[Path, ...]:
    """Return the folders in which projects usually lie, existing or not.

    Some agents keep their logs in the projects and tell nobody; a user who has projects elsewhere
    names the folder in the settings.
    """
    return tuple(home / name for name in _PROJECTS)
