"""What a shell offers behind `tab`: live ids, tags, projects, themes, views, orders and stages.

Every word is answered from the store alone; nothing here loads the terminal interface, and what
goes wrong offers nothing instead of an error in the middle of a command line.

Shells evaluate what they are offered (zsh twice), so that a title is no safe text there: an offer
holds harmless characters only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec
import typer

from hansei_core.errors import HanseiError
from hansei_core.tables import IMPROVEMENTS
from hansei_core.vocabulary import OPEN_STAGES, STAGE_ORDER, Stage
from hansei_tui.cli.root import Root

if TYPE_CHECKING:
    from hansei_tui.workspace import Workspace

Offer = tuple[str, str]
"""A word and what it means, which zsh and fish show beside it."""
_UNSAFE: Final = re.compile(r"[^\w .,:+#/@%=<>-]")
MOST: Final = 200
"""Offers for one word; a list that is longer is no help."""
_AT_ONCE: Final = 1000
"""Records that are read at a time until there are enough offers."""


class _Head(msgspec.Struct, gc=False):
    """What completion needs of an improvement."""

    title: str
    stage: Stage = Stage.INBOX
    tags: tuple[str, ...] = ()
    project: str = ""


def ids(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the ids of open improvements, newest first; of all where a digit is typed already."""
    typed = incomplete.strip().upper()
    workspace = opened_workspace(context)
    if workspace is None:
        return []
    is_named = any(char.isdigit() for char in typed)
    offers: list[Offer] = []
    try:
        fitting = [name for name in workspace.store.ids(IMPROVEMENTS) if name.startswith(typed)]
        fitting.sort(key=_by_age, reverse=True)
        for begin in range(0, len(fitting), _AT_ONCE):
            some = fitting[begin : begin + _AT_ONCE]
            heads = workspace.store.values(IMPROVEMENTS, _Head, some)
            offers += [
                (name, _harmless(heads[name].title))
                for name in some
                if is_named or heads[name].stage in OPEN_STAGES
            ]
            if len(offers) >= MOST:
                break
    except (HanseiError, msgspec.ValidationError):
        return []
    return offers[:MOST]


def _by_age(name: str) -> tuple[str, int, str]:
    """Return what sorts ids by year, then by number, without reading 50,000 of them apart."""
    return name[: len("IMP-2026")], len(name), name


def ids_and_stages(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer stages and ids, for `move`."""
    typed = incomplete.casefold()
    stages = [(stage.value, "stage") for stage in _STAGES if stage.value.startswith(typed)]
    if typed:
        may_be_id = typed.startswith("i") or not typed.isalpha()
        return [*(ids(context, incomplete) if may_be_id else []), *stages]
    return [*ids(context, incomplete), *stages]


def filter_words(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer keys of the filter, their values, and the user's own tags, projects and themes."""
    from hansei_core.filters import KnownWords, suggest

    heads = _heads(context).values()
    known = KnownWords(
        tags=_most_used(tag for head in heads for tag in head.tags),
        projects=_most_used(head.project for head in heads if head.project),
        themes=tuple(_themes(context)),
    )
    if not incomplete:
        return _safe((f"+{tag}", "tag") for tag in known.tags[:MOST])
    found = suggest(incomplete, len(incomplete), known, limit=MOST)
    return _safe((incomplete[: each.start] + each.text, each.help) for each in found)


def views(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the names of saved views with their filters; a dash stands for a blank."""
    from hansei_core.views import all_views

    own = opened_workspace(context)
    texts = all_views(own.settings.views) if own else {}
    return beginning({name.replace(" ", "-"): text for name, text in texts.items()}, incomplete)


def orders(incomplete: str) -> list[Offer]:
    """Offer the orders of a list."""
    from hansei_core.backlog import SORTS

    return [(name, "") for name in SORTS if name.startswith(incomplete.casefold())]


def themes(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer theme ids with their names."""
    return beginning(_themes(context), incomplete.upper())


def projects(context: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the projects of improvements, the one with most of them first."""
    found = _most_used(head.project for head in _heads(context).values() if head.project)
    return beginning(dict.fromkeys(found, ""), incomplete)


def agents(incomplete: str) -> list[Offer]:
    """Offer the agents whose logs are read."""
    from hansei_core.config_text import schema

    keys = (setting.key.partition(".") for setting in schema())
    names = (name.replace("_", "-") for section, _, name in keys if section == "sources")
    return beginning({each: "" for each in names if not each.startswith("exclude")}, incomplete)


def settings(incomplete: str) -> list[Offer]:
    """Offer the keys of config.toml with what they mean."""
    from hansei_core.config_text import schema

    return beginning({setting.key: setting.doc for setting in schema()}, incomplete)


def hooked_agents(incomplete: str) -> list[Offer]:
    """Offer the agents that take a hook."""
    from hansei_sessions.agents.installers import AGENTS

    return beginning(dict.fromkeys(AGENTS, ""), incomplete)


def explained_agents(incomplete: str) -> list[Offer]:
    """Offer the agents that have rules, as the rules call them."""
    from hansei_sessions.rules import AGENTS

    return beginning(AGENTS, incomplete)


def written_formats(incomplete: str) -> list[Offer]:
    """Offer the formats of an export."""
    from hansei_core.exchange.formats import BY_NAME

    return beginning(
        {each.name: "" for each in BY_NAME.values() if each.write is not None}, incomplete
    )


def read_formats(incomplete: str) -> list[Offer]:
    """Offer the formats of an import, reports of tests and evaluations among them."""
    from hansei_core.exchange.formats import FORMATS

    names = [each.name for each in FORMATS if each.read is not None]
    return beginning(dict.fromkeys([*names, "junit", "eval"], ""), incomplete)


def one_of(*words: str) -> Callable[[str], list[Offer]]:
    """Return what offers words that are always the same."""

    def offer(incomplete: str) -> list[Offer]:
        return beginning(dict.fromkeys(words, ""), incomplete)

    return offer


def beginning(texts: Mapping[str, str], incomplete: str) -> list[Offer]:
    """Offer the words that begin so, with what they mean, as far as a shell may see them."""
    typed = incomplete.casefold()
    return _safe((name, text) for name, text in texts.items() if name.casefold().startswith(typed))


def _safe(offers: Iterable[Offer]) -> list[Offer]:
    """Leave out words that a shell could evaluate, and clean what stands beside the others."""
    return [(word, _harmless(told)) for word, told in offers if not _UNSAFE.search(word)]


def _harmless(text: str) -> str:
    """Return a text without anything that a shell could evaluate."""
    return " ".join(_UNSAFE.sub(" ", text).split())


def plain_help() -> None:
    """Keep typer from reading what stands beside an offer as rich's markup.

    A title with brackets is none, and rich costs 50 ms at each press of `tab`.
    """
    from typer import _completion_classes

    _completion_classes._sanitize_help_text = _harmless  # noqa: SLF001 -- typer has no setting for it


def _most_used(words: Iterable[str]) -> tuple[str, ...]:
    counted: dict[str, int] = {}
    for word in words:
        counted[word] = counted.get(word, 0) + 1
    return tuple(sorted(counted, key=lambda word: (-counted[word], word)))


def opened_workspace(context: typer.Context) -> Workspace | None:
    """Return the user's workspace, or None where its settings have a mistake."""
    root = context.find_root().obj
    try:
        return root.workspace if isinstance(root, Root) else None
    except HanseiError:
        return None


def _heads(context: typer.Context) -> Mapping[str, _Head]:
    try:
        workspace = opened_workspace(context)
        return workspace.store.values(IMPROVEMENTS, _Head) if workspace else {}
    except (HanseiError, msgspec.ValidationError):
        return {}


def _themes(context: typer.Context) -> Mapping[str, str]:
    try:
        workspace = opened_workspace(context)
        return workspace.theme_names() if workspace else {}
    except HanseiError:
        return {}


_STAGES: Final = (*STAGE_ORDER, Stage.DECLINED, Stage.DEFERRED)
