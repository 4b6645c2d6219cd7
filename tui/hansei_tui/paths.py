"""Where hansei keeps its files: by the platform's rules, or all in one folder by `HANSEI_HOME`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hansei_core.errors import ConfigError
from hansei_sessions.value import Value


class Paths(Value, frozen=True):
    """The three folders of hansei; none needs to exist yet."""

    data: Path
    """The store, the archive, drafts and backups: irreplaceable."""
    config: Path
    """`config.toml`."""
    cache: Path
    """The index: derived, may be deleted at any time."""

    @property
    def config_file(self) -> Path:
        """The settings."""
        return self.config / "config.toml"

    @property
    def suggestions_file(self) -> Path:
        """The user's own suggestions by kind of friction."""
        return self.config / "suggestions.toml"

    @property
    def metrics_file(self) -> Path:
        """The user's own metrics."""
        return self.config / "metrics.toml"

    @property
    def index(self) -> Path:
        """The SQLite index over session logs."""
        return self.cache / "index.sqlite"

    @property
    def drafts(self) -> Path:
        """What is being typed."""
        return self.data / "drafts"

    @property
    def queue(self) -> Path:
        """What hooks and `wrap` saw end; each hook's command carries this path."""
        return self.data / "queue" / "ended.jsonl"

    @property
    def redaction_key(self) -> Path:
        """The key that marks the same secret alike; there once a secret was found in a log."""
        return self.data / "redaction.key"

    @property
    def crashes(self) -> Path:
        """Crash reports, without session text."""
        return self.data / "crashes"


def resolve_paths(environ: Mapping[str, str]) -> Paths:
    """Return the folders for this environment.

    `HANSEI_HOME` puts everything under one folder. Otherwise `XDG_DATA_HOME`, `XDG_CONFIG_HOME`
    and `XDG_CACHE_HOME` count where they are absolute (the XDG base directory specification says
    that relative ones are to be ignored), and then the platform's own places.

    Raises:
        ConfigError: There is no home folder to derive them from.
    """
    own = environ.get("HANSEI_HOME", "")
    if own:
        home = Path(own).expanduser().absolute()
        return Paths(home / "data", home / "config", home / "cache")
    from platformdirs import PlatformDirs  # commands with HANSEI_HOME need not load it

    try:
        dirs = PlatformDirs("hansei", appauthor=False)
        defaults = (dirs.user_data_path, dirs.user_config_path, dirs.user_cache_path)
    except RuntimeError as error:
        raise ConfigError(
            "there is no home folder to keep hansei's files in", "set HOME or HANSEI_HOME"
        ) from error
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    chosen = [
        Path(environ[name]) / "hansei" if Path(environ.get(name, "")).is_absolute() else default
        for name, default in zip(names, defaults, strict=True)
    ]
    return Paths(*chosen)
