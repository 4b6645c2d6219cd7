"""What a shell offers behind `tab` out of the logs: sessions, their projects, branches, metrics.

The index is asked as it stands; nothing is scanned, and where there is no index none is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import typer

from hansei_core.errors import HanseiError
from hansei_tui.cli.complete import (
    MOST,
    Offer,
    beginning,
    opened_workspace,
)
from hansei_tui.cli.complete import (
    projects as projects_of_improvements,
)

if TYPE_CHECKING:
    from hansei_core.metrics.custom import Definition
    from hansei_core.metrics.readings import Reading
    from hansei_sessions.index import Index


def projects(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the projects of sessions, and so of themes, the one with most of them first."""
    index = _index(context)
    return beginning(_plain(index.most_used("project")), incomplete) if index else []


def all_projects(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the projects of improvements, then those that only sessions have."""
    found = [*projects_of_improvements(context, incomplete), *projects(context, incomplete)]
    return list(dict.fromkeys(found))


def branches(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the git branches of sessions, the one with most of them first."""
    index = _index(context)
    return beginning(_plain(index.most_used("branch")), incomplete) if index else []


def sessions(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the ids of the newest sessions with their titles."""
    from hansei_sessions.index import SessionQuery

    index = _index(context)
    if index is None:
        return []
    found = index.sessions(SessionQuery(limit=None if incomplete else MOST))
    return beginning({each.id: each.title for each in found}, incomplete)[:MOST]


def sessions_and_projects(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer projects, then sessions, for `forget`."""
    return [*projects(context, incomplete), *sessions(context, incomplete)]


def metrics(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer all metrics with what they count."""
    from hansei_core.metrics.custom import every_metric

    found = every_metric(*_own(context))
    return beginning({name: each.what for name, each in found.items()}, incomplete)


def metrics_by_hand(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the metrics whose numbers are given by hand."""
    from hansei_core.metrics.custom import every_metric

    found = every_metric(*_own(context))
    by_hand = {name: each.what for name, each in found.items() if each.value is None}
    return beginning(by_hand, incomplete)


def readings(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the numbers that were given by hand, the newest first."""
    found = {each.id: f"{each.metric} {each.value:g}" for each in reversed(_own(context)[1])}
    return beginning(found, incomplete.upper())


def measured(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the metrics that an improvement has already; a name of several words is quoted."""
    from hansei_core.verbs.measure import load_measurements
    from hansei_core.verbs.records import resolve

    workspace = opened_workspace(context)
    if workspace is None:
        return []
    try:
        wanted = resolve(workspace.store, context.params["reference"], now=workspace.now())
        found = load_measurements(workspace.store)
    except (HanseiError, KeyError, AttributeError):
        return []
    mine = {each.metric: each.said for each in found if each.improvement_id == wanted}
    return beginning({name: told for name, told in mine.items() if " " not in name}, incomplete)


def _index(context: typer.Context) -> Index | None:
    workspace = opened_workspace(context)
    try:
        return workspace.index if workspace and workspace.paths.index.exists() else None
    except HanseiError:
        return None


def _own(context: typer.Context) -> tuple[tuple[Definition, ...], tuple[Reading, ...]]:
    """Return the user's own metrics: those that a file defines, and the numbers given by hand."""
    from hansei_core.metrics.custom import read_definitions
    from hansei_core.verbs.readings import load_readings
    from hansei_tui.config_file import read_text

    workspace = opened_workspace(context)
    if workspace is None:
        return (), ()
    try:
        path = workspace.paths.metrics_file
        return read_definitions(read_text(path), str(path)), load_readings(workspace.store)
    except HanseiError:
        return (), ()


def _plain(names: Iterable[str]) -> Mapping[str, str]:
    return dict.fromkeys(names, "")
