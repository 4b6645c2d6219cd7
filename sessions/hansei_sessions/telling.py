"""Which line of a failed command's output tells the failure best.

The one a developer would point to: the exception that ended a traceback, a failed assertion with
its values, a compiler's first finding; not that a step failed, what passed, or source that speaks
of errors. Lines are ranked alone by `hansei_sessions.telling_shapes`; what only several lines say
together is found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from hansei_sessions.telling_shapes import Rank, rank_of

MOST_LINES: Final = 8
"""Lines that are kept of one output."""
_LINE_LIMIT: Final = 400
_LOOKED_AT: Final = 600
_NEAR: Final = 8
_FEW: Final = 60
_ANNOUNCED: Final = 3
"""Lines that announce the next one are put together so often at most."""
_PREFIX: Final = re.compile(
    r"""
      \[(?!(?:error|warn|warning|info|debug|fatal|notice|trace|failed|vite|next|eval|
        errno|e|w|\*)\])[\w:./@-]{1,60}\]:?\ +(?=\S)
    | \d{4}[-/]\d\d[-/]\d\d[T\ ]\d\d:\d\d:\d\d[\d.,Z+:-]*\s+
    | \[?\d\d:\d\d:\d\d[\d.,]*\]?\s+
    | \#\d{1,3}\ (?:\d+\.\d+\ )?
    | \d{1,5}\.\d{1,4}\ (?=\S)
    | [@\w][\w./@-]*[:\#][a-z][\w-]*:\ (?=.*\S)
    | [\w.-]+-\d+\ +\|\ ?
    | [│┃|▌]\ (?=\s*\S)
    | (?:packages|apps|libs|services|crates)/[\w./@-]+\ [\w:-]+:\ ?
    | INTERNALERROR>\ ?
    | (?:npm\ (?:ERR!|error)\ )?gyp\ ERR!\ stack\ (?=\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What task runners, containers, logs and boxes put before a line."""
_BOX_END: Final = re.compile(r"\s+[│┃|]$")
_LOCATED: Final = re.compile(r"[\w./\\@+~-]*\.\w{1,12}:\d+(?::\d+)?: (?!note|warning|info)\S")
"""A finding with its place; searching a source prints no such blank behind the number."""
_TRACEBACK: Final = "Traceback (most recent call last)"
_CHAINED: Final = ("During handling of the above", "The above exception was the direct cause")
_BARE_EXCEPTION: Final = re.compile(r"(?:[\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt):?$")
_WRAPPING: Final = re.compile(r"(?:[\w.]+\.)?CalledProcessError\b")
_PYTEST: Final = re.compile(r"E(?:\s{2,}\S)")
_PYTEST_SUM: Final = re.compile(r"(?:FAILED|ERROR)\s+\S+.*?\s-\s\S")
_SECTION: Final = re.compile(r"(?:_{3,}|={3,})\ .*\ (?:_{3,}|={3,})$")
_RAISED: Final = re.compile(
    r"E\s+(?:assert\b|Failed:|fixture\ |(?:[\w.]+\.)?[A-Z]\w*"
    r"(?:(?:Error|Exception|Exit|Interrupt|Warning|Group)\b|:\s))"
)
_GO_SAID: Final = re.compile(r"\s+(?P<file>[\w./-]+\.go):\d+:(?:\s+(?P<said>.*))?$")
_GO_WORDS: Final = (
    re.compile(
        r"\b(?:want|wanted|expected|got|actual|mismatch|unexpected|not equal|race detected)\b|!=",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:should|must|didn't|did not|doesn't|does not|wasn't|isn't|fail(?:ed|ure)?|violation"
        r"|rejected|missing|cannot|can't|could not|unable)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:error|no|not|invalid|nil|wrong|panic|timeout|timed out|denied)\b", re.IGNORECASE
    ),
)
"""How tests of Go say that they fail, the plainest first; their logs look the same else."""
_GO_FAILED: Final = re.compile(r"FAIL\t\S+\t[\d.]+s$")
_TESTIFY: Final = re.compile(r"Error:\s{2,}\S")
_JEST: Final = re.compile(r"\s*●\s+(?!Console\b)\S")
_LABEL: Final = re.compile(
    r"(?:Error\ Message:|\*\ What\ went\ wrong:|error:\ [|>]-?|error\ during\ build:"
    r"|Failure:|ERRORS:|.*\b(?:failed\ with|the\ following\ error|with\ error):"
    r"|(?:Error:\ )?Failed\ to\ compile\.?|Turbopack\ build\ failed.*:)$"
)
"""Above a message that says nothing of an error itself."""
_ONLY_PLACE: Final = re.compile(r"\S+?:\d+(?::\d+)?:?$")
_CAME: Final = re.compile(r"(?:Actual|Received|Got|But was|Which)\b:?")
_UNSAID: Final = re.compile(r".*:\d+(?::\d+)?: error:(?: \[[\w-]+\])?$")
"""A place and no more: what is wrong there follows."""
_PANICKED: Final = re.compile(r"thread\ '.*'\ (?:\(\d+\)\ )?panicked\ at\ .*:\d+:?$")
_BESIDE: Final = re.compile(
    r"(?:\[ERROR\]\s+)?(?:(?:expected|actual|received|got|left|right|want|have|symbol|messages)"
    r"(?:\ \w+){0,2}\s*:\s*\S|(?:have|want)\ \()",
    re.IGNORECASE,
)
"""What was expected and what came: it belongs to the line that says that they differ."""
_EMPTY_VERDICT: Final = re.compile(
    r"g?make(?:\[\d+\])?:|.*(?:ELIFECYCLE|task failed)|\W*\w+\W*$"
    r"|npm (?:ERR!|error)"
    r"|.*\bexit(?:ed)?\b|error Command failed|error: Recipe|error: script|[=_*-]{2}|.*\d+ \w+",
)
_MARK: Final = re.compile(
    r"^(?:\s*--- FAIL: |E {2,}\S|panic: |\s*\u25cf \S.*\u203a|thread '|error(?:\[\w+\])?: "
    r"|[\w./\\-]{1,200}(?::\d+(?::\d+)?:?|\(\d+,\d+\):) (?:- )?(?:fatal )?error\b"
    r"|[\w.]{1,100}(?:Error|Exception): |CONFLICT \()",
    re.MULTILINE,
)
_NUMBERED: Final = re.compile(r"\d+: \S")
_THROWN_AT: Final = re.compile(r"At .{0,400}:\d+ char:\d+$")
_FOLDED: Final = 4
"""Lines above a place of PowerShell's that its message can be folded to."""
_WRITTEN_OUT: Final = re.compile(r"[Ee]rror\b.*[{(]$")
_MESSAGE: Final = re.compile(r"""["']?message["']?\s*[:=]\s*["'`](?P<said>\S.*)""")
_PLACE: Final = re.compile(r"(?:on .*\bline \d|with \S+,$|\d+:\s|\W*$)")
"""Where in a configuration an error of Terraform is; what is wrong follows."""

_PYTEST_MARK: Final = re.compile(r"^E\s{2,}(?=\S)")
_WARNING: Final = re.compile(r"(?:npm )?warn(?:ing)?\b", re.IGNORECASE)
"""Where nothing else is said, the first warning tells why strict tools failed."""


def tell(output: str) -> list[str]:
    """Return the lines of an output that say what went wrong, the most telling one first.

    At most eight: the telling one, with the values or the name that belong to it, and then others
    that are errors or name a failed test, in their order. Where nothing speaks of trouble it is
    the last line alone, because tools sum up at the end.
    """
    raw = [_bared(line) for line in output.splitlines()]
    lines = [line.strip() for line in raw]
    said = [at for at, line in enumerate(lines) if line]
    if len(said) <= 1:  # whatever its rank is
        return [_shown(_joined(lines, at)) for at in said]
    ranks = [rank_of(line[:_LOOKED_AT]) if line else Rank.NOISE for line in lines]
    for at, rank in enumerate(ranks):
        if (rank is Rank.PLAIN or rank is Rank.WORD) and _LOCATED.match(raw[at]):
            ranks[at] = Rank.ERROR
    for sign, find in _FINDERS:
        if sign in output:
            for at, rank in find(raw, lines):
                ranks[at] = rank
    at = _chosen(lines, ranks)
    if at < 0:
        return []
    told = [_shown(_joined(lines, at))]
    if ranks[at] is Rank.PLAIN or ranks[at] <= Rank.HINT:
        return told
    least = min(Rank.TEST, ranks[at])
    others = [
        _shown(line)
        for where, line in enumerate(lines)
        if where != at and ranks[where] >= least and _shown(line) not in told[0]
    ]
    others = list(dict.fromkeys(others))
    if len(others) >= MOST_LINES:
        others = [*others[: MOST_LINES - 3], *others[-2:]]
    return told + others


def _shown(line: str) -> str:
    """Return a line as it is kept: not too long, and without pytest's mark before it."""
    return _PYTEST_MARK.sub("", line)[:_LINE_LIMIT]


def says_little(told: str) -> bool:
    """Tell whether what `tell` found does not say more than that something failed."""
    return rank_of(told.partition("\n")[0][:_LOOKED_AT]) < Rank.WRAPPER


def first_mark(output: str) -> int:
    """Return where in a long output a line plainly begins to tell a failure; -1 for nowhere."""
    found = _MARK.search(output)
    return found.start() if found else -1


def _bared(line: str) -> str:
    """Return a line without what a task runner, a container or a box put around it."""
    indent = len(line) - len(line.lstrip())
    rest = line[indent:]
    for _ in range(3):
        found = _PREFIX.match(rest)
        if found is None:
            break
        rest = rest[found.end() :]
        line = " " * indent + rest
        indent += len(rest) - len(rest.lstrip())
        rest = rest.lstrip()
    if "curl: (" in line:
        line = line[line.index("curl: (") :]  # its progress has no line of its own
    return _BOX_END.sub("", line) if line.endswith(("│", "┃", "|")) else line.rstrip()


def _chosen(lines: Sequence[str], ranks: Sequence[Rank]) -> int:
    """Return which line tells the failure best; -1 where there is none at all."""
    best = max(ranks, default=Rank.NOISE)
    if best is Rank.NOISE:
        return next((at for at in reversed(range(len(lines))) if lines[at]), -1)
    places = [at for at, rank in enumerate(ranks) if rank is best]
    if best is Rank.HINT:
        return next((at for at in places if _WARNING.match(lines[at])), places[-1])
    if best is Rank.PLAIN:
        return places[-1]
    if best is Rank.SHELL:
        return _last_program(lines, places)
    if best is Rank.VERDICT:
        return _verdict(lines, ranks, places)
    return places[0]


def _last_program(lines: Sequence[str], places: Sequence[int]) -> int:
    """Return the first complaint of the program that complained last: its failure was the end."""
    chosen = places[-1]
    name = lines[chosen].partition(":")[0]
    for at in reversed(places[:-1]):
        if lines[at].partition(":")[0] != name or chosen - at > 1:
            break
        chosen = at
    return chosen


def _verdict(lines: Sequence[str], ranks: Sequence[Rank], places: Sequence[int]) -> int:
    """Return the first verdict that names something, else the line before the first verdict."""
    for at in places:
        if not _EMPTY_VERDICT.match(lines[at]):
            return at
    before = [at for at in range(places[0]) if ranks[at] is Rank.PLAIN]
    return before[-1] if before else places[0]


def _joined(lines: Sequence[str], at: int) -> str:
    """Return a line with what belongs to it: what it announces, the values that differ."""
    line = " ".join(lines[at].split()) if _TESTIFY.match(lines[at]) else lines[at]
    after = [other for other in lines[at + 1 : at + 1 + _NEAR] if other]
    if after and _LOCATED.match(after[0]):
        return line
    if line.endswith(":") and after and (lines[at + 1] or line.endswith("equal:")):
        for _ in range(_ANNOUNCED):
            line = f"{line} {after[0]}"
            after = after[1:]
            if not after or not line.endswith(":") or line.endswith("from:"):
                break
    elif after and _UNSAID.match(line):
        line = f"{line} {after[0]}"
    elif line.startswith("Error: ") and after and _PLACE.match(after[0]):
        said = next((one for one in after if not _PLACE.match(one)), "")
        line = f"{line}: {said}" if said else line
    elif _BARE_EXCEPTION.match(line) and at and lines[at - 1]:
        above = next((one for one in reversed(lines[:at]) if one.strip("^~ ")), "")
        if above.startswith("assert"):
            line = f"{line} ({above})"
    beside = [
        " ".join(other.removeprefix("[ERROR]").split()) for other in after if _BESIDE.match(other)
    ]
    return "; ".join([line, *dict.fromkeys(beside[:3])])


def _python(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find the exception that ended the last traceback; of a unittest run, the first one's."""
    ends: list[list[int]] = []
    chained = False
    for at, line in enumerate(lines):
        if line.startswith(_CHAINED):
            chained = True
        elif _TRACEBACK in line:
            end = _end_of_traceback(raw, at)
            if end >= 0:
                if not chained or not ends:
                    ends.append([])
                ends[-1].append(end)
            chained = False
    if not ends:
        return
    is_unittest = any(line.startswith("Ran ") and " test" in line for line in lines[-6:])
    for chain in ends:
        for end in chain:
            yield end, Rank.WORD
        yield chain[-1], Rank.CAUSE
    end = ends[0 if is_unittest else -1][-1]
    yield end, Rank.WRAPPER if _WRAPPING.match(lines[end]) else Rank.TOLD


def _end_of_traceback(raw: Sequence[str], start: int) -> int:
    """Return where the exception stands that a traceback ends with; -1 where it was cut off."""
    margin = raw[start].find(_TRACEBACK)
    if raw[start][:margin].strip():
        margin = len(raw[start]) - len(raw[start].lstrip())
    for at in range(start + 1, len(raw)):
        text = raw[at]
        if text.strip() and len(text) - len(text.lstrip()) <= margin:
            return at
    return -1


def _node(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find errors of JavaScript that have no name but `Error`: their stack follows.

    Where one only says which command failed, what that command printed stands below it.
    """
    del raw
    for at, line in enumerate(lines):
        if line.startswith(("Error: ", "Uncaught Error: ")) and "at " in " ".join(
            one[:3] for one in lines[at + 1 : at + _NEAR]
        ):
            wraps = rank_of(line[:_LOOKED_AT]) is Rank.WRAPPER
            below = lines[at + 1] if wraps else ""
            yield (at + 1 if below and not below.startswith("at ") else at), Rank.CAUSE


def _pytest(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find what the first failed test of pytest raised, and the sums that carry a message."""
    del raw
    sums = [at for at, line in enumerate(lines) if _PYTEST_SUM.match(line)]
    marked = [at for at, line in enumerate(lines) if _PYTEST.match(line)]
    for at in sums:
        yield at, Rank.CAUSE
    if not marked:
        return
    border = next(
        (at for at in range(marked[0], len(lines)) if _SECTION.match(lines[at])), len(lines)
    )
    group = [marked[0]]
    for at in marked[1:]:
        if at >= border:
            break
        group = [*group, at] if at == group[-1] + 1 else [at]
    yield next((at for at in group if _RAISED.match(lines[at])), group[0]), Rank.TOLD


def _go(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find the message of the first failed test of Go.

    What passing tests print is shown with a package that failed: it tells nothing.
    """
    first = next((at for at, line in enumerate(lines) if line.startswith("--- FAIL: ")), -1)
    if first >= 0 or any(_GO_FAILED.match(line) for line in lines):
        for at, text in enumerate(raw):
            if text[:1].isalpha() and not text.startswith(("FAIL", "panic:", "fatal error:")):
                rank = rank_of(text[:_LOOKED_AT])
                if Rank.WORD <= rank <= Rank.ERROR and not _LOCATED.match(text):
                    yield at, Rank.PLAIN
        for region in _go_regions(raw, lines, first):
            at = _go_message(raw, lines, region)
            if at >= 0:
                yield _testify(lines, at), Rank.TOLD
                return


def _go_regions(raw: Sequence[str], lines: Sequence[str], first: int) -> Iterator[range]:
    """Yield where the message of the first failed test can stand: beneath its name, or before."""
    if first < 0:
        yield range(len(lines))
        return
    name = lines[first].removeprefix("--- FAIL: ").partition(" ")[0]
    ends = ("--- ", "FAIL", "ok ", "=== RUN", "panic: ")
    beyond = range(first + 1, len(lines))
    yield range(first + 1, next((at for at in beyond if raw[at].startswith(ends)), len(lines)))
    runs = {f"=== RUN   {name}", f"=== RUN {name}"}
    yield range(next((at for at in reversed(range(first)) if lines[at] in runs), 0), first)


def _go_message(raw: Sequence[str], lines: Sequence[str], region: range) -> int:
    """Return the line of a region that looks most like a failure; -1 where all look like logs."""
    scored = [(score, at) for at in region if (score := _go_score(raw, lines, at)) is not None]
    best = max((score for score, _ in scored), default=0)
    if best:
        places = [at for score, at in scored if score == best]
        return places[0] if best >= len(_GO_WORDS) else places[-1]
    return scored[0][1] if len(scored) == 1 and len(lines) < _FEW else -1


def _go_score(raw: Sequence[str], lines: Sequence[str], at: int) -> float | None:
    """Return how much a line looks like a test's failure and not its log; None: like neither."""
    found = _GO_SAID.match(raw[at])
    if found is None:
        return None
    said = found["said"] or ""
    if not said:
        return 9 if at + 1 < len(lines) and lines[at + 1].startswith("Error Trace:") else 1
    bonus = 0.5 if found["file"].endswith("_test.go") else 0
    for score, pattern in zip((3, 2, 1), _GO_WORDS, strict=True):
        if pattern.search(said):
            return score + bonus
    return 0


def _testify(lines: Sequence[str], at: int) -> int:
    """Return where testify says what differs, if a message is one of testify's."""
    if at + 1 < len(lines) and lines[at + 1].startswith("Error Trace:"):
        for beyond in range(at + 2, min(at + 2 + _NEAR, len(lines))):
            if _TESTIFY.match(lines[beyond]):
                return beyond
    return at


def _jest(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find the message below the name of each test that failed in Jest."""
    rank = Rank.TOLD
    for at, line in enumerate(raw):
        if "●" in line and _JEST.match(line):
            said = next((one for one in range(at + 1, len(lines)) if lines[one]), -1)
            if 0 <= said <= at + 3:
                yield said, rank
                rank = Rank.ERROR


def _rust(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find what a thread of a Rust program said when it panicked."""
    del raw
    for at, line in enumerate(lines):
        if line.startswith("thread '") and "panicked at" in line:
            alone = _PANICKED.match(line) and at + 1 < len(lines) and lines[at + 1]
            yield (at + 1 if alone else at), Rank.TOLD
            return


def _java(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find the root cause of the first exception of a Java program."""
    del raw
    cause = -1
    for at, line in enumerate(lines):
        if line.startswith(("Caused by: ", "[ERROR] Caused by: ")) and "at " in " ".join(
            lines[at + 1 : at + 2]
        ):
            cause = at
        elif (
            cause >= 0 and line and not line.startswith(("at ", "...", "Caused by:", "Suppressed:"))
        ):
            break
    if cause >= 0:
        yield cause, Rank.TOLD


def _caused(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find the root of the causes that programs of Rust list below an error, one under another."""
    del raw
    root = -1
    for at, line in enumerate(lines):
        if line == "Caused by:":
            said = next((one for one in range(at + 1, min(at + 4, len(lines))) if lines[one]), -1)
            while said >= 0 and _NUMBERED.match(lines[said]) and said + 1 < len(lines):
                if not _NUMBERED.match(lines[said + 1]):
                    break
                said += 1
            root = said if said >= 0 else root
    if root >= 0:
        yield root, Rank.TOLD


def _thrown(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find what PowerShell says above the place where it was thrown."""
    del raw
    for at, line in enumerate(lines):
        if at and _THROWN_AT.match(line):
            above = [one for one in range(max(0, at - _FOLDED), at) if lines[one]]
            ranks = [rank_of(lines[one][:_LOOKED_AT]) for one in above]
            best = max(ranks, default=Rank.NOISE)
            if best >= Rank.WORD or (above and best > Rank.NOISE):
                chosen = len(ranks) - 1 - ranks[::-1].index(best)
                yield above[chosen], Rank.TOLD
                return


def _fields(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find the message in an error that is written out field by field."""
    del raw
    announced = False
    for at, line in enumerate(lines):
        announced = announced or _WRITTEN_OUT.search(line) is not None
        said = _MESSAGE.match(line) if announced else None
        if said is not None and _speaks(said["said"]):
            yield at, Rank.CAUSE
            return


def _speaks(said: str) -> bool:
    """Tell whether a message has a word for trouble."""
    return rank_of(said[:_LOOKED_AT].rstrip("\"'`,; ")) >= Rank.WORD


def _labelled(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find the first message that stands under a label of its own."""
    del raw
    for at, line in enumerate(lines):
        if _LABEL.match(line):
            beyond = range(at + 1, min(at + 4, len(lines)))
            said = next((one for one in beyond if _says(lines[one])), -1)
            yield at, Rank.VERDICT
            if said >= 0:
                yield said, Rank.ERROR if line.startswith("*") else Rank.TOLD
                return


def _says(line: str) -> bool:
    """Tell whether a line under a label is more than a place or the name of a step."""
    if not line or _ONLY_PLACE.match(line):
        return False
    return rank_of(line[:_LOOKED_AT]) not in {Rank.WRAPPER, Rank.VERDICT}


def _compared(raw: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Rank]]:
    """Find what was expected where what came stands beneath it: nobody says more of some tests."""
    del raw
    for at, line in enumerate(lines):
        if line.startswith("Expected: ") and any(
            _CAME.match(beneath) for beneath in lines[at + 1 : at + 3]
        ):
            yield at, Rank.ERROR
            return


_FINDERS: Final = (
    ("Expected: ", _compared),
    (_TRACEBACK, _python),
    ("Error: ", _node),
    ("E", _pytest),
    ("FAIL", _go),
    ("●", _jest),
    ("panicked at", _rust),
    ("Caused by: ", _java),
    ("Caused by:", _caused),
    (" char:", _thrown),
    ("message", _fields),
    ("", _labelled),
)
"""What several lines say together, and a sign without which an output does not say it."""
