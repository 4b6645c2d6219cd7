"""How far a scan is, in words."""

from __future__ import annotations

from hansei_sessions.index import ScanProgress
from hansei_tui.scanning import Progress


def said(*seen: tuple[float, ScanProgress]) -> list[str]:
    """Return what is said of each report, at these seconds."""
    clock = iter([100.0, *(100.0 + at for at, _ in seen)])
    words = Progress(lambda: next(clock, 0.0))
    return [words.of(one) for _, one in seen]


def test_a_large_scan_tells_its_speed_and_what_is_left() -> None:
    """Nobody could tell whether to wait or to get coffee."""
    first = ScanProgress(10, 2614, 2_000_000, 536_000_000)
    later = ScanProgress(1200, 2614, 236_000_000, 536_000_000)
    assert said((0.1, first), (2.0, later)) == [
        "reading 10 of 2,614 logs, 2 of 536 MB",
        "reading 1,200 of 2,614 logs, 236 of 536 MB, 118 MB/s, 3 s left",
    ]


def test_a_small_scan_is_short_of_words() -> None:
    """A line of figures would flash by at every start."""
    assert said((0.0, ScanProgress(1, 1, 400, 500))) == ["reading 1 of 1 log"]


def test_the_second_part_has_its_own_words() -> None:
    """The scan would seem to stand still at its end."""
    begun = ScanProgress(40, 40, 9_000_000, 9_000_000, 0, 40)
    half = ScanProgress(40, 40, 9_000_000, 9_000_000, 20, 40)
    assert said((1.0, begun), (1.0, half)) == [
        "redacting, 0 of 40 logs",
        "redacting, 20 of 40 logs",
    ]
