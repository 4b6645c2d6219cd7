"""The filter as it is typed: its words coloured, mistakes marked where they stand, completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.suggester import Suggester
from textual.widgets import Input, Static

from hansei_core.filters import FilterError
from hansei_core.filters.lexer import TokenKind, tokens_of
from hansei_tui.text import one_line, plain, width_of

if TYPE_CHECKING:
    from hansei_core.filters import KnownWords


_WRONG = "red underline"
_KNOWN = {TokenKind.TAG: "green", TokenKind.TERM: "cyan"}
_JOINING = (TokenKind.AND, TokenKind.OR, TokenKind.NOT)


class FilterSpans(Highlighter):
    """Styles the words that the grammar knows, and underlines the first that it cannot read."""

    def __init__(self, check: Callable[[str], object]) -> None:
        self._check = check

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Return (start, end, style) for each part of a filter that has one."""
        found: list[tuple[int, int, str]] = []
        try:
            for token in tokens_of(text):
                if token.kind in _KNOWN:
                    end = token.value_start or token.end
                    found.append((token.start, end, _KNOWN[token.kind]))
                elif token.kind in _JOINING:
                    found.append((token.start, token.end, "italic"))
            self._check(text)
        except FilterError as error:
            found.append((error.start, error.end, _WRONG))
        return found

    def highlight(self, text: Text) -> None:
        """Style the parts."""
        for start, end, style in self.spans(text.plain):
            text.stylize(style, start, end)


class FilterWords(Suggester):
    """Completes keys, values and the user's own tags, projects and themes."""

    def __init__(self, known: Callable[[], KnownWords]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        """Return the text with its last word completed, or None."""
        from hansei_core.filters import suggest

        found = suggest(value, len(value), self._known(), limit=1)
        if not found:
            return None
        completed = value[: found[0].start] + found[0].text
        return completed if completed.startswith(value) and completed != value else None


class FilterLine(Vertical):
    """A filter's text field, and what it says; shown while its screen has the class `-filtering`.

    Args:
        check: Reads a text, and raises `FilterError` where it cannot; the backlog's own grammar
            unless another one is given.
        completes: Completes the last word; without it nothing is completed.
    """

    DEFAULT_CSS = """
    FilterLine {
        height: auto;
        display: none;
        padding: 0 1;
        & > Input { background: $panel; }
        & > #filter-says { height: auto; max-height: 3; color: $quiet; }
        & > #filter-says.-wrong { color: $error; }
    }
    """
    SAYS: ClassVar[str] = "#filter-says"

    def __init__(
        self,
        check: Callable[[str], object] | None = None,
        completes: Suggester | None = None,
    ) -> None:
        super().__init__(id="filter-line")
        self._check = check or _read
        self._completes = completes

    def compose(self) -> ComposeResult:
        """Lay out the field and its line."""
        yield Input(
            placeholder="filter",
            compact=True,
            id="filter",
            select_on_focus=False,
            highlighter=FilterSpans(self._check),
            suggester=self._completes,
        )
        yield Static(id="filter-says")

    def put(self, text: str) -> None:
        """Show a text as if it had been typed, without telling so."""
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text

    def say(self, text: str) -> None:
        """Say something about the filter."""
        line = self.query_one(self.SAYS, Static)
        line.update(one_line(text))
        line.set_class(False, "-wrong")

    def say_wrong(self, text: str, error: FilterError) -> None:
        """Point at what is wrong in a text, and say what it is."""
        line = self.query_one(self.SAYS, Static)
        before = width_of(text[: error.start])
        wide = max(width_of(text[error.start : error.end]), 1)
        room = self.query_one(Input).content_size.width
        pointer = f"{' ' * before}{'^' * wide}\n" if before + wide <= room else ""
        hint = f"  {error.hint}" if error.hint else ""
        line.update(plain(f"{pointer}{one_line(error.message + hint).plain}"))
        line.set_class(True, "-wrong")


def _read(text: str) -> object:
    from hansei_core.filters import parse  # a line that nobody opens needs no grammar

    return parse(text)
