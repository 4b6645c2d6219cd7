"""Which test a line says has failed: the name is what makes two failures the same trouble."""

from __future__ import annotations

import re

_NAME = r"(?P<name>\S(?:.*\S)?)"
_TIME = r"(?:\s+[(\[]?\d+(?:[.,]\d+)?\s*(?:ms|s|m|µs)[)\]]?)?\s*$"
_LINES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("--- FAIL:", re.compile(r"^\s*--- FAIL:\s+(?P<name>\S+)")),
    ("FAILED ", re.compile(r"^FAILED\s+(?P<name>\S+::[^\[\s]\S*)(?P<said>\s+-\s.*)?")),
    ("ERROR ", re.compile(r"^ERROR\s+(?P<name>\S+::[^\[\s]\S*)(?P<said>\s+-\s.*)?")),
    ("FAIL:", re.compile(r"^(?:FAIL|ERROR):\s+(?P<name>[A-Za-z_]\w*\s+\([\w.]+\))")),
    ("ERROR:", re.compile(r"^(?:FAIL|ERROR):\s+(?P<name>test\w*\s+\([\w.]+\))")),
    ("FAILED", re.compile(r"^test\s+(?P<name>[\w:]+)(?:\s+-\s+.*)?\s+\.\.\.\s+FAILED\s*$")),
    (" stdout ----", re.compile(r"^----\s+(?P<name>[\w:]+)\s+stdout\s+----")),
    ("not ok", re.compile(r"^\s*not ok\s+(?:\d+\s+)?(?:-\s+)?(?P<name>[^#]*[^#\s])")),
    (" > ", re.compile(rf"^\s*(?:FAIL|[✗✖✕×❯])\s+(?P<name>\S+\s+>\s+.*?\S){_TIME}")),
    (" FAILED", re.compile(r"^(?P<name>[\w.$]+\s+>\s+.*?\S)\s+FAILED\s*$")),
    (" › ", re.compile(r"^\s*●\s+(?P<name>.*\s›\s.*\S)\s*$")),
    ("●", re.compile(r"^\s*●\s+(?P<name>(?!Console\b)\S.*\S)\s*$")),
    (
        "",
        re.compile(rf"^\s*[✗✖✕]\s+(?P<name>(?!\d+\s(?:problem|error|failed|test))\S.*?\S){_TIME}"),
    ),
    ("Failed ", re.compile(r"^\s*Failed\s+(?P<name>[\w.]+\.\w+)(?:\(.*\))?\s+\[")),
    ("' failed", re.compile(r"^Test Case '(?P<name>[^']+)' failed\b")),
    ("***Failed", re.compile(r"^\s*\d+/\d+\s+Test\s+#\d+:\s+(?P<name>\S+)\s.*\*\*\*Failed")),
    ("rspec ", re.compile(r"^rspec\s+\S+\s+#\s+(?P<name>\S.*\S)\s*$")),
)
"""What must stand in a line, and how it then names the test.

Go's `testing`, pytest's short summary, unittest, Rust's libtest, TAP, Vitest, Gradle, Jest and
Mocha, `dotnet test`, XCTest, CTest, RSpec: each as its own reporter prints it.
"""
_CASES = re.compile(r"(?:/.*|\[.*\])$")
"""The cases of a table-driven test (Go), the parameters of a parametrised one (pytest)."""
_MODULES = re.compile(r"^(?:[^\s:]*/)+(?=[^\s/:]+(?:::|\s>\s))")
"""The folders before a test's file."""


def failed_test(line: str) -> str:
    """Return the name of the test that a line says has failed; empty if it says no such thing.

    The cases of one test are one: neither a subtest's name nor parameters belong to it, nor do
    the folders before its file, nor how long it took.
    """
    for mark, pattern in _LINES:
        if mark in line and (found := pattern.match(line)) is not None:
            name = " ".join(found["name"].split())
            return _MODULES.sub("", name) if " " in name else _CASES.sub("", _MODULES.sub("", name))
    return ""


def said_with_it(line: str) -> str:
    """Return what pytest's summary says beside a test's name ("KeyError: …"), or nothing."""
    for mark, pattern in _LINES[1:3]:
        if mark in line and (found := pattern.match(line)) is not None and found["said"]:
            return str(found["said"]).strip().removeprefix("-").strip()
    return ""
