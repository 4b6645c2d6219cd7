"""From text to terms: masks, key lines, stems."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei_core.themes.masking import is_summary, key_line, mask, signature
from hansei_core.themes.naming import tags
from hansei_core.themes.tokens import STOP_WORDS, stem, terms, words


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("open /srv/app/x.py failed", "open ‹path› failed"),
        (r"open C:\work\x.py failed", "open ‹path› failed"),
        ("see cmd/app/cli/x.go:12:3: undefined", "see ‹path›:‹n›:‹n›: undefined"),
        ("see cmd/app/cli/x.go:19:10: undefined", "see ‹path›:‹n›:‹n›: undefined"),
        ("at 19:10 it broke", "at ‹time› it broke"),
        ("id 6f1c2a34-9f0e-4c1d-8a77-0123456789ab gone", "id ‹id› gone"),
        ("commit a4f7a52 lost", "commit ‹id› lost"),
        ("at 2026-11-21T10:00:00Z sharp", "at ‹time› sharp"),
        ("took 0.63s and 8m28s for 3,000 rows", "took ‹n› and ‹n› for ‹n› rows"),
        ("dial 127.0.0.1:8080 refused", "dial ‹address› refused"),
        ("get https://example.org/a?b=1 failed", "get ‹url› failed"),
    ],
)
def test_what_varies_is_masked(text: str, masked: str) -> None:
    """A path, id, time or number that differs would make two occurrences two problems."""
    assert mask(text) == masked


def test_quoted_names_stay() -> None:
    """Masked module names would join every missing module into one theme."""
    assert mask("No module named 'yaml'") == "No module named 'yaml'"
    assert mask("use python3 and utf8") == "use python3 and utf8"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('Traceback (most recent call last):\n  File "x.py", line 3\nKeyError: 1', "KeyError: 1"),
        ("x/y.go:1:2: undefined: z\n[build] ERROR task failed", "x/y.go:1:2: undefined: z"),
        ("--- FAIL: TestPay (0.04s)\nFAIL\nFAIL\tpkg/x\t0.4s", "--- FAIL: TestPay (0.04s)"),
        ("> eslint .\nerror: cannot find module 'x'\n1 error", "error: cannot find module 'x'"),
        ("[lint] ERROR task failed", "ERROR task failed"),
        ("hello\nworld", "world"),
        (
            "t.py F [100%]\nE   psycopg.OperationalError: port 1 failed: refused\n1 failed in 7.2s",
            "psycopg.OperationalError: port 1 failed: refused",
        ),
        ("prettier..........Failed\n- hook id: prettier", "prettier Failed"),
        ('[lint] ERROR task failed\nt.Fatalf("failed: %v", err)', "ERROR task failed"),
        ("flag provided but not defined: -e\nusage: x", "flag provided but not defined: -e"),
        ("=====\n-----", "===== -----"),
    ],
)  # fmt: skip
def test_the_key_line_says_what_went_wrong(text: str, line: str) -> None:
    """A summary or ruler as key line would put unrelated failures into one theme."""
    assert key_line(text) == line


def test_a_summary_is_known_as_one() -> None:
    """A command must speak for a failure whose output only says that it failed."""
    assert is_summary("ERROR task failed")
    assert is_summary("FAIL")
    assert not is_summary("cannot find module 'x'")


def test_forms_of_a_word_meet() -> None:
    """Without stems "failing", "failed" and "fails" would be three words."""
    assert len({stem(word) for word in ("failing", "failed", "fails", "fail")}) == 1
    assert stem("stopped") == stem("stop")
    assert words("deps") == words("dependencies") == words("dependency")
    assert words("it timed out") == words("timeout")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EACCES: permission denied, open 'till.db'", "permission denied, open 'till.db'"),
        ("connect ECONNREFUSED", "connect: connection refused"),
        ("mkdir failed with EEXIST", "mkdir failed with file exists"),
        ("spawn till ENOENT", "till: command not found"),
        ("sh: ‹n›: till: not found", "till: command not found"),
        ("Port ‹n› is already in use", "address already in use"),
        ("getaddrinfo ENOTFOUND", "getaddrinfo: no such host"),
        ("dial tcp ‹address›: i/o timeout", "dial tcp ‹address›: timed out"),
        ("Module not found: Can't resolve 'till'", "Module not found: Cannot find package 'till'"),
    ],
)
def test_one_trouble_in_a_programs_several_words(one: str, other: str) -> None:
    """A port in use, a refused connection or a missing program would be a theme for each tool."""
    assert words(one) == words(other)


def test_names_that_only_look_like_codes_stay() -> None:
    """The name of a constant or a word with a code in it would become another trouble."""
    assert "epermanent" in words("EPERMANENT is gone")
    assert words("ENOENTRY") == ["enoentr"]


def test_a_tool_s_marker_says_nothing() -> None:
    """All failed tests would be alike, because their lines begin alike."""
    assert words("--- FAIL: TestPay") == words("TestPay")
    assert words("the build may fail") == words("build fail")


def test_identifiers_fall_into_parts() -> None:
    """`getUserName` and "user name" would share nothing."""
    found = words("getUserName in user_name.py")
    assert "getusername" in found
    assert found.count("user") == 2


def test_german_endings_and_filler_go_from_german_texts_only() -> None:
    """Two notes on one wrong file would not meet, or a process that dies would lose its word."""
    assert set(words("falsche Datei geändert")) & set(words("nicht die falschen Dateien")) == {
        "falsch",
        "datei",
    }
    assert words("die Doku ist veraltet")[:1] == words("eine Dokumentation fehlt")[:1]
    assert words("workers die in the war room") == ["work", "die", "war", "room"]
    assert words("MIT license, DER encoding")[0] == "mit"


def test_accents_part_no_word() -> None:
    """A word with an accent would be scraps, and meet whatever else has one of them."""
    assert words("Größe überschritten") == ["größ", "überschrit"]
    assert words("café fermé") == ["café", "fermé"]


def test_a_stem_is_no_filler() -> None:
    """A word with a meaning would vanish because its stem is filler."""
    assert words("upper case") == ["upper", "cas"]


def test_scripts_without_spaces_are_paired() -> None:
    """A Chinese sentence as one single word could never match another."""
    assert set(words("测试失败")) & set(words("单元测试"))


def test_pairs_hold_a_space_and_masks_say_nothing() -> None:
    """Masks as terms would join everything that names a path and two numbers."""
    assert terms(signature("lock file at /a/b/c:12")) == {"lock": 1, "fil": 1, "lock fil": 1}


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_has_a_signature(text: str) -> None:
    """A text of odd characters would stop every theme, or bring filler into its terms."""
    once = signature(text)
    assert "\n" not in once
    assert once == " ".join(once.split())
    assert not set(terms(once)) & STOP_WORDS
    assert key_line(text).count("\n") == 0


def test_a_blob_of_letters_is_no_tag() -> None:
    """A pasted key of four hundred letters would fill the page that shows the theme."""
    blob = "verylongword" * 40
    assert tags([f"KeyError {blob} in the settings"], {}, 1) != ()
    assert all(len(each) <= 48 for each in tags([f"KeyError {blob} in the settings"], {}, 1))
    (only,) = tags([blob], {}, 1)
    assert only.endswith("…")
    assert len(only) == 48
