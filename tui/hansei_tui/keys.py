"""The one action registry: bindings, footer, help, palette and the documented key table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from hansei_sessions.value import Value

if TYPE_CHECKING:
    from textual.binding import Binding

SCREENS: Final = ("retro", "themes", "backlog", "planner")
"""The four areas, on the digits."""
PLACES: Final = (*SCREENS, "triage", "ritual")
"""Everything that fills the window; digits mean something else in triage and in the ritual."""
EVERYWHERE: Final = ("app",)
LISTS: Final = ("list",)
INLINE: Final = ("inline",)
"""The retro under the shell's prompt, an application of its own."""
DIGIT: Final = "#"
"""Stands for any digit in a key sequence; the digit is handed to the action, `0` as 10."""
_LONG_NAMES: Final = {
    "?": "question_mark",
    ":": "colon",
    "/": "slash",
    "+": "plus",
    "-": "minus",
    "*": "asterisk",
    ",": "comma",
    ".": "full_stop",
    " ": "space",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
}
_SHOWN: Final = {
    "enter": "⏎",
    "escape": "esc",
    "space": "space",
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "asterisk": "*",
    "comma": ",",
    "full_stop": ".",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


class Action(Value, frozen=True):
    """One thing a user can do, told once."""

    id: str
    """Stable name, remappable in `config.toml` under `[keys]`: `backlog.done`."""
    keys: tuple[str, ...]
    """Keys by Textual's names; a sequence is written with blanks: `g r`, `I #`."""
    description: str
    """Verb and object, as help and palette show it."""
    tooltip: str
    """One sentence more, for help."""
    where: tuple[str, ...]
    """`app`, `list`, or the screens that have it."""
    footer: int = 0
    """Rank in the footer, smallest first; 0 is never shown there."""
    label: str = ""
    """The footer's word; the description where empty."""

    @property
    def method(self) -> str:
        """Name of the action method without `action_`, shared by all screens that have it."""
        return self.id.partition(".")[2].replace("-", "_")


def _action(  # noqa: PLR0917 -- a table is read by column
    action_id: str,
    keys: str,
    description: str,
    tooltip: str,
    where: tuple[str, ...],
    footer: int = 0,
    label: str = "",
) -> Action:
    return Action(action_id, tuple(keys.split("|")), description, tooltip, where, footer, label)


_WORK: Final = ("backlog", "planner")
_SORTED: Final = (*_WORK, "triage")
_GUIDED: Final = (*_SORTED, "ritual")
_VIEWS: Final = ("themes", "backlog", "planner", "triage", "ritual")

ACTIONS: Final[tuple[Action, ...]] = (
    # Everywhere
    _action("app.retro", "1|g r", "Go to Retro", "What this session showed.",
            EVERYWHERE, 0, "retro"),
    _action("app.themes", "2|g t", "Go to Themes", "What recurs over all sessions.",
            EVERYWHERE, 0, "themes"),
    _action("app.backlog", "3|g b", "Go to Backlog", "Every open improvement.",
            EVERYWHERE, 0, "backlog"),
    _action("app.planner", "4|g p", "Go to Planner", "This week's budget.",
            EVERYWHERE, 0, "planner"),
    _action("app.triage", "g i", "Go to Triage", "The inbox, item by item.",
            EVERYWHERE, 0, "triage"),
    _action("app.add", "a", "Add an improvement", "One line: title +category impact:8 effort:2.",
            EVERYWHERE, 50, "add"),
    _action("app.form", "A", "Add with a form", "Title, category, scores, hours and why.",
            EVERYWHERE),
    _action("app.undo", "u", "Undo", "Take back the newest change.", EVERYWHERE, 60, "undo"),
    _action("app.redo", "U", "Redo", "Bring back what undo took away.", EVERYWHERE),
    _action("app.history", "g h", "List the changes", "All writes, newest first; enter undoes one.",
            EVERYWHERE, 0, "changes"),
    _action("app.timer", "g s", "Start or stop the timer", "From anywhere; choose on what.",
            EVERYWHERE, 0, "timer"),
    _action("app.reload", "r", "Reload", "Read the logs and the store again.", EVERYWHERE),
    _action("app.palette", "colon|ctrl+p", "Open the palette", "Every action by name.",
            EVERYWHERE),
    _action("app.help", "question_mark|f1", "Help", "Every key of this screen, searchable.",
            EVERYWHERE, 90, "help"),
    _action("app.back", "q", "Back, then quit", "Close what is open; on a bare screen, quit.",
            EVERYWHERE),
    _action("app.quit", "ctrl+q", "Quit", "Leave hansei; drafts are kept.", EVERYWHERE),
    _action("app.light", "", "Switch light and dark", "The other of hansei's two colour sets.",
            EVERYWHERE),
    # Lists
    _action("list.down", "j|down", "Next row", "", LISTS),
    _action("list.up", "k|up", "Previous row", "", LISTS),
    _action("list.first", "g g|home", "First row", "", LISTS, 0, "first"),
    _action("list.last", "G|end", "Last row", "", LISTS),
    _action("list.half-down", "ctrl+d|pagedown", "Half a page down", "", LISTS),
    _action("list.half-up", "ctrl+u|pageup", "Half a page up", "", LISTS),
    _action("list.open", "enter", "Open", "Open the row under the cursor.", LISTS),
    _action("list.mark", "space", "Mark", "Keys then act on the marked rows.", LISTS),
    _action("list.mark-range", "v", "Mark a range", "From here to where you press it again.",
            LISTS),
    _action("list.mark-all", "V", "Mark all or none", "All rows that are shown.", LISTS),
    # Several screens
    _action("screen.next-pane", "tab|l|right", "Next pane", "", PLACES),
    _action("screen.previous-pane", "shift+tab|h|left", "Previous pane", "", PLACES),
    _action("screen.close", "escape", "Back", "Close, leave the filter, drop marks; never quits.",
            PLACES),
    _action("screen.details", "z", "Details", "Show or hide the detail pane.", _VIEWS, 45,
            "details"),
    _action("screen.filter", "slash", "Filter", "Live, in the grammar of the command line.",
            ("themes", "backlog"), 10, "filter"),
    _action("screen.sort", "o", "Sort", "By the next column; once more around.",
            ("themes", "backlog"), 48, "sort"),
    _action("screen.reverse", "O", "Turn the order round", "The last row first.", ("backlog",)),
    _action("screen.copy", "y", "Copy the id", "To the clipboard, where the terminal allows it.",
            _VIEWS),
    _action("screen.copy-text", "Y", "Copy the line", "Id, title and scores as text.", _VIEWS),
    # Retro
    _action("retro.save", "ctrl+s", "Save the retro", "One to three improvements, or a reason.",
            ("retro",), 1, "save"),
    _action("retro.sessions", "ctrl+o", "Choose a session", "All sessions, newest first.",
            ("retro",), 2, "sessions"),
    _action("retro.link", "ctrl+l", "Link to the twin", "The improvement that exists already.",
            ("retro",), 4, "link"),
    _action("retro.another", "ctrl+n", "One more improvement", "A fourth is asked about.",
            ("retro",)),
    _action("retro.editor", "ctrl+g", "Write in $EDITOR", "The focused answer, in your editor.",
            ("retro",)),
    _action("retro.evidence", "o", "Open the evidence", "The log at this friction.", ("retro",),
            5, "evidence"),
    # Themes
    _action("themes.promote", "P", "Promote to an improvement", "With evidence and suggestions.",
            ("themes",), 2, "promote"),
    _action("themes.link", "L", "Link to an improvement", "One that exists already.",
            ("themes",), 12, "link"),
    _action("themes.view", "b", "List, maps, metrics, once",
            "Themes by week and by project, metrics of sessions, what was seen once or twice.",
            ("themes",), 3, "view"),
    _action("themes.rename", "R", "Rename the theme", "Your name stays.", ("themes",)),
    _action("themes.merge", "M", "Merge into another theme",
            "Its links lead there; what was seen once is put there.", ("themes",)),
    _action("themes.split", "S", "Split the marked evidence off", "Mark it with space first.",
            ("themes",)),
    _action("themes.mute", "H", "Mute the theme, or no longer",
            "Left out of the list; the filter is:muted shows it.", ("themes",)),
    _action("themes.why", "W", "Why they are together",
            "Terms that two marked texts share, or one and the theme's middle one.", ("themes",)),
    _action("themes.rule", "T", "Rule for the agents",
            "As a diff for AGENTS.md or CLAUDE.md to copy; no file is changed.", ("themes",)),
    _action("themes.dial", "F", "Cut new themes finer or coarser",
            "What would change is said before it changes.", ("themes",)),
    _action("themes.propose", "", "Propose improvements",
            "For the dearest themes, into the inbox, scores suggested.", ("themes",)),
    _action("themes.export", "X", "Export the themes", "Markdown, or CSV.", ("themes",)),
    _action("themes.shorter", "comma", "Shorter window", "7, 30, 90 days, all.", ("themes",), 4,
            "window"),
    _action("themes.longer", "full_stop", "Longer window", "7, 30, 90 days, all.", ("themes",)),
    # Backlog
    _action("backlog.view", "b", "List, board, matrix", "The next view of the same items.",
            ("backlog",), 12, "view"),
    _action("backlog.impact", f"I {DIGIT}", "Set impact", "Then a digit; 0 is 10.", _GUIDED, 14,
            "impact"),
    _action("backlog.effort", f"E {DIGIT}", "Set effort", "Then a digit; 0 is 10.", _GUIDED, 15,
            "effort"),
    _action("backlog.impact-up", "plus", "More impact", "One point.", ("backlog",)),
    _action("backlog.impact-down", "minus", "Less impact", "One point.", ("backlog",)),
    _action("backlog.title", "i", "Edit the title", "In place.", _GUIDED),
    _action("backlog.modify", "m", "Modify", "One line: +category impact:8 effort:2 stage:done.",
            _GUIDED),
    _action("backlog.done", "d", "Mark done", "Through the stage gate.", _WORK, 18, "done"),
    _action("backlog.editor", "e", "Edit in $EDITOR", "Every field, as a page of Markdown.",
            _GUIDED, 26, "edit"),
    _action("backlog.tags", "t", "Tag", "+tag adds, -tag removes.", _GUIDED),
    _action("backlog.snooze", "w", "Snooze", "Hidden until a day; without one it is back.", _WORK),
    _action("backlog.defer", "W", "Defer", "A day and the reason: 2w waiting for the vendor.",
            ("backlog",)),
    _action("backlog.stage", "D", "Move to a stage", "Choose from all stages.", ("backlog",)),
    _action("backlog.stage-back", "H", "One stage back", "", ("backlog",)),
    _action("backlog.stage-on", "L", "One stage on", "", ("backlog",)),
    _action("backlog.higher", "K", "Card up", "On the board, within its column.", ("backlog",)),
    _action("backlog.lower", "J", "Card down", "On the board, within its column.", ("backlog",)),
    _action("backlog.review", "f", "Clear the review", "The gate to done asks for it.",
            ("backlog",)),
    _action("backlog.tick", "T", "Tick the checklist", "Four lines for each stage.",
            ("backlog",)),
    _action("backlog.split", "S", "Split", "What is too big for a week, a line for each part.",
            ("backlog",)),
    _action("backlog.merge", "M", "Merge twins", "One stays; evidence, history and ids join it.",
            ("backlog",)),
    _action("backlog.blocks", "B", "Block another", "It cannot start before this one is done.",
            ("backlog",)),
    _action("backlog.blocker", "g w", "Go to what it waits for", "The first that blocks it.",
            ("backlog",), 0, "blocker"),
    _action("backlog.views", "c", "Open a view", "A saved filter, order and layout.",
            ("backlog",), 46, "views"),
    _action("backlog.save-view", "C", "Save the view", "Filter, order and layout under a name.",
            ("backlog",)),
    _action("backlog.export", "X", "Export", "The marked rows, or all that are shown, to a file.",
            ("backlog",)),
    _action("backlog.trash", "x x", "Move to the trash", "Typed, not held down.",
            ("backlog",)),
    _action("backlog.planned", "p", "Take or drop this week", "In or out of this week's plan.",
            _WORK, 16, "plan"),
    # Triage
    _action("triage.accept", "1", "Accept", "Into the backlog.", ("triage",)),
    _action("triage.duplicate", "2", "Duplicate of", "Another gains its evidence; a digit or ⏎.",
            ("triage",)),
    _action("triage.decline", "3", "Decline", "Then a digit for the reason, or e to type one.",
            ("triage",)),
    _action("triage.snooze", "w", "Snooze", "Then 1 a week, 2 two weeks, 3 a month, e a day.",
            ("triage",)),
    # Planner
    _action("planner.propose", "P", "Propose a plan", "The best selection that fits.",
            ("planner",), 2, "propose"),
    _action("planner.pin", "asterisk", "Pin", "It stays in every proposal.", ("planner",), 20,
            "pin"),
    _action("planner.hours", "T", "Edit hours", "What it will take.", ("planner",), 22, "hours"),
    _action("planner.timer", "s", "Start or stop the timer", "One at a time.", _WORK, 24, "timer"),
    _action("planner.earlier", "comma", "Week before", "", ("planner",), 30, "week"),
    _action("planner.later", "full_stop", "Week after", "", ("planner",)),
    _action("planner.this-week", "0", "This week", "", ("planner",)),
    _action("planner.step", "n", "Go on with the ritual", "Done with this step; begins the next.",
            ("planner", "ritual"), 2, "go on"),
    _action("planner.step-back", "N", "Previous ritual step", "", ("planner", "ritual")),
    _action("planner.measure", "M", "Measure", "Metric, before and after, by hand.",
            ("planner", "ritual"), 34, "measure"),
    _action("planner.capacity", "B", "Capacity of this week",
            "32, budget 6, holiday 24, innovation 30 or usual.", ("planner",)),
    # Ritual
    *(
        _action(f"ritual.answer-{number}", str(number), f"Give answer {number}",
                "As the card lists them.", ("ritual",), int(number == 1), "to 6 answer")
        for number in range(1, 7)
    ),
    _action("planner.figures", "Z", "Where the week went", "Buckets, tokens, estimates.",
            ("planner",)),
    _action("planner.export", "X", "Export the week", "Calendar blocks, or a page.", ("planner",)),
    # Under the prompt
    _action("inline.save", "ctrl+s", "Save the retro", "The shell is back.", INLINE, 1, "done"),
    _action("inline.later", "escape", "Later", "The draft is kept.", INLINE, 2, "later"),
    _action("inline.full", "ctrl+o", "Go on in the full screen", "What is typed is there.",
            INLINE, 3, "full screen"),
    _action("inline.not-today", "ctrl+t", "Not today", "No session is asked about until tomorrow.",
            INLINE, 4, "not today"),
    _action("inline.link", "ctrl+l", "Link to the twin", "Once more takes it back.", INLINE),
)  # fmt: skip

BY_ID: Final[Mapping[str, Action]] = {action.id: action for action in ACTIONS}


def actions_of(scope: str, actions: Iterable[Action] = ACTIONS) -> tuple[Action, ...]:
    """Return the actions of one scope: `app`, `list` or a screen."""
    return tuple(action for action in actions if scope in action.where)


def bindings(scope: str) -> list[Binding]:
    """Return Textual's bindings of a scope; sequences are not in them, `Sequences` has those."""
    from textual.binding import Binding  # commands that look at the registry do without Textual

    return [
        Binding(
            key,
            action.method,
            action.description,
            show=False,
            tooltip=action.tooltip,
            id=action.id if position == 0 else f"{action.id}~{position}",
            priority=action.id in {"app.quit", "retro.save"} or key == "f1",
        )
        for action in actions_of(scope)
        for position, key in enumerate(action.keys)
        if key and " " not in key
    ]


def remapped(changes: Mapping[str, str]) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """Return the registry with the user's keys, and a sentence for each change that cannot be.

    Args:
        changes: Action id → key, from `[keys]` of the settings.
    """
    if not changes:
        return ACTIONS, ()
    from hansei_tui.keymap import problems_of, with_changes  # few have keys of their own

    return with_changes(changes), problems_of(changes)


def keymap(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the changes in the form of Textual's keymap, sequences left out."""
    if not changes:
        return {}
    from hansei_tui.keymap import is_possible

    return {
        action_id: long_name(key)
        for action_id, key in changes.items()
        if action_id in BY_ID and " " not in key.strip() and is_possible(action_id, key)
    }


def shown(keys: str) -> str:
    """Return a key or a sequence as people read it: `ctrl+s`, `?`, `gr`, `I 0–9`."""
    parts = ["0–9" if part == DIGIT else _SHOWN.get(part, part) for part in keys.split()]
    return (" " if DIGIT in keys else "").join(parts)


def footer_of(scope: str, actions: Iterable[Action] = ACTIONS) -> list[tuple[str, str]]:
    """Return (key, word) of the actions worth showing, most important first."""
    ranked = sorted(
        (
            action
            for action in actions
            if action.footer and (scope in action.where or "app" in action.where)
        ),
        key=lambda action: action.footer,
    )
    return [(_footer_key(action.keys[0]), action.label or action.description) for action in ranked]


def help_of(
    scope: str, actions: Iterable[Action] = ACTIONS
) -> Iterator[tuple[str, tuple[Action, ...]]]:
    """Yield (heading, actions) for a screen's help: its own, then lists, then everywhere."""
    actions = tuple(actions)
    for heading, part in ((scope.capitalize(), scope), ("Lists", "list"), ("Everywhere", "app")):
        found = actions_of(part, actions)
        yield heading, tuple(sorted(found, key=lambda action: action.id.startswith("screen.")))


def markdown(actions: Iterable[Action] = ACTIONS) -> str:
    """Return the documented key table, one section a scope."""
    actions = tuple(actions)
    rows = ["# Keys", ""]
    names = {"app": "Everywhere", "list": "Lists", "inline": "Under the prompt"}
    for scope in ("app", "list", *PLACES, "inline"):
        heading = names.get(scope, scope.capitalize())
        rows += [f"## {heading}", "", "| key | action | what it does | id |", "|---|---|---|---|"]
        for action in actions_of(scope, actions):
            keys = ", ".join(f"`{shown(key)}`" for key in action.keys if key) or "palette"
            rows.append(f"| {keys} | {action.description} | {action.tooltip} | `{action.id}` |")
        rows.append("")
    return "\n".join(rows)


def key_of(shown_key: str) -> str:
    """Return the one key that a footer's entry means; empty where it names several."""
    names = {picture: name for name, picture in _SHOWN.items()}
    if shown_key in names:
        return names[shown_key]
    is_one = len(shown_key) == 1 or "+" in shown_key or shown_key in {"space", "tab", "f1"}
    return long_name(shown_key) if is_one else ""


def _footer_key(key: str) -> str:
    if key == "comma":
        return ", ."
    return shown(key.replace(f" {DIGIT}", "")) if DIGIT in key else shown(key)


def long_name(key: str) -> str:
    """Return a key or a sequence by Textual's names: `?` → `question_mark`; a blank is space."""
    if key and not key.strip():
        return "space"
    return " ".join(_LONG_NAMES.get(part, part) for part in key.split())


class Sequences:
    """Keys that need a second key: `gr`, `I8`, `xx`. A pending one wins over every binding."""

    def __init__(self, actions: Iterable[Action] = ACTIONS) -> None:
        self._table: dict[tuple[str, str], list[Action]] = {}
        for action in actions:
            for keys in action.keys:
                first, _, second = keys.partition(" ")
                if second:
                    self._table.setdefault((first, second), []).append(action)
        self.pending = ""

    def starts(self, key: str, scopes: Iterable[str]) -> bool:
        """Tell whether a key begins a sequence of one of these scopes."""
        wanted = set(scopes)
        return any(
            first == key and any(wanted & set(action.where) for action in found)
            for (first, _), found in self._table.items()
        )

    def continuations(self, scopes: Iterable[str]) -> list[tuple[str, str]]:
        """Return (key, word) of what may follow the pending key, for the footer.

        What has a key of its own as well comes last: it is missed least where room ends.
        """
        wanted = set(scopes)
        possible = [
            (second, action)
            for (first, second), found in self._table.items()
            for action in found
            if first == self.pending and wanted & set(action.where)
        ]
        possible.sort(key=lambda each: any(key and " " not in key for key in each[1].keys))
        return [(shown(second), action.label or action.description) for second, action in possible]

    def finish(self, key: str, scopes: Iterable[str]) -> tuple[Action, int | None] | None:
        """End the pending sequence with a key; the action and its digit, or None."""
        first, self.pending = self.pending, ""
        wanted = set(scopes)
        second = DIGIT if key.isdigit() and len(key) == 1 else key
        for candidate in (key, second):
            for action in self._table.get((first, candidate), ()):
                if wanted & set(action.where):
                    digit = int(key) or 10 if candidate == DIGIT else None
                    return action, digit
        return None
