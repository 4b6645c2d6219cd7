"""Adding a hook to a TOML file of somebody else's: a table at its end, and gone again."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, Final

_BLOCK: Final = (
    r"(?:(?<=\n)\r?\n)?\[\[hooks\.{0}\]\]\r?\n\[\[hooks\.{0}\.hooks\]\]\r?\n(?:\w+ = .*(?:\n|\Z))+"
)
"""A group as `add_group` writes it, with the blank line before it."""


class TomlTextError(ValueError):
    """The text is left alone; the message says why."""


def read(text: str) -> dict[str, Any]:
    """Return what a TOML text holds.

    Raises:
        TomlTextError: It is not valid TOML.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TomlTextError(f"it is not valid TOML: {error}") from None


def groups_of(text: str, event: str) -> list[Any]:
    """Return the groups of hooks for an event; none where the text names none.

    Raises:
        TomlTextError: The text is not valid TOML, or something else stands there.
    """
    hooks = read(text).get("hooks", {})
    groups = hooks.get(event, []) if isinstance(hooks, dict) else None
    if not isinstance(groups, list):
        raise TomlTextError("something else stands where the hook should")
    return groups


def add_group(text: str, event: str, hook: Mapping[str, Any]) -> str:
    """Return the text with a group of one hook for an event (`[[hooks.EVENT]]`).

    Codex reads hooks from `[hooks]` in `config.toml` in the shape of its `hooks.json`.

    Raises:
        TomlTextError: The text is not valid TOML, or has no place for it.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    rows = [f"[[hooks.{event}]]", f"[[hooks.{event}.hooks]]"]
    rows += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in hook.items()]
    gap = "" if not text else newline if text.endswith("\n") else newline * 2
    expected = read(text)
    new = text + gap + newline.join(rows) + newline
    group = {"hooks": [dict(hook)]}
    try:
        groups = expected.setdefault("hooks", {}).setdefault(event, [])
        groups.append(group)
        if read(new) == expected:
            return new
    except (TomlTextError, AttributeError):
        pass
    return _by_tomlkit(text, event, group)


def remove_groups(text: str, event: str, is_ours: Callable[[Any], bool]) -> str:
    """Return the text without the groups of an event that are ours; comments stay.

    Raises:
        TomlTextError: The text is not valid TOML.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    expected = read(text)
    try:
        left = [group for group in expected["hooks"][event] if not is_ours(group)]
        expected["hooks"][event] = left
    except (KeyError, TypeError):
        return text
    for found in re.finditer(_BLOCK.format(re.escape(event)), text):
        bare = text[: found.start()] + text[found.end() :]
        if _pruned(read(bare), event) == _pruned(expected, event):
            return bare
    try:
        document: Any = tomlkit.parse(text)
        hooks = document.get("hooks", {})
        groups = hooks.get(event, [])
        for place in reversed(range(len(groups))):
            if is_ours(groups[place].unwrap()):
                del groups[place]
        if event in hooks and not len(groups):
            del hooks[event]
        if "hooks" in document and not len(hooks):
            del document["hooks"]
        return tomlkit.dumps(document)
    except (TOMLKitError, AttributeError, TypeError, KeyError) as error:
        raise TomlTextError("it is laid out in a way that cannot be changed") from error


def _pruned(value: dict[str, Any], event: str) -> dict[str, Any]:
    """Return a configuration without what is empty where hooks stand."""
    hooks = {key: each for key, each in value.get("hooks", {}).items() if key != event or each}
    return {**value, "hooks": hooks}


def _by_tomlkit(text: str, event: str, group: Mapping[str, Any]) -> str:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document: Any = tomlkit.parse(text)
        document["hooks"][event].append(group)
        new = tomlkit.dumps(document)
    except (TOMLKitError, AttributeError, TypeError, KeyError) as error:
        raise TomlTextError("something else stands where the hook should") from error
    expected = read(text)
    expected["hooks"][event].append(dict(group))
    if read(new) != expected:
        raise TomlTextError("it is laid out in a way that cannot be changed")
    return new
