"""Saved views: a filter with an order and a layout, under a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hansei_core.backlog import SORTS
from hansei_core.errors import NotFoundError, UsageError
from hansei_core.vocabulary import nearest
from hansei_sessions.value import Value

LAYOUTS: Final = ("list", "board", "matrix")
MAX_NAME: Final = 40
_WORD: Final = re.compile(r"(?<!\S)(?P<minus>-?)(?P<key>sort|as):(?P<value>\S*)", re.IGNORECASE)

BUILT_IN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ready": "is:ready",
        "do first": "cell:dofirst is:ready",
        "quick wins": "cell:quickwin is:ready sort:effort",
        "blocked": "is:blocked",
        "overdue": "is:overdue sort:due",
        "unscored": "is:unscored sort:age",
        "recurring": "seen:>=3 sort:seen",
        "too big": "hours:>8 sort:hours",
        "this week": "is:planned",
        "in work": "stage:implementation,validation sort:stage",
        "someday": "age:>90d sort:age",
        "done lately": "done:<30d sort:updated",
    }
)
"""Views that everybody has; one of the user's own under the same name takes its place."""


class View(Value, frozen=True):
    """What a name stands for."""

    name: str
    filter: str = ""
    sort: str = "priority"
    reverse: bool = False
    layout: str = "list"

    @property
    def text(self) -> str:
        """The view as it is written in the configuration; `read_view` reads it back."""
        words = [self.filter] if self.filter else []
        if self.sort != "priority" or self.reverse:
            words.append(f"{'-' if self.reverse else ''}sort:{self.sort}")
        if self.layout != "list":
            words.append(f"as:{self.layout}")
        return " ".join(words)


def read_view(name: str, text: str) -> View:
    """Return the view that a text of the configuration means.

    Args:
        name: Its name, for messages.
        text: A filter, with `sort:effort` (`-sort:effort` for the reverse) and `as:board` in it
            where another order or layout is meant; both are taken out before the filter is read.

    Raises:
        UsageError: The filter cannot be read, or there is no such order or layout.
    """
    check_name(name)
    found: dict[str, re.Match[str]] = {}
    quoted = [(one.start(), one.end()) for one in re.finditer(r'"[^"]*"', text)]
    for word in _WORD.finditer(text):
        if any(start < word.start() < end for start, end in quoted):
            continue
        key = word["key"].lower()
        if key in found:
            raise UsageError(f"view “{name}”: {key}: is given twice")
        found[key] = word
    rest = text
    for word in sorted(found.values(), key=lambda each: -each.start()):
        rest = f"{rest[: word.start()]} {rest[word.end() :]}"
    filter_text = re.sub(r"^\s+|\s+$", "", rest) if found else text.strip()
    sort = _chosen(name, found.get("sort"), "order", tuple(SORTS), "priority")
    layout = _chosen(name, found.get("as"), "layout", LAYOUTS, "list")
    if "as" in found and found["as"]["minus"]:
        raise UsageError(f"view “{name}”: a layout has no reverse", f"write as:{layout}")
    if filter_text:
        _check_filter(name, filter_text)
    is_reverse = "sort" in found and bool(found["sort"]["minus"])
    return View(name, filter_text, sort, is_reverse, layout)


def _check_filter(name: str, text: str) -> None:
    from hansei_core.filters import parse  # the view that most lists begin with has no filter

    try:
        parse(text)
    except UsageError as error:
        raise UsageError(f"view “{name}”: {error.message}", error.hint) from error


def check_name(name: str) -> str:
    """Return a view's name if it can be one.

    Raises:
        UsageError: It is empty, too long, or holds a line break or a control code.
    """
    word = name.strip()
    if not word or len(word) > MAX_NAME or not word.isprintable():
        raise UsageError(
            f"“{name}” cannot be the name of a view", f"one line of 1 to {MAX_NAME} characters"
        )
    return word


def all_views(own: Mapping[str, str]) -> dict[str, str]:
    """Return every view's text by name: the user's own first, then those that everybody has."""
    return {**own, **{name: text for name, text in BUILT_IN.items() if name not in own}}


def find_view(own: Mapping[str, str], name: str) -> View:
    """Return the view of a name; case does not matter, and a unique beginning is enough.

    A dash may stand for a blank, so that a shell needs no quotes.

    Raises:
        NotFoundError: There is none, or several begin like that; the hint names them.
        UsageError: It is there and has a mistake.
    """
    views = all_views(own)
    word = _plain(name)
    exact = [each for each in views if _plain(each) == word]
    near = exact or [each for each in views if word and _plain(each).startswith(word)]
    if len(near) == 1 or exact:
        return read_view(near[0], views[near[0]])
    if near:
        raise NotFoundError(f"“{name}” could be {', '.join(near)}", "write more of the name")
    close = nearest(name, tuple(views))
    hint = f"did you mean {close}?" if close else "`hansei views` lists them"
    raise NotFoundError(f"there is no view “{name}”", hint)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").split())


def _chosen(
    name: str, word: re.Match[str] | None, what: str, choices: tuple[str, ...], default: str
) -> str:
    if word is None:
        return default
    value = word["value"].lower()
    if value not in choices:
        near = nearest(value, choices) if value else None
        raise UsageError(
            f"view “{name}”: “{word['value']}” is no {what}; there are {', '.join(choices)}",
            f"did you mean {near}?" if near else "",
        )
    return value
