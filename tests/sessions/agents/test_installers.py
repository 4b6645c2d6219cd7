"""Hooks in agents' own configurations: nothing is lost, and removing brings back every byte."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_sessions.agents import changes, installers
from hansei_sessions.agents.installers import AGENTS, Place, install, status, uninstall
from hansei_sessions.errors import ConfigError, UsageError
from hansei_sessions.readers import FORMATS

PROGRAM = ("/home/sam/my tools/hansei-hook",)
CLAUDE = """\
{
  "$schema": "https://json.schemastore.org/claude-code-settings.json",
  "model": "opus",
  "env": {"ANTHROPIC_LOG": "debug"},
  "permissions": {
    "allow": ["Bash(make test:*)", "Read(~/src/**)"],
    "deny": []
  },
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "guard.sh \\"$X\\" // no"}]}
    ],
    "SessionEnd": [
      {
        "matcher": "logout",
        "hooks": [
          {
            "type": "command",
            "command": "other-tool flush",
            "timeout": 20
          }
        ]
      }
    ]
  },
  "statusLine": {"type": "command", "command": "~/bin/line"},
  "somethingNew": {"deep": [1, 2.50, null, true, "\\u00e9 \U0001f600"]}
}
"""
LAYOUTS = {
    "realistic": CLAUDE,
    "tabs": '{\n\t"a": 1,\n\t"hooks": {\n\t\t"Stop": [\n\t\t\t{"hooks": []}\n\t\t]\n\t}\n}\n',
    "four": '{\n    "hooks": {\n        "SessionEnd": []\n    },\n    "z": 1\n}',
    "crlf": '{\r\n  "model": "x",\r\n  "hooks": {\r\n  }\r\n}\r\n',
    "one-line": '{"model":"x","hooks":{"SessionEnd":[{"hooks":[{"command":"a"}]}]}}',
    "empty": "{}",
    "airy": "{\n\n}\n\n",
    "odd": '  {"a" :1 ,\n"hooks"\n:\n{ "SessionEnd" :[ ] } , "b":  [ ]}  ',
    "no-bytes": "",
    "blank": "\n",
    "first": '{"hooks": {"SessionEnd": [\n{"hooks": [{"command": "a"}]},\n{"hooks": []}\n]}}',
    "brackets": '{\n  "a": "}{][,:\\"\\\\",\n  "hooks": {"x": "]}"}\n}\n',
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a home without any configuration."""
    return Place({}, tmp_path, PROGRAM, tmp_path / "hansei data" / "ended.jsonl")


def make(found: tuple[changes.Change, ...]) -> None:
    for change in found:
        changes.apply(change)


def put(path: Path, text: str) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return text.encode()


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def commands(value: Any) -> list[str]:
    """Return every command in a configuration, in order."""
    if isinstance(value, dict):
        own = [each for key, each in value.items() if key in {"command", "bash"}]
        rest = [each for item in value.values() for each in commands(item)]
        return [each for each in own if isinstance(each, str)] + rest
    return [each for item in value for each in commands(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("agent", AGENTS)
def test_a_new_hook_comes_and_goes(agent: str, place: Place, tmp_path: Path) -> None:
    """An agent without any configuration would be left with litter, or without a hook."""
    assert status(agent, place).state == "missing"
    make(install(agent, place))
    assert status(agent, place).state == "installed"
    assert install(agent, place) == ()
    text = b"".join(files(tmp_path).values()).decode()
    assert "hansei-hook" in text
    assert "ended.jsonl" in text
    make(uninstall(agent, place))
    assert files(tmp_path) == {}
    assert uninstall(agent, place) == ()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("agent", ["claude-code", "gemini", "qwen", "droid", "cursor", "codex"])
def test_every_layout_keeps_its_bytes(
    agent: str, layout: str, place: Place, tmp_path: Path
) -> None:
    """Someone's settings would be wiped, reordered or reformatted for the sake of one hook."""
    path = status(agent, place).path
    before = put(path, LAYOUTS[layout])
    old = json.loads(before) if before.strip() else {}
    make(install(agent, place))
    new = json.loads(path.read_bytes())
    assert place.command(AGENTS[agent].reader) in commands(new)
    assert [each for each in commands(new) if "hansei-hook" not in each] == commands(old)
    for key, value in old.items():
        if key != "hooks":
            assert new[key] == value
    assert install(agent, place) == ()
    make(uninstall(agent, place))
    assert path.read_bytes() == before
    assert set(files(tmp_path)) == {str(path.relative_to(tmp_path))}


def test_others_changes_since_stay(place: Place) -> None:
    """What the agent wrote into its settings after the hook came would be undone with it."""
    path = status("claude-code", place).path
    put(path, CLAUDE)
    make(install("claude-code", place))
    path.write_text(path.read_text().replace('"opus"', '"sonnet"'))
    make(uninstall("claude-code", place))
    assert path.read_text() == CLAUDE.replace('"opus"', '"sonnet"')


def test_an_older_hook_is_replaced(place: Place, tmp_path: Path) -> None:
    """After a move of hansei's folder two hooks would run, one of them into nowhere."""
    path = status("claude-code", place).path
    put(path, CLAUDE)
    make(install("claude-code", place))
    moved = Place({}, place.home, ("/new/hansei-hook",), tmp_path / "elsewhere.jsonl")
    assert status("claude-code", moved).state == "outdated"
    make(install("claude-code", moved))
    ours = [each for each in commands(json.loads(path.read_bytes())) if "hansei-hook" in each]
    assert ours == [moved.command("claude-code")]
    make(uninstall("claude-code", moved))
    assert path.read_text() == CLAUDE


def test_a_hook_that_was_dropped_is_told(place: Place) -> None:
    """A running agent that writes its old settings back would end the hook unnoticed."""
    path = status("claude-code", place).path
    put(path, CLAUDE)
    make(install("claude-code", place))
    path.write_text(CLAUDE)
    assert status("claude-code", place).state == "dropped"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{\n  // mine\n  "model": "x"\n}', "comments"),
        ('{"a": 1, /* no */ "b": 2}', "not valid JSON"),
        ('{"hooks": {}, "hooks": {"Stop": []}}', "twice"),
        ('{"a": 1,}', "not valid JSON"),
        ('{"a": NaN}', "NaN"),
        ("[1, 2]", "object"),
        ('{"hooks": []}', "not an object"),
        ('{"hooks": {"SessionEnd": {"a": 1}}}', "not a list"),
        ("[" * 100_000, "nested"),
        ('\ufeff{"a": 1}', "not valid JSON"),
    ],
    ids=["comment", "block", "twice", "comma", "nan", "list", "hooks", "event", "deep", "bom"],
)
def test_what_cannot_be_read_is_refused(text: str, why: str, place: Place, tmp_path: Path) -> None:
    """A file that hansei misreads would be written back without what it misread."""
    path = status("claude-code", place).path
    before = put(path, text)
    with pytest.raises(ConfigError) as caught:
        install("claude-code", place)
    assert why in caught.value.message
    assert "hansei-hook" in caught.value.hint  # the snippet to paste
    assert files(tmp_path) == {str(path.relative_to(tmp_path)): before}
    assert status("claude-code", place).state == "unreadable"


@pytest.mark.parametrize(
    "text",
    [
        '[hooks]\nSessionEnd = "mine"\n',
        "[hooks]\nSessionEnd = 3\n",
        "[[hooks]]\nname = 'mine'\n",
    ],
    ids=["text", "number", "list"],
)
def test_toml_with_something_else_in_the_place_is_refused(
    text: str, place: Place, tmp_path: Path
) -> None:
    """What stands in the hook's place would end in a traceback, or in a sentence about Python."""
    path = place.home / ".codex" / "config.toml"
    before = put(path, text)
    with pytest.raises(ConfigError) as caught:
        install("codex", place)
    assert "something else stands" in caught.value.message
    assert "hansei-hook" in caught.value.hint
    assert files(tmp_path) == {str(path.relative_to(tmp_path)): before}


def test_latin_1_is_refused(place: Place) -> None:
    """Umlauts in somebody's settings would be replaced."""
    path = status("claude-code", place).path
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"name": "M\xfcller"}')
    with pytest.raises(ConfigError, match="UTF-8"):
        install("claude-code", place)


def test_a_change_meanwhile_is_not_overwritten(place: Place) -> None:
    """What the agent saves between look and write would be lost."""
    path = status("claude-code", place).path
    put(path, CLAUDE)
    found = install("claude-code", place)
    path.write_text('{"other": true}')
    with pytest.raises(ConfigError, match="changed by another program"):
        make(found)
    assert json.loads(path.read_bytes()) == {"other": True}
    assert not list(path.parent.glob(".*.tmp"))


def test_a_link_stays_a_link(place: Place, tmp_path: Path) -> None:
    """Settings in a repository of dotfiles would be torn out of it."""
    real = tmp_path / "dotfiles" / "claude.json"
    put(real, CLAUDE)
    path = status("claude-code", place).path
    path.parent.mkdir(parents=True)
    path.symlink_to(real)
    real.chmod(0o640)
    make(install("claude-code", place))
    assert path.is_symlink()
    assert "hansei-hook" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
    make(uninstall("claude-code", place))
    assert real.read_text() == CLAUDE
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="points to nothing"):
        install("claude-code", place)


def test_read_only_is_respected(place: Place) -> None:
    """A file that its owner protected would be replaced all the same."""
    path = status("claude-code", place).path
    put(path, CLAUDE)
    path.chmod(0o444)
    with pytest.raises(ConfigError, match="read-only"):
        make(install("claude-code", place))
    assert path.read_text() == CLAUDE


def test_new_files_are_private(place: Place) -> None:
    """Settings with a user's keys in them would be readable by everybody."""
    path = status("claude-code", place).path
    put(path, CLAUDE)
    path.chmod(0o600)
    make(install("claude-code", place))
    backup = path.with_name("settings.json.hansei-backup")
    assert backup.read_text() == CLAUDE
    assert [each.stat().st_mode & 0o777 for each in (path, backup)] == [0o600, 0o600]


def test_a_shared_group_is_left_to_its_owner(place: Place) -> None:
    """Removing hansei's hook would take another tool's hook with it."""
    path = status("claude-code", place).path
    make(install("claude-code", place))
    value = json.loads(path.read_bytes())
    value["hooks"]["SessionEnd"][0]["hooks"].append({"type": "command", "command": "mine"})
    path.write_text(json.dumps(value))
    with pytest.raises(ConfigError, match="shares a group"):
        uninstall("claude-code", place)


def test_codex_keeps_its_comments(place: Place) -> None:
    """Hooks in config.toml would cost the user every comment in it."""
    path = place.home / ".codex" / "config.toml"
    text = (
        "# my settings\nmodel = 'o3'   # fast\n\n[hooks]  # two of them\n\n[[hooks.Stop]]\n"
        "hooks = [{ type = 'command', command = 'notify' }]\n\n[mcp_servers.x]\nargs = [ 'a' ]\n"
    )
    before = put(path, text)
    make(install("codex", place))
    found = tomllib.loads(path.read_text())
    assert found["hooks"]["SessionEnd"][0]["hooks"][0]["command"] == place.command("codex")
    assert path.read_bytes().startswith(before)
    assert install("codex", place) == ()
    assert not (place.home / ".codex" / "hooks.json").exists()
    path.write_text(path.read_text().replace("'o3'", "'o4'"))
    make(uninstall("codex", place))
    assert path.read_text() == text.replace("'o3'", "'o4'")


def test_codex_takes_an_inline_list(place: Place) -> None:
    """A layout that a table at the end cannot extend would be refused or broken."""
    path = place.home / ".codex" / "config.toml"
    text = "[hooks]\nSessionEnd = [{hooks = [{type = 'command', command = 'mine'}]}] # mine\n"
    before = put(path, text)
    make(install("codex", place))
    groups = tomllib.loads(path.read_text())["hooks"]["SessionEnd"]
    assert len(groups) == 2
    assert "# mine" in path.read_text()
    make(uninstall("codex", place))
    assert path.read_bytes() == before


def test_codex_without_hooks_in_its_config_gets_a_file_of_its_own(place: Place) -> None:
    """A user's config.toml would be touched without need."""
    before = put(place.home / ".codex" / "config.toml", "model = 'o3'\n")
    make(install("codex", place))
    assert (place.home / ".codex" / "config.toml").read_bytes() == before
    assert (place.home / ".codex" / "hooks.json").exists()


def test_variables_name_other_folders(tmp_path: Path) -> None:
    """The hook would be put where the agent never looks."""
    environ = {"CLAUDE_CONFIG_DIR": "/c", "CODEX_HOME": "/d", "COPILOT_HOME": "relative"}
    place = Place(environ, tmp_path, PROGRAM, tmp_path / "q")
    assert status("claude-code", place).path == Path("/c/settings.json")
    assert status("codex", place).path == Path("/d/hooks.json")
    assert status("copilot", place).path == tmp_path / ".copilot" / "hooks" / "hansei.json"


def test_somebody_elses_script_is_left_alone(place: Place) -> None:
    """A Cline hook that the user wrote would be overwritten."""
    path = place.home / "Documents" / "Cline" / "Hooks" / "TaskComplete"
    put(path, "#!/bin/sh\necho mine\n")
    with pytest.raises(ConfigError, match="somebody else's"):
        install("cline", place)
    assert path.read_text() == "#!/bin/sh\necho mine\n"


def test_the_cline_script_runs(tmp_path: Path) -> None:
    """Cline would wait for an answer that never comes, or get none that it understands."""
    seen = tmp_path / "seen"
    program = tmp_path / "hansei-hook"
    program.write_text(f"#!/bin/sh\necho \"$@\" > '{seen}'\n")
    program.chmod(0o700)
    place = Place({}, tmp_path, (str(program),), tmp_path / "a queue")
    make(install("cline", place))
    script = tmp_path / "Documents" / "Cline" / "Hooks" / "TaskComplete"
    assert os.access(script, os.X_OK)
    done = subprocess.run([str(script)], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert json.loads(done.stdout) == {"cancel": False}
    assert seen.read_text().strip() == f"cline {tmp_path / 'a queue'}"


def test_an_unknown_agent_is_told_what_there_is(place: Place) -> None:
    """The user would have to guess names."""
    with pytest.raises(UsageError) as caught:
        install("claude", place)
    assert "claude-code" in caught.value.hint


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
_HOOKS = st.dictionaries(
    st.sampled_from(["SessionEnd", "Stop", "x"]), st.lists(_VALUES, max_size=3), max_size=3
)


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(st.text(max_size=6).filter(lambda key: key != "hooks"), _VALUES, max_size=4),
    st.none() | _HOOKS,
    st.sampled_from([None, 1, 2, "\t"]),
    st.booleans(),
)
def test_any_settings_come_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    value: dict[str, Any],
    hooks: dict[str, Any] | None,
    indent: int | str | None,
    is_ascii: bool,
) -> None:
    """Some shape of settings that nobody thought of would be damaged."""
    home = tmp_path_factory.mktemp("home")
    place = Place({}, home, PROGRAM, home / "q")
    whole = value if hooks is None else {**value, "hooks": hooks}
    text = json.dumps(whole, indent=indent, ensure_ascii=is_ascii)
    path = status("claude-code", place).path
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    make(install("claude-code", place))
    new = json.loads(path.read_bytes())
    added = new["hooks"]["SessionEnd"].pop()
    assert added["hooks"][0]["command"] == place.command("claude-code")
    expected = json.loads(text)
    expected.setdefault("hooks", {}).setdefault("SessionEnd", [])
    assert new == expected
    path.with_name("settings.json.hansei-backup").unlink()  # by the text alone, without it
    make(uninstall("claude-code", place))
    left = json.loads(path.read_bytes()) if path.exists() else {}
    assert {key: each for key, each in left.items() if key != "hooks"} == value
    assert {k: v for k, v in left.get("hooks", {}).items() if v or k != "SessionEnd"} == {
        k: v for k, v in (hooks or {}).items() if v or k != "SessionEnd"
    }
    if whole and (hooks is None or (hooks and hooks.get("SessionEnd", [1]))):
        assert path.read_bytes() == text.encode("utf-8", "surrogatepass")


def test_agents_are_known_by_the_names_of_their_readers() -> None:
    """What a hook tells would belong to no session, because the names differ."""
    known = {each.agent for each in FORMATS}
    assert {each.reader for each in AGENTS.values()} <= known
    for each in AGENTS.values():
        assert installers.agent_of(each.reader) is each


def test_installers_name_no_agent_twice() -> None:
    """One agent's notes would stand beside another's files."""
    assert set(installers._TARGETS) == set(AGENTS)
