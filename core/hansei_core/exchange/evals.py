"""Results of evaluations as JSON, in the shape that docs/exchange.md describes.

A list of cases, an object with the list under `results`, `evals`, `cases` or `tests`, or one case
a line. A case has `name` (or `id`), `passed` (or `status`, or `score` with `threshold`), and may
have `file`, `suite` and `message` (or `error`, `reason`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from hansei_core.errors import UsageError
from hansei_core.exchange.failures import Failure, Report, tidy, tidy_name

MOST: Final = 2000
"""Failures that are read of one report; the others are counted."""
_LISTS: Final = ("results", "evals", "cases", "tests")
_NAMES: Final = ("name", "id", "test", "case")
_WORDS: Final = ("message", "error", "reason", "explanation", "details")
_GOOD: Final = frozenset({"pass", "passed", "ok", "success", "succeeded", "correct", "skipped"})
_BAD: Final = frozenset({"fail", "failed", "failure", "error", "errored", "incorrect", "timeout"})
_TELLING: Final = re.compile(r'"(?:passed|pass|success|status|score)"\s*:')


def looks_like_evals(head: str) -> bool:
    """Return whether a file's head is that of a list of evaluation results."""
    start = head.lstrip("\ufeff \t\r\n")
    keys = set(re.findall(r'"([A-Za-z_]+)"\s*:', start[:8192]))
    return (
        start[:1] in ("{", "[")
        and _TELLING.search(start[:8192]) is not None
        and bool(keys & {"passed", "pass", "success", "score"} or keys & set(_LISTS))
        and bool(keys & set(_NAMES))
        and "title" not in keys
        and "description" not in keys
    )


def read_evals(text: str) -> Report:
    """Return the failures among evaluation results.

    Raises:
        UsageError: It is no JSON, or holds no list of cases.
    """
    failures: list[Failure] = []
    tests = failed = bad = 0
    at: datetime | None = None
    for case in _cases(text):
        if not isinstance(case, Mapping):
            bad += 1
            continue
        name, passed = _first(case, _NAMES), _passed(case)
        if not name or passed is None:
            bad += 1
            continue
        tests += 1
        at = at or _time(case)
        if passed:
            continue
        failed += 1
        if len(failures) < MOST:
            failures.append(_failure(case, name))
    if not tests and bad:
        raise UsageError(
            "no case of this file can be read",
            'a case has a name and a result: {"name": "…", "passed": false, "message": "…"}',
        )
    return Report(tuple(failures), tests, failed, at, bad)


def _cases(text: str) -> Iterator[Any]:
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        yield from _lines(text)
        return
    if isinstance(data, Mapping):
        found = next((data[name] for name in _LISTS if isinstance(data.get(name), list)), None)
        data = [data] if found is None else found
    if not isinstance(data, list):
        raise UsageError("this JSON holds no list of cases", "see docs/exchange.md")
    yield from data


def _lines(text: str) -> Iterator[Any]:
    """Yield one case a line; a file of which no line is JSON is none at all."""
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    read = 0
    for line in lines:
        try:
            case = json.loads(line)
        except (ValueError, RecursionError):
            yield None
            continue
        read += 1
        yield case
    if not read:
        raise UsageError("this is no JSON", "name a file of evaluation results")


def _passed(case: Mapping[str, Any]) -> bool | None:
    for name in ("passed", "pass", "success"):
        if isinstance(case.get(name), bool):
            return bool(case[name])
    status = case.get("status", case.get("outcome", case.get("result")))
    if isinstance(status, str) and status.casefold() in _GOOD | _BAD:
        return status.casefold() in _GOOD
    score, least = _number(case, "score"), _number(case, "threshold")
    return None if score is None or least is None else score >= least


def _number(case: Mapping[str, Any], name: str) -> float | None:
    value = case.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def _failure(case: Mapping[str, Any], name: str) -> Failure:
    words = _first(case, _WORDS)
    score, least = _number(case, "score"), _number(case, "threshold")
    if not words and score is not None and least is not None:
        words = f"score {score} is below {least}"
    line = case.get("line")
    return Failure(
        test=tidy_name(name),
        file=tidy_name(_first(case, ("file", "path"))),
        line=line if isinstance(line, int) and 0 < line < 10_000_000 else 0,
        group=tidy_name(_first(case, ("suite", "group", "dataset"))),
        kind="failed",
        message=tidy(words, 400),
    )


def _first(case: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = case.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool) and name == "id":
            return str(value)
    return ""


def _time(case: Mapping[str, Any]) -> datetime | None:
    for name in ("at", "timestamp", "time"):
        value = case.get(name)
        if isinstance(value, str):
            try:
                return datetime.fromisoformat(value.strip()[:40])
            except ValueError:
                continue
    return None
