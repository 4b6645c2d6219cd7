"""Themes for a command: learned first, with the progress on stderr where somebody watches."""

from __future__ import annotations

import sys

from hansei_core.errors import StorageError
from hansei_tui.cli.output import note, show_error
from hansei_tui.cli.root import Root
from hansei_tui.theme_learning import Watch, words_of
from hansei_tui.theme_view import ThemeQuery, ThemesView, read_themes


def learned_themes(root: Root, query: ThemeQuery) -> ThemesView:
    """Return the themes that a query asks for, after the logs were scanned.

    Where what was learned cannot be kept, that is said, and they are returned as they stood.

    Raises:
        FilterError: The query's filter cannot be read.
        StorageError: They cannot be read.
    """
    show = root.interactive and sys.stderr.isatty()

    def tell(step: str, share: float) -> None:
        if show:
            sys.stderr.write(f"\r{words_of(step, share)}\x1b[K")
            sys.stderr.flush()

    try:
        return read_themes(root.workspace, query, learn=True, watch=Watch(tell))
    except StorageError as error:
        view = read_themes(root.workspace, query, learn=False)
        show_error(error)
        note("themes are as they stood; what is new waits until it can be kept")
        return view
    finally:
        if show:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
