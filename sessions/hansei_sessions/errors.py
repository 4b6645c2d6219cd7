"""The errors of hansei: each says what happened and what to do, and knows its exit code."""

from __future__ import annotations

from typing import ClassVar


class HanseiError(Exception):
    """An error a user can cause or meet; never shown as a traceback.

    Attributes:
        message: What happened and where, one sentence that begins small, without a full stop.
        hint: What to do about it, worded alike, or an empty string.
        title: The heading of the modal that shows it.
        exit_code: What the command line returns for it (documented in `docs/cli.md`).
    """

    title: ClassVar[str] = "Something went wrong"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def said(self) -> str:
        """Both on one line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(HanseiError):
    """The request itself is wrong: a bad value, a missing reason, a fourth improvement."""

    title = "That does not work"
    exit_code = 2


class NotFoundError(HanseiError):
    """Something named does not exist: an improvement, a session, a theme."""

    title = "Not found"
    exit_code = 3


class ConfigError(HanseiError):
    """`config.toml` has an unknown key or a bad value; the message names its line."""

    title = "The configuration has a mistake"
    exit_code = 4


class StorageError(HanseiError):
    """The store cannot be read or written: full disk, damage, a newer version, a held lock."""

    title = "The store cannot be used"
    exit_code = 5


class LogFormatError(HanseiError):
    """A session log is not in the format its place promises."""

    title = "This log cannot be read"
    exit_code = 6
