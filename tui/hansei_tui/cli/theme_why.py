"""`hansei themes why`: what two texts share, named by their words, by their ids or by a theme."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final

import typer

from hansei_core.errors import NotFoundError, UsageError
from hansei_core.themes.model import Document, Family, ThemeState
from hansei_core.verbs import theme_model as verbs
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say, say_words
from hansei_tui.cli.root import Root, root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.cli.theme_learning import learned_themes
from hansei_tui.cli.theme_records import find, text_id, whole_id
from hansei_tui.theme_view import ThemeQuery, ThemesView
from hansei_tui.theme_words import why_lines

_THEME: Final = re.compile(r"(?:thm-)?[0-9]{1,8}", re.IGNORECASE)
_TEXT: Final = re.compile(r"note:\S+|[0-9a-zA-Z_-]{4,}(?:(?:…|\.\.+)\S+|:\S*[0-9]\S*)")
"""What ids of texts look like: whole, or shortened by dots. No word ends so but a place in code."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two texts."""

    text: str
    family: Family | None = None
    """None where only the words are known."""
    home: str | None = None
    """The theme it stands in, empty for none; None where only the words are known."""
    name: str = ""
    """What to say it is, where it was named by an id."""


def why_command(
    context: typer.Context,
    first: Annotated[str, typer.Argument(help="A text in quotes, the id of one, or a theme's id.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    *,
    as_json: Json = False,
) -> None:
    """Explain why two texts are, or are not, in one theme; a theme speaks by its nearest text.

    Example: hansei themes why 7 "the file was not read"
    """
    from hansei_core.themes.service import likely_family, why

    root = root_of(context)
    views: list[ThemesView] = []

    def view() -> ThemesView:
        if not views:
            scanned(root)
            views.append(learned_themes(root, ThemeQuery(muted=True)))
        return views[0]

    sides = [_side(each, view, root) for each in (first, second)]
    state = verbs.load_themes(root.workspace.store)
    known = list(dict.fromkeys(each.family for each in sides if each.family is not None))
    family = known[0] if known else likely_family(state, *(each.text for each in sides))
    found = why(state, sides[0].text, sides[1].text, family)
    found = replace(
        found,
        theme_a=found.theme_a if sides[0].home is None else sides[0].home,
        theme_b=found.theme_b if sides[1].home is None else sides[1].home,
    )
    if as_json:
        emit_json("why", found, family=family, texts=[each.text for each in sides])
        return
    for word, each in zip(("first", "second"), sides, strict=True):
        if each.name:
            say_words(f"{word:8}{each.name}: “{each.text}”", under=8)
    for weight, words in why_lines(found):
        say(f"{weight:>7}  {words}" if weight else words)
    if len(known) > 1:
        kinds = " and ".join(_KINDS[each] for each in known)
        note(f"{kinds} are never compared: only you can put them into one theme")


_KINDS: Final = {
    Family.TEXT: "people's words",
    Family.COMMAND: "what commands print",
    Family.TOOL: "what the agent's tools answer",
    Family.SLOW: "slow commands",
    Family.TEST: "failed tests",
    Family.SILENT: "commands that failed without a message",
    Family.RULE: "events without words",
}


def _side(typed: str, view: Callable[[], ThemesView], root: Root) -> _Side:
    """Return the text that was typed, or that an id leads to.

    Raises:
        UsageError: Nothing was typed.
        NotFoundError: It looks like an id, and leads nowhere.
    """
    wanted = typed.strip()
    if not wanted:
        raise UsageError("an empty text is like nothing", "give a text, or an id of one")
    if _THEME.fullmatch(wanted):
        return _of_theme(wanted, view(), verbs.load_themes(root.workspace.store))
    if not _TEXT.fullmatch(wanted):
        return _Side(wanted)
    texts = {each.id: each for each in view().texts}
    try:
        chosen = texts[text_id(wanted, texts)]
    except NotFoundError:
        if "…" in wanted or wanted.startswith("note:"):
            raise
        return _Side(wanted)
    home = view().homes.get(chosen.id, "")
    return _Side(chosen.text, chosen.family, home, f"{home or 'no theme'}, {chosen.kind}")


def _of_theme(wanted: str, view: ThemesView, state: ThemeState) -> _Side:
    from hansei_core.themes.example import nearest_text

    report = find(view, whole_id(wanted))
    chosen: Document = nearest_text(state, report)
    return _Side(chosen.text, chosen.family, report.theme.id, report.theme.id)
