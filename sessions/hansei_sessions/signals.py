"""What each agent's logs can tell at all: what they never tell is unknown, and not zero."""

from __future__ import annotations

from typing import Final

from hansei_sessions.model import FrictionKind, Session

K = FrictionKind

_FAILURES: Final = frozenset({K.COMMAND_FAILED, K.EDIT_ERROR, K.TOOL_ERROR})
_EVERY: Final = frozenset(FrictionKind)

_NEVER: Final[dict[str, frozenset[FrictionKind]]] = {
    "claude-code": frozenset({K.SLOW_COMMAND}),
    "codex": frozenset({K.API_ERROR}),
    "gemini-cli": frozenset({K.CORRECTION, K.HOOK_BLOCKED, K.SLOW_COMMAND}),
    "opencode": frozenset({K.HOOK_BLOCKED}),
    "aider": frozenset(
        {K.COMMAND_FAILED, K.CORRECTION, K.PERMISSION_DENIED, K.HOOK_BLOCKED, K.COMPACTION}
        | {K.DANGLING_CALL, K.SLOW_COMMAND}
    ),
    "copilot-cli": frozenset({K.HOOK_BLOCKED, K.SLOW_COMMAND}),
    "copilot-chat": frozenset(
        {K.EDIT_ERROR, K.EDIT_CHURN, K.PERMISSION_DENIED, K.COMPACTION, K.REWIND}
    ),
    "qwen-code": frozenset({K.API_ERROR, K.PERMISSION_DENIED, K.HOOK_BLOCKED, K.SLOW_COMMAND}),
    "goose": frozenset(
        {K.INTERRUPTION, K.CORRECTION, K.API_ERROR, K.HOOK_BLOCKED, K.REWIND, K.SLOW_COMMAND}
    ),
    "cline": frozenset({K.HOOK_BLOCKED, K.REWIND, K.SLOW_COMMAND}),
    "roo-code": frozenset({K.HOOK_BLOCKED, K.REWIND, K.SLOW_COMMAND}),
    "kilo-code": frozenset({K.HOOK_BLOCKED}),
    "crush": frozenset({K.CORRECTION, K.PERMISSION_DENIED, K.HOOK_BLOCKED, K.REWIND}),
    "continue-dev": _EVERY - _FAILURES - {K.REJECTION, K.DANGLING_CALL, K.EDIT_CHURN},
    "amp": _EVERY - _FAILURES - {K.REJECTION, K.INTERRUPTION, K.DANGLING_CALL, K.EDIT_CHURN},
    "openhands": frozenset(
        {K.CORRECTION, K.PERMISSION_DENIED, K.HOOK_BLOCKED, K.REWIND, K.SLOW_COMMAND}
    ),
    "kimi-code": frozenset({K.HOOK_BLOCKED, K.SLOW_COMMAND}),
    "kiro": _EVERY - _FAILURES - {K.COMPACTION, K.INTERRUPTION, K.DANGLING_CALL, K.EDIT_CHURN},
    "droid": _EVERY - _FAILURES - {K.API_ERROR, K.COMPACTION, K.DANGLING_CALL, K.EDIT_CHURN},
    "cursor": _EVERY,
    "pi": frozenset({K.REJECTION, K.PERMISSION_DENIED, K.HOOK_BLOCKED, K.SLOW_COMMAND}),
    "swe-agent": _EVERY - _FAILURES - {K.SLOW_COMMAND, K.DANGLING_CALL},
}
"""Kinds of friction of which an agent's logs hold no trace, however often they happen.

Claude Code logs the running time of a command in some versions only, and Codex keeps no record of
failures of the model's service.
"""

_FORMS: Final = {
    ("cursor", "state.vscdb"): _EVERY - _FAILURES - {K.REJECTION, K.DANGLING_CALL, K.EDIT_CHURN},
    ("cursor", "store.db"): frozenset(
        {K.INTERRUPTION, K.CORRECTION, K.API_ERROR, K.HOOK_BLOCKED, K.REWIND}
    ),
    ("kilo-code", "ui_messages.json"): frozenset({K.HOOK_BLOCKED, K.REWIND, K.SLOW_COMMAND}),
    ("kiro", ".json"): _EVERY - {K.COMMAND_FAILED, K.INTERRUPTION, K.EDIT_CHURN},
    ("kiro", "data.sqlite3"): _EVERY - _FAILURES - {K.REJECTION, K.DANGLING_CALL, K.EDIT_CHURN},
}
"""The same for logs that tell other things than their agent's others do, by name or its end."""

_STEERED_BY_HAND: Final = frozenset({K.REJECTION, K.INTERRUPTION, K.CORRECTION, K.REWIND})


def can_tell(session: Session, kind: FrictionKind) -> bool:
    """Tell whether a session's log would show a friction of a kind if there was one.

    Where no human sits at the keyboard nobody rejects or corrects anything. Of an agent that is
    not known here every kind is taken as told.
    """
    if session.headless and kind in _STEERED_BY_HAND:
        return False
    name = session.path.replace("\\", "/").rpartition("/")[2]
    forms = ((session.agent, name), (session.agent, name[name.rfind(".") :]))
    form = next((_FORMS[one] for one in forms if one in _FORMS), None)
    return kind not in (_NEVER.get(session.agent, frozenset()) if form is None else form)
