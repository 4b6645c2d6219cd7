"""What is said about the words that only the screens understand: keys, views and colours."""

from __future__ import annotations

from hansei_core.errors import UsageError
from hansei_core.store.doctor import Finding
from hansei_core.views import read_view
from hansei_core.vocabulary import nearest
from hansei_tui.cli.root import Root
from hansei_tui.config_file import read_settings
from hansei_tui.keymap import problems_of
from hansei_tui.words import count


def key_findings(root: Root) -> list[Finding]:
    """Look at the user's keys: ids that are no action, keys that are none, conflicts."""
    path = root.paths.config_file
    own = read_settings(path).keys
    problems = problems_of(own)
    found = [
        Finding("warning", str(path), problem, "docs/keys.md lists every action and its key")
        for problem in problems
    ]
    if not problems:
        found.append(Finding("ok", str(path), f"{count(len(own), 'key')} of your own"))
    return found


def view_findings(root: Root) -> list[Finding]:
    """Look at the user's saved views: filters that cannot be read, orders that are none."""
    path = root.paths.config_file
    own = read_settings(path).views
    found = []
    for name, text in own.items():
        try:
            read_view(name, text)
        except UsageError as error:
            found.append(Finding("warning", str(path), error.message, error.hint))
    if not found:
        found.append(Finding("ok", str(path), f"{count(len(own), 'view')} of your own"))
    return found


def theme_problem(name: str) -> UsageError | None:
    """Return why there are no such colours; None where there are.

    The names are Textual's as well, so the settings alone cannot know them.
    """
    from hansei_tui import themes

    known = themes.names()
    if name in known:
        return None
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
    return UsageError(f"screen.theme cannot be {name!r}", hint)


def theme_findings(root: Root) -> list[Finding]:
    """Look at the user's colours: a name that means nothing falls back to hansei-dark."""
    path = root.paths.config_file
    problem = theme_problem(read_settings(path).screen.theme)
    if problem is None:
        return [Finding("ok", str(path), "the colours are known")]
    return [Finding("warning", str(path), problem.message, problem.hint)]
