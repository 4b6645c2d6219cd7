"""The folders in which each agent's logs are looked for, existing or not.

They are asked for before it is known which agents are used here: nothing of a reader is loaded.
Each function takes the environment and the user's home; nothing is looked up on the disk.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hansei_sessions.readers.places import (
    application_data,
    data_home,
    editor_storages,
    expanded,
    home_of,
    project_folders,
    xcode_folder,
)

AIDER_FILE: Final = ".aider.chat.history.md"
CLINE_EXTENSION: Final = "saoudrizwan.claude-dev"
ROO_EXTENSION: Final = "rooveterinaryinc.roo-cline"
KILO_EXTENSION: Final = "kilocode.kilo-code"
EMPTY_WINDOW: Final = "emptyWindowChatSessions"
"""The folder of Copilot's chats of windows without a workspace."""
KIRO_IDE: Final = "kiro.kiroagent"
"""The folder of Kiro's older IDE."""
_COPILOT_EDITORS: Final = ("Code", "Code - Insiders", "VSCodium")
_COPILOT_SERVERS: Final = (".vscode-server", ".vscode-server-insiders")


def aider(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$AIDER_CHAT_HISTORY_FILE`, the home's history, and where projects usually lie."""
    named = environ.get("AIDER_CHAT_HISTORY_FILE", "").strip()
    first = (expanded(named, home),) if named else ()
    return (*first, home / AIDER_FILE, *project_folders(home))


def amp(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `amp/threads` in the folder for data, which is the same on every platform."""
    return (data_home(environ, home) / "amp" / "threads",)


def claude_code(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$CLAUDE_CONFIG_DIR` (several separated by commas), else the default folders."""
    named = [part.strip() for part in environ.get("CLAUDE_CONFIG_DIR", "").split(",")]
    xcode = xcode_folder(home, "ClaudeAgentConfig")
    if any(named):
        return (*(_absolute(part, home) for part in named if part), *xcode)
    return (home / ".claude", home / ".config" / "claude", *xcode)


def _absolute(path: str, home: Path) -> Path:
    if path == "~" or path.startswith(("~/", "~\\")):
        return home / path[2:]
    return Path(path).absolute()


def cline(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the folders of Cline's extension and of its SDK."""
    return tasks(environ, home, CLINE_EXTENSION, has_sdk=True)


def roo_code(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the folders of Roo Code's extension."""
    return tasks(environ, home, ROO_EXTENSION)


def tasks(
    environ: Mapping[str, str], home: Path, extension: str, *, has_sdk: bool = False
) -> tuple[Path, ...]:
    """Return the folders of Cline's extension or of its kin's.

    Args:
        environ: For `CLINE_DIR`, `CLINE_DATA_DIR` and `CLINE_SESSION_DATA_DIR`.
        home: The user's home.
        extension: Its id.
        has_sdk: With `$CLINE_DATA_DIR` or `~/.cline/data`.
    """
    folders = editor_storages(environ, home, extension)
    if not has_sdk:
        return folders
    base = home_of(environ, home, "CLINE_DIR", ".cline") / "data"
    data = home_of(environ, home, "CLINE_DATA_DIR", str(base))
    return (*folders, data, home_of(environ, home, "CLINE_SESSION_DATA_DIR", str(data)))


def codex(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$CODEX_HOME`, else `~/.codex`, and the home of the one in Xcode."""
    return (home_of(environ, home, "CODEX_HOME", ".codex"), *xcode_folder(home, "codex"))


def continue_dev(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `sessions` beneath `$CONTINUE_GLOBAL_DIR` or `~/.continue`."""
    return (home_of(environ, home, "CONTINUE_GLOBAL_DIR", ".continue") / "sessions",)


def copilot(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$COPILOT_HOME`, else `~/.copilot`."""
    return (home_of(environ, home, "COPILOT_HOME", ".copilot"),)


def copilot_chat(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the two folders of each editor with which Copilot Chat works."""
    bases = application_data(environ, home)
    users = [
        *(base / one / "User" for base in bases for one in _COPILOT_EDITORS),
        *(home / one / "data" / "User" for one in _COPILOT_SERVERS),
    ]
    return tuple(
        folder
        for user in users
        for folder in (user / "workspaceStorage", user / "globalStorage" / EMPTY_WINDOW)
    )


def crush(environ: Mapping[str, str], home: Path, platform: str = "") -> tuple[Path, ...]:
    """Return the folder of the registry: `$CRUSH_GLOBAL_DATA`, else the platform's place.

    Args:
        environ: For `CRUSH_GLOBAL_DATA`, `XDG_DATA_HOME` and `LOCALAPPDATA`.
        home: The user's home.
        platform: As `sys.platform`, which an empty one stands for.
    """
    if environ.get("CRUSH_GLOBAL_DATA", "").strip():
        return (home_of(environ, home, "CRUSH_GLOBAL_DATA", ""),)
    if (platform or sys.platform) == "win32" and not environ.get("XDG_DATA_HOME", "").strip():
        return (home_of(environ, home, "LOCALAPPDATA", "AppData/Local") / "crush",)
    return (data_home(environ, home) / "crush",)


def cursor(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the homes of the command line, and where the editor keeps its database."""
    named = ("CURSOR_CONFIG_DIR", "CURSOR_DATA_DIR")
    return (
        home / ".cursor",
        *(home_of(environ, home, one, "") for one in named if environ.get(one, "").strip()),
        home_of(environ, home, "XDG_CONFIG_HOME", ".config") / "cursor",
        *(one / "Cursor" / "User" / "globalStorage" for one in application_data(environ, home)),
    )


def droid(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `.factory` in the home, or in the one that `$FACTORY_HOME_OVERRIDE` names."""
    return (home_of(environ, home, "FACTORY_HOME_OVERRIDE", "") / ".factory",)


def gemini(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `.gemini` beneath `$GEMINI_CLI_HOME` or the home."""
    return (home_of(environ, home, "GEMINI_CLI_HOME", "") / ".gemini",)


def goose(environ: Mapping[str, str], home: Path, platform: str = "") -> tuple[Path, ...]:
    """Return `$GOOSE_PATH_ROOT/data/sessions`, else the platform's place.

    On Windows that is with the roaming data.

    Args:
        environ: For `GOOSE_PATH_ROOT`, `APPDATA` and `XDG_DATA_HOME`.
        home: The user's home.
        platform: As `sys.platform`, which an empty one stands for.
    """
    platform = platform or sys.platform
    if environ.get("GOOSE_PATH_ROOT", "").strip():
        return (home_of(environ, home, "GOOSE_PATH_ROOT", "") / "data" / "sessions",)
    if platform == "win32":
        base = application_data(environ, home, platform)[0] / "Block" / "goose" / "data"
    else:
        base = data_home(environ, home) / "goose"
    return (base / "sessions",)


def kilo(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `kilo` in the folder for data, `$KILO_DB` and the extension's folders."""
    return (
        *databases(environ, home, "kilo"),
        *tasks(environ, home, KILO_EXTENSION),
    )


def kimi(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$KIMI_CODE_HOME`, else `~/.kimi-code`."""
    return (home_of(environ, home, "KIMI_CODE_HOME", ".kimi-code"),)


def kiro(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `~/.kiro`, the folders of the database of before, and the older IDE's."""
    storage = Path("User") / "globalStorage" / KIRO_IDE
    return (
        home / ".kiro",
        *kiro_databases(environ, home, sys.platform),
        *(one / "Kiro" / storage for one in application_data(environ, home)),
        home / ".kiro-server" / "data" / storage,
    )


def kiro_databases(environ: Mapping[str, str], home: Path, platform: str) -> tuple[Path, ...]:
    """Return where Kiro's command line may have kept its database.

    Args:
        environ: For `XDG_DATA_HOME`, `LOCALAPPDATA` and `APPDATA`.
        home: The user's home.
        platform: As `sys.platform`.
    """
    if platform == "win32":
        local = home_of(environ, home, "LOCALAPPDATA", "AppData/Local")
        return (local / "kiro-cli", application_data(environ, home, platform)[0] / "kiro-cli")
    if platform == "darwin":
        return (application_data(environ, home, platform)[0] / "kiro-cli",)
    return (data_home(environ, home) / "kiro-cli",)


def opencode(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the folder in that for data, and the database that `$OPENCODE_DB` names."""
    return databases(environ, home, "opencode")


def databases(environ: Mapping[str, str], home: Path, program: str) -> tuple[Path, ...]:
    """Return the folder of OpenCode or its kin, which is the same on every platform.

    And the database that a variable names, where it is another than those in the folder.
    """
    folder = data_home(environ, home) / program
    named = environ.get(f"{program.upper()}_DB", "").strip()
    if named in {"", ":memory:"}:
        return (folder,)
    database = expanded(named, folder)
    is_usual = database.parent == folder and is_database_name(database.name, program)
    return (folder,) if is_usual else (folder, database)


def is_database_name(name: str, program: str) -> bool:
    """Tell whether a file in the folder of OpenCode, or of its kin, is a database by its name."""
    return name.startswith(("opencode", program)) and name.endswith(".db")


def openhands(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$OPENHANDS_PERSISTENCE_DIR`, else `~/.openhands`."""
    return (home_of(environ, home, "OPENHANDS_PERSISTENCE_DIR", ".openhands"),)


def pi(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$PI_CODING_AGENT_SESSION_DIR`, and `sessions` in its own folder."""
    own = home_of(environ, home, "PI_CODING_AGENT_DIR", ".pi/agent") / "sessions"
    return (home_of(environ, home, "PI_CODING_AGENT_SESSION_DIR", str(own)), own)


def qwen(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$QWEN_HOME`, else `~/.qwen`, and `$QWEN_RUNTIME_DIR` where it is set."""
    folder = home_of(environ, home, "QWEN_HOME", ".qwen")
    runtime = home_of(environ, home, "QWEN_RUNTIME_DIR", str(folder))
    return tuple(dict.fromkeys((folder, runtime)))


def specstory(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the folders in which projects usually lie."""
    del environ
    return project_folders(home)


def swe_agent(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return `$SWE_AGENT_TRAJECTORY_DIR` where it is set."""
    named = environ.get("SWE_AGENT_TRAJECTORY_DIR", "").strip()
    return (expanded(named, home),) if named else ()
