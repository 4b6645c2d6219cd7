"""Logs are read line by line, whatever a crash left in them."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sessions.line_faults import FAULTS, A, B, Fault

from hansei_sessions.readers.lines import TOO_LONG, Lines, Position, split_objects

START = Position()


def read(data: bytes, start: Position = START, limit: int = 1 << 20) -> tuple[Lines, list[bytes]]:
    """Read all lines of some bytes."""
    lines = Lines(io.BytesIO(data), len(data), start, limit=limit)
    return lines, [line for line, _, _ in lines]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number}-{fault.name}")
def test_each_fault_has_its_outcome(fault: Fault) -> None:
    """A damaged log would lose whole records, or report trouble where there is none."""
    lines, found = read(fault.data)
    recovered = [split_objects(line) for line in found]
    assert sum(len(each.objects) for each in recovered) == fault.records
    assert sum(each.malformed for each in recovered) == fault.malformed
    assert lines.pending is fault.pending
    assert lines.position.offset == len(fault.data) - fault.left


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number}-{fault.name}")
def test_recovered_objects_are_clean_json(fault: Fault) -> None:
    """A recovered record could not be stored or printed if it held NaN or a lone surrogate."""
    for line in read(fault.data)[1]:
        for each in split_objects(line).objects:
            value = json.loads(each, parse_constant=pytest.fail)
            json.dumps(value, ensure_ascii=False).encode("utf-8")


def test_what_becomes_of_odd_values() -> None:
    """An odd value would be lost, or would break whoever reads it later."""
    line = b'{"nan":NaN,"big":1e400,"long":123456789012345678901234567890,"half":"a\\ud83db"}'
    (clean,) = split_objects(line).objects
    assert json.loads(clean) == {
        "nan": None,
        "big": None,
        "long": 123456789012345678901234567890.0,
        "half": "a\N{REPLACEMENT CHARACTER}b",
    }


def test_branches_deeper_than_64_are_cut() -> None:
    """A deep record would be lost whole, or would blow the stack of whoever walks it."""
    (clean,) = split_objects(b'{"n":NaN,"a":' + b"[" * 300 + b"]" * 300 + b',"b":1}').objects
    value = json.loads(clean)
    assert value["b"] == 1
    depth, inner = 0, value["a"]
    while inner:
        depth, inner = depth + 1, inner[0]
    assert depth == 63


def test_last_of_duplicate_keys_wins() -> None:
    """Two readers of one record would disagree about it."""
    assert split_objects(b'{"x":NaN,"a":1,"a":2}').objects == (b'{"x":null,"a":2}',)


def test_a_million_keys_are_read() -> None:
    """A huge flat record would be given up as damage."""
    line = b"{" + b",".join(b'"%d":0' % number for number in range(1_000_000)) + b',"x":NaN}'
    recovered = split_objects(line)
    assert (len(recovered.objects), recovered.malformed) == (1, 0)


def test_objects_inside_a_torn_record_are_no_records() -> None:
    """Parts of a torn record would pose as records of their own."""
    torn = b'{"type":"a","message":{"usage":{"n":1},"content":[{"type":"text","text":"x"}],"y":"'
    recovered = split_objects(torn + A)
    assert recovered.objects == (A,)
    assert recovered.malformed == 1


def test_numbers_and_offsets_are_those_of_the_file() -> None:
    """Evidence would point at the wrong line."""
    data = b"\xef\xbb\xbf" + A + b"\r\n\n" + B + b"\n"
    lines = Lines(io.BytesIO(data), len(data))
    assert list(lines) == [(A, 1, 0), (B, 3, 3 + len(A) + 3)]
    assert lines.position == Position(len(data), 4)


def test_utf16_offsets_are_those_of_the_file() -> None:
    """A UTF-16 log would be read again from the middle of a character."""
    text = '{"a":"é"}\n{"b":2}\n{"c"'
    data = text.encode("utf-16")
    lines = Lines(io.BytesIO(data), len(data))
    assert [line for line, _, _ in lines] == ['{"a":"é"}'.encode(), b'{"b":2}']
    assert lines.encoding == "utf-16-le"
    assert lines.pending
    rest = data[lines.position.offset :].decode("utf-16-le")
    assert rest == '{"c"'
    grown = data + "1}\n".encode("utf-16-le").replace(b"1", b":\x001", 1)
    again = Lines(io.BytesIO(grown), len(grown), lines.position)
    assert [line for line, _, _ in again] == [b'{"c":1}']


def test_a_whole_unterminated_line_is_read_once() -> None:
    """The last record of a crashed session would be lost, or counted twice after it goes on."""
    lines, found = read(A + b"\n" + B)
    assert found == [A, B]
    grown = A + b"\n" + B + b"\n" + A + b"\n"
    more = Lines(io.BytesIO(grown), len(grown), lines.position)
    assert list(more) == [(A, 3, len(A) + len(B) + 2)]


def test_bytes_beyond_the_snapshot_are_left_for_the_next_scan() -> None:
    """A line that grows while it is read would be torn."""
    data = A + b"\n" + B + b"\n"
    lines = Lines(io.BytesIO(data), len(A) + 5)
    assert [line for line, _, _ in lines] == [A]
    assert lines.position == Position(len(A) + 1, 2)
    assert lines.pending


def test_a_file_that_shrank_ends_early() -> None:
    """Reading would loop for ever on a file that was cut after its size was taken."""
    lines = Lines(io.BytesIO(A + b"\n"), 10_000)
    assert [line for line, _, _ in lines] == [A]


def test_a_line_over_the_limit_is_skipped_and_counted() -> None:
    """One huge line would take the memory of the machine or end the reading."""
    data = A + b"\n" + b"x" * 500 + b"\n" + B + b"\n" + b"y" * 500
    lines = Lines(io.BytesIO(data), len(data), limit=64)
    assert [line for line, _, _ in lines] == [A, TOO_LONG, B]
    assert lines.too_long == 1
    assert lines.pending
    assert split_objects(TOO_LONG).malformed == 1


def test_memory_stays_flat_however_long_a_line_is(tmp_path: Path) -> None:
    """A log with one line of 200 MB would not be readable on a small machine."""
    log = tmp_path / "x.jsonl"
    with log.open("wb") as out:
        out.write(A + b"\n")
        out.truncate(200_000_000)
        out.seek(0, io.SEEK_END)
        out.write(b"\n" + B + b"\n")
    size = log.stat().st_size
    tracemalloc.start()
    with log.open("rb", buffering=0) as handle:
        found = [line for line, _, _ in Lines(handle, size)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [A, TOO_LONG, B]
    assert peak < 30_000_000


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_the_recovery_fail(data: bytes) -> None:
    """One odd line would end a scan."""
    for each in split_objects(data).objects:
        assert isinstance(json.loads(each), dict)


PIECES = [A, B, b'{"a":NaN}', b"\0\0", b"\n", b"\r\n", b'{"a":"', b"}", b"{", b"[", b'"', b"\xff"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_mixture_of_good_and_bad_makes_the_recovery_fail(pieces: list[bytes]) -> None:
    """A splice that nobody has thought of would end a scan."""
    for line in read(b"".join(pieces))[1]:
        recovered = split_objects(line)
        assert all(isinstance(json.loads(each), dict) for each in recovered.objects)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([A, B, b"junk", b"", b"x" * 90]), max_size=12),
    st.lists(st.integers(0, 400), max_size=4),
    st.integers(16, 80),
)
def test_reading_in_steps_gives_what_reading_at_once_gives(
    parts: list[bytes], cuts: list[int], limit: int
) -> None:
    """A session would change with the moments at which it happened to be scanned."""
    data = b"".join(part + b"\n" for part in parts)
    whole = Lines(io.BytesIO(data), len(data), limit=limit)
    expected = list(whole)
    found: list[tuple[bytes, int, int]] = []
    position = Position()
    for size in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        step = Lines(io.BytesIO(data), size, position, limit=limit)
        found.extend(step)
        position = step.position
    assert found == expected
    assert position == whole.position
