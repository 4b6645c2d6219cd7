"""What a theme leads to: proposals for the inbox, a rule for the agents; and how themes are cut."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei_core.errors import UsageError
from hansei_core.verbs import theme_model as verbs
from hansei_tui.cli import complete
from hansei_tui.cli.options import Json
from hansei_tui.cli.output import emit_json, note, say, table
from hansei_tui.cli.root import root_of
from hansei_tui.cli.scanned import scanned
from hansei_tui.cli.theme_learning import learned_themes
from hansei_tui.cli.theme_records import ThemeId, find, report_outcome, text_id, whole_id
from hansei_tui.theme_view import ThemeQuery, ThemesView, drafts_of
from hansei_tui.theme_words import dial_lines
from hansei_tui.words import count
from hansei_tui.workspace import Workspace


def propose(workspace: Workspace, view: ThemesView, most: int, *, as_json: bool) -> None:
    """Put proposals against a view's themes into the inbox and print them."""
    from hansei_core.verbs.themes import propose as propose_verb
    from hansei_tui.cli.improvements import record

    done = propose_verb(workspace.store, drafts_of(workspace, view, most), now=workspace.now())
    if as_json:
        emit_json("improvements", [record(item, workspace.bins) for item in done.value])
        return
    rows = [(item.id, item.theme_id, item.impact, item.effort, item.title) for item in done.value]
    if rows:
        table(("id", "theme", "impact", "effort", "title"), rows, right="impact effort")
        note(f"{count(len(rows), 'proposal')} in the inbox; scores are suggested; undo takes back")
        return
    if not view.reports:
        note("nothing to propose: there is no theme here")
        return
    note("nothing to propose: every theme that still recurs has, or had, an improvement")


def link_command(
    context: typer.Context,
    theme_id: ThemeId,
    improvement: Annotated[
        str,
        typer.Argument(
            help="The improvement that is meant to end it.", autocompletion=complete.ids
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Link an improvement to a theme; it gains the theme's evidence instead of a twin."""
    from hansei_core.verbs.themes import link_to_theme
    from hansei_tui.cli.improvements import record
    from hansei_tui.theme_view import draft_of

    workspace = scanned(root_of(context))
    report = find(learned_themes(root_of(context), ThemeQuery(muted=True)), theme_id)
    draft = draft_of(workspace, report)
    done = link_to_theme(workspace.store, improvement, draft, now=workspace.now())
    if as_json:
        emit_json("improvement", record(done.value, workspace.bins))
        return
    note(f"{done.label}; seen {done.value.seen}×")


def rule_command(
    context: typer.Context,
    theme_id: ThemeId,
    *,
    file: Annotated[
        str,
        typer.Option(
            "--file",
            help="AGENTS.md or CLAUDE.md.",
            autocompletion=complete.one_of("AGENTS.md", "CLAUDE.md"),
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Print a rule for the agents as a diff to copy or to apply; no file is changed."""
    from hansei_tui.theme_rules import rule_change

    workspace = scanned(root_of(context))
    report = find(learned_themes(root_of(context), ThemeQuery(muted=True)), theme_id)
    change = rule_change(workspace, report, file)
    if as_json:
        emit_json("rule", change, theme_id=report.theme.id, sessions=len(report.sessions))
        return
    if change.diff:
        say(change.diff.rstrip("\n"))
    else:
        note(f"{change.file} has this rule already")
    where = f"{change.folder}/{change.file}" if change.folder else change.file
    note(f"nothing was changed; for {where}: copy it, or pipe it into `git apply`")
    if not change.rule.is_whole:
        note("complete the rule first: the logs do not tell what helps")
    least = workspace.settings.themes.rule_after
    if len(report.sessions) < least:
        note(f"seen in {count(len(report.sessions), 'session')}; a rule is offered from {least} on")


def dial_command(
    context: typer.Context,
    cut: Annotated[
        str, typer.Argument(help="0.5, coarse, to 2, fine; `settings` for what config.toml says.")
    ] = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it only said.")] = False,
    as_json: Json = False,
) -> None:
    """Show how finely new themes are cut, and what another cut would change, before it does."""
    from hansei_core.verbs.theme_dial import preview_dial, turn_dial

    workspace = scanned(root_of(context))
    settings, now = workspace.settings.themes, workspace.now()
    state = verbs.load_themes(workspace.store)
    wanted = state.granularity if not cut else _cut(cut)
    documents = workspace.documents()
    found = preview_dial(workspace.store, documents, wanted, now=now, settings=settings)
    done = cut and yes
    if done:
        turn_dial(
            workspace.store,
            documents,
            wanted,
            now=now,
            settings=settings,
            homes=workspace.homes_kept,
        )
    if as_json:
        emit_json("dial", found, done=bool(done))
        return
    origin = "as the settings say" if state.granularity is None else "as you turned it"
    say(f"new themes are cut at {found.before:g}, {origin} (0.5 coarse … 2 fine)")
    if cut:
        say(f"at {found.after:g}:")
        for line in dial_lines(found):
            say(f"  {line}")
    if done:
        note(f"cut at {found.after:g} from now on · hansei undo takes it back")
    elif cut:
        note(f"nothing was changed; hansei themes dial {cut} --yes does it")


def move_command(
    context: typer.Context,
    documents: Annotated[str, typer.Argument(help="Ids of texts, with commas.")],
    theme_id: Annotated[
        str,
        typer.Argument(
            help="A theme's id, or `none`.", autocompletion=complete.themes, callback=whole_id
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Put texts into a theme, or out of all themes; they stay where you put them."""
    workspace = scanned(root_of(context))
    wanted = [each.strip() for each in documents.split(",") if each.strip()]
    known = {each.id: each for each in workspace.documents()}
    home = "" if theme_id.strip().casefold() == "none" else theme_id
    chosen = [known[text_id(each, known)] for each in wanted]
    done = verbs.move(workspace.store, chosen, home, now=workspace.now())
    if as_json and done.value is None:
        emit_json("theme", None)
        return
    report_outcome(done, as_json=as_json)


def _cut(text: str) -> float | None:
    """Return a number, or None for what the settings say.

    Raises:
        UsageError: It is neither.
    """
    if text.strip().casefold() == "settings":
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"“{text}” is no cut", "from 0.5, coarse, to 2, fine") from None
