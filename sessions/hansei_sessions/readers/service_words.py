"""What a failure of the model's service says: its message, out of the JSON that carries it."""

from __future__ import annotations

from typing import Any, Final

from hansei_sessions.readers.lenient import document, mapping, text

_LIMIT: Final = 100_000
_DEPTH: Final = 5
_MESSAGES: Final = ("message", "error", "detail", "errorMessage", "error_description", "msg")


def service_words(said: str) -> str:
    """Return the words of a failure with a JSON object in them replaced by its own message.

    Services answer with an object, which programs log as it came, some of them as a text within a
    text: the status before it stays, and what it says is at its innermost message.
    """
    start, end = said.find("{"), said.rfind("}")
    if start < 0 or end < start or len(said) > _LIMIT:
        return said
    told = _message(document(said[start : end + 1]), _DEPTH)
    if not told:
        return said
    before, after = said[:start].rstrip(), said[end + 1 :].strip()
    kept = before if told not in before else before.replace(told, "").rstrip()
    return f"{kept} {told}{after}".strip()


def _message(value: Any, depth: int) -> str:
    """Return the innermost message of an object; nothing where it has none."""
    fields = mapping(document(value))
    if not fields or not depth:
        return ""
    for key in _MESSAGES:
        inner = fields.get(key)
        if deeper := _message(inner, depth - 1):
            return deeper
        if said := text(inner).strip():
            return said
    return ""
