"""What the Planner tells besides the plan: where time and tokens went, and the week as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hansei_core.errors import HanseiError
from hansei_core.planning.estimates import ENOUGH
from hansei_core.planning.week import share_words
from hansei_tui.screens.base import AreaScreen
from hansei_tui.text import plain
from hansei_tui.words import count, hours

if TYPE_CHECKING:
    from hansei_core.planning.spending import Spending
    from hansei_core.planning.week import Week
    from hansei_tui.workspace import Workspace


class WeekPages(AreaScreen):
    """The Planner's actions on files and figures; they read, and write only where asked to."""

    week: Week

    def action_figures(self) -> None:
        """Show where the week's time and tokens went, and how estimates fared."""
        from hansei_tui.modals.reading import ReadingDialog

        try:
            text = "\n".join(figures_lines(self.desk.workspace, self.week))
        except HanseiError as error:
            self.fail(error)
            return
        self.app.push_screen(ReadingDialog(f"Where week {self.week} went", plain(text)))

    def action_export(self) -> None:
        """Write the week as calendar blocks or as a page, by the name of the file."""
        from hansei_tui.modals.prompt import Prompt

        def write(name: str | None) -> None:
            if name and name.strip():
                self._write(name.strip())

        self.app.push_screen(
            Prompt(
                "Write the week to a file: .ics for calendars, .md to read",
                f"week-{self.week}.ics",
            ),
            write,
        )

    def _write(self, name: str) -> None:
        from hansei_tui.export_file import write_export
        from hansei_tui.week_figures import calendar_of, page_of

        workspace = self.desk.workspace
        make = calendar_of if name.endswith(".ics") else page_of
        path = workspace.context.cwd / Path(name).expanduser()
        try:
            write_export(path, make(workspace, self.week), force=False)
        except HanseiError as error:
            self.fail(error)
            return
        self.say(f"Week {self.week} written to {path}")


def figures_lines(workspace: Workspace, week: Week) -> Iterator[str]:
    """Yield the figures of a week as lines.

    Raises:
        ConfigError: A bucket of the settings is wrong.
    """
    from hansei_tui.week_figures import estimates, shares, spent

    yield "TIME BY BUCKET"
    buckets = shares(workspace, week)
    for each in buckets:
        target = "" if each.target is None else f"  of {share_words(each.target)} wanted"
        share = "–" if each.share is None else share_words(each.share)
        yield f"  {each.name:<16} {hours(round(each.hours, 2)):>8}  {share:>6}{target}"
    if not buckets:
        yield "  nothing was tracked"
    if not workspace.settings.week.buckets:
        yield '  no buckets are set: hansei config set week.buckets "debt 20 cat:debt"'
    yield ""
    yield "TOKENS AND MONEY OF SESSIONS IN TRACKED TIME"
    spending = spent(workspace, week)
    for name, one in spending.by_improvement.items():
        yield f"  {name}  {_spent(one)}"
    yield f"  together      {_spent(spending.total)}"
    limit = workspace.settings.week.token_budget
    if limit and spending.total.tokens is not None:
        yield f"  {share_words(spending.total.tokens / limit)} of the week's {limit:,} tokens"
    yield ""
    yield "ESTIMATES, OVER EVERYTHING FINISHED"
    records = [each for each in estimates(workspace) if each.finished]
    for record in records:
        ratio = f"×{record.ratio:.2f}" if record.ratio is not None else f"fewer than {ENOUGH}"
        actual = hours(round(record.actual_hours, 2))
        yield (
            f"  {record.size:<14} {record.finished:>3} done,"
            f" {actual} for {hours(record.estimated_hours)}: {ratio}"
        )
    if not records:
        yield "  nothing finished has both an estimate and tracked time"


def _spent(one: Spending) -> str:
    tokens = "tokens unknown" if one.tokens is None else f"{one.tokens:,} tokens"
    cost = "cost unknown" if one.cost_usd is None else f"US$ {one.cost_usd:.2f}"
    return f"{count(one.sessions, 'session')}, {tokens}, {cost}"
