"""What Aider's histories say of failures, in the very lines that the program writes."""

from __future__ import annotations

from pathlib import Path

from hansei_sessions.files import Opener
from hansei_sessions.model import Friction, FrictionKind
from hansei_sessions.readers.aider import AiderReader
from hansei_sessions.readers.base import ReadResult

HEAD = """
# aider chat started at 2026-11-02 09:00:00

> Aider v0.86.1..
> Would you like to see what's new in this version? (Y)es/(N)o [Yes]: n..
> Open documentation url for more info? (Y)es/(N)o/(D)on't ask again [Yes]: n..

#### mend the sums..
####   ..
#### and keep the names..

Sure.

> Tokens: 2.5k sent, 310 received...
"""


def read(folder: Path, text: str) -> ReadResult:
    """Read a history of one session; two dots at a line's end are Aider's two blanks."""
    path = folder / ".aider.chat.history.md"
    path.write_text((HEAD + text).replace("..\n", "  \n"), encoding="utf-8")
    (told,) = AiderReader().read(str(path), Opener([folder]), {})
    assert told.result is not None
    return told.result


def only(folder: Path, text: str) -> Friction:
    """Return the one friction of a history."""
    (friction,) = read(folder, text).frictions
    return friction


def test_a_prompt_with_an_empty_line_is_one_prompt(tmp_path: Path) -> None:
    """Whoever writes paragraphs would have typed several prompts."""
    result = read(tmp_path, "")
    assert result.session is not None
    assert result.session.prompts == 1
    assert result.frictions == (), "the program's own questions refuse nothing"


def test_a_block_that_does_not_match_names_its_file(tmp_path: Path) -> None:
    """Every such edit would read alike, and nobody would know which file it was."""
    friction = only(
        tmp_path,
        """> The LLM did not conform to the edit format...
> https://aider.chat/docs/troubleshooting/edit-errors.html..
> # 1 SEARCH/REPLACE block failed to match!

## SearchReplaceNoExactMatch: This SEARCH block failed to exactly match lines in src/sums.py
<<<<<<< SEARCH
def total():
=======
def sum():
>>>>>>> REPLACE

The SEARCH section must exactly match an existing block of lines including all white space..

Let me try again.
""",
    )
    assert friction.kind is FrictionKind.EDIT_ERROR
    assert friction.subject == "src/sums.py"
    assert friction.text.splitlines()[0] == (
        "SearchReplaceNoExactMatch: This SEARCH block failed to exactly match lines in src/sums.py"
    )


def test_an_answer_without_a_file_says_so(tmp_path: Path) -> None:
    """The reason of an edit that was not applied would be missing."""
    friction = only(
        tmp_path,
        """> The LLM did not conform to the edit format...
> https://aider.chat/docs/troubleshooting/edit-errors.html..
> No filename provided before ``` in file listing..
""",
    )
    assert friction.text.startswith("No filename provided before ``` in file listing\n")


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """An edit that never reached the disk would be no friction."""
    friction = only(
        tmp_path,
        "> Unable to write file /etc/x.conf after 5 attempts: [Errno 13] Permission denied: "
        "'/etc/x.conf'..\n> [Errno 13] Permission denied: '/etc/x.conf'..\n",
    )
    assert (friction.kind, friction.subject) == (FrictionKind.EDIT_ERROR, "/etc/x.conf")


def test_what_the_linter_found(tmp_path: Path) -> None:
    """Errors after an edit would be told without a word of what they are."""
    ask = "> Attempt to fix lint errors? (Y)es/(N)o [Yes]: y..\n"
    marked = only(
        tmp_path,
        """> # Fix any errors below, if possible...
>  ..
>  ..
> ## See relevant line below marked with █...
>  ..
> static/main.js:..
> ...⋮.....
> 82│    // add it..
> 84█    if (text === last) return;..
>  ..
"""
        + ask,
    )
    assert marked.text == "static/main.js: 84█    if (text === last) return;"
    told = only(
        tmp_path,
        """> # Fix any errors below, if possible...
> ## Running: flake8 --select=E9 a.py..
>  ..
> a.py:3:1: F821 undefined name 'total'..
>  ..
> ## See relevant line below marked with █...
> a.py:..
> 3█total()..
"""
        + ask,
    )
    assert told.text.splitlines()[0] == "a.py:3:1: F821 undefined name 'total'"


def test_a_command_that_the_user_does_not_want(tmp_path: Path) -> None:
    """A refusal would not say what was refused."""
    friction = only(
        tmp_path,
        "> rm -r build..\n"
        "> Run shell command? (Y)es/(N)o/(S)kip all/(D)on't ask again [Yes]: n..\n",
    )
    assert friction.kind is FrictionKind.REJECTION
    assert friction.subject == "rm -r build"


def test_a_command_that_is_run_is_a_call(tmp_path: Path) -> None:
    """What the agent ran would not count among its calls."""
    result = read(
        tmp_path,
        "> make test..\n"
        "> Run shell command? (Y)es/(N)o/(S)kip all/(D)on't ask again [Yes]: y..\n"
        "> Running make test..\n",
    )
    assert result.session is not None
    assert result.session.tool_calls == 1


def test_a_service_that_fails_again_and_again(tmp_path: Path) -> None:
    """The announced waits between the failures would be counted as failures."""
    failure = "> litellm.InternalServerError: Connection error...\n> The servers are down...\n"
    friction = only(
        tmp_path, failure + "> Retrying in 0.2 seconds.....\n" + failure + "\nThere we are.\n"
    )
    assert (friction.kind, friction.count) == (FrictionKind.API_ERROR, 2)
