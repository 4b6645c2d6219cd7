"""`:`: every action by name, those of the screen in front first, from the registry."""

from __future__ import annotations

from collections.abc import Iterable

from hansei_tui.help import about
from hansei_tui.keys import SCREENS, Action, shown
from hansei_tui.modals.picker import Choices, Picker
from hansei_tui.widgets.line_list import Column, Row


def palette_dialog(scope: str, actions: Iterable[Action]) -> Picker:
    """Return the dialog; enter runs the chosen action.

    Actions of other screens are not listed: they would act on rows that nobody sees.
    """
    known = {
        action.id: action for action in actions if scope in action.where or "app" in action.where
    }

    def name(action_id: str) -> str:
        action = known[action_id]
        area = scope if scope in SCREENS and scope in action.where else "hansei"
        return f"{area.capitalize() if area in SCREENS else area}: {action.description}"

    def cells(action_id: str) -> Row:
        action = known[action_id]
        return (
            name(action_id),
            (", ".join(shown(key) for key in action.keys if key), "accent"),
        )

    ordered = sorted(
        known,
        key=lambda action_id: ("app" in known[action_id].where, action_id.startswith("screen.")),
    )
    columns = (Column("action", "action", 0), Column("keys", "key", 14, "right"))
    choices = Choices(
        columns,
        ordered,
        cells,
        lambda action_id: f"{name(action_id)} {known[action_id].tooltip} {action_id}",
        "no action like that",
        about=lambda action_id: about(known[action_id]),
    )
    return Picker("What to do?", choices)
