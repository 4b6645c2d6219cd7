"""Failures that a pipe has hidden: `go test ./... | tail` ends with 0 whatever the tests did.

Only the sums that test runners, compilers and git print at the end are taken, only at a line's
beginning, only from commands that run something: whoever reads a log or a source with `cat`,
`grep` or `git show` will see the same lines and nothing has failed.
"""

from __future__ import annotations

import re
from typing import Final

_TAIL_LINES: Final = 12
_MASKED = re.compile(r"\||;|&&|\n")
_CD = re.compile(r"^\s*(?:cd|pushd|export|set|source|sleep|mkdir|unset)\b[^|;&\n]*(?:&&|;|\n|$)")
_PREFIX = re.compile(r"^\s*(?:\w+=\S*\s+|(?:time|sudo|env|command|nice|timeout\s+\S+)\s+)+")
_READS = re.compile(
    r"""^\s*(?:
      (?:cat|bat|less|more|head|tail|grep|egrep|rg|ag|ack|sed|awk|gawk|cut|sort|uniq|wc|jq|yq|ls
        |find|fd|echo|printf|diff|strings|xxd|od|tree|stat|file|curl|wget|tee|column|comm|tr
        |journalctl|dmesg|kubectl\s+logs|docker\s+logs|docker\s+compose\s+logs|gh|history|which
        |type|test|for|while|if|\[)
      | git\s+(?:-\S+\s+\S+\s+)*(?:log|show|diff|blame|grep|cat-file|status|stash\s+list|branch)
    )(?:\s|$)""",
    re.VERBOSE,
)

_ANYWHERE = (
    re.compile(r"--- FAIL: \S+ \(\d+\.\d+s\)$", re.MULTILINE),  # go test
    re.compile(r"FAIL\t\S+\s(?:\d+\.\d+s|\[(?:build|setup) failed\])$", re.MULTILINE),  # go test
    re.compile(r"\[\S+\] ERROR task failed$", re.MULTILINE),  # mise
)
_SUMS = (
    re.compile(r"FAIL(?:\s*$|\t\S+)"),  # go test
    re.compile(r"=+ (?:.*, )?\d+ (?:failed|errors?)\b.* in [\d.:]+ ?s"),  # pytest
    re.compile(r"(?:\d+ failed|\d+ errors?)(?:, \d+ \w+)* in [\d.]+s"),  # pytest -q
    re.compile(r"FAILED \((?:failures|errors)=\d+"),  # unittest
    re.compile(r"test result: FAILED\."),  # cargo
    re.compile(r"error: could not compile `"),  # cargo
    re.compile(r"error: test failed, to rerun pass"),  # cargo
    re.compile(r"\s*Tests?:?\s+(?:\d+ \w+(?:, | \| ))*[1-9]\d* failed\b"),  # jest, vitest
    re.compile(r"Found [1-9]\d* errors? in (?:\d+ files?|\S+)"),  # tsc, mypy
    re.compile(r"npm (?:ERR!|error) code \S+"),
    re.compile(r"make(?:\[\d+\])?: \*\*\* .+"),
    re.compile(r"BUILD FAILED\b|FAILURE: Build failed"),  # gradle, ant
    re.compile(r"\[ERROR\] BUILD FAILURE|\[INFO\] BUILD FAILURE"),  # maven
)
_LAST = (
    re.compile(r"fatal: \S+"),  # git
    re.compile(r"(?:/\S+/)?(?:bash|sh|zsh): (?:line \d+: )?\S+: command not found"),
    re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit)(?:: .+)?$"),
)
FAILURE_MARKS = (
    b"FAIL",
    b"ERR",
    b"rror",
    b"failed",
    b"fatal: ",
    b"***",
    b": command not found",
    b"Traceback",
)
_TRACEBACK = "Traceback (most recent call last):"


def hides_failure(command: str) -> bool:
    """Tell whether a command runs something and can end well although that failed."""
    return _MASKED.search(command) is not None and runs_something(command)


def runs_something(command: str) -> bool:
    """Tell whether a command does more than to look at files, where it may well show failures."""
    rest = command
    while match := _CD.match(rest):
        if not match.end():
            break
        rest = rest[match.end() :]
    rest = _PREFIX.sub("", rest)
    return bool(rest.strip()) and not _READS.match(rest)


def may_tell_failure(raw: bytes) -> bool:
    """Tell cheaply whether `failure_line` can find anything in an output, still encoded as JSON."""
    for mark in FAILURE_MARKS:  # noqa: SIM110 - asked of each command's output: a generator takes twice as long
        if mark in raw:
            return True
    return False


def failure_line(output: str) -> str:
    """Return the line in which an unflagged output says that the run failed, or nothing.

    A line that only one runner writes is taken wherever it begins a line; a common one only among
    the last twelve that are not empty; what ends a program (git's `fatal:`, the end of a Python
    traceback, a missing command) only as the very last.
    """
    for pattern in _ANYWHERE:
        for match in pattern.finditer(output):
            if not match.start() or output[match.start() - 1] == "\n":
                return match[0]
    lines = [line for line in output[-8000:].splitlines() if line.strip()]
    for line in reversed(lines[-_TAIL_LINES:]):
        if any(pattern.match(line) for pattern in _SUMS):
            return line.strip()
    if not lines:
        return ""
    last = lines[-1]
    if _LAST[0].match(last) or _LAST[1].match(last):
        return last
    if _LAST[2].match(last) and any(line.strip() == _TRACEBACK for line in lines):
        return last
    return ""
