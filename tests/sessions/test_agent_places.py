"""Where each agent's logs are looked for: by platform, by variable, by the settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from hansei_core.settings import SourcesSettings
from hansei_sessions.files import find_named
from hansei_sessions.readers import FORMATS, roots
from hansei_sessions.readers.places import application_data, editor_storages, project_folders
from hansei_sessions.sources import VARIABLES, Source, folders, worth_naming

HOME = Path("/home/ada")
BY_AGENT = {one.agent: one for one in FORMATS}


def test_every_agent_has_a_name_and_a_setting() -> None:
    """A user of an agent could not name a folder of its logs."""
    agents = [one.agent for one in FORMATS]
    assert len(set(agents)) == len(agents) == 23
    keys = set(SourcesSettings.__dataclass_fields__) - {"exclude_projects", "exclude_paths"}
    assert keys == {agent.replace("-", "_") for agent in agents}


@pytest.mark.parametrize(
    ("agent", "environ", "root"),
    [
        ("gemini-cli", {}, ".gemini"),
        ("gemini-cli", {"GEMINI_CLI_HOME": "/g"}, "/g/.gemini"),
        ("copilot-cli", {}, ".copilot"),
        ("copilot-cli", {"COPILOT_HOME": "~/c"}, "c"),
        ("copilot-chat", {}, ".vscode-server/data/User/workspaceStorage"),
        ("copilot-chat", {}, ".vscode-server/data/User/globalStorage/emptyWindowChatSessions"),
        ("qwen-code", {}, ".qwen"),
        ("qwen-code", {"QWEN_HOME": "/q"}, "/q"),
        ("opencode", {}, ".local/share/opencode"),
        ("opencode", {"XDG_DATA_HOME": "/d"}, "/d/opencode"),
        ("opencode", {"OPENCODE_DB": "/o/mine.db"}, "/o/mine.db"),
        ("opencode", {"OPENCODE_DB": "mine.db"}, ".local/share/opencode/mine.db"),
        ("kilo-code", {}, ".local/share/kilo"),
        ("kilo-code", {"KILO_DB": "mine.db"}, ".local/share/kilo/mine.db"),
        ("goose", {"GOOSE_PATH_ROOT": "/g"}, "/g/data/sessions"),
        ("crush", {"CRUSH_GLOBAL_DATA": "/c"}, "/c"),
        ("continue-dev", {}, ".continue/sessions"),
        ("amp", {}, ".local/share/amp/threads"),
        ("openhands", {}, ".openhands"),
        ("kimi-code", {}, ".kimi-code"),
        ("kimi-code", {"KIMI_CODE_HOME": "/k"}, "/k"),
        ("kiro", {}, ".kiro"),
        ("droid", {}, ".factory"),
        ("droid", {"FACTORY_HOME_OVERRIDE": "/f"}, "/f/.factory"),
        ("cursor", {}, ".cursor"),
        ("cursor", {}, ".config/cursor"),
        ("cursor", {"XDG_CONFIG_HOME": "/x"}, "/x/cursor"),
        ("cursor", {"CURSOR_CONFIG_DIR": "~/cc"}, "cc"),
        ("cursor", {"CURSOR_DATA_DIR": "/d"}, "/d"),
        ("pi", {}, ".pi/agent/sessions"),
        ("pi", {"PI_CODING_AGENT_DIR": "~/p"}, "p/sessions"),
        ("pi", {"PI_CODING_AGENT_SESSION_DIR": "/s"}, "/s"),
        ("swe-agent", {"SWE_AGENT_TRAJECTORY_DIR": "/t"}, "/t"),
        ("aider", {"AIDER_CHAT_HISTORY_FILE": "/x/h.md"}, "/x/h.md"),
        ("cline", {"CLINE_DIR": "/c"}, "/c/data"),
        ("cline", {"CLINE_DATA_DIR": "/c"}, "/c"),
    ],
)
def test_places(agent: str, environ: dict[str, str], root: str) -> None:
    """An agent's own variable that is ignored, or a default place that is not its."""
    assert HOME / root in BY_AGENT[agent].roots(environ, HOME)


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    names: ClassVar[set[str]] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def test_every_variable_is_known() -> None:
    """Samples would be mixed with the logs of a user who keeps them elsewhere."""
    for form in FORMATS:
        form.roots(Asked(), HOME)
    for platform in ("linux", "darwin", "win32"):
        application_data(Asked(), HOME, platform)
        roots.crush(Asked(), HOME, platform)
        roots.goose(Asked(), HOME, platform)
    assert Asked.names <= VARIABLES
    assert len(Asked.names) > 15


def test_places_by_platform() -> None:
    """On macOS or Windows nothing would be found."""
    assert application_data({}, HOME, "linux") == (HOME / ".config",)
    assert application_data({}, HOME, "darwin") == (HOME / "Library" / "Application Support",)
    assert application_data({}, HOME, "win32") == (HOME / "AppData/Roaming",)
    roaming = {"APPDATA": "/roaming"}
    assert application_data(roaming, HOME, "win32") == (Path("/roaming"),)
    assert roots.goose(roaming, HOME, "win32") == (Path("/roaming/Block/goose/data/sessions"),)
    assert roots.goose({}, HOME, "darwin") == (HOME / ".local/share/goose/sessions",)
    assert roots.crush({"LOCALAPPDATA": "/local"}, HOME, "win32") == (Path("/local/crush"),)
    assert roots.crush({}, HOME, "linux") == (HOME / ".local/share/crush",)
    storages = editor_storages({}, HOME, "x.y", "darwin")
    assert HOME / "Library/Application Support/Cursor/User/globalStorage/x.y" in storages
    assert HOME / ".vscode-server/data/User/globalStorage/x.y" in storages
    assert HOME / ".local/share/code-server/User/globalStorage/x.y" in storages
    assert HOME / "Library/Application Support/Antigravity/User/globalStorage/x.y" in storages


@pytest.mark.parametrize(
    ("agent", "variable", "name"),
    [("claude-code", "CLAUDE_CONFIG_DIR", "ClaudeAgentConfig"), ("codex", "CODEX_HOME", "codex")],
)
def test_agents_in_xcode(
    agent: str, variable: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that an agent did in Xcode, which gives it a home of its own, would be missing."""
    folder = HOME / "Library/Developer/Xcode/CodingAssistant" / name
    for environ in ({}, {variable: "/named"}):
        monkeypatch.setattr(sys, "platform", "darwin")
        roots = BY_AGENT[agent].roots(environ, HOME)
        assert roots[-1] == folder
        monkeypatch.setattr(sys, "platform", "linux")
        assert BY_AGENT[agent].roots(environ, HOME) == roots[:-1]


def test_logs_of_projects_are_found_in_bounds(tmp_path: Path) -> None:
    """A look for logs in projects would go through all of a user's files, or out of them."""
    for inside in ("a", "org/b", "org/deep/deeper", ".hidden", "node_modules/x"):
        folder = tmp_path / "code" / inside
        folder.mkdir(parents=True)
        (folder / ".aider.chat.history.md").write_text("x", encoding="utf-8")
    (tmp_path / "code" / "loop").symlink_to(tmp_path / "code")
    root = tmp_path / "code"
    found = [
        str(Path(one).parent.relative_to(root))
        for one in find_named(root, ".aider.chat.history.md")
    ]
    assert found == ["a", "org/b"]
    assert root in project_folders(tmp_path)


def test_which_sources_are_worth_naming(tmp_path: Path) -> None:
    """A list of sources would be fifty folders that the user does not have."""
    sources = [Source(one, root) for one in FORMATS for root in one.roots({}, tmp_path)]
    assert {one.agent for one in worth_naming(sources)} == {"claude-code", "codex"}
    (tmp_path / ".qwen").mkdir()
    assert [one.agent for one in worth_naming(sources)] == ["qwen-code"]
    assert tmp_path / ".qwen" in folders(sources)
