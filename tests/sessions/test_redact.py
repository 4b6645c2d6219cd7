"""Redaction: secrets are replaced whole, look-alikes stay, and hostile text costs little."""

from __future__ import annotations

import stat
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions.secrets.corpus import SHAPED, Draw, Sample, secrets

from hansei_sessions import redact_context, redact_key
from hansei_sessions import redact_find as finding
from hansei_sessions.friction import key_lines, words
from hansei_sessions.redact import Redactor, find_secrets, redact, use_key
from hansei_sessions.redact_spans import Span, View

TOKEN = "ghp_" + "a1B2c3D4e5F6" * 3


@pytest.fixture(autouse=True)
def _no_key() -> None:
    """Start every test without a key."""
    redact_key.keep_in(None)
    use_key(b"")


def test_the_replacement_names_the_kind() -> None:
    """A reader could not tell what was taken out."""
    assert redact(f"use {TOKEN} now") == "use [redacted:github] now"
    assert redact("DB_PASSWORD=hunter2") == "DB_PASSWORD=[redacted:password]"


def test_a_key_marks_the_same_secret_alike() -> None:
    """The same token in two logs could not be recognised, or could be guessed without the key."""
    one, other = Redactor(b"key one"), Redactor(b"key two")
    first = one.redact(f"a {TOKEN}").text
    assert first == one.redact(f"a {TOKEN} ").text.strip()
    assert first != other.redact(f"a {TOKEN}").text
    assert len(first) == len("a [redacted:github:3f9a]")
    use_key(b"key one")
    assert redact(f"a {TOKEN}") == first


def test_what_was_found_is_reported() -> None:
    """Saving could not point out what the user typed."""
    text = f"password: hunter2 and {TOKEN}"
    assert [(one.kind, text[one.start : one.end]) for one in find_secrets(text)] == [
        ("password", "hunter2"),
        ("github", TOKEN),
    ]
    done = Redactor().redact(text)
    assert (done.count, done.kinds) == (2, ("github", "password"))
    assert Redactor().redact("nothing here").count == 0


def test_redacting_again_changes_nothing() -> None:
    """Text that is redacted at ingest and again at export would be marked twice."""
    for key in (b"", b"k"):
        redactor = Redactor(key)
        for sample in secrets(3):
            once = redactor.redact(sample.text).text
            assert redactor.redact(once).text == once, sample


SAMPLES = [sample for sample in secrets(4) if sample.kind in SHAPED]


@given(
    sample=st.sampled_from(SAMPLES),
    before=st.text(max_size=40),
    after=st.text(max_size=40),
    cut=st.integers(min_value=0, max_value=400),
    keep_head=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_no_head_survives_a_cut(
    sample: Sample, before: str, after: str, cut: int, keep_head: bool
) -> None:
    """An excerpt cut through a secret would still show the head of it."""
    text = redact(f"{before}\n{sample.text}\n{after}")
    piece = text[:cut] if keep_head else text[cut:]
    secret = sample.secret
    frame = f"{before}\n{sample.text.replace(secret, '')}\n{after}[redacted:{sample.kind}]"
    for at in range(len(secret) - 4):
        part = secret[at : at + 4]
        assert part not in piece or part in frame, part


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_is_accepted(text: str) -> None:
    """An odd character in a log would end the scan, or move what is replaced."""
    for found in find_secrets(text):
        assert 0 <= found.start < found.end <= len(text)


PARTS = (
    *("password", "=", ":", '"', "\\", "'", " ", "\n", "token", "key", "://", "@", "Bearer "),
    *("eyJ", "-----BEGIN PRIVATE KEY-----", "a1b2c3d4e5", "é", "\ud83d", "cookie:", "curl -u "),
    *("mysql -p", "sig=", "<", ">", "(", ")", "value", "%22", "&quot;", "|", ",", "[redacted:"),
    "ghp_",
)


@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_parts_of_rules_in_any_order_are_accepted(text: str) -> None:
    """A rule would fail on text that only half fits it."""
    found = find_secrets(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert redact(text).count("[redacted:") >= len(found)


@pytest.mark.parametrize(
    "part", ["bearer ", "key", "key:", "password=", 'token="', "://", "ghp_", "cookie: a=b;"]
)
def test_hostile_text_is_tried_a_bounded_number_of_times(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hostile log would hold up the scan: beyond the budget a block is replaced unread."""
    tried = 0
    real_find = redact_context.find

    def counted(view: View, starts: list[tuple[int, int]]) -> list[Span]:
        nonlocal tried
        tried += len(starts)
        return real_find(view, starts)

    monkeypatch.setattr(redact_context, "find", counted)
    text = part * (2_000_000 // len(part))
    redact(text)
    blocks = len(text) // 65_536 + 1
    assert tried <= finding._FREE_TRIES + blocks * finding._TRIES_A_BLOCK


def test_a_block_over_budget_is_replaced_whole() -> None:
    """A secret inside text that is too dense to read would be kept."""
    text = "start\n" + "key " * 100_000 + TOKEN
    done = redact(text)
    assert "[redacted:unreadable]" in done
    assert TOKEN not in done


def test_a_secret_in_a_long_text_is_found() -> None:
    """Only the start of a long output would be searched."""
    text = "all is well here, 12 tests passed\n" * 20_000
    assert redact(text + TOKEN + "\n" + text) == text + "[redacted:github]\n" + text


def test_a_long_secret_is_replaced_to_its_end() -> None:
    """The tail of a long token or key would stay."""
    draw = Draw(7)
    tail = draw.of("abcdef0123456789", 6_000)
    assert redact(f'api_key="{tail}"') == 'api_key="[redacted:key]"'
    assert redact(f"API_KEY={tail}\nx") == "API_KEY=[redacted:key]\nx"
    key = "\n".join(draw.of("abcdefABCDEF0123456789+/", 64) for _ in range(50))
    block = f"-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----"
    assert redact(f"a {block} b") == "a [redacted:private-key] b"
    assert redact(f"a {block[:2_000]}") == "a [redacted:private-key]"


def test_a_picture_is_not_searched_for_tokens() -> None:
    """Base64 of pictures would be torn, and would cost most of the time."""
    draw = Draw(9)
    picture = draw.of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", 50_000)
    assert redact(f'"data":"iVBORw0KGgo{picture}"') == f'"data":"iVBORw0KGgo{picture}"'


def test_the_installations_key_is_made_for_the_first_secret(tmp_path: Path) -> None:
    """A key would be written for users without a secret, be readable by others, or change."""
    place = tmp_path / "data" / "redaction.key"
    redact_key.keep_in(place)
    assert redact("nothing secret here") == "nothing secret here"
    assert not place.exists()
    first = redact(f"use {TOKEN}")
    assert len(first) == len("use [redacted:github:3f9a]")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    redact_key.keep_in(tmp_path / "other.key")
    assert redact(f"use {TOKEN} once") != f"{first} once"
    redact_key.keep_in(tmp_path / "data" / "redaction.key")
    assert redact(f"use {TOKEN}") == first
    redact_key.keep_in(None)
    assert redact(f"use {TOKEN}") == "use [redacted:github]"


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_key_costs_the_fingerprints_only(tmp_path: Path, content: bytes) -> None:
    """A broken file would let a secret through or stop the scan."""
    place = tmp_path / "redaction.key"
    place.write_bytes(content)
    assert redact_key.read_key(place) == b""
    assert redact_key.read_key(tmp_path) == b""
    redact_key.keep_in(place)
    assert redact(f"use {TOKEN}") == "use [redacted:github]"
    redact_key.keep_in(None)


def test_what_is_remembered_of_a_short_text_goes_with_the_key() -> None:
    """A secret would keep the fingerprint of a key that is not in use any more."""
    line = "export GITHUB_TOKEN=ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    told = []
    for key in (b"key one", b"key two", b""):
        use_key(key)
        told.append((words(line), key_lines(f"error: {line}")))
    assert len({said for said, _ in told}) == len({said for _, said in told}) == 3
    assert told[2][0].endswith("=[redacted:github]")
