"""Taking a number for an improvement, wherever its row is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hansei_core.errors import HanseiError
from hansei_core.improvement import Improvement
from hansei_core.measurement import Measurement, parse_numbers
from hansei_core.verbs.measure import measure
from hansei_tui.text import plain

if TYPE_CHECKING:
    from hansei_tui.modals.prompt import Feedback
    from hansei_tui.screens.base import AreaScreen


def ask_measure(screen: AreaScreen, item: Improvement) -> None:
    """Ask for metric, before and after on one line, and keep them."""
    from hansei_tui.modals.prompt import Feedback, Prompt

    workspace = screen.desk.workspace

    def check(text: str) -> Feedback:
        if not text.strip():
            return Feedback(
                plain("metric, before, after; ? where nobody knows; target 10 or target -50%")
            )
        try:
            found = parse_numbers(text)
        except HanseiError as error:
            return Feedback(plain(error.hint), wrong=True)
        as_kept = Measurement(
            "",
            item.id,
            found.metric,
            workspace.now(),
            found.before,
            found.after,
            found.unit,
            found.target,
            target_percent=found.target_percent,
        )
        return Feedback(plain(as_kept.said))

    def save(text: str | None) -> None:
        if text is None or not text.strip():
            return
        try:
            found = parse_numbers(text)
            label = measure(
                workspace.store,
                item.id,
                found.metric,
                now=workspace.now(),
                before=found.before,
                after=found.after,
                unit=found.unit,
                target=found.target,
                target_percent=found.target_percent,
            ).label
        except HanseiError as error:
            screen.fail(error)
            return
        screen.changed(f"{label[:1].upper()}{label[1:]} · u undoes it")
        screen.point_out_secrets(text)

    heading = f"What did {item.id} bring?"
    screen.app.push_screen(Prompt(heading, check=check, placeholder="build time 30 -> 12 s"), save)
