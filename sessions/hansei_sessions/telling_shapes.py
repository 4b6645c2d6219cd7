"""What one line of a command's output looks like: an error, a verdict, a sum, a hint, noise.

Each pattern is the form in which a tool prints, as its own source or documentation shows it; none
is bound to a language's words beyond that. A line is looked at alone here; what lines say together
(a traceback, a failed test and its message) is `hansei_sessions.telling`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from functools import cache, lru_cache
from typing import Final

from hansei_sessions.telling_patterns import Shapes


class Rank(IntEnum):
    """How well a line tells what went wrong."""

    NOISE = 0
    """Stack frames, rulers, echoed source, what passed."""
    HINT = 1
    """Advice, warnings, progress, usage."""
    PLAIN = 2
    VERDICT = 3
    """That it failed, and nothing more."""
    WORD = 4
    """A sentence with a word for trouble."""
    WRAPPER = 5
    """Which step failed; why stands elsewhere."""
    TEST = 6
    """Which test failed."""
    SHELL = 7
    """A program's complaint about what it was given."""
    ERROR = 8
    """A line that is marked as an error."""
    CAUSE = 9
    """An exception, a panic, a finding with its place."""
    TOLD = 10
    """What was found to belong to a failed test or a step."""


_FILE = r"(?:[A-Za-z]:)?[\w./\\@+~$()\[\] -]{0,200}?[\w)\]]\.\w{1,12}"

_NOISE: Final = r"""
      [\W_]*$
    | (?:at|in)\s+\S.{0,300}[(: ](?:<anonymous>|native|[^()]{0,200}:\d+(?::\d+)?)\)?$
    | at\s+[\w.$<>/]+\(.{0,200}\)(?:\s~?\[.*\])?$
    | at\ .*\ in\ .*:line\ \d+$
    | File\ ".+",\ line\ \d+
    | goroutine\ \d+\ \[ | \.\.\.\ \d+\ more$ | \d{1,6}\s*(?:[|│]|[-+]\s)
    | (?:\x20*(?:\d+\s)?)[|│┃╵╷╰╭]\s*(?:[\^~-].*)?$
    | \d+\s+(?:passed|passing|tests?\ passed).* | 0\s+(?:errors?|fail(?:ed|ures?)?)\b.*
    | ok\s+\S+.* | ===\ (?:RUN|PAUSE|CONT|NAME).* | ---\ (?:PASS|SKIP).*
      | \?\s+\S+\s+\[no\ test\ files\]
    | PASS(?:ED)?\b.* | [✓✔√]\s.* | (?:not\ )?ok\s\d+.*\#\ (?:SKIP|TODO)\b.*
    | test\ .*\.\.\.\ (?:ok|ignored)
    | </?persisted-output> | Output\ too\ large\ \(.* | Preview\ \(first\ .*
    | Node\.js\ v\d[\w.-]*$ | throw\ .{0,80};$ | Require\ stack:$
    | -->\ \S+:\d+:\d+$ | Oh\ no!(?!.*\w)
    | (?:Script\ started|Finished)\ in\ .* | .*\bFinished\ in\ [\d.]+\ ?m?s.*
"""
_HINT: Final = r"""
      [\^~-]{1,80}\ (?:help|note):
    | \[cause\]: | (?:hint|note|help|info|debug|tip|warn|warning|usage(?!\ error)|example
      |examples|see|try|run
      |use
        |\[(?:info|warn|warning|debug)\]|info|verbose|silly|trace|notice)\b\s*(?:\W|$)
    | (?:for\ more|more\ info|to\ see|to\ get|to\ fix|to\ run|see\ also|did\ you\ mean|if\ you
      |or\ run
        |a\ complete\ log|you\ can|run\ with|run\ `|try\ '
        |please\ (?:see|run|use|visit|check|refer|upgrade|update|install|specify|make\ sure|ensure
          |try|add|set|provide))\b
    | see\ [\w-]+\(\d\) | git\ [a-z][a-z-]+(?:\s|$)(?!.*\b(?:error|fail|denied|not)\b)
    | error:\ usage:\ | \[?npm\ (?:warn|notice)\b | (?:npm\ )?warn\ | =\ (?:note|help):
    | (?:Down|Up)loading\b | (?:Compiling|Building|Installing|Collecting|Checking|Resolving|Fetching
        |Get:|Hit:|Using\ cached|Requirement\ already|Running|Rebasing|Auto-merging|Waiting
        |Updating|Unpacking|Preparing|Cloning|Receiving|Created|Writing|Generating|Starting|Loading
        |Copying|Linking|Scanning|Pulling|Successfully)\b(?!.*\b(?:error|fail|cannot|denied)\b)
    | \d+:\d+\s+(?:warning|info)\s | .*Warning: | \w+\s*=\s
      | (?=.*%).*\d+%.*\b\d+(?:\.\d+)?\s?[kMG]?i?B?/s
    | ~?[\w./\\@~-]*\$\s | \+\s\S | (?:\$|❯|[<>])\s
"""
_VERDICT: Final = r"""
      (?:FAIL|FAILED|FAILURE|ERROR|ERRORS|Error|Errors|error|errors|Failures?|fatal|✗|✖|×
      |E)[:!.]?\s*$
    | FAIL(?:ED)?[\t ]+\S+\s+(?:\(?\d[\d.]*\s?m?s\)?|\[(?:build|setup)\ failed\])$
    | FAIL(?:ED)?\s+\[\s*\d+%\] | (?:failed|FAILED)(?:\s*[/:]\s*|\s+exit[=:]\s?)-?\d.*
    | (?:\W*error\W+|\W*ERROR\W+)?(?:Oops\W+)?(?:[Tt]he\ command\ failed\ with\ |[Tt]here\ was\ )?
        (?:[Aa]n?\ )?(?:[Uu]nexpected|[Uu]nknown|[Ii]nternal|[Ff]atal)?\ ?error
          (?:\ (?:has\ )?occur+ed(?:\ while\ running\ the\ command)?)?\W{1,4}(?:Here\ is\ .*)?$
    | (?:\W*error\W+)?[Ss]omething\ went\ wrong\W*$
    | FAIL\s+\S+$ | FAILED:?\s+\S+$ | .*\bERROR\ task\ failed | .*\b[Tt]ask\b.*\bfailed\.?$
    | g?make(?:\[\d+\])?:\ \*\*\*.*(?:\]\ |\bError\ |\bInterrupt|Terminated|jobs)
    | make(?:\[\d+\])?:\ (?:Leaving|Entering|Target).* | ninja:\ build\ stopped | (?:npm\ (?:ERR!
      |error)\ )?gyp\ ERR!
    | ➤\ YN0000:\ Failed
    | .*\b(?:ELIFECYCLE|ERR_PNPM_RECURSIVE\w*|ERR_PNPM_RUN\w*)\b
    | npm\ (?:ERR!|error)\s*(?:$|code\b|errno\b|path\b|syscall\b|command\b|signal\b|location\b
        |workspace\b|in\ workspace|A\ complete|This\ is\ (?:probably|related)|There\ is\ likely
        |Exit\ status|Failed\ at\ the|\S+@\S*\ [\w:-]+:\ |Lifecycle\ script|node\ -v|cwd\b
        |enoent\ This
        |enoent\ $|fix\ |Fix\ the|this\ command\ with|to\ accept|For\ a\ full|\s*/|\d{4}-\d|log\b
        |(?:not\ ok|ok|stack|gyp\ (?:info|System|cwd|node|not|ERR!\ (?:System|cwd|node|not)))\b
        |errno\b|If\ you\ are\ behind|\s*at\s)
    | error\ Command\ failed\ with\ exit\ code | error:\ script\ "[^"]*"\ exited\ with
    | error:\ (?:could\ not\ compile\ `|aborting\ due\ to|test\ failed,\ to\ rerun|build\ failed
        |build\ of\ '.*'\ failed
        |\d+\ targets?\ failed|process\ didn't\ exit\ successfully|doctest\ failed|[Rr]ecipe\ `)
    | collect2:\ error | clang(?:\+\+)?:\ error:\ linker\ command\ failed
    | .*\berror:\ linking\ with\ `
    | (?:Compilation|Build|Tests?|Lint(?:ing)?|Checks?|Type\ ?check)\ (?:failed
      |FAILED)\b[.!;]?(?:\s.{0,40})?$
    | BUILD\ FAIL\w* | FAILURE:\ Build\ failed | \[(?:ERROR|INFO)\]\ (?:BUILD\ FAILURE
      |COMPILATION\ ERROR)
    | \[ERROR\]\s*(?:$|->|To\ see|Re-run|For\ more|After\ correcting|Failures:|Errors:|Tests\ run
        |There\ are\ test|Please\ refer|See\ |mvn\ |Help\b|\[Help|-+$)
    | \*\*\ (?:BUILD|TEST|ARCHIVE|ANALYZE)\ FAILED\ \*\* | Build\ FAILED | Failed!\s+-\s
    | .*\bFound\ \d+\ (?:errors?|problems?|issues?|warnings?)\b
    | (?:\[?\W{0,4}\s?)?(?:Summary|Results?|Tests?|Test\ (?:Suites|Files|run)|Snapshots
      |Assertions|Errors?|Failures?
        |Totals?|Failed|Passed|Duration|Start\ at|Time|Ran|Warnings?|Problems
        |Type\ Errors)\b\s?(?:\(s\))?:?\s+[\d(].*
    | (?:[=✖✗×*!>]\W*)?\d+\s(?:errors?|failures?|problems?|failed|failing|issues?|fail|error\(s\)
      |warnings?
        |tests?\ failed|examples?,.*|tests?\ .*fail\w*|violations?|ERROR|FAIL)\b(?!.*:\s\S{3})
    | =+\ .*\ =+$ | _+\ .*\ _+$ | -{2,}\ .*\ -{2,}$
    | test\ result:\ FAILED | FAILED\ \((?:failures|errors)
    | (?!.*did\ not\ complete\ successfully)(?=.*exit)
        (?!(?:[\w.]+\.)?(?!CalledProcess)[A-Z]\w*(?:Error|Exception):).*
        \bexit(?:ed)?\ (?:with\ )?(?:status|code|value):?\ ?-?\d+\W*$ | .*\(code\ \d+\)$
    | Exit\ code\ \d+ | .*\bexited\ with\ (?:code\ )?\d+
    | husky\s.*(?:failed|code\ \d+) | .*\bhook\b.*\b(?:failed|exited)\b.*$
    | tar:\ Error\ is\ not\ recoverable | compilation\ terminated | --\ Configuring\ incomplete
    | .*\bpy\d+:\ FAIL\b | nox\ >\ .*failed | .*\ (?:evaluation|congratulations)\ failed\ :\(
    | \*\ (?:Try|Get\ more\ help)\b | >\ (?:Run\ with|Get\ more|Task\ :)
    | (?:Error:\ )?Process\ completed\ with\ exit\ code | Command\ failed\.?$
    | error:\ failed\ to\ push\ some\ refs | Could\ not\ apply\ [0-9a-f]{6,}
      | error:\ could\ not\ apply\ [0-9a-f]{6,}
    | error:\ (?:subprocess-exited-with-error|metadata-generation-failed)
    | .*\bEncountered\ error\ while\ generating | .*\bdid\ not\ run\ successfully\.?$
      | -\ (?:hook\ id
      |exit\ code|files\ were):?.*
    | Automatic\ merge\ failed | Line\ \|$ | operable\ program\ or\ batch\ file\.?$
    | Failed\ \w+:$ | The\ following\ .*:$ | \*\ \w[\w-]*:\ \d+$
      | .*\b(?<!\S)run\ failed:\ command.*exited
    | fatal:\ [Cc]ould\ not\ read\ from\ remote\ repository
    | (?:Error:\ )?Failed\ to\ compile\.?$ | error\ during\ build:?$
"""
_WRAPPER: Final = r"""
      (?:[\w.]+\.)?CalledProcessError\b | (?:>\ )?Execution\ failed\ for\ task
      | \[ERROR\]\ Failed\ to\ execute\ goal
    | (?:ERROR:\ )?failed\ to\ solve:\ process | .*\bdid\ not\ complete\ successfully:\ exit\ code
    | (?:Error:\ )?Command\ failed:\ | .*\breturned\ non-zero\ exit\ status
    | .*\bfinished\ with\ non-zero\ exit\ value | .*There\ were\ failing\ tests
    | .*Compilation\ failed;\ see\ the\ compiler | .*\bsubprocess\ failed
      | (?:>\ )?A\ failure\ occurred\ while\ executing
    | (?:ERROR:\ )?Failed\ (?:building|to\ build)\b | ERROR:\ (?:Failed\ to\ build
      |Could\ not\ build\ wheels)
    | rsync\ error:\ | errors?\ occurred\b | error:\ failed\ to\ run\ custom\ build\ command
    | FAILED\ (?!.*::)\S.* | ERROR\ (?:collecting|at\ (?:setup|teardown)\ of)\b
      | .*\b(?:(?<=\.{6})|(?<=\.{6}\s))Failed$
    | Warning:\ .* | ERROR:\ InvocationError | ERROR\ in\ | .*\bUsing\ index\ info\ to\ reconstruct
    | .*ld:\ symbol\(s\)\ not\ found | .*\bImportError\ while\ (?:importing|loading)
    | !\ \[remote\ rejected\].*hook\ declined
"""
_TEST: Final = r"""
      ---\ FAIL:\ \S | (?:FAIL|ERROR):\ \w+\ \( | FAILED\s+\S+::\S | ERROR\s+\S+(?:::\S|\.py\b)
    | test\ \S+(?:\ -\ .*)?\ \.\.\.\ FAILED | ----\ \S+\ stdout\ ---- | not\ ok\b
    | (?:FAIL|[✗✖✕×❯✘])\s+\S.* | \(fail\)\ \S | ●\ \S | (?=.*\ FAILED$).*\S\ >\ .*\ FAILED$
    | Failed\ [\w.]+\.\w+.*\[ | Test\ Case\ '.*'\ failed | rspec\ \./\S+:\d
    | \d+/\d+\ Test\s+\#\d+:.*\*\*\*Failed
"""
_EXCEPTION_NAME: Final = (
    r"(?:[A-Za-z_]\w*(?:\.|::|\\))*_?[A-Z]\w*"
    r"(?:Error|Exception|Interrupt|Failure|Fault|NotFound|DoesNotExist|Exit|Timeout|Violation)"
    r"\w{0,12}"
)
_CAUSE: Final = rf"""
      (?:(?:Uncaught|Unhandled\w*|thrown:|Caused\ by:|\*\*|error:|Error:
      |Exception\ in\ thread\ ".{{0,80}}")\s+)?
        \(?{_EXCEPTION_NAME}\)?(?:\s\[\w+\])?:\s*\S
    | (?:[a-z_]\w*\.){{2,}}[A-Z]\w*:\s\S
    | panic:\ | fatal\ error:\ | FATAL\ ERROR:\ | \*\*\ \(\w[\w.]*\)
    | (?:PHP\ )?(?:Fatal|Parse)\ error:\ | .*\bUndefined\ symbols\ for
      | .*\bundefined\ reference\ to\b
    | {_FILE}(?:
        :\d+(?::\d+)?(?:-\d+(?::\d+)?)?:?\s(?:-\s)?(?:fatal\ |internal\ compiler\
      |syntax\ )?(?:error|E|panic)\b
      | :\d+:\d+:\s(?!(?:note|warning|info|remark|help|W\d*)\b)\S
      | \(\d+(?:,\d+(?:,\d+,\d+)?)?\)?:\s(?:fatal\ )?error\b | :\[\d+,\d+\]\s\S)
    | vet:\ \S+:\d+ | \[ERROR\]\s+\S+\.\w+:\[?\d+
    | error(?:\[\w+\])?:\s(?!the\ following|some\ )(?!$).*\b(?:cannot|mismatched|expected|unused
      |borrow|not\ found|never)\b
    | error\[\w+\]:\s\S | \d+:\d+\s+(?:error|✖|×)\s+\S
    | [A-Z]{{1,4}}\d{{3,4}}\ (?:\[\*\]\ )?\S.*\s\S | \^[\^-]*\ SC\d{{4}}\ \(
    | e:\ (?:file://)?\S+:\d+:\d+ | .*\berror\ TS\d+: | .*\berror\ [A-Z]{{2,4}}\d{{3,5}}:
      | \S+\.rb:\d+:in\ .*\(\w*(?:Error|Exception)\w*\)
    | CONFLICT\ \( | !\ \[(?:remote\ )?rejected\] | .*\bimport\ cycle\ not\ allowed
    | .*\b(?<!\S)(?:Segmentation\ fault|segmentation\ fault|Bus\ error|Aborted\ \(core|Killed(?:\s
      |:|$)|out\ of\ memory) | Killed:?\s?\d*$
    | \[warn\]\ \S+\.\w+$ | Failure/Error:\s | Assert\.\w+\(\)\ Failure | Type\ error:\s
      | Module\ not\ found:\s | WARNING:\ DATA\ RACE | ==\d+==\ ?ERROR:
"""
_ERROR: Final = r"""
      (?:remote:\s+|docker:\s+|ssh:\s+|\[?\w{1,20}\]?\s+)?
        (?:error|fatal|panic|Error|ERROR|FATAL|Fatal|Failure|CRITICAL|err|ERR!?)
        (?:\s?[\[(][\w. @<>:-]{1,60}[\])])?
        (?:\s+[A-Z]?\d{3,5}(?:\s\(\w+\))?(?:\ at\ line\ \d+)?)?:\s*\S
    | [\w./@-]{1,60}:\s(?:fatal\ )?(?:error|Error|ERROR|fatal|FATAL)(?:\s\([^)]{1,80}\))?:?\s+\S
    | (?:\[(?:ERROR|error|FATAL|fatal|E)\]|[✘X]\ \[ERROR\]|ERROR|FATAL|CRITICAL|error|ERR!)\s+\S
    | ➤\ YN(?!00(?:00|02|07|13|60|86))\d{4}:\ │\ \S
    | (?:npm\ (?:ERR!|error)|ERR_PNPM_\w+|Usage\ Error:|An\ error\ occurred
      |Parse\ error
        |Runtime\ error|Syntax\ error|syntax\ error|parse\ error|PANIC|CMake\ Error)\b
    | E:\s\S | Error\ (?:from\ server|response\ from|loading|reading|opening|parsing|running)\b
    | .*\blevel=(?:error|fatal)\b | .*"level":"(?:error|fatal)"
    | .*\b(?<=\s)(?:ERROR|FATAL|CRITICAL)\s+\S
    | .*\buser\ error\ \(
    | curl:\ \(\d+\) | .*\bmake(?:\[\d+\])?:\ \*\*\*\ (?!\[) | [×✗✖✘⨯]\ (?!\d)\S
    | (?:The\ )?(?:term|name)\ '.+'\ is\ not\ recognized | '.+'\ is\ not\ recognized\ as
    | \S+\ :\ (?:The\ term|Cannot|Could|Access|Exception)\b | FAILED:?\s+\S+\s-\s\S
    | (?:HTTP|http)\s\d{3}:\s | GraphQL:\s | flag\ provided\ but\ not\ defined | unknown\ (?:flag
      |option|shorthand|command)
    | g?o:\s(?!.*\ (?:imports|tested\ by)$|downloading|finding|extracting|upgraded|added|creating
      |to\ add)\S
    | .*\bno\ required\ module\ provides | Would\ reformat:?\s | Diff\ in\ | unformatted:\s
      | would\ reformat\s
    | (?:Unable|Failed|Cannot|Could\ not|Can't|Couldn't|Missing|No\ such|Invalid|Unknown
      |Unrecognized|Unexpected|Timed\ out|Timeout)\s\S
    | Command\ timed\ out | The\ (?:connection|system\ cannot|command|process\ cannot)\b.*
    | Host\ key\ verification\ failed | .*Permission\ denied\ \( | Because\ .*\b(?:depends
      |was\ not\ found|no\ versions|requires)\b
"""
_SHELL: Final = r"""
      .*\b(?:(?<=:\ )|^)(?:command\ not\ found|not\ found$|no\ such\ file\ or\ directory
      |No\ such\ file\ or\ directory
        |Permission\ denied|permission\ denied|Is\ a\ directory|Not\ a\ directory|cannot\ \w+
        |can't\ \w+
        |No\ such\ \w+|no\ matches\ found|unbound\ variable|syntax\ error|unexpected\ EOF
        |invalid\ option
        |unrecognized\ option|illegal\ option|unknown\ option|bad\ substitution|event\ not\ found
        |Connection\ (?:refused|reset|timed\ out)|Operation\ not\ permitted|Text\ file\ busy
        |Argument\ list\ too\ long|File\ exists|Directory\ not\ empty|No\ space\ left|Broken\ pipe
        |Device\ or\ resource\ busy|Resource\ temporarily|Address\ already|Read-only\ file\ system
        |Cannot\ open|not\ enough|missing\ operand|missing\ argument|bad\ interpreter
        |cannot\ execute
        |directory\ not\ found|file\ not\ found|Unknown\ command|parse\ error|no\ such\ \w+)
    | (?=.*sh)(?:\S+\s)?\S*(?:ba|z|da|k|fi)?sh(?:\[\d+\]|:\s|:\d+:|:\ line)\s?.*
      \b(?:not\ found|denied
      |syntax|unexpected|unbound|no\ such)\b
    | \(eval\):(?:\w+:)?\d+:\s\S
    | .*:\sNo\ module\ named\s
"""
_WORD: Final = r"""
    \b(?:error|fatal|panic|traceback|exception|fail(?:s|ed|ing|ures?)?|denied|refused|undefined
       |conflicts?
       |unable|cannot|can't|could\ not|couldn't|not\ found|no\ such|invalid|unknown|missing
       |timed\ out
       |unexpected|mismatch(?:ed)?|segmentation\ fault|killed|aborted|not\ permitted|not\ allowed
       |rejected
       |not\ recognized|not\ supported|there\ (?:is|are)\ no
       |does\ not\ exist|doesn't\ exist|no\ changes|nothing\ to
       |not\ a\ \w+
       |already\ exists|in\ use|required|must\ be|does\ not|did\ not|no\ longer|not\ defined
       |expired|exclude
       |unauthorized|forbidden|not\ be|declined|too\ (?:many|large|long|old)|unsupported
       |deprecated)\b
"""
_CODE: Final = r"""
      .*[{;,(\[]$ | (?:[+-]\s)?(?:func|def|class|import|from|return|if|for|while|let|const|var
      |export|try
        |except|catch|raise|throw|type|interface|public|private|static|async|await|assert|with|elif
        |else|switch|case)\b.*[):({;=].* | //.* | /\*.* | [\w.]+\(.*\)\s*\{?$ | \#\s.*
    | [\w.\[\]"']+\s(?:\:=|=)\s.* | "[\w-]+":\s.*,?$ | <[/\w].*>$ | [-*•]\s.*
"""
_ORDER: Final = (
    (_NOISE, Rank.NOISE),
    (_VERDICT, Rank.VERDICT),
    (_WRAPPER, Rank.WRAPPER),
    (_CAUSE, Rank.CAUSE),
    (_TEST, Rank.TEST),
    (_HINT, Rank.HINT),
    (_ERROR, Rank.ERROR),
    (_SHELL, Rank.SHELL),
)


def rank_of(line: str) -> Rank:
    """Return how well a line tells what went wrong, looked at alone.

    Args:
        line: Stripped, without styles and without what a task runner puts before it.
    """
    return _rank_of()(line)


@cache
def _rank_of() -> Callable[[str], Rank]:
    """Compile the patterns when the first output is looked at: most commands look at none."""
    match = Shapes(_ORDER, careless=(Rank.HINT,)).match
    has_word = re.compile(_WORD, re.VERBOSE).search
    is_code = re.compile(_CODE, re.VERBOSE).match

    @lru_cache(maxsize=4096)
    def ranked(line: str) -> Rank:
        rank = match(line)
        if rank is not None:
            return rank
        return Rank.WORD if has_word(line.lower()) and not is_code(line) else Rank.PLAIN

    return ranked
