"""The one place where text becomes something a terminal draws: cleaned, measured, never markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from hansei_sessions.text import clean, clean_line

if TYPE_CHECKING:
    from textual.app import App

Severity: TypeAlias = Literal["information", "warning", "error"]
Part: TypeAlias = "str | tuple[str, str]"

_BIDI: Final = frozenset((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_JOINERS: Final = frozenset((0x200C, 0x200D))
"""Parts of emoji and of the spelling of some scripts."""


class _Shown(dict[int, str]):
    """What stands for a character at the very end: itself, a picture, a mark or nothing."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char.isprintable() or code in _JOINERS:
            shown = char
        elif code < 0x20:
            shown = chr(0x2400 + code)
        elif 0x7F <= code < 0xA0 or code in _BIDI or 0xD800 <= code < 0xE000:
            shown = "�"
        else:
            shown = "" if cell_len(char) == 0 else " "
        self[code] = shown
        return shown


_SHOWN: Final = _Shown()


class ControlGuard(LineFilter):
    """Last defence before the terminal: no segment may carry a control code or a bidi control.

    Everything shown is cleaned before; this filter holds even where a widget forgot.
    """

    def apply(
        self,
        segments: list[Segment],
        background: Color,  # noqa: ARG002 -- the filter's signature is Textual's
    ) -> list[Segment]:
        """Replace what a terminal would obey by something it shows."""
        if all(text.isprintable() for text, _, control in segments if not control):
            return segments
        return [
            segment
            if segment.control or segment.text.isprintable()
            else Segment(segment.text.translate(_SHOWN), segment.style)
            for segment in segments
        ]


def plain(text: str) -> Content:
    """Return text of any origin as content: line breaks stay, nothing is read as markup."""
    return Content(clean(text))


def one_line(text: str) -> Content:
    """Return text of any origin as content on one line."""
    return Content(clean_line(text))


def assemble(*parts: Part) -> Content:
    """Join parts; a pair is (text, style), where a style is ours and the text may be anybody's."""
    return Content.assemble(
        *((clean(part[0]), part[1]) if isinstance(part, tuple) else clean(part) for part in parts)
    )


def lines(rows: Iterable[Content]) -> Content:
    """Join rows of content with line breaks."""
    return Content("\n").join(rows)


def tell(app: App[Any], message: str, severity: Severity = "information") -> None:
    """Show a toast, of anybody's text; one that only tells takes the place of older ones."""
    if severity == "information":
        app.clear_notifications()
    app.notify(clean(message), severity=severity, markup=False)


def width_of(text: str) -> int:
    """Return how many terminal columns a text takes."""
    return cell_len(text)


def fit(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """Return text on one line in exactly `width` columns: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    shown = text if text.isprintable() else clean_line(text)
    length = cell_len(shown)
    if length > width:
        return set_cell_size(shown, width - 1) + "…" if width > 1 else "…"
    padding = " " * (width - length)
    return padding + shown if align == "right" else shown + padding


def wrap(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` columns; long words are cut, blank lines stay."""
    result: list[str] = []
    for line in clean(text).expandtabs(4).split("\n"):
        result.extend(_wrap_line(line, max(width, 1)))
    return result


def wrap_within(text: str, width: int, rows: int) -> list[str]:
    """Break text into `rows` lines at most; the last is cut with an ellipsis where more follows."""
    found = wrap(text, width)
    if len(found) <= rows:
        return found
    rest = clean(text).expandtabs(4)
    for row in found[: rows - 1]:
        rest = rest[max(rest.find(row), 0) + len(row) :].lstrip()
    return [*found[: rows - 1], fit(rest, width).rstrip()]


def field(name: str, value: str, width: int, style: str = "") -> Content:
    """Return a quiet name and its value, whose further lines hang below its first."""
    indent = 10
    rows = wrap(value, max(width - indent, 12))
    text = ("\n" + " " * indent).join(rows)
    return assemble((f"{name:<{indent}}", "$quiet"), (text, style))


def _wrap_line(line: str, width: int) -> list[str]:
    if cell_len(line) <= width:
        return [line.rstrip()]
    rows: list[str] = []
    current, length = "", 0
    for word in line.split(" "):
        size = cell_len(word)
        if length and length + 1 + size > width:
            rows.append(current)
            current, length = "", 0
        rest = word
        while size > width:
            head = set_cell_size(rest, width).rstrip() or rest[0]
            joint = max(head.rfind(sign) for sign in "-/") + 1
            if joint > len(head) // 2:  # a path or a compound reads better cut where it is joined
                head = head[:joint]
            rows.append(head)
            rest = rest[len(head) :]
            size = cell_len(rest)
        current, length = (f"{current} {rest}", length + 1 + size) if current else (rest, size)
    return [*rows, current] if current or not rows else rows


def bar(share: float, width: int) -> str:
    """Draw a filled bar of `width` columns for a share from 0 to 1, in eighths of a column."""
    eighths = round(max(0.0, min(share, 1.0)) * width * 8)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (" ▏▎▍▌▋▊▉"[rest] if rest else "")
