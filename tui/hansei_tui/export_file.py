"""Write a file for the user where they ask for it: whole, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hansei_core.errors import StorageError, UsageError


def write_export(path: Path, text: str, *, force: bool) -> None:
    """Write a file, mode 0600; one that is there stays unless `force` says otherwise.

    It appears complete under its name; of a symbolic link the link is replaced, not its target.

    Raises:
        UsageError: Something is there already.
        StorageError: The file cannot be written; what was there is unchanged.
    """
    if "\0" in str(path):
        raise UsageError("no file can have a name with a NUL character", "name another file")
    if path.is_dir() and not path.is_symlink():
        raise UsageError(f"{path} is a folder", "name a file in it")
    taken = UsageError(f"{path} exists", "--force replaces it")
    if os.path.lexists(path) and not force:
        raise taken
    temporary = path.with_name(f".hansei-{secrets.token_hex(6)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if force:
                temporary.replace(path)
            else:
                _name(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except FileExistsError:
        raise taken from None
    except ValueError:  # a NUL character or half of one
        raise UsageError(f"“{path}” can be no file", "name another one") from None
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}", "nothing was written"
        ) from error


def _name(temporary: Path, path: Path) -> None:
    """Give the complete file its name, unless another took it meanwhile."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        temporary.replace(path)
