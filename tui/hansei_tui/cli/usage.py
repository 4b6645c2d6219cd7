"""Mistakes in a command line said as all other errors are, and help pages that read like them.

The parser's own sentences are in another voice and quote what was typed as it is; here each of
its exceptions becomes a `UsageError` of hansei: what is wrong with which command, and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hansei_core.errors import UsageError
from hansei_core.vocabulary import nearest

if TYPE_CHECKING:
    from typer.exceptions import TyperException

_QUOTED: Final = re.compile(r"^'?(?P<value>.*?)'? is not (?:a valid|in the range)", re.DOTALL)
_COMMAND: Final = re.compile(r"^No such command (?P<quote>['\"])(?P<name>.*?)(?P=quote)", re.DOTALL)
_EXTRA: Final = re.compile(
    r"^Got unexpected extra arguments?(?:\(s\))? \((?P<words>.*)\)", re.DOTALL
)
_SHOWN: Final = 60
"""Characters of a pasted value that are repeated."""
_METAVARS: Final[Mapping[str, str]] = {
    "text": "TEXT",
    "str": "TEXT",
    "integer": "N",
    "int": "N",
    "int range": "N",
    "integer range": "N",
    "float": "NUMBER",
    "float range": "NUMBER",
    "path": "PATH",
}
"""How help pages name the value of an option, by the parser's name of its type."""
_ARGUMENTS: Final[Mapping[str, str]] = {
    "references": "ID",
    "reference": "ID",
    "ids": "ID",
    "theme_id": "THEME",
    "words": "WORD",
    "improvement": "ID",
    "of": "ID",
    "twins": "TWIN",
    "others": "OTHER",
    "first": "TEXT",
    "second": "TEXT",
    "paths": "FILE",
    "numbers": "LINE",
    "values": "VALUE",
    "parts": "PART",
    "documents": "TEXT-ID",
}
"""How help pages name an argument whose own name says too little."""


def usage_error(error: TyperException, arguments: Sequence[str] = ()) -> UsageError:
    """Return what the parser found wrong in hansei's own words.

    Args:
        error: What the parser raised.
        arguments: The command line, for errors that do not know their command.
    """
    context: Any = getattr(error, "ctx", None)
    first = [word for word in arguments[:1] if not word.startswith("-")]
    path = context.command_path if context is not None else " ".join(["hansei", *first])
    kind = type(error).__name__
    message = str(getattr(error, "message", error))
    help_hint = f"`{path} --help` describes it"
    if kind == "NoSuchOption":
        return _no_option(str(getattr(error, "option_name", "")), context, path)
    if kind == "BadOptionUsage":
        option = getattr(error, "option_name", "an option")
        what = "takes no value" if "does not take" in message else "needs a value"
        return UsageError(f"`{path}`: {_short(option)} {what}", help_hint)
    parameter: Any = getattr(error, "param", None)
    if kind == "MissingParameter" and parameter is not None:
        told = _told(parameter)
        return UsageError(
            f"`{path}` needs {_with_article(parameter, context)}",
            f"{told}; {help_hint}" if told else help_hint,
        )
    if kind == "BadParameter" and parameter is not None:
        return UsageError(f"`{path}`: {_bad_value(parameter, context, message)}", help_hint)
    if found := _COMMAND.match(message):
        return _no_command(found["name"], context, path)
    if found := _EXTRA.match(message):
        takes = any(each.param_type_name == "argument" for each in _parameters(context))
        hint = "put words that belong together in quotes" if takes else "it takes options only"
        return UsageError(
            f"`{path}` does not know what to do with “{_short(found['words'])}”",
            f"{hint}; {help_hint}",
        )
    if message.startswith("Missing command"):
        return UsageError(f"`{path}` needs a command", f"`{path} --help` lists them")
    said = message.strip().rstrip(".")
    return UsageError(f"`{path}`: {said[:1].lower()}{said[1:]}", help_hint)


def tidy_help(command: Any, context: Any = None) -> Any:
    """Give options and arguments of a command, and of its commands, the names that people read.

    Args:
        command: A command as the parser has it.
        context: Not needed; for being called by the parser.
    """
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            _tidy_argument(parameter)
        elif parameter.metavar is None and not getattr(parameter, "is_flag", False):
            parameter.metavar = _METAVARS.get(parameter.type.name)
            if parameter.default == 0:  # stands for something that the help says
                parameter.show_default = False
        if hasattr(parameter.type, "_describe_range"):
            parameter.type._describe_range = partial(_range, parameter.type)  # noqa: SLF001 -- the parser has no setting for it
    for each in getattr(command, "commands", {}).values():
        tidy_help(each, context)
    return command


def _tidy_argument(parameter: Any) -> None:
    if " " in (parameter.metavar or ""):  # written out as it is to be read
        word = parameter.metavar
        parameter.make_metavar = lambda ctx, **_: word  # noqa: ARG005 -- the parser's own name
        return
    word = parameter.metavar or _ARGUMENTS.get(parameter.name, parameter.name.upper())
    word = word.strip("[]{}").removesuffix("...").replace("_", "-")
    word += "..." if parameter.nargs == -1 else ""
    parameter.metavar = word
    in_usage = word if parameter.required else f"[{word}]"

    def metavar(ctx: Any, *, usage: bool = False) -> str:  # noqa: ARG001 -- the parser's own names
        return in_usage if usage else word

    parameter.make_metavar = metavar


def _range(kind: Any) -> str:
    """Return which numbers are allowed, as people write it; what goes without saying is not."""
    if kind.max is None:
        return f"{kind.min} or more" if kind.min else ""
    return f"{kind.min} to {kind.max}" if kind.min else f"at most {kind.max}"


def _no_option(option: str, context: Any, path: str) -> UsageError:
    known = () if context is None else _options(context.command.params)
    bare = tuple(each.removeprefix("--") for each in known)
    typed = option.lstrip("-")
    near = nearest(typed, bare) if len(option) > 3 and known else None
    if near and len(typed) < 3 and not near.startswith(typed):
        near = None  # two letters resemble almost anything
    hint = f"did you mean --{near}?" if near else f"`{path} --help` lists them"
    return UsageError(f"`{path}` has no option “{_short(option)}”", hint)


def _options(parameters: Iterable[Any]) -> tuple[str, ...]:
    """Return the long spellings of options that are not hidden."""
    return tuple(
        spelling
        for parameter in parameters
        if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False)
        for spelling in (*parameter.opts, *parameter.secondary_opts)
        if spelling.startswith("--")
    )


def _no_command(name: str, context: Any, path: str) -> UsageError:
    commands = getattr(context.command, "commands", {}) if context is not None else {}
    known = tuple(name for name, each in commands.items() if not each.hidden)
    near = nearest(name, known) if len(name) > 1 and known else None
    hint = f"did you mean `{path} {near}`?" if near else f"`{path} --help` lists them"
    return UsageError(f"`{path}` has no command “{_short(name)}”", hint)


def _bad_value(parameter: Any, context: Any, message: str) -> str:
    """Say what a value must be: `--limit must be a whole number from 0 on, not “x”`."""
    name = _name(parameter, context)
    kind = parameter.type.name
    found = _QUOTED.match(message)
    if found is None or not ("int" in kind or "float" in kind):
        said = message.strip().rstrip(".")
        return f"{name}: {said[:1].lower()}{said[1:]}"
    low, high = getattr(parameter.type, "min", None), getattr(parameter.type, "max", None)
    allowed = "a whole number" if "int" in kind else "a number"
    if low is not None:
        allowed += f" from {low} {'on' if high is None else f'to {high}'}"
    return f"{name} must be {allowed}, not “{_short(found['value'])}”"


def _name(parameter: Any, context: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.make_metavar(ctx=context)).strip("[]").removesuffix("...")
    return str(max(parameter.opts, key=len))


def _with_article(parameter: Any, context: Any) -> str:
    name = _name(parameter, context)
    if parameter.param_type_name != "argument":
        return name
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def _parameters(context: Any) -> Sequence[Any]:
    return () if context is None else context.command.params


def _told(parameter: Any) -> str:
    """Return what help says of a parameter, as it stands in the middle of a sentence."""
    said = (getattr(parameter, "help", "") or "").strip().rstrip(".")
    return said[:1].lower() + said[1:] if said[1:2].islower() or said[1:2] == " " else said


def _short(text: object) -> str:
    said = str(text)
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"
