"""What a shell offers behind `tab` out of other records: decisions, retros, times, backups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import typer

from hansei_core.errors import HanseiError
from hansei_tui.cli import complete
from hansei_tui.cli.complete import MOST, Offer, beginning, opened_workspace

if TYPE_CHECKING:
    from hansei_tui.workspace import Workspace


def decisions(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the ids of decisions with their titles, the newest first."""
    return _offered(context, incomplete, _decisions)


def retros(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the ids of retros with what they say, the newest first."""
    return _offered(context, incomplete, _retros)


def what_the_ritual_asks(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer improvements, retros and themes, for the answers of the ritual."""
    found = [*complete.ids(context, incomplete), *retros(context, incomplete)]
    return [*found, *complete.themes(context, incomplete)]


def time_entries(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the ids of stretches of time with the improvement they belong to, newest first."""
    return _offered(context, incomplete, _times)


def backups(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the names of the store's backups, the newest first."""
    return _offered(context, incomplete, _backups)


def values(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the values of a setting that has only some."""
    from hansei_core.config_text import schema

    key = str(context.params.get("key") or "")
    kinds = {each.key: each.type_name for each in schema()}
    kind = kinds.get(key, "")
    words = kind.split(" | ") if " | " in kind else []
    if key == "screen.theme":
        words = ["hansei-dark", "hansei-light"]  # the others are Textual's, too slow to load here
    if kind == "true/false":
        words = ["true", "false"]
    return beginning(dict.fromkeys(words, ""), incomplete)


def _offered(
    context: typer.Context, incomplete: str, read: Callable[[Workspace], Mapping[str, str]]
) -> list[Offer]:
    workspace = opened_workspace(context)
    try:
        return beginning(read(workspace), incomplete)[:MOST] if workspace else []
    except HanseiError:
        return []


def _decisions(workspace: Workspace) -> Mapping[str, str]:
    from hansei_core.decisions import newest_first
    from hansei_core.verbs.decisions import load_decisions

    return {each.id: each.title for each in newest_first(load_decisions(workspace.store).values())}


def _retros(workspace: Workspace) -> Mapping[str, str]:
    from hansei_core.planning.tasks import title_of

    return {each.id: title_of(each) for each in reversed(workspace.retros())}


def _times(workspace: Workspace) -> Mapping[str, str]:
    from hansei_core.verbs.times import entries

    return {
        each.id: f"{each.improvement_id} {each.start:%Y-%m-%d %H:%M}"
        for each in reversed(entries(workspace.store))
    }


def _backups(workspace: Workspace) -> Mapping[str, str]:
    from hansei_core.store.backups import list_backups

    return {each.name: each.kind for each in list_backups(workspace.paths.data)}
