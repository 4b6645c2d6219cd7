"""A document kept as a log of its changes, as VS Code keeps chats: one JSON object a line.

By microsoft/vscode's objectMutationLog.ts: `kind` 0 is the whole document in `v`; 1 sets what the
path `k` leads to; 2 cuts the list at `k` to `i` entries, where there is an `i`, and appends `v`;
3 deletes. VS Code begins a new document in the same file after some hundred changes.
"""

from __future__ import annotations

from typing import Any, Final

from hansei_sessions.readers.lenient import mapping, objects, whole

_WHOLE, _SET, _PUSH, _DELETE = range(4)
_DEPTH: Final = 32
_LENGTH: Final = 1_000_000
"""Entries of a list at most: no number in a log makes a larger one."""


class Replayed:
    """The document as far as its log can be trusted.

    After a change that cannot be applied nothing is known of the document until a whole one
    follows: what came before stands.
    """

    def __init__(self) -> None:
        """Begin without a document."""
        self.document: dict[str, Any] = {}
        self.applied = 0
        self.refused = 0
        self._is_lost = True

    def feed(self, line: bytes, *, is_last: bool = False) -> None:
        """Take one physical line; a last one may be half-written."""
        for entry in objects(line):
            if entry is not None and self._apply(entry):
                self.applied += 1
            elif not is_last:
                self.refused += 1
                self._is_lost = True

    def _apply(self, entry: dict[str, Any]) -> bool:
        kind = whole(entry.get("kind"))
        if kind == _WHOLE and isinstance(entry.get("v"), dict):
            self.document = mapping(entry["v"])
            self._is_lost = False
            return True
        path = entry.get("k")
        if self._is_lost or not isinstance(path, list) or not 0 < len(path) <= _DEPTH:
            return False
        held: Any = self.document
        for part in path[:-1]:
            held = _within(held, part)
        if kind == _SET:
            return _set(held, path[-1], entry.get("v"))
        if kind == _DELETE:
            return _delete(held, path[-1])
        return kind == _PUSH and _push(held, path[-1], entry)


def _within(held: Any, part: Any) -> Any:
    if isinstance(held, dict) and isinstance(part, str):
        return held.get(part)
    place = whole(part)
    if isinstance(held, list) and place is not None and 0 <= place < len(held):
        return held[place]
    return None


def _set(held: Any, part: Any, value: Any) -> bool:
    if isinstance(held, dict) and isinstance(part, str):
        held[part] = value
        return True
    place = whole(part)
    if not isinstance(held, list) or place is None or not 0 <= place <= len(held):
        return False
    held[place : place + 1] = [value]
    return True


def _delete(held: Any, part: Any) -> bool:
    """Take a deletion; of a list's entry it leaves a hole, as VS Code does."""
    if isinstance(held, dict) and isinstance(part, str):
        held.pop(part, None)
        return True
    return _within(held, part) is not None and _set(held, part, None)


def _push(held: Any, part: Any, entry: dict[str, Any]) -> bool:
    known = _within(held, part)
    if known is None and _set(held, part, []):
        known = _within(held, part)
    more = entry.get("v", [])
    keep = whole(entry.get("i")) if "i" in entry else None
    if not isinstance(known, list) or not isinstance(more, list):
        return False
    if keep is not None:
        if not 0 <= keep <= len(known):
            return False
        del known[keep:]
    if len(known) + len(more) > _LENGTH:
        return False
    known.extend(more)
    return True
