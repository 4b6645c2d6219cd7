"""What a hook is written into: a list in a JSON file, a table in a TOML file, a file of its own."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hansei_sessions.agents import json_text, toml_text
from hansei_sessions.agents.changes import Change, read_file
from hansei_sessions.errors import ConfigError

_REFUSED: Final = (json_text.JsonTextError, toml_text.TomlTextError)
MARKS: Final = ("hansei-hook", "hansei_sessions/agents/hook.py")
"""A command with one of these is hansei's, whoever installed it."""
OWN: Final = "Written by `hansei hooks install`; `hansei hooks uninstall` removes it."


@dataclass(frozen=True, slots=True)
class Target(ABC):
    """One file."""

    path: Path

    @abstractmethod
    def installed(self) -> Change:
        """Return the change that puts the hook in place; not needed where it stands.

        Raises:
            ConfigError: The file cannot be changed with certainty.
        """

    @abstractmethod
    def removed(self) -> Change:
        """Return the change that takes the hook away; not needed where it is not there.

        Raises:
            ConfigError: The file cannot be changed with certainty.
        """

    def state(self) -> str:
        """Return whether the hook is in place, in one word.

        Raises:
            ConfigError: The file cannot be understood.
        """
        change = self.installed()
        if not change.is_needed:
            return "installed"
        if self.removed().is_needed:
            return "outdated"
        return "dropped" if change.backup.exists() else "missing"

    def _original(self, present: bytes) -> tuple[bool, bytes | None]:
        """Return what stood here before the hook, if exactly the hook has come since."""
        backup = read_file(Change(self.path, None, None).backup)
        has_backup = backup is not None and not _mentions(backup)
        if has_backup and self._with_hook(backup) == present:
            return True, backup
        if self._with_hook(None) == present:
            return True, None
        return False, None

    @abstractmethod
    def _with_hook(self, before: bytes | None) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Shared(Target):
    """A file of the agent's, of which the hook is a part."""

    def installed(self) -> Change:
        """Add the hook where it is missing, and replace an older one."""
        present = read_file(self.path)
        try:
            after = self._added(present)
        except _REFUSED as error:
            raise self._refusal(error, "add") from None
        return Change(self.path, present, after, is_upgrade=_mentions(present))

    def removed(self) -> Change:
        """Take out the hook and what it alone had filled."""
        present = read_file(self.path)
        if present is None:
            return Change(self.path, None, None, is_removal=True)
        is_exact, original = self._original(present)
        if is_exact:
            return Change(self.path, present, original, is_removal=True, is_exact=True)
        try:
            bare = self._bare(decode(present)).encode()
        except _REFUSED as error:
            raise self._refusal(error, "remove") from None
        return Change(self.path, present, bare, is_removal=True)

    def _with_hook(self, before: bytes | None) -> bytes | None:
        try:
            return self._added(before)
        except _REFUSED:
            return None

    @abstractmethod
    def _added(self, before: bytes | None) -> bytes:
        """Return the content with the hook in it; raises one of `_REFUSED`."""

    @abstractmethod
    def _bare(self, text: str) -> str:
        """Return the content without any hook of hansei's; raises one of `_REFUSED`."""

    @abstractmethod
    def _refusal(self, error: Exception, verb: str) -> ConfigError: ...


@dataclass(frozen=True, slots=True)
class InJson(Shared):
    """A hook as one item of a list in a JSON file."""

    keys: tuple[str, ...]
    item: dict[str, Any]
    head: tuple[tuple[str, Any], ...] = ()
    """Members that a new file needs besides."""

    def _added(self, before: bytes | None) -> bytes:
        if before is None or not before.strip():
            return self._new_file()
        text = decode(before)
        self._look_for_shared(text)
        if any(each == self.item for each in json_text.items_at(text, self.keys)):
            return before
        return json_text.add_item(self._bare(text), self.keys, self.item).encode()

    def _bare(self, text: str) -> str:
        self._look_for_shared(text)
        return json_text.remove_items(text, self.keys, is_ours)

    def _new_file(self) -> bytes:
        value: Any = [self.item]
        for key in reversed(self.keys):
            value = {key: value}
        return (json.dumps(dict(self.head) | value, indent=2, ensure_ascii=False) + "\n").encode()

    def _look_for_shared(self, text: str) -> None:
        for group in json_text.items_at(text, self.keys):
            inner = group.get("hooks") if isinstance(group, dict) else None
            if isinstance(inner, list) and not is_ours(group) and any(map(is_ours, inner)):
                raise json_text.JsonTextError("hansei's hook shares a group with another one")

    def _refusal(self, error: Exception, verb: str) -> ConfigError:
        item = json.dumps(self.item, indent=2, ensure_ascii=False)
        return ConfigError(
            f"{self.path} is left as it is: {error}",
            f"to {verb} the hook by hand, look under {'.'.join(self.keys)} for this item:\n{item}",
        )


@dataclass(frozen=True, slots=True)
class InToml(Shared):
    """A hook as a table in a TOML file."""

    event: str
    hook: dict[str, Any]

    def _added(self, before: bytes | None) -> bytes:
        text = decode(before or b"")
        groups = toml_text.groups_of(text, self.event)
        if before is not None and {"hooks": [self.hook]} in groups:
            return before
        bare = self._bare(text) if any(map(is_ours, groups)) else text
        return toml_text.add_group(bare, self.event, self.hook).encode()

    def _bare(self, text: str) -> str:
        return toml_text.remove_groups(text, self.event, is_ours)

    def _refusal(self, error: Exception, verb: str) -> ConfigError:
        rows = [f"[[hooks.{self.event}]]", f"[[hooks.{self.event}.hooks]]"]
        rows += [f"{key} = {json.dumps(value)}" for key, value in self.hook.items()]
        return ConfigError(
            f"{self.path} is left as it is: {error}",
            f"to {verb} the hook by hand, this is its table:\n" + "\n".join(rows),
        )


@dataclass(frozen=True, slots=True)
class OwnFile(Target):
    """A file that is hansei's alone."""

    content: str
    executable: bool = False

    def installed(self) -> Change:
        """Add the hook where it is missing, and replace an older one."""
        present = read_file(self.path)
        if present is not None and not _is_own(present):
            raise ConfigError(
                f"{self.path} is somebody else's and is left as it is",
                f"to call hansei from it, add what this does:\n{self.content}",
            )
        return Change(self.path, present, self._with_hook(present), executable=self.executable)

    def removed(self) -> Change:
        """Take out the hook and what it alone had filled."""
        present = read_file(self.path)
        own = present is not None and _is_own(present)
        after = None if own else present
        return Change(self.path, present, after, is_removal=True, is_exact=own)

    def _with_hook(self, before: bytes | None) -> bytes | None:  # noqa: ARG002 -- the content is its own
        return self.content.encode()


def decode(data: bytes) -> str:
    """Return a file's text.

    Raises:
        JsonTextError: It is no UTF-8.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise json_text.JsonTextError("it is not UTF-8 text") from None


def _mentions(data: bytes | None) -> bool:
    return data is not None and any(mark.encode() in data for mark in MARKS)


def _is_own(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    return OWN in text or any(mark in text for mark in MARKS)


def is_ours(item: Any) -> bool:
    """Tell whether a hook, or every hook of a group, is hansei's."""
    if not isinstance(item, dict):
        return False
    inner = item.get("hooks")
    if isinstance(inner, list):
        return bool(inner) and all(map(is_ours, inner))
    commands = (item.get("command"), item.get("bash"), item.get("powershell"))
    return any(isinstance(each, str) and mark in each for each in commands for mark in MARKS)
