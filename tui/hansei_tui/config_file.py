"""`config.toml` on disk: read whole, changed by one key with the user's comments kept."""

from __future__ import annotations

import os
from pathlib import Path

from hansei_core.errors import ConfigError, NotFoundError
from hansei_core.settings import Settings, Value


def read_settings(path: Path) -> Settings:
    """Return the settings in a file; the defaults where there is none.

    Raises:
        ConfigError: It cannot be read, or has a mistake.
    """
    text = read_text(path)
    if not text:
        return Settings()
    from hansei_core.config_text import parse_settings  # TOML's parser is not free

    return parse_settings(text, str(path))


def set_value(path: Path, key: str, raw: str) -> Value:
    """Set one key as typed on the command line and return its value; comments are kept.

    Raises:
        UsageError: The key or value is not allowed.
        ConfigError: The file has a mistake, or cannot be written.
    """
    import tomlkit  # only a change pays for it

    from hansei_core.config_text import convert, parse_settings, with_value

    text = read_text(path)
    value = convert(key, raw)
    with_value(parse_settings(text, str(path)), key, value)
    document = tomlkit.parse(text)
    section, _, name = key.partition(".")
    if section not in document:
        document[section] = tomlkit.table()
    document[section][name] = list(value) if isinstance(value, tuple) else value
    changed = tomlkit.dumps(document)
    parse_settings(changed, str(path))
    write_private(path, changed)
    return value


def add_to_list(path: Path, key: str, value: str) -> None:
    """Add one text to a setting that is a list; nothing happens where it is there already.

    Raises:
        ConfigError: The file has a mistake, or cannot be written.
    """
    import tomlkit  # only a change pays for it

    from hansei_core.config_text import parse_settings

    text = read_text(path)
    section, _, name = key.partition(".")
    present = getattr(getattr(parse_settings(text, str(path)), section), name)
    if value in present:
        return
    document = tomlkit.parse(text)
    if section not in document:
        document[section] = tomlkit.table()
    document[section][name] = [*present, value]
    changed = tomlkit.dumps(document)
    parse_settings(changed, str(path))
    write_private(path, changed)


def drop_value(path: Path, key: str) -> None:
    """Take one key out of the file; comments elsewhere are kept.

    Raises:
        NotFoundError: It is not in the file.
        ConfigError: The file has a mistake, or cannot be written.
    """
    import tomlkit  # only a change pays for it

    from hansei_core.config_text import parse_settings

    text = read_text(path)
    parse_settings(text, str(path))
    section, _, name = key.partition(".")
    document = tomlkit.parse(text)
    table = document.get(section)
    if table is None or name not in table:
        raise NotFoundError(f"{key} is not in {path}", "`hansei config show` lists what is set")
    del table[name]
    changed = tomlkit.dumps(document)
    parse_settings(changed, str(path))
    write_private(path, changed)


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically and durably, mode 0600; a symlink is followed to its target.

    Raises:
        ConfigError: It cannot be written; the old file stands.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", "the old file is unchanged"
        ) from error


def read_text(path: Path) -> str:
    """Return a file's text; nothing where there is none.

    Raises:
        ConfigError: It cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", "save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
