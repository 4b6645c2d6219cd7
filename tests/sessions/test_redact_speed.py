"""What makes redaction quick hides nothing from it."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_sessions import redact_context, redact_find, redact_tokens
from hansei_sessions.redact_spans import View, any_of, anywhere

LITERALS = sorted({*redact_context.LITERALS, *redact_tokens.LITERALS})


@given(
    st.lists(st.text("ab-. $", min_size=1, max_size=5), min_size=1, max_size=8),
    st.text("ab-. $", max_size=30),
)
@settings(max_examples=300, deadline=None)
def test_the_tree_finds_what_its_literals_find(literals: list[str], text: str) -> None:
    """A literal that the tree misses is a secret that is kept."""
    found = re.search(any_of(literals), text)
    places = [text.find(one) for one in literals if one in text]
    assert (found is not None) is bool(places)
    if found is not None:
        longest = max((one for one in literals if text.startswith(one, min(places))), key=len)
        assert (found.start(), found[0]) == (min(places), longest)


@given(
    st.lists(st.text("abkz-. $=", min_size=1, max_size=5), min_size=1, max_size=8),
    st.text("abkz-. $=", max_size=30),
)
@settings(max_examples=300, deadline=None)
def test_rare_characters_lead_to_every_literal(literals: list[str], text: str) -> None:
    """A text that holds a rule's literal would never be looked at by the rule."""
    found = anywhere(one.encode() for one in literals).search(text.encode())
    assert (found is not None) is any(one in text for one in literals)


@given(st.sampled_from(LITERALS), st.text(max_size=20), st.text(max_size=20), st.booleans())
@settings(max_examples=300, deadline=None)
def test_one_look_sees_every_literal(literal: bytes, before: str, after: str, upper: bool) -> None:
    """A text with a rule's literal would be passed over before the rule is tried."""
    said = literal.decode()
    view = View(before + (said.upper() if upper else said) + after)
    assert redact_find._any_literal().search(view.lower)
