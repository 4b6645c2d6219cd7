"""Values that are structs and still behave as dataclasses do."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, asdict, fields, is_dataclass, replace
from datetime import UTC, datetime

import pytest

from hansei_sessions.model import Session, Tokens


class Wider(Tokens, frozen=True):
    """A value with one field more."""

    extra: int = 5


def test_a_value_can_be_changed_field_by_field() -> None:
    """`replace` would refuse what is no dataclass, or lose a field."""
    session = Session("s", "codex", "/l", "p", "/c", last_at=datetime(2026, 11, 21, tzinfo=UTC))
    changed = replace(session, title="t", tokens=Tokens(output=3))
    assert (changed.title, changed.tokens.output, changed.last_at) == ("t", 3, session.last_at)
    assert replace(changed, title="", tokens=Tokens()) == session
    with pytest.raises(TypeError):
        replace(session, unknown=1)  # type: ignore[call-arg]  # which is the point


def test_a_value_describes_its_fields() -> None:
    """A wider value would be taken for the one that it widens."""
    assert is_dataclass(Tokens)
    assert [item.name for item in fields(Tokens)] == [
        "input",
        "output",
        "cache_read",
        "cache_write",
    ]
    assert [(item.name, item.default) for item in fields(Wider)][-1] == ("extra", 5)
    assert asdict(Wider(input=1))["input"] == 1


def test_a_value_is_frozen_hashable_and_travels() -> None:
    """A helper process could not hand it over, a set not hold it."""
    tokens = Tokens(1, 2)
    assert pickle.loads(pickle.dumps(tokens)) == tokens  # noqa: S301 -- made right here
    assert len({tokens, Tokens(1, 2)}) == 1
    with pytest.raises((AttributeError, FrozenInstanceError)):
        tokens.input = 3  # type: ignore[misc]  # which is the point
