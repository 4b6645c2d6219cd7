"""A failure of the service is told by its message, not by the JSON that it came in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_sessions.readers.service_words import service_words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Overloaded", "Overloaded"),
        ('{"message":"Too many requests","status":429}', "Too many requests"),
        (
            'APIError: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
            "APIError: Overloaded",
        ),
        (
            '[API Error: got status: 429. {"error":{"code":429,"message":"Quota is used up"}}]',
            "[API Error: got status: 429. Quota is used up]",
        ),
        (
            '{"error":{"message":"{\\"error\\":{\\"message\\":\\"high demand\\"}}","code":503}}',
            "high demand",
        ),
        ('{"detail":"No such model"}', "No such model"),
        ('429 {"status":429}', '429 {"status":429}'),
        ("{not json}", "{not json}"),
        ("} {", "} {"),
    ],
)
def test_the_message_of_a_failure(said: str, words: str) -> None:
    """Every failure would read alike: a brace, a type, a code."""
    assert service_words(said) == words


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='{}[]":,ab \\\n', max_size=80))
def test_any_text_has_words(said: str) -> None:
    """A message that looks like JSON would stop a scan, or vanish."""
    assert bool(service_words(said).strip()) == bool(said.strip())
