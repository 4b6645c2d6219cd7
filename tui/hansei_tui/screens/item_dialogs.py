"""What Backlog and Planner ask about improvements: tags, days, the editor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hansei_core.errors import HanseiError, UsageError
from hansei_tui.text import plain
from hansei_tui.words import count

if TYPE_CHECKING:
    from hansei_tui.desk import Desk
    from hansei_tui.modals.prompt import Feedback
    from hansei_tui.screens.backlog_verbs import ItemVerbs

_SHOWN_TAGS = 12


def named(ids: Sequence[str]) -> str:
    """Return ids as a heading names them: the one, or how many."""
    return ids[0] if len(ids) == 1 else count(len(ids), "improvement")


def ask_tags(screen: ItemVerbs, ids: Sequence[str]) -> None:
    """Ask for tags to add and to remove."""
    from hansei_tui.modals.prompt import Feedback, Prompt

    desk = screen.desk
    first = desk.improvement(ids[0])
    own = " ".join(f"+{tag}" for tag in first.tags) if first and len(ids) == 1 else ""
    known = desk.tags()

    def check(text: str) -> Feedback:
        word = text.replace(",", " ").split(" ")[-1].lstrip("+-").casefold()
        near = [tag for tag in known if tag.startswith(word)][:_SHOWN_TAGS]
        said = f"has {own}\n" if own else ""
        return Feedback(plain(f"{said}known: {' '.join(near) or 'none like that'}"))

    def save(text: str | None) -> None:
        if text and text.strip():
            screen.change(lambda _: desk.tag(ids, text))

    screen.app.push_screen(
        Prompt(f"Tag {named(ids)}", check=check, placeholder="+add -remove"), save
    )


def ask_snooze(screen: ItemVerbs, ids: Sequence[str]) -> None:
    """Ask for the day until which improvements are hidden."""
    from hansei_tui.modals.prompt import Feedback, Prompt

    def check(text: str) -> Feedback:
        if not text.strip():
            return Feedback(plain("tomorrow, fri, 3d, 2w, 2026-12-01; empty: back at once"))
        until, rest = screen.desk.deferral(text)
        if until is None or rest:
            return Feedback(plain("a day alone: tomorrow, fri, 3d, 2w, 2026-12-01"), wrong=True)
        if until <= screen.desk.today():
            return Feedback(plain(f"{until} is not in the future"), wrong=True)
        return Feedback(plain(f"hidden until {until:%A} {until.isoformat()}"))

    def save(text: str | None) -> None:
        if text is not None:
            screen.change(lambda _: screen.desk.snooze(ids, text))

    screen.app.push_screen(Prompt(f"Snooze {named(ids)} until", check=check), save)


def ask_defer(screen: ItemVerbs, ids: Sequence[str]) -> None:
    """Ask for the day and the reason of a deferral."""
    from hansei_tui.modals.prompt import Feedback, Prompt

    def check(text: str) -> Feedback:
        if not text.strip():
            return Feedback(plain("2w waiting for the vendor; without a day it is open-ended"))
        until, reason = screen.desk.deferral(text)
        if not reason:
            return Feedback(plain("say what it waits for"), wrong=True)
        if until is not None and until <= screen.desk.today():
            return Feedback(plain(f"{until} is not in the future"), wrong=True)
        day = f"until {until:%A} {until.isoformat()}" if until else "open-ended"
        return Feedback(plain(f"{day}: {reason}"))

    def save(text: str | None) -> None:
        if text and text.strip():
            screen.change(lambda _: screen.desk.defer(ids, text))
            screen.point_out_secrets(text)

    screen.app.push_screen(Prompt(f"Defer {named(ids)}", check=check), save)


def edit_in_editor(screen: ItemVerbs, improvement_id: str) -> None:
    """Open the page of an improvement in the user's editor, and take what comes back."""
    from textual.app import SuspendNotSupported

    from hansei_tui.editor import edit_text, editor_of
    from hansei_tui.outside import outside

    desk = screen.desk
    try:
        command = editor_of(desk.workspace.context.environ)
        label, typed = outside(
            screen.app,
            lambda: desk.edit_page(
                improvement_id, lambda text: edit_text(command, text, desk.paths.drafts)
            ),
        )
    except SuspendNotSupported:
        screen.say("An editor cannot be opened in this terminal.")
    except HanseiError as error:
        screen.fail(error)
        screen.changed()
    else:
        undo = " · u undoes it" if typed else ""
        screen.changed(f"{label[:1].upper()}{label[1:]}{undo}")
        screen.point_out_secrets(typed)


def copy(screen: ItemVerbs, text: str, what: str) -> None:
    """Hand text to the terminal's clipboard (OSC 52), and show it where that is refused in silence.

    No terminal says whether it took it; so the text stands in the message too.
    """
    screen.app.copy_to_clipboard(text)
    shown = text if len(text) <= 120 else f"{text[:120]}…"
    said = shown if what == shown else f"{what}: {shown}"
    screen.say(f"Copied {said}\nNot in the clipboard? The terminal has OSC 52 off.")


def ask_export(screen: ItemVerbs, ids: Sequence[str]) -> None:
    """Ask for a file and write improvements into it; what is there already is asked about."""
    from hansei_core.exchange.formats import FORMATS
    from hansei_tui.modals.prompt import Feedback, Prompt

    endings = tuple(end for each in FORMATS if each.write for end in each.extensions)
    desk = screen.desk
    cwd = desk.workspace.context.cwd

    def check(text: str) -> Feedback:
        path = _path_of(text, cwd)
        if path.suffix.lower() not in endings:
            return Feedback(plain(f"end the name in {', '.join(endings)}"), wrong=True)
        there = "; it is there already" if path.exists() else ""
        return Feedback(plain(f"{path}{there}"))

    def write(path: Path, *, force: bool) -> None:
        try:
            screen.say(desk.export(ids, path, force=force))
        except HanseiError as error:
            screen.fail(error)

    def save(text: str | None) -> None:
        if text is None:
            return
        path = _path_of(text, cwd)
        if not path.exists():
            write(path, force=False)
            return
        from hansei_tui.modals.prompt import Question

        screen.app.push_screen(
            Question(f"Replace {path.name}?", f"{path} is there already."),
            lambda yes: write(path, force=True) if yes else None,
        )

    name = f"backlog-{desk.today().isoformat()}.md"
    screen.app.push_screen(Prompt(f"Export {named(ids)} to", name, check=check), save)


def _path_of(text: str, cwd: Path) -> Path:
    """Return the file that a typed name means; relative ones lie in the folder of the shell."""
    path = Path(text.strip() or "backlog.md")
    try:
        path = path.expanduser()
    except RuntimeError:  # there is no such home
        return cwd / path
    return path if path.is_absolute() else cwd / path


def check_parts(desk: Desk, lines: Sequence[str]) -> str:
    """Return what is wrong with the lines of a split, or nothing."""
    from hansei_core.quickadd import parse_line

    if len(lines) < 2:
        return "a split needs at least two parts, a line each"
    for line in lines:
        try:
            if not parse_line(line, desk.today()).title:
                return f"“{line}” has no title"
        except UsageError as error:
            return error.message
    return ""
