"""The one renderer of screens: the snapshot tests compare what it draws with `screenshots/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.tui.story import Story

from hansei_tui.app import HanseiApp
from hansei_tui.keys import SCREENS
from hansei_tui.workspace import Workspace

SIZES: Final = ((80, 24), (120, 36))
_FONT_FACE: Final = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_UNIQUE: Final = re.compile(r"terminal-\d+-")


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture."""

    screen: str
    size: tuple[int, int]
    is_full: bool
    keys: tuple[str, ...] = ()
    theme: str = "hansei-dark"
    variant: str = ""

    @property
    def name(self) -> str:
        """File name without its ending: `backlog-80x24-full`."""
        width, height = self.size
        parts = [self.screen, self.variant, f"{width}x{height}"]
        return "-".join([*filter(None, parts), "full" if self.is_full else "empty"])


SCENES: Final = (
    *(
        Scene(screen, size, is_full)
        for screen in SCREENS
        for size in SIZES
        for is_full in (True, False)
    ),
    *(Scene(screen, (120, 36), True, theme="hansei-light", variant="light") for screen in SCREENS),
    Scene("triage", (80, 24), True),
    Scene("triage", (120, 36), True),
    Scene("triage", (80, 24), False),
    Scene("ritual", (80, 24), True, keys=("n",)),
    Scene("ritual", (120, 36), True, keys=("n", "n")),
    Scene("ritual", (80, 24), True, variant="page"),
    Scene("planner", (80, 24), True, keys=("P",), variant="proposal"),
    Scene("themes", (120, 36), True, keys=("full_stop", "full_stop", "b"), variant="weeks"),
    Scene("backlog", (120, 36), True, keys=("b",), variant="board"),
    Scene("backlog", (120, 36), True, keys=("b", "b"), variant="matrix"),
    Scene("backlog", (80, 24), True, keys=("question_mark",), variant="help"),
)


async def render(scene: Scene, workspace: Workspace) -> str:
    """Return a scene as SVG that is the same on every machine: no fonts from afar, stable ids."""
    app = HanseiApp(workspace, start=scene.screen)
    async with app.run_test(size=scene.size) as pilot:
        story = Story(app, pilot)
        await story.settle()
        app.theme = scene.theme
        await story.press(*scene.keys)
        svg = app.export_screenshot(title=f"hansei · {scene.screen}")
    svg = _FONT_FACE.sub("", svg)
    svg = _UNIQUE.sub("terminal-", svg)
    return svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace").replace(
        "<text ", '<text xml:space="preserve" '
    )
