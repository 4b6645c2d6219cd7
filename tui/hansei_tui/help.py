"""`?`: every key of the screen in front, searchable, from the registry."""

from __future__ import annotations

from collections.abc import Iterable

from hansei_tui.keys import Action, help_of, shown
from hansei_tui.modals.picker import Choices, Picker
from hansei_tui.widgets.line_list import Column, Row


def about(action: Action) -> str:
    """Return what an action does in full, and the name that the settings know it by."""
    said = f"{action.description}: {action.tooltip}" if action.tooltip else f"{action.description}."
    return f"{said} ({action.id})"


def help_dialog(scope: str, actions: Iterable[Action]) -> Picker:
    """Return the dialog; enter runs the chosen action."""
    known = {
        action.id: (heading, action) for heading, part in help_of(scope, actions) for action in part
    }

    def cells(action_id: str) -> Row:
        heading, action = known[action_id]
        return (
            (", ".join(shown(key) for key in action.keys if key) or ":", "accent"),
            (action.description, "strong"),
            (action.tooltip, "quiet"),
            (heading, "quiet"),
        )

    def words(action_id: str) -> str:
        heading, action = known[action_id]
        keys = " ".join(shown(key) for key in action.keys)
        return f"{keys} {action.description} {action.tooltip} {heading} {action.id}"

    columns = (
        Column("keys", "key", 13),
        Column("action", "action", 28),
        Column("what", "what it does", 0),
        Column("where", "where", 10, need=88),
    )
    choices = Choices(
        columns,
        tuple(known),
        cells,
        words,
        "no key like that",
        headings=True,
        about=lambda action_id: about(known[action_id][1]),
    )
    return Picker(f"Keys · {scope.capitalize()}", choices)
